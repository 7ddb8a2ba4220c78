# SPDX-License-Identifier: BSD-3-Clause
"""A metered stretch of time on the routes of config/backbone.yaml, and `transitctl serve` on its journal."""
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support")]

import meter  # noqa: E402
import traffic  # noqa: E402
import yamlfile  # noqa: E402

PATIENCE = 60
HOUR = 3600
START = 1772323200  # 2026-03-01T00:00:00Z
# Small enough for the traffic of a test, so that every band occurs.
CAPACITY = {"temirbaba-bekdash": "4k", "aktau-sumgait": "12k", "kazakhstan-russia": "9k", "kazakhstan-iran": "4k",
            "satellite-gateways": "20k"}
OPERATOR, TURKMEN, UZBEK = "operator-token-000001", "turkmen-token-0000002", "uzbek-token-000000003"
TOKENS = f"noc {OPERATOR}\ntt {TURKMEN} turkmentelecom\nuz {UZBEK} uztelecom\n"


class PageSite(meter.Site):
    def __init__(self, **more):
        config = yamlfile.load((ROOT / "config" / "backbone.yaml").read_text())
        prefixes = traffic.read_prefixes(ROOT / "config", config)
        config.pop("redis")
        for link in config["links"]:
            link["capacity"] = CAPACITY[link["name"]]
            for tap in link["taps"]:
                tap["source"] = f"pcap:{tap['name']}.pcap"
        config.update(journal="day.db", interval="60s", **more)
        super().__init__(config, prefixes)
        (self.folder / "contracts.yaml").write_text((ROOT / "config" / "contracts.yaml").read_text())
        tokens = self.folder / "tokens"
        tokens.write_text(TOKENS)
        tokens.chmod(0o600)

    def replay(self, first, hours, frames=12000, seed=1):
        """Meters so many hours of traffic; the journal goes on where it was."""
        traffic.make_day(self.config, self.prefixes, self.folder, frames, seed, START + first * HOUR, hours * HOUR)
        self.run()


class Serve:
    """The program, its address and simple requests."""

    def __init__(self, site, *arguments):
        self.site, self.arguments, self.process, self.port = site, arguments, None, None

    def __enter__(self):
        command = [meter.program("TRANSITCTL"), "--config", str(self.site.file), "serve", "--listen", "127.0.0.1:0",
                   "--contracts", str(self.site.folder / "contracts.yaml"), *self.arguments]
        self.said = open(self.site.folder / "serve.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said)
        try:
            self.port = int(self.until(lambda: re.search(r"serving http://127\.0\.0\.1:(\d+)/", self.log()), "serving")[1])
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        log = self.log()
        self.said.close()
        assert kind or status == 0, f"serve ended with {status}:\n{log}"

    def log(self):
        self.said.seek(0)
        return self.said.read()

    def until(self, condition, what):
        """What the condition gives when it holds."""
        end = time.monotonic() + PATIENCE
        while not (value := condition()):
            assert self.process.poll() is None, f"serve ended with {self.process.returncode}: {self.log()}"
            assert time.monotonic() < end, f"never: {what}"
            time.sleep(0.05)
        return value

    def ask(self, method, path, token=None, **headers):
        """(status, headers, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def get(self, name, token=None):
        status, _, body = self.ask("GET", f"/api/{name}", token)
        assert status == 200, f"{name}: {status} {body}"
        return json.loads(body)

    def complete(self, token=None):
        """Until all of the journal is read."""
        self.until(lambda: self.get("overview", token)["complete"], "all is read")

    def events(self, token=None):
        return Events(self.port, token)


class Events:
    """The event stream, one event at a time."""

    def __init__(self, port, token=None):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        who = f"Authorization: Bearer {token}\r\n" if token else ""
        self.socket.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])

    def next(self):
        """(name, data) of the next event; comments are passed over."""
        name = None
        for line in self.file:
            line = line.decode().strip()
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                return name, json.loads(line[5:])
        raise AssertionError("the stream ended")

    def close(self):
        self.file.close()
        self.socket.close()
