"""Episodes from the lists an authority already keeps: a start for its return.

In: a file of the Standard Safeguarding Dataset's ``ssd_early_help_episodes``, or Annex A's list 2
(early help assessments), as CSV or workbook. Out: the tables ``cases`` and ``children`` as far as
the list knows them, for :func:`larcnb.returns.template.write_template`, and a key that says which
row each case came from. Names, person and worker ids, birth dates and reasons in words are not
taken over: a case gets a new pseudonym.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from larcnb.errors import REFUSED, LarcError
from larcnb.returns.cells import Bad, Raw, doubtful_days, parse, plain
from larcnb.returns.csvfile import read_csv
from larcnb.returns.grid import PROBLEMS, Grid, Unreadable, problem
from larcnb.returns.tables import is_row_count
from larcnb.returns.xlsx import open_package, read_sheet
from larcnb.schema import RETURN, Field, Table

LISTS = {
    "ssd_early_help_episodes": {
        "episode": "earlepisodeid ehepisodeid",
        "started": "earlepisodestartdate ehepistartdate",
        "closed": "earlepisodeenddate ehepienddate",
        "child": "earlpersonid",
        "family": "familyid earlfamilyid householdid",
    },
    "annex_a_early_help": {
        "child": "childuniqueid childuniqueida childid lauid",
        "started": "assessmentstartdate ehassessmentstartdate ehastartdate",
        "closed": "assessmentcompletiondate ehassessmentcompletiondate ehaenddate",
        "born": "dateofbirth dob",
        "family": "familyid familyuniqueid householdid",
    },
}
"""The columns read, by list, with the names they go by (letters and digits only)."""
REQUIRED = {
    "ssd_early_help_episodes": ("episode", "started"),
    "annex_a_early_help": ("child", "started"),
}
DATES = ("started", "closed", "born")
TIME = re.compile(r"(\S+)[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?Z?", re.ASCII)
BANDS = ((0, "unborn"), (5, "0-5"), (11, "5-11"), (16, "11-16"))
SEARCHED_ROWS = 20


@dataclass(frozen=True, repr=False)
class Imported:
    """What a list gave.

    Parameters
    ----------
    form : str
        Which list it was.
    tables : dict of DataFrame
        ``cases`` (case_id, status, started, closed) and ``children`` (case_id, child_id, age_band,
        focus); the other columns are for the authority to fill in, and the check asks for them.
    key : DataFrame
        ``case_id`` and ``source_row``: keep it where the list is kept.
    notes : list of str
        What to say of it: whether families were known.
    """

    form: str
    tables: dict[str, pd.DataFrame]
    key: pd.DataFrame
    notes: list[str]

    def __repr__(self) -> str:
        return f"Imported({self.form}: {len(self.tables['cases'])} episodes)"


def import_episodes(path: Path, label: str = "") -> Imported:
    """Read a list of early help episodes.

    Parameters
    ----------
    path : Path
        A ``.csv`` or ``.xlsx`` file; in a workbook the sheet whose header fits is taken.
    label : str
        The file's name in messages; its own name if left out.

    Returns
    -------
    Imported
        Cases in the order of the list, called E0001 and so on. An episode without an end is open.
        The age band is that of the day the episode began, where the list has a birth date. Where
        the list has a column family_id, the children of a family whose episodes began on one day
        are one case, open as long as one of them is, and ``family_id`` (F0001 and so on) joins its
        cases; else every row is a case, and the notes say how many began on the same day as others.

    Raises
    ------
    LarcError
        Exit code 3: no header fits, a date cannot be read, an episode ends before it starts or
        stands twice; every problem at once, by row, without values.

    Examples
    --------
    >>> import tempfile; folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name, "list.csv")
    >>> _ = path.write_text("earl_episode_id,earl_episode_start_date,earl_episode_end_date\\n"
    ...                     "778,2011-01-10 00:00:00,2011-07-22 00:00:00\\n")
    >>> import_episodes(path).tables["cases"].iloc[0].tolist()
    ['E0001', 'closed', datetime.date(2011, 1, 10), datetime.date(2011, 7, 22)]
    >>> folder.cleanup()
    """
    label = label or path.name
    grids = _grids(path, label)
    for grid in grids:
        found = _header(grid)
        if found:
            return _imported(grid, *found)
    wanted = "; ".join(f"{name}: {', '.join(columns)}" for name, columns in REQUIRED.items())
    message = f"{label} is neither a list of early help episodes nor Annex A's list 2."
    message = f"{message} Columns wanted: {wanted}."
    raise LarcError(message, [problem for grid in grids for problem in grid.problems], REFUSED)


def _grids(path: Path, label: str) -> list[Grid]:
    if path.suffix.lower() != ".xlsx":
        return [read_csv(path, Table(path.stem, "", (Field("", ""),)), label)]
    try:
        package = open_package(path)
    except Unreadable as error:
        said = problem(label, error.key, **error.words)
        raise LarcError(said.message, [said], REFUSED) from error
    grids = [read_sheet(package, sheet, sheet.name, label) for sheet in package.sheets]
    for grid in grids:  # what its other sheets look like is nothing to the list
        grid.problems.clear()
    return grids


def _header(grid: Grid) -> tuple[str, int] | None:
    """Which list this is and the index of its header row; the grid is told where its columns
    stand."""
    for index, (_, cells) in enumerate(grid.rows[:SEARCHED_ROWS]):
        words = {re.sub("[^a-z0-9]", "", plain(raw).lower()): at for at, raw in cells.items()}
        for form, columns in LISTS.items():
            at = {
                name: words[word]
                for name, known in columns.items()
                for word in reversed(known.split())
                if word in words
            }
            if at.keys() >= {*REQUIRED[form]}:
                grid.columns = at
                return form, index
    return None


def _imported(grid: Grid, form: str, header: int) -> Imported:
    episodes = _episodes(grid, header)
    errors = [problem for problem in grid.problems if problem.severity == "error"]
    if errors:
        message = f"{grid.file} cannot be imported: {len(errors)} problem(s)."
        raise LarcError(message, errors, REFUSED)
    known = "family" in grid.columns
    alone = "row " + episodes["row"].astype(str)
    families = episodes["family"].where(episodes["family"] != "")
    numbers, _ = pd.factorize(families)
    together = pd.Series(list(zip(families.fillna(alone), episodes["started"], strict=True)))
    case, _ = pd.factorize(together.where(families.notna(), alone))
    episodes = episodes.assign(
        case_id=[f"E{at + 1:04}" for at in case],
        family_id=[f"F{at + 1:04}" if at >= 0 else "" for at in numbers],
        child_id=(episodes.groupby(case).cumcount() + 1).astype(str),
        age_band=[_band(*days) for days in zip(episodes["born"], episodes["started"], strict=True)],
        focus="yes",
        source_row=episodes["row"],
    )
    cases = episodes.drop_duplicates("case_id")
    ends = [
        None if of["closed"].isna().any() else max(of["closed"])
        for _, of in episodes.groupby("case_id", sort=False)
    ]
    cases = cases.assign(
        closed=pd.Series(ends, index=cases.index, dtype=object),
        status=["closed" if end else "open" for end in ends],
    )
    columns = ["case_id", "status", "started", "closed", *(["family_id"] if known else [])]
    children = episodes[["case_id", "child_id", "age_band", "focus"]]
    tables = {"cases": cases[columns].astype(object), "children": children.astype(object)}
    tables = {name: frame.reset_index(drop=True) for name, frame in tables.items()}
    key = episodes[["case_id", "source_row"]]
    return Imported(form, tables, key, _notes(episodes["started"], len(cases), known))


def _episodes(grid: Grid, header: int) -> pd.DataFrame:
    """The rows of the list: ``row``, the days (None where empty), ``family``; problems are noted in
    the grid."""
    head, rows = grid.rows[header][0], grid.rows[header + 1 :]
    dates = {name: grid.columns[name] for name in DATES if name in grid.columns}
    days = {name: [_without_time(cells.get(at)) for _, cells in rows] for name, at in dates.items()}
    for name, (verdict, _) in doubtful_days(days).items():  # any refuses: a list can be made anew
        grid.note(PROBLEMS[verdict] | {"severity": "error"}, head, dates[name], name)
    episodes, seen = [], {}
    for row, cells in rows:
        given = {name: cells.get(at) for name, at in grid.columns.items()}
        if all(raw is None for raw in given.values()):
            continue
        if is_row_count(cells):
            grid.note("row-count", row)
            continue
        day = {name: _day(grid, row, name, given.get(name)) for name in DATES}
        if day["started"] and day["closed"] and day["closed"] < day["started"]:
            grid.note("out-of-order", row, grid.columns["closed"], "closed")
        episode = given.get("episode")
        identity = plain(episode or given.get("child")), episode or day["started"]
        if identity in seen:
            name = "episode" if "episode" in grid.columns else "child"
            grid.note("duplicate/episode", row, grid.columns[name], name, above=seen[identity])
        seen.setdefault(identity, row)
        episodes.append((row, *day.values(), plain(given.get("family"))))
    return pd.DataFrame(episodes, columns=["row", *DATES, "family"], dtype=object)


def _notes(started: pd.Series, cases: int, known: bool) -> list[str]:
    """Say whether children of one family are one case."""
    rows, together = len(started), started.duplicated(keep=False).sum()
    if known:
        said = "children of a family who began on one day are one."
        return [f"{rows} rows of the list are {cases} cases: {said}"]
    if not together:
        return []
    return [
        f"The list has no column family_id: each of its {rows} rows became a case of its own, and",
        f"{together} of them began on the same day as others. Brothers and sisters helped together",
        "are one case: where they are, keep one row in cases and give the children its case_id; or",
        "add a column family_id to the list and begin again.",
    ]


def _without_time(raw: Raw | None) -> Raw | None:
    timed = TIME.fullmatch(plain(raw)) if isinstance(raw, str) else None
    return timed[1] if timed else raw


def _day(grid: Grid, row: int, name: str, raw: Raw | None) -> dt.date | None:
    """A date without its time of day; None where the cell is empty, or holds no date, which is
    noted."""
    raw = _without_time(raw)
    if isinstance(raw, dt.datetime):
        raw = dt.datetime.combine(raw.date(), dt.time())
    value = None if plain(raw).upper() in ("", "NULL") else parse(raw, RETURN["cases"]["started"])
    if isinstance(value, Bad):
        key = value.key if value.key.startswith("out-of-range") else "not-a-date/list"
        grid.note(key, row, grid.columns[name], name, **value.words())
        return None
    if value is None and name == "started":
        grid.note("missing/start", row, grid.columns[name], name)
    return value


def _band(born: dt.date | None, started: dt.date) -> str:
    if born is None:
        return ""
    age = started.year - born.year - ((started.month, started.day) < (born.month, born.day))
    return next((band for below, band in BANDS if age < below), "over-16")
