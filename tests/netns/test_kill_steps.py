#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A meter with taps of every live kind is killed before each single system call of a cut that changes anything: between
the change of banks and the interval on disk, and, in a reload, between the programs of the old configuration and of the
new one. Every frame is counted once, by a configuration that was in force, and the next daemon goes on."""
import contextlib
import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support"),
                str(Path(__file__).parent.parent / "live")]

import meter  # noqa: E402
import netns  # noqa: E402
import report  # noqa: E402
import test_reload as live  # noqa: E402
from livesite import LiveSite  # noqa: E402
from test_xdp_reload import Sender  # noqa: E402

TAPS = {"received": ("xdp:tr1", "ingress"), "sent": ("xdp:ts0", "egress"),
        "polled": ("dpdk:net_af_packet0,iface=tp1", "ingress")}
STEPS = {"cut": 4, "reload": 14, "reload before 6.6": 14}  # such calls that a cut makes at the very least
CHANGES = "bpf,sendto,write,rename,unlink,rmdir"
INTERVAL = int(os.environ.get("TRANSITD_TEST_INTERVAL", "1"))  # seconds; more where the machine is slow
PAUSE = 0.4  # seconds without a call: the cut is over
BURST = 40  # rounds of the frames of tests/live for the port that is polled


def cutter_of(site):
    for task in Path(f"/proc/{site.daemon.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == "cutter":
            return task.name
    raise AssertionError("no thread of that name")


def traced(site, *more):
    """strace on the thread that cuts, from here on."""
    thread = cutter_of(site)
    tracer = subprocess.Popen(["strace", "-qq", "-p", thread, "-e", f"trace={CHANGES}", "-o",
                               str(site.folder / "trace"), *more], stderr=subprocess.DEVNULL)
    status = Path(f"/proc/{site.daemon.pid}/task/{thread}/status")
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a cut has come, and killed it already
        while f"TracerPid:\t{tracer.pid}\n" not in status.read_text() and tracer.poll() is None:
            time.sleep(0.01)
    return tracer


def steps_of(site, prepare):
    """The system calls of the cut that is prepared, as (name, the how manieth of this name)."""
    tracer = traced(site, "-ttt")
    prepare()
    seq = site.ask("status")["journal"]["seq"]
    site.until(lambda: site.ask("status")["journal"]["seq"] > seq + 1, "two intervals")  # the first may be an older one
    tracer.terminate()
    tracer.wait()
    calls = [line.split("(")[0].split() for line in (site.folder / "trace").read_text().splitlines() if "(" in line]
    cuts, before = [[]], 0
    for when, name in calls:
        if float(when) - before > PAUSE:
            cuts.append([])
        cuts[-1].append(name)
        before = float(when)
    names = max(cuts, key=len)
    return [(name, names[:i + 1].count(name)) for i, name in enumerate(names)]


def kill_at(site, step):
    """Dies as it enters this system call of the next cut. False: that cut came before the tracer, and a later one does not
    make as many such calls; it is killed at some moment then."""
    tracer = traced(site, "-e", f"inject={step[0]}:signal=SIGKILL:when={step[1]}")
    try:
        is_there = site.daemon.wait(5 + 5 * INTERVAL) == -9
    except subprocess.TimeoutExpired:
        is_there = False
        tracer.terminate()
        site.kill()
    tracer.wait()
    return is_there


def polled(site, frames):
    """What is sent to the port that is polled is counted before the kill: it is no kernel's to keep."""
    before = site.ask("status")["workers"][0]["packets"]
    netns.send("tp0", frames)
    site.until(lambda: site.ask("status")["workers"][0]["packets"] >= before + len(frames), "polled frames")
    return len(frames)


def early_in_an_interval():
    """The next cut is not to come before the tracer."""
    while time.time() % INTERVAL > 0.3 * INTERVAL:
        time.sleep(0.02)


def after_a_cut(site):
    seq = site.ask("status")["journal"]["seq"]
    site.until(lambda: site.ask("status")["journal"]["seq"] > seq, "an interval")


def worlds(site):
    """Those of tests/live, with our taps."""
    links = [{"name": "l", "taps": [{"name": n, "source": s, "direction": d} for n, (s, d) in TAPS.items()]}]
    return {name: (dict(made, links=links), prefixes, cells)
            for name, (made, prefixes, cells) in live.worlds(site).items()}


def all_steps(site, kind):
    made, allowed, n_polled = worlds(site), {}, 0
    frames, names = [f.data for f in live.FRAMES] * BURST, itertools.cycle("bcda")

    def prepare():
        """What the next cut is to do."""
        early_in_an_interval()
        if kind != "cut":
            name = next(names)
            live.write(site, made[name])
            allowed[site.ask("reload")["config"]] = made[name][2]

    if "before" in kind:
        site.environment["LD_PRELOAD"] = os.environ["NO_TCX"]
    live.write(site, made["a"])
    site.start()
    allowed[site.ask("status")["config"]] = made["a"][2]
    senders = [Sender("tr0"), Sender("ts0")]
    after_a_cut(site)
    steps, hits = steps_of(site, prepare), 0
    for step in steps:
        n_polled += polled(site, frames)
        prepare()
        hits += kill_at(site, step)
        site.start()
    sent = {"received": senders[0].stop(), "sent": senders[1].stop(), "polled": n_polled}
    after_a_cut(site)
    after_a_cut(site)
    site.stop()
    check(site, allowed, sent)
    assert len(steps) >= STEPS[kind], steps
    assert 2 * hits > len(steps), f"{hits} of {len(steps)} kills where they were meant: the machine is too slow"
    print(f"# {' '.join(name for name, _ in steps)}, {hits} killed there; {sent}", flush=True)


def counted(site):
    out = dict.fromkeys(TAPS, 0)
    for row in site.read("intervals"):
        for tap in row["taps"]:
            out[tap["name"]] += tap["packets"] + tap["missed"]
    return out


def check(site, allowed, sent):
    records, _ = site.result()
    assert counted(site) == sent, f"{counted(site)} counted or missed, {sent} sent"
    assert site.ctl("verify")[0] == 0, site.ctl("verify")
    for seq, _, _, digest in live.intervals_of(site):
        have = {(r["peering"], r["class"]) for r in records if r["seq"] == seq}
        assert have <= allowed[digest], f"seq {seq}: {have}, but of {digest} are {allowed[digest]}"


def main():
    netns.enter()
    for kind in sys.argv[1:] or STEPS:
        with report.part(f"killed at each step of a {kind}"), tempfile.TemporaryDirectory(dir=meter.MEMORY) as folder, \
                netns.veth("tr0", "tr1"), netns.veth("ts0", "ts1"), netns.veth("tp0", "tp1"), \
                LiveSite({name: source for name, (source, _) in TAPS.items()}, folder=folder,
                         meter=f"steps-{os.getpid()}", interval=f"{INTERVAL}s") as site:
            all_steps(site, kind)
    report.done()


if __name__ == "__main__":
    main()
