#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What is wrong with a question about capacity: a line that names it, exit status 2, nothing printed or written."""
import os
import re

import net
from net import paper

import report

ROWS = paper.bins(paper.NOVEMBER, [1000, 2000])
LINKS = {"cable": "1G", "land": None}
PEERINGS = {"tb": ("tt", "cable"), "lp": ("ll", "land")}
CONTRACTS = paper.contracts(paper.contract(paper.percentile()))


def refused(want, *options, configuration=net.config(LINKS, PEERINGS), rows=None, contracts=CONTRACTS):
    with report.part(f"{' '.join(options) or 'no options'}: {want}"):
        desk = net.Net(ROWS if rows is None else rows, configuration, contracts)
        before = sorted(os.listdir(desk.folder))
        out, said = desk.capacity("--format", "json", "--output", "out.json", *options, status=2)
        assert not out, f"printed {out[:100]}"
        assert re.search(want, said), f"no line like {want!r}:\n{said}"
        assert sorted(os.listdir(desk.folder)) == before, "a file was written"


def failover(want, *shares):
    refused(r"config\.yaml:\d+: .*" + want, configuration=net.config(LINKS, PEERINGS, failover=list(shares)))


def planned(want, **keys):
    refused(r"config\.yaml:\d+: .*" + want, configuration=net.config(LINKS, PEERINGS, planned=[{"link": "cable", **keys}]))


refused("--link sea: no such link; there are: cable, land", "--link", "sea")
refused("--without sea: no such link; there are: cable, land", "--without", "sea")
refused("--link cable: no such link; there are: tb", "--link", "cable", configuration=None)
refused("--period 2026-12 lies in the future: the usage ends at 2026-11-01T00:10:00Z", "--period", "2026-12")
refused("--period 2026-10: the usage begins at 2026-11-01T00:00:00Z", "--period", "2026-10")
refused("\"2026-13\" is not a period", "--period", "2026-13")
refused("there is no usage between --from and --to", "--from", "2026-12-01T00:00:00Z")
refused("there is no usage", rows=[])
refused("capacity takes no --format pdf", "--format", "pdf")
refused("capacity takes no --peering", "--peering", "tb")
refused("--contract: needs|needs --contracts", "--contract", "tt-1")
refused("no contract x", "--contracts", "contracts.yaml", "--contract", "x")
refused("none.yaml", "--contracts", "none.yaml")
refused(r"usage\.csv:\d+", rows="nothing of the kind\n")
refused(r"contracts\.yaml:\d+: .*zone", "--contracts", "contracts.yaml",
        contracts=paper.contracts(paper.contract(paper.percentile(), zone="Nowhere/At_all")))

HALF = {"link": "cable", "to": "land", "share": "50%"}
failover("unknown link \"sea\"", {**HALF, "to": "sea"})
failover("cannot take over its own load", {**HALF, "to": "cable"})
failover("not a share", {**HALF, "share": "0%"})
failover("not a share", {**HALF, "share": "101%"})
failover("unknown class \"x\"", {**HALF, "class": "x"})
failover("has no share", {"link": "cable", "to": "land"})
failover("takes over the same load of link \"cable\" twice", HALF, HALF)
planned("not a date", date="2027-02-30", add="1G")
planned("none of add, remove and capacity", date="2027-02-03")
planned("several of add, remove and capacity", date="2027-02-03", add="1G", capacity="2G")
planned("not a capacity", date="2027-02-03", add="-1G")

with report.part("shares above 100 % in all"):
    desk = net.Net(ROWS, net.config({**LINKS, "third": "1G"}, PEERINGS, failover=[
        HALF, {"link": "cable", "to": "third", "share": "50.01%"}]))
    _, told = desk.capacity(status=2)
    assert re.search(r"config\.yaml:\d+: the shares of link \"cable\" add up to 100.01 %; up to 100 % is allowed", told), told

with report.part("no configuration and no usage"):
    desk = net.Net(ROWS)
    _, told = desk.run("capacity", status=2)
    assert "needs --usage FILE or --config FILE" in told, told

report.done()
