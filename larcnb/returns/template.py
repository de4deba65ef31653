"""The return workbook an authority fills in: one sheet a table, with guidance, drop-downs and an
example row.

In: an authority's params, the national library, and tables to fill it with, if any. Out: an
``.xlsx`` file, the same bytes for the same input. The example row is passed over by the reader;
headers are protected (without a password), cells are not. :class:`Book` and its sheets also make
the copy that :mod:`larcnb.returns.checked` hands back.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from larcnb import codes
from larcnb.errors import REFUSED, LarcError
from larcnb.returns.cells import FIRST_DAY, LAST_DAY, MOST_WRITTEN, Broken, Raw, parse, plain
from larcnb.returns.csvfile import read_csv
from larcnb.returns.files import find_return
from larcnb.returns.grid import MOST_ROWS
from larcnb.returns.tables import examples
from larcnb.schema import RETURN, Field, Table

MADE = dt.datetime(2012, 1, 1)
LAST_COLUMN = 16_383
PURPLE, GREY = "#4B2E83", "#595959"
HEAD = {"bold": True, "bg_color": PURPLE, "font_color": "#FFFFFF"}
NO_GUESSES = {f"strings_to_{kind}": False for kind in ("formulas", "urls", "numbers")}
ROWS, COLUMNS = ("insert_rows", "delete_rows", "format_rows"), ("format_columns", "format_cells")
UNLOCKED = dict.fromkeys((*ROWS, *COLUMNS, "sort", "autofilter"), True)
YES_NO = tuple(codes.YES_NO)


def _labels() -> dict[tuple[str, ...], dict[str, str]]:
    """Every vocabulary of :mod:`larcnb.codes` by its codes; one in parts (needs, themes) as a
    whole."""
    found = {}
    for words in (words for words in vars(codes).values() if isinstance(words, dict)):
        parts = [part for part in words.values() if isinstance(part, dict)] or [words]
        whole = {code: label for part in parts for code, label in part.items()}
        said = {code: v[0] if isinstance(v, tuple) else str(v) for code, v in whole.items()}
        found.setdefault(tuple(whole), said)
    return found


class Book:
    """A workbook being written: its formats, and where each drop-down's list stands."""

    def __init__(self, path: Path, title: str) -> None:
        self.book = xlsxwriter.Workbook(path, NO_GUESSES)
        self.book.set_properties({"title": title, "author": "larcnb", "created": MADE})
        self.lists: dict[object, str] = {}
        self._formats: dict[tuple, object] = {}

    def format(self, **properties):
        """A format, made once for each set of properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            font = {"font_name": "Arial", "font_size": 11}
            self._formats[key] = self.book.add_format(font | properties)
        return self._formats[key]

    def cell_format(self, field: Field, **more):
        """The format of a column's cells: dates as dates, codes and ids as text so that Excel
        changes none."""
        shown = {"date": "dd/mm/yyyy", "whole": "0", "number": "General"}.get(field.kind, "@")
        if field.numeric:  # else the digits touch the word in the next column
            more = {"align": "left", **more}
        return self.format(num_format=shown, locked=False, **more)

    def sheet(self, name: str):
        """The sheet of a name, made where there is none yet."""
        found = self.book.get_worksheet_by_name(name)
        if found is None:
            found = self.book.add_worksheet(name)
            found.set_landscape()
            found.set_paper(9)
            found.fit_to_pages(1 if name != "Lists" else 0, 0)
        return found


@contextmanager
def written(path: Path, title: str, sheets: list[str]) -> Iterator[Book]:
    """A workbook with sheets in this order; it is at ``path`` when all has gone well, and else
    nothing is."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        book = Book(scratch, title)
        for name in sheets:
            book.sheet(name)
        yield book
        book.book.close()
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write_template(
    path: Path,
    authority,
    library,
    tables: Mapping[str, pd.DataFrame] | None = None,
    vintage: str = "",
) -> Path:
    """Write a return workbook, empty or filled.

    Parameters
    ----------
    path : Path
        Where; written whole or not at all, and never over another file's content unless it is
        complete.
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
    order = ["READ ME", "Guidance", *RETURN, "Lists"]
    with written(Path(path), f"Return of {authority.name}", order) as book:
        read_me_sheet(book, authority)
        guidance_sheet(book)
        list_sheet(book, library, vintage or authority.vintage)
        for name, table in RETURN.items():
            frame = (tables or {}).get(name, pd.DataFrame())
            sheet = table_sheet(book, table, name, dict(enumerate(table.names)))
            example = {"italic": True, "font_color": GREY}
            for at, field in enumerate(table.fields):
                write_text(
                    book, sheet, 1, at, examples()[name].get(field.name, ""), field, **example
                )
                given = frame.get(field.name, [""] * len(frame))
                for row, value in enumerate(given, start=2):
                    text = value if isinstance(value, str) else "" if pd.isna(value) else str(value)
                    write_text(book, sheet, row, at, text.removesuffix(" 00:00:00"), field)
            sheet.protect("", UNLOCKED)
    return Path(path)


def read_me_sheet(book: Book, authority) -> None:
    """Write what to do with the workbook, for an authority."""
    sheet = book.sheet("READ ME")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 118)
    text = Path(__file__).with_name("read_me.txt").read_text("utf-8")
    filled = {name: getattr(authority, name) for name in ("name", "slug", "vintage", "price_base")}
    for row, line in enumerate(
        text.format(**filled, **codes.WORDING[authority.wording]).splitlines()
    ):
        size = 16 if not row else 13 if line.startswith("|") else 11
        look = book.format(bold=size > 11, font_size=size, text_wrap=True)
        sheet.write_string(row, 0, line.lstrip("|"), look)
    sheet.protect()


def guidance_sheet(book: Book) -> None:
    """Write a row for every column of every table: what it says, and what it may hold."""
    sheet = book.sheet("Guidance")
    heads = {"sheet": 16, "column": 28, "what it says": 60, "what to write": 90}
    lines = []
    for table in RETURN.values():
        lines.append((book.format(bold=True, valign="top"), table.name, "", table.about))
        for field in table.fields:
            listed = field.kind in ("item", "future") or len(field.allowed) > 8
            rule = "a code of the list (see the sheet Lists)" if listed else field.rule
            said = table.name, field.name, field.about, rule[0].upper() + rule[1:]
            lines.append((book.format(text_wrap=True, valign="top"), *said))
    for at, (word, width) in enumerate(heads.items()):
        sheet.write_string(0, at, word, book.format(**HEAD))
        sheet.set_column(at, at, width)
    for row, (look, *words) in enumerate(lines, start=1):
        for at, word in enumerate(words):
            sheet.write_string(row, at, word, look)
    sheet.freeze_panes(1, 0)
    sheet.protect()


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
    sheet = book.sheet("Lists")
    costs = library.unit_costs[library.unit_costs["vintage"].eq(vintage)].drop_duplicates("item")
    futures = library.futures.drop_duplicates("future")
    roles = costs[costs["category"].eq("role")]
    given = pd.concat([roles, costs[costs["category"].eq("intervention")]])
    columns: dict[object, tuple] = {
        "role": ("role", roles["item"], roles["label"]),
        "item": ("item", given["item"], given["label"] + " (" + given["unit"] + ")"),
        "future": ("future", futures["future"], futures["label"]),
        "follow_up": (
            "follow_up.future",
            [*futures["future"], codes.RE_REFERRAL],
            [*futures["label"], "Referred again after the case closed"],
        ),
    }
    labels = _labels()
    for table in RETURN.values():
        for field in table.fields:
            if field.allowed and field.allowed != YES_NO:
                words = labels.get(field.allowed, {word: word for word in field.allowed})
                named = f"{table.name}.{field.name}", list(words), list(words.values())
                columns.setdefault(field.allowed, named)
    text = book.format(num_format="@")
    for at, (key, (name, words, meanings)) in enumerate(columns.items()):
        for left, head, lines, width in (
            (at * 2, name, words, 26),
            (at * 2 + 1, "what it means", meanings, 44),
        ):
            sheet.write_string(0, left, head, book.format(**HEAD))
            for row, line in enumerate(lines, start=1):
                sheet.write_string(row, left, str(line), text)
            sheet.set_column(left, left, width)
        letter = xl_col_to_name(at * 2, col_abs=True)
        book.lists[key] = f"='Lists'!{letter}$2:{letter}${len(words) + 1}"
    sheet.freeze_panes(1, 0)
    sheet.protect()


def table_sheet(book: Book, table: Table, name: str, header: Mapping[int, str], row: int = 0):
    """Add a sheet for a table: its header, and below it typed columns with drop-downs.

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
        known = word.strip().lower()
        field = table[known] if known in table.names else None
        sheet.write_string(row, at, writable(word), head)
        sheet.set_column(at, at, _width(field), book.cell_format(field) if field else None)
        if field:
            help_ = {
                "input_title": field.name[:32],
                "input_message": f"{field.about}. Write {field.rule}."[:255],
            }
            sheet.data_validation(row, at, row, at, {"validate": "any", **help_})
            sheet.data_validation(
                row + 1, at, MOST_ROWS, at, help_ | _validation(book, table, field)
            )
    # a row with a locked cell cannot be deleted
    beside = max(header, default=-1) + 1
    sheet.set_column(beside, LAST_COLUMN, None, book.format(locked=False))
    sheet.freeze_panes(row + 1, 1)
    sheet.repeat_rows(row)
    return sheet


def _width(field: Field | None) -> int:
    if field is None or field.private:
        return 32
    longest = max((len(word) for word in field.allowed), default=0)
    return max(12, len(field.name) + 3, longest + 2, 26 if field.kind in ("item", "future") else 0)


def _validation(book: Book, table: Table, field: Field) -> dict[str, object]:
    """What Excel lets be typed in a column."""
    said = {
        "ignore_blank": True,
        "error_title": field.name[:32],
        "error_message": f"Write {field.rule}."[:255],
    }
    key: object = field.allowed
    if field.kind == "future":
        key = "follow_up" if table.name == "follow_up" else "future"
    elif field.kind == "item":
        key = "item" if field.name == "item" else "role"
    source = book.lists.get(key)
    if source or field.allowed == YES_NO:
        chosen = f"Choose one of the list: {field.about.lower()}."[:255]
        return said | {
            "validate": "list",
            "source": source or list(YES_NO),
            "error_message": chosen,
        }
    if field.kind == "date":
        days = {"criteria": "between", "minimum": FIRST_DAY, "maximum": LAST_DAY}
        return said | {"validate": "date"} | days
    if not field.numeric:
        return {"validate": "any"}
    kind, low = "integer" if field.kind == "whole" else "decimal", field.low or 0
    if field.high is None:
        return said | {"validate": kind, "criteria": ">=", "value": low}
    return said | {"validate": kind, "criteria": "between", "minimum": low, "maximum": field.high}


def writable(text: str) -> str:
    """A text as a workbook can hold it: cut to what a cell takes, halves of characters replaced."""
    return text[:MOST_WRITTEN].encode("utf-8", "replace").decode()


def write_raw(book: Book, sheet, row: int, at: int, raw: Raw, field: Field | None, **more) -> None:
    """Write a cell as it stood in a return: text as text, numbers and dates as such; never a
    formula."""
    style = book.cell_format(field or Field("", ""), **more)
    if isinstance(raw, dt.datetime):
        with_time = "dd/mm/yyyy" if raw.time() == dt.time() else "dd/mm/yyyy hh:mm:ss"
        sheet.write_datetime(row, at, raw, book.format(num_format=with_time, locked=False, **more))
    elif isinstance(raw, float):
        sheet.write_number(row, at, raw, style)
    else:
        unsaved = "(a formula without a saved result)"
        text = (raw.shown or unsaved) if isinstance(raw, Broken) else raw
        sheet.write_string(row, at, writable(text), style)


def write_text(book: Book, sheet, row: int, at: int, text: str, field: Field, **more) -> None:
    """Write a text as a person would type it: a sound number or date as such, anything else as
    text."""
    style, text = book.cell_format(field, **more), plain(text)
    value = parse(text, field) if text and (field.numeric or field.kind == "date") else text
    if not text:
        sheet.write_blank(row, at, None, style)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, at, value, style)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, at, value, style)
    else:
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
    problems, tables = list(found.problems), {}
    for name, path in found.tables.items():
        grid = read_csv(path, RETURN[name], f"{slug}/{name}.csv")
        problems += grid.problems
        if not grid.rows:
            continue
        (_, head), *rows = grid.rows
        header = {at: plain(raw).lower() for at, raw in head.items()}
        beside = any(not cells.keys() <= header.keys() for _, cells in rows)
        if beside or not {*header.values()} <= {*RETURN[name].names}:
            message = f"{grid.file} has columns that the table does not have."
            message = f"{message} Run larcnb check {slug} for the list."
            raise LarcError(message, problems, REFUSED)
        lines = [{word: cells.get(at, "") for at, word in header.items()} for _, cells in rows]
        tables[name] = pd.DataFrame(lines, columns=list(header.values()))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise LarcError(f"The tables of {slug} cannot be read.", errors, REFUSED)
    return tables
