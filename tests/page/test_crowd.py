#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A crowd on the event stream of `transitctl serve`: 25 who read, 25 who do not, others who never finish their request or
have no token. Who reads hears every interval, and of a partner only its own; nobody else is noticed."""
import contextlib
import json
import re
import socket
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "support"), str(Path(__file__).parent)]

import report  # noqa: E402
from pagesite import OPERATOR, PATIENCE, TURKMEN, UZBEK, PageSite, Serve  # noqa: E402

FAST = [OPERATOR, TURKMEN, UZBEK, OPERATOR, OPERATOR] * 5
ALL = {"temirbaba-bekdash", "aktau-sumgait", "kazakhstan-russia", "kazakhstan-iran", "satellite-gateways"}
OWN = {TURKMEN: {"temirbaba-bekdash"}, UZBEK: {"aktau-sumgait"}}
HOURS = 6


def silent(port, said, receive=2048):
    """A client that says this and then never reads."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    s.settimeout(PATIENCE)
    s.connect(("127.0.0.1", port))
    s.sendall(said)
    return s


def stream(token):
    return f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def rss(serve):
    status = Path(f"/proc/{serve.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


def hears(events, end):
    """Reads on until the interval that ends there; everything that was said."""
    said = []
    while not said or said[-1]["meters"][0]["end"] < end:
        name, data = events.next()
        assert name == "now", name
        said.append(data)
    return said


def names_of_links(data):
    """Every link that stands anywhere in it."""
    text = json.dumps(data)
    return {name for name in ALL if f'"{name}"' in text}


def sockets(serve):
    """How many the program has open; descriptors may go while they are counted."""
    count = 0
    for fd in Path(f"/proc/{serve.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            count += "socket:" in str(fd.readlink())
    return count


def main():
    site = PageSite()
    site.replay(0, 1)
    with Serve(site, "--tokens", str(site.folder / "tokens")) as serve:
        serve.complete(OPERATOR)
        crowd = [silent(serve.port, stream(token)) for token in (OPERATOR, TURKMEN, UZBEK, OPERATOR, OPERATOR) * 5]
        crowd += [silent(serve.port, said) for said in (b"", b"GET /eve", b"POST /login HTTP/1.1\r\nContent-Length: 9\r\n\r\n") for _ in range(5)]
        with report.part("who has no token hears nothing"):
            for token in (None, "wrong-token-000000000"):
                for _ in range(5):
                    events = serve.events(token)
                    assert events.status == 401, events.status
                    events.close()
        listeners = [(token, serve.events(token)) for token in FAST]
        before = rss(serve)
        with report.part("who reads hears every hour that is metered, and of a partner only its own"):
            for hour in range(1, HOURS):
                site.replay(hour, 1, seed=hour + 1)
                for token, events in listeners:
                    for data in hears(events, f"2026-03-01T{hour + 1:02}:00:00Z"):
                        assert names_of_links(data) == OWN.get(token, ALL), (token, names_of_links(data))
        with report.part("who does not read costs no more than the bound of its stream"):
            assert rss(serve) - before < len(crowd) * 256 + 16 * 1024, (before, rss(serve))
            assert serve.get("overview", OPERATOR)["complete"]
        with report.part("who hangs up is forgotten"):
            for s in crowd + [events for _, events in listeners]:
                s.close()
            serve.until(lambda: sockets(serve) < 10, "the sockets are closed")
    report.done()


if __name__ == "__main__":
    main()
