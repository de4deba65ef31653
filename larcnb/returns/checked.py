"""The return handed back: the same cells in the same places, the bad ones marked, and a list of
issues.

In: an authority's folder and the problems found. Out: ``return.checked.xlsx``, made anew from the
cells of the return, its own sheets included (whatever else the file held, such as names in its
properties, stays behind), also for a return of CSV files. The return itself is never altered.
Corrected and saved as return.xlsx, the copy is a return: the reader passes over the issues sheet,
which it knows by its first cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from xlsxwriter.utility import xl_cell_to_rowcol

from larcnb.errors import Problem
from larcnb.returns.cells import plain
from larcnb.returns.files import ISSUES, ISSUES_MARK, find_return, own_sheets, read_grids
from larcnb.returns.grid import Grid
from larcnb.returns.template import (
    HEAD,
    Book,
    guidance_sheet,
    list_sheet,
    read_me_sheet,
    table_sheet,
    writable,
    write_raw,
    write_text,
    written,
)
from larcnb.schema import RETURN

MOST_ISSUES = 5_000
RED, AMBER = "#F8CBAD", "#FFE699"
WORKBOOK_ADVICE = (
    "Follow a link and correct the cell here; then save this file as return.xlsx in "
    "data/raw/{slug}/, in place of the old one, and run larcnb check {slug} again."
)
CSV_ADVICE = (
    "Follow a link to see the cell; correct it in the CSV file and run larcnb check {slug} again. "
    "Or correct it here, save this file as return.xlsx in data/raw/{slug}/ and take the CSV files "
    "of the tables away."
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
        Where, such as ``data/processed/<authority>/return.checked.xlsx``; written whole or not at
        all. It holds what the return holds: keep it where the return may be kept.
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
    found = find_return(Path(folder), slug)
    grids, others = read_grids(found, slug), own_sheets(found)
    grids = {name: grids[name] for name in RETURN if name in grids and grids[name].readable}
    ordered = sorted(problems, key=lambda problem: (problem.severity != "error", problem))
    names = {name: grid.sheet if 0 < len(grid.sheet) < 32 else name for name, grid in grids.items()}
    guides = ["READ ME"] * (authority is not None) + ["Guidance"]
    sheets = [ISSUES, *guides, *names.values(), *others, "Lists"]
    with written(Path(path), f"Return of {slug}, checked", sheets) as book:
        if authority is not None:
            read_me_sheet(book, authority)
        guidance_sheet(book)
        list_sheet(book, library, vintage)
        for name, grid in others.items():
            for row, cells in grid.rows:
                for at, raw in cells.items():
                    write_raw(book, book.sheet(name), row - 1, at, raw, None)
        for name, grid in grids.items():
            own = [problem for problem in ordered if problem.row and _table_of(problem) == name]
            _copy(book, name, grid, names[name], own)
        _issues(book, ordered, names, slug, found.workbook is not None)
    return Path(path)


def _table_of(problem: Problem) -> str:
    """The table a problem is about; empty where it is about none."""
    name = problem.sheet or problem.file.rpartition("/")[2].removesuffix(".csv")
    return name.strip().lower() if name.strip().lower() in RETURN else ""


def _copy(book: Book, name: str, grid: Grid, sheet_name: str, problems: list[Problem]) -> None:
    table = RETURN[name]
    first, header = grid.rows[0] if grid.rows else (1, {})
    words = {at: plain(raw) for at, raw in header.items()}
    # without a header, the columns that should stand there
    sheet = table_sheet(book, table, sheet_name, words or dict(enumerate(table.columns)), first - 1)
    filled = {(row, at): raw for row, cells in grid.rows for at, raw in cells.items()}
    marks: dict[tuple[int, int], list[Problem]] = {}
    for problem in problems:
        marks.setdefault(_cell_of(problem, grid), []).append(problem)
    for (row, at), raw in filled.items():
        word, look = words.get(at, "").lower(), _colour(marks.get((row, at), []))
        field = table[word] if word in table.names else None
        if row == first and look:
            sheet.write_string(row - 1, at, writable(words[at]), book.format(bold=True, **look))
        elif row != first:
            write = write_text if grid.mark and field else write_raw
            write(book, sheet, row - 1, at, raw, field, **look)
    for (row, at), found in marks.items():
        if (row, at) not in filled:
            sheet.write_blank(row - 1, at, None, book.format(locked=False, **_colour(found)))
        text = "\n".join(f"{p.message} {p.todo}".strip() for p in found)[:2000]
        size = {"author": "larcnb", "x_scale": 2.2, "y_scale": 0.6 + 0.5 * len(found)}
        sheet.write_comment(row - 1, at, text, size)


def _cell_of(problem: Problem, grid: Grid) -> tuple[int, int]:
    """Row as Excel shows it and column from 0; a problem of a whole row stands at its first
    cell."""
    if problem.cell:
        return problem.row, min(xl_cell_to_rowcol(problem.cell)[1], 16_383)
    cells = next((cells for row, cells in grid.rows if row == problem.row), {})
    return problem.row, min(cells, default=0)


def _colour(found: list[Problem]) -> dict[str, object]:
    if not found:
        return {}
    error = any(problem.severity == "error" for problem in found)
    return {"bg_color": RED if error else AMBER, "border": 2 if error else 1}


def _issues(
    book: Book, problems: list[Problem], names: dict[str, str], slug: str, workbook: bool
) -> None:
    sheet = book.sheet(ISSUES)
    errors = sum(problem.severity == "error" for problem in problems)
    counts = f"{errors} error(s) to correct, {len(problems) - errors} warning(s) to look at."
    title = book.format(bold=True, font_size=13)
    sheet.write_string(0, 0, f"{ISSUES_MARK} {slug}: {counts}", title)
    advice = WORKBOOK_ADVICE if workbook else CSV_ADVICE
    sheet.write_string(1, 0, advice.format(slug=slug), book.format())
    for at, (word, width) in enumerate(WIDTHS.items()):
        sheet.write_string(2, at, word, book.format(**HEAD))
        sheet.set_column(at, at, width)
    wrap = book.format(text_wrap=True, valign="top")
    link = book.format(valign="top", font_color="#0563C1", underline=1)
    for row, problem in enumerate(problems[:MOST_ISSUES], start=3):
        sheet.set_row(row, 15 * (max(len(problem.message) // 58, len(problem.todo) // 68) + 1))
        place = problem.cell or (f"row {problem.row}" if problem.row else "")
        where = f"{problem.sheet or problem.file} {place} {problem.column}".replace(
            "  ", " "
        ).strip()
        said = problem.severity, where, problem.message, problem.todo, problem.code
        for at, text in enumerate(said):
            sheet.write_string(row, at, text, wrap)
        name = names.get(_table_of(problem))
        if name and problem.row:
            target = f"'{name.replace(chr(39), chr(39) * 2)}'!{problem.cell or f'A{problem.row}'}"
            sheet.write_url(row, 1, f"internal:{target}", link, where[:250])
    if len(problems) > MOST_ISSUES:
        sheet.write_string(MOST_ISSUES + 3, 1, f"and {len(problems) - MOST_ISSUES:,} more", wrap)
    sheet.freeze_panes(3, 0)
    sheet.activate()
