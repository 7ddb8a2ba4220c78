# SPDX-License-Identifier: BSD-3-Clause
"""A meter on live ports for tests: starts it, asks its control socket, kills it, starts it again.

    site = livesite.LiveSite({"tap": "dpdk:net_null0"})
    with site: ...
"""
import hashlib
import json
import os
import socket
import subprocess
import time
from pathlib import Path

import meter

PREFIXES = [("192.0.2.0/24", "europe"), ("198.51.100.0/24", "asia"), ("2001:db8::/32", "europe")]


def config(taps, **more):
    """One link, a peering on VLAN 100; `taps` are {name: source}. `more` replaces or adds top-level keys,
    or takes them away with None."""
    made = {"meter": "m", "interval": "1s", "journal": "m.db", "state": "state", "prefixes": "prefixes.csv",
            "links": [{"name": "l", "taps": [{"name": name, "source": source, "direction": "ingress"}
                                             for name, source in taps.items()]}],
            "partners": [{"name": "p"}],
            "peerings": [{"name": "p-l", "partner": "p", "link": "l", "vlan": 100}],
            "classes": [{"name": "europe"}, {"name": "asia"}]}
    made.update(more)
    return {key: value for key, value in made.items() if value is not None}


class LiveSite(meter.Site):
    def __init__(self, taps, prefixes=PREFIXES, folder=None, **more):
        super().__init__(config(taps, **more), prefixes, folder)
        self.state = self.folder / self.config["state"] if "state" in self.config else self.own_state()
        self.environment = dict(os.environ)  # the daemon's
        self.daemon, self.said = None, open(self.folder / "said", "a+", encoding="utf-8")

    def own_state(self):
        """The folder of a meter that is given none (docs/control.md)."""
        journal = os.path.realpath(self.folder / self.config["journal"])
        return Path(f"/dev/shm/transitd-{self.config['meter']}-{hashlib.sha256(journal.encode()).hexdigest()[:12]}")

    def start(self, wait=True):
        self.daemon = subprocess.Popen([meter.program("TRANSITD"), "--config", str(self.file)],
                                       stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said,
                                       env=self.environment)
        if wait:
            self.until(lambda: self.ask("status"), "the control socket answers")

    def until(self, condition, what, patience=meter.PATIENCE):
        """What the condition gives when it holds."""
        end = time.monotonic() + patience
        while not (value := condition()):
            assert self.daemon is None or self.daemon.poll() is None, \
                f"transitd ended with {self.daemon.returncode} before {what}:\n{self.log()}"
            assert time.monotonic() < end, f"never: {what}\n{self.log()}"
            time.sleep(0.02)
        return value

    def ask(self, command):
        """The control socket's reply; None if nobody listens (yet)."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(meter.PATIENCE)
            try:
                s.connect(str(self.state / "control"))
                s.sendall(command.encode() + b"\n")
                data = b"".join(iter(lambda: s.recv(65536), b""))
            except (FileNotFoundError, ConnectionError, BrokenPipeError):
                return None
        return json.loads(data) if data else None

    def ctl(self, *arguments):
        """(exit status, standard output, standard error) of transitctl."""
        done = subprocess.run([meter.program("TRANSITCTL"), "--config", str(self.file), *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=meter.PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait(meter.PATIENCE)
        assert self.daemon.returncode == 0, f"transitd ended with {self.daemon.returncode}:\n{self.log()}"

    def log(self):
        self.said.seek(0)
        return self.said.read()[-4000:]

    def left(self):
        """What lies in the state folder."""
        return sorted(os.listdir(self.state))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.daemon and self.daemon.poll() is None:
            self.kill()
        self.said.close()
