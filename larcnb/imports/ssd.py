"""Early help episodes and what happened next, from the council's own records.

In: a folder with the tables of the Standard Safeguarding Dataset (SSD), or the lists of Ofsted's Annex A, as CSV or
workbook; or one list of early help episodes of either. Out: :class:`Extract`: the tables ``cases``, ``children`` and
``follow_up`` of a return as far as records can say them. Names, numbers and birth dates are not taken over: families
and cases get pseudonyms made with a secret (a keyed hash, BLAKE2b), which stays with the key in ``private/``.

``ssd.csv`` lists the columns read, by the names of the public specification (github.com/data-to-insight/
ssd-data-model, July 2026): what each holds, the list of Annex A that has it, the future that its days tell of and the
other names it goes by. ``ssd.toml`` says what its words and codes stand for.
"""

from __future__ import annotations

import base64
import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.errors import REFUSED, LarcError, Problem
from larcnb.follow_up import ENDED, HAPPENED, LEFT, MONTH
from larcnb.returns.cells import doubtful_days, plain
from larcnb.returns.grid import PROBLEMS, Grid, Unreadable, problem, read_csv
from larcnb.returns.tables import is_row_count
from larcnb.returns.xlsx import open_package, read_sheet
from larcnb.schema import Field, Table

Frames = dict[str, pd.DataFrame]
COLUMNS = pd.read_csv(Path(__file__).with_name("ssd.csv"), dtype=str, keep_default_na=False)
COLUMNS["words"] = (COLUMNS["column"].str.replace("_", "") + " " + COLUMNS["also"]).str.split()
"""The names each column goes by, of letters and digits only."""
TABLES = {*COLUMNS["table"]}
LISTS = {*COLUMNS["list"]} - {""}
"""The numbers of Annex A's lists."""
DAYS = ["date", "start", "end"]
DAY_WORDS = {*COLUMNS.loc[COLUMNS["kind"].isin(DAYS), "words"].explode()}
HEADER = Table("", "", tuple(Field(word, "") for word in COLUMNS["words"].explode().unique()))
MEANING = tomllib.loads(Path(__file__).with_name("ssd.toml").read_text("utf-8"))
FACTORS, BANDS = MEANING["factor"], MEANING["band"]
EVENTS = COLUMNS[COLUMNS["future"] != ""].set_index("future")["table"].to_dict()
"""The table that tells of a future; one that is not there tells of nothing."""
WHOSE = COLUMNS[COLUMNS["kind"].eq("start") | COLUMNS["column"].str.endswith("_person_id")]
WHOSE = WHOSE.groupby("table")["column"].agg(list).to_dict()
"""Whose row it is, and the day it began."""
EPISODES, FAMILY, PERSON = "ssd_early_help_episodes", "ssd_family", "ssd_person"
REFERRALS, ASSESSMENTS, NEEDED = "ssd_cin_episodes", "ssd_cin_assessments", ("2", "3")
"""Assessments may be missing; lists may, but early help and referrals."""
SEARCHED_ROWS, MOST_ROWS = 20, 3_000_000
NO_DATES = "1900-01-01|1899-12-3[01]|1753-01-01|0001-01-01|9999-12-31|1970-01-01"
"""What databases and spreadsheets write where there is no date."""
MOST_IN_FAMILY, MOST_LISTED, MOST_MONTHS = 30, 20, 120
CASE = ["case_id", "status", "started", "closed", "family_id", "end_reason", "prior_social_care"]
ADULT, FAR = 18, pd.Timestamp("2200-01-01")
TIME = re.compile(r"(\S+)[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?Z?", re.ASCII)
SAID, UNSAID = MEANING["problem"], MEANING["unsaid"]
"""Words of problems; what the records do not say."""


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
        """The return's ``follow_up``: every re_referral and, of the futures ``told`` of a case, those on record."""
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

    Raises
    ------
    LarcError
        Exit code 3: a table is missing or has another form; a date cannot be read; somebody is there twice; something
        ended before it began. Every problem at once, by file, row and column, without values.
    """
    grids: dict[str, Grid] = {}
    problems: list[Problem] = []
    for path in sorted(folder.iterdir()):
        for name, grid in _grids(path, problems):
            if grids.setdefault(name, grid) is not grid:
                grids[name].note("duplicate-table")
    of_ssd = not grids.keys().isdisjoint(TABLES)
    frames, used = {}, {}
    for name, of in COLUMNS.groupby("table", sort=False):
        key = name if of_ssd else of["list"].max()
        if key in grids:
            frames[name], used[key] = _table(grids[key], of, of_ssd), grids[key]
        elif name != ASSESSMENTS if of_ssd else key in NEEDED:
            what = f"{name}.csv" if of_ssd else f"list {key} of Annex A"
            problems.append(problem(folder.name, "missing-table", what=what))
    _refuse("The extract", problems + [said for grid in used.values() for said in grid.problems])
    return frames


def read_list(path: Path) -> Frames:
    """Read one list of early help episodes: SSD's, or list 2 of Annex A; in a workbook, the sheet that fits.

    Raises
    ------
    LarcError
        Exit code 3: no header fits, or as :func:`read_folder`.
    """
    problems: list[Problem] = []
    of = COLUMNS[COLUMNS["table"].isin([EPISODES, FAMILY, PERSON])]
    wanted = of.loc[of["table"].eq(EPISODES) & of["kind"].isin(["id", "start"]), "words"]
    grids = [grid for _, grid in _grids(path, problems, whole=True)]
    fits = [g for g in grids if all(not g.columns.keys().isdisjoint(words) for words in wanted)]
    if not fits:
        problems += [said for grid in grids for said in grid.problems]
        _refuse(path.name, [problem(path.name, "no-header/list"), *problems])
    frames = {name: _table(fits[0], rows, False) for name, rows in of.groupby("table", sort=False)}
    _refuse(path.name, fits[0].problems)
    return frames | {REFERRALS: _table(Grid(""), COLUMNS[COLUMNS["table"] == REFERRALS], False)}


def _refuse(what: str, problems: list[Problem]) -> None:
    errors = {said for said in problems if said.severity == "error"}
    if errors:
        raise LarcError(f"{what} was refused: {len(errors)} problem(s).", errors, REFUSED)


def _grids(path: Path, problems: list[Problem], whole=False) -> Iterator[tuple[str, Grid]]:
    """A file's tables by SSD's name or Annex A's number of a list; all of them where ``whole``."""

    def name(of: str) -> str:
        table = re.sub(r"\W", "", of.lower())
        number = re.search(r"(?:list|aa)[\W_]*0*(\d+)", of.lower())
        if table in TABLES:
            return table
        return number[1] if number and number[1] in LISTS else of if whole else ""

    kind = path.suffix.lower()
    if kind == ".xlsx" and not path.name.startswith("~$"):
        try:
            package = open_package(path)
        except Unreadable as error:
            problems.append(problem(path.name, error.key, **error.words))
            return
        for sheet in package.sheets:
            if name(sheet.name):
                grid = read_sheet(package, sheet, sheet.name, path.name)
                if grid.readable:  # what a sheet looks like is nothing to its rows
                    grid.problems.clear()
                yield name(sheet.name), _headed(grid)
    elif (kind == ".csv" or whole) and name(path.stem):
        yield name(path.stem), _headed(read_csv(path, HEADER, path.name, MOST_ROWS))


def _headed(grid: Grid) -> Grid:
    """Find the header: the row that names most columns; refuse lines a database program added."""
    heads = [
        {re.sub("[^a-z0-9]", "", plain(raw).lower()): at for at, raw in cells.items()}
        for _, cells in grid.rows[:SEARCHED_ROWS]
    ]
    known = [len(head.keys() & {*HEADER.columns}) for head in heads]
    if any(known):
        at = known.index(max(known))
        grid.columns, grid.rows = heads[at], grid.rows[at:]
    added = {row for row, cells in grid.rows[1:] if is_row_count(cells)}
    for row in added:
        grid.note("row-count", row)
    grid.rows = [row for row in grid.rows if row[0] not in added]
    places = [at for word, at in grid.columns.items() if word in DAY_WORDS]
    days = {at: [cells.get(at) for _, cells in grid.rows[1:]] for at in places}
    for at, (verdict, _) in doubtful_days(days).items():  # any refuses: a list can be made anew
        row, cells = grid.rows[0]
        grid.note(PROBLEMS[verdict] | {"severity": "error"}, row, at, plain(cells[at]))
    return grid


def _table(grid: Grid, of: pd.DataFrame, of_ssd: bool) -> pd.DataFrame:
    """A table's columns under SSD's names, its dates as dates, its index rows; what cannot be used is noted by row."""
    where = {
        column: next((grid.columns[word] for word in words if word in grid.columns), None)
        for column, words in zip(of["column"], of["words"], strict=True)
    }
    rows = [row for row in grid.rows[1:] if not row[1].keys().isdisjoint(where.values())]
    index = pd.Index([row for row, _ in rows], dtype=int)
    made: dict[str, pd.Series] = {}
    for table, column, kind in of[["table", "column", "kind"]].itertuples(index=False, name=None):
        at, needed = where[column], kind in ("id", "start") and table != FAMILY
        if at is None and (of_ssd or needed) and grid.readable:
            grid.note("missing-column", name=column)
        cells = [plain(row.get(at)) for _, row in rows]
        made[column] = own = text = pd.Series(cells, index, dtype=str).replace("NULL", "")
        wrong: dict[str, pd.Series] = {}
        if kind in DAYS:
            made[column], wrong = dates(text)
        if kind == "date":  # somebody may be born on a day that stands for none elsewhere
            wrong["out-of-range/date"] &= ~text.str.contains("1970")
        if kind == "end":
            wrong["out-of-order"] = made[column] < made[WHOSE[table][1]]
        if needed and at is not None:
            wrong["missing"] = text.eq("")
        if kind == "start" and where.get("earl_episode_id", 0) is None:
            own = made["earl_person_id"] + " " + text
        if own is not text or (kind == "key" and (of_ssd or table == EPISODES)):
            wrong["duplicate"] = text.ne("") & own.duplicated()
        for key, those in wrong.items():
            for row in those.index[those][:MOST_LISTED]:
                above = own.index[own == own[row]][0]
                grid.note(key, row, at, plain(grid.rows[0][1][at]), above=above, **SAID)
    return pd.DataFrame(made, index)


def dates(text: pd.Series) -> tuple[pd.Series, dict[str, pd.Series]]:
    """Days written as yyyy-mm-dd or dd/mm/yyyy, a time after them or not; and where else stands what, by problem.

    Examples
    --------
    >>> days, wrong = dates(pd.Series(["2011-03-01 00:00:00", "01/03/2011", "40603"]))
    >>> days.dt.day.tolist(), {key: int(those.sum()) for key, those in wrong.items()}
    ([1.0, 1.0, nan], {'excel-date': 1, 'out-of-range/date': 0, 'not-a-date/list': 0})
    """
    day = text.str.replace(TIME, r"\1", regex=True)
    found = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")
    found = found.fillna(pd.to_datetime(day, format="%d/%m/%Y", errors="coerce"))
    serial, none = day.str.fullmatch(r"\d{4,5}(\.\d+)?"), day.str.fullmatch(NO_DATES)
    none |= found.dt.strftime("%Y-%m-%d").fillna("").str.fullmatch(NO_DATES)
    unread = found.isna() & text.ne("") & ~serial & ~none
    wrong = {"excel-date": serial, "out-of-range/date": none, "not-a-date/list": unread}
    return found.mask(none), wrong


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
    """
    began = COLUMNS[COLUMNS["kind"].eq("start") & COLUMNS["table"].isin(list(frames))]
    until = until or max(frames[of.table][of.column].max() for of in began.itertuples())
    families = join_families(frames)
    episodes = _episodes(frames[EPISODES], families)
    cases = _cases(episodes)
    children = _children(cases, episodes, families, frames[PERSON])
    referred = frames[REFERRALS].rename(columns={"cine_person_id": "person"})
    before = children.merge(referred, on="person")
    before = before.loc[before["cine_referral_date"] < before["started"], "case"]
    cases = _followed_until(cases, children, referred, until)
    happened = _happened(cases, children, frames)

    def pseudonyms(kind: str, of: pd.Series) -> pd.Series:
        return of.map(lambda one: _pseudonym(secret, kind, one))

    name = pseudonyms("case", cases["family"] + cases["started"].dt.strftime("|%Y-%m-%d"))
    made = cases.assign(case_id=name, family_id=pseudonyms("family", cases["family"]))
    made["status"] = np.where(cases["closed"].isna(), "open", "closed")
    made["prior_social_care"] = np.where(cases.index.isin(before), "yes", "no")
    for day in ("started", "closed"):
        made[day] = cases[day].dt.strftime("%Y-%m-%d").fillna("")
    young = children.assign(case_id=children["case"].map(name))
    young["order"] = pseudonyms("child", children["person"])
    young = young.sort_values(["case_id", "order"], ignore_index=True)
    young["child_id"] = (young.groupby("case_id").cumcount() + 1).astype(str)
    numbers = episodes.astype({"row": str}).groupby("case")[["episode", "row"]].agg(" ".join)
    numbers = numbers.set_axis(["episodes", "rows"], axis=1)
    key = pd.DataFrame({"case_id": name, "family": cases["family"]}).join(numbers)
    happened = happened.assign(case_id=happened["case"].map(name)).drop(columns="case")
    note = (
        f"{len(episodes):,} episodes of {episodes['person'].nunique():,} children are {len(made):,} cases of "
        f"{made['family_id'].nunique():,} families, followed up to {until:%Y-%m-%d}."
    )
    return Extract(
        made[CASE].sort_values("case_id", ignore_index=True),
        young[["case_id", "child_id", "age_band", "focus"]],
        happened.sort_values(["case_id", "future"], ignore_index=True),
        key.sort_values("case_id", ignore_index=True),
        note,
    )


def begin(frames: Frames, secret: bytes) -> Extract:
    """What a list of early help episodes alone (:func:`read_list`) says of the cases of a return.

    Returns
    -------
    Extract
        As :func:`extract`, without what other records would say; an age band is blank where no birth date is known.
    """
    from larcnb.show import plural

    found = extract(frames, secret)
    columns = CASE[:4]
    bands = found.children["age_band"].replace("unknown", "")
    episodes = frames[EPISODES]
    note = f"{plural(len(episodes), 'row')} of the list became {plural(len(found.cases), 'case')}"
    together = int(episodes["earl_episode_start_date"].duplicated(keep=False).sum())
    if frames[FAMILY]["fami_family_id"].any():
        columns = CASE[:5]
    elif together:
        note += f", and {together} of them {MEANING['together']}"
    cases, children = found.cases[columns], found.children.assign(age_band=bands)
    return replace(found, cases=cases, children=children, note=f"{note}.")


def _pseudonym(secret: bytes, kind: str, of: str) -> str:
    """Ten letters and digits after C (case) or F (family), which the secret alone leads back from."""
    made = hashlib.blake2b(f"{kind}|{of}".encode(), key=secret, digest_size=6).digest()
    return kind[0].upper() + base64.b32encode(made).decode().rstrip("=")


def join_families(frames: Frames) -> pd.Series:
    """The family of each person: whoever shares a family with somebody, directly or through others, is of it.

    Raises
    ------
    LarcError
        Exit code 3: a family number stands for so many that it must be a placeholder.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = frames[FAMILY].drop_duplicates()
    links = links[links.ne("").all(axis=1)]
    sizes = links["fami_family_id"].value_counts()
    if len(sizes) and sizes.iloc[0] > MOST_IN_FAMILY:
        row = int(links.index[links["fami_family_id"].eq(sizes.index[0])][0])
        _refuse("The extract", [problem(FAMILY, "placeholder", "", row, "fami_family_id")])
    family, families = pd.factorize(links["fami_family_id"])
    person, persons = pd.factorize(links["fami_person_id"])
    n = len(families)
    graph = coo_array((np.ones(len(links)), (family, n + person)), shape=(n + len(persons),) * 2)
    component = connected_components(graph, directed=False)[1]
    first = pd.Series(families, dtype=str).groupby(component[:n]).min()
    joined = pd.Series(first.reindex(component[n:]).to_numpy(), persons, dtype=str)
    alone = {*frames[PERSON]["pers_person_id"], *frames[EPISODES]["earl_person_id"]} - {*persons}
    return pd.concat([joined, pd.Series({one: f"alone {one}" for one in sorted(alone)}, dtype=str)])


def _episodes(frame: pd.DataFrame, families: pd.Series) -> pd.DataFrame:
    """Episodes with the number of their case."""
    rows = frame.set_axis(["episode", "person", "started", "closed", "reason"], axis=1)
    rows = rows.assign(family=rows["person"].map(families), ends=rows["closed"].fillna(FAR))
    rows = rows.rename_axis("row").reset_index()
    rows = rows.sort_values(["family", "started", "ends"], ignore_index=True)
    so_far = rows.groupby("family")["ends"].cummax().groupby(rows["family"]).shift()
    begins = so_far.isna() | (rows["started"] > so_far)
    return rows.assign(case=begins.cumsum())


def _cases(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a case: its family, when it started and closed (blank while open), why its last episode ended."""
    cases = episodes.sort_values("ends", kind="stable").groupby("case")
    cases = cases.agg({"family": "first", "started": "min", "ends": "max", "reason": "last"})
    reason, still_open = cases["reason"].str.lower(), cases["ends"].eq(FAR)
    stands_for = [reason.str.contains(pattern) for pattern in MEANING["reason"].values()]
    nothing = still_open | reason.eq("")
    ended = np.select([nothing, *stands_for], ["", *MEANING["reason"]], "other")
    return cases.assign(closed=cases["ends"].mask(still_open), end_reason=ended)


def _children(cases, episodes, families, persons) -> pd.DataFrame:
    """The children of each case: case, person, when it started, age band, focus, and the day each one leaves."""
    born = persons["pers_dob"].fillna(persons["pers_expected_dob"])
    persons = persons.assign(born=born).drop_duplicates("pers_person_id")
    persons = persons.set_index("pers_person_id")[["born", "pers_death_date"]]
    members = families.rename_axis("person").rename("family").reset_index()
    rows = cases[["family", "started"]].reset_index().merge(members, on="family")
    rows = rows.join(persons, on="person")
    pair = ["case", "person"]
    focus = pd.MultiIndex.from_frame(rows[pair]).isin(pd.MultiIndex.from_frame(episodes[pair]))
    months = (rows["started"] - rows["born"]).dt.days / MONTH
    bands = [months < 12 * years for years in BANDS.values()]
    band = np.select([rows["born"].isna(), *bands], ["unknown", *BANDS], "over-16")
    adult = (rows["born"] + pd.DateOffset(years=ADULT)).fillna(FAR)
    leaves = np.minimum(adult, rows["pers_death_date"].fillna(FAR))
    rows = rows.assign(age_band=band, leaves=leaves, focus=np.where(focus, "yes", "no"))
    return rows[focus | (rows["born"].notna() & (adult > rows["started"]) & (months > -9))]


def _followed_until(cases, children, referred, until: pd.Timestamp) -> pd.DataFrame:
    """Until when a case was followed, and whether it then left: all grown up, or moved away."""
    grown = children.groupby("case")["leaves"].max()
    moved = children.merge(referred, on="person").rename(columns={"cine_close_date": "day"})
    moved = moved[
        moved["cine_close_reason"].str.startswith("RC5") & (moved["day"] > moved["started"])
    ]
    moved = moved.groupby("case")["day"].min().reindex(cases.index)
    moved = moved.where(cases["end_reason"].ne("moved"), cases["closed"])
    leaves = pd.concat([grown, moved], axis=1).min(axis=1).reindex(cases.index).fillna(FAR)
    leaves = np.maximum(leaves, cases["started"])
    return cases.assign(left=leaves <= until, until=np.minimum(leaves, until))


def _happened(cases: pd.DataFrame, children: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    """Every case with every future the records can tell of: when it first happened to a child of it, or not."""
    own = children[["case", "person"]]
    days = {
        future: frames[table][WHOSE[table]].set_axis(["person", "day"], axis=1)
        for future, table in EVENTS.items()
        if table in frames
    }
    referred = own.merge(days["child_in_need"], on="person")[["case", "day"]]
    closed_at_once = frames[REFERRALS]["cine_referral_nfa"].str.contains("^y|yes", case=False)
    days["child_in_need"] = days["child_in_need"][~closed_at_once]
    if {ASSESSMENTS, "ssd_assessment_factors"} <= frames.keys():
        noted = frames["ssd_assessment_factors"].groupby("cinf_assessment_id").agg(" ".join)
        noted = frames[ASSESSMENTS].join(noted, on="cina_assessment_id")
        noted = noted["cinf_assessment_factors_json"].fillna("")
        for future, pattern in FACTORS.items():
            days[future] = days["social_care_assessment"][noted.str.contains(pattern)]
    again = cases["started"].groupby(cases["family"]).shift(-1).dropna().rename("day").reset_index()
    back = pd.concat([referred, again])
    parts = [_first(cases, own.merge(of, on="person"), it, "started") for it, of in days.items()]
    parts.append(_first(cases.dropna(subset="closed"), back, codes.RE_REFERRAL, "closed"))
    return pd.concat(parts, ignore_index=True)


def _first(cases: pd.DataFrame, days: pd.DataFrame, future: str, since: str) -> pd.DataFrame:
    """The first of some days after another, within the time each case was followed."""
    days = days.join(cases[[since, "until"]], on="case")
    days = days[days["day"].gt(days[since]) & days["day"].le(days["until"])]
    first = days.groupby("case")["day"].min().reindex(cases.index)
    ended = first.fillna(cases["until"])
    found = {
        "case": cases.index,
        "future": future,
        "months": (ended - cases["started"]).dt.days / MONTH,
        "status": np.select([first.notna(), cases["left"]], [HAPPENED, LEFT], ENDED),
        "followed": (cases["until"] - cases["started"]).dt.days / MONTH,
        "since_closing": ((ended - cases["closed"]).dt.days / MONTH).clip(lower=0),
    }
    return pd.DataFrame(found)
