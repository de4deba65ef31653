"""A sheet's cells: values, and what a plain reader would lose without a word.

In: an opened :class:`~larcnb.returns.package.Package`. Out: a :class:`Grid` for each sheet, in one pass over
its XML. Error cells and formulas without a saved result are kept as such (the usual readers return an empty
cell), merged cells are refused, hidden rows and columns are counted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass, field

from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from larcnb.errors import Problem
from larcnb.returns.grid import MOST_COLUMNS, MOST_ROWS, Grid
from larcnb.returns.package import (
    DAMAGE,
    Package,
    SheetPart,
    Style,
    Unreadable,
    parse_part,
    unescape,
)
from larcnb.returns.raw import EMPTY, Broken, Masked, Raw, plain
from larcnb.schema import RETURN

REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
LAST_ROW, LAST_COLUMN, MOST_SEEN = 1_048_576, 16_383, 200_000
LEAST_HEIGHT, LEAST_WIDTH = 3, 0.5  # points, characters: what is smaller shows no cell
EPOCH, EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)


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
    struck: set[tuple[int, int]] = field(default_factory=set)
    faint: set[tuple[int, int]] = field(default_factory=set)
    turned: dict[int, list[tuple[int, dt.datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    looks: dict[str, Style] = field(init=False)

    def __post_init__(self) -> None:
        self.looks = {
            number: style for number, style in self.package.styles.items() if style != Style()
        }

    def begin_row(self, number: int | None, hidden: bool) -> None:
        number = self.row + 1 if number is None else number
        if not self.row < number <= LAST_ROW:
            raise ValueError("order of rows")
        self.row, self.row_hidden, self.column, self.cells = number, hidden, -1, {}

    def cell(
        self, letters: str | None, row: int, kind: str, style: str, formula: bool, value: str | None
    ) -> None:
        at = self.column + 1 if letters is None else self.numbers.get(letters)
        if at is None:
            at = self.numbers[letters] = xl_cell_to_rowcol(f"{letters}1")[1]
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
                self.struck.add((self.row, at))
            if look and look.faint:
                self.faint.add((self.row, at))
            if look and isinstance(raw, dt.datetime) and look.turns(raw):
                self.turned[at].append((self.row, raw))

    def end_row(self) -> None:
        if not self.cells:
            return
        if not self.cells.keys() <= self.columns:
            self.columns.update(self.cells)
        if len(self.columns) > MOST_COLUMNS:
            raise Unreadable(
                "too-many-columns",
                f"More than {MOST_COLUMNS} columns hold values (see {xl_col_to_name(max(self.columns))}{self.row}).",
                "Keep the table's own columns.",
            )
        if len(self.rows) > MOST_ROWS:
            raise Unreadable(
                "too-many-rows", f"More than {MOST_ROWS:,} rows hold values.", "Split the return."
            )
        if self.row_hidden:
            self.hidden_rows.append(self.row)
        self.rows.append((self.row, self.cells))

    def scan(self, part: str) -> None:
        """Read the sheet's XML; raises what the parser and the archive raise for damaged ones."""
        cell: dict[str, str] = {}
        pieces: list[str] = []
        state = {
            "cell": False,
            "listening": False,
            "aid": False,
            "formula": False,
            "value": False,
            "struck": False,
        }

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "c":
                cell.clear()
                cell.update(attributes)
                pieces.clear()
                state.update(cell=True, formula=False, value=False, struck=False)
            elif tag in ("v", "t"):
                if state["cell"] and not state["aid"]:
                    state.update(listening=True, value=True)
            elif tag == "f":
                state["formula"] = state["cell"]
            elif tag == "row":
                hidden = (
                    _is_on(attributes, "hidden") or float(attributes.get("ht", 15)) < LEAST_HEIGHT
                )
                self.begin_row(int(attributes["r"]) if "r" in attributes else None, hidden)
            elif tag == "rPh":
                state["aid"] = True
            elif tag == "strike" and attributes.get("val") not in ("0", "false"):
                state["struck"] = True
            elif tag == "mergeCell":
                self.areas.append(attributes.get("ref", ""))
            elif tag == "col" and (
                _is_on(attributes, "hidden") or float(attributes.get("width", 9)) < LEAST_WIDTH
            ):
                self.column_ranges.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))

        def text(piece: str) -> None:
            if state["listening"] and len(pieces) < 1000:
                pieces.append(piece)

        def end(tag: str) -> None:
            if tag in ("v", "t"):
                state["listening"] = False
            elif tag == "c":
                state["cell"] = False
                kind, value = cell.get("t", "n"), "".join(pieces) if state["value"] else None
                reference = REFERENCE.fullmatch(cell["r"]) if "r" in cell else None
                if "r" in cell and not reference:
                    raise ValueError("reference")
                letters, row = (reference[1], int(reference[2])) if reference else (None, 0)
                self.cell(letters, row, kind, cell.get("s", "0"), state["formula"], value)
                if state["struck"]:
                    self.struck.add((self.row, self.column))
            elif tag == "row":
                self.end_row()
            elif tag == "rPh":
                state["aid"] = False

        parse_part(self.package.archive, part, start, end, text)

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


def _is_on(attributes: dict[str, str], name: str) -> bool:
    return attributes.get(name) in ("1", "true")


def read_sheet(
    package: Package, sheet: SheetPart, table: str, file: str
) -> tuple[Grid | None, list[Problem]]:
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
        gathered.scan(sheet.part)
    except Unreadable as error:
        return None, [Problem(file, sheet.name, 0, "", error.code, error.message, error.todo)]
    except DAMAGE:
        todo = "Open it in Excel and save it again."
        return None, [
            Problem(file, sheet.name, 0, "", "not-a-workbook", "The sheet is damaged.", todo)
        ]
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
        note(
            row,
            "merged-cells",
            f"The cells {area[:30]} are merged: only the first holds the value.",
            "Unmerge them and fill each cell.",
            area.partition(":")[0][:10],
            "error",
        )
    if gathered.hidden_rows:
        count, first = len(gathered.hidden_rows), gathered.hidden_rows[0]
        note(
            first,
            "hidden-rows",
            f"{count} hidden row(s) were read, the first here.",
            "Show and check them.",
        )
    first, header = gathered.rows[0] if gathered.rows else (0, {})
    known = RETURN[sheet.name.strip().lower()].names if sheet.name.strip().lower() in RETURN else ()
    names = {at: name for at, raw in header.items() if (name := plain(raw).lower()) in known}

    def of_column(at, code, message, todo, row=0) -> None:
        cell = f"{xl_col_to_name(at)}{row}" if row else ""
        problems.append(
            Problem(file, sheet.name, row, names.get(at, ""), code, message, todo, "warning", cell)
        )

    for cells, code, how in (
        (gathered.struck, "struck-through", "struck through"),
        (gathered.faint, "unseen-text", "that nobody sees"),
    ):
        heads = {at for row, at in cells if row == first}
        for at in sorted(heads):
            of_column(
                at,
                code,
                f"Column {xl_col_to_name(at)} has a heading {how}; it was read and counts.",
                "Take the formatting off, or send the return without what is not meant.",
            )
        rows = {row for row, at in cells if at not in heads}
        if rows:
            numbers = ", ".join(map(str, sorted(rows)[:10])) + (
                " and more" if len(rows) > 10 else ""
            )
            note(
                min(rows),
                code,
                f"{len(rows)} row(s) with cells {how} were read and count: {numbers}.",
                "Delete the rows that are not meant; take the formatting off the others.",
            )
    for at, dates in gathered.turned.items():
        row, day = dates[0]
        of_column(
            at,
            "date-format",
            f"{len(dates)} date(s) of this column are shown with the month first or without "
            f"the day; the first is {day:%d/%m/%Y}, with the day first.",
            "What is held was read: set the number format to dd/mm/yyyy and check.",
            row,
        )
    for at in sorted(gathered.columns):
        if any(low <= at <= high for low, high in gathered.column_ranges):
            of_column(
                at,
                "hidden-columns",
                f"Column {xl_col_to_name(at)} is hidden; it was read.",
                "Show it and check it.",
            )
    return problems
