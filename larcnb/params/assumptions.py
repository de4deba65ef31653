"""One full set of assumptions, and the reading of each value with its range.

In: nodes of a preset or of an authority's overrides. Out: :class:`Assumptions` (METHOD.md part 3), problems
with file, line and key for what cannot be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from larcnb import codes
from larcnb.errors import Problem, nearest
from larcnb.yamlfile import Node

GRADES = (1, 2, 3, 4, 5, 6)
LONGEST_YEARS = 40

LIMITS: dict[str, tuple[float, float]] = {
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
CHOICES = {"weighting": tuple(codes.WEIGHTING), "accept_at": tuple(codes.LIKELIHOOD)}
KEYS = {
    "probability": tuple(codes.LIKELIHOOD),
    "benefit_correction": GRADES,
    "cost_correction": GRADES,
}
WHOLE = ("short_years", "long_years")


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
    discount_rate, deadweight, attribution, drop_off : float
        A year; share; share; share a year.
    benefit_correction, cost_correction : dict of grade to share
    short_years, long_years : int
        The two horizons, in years after the episode.
    """

    preset: str
    weighting: str
    accept_at: str
    probability: Mapping[str, float]
    discount_rate: float
    deadweight: float
    attribution: float
    drop_off: float
    benefit_correction: Mapping[int, float]
    cost_correction: Mapping[int, float]
    short_years: int
    long_years: int

    def with_overrides(self, overrides: Mapping[str, Any]) -> Assumptions:
        """Return a copy with some values replaced; mappings keep the keys left out."""
        merged = {
            name: {**getattr(self, name), **value} if name in KEYS else value for name, value in overrides.items()
        }
        return replace(self, **merged)


ASSUMPTIONS = tuple(f.name for f in fields(Assumptions) if f.name != "preset")


def read_overrides(file: str, node: Node, problems: list[Problem]) -> dict[str, Any]:
    """Read an authority's overrides; what cannot be one is added to ``problems``."""
    if node.value == "":
        return {}
    if not isinstance(node.value, dict):
        problems.append(
            problem(
                file,
                node.line,
                "overrides",
                "wrong-type",
                "Assumptions and their values are wanted here.",
                "Write {} where there are none.",
            )
        )
        return {}
    values = {}
    for key, child in node.items():
        if key not in ASSUMPTIONS:
            problems.append(
                problem(
                    file,
                    child.line,
                    key,
                    "unknown-assumption",
                    f"'{key}' is not an assumption.",
                    nearest(key, ASSUMPTIONS) or f"Allowed: {', '.join(ASSUMPTIONS)}.",
                )
            )
        else:
            values[key] = read_assumption(file, key, child, problems)
    return values


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


def _number(file: str, name: str, key: str, node: Node, problems: list[Problem]) -> float | int | None:
    low, high = LIMITS[name]
    value = node.number()
    if value is None or (name in WHOLE and value != int(value)):
        kind = "a whole number" if name in WHOLE else "a number"
        problems.append(
            problem(
                file,
                node.line,
                key,
                "wrong-type",
                f"This is not {kind}.",
                f"Write {kind} from {low:g} to {high:g}, without quotes.",
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
    lacking = [key for key in map(str, KEYS.get(name, ())) if isinstance(node.value, dict) and key not in node.value]
    if lacking:
        problems.append(problem(file, node.line, name, "missing", f"No value for {', '.join(lacking)}.", "Add it."))


def check_horizons(file: str, line: int, assumptions: Assumptions, problems: list[Problem]) -> None:
    """Add a problem where the long term ends before the short one."""
    short, long = assumptions.short_years, assumptions.long_years
    if long < short:
        said = f"Allowed: {short} to {LONGEST_YEARS}."
        problems.append(problem(file, line, "long_years", "out-of-range", f"{long} is below short_years.", said))


def unknown_keys(file: str, node: Node, known: Iterable[str], problems: list[Problem]) -> None:
    """Add a problem for each key of a mapping that is not known, with the nearest one that is."""
    known = tuple(known)
    for key, child in node.items():
        if key not in known:
            said = nearest(key, known) or f"Allowed: {', '.join(known)}."
            problems.append(problem(file, child.line, key, "unknown-key", f"'{key}' is not a key here.", said))


def problem(file: str, line: int, key: str, code: str, message: str, todo: str = "") -> Problem:
    """A problem in a params file, by line and key."""
    return Problem(file, "", line, key, code, message, todo)
