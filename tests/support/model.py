# SPDX-License-Identifier: BSD-3-Clause
"""The accounting contract, sections 2 and 3, as plainly as it can be said.

A second reading of docs/contract.md beside the daemon's: every step is a linear scan or an `if` with the
clause it comes from, nothing is fast, and nothing is shared with the daemon. What the contract leaves
open is read as the comments here say.

    records, intervals = meter(config, prefixes, captures)

`config` is the configuration as the dict that was written as YAML, `prefixes` a list of ("10.0.0.0/8",
"class"), `captures` a dict from tap name to its packets, (ns, Frame). The results are what
`transitctl records` and `transitctl intervals` print as JSON, as lists of dicts in the order of seq.
"""
import ipaddress
import struct
from collections import namedtuple
from datetime import datetime, timezone

MAX_EMPTY = 100_000
VLAN_TYPES = (0x8100, 0x88A8, 0x9100)
MPLS_TYPES = (0x8847, 0x8848)

Header = namedtuple("Header", "short dst src vids family l3_bytes dscp source destination malformed")


class GapError(Exception):
    """More than MAX_EMPTY intervals in a row without a frame; args are the two timestamps in ns."""


# ---- section 2: one frame -------------------------------------------------------------------------


def read_ipv4(data, left):
    """(l3_bytes, dscp, source, destination), or None when the header is not readable (clause 4)."""
    if len(data) < 20 or data[0] >> 4 != 4:
        return None
    ihl = data[0] & 15
    total = struct.unpack("!H", data[2:4])[0]
    if total == 0:  # segmentation offload: the bytes left, which IHL*4 must not pass either
        total = left
    if ihl < 5 or not ihl * 4 <= total <= left:
        return None
    return total, data[1] >> 2, ipaddress.ip_address(data[12:16]), ipaddress.ip_address(data[16:20])


def read_ipv6(data, left):
    if len(data) < 40 or data[0] >> 4 != 6:
        return None
    payload = struct.unpack("!H", data[4:6])[0]
    if 40 + payload > left:
        return None
    total = 40 + payload
    if payload == 0 and data[6] != 59:
        total = left
    traffic_class = (data[0] & 15) << 4 | data[1] >> 4
    return total, traffic_class >> 2, ipaddress.ip_address(data[8:24]), ipaddress.ip_address(data[24:40])


def walk_tags(data):
    """(VIDs that count, ethertype after the tags or None, offset of the payload): clause 2.

    A tag is walked only if all four bytes that follow its ethertype are captured: its TCI and the next
    ethertype. Otherwise it is cut short, and its VID does not count. A fifth tag's VID never counts."""
    ethertype = struct.unpack("!H", data[12:14])[0]
    offset, vids = 14, []
    for _ in range(4):
        if ethertype not in VLAN_TYPES:
            return vids[:2], ethertype, offset
        if len(data) < offset + 4:
            return vids[:2], None, offset
        tci, ethertype = struct.unpack("!HH", data[offset:offset + 4])
        offset += 4
        if tci & 0xFFF != 0:
            vids.append(tci & 0xFFF)
    if ethertype in VLAN_TYPES:
        return vids[:2], None, offset
    return vids[:2], ethertype, offset


def walk_labels(data, offset):
    """Offset of what follows the bottom label, or None when the stack is malformed (clause 4)."""
    for _ in range(8):
        if len(data) < offset + 4:
            return None  # cut by the capture, or by the frame's end
        label = struct.unpack("!I", data[offset:offset + 4])[0]
        offset += 4
        if label & 0x100:
            return offset if len(data) > offset else None  # None: nothing after it
    return None


def read_payload(data, wire, ethertype, offset):
    """(family, what read_ipv4/6 gave, malformed): clause 4."""
    if ethertype in MPLS_TYPES:
        offset = walk_labels(data, offset)
        if offset is None:
            return "other", None, True
        nibble = data[offset] >> 4
        ethertype = {4: 0x0800, 6: 0x86DD}.get(nibble)
    reader = {0x0800: ("ipv4", read_ipv4), 0x86DD: ("ipv6", read_ipv6)}.get(ethertype)
    if reader is None:
        return "other", None, False
    ip = reader[1](data[offset:], wire - offset)
    if ip is None:
        return "other", None, True
    return reader[0], ip, False


def read_frame(frame):
    # What is captured beyond the length on the wire does not exist.
    data = frame.data[:frame.wire]
    if len(data) < 14:  # clause 1
        return Header(True, None, None, [], "other", 0, None, None, None, True)
    vids, ethertype, offset = walk_tags(data)
    family, ip, malformed = read_payload(data, frame.wire, ethertype, offset)
    l3_bytes, dscp, source, destination = ip or (0, None, None, None)
    return Header(False, data[0:6], data[6:12], vids, family, l3_bytes, dscp, source, destination, malformed)


def vlan_rank(peering, vids):
    """How specific this peering's vlan is (clause 3), or None when it does not fit."""
    vlan = peering.get("vlan")
    if vlan is None:
        return 0
    if str(vlan) == "untagged":
        return 1 if vids == [] else None
    wanted = [int(v) for v in str(vlan).split(".")]
    return len(wanted) if vids[:len(wanted)] == wanted else None


def find_peering(config, link, vids, partner_mac, mac_needed):
    best = None
    for peering in config["peerings"]:
        rank = vlan_rank(peering, vids)
        if peering["link"] != link or rank is None:
            continue
        has_mac = "mac" in peering
        if has_mac and bytes.fromhex(peering["mac"].replace(":", "")) != partner_mac:
            continue
        if mac_needed and not has_mac:
            continue
        if best is None or (rank, has_mac) > best[0]:
            best = ((rank, has_mac), peering)
    return best[1] if best else None


def match(config, link, direction, header):
    """(peering, direction) or None: clause 3."""
    if header.short:
        return None
    if direction == "by-mac":
        peering = find_peering(config, link, header.vids, header.src, True)
        if peering:
            return peering, "ingress"
        peering = find_peering(config, link, header.vids, header.dst, True)
        return (peering, "egress") if peering else None
    partner_mac = header.src if direction == "ingress" else header.dst
    peering = find_peering(config, link, header.vids, partner_mac, False)
    return (peering, direction) if peering else None


def find_class(networks, header, direction):
    if header.family == "other":
        return "non-ip"
    far = header.destination if direction == "ingress" else header.source
    best = None
    for network, name in networks:
        if far.version == network.version and far in network:
            if best is None or network.prefixlen > best[0]:
                best = (network.prefixlen, name)
    return best[1] if best else "unrouted"


def find_cos(config, header):
    if header.family != "other":
        for cos in config.get("cos", []):
            if header.dscp in cos["dscp"]:
                return cos["name"]
    return "default"


def place(config, networks, tap, link, frame):
    """The one place of a frame: (its cell, or None for the tap's `unknown`; its header)."""
    header = read_frame(frame)
    matched = match(config, link, tap["direction"], header)
    if matched is None:
        return None, header
    peering, direction = matched
    cell = (peering["name"], direction, find_class(networks, header, direction), find_cos(config, header),
            header.family)
    return cell, header


def networks_of(prefixes):
    return [(ipaddress.ip_network(prefix), name) for prefix, name in prefixes]


# ---- section 3: intervals -------------------------------------------------------------------------


def seconds(text):
    return int(text.removesuffix("s"))


def rfc3339(second):
    return datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def merge(config, captures):
    """(tap, link, ns, Frame) in time order: always the file whose next frame is the oldest, and of
    several such the tap that the configuration names first."""
    taps = [(tap, link["name"]) for link in config["links"] for tap in link["taps"]]
    rest = [list(captures.get(tap["name"], [])) for tap, _ in taps]
    at = [0] * len(taps)
    while True:
        ready = [i for i in range(len(taps)) if at[i] < len(rest[i])]
        if not ready:
            return
        first = min(ready, key=lambda i: rest[i][at[i]][0])
        ns, frame = rest[first][at[first]]
        at[first] += 1
        yield taps[first][0], taps[first][1], ns, frame


def empty_taps(config):
    zero = {"packets": 0, "l2_bytes": 0, "unknown_packets": 0, "unknown_l2_bytes": 0, "malformed": 0,
            "late": 0, "missed": 0}
    return {tap["name"]: dict(name=tap["name"], **zero) for link in config["links"] for tap in link["taps"]}


def count(config, networks, interval, tap, link, frame):
    cell, header = place(config, networks, tap, link, frame)
    counted = interval["taps"][tap["name"]]
    counted["packets"] += 1
    counted["l2_bytes"] += frame.wire
    counted["malformed"] += header.malformed
    if cell is None:
        counted["unknown_packets"] += 1
        counted["unknown_l2_bytes"] += frame.wire
        return
    total = interval["cells"].setdefault(cell, [0, 0, 0])
    total[0] += 1
    total[1] += frame.wire
    total[2] += header.l3_bytes


def cut(config, networks, captures):
    """The intervals, open to close, as {"number": k, "taps": ..., "cells": ...}."""
    length = seconds(config["interval"]) * 10**9
    intervals, newest = [], None
    for tap, link, ns, frame in merge(config, captures):
        number = ns // length
        if not intervals:
            intervals.append({"number": number, "taps": empty_taps(config), "cells": {}})
        if number - intervals[-1]["number"] - 1 > MAX_EMPTY:
            raise GapError(newest, ns)
        while intervals[-1]["number"] < number:
            intervals.append({"number": intervals[-1]["number"] + 1, "taps": empty_taps(config), "cells": {}})
        if number < intervals[-1]["number"]:
            intervals[-1]["taps"][tap["name"]]["late"] += 1
        newest = ns if newest is None else max(newest, ns)
        count(config, networks, intervals[-1], tap, link, frame)
    return intervals


def meter(config, prefixes, captures, first_seq=1):
    networks = networks_of(prefixes)
    length = seconds(config["interval"])
    peerings = {p["name"]: p for p in config["peerings"]}
    records, intervals = [], []
    for seq, interval in enumerate(cut(config, networks, captures), first_seq):
        head = {"meter": config["meter"], "seq": seq, "start": rfc3339(interval["number"] * length),
                "end": rfc3339((interval["number"] + 1) * length)}
        intervals.append(dict(head, taps=list(interval["taps"].values())))
        for (peering, direction, klass, cos, family), total in sorted(interval["cells"].items()):
            records.append(dict(
                head, link=peerings[peering]["link"], partner=peerings[peering]["partner"], peering=peering,
                direction=direction, **{"class": klass}, cos=cos, family=family, packets=total[0],
                l2_bytes=total[1], l3_bytes=total[2]))
    return records, intervals
