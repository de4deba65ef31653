"""An authority's own assumptions: a bare value each, or a value with its range, its source and its reason.

In: the node ``overrides`` of an authority's params. Out: values, what is said of them, and words for pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from larcnb.errors import Problem, nearest
from larcnb.params.assumptions import (
    ASSUMPTIONS,
    CHOICES,
    KEYS,
    problem,
    read_assumption,
    unknown_keys,
)
from larcnb.yamlfile import Node

RANGE, SAID = ("low", "high"), ("source", "because")
FORM = ("value", *RANGE, *SAID)


def read_overrides(
    file: str, node: Node, problems: list[Problem]
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
        wanted = "Assumptions and their values are wanted here."
        problems.append(
            problem(
                file, node.line, "overrides", "wrong-type", wanted, "Write {} where there are none."
            )
        )
    for key, child in node.items():
        if key not in ASSUMPTIONS:
            todo = nearest(key, ASSUMPTIONS) or f"Allowed: {', '.join(ASSUMPTIONS)}."
            message = f"'{key}' is not an assumption."
            problems.append(problem(file, child.line, key, "unknown-assumption", message, todo))
        elif child.get("value") or (
            isinstance(child.value, dict) and child.value.keys() & set(FORM)
        ):
            values[key], said[key] = _with_reasons(file, key, child, problems)
        else:
            values[key] = read_assumption(file, key, child, problems)
    return values, said


def _with_reasons(
    file: str, key: str, node: Node, problems: list[Problem]
) -> tuple[Any, dict[str, Any]]:
    """A value in the long form, and what is said of it."""
    unknown_keys(file, node, FORM, problems)
    if not node.get("value"):
        problems.append(
            problem(file, node.line, key, "missing", "There is no value.", "Add it as value.")
        )
        return None, {}
    before = len(problems)
    value = read_assumption(file, key, node.get("value"), problems)
    said: dict[str, Any] = {}
    for name in filter(node.get, SAID):
        parts = [part.value for _, part in node.get(name).items()] or [node.get(name).value]
        if all(
            isinstance(part, str) for part in parts
        ):  # {title: ..., where: ...} as in a preset will do too
            said[name] = ", ".join(parts)
        else:
            problems.append(
                problem(
                    file, node.get(name).line, f"{key}.{name}", "wrong-type", "Text is wanted here."
                )
            )
    for name in filter(node.get, RANGE):
        if key in CHOICES:
            message = "A word has no range."
            problems.append(
                problem(
                    file, node.get(name).line, f"{key}.{name}", "unknown-key", message, "Remove it."
                )
            )
        else:
            said[name] = read_assumption(file, key, node.get(name), problems)
    if len(problems) == before:
        _check_range(file, key, node, value, said, problems)
    return value, said


def _check_range(
    file: str, key: str, node: Node, value: Any, said: Mapping[str, Any], problems: list[Problem]
) -> None:
    """Add a problem where a value lies outside its own range."""

    def parts(number: Any) -> Mapping[Any, float]:
        return number if key in KEYS else {"": number}

    low, high = (parts(said[name]) if name in said else parts(value) for name in RANGE)
    for part, number in parts(value).items():
        if not low.get(part, number) <= number <= high.get(part, number):
            where = f"{key}.{part}" if part != "" else key
            message = "The value lies outside its own low and high."
            problems.append(
                problem(file, node.line, where, "out-of-range", message, "low <= value <= high.")
            )


def beyond_logged(
    file: str, overrides: Mapping[str, Any], log: Mapping[str, Mapping[str, Any]]
) -> list[Problem]:
    """A warning for each own value that lies outside the range the preset's log gives for it."""
    found = []
    for name, value in overrides.items():
        ranges = log[name].get("range")
        parts = value if name in KEYS else {"": value}
        for part, number in parts.items():
            span = ranges.get(str(part)) if isinstance(ranges, Mapping) else ranges
            if name in CHOICES or not isinstance(span, list) or span[0] <= number <= span[1]:
                continue
            message = f"{number:g} lies outside the range that the assumptions log gives: {span[0]:g} to {span[1]:g}."
            key = f"{name}.{part}" if part != "" else name
            todo = "Look whether it is meant, and give its source and because."
            found.append(Problem(file, "", 0, key, "outside-range", message, todo, "warning"))
    return found


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

    return ", ".join(
        f"{name.replace('_', ' ')} {words(value)}" for name, value in sorted(overrides.items())
    )
