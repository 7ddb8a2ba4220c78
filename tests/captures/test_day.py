#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Traffic as on the routes, made for each configuration of config/, is counted as the naive model counts it."""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support")]

import meter  # noqa: E402
import model  # noqa: E402
import readpcap  # noqa: E402
import report  # noqa: E402
import traffic  # noqa: E402
import yamlfile  # noqa: E402

FRAMES, HOURS = 20000, 3


def check(file):
    """The configuration as it stands, but for its taps' sources, its journal's place and its Redis."""
    config = yamlfile.load(file.read_text())
    prefixes = traffic.read_prefixes(file.parent, config)
    config.pop("redis", None)
    config["journal"] = "day.db"
    for tap in (tap for link in config["links"] for tap in link["taps"]):
        tap["source"] = f"pcap:{tap['name']}.pcap"
    site = meter.Site(config, prefixes)
    made = traffic.make_day(config, prefixes, site.folder, FRAMES, seed=2, duration=HOURS * 3600)
    taps = {name: readpcap.packets(site.folder / f"{name}.pcap") for name in made}
    assert sum(len(rows) for rows in taps.values()) > FRAMES * 0.99
    site.run()
    result = site.result()
    text = meter.difference(result, model.meter(config, prefixes, taps))
    assert not text, text
    idle = {p["name"] for p in config["peerings"]} - {row["peering"] for row in result[0]}
    assert not idle, f"peerings without traffic: {idle}"


for path in sorted((ROOT / "config").glob("*.yaml")):
    if not path.read_text().startswith("meter:") and "\nmeter:" not in path.read_text():
        continue  # contracts, say
    with report.part(f"a day on the routes of {path.name}"):
        check(path)
report.done()
