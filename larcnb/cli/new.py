"""``larcnb new``: an authority's params file and its return workbook, empty or filled from what it has.

In: the authority's slug and, if it has any, CSV tables or a list of episodes. Out: two files, never written
over others, and the words to show.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template

from larcnb.errors import LarcError
from larcnb.root import Root, check_slug

RETURNS = (".xlsx", ".csv")
NAME_ROUND = (
    "Give `round:` a name: left blank, your pages are mixed with those of the made-up example."
)


def new_authority(
    root: Root, slug: str, name: str, vintage: str, from_csv: str, episodes: str, real: str = ""
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
    episodes : str
        A list of early help episodes to fill ``cases`` with; empty for none.
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
    from larcnb.returns.template import write_template

    folder, params = root.raw(check_slug(slug)), root.params / f"{slug}.yaml"
    if folder.is_dir() and any(path.suffix.lower() in RETURNS for path in folder.iterdir()):
        place = root.said(f"data/raw/{slug}")
        raise LarcError(f"{place}/ holds a return already. Move it away, or take another name.")
    if params.exists() and real:
        raise LarcError(f"There are params/{slug}.yaml already. Take another slug.")
    tables, notes = _filling(root, slug, from_csv, episodes)
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
    return [*said, f"Wrote {wrote}. Fill it in, then: larcnb check {slug}{root.option}", *notes]


def _filling(root: Root, slug: str, from_csv: str, episodes: str) -> tuple[dict | None, list[str]]:
    from larcnb.cli.imports import keep_key, secret_of
    from larcnb.imports import ssd
    from larcnb.returns.template import tables_from_csv

    if from_csv and episodes:
        raise LarcError("Give --from-csv or --episodes, not both.")
    for given, there in ((from_csv, Path.is_dir), (episodes, Path.is_file)):
        if given and not there(Path(given)):
            raise LarcError("What is given to fill the workbook with does not exist.")
    if from_csv:
        return tables_from_csv(Path(from_csv), slug), []
    if not episodes:
        return None, []
    found = ssd.begin(ssd.read_list(Path(episodes)), secret_of(root, slug))
    tables = {"cases": found.cases, "children": found.children}
    return tables, [keep_key(root, slug, found), found.note]
