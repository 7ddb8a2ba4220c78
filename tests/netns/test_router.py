#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A router's own ports: tags that the kernel carries beside the frame, super-frames, jumbo frames and heads in
pieces count as they are on the wire; interfaces may go and come back; a kill -9 loses no frame."""
import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import meter  # noqa: E402
import netns  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4, ip6, tag  # noqa: E402

PREFIXES = [("198.51.100.0/24", "near"), ("2001:db8:1::/48", "near")]


def config(name, taps, **peering):
    """One link with one peering, and taps as (name, source, direction)."""
    return {
        # A name of its own: what a test that failed left pinned is not ours.
        "meter": f"{name}-{os.getpid()}", "interval": "1s", "journal": "meter.db", "prefixes": "prefixes.csv",
        "links": [{"name": "link", "taps": [{"name": n, "source": s, "direction": d} for n, s, d in taps]}],
        "partners": [{"name": "partner", "asn": 64500}],
        "peerings": [dict(name="peering", partner="partner", link="link", **peering)],
        "classes": [{"name": "near"}],
    }


def of_tap(site, name):
    return netns.sums(site)[1][name]


def by_direction(site):
    """{direction: {(class, family): [packets, l2_bytes, l3_bytes]}}"""
    out = {}
    for (_, _, _, direction, klass, _, family), total in netns.sums(site)[0].items():
        out.setdefault(direction, {})[klass, family] = total
    return out


def both_ends_agree(frames, packets, octets, mtu=1500, linear=0):
    """What one end sends (tc) and the other receives (XDP) are the same frames, byte for byte."""
    site = meter.Site(config("ends", [("out", "xdp:tr0", "egress"), ("in", "xdp:tr1", "ingress")]), PREFIXES)
    with netns.veth("tr0", "tr1", mtu), netns.metering(site) as daemon:
        netns.send("tr0", frames, linear)
        site.wait_for_packets(2 * packets, daemon)
    out, into = of_tap(site, "out"), of_tap(site, "in")
    assert out == into, f"sent {out}, received {into}"
    assert (out["packets"], out["l2_bytes"]) == (packets, octets), out
    assert not out["malformed"], out


def super_frame(ip, payload, size, tags=()):
    """A TCP frame with `payload` bytes that is to be cut into segments of `size`."""
    tcp = bytes(12) + bytes([5 << 4, 0x10]) + bytes(6)
    head = frame(*tags, ip).data
    return head + tcp + bytes(payload), len(head), size


def test_super_frames():
    ip4_super = ip4(total=20 + 20 + 5001, proto=6)
    ip6_super = ip6(payload=20 + 3999, next_header=6)
    frames = [super_frame(ip4_super, 5001, 1000), super_frame(ip6_super, 3999, 1000)] * 20
    octets = 20 * (6 * 54 + 5001 + 4 * 74 + 3999)
    both_ends_agree(frames, 20 * 10, octets)


def test_jumbo():
    frames = [frame(ip4(total=8000), wire=8014).data] * 50
    both_ends_agree(frames, 50, 50 * 8014, mtu=9000)


def test_pieces():
    frames = [frame(tag(100), tag(20), ip6(payload=100), wire=162).data] * 50
    both_ends_agree(frames, 50, 50 * 162, linear=14)


@contextlib.contextmanager
def bridge():
    """far0 - br0 [sw] br1 - far1"""
    with netns.veth("far0", "br0"), netns.veth("br1", "far1"):
        netns.ip("link", "add", "sw", "type", "bridge")
        Path("/proc/sys/net/ipv6/conf/sw/disable_ipv6").write_text("1")
        for port in ("br0", "br1"):
            netns.ip("link", "set", port, "master", "sw")
        netns.ip("link", "set", "sw", "up", "promisc", "on")
        yield
        netns.ip("link", "del", "sw")


def test_tags_beside():
    """A bridge takes the outer tag out of what it forwards; the frame carries it beside itself."""
    taps = [("out", "xdp:br1", "egress"), ("in", "xdp:far1", "ingress"), ("up", "xdp:sw", "ingress")]
    site = meter.Site(config("tags", taps, vlan="100.20"), PREFIXES)
    frames = [frame(tag(100, 0x88A8), tag(20), ip4(total=100), wire=122).data] * 200
    with bridge(), netns.metering(site) as daemon:
        netns.send("far0", frames)
        site.wait_for_packets(3 * len(frames), daemon)
    said = netns.words(site)
    assert "sw: what it receives is counted in generic mode" in said, said
    assert by_direction(site) == {
        "egress": {("unrouted", "ipv4"): [200, 200 * 122, 200 * 100]},
        "ingress": {("near", "ipv4"): [400, 400 * 122, 400 * 100]}}, by_direction(site)


def status(site):
    """What `transitctl status` ends with and prints for people."""
    done = subprocess.run([meter.program("TRANSITCTL"), "--config", str(site.file), "status", "--format", "text"],
                          capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def said_in_time(site, words):
    deadline = time.monotonic() + meter.PATIENCE
    while words not in netns.words(site):
        assert time.monotonic() < deadline, netns.words(site)
        time.sleep(0.05)


def test_interface_returns():
    site = meter.Site(config("gone", [("in", "xdp:tr1", "by-mac")]), PREFIXES)
    frames = [frame(ip4(total=100), wire=114).data] * 100
    with netns.veth("tr0", "tr1"):
        daemon = netns.start(site)
        assert status(site)[0] == 0 and "interface tr1; what it receives is counted by" in status(site)[1], status(site)
        netns.send("tr0", frames)
        site.wait_for_packets(len(frames), daemon)
        assert " -" not in status(site)[1].split("tap in: ")[1], status(site)
    said_in_time(site, "interface tr1 is gone")
    code, said = status(site)
    assert code == 1 and "! tap in: interface tr1 is gone" in said, said
    with netns.veth("tr0", "tr1"):
        said_in_time(site, "interface tr1 is back")
        assert status(site)[0] == 0, status(site)
        netns.send("tr0", frames)
        site.wait_for_packets(2 * len(frames), daemon)
        netns.stop(daemon, site)
    assert of_tap(site, "in")["packets"] == 2 * len(frames)


def test_kill(tap=("in", "xdp:tr1", "ingress"), wire=lambda: netns.veth("tr0", "tr1"), end="tr0"):
    site = meter.Site(config("kill", [tap]), PREFIXES)
    total, rng = 60000, random.Random(5)
    frames = [frame(ip4(total=100), wire=114).data] * total
    with wire():
        daemon = netns.start(site)
        sender = threading.Thread(target=netns.send, args=(end, frames))
        sender.start()
        for _ in range(4):
            time.sleep(rng.random())
            netns.kill(daemon)
            daemon = netns.start(site)
        sender.join()
        site.wait_for_packets(total, daemon)
        netns.stop(daemon, site)
    counted = of_tap(site, tap[0])
    assert (counted["packets"], counted["l2_bytes"]) == (total, total * 114), counted


def test_kill_sent():
    test_kill(("out", "xdp:tr0", "egress"))


def test_kill_generic():
    test_kill(("in", "xdp:sw", "ingress"), bridge, "far0")


def test_other_cells_after_a_kill():
    """The daemon comes back with another configuration: what was counted keeps its old names."""
    site = meter.Site(config("cells", [("in", "xdp:tr1", "ingress")]), PREFIXES)
    frames = [frame(ip4(total=100), wire=114).data] * 500
    with netns.veth("tr0", "tr1"):
        daemon = netns.start(site)
        netns.kill(daemon)
        netns.send("tr0", frames)
        text = site.file.read_text()
        site.file.write_text(text.replace("name: near", "name: elsewhere"))
        (site.folder / "prefixes.csv").write_text("198.51.100.0/24,elsewhere\n")
        daemon = netns.start(site)
        netns.send("tr0", frames)
        site.wait_for_packets(2 * len(frames), daemon)
        netns.stop(daemon, site)
    want = [500, 500 * 114, 500 * 100]
    assert by_direction(site) == {
        "ingress": {("near", "ipv4"): want, ("elsewhere", "ipv4"): want}}, by_direction(site)


def test_detach():
    site = meter.Site(config("off", [("in", "xdp:tr1", "by-mac")]), PREFIXES)
    with netns.veth("tr0", "tr1"):
        daemon = netns.start(site)
        try:
            site.read("detach")
            raise RuntimeError("detached under a running meter")
        except AssertionError as error:
            assert "runs" in str(error), error
        netns.kill(daemon)
        assert site.read("detach") == [{"meter": site.config["meter"], "detached": 2}]
        assert site.read("detach") == [{"meter": site.config["meter"], "detached": 0}]
        links = netns.ip("-details", "link", "show", "tr1")
        assert "prog/xdp" not in links, links


def test_first_at_tc():
    """Another's program at tc, which lets nothing by, does not hide a frame: the newer one is first."""
    taps = [("in", "xdp:sw,mode=consume", "ingress")], [("in", "xdp:sw", "ingress")]
    sites = [meter.Site(config(name, tap), PREFIXES) for name, tap in zip(("first", "second"), taps)]
    frames = [frame(ip4(total=100), wire=114).data] * 200
    with bridge(), netns.metering(sites[0]) as one, netns.metering(sites[1]) as two:
        netns.send("far0", frames)
        for site, daemon in zip(sites, (one, two)):
            site.wait_for_packets(len(frames), daemon)
            assert "at tc" in netns.words(site), netns.words(site)


def test_start_that_fails():
    """A start that fails at the second tap leaves nothing; one that finds a dead meter's counts leaves those."""
    site = meter.Site(config("fails", [("in", "xdp:tr1", "ingress"), ("no", "xdp:none", "ingress")]), PREFIXES)
    frames = [frame(ip4(total=100), wire=114).data] * 100
    with netns.veth("tr0", "tr1"):
        said = site.run(status=1)
        assert "tap no: interface none: there is none" in said and not netns.is_pinned(site), said
        with netns.veth("none", "far"):
            daemon = netns.start(site)
            netns.kill(daemon)
            netns.send("tr0", frames)
        said = site.run(status=1)
        assert "there is none" in said and netns.is_pinned(site), said
        with netns.veth("none", "far"):
            daemon = netns.start(site)
            site.wait_for_packets(len(frames), daemon)
            netns.stop(daemon, site)
        assert not netns.is_pinned(site)
    assert of_tap(site, "in")["packets"] == len(frames)


def has_filter(interface, side):
    """Is there a program at clsact?"""
    shown = subprocess.run(["tc", "filter", "show", "dev", interface, side], capture_output=True, text=True, check=True)
    return "meter_tc" in shown.stdout


def test_filter_moves_and_goes():
    """A tap that is given another interface while no meter runs leaves nothing on the old one; nor does detach."""
    site = meter.Site(config("moves", [("out", "xdp:tr0", "egress")]), PREFIXES)
    frames = [frame(ip4(total=100), wire=114).data] * 100
    with netns.veth("tr0", "tr1"), netns.veth("ts0", "ts1"):
        daemon = netns.start(site)
        assert "at tc by a filter" in netns.words(site) and has_filter("tr0", "egress"), netns.words(site)
        netns.kill(daemon)
        assert has_filter("tr0", "egress")
        netns.send("tr0", frames)
        daemon = netns.start(site, "--tap", "out=xdp:ts0")
        assert has_filter("ts0", "egress") and not has_filter("tr0", "egress")
        netns.send("ts0", frames)
        site.wait_for_packets(2 * len(frames), daemon)
        netns.kill(daemon)
        assert site.read("detach") == [{"meter": site.config["meter"], "detached": 1}]
        assert not has_filter("ts0", "egress")


def test_filter_stays():
    """What a meter left as a filter goes on as one, in one step, where the kernel could have a link as well."""
    site = meter.Site(config("both", [("out", "xdp:tr0", "egress")]), PREFIXES)
    frames = [frame(ip4(total=100), wire=114).data] * 100
    with netns.veth("tr0", "tr1"):
        with netns.kernel_before_6_6():
            daemon = netns.start(site)
        netns.kill(daemon)
        netns.send("tr0", frames)
        daemon = netns.start(site)
        assert has_filter("tr0", "egress")
        netns.send("tr0", frames)
        site.wait_for_packets(2 * len(frames), daemon)
        netns.stop(daemon, site)
        assert not has_filter("tr0", "egress")
    assert of_tap(site, "out")["packets"] == 2 * len(frames)


def test_mode_that_is_gone():
    """What a meter left in native XDP cannot go on there: it is never on the interface together with what replaces it."""
    site = meter.Site(config("gone", [("in", "xdp:tr1", "ingress")]), PREFIXES)
    frames = [frame(ip4(total=100), wire=114).data] * 100
    with netns.veth("tr0", "tr1"):
        netns.kill(netns.start(site))
        netns.send("tr0", frames)
        os.environ["NO_TAGS_TOLD"] = "1"
        try:
            daemon = netns.start(site)
        finally:
            del os.environ["NO_TAGS_TOLD"]
        said = netns.words(site)
        assert "is taken off before another one is put on" in said and "in generic mode, at tc by a filter" in said, said
        netns.send("tr0", frames)
        site.wait_for_packets(2 * len(frames), daemon)
        netns.stop(daemon, site)
    assert of_tap(site, "in")["packets"] == 2 * len(frames), of_tap(site, "in")


PARTS = {
    "super-frames count as the frames that they are on the wire": test_super_frames,
    "jumbo frames count whole": test_jumbo,
    "headers that lie in pieces are read": test_pieces,
    "a tag beside the frame counts like one in it, at tc, by XDP and in generic mode": test_tags_beside,
    "an interface that goes and comes back is metered again": test_interface_returns,
    "a kill -9 in mid-traffic loses no frame that is received": test_kill,
    "nor one that is sent": test_kill_sent,
    "nor one that is received in generic mode": test_kill_generic,
    "whoever else looks at tc, all frames are counted": test_first_at_tc,
    "a start that fails leaves nothing of its own": test_start_that_fails,
    "transitctl detach removes what a killed meter left": test_detach,
    "what was counted for other cells is written as it was meant": test_other_cells_after_a_kill,
}


BEFORE_6_6 = {
    "super-frames": test_super_frames,
    "a tag beside the frame": test_tags_beside,
    "an interface that goes and comes back": test_interface_returns,
    "a kill -9 in mid-traffic, sent": test_kill_sent,
    "a kill -9 in mid-traffic, generic mode": test_kill_generic,
    "transitctl detach": test_detach,
    "other cells": test_other_cells_after_a_kill,
    "a tap that moves to another interface": test_filter_moves_and_goes,
    "a mode that cannot be had any more": test_mode_that_is_gone,
}


def run(name, part):
    if len(sys.argv) < 2 or sys.argv[1] in part.__name__:
        with report.part(name):
            part()


def main():
    netns.enter()
    for name, part in PARTS.items():
        run(name, part)
    for name, part in BEFORE_6_6.items():
        with netns.kernel_before_6_6():
            run(f"before 6.6, by a filter: {name}", part)
    run("a filter goes on as a filter", test_filter_stays)
    report.done()


if __name__ == "__main__":
    main()
