"""Reading an authority's return: all tables, typed, with every problem at once.

In: the folder of a return, the national library and the authority's vintage. Out: :class:`Return`.
What may stand in a return is worded in the data dictionary; where each rule lives: which files and sheets in
:mod:`~larcnb.returns.files`, CSV files in :mod:`~larcnb.returns.grid`, workbooks in
:mod:`~larcnb.returns.xlsx`, cells in :mod:`~larcnb.returns.cells`, headers and rows in
:mod:`~larcnb.returns.tables`, rules over several cells in ``rules.csv`` and
:mod:`~larcnb.returns.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from larcnb.errors import REFUSED, LarcError, Problem
from larcnb.returns import rules
from larcnb.returns.files import find_return, read_grids
from larcnb.returns.tables import empty, to_frame
from larcnb.schema import RETURN

__all__ = ["Return", "read_return"]


@dataclass(frozen=True, repr=False)
class Return:
    """A return as read: its tables and every problem found.

    Parameters
    ----------
    slug : str
        The authority.
    tables : dict of DataFrame
        All tables of the data dictionary, typed, each with ``source_row``; to be used only after
        :meth:`check`.
    problems : list of Problem
        Errors and warnings, in the order of file, sheet and row.
    """

    slug: str
    tables: dict[str, pd.DataFrame]
    problems: list[Problem]

    @property
    def errors(self) -> list[Problem]:
        """The problems that refuse the return."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def check(self) -> Return:
        """Return the return itself if it may be used.

        Raises
        ------
        LarcError
            Any problem is an error: all of them are named, warnings too; exit code 3.
        """
        if self.errors:
            message = f"The return of {self.slug} was refused: {len(self.errors)} error(s)."
            raise LarcError(message, self.problems, REFUSED)
        return self


def read_return(folder: Path, slug: str, library, vintage: str, today=None) -> Return:
    """Read and check an authority's return, in either form.

    Parameters
    ----------
    folder : Path
        ``data/raw/<authority>``: holds ``return.xlsx`` or ``<table>.csv`` files.
    slug : str
        The authority; messages and ``source_row`` name files by it.
    library
        ``unit_costs`` and ``futures``, DataFrames with the data dictionary's columns, the authority's own costs
        merged in.
    vintage : str
        The authority's set of prices; every role and item must have a row in it.
    today : date, optional
        Dates after it are warned of; the day of the run if left out.

    Returns
    -------
    Return
        Never raises for what stands in the files; see :meth:`Return.check`.

    Examples
    --------
    >>> import tempfile; from types import SimpleNamespace
    >>> folder = tempfile.TemporaryDirectory(); path = Path(folder.name)
    >>> _ = (path / "cases.csv").write_text(",".join(RETURN["cases"].columns) + "\\n"
    ...     "A01,closed,31/11/2010,2011-07-22,teacher,yes,,no,no,no,yes,no\\n")
    >>> costs = pd.DataFrame({"item": ["teacher"], "category": ["role"], "vintage": ["larc4"]})
    >>> library = SimpleNamespace(unit_costs=costs, futures=pd.DataFrame({"future": ["care"]}))
    >>> problem = read_return(path, "la-03", library, "larc4").errors[0]
    >>> problem.row, problem.column, problem.message
    (2, 'started', "'31/11/2010' is not a day of the calendar.")
    >>> folder.cleanup()
    """
    files = find_return(Path(folder), slug)
    grids = {} if files.workbook and files.tables else read_grids(files, slug)
    known = rules.known_codes(library)
    tables = {name: empty(table) for name, table in RETURN.items()}
    for name, grid in grids.items():
        tables[name] = to_frame(grid, RETURN[name], known[name], today)
    rules.check_return(tables, grids, library, vintage)
    problems = files.problems + [problem for grid in grids.values() for problem in grid.close()]
    return Return(slug, tables, sorted(problems))
