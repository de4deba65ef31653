"""Commands on money and real authorities: ``profile``, ``import``, and what ``new``, ``check`` and ``compare`` add.

In: names, workbooks of publishers and a root. Out: lines to show; a page of published figures; params of a real
authority; and, only where it was asked for, a national table.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from larcnb.errors import LarcError
from larcnb.root import Root, find_root

RootOption = Annotated[
    str, typer.Option("--root", help="Folder with data/ and params/ (default: found upward).")
]


def begin(root: Root, slug: str, words: str) -> list[str]:
    """Write the params of a real authority, found by its name or any code it goes by.

    Raises
    ------
    LarcError
        There are such params already, or no authority is called so.
    """
    from larcnb import local
    from larcnb.library import load_library
    from larcnb.root import check_slug

    path = root.params / f"{check_slug(slug)}.yaml"
    if path.exists():
        raise LarcError(f"There are params/{slug}.yaml already. Take another slug.")
    library = load_library(root)
    found = local.find_authority(library.authorities, words)
    costs = library.unit_costs.query("vintage == 'current'")
    words = found._asdict() | {"slug": slug, "price_base": costs["price_year"].max()}
    text = _written("params.yaml.j2", words)
    path.write_text(text, encoding="utf-8", newline="\n")
    lines = [f"Wrote {root.said(f'params/{slug}.yaml')} for {found.name} ({found.gss_code})."]
    return [*lines, *filter(None, [local.history(found)])]


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
    money = ["as_published", "as_used", "neighbours_middle", "england"]
    formats = dict.fromkeys(money, "gbp") | {"share_of_neighbours": "percent"}
    tables = [
        show.table(costs, "Costs of care, as published and as used here", formats=formats),
        show.table(rates, "Costs and rates beside England, the region and ten neighbours"),
    ]
    words = {"costs": costs, "tables": tables, "gbp": show.gbp, "history": local.history(found)}
    words |= {"neighbours": names[near["neighbour_gss_code"]].tolist()}
    page = _written("profile.html.j2", found._asdict() | words)
    slug = re.sub("[^a-z0-9]+", "-", found.name.lower()).strip("-")
    target = where.reports / "profiles" / f"{slug}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, page)
    typer.echo(f"Wrote {where.said(f'reports/profiles/{slug}.html')}.")
    return 0


def import_figures(
    kind: Annotated[str, typer.Argument(help="ucd, deflators or measures.", show_default=False)],
    file: Annotated[str, typer.Argument(help="The publisher's file.", show_default=False)],
    take: Annotated[bool, typer.Option("--take", help="Write the national table.")] = False,
    root: RootOption = "",
) -> int:
    """Read a publisher's newer figures, show what would move, and with --take put them into the national tables."""
    from larcnb.imports.national import read_figures, what_moves

    where = find_root(root)
    if not Path(file).is_file():
        raise LarcError("There is no such file.")
    name, frame = read_figures(where, kind, Path(file))
    for line in what_moves(where, name, frame):
        typer.echo(line)
    if not take:
        typer.echo("Nothing was written. The same command with --take writes it.")
        return 0
    target = where.path / "data" / "raw" / "national" / f"{name}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, frame.to_csv(index=False, lineterminator="\n"))
    typer.echo(f"Wrote {where.said(f'data/raw/national/{name}.csv')}.")
    return 0


def _written(template: str, words: dict) -> str:
    """A template of this folder with its words put in; those of a page are escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    of = Environment(loader=loader, undefined=StrictUndefined, autoescape="html" in template)
    of.keep_trailing_newline = True
    return of.get_template(template).render(words)


def write_whole(target: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    scratch.write_bytes(text.encode("utf-8"))
    scratch.replace(target)


def register(app: typer.Typer, safely) -> None:
    """Add these commands to the command line."""
    app.command(short_help="Make a page of an authority's published figures.")(safely(profile))
    app.command("import", short_help="Take a publisher's newer figures.")(safely(import_figures))
