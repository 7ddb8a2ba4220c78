#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Seconds and memory of settling one month (8,928 bins) with 8 classes and 2 families, for growing numbers of
peerings: settle_month.py TRANSITCTL [PEERINGS...]. The evidence goes through a pipe, so that no disk is measured.
With CAPACITY=1 the month is surveyed instead, each peering on a link of its own, with the loss of one of them."""
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "settle")]

import paper  # noqa: E402

START = paper.seconds("2026-10-01T00:00:00Z")
BINS = 8928
CLASSES = ["c%d" % i for i in range(8)]


def feed(path, peerings):
    cells = [f"bench,p{p},{d},{c},default,{f}" for p in range(peerings) for d in ("egress", "ingress")
             for c in CLASSES for f in ("ipv4", "ipv6")]
    with open(path, "wb") as out:
        out.write((",".join(paper.HEADER) + "\r\n").encode())
        for b in range(BINS):
            head = f"m-1,{paper.instant(START + 300 * b)},{paper.instant(START + 300 * b + 300)},"
            tail = f",{1000 + b},{(1000 + b) * 700},{(1000 + b) * 680},ok,300,0\r\n"
            out.write("".join(head + c + tail for c in cells).encode())


def settle(folder):
    lines = [paper.percentile()] + [paper.percentile(name=c, classes=[c]) for c in CLASSES]
    Path(folder, "contracts.yaml").write_text(paper.contracts(paper.contract(*lines, partner="bench")))
    return ["settle", "--contracts", "contracts.yaml", "--contract", "tt-1"]


def survey(folder, peerings):
    tree = {"meter": "m-1", "interval": "300s", "journal": "m.db",
            "links": [{"name": f"l{p}", "capacity": "100G"} for p in range(peerings)], "partners": [{"name": "bench"}],
            "peerings": [{"name": f"p{p}", "partner": "bench", "link": f"l{p}", "vlan": p + 1} for p in range(peerings)],
            "classes": [{"name": c, "via": f"p{i % peerings}"} for i, c in enumerate(CLASSES)]}
    Path(folder, "meter.yaml").write_text("".join(f"{k}: {paper.flow(v)}\n" for k, v in tree.items()))
    return ["--config", "meter.yaml", "capacity", "--without", "l0"]


def run(transitctl, peerings):
    with tempfile.TemporaryDirectory() as folder:
        words = survey(folder, peerings) if os.environ.get("CAPACITY") else settle(folder)
        os.mkfifo(Path(folder, "usage.csv"))
        writer = threading.Thread(target=feed, args=(Path(folder, "usage.csv"), peerings))
        begin = time.monotonic()
        child = subprocess.Popen([transitctl, *words, "--period", "2026-10", "--usage", "usage.csv", "--format", "json"],
                                 cwd=folder, stdout=subprocess.DEVNULL)
        writer.start()
        _, status, usage = os.wait4(child.pid, 0)
        writer.join()
        assert status == 0, status
        rows = BINS * peerings * 2 * len(CLASSES) * 2
        print(f"{peerings:5d} peerings {rows:10d} rows: {usage.ru_utime + usage.ru_stime:6.1f} s of CPU "
              f"({time.monotonic() - begin:.1f} s with the generator), {usage.ru_maxrss / 1024:.0f} MB", flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in map(int, sys.argv[2:] or ["1", "8", "64"]):
        run(os.path.abspath(sys.argv[1]), number)
