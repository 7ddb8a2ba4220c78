#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""transitctl top: its rates are those of the records, it draws within the terminal, and gives it back as it was."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import report  # noqa: E402
import yamlfile  # noqa: E402
from screen import Screen  # noqa: E402

TRANSITCTL, MAKE_JOURNAL = os.environ["TRANSITCTL"], os.environ["MAKE_JOURNAL"]
LINKS = [("tb", "1G"), ("as", "10G"), ("kr", None)]
PEERINGS = {"tt-tb": ("tt", "tb"), "uz-tb": ("uz", "tb"), "az-as": ("az", "as"), "ru-kr": ("ru", "kr"), "quiet": ("az", "as")}
DIGEST = "4f3d1fa8e66dba126cc2146086b9fd57aa60f67bf3e05cb670c29dba7be63894"
CONFIG = {
    "meter": "m-1", "interval": "10s", "journal": "m-1.db",
    "links": [{k: v for k, v in (("name", name), ("capacity", capacity), ("taps", [
        {"name": f"{name}-{d[:2]}", "source": f"pcap:{name}-{d[:2]}.pcap", "direction": d} for d in ("ingress", "egress")]))
        if v} for name, capacity in LINKS],
    "partners": [{"name": n} for n in ("az", "ru", "tt", "uz")],
    "peerings": [{"name": p, "partner": partner, "link": link, "vlan": 100 + i}
                 for i, (p, (partner, link)) in enumerate(PEERINGS.items())],
    "classes": [{"name": "europe"}],
}
# (peering, direction): (packets, l2_bytes) in ten seconds
CELLS = {("az-as", "egress"): (1_000_000, 1_400_000_000), ("az-as", "ingress"): (7, 60_000),
         ("ru-kr", "ingress"): (123_456, 99_999_999), ("tt-tb", "egress"): (800_000, 600_000_000),
         ("tt-tb", "ingress"): (10, 640), ("uz-tb", "ingress"): (500_000, 500_000_000)}
MISSED = {"as-eg": 25, "kr-in": 123_456}
UNKNOWN = {"tb-in": (2500, 160_000)}


def seconds(n):
    return f"2026-11-22T17:{30 + n // 60:02d}:{n % 60:02d}Z"


def interval(seq, cells):
    """The canonical text of an interval."""
    lines = [f"interval m-1 {seq} {seconds(10 * seq - 10)} {seconds(10 * seq)} 10000 live {DIGEST}"]
    for name in sorted(t["name"] for link in CONFIG["links"] for t in link["taps"]):
        mine = [v for (p, d), v in cells.items() if name == f"{PEERINGS[p][1]}-{d[:2]}"]
        unknown = UNKNOWN.get(name, (0, 0))
        lines.append(f"tap {name} {sum(p for p, _ in mine) + unknown[0]} {sum(b for _, b in mine) + unknown[1]} "
                     f"{unknown[0]} {unknown[1]} 0 0 {MISSED.get(name, 0)}")
    for (p, d), (n, octets) in sorted(cells.items()):
        lines.append(f"record {PEERINGS[p][1]} {PEERINGS[p][0]} {p} {d} europe default ipv4 {n} {octets} {octets - 18 * n}")
    return "\n".join(lines) + "\n"


class Desk:
    def __init__(self):
        self.keep = tempfile.TemporaryDirectory(prefix="transitd-top-")
        self.folder = Path(self.keep.name)
        (self.folder / "m.yaml").write_text(yamlfile.dump(CONFIG))
        self.command = [TRANSITCTL, "--config", str(self.folder / "m.yaml"), "top"]
        self.append(interval(1, {}) + interval(2, CELLS))

    def append(self, text):
        subprocess.run([MAKE_JOURNAL, str(self.folder / "m-1.db"), "m-1", "10"], input=text.encode(), check=True)

    def records(self, seq):
        done = subprocess.run([TRANSITCTL, "--config", str(self.folder / "m.yaml"), "records", "--format", "json"],
                              capture_output=True, check=True)
        return [r for r in map(json.loads, done.stdout.splitlines()) if r["seq"] == seq]

    def screen(self, *more, columns=80, rows=24, **keys):
        return Screen(self.command + list(more), columns, rows, **keys)


def short(n):
    """Three digits and a suffix, cut off."""
    if n < 1000:
        return str(n)
    power = (len(str(n)) - 1) // 3
    whole, digits = str(n)[:-3 * power], str(n)[-3 * power:]
    return (whole + "." + digits[:3 - len(whole)]).rstrip(".") + "kMGTPE"[power - 1]


def rates(rows):
    """{direction: (bit/s, packets/s, wire bit/s)} of records of ten seconds."""
    out = {}
    for d in ("ingress", "egress"):
        packets = sum(r["packets"] for r in rows if r["direction"] == d)
        octets = sum(r["l2_bytes"] for r in rows if r["direction"] == d)
        out[d] = (octets * 8 // 10, packets // 10, (octets + 24 * packets) * 8 // 10)
    return out


def line(text, name):
    return next(words for words in map(str.split, text.splitlines()) if words and words[0] == name)


def agree(text, records):
    """What is shown is what transitctl records adds up to."""
    capacity = {"tb": 10**9, "as": 10**10}
    for name, _ in LINKS:
        r = rates([x for x in records if x["link"] == name])
        used = [f"{r[d][2] * 1000 // capacity[name] // 10}.{r[d][2] * 1000 // capacity[name] % 10}" if name in capacity
                else "-" for d in ("ingress", "egress")]
        words = line(text, name)
        want = [name, short(r["ingress"][0]), short(r["ingress"][1]), used[0], short(r["egress"][0]),
                short(r["egress"][1]), used[1]]
        assert words[:7] == want, f"{words} instead of {want}"
    for name, (partner, _) in PEERINGS.items():
        r = rates([x for x in records if x["peering"] == name])
        want = [name, partner] + [short(r[d][i]) for d in ("ingress", "egress") for i in (0, 1)]
        assert line(text, name) == want, f"{line(text, name)} instead of {want}"


desk = Desk()
NEWEST = desk.records(2)

with report.part("without a terminal, and with --once on one: a picture as text"):
    done = subprocess.run(desk.command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    agree(done.stdout, NEWEST)
    assert "\x1b" not in done.stdout and done.stderr == "", done
    assert "10 s to 2026-11-22T17:30:20Z" in done.stdout and "no meter runs" in done.stdout, done.stdout
    assert line(done.stdout, "as")[7:] == ["<0.01", "0"] and line(done.stdout, "kr")[7:] == ["50.00", "0"]
    assert line(done.stdout, "tb")[7:] == ["0.00", "2.50k"]
    for more, env in ((["--once"], None), ([], {"TERM": "dumb"})):
        with desk.screen(*more, env=env, columns=200, rows=40) as s:
            assert s.ended() == 0 and not s.modes, s.modes
            agree(s.text(), NEWEST)

with report.part("it fits 80 x 24, shows what the records say, and q gives the terminal back"):
    with desk.screen() as s:
        s.until(lambda: "q quit" in s.text(), "the picture")
        assert s.modes == {1049: True, 25: False, 7: False} and not s.scrolled, (s.modes, s.scrolled)
        agree(s.text(), NEWEST)
        assert len(s.lines[23].rstrip()) > 40 and s.lines[0].startswith("m-1: "), s.text()
        s.press("q")
        assert s.ended() == 0 and s.is_restored() and not s.scrolled

with report.part("a new interval appears by itself"):
    with desk.screen() as s:
        s.until(lambda: "17:30:20Z" in s.text(), "the second interval")
        desk.append(interval(3, {k: (2 * n, 2 * b) for k, (n, b) in CELLS.items()}))
        s.until(lambda: "17:30:30Z" in s.text(), "the third interval")
        agree(s.text(), desk.records(3))
        s.press("q")
        assert s.ended() == 0

NAMES = [name for name, _ in LINKS]
with report.part("keys sort, and turn the order round"):
    with desk.screen() as s:
        shown = lambda names: sorted(names, key=lambda n: s.text().find("\n" + n + " "))  # noqa: E731
        for key, name, links in (("n", "(name)", ["as", "kr", "tb"]), ("i", "(ingress)", ["tb", "kr", "as"]),
                                 ("e", "(egress)", ["as", "tb", "kr"]), ("u", "(use)", ["tb", "as", "kr"]),
                                 ("l", "(loss)", ["kr", "as", "tb"]), ("r", "(loss, reversed)", ["tb", "as", "kr"])):
            s.press(key)
            s.until(lambda name=name: name in s.text(), f"order {name}")
            assert shown(NAMES) == links, f"{key}: {shown(NAMES)}\n{s.text()}"
        s.press("rn\x1b[B\x1b[B")
        s.until(lambda: "\nru-kr " in s.text() and "\nquiet " not in s.text(), "two peerings scrolled past")
        s.press("\x1b[A\x1b[A\x1b[A")
        s.until(lambda: "\naz-as " in s.text(), "and back")
        s.press("x\x1b[Z")  # keys that mean nothing
        s.press("Q")
        assert s.ended() == 0 and s.is_restored()

with report.part("another size: all of it stays inside, small ones say how much is left out"):
    with desk.screen() as s:
        s.until(lambda: "q quit" in s.text(), "the picture")
        for columns, rows in ((120, 50), (40, 12), (80, 5), (20, 3), (1, 1), (80, 24)):
            s.size(columns, rows)
            s.until(lambda: s.lines[0].strip(), "a picture again")
            s.until(lambda r=rows: r < 12 or "q quit" in s.lines[r - 1], f"the keys in line {rows}")
            assert not s.scrolled and all(len(l.rstrip()) <= columns for l in s.lines), s.text()
            if rows == 12:
                assert re.search(r"and \d+ (links|peerings) more", s.text()), s.text()
        agree(s.text(), desk.records(3))
        s.press("q")
        assert s.ended() == 0 and s.is_restored()

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    with report.part(f"{signal.Signals(number).name} ends it well"):
        with desk.screen() as s:
            s.until(lambda: "q quit" in s.text(), "the picture")
            s.process.send_signal(number)
            assert s.ended() == 0 and s.is_restored()

with report.part("Ctrl-C is a key of the terminal, Ctrl-Z gives it back until it goes on"):
    with desk.screen() as s:
        s.until(lambda: "q quit" in s.text(), "the picture")
        s.press("\x1a")
        s.until(s.is_restored, "the terminal is given back")
        s.until(lambda: Path(f"/proc/{s.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T", "it is stopped")
        s.process.send_signal(signal.SIGCONT)
        s.until(lambda: s.modes.get(1049) and "q quit" in s.text(), "the picture again")
        s.press("\x03")
        assert s.ended() == 0 and s.is_restored()

with report.part("what it does not take, and a journal that is not there"):
    for more, want in ((["--format", "json"], "top takes no --format json"), (["--from", seconds(0)], "top takes no --from")):
        done = subprocess.run(desk.command + more, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.returncode == 2 and want in done.stderr and not done.stdout, done
    (desk.folder / "m-1.db").unlink()
    with desk.screen() as s:
        assert s.ended() == 1 and not s.modes and s.is_restored(), s.modes

report.done()
