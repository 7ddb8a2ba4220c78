# SPDX-License-Identifier: BSD-3-Clause
"""Contract 2.7 and 3: counting into cells, and how capture files are cut into intervals."""
import functools

from captures import pcap, pcapng
from frames import frame, ip4, ip6, raw, tag
from story import Story
from table import config

A = "02:00:5e:10:00:0a"
US, MS, S = 10**3, 10**6, 10**9
T0 = 1700000000 * S  # 2023-11-14T22:13:20Z
F = frame(ip4(total=46), wire=60)
NANO = functools.partial(pcap, nano=True)

ONE = [{"name": "temirbaba-bekdash", "taps": [{"name": "in", "source": "pcap:in.pcap", "direction": "ingress"}]}]
TWO = [{"name": "temirbaba-bekdash", "taps": [
    {"name": "a", "source": "pcap:a.pcap", "direction": "ingress"},
    {"name": "b", "source": "pcap:b.pcap", "direction": "egress"}]}]


def one(interval="10s"):
    return config([("all", None, None)], links=ONE, interval=interval)


TWO_TAPS = config([("all", None, None)], links=TWO)


def story(name, settings, taps, text, writer=pcap, prefixes=()):
    return Story(name, settings, list(prefixes), taps, writer, text)


def single(name, times, text, interval="10s", writer=pcap):
    """The same 60-byte frame at each of these times, on the one tap there is."""
    return story(name, one(interval), {"in": [(t, F) for t in times]}, text, writer)


def cut_at(interval, start, end):
    return single(f"intervals/{interval}", [T0], f"""
1 {start} {end}
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
""", interval)


TABLES = [
    story("count/packets, l2_bytes and l3_bytes of each cell", config(
        [("p100", 100, None), ("plain", "untagged", None)], classes=["europe", "domestic"],
        cos=[("realtime", [46])], links=TWO), {
            "a": [
                (T0, frame(tag(100), ip4(dst="198.51.100.1", total=100), wire=118)),
                (T0 + 1 * S, frame(tag(100), ip4(dst="198.51.100.2", total=1482), wire=1500, cap=60)),
                (T0 + 2 * S, frame(tag(100), ip4(dst="198.51.100.3", total=46, tos=0xB8), wire=64)),
                (T0 + 3 * S, frame(tag(100), ip6(dst="2001:db8:1::1", payload=60), wire=118)),
                (T0 + 4 * S, frame(tag(100), ip4(dst="203.0.113.1", total=46), wire=64)),
                (T0 + 5 * S, frame(tag(100), raw(0x0806), wire=64)),
                (T0 + 6 * S, frame(tag(100), ip4(total=46, ihl=3), wire=64)),
                (T0 + 7 * S, frame(tag(200), ip4(total=46), wire=64)),
                (T0 + 8 * S, frame(tag(200), ip4(total=46, ihl=3), wire=64)),
                (T0 + 9 * S, frame(ip4(dst="192.0.2.9", total=28), wire=60)),
            ],
            "b": [
                (T0 + 1 * S, frame(tag(100), ip4(src="198.51.100.1", dst="192.0.2.1", total=46), wire=64)),
                (T0 + 1 * S, frame(tag(100), ip4(src="198.51.100.1", dst="192.0.2.1", total=46), wire=64)),
                (T0 + 2 * S, frame(tag(100), ip4(src="198.51.100.1", dst="192.0.2.1", total=46), wire=64)),
                (T0 + 12 * S, frame(tag(100), ip4(src="198.51.100.1", dst="192.0.2.1", total=46), wire=64)),
            ],
        }, """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap a 10 2180 2 128 2 0
  tap b 3 192 0 0 0 0
  p100 ingress europe default ipv4 2 1618 1582
  p100 ingress europe realtime ipv4 1 64 46
  p100 ingress europe default ipv6 1 118 100
  p100 ingress domestic default ipv4 1 64 46
  p100 ingress non-ip default other 2 128 0
  plain ingress unrouted default ipv4 1 60 28
  p100 egress europe default ipv4 3 192 138
2 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
  tap b 1 64 0 0 0 0
  p100 egress europe default ipv4 1 64 46
""", prefixes=[("198.51.100.0/24", "europe"), ("2001:db8:1::/48", "europe"), ("203.0.113.0/24", "domestic")]),
    cut_at("1s", "2023-11-14T22:13:20Z", "2023-11-14T22:13:21Z"),
    cut_at("2s", "2023-11-14T22:13:20Z", "2023-11-14T22:13:22Z"),
    cut_at("5s", "2023-11-14T22:13:20Z", "2023-11-14T22:13:25Z"),
    cut_at("10s", "2023-11-14T22:13:20Z", "2023-11-14T22:13:30Z"),
    cut_at("15s", "2023-11-14T22:13:15Z", "2023-11-14T22:13:30Z"),
    cut_at("20s", "2023-11-14T22:13:20Z", "2023-11-14T22:13:40Z"),
    cut_at("30s", "2023-11-14T22:13:00Z", "2023-11-14T22:13:30Z"),
    cut_at("60s", "2023-11-14T22:13:00Z", "2023-11-14T22:14:00Z"),
    # 1700000000 = 17000000 * 100 = 11333333 * 150 + 50 = 5666666 * 300 + 200
    cut_at("100s", "2023-11-14T22:13:20Z", "2023-11-14T22:15:00Z"),
    cut_at("150s", "2023-11-14T22:12:30Z", "2023-11-14T22:15:00Z"),
    cut_at("300s", "2023-11-14T22:10:00Z", "2023-11-14T22:15:00Z"),
    single("intervals/the start belongs to it, the end does not", [
        T0, T0 + 10 * S - 1 * US, T0 + 10 * S, T0 + 20 * S - 1 * US], """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap in 2 120 0 0 0 0
  all ingress unrouted default ipv4 2 120 92
2 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
  tap in 2 120 0 0 0 0
  all ingress unrouted default ipv4 2 120 92
"""),
    single("intervals/to the nanosecond", [T0 + 10 * S - 1, T0 + 10 * S], """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
2 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
""", writer=NANO),
    single("intervals/to the nanosecond, pcapng", [T0 + 10 * S - 1, T0 + 10 * S], """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
2 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
""", writer=functools.partial(pcapng, tsresol=9)),
    single("intervals/none is left out, with no traffic too", [T0 + 3 * S, T0 + 35 * S], """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
2 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
3 2023-11-14T22:13:40Z 2023-11-14T22:13:50Z
4 2023-11-14T22:13:50Z 2023-11-14T22:14:00Z
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
"""),
    single("intervals/over midnight, the month and the year", [1704067199 * S, 1704067200 * S], """
1 2023-12-31T23:59:50Z 2024-01-01T00:00:00Z
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
2 2024-01-01T00:00:00Z 2024-01-01T00:00:10Z
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
"""),
    single("intervals/after 2038", [2**31 * S], """
1 2038-01-19T03:14:00Z 2038-01-19T03:14:10Z
  tap in 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
"""),
    single("intervals/a capture without frames", [], ""),
    single("late/older than the open interval counts in the open one", [
        T0 + 12 * S, T0 + 9 * S, T0 + 11 * S, T0 + 21 * S, T0 + 10 * S, T0 + 20 * S], """
1 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
  tap in 3 180 0 0 0 1
  all ingress unrouted default ipv4 3 180 138
2 2023-11-14T22:13:40Z 2023-11-14T22:13:50Z
  tap in 3 180 0 0 0 1
  all ingress unrouted default ipv4 3 180 138
"""),
    single("late/older inside the open interval is not late", [T0 + 9 * S, T0, T0 + 5 * S], """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap in 3 180 0 0 0 0
  all ingress unrouted default ipv4 3 180 138
"""),
    single("late/by one interval of one second", [T0 + 1 * S, T0 + 1 * S - 1 * US], """
1 2023-11-14T22:13:21Z 2023-11-14T22:13:22Z
  tap in 2 120 0 0 0 1
  all ingress unrouted default ipv4 2 120 92
""", "1s"),
    single("late/a day late", [T0, T0 - 86400 * S], """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap in 2 120 0 0 0 1
  all ingress unrouted default ipv4 2 120 92
"""),
    story("late/a late frame can be unknown and malformed as well", config([("p100", 100, None)], links=ONE), {
        "in": [(T0 + 10 * S, frame(tag(100), ip4(total=46), wire=64)), (T0, frame(ip4(ihl=4), wire=60))]}, """
1 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
  tap in 2 124 1 60 1 1
  p100 ingress unrouted default ipv4 1 64 46
"""),
    story("merge/two captures in time order", TWO_TAPS, {
        "a": [(T0 + 1 * S, F), (T0 + 11 * S, F), (T0 + 21 * S, F)],
        "b": [(T0 + 5 * S, F), (T0 + 15 * S, F), (T0 + 25 * S, F)]}, """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap a 1 60 0 0 0 0
  tap b 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
  all egress unrouted default ipv4 1 60 46
2 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
  tap a 1 60 0 0 0 0
  tap b 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
  all egress unrouted default ipv4 1 60 46
3 2023-11-14T22:13:40Z 2023-11-14T22:13:50Z
  tap a 1 60 0 0 0 0
  tap b 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
  all egress unrouted default ipv4 1 60 46
"""),
    story("merge/one capture after the other", TWO_TAPS, {
        "a": [(T0 + 30 * S, F), (T0 + 31 * S, F)], "b": [(T0 + 1 * S, F), (T0 + 2 * S, F)]}, """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap b 2 120 0 0 0 0
  all egress unrouted default ipv4 2 120 92
2 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
3 2023-11-14T22:13:40Z 2023-11-14T22:13:50Z
4 2023-11-14T22:13:50Z 2023-11-14T22:14:00Z
  tap a 2 120 0 0 0 0
  all ingress unrouted default ipv4 2 120 92
"""),
    story("merge/a file out of order makes its own frames late", TWO_TAPS, {
        "a": [(T0, F), (T0 + 30 * S, F), (T0 + 10 * S, F)], "b": [(T0 + 20 * S, F), (T0 + 31 * S, F)]}, """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap a 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
2 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
3 2023-11-14T22:13:40Z 2023-11-14T22:13:50Z
  tap b 1 60 0 0 0 0
  all egress unrouted default ipv4 1 60 46
4 2023-11-14T22:13:50Z 2023-11-14T22:14:00Z
  tap a 2 120 0 0 0 1
  tap b 1 60 0 0 0 0
  all ingress unrouted default ipv4 2 120 92
  all egress unrouted default ipv4 1 60 46
"""),
    story("merge/one of two captures is empty", TWO_TAPS, {"b": [(T0, F)]}, """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap b 1 60 0 0 0 0
  all egress unrouted default ipv4 1 60 46
"""),
    story("merge/nanoseconds decide", TWO_TAPS, {
        "a": [(T0 + 10 * S - 1, F)], "b": [(T0 + 10 * S, F)]}, """
1 2023-11-14T22:13:20Z 2023-11-14T22:13:30Z
  tap a 1 60 0 0 0 0
  all ingress unrouted default ipv4 1 60 46
2 2023-11-14T22:13:30Z 2023-11-14T22:13:40Z
  tap b 1 60 0 0 0 0
  all egress unrouted default ipv4 1 60 46
""", writer=NANO),
]
