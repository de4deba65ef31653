"""The return workbook an authority fills in: one sheet a table, with guidance, drop-downs and an example row.

In: an authority's params, the national library, and tables to fill it with, if any. Out: an ``.xlsx`` file,
the same bytes for the same input. The example row is passed over by the reader; headers are protected (without
a password), cells are not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from larcnb import codes
from larcnb.errors import REFUSED, LarcError
from larcnb.returns.example import EXAMPLE
from larcnb.returns.files import find_return, read_csv
from larcnb.returns.raw import plain
from larcnb.returns.sheets import GREY, Book, guidance_sheet, list_sheet, table_sheet, write_text
from larcnb.schema import RETURN, Field

UNLOCKED = {
    "insert_rows": True,
    "delete_rows": True,
    "sort": True,
    "autofilter": True,
    "format_columns": True,
    "format_rows": True,
    "format_cells": True,
}
READ_ME = """\
{name}: return of {episode}s
One sheet for each table, one row for each thing told. Begin with the sheet cases: one row for each family.
|What to do
1. Give each family a pseudonym (case_id) that means nothing outside your authority, and use it on every sheet.
2. Fill in the sheets from left to right. Where a cell has a list, choose from it; what the codes mean is in Lists.
3. Hours are hours for each person, preparation and travel included: one row for each role at each {tac_short} meeting.
4. Futures are what would have happened without the {process}: one row for each person who reported one. Each future
   told needs one row in moderation, with the likelihood agreed.
5. Write what was not delivered too (interventions, quantity 0): it shows the gaps in provision.
6. Save this file as return.xlsx in data/raw/{slug}/ and run: larcnb check {slug}
|Rules
Only an empty cell is missing: do not write None, N/A or a dash. Zero is 0.
Dates are days (31/12/2011). Numbers are digits (1.5): no unit, no pound sign, no comma.
Write no names, addresses, telephone numbers, birth dates or register numbers anywhere, notes included.
Leave out whole sheets you have nothing for, except cases, and optional columns (see Guidance). Do not add columns or
sheets.
The grey row on each sheet is an example. It is not read; you may delete it (right-click its number, Delete).
|Codes
Vintage of the unit costs: {vintage}. Prices of: {price_base}. Codes not in Lists cannot be priced; an item of your own
goes into a file unit_costs.csv beside this one.
"""


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
        Where; written whole or not at all, and never over another file's content unless it is complete.
    authority : larcnb.params.Authority
        ``slug``, ``name``, ``vintage``, ``price_base`` and ``wording`` are used.
    library : larcnb.library.Library
        ``unit_costs`` and ``futures``: the lists of roles, items and futures.
    tables : dict of DataFrame, optional
        Rows to fill in, typed or as text (:func:`tables_from_csv`, :mod:`larcnb.returns.imports`); columns left
        out stay empty. What cannot be read as its column's type is written as text, for the check to find.

    Returns
    -------
    Path
    """
    path = Path(path)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    book = Book(scratch, f"Return of {authority.name}")
    try:
        book.begin("READ ME", "Guidance", *RETURN, "Lists")
        read_me_sheet(book, authority)
        guidance_sheet(book)
        list_sheet(book, library, vintage or authority.vintage)
        for name, table in RETURN.items():
            frame = (tables or {}).get(name)
            sheet = table_sheet(book, table, name, dict(enumerate(table.names)))
            _fill(book, sheet, name, frame, list(table.fields))
            sheet.protect("", UNLOCKED)
        book.close()
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def read_me_sheet(book: Book, authority) -> None:
    """Write what to do with the workbook, for an authority."""
    sheet = book.sheet("READ ME")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 118)
    filled = {
        field: getattr(authority, field) for field in ("name", "slug", "vintage", "price_base")
    }
    text = READ_ME.format(**filled, **codes.WORDING[authority.wording])
    for row, line in enumerate(text.splitlines()):
        size = 16 if not row else 13 if line.startswith("|") else 11
        sheet.write_string(
            row, 0, line.lstrip("|"), book.format(bold=size > 11, font_size=size, text_wrap=True)
        )
    sheet.protect()


def _fill(book: Book, sheet, name: str, frame: pd.DataFrame | None, fields: list[Field]) -> None:
    for at, field in enumerate(fields):
        write_text(
            book,
            sheet,
            1,
            at,
            EXAMPLE[name].get(field.name, ""),
            field,
            italic=True,
            font_color=GREY,
        )
    for row, values in enumerate([] if frame is None else frame.to_dict("records"), start=2):
        for at, field in enumerate(fields):
            value = values.get(field.name)
            missing = value is None or (not isinstance(value, str) and pd.isna(value))
            write_text(
                book, sheet, row, at, "" if missing else str(value).removesuffix(" 00:00:00"), field
            )


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
    problems = [problem for problem in found.problems if problem.severity == "error"]
    tables = {}
    for name, path in found.tables.items():
        file = f"{slug}/{name}.csv"
        grid, wrong = read_csv(path, RETURN[name], file)
        problems += [problem for problem in wrong if problem.severity == "error"]
        if grid is None or not grid.rows:
            continue
        header = {at: plain(raw).lower() for at, raw in grid.rows[0][1].items()}
        unknown = [word for word in header.values() if word not in RETURN[name].names]
        if unknown or any(not cells.keys() <= header.keys() for _, cells in grid.rows):
            message = f"{file} has columns that the table does not have. Run larcnb check {slug} for the list."
            raise LarcError(message, problems, REFUSED)
        tables[name] = pd.DataFrame(
            [
                {word: cells.get(at, "") for at, word in header.items()}
                for _, cells in grid.rows[1:]
            ],
            columns=list(header.values()),
        )
    if problems:
        raise LarcError(f"The tables of {slug} cannot be read.", problems, REFUSED)
    return tables
