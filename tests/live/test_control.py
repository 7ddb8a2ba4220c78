#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""transitctl status and reload, and the socket that they speak to (docs/control.md)."""
import json
import os
import socket
import stat
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import redisserver  # noqa: E402
import report  # noqa: E402
import yamlfile  # noqa: E402
from livesite import LiveSite  # noqa: E402

NULL = {"t": "dpdk:net_null0,size=64"}


def rewrite(site, **more):
    site.file.write_text(yamlfile.dump(dict(site.config, **more)))


def no_meter(site):
    for command in ("status", "reload"):
        code, out, err = site.ctl(command)
        assert (code, out) == (1, "") and "no meter" in err, (command, code, out, err)
    site.start()
    site.kill()  # its socket is still there
    assert "control" in site.left()
    code, out, err = site.ctl("status")
    assert (code, out) == (1, "") and "no meter" in err, (code, out, err)
    site.start()


def status(site):
    site.until(lambda: site.ask("status")["journal"]["seq"] > 1, "two intervals")
    code, out, err = site.ctl("status", "--format", "json")
    reply = json.loads(out)
    assert (code, err) == (0, ""), (code, err)
    assert next(iter(reply)) == "status" and reply["status"] == "ok" and reply["reasons"] == [], reply
    assert list(reply["prefixes"]) == ["ipv4", "ipv6", "changed"] and reply["prefixes"]["ipv4"] == 2, reply
    assert reply["journal"]["accepts"] is True, reply
    assert reply["taps"][0]["packets"] > 0 and reply["workers"][0]["packets"] > 0, reply
    code, out, err = site.ctl("status", "--format", "text")
    assert (code, err) == (0, "") and "meter m: ok" in out and len(out.splitlines()) < 25, (code, out, err)
    assert any(line.split()[:2] == ["l", "t"] for line in out.splitlines()), out
    for want in ("configuration  " + reply["config"], "written 20", " waiting", "redis          not configured", "% busy"):
        assert want in out, out
    assert stat.S_IMODE(os.stat(site.state / "control").st_mode) == 0o660


def command_line(site):
    for words in (["status", "--format", "csv"], ["status", "--redis"], ["reload", "--from", "2026-01-01T00:00:00Z"]):
        code, out, err = site.ctl(*words)
        assert (code, out) == (2, "") and err, (words, code, out, err)


def reload(site):
    before = site.ask("status")["config"]
    rewrite(site, classes=[{"name": "asia"}, {"name": "europe"}, {"name": "oceania"}])
    code, out, err = site.ctl("reload", "--format", "json")
    reply = json.loads(out)
    assert (code, reply["status"], err) == (0, "ok", "") and reply["config"] != before, (code, out, err)
    assert site.ask("status")["config"] == reply["config"]
    refused = {"interval": {"interval": "2s"}, "redis": {"redis": {"servers": ["127.0.0.1:1"]}},
               "dpdk": {"dpdk": {"buffers": 9000}}, "meter.yaml:": {"peerings": [{"name": "x"}]},
               "taps": {"links": [{"name": "l", "taps": [{"name": "t", "source": "dpdk:net_null1",
                                                          "direction": "ingress"}]}]}}
    for why, change in refused.items():
        rewrite(site, **change)
        code, out, err = site.ctl("reload", "--format", "text")
        assert (code, out) == (2, "") and why in err, (why, code, out, err)
        assert site.ask("status")["config"] == reply["config"], why
    rewrite(site)
    assert site.ctl("reload")[0] == 0 and site.ask("status")["config"] == before


def strange_clients(site):
    """Who hangs up, says nothing, too much or nonsense harms nobody, at the meter's end neither."""
    path, clients = str(site.state / "control"), []
    for said in (b"", b"stat", b"x" * 100000, b"status\nstatus\n", b"\0\n"):
        client = socket.socket(socket.AF_UNIX)
        client.connect(path)
        try:
            client.sendall(said)
        except OSError:
            pass
        clients.append(client)
    clients.pop(2).close()
    reply = site.ask("dance")
    assert reply["status"] == "refused" and "reload" in reply["reason"], reply
    site.stop()
    for client in clients:
        client.close()
    assert site.left() == [], site.left()  # the user's own folder stays


def own_folder():
    """A meter that ended well leaves nothing behind; what is not its own it does not touch."""
    with LiveSite(NULL, state=None) as site:
        site.start()
        site.stop()
        assert not site.state.exists(), site.left()
        site.start()
        site.kill()
        assert any(name.startswith("banks-") for name in site.left()), site.left()
        site.start()
        site.stop()
        assert not site.state.exists(), site.left()
        site.state.mkdir()
        (site.state / "1.refused").write_text("")
        site.start()
        site.stop()
        assert site.left() == ["1.refused"], site.left()
        (site.state / "1.refused").unlink()
        site.state.rmdir()


def redis_health():
    with redisserver.Server() as redis, LiveSite(NULL, redis={"servers": [str(redis.socket)]}) as site:
        site.start()
        site.until(lambda: site.ask("status")["redis"]["cursor"] > 0, "Redis holds an interval")
        assert site.ctl("status")[0] == 0, site.ctl("status")
        redis.stop()
        site.until(lambda: site.ask("status")["status"] == "unhealthy", "it is noticed that Redis is gone")
        code, out, _ = site.ctl("status", "--format", "text")
        assert code == 1 and "redis" in out, (code, out)
        redis.start()
        site.until(lambda: site.ctl("status")[0] == 0, "it is well again")
        site.stop()


def main():
    with LiveSite(NULL) as site:
        for part in (no_meter, status, command_line, reload, strange_clients):
            with report.part(part.__name__.replace("_", " ")):
                part(site)
    for part in (own_folder, redis_health):
        with report.part(part.__name__.replace("_", " ")):
            part()
    report.done()


if __name__ == "__main__":
    main()
