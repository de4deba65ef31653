"""``larcnb check --national`` and ``larcnb profile``: what published costs are, and which of them want looking at.

In: a root and a real authority's name. Out: lines to show; a page of published figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from larcnb.files import write_whole
from larcnb.root import Root


def national_costs(root: Root) -> Iterator[str]:
    """Say which national unit costs of today want looking at, as lines of text."""
    from larcnb.library import load_library

    library = load_library(root)
    base = library.unit_costs["price_year"].max()
    prices = library.prices("current", base, date.today())
    cautioned = prices[prices["beware"] != ""]
    for row in cautioned.itertuples():
        yield f"{row.Index}: {row.beware} (review by {row.review_by:%d/%m/%Y})"
    yield f"{len(cautioned)} of {len(prices)} unit costs of set current want looking at, at {base} prices."


def profile_page(where: Root, authority: str) -> str:
    """Write the page of an authority's published figures, a name or any code it goes by; say where it is."""
    from larcnb import local, show
    from larcnb.library import load_library
    from larcnb.publish.page import render

    library = load_library(where)
    found = local.find_authority(library.authorities, authority)
    near = local.read_local(where, "neighbours").query("gss_code == @found.gss_code")
    names = library.authorities.set_index("gss_code")["name"]
    costs = local.costs_beside(where, found, library)
    rates = local.rates_beside(where, found)
    money = ["as_published", "as_used", "neighbours_middle", "england"]
    formats = dict.fromkeys(money, "gbp") | {"share_of_neighbours": "percent"}
    tables = [
        show.table(costs, "Costs of care, as published and as used here", formats=formats),
        show.table(rates, "Costs and rates beside England, the region and ten neighbours"),
    ]
    page = render(
        "profile.html.j2",
        **found._asdict() | {"title": f"{found.name}: published costs and rates", "costs": costs},
        tables=[table._repr_html_() for table in tables],
        neighbours=names[near["neighbour_gss_code"]].tolist(),
        history=local.history(found),
        gbp=show.gbp,
    )
    slug = re.sub("[^a-z0-9]+", "-", found.name.lower()).strip("-")
    place = f"reports/profiles/{slug}.html"
    (where.path / place).parent.mkdir(parents=True, exist_ok=True)
    write_whole(where.path / place, page)
    return place
