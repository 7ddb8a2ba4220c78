#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The whole daemon against dpdk-testpmd --forward-mode=rxonly on the same virtual device (README.md).

A round runs both one after the other on each device, the worker on the same CPU. The daemon's rate is read
from its journal, whole intervals of one second only; testpmd's from its own counters. Ratios are medians of
the ratios within a round. Nothing is judged.
"""
import argparse
import os
import re
import signal
import subprocess
import time

import world

BUFFERS = 16384  # an infinite_rx device keeps all frames of its file in them
CAPTURES = [("mix", 8192, 8192, world.IMIX, world.MIX), ("mix60", 8192, 8192, 60, world.MIX)]
DEVICES = [("net_null 64 B", "net_null0,size=64"),
           ("net_pcap mixed sizes", "net_pcap0,rx_pcap={mix},infinite_rx=1"),
           ("net_pcap 60 B", "net_pcap0,rx_pcap={mix60},infinite_rx=1")]
HUGE = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"


def memory_arguments():
    """EAL's, for testpmd; transitd finds its own."""
    try:
        free = int(open(HUGE).read())
    except OSError:
        free = 0
    return [] if free >= 64 else ["--no-huge", "-m", "256"]


def testpmd(device, main_cpu, worker_cpu, seconds):
    """Frames a second of each window of one second."""
    command = ["dpdk-testpmd", "-l", f"{main_cpu},{worker_cpu}", f"--main-lcore={main_cpu}", "--no-pci",
               "--in-memory", "--no-telemetry", "--log-level=4", *memory_arguments(), f"--vdev={device}", "--",
               "-i", "--nb-cores=1", f"--total-num-mbufs={BUFFERS + 8192}", "--burst=32",
               "--forward-mode=rxonly", "--no-lsc-interrupt"]
    run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)

    def say(line):
        run.stdin.write(line + "\n")
        run.stdin.flush()

    say("start")
    time.sleep(1.5)
    say("show port stats 0")
    for _ in range(seconds):
        time.sleep(1)
        say("show port stats 0")
    say("stop")
    out, _ = run.communicate("quit\n", timeout=60)
    rates = [int(rate) for rate in re.findall(r"Rx-pps: *(\d+)", out)]
    if run.returncode != 0 or len(rates) <= seconds:
        raise SystemExit(f"dpdk-testpmd failed on {device}:\n{out}")
    return rates[-seconds:]


def transitd(site, device, main_cpu, worker_cpu, seconds):
    """Frames a second of each interval that the meter saw whole. Not one frame may be missing."""
    path = site.config("live", f"dpdk:{device}", idle="poll", workers=[worker_cpu], dpdk={"buffers": BUFFERS})
    run = subprocess.Popen(["taskset", "-c", str(main_cpu), world.program("TRANSITD"), "--config", str(path)],
                           stderr=subprocess.PIPE, text=True)
    said = []
    for line in run.stderr:
        said.append(line)
        if "metering" in line:
            break
    time.sleep(seconds + 2)  # the first interval and the last are not whole
    run.send_signal(signal.SIGTERM)
    said.append(run.communicate(timeout=60)[1])
    if run.returncode != 0:
        raise SystemExit(f"transitd failed on {device}:\n{''.join(said)}")
    intervals = site.ask("live", "intervals")
    counted = sum(row["packets"] for row in site.ask("live", "records"))
    taps = [row["taps"][0] for row in intervals]
    if counted + sum(tap["unknown_packets"] for tap in taps) != sum(tap["packets"] for tap in taps):
        raise SystemExit(f"transitd lost frames on {device}")
    return [tap["packets"] for tap in taps[1:-1]]


def ns(rates):
    """Of the round's median window."""
    return 1e9 / world.spread(rates)["median"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="windows of a second in each run")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    if world.missing("dpdk-testpmd", "dpdk"):
        raise SystemExit(world.SKIPPED)
    cpus = sorted(os.sched_getaffinity(0))
    main_cpu, worker_cpu = cpus[0], cpus[-1]
    if main_cpu == worker_cpu:
        print("skipped: testpmd needs two CPUs")
        raise SystemExit(world.SKIPPED)
    site = world.World(CAPTURES)
    files = {name: site.capture(name) for name, *_ in CAPTURES}
    bare, ours = {}, {}
    for _ in range(options.rounds):
        for name, device in DEVICES:
            device = device.format(**files)
            bare.setdefault(name, []).append(ns(testpmd(device, main_cpu, worker_cpu, options.seconds)))
            ours.setdefault(name, []).append(ns(transitd(site, device, main_cpu, worker_cpu, options.seconds)))
    print(f"machine  {world.machine()}; worker on CPU {worker_cpu}")
    print(f"sizes    {site.routes[0]} + {site.routes[1]} routes, {world.VLANS + 1} peerings, {world.CLASSES} classes; "
          f"8,192 frames, testpmd's burst 32, interval 1 s; {options.rounds} rounds\n")
    print(f"{'ns a frame':<22}{'rxonly':<26}{'transitd':<26}{'transitd / rxonly':<22}transitd adds")
    result = {"machine": world.machine(), "routes": site.routes, "peerings": world.VLANS + 1,
              "classes": world.CLASSES, "devices": []}
    for name, device in DEVICES:
        ratio = [a / b for a, b in zip(ours[name], bare[name])]
        added = [a - b for a, b in zip(ours[name], bare[name])]
        print(f"{name:<22}{world.show(bare[name]):<26}{world.show(ours[name]):<26}{world.show(ratio, digits=2):<22}"
              f"{world.show(added)}")
        result["devices"].append({"name": name, "device": device, "rxonly_ns": world.spread(bare[name]),
                                  "transitd_ns": world.spread(ours[name]), "ratio": world.spread(ratio),
                                  "added_ns": world.spread(added)})
    world.write_json(options.json, result)


main()
