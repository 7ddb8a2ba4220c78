# SPDX-License-Identifier: BSD-3-Clause
"""A strict reader of OpenMetrics 1.0 text, for what transitd uses of it: what the specification forbids is an
AssertionError. https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md"""
import re
from collections import namedtuple

Family = namedtuple("Family", "name type unit help samples")  # samples: {(name, ((label, value), ...)): text}

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SUFFIXES = {"counter": {"_total"}, "gauge": {""}, "info": {"_info"}}
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), text)


def labels(text):
    found, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"not labels: {text}"
        found.append((match[1], unescape(match[2])))
        at = match.end()
        assert match[3] == "," or at == len(text), text
    names = [name for name, _ in found]
    assert len(set(names)) == len(names), f"a label twice: {text}"
    return tuple(found)


def parse(text):
    """{family's name: Family}"""
    assert text.endswith("\n# EOF\n"), f"does not end with # EOF: {text[-80:]!r}"
    families, now = {}, None
    for line in text.removesuffix("# EOF\n").splitlines():
        meta = re.fullmatch(rf"# (HELP|TYPE|UNIT) ({NAME}) (.*)", line)
        if meta:
            kind, name, rest = meta.groups()
            if now is None or now["name"] != name:
                assert name not in families, f"{name} is interleaved"
                now = families[name] = {"name": name, "type": None, "unit": None, "help": None, "samples": {}}
            field = kind.lower()
            assert now[field] is None and not now["samples"], f"late or twice: {line}"
            now[field] = rest
            continue
        match = SAMPLE.fullmatch(line)
        assert match, f"not a sample: {line!r}"
        name, inner, value = match.groups()
        assert now and now["type"] in SUFFIXES and now["help"], f"a sample before its TYPE and HELP: {line}"
        assert name in {now["name"] + s for s in SUFFIXES[now["type"]]}, f"{name} is not of {now['name']}, a {now['type']}"
        key = (name, labels(inner or ""))
        assert key not in now["samples"], f"twice: {line}"
        assert float(value) >= 0 or now["type"] == "gauge", line
        assert now["type"] != "info" or value == "1", line
        now["samples"][key] = value
    for family in families.values():
        assert family["samples"], f"{family['name']} has no samples"
        assert family["unit"] is None or family["name"].endswith("_" + family["unit"]), family["name"]
        assert family["type"] != "info" or family["unit"] is None, family["name"]
        names = {tuple(sorted(name for name, _ in key[1])) for key in family["samples"]}
        assert len(names) == 1, f"{family['name']} has samples with different labels: {names}"
    return {name: Family(**family) for name, family in families.items()}
