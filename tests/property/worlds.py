# SPDX-License-Identifier: BSD-3-Clause
"""Random configurations, and random frames that have to do with them, from one random.Random.

Everything is drawn from small pools, so that frames meet peerings and addresses meet prefixes often,
and a good part of the frames is broken in some way: odd lengths, flipped bits, short captures.
"""
import ipaddress
import itertools

from frames import Frame, frame, ip4, ip6, mac, mpls, raw, tag

INTERVALS = ["1s", "2s", "5s", "10s", "15s", "20s", "30s", "60s", "100s", "150s", "300s"]
VIDS = [1, 20, 100, 101, 4094]
MACS = [f"02:00:5e:10:00:{n:02x}" for n in range(5)]
DIRECTIONS = ["ingress", "egress", "by-mac"]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def names(rng, count):
    """Different names, of every length that is allowed."""
    out = set()
    while len(out) < count:
        size = rng.choice([1, 2, 8, 31, 32])
        out.add(rng.choice(LETTERS) + "".join(rng.choice(LETTERS + "-") for _ in range(size - 1)))
    out -= {"unrouted", "non-ip", "default", "untagged"}
    return sorted(out) if len(out) == count else names(rng, count)


def vlans(rng):
    return rng.choice([None, "untagged", rng.choice(VIDS), f"{rng.choice(VIDS)}.{rng.choice(VIDS)}"])


def peerings(rng, links, partners):
    """Peerings of all shapes, no two of which could match the same frame equally well."""
    shapes = {(rng.choice(links), vlans(rng), rng.choice([None, *MACS])) for _ in range(rng.randint(1, 24))}
    out = []
    for name, (link, vlan, address) in zip(names(rng, len(shapes)), sorted(shapes, key=str)):
        row = {"name": name, "partner": rng.choice(partners), "link": link}
        row.update({"vlan": vlan} if vlan is not None else {})
        row.update({"mac": address} if address is not None else {})
        out.append(row)
    rng.shuffle(out)
    return out


def configuration(rng):
    links, partners = names(rng, rng.randint(1, 3)), names(rng, rng.randint(1, 3))
    taps = names(rng, rng.randint(len(links), 5))
    homes = links + [rng.choice(links) for _ in taps[len(links):]]
    rng.shuffle(homes)
    codes = list(range(64))
    rng.shuffle(codes)
    cos = [{"name": n, "dscp": sorted(codes.pop() for _ in range(rng.randint(1, 12)))}
           for n in names(rng, rng.randint(0, 4))]
    out = {
        "meter": names(rng, 1)[0], "interval": rng.choice(INTERVALS), "journal": "journal.db",
        "prefixes": "prefixes.csv",
        "links": [{"name": link, "taps": [
            {"name": tap, "source": f"pcap:{tap}.pcap", "direction": rng.choice(DIRECTIONS)}
            for tap, home in zip(taps, homes) if home == link]} for link in links],
        "partners": [{"name": p} for p in partners],
        "peerings": peerings(rng, links, partners),
        "classes": [{"name": n} for n in names(rng, rng.randint(1, 6))],
    }
    out.update({"cos": cos} if cos else {})
    return out


# ---- addresses and prefixes -----------------------------------------------------------------------


def roots(rng):
    """A few addresses of each family, around which prefixes and frames are drawn."""
    return ([rng.getrandbits(32) for _ in range(3)] + [0, 2**32 - 1],
            [rng.getrandbits(128) for _ in range(3)] + [0, 2**128 - 1])


def near(rng, root, bits):
    """An address that agrees with `root` in some first bits, all but one, or all."""
    return rng.choice([root, root ^ 1 << rng.randrange(bits), root ^ rng.getrandbits(rng.randint(1, bits))])


def prefixes(rng, config, around):
    out = {}
    classes = [c["name"] for c in config["classes"]]
    for _ in range(rng.choice([0, 1, 5, 40, 120])):
        bits, pool, kind = rng.choice([(32, around[0], ipaddress.IPv4Address),
                                       (128, around[1], ipaddress.IPv6Address)])
        length = rng.choice([0, 1, bits // 2, bits - 1, bits, rng.randint(0, bits), rng.randint(0, bits)])
        number = near(rng, rng.choice(pool), bits) >> bits - length << bits - length
        out[f"{kind(number)}/{length}"] = rng.choice(classes)
    return list(out.items())


# ---- frames ---------------------------------------------------------------------------------------


def header4(rng, around):
    odd = rng.random() < 0.2
    ihl = rng.randint(0, 15) if odd else rng.choice([5, 5, 5, 6, 15])
    total = rng.choice([0, 19, 20, ihl * 4, max(0, ihl * 4 - 1), rng.randint(0, 120), 65535]) if odd else 60
    return ip4(src=near(rng, rng.choice(around[0]), 32), dst=near(rng, rng.choice(around[0]), 32),
               total=total, ihl=ihl, version=rng.choice([4] * 49 + [rng.randint(0, 15)]),
               tos=rng.getrandbits(8), proto=rng.choice([6, 17, 47, 4]))


def header6(rng, around):
    odd = rng.random() < 0.2
    size = rng.choice([1, rng.randint(0, 80), 65535]) if odd else rng.choice([20, 20, 0])
    return ip6(src=near(rng, rng.choice(around[1]), 128), dst=near(rng, rng.choice(around[1]), 128),
               payload=size, version=rng.choice([6] * 49 + [rng.randint(0, 15)]),
               tclass=rng.getrandbits(8), next_header=rng.choice([6, 17, 0, 59]))


def payload(rng, around):
    """The layers from the last tag on."""
    ip = header4(rng, around) if rng.random() < 0.5 else header6(rng, around)
    kind = rng.random()
    if kind < 0.6:
        return [ip]
    if kind < 0.85:
        labels = [rng.getrandbits(20) for _ in range(rng.choice([1, 1, 2, 3, 7, 8, 8, 9, 12]))]
        after = ip if rng.random() < 0.8 else raw(0, rng.randbytes(rng.randint(0, 30)))
        return [stack(rng, labels), after]
    return [raw(rng.choice([0x0806, 46, 0, 0x9200, 0x8847, 0x0800, 0x86DD, 0x8864, 0xFFFF]),
                rng.randbytes(rng.randint(0, 60)))]


def stack(rng, labels):
    return mpls(*labels, bottom=rng.random() < 0.95, ethertype=rng.choice([0x8847, 0x8848]),
                tc=rng.choice([0, 0, rng.getrandbits(3)]), ttl=rng.choice([1, 64, 255]))


def tags(rng):
    count = rng.choice([0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5, 6])
    return [tag(rng.choice([0, *VIDS, *VIDS, 4095, rng.getrandbits(12)]),
                rng.choice([0x8100, 0x8100, 0x88A8, 0x9100]), rng.getrandbits(3)) for _ in range(count)]


def broken(rng, whole):
    """The frame with bits flipped, with another length on the wire, or with less of it captured."""
    data, wire = bytearray(whole.data), whole.wire
    kind = rng.randrange(5)
    if kind == 0 and data:
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data = data[:rng.randint(0, len(data))]
    elif kind == 2:
        wire = rng.randint(0, len(data))
        data = data[:wire] if rng.random() < 0.9 else data
    elif kind == 3:
        wire += rng.choice([1, 2, 4, 1500, 70000])
    else:
        cut = rng.choice([12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 33, 34, 37, 38, 53, 54, 57, 58])
        data = data[:cut]
    return Frame(bytes(data), wire)


def any_frame(rng, around):
    layers = tags(rng) + payload(rng, around)
    size = rng.choice([None, 60, 74, 78, 82, 140, 140, 140, 140, 140])
    whole = frame(*layers, src=rng.choice(MACS), dst=rng.choice(MACS), wire=size)
    if rng.random() < 0.01:
        return Frame(rng.randbytes(rng.randint(0, 100)), rng.randint(0, 2000))
    return broken(rng, whole) if rng.random() < 0.3 else whole


def capture(rng, config, around, start):
    """Packets in time order, but for a few that are out of it; microseconds, so that any file holds them."""
    length = int(config["interval"].removesuffix("s")) * 10**9
    now, out = start, []
    for _ in range(rng.choice([0, 1, 20, 100, 300])):
        now += rng.choice([0, 1000, rng.randrange(length // 10), rng.randrange(length)])
        now += rng.choice([0] * 60 + [length * rng.randint(2, 9)])
        back = rng.choice([0] * 20 + [rng.randrange(length), 3 * length])
        out.append(((now - back) // 1000 * 1000, any_frame(rng, around)))
    return out


def world(rng):
    """(configuration, prefixes, captures by tap)."""
    config, around = configuration(rng), roots(rng)
    start = rng.randint(1_600_000_000, 1_800_000_000) * 10**9
    taps = list(itertools.chain.from_iterable(link["taps"] for link in config["links"]))
    return config, prefixes(rng, config, around), {t["name"]: capture(rng, config, around, start) for t in taps}
