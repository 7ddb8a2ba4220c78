#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""kill -9 in mid-traffic: every frame that the daemon had counted is in the journal, once.

Frames come without end from a net_pcap port, as fast as one worker takes them. After each kill what the
daemon left is read from its files (postmortem.py); what the next ones make of it is held against that.
KILLS=1000 in the environment makes it a long run.
"""
import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import captures  # noqa: E402
import meter  # noqa: E402
import postmortem  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4, ip6, raw, tag  # noqa: E402
from livesite import LiveSite  # noqa: E402

KILLS = int(os.environ.get("KILLS", "100"))
FRAMES = [frame(tag(100), ip4(total=200), wire=260), frame(tag(100), ip4(dst="203.0.113.9")),
          frame(tag(100), ip4(dst="192.0.2.7", total=1400), wire=1450), frame(tag(200), ip4()),
          frame(tag(100), ip6(dst="2001:db8::9")), frame(tag(100), raw(0x0806, bytes(46))),
          frame(tag(100), ip4(ihl=4), wire=64)]


class Watched(LiveSite):
    """A meter whose every death is followed by an inquest."""

    def __init__(self, folder, **more):
        capture = f"{folder}/frames.pcap"
        Path(capture).write_bytes(captures.pcap([(0, f) for f in FRAMES * 37]))
        super().__init__({"t": f"dpdk:net_pcap0,rx_pcap={capture},infinite_rx=1"}, folder=folder, **more)
        self.rows, self.expected = 0, {}  # of the journal at the last death; what was not in it
        self.middle = self.dead_cuts = self.frames = 0

    def inquest(self):
        """What was left by the death before must be in the journal behind what was there, or still be left."""
        generation, rows = postmortem.read_journal(self.folder / "m.db")
        left = postmortem.left(self.state, generation)
        fresh = iter(rows[self.rows:])
        for number, account in self.expected.items():
            # Where the machine stood still between two cuts, silent intervals stand between.
            now = left.get(number) if number > generation else next(row for row in fresh if row or not account)
            assert now == account, f"generation {number}: {account} became {now}"
        self.rows, self.expected = len(rows), left
        self.middle += any(left.values())
        self.dead_cuts += len(left) > 1
        self.frames = sum(c[0] for account in rows + list(left.values()) for c in account.values())

    def die_after(self, seconds):
        time.sleep(seconds)
        assert self.daemon.poll() is None, f"transitd ended by itself:\n{self.log()}"
        self.kill()
        if self.file.with_name("m.db").exists() and self.state.exists():
            self.inquest()

    def end(self):
        """The last daemon writes all that is left, and the journal fits together."""
        self.start()
        self.stop()
        self.inquest()
        assert not self.expected and self.left() == [], (self.expected, self.left())
        assert self.ctl("verify")[0] == 0, self.ctl("verify")
        self.result()


def to_edge():
    """Seconds to just around the next cut."""
    return max(0, 1 - time.time() % 1 + random.uniform(-0.001, 0.004))


def mid_traffic():
    with meter.tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder, Watched(folder) as site:
        for number in range(KILLS):
            site.start()
            site.die_after(to_edge() if number % 4 == 0 else random.uniform(0, 0.3))
        print(f"# {site.frames} frames, {site.rows} intervals; died while counting {site.middle} times,"
              f" {site.dead_cuts} times with a cut on its way", flush=True)
        assert site.middle > KILLS // 2 and site.frames > 1000 * KILLS, "it was hardly ever mid-traffic"
        site.end()


def while_recovering():
    """Killed anew before it can answer: what the first one left survives all of them."""
    with meter.tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder, Watched(folder) as site:
        site.start()
        site.die_after(1.2)
        begun = time.monotonic()
        site.start()
        up = time.monotonic() - begun
        site.die_after(0)
        for _ in range(KILLS // 4):
            site.start(wait=False)
            site.die_after(random.uniform(0.3, 1.2) * up)
        site.end()


def with_redis():
    """In the end Redis holds what the journal holds."""
    with redisserver.Server() as redis, \
            meter.tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder, \
            Watched(folder, redis={"servers": [str(redis.socket)]}) as site:
        for number in range(KILLS // 8):
            site.start()
            site.die_after(to_edge() + 0.02 * random.random() if number % 2 else random.uniform(0, 0.3))
        site.start()
        site.until(lambda: site.ask("status")["redis"]["lag"] == 0, "Redis is level")
        site.stop()
        site.inquest()
        for command in ("records", "intervals"):
            assert site.read(command, "--redis") == site.read(command), command
        assert site.ctl("verify", "--redis")[0] == 0, site.ctl("verify", "--redis")


def main():
    seed = random.randrange(1 << 32)
    random.seed(seed)
    for part in (mid_traffic, while_recovering, with_redis):
        with report.part(f"{part.__name__.replace('_', ' ')}, seed {seed}"):
            part()
    report.done()


if __name__ == "__main__":
    main()
