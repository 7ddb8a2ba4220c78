# SPDX-License-Identifier: BSD-3-Clause
"""Contract 2.1: which length counts, and the frame that is too short to be one."""
from frames import Frame, frame, ip4, raw
from table import Table, config

ALL = config([("all", None, None)])
SHORT = frame(ip4(), wire=60).data

TABLES = [
    Table("length/the wire counts", ALL, [], [
        ("a whole frame", "in", frame(ip4(total=46), wire=60),
         "all ingress unrouted default ipv4 60 46"),
        ("the original length counts, not the captured one", "in", frame(ip4(total=1486), wire=1500, cap=60),
         "all ingress unrouted default ipv4 1500 1486"),
        ("a jumbo frame", "in", frame(ip4(total=9004), wire=9018, cap=96),
         "all ingress unrouted default ipv4 9018 9004"),
        ("longer than a 16-bit length can say", "in", frame(raw(0x88B5), wire=70000, cap=64),
         "all ingress non-ip default other 70000 0"),
        ("no padding is made up: a 34-byte frame", "in", frame(ip4(total=20), wire=34),
         "all ingress unrouted default ipv4 34 20"),
        ("captured bytes beyond the wire length do not exist", "in", Frame(SHORT, 46),
         "all ingress non-ip default other 46 0 malformed"),
    ]),
    Table("length/fewer than 14 captured bytes", ALL, [], [
        ("14 of 60", "in", frame(raw(0x0806), wire=60, cap=14),
         "all ingress non-ip default other 60 0"),
        ("14 of 14", "in", frame(raw(0x0806), wire=14),
         "all ingress non-ip default other 14 0"),
        ("13 of 60", "in", frame(ip4(), wire=60, cap=13), "unknown 60 malformed"),
        ("13 of 13", "in", frame(raw(0x0806), wire=13), "unknown 13 malformed"),
        ("12: two MACs and no ethertype", "in", frame(raw(0x0806), wire=60, cap=12), "unknown 60 malformed"),
        ("1 of 1", "in", frame(raw(0x0806), wire=1), "unknown 1 malformed"),
        ("0 of 60", "in", frame(raw(0x0806), wire=60, cap=0), "unknown 60 malformed"),
        ("60 captured of a 13-byte frame", "in", Frame(SHORT, 13), "unknown 13 malformed"),
        ("on an egress tap", "out", frame(ip4(), wire=60, cap=13), "unknown 60 malformed"),
        ("on a by-mac tap", "both", frame(ip4(), wire=60, cap=13), "unknown 60 malformed"),
    ]),
]
