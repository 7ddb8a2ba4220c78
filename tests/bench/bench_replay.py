#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""CPU seconds of transitd and of its peers over one capture file, and what each got wrong (README.md).

CPU is user and system time of all processes of a tool, less what the same command takes on ten frames
(loading 1.2 million prefixes, mostly): the median of all rounds, since that is large beside the rest. Rounds
are interleaved, ratios are taken within a round. Every tool's result is compared with the truth about the
capture, by VLAN and class where it knows them, else in sum.
"""
import argparse
import csv
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time

import world

MIX_FRAMES = 1_000_000
FLOWS = 100_000
TICK = os.sysconf("SC_CLK_TCK")
FIRST_AS = 64512  # of class 0, in networks.lst
QUIET_S = 3.5  # pmacctd pauses for two seconds at the end of a file


def run_counted(command, **more):
    """CPU seconds of a program that ends by itself, with its children; what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=300, **more)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


class Transitd:
    name, keys = "transitd", "VLAN, class, direction, CoS, family"

    def __init__(self, site):
        self.site = site

    def run(self, capture):
        path = self.site.config(capture, f"pcap:{self.site.capture(capture)}", interval="10s")
        return run_counted([world.program("TRANSITD"), "--config", str(path)])[0]

    def result(self, capture):
        """{(VID, class): (packets, IP bytes)}"""
        sums = {}
        for row in self.site.ask(capture, "records"):
            have = sums.setdefault((int(row["peering"].removeprefix("p-")), row["class"]), [0, 0])
            have[0] += row["packets"]
            have[1] += row["l3_bytes"]
        return sums


class Pmacctd:
    """A core process that reads and a plugin that aggregates. At the end of a file the core would stop the
    plugin before its pipe is empty, so it is told to wait, and the run is over when neither uses CPU."""
    name, keys = "pmacctd", "VLAN, destination AS (= class)"

    def __init__(self, site):
        self.folder = site.folder / "pmacct"
        self.folder.mkdir()
        self.site = site

    def run(self, capture):
        out = self.folder / f"{capture}.csv"
        out.unlink(missing_ok=True)
        config = self.folder / "pmacctd.conf"
        config.write_text("".join(line + "\n" for line in [
            "daemonize: false", f"pcap_savefile: {self.site.capture(capture)}", "pcap_savefile_wait: true",
            "aggregate: vlan,dst_as", "plugins: print", "plugin_pipe_size: 268435456",
            "plugin_buffer_size: 131072", "print_output: csv", f"print_output_file: {out}",
            "print_refresh_time: 3600", "print_cache_entries: 131101",
            f"networks_file: {self.site.folder}/networks.lst", "pmacctd_as: file", "pmacctd_net: file"]))
        with open(self.folder / "log", "w") as log:
            run = subprocess.Popen(["pmacctd", "-f", str(config)], stdout=log, stderr=log)
        used = self.wait_quiet(run)
        run.send_signal(signal.SIGINT)
        try:
            run.wait(30)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
        deadline = time.monotonic() + 10  # the plugin writes its file when the core is gone
        while not out.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        return used

    @staticmethod
    def family_cpu(pid):
        """CPU seconds of the process and its children, and how many they are."""
        used = number = 0
        try:
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                children = file.read().split()
        except OSError:
            children = []
        for one in [str(pid), *children]:
            try:
                with open(f"/proc/{one}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            used += (int(fields[11]) + int(fields[12])) / TICK
            number += 1
        return used, number

    def wait_quiet(self, run):
        deadline = time.monotonic() + 300
        last, since = (0.0, 0), time.monotonic()
        while time.monotonic() < deadline and run.poll() is None:
            now = self.family_cpu(run.pid)
            if now[1] != last[1] or now[0] - last[0] > 1.5 / TICK:
                last, since = now, time.monotonic()
            elif now[1] > 1 and time.monotonic() - since > QUIET_S:
                return now[0]
            time.sleep(0.05)
        raise SystemExit(f"pmacctd did not finish:\n{(self.folder / 'log').read_text()[-2000:]}")

    def result(self, capture):
        sums = {}
        with open(self.folder / f"{capture}.csv", newline="") as file:
            for row in csv.DictReader(file):
                number = int(row["DST_AS"])
                name = f"class-{number - FIRST_AS}" if number else "unrouted"
                have = sums.setdefault((int(row["VLAN"]), name), [0, 0])
                have[0] += int(row["PACKETS"])
                have[1] += int(row["BYTES"])
        return sums


class Softflowd:
    """IPFIX to a socket that nobody reads; its own statistics tell what it saw."""
    name, keys = "softflowd", "flows with VLAN; no class"

    def __init__(self, site):
        self.site, self.out = site, {}
        self.collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.collector.bind(("127.0.0.1", 0))

    def run(self, capture):
        port = self.collector.getsockname()[1]
        used, self.out[capture] = run_counted(["softflowd", "-r", str(self.site.capture(capture)), "-d", "-v", "10",
                                               "-T", "vlan", "-m", "300000", "-n", f"127.0.0.1:{port}",
                                               "-p", str(self.site.folder / "softflowd.pid"),
                                               "-c", "none"])
        return used

    def result(self, capture):
        found = re.search(r"Packets processed: *(\d+)", self.out[capture])
        if not found:
            raise SystemExit(f"softflowd does not say what it processed:\n{self.out[capture][-2000:]}")
        return {"sum": [int(found[1]), None]}


class Nfpcapd:
    name, keys = "nfpcapd", "flows with VLAN; no class"

    def __init__(self, site):
        self.site = site

    def folder(self, capture):
        return self.site.folder / f"nfpcapd-{capture}"

    def run(self, capture):
        shutil.rmtree(self.folder(capture), ignore_errors=True)
        self.folder(capture).mkdir()
        return run_counted(["nfpcapd", "-r", str(self.site.capture(capture)), "-w", str(self.folder(capture))])[0]

    def result(self, capture):
        out = subprocess.run(["nfdump", "-R", str(self.folder(capture)), "-I"], check=True, capture_output=True,
                             text=True).stdout
        number = {word: int(n) for word, n in re.findall(r"^(\w+): *(\d+)$", out, re.M)}
        return {"sum": [number["Packets"], number["Bytes"]]}


PEERS = [(Pmacctd, "pmacctd", "pmacct"), (Softflowd, "softflowd", "softflowd"), (Nfpcapd, "nfpcapd", "nfdump")]


def judge(tool, site, capture):
    """How the result differs from the truth, in words and numbers."""
    truth = {}
    for (vid, name, _), (packets, _, l3_bytes) in site.truth(capture).items():
        have = truth.setdefault((vid, name), [0, 0])
        have[0] += packets
        have[1] += l3_bytes
    found = tool.result(capture)
    total = [sum(cell[i] for cell in truth.values()) for i in (0, 1)]
    got = [None if any(cell[i] is None for cell in found.values()) else sum(cell[i] for cell in found.values())
           for i in (0, 1)]
    verdict = {"capture": capture, "packets": got[0], "packets_off": got[0] - total[0],
               "ip_bytes_off": None if got[1] is None else got[1] - total[1]}
    if "sum" not in found:
        keys = truth.keys() | found.keys()
        verdict["cells"] = len(truth)
        verdict["cells_wrong"] = sum(list(truth.get(key, [0, 0])) != list(found.get(key, [0, 0])) for key in keys)
    return verdict


def told(verdict):
    text = f"{verdict['capture']:<5} {verdict['packets_off']:+d} packets"
    if verdict["ip_bytes_off"] is not None:
        text += f", {verdict['ip_bytes_off']:+d} IP bytes"
    if "cells" in verdict:
        text += f", {verdict['cells_wrong']} of {verdict['cells']} (VLAN, class) wrong"
    return text


def measure(tools, options):
    """CPU nanoseconds a frame and CPU seconds of a start, by tool, a value a round."""
    full = {tool.name: [] for tool in tools}
    start = {tool.name: [] for tool in tools}
    for tool in tools:
        tool.run("tiny")  # brings programs and prefixes into the page cache
    for _ in range(options.rounds):
        for tool in tools:
            start[tool.name].append(tool.run("tiny"))
            full[tool.name].append(tool.run("vlan"))
    cpu = {name: [(seconds - world.spread(start[name])["median"]) * 1e9 / options.frames for seconds in runs]
           for name, runs in full.items()}
    return cpu, start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=4_000_000, help="of the capture that is timed")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    site = world.World([("vlan", options.frames, FLOWS, world.IMIX, world.VLAN),
                        ("mix", MIX_FRAMES, FLOWS, world.IMIX, world.MIX), ("tiny", 10, 10, 60, world.VLAN)])
    tools = [Transitd(site)]
    tools += [kind(site) for kind, program, package in PEERS if not world.missing(program, package)]
    cpu, start = measure(tools, options)
    for tool in tools:
        tool.run("mix")
    print(f"machine  {world.machine()}")
    print(f"sizes    vlan {options.frames} frames, mix {MIX_FRAMES}, of {FLOWS} flows, {site.routes[0]} + {site.routes[1]} routes, "
          f"{world.VLANS + 1} peerings, {world.CLASSES} classes; {options.rounds} rounds\n")
    print(f"{'on vlan':<12}{'CPU ns a frame':<30}{'over transitd':<26}{'start-up s':<12}keys")
    result = {"machine": world.machine(), "frames": options.frames, "routes": site.routes, "tools": []}
    for tool in tools:
        ratio = [a / b for a, b in zip(cpu[tool.name], cpu["transitd"])]
        print(f"{tool.name:<12}{world.show(cpu[tool.name], digits=0):<30}{world.show(ratio):<26}"
              f"{world.spread(start[tool.name])['median']:<12.2f}{tool.keys}")
        result["tools"].append({"name": tool.name, "cpu_ns": world.spread(cpu[tool.name]),
                                "over_transitd": world.spread(ratio), "start_s": world.spread(start[tool.name]),
                                "keys": tool.keys, "against_truth": []})
    print()
    for tool, entry in zip(tools, result["tools"]):
        for capture in ("vlan", "mix"):
            entry["against_truth"].append(judge(tool, site, capture))
            print(f"{tool.name:<12}{told(entry['against_truth'][-1])}")
    world.write_json(options.json, result)


main()
