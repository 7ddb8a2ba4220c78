#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""TLS to Redis: with the right papers all arrives; with wrong ones nothing does, and the reason is told."""
import functools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import meter  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402
from test_redis_programs import PREFIXES, ask, check_same, config, packets  # noqa: E402


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)


class Papers:
    """A CA and what it has signed, in a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = Path(folder), name
        self.ca, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", str(key), "-out", str(self.ca), "-subj", f"/CN={name}", "-days", "2")

    def sign(self, subject, names, days="2"):
        """(certificate, key) for these subjectAltNames."""
        stem = self.folder / f"{self.name}-{subject}"
        request, extensions = stem.with_suffix(".csr"), stem.with_suffix(".ext")
        certificate, key = stem.with_suffix(".pem"), stem.with_suffix(".key")
        extensions.write_text(f"subjectAltName={names}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                str(key), "-out", str(request), "-subj", f"/CN={subject}")
        openssl("x509", "-req", "-in", str(request), "-CA", str(self.ca), "-CAkey",
                str(self.ca.with_suffix(".key")), "-CAcreateserial", "-days", days, "-extfile",
                str(extensions), "-out", str(certificate))
        return str(certificate), str(key)


@functools.cache
def papers():
    folder = tempfile.TemporaryDirectory(prefix="transitd-tls-")
    ours, strangers = Papers(folder.name, "ours"), Papers(folder.name, "strangers")
    return {
        "folder": folder, "ca": str(ours.ca), "stranger": str(strangers.ca),
        "server": ours.sign("server", "DNS:localhost,IP:127.0.0.1"),
        "elsewhere": ours.sign("elsewhere", "DNS:redis.example.net"),
        "expired": ours.sign("expired", "DNS:localhost,IP:127.0.0.1", days="0"),  # newer openssl refuse -1
        "client": ours.sign("client", "DNS:meter"),
        "impostor": strangers.sign("client", "DNS:meter"),
    }


def tls_server(certificate="server"):
    cert, key = papers()[certificate]
    port = redisserver.free_port()
    server = redisserver.Server("--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key,
                                "--tls-ca-cert-file", papers()["ca"], "--tls-auth-clients", "yes")
    server.tls_port = port
    return server


def site_for(server, host="127.0.0.1", client="client", **tls):
    settings = config(server)
    paper = {"ca": papers()["ca"], **tls}
    if client:
        paper["certificate"], paper["key"] = papers()[client]
    settings["redis"] = {"servers": [f"{host}:{server.tls_port}"], "tls": paper}
    site = meter.Site(settings, PREFIXES)
    site.write({"west": packets(600, 7 * 10**8)})
    return site


def arrives(certificate="server", **settings):
    with tls_server(certificate) as server:
        site = site_for(server, **settings)
        said = site.run()
        assert not said, said
        check_same(site)


def refused(*reasons, certificate="server", **settings):
    """For one of these reasons: what a server says of a client's certificate may be lost when it closes."""
    with tls_server(certificate) as server:
        site = site_for(server, **settings)
        said = site.run()
        assert any(r in said for r in reasons) and "the rest follows" in said, said
        assert server.cli("DBSIZE") == "0"
        status, out, told = ask(site, ("records", "--redis"))
        assert status == 1 and not out and any(r in told for r in reasons), told


def check_by_address():
    arrives()


def check_by_name():
    arrives(host="localhost")


def check_by_a_name_of_its_own():
    arrives("elsewhere", name="redis.example.net")


def check_another_name():
    refused("mismatch", certificate="elsewhere")
    refused("mismatch", certificate="elsewhere", host="localhost")
    refused("mismatch", name="redis.example.net")


def check_another_authority():
    refused("self-signed certificate in certificate chain", ca=papers()["stranger"])


def check_expired():
    expired = papers()["expired"][0]
    while subprocess.run(["openssl", "x509", "-checkend", "0", "-noout", "-in", expired], stdout=subprocess.DEVNULL,
                         check=False).returncode == 0:
        time.sleep(0.1)  # it ends with the second that it was made in
    refused("certificate has expired", certificate="expired")


def check_no_client_certificate():
    refused("certificate required", "is a client certificate required?", client=None)


def check_another_authoritys_client():
    refused("unknown ca", "is our client certificate refused?", client="impostor")


def check_plain_server():
    port = redisserver.free_port()
    with redisserver.Server(port=port) as server:
        server.tls_port = port
        site = site_for(server)
        said = site.run()
        assert "no TLS connection in time" in said and "the rest follows" in said, said
        assert server.cli("DBSIZE") == "0"


def check_files_that_are_none():
    with tls_server() as server:
        for key, value in (("ca", "/nowhere.pem"), ("key", papers()["server"][1])):
            site = site_for(server)
            site.config["redis"]["tls"][key] = value
            site = meter.Site(site.config, PREFIXES)
            site.write({})
            said = site.run(status=1)
            assert f"tls: {value}: " in said, said
            assert ask(site, ("records", "--redis"))[0] != 0


if __name__ == "__main__":
    for check in (check_by_address, check_by_name, check_by_a_name_of_its_own, check_another_name,
                  check_another_authority, check_expired, check_no_client_certificate,
                  check_another_authoritys_client, check_plain_server, check_files_that_are_none):
        with report.part(check.__name__.removeprefix("check_").replace("_", " ")):
            check()
    report.done()
