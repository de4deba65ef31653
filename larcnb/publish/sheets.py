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

import pandas as pd

MADE = datetime(2000, 1, 1)
"""Excel wants a date of making; the true one would change the bytes with every run."""
AS_TEXT = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
LONGEST, LINE = 32_000, 15
NOT_APPLICABLE, NOT_AVAILABLE = "[z]", "[x]"
FORMULA_SIGNS = tuple("=+-@\t\r")
KINDS = {
    "money": "#,##0.00",
    "count": "#,##0",
    "number": "#,##0.0###",
    "share": "0.0%",
    "date": "dd/mm/yyyy",
}
TEXT = {"text_wrap": True, "valign": "top"}
STYLES = {
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bottom": 2, **TEXT},
    "text": TEXT,
    "quoted": {"quote_prefix": True, **TEXT},
    "link": {"font_color": "#0B4F9C", "underline": 1},
    **{kind: {"num_format": form, "valign": "top"} for kind, form in KINDS.items()},
}
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
        A key of :data:`KINDS`, or ``any`` where numbers and text stand in one column; left out, text.
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
    """Write sheets behind a contents sheet, as the bytes of an .xlsx file; blank ``notes`` are left out."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **AS_TEXT})
    book.set_properties({"title": title, "created": MADE})
    style = {name: book.add_format(given) for name, given in STYLES.items()}
    page = book.add_worksheet("Contents")
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 90)
    top = _head(page, title, [*filter(None, notes), SIGNS], style)
    for place, words in enumerate(("Sheet", "What it holds")):
        page.write_string(top, place, words, style["head"])
    for row, sheet in enumerate(sheets, start=top + 1):
        page.write_url(row, 0, f"internal:'{sheet.name}'!A1", style["link"], sheet.name)
        _text(page, row, 1, f"{sheet.title}. Rows: {len(sheet.frame):,}.", style)
    for number, sheet in enumerate(sheets, start=1):
        _write(book.add_worksheet(sheet.name), sheet, f"table_{number}", style)
    book.close()
    return out.getvalue()


def _head(page, title: str, notes: Sequence[str], style: Mapping) -> int:
    """Write a title and the notes below it; the row where the table begins."""
    page.write_string(0, 0, title, style["title"])
    for row, note in enumerate(notes, start=1):
        page.write_string(row, 0, note)
    return len(notes) + 2


def _write(page, sheet: Sheet, name: str, style: Mapping) -> None:
    top, rows = _head(page, sheet.title, sheet.notes, style), len(sheet.frame)
    headers = _distinct([sheet.headers.get(column, column) for column in sheet.frame])
    if rows:
        columns = [{"header": header} for header in headers]
        look = {"name": name, "style": None, "autofilter": False, "columns": columns}
        page.add_table(top, 0, top + rows, len(headers) - 1, look)
    tallest = 1
    for place, (column, header) in enumerate(zip(sheet.frame, headers, strict=True)):
        kind = sheet.kinds.get(column, "text")
        absent = (sheet.missing or {}).get(column, NOT_APPLICABLE)
        values = [absent if pd.isna(v) or v == "" else v for v in sheet.frame[column].tolist()]
        longest = max([len(str(value)) for value in values[:500]] or [0]) + 2
        width = min(max(12, longest if kind in ("text", "any") else 0), 60)
        tallest = max(tallest, len(wrap(header, width - 1)))
        page.set_column(place, place, width)
        page.write_string(top, place, header, style["head"])
        for row, value in enumerate(values, start=top + 1):
            if kind == "date" and value != absent:
                page.write_datetime(row, place, pd.Timestamp(value).to_pydatetime(), style["date"])
            elif isinstance(value, str) or kind == "text":
                _text(page, row, place, str(value), style)
            else:
                page.write_number(row, place, value, style["number" if kind == "any" else kind])
    # LibreOffice does not make room for wrapped headers by itself.
    page.set_row(top, LINE * tallest)
    page.freeze_panes(top + 1, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)


def _text(page, row: int, place: int, text: str, style: Mapping) -> None:
    look = style["quoted" if text.startswith(FORMULA_SIGNS) else "text"]
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    page.write_string(row, place, cut, look)


def _distinct(headers: Sequence[str]) -> list[str]:
    """The headers of one Excel table must differ, letter case aside."""
    lower = [header.lower() for header in headers]
    counts = [lower[:place].count(header) for place, header in enumerate(lower)]
    return [f"{h} ({n + 1})" if n else h for h, n in zip(headers, counts, strict=True)]
