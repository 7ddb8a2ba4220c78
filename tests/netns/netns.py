# SPDX-License-Identifier: BSD-3-Clause
"""A network namespace of our own for a whole test, and frames sent on its interfaces.

enter() runs the script anew inside fresh network and mount namespaces, which end with it: interfaces and
attached programs go with them. What a meter pins does not: it pins outside of our mount namespace.
"""
import contextlib
import errno
import itertools
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import meter
import namespaces
import report

meter.PATIENCE = int(os.environ.get("TRANSITD_TEST_PATIENCE", "30"))

INSIDE = "TRANSITD_TEST_INSIDE"
SOL_PACKET, PACKET_VNET_HDR = 263, 15
TCP4, TCP6, NEEDS_CSUM = 1, 4, 1  # struct virtio_net_hdr
PACE = 64  # frames between two looks at the socket's buffer


def enter():
    """Returns inside; outside, skips when we may not, or ends as the script inside does."""
    if os.environ.get(INSIDE):
        subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
        return
    reason = namespaces.why_none()
    if reason:
        report.skip_all(reason)
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])


def ip(*arguments):
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def veth(left, right, mtu=1500):
    """Two ends, up and silent: without IPv6 the kernel sends nothing of its own."""
    ip("link", "add", left, "mtu", str(mtu), "type", "veth", "peer", "name", right, "mtu", str(mtu))
    for name in (left, right):
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
        ip("link", "set", name, "up", "promisc", "on")
    try:
        yield
    finally:
        subprocess.run(["ip", "link", "del", left], capture_output=True)


def send(interface, frames, linear=0):
    """Puts frames on the wire behind `interface`: bytes, or (bytes, offset of the TCP header, segment size)
    for what the kernel has to cut up. `linear`: how many bytes the kernel keeps in one piece at the front. Returns how
    many the interface was given: one that it dropped, if the kernel tells us, is given again."""
    extra = linear or any(isinstance(f, tuple) for f in frames)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        if extra:
            s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        s.bind((interface, 0))
        given = 0
        for i, f in enumerate(frames):
            given += send_one(s, f, extra, linear)
            if i % PACE == PACE - 1:
                time.sleep(0.0005)  # the receiver's ring is finite, and what it does not take is no fault
        return given


def send_one(s, f, extra, linear):
    data, tcp, size = f if isinstance(f, tuple) else (f, 0, 0)
    kind = 0 if not size else TCP4 if data[12:14] == b"\x08\x00" else TCP6
    head = struct.pack("=BBHHHH", NEEDS_CSUM if size else 0, kind, tcp + 20 if size else linear, size, tcp, 16)
    for given in itertools.count(1):
        try:
            s.send((head if extra else b"") + data)
            return given
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            time.sleep(0.001)


ENVIRONMENT = {}  # of the daemon, besides our own


@contextlib.contextmanager
def kernel_before_6_6():
    """Daemons that are started in here can make no links at tc."""
    ENVIRONMENT["LD_PRELOAD"] = os.environ["NO_TCX"]
    try:
        yield
    finally:
        del ENVIRONMENT["LD_PRELOAD"]


def start(site, *arguments):
    """The daemon in the background, metering: its first interval is written."""
    said = open(site.folder / "said", "a+")
    before = len(site.read_early("intervals"))
    daemon = subprocess.Popen([meter.program("TRANSITD"), "--config", str(site.file), *arguments],
                              stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=os.environ | ENVIRONMENT)
    deadline = time.monotonic() + meter.PATIENCE
    while len(site.read_early("intervals")) == before:
        assert daemon.poll() is None, f"transitd ended with {daemon.returncode}:\n{words(site)}"
        assert time.monotonic() < deadline, "no interval"
        time.sleep(0.05)
    return daemon


def stop(daemon, site):
    daemon.send_signal(signal.SIGTERM)
    status = daemon.wait(meter.PATIENCE)
    assert status == 0, f"transitd ended with {status}:\n{words(site)}"


def kill(daemon):
    daemon.kill()
    daemon.wait()


def is_pinned(site):
    """Whether anything of the meter is, where it pins: in the oldest mount namespace above us that we may look at."""
    pid, found = os.getpid(), False
    while pid:
        try:
            found = Path(f"/proc/{pid}/root/sys/fs/bpf/transitd/{site.config['meter']}").exists()
        except PermissionError:
            break
        pid = int(Path(f"/proc/{pid}/status").read_text().split("PPid:")[1].split()[0])
    return found


def words(site):
    return (site.folder / "said").read_text()


@contextlib.contextmanager
def metering(site, *arguments):
    daemon = start(site, *arguments)
    try:
        yield daemon
        stop(daemon, site)
    finally:
        if daemon.poll() is None:
            kill(daemon)


def sums(site):
    """(what every cell, what every tap counted), over all intervals, whose form is checked."""
    records, intervals = site.result()
    taps = {}
    for row in intervals:
        for tap in row["taps"]:
            have = taps.setdefault(tap["name"], dict.fromkeys(meter.TAP_KEYS - {"name"}, 0))
            for key in have:
                have[key] += tap[key]
    return meter.totals(records), taps
