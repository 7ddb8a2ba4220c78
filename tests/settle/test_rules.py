#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every number that the settlement rules give, through `transitctl settle` and evidence files."""
import random
import sys
from fractions import Fraction
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import paper  # noqa: E402
import report  # noqa: E402
from paper import NOVEMBER, bins, percentile, row, settle  # noqa: E402

MBPS = 37_500_000  # bytes a bin at 1 Mbit/s
GBPS = 1000 * MBPS


def one(statement, name="p"):
    return next(l for l in statement["lines"] if l["name"] == name)


def selected(*arguments, **keys):
    line = one(settle(*arguments, **keys))
    return int(line["selected"]["bytes"])


def equal(have, want):
    assert have == want, f"{have!r} instead of {want!r}"


with report.part("form: keys, their order, strings"):
    s = settle(bins(NOVEMBER, [MBPS] * 8640), percentile())
    equal(list(s), ["contract", "version", "partner", "period", "basis", "currency", "rule", "quality", "lines",
                    "total", "bounds", "status", "evidence", "meters"])
    equal(list(s["period"]), ["zone", "from", "to", "expected_bins"])
    equal(list(s["rule"]), ["percentile", "rank", "direction", "across", "missing"])
    equal(list(s["quality"]), ["ok", "partial", "lossy", "missing", "completeness", "missed_packets"])
    equal(list(s["lines"][0])[:12], ["name", "type", "quantity", "unit", "amount", "bins", "rank", "selected",
                                     "next_higher", "next_lower", "ingress", "egress"])
    equal(list(s["lines"][0]["selected"]), ["start", "bytes", "direction"])
    equal(list(s["evidence"]), ["file", "sha256", "rows"])
    equal(list(s["meters"][0]), ["meter", "first_seq", "last_seq", "chain_head"])
    equal((s["total"], s["lines"][0]["quantity"], s["lines"][0]["amount"]), ("1.00", "1", "1.00"))

with report.part("period: expected bins, also over a change of offset"):
    for zone, period, valid, want in (("UTC", "2026-11", "2026-01-01", 8640), ("UTC", "2025-02", "2025-01-01", 8064),
                                      ("UTC", "2024-02", "2024-01-01", 8352), ("UTC", "2026-12", "2026-01-01", 8928),
                                      ("Asia/Almaty", "2024-02", "2024-01-01", 8364)):
        first = {"2026-12": "2026-12-01", "2026-11": "2026-11-01"}.get(period, period + "-01")
        rows = [row(paper.seconds(first + "T12:00:00Z"), "ingress", 1)]
        s = settle(rows, percentile(), zone=zone, period=period, valid={"from": valid, "to": "2027-01-01"})
        equal(s["period"]["expected_bins"], str(want))
    quarterly = paper.contracts(paper.contract(percentile(), period="quarter"))
    s = paper.Desk(quarterly, [row(NOVEMBER, "ingress", 1)]).settle(period="2026-Q4")
    equal(s["period"]["expected_bins"], str(92 * 288))

with report.part("percentile: ranks of both rules"):
    for n, rfc2330, drop_ceil in ((8640, 8208, 8208), (8352, 7935, 7934), (8064, 7661, 7660), (20, 19, 19),
                                  (10, 10, 9), (1, 1, 1)):
        values = list(range(1, n + 1))
        random.Random(n).shuffle(values)
        for rule, want in (("rfc2330", rfc2330), ("drop_ceil", drop_ceil)):
            line = one(settle(bins(NOVEMBER, values), percentile(), rank=rule))
            equal((line["bins"], line["rank"], line["selected"]["bytes"]), (str(n), str(want), str(want)))
            equal(line["next_lower"], str(want - 1) if want > 1 else None)
            equal(line["next_higher"], str(want + 1) if want < n else None)

with report.part("percentile: the months of the table"):
    for period, first, n, rfc2330, drop_ceil in (("2025-02", "2025-02-01", 8064, 7661, 7660),
                                                 ("2024-02", "2024-02-01", 8352, 7935, 7934),
                                                 ("2026-12", "2026-12-01", 8928, 8482, 8481)):
        rows = bins(paper.seconds(first + "T00:00:00Z"), range(1, n + 1))
        for rule, want in (("rfc2330", rfc2330), ("drop_ceil", drop_ceil)):
            equal(selected(rows, percentile(), rank=rule, period=period,
                           valid={"from": "2024-01-01", "to": "2027-01-01"}), want)
    rows = bins(paper.seconds("2024-01-31T18:00:00Z"), range(1, 8365))
    for rule, want in (("rfc2330", 7946), ("drop_ceil", 7945)):
        equal(selected(rows, percentile(), rank=rule, period="2024-02", zone="Asia/Almaty",
                       valid={"from": "2024-01-01", "to": "2027-01-01"}), want)

with report.part("direction: 90, 95, 105"):
    rows = bins(NOVEMBER, [100, 90] + [10] * 18, [10, 10, 95, 85] + [10] * 16)
    for rule, want, side in (("max_of_p95", 90, "ingress"), ("p95_of_max", 95, "egress"), ("p95_of_sum", 105, "sum"),
                             ("ingress", 90, "ingress"), ("egress", 85, "egress")):
        line = one(settle(rows, percentile(), direction=rule))
        equal((line["selected"]["bytes"], line["selected"]["direction"]), (str(want), side))
        equal((line["ingress"], line["egress"]), ("90", "85"))

with report.part("across peerings: percentiles are not additive"):
    rows = bins(NOVEMBER, [100] + [0] * 19, peering="a") + bins(NOVEMBER, [0, 100] + [0] * 18, peering="b")
    equal(selected(rows, percentile(), across="sum"), 100)
    s = settle(rows, percentile(), across="each")
    equal((one(s)["selected"]["bytes"], s["total"]), ("0", "0.00"))
    equal([e["peering"] for e in one(s)["each"]], ["a", "b"])

with report.part("across peerings: a bin missing on one is missing in the sum, not smaller"):
    rows = bins(NOVEMBER, [10] * 20, peering="a") + bins(NOVEMBER, [10] * 19 + [None], peering="b")
    line = one(settle(rows, percentile()))
    equal((line["bins"], line["selected"]["bytes"]), ("19", "20"))

with report.part("missing: exclude 8,151, zero 8,148, bounds 8,148 to 8,208"):
    rate = "37500000"  # a byte a bin costs 1.00
    rows = bins(NOVEMBER, list(range(1, 8581)) + [None] * 60)
    s = settle(rows, percentile(rate=rate))
    equal((one(s)["selected"]["bytes"], s["total"]), ("8151", "8151.00"))
    equal(s["bounds"], {"low": "8148.00", "high": "8208.00"})
    equal((s["quality"]["missing"], s["status"]), ("60", "draft"))
    s = settle(rows, percentile(rate=rate), missing="zero")
    equal((one(s)["selected"]["bytes"], s["total"]), ("8148", "8148.00"))
    equal(s["bounds"], {"low": "8148.00", "high": "8208.00"})

with report.part("missing: more than 5 % is provisional"):
    for count, status in ((432, "draft"), (433, "provisional")):
        s = settle(bins(NOVEMBER, [1] * (8640 - count)), percentile())
        equal((s["quality"]["missing"], s["status"]), (str(count), status))

with report.part("partial period: 2,736; 2,448; 912"):
    rows = bins(NOVEMBER, range(1, 2881))
    for rule, want in (("captured_only", 2736), ("calendar_zeros", 2448), ("day_factor", 912)):
        s = settle(rows, percentile(rate="37500000"), partial_period=rule, valid={"from": "2026-01-01",
                                                                                   "to": "2026-11-11"})
        equal(s["total"], f"{want}.00")
    s = settle(rows, {"name": "f", "type": "flat", "amount": "1500.00"},
               {"name": "c", "type": "capacity", "unit": "Gbps", "quantity": "100", "rate": "250.00"},
               percentile(commit="30", rate="10"), valid={"from": "2026-01-01", "to": "2026-11-11"})
    equal([l["amount"] for l in s["lines"]], ["500.00", "8333.33", "100.00"])

with report.part("commit: 860.00 and 200.00; burst cap"):
    line = dict(commit="20", rate="10.00", overage_rate="12.00")
    equal(settle(bins(NOVEMBER, [75 * MBPS] * 20), percentile(**line))["total"], "860.00")
    equal(settle(bins(NOVEMBER, [18 * MBPS] * 20), percentile(**line))["total"], "200.00")
    equal(settle(bins(NOVEMBER, [75 * MBPS] * 20), percentile(**line, burst_cap="50"))["total"], "560.00")

with report.part("tiers: both modes, at and above an edge"):
    tiers = [{"up_to": "100000", "rate": "0.20"}, {"up_to": "400000", "rate": "0.15"}, {"rate": "0.10"}]
    for usage, incremental, all_units in ((100000, "20000.00", "20000.00"), (100001, "20000.15", "15000.15"),
                                          (500000, "75000.00", "50000.00")):
        for mode, want in (("incremental", incremental), ("all_units", all_units)):
            line = percentile(rate=None, tiers_mode=mode, tiers=tiers)
            equal(settle(bins(NOVEMBER, [usage * MBPS] * 3), line)["total"], want)

with report.part("take or pay: four months, and the bank"):
    line = {"name": "t", "type": "take_or_pay", "unit": "TB", "quantity": "300", "take_percent": "100",
            "rate": "1000.00", "deficiency_percent": "100", "make_up": {"periods": "4", "rate": "0.00"}}
    rows = []
    for month, taken in zip(("01", "02", "03", "04"), (250, 320, 300, 360)):
        rows += bins(paper.seconds(f"2026-{month}-01T00:00:00Z"), [taken * 10**12])
    desk = paper.Desk(paper.contracts(paper.contract(line, direction="ingress")), rows)
    for month, charge, bank in zip(("01", "02", "03", "04"), ("300000.00", "300000.00", "300000.00", "330000.00"),
                                   ("50", "30", "30", "0")):
        s = desk.settle(period=f"2026-{month}")
        equal((s["total"], one(s, "t")["make_up_bank"]), (charge, bank))

with report.part("ratio: 240 against 100 Gbps at 2:1"):
    line = {"name": "r", "type": "ratio", "limit": "2", "unit": "Mbps", "rate": "0.12"}
    for ingress, egress in ((240, 100), (100, 240)):
        s = settle(bins(NOVEMBER, [ingress * GBPS] * 4, [egress * GBPS] * 4), line)
        equal((s["total"], one(s, "r")["quantity"]), ("4800.00", "40000"))
    equal(settle(bins(NOVEMBER, [200 * GBPS], [100 * GBPS]), line)["total"], "0.00")

with report.part("money: one rounding a line, minor units of the currency"):
    line = {"name": "f", "type": "flat", "amount": "2.345"}
    equal(settle([row(NOVEMBER, "ingress", 0)], line)["total"], "2.35")
    equal(settle([row(NOVEMBER, "ingress", 0)], line, rounding="half_even")["total"], "2.34")
    equal(settle([row(NOVEMBER, "ingress", 0)], line, dict(line, name="g"))["total"], "4.70")
    equal(settle([row(NOVEMBER, "ingress", 0)], line, currency="JPY")["total"], "2")
    equal(settle([row(NOVEMBER, "ingress", 0)], line, currency="KWD")["total"], "2.345")

with report.part("credit: in its period alone, and negative"):
    line = {"name": "o", "type": "credit", "amount": "2833.33", "date": "2026-11-04", "reason": "fibre cut"}
    equal(settle([row(NOVEMBER, "ingress", 0)], line)["total"], "-2833.33")
    equal(settle([row(NOVEMBER, "ingress", 0)], dict(line, date="2026-10-31"))["total"], "0.00")

with report.part("basis: l3, l2, with FCS, on the wire"):
    rows = [row(NOVEMBER, "ingress", 1000, packets=10, l3=860)]
    for basis, want in (("l3", 860), ("l2", 1000), ("l2fcs", 1040), ("l1", 1240)):
        equal(selected(rows, percentile(), basis=basis), want)

with report.part("classes: a line counts its own, ranked on their own"):
    rows = bins(NOVEMBER, [100] + [0] * 19, cls="europe") + bins(NOVEMBER, range(1, 21), cls="asia")
    s = settle(rows, percentile(), percentile(name="e", classes=["europe"]), percentile(name="a", classes=["asia"]))
    equal([one(s, n)["selected"]["bytes"] for n in "pea"], ["20", "0", "19"])

with report.part("counts beyond 2^64: a month of the cable at its design capacity"):
    full = 15 * 10**15
    rows = bins(NOVEMBER, [full] * 8640, [full] * 8640)
    s = settle(rows, {"name": "v", "type": "volume", "unit": "TB", "rate": "0.01"}, direction="p95_of_sum")
    equal(one(s, "v")["bytes"], str(full * 8640 * 2))
    equal(s["total"], "2592000.00")
    big = 2**64 - 1
    equal(settle([row(NOVEMBER, "ingress", big, packets=big)], percentile(), basis="l1")["lines"][0]["selected"]["bytes"],
          str(big * 25))

with report.part("volume: what was measured, in units of both kinds"):
    rows = bins(NOVEMBER, [10**12] * 3, [2**40] * 3)
    for unit, direction, want in (("TB", "ingress", "3"), ("TiB", "egress", "3"), ("GB", "ingress", "3000"),
                                  ("GiB", "egress", "3072")):
        line = {"name": "v", "type": "volume", "unit": unit, "direction": direction, "rate": "1"}
        equal(one(settle(rows, line), "v")["quantity"], want)

with report.part("average: the mean of the bins, and of the period with zeros"):
    line = {"name": "m", "type": "average", "unit": "Mbps", "rate": "0.50"}
    rows = bins(NOVEMBER, [10 * MBPS, 20 * MBPS] + [None] * 2 + [30 * MBPS])
    equal(settle(rows, line)["total"], "10.00")
    equal(settle(rows, line, missing="zero")["total"], "0.00")
    equal(settle(rows, dict(line, rate="8640"), missing="zero")["total"], "60.00")

with report.part("a change of the contract splits the period"):
    old = paper.contract({"name": "f", "type": "flat", "amount": "3000"}, percentile(rate="10"),
                         valid={"from": "2026-01-01", "to": "2026-11-11"}, partial_period="day_factor")
    new = paper.contract({"name": "f", "type": "flat", "amount": "6000"}, percentile(rate="20"),
                         valid={"from": "2026-11-11", "to": "2027-01-01"}, partial_period="day_factor")
    rows = bins(NOVEMBER, [30 * MBPS] * 2880 + [60 * MBPS] * 5760)
    s = paper.Desk(paper.contracts(new, old), rows).settle()
    equal((s["version"], s["total"]), ("1+2", "5900.00"))
    equal([l["amount"] for l in s["lines"]], ["1000.00", "100.00", "4000.00", "800.00"])
    equal([(p["version"], p["expected_bins"]) for p in s["parts"]], [("1", "2880"), ("2", "5760")])

with report.part("redundant, phantom and duplicated rows: what other tools get wrong"):
    # A dead port has no repeated delta: its missing bins stay missing, whatever bytes stand in their rows.
    rows = bins(NOVEMBER, [100] * 10) + [row(NOVEMBER + 3000 + 300 * i, "ingress", 100, status="missing")
                                         for i in range(10)]
    line = one(settle(rows, percentile()))
    equal((line["bins"], line["selected"]["bytes"]), ("10", "100"))
    # Silence is a measurement.
    rows = bins(NOVEMBER, [100] + [None] * 19) + [row(NOVEMBER + 300 * i, "ingress", 0, cls="") for i in range(1, 20)]
    line = one(settle(rows, percentile()))
    equal((line["bins"], line["selected"]["bytes"]), ("20", "0"))

with report.part("quality: the worst state of a bin, and what the taps missed"):
    rows = bins(NOVEMBER, [5, 5], peering="a", status="lossy", missed=7) + \
        bins(NOVEMBER, [5], peering="b", status="partial", covered=100, missed=7) + \
        bins(NOVEMBER + 300, [5], peering="b", missed=7)
    q = settle(rows, percentile())["quality"]
    equal((q["ok"], q["partial"], q["lossy"], q["missing"], q["missed_packets"]), ("0", "0", "2", "8638", "14"))

with report.part("ties, one bin, an empty period"):
    line = one(settle(bins(NOVEMBER, [7] * 40), percentile()))
    equal(line["selected"], {"start": paper.instant(NOVEMBER + 37 * 300), "bytes": "7", "direction": "ingress"})
    line = one(settle([row(NOVEMBER + 600, "egress", 9)], percentile()))
    equal((line["bins"], line["selected"]["start"]), ("1", paper.instant(NOVEMBER + 600)))
    s = settle([], percentile(commit="10", rate="2"))
    equal((s["total"], s["status"], one(s)["selected"], one(s)["bins"]), ("20.00", "provisional", None, "0"))

with report.part("usage_rounding: up to the next full unit"):
    rows = bins(NOVEMBER, [MBPS + 1])
    equal(settle(rows, percentile(), usage_rounding="up")["total"], "2.00")
    assert Fraction(one(settle(rows, percentile()))["quantity"]) > 1

with report.part("the sample contracts fit the sample backbone"):
    config = Path(__file__).resolve().parents[2] / "config"
    desk = paper.Desk("", [row(NOVEMBER, "ingress", 1, partner=p, peering=q, cls="mongolia") for p, q in (
        ("turkmentelecom", "turkmentelecom-tb"), ("azertelecom", "azertelecom-as"), ("uztelecom", "uztelecom-offtake"),
        ("ru-carrier-a", "ru-carrier-a-kr"), ("ru-carrier-b", "ru-carrier-b-kr"), ("ir-carrier", "ir-carrier-ki"),
        ("sat-carrier", "sat-carrier-sg"))])
    for name, period in (("turkmentelecom-2026", "2026-11"), ("azertelecom-2026", "2026-11"),
                         ("uztelecom-offtake-2026", "2026-Q4"), ("ru-carrier-a-2026", "2026-11"),
                         ("ru-carrier-b-2026", "2026-11"), ("ir-carrier-jv-2026", "2026-11"), ("sat-carrier-2026", "2026-11")):
        out, _ = desk.run("--config", str(config / "backbone.yaml"), "settle", "--contracts", str(config / "contracts.yaml"),
                          "--contract", name, "--period", period, "--usage", "usage.csv", "--format", "json")
        assert '"bounds":{"low":' in out and '"high":null' not in out, out

with report.part("the same input gives the same bytes"):
    desk = paper.Desk(paper.contracts(paper.contract(percentile())), bins(NOVEMBER, range(50)))
    equal(*[desk.run("settle", "--contracts", "contracts.yaml", "--contract", "tt-1", "--period", "2026-11", "--usage",
                     "usage.csv", "--format", "json", env=env)[0] for env in ({}, {"TZ": "Asia/Tokyo", "LC_ALL": "de_DE"})])

report.done()
