#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a sender sent is in cells, unknown or missed: between network namespaces, over several ports and workers.

The sender counts what the kernel took from it into a veth pair; the meter is at the pair's other end.
"""
import ctypes
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import captures  # noqa: E402
import meter  # noqa: E402
import namespaces  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4, ip6, raw, tag  # noqa: E402
from livesite import LiveSite  # noqa: E402

FRAMES = [frame(tag(100), ip4(), wire=80), frame(tag(100), ip6(), wire=300), frame(tag(7), ip4(), wire=1400),
          frame(raw(0x88CC, bytes(46))), frame(tag(100), ip4(total=1400), wire=1500)]
FLOWS = [frame(tag(100), ip4(dst=f"192.0.2.{n}"), wire=80) for n in range(64)]
CLONE_NEWNET = 0x40000000
SENT = 100000


def sh(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"


def leave_network():
    """From now on this process and its children have a network of their own."""
    assert ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


class Pair:
    """A veth pair: `here` in this process's network, `there` in another."""

    def __init__(self, number):
        self.here, self.there, self.space = f"tda{number}", f"tdb{number}", f"td-{os.getpid()}-{number}"

    def __enter__(self):
        sh("ip", "netns", "add", self.space)
        sh("ip", "link", "add", self.here, "type", "veth", "peer", "name", self.there, "netns", self.space)
        for prefix, name in (([], self.here), (["ip", "netns", "exec", self.space], self.there)):
            sh(*prefix, "sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1")
            sh(*prefix, "ip", "link", "set", name, "up", "mtu", "2000")
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.space], check=False)

    def dropped(self):
        """Frames that `there` could not hand over to `here`: of these, some kernels tell send(), others do not."""
        path = f"/sys/class/net/{self.there}/statistics/tx_dropped"
        return int(subprocess.run(["ip", "netns", "exec", self.space, "cat", path], capture_output=True, text=True,
                                  check=True).stdout)

    def send(self, count, pause_every=0, frames=FRAMES):
        """(frames, bytes) that went in at `there`."""
        with open(f"/var/run/netns/{self.space}", "rb") as space, open("/proc/self/ns/net", "rb") as home:
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.setns(space.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                out.bind((self.there, 0))
            finally:
                libc.setns(home.fileno(), CLONE_NEWNET)
        sent = octets = 0
        with out:
            for n in range(count):
                data = frames[n % len(frames)].data
                try:
                    octets += out.send(data)
                    sent += 1
                except OSError:
                    pass
                if pause_every and n % pause_every == 0:
                    time.sleep(0.001)
        return sent, octets


def sums(site):
    taps = [tap for row in site.read("intervals") for tap in row["taps"]]
    return {key: sum(tap[key] for tap in taps) for key in ("packets", "l2_bytes", "missed", "unknown_packets")}


def settled(site, sent):
    """Until what was sent is there, or nothing more comes for some intervals."""
    last, seq = -1, 0

    def done():
        nonlocal last, seq
        now = sums(site)
        head = site.ask("status")["journal"]["seq"]
        have = now["packets"] + now["missed"]
        if have != last:
            last, seq = have, head
        return have >= sent or head > seq + 3
    site.until(done, "the last frames are counted")


def between_namespaces(driver, pause_every):
    with Pair(0) as pair, tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder, \
            LiveSite({"t": f"dpdk:{driver},iface={pair.here}"}, folder=folder) as site:
        site.start()
        sent, octets = pair.send(SENT, pause_every)
        settled(site, sent)
        site.stop()
        records, _ = site.result()
        now = sums(site)
        print(f"# {driver}: {sent} sent, {now}", flush=True)
        assert now["packets"] + now["missed"] == sent, (sent, now)
        assert now["packets"] > 0 and (now["missed"] or now["l2_bytes"] == octets), (octets, now)
        if not now["missed"]:
            assert now["unknown_packets"] == sent // len(FRAMES) * 2, now
        assert sum(r["packets"] for r in records) + now["unknown_packets"] == now["packets"]


def two_queues():
    """One port whose driver spreads flows over two queues, and a worker for each."""
    cpus = sorted(os.sched_getaffinity(0))[:2]
    with Pair(0) as pair, tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder, \
            LiveSite({"t": f"dpdk:net_af_packet0,qpairs=2,iface={pair.here}"}, folder=folder, workers=cpus) as site:
        site.start()
        sent, octets = pair.send(SENT, 64, FLOWS)
        settled(site, sent)
        by_worker = [w["packets"] for w in site.ask("status")["workers"]]
        site.stop()
        now = sums(site)
        print(f"# {sent} sent, {now}, by worker {by_worker}", flush=True)
        assert now["packets"] + now["missed"] == sent and sum(by_worker) == now["packets"], (sent, now, by_worker)
        assert now["missed"] or now["l2_bytes"] == octets, (octets, now)
        assert all(by_worker) or len(cpus) < 2, by_worker


def tap():
    """The kernel's own end of the port is the interface that it makes."""
    sh("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")  # the kernel is not to send by itself
    cpus = sorted(os.sched_getaffinity(0))[:2]
    with tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder, \
            LiveSite({"t": "dpdk:net_tap0,iface=tdtap0"}, folder=folder, workers=cpus) as site:
        site.start()
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
            out.bind(("tdtap0", 0))
            for n in range(SENT):
                try:
                    out.send(FLOWS[n % len(FLOWS)].data)
                except OSError:
                    pass  # a drop of the interface's, which it counts
        settled(site, SENT)
        site.stop()
        now = sums(site)
        print(f"# net_tap0: {SENT} sent, {now}", flush=True)
        assert now["packets"] + now["missed"] == SENT and now["packets"] > 0, now


def xdp_flood():
    """Faster than the worker: what the kernel's ring had no room for is missed."""
    with Pair(0) as pair, tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder, \
            LiveSite({"t": f"dpdk:net_af_xdp0,iface={pair.here}"}, folder=folder) as site:
        site.start()
        pair.send(SENT)
        went_in = SENT - pair.dropped()
        settled(site, went_in)
        site.stop()
        now = sums(site)
        print(f"# net_af_xdp0, flood: {went_in} went in, {now}", flush=True)
        assert now["packets"] + now["missed"] == went_in and now["packets"] > 0, (went_in, now)


def ports_queues_workers(folder):
    """Three ports dealt to two workers, and a port with a queue for each (net_null has no end of frames)."""
    capture = f"{folder}/frames.pcap"
    Path(capture).write_bytes(captures.pcap([(0, f) for f in FRAMES * 64]))
    rx = ",".join([f"rx_pcap={capture}"] * 2)
    taps = {"a": f"dpdk:net_pcap0,rx_pcap={capture},infinite_rx=1", "b": f"dpdk:net_pcap1,{rx}",
            "c": f"dpdk:net_pcap2,rx_pcap={capture}", "d": "dpdk:net_null0,size=90"}
    cpus = sorted(os.sched_getaffinity(0))[:2]
    with LiveSite(taps, folder=folder, workers=cpus) as site:
        site.start()
        site.until(lambda: site.ask("status")["journal"]["seq"] > 2, "three intervals")
        reply = site.ask("status")
        assert len(reply["workers"]) == len(cpus) and all(w["packets"] > 0 for w in reply["workers"]), reply
        site.stop()
        drifts = [line for line in site.log().splitlines() if "drift" in line]
        assert len(drifts) == len(taps) and all(line.endswith("drift 0") for line in drifts), drifts
        records, intervals = site.result()
        per_tap = {name: sum(t["packets"] for row in intervals for t in row["taps"] if t["name"] == name)
                   for name in taps}
        assert per_tap["c"] == len(FRAMES) * 64 and all(per_tap.values()), per_tap
        assert per_tap["b"] == 2 * per_tap["c"], f"a file a queue: {per_tap}"
        assert records and site.ctl("verify")[0] == 0


def why_no_namespace():
    """What keeps this machine from it, or ""."""
    reason = namespaces.why_none()
    if reason:
        return reason
    name = f"td-{os.getpid()}-try"
    try:
        sh("ip", "netns", "add", name)
        sh("ip", "netns", "exec", name, "true")
    except AssertionError as error:
        return str(error).strip()
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
    return ""


def has_af_xdp():
    try:
        socket.socket(44, socket.SOCK_RAW).close()
        return True
    except OSError:
        return False


def main():
    with report.part("ports, queues, workers"), tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder:
        ports_queues_workers(folder)
    reason = why_no_namespace()
    for driver, how, test in (
            ("net_af_packet0", "slowly", lambda: between_namespaces("net_af_packet0", 64)),
            ("net_af_packet0", "in a flood", lambda: between_namespaces("net_af_packet0", 0)),
            ("net_af_packet0", "over two queues", two_queues),
            ("net_tap0", "in a flood", tap),
            ("net_af_xdp0", "slowly", lambda: between_namespaces("net_af_xdp0", 64)),
            ("net_af_xdp0", "in a flood", xdp_flood)):
        name = f"{driver} between namespaces, {how}"
        if reason:
            report.skip(name, reason)
            continue
        if driver == "net_af_xdp0" and not has_af_xdp():
            report.skip(name, "the kernel has no AF_XDP")
            continue
        with report.part(name):
            leave_network()
            test()
    report.done()


if __name__ == "__main__":
    main()
