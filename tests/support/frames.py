# SPDX-License-Identifier: BSD-3-Clause
"""Frames as they are on the wire, built from layers, each of which may carry any bad field.

    frame(tag(100), ip4(total=46), wire=64)

A layer is (ethertype that announces it, bytes, whether an ethertype follows it). A layer whose last two
bytes announce the next one takes that layer's ethertype; labels announce nothing. What `wire` asks for
beyond the layers is zero padding; `cap` cuts what a capture keeps of it. Nothing here knows what the
contract makes of a frame.
"""
import ipaddress
import struct
from collections import namedtuple

Layer = namedtuple("Layer", "ethertype data announces")
Frame = namedtuple("Frame", "data wire")  # captured bytes, length on the wire

OURS = "02:00:5e:00:00:01"  # our router's MAC: neither direction's partner
PARTNER = "02:00:5e:10:00:01"


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def tag(vid, tpid=0x8100, pcp=0):
    """A VLAN tag: the TCI; the ethertype of what follows is added by frame()."""
    return Layer(tpid, struct.pack("!H", pcp << 13 | vid), True)


def mpls(*labels, bottom=True, ethertype=0x8847, tc=0, ttl=64):
    """Labels from the top; the last has the bottom-of-stack bit unless bottom=False."""
    data = b""
    for i, label in enumerate(labels):
        last = bottom and i == len(labels) - 1
        data += struct.pack("!I", label << 12 | tc << 9 | (0x100 if last else 0) | ttl)
    return Layer(ethertype, data, False)


def raw(ethertype, data=b""):
    """Anything: an ethertype (or an 802.3 length) and what follows it."""
    return Layer(ethertype, data, False)


def internet_checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip4(src="192.0.2.1", dst="198.51.100.1", total=46, version=4, ihl=5, tos=0, proto=17, ethertype=0x0800):
    """An IPv4 header of 20 bytes and as many options as ihl asks for; `total` is what its field says."""
    ends = ipaddress.IPv4Address(src).packed + ipaddress.IPv4Address(dst).packed
    options = b"\x01" * max(0, ihl * 4 - 20)

    def head(checksum):
        return struct.pack("!BBHHHBBH", version << 4 | ihl, tos, total, 1, 0x4000, 64, proto, checksum)
    return Layer(ethertype, head(internet_checksum(head(0) + ends + options)) + ends + options, False)


def ip6(src="2001:db8::1", dst="2001:db8:1::1", payload=20, version=6, tclass=0, next_header=17,
        ethertype=0x86DD):
    """An IPv6 header of 40 bytes; `payload` is what its payload length field says."""
    head = struct.pack("!IHBB", version << 28 | tclass << 20, payload, next_header, 64)
    head += ipaddress.IPv6Address(src).packed + ipaddress.IPv6Address(dst).packed
    return Layer(ethertype, head, False)


def frame(*layers, src=PARTNER, dst=OURS, wire=None, cap=None):
    """The frame with these layers after its MACs, padded to `wire` bytes, of which `cap` are captured."""
    data = mac(dst) + mac(src)
    announced = True
    for layer in layers:
        if announced:
            data += struct.pack("!H", layer.ethertype)
        data += layer.data
        announced = layer.announces
    if announced:
        data += b"\0\0"
    wire = len(data) if wire is None else wire
    data = data[:wire] + bytes(max(0, wire - len(data)))
    return Frame(data if cap is None else data[:cap], wire)
