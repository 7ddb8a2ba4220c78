# SPDX-License-Identifier: BSD-3-Clause
"""A day of traffic for whatever a configuration describes: one capture a tap, from one seed.

Every peering of a tap's link gets frames as its partner would send them: its VLAN or two, its router's
MAC, IPv4 and IPv6 between addresses of the configuration's prefixes, in all classes of service, some of
it behind MPLS labels, priority tags or padding. A little is unrouted, not IP, of nobody, or broken. The
amount follows the hours of a day at the routes' longitude. Frames are made once as templates and drawn by
weight; only the timestamp of each is new, so a million frames take a few seconds.
"""
import hashlib
import ipaddress
import math
import random
import struct
from itertools import accumulate

import captures
from frames import frame, ip4, ip6, mpls, raw, tag

SIZES = [(64, 7), (576, 3), (1500, 5)]  # frame lengths and weights: the usual mix
UNROUTED = [ipaddress.ip_network("198.51.100.192/26"), ipaddress.ip_network("2001:db8:fff0::/48")]
PEAK_HOUR, SOUTH_UTC = 21, 5  # evening peak, at UTC+5
FLOWS = 48  # templates for each peering and direction

# Of config/backbone.yaml's peerings: the class of the partner's own addresses, and the classes that its
# transit goes to. A peering that is not listed talks from anywhere to anywhere.
ROUTES = {
    "turkmentelecom-tb": ("turkmenistan", ["europe", "europe", "russia", "asia", "domestic"]),
    "azertelecom-as": ("europe", ["asia", "asia", "domestic", "turkmenistan", "kyrgyzstan"]),
    "azertelecom-cauc": ("caucasus", ["domestic", "asia", "russia"]),
    "uztelecom-offtake": ("uzbekistan", ["europe", "europe", "caucasus", "domestic"]),
    "ru-carrier-a-kr": ("russia", ["iran", "middle-east", "asia", "domestic"]),
    "ru-carrier-b-kr": ("russia", ["iran", "asia", "domestic"]),
    "ir-carrier-ki": ("iran", ["russia", "europe", "asia"]),
    "sat-carrier-sg": ("europe", ["tajikistan", "kyrgyzstan", "mongolia"]),
}


def router_mac(peering):
    """The peering's MAC, or one made from its name."""
    if "mac" in peering:
        return peering["mac"]
    digest = hashlib.sha256(peering["name"].encode()).digest()
    return "02:00:5e:" + ":".join(f"{b:02x}" for b in digest[:3])


def our_mac(link):
    return "02:00:5e:ff:" + ":".join(f"{b:02x}" for b in hashlib.sha256(link.encode()).digest()[:2])


def vlan_tags(peering):
    vlan = peering.get("vlan")
    if vlan is None or vlan == "untagged":
        return []
    vids = [int(v) for v in str(vlan).split(".")]
    return [tag(vids[0], 0x88A8), tag(vids[1])] if len(vids) == 2 else [tag(vids[0])]


def address(rng, network):
    return str(network[rng.randrange(network.num_addresses)])


def segment(rng, proto, room):
    """A TCP or UDP header without checksum, for `room` bytes of it and its payload."""
    ports = struct.pack("!HH", rng.randrange(1024, 65536), rng.choice((443, 443, 80, 53, 123)))
    if proto == 6:
        numbers = rng.getrandbits(32), rng.getrandbits(32)
        return raw(0, ports + struct.pack("!IIBBHHH", *numbers, 0x50, 0x10, 65535, 0, 0))
    return raw(0, ports + struct.pack("!HH", room, 0))


def ends(rng, peering, classes):
    """(a network of the partner's side, one of the far end's), both of one family."""
    near, far = ROUTES.get(peering["name"], (None, []))
    anywhere = [n for networks in classes.values() for n in networks]
    there = UNROUTED if rng.random() < 0.02 else classes.get(rng.choice(far) if far else None, anywhere)
    there = rng.choice(there)
    here = [n for n in classes.get(near, anywhere) if n.version == there.version]
    return rng.choice(here or [there]), there


def ip_layers(rng, peering, classes, dscps, ingress, room):
    """IPv4 or IPv6, and TCP or UDP, between two ends: `room` bytes in all."""
    near, far = ends(rng, peering, classes)
    src, dst = (near, far) if ingress else (far, near)
    src, dst = address(rng, src), address(rng, dst)
    tos, proto = rng.choice(dscps) << 2, rng.choice((6, 6, 6, 17))
    if far.version == 4:
        return [ip4(src=src, dst=dst, total=room, tos=tos, proto=proto), segment(rng, proto, room - 20)]
    return [ip6(src=src, dst=dst, payload=room - 40, tclass=tos, next_header=proto),
            segment(rng, proto, room - 40)]


def template(rng, peering, link, ingress, classes, dscps):
    """One frame of a peering, and how often it is drawn."""
    size = rng.choices([s for s, _ in SIZES], [w for _, w in SIZES])[0]
    layers = list(vlan_tags(peering))
    kind = rng.random()
    if kind < 0.04:
        layers.insert(0, tag(0, pcp=3))
    elif kind < 0.24:
        layers.append(mpls(*(rng.randrange(16, 1 << 20) for _ in range(rng.choice((1, 1, 2, 3))))))
    head = 14 + sum(len(layer.data) + 2 * layer.announces for layer in layers)
    if rng.random() < 0.01 and not (layers and not layers[-1].announces):
        layers.append(raw(rng.choice((0x0806, 0x88CC)), bytes(46)))
    else:
        layers += ip_layers(rng, peering, classes, dscps, ingress, max(size - 14, 60))
    size = max(head + 60, size + head - 14)
    macs = (router_mac(peering), our_mac(link))
    src, dst = macs if ingress else macs[::-1]
    return frame(*layers, src=src, dst=dst, wire=size), 1 / (1 + rng.randrange(FLOWS))


def stray_templates(link):
    """What every exchange carries as well: frames of nobody, and frames that are broken."""
    macs = {"src": "02:00:5e:ee:00:01", "dst": our_mac(link)}
    return [(frame(tag(4001), ip4(total=46), wire=64, **macs), 0.002),
            (frame(raw(0x0806, bytes(46)), **macs), 0.002),
            (frame(tag(100), ip4(total=1500), wire=64, **macs), 0.0005),
            (frame(ip4(ihl=4), wire=60, **macs), 0.0002),
            (frame(ip4(), wire=60, cap=12, **macs), 0.0001)]


def tap_templates(rng, config, link, direction, classes, strays=True):
    """[(frame, weight, hour by which this peering's day is later)] for one tap."""
    dscps = [0] * 6 + [d for cos in config.get("cos") or [] for d in cos["dscp"][:1]]
    out = []
    for peering in config["peerings"]:
        if peering["link"] != link["name"] or (direction == "by-mac" and "mac" not in peering):
            continue
        size, later = rng.uniform(0.4, 2), rng.uniform(-1.5, 1.5)
        ways = {"ingress": [True], "egress": [False], "by-mac": [True, False]}[direction]
        for ingress in ways:
            made = [template(rng, peering, link["name"], ingress, classes, dscps) for _ in range(FLOWS)]
            total = sum(weight for _, weight in made)
            share = size * (0.7 if ingress else 0.3) / total
            out += [(f, weight * share, later) for f, weight in made]
    total = sum(weight for _, weight, _ in out) or 1
    if strays:
        out += [(f, weight * total, 0.0) for f, weight in stray_templates(link["name"])]
    return out


def activity(second, later):
    """How busy a route is at this second of the day: 0.3 before dawn to 1 in the evening."""
    hour = second / 3600 + SOUTH_UTC - PEAK_HOUR - later
    return 0.65 + 0.35 * math.cos(hour * math.pi / 12)


def steps(rng, templates, frames, start, duration, step=60):
    """(first second, count, cumulative weights) for each step of the duration."""
    loads = []
    for at in range(0, duration, step):
        if at % 600 == 0:
            weights = [w * activity(start + at, later) for _, w, later in templates]
            cumulative, total = list(accumulate(weights)), sum(weights)
        loads.append((at, total * rng.uniform(0.9, 1.1), cumulative))
    scale = frames / sum(load for _, load, _ in loads)
    owed = 0.0
    for at, load, cumulative in loads:
        owed += load * scale
        count, owed = int(owed), owed - int(owed)
        yield start + at, count, cumulative


def write_tap(path, rng, templates, frames, start, duration, snaplen):
    """Writes one capture in microseconds; returns how many frames it holds."""
    bodies = []
    for made, _, _ in templates:
        data = made.data[:snaplen]
        bodies.append(struct.pack("<II", len(data), made.wire) + data)
    pack, written = struct.Struct("<II").pack, 0
    with open(path, "wb") as out:
        out.write(captures.pcap([], snaplen=snaplen))
        for second, count, cumulative in steps(rng, templates, frames, start, duration):
            drawn = rng.choices(bodies, cum_weights=cumulative, k=count)
            phase = rng.randrange(1000)
            times = ((i * 60_000_000 + phase) // max(count, 1) for i in range(count))
            out.write(b"".join(pack(second + t // 1_000_000, t % 1_000_000) + body
                               for t, body in zip(times, drawn)))
            written += count
    return written


def read_prefixes(folder, config):
    """The lines of the configuration's prefix file as [(prefix, class)]."""
    if "prefixes" not in config:
        return []
    lines = (line.split("#")[0].strip() for line in (folder / config["prefixes"]).read_text().splitlines())
    return [tuple(part.strip() for part in line.split(",")) for line in lines if line]


def networks_of(prefixes):
    """{class: its networks}; without any prefix, addresses that no prefix holds."""
    classes = {}
    for prefix, name in prefixes:
        classes.setdefault(name, []).append(ipaddress.ip_network(prefix))
    return classes or {None: UNROUTED}


def make_day(config, prefixes, folder, frames, seed=1, start=1772323200, duration=86400, snaplen=96):
    """Writes FOLDER/TAP.pcap for every tap; returns {tap: frames written}."""
    classes = networks_of(prefixes)
    rng = random.Random(seed)
    taps = []
    for link in config["links"]:
        for tap in link["taps"]:
            made = tap_templates(rng, config, link, tap["direction"], classes)
            taps.append((tap["name"], made, rng.uniform(0.5, 1.5)))
    total = sum(share for _, _, share in taps)
    return {name: write_tap(f"{folder}/{name}.pcap", rng, made, frames * share / total, start, duration,
                            snaplen) for name, made, share in taps}
