# SPDX-License-Identifier: BSD-3-Clause
"""Contract 2.6: the class of service, by the six upper bits of the TOS or traffic class byte."""
from frames import frame, ip4, ip6, mpls, raw, tag
from table import Table, config

LISTED = config([("all", None, None)], cos=[("realtime", [46, 40]), ("bulk", [8]), ("top", [63])])
ZERO = config([("all", None, None)], cos=[("standard", [0, 1]), ("realtime", [46])])
NONE = config([("all", None, None)])


def v4(cos):
    return f"all ingress unrouted {cos} ipv4 60 46"


def v6(cos):
    return f"all ingress unrouted {cos} ipv6 74 60"


TABLES = [
    Table("cos/listed and not listed", LISTED, [], [
        ("TOS 0", "in", frame(ip4(tos=0), wire=60), v4("default")),
        ("TOS 0xb8 is DSCP 46", "in", frame(ip4(tos=0xB8), wire=60), v4("realtime")),
        ("ECN bits are no part of it: 0xb9", "in", frame(ip4(tos=0xB9), wire=60), v4("realtime")),
        ("ECN bits are no part of it: 0xbb", "in", frame(ip4(tos=0xBB), wire=60), v4("realtime")),
        ("TOS 0xb7 is DSCP 45", "in", frame(ip4(tos=0xB7), wire=60), v4("default")),
        ("TOS 0xbc is DSCP 47", "in", frame(ip4(tos=0xBC), wire=60), v4("default")),
        ("TOS 0x2e is DSCP 11, not 46", "in", frame(ip4(tos=0x2E), wire=60), v4("default")),
        ("TOS 0xa0 is DSCP 40", "in", frame(ip4(tos=0xA0), wire=60), v4("realtime")),
        ("TOS 0x20 is DSCP 8", "in", frame(ip4(tos=0x20), wire=60), v4("bulk")),
        ("TOS 0xfc is DSCP 63", "in", frame(ip4(tos=0xFC), wire=60), v4("top")),
        ("TOS 0x03 is DSCP 0", "in", frame(ip4(tos=0x03), wire=60), v4("default")),
        ("traffic class 0", "in", frame(ip6(payload=20), wire=74), v6("default")),
        ("traffic class 0xb8", "in", frame(ip6(payload=20, tclass=0xB8), wire=74), v6("realtime")),
        ("traffic class 0xbb", "in", frame(ip6(payload=20, tclass=0xBB), wire=74), v6("realtime")),
        ("traffic class 0x20", "in", frame(ip6(payload=20, tclass=0x20), wire=74), v6("bulk")),
        ("traffic class 0x0b", "in", frame(ip6(payload=20, tclass=0x0B), wire=74), v6("default")),
        ("traffic class 0xff", "in", frame(ip6(payload=20, tclass=0xFF), wire=74), v6("top")),
        ("not IP", "in", frame(raw(0x0806), wire=60), "all ingress non-ip default other 60 0"),
        ("an unreadable header has no DSCP", "in", frame(ip4(tos=0xB8, ihl=4), wire=60),
         "all ingress non-ip default other 60 0 malformed"),
        ("the tag's PCP is not it", "in", frame(tag(1, pcp=5), ip4(), wire=64),
         "all ingress unrouted default ipv4 64 46"),
        ("the label's bits are not it", "in", frame(mpls(16), ip4(tos=0xB8), wire=64),
         "all ingress unrouted realtime ipv4 64 46"),
    ]),
    Table("cos/DSCP 0 can be listed", ZERO, [], [
        ("TOS 0", "in", frame(ip4(tos=0), wire=60), v4("standard")),
        ("TOS 0x04 is DSCP 1", "in", frame(ip4(tos=4), wire=60), v4("standard")),
        ("TOS 0x08 is DSCP 2", "in", frame(ip4(tos=8), wire=60), v4("default")),
        ("traffic class 0", "in", frame(ip6(payload=20), wire=74), v6("standard")),
        ("not IP is default all the same", "in", frame(raw(0x0806), wire=60),
         "all ingress non-ip default other 60 0"),
        ("an unreadable header is default all the same", "in", frame(ip4(ihl=4), wire=60),
         "all ingress non-ip default other 60 0 malformed"),
    ]),
    Table("cos/no list", NONE, [], [
        ("TOS 0xb8", "in", frame(ip4(tos=0xB8), wire=60), v4("default")),
        ("traffic class 0xb8", "in", frame(ip6(payload=20, tclass=0xB8), wire=74), v6("default")),
    ]),
]
