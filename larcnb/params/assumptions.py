"""One full set of assumptions, and the reading of each value with its range.

In: nodes of a preset or of an authority's overrides. Out: :class:`Assumptions` (METHOD.md part 3), problems
with file, line and key for what cannot be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from decimal import Decimal
from math import isfinite
from typing import Any

from larcnb import codes
from larcnb.errors import LarcError, Problem, nearest
from larcnb.yamlfile import Node

GRADES = (1, 2, 3, 4, 5, 6)
LONGEST_YEARS = 40

LIMITS: dict[str, tuple[float, float]] = {
    "default_prevented": (-0.5, 1),
    "discount_rate": (0, 0.2),
    "deadweight": (0, 1),
    "attribution": (0, 1),
    "drop_off": (0, 1),
    "probability": (0, 1),
    "benefit_correction": (0, 1),
    "cost_correction": (0, 1),
    "short_years": (1, 5),
    "long_years": (1, LONGEST_YEARS),
}
CHOICES = {
    "weighting": tuple(codes.WEIGHTING),
    "accept_at": tuple(codes.LIKELIHOOD),
    "prevented": tuple(codes.PREVENTED),
    "follow_up": tuple(codes.FOLLOW_UP),
}
KEYS = {
    "probability": tuple(codes.LIKELIHOOD),
    "benefit_correction": GRADES,
    "cost_correction": GRADES,
}
WHOLE = ("short_years", "long_years")
OPTIONAL = ("probability", "default_prevented", "follow_up")
"""Assumptions that a set's file may leave out: some sets do not use them, and follow-up is ignored."""
MOST_APART = 0.01
"""How far the mean of what is drawn of an estimate may lie from its value."""


@dataclass(frozen=True)
class Assumptions:
    """A full set of assumptions (METHOD.md part 3). Shares run from 0 to 1; grades from 1 best to 6.

    Parameters
    ----------
    preset : str
        The preset it comes from.
    weighting : "accepted", "expected" or "observed"
    accept_at : str
        A future counts from this agreed likelihood upward.
    probability : dict of likelihood to share
        Empty where the set does not use it.
    prevented : "all", "evidence" or "low"
        What share of the futures that count help prevented.
    default_prevented : float or None
        That share where no study of the future exists; below 0 where help did harm. None where not used.
    discount_rate, deadweight, attribution, drop_off : float
        A year; share; share; share a year.
    benefit_correction, cost_correction : dict of grade to share
    short_years, long_years : int
        The two horizons, in years after the episode.
    follow_up : "ignore" or "apply"
        Whether futures that happened anyway stop counting as avoided.
    """

    preset: str
    _: KW_ONLY
    weighting: str
    accept_at: str
    probability: Mapping[str, float] = field(default_factory=dict)
    prevented: str
    default_prevented: float | None = None
    discount_rate: float
    deadweight: float
    attribution: float
    drop_off: float
    benefit_correction: Mapping[int, float]
    cost_correction: Mapping[int, float]
    short_years: int
    long_years: int
    follow_up: str = "ignore"

    def with_overrides(self, overrides: Mapping[str, Any]) -> Assumptions:
        """Return a copy with some values replaced; mappings keep the keys left out.

        Raises
        ------
        LarcError
            A name, a key or a value is not one that an authority's params may have either; exit code 2.

        Examples
        --------
        ``run.assumptions.with_overrides({"deadweight": 0.3, "probability": {"likely": 0.5}})``
        """
        from larcnb.params.overrides import read_overrides

        problems: list[Problem] = []
        node = as_node(dict(overrides))
        values, _ = read_overrides("with_overrides", node, problems)
        if not problems:
            changed = self.merged(values)
            check_set("with_overrides", node, changed, problems)
        if problems:
            raise LarcError("These assumptions cannot be used.", problems)
        return changed

    def merged(self, overrides: Mapping[str, Any]) -> Assumptions:
        """:meth:`with_overrides` of values that have been checked."""
        merged = {
            name: {**getattr(self, name), **value} if name in KEYS else value
            for name, value in overrides.items()
        }
        return replace(self, **merged)

    @property
    def used(self) -> tuple[str, ...]:
        """The names of the assumptions that the set uses: the others are in no log, tornado or draw."""
        unused = set() if self.weighting == "expected" else {"probability"}
        if self.prevented == "all" or self.weighting == "observed":
            unused.add("default_prevented")
        return tuple(name for name in ASSUMPTIONS if name not in unused)


def as_node(value: Any) -> Node:
    """A value as a params file would have it."""
    if isinstance(value, Mapping):
        return Node({str(key): as_node(child) for key, child in value.items()}, 0)
    try:
        is_number = not isinstance(value, str | bool) and isfinite(float(value))
    except (TypeError, ValueError):
        is_number = False
    return Node(
        f"{Decimal(repr(float(value))):f}" if is_number else str(value),
        0,
        quoted=isinstance(value, bool),
    )


ASSUMPTIONS = tuple(f.name for f in fields(Assumptions) if f.name != "preset")


def drawn_mean(value: float, low: float, high: float) -> float:
    """The mean, nearest to a value, of anything drawn with one peak between the ends of its range.

    A triangle's mean is ``(low + peak + high) / 3``: a value outside the middle third of its range cannot be it.

    Examples
    --------
    >>> drawn_mean(0.05, 0.01, 0.12), round(drawn_mean(0, 0, 0.3), 3)
    (0.05, 0.1)
    """
    return min(max(value, (2 * low + high) / 3), (low + 2 * high) / 3)


def check_set(file: str, node: Node, assumptions: Assumptions, problems: list[Problem]) -> None:
    """Add problems where values of a set do not go together (METHOD.md parts 2 and 3); ``node`` has the values."""
    a = assumptions

    def refuse(key: str, code: str, message: str, todo: str) -> None:
        line = (node.get(key.partition(".")[0]) or node).line
        problems.append(problem(file, line, key, code, message, todo))

    if a.long_years < a.short_years:
        said = f"Allowed: {a.short_years} to {LONGEST_YEARS}."
        refuse("long_years", "out-of-range", f"{a.long_years} is below short_years.", said)
    if a.deadweight and a.weighting != "accepted":
        refuse(
            "deadweight",
            "doubt-taken-twice",
            f"A deadweight other than 0 is refused with weighting {a.weighting}: the chance of a future already says "
            "whether it would have come anyway.",
            "Write 0, or weighting: accepted.",
        )
    lacking = {}
    if "probability" in a.used:
        lacking = {
            f"probability.{word}": f"weighting: {a.weighting}"
            for word in KEYS["probability"]
            if word not in a.probability
        }
    if "default_prevented" in a.used and a.default_prevented is None:
        lacking["default_prevented"] = f"prevented: {a.prevented}"
    for key, by in lacking.items():
        refuse(
            key,
            "missing-assumption",
            f"There is no value for it and {by} needs one.",
            "Add its value.",
        )


def check_estimate(
    file: str, line: int, name: str, value: Any, low: Any, high: Any, problems: list[Problem]
) -> None:
    """Add a problem where an estimate's value is not the mean of what is drawn from its range (METHOD.md part 3)."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            ends = (end.get(key) if isinstance(end, Mapping) else None for end in (low, high))
            check_estimate(file, line, f"{name}.{key}", one, *ends, problems)
    elif (low is None) != (high is None):
        said = "Write both, or neither."
        problems.append(
            problem(
                file,
                line,
                name,
                "missing",
                "low and high of an estimate are wanted together.",
                said,
            )
        )
    elif (
        None not in (value, low, high)
        and abs((mean := drawn_mean(value, low, high)) - value) > MOST_APART + 1e-12
    ):
        said = f"{value:g} is an estimate and would be drawn from {low:g} to {high:g} with a mean of {mean:.3g}"
        message = f"{said}: an estimate's value is the mean of what is drawn."
        problems.append(
            problem(file, line, name, "not-the-mean", message, "Bring value and range together.")
        )


def read_assumption(file: str, name: str, node: Node, problems: list[Problem]) -> Any:
    """Read one assumption's value; what is of a wrong type or out of range is added to ``problems``."""
    if name in CHOICES:
        if node.value not in CHOICES[name]:
            problems.append(
                problem(
                    file,
                    node.line,
                    name,
                    "not-allowed",
                    "This is not one of the allowed words.",
                    f"Allowed: {', '.join(CHOICES[name])}.",
                )
            )
        return node.value
    if name not in KEYS:
        return _number(file, name, name, node, problems)
    if not isinstance(node.value, dict):
        problems.append(
            problem(
                file,
                node.line,
                name,
                "wrong-type",
                "A value for each of several keys is wanted.",
                f"For example {KEYS[name][0]}: 0.1.",
            )
        )
        return {}
    keys = {str(key): key for key in KEYS[name]}
    values = {}
    for key, child in node.items():
        if key not in keys:
            problems.append(
                problem(
                    file,
                    child.line,
                    f"{name}.{key}",
                    "unknown-key",
                    f"'{key}' is not a key of {name}.",
                    nearest(key, keys) or f"Allowed: {', '.join(keys)}.",
                )
            )
        else:
            values[keys[key]] = _number(file, name, f"{name}.{key}", child, problems)
    return values


def _number(
    file: str, name: str, key: str, node: Node, problems: list[Problem]
) -> float | int | None:
    low, high = LIMITS[name]
    value = node.number()
    if value is None or (name in WHOLE and value != int(value)):
        kind = "a whole number" if name in WHOLE else "a number"
        share = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*%", str(node.value))
        instead = (
            f" {share[0]} is {float(share[1]) / 100:g}." if share and name not in WHOLE else ""
        )
        problems.append(
            problem(
                file,
                node.line,
                key,
                "wrong-type",
                f"This is not {kind}.",
                f"Write {kind} from {low:g} to {high:g}, without quotes.{instead}",
            )
        )
        return None
    if not low <= value <= high:
        problems.append(
            problem(
                file,
                node.line,
                key,
                "out-of-range",
                f"{value:g} is out of range.",
                f"Allowed: {low:g} to {high:g}.",
            )
        )
    return int(value) if name in WHOLE else value


def missing_keys(file: str, name: str, node: Node, problems: list[Problem]) -> None:
    """Add a problem where a preset's mapping lacks one of its keys."""
    lacking = [
        key
        for key in map(str, KEYS.get(name, ()))
        if isinstance(node.value, dict) and key not in node.value
    ]
    if lacking:
        problems.append(
            problem(
                file, node.line, name, "missing", f"No value for {', '.join(lacking)}.", "Add it."
            )
        )


def unknown_keys(file: str, node: Node, known: Iterable[str], problems: list[Problem]) -> None:
    """Add a problem for each key of a mapping that is not known, with the nearest one that is."""
    known = tuple(known)
    for key, child in node.items():
        if key not in known:
            said = nearest(key, known) or f"Allowed: {', '.join(known)}."
            problems.append(
                problem(file, child.line, key, "unknown-key", f"'{key}' is not a key here.", said)
            )


def problem(file: str, line: int, key: str, code: str, message: str, todo: str = "") -> Problem:
    """A problem in a params file, by line and key."""
    return Problem(file, "", line, key, code, message, todo)
