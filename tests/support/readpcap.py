# SPDX-License-Identifier: BSD-3-Clause
"""Reads back the one kind of capture that traffic.py writes: pcap, little-endian, microseconds."""
import struct

from frames import Frame


def packets(path):
    """[(nanoseconds since 1970, Frame)]"""
    data, at, out = path.read_bytes(), 24, []
    if data[:4] != b"\xd4\xc3\xb2\xa1":
        raise ValueError(f"{path} is not a little-endian pcap file in microseconds")
    while at < len(data):
        second, micro, captured, wire = struct.unpack_from("<IIII", data, at)
        out.append((second * 10**9 + micro * 1000, Frame(data[at + 16:at + 16 + captured], wire)))
        at += 16 + captured
    return out
