"""Spreads: how far unit costs, hours and durations may lie from their value, and how far they move together.

In: ``params/spread/default.yaml``, of the root or the workbook's own. Out: :class:`Spread`, checked, with the
provenance of each value (METHOD.md part 4). The ranges of the assumptions themselves are in the presets' logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from larcnb.errors import LarcError
from larcnb.params.assumptions import ALLOWED, GRADES
from larcnb.root import WORKBOOK, Root
from larcnb.yamlfile import Node, Problems, read_mapping

FILE = "params/spread/default.yaml"


@dataclass(frozen=True)
class Spread:
    """Spreads with the provenance of each.

    Parameters
    ----------
    unit_value : dict of grade to float
        Coefficient of variation of a unit cost without a published low and high.
    interval : float
        The share of chance that a published low to high, or a preset's range, is read to hold.
    hours, quantity : float
        Coefficient of variation of a case's process hours, of its support.
    years : float
        Half width of the triangular spread of a future's duration, as a share of it.
    dependence : float
        Correlation, 0 to 1, of any two unit values, and of any two durations: each kind shares one factor.
    pound_later : tuple of float
        The range of what a pound saved later is worth to whoever decides, GBP.
    log : dict of name to its entry
    """

    unit_value: Mapping[int, float]
    interval: float
    hours: float
    quantity: float
    years: float
    dependence: float
    pound_later: tuple[float, ...]
    log: Mapping[str, Mapping[str, Any]]


LIMITS = ALLOWED["spreads"]
NAMES = tuple(f.name for f in fields(Spread) if f.name != "log")


def load_spread(root: Root) -> Spread:
    """Read the spreads of the root, or the workbook's own.

    Raises
    ------
    LarcError
        The file breaks a rule; every problem at once, by line and key.
    """
    own = root.params / "spread" / "default.yaml"
    return read_spread(own if own.is_file() else WORKBOOK / "params" / "spread" / "default.yaml")


def read_spread(path: Path) -> Spread:
    """Read spreads from one file; see :func:`load_spread`."""
    node, problems = read_mapping(path, FILE)
    entries = node.get("spreads") or Node({}, 1)
    problems.unknown(entries, NAMES, "a spread", "unknown-spread")
    known = {key: entry for key, entry in entries.items() if key in NAMES and entry.get("value")}
    values = {key: _read(key, entry.get("value"), problems) for key, entry in known.items()}
    for key in (name for name in NAMES if name not in values):
        problems.add(1, key, "missing-spread", "The file lacks this spread.", "Add it.")
    if problems:
        raise LarcError("The spreads cannot be used.", problems)
    log = {
        key: {name: part.plain() for name, part in entry.items() if name != "value"}
        for key, entry in known.items()
    }
    return Spread(**values, log=log)


def _read(key: str, value: Node, problems: Problems) -> Any:
    if key == "unit_value":
        by_grade = {
            grade: problems.number(part, key, LIMITS[key])
            for grade in GRADES
            if (part := value.get(str(grade)))
        }
        if len(by_grade) < len(GRADES):
            problems.add(value, key, "missing-grade", "Each grade from 1 to 6 needs a value.")
        return by_grade
    if key != "pound_later":
        return problems.number(value, key, LIMITS[key])
    parts = value.value if isinstance(value.value, list) else []
    pair = tuple(problems.number(part, key, LIMITS[key]) for part in parts)
    if len(pair) != 2 or None in pair or pair[0] >= pair[1]:
        problems.add(value, key, "wrong-type", "Two rising numbers are wanted.", "[0, 1]")
    return pair
