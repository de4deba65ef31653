"""An authority's own assumptions: a bare value each, or a value with its range, its source and its reason.

In: the node ``overrides`` of an authority's params. Out: values, what is said of them, and words for pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from larcnb.errors import Problem
from larcnb.params.assumptions import ASSUMPTIONS, CHOICES, KEYS, by_key, read_assumption
from larcnb.yamlfile import Node, Problems

RANGE, SAID = ("low", "high"), ("source", "because")


def read_overrides(
    node: Node, problems: Problems
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Read an authority's overrides; what cannot be one is added to ``problems``.

    Returns
    -------
    dict of assumption to value, and dict of assumption to what is said of it
        ``range`` (low and high; of a mapping by key), ``source``, ``because`` (text), each where given.
    """
    values: dict[str, Any] = {}
    said: dict[str, dict[str, Any]] = {}
    if node.value != "" and not isinstance(node.value, dict):
        message = "Assumptions and their values are wanted here."
        problems.add(node, "overrides", "wrong-type", message, "Write {} where there are none.")
    problems.unknown(node, ASSUMPTIONS, "an assumption", "unknown-assumption")
    for key, child in node.items():
        if key not in ASSUMPTIONS:
            continue
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
            where = f"{key}.{name}"
            problems.add(node.get(name), where, "wrong-type", "Text is wanted here.")
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
        for key, number, pair in by_key(name, overrides[name], log[name].get("range")):
            if isinstance(pair, list) and not pair[0] <= number <= pair[1]:
                low, high = pair
                message = (
                    f"{number:g} lies outside the range that the assumptions log gives: "
                    f"{low:g} to {high:g}."
                )
                said = message, "Look whether it is meant, and give its source and because."
                warnings.append(Problem(file, "", 0, key, "outside-range", *said, "warning"))
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
