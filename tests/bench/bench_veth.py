#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The taps on a live interface: one veth pair, one sender, each receiver in turn (README.md).

A round runs all receivers, one after the other, each on a pair of its own. Rates say more about the sender than
about a receiver; what a frame costs does not. Times are reported and never judged, but no frame may go without a
trace: each one offered is dropped by the sending end, or counted, or missed.
"""
import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "netns"))

import world  # noqa: E402 (first: it finds tests/support)
import namespaces  # noqa: E402
import netns  # noqa: E402

FRAMES = 65536
HERE, THERE = "tr0", "tr1"  # where frames arrive, and where they are sent
SETTLE_S = 0.5  # until workers have taken what lies in the rings
STATISTICS = Path("/proc/sys/kernel/bpf_stats_enabled")
AUTOGROUP = Path("/proc/self/autogroup")
COLUMNS = ("receiver", "put in, kframes/s", "counted, kframes/s", "missed, %", "lost without a trace",
           "its program, ns a frame", "its worker, cycles a frame")


def why_not():
    """What keeps this machine from it, or ""."""
    if len(os.sched_getaffinity(0)) < 2:
        return "sender and worker need a CPU each"
    return namespaces.why_none() or ("" if STATISTICS.exists() else "the kernel does not time its BPF programs")


def enter():
    """Into namespaces of our own, and before the neighbours where the kernel shares CPUs out by session: if this
    one is ours alone, as meson makes it."""
    netns.enter()
    subprocess.run(["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"], check=True)  # `ip` loads no program without
    if os.getsid(0) == os.getpid() and AUTOGROUP.exists():
        AUTOGROUP.write_text("-19")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))  # and leaves nothing behind


def cpus():
    """The sender's and the worker's."""
    have = sorted(os.sched_getaffinity(0))
    return have[0], have[-1]


@contextlib.contextmanager
def statistics():
    """The kernel times each run of a program: two looks at its clock, one of which is in the time."""
    before = STATISTICS.read_text()
    STATISTICS.write_text("1")
    try:
        yield
    finally:
        STATISTICS.write_text(before)


def bpftool(*arguments):
    done = subprocess.run([world.program("BPFTOOL"), "-j", *map(str, arguments)], check=True, capture_output=True)
    return json.loads(done.stdout)


def program_ns(number):
    """Of a run, on average. One that never ran has no figures."""
    program = bpftool("prog", "show", "id", number)
    return program.get("run_time_ns", 0) / program.get("run_cnt", 1)


def programs(meter):
    """The numbers of the kernel's programs that the process holds."""
    found = set()
    for file in Path(f"/proc/{meter.pid}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found |= {int(line.split()[1]) for line in file.read_text().splitlines() if line.startswith("prog_id:")}
    return found


def waited(task):
    """Seconds that a task could have run and did not: somebody else had its CPU."""
    return int(Path(f"/proc/{task}/schedstat").read_text().split()[1]) / 1e9


def worker_of(meter, cpu):
    """The thread that may run on this CPU alone."""
    for thread in Path(f"/proc/{meter.pid}/task").iterdir():
        if f"\nCpus_allowed_list:\t{cpu}\n" in (thread / "status").read_text():
            return f"{meter.pid}/task/{thread.name}"
    raise SystemExit(f"no worker on CPU {cpu}")


def start(path, cpu):
    """A meter that meters; what it does beside polling it does on this CPU."""
    meter = subprocess.Popen(["taskset", "-c", str(cpu), world.program("TRANSITD"), "--config", str(path)],
                             stderr=subprocess.PIPE, text=True)
    said = []
    for line in meter.stderr:
        said.append(line)
        if "metering" in line:
            return meter
    raise SystemExit(f"transitd ended with {meter.wait()}:\n{''.join(said)}")


def stop(meter):
    meter.send_signal(signal.SIGTERM)
    _, said = meter.communicate(timeout=60)
    if meter.returncode != 0:
        raise SystemExit(f"transitd ended with {meter.returncode}:\n{said}")


# Receivers: each yields a dictionary, and leaves there what it has found when the frames have passed.

@contextlib.contextmanager
def nothing(_):
    yield {}


@contextlib.contextmanager
def bare(_):
    netns.ip("link", "set", "dev", HERE, "xdpdrv", "obj", world.program("BENCH_BARE"), "sec", "xdp")
    got = {}
    yield got
    number = json.loads(netns.ip("-j", "link", "show", "dev", HERE))[0]["xdp"]["prog"]["id"]
    cells = bpftool("map", "dump", "id", bpftool("prog", "show", "id", number)["map_ids"][0])
    got["counted"] = sum(cpu["value"]["packets"] for cpu in cells[0]["formatted"]["values"])
    got["missed"] = 0
    got["ns"] = program_ns(number)


def transitd(source, direction="ingress"):
    @contextlib.contextmanager
    def receiver(site):
        polls = source.startswith("dpdk:")
        sender, worker = cpus()
        taps = [{"name": "in", "source": source, "direction": direction}]
        path = site.config("live", source, links=[{"name": "bench", "taps": taps}], workers=[worker], idle="poll")
        meter = start(path, sender if polls else worker)
        got = {}
        try:
            got["worker"] = worker_of(meter, worker) if polls else None
            yield got
            if polls:
                status = site.ask("live", "status")[0]["workers"][0]
                got["cycles"] = status["busy_cycles"] / status["packets"]
            else:
                got["ns"] = sum(map(program_ns, programs(meter)))
        finally:
            stop(meter)  # before its interface goes
        taps = [row["taps"][0] for row in site.ask("live", "intervals")]
        got["counted"] = sum(tap["packets"] for tap in taps)
        got["missed"] = sum(tap["missed"] for tap in taps)
    return receiver


# The last: whether it counts a frame before the sending end can drop it.
RECEIVERS = [("nothing", nothing, False), ("bare XDP: count and drop", bare, False),
             ("`xdp:IFACE,mode=consume`", transitd(f"xdp:{HERE},mode=consume"), False),
             ("`xdp:IFACE`, received", transitd(f"xdp:{HERE}"), False),
             ("`xdp:IFACE`, sent", transitd(f"xdp:{THERE}", "egress"), True),
             ("`dpdk:net_af_packet0,iface=IFACE`", transitd(f"dpdk:net_af_packet0,iface={HERE}"), False),
             ("`dpdk:net_af_xdp0,iface=IFACE`", transitd(f"dpdk:net_af_xdp0,iface={HERE}"), False)]


def send(site, seconds, worker):
    """Offers frames: how many, in how many seconds, and for how many per cent of its time sender and worker waited."""
    began, had = time.monotonic(), waited(worker) if worker else 0
    sender = subprocess.Popen(["taskset", "-c", str(cpus()[0]), world.program("BENCH_SEND"), THERE,
                               str(site.capture("mix")), str(seconds)], stdout=subprocess.PIPE, text=True)
    os.waitid(os.P_PID, sender.pid, os.WEXITED | os.WNOWAIT)
    took = time.monotonic() - began
    waits = {"sender": 100 * waited(sender.pid) / took}
    if worker:
        waits["worker"] = 100 * (waited(worker) - had) / took
    said, _ = sender.communicate()
    if sender.returncode != 0:
        raise SystemExit("bench_send failed")
    offered, ns = map(int, said.split())
    return {"offered": offered, "seconds": ns / 1e9, "waits": waits}


def run(site, receiver, counts_first, seconds):
    with netns.veth(HERE, THERE):
        with receiver(site) as got:
            got.update(send(site, seconds, got.pop("worker", None)))
            time.sleep(SETTLE_S)
            got["dropped"] = int(Path(f"/sys/class/net/{THERE}/statistics/tx_dropped").read_text())
    if "counted" in got:
        came = got["offered"] - (0 if counts_first else got["dropped"])
        got["lost"] = came - got["counted"] - got["missed"]
    return got


def shown(values, digits=0):
    s = world.spread(values)
    return f"{s['median']:.{digits}f} ({s['min']:.{digits}f}..{s['max']:.{digits}f})"


def row(name, runs):
    cells = [name, shown([(r["offered"] - r["dropped"]) / r["seconds"] / 1000 for r in runs]), "", "", "", "", ""]
    if "counted" in runs[0]:
        cells[2] = shown([r["counted"] / r["seconds"] / 1000 for r in runs])
        cells[3] = shown([100 * r["missed"] / r["offered"] for r in runs], 2)
        cells[4] = f"{sum(r['lost'] for r in runs)} of {sum(r['offered'] for r in runs)}"
    if "ns" in runs[0]:
        cells[5] = shown([r["ns"] for r in runs])
    if "cycles" in runs[0]:
        cells[6] = shown([r["cycles"] for r in runs])
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in cells)


def told(site, runs, options):
    every = [r for had in runs.values() for r in had]
    sender, worker = (world.show([r["waits"][who] for r in every if who in r["waits"]]) for who in ("sender", "worker"))
    print(f"machine  {world.machine()}; sender on CPU {cpus()[0]}, worker on CPU {cpus()[1]}")
    print(f"sizes    {site.routes[0]} + {site.routes[1]} routes, {world.VLANS + 1} peerings, {world.CLASSES} classes; "
          f"{FRAMES} frames in turn; {options.rounds} rounds of {options.seconds} s; median (least..most)")
    print("rates    are bound by the sender and rank nothing; the programs of XDP and tc run on its CPU as well")
    print(f"others   had the sender's CPU, which it wanted, for {sender} % of the time, the worker's for {worker} %")
    print(f"dropped  by the sending end: {sum(r['dropped'] for r in every)} of {sum(r['offered'] for r in every)}\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    for name, had in runs.items():
        print(row(name, had))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of sending, in each run")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    reason = "" if netns.INSIDE in os.environ else why_not()
    if reason:
        print(f"skipped: {reason}")
        raise SystemExit(world.SKIPPED)
    enter()
    site = world.World([("mix", FRAMES, FRAMES, world.IMIX, world.MIX)])
    runs = {name: [] for name, *_ in RECEIVERS}
    with statistics():
        for _ in range(options.rounds):
            for name, receiver, counts_first in RECEIVERS:
                runs[name].append(run(site, receiver, counts_first, options.seconds))
    told(site, runs, options)
    world.write_json(options.json, {"machine": world.machine(), "routes": site.routes, "receivers": runs})
    if any(r.get("lost") for had in runs.values() for r in had):
        raise SystemExit("frames were lost without a trace")


main()
