#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The page in Chromium: what it shows is what transitctl prints, it is live, and it can be used by anybody."""
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "support"), str(Path(__file__).parent)]

import report  # noqa: E402
from browser import Browser, why_none  # noqa: E402

reason = why_none()
if reason:
    report.skip_all(reason)

from pagesite import TURKMEN, PageSite, Serve  # noqa: E402

L1 = 24
FIGURES = ("p95_bps", "p95_percent", "mean_bps", "p50_bps", "peak_bps", "busy_hour_bps")
TAB, ENTER, DELETE = "\ue004", "\ue007", "\ue017"


def capacity(site, *arguments):
    (said,) = site.read("capacity", "--contracts", str(site.folder / "contracts.yaml"), *arguments)
    return said


def shown(browser, link):
    """The figures of the link that is chosen, as attributes beside what is printed for people."""
    browser.until(lambda: browser.one("#detail-title") == link, f"{link} is shown")
    names = browser.all("#figures [data-figure]", "@data-figure")
    return dict(zip(names, browser.all("#figures [data-figure]", "@data-value")))


def check_links(browser, said):
    for link in said["links"]:
        row = f'[data-link="{link["link"]}"]'
        assert browser.one(f"{row} [data-band]", "@data-band") == link["band"]
        assert browser.one(f"{row} [data-headroom]", "@data-headroom") == link["headroom_bps"]
        browser.click(f"{row} [data-open]")
        figures = shown(browser, link["link"])
        assert figures["headroom_bps"] == link["headroom_bps"]
        assert figures["completeness_percent"] == link["completeness_percent"]
        for side in link["directions"]:
            for name in FIGURES:
                assert figures.get(f"{side['direction']}.{name}") == side[name], (link["link"], side["direction"], name)


def check_contracts(browser, said):
    for contract in said["contracts"]:
        for line in contract["lines"]:
            key = f'[data-contract="{contract["contract"]}"][data-line="{line["name"]}"]'
            assert browser.one(f"{key}[data-amount]", "@data-amount") == line["amount_forecast"]
            for name in ("so_far", "low", "high"):
                attribute = "data-" + name.replace("_", "-")
                assert browser.all(f"{key}[{attribute}]", "@" + attribute) == ([line[name]] if line[name] else []), name


def check_matrix(browser, usage):
    wanted = {}
    for row in usage:
        if int(row["packets"]):
            sums = wanted.setdefault((row["partner"], row["class"]), {"ingress": 0, "egress": 0})
            sums[row["direction"]] += int(row["l2_bytes"])
    cells = "#matrix [data-partner]"
    got = dict(zip(zip(browser.all(cells, "@data-partner"), browser.all(cells, "@data-class")),
                   zip(browser.all(cells, "@data-in"), browser.all(cells, "@data-out"))))
    assert got == {key: (str(s["ingress"]), str(s["egress"])) for key, s in wanted.items()}


def check_loss(browser, site, lost):
    """What is shown with a link taken away."""
    said = capacity(site, "--without", lost)["without"]
    browser.until(lambda: lost in browser.one("#without"), "the loss is told")
    assert browser.all("[data-after]", "@data-after") == [t["link"] for t in said["links"]] != []
    for target in said["links"]:
        for side, before in zip(target["after"]["directions"], target["before"]["directions"]):
            where = f'[data-after="{target["link"]}"] [data-way="{side["direction"]}"]'
            assert browser.one(where, "@data-p95") == side["p95_bps"]
            assert browser.one(where, "@data-before") == before["p95_bps"]
        assert browser.one(f'[data-link="{target["link"]}"] [data-band]', "@data-band") == target["after"]["band"]
        assert browser.one(f'[data-link="{target["link"]}"] [data-headroom]', "@data-headroom") == target["after"]["headroom_bps"]


def focused(browser):
    return browser.js("const e = document.activeElement; return [e.id, e.dataset.open ?? '', e.closest('section')?.className ?? '',"
                      " getComputedStyle(e).outlineStyle]")


def tab_to(browser, wanted):
    """Tabs on until an element that is wanted has the focus; every stop must show it."""
    for _ in range(60):
        browser.press(TAB)
        where = focused(browser)
        assert where[3] != "none" or where[1], f"the focus cannot be seen on {where}"
        if wanted(where):
            return where
    raise AssertionError("not reached with 60 tabs")


def no_errors(browser):
    errors = browser.errors()
    assert not errors, errors


site = PageSite()
site.replay(0, 2)
site.replay(3, 1, seed=2)  # an hour that nobody metered lies between

with Serve(site) as serve, Browser() as browser:
    serve.complete()
    browser.prefer("light")
    browser.open(f"http://127.0.0.1:{serve.port}/")
    browser.until(lambda: browser.all("#partners tbody tr", "text") and browser.all("#forecast tbody tr", "text"), "everything is drawn")

    with report.part("every link's figures are those of transitctl capacity"):
        check_links(browser, capacity(site))
    with report.part("contracts to date are those of transitctl capacity"):
        check_contracts(browser, capacity(site))
    with report.part("the matrix adds up to transitctl usage"):
        check_matrix(browser, site.read("usage", "--from", "2026-03-01T00:00:00Z"))
    with report.part("the taps' sums are those of transitctl intervals"):
        taps = [tap for row in site.read("intervals") for tap in row["taps"]]
        assert browser.one("#meters [data-packets]", "@data-packets") == str(sum(t["packets"] for t in taps))
        assert browser.one("#meters [data-unknown]", "@data-unknown") == str(sum(t["unknown_packets"] for t in taps))
        assert "missing: 2026-03-01 02:00 to 2026-03-01 03:00" in browser.all("#quality li", "text")
    with report.part("the chart has every bin of what is chosen, and says what is shaded"):
        for span, points in (("month", 48), ("hours", 48), ("now", 180)):
            browser.click(f"[data-span={span}]")
            browser.until(lambda: browser.one("#chart", "@data-points") == str(points), f"{span}: {points} points")
        browser.click("[data-span=month]")
        assert "12 bins missing" in browser.one("#chart-says")
        browser.click("#scale")
        assert browser.one("#scale", "@aria-pressed") == "true"

    with report.part("a link that is clicked away changes the others as transitctl capacity --without says"):
        browser.click('[data-link="aktau-sumgait"] [data-away]')
        check_loss(browser, site, "aktau-sumgait")
        browser.click("#without [data-away]")
        browser.until(lambda: not browser.all("[data-after]", "text"), "it is put back")
        check_links(browser, capacity(site))

    with report.part("by keyboard alone: choose a link, take it away, put it back"):
        browser.js("document.activeElement.blur(); window.scrollTo(0, 0)")
        assert tab_to(browser, lambda at: at[0] == "theme")
        at = tab_to(browser, lambda at: at[1] == "kazakhstan-iran" and "board" in at[2])
        assert at[3] != "none", at
        browser.press(ENTER)
        shown(browser, "kazakhstan-iran")
        browser.until(lambda: focused(browser)[1] == "kazakhstan-iran", "the focus stays")
        browser.press(DELETE)
        check_loss(browser, site, "kazakhstan-iran")
        browser.press(DELETE)
        browser.until(lambda: not browser.all("[data-after]", "text"), "it is put back")
        assert tab_to(browser, lambda at: at[1] == "temirbaba-bekdash" and "map" in at[2])
        browser.press(ENTER)
        shown(browser, "temirbaba-bekdash")

    with report.part("what is metered on is shown without a reload"):
        site.replay(4, 1, seed=3)
        last = site.read("records", "--from", "2026-03-01T04:59:00Z")
        sent = {(link["name"], way): str(sum(r["l2_bytes"] + L1 * r["packets"] for r in last if r["link"] == link["name"]
                                             and r["direction"] == way) * 8 // 60)
                for link in site.config["links"] for way in ("ingress", "egress")}
        browser.until(lambda: all(browser.one(f'[data-link="{link}"] [data-way="{way}"] [data-bps]', "@data-bps") == rate
                                  for (link, way), rate in sent.items()), "the newest interval's rates")
        browser.until(lambda: "up to 2026-03-01 05:00 UTC" in browser.one("#month"), "the new end of the month")
        serve.until(lambda: all(sum(map(int, link["month"]["bins"].values())) == 60 for link in serve.get("overview")["links"]),
                    "figures of the new hour")
        browser.open(f"http://127.0.0.1:{serve.port}/")
        browser.until(lambda: browser.all("#matrix td", "text"), "drawn again")
        check_links(browser, capacity(site))

    with report.part("light, dark, and as the system says; the choice is kept"):
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = browser.js(ground)
        browser.prefer("dark")
        dark = browser.until(lambda: browser.js(ground) != light and browser.js(ground), "dark as the system")
        browser.click("#theme")
        assert (browser.one("#theme"), browser.js(ground)) == ("Theme: light", light)
        browser.open(f"http://127.0.0.1:{serve.port}/")
        browser.until(lambda: browser.one("#theme") == "Theme: light" and browser.js(ground) == light, "light after a reload")
        browser.click("#theme")
        browser.prefer("light")
        assert (browser.one("#theme"), browser.js(ground)) == ("Theme: dark", dark)
        browser.click("#theme")
        browser.until(lambda: browser.all("#links [data-link]", "text"), "drawn")

    with report.part("no width has to be scrolled sideways"):
        for width in (1280, 900, 400):
            browser.resize(width, 900)
            browser.until(lambda: browser.js("return document.documentElement.scrollWidth") <= width, f"it fits into {width}")
        browser.resize(1280, 900)

    with report.part("everything that can be used has a name, every rate a unit"):
        nameless = browser.js("return [...document.querySelectorAll('button, input:not([hidden]), [role=button], [role=img], [role=region]')]"
                              ".filter(e => e.offsetParent !== null || e.closest('svg'))"
                              ".filter(e => !(e.textContent.trim() || e.ariaLabel || e.getAttribute('aria-labelledby') || e.labels?.length))"
                              ".map(e => e.outerHTML)")
        assert not nameless, nameless
        assert all("bit/s" in text for text in browser.all("[data-bps]", "text"))
        assert "UTC" in browser.one(".bar-clock") and "UTC" in browser.one("#month")
    with report.part("the console has nothing to say"):
        no_errors(browser)

with Serve(site, "--tokens", str(site.folder / "tokens")) as serve, Browser() as browser:
    with report.part("a partner signs in, sees its own, and signs out"):
        browser.open(f"http://127.0.0.1:{serve.port}/")
        browser.until(lambda: browser.js("return !document.getElementById('enter').hidden"), "the form")
        for token, wait in (("wrong-token-000000000", lambda: "not known" in browser.one("#refused")),
                            (TURKMEN, lambda: browser.all("#links [data-link]", "text"))):
            browser.js("const t = document.getElementById('token'); t.value = arguments[0]; t.form.requestSubmit()", token)
            browser.until(wait, "an answer")
        assert browser.all("#links [data-link]", "@data-link") == ["temirbaba-bekdash"]
        assert "turkmentelecom" in browser.one("#whose")
        browser.until(lambda: browser.all("#matrix th[scope=row]", "text") == ["turkmentelecom"], "its own matrix")
        assert browser.js("return [...document.querySelectorAll('.operator')].every(e => e.hidden)")
        assert not browser.all("[data-band], [data-headroom]", "text")
        assert browser.js("return document.cookie") == ""
        browser.open(f"http://127.0.0.1:{serve.port}/")
        browser.until(lambda: browser.all("#links [data-link]", "text"), "still signed in")
        browser.until(lambda: browser.js("return !document.getElementById('leave').hidden"), "the way out")
        browser.click("#leave")
        browser.until(lambda: browser.js("return !document.getElementById('enter').hidden"), "signed out")

report.done()
