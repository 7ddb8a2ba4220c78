#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a meter says of itself over HTTP: valid OpenMetrics, silent promtool, the list in docs/metrics.md, and the journal's
own numbers when a real Prometheus has scraped them. `test_metrics.py --print` prints the list's rows."""
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

from scraped import DESCRIPTION, LINK, PARTIAL, TOKEN, Site, prometheus, running

import openmetrics
import redisserver
import report
import yamlfile

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "metrics.md"
OPEN, CLASSIC = "application/openmetrics-text; version=1.0.0; charset=utf-8", "text/plain; version=0.0.4; charset=utf-8"
SIDE = ("link", "partner", "peering", "direction", "class")


def ask(site, path, token=TOKEN, **headers):
    """(status, media type, text)"""
    request = urllib.request.Request(f"http://127.0.0.1:{site.port}{path}", headers=headers)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, reply.headers["Content-Type"], reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def families(site):
    return openmetrics.parse(ask(site, "/metrics", Accept=OPEN)[2])


def endpoints(site):
    for path, token, status in (("/metrics", None, 401), ("/metrics", "x" * 20, 401), ("/metrics", PARTIAL, 403),
                                ("/metrics", TOKEN, 200), ("/health", None, 200), ("/ready", None, 200), ("/", TOKEN, 404)):
        assert ask(site, path, token)[0] == status, (path, token, ask(site, path, token))
    assert json.loads(ask(site, "/ready", None)[2]) == {"status": "ready", "reasons": []}
    for accept, kind in ((None, CLASSIC), ("*/*", CLASSIC), ("text/plain", CLASSIC), ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", CLASSIC),
                         ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", OPEN),
                         ("application/openmetrics-text;q=0.1,text/plain;q=0.2", CLASSIC)):
        headers = {"Accept": accept} if accept else {}
        got = ask(site, "/metrics", **headers)
        assert got[1] == kind, (accept, got[1])
        assert got[2].endswith("# EOF\n") == (kind == OPEN), accept


def lint(site):
    text = ask(site, "/metrics")[2]
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done


def rows(site):
    """The list of docs/metrics.md, as it should be."""
    for f in families(site).values():
        (name, labels), _ = next(iter(f.samples.items()))
        names = ", ".join(f"`{key}`" for key, _ in labels if key != "meter")
        yield re.sub(" +", " ", f"| `{name}` | {f.type} | {f.unit or ''} | {names} | {f.help} |")


def document(site):
    wanted = set(rows(site))
    text = DOCUMENT.read_text()
    have = {line for line in text.splitlines() if line.startswith("| `transitd_")}
    assert have == wanted, "docs/metrics.md differs:\n" + "\n".join(sorted(have ^ wanted))
    for family in families(site).values():
        for _, labels in family.samples:
            assert labels[0] == ("meter", "m"), (family.name, labels)


def words(site):
    """Descriptions are any text, and come back as they are."""
    info = families(site)["transitd_link"].samples
    assert ("transitd_link_info", (("meter", "m"), ("link", LINK), ("description", DESCRIPTION))) in info, info
    capacity = families(site)["transitd_link_capacity_bytes_per_second"].samples
    assert list(capacity.values()) == ["1250000000"], capacity


def records(site):
    """{(link, partner, peering, direction, class): Counter of packets and bytes} and {tap: Counter}, of the journal."""
    sides, taps = {}, {}
    for line in site.ctl("records", "--format", "json")[1].splitlines():
        r = json.loads(line)
        sides.setdefault(tuple(r[k] for k in SIDE), Counter()).update({k: r[k] for k in ("packets", "l2_bytes", "l3_bytes")})
    for line in site.ctl("intervals", "--format", "json")[1].splitlines():
        for tap in json.loads(line)["taps"]:
            taps.setdefault(tap.pop("name"), Counter()).update(tap)
    return sides, taps


def same_as_journal(site, prom):
    sides, taps = records(site)
    assert len(sides) > 6 and all(c["unknown_packets"] and c["malformed"] for c in taps.values()), (sides, taps)
    for figure in ("packets", "l2_bytes", "l3_bytes"):
        got = {tuple(labels[k] for k in SIDE): int(value) for labels, value in prom.query(f"transitd_{figure}_total")}
        assert got == {side: c[figure] for side, c in sides.items()}, (figure, got)
    names = {"packets": "packets", "l2_bytes": "l2_bytes", "unknown_packets": "unknown_packets", "missed": "missed_packets",
             "unknown_l2_bytes": "unknown_l2_bytes", "malformed": "malformed_packets", "late": "late_packets"}
    for figure, name in names.items():
        got = {labels["tap"]: int(value) for labels, value in prom.query(f"transitd_tap_{name}_total")}
        assert got == {tap: c[figure] for tap, c in taps.items()}, (figure, got)
    assert prom.query("sum(transitd_packets_total) + sum(transitd_tap_unknown_packets_total) - sum(transitd_tap_packets_total)")[0][1] == "0"


def only_up(site, prom):
    """Counters that Prometheus has seen so far never went backwards."""
    for name, family in families(site).items():
        if family.type == "counter":
            for labels, value in prom.query(f"resets({name}_total[10m])"):
                assert value == "0", (name, labels, value)


def state(site, prom):
    # Units are known of OpenMetrics alone: that is what Prometheus has asked for.
    meta = json.loads(prom.get("/api/v1/metadata", metric="transitd_packets"))["data"]["transitd_packets"]
    assert [(m["type"], m["unit"]) for m in meta] == [("counter", "packets")], meta
    assert [v for _, v in prom.query("transitd_ready")] == ["1"]
    assert [labels["state"] for labels, v in prom.query("transitd_redis_state == 1")] == ["level"]
    assert [v for _, v in prom.query("transitd_redis_waiting_intervals < 3")], "Redis lags"
    status = site.ask("status")
    assert prom.query("transitd_config_info")[0][0]["digest"] == status["config"]
    assert 0 < float(prom.query("transitd_interval_lag_seconds")[0][1]) < 60
    assert 0 < float(prom.query("transitd_covered_seconds_total / transitd_spanned_seconds_total")[0][1]) <= 1
    assert {labels["family"]: v for labels, v in prom.query("transitd_prefixes")} == {"ipv4": "2", "ipv6": "1"}
    age = float(prom.query("time() - transitd_prefix_file_timestamp_seconds")[0][1])
    assert 0 <= age < 600, age
    assert {labels["peering"] for labels, _ in prom.query("transitd_peering_info unless on (peering) transitd_packets_total")} == {"silent-tb"}


def reload(site):
    """A new configuration changes what is said of it, and resets no counter; a peering that is gone keeps what it counted."""
    before = families(site)
    kept = [p for p in site.config["peerings"] if p["name"] == "turkmentelecom-tb"]
    site.file.write_text(yamlfile.dump(dict(site.config, peerings=kept, classes=[*site.config["classes"], {"name": "oceania"}])))
    assert site.ctl("reload")[0] == 0
    site.until(lambda: families(site)["transitd_intervals"].samples != before["transitd_intervals"].samples, "an interval")
    after = families(site)
    assert after["transitd_config"].samples.keys() != before["transitd_config"].samples.keys()
    assert [dict(labels)["peering"] for _, labels in after["transitd_peering"].samples] == ["turkmentelecom-tb"]
    for name, family in before.items():
        for key, value in family.samples.items() if family.type == "counter" else ():
            assert float(after[name].samples[key]) >= float(value), (key, value, after[name].samples[key])
    assert after["transitd_packets"].samples == before["transitd_packets"].samples


def trouble(site, redis):
    """A Redis that is gone shows, with its reason; the meter is ready all the same."""
    redis.stop()

    def gone():
        states = families(site)["transitd_redis_state"].samples
        return [dict(k[1])["state"] for k, v in states.items() if v == "1"] != ["level"]
    site.until(gone, "the metrics tell that Redis is gone")
    reason = next(iter(families(site)["transitd_redis"].samples))
    assert dict(reason[1])["reason"], reason
    assert ask(site, "/ready")[0] == 200
    redis.start()
    site.until(lambda: not gone(), "Redis is level again")


def bad_tokens():
    """Nothing is counted with tokens that cannot be used."""
    with redisserver.Server() as redis, Site(redis, redisserver.free_port(), frames=1) as site:
        (site.folder / "tokens").write_text("prometheus short\n")
        assert "tokens:1: not a token" in site.run(status=2)
        (site.folder / "tokens").unlink()
        assert "No such file" in site.run(status=1)
        assert not (site.folder / "m.db").exists()


def main():
    with running() as (site, redis):
        if "--print" in sys.argv:
            print("\n".join(rows(site)))
            return
        for part in (endpoints, lint, document, words):
            with report.part(part.__name__):
                part(site)
        with prometheus(site) as prom:
            for part in (same_as_journal, state, only_up):
                with report.part(part.__name__.replace("_", " ")):
                    part(site, prom)
        with report.part("reload"):
            reload(site)
        with report.part("trouble"):
            trouble(site, redis)
    with report.part("bad tokens"):
        bad_tokens()
    report.done()


if __name__ == "__main__":
    main()
