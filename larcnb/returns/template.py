"""The return workbook an authority fills in: one sheet a table, with guidance, drop-downs and an
example row.

In: an authority's params, the national library, and tables to fill it with, if any. Out: an
``.xlsx`` file, the same bytes for the same input. The example row is passed over by the reader;
headers are protected (without a password), cells are not. :class:`Book` and its sheets also make
the copy that :mod:`larcnb.returns.checked` hands back.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from larcnb import codes
from larcnb.errors import REFUSED, LarcError
from larcnb.files import write_whole
from larcnb.returns import cells
from larcnb.returns.cells import Bad, Broken, Raw, parse, plain
from larcnb.returns.files import find_return, read_grids
from larcnb.returns.grid import MOST_ROWS
from larcnb.returns.tables import examples
from larcnb.schema import RETURN, Field, Table

MADE = dt.datetime(2012, 1, 1)
LAST_COLUMN, LONGEST_TITLE, LONGEST_HELP = 16_383, 32, 255
PURPLE, GREY = "#4B2E83", "#595959"
FONT = {"font_name": "Arial", "font_size": 11}
HEAD = {"bold": True, "bg_color": PURPLE, "font_color": "#FFFFFF"}
EXAMPLE = {"italic": True, "font_color": GREY}
NO_GUESSES = {f"strings_to_{kind}": False for kind in ("formulas", "urls", "numbers")}
ROWS, COLUMNS = ("insert_rows", "delete_rows", "format_rows"), ("format_columns", "format_cells")
UNLOCKED = dict.fromkeys((*ROWS, *COLUMNS, "sort", "autofilter"), True)
YES_NO = tuple(codes.YES_NO)
LISTED = 8  # longer vocabularies stand in the sheet Lists only
GUIDANCE = {"sheet": 16, "column": 28, "what it says": 60, "what to write": 90}


class Book:
    """A workbook being written, its sheets in this order: its formats, and where each drop-down's
    list stands."""

    def __init__(self, title: str, sheets: Collection[str]) -> None:
        self.file = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.file, NO_GUESSES)
        self.book.set_properties({"title": title, "author": "larcnb", "created": MADE})
        self.lists: dict[object, str] = {}
        self._formats: dict[tuple, object] = {}
        for name in sheets:
            sheet = self.book.add_worksheet(name)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1 if name != "Lists" else 0, 0)

    def sheet(self, name: str):
        """The sheet of a name."""
        return self.book.get_worksheet_by_name(name)

    def save(self, path: Path) -> Path:
        """Write the workbook, whole or not at all."""
        self.book.close()
        write_whole(path, self.file.getvalue())
        return path

    def format(self, **properties):
        """A format, made once for each set of properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(FONT | properties)
        return self._formats[key]

    def cell_format(self, field: Field | None, **more):
        """The format of a column's cells: dates as dates, codes and ids as text so that Excel
        changes none."""
        kinds = {"date": "dd/mm/yyyy", "whole": "0", "number": "General"}
        look = {"num_format": kinds.get(field.kind if field else "", "@"), "locked": False}
        if field and field.numeric:  # else the digits touch the word in the next column
            look["align"] = "left"
        return self.format(**look | more)

    def lines(self, name: str, row: int, widths: Mapping[str, int], lines: list[tuple]) -> None:
        """Write a sheet of text: its heads and their widths, and below them each line's format and
        words."""
        sheet = self.sheet(name)
        for at, (word, width) in enumerate(widths.items()):
            sheet.write_string(row, at, word, self.format(**HEAD))
            sheet.set_column(at, at, width)
        for below, (look, *words) in enumerate(lines, start=row + 1):
            for at, word in enumerate(words):
                sheet.write_string(below, at, word, look)
        sheet.freeze_panes(row + 1, 0)


def write_template(
    path: Path, authority, library, tables: Mapping[str, pd.DataFrame] | None = None
) -> Path:
    """Write a return workbook, empty or filled.

    Parameters
    ----------
    path : Path
        Where; written whole or not at all.
    authority : larcnb.params.Authority
        ``slug``, ``name``, ``vintage``, ``price_base`` and ``wording`` are used.
    library : larcnb.library.Library
        ``unit_costs`` and ``futures``: the lists of roles, items and futures.
    tables : dict of DataFrame, optional
        Rows to fill in, typed or as text (:func:`tables_from_csv`, :mod:`larcnb.imports.ssd`);
        columns left out stay empty. What cannot be read as its column's type is written as text,
        for the check to find.

    Returns
    -------
    Path
    """
    book = Book(f"Return of {authority.name}", ["READ ME", "Guidance", *RETURN, "Lists"])
    read_me_sheet(book, authority)
    guidance_sheet(book)
    list_sheet(book, library, authority.vintage)
    for name, table in RETURN.items():
        frame = (tables or {}).get(name, pd.DataFrame())
        sheet = table_sheet(book, table, name, dict(enumerate(table.names)))
        for at, field in enumerate(table.fields):
            example = typed(examples()[name].get(field.name, ""), field)
            write_cell(book, sheet, 1, at, example, field, **EXAMPLE)
            for row, value in enumerate(frame.get(field.name, [""] * len(frame)), start=2):
                text = "" if pd.isna(value) else str(value).removesuffix(" 00:00:00")
                write_cell(book, sheet, row, at, typed(text, field), field)
        sheet.protect("", UNLOCKED)
    return book.save(Path(path))


def read_me_sheet(book: Book, authority) -> None:
    """Write what to do with the workbook, for an authority."""
    sheet = book.sheet("READ ME")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 118)
    text = Path(__file__).with_name("read_me.txt").read_text("utf-8")
    filled = {name: getattr(authority, name) for name in ("name", "slug", "vintage", "price_base")}
    lines = text.format(**filled, **codes.WORDING[authority.wording]).splitlines()
    for row, line in enumerate(lines):
        size = 16 if not row else 13 if line.startswith("|") else 11
        look = book.format(bold=size > 11, font_size=size, text_wrap=True)
        sheet.write_string(row, 0, line.lstrip("|"), look)
    sheet.protect()


def guidance_sheet(book: Book) -> None:
    """Write a row for every column of every table: what it says, and what it may hold."""
    head, text = book.format(bold=True, valign="top"), book.format(text_wrap=True, valign="top")
    lines = []
    for table in RETURN.values():
        lines.append((head, table.name, "", table.about))
        for field in table.fields:
            listed = field.kind in ("item", "future") or len(field.allowed) > LISTED
            rule = "a code of the list (see the sheet Lists)" if listed else field.rule
            lines.append((text, table.name, field.name, field.about, rule[0].upper() + rule[1:]))
    book.lines("Guidance", 0, GUIDANCE, lines)
    book.sheet("Guidance").protect()


def list_sheet(book: Book, library, vintage: str) -> None:
    """Write the look-up sheet: roles, items and futures with their labels, then the other codes.

    Parameters
    ----------
    book : Book
        Its ``lists`` get, for each list, the range a drop-down refers to.
    library
        ``unit_costs`` and ``futures``.
    vintage : str
        Only items with a price in it are listed.
    """
    costs = library.unit_costs[library.unit_costs["vintage"].eq(vintage)].drop_duplicates("item")
    roles, items = (costs[costs["category"].eq(of)] for of in ("role", "intervention"))
    given = pd.concat([roles, items])
    in_units = given["label"] + " (" + given["unit"] + ")"
    futures = dict(zip(library.futures["future"], library.futures["label"], strict=True))
    again = {codes.RE_REFERRAL: "Referred again after the case closed"}
    lists: dict[object, tuple[str, dict[str, str]]] = {
        "role": ("role", dict(zip(roles["item"], roles["label"], strict=True))),
        "item": ("item", dict(zip(given["item"], in_units, strict=True))),
        "future": ("future", futures),
        "follow_up": ("follow_up.future", futures | again),
    }
    labels = _labels()
    for table in RETURN.values():
        for field in table.fields:
            if field.allowed and field.allowed != YES_NO:
                words = labels[field.allowed]
                lists.setdefault(field.allowed, (f"{table.name}.{field.name}", words))
    sheet, text = book.sheet("Lists"), book.format(num_format="@")
    for at, (key, (name, words)) in enumerate(lists.items()):
        columns = (name, words, 26), ("what it means", words.values(), 44)
        for left, (head, lines, width) in enumerate(columns, start=at * 2):
            sheet.write_string(0, left, head, book.format(**HEAD))
            sheet.set_column(left, left, width)
            for row, line in enumerate(lines, start=1):
                sheet.write_string(row, left, str(line), text)
        letter = xl_col_to_name(at * 2, col_abs=True)
        book.lists[key] = f"='Lists'!{letter}$2:{letter}${len(words) + 1}"
    sheet.freeze_panes(1, 0)
    sheet.protect()


def _labels() -> dict[tuple[str, ...], dict[str, str]]:
    """Every vocabulary of :mod:`larcnb.codes` by its codes; one in parts (needs, themes) as a
    whole."""
    found = {}
    for words in (words for words in vars(codes).values() if isinstance(words, dict)):
        parts = [part for part in words.values() if isinstance(part, dict)] or [words]
        whole = {code: label for part in parts for code, label in part.items()}
        said = {code: v[0] if isinstance(v, list) else str(v) for code, v in whole.items()}
        found.setdefault(tuple(whole), said)
    return found


def table_sheet(book: Book, table: Table, name: str, header: Mapping[int, str], row: int = 0):
    """Lay out a table's sheet: its header, and below it typed columns with drop-downs.

    Parameters
    ----------
    book : Book
    table : Table
    name : str
        The sheet's name.
    header : mapping of column number to text
        What stands in the header.
    row : int
        The header's row, from 0.

    Returns
    -------
    xlsxwriter worksheet
    """
    sheet = book.sheet(name)
    head = book.format(**HEAD, text_wrap=True, valign="top")
    for at, word in header.items():
        sheet.write_string(row, at, writable(word), head)
        field = table.field(word.strip().lower())
        if field is None:
            sheet.set_column(at, at, 32)
            continue
        sheet.set_column(at, at, _width(field), book.cell_format(field))
        prompt = f"{field.about}. Write {field.rule}."[:LONGEST_HELP]
        help_ = {"input_title": field.name[:LONGEST_TITLE], "input_message": prompt}
        sheet.data_validation(row, at, row, at, {"validate": "any"} | help_)
        allowed = _validation(book, table, field)
        sheet.data_validation(row + 1, at, MOST_ROWS, at, allowed | help_)
    # a row with a locked cell cannot be deleted
    beside = max(header, default=-1) + 1
    sheet.set_column(beside, LAST_COLUMN, None, book.format(locked=False))
    sheet.freeze_panes(row + 1, 1)
    sheet.repeat_rows(row)
    return sheet


def _width(field: Field) -> int:
    if field.private:
        return 32
    longest = max((len(word) for word in field.allowed), default=0)
    return max(12, len(field.name) + 3, longest + 2, 26 if field.kind in ("item", "future") else 0)


def _validation(book: Book, table: Table, field: Field) -> dict[str, object]:
    """What Excel lets be typed in a column."""
    key: object = field.allowed
    if field.kind == "future":
        key = "follow_up" if table.name == "follow_up" else "future"
    elif field.kind == "item":
        key = "item" if field.name == "item" else "role"
    source = book.lists.get(key, list(YES_NO) if field.allowed == YES_NO else None)
    if source:
        allowed = {"validate": "list", "source": source}
    elif field.kind == "date":
        allowed = {"validate": "date", "minimum": cells.FIRST_DAY, "maximum": cells.LAST_DAY}
    elif field.numeric:
        kind = "integer" if field.kind == "whole" else "decimal"
        allowed = {
            "validate": kind,
            "minimum": field.low or 0,
            "maximum": field.high or cells.LARGEST,
        }
    else:
        return {"validate": "any"}
    allowed |= {"criteria": "between", "error_title": field.name[:LONGEST_TITLE]}
    return allowed | {"error_message": f"Write {field.rule}."[:LONGEST_HELP]}


def writable(text: str) -> str:
    """A text as a workbook can hold it: cut to what a cell takes, halves of characters replaced."""
    return text[: cells.MOST_WRITTEN].encode("utf-8", "replace").decode()


def typed(text: str, field: Field):
    """A text as a person would type it: a sound number or date as such, anything else as text."""
    text = plain(text)
    value = parse(text, field) if text and (field.numeric or field.kind == "date") else text
    return text if isinstance(value, Bad) else value


def write_cell(
    book: Book, sheet, row: int, at: int, raw: Raw | dt.date, field: Field | None, **more
) -> None:
    """Write a cell: text as text, numbers and dates as such; never a formula."""
    if isinstance(raw, dt.date):
        has_time = isinstance(raw, dt.datetime) and raw.time() != dt.time()
        shown = "dd/mm/yyyy hh:mm:ss" if has_time else "dd/mm/yyyy"
        sheet.write_datetime(row, at, raw, book.cell_format(field, num_format=shown, **more))
        return
    style = book.cell_format(field, **more)
    if isinstance(raw, (int, float)):
        sheet.write_number(row, at, raw, style)
    elif raw == "":
        sheet.write_blank(row, at, None, style)
    else:
        unsaved = "(a formula without a saved result)"
        text = (raw.shown or unsaved) if isinstance(raw, Broken) else raw
        sheet.write_string(row, at, writable(text), style)


def tables_from_csv(folder: Path, slug: str) -> dict[str, pd.DataFrame]:
    """Read a return's CSV files as they stand, to fill a workbook with them.

    Parameters
    ----------
    folder : Path
        Holds ``<table>.csv`` files.
    slug : str
        The authority, for messages.

    Returns
    -------
    dict of DataFrame
        Text as written; the workbook made of it is to be checked like any other.

    Raises
    ------
    LarcError
        A file cannot be read, or has a column its table does not have: nothing is left out unsaid.
    """
    found = find_return(folder, slug)
    grids = {} if found.workbook else read_grids(found, slug)
    problems = found.problems + [said for grid in grids.values() for said in grid.problems]
    if any(problem.severity == "error" for problem in problems):
        raise LarcError(f"The tables of {slug} cannot be read.", problems, REFUSED)
    tables = {}
    for name, grid in grids.items():
        if not grid.rows:
            continue
        (_, head), *rows = grid.rows
        words = {at: plain(raw).lower() for at, raw in head.items()}
        beside = any(not row.keys() <= words.keys() for _, row in rows)
        if beside or not {*words.values()} <= {*RETURN[name].names}:
            message = f"{grid.file} has columns that the table does not have."
            raise LarcError(f"{message} Run larcnb check {slug} for the list.", problems, REFUSED)
        lines = [{word: row.get(at, "") for at, word in words.items()} for _, row in rows]
        tables[name] = pd.DataFrame(lines, columns=list(words.values()))
    return tables
