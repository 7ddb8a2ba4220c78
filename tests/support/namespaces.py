# SPDX-License-Identifier: BSD-3-Clause
"""Whether the kernel gives us network namespaces.

A kernel whose network lock is never given back (it is seen after an oops under the lock) lets every process that
asks for a namespace wait for ever, and not even SIGKILL ends it: nobody may wait for such a process.
"""
import os
import subprocess
import time

PATIENCE = 30  # seconds


def why_none():
    """What keeps this machine from it, or ""."""
    if os.geteuid():
        return "only root may make network namespaces"
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    asked = subprocess.Popen(["unshare", "--net", "--mount", "true"], **quiet)
    deadline = time.monotonic() + PATIENCE
    while asked.poll() is None:
        if time.monotonic() > deadline:
            asked.kill()  # and no wait
            return f"the kernel gives no network namespace within {PATIENCE} s: is its network lock held? (dmesg)"
        time.sleep(0.01)
    return "the kernel lets us make no network namespace" if asked.returncode else ""
