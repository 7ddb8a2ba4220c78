#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
A running meter, frames coming in at full speed, while the way to Redis is slow or Redis refuses to write: intervals are
cut on time, status tells why and how far behind Redis is, and when the fault ends all of it arrives by itself.
"""
import contextlib
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import redisserver  # noqa: E402
import report  # noqa: E402
from livesite import LiveSite  # noqa: E402
from slowlink import SlowLink  # noqa: E402

CURSOR = "transit:{m}:cursor"
BEHIND = 4  # intervals of a second


def status(site):
    return site.ask("status")


def level(site):
    return status(site)["redis"]["state"] == "level"


def started(port):
    site = LiveSite({"t": "dpdk:net_null0,size=64"}, redis={"servers": [f"127.0.0.1:{port}"]},
                    peerings=[{"name": "p-l", "partner": "p", "link": "l", "vlan": "untagged"}])
    site.start()
    site.until(lambda: status(site)["journal"]["seq"] > 1 and level(site), "two intervals are in Redis")
    return site


def behind(site, reason):
    """Until Redis lacks some intervals, for that reason; then status says all of it, in words too."""
    def told():
        now = status(site)
        redis = now["redis"]
        return redis["lag"] >= BEHIND and reason in redis["reason"] and now
    now = site.until(told, f"{reason}, and {BEHIND} intervals behind")
    redis = now["redis"]
    assert redis["lag_seconds"] == redis["lag"], redis  # an interval is a second
    assert now["status"] == "unhealthy" and any("intervals behind" in r for r in now["reasons"]), now
    assert now["journal"]["accepts"] and now["journal"]["seq"] == redis["cursor"] + redis["lag"], now
    code, out, err = site.ctl("status", "--format", "text")
    assert code == 1 and not err and "intervals behind" in out and reason in out, (code, out, err)


def same(site):
    """The one check that every fault ends with. Also: every second was cut, whole and once."""
    caught = status(site)["journal"]["seq"] + 2
    site.until(lambda: level(site) and status(site)["redis"]["cursor"] >= caught, "level again, and further")
    assert status(site)["redis"]["lag_seconds"] <= 1
    site.stop()
    for more in ((), ("--redis",)):
        code, out, err = site.ctl("verify", "--format", "text", *more)
        assert code == 0 and ": ok: " in out, (out, err)
    for command in "records", "intervals", "usage":
        ours, theirs = (site.ctl(command, "--format", "json", *more) for more in ((), ("--redis",)))
        assert ours[0] == 0 and ours[1] and ours == theirs, command
    with sqlite3.connect(site.folder / "m.db") as db:
        rows = db.execute("SELECT seq, start, covered_ms FROM interval ORDER BY seq").fetchall()
    first = rows[0][1]
    assert [(seq, start) for seq, start, _ in rows] == [(n + 1, first + n) for n in range(len(rows))], rows
    assert all(covered == 1000 for _, _, covered in rows[1:-1]), rows


@contextlib.contextmanager
def linked():
    """A meter, a server, and the link between them."""
    with redisserver.Server(port=redisserver.free_port()) as server, SlowLink(server.port) as link, \
            started(link.port) as site:
        yield site, link


def a_link_with_a_delay():
    """0.6 s there and back: steps are sent ahead of their answers, so it costs time and no throughput."""
    with linked() as (site, link):
        link.delay = 0.3
        site.until(lambda: status(site)["redis"]["lag"] > 0, "the delay shows")
        here = status(site)["redis"]["cursor"]
        site.until(lambda: status(site)["redis"]["cursor"] >= here + 5, "intervals arrive all the same")
        same(site)  # with the delay


def a_link_that_stalls():
    with linked() as (site, link):
        link.delay = 3600
        behind(site, "no reply in time")
        link.delay = 0
        same(site)


def a_link_that_is_too_narrow():
    """Nothing is wrong but its width: Redis falls behind and says so, and comes level when there is room."""
    with linked() as (site, link):
        link.rate = 300
        behind(site, "")
        link.rate = 0
        same(site)


def redis_cannot_save_and_so_refuses():
    """MISCONF: the folder of its dump is gone, and stop-writes-on-bgsave-error is the default."""
    with redisserver.Server("--save", "3600 1", "--enable-protected-configs", "yes",
                            port=redisserver.free_port()) as server:
        dump, other = server.folder / "dump", server.folder / "other"
        dump.mkdir()
        other.mkdir()
        server.cli("CONFIG", "SET", "dir", str(dump))
        with started(server.port) as site:
            dump.rmdir()
            server.cli("BGSAVE")
            site.until(lambda: "rdb_last_bgsave_status:err" in server.cli("INFO", "persistence"), "the save fails")
            behind(site, "MISCONF")
            held = server.cli("HGET", CURSOR, "seq")
            assert held == str(status(site)["redis"]["cursor"])  # and nothing half-written
            server.cli("CONFIG", "SET", "dir", str(other))
            server.cli("BGSAVE")
            same(site)


if __name__ == "__main__":
    for part in (a_link_with_a_delay, a_link_that_stalls, a_link_that_is_too_narrow, redis_cannot_save_and_so_refuses):
        with report.part(part.__name__.replace("_", " ")):
            part()
    report.done()
