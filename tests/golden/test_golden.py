#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Golden cases of one part of the contract: test_golden.py length|tags|peering|ip|class|cos|intervals

Each case is metered by transitd, and all that transitctl prints is compared with what the case's author
wrote by hand. The model (tests/support/model.py) is held against the same hand-written output, so that
the property tests rest on it; `--model` checks only the model and needs no program.
"""
import importlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import captures  # noqa: E402
import meter  # noqa: E402
import model  # noqa: E402
import report  # noqa: E402
import story  # noqa: E402
import table  # noqa: E402


def parts_of(case):
    """(captures, writer, expected, how to explain a difference) of a table or a story."""
    if isinstance(case, table.Table):
        return table.captures_of(case), captures.pcap, table.expected(case), \
            lambda text: table.name_rows(case, text)
    return case.captures, case.writer, story.expected(case), lambda text: text


def check_model(case):
    taps, _, wanted, explain = parts_of(case)
    meter.check_conservation(*wanted)
    text = meter.difference(model.meter(case.config, case.prefixes, taps), wanted)
    assert not text, "the model differs from the hand-written output:\n" + explain(text)


def check_meter(case):
    taps, writer, wanted, explain = parts_of(case)
    site = meter.Site(case.config, case.prefixes)
    site.write(taps, writer)
    site.run()
    text = meter.difference(site.result(), wanted)
    assert not text, "transitd differs from the hand-written output:\n" + explain(text)


def main(part, *options):
    cases = importlib.import_module(f"cases_{part}").TABLES
    for case in cases:
        with report.part(f"{case.name} (model)"):
            check_model(case)
        if "--model" not in options:
            with report.part(case.name):
                check_meter(case)
    report.done()


if __name__ == "__main__":
    main(*sys.argv[1:])
