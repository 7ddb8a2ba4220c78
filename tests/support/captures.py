# SPDX-License-Identifier: BSD-3-Clause
"""Capture files: pcap and pcapng, either byte order, microseconds or nanoseconds.

A packet is (nanoseconds since 1970, Frame); the Frame's wire length is the file's original length.
Both writers are by the formats' descriptions and use no capture library.
"""
import struct

ETHERNET = 1


def pcap(packets, order="<", nano=False, link_type=ETHERNET, snaplen=262144):
    """The bytes of a pcap file. Timestamps are cut to its resolution."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    unit = 1 if nano else 1000
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link_type)]
    for ns, frame in packets:
        second, rest = divmod(ns, 10**9)
        out.append(struct.pack(order + "IIII", second, rest // unit, len(frame.data), frame.wire))
        out.append(frame.data)
    return b"".join(out)


def _block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def _option(order, code, data):
    return struct.pack(order + "HH", code, len(data)) + data + bytes(-len(data) % 4)


def pcapng(packets, order="<", tsresol=6, link_type=ETHERNET, snaplen=262144, interfaces=1):
    """The bytes of a pcapng file with one section; tsresol 6 is left out, as it is the default.

    With several interfaces the packets take turns between them."""
    options = b"" if tsresol == 6 else _option(order, 9, bytes([tsresol])) + bytes(4)
    out = [_block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for _ in range(interfaces):
        head = struct.pack(order + "HHI", link_type, 0, snaplen)
        out.append(_block(order, 1, head + options))
    # A block of a kind that readers have to pass over (name resolution).
    out.append(_block(order, 4, bytes(4)))
    for i, (ns, frame) in enumerate(packets):
        ticks = ns // 10 ** (9 - tsresol)
        head = struct.pack(order + "IIIII", i % interfaces, ticks >> 32, ticks & 0xFFFFFFFF,
                           len(frame.data), frame.wire)
        out.append(_block(order, 6, head + frame.data))
    return b"".join(out)
