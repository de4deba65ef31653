"""``larcnb new``: an authority's params file and its return workbook, empty or filled from what it has.

In: the authority's slug and, if it has any, CSV tables or a list of episodes. Out: two files, never written
over others, and the words to show.
"""

from __future__ import annotations

from pathlib import Path

from larcnb import codes
from larcnb.errors import LarcError
from larcnb.root import Root, check_slug

PARAMS = """\
# {name}: who it is, its prices and its assumptions. README.md, "Your own authority".
slug: {slug}
name: {quoted}
gss_code: ""
type: ""
region: ""
round: ""  # the round its pages join; blank is larc4, the made-up example's: give a real council's round a name
vintage: {vintage}  # larc4 or current: which set of unit costs
price_base: "{price_base}"  # the financial year in whose prices money is shown
wording: {wording}  # caf, early_help or family_help
impact_level:  # 1 to 4, or blank
preset: public_purse  # larc, public_purse, cautious or observed
overrides: {{}}
roles: {{}}  # who answers for the pages, for example {{analyst: A. Baker, approver: C. Dow}}
marking: ""  # official or official-sensitive: stands on every internal page
"""


def new_authority(
    root: Root, slug: str, name: str, vintage: str, from_csv: str, episodes: str
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

    Returns
    -------
    list of str
        What was written and what to do next, a line each.

    Raises
    ------
    LarcError
        There is a return already, the vintage is unknown, or what should fill the workbook cannot be read.
    """
    from larcnb.library import load_library
    from larcnb.params import load_authority
    from larcnb.returns.template import write_template

    folder, params = root.raw(check_slug(slug)), root.params / f"{slug}.yaml"
    if folder.is_dir() and any(
        path.suffix.lower() in (".xlsx", ".csv") for path in folder.iterdir()
    ):
        raise LarcError(
            f"{root.said(f'data/raw/{slug}')}/ holds a return already. Move it away, or take another name."
        )
    if vintage not in codes.VINTAGE:
        raise LarcError(f"There is no vintage '{vintage}'. Known: {', '.join(codes.VINTAGE)}.")
    tables, notes = _filling(slug, from_csv, episodes)
    library = load_library(root)
    said = []
    if not params.exists():
        params.write_text(
            _params(slug, name or slug, vintage, library), encoding="utf-8", newline="\n"
        )
        said.append(
            f"Wrote {root.said(f'params/{slug}.yaml')}. Check it before you continue: prices, assumptions and"
        )
        said.append(
            "`round:`. If that is left blank, your pages are mixed with those of the made-up example."
        )
    authority = load_authority(root, slug)
    folder.mkdir(parents=True, exist_ok=True)
    write_template(folder / "return.xlsx", authority, library, tables)
    wrote = root.said(f"data/raw/{slug}/return.xlsx")
    said.append(f"Wrote {wrote}. Fill it in, then: larcnb check {slug}{root.option}")
    return said + notes


def _params(slug: str, name: str, vintage: str, library) -> str:
    years = library.unit_costs.loc[library.unit_costs["vintage"] == vintage, "price_year"]
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    wording = "family_help" if vintage == "current" else "caf"
    return PARAMS.format(
        slug=slug,
        name=slug,
        quoted=quoted,
        vintage=vintage,
        price_base=years.max(),
        wording=wording,
    )


def _filling(slug: str, from_csv: str, episodes: str) -> tuple[dict | None, list[str]]:
    from larcnb.returns.imports import import_episodes
    from larcnb.returns.template import tables_from_csv

    if from_csv and episodes:
        raise LarcError("Give --from-csv or --episodes, not both.")
    if from_csv:
        if not Path(from_csv).is_dir():
            raise LarcError("The folder given with --from-csv does not exist.")
        return tables_from_csv(Path(from_csv), slug), []
    if episodes:
        if not Path(episodes).is_file():
            raise LarcError("The file given with --episodes does not exist.")
        found = import_episodes(Path(episodes))
        key = Path(episodes).with_suffix(".key.csv")
        found.key.to_csv(key, index=False, lineterminator="\n")
        wrote = f"Wrote {key.name} beside the list: which case is which row. Keep it with the list."
        return found.tables, [wrote, *found.notes]
    return None, []
