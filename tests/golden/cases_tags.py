# SPDX-License-Identifier: BSD-3-Clause
"""Contract 2.2: VLAN tags, which VIDs count, and what ends the walk."""
from frames import frame, ip4, ip6, raw, tag
from table import Table, config

VLANS = config([("plain", "untagged", None), ("p100", 100, None), ("p100-20", "100.20", None),
                ("p20", 20, None)])


def tags(*vids, wire=80, cap=None, tpid=0x8100):
    """IPv4 of 46 bytes behind these tags."""
    return frame(*[tag(v, tpid) for v in vids], ip4(total=46), wire=wire, cap=cap)


TABLES = [
    Table("tags/ethertypes", VLANS, [], [
        ("no tag", "in", frame(ip4(total=46), wire=80), "plain ingress unrouted default ipv4 80 46"),
        ("0x8100", "in", tags(100), "p100 ingress unrouted default ipv4 80 46"),
        ("0x88a8", "in", tags(100, tpid=0x88A8), "p100 ingress unrouted default ipv4 80 46"),
        ("0x9100", "in", tags(100, tpid=0x9100), "p100 ingress unrouted default ipv4 80 46"),
        ("0x8100 in 0x88a8", "in", frame(tag(100, 0x88A8), tag(20), ip4(total=46), wire=80),
         "p100-20 ingress unrouted default ipv4 80 46"),
        ("0x8100 in 0x9100", "in", frame(tag(100, 0x9100), tag(20), ip4(total=46), wire=80),
         "p100-20 ingress unrouted default ipv4 80 46"),
        ("0x88a8 in 0x8100", "in", frame(tag(100), tag(20, 0x88A8), ip4(total=46), wire=80),
         "p100-20 ingress unrouted default ipv4 80 46"),
        ("0x9100 in 0x9100", "in", tags(100, 20, tpid=0x9100), "p100-20 ingress unrouted default ipv4 80 46"),
        ("0x9200 is not a tag", "in", tags(100, tpid=0x9200), "plain ingress non-ip default other 80 0"),
        ("0x9300 is not a tag", "in", tags(100, tpid=0x9300), "plain ingress non-ip default other 80 0"),
        ("IPv6 behind two tags", "in", frame(tag(100), tag(20), ip6(payload=16), wire=80),
         "p100-20 ingress unrouted default ipv6 80 56"),
        ("PCP bits are no part of the VID", "in", frame(tag(100, pcp=7), ip4(total=46), wire=80),
         "p100 ingress unrouted default ipv4 80 46"),
        ("the DEI bit is no part of the VID", "in", frame(tag(0x1000 | 100), ip4(total=46), wire=80),
         "p100 ingress unrouted default ipv4 80 46"),
        ("an 802.3 length behind a tag", "in", frame(tag(100), raw(38), wire=80),
         "p100 ingress non-ip default other 80 0"),
    ]),
    Table("tags/which VIDs count", VLANS, [], [
        ("a priority tag alone", "in", tags(0), "plain ingress unrouted default ipv4 80 46"),
        ("a priority tag with PCP and DEI", "in", frame(tag(0x1000, pcp=5), ip4(total=46), wire=80),
         "plain ingress unrouted default ipv4 80 46"),
        ("four priority tags", "in", tags(0, 0, 0, 0), "plain ingress unrouted default ipv4 80 46"),
        ("priority, then 100", "in", tags(0, 100), "p100 ingress unrouted default ipv4 80 46"),
        ("100, then priority", "in", tags(100, 0), "p100 ingress unrouted default ipv4 80 46"),
        ("100, priority, 20", "in", tags(100, 0, 20), "p100-20 ingress unrouted default ipv4 80 46"),
        ("priority, 100, priority, 20", "in", tags(0, 100, 0, 20),
         "p100-20 ingress unrouted default ipv4 80 46"),
        ("100, 20, 30: the third does not count", "in", tags(100, 20, 30),
         "p100-20 ingress unrouted default ipv4 80 46"),
        ("100, 20, 30, 40: four are walked", "in", tags(100, 20, 30, 40),
         "p100-20 ingress unrouted default ipv4 80 46"),
        ("100, 30", "in", tags(100, 30), "p100 ingress unrouted default ipv4 80 46"),
        ("100, 30, 20: the inner one is 30", "in", tags(100, 30, 20), "p100 ingress unrouted default ipv4 80 46"),
        ("100, 100", "in", tags(100, 100), "p100 ingress unrouted default ipv4 80 46"),
        ("20, 100: order matters", "in", tags(20, 100), "p20 ingress unrouted default ipv4 80 46"),
        ("30, 100: 100 is not the outer one", "in", tags(30, 100), "unknown 80"),
        ("VID 4095 counts", "in", tags(4095), "unknown 80"),
        ("VID 4095, then 100", "in", tags(4095, 100), "unknown 80"),
        ("VID 1", "in", tags(1), "unknown 80"),
    ]),
    Table("tags/a fifth tag ends the walk", VLANS, [], [
        ("100, 20, 30, 40, 50", "in", tags(100, 20, 30, 40, 50), "p100-20 ingress non-ip default other 80 0"),
        ("six tags", "in", tags(100, 20, 30, 40, 50, 60), "p100-20 ingress non-ip default other 80 0"),
        ("four priority tags, then 100", "in", tags(0, 0, 0, 0, 100), "plain ingress non-ip default other 80 0"),
        ("three priority tags, 100, then 20", "in", tags(0, 0, 0, 100, 20),
         "p100 ingress non-ip default other 80 0"),
        ("five priority tags", "in", tags(0, 0, 0, 0, 0), "plain ingress non-ip default other 80 0"),
        ("the fifth is 0x88a8", "in", frame(*[tag(v) for v in (100, 20, 30, 40)], tag(50, 0x88A8), ip4(), wire=80),
         "p100-20 ingress non-ip default other 80 0"),
        ("the fifth is 0x9100", "in", frame(*[tag(v) for v in (100, 20, 30, 40)], tag(50, 0x9100), ip4(), wire=80),
         "p100-20 ingress non-ip default other 80 0"),
        ("of the fifth only its ethertype is captured", "in", tags(100, 20, 30, 40, 50, cap=30),
         "p100-20 ingress non-ip default other 80 0"),
        ("the fifth is not malformed where no peering matches", "in", tags(30, 20, 30, 40, 50), "unknown 80"),
    ]),
    Table("tags/a tag that the capture cut short", VLANS, [], [
        ("nothing behind 0x8100", "in", tags(100, cap=14), "plain ingress non-ip default other 80 0"),
        ("1 byte of the TCI", "in", tags(100, cap=15), "plain ingress non-ip default other 80 0"),
        ("the TCI and nothing else", "in", tags(100, cap=16), "plain ingress non-ip default other 80 0"),
        ("half of the next ethertype", "in", tags(100, cap=17), "plain ingress non-ip default other 80 0"),
        ("the whole tag, nothing of the IPv4 header", "in", tags(100, cap=18),
         "p100 ingress non-ip default other 80 0 malformed"),
        ("the whole tag, nothing of another payload", "in", frame(tag(100), raw(0x0806), wire=80, cap=18),
         "p100 ingress non-ip default other 80 0"),
        ("the second tag: 0 bytes", "in", tags(100, 20, cap=18), "p100 ingress non-ip default other 80 0"),
        ("the second tag: 2 bytes", "in", tags(100, 20, cap=20), "p100 ingress non-ip default other 80 0"),
        ("the second tag: 3 bytes", "in", tags(100, 20, cap=21), "p100 ingress non-ip default other 80 0"),
        ("the second tag: whole", "in", tags(100, 20, cap=22), "p100-20 ingress non-ip default other 80 0 malformed"),
        ("the fourth tag: 3 bytes", "in", tags(0, 0, 100, 20, cap=29), "p100 ingress non-ip default other 80 0"),
        ("a priority tag cut short", "in", tags(0, cap=17), "plain ingress non-ip default other 80 0"),
        ("0x88a8 cut short", "in", tags(100, cap=16, tpid=0x88A8), "plain ingress non-ip default other 80 0"),
        ("0x9100 cut short", "in", tags(100, cap=16, tpid=0x9100), "plain ingress non-ip default other 80 0"),
        ("the frame itself ends in its tag", "in", tags(100, wire=16), "plain ingress non-ip default other 16 0"),
        ("the frame itself ends after its tag", "in", frame(tag(100), raw(0x0806), wire=18),
         "p100 ingress non-ip default other 18 0"),
    ]),
]
