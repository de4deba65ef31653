"""Rules over several cells: within a row, between the rows of a table, between tables, and with the
library.

In: typed frames and their grids. Out: problems noted in the grids. What one row may say stands in
``rules.csv``, a line a rule: ``when`` is true of the rows it is about (an expression over the
table's columns, as for :meth:`pandas.DataFrame.eval`). What looks further is here: what must be
unique and known, what has a price, and what is far from the rest of the return (about slips of
typing: no figure depends on those limits). DATA.md words them all.
"""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd

from larcnb import codes
from larcnb.returns.cells import MANGLED, MONTHS, PSEUDONYM
from larcnb.returns.grid import Grid
from larcnb.returns.words import data_rows
from larcnb.schema import NATIONAL, RETURN, Table

TIMES_MEDIAN, LEAST_ROWS = 10, 5
REPEATS = ("process", "interventions", "outcomes")
"""Tables of a return in which a row may seem to stand twice."""
OF_ANOTHER = {
    "needs": ("need", "subject", codes.NEED),
    "evidence": ("theme", "strand", codes.THEME),
}
"""Tables in which one column's codes depend on another's."""

Tables = dict[str, pd.DataFrame]
Grids = dict[str, Grid]


def check_table(
    frame: pd.DataFrame, table: Table, grid: Grid, today: dt.date | None = None
) -> None:
    """Check the rules that need no other table; problems are noted in the grid.

    Parameters
    ----------
    frame : DataFrame
        As :func:`larcnb.returns.tables.to_frame` gives it, one row an entry of ``grid.numbers``.
    table : Table
    grid : Grid
    today : date, optional
        Dates of cases after it are warned of; the day of the run if left out.
    """
    if not len(frame):
        return
    sent = table.name in RETURN and RETURN[table.name] == table
    _unique(frame, table, grid)
    _alike(frame, table, grid)
    _of_one_row(frame, table, grid, pd.Timestamp(today or dt.date.today()))
    if sent and table.name in OF_ANOTHER:
        name, by, parts = OF_ANOTHER[table.name]
        for part, words in parts.items():
            wrong = frame[by].eq(part) & frame[name].notna() & ~frame[name].isin(list(words))
            said = {"column": name, "by": by, "part": part, "allowed": ", ".join(words)}
            grid.flag(wrong, name, "not-allowed/part", **said)
    if sent and table.name in REPEATS:
        _repeats(frame, table, grid, "repeated-row")
    if table == NATIONAL["unit_costs"]:
        _unit_costs(frame, grid)
    if table == NATIONAL["futures"]:
        groups = frame["overlap_group"].fillna("")
        other = groups.ne(groups.groupby(frame["future"]).transform("first"))
        grid.flag(other & frame["future"].notna(), "overlap_group", "not-allowed/group")
        _repeats(frame, table, grid, "repeated-row/national")
    _personal(frame, table, grid)


def _of_one_row(frame: pd.DataFrame, table: Table, grid: Grid, today: pd.Timestamp) -> None:
    """The rules of ``rules.csv``."""
    group = "return" if RETURN.get(table.name) == table else "national"
    if table == NATIONAL["base_rates"]:
        shares = frame["programme_share"] / frame["comparison_share"].where(lambda share: share > 0)
        # 0.017 / 0.025 is 0.68, not a hair above it
        frame = frame.assign(ratio=frame["risk_ratio"].fillna(shares.round(12)))
    words = {
        "today": today,
        "days": lambda number: pd.Timedelta(days=number),
        "mangled": MANGLED.pattern,
        "numbered": list(codes.NUMBERED_ELEMENTS),
        "was_read": lambda column: frame.index.map(lambda at: (at, column) not in grid.refused),
    }
    words |= {name: frame[name] for name in frame}
    for rule in RULES:
        if (rule["tables"], rule["table"]) == (group, table.name):
            mask = pd.eval(rule["when"], engine="python", resolvers=[words])
            grid.flag(mask, rule["column"], rule)


def _unique(frame: pd.DataFrame, table: Table, grid: Grid) -> None:
    keys = list(table.unique)
    if not keys or any(name not in grid.columns for name in keys):
        return
    whole = frame[keys].dropna()
    first = whole.assign(at=whole.index).groupby(keys, sort=False)["at"].transform("first")
    what = "id" if keys == ["case_id"] else " and ".join(keys)
    for index, at in first[first != first.index].items():
        grid.cell(index, keys[-1], "duplicate", what=what, above=grid.numbers[at])


def _alike(frame: pd.DataFrame, table: Table, grid: Grid) -> None:
    """Ids that differ only in letter case or spaces."""
    for name in ("case_id", "child_id", "family_id"):
        if name not in table.names or name not in (*table.unique[-1:], "family_id"):
            continue
        within = ["case_id"] if name == "child_id" else []
        ids = frame[[*within, name]].dropna().drop_duplicates()
        norm = ids[name].str.casefold().str.replace(r"\s", "", regex=True)
        again = ids.assign(**{name: norm}).duplicated()
        for index in again.index[again]:
            grid.cell(index, name, "id-alike")


def _repeats(frame: pd.DataFrame, table: Table, grid: Grid, key: str) -> None:
    complete = frame.index.difference([index for index, _ in grid.refused])
    again = frame.loc[complete, list(table.columns)].duplicated()
    for index in again.index[again]:
        grid.cell(index, table.columns[0], key)


def _unit_costs(frame: pd.DataFrame, grid: Grid) -> None:
    years = frame["price_year"]
    for vintage, (first, last) in codes.VINTAGE.items():
        outside = frame["vintage"].eq(vintage) & years.notna() & ~years.between(first, last)
        until = f"to {last}" if vintage != "current" else "on"
        said = {"vintage": vintage, "first": first, "until": until}
        grid.flag(outside, "price_year", "out-of-range/vintage", **said)
    grid.flag(circles(frame), "contains", "circle")


def circles(frame: pd.DataFrame) -> pd.Series:
    """Rows whose item reaches itself through ``contains``, within one vintage."""
    rows = frame[["vintage", "item", "contains"]].fillna("").itertuples(index=False)
    inside = {(v, item): [(v, word) for word in contains.split()] for v, item, contains in rows}

    def reached(start: tuple[str, str]) -> set[tuple[str, str]]:
        seen: set[tuple[str, str]] = set()
        wanted = list(inside[start])
        while wanted:
            item = wanted.pop()
            if item not in seen:
                seen.add(item)
                wanted.extend(inside.get(item, ()))
        return seen

    own = {item for item, contents in inside.items() if contents and item in reached(item)}
    pairs = frame[["vintage", "item"]].fillna("").itertuples(index=False, name=None)
    return pd.Series([pair in own for pair in pairs], index=frame.index, dtype=bool)


# Between tables, and with the library


def known_codes(library) -> dict[str, dict[str, list[str]]]:
    """Return which codes each table's ``item`` and ``future`` columns may hold.

    Parameters
    ----------
    library
        ``unit_costs`` (``item``, ``category``) and ``futures`` (``future``), as DATA.md has them.

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
    return {
        "cases": {"initiator": roles},
        "process": {"role": roles},
        "interventions": {"item": given},
        "futures": {"future": futures},
        "moderation": {"future": futures},
        "follow_up": {"future": [*futures, codes.RE_REFERRAL]},
    }


def check_return(tables: Tables, grids: Grids, library, vintage: str) -> None:
    """Check the rules between tables; problems are noted in the grids.

    Parameters
    ----------
    tables : dict of DataFrame
        All of them, typed.
    grids : dict of Grid
        Those of the tables that are there.
    library
        As for :func:`known_codes`, with the items' values and the futures' quantities and years.
    vintage : str
        The authority's; items need a price in it.
    """
    unread = {name for name, grid in grids.items() if not grid.readable}
    if "cases" in grids and "cases" not in unread:
        _cases_known(tables, grids)
        _cases_without(tables, grids, unread)
    _priced(tables, grids, library, vintage)
    _told_and_moderated(tables, grids, unread)
    if "follow_up" in grids:
        _followed(tables, grids["follow_up"])
    if "interventions" in grids:
        support = tables["interventions"]
        given = support["quantity"].where(support["quantity"] > 0)
        by = given.groupby(support["item"])
        far = (given > TIMES_MEDIAN * by.transform("median")) & (
            by.transform("count") >= LEAST_ROWS
        )
        grids["interventions"].flag(far, "quantity", "far-from-others", times=TIMES_MEDIAN)
    if "moderation" in grids:
        _dear_futures(tables["moderation"], grids["moderation"], library, vintage)


def _cases_known(tables: Tables, grids: Grids) -> None:
    known = tables["cases"]["case_id"].dropna()
    for name in grids.keys() - {"cases", "evidence"}:
        ids = tables[name]["case_id"]
        unknown = ids.notna() & ~ids.isin(known)
        like = ids.str.casefold().isin(known.str.casefold())
        grids[name].flag(unknown & like, "case_id", "id-alike/cases")
        grids[name].flag(unknown & ~like, "case_id", "unknown-case")


def _cases_without(tables: Tables, grids: Grids, unread: set[str]) -> None:
    cases = tables["cases"]
    for name, who in (
        ("children", cases["case_id"].notna()),
        ("process", cases["costed"].eq("yes")),
    ):
        if name not in unread:
            without = who & ~cases["case_id"].isin(tables[name]["case_id"].dropna())
            grids["cases"].flag(without, "case_id", f"no-{name}")


def _priced(tables: Tables, grids: Grids, library, vintage: str) -> None:
    """Refuse roles and items without a price in the vintage, with the hours or quantity they
    carry."""
    costs = library.unit_costs
    priced = costs.loc[costs["vintage"].eq(vintage), "item"].dropna()
    process = tables["process"]
    hours = process["people"].astype("float64") * process["hours"]
    for name, column, carried, unit in (
        ("process", "role", hours, "person-hours"),
        ("interventions", "item", tables["interventions"]["quantity"], "units"),
    ):
        given = tables[name][column]
        missing = given[given.notna() & ~given.isin(priced)]
        for item in sorted(missing.unique()) if name in grids else ():
            these = given.eq(item)
            said = {"item": item, "vintage": vintage, "unit": unit, "count": these.sum()}
            said["carried"] = carried[these].sum()
            grids[name].flag(these, column, "no-unit-cost", **said)


def _pairs(frame: pd.DataFrame) -> pd.Series:
    """Case and future of each row as one text; missing where either is."""
    return frame["case_id"] + " " + frame["future"]


def _told_and_moderated(tables: Tables, grids: Grids, unread: set[str]) -> None:
    futures = tables["futures"]
    told, agreed = _pairs(futures), _pairs(tables["moderation"])
    if "moderation" in grids and "futures" not in unread:
        untold = agreed.notna() & ~agreed.isin(told.dropna())
        grids["moderation"].flag(untold, "future", "not-told")
    if "futures" in grids and "moderation" not in unread:
        unmoderated = told.notna() & ~told.duplicated() & ~told.isin(agreed.dropna())
        grids["futures"].flag(unmoderated, "future", "not-moderated")
        order = {word: rank for rank, word in enumerate(codes.LIKELIHOOD)}
        rank = futures["likelihood"].map(order).astype("float64")
        by = rank.groupby(told)
        wide = (by.transform("max") - by.transform("min") >= 3) & ~told.duplicated(keep="last")
        grids["futures"].flag(wide, "likelihood", "witnesses-differ")


def _followed(tables: Tables, grid: Grid) -> None:
    """What is followed up was told of the case; a case comes back only after it has closed."""
    followed, cases = tables["follow_up"], tables["cases"]
    again = followed["future"].eq(codes.RE_REFERRAL)
    untold = followed["future"].notna() & ~_pairs(followed).isin(_pairs(tables["futures"]).dropna())
    grid.flag(untold & ~again, "future", "not-told/follow-up", word=codes.RE_REFERRAL)
    still_open = followed["case_id"].isin(cases.loc[cases["status"].eq("open"), "case_id"])
    grid.flag(again & still_open, "future", "open-re-referral")


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


# What in a text looks as if it could tell who a family is: a pattern cannot know a name, so the
# guidance of the template asks people to write none. Warnings name the cell and the kind of thing,
# never the thing itself.

SPACE = r"[ .\u00a0-]?"
CONTACTS = {
    "an e-mail address": r"[^\s@]{1,64}@[^\s@.]{1,63}\.[a-z]",
    "a telephone number": r"(?<!\d)(?:\+44[ .()\u00a0-]{0,2}0?|0)"
    r"(?:[ .()\u00a0-]{0,2}\d){9,10}(?!\d)",
    "a postcode": r"\b[A-Z]{1,2}\d[A-Z\d]?[ \u00a0]{0,2}\d[A-Z]{2}\b",
}
KINDS = {
    **CONTACTS,
    "an NHS number": rf"(?<!\d)\d{{3}}{SPACE}\d{{3}}{SPACE}\d{{4}}(?!\d)",
    "a pupil or National Insurance number": rf"\b[A-Z]\d{{12}}\b"
    rf"|\b[A-Z]{{2}}{SPACE}(?:\d\d{SPACE}){{3}}[A-D]\b",
    "a birth date": r"\b(?:dob|d\.o\.b|born|date of birth)\b"
    r"|(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)(?!\d)|\b(?:19|20)\d\d[/-]\d\d?[/-]\d\d?\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?,? (?:of )?(?:{MONTHS})[a-z]*,? (?:19|20)?\d\d\b",
}
NHS_WEIGHTS = range(10, 1, -1)


def looks_personal(text: str, kinds: dict[str, str] = KINDS) -> list[str]:
    """Return what a text looks as if it held, such as ``["a postcode"]``.

    Examples
    --------
    >>> looks_personal("moved to LS1 4AP"), looks_personal("moved within 2 weeks, 3 children")
    (['a postcode'], [])
    """
    return [kind for kind, shape in kinds.items() if re.search(shape, text, re.IGNORECASE)]


def is_register_number(text: str) -> bool:
    """Tell whether an id is an NHS number (its check digit is right) or a pupil number.

    Examples
    --------
    >>> is_register_number("9434765919"), is_register_number("9434765918")
    (True, False)
    """
    if re.fullmatch(r"[A-Za-z]\d{12}", text, re.ASCII):
        return True
    digits = text.replace("-", "").replace(".", "")
    if not re.fullmatch(r"\d{10}", digits, re.ASCII):
        return False
    *numbers, last = map(int, digits)
    total = sum(weight * digit for weight, digit in zip(NHS_WEIGHTS, numbers, strict=True))
    return last == -total % 11


def _personal(frame: pd.DataFrame, table: Table, grid: Grid) -> None:
    """Warn of texts and ids that look as if they could identify a family."""

    def of_id(text: str) -> list[str]:
        if is_register_number(text):
            return ["a register number"]
        return [] if PSEUDONYM.fullmatch(text) else ["something other than a pseudonym"]

    for field in table.fields:
        own_id = field.kind == "id" and field.name in (*table.unique[-1:], "family_id")
        is_text = field.kind == "text" and field.name != "url"
        if field.name not in grid.columns or not (own_id or is_text):
            continue
        kinds = KINDS if field.private else CONTACTS
        for index, text in frame[field.name].dropna().items():
            found = of_id(text) if own_id else looks_personal(text, kinds)
            if found:
                grid.cell(index, field.name, "personal-data", kinds=" and ".join(found))


RULES = data_rows("rules.csv")
