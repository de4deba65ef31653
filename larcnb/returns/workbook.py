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
from larcnb.returns.grid import MOST_COLUMNS, MOST_ROWS, Grid, letters
from larcnb.returns.package import DAMAGE, Package, SheetPart, Style, Unreadable, unescape
from larcnb.returns.raw import EMPTY, Broken, Masked, Raw, plain
from larcnb.returns.sheetxml import REFERENCE, scan
from larcnb.schema import RETURN

NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
LAST_ROW, LAST_COLUMN, MOST_SEEN = 1_048_576, 16_383, 200_000
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
    areas: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    column_ranges: list[tuple[int, int]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    seen: dict[tuple, Raw | None] = field(default_factory=dict)
    row: int = 0
    row_hidden: bool = False
    column: int = -1
    cells: dict[int, Raw] = field(default_factory=dict)
    struck: set[int] = field(default_factory=set)
    faint: set[int] = field(default_factory=set)
    looks: dict[str, Style] = field(init=False)

    def __post_init__(self) -> None:
        self.looks = {number: style for number, style in self.package.styles.items() if style != Style()}

    def begin(self) -> None:
        self.rows, self.columns, self.hidden_rows, self.row = [], set(), [], 0
        self.struck, self.faint = set(), set()

    def begin_row(self, number: int | None, hidden: bool) -> None:
        number = self.row + 1 if number is None else number
        if not self.row < number <= LAST_ROW:
            raise ValueError("order of rows")
        self.row, self.row_hidden, self.column, self.cells = number, hidden, -1, {}

    def cell(self, letters: str | None, row: int, kind: str, style: str, formula: bool, value: str | None) -> None:
        at = self.column + 1 if letters is None else self.numbers.get(letters)
        if at is None:
            at = self.numbers[letters] = column_number(letters)
        if not self.column < at <= LAST_COLUMN or (letters is not None and row != self.row):
            raise ValueError("order of cells")
        self.column = at
        key = kind, style, formula, value
        raw = self.seen.get(key, self)
        if raw is self:
            raw = self.raw(*key)
            if type(raw) is str and not raw.strip(EMPTY):
                raw = None
            if len(self.seen) < MOST_SEEN:
                self.seen[key] = raw
        if raw is not None:
            self.cells[at] = raw
            look = self.looks.get(style)
            if (look and look.struck) or (kind == "s" and value in self.package.struck):
                self.struck.add(self.row)
            if look and look.faint:
                self.faint.add(self.row)

    def end_row(self) -> None:
        if not self.cells:
            return
        if not self.cells.keys() <= self.columns:
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

    def merged(self, area: str) -> None:
        self.areas.append(area)

    def hidden_columns(self, low: int, high: int) -> None:
        self.column_ranges.append((low, high))

    def struck_through(self) -> None:
        self.struck.add(self.row)

    def raw(self, kind: str, style: str, formula: bool, value: str | None) -> Raw | None:
        unsaved = Broken("formula-unsaved") if formula else None
        if kind == "e":
            return Broken("error-cell", value or "#N/A")
        if kind == "s":
            if value and not (value.isascii() and value.isdigit()):
                raise ValueError("number of a text")
            return self.package.strings[int(value)] if value else None
        if kind in ("str", "inlineStr"):
            return unescape(value) if value is not None else unsaved
        value = (value or "").strip()
        if not value:
            return unsaved
        if kind == "b":
            return "TRUE" if value in ("1", "true") else "FALSE"
        if kind == "d":
            return dt.datetime.fromisoformat(value).replace(tzinfo=None)
        if not NUMBER.fullmatch(value):
            raise ValueError("number")
        number, look = float(value), self.looks.get(style)
        if look and look.date:
            return self.date(number)
        return Masked(number) if look and look.hides(number) else number

    def date(self, serial: float) -> Raw:
        epoch = EPOCH_1904 if self.package.from_1904 else EPOCH
        if not 0 <= serial < 2_958_466:
            return Broken("error-cell", "#####")
        moment = epoch + dt.timedelta(days=serial)
        return (moment + dt.timedelta(microseconds=500_000)).replace(microsecond=0)


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
        scan(package, sheet.part, gathered)
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
    for area in gathered.areas[:200]:
        first = REFERENCE.match(area)
        row = int(first[2]) if first else 0
        note(row, "merged-cells", f"The cells {area[:30]} are merged: only the first holds the value.",
             "Unmerge them and fill each cell.", area.partition(":")[0][:10], "error")  # fmt: skip
    if gathered.hidden_rows:
        count, first = len(gathered.hidden_rows), gathered.hidden_rows[0]
        note(first, "hidden-rows", f"{count} hidden row(s) were read, the first here.", "Show and check them.")
    for rows, code, how in (
        (gathered.struck, "struck-through", "struck through"),
        (gathered.faint, "unseen-text", "that nobody sees"),
    ):
        if rows:
            numbers = ", ".join(map(str, sorted(rows)[:10])) + (" and more" if len(rows) > 10 else "")
            note(min(rows), code, f"{len(rows)} row(s) with cells {how} were read and count: {numbers}.",
                 "Delete the rows that are not meant; take the formatting off the others.")  # fmt: skip
    header = gathered.rows[0][1] if gathered.rows else {}
    known = RETURN[sheet.name.strip().lower()].columns if sheet.name.strip().lower() in RETURN else ()
    for at in sorted(gathered.columns):
        if any(low <= at <= high for low, high in gathered.column_ranges):
            name = plain(header.get(at)).lower()
            problems.append(
                Problem(file, sheet.name, 0, name if name in known else "", "hidden-columns",
                        f"Column {letters(at)} is hidden; it was read.", "Show it and check it.", "warning")
            )  # fmt: skip
    return problems
