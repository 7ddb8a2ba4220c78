#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Progress of long work: one line on a terminal, erased at the end and by diagnostics; nothing elsewhere."""
import os
import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "settle")]

import captures  # noqa: E402
import meter  # noqa: E402
import paper  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4, tag  # noqa: E402
from paper import NOVEMBER, bins, percentile  # noqa: E402
from screen import Screen  # noqa: E402

FAST = {"LD_PRELOAD": os.environ["FAST_CLOCK"], "ASAN_OPTIONS": "verify_asan_link_order=0"}
SETTLE = ["settle", "--contracts", "contracts.yaml", "--contract", "tt-1", "--period", "2026-11", "--usage", "usage.csv",
          "--format", "json"]
T0 = paper.seconds("2026-10-05T12:00:00Z")
CONFIG = {
    "meter": "m-1", "interval": "10s", "journal": "m-1.db", "prefixes": "prefixes.csv",
    "links": [{"name": "west", "taps": [{"name": "west", "source": "pcap:west.pcap", "direction": "ingress"}]}],
    "partners": [{"name": "tt"}], "peerings": [{"name": "tt-1", "partner": "tt", "link": "west"}],
    "classes": [{"name": "europe"}],
}


def on_terminal(command, folder, want, status=0, env=None, **streams):
    """Runs it in a terminal; its lines in the order in which they stood there, and what stands at the end."""
    with Screen(command, columns=60, rows=10, env=FAST if env is None else env, cwd=folder, **streams) as s:
        assert s.ended() == status, f"ended with {s.process.returncode}:\n{s.text()}"
        shown = re.findall(rb"\r([^\r\n\x1b]*)\x1b\[K", s.raw)
        lines = [x.decode() for x in shown if x]
        assert all(len(x) < 60 for x in lines), lines
        assert bool(lines) == bool(want), (lines[:3], s.raw[:200])
        for line in lines:
            assert re.fullmatch(want, line), f"{line!r} is not {want!r}"
        return lines, s.text()


def as_file(command, folder):
    """The same with a file for standard error, and no terminal at all."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          env={**os.environ, **FAST})
    assert b"\r" not in done.stderr and b"\x1b" not in done.stderr + done.stdout, done.stderr[:200]
    return done


with report.part("settle: rows that were read, erased at the end"):
    desk = paper.Desk(paper.contracts(paper.contract(percentile())), bins(NOVEMBER, range(1, 3001)))
    command = [meter.program("TRANSITCTL"), *SETTLE, "--output", "S.json"]
    lines, text = on_terminal(command, desk.folder, r"reading usage: \d+ rows, at 2026-11-\d\dT\d\d:\d\d:00Z")
    counts = [int(line.split()[2]) for line in lines]
    assert counts == sorted(counts) and counts[-1] > 5000 and text.strip() == "", (counts[-1], text)
    assert not as_file(command, desk.folder).stderr

with report.part("settle: quick work shows nothing"):
    on_terminal(command, desk.folder, "", env={})

with report.part("settle: a mistake stands alone"):
    with open(desk.folder / "usage.csv", "a", encoding="ascii") as f:
        f.write("no row\r\n")
    _, text = on_terminal(command, desk.folder, r"reading usage: .*", status=2)
    assert text.strip().startswith("usage.csv:6002: too few fields"), text

with report.part("usage: rows that are printed to the terminal are not disturbed"):
    site = meter.Site(CONFIG, [(f"10.{i >> 8}.{i & 255}.0/24", "europe") for i in range(20000)])
    site.write({"west": [((T0 + s) * 10**9, frame(tag(5), ip4(total=986), wire=1004)) for s in range(0, 60000, 5)]})
    command = [meter.program("TRANSITD"), "--config", str(site.file)]
    lines, text = on_terminal(command, site.folder, r"(reading prefixes: \d+ % \(\d+ lines\)|"
                                                    r"metering captures: \d+ frames, at 2026-10-0\dT\d\d:\d\d:\d0Z)")
    usage = [meter.program("TRANSITCTL"), "--config", str(site.file), "usage"]
    on_terminal(usage, site.folder, "")
    with open(site.folder / "usage.csv", "wb") as f:
        on_terminal(usage + ["--format", "csv"], site.folder, r"reading usage: .*", stdout=f)
    assert (site.folder / "usage.csv").read_bytes() == as_file(usage + ["--format", "csv"], site.folder).stdout

with report.part("transitd: prefixes, then captures"):
    percents = [int(x.split()[2]) for x in lines if x.startswith("reading prefixes")]
    frames = [int(x.split()[2]) for x in lines if x.startswith("metering captures")]
    assert percents and percents == sorted(percents) and 90 <= percents[-1] <= 100, percents[-3:]
    assert frames and frames == sorted(frames) and 6000 < frames[-1] <= 12000, frames[-3:]
    assert lines.index(f"reading prefixes: {percents[0]} % (64 lines)") == 0 and text.strip() == "", text

with report.part("transitd: a bad prefix line stands alone"):
    with open(site.folder / "prefixes.csv", "a", encoding="ascii") as f:
        f.write("10.0.0.1/24,europe\n")
    _, text = on_terminal(command + ["--check"], site.folder, r"reading prefixes: .*", status=2)
    assert text.split()[0].endswith("prefixes.csv:20001:") and "reading" not in text, text
    assert as_file(command + ["--check"], site.folder).returncode == 2

with report.part("transitd: what goes wrong on the way stands alone"):
    site = meter.Site(CONFIG, [("10.0.0.0/24", "europe")])
    site.write({"west": [((T0 + s) * 10**9, frame(tag(5), ip4(total=986), wire=1004)) for s in range(0, 60000, 5)]})
    with open(site.folder / "west.pcap", "r+b") as f:
        f.truncate(os.path.getsize(site.folder / "west.pcap") - 7)
    _, text = on_terminal([meter.program("TRANSITD"), "--config", str(site.file)], site.folder, r"metering captures: .*", status=1)
    assert text.startswith("transitd: ") and len(text.strip().splitlines()) == 1 and "metering" not in text, text

report.done()
