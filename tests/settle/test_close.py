#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Closing: numbers without gaps, chain, signature, revisions; and verification that names what was changed."""
import json
import random
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import paper  # noqa: E402
import report  # noqa: E402
from paper import bins, percentile  # noqa: E402

OCTOBER = paper.seconds("2026-10-01T00:00:00Z")
SEPTEMBER = paper.seconds("2026-09-01T00:00:00Z")
MBPS = 37_500_000


def desk_with(rows=None, **keys):
    desk = paper.Desk(paper.contracts(paper.contract(percentile(rate="2"), **keys),
                                      paper.contract(percentile(), id="other", **keys)),
                      rows or bins(SEPTEMBER, [10 * MBPS] * 20) + bins(OCTOBER, [20 * MBPS] * 20))
    desk.run("keygen", "--key", "k.pem")
    return desk


def close(desk, *more, period="2026-10", contract_id="tt-1", status=0):
    return desk.run("settle", "--contracts", "contracts.yaml", "--contract", contract_id, "--period", period, "--usage",
                    "usage.csv", "--format", "json", "--close", *more, status=status)


def verify(desk, *more, status=0):
    return desk.run("verify", "--statement", "S.json", "--evidence", "usage.csv", "--contracts", "contracts.yaml", *more,
                    status=status)


def closed_statement(*more):
    desk = desk_with()
    (desk.folder / "S.json").write_text(close(desk, "--key", "k.pem", *more)[0])
    return desk


with report.part("closing: numbers, chain, signature, and what is printed"):
    desk = desk_with(bins(SEPTEMBER, [10 * MBPS] * 20) + bins(OCTOBER, [20 * MBPS] * 8928))
    envelopes = [json.loads(close(desk, "--key", "k.pem", period=p, contract_id=c)[0])
                 for p, c in (("2026-09", "tt-1"), ("2026-10", "tt-1"), ("2026-10", "other"))]
    assert [e["closed"]["number"] for e in envelopes] == ["1", "2", "3"]
    assert envelopes[0]["closed"]["previous"] == "0" * 64
    for a, b in zip(envelopes, envelopes[1:]):
        assert b["closed"]["previous"] == a["sha256"]
    assert envelopes[1]["closed"]["statement"]["status"] == "final"
    assert envelopes[1]["closed"]["statement"]["total"] == "40.00"
    desk.run("verify", "--statements", "statements.db")
    desk.run("verify", "--contracts", "contracts.yaml", "--usage", "usage.csv", "--key", "k.pem.pub")

with report.part("closing: openssl agrees with hash and signature"):
    desk = closed_statement()
    line = (desk.folder / "S.json").read_text()
    record = line[len('{"closed":'):line.rindex(',"sha256":"')].encode()
    envelope = json.loads(line)
    (desk.folder / "record").write_bytes(record)
    (desk.folder / "sig").write_bytes(bytes.fromhex(envelope["signature"]))
    out = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "k.pem.pub", "-rawin", "-in", "record",
                          "-sigfile", "sig"], cwd=desk.folder, capture_output=True, text=True, check=False)
    assert "Successfully" in out.stdout, out.stdout + out.stderr
    out = subprocess.run(["sha256sum", "record"], cwd=desk.folder, capture_output=True, text=True, check=True)
    assert out.stdout.split()[0] == envelope["sha256"]

with report.part("a closed period is never overwritten: a revision with difference and reason"):
    desk = desk_with()
    close(desk)
    _, said = close(desk, status=1)
    assert "closed already, as number 1" in said, said
    desk.usage(bins(OCTOBER, [30 * MBPS] * 20))
    again = json.loads(close(desk, "--reason", "a meter was found \"wrong\"")[0])["closed"]
    assert (again["number"], again["revision"], again["difference"]) == ("2", "2", "20.00"), again
    assert again["reason"] == 'a meter was found "wrong"'
    db = sqlite3.connect(desk.folder / "statements.db")
    for sql in ("UPDATE closed SET text = ''", "DELETE FROM closed"):
        try:
            db.execute(sql)
            raise AssertionError(f"{sql} was allowed")
        except sqlite3.DatabaseError as error:
            assert "closed statement" in str(error)
    db.close()

with report.part("closing waits for the end of the period"):
    desk = paper.Desk(paper.contracts(paper.contract(percentile(), valid={"from": "2026-01-01", "to": "2200-01-01"})),
                      bins(paper.seconds("2199-10-01T00:00:00Z"), [1] * 20))
    _, said = close(desk, period="2199-10", status=1)
    assert "can be closed then" in said, said
    assert not (desk.folder / "statements.db").exists()

with report.part("keygen never writes over a key"):
    desk = desk_with()
    old = (desk.folder / "k.pem").read_bytes()
    desk.run("keygen", "--key", "k.pem", status=1)
    assert (desk.folder / "k.pem").read_bytes() == old
    assert (desk.folder / "k.pem").stat().st_mode & 0o777 == 0o600

with report.part("verify: on a machine with the evidence, the contracts and the public key alone"):
    desk = closed_statement()
    (desk.folder / "statements.db").unlink()
    (desk.folder / "k.pem").unlink()
    out, _ = verify(desk, "--key", "k.pem.pub")
    assert json.loads(out)["fits"] is True

with report.part("verify: drafts too"):
    desk = desk_with()
    (desk.folder / "S.json").write_text(json.dumps(desk.settle(period="2026-10"), separators=(",", ":")) + "\n")
    verify(desk)
    s = desk.settle(period="2026-10")
    s["lines"][0]["amount"] = "41.00"
    (desk.folder / "S.json").write_text(json.dumps(s, separators=(",", ":")) + "\n")
    _, said = verify(desk, status=1)
    assert "lines[0].amount: the statement says 41.00, recomputed it is 40.00" in said, said

with report.part("verify: another key"):
    desk = closed_statement()
    desk.run("keygen", "--key", "other.pem")
    _, said = verify(desk, "--key", "other.pem.pub", status=1)
    assert "another key" in said and "signature" in said, said

for name in ("S.json", "usage.csv"):
    with report.part(f"verify: one bit changed anywhere in {name}"):
        desk = closed_statement()
        good = (desk.folder / name).read_bytes()
        rng = random.Random(6)
        places = range(len(good)) if name == "S.json" else rng.sample(range(len(good)), 200)
        for at in rng.sample(list(places), 250) if name == "S.json" else places:
            bad = bytearray(good)
            bad[at] ^= 1 << rng.randrange(8)
            (desk.folder / name).write_bytes(bad)
            for status in (1, 2):
                try:
                    _, said = verify(desk, "--key", "k.pem.pub", status=status)
                    break
                except AssertionError as error:
                    if status == 2:
                        raise AssertionError(f"byte {at}: {good[max(0, at - 20):at + 20]!r}: {error}") from error
            assert re.search(r"S\.json|usage\.csv", said), said

with report.part("verify: one bit changed in a stored statement"):
    rng = random.Random(7)
    for column in ("text", "sha256", "signature", "public_key", "number", "period"):
        desk = desk_with()
        for period in ("2026-09", "2026-10"):
            close(desk, "--key", "k.pem", period=period)
        db = sqlite3.connect(desk.folder / "statements.db")
        db.executescript("DROP TRIGGER closed_update")
        value = db.execute(f"SELECT {column} FROM closed WHERE number = 1").fetchone()[0]
        if isinstance(value, int):
            changed = value + 8
        else:
            at = rng.randrange(len(value))
            changed = value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1:]
        db.execute(f"UPDATE closed SET {column} = ? WHERE number = 1", (changed,))
        db.commit()
        db.close()
        _, said = desk.run("verify", "--statements", "statements.db", "--key", "k.pem.pub", status=1)
        assert "statement number" in said, f"{column}: {said}"

with report.part("take or pay: closed statements come before usage"):
    line = {"name": "t", "type": "take_or_pay", "unit": "TB", "quantity": "300", "rate": "1000.00",
            "make_up": {"periods": "4", "rate": "0.00"}}
    months = [paper.seconds(f"2026-0{m}-01T00:00:00Z") for m in (1, 2)]
    desk = paper.Desk(paper.contracts(paper.contract(line)), bins(months[0], [250 * 10**12]))
    close(desk, period="2026-01")
    desk.usage(bins(months[1], [320 * 10**12]))
    s = desk.settle(period="2026-02")
    assert (s["total"], s["lines"][0]["make_up_bank"]) == ("300000.00", "30"), s["lines"][0]
    assert "unknown_history" not in s
    # Without the closed statement nothing is known of January, and February cannot be closed.
    (desk.folder / "statements.db").unlink()
    assert desk.settle(period="2026-02")["unknown_history"] == {"from": "2026-01", "to": "2026-01"}
    _, said = close(desk, period="2026-02", status=1)
    assert "neither closed nor in the usage" in said

report.done()
