#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
Many meters against a cluster of three masters on the loopback: how fast intervals arrive, what Redis spends on
them, and how long it takes to catch up after an outage: for a minute all masters stand still (SIGSTOP), while every
meter writes an interval each ten seconds. Journals are real, in memory (/dev/shm); the sinks are the daemon's own, all
in one process and one loop. Prints a table; with up to 50 meters it asserts equality as well.

    REDIS_PLAYER=build/tests/redis/redis_player tests/redis/bench_redis_fleet.py [--meters 1000] [--peerings 64]
        [--outage 60]
"""
import argparse
import os
import resource
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import rediscluster  # noqa: E402
from test_redis_cluster import Player  # noqa: E402

INTERVAL = 10  # seconds, as the player's journals have it
CELLS_A_PEERING = 12  # tests/support/make_interval.c
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(nodes):
    total = 0
    for node in nodes:
        fields = Path(f"/proc/{node.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(nodes):
    return sum(int(line.split(":")[1]) for n in nodes
               for line in n.cli("INFO", "memory").splitlines() if line.startswith("used_memory:"))


def show(name, value):
    print(f"{name:58s} {value}", flush=True)


def signal_all(nodes, number):
    for node in nodes:
        os.kill(node.process.pid, number)


def append(player, intervals):
    return int(player("append", intervals).split()[1])


def deliver(player, nodes, name):
    """Appends an interval to all meters while Redis is frozen, thaws it, and measures until all is level."""
    signal_all(nodes, signal.SIGSTOP)
    records = append(player, 1)
    player("run", 100)
    catch_up(player, nodes, name, records)


def outage(player, nodes, seconds):
    """The sinks notice (no reply in time), and try again now and then; their journals grow."""
    records, begin = 0, time.monotonic()
    signal_all(nodes, signal.SIGSTOP)
    for n in range(1, seconds // INTERVAL + 1):
        records += append(player, 1)
        left = begin + n * INTERVAL - time.monotonic()
        show(f"outage: interval {n} of every meter written, seconds to spare", f"{left:.1f}")
        player("run", max(1, int(1000 * left)))
    show("outage: intervals that Redis lacks", player("behind"))
    catch_up(player, nodes, f"after {seconds} s without Redis", records)


def catch_up(player, nodes, name, records):
    behind = int(player("behind").split()[1])
    spent, start = cpu_seconds(nodes), time.monotonic()
    signal_all(nodes, signal.SIGCONT)
    while int(player("behind").split()[1]) == behind:
        player("run", 5)
    first = time.monotonic() - start
    player("level")
    took, spent = time.monotonic() - start, cpu_seconds(nodes) - spent
    show(f"{name}: records", records)
    show(f"{name}: seconds until the first is taken (backoff)", f"{first:.2f}")
    show(f"{name}: seconds until level", f"{took:.2f}")
    show(f"{name}: records/s", f"{records / took:.0f}")
    show(f"{name}: Redis CPU, seconds", f"{spent:.2f}")
    show(f"{name}: Redis CPU, us a record", f"{1e6 * spent / records:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--meters", type=int, default=1000)
    parser.add_argument("--peerings", type=int, default=64)
    parser.add_argument("--outage", type=int, default=60, help="seconds")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.environ["TMPDIR"] = "/dev/shm"
    with rediscluster.Cluster(replicas=0, node_timeout="600000") as cluster:
        empty = memory(cluster.nodes)
        with Player(cluster.addresses(), options.meters, options.peerings * CELLS_A_PEERING) as player:
            player("level")
            show("meters, peerings each", f"{options.meters}, {options.peerings}")
            for turn in (1, 2, 3):
                deliver(player, cluster.nodes, f"an interval of every meter, {turn}")
            before = memory(cluster.nodes) - empty
            outage(player, cluster.nodes, options.outage)
            used = memory(cluster.nodes) - empty
            show("Redis memory, MB before and after", f"{before / 1e6:.0f}, {used / 1e6:.0f}")
            show("Redis memory, bytes a meter at the end (one bin, all intervals)", used // options.meters)
            if options.meters <= 50:
                player("same")


if __name__ == "__main__":
    main()
