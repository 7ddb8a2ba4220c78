#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The journal's disk is full while frames come: counting goes on, and nothing is merged or lost."""
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import captures  # noqa: E402
import meter  # noqa: E402
import postmortem  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4, tag  # noqa: E402
from livesite import LiveSite  # noqa: E402

FEW = 3  # intervals that have to wait


def spilled(site):
    return [name for name in site.left() if name.endswith(".interval")]


def fill(disk):
    with open(disk / "fill", "wb", buffering=0) as f:
        try:
            while f.write(bytes(4096)):
                pass
        except OSError:
            pass


def ready(port):
    """(status, answer) of /ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=meter.PATIENCE) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def full(folder, disk, kill):
    capture = f"{folder}/frames.pcap"
    Path(capture).write_bytes(captures.pcap([(0, frame(tag(100), ip4())), (0, frame(tag(7), ip4()))] * 32))
    port = redisserver.free_port()
    with LiveSite({"t": f"dpdk:net_pcap0,rx_pcap={capture},infinite_rx=1"}, folder=folder,
                  journal=str(disk / "m.db"), metrics={"listen": f"127.0.0.1:{port}"}) as site:
        site.start()
        site.until(lambda: site.ask("status")["journal"]["seq"] > 0, "an interval")
        assert ready(port)[0] == 200, ready(port)
        fill(disk)
        site.until(lambda: len(spilled(site)) >= FEW, "intervals wait")
        reply = site.ask("status")
        assert reply["status"] == "unhealthy" and reply["journal"]["accepts"] is False, reply
        assert site.ctl("status")[0] == 1
        code, said = ready(port)
        assert code == 503 and "the journal does not accept" in said, (code, said)
        before = reply["workers"][0]["packets"]
        site.until(lambda: site.ask("status")["workers"][0]["packets"] > before, "it counts on")
        assert site.ctl("records")[0] == 0, "the journal can be read"
        if kill:
            site.kill()
            generation, rows = postmortem.read_journal(disk / "m.db")
            left = postmortem.left(site.state, generation)
            assert len(left) >= FEW, left
            (disk / "fill").unlink()
            site.start()
        else:
            (disk / "fill").unlink()
        site.until(lambda: site.ask("status")["journal"]["accepts"], "the journal accepts")
        site.until(lambda: not spilled(site), "all is written")
        site.until(lambda: ready(port)[0] == 200, "it is ready again")
        packets = site.ask("status")["workers"][0]["packets"]
        site.stop()
        assert site.ctl("verify")[0] == 0, site.ctl("verify")
        _, intervals = site.result()
        if kill:
            now = postmortem.read_journal(disk / "m.db")[1]
            assert now[len(rows):len(rows) + len(left)] == list(left.values()), "what was left is not what was written"
            return
        starts = [row["start"] for row in intervals]
        assert len(set(starts)) == len(starts) > FEW, starts
        assert all(row["taps"][0]["packets"] > 0 for row in intervals), intervals
        assert sum(row["taps"][0]["packets"] for row in intervals) >= packets


def main():
    if os.geteuid():
        report.skip_all("not root: no small disk can be mounted")
    for kill in (False, True):
        with report.part("killed when it is full" if kill else "space returns"), \
                tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder:
            disk = Path(folder) / "disk"
            disk.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], check=True)
            try:
                full(folder, disk, kill)
            finally:
                subprocess.run(["umount", str(disk)], check=True)
    report.done()


if __name__ == "__main__":
    main()
