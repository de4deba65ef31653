"""Which tables a return has, and their cells: a workbook's sheets or a folder's CSV files.

In: the files of a return. Out: a :class:`Grid` and a :class:`Place` for each table, with problems for sheets
and files that are no table, that stand twice or that cannot be read.
"""

from __future__ import annotations

from pathlib import Path

from larcnb import codes
from larcnb.errors import nearest
from larcnb.returns.cells import PSEUDONYM
from larcnb.returns.files import Found, open_quotes, read_csv
from larcnb.returns.grid import Grid, Place
from larcnb.returns.package import Package, SheetPart, Unreadable, open_package
from larcnb.returns.raw import BLANKS, plain, shown
from larcnb.returns.workbook import read_sheet
from larcnb.schema import RETURN

NOT_READ = {"read me", "guidance", "lists"}
ISSUES, ISSUES_MARK = "Issues", "Issues found by larcnb check in the return of"


def read_grids(found: Found, slug: str) -> tuple[dict[str, Grid], dict[str, Place]]:
    """Read the cells of a return's tables, from whichever form it has.

    Parameters
    ----------
    found : Found
        Its files.
    slug : str
        The authority, for messages.

    Returns
    -------
    dict of Grid and dict of Place
        By table; the places hold the problems so far, also those of tables that could not be read and, under
        the empty name, of the return as a whole.
    """
    if found.workbook:
        return _from_workbook(found.workbook, f"{slug}/return.xlsx")
    grids, places = {}, {}
    for name, path in found.tables.items():
        place = places[name] = Place(f"{slug}/{name}.csv")
        grid, problems = read_csv(path, RETURN[name], place.file)
        place.problems.extend(problems)
        place.read = grid is not None
        if grid is not None:
            grids[name] = grid
    _look_for_open_quotes(grids, places)
    if "cases" not in places and places:
        places[""] = Place(slug)
        places[""].about_file(
            "missing-table", "There is no cases.csv.", "Add it, with a header at least."
        )
    return grids, places


def _look_for_open_quotes(grids: dict[str, Grid], places: dict[str, Place]) -> None:
    """Refuse cells that swallowed rows: they begin with a known case_id (cases: any; evidence: a strand)."""
    known: set[str] = set()
    for grid in grids.values():
        header = grid.rows[0][1] if grid.rows else {}
        for at in (at for at, raw in header.items() if plain(raw).lower() == "case_id"):
            known.update(plain(cells.get(at)) for _, cells in grid.rows[1:])
    begins = {"cases": PSEUDONYM.fullmatch, "evidence": codes.STRAND.__contains__}
    for name, grid in grids.items():
        open_quotes(grid, begins.get(name, known.__contains__), places[name].at)


def _from_workbook(path: Path, file: str) -> tuple[dict[str, Grid], dict[str, Place]]:
    whole = Place(file)
    grids: dict[str, Grid] = {}
    places: dict[str, Place] = {"": whole}
    try:
        package = open_package(path)
    except Unreadable as error:
        whole.about_file(error.code, error.message, error.todo)
        return grids, places
    for sheet in package.sheets:
        name = sheet.name.strip(BLANKS).lower()
        if name in NOT_READ or (name == ISSUES.lower() and _is_own_list(package, sheet, file)):
            continue
        if name not in RETURN:
            near = nearest(name, RETURN) or f"The tables are {', '.join(RETURN)}."
            todo = f"{near} Rename or delete the sheet."
            hidden = " (it is hidden)" if sheet.hidden else ""
            if sheet.hidden:
                todo += " To see it, right-click the tab of another sheet and choose Unhide."
            whole.about_file(
                "unknown-sheet",
                f"The sheet {shown(sheet.name)}{hidden} is named like no table.",
                todo,
            )
        elif name in places:
            whole.about_file("duplicate-table", f"The sheet {name} is there twice.", "Keep one.")
        else:
            place = places[name] = Place(file, sheet.name)
            grid, problems = read_sheet(package, sheet, name, file)
            place.problems.extend(problems)
            place.read = grid is not None
            if grid is not None:
                grids[name] = grid
    if "cases" not in places:
        whole.about_file(
            "missing-table", "There is no sheet cases.", "Add it, with a header at least."
        )
    return grids, places


def own_sheets(found: Found) -> dict[str, Grid]:
    """The cells of the sheets of a workbook that are neither tables nor the template's, by name."""
    try:
        package = open_package(found.workbook) if found.workbook else None
    except Unreadable:
        return {}
    sheets = {}
    for sheet in package.sheets if package else ():
        name = sheet.name.strip(BLANKS).lower()
        if (
            name not in {*NOT_READ, *RETURN, ISSUES.lower()}
            and 0 < len(sheet.name) < 32
            and name not in sheets
        ):
            grid, _ = read_sheet(package, sheet, "", "")
            if grid is not None:
                sheets[name] = grid
    return sheets


def _is_own_list(package: Package, sheet: SheetPart, file: str) -> bool:
    """Tell whether a sheet called Issues is the list a checked copy was handed back with."""
    grid, _ = read_sheet(package, sheet, "", file)
    first = grid.rows[0][1].get(0) if grid and grid.rows else None
    return isinstance(first, str) and first.startswith(ISSUES_MARK)
