"""Rules over several cells: within a row, between the rows of a table, between tables, and with the
library.

In: typed frames and their grids. Out: problems noted in the grids. What the rows of one table may
say stands in ``rules.csv``, a line a rule: ``when`` is true of the rows it is about (an expression
over the table's columns, as for :meth:`pandas.DataFrame.eval`). What looks further is here: what
must be unique and known, what has a price, and what is far from the rest of the return (about slips
of typing: no figure depends on those limits). The data dictionary words them all.
"""

import datetime as dt
import re
from functools import partial

import pandas as pd

from larcnb import codes
from larcnb.returns.cells import MANGLED, PSEUDONYM, data_rows, looks_personal
from larcnb.returns.grid import Grid
from larcnb.schema import NATIONAL, RETURN, Table

TIMES_MEDIAN, LEAST_ROWS, FAR_APART = 10, 5, 3
RULES = data_rows("rules.csv")

Tables = dict[str, pd.DataFrame]
Grids = dict[str, Grid]


def check_table(frame: pd.DataFrame, table: Table, grid: Grid, today: dt.date | None) -> None:
    """Check the rules that need no other table; problems are noted in the grid.

    Parameters
    ----------
    frame : DataFrame
        As :func:`larcnb.returns.tables.to_frame` gives it, one row an entry of ``grid.numbers``.
    table : Table
    grid : Grid
    today : date or None
        Dates of cases after it are warned of; None: the day of the run.
    """
    if frame.empty:
        return
    group = "return" if RETURN.get(table.name) == table else "national"
    own_ids = {*table.unique[-1:], "family_id"} & {f.name for f in table.fields if f.kind == "id"}
    _unique(frame, table, grid)
    _alike(frame, table, grid, own_ids)
    words = _words_of_rules(frame, table, grid, pd.Timestamp(today or dt.date.today()))
    lists = {word: ", ".join(of) for word, of in words.items() if isinstance(of, list)}
    for rule in RULES:
        if (rule["tables"], rule["table"]) == (group, table.name):
            mask = pd.eval(rule["when"], engine="python", resolvers=[words])
            grid.flag(mask, rule["column"], rule, **lists)
    _personal(frame, table, grid, own_ids)


def _words_of_rules(frame: pd.DataFrame, table: Table, grid: Grid, today: pd.Timestamp) -> dict:
    """What the expressions of ``rules.csv`` may name: the columns, and what cannot be written
    there."""
    words = {name: frame[name] for name in frame}
    if table == NATIONAL["base_rates"]:
        shares = frame["programme_share"] / frame["comparison_share"].where(lambda share: share > 0)
        # 0.017 / 0.025 is 0.68, not a hair above it
        words["ratio"] = frame["risk_ratio"].fillna(shares.round(12))
    parts = {"needs": codes.NEED, "evidence": codes.THEME}.get(table.name, {})
    words |= {part: list(those) for part, those in parts.items()}
    return words | {
        "today": today,
        "days": lambda number: pd.Timedelta(days=number),
        "mangled": MANGLED.pattern,
        "numbered": list(codes.NUMBERED_ELEMENTS),
        "first_year": {vintage: first for vintage, (first, _) in codes.VINTAGE.items()},
        "last_year": {vintage: last for vintage, (_, last) in codes.VINTAGE.items()},
        "was_read": lambda column: frame.index.map(lambda at: (at, column) not in grid.refused),
        "repeated": lambda: _repeated(frame, table, grid),
        "in_circle": lambda: circles(frame),
    }


def _repeated(frame: pd.DataFrame, table: Table, grid: Grid) -> pd.Series:
    """Rows that stand in the table before; those with an error are left out."""
    complete = frame.index.difference([index for index, _ in grid.refused])
    again = frame.loc[complete, list(table.columns)].duplicated()
    return again.reindex(frame.index, fill_value=False)


def _unique(frame: pd.DataFrame, table: Table, grid: Grid) -> None:
    if not (keys := list(table.unique)):
        return
    whole = frame[keys].dropna()
    first = whole.assign(at=whole.index).groupby(keys, sort=False)["at"].transform("first")
    what = "id" if keys == ["case_id"] else " and ".join(keys)
    for index, at in first[first != first.index].items():
        grid.note_cell(index, keys[-1], "duplicate", what=what, above=grid.numbers[at])


def _alike(frame: pd.DataFrame, table: Table, grid: Grid, own_ids: set[str]) -> None:
    """Ids that differ only in letter case or spaces; a child's within its case."""
    for name in own_ids:
        within = [*table.unique[:-1]] if name in table.unique else []
        ids = frame[[*within, name]].dropna().drop_duplicates()
        norm = ids[name].str.casefold().str.replace(r"\s", "", regex=True)
        again = ids.assign(**{name: norm}).duplicated()
        for index in again.index[again]:
            grid.note_cell(index, name, "id-alike")


def circles(frame: pd.DataFrame) -> pd.Series:
    """Rows whose item reaches itself through ``contains``, within one vintage."""
    rows = frame[["vintage", "item", "contains"]].fillna("").itertuples(index=False)
    reached = {(v, item): {(v, word) for word in contains.split()} for v, item, contains in rows}
    before = {}
    while reached != before:
        before = reached
        reached = {at: of.union(*(before.get(x, ()) for x in of)) for at, of in before.items()}
    pairs = frame[["vintage", "item"]].fillna("").itertuples(index=False, name=None)
    return pd.Series([pair in reached[pair] for pair in pairs], index=frame.index, dtype=bool)


# Between tables, and with the library


def known_codes(library) -> dict[str, dict[str, list[str]]]:
    """Return which codes each table's ``item`` and ``future`` columns may hold.

    Parameters
    ----------
    library
        ``unit_costs`` (``item``, ``category``) and ``futures`` (``future``), as the data dictionary has them.

    Returns
    -------
    dict of table to dict of column to codes

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> costs = pd.DataFrame({"item": ["teacher", "bed"], "category": ["role", "intervention"]})
    >>> futures = pd.DataFrame({"future": ["care"]})
    >>> known_codes(SimpleNamespace(unit_costs=costs, futures=futures))["process"]
    {'role': ['teacher']}
    """
    items = library.unit_costs.dropna(subset="item").groupby("category")["item"].agg(set)
    roles = sorted(items.get("role", set()))
    given = sorted(items.get("role", set()) | items.get("intervention", set()))
    futures = sorted(library.futures["future"].dropna().unique())
    known = {"initiator": roles, "role": roles, "item": given, "future": futures}
    by_table = {
        name: {column: known[column] for column in table.names if column in known}
        for name, table in RETURN.items()
    }
    by_table["follow_up"]["future"] = [*futures, codes.RE_REFERRAL]
    return by_table


def check_return(tables: Tables, grids: Grids, library, vintage: str) -> None:
    """Check the rules between tables; problems are noted in the grids.

    Parameters
    ----------
    tables : dict of DataFrame
        All of them, typed.
    grids : dict of Grid
        Those of the tables that are there; a table that is not has no rows to be wrong.
    library
        As for :func:`known_codes`, with the items' values and the futures' quantities and years.
    vintage : str
        The authority's; items need a price in it.
    """
    grids = {name: grids.get(name, Grid("")) for name in RETURN}
    if "case_id" in grids["cases"].columns:
        _cases_known(tables, grids)
    _priced(tables, grids, library, vintage)
    _futures_told(tables, grids)
    if not tables["moderation"].empty:
        _dear_futures(tables["moderation"], grids["moderation"], library, vintage)


def _cases_known(tables: Tables, grids: Grids) -> None:
    """Every id is one of cases, every case has children, and process lines where it is costed."""
    cases = tables["cases"].astype({"case_id": object})  # whose isin is many times as fast
    known = cases["case_id"].dropna()
    for name in grids.keys() - {"cases", "evidence"}:
        ids = tables[name]["case_id"].astype(object)
        unknown = ids.notna() & ~ids.isin(known)
        like = ids.where(unknown).str.casefold().isin(known.str.casefold())
        grids[name].flag(unknown & like, "case_id", "id-alike/cases")
        grids[name].flag(unknown & ~like, "case_id", "unknown-case")
    wanted = {"children": cases["case_id"].notna(), "process": cases["costed"].eq("yes")}
    for name, who in wanted.items():
        if grids[name].readable:
            without = ~cases["case_id"].isin(tables[name]["case_id"].dropna())
            grids["cases"].flag(without & who, "case_id", f"no-{name}")


def _priced(tables: Tables, grids: Grids, library, vintage: str) -> None:
    """Refuse roles and items without a price in the vintage, with the hours or quantity they
    carry."""
    costs = library.unit_costs
    priced = costs.loc[costs["vintage"].eq(vintage), "item"].dropna()
    process, support = tables["process"], tables["interventions"]
    hours = process["people"].astype("float64") * process["hours"]
    used = {"process": (process["role"], hours, "person-hours")}
    used["interventions"] = support["item"], support["quantity"], "units"
    for name, (given, carried, unit) in used.items():
        missing = given[given.notna() & ~given.isin(priced)]
        for item, rows in missing.groupby(missing):
            said = {"item": item, "vintage": vintage, "unit": unit, "count": len(rows)}
            said["carried"] = carried[rows.index].sum()
            grids[name].flag(given.eq(item), given.name, "no-unit-cost", **said)


def _futures_told(tables: Tables, grids: Grids) -> None:
    """What is moderated or followed up was told of the case, and what was told is moderated; a case
    comes back only after it has closed."""
    names = "futures", "moderation", "follow_up"
    pairs = (tables[name]["case_id"] + " " + tables[name]["future"] for name in names)
    told, agreed, seen = (pair.astype(object) for pair in pairs)
    cases, futures, followed = tables["cases"], tables["futures"], tables["follow_up"]
    again = followed["future"].eq(codes.RE_REFERRAL)
    if grids["futures"].readable:
        grids["moderation"].flag(agreed.notna() & ~agreed.isin(told), "future", "not-told")
        untold = seen.notna() & ~seen.isin(told) & ~again
        grids["follow_up"].flag(untold, "future", "not-told/follow-up", word=codes.RE_REFERRAL)
    still_open = followed["case_id"].isin(cases.loc[cases["status"].eq("open"), "case_id"])
    grids["follow_up"].flag(again & still_open, "future", "open-re-referral")
    if grids["moderation"].readable:
        unmoderated = told.notna() & ~told.duplicated() & ~told.isin(agreed)
        grids["futures"].flag(unmoderated, "future", "not-moderated")
        order = {word: rank for rank, word in enumerate(codes.LIKELIHOOD)}
        by = futures["likelihood"].map(order).astype("float64").groupby(told)
        wide = by.transform("max") - by.transform("min") >= FAR_APART
        last = ~told.duplicated(keep="last")
        grids["futures"].flag(wide & last, "likelihood", "witnesses-differ")


def _dear_futures(moderation: pd.DataFrame, grid: Grid, library, vintage: str) -> None:
    """A future far dearer than the return's others by the number of people, at the vintage's own
    prices."""
    costs = library.unit_costs[library.unit_costs["vintage"].eq(vintage)].dropna(subset=["item"])
    values = costs.drop_duplicates("item").set_index("item")["value"]
    spells = library.futures
    pounds = spells["item"].map(values) * spells["quantity"] * spells["years"]
    each = moderation["future"].map(pounds.groupby(spells["future"]).sum(min_count=1))
    value = moderation["people"].astype("float64") * each.astype("float64")
    accepted = moderation["accepted"].eq("yes")
    far = (value > TIMES_MEDIAN * value[accepted].median()) & (value.count() >= LEAST_ROWS)
    several = moderation["people"].gt(1) & accepted
    grid.flag(far & several, "people", "far-from-others/people", times=TIMES_MEDIAN)


# What could tell who a family is


def _of_id(text: str) -> list[str]:
    """What is wrong with an id: an NHS number (its check digit is right), a pupil number, a name.

    Examples
    --------
    >>> _of_id("9434765919"), _of_id("9434765918")
    (['a register number'], [])
    """
    digits = text.replace("-", "").replace(".", "")
    if re.fullmatch(r"\d{10}", digits, re.ASCII):
        *numbers, last = map(int, digits)
        total = sum(weight * digit for weight, digit in zip(range(10, 1, -1), numbers, strict=True))
        is_number = last == -total % 11
    else:
        is_number = re.fullmatch(r"[A-Za-z]\d{12}", text, re.ASCII)
    if is_number:
        return ["a register number"]
    return [] if PSEUDONYM.fullmatch(text) else ["something other than a pseudonym"]


def _personal(frame: pd.DataFrame, table: Table, grid: Grid, own_ids: set[str]) -> None:
    """Warn of texts and ids that look as if they could identify a family."""
    for field in table.fields:
        is_text = field.kind == "text" and field.name != "url"
        if not is_text and field.name not in own_ids:
            continue
        look = partial(looks_personal, private=field.private) if is_text else _of_id
        for index, text in frame[field.name].dropna().items():
            if kinds := look(text):
                grid.note_cell(index, field.name, "personal-data", kinds=" and ".join(kinds))
