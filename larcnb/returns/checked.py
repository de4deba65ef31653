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
from larcnb.returns import template
from larcnb.returns.cells import plain
from larcnb.returns.files import ISSUES, ISSUES_MARK, find_return, other_sheets, read_grids
from larcnb.returns.grid import Grid
from larcnb.returns.quality import in_order
from larcnb.returns.template import Book, table_sheet, typed, write_cell
from larcnb.schema import RETURN

MOST_ISSUES, MOST_SAID, LONGEST_NAME = 5_000, 2_000, 31
RED, AMBER = "#F8CBAD", "#FFE699"
ADVICE = (
    "Follow a link to see the cell. Correct it here and save this file as return.xlsx in "
    "data/raw/{slug}/, in place of the old one or of the tables' CSV files; or correct it in the "
    "CSV file. Then run larcnb check {slug} again."
)
WIDTHS = {"severity": 10, "where": 34, "what is wrong": 60, "what to do": 70, "code": 18}


def write_checked(
    path: Path, folder: Path, problems: Iterable[Problem], library, authority
) -> Path:
    """Write the marked copy of a return.

    Parameters
    ----------
    path : Path
        Where, such as ``data/processed/<authority>/return.checked.xlsx``; written whole or not at
        all. It holds what the return holds: keep it where the return may be kept.
    folder : Path
        The return's folder.
    problems : iterable of Problem
        ``read_return(...).problems``; those of params or national tables are listed without a mark.
    library
        ``unit_costs`` and ``futures``, for the drop-down lists.
    authority : larcnb.params.Authority

    Returns
    -------
    Path
        A sheet that could not be read is not in the copy; the issues sheet says why.
    """
    slug, ordered = authority.slug, in_order(problems)
    found = find_return(folder, slug)
    grids, others = read_grids(found, slug), other_sheets(found)
    grids = {name: grids[name] for name in RETURN if name in grids and grids[name].readable}
    names = {n: g.sheet if 0 < len(g.sheet) <= LONGEST_NAME else n for n, g in grids.items()}
    sheets = [ISSUES, "READ ME", "Guidance", *names.values(), *others, "Lists"]
    book = Book(f"Return of {slug}, checked", sheets)
    template.read_me_sheet(book, authority)
    template.guidance_sheet(book)
    template.list_sheet(book, library, authority.vintage)
    for name, grid in others.items():
        for row, cells in grid.rows:
            for at, raw in cells.items():
                write_cell(book, book.sheet(name), row - 1, at, raw, None)
    for name, grid in grids.items():
        own = [problem for problem in ordered if problem.row and _table_of(problem) == name]
        _copy(book, name, grid, names[name], own)
    _issues(book, ordered, names, slug)
    return book.save(path)


def _table_of(problem: Problem) -> str:
    """The table a problem is about, if it is about one."""
    name = problem.sheet or problem.file.rpartition("/")[2].removesuffix(".csv")
    return name.strip().lower()


def _copy(book: Book, name: str, grid: Grid, sheet_name: str, problems: list[Problem]) -> None:
    table = RETURN[name]
    first, header = grid.rows[0] if grid.rows else (1, {})
    words = {at: plain(raw) for at, raw in header.items()}
    should = dict(enumerate(table.columns))  # without a header, the columns that should stand there
    sheet = table_sheet(book, table, sheet_name, words or should, first - 1)
    filled = {(row, at): raw for row, cells in grid.rows for at, raw in cells.items()}
    marks: dict[tuple[int, int], list[Problem]] = {}
    for problem in problems:
        marks.setdefault(_cell_of(problem, grid), []).append(problem)
    looks = {place: _colour(found) for place, found in marks.items()}
    for (row, at), raw in filled.items():
        look = looks.get((row, at), {})
        if row == first:
            if look:
                style = book.format(bold=True, **look)
                sheet.write_string(row - 1, at, template.writable(words[at]), style)
            continue
        field = table.field(words.get(at, "").lower())
        value = typed(raw, field) if grid.mark and field else raw
        write_cell(book, sheet, row - 1, at, value, field, **look)
    for (row, at), found in marks.items():
        if (row, at) not in filled:
            write_cell(book, sheet, row - 1, at, "", None, **looks[row, at])
        text = "\n".join(f"{p.message} {p.todo}".strip() for p in found)[:MOST_SAID]
        size = {"author": "larcnb", "x_scale": 2.2, "y_scale": 0.6 + 0.5 * len(found)}
        sheet.write_comment(row - 1, at, text, size)


def _cell_of(problem: Problem, grid: Grid) -> tuple[int, int]:
    """Row as Excel shows it and column from 0; a problem of a whole row stands at its first
    cell."""
    if problem.cell:
        return problem.row, min(xl_cell_to_rowcol(problem.cell)[1], template.LAST_COLUMN)
    return problem.row, min(dict(grid.rows).get(problem.row, {}), default=0)


def _colour(found: list[Problem]) -> dict[str, object]:
    error = any(problem.severity == "error" for problem in found)
    return {"bg_color": RED if error else AMBER, "border": 2 if error else 1}


def _issues(book: Book, problems: list[Problem], names: dict[str, str], slug: str) -> None:
    sheet = book.sheet(ISSUES)
    errors = sum(problem.severity == "error" for problem in problems)
    counts = f"{errors} error(s) to correct, {len(problems) - errors} warning(s) to look at."
    title = book.format(bold=True, font_size=13)
    sheet.write_string(0, 0, f"{ISSUES_MARK} {slug}: {counts}", title)
    sheet.write_string(1, 0, ADVICE.format(slug=slug), book.format())
    wrap = book.format(text_wrap=True, valign="top")
    link = book.format(valign="top", font_color="#0563C1", underline=1)
    lines = []
    for row, problem in enumerate(problems[:MOST_ISSUES], start=3):
        sheet.set_row(row, 15 * (max(len(problem.message) // 58, len(problem.todo) // 68) + 1))
        place = problem.cell or (f"row {problem.row}" if problem.row else "")
        parts = (problem.sheet or problem.file, place, problem.column)
        where = " ".join(filter(None, parts))
        lines.append((wrap, problem.severity, where, problem.message, problem.todo, problem.code))
    if len(problems) > MOST_ISSUES:
        lines.append((wrap, "", f"and {len(problems) - MOST_ISSUES:,} more"))
    book.lines(ISSUES, 2, WIDTHS, lines)
    for row, problem in enumerate(problems[:MOST_ISSUES], start=3):
        if problem.row and (name := names.get(_table_of(problem))):
            target = name.replace("'", "''")
            place = f"internal:'{target}'!{problem.cell or f'A{problem.row}'}"
            sheet.write_url(row, 1, place, link, lines[row - 3][2][:250])
    sheet.activate()
