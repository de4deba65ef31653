"""Newer national figures from their publishers' own files, and what they would move.

In: GMCA's Unit Cost Database v3 (.xlsx), HM Treasury's GDP deflators (.xlsx), the Department for Education's local
measures (.csv). Out: a national table as a frame, every cell checked, or a refusal that names each fault; nothing is
written here. A figure is taken only where its layout, year, type, licence and size are what the publisher's are.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from larcnb import codes, compare, local
from larcnb.errors import LarcError, Problem
from larcnb.library import FORECAST, RESTATED, Library, load_library
from larcnb.params import is_financial_year, list_authorities
from larcnb.root import Root

CODE = re.compile(r"[A-Z]{2}\d+(\.\d+)*|[A-Z]&[A-Z]\d+(\.\d+)*")
"""An entry of the Unit Cost Database, such as SS18.3 or E&S2.0.1."""
ENTRY = re.compile(r"Unit Cost Database v[\d.]+, entry ([A-Z&]+\d+(?:\.\d+)*)(?= |;|,|$)")
AT, VALUE, YEAR = 2, 7, 8
"""Columns C, H and I of a theme sheet: code, fiscal value, price year."""
FISCAL = re.compile(r"\s*fiscal.{0,20}$", re.IGNORECASE)
"""The head of the column of fiscal values, where a sheet has heads."""
FURTHEST = 4.0
"""A figure that moves further than this factor is taken for a slip: a digit of a footnote, or a column shifted."""
GROWTH = (-0.03, 0.12)
"""Yearly growth within which a deflator is believed."""
ROUNDED = 0.0011
"""By how much a growth may differ from its index's: both are rounded."""
REVISED = 0.015
"""By how much a year's growth may be revised; more is another year's."""
YEAR_OF_CARE, WEEKS = "looked_after_week_cost", 52.14
ITEM = {
    YEAR_OF_CARE: "looked_after_year",
    "foster_week_cost": "foster_week",
    "residential_week_cost": "childrens_home_week",
}
"""The measures that are section 251 costs; a year of care has ``WEEKS`` weeks."""
FORBIDDEN = re.compile(
    r"non[- ]?commercial|no ?derivatives|\b(NC|ND)\b|all rights reserved", re.IGNORECASE
)
LICENCE = re.compile(
    "CC[ -]BY|Creative Commons Attribution|Open Government Licence|Crown copyright"
)


def read_figures(root: Root, kind: str, path: Path) -> dict[str, pd.DataFrame]:
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
        The national tables that take something from it, whole, by name.

    Raises
    ------
    LarcError
        The kind is unknown, or the file has a fault; every fault at once.
    """
    if kind not in READERS:
        raise LarcError(f"There is no import '{kind}'. Known: {', '.join(READERS)}.")
    problems: list[Problem] = []

    def wrong(message: str, sheet: str = "", row: int = 0, column: str = "") -> None:
        todo = "Take the file as its publisher has it."
        problems.append(Problem(path.name, sheet, row, column, "not-taken", message, todo))

    tables = READERS[kind](root, path, wrong)
    if problems:
        raise LarcError(f"{path.name} was not taken: nothing was changed.", problems)
    return tables


def _sheets(path: Path, wrong: Callable) -> dict[str, pd.DataFrame]:
    """A workbook's sheets as they stand, once its licence is one that lets them be used."""
    try:
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object, engine="openpyxl")
    except Exception as error:
        raise LarcError(f"{path.name} is no workbook that can be read.") from error
    words = " ".join(str(v) for of in sheets.values() for v in of.to_numpy().ravel() if v == v)
    if FORBIDDEN.search(words):
        wrong("Its licence forbids commercial or other use.")
    elif not LICENCE.search(words):
        wrong("It names no open licence.")
    return sheets


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _unit_costs(root: Root, path: Path, wrong: Callable) -> dict[str, pd.DataFrame]:
    found: dict[str, tuple[float, str]] = {}
    for sheet, frame in _sheets(path, wrong).items():
        for number, cells in enumerate(frame.itertuples(index=False), 1):
            at = [n for n, cell in enumerate(cells) if CODE.fullmatch(str(cell).strip())]
            if not at:
                heads = [n for n, cell in enumerate(cells) if FISCAL.match(str(cell))]
                if heads and heads[0] != VALUE:
                    wrong("The fiscal values do not stand in column H.", sheet, number)
                continue
            if at != [AT] or len(cells) <= YEAR:
                wrong("An entry's code does not stand in column C.", sheet, number)
                continue
            code, value = str(cells[AT]).strip(), cells[VALUE]
            year = str(cells[YEAR]).strip().replace("/", "-")
            if pd.isna(value):
                continue  # economic or social value alone
            if not _number(value):
                wrong(f"The fiscal value of {code} is no plain number.", sheet, number, "H")
            elif not is_financial_year(year):
                wrong(f"The price year of {code} is none.", sheet, number, "I")
            elif code in found:
                wrong(f"{code} stands twice.", sheet, number, "C")
            else:
                found[code] = float(value), year
    if not found:
        wrong("No entry was found in it.")
    costs = _table(root, "unit_costs")
    library = load_library(root)
    deflator = library.deflators.set_index("year")["index"]
    first, taken = codes.VINTAGE["current"][0], 0
    for row in costs.query("vintage == 'current'").itertuples():
        entry = ENTRY.search(row.source)
        if not entry or entry[1] not in found or " part" in row.source.split(";")[0]:
            continue
        value, year = found[entry[1]]
        if year not in deflator.index:
            wrong(f"{entry[1]} is at prices of {year}, not over yet or without a deflator.")
            continue
        since = RESTATED.search(row.source)
        if year <= (since[1] if since else row.price_year):
            wrong(f"{entry[1]} is at prices of {year}, no newer than the figure there is.")
        base, old = max(year, first), float(row.value)
        restated = value * deflator[base] / deflator[year]
        ratio = restated / old * deflator[row.price_year] / deflator[base]
        if not 1 / FURTHEST < ratio < FURTHEST:
            wrong(f"{entry[1]} would move {row.item} from {old:,.2f} to {restated:,.2f}.")
        source = f"GMCA Unit Cost Database v3.0, entry {entry[1]}"
        if base != year:
            source += f"; GBP {value:g} at {year} prices restated at {base} prices"
        new = {"value": f"{restated:.2f}", "low": "", "high": "", "price_year": base}
        new |= {"source": f"{source}; cashable share assumed", "licence": "CC BY 4.0"}
        new |= {"confidence": "verified" if base == year else "assumed", "grade": "3"}
        new["review_by"] = f"{int(base[:4]) + 3}-03-31"
        costs.loc[row.Index, list(new)] = list(new.values())
        taken += 1
    if not taken:
        wrong("None of its entries prices an item of the set current.")
    return {"unit_costs": costs}


def _deflators(root: Root, path: Path, wrong: Callable) -> dict[str, pd.DataFrame]:
    rows, old = {}, _table(root, "deflators").set_index("year")
    known = old["index"].astype(float).pct_change().dropna()
    for sheet, frame in _sheets(path, wrong).items():
        for number, cells in enumerate(frame.itertuples(index=False), 1):
            year, index, growth = [*(cells[:3]), None, None][:3]
            if not re.match(r"(19|20)\d\d-\d\d", str(year)):
                if re.search(r"\b(19|20)\d\d-\d\d\b", f"{index} {growth}"):
                    wrong("A financial year does not stand in column A.", sheet, number)
                continue
            before = max(rows) if rows else ""
            if not is_financial_year(year):
                wrong("Column A holds more than a financial year.", sheet, number, "A")
            elif not _number(index):
                wrong("The index is no plain number.", sheet, number, "B")
            elif before and int(year[:4]) != int(before[:4]) + 1:
                wrong("A year is missing, or stands out of order.", sheet, number, "A")
            else:
                change = index / rows[before] - 1 if before else known.get(year, 0.0)
                said = growth / 100 if before and isinstance(growth, int | float) else change
                if not GROWTH[0] < change < GROWTH[1]:
                    wrong(f"The index moves by {change:+.1%} in a year.", sheet, number, "B")
                elif abs(said - change) > ROUNDED:
                    wrong("The growth beside it is not that of the index.", sheet, number, "C")
                elif abs(change - known.get(year, change)) > REVISED:
                    wrong(f"Its growth, {change:+.1%}, is not that of {year}.", sheet, number, "B")
                rows[year] = float(index)
    base = max((year for year, index in rows.items() if abs(index - 100) < ROUNDED), default="")
    if base < old.index[~old["source"].str.startswith(FORECAST)].max():
        wrong("Its year of 100 is missing, or older than the last year of the national table.")
        return {"deflators": old}
    words = "HM Treasury, GDP deflators at market prices, the publisher's workbook"
    new = pd.DataFrame({"index": pd.Series(rows), "source": words})
    new.loc[new.index > base, "source"] = f"{FORECAST}: {words}"  # 100 is the last year's outturn
    for end, kept in ((min(rows), old.index < min(rows)), (max(rows), old.index > max(rows))):
        if kept.any():  # years the workbook has not are chained to its first or last
            scale = rows[end] / float(old["index"][end]) if end in old.index else None
            if scale is None:
                wrong(f"It and the national table do not both have {end}.")
                continue
            more = old[kept].assign(index=old["index"][kept].astype(float) * scale)
            new = pd.concat([new, more]).sort_index()
    new["index"] = [f"{value:.4f}" for value in new["index"]]
    return {"deflators": new.rename_axis("year").reset_index()}


def _measures(root: Root, path: Path, wrong: Callable) -> dict[str, pd.DataFrame]:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError) as error:
        raise LarcError(f"{path.name} is no CSV file that can be read.") from error
    if list(frame)[:5] != ["gss_code", "name", "measure", "year", "value"]:
        wrong("Its columns are not gss_code, name, measure, year, value.", row=1)
        return {}
    old, keys = local.read_local(root, "local_rates"), ["gss_code", "measure", "year"]
    measure = old.groupby("measure")
    jumps = old["value"] / old.groupby(keys[:2])["value"].shift()
    jumps = pd.concat([jumps, 1 / jumps]).replace(np.inf, np.nan)
    known = pd.DataFrame({"first": measure["year"].min(), "last": measure["year"].max()})
    known["most"] = 1.5 * measure["value"].max()
    known["furthest"] = 1.3 * jumps.groupby(pd.concat([old["measure"]] * 2)).max()
    authorities = load_library(root).authorities.dropna(subset="former_gss_codes")
    formers = authorities.set_index("gss_code")["former_gss_codes"].str.split().explode()
    now = {was: gss for gss, was in formers.drop_duplicates(keep=False).items()}
    if set(known.index) <= set(frame["measure"]):  # others are measures that are not kept here
        frame = frame[frame["measure"].isin(known.index)]
    frame = frame.join(known, on="measure").assign(gss_code=frame["gss_code"].replace(now))
    frame = frame[frame["value"].ne("") & ~frame["year"].lt(frame["first"].fillna(""))]
    value = pd.to_numeric(frame["value"], errors="coerce")

    def ratio(of: pd.Series, columns: list[str]) -> pd.Series:
        """To what is known, where both are above 0."""
        then = of.reindex(pd.MultiIndex.from_frame(frame[columns])).to_numpy()
        return (value / np.where(then > 0, then, np.nan)).where(value > 0)

    same = ratio(old.set_index(keys)["value"], keys)
    later = ratio(old.groupby(keys[:2])["value"].last(), keys[:2]).where(same.isna())
    moved = (same - 1).abs() > 0.05
    shifted = moved & (moved.groupby(frame["measure"]).transform("mean") > 0.2)
    far = later.gt(frame["furthest"]) | later.lt(1 / frame["furthest"])
    start, last = (pd.to_numeric(frame[of].str[:4], errors="coerce") for of in ("year", "last"))
    form = frame["year"].str.fullmatch(r"20\d\d(-\d\d)?")
    form &= frame["year"].str.len().eq(frame["last"].str.len())
    checks = (
        (~frame["gss_code"].str.fullmatch(r"E\d{8}"), "gss_code", "This is no authority's code."),
        (frame["last"].isna(), "measure", "This is not a measure."),
        (~form | (start > last + 1), "year", "This is no year of the measure."),
        (~frame["value"].str.fullmatch(r"\d+(\.\d+)?"), "value", "This is no plain number."),
        ((same > 2) | (same < 0.5) | shifted, "value", "This is far from what is known."),
        (far, "value", "This is far from the authority's last one."),
        (value > frame["most"], "value", "This is above all that is known of the measure."),
        (frame.duplicated(keys), "measure", "An earlier row says the same."),
    )
    for mask, column, message in checks:
        for row in frame.index[mask]:
            wrong(message, row=row + 2, column=column)
    if same.isna().all():
        wrong("Nothing that is known is in it.")
    costs = frame.assign(item=frame["measure"].map(ITEM), source="DfE section 251 outturn, OGL v3")
    costs["value"] = value * np.where(frame["measure"].eq(YEAR_OF_CARE), WEEKS, 1)
    tables = {"local_rates": frame.assign(value=value), "local_costs": costs.dropna(subset="item")}
    return {name: _merged(root, name, rows) for name, rows in tables.items()}


def _merged(root: Root, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """A local table with rows new or in place of old ones; a figure that says the same stays as it is written."""
    columns = local.COLUMNS[name]
    rows = rows[columns].assign(value=rows["value"].map("{:.10g}".format))
    both = pd.concat([_table(root, name), rows]).drop_duplicates([*columns[:3], "value"])
    return both.drop_duplicates(columns[:3], keep="last").sort_values(columns[:3])


READERS = {"ucd": _unit_costs, "deflators": _deflators, "measures": _measures}


def _table(root: Root, name: str) -> pd.DataFrame:
    path = root.national(f"{name}.csv")
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def what_moves(root: Root, tables: dict[str, pd.DataFrame]) -> Iterator[str]:
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
        yield f"{name}: {len(moved.drop_duplicates(local.COLUMNS[name][:3]))} figures new or moved."
    with TemporaryDirectory(prefix="larcnb-") as folder:
        trial = Root(Path(folder))
        for part in ("params", "data/raw"):
            shutil.copytree(root.path / part, trial.path / part)
        national = trial.path / "data" / "raw" / "national"
        national.mkdir(exist_ok=True)
        for name, frame in tables.items():
            frame.to_csv(national / f"{name}.csv", index=False, lineterminator="\n")
        yield from _prices_moved(load_library(root), load_library(trial))
        both = [0.0, 0.0]
        for slug in filter(lambda slug: root.raw(slug).is_dir(), list_authorities(root)):
            cases = [compare.avoided_by_case(compare.read_inputs(r, slug)) for r in (root, trial)]
            found = [round(sum(each), 2) for each in cases]
            if found[0] != found[1]:
                yield f"{slug}: cost avoided £{found[0]:,.2f} to £{found[1]:,.2f}"
            both = [sum(pair) for pair in zip(both, found, strict=True)]
        yield f"All authorities: cost avoided £{both[0]:,.2f} to £{both[1]:,.2f}"


def _prices_moved(old: Library, new: Library) -> Iterator[str]:
    base = old.deflators["year"].max()
    then, now = (of.prices("current", base)["unit_value"] for of in (old, new))
    moved = (now / then.reindex(now.index) - 1).round(4)
    for item, change in moved[moved.ne(0)].sort_values(key=abs, ascending=False).items():
        yield f"{item}: £{then.get(item, 0):,.2f} to £{now[item]:,.2f} at {base} prices ({change:+.1%})"
