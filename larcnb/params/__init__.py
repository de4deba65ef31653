"""Params: an authority's file, the presets, and the :class:`Assumptions` made of the two.

In: ``params/<authority>.yaml`` and ``params/presets/*.yaml`` (DATA.md, Params; METHOD.md part 3). Out:
:class:`Authority` and :class:`Preset`, checked, every problem named by file, line and key. The only way
a number of the method enters the package.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from larcnb import codes
from larcnb.errors import LarcError, nearest
from larcnb.params.assumptions import (
    ASSUMPTIONS,
    KEYS,
    OPTIONAL,
    Assumptions,
    as_node,
    check_estimate,
    check_set,
    merged,
    read_assumption,
)
from larcnb.params.overrides import own_values as own_values
from larcnb.params.overrides import read_overrides
from larcnb.root import Root, check_slug
from larcnb.yamlfile import Node, Problems, read_mapping

ROUND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
FINANCIAL_YEAR = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True)
class Preset:
    """A named set of assumptions with the provenance of each value.

    Parameters
    ----------
    name, label, about : str
    assumptions : Assumptions
    log : dict of assumption to its entry
        ``role`` (convention, estimate), ``unit``, ``range``, ``source``, ``confidence``, ``quality``, ``impact``,
        ``because``, ``review_by``.
    """

    name: str
    label: str
    about: str
    assumptions: Assumptions
    log: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Authority:
    """One authority's params: who it is, its round, prices, wording, assumptions, and who answers for the analysis.

    ``overrides`` holds the values; ``reasons`` what the file says of each (:func:`read_overrides`).
    """

    slug: str
    name: str
    vintage: str
    price_base: str
    preset: str
    gss_code: str = ""
    type: str = ""
    region: str = ""
    round: str = ""
    wording: str = "caf"
    local_costs: str = "no"
    impact_level: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    marking: str = ""
    reasons: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


AUTHORITY_KEYS = tuple(f.name for f in fields(Authority) if f.name != "reasons")
PRESET_KEYS = ("label", "about", "assumptions")
ENTRY_KEYS = ("value", "role", "unit", "range", "source")
ENTRY_KEYS += ("confidence", "quality", "impact", "because", "review_by")
RENAMED = {"green_book": "It is now called public_purse."}
REQUIRED_KEYS = ("slug", "name", "vintage", "price_base", "preset")


def list_authorities(root: Root) -> list[str]:
    """List the slugs that have params in the root, in alphabetical order."""
    return sorted(p.stem for p in root.params.glob("*.yaml"))


def passed_over(root: Root) -> list[str]:
    """The files of ``params/`` that are named nearly like params, such as ``la-03.yml``, and so not read."""
    files = root.params.iterdir() if root.params.is_dir() else ()
    return sorted(
        p.name for p in files if p.suffix != ".yaml" and re.search(r"(?i)\.ya?ml\b[^~#]*$", p.name)
    )


def published_rounds(root: Root) -> set[str]:
    """The rounds that a study published (``national/published/rounds.csv``): a page may set them beside its own."""
    try:
        with root.national("published/rounds.csv").open(encoding="utf-8-sig", newline="") as stream:
            return {row.get("round", "") for row in csv.DictReader(stream)}
    except FileNotFoundError:
        return set()


def load_authorities(root: Root, slugs: Iterable[str]) -> dict[str, Authority]:
    """Read several authorities' params, and say everything that is wrong with any of them at once.

    Raises
    ------
    LarcError
        An authority has no params, or a file breaks a rule; exit code 2.
    """
    found, problems = {}, []
    for slug in slugs:
        path = root.params / f"{slug}.yaml"
        wrong = _misnamed(root, slug, path)
        if not wrong:
            found[slug], wrong = _read_authority(root, path, slug)
        problems += wrong
    if problems:
        raise LarcError("The params cannot be used.", problems)
    return found


def _misnamed(root: Root, slug: str, path: Path) -> Problems:
    """What is wrong with a slug, or with there being no file of its name."""
    problems = Problems(f"params/{path.name}" if path.name.isprintable() else "params")
    try:
        check_slug(slug)
    except LarcError as error:
        todo = "Rename the file."
        if not path.is_file():
            name = Path(slug).name.lower().removesuffix(".yaml")
            meant = re.sub("[^a-z0-9]+", "-", name).strip("-")
            known = meant in list_authorities(root)
            todo = f"Did you mean '{meant}'?" if known else "Correct the authority's name."
        problems.add(0, "", "not-a-slug", error.message, todo)
        return problems
    if not path.is_file():
        near = nearest(slug, list_authorities(root))
        todo = near or "Write it, or correct the authority's name."
        for other in (name for name in passed_over(root) if name.lower().startswith(f"{slug}.")):
            todo = f"There is {other}: rename it to {slug}.yaml."
        problems.add(0, "", "no-params", "There is no such file.", todo)
    return problems


def load_authority(root: Root, slug: str) -> Authority:
    """Read one authority's params; see :func:`load_authorities`."""
    return load_authorities(root, [slug])[slug]


def list_presets(root: Root) -> list[str]:
    """List the presets' names, in alphabetical order."""
    return sorted(p.stem for p in root.presets.glob("*.yaml"))


def load_preset(root: Root, name: str) -> Preset:
    """Read a preset with the provenance of each value.

    Raises
    ------
    LarcError
        There is no such preset, or its file breaks a rule; exit code 2.
    """
    path = root.presets / f"{name}.yaml"
    if not path.is_file():
        known = list_presets(root)
        todo = nearest(name, known) or f"Allowed: {', '.join(known)}."
        raise LarcError(f"There is no preset '{name}'. {todo}")
    node, problems = read_mapping(path, f"params/presets/{name}.yaml")
    values: dict[str, Any] = {}
    log: dict[str, dict[str, Any]] = {}
    entries = node.get("assumptions") or Node({}, 1)
    if node.value or not problems:  # else it is not YAML at all
        problems.unknown(node, PRESET_KEYS)
        problems.unknown(entries, ASSUMPTIONS)
        for key in (a for a in ASSUMPTIONS if not entries.get(a) and a not in OPTIONAL):
            message = "The preset lacks this assumption."
            problems.add(1, key, "missing-assumption", message, "Add it.")
    for key, entry in entries.items():
        problems.unknown(entry, ENTRY_KEYS)
        value = entry.get("value")
        if value is None:
            problems.add(entry, key, "missing", "There is no value.", "Add it as value.")
        elif key in ASSUMPTIONS:
            values[key] = read_assumption(key, value, problems)
            log[key] = {k: v.plain() for k, v in entry.items() if k != "value"}
            lacking = [str(k) for k in KEYS.get(key, ()) if k not in values[key]]
            if lacking and isinstance(value.value, dict):
                said = f"No value for {', '.join(lacking)}."
                problems.add(value, key, "missing", said, "Add it.")
            _check_entry(key, entry, values[key], log[key], problems)
    if not problems:
        assumptions = Assumptions(preset=name, **values)
        check_set(entries, assumptions, problems)
    if problems:
        raise LarcError(f"The preset '{name}' cannot be used.", problems)
    text = {key: str(node.get(key).plain()) if node.get(key) else "" for key in ("label", "about")}
    return Preset(name, text["label"] or name, text["about"], assumptions, log)


def _check_entry(
    name: str, entry: Node, value: Any, said: Mapping[str, Any], problems: Problems
) -> None:
    """Add a problem where a preset's value has no role, or an estimate is not the mean of its range (METHOD part 3)."""
    if said.get("role") not in codes.ASSUMPTION_ROLE:
        allowed = f"Allowed: {', '.join(codes.ASSUMPTION_ROLE)}."
        problems.add(entry, f"{name}.role", "not-allowed", "There is no such role.", allowed)
    if said.get("role") != "estimate":
        return
    keyed = isinstance(value, Mapping)
    values, ends = (value, said.get("range")) if keyed else ({"": value}, {"": said.get("range")})
    for key, one in values.items():
        pair = ends.get(str(key)) if isinstance(ends, Mapping) else None
        called = f"{name}.{key}".rstrip(".")
        numbers = isinstance(pair, list) and [isinstance(end, int | float) for end in pair]
        if numbers == [True, True]:
            check_estimate(entry, called, one, *pair, problems)
        else:
            message, todo = "An estimate has a range of two numbers.", "Write it as [low, high]."
            problems.add(entry, f"{called}.range", "wrong-type", message, todo)


def assumptions_for(root: Root, authority: Authority, preset: str | None = None) -> Assumptions:
    """Return the authority's assumptions, or a preset asked for by name as it stands, without the overrides.

    Raises
    ------
    LarcError
        There is no such preset.
    """
    if preset is not None:
        return load_preset(root, preset).assumptions
    return load_preset(root, authority.preset).assumptions.merged(authority.overrides)


def what_if(
    root: Root,
    authority: Authority,
    preset: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Authority:
    """The authority's params with other assumptions, for a what-if: nothing is written.

    Parameters
    ----------
    root : Root
    authority : Authority
    preset : str, optional
        Taken as it stands, without the authority's own values; left out, its own preset with its own values.
    overrides : dict of assumption to value, optional
        On top of these, in the forms of an authority's params: a bare value or ``{"value": 0.1, "low": 0.05, ...}``;
        mappings keep the keys left out.

    Raises
    ------
    LarcError
        There is no such preset, or an override breaks a rule of the params; every problem at once, exit code 2.

    Examples
    --------
    ``what_if(root, authority, "public_purse", {"drop_off": 0.1})``
    """
    of = authority
    if preset is not None:
        of = replace(authority, preset=preset, overrides={}, reasons={})
    chosen, node, problems = (
        load_preset(root, of.preset),
        as_node(overrides or {}),
        Problems("overrides"),
    )
    values, reasons = read_overrides(node, problems)
    if not problems:
        own = {**of.overrides, **merged(of.overrides, values)}
        kept = {name: said for name, said in of.reasons.items() if name not in values}
        of = replace(of, overrides=own, reasons={**kept, **reasons})
        _check_own(node, of, chosen, problems)
    if problems:
        raise LarcError("These assumptions cannot be used.", problems)
    return of


def _check_own(node: Node, of: Authority, preset: Preset, problems: Problems) -> None:
    """Add a problem where own values do not go with their set, or an estimate is not the mean of its range."""
    check_set(node, preset.assumptions.merged(of.overrides), problems)
    for name, said in of.reasons.items():
        if preset.log.get(name, {}).get("role", "estimate") == "estimate":
            ends = said.get("low"), said.get("high")
            check_estimate(node.get(name) or node, name, of.overrides[name], *ends, problems)


def _read_authority(root: Root, path: Path, slug: str) -> tuple[Authority | None, Problems]:
    node, problems = read_mapping(path, f"params/{slug}.yaml")
    if problems and not node.value:  # not YAML at all
        return None, problems
    problems.unknown(node, AUTHORITY_KEYS, "a parameter")
    values: dict[str, Any] = {}
    for key in (key for key in AUTHORITY_KEYS if node.get(key)):
        child = node.get(key)
        if key == "overrides":
            values[key], values["reasons"] = read_overrides(child, problems)
        elif key == "impact_level":
            values[key] = _impact_level(child, problems)
        elif key == "roles":
            values[key] = _roles(child, problems)
        elif isinstance(child.value, str):
            values[key] = child.value
        else:
            problems.add(child, key, "wrong-type", "One word or text is wanted here.")
    told = {p.column for p in problems}
    for key in REQUIRED_KEYS:
        if not values.get(key) and key not in told:
            problems.add(node.get(key) or 1, key, "missing", f"'{key}' is required.", "Add it.")
    allowed = {
        "slug": (slug,),
        "vintage": tuple(codes.VINTAGE),
        "preset": list_presets(root),
        "wording": tuple(codes.WORDING),
        "marking": ("", *codes.MARKING),
        "local_costs": tuple(codes.YES_NO),
    }
    for key, choices in allowed.items():
        value, required = values.get(key), key in REQUIRED_KEYS
        # where blank, a required one has been called missing
        if value is not None and value not in choices and (value or not required):
            known = f"Allowed: {', '.join(filter(None, choices))}."
            todo = f"{known} {RENAMED.get(value) or nearest(value, choices)}".strip()
            problems.add(node.get(key), key, "not-allowed", f"'{value}' is not allowed.", todo)
    if (base := values.get("price_base")) and not is_financial_year(base):
        message = f"'{base}' is not a financial year."
        problems.add(
            node.get("price_base"), "price_base", "not-a-year", message, "Write it as 2010-11."
        )
    if (name := values.get("round")) and not ROUND.fullmatch(name):
        message = f"'{name}' cannot name a round; folders are named after it."
        todo = "Write at most 40 letters, digits, hyphens and underscores, for example larc4."
        problems.add(node.get("round"), "round", "not-a-name", message, todo)
    if not problems and values.get("overrides"):
        preset = load_preset(root, values["preset"])
        _check_own(node.get("overrides"), Authority(**values), preset, problems)
    return (None if problems else Authority(**values)), problems


def is_financial_year(text: str) -> bool:
    """Tell whether ``text`` is a financial year such as 2010-11 (2010-12 is not)."""
    match = FINANCIAL_YEAR.fullmatch(text)
    return bool(match) and (int(match[1]) + 1) % 100 == int(match[2])


def _roles(node: Node, problems: Problems) -> dict[str, str]:
    if node.value != "" and not isinstance(node.value, dict):
        problems.add(node, "roles", "wrong-type", "A name for each role is wanted.", "Or {}.")
    problems.unknown(node, codes.ROLES)
    for role, name in node.items():
        if not isinstance(name.value, str):
            problems.add(name, f"roles.{role}", "wrong-type", "One name is wanted here.")
    return {role: str(name.value) for role, name in node.items()}


def _impact_level(node: Node, problems: Problems) -> int | None:
    if node.value == "":
        return None
    if node.number() in codes.IMPACT_LEVEL:
        return int(node.number())
    message, todo = "This is not an impact level.", "Allowed: 1, 2, 3, 4, or blank."
    problems.add(node, "impact_level", "not-allowed", message, todo)
    return None
