"""The return workbook an authority fills in: one sheet a table, with guidance, drop-downs and an
example row.

In: an authority's params, the national library, and tables to fill it with, if any. Out: an
``.xlsx`` file, the same bytes for the same input. The example row is passed over by the reader;
headers are protected (without a password), cells are not. Also, by the same :class:`Book`, the copy
of a return that is handed back with its issues marked (:func:`write_checked`).
"""

import datetime as dt
import io
import itertools
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from larcnb import codes
from larcnb.errors import REFUSED, LarcError, Problem
from larcnb.files import write_whole
from larcnb.returns import cells
from larcnb.returns.cells import Bad, Broken, Raw, parse, plain
from larcnb.returns.files import ISSUES, ISSUES_MARK, find_return, read_grids
from larcnb.returns.grid import MOST_ROWS, Grid
from larcnb.returns.quality import in_order
from larcnb.returns.tables import EXAMPLES
from larcnb.schema import RETURN, Field, Table

MADE = dt.datetime(2012, 1, 1)
LAST_COLUMN, LONGEST_TITLE, LONGEST_HELP = 16_383, 32, 255
AS_HELD = {f"strings_to_{kind}": False for kind in ("formulas", "urls", "numbers")}
AS_HELD["nan_inf_to_errors"] = True
STYLE = tomllib.loads(Path(__file__).with_name("template.toml").read_text("utf-8"))
LISTED = 8  # longer vocabularies stand in the sheet Lists only
MOST_ISSUES, MOST_SAID = 5_000, 2_000


class Book:
    """An authority's workbook being written, its sheets in this order, its guides already filled in:
    its formats, and where each drop-down's list stands."""

    def __init__(self, title: str, sheets: Collection[str], authority, library) -> None:
        self.file = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.file, AS_HELD)
        self.book.set_properties({"title": title, "author": "larcnb", "created": MADE})
        self.lists: dict[object, str | list[str]] = {}
        self.format = cache(lambda **look: self.book.add_format(STYLE["font"] | look))
        self.sheet = self.book.get_worksheet_by_name
        for name in sheets:
            self.book.add_worksheet(name).set_landscape()
        read_me_sheet(self, authority)
        guidance_sheet(self)
        list_sheet(self, library, authority.vintage)

    def save(self, path: Path) -> Path:
        """Write the workbook, whole or not at all."""
        self.book.close()
        write_whole(path, self.file.getvalue())
        return path

    def cell_format(self, field: Field | None, **more):
        """The format of a column's cells: dates as dates, codes and ids as text so that Excel
        changes none."""
        look = STYLE["cell"].get(field.kind if field else "", STYLE["cell"]["text"])
        return self.format(**{"locked": False} | look | more)

    def lines(self, name: str, row: int, widths: Mapping, lines: Iterable, left: int = 0) -> None:
        """Write text into a sheet: its heads and their widths, and below them each line's format and
        words."""
        sheet = self.sheet(name)
        for at, (word, width) in enumerate(widths.items(), start=left):
            sheet.write_string(row, at, word, self.format(**STYLE["head"]))
            sheet.set_column(at, at, width)
        for below, (look, *words) in enumerate(lines, start=row + 1):
            for at, word in enumerate(words, start=left):
                sheet.write_string(below, at, word, look)
        sheet.freeze_panes(row + 1, 0)


def write_template(path: Path, authority, library, tables: Mapping | None = None) -> Path:
    """Write a return workbook, empty or filled.

    Parameters
    ----------
    path : Path
        Where; written whole or not at all.
    authority : larcnb.params.Authority
        ``slug``, ``name``, ``vintage``, ``price_base`` and ``wording`` are used.
    library : larcnb.library.Library
        ``unit_costs`` and ``futures``: the lists of roles, items and futures.
    tables : dict of rows, optional
        Rows to fill in, as :func:`tables_from_csv` gives them; columns left out stay empty. What
        cannot be read as its column's type is written as text, for the check to find.

    Returns
    -------
    Path
        ``path``.
    """
    sheets = ["READ ME", "Guidance", *RETURN, "Lists"]
    book = Book(f"Return of {authority.name}", sheets, authority, library)
    for name, table in RETURN.items():
        sheet = table_sheet(book, table, dict(enumerate(table.names)), 0)
        for at, field in enumerate(table.fields):
            example = typed(EXAMPLES[name].get(field.name, ""), field)
            write_cell(book, sheet, 1, at, example, field, **STYLE["example"])
            for row, line in enumerate((tables or {}).get(name, ()), start=2):
                write_cell(book, sheet, row, at, typed(line.get(field.name, ""), field), field)
        wide = sheet.dim_colmax  # a row with a locked cell, however far, cannot be deleted
        sheet.set_column(len(table.names), LAST_COLUMN, None, book.format(locked=False))
        sheet.dim_colmax = wide  # else each row is written cell by cell to its last column
        sheet.protect("", dict.fromkeys(STYLE["unlocked"], True))
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
    book.lines("Guidance", 0, STYLE["guidance"], lines)
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
    lists: dict[str, Mapping[str, str]] = {
        "role": dict(zip(roles["item"], roles["label"], strict=True)),
        "item": dict(zip(given["item"], in_units, strict=True)),
        "future": futures,
        "follow_up.future": futures | {codes.RE_REFERRAL: "Referred again after the case closed"},
    }
    for table in RETURN.values():
        for field in table.fields:
            if field.allowed and field.allowed not in (codes.YES_NO, *lists.values()):
                lists[f"{table.name}.{field.name}"] = field.allowed
    text = book.format(num_format="@")
    for left, (name, words) in zip(itertools.count(0, 2), lists.items()):
        widths = {name: 26, "what it means": 44}
        book.lines("Lists", 0, widths, ((text, *pair) for pair in words.items()), left)
        letter = xl_col_to_name(left, col_abs=True)
        area = f"='Lists'!{letter}$2:{letter}${len(words) + 1}"
        book.lists[name] = book.lists[tuple(words)] = area
    book.lists |= {"initiator": book.lists["role"], tuple(codes.YES_NO): [*codes.YES_NO]}
    book.sheet("Lists").protect()


def table_sheet(book: Book, table: Table, header: Mapping[int, str], row: int):
    """Lay out a table's sheet: its header, and below it typed columns with drop-downs.

    Parameters
    ----------
    book : Book
    table : Table
    header : mapping of column number to text
        What stands in the header.
    row : int
        The header's row, from 0.

    Returns
    -------
    xlsxwriter worksheet
    """
    sheet = book.sheet(table.name)
    head = book.format(**STYLE["head"], text_wrap=True, valign="top")
    for at, word in header.items():
        sheet.write_string(row, at, writable(word), head)
        field = table.field(word.strip().lower())
        if field is None:
            sheet.set_column(at, at, 32)
            continue
        words = max(map(len, field.allowed), default=0) + 2
        width = 26 if field.kind in ("item", "future") else max(12, len(field.name) + 3, words)
        sheet.set_column(at, at, 32 if field.private else width, book.cell_format(field))
        prompt = f"{field.about}. Write {field.rule}."[:LONGEST_HELP]
        help_ = {"input_title": field.name[:LONGEST_TITLE], "input_message": prompt}
        sheet.data_validation(row, at, row, at, {"validate": "any"} | help_)
        sheet.data_validation(row + 1, at, MOST_ROWS, at, _validation(book, table, field) | help_)
    sheet.freeze_panes(row + 1, 1)
    return sheet


def _validation(book: Book, table: Table, field: Field) -> dict[str, object]:
    """What Excel lets be typed in a column."""
    keys = f"{table.name}.{field.name}", field.name, tuple(field.allowed) or None
    source = next((book.lists[key] for key in keys if key in book.lists), None)
    kinds = {"date": "date", "whole": "integer", "number": "decimal"}
    days = cells.FIRST_DAY, cells.LAST_DAY
    low, high = days if field.kind == "date" else (field.low or 0, field.high or cells.LARGEST)
    if source:
        allowed = {"validate": "list", "source": source}
    elif field.kind in kinds:
        allowed = {"validate": kinds[field.kind], "minimum": low, "maximum": high}
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


def write_cell(book: Book, sheet, row: int, at: int, raw, field: Field | None, **more) -> None:
    """Write a cell as :func:`as_written` says."""
    write, value, look = as_written(book, sheet, raw, field, **more)
    write(row, at, value, look)


def as_written(book: Book, sheet, raw, field: Field | None, **more) -> tuple:
    """The worksheet's method that writes a cell, its value and its format: text as text, numbers
    and dates as such; never a formula."""
    if isinstance(raw, dt.date):
        days = (pd.Timestamp(raw) - cells.EPOCH) / pd.Timedelta(days=1)
        shown = "[h]:mm:ss" if days < 2 else "dd/mm/yyyy hh:mm:ss" if days % 1 else "dd/mm/yyyy"
        return sheet.write_number, days, book.cell_format(field, num_format=shown, **more)
    style = book.cell_format(field, **more)
    if isinstance(raw, (int, float)):
        return sheet.write_number, raw, style
    if raw == "":
        return sheet.write_blank, None, style
    text = (raw.shown or "(a formula without a saved result)") if isinstance(raw, Broken) else raw
    return sheet.write_string, writable(text), style


def tables_from_csv(folder: Path, slug: str) -> dict[str, list[dict[str, str]]]:
    """Read a return's CSV files as they stand, to fill a workbook with them.

    Parameters
    ----------
    folder : Path
        Holds ``<table>.csv`` files.
    slug : str
        The authority, for messages.

    Returns
    -------
    dict of rows, each a dict of column to text
        As written; the workbook made of it is to be checked like any other.

    Raises
    ------
    LarcError
        A file cannot be read, or has a column its table does not have (nothing is left out unsaid); exit code 3.
    """
    files = find_return(folder, slug)
    grids = {} if files.workbook else read_grids(files, slug)
    problems = files.problems + [said for grid in grids.values() for said in grid.problems]
    if files.workbook or any(problem.severity == "error" for problem in problems):
        message = f"The tables of {slug} cannot be read. CSV files fill a workbook, no return.xlsx."
        raise LarcError(message, problems, REFUSED)
    tables = {}
    for name, grid in grids.items():
        if not grid.rows:
            continue
        head, *rows = (cells for _, cells in grid.rows)
        words, names = {at: plain(raw).lower() for at, raw in head.items()}, RETURN[name].names
        if not grid.filled <= words.keys() or len({*names} & {*words.values()}) < len(words):
            message = f"{grid.file} has columns that the table does not have, or one of them twice."
            raise LarcError(f"{message} Its columns are {', '.join(names)}.", problems, REFUSED)
        tables[name] = [{word: row.get(at, "") for at, word in words.items()} for row in rows]
    return tables


# The return handed back


def write_checked(path: Path, folder: Path, problems: Iterable, library, authority) -> Path:
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
        ``path``. A sheet that could not be read is not in the copy; the issues sheet says why.
    """
    slug, ordered = authority.slug, in_order(problems)
    files = find_return(folder, slug)
    grids, others = read_grids(files, slug), files.others
    grids = {name: grids[name] for name in RETURN if name in grids and grids[name].readable}
    sheets = [ISSUES, "READ ME", "Guidance", *grids, *others, "Lists"]
    book = Book(f"Return of {slug}, checked", sheets, authority, library)
    for name, grid in others.items():
        for row, line in grid.rows:
            for at, raw in line.items():
                write_cell(book, book.sheet(name), row - 1, at, raw, None)
    for name, grid in grids.items():
        own = [problem for problem in ordered if problem.row and _table_of(problem) == name]
        _copy(book, RETURN[name], grid, own)
    _issues(book, ordered, grids, slug)
    return book.save(path)


def _table_of(problem: Problem) -> str:
    """The table a problem is about, if it is about one."""
    return (problem.sheet or Path(problem.file).name.removesuffix(".csv")).strip().lower()


def _copy(book: Book, table: Table, grid: Grid, problems: list[Problem]) -> None:
    first, header = grid.rows[0] if grid.rows else (1, {})
    words = {at: plain(raw) for at, raw in header.items()}
    fields = {at: table.field(word.lower()) for at, word in words.items()}
    # without a header, the columns that should stand there
    sheet = table_sheet(book, table, words or dict(enumerate(table.columns)), first - 1)
    rows = dict(grid.rows)
    marks: dict[int, dict[int, list[Problem]]] = {}
    for problem in problems:  # one of a whole row stands at its first cell
        beginning = min(rows.get(problem.row, {}), default=0)
        at = xl_cell_to_rowcol(problem.cell)[1] if problem.cell else beginning
        marks.setdefault(problem.row, {}).setdefault(min(at, LAST_COLUMN), []).append(problem)

    @cache  # many cells of a large return hold the same
    def written(at: int, raw: Raw, worst: str) -> tuple:
        field = fields.get(at)
        value = typed(raw, field) if grid.delimiter and field and worst != "error" else raw
        return as_written(book, sheet, value, field, **STYLE.get(worst, {}))

    for row in sorted(rows.keys() | marks.keys()):
        marked = marks.get(row, {})
        for at, raw in (dict.fromkeys(marked, "") | rows.get(row, {})).items():
            at_cell = marked.get(at, ())
            worst = min(p.severity for p in at_cell) if at_cell else ""  # an error before a warning
            if row != first or raw == "":
                write, value, look = written(at, raw, worst)
                write(row - 1, at, value, look)
            elif at_cell:
                look = book.format(bold=True, **STYLE[worst])
                sheet.write_string(row - 1, at, writable(words[at]), look)
            if at_cell:
                text = "\n".join(f"{p.message} {p.todo}".strip() for p in at_cell)[:MOST_SAID]
                size = {"author": "larcnb", "x_scale": 2.2, "y_scale": 0.6 + 0.5 * len(at_cell)}
                sheet.write_comment(row - 1, at, text, size)


def _issues(book: Book, problems: list[Problem], tables: Collection[str], slug: str) -> None:
    sheet = book.sheet(ISSUES)
    errors = sum(problem.severity == "error" for problem in problems)
    counts = f"{errors} error(s) to correct, {len(problems) - errors} warning(s) to look at."
    title = book.format(bold=True, font_size=13)
    sheet.write_string(0, 0, f"{ISSUES_MARK} {slug}: {counts}", title)
    sheet.write_string(1, 0, STYLE["advice"].format(slug=slug), book.format())
    wrap = book.format(text_wrap=True, valign="top")
    link = book.format(valign="top", font_color="#0563C1", underline=1)
    book.lines(ISSUES, 2, STYLE["issues"], [])
    for row, problem in enumerate(problems[:MOST_ISSUES], start=3):
        sheet.set_row(row, 15 * (max(len(problem.message) // 58, len(problem.todo) // 68) + 1))
        place = problem.cell or (f"row {problem.row}" if problem.row else "")
        where = " ".join(filter(None, (problem.sheet or problem.file, place, problem.column)))
        said = (problem.severity, where, problem.message, problem.todo, problem.code)
        for at, word in enumerate(said):
            sheet.write_string(row, at, word, wrap)
        if problem.row and (name := _table_of(problem)) in tables:
            target = f"internal:'{name}'!{problem.cell or f'A{problem.row}'}"
            sheet.write_url(row, 1, target, link, where[:250])
    if (more := len(problems) - MOST_ISSUES) > 0:
        sheet.write_string(MOST_ISSUES + 3, 1, f"and {more:,} more", wrap)
    sheet.activate()
