#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
Retention of the journal (docs/journal.md) by the daemon itself, live and at the end of a replay: what is older than
journal_age goes, but not what Redis lacks or an open statement needs; and verify says where the chain begins.
"""
import datetime
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import livesite  # noqa: E402
import meter  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402
import yamlfile  # noqa: E402

DAY = 86400
DAYS = 500  # one interval of each, then a whole day of them up to now
DIGEST = "4f3d1fa8e66dba126cc2146086b9fd57aa60f67bf3e05cb670c29dba7be63894"  # tests/support/make_interval.c
NOW = int(time.time()) // 300 * 300
STARTS = [NOW - (DAYS - n) * DAY for n in range(DAYS - 1)] + [NOW - n * 300 for n in range(290, 0, -1)]
MANY = DAYS - 1 + 290


def rfc3339(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def first_of_month(months_ago):
    today = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)
    month = today.year * 12 + today.month - 1 - months_ago
    return datetime.date(month // 12, month % 12 + 1, 1)


def seconds(date):
    return int(datetime.datetime(date.year, date.month, date.day, tzinfo=datetime.timezone.utc).timestamp())


def older_than(instant):
    """How many of the intervals began before it: their anchor."""
    return sum(start // 300 * 300 < instant // 300 * 300 for start in STARTS)


def age(days):
    """The anchor that age alone allows, which moves while the test runs, at the most by one."""
    return (older_than(NOW - days * DAY), older_than(NOW + 3600 - days * DAY))


def site(live=True, **keys):
    made = livesite.LiveSite({"t": "dpdk:net_null0,size=64" if live else "pcap:t.pcap"}, interval="300s", **keys)
    text = "".join(f"interval m {n} {rfc3339(start)} {rfc3339(start + 300)} 300000 live {DIGEST}\n"
                   f"tap t {n + 1} {64 * n + 100} 1 100 0 0 0\nrecord l p p-l ingress europe default ipv4 {n} {64 * n} {46 * n}\n"
                   for n, start in enumerate(STARTS, 1))
    subprocess.run([os.environ["MAKE_JOURNAL"], made.folder / "m.db", "m", "300"], input=text.encode(), check=True)
    return made


def anchor(s):
    return s.ask("status")["journal"]["anchor"]


def rewrite(s, **more):
    s.file.write_text(yamlfile.dump(dict(s.config, **more)))


def verified(s, at, *more):
    """verify names the first interval and the hash that it builds on."""
    with sqlite3.connect(s.folder / "m.db") as db:
        ((seq, chain),) = db.execute("SELECT seq, lower(hex(chain)) FROM anchor").fetchall()
        assert seq in at, (seq, at)
    status, out, err = s.ctl("verify", "--format", "text", *more)
    assert status == 0 and not err and f"from seq {seq + 1}, anchored at {chain}, chain head " in out, (out, err)


def by_age_alone():
    with site() as s:
        s.start()
        s.until(lambda: anchor(s) in age(400), "the default age holds")
        assert s.ask("status")["journal"]["keeps_more"] == ""
        s.stop()
        verified(s, age(400))
        s.start()  # and goes on behind the anchor
        s.stop()
        verified(s, age(400))


def quarters_without_contracts():
    with site(journal_age="30d") as s:
        s.start()
        since = first_of_month((first_of_month(0).month - 1) % 3 + 3)
        want = older_than(seconds(since) - DAY)
        s.until(lambda: anchor(s) == want, f"all is kept from a day before {since}")
        assert "this quarter and the one before" in s.ask("status")["journal"]["keeps_more"]
        s.stop()
        verified(s, [want])


CONTRACT = """contracts:
  - id: c-1
    partner: p
    valid: {from: %s, to: 2099-01-01}
    period: month
    currency: USD
    lines:
      - {name: port, type: flat, amount: "1.00"}
"""


def an_open_statement():
    """What is open stays, whatever its age; each closing lets a month go."""
    months = [first_of_month(n) for n in (6, 5, 4)]
    with site(journal_age="60d", contracts="contracts.yaml") as s:
        (s.folder / "contracts.yaml").write_text("contracts: none\n")
        s.start()
        s.until(lambda: "contracts.yaml:1: " in s.ask("status")["journal"]["keeps_more"], "it cannot be read")
        assert anchor(s) == 0
        s.stop()
        (s.folder / "contracts.yaml").write_text(CONTRACT % months[0])
        for month, following in zip(months, months[1:]):
            s.start()
            open_one = f"contract c-1: {month:%Y-%m} is not closed"
            s.until(lambda: s.ask("status")["journal"]["keeps_more"] == open_one, open_one)
            s.until(lambda: anchor(s) == older_than(seconds(month)), f"all is kept from {month} on")
            s.stop()
            code, out, err = s.ctl("settle", "--contracts", str(s.folder / "contracts.yaml"), "--contract", "c-1", "--period",
                                   f"{month:%Y-%m}", "--format", "json", "--close")
            assert code == 0, err
            s.start()
            s.until(lambda: anchor(s) == older_than(seconds(following)), f"{month} is closed: it goes")
            s.stop()
        verified(s, [older_than(seconds(months[2]))])


def what_redis_lacks():
    server = redisserver.Server()
    with site(journal_age="400d", redis={"servers": [f"unix:{server.socket}"]}) as s:
        s.start()
        s.until(lambda: "not known what Redis has" in s.ask("status")["journal"]["keeps_more"], "Redis is not there")
        assert anchor(s) == 0
        s.stop()
        with server:
            s.start()
            s.until(lambda: anchor(s) in age(400), "Redis has it: it goes")
            assert s.ask("status")["redis"]["state"] == "level"
            server.cli("FLUSHALL")
            s.stop()
            s.start()
            s.until(lambda: s.ask("status")["redis"]["state"] == "level", "what is left is in Redis again")
            s.stop()
            verified(s, age(400))
            verified(s, age(400), "--redis")
            journal, there = s.read("records"), s.read("records", "--redis")
            assert journal == there and journal[0]["seq"] > 50
            assert s.read("usage") == s.read("usage", "--redis")


def a_replay_at_its_end():
    s = site(live=False)
    s.write({})
    s.run()
    verified(s, age(400))


if __name__ == "__main__":
    for part in (by_age_alone, quarters_without_contracts, an_open_statement, what_redis_lacks, a_replay_at_its_end):
        with report.part(part.__name__.replace("_", " ")):
            part()
    report.done()
