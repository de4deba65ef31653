"""Early help episodes and what happened next, from the council's own records.

In: a folder with the tables of the Standard Safeguarding Dataset (SSD) as CSV, or the lists of Ofsted's Annex A as
CSV or workbook. Out: :class:`Extract`: the tables ``cases``, ``children`` and ``follow_up`` of a return as far as
records can say them. Names, numbers and birth dates are not taken over: families and cases get pseudonyms made with
a secret (a keyed hash, BLAKE2b), which stays with the key in ``private/``.

``ssd.csv`` lists the columns read, by the names of the public specification (github.com/data-to-insight/
ssd-data-model, July 2026), and where Annex A has them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.errors import REFUSED, LarcError, Problem
from larcnb.follow_up import ENDED, HAPPENED, LEFT, MONTH

Frames = dict[str, pd.DataFrame]
COLUMNS = pd.read_csv(Path(__file__).with_name("ssd.csv"), dtype=str, keep_default_na=False)
EPISODES, FAMILY, PERSON = "ssd_early_help_episodes", "ssd_family", "ssd_person"
OPTIONAL, NEEDED = ("ssd_cin_assessments",), ("2", "3")
"""The table that may be missing; the lists that may not: early help, referrals."""
SAID = {
    "missing-table": "The table is missing. Put it into the folder, with a header at least.",
    "missing-column": "The column is missing. Extract the table again, with its header.",
    "delimiter": "The values are not separated by commas. Save it as CSV UTF-8 (comma delimited).",
    "not-readable": "The file cannot be read. Extract it again, as CSV or Excel workbook.",
    "missing": "The cell is empty. Correct it in the records and extract again.",
    "duplicate": "The same number stands in an earlier row. Keep one row.",
    "excel-date": "This is Excel's number for a day. Format the column as yyyy-mm-dd, save again.",
    "not-a-date": "This is not a date. Write the day as yyyy-mm-dd or dd/mm/yyyy.",
    "out-of-order": "It ended before it began. Correct one of the dates.",
    "placeholder": "Over 30 people are of this family: a placeholder? Leave its rows out.",
}
REASONS = {
    "moved": "moved|transfer.*(?:authorit|area)|out of (?:area|county)",
    "step_up": r"step.?up|escalat|social care|section (?:17|47)|child in need|\bcin\b",
    "disengaged": "disengag|declin|refus|withdr|consent|engage|uncontact",
    "outcomes_met": "outcome|needs? met|goals|complet|success|achiev",
}
"""What an episode's end is called, by the reason it stands for: the first that fits."""
EVENTS = {
    "social_care_contacts": "ssd_contacts",
    "social_care_assessment": "ssd_cin_assessments",
    "child_in_need": "ssd_cin_episodes",
    "child_protection_plan": "ssd_cp_plans",
    "looked_after": "ssd_cla_episodes",
}
"""The table that tells of a future; one that is not there tells of nothing."""
WHOSE = COLUMNS["kind"].eq("start") | COLUMNS["column"].str.endswith("_person_id")
DAYS = COLUMNS[WHOSE].groupby("table")["column"].agg(list).to_dict()
"""Whose row it is, and the day it began."""
FACTORS = {
    "domestic_violence": r'"3[ABC]"(?!\s*:\s*"(?:No?|0|)")',
    "parent_alcohol": r'"1B"(?!\s*:\s*"(?:No?|0|)")',
}
"""Factors of an assessment that a future stands for: in a list, or with "Yes"."""
UNSAID = """\
The records do not say, and you are to fill in: who began the case; whether it is costed; whether the family asked;
borderline child protection; the closing meeting; consent to a card; needs; hours; support; futures and moderation;
whether futures were asked for each child."""
MOST_IN_FAMILY, MOST_LISTED, MOST_MONTHS = 30, 20, 120
BANDS = {"unborn": 0, "0-5": 5, "5-11": 11, "11-16": 16}
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
        ``case_id``, ``family`` and ``episodes`` as the records number them: for ``private/`` alone.
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
        rows = self.happened
        if told is not None:
            pairs = pd.MultiIndex.from_frame(told[["case_id", "future"]])
            is_told = pd.MultiIndex.from_frame(rows[["case_id", "future"]]).isin(pairs)
        rows = rows[rows["future"].eq(codes.RE_REFERRAL) | (is_told if told is not None else False)]
        came = rows["status"].eq(HAPPENED) & rows["months"].le(MOST_MONTHS)
        month = np.ceil(rows["months"]).astype("Int64").where(came)
        followed = np.floor(rows["followed"]).clip(upper=MOST_MONTHS).astype("Int64")
        return rows[["case_id", "future"]].assign(
            happened=np.where(came, "yes", "no"),
            month=month,
            followed_months=np.maximum(followed, month.fillna(0)),
            source="record",
        )

    def __repr__(self) -> str:
        return f"Extract({len(self.cases)} cases)"


def read_folder(folder: Path) -> Frames:
    """Read an extract: SSD tables, or Annex A's lists under the same names.

    Raises
    ------
    LarcError
        Exit code 3: a table is missing or has another form; a date cannot be read; somebody is there twice; something
        ended before it began. Every problem at once, by file, row and column, without values.
    """
    problems: list[Problem] = []
    files = {re.sub(r"\W", "", path.stem.lower()): path for path in sorted(folder.glob("*.csv"))}
    of_ssd = {
        name: (files[name].name, _read_csv(files[name], problems))
        for name in COLUMNS["table"].unique()
        if name in files
    }
    lists = {} if of_ssd else dict(_lists(folder, problems))
    frames = {}
    for name, of in COLUMNS.groupby("table", sort=False):
        number = next(filter(None, of["list"]), "")
        file, frame = of_ssd.get(name) or lists.get(number) or ("", pd.DataFrame())
        if not file and (name not in OPTIONAL if of_ssd else number in NEEDED):
            _refuse(problems, f"{name}.csv" if of_ssd else f"List {number}", "missing-table")
        if file:
            frames[name] = _table(frame, of, file, bool(of_ssd), problems)
    if problems:
        raise LarcError(f"The extract was refused: {len(problems)} problem(s).", problems, REFUSED)
    if not of_ssd:
        frames[PERSON] = frames[PERSON].drop_duplicates("pers_person_id")
        frames[FAMILY] = frames[FAMILY].query("fami_family_id != ''")
    return frames


def _table(
    frame: pd.DataFrame, of: pd.DataFrame, file: str, of_ssd: bool, problems
) -> pd.DataFrame:
    """A table's columns under SSD's names, its dates as dates; what cannot be used is refused by row."""
    frame = frame.rename(columns=lambda word: re.sub("[^a-z]", "", word.lower()))
    made: dict[str, pd.Series] = {}
    for row in of.itertuples():
        words = [row.column.replace("_", "")] if of_ssd else row.annex_a.split()
        known = next((word for word in words if word in frame), None)
        needed = of_ssd or (row.kind in ("id", "start") and row.table != FAMILY)
        if len(frame.columns) and needed and not known:
            _refuse(problems, file, "missing-column", row.column)
        text = frame[known] if known else pd.Series("", frame.index, dtype=str)
        made[row.column] = dates(text) if row.kind in ("date", "start", "end") else text
        wrong = {}
        if known and row.kind in ("id", "start") and row.table != FAMILY:
            wrong["missing"] = text.eq("")
        if of_ssd and row.kind == "key":
            wrong["duplicate"] = text.ne("") & text.duplicated()
        if row.kind in ("date", "start", "end"):
            serial = text.str.fullmatch(r"\d{4,5}(\.\d+)?")
            unread = made[row.column].isna() & text.ne("")
            wrong |= {"excel-date": unread & serial, "not-a-date": unread & ~serial}
        if row.kind == "start":
            began = made[row.column]
        if row.kind == "end":
            wrong["out-of-order"] = made[row.column] < began
        for code, those in wrong.items():
            for at in those.index[those][:MOST_LISTED]:
                _refuse(problems, file, code, row.column, at + 2)
    return pd.DataFrame(made)


def _refuse(problems: list[Problem], file: str, code: str, column: str = "", row: int = 0) -> None:
    problems.append(Problem(file, "", int(row), column, code, SAID[code]))


def _lists(folder: Path, problems: list[Problem]):
    """Annex A's lists: known by the number in the name of a file or of a workbook's sheet."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() == ".csv" and (number := _number(path.stem)):
            yield number, (path.name, _read_csv(path, problems))
        elif path.suffix.lower() == ".xlsx":
            from larcnb.returns.cells import plain
            from larcnb.returns.grid import Unreadable
            from larcnb.returns.xlsx import open_package, read_sheet

            try:
                package = open_package(path)
            except Unreadable:
                _refuse(problems, path.name, "not-readable")
                continue
            for sheet in package.sheets:
                grid = read_sheet(package, sheet, sheet.name, path.name)
                if grid.rows and (number := _number(sheet.name)):
                    cells = [{at: plain(raw) for at, raw in row.items()} for _, row in grid.rows]
                    frame = pd.DataFrame(cells[1:], columns=list(cells[0])).fillna("")
                    yield number, (path.name, frame.rename(columns=cells[0]))


def _number(name: str) -> str:
    found = re.search(r"(?:list|aa)[\s_-]*0*(\d+)", name.lower())
    return found[1] if found else ""


def _read_csv(path: Path, problems: list[Problem]) -> pd.DataFrame:
    """A table as text; blank where the records say NULL."""
    raw = path.read_bytes()
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    head = raw[:10_000].decode(encoding, "replace").partition("\n")[0]
    if max(head.count(mark) for mark in ";\t|") > head.count(","):
        _refuse(problems, path.name, "delimiter", row=1)
        return pd.DataFrame()
    form = {"dtype": str, "keep_default_na": False, "skip_blank_lines": False}
    try:
        frame = pd.read_csv(path, encoding=encoding, encoding_errors="replace", **form)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError):
        _refuse(problems, path.name, "not-readable")
        return pd.DataFrame()
    frame = frame.apply(lambda column: column.str.strip().replace("NULL", ""))
    return frame[frame.ne("").any(axis=1)]


def dates(text: pd.Series) -> pd.Series:
    """Days written as yyyy-mm-dd or dd/mm/yyyy, a time of day after them or not; blank for anything else.

    Examples
    --------
    >>> dates(pd.Series(["2011-03-01 00:00:00", "01/03/2011", "40603"])).dt.day.tolist()
    [1.0, 1.0, nan]
    """
    day = text.str.split(r"[ T]", n=1, regex=True).str[0]
    found = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")
    return found.fillna(pd.to_datetime(day, format="%d/%m/%Y", errors="coerce"))


def extract(frames: Frames, secret: bytes, until: pd.Timestamp | None = None) -> Extract:
    """Join families, follow their episodes, and give both pseudonyms.

    Parameters
    ----------
    frames : dict of DataFrame
        :func:`read_folder`.
    secret : bytes
        The same secret gives the same pseudonyms.
    until : Timestamp, optional
        The day of the extract; the newest day in it if left out.

    Returns
    -------
    Extract
        A child in no family is a family of its own. Episodes of one family that overlap are one case, open as long
        as one of them is. Its children are those under 18 of the family when it began, and those the episodes name.
        A case is followed until the extract, until its last child turns 18 or dies, or until it moves away.
    """
    until = until or max(
        frames[table][DAYS[table][-1]].max()
        for table in EVENTS.values()
        if len(frames.get(table, ()))
    )
    families = join_families(frames)
    episodes = _episodes(frames[EPISODES], families)
    cases = _cases(episodes)
    children = _children(cases, episodes, families, frames[PERSON])
    referred = frames["ssd_cin_episodes"]
    before = children.merge(referred, left_on="person", right_on="cine_person_id")
    before = before.loc[before["cine_referral_date"] < before["started"], "case"]
    cases = _followed_until(cases, children, referred, until)
    happened = _happened(cases, children, frames)
    own = cases["family"] + cases["started"].dt.strftime("|%Y-%m-%d")
    name = own.map(lambda one: _pseudonym(secret, "case", one))
    made = pd.DataFrame(
        {
            "case_id": name,
            "status": np.where(cases["closed"].isna(), "open", "closed"),
            "started": cases["started"].dt.strftime("%Y-%m-%d"),
            "closed": cases["closed"].dt.strftime("%Y-%m-%d").fillna(""),
            "family_id": cases["family"].map(lambda one: _pseudonym(secret, "family", one)),
            "end_reason": cases["end_reason"],
            "prior_social_care": np.where(cases.index.isin(before), "yes", "no"),
        }
    ).sort_values("case_id", ignore_index=True)
    young = children.assign(
        case_id=children["case"].map(name),
        order=children["person"].map(lambda one: _pseudonym(secret, "child", one)),
    ).sort_values(["case_id", "order"], ignore_index=True)
    young["child_id"] = (young.groupby("case_id").cumcount() + 1).astype(str)
    numbers = episodes.groupby("case")["episode"].agg(" ".join)
    key = pd.DataFrame({"case_id": name, "family": cases["family"], "episodes": numbers})
    happened = happened.assign(case_id=happened["case"].map(name)).drop(columns="case")
    note = (
        f"{len(episodes):,} episodes of {episodes['person'].nunique():,} children are {len(made):,} cases of "
        f"{made['family_id'].nunique():,} families, followed up to {until:%Y-%m-%d}."
    )
    return Extract(
        made,
        young[["case_id", "child_id", "age_band", "focus"]],
        happened.sort_values(["case_id", "future"], ignore_index=True),
        key.sort_values("case_id", ignore_index=True),
        note,
    )


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
    sizes = links["fami_family_id"].value_counts()
    if len(sizes) and sizes.iloc[0] > MOST_IN_FAMILY:
        row = links.index[links["fami_family_id"].eq(sizes.index[0])][0] + 2
        problems: list[Problem] = []
        _refuse(problems, f"{FAMILY}.csv", "placeholder", "fami_family_id", row)
        raise LarcError("The extract was refused.", problems, REFUSED)
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
    rows = rows.sort_values(["family", "started", "ends"], ignore_index=True)
    so_far = rows.groupby("family")["ends"].cummax().groupby(rows["family"]).shift()
    begins = so_far.isna() | (rows["started"] > so_far)
    return rows.assign(case=begins.cumsum())


def _cases(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a case: its family, when it started and closed (blank while open), why its last episode ended."""
    last = episodes.sort_values("ends", kind="stable").groupby("case")
    cases = last.agg(
        family=("family", "first"),
        started=("started", "min"),
        closed=("ends", "max"),
        reason=("reason", "last"),
    )
    reason = cases["reason"].str.lower()
    words = [reason.str.contains(pattern) for pattern in REASONS.values()]
    ended = np.select([reason.eq(""), *words], ["", *REASONS], "other")
    still_open = cases["closed"].eq(FAR)
    return cases.assign(
        closed=cases["closed"].mask(still_open), end_reason=np.where(still_open, "", ended)
    )


def _children(cases, episodes, families, persons) -> pd.DataFrame:
    """The children of each case: case, person, when it started, age band, focus, and the day each one leaves."""
    persons = persons.rename(columns={"pers_person_id": "person", "pers_death_date": "died"})
    persons["born"] = persons["pers_dob"].fillna(persons["pers_expected_dob"])
    members = families.rename_axis("person").rename("family").reset_index()
    rows = cases[["family", "started"]].reset_index().merge(members, on="family")
    rows = rows.merge(persons[["person", "born", "died"]], on="person", how="left")
    named = pd.MultiIndex.from_frame(episodes[["case", "person"]])
    focus = pd.MultiIndex.from_frame(rows[["case", "person"]]).isin(named)
    months = (rows["started"] - rows["born"]).dt.days / MONTH
    bands = [months < 12 * years for years in BANDS.values()]
    band = np.select([rows["born"].isna(), *bands], ["unknown", *BANDS], "over-16")
    adult = (rows["born"] + pd.DateOffset(years=ADULT)).fillna(FAR)
    leaves = np.minimum(adult, rows["died"].fillna(FAR))
    rows = rows.assign(age_band=band, leaves=leaves, focus=np.where(focus, "yes", "no"))
    return rows[focus | (rows["born"].notna() & (adult > rows["started"]) & (months > -9))]


def _followed_until(cases, children, referred, until: pd.Timestamp) -> pd.DataFrame:
    """Until when a case was followed, and whether it then left: all grown up, or moved away."""
    grown = children.groupby("case")["leaves"].max().reindex(cases.index).fillna(FAR)
    transferred = referred[referred["cine_close_reason"].str.startswith("RC5")]
    moved = children.merge(transferred, left_on="person", right_on="cine_person_id")
    moved = moved[moved["cine_close_date"] > moved["started"]].groupby("case")["cine_close_date"]
    moved = moved.min().reindex(cases.index).fillna(FAR)
    moved = moved.where(cases["end_reason"].ne("moved"), cases["closed"])
    left = np.maximum(np.minimum(grown, moved), cases["started"])
    return cases.assign(left=left <= until, until=np.minimum(left, until))


def _happened(cases: pd.DataFrame, children: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    """Every case with every future the records can tell of: when it first happened to a child of it, or not."""
    own = children[["case", "person"]]
    days = {
        future: frames[table][DAYS[table]].set_axis(["person", "day"], axis=1)
        for future, table in EVENTS.items()
        if table in frames
    }
    referred = own.merge(days["child_in_need"], on="person")[["case", "day"]]
    closed_at_once = frames["ssd_cin_episodes"]["cine_referral_nfa"].str.contains(
        "^y|yes", case=False
    )
    days["child_in_need"] = days["child_in_need"][~closed_at_once]
    if "ssd_cin_assessments" in frames and "ssd_assessment_factors" in frames:
        noted = frames["ssd_assessment_factors"].groupby("cinf_assessment_id").agg(" ".join)
        noted = frames["ssd_cin_assessments"].join(noted, on="cina_assessment_id")
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
