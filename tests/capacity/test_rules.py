#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The numbers of the settlement rules, section 6, and of docs/capacity.md, through `transitctl capacity`."""
import re

import net
from net import GBPS, MBPS, direction, equal, link, month, month_bins, paper

import report

RULES = [100, 106, 109, 116, 121, 124, 131, 135, 141, 144, 151, 155]


def flat_months(year, levels, side="egress", **more):
    """Each month's bins all carry its level in Gbit/s; None leaves the month out."""
    rows = []
    for i, level in enumerate(levels):
        for k in range(month_bins(year, i + 1) if level is not None else 0):
            rows.append(paper.row(month(year, i + 1) + 300 * k, side, level * GBPS, **more))
    return rows


def ramp(unit, bins=8640, side="ingress", **more):
    return [paper.row(paper.NOVEMBER + 300 * i, side, (i + 1) * unit, **more) for i in range(bins)]


CABLE = {"cable": "200G"}
TB = {"tb": ("tt", "cable")}
YEAR = paper.evidence(flat_months(2026, RULES))


def year(**more):
    return net.Net(YEAR, net.config(CABLE, TB, **more))


with report.part("figures: a ramp on 1 Gbit/s"):
    one = net.Net(ramp(MBPS // 10), net.config({"cable": "1G"}, TB))
    s = one.survey()
    d, l = direction(s, "cable"), link(s, "cable")
    equal((s["period"]["name"], s["period"]["expected_bins"], s["period"]["elapsed_bins"], s["period"]["runs"]),
          ("2026-11", "8640", "8640", False))
    equal(s["now"], "2026-12-01T00:00:00Z")
    equal((d["p50_bps"], d["p95_bps"], d["p99_bps"], d["peak_bps"]), ("432000000", "820800000", "855400000", "864000000"))
    equal((d["p95_bytes"], d["p95_percent"], d["mean_bps"]), (str(8208 * MBPS // 10), "82.08", "432050000"))
    equal((d["peak_start"], d["busy_hour_start"]), ("2026-11-30T23:55:00Z", "2026-11-30T23:00:00Z"))
    equal(d["busy_hour_bps"], "863450000")
    equal([d[f"minutes_above_{n}"] for n in (50, 70, 80)], [str(5 * n) for n in (3640, 1640, 640)])
    equal((l["band"], l["greater"], l["headroom_bps"], l["completeness_percent"]),
          ("critical", "ingress", "179200000", "100.00"))
    equal(direction(s, "cable", "egress")["p95_bps"], "0")

with report.part("figures: L1 is 24 bytes a packet more"):
    rows = [paper.row(paper.NOVEMBER + 300 * i, "ingress", 1000, packets=10) for i in range(20)]
    d = direction(net.Net(rows).survey(), "tb")
    equal((d["p95_bytes"], d["bytes"]), ("1240", "24800"))

with report.part("bands: from 50, 70 and 80 %"):
    for mbps, band in ((499, "ok"), (500, "plan"), (699, "plan"), (700, "act"), (799, "act"), (800, "critical")):
        rows = [paper.row(paper.NOVEMBER + 300 * i, "egress", mbps * MBPS) for i in range(20)]
        l = link(net.Net(rows, net.config({"cable": "1G"}, TB)).survey(), "cable")
        equal((l["band"], l["greater"]), (band, "egress"))

with report.part("missing: a bin that one peering lacks is no bin"):
    rows = paper.bins(paper.NOVEMBER, [10] * 100)
    rows += paper.bins(paper.NOVEMBER, [5 if i != 50 else None for i in range(100)], peering="other")
    rows += [paper.row(paper.NOVEMBER + 300 * 100, side, 999, status="missing", peering=p)
             for p in ("tb", "other") for side in ("ingress", "egress")]
    s = net.Net(rows, net.config(CABLE, {**TB, "other": ("tt", "cable")})).survey()
    equal(link(s, "cable")["bins"], {"ok": "99", "partial": "0", "lossy": "0", "missing": "2"})
    equal((direction(s, "cable")["bytes"], link(s, "cable")["completeness_percent"]), (str(99 * 15), "98.01"))

with report.part("forecast: slope 5.0, intercept 100.5, 160 at 11.9 and 200 at 19.9"):
    s = year().survey()
    f = direction(s, "cable", "egress")["forecast"]
    equal((f["months"], f["first"], f["last"], f["none_because"]), ("12", "2026-01", "2026-12", None))
    equal((f["slope_bps_a_month"], f["intercept_bps"]), ("5000000000", "100500000000"))
    equal((f["growth_percent_a_year"], f["growth_percent_month"], f["now_bps"]), ("38.59", "2.65", "155500000000"))
    equal([(x["percent"], x["reach"], x["month"], x["period"]) for x in f["levels"]],
          [("50", "already", "-0.1", "2026-01"), ("70", "already", "7.9", "2026-09"), ("80", "ahead", "11.9", "2027-01"),
           ("100", "ahead", "19.9", "2027-09")])
    equal((f["levels"][3]["early"]["month"], f["levels"][3]["late"]["month"]), ("19.8", "20.51"))
    equal(len(link(s, "cable")["months"]), 12)

with report.part("forecast: planned load, and a wider link"):
    plan = [{"link": "cable", "date": "2027-04-01", "add": "40G", "direction": "egress", "reason": "offtake"}]
    f = direction(year(planned=plan).survey(), "cable", "egress")["forecast"]
    equal((f["levels"][3]["month"], f["levels"][3]["period"]), ("15", "2027-04"))
    f = direction(year(planned=[{**plan[0], "direction": "ingress"}]).survey(), "cable", "egress")["forecast"]
    equal(f["levels"][3]["month"], "19.9")
    wide = [{"link": "cable", "date": "2027-03-01", "capacity": "400G"}]
    f = direction(year(planned=wide).survey(), "cable", "egress")["forecast"]
    equal([x["month"] for x in f["levels"]], ["-0.1", "7.9", "11.9", "59.9"])

with report.part("forecast: six complete months, and not five"):
    few = [10, 20, 30, 40, 50, None]
    rows = flat_months(2026, few) + [paper.row(month(2026, 6), "egress", 60 * GBPS)]
    f = direction(net.Net(rows, net.config(CABLE, TB)).survey(), "cable", "egress")["forecast"]
    equal((f["none_because"], f["levels"], f["slope_bps_a_month"]),
          ("5 complete months, and a forecast needs 6", [], None))
    # June has 8,640 bins: 432 may be missing, and a month that runs is not complete.
    for missing, months in ((432, "6"), (433, "5")):
        rows = flat_months(2026, few[:5])
        rows += [paper.row(month(2026, 6) + 300 * k, "egress", 60 * GBPS) for k in range(missing, 8640)]
        f = direction(net.Net(rows, net.config(CABLE, TB)).survey(), "cable", "egress")["forecast"]
        equal(f["months"], months)

with report.part("period: history ends with it, and what comes after is not known"):
    s = year().survey("--period", "2026-08")
    equal(direction(s, "cable", "egress")["p95_bps"], "135000000000")
    equal(direction(s, "cable", "egress")["forecast"]["months"], "8")
    s = year().survey("--period", "2026-Q3")
    equal((s["period"]["expected_bins"], direction(s, "cable", "egress")["p95_bps"]), (str(92 * 288), "141000000000"))
    s = year().survey("--to", "2026-08-10T00:00:00Z")
    equal((s["now"], s["period"]["name"], s["period"]["runs"], s["period"]["elapsed_bins"]),
          ("2026-08-10T00:00:00Z", "2026-08", True, str(9 * 288)))
    equal(direction(s, "cable", "egress")["forecast"]["months"], "7")

with report.part("month to date: what the p95 can still become"):
    # 6,000 bins of 50 and 2,640 to come: rank 8,208 of 8,640.
    rows = [paper.row(paper.NOVEMBER + 300 * i, "ingress", 50 * MBPS) for i in range(6000)]
    d = direction(net.Net(rows, net.config({"cable": "100M"}, TB)).survey(), "cable")
    equal((d["p95_bps"], d["p95_lowest_bps"], d["p95_highest_bps"], d["p95_highest_percent"]),
          ("50000000", "50000000", "100000000", "100.00"))
    d = direction(net.Net(rows[:400], net.config({"cable": "100M"}, TB)).survey(), "cable")
    equal((d["p95_lowest_bps"], d["p95_highest_bps"]), ("0", "100000000"))
    equal(direction(net.Net(rows).survey(), "tb")["p95_highest_bps"], None)

# Two links: the cable's load of two classes can go to the other.
TWO = {"cable": "200G", "land": "100G", "spare": "10G"}
ENDS = {"tb": ("tt", "cable"), "lp": ("ll", "land"), "sp": ("ss", "spare")}


def spikes(**more):
    rows = []
    for i in range(20):
        for cls in ("europe", "asia"):
            rows.append(paper.row(paper.NOVEMBER + 300 * i, "ingress", 100 if i == 3 else 0, cls=cls))
        rows.append(paper.row(paper.NOVEMBER + 300 * i, "ingress", 100 if i == 7 else 0, peering="lp", partner="ll"))
        rows.append(paper.row(paper.NOVEMBER + 300 * i, "ingress", 1, peering="sp", partner="ss"))
    return net.Net(rows, net.config(TWO, ENDS, [("europe", "lp"), ("asia", None)], **more))


with report.part("n-1: percentiles do not add"):
    w = spikes().survey("--without", "cable")["without"]
    equal([(m["class"], m["to"], m["why"], m["ingress_bytes"]) for m in w["moves"]],
          [("europe", "land", "via", "100"), ("asia", None, "no-via", "100")])
    equal([one["link"] for one in w["links"]], ["land"])
    equal((w["links"][0]["before"]["directions"][0]["p95_bytes"], w["links"][0]["after"]["directions"][0]["p95_bytes"]),
          ("0", "100"))
    equal((w["ingress_bytes"], w["nowhere"]["directions"][0]["bytes"]), ("200", "100"))

with report.part("n-1: configured shares, by class and by link"):
    shares = [{"link": "cable", "to": "land", "share": "33.33%"}, {"link": "cable", "to": "spare", "share": "60%"},
              {"link": "cable", "to": "spare", "share": "100%", "class": "asia"}]
    w = spikes(failover=shares).survey("--without", "cable")["without"]
    equal([(m["class"], m["to"], m["why"], m["ingress_bytes"]) for m in w["moves"]],
          [("europe", "land", "share", "33"), ("europe", "spare", "share", "60"), ("europe", None, "rest", "7"),
           ("asia", "spare", "share", "100")])
    equal(sum(int(m["ingress_bytes"]) for m in w["moves"]), int(w["ingress_bytes"]))

with report.part("usage alone: peerings stand as links without capacity"):
    s = net.Net(ramp(1, 40)).survey("--without", "tb")
    equal([(one["link"], one["capacity_bps"], one["band"]) for one in s["links"]], [("tb", None, "unknown")])
    equal((direction(s, "tb")["p95_percent"], direction(s, "tb")["p95_bytes"]), (None, "38"))
    equal(s["without"]["moves"][0]["why"], "no-via")
    assert "tb" in s["notes"][0]

with report.part("what cannot be known is said: a silent peering, one of another link"):
    s = net.Net(ramp(1, 40, peering="x"), net.config(CABLE, TB)).survey()
    equal(s["notes"], ["no usage names peering tb: its load is not in the figures of link cable",
                       "the link of peering x is not known: it stands as a link of its own, without capacity"])
    equal(link(s, "cable")["completeness_percent"], "0.00")

with report.part("forms: the same figures in text, CSV and HTML, the same bytes each time"):
    one = year(planned=plan)
    for form in ("text", "csv", "html", "json"):
        out, _ = one.capacity("--format", form)
        equal(out, one.capacity("--format", form)[0])
    text = one.capacity("--format", "text")[0]
    for want in ("155 Gbit/s", "77.5 %", "act", "2027-01", "offtake", "2.6 %", "38.6 %"):
        assert want in text, f"no {want} in\n{text}"
    assert max(len(line) for line in text.splitlines()) < 170
    lines = one.capacity("--format", "csv")[0].splitlines()
    names, egress = lines[0].split(","), lines[2].split(",")
    row = dict(zip(names, egress))
    equal((len(lines), row["p95_bps"], row["reaches_80"], row["band"]), (3, "155000000000", "2027-01", "act"))
    html = one.capacity("--format", "html")[0]
    equal(html.count("<svg"), 4)
    assert "2027-01" in html and "http" not in re.sub(r"http://www\.w3\.org/[^\"]*", "", html)

report.done()
