"""``larcnb new`` and ``profile``: what an authority can begin with.

In: its slug and, if it has any, CSV tables; a real authority's name or code. Out: its params file and its return
workbook, never written over others; a page of its published figures; the words to show.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Template

from larcnb.errors import LarcError
from larcnb.files import write_whole
from larcnb.root import Root, check_slug

RETURNS = (".xlsx", ".csv")
NAME_ROUND = (
    "Give `round:` a name: left blank, your pages are mixed with those of the made-up example."
)


def new_authority(
    root: Root, slug: str, name: str, vintage: str, from_csv: str, real: str = ""
) -> list[str]:
    """Write ``params/<slug>.yaml`` (unless it is there) and ``data/raw/<slug>/return.xlsx``.

    Parameters
    ----------
    root : Root
    slug : str
    name : str
        The authority's name; the slug if left out.
    vintage : str
        ``larc4`` or ``current``.
    from_csv : str
        A folder of tables as CSV to fill the workbook with; empty for none.
    real : str
        A real authority's name or any code it goes by: its params are filled, with its own published costs of care.

    Returns
    -------
    list of str
        What was written and what to do next, a line each.

    Raises
    ------
    LarcError
        There is a return already, or what should fill the workbook cannot be read; for a real authority, there are
        params already, or no authority is called so.
    """
    from larcnb.library import load_library
    from larcnb.local import find_authority, history
    from larcnb.params import load_authority
    from larcnb.returns.template import tables_from_csv, write_template

    folder, params = root.raw(check_slug(slug)), root.params / f"{slug}.yaml"
    if folder.is_dir() and any(path.suffix.lower() in RETURNS for path in folder.iterdir()):
        place = root.said(f"data/raw/{slug}")
        raise LarcError(f"{place}/ holds a return already. Move it away, or take another name.")
    if params.exists() and real:
        raise LarcError(f"There are params/{slug}.yaml already. Take another slug.")
    if from_csv and not Path(from_csv).is_dir():
        raise LarcError("The folder that --from-csv names does not exist.")
    tables = tables_from_csv(Path(from_csv), slug) if from_csv else None
    library, said = load_library(root), []
    if not params.exists():
        years = library.unit_costs.query("vintage == @vintage")["price_year"]
        given = dict.fromkeys(("gss_code", "type", "region", "round"), '""') | {"slug": slug}
        given |= {"vintage": vintage, "price_base": years.max(), "local_costs": "no"}
        given["wording"] = "family_help" if vintage == "current" else "caf"
        if real:
            found = find_authority(library.authorities, real)
            given |= {of: getattr(found, of) for of in ("gss_code", "type", "region")}
            given |= {"round": slug, "local_costs": "yes" if vintage == "current" else "no"}
            name = name or found.name
            said = [f"{slug} is {found.name} ({found.gss_code}). {history(found)}".strip()]
        given["name"] = json.dumps(name or slug, ensure_ascii=False)
        text = Template(Path(__file__).with_name("new.yaml").read_text("utf-8")).substitute(given)
        params.write_text(text, encoding="utf-8", newline="\n")
        wrote = root.said(f"params/{slug}.yaml")
        said.append(f"Wrote {wrote}. Check it before you continue: prices and assumptions.")
        said += [] if real else [NAME_ROUND]
    folder.mkdir(parents=True, exist_ok=True)
    write_template(folder / "return.xlsx", load_authority(root, slug), library, tables)
    wrote = root.said(f"data/raw/{slug}/return.xlsx")
    return [*said, f"Wrote {wrote}. Fill it in, then: larcnb check {slug}{root.option}"]


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
