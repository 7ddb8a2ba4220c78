#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random configurations and frames: what transitd counts is what the naive model counts.

Each case is made from its number alone. PROPERTY_CASES sets how many are run and PROPERTY_FIRST the
number of the first; `test_property.py --case N [FOLDER]` runs one of them, and leaves its files in FOLDER.
"""
import functools
import os
import random
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import captures  # noqa: E402
import meter  # noqa: E402
import model  # noqa: E402
import report  # noqa: E402
import worlds  # noqa: E402

WRITERS = [
    captures.pcap,
    functools.partial(captures.pcap, order=">"),
    functools.partial(captures.pcap, nano=True),
    functools.partial(captures.pcapng),
    functools.partial(captures.pcapng, order=">", tsresol=9, interfaces=2),
]
PART = 25  # cases told as one part


def run_case(number, folder=None):
    rng = random.Random(number)
    config, prefixes, taps = worlds.world(rng)
    writer = rng.choice(WRITERS)
    if folder:
        Path(folder).mkdir()
    site = meter.Site(config, prefixes, folder)
    site.write(taps, writer)
    site.run()
    text = meter.difference(site.result(), model.meter(config, prefixes, taps))
    assert not text, text


def main():
    if sys.argv[1:2] == ["--case"]:
        run_case(int(sys.argv[2]), *sys.argv[3:4])
        return
    first = int(os.environ.get("PROPERTY_FIRST", "1"))
    last = first + int(os.environ.get("PROPERTY_CASES", "200")) - 1
    for start in range(first, last + 1, PART):
        stop = min(start + PART - 1, last)
        with report.part(f"cases {start} to {stop}"):
            for number in range(start, stop + 1):
                try:
                    run_case(number)
                except Exception as error:
                    raise AssertionError(f"case {number} (test_property.py --case {number} FOLDER):\n{error}") \
                        from error
    report.done()


if __name__ == "__main__":
    main()
