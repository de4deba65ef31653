"""One table as it stands in a file, before anything is made of it, and everything that is wrong
with it.

In: what :mod:`larcnb.returns.csvfile` and :mod:`larcnb.returns.xlsx` read. Out: :class:`Grid`: rows
of raw cells with the row numbers Excel shows, and problems that name file, sheet, row, column and
cell. The words of every problem stand in ``problems.csv``, by a key that begins with its code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from larcnb.errors import Problem
from larcnb.returns.cells import Bad, Raw
from larcnb.returns.words import data_rows

MOST_ROWS, MOST_COLUMNS = 100_000, 60
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
    mark : str
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
    """

    file: str
    sheet: str = ""
    source: str = ""
    mark: str = ""
    rows: list[tuple[int, dict[int, Raw]]] = field(default_factory=list)
    readable: bool = True
    short: dict[int, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)
    refused: set[tuple[int, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    counted: Counter = field(default_factory=Counter)

    def note(self, key: str | Mapping, row: int = 0, at: int | None = None, name="", **words):
        """Note a problem of the file or sheet, of a row by its number, or of a cell by its column
        from 0."""
        cell = f"{xl_col_to_name(at)}{row}" if at is not None and row else ""
        self.problems.append(problem(self.file, key, self.sheet, row, name, cell, **words))

    def unreadable(self, error: Unreadable, row: int = 0) -> None:
        """Note a problem for which the rows are not to be used."""
        self.note(error.key, **({"row": row} | error.words))
        self.readable, self.rows = False, []

    def cell(self, index: int, name: str, key: str | Mapping, bad: Bad | None = None, **words):
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
            self.cell(int(index), name, key, **words)

    def close(self) -> list[Problem]:
        """Return the problems, with a count of those too many to list."""
        for (name, code, severity), count in self.counted.items():
            if count > MOST_LIKE_IT:
                said = PROBLEMS["more"] | {"key": code, "severity": severity}
                self.note(said, name=name, count=count - MOST_LIKE_IT, code=code)
        self.counted.clear()
        return self.problems
