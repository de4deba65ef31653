"""One table: from a grid of raw cells to a typed frame, with every problem on the way.

In: a :class:`Grid` and its :class:`larcnb.schema.Table`, or the path of a CSV file. Out: a DataFrame whose
columns have the table's types (text ``str``, whole numbers ``Int64``, numbers ``float64``, dates
``datetime64[ms]``) plus ``source_row``; missing where a cell is empty or refused. The reading rules of
DATA.md that concern headers, rows and single cells stand here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from larcnb.errors import Problem
from larcnb.returns import rules
from larcnb.returns.cells import DAY_ORDER, WHOLE_COLUMN, doubtful_days, parse
from larcnb.returns.example import MARK, is_example
from larcnb.returns.files import open_quotes, read_csv
from larcnb.returns.grid import Grid, Place
from larcnb.returns.raw import Bad, Masked, Raw, plain, shown
from larcnb.returns.synonyms import suggest
from larcnb.schema import Field, Table

IDENTIFYING = {
    "name",
    "first_name",
    "firstname",
    "forename",
    "surname",
    "last_name",
    "lastname",
    "family_name",
    "full_name",
    "child_name",
    "parent_name",
    "worker_name",
    "dob",
    "date_of_birth",
    "birth_date",
    "birthdate",
    "nhs_number",
    "nhs_no",
    "nhs",
    "upn",
    "address",
    "postcode",
    "post_code",
    "phone",
    "telephone",
    "mobile",
    "email",
    "e-mail",
    "person_id",
    "school",
    "ni_number",
    "national_insurance_number",
    "gender",
    "ethnicity",
    "initials",
}
TOTALS = {
    "total",
    "totals",
    "grand total",
    "sub total",
    "subtotal",
    "sub-total",
    "sum",
    "sums",
    "average",
    "averages",
    "mean",
    "median",
    "count",
    "total:",
    "sum:",
    "average:",
    "overall",
    "all",
    "grand_total",
    "sub_total",
}
ROWS_WRITTEN = re.compile(
    r"\(?\d+ rows?(\(s\))?( affected| selected| returned)?\.?\)?|completion time:.*|-{3,}",
    re.IGNORECASE,
)
ROW_COUNT = "This is no row: the database or program that wrote the list added it (a count of rows, or a rule)."
LEAST_PASTED = 3
Known = Mapping[str, Collection[str]]


def read_table(
    path: Path, table: Table, file: str, known: Known | None = None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a table from a CSV file: a national one, or an authority's own unit costs.

    Parameters
    ----------
    path : Path
    table : Table
        Which columns, kinds and rules it has.
    file : str
        The file's name in messages, such as ``national/futures.csv``.
    known : mapping of column to codes, optional
        What an ``item`` or ``future`` column may hold; without it any code will do.

    Returns
    -------
    DataFrame and list of Problem
        The frame always has the table's columns, typed, and ``source_row`` such as ``futures.csv:14``; it is to
        be used only where no problem is an error.

    Examples
    --------
    >>> import tempfile; from larcnb.schema import NATIONAL
    >>> folder = tempfile.TemporaryDirectory(); path = Path(folder.name, "deflators.csv")
    >>> _ = path.write_text("year,index,source\\n2010-11,100,invented\\n2011-12,one,invented\\n")
    >>> frame, problems = read_table(path, NATIONAL["deflators"], "national/deflators.csv")
    >>> frame["index"].tolist(), problems[0].row, problems[0].cell, problems[0].message
    ([100.0, nan], 3, 'B3', "'one' is not a number.")
    >>> folder.cleanup()
    """
    place = Place(file)
    grid, problems = read_csv(path, table, file)
    place.problems.extend(problems)
    if grid is None:
        place.read = False
        return empty(table), place.close()
    open_quotes(grid, lambda first: True, place.at)
    frame = to_frame(grid, table, place, known)
    rules.check_table(frame, table, place)
    return frame, place.close()


def empty(table: Table) -> pd.DataFrame:
    """Return a table without rows, its columns typed."""
    return _frame(table, {field.name: [] for field in table.fields}, [])


def to_frame(grid: Grid, table: Table, place: Place, known: Known | None = None) -> pd.DataFrame:
    """Turn a grid into a typed frame; problems are added to ``place``.

    Parameters
    ----------
    grid : Grid
        The first row is the header.
    table : Table
    place : Place
        Gets the positions of columns and rows, and the problems.
    known : mapping of column to codes, optional

    Returns
    -------
    DataFrame
        One row a row of the grid that is no header, example or total, in the order of the file.
    """
    header = _header(grid, table, place)
    if header is None:
        place.read = False
        return empty(table)
    rows = _rows(grid, table, place, header)
    place.rows = [row for row, _ in rows]
    named = set(place.columns.values())
    place.moved = {
        i for i, (row, cells) in enumerate(rows) if row in grid.short or not cells.keys() <= named
    }
    absent = {
        (index, name)
        for index, (row, _) in enumerate(rows)
        if row in grid.short
        for name, at in place.columns.items()
        if at >= grid.short[row]
    }
    place.refused.update(absent)
    doubtful = _day_order(table, rows, place)
    values = {
        field.name: _column(
            field, rows, place, (known or {}).get(field.name), doubtful.get(field.name, ())
        )
        for field in table.fields
    }
    return _frame(table, values, [f"{grid.source}:{row}" for row in place.rows])


def _frame(table: Table, values: dict[str, list], source: list[str]) -> pd.DataFrame:
    columns = {field.name: _typed(values[field.name], field.kind) for field in table.fields}
    columns["source_row"] = pd.array(source, dtype="str")
    return pd.DataFrame(columns)


def _typed(values: list, kind: str):
    if kind == "whole":
        return pd.array(values, dtype="Int64")
    if kind == "number":
        return np.array([np.nan if value is None else value for value in values], dtype="float64")
    if kind == "date":
        return np.array(values, dtype="datetime64[ms]")
    return pd.array(values, dtype="str")


def _header(grid: Grid, table: Table, place: Place) -> dict[int, str] | None:
    """Match the header: column number to column name; None where there is none."""
    row, cells = grid.rows[0] if grid.rows else (1, {})
    words = {at: plain(raw).lower() for at, raw in cells.items()}
    matched = [at for at, word in words.items() if word in table.names]
    if len(matched) * 2 < min(len(table.columns), 4):
        place.at(
            row,
            None,
            "",
            "no-header",
            "The first row does not hold this table's column names.",
            f"The columns are {', '.join(table.names)}.",
        )
        return None
    near = set()
    for at, word in words.items():
        if word in place.columns:
            place.at(row, at, word, "duplicate-column", "The column is there twice.", "Keep one.")
        elif word in table.names:
            place.columns[word] = at
        else:
            close = _unknown(word, at, row, table, place)
            near.add(close)
            if close and close not in words.values():
                place.columns.setdefault(close, at)  # so that its cells are looked at all the same
    for name in table.columns:
        if name not in place.columns and name not in near:
            place.at(
                row, None, name, "missing-column", "The column is missing.", "Add it to the header."
            )
    return {at: name for name, at in place.columns.items()}


def _unknown(word: str, at: int, row: int, table: Table, place: Place) -> str:
    said = shown(word)
    known = f"The columns are {', '.join(table.names)}."
    if word.replace(" ", "_") in IDENTIFYING:
        place.at(
            row,
            at,
            said[1:-1],
            "identifying-column",
            f"{said} may identify a family.",
            f"Remove the column. {known}",
        )
        return ""
    close = suggest(word[:60], table.names)
    place.at(
        row,
        at,
        said[1:-1],
        "unknown-column",
        f"{said} is not a column of {table.name}.",
        f"{close} Rename or remove it. {known}".strip(),
    )
    return close.split("'")[1] if close else ""


def _rows(grid: Grid, table: Table, place: Place, header: dict[int, str]):
    """The rows that are data; what stands in no column, and rows that are no data, are refused."""
    named = set(grid.rows[0][1])
    first_at = place.columns.get(table.columns[0], -1)
    kept, outside = [], set()
    odd: dict[Raw | None, bool] = {None: True}
    for row, cells in grid.rows[1:]:
        if not cells.keys() <= named:
            _outside(row, cells, grid, place, named, outside)
        if is_row_count(cells):
            place.at(row, min(cells), "", "row-count", ROW_COUNT, "Delete the line.")
            continue
        if row in grid.short:
            place.at(
                row,
                None,
                "",
                "short-row",
                f"The line has {grid.short[row]} cells, the header has more.",
                "Add the missing commas or values.",
            )
        first = cells.get(first_at)
        if first not in odd:
            word = plain(first).lower()
            odd[first] = word.startswith(MARK) or word in TOTALS or word == table.columns[0]
        if not odd[first] or _is_data(row, cells, table, place, header):
            kept.append((row, cells))
    _pasted_twice(kept, place)
    return kept


def is_row_count(cells: Mapping[int, Raw]) -> bool:
    """Tell a line that a database program adds, such as ``(3 rows affected)``, from a row.

    Examples
    --------
    >>> is_row_count({0: "(3 rows affected)"}), is_row_count({0: "3 rows", 1: "open"})
    (True, False)
    """
    return all(
        isinstance(raw, str) and ROWS_WRITTEN.fullmatch(plain(raw)) for raw in cells.values()
    )


def _outside(
    row: int, cells: dict[int, Raw], grid: Grid, place: Place, named: set[int], told: set[int]
) -> None:
    """Values beside the named columns: a comma too many, or a column without a name (told once)."""
    for at in sorted(cells.keys() - named):
        if grid.text and at > max(named):
            place.at(
                row,
                at,
                "",
                "long-row",
                "The line has more cells than the header.",
                "Look for a comma inside a value: put the value in quotation marks.",
            )
            return
        if at not in told:
            told.add(at)
            place.at(
                row,
                at,
                "",
                "unnamed-column",
                f"Column {xl_col_to_name(at)} holds a value but has no name.",
                "Name it in the header, or clear it.",
            )


def _is_data(
    row: int, cells: dict[int, Raw], table: Table, place: Place, header: dict[int, str]
) -> bool:
    """Tell an example, a total or a second header from a row of data; only unlike first cells come here."""
    name = table.columns[0]
    first = plain(cells.get(place.columns.get(name, -1))).lower()
    leading = plain(cells[min(cells)]).lower()
    if first.startswith(MARK):
        as_text = {name: plain(cells.get(at)) for at, name in header.items()}
        if not is_example(table.name, as_text):
            place.at(
                row,
                place.columns[name],
                name,
                "example-row",
                "The row is marked as the template's example but holds something else.",
                "Give it an id of its own, or delete the row.",
            )
        return False
    if first in TOTALS or (not first and leading in TOTALS):
        place.at(
            row,
            min(cells),
            header.get(min(cells), ""),
            "totals-row",
            "This looks like a row of totals; it would be counted again.",
            "Delete the row.",
        )
        return False
    if first == name and sum(plain(raw).lower() in table.names for raw in cells.values()) > 1:
        place.at(
            row,
            min(cells),
            "",
            "header-repeated",
            "The header stands here again.",
            "Delete the row, and look whether the table was pasted twice.",
        )
        return False
    return True


def _pasted_twice(rows: list, place: Place) -> None:
    half, odd = divmod(len(rows), 2)
    if odd or half < LEAST_PASTED:
        return
    if all(a == b for (_, a), (_, b) in zip(rows[:half], rows[half:], strict=True)) and any(
        a != rows[0][1] for _, a in rows
    ):
        place.at(
            rows[half][0],
            None,
            "",
            "pasted-twice",
            f"The {half} rows above stand here again.",
            "Delete the second copy.",
        )


def _day_order(table: Table, rows: list, place: Place) -> dict[str, set[Raw]]:
    """Say which columns of dates cannot be trusted to have the day first; return the dates in doubt."""
    dates = [
        field.name for field in table.fields if field.kind == "date" and field.name in place.columns
    ]
    verdicts = doubtful_days(
        {name: [cells.get(place.columns[name]) for _, cells in rows] for name in dates}
    )
    for name, (verdict, _) in verdicts.items():
        severity = "error" if verdict in ("month-first", "day-second") else "warning"
        place.at(0, None, name, verdict, DAY_ORDER[verdict], WHOLE_COLUMN, severity=severity)
    return {name: doubt for name, (_, doubt) in verdicts.items()}


def _column(
    field: Field, rows: list, place: Place, known: Collection[str] | None, doubtful: Collection[Raw]
) -> list:
    at = place.columns.get(field.name)
    if at is None:
        return [None] * len(rows)
    raws = [cells.get(at) for _, cells in rows]
    read = {raw: parse(raw, field, known) for raw in set(raws) if raw is not None}
    read[None] = None
    for raw in read:
        if raw in doubtful and not isinstance(read[raw], Bad):
            said = "{} may have its month and day exchanged, as others here have."
            read[raw] = Bad(
                "month-first", said, "Write it as 2011-12-31, like the whole column.", plain(raw)
            )
    values = [read[raw] for raw in raws]
    if any(isinstance(value, Bad) for value in read.values()):
        for index, value in enumerate(values):
            if isinstance(value, Bad):
                place.bad(index, field.name, value)
                values[index] = None
    masked = (
        [index for index, raw in enumerate(raws) if isinstance(raw, Masked)]
        if field.numeric
        else []
    )
    if masked:
        place.cell(
            masked[0],
            field.name,
            "number-format",
            f"{len(masked)} number(s) of this column are shown otherwise than they are held; the first holds "
            f"{plain(raws[masked[0]])}.",
            "What is held was read: set the number format to General and check.",
            "warning",
        )
    if not field.blank:
        for index, raw in enumerate(raws):
            if raw is None:
                place.cell(
                    index, field.name, "missing", "The cell is empty.", f"Write {field.rule}."
                )
    return values
