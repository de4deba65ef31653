"""Newer national figures from their publishers' own files, and what they would move.

In: GMCA's Unit Cost Database v3 (.xlsx), HM Treasury's GDP deflators (.xlsx), the Department for Education's local
measures (.csv). Out: a national table as a frame, every cell checked, or a refusal that names each fault; nothing is
written here. A figure is taken only where its layout, year, type, licence and size are what the publisher's are.
"""

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from larcnb import codes, costing, local, schema
from larcnb.errors import LarcError, Problem
from larcnb.library import FORECAST, RESTATED, load_library
from larcnb.params import assumptions_for, is_financial_year, list_authorities, load_authority
from larcnb.returns import read_return
from larcnb.root import Root

TAKEN = tomllib.loads(Path(__file__).with_name("national.toml").read_text("utf-8"))
"""What is taken for a figure, and what for a slip."""
SECTION_251 = pd.DataFrame.from_dict(TAKEN["section_251"], orient="index")
Tables = dict[str, pd.DataFrame]


def read_figures(root: Root, kind: str, path: Path) -> Tables:
    """Read a publisher's file and put its figures in place of the national tables'.

    Parameters
    ----------
    root : Root
    kind : str
        ``ucd``, ``deflators`` or ``measures``.
    path : Path

    Returns
    -------
    dict of DataFrame
        The national tables that take something from it, whole, by name: the columns of the data dictionary, as text.

    Raises
    ------
    LarcError
        The file has a fault; every fault at once, by sheet, row and column; exit code 2.
    """
    rows = _rows(path, kind)
    tables, faults = READERS[kind](root, rows)
    if kind != "measures":  # whose licence stands on the page it comes from
        words = " ".join(rows.map(str).to_numpy().ravel())
        is_open = re.search(TAKEN["licence"], words) and not re.search(TAKEN["forbidden"], words)
        faults += [(not is_open, "", "It names no open licence, or one that forbids some use.")]
    problems, todo = [], "Take the file as its publisher has it."
    for where, column, message in faults:
        places = [("", 0)] if where is True else []
        if isinstance(where, pd.Series):
            places = rows.loc[where.index[where], ["sheet", "row"]].itertuples(index=False)
        said = column, "not-taken", message, todo
        problems += [Problem(path.name, *place, *said) for place in places]
    if problems:
        raise LarcError(f"{path.name} was not taken: nothing was changed.", problems)
    return tables


def _rows(path: Path, kind: str) -> pd.DataFrame:
    """The cells of all sheets as they stand, under A, B and so on, each row with its ``sheet`` and ``row``."""
    try:
        if kind == "measures":
            sheets = {"": _text(path, header=None, skip_blank_lines=False)}
        else:
            sheets = pd.read_excel(path, None, header=None, dtype=object, engine="openpyxl")
    except Exception as error:
        raise LarcError(f"{path.name} cannot be read: it is not what is published.") from error
    rows = pd.concat(sheets, names=["sheet", "row"]).rename(columns=xl_col_to_name)
    rows = rows.reindex(columns=rows.columns.union([*"ABCDEFGHI"])).reset_index()
    return rows.assign(row=rows["row"] + 1)


def _is_number(cell: object) -> bool:
    return type(cell) in (int, float) and cell > 0


def _unit_costs(root: Root, rows: pd.DataFrame) -> tuple[Tables, list]:
    cells = rows.drop(columns=["sheet", "row"]).map(lambda cell: str(cell).strip())
    code = cells.apply(lambda column: column.str.fullmatch(TAKEN["code"]))
    fiscal = cells.apply(lambda column: column.str.fullmatch(TAKEN["fiscal"]))
    shifted = code.drop(columns="C").any(axis=1)
    shifted |= ~code["C"] & ~fiscal["H"] & fiscal.any(axis=1)
    year = cells["I"].str.replace("/", "-")
    sound = rows["H"].map(_is_number) & year.map(is_financial_year)
    entries = rows.assign(code=cells["C"], year=year)
    entries = entries[code["C"] & ~shifted & rows["H"].notna()]  # others have no fiscal value
    sound = sound[entries.index] & ~entries.duplicated("code")
    costs = _table(root, "unit_costs")
    whole = ~costs["source"].str.split(";").str[0].str.contains(" part")
    entry = costs["source"].str.extract(TAKEN["entry"])[0]
    priced = costs.assign(entry=entry, at=costs.index)[whole & costs["vintage"].eq("current")]
    taken = entries[sound].join(priced.set_index("entry"), on="code", how="inner")
    faults = [
        (shifted, "", "The codes are not in column C, or the fiscal values not in column H."),
        (~sound, "", "Its value is no plain number, its price year none, or it stands twice."),
        (taken.empty, "", "None of its entries prices an item of the set current."),
    ]
    if taken.empty:
        return {}, faults
    index = load_library(root).deflators.set_index("year")["index"]
    value, year = taken["H"].astype(float), taken["year"]
    first = codes.VINTAGE["current"][0]
    base = year.where(year > first, first)
    restated = value * base.map(index) / year.map(index)
    old = taken["value"].astype(float) * base.map(index) / taken["price_year"].map(index)
    since = taken["source"].str.extract(RESTATED)[0].fillna(taken["price_year"])
    furthest, is_new = TAKEN["furthest"], base.eq(year)
    far = ~(restated / old).between(1 / furthest, furthest)
    note = "; GBP " + value.map("{:g}".format) + " at " + year + " prices restated at "
    note = (note + first + " prices").mask(is_new, "") + "; cashable share assumed"
    new = {
        "value": restated.map("{:.2f}".format),
        "price_year": base,
        "source": "GMCA Unit Cost Database v3.0, entry " + taken["code"] + note,
        "confidence": np.where(is_new, "verified", "assumed"),
        "review_by": (base.str[:4].astype(int) + 3).astype(str) + "-03-31",
    }
    new |= {"low": "", "high": "", "licence": "CC BY 4.0", "grade": "3"}
    costs.update(pd.DataFrame(new, taken.index).set_axis(taken["at"]))
    faults += [
        (~year.isin(index.index), "I", "The price year is not over yet, or has no deflator."),
        (year <= since, "I", "The price year is no newer than that of the national table."),
        (far, "H", "It would move the figure there is more than fourfold."),
    ]
    return {"unit_costs": costs}, faults


def _deflators(root: Root, rows: pd.DataFrame) -> tuple[Tables, list]:
    old = _table(root, "deflators").set_index("year")
    is_year = rows["A"].astype(str).str.match(r"(?:19|20)\d\d-\d\d")
    if not is_year.any():
        return {}, [(True, "", "No financial year stands in column A.")]
    year, printed = rows["A"][is_year].astype(str), rows["C"][is_year].astype(str)
    index = rows["B"].where(rows["B"].map(_is_number))[is_year].astype(float)
    growth = index.pct_change(fill_method=None)
    said = pd.to_numeric(printed, errors="coerce") / 100
    known = year.map(old["index"].astype(float).pct_change())
    (least, most), rounded = TAKEN["growth"], TAKEN["rounded"]
    doubted = growth.lt(least) | growth.gt(most) | (said - growth).abs().gt(rounded)
    doubted |= (known - growth).abs() > TAKEN["revised"]
    base = max(year[(index - 100).abs() < rounded], default="")
    is_outturn = ~old["source"].str.startswith(FORECAST)
    faults = [
        (~year.map(is_financial_year).astype(bool), "A", "This is no financial year."),
        (year.str[:4].astype(int).diff().fillna(1).ne(1), "A", "A year is missing before it."),
        (index.isna(), "B", "The index is no plain number."),
        (doubted, "B", "Its growth is not the one beside it, or none of this year."),
        (base < max(old.index[is_outturn]), "", "Its year of 100 is missing, or an old one."),
        (not set(old.index) <= set(year), "", "It has not all years of the national table."),
    ]
    words = "HM Treasury, GDP deflators at market prices, the publisher's workbook"
    new = pd.DataFrame({"year": year, "index": index.map("{:.4f}".format), "source": words})
    new.loc[year > base, "source"] = f"{FORECAST}: {words}"  # 100 is the last year's outturn
    return {"deflators": new}, faults


def _measures(root: Root, rows: pd.DataFrame) -> tuple[Tables, list]:
    names, keys = ["gss_code", "name", "measure", "year", "value"], ["gss_code", "measure", "year"]
    if rows.loc[0, [*"ABCDE"]].tolist() != names:
        return {}, [(rows["row"].eq(1), "", f"The columns are not {', '.join(names)}.")]
    frame = rows[1:].rename(columns=dict(zip("ABCDE", names, strict=True)))
    old = local.read_local(root, "local_rates")
    of_place = old.groupby(keys[:2])["value"]
    jumps = old["value"] / of_place.shift()
    jumps = pd.concat([jumps, 1 / jumps]).replace(np.inf, np.nan)
    known = old.groupby("measure")["year"].agg(["min", "max"])
    known["most"] = 1.5 * old.groupby("measure")["value"].max()
    known["furthest"] = 1.3 * jumps.groupby(pd.concat([old["measure"]] * 2)).max()
    if set(known.index) <= set(frame["measure"]):  # others are measures that are not kept here
        frame = frame[frame["measure"].isin(known.index)]
    in_force = local.in_force(load_library(root).authorities)
    frame = frame.join(known, on="measure").assign(gss_code=frame["gss_code"].replace(in_force))
    frame = frame[frame["value"].ne("") & ~frame["year"].lt(frame["min"].fillna(""))]
    value = pd.to_numeric(frame["value"], errors="coerce")

    def ratio(of: pd.Series, columns: list[str]) -> pd.Series:
        """To what is known, where both are above 0."""
        then = of.reindex(pd.MultiIndex.from_frame(frame[columns])).to_numpy()
        return (value / np.where(then > 0, then, np.nan)).where(value > 0)

    same = ratio(old.set_index(keys)["value"], keys)
    later = ratio(of_place.last(), keys[:2]).where(same.isna())
    moved = (same - 1).abs() > 0.05
    far = moved & (moved.groupby(frame["measure"]).transform("mean") > 0.2)
    far |= same.gt(2) | same.lt(0.5)
    far |= later.gt(frame["furthest"]) | later.lt(1 / frame["furthest"]) | value.gt(frame["most"])
    start, last = (pd.to_numeric(frame[of].str[:4], errors="coerce") for of in ("year", "max"))
    form = frame["year"].str.fullmatch(r"20\d\d(-\d\d)?")
    form &= frame["year"].str.len().eq(frame["max"].str.len())
    costs = frame.join(SECTION_251, on="measure", how="inner")
    costs["value"] = value[costs.index] * costs["weeks"]
    costs["source"] = "DfE section 251 outturn, OGL v3"
    faults = [
        (~frame["gss_code"].str.fullmatch(r"E\d{8}"), "gss_code", "This is no authority's code."),
        (frame["max"].isna(), "measure", "This is not a measure."),
        (~form | (start > last + 1), "year", "This is no year of the measure."),
        (~frame["value"].str.fullmatch(r"\d+(\.\d+)?"), "value", "This is no plain number."),
        (far, "value", "This is far from what is known."),
        (frame.duplicated(keys), "measure", "An earlier row says the same."),
        (bool(same.isna().all()), "", "Nothing that is known is in it."),
    ]
    tables = {"local_rates": frame.assign(value=value), "local_costs": costs}
    return {name: _merged(root, name, rows) for name, rows in tables.items()}, faults


def _merged(root: Root, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """A local table with rows new or in place of old ones; a figure that says the same stays as it is written."""
    columns = list(schema.LOCAL[name].columns)
    rows = rows[columns].assign(value=rows["value"].map("{:.10g}".format))
    both = pd.concat([_table(root, name), rows]).drop_duplicates([*columns[:3], "value"])
    return both.drop_duplicates(columns[:3], keep="last").sort_values(columns[:3])


READERS = {"ucd": _unit_costs, "deflators": _deflators, "measures": _measures}
"""Each gives the tables, and faults: at which rows of the file, or whether of it all; in which column; what it is."""


def _table(root: Root, name: str) -> pd.DataFrame:
    return _text(root.national(f"{name}.csv"))


def _text(path: Path, **how) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", **how)


def what_moves(root: Root, tables: Tables) -> Iterator[str]:
    """Say what new national tables would move: figure by figure, and in pounds for each authority.

    Parameters
    ----------
    root : Root
    tables : dict of DataFrame
        :func:`read_figures`.

    Returns
    -------
    iterator of str
        Lines of text.
    """
    for name in sorted({"local_rates", "local_costs"} & set(tables)):
        moved = pd.concat([tables[name], _table(root, name)]).drop_duplicates(keep=False)
        moved = moved.drop_duplicates([*schema.LOCAL[name].unique])
        yield f"{name}: {len(moved)} figures new or moved."
    with TemporaryDirectory(prefix="larcnb-") as folder:
        trial = Root(Path(folder))
        for part in ("params", "data/raw"):
            if (root.path / part).is_dir():
                shutil.copytree(root.path / part, trial.path / part)
        national = trial.path / "data" / "raw" / "national"
        national.mkdir(parents=True, exist_ok=True)
        for name, frame in tables.items():
            frame.to_csv(national / f"{name}.csv", index=False, lineterminator="\n")
        base = load_library(root).deflators["year"].max()
        prices = [load_library(of).prices("current", base)["unit_value"] for of in (root, trial)]
        old, new = prices[0].reindex(prices[1].index), prices[1]
        change = (new / old - 1).round(4)
        for item in change[change.ne(0)].sort_values(key=abs, ascending=False).index:
            said = f"£{old[item]:,.2f} to £{new[item]:,.2f} at {base} prices"
            yield f"{item}: {said} ({change[item]:+.1%})"
        slugs = [slug for slug in list_authorities(root) if root.raw(slug).is_dir()]
        avoided = [[_avoided(of, slug) for of in (root, trial)] for slug in slugs]
    pounds = pd.DataFrame(avoided, slugs, ["then", "now"], dtype=float).round(2)
    pounds.loc["All authorities"] = pounds.sum()
    for slug, then, now in pounds.itertuples(name=None):
        if then != now or slug == "All authorities":
            yield f"{slug}: cost avoided £{then:,.2f} to £{now:,.2f}"


def _avoided(root: Root, slug: str) -> float:
    """The long-term cost avoided of an authority's costed cases, GBP at its price base."""
    authority = load_authority(root, slug)
    library, a = load_library(root, authority), assumptions_for(root, authority)
    tables = read_return(root.raw(slug), slug, library, authority.vintage).check().tables
    prices = library.prices(authority.vintage, authority.price_base)
    ledger = costing.price_return(tables, library, prices, a)
    return costing.appraise(tables, library, ledger, prices, a)["avoided_long"].sum()
