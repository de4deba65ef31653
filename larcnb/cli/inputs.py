"""``larcnb new``, ``profile`` and ``import``: what an authority and the national tables are given from outside.

In: an authority's slug; CSV tables; a folder with an extract, or one list of episodes; a real authority's name or code;
a publisher's file. Out: its params file and its return workbook, never written over others; a page of its published
figures; in ``private/``, the tables of a return that records can fill, or the rows of ``follow_up`` where there is a
return, and the key to the pseudonyms; a national table, where it was asked for; the words to show.
"""

import json
import re
import secrets
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

from larcnb.codes import RE_REFERRAL
from larcnb.errors import LarcError
from larcnb.files import write_private, write_whole
from larcnb.root import Root, check_slug

FORMS = (".csv", ".xlsx")
NAME_ROUND = "Give `round:` a name: left blank, your pages join those of the made-up example."


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
        There is a return already, or the folder to fill the workbook from is not there; for a real authority, there are
        params already, or no authority is called so (exit code 2); what should fill it cannot be read (3).
    """
    from larcnb.library import load_library
    from larcnb.local import find_authority, history
    from larcnb.params import load_authority
    from larcnb.returns.template import tables_from_csv, write_template

    folder, params = root.raw(check_slug(slug)), root.params / f"{slug}.yaml"
    if folder.is_dir() and any(path.suffix.lower() in FORMS for path in folder.iterdir()):
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
            row = find_authority(library.authorities, real)
            given |= {of: getattr(row, of) for of in ("gss_code", "type", "region")}
            given |= {"round": slug, "local_costs": "yes" if vintage == "current" else "no"}
            name = name or row.name
            said = [f"{slug} is {row.name} ({row.gss_code}). {history(row)}".strip()]
        given["name"] = json.dumps(name or slug, ensure_ascii=False)
        text = Template(Path(__file__).with_name("new.yaml").read_text("utf-8")).substitute(given)
        write_whole(params, text)
        wrote = root.said(f"params/{slug}.yaml")
        said.append(f"Wrote {wrote}. Check it before you continue: prices and assumptions.")
        said += [] if real else [NAME_ROUND]
    write_template(folder / "return.xlsx", load_authority(root, slug), library, tables)
    wrote = root.said(f"data/raw/{slug}/return.xlsx")
    return [*said, f"Wrote {wrote}. Fill it in, then: larcnb check {slug}{root.option}"]


def profile_page(where: Root, authority: str) -> str:
    """Write the page of an authority's published figures, a name or any code it goes by; say where it is.

    Raises
    ------
    LarcError
        No authority is called so, or a national table breaks a rule; exit code 2.
    """
    from larcnb import local, show
    from larcnb.library import load_library
    from larcnb.publish.page import render

    library = load_library(where)
    row = local.find_authority(library.authorities, authority)
    near = local.read_local(where, "neighbours").query("gss_code == @row.gss_code")
    names = library.authorities.set_index("gss_code")["name"]
    costs = local.compare_costs(where, row, library)
    rates = local.compare_rates(where, row)
    money = ["as_published", "as_used", "neighbours_middle", "england"]
    formats = dict.fromkeys(money, "gbp") | {"share_of_neighbours": "percent"}
    care = "Costs of care, as published and as used here"
    caption = "Costs and rates beside England, the region and ten neighbours"
    tables = [show.table(costs, care, formats=formats), show.table(rates, caption)]
    given = {"costs": costs, "tables": [table._repr_html_() for table in tables]}
    given |= {"history": local.history(row), "gbp": show.gbp}
    given["neighbours"] = names[near["neighbour_gss_code"]].tolist()
    page = render("profile.html.j2", **row._asdict(), **given)
    slug = re.sub("[^a-z0-9]+", "-", row.name.lower()).strip("-")
    place = f"reports/profiles/{slug}.html"
    write_whole(where.path / place, page)
    return place


def import_ssd(root: Root, slug: str, source: Path, until: datetime | None) -> list[str]:
    """Read an extract of a day, or of its newest; say what was written and what the records cannot say.

    Raises
    ------
    LarcError
        The extract is refused (exit code 3), or there is a return and the authority's params break a rule (2): nothing
        is written then.
    """
    import pandas as pd

    from larcnb.imports import ssd
    from larcnb.library import load_library
    from larcnb.params import load_authority
    from larcnb.returns import read_return

    is_list, day = source.is_file(), until and pd.Timestamp(until)
    frames = ssd.read_list(source) if is_list else ssd.read_folder(source)
    secret = root.path / "private" / slug / "secret"
    key = bytes.fromhex(secret.read_text("utf-8")) if secret.is_file() else secrets.token_bytes(32)
    records = ssd.extract_list(frames, key) if is_list else ssd.extract(frames, key, day)
    tables = {"cases": records.cases, "children": records.children}
    tables |= {} if is_list else {"follow_up": records.follow_up()}
    where, own = f"private/{slug}/tables", secret.parent
    todo = f"larcnb new {slug} --from-csv {root.said(where)}{root.option}"
    todo = f"Keep the cases you will cost, then: {todo}"
    if any(path.suffix.lower() in FORMS for path in root.raw(slug).glob("*")):
        if not is_list:
            authority = load_authority(root, slug)
            library = load_library(root, authority)
            return_ = read_return(root.raw(slug), slug, library, authority.vintage)
            tables = {"follow_up": records.follow_up(return_.tables["futures"])}
        names = " and ".join(f"{name}.csv" for name in tables)
        todo = f"There is a return of {slug}: copy the rows of {names} into its table."
    write_private(secret, key.hex())
    for name, table in tables.items():
        write_private(own / "tables" / f"{name}.csv", table.to_csv(index=False))
    write_private(own / "key.csv", records.key.to_csv(index=False))
    wrote = f"Wrote {root.said(where)}/: {', '.join(tables)}. {todo}"
    key_csv = f"{root.said(f'private/{slug}')}/key.csv"
    said = [records.note, wrote, ssd.UNSAID]
    said.append(f"Wrote {key_csv}: whose pseudonym is whose. Keep it there.")
    if is_list:
        return said
    write_private(own / "happened.csv", records.happened.round(2).to_csv(index=False))
    return [*said, _shares(records.happened)]


def _shares(happened: Any) -> str:
    """How often each future came within some months, as a table in text."""
    import pandas as pd

    from larcnb.follow_up import incidence

    shares = {}
    for future, rows in happened.groupby("future"):
        months = rows["months"] if future != RE_REFERRAL else rows["since_closing"]
        share = incidence(months, rows["status"])[["share", "low", "high"]]
        shares |= {f"{future}, within {month:.0f} months": row for month, row in share.iterrows()}
    return pd.DataFrame(shares).T.to_string(float_format="{:.1%}".format)


def import_figures(root: Root, kind: str, file: Path, take: bool) -> list[str]:
    """Read a publisher's newer figures and say what would move; put them into a national table where told to.

    Raises
    ------
    LarcError
        It is not what its publisher publishes, or a return or params that it would move are refused: nothing is written
        then. Exit code 2, or 3 for a return.
    """
    from larcnb.imports.national import read_figures, what_moves

    tables = read_figures(root, kind, file)
    said = list(what_moves(root, tables))
    if not take:
        return [*said, "Nothing was written. The same command with --take writes it."]
    for name, frame in tables.items():
        place = f"data/raw/national/{name}.csv"
        write_whole(root.path / place, frame.to_csv(index=False, lineterminator="\n"))
        said.append(f"Wrote {root.said(place)}.")
    return said
