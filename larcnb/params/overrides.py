"""An authority's own assumptions: a bare value each, or a value with its range, its source and its reason.

In: the node ``overrides`` of an authority's params. Out: values, what is said of them, and words for pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from larcnb.errors import Problem
from larcnb.params.assumptions import ASSUMPTIONS, CHOICES, KEYS, read_assumption
from larcnb.yamlfile import Node, Problems

RANGE, SAID = ("low", "high"), ("source", "because")
FORM = ("value", *RANGE, *SAID)


def read_overrides(
    node: Node, problems: Problems
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Read an authority's overrides; what cannot be one is added to ``problems``.

    Returns
    -------
    dict of assumption to value, and dict of assumption to what is said of it
        ``low``, ``high`` (numbers; mappings where the value is one), ``source``, ``because`` (text), each where given.
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
        if isinstance(child.value, dict) and child.value.keys() & set(FORM):
            values[key], said[key] = _with_reasons(key, child, problems)
        else:
            values[key] = read_assumption(key, child, problems)
    return values, said


def _with_reasons(key: str, node: Node, problems: Problems) -> tuple[Any, dict[str, Any]]:
    """A value in the long form, and what is said of it."""
    form = [name for name in FORM if key not in CHOICES or name not in RANGE]  # words have none
    problems.unknown(node, form)
    if not node.get("value"):
        problems.add(node, key, "missing", "There is no value.", "Add it as value.")
        return None, {}
    before = len(problems)
    value = read_assumption(key, node.get("value"), problems)
    said: dict[str, Any] = {}
    for name, of in ((name, node.get(name)) for name in form if name != "value" and node.get(name)):
        if name in RANGE:
            said[name] = read_assumption(key, of, problems)
        elif isinstance(of.value, str):
            said[name] = of.value
        else:
            problems.add(of, f"{key}.{name}", "wrong-type", "Text is wanted here.")
    if len(problems) > before or key in CHOICES:
        return value, said
    low, high = (_parts(key, said.get(name, value)) for name in RANGE)
    for part, number in _parts(key, value).items():
        if not low.get(part, number) <= number <= high.get(part, number):
            message = "The value lies outside its own low and high."
            full = f"{key}.{part}".rstrip(".")
            problems.add(node, full, "out-of-range", message, "low <= value <= high.")
    return value, said


def _parts(name: str, value: Any) -> Mapping[Any, Any]:
    """A value by key; one that has no keys under the key ""."""
    return value if name in KEYS else {"": value}


def beyond_logged(
    file: str, overrides: Mapping[str, Any], log: Mapping[str, Mapping[str, Any]]
) -> list[Problem]:
    """A warning for each own value that lies outside the range the preset's log gives for it."""
    warnings = []
    for name in (name for name in overrides if name not in CHOICES):
        ranges = log[name].get("range")
        for part, number in _parts(name, overrides[name]).items():
            span = ranges.get(str(part)) if isinstance(ranges, Mapping) else ranges
            if isinstance(span, list) and not span[0] <= number <= span[1]:
                message = (
                    f"{number:g} lies outside the range that the assumptions log gives: "
                    f"{span[0]:g} to {span[1]:g}."
                )
                key = f"{name}.{part}".rstrip(".")
                todo = "Look whether it is meant, and give its source and because."
                warnings.append(
                    Problem(file, "", 0, key, "outside-range", message, todo, "warning")
                )
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
