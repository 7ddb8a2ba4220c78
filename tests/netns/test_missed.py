#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the kernel lost in front of the meter is in `missed`, frame for frame, and nothing that was counted is."""
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import meter  # noqa: E402
import netns  # noqa: E402
import report  # noqa: E402
from frames import frame, ip4  # noqa: E402

PREFIXES = [("198.51.100.0/24", "near")]
GOOD = frame(ip4(total=100), wire=114).data
LONG = frame(ip4(total=2000), wire=2014).data  # longer than the meter's end takes
CLONE_NEWNET = 0x40000000
FLOOD, SENDERS, ROUNDS = 20000, 4, 5
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000


def until(is_true, what):
    deadline = time.monotonic() + meter.PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def offer(interface, count, data):
    """Once each, whatever becomes of it: some kernels tell the sender of the frames that they drop, others do not."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((interface, 0))
        for _ in range(count):
            try:
                s.send(data)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise


class Pair:
    """A pair: the meter's end `near` is here, `far` in a namespace of its own, and may send longer frames than `near`
    takes: these the kernel loses for certain, and counts as it does those for which the ring had no room."""

    def __init__(self, near="tr0", far="tr1"):
        self.near, self.far = near, far

    def __enter__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "1000"], stdin=subprocess.DEVNULL)
        until(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"),
              lambda: "no namespace")
        self.make(self.near)
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "link", "del", self.near], capture_output=True, check=False)
        self.holder.kill()
        self.holder.wait()

    def make(self, near):
        netns.ip("link", "add", near, "type", "veth", "peer", "name", self.far, "mtu", "3000", "netns",
                 str(self.holder.pid))
        Path(f"/proc/sys/net/ipv6/conf/{near}/disable_ipv6").write_text("1")
        self.there("sysctl", "-qw", f"net.ipv6.conf.{self.far}.disable_ipv6=1")
        netns.ip("link", "set", near, "up", "promisc", "on")
        self.there("ip", "link", "set", self.far, "up")

    def there(self, *words):
        return subprocess.run(["nsenter", "-t", str(self.holder.pid), "-n", *words], check=True, capture_output=True,
                              text=True).stdout

    def offered(self):
        """What `far` handed over and what it could not."""
        counters = json.loads(self.there("ip", "-s", "-j", "link", "show", self.far))[0]["stats64"]["tx"]
        return counters["packets"] + counters["dropped"]

    def send(self, count, data=GOOD, senders=1):
        """Gives the kernel `count` frames from each of so many processes; how many in all."""
        children = [os.fork() or self.flood(count, data) for _ in range(senders)]
        for child in children:
            assert os.waitpid(child, 0)[1] == 0, "a sender failed"
        return count * senders

    def flood(self, count, data):
        """In a process of its own."""
        try:
            with open(f"/proc/{self.holder.pid}/ns/net", "rb") as space:
                assert ctypes.CDLL(None, use_errno=True).setns(space.fileno(), CLONE_NEWNET) == 0
            offer(self.far, count, data)
            os._exit(0)
        finally:
            os._exit(1)


def config(name, source, direction="ingress"):
    """One link with one peering, and one tap."""
    return {
        "meter": f"{name}-{os.getpid()}", "interval": "1s", "journal": "meter.db", "prefixes": "prefixes.csv",
        "links": [{"name": "link", "taps": [{"name": "in", "source": source, "direction": direction}]}],
        "partners": [{"name": "partner", "asn": 64500}],
        "peerings": [{"name": "peering", "partner": "partner", "link": "link"}],
        "classes": [{"name": "near"}],
    }


def site_of(name, source, direction="ingress"):
    return meter.Site(config(name, source, direction), PREFIXES)


def have(site):
    """(packets, missed) so far."""
    taps = [tap for row in site.read_early("intervals") for tap in row["taps"]]
    return sum(t["packets"] for t in taps), sum(t["missed"] for t in taps)


def settle(site, daemon):
    """Two intervals more: what was lost and counted by now is in the journal."""
    wanted = len(site.read("intervals")) + 2
    until(lambda: daemon.poll() is not None or len(site.read("intervals")) >= wanted, lambda: netns.words(site))
    assert daemon.poll() is None, netns.words(site)


def result(site):
    """(packets, missed) of the end; every interval has been checked."""
    tap = netns.sums(site)[1]["in"]
    return tap["packets"], tap["missed"]


@contextlib.contextmanager
def slow(interface):
    """What is received waits for a thread that runs when nothing else wants to, on a CPU with senders."""
    Path(f"/sys/class/net/{interface}/threaded").write_text("1")
    cpu, threads = min(os.sched_getaffinity(0)), []
    for comm in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if comm.read_text().startswith(f"napi/{interface}-"):
                threads.append(int(comm.parent.name))
    for thread in threads:
        os.sched_setaffinity(thread, {cpu})
        os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
    yield
    for thread in threads:
        os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def test_flood(mode):
    """The ring in front of the program has 256 places; with a receiver that is slow enough it overflows."""
    site, sent = site_of(f"flood-{mode}", f"xdp:tr0,mode={mode}"), 0
    with Pair() as pair, netns.metering(site) as daemon:
        for _ in range(ROUNDS):
            with slow("tr0"):
                sent += pair.send(FLOOD, senders=SENDERS * len(os.sched_getaffinity(0)))
            until(lambda: pair.offered() == sent, lambda: f"{sent} sent, {pair.offered()} taken or lost")
            settle(site, daemon)
            if have(site)[1]:
                break
    packets, missed = result(site)
    print(f"# {mode}: {sent} sent, {packets} counted, {missed} missed", flush=True)
    assert missed, f"the kernel dropped none of {sent} frames"
    assert packets and packets + missed == sent, (sent, packets, missed)


def test_lost(mode):
    """Frames that the far end cannot hand over, between others."""
    site = site_of(f"lost-{mode}", f"xdp:tr0,mode={mode}")
    with Pair() as pair, netns.metering(site) as daemon:
        for _ in range(3):
            pair.send(70)
            pair.send(50, LONG)
            settle(site, daemon)
    assert result(site) == (210, 150), result(site)


def test_lost_at_the_end():
    """What was lost in the last interval, which a signal ends."""
    site = site_of("end", "xdp:tr0,mode=consume")
    with Pair() as pair, netns.metering(site):
        pair.send(30)
        pair.send(20, LONG)
    assert result(site) == (30, 20), result(site)


def test_sent_alone():
    """A tap of what is sent: what the interface did not receive is not its business."""
    site = site_of("sent", "xdp:tr0", "egress")
    with Pair() as pair, netns.metering(site) as daemon:
        netns.send("tr0", [GOOD] * 40)
        pair.send(50, LONG)
        settle(site, daemon)
    assert result(site) == (40, 0), result(site)


def test_same_space():
    """The other end in the meter's own namespace."""
    site = site_of("same", "xdp:tr0")
    with netns.veth("tr0", "tr1"):
        netns.ip("link", "set", "tr1", "mtu", "3000")
        with netns.metering(site) as daemon:
            offer("tr1", 30, GOOD)
            offer("tr1", 20, LONG)
            settle(site, daemon)
    assert result(site) == (30, 20), result(site)


def test_before():
    """Of what was lost before the meter ran, and between two runs, nothing is told."""
    site = site_of("before", "xdp:tr0,mode=consume")
    with Pair() as pair:
        pair.send(1000, LONG)
        for _ in range(2):
            with netns.metering(site) as daemon:
                pair.send(30)
                pair.send(20, LONG)
                settle(site, daemon)
            pair.send(500, LONG)
    assert result(site) == (60, 40), result(site)


def test_returns():
    """The interface comes back with more lost frames than the old one had, with fewer, with none, and at once."""
    site = site_of("back", "xdp:tr0")
    with Pair() as pair, netns.metering(site) as daemon:
        for times, (lost_before, pause) in enumerate(((1000, True), (7, True), (0, True), (2000, False)), 1):
            pair.send(100)
            pair.send(50, LONG)
            settle(site, daemon)
            netns.ip("link", "del", "tr0")
            if pause:
                settle(site, daemon)
            pair.make("later")
            pair.send(lost_before, LONG)
            netns.ip("link", "set", "later", "down")
            netns.ip("link", "set", "later", "name", "tr0")
            netns.ip("link", "set", "tr0", "up", "promisc", "on")
            until(lambda: netns.words(site).count("interface tr0 is back") >= times, lambda: netns.words(site))
        pair.send(100)
        settle(site, daemon)
    assert result(site) == (500, 200), result(site)


def test_far_end_moves():
    """The far end is taken into the meter's namespace: it is asked there from then on."""
    site = site_of("moves", "xdp:tr0")
    with Pair() as pair, netns.metering(site) as daemon:
        pair.send(50, LONG)
        settle(site, daemon)
        pair.there("ip", "link", "set", "tr1", "netns", str(os.getpid()))
        netns.ip("link", "set", "tr1", "up")
        settle(site, daemon)
        offer("tr1", 20, LONG)
        settle(site, daemon)
    assert result(site)[1] == 70, result(site)


@contextlib.contextmanager
def tap(name, flags=0):
    """The kernel receives what is written."""
    fd = os.open("/dev/net/tun", os.O_RDWR | flags)
    try:
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
        netns.ip("link", "set", name, "up", "promisc", "on")
        yield fd
    finally:
        os.close(fd)


def dropped(name):
    return int(Path(f"/sys/class/net/{name}/statistics/rx_dropped").read_text())


def test_tap(mode):
    """The driver counts the program's own verdicts as drops, and as drops, too, frames that the program has seen while
    the interface is down. Both ways of writing: what waits goes another way through the driver."""
    for flags in (0, os.O_NONBLOCK):
        site = site_of(f"tap-{mode}", f"xdp:tap0,mode={mode}")
        with tap("tap0", flags) as fd:
            with netns.metering(site) as daemon:
                for _ in range(200):
                    os.write(fd, GOOD)
                settle(site, daemon)
                netns.ip("link", "set", "tap0", "down")
                for _ in range(30):
                    with contextlib.suppress(OSError):
                        os.write(fd, GOOD)
                settle(site, daemon)
                counted_as_drops = dropped("tap0")
        assert "native XDP" in netns.words(site), netns.words(site)
        assert counted_as_drops or not flags, "the kernel counts none as dropped: this tests nothing"
        assert result(site) == (230, 0), (result(site), counted_as_drops)


PARTS = {
    "a flood of a pair from another namespace, mode=observe": lambda: test_flood("observe"),
    "a flood of a pair from another namespace, mode=consume": lambda: test_flood("consume"),
    "what the other end could not hand over is missed, mode=observe": lambda: test_lost("observe"),
    "what the other end could not hand over is missed, mode=consume": lambda: test_lost("consume"),
    "what was lost in the last interval is missed": test_lost_at_the_end,
    "a tap of what is sent misses nothing": test_sent_alone,
    "the other end is in the meter's namespace": test_same_space,
    "the other end moves to another namespace": test_far_end_moves,
    "what was lost before the start is not told": test_before,
    "an interface that comes back with other counters": test_returns,
    "a tap device's drops are counted frames, mode=observe": lambda: test_tap("observe"),
    "a tap device's drops are counted frames, mode=consume": lambda: test_tap("consume"),
}


def has_ring():
    """Is a veth metered by its driver, behind a ring of its own, or at tc (before 6.8)?"""
    return tuple(int(n) for n in os.uname().release.split(".")[:2]) >= (6, 8)


def main():
    netns.enter()
    for name, part in PARTS.items():
        if len(sys.argv) >= 2 and sys.argv[1] not in name:
            continue
        if "flood" in name and not has_ring():
            report.skip(name, "a veth has no ring in front of the program before 6.8")
            continue
        with report.part(name):
            part()
    report.done()


if __name__ == "__main__":
    main()
