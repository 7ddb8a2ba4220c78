#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `transitctl serve` answers: who may ask what, and figures that are those of `transitctl usage`."""
import json
import math
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "support"), str(Path(__file__).parent)]

import meter  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402
import yamlfile  # noqa: E402
from pagesite import HOUR, OPERATOR, START, TURKMEN, UZBEK, PageSite, Serve  # noqa: E402

WAYS = ("ingress", "egress")
L1 = 24  # bytes a packet that are on the wire and not in l2_bytes
ENDPOINTS = ("overview", "link?name=temirbaba-bekdash", "link?name=aktau-sumgait", "matrix", "quality", "partners",
             "forecast", "without?link=aktau-sumgait", "nothing")
#                              overview, own, other, matrix, quality, partners, forecast, without, nothing
ALLOWED = {None:              (401, 401, 401, 401, 401, 401, 401, 401, 401),
           "wrong-token-000000000": (401, 401, 401, 401, 401, 401, 401, 401, 401),
           OPERATOR:          (200, 200, 200, 200, 200, 200, 200, 200, 404),
           TURKMEN:           (200, 200, 404, 200, 200, 200, 403, 403, 404),
           UZBEK:             (200, 404, 200, 200, 200, 200, 403, 403, 404)}


def refused(site, *arguments):
    done = subprocess.run([meter.program("TRANSITCTL"), "--config", str(site.file), "serve", *arguments],
                          capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    return done.returncode, done.stderr


def names_of_others(site, partner):
    """Every name of the configuration that this partner's own usage does not have."""
    own = {row[key] for row in site.read("records", "--partner", partner)
           for key in ("link", "partner", "peering", "class")}
    everything = {item["name"] for key in ("links", "partners", "peerings", "classes") for item in site.config[key]}
    words = {word for link in site.config["links"] for word in link["description"].split() if word[0].isupper()}
    return everything - own, words - {word for name in own for word in name.split("-")}


def bins_of(rows, key):
    """{key: {start: [ingress bytes, egress bytes, status]}} on the wire."""
    made = {}
    for row in rows:
        bins = made.setdefault(key(row), {}).setdefault(row["start"], [0, 0, row["status"]])
        bins[WAYS.index(row["direction"])] += int(row["l2_bytes"]) + L1 * int(row["packets"])
    return made


def p95(values):
    return sorted(values)[math.ceil(95 * len(values) / 100) - 1]


def close_to(printed, exact):
    return abs(float(printed) - exact) <= 0.00051


def check_links(site, serve, token, rows, link_of):
    """Every link's month against plain sums of the usage rows."""
    wanted = bins_of(rows, lambda row: link_of[row["peering"]])
    links = {link["name"]: link for link in serve.get("overview", token)["links"]}
    assert set(links) == set(wanted), f"{set(links)} {set(wanted)}"
    for name, bins in wanted.items():
        sides = {side["direction"]: side for side in links[name]["month"]["directions"]}
        for d, way in enumerate(WAYS):
            series = [b[d] for b in bins.values() if b[2] != "missing"]
            assert close_to(sides[way]["p95_bps"], p95(series) * 8 / 300), (name, way, sides[way])
            assert close_to(sides[way]["mean_bps"], sum(series) / len(series) * 8 / 300), (name, way)
            assert close_to(sides[way]["peak_bps"], max(series) * 8 / 300), (name, way)
        detail = serve.get(f"link?name={name}", token)["bins"]
        for i, start in enumerate(sorted(bins)):
            at = detail["start"] + 300 * i
            assert [detail[w][i] for w in WAYS] == \
                [None if bins[start][2] == "missing" else str(bins[start][d] * 8 // 300) for d in (0, 1)], (name, at)
            assert detail["state"][i] == bins[start][2][0]


def capacity(site, *arguments):
    """What `transitctl capacity` says of the same month."""
    (said,) = site.read("capacity", "--contracts", str(site.folder / "contracts.yaml"), *arguments)
    return said


# What the command says of a link beside its figures of the month: what is to come.
AHEAD = ("forecast", "p95_lowest_bps", "p95_lowest_percent", "p95_highest_bps", "p95_highest_percent")


def so_far(figures):
    return dict(figures, directions=[{k: v for k, v in side.items() if k not in AHEAD} for side in figures["directions"]])


def check_command(site, serve, token):
    """Word for word what `transitctl capacity` prints: figures, forecasts, contracts to date, every link's loss."""
    wanted = capacity(site)
    for link, figures in zip(serve.get("overview", token)["links"], wanted["links"], strict=True):
        figures = so_far(figures)
        assert link["name"] == figures["link"]
        assert link["month"] == {key: figures[key] for key in link["month"]}, link["name"]
    assert serve.get("forecast", token)["links"] == wanted["links"]
    assert serve.get("partners", token)["contracts"] == wanted["contracts"]
    assert len(wanted["contracts"]) == 7
    for link in site.config["links"]:
        got = serve.get(f"without?link={link['name']}", token)["without"]
        said = capacity(site, "--without", link["name"])["without"]
        for loss in (got, said):
            loss["moves"].sort(key=lambda move: (move["class"], move["why"]))
        assert got == said, link["name"]


def check_matrix(serve, token, rows):
    wanted = {}
    for row in rows:
        if int(row["packets"]):
            sums = wanted.setdefault((row["partner"], row["class"], row["direction"]), [0, 0, 0])
            for i, key in enumerate(("packets", "l2_bytes", "l3_bytes")):
                sums[i] += int(row[key])
    got = {(c["partner"], c["class"], way): [int(c[way][k]) for k in ("packets", "l2_bytes", "l3_bytes")]
           for c in serve.get("matrix", token)["cells"] for way in WAYS if c[way]["packets"] != "0"}
    assert got == wanted


site = PageSite()
site.replay(0, 2)
site.replay(3, 1, seed=2)  # an hour that nobody metered lies between
link_of = {p["name"]: p["link"] for p in site.config["peerings"]}
tokens = ("--tokens", str(site.folder / "tokens"))

with report.part("beyond loopback a token is needed; a bad address or token file is told"):
    status, said = refused(site, "--listen", "0.0.0.0:0")
    assert status == 2 and "token" in said, (status, said)
    assert refused(site, "--listen", "nowhere")[0] == 2
    (site.folder / "bad").write_text("noc short\n")
    status, said = refused(site, "--tokens", str(site.folder / "bad"))
    assert status == 2 and "bad:1: " in said and "short" not in said, (status, said)

with Serve(site, *tokens) as serve:
    serve.complete(OPERATOR)
    for token, statuses in ALLOWED.items():
        with report.part(f"who may ask what: {token}"):
            got = tuple(serve.ask("GET", f"/api/{e}", token)[0] for e in ENDPOINTS)
            assert got == statuses, dict(zip(ENDPOINTS, zip(got, statuses)))
            events = serve.events(token)
            assert events.status == (401 if statuses[0] == 401 else 200), events.status
            events.close()
            assert serve.ask("POST", "/login", token)[0] == (401 if statuses[0] == 401 else 200)

    for token, partner in ((TURKMEN, "turkmentelecom"), (UZBEK, "uztelecom")):
        with report.part(f"nothing that {partner} gets names anybody else"):
            others, words = names_of_others(site, partner)
            events = serve.events(token)
            bodies = [json.dumps(events.next()[1])] + [serve.ask("GET", f"/api/{e}", token)[2] for e in ENDPOINTS]
            events.close()
            for body in bodies:
                found = {name for name in others if f'"{name}' in body or f"{name}\"" in body} | \
                    {word for word in words if word in body}
                assert not found, f"{found} in {body[:300]}"
            for link in serve.get("overview", token)["links"]:
                assert link["capacity"] is None and link["description"] == ""
                month = link["month"]
                assert month["band"] == "unknown" and month["headroom_bps"] is None and month["capacity_bps"] is None
                assert all(value is None for side in [month, *month["directions"]]
                           for key, value in side.items() if key.endswith("_percent") and key != "completeness_percent")
                assert link["now"]["ingress"]["percent"] is None
            assert all("name" not in m for m in serve.get("overview", token)["meters"])
            assert serve.get("quality", token)["meters"] == []

    with report.part("the cookie stands for the token, and for nothing else"):
        _, headers, _ = serve.ask("POST", "/login", TURKMEN)
        cookie = headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie
        _, headers, _ = serve.ask("POST", "/login", TURKMEN, **{"X-Forwarded-Proto": "https"})
        assert headers["Set-Cookie"].endswith("; Secure")
        said = cookie.split(";")[0]
        status, _, body = serve.ask("GET", "/api/overview", Cookie=said)
        assert status == 200 and json.loads(body)["partner"] == "turkmentelecom"
        assert serve.ask("GET", "/api/overview", Cookie=said + "x")[0] == 401
        _, headers, _ = serve.ask("POST", "/logout", Cookie=said)
        assert headers["Set-Cookie"].startswith("transitd=;") and "Max-Age=0" in headers["Set-Cookie"]

    with report.part("the page itself is for everybody, and says nothing of the network"):
        everything = [item["name"] for key in ("links", "partners", "peerings") for item in site.config[key]]
        for path in ("/", "/index.html", "/main.js", "/page.css", "/dygraph.js"):
            status, headers, body = serve.ask("GET", path)
            assert status == 200, path
            assert not [name for name in everything if name in body], path
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy, policy
        assert serve.ask("GET", "/../etc/passwd")[0] in (400, 404)
        assert serve.ask("GET", "/none")[0] == 404

    with report.part("what is wrong with a question is told"):
        for query in ("from=yesterday", "from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
                      "from=2020-01-01T00:00:00Z&to=2026-03-01T00:00:00Z"):
            assert serve.ask("GET", f"/api/link?name=aktau-sumgait&{query}", OPERATOR)[0] == 400, query
        assert serve.ask("GET", "/api/link", OPERATOR)[0] == 404
        assert serve.ask("POST", "/api/overview", OPERATOR)[0] == 405

    usage = site.read("usage", "--from", "2026-03-01T00:00:00Z")
    with report.part("links' figures are those of the usage rows, gaps included"):
        check_links(site, serve, OPERATOR, usage, link_of)
    with report.part("figures, forecasts, contracts and losses are those of transitctl capacity"):
        check_command(site, serve, OPERATOR)
    with report.part("a partner's contracts are its own"):
        wanted = [c for c in capacity(site)["contracts"] if c["partner"] == "turkmentelecom"]
        assert wanted and serve.get("partners", TURKMEN)["contracts"] == wanted
    with report.part("the matrix adds up to the usage rows"):
        check_matrix(serve, OPERATOR, usage)
    for token, partner in ((TURKMEN, "turkmentelecom"), (UZBEK, "uztelecom")):
        own = [row for row in usage if row["partner"] == partner]
        with report.part(f"the same for {partner} alone"):
            check_links(site, serve, token, own, link_of)
            check_matrix(serve, token, own)
    with report.part("quality tells the hour that nobody metered, and the taps' sums"):
        quality = serve.get("quality", OPERATOR)
        for link in quality["links"]:
            assert [(g["from"], g["to"]) for g in link["gaps"] if g["status"] == "missing"] == \
                [("2026-03-01T02:00:00Z", "2026-03-01T03:00:00Z")], link["gaps"]
        taps = [tap for row in site.read("intervals") for tap in row["taps"]]
        (mine,) = quality["meters"]
        for ours, theirs in (("packets", "packets"), ("unknown", "unknown_packets"), ("malformed", "malformed"),
                             ("late", "late"), ("missed", "missed")):
            assert int(mine[ours]) == sum(tap[theirs] for tap in taps), ours

    with report.part("what is metered on is told at once, and is in the figures"):
        listeners = {token: serve.events(token) for token in (OPERATOR, UZBEK)}
        for events in listeners.values():
            assert events.next()[1]["meters"][0]["end"] == "2026-03-01T04:00:00Z"
        site.replay(4, 1, seed=3)
        for token, events in listeners.items():
            name, news = events.next()
            while news["meters"][0]["end"] != "2026-03-01T05:00:00Z":
                name, news = events.next()
            assert name == "now"
            last = [r for r in site.read("records", "--from", "2026-03-01T04:59:00Z")
                    if token == OPERATOR or r["partner"] == "uztelecom"]
            for link in news["links"]:
                for way in WAYS:
                    sent = sum(r["l2_bytes"] + L1 * r["packets"] for r in last
                               if r["link"] == link["name"] and r["direction"] == way)
                    assert link["now"][way]["bps"] == str(sent * 8 // 60), (link, way)
            events.close()
        usage = site.read("usage", "--from", "2026-03-01T00:00:00Z")
        serve.until(lambda: all(sum(map(int, link["month"]["bins"].values())) == 60
                                for link in serve.get("overview", OPERATOR)["links"]), "figures of the new hour")
        serve.until(lambda: serve.get("partners", OPERATOR)["contracts"] == capacity(site)["contracts"], "contracts of it")
        serve.until(lambda: serve.get("matrix", OPERATOR)["to"] == "2026-03-01T05:00:00Z", "the matrix of it")
        check_links(site, serve, OPERATOR, usage, link_of)
        check_matrix(serve, OPERATOR, usage)

with Serve(site) as serve:
    with report.part("without tokens only an address or localhost is answered"):
        serve.complete()
        assert serve.ask("GET", "/api/overview", Host="evil.example")[0] == 421
        assert serve.ask("GET", "/api/overview", Host="localhost:1")[0] == 200
        assert serve.get("overview")["partner"] is None

early = PageSite()
early.write({})
early.run()
with Serve(early) as serve:
    with report.part("before the first interval there is nothing, and then there is"):
        said = serve.get("overview")
        assert not said["ready"] and said["meters"][0]["seq"] == "0" and len(said["links"]) == 5, said
        assert serve.ask("GET", "/api/matrix")[0] == 503
        early.replay(0, 1)
        serve.complete()
        check_links(early, serve, None, early.read("usage", "--from", "2026-03-01T00:00:00Z"), link_of)

with redisserver.Server() as redis:
    shared = PageSite()
    shared.config["redis"] = {"servers": [str(redis.socket)]}
    shared.file.write_text(yamlfile.dump(shared.config))
    shared.replay(0, 1)
    with Serve(shared, "--redis") as serve:
        with report.part("from Redis the same, and on"):
            serve.complete()
            check_command(shared, serve, None)
            events = serve.events()
            events.next()
            shared.replay(1, 1, seed=5)
            while events.next()[1]["meters"][0]["end"] != "2026-03-01T02:00:00Z":
                pass
            events.close()
            serve.until(lambda: serve.get("partners")["contracts"] == capacity(shared)["contracts"], "contracts of it")
            check_links(shared, serve, None, shared.read("usage", "--from", "2026-03-01T00:00:00Z"), link_of)

report.done()
