#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The same frames through a capture file and through DPDK's workers give the same totals in every cell.

The ports are DPDK's own net_pcap devices, which hand a capture file to the receive queue of a port; they
deliver what is captured, so the captures here hold whole frames.
"""
import ctypes
import random
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "support"), str(Path(__file__).parent.parent / "property")]

import meter  # noqa: E402
import report  # noqa: E402
import worlds  # noqa: E402
from frames import Frame, frame, ip4, tag  # noqa: E402


CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 4096, 16384, 1 << 18


def whole(packets):
    """What a port can deliver of these: frames of which everything is captured, and no empty ones."""
    return [(ns, Frame(f.data[:f.wire], len(f.data[:f.wire]))) for ns, f in packets if f.data[:f.wire]]


def jumbo(ns, count):
    return [(ns, frame(tag(100), ip4(total=size - 18), wire=size)) for size in range(1500, 9001, 7500 // count)]


def tap_totals(intervals):
    taps = {}
    for row in intervals:
        for tap in row["taps"]:
            have = taps.setdefault(tap["name"], dict.fromkeys(tap, 0))
            for key in meter.TAP_KEYS - {"name", "late"}:
                have[key] += tap[key]
    return taps


def live_config(config):
    """The same meter with a net_pcap port for every capture, in intervals of a second."""
    links = [dict(link, taps=[
        dict(tap, source=f"dpdk:net_pcap{i}{j},rx_pcap={tap['source'].removeprefix('pcap:')}")
        for j, tap in enumerate(link["taps"])]) for i, link in enumerate(config["links"])]
    return dict(config, links=links, interval="1s", journal="live.db", state="state")


def world_of_files(number, folder):
    """A random world whose captures have absolute paths: a device string is DPDK's, and knows nothing of
    the configuration's folder."""
    config, prefixes, taps = worlds.world(random.Random(number))
    for link in config["links"]:
        for tap in link["taps"]:
            tap["source"] = f"pcap:{folder}/{tap['name']}.pcap"
    taps = {name: whole(packets) for name, packets in taps.items()}
    latest = max((packets[-1][0] for packets in taps.values() if packets), default=0)
    taps[min(taps)] += jumbo(latest, 20)
    return config, prefixes, taps


def run_case(number, **more):
    with tempfile.TemporaryDirectory(prefix="transitd-test-") as folder:
        config, prefixes, taps = world_of_files(number, folder)
        replay = meter.Site(config, prefixes)
        replay.write(taps)
        replay.run()
        live = meter.Site(dict(live_config(config), **more), prefixes)
        with live.running() as daemon:
            live.wait_for_packets(sum(len(packets) for packets in taps.values()), daemon)
        compare(replay.result(), live.result())


def compare(replay, live):
    wanted, got = meter.totals(replay[0]), meter.totals(live[0])
    lines = [f"  {cell}: dpdk {got.get(cell)}, pcap {wanted.get(cell)}"
             for cell in sorted(set(got) | set(wanted)) if got.get(cell) != wanted.get(cell)]
    assert not lines, "cells differ:\n" + "\n".join(lines)
    assert tap_totals(replay[1]) == tap_totals(live[1]), (tap_totals(replay[1]), tap_totals(live[1]))


def no_huge_pages():
    """From now on this process and its children see none that is free. OSError: only root may do that."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        raise OSError(ctypes.get_errno(), "no mount namespace")
    with tempfile.NamedTemporaryFile() as none:
        none.write(b"0\n")
        none.flush()
        for path in Path("/sys/kernel/mm/hugepages").glob("*/free_hugepages"):
            if libc.mount(none.name.encode(), str(path).encode(), None, MS_BIND, None):
                raise OSError(ctypes.get_errno(), "cannot mount")


def main():
    for number in (3, 14, 15):
        with report.part(f"random frames, case {number}"):
            run_case(number)
    with report.part("by arguments without huge pages"):
        run_case(3, dpdk={"args": ["--no-huge", "-m", "512"]})
    name = "no huge page is free"
    try:
        no_huge_pages()
    except OSError as error:
        report.skip(name, str(error))
    else:
        with report.part(name):
            run_case(3)
    report.done()


if __name__ == "__main__":
    main()
