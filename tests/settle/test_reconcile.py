#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reconciliation with synthetic partners whose differences are known, and net amounts."""
import json
import math
import random
import re
import sys
from fractions import Fraction
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import paper  # noqa: E402
import report  # noqa: E402
from paper import NOVEMBER, bins, percentile, row  # noqa: E402

MBPS = 37_500_000
BYTE = "37500000"  # the rate at which a byte a bin costs 1.00
# For runs with sanitizers.
LEAKS = {"LSAN_OPTIONS": f"suppressions={Path(__file__).parent / 'lsan.supp'}:print_suppressions=0"}


def theirs(pairs, packets=None):
    """CSV of (start, direction, bytes)."""
    text = "start,direction,bytes" + (",packets" if packets else "") + "\n"
    return text + "".join(f"{paper.instant(s)},{d},{b}" + (f",{packets}" if packets else "") + "\n"
                          for s, d, b in pairs)


def reconcile(rows, their_csv, *more, lines=None, status=0, period="2026-11", **keys):
    desk = paper.Desk(paper.contracts(paper.contract(*(lines or [percentile()]), **keys)), rows)
    desk.usage(their_csv, "theirs.csv")
    when = ["--period", period] if period else []
    out, said = desk.run("reconcile", "--partner", "tt", "--theirs", "theirs.csv", "--contracts", "contracts.yaml",
                         "--usage", "usage.csv", "--format", "json", *when, *more, status=status)
    return json.loads(out) if not status else said


def curve(n, seed=1):
    rng = random.Random(seed)
    level = 5 * 10**10
    out = []
    for _ in range(n):
        level = max(10**10, level + rng.randrange(-10**10, 10**10))
        out.append(level)
    return out


def mirror(values, change=lambda i, b: b):
    return [(NOVEMBER + 300 * i, "ingress", change(i, b)) for i, b in enumerate(values)] + \
        [(NOVEMBER + 300 * i, "egress", 0) for i in range(len(values))]


with report.part("4.0 bytes a packet, residue 0"):
    rows = [row(NOVEMBER, "ingress", 10**12, packets=1_250_000_000), row(NOVEMBER, "egress", 0)]
    r = reconcile(rows, theirs([(NOVEMBER, "ingress", 1_005_000_000_000), (NOVEMBER, "egress", 0)]))
    assert (r["bytes_per_packet"], r["residue_bytes"], r["per_packet_explains"]) == ("4.0", "0", True), r
    assert r["causes"]["bytes_per_packet"] == "1"

with report.part("the same bins match, and nothing is in dispute"):
    values = curve(300)
    r = reconcile(bins(NOVEMBER, values), theirs(mirror(values)))
    assert r["counts"]["match"] == "600" and r["money"]["verdict"] == "accept", r
    assert r["money"]["difference"] == "0.00" and r["bins"] == []

with report.part("basis: theirs with FCS, ours without"):
    values = curve(100)
    rows = [row(NOVEMBER + 300 * i, "ingress", b, packets=b // 500) for i, b in enumerate(values)]
    r = reconcile(rows, theirs(mirror(values, lambda i, b: b + 4 * (b // 500))), "--basis", "l2fcs")
    assert r["counts"]["match"] == "200", r["counts"]
    assert r["money"]["difference"] == "0.00", r["money"]

with report.part("bands: match, near, mismatch, missing on either side"):
    values = [10**11] * 5
    rows = bins(NOVEMBER, values[:4])
    r = reconcile(rows, theirs([(NOVEMBER, "ingress", 10**11 + 10**8), (NOVEMBER + 300, "ingress", 10**11 + 9 * 10**8),
                                (NOVEMBER + 600, "ingress", 10**11 + 10**10), (NOVEMBER + 1200, "ingress", 1)] +
                               [(NOVEMBER + 300 * i, "egress", 0) for i in range(4)]))
    assert r["counts"] == {"match": "5", "near": "1", "mismatch": "1", "ours_missing": "1", "theirs_missing": "1"}, \
        r["counts"]

with report.part("lag: their clock is ahead by two minutes, by ten, or by odd seconds"):
    values = curve(400)
    for lag in (120, -180, 600, 37, -37, -431, 599):
        def their(i, lag=lag):
            bin_, part = divmod(300 * i - lag, 300)
            pair = [values[k] if 0 <= k < len(values) else 0 for k in (bin_, bin_ + 1)]
            return (pair[0] * (300 - part) + pair[1] * part) // 300
        r = reconcile(bins(NOVEMBER, values), theirs(mirror(values, lambda i, b: their(i))))
        assert r["lag_seconds"] == str(lag), (lag, r["lag_seconds"])
        assert int(r["causes"]["lag"]) > 300, r["causes"]

with report.part("lag: between two bins, from traffic that is not even within them"):
    rng = random.Random(5)
    ten = [int(10**9 * (2 + math.sin(i / 150) + math.sin(i / 61)) + rng.randrange(10**8)) for i in range(30 * 402)]
    values = [sum(ten[30 * i + 30:30 * i + 60]) for i in range(400)]
    for lag in (30, -70, 250, -590):
        shift = 30 - lag // 10  # their bins begin that many tens of seconds earlier
        def their(i, shift=shift):
            return sum(ten[max(0, 30 * i + shift):max(0, 30 * i + shift + 30)])
        r = reconcile(bins(NOVEMBER, values), theirs(mirror(values, lambda i, b: their(i))))
        have = int(r["lag_seconds"])
        assert abs(have - lag) <= 15, (lag, have)
        assert int(r["lag_from"]) <= have <= int(r["lag_to"]) and int(r["lag_to"]) - int(r["lag_from"]) < 120, r
        assert int(r["causes"]["lag"]) > 200, r["causes"]

with report.part("shifted bins, a counter reset, our own missed packets"):
    values = [5 * 10**10] * 60
    changed = {20: 6 * 10**10, 21: 4 * 10**10, 40: 10**10, 50: 5 * 10**10 + 10**9}
    rows = bins(NOVEMBER, values)
    rows[100]["missed_packets"] = 1_000_000
    r = reconcile(rows, theirs(mirror(values, lambda i, b: changed.get(i, b))))
    assert (r["causes"]["shifted_bins"], r["causes"]["counter_reset"], r["causes"]["our_missed_packets"]) == \
        ("2", "1", "1"), r["causes"]

with report.part("money: the difference, the undisputed amount, the verdict by tolerance"):
    values = [100 * MBPS] * 40
    for factor, verdict in ((1000, "accept"), (1004, "accept"), (1020, "negotiate"), (1050, "dispute"), (950, "dispute")):
        r = reconcile(bins(NOVEMBER, values), theirs(mirror(values, lambda i, b, f=factor: b * f // 1000)))
        m = r["money"]
        assert (m["ours"], m["verdict"]) == ("100.00", verdict), m
        assert float(m["undisputed"]) == min(100, factor / 10), m
    r = reconcile(bins(NOVEMBER, values), theirs(mirror(values, lambda i, b: b * 105 // 100)),
                  tolerance={"accept": "10", "negotiate": "20"})
    assert r["money"]["verdict"] == "accept"

with report.part("money: classes and connections are divided as we counted them, to the byte"):
    kinds = [("a", "europe"), ("a", "asia"), ("b", "asia"), ("b", "domestic")]
    ours = {k: curve(60, seed) for seed, k in enumerate(kinds)}
    rows = [r for (peering, cls), values in ours.items() for r in bins(NOVEMBER, values, peering=peering, cls=cls)]
    total = [sum(v[i] for v in ours.values()) for i in range(60)]
    for keys, by_class, by_peering in (
            ({"lines": [percentile(classes=["europe"], rate=BYTE), percentile(name="q", classes=["asia"], rate=BYTE)]}, True, False),
            ({"lines": [percentile(rate=BYTE)], "across": "each"}, False, True),
            ({"lines": [percentile(peerings=["a"], rate=BYTE), percentile(name="q", peerings=["b"], classes=["asia"])]}, True,
             True)):
        m = reconcile(rows, theirs(mirror(total)), **keys)["money"]
        assert (m["difference"], m["verdict"], m["bins_not_divided"]) == ("0.00", "accept", "0"), m
        assert (m["divided_by_class"], m["divided_by_peering"]) == (by_class, by_peering), m
        m = reconcile(rows, theirs(mirror(total, lambda i, b: b * 2)), **keys)["money"]
        assert abs(Fraction(m["theirs"]) - 2 * Fraction(m["ours"])) < 4, m
        shuffled = random.Random(3).sample(rows, len(rows))
        odd = theirs(mirror(total, lambda i, b: b * 101 // 100 + i))
        assert reconcile(shuffled, odd, **keys)["money"] == reconcile(rows, odd, **keys)["money"]
    silent = bins(NOVEMBER + 300, ours["a", "europe"][1:]) + [row(NOVEMBER, "ingress", 0, cls="")]
    m = reconcile(silent, theirs(mirror(total)), lines=[percentile(classes=["europe"])])["money"]
    assert m["bins_not_divided"] == "1", m

with report.part("the report for people: figures, the bins that differ, a plot a direction in two sizes"):
    values = curve(300)
    desk = paper.Desk(paper.contracts(paper.contract(percentile())), bins(NOVEMBER, values))
    desk.usage(theirs(mirror(values, lambda i, b: b * (110 if i == 7 else 100) // 100)), "theirs.csv")
    ask = ("reconcile", "--partner", "tt", "--theirs", "theirs.csv", "--contracts", "contracts.yaml", "--usage", "usage.csv",
           "--period", "2026-11")
    page, again = (desk.run(*ask, "--format", "html", env=LEAKS)[0] for _ in range(2))
    text, _ = desk.run(*ask, "--format", "text")
    assert page == again and page.count("<svg") == 2 and page.count('class="narrow"') == 1, page.count("<svg")
    for want in ("Undisputed", "accept", paper.instant(NOVEMBER + 2100), f"{values[7]:,}", "599 bins"):
        assert want in page and want in text, want
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) and {u for u in re.findall(r'href="#([^"]+)"', page)} <= set(ids)

with report.part("mirrored, shifted by hand, and bad files"):
    values = curve(50)
    pairs = [(s + 7200, {"ingress": "egress", "egress": "ingress"}[d], b) for s, d, b in mirror(values)]
    r = reconcile(bins(NOVEMBER, values), theirs(pairs), "--mirrored", "--shift", "7200")
    assert r["counts"]["match"] == "100", r["counts"]
    for text, want in (("start,bytes\n", "column \"direction\""), (theirs([(NOVEMBER, "in", 1)]), "direction \"in\""),
                       (theirs([(NOVEMBER, "ingress", -1)]), "not a count"), ("", "not a CSV"),
                       (theirs([(NOVEMBER, "ingress", 1)] * 2), "twice"),
                       (theirs([(NOVEMBER + 60 * i, "ingress", 1) for i in range(5)]), "more than one value")):
        assert want in reconcile(bins(NOVEMBER, values), text, status=2)

with report.part("their CSV: columns in any order, quotes with commas and line ends, a byte order mark"):
    values = curve(20)
    plain = theirs(mirror(values))
    odd = "\ufeffsite,bytes,direction,start\r\n" + "".join(
        f'"Aktau, ""old"" port\r\nrack 2",{octets},"{direction}",{paper.instant(start)}\r\n'
        for start, direction, octets in mirror(values))
    for text in (plain, odd, odd.rstrip()):
        r = reconcile(bins(NOVEMBER, values), text)
        assert r["counts"]["match"] == "40", r["counts"]
    for text, want in (('start,direction,bytes\n"2026', "a quote that does not end"),
                       (plain.replace(",egress,0", ",egress"), "bytes \"\""), (plain[:-1] + "x\n", "is not a count")):
        said = reconcile(bins(NOVEMBER, values), text, status=2)
        assert want in said and "theirs.csv:" in said, said

with report.part("net: payable less receivable, a currency apart, disputed lines left out"):
    fee = {"name": "fee", "type": "flat", "amount": "100"}
    extra = {"name": "extra", "type": "flat", "amount": "30"}
    desk = paper.Desk(paper.contracts(paper.contract(fee, extra, id="a"),
                                      paper.contract(dict(fee, amount="250"), id="b", payer="us"),
                                      paper.contract(dict(fee, amount="7"), id="c", currency="EUR")),
                      [row(NOVEMBER, "ingress", 1)])
    out, _ = desk.run("net", "--contracts", "contracts.yaml", "--period", "2026-11", "--usage", "usage.csv", "--format",
                      "json", "--dispute", "a/extra")
    usd, eur = map(json.loads, out.splitlines())
    assert (usd["payable"], usd["receivable"], usd["net"]) == ("250.00", "100.00", "150.00"), usd
    assert usd["disputed"] == [{"contract": "a", "line": "extra", "amount": "30.00"}]
    assert (eur["currency"], eur["net"]) == ("EUR", "-7.00")
    _, said = desk.run("net", "--contracts", "contracts.yaml", "--period", "2026-11", "--usage", "usage.csv",
                       "--dispute", "a/none", status=2)
    assert "no such line" in said

with report.part("forms: text, CSV, HTML and PDF of the same statement, the same bytes each time"):
    desk = paper.Desk(paper.contracts(paper.contract(percentile(commit="50"))), bins(NOVEMBER, curve(8000)))
    for form, want in (("text", b"Total"), ("csv", b"tt-1,1,tt,2026-11,USD,p,percentile,"), ("html", b"<svg"),
                       ("pdf", b"%PDF-")):
        a, b = (desk.run("settle", "--contracts", "contracts.yaml", "--contract", "tt-1", "--period", "2026-11",
                         "--usage", "usage.csv", "--format", form, binary=True, env=LEAKS)[0] for _ in range(2))
        assert want in a and a == b, form

report.done()
