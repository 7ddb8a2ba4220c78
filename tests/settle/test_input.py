#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Bad contracts and bad evidence: a line that names the place, exit status 2, nothing written."""
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import paper  # noqa: E402
import report  # noqa: E402
from paper import NOVEMBER, bins, percentile, row  # noqa: E402

GOOD = paper.evidence(bins(NOVEMBER, [1000, 2000]))


def refused(desk, want, period="2026-11"):
    """Refused with a line that fits, no output, and no new file."""
    before = sorted(os.listdir(desk.folder))
    out, said = desk.run("settle", "--contracts", "contracts.yaml", "--contract", "tt-1", "--period", period, "--usage",
                         "usage.csv", "--format", "json", "--output", "statement.json", status=2)
    assert not out, f"printed {out[:100]}"
    assert re.search(want, said), f"no line like {want!r}:\n{said}"
    assert sorted(os.listdir(desk.folder)) == before, "a file was written"


def bad_contract(want, *lines, **keys):
    with report.part(f"contract: {want}"):
        refused(paper.Desk(paper.contracts(paper.contract(*(lines or [percentile()]), **keys)), GOOD),
                r"contracts\.yaml:\d+: .*" + want)


def bad_evidence(name, want, text):
    with report.part(f"evidence: {name}"):
        refused(paper.Desk(paper.contracts(paper.contract(percentile())), text), r"usage\.csv(:\d+)?: .*" + want)


TIERS = {"tiers_mode": "incremental", "rate": None}

bad_contract("rate: \"-1\" is not allowed", percentile(rate="-1"))
bad_contract("rate: \"NaN\" is not allowed", percentile(rate="NaN"))
bad_contract("rate: \"1e3\" is not allowed", percentile(rate="1e3"))
bad_contract("zone: \"Asia/Nowhere\" is unknown", zone="Asia/Nowhere")
bad_contract("zone: \"../../etc/passwd\" is unknown", zone="../../etc/passwd")
bad_contract("currency: \"USX\" is unknown", currency="USX")
bad_contract("the key \"currency\" is missing", currency=None)
bad_contract("the key \"partner\" is missing", partner=None)
bad_contract("unknown key \"color\"", color="red")
bad_contract("unknown key \"colour\"", percentile(colour="red"))
bad_contract("\"to\" must be later", valid={"from": "2026-12-01", "to": "2026-12-01"})
bad_contract("\"2026-02-30\" is not a date", valid={"from": "2026-02-30", "to": "2026-12-01"})
bad_contract("type: \"flatt\" is unknown", {"name": "f", "type": "flatt", "amount": "1"})
bad_contract("the key \"amount\" is missing", {"name": "f", "type": "flat"})
bad_contract("unit Mbps does not fit", {"name": "v", "type": "volume", "unit": "Mbps", "rate": "1"})
bad_contract("unit: \"MB\" is unknown", {"name": "v", "type": "volume", "unit": "MB", "rate": "1"})
bad_contract("burst_cap is below commit", percentile(commit="10", burst_cap="9"))
bad_contract("overage_rate without commit", percentile(overage_rate="2"))
bad_contract("either rate or tiers", percentile(rate=None))
bad_contract("up_to must rise", percentile(**TIERS, tiers=[{"up_to": "5", "rate": "1"}, {"up_to": "5", "rate": "1"},
                                                           {"rate": "1"}]))
bad_contract("the last tier is for all above", percentile(**TIERS, tiers=[{"up_to": "5", "rate": "1"}]))
bad_contract("tiers need the key tiers_mode", percentile(rate=None, tiers=[{"rate": "1"}]))
bad_contract("may not share a class", percentile(classes=["europe"]), percentile(name="q", classes=["europe"]))
bad_contract("name \"p\" was given", percentile(), percentile())
bad_contract("is not among the contract's peerings", percentile(peerings=["zz"]), peerings=["tb"])
bad_contract("percentile: \"0\" is not allowed", percentile="0")
bad_contract("percentile: \"101\" is not allowed", percentile="101")
bad_contract("ceiling: \"fast\" is not a capacity", ceiling="fast")
bad_contract("lies outside of the contract",
             {"name": "c", "type": "credit", "amount": "1", "date": "2027-01-01", "reason": "x"})
bad_contract("settled by the quarter", period="quarter")

with report.part("contract: two versions that overlap"):
    text = paper.contracts(paper.contract(percentile()), paper.contract(percentile(), valid={"from": "2026-12-31",
                                                                                            "to": "2027-02-01"}))
    refused(paper.Desk(text, GOOD), r"contracts\.yaml:\d+: .*overlaps")
with report.part("contract: not in force"):
    refused(paper.Desk(paper.contracts(paper.contract(percentile())), GOOD), "not in force", period="2027-11")
with report.part("contract: a period that has not begun"):
    keys = {"valid": {"from": "2026-01-01", "to": "2199-01-01"}}
    refused(paper.Desk(paper.contracts(paper.contract(percentile(), **keys)), GOOD), "not begun", period="2198-11")
with report.part("contract: no such id, no such file, not YAML"):
    desk = paper.Desk(paper.contracts(paper.contract(percentile(), id="other")), GOOD)
    refused(desk, "no contract \"tt-1\"; there are: other")
    (desk.folder / "contracts.yaml").write_text("contracts: [")
    refused(desk, r"contracts\.yaml")
    (desk.folder / "contracts.yaml").unlink()
    refused(desk, r"contracts\.yaml")
with report.part("contract: a period that is none"):
    for period in ("2026-13", "2026", "next"):
        refused(paper.Desk(paper.contracts(paper.contract(percentile())), GOOD), "is not a period", period=period)

LINE = GOOD.splitlines(keepends=True)


def with_field(column, value):
    fields = LINE[1].rstrip("\r\n").split(",")
    fields[paper.HEADER.index(column)] = value
    return LINE[0] + ",".join(fields) + "\r\n"


bad_evidence("empty", "empty", "")
bad_evidence("no header", "the header is", "".join(LINE[1:]))
bad_evidence("another header", "the header is", GOOD.replace("packets", "frames", 1))
bad_evidence("a row twice", "for the second time", GOOD + LINE[1])
bad_evidence("a row twice, far apart", "second time",
             LINE[0] + "".join(LINE[1:]) + LINE[2])
bad_evidence("cut in a row", "too few fields|middle of a line", GOOD[:-20])
bad_evidence("cut in the last number", "middle of a line", with_field("missed_packets", "123")[:-3])
bad_evidence("negative", "l2_bytes \"-5\" is not a count", with_field("l2_bytes", "-5"))
bad_evidence("2^64", "is too large", with_field("l2_bytes", str(2**64)))
bad_evidence("not a number", "packets \"NaN\" is not a count", with_field("packets", "NaN"))
bad_evidence("a fraction", "is not a count", with_field("packets", "1.0"))
bad_evidence("start between bins", "is not the start of a bin",
             with_field("start", "2026-11-01T00:01:00Z").replace("00:05:00", "00:06:00"))
bad_evidence("end elsewhere", "does not fit the start", with_field("end", "2026-11-01T00:10:00Z"))
bad_evidence("no instant", "is not an instant", with_field("start", "yesterday"))
bad_evidence("direction", "direction \"in\" is unknown", with_field("direction", "in"))
bad_evidence("status", "status \"fine\" is unknown", with_field("status", "fine"))
bad_evidence("covered 301", "covered_seconds 301", with_field("covered_seconds", "301"))
bad_evidence("a quote that stays open", "a quote that does not end", with_field("class", '"europe'))
bad_evidence("a name of bytes", "is not a name", with_field("peering", "Tb"))
bad_evidence("half a silence", "all three", with_field("class", ""))
bad_evidence("zero bytes", "not a line of a usage file", LINE[0] + "\0" * 5000)
bad_evidence("another partner's", "none of its 4 rows is of partner tt", GOOD.replace(",tt,", ",xx,"))

with report.part("evidence: quoted fields, LF, any order, and no line end after a zero are fine"):
    desk = paper.Desk(paper.contracts(paper.contract(percentile())), GOOD)
    good = desk.settle()["lines"]
    for text in (GOOD.replace("\r\n", "\n"), GOOD.rstrip("\r\n"), GOOD.replace("europe", '"europe"'),
                 LINE[0] + "".join(reversed(LINE[1:]))):
        desk.usage(text)
        assert desk.settle()["lines"] == good

with report.part("evidence: 1 GB that is no usage fails at once, in little memory"):
    desk = paper.Desk(paper.contracts(paper.contract(percentile())), GOOD)
    with open(desk.folder / "usage.csv", "wb") as f:
        f.truncate(1 << 30)
    refused(desk, "not a line of a usage file")

# Each kind of file, a gigabyte of it through a pipe: where it begins, what it goes on with (given the number of the
# piece), and the line it must be refused with; "" may be whole.
DAY = paper.evidence(bins(NOVEMBER, [1] * 288)).split("\r\n", 1)[1].encode()
HEAD = LINE[0].encode()
PART = {
    "usage.csv": [
        ("rows of ever new peerings", HEAD, lambda i: DAY.replace(b"tb,", b"t%d," % i), ""),
        ("the same rows again and again", HEAD, lambda i: DAY, "for the second time"),
        ("one endless line", HEAD, lambda i: b"a" * 65536, "not a line"),
        ("one endless quote", HEAD + b'"', lambda i: b"\n" * 65536, "quote|too few"),
        ("marks of byte order", b"", lambda i: b"\xef\xbb\xbf" * 20000, "not a line"),
    ],
    "contracts.yaml": [
        ("contracts without end", b"contracts:\n", lambda i: b"  - {id: a%d, partner: tt}\n" % i * 2000, "too big|too many"),
        ("one endless word", b"contracts: ", lambda i: b"a" * 65536, "too big"),
        ("ever deeper", b"contracts: ", lambda i: b"[" * 65536, "too big|too deep"),
        ("zeros", b"", lambda i: bytes(65536), "too big|not"),
    ],
    "S.json": [
        ("lines without end", b'{"contract":"tt-1","lines":[', lambda i: b'{"name":"p"},' * 5000, "too (large|big)|File too"),
        ("one endless text", b'{"contract":"', lambda i: b"a" * 65536, "too (large|big)|File too"),
    ],
    "theirs.csv": [
        ("rows without end", b"start,direction,bytes\n", lambda i: b"".join(
            b"%s,ingress,1\n" % paper.instant(NOVEMBER + 300 * (i * 1000 + k)).encode() for k in range(1000)), "too (large|big)|File too"),
        ("one endless quote", b'start,direction,bytes\n"', lambda i: b"a\n" * 30000, "too (large|big)|File too"),
    ],
    "config.yaml": [
        ("links without end", b"meter: m\nlinks:\n", lambda i: b"  - {name: l%d}\n" % i * 2000, "too big|too many"),
    ],
}
SETTLE = ("settle", "--contracts", "contracts.yaml", "--contract", "tt-1", "--period", "2026-11", "--usage", "usage.csv",
          "--output", "out.json")
COMMAND = {
    "usage.csv": SETTLE, "contracts.yaml": SETTLE, "config.yaml": ("--config", "config.yaml") + SETTLE,
    "S.json": ("verify", "--statement", "S.json", "--evidence", "usage.csv", "--contracts", "contracts.yaml"),
    "theirs.csv": ("reconcile", "--partner", "tt", "--theirs", "theirs.csv", "--usage", "usage.csv", "--output", "out.json"),
}
# The first of all alone in the suite; with SETTLE_HUGE=1 all of them (a minute or two).
HUGE = os.environ.get("SETTLE_HUGE") == "1"
# What it may take, and what with AddressSanitizer's shadows, red zones and quarantine.
MOST_RSS = (1600 if b"__asan_init" in Path(os.environ["TRANSITCTL"]).read_bytes() else 400) << 20


def gigabyte(path, head, piece):
    with open(path, "wb", buffering=0) as f:
        try:
            written = f.write(head)
            i = 0
            while written < 1 << 30:
                written += f.write(piece(i))
                i += 1
        except BrokenPipeError:
            pass


def peak_of(desk, command):
    """Runs it; (exit status, standard error, peak of memory in bytes)."""
    with open(desk.folder / "said", "wb") as said:
        process = subprocess.Popen([os.environ["TRANSITCTL"], *command], cwd=desk.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, (desk.folder / "said").read_text(errors="replace"), usage.ru_maxrss << 10


for file, kinds in PART.items():
    for number, (name, head, piece, want) in enumerate(kinds):
        if not HUGE and (file, number) != ("usage.csv", 0):
            continue
        with report.part(f"{file}: 1 GB through a pipe: {name}"):
            desk = paper.Desk(paper.contracts(paper.contract(percentile())), GOOD)
            (desk.folder / file).unlink(missing_ok=True)
            os.mkfifo(desk.folder / file)
            writer = threading.Thread(target=gigabyte, args=(desk.folder / file, head, piece))
            writer.start()
            status, said, peak = peak_of(desk, COMMAND[file])
            try:  # a writer that still waits for its reader
                os.close(os.open(desk.folder / file, os.O_RDONLY | os.O_NONBLOCK))
            except OSError:
                pass
            writer.join()
            print(f"# {file} {name}: {peak >> 20} MB", flush=True)
            assert status == 2 or status == 0 and not want, f"ended with {status}: {said[-500:]}"
            assert status == 0 or f"{file}" in said and re.search(want, said), said[-500:]
            assert status == 0 or not (desk.folder / "out.json").exists()
            assert peak < MOST_RSS, f"{peak >> 20} MB"

report.done()
