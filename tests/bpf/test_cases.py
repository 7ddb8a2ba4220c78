#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's programs put each frame where the contract puts it, by the kernel's test-run: the frames of the
golden cases beside what their author wrote by hand, those of the property test's worlds beside the naive model.

BPF_CASES sets how many worlds are run, BPF_FIRST the number of the first; they are the property test's.
"""
import collections
import concurrent.futures
import importlib
import itertools
import json
import os
import random
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS / folder) for folder in ("golden", "property", "support")]

import meter  # noqa: E402
import model  # noqa: E402
import report  # noqa: E402
import worlds  # noqa: E402
from frames import Frame  # noqa: E402

ENTRIES = ("xdp", "tc")
# Contract section 2, and how many frames at least each entry is given; `intervals` is about time.
GOLDEN = {"length": 5, "tags": 40, "peering": 300, "ip": 100, "class": 200, "cos": 25}
KINDS = {"ingress", "egress", "ipv4", "ipv6", "other", "unrouted", "unknown", "malformed"}
PART = 25  # worlds told as one part
SKIPPED = 77

Row = collections.namedtuple("Row", "says tap frame column")  # the column is that of tests/golden/table.py


# ---- which frames a kernel can have -----------------------------------------------------------------


def is_cut(frame):
    return len(frame.data) < frame.wire


def seen(frame):
    """What is captured beyond the length on the wire does not exist: no kernel sees it."""
    return Frame(frame.data[:frame.wire], frame.wire)


def padded(frame):
    """The frame with zeros for what the capture has cut off."""
    return Frame(frame.data + bytes(frame.wire - len(frame.data)), frame.wire)


def ended(frame):
    """A frame that ends on the wire where the capture has cut this one."""
    return Frame(frame.data, len(frame.data))


def column_of(config, prefixes):
    """A function that says where the model puts a frame of a tap."""
    networks = model.networks_of(prefixes)
    taps = {tap["name"]: (tap, link["name"]) for link in config["links"] for tap in link["taps"]}

    def column(tap, frame):
        cell, header = model.place(config, networks, *taps[tap], frame)
        words = ["unknown", frame.wire] if cell is None else [*cell, frame.wire, header.l3_bytes]
        return " ".join(map(str, words + ["malformed"] * header.malformed))
    return column


def golden_rows(table, tally):
    """A kernel has whole frames only. Of those that a capture has cut, the ones that would be in the same place if
    they were whole are made whole; what was lost of the others matters, and they are left out."""
    column = column_of(table.config, table.prefixes)
    for says, tap, frame, wanted in table.rows:
        frame = seen(frame)
        if is_cut(frame):
            frame = padded(frame)
            if column(tap, frame) != wanted:
                tally.leave_out("cut", ENTRIES)
                continue
        yield Row(f"{table.name}: {says}", tap, frame, wanted)


def world_rows(config, prefixes, taps):
    """All frames, and for each that a capture has cut two that a kernel can have: the model judges them anew."""
    column = column_of(config, prefixes)
    for tap, packets in taps.items():
        for number, (_, frame) in enumerate(packets, 1):
            frame = seen(frame)
            for whole in (padded(frame), ended(frame)) if is_cut(frame) else (frame,):
                yield Row(f"frame {number} of tap {tap}", tap, whole, column(tap, whole))


class Tally:
    """What each entry was given, and why not more."""

    def __init__(self):
        self.given = dict.fromkeys(ENTRIES, 0)
        self.left_out = {entry: collections.Counter() for entry in ENTRIES}
        self.words = {entry: set() for entry in ENTRIES}  # of all places
        self.in_pieces = 0  # frames that XDP was given so as well
        self.processed = dict.fromkeys(ENTRIES, 0)  # instructions, by the verifier, at most

    def leave_out(self, reason, entries):
        for entry in entries:
            self.left_out[entry][reason] += 1

    def add(self, other):
        for entry in ENTRIES:
            self.given[entry] += other.given[entry]
            self.left_out[entry] += other.left_out[entry]
            self.words[entry] |= other.words[entry]
            self.processed[entry] = max(self.processed[entry], other.processed[entry])
        self.in_pieces += other.in_pieces

    def tell(self, suite):
        for entry in ENTRIES:
            reasons = ", ".join(f"{n} {reason}" for reason, n in sorted(self.left_out[entry].items())) or "none"
            print(f"# {suite}, {entry}: {self.given[entry]} frames given; left out: {reasons}", flush=True)

    def check(self, least):
        for entry in ENTRIES:
            given = self.given[entry]
            assert given >= least, f"{entry} was given {given} frames only, of at least {least}"

    def check_all(self, least):
        """Leaving frames out has not left the test empty, nor one kind of frame out."""
        self.check(least)
        for entry in ENTRIES:
            given, left_out = self.given[entry], self.left_out[entry].total()
            assert given > 9 * left_out, f"{entry} was given {given} frames, and {left_out} were left out"
            assert KINDS <= self.words[entry], f"{entry}: no frame was {KINDS - self.words[entry]}"


# ---- what the kernel makes of them --------------------------------------------------------------------


def run(site, entry, rows):
    lines = "".join(f"{row.tap} {row.frame.data.hex()}\n" for row in rows)
    return subprocess.run([meter.program("RUN_FRAMES"), site.file, entry], input=lines, capture_output=True, text=True)


def places_of(done, entry, rows, tally):
    """One for each row: what the program's output says."""
    if done.returncode == SKIPPED:
        report.skip_all(done.stdout.strip().removeprefix("skipped: "))
    assert done.returncode == 0, f"run_frames {entry} ended with {done.returncode}:\n{done.stderr}"
    *places, pieces, most = done.stdout.splitlines()
    assert len(places) == len(rows), f"run_frames {entry}: {len(places)} answers to {len(rows)} frames"
    tally.in_pieces += int(pieces.removeprefix("in pieces "))
    tally.processed[entry] = max(tally.processed[entry], int(most.removeprefix("processed ")))
    return places


def differences(config, prefixes, rows, tally):
    """Gives the rows to both programs, side by side: most of the time goes to the verifier."""
    site = meter.Site(config, prefixes)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda entry: run(site, entry, rows), ENTRIES))
    for entry, done in zip(ENTRIES, runs):
        for row, place in zip(rows, places_of(done, entry, rows, tally)):
            if place.startswith("left out: "):
                tally.leave_out(place.removeprefix("left out: "), [entry])
                continue
            tally.given[entry] += 1
            tally.words[entry].update(place.split())
            if place != row.column:
                yield f"{entry}, {row.says}\n  is in       {place}\n  belongs in  {row.column}\n" \
                      f"  begins      {row.frame.data[:122].hex()}"


def none(wrong):
    wrong = list(wrong)
    assert not wrong, "\n".join(wrong[:10] + [f"{len(wrong)} frames are counted elsewhere"])


# ---- suites -------------------------------------------------------------------------------------------


def golden(part, tally):
    groups = {}  # by what the frames are metered with, which is often the same
    for table in importlib.import_module(f"cases_{part}").TABLES:
        rows = groups.setdefault(json.dumps([table.config, table.prefixes]), (table, []))[1]
        rows += golden_rows(table, tally)
    none(itertools.chain.from_iterable(
        differences(table.config, table.prefixes, rows, tally) for table, rows in groups.values()))


def world(number, tally):
    config, prefixes, taps = worlds.world(random.Random(number))
    try:
        none(differences(config, prefixes, list(world_rows(config, prefixes, taps)), tally))
    except AssertionError as error:
        raise AssertionError(f"world {number} (BPF_FIRST={number} BPF_CASES=1):\n{error}") from error


def all_golden():
    total = Tally()
    for part, least in GOLDEN.items():
        tally = Tally()
        with report.part(f"golden {part}"):
            golden(part, tally)
            tally.check(least)
        tally.tell(f"golden {part}")
        total.add(tally)
    with report.part("golden: nearly all frames were given"):
        total.check_all(800)
    return total


def all_worlds(first, last):
    total = Tally()
    for start in range(first, last + 1, PART):
        stop = min(start + PART - 1, last)
        with report.part(f"worlds {start} to {stop}"):
            for number in range(start, stop + 1):
                world(number, total)
    total.tell("worlds")
    if last - first + 1 >= PART:  # one alone may be of few frames
        with report.part("worlds: nearly all frames were given"):
            total.check_all(100 * (last - first + 1))
    return total


def main():
    total = all_golden()
    first = int(os.environ.get("BPF_FIRST", "1"))
    total.add(all_worlds(first, first + int(os.environ.get("BPF_CASES", "50")) - 1))
    if total.in_pieces:
        print(f"# xdp: {total.in_pieces} of them were given in pieces as well")
    else:
        report.skip("frames in pieces", "this kernel's test-run gives none (6.18)")
    for entry in ENTRIES:
        print(f"# {entry}: the verifier processed {total.processed[entry]} instructions")
    report.done()


if __name__ == "__main__":
    main()
