# SPDX-License-Identifier: BSD-3-Clause
"""Tells meson how each part of a test went, in the Test Anything Protocol.

    with report.part("clause 2.2: a fifth tag ends the walk"):
        assert ...
    report.done()
"""
import contextlib
import sys
import traceback

_count = 0
_failed = 0


@contextlib.contextmanager
def part(name):
    """One part: it fails when its block raises, and the parts after it still run."""
    global _count, _failed
    _count += 1
    try:
        yield
    except Exception as error:  # pylint: disable=broad-except
        _failed += 1
        text = str(error) if isinstance(error, AssertionError) and str(error) else traceback.format_exc()
        print(f"not ok {_count} - {name}")
        print("".join(f"# {line}\n" for line in text.splitlines()), end="", flush=True)
        print(f"{name}: {text}", file=sys.stderr, flush=True)
    else:
        print(f"ok {_count} - {name}", flush=True)


def skip(name, reason):
    """One part that cannot run here."""
    global _count
    _count += 1
    print(f"ok {_count} - {name} # SKIP {reason}", flush=True)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    raise SystemExit(0)


def done():
    """Ends the program; having run nothing is a failure too."""
    print(f"1..{_count}")
    raise SystemExit(1 if _failed or not _count else 0)
