#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Properties over random contracts and usage, and the same statements by the plain oracle.

test_oracle.py [SEED [ROUNDS]]; a failure prints its round's contract.
"""
import copy
import json
import random
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import oracle  # noqa: E402
import paper  # noqa: E402
import report  # noqa: E402

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 6
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 60
MONTHS = ("2025-02", "2026-11", "2026-12", "2024-02")
RATES = ("max_of_p95", "p95_of_max", "p95_of_sum", "ingress", "egress")


def decimal(rng, top, places=2):
    return f"{rng.randrange(top)}.{rng.randrange(10**places):0{places}d}"


def random_line(rng, number, classes):
    kind = rng.choice(["flat", "capacity", "percentile", "percentile", "percentile", "average", "volume", "ratio",
                       "credit"])
    line = {"name": f"l{number}", "type": kind}
    if kind == "flat":
        return dict(line, amount=decimal(rng, 5000, 3))
    if kind == "credit":
        return dict(line, amount=decimal(rng, 500, 3), date="DATE", reason="an outage")
    line["unit"] = rng.choice(["GB", "GiB", "TB"] if kind == "volume" else ["Kbps", "Mbps", "Gbps"])
    if kind == "capacity":
        return dict(line, quantity=decimal(rng, 100), rate=decimal(rng, 100))
    if classes and rng.random() < 0.4:
        line["classes"] = [classes.pop()]
    if rng.random() < 0.3:
        line["peerings"] = ["p0"]
    if kind == "ratio":
        return dict(line, limit=decimal(rng, 3), rate=decimal(rng, 3, 4))
    if rng.random() < 0.3:
        line["direction"] = rng.choice(RATES)
    if kind == "percentile" and rng.random() < 0.3:
        line["percentile"] = rng.choice(["90", "99", "50", "99.9", "100"])
    if rng.random() < 0.35:
        edges = sorted(rng.sample(range(1, 400), 2))
        return dict(line, tiers_mode=rng.choice(["incremental", "all_units"]),
                    tiers=[{"up_to": str(e), "rate": decimal(rng, 3, 4)} for e in edges] + [{"rate": "0.1"}])
    line["rate"] = decimal(rng, 3, 4)
    if rng.random() < 0.5:
        line["commit"] = decimal(rng, 200)
        if rng.random() < 0.5:
            line["overage_rate"] = decimal(rng, 3, 4)
        if rng.random() < 0.5:
            line["burst_cap"] = str(Decimal(line["commit"]) + rng.randrange(300))
    return line


def random_case(rng):
    period = rng.choice(MONTHS)
    first, after = oracle.month(period)
    days = (after - first).days
    classes = ["europe", "asia", "domestic"]
    valid = {"from": "2024-01-01", "to": "2028-01-01"}
    if rng.random() < 0.35:
        valid["from"] = f"{period}-{rng.randrange(1, 20):02d}"
    if rng.random() < 0.35:
        valid["to"] = f"{period}-{rng.randrange(20, days + 1):02d}"
    n = rng.randrange(1, 4)
    keys = {"valid": valid, "basis": rng.choice(["l3", "l2", "l2fcs", "l1"]), "rank": rng.choice(["rfc2330", "drop_ceil"]),
            "direction": rng.choice(RATES), "across": rng.choice(["sum", "sum", "each"]),
            "missing": rng.choice(["exclude", "zero"]),
            "partial_period": rng.choice(["captured_only", "calendar_zeros", "day_factor"]),
            "usage_rounding": rng.choice(["none", "none", "up"]), "rounding": rng.choice(["half_up", "half_even"]),
            "percentile": rng.choice(["95", "95", "90", "97.5"]), "ceiling": "100G",
            "peerings": [f"p{i}" for i in range(n)]}
    lines = [random_line(rng, i, classes) for i in range(rng.randrange(1, 5))]
    for line in lines:
        if line["type"] == "credit":
            line["date"] = max(valid["from"], f"{period}-{rng.randrange(1, 19):02d}")
    return period, paper.contract(*lines, **keys), random_rows(rng, first, n)


def random_rows(rng, first, n):
    """A short stretch of bins, with gaps, silence, ties and several classes; the rest of the month is missing."""
    rows = []
    start = oracle.midnight(first) + 300 * rng.randrange(0, 25 * 288)
    top = rng.choice([5, 10**6, 10**11])
    for i in range(rng.randrange(1, 120)):
        if rng.random() < 0.08:
            continue
        for p in range(n):
            at = start + 300 * i
            chance = rng.random()
            if chance < 0.05:
                continue
            if chance < 0.1:
                rows += [paper.row(at, d, 0, peering=f"p{p}", cls="",
                                   status=rng.choice(["ok", "missing"])) for d in ("ingress", "egress")]
                continue
            for cls in ("europe", "asia", "domestic"):
                for direction in ("ingress", "egress"):
                    if rng.random() < 0.9:
                        octets = rng.randrange(top)
                        rows.append(paper.row(at, direction, octets, peering=f"p{p}", cls=cls,
                                              packets=octets // 64, l3=octets * 9 // 10,
                                              status=rng.choice(["ok", "ok", "partial", "lossy"])))
    return rows


def settle(contract, rows, period):
    return paper.Desk(paper.contracts(contract), rows).settle(period=period)


def check(name, body):
    with report.part(f"{name} (seed {SEED})"):
        for number in range(ROUNDS):
            rng = random.Random(f"{SEED}/{name}/{number}")
            case = random_case(rng)
            try:
                body(rng, *case)
            except AssertionError as error:
                raise AssertionError(f"round {number}: {error}\n{case[0]} {json.dumps(case[1])}") from error


def same_as_oracle(_, period, contract, rows):
    have = settle(contract, rows, period)
    want = oracle.Statement(contract, period, rows)
    amounts = [(l["name"], Fraction(l["amount"])) for l in have["lines"]]
    assert amounts == want.lines, f"{amounts} instead of {want.lines}"
    assert Fraction(have["total"]) == want.total


def bounds_are_the_charge_at_zero_and_at_the_ceiling(_, period, contract, rows):
    """Where more usage never costs less: without all_units tiers and ratios, the two are exactly these."""
    if any(l["type"] == "ratio" or l.get("tiers_mode") == "all_units" or
           "overage_rate" in l for l in contract["lines"]):
        return
    have = settle(contract, rows, period)["bounds"]
    low = oracle.Statement(contract, period, rows, missing="zero").total
    high = oracle.Statement(contract, period, rows, ceiling=100 * 10**9 * 300 // 8).total
    assert (Fraction(have["low"]), Fraction(have["high"])) == (low, high), f"{have} instead of {low}, {high}"


def bounds_contain_the_charge(rng, period, contract, rows):
    contract = dict(contract, ceiling=rng.choice(["1k", "1G", "100T"]))
    s = settle(contract, rows, period)
    for thing in s["lines"] + [dict(s, amount=s["total"])]:
        low, high = Fraction(thing["bounds"]["low"]), Fraction(thing["bounds"]["high"])
        assert low <= Fraction(thing["amount"]) <= high, json.dumps(thing["bounds"])


def order_of_rows_does_not_matter(rng, period, contract, rows):
    one = settle(contract, rows, period)
    rng.shuffle(rows)
    two = settle(contract, rows, period)
    one["evidence"] = two["evidence"] = None
    assert one == two


def splitting_a_peering_changes_nothing(rng, period, contract, rows):
    for line in contract["lines"]:
        line.pop("peerings", None)
    contract["across"] = "sum"
    one = settle(dict(contract, peerings=["p0"]), [r for r in rows if r["peering"] == "p0"], period)
    split = []
    for r in rows:
        if r["peering"] != "p0":
            continue
        a, b = copy.copy(r), dict(r, peering="px")
        for key in ("packets", "l2_bytes", "l3_bytes"):
            a[key] = rng.randrange(r[key] + 1)
            b[key] = r[key] - a[key]
        split += [a, b]
    two = settle(dict(contract, peerings=["p0", "px"]), split, period)
    for s in (one, two):
        s["evidence"] = None
    assert one == two


def a_change_of_contract_is_two_partial_periods(rng, period, contract, rows):
    """Each version's lines are those of a contract that has it alone, for its own days; so are the sums."""
    _, other, _ = random_case(rng)
    middle = f"{period}-{rng.randrange(2, 28):02d}"
    first = dict(contract, valid={"from": "2024-01-01", "to": middle})
    second = dict(other, valid={"from": middle, "to": "2028-01-01"}, peerings=contract["peerings"])
    for version in (first, second):
        version["lines"] = [{k: v for k, v in l.items() if k != "peerings"} for l in version["lines"] if l["type"] != "credit"]
        version["lines"] = version["lines"] or [paper.percentile()]
    alone = [settle(version, rows, period) for version in (first, second)]
    both = paper.Desk(paper.contracts(first, second), rows).settle(period=period)
    assert both["version"] == "1+2" and len(both["parts"]) == 2
    lines = [{k: v for k, v in l.items() if k != "version"} for l in both["lines"]]
    assert lines == alone[0]["lines"] + alone[1]["lines"]
    assert Fraction(both["total"]) == sum(Fraction(s["total"]) for s in alone)
    for state in ("ok", "partial", "lossy", "missing", "missed_packets"):
        assert int(both["quality"][state]) == sum(int(s["quality"][state]) for s in alone), state


def incremental_tiers_are_monotone(rng, *_):
    edges = sorted(rng.sample(range(1, 1000), 3))
    line = paper.percentile(rate=None, tiers_mode="incremental", tiers=[
        {"up_to": str(e), "rate": decimal(rng, 3, 3)} for e in edges] + [{"rate": decimal(rng, 3, 3)}])
    last = Fraction(-1)
    for usage in sorted(rng.sample(range(1200), 4)):
        total = Fraction(paper.settle(paper.bins(paper.NOVEMBER, [usage * 37_500_000]), line)["total"])
        assert total >= last
        last = total


def made_up_gas_is_paid_once(rng, *_):
    """Take or pay with the make-up fully used: paid = taken x price."""
    months = rng.randrange(2, 6)
    takes, bank = [], 0
    for m in range(months):
        take = rng.randrange(200, 300) if m < months - 1 else 300 + bank
        bank += 300 - take
        takes.append(take)
    line = {"name": "t", "type": "take_or_pay", "unit": "GB", "quantity": "300", "rate": "7.00",
            "make_up": {"periods": "12", "rate": "0"}}
    rows = []
    for m, take in enumerate(takes):
        rows += paper.bins(paper.seconds(f"2026-{m + 1:02d}-05T00:00:00Z"), [take * 10**9])
    desk = paper.Desk(paper.contracts(paper.contract(line)), rows)
    paid = sum(Fraction(desk.settle(period=f"2026-{m + 1:02d}")["total"]) for m in range(months))
    assert paid == sum(takes) * 7, f"{paid} for {takes}"


check("the same as the oracle", same_as_oracle)
check("bounds: the charge at zero and at the ceiling", bounds_are_the_charge_at_zero_and_at_the_ceiling)
check("bounds contain the charge", bounds_contain_the_charge)
check("the order of rows does not matter", order_of_rows_does_not_matter)
check("splitting a peering over two changes nothing", splitting_a_peering_changes_nothing)
check("a change of the contract is two partial periods", a_change_of_contract_is_two_partial_periods)
ROUNDS = min(ROUNDS, 10)
check("incremental tiers are monotone", incremental_tiers_are_monotone)
check("take or pay with make-up fully used is paid once", made_up_gas_is_paid_once)
report.done()
