# SPDX-License-Identifier: BSD-3-Clause
"""A real transitd on traffic, with Redis and with metrics behind a token, and a real Prometheus that scrapes it:
the site of the tests here."""
import contextlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "support")]

import captures  # noqa: E402
import livesite  # noqa: E402
import prometheusserver  # noqa: E402
import redisserver  # noqa: E402
from frames import frame, ip4, ip6, raw, tag  # noqa: E402

TOKEN = "a-token-for-prometheus-0123"
PARTIAL = "a-token-of-a-partner-0123456"
LINK = "temirbaba-bekdash"
DESCRIPTION = 'Fibre, "north"\\south; ағылшын'


def traffic(direction, count):
    """Frames of two peerings, some unknown, some malformed, in both families."""
    near, far = ("192.0.2.1", "198.51.100.1") if direction == "ingress" else ("198.51.100.1", "192.0.2.1")
    for i in range(count):
        vid = (100, 200, 300)[i % 3]
        size = 64 + i % 1400
        yield 1_000_000_000 + i, frame(tag(vid), ip4(near, far, total=size - 18, tos=(i % 2) * 184), wire=size)
        if i % 5 == 0:
            yield 1_000_000_000 + i, frame(tag(vid), ip6(payload=20), wire=90)
        if i % 7 == 0:
            yield 1_000_000_000 + i, frame(tag(100), raw(0x0800, b"\x45" * 10), wire=60)


class Site(livesite.LiveSite):
    """Two taps of one link that deliver a capture each, once; with `flood` a third one that never ends."""

    def __init__(self, redis, port, frames=3000, flood=False):
        super().__init__({}, interval="1s", redis={"servers": [str(redis.socket)]},
                         metrics={"listen": f"127.0.0.1:{port}", "token_file": "tokens"},
                         partners=[{"name": "turkmentelecom"}, {"name": "other"}],
                         peerings=[{"name": "turkmentelecom-tb", "partner": "turkmentelecom", "link": LINK, "vlan": 100},
                                   {"name": "other-tb", "partner": "other", "link": LINK, "vlan": 200},
                                   {"name": "silent-tb", "partner": "other", "link": LINK, "vlan": 4000}],
                         cos=[{"name": "realtime", "dscp": [46]}],
                         links=[{"name": LINK, "description": DESCRIPTION, "capacity": "10G", "taps": []},
                                {"name": "dark", "taps": []}])
        self.port = port
        for i, direction in enumerate(("ingress", "egress")):
            file = self.folder / f"{direction}.pcap"
            file.write_bytes(captures.pcap(list(traffic(direction, frames))))
            self.config["links"][0]["taps"].append(
                {"name": f"tb-{direction}", "source": f"dpdk:net_pcap{i},rx_pcap={file}", "direction": direction})
        if flood:
            self.config["links"][1]["taps"].append({"name": "flood", "source": "dpdk:net_null0,size=64", "direction": "ingress"})
        self.file.write_text(livesite.meter.yamlfile.dump(self.config))
        (self.folder / "tokens").touch(mode=0o600)
        (self.folder / "tokens").write_text(f"prometheus {TOKEN}\npartner {PARTIAL} other\n")
        (self.folder / "token").write_text(TOKEN)


@contextlib.contextmanager
def running(flood=False):
    """(site, redis) while the meter runs; all frames of its captures are in the journal."""
    with redisserver.Server() as redis, Site(redis, redisserver.free_port(), flood=flood) as site:
        site.start()
        wanted = [sum(1 for _ in traffic(direction, 3000)) for direction in ("ingress", "egress")]
        site.until(lambda: [t.get("packets") for t in site.ask("status")["taps"]][:2] == wanted, "all frames are counted")
        site.until(lambda: site.ask("status")["redis"]["state"] == "level", "Redis is level")
        yield site, redis
        site.stop()


@contextlib.contextmanager
def prometheus(site, **more):
    """A Prometheus that has scraped the site three times."""
    config = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
              "scrape_configs": [{"job_name": "transitd", "authorization": {"credentials_file": str(site.folder / "token")},
                                  "static_configs": [{"targets": [f"127.0.0.1:{site.port}"]}]}], **more}
    with prometheusserver.Prometheus(config) as p:
        p.until(lambda: [v for _, v in p.query("count_over_time(up[1m]) >= 3 and up == 1")], "three scrapes that went well")
        yield p
