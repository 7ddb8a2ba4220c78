#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Capture files as they come: every kind gives the same records, and a bad one is told and not guessed at."""
import functools
import itertools
import random
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "support"), str(Path(__file__).parent.parent / "property")]

import captures  # noqa: E402
import meter  # noqa: E402
import model  # noqa: E402
import report  # noqa: E402
import worlds  # noqa: E402
from frames import Frame, frame, ip4, tag  # noqa: E402

T0 = 1700000000 * 10**9
TAPS = [{"name": "west", "source": "pcap:west.pcap", "direction": "ingress"},
        {"name": "east", "source": "pcap:east.pcap", "direction": "egress"}]
CONFIG = {
    "meter": "captures-1", "interval": "10s", "journal": "captures-1.db", "prefixes": "prefixes.csv",
    "links": [{"name": "aktau-sumgait", "taps": TAPS}],
    "partners": [{"name": "azertelecom"}],
    "peerings": [{"name": "azertelecom-as", "partner": "azertelecom", "link": "aktau-sumgait", "vlan": 100}],
    "classes": [{"name": "europe"}],
}
PREFIXES = [("198.51.100.0/24", "europe")]


def packets(count, step=700 * 10**6):
    """Frames of different lengths, every third cut by its capture, over a good part of an hour."""
    return [(T0 + i * step, frame(tag(100 + i % 2), ip4(total=46 + i), wire=64 + i, cap=[None, 38, 40][i % 3]))
            for i in range(count)]


WEST, EAST = packets(200), packets(120, 900 * 10**6)


def check(taps, writer, status=0, wanted=None):
    site = meter.Site(CONFIG, PREFIXES)
    site.write(taps, writer)
    said = site.run(status=status)
    text = meter.difference(site.result(), model.meter(CONFIG, PREFIXES, wanted or taps))
    assert not text, text
    return said


# ---- every kind of file ---------------------------------------------------------------------------


def two_sections(rows, order):
    """A pcapng file that begins anew in its middle, as when two files were joined."""
    half = len(rows) // 2
    return captures.pcapng(rows[:half], order) + captures.pcapng(rows[half:], order)


def kinds():
    for order, name in (("<", "little-endian"), (">", "big-endian")):
        yield f"pcap, {name}, microseconds", functools.partial(captures.pcap, order=order)
        yield f"pcap, {name}, nanoseconds", functools.partial(captures.pcap, order=order, nano=True)
        for digits in (3, 6, 9):
            yield (f"pcapng, {name}, 10^-{digits} s",
                   functools.partial(captures.pcapng, order=order, tsresol=digits))
        yield f"pcapng, {name}, three interfaces", functools.partial(captures.pcapng, order=order, interfaces=3)
        yield f"pcapng, {name}, two sections", functools.partial(two_sections, order=order)


def test_kinds():
    for name, writer in kinds():
        with report.part(name):
            check({"west": WEST, "east": EAST}, writer)
    with report.part("a pcap and a pcapng merged"):
        turns = itertools.cycle([captures.pcap, functools.partial(captures.pcapng, order=">", tsresol=9)])
        check({"west": WEST, "east": EAST}, lambda rows: next(turns)(rows))
    with report.part("random frames in every kind"):
        config, prefixes, taps = worlds.world(random.Random(7))
        first = None
        for name, writer in kinds():
            if "10^-3" in name:
                continue  # these timestamps need microseconds
            site = meter.Site(config, prefixes)
            site.write(taps, writer)
            site.run()
            result = site.result()
            first = first or result
            text = meter.difference(result, first)
            assert not text, f"{name}:\n{text}"


# ---- a capture that ends in the middle of a packet ------------------------------------------------


def cut_after(writer, count, extra):
    """A writer whose file holds `count` packets and `extra` bytes of the next."""
    def write(rows):
        whole, more = writer(rows[:count]), writer(rows[:count + 1])
        assert len(whole) + extra < len(more)
        return more[:len(whole) + extra]
    return write


def test_cut():
    writers = [("pcap", captures.pcap), ("pcap, big-endian, ns", functools.partial(captures.pcap, order=">", nano=True)),
               ("pcapng", captures.pcapng)]
    for name, writer in writers:
        for extra, where in ((1, "1 byte of a header"), (15, "in a header"), (30, "in the packet")):
            with report.part(f"cut short: {name}, {where}"):
                said = check_cut(writer, 120, extra)
                assert "west.pcap" in said, f"the message does not name the file: {said!r}"
    with report.part("cut short: in the first packet, nothing before it"):
        check_cut(captures.pcap, 0, 20)
    with report.part("cut short: at the end of a packet is no cut"):
        said = check({"west": WEST[:120]}, captures.pcap)
        assert "west.pcap" not in said, said
    with report.part("a timestamp that 64-bit nanoseconds cannot hold ends its capture"):
        site = meter.Site(CONFIG, PREFIXES)
        site.write({})
        rows = WEST[:5] + [(2**34 * 10**9, WEST[5][1])] + WEST[6:9]
        (site.folder / "west.pcap").write_bytes(captures.pcapng(rows))
        assert "west.pcap" in site.run(status=(1, 2))
        text = meter.difference(site.result(), model.meter(CONFIG, PREFIXES, {"west": WEST[:5]}))
        assert not text, text


def check_cut(writer, count, extra):
    site = meter.Site(CONFIG, PREFIXES)
    site.write({}, writer)
    (site.folder / "west.pcap").write_bytes(cut_after(writer, count, extra)(WEST))
    said = site.run(status=1)
    text = meter.difference(site.result(), model.meter(CONFIG, PREFIXES, {"west": WEST[:count]}))
    assert not text, text
    return said


# ---- what is refused ------------------------------------------------------------------------------


def refuse(content, status, name="west.pcap"):
    """A bad capture beside a good one: refused before anything is counted, and the message names it."""
    site = meter.Site(CONFIG, PREFIXES)
    site.write({"west": WEST, "east": EAST})
    path = site.folder / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    said = site.run(status=status)
    assert name in said, f"the message does not name the file: {said!r}"
    if (site.folder / CONFIG["journal"]).exists():
        assert site.result() == ([], []), "something was counted"


def test_refused():
    for link_type, name in ((113, "Linux cooked"), (101, "raw IP"), (105, "802.11"), (0, "BSD loopback")):
        with report.part(f"refused: link type {link_type}, {name}"):
            refuse(captures.pcap(WEST, link_type=link_type), 2)
    with report.part("refused: link type 101 in a pcapng"):
        refuse(captures.pcapng(WEST, link_type=101), 2)
    with report.part("refused: the second tap's link type"):
        refuse(captures.pcap(EAST, link_type=101), 2, "east.pcap")
    with report.part("refused: a text file"):
        refuse(b"this is not a capture, it is a line of text\n" * 4, 2)
    with report.part("refused: an empty file"):
        refuse(b"", 2)
    with report.part("refused: half a file header"):
        refuse(captures.pcap(WEST)[:10], 2)
    with report.part("refused: a file that is not there"):
        refuse(None, (1, 2))


# ---- --tap ----------------------------------------------------------------------------------------


def test_tap_option():
    with report.part("--tap NAME=SOURCE replaces a tap's source"):
        site = meter.Site(CONFIG, PREFIXES)
        site.write({"east": EAST})
        (site.folder / "other.pcap").write_bytes(captures.pcapng(WEST))
        site.run("--tap", f"west=pcap:{site.folder}/other.pcap")
        text = meter.difference(site.result(), model.meter(CONFIG, PREFIXES, {"west": WEST, "east": EAST}))
        assert not text, text
    for name, option in (("a tap that is not there", "north=pcap:west.pcap"), ("no source", "west"),
                         ("no known kind of source", "west=tape:1"), ("a live tap beside captures", "west=dpdk:net_null0")):
        with report.part(f"--tap refuses {name}"):
            site = meter.Site(CONFIG, PREFIXES)
            site.write({"west": WEST, "east": EAST})
            assert site.run("--tap", option, status=2), "nothing was said"


# ---- long gaps ------------------------------------------------------------------------------------

F = Frame(frame(tag(100), ip4(total=46), wire=64).data, 64)


def test_gaps():
    with report.part("100,000 intervals in a row with no frame are written"):
        site = meter.Site(dict(CONFIG, interval="1s"), PREFIXES)
        site.write({"west": [(T0, F), (T0 + 100_001 * 10**9, F)]})
        site.run(timeout=600)
        records, intervals = site.result()
        assert [r["seq"] for r in records] == [1, 100_002], records
        assert len(intervals) == 100_002, len(intervals)
        assert intervals[-1]["end"] == "2023-11-16T02:00:02Z", intervals[-1]
    with report.part("100,001 are an error that names the two timestamps"):
        site = meter.Site(dict(CONFIG, interval="1s"), PREFIXES)
        site.write({"west": [(T0, F), (T0 + 100_002 * 10**9, F)]})
        said = site.run(status=(1, 2))
        assert "2023-11-14T22:13:20" in said and "2023-11-16T02:00:02" in said, said
        records, intervals = site.result()
        assert len(intervals) <= 1 and len(records) <= 1, f"{len(intervals)} intervals were written"
    with report.part("100,001 between two captures are an error as well"):
        site = meter.Site(dict(CONFIG, interval="1s"), PREFIXES)
        site.write({"west": [(T0, F)], "east": [(T0 + 100_002 * 10**9, F)]})
        said = site.run(status=(1, 2))
        assert "2023-11-14T22:13:20" in said and "2023-11-16T02:00:02" in said, said


# ---- a second run ---------------------------------------------------------------------------------


def test_second_run():
    with report.part("a second run continues the sequence"):
        site = meter.Site(CONFIG, PREFIXES)
        site.write({"west": WEST[:100]})
        site.run()
        later = [(ns + 3600 * 10**9, f) for ns, f in WEST[:100]]
        site.write({"west": later})
        site.run()
        first = model.meter(CONFIG, PREFIXES, {"west": WEST[:100]})
        second = model.meter(CONFIG, PREFIXES, {"west": later}, first_seq=len(first[1]) + 1)
        text = meter.difference(site.result(), (first[0] + second[0], first[1] + second[1]))
        assert not text, text
    with report.part("a reader is not locked out while the journal is made, written and closed"):
        for _ in range(12):
            site = meter.Site(CONFIG, PREFIXES)
            site.write({"west": WEST[:100]})
            with site.running() as daemon:
                while daemon.poll() is None:
                    site.read_early("intervals")
    with report.part("a run over no frames adds nothing"):
        site = meter.Site(CONFIG, PREFIXES)
        site.write({"west": WEST[:100]})
        site.run()
        before = site.result()
        site.write({})
        site.run()
        assert site.result() == before


TESTS = {"kinds": test_kinds, "cut": test_cut, "refused": test_refused, "tap": test_tap_option,
         "gaps": test_gaps, "again": test_second_run}

if __name__ == "__main__":
    TESTS[sys.argv[1]]()
    report.done()
