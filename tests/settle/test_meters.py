#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Several meters: what each state of a bin is, which of two redundant meters speaks in it, and that Redis says what the
journals say. The journals are written by the ledger's own code, as no capture can lose packets."""
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import meter  # noqa: E402
import paper  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402

T0 = paper.seconds("2026-10-05T12:00:00Z")
SPAN = ("--from", paper.instant(T0), "--to", paper.instant(T0 + 300 * 16))
PEERINGS = {"m-a": ["tt-1", "quiet-1"], "m-b": ["tt-1", "quiet-1"], "m-c": ["tt-2"]}
LINK = {"tt-1": "west", "tt-2": "west", "quiet-1": "east"}
PARTNER = {"tt-1": "tt", "tt-2": "tt", "quiet-1": "quiet"}
VLAN = {"tt-1": 100, "tt-2": 101, "quiet-1": 200}


def seen(packets, missed=0, covered=300, east=0):
    """What one meter saw in a bin: packets of the first peering, and what its taps missed."""
    return packets, missed, covered, east


OK, LOSSY, PARTIAL = seen(20000), seen(19000, missed=50), seen(18000, covered=200)
# Of each bin: what m-a saw, what m-b saw, and who has to speak for tt-1, with which status.
BINS = [
    (seen(20000), seen(20001), "m-a", "ok"),  # equals: the first by name
    (LOSSY, OK, "m-b", "ok"),
    (OK, LOSSY, "m-a", "ok"),
    (PARTIAL, OK, "m-b", "ok"),
    (PARTIAL, LOSSY, "m-a", "partial"),
    (None, LOSSY, "m-b", "lossy"),
    (None, None, "m-a", "missing"),
    (seen(17000, covered=100), PARTIAL, "m-b", "partial"),  # the one that covered more
    (seen(20000, missed=1), OK, "m-b", "ok"),  # the one that missed less
    (seen(19000, missed=50, covered=200), None, "m-a", "lossy"),  # partial too: the worst is printed
    (seen(9999, missed=1), None, "m-a", "ok"),  # just 1 in 10,000
    (seen(9998, missed=1), None, "m-a", "lossy"),
    (seen(99980, missed=10), None, "m-a", "lossy"),
    (seen(99990, missed=10), None, "m-a", "ok"),
    (seen(20000, east=50), OK, "m-a", "ok"),  # only the other link lost packets
    (seen(0, missed=1), seen(0), "m-b", "ok"),  # nothing came, and something was missed
]


def config(name, server):
    return {"meter": name, "interval": "300s", "journal": f"{name}.db", "redis": {"servers": [f"unix:{server.socket}"]},
            **({"redundant": "m-b"} if name == "m-a" else {}),
            "links": [{"name": link, "capacity": "10G", "taps": [
                {"name": link, "source": f"pcap:{link}.pcap", "direction": "ingress"}]} for link in ("east", "west")],
            "partners": [{"name": p} for p in ("quiet", "tt")],
            "peerings": [{"name": p, "partner": PARTNER[p], "link": LINK[p], "vlan": VLAN[p]} for p in PEERINGS[name]]}


def canonical(name):
    """The configuration's canonical text, as docs/configuration.md describes it."""
    lines = ["link east 10000000000", "link west 10000000000", "partner quiet 0", "partner tt 0",
             "tap east east ingress", "tap west west ingress"]
    lines += [f"peering {p} {PARTNER[p]} {LINK[p]} {VLAN[p]} any" for p in PEERINGS[name]]
    head = ["transitd-configuration 1", f"meter {name}", "interval 300"] + ["redundant m-b"] * (name == "m-a")
    return "\n".join(head + sorted(lines) + [f"prefixes 0 0 {hashlib.sha256().hexdigest()}"]) + "\n"


def interval(name, number, bin_, saw, digest):
    packets, missed, covered, east = saw
    peering, start = PEERINGS[name][0], T0 + 300 * bin_
    text = (f"interval {name} {number} {paper.instant(start)} {paper.instant(start + 300)} {covered * 1000} live {digest}\n"
            f"tap east 0 0 0 0 0 0 {east}\ntap west {packets} {packets * 100} 0 0 0 0 {missed}\n")
    if packets:
        text += f"record west tt {peering} ingress unrouted default ipv4 {packets} {packets * 100} {packets * 82}\n"
    return text


def make(folder, name, saw, server):
    """A meter's configuration and its journal in a folder of its own."""
    site = meter.Site(config(name, server), [], folder=folder / name)
    (site.folder / "canonical").write_text(canonical(name))
    digest = hashlib.sha256(canonical(name).encode()).hexdigest()
    text = [(i, s) for i, s in enumerate(saw) if s]
    text = "".join(interval(name, n + 1, i, s, digest) for n, (i, s) in enumerate(text))
    subprocess.run([meter.program("MAKE_JOURNAL"), f"{name}.db", name, "300", "canonical"], input=text, text=True,
                   cwd=site.folder, check=True, timeout=meter.PATIENCE)
    return site


def ctl(site, *arguments):
    done = subprocess.run([meter.program("TRANSITCTL"), "--config", str(site.file), *arguments], capture_output=True,
                          text=True, timeout=meter.PATIENCE, check=False, cwd=site.folder)
    assert done.returncode == 0 and not done.stderr, (arguments, done.stderr)
    return done.stdout


def rows(text, peering):
    return [r for r in csv.DictReader(io.StringIO(text)) if r["peering"] == peering]


def to_redis(site):
    """A run on empty captures meters nothing, and brings the journal to Redis."""
    site.write({})
    site.run()


def checked_bin(text, bin_, peering, direction="ingress"):
    got = [r for r in rows(text, peering) if r["start"] == paper.instant(T0 + 300 * bin_)]
    silent = {r["direction"] for r in got if not r["class"]}
    assert len(got) == (2 if silent else 1) and silent <= {"ingress", "egress"}, (bin_, got)
    (row,) = [r for r in got if r["direction"] == direction]
    return row


def check_states(a):
    """One journal: the status, the seconds and the missed packets of every bin."""
    text = ctl(a, "usage", *SPAN, "--format", "csv")
    wanted = ["ok", "lossy", "ok", "partial", "partial", "missing", "missing", "partial", "ok", "lossy", "ok", "lossy",
              "lossy", "ok", "ok", "lossy"]
    for i, (saw, _, _, _) in enumerate(BINS):
        r = checked_bin(text, i, "tt-1")
        have = (r["status"], int(r["packets"]), int(r["missed_packets"]), int(r["covered_seconds"]))
        assert have == (wanted[i], *((saw or (0, 0, 0))[:3])), (i, r)
        assert r["meter"] == "m-a" and int(r["l2_bytes"]) == 100 * int(r["packets"]), r
    assert checked_bin(text, 14, "quiet-1")["status"] == "lossy"
    assert checked_bin(text, 1, "quiet-1")["status"] == "ok", "the other link's loss"


def check_redundant(a):
    text = ctl(a, "--redis", "usage", *SPAN, "--format", "csv")
    for i, (saw_a, saw_b, speaker, status) in enumerate(BINS):
        r = checked_bin(text, i, "tt-1")
        saw = (saw_a if speaker == "m-a" else saw_b) or seen(0, covered=0)
        assert (r["meter"], r["status"], int(r["packets"]), int(r["covered_seconds"])) == \
            (speaker, status, saw[0], saw[2]), (i, r)
    r = checked_bin(text, 14, "quiet-1")
    assert (r["meter"], r["status"]) == ("m-b", "ok"), r


def check_same_bytes(sites, server):
    """Of one meter alone, Redis' bytes are the journal's; of all, its rows are the journals' rows."""
    for name, site in sites.items():
        server.cli("FLUSHALL")
        to_redis(site)
        for form in ("csv", "json", "text"):
            for more in (SPAN, (), ("--partner", "tt"), ("--peering", PEERINGS[name][0])):
                words = ("usage", *more, "--format", form)
                assert ctl(site, *words) == ctl(site, "--redis", *words) == ctl(site, "--redis", "--all-meters", *words), words
    for site in sites.values():
        to_redis(site)
    words = ("usage", *SPAN, "--format", "csv")
    every = {name: ctl(site, "--redis", *words) for name, site in sites.items()}
    every["--all-meters"] = ctl(sites["m-c"], "--redis", "--all-meters", *words)
    assert len(set(every.values())) == 1, "it depends on who asks"
    lines = every["m-a"].splitlines()[1:]
    ours = {line for site in sites.values() for line in ctl(site, *words).splitlines()[1:]}
    assert set(lines) <= ours and len(set(lines)) == len(lines), set(lines) - ours
    assert [line for line in lines if ",tt-2," in line] == \
        [line for line in ctl(sites["m-c"], *words).splitlines() if ",tt-2," in line]


def check_settle(sites, folder):
    """The volume of the chosen rows, and the same statement from Redis and from its evidence."""
    contract = paper.contract({"name": "bytes", "type": "volume", "unit": "GB", "direction": "ingress", "rate": "1000"},
                              paper.percentile(), id="tt-2026", ceiling="10G")
    (folder / "contracts.yaml").write_text(paper.contracts(contract))
    words = ["settle", "--contracts", str(folder / "contracts.yaml"), "--contract", "tt-2026", "--period", "2026-10",
             "--format", "json"]
    a = sites["m-a"]
    text = ctl(a, "--redis", "--all-meters", *words, "--evidence", "e.csv")
    other = [ctl(site, "--redis", *words, "--evidence", "e.csv") for site in (a, sites["m-c"])]
    assert [text, text] == other, "\n".join([text, *other])
    statement = json.loads(text)
    usage = ctl(a, "--redis", "usage", "--partner", "tt", *SPAN, "--format", "csv")
    wanted = sum(int(r["l2_bytes"]) for r in csv.DictReader(io.StringIO(usage)) if r["direction"] == "ingress")
    spoken = sum((saw_a if who == "m-a" else saw_b)[0] for saw_a, saw_b, who, _ in BINS if saw_a or saw_b)
    assert wanted == 100 * (spoken + 5000 * len(BINS)), "usage itself"
    assert statement["lines"][0]["bytes"] == str(wanted), statement["lines"][0]
    assert {m["meter"] for m in statement["meters"]} == {"m-a", "m-b", "m-c"}, statement["meters"]
    again = json.loads(ctl(a, *words, "--usage", "e.csv"))
    del statement["meters"], again["meters"]
    assert again == statement, f"\n{json.dumps(again)}\n{json.dumps(statement)}"
    (a.folder / "S.json").write_text(text)
    ctl(a, "verify", "--statement", "S.json", "--evidence", "e.csv", "--contracts", str(folder / "contracts.yaml"))
    assert hashlib.sha256((a.folder / "e.csv").read_bytes()).hexdigest() == statement["evidence"]["sha256"]


def check_capacity(sites):
    """A survey of a journal is that of its usage; of all meters, links have the peerings that any of them knows."""
    a, words = sites["m-a"], ("capacity", *SPAN, "--without", "west", "--format", "json")
    (a.folder / "u.csv").write_text(ctl(a, "usage", *SPAN, "--format", "csv"), newline="")
    assert ctl(a, *words) == ctl(a, *words, "--usage", "u.csv")
    every = json.loads(ctl(a, "--redis", *words))
    west = next(one for one in every["links"] if one["link"] == "west")
    usage = rows(ctl(a, "--redis", "usage", *SPAN, "--format", "csv"), "tt-1")
    missing = {r["start"] for r in usage if r["status"] == "missing"}
    usage += rows(ctl(a, "--redis", "usage", *SPAN, "--format", "csv"), "tt-2")
    wanted = sum(int(r["l2_bytes"]) + 24 * int(r["packets"]) for r in usage
                 if r["start"] not in missing and r["direction"] == "ingress")
    before = (T0 - paper.seconds("2026-10-01T00:00:00Z")) // 300
    assert (west["peerings"], west["bins"]["missing"]) == (["tt-1", "tt-2"], str(before + len(missing))), west
    assert west["directions"][0]["bytes"] == str(wanted), (west, wanted)


def main():
    os.environ["TZ"] = "UTC"
    with redisserver.Server() as server:
        root = tempfile.TemporaryDirectory(prefix="transitd-test-", dir=meter.MEMORY)
        folder = Path(root.name)
        saw = {"m-a": [b[0] for b in BINS], "m-b": [b[1] for b in BINS], "m-c": [seen(5000)] * len(BINS)}
        for name in saw:
            (folder / name).mkdir()
        sites = {name: make(folder, name, s, server) for name, s in saw.items()}
        with report.part("ok, partial, lossy, missing: the worst that applies, of one journal"):
            check_states(sites["m-a"])
        with report.part("usage from Redis has the bytes of the journals"):
            check_same_bytes(sites, server)
        with report.part("of two meters on the same taps the better one speaks, and never both"):
            check_redundant(sites["m-a"])
        with report.part("a statement of several meters is that of its evidence"):
            check_settle(sites, folder)
        with report.part("a survey of capacity is that of the usage, from journals and from Redis"):
            check_capacity(sites)
    report.done()


main()
