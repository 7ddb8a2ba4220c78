# SPDX-License-Identifier: BSD-3-Clause
"""What docs/ says is so: the scripts of journal.md work, the man pages tell every command and option."""
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DIGEST = "4f3d1fa8e66dba126cc2146086b9fd57aa60f67bf3e05cb670c29dba7be63894"
TEXT = "".join(
    f"interval m {n + 1} 2026-11-22T17:{n:02d}:00Z 2026-11-22T17:{n:02d}:10Z {9990 + n} live {DIGEST}\n"
    f"tap a {n + 2} {100 * n + 60} 2 60 {n} 0 1\n"
    "tap b 1 60 0 0 0 0 0\n"
    f"record l p p-l egress europe default ipv4 1 60 46\n" +
    (f"record l p p-l ingress europe default ipv4 {n} {100 * n} {82 * n}\n" if n else "") for n in range(12))


def doc(name):
    with open(os.path.join(ROOT, "docs", name)) as f:
        return f.read()


class JournalDoc(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.journal = os.path.join(self.folder.name, "m.db")
        subprocess.run([os.environ["MAKE_JOURNAL"], self.journal, "m", "10"], input=TEXT.encode(), check=True)

    def tearDown(self):
        self.folder.cleanup()

    def script(self, name):
        """The block of journal.md whose second line names it, run on the journal."""
        (body,) = [b for b in re.findall(r"```sh\n(.*?)```", doc("journal.md"), re.S) if f"\n# {name} JOURNAL" in b]
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as f:
            f.write(body)
        return subprocess.run(["sh", path, self.journal], stdout=subprocess.PIPE, timeout=60, text=True)

    def sql(self, *statements):
        db = sqlite3.connect(self.journal)
        rows = [db.execute(s).fetchall() for s in statements]
        db.commit()
        db.close()
        return rows[-1]

    def test_the_chain_can_be_recomputed_without_us(self):
        ((head,),) = self.sql("SELECT lower(hex(chain)) FROM interval ORDER BY seq DESC LIMIT 1")
        done = self.script("chain.sh")
        self.assertEqual((done.returncode, done.stdout), (0, head + "\n"))
        self.sql("UPDATE tap SET late = 7 WHERE seq = 9 AND name = 'b'")
        done = self.script("chain.sh")
        self.assertEqual((done.returncode, done.stdout), (1, "interval 9 does not fit\n"))

    def test_the_sums_can_be_recomputed_without_us(self):
        self.assertEqual(self.script("sums.sh").stdout, "")
        self.sql("UPDATE usage SET l3_bytes = l3_bytes + 1 WHERE cell = 1")
        self.assertIn("usage does not fit:|", self.script("sums.sh").stdout)
        self.sql("UPDATE bin SET late = 1", "UPDATE config SET text = 'another'")
        out = self.script("sums.sh").stdout
        self.assertIn("a bin does not fit:|", out)
        self.assertIn(f"configuration {DIGEST} does not fit", out)

    def test_both_begin_at_the_anchor(self):
        self.sql("UPDATE anchor SET seq = 5, chain = (SELECT chain FROM interval WHERE seq = 5), "
                 "kept = (SELECT start / 300 * 300 FROM interval WHERE seq = 6)")
        self.assertEqual(self.script("sums.sh").stdout, "")
        self.sql("DELETE FROM usage WHERE bin < (SELECT kept FROM anchor)",
                 "DELETE FROM bin WHERE bin < (SELECT kept FROM anchor)",
                 *(f"DELETE FROM {table} WHERE seq <= 5" for table in ("record", "tap", "interval")))
        ((head,),) = self.sql("SELECT lower(hex(chain)) FROM interval ORDER BY seq DESC LIMIT 1")
        done = self.script("chain.sh")
        self.assertEqual((done.returncode, done.stdout), (0, head + "\n"))
        self.assertEqual(self.script("sums.sh").stdout, "")

    def test_every_table_and_column_is_described(self):
        text = doc("journal.md")
        for table, in self.sql("SELECT name FROM sqlite_schema WHERE type = 'table'"):
            (row,) = re.findall(rf"^\| `{table}` \|.*$", text, re.M)
            for column in self.sql(f"SELECT name FROM pragma_table_info('{table}')"):
                if column[0] != "one":
                    self.assertIn(f"`{column[0]}`", row)


class ManPages(unittest.TestCase):
    def page(self, name):
        """As a terminal of 80 columns shows it, without its overstrikes."""
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed")
        path = os.path.join(ROOT, "docs", name)
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], stdout=subprocess.PIPE, text=True)
        self.assertEqual((lint.returncode, lint.stdout), (0, ""))
        shown = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=80", path], stdout=subprocess.PIPE, check=True)
        text = re.sub(".\b", "", shown.stdout.decode())
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        return text

    def check(self, program, name):
        page = self.page(name)
        helped = subprocess.run([os.environ[program], "--help"], stdout=subprocess.PIPE, check=True).stdout.decode()
        words = re.findall(r"^  (--[a-z-]+|[a-z]+) ", helped, re.M)
        self.assertGreater(len(words), 4)
        self.assertEqual([w for w in words if not re.search(rf"(?m)^     {w}\b", page)], [], f"not in docs/{name}")

    def test_transitctl(self):
        self.check("TRANSITCTL", "transitctl.1")

    def test_transitd(self):
        self.check("TRANSITD", "transitd.8")


if __name__ == "__main__":
    unittest.main()
