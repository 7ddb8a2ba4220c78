# SPDX-License-Identifier: BSD-3-Clause
"""Contract 2.5: the far end, and the class of its longest prefix."""
from frames import frame, ip4, ip6, mpls, raw, tag
from table import Table, config

A = "02:00:5e:10:00:0a"
OURS = "02:00:5e:00:00:01"
NEAR4, NEAR6 = "10.9.9.9", "fd00::9"


def in4(dst, src=NEAR4):
    """From the partner: the far end is `dst`."""
    return frame(ip4(src=src, dst=dst, total=46), src=A, dst=OURS, wire=60)


def out4(src, dst=NEAR4):
    """To the partner: the far end is `src`."""
    return frame(ip4(src=src, dst=dst, total=46), src=OURS, dst=A, wire=60)


def in6(dst, src=NEAR6):
    return frame(ip6(src=src, dst=dst, payload=20), src=A, dst=OURS, wire=74)


def out6(src, dst=NEAR6):
    return frame(ip6(src=src, dst=dst, payload=20), src=OURS, dst=A, wire=74)


def v4(name, direction="ingress"):
    return f"all {direction} {name} default ipv4 60 46"


def v6(name, direction="ingress"):
    return f"all {direction} {name} default ipv6 74 60"


EUROPE = config([("all", None, A)], classes=["europe", "domestic", "host"])
PREFIXES = [("198.51.100.0/24", "europe"), ("198.51.100.128/25", "domestic"), ("198.51.100.200/32", "host"),
            ("198.51.100.0/26", "europe"), ("2001:db8:1::/48", "europe"), ("2001:db8:1:8000::/49", "domestic"),
            ("2001:db8:1:8000::7/128", "host")]

# 203.0.113.255 with prefixes of every length: the address that differs from it first in bit L (counted
# from 0) lies in the prefixes of length 0 to L and no other.
BITS4 = """75.0.113.255 139.0.113.255 235.0.113.255 219.0.113.255 195.0.113.255 207.0.113.255 201.0.113.255
202.0.113.255 203.128.113.255 203.64.113.255 203.32.113.255 203.16.113.255 203.8.113.255 203.4.113.255
203.2.113.255 203.1.113.255 203.0.241.255 203.0.49.255 203.0.81.255 203.0.97.255 203.0.121.255
203.0.117.255 203.0.115.255 203.0.112.255 203.0.113.127 203.0.113.191 203.0.113.223 203.0.113.239
203.0.113.247 203.0.113.251 203.0.113.253 203.0.113.254 203.0.113.255""".split()
EVERY4 = """0.0.0.0/0 128.0.0.0/1 192.0.0.0/2 192.0.0.0/3 192.0.0.0/4 200.0.0.0/5 200.0.0.0/6 202.0.0.0/7
203.0.0.0/8 203.0.0.0/9 203.0.0.0/10 203.0.0.0/11 203.0.0.0/12 203.0.0.0/13 203.0.0.0/14 203.0.0.0/15
203.0.0.0/16 203.0.0.0/17 203.0.64.0/18 203.0.96.0/19 203.0.112.0/20 203.0.112.0/21 203.0.112.0/22
203.0.112.0/23 203.0.113.0/24 203.0.113.128/25 203.0.113.192/26 203.0.113.224/27 203.0.113.240/28
203.0.113.248/29 203.0.113.252/30 203.0.113.254/31 203.0.113.255/32""".split()

# The same for 2001:db8:a5a5:5a5a:c3c3:3c3c:9669:f00f, whose 129 rows are made: bit by bit.
BASE6 = 0x20010DB8A5A55A5AC3C33C3C9669F00F


def text6(number):
    return ":".join(f"{number >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))


EVERY6 = [(f"{text6(BASE6 >> (128 - n) << (128 - n))}/{n}", f"l{n}") for n in range(129)]
BITS6 = [text6(BASE6 ^ (1 << (127 - n)) if n < 128 else BASE6) for n in range(129)]

EVERY_CLASS = config([("all", None, A)], classes=[f"l{n}" for n in range(129)])
HALVES = config([("all", None, A)], classes=["low", "high", "all4", "all6"])

TABLES = [
    Table("class/the far end", EUROPE, PREFIXES, [
        ("ingress: the destination", "in", in4("198.51.100.1", src="198.51.100.130"), v4("europe")),
        ("egress: the source", "out", out4("198.51.100.130", dst="198.51.100.1"), v4("domestic", "egress")),
        ("by-mac, ingress", "both", in4("198.51.100.1", src="198.51.100.130"), v4("europe")),
        ("by-mac, egress", "both", out4("198.51.100.130", dst="198.51.100.1"), v4("domestic", "egress")),
        ("IPv6, ingress", "in", in6("2001:db8:1::1", src="2001:db8:1:8000::1"), v6("europe")),
        ("IPv6, egress", "out", out6("2001:db8:1:8000::1", dst="2001:db8:1::1"), v6("domestic", "egress")),
        ("IPv6, by-mac, egress", "both", out6("2001:db8:1::1"), v6("europe", "egress")),
        ("the near end has a prefix, the far end none, ingress", "in", in4("192.0.2.1", src="198.51.100.1"),
         v4("unrouted")),
        ("the near end has a prefix, the far end none, egress", "out", out4("192.0.2.1", dst="198.51.100.1"),
         v4("unrouted", "egress")),
        ("IPv6, unrouted", "in", in6("2001:db8:2::1", src="2001:db8:1::1"), v6("unrouted")),
        ("behind labels", "in", frame(mpls(16), ip4(dst="198.51.100.130", total=46), src=A, wire=80),
         "all ingress domestic default ipv4 80 46"),
        ("not IP", "in", frame(raw(0x0806), src=A, wire=60), "all ingress non-ip default other 60 0"),
        ("an unreadable header has no address", "in", frame(ip4(dst="198.51.100.1", ihl=4), src=A, wire=60),
         "all ingress non-ip default other 60 0 malformed"),
        ("behind five tags no address is read", "in",
         frame(*[tag(9)] * 5, ip4(dst="198.51.100.1"), src=A, wire=60), "all ingress non-ip default other 60 0"),
    ]),
    Table("class/the longest prefix", EUROPE, PREFIXES, [
        ("the address below the prefix", "in", in4("198.51.99.255"), v4("unrouted")),
        ("its first address", "in", in4("198.51.100.0"), v4("europe")),
        ("the last before the more specific", "in", in4("198.51.100.127"), v4("europe")),
        ("the first of the more specific", "in", in4("198.51.100.128"), v4("domestic")),
        ("below the host", "in", in4("198.51.100.199"), v4("domestic")),
        ("the host", "in", in4("198.51.100.200"), v4("host")),
        ("above the host", "in", in4("198.51.100.201"), v4("domestic")),
        ("its last address", "in", in4("198.51.100.255"), v4("domestic")),
        ("the address above the prefix", "in", in4("198.51.101.0"), v4("unrouted")),
        ("the same class again, more specific", "in", in4("198.51.100.63"), v4("europe")),
        ("0.0.0.0", "in", in4("0.0.0.0"), v4("unrouted")),
        ("255.255.255.255", "in", in4("255.255.255.255"), v4("unrouted")),
        ("IPv6, below", "in", in6("2001:db8:0:ffff:ffff:ffff:ffff:ffff"), v6("unrouted")),
        ("IPv6, first", "in", in6("2001:db8:1::"), v6("europe")),
        ("IPv6, last before the more specific", "in", in6("2001:db8:1:7fff:ffff:ffff:ffff:ffff"), v6("europe")),
        ("IPv6, first of the more specific", "in", in6("2001:db8:1:8000::"), v6("domestic")),
        ("IPv6, the host", "in", in6("2001:db8:1:8000::7"), v6("host")),
        ("IPv6, beside the host", "in", in6("2001:db8:1:8000::6"), v6("domestic")),
        ("IPv6, last", "in", in6("2001:db8:1:ffff:ffff:ffff:ffff:ffff"), v6("domestic")),
        ("IPv6, above", "in", in6("2001:db8:2::"), v6("unrouted")),
        ("::", "in", in6("::"), v6("unrouted")),
        ("all ones", "in", in6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), v6("unrouted")),
        ("an IPv4 address inside IPv6 is an IPv6 address", "in", in6("::ffff:198.51.100.1"), v6("unrouted")),
    ]),
    Table("class/every length of IPv4", EVERY_CLASS, [(p, f"l{n}") for n, p in enumerate(EVERY4)],
          [(f"/{n}", "in", in4(far), v4(f"l{n}")) for n, far in enumerate(BITS4)]
          + [(f"/{n}, egress", "out", out4(far), v4(f"l{n}", "egress")) for n, far in enumerate(BITS4)]),
    Table("class/every length of IPv6", EVERY_CLASS, EVERY6,
          [(f"/{n}", "in", in6(far), v6(f"l{n}")) for n, far in enumerate(BITS6)]),
    Table("class/default routes", HALVES, [("0.0.0.0/0", "all4"), ("::/0", "all6"), ("128.0.0.0/1", "high"),
                                           ("8000::/1", "high")], [
        ("0.0.0.0", "in", in4("0.0.0.0"), v4("all4")),
        ("127.255.255.255", "in", in4("127.255.255.255"), v4("all4")),
        ("128.0.0.0", "in", in4("128.0.0.0"), v4("high")),
        ("255.255.255.255", "in", in4("255.255.255.255"), v4("high")),
        ("::", "in", in6("::"), v6("all6")),
        ("7fff...", "in", in6("7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), v6("all6")),
        ("8000::", "in", in6("8000::"), v6("high")),
        ("ffff...", "in", in6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), v6("high")),
    ]),
    Table("class/a default route of one family is none of the other", HALVES, [("0.0.0.0/0", "all4")], [
        ("IPv4", "in", in4("192.0.2.1"), v4("all4")),
        ("IPv6", "in", in6("2001:db8::1"), v6("unrouted")),
    ]),
    Table("class/and the other way round", HALVES, [("::/0", "all6")], [
        ("IPv4", "in", in4("192.0.2.1"), v4("unrouted")),
        ("IPv6", "in", in6("2001:db8::1"), v6("all6")),
    ]),
    Table("class/no prefix at all", HALVES, [], [
        ("IPv4", "in", in4("192.0.2.1"), v4("unrouted")),
        ("IPv6", "in", in6("2001:db8::1"), v6("unrouted")),
        ("other", "in", frame(raw(0x0806), src=A, wire=60), "all ingress non-ip default other 60 0"),
    ]),
]
