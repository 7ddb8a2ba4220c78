#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""embed.py NAME=FILE...: prints a C header with each file as a string constant."""
import sys

print("/* Made by embed.py; do not edit. */")
for item in sys.argv[1:]:
    name, path = item.split("=", 1)
    print("static const char %s[] =" % name)
    with open(path) as f:
        for line in f:
            line = line.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"')
            print('\t"%s\\n"' % line)
    print(";")
