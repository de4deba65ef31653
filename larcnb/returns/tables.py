"""One table: from a grid of raw cells to a typed frame, with every problem on the way.

In: a :class:`Grid` and its :class:`larcnb.schema.Table`, or the path of a CSV file. Out: a
DataFrame whose columns have the table's types (text ``str``, whole numbers ``Int64``, numbers
``float64``, dates ``datetime64[ms]``) plus ``source_row``; missing where a cell is empty or
refused. The reading rules of the data dictionary that concern headers, rows and single cells stand here.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from larcnb.returns import rules
from larcnb.returns.cells import Bad, Masked, data_rows, doubtful_days, parse, plain, shown, suggest
from larcnb.returns.grid import Grid, read_csv, refuse_open_quotes
from larcnb.schema import Field, Table

MARK = "e.g."
IDENTIFYING = {row["column"] for row in data_rows("identifying.csv")}
"""Columns that may tell who a family is."""
EXAMPLES: dict[str, dict[str, str]] = {}
"""The template's example row of each table, by column; its first cell begins with ``e.g.``."""
for _row in data_rows("example.csv"):
    EXAMPLES.setdefault(_row["table"], {})[_row["column"]] = _row["value"]
TOTALS = re.compile("(grand|sub)?[ _-]?totals?:?|sums?:?|averages?:?|mean|median|count|overall|all")
COUNT = r"\(?\d+ rows?(\(s\))?( affected| selected| returned)?\.?\)?"
ROWS_WRITTEN = re.compile(COUNT + "|completion time:.*|-{3,}", re.IGNORECASE)
LEAST_PASTED = 3
DTYPES = {"whole": "Int64", "number": "float64", "date": "datetime64[ms]"}


def read_table(path: Path, table: Table, file: str, known: Mapping | None = None) -> tuple:
    """Read a table from a CSV file: a national one, or an authority's own unit costs.

    Parameters
    ----------
    path : Path
    table : Table
        Which columns, kinds and rules it has.
    file : str
        The file's name in messages, such as ``national/futures.csv``.
    known : mapping of column to codes, optional
        What an ``item`` or ``future`` column may hold; without it any code will do.

    Returns
    -------
    DataFrame and list of Problem
        The frame always has the table's columns, typed, and ``source_row`` such as
        ``futures.csv:14``; it is to be used only where no problem is an error.

    Examples
    --------
    >>> import tempfile; from larcnb.schema import NATIONAL
    >>> folder = tempfile.TemporaryDirectory(); path = Path(folder.name, "deflators.csv")
    >>> _ = path.write_text("year,index,source\\n2010-11,100,invented\\n2011-12,one,invented\\n")
    >>> frame, problems = read_table(path, NATIONAL["deflators"], "national/deflators.csv")
    >>> frame["index"].tolist(), problems[0].row, problems[0].cell, problems[0].message
    ([100.0, nan], 3, 'B3', "'one' is not a number.")
    >>> folder.cleanup()
    """
    grid = read_csv(path, table, file)
    refuse_open_quotes(grid, lambda first: True)
    return to_frame(grid, table, known), grid.close()


def empty(table: Table) -> pd.DataFrame:
    """Return a table without rows: its columns, typed, and ``source_row``."""
    return _frame(table, {}, [])


def to_frame(grid: Grid, table: Table, known: Mapping | None = None, today=None) -> pd.DataFrame:
    """Turn a grid into a typed frame and check its rows; positions and problems are noted in the
    grid.

    Parameters
    ----------
    grid : Grid
        The first row is the header.
    table : Table
    known : mapping of column to codes, optional
    today : date, optional
        Dates of cases after it are warned of; the day of the run if left out.

    Returns
    -------
    DataFrame
        One row a row of the grid that is no header, example or total, in the order of the file.
    """
    grid.readable = grid.readable and _find_columns(grid, table)
    if not grid.readable:
        return empty(table)
    rows = _data_rows(grid, table)
    grid.numbers = [row for row, _ in rows]
    named = set(grid.columns.values())
    for index, (row, cells) in enumerate(rows):
        if row in grid.short:
            grid.refused |= {(index, n) for n, at in grid.columns.items() if at >= grid.short[row]}
        if row in grid.short or not cells.keys() <= named:
            grid.moved.add(index)
    fields = [field for field in table.fields if field.name in grid.columns]
    raws = {f.name: [cells.get(grid.columns[f.name]) for _, cells in rows] for f in fields}
    verdicts = doubtful_days({f.name: raws[f.name] for f in fields if f.kind == "date"})
    for name, (verdict, _) in verdicts.items():
        grid.note(verdict, name=name)
    values = {}
    for field in fields:
        codes, (_, doubtful) = (known or {}).get(field.name), verdicts.get(field.name, ("", ()))
        values[field.name] = _column(grid, field, raws[field.name], codes, doubtful)
    frame = _frame(table, values, [f"{grid.source}:{row}" for row in grid.numbers])
    rules.check_table(frame, table, grid, today)
    return frame


def _frame(table: Table, values: dict[str, list], source: list[str]) -> pd.DataFrame:
    """A typed frame; a column without values is blank."""
    columns = {}
    for field in table.fields:
        column = pd.Series(values.get(field.name, [None] * len(source)), dtype=object)
        columns[field.name] = column.astype(DTYPES.get(field.kind, "str"))
    return pd.DataFrame(columns | {"source_row": pd.Series(source, dtype="str")})


def _find_columns(grid: Grid, table: Table) -> bool:
    """Match the header, noting each column's place in the grid; False where there is none."""
    row, cells = grid.rows[0] if grid.rows else (1, {})
    words = {at: plain(raw).lower() for at, raw in cells.items()}
    known = ", ".join(table.names)
    matched = [at for at, word in words.items() if word in table.names]
    if len(matched) * 2 < min(len(table.columns), 4):
        grid.note("no-header", row, known=known)
        return False
    for at, word in words.items():
        said = shown(word)
        if word in grid.columns:
            grid.note("duplicate-column", row, at, word)
        elif word in table.names:
            grid.columns[word] = at
        elif word.replace(" ", "_") in IDENTIFYING:
            grid.note("identifying-column", row, at, said[1:-1], value=said, known=known)
        else:
            advice = suggest(word[:60], table.names)
            more = {"value": said, "table": table.name, "near": advice, "known": known}
            grid.note("unknown-column", row, at, said[1:-1], **more)
            meant = advice.split("'")[1] if advice else ""
            if meant and meant not in words.values():  # its cells are looked at all the same
                grid.columns.setdefault(meant, at)
    for name in table.columns:
        if name not in grid.columns:
            grid.note("missing-column", row, name=name)
    return True


def _data_rows(grid: Grid, table: Table) -> list[tuple[int, dict]]:
    """The rows that are data; what stands in no column, and rows that are no data, are refused."""
    named, kept = set(grid.rows[0][1]), []
    first_at = grid.columns.get(table.columns[0], -1)
    last = max(named if grid.delimiter else grid.filled)  # a comma too many moves what follows it
    for at in sorted(at for at in grid.filled - named if at <= last):
        row = next(row for row, cells in grid.rows if at in cells)
        grid.note("unnamed-column", row, at, letter=xl_col_to_name(at))
    for row, cells in grid.rows[1:]:
        if max(cells) > last:
            grid.note("long-row", row, min(at for at in cells if at > last))
        if is_row_count(cells):
            grid.note("row-count", row, min(cells))
            continue
        if row in grid.short:
            grid.note("short-row", row, count=grid.short[row])
        first = cells.get(first_at)
        if not isinstance(first, str | None) or _is_data(grid, table, row, cells, plain(first)):
            kept.append((row, cells))
    half, odd = divmod(len(kept), 2)
    above, again = ([cells for _, cells in part] for part in (kept[:half], kept[half:]))
    if half >= LEAST_PASTED and not odd and above == again and again.count(again[0]) < half:
        grid.note("pasted-twice", kept[half][0], count=half)
    return kept


def is_row_count(cells: Mapping) -> bool:
    """Tell a line that a database program adds, such as ``(3 rows affected)``, from a row.

    Examples
    --------
    >>> is_row_count({0: "(3 rows affected)"}), is_row_count({0: "3 rows", 1: "open"})
    (True, False)
    """
    values = cells.values()
    return all(isinstance(raw, str) and ROWS_WRITTEN.fullmatch(plain(raw)) for raw in values)


def _is_data(grid: Grid, table: Table, row: int, cells: Mapping, first: str) -> bool:
    """Tell an example, a total or a second header from a row of data."""
    name, word, at = table.columns[0], first.lower(), min(cells)
    if word.startswith(MARK):
        said = {name: plain(cells.get(at)) for name, at in grid.columns.items()}
        if {name: text for name, text in said.items() if text} != EXAMPLES.get(table.name):
            grid.note("example-row", row, grid.columns[name], name)
        return False
    if TOTALS.fullmatch(word or plain(cells[at]).lower()):
        there = next((name for name, place in grid.columns.items() if place == at), "")
        grid.note("totals-row", row, at, there)
        return False
    if word == name and sum(plain(raw).lower() in table.names for raw in cells.values()) > 1:
        grid.note("header-repeated", row, at)
        return False
    return True


def _column(grid: Grid, field: Field, raws: list, known, doubtful: Collection) -> list:
    """The values of a column, None where a cell is empty or refused; each different cell is read
    once."""
    read = {raw: parse(raw, field, known) for raw in set(raws) if raw is not None}
    for raw in (raw for raw in doubtful if not isinstance(read[raw], Bad)):
        read[raw] = Bad("month-first/cell", plain(raw))
    values = [read.get(raw) for raw in raws]
    for index, value in enumerate(values):
        if isinstance(value, Bad):
            grid.note_cell(index, field.name, value.key, value)
            values[index] = None
        elif value is None and not field.blank:
            grid.note_cell(index, field.name, "missing", rule=field.rule)
    masked = [i for i, raw in enumerate(raws) if isinstance(raw, Masked)] if field.numeric else []
    if masked:
        held = {"count": len(masked), "held": plain(raws[masked[0]])}
        grid.note_cell(masked[0], field.name, "number-format/column", **held)
    return values
