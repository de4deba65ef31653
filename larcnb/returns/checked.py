"""The return handed back: the same cells in the same places, the bad ones marked, and a list of issues.

In: an authority's folder and the problems found. Out: ``return.checked.xlsx``, made anew from the cells of the
return, its own sheets included (whatever else the file held, such as names in its properties, stays behind), also for
a return of CSV files. The return itself is never altered. Corrected and saved as return.xlsx, the copy is a return:
the reader passes over the issues sheet, which it knows by its first cell.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from larcnb.errors import Problem
from larcnb.returns.files import find_return
from larcnb.returns.grid import Grid
from larcnb.returns.raw import plain
from larcnb.returns.reading import ISSUES, ISSUES_MARK, own_sheets, read_grids
from larcnb.returns.sheets import (
    AMBER,
    PURPLE,
    RED,
    Book,
    guidance_sheet,
    list_sheet,
    table_sheet,
    writable,
    write_raw,
    write_text,
)
from larcnb.returns.template import read_me_sheet
from larcnb.schema import RETURN

MOST_ISSUES = 5_000
WORKBOOK_ADVICE = (
    "Follow a link and correct the cell here; then save this file as return.xlsx in data/raw/{slug}/, in place of the "
    "old one, and run larcnb check {slug} again."
)
CSV_ADVICE = (
    "Follow a link to see the cell; correct it in the CSV file and run larcnb check {slug} again. Or correct it here, "
    "save this file as return.xlsx in data/raw/{slug}/ and take the CSV files of the tables away."
)
WIDTHS = {"severity": 10, "where": 34, "what is wrong": 60, "what to do": 70, "code": 18}


def write_checked(
    path: Path,
    folder: Path,
    slug: str,
    problems: Iterable[Problem],
    library,
    vintage: str,
    authority=None,
) -> Path:
    """Write the marked copy of a return.

    Parameters
    ----------
    path : Path
        Where, such as ``data/processed/<authority>/return.checked.xlsx``; written whole or not at all. It holds
        what the return holds: keep it where the return may be kept.
    folder : Path
        The return's folder.
    slug : str
        The authority.
    problems : iterable of Problem
        ``read_return(...).problems``; those of params or national tables are listed without a mark.
    library
        ``unit_costs`` and ``futures``, for the drop-down lists.
    vintage : str
        The authority's.
    authority : larcnb.params.Authority, optional
        For the sheet READ ME; left out without it.

    Returns
    -------
    Path
        A sheet that could not be read is not in the copy; the issues sheet says why.
    """
    path = Path(path)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    found = find_return(Path(folder), slug)
    grids, _ = read_grids(found, slug)
    others = own_sheets(found)
    ordered = sorted(problems, key=lambda problem: (problem.severity != "error", problem))
    names = {
        table: grid.sheet if 0 < len(grid.sheet) < 32 else table for table, grid in grids.items()
    }
    book = Book(scratch, f"Return of {slug}, checked")
    try:
        guides = ["READ ME"] * (authority is not None) + ["Guidance"]
        book.begin(
            ISSUES, *guides, *(names[table] for table in RETURN if table in names), *others, "Lists"
        )
        if authority is not None:
            read_me_sheet(book, authority)
        guidance_sheet(book)
        list_sheet(book, library, vintage)
        for name, grid in others.items():
            for row, cells in grid.rows:
                for at, raw in cells.items():
                    write_raw(book, book.sheet(name), row - 1, at, raw, None)
        for table, grid in sorted(grids.items(), key=lambda pair: list(RETURN).index(pair[0])):
            _copy(book, table, grid, names[table], [p for p in ordered if _table_of(p) == table])
        _issues(book, ordered, names, slug, found.workbook is not None)
        book.close()
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def _table_of(problem: Problem) -> str:
    """The table a problem is about; empty where it is about none."""
    name = problem.sheet or problem.file.rpartition("/")[2].removesuffix(".csv")
    return name.strip().lower() if name.strip().lower() in RETURN else ""


def _copy(book: Book, name: str, grid: Grid, sheet_name: str, problems: list[Problem]) -> None:
    table = RETURN[name]
    first = grid.rows[0] if grid.rows else (1, {})
    words = {at: plain(raw) for at, raw in first[1].items()}
    sheet = table_sheet(book, table, sheet_name, words, first[0] - 1)
    marks: dict[tuple[int, int], list[Problem]] = {}
    for problem in problems:
        if problem.row:
            marks.setdefault(_cell_of(problem, grid), []).append(problem)
    for row, cells in grid.rows:
        for at, raw in cells.items():
            if row != first[0]:
                word = words.get(at, "").lower()
                field = table[word] if word in table.names else None
                write = write_text if grid.text and field else write_raw
                write(book, sheet, row - 1, at, raw, field, **_colour(marks.get((row, at))))
    filled = {(row, at) for row, cells in grid.rows for at in cells}
    for (row, at), found in marks.items():
        if (row, at) not in filled:
            sheet.write_blank(row - 1, at, None, book.format(locked=False, **_colour(found)))
        elif row == first[0]:
            sheet.write_string(
                row - 1, at, writable(words.get(at, "")), book.format(bold=True, **_colour(found))
            )
        text = "\n".join(f"{p.message} {p.todo}".strip() for p in found)
        sheet.write_comment(
            row - 1,
            at,
            text[:2000],
            {"author": "larcnb", "x_scale": 2.2, "y_scale": 0.6 + 0.5 * len(found)},
        )


def _cell_of(problem: Problem, grid: Grid) -> tuple[int, int]:
    """Row as Excel shows it and column from 0; a problem of a whole row stands at its first cell."""
    name = problem.cell.rstrip("0123456789")
    if name:
        at = 0
        for letter in name:
            at = at * 26 + ord(letter) - 64
        return problem.row, min(at - 1, 16_383)
    cells = next((cells for row, cells in grid.rows if row == problem.row), {})
    return problem.row, min(cells, default=0)


def _colour(found: list[Problem] | None) -> dict[str, object]:
    if not found:
        return {}
    error = any(problem.severity == "error" for problem in found)
    return {"bg_color": RED if error else AMBER, "border": 2 if error else 1}


def _issues(
    book: Book, problems: list[Problem], names: dict[str, str], slug: str, workbook: bool
) -> None:
    sheet = book.sheet(ISSUES)
    errors = sum(problem.severity == "error" for problem in problems)
    words = f"{ISSUES_MARK} {slug}: {errors} error(s) to correct, {len(problems) - errors} warning(s) to look at."
    head = book.format(bold=True, bg_color=PURPLE, font_color="#FFFFFF")
    wrap, link = (
        book.format(text_wrap=True, valign="top"),
        book.format(valign="top", font_color="#0563C1", underline=1),
    )
    sheet.write_string(0, 0, words, book.format(bold=True, font_size=13))
    advice = WORKBOOK_ADVICE if workbook else CSV_ADVICE
    sheet.write_string(1, 0, advice.format(slug=slug), book.format())
    for at, (word, width) in enumerate(WIDTHS.items()):
        sheet.write_string(2, at, word, head)
        sheet.set_column(at, at, width)
    for row, problem in enumerate(problems[:MOST_ISSUES], start=3):
        lines = max(len(problem.message) // 58, len(problem.todo) // 68) + 1
        sheet.set_row(row, 15 * lines)
        sheet.write_string(row, 0, problem.severity, wrap)
        table = _table_of(problem)
        where = _where(problem)
        if table in names and problem.row:
            target = f"internal:'{names[table].replace(chr(39), chr(39) * 2)}'!{problem.cell or f'A{problem.row}'}"
            sheet.write_url(row, 1, target, link, where[:250])
        else:
            sheet.write_string(row, 1, where, wrap)
        for at, text in ((2, problem.message), (3, problem.todo), (4, problem.code)):
            sheet.write_string(row, at, text, wrap)
    if len(problems) > MOST_ISSUES:
        sheet.write_string(MOST_ISSUES + 3, 1, f"and {len(problems) - MOST_ISSUES:,} more", wrap)
    sheet.freeze_panes(3, 0)
    sheet.activate()


def _where(problem: Problem) -> str:
    place = problem.sheet or problem.file
    at = f" {problem.cell}" if problem.cell else f" row {problem.row}" if problem.row else ""
    return f"{place}{at} {problem.column}".strip()
