#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Contracts while their period runs: the bounds hold the final value at every cut, and the figures are those of the rules."""
import random
from fractions import Fraction

import net
from net import MBPS, equal, paper

import report

NOVEMBER = paper.NOVEMBER
TOP = 100  # Mbit/s: the ceiling, which no bin passes


def to_date(desk, cut=None, period="2026-11"):
    more = ("--to", paper.instant(NOVEMBER + 300 * cut)) if cut else ()
    s = desk.survey("--contracts", "contracts.yaml", "--period", period, *more)
    (contract,) = s["contracts"]
    return contract


def lines_of(contract):
    return {line["name"]: line for line in contract["lines"]}


def desk_of(rows, *lines, **keys):
    return net.Net(rows, None, paper.contracts(paper.contract(*lines, **{"ceiling": f"{TOP}M", **keys})))


TRANSIT = paper.percentile(name="transit", commit="60", rate="2.00", overage_rate="3.00")

with report.part("6,000 bins of 50: so far, lowest, highest, bins left"):
    values = [50 * MBPS] * 5700 + [70 * MBPS] * 300
    desk = desk_of(paper.bins(NOVEMBER, values), TRANSIT, direction="ingress")
    c = to_date(desk)
    line = lines_of(c)["transit"]
    equal((c["runs"], c["elapsed_bins"], c["expected_bins"], c["missing_bins"]), (True, "6000", "8640", "0"))
    # Rank 5,700 of 6,000; of all 8,640 rank 8,208: 2,640 zeros below, or 2,640 bins at the ceiling above.
    equal((line["so_far"], line["forecast"], line["low"], line["high"]), ("50", "50", "50", "100"))
    equal((line["bins_left_above_commit"], line["commit_passed"]), ("132", False))
    equal((line["amount_forecast"], line["amount_low"], line["amount_high"]), ("120.00", "120.00", "240.00"))
    desk = desk_of(paper.bins(NOVEMBER, [70 * MBPS] * 433 + [1] * 1000), TRANSIT)
    line = lines_of(to_date(desk))["transit"]
    equal((line["bins_left_above_commit"], line["commit_passed"]), ("0", True))

with report.part("of two directions the one with fewer bins left"):
    egress = [50 * MBPS] * 5600 + [70 * MBPS] * 400
    for side, left in (("max_of_p95", "32"), ("ingress", "132"), ("egress", "32")):
        desk = desk_of(paper.bins(NOVEMBER, values, egress), TRANSIT, direction=side)
        equal(lines_of(to_date(desk))["transit"]["bins_left_above_commit"], left)

    # The greater p95 is ingress', and it is egress that comes nearer to passing the commit.
    desk = desk_of(paper.bins(NOVEMBER, [59 * MBPS] * 6000, [MBPS] * 5700 + [70 * MBPS] * 300), TRANSIT)
    line = lines_of(to_date(desk))["transit"]
    equal((line["so_far"], line["bins_left_above_commit"]), ("59", "132"))

with report.part("bins to come are not missing: what counts those as zero does not count these"):
    mean = {"name": "m", "type": "average", "unit": "Mbps", "rate": "1.00"}
    rows = [r for i, r in enumerate(paper.bins(NOVEMBER, [50 * MBPS] * 6000)) if i // 2 not in (7, 8, 9)]
    for rule, so_far in (("zero", Fraction(50 * 5997, 6000)), ("exclude", Fraction(50))):
        line = lines_of(to_date(desk_of(rows, mean, missing=rule)))["m"]
        equal((Fraction(line["so_far"]), Fraction(line["forecast"])), (so_far, so_far))

with report.part("the end: bounds meet, and the statement is the same"):
    values = [(i * 7919 % 97) * MBPS for i in range(8640)]
    desk = desk_of(paper.bins(NOVEMBER, values, values[::-1]), TRANSIT)
    line, total = lines_of(to_date(desk))["transit"], to_date(desk)
    final = desk.settle()
    equal(total["runs"], False)
    equal((line["low"], line["high"], line["forecast"]), (line["so_far"],) * 3)
    equal((line["forecast"], total["total_forecast"]), (final["lines"][0]["quantity"], final["total"]))
    equal((total["total_low"], total["total_high"]), (final["total"],) * 2)

with report.part("volumes grow by their mean a bin"):
    volume = {"name": "v", "type": "volume", "unit": "GB", "rate": "1.00", "direction": "egress"}
    desk = desk_of(paper.bins(NOVEMBER, [0] * 2160, [10 ** 9] * 2160), volume)
    line = lines_of(to_date(desk))["v"]
    equal((line["so_far"], line["forecast"], line["low"]), ("2160", "8640", "2160"))
    equal(Fraction(line["high"]), 2160 + 6480 * Fraction(TOP * MBPS, 10 ** 9))
    equal(line["amount_forecast"], "8640.00")

with report.part("no ceiling: no upper bound; a version that is not there yet: no forecast"):
    desk = net.Net(paper.bins(NOVEMBER, [MBPS] * 100), None, paper.contracts(paper.contract(TRANSIT, ceiling=None)))
    c = to_date(desk)
    equal((c["lines"][0]["high"], c["lines"][0]["amount_high"], c["total_high"]), (None, None, None))
    two = [paper.contract(TRANSIT, ceiling="100M", valid={"from": "2026-01-01", "to": "2026-11-21"}),
           paper.contract(TRANSIT, ceiling="100M", valid={"from": "2026-11-21", "to": "2027-01-01"})]
    c = to_date(net.Net(paper.bins(NOVEMBER, [MBPS] * 100), None, paper.contracts(*two)))
    equal([line["forecast"] for line in c["lines"]], ["1", None])
    equal((c["total_forecast"], c["lines"][1]["low"], c["lines"][1]["high"]), (None, "0", "100"))

with report.part("zones and quarters: each contract in its own period"):
    some = [paper.contract(TRANSIT, id="month", zone="Asia/Almaty"),
            paper.contract(TRANSIT, id="quarter", period="quarter")]
    desk = net.Net(paper.bins(NOVEMBER - 300 * 288, [MBPS] * 3000), None, paper.contracts(*some))
    s = desk.survey("--contracts", "contracts.yaml")
    equal([(c["contract"], c["period"], c["from"]) for c in s["contracts"]],
          [("month", "2026-11", "2026-10-31T19:00:00Z"), ("quarter", "2026-Q4", "2026-10-01T00:00:00Z")])
    equal([c["elapsed_bins"] for c in s["contracts"]], [str(3000 - 288 + 60), str(31 * 288 + 3000 - 288)])

# Every kind of line and rule, months at random, cut anywhere: what comes out in the end was within the bounds.
KINDS = [
    dict(line=TRANSIT, keys={}),
    dict(line=TRANSIT, keys={"direction": "p95_of_sum", "ceiling": f"{TOP}M"}),
    dict(line=TRANSIT, keys={"direction": "p95_of_max", "missing": "zero"}),
    dict(line=TRANSIT, keys={"rank": "drop_ceil", "across": "each"}),
    dict(line=TRANSIT, keys={"valid": {"from": "2026-11-05", "to": "2027-01-01"}, "partial_period": "calendar_zeros"}),
    dict(line=TRANSIT, keys={"valid": {"from": "2026-11-05", "to": "2026-11-29"}, "partial_period": "day_factor"}),
    dict(line={"name": "transit", "type": "average", "unit": "Mbps", "rate": "5.00"}, keys={"usage_rounding": "up"}),
    dict(line={"name": "transit", "type": "volume", "unit": "GB", "rate": "0.01"}, keys={}),
    dict(line=paper.percentile(name="transit", rate=None, tiers_mode="all_units",
                               tiers=[{"up_to": "40", "rate": "2.00"}, {"rate": "1.00"}]), keys={}),
    dict(line={"name": "transit", "type": "take_or_pay", "unit": "TB", "quantity": "15", "take_percent": "90",
               "rate": "1000.00", "deficiency_percent": "100", "make_up": {"periods": 2, "rate": "0.00"},
               "carry_forward": {"periods": 1}}, keys={"valid": {"from": "2026-11-01", "to": "2027-01-01"}}),
    dict(line={"name": "transit", "type": "ratio", "limit": "1.5", "unit": "Mbps", "rate": "0.12"}, keys={}),
]


def random_month(rng):
    """Rows of two peerings, some of whose bins are missing, in or out of the file."""
    rows = []
    for peering in ("tb", "other"):
        low, high = sorted((rng.randrange(TOP // 2), rng.randrange(TOP // 2)))
        for b in range(8640):
            if b < 8639 and rng.random() < 0.02:
                continue
            # A part of the month is another level, so that what was is no guide to what comes.
            level = high if (b // 700 + low) % 3 else low
            status = "missing" if b < 8639 and rng.random() < 0.01 else "ok"
            for side in ("ingress", "egress"):
                rows.append(paper.row(NOVEMBER + 300 * b, side, rng.randrange(level + 1) * MBPS, peering=peering,
                                      status=status))
    return rows


for number, kind in enumerate(KINDS):
    words = f"{kind['line']['type']} {' '.join(map(str, kind['keys'].values()))}".strip()
    with report.part(f"the final value is within the bounds at every cut: {words}"):
        rng = random.Random(number)
        desk = desk_of(random_month(rng), kind["line"], **kind["keys"])
        final = desk.settle()
        quantity, amount = Fraction(final["lines"][0]["quantity"]), Fraction(final["lines"][0]["amount"])
        width = None
        for cut in sorted({1500, 8639, 8640, *(rng.randrange(1300, 8640) for _ in range(5))}):
            now = lines_of(to_date(desk, cut))["transit"]
            assert Fraction(now["low"]) <= quantity <= Fraction(now["high"]), (cut, now, float(quantity))
            assert Fraction(now["low"]) <= Fraction(now["forecast"]) <= Fraction(now["high"]), (cut, now)
            assert Fraction(now["amount_low"]) <= amount <= Fraction(now["amount_high"]), (cut, now, float(amount))
            assert Fraction(now["amount_low"]) <= Fraction(now["amount_forecast"]) <= Fraction(now["amount_high"])
            new = Fraction(now["high"]) - Fraction(now["low"])
            assert width is None or kind["line"]["type"] == "ratio" or new <= width, "the bounds grew"
            width = new
        equal(Fraction(lines_of(to_date(desk))["transit"]["forecast"]), quantity)

with report.part("bins left: so many more above the commit, and the commit holds; one more, and it does not"):
    rng = random.Random(3)
    for cut in (2000, 7000):
        so_far = [(70 if rng.random() < 0.03 else 50) * MBPS for _ in range(cut)]
        desk = desk_of(paper.bins(NOVEMBER, so_far), TRANSIT)
        left = int(lines_of(to_date(desk))["transit"]["bins_left_above_commit"])
        for more, charge in ((left, "120.00"), (left + 1, "150.00")):
            rest = [70 * MBPS] * more + [0] * (8640 - cut - more)
            equal(desk_of(paper.bins(NOVEMBER, so_far + rest), TRANSIT).settle()["total"], charge)

report.done()
