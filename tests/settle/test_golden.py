#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Golden cases beyond the rules' own numbers: zones, spellings of CSV, names known from either side, banks over many
periods, edges of tiers, and statements that are verified where the configuration is not at hand."""
import csv
import io
import json
import random
import sys
from fractions import Fraction
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import paper  # noqa: E402
import report  # noqa: E402
from paper import NOVEMBER, bins, percentile, row, settle  # noqa: E402

MBPS = 37_500_000
BYTE = "37500000"  # the rate at which a byte a bin costs 1.00
MINIMAL = str(Path(__file__).resolve().parents[2] / "config" / "minimal.yaml")
LONG = {"from": "2005-01-01", "to": "2035-01-01"}


def one(statement):
    return statement["lines"][0]


def equal(have, want):
    assert have == want, f"{have!r} instead of {want!r}"


# By hand from the zones' published changes: a midnight that does not exist, one that comes twice, half an hour, a day
# that a country left out, a month-long change.
ZONES = [
    # zone, month, from, to, bins
    ("America/Asuncion", "2023-10", "2023-10-01T04:00:00Z", "2023-11-01T03:00:00Z", 31 * 288 - 12),
    ("America/Havana", "2026-10", "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z", 31 * 288),
    ("America/Havana", "2026-11", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z", 30 * 288 + 12),
    ("Africa/Casablanca", "2026-02", "2026-01-31T23:00:00Z", "2026-03-01T00:00:00Z", 28 * 288 + 12),
    ("Asia/Almaty", "2024-02", "2024-01-31T18:00:00Z", "2024-02-29T19:00:00Z", 29 * 288 + 12),
    ("Asia/Kathmandu", "2026-04", "2026-03-31T18:15:00Z", "2026-04-30T18:15:00Z", 30 * 288),
    ("Australia/Lord_Howe", "2026-04", "2026-03-31T13:00:00Z", "2026-04-30T13:30:00Z", 30 * 288 + 6),
    ("Europe/Berlin", "2026-03", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z", 31 * 288 - 12),
    ("Europe/Berlin", "2026-10", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z", 31 * 288 + 12),
    ("Pacific/Apia", "2011-12", "2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z", 30 * 288),
]
for zone, month, begin, end, count in ZONES:
    with report.part(f"zone: {zone} {month}"):
        rows = [row(paper.seconds(begin) - 300, "ingress", 7), row(paper.seconds(begin), "ingress", 1),
                row(paper.seconds(end) - 300, "ingress", 2), row(paper.seconds(end), "ingress", 8)]
        s = settle(rows, percentile(), zone=zone, period=month, valid=LONG)
        equal((s["period"]["from"], s["period"]["to"], s["period"]["expected_bins"]), (begin, end, str(count)))
        equal((one(s)["bins"], one(s)["selected"]["bytes"]), ("2", "2"))

GOOD = paper.evidence(bins(NOVEMBER, [1000, 2000]))
LINES = GOOD.split("\r\n")[:-1]


def quoted(end):
    return end.join(",".join(f'"{f}"' for f in line.split(",")) for line in LINES)


def in_order(columns):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(csv.DictReader(io.StringIO(GOOD)))
    return out.getvalue()


for name, text, refused in [
        ("a byte order mark", "\ufeff" + GOOD, ""), ("line feeds", GOOD.replace("\r\n", "\n"), ""),
        ("all quoted", quoted("\r\n") + "\r\n", ""), ("all quoted, no last line end", quoted("\n"), ""),
        ("a mark and quotes", "\ufeff" + quoted("\n") + "\n", ""),
        ("another offset", GOOD.replace("00:00Z", "00:00+00:00"), ""),
        ("columns in another order", in_order(paper.HEADER[::-1]), "the header is"),
        ("a column more", GOOD.replace("packets\r\n", "packets,note\r\n", 1), "the header is"),
        ("a mark in the middle", GOOD.replace("m-1", "\ufeffm-1"), "not a name"),
        ("blanks after commas", GOOD.replace(",", ", "), "the header is"),
        ("carriage returns alone", GOOD.replace("\r\n", "\r"), "cut short"),
        ("an empty line", GOOD.replace("\r\n", "\r\n\r\n", 1), "too few fields"),
        ("text after a quote", GOOD.replace("europe", '"eu"rope', 1), "a quote that does not end")]:
    with report.part(f"evidence: {name}"):
        desk = paper.Desk(paper.contracts(paper.contract(percentile(rate=BYTE))), text)
        if refused:
            _, said = desk.run("settle", "--contracts", "contracts.yaml", "--contract", "tt-1", "--period", "2026-11",
                               "--usage", "usage.csv", status=2)
            assert refused in said and "usage.csv:" in said, said
        else:
            equal(desk.settle()["total"], "2000.00")

for p, rule, n, want in [("97.5", "rfc2330", 8640, 8424), ("99.9", "rfc2330", 8640, 8632), ("99.9", "drop_ceil", 8640, 8631),
                         ("50", "rfc2330", 7, 4), ("50", "drop_ceil", 7, 3), ("100", "drop_ceil", 12, 12),
                         ("0.00000000000000000001", "drop_ceil", 12, 1), ("66.666", "rfc2330", 3, 2),
                         ("66.667", "rfc2330", 3, 3)]:
    with report.part(f"percentile {p} of {n} by {rule}: {want}"):
        for keys, line in (({"percentile": p}, percentile()), ({}, percentile(percentile=p))):
            s = settle(bins(NOVEMBER, range(1, n + 1)), line, rank=rule, **keys)
            equal((one(s)["rank"], one(s)["selected"]["bytes"]), (str(want), str(want)))

TIERS = [{"up_to": "100", "rate": "1"}, {"up_to": "200", "rate": "0.5"}, {"rate": "0.1"}]
for octets, all_units, incremental in [(0, "0.00", "0.00"), (100 * MBPS, "100.00", "100.00"),
                                       (100 * MBPS + 1, "50.00", "100.00"), (200 * MBPS, "100.00", "150.00"),
                                       (200 * MBPS + 1, "20.00", "150.00"), (1000 * MBPS, "100.00", "230.00")]:
    with report.part(f"tiers at an edge: {octets} bytes a bin"):
        for mode, want in (("all_units", all_units), ("incremental", incremental)):
            line = percentile(rate=None, tiers_mode=mode, tiers=TIERS)
            equal(settle(bins(NOVEMBER, [octets]), line)["total"], want)


class Bank:
    """Take or pay as the rules write it, with lots as [left, made in, usable up to]."""

    def __init__(self, line):
        self.line, self.make_up, self.carry = line, [], []

    def held(self, lots, period):
        lots[:] = [l for l in lots if l[2] >= period and l[0] > 0]
        return sum(l[0] for l in lots)

    def use(self, lots, amount):
        for lot in lots:
            part = min(lot[0], amount)
            lot[0] -= part
            amount -= part

    def live(self, period, taken, share):
        f = {k: Fraction(self.line.get(k, d)) for k, d in
             (("quantity", 0), ("take_percent", 100), ("rate", 0), ("deficiency_percent", 100))}
        minimum = f["quantity"] * f["take_percent"] / 100 * share
        excess, short = max(Fraction(0), taken - minimum), max(Fraction(0), minimum - taken)
        made, kept = self.held(self.make_up, period), self.held(self.carry, period)
        use_cf = min(short, kept)
        short -= use_cf
        draw = min(excess, made)
        make_up = self.line.get("make_up", {"periods": 0, "rate": 0})
        charge = (taken - draw) * f["rate"] + draw * Fraction(make_up["rate"]) + \
            short * f["rate"] * f["deficiency_percent"] / 100
        self.use(self.carry, use_cf)
        self.use(self.make_up, draw)
        if int(make_up["periods"]):
            self.make_up.append([short, period, period + int(make_up["periods"])])
        if "carry_forward" in self.line:
            self.carry.append([excess - draw, period, period + int(self.line["carry_forward"]["periods"])])
        return charge


for number in range(8):
    rng = random.Random(number)
    quarterly = number % 4 == 3
    line = {"name": "t", "type": "take_or_pay", "unit": "TB", "quantity": "300", "rate": "10",
            "take_percent": rng.choice(["100", "80"]), "deficiency_percent": rng.choice(["100", "50", "120"])}
    if number != 1:
        line["make_up"] = {"periods": str(rng.randrange(1, 4)), "rate": rng.choice(["0.00", "2.50"])}
    if number != 2:
        line["carry_forward"] = {"periods": str(rng.randrange(1, 4))}
    with report.part(f"banks over {'quarters' if quarterly else 'months'}, kind {number}"):
        months = range(0, 12, 3) if quarterly else range(12)
        taken = {m: rng.randrange(150, 450) for m in months}
        rows = [r for m in months for r in bins(paper.seconds(f"2026-{m + 1:02d}-20T00:00:00Z"), [taken[m] * 10**12])]
        valid = {"from": "2026-01-16", "to": "2027-01-01"}  # the first period is prorated
        desk = paper.Desk(paper.contracts(paper.contract(
            line, valid=valid, direction="ingress", period="quarter" if quarterly else "month")), rows)
        bank = Bank(line)
        for i, m in enumerate(months):
            share = Fraction(75, 90) if quarterly else Fraction(16, 31)
            want = bank.live(i, taken[m], Fraction(1) if m else share)
            have = desk.settle(period=f"2026-Q{m // 3 + 1}" if quarterly else f"2026-{m + 1:02d}")
            assert abs(Fraction(have["total"]) - want) <= Fraction(1, 200), f"period {i}: {have['total']}, not {float(want)}"
            for key, lots in (("make_up_bank", bank.make_up), ("carry_forward_bank", bank.carry)):
                printed = Fraction(one(have)[key])
                assert abs(printed - bank.held(lots, i + 1)) <= Fraction(1, 10**12), f"period {i}: {key} {float(printed)}"

with report.part("fixed amounts are due, whoever's rows the evidence holds"):
    fee = {"name": "f", "type": "flat", "amount": "5"}
    equal(settle(bins(NOVEMBER, [1], partner="xx"), fee)["total"], "5.00")

with report.part("peerings ranked one by one are listed by name, however the rows come"):
    rows = bins(NOVEMBER, [3] * 3, peering="c") + bins(NOVEMBER, [1] * 3, peering="a") + bins(NOVEMBER, [2] * 3, peering="b")
    for order in (rows, rows[::-1]):
        s = settle(order, percentile(rate=BYTE), across="each")
        equal([(e["peering"], e["selected"]["bytes"]) for e in one(s)["each"]], [("a", "1"), ("b", "2"), ("c", "3")])
        equal((s["total"], one(s)["selected"]), ("6.00", {"start": None, "bytes": "6", "direction": None}))

TM = {"partner": "turkmentelecom", "ceiling": None}
ROWS = bins(NOVEMBER, range(1, 8581), peering="turkmentelecom-tb", partner="turkmentelecom")
SETTLE = ("settle", "--contracts", "contracts.yaml", "--contract", "tt-1", "--period", "2026-11", "--usage", "usage.csv",
          "--format", "json")

with report.part("bounds that rest on the links' capacity can be verified without the configuration"):
    desk = paper.Desk(paper.contracts(paper.contract(percentile(rate=BYTE), **TM)), ROWS)
    text, _ = desk.run("--config", MINIMAL, *SETTLE)
    s = json.loads(text)
    equal(s["links"], [{"peering": "turkmentelecom-tb", "link": "temirbaba-bekdash", "capacity": str(100 * 10**9)}])
    equal(s["bounds"], {"low": "8148.00", "high": "8208.00"})
    verify = ("verify", "--statement", "S.json", "--evidence", "usage.csv", "--contracts", "contracts.yaml")
    for config in ((), ("--config", MINIMAL)):
        (desk.folder / "S.json").write_text(text)
        desk.run(*config, *verify)
        (desk.folder / "S.json").write_text(text.replace('"capacity":"100000000000"', '"capacity":"1"'))
        _, said = desk.run(*config, *verify, status=1)
        assert "bounds.high" in said, said
    equal("links" in json.loads(desk.run(*SETTLE)[0]), False)

with report.part("with a configuration at hand, evidence may be of more meters than its own"):
    rows = ROWS + bins(NOVEMBER, [5] * 8640, peering="other-p", partner="turkmentelecom", meter="m-9", cls="moon")
    both = paper.contract(percentile(peerings=["turkmentelecom-tb", "other-p"]), percentile(name="m", classes=["moon"]), **TM)
    desk = paper.Desk(paper.contracts(both, paper.contract(percentile(), id="e", partner="elsewhere")), rows)
    s = json.loads(desk.run("--config", MINIMAL, *SETTLE)[0])
    equal((one(s)["selected"]["bytes"], s["quality"]["missing"], s["bounds"]["high"]), ("8156", "60", None))
    for keys, want in (({"lines": [percentile(peerings=["typo"])]}, 'peering "typo" is unknown'),
                       ({"partner": "tt"}, 'partner "tt" has no peering'),
                       ({"lines": [percentile(classes=["mars"])]}, 'class "mars" is unknown')):
        desk = paper.Desk(paper.contracts(dict(both, **keys)), rows)
        _, said = desk.run("--config", MINIMAL, *SETTLE, status=2)
        assert want in said and "contracts.yaml:" in said and "or in the usage file" in said, said

report.done()
