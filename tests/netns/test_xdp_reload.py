#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reloads with XDP taps under traffic: no frame is lost, none is counted by another configuration than its interval
carries, also when the daemon is killed among them; a full-size table is replaced without a gap, and no map of an
old configuration stays in the kernel."""
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support"),
                str(Path(__file__).parent.parent / "live")]

import meter  # noqa: E402
import netns  # noqa: E402
import report  # noqa: E402
import test_reload as live  # noqa: E402
import yamlfile  # noqa: E402
from livesite import LiveSite  # noqa: E402

ROUTES = int(os.environ.get("TRANSITD_TEST_ROUTES", "1000000"))  # a full table; fewer where the machine is slow
KILLS = 4
SEED = 7


class Sender(threading.Thread):
    """Sends the frames of tests/live in turns until it is told to stop."""

    def __init__(self, interface):
        super().__init__()
        self.interface, self.sent, self.is_over = interface, 0, False
        self.start()

    def run(self):
        frames = [f.data for f in live.FRAMES] * 16
        while not self.is_over:
            self.sent += netns.send(self.interface, frames)

    def stop(self):
        self.is_over = True
        self.join()
        return self.sent


def counted(site):
    _, intervals = site.result()
    return sum(t["packets"] + t["missed"] for row in intervals for t in row["taps"])


def check(site, allowed, sent):
    """Every frame once, by the configuration that its interval carries."""
    records, _ = site.result()
    assert counted(site) == sent, f"{counted(site)} counted or missed, {sent} sent"
    rows = live.intervals_of(site)
    for seq, _, _, digest in rows:
        have = {(r["peering"], r["class"]) for r in records if r["seq"] == seq}
        assert have <= allowed[digest], f"seq {seq}: {have}, but of {digest} are {allowed[digest]}"
    assert len({digest for *_, digest in rows}) > 1, "the configuration never changed"
    print(f"# {len(rows)} intervals, {sent} frames", flush=True)


def maps_in_kernel():
    shown = json.loads(subprocess.run(["bpftool", "--json", "map", "show"], check=True, capture_output=True,
                                      text=True).stdout)
    return sorted(m["name"] for m in shown if m.get("name", "").startswith("meter_"))


def storm(site):
    worlds = live.worlds(site)
    live.write(site, worlds["a"])
    site.start()
    alone, sender = maps_in_kernel(), Sender("tr0")
    allowed = live.storm(site, worlds)
    sent = sender.stop()
    live.write(site, worlds["a"])
    assert site.ask("reload")["status"] == "ok"
    seq = site.ask("status")["journal"]["seq"]
    site.until(lambda: site.ask("status")["journal"]["seq"] > seq + 1, "intervals of the last one")
    site.until(lambda: maps_in_kernel() == alone, f"maps as at the start: {alone}, not {maps_in_kernel()}")
    site.stop()
    check(site, allowed, sent)


def kills(site):
    """Killed at random moments around reloads, and started with whatever configuration is there then."""
    worlds, rng = live.worlds(site), random.Random(SEED)
    live.write(site, worlds["a"])
    site.start()
    allowed, sender = {}, Sender("tr0")
    for turn in range(KILLS * 2):
        name = "abcd"[turn % 4]
        live.write(site, worlds[name])
        reply = site.ask("reload")
        assert reply and reply["status"] == "ok", f"{turn}: {reply}, {site.daemon.poll()}\n{site.log()}"
        allowed[reply["config"]] = worlds[name][2]
        time.sleep(rng.random() * 1.2)  # before the cut that begins it, in it, after it
        if turn % 2:
            site.kill()
            live.write(site, worlds["abcd"[rng.randrange(4)]])
            site.start()
    for name in "abcd":
        live.write(site, worlds[name])
        allowed[site.ask("reload")["config"]] = worlds[name][2]
    sent = sender.stop()
    site.until(lambda: sum(t["packets"] for row in site.read("intervals") for t in row["taps"]) >= sent, "all counted")
    site.stop()
    check(site, allowed, sent)


def full_table(site):
    site.start()
    sender = Sender("tr0")
    lines = "".join(f"{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}.0/24,{'asia' if n % 3 else 'europe'}\n"
                    for n in range(1 << 20, (1 << 20) + ROUTES))
    lines += "".join(f"2a{n >> 12:02x}:{n & 4095:x}::/32,asia\n" for n in range(ROUTES // 5))
    (site.folder / "large.csv").write_text(lines)
    for turn in range(2):
        site.file.write_text(yamlfile.dump(dict(site.config, prefixes="large.csv", classes=[
            {"name": "europe"}, {"name": "asia"}, {"name": f"turn{turn}"}])))
        begun = time.monotonic()
        reply = site.ask("reload")
        assert reply["status"] == "ok", reply
        print(f"# a reload of {ROUTES} + {ROUTES // 5} prefixes took {time.monotonic() - begun:.2f} s", flush=True)
        seq = site.ask("status")["journal"]["seq"]
        site.until(lambda: site.ask("status")["journal"]["seq"] > seq + 1, "an interval of it")
    sent = sender.stop()
    site.until(lambda: sum(t["packets"] for row in site.read("intervals") for t in row["taps"]) >= sent, "all counted")
    site.stop()
    assert counted(site) == sent, f"{counted(site)} counted or missed, {sent} sent"
    assert len({digest for *_, digest in live.intervals_of(site)}) == 3


def main():
    netns.enter()
    for part in (storm, kills, full_table):
        if len(sys.argv) > 1 and sys.argv[1] != part.__name__:
            continue
        with report.part(part.__name__.replace("_", " ")), tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder, \
                netns.veth("tr0", "tr1"), \
                LiveSite({"t": "xdp:tr1"}, folder=folder, meter=f"reload-{os.getpid()}") as site:
            part(site)
    report.done()


if __name__ == "__main__":
    main()
