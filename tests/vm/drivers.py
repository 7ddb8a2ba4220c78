#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Drivers of hardware, emulated: between two ports of one kind, what one sends and the other receives is counted once,
under its VLAN, also where the driver takes the tag out of the frame or puts it in.

    VM_NICS="vmxnet3 virtio-net-pci e1000e" run_on_kernel.py FOLDER python3 tests/vm/drivers.py
"""
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "netns"), str(Path(__file__).parent.parent / "support")]

import meter  # noqa: E402
import netns  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4, ip6, tag  # noqa: E402
from test_router import PREFIXES, by_direction, config, of_tap  # noqa: E402

FRAMES = [frame(tag(100), ip4(total=100), wire=118), frame(tag(100, 0x88A8), tag(20), ip6(payload=400), wire=462),
          frame(tag(100), ip4(total=1400), wire=1418)]
ROUNDS = 100
NATIVE = ("virtio_net", "vmxnet3")  # have XDP of their own


def ports():
    """{driver: its two ports}"""
    found = {}
    for path in sorted(Path("/sys/class/net").iterdir()):
        driver = path / "device" / "driver"
        if driver.exists():
            found.setdefault(driver.resolve().name, []).append(path.name)
    return {driver: names for driver, names in found.items() if len(names) == 2}


def between(source, there):
    taps = [("in", source, "ingress"), ("out", f"xdp:{there}", "egress")]
    site = meter.Site(config("drivers", taps, vlan=100), PREFIXES)
    with netns.metering(site) as daemon:
        netns.send(there, [f.data for f in FRAMES] * ROUNDS)
        site.wait_for_packets(2 * len(FRAMES) * ROUNDS, daemon)
    print("# " + netns.words(site).replace("\n", "\n# ").rstrip("# "), flush=True)
    octets = sum(f.wire for f in FRAMES) * ROUNDS
    for tap in ("in", "out"):
        have = of_tap(site, tap)
        assert (have["packets"], have["l2_bytes"]) == (len(FRAMES) * ROUNDS, octets), (tap, have)
        assert not have["unknown_packets"] and not have["missed"], (tap, have)
    families = {family: sum(total[0] for (_, of), total in by_direction(site)["ingress"].items() if of == family)
                for family in ("ipv4", "ipv6")}
    assert families == {"ipv4": 2 * ROUNDS, "ipv6": ROUNDS}, families


def main():
    assert ports(), "no two ports of one driver: VM_NICS of run_on_kernel.py makes them"
    for driver, (here, there) in ports().items():
        for name in (here, there):
            Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
            netns.ip("link", "set", name, "up", "promisc", "on")
    for driver, (here, there) in ports().items():
        sources = [f"xdp:{here}", f"xdp:{here},mode=consume"]
        if driver in NATIVE:  # first: it finds the tags as the driver has them from the start
            sources.insert(0, f"dpdk:net_af_xdp0,iface={here}")
        for source in sources:
            with report.part(f"{driver}, {source}"):
                between(source, there)
    report.done()


if __name__ == "__main__":
    main()
