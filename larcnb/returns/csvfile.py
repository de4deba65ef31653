"""A CSV file's cells, all as text, in whatever encoding and with whatever delimiter they come.

In: a file. Out: a :class:`Grid`, with problems for links, sizes, other encodings and delimiters,
and quotation marks left open. No file is opened that is larger than a return can be, and none is
ever altered.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from xlsxwriter.utility import xl_col_to_name

from larcnb.returns.cells import BLANKS, EMPTY, plain
from larcnb.returns.grid import MOST_COLUMNS, MOST_ROWS, Grid, Unreadable
from larcnb.schema import Table

LARGEST_BYTES = 50_000_000
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def read_csv(path: Path, table: Table, file: str, most: int = MOST_ROWS) -> Grid:
    """Read a CSV file's cells.

    Parameters
    ----------
    path : Path
    table : Table
        Only to tell whether another delimiter would fit.
    file : str
        The file's name in messages.
    most : int
        Rows at most; a file may have 500 bytes for each.

    Returns
    -------
    Grid
        ``readable`` tells whether the file could be read as a CSV at all.
    """
    grid = Grid(file, source=f"{table.name}.csv", mark=",")
    row = 0
    try:
        text = _text(path, grid, most)
        grid.mark = _delimiter(text, table)
        if grid.mark != ",":
            grid.note("delimiter")
        width, columns = 0, set()
        for row, line in _lines(text, grid):
            cells = {at: value for at, value in enumerate(line) if value and value.strip(EMPTY)}
            if not cells:
                continue
            if len(line) > MOST_COLUMNS:
                columns.update(cells)
            if len(columns) > MOST_COLUMNS:
                at = max(columns)
                far = f"{xl_col_to_name(at)}{row}"
                raise Unreadable("too-many-columns", most=MOST_COLUMNS, far=far, at=at)
            if len(grid.rows) > most:
                raise Unreadable("too-many-rows", most=most)
            if not grid.rows:
                width = max(cells) + 1
            elif len(line) < width:
                grid.short[row] = len(line)
            grid.rows.append((row, cells))
    except Unreadable as error:
        grid.unreadable(error, row)
    return grid


def read_bytes(path: Path, largest: int = LARGEST_BYTES) -> bytes:
    """A file's content.

    Raises
    ------
    Unreadable
        It is larger than a return can be, or the system does not let it be read.
    """
    try:
        if path.stat().st_size > largest:
            raise Unreadable("too-large")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable("not-readable") from error


def _text(path: Path, grid: Grid, most: int) -> str:
    """The file's text, in whichever encoding, with its problems noted."""
    if path.is_symlink() or not path.is_file():
        raise Unreadable("link")
    raw = read_bytes(path, LARGEST_BYTES * most // MOST_ROWS)
    encodings = {"utf-8-sig": "", "cp1252": "encoding/windows"}
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    if marked or raw[:4].count(b"\0") >= 2:
        order = "utf-16" if marked else "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
        encodings = {order: "encoding/utf-16"}  # read all the same, for its other problems
    elif raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("not-csv")
    elif b"\0" in raw:
        before = (raw[: raw.index(b"\0")] + b".").splitlines()
        row, at = len(before), before[-1].count(b",")
        raise Unreadable("nul", first=f"{xl_col_to_name(at)}{row}", row=row, at=at)
    for encoding, key in encodings.items():
        with contextlib.suppress(UnicodeDecodeError):
            text = raw.decode(encoding)
            if "\0" in text:
                break
            if key:
                grid.note(key)
            return text
    raise Unreadable("encoding")


def _lines(text: str, grid: Grid) -> Iterator[tuple[int, list[str]]]:
    """Rows with the numbers Excel shows; a line that cannot be read is refused and passed over."""
    reader = csv.reader((line[0] for line in LINE.finditer(text)), strict=True, delimiter=grid.mark)
    row = 0
    while True:
        row += 1
        try:
            yield row, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            grid.note("too-long" if "field larger" in str(error) else "quote", row)


def _delimiter(text: str, table: Table) -> str:
    """What stands between the names of the header: a comma, or what was used in its place."""
    lines = (line[0] for line in LINE.finditer(text))
    header = next((line for line in lines if line.strip(BLANKS + "\r\n,;")), "")[:10_000].lower()
    names = {re.sub("[^a-z0-9]", "", name) for name in table.columns}
    words = {mark: {re.sub("[^a-z0-9]", "", w) for w in header.split(mark)} for mark in ",;\t|:"}
    known = {mark: len(names & words[mark]) for mark in words}
    best = max(known, key=known.get)
    return best if known[best] > 1 and known[","] < 2 else ","


def refuse_open_quotes(grid: Grid, begins: Callable[[str], object]) -> None:
    """Refuse values that swallowed later lines: one of their lines is as wide as the header and
    begins like a row.

    Parameters
    ----------
    grid : Grid
        Of a CSV file.
    begins : function of text
        Whether a row of the table may begin with it.
    """
    header = grid.rows[0][1] if grid.rows else {}
    for row, cells in grid.rows[1:]:
        for at, value in cells.items():
            if isinstance(value, str) and ("\n" in value or "\r" in value):
                lines = [line[:100_000] for line in re.split("\r\n|\r|\n", value)[1:]]
                parts = csv.reader(lines, delimiter=grid.mark)
                if any(len(p) == max(header) + 1 > 1 and begins(plain(p[0])) for p in parts):
                    grid.note("quote/rows", row, at, plain(header.get(at)))
