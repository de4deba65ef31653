"""One table as it stands in a file, before anything is made of it, and everything that is wrong
with it.

In: a CSV file, in whatever encoding and with whatever delimiter it comes, or a sheet as
:mod:`larcnb.returns.xlsx` reads it. Out: :class:`Grid`: rows of raw cells with the row numbers Excel
shows, and problems that name file, sheet, row, column and cell. The words of every problem stand in
``problems.csv``, by a key that begins with its code. No file is opened that is larger than a return
can be, and none is ever altered.
"""

import contextlib
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from larcnb.errors import Problem
from larcnb.returns.cells import BLANKS, EMPTY, Bad, Raw, data_rows, plain
from larcnb.schema import Table

MOST_ROWS, MOST_COLUMNS, LARGEST_BYTES = 100_000, 60, 50_000_000
MOST_LIKE_IT = 200
"""Problems of one kind in one column that are listed one by one; the rest are counted."""
PROBLEMS = {row["key"]: row for row in data_rows("problems.csv")}


class Unreadable(Exception):
    """A file, or one of its parts, cannot be read: the key of the problem, and its words."""

    def __init__(self, key: str, **words: object) -> None:
        super().__init__(key)
        self.key, self.words = key, words


def problem(file: str, key: str | Mapping, sheet="", row=0, name="", cell="", **words) -> Problem:
    """Make a problem; ``key`` is one of ``problems.csv``, or a row like its rows.

    Examples
    --------
    >>> print(problem("la-03/needs.csv", "totals-row", row=9).message)
    This looks like a row of totals; it would be counted again.
    """
    said = PROBLEMS[key] if isinstance(key, str) else key
    message, todo = (said[part].format(**words).strip() for part in ("message", "todo"))
    code = said["key"].partition("/")[0]
    return Problem(file, sheet, row, name, code, message, todo, said["severity"], cell)


@dataclass
class Grid:
    """Rows that hold something, each with its number and its cells by column from 0; the header is
    the first.

    Parameters
    ----------
    file, sheet : str
        As :class:`larcnb.errors.Problem` names them.
    source : str
        How ``source_row`` names the table, such as ``process.csv`` or ``return.xlsx/process``.
    delimiter : str
        What stands between a CSV's cells; empty for a workbook.
    rows : list of (row number as Excel shows it, dict of column to raw cell)
        Wholly empty rows are left out.
    readable : bool
        Whether its rows could be read at all.
    short : dict of row number to the number of cells it has
        Lines of a CSV with fewer cells than the header.
    columns : dict of column name to column from 0
    numbers : list of int
        For each row of the frame its row number.
    moved : set of int
        The frame's rows whose cells may stand in the wrong columns; their values are never
        repeated.
    refused : set of (row of the frame, column name)
        Cells that have an error already.
    filled : set of int
        Columns from 0 that hold a value in some row.
    problems : list of Problem
        Those noted so far; :meth:`close` adds a count of those too many to list.
    counted : Counter
        How many there are of one kind in one column.
    """

    file: str
    sheet: str = ""
    source: str = ""
    delimiter: str = ""
    rows: list[tuple[int, dict[int, Raw]]] = field(default_factory=list)
    readable: bool = True
    short: dict[int, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)
    refused: set[tuple[int, str]] = field(default_factory=set)
    filled: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    counted: Counter = field(default_factory=Counter)

    def add(self, row: int, cells: dict[int, Raw], most: int = MOST_ROWS) -> None:
        """Add a row that holds something; raises :class:`Unreadable` where that is one, or its columns, too many."""
        self.filled.update(cells)
        if len(self.filled) > MOST_COLUMNS:
            at = max(self.filled)
            far = f"{xl_col_to_name(at)}{row}"
            raise Unreadable("too-many-columns", most=MOST_COLUMNS, far=far, row=row, at=at)
        if len(self.rows) > most:
            raise Unreadable("too-many-rows", most=most, row=row)
        self.rows.append((row, cells))

    def note(self, key: str | Mapping, row: int = 0, at: int | None = None, name="", **words):
        """Note a problem of the file or sheet, of a row by its number, or of a cell by its column
        from 0."""
        cell = f"{xl_col_to_name(at)}{row}" if at is not None and row else ""
        self.problems.append(problem(self.file, key, self.sheet, row, name, cell, **words))

    def unreadable(self, error: Unreadable) -> None:
        """Note a problem for which the rows are not to be used."""
        self.note(error.key, **error.words)
        self.readable, self.rows = False, []

    def note_cell(self, index: int, name: str, key: str | Mapping, bad: Bad | None = None, **words):
        """Note a problem of one row of the frame, unless that cell has an error already.

        The words of a ``bad`` cell are only made where it is listed.
        """
        said = PROBLEMS[key] if isinstance(key, str) else key
        if (index, name) in self.refused:
            return
        if said["severity"] == "error":
            self.refused.add((index, name))
        like = name, said["key"].partition("/")[0], said["severity"]
        self.counted[like] += 1
        if self.counted[like] <= MOST_LIKE_IT:
            words = bad.words(index in self.moved) if bad else words
            self.note(said, self.numbers[index], self.columns.get(name), name, **words)

    def flag(self, mask: pd.Series, name: str, key: str | Mapping, **words: object) -> None:
        """Note one problem for each row of the frame where ``mask`` is true."""
        for index in mask.to_numpy(dtype=bool, na_value=False).nonzero()[0]:
            self.note_cell(int(index), name, key, **words)

    def close(self) -> list[Problem]:
        """Return the problems, with a count of those too many to list."""
        for (name, code, severity), count in self.counted.items():
            if count > MOST_LIKE_IT:
                said = PROBLEMS["more"] | {"key": code, "severity": severity}
                self.note(said, name=name, count=count - MOST_LIKE_IT, code=code)
        self.counted.clear()
        return self.problems


# A CSV file


def read_csv(path: Path, table: Table, file: str, most: int = MOST_ROWS) -> Grid:
    """Read a CSV file's cells.

    Parameters
    ----------
    path : Path
    table : Table
        Only to tell whether another delimiter would fit.
    file : str
        The file's name in messages.
    most : int
        Rows at most; a file may have 500 bytes for each.

    Returns
    -------
    Grid
        ``readable`` tells whether the file could be read as a CSV at all.
    """
    grid = Grid(file, source=f"{table.name}.csv", delimiter=",")
    try:
        text = _text(path, grid, most)
        grid.delimiter = _delimiter(text, table)
        if grid.delimiter != ",":
            grid.note("delimiter")
        width = 0
        for row, line in _lines(text, grid):
            cells = {at: value for at, value in enumerate(line) if value and value.strip(EMPTY)}
            if cells:
                width = width or max(cells) + 1
                if len(line) < width:
                    grid.short[row] = len(line)
                grid.add(row, cells, most)
    except Unreadable as error:
        grid.unreadable(error)
    return grid


def read_bytes(path: Path, largest: int = LARGEST_BYTES) -> bytes:
    """A file's content.

    Raises
    ------
    Unreadable
        It is larger than a return can be, or the system does not let it be read.
    """
    try:
        if path.stat().st_size > largest:
            raise Unreadable("too-large")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable("not-readable") from error


def _text(path: Path, grid: Grid, most: int) -> str:
    """The file's text, in whichever encoding, with its problems noted."""
    if path.is_symlink() or not path.is_file():
        raise Unreadable("link")
    raw = read_bytes(path, LARGEST_BYTES * most // MOST_ROWS)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or raw[:4].count(b"\0") >= 2:
        raise Unreadable("encoding/utf-16")
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("not-csv")
    if b"\0" in raw:
        before = (raw[: raw.index(b"\0")] + b".").splitlines()
        row, at = len(before), before[-1].count(b",")
        raise Unreadable("nul", first=f"{xl_col_to_name(at)}{row}", row=row, at=at)
    with contextlib.suppress(UnicodeDecodeError):
        return raw.decode("utf-8-sig")
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Unreadable("encoding") from error
    grid.note("encoding/windows")
    return text


def _lines(text: str, grid: Grid) -> Iterator[tuple[int, list[str]]]:
    """Rows with the numbers Excel shows; a line that cannot be read is refused and passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=grid.delimiter)
    for row in itertools.count(1):
        try:
            yield row, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            grid.note("too-long" if "field larger" in str(error) else "quote", row)


def _delimiter(text: str, table: Table) -> str:
    """What stands between the names of the header: a comma, or what was used in its place."""
    lines = io.StringIO(text, newline="")
    header = next((line for line in lines if line.strip(BLANKS + "\r\n,;")), "")[:10_000].lower()
    names = {re.sub("[^a-z0-9]", "", name) for name in table.columns}
    words = {mark: {re.sub("[^a-z0-9]", "", w) for w in header.split(mark)} for mark in ",;\t|:"}
    known = {mark: len(names & words[mark]) for mark in words}
    best = max(known, key=known.get)
    return best if known[best] > 1 and known[","] < 2 else ","


def refuse_open_quotes(grid: Grid, begins: Callable[[str], object]) -> None:
    """Refuse values that swallowed later lines: one of their lines is as wide as the header and
    begins like a row.

    Parameters
    ----------
    grid : Grid
        Of a CSV file.
    begins : function of text
        Whether a row of the table may begin with it.
    """
    header = grid.rows[0][1] if grid.rows else {}
    for row, cells in grid.rows[1:]:
        for at, value in cells.items():
            if isinstance(value, str) and ("\n" in value or "\r" in value):
                lines = [line[:100_000] for line in re.split("\r\n|\r|\n", value)[1:]]
                parts = csv.reader(lines, delimiter=grid.delimiter)
                if any(len(p) == max(header) + 1 > 1 and begins(plain(p[0])) for p in parts):
                    grid.note("quote/rows", row, at, plain(header.get(at)))
