"""Commands on money and real authorities: ``profile``, ``import``, and what ``new``, ``check`` and ``compare`` add.

In: names, workbooks of publishers and a root. Out: lines to show; a page of published figures; params of a real
authority; and, only where it was asked for, a national table.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Annotated

import typer

from larcnb.root import Root, find_root

PAGE = """\
<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}: published costs and rates</title><style>
body {{ font: 1rem/1.5 Arial, sans-serif; color: #0b0c0c; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; }}
caption {{ text-align: left; font-weight: bold; }}
th, td {{ border-bottom: 1px solid #505a5f; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
td {{ text-align: right; }}
td:first-of-type {{ white-space: nowrap; }}
</style></head><body><main><h1>{name}: published costs and rates</h1>
{body}
</main></body></html>
"""
SOURCE = (
    "Published by the Department for Education (section 251 outturn; children's services; statistical neighbours of "
    "May 2025), through its Local Authority Interactive Tool. Contains public sector information licensed under the "
    "Open Government Licence v3.0. Nothing here comes from a return or from the made-up example."
)
RootOption = Annotated[
    str, typer.Option("--root", help="Folder with data/ and params/ (default: found upward).")
]


def national_costs(root: Root) -> Iterator[str]:
    """Say which national unit costs of today want looking at, as lines of text."""
    from larcnb.library import load_library

    library = load_library(root)
    base = library.unit_costs["price_year"].max()
    prices = library.prices("current", base)
    tired = prices[prices["beware"] != ""]
    for row in tired.itertuples():
        due = f"{row.review_by:%d/%m/%Y}" if hasattr(row, "review_by") else "not said"
        yield f"{row.Index}: {row.beware} (review by {due})"
    yield f"{len(tired)} of {len(prices)} unit costs of set current want looking at, at {base} prices."


def profile(
    authority: Annotated[str, typer.Option("--authority", help="Its name, or any code of it.")],
    root: RootOption = "",
) -> int:
    """Make a page of an authority's published costs and rates: useful before there is a return."""
    from larcnb import local, show
    from larcnb.library import load_library

    where = find_root(root)
    library = load_library(where)
    found = local.find_authority(library.authorities, authority)
    near = local.read_local(where, "neighbours").query("gss_code == @found.gss_code")
    names = library.authorities.set_index("gss_code")["name"]
    costs = local.costs_beside(where, found, library)
    rates = local.rates_beside(where, found)
    lines = [
        f"{found.type.capitalize()}, {found.region}; {found.gss_code}. {local.history(found)}",
        *(
            f"{row.Index}: {show.gbp(row.as_published)} in {row.year}, England {show.gbp(row.england)} "
            f"({row.as_published / row.england - 1:+.0%})."
            for row in costs.itertuples()
        ),
        f"Statistical neighbours: {'; '.join(names[near['neighbour_gss_code']])}.",
    ]
    share = {"share_of_neighbours": "percent"}
    money = dict.fromkeys(["as_published", "as_used", "neighbours_middle", "england"], "gbp")
    tables = [
        show.table(costs, "Costs of care, as published and as used here", formats=money | share),
        show.table(rates, "Costs and rates beside England, the region and ten neighbours"),
    ]
    body = [f"<p>{escape(line)}</p>" for line in (*lines, SOURCE)]
    body[-1:-1] = [table._repr_html_() for table in tables]
    page = PAGE.format(name=escape(found.name), body="\n".join(body))
    slug = re.sub("[^a-z0-9]+", "-", found.name.lower()).strip("-")
    target = where.reports / "profiles" / f"{slug}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, page)
    typer.echo(f"Wrote {where.said(f'reports/profiles/{slug}.html')}.")
    return 0


def write_whole(target: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    scratch.write_bytes(text.encode("utf-8"))
    scratch.replace(target)


def register(app: typer.Typer, safely) -> None:
    """Add these commands to the command line."""
    app.command(short_help="Make a page of an authority's published figures.")(safely(profile))
