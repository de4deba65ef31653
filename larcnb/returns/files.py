"""Which files make up a return, and the tables in them: a workbook's sheets or a folder's CSV
files.

In: an authority's folder. Out: :class:`ReturnFiles`, the files; and a :class:`Grid` for each table, with
problems for links, both forms at once, and files and sheets that are no table, stand twice or
cannot be read.
"""

import contextlib
import re
import stat
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from larcnb import codes
from larcnb.errors import Problem, did_you_mean
from larcnb.returns.cells import BLANKS, PSEUDONYM, plain, shown
from larcnb.returns.grid import Grid, Unreadable, problem, read_csv, refuse_open_quotes
from larcnb.returns.xlsx import open_package, read_sheet
from larcnb.schema import RETURN

WORKBOOK, HANDED_BACK, OWN_COSTS = "return.xlsx", "return.checked.xlsx", "unit_costs"
OTHER_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
LIKE_OURS = re.compile("|".join(["return", "unitcost", *RETURN]).replace("_", ""))
NOT_READ = {"read me", "guidance", "lists"}
SHEET_NAME = re.compile(r"(?!')[^\[\]:*?/\\]{1,31}(?<!')")  # such as Excel can write
ISSUES, ISSUES_MARK = "Issues", "Issues found by larcnb check in the return of"


@dataclass
class ReturnFiles:
    """The files of a return: its workbook or its tables; once read, the workbook's sheets that are
    neither tables nor the template's, in ``others``."""

    workbook: Path | None = None
    tables: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    others: dict[str, Grid] = field(default_factory=dict)

    def note(self, name: str, key: str, **words: str) -> None:
        """Note a problem of a file or of the folder."""
        self.problems.append(problem(name, key, **words))


def find_return(folder: Path, slug: str) -> ReturnFiles:
    """List the files of a return and refuse what cannot be one.

    Parameters
    ----------
    folder : Path
        ``data/raw/<authority>``.
    slug : str
        The authority, for messages.

    Returns
    -------
    ReturnFiles
        Its problems name no file outside the folder; none is raised.

    Examples
    --------
    >>> import tempfile; folder = tempfile.TemporaryDirectory()
    >>> for name in ("cases.csv", "proces.csv"):
    ...     _ = Path(folder.name, name).write_text("")
    >>> files = find_return(Path(folder.name), "la-03")
    >>> list(files.tables), files.problems[0].file, files.problems[0].todo
    (['cases'], 'la-03/proces.csv', "Did you mean 'process'? Rename or remove it.")
    >>> folder.cleanup()
    """
    files, names = ReturnFiles(), set()
    try:
        if folder.is_symlink() or not folder.is_dir():
            files.note(slug, "link/folder" if folder.is_symlink() else "no-return")
            return files
        paths = sorted(folder.iterdir())
    except OSError:
        files.note(slug, "not-readable")
        return files
    for path in paths:
        label = path.name[:60] if path.name.isprintable() else shown(path.name)
        if not _plain_name(path).startswith((".", "~$")):
            _sort(files, path, f"{slug}/{label}", names)
    if files.workbook and files.tables:
        files.note(slug, "both-forms", names=", ".join(f"{name}.csv" for name in files.tables))
    refused = any(problem.severity == "error" for problem in files.problems)
    if not (files.workbook or "cases" in files.tables or refused):
        files.note(slug, "no-return")
    return files


def _sort(files: ReturnFiles, path: Path, label: str, names: set[str]) -> None:
    """Take a file for what it is: the workbook, a table, the own unit costs, or none of ours."""
    name = _plain_name(path)
    stem, _, kind = name.rpartition(".")
    if kind != "csv" and name != WORKBOOK:
        ours = LIKE_OURS.match(re.sub("[^a-z]", "", name)) or name.endswith(OTHER_WORKBOOKS)
        if ours and name != HANDED_BACK:
            files.note(label, "file-not-read")
    elif path.is_symlink():
        files.note(label, "link")
    elif not stat.S_ISREG(path.stat().st_mode):
        files.note(label, "not-a-file")
    elif kind == "csv" and stem not in (*RETURN, OWN_COSTS):
        files.note(label, "unknown-file", near=_near(stem, [*RETURN, OWN_COSTS]))
    elif name in names:
        files.note(label, "duplicate-table")
    else:
        names.add(name)
        if name == WORKBOOK:
            files.workbook = path
        elif stem in RETURN:
            files.tables[stem] = path


def _near(name: str, tables: Collection[str]) -> str:
    return did_you_mean(name, tables) or f"The tables are {', '.join(tables)}."


def _plain_name(path: Path) -> str:
    """A file's name in lower case, without blanks around it or before its kind."""
    stem, dot, kind = path.name.strip(BLANKS).lower().rpartition(".")
    return f"{stem.strip(BLANKS)}{dot}{kind}"


def own_costs(folder: Path) -> list[Path]:
    """The files of a return's folder that hold the authority's own unit costs; there should be one
    at most."""
    with contextlib.suppress(OSError):  # who reads the return says so
        return [p for p in sorted(folder.iterdir()) if _plain_name(p) == f"{OWN_COSTS}.csv"]
    return []


def read_grids(files: ReturnFiles, slug: str) -> dict[str, Grid]:
    """Read the cells of a return's tables, from whichever form it has.

    Parameters
    ----------
    files : ReturnFiles
        Its files; what is wrong with the return as a whole is noted in it.
    slug : str
        The authority, for messages.

    Returns
    -------
    dict of Grid
        By table, those that could not be read too.
    """
    if files.workbook:
        return _from_workbook(files, f"{slug}/{WORKBOOK}")
    grids = {n: read_csv(path, RETURN[n], f"{slug}/{n}.csv") for n, path in files.tables.items()}
    known = set()
    for (_, header), *rows in (grid.rows for grid in grids.values() if grid.rows):
        for at in (at for at, raw in header.items() if plain(raw).lower() == "case_id"):
            known.update(plain(cells.get(at)) for _, cells in rows)
    begins = {"cases": PSEUDONYM.fullmatch, "evidence": codes.STRAND.__contains__}
    for name, grid in grids.items():
        refuse_open_quotes(grid, begins.get(name, known.__contains__))
    if grids and "cases" not in grids:
        files.note(slug, "missing-table", what="cases.csv")
    return grids


def _from_workbook(files: ReturnFiles, file: str) -> dict[str, Grid]:
    grids: dict[str, Grid] = {}
    try:
        package = open_package(files.workbook)
    except Unreadable as error:
        files.note(file, error.key, **error.words)
        return grids
    for sheet in package.sheets:
        name = sheet.name.strip(BLANKS).lower()
        if name in NOT_READ:
            continue
        grid = read_sheet(package, sheet, name, file)
        first = plain(grid.rows[0][1].get(0)) if grid.rows else ""
        if name in grids:
            files.note(file, "duplicate-table/sheet", title=name)
        elif name in RETURN:
            grids[name] = grid
        elif not (name == ISSUES.lower() and first.startswith(ISSUES_MARK)):
            hidden = " (it is hidden: right-click a tab, Unhide)" if sheet.hidden else ""
            words = {"title": shown(sheet.name), "hidden": hidden}
            files.note(file, "unknown-sheet", **words, near=_near(name, RETURN))
            if grid.readable and name != ISSUES.lower() and SHEET_NAME.fullmatch(name):
                files.others.setdefault(name, grid)
    if "cases" not in grids:
        files.note(file, "missing-table", what="sheet cases")
    return grids
