# SPDX-License-Identifier: BSD-3-Clause
"""A golden case as a table: one frame a row, and beside it where the contract puts the frame.

    ("a fifth tag ends the walk", "in", frame(...), "p100 ingress non-ip default other 78 0")

Row i's frame comes at T0 + i * 10 s, so that each row is an interval of its own and the whole output of
both commands follows from the column that was written by hand. That column is one of

    PEERING DIRECTION CLASS COS FAMILY L2_BYTES L3_BYTES [malformed]
    unknown L2_BYTES [malformed]
"""
from collections import namedtuple
from datetime import datetime, timezone

T0 = 1700000000  # 2023-11-14T22:13:20Z, a multiple of ten seconds

Table = namedtuple("Table", "name config prefixes rows")

TAPS = [{"name": "in", "source": "pcap:in.pcap", "direction": "ingress"},
        {"name": "out", "source": "pcap:out.pcap", "direction": "egress"},
        {"name": "both", "source": "pcap:both.pcap", "direction": "by-mac"}]


def config(peerings, classes=(), cos=(), links=None, interval="10s"):
    """A configuration with one link and a tap of each direction, unless the case names its links.

    `peerings` are (name, vlan or None, mac or None), on the one link and of the one partner."""
    rows = []
    for peering in peerings:
        if not isinstance(peering, dict):
            name, vlan, mac = peering
            peering = {"name": name, "partner": "turkmentelecom", "link": "temirbaba-bekdash"}
            peering.update({"vlan": vlan} if vlan is not None else {})
            peering.update({"mac": mac} if mac is not None else {})
        rows.append(peering)
    out = {
        "meter": "golden-1", "interval": interval, "journal": "golden-1.db", "prefixes": "prefixes.csv",
        "links": links or [{"name": "temirbaba-bekdash", "taps": TAPS}],
        "partners": [{"name": "turkmentelecom"}],
        "peerings": rows,
    }
    if classes:
        out["classes"] = [{"name": name} for name in classes]
    if cos:
        out["cos"] = [{"name": name, "dscp": list(dscp)} for name, dscp in cos]
    return out


def stamp(second):
    return datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def captures_of(table):
    taps = {}
    for i, (_, tap, frame, _) in enumerate(table.rows):
        taps.setdefault(tap, []).append(((T0 + 10 * i) * 10**9, frame))
    return taps


def expected(table):
    """(records, intervals) that the column of each row stands for."""
    records, intervals = [], []
    names = [tap["name"] for link in table.config["links"] for tap in link["taps"]]
    for i, (_, tap, _, column) in enumerate(table.rows):
        words = column.split()
        malformed = words[-1] == "malformed"
        words = words[:-1] if malformed else words
        unknown = words[0] == "unknown"
        l2_bytes = int(words[1] if unknown else words[5])
        head = {"meter": "golden-1", "seq": i + 1, "start": stamp(T0 + 10 * i), "end": stamp(T0 + 10 * i + 10)}
        taps = {name: {"name": name, "packets": 0, "l2_bytes": 0, "unknown_packets": 0,
                       "unknown_l2_bytes": 0, "malformed": 0, "late": 0, "missed": 0} for name in names}
        taps[tap].update(packets=1, l2_bytes=l2_bytes, malformed=int(malformed))
        if unknown:
            assert len(words) == 2, column
            taps[tap].update(unknown_packets=1, unknown_l2_bytes=l2_bytes)
        else:
            records.append(record(table, head, words))
        intervals.append(dict(head, taps=list(taps.values())))
    return records, intervals


def record(table, head, words):
    peering, direction, klass, cos, family, l2_bytes, l3_bytes = words
    of = next(p for p in table.config["peerings"] if p["name"] == peering)
    return dict(head, link=of["link"], partner=of["partner"], peering=peering, direction=direction,
                **{"class": klass}, cos=cos, family=family, packets=1, l2_bytes=int(l2_bytes),
                l3_bytes=int(l3_bytes))


def name_rows(table, text):
    """Adds to a difference what its rows are about: seq is the row's number."""
    told = []
    for i, (says, *_) in enumerate(table.rows):
        if f'"seq": {i + 1},' in text:
            told.append(f"  row {i + 1}: {says}")
    return "\n".join([text, *told])
