#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What holds for the tree as a whole: who may include what, licence lines, links, package names."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support")]

import report  # noqa: E402

# The one place, as a pattern, where each third party's headers may be included.
PLACES = {
    r"rte_": r"daemon/path/tap_dpdk",
    r"pcap/|pcap\.h": r"daemon/path/tap_pcap",
    r"bpf/|xdp/": r"daemon/path/(tap_)?xdp|bpf/",
    r"sqlite3\.h": r"daemon/ledger/journal",
    r"hiredis/": r"daemon/ledger/(.*redis)",
    r"libfyaml\.h": r"daemon/control/yaml\.c",
    r"openssl/": r"daemon/base/(digest|sign)\.c|daemon/ledger/redis_tls\.c",
    r"gmp\.h": r"daemon/settle/exact\.c",
    r"cairo": r"daemon/settle/(chart|form_pdf)",
    r"event2/http": r"daemon/web/",
    r"event2/": r"daemon/[a-z_]+\.[ch]|daemon/serve/serve\.c|daemon/ledger/(.*redis)|daemon/web/",
}
BUILT = ("build", ".git")


def files(*patterns):
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT)
            if path.is_file() and not name.parts[0].startswith(BUILT):
                yield str(name), path.read_text(encoding="utf-8", errors="replace")


def none(lines):
    assert not lines, "\n".join(lines)


def test_includes():
    wrong = []
    for name, text in files("daemon/**/*.[ch]", "include/**/*.h"):
        for header in re.findall(r"^#include <([^>]+)>", text, re.MULTILINE):
            for what, where in PLACES.items():
                if re.match(what, header) and not re.match(where, name):
                    wrong.append(f"{name} includes <{header}>; only {where} may")
    none(wrong)


def test_licence():
    none([f"{name}: no SPDX line at its top" for name, text in
          files("daemon/**/*.[ch]", "include/**/*.h", "bpf/*.[ch]", "tests/**/*.[ch]", "tests/**/*.py",
                "**/meson.build", "scripts/*")
          if "SPDX-License-Identifier: BSD-3-Clause" not in "\n".join(text.splitlines()[:3])
          and not name.startswith("scripts/packages")])


def test_links():
    broken = []
    for name, text in files("*.md", "docs/**/*.md", "tests/**/*.md"):
        text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target and not (ROOT / name).parent.joinpath(target).exists():
                broken.append(f"{name}: {target} is not there")
    none(broken)


def test_packages():
    names = [line.split("#")[0].strip() for line in (ROOT / "scripts/packages").read_text().splitlines()]
    names = [n for n in names if n]
    none([f"scripts/packages: {n!r} is not a package's name" for n in names
          if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", n)])
    none([f"scripts/packages: {n} twice" for n in set(names) if names.count(n) > 1])


def test_units():
    """systemd understands each unit; what it starts is not installed here, so /bin/true stands for it."""
    for unit in sorted((ROOT / "config/systemd").glob("*.in")):
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / unit.name.removesuffix(".in")
            made.write_text(re.sub(r"@s?bindir@/\S+", "/bin/true", unit.read_text(encoding="utf-8")))
            said = subprocess.run(["systemd-analyze", "verify", "--man=no", str(made)], capture_output=True, text=True)
            assert not said.returncode and not said.stderr, said.stderr


TESTS = {"third-party headers stay in their places": test_includes, "each source has its licence line": test_licence,
         "links between documents lead somewhere": test_links, "the package list is a list": test_packages, "systemd takes the units": test_units}

for what, test in TESTS.items():
    with report.part(what):
        test()
report.done()
