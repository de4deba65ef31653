"""The problems of a return as records: what ``quality.json`` holds and ``larcnb check`` prints.

In: problems. Out: a list of dictionaries or a DataFrame with the data dictionary's columns, errors before
warnings.
"""

from collections.abc import Iterable

import pandas as pd

from larcnb.errors import Problem

COLUMNS = ("severity", "code", "file", "sheet", "row", "column", "cell", "message", "what_to_do")


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems, errors first, then by file, sheet and row."""
    return sorted(problems, key=lambda problem: (problem.severity != "error", problem))


def records(problems: Iterable[Problem]) -> list[dict[str, str | int]]:
    """Return each problem as a dictionary, errors first, then by file, sheet and row.

    Returns
    -------
    list of dict
        ``severity``, ``code``, ``file``, ``sheet``, ``row`` (0 where none applies), ``column``,
        ``cell``, ``message``, ``what_to_do``; nothing of a family.

    Examples
    --------
    >>> problem = Problem("la-03/process.csv", "", 14, "hours", "not-a-number", "'x' is no number.")
    >>> records([problem])[0]["row"]
    14
    """
    named = [vars(problem) | {"what_to_do": problem.todo} for problem in in_order(problems)]
    return [{name: problem[name] for name in COLUMNS} for problem in named]


def problems_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """Return the problems as a table, one row each: the columns and the order of :func:`records`."""
    frame = pd.DataFrame(records(problems), columns=list(COLUMNS))
    return frame.astype({name: "int64" if name == "row" else "str" for name in COLUMNS})
