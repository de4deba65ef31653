"""How the sheets of a return look: shared by the empty template and the checked copy that is handed back.

In: an xlsxwriter workbook and the vocabularies. Out: formats, table sheets whose columns are typed and have
drop-downs, and the sheets ``Guidance`` and ``Lists`` the reader passes over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from larcnb import codes
from larcnb.returns.cells import FIRST_DAY, LAST_DAY, MOST_WRITTEN, parse
from larcnb.returns.grid import MOST_ROWS
from larcnb.returns.raw import Broken, Raw, plain
from larcnb.schema import RETURN, Field, Table

MADE = dt.datetime(2012, 1, 1)
LAST_COLUMN = 16_383
PURPLE, PALE, GREY, RED, AMBER = "#4B2E83", "#F2F0F7", "#595959", "#F8CBAD", "#FFE699"
LABELS: dict[tuple[str, str], Mapping[str, str]] = {
    ("cases", "status"): codes.STATUS,
    ("cases", "end_reason"): codes.END_REASON,
    ("children", "age_band"): codes.AGE_BAND,
    ("needs", "subject"): codes.SUBJECT,
    ("needs", "need"): codes.NEED["child"] | codes.NEED["parent"],
    ("process", "element"): codes.ELEMENT,
    ("interventions", "support"): codes.SUPPORT,
    ("interventions", "recipient"): codes.RECIPIENT,
    ("interventions", "status"): codes.SUPPORT_STATUS,
    ("futures", "perspective"): codes.PERSPECTIVE,
    ("futures", "likelihood"): codes.LIKELIHOOD,
    ("follow_up", "source"): codes.FOLLOW_UP_SOURCE,
    ("outcomes", "outcome"): {code: parts[0] for code, parts in codes.OUTCOME.items()},
    ("outcomes", "change"): codes.CHANGE,
    ("evidence", "strand"): codes.STRAND,
    ("evidence", "theme"): {
        code: label for themes in codes.THEME.values() for code, label in themes.items()
    },
    ("evidence", "context"): codes.CONTEXT,
    ("evidence", "outcome_group"): codes.OUTCOME_GROUP,
    ("evidence", "strength"): codes.STRENGTH,
}


class Book:
    """A workbook being written: its formats, and where each drop-down's list stands."""

    def __init__(self, path: Path, title: str) -> None:
        self.book = xlsxwriter.Workbook(
            path,
            {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        self.book.set_properties({"title": title, "author": "larcnb", "created": MADE})
        self.lists: dict[str, str] = {}
        self._formats: dict[tuple, object] = {}

    def format(self, **properties):
        """A format, made once for each set of properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(
                {"font_name": "Arial", "font_size": 11, **properties}
            )
        return self._formats[key]

    def cell_format(self, field: Field, **more):
        """The format of a column's cells: dates as dates, codes and ids as text so that Excel changes none."""
        shown = {"date": "dd/mm/yyyy", "whole": "0", "number": "General"}.get(field.kind, "@")
        if field.numeric:  # else the digits touch the word in the next column
            more = {"align": "left", **more}
        return self.format(num_format=shown, locked=False, **more)

    def begin(self, *names: str) -> None:
        """Lay out the sheets in the order in which they are to stand."""
        for name in names:
            self.sheet(name)

    def sheet(self, name: str):
        """The sheet of a name, made where there is none yet."""
        found = self.book.get_worksheet_by_name(name)
        if found is None:
            found = self.book.add_worksheet(name)
            found.set_landscape()
            found.set_paper(9)
            found.fit_to_pages(1 if name != "Lists" else 0, 0)
        return found

    def close(self) -> None:
        """Write the file."""
        self.book.close()


def list_sheet(book: Book, library, vintage: str, name: str = "Lists") -> None:
    """Write the look-up sheet: roles, items and futures with their labels, then the other codes.

    Parameters
    ----------
    book : Book
        Its ``lists`` get, for each list, the range a drop-down refers to.
    library
        ``unit_costs`` and ``futures``.
    vintage : str
        Only items with a price in it are listed.
    name : str
        The sheet's name.
    """
    sheet = book.sheet(name)
    head, text = (
        book.format(bold=True, bg_color=PURPLE, font_color="#FFFFFF"),
        book.format(num_format="@"),
    )
    costs = library.unit_costs[library.unit_costs["vintage"].eq(vintage)].drop_duplicates("item")
    futures = library.futures.drop_duplicates("future")
    roles = costs[costs["category"].eq("role")]
    given = pd.concat([roles, costs[costs["category"].eq("intervention")]])
    columns = [
        ("role", roles["item"], roles["label"]),
        ("item", given["item"], given["label"] + " (" + given["unit"] + ")"),
        ("future", futures["future"], futures["label"]),
        (
            "follow_up.future",
            [*futures["future"], codes.RE_REFERRAL],
            [*futures["label"], "Referred again after the case closed"],
        ),
        *(
            (f"{table}.{name}", list(words), list(words.values()))
            for (table, name), words in LABELS.items()
        ),
    ]
    for at, (listed, words, labels) in enumerate(columns):
        left = at * 2
        sheet.write_string(0, left, listed, head)
        sheet.write_string(0, left + 1, "what it means", head)
        for row, (word, label) in enumerate(zip(words, labels, strict=True), start=1):
            sheet.write_string(row, left, word, text)
            sheet.write_string(row, left + 1, str(label), text)
        letter = xl_col_to_name(left, col_abs=True)
        book.lists[listed] = f"='{name}'!{letter}$2:{letter}${len(words) + 1}"
        sheet.set_column(left, left, 26)
        sheet.set_column(left + 1, left + 1, 44)
    sheet.freeze_panes(1, 0)
    sheet.protect()


def table_sheet(
    book: Book, table: Table, name: str, header: Mapping[int, str] | None = None, row: int = 0
):
    """Add a sheet for a table: its header, and below it typed columns with drop-downs.

    Parameters
    ----------
    book : Book
    table : Table
    name : str
        The sheet's name.
    header : mapping of column number to text, optional
        What stands in the header; the table's own columns if left out.
    row : int
        The header's row, from 0.

    Returns
    -------
    xlsxwriter worksheet
    """
    sheet = book.sheet(name)
    head = book.format(
        bold=True, bg_color=PURPLE, font_color="#FFFFFF", text_wrap=True, valign="top"
    )
    for at, word in (header or dict(enumerate(table.columns))).items():
        known = word.strip().lower()
        field = table[known] if known in table.names else None
        sheet.write_string(row, at, writable(word), head)
        sheet.set_column(at, at, _width(field), book.cell_format(field) if field else None)
        if field:
            _rule(book, sheet, table, field, at, row + 1)
    beside = max(header or [len(table.columns) - 1], default=-1) + 1
    sheet.set_column(
        beside, LAST_COLUMN, None, book.format(locked=False)
    )  # a row with a locked cell cannot be deleted
    sheet.freeze_panes(row + 1, 1)
    sheet.repeat_rows(row)
    return sheet


def _width(field: Field | None) -> int:
    if field is None or field.private:
        return 32
    longest = max((len(word) for word in field.allowed), default=0)
    return max(12, len(field.name) + 3, longest + 2, 26 if field.kind in ("item", "future") else 0)


def _rule(book: Book, sheet, table: Table, field: Field, at: int, first: int) -> None:
    help_ = {
        "input_title": field.name[:32],
        "input_message": f"{field.about}. Write {field.rule}."[:255],
    }
    sheet.data_validation(first - 1, at, first - 1, at, {"validate": "any", **help_})
    rule = {
        "ignore_blank": True,
        "error_title": field.name[:32],
        "error_message": f"Write {field.rule}."[:255],
        **help_,
    }
    source = _list_of(book, table, field)
    if source is not None:
        rule |= {"validate": "list", "source": source}
        rule["error_message"] = f"Choose one of the list: {field.about.lower()}."[:255]
    elif field.kind == "date":
        rule |= {
            "validate": "date",
            "criteria": "between",
            "minimum": FIRST_DAY,
            "maximum": LAST_DAY,
        }
    elif field.numeric:
        kind = "integer" if field.kind == "whole" else "decimal"
        low = field.low or 0
        if field.high is None:
            rule |= {"validate": kind, "criteria": ">=", "value": low}
        else:
            rule |= {"validate": kind, "criteria": "between", "minimum": low, "maximum": field.high}
    else:
        rule = {"validate": "any", **help_}
    sheet.data_validation(first, at, MOST_ROWS, at, rule)


def _list_of(book: Book, table: Table, field: Field):
    if field.allowed == tuple(codes.YES_NO):
        return list(codes.YES_NO)
    own = book.lists.get(f"{table.name}.{field.name}")
    if field.kind in ("item", "future") and not own:
        return book.lists.get(
            "item" if field.name == "item" else "future" if field.kind == "future" else "role"
        )
    return own or next((book.lists[k] for k in book.lists if k.endswith(f".{field.name}")), None)


def writable(text: str) -> str:
    """A text as a workbook can hold it: cut to what a cell takes, halves of characters replaced."""
    return text[:MOST_WRITTEN].encode("utf-8", "replace").decode()


def write_raw(book: Book, sheet, row: int, at: int, raw: Raw, field: Field | None, **more) -> None:
    """Write a cell as it stood in a return: text as text, numbers and dates as such; never a formula."""
    style = book.cell_format(field or Field("", ""), **more)
    if isinstance(raw, Broken):
        sheet.write_string(
            row, at, writable(raw.shown) or "(a formula without a saved result)", style
        )
    elif isinstance(raw, dt.datetime):
        with_time = "dd/mm/yyyy" if raw.time() == dt.time() else "dd/mm/yyyy hh:mm:ss"
        sheet.write_datetime(row, at, raw, book.format(num_format=with_time, locked=False, **more))
    elif isinstance(raw, float):
        sheet.write_number(row, at, raw, style)
    else:
        sheet.write_string(row, at, writable(raw), style)


def write_text(book: Book, sheet, row: int, at: int, text: str, field: Field, **more) -> None:
    """Write a text as a person would type it: a sound number or date as such, anything else as text."""
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


def guidance_sheet(book: Book, name: str = "Guidance") -> None:
    """Write a row for every column of every table: what it says, and what it may hold."""
    sheet = book.sheet(name)
    head = book.format(bold=True, bg_color=PURPLE, font_color="#FFFFFF")
    wrap, bold = book.format(text_wrap=True, valign="top"), book.format(bold=True, valign="top")
    for at, (word, width) in enumerate(
        (("sheet", 16), ("column", 28), ("what it says", 60), ("what to write", 90))
    ):
        sheet.write_string(0, at, word, head)
        sheet.set_column(at, at, width)
    row = 1
    for table in RETURN.values():
        sheet.write_string(row, 0, table.name, bold)
        sheet.write_string(row, 1, "", bold)
        sheet.write_string(row, 2, table.about, bold)
        for field in table.fields:
            row += 1
            sheet.write_string(row, 0, table.name, wrap)
            sheet.write_string(row, 1, field.name, wrap)
            sheet.write_string(row, 2, field.about, wrap)
            listed = field.kind in ("item", "future") or len(field.allowed) > 8
            rule = "a code of the list (see the sheet Lists)" if listed else field.rule
            sheet.write_string(row, 3, rule[0].upper() + rule[1:], wrap)
        row += 1
    sheet.freeze_panes(1, 0)
    sheet.protect()
