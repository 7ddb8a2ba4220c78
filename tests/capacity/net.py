# SPDX-License-Identifier: BSD-3-Clause
"""Configurations and usage for tests of capacity, and the surveys that transitctl makes of them."""
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "settle"), str(HERE.parent / "support")]

import paper  # noqa: E402

GBPS = 37_500_000_000  # bytes of a bin at 1 Gbit/s
MBPS = 37_500_000


def month(year, number):
    """The start of a month; 13 is January of the next year."""
    return paper.seconds(f"{year + (number - 1) // 12:04d}-{(number - 1) % 12 + 1:02d}-01T00:00:00Z")


def month_bins(year, number):
    return (month(year, number + 1) - month(year, number)) // 300


def config(links, peerings, classes=(), **more):
    """YAML. links: name -> capacity or None; peerings: name -> (partner, link); classes: (name, via or None)."""
    partners = sorted({partner for partner, _ in peerings.values()})
    tree = {
        "meter": "m-1", "interval": "300s", "journal": "m-1.db",
        "links": [{"name": n, **({"capacity": c} if c else {})} for n, c in links.items()],
        "partners": [{"name": n} for n in partners],
        "peerings": [{"name": n, "partner": p, "link": link, "vlan": str(i + 1)}
                     for i, (n, (p, link)) in enumerate(peerings.items())],
        "classes": [{"name": n, **({"via": via} if via else {})} for n, via in classes], **more}
    return "".join(f"{key}: {paper.flow(value)}\n" for key, value in tree.items())


class Net(paper.Desk):
    """A folder with config.yaml and usage.csv, and transitctl capacity run in it."""

    def __init__(self, rows, configuration=None, contracts_text=""):
        super().__init__(contracts_text, rows)
        self.configuration = configuration
        if configuration:
            (self.folder / "config.yaml").write_text(configuration)

    def capacity(self, *more, status=0):
        given = ("--config", "config.yaml") if self.configuration else ()
        return self.run(*given, "capacity", "--usage", "usage.csv", *more, status=status)

    def survey(self, *more):
        out, _ = self.capacity("--format", "json", *more)
        assert out.count("\n") == 1, "not one line"
        return json.loads(out)


def link(survey, name):
    return next(one for one in survey["links"] if one["link"] == name)


def direction(survey, name, side="ingress"):
    return next(one for one in link(survey, name)["directions"] if one["direction"] == side)


def equal(have, want):
    assert have == want, f"{have!r} instead of {want!r}"
