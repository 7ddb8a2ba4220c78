# SPDX-License-Identifier: BSD-3-Clause
"""A real redis-server on a Unix socket in a folder of its own (and a loopback port if asked for)."""
import ctypes
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE = 20


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_port():
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_port_below(limit):
    """The same for a node of a cluster, whose bus listens 10,000 ports higher."""
    while True:
        port = random.randrange(20000, limit)
        with socket.socket() as probe, socket.socket() as bus:
            try:
                probe.bind(("127.0.0.1", port))
                bus.bind(("127.0.0.1", port + 10000))
                return port
            except OSError:
                continue


class Error(str):
    """What Redis answers when it does not do what it was asked."""


class Client:
    """One connection, for many commands: client("HGET", key, field); errors are returned as Error."""

    def __init__(self, socket_path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(socket_path))
        self.file = self.socket.makefile("rb")

    def __call__(self, *words):
        parts = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        return self.reply()

    def reply(self):
        line = self.file.readline().rstrip(b"\r\n").decode()
        kind, rest = line[0], line[1:]
        if kind == "-":
            return Error(rest)
        if kind == "$":
            return None if rest == "-1" else self.file.read(int(rest) + 2)[:-2].decode()
        if kind == "*":
            return [self.reply() for _ in range(int(rest))]
        return int(rest) if kind == ":" else rest

    def close(self):
        self.file.close()
        self.socket.close()


class Server:
    """with Server() as redis: redis.socket, redis.cli("DBSIZE")"""

    def __init__(self, *arguments, port=0):
        self.keep = tempfile.TemporaryDirectory(prefix="transitd-redis-")
        self.folder = Path(self.keep.name)
        self.socket = self.folder / "s"
        self.port, self.arguments, self.process = port, arguments, None

    def start(self):
        command = [os.environ.get("REDIS_SERVER", "redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket",
                   str(self.socket), "--dir", str(self.folder), "--save", "", "--appendonly", "no",
                   *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                        preexec_fn=die_with_parent)
        end = time.monotonic() + PATIENCE
        while self.run("PING").stdout.strip() != "PONG":
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("redis-server does not start")
            time.sleep(0.01)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def run(self, *words, user=()):
        return subprocess.run(["redis-cli", "-s", str(self.socket), *user, *words], text=True,
                              capture_output=True, timeout=PATIENCE)

    def cli(self, *words):
        """What redis-cli prints; an error is a failure."""
        done = self.run("-e", *words)
        if done.returncode:
            raise AssertionError(f"redis-cli {words}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
