"""One full set of assumptions, and the reading of each value with its range, its source and its reason.

In: nodes of a preset or of an authority's overrides. Out: :class:`Assumptions` (docs/method.md part 3), own values and
what is said of them, problems with file, line and key for what cannot be one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from larcnb import codes
from larcnb.errors import Problem
from larcnb.yamlfile import Node, Problems

GRADES = (1, 2, 3, 4, 5, 6)
ALLOWED = tomllib.loads(Path(__file__).with_name("limits.toml").read_text("utf-8"))
LIMITS: dict[str, tuple[float, float]] = ALLOWED["assumptions"]
"""Lowest and highest value of each assumption that is a number, or a mapping of numbers."""
CHOICES = {
    "weighting": tuple(codes.WEIGHTING),
    "accept_at": tuple(codes.LIKELIHOOD),
    "prevented": tuple(codes.PREVENTED),
    "follow_up": tuple(codes.FOLLOW_UP),
}
KEYS = {"probability": tuple(codes.LIKELIHOOD)}
KEYS |= dict.fromkeys(("benefit_correction", "cost_correction"), GRADES)
WHOLE = ("short_years", "long_years")
OPTIONAL = ("probability", "default_prevented", "follow_up")
"""Assumptions that a set's file may leave out: some sets do not use them, and follow-up is ignored."""
ENTRY_KEYS = ("value", "role", "unit", "range", "source")
ENTRY_KEYS += ("confidence", "quality", "impact", "because", "review_by")
RANGE, SAID = ("low", "high"), ("source", "because")
"""What an own value may come with."""
MOST_APART = 0.01
"""How far the mean of what is drawn of an estimate may lie from its value."""


@dataclass(frozen=True)
class Assumptions:
    """A full set of assumptions (docs/method.md part 3). Shares run from 0 to 1; grades from 1 best to 6.

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

    def merged(self, overrides: Mapping[str, Any]) -> Assumptions:
        """A copy with values that have been checked; mappings keep the keys left out."""
        return replace(self, **merged(vars(self), overrides))

    @property
    def used(self) -> tuple[str, ...]:
        """The names of the assumptions that the set uses: the others are in no log, tornado or draw."""
        unused = set() if self.weighting == "expected" else {"probability"}
        if self.prevented == "all" or self.weighting == "observed":
            unused.add("default_prevented")
        return tuple(name for name in ASSUMPTIONS if name not in unused)


ASSUMPTIONS = tuple(f.name for f in fields(Assumptions) if f.name != "preset")


def merged(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides, each mapping of them with the keys it leaves out."""
    return {
        name: {**values.get(name, {}), **value} if name in KEYS else value
        for name, value in overrides.items()
    }


def as_node(value: Any) -> Node:
    """A value as a params file would have it."""
    if isinstance(value, Mapping):
        return Node({str(key): as_node(child) for key, child in value.items()}, 0)
    try:
        is_number = not isinstance(value, str | bool) and isfinite(float(value))
    except (TypeError, ValueError):
        is_number = False
    text = f"{Decimal(repr(float(value))):f}" if is_number else str(value)
    return Node(text, 0, quoted=isinstance(value, bool))


def drawn_mean(value: float, low: float, high: float) -> float:
    """The mean, nearest to a value, of anything drawn with one peak between the ends of its range.

    A triangle's mean is ``(low + peak + high) / 3``: a value outside the middle third of its range cannot be it.

    Examples
    --------
    >>> drawn_mean(0.05, 0.01, 0.12), round(drawn_mean(0, 0, 0.3), 3)
    (0.05, 0.1)
    """
    return min(max(value, (2 * low + high) / 3), (low + 2 * high) / 3)


def check_set(node: Node, a: Assumptions, problems: Problems) -> None:
    """Add problems where values of a set do not go together (docs/method.md parts 2 and 3); ``node`` has the values."""

    def wrong(key: str, *said: str) -> None:
        problems.add(node.get(key.partition(".")[0]) or node, key, *said)

    if a.long_years < a.short_years:
        allowed = f"Allowed: {a.short_years} to {LIMITS['long_years'][1]}."
        wrong("long_years", "out-of-range", f"{a.long_years} is below short_years.", allowed)
    if a.deadweight and a.weighting != "accepted":
        said = (
            f"A deadweight other than 0 is refused with weighting {a.weighting}: the chance of a "
            "future already says whether it would have come anyway."
        )
        wrong("deadweight", "doubt-taken-twice", said, "Write 0, or weighting: accepted.")
    words = KEYS["probability"] if "probability" in a.used else ()
    lacking = [(f"probability.{word}", "weighting") for word in words if word not in a.probability]
    if "default_prevented" in a.used and a.default_prevented is None:
        lacking.append(("default_prevented", "prevented"))
    for key, by in lacking:
        said = f"There is no value for it and {by}: {getattr(a, by)} needs one."
        wrong(key, "missing-assumption", said, "Add its value.")


def by_key(name: str, value: Any, ends: Any) -> list[tuple[str, float, Any]]:
    """Each number of an assumption: its full name, the number, and its (low, high) where it has one."""
    if name not in KEYS:
        return [(name, value, ends)]
    known = ends if isinstance(ends, Mapping) else {}
    return [(f"{name}.{key}", one, known.get(str(key))) for key, one in value.items()]


def check_estimate(at: Node, name: str, value: float, pair: Any, problems: Problems) -> None:
    """Add a problem where an estimate's value is not the mean of what is drawn (docs/method.md part 3)."""
    low, high = pair
    mean = drawn_mean(value, low, high)
    if abs(mean - value) > MOST_APART + 1e-12:
        message = (
            f"{value:g} is an estimate and would be drawn from {low:g} to {high:g} with a mean "
            f"of {mean:.3g}: an estimate's value is the mean of what is drawn."
        )
        problems.add(at, name, "not-the-mean", message, "Bring value and range together.")


def read_assumption(name: str, node: Node, problems: Problems) -> Any:
    """Read one assumption's value; what is of a wrong type or out of range is added to ``problems``."""
    if name not in CHOICES:
        return read_numbers(name, node, problems, LIMITS[name], KEYS.get(name, ()), name in WHOLE)
    if node.value not in CHOICES[name]:
        allowed = f"Allowed: {', '.join(CHOICES[name])}."
        problems.add(node, name, "not-allowed", "This is not one of the allowed words.", allowed)
    return node.value


def read_numbers(
    name: str, node: Node, problems: Problems, limits: tuple, keys: tuple = (), whole: bool = False
) -> Any:
    """Read a number within its limits (lowest, highest), or a dict of numbers for some of several keys.

    What is none, or lies outside, is added to ``problems``.
    """
    if not keys:
        return problems.number(node, name, limits, whole)
    if not isinstance(node.value, dict):
        message = "A value for each of several keys is wanted."
        problems.add(node, name, "wrong-type", message, f"For example {keys[0]}: 0.1.")
    problems.unknown(node, keys, f"a key of {name}", within=f"{name}.")
    given = {key: node.get(str(key)) for key in keys if node.get(str(key))}
    return {key: problems.number(of, f"{name}.{key}", limits) for key, of in given.items()}


def read_entries(
    node: Node | None, names: tuple[str, ...], problems: Problems, optional: tuple[str, ...] = ()
) -> tuple[dict[str, Node], dict[str, dict[str, Any]]]:
    """Values with their provenance, as presets and spreads have them; what is missing is added to ``problems``.

    Returns
    -------
    dict of name to node of the value, and dict of name to what is said of it
    """
    entries = node or Node({}, 1)
    problems.unknown(entries, names)
    for name in (name for name in names if not entries.get(name) and name not in optional):
        problems.add(1, name, "missing", f"{name} is missing.", "Add it.")
    values, log = {}, {}
    for name, entry in entries.items():
        problems.unknown(entry, ENTRY_KEYS)
        if not entry.get("value"):
            problems.add(entry, name, "missing", "There is no value.", "Add it as value.")
        elif name in names:
            values[name] = entry.get("value")
            log[name] = {key: part.plain() for key, part in entry.items() if key != "value"}
    return values, log


def check_complete(name: str, node: Node, read: Any, keys: tuple, problems: Problems) -> None:
    """Add a problem where a preset or the spreads leave out a key of a mapping."""
    lacking = [str(key) for key in keys if key not in read]
    if lacking and isinstance(node.value, dict):
        problems.add(node, name, "missing", f"No value for {', '.join(lacking)}.", "Add it.")


def read_overrides(node: Node, problems: Problems) -> tuple[dict[str, Any], dict[str, dict]]:
    """Read an authority's overrides; what cannot be one is added to ``problems``.

    Returns
    -------
    dict of assumption to value, and dict of assumption to what is said of it
        ``range`` (low and high; of a mapping by key), ``source``, ``because`` (text), each where given.
    """
    values, said = {}, {}
    if node.value != "" and not isinstance(node.value, dict):
        message = "Assumptions and their values are wanted here."
        problems.add(node, "overrides", "wrong-type", message, "Write {} where there are none.")
    problems.unknown(node, ASSUMPTIONS, "an assumption", "unknown-assumption")
    for key, child in ((key, child) for key, child in node.items() if key in ASSUMPTIONS):
        if isinstance(child.value, dict) and child.value.keys() & {"value", *RANGE, *SAID}:
            values[key], said[key] = _with_reasons(key, child, problems)
        else:
            values[key] = read_assumption(key, child, problems)
    return values, said


def _with_reasons(key: str, node: Node, problems: Problems) -> tuple[Any, dict[str, Any]]:
    """A value in the long form, and what is said of it."""
    ends = () if key in CHOICES else RANGE  # a word has no range
    problems.unknown(node, ("value", *ends, *SAID))
    if not node.get("value"):
        problems.add(node, key, "missing", "There is no value.", "Add it as value.")
        return None, {}
    before, said = len(problems), {}
    value = read_assumption(key, node.get("value"), problems)
    for name in filter(node.get, SAID):
        said[name] = node.get(name).value
        if not isinstance(said[name], str):
            problems.add(node.get(name), f"{key}.{name}", "wrong-type", "Text is wanted here.")
    given = {end: read_assumption(key, node.get(end), problems) for end in filter(node.get, ends)}
    if given and len(problems) == before:
        said["range"] = _range(key, value, given, node, problems)
    return value, said


def _range(key: str, value: Any, given: Mapping[str, Any], node: Node, problems: Problems) -> Any:
    """Low and high, of a mapping by key; a problem where one is missing or the value is not between them."""
    if key not in KEYS:
        value, given = {"": value}, {end: {"": number} for end, number in given.items()}
    low, high = (given.get(end, {}) for end in RANGE)
    pairs = {}
    for part in {**low, **high}:
        full, pair = f"{key}.{part}".rstrip("."), (low.get(part), high.get(part))
        pairs[str(part)] = pair
        if None in pair or part not in value or not pair[0] <= value[part] <= pair[1]:
            message = "low and high are wanted together, with the value between them."
            problems.add(node, full, "out-of-range", message, "low <= value <= high.")
    return pairs if key in KEYS else pairs[""]


def beyond_logged(
    file: str, overrides: Mapping[str, Any], log: Mapping[str, Mapping[str, Any]]
) -> list[Problem]:
    """A warning for each own value that lies outside the range the preset's log gives for it."""
    warnings = []
    for name in (name for name in overrides if name not in CHOICES):
        for key, number, pair in by_key(name, overrides[name], log.get(name, {}).get("range")):
            if isinstance(pair, list) and not pair[0] <= number <= pair[1]:
                low, high = pair
                given = f"the range that the assumptions log gives: {low:g} to {high:g}"
                todo = "Look whether it is meant, and give its source and because."
                said = f"{number:g} lies outside {given}.", todo, "warning"
                warnings.append(Problem(file, "", 0, key, "outside-range", *said))
    return warnings


def own_values(overrides: Mapping[str, Any]) -> str:
    """An authority's own values in words, for a place where its preset is named; empty for none.

    Examples
    --------
    >>> own_values({"deadweight": 0.25, "probability": {"likely": 0.5, "possible": 0.2}})
    'deadweight 0.25, probability likely 0.5 possible 0.2'
    """

    def words(value: Any) -> str:
        if isinstance(value, Mapping):
            return " ".join(f"{key} {words(part)}" for key, part in value.items())
        return f"{value:g}" if isinstance(value, int | float) else str(value).replace("_", " ")

    said = (f"{name.replace('_', ' ')} {words(value)}" for name, value in sorted(overrides.items()))
    return ", ".join(said)
