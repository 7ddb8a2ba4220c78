# SPDX-License-Identifier: BSD-3-Clause
"""Contract 2.3: which peering a frame belongs to, and its direction."""
from frames import frame, ip4, raw, tag
from table import TAPS, Table, config

A, B, C = "02:00:5e:10:00:0a", "02:00:5e:10:00:0b", "02:00:5e:10:00:0c"
OURS = "02:00:5e:00:00:01"


def f(*vids, src=C, dst=OURS):
    return frame(*[tag(v) for v in vids], ip4(total=46), src=src, dst=dst, wire=80)


def to(*vids, dst):
    """A frame that leaves towards the partner."""
    return f(*vids, src=OURS, dst=dst)


ANY, ANY_A = ("any", None, None), ("any-a", None, A)
UN, UN_A = ("un", "untagged", None), ("un-a", "untagged", A)
V100, V100_A = ("v100", 100, None), ("v100-a", 100, A)
V100_20, V100_20_A = ("v100-20", "100.20", None), ("v100-20-a", "100.20", A)


def cell(peering, direction="ingress"):
    return f"{peering} {direction} unrouted default ipv4 80 46"


# All subsets of the eight peerings above that matter, as columns: which peering wins for a frame of
# router A and of router B, untagged, 200, 100, 100.30 and 100.20 ("-": unknown). Read off the contract:
# VLAN first (100.20; 100 or untagged; absent), then with a MAC before without.
SETS = [
    ("all eight", [ANY, ANY_A, UN, UN_A, V100, V100_A, V100_20, V100_20_A],
     "un-a any-a v100-a v100-a v100-20-a", "un any v100 v100 v100-20"),
    ("all eight, declared the other way round", [V100_20_A, V100_20, V100_A, V100, UN_A, UN, ANY_A, ANY],
     "un-a any-a v100-a v100-a v100-20-a", "un any v100 v100 v100-20"),
    ("VLAN before MAC: 100.20 beats 100 with MAC", [V100_20, V100_A],
     "- - v100-a v100-a v100-20", "- - - - v100-20"),
    ("VLAN before MAC: 100 beats absent with MAC", [V100, ANY_A],
     "any-a any-a v100 v100 v100", "- - v100 v100 v100"),
    ("VLAN before MAC: untagged beats absent with MAC", [UN, ANY_A],
     "un any-a any-a any-a any-a", "un - - - -"),
    ("VLAN before MAC: 100.20 beats absent with MAC", [V100_20, ANY_A],
     "any-a any-a any-a any-a v100-20", "- - - - v100-20"),
    ("with a MAC before without: absent", [ANY, ANY_A],
     "any-a any-a any-a any-a any-a", "any any any any any"),
    ("with a MAC before without: untagged", [UN, UN_A], "un-a - - - -", "un - - - -"),
    ("with a MAC before without: 100", [V100, V100_A],
     "- - v100-a v100-a v100-a", "- - v100 v100 v100"),
    ("with a MAC before without: 100.20", [V100_20, V100_20_A],
     "- - - - v100-20-a", "- - - - v100-20"),
    ("the MAC must fit: 100.20 with MAC, 100 without", [V100, V100_20_A],
     "- - v100 v100 v100-20-a", "- - v100 v100 v100"),
    ("untagged alone", [UN], "un - - - -", "un - - - -"),
    ("100 alone", [V100], "- - v100 v100 v100", "- - v100 v100 v100"),
    ("100.20 alone", [V100_20], "- - - - v100-20", "- - - - v100-20"),
    ("absent alone", [ANY], "any any any any any", "any any any any any"),
    ("a MAC alone", [ANY_A], "any-a any-a any-a any-a any-a", "- - - - -"),
    ("untagged and 100 with MAC", [UN_A, V100_A], "un-a - v100-a v100-a v100-a", "- - - - -"),
]
TAGGED = [(), (200,), (100,), (100, 30), (100, 20)]


def specificity(name, peerings, of_a, of_b):
    rows = []
    for router, mac, wins in (("A", A, of_a.split()), ("B", B, of_b.split())):
        for vids, winner in zip(TAGGED, wins, strict=True):
            says = f"router {router}, VIDs {list(vids)}"
            unknown = winner == "-"
            rows.append((says + ", in", "in", f(*vids, src=mac), "unknown 80" if unknown else cell(winner)))
            rows.append((says + ", out", "out", to(*vids, dst=mac),
                         "unknown 80" if unknown else cell(winner, "egress")))
    return Table(f"peering/{name}", config(peerings), [], rows)


TWO_LINKS = config([
    {"name": "west", "partner": "turkmentelecom", "link": "aktau-sumgait", "vlan": 100, "mac": A},
    {"name": "south", "partner": "turkmentelecom", "link": "temirbaba-bekdash", "vlan": 100, "mac": A},
    {"name": "south-any", "partner": "turkmentelecom", "link": "temirbaba-bekdash", "vlan": 300},
], links=[
    {"name": "temirbaba-bekdash", "taps": TAPS[:1]},
    {"name": "aktau-sumgait", "taps": [TAPS[1], TAPS[2]]},
])

TABLES = [specificity(*case) for case in SETS] + [
    Table("peering/the link is the tap's", TWO_LINKS, [], [
        ("on the first link", "in", f(100, src=A), cell("south")),
        ("on the second link", "out", to(100, dst=A), cell("west", "egress")),
        ("by-mac on the second link", "both", f(100, src=A), cell("west")),
        ("a peering of the other link", "out", to(300, dst=A), "unknown 80"),
        ("where it belongs", "in", f(300, src=A), cell("south-any")),
    ]),
    Table("peering/the partner's MAC is the source on ingress, the destination on egress",
          config([("any-a", None, A)]), [], [
              ("ingress, A is the source", "in", f(src=A, dst=OURS), cell("any-a")),
              ("ingress, A is the destination", "in", f(src=OURS, dst=A), "unknown 80"),
              ("egress, A is the destination", "out", f(src=OURS, dst=A), cell("any-a", "egress")),
              ("egress, A is the source", "out", f(src=A, dst=OURS), "unknown 80"),
              ("ingress, A is both", "in", f(src=A, dst=A), cell("any-a")),
              ("one bit of the MAC differs", "in", f(src="02:00:5e:10:00:0e", dst=OURS), "unknown 80"),
              ("the first byte of the MAC differs", "in", f(src="00:00:5e:10:00:0a", dst=OURS), "unknown 80"),
              ("a broadcast from A", "in", f(src=A, dst="ff:ff:ff:ff:ff:ff"), cell("any-a")),
          ]),
    Table("peering/by-mac",
          config([("a100", 100, A), ("a", None, A), ("b", None, B), ("b100-20", "100.20", B),
                  ("nomac", 100, None), ("nomac-any", None, None), ("nomac-un", "untagged", None)]), [], [
              ("A is the source", "both", f(src=A), cell("a")),
              ("A is the destination", "both", f(src=OURS, dst=A), cell("a", "egress")),
              ("VLAN decides among A's", "both", f(100, src=A), cell("a100")),
              ("VLAN decides among A's, egress", "both", f(100, src=OURS, dst=A), cell("a100", "egress")),
              ("from A to B: the source comes first", "both", f(src=A, dst=B), cell("a")),
              ("from B to A", "both", f(src=B, dst=A), cell("b")),
              ("the source first, though the destination's peering is more specific", "both",
               f(100, 20, src=A, dst=B), cell("a100")),
              ("from B, 100.20", "both", f(100, 20, src=B, dst=A), cell("b100-20")),
              ("neither: a peering without a MAC never matches", "both", f(100, src=C, dst=OURS), "unknown 80"),
              ("neither, untagged", "both", f(src=C, dst=OURS), "unknown 80"),
              ("on the ingress tap they do", "in", f(100, src=C, dst=OURS), cell("nomac")),
              ("on the ingress tap, untagged", "in", f(src=C, dst=OURS), cell("nomac-un")),
              ("on the egress tap, 200", "out", f(200, src=C, dst=OURS), cell("nomac-any", "egress")),
          ]),
    Table("peering/by-mac, the VLAN must fit as well",
          config([("a100", 100, A), ("b", None, B), ("c-un", "untagged", C)]), [], [
              ("A's VLAN fits", "both", f(100, src=A, dst=B), cell("a100")),
              ("A's VLAN does not fit, B is the destination", "both", f(200, src=A, dst=B), cell("b", "egress")),
              ("A's VLAN does not fit, nobody is the destination", "both", f(200, src=A), "unknown 80"),
              ("C untagged", "both", f(src=C), cell("c-un")),
              ("C behind a priority tag", "both", f(0, src=C), cell("c-un")),
              ("C tagged", "both", f(100, src=C), "unknown 80"),
              ("C tagged, towards A", "both", f(100, src=C, dst=A), cell("a100", "egress")),
              ("from A to A", "both", f(100, src=A, dst=A), cell("a100")),
          ]),
    Table("peering/unknown frames may be malformed or not", config([("a", None, A)]), [], [
        ("whole, of nobody", "in", f(src=C), "unknown 80"),
        ("not IP, of nobody", "in", frame(raw(0x0806), src=C, wire=60), "unknown 60"),
        ("unreadable IPv4, of nobody", "in", frame(ip4(ihl=4), src=C, wire=60), "unknown 60 malformed"),
        ("unreadable IPv4, of A", "in", frame(ip4(ihl=4), src=A, wire=60),
         "a ingress non-ip default other 60 0 malformed"),
        ("unreadable IPv4, of nobody, out", "out", frame(ip4(ihl=4), dst=C, wire=60), "unknown 60 malformed"),
        ("unreadable IPv4, of nobody, by-mac", "both", frame(ip4(ihl=4), dst=C, wire=60), "unknown 60 malformed"),
        ("unreadable IPv4, to A, by-mac", "both", frame(ip4(ihl=4), src=C, dst=A, wire=60),
         "a egress non-ip default other 60 0 malformed"),
    ]),
]
