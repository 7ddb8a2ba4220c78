# SPDX-License-Identifier: BSD-3-Clause
"""Contracts and evidence files for tests, and the statements that transitctl makes of them."""
import csv
import datetime
import io
import json
import os
import subprocess
import tempfile
from pathlib import Path

HEADER = ("meter,start,end,partner,peering,direction,class,cos,family,packets,l2_bytes,l3_bytes,status,"
          "covered_seconds,missed_packets").split(",")
UTC = datetime.timezone.utc
PATIENCE = 300


def instant(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text):
    return int(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


NOVEMBER = seconds("2026-11-01T00:00:00Z")


def row(start, direction, octets, peering="tb", packets=0, cls="europe", family="ipv4", cos="default",
        meter="m-1", partner="tt", status="ok", covered=300, missed=0, l3=None):
    """A usage row with `octets` as l2_bytes (and as l3_bytes unless given); cls "" is silence."""
    if not cls:
        family = cos = ""
    if status == "missing":
        covered = 0
    return dict(zip(HEADER, [meter, instant(start), instant(start + 300), partner, peering, direction, cls,
                             cos, family, packets, octets, octets if l3 is None else l3, status, covered,
                             missed]))


def bins(first, ingress, egress=None, **more):
    """Rows of consecutive bins; None in a list leaves the bin out of the file."""
    rows = []
    for i, octets in enumerate(ingress):
        if octets is None:
            continue
        rows.append(row(first + 300 * i, "ingress", octets, **more))
        rows.append(row(first + 300 * i, "egress", egress[i] if egress else 0, **more))
    return rows


def evidence(rows):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, HEADER)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def flow(value):
    """YAML of a value, on one line; scalars are quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return json.dumps(str(value))


def contract(*lines, **keys):
    """A contract of partner tt for 2026 with the given lines; a key that is None is left out."""
    c = {"id": "tt-1", "partner": "tt", "valid": {"from": "2026-01-01", "to": "2027-01-01"},
         "currency": "USD", "basis": "l2", "ceiling": "1T"}
    c.update(keys)
    c["lines"] = list(lines)
    return {k: v for k, v in c.items() if v is not None}


def contracts(*all_of_them):
    text = "contracts:\n"
    for c in all_of_them:
        text += "  -"
        for i, (key, value) in enumerate(c.items()):
            text += (" " if not i else "    ") + f"{key}: {flow(value)}\n"
    return text


class Desk:
    """A folder with contracts.yaml and usage.csv, and transitctl run in it."""

    def __init__(self, contracts_text="", usage=None):
        self.keep = tempfile.TemporaryDirectory(prefix="transitd-settle-")
        self.folder = Path(self.keep.name)
        (self.folder / "contracts.yaml").write_text(contracts_text)
        self.usage([] if usage is None else usage)

    def usage(self, rows, name="usage.csv"):
        text = rows if isinstance(rows, str) else evidence(rows)
        (self.folder / name).write_text(text, newline="")

    def run(self, *arguments, status=0, binary=False, env=None):
        done = subprocess.run([os.environ["TRANSITCTL"], *arguments], stdin=subprocess.DEVNULL,
                              cwd=self.folder, capture_output=True, timeout=PATIENCE, check=False,
                              env={**os.environ, **(env or {})})
        said = done.stderr.decode(errors="replace")
        assert done.returncode == status, \
            f"transitctl {' '.join(arguments)} ended with {done.returncode}, not {status}:\n{said}"
        return (done.stdout if binary else done.stdout.decode()), said

    def settle(self, *more, period="2026-11", contract_id="tt-1", usage="usage.csv"):
        out, _ = self.run("settle", "--contracts", "contracts.yaml", "--contract", contract_id, "--period",
                          period, "--usage", usage, "--format", "json", *more)
        lines = out.splitlines()
        assert len(lines) == 1, f"{len(lines)} lines instead of one statement"
        return json.loads(lines[0])


def settle(rows, *lines, period="2026-11", **keys):
    """The statement of a contract with these lines and keys."""
    return Desk(contracts(contract(*lines, **keys)), rows).settle(period=period)


def percentile(**keys):
    """A percentile line at 1.00 a Mbit/s."""
    line = {"name": "p", "type": "percentile", "unit": "Mbps", "rate": "1.00"}
    line.update(keys)
    return {k: v for k, v in line.items() if v is not None}
