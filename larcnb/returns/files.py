"""Which files make up a return, and a CSV file's cells.

In: an authority's folder; a CSV file. Out: :class:`Found`, the table files in it, and :class:`Grid`; with
problems for links, both forms at once, unknown names, other encodings and delimiters. Nothing is opened that
is larger than a return can be, and no file is ever altered.
"""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xlsxwriter.utility import xl_col_to_name

from larcnb.errors import Problem, nearest
from larcnb.returns.grid import MOST_COLUMNS, MOST_ROWS, Grid
from larcnb.returns.raw import BLANKS, EMPTY, plain, shown
from larcnb.schema import RETURN, Table

LARGEST_BYTES = 50_000_000
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
WORKBOOK = "return.xlsx"
OWN_COSTS = "unit_costs"
OTHER_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
HANDED_BACK = "return.checked.xlsx"
LIKE_OURS = re.compile(
    "|".join(re.sub("[^a-z]", "", name) for name in ("return", OWN_COSTS, "unitcost", *RETURN))
)


@dataclass
class Found:
    """The files of a return: its workbook or its tables."""

    workbook: Path | None = None
    tables: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def find_return(folder: Path, slug: str) -> Found:
    """List the files of a return and refuse what cannot be one.

    Parameters
    ----------
    folder : Path
        ``data/raw/<authority>``.
    slug : str
        The authority, for messages.

    Returns
    -------
    Found
        Its problems name no file outside the folder.

    Examples
    --------
    >>> import tempfile; folder = tempfile.TemporaryDirectory()
    >>> for name in ("cases.csv", "proces.csv"):
    ...     _ = Path(folder.name, name).write_text("")
    >>> found = find_return(Path(folder.name), "la-03")
    >>> list(found.tables), found.problems[0].file, found.problems[0].todo
    (['cases'], 'la-03/proces.csv', "Did you mean 'process'? Rename or remove it.")
    >>> folder.cleanup()
    """
    found = Found()

    def refuse(name: str, code: str, message: str, todo: str, severity="error") -> None:
        found.problems.append(Problem(name, "", 0, "", code, message, todo, severity))

    if folder.is_symlink():
        refuse(slug, "link", "The folder is a link.", "Put a true folder in its place.")
        return found
    if not folder.is_dir():
        refuse(
            slug,
            "no-return",
            "There is no return.",
            "Put return.xlsx or the tables as CSV files there.",
        )
        return found
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        refuse(slug, *unreadable(error))
        return found
    others, costs = [], own_costs(folder)
    for path in paths:
        name = _plain_name(path)
        stem, dot, kind = name.rpartition(".")
        label = (
            f"{slug}/{path.name[:60]}" if path.name.isprintable() else f"{slug}/{shown(path.name)}"
        )
        if name.startswith((".", "~$")):
            continue
        if kind != "csv" and name != WORKBOOK:
            ours = LIKE_OURS.match(re.sub("[^a-z]", "", name))
            if (ours or name.endswith(OTHER_WORKBOOKS)) and name != HANDED_BACK:
                others.append((ours[0] if ours else "", label))
            continue
        if path.is_symlink():
            refuse(label, "link", "The file is a link.", "Put the file itself in its place.")
        elif not stat.S_ISREG(path.stat().st_mode):
            refuse(label, "not-a-file", "This is not a file.", "Remove it or rename it.")
        elif name == WORKBOOK:
            if found.workbook:
                refuse(label, "duplicate-table", "The return is there twice.", "Keep one file.")
            found.workbook = path
        elif path in costs:
            if path != costs[0]:
                refuse(
                    label,
                    "duplicate-table",
                    "The own unit costs are there twice.",
                    "Keep one file.",
                )
        elif stem not in RETURN:
            near = (
                nearest(stem, [*RETURN, OWN_COSTS])
                or f"The tables are {', '.join([*RETURN, OWN_COSTS])}."
            )
            refuse(
                label,
                "unknown-file",
                "The file is named like no table.",
                f"{near} Rename or remove it.",
            )
        elif stem in found.tables:
            refuse(label, "duplicate-table", f"The table {stem} is there twice.", "Keep one file.")
        else:
            found.tables[stem] = path
    if found.workbook and found.tables:
        names = ", ".join(f"{name}.csv" for name in found.tables)
        refuse(
            slug,
            "both-forms",
            f"There are both return.xlsx and {names}.",
            "Keep one form of the return.",
        )
    for like, label in others:
        todo = "If it is the return, save it as return.xlsx (Excel workbook)."
        if like.startswith("unitcost"):
            todo = "If it is the authority's own unit costs, save it as unit_costs.csv (CSV UTF-8); else rename it."
        elif like in RETURN:
            todo = f"If it is the table {like}, save it as {like}.csv (CSV UTF-8), or put it into return.xlsx."
        refuse(label, "file-not-read", "This file is not read.", todo, "warning")
    refused = any(p.severity == "error" for p in found.problems)
    if not (found.workbook or "cases" in found.tables or refused):
        refuse(
            slug, "no-return", "There is no return.xlsx and no cases.csv.", "Put one of them there."
        )
    return found


def _plain_name(path: Path) -> str:
    """A file's name in lower case, without blanks around it or before its kind."""
    stem, dot, kind = path.name.strip(BLANKS).lower().rpartition(".")
    return f"{stem.strip(BLANKS)}{dot}{kind}"


def own_costs(folder: Path) -> list[Path]:
    """The files of a return's folder that hold the authority's own unit costs; there should be one at most."""
    try:
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return []
    return [path for path in paths if _plain_name(path) == f"{OWN_COSTS}.csv"]


def read_csv(path: Path, table: Table, file: str) -> tuple[Grid | None, list[Problem]]:
    """Read a CSV file's cells, all as text.

    Parameters
    ----------
    path : Path
    table : Table
        Only to tell whether another delimiter would fit.
    file : str
        The file's name in messages.

    Returns
    -------
    Grid or None, and list of Problem
        None where the file cannot be read as a CSV at all.
    """
    problems: list[Problem] = []

    def refuse(
        code: str, message: str, todo: str, row: int = 0, cell: str = "", severity="error"
    ) -> None:
        problems.append(Problem(file, "", row, "", code, message, todo, severity, cell))

    text = _text(path, refuse)
    if text is None:
        return None, problems
    width, columns, mark = 0, set(), _delimiter(text, table)
    grid = Grid([], source=f"{table.name}.csv", text=True, mark=mark)
    if mark != ",":
        todo = "Save the file as CSV UTF-8 (comma delimited)."
        refuse("delimiter", "The values are not separated by commas.", todo)
    for row, line in _lines(text, refuse, mark):
        cells = {
            at: value
            for at, value in enumerate(line)
            if value and ("!" <= value[0] <= "~" or value.strip(EMPTY))
        }
        if not cells:
            continue
        if len(line) > MOST_COLUMNS:
            columns.update(cells)
        if len(columns) > MOST_COLUMNS:
            refuse(
                "too-many-columns",
                f"More than {MOST_COLUMNS} columns hold values.",
                "Keep the table's own columns.",
                row,
                f"{xl_col_to_name(max(columns))}{row}",
            )
            return None, problems
        if not grid.rows:
            width = max(cells) + 1
        elif len(line) < width:
            grid.short[row] = len(line)
        if len(grid.rows) > MOST_ROWS:
            refuse(
                "too-many-rows",
                f"More than {MOST_ROWS:,} rows hold values.",
                "Split the return.",
                row,
            )
            return None, problems
        grid.rows.append((row, cells))
    return grid, problems


def _text(path: Path, refuse) -> str | None:
    if path.is_symlink() or not path.is_file():
        refuse("link", "This is a link, or not a file.", "Put the file itself in its place.")
        return None
    if path.stat().st_size > LARGEST_BYTES:
        refuse("too-large", "The file is larger than 50 MB.", "Keep the table's own rows.")
        return None
    try:
        raw = path.read_bytes()
    except OSError as error:
        refuse(*unreadable(error))
        return None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or (raw[:4].count(b"\0") >= 2):
        refuse("encoding", "The file is in UTF-16.", "Save it as CSV UTF-8 (comma delimited).")
        return _utf16(raw)
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        refuse(
            "not-csv",
            "This is a workbook, not a CSV file.",
            "Save it as CSV UTF-8 (comma delimited).",
        )
    elif b"\0" in raw:
        before = (raw[: raw.index(b"\0")] + b".").splitlines()
        cell = f"{xl_col_to_name(before[-1].count(b','))}{len(before)}"
        message = f"The file holds null characters (U+0000), the first in {cell}: it is damaged."
        refuse("nul", message, "Save it anew as CSV UTF-8.", len(before), cell)
    else:
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
        try:  # halves of characters, as some writers leave: joined where they fit, refused by cell where not
            halves = raw.decode("utf-8", "surrogatepass").removeprefix("\ufeff")
            return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        except UnicodeDecodeError:
            pass
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            refuse(
                "encoding", "The file is not in UTF-8.", "Save it as CSV UTF-8 (comma delimited)."
            )
            return None
        refuse(
            "encoding",
            "The file is not in UTF-8; it was read as Windows text (cp1252).",
            "Check accented letters, and save it as CSV UTF-8.",
            severity="warning",
        )
        return text
    return None


def unreadable(error: OSError) -> tuple[str, str, str]:
    """Say of a file that the system does not let be read: a code, what is so and what to do."""
    if isinstance(error, PermissionError):
        message = "The file cannot be read: another program holds it, or you have no permission."
        return (
            "not-readable",
            message,
            "Close it in other programs, or ask for permission, and try again.",
        )
    return (
        "not-readable",
        "The file cannot be read from its disk or drive.",
        "Copy it anew and try again.",
    )


def open_quotes(grid: Grid, begins: Callable[[str], bool], refuse: Callable[..., None]) -> None:
    """Refuse values that swallowed later lines: one of their lines is as wide as the header and begins like a row.

    Parameters
    ----------
    grid : Grid
        Of a CSV file.
    begins : function of text
        Whether a row of the table may begin with it.
    refuse : function
        Called with row, column, column's name, code, message and what to do.
    """
    header = grid.rows[0][1] if grid.rows else {}
    for row, cells in grid.rows[1:]:
        for at, value in cells.items():
            if not isinstance(value, str) or not ("\n" in value or "\r" in value):
                continue
            lines = re.split("\r\n|\r|\n", value)[1:]
            parts = csv.reader((line[:100_000] for line in lines), delimiter=grid.mark)
            if any(len(part) == max(header) + 1 > 1 and begins(plain(part[0])) for part in parts):
                refuse(
                    row,
                    at,
                    plain(header.get(at)),
                    "quote",
                    "A quotation mark is opened here and closed lines later, so that rows stand inside this cell.",
                    "Close it where the value ends.",
                )


def _utf16(raw: bytes) -> str | None:
    """The text all the same, so that its other problems are found at once."""
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = raw.decode("utf-16" if marked else "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _lines(text: str, refuse, mark: str):
    """Rows with the numbers Excel shows; a line that cannot be read is refused and passed over."""
    reader = csv.reader((line[0] for line in LINE.finditer(text)), strict=True, delimiter=mark)
    row = 0
    while True:
        row += 1
        try:
            yield row, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" in str(error):
                refuse(
                    "too-long",
                    "A cell holds more text than a workbook's cell can.",
                    "Shorten it.",
                    row,
                )
            else:
                refuse(
                    "quote",
                    "A quotation mark is opened and not closed, or stands inside a value.",
                    "Close it, or write two where one is meant.",
                    row,
                )


def _delimiter(text: str, table: Table) -> str:
    """What stands between the names of the header: a comma, or what was used in its place."""
    header = next(
        (line[0] for line in LINE.finditer(text) if line[0].strip(BLANKS + "\r\n,;")), ""
    )[:10_000]
    known = {
        mark: len(
            {*table.columns}.intersection(
                part.strip(BLANKS + '"\r\n').lower() for part in header.split(mark)
            )
        )
        for mark in (",", ";", "\t", "|", ":")
    }
    best = max(known, key=lambda mark: known[mark])
    return best if known[best] > 1 and known[","] < 2 else ","
