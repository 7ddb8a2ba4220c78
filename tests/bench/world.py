# SPDX-License-Identifier: BSD-3-Clause
"""What the whole-program benchmarks share: a world from make_world, a configuration for it, figures.

The programs come from the environment (TRANSITD, TRANSITCTL, MAKE_WORLD), as meson sets them.
"""
import csv
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

import yamlfile  # noqa: E402

SKIPPED = 77  # what meson takes for a skipped test
MIX = "25:45:15:10:5"  # per cent of flows: plain, VLAN, QinQ, two labels, VLAN and one label
VLAN = "35:65:0:0:0"
IMIX = 0  # 60, 576 and 1500 bytes at 7:4:1
VLANS = 63  # and what is untagged: 64 peerings
CLASSES = 64


def program(name):
    path = os.environ.get(name)
    if not path:
        raise SystemExit(f"{name} is not set: run this by `meson test --benchmark`, or set it to the program's path")
    return path


class World:
    """A folder with prefixes.csv, networks.lst and captures (name, frames, flows, size, kinds)."""

    def __init__(self, captures, routes4=1_000_000, routes6=200_000):
        self.keep = tempfile.TemporaryDirectory(prefix="transitd-bench-")
        self.folder = Path(self.keep.name)
        self.routes = routes4, routes6
        words = [str(word) for capture in captures for word in capture]
        subprocess.run([program("MAKE_WORLD"), str(self.folder), str(routes4), str(routes6), str(CLASSES),
                        str(VLANS), *words], check=True)

    def capture(self, name):
        return self.folder / f"{name}.pcap"

    def truth(self, name):
        """{(VID, class, family): (packets, l2 bytes, l3 bytes)}; VID 0: no tag."""
        with open(self.folder / f"{name}.truth.csv", newline="") as file:
            return {(int(row["vlan"]), row["class"], row["family"]):
                    (int(row["packets"]), int(row["l2_bytes"]), int(row["l3_bytes"]))
                    for row in csv.DictReader(file)}

    def config(self, name, source, interval="1s", **more):
        """Writes a configuration with one ingress tap, a peering a VLAN and all classes; its path."""
        peerings = [{"name": f"p-{vid}", "partner": "partner", "link": "bench", "vlan": vid or "untagged"}
                    for vid in range(VLANS + 1)]
        config = {"meter": "bench", "interval": interval, "journal": f"{name}.db", "prefixes": "prefixes.csv",
                  "links": [{"name": "bench", "taps": [{"name": "in", "source": source, "direction": "ingress"}]}],
                  "partners": [{"name": "partner"}], "peerings": peerings,
                  "classes": [{"name": f"class-{i}"} for i in range(CLASSES)], **more}
        path = self.folder / f"{name}.yaml"
        path.write_text(yamlfile.dump(config))
        self.forget(name)
        return path

    def forget(self, name):
        """The journal of that configuration."""
        for path in self.folder.glob(f"{name}.db*"):
            path.unlink()

    def ask(self, name, command):
        done = subprocess.run([program("TRANSITCTL"), "--config", str(self.folder / f"{name}.yaml"), command,
                               "--format", "json"], check=True, capture_output=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]


def missing(tool, package):
    """Says that a peer is not here, if so."""
    if shutil.which(tool):
        return False
    print(f"skipped: {tool} is not installed (Debian package {package}; scripts/packages-bench lists it)")
    return True


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "n": len(values)}


def show(values, unit="", digits=1):
    s = spread(values)
    return f"{s['median']:.{digits}f}{unit} ({s['min']:.{digits}f} .. {s['max']:.{digits}f})"


def machine():
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, {os.cpu_count()} CPUs, Linux {platform.release()}"


def write_json(path, result):
    if path:
        Path(path).write_text(json.dumps(result, indent=1) + "\n")
