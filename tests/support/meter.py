# SPDX-License-Identifier: BSD-3-Clause
"""Runs transitd and transitctl on a folder of their own, and compares all that they print.

The programs come from the environment: TRANSITD and TRANSITCTL, as meson sets them.
"""
import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import captures
import yamlfile

RECORD_KEYS = {"meter", "seq", "start", "end", "link", "partner", "peering", "direction", "class", "cos",
               "family", "packets", "l2_bytes", "l3_bytes"}
INTERVAL_KEYS = {"meter", "seq", "start", "end", "taps"}
TAP_KEYS = {"name", "packets", "l2_bytes", "unknown_packets", "unknown_l2_bytes", "malformed", "late",
            "missed"}
# Seconds after which a program that should have ended is taken for one that hangs.
PATIENCE = 120
# Journals are synced to disk with each interval; what is tested here is what stands in them, so they lie in
# memory where that is possible. (tests/fault asks what disks do to them.)
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def program(name):
    path = os.environ.get(name)
    if not path:
        raise SystemExit(f"{name} is not set: run this by `meson test`, or set it to the program's path")
    return path


class Site:
    """A folder with a configuration, its prefixes, its captures and its journal."""

    def __init__(self, config, prefixes, folder=None):
        self.keep = None if folder else tempfile.TemporaryDirectory(prefix="transitd-test-", dir=MEMORY)
        self.folder = Path(folder or self.keep.name)
        self.config, self.prefixes = config, prefixes
        self.file = self.folder / "meter.yaml"
        self.file.write_text(yamlfile.dump(config))
        lines = "".join(f"{prefix},{name}\n" for prefix, name in prefixes)
        (self.folder / "prefixes.csv").write_text(lines)

    def write(self, taps, writer=captures.pcap):
        """One capture a tap of the configuration; a tap that `taps` does not name gets an empty one."""
        for name, source in self.sources().items():
            path = self.folder / source.removeprefix("pcap:")
            path.write_bytes(writer(taps.get(name, [])))

    def sources(self):
        return {t["name"]: t["source"] for link in self.config["links"] for t in link["taps"]}

    def run(self, *arguments, status=0, timeout=PATIENCE):
        """Runs the daemon to its end (one of several statuses may do); what it said on standard error."""
        command = [program("TRANSITD"), "--config", str(self.file), *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout)
        if done.returncode not in (status if isinstance(status, tuple) else (status,)):
            raise AssertionError(f"transitd ended with {done.returncode}, not {status}:\n{done.stderr}")
        if done.stdout:
            raise AssertionError(f"transitd wrote to standard output:\n{done.stdout}")
        return done.stderr

    @contextlib.contextmanager
    def running(self, *arguments):
        """The daemon in the background. It is told to stop at the end, and has to end with 0."""
        with tempfile.TemporaryFile(mode="w+") as said:
            daemon = subprocess.Popen([program("TRANSITD"), "--config", str(self.file), *arguments],
                                      stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            try:
                yield daemon
                daemon.send_signal(signal.SIGTERM)
                daemon.wait(PATIENCE)
            finally:
                daemon.kill()
                daemon.wait()
                said.seek(0)
                text = said.read()
            assert daemon.returncode == 0, f"transitd ended with {daemon.returncode}:\n{text}"

    def read(self, command, *arguments):
        """The objects that transitctl prints, one a line."""
        done = subprocess.run([program("TRANSITCTL"), "--config", str(self.file), command, "--format",
                               "json", *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise AssertionError(f"transitctl {command} ended with {done.returncode}:\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def wait_for_packets(self, packets, daemon):
        """Until the taps have delivered as many, in intervals that are closed."""
        deadline = time.monotonic() + PATIENCE
        have = 0
        while have < packets:
            assert daemon.poll() is None, f"transitd ended by itself with {daemon.returncode}"
            assert time.monotonic() < deadline, f"{have} of {packets} packets after {PATIENCE} s"
            time.sleep(0.1)
            have = sum(t["packets"] for row in self.read_early("intervals") for t in row["taps"])

    def read_early(self, command):
        """As read(), but nothing at all from a journal that is not there yet."""
        try:
            return self.read(command)
        except AssertionError as error:
            if "No such file" in str(error) or "no meter has written to it yet" in str(error):
                return []
            raise

    def result(self):
        """(records, intervals) as printed; their form and the conservation identity are checked."""
        records, intervals = self.read("records"), self.read("intervals")
        check_form(records, intervals)
        check_conservation(records, intervals)
        return records, intervals


def check_form(records, intervals):
    """The keys are the contract's (section 5), counts are integers, and seq has no gap and no repeat."""
    for row in records:
        assert set(row) == RECORD_KEYS, f"keys of a record: {sorted(row)}"
        assert type(row["seq"]) is int and all(
            type(row[k]) is int and row[k] >= 0 for k in ("packets", "l2_bytes", "l3_bytes")), row
        assert row["packets"] > 0, f"a record that counted nothing: {row}"
    for row in intervals:
        assert set(row) == INTERVAL_KEYS, f"keys of an interval: {sorted(row)}"
        for tap in row["taps"]:
            assert set(tap) == TAP_KEYS, f"keys of a tap: {sorted(tap)}"
            assert all(type(tap[k]) is int and tap[k] >= 0 for k in TAP_KEYS - {"name"}), tap
    seqs = [row["seq"] for row in intervals]
    assert seqs == list(range(1, len(seqs) + 1)), f"sequence numbers: {seqs[:20]}"
    assert [r["seq"] for r in records] == sorted(r["seq"] for r in records), "records are not in order of seq"
    cells = [tuple(v for k, v in sorted(r.items()) if k not in ("packets", "l2_bytes", "l3_bytes"))
             for r in records]
    assert len(set(cells)) == len(cells), "a cell has two records in one interval"


def check_conservation(records, intervals):
    """Contract section 2: every frame is in one cell or in its tap's unknown, interval by interval."""
    counted = {}
    for row in records:
        have = counted.setdefault(row["seq"], [0, 0])
        have[0] += row["packets"]
        have[1] += row["l2_bytes"]
    for row in intervals:
        packets, octets = counted.pop(row["seq"], [0, 0])
        for tap in row["taps"]:
            packets += tap["unknown_packets"] - tap["packets"]
            octets += tap["unknown_l2_bytes"] - tap["l2_bytes"]
        assert (packets, octets) == (0, 0), f"seq {row['seq']}: off by {packets} packets, {octets} bytes"
    assert not counted, f"records without an interval: seq {sorted(counted)}"


def canonical(records, intervals):
    """Lines that are equal when the outputs say the same; the order inside an interval is left open."""
    lines = [json.dumps(dict(row, taps=sorted(row["taps"], key=lambda t: t["name"])), sort_keys=True)
             for row in intervals]
    return lines + sorted(json.dumps(row, sort_keys=True) for row in records)


def difference(got, wanted, limit=12):
    """The lines that only one of two (records, intervals) has, or "" when they are equal."""
    got, wanted = canonical(*got), canonical(*wanted)
    if got == wanted:
        return ""
    lines = [f"  not printed: {line}" for line in wanted if line not in set(got)]
    lines += [f"  too much:    {line}" for line in got if line not in set(wanted)]
    if not lines:
        lines = ["  the same lines in another order or number"]
    return "\n".join(lines[:limit] + ([f"  ... {len(lines) - limit} more"] if len(lines) > limit else []))


def totals(records):
    """What every cell counted over all intervals."""
    cells = {}
    for row in records:
        cell = tuple(row[k] for k in ("link", "partner", "peering", "direction", "class", "cos", "family"))
        have = cells.setdefault(cell, [0, 0, 0])
        for i, key in enumerate(("packets", "l2_bytes", "l3_bytes")):
            have[i] += row[key]
    return cells
