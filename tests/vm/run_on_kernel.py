#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs a command under another kernel, as root, over this machine's files: the tests that need an older kernel
than the one that runs, or one that may break.

    run_on_kernel.py FOLDER COMMAND...     FOLDER: where a linux-image package was unpacked (dpkg-deb -x)

The machine (qemu, without KVM if need be) sees this one's files; what it writes is gone with it. Exits as the
command does, and hands TRANSIT* of the environment on; where the machine has no KVM, tests/netns want
TRANSITD_TEST_PATIENCE=100, test_xdp_reload.py TRANSITD_TEST_ROUTES=20000 (a smaller table), test_kill_steps.py
TRANSITD_TEST_INTERVAL=10 (longer intervals). VM_NICS: kinds of ports, for drivers.py. Not part of `meson test`: it
needs qemu-system-x86, kmod, and a kernel of Debian's; a start takes about half a minute without KVM.
"""
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

TESTED = ("veth", "bridge", "sch_ingress", "cls_bpf", "tun", "sctp", "virtio_net", "vmxnet3",
          "e1000e")  # the kernel would look for them outside the host's files
NEEDED = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
HERE = Path(__file__).parent
MEMORY, TIMEOUT = "3G", int(os.environ.get("VM_TIMEOUT", "600"))


def entry(name, data, mode):
    """One file of an archive as the kernel unpacks it (cpio, newc)."""
    path = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + path
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def modules(folder, version):
    """What is needed before the host's files are there, in the order in which it loads."""
    if not (folder / "lib/modules" / version / "modules.dep").exists():
        subprocess.run(["depmod", "-b", folder, version], check=True)
    found = []
    for name in NEEDED:
        shown = subprocess.run(["modprobe", "-d", folder, "-S", version, "--show-depends", name], check=True,
                               capture_output=True, text=True).stdout
        found += [line.split()[1] for line in shown.splitlines() if line.startswith("insmod")]
    return list(dict.fromkeys(found))


def unpacked(path):
    if path.endswith(".xz"):
        return subprocess.run(["xz", "-dc", path], check=True, capture_output=True).stdout
    return Path(path).read_bytes()


def archive(folder, version, work):
    subprocess.run(["gcc", "-O2", "-static", "-o", work / "init", HERE / "init.c"], check=True)
    parts = [entry(name, b"", 0o40755) for name in ("m", "host", "proc", "layer", "root")]
    names = []
    for number, path in enumerate(modules(folder, version)):
        names.append(f"/m/{number}.ko")
        parts.append(entry(f"m/{number}.ko", unpacked(path), 0o100644))
    parts += [entry("modules", "\n".join(names).encode(), 0o100644),
              entry("init", (work / "init").read_bytes(), 0o100755), entry("TRAILER!!!", b"", 0)]
    (work / "initrd").write_bytes(b"".join(parts))
    return work / "initrd"


def nics():
    """Two ports of each kind in VM_NICS, on one segment of their own."""
    words = []
    for hub, kind in enumerate(os.environ.get("VM_NICS", "").split()):
        for end in "ab":
            name = f"{end}{hub}"
            words += ["-netdev", f"hubport,id={name},hubid={hub}", "-device", f"{kind},netdev={name}"]
    return words


def main():
    folder, command = Path(sys.argv[1]).resolve(), sys.argv[2:]
    kernel = next(folder.glob("boot/vmlinuz-*"))
    version = kernel.name.removeprefix("vmlinuz-")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        initrd = archive(folder, version, work)
        keep = {k: v for k, v in os.environ.items() if k.startswith("TRANSIT") or k in ("PATH", "PYENV_VERSION")}
        lines = ["ip link set lo up", f"mkdir -p /lib/modules && mount --bind {folder}/lib/modules /lib/modules",
                 f"modprobe -aq {' '.join(TESTED)}",
                 *(f"export {key}={shlex.quote(value)}" for key, value in keep.items()),
                 f"cd {shlex.quote(os.getcwd())}", shlex.join(command)]
        (work / "command").write_text("\n".join(lines) + "\n")
        done = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot", "-m", MEMORY,
             "-smp", "2", "-cpu", "max", "-accel", os.environ.get("VM_ACCEL", "tcg,thread=multi"),
             "-kernel", kernel, "-initrd", initrd, "-append", f"console=ttyS0 quiet panic=-1 command={work}/command",
             "-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap",
             "-device", "virtio-9p-pci,fsdev=host,mount_tag=host", *nics()],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace")
        status = None
        try:
            for line in done.stdout:
                if line.startswith("EXIT "):
                    status = int(line.split()[1])
                else:
                    print(line, end="", flush=True)
            done.wait(TIMEOUT)
        finally:
            done.kill()
            done.wait()
    raise SystemExit(1 if status is None else status)


if __name__ == "__main__":
    main()
