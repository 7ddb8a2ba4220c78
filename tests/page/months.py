# SPDX-License-Identifier: BSD-3-Clause
"""Months of five-minute intervals, made up, in a journal: what no test has the time to meter."""
import hashlib
import math
import os
import random
import sqlite3
import subprocess
from datetime import datetime, timezone

import meter

STEP = 300
FAMILY = ("ipv4", "ipv6")


def instant(at):
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(site):
    """The configuration as transitd writes it into a journal: out of one that it made from empty captures."""
    site.write({})
    site.run(status=(0, 1, 2))
    path = site.folder / site.config["journal"]
    with sqlite3.connect(path) as db:
        ((text,),) = db.execute("SELECT text FROM config")
    for extra in ("", "-wal", "-shm", ".lock"):
        (site.folder / (site.config["journal"] + extra)).unlink(missing_ok=True)
    return text


def activity(at, start, growth):
    """Of the greatest rate: a day's curve, less on weekends, growing by so much a month."""
    hour = at / 3600 % 24
    day = 0.62 + 0.38 * math.sin((hour - 9) / 24 * 2 * math.pi)
    week = 0.85 if at // 86400 % 7 in (2, 3) else 1
    return day * week * (1 + growth) ** ((at - start) / (30.4 * 86400))


def rows(config, rates, rng):
    """(line up to the counts, bit/s at the most) of every record; `rates`: {peering: (in, out)}."""
    for p in sorted(config["peerings"], key=lambda p: p["name"]):
        classes = sorted(rates[p["name"]][2])
        for way, rate in (("egress", rates[p["name"]][1]), ("ingress", rates[p["name"]][0])):
            shares = [rng.uniform(0.5, 1.5) for _ in classes]
            for name, share in zip(classes, shares):
                yield f"record {p['link']} {p['partner']} {p['name']} {way} {name} default ipv4", rate * share / sum(shares)


def text(site, configuration, rates, start, end, growth=0.04, seed=1, missing=()):
    """Canonical text of all intervals; `missing`: (from, to) in which no meter ran."""
    rng = random.Random(seed)
    digest = hashlib.sha256(configuration.encode()).hexdigest()
    cells = list(rows(site.config, rates, rng))
    tap = min(t["name"] for link in site.config["links"] for t in link["taps"])
    for seq, at in enumerate(range(start, end, STEP), 1):
        if any(a <= at < b for a, b in missing):
            continue
        now = activity(at, start, growth) * STEP / 8
        lines, packets, octets = [], 0, 0
        for head, rate in cells:
            l2 = int(rate * now * rng.uniform(0.94, 1.06))
            n = l2 // 800 + 1
            packets += n
            octets += l2
            lines.append(f"{head} {n} {l2} {l2 - 18 * n if l2 > 18 * n else 0}\n")
        yield (f"interval {site.config['meter']} {seq} {instant(at)} {instant(at + STEP)} {STEP * 1000} live {digest}\n"
               f"tap {tap} {packets} {octets} 0 0 0 0 0\n" + "".join(lines))


def fill(site, rates, start, end, **more):
    """A journal for the site, whose interval is 300 s."""
    configuration = canonical(site)
    (site.folder / "configuration").write_text(configuration)
    source = site.folder / "intervals"
    with open(source, "w", encoding="utf-8") as out:
        out.writelines(text(site, configuration, rates, start, end, **more))
    with open(source, encoding="utf-8") as given:
        subprocess.run([os.environ["MAKE_JOURNAL"], str(site.folder / site.config["journal"]), site.config["meter"], str(STEP),
                        str(site.folder / "configuration")], stdin=given, check=True, timeout=20 * meter.PATIENCE)
    source.unlink()
