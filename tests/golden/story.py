# SPDX-License-Identifier: BSD-3-Clause
"""A golden case as a story: frames of several taps at chosen times, and all of the output as text.

    1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
      tap in 2 120 0 0 0 0
      all ingress unrouted default ipv4 2 120 92

An interval is SEQ START END; below it each tap (NAME PACKETS L2_BYTES UNKNOWN_PACKETS UNKNOWN_L2_BYTES
MALFORMED LATE; nothing is missed from a capture) and each record (PEERING DIRECTION CLASS COS FAMILY
PACKETS L2_BYTES L3_BYTES). A tap that is not listed delivered nothing.
"""
from collections import namedtuple

# captures: {tap: [(nanoseconds since 1970, Frame)]}; writer: how they become files; text: the output.
Story = namedtuple("Story", "name config prefixes captures writer text")

TAP_COLUMNS = ("packets", "l2_bytes", "unknown_packets", "unknown_l2_bytes", "malformed", "late")


def expected(story):
    names = [tap["name"] for link in story.config["links"] for tap in link["taps"]]
    peerings = {p["name"]: p for p in story.config["peerings"]}
    records, intervals = [], []
    for line in story.text.strip().splitlines():
        words = line.split()
        if words[0].isdigit():
            head = {"meter": story.config["meter"], "seq": int(words[0]), "start": words[1], "end": words[2]}
            taps = {n: dict({"name": n, "missed": 0}, **dict.fromkeys(TAP_COLUMNS, 0)) for n in names}
            intervals.append(dict(head, taps=list(taps.values())))
        elif words[0] == "tap":
            taps[words[1]].update(zip(TAP_COLUMNS, map(int, words[2:]), strict=True))
        else:
            peering, direction, klass, cos, family, packets, l2_bytes, l3_bytes = words
            records.append(dict(
                head, link=peerings[peering]["link"], partner=peerings[peering]["partner"], peering=peering,
                direction=direction, **{"class": klass}, cos=cos, family=family, packets=int(packets),
                l2_bytes=int(l2_bytes), l3_bytes=int(l3_bytes)))
    return records, intervals
