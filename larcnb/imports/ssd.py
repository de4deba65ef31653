"""Early help episodes and what happened next, from the council's own records.

In: a folder with the tables of the Standard Safeguarding Dataset (SSD), or the lists of Ofsted's Annex A, as CSV or
workbook; or one list of early help episodes of either. Out: :class:`Extract`: the tables ``cases``, ``children`` and
``follow_up`` of a return as far as records can say them. Names, numbers and birth dates are not taken over: families
and cases get pseudonyms made with a secret (a keyed hash, BLAKE2b), which stays with the key in ``private/``.

``ssd.csv`` lists the columns read, by the names of the public specification (github.com/data-to-insight/
ssd-data-model, July 2026): its name here, what it holds, the list of Annex A that has it, the future that its days tell
of and the other names it goes by. ``ssd.toml`` says what its words and codes stand for.
"""

import base64
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.errors import REFUSED, LarcError, Problem
from larcnb.follow_up import CENSORED, COMPETING, HAPPENED, MONTH
from larcnb.returns.cells import doubtful_days, plain
from larcnb.returns.grid import PROBLEMS, Grid, Unreadable, problem, read_csv
from larcnb.returns.tables import is_row_count
from larcnb.returns.xlsx import open_package, read_sheet
from larcnb.schema import Field, Table

Frames = dict[str, pd.DataFrame]
COLUMNS = pd.read_csv(Path(__file__).with_name("ssd.csv"), dtype=str, keep_default_na=False)
COLUMNS["words"] = (COLUMNS["column"].str.replace("_", "") + " " + COLUMNS["also"]).str.split()
"""The names each column goes by, of letters and digits only."""
DAYS = ["date", "start", "end"]
DAY_WORDS = {*COLUMNS.loc[COLUMNS["kind"].isin(DAYS), "words"].explode()}
HEADER = Table("", "", tuple(Field(word, "") for word in COLUMNS["words"].explode().unique()))
MEANING = tomllib.loads(Path(__file__).with_name("ssd.toml").read_text("utf-8"))
FACTORS, BANDS = MEANING["factor"], MEANING["band"]
SAID, UNSAID = MEANING["problem"], MEANING["unsaid"]
"""Words of problems; what the records do not say."""
EVENTS = COLUMNS[COLUMNS["future"] != ""].set_index("future")["table"].to_dict()
"""The table that tells of a future; one that is not there tells of nothing."""
EPISODES, FAMILY, PERSON = "ssd_early_help_episodes", "ssd_family", "ssd_person"
REFERRALS, ASSESSMENTS, NOTED = "ssd_cin_episodes", "ssd_cin_assessments", "ssd_assessment_factors"
TABLES = {*COLUMNS["table"]}
NEEDED = TABLES - {ASSESSMENTS} | {"2", "3"}
"""Tables that must be there, and Annex A's lists: those of early help and of referrals."""
SEARCHED_ROWS, MOST_ROWS = 20, 3_000_000
MOST_IN_FAMILY, MOST_LISTED, MOST_MONTHS = 30, 20, 120
CASE = ["case_id", "status", "started", "closed", "family_id", "end_reason", "prior_social_care"]
ADULT, FAR = 18, pd.Timestamp("2200-01-01")


@dataclass(frozen=True, repr=False)
class Extract:
    """What the records gave.

    Parameters
    ----------
    cases, children : DataFrame
        A return's, as far as known; one case an episode of a family: brothers and sisters helped at one time are one.
    happened : DataFrame, one row a case and future the records can tell of
        ``case_id``, ``future``, ``months`` after the start (not rounded) until it happened or following ended,
        ``status`` (as :mod:`larcnb.follow_up`), ``followed`` (months), ``since_closing`` (months, of re_referral).
    key : DataFrame
        ``case_id``; ``family`` and ``episodes`` as the records number them, ``rows`` of the table of episodes: for
        ``private/`` alone.
    note : str
        How many episodes are how many cases and families.
    """

    cases: pd.DataFrame
    children: pd.DataFrame
    happened: pd.DataFrame
    key: pd.DataFrame
    note: str

    def follow_up(self, told: pd.DataFrame | None = None) -> pd.DataFrame:
        """The return's ``follow_up``: every re_referral and, of the futures ``told`` of a case, those on record.

        ``told`` has ``case_id`` and ``future``; the answer the columns of the data dictionary, months whole.
        """
        pair, rows = ["case_id", "future"], self.happened
        wanted = pd.MultiIndex.from_frame((rows[:0] if told is None else told)[pair])
        is_told = pd.MultiIndex.from_frame(rows[pair]).isin(wanted)
        rows = rows[rows["future"].eq(codes.RE_REFERRAL) | is_told]
        came = rows["status"].eq(HAPPENED) & rows["months"].le(MOST_MONTHS)
        month = np.ceil(rows["months"]).astype("Int64").where(came)
        followed = np.floor(rows["followed"]).clip(upper=MOST_MONTHS).astype("Int64")
        followed = np.maximum(followed, month.fillna(0))
        rows = rows[pair].assign(happened=np.where(came, "yes", "no"), month=month)
        return rows.assign(followed_months=followed, source="record")


def read_folder(folder: Path) -> Frames:
    """Read an extract: SSD tables, or Annex A's lists under the same names.

    Returns
    -------
    dict of SSD table to DataFrame
        The columns named in ``ssd.csv``, days as dates and all else text; indexed by row of the file.

    Raises
    ------
    LarcError
        Exit code 3: a table is missing or has another form; a date cannot be read; somebody is there twice; something
        ended before it began. Every problem at once, by file, row and column, without values.
    """
    grids, problems, frames, used = {}, [], {}, {}
    for path in sorted(folder.glob("[!~]*")):
        if path.suffix.lower() in (".csv", ".xlsx"):
            for name, grid in _grids(path, _name):
                if grids.setdefault(name, grid) is not grid:
                    grids[name].note("duplicate-table")
    of_ssd = not grids.keys().isdisjoint(TABLES)
    for name, of in COLUMNS.groupby("table", sort=False):
        key = name if of_ssd else of["list"].max()
        if key in grids:
            frames[name], used[key] = _table(grids[key], of, of_ssd), grids[key]
        elif key in NEEDED:
            what = f"{name}.csv" if of_ssd else f"list {key} of Annex A"
            problems.append(problem(folder.name, "missing-table", what=what))
    used |= {name: grid for name, grid in grids.items() if not grid.readable}
    _refuse("The extract", problems + [said for grid in used.values() for said in grid.problems])
    return frames


def read_list(path: Path) -> Frames:
    """Read one list of early help episodes: SSD's, or list 2 of Annex A; in a workbook, the sheet that fits.

    Returns
    -------
    dict of SSD table to DataFrame
        As :func:`read_folder`: episodes, families and persons, and referrals without rows.

    Raises
    ------
    LarcError
        Exit code 3: no header fits, or as :func:`read_folder`.
    """
    of = COLUMNS[COLUMNS["table"].isin([EPISODES, FAMILY, PERSON])]
    wanted = of.query("table == @EPISODES and kind in ['id', 'start']")["words"]
    grids = [grid for _, grid in _grids(path, str)]
    fits = [g for g in grids if all(not g.columns.keys().isdisjoint(words) for words in wanted)]
    if not fits:
        problems = [said for grid in grids for said in grid.problems]
        _refuse(path.name, [problem(path.name, "no-header/list"), *problems])
    frames = {name: _table(fits[0], rows, False) for name, rows in of.groupby("table", sort=False)}
    _refuse(path.name, fits[0].problems)
    return frames | {REFERRALS: _table(Grid(""), COLUMNS[COLUMNS["table"] == REFERRALS], False)}


def _refuse(what: str, problems: list[Problem]) -> None:
    errors = {said for said in problems if said.severity == "error"}
    if errors:
        raise LarcError(f"{what} was refused: {len(errors)} problem(s).", errors, REFUSED)


def _name(title: str) -> str:
    """SSD's name of a table, or Annex A's number of a list; blank for another title."""
    match = re.fullmatch(MEANING["title"], title.lower())
    name = match and (match[1] or match[2])
    return name if name in {*TABLES, *COLUMNS["list"]} else ""


def _grids(path: Path, name: Callable[[str], str]) -> Iterator[tuple[str, Grid]]:
    """A file's tables that have a ``name`` by their title."""
    if path.suffix.lower() != ".xlsx":
        if name(path.stem):
            yield name(path.stem), _headed(read_csv(path, HEADER, path.name, MOST_ROWS))
        return
    try:
        package = open_package(path)
    except Unreadable as error:
        unread = Grid(path.name)
        unread.unreadable(error)
        yield path.name, unread
        return
    for sheet in package.sheets:
        if name(sheet.name):
            grid = read_sheet(package, sheet, sheet.name, path.name)
            if grid.readable:  # what a sheet looks like is nothing to its rows
                grid.problems.clear()
            yield name(sheet.name), _headed(grid)


def _headed(grid: Grid) -> Grid:
    """Find the header, the row that names most columns; refuse dates whose day and month may be exchanged, and lines
    that a database program added."""
    heads = [
        {re.sub("[^a-z0-9]", "", plain(raw).lower()): at for at, raw in cells.items()}
        for _, cells in grid.rows[:SEARCHED_ROWS]
    ]
    known = [len(head.keys() & {*HEADER.columns}) for head in heads]
    if any(known):
        at = known.index(max(known))
        grid.columns, grid.rows = heads[at], grid.rows[at:]
    for row in [row for row in grid.rows[1:] if is_row_count(row[1])]:
        grid.note("row-count", row[0])
        grid.rows.remove(row)
    places = [at for word, at in grid.columns.items() if word in DAY_WORDS]
    days = {at: [cells.get(at) for _, cells in grid.rows[1:]] for at in places}
    for at, (verdict, _) in doubtful_days(days).items():  # any refuses: a list can be made anew
        row, cells = grid.rows[0]
        grid.note(PROBLEMS[verdict] | {"severity": "error"}, row, at, plain(cells[at]))
    return grid


def _table(grid: Grid, of: pd.DataFrame, of_ssd: bool) -> pd.DataFrame:
    """A table's columns under our names, its dates as dates, its index rows; what cannot be used is noted by row."""
    here = grid.columns
    places = [next((here[w] for w in words if w in here), None) for words in of["words"]]
    rows = [row for row in grid.rows[1:] if not row[1].keys().isdisjoint(places)]
    index = pd.Index([row for row, _ in rows], dtype=int)
    made = {}
    for at, field in zip(places, of.itertuples(), strict=True):
        kind, needed = field.kind, field.kind in ("id", "start") and field.table != FAMILY
        if at is None and (of_ssd or needed) and grid.readable:
            grid.note("missing-column", name=field.column)
        cells = [plain(row.get(at)) for _, row in rows]
        own = text = pd.Series(cells, index, dtype=str).replace("NULL", "")
        made[field.name], wrong = dates(text) if kind in DAYS else (text, {})
        if kind == "date":  # somebody may be born on a day that stands for none elsewhere
            wrong["out-of-range/date"] &= ~text.str.contains("1970")
        if kind == "end":
            wrong["out-of-order"] = made["ended"] < made.get("started", made.get("day"))
        if needed and at is not None:
            wrong["missing"] = text.eq("")
        if kind == "start" and field.table == EPISODES and places[0] is None:  # without numbers
            own = made["person"] + " " + text
        if own is not text or (kind == "key" and (of_ssd or field.table == EPISODES)):
            wrong["duplicate"] = text.ne("") & own.duplicated()
        for key, those in wrong.items():
            for row in those.index[those][:MOST_LISTED]:
                above = own.eq(own[row]).idxmax()
                grid.note(key, row, at, plain(grid.rows[0][1][at]), above=above, **SAID)
    if field.table == EPISODES and grid.readable and not rows:
        grid.note("no-episodes")
    return pd.DataFrame(made, index)


def dates(text: pd.Series) -> tuple[pd.Series, dict[str, pd.Series]]:
    """Days written as yyyy-mm-dd or dd/mm/yyyy, a time after them or not; and where else stands what, by problem.

    Examples
    --------
    >>> days, wrong = dates(pd.Series(["2011-03-01 00:00:00", "01/03/2011", "40603"]))
    >>> days.dt.day.tolist(), {key: int(those.sum()) for key, those in wrong.items()}
    ([1.0, 1.0, nan], {'excel-date': 1, 'out-of-range/date': 0, 'not-a-date/list': 0})
    """
    day = text.str.replace(MEANING["time"], r"\1", regex=True)
    days = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")
    days = days.fillna(pd.to_datetime(day, format="%d/%m/%Y", errors="coerce"))
    serial = day.str.fullmatch(r"\d{4,5}(\.\d+)?")
    none = days.dt.strftime("%Y-%m-%d").isin(MEANING["no_date"])
    unread = days.isna() & text.ne("") & ~serial
    wrong = {"excel-date": serial, "out-of-range/date": none, "not-a-date/list": unread}
    return days.mask(none), wrong


def extract(frames: Frames, secret: bytes, until: pd.Timestamp | None = None) -> Extract:
    """Join families, follow their episodes, and give both pseudonyms.

    Parameters
    ----------
    frames : dict of DataFrame
        :func:`read_folder`.
    secret : bytes
        The same secret gives the same pseudonyms.
    until : Timestamp, optional
        The day of the extract; the newest day in it on which anything began if left out.

    Returns
    -------
    Extract
        A child in no family is a family of its own. Episodes of one family that overlap are one case, open as long
        as one of them is. Its children are those under 18 of the family when it began, and those the episodes name.
        A case is followed until the extract, until its last child turns 18 or dies, or until it moves away.

    Raises
    ------
    LarcError
        As :func:`join_families`.
    """
    began = ("started", "day")
    until = until or max(of[day].max() for of in frames.values() for day in began if day in of)
    families = join_families(frames)
    episodes = _episodes(frames[EPISODES], families)
    of_case = episodes["family"] + episodes["began"].dt.strftime("|%Y-%m-%d")
    episodes["case_id"] = of_case.map(_pseudonym, kind="case", secret=secret)
    cases = _cases(episodes)
    children = _children(cases, episodes, families, frames[PERSON])
    referred = children.merge(frames[REFERRALS], on="person")
    before = referred.loc[referred["day"] < referred["started"], "case_id"]
    cases = _followed_until(cases, children, referred, until)
    happened = _happened(cases, children, referred, frames)
    made = cases.copy()
    made["family_id"] = cases["family"].map(_pseudonym, kind="family", secret=secret)
    made["status"] = np.where(cases["closed"].isna(), "open", "closed")
    made["prior_social_care"] = np.where(cases.index.isin(before), "yes", "no")
    for day in ("started", "closed"):
        made[day] = cases[day].dt.strftime("%Y-%m-%d").fillna("")
    children["order"] = children["person"].map(_pseudonym, kind="child", secret=secret)
    young = children.sort_values(["case_id", "order"], ignore_index=True)
    young["child_id"] = (young.groupby("case_id").cumcount() + 1).astype(str)
    numbers = episodes.astype({"row": str}).groupby("case_id")[["episode", "row"]].agg(" ".join)
    key = cases[["family"]].join(numbers.set_axis(["episodes", "rows"], axis=1))
    helped, families = episodes["person"].nunique(), cases["family"].nunique()
    note = MEANING["note"].format(len(episodes), helped, len(cases), families, until)
    young = young[["case_id", "child_id", "age_band", "focus"]]
    return Extract(made.reset_index()[CASE], young, happened, key.reset_index(), note)


def extract_list(frames: Frames, secret: bytes) -> Extract:
    """What a list of early help episodes alone (:func:`read_list`) says of the cases of a return.

    Returns
    -------
    Extract
        As :func:`extract`, without what other records would say; an age band is blank where no birth date is known.

    Raises
    ------
    LarcError
        As :func:`join_families`.
    """
    from larcnb.show import plural

    records, starts = extract(frames, secret), frames[EPISODES]["started"]
    has_families = frames[FAMILY]["family"].any()
    children = records.children.replace({"age_band": {"unknown": ""}})
    note = f"{plural(len(starts), 'row')} of the list became {plural(len(records.cases), 'case')}"
    together = int(starts.duplicated(keep=False).sum())
    if together and not has_families:
        note += f", and {together} of them {MEANING['together']}"
    cases = records.cases[CASE[: 5 if has_families else 4]]
    return replace(records, cases=cases, children=children, note=f"{note}.")


def _pseudonym(of: str, kind: str, secret: bytes) -> str:
    """Ten letters and digits after C (case) or F (family), which the secret alone leads back from."""
    made = hashlib.blake2b(f"{kind}|{of}".encode(), key=secret, digest_size=6).digest()
    return kind[0].upper() + base64.b32encode(made).decode().rstrip("=")


def join_families(frames: Frames) -> pd.Series:
    """The family of each person: whoever shares a family with somebody, directly or through others, is of it.

    Returns
    -------
    Series indexed by person
        The least number of the families that are one; of somebody in no family, one of its own.

    Raises
    ------
    LarcError
        Exit code 3: a family number stands for so many that it must be a placeholder.
    """
    links = frames[FAMILY].drop_duplicates()
    links = links[links.ne("").all(axis=1)]
    crowded = links.groupby("family")["person"].transform("size") > MOST_IN_FAMILY
    for row in links.index[crowded][:1]:
        _refuse("The extract", [problem(FAMILY, "placeholder", "", int(row), "fami_family_id")])
    first, before = links["family"], None  # of the families that are one
    while not first.equals(before):
        before, of_person = first, first.groupby(links["person"]).transform("min")
        first = of_person.groupby(links["family"]).transform("min")
    joined = first.set_axis(links["person"]).groupby(level=0).first()
    alone = {*frames[PERSON]["person"], *frames[EPISODES]["person"]} - {*joined.index}
    return pd.concat([joined, pd.Series({one: f"alone {one}" for one in sorted(alone)}, dtype=str)])


def _episodes(rows: pd.DataFrame, families: pd.Series) -> pd.DataFrame:
    """Episodes in the order of their families and of time, with the day their case began."""
    rows = rows.assign(family=rows["person"].map(families), ends=rows["ended"].fillna(FAR))
    rows = rows.rename_axis("row").reset_index()
    rows = rows.sort_values(["family", "started", "ends"], ignore_index=True)
    so_far = rows.groupby("family")["ends"].cummax().groupby(rows["family"]).shift()
    begins = so_far.isna() | (rows["started"] > so_far)
    return rows.assign(began=rows["started"].where(begins).ffill())


def _cases(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a case: its family, when it started and closed (blank while open), why its last episode ended."""
    cases = episodes.sort_values("ends", kind="stable").groupby("case_id")
    cases = cases.agg({"family": "first", "started": "min", "ends": "max", "reason": "last"})
    reason, still_open = cases["reason"].str.lower(), cases["ends"].eq(FAR)
    stands_for = [reason.str.contains(pattern) for pattern in MEANING["reason"].values()]
    ended = np.select([still_open | reason.eq(""), *stands_for], ["", *MEANING["reason"]], "other")
    return cases.assign(closed=cases["ends"].mask(still_open), end_reason=ended)


def _children(cases, episodes, families, persons) -> pd.DataFrame:
    """The children of each case: case, person, when it started, age band, focus, and the day each one leaves."""
    members = families.rename_axis("person").rename("family").reset_index()
    rows = cases[["family", "started"]].reset_index().merge(members, on="family")
    rows = rows.join(persons.drop_duplicates("person").set_index("person"), on="person")
    born = rows["born"].fillna(rows["due"])
    pair = ["case_id", "person"]
    focus = pd.MultiIndex.from_frame(rows[pair]).isin(pd.MultiIndex.from_frame(episodes[pair]))
    months = (rows["started"] - born).dt.days / MONTH
    bands = [months < 12 * years for years in BANDS.values()]
    band = np.select([born.isna(), *bands], ["unknown", *BANDS], "over-16")
    adult = (born + pd.DateOffset(years=ADULT)).fillna(FAR)
    leaves = np.minimum(adult, rows["died"].fillna(FAR))
    rows = rows.assign(age_band=band, leaves=leaves, focus=np.where(focus, "yes", "no"))
    return rows[focus | (born.notna() & (adult > rows["started"]) & (months > -9))]


def _followed_until(cases, children, referred, until: pd.Timestamp) -> pd.DataFrame:
    """Until when a case was followed, and whether it then left: all grown up, or moved away."""
    grown = children.groupby("case_id")["leaves"].max()
    moved = referred["reason"].str.startswith("RC5") & (referred["ended"] > referred["started"])
    moved = referred[moved].groupby("case_id")["ended"].min().reindex(cases.index)
    moved = moved.where(cases["end_reason"].ne("moved"), cases["closed"])
    leaves = np.maximum(moved.where(moved < grown, grown), cases["started"])
    return cases.assign(left=leaves <= until, until=np.minimum(leaves, until))


def _happened(cases, children, referred, frames: Frames) -> pd.DataFrame:
    """Every case with every future the records can tell of: when it first happened to a child of it, or not."""
    rows = {future: frames[table] for future, table in EVENTS.items() if table in frames}
    closed_at_once = frames[REFERRALS]["no_action"].str.contains("^y|yes", case=False)
    rows["child_in_need"] = frames[REFERRALS][~closed_at_once]
    if {ASSESSMENTS, NOTED} <= frames.keys():
        noted = frames[NOTED].groupby("assessment").agg(" ".join)
        noted = frames[ASSESSMENTS].join(noted, on="assessment")["factors"].fillna("")
        for future, pattern in FACTORS.items():
            rows[future] = frames[ASSESSMENTS][noted.str.contains(pattern)]
    again = cases.sort_values("started").groupby("family")["started"].shift(-1).dropna()
    back = pd.concat([referred[["case_id", "day"]], again.rename("day").reset_index()])
    days = pd.concat({of: rows[of][["person", "day"]] for of in rows}, names=["future"])
    days = children[["case_id", "person"]].merge(days.reset_index("future"), on="person")
    days = pd.concat([days, back.assign(future=codes.RE_REFERRAL)]).join(cases, on="case_id")
    since = days["started"].where(days["future"].ne(codes.RE_REFERRAL), days["closed"])
    days = days[days["day"].gt(since) & days["day"].le(days["until"])]
    pair = ["case_id", "future"]
    each = pd.MultiIndex.from_product([cases.index, [*rows, codes.RE_REFERRAL]], names=pair)
    each = days.groupby(pair)["day"].min().reindex(each).reset_index().join(cases, on="case_id")
    each = each[each["closed"].notna() | each["future"].ne(codes.RE_REFERRAL)]
    ended = each["day"].fillna(each["until"])
    each = each.assign(
        months=(ended - each["started"]).dt.days / MONTH,
        status=np.select([each["day"].notna(), each["left"]], [HAPPENED, COMPETING], CENSORED),
        followed=(each["until"] - each["started"]).dt.days / MONTH,
        since_closing=((ended - each["closed"]).dt.days / MONTH).clip(lower=0),
    )
    columns = [*pair, "months", "status", "followed", "since_closing"]
    return each[columns].sort_values(pair, ignore_index=True)
