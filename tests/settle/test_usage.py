#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Usage out of a real journal: silence, gaps and half bins are told apart, and a statement from the journal is that
of its own evidence file."""
import json
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import meter  # noqa: E402
import paper  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4, tag  # noqa: E402

T0 = paper.seconds("2026-10-05T12:00:00Z")
CONFIG = {
    "meter": "m-1", "interval": "10s", "journal": "m-1.db",
    "links": [{"name": "west", "capacity": "10G", "taps": [
        {"name": "west", "source": "pcap:west.pcap", "direction": "ingress"}]}],
    "partners": [{"name": "tt"}, {"name": "quiet"}],
    "peerings": [{"name": "tt-1", "partner": "tt", "link": "west", "vlan": 100},
                 {"name": "quiet-1", "partner": "quiet", "link": "west", "vlan": 200}],
}


def packets(first, seconds, vid=100):
    return [((first + s) * 10**9, frame(tag(vid), ip4(total=986), wire=1004)) for s in range(0, seconds, 10)]


site = meter.Site(CONFIG, [])
# Two runs: bins 0 and 1 whole; then nothing ran for bins 2 and 3; then the first two minutes of bin 4 were measured.
for rows in (packets(T0, 600), packets(T0 + 1200, 120)):
    site.write({"west": rows})
    site.run()
usage = site.read("usage")


def at(bin_, peering):
    return [r for r in usage if r["start"] == paper.instant(T0 + 300 * bin_) and r["peering"] == peering]


with report.part("keys and their order; counts are strings"):
    for r in usage:
        assert list(r) == paper.HEADER, list(r)
        assert all(isinstance(r[k], str) and r[k].isdigit() for k in ("packets", "l2_bytes", "l3_bytes", "missed_packets"))

with report.part("a bin that was counted"):
    (r,) = at(0, "tt-1")
    assert (r["direction"], r["class"], r["packets"], r["l2_bytes"], r["status"], r["covered_seconds"]) == \
        ("ingress", "unrouted", "30", "30120", "ok", 300), r

with report.part("silence is a row a direction with zeros"):
    rows = at(1, "quiet-1")
    assert [(r["direction"], r["class"], r["cos"], r["family"], r["packets"], r["status"]) for r in rows] == \
        [("egress", "", "", "", "0", "ok"), ("ingress", "", "", "", "0", "ok")], rows

with report.part("a bin in which no meter ran is missing"):
    for bin_ in (2, 3):
        for peering in ("tt-1", "quiet-1"):
            rows = at(bin_, peering)
            assert [(r["direction"], r["status"], r["covered_seconds"]) for r in rows] == \
                [("egress", "missing", 0), ("ingress", "missing", 0)], rows

with report.part("a bin that was covered in part"):
    (r,) = at(4, "tt-1")
    assert (r["status"], r["packets"]) == ("partial", "12") and r["covered_seconds"] < 300, r

with report.part("from, to, partner and peering; missing bins outside of what was measured"):
    rows = site.read("usage", "--from", paper.instant(T0 - 300), "--to", paper.instant(T0 + 300), "--partner", "tt")
    assert [(r["start"], r["status"]) for r in rows] == [(paper.instant(T0 - 300), "missing")] * 2 + \
        [(paper.instant(T0), "ok")], rows
    assert {r["peering"] for r in site.read("usage", "--peering", "quiet-1")} == {"quiet-1"}

with report.part("a statement from the journal is that of its evidence, and both verify"):
    contract = paper.contract(paper.percentile(), id="tt-2026", peerings=["tt-1"], ceiling=None)
    (site.folder / "contracts.yaml").write_text(paper.contracts(contract))

    def run(*arguments):
        done = subprocess.run([meter.program("TRANSITCTL"), *arguments], cwd=site.folder, capture_output=True, text=True,
                              timeout=meter.PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    common = ["settle", "--contracts", "contracts.yaml", "--contract", "tt-2026", "--period", "2026-10", "--format", "json"]
    text = run("--config", "meter.yaml", *common, "--evidence", "e.csv")
    ours = json.loads(text)
    theirs = json.loads(run(*common, "--usage", "e.csv", "--config", "meter.yaml"))
    (m,) = ours.pop("meters")
    theirs.pop("meters")
    assert ours == theirs, (ours, theirs)
    head = site.read("intervals")[-1]["seq"]
    assert (m["meter"], m["first_seq"], m["last_seq"]) == ("m-1", "1", str(head)) and len(m["chain_head"]) == 64, m
    (site.folder / "S.json").write_text(text)
    run("--config", "meter.yaml", "verify", "--statement", "S.json", "--evidence", "e.csv", "--contracts", "contracts.yaml")

report.done()
