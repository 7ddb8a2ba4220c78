#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random worlds against a naive model in fractions: figures, forecasts, lost links. SEED=n repeats one, CASES=n makes more."""
import math
import os
import random
from fractions import Fraction

import net
from net import direction, equal, link, paper

import report

CASES = int(os.environ.get("CASES", "12"))
SEED = int(os.environ.get("SEED", "1"))
SIDES = ("ingress", "egress")
CLASSES = ("europe", "asia", "domestic")


def near(text, want, digits):
    """A printed decimal is the fraction, rounded to so many digits."""
    assert (text is None) == (want is None), f"{text} instead of {want}"
    if want is not None:
        assert abs(Fraction(text) - want) <= Fraction(1, 2 * 10 ** digits), f"{text} instead of {float(want)}"


def rate(octets, bins=1):
    return Fraction(octets * 8, 300 * bins)


class World:
    """Links with peerings, and what each peering, direction and class counted in each of some hundred bins."""

    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.bins = rng.choice((13, 100, 577))
        self.first = paper.NOVEMBER + 300 * rng.choice((0, 5, 8000))
        self.links = {f"l{i}": rng.choice(("1G", "2.5G", None)) for i in range(4)}
        self.capacity = {n: c and int(Fraction(c[:-1]) * 10 ** 9) for n, c in self.links.items()}
        self.peerings = {f"p{i}": (f"x{i % 3}", rng.choice(list(self.links))) for i in range(6)}
        self.classes = [(c, rng.choice(list(self.peerings) + [None])) for c in CLASSES]
        self.failover = self.shares()
        self.missing, self.counted = {}, {}
        for p in self.peerings:
            self.missing[p] = {b for b in range(self.bins) if rng.random() < 0.03}
            scale = 10 ** rng.randrange(1, 11)
            for side in SIDES:
                for cls in CLASSES:
                    for b in range(self.bins):
                        if b not in self.missing[p]:
                            # Few values, so that there are ties.
                            self.counted[p, side, cls, b] = (rng.randrange(4) * scale, rng.choice((0, 0, 900)))

    def shares(self):
        out, left = [], {}
        for _ in range(self.rng.randrange(6)):
            one = {"link": self.rng.choice(list(self.links)), "to": self.rng.choice(list(self.links))}
            if self.rng.random() < 0.5:
                one["class"] = self.rng.choice(CLASSES)
            key = (one["link"], one.get("class"))
            part = self.rng.randrange(1, left.get(key, 10000) + 1) if left.get(key, 1) else 0
            same = any((x["link"], x["to"], x.get("class")) == (one["link"], one["to"], one.get("class")) for x in out)
            if not part or same or one["to"] == one["link"]:
                continue
            left[key] = left.get(key, 10000) - part
            out.append({**one, "share": f"{part // 100}.{part % 100:02d}%"})
        return out

    def rows(self):
        out = [paper.row(self.first + 300 * b, side, octets, packets=packets, cls=cls, peering=p,
                         partner=self.peerings[p][0])
               for (p, side, cls, b), (octets, packets) in self.counted.items()]
        for p, bins in self.missing.items():
            # Half of them are in the file, half are not.
            out += [paper.row(self.first + 300 * b, side, 77, cls="", peering=p, partner=self.peerings[p][0],
                              status="missing") for b in bins if b % 2 for side in SIDES]
        self.rng.shuffle(out)
        return out

    def members(self, name):
        return [p for p, (_, where) in self.peerings.items() if where == name]

    def load(self, name, side, cls=None):
        """L1 bytes of each bin, None where a peering lacks it; None: no peerings."""
        mine = self.members(name)
        if not mine:
            return [None] * self.bins
        return [None if any(b in self.missing[p] for p in mine) else
                sum(self.counted[p, side, c, b][0] + 24 * self.counted[p, side, c, b][1]
                    for p in mine for c in CLASSES if cls in (None, c)) for b in range(self.bins)]

    def go(self, lost, cls):
        """Where the lost link's load of a class goes: (link or None, reason, hundredths of a per cent) in order."""
        named = [s for s in self.failover if s["link"] == lost and s.get("class") == cls]
        named = named or [s for s in self.failover if s["link"] == lost and "class" not in s]
        ways = [(s["to"], "share", int(Fraction(s["share"][:-1]) * 100)) for s in named]
        if ways:
            rest = 10000 - sum(part for _, _, part in ways)
            return ways + ([(None, "rest", rest)] if rest else [])
        via = dict(self.classes)[cls]
        to = via and self.peerings[via][1]
        return [(to, "via", 10000)] if to and to != lost else [(None, "via-lost" if to else "no-via", 10000)]


def rank(values, percent):
    return sorted(values)[-(-percent * len(values) // 100) - 1]


def busy(values):
    best = None
    for i in range(len(values) - 11):
        window = values[i:i + 12]
        if None not in window and (best is None or sum(window) > best[0]):
            best = (sum(window), i)
    return best


def check_side(have, world, values, capacity):
    """One direction's figures against its bins, of which some are None."""
    there = [v for v in values if v is not None]

    def check(name, octets, bins=1):
        known = rate(octets, bins) if there and octets is not None else None
        near(have[name + "_bps"], known, 3)
        near(have[name + "_percent"], known * 100 / capacity if capacity and known is not None else None, 2)

    check("mean", sum(there), len(there) or 1)
    for name, percent in (("p50", 50), ("p95", 95), ("p99", 99), ("peak", 100)):
        check(name, rank(there, percent) if there else None)
    equal(have["bytes"], str(sum(there)))
    equal(have["peak_start"], paper.instant(world.first + 300 * values.index(max(there))) if there else None)
    hour = busy(values)
    check("busy_hour", hour and hour[0], 12)
    equal(have["busy_hour_start"], hour and paper.instant(world.first + 300 * hour[1]))
    for level in (50, 70, 80):
        above = sum(rate(v) * 100 > level * capacity for v in there) if capacity else 0
        equal(have[f"minutes_above_{level}"], str(5 * above) if capacity else None)


def band(p95, capacity):
    if not capacity or p95 is None:
        return "unknown"
    percent = rate(p95) * 100 / capacity
    return "ok" if percent < 50 else "plan" if percent < 70 else "act" if percent < 80 else "critical"


def check_link(have, world, series, capacity):
    """What a link has once, and both directions. The period begins before the first bin: those bins are missing."""
    there = [v for v in series["ingress"] if v is not None]
    greater = max(rank([v for v in series[side] if v is not None], 95) for side in SIDES) if there else None
    equal(have["band"], band(greater, capacity))
    equal(have["bins"]["ok"], str(len(there)))
    near(have["headroom_bps"], capacity - rate(greater) if capacity and there else None, 3)
    elapsed = (world.first - paper.NOVEMBER) // 300 + world.bins
    equal(have["bins"]["missing"], str(elapsed - len(there)))
    equal(have["completeness_percent"], f"{math.floor(len(there) * 10000 / elapsed) / 100:.2f}")
    for one in have["directions"]:
        check_side(one, world, series[one["direction"]], capacity)


def check_lost(have, world, lost):
    """Every move, and the sums of the links that take over."""
    gone = {side: {} for side in SIDES}
    moves, gets = [], {side: {} for side in SIDES}
    for cls in CLASSES:
        before = 0
        for to, why, part in world.go(lost, cls):
            moved = {}
            for side in SIDES:
                cut = [0 if v is None else v * (before + part) // 10000 - v * before // 10000
                       for v in world.load(lost, side, cls)]
                moved[side] = sum(cut)
                old = gets[side].get(to, [0] * world.bins)
                gets[side][to] = [a + b for a, b in zip(old, cut)]
            before += part
            if any(moved.values()):
                moves.append((cls, to, why, str(moved["ingress"]), str(moved["egress"])))
                gone["ingress"][to] = gone["egress"][to] = True
    equal(sorted((m["class"], m["to"] or "", m["why"], m["ingress_bytes"], m["egress_bytes"]) for m in have["moves"]),
          sorted((c, to or "", why, i, e) for c, to, why, i, e in moves))
    equal(sum(int(m["ingress_bytes"]) for m in have["moves"]), int(have["ingress_bytes"]))
    equal(have["ingress_bytes"], str(sum(v or 0 for v in world.load(lost, "ingress"))))
    equal([one["link"] for one in have["links"]], [n for n in world.links if n in gone["ingress"]])
    for one in have["links"]:
        series = {side: [None if v is None or w is None else v + more for v, w, more in
                         zip(world.load(one["link"], side), world.load(lost, side), gets[side][one["link"]])]
                  for side in SIDES}
        check_link(one["after"], world, series, world.capacity[one["link"]])


def elapsed_to_last(world):
    """The last bin of the world must be in the file, else the data end before it."""
    return any(b == world.bins - 1 for (_, _, _, b) in world.counted)


done = 0
for seed in range(SEED * 1000, SEED * 1000 + CASES):
    with report.part(f"world {seed}: links and their loss"):
        world = World(seed)
        if not elapsed_to_last(world):
            continue
        desk = net.Net(world.rows(), net.config(world.links, world.peerings, world.classes, failover=world.failover))
        lost = world.rng.choice([n for n in world.links if world.members(n)])
        survey = desk.survey("--without", lost)
        for name in world.links:
            series = {side: world.load(name, side) for side in SIDES}
            check_link(link(survey, name), world, series, world.capacity[name])
        check_lost(survey["without"], world, lost)
        done += 1
with report.part("worlds were tried"):
    assert done >= CASES // 2


# Forecasts: a month is a single level here, so that many worlds are cheap: its p95 is any bin of it.

def median(values):
    values = sorted(values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def interval(y):
    n, pairs = len(y), len(y) * (len(y) - 1) // 2
    spread = n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in (y.count(v) for v in set(y)))
    c = 1.2816 * math.sqrt(spread / 18)
    return max(1, math.floor((pairs - c) / 2))


def lines(points):
    """(slope, intercept) of the median line, and of both ends of the interval."""
    slopes = sorted(Fraction(b[1] - a[1], b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1:])
    n, k = len(points), interval([y for _, y in points])
    high = -(-9 * n // 10)

    def through(slope, pick):
        return slope, pick(sorted(y - slope * x for x, y in points))
    return (through(median(slopes), median), through(slopes[k - 1], lambda r: r[n - high]),
            through(slopes[-k], lambda r: r[high - 1]))


def reach(line, last, level):
    """-1 already, the month, or infinity."""
    slope, intercept = line
    if slope * last + intercept >= level:
        return -1
    at = (level - intercept) / slope if slope > 0 else math.inf
    return at if at <= 1200 else math.inf


def told(crossing):
    return {"already": -1, "never": math.inf}.get(crossing["reach"]) or Fraction(crossing["month"])


with report.part("forecasts of random years"):
    rng = random.Random(SEED)
    for _ in range(max(2, CASES // 6)):
        year = [rng.randrange(100, 140) + rng.choice((-2, 0, 1, 4)) * m for m in range(rng.choice((7, 8, 9)))]
        gap = rng.randrange(len(year))
        rows = [paper.row(net.month(2026, m + 1) + 300 * b, "ingress", level * net.GBPS)
                for m, level in enumerate(year) for b in range(net.month_bins(2026, m + 1))
                if m != gap or b % 10]  # one bin in ten is not there: the month is not complete
        f = direction(net.Net(rows, net.config({"cable": "200G"}, {"tb": ("tt", "cable")})).survey(),
                      "cable")["forecast"]
        kept = [m for m in range(len(year)) if m != gap]
        points = [(m - kept[0], year[m]) for m in kept]
        three = lines(points)
        near(f["slope_bps_a_month"], three[0][0] * 10 ** 9, 3)
        near(f["intercept_bps"], three[0][1] * 10 ** 9, 3)
        near(f["slope_low_bps_a_month"], three[1][0] * 10 ** 9, 3)
        near(f["slope_high_bps_a_month"], three[2][0] * 10 ** 9, 3)
        for level in f["levels"]:
            want = [reach(line, points[-1][0], 2 * int(level["percent"])) for line in three]
            for have, wanted in ((level, want[0]), (level["early"], min(want)), (level["late"], max(want))):
                assert told(have) == wanted or abs(told(have) - wanted) <= Fraction(1, 2000), (level, want)

report.done()
