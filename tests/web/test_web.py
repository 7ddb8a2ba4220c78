#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""daemon/web over real sockets: who may ask what, what every reply has, and what clients that are slow, silent,
too many or rude cannot do."""
import contextlib
import http.client
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import report  # noqa: E402

PATIENCE = 30
ALL, PART, OTHER = "whole-token-0123456789", "part-token-0123456789", "other-token-0123456789"
TOKENS = f"# tokens\n\nnoc {ALL}\npartner {PART} turkmentelecom # theirs\n"


class Box:
    """The server, its port, and simple requests."""

    def __init__(self, *arguments):
        self.arguments, self.process, self.port = arguments, None, None

    def __enter__(self):
        self.said = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([os.environ["WEB_BOX"], *self.arguments], text=True,
                                        stdout=subprocess.PIPE, stderr=self.said)
        line = self.process.stdout.readline()
        assert line, self.log()
        self.port = int(line)
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        assert kind or status == 0, f"ended with {status}: {self.log()}"

    def log(self):
        self.said.seek(0)
        return self.said.read()

    def ask(self, method, path, token=None, body=None, **headers):
        """(status, headers, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        with contextlib.closing(connection):
            return reply.status, reply.headers, reply.read()

    def counts(self):
        """(connections, streams), this one not counted."""
        connections, streams = self.ask("GET", "/counts")[2].split()[:2]
        return int(connections) - 1, int(streams)

    def waiting(self):
        """Bytes for streams that the kernel has not taken."""
        return int(self.ask("GET", "/counts")[2].split()[2])

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"never: {what}; {self.counts()}"
            time.sleep(0.02)

    def connect(self, said=b"", receive=0):
        s = socket.socket()
        if receive:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        s.settimeout(PATIENCE)
        s.connect(("127.0.0.1", self.port))
        s.sendall(said)
        return s

    def subscribe(self, receive=0):
        """A stream, its first event read."""
        s = self.connect(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ALL}\r\n\r\n".encode(),
                         receive)
        had = b""
        while b"lines\n\n" not in had:
            piece = s.recv(4096)
            assert piece, had
            had += piece
        return s, had


def gone(s):
    """Reads until the server has closed."""
    try:
        while s.recv(65536):
            pass
    except ConnectionError:
        pass
    s.close()


def access(box):
    """Every route with every kind of token."""
    expected = {"/open": (200, 200, 200, 200), "/whole": (401, 401, 403, 200), "/part/x": (401, 401, 200, 200),
                "/none": (401, 401, 404, 404)}
    for path, statuses in expected.items():
        for token, status in zip((None, OTHER, PART, ALL), statuses):
            got, headers, _ = box.ask("GET", path, token)
            assert got == status, (path, token, got)
            assert ("WWW-Authenticate" in headers) == (status == 401), (path, token, headers.items())
    assert box.ask("GET", "/part/a%20b?x=1&name=%3Cme%3E", PART)[2] == b"/part/a b partner turkmentelecom <me>"
    assert box.ask("GET", "/whole", ALL)[2] == b"/whole noc - -"
    assert box.ask("GET", "/whole", Cookie=f"a=b; token={ALL}; c=d")[0] == 200
    assert box.ask("GET", "/whole", Cookie=f"nottoken={ALL}")[0] == 401
    for said in (f"Basic {ALL}", ALL, "Bearer", f"Bearer {ALL}x", f"Bearer {ALL[:-1]}", f"Bearer x {ALL}"):
        assert box.ask("GET", "/whole", Authorization=said)[0] == 401, said
    assert box.ask("GET", "/whole", Authorization=f"bearer  {ALL}")[0] == 200


def methods(box):
    status, headers, body = box.ask("HEAD", "/open")
    assert (status, body, headers["Content-Length"]) == (200, b"", "10"), (status, body, headers.items())
    for method, path, allowed in (("POST", "/open", "GET, HEAD"), ("DELETE", "/echo", "POST"), ("PUT", "/whole", "GET, HEAD")):
        status, headers, _ = box.ask(method, path, ALL, body=b"")
        assert (status, headers["Allow"]) == (405, allowed), (method, path, status, headers.items())
    assert box.ask("POST", "/echo", ALL, body=b"\0\xffbytes")[2] == b"\0\xffbytes"
    assert box.ask("GET", "/silent")[0] == 500
    for path in ("/open%00", "/%00", "//x:y"):
        assert box.ask("GET", path, ALL)[0] in (400, 404), path


def headers_of_replies(box):
    for path, status in (("/open", 200), ("/nothing", 404), ("/part/x", 200)):
        got, headers, _ = box.ask("GET", path, ALL)
        assert got == status
        assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'"), headers.items()
        assert headers["X-Frame-Options"] == "DENY" and headers["Referrer-Policy"] == "no-referrer"
    assert box.ask("POST", "/echo", ALL, body=b"x")[1]["Cache-Control"] == "max-age=60"


def keep_alive(box):
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=PATIENCE)
    for _ in range(3):
        connection.request("GET", "/open")
        assert connection.getresponse().read() == b"/open  - -"
    connection.close()


def too_large(box):
    assert box.ask("GET", "/open", Large="x" * 20000)[0] in (400, 413)
    assert box.ask("GET", "/open?name=" + "x" * 20000)[0] in (400, 413, 414)
    assert box.ask("POST", "/echo", ALL, body=b"x" * 16384)[2] == b"x" * 16384
    assert box.ask("POST", "/echo", ALL, body=b"x" * 16385)[0] == 413
    s = box.connect(b"GET / HTTP/1.1\r\nX: ")
    with contextlib.suppress(ConnectionError):
        for _ in range(1000):
            s.sendall(b"y" * 10000)
    gone(s)
    assert box.ask("GET", "/open")[0] == 200


def nonsense(box):
    for said in (b"\r\n\r\n", b"\0\1\2\3\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
                 b"POST /echo HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"BREW /open HTTP/1.1\r\n\r\n",
                 b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n",
                 b"GET /open HTTP/1.1\r\n\r\n" * 20, b"OPTIONS * HTTP/1.1\r\n\r\n", b"GET http://[::1/ HTTP/1.1\r\n\r\n"):
        s = box.connect(said)
        s.shutdown(socket.SHUT_WR)
        gone(s)
        assert box.ask("GET", "/open")[0] == 200, said
    box.until(lambda: box.counts() == (0, 0), "all are gone")


def slow_requests(box):
    """Who sends a byte now and then, or nothing, is gone after request_s; who is quicker is not."""
    clients = [box.connect(), box.connect(b"GET /open HT"), box.connect(b"POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\n1")]
    dripping = box.connect()
    dripping.setblocking(False)
    closed = False
    end = time.monotonic() + PATIENCE
    while not closed:
        assert time.monotonic() < end, "a dripping client lives on"
        with contextlib.suppress(BlockingIOError):
            try:
                dripping.send(b"G")
                closed = dripping.recv(1000) == b""
            except ConnectionError:
                closed = True
        time.sleep(0.05)
    for s in clients:
        gone(s)
    box.until(lambda: box.counts()[0] == 0, "no connection stands")


def many(box):
    """With 60 that stand, the next wait; they are served when one goes."""
    crowd = [box.subscribe()[0] for _ in range(59)]
    last = box.connect(b"GET /counts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"60 59 " in last.recv(4096)
    gone(last)
    crowd.append(box.subscribe()[0])
    waiting = [box.connect(b"GET /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") for _ in range(5)]
    waiting[0].settimeout(0.3)
    try:
        assert not waiting[0].recv(1), "the 61st connection was served"
    except TimeoutError:
        pass
    waiting[0].settimeout(PATIENCE)
    crowd.pop().close()
    for s in waiting:
        assert b"200 OK" in s.recv(4096)
        s.close()
    for s in crowd:
        s.close()
    box.until(lambda: box.counts() == (0, 0), "all are gone")


def stream(box):
    s, had = box.subscribe()
    assert b"text/event-stream" in had and b"no-store" in had, had
    assert b"event: hello\ndata: two\ndata: lines\n\n" in had, had
    while b":\n\n" not in had:  # the beat
        had += s.recv(4096)
    assert box.ask("POST", "/send?bytes=5")[2] == b"1"
    while b"data: xxxxx\n\n" not in had:
        had += s.recv(4096)
    assert box.counts() == (1, 1)
    s.close()
    box.until(lambda: box.counts() == (0, 0), "the client's end is seen")
    assert box.ask("HEAD", "/events", ALL)[0] == 200 and box.counts()[1] == 0
    assert box.ask("GET", "/events")[0] == 401


def slow_and_fast(box):
    """25 clients that read get all of it; 25 that do not are dropped, and cost no more memory than their bound."""
    fast, slow = [box.subscribe()[0] for _ in range(25)], [box.subscribe(receive=2048)[0] for _ in range(25)]
    pid, had = box.process.pid, [0] * len(fast)
    memory = re.compile(r"VmRSS:\s+(\d+) kB")
    before = int(memory.search(Path(f"/proc/{pid}/status").read_text())[1])
    sent = 0
    while box.counts()[1] > 25:
        assert sent < 400, "slow clients are still there"
        box.ask("POST", "/send?bytes=10000")
        sent += 1
        assert box.waiting() <= 50 * 65536
        for i, s in enumerate(fast):
            while had[i] < sent * 10000:
                piece = s.recv(65536)
                assert piece, f"a fast client was dropped after {had[i]} bytes"
                had[i] += piece.count(b"x")
    most = int(memory.search(Path(f"/proc/{pid}/status").read_text())[1])
    assert most - before < 25 * 1024, f"{most - before} kB more"
    assert had == [sent * 10000] * 25, (sent, had)
    for s in slow + fast:
        s.close()
    box.until(lambda: box.counts() == (0, 0), "all are gone")


def stuck(box):
    """Who takes nothing is gone after write_s, though little waits for it and the beat goes on."""
    s = box.subscribe(receive=2048)[0]
    while not box.waiting():
        box.ask("POST", "/send?bytes=2000")
    assert box.counts() == (1, 1)
    box.until(lambda: box.counts() == (0, 0), "the stream's client is gone")
    gone(s)
    s = box.connect(b"GET /big HTTP/1.1\r\n\r\n", receive=2048)
    assert s.recv(1)
    box.until(lambda: box.counts() == (0, 0), "the reply's client is gone")
    s.close()


def stop_with_clients():
    with Box("127.0.0.1:0") as box:
        clients = [box.connect(), box.connect(b"GET /ev"), box.subscribe()[0], box.subscribe()[0]]
        box.until(lambda: box.counts() == (4, 2), "all are there")
    for s in clients:
        gone(s)


def without_tokens():
    with Box("[::1]:0") as box:
        for host, status in (("[::1]:80", 200), ("127.0.0.1", 200), ("localhost:9", 200), ("LOCALHOST", 200),
                             ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil.example:80", 421),
                             ("[::1].evil", 421), ("", 421)):
            s = socket.create_connection(("::1", box.port), PATIENCE)
            s.sendall(f"GET /whole HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            reply = s.makefile("rb").read()
            assert reply.startswith(f"HTTP/1.1 {status} ".encode()), (host, reply)
            s.close()


def refused_starts(folder):
    tokens = folder / "t"
    bad = {"a b c d\n": ":1: not a token line", "noc short\n": ":1: not a token;", f"#\nNOC {ALL}\n": ":2: not a name",
           f"a {ALL}\nb {ALL}\n": ":2: the same token", f"a {ALL}\na {OTHER}\n": ":2: the same name",
           f"a {ALL} -x\n": ":1: not a name", f"a {ALL}é\n": ":1: not a token;", "# none\n": ": no token"}
    starts = [([address], words) for address, words in (("127.0.0.1", "not an address"), ("x:1", "not an address"), ("", "not an"),
              ("0.0.0.0:0", "without a token file"), ("[::]:0", "without a token file"))]
    for text, words in bad.items():
        file = folder / f"t{len(starts)}"
        file.write_text(text)
        starts.append((["127.0.0.1:0", str(file)], words))
    starts.append((["127.0.0.1:0", str(folder / "absent")], "No such file"))
    with Box("127.0.0.1:0") as other:
        starts.append(([f"127.0.0.1:{other.port}"], "in use"))
        for arguments, words in starts:
            done = subprocess.run([os.environ["WEB_BOX"], *arguments], capture_output=True, text=True, timeout=PATIENCE)
            assert done.returncode == 2 and words in done.stderr, (arguments, done)
            assert ALL not in done.stderr, done.stderr
    tokens.write_text(TOKENS)
    with Box("0.0.0.0:0", str(tokens)) as box:
        assert box.ask("GET", "/whole")[0] == 401 and box.ask("GET", "/whole", ALL)[0] == 200


def new_tokens(folder):
    """A changed file counts from the next request on; a broken one does not."""
    file = folder / "changing"
    file.write_text(f"{ALL}\n")
    with Box("127.0.0.1:0", str(file)) as box:
        assert box.ask("GET", "/whole", ALL)[2] == b"/whole default - -"
        stream = box.subscribe()[0]
        file.write_text(f"noc {OTHER}\n")
        assert [box.ask("GET", "/whole", t)[0] for t in (ALL, OTHER)] == [401, 200]
        gone(stream)  # its token went
        file.write_text("broken\n")
        assert [box.ask("GET", "/whole", t)[0] for t in (ALL, OTHER)] == [401, 200]
        file.unlink()
        assert box.ask("GET", "/whole", OTHER)[0] == 200
        file.write_text(f"noc {ALL}\n")
        assert [box.ask("GET", "/whole", t)[0] for t in (ALL, OTHER)] == [200, 401]
        assert box.log().count("No such file") == 1, box.log()


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tokens").touch(mode=0o600)
        (folder / "tokens").write_text(TOKENS)
        with Box("127.0.0.1:0", str(folder / "tokens")) as box:
            for part in (access, methods, headers_of_replies, keep_alive, too_large, nonsense, slow_requests, stream,
                         stuck, many, slow_and_fast):
                with report.part(part.__name__.replace("_", " ")):
                    part(box)
        with report.part("refused starts"):
            refused_starts(folder)
        with report.part("new tokens"):
            new_tokens(folder)
    with report.part("without tokens"):
        without_tokens()
    with report.part("stop with clients"):
        stop_with_clients()
    report.done()


if __name__ == "__main__":
    main()
