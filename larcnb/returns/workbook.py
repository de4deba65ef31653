"""A sheet's cells: values, and what a plain reader would lose without a word.

In: an opened :class:`~larcnb.returns.package.Package`. Out: a :class:`Grid` for each sheet, in one pass over
its XML. Error cells and formulas without a saved result are kept as such (the usual readers return an empty
cell), merged cells are refused, hidden rows and columns are counted.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from larcnb.errors import Problem
from larcnb.returns.cells import BLANKS, MOST_WRITTEN, Broken, Raw
from larcnb.returns.grid import MOST_COLUMNS, MOST_ROWS, Grid, letters
from larcnb.returns.package import DAMAGE, Package, SheetPart, Unreadable, parse_part, unescape

NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
LAST_ROW, LAST_COLUMN = 1_048_576, 16_383
EPOCH, EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)


def column_number(name: str) -> int:
    """Return the number, from 0, of a column Excel calls ``name``.

    Examples
    --------
    >>> column_number("A"), column_number("XFD")
    (0, 16383)
    """
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number - 1


@dataclass
class _Sheet:
    """What one pass over a sheet's XML gathers."""

    package: Package
    rows: list[tuple[int, dict[int, Raw]]] = field(default_factory=list)
    columns: set[int] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    row: int = 0
    row_hidden: bool = False
    column: int = -1
    cells: dict[int, Raw] = field(default_factory=dict)
    kind: str = "n"
    style: str = "0"
    formula: bool = False
    value: str | None = None
    listening: bool = False
    in_cell: bool = False
    reading_aid: bool = False
    numbers: dict[str, int] = field(default_factory=dict)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            reference = attributes.get("r")
            if reference:
                name = reference.rstrip("0123456789")
                at = self.numbers.get(name)
                if at is None:
                    if not REFERENCE.fullmatch(reference):
                        raise ValueError("reference")
                    at = self.numbers[name] = column_number(name)
            else:
                at = self.column + 1
            if not self.column < at <= LAST_COLUMN:
                raise ValueError("order of cells")
            self.column, self.in_cell, self.formula, self.value = at, True, False, None
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
        elif tag == "v" or tag == "t":
            if self.in_cell and not self.reading_aid:
                self.listening = True
                self.value = self.value or ""
        elif tag == "f":
            self.formula = self.in_cell
        elif tag == "row":
            row = int(attributes.get("r", self.row + 1))
            if not self.row < row <= LAST_ROW:
                raise ValueError("order of rows")
            self.row, self.column, self.cells = row, -1, {}
            hidden = attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0"
            self.row_hidden = hidden
        elif tag == "rPh":
            self.reading_aid = True
        elif tag == "mergeCell":
            self.merged.append(attributes.get("ref", ""))
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            self.hidden_columns.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))

    def text(self, piece: str) -> None:
        if self.listening and len(self.value) <= MOST_WRITTEN:
            self.value += piece

    def end(self, tag: str) -> None:
        if tag == "v" or tag == "t":
            self.listening = False
        elif tag == "c":
            self.in_cell = False
            if self.value is not None or self.formula or self.kind == "e":
                self.keep()
        elif tag == "row":
            if self.cells:
                self.close_row()
        elif tag == "rPh":
            self.reading_aid = False

    def keep(self) -> None:
        raw = self.raw()
        if raw is not None and not (type(raw) is str and not raw.strip(BLANKS)):
            self.cells[self.column] = raw

    def raw(self) -> Raw | None:
        value, kind = self.value, self.kind
        if kind == "e":
            return Broken("error-cell", value or "#N/A")
        if kind == "s":
            if value and not (value.isascii() and value.isdigit()):
                raise ValueError("number of a text")
            return self.package.strings[int(value)] if value else None
        if kind in ("str", "inlineStr"):
            return unescape(value) if value is not None else Broken("formula-unsaved")
        value = (value or "").strip()
        if not value:
            return Broken("formula-unsaved") if self.formula else None
        if kind == "b":
            return "TRUE" if value in ("1", "true") else "FALSE"
        if kind == "d":
            return dt.datetime.fromisoformat(value).replace(tzinfo=None)
        if not NUMBER.fullmatch(value):
            raise ValueError("number")
        number = float(value)
        if self.style in self.package.dates:
            return self.date(number)
        return number

    def date(self, serial: float) -> Raw:
        epoch = EPOCH_1904 if self.package.from_1904 else EPOCH
        if not 0 <= serial < 2_958_466:
            return Broken("error-cell", "#####")
        moment = epoch + dt.timedelta(days=serial)
        return (moment + dt.timedelta(microseconds=500_000)).replace(microsecond=0)

    def close_row(self) -> None:
        self.columns.update(self.cells)
        if len(self.columns) > MOST_COLUMNS:
            raise Unreadable(
                "too-many-columns",
                f"More than {MOST_COLUMNS} columns hold values (see {letters(max(self.columns))}{self.row}).",
                "Keep the table's own columns.",
            )
        if len(self.rows) > MOST_ROWS:
            raise Unreadable("too-many-rows", f"More than {MOST_ROWS:,} rows hold values.", "Split the return.")
        if self.row_hidden:
            self.hidden_rows.append(self.row)
        self.rows.append((self.row, self.cells))


def read_sheet(package: Package, sheet: SheetPart, table: str, file: str) -> tuple[Grid | None, list[Problem]]:
    """Read one sheet's cells.

    Parameters
    ----------
    package : Package
    sheet : SheetPart
    table : str
        The table it holds, for ``source_row``.
    file : str
        The workbook's name in messages.

    Returns
    -------
    Grid or None, and list of Problem
        None where the sheet cannot be read.
    """
    gathered = _Sheet(package)
    try:
        parse_part(package.archive, sheet.part, gathered.start, gathered.end, gathered.text)
    except Unreadable as error:
        return None, [Problem(file, sheet.name, 0, "", error.code, error.message, error.todo)]
    except DAMAGE:
        todo = "Open it in Excel and save it again."
        return None, [Problem(file, sheet.name, 0, "", "not-a-workbook", "The sheet is damaged.", todo)]
    return Grid(gathered.rows, sheet.name, f"return.xlsx/{table}"), _look(gathered, sheet, file)


def _look(gathered: _Sheet, sheet: SheetPart, file: str) -> list[Problem]:
    """What a reader of the sheet on a screen would not see, or would see otherwise than it is stored."""
    problems = []

    def note(row, code, message, todo, cell="", severity="warning") -> None:
        problems.append(Problem(file, sheet.name, row, "", code, message, todo, severity, cell))

    if sheet.hidden and gathered.rows:
        note(0, "hidden-sheet", "The sheet is hidden; its rows were read.", "Show it and check it.")
    for area in gathered.merged[:200]:
        first = REFERENCE.match(area)
        row = int(first[2]) if first else 0
        note(row, "merged-cells", f"The cells {area[:30]} are merged: only the first holds the value.",
             "Unmerge them and fill each cell.", area.partition(":")[0][:10], "error")  # fmt: skip
    if gathered.hidden_rows:
        count, first = len(gathered.hidden_rows), gathered.hidden_rows[0]
        note(first, "hidden-rows", f"{count} hidden row(s) were read, the first here.", "Show and check them.")
    for low, high in gathered.hidden_columns:
        hidden = sorted(at for at in gathered.columns if low <= at <= high)
        if hidden:
            names = ", ".join(map(letters, hidden))
            note(0, "hidden-columns", f"Hidden column(s) {names} were read.", "Show and check them.")
    return problems
