"""A workbook of titled tables, in the layout the Government Analysis Function asks for spreadsheets.

In: :class:`Sheet` objects. Out: the bytes of an .xlsx file: a contents sheet, then one table a sheet with its title
and notes above it. Every text is stored as text, so that nothing runs as a formula; the same sheets give the same
bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import Any

import pandas as pd

MADE = datetime(2000, 1, 1)
"""Excel wants a date of making; the true one would change the bytes with every run."""
LONGEST, LINE = 32_000, 15
NOT_APPLICABLE, NOT_AVAILABLE = "[z]", "[x]"
FORMULA_SIGNS = tuple("=+-@\t\r")
FORMATS = {
    "money": "#,##0.00",
    "count": "#,##0",
    "number": "#,##0.0###",
    "share": "0.0%",
    "date": "dd/mm/yyyy",
}
TEXT = {"text_wrap": True, "valign": "top"}
HEAD = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 2}
SIGNS = f"{NOT_AVAILABLE}: not available or no unit cost. {NOT_APPLICABLE}: not applicable. A net cost is negative."


@dataclass(frozen=True)
class Sheet:
    """One sheet with one table.

    Parameters
    ----------
    name, title : str
        The tab, and the line above the table.
    frame : DataFrame
    headers : dict of column to header, with its unit
    kinds : dict of column to kind
        A key of :data:`FORMATS`, or ``any`` where numbers and text stand in one column; left out, text.
    notes : tuple of str
        Lines above the table.
    missing : dict of column to words
        What a missing value says; left out, not applicable.
    """

    name: str
    title: str
    frame: pd.DataFrame
    headers: Mapping[str, str]
    kinds: Mapping[str, str]
    notes: tuple[str, ...] = ()
    missing: Mapping[str, str] | None = None


def write_workbook(title: str, notes: Sequence[str], sheets: Sequence[Sheet]) -> bytes:
    """Write sheets behind a contents sheet.

    Parameters
    ----------
    title : str
    notes : sequence of str
        Lines below the title of the contents sheet; blank ones are left out.
    sheets : sequence of Sheet

    Returns
    -------
    bytes
        An .xlsx file.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "created": MADE})
    style = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format(HEAD),
    }
    style |= {
        "text": book.add_format(TEXT),
        "quoted": book.add_format({**TEXT, "quote_prefix": True}),
    }
    style |= {
        kind: book.add_format({"num_format": form, "valign": "top"})
        for kind, form in FORMATS.items()
    }
    style["link"] = book.add_format({"font_color": "#0B4F9C", "underline": 1})
    _contents(book.add_worksheet("Contents"), title, [*filter(None, notes), SIGNS], sheets, style)
    for number, sheet in enumerate(sheets):
        _write(book.add_worksheet(sheet.name), sheet, number, style)
    book.close()
    return out.getvalue()


def _contents(
    page, title: str, notes: Sequence[str], sheets: Sequence[Sheet], style: Mapping
) -> None:
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 90)
    page.write_string(0, 0, title, style["title"])
    for row, line in enumerate(notes, start=1):
        page.write_string(row, 0, line)
    top = len(notes) + 2
    page.write_string(top, 0, "Sheet", style["head"])
    page.write_string(top, 1, "What it holds", style["head"])
    for row, sheet in enumerate(sheets, start=top + 1):
        page.write_url(row, 0, f"internal:'{sheet.name}'!A1", style["link"], sheet.name)
        _text(page, row, 1, f"{sheet.title}. Rows: {len(sheet.frame):,}.", style)


def _write(page, sheet: Sheet, number: int, style: Mapping) -> None:
    page.write_string(0, 0, sheet.title, style["title"])
    for row, note in enumerate(sheet.notes, start=1):
        page.write_string(row, 0, note)
    top, columns = len(sheet.notes) + 2, list(sheet.frame)
    headers = [sheet.headers.get(column, column) for column in columns]
    if len(sheet.frame):
        page.add_table(
            top,
            0,
            top + len(sheet.frame),
            len(columns) - 1,
            {
                "name": f"table_{number + 1}",
                "style": None,
                "autofilter": False,
                "columns": [{"header": header} for header in _distinct(headers)],
            },
        )
    tallest = 1
    for place, (column, header) in enumerate(zip(columns, _distinct(headers), strict=True)):
        kind = sheet.kinds.get(column, "text")
        longest = max([len(str(value)) for value in sheet.frame[column].head(500)] or [0]) + 2
        width = min(max(12, longest if kind in ("text", "any") else 0), 60)
        tallest = max(tallest, len(wrap(header, width - 1)))
        page.set_column(place, place, width)
        page.write_string(top, place, header, style["head"])
        absent = (sheet.missing or {}).get(column, NOT_APPLICABLE)
        for row, value in enumerate(sheet.frame[column].tolist(), start=top + 1):
            _cell(page, row, place, value, kind, absent, style)
    page.set_row(
        top, LINE * tallest
    )  # LibreOffice does not make room for wrapped headers by itself
    page.freeze_panes(top + 1, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)


def _cell(page, row: int, place: int, value: Any, kind: str, absent: str, style: Mapping) -> None:
    if value is None or value is pd.NA or value is pd.NaT or value != value or value == "":  # noqa: PLR0124
        page.write_string(row, place, absent, style["text"])
    elif kind == "date":
        page.write_datetime(row, place, pd.Timestamp(value).to_pydatetime(), style["date"])
    elif kind == "any" and isinstance(value, int | float):
        page.write_number(row, place, value, style["number"])
    elif kind in ("text", "any"):
        _text(page, row, place, str(value), style)
    else:
        page.write_number(row, place, float(value), style[kind])


def _text(page, row: int, place: int, text: str, style: Mapping) -> None:
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    page.write_string(
        row, place, text, style["quoted" if text.startswith(FORMULA_SIGNS) else "text"]
    )


def _distinct(headers: Sequence[str]) -> list[str]:
    """The headers of one Excel table must differ, letter case aside."""
    seen: dict[str, int] = {}
    out = []
    for header in headers:
        seen[header.lower()] = count = seen.get(header.lower(), 0) + 1
        out.append(header if count == 1 else f"{header} ({count})")
    return out
