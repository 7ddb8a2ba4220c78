#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""transitd brings captures to Redis, and transitctl says the same from Redis as from the journal."""
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import meter  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4, tag  # noqa: E402
from screen import Screen  # noqa: E402

T0 = 1700000000 * 10**9
PREFIXES = [("198.51.100.0/24", "europe")]
COMMANDS = [
    ("records",), ("intervals",), ("verify",),
    ("records", "--from", "2023-11-14T22:15:00Z", "--to", "2023-11-14T22:21:10Z"),
    ("records", "--from", "2023-11-14T22:15:07Z"),
    ("intervals", "--to", "2023-11-14T22:15:00Z"),
    ("intervals", "--from", "2030-01-01T00:00:00Z"),
]


def config(server):
    return {
        "meter": "redis-1", "interval": "10s", "journal": "redis-1.db", "prefixes": "prefixes.csv",
        "redis": {"servers": [f"unix:{server.socket}"]},
        "links": [{"name": "aktau-sumgait", "taps": [
            {"name": "west", "source": "pcap:west.pcap", "direction": "ingress"},
            {"name": "east", "source": "pcap:east.pcap", "direction": "egress"}]}],
        "partners": [{"name": "azertelecom"}],
        "peerings": [{"name": "azertelecom-as", "partner": "azertelecom", "link": "aktau-sumgait", "vlan": 100}],
        "classes": [{"name": "europe"}],
    }


def packets(count, step):
    return [(T0 + i * step, frame(tag(100 + i % 2), ip4(total=46 + i), wire=64 + i)) for i in range(count)]


def site_of(server):
    site = meter.Site(config(server), PREFIXES)
    site.write({"west": packets(900, 7 * 10**8), "east": packets(700, 9 * 10**8)})
    return site


def ask(site, words, *more):
    done = subprocess.run([meter.program("TRANSITCTL"), "--config", str(site.file), *words, *more],
                          capture_output=True, text=True, timeout=meter.PATIENCE)
    return done.returncode, done.stdout, done.stderr


def check_same(site):
    for words in COMMANDS:
        for form in ("json", "csv", "text"):
            ours, theirs = (ask(site, words, "--format", form, *more) for more in ((), ("--redis",)))
            assert ours[0] == 0, ours
            assert ours == theirs, f"{words} {form}:\n{ours}\nfrom Redis:\n{theirs}"
    assert ask(site, ("records",))[1], "nothing was metered"
    ours, theirs = (ask(site, ("top", "--once"), *more) for more in ((), ("--redis",)))
    assert ours[0] == 0 and ours[1].splitlines()[2:] == theirs[1].splitlines()[2:], (ours, theirs)


def check_replay():
    with redisserver.Server() as server:
        site = site_of(server)
        said = site.run()
        assert not said, said
        check_same(site)


def check_second_run():
    """The journal goes on, and so does Redis."""
    with redisserver.Server() as server:
        site = site_of(server)
        site.run()
        site.run()
        assert int(server.cli("HGET", "transit:{redis-1}:cursor", "seq")) == len(site.read("intervals"))
        check_same(site)


def check_away():
    """No Redis: metered all the same, said once, delivered by the next run."""
    with redisserver.Server() as server:
        site = site_of(server)
        server.stop()
        said = site.run()
        assert "the rest follows from the journal at the next start" in said, said
        assert len(said.splitlines()) == 2, said
        status, out, told = ask(site, ("records", "--redis"))
        assert status == 1 and not out and str(server.socket) in told, (status, out, told)
        server.start()
        site.run()
        check_same(site)


def check_top_while_redis_is_away():
    """The picture says so and stays, and goes on when Redis is back."""
    with redisserver.Server() as server:
        site = site_of(server)
        site.run()
        with Screen([meter.program("TRANSITCTL"), "--config", str(site.file), "top", "--redis"]) as s:
            s.until(lambda: " s to 2023-" in s.lines[0] and "q quit" in s.text(), "the picture")
            before = s.lines[2:]
            server.stop()
            s.until(lambda: "redis-1: cannot be read now" in s.lines[0], "what is wrong")
            assert s.lines[2:] == before and not s.scrolled, s.text()
            server.start()
            site.run()
            s.until(lambda: " s to 2023-" in s.lines[0], "Redis again")
            s.press("q")
            assert s.ended() == 0 and s.is_restored()


def check_all_meters_of_one_server():
    with redisserver.Server() as server:
        site = site_of(server)
        site.run()
        server.cli("SET", "transit:{}:cursor", "no meter")
        server.cli("HSET", "transit:{other}:cursor-of-mine", "a", "b")
        one, every = (ask(site, ("records",), "--redis", *more) for more in ((), ("--all-meters",)))
        assert one == every and one[0] == 0 and one[1], (one, every)


def check_no_meter():
    with redisserver.Server() as server:
        site = site_of(server)
        status, out, told = ask(site, ("records", "--redis"))
        assert status == 1 and not out and "no meter redis-1" in told, (status, out, told)


def check_not_configured():
    with redisserver.Server() as server:
        plain = {k: v for k, v in config(server).items() if k != "redis"}
        status, out, told = ask(meter.Site(plain, PREFIXES), ("records", "--redis"))
        assert status == 2 and not out and "no redis" in told, (status, out, told)


def check_damage():
    """What somebody changed in Redis is found by verify, and it is not verify's own journal that it reads."""
    usage = "transit:{redis-1}:usage:1700000100"
    for words in (["HSET", usage, "azertelecom-as azertelecom aktau-sumgait", "ingress europe default ipv4 1 2 3\n"],
                  ["XDEL", "transit:{redis-1}:stream", "5-0"],
                  ["HSET", "transit:{redis-1}:cursor", "chain", "0" * 64],
                  ["DEL", "transit:{redis-1}:configs"]):
        with redisserver.Server() as server:
            site = site_of(server)
            site.run()
            server.cli(*words)
            status, out, told = ask(site, ("verify", "--redis"), "--format", "json")
            assert status == 1 and '"damaged"' in out, (words, status, out, told)
            assert ask(site, ("verify",))[0] == 0


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    for check in (check_replay, check_second_run, check_away, check_top_while_redis_is_away, check_all_meters_of_one_server, check_no_meter, check_not_configured, check_damage):
        with report.part(check.__name__.removeprefix("check_").replace("_", " ")):
            check()
    report.done()
