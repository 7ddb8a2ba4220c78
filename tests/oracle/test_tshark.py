#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A foreign oracle: transitd's totals per VLAN and address family are what tshark counts.

The capture holds what both read alike: a mix of tags, labels, IPv4, IPv6 and other protocols, all of it
well formed. (What is broken is named by the contract and not by tshark; the golden cases hold that.)
"""
import random
import shutil
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "support")]

import meter  # noqa: E402
import report  # noqa: E402
import traffic  # noqa: E402
from frames import frame, ip4, ip6, mpls, raw, tag  # noqa: E402

VLANS = ["untagged", 100, 200, "100.20", "200.30", 300]  # 300.7 and 301 below belong to nobody
CONFIG = {
    "meter": "oracle-1", "interval": "60s", "journal": "oracle-1.db", "prefixes": "prefixes.csv",
    "links": [{"name": "aktau-sumgait", "taps": [
        {"name": "in", "source": "pcap:in.pcap", "direction": "ingress"}]}],
    "partners": [{"name": "azertelecom"}],
    "peerings": [{"name": f"v{str(v).replace('.', '-')}", "partner": "azertelecom", "link": "aktau-sumgait",
                  "vlan": v} for v in VLANS],
    "classes": [{"name": "europe"}],
}
PREFIXES = [("198.51.100.0/24", "europe"), ("2001:db8:1::/48", "europe")]
FRAMES = 20000


def by_hand(rng):
    """Shapes that the day's traffic does not have."""
    inner = rng.choice([ip4(total=46), ip6(payload=20)])
    tags = []
    for _ in range(rng.randint(0, 4)):
        # tshark folds two 0x88a8 tags in a row into one layer, whose VIDs have no order among the others.
        after = tags and tags[-1].ethertype == 0x88A8
        tags.append(tag(rng.choice([0, 100, 20, 30, 200, 300, 301, 7]),
                        rng.choice([0x8100, 0x9100] if after else [0x8100, 0x88A8, 0x9100])))
    labels = [mpls(*range(16, 16 + rng.randint(1, 8)))] if rng.random() < 0.3 else []
    last = raw(rng.choice([0x0806, 0x88CC]), bytes(46)) if rng.random() < 0.1 and not labels else inner
    return frame(*tags, *labels, last, wire=rng.randint(140, 1500), cap=136)


def packets(rng):
    made = traffic.tap_templates(rng, CONFIG, CONFIG["links"][0], "ingress",
                                 traffic.networks_of(PREFIXES), strays=False)
    day = rng.choices([f for f, _, _ in made], [w for _, w, _ in made], k=FRAMES // 2)
    both = day + [by_hand(rng) for _ in range(FRAMES // 2)]
    rng.shuffle(both)
    return [(1700000000 * 10**9 + i * 10**7, f) for i, f in enumerate(both)]


# ---- what tshark counts ---------------------------------------------------------------------------

FIELDS = ["frame.len", "frame.protocols", "vlan.id", "ieee8021ad.id", "ip.len", "ipv6.plen"]


def tshark_rows(path):
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=|"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, timeout=meter.PATIENCE, check=True)
    return [dict(zip(FIELDS, line.split("|"))) for line in done.stdout.splitlines()]


def tshark_frame(row):
    """(VIDs that count, family, bytes, IP bytes) of one frame, from tshark's fields alone."""
    ids = {"vlan": row["vlan.id"].split(","), "ieee8021ad": row["ieee8021ad.id"].split(",")}
    protocols = row["frame.protocols"].split(":")
    vids = [int(ids[p].pop(0)) for p in protocols if p in ids]
    # By the fields: not all versions name IP behind a label in frame.protocols. Nothing here is a tunnel.
    family, l3_bytes = "other", 0
    if row["ip.len"]:
        family, l3_bytes = "ipv4", int(row["ip.len"])
    elif row["ipv6.plen"]:
        family, l3_bytes = "ipv6", 40 + int(row["ipv6.plen"])
    return [v for v in vids if v][:2], family, int(row["frame.len"]), l3_bytes


def peering_of(vids):
    for name in (".".join(map(str, vids)) or "untagged", str(vids[0]) if vids else ""):
        if name in map(str, VLANS):
            return f"v{name.replace('.', '-')}"
    return "unknown"


def tshark_totals(path):
    totals = {}
    for row in tshark_rows(path):
        vids, family, l2_bytes, l3_bytes = tshark_frame(row)
        peering = peering_of(vids)
        unknown = peering == "unknown"
        have = totals.setdefault((peering, "" if unknown else family), [0, 0, 0])
        have[0] += 1
        have[1] += l2_bytes
        have[2] += 0 if unknown else l3_bytes
    return totals


# ---- what transitd counts -------------------------------------------------------------------------


def transitd_totals(site):
    totals = {}
    records, intervals = site.result()
    for row in records:
        have = totals.setdefault((row["peering"], row["family"]), [0, 0, 0])
        for i, key in enumerate(("packets", "l2_bytes", "l3_bytes")):
            have[i] += row[key]
    taps = [tap for row in intervals for tap in row["taps"]]
    totals["unknown", ""] = [sum(t["unknown_packets"] for t in taps), sum(t["unknown_l2_bytes"] for t in taps), 0]
    assert sum(t["malformed"] for t in taps) == 0, "the capture was to hold well-formed frames only"
    return totals


def main():
    if not shutil.which("tshark"):
        report.skip_all("tshark is not installed (scripts/install-packages installs it)")
    with report.part("totals per VLAN and address family equal tshark's"):
        site = meter.Site(CONFIG, PREFIXES)
        site.write({"in": packets(random.Random(4))})
        site.run()
        wanted, got = tshark_totals(site.folder / "in.pcap"), transitd_totals(site)
        assert sum(t[0] for t in wanted.values()) == FRAMES, wanted
        assert len(wanted) == 3 * len(VLANS) + 1, f"the mix lacks a kind: {sorted(wanted)}"
        assert got == wanted, "\n".join(
            f"{key}: transitd {got.get(key)}, tshark {wanted.get(key)}"
            for key in sorted(set(got) | set(wanted)) if got.get(key) != wanted.get(key))
    report.done()


if __name__ == "__main__":
    main()
