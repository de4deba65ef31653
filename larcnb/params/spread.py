"""Spreads: how far unit costs, hours and durations may lie from their value, and how far they move together.

In: ``params/spread/default.yaml``, of the root or the workbook's own. Out: :class:`Spread`, checked, with the
provenance of each value (METHOD.md part 4). The ranges of the assumptions themselves are in the presets' logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from larcnb.errors import LarcError, Problem, nearest
from larcnb.params.assumptions import GRADES
from larcnb.root import WORKBOOK, Root
from larcnb.yamlfile import Node, read_mapping

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


LIMITS = {
    "unit_value": (0, 2),
    "interval": (0.5, 0.999),
    "hours": (0, 2),
    "quantity": (0, 2),
    "years": (0, 1),
    "dependence": (0, 1),
    "pound_later": (0, 10),
}
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
    values: dict[str, Any] = {}
    log: dict[str, dict[str, Any]] = {}

    def wrong(line: int, key: str, code: str, message: str, todo: str = "") -> None:
        problems.append(Problem(FILE, "", line, key, code, message, todo))

    def number(key: str, node: Node) -> float | None:
        value, (low, high) = node.number(), LIMITS[key]
        if value is None:
            wrong(node.line, key, "wrong-type", "A number is wanted, for example 0.15.")
        elif not low <= value <= high:
            wrong(
                node.line,
                key,
                "out-of-range",
                f"{value:g} is out of range.",
                f"Allowed: {low:g} to {high:g}.",
            )
        return value

    entries = node.get("spreads")
    for key, entry in entries.items() if entries else ():
        value = entry.get("value")
        if key not in NAMES or value is None:
            wrong(
                entry.line,
                key,
                "unknown-spread",
                "This is not a spread with a value.",
                nearest(key, NAMES),
            )
            continue
        log[key] = {name: part.plain() for name, part in entry.items() if name != "value"}
        if key == "unit_value":
            values[key] = {
                int(grade): number(key, part)
                for grade, part in value.items()
                if grade in map(str, GRADES)
            }
            if set(values[key]) != set(GRADES):
                wrong(value.line, key, "missing-grade", "Each grade from 1 to 6 needs a value.")
        elif key == "pound_later":
            pair = (
                tuple(number(key, part) for part in value.value)
                if isinstance(value.value, list)
                else ()
            )
            if len(pair) != 2 or None in pair or pair[0] >= pair[1]:
                wrong(value.line, key, "wrong-type", "Two rising numbers are wanted.", "[0, 1]")
            values[key] = pair
        else:
            values[key] = number(key, value)
    for key in (name for name in NAMES if name not in values):
        wrong(1, key, "missing-spread", "The file lacks this spread.", "Add it.")
    if problems:
        raise LarcError("The spreads cannot be used.", problems)
    return Spread(**values, log=log)
