# SPDX-License-Identifier: BSD-3-Clause
"""transitctl records, intervals and verify: the bytes they print and the status they end with."""
import csv
import io
import json
import os
import pty
import sqlite3
import subprocess
import tempfile
import unittest

TRANSITCTL = os.environ["TRANSITCTL"]
MAKE_JOURNAL = os.environ["MAKE_JOURNAL"]
DIGEST = "4f3d1fa8e66dba126cc2146086b9fd57aa60f67bf3e05cb670c29dba7be63894"

CONFIG = """\
meter: aktau-1
interval: 10s
journal: aktau-1.db
prefixes: no-such-file-and-none-is-needed-to-read.csv
links:
  - name: tb
    taps:
      - {name: tb-in, source: "pcap:in.pcap", direction: ingress}
      - {name: tb-out, source: "pcap:out.pcap", direction: egress}
partners:
  - {name: turkmentelecom}
peerings:
  - {name: turkmentelecom-tb, partner: turkmentelecom, link: tb}
classes:
  - {name: europe}
cos:
  - {name: realtime, dscp: [46]}
"""

TEXT = f"""\
interval aktau-1 1 2026-11-22T17:29:50Z 2026-11-22T17:30:00Z 10000 live {DIGEST}
tap tb-in 0 0 0 0 0 0 0
tap tb-out 0 0 0 0 0 0 0
interval aktau-1 2 2026-11-22T17:30:00Z 2026-11-22T17:30:10Z 10000 live {DIGEST}
tap tb-in 17 1700 10 1000 1 2 3
tap tb-out 9223372036854775000 9223372036854775000 0 0 0 0 0
record tb kazakhtelecom kazakhtelecom-tb ingress europe realtime ipv6 7 700 574
record tb turkmentelecom turkmentelecom-tb egress europe default ipv4 9223372036854775000 9223372036854775000 5
interval aktau-1 3 2026-11-22T17:30:10Z 2026-11-22T17:30:20Z 10000 live {DIGEST}
tap tb-in 1 60 0 0 0 0 0
tap tb-out 0 0 0 0 0 0 0
record tb turkmentelecom turkmentelecom-tb ingress non-ip default other 1 60 0
"""

RECORDS_JSON = """\
{"meter":"aktau-1","seq":2,"start":"2026-11-22T17:30:00Z","end":"2026-11-22T17:30:10Z","link":"tb","partner":"kazakhtelecom","peering":"kazakhtelecom-tb","direction":"ingress","class":"europe","cos":"realtime","family":"ipv6","packets":7,"l2_bytes":700,"l3_bytes":574}
{"meter":"aktau-1","seq":2,"start":"2026-11-22T17:30:00Z","end":"2026-11-22T17:30:10Z","link":"tb","partner":"turkmentelecom","peering":"turkmentelecom-tb","direction":"egress","class":"europe","cos":"default","family":"ipv4","packets":9223372036854775000,"l2_bytes":9223372036854775000,"l3_bytes":5}
{"meter":"aktau-1","seq":3,"start":"2026-11-22T17:30:10Z","end":"2026-11-22T17:30:20Z","link":"tb","partner":"turkmentelecom","peering":"turkmentelecom-tb","direction":"ingress","class":"non-ip","cos":"default","family":"other","packets":1,"l2_bytes":60,"l3_bytes":0}
"""

RECORDS_CSV = """\
meter,seq,start,end,link,partner,peering,direction,class,cos,family,packets,l2_bytes,l3_bytes
aktau-1,2,2026-11-22T17:30:00Z,2026-11-22T17:30:10Z,tb,kazakhtelecom,kazakhtelecom-tb,ingress,europe,realtime,ipv6,7,700,574
aktau-1,2,2026-11-22T17:30:00Z,2026-11-22T17:30:10Z,tb,turkmentelecom,turkmentelecom-tb,egress,europe,default,ipv4,9223372036854775000,9223372036854775000,5
aktau-1,3,2026-11-22T17:30:10Z,2026-11-22T17:30:20Z,tb,turkmentelecom,turkmentelecom-tb,ingress,non-ip,default,other,1,60,0
"""

RECORDS_TEXT = """\
meter    seq  start                 end                   link  partner         peering            direction  class   cos       family              packets             l2_bytes  l3_bytes
aktau-1    2  2026-11-22T17:30:00Z  2026-11-22T17:30:10Z  tb    kazakhtelecom   kazakhtelecom-tb   ingress    europe  realtime  ipv6                      7                  700       574
aktau-1    2  2026-11-22T17:30:00Z  2026-11-22T17:30:10Z  tb    turkmentelecom  turkmentelecom-tb  egress     europe  default   ipv4    9223372036854775000  9223372036854775000         5
aktau-1    3  2026-11-22T17:30:10Z  2026-11-22T17:30:20Z  tb    turkmentelecom  turkmentelecom-tb  ingress    non-ip  default   other                     1                   60         0
"""

TAPS_2 = ('[{"name":"tb-in","packets":17,"l2_bytes":1700,"unknown_packets":10,"unknown_l2_bytes":1000,'
          '"malformed":1,"late":2,"missed":3},{"name":"tb-out","packets":9223372036854775000,'
          '"l2_bytes":9223372036854775000,"unknown_packets":0,"unknown_l2_bytes":0,"malformed":0,"late":0,"missed":0}]')

INTERVALS_JSON_2 = ('{"meter":"aktau-1","seq":2,"start":"2026-11-22T17:30:00Z","end":"2026-11-22T17:30:10Z","taps":'
                    + TAPS_2 + "}\n")

INTERVALS_TEXT_1 = """\
meter    seq  start                 end                   name    packets  l2_bytes  unknown_packets  unknown_l2_bytes  malformed  late  missed
aktau-1    1  2026-11-22T17:29:50Z  2026-11-22T17:30:00Z  tb-in         0         0                0                 0          0     0       0
aktau-1    1  2026-11-22T17:29:50Z  2026-11-22T17:30:00Z  tb-out        0         0                0                 0          0     0       0
"""


class Transitctl(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.config = os.path.join(self.folder.name, "aktau-1.yaml")
        self.journal = os.path.join(self.folder.name, "aktau-1.db")
        with open(self.config, "w") as f:
            f.write(CONFIG)
        self.append(TEXT)

    def tearDown(self):
        self.folder.cleanup()

    def append(self, text):
        subprocess.run([MAKE_JOURNAL, self.journal, "aktau-1", "10"], input=text.encode(), check=True)

    def run_raw(self, *args, **kwargs):
        return subprocess.run([TRANSITCTL, *args], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60,
                              **kwargs)

    def ask(self, *args, status=0):
        done = self.run_raw("--config", self.config, *args, stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        self.assertEqual(done.stderr == b"", status == 0, done.stderr.decode())
        return done.stdout.decode()

    def refuse(self, *args, status=2, says=""):
        done = self.run_raw(*args, stdout=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout), (status, b""))
        self.assertIn(says, done.stderr.decode())
        self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr.decode())

    def test_records_are_these_bytes(self):
        self.assertEqual(self.ask("records"), RECORDS_JSON)
        self.assertEqual(self.ask("records", "--format", "json"), RECORDS_JSON)
        self.assertEqual(self.ask("records", "--format", "csv"), RECORDS_CSV)
        self.assertEqual(self.ask("records", "--format", "text"), RECORDS_TEXT)

    def test_intervals_are_these_bytes(self):
        lines = self.ask("intervals").splitlines(True)
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[1], INTERVALS_JSON_2)
        quoted = '"' + TAPS_2.replace('"', '""') + '"'
        table = self.ask("intervals", "--format", "csv").splitlines(True)
        self.assertEqual(table[0], "meter,seq,start,end,taps\n")
        self.assertEqual(table[2], f"aktau-1,2,2026-11-22T17:30:00Z,2026-11-22T17:30:10Z,{quoted}\n")
        self.assertEqual(len(table), 4)
        self.assertEqual(self.ask("intervals", "--format", "text", "--to", "2026-11-22T17:30:00Z"), INTERVALS_TEXT_1)

    def test_the_formats_say_the_same(self):
        for command in "records", "intervals":
            rows = [json.loads(line) for line in self.ask(command).splitlines()]
            table = list(csv.DictReader(io.StringIO(self.ask(command, "--format", "csv"), newline="")))
            for row in table:
                for key in row:
                    if key not in ("meter", "start", "end", "link", "partner", "peering", "direction", "class", "cos",
                                   "family"):
                        row[key] = json.loads(row[key])
            self.assertEqual(rows, table)
            self.assertEqual([list(r) for r in rows], [list(r) for r in table])

    def test_the_views_of_the_file_say_the_same(self):
        db = sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)
        for command, order in ("records", "seq, peering, direction, class, cos, family"), ("intervals", "seq"):
            rows = db.execute(f"SELECT * FROM {command} ORDER BY {order}")
            names = [d[0] for d in rows.description]
            view = [dict(zip(names, row)) for row in rows]
            for row in view:
                if "taps" in row:
                    row["taps"] = json.loads(row["taps"])
            self.assertEqual(view, [json.loads(line) for line in self.ask(command).splitlines()])
        db.close()

    def test_from_is_inclusive_and_to_exclusive(self):
        at = [f"2026-11-22T17:{m}Z" for m in ("29:50", "30:00", "30:10", "30:20")]

        def seqs(*args):
            return [json.loads(line)["seq"] for line in self.ask("intervals", *args).splitlines()]

        self.assertEqual(seqs("--from", at[1]), [2, 3])
        self.assertEqual(seqs("--to", at[1]), [1])
        self.assertEqual(seqs("--from", at[1], "--to", at[2]), [2])
        self.assertEqual(seqs("--from", "2026-11-22T17:30:01Z", "--to", at[3]), [3])
        self.assertEqual(seqs("--from", at[3]), [])
        self.assertEqual(seqs("--from", at[2], "--to", at[1]), [])
        self.assertEqual(seqs("--to", "1970-01-01T00:00:00Z"), [])
        self.assertEqual(seqs("--from", "1970-01-01T00:00:00Z"), [1, 2, 3])
        self.assertEqual(seqs("--from", "2026-11-22T22:30:00+05:00"), [2, 3])
        self.assertEqual(self.ask("records", "--from", at[2]), RECORDS_JSON.splitlines(True)[2])

    def test_filters_leave_what_they_name(self):
        lines = RECORDS_JSON.splitlines(True)
        self.assertEqual(self.ask("records", "--partner", "kazakhtelecom"), lines[0])
        self.assertEqual(self.ask("records", "--peering", "turkmentelecom-tb"), lines[1] + lines[2])
        self.assertEqual(self.ask("records", "--link", "tb"), RECORDS_JSON)
        self.assertEqual(self.ask("records", "--link", "tb2"), "")
        self.assertEqual(self.ask("records", "--link", "tb2", "--format", "csv"), RECORDS_CSV.splitlines(True)[0])

    def test_options_stand_before_or_after(self):
        for args in (["--format", "csv", "--config", self.config, "records"],
                     ["records", f"--config={self.config}", "--format=csv"],
                     ["--format=json", "records", "--config", self.config, "--format", "csv"]):
            done = self.run_raw(*args, stdout=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stdout.decode()), (0, RECORDS_CSV))

    def test_text_on_a_terminal(self):
        master, slave = pty.openpty()
        done = self.run_raw("records", "--config", self.config, stdout=slave)
        os.close(slave)
        out = b""
        try:
            while piece := os.read(master, 4096):
                out += piece
        except OSError:
            pass  # the terminal is gone: so it ends on Linux
        os.close(master)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(out.decode().replace("\r\n", "\n"), RECORDS_TEXT)

    def test_text_stays_aligned_over_many_rows(self):
        more = "".join(
            f"interval aktau-1 {n} 2026-11-23T{n // 360:02d}:{n // 6 % 60:02d}:{n % 6}0Z"
            f" 2026-11-23T{(n + 1) // 360:02d}:{(n + 1) // 6 % 60:02d}:{(n + 1) % 6}0Z 10000 capture {DIGEST}\n"
            f"tap tb-in {n} {60 * n} 0 0 0 0 0\n"
            f"record tb p p-tb ingress europe default ipv4 {n} {60 * n} {46 * n}\n" for n in range(1, 700))
        self.append(more)
        lines = self.ask("records", "--format", "text", "--from", "2026-11-23T00:00:00Z").splitlines()
        self.assertEqual(len(lines), 700)
        width = [len(line) for line in lines]
        self.assertEqual(width, sorted(width))  # a column may widen, and never shrinks
        self.assertLessEqual(len(set(width)), 3)
        self.assertEqual([int(line.split()[-3]) for line in lines[1:]], list(range(1, 700)))

    def test_help_and_version(self):
        for flag in "--help", "--version":
            done = self.run_raw(flag, stdout=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertIn(b"transitctl", done.stdout)
        text = self.run_raw("--help", stdout=subprocess.PIPE).stdout.decode()
        for word in "records", "intervals", "verify", "--config", "--from", "--to", "--format", "--peering":
            self.assertIn(word, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        of_one = self.run_raw("intervals", "--help", stdout=subprocess.PIPE).stdout.decode()
        self.assertIn("--from", of_one)
        self.assertNotIn("--peering", of_one)
        self.refuse("nonsense", "--help", says='unknown command "nonsense"')

    def test_bad_command_lines_end_with_2(self):
        c = ["--config", self.config]
        self.refuse(says="no command")
        self.refuse(*c, says="no command; allowed: records, intervals, verify")
        self.refuse("records", says="no --config")
        self.refuse(*c, "record", says='unknown command "record"; allowed: records')
        self.refuse(*c, "records", "intervals", says='unexpected "intervals"')
        self.refuse(*c, "records", "-f", says='unexpected "-f"')
        self.refuse(*c, "records", "--form", "json", says="unknown option --form")
        self.refuse(*c, "records", "--format", "xml", says="text, json or csv")
        self.refuse(*c, "records", "--format", says="takes a value")
        self.refuse(*c, "records", "--help=yes", says="takes no value")
        self.refuse(*c, "records", "--from", "yesterday", says="2026-11-22T17:30:00Z")
        self.refuse(*c, "records", "--to", "2026-11-22", says="2026-11-22T17:30:00Z")
        self.refuse(*c, "records", "--link", "Tb", says="a name")
        self.refuse(*c, "intervals", "--link", "tb", says="intervals takes no --link")
        self.refuse(*c, "verify", "--from", "2026-11-22T17:30:00Z", says="verify takes no --from")

    def test_bad_configurations_end_with_2(self):
        self.refuse("records", "--config", self.config + "x", says="aktau-1.yamlx")
        with open(self.config, "a") as f:
            f.write("colour: blue\n")
        self.refuse("records", "--config", self.config, says="aktau-1.yaml:18: ")

    def test_a_missing_journal_is_1_and_a_wrong_one_2(self):
        os.rename(self.journal, self.journal + ".away")
        for command in "records", "intervals", "verify":
            self.refuse(command, "--config", self.config, status=1, says="aktau-1.db: No such file")
        self.assertFalse(os.path.exists(self.journal))  # asking makes nothing
        with open(self.journal, "w") as f:
            f.write("no journal at all, but long enough to be looked at " * 20)
        self.refuse("records", "--config", self.config, says="aktau-1.db: file is not a database")
        os.rename(self.journal + ".away", self.journal)
        for old, new, says in (("meter: aktau-1", "meter: aktau-2", "it is the journal of meter aktau-1, not of aktau-2"),
                               ("interval: 10s", "interval: 30s", "its intervals are 10 s, not 30 s")):
            with open(self.config, "w") as f:
                f.write(CONFIG.replace(old, new))
            self.refuse("records", "--config", self.config, says=says)

    def test_output_that_cannot_be_written_is_1(self):
        for command in "records", "intervals", "verify":
            for form in "json", "csv", "text":
                with open("/dev/full", "w") as full:
                    done = self.run_raw("--config", self.config, command, "--format", form, stdout=full)
                self.assertEqual((command, form, done.returncode), (command, form, 1))
                self.assertIn(b"No space left on device", done.stderr)
        with open("/dev/full", "w") as full:
            self.assertEqual(self.run_raw("--help", stdout=full).returncode, 1)
        reader, writer = os.pipe()
        os.close(reader)
        done = self.run_raw("--config", self.config, "records", stdout=writer)
        os.close(writer)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"Broken pipe", done.stderr)

    def head(self):
        db = sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)
        (head,) = db.execute("SELECT lower(hex(chain)) FROM interval WHERE seq = 3").fetchone()
        db.close()
        return head

    def test_verify_says_what_the_chain_has_come_to(self):
        head = self.head()
        self.assertEqual(self.ask("verify", "--format", "text"), f"aktau-1: ok: 3 intervals, chain head {head}\n")
        self.assertEqual(self.ask("verify"),
                         '{"meter":"aktau-1","status":"ok","intervals":3,"chain_head":"' + head + '","detail":""}\n')

    def test_verify_names_what_does_not_fit(self):
        db = sqlite3.connect(self.journal)
        db.execute("UPDATE record SET l3_bytes = 573 WHERE seq = 2 AND l3_bytes = 574")
        db.commit()
        db.close()
        out = self.ask("verify", "--format", "text", status=1)
        self.assertEqual(out, """\
aktau-1: damaged: interval 2 (2026-11-22T17:30:00Z): its content, or the hash before it, does not give its hash
aktau-1: damaged: usage of the five minutes from 2026-11-22T17:30:00Z (intervals 2 to 3): kazakhtelecom-tb ingress \
europe realtime ipv6 is not the sum of its records
""")
        rows = [json.loads(line) for line in self.ask("verify", status=1).splitlines()]
        self.assertEqual([(r["meter"], r["status"]) for r in rows], [("aktau-1", "damaged")] * 2)
        self.assertIn("interval 2 ", rows[0]["detail"])

    def read(self):
        with open(self.journal, "rb") as f:
            return f.read()

    def test_reading_changes_nothing(self):
        before = self.read()
        names = sorted(os.listdir(self.folder.name))
        for command in "records", "intervals", "verify":
            self.ask(command)
        self.assertEqual(self.read(), before)
        self.assertEqual(sorted(os.listdir(self.folder.name)), names)


if __name__ == "__main__":
    unittest.main()
