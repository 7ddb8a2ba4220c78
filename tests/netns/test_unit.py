#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The capabilities that the systemd unit leaves a meter are enough for every kind of live tap."""
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import meter  # noqa: E402
import netns  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4, tag  # noqa: E402
from test_router import PREFIXES, config, of_tap  # noqa: E402

FRAMES = 300


def capabilities():
    """What the unit sys.argv[1] leaves, in setpriv's words."""
    for line in Path(sys.argv[1]).read_text().splitlines():
        key, _, value = line.partition("=")
        if key == "CapabilityBoundingSet":
            return ",".join(["-all"] + ["+" + name.lower().removeprefix("cap_") for name in value.split()])
    raise AssertionError(f"{sys.argv[1]}: no CapabilityBoundingSet")


def confined(site):
    """A program in the site's folder that is transitd with these capabilities alone."""
    wrapper = site.folder / "transitd"
    wrapper.write_text(f"""#!/bin/sh
exec setpriv --no-new-privs --inh-caps "{capabilities()}" --bounding-set "{capabilities()}" \\
    "{meter.program("TRANSITD")}" "$@"
""")
    wrapper.chmod(0o755)
    os.environ["TRANSITD"] = str(wrapper)


def meters(source):
    site = meter.Site(config("unit", [("in", source, "ingress")]), PREFIXES)
    before = os.environ["TRANSITD"]
    confined(site)
    try:
        with netns.veth("un0", "un1"), netns.metering(site) as daemon:
            status = Path(f"/proc/{daemon.pid}/status").read_text()
            assert "CapEff:\t000001ffffffffff" not in status, "the daemon is not confined"
            netns.send("un0", [frame(tag(100), ip4(total=46), wire=64).data] * FRAMES)
            site.wait_for_packets(FRAMES, daemon)
    finally:
        os.environ["TRANSITD"] = before
    assert of_tap(site, "in")["packets"] == FRAMES


SOURCES = ("xdp:un1", "xdp:un1,mode=consume", "dpdk:net_af_packet0,iface=un1")


def main():
    netns.enter()
    for source in SOURCES:
        with report.part(source):
            meters(source)
    report.done()


if __name__ == "__main__":
    main()
