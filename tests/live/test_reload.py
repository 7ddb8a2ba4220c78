#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reloads without pause under load: no frame is lost or misplaced, and each interval is of one configuration.

Configurations differ in what they call the same frames, so that a frame counted by another one than the
interval carries would show.
"""
import os
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import captures  # noqa: E402
import meter  # noqa: E402
import report  # noqa: E402
import yamlfile  # noqa: E402
from frames import frame, ip4, ip6, tag  # noqa: E402
from livesite import LiveSite  # noqa: E402

FRAMES = [frame(tag(100), ip4(dst="192.0.2.1"), wire=80), frame(tag(100), ip4(dst="198.51.100.1"), wire=81),
          frame(tag(100), ip6(dst="2001:db8::1"), wire=82), frame(tag(101), ip4(dst="192.0.2.1"), wire=83)]
SECONDS, EVERY = 4, 0.1


def config(site, peering, classes, vlan=100):
    return dict(site.config, peerings=[{"name": peering, "partner": "p", "link": "l", "vlan": vlan}],
                classes=[{"name": name} for name in classes])


def worlds(site):
    """{name: (configuration, prefixes, the (peering, class) that its intervals must have)}"""
    two = [("192.0.2.0/24", "asia"), ("198.51.100.0/24", "europe"), ("2001:db8::/32", "asia")]
    one = [("192.0.2.0/24", "world")]
    return {"a": (config(site, "a", ["europe", "asia"]), site.prefixes, {("a", "europe"), ("a", "asia")}),
            "b": (config(site, "b", ["asia", "europe"]), two, {("b", "europe"), ("b", "asia")}),
            "c": (config(site, "c", ["world"]), one, {("c", "world"), ("c", "unrouted")}),
            "d": (config(site, "d", ["x", "world"], vlan=101), one, {("d", "world")})}


def write(site, world):
    """Whole, or not at all: the meter may be reading. The prefixes have a name of their own."""
    made, prefixes, _ = world
    name = f"prefixes-{made['peerings'][0]['name']}.csv"
    if not (site.folder / name).exists():
        (site.folder / name).write_text("".join(f"{prefix},{of}\n" for prefix, of in prefixes))
    fresh = site.folder / "fresh.yaml"
    fresh.write_text(yamlfile.dump(dict(made, prefixes=name)))
    os.rename(fresh, site.file)


def storm(site, all_worlds):
    """{digest: (peering, class) of its intervals}; half of the reloads by signal, some of them bad."""
    digests, turn, end = {}, 0, time.monotonic() + SECONDS
    bad = site.folder / "bad.yaml"
    while time.monotonic() < end or turn < 8:
        name = sorted(all_worlds)[turn % len(all_worlds)]
        write(site, all_worlds[name])
        if turn % 2 or name not in {n for n, _ in digests.values()}:
            reply = site.ask("reload")
            assert reply["status"] == "ok", reply
            digests[reply["config"]] = (name, all_worlds[name][2])
        else:
            site.daemon.send_signal(signal.SIGHUP)
        if turn % 6 == 3:  # no signal is under way
            now = site.ask("status")["config"]
            bad.write_text("meter: m\ninterval: never\n")
            os.rename(bad, site.file)
            reply = site.ask("reload")
            assert reply["status"] == "refused" and "interval" in reply["reason"], reply
            assert site.ask("status")["config"] == now
        turn += 1
        time.sleep(EVERY)
    assert len(digests) == len(all_worlds), digests
    return {digest: cells for digest, (_, cells) in digests.items()}


def intervals_of(site):
    db = sqlite3.connect(site.folder / "m.db")
    rows = db.execute("SELECT seq, start, covered_ms, lower(hex(config)) FROM interval ORDER BY seq").fetchall()
    db.close()
    return rows


def check_drift(site):
    (line,) = [line for line in site.log().splitlines() if "drift" in line]
    assert line.endswith("drift 0"), line


def each_interval_is_of_one_configuration(site):
    all_worlds = worlds(site)
    write(site, all_worlds["a"])
    site.start()
    allowed = storm(site, all_worlds)
    write(site, all_worlds["a"])
    site.stop()
    check_drift(site)
    records, _ = site.result()
    assert site.ctl("verify")[0] == 0, site.ctl("verify")
    rows = intervals_of(site)
    for seq, _, _, digest in rows:
        have = {(r["peering"], r["class"]) for r in records if r["seq"] == seq}
        assert have == allowed[digest], f"seq {seq}: {have}, but of {digest} are {allowed[digest]}"
    used = [digest for _, _, _, digest in rows]
    assert len(set(used)) > 1, "the configuration never changed"
    print(f"# {len(rows)} intervals of {len(set(used))} configurations", flush=True)


def the_whole_internet(site):
    """A full table, 1M + 200k, read again and again under load: every second is cut, and covered."""
    site.start()
    lines = "".join(f"{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}.0/24,{'asia' if n % 3 else 'europe'}\n"
                    for n in range(1 << 20, (1 << 20) + 1000000))
    lines += "".join(f"2a00:{n >> 8:x}:{n & 255:x}::/48,{'asia' if n % 3 else 'europe'}\n" for n in range(200000))
    (site.folder / "large.csv").write_text(lines)
    for turn in range(4):
        site.file.write_text(yamlfile.dump(dict(site.config, prefixes="large.csv", classes=[
            {"name": "europe"}, {"name": "asia"}, {"name": f"turn{turn}"}])))
        begun = time.monotonic()
        reply = site.ask("reload")
        assert reply["status"] == "ok", reply
        print(f"# a reload of 1.2 million prefixes took {time.monotonic() - begun:.2f} s", flush=True)
    prefixes = site.ask("status")["prefixes"]
    assert (prefixes["ipv4"], prefixes["ipv6"]) == (1000000, 200000), prefixes
    seq = site.ask("status")["journal"]["seq"]
    site.until(lambda: site.ask("status")["journal"]["seq"] > seq + 1, "intervals of the last one")
    site.stop()
    check_drift(site)
    site.result()
    rows = intervals_of(site)
    starts = [start for _, start, _, _ in rows]
    assert starts == list(range(starts[0], starts[0] + len(starts))), starts
    assert all(covered == 1000 for _, _, covered, _ in rows[1:-1]), rows
    assert len({digest for _, _, _, digest in rows}) > 1, rows


def main():
    for part in (each_interval_is_of_one_configuration, the_whole_internet):
        with report.part(part.__name__.replace("_", " ")), tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder:
            capture = f"{folder}/frames.pcap"
            Path(capture).write_bytes(captures.pcap([(0, f) for f in FRAMES * 64]))
            with LiveSite({"t": f"dpdk:net_pcap0,rx_pcap={capture},infinite_rx=1"}, folder=folder) as site:
                part(site)
    report.done()


if __name__ == "__main__":
    main()
