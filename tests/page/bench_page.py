#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How fast the page's API answers with 64 peerings and a month of bins, and what 50 listeners cost. Judges nothing.

    bench_page.py [PEERINGS] [DAYS]
"""
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "support"), str(Path(__file__).parent)]

import meter  # noqa: E402
import months  # noqa: E402
from pagesite import Serve  # noqa: E402

START = 1772323200  # 2026-03-01T00:00:00Z
CLASSES = [f"c{i}" for i in range(8)]
ASKED = 40  # times each
LISTENERS = 50
CONTRACT = """  - id: contract-{n}
    partner: partner-{n}
    valid: {{from: 2026-01-01, to: 2027-01-01}}
    period: month
    currency: USD
    basis: l2fcs
    lines:
      - {{name: transit, type: percentile, unit: Mbps, commit: "10000", rate: "0.40"}}
"""


def configuration(peerings):
    """Four peerings a link, each a partner's own, with four of eight classes."""
    links = [{"name": f"link-{i}", "capacity": "400G", "taps": [{"name": f"tap-{i}", "source": f"pcap:tap-{i}.pcap",
                                                                "direction": "ingress"}]} for i in range(-(-peerings // 4))]
    return {"meter": "bench", "interval": "300s", "journal": "day.db", "prefixes": "prefixes.csv", "links": links,
            "partners": [{"name": f"partner-{i}"} for i in range(peerings)],
            "peerings": [{"name": f"peering-{i}", "partner": f"partner-{i}", "link": f"link-{i // 4}", "vlan": 100 + i}
                         for i in range(peerings)],
            "classes": [{"name": c, "via": f"peering-{i}"} for i, c in enumerate(CLASSES)]}


def make_site(peerings, days):
    site = meter.Site(configuration(peerings), [])
    (site.folder / "contracts.yaml").write_text("contracts:\n" + "".join(CONTRACT.format(n=i) for i in range(peerings)))
    rates = {f"peering-{i}": (40e9, 30e9, [CLASSES[(i + k) % 8] for k in range(4)]) for i in range(peerings)}
    months.fill(site, rates, START, START + days * 86400)
    return site, rates


def cpu(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process):
    line = next(l for l in Path(f"/proc/{process.pid}/status").read_text().splitlines() if l.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def measure(serve, name):
    times, size = [], 0
    for _ in range(ASKED):
        begin = time.monotonic()
        status, _, body = serve.ask("GET", f"/api/{name}")
        times.append((time.monotonic() - begin) * 1000)
        assert status == 200, (name, status, body)
        size = len(body)
    print(f"{name:28} {statistics.median(times):8.1f} ms median {max(times):8.1f} ms most {size / 1024:8.0f} KiB", flush=True)


def measure_stream(serve, site, rates, end):
    """New intervals while 50 listen."""
    listeners = [serve.events() for _ in range(LISTENERS)]
    for events in listeners:
        events.next()
    before, delays = cpu(serve.process), []
    text = (site.folder / "configuration").read_text()
    for n in range(3):
        at = end + n * months.STEP
        lines = "".join(months.text(site, text, rates, at, at + months.STEP)).encode()
        subprocess.run([os.environ["MAKE_JOURNAL"], str(site.folder / "day.db"), "bench", "300", str(site.folder / "configuration")],
                       input=lines, check=True)
        begin = time.monotonic()
        for events in listeners:
            while events.next()[1]["meters"][0]["end"] != months.instant(at + months.STEP):
                pass
        delays.append(time.monotonic() - begin)
    for events in listeners:
        events.close()
    print(f"{LISTENERS} listeners: the last one hears of an interval {max(delays):.2f} s after its commit at the latest; "
          f"{(cpu(serve.process) - before) / len(delays) * 1000:.0f} ms of CPU an interval", flush=True)


def main():
    peerings, days = (int(word) for word in (sys.argv[1:3] if len(sys.argv) > 2 else ("64", "31")))
    site, rates = make_site(peerings, days)
    begin = time.monotonic()
    with Serve(site) as serve:
        serve.until(lambda: serve.get("overview")["complete"], "all is read")
        print(f"{peerings} peerings, {days} days of bins: read in {time.monotonic() - begin:.1f} s, "
              f"{memory(serve.process):.0f} MB", flush=True)
        time.sleep(3)  # what is computed between requests
        for name in ("overview", "link?name=link-0", "matrix", "quality", "partners", "forecast", "without?link=link-0"):
            measure(serve, name)
        measure_stream(serve, site, rates, START + days * 86400)


main()
