# SPDX-License-Identifier: BSD-3-Clause
"""A program in a terminal of its own: what it shows, keys, another size, and how it leaves the terminal.

    with screen.Screen([program, "top"], columns=80, rows=24) as s:
        s.until(lambda: "LINK" in s.text(), "the first picture")
        s.press("q")
        assert s.ended() == 0
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

PATIENCE = 60
ESCAPE = re.compile(rb"\x1b\[(\??)([0-9;]*)([A-Za-z])")


class Screen:
    """Understands what transitctl and transitd write: text, CR, LF, cursor home, erasing, and the modes, which it
    remembers in `modes` ({1049: True} is the other screen)."""

    def __init__(self, command, columns=80, rows=24, env=None, cwd=None, **streams):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.size(columns, rows, tell=False)
        self.raw, self.modes, self.scrolled = b"", {}, 0
        mine = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave, **streams}
        self.process = subprocess.Popen(command, env={**os.environ, "TERM": "xterm", **(env or {})}, cwd=cwd,
                                        start_new_session=True, preexec_fn=self.own, **mine)

    def own(self):
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def size(self, columns, rows, tell=True):
        self.columns, self.rows = columns, rows
        self.lines, self.row, self.column = [""] * rows, 0, 0
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def take(self, seconds=0.02):
        """Reads what has come and shows it."""
        while select.select([self.master], [], [], seconds)[0]:
            data = os.read(self.master, 65536)
            self.raw += data
            self.pending = getattr(self, "pending", b"") + data
            self.draw()
            seconds = 0

    def draw(self):
        data, at = self.pending, 0
        while at < len(data):
            if data[at] == 0x1b:
                found = ESCAPE.match(data, at)
                if not found:
                    assert len(data) - at < 16, f"an escape that is not known: {data[at:at + 16]}"
                    break
                self.obey(*found.groups())
                at = found.end()
                continue
            self.put(chr(data[at]))
            at += 1
        self.pending = data[at:]

    def obey(self, private, numbers, letter):
        if private:
            self.modes[int(numbers)] = letter == b"h"
        elif letter == b"H":
            self.row = self.column = 0
        elif letter == b"K":
            self.lines[self.row] = self.lines[self.row][:self.column]
        elif letter in b"J":
            self.lines[self.row] = self.lines[self.row][:self.column] if numbers != b"2" else ""
            for i in range(self.row + 1 if numbers != b"2" else 0, self.rows):
                self.lines[i] = ""
        else:
            raise AssertionError(f"an escape that is not known: {private} {numbers} {letter}")

    def put(self, c):
        if c == "\r":
            self.column = 0
        elif c == "\n":
            self.row += 1
            if self.row == self.rows:
                self.row -= 1
                self.lines = self.lines[1:] + [""]
                self.scrolled += 1
        else:
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[:self.column] + c + line[self.column + 1:]
            self.column += 1
            assert self.column <= self.columns or not self.modes.get(1049), f"past the edge: {self.lines[self.row]!r}"

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while True:
            self.take()
            value = condition()
            if value:
                return value
            assert time.monotonic() < end, f"never: {what}\n{self.text()}\n{self.raw[-300:]}"
            assert self.process.poll() is None, f"ended with {self.process.returncode} before {what}\n{self.text()}"

    def ended(self):
        """The exit status, once it has ended; the rest of what it wrote is shown."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            self.take()
            assert time.monotonic() < end, f"does not end\n{self.text()}"
        self.take()
        return self.process.returncode

    def is_restored(self):
        return termios.tcgetattr(self.slave) == self.before and not self.modes.get(1049) and self.modes.get(25, True)
