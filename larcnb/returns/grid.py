"""The cells of one table as they stand in a file, before anything is made of them.

In: what :mod:`larcnb.returns.files` and :mod:`larcnb.returns.workbook` read. Out: :class:`Grid`, rows of raw
cells with the row numbers Excel shows, and :class:`Place`, which turns "row 3, hours" into a problem that
names file, sheet, row, column and cell.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from xlsxwriter.utility import xl_col_to_name

from larcnb.errors import Problem
from larcnb.returns.raw import Bad, Raw

MOST_ROWS, MOST_COLUMNS = 100_000, 60
MOST_LIKE_IT = 200
"""Problems of one kind in one column that are listed one by one; the rest are counted."""


@dataclass
class Grid:
    """Rows that hold something, each with its number and its cells by column from 0.

    Parameters
    ----------
    rows : list of (row number as Excel shows it, dict of column to raw cell)
        The header is the first; wholly empty rows are left out.
    sheet : str
        The sheet of a workbook; empty for a CSV.
    source : str
        How ``source_row`` names the table, such as ``process.csv`` or ``return.xlsx/process``.
    short : dict of row number to the number of cells it has
        Lines of a CSV with fewer cells than the header.
    text : bool
        A CSV, where one comma too many moves every later cell.
    mark : str
        What stands between a CSV's cells.
    """

    rows: list[tuple[int, dict[int, Raw]]]
    sheet: str = ""
    source: str = ""
    short: dict[int, int] = field(default_factory=dict)
    text: bool = False
    mark: str = ","


@dataclass
class Place:
    """Where a table stands: makes its problems and remembers which cells already have one.

    ``moved`` holds the rows whose cells may stand in the wrong columns; their values are never repeated.
    """

    file: str
    sheet: str = ""
    columns: dict[str, int] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: set[tuple[int, str]] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    counted: Counter = field(default_factory=Counter)
    read: bool = True

    def about_file(
        self,
        code: str,
        message: str,
        todo: str = "",
        severity: Literal["error", "warning"] = "error",
    ):
        """Note a problem of the whole file or sheet."""
        self.problems.append(Problem(self.file, self.sheet, 0, "", code, message, todo, severity))

    def at(
        self,
        row: int,
        column: int | None,
        name: str,
        code: str,
        message: str,
        todo: str = "",
        **more,
    ):
        """Note a problem at a row number and a column counted from 0."""
        cell = f"{xl_col_to_name(column)}{row}" if column is not None and row else ""
        self.problems.append(
            Problem(self.file, self.sheet, row, name, code, message, todo, cell=cell, **more)
        )

    def bad(self, index: int, column: str, bad: Bad) -> None:
        """Note a bad cell of one row of the frame; its words are made only if they are to be listed."""
        listed = self.counted[column, bad.code] < MOST_LIKE_IT
        message, todo = (bad.message(index in self.moved), bad.todo) if listed else ("", "")
        self.cell(index, column, bad.code, message, todo)

    def cell(
        self, index: int, column: str, code: str, message: str, todo: str = "", severity="error"
    ) -> None:
        """Note a problem of one row of the frame, unless that cell already has an error."""
        if (index, column) in self.refused:
            return
        if severity == "error":
            self.refused.add((index, column))
        self.counted[column, code] += 1
        if self.counted[column, code] <= MOST_LIKE_IT:
            at = self.columns.get(column)
            self.at(self.rows[index], at, column, code, message, todo, severity=severity)

    def close(self) -> list[Problem]:
        """Return the problems, with a count of those too many to list."""
        for (column, code), count in self.counted.items():
            if count > MOST_LIKE_IT:
                like = next(p for p in self.problems if (p.column, p.code) == (column, code))
                more = (
                    f"{count - MOST_LIKE_IT:,} more rows have the problem '{code}' in this column."
                )
                self.problems.append(
                    Problem(
                        self.file, self.sheet, 0, column, code, more, "", severity=like.severity
                    )
                )
        self.counted.clear()
        return self.problems
