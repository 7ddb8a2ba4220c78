#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What cuts and reloads cost a worker: bench_cut on 64k cells and a full table (README.md)."""
import argparse
import json
import os
import subprocess

import world

FRAMES = 65536
COS = [{"name": name, "dscp": list(range(first, first + 16))} for name, first in
       (("low", 1), ("middle", 17), ("high", 33))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=10, help="of each kind: quiet, and while a configuration is loaded")
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)), help="of the worker")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    site = world.World([("mix", FRAMES, FRAMES, world.IMIX, world.MIX)])
    config = site.config("mix", "dpdk:net_null0", cos=COS)
    done = subprocess.run([world.program("BENCH_CUT"), str(config), str(site.capture("mix")), str(options.cpu),
                           str(options.cuts)], stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout)
    print(f"machine  {world.machine()}")
    print(f"sizes    {result['cells']} cells, {result['records']} of them count, {result['routes'][0]} + "
          f"{result['routes'][1]} routes, {result['frames']} frames in turn")
    print(f"cutter   an interval is ready at most {result['interval_ready_ms']:.1f} ms after its end")
    print(f"reload   {result['reload_s']:.2f} s each, {result['reloads']} of them\n")
    print(f"{'':<26}{'quiet: ns a frame':<20}{'longest turn, us':<20}{'reloading: ns a frame':<24}longest turn, us")
    for quiet, busy in zip(result["quiet"]["windows"], result["reloading"]["windows"]):
        print(f"{quiet['name']:<26}{quiet['ns']:<20.1f}{quiet['longest_us']:<20.1f}{busy['ns']:<24.1f}{busy['longest_us']:.1f}")
    world.write_json(options.json, result)


main()
