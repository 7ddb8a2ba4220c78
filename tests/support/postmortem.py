# SPDX-License-Identifier: BSD-3-Clause
"""What a dead daemon left, read from its files by docs/state.md and docs/journal.md, and by no code of it.

An account is {cell: [packets, l2_bytes, l3_bytes]}; a cell is (peering, direction, class, cos, family), and
("unknown", tap) stands for a tap's unknown frames (without l3_bytes).
"""
import hashlib
import os
import sqlite3
import struct
from collections import namedtuple

PAGE = 4096
Found = namedtuple("Found", "start account")


def up(size, unit):
    return (size + unit - 1) // unit * unit


def add(account, cell, counts):
    if any(counts):
        have = account.setdefault(cell, [0, 0, 0])
        for i, n in enumerate(counts):
            have[i] += n


def slot_names(taps, peerings, classes, cos):
    """The cells in the order of their slots."""
    yield from (("unknown", tap) for tap in taps)
    for peering in peerings:
        for direction in ("ingress", "egress"):
            for name in classes:
                for family in ("ipv4", "ipv6"):
                    for service in cos:
                        yield peering, direction, name, service, family
            yield peering, direction, "non-ip", "default", "other"


def read_banks(path):
    """{generation: Found} of one bank file."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:8] == bytes(8):
        return {}  # killed while it made the file
    assert data[:8] == b"TRBANK01", f"{path}: {data[:8]}"
    _, workers, n_taps, n_peerings, n_classes, n_cos = struct.unpack_from("<6I", data, 40)
    at, names = 192, []
    for count, size in ((n_taps, 33), (n_classes, 33), (n_cos, 33), (n_peerings, 99)):
        names.append([data[at + i * size:at + i * size + 33].split(b"\0")[0].decode() for i in range(count)])
        at += count * size
    assert data[8:40] == hashlib.sha256(data[40:136] + data[192:at]).digest(), f"{path}: its check"
    cells = list(slot_names(names[0], names[3], names[1], names[2]))
    before = 64 + up(n_taps * 32, 64)
    bank = up(up(before + len(cells) * 32, 64), PAGE)
    found, at = {}, up(at, PAGE)
    assert len(data) == at + 2 * workers * bank, f"{path}: its size"
    for number in range(2):
        generation, start, _ = struct.unpack_from("<Qqq", data, 136 + 24 * number)
        account = {}
        for worker in range(workers):
            slots = at + (number * workers + worker) * bank + before
            for i, cell in enumerate(cells):
                packets, l2, l3, _ = struct.unpack_from("<4Q", data, slots + 32 * i)
                add(account, cell, [packets, l2, 0 if cell[0] == "unknown" else l3])
        if generation:
            found[generation] = Found(start, account)
    return found


def read_text(text):
    """A canonical text as Found; its start stays RFC 3339."""
    account, start = {}, None
    for line in text.splitlines():
        kind, *field = line.split(" ")
        if kind == "interval":
            start = field[2]
        elif kind == "tap":
            add(account, ("unknown", field[0]), [int(field[3]), int(field[4]), 0])
        else:
            add(account, tuple(field[2:7]), [int(n) for n in field[7:]])
    return Found(start, account)


def read_journal(path):
    """(newest generation, [account of each interval by seq])."""
    db = sqlite3.connect(path)
    accounts = {}
    for (seq,) in db.execute("SELECT seq FROM interval"):
        accounts[seq] = {}
    for seq, name, *counts in db.execute("SELECT seq, name, unknown_packets, unknown_l2_bytes FROM tap"):
        add(accounts[seq], ("unknown", name), counts + [0])
    for seq, *row in db.execute(
            "SELECT seq, peering, direction, class, cos, family, packets, l2_bytes, l3_bytes"
            " FROM record JOIN cell ON cell.id = record.cell"):
        add(accounts[seq], tuple(row[:5]), row[5:])
    generation = db.execute("SELECT coalesce(max(generation), 0) FROM handover").fetchone()[0]
    db.close()
    assert sorted(accounts) == list(range(1, len(accounts) + 1)), "seq has a gap"
    return generation, [accounts[seq] for seq in sorted(accounts)]


def left(state, generation):
    """{generation: account} that is not in the journal: spilled, else still in a bank."""
    out = {}
    for name in os.listdir(state):
        if name.startswith("banks-"):
            for number, found in read_banks(f"{state}/{name}").items():
                out.setdefault(number, found.account)
    for name in os.listdir(state):
        assert not name.endswith((".unreadable", ".refused")) and not name.startswith("unreadable"), name
        if name.endswith(".interval"):
            with open(f"{state}/{name}", encoding="ascii") as f:
                out[int(name.split(".")[0])] = read_text(f.read()).account
    return {number: account for number, account in sorted(out.items()) if number > generation}
