# SPDX-License-Identifier: BSD-3-Clause
"""The settlement rules once more, the plain way: lists, sorted(), fractions. Slow, short, and written from the
rules without a look at the C. Dates are UTC; a period is a month."""
import datetime
import math
from fractions import Fraction

import paper

UNITS = {"Kbps": 10**3, "Mbps": 10**6, "Gbps": 10**9, "GB": 10**9, "TB": 10**12, "GiB": 2**30, "TiB": 2**40}


def month(text):
    """(start, end) in Unix seconds and (first day, day after the last)."""
    year, number = map(int, text.split("-"))
    first = datetime.date(year, number, 1)
    after = datetime.date(year + number // 12, number % 12 + 1, 1)
    return first, after


def midnight(date):
    return int(datetime.datetime(date.year, date.month, date.day, tzinfo=paper.UTC).timestamp())


def per_bin(row, basis):
    octets, packets = int(row["l2_bytes"]), int(row["packets"])
    return {"l3": int(row["l3_bytes"]), "l2": octets, "l2fcs": octets + 4 * packets, "l1": octets + 24 * packets}[basis]


class Statement:
    def __init__(self, contract, period, rows, missing=None, ceiling=None):
        self.c = contract
        first, after = month(period)
        valid = contract["valid"]
        begin = max(first, datetime.date.fromisoformat(valid["from"]))
        end = min(after, datetime.date.fromisoformat(valid["to"]))
        self.days, self.of_days = (end - begin).days, (after - first).days
        self.share = Fraction(self.days, self.of_days)
        self.period = range(midnight(first), midnight(after), 300)
        self.active = range(midnight(begin), midnight(end), 300)
        self.rows = [r for r in rows if r["partner"] == contract["partner"]]
        self.missing = missing or contract.get("missing", "exclude")
        self.fill = ceiling  # None: by the rule; else what a missing bin carries, in bytes
        listed = contract.get("peerings") or sorted({r["peering"] for r in self.rows if paper.seconds(r["start"])
                                                     in self.active})
        self.peerings = listed
        self.lines = []
        for line in contract["lines"]:
            amount = self.amount(line)
            if amount is not None:
                self.lines.append((line["name"], self.money(amount)))
        self.total = sum(a for _, a in self.lines)

    def money(self, x):
        scaled = abs(x) * 100
        low = math.floor(scaled)
        rest = scaled - low
        up = rest > Fraction(1, 2) or rest == Fraction(1, 2) and (
            self.c.get("rounding", "half_up") == "half_up" or low % 2 == 1)
        return Fraction(low + up, 100) * (-1 if x < 0 else 1)

    def table(self, peerings, classes):
        """{bin: None where missing, else [ingress, egress]}"""
        table = {}
        by_bin = {}
        for r in self.rows:
            by_bin.setdefault(paper.seconds(r["start"]), []).append(r)
        for start in self.active:
            here = [r for r in by_bin.get(start, []) if r["peering"] in peerings]
            seen = {p: [r for r in here if r["peering"] == p] for p in peerings}
            gone = not peerings or any(not rs or any(r["status"] == "missing" for r in rs) for rs in seen.values())
            count = [sum(per_bin(r, self.c["basis"]) for r in here if r["direction"] == d and r["status"] != "missing"
                         and (not classes or r["class"] in classes)) for d in ("ingress", "egress")]
            table[start] = (gone, count)
        return table

    def values(self, table, pick, volume):
        """The bins that are ranked or added up."""
        out = []
        for start in self.period:
            if start not in table:
                if self.c.get("partial_period") == "calendar_zeros":
                    out.append(0)
                continue
            gone, count = table[start]
            if not gone:
                out.append(pick(count))
            elif self.fill is not None:
                full = pick([self.fill, self.fill])
                out.append(max(pick(count), full) if volume else full)
            elif volume:
                out.append(pick(count))
            elif self.missing == "zero":
                out.append(0)
        return out

    def figure(self, kind, table, rule, p):
        def of(pick):
            v = sorted(self.values(table, pick, kind == "volume"))
            if kind == "volume":
                return Fraction(sum(v))
            if not v:
                return Fraction(0)
            if kind == "average":
                return Fraction(sum(v), len(v))
            x = Fraction(str(p)) * len(v) / 100
            r = math.ceil(x) if self.c.get("rank", "rfc2330") == "rfc2330" else max(1, math.floor(x))
            return Fraction(v[r - 1])
        picks = {"ingress": lambda c: c[0], "egress": lambda c: c[1], "p95_of_max": max, "p95_of_sum": sum}
        if rule == "max_of_p95":
            return max(of(picks["ingress"]), of(picks["egress"]))
        return of(picks[rule])

    def usage(self, line, kind, rule=None):
        rule = rule or line.get("direction") or self.c.get("direction", "max_of_p95")
        p = line.get("percentile") or self.c.get("percentile", 95)
        peerings = line.get("peerings") or self.peerings
        groups = [[x] for x in peerings] if self.c.get("across") == "each" and peerings else [peerings]
        total = sum(self.figure(kind, self.table(g, line.get("classes")), rule, p) for g in groups)
        if kind != "volume":
            total *= Fraction(8, 300)
            if self.c.get("partial_period") == "day_factor":
                total *= self.share
        return total

    def units(self, line, x):
        x = x / UNITS[line["unit"]]
        return Fraction(math.ceil(x)) if self.c.get("usage_rounding") == "up" else x

    def price(self, line, usage):
        if "tiers" in line:
            if line["tiers_mode"] == "all_units":
                rate = next(t["rate"] for t in line["tiers"] if "up_to" not in t or usage <= Fraction(t["up_to"]))
                return usage * Fraction(rate)
            total, floor = Fraction(0), Fraction(0)
            for t in line["tiers"]:
                top = min(usage, Fraction(t["up_to"])) if "up_to" in t else usage
                if top > floor:
                    total += (top - floor) * Fraction(t["rate"])
                    floor = top
            return total
        commit = Fraction(line.get("commit", 0)) * self.share
        over = max(Fraction(0), usage - commit)
        if "burst_cap" in line:
            over = min(over, max(Fraction(0), Fraction(line["burst_cap"]) - commit))
        return Fraction(line["rate"]) * commit + over * Fraction(line.get("overage_rate", line["rate"]))

    def amount(self, line):
        kind = line["type"]
        if kind == "flat":
            return Fraction(line["amount"]) * self.share
        if kind == "capacity":
            return Fraction(line["quantity"]) * Fraction(line["rate"]) * self.share
        if kind == "credit":
            date = midnight(datetime.date.fromisoformat(line["date"]))
            return -Fraction(line["amount"]) if date in self.active else None
        if kind == "ratio":
            pair = [self.usage(line, "average", d) for d in ("ingress", "egress")]
            excess = max(Fraction(0), max(pair) - Fraction(line["limit"]) * min(pair))
            return self.units(line, excess) * Fraction(line["rate"])
        return self.price(line, self.units(line, self.usage(line, kind)))
