#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""embed.py NAME=FILE...: prints a C array of the files of the page, so that the program is one file."""
import sys

TYPES = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml",
         "js": "text/javascript; charset=utf-8"}
PLAIN = {c: chr(c) for c in range(32, 127) if chr(c) not in '\\"?'}


def literal(data):
    """Lines of a C string. Octal escapes have three digits, so that no digit after them is taken along."""
    for at in range(0, len(data), 64):
        yield '"' + "".join(PLAIN.get(c) or "\\%03o" % c for c in data[at:at + 64]) + '"'


print("/* Made by embed.py; do not edit. */")
print("static const struct asset assets[] = {")
for item in sys.argv[1:]:
    name, path = item.split("=", 1)
    with open(path, "rb") as f:
        data = f.read()
    # What browsers' tools alone ask for is not here.
    data = b"\n".join(line for line in data.split(b"\n") if not line.startswith((b"//# sourceMappingURL", b"/*# source")))
    print('\t{ "/%s", "%s", %d,' % (name, TYPES[path.rsplit(".", 1)[1]], len(data)))
    print("\n".join("\t\t" + line for line in literal(data)) + " },")
print("};")
