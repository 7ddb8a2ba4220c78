# SPDX-License-Identifier: BSD-3-Clause
"""A slow way to a server on the loopback: a relay that hands every byte on later, or few bytes a second.

    with SlowLink(server.port) as link:   # link.port instead of server.port
        link.delay = 0.3                  # seconds, each way; counts for what is under way as well
        link.rate = 1000                  # bytes a second, each way and connection; 0: as they come
"""
import collections
import contextlib
import socket
import threading
import time

PIECE = 1000
UNDER_WAY = 256  # pieces; then nothing more is taken, as by a link whose window is full
TICK = 0.01


class SlowLink:
    def __init__(self, target):
        self.target, self.delay, self.rate = target, 0.0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ended = False

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self.listener.accept()[0]
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    near.close()
                    continue
                for a, b in (near, far), (far, near):
                    pieces = collections.deque()
                    threading.Thread(target=self._take, args=(a, pieces), daemon=True).start()
                    threading.Thread(target=self._give, args=(b, pieces), daemon=True).start()

    def _take(self, source, pieces):
        data = b"?"
        while data and not self.ended:
            while len(pieces) >= UNDER_WAY:
                time.sleep(TICK)
            try:
                data = source.recv(PIECE)
            except OSError:
                data = b""
            pieces.append((time.monotonic(), data))

    def _give(self, sink, pieces):
        """In order, each piece when its time has come; an empty one is the end."""
        while not self.ended:
            while not pieces or time.monotonic() < pieces[0][0] + self.delay:
                if self.ended:
                    break
                time.sleep(TICK)
            data = pieces.popleft()[1] if pieces else b""
            if self.rate:
                time.sleep(len(data) / self.rate)
            try:
                sink.sendall(data)
                if not data:
                    sink.shutdown(socket.SHUT_RDWR)
            except OSError:
                data = b""
            if not data:
                break
        sink.close()
