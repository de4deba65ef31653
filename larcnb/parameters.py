"""A notebook's parameters, checked at its door: the right kind of value, and none lost on the way.

In: what a notebook hands to the function that opens it, and, from the running IPython, what papermill put in after the
parameters cell. Out: the values, or a :class:`~larcnb.errors.LarcError` before anything is read or written. Papermill
itself only logs a name that the parameters cell does not have, and then the cell's own value runs in its place.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from typing import Any

from larcnb.errors import LarcError, nearest

INJECTED = "# Parameters"
"""The first line of the cell that papermill puts in."""


def text(name: str, value: Any, example: str) -> str:
    """The value of a parameter that is a name, such as an authority's.

    Raises
    ------
    LarcError
        It is not text, or is blank.
    """
    if not isinstance(value, str) or not value.strip():
        by_papermill = f"by papermill: -r {name} {example}."
        write = f'Write a name in quotes, such as "{example}"; {by_papermill}'
        raise LarcError(f"{name} is {value!r}. {write}")
    return value


def whole(name: str, value: Any, least: int, most: int = 2**53) -> int:
    """The value of a parameter that is a whole number.

    Raises
    ------
    LarcError
        It is not a whole number written as one (10000, not 1e4), or lies outside what is allowed.
    """
    if type(value) is not int or not least <= value <= most:
        wanted = f"a whole number of {least:,} to {most:,} in digits, such as 2012"
        raise LarcError(f"{name} is {value!r}. Write {wanted}.")
    return value


def what_if(preset: Any, overrides: Any) -> None:
    """See that ``preset`` is a name or None, and ``overrides`` a mapping or None.

    Raises
    ------
    LarcError
        One of them is something else; what a mapping holds is checked with the params.
    """
    if preset is not None:
        text("preset", preset, "public_purse")
    if overrides is not None and not isinstance(overrides, Mapping):
        write = 'Write assumptions with their values, such as {"drop_off": 0.1}'
        by_papermill = 'by papermill: -y "overrides: {drop_off: 0.1}"'
        raise LarcError(f"overrides is {overrides!r}. {write}; {by_papermill}.")


def check_injected(if_given: Mapping[str, Any] | None = None, **opened: Any) -> None:
    """See that what papermill put in reached the notebook: nothing misspelt, and what it opens among it.

    Parameters
    ----------
    if_given : dict, optional
        The same of those that may be left out: ``{"preset": None}``.
    **opened
        The parameters that say what the notebook opens, with the values it opens: ``authority="la-01"``.

    Raises
    ------
    LarcError
        A name put in is none of the parameters cell's; one of ``opened`` was not put in beside others that were, or
        the notebook opens another value than was put in.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    cells = list(getattr(getattr(shell, "history_manager", None), "input_hist_raw", ()))
    at = max((n for n, cell in enumerate(cells) if cell.startswith(INJECTED)), default=-1)
    if at < 0:
        return
    given = _assigned(cells[at])
    known = opened.keys() | {name for cell in cells[:at] for name in _assigned(cell)}
    wrong = [
        f"'{name}' is none of them. {nearest(name, known)}".strip() for name in given.keys() - known
    ]
    if wrong:
        names = ", ".join(sorted(known))
        raise LarcError(f"The parameters of this notebook are {names}. {' '.join(sorted(wrong))}")
    chosen = {name: value for name, value in (if_given or {}).items() if name in given}
    for name, value in {**opened, **chosen}.items():
        if name not in given:
            lost = f"This notebook was given {', '.join(given) or 'nothing'}, but not {name}"
            open_it = f"it would open '{value}', which nobody asked for"
            raise LarcError(f"{lost}: {open_it}. Give {name} too.")
        if given[name] is not ... and given[name] != value:
            lost = f"The {name} given is {given[name]!r}, but the notebook opens {value!r}"
            raise LarcError(
                f"{lost}: a later cell sets it again. Give the tag 'parameters' to the cell with the defaults."
            )


def _assigned(cell: str) -> dict[str, Any]:
    """The names that a cell's lines give values to, with the literal, or ``...`` for what is none."""
    try:
        body = ast.parse(cell).body
    except (SyntaxError, ValueError):
        return {}
    found: dict[str, Any] = {}
    for line in body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        for name in [target.id for target in targets if isinstance(target, ast.Name)]:
            try:
                found[name] = ast.literal_eval(line.value)
            except (ValueError, AttributeError):
                found[name] = ...
    return found
