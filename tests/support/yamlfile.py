# SPDX-License-Identifier: BSD-3-Clause
"""The YAML that the project's configurations use: written from dicts, and read back without a library.

Read: mappings and lists by indentation, flow {...} and [...] on one line or several, plain and quoted
scalars, comments. Every scalar stays text but for whole numbers, so `100.20` is the text "100.20".
"""
import re

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*\Z")


def scalar(value):
    text = str(value)
    return text if PLAIN.match(text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return scalar(value)


def dump(value, indent=0):
    """Block style; what holds no further dict or list inside a list is written as flow on its line."""
    pad = "  " * indent
    out = []
    for key, item in value.items():
        if isinstance(item, dict) and item:
            out.append(f"{pad}{key}:\n{dump(item, indent + 1)}")
        elif isinstance(item, list) and any(isinstance(i, dict) for i in item):
            out.append(f"{pad}{key}:\n")
            for i in item:
                if any(isinstance(v, (dict, list)) for v in i.values()):
                    body = dump(i, indent + 2)
                    out.append(f"{pad}  - {body.lstrip()}")
                else:
                    out.append(f"{pad}  - {flow(i)}\n")
        else:
            out.append(f"{pad}{key}: {flow(item)}\n")
    return "".join(out)


# ---- reading --------------------------------------------------------------------------------------

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'|[{}\[\],]|:(?=\s|$)|[^\s{}\[\],:"\'][^{}\[\],]*?(?=\s*(?:[{}\[\],]|:\s|:$|$))')


def strip_comment(line):
    quote = None
    for i, c in enumerate(line):
        if quote:
            quote = None if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c == "#" and (i == 0 or line[i - 1] in " \t"):
            return line[:i].rstrip()
    return line.rstrip()


def value_of(token):
    if token[:1] in "\"'":
        return token[1:-1]
    return int(token) if re.fullmatch(r"0|[1-9][0-9]*", token) else token


def read_flow(text):
    tokens = TOKEN.findall(text)
    value, rest = _flow(tokens)
    if rest:
        raise ValueError(f"cannot read: {text}")
    return value


def _flow(tokens):
    if tokens[0] == "[":
        items, tokens = [], tokens[1:]
        while tokens[0] != "]":
            item, tokens = _flow(tokens)
            items.append(item)
            tokens = tokens[1:] if tokens[0] == "," else tokens
        return items, tokens[1:]
    if tokens[0] == "{":
        items, tokens = {}, tokens[1:]
        while tokens[0] != "}":
            key, colon, tokens = value_of(tokens[0]), tokens[1], tokens[2:]
            if colon != ":":
                raise ValueError(f"no colon after {key}")
            items[key], tokens = _flow(tokens)
            tokens = tokens[1:] if tokens[0] == "," else tokens
        return items, tokens[1:]
    return value_of(tokens[0]), tokens[1:]


def lines_of(text):
    """(indent, line) with comments gone and open brackets joined with the lines that close them."""
    out, pending = [], ""
    for line in text.splitlines():
        line = strip_comment(line)
        if not line.strip() or line.strip() in ("---", "..."):
            continue
        pending = f"{pending} {line.strip()}" if pending else line
        bare = re.sub(r'"[^"]*"|\'[^\']*\'', "", pending)
        if sum(bare.count(c) for c in "[{") <= sum(bare.count(c) for c in "]}"):
            out.append((len(pending) - len(pending.lstrip()), pending.strip()))
            pending = ""
    return out


def load(text):
    lines = lines_of(text)
    value, rest = _block(lines, lines[0][0])
    if rest:
        raise ValueError(f"cannot read: {rest[0][1]}")
    return value


def _block(lines, indent):
    return _list(lines, indent) if lines[0][1].startswith("- ") else _map(lines, indent)


def _list(lines, indent):
    items = []
    while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
        text = lines[0][1][2:].lstrip()
        inner = indent + len(lines[0][1]) - len(text)
        if re.match(r"[a-z_]+:(\s|$)", text):
            item, lines = _map([(inner, text)] + lines[1:], inner)
        else:
            item, lines = read_flow(text), lines[1:]
        items.append(item)
    return items, lines


def _map(lines, indent):
    items = {}
    while lines and lines[0][0] == indent and not lines[0][1].startswith("- "):
        key, _, text = lines[0][1].partition(":")
        lines = lines[1:]
        if text.strip():
            items[key] = read_flow(text.strip()) if text.strip()[0] in "{[\"'" else value_of(text.strip())
        elif lines and (lines[0][0] > indent or (lines[0][0] == indent and lines[0][1].startswith("- "))):
            items[key], lines = _block(lines, lines[0][0])
        else:
            items[key] = None
    return items, lines
