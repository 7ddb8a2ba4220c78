# SPDX-License-Identifier: BSD-3-Clause
"""A real Prometheus on a loopback port, in a folder of its own."""
import json
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from redisserver import die_with_parent, free_port

PATIENCE = 60


class Prometheus:
    """with Prometheus({"scrape_configs": [...]}) as p: p.query("up")"""

    def __init__(self, config):
        self.keep = tempfile.TemporaryDirectory(prefix="transitd-prometheus-")
        self.folder = Path(self.keep.name)
        (self.folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        self.port, self.process = free_port(), None

    def __enter__(self):
        self.said = open(self.folder / "said", "a+", encoding="utf-8")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"],
            stdout=self.said, stderr=self.said, preexec_fn=die_with_parent)
        self.until(self.is_ready, "Prometheus is ready")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.said.close()

    def is_ready(self):
        try:
            return self.get("/-/ready") is not None
        except (AssertionError, ConnectionError, urllib.error.URLError):
            return False

    def get(self, path, **query):
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as reply:
                return reply.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{url}: {error.code} {error.read().decode()}") from error

    def query(self, expression):
        """[(labels, value as text)] of an instant vector, now."""
        reply = json.loads(self.get("/api/v1/query", query=expression))
        assert reply["status"] == "success" and reply["data"]["resultType"] in ("vector", "scalar"), (expression, reply)
        if reply["data"]["resultType"] == "scalar":
            return [({}, reply["data"]["result"][1])]
        return [(r["metric"], r["value"][1]) for r in reply["data"]["result"]]

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not (value := condition()):
            self.said.seek(0)
            assert self.process.poll() is None, f"Prometheus ended: {self.said.read()}"
            assert time.monotonic() < end, f"never: {what}\n{self.said.read()}"
            time.sleep(0.1)
        return value
