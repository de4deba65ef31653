"""Episodes from the lists an authority already keeps: a start for its return.

In: a file of the Standard Safeguarding Dataset's ``ssd_early_help_episodes``, or Annex A's list 2 (early help
assessments), as CSV or workbook. Out: the tables ``cases`` and ``children`` as far as the list knows them, for
:func:`larcnb.returns.template.write_template`, and a key that says which row each case came from. Names, person
and worker ids, birth dates and reasons in words are not taken over: a case gets a new pseudonym.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from larcnb.errors import REFUSED, LarcError, Problem
from larcnb.returns.cells import DAY_ORDER, WHOLE_COLUMN, Bad, doubtful_days, parse
from larcnb.returns.files import read_csv
from larcnb.returns.grid import Grid
from larcnb.returns.package import Unreadable, open_package
from larcnb.returns.raw import Raw, plain
from larcnb.returns.tables import ROW_COUNT, is_row_count
from larcnb.returns.workbook import read_sheet
from larcnb.schema import RETURN, Field, Table

LISTS = {
    "ssd_early_help_episodes": {
        "episode": ("earlepisodeid", "ehepisodeid"),
        "started": ("earlepisodestartdate", "ehepistartdate"),
        "closed": ("earlepisodeenddate", "ehepienddate"),
        "child": ("earlpersonid",),
        "family": ("familyid", "earlfamilyid", "householdid"),
    },
    "annex_a_early_help": {
        "child": ("childuniqueid", "childuniqueida", "childid", "lauid"),
        "started": ("assessmentstartdate", "ehassessmentstartdate", "ehastartdate"),
        "closed": ("assessmentcompletiondate", "ehassessmentcompletiondate", "ehaenddate"),
        "born": ("dateofbirth", "dob"),
        "family": ("familyid", "familyuniqueid", "householdid"),
    },
}
"""The columns read, by list, with the names they go by (letters and digits only)."""
REQUIRED = {
    "ssd_early_help_episodes": ("episode", "started"),
    "annex_a_early_help": ("child", "started"),
}
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
        ``cases`` (case_id, status, started, closed) and ``children`` (case_id, child_id, age_band, focus); the other
        columns are for the authority to fill in, and the check asks for them.
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
        Cases in the order of the list, called E0001 and so on. An episode without an end is open. The age band is
        that of the day the episode began, where the list has a birth date. Where the list has a column family_id,
        the children of a family whose episodes began on one day are one case, open as long as one of them is, and
        ``family_id`` (F0001 and so on) joins its cases; else every row is a case, and the notes say how many began
        on the same day as others.

    Raises
    ------
    LarcError
        Exit code 3: no header fits, a date cannot be read, an episode ends before it starts or stands twice;
        every problem at once, by row, without values.

    Examples
    --------
    >>> import tempfile; folder = tempfile.TemporaryDirectory(); path = Path(folder.name, "list.csv")
    >>> _ = path.write_text("earl_episode_id,earl_person_id,earl_episode_start_date,earl_episode_end_date\\n"
    ...                     "778,12,2011-01-10 00:00:00,2011-07-22 00:00:00\\n")
    >>> import_episodes(path).tables["cases"].iloc[0].tolist()
    ['E0001', 'closed', datetime.date(2011, 1, 10), datetime.date(2011, 7, 22)]
    >>> folder.cleanup()
    """
    label = label or path.name
    problems: list[Problem] = []
    for grid in _grids(path, label, problems):
        found = _header(grid)
        if found:
            return _episodes(
                grid,
                *found,
                label,
                [problem for problem in problems if problem.severity == "error"],
            )
    wanted = "; ".join(f"{name}: {', '.join(columns)}" for name, columns in REQUIRED.items())
    message = f"{label} is neither a list of early help episodes nor Annex A's list 2. Columns wanted: {wanted}."
    raise LarcError(message, problems, REFUSED)


def _grids(path: Path, label: str, problems: list[Problem]):
    if path.suffix.lower() != ".xlsx":
        grid, wrong = read_csv(path, Table(path.stem, "", (Field("", ""),)), label)
        problems.extend(wrong)
        if grid is not None:
            yield grid
        return
    try:
        package = open_package(path)
    except Unreadable as error:
        raise LarcError(
            error.message,
            [Problem(label, "", 0, "", error.code, error.message, error.todo)],
            REFUSED,
        ) from error
    for sheet in package.sheets:
        grid, _ = read_sheet(package, sheet, sheet.name, label)
        if grid is not None:
            yield grid


def _header(grid: Grid) -> tuple[str, dict[str, int], int] | None:
    """Which list this is, where its columns stand, and the index of its header row."""
    for index, (_, cells) in enumerate(grid.rows[:SEARCHED_ROWS]):
        words = {re.sub("[^a-z0-9]", "", plain(raw).lower()): at for at, raw in cells.items()}
        for form, columns in LISTS.items():
            at = {
                name: next((words[w] for w in known if w in words), None)
                for name, known in columns.items()
            }
            if all(at[name] is not None for name in REQUIRED[form]):
                return form, {name: place for name, place in at.items() if place is not None}, index
    return None


def _episodes(
    grid: Grid, form: str, columns: dict[str, int], header: int, label: str, problems
) -> Imported:
    rows, seen = [], {}
    dates = [name for name in ("started", "closed", "born") if name in columns]
    cells_of = {
        name: [cells.get(columns[name]) for _, cells in grid.rows[header + 1 :]] for name in dates
    }
    verdicts = doubtful_days(
        {name: list(map(_without_time, raws)) for name, raws in cells_of.items()}
    )
    for name, (verdict, _) in verdicts.items():
        place = f"{xl_col_to_name(columns[name])}{grid.rows[header][0]}"
        problems.append(
            Problem(
                label,
                grid.sheet,
                grid.rows[header][0],
                name,
                verdict,
                DAY_ORDER[verdict],
                WHOLE_COLUMN,
                cell=place,
            )
        )

    def refuse(row: int, name: str, code: str, message: str, todo: str) -> None:
        problems.append(
            Problem(
                label,
                grid.sheet,
                row,
                name,
                code,
                message,
                todo,
                cell=f"{xl_col_to_name(columns[name])}{row}",
            )
        )

    for row, cells in grid.rows[header + 1 :]:
        given = {name: cells.get(at) for name, at in columns.items()}
        if all(raw is None for raw in given.values()):
            continue
        if is_row_count(cells):
            problems.append(
                Problem(label, grid.sheet, row, "", "row-count", ROW_COUNT, "Delete the line.")
            )
            continue
        day = {}
        for name in ("started", "closed", "born"):
            value = _day(given.get(name))
            if isinstance(value, Bad):
                words = "This is not a date." if value.code != "out-of-range" else value.message()
                refuse(row, name, value.code, words, value.todo)
                value = None
            elif value is None and name == "started":
                refuse(row, name, "missing", "The episode has no start.", "Write the day it began.")
            day[name] = value
        if day["started"] and day["closed"] and day["closed"] < day["started"]:
            refuse(
                row,
                "closed",
                "out-of-order",
                "The episode ends before it starts.",
                "Correct one of the dates.",
            )
        identity = (
            plain(given.get("episode") or given.get("child")),
            given.get("episode") or day["started"],
        )
        if identity in seen:
            name = "episode" if "episode" in columns else "child"
            refuse(
                row,
                name,
                "duplicate",
                f"The same episode as in row {seen[identity]}.",
                "Keep one row.",
            )
        seen.setdefault(identity, row)
        rows.append((row, day, plain(given.get("family"))))
    if problems:
        raise LarcError(
            f"{label} cannot be imported: {len(problems)} problem(s).", problems, REFUSED
        )
    episodes: dict[
        object, list
    ] = {}  # the rows of each case: those of a family that began on one day
    for row, day, family in rows:
        episodes.setdefault((family, day["started"]) if family else row, []).append(
            (row, day, family)
        )
    families = {
        family: f"F{at:04}"
        for at, family in enumerate(dict.fromkeys(r[2] for r in rows if r[2]), start=1)
    }
    cases, children, key = [], [], []
    for at, of in enumerate(episodes.values(), start=1):
        name, ends = f"E{at:04}", [day["closed"] for _, day, _ in of]
        closed = None if None in ends else max(ends)
        cases.append(
            (
                name,
                "closed" if closed else "open",
                of[0][1]["started"],
                closed,
                families.get(of[0][2], ""),
            )
        )
        children += [
            (name, str(n), _band(d["born"], d["started"]), "yes")
            for n, (_, d, _) in enumerate(of, start=1)
        ]
        key += [(name, row) for row, _, _ in of]
    known = ["family_id"] if "family" in columns else []
    tables = {
        "cases": pd.DataFrame(
            cases, columns=["case_id", "status", "started", "closed", "family_id"], dtype=object
        ),
        "children": pd.DataFrame(
            children, columns=["case_id", "child_id", "age_band", "focus"], dtype=object
        ),
    }
    tables["cases"] = tables["cases"][["case_id", "status", "started", "closed", *known]]
    return Imported(
        form,
        tables,
        pd.DataFrame(key, columns=["case_id", "source_row"]),
        _notes(rows, len(cases), known),
    )


def _notes(rows: list, cases: int, known: list[str]) -> list[str]:
    """Say whether children of one family are one case."""
    if known:
        return [
            f"{len(rows)} rows of the list are {cases} cases: children of a family who began on one day are one."
        ]
    together = pd.Series([day["started"] for _, day, _ in rows]).duplicated(keep=False).sum()
    if not together:
        return []
    return [
        f"The list has no column family_id: each of its {len(rows)} rows became a case of its own, and {together} of",
        "them began on the same day as others. Brothers and sisters helped together are one case: where they are, keep",
        "one row in cases and give the children its case_id; or add a column family_id to the list and begin again.",
    ]


def _without_time(raw: Raw | None) -> Raw | None:
    timed = TIME.fullmatch(plain(raw)) if isinstance(raw, str) else None
    return timed[1] if timed else raw


def _day(raw: Raw | None):
    """A date without its time of day; None where the cell is empty, Bad where it is no date."""
    if raw is None:
        return None
    if isinstance(raw, dt.datetime):
        raw = dt.datetime.combine(raw.date(), dt.time())
    elif isinstance(raw, str):
        raw = _without_time(raw)
        if not plain(raw) or plain(raw).upper() == "NULL":
            return None
    return parse(raw, RETURN["cases"]["started"])


def _band(born: dt.date | None, started: dt.date) -> str:
    if born is None:
        return ""
    age = started.year - born.year - ((started.month, started.day) < (born.month, born.day))
    return next((band for below, band in BANDS if age < below), "over-16")
