#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every query of every dashboard in config/grafana finds something: in a real Prometheus that has scraped a real meter, and
in the real Redis that the meter feeds. And their form: units, bands, nothing over another, data sources that are provisioned."""
import json
import re
import shlex
from itertools import combinations
from pathlib import Path

from scraped import prometheus, running

import report

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"
BOARDS = {path.name: json.loads(path.read_text()) for path in sorted((CONFIG / "grafana" / "dashboards").glob("*.json"))}
KINDS = {"prometheus", "redis-datasource"}
BANDS = [None, 0.5, 0.7, 0.8]
# What Grafana puts in place of its variables.
VALUES = {"meter": "m", "link": ".*", "partner": ".*", "__rate_interval": "1m", "__range": "1m"}
# The plugin's own commands that take a key, and the words for the server.
COMMANDS = {"hgetall": ("HGETALL",), "hget": ("HGET",), "hkeys": ("HKEYS",), "hlen": ("HLEN",), "xlen": ("XLEN",),
            "xinfoStream": ("XINFO", "STREAM"), "type": ("TYPE",), "info": ("INFO",)}


def fill(text):
    """With the variables' values; one that is not known is a KeyError."""
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda m: VALUES[m[1] or m[2]], text)


def panels(board):
    return [p for p in board["panels"] if p["type"] != "row"]


def targets(kind):
    """[(board, panel, target)] of one kind of data source."""
    found = [(name, panel["title"], target) for name, board in BOARDS.items() for panel in panels(board)
             for target in panel["targets"] if target["datasource"]["type"] == kind]
    assert len(found) > 5, kind
    return found


def overlap(a, b):
    return (a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"])


def form(name, board):
    assert board["uid"] == name.removesuffix(".json") and board["title"] and board["description"], name
    assert board["timezone"] == "utc" and "id" not in board, name
    variables = {v["name"]: v for v in board["templating"]["list"]}
    ids = [p["id"] for p in board["panels"]]
    assert len(set(ids)) == len(ids), f"{name}: ids repeat"
    for a, b in combinations(board["panels"], 2):
        assert not overlap(a["gridPos"], b["gridPos"]), (name, a["title"], b["title"])
    for panel in panels(board):
        defaults, source = panel["fieldConfig"]["defaults"], panel["datasource"]
        assert panel["title"] and panel["description"] and defaults["unit"] and panel["targets"], (name, panel["title"])
        assert source["type"] in KINDS and variables[source["uid"].strip("${}")]["query"] == source["type"], (name, panel["title"])
        refs = [t["refId"] for t in panel["targets"]]
        assert len(set(refs)) == len(refs) and all(t["datasource"] == source for t in panel["targets"]), (name, panel["title"])
        if any("link_utilisation" in t.get("expr", "") for t in panel["targets"]):
            assert [s["value"] for s in defaults["thresholds"]["steps"]] == BANDS, (name, panel["title"])


def provisioned():
    text = (CONFIG / "grafana/provisioning/datasources/transitd.yml").read_text()
    assert set(re.findall(r"^    type: (\S+)", text, re.MULTILINE)) == KINDS, text
    assert "path:" in (CONFIG / "grafana/provisioning/dashboards/transitd.yml").read_text()


def rules(folder):
    """The rules, those of the month evaluated at once."""
    for name in ("rules.yml", "commits.yml"):
        (folder / name).write_text((CONFIG / "prometheus" / name).read_text().replace("interval: 5m", "interval: 1s"))
    return [str(folder / name) for name in ("rules.yml", "commits.yml")]


def expressions():
    """Every expression, those of variables too: (where, expression, a label that its results have)."""
    for name, panel, target in targets("prometheus"):
        yield f"{name}: {panel}", fill(target["expr"]), None
    for name, board in BOARDS.items():
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                expression, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"]).groups()
                assert variable["query"]["query"] == variable["definition"], (name, variable)
                yield f"{name}: ${variable['name']}", fill(expression), label


def in_prometheus(prom):
    """Recorded series come with the rules' next turns; then all there is has to be there."""
    empty = {}

    def all_there():
        empty.clear()
        for where, expression, label in expressions():
            result = prom.query(expression)
            if not result or (label and any(label not in labels for labels, _ in result)):
                empty[where] = expression
            legend_labels(where, result)
        return not empty
    try:
        prom.until(all_there, "every query finds something")
    except AssertionError as error:
        raise AssertionError(f"{error}\n" + "\n".join(f"{where}: {e}" for where, e in empty.items())) from error


def legend_labels(where, result):
    """What a legend names, the results have."""
    for name, panel, target in targets("prometheus"):
        if f"{name}: {panel}" == where and result and target["refId"] == "A":
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert all(label in labels for labels, _ in result), (where, label, result[:2])


def in_redis(redis):
    for name, panel, target in targets("redis-datasource"):
        if target["type"] == "cli":
            words = shlex.split(fill(target["query"]))
        else:
            words = [*COMMANDS[target["command"]],
                     *(fill(target[key]) for key in ("keyName", "field", "section") if target.get(key))]
        reply = redis.cli(*words)
        assert reply and reply != "0" and not reply.startswith("ERR"), (name, panel, words, reply)
        shown = re.findall(r'"names": \["(\w+)"\]', json.dumps([p for p in panels(BOARDS[name]) if p["title"] == panel]))
        assert all(f"{field}:" in reply for field in shown), (name, panel, shown)


def main():
    assert len(BOARDS) == 4, sorted(BOARDS)
    for name, board in BOARDS.items():
        with report.part(f"form of {name}"):
            form(name, board)
    with report.part("data sources are provisioned"):
        provisioned()
    with running(flood=True) as (site, redis):
        with report.part("queries in Redis"):
            in_redis(redis)
        with report.part("queries in Prometheus"), prometheus(site, rule_files=rules(site.folder)) as prom:
            in_prometheus(prom)
    report.done()


if __name__ == "__main__":
    main()
