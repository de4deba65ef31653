"""Early help episodes and what happened next, from the council's own records.

In: a folder with the tables of the Standard Safeguarding Dataset (SSD) as CSV, or the lists of Ofsted's Annex A as
CSV or workbook. Out: :class:`Extract`: the tables ``cases``, ``children`` and ``follow_up`` of a return as far as
records can say them. Names, numbers and birth dates are not taken over: families and cases get pseudonyms made with
a secret (HMAC), which stays with the key in ``private/``.

``ssd.csv`` lists the columns read, by the names of the public specification (github.com/data-to-insight/
ssd-data-model, July 2026), and where Annex A has them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.errors import REFUSED, LarcError, Problem
from larcnb.follow_up import ENDED, HAPPENED, LEFT, MONTH

Frames = dict[str, pd.DataFrame]
COLUMNS = pd.read_csv(Path(__file__).with_name("ssd.csv"), dtype=str, keep_default_na=False)
OPTIONAL = ("ssd_cin_assessments",)
EPISODES, FAMILY, PERSON = "ssd_early_help_episodes", "ssd_family", "ssd_person"
REASONS = {
    "moved": "moved|transfer.*(?:authorit|area)|out of (?:area|county)",
    "step_up": r"step.?up|escalat|social care|section (?:17|47)|child in need|\bcin\b",
    "disengaged": "disengag|declin|refus|withdr|consent|engage|uncontact",
    "outcomes_met": "outcome|needs? met|goals|complet|success|achiev",
}
"""What an episode's end is called, by the reason it stands for: the first that fits."""
FACTORS = {"domestic_violence": "3A 3B 3C", "parent_alcohol": "1B"}
"""Factors of an assessment (children in need census) that a future stands for."""
UNSAID = """\
The records do not say, and you are to fill in: who began the case; whether it is costed; whether the family asked;
borderline child protection; the closing meeting; consent to a card; needs; hours; support; futures and moderation;
whether futures were asked for each child."""
MOST_IN_FAMILY, MOST_LISTED = 30, 20
BANDS = {"unborn": 0, "0-5": 5, "5-11": 11, "11-16": 16}
ADULT = 18
FAR = pd.Timestamp("2200-01-01")


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
    notes : list of str
    """

    cases: pd.DataFrame
    children: pd.DataFrame
    happened: pd.DataFrame
    key: pd.DataFrame
    notes: list[str]

    def follow_up(self, told: pd.DataFrame | None = None) -> pd.DataFrame:
        """The return's ``follow_up``: every re_referral and, of the futures ``told`` of a case, those on record."""
        rows = self.happened
        if told is not None:
            pairs = pd.MultiIndex.from_frame(told[["case_id", "future"]])
            is_told = pd.MultiIndex.from_frame(rows[["case_id", "future"]]).isin(pairs)
        rows = rows[rows["future"].eq(codes.RE_REFERRAL) | (is_told if told is not None else False)]
        came = rows["status"].eq(HAPPENED)
        month = np.ceil(rows["months"]).astype("Int64").where(came)
        followed = np.floor(rows["followed"]).astype("Int64")
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
    files = {re.sub(r"\W", "", path.stem.lower()): path for path in sorted(folder.glob("*.csv"))}
    of_ssd = {name: files[name] for name in COLUMNS["table"].unique() if name in files}
    problems: list[Problem] = []
    frames = _ssd(of_ssd, problems) if of_ssd else _annex_a(folder, problems)
    for name, frame in frames.items():
        frames[name] = _checked(name, frame, problems)
    if problems:
        raise LarcError(f"The extract was refused: {len(problems)} problem(s).", problems, REFUSED)
    return frames


def _ssd(files: Mapping[str, Path], problems: list[Problem]) -> Frames:
    frames = {}
    for name, of in COLUMNS.groupby("table", sort=False):
        if name in files:
            frame = _read_csv(files[name], problems)
            frame = frame.rename(columns=str.lower)
            for column in set(of["column"]) - set(frame) if len(frame.columns) else ():
                message, todo = (
                    "The column is missing.",
                    "Extract the table again, with its header.",
                )
                _refuse(problems, files[name].name, 0, column, "missing-column", message, todo)
            frames[name] = frame.reindex(columns=of["column"]).assign(file=files[name].name)
        elif name not in OPTIONAL:
            message, todo = (
                "The table is missing.",
                "Put it into the folder, with a header at least.",
            )
            _refuse(problems, f"{name}.csv", 0, "", "missing-table", message, todo)
    return frames


def _annex_a(folder: Path, problems: list[Problem]) -> Frames:
    """The lists of Annex A as SSD tables: a list is known by the number in its file's or sheet's name."""
    lists = dict(_lists(folder, problems))
    frames = {}
    for name, of in COLUMNS.groupby("table", sort=False):
        number = next(filter(None, of["list"]), "")
        if number not in lists:
            if number in ("2", "3"):
                message, todo = (
                    f"There is no list {number}.",
                    "Put it into the folder as List 2.csv.",
                )
                _refuse(problems, f"List {number}", 0, "", "missing-table", message, todo)
            frame = pd.DataFrame()
        else:
            label, frame = lists[number]
        frame = frame.rename(columns=lambda word: re.sub("[^a-z]", "", word.lower()))
        found = {}
        for row in of.itertuples():
            known = next((word for word in row.annex_a.split() if word in frame), None)
            found[row.column] = frame[known] if known else pd.Series("", frame.index, dtype=str)
            if not known and row.kind in ("id", "start") and number in lists and name != FAMILY:
                message, todo = "The column is missing.", f"Wanted: {row.annex_a}."
                _refuse(problems, label, 0, row.column, "missing-column", message, todo)
        frames[name] = pd.DataFrame(found).assign(file=f"List {number}")
    frames[PERSON] = frames[PERSON].drop_duplicates("pers_person_id")
    frames[FAMILY] = frames[FAMILY].query("fami_family_id != ''")
    return frames


def _lists(folder: Path, problems: list[Problem]):
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() == ".csv" and (number := _number(path.stem)):
            yield number, (path.name, _read_csv(path, problems))
        elif path.suffix.lower() == ".xlsx":
            from larcnb.returns.package import open_package
            from larcnb.returns.raw import plain
            from larcnb.returns.workbook import read_sheet

            package = open_package(path)
            for sheet in package.sheets:
                grid, _ = read_sheet(package, sheet, sheet.name, path.name)
                if grid is not None and grid.rows and (number := _number(sheet.name)):
                    (_, head), *rows = grid.rows
                    cells = [
                        {plain(head[at]): plain(raw) for at, raw in row.items() if at in head}
                        for _, row in rows
                    ]
                    words = [plain(raw) for raw in head.values()]
                    yield number, (path.name, pd.DataFrame(cells, columns=words).fillna(""))


def _number(name: str) -> str:
    found = re.search(r"(?:list|aa)[\s_-]*(\d+)", name.lower())
    return found[1].lstrip("0") if found else ""


def _read_csv(path: Path, problems: list[Problem]) -> pd.DataFrame:
    """A table as text; blank where the records say NULL."""
    raw = path.read_bytes()
    try:
        encoding = "utf-8-sig" if raw.decode("utf-8-sig") is not None else ""
    except UnicodeDecodeError:
        encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "cp1252"
    head = raw[:10_000].decode(encoding, "replace").partition("\n")[0]
    if max(head.count(mark) for mark in ";\t|") > head.count(","):
        message, todo = (
            "The values are not separated by commas.",
            "Save it as CSV UTF-8 (comma delimited).",
        )
        _refuse(problems, path.name, 1, "", "delimiter", message, todo)
        return pd.DataFrame()
    try:
        frame = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding=encoding, skip_blank_lines=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError):
        message, todo = "The file cannot be read as CSV.", "Extract the table again."
        _refuse(problems, path.name, 0, "", "not-csv", message, todo)
        return pd.DataFrame()
    frame = frame.apply(lambda column: column.str.strip().replace("NULL", ""))
    return frame[frame.ne("").any(axis=1)]


def _checked(name: str, frame: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """A table with its dates as dates; what cannot be used is refused by row."""
    made, file = {}, frame["file"].iloc[0] if len(frame) else name
    for column, kind in COLUMNS.query("table == @name")[["column", "kind"]].to_numpy():
        text = frame[column].astype(object).fillna("").astype(str)
        made[column] = text

        def refuse(wrong, code, message, todo, column=column):
            for at in np.flatnonzero(wrong)[:MOST_LISTED]:
                _refuse(problems, file, frame.index[at] + 2, column, code, message, todo)

        if kind in ("id", "start"):
            refuse(
                text.eq(""),
                "missing",
                "The cell is empty.",
                "Correct it in the records and extract again.",
            )
        if kind == "key":
            again = text.ne("") & text.duplicated()
            refuse(again, "duplicate", "The same number stands in an earlier row.", "Keep one row.")
        if kind in ("date", "start", "end"):
            made[column] = dates(text)
            serial = text.str.fullmatch(r"\d{4,5}(\.\d+)?")
            wrong = made[column].isna() & text.ne("")
            refuse(
                wrong & serial,
                "excel-date",
                "This is Excel's number for a day, not a date.",
                "Format the column as yyyy-mm-dd and save again.",
            )
            refuse(
                wrong & ~serial,
                "not-a-date",
                "This is not a date.",
                "Write the day as yyyy-mm-dd or dd/mm/yyyy.",
            )
        if kind == "start":
            began = made[column]
        if kind == "end":
            refuse(
                made[column] < began,
                "out-of-order",
                "It ended before it began.",
                "Correct one of the dates.",
            )
    return pd.DataFrame(made)


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


def _refuse(problems: list[Problem], file, row, column, code, message, todo) -> None:
    problems.append(Problem(file, "", int(row), column, code, message, todo))


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
        frame[column].max()
        for name, frame in frames.items()
        for column in COLUMNS.query("table == @name and kind in ('start', 'end')")["column"]
        if frame[column].notna().any()
    )
    families = join_families(frames)
    episodes = _episodes(frames[EPISODES], families)
    cases = _cases(episodes)
    children = _children(cases, episodes, families, frames[PERSON])
    referred = frames["ssd_cin_episodes"]
    before = children.merge(referred, left_on="person", right_on="cine_person_id")
    before = set(before.loc[before["cine_referral_date"] < before["started"], "case"])
    cases = _followed_until(cases, children, referred, until)
    happened = _happened(cases, children, frames)
    name = pd.Series(
        [
            _pseudonym(secret, "case", f"{family}|{started:%Y-%m-%d}")
            for family, started in zip(cases["family"], cases["started"], strict=True)
        ],
        cases.index,
    )
    made = pd.DataFrame(
        {
            "case_id": name,
            "status": np.where(cases["closed"].isna(), "open", "closed"),
            "started": cases["started"].dt.strftime("%Y-%m-%d"),
            "closed": cases["closed"].dt.strftime("%Y-%m-%d").fillna(""),
            "family_id": [_pseudonym(secret, "family", one) for one in cases["family"]],
            "end_reason": cases["end_reason"],
            "prior_social_care": np.where(cases.index.isin(before), "yes", "no"),
        }
    ).sort_values("case_id", ignore_index=True)
    young = children.assign(
        case_id=children["case"].map(name),
        order=[_pseudonym(secret, "child", person) for person in children["person"]],
    ).sort_values(["case_id", "order"], ignore_index=True)
    young["child_id"] = (young.groupby("case_id").cumcount() + 1).astype(str)
    numbers = episodes.groupby("case")["episode"].agg(" ".join)
    key = pd.DataFrame({"case_id": name, "family": cases["family"], "episodes": numbers})
    happened = happened.assign(case_id=happened["case"].map(name)).drop(columns="case")
    joined = families.value_counts()
    notes = [
        f"{len(frames[EPISODES]):,} episodes of {episodes['person'].nunique():,} children are {len(made):,} cases of "
        f"{made['family_id'].nunique():,} families, followed up to {until:%Y-%m-%d}.",
        f"{int((joined == 1).sum()):,} children are in no family of more than one."
        * bool(len(joined)),
    ]
    return Extract(
        made,
        young[["case_id", "child_id", "age_band", "focus"]],
        happened.sort_values(["case_id", "future"], ignore_index=True),
        key.sort_values("case_id", ignore_index=True),
        [note for note in notes if note],
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
        message = f"One family has {sizes.iloc[0]} members: its number is perhaps a placeholder."
        todo = "Leave the rows of that number out; their children are then families of their own."
        problem = Problem(
            f"{FAMILY}.csv", "", int(row), "fami_family_id", "placeholder", message, todo
        )
        raise LarcError("The extract was refused.", [problem], REFUSED)
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
    born = persons.set_index("pers_person_id")
    born = (
        born["pers_dob"]
        .fillna(born["pers_expected_dob"])
        .to_frame("born")
        .join(born["pers_death_date"])
    )
    members = families.rename_axis("person").rename("family").reset_index()
    starts = cases[["family", "started"]].reset_index()
    rows = starts.merge(members, on="family").merge(
        born, left_on="person", right_index=True, how="left"
    )
    named = pd.MultiIndex.from_frame(episodes[["case", "person"]])
    focus = pd.MultiIndex.from_frame(rows[["case", "person"]]).isin(named)
    months = (rows["started"] - rows["born"]).dt.days / MONTH
    rows = rows.assign(
        focus=np.where(focus, "yes", "no"), adult=rows["born"] + pd.DateOffset(years=ADULT)
    )
    rows = rows[focus | ((rows["adult"] > rows["started"]) & (months > -9))]
    bands = [months < 12 * years for years in BANDS.values()]
    band = np.select(
        [rows["born"].isna(), *(of[rows.index] for of in bands)], ["unknown", *BANDS], "over-16"
    )
    leaves = (
        rows["adult"].fillna(FAR).where(rows["pers_death_date"].isna(), rows["pers_death_date"])
    )
    return rows.assign(age_band=band, leaves=np.minimum(leaves, rows["adult"].fillna(FAR)))


def _followed_until(cases, children, referred, until: pd.Timestamp) -> pd.DataFrame:
    """Until when a case was followed, and whether it then left: all grown up, or moved away."""
    grown = children.groupby("case")["leaves"].max().reindex(cases.index).fillna(FAR)
    transferred = referred[referred["cine_close_reason"].str.startswith("RC5")]
    moved = children.merge(transferred, left_on="person", right_on="cine_person_id")
    moved = (
        moved[moved["cine_close_date"] > moved["started"]].groupby("case")["cine_close_date"].min()
    )
    moved = moved.reindex(cases.index).fillna(FAR)
    moved = moved.where(cases["end_reason"].ne("moved"), cases["closed"])
    left = np.maximum(np.minimum(grown, moved), cases["started"])
    return cases.assign(left=left <= until, until=np.minimum(left, until))


def _happened(cases: pd.DataFrame, children: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    """Every case with every future the records can tell of: when it first happened to a child of it, or not."""
    assessed = frames.get(
        "ssd_cin_assessments",
        pd.DataFrame(columns=COLUMNS.query("table == 'ssd_cin_assessments'")["column"]),
    )
    cin = frames["ssd_cin_episodes"]
    helped = cin[~cin["cine_referral_nfa"].str.upper().str.startswith("Y")]
    days = {
        "social_care_contacts": frames["ssd_contacts"][["cont_person_id", "cont_contact_date"]],
        "social_care_assessment": assessed[["cina_person_id", "cina_assessment_start_date"]],
        "child_in_need": helped[["cine_person_id", "cine_referral_date"]],
        "child_protection_plan": frames["ssd_cp_plans"][
            ["cppl_person_id", "cppl_cp_plan_start_date"]
        ],
        "looked_after": frames["ssd_cla_episodes"][
            ["clae_person_id", "clae_cla_episode_start_date"]
        ],
    }
    found = assessed.merge(
        frames["ssd_assessment_factors"],
        left_on="cina_assessment_id",
        right_on="cinf_assessment_id",
    )
    for future, factors in FACTORS.items():
        noted = found["cinf_assessment_factors_json"].str.contains(
            rf'"(?:{"|".join(factors.split())})"(?!\s*:\s*"(?:No?|0|)")', case=False
        )
        days[future] = found.loc[noted, ["cina_person_id", "cina_assessment_start_date"]]
    again = cases["started"].groupby(cases["family"]).shift(-1).dropna().rename("day")
    back = children.merge(cin, left_on="person", right_on="cine_person_id")[
        ["case", "cine_referral_date"]
    ]
    came_back = pd.concat([back.set_axis(["case", "day"], axis=1), again.reset_index()])
    after = {
        future: children[["case", "person"]].merge(
            of.set_axis(["person", "day"], axis=1), on="person"
        )
        for future, of in days.items()
    }
    closed = cases[cases["closed"].notna()]
    parts = [_first(cases, of, future, cases["started"]) for future, of in after.items()]
    parts.append(_first(closed, came_back, codes.RE_REFERRAL, closed["closed"]))
    return pd.concat(parts, ignore_index=True)


def _first(cases: pd.DataFrame, days: pd.DataFrame, future: str, since: pd.Series) -> pd.DataFrame:
    """The first of some days after another, within the time each case was followed."""
    within = (
        pd.DataFrame({"since": since, "until": cases["until"]}).rename_axis("case").reset_index()
    )
    days = days.merge(within, on="case")
    days = days[(days["day"] > days["since"]) & (days["day"] <= days["until"])]
    first = days.groupby("case")["day"].min().reindex(cases.index)
    came, until = first.notna(), cases["until"]
    months = (first.fillna(until) - cases["started"]).dt.days / MONTH
    return pd.DataFrame(
        {
            "case": cases.index,
            "future": future,
            "months": months,
            "status": np.select([came, cases["left"]], [HAPPENED, LEFT], ENDED),
            "followed": (until - cases["started"]).dt.days / MONTH,
            "since_closing": ((first.fillna(until) - cases["closed"]).dt.days / MONTH).clip(
                lower=0
            ),
        }
    )
