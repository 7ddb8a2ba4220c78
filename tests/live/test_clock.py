#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The wall clock is set while the meter runs (docs/state.md): it is told, and no interval is lost for it.

The daemon sees a clock of its own (step_clock.c); nobody else's is touched.
"""
import os
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import report  # noqa: E402
from livesite import LiveSite  # noqa: E402

MOST = 100000  # silent intervals in a row


class Stepped(LiveSite):
    def __init__(self):
        super().__init__({"t": "dpdk:net_null0,size=64"})
        self.by = self.folder / "by"
        self.by.write_bytes(struct.pack("=q", 0))
        self.environment |= {"LD_PRELOAD": os.environ["STEP_CLOCK"], "STEPPED_BY": str(self.by)}
        options = self.environment.get("ASAN_OPTIONS", "")
        self.environment["ASAN_OPTIONS"] = f"{options}:verify_asan_link_order=0"

    def step(self, seconds):
        with open(self.by, "r+b", buffering=0) as f:
            f.write(struct.pack("=q", seconds * 10**9))

    def seq(self):
        return self.ask("status")["journal"]["seq"]

    def wait_for(self, seq):
        self.until(lambda: self.seq() >= seq, f"{seq} intervals")

    def end(self):
        """(starts of all intervals, those of the silent ones), and that the journal fits together."""
        self.stop()
        assert self.ctl("verify")[0] == 0, self.ctl("verify")
        _, intervals = self.result()
        starts = [seconds(i["start"]) for i in intervals]
        silent = [start for start, i in zip(starts, intervals) if not i["taps"][0]["packets"]]
        return starts, silent


def seconds(at):
    return int(time.mktime(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ")))


def follow(starts):
    return all(b - a == 1 for a, b in zip(starts, starts[1:]))


def set_forward():
    with Stepped() as site:
        site.start()
        site.wait_for(2)
        site.step(3000)
        site.wait_for(3003)
        starts, silent = site.end()
        assert follow(starts) and 2990 <= len(silent) <= 3000 and follow(silent), (len(starts), len(silent))
        log = site.log()
        assert "the clock was set by +3000." in log and f"{len(silent)} intervals in between are silent" in log, log


def set_back():
    with Stepped() as site:
        site.start()
        site.wait_for(2)
        site.step(-3600)
        site.wait_for(5)
        starts, silent = site.end()
        turn = next(i for i in range(1, len(starts)) if starts[i] < starts[i - 1])
        assert follow(starts[:turn]) and follow(starts[turn:]) and not silent, (starts, silent)
        assert starts[turn - 1] - starts[turn] in (3599, 3600), starts
        log = site.log()
        assert "the clock was set by -3600." in log and "is closed early" in log, log


def set_far_off():
    """More than can be meant: the gap stays, and is told."""
    with Stepped() as site:
        site.start()
        site.wait_for(2)
        site.step(MOST + 3600)
        site.wait_for(5)
        starts, silent = site.end()
        assert len(starts) < 100 and not silent and not follow(starts), starts
        assert f"are not written: at most {MOST}" in site.log(), site.log()


def killed_while_writing():
    """The next meter writes the silent intervals that are missing, before what was counted after them."""
    with Stepped() as site:
        site.start()
        site.wait_for(2)
        site.step(20000)
        site.wait_for(500)
        begun = site.seq()
        site.kill()
        left = site.left()
        assert begun < 20000, "it was over before the kill"
        assert any(name.endswith(".interval") for name in left) or any("banks" in name for name in left), left
        site.step(20000 + 50)  # no meter runs
        site.start()
        site.wait_for(20003)
        starts, silent = site.end()
        steps = [b - a for a, b in zip(starts, starts[1:]) if b - a != 1]
        assert len(steps) == 1 and steps[0] >= 50, f"intervals where no meter ran, or none where one did: {steps}"
        assert 19990 <= len(silent) <= 20000 and follow(silent), (begun, len(starts), len(silent))


def main():
    for part in (set_forward, set_back, set_far_off, killed_while_writing):
        with report.part(part.__name__.replace("_", " ")):
            part()
    report.done()


if __name__ == "__main__":
    main()
