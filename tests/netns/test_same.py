#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The same frames on a wire and in a file give the same totals in every cell, whichever tap reads them:
xdp: on a mirror port and on a router's own port, dpdk:net_af_packet, dpdk:net_af_xdp, pcap:, and
the naive model."""
import itertools
import random
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support"),
                str(Path(__file__).parent.parent / "property")]

import meter  # noqa: E402
import model  # noqa: E402
import netns  # noqa: E402
import report  # noqa: E402
import worlds  # noqa: E402
from frames import Frame  # noqa: E402

FRAMES = 400
SHORTEST, LONGEST = 14, 1514  # what an Ethernet interface lets through


def passes(f):
    """The kernel drops frames that end inside their first tag before a packet socket sees them (the XDP
    program has counted them by then: tests/bpf)."""
    return SHORTEST <= len(f.data) <= LONGEST and not (
        len(f.data) < 20 and f.data[12:14] in (b"\x81\x00", b"\x88\xa8"))


def is_fragment(data):
    """DPDK's net_af_packet asks the kernel to put IPv4 fragments together, and has no switch for it: they
    do not arrive as they were on the wire (docs/taps.md)."""
    at = 12
    while data[at:at + 2] in (b"\x81\x00", b"\x88\xa8", b"\x91\x00"):
        at += 4
    return data[at:at + 2] == b"\x08\x00" and int.from_bytes(data[at + 8:at + 10], "big") & 0x3fff != 0


def one_tap(number, direction):
    """A random world with one tap, whose frames are whole and fit through an interface."""
    rng = random.Random(number)
    config, around = worlds.configuration(rng), worlds.roots(rng)
    prefixes = worlds.prefixes(rng, config, around)
    for link in config["links"]:
        link["taps"] = []
    peered = [link for link in config["links"]
              if any(p["link"] == link["name"] for p in config["peerings"])]
    peered[0]["taps"] = [{"name": "tap", "source": "pcap:tap.pcap", "direction": direction}]
    config["interval"] = "1s"
    config.pop("redis", None)
    made = (worlds.any_frame(rng, around) for _ in itertools.count())
    whole = (Frame(f.data, len(f.data)) for f in made if passes(Frame(f.data, len(f.data))))
    return config, prefixes, list(itertools.islice(whole, FRAMES))


def wanted(config, prefixes, frames):
    records, intervals = model.meter(config, prefixes, {"tap": [(0, f) for f in frames]})
    return meter.totals(records), {"tap": {k: v for k, v in intervals[0]["taps"][0].items() if k != "name"}}


def from_file(config, prefixes, frames):
    site = meter.Site(config, prefixes)
    site.write({"tap": [(0, f) for f in frames]})
    site.run()
    return netns.sums(site)


def from_wire(config, prefixes, frames, source, sender):
    site = meter.Site(config, prefixes)
    with netns.metering(site, "--tap", f"tap={source}") as daemon:
        netns.send(sender, [f.data for f in frames])
        site.wait_for_packets(len(frames), daemon)
    return netns.sums(site)


def sources(direction):
    """(source, the interface on which the frames are sent)."""
    yield "xdp:tr0,mode=consume", "tr1"
    yield "xdp:tr0", "tr0" if direction == "egress" else "tr1"
    if direction == "by-mac":
        yield "xdp:tr0", "tr0"
    yield "dpdk:net_af_packet0,iface=tr0", "tr1"
    yield "dpdk:net_af_xdp0,iface=tr0", "tr1"


def main():
    netns.enter()
    for number, direction in enumerate(("ingress", "egress", "by-mac", "by-mac"), 1):
        config, prefixes, frames = one_tap(number, direction)
        want = wanted(config, prefixes, frames)
        with report.part(f"world {number}, {direction}: pcap: as the model"):
            assert from_file(config, prefixes, frames) == want
        for source, sender in sources(direction):
            with report.part(f"world {number}, {direction}: {source}, frames sent on {sender}"), \
                    netns.veth("tr0", "tr1"):
                sent, expected = frames, want
                if "net_af_packet" in source:
                    sent = [f for f in frames if not is_fragment(f.data)]
                    expected = wanted(config, prefixes, sent)
                got = from_wire(config, prefixes, sent, source, sender)
                assert got == expected, f"{got}\nnot\n{expected}"
    report.done()


if __name__ == "__main__":
    main()
