"""Spreads: how far unit costs, hours and durations may lie from their value, and how far they move together.

In: ``params/spread/default.yaml``, of the root or the workbook's own. Out: :class:`Spread`, checked, with the
provenance of each value (docs/method.md part 4). The ranges of the assumptions themselves are in the presets' logs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from larcnb.errors import LarcError
from larcnb.params.assumptions import ALLOWED, GRADES, check_complete, read_entries, read_numbers
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
        The range of what a pound saved later is worth to whoever decides, GBP; a pound for a pound is in it.
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
        The file breaks a rule; every problem at once, by line and key; exit code 2.
    """
    own = root.path / FILE
    node, problems = read_mapping(own if own.is_file() else WORKBOOK / FILE, FILE)
    entries, log = read_entries(node.get("spreads"), NAMES, problems)
    values = {}
    for name, entry in entries.items():
        if name == "pound_later":
            values[name] = _pair(entry, problems)
        else:
            keys = GRADES if name == "unit_value" else ()
            values[name] = read_numbers(name, entry, problems, LIMITS[name], keys)
            check_complete(name, entry, values[name], keys, problems)
    if problems:
        raise LarcError("The spreads cannot be used.", problems)
    return Spread(**values, log=log)


def _pair(node: Node, problems: Problems) -> tuple:
    parts = node.value if isinstance(node.value, list) else []
    pair = tuple(problems.number(part, "pound_later", LIMITS["pound_later"]) for part in parts)
    if len(pair) != 2 or None in pair or pair[0] == pair[1] or not pair[0] <= 1 <= pair[1]:
        message = "Two rising numbers are wanted, and 1 within them."
        problems.add(node, "pound_later", "wrong-type", message, "[0, 1]")
    return pair
