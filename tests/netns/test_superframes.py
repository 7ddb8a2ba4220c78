#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""TCP and SCTP of the kernel's own, in super-frames of up to 185 kB, between two network namespaces: what the sending end
counts at tc before they are cut is what the receiving end counts by XDP after, in frames and in bytes."""
import contextlib
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import meter  # noqa: E402
import netns  # noqa: E402
import report  # noqa: E402
from test_router import by_direction, config  # noqa: E402

SPACE = f"big-{os.getpid()}"
SIZE, MTU, SENT, TRIES = 185000, 9000, 16 << 20, 6
LEGACY = 65536  # bytes of the longest super-frame that needs no jumbo option
SCTP, MESSAGE = 132, 60000
ENDS = {socket.AF_INET: ("10.77.0.1", "10.77.0.2"), socket.AF_INET6: ("fd77::1", "fd77::2")}
PREFIXES = [("10.77.0.0/24", "near"), ("fd77::/64", "near")]  # what the kernels say beside TCP has other addresses
WORDS = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}
IFLA_GSO_IPV4_MAX_SIZE, RTM_NEWLINK, NLM_F_REQUEST_ACK = 63, 16, 5
CLONE_NEWNET = 0x40000000


def there(*words):
    return subprocess.run(["ip", "netns", "exec", SPACE, *words], check=True, capture_output=True, text=True).stdout


def let_grow(interface):
    """Super-frames of SIZE bytes, of both families; ip of Debian 12 knows the one. False: the kernel knows it not."""
    if subprocess.run(["ip", "link", "set", interface, "gso_max_size", str(SIZE)], capture_output=True).returncode:
        return False
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as s:
        body = struct.pack("=BxHiII", 0, 0, socket.if_nametoindex(interface), 0, 0)
        body += struct.pack("=HHI", 8, IFLA_GSO_IPV4_MAX_SIZE, SIZE)
        s.sendto(struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, NLM_F_REQUEST_ACK, 1, 0) + body, (0, 0))
        return struct.unpack_from("=i", s.recv(4096), 16)[0] == 0


@contextlib.contextmanager
def ends():
    """tr0 here, tr1 there."""
    netns.ip("netns", "add", SPACE)
    try:
        netns.ip("link", "add", "tr0", "mtu", str(MTU), "type", "veth", "peer", "name", "tr1", "mtu", str(MTU),
                 "netns", SPACE)
        for family, (here, far) in ENDS.items():
            bits = "24" if family == socket.AF_INET else "64"
            more = [] if family == socket.AF_INET else ["nodad"]
            netns.ip("addr", "add", f"{here}/{bits}", "dev", "tr0", *more)
            there("ip", "addr", "add", f"{far}/{bits}", "dev", "tr1", *more)
        netns.ip("link", "set", "tr0", "up")
        there("ip", "link", "set", "tr1", "up")
        for here, far in ENDS.values():  # nobody asks for a neighbour
            netns.ip("neigh", "replace", far, "lladdr", there("cat", "/sys/class/net/tr1/address").strip(), "dev", "tr0")
            there("ip", "neigh", "replace", here, "lladdr", Path("/sys/class/net/tr0/address").read_text().strip(),
                  "dev", "tr1")
        yield
    finally:
        subprocess.run(["ip", "link", "del", "tr0"], capture_output=True)
        subprocess.run(["ip", "netns", "del", SPACE], capture_output=True)


def in_space(make):
    """What make() makes, there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as home, open(f"/var/run/netns/{SPACE}", "rb") as space:
        assert not libc.setns(space.fileno(), CLONE_NEWNET)
        try:
            return make()
        finally:
            assert not libc.setns(home.fileno(), CLONE_NEWNET)


def listen(family, protocol):
    server = socket.socket(family, socket.SOCK_STREAM, protocol)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((ENDS[family][1], 7777))
    server.listen()
    return server


def send(family, protocol):
    """SENT bytes to there, all read."""
    server = in_space(lambda: listen(family, protocol))
    size = MESSAGE if protocol == SCTP else SENT  # SCTP keeps messages apart

    def read():
        total = 0
        with server, server.accept()[0] as s:
            while total < SENT // size * size:
                total += len(s.recv(1 << 20))
            s.sendall(b".")
    reader = threading.Thread(target=read)
    reader.start()
    with socket.socket(family, socket.SOCK_STREAM, protocol) as s:
        s.connect((ENDS[family][1], 7777))
        for _ in range(SENT // size):
            s.sendall(bytes(size))
        assert s.recv(1) == b"."
    reader.join()


def dropped():
    return int(Path("/sys/class/net/tr0/statistics/tx_dropped").read_text())


def runs(daemon):
    """How many super-frames and frames the meter's program at tc has seen."""
    held = [line.split()[1] for fd in Path(f"/proc/{daemon.pid}/fdinfo").iterdir()
            for line in fd.read_text().splitlines() if line.startswith("prog_id:")]
    shown = json.loads(subprocess.run(["bpftool", "--json", "prog", "show"], check=True, capture_output=True,
                                      text=True).stdout)
    return sum(p.get("run_cnt", 0) for p in shown if p.get("name") == "meter_tc" and str(p["id"]) in held)


@contextlib.contextmanager
def counted_runs():
    switch = Path("/proc/sys/kernel/bpf_stats_enabled")
    before = switch.read_text()
    switch.write_text("1")
    try:
        yield
    finally:
        switch.write_text(before)


def exchange(family, protocol):
    """(what was sent, what was received, drops between, runs of the program) of one exchange."""
    here = meter.Site(config("here", [("end", "xdp:tr0", "egress")]), PREFIXES)
    far = meter.Site(config("far", [("end", "xdp:tr1", "ingress")]), PREFIXES)
    wrapper = far.folder / "transitd"
    wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {SPACE} "{meter.program("TRANSITD")}" "$@"\n')
    wrapper.chmod(0o755)
    with counted_runs(), netns.metering(here) as daemon:
        ours = os.environ["TRANSITD"]
        os.environ["TRANSITD"] = str(wrapper)
        try:
            with netns.metering(far):
                before = dropped()
                send(family, protocol)
                lost, n = dropped() - before, runs(daemon)
        finally:
            os.environ["TRANSITD"] = ours
    out = by_direction(here)["egress"]["near", WORDS[family]]
    into = by_direction(far)["ingress"]["near", WORDS[family]]
    return out, into, lost, max(n, 1)


def agree(family, protocol, least):
    """As long as the veth drops, frames are still the same number, less those."""
    for _ in range(TRIES):
        out, into, lost, n = exchange(family, protocol)
        print(f"# sent {out[0]} frames, {out[1]} bytes, {out[0] / n:.1f} frames and {out[1] // n} bytes at a time; "
              f"{lost} dropped", flush=True)
        assert out[0] == into[0] + lost, f"sent {out}, received {into}, {lost} dropped"
        if not lost and out[1] > n * least and 2 * out[0] > 3 * n:
            assert out == into, f"sent {out}, received {into}"
            return
    raise AssertionError(f"{TRIES} exchanges, and none without drops in super-frames of the size that is wanted")


def has_sctp():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP).close()
        return True
    except OSError:
        return False


def main():
    netns.enter()
    with ends():
        least = LEGACY if let_grow("tr0") else MTU  # for both families from 6.3 on
        for family in ENDS:
            with report.part(f"TCP, super-frames beyond {least} bytes, {family.name}"):
                agree(family, socket.IPPROTO_TCP, least)
            if has_sctp():
                with report.part(f"SCTP, {family.name}"):
                    agree(family, SCTP, 0)
            else:
                report.skip(f"SCTP, {family.name}", "the kernel has none")
    report.done()


if __name__ == "__main__":
    main()
