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
from larcnb.errors import LarcError, Problem, nearest
from larcnb.params.assumptions import (
    ASSUMPTIONS,
    KEYS,
    OPTIONAL,
    Assumptions,
    as_node,
    check_estimate,
    check_set,
    missing_keys,
    problem,
    read_assumption,
    unknown_keys,
)
from larcnb.params.overrides import own_values, read_overrides
from larcnb.root import Root, check_slug
from larcnb.yamlfile import Node, read_mapping

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

    @property
    def preset_in_words(self) -> str:
        """The preset's name, and beside it the authority's own values."""
        own = own_values(self.overrides)
        return f"{self.preset} with the authority's own values ({own})" if own else self.preset


AUTHORITY_KEYS = tuple(f.name for f in fields(Authority) if f.name != "reasons")
PRESET_KEYS = ("label", "about", "assumptions")
ENTRY_KEYS = (
    "value",
    "role",
    "unit",
    "range",
    "source",
    "confidence",
    "quality",
    "impact",
    "because",
    "review_by",
)
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
    presets = list_presets(root)
    for slug in slugs:
        path = root.params / f"{slug}.yaml"
        try:
            check_slug(slug)
        except LarcError as error:
            file, todo = (
                f"params/{path.name}" if path.name.isprintable() else "params",
                "Rename the file.",
            )
            if not path.is_file():
                meant = re.sub(
                    "[^a-z0-9]+", "-", Path(slug).name.lower().removesuffix(".yaml")
                ).strip("-")
                known = meant in list_authorities(root)
                todo = f"Did you mean '{meant}'?" if known else "Correct the authority's name."
            problems.append(Problem(file, "", 0, "", "not-a-slug", error.message, todo))
            continue
        if not path.is_file():
            todo = (
                nearest(slug, list_authorities(root))
                or "Write it, or correct the authority's name."
            )
            if other := next(
                (name for name in passed_over(root) if name.lower().startswith(f"{slug}.")), ""
            ):
                todo = f"There is {other}: rename it to {slug}.yaml."
            problems.append(
                Problem(
                    f"params/{slug}.yaml", "", 0, "", "no-params", "There is no such file.", todo
                )
            )
            continue
        authority, wrong = _read_authority(path, slug, presets)
        found[slug] = authority
        problems += wrong
    if problems:
        raise LarcError("The params cannot be used.", problems)
    return found


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
    file = f"params/presets/{name}.yaml"
    if not path.is_file():
        known = list_presets(root)
        todo = nearest(name, known) or f"Allowed: {', '.join(known)}."
        raise LarcError(f"There is no preset '{name}'. {todo}")
    node, problems = read_mapping(path, file)
    values: dict[str, Any] = {}
    log: dict[str, dict[str, Any]] = {}
    if problems and not node.value:  # not YAML at all
        raise LarcError(f"The preset '{name}' cannot be used.", problems)
    unknown_keys(file, node, PRESET_KEYS, problems)
    entries = node.get("assumptions") or Node({}, 1)
    unknown_keys(file, entries, ASSUMPTIONS, problems)
    for key, entry in entries.items():
        unknown_keys(file, entry, ENTRY_KEYS, problems)
        value = entry.get("value")
        if value is None:
            problems.append(
                problem(file, entry.line, key, "missing", "There is no value.", "Add it as value.")
            )
        elif key in ASSUMPTIONS:
            values[key] = read_assumption(file, key, value, problems)
            missing_keys(file, key, value, problems)
            log[key] = {k: v.plain() for k, v in entry.items() if k != "value"}
            _check_entry(file, key, entry, values[key], log[key], problems)
    for key in (a for a in ASSUMPTIONS if not entries.get(a) and a not in OPTIONAL):
        problems.append(
            problem(
                file, 1, key, "missing-assumption", "The preset lacks this assumption.", "Add it."
            )
        )
    if not problems:
        assumptions = Assumptions(preset=name, **values)
        check_set(file, entries, assumptions, problems)
    if problems:
        raise LarcError(f"The preset '{name}' cannot be used.", problems)
    text = {key: str(node.get(key).plain()) if node.get(key) else "" for key in ("label", "about")}
    return Preset(name, text["label"] or name, text["about"], assumptions, log)


def _check_entry(
    file: str, name: str, entry: Node, value: Any, said: Mapping, problems: list[Problem]
) -> None:
    """Add a problem where a preset's value has no role, or an estimate is not the mean of its range (METHOD part 3)."""
    if said.get("role") not in codes.ASSUMPTION_ROLE:
        known = f"Allowed: {', '.join(codes.ASSUMPTION_ROLE)}."
        problems.append(
            problem(
                file, entry.line, f"{name}.role", "not-allowed", "There is no such role.", known
            )
        )
    if said.get("role") != "estimate":
        return
    values = (
        {str(key): one for key, one in value.items()} if isinstance(value, Mapping) else {"": value}
    )
    ends = said.get("range") if isinstance(value, Mapping) else {"": said.get("range")}
    for key, one in values.items():
        pair = ends.get(key) if isinstance(ends, Mapping) else None
        called = f"{name}.{key}".rstrip(".")
        if (
            isinstance(pair, list)
            and len(pair) == 2
            and all(isinstance(end, int | float) for end in pair)
        ):
            check_estimate(file, entry.line, called, one, *pair, problems)
        else:
            message, todo = "An estimate has a range of two numbers.", "Write it as [low, high]."
            problems.append(
                problem(file, entry.line, f"{called}.range", "wrong-type", message, todo)
            )


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
    of = (
        replace(authority, preset=preset, overrides={}, reasons={})
        if preset is not None
        else authority
    )
    chosen, node, problems = load_preset(root, of.preset), as_node(dict(overrides or {})), []
    values, reasons = read_overrides("overrides", node, problems)
    if not problems:
        merged = {
            name: {**of.overrides.get(name, {}), **value} if name in KEYS else value
            for name, value in values.items()
        }
        kept = {name: said for name, said in of.reasons.items() if name not in values}
        of = replace(of, overrides={**of.overrides, **merged}, reasons={**kept, **reasons})
        _check_own("overrides", node, of, chosen, problems)
    if problems:
        raise LarcError("These assumptions cannot be used.", problems)
    return of


def _check_own(
    file: str, node: Node, of: Authority, preset: Preset, problems: list[Problem]
) -> None:
    """Add a problem where own values do not go with their set, or an estimate is not the mean of its range."""
    check_set(file, node, preset.assumptions.merged(of.overrides), problems)
    for name, said in of.reasons.items():
        if preset.log.get(name, {}).get("role", "estimate") == "estimate":
            ends, line = (said.get("low"), said.get("high")), (node.get(name) or node).line
            check_estimate(file, line, name, of.overrides[name], *ends, problems)


def _read_authority(
    path: Path, slug: str, presets: list[str]
) -> tuple[Authority | None, list[Problem]]:
    file = f"params/{slug}.yaml"
    node, problems = read_mapping(path, file)
    if problems and not node.value:  # not YAML at all
        return None, problems
    values: dict[str, Any] = {}
    for key, child in node.items():
        if key not in AUTHORITY_KEYS:
            problems.append(
                problem(
                    file,
                    child.line,
                    key,
                    "unknown-key",
                    f"'{key}' is not a parameter.",
                    nearest(key, AUTHORITY_KEYS) or f"Allowed: {', '.join(AUTHORITY_KEYS)}.",
                )
            )
        elif key == "overrides":
            values[key], values["reasons"] = read_overrides(file, child, problems)
        elif key == "impact_level":
            values[key] = _impact_level(file, child, problems)
        elif key == "roles":
            values[key] = _roles(file, child, problems)
        elif not isinstance(child.value, str):
            problems.append(
                problem(file, child.line, key, "wrong-type", "One word or text is wanted here.")
            )
        else:
            values[key] = child.value
    for key in REQUIRED_KEYS:
        if not values.get(key) and key not in {p.column for p in problems}:
            line = node.get(key).line if node.get(key) else 1
            problems.append(problem(file, line, key, "missing", f"'{key}' is required.", "Add it."))
    allowed = {
        "slug": (slug,),
        "vintage": tuple(codes.VINTAGE),
        "preset": presets,
        "wording": tuple(codes.WORDING),
        "marking": ("", *codes.MARKING),
        "local_costs": tuple(codes.YES_NO),
    }
    for key, choices in allowed.items():
        required = key in REQUIRED_KEYS  # where blank, it has been called missing
        if key in values and values[key] not in choices and (values[key] or not required):
            hint = RENAMED.get(values[key]) or nearest(values[key], choices)
            problems.append(
                problem(
                    file,
                    node.get(key).line,
                    key,
                    "not-allowed",
                    f"'{values[key]}' is not allowed.",
                    " ".join([f"Allowed: {', '.join(filter(None, choices))}.", hint]).strip(),
                )
            )
    if values.get("price_base") and not is_financial_year(values["price_base"]):
        problems.append(
            problem(
                file,
                node.get("price_base").line,
                "price_base",
                "not-a-year",
                f"'{values['price_base']}' is not a financial year.",
                "Write it as 2010-11.",
            )
        )
    if values.get("round") and not ROUND.fullmatch(values["round"]):
        problems.append(
            problem(
                file,
                node.get("round").line,
                "round",
                "not-a-name",
                f"'{values['round']}' cannot name a round; folders are named after it.",
                "Write at most 40 letters, digits, hyphens and underscores, for example larc4.",
            )
        )
    if not problems and values.get("overrides"):
        preset = load_preset(Root(path.parent.parent), values["preset"])
        _check_own(file, node.get("overrides"), Authority(**values), preset, problems)
    return (None if problems else Authority(**values)), problems


def is_financial_year(text: str) -> bool:
    """Tell whether ``text`` is a financial year such as 2010-11 (2010-12 is not)."""
    match = FINANCIAL_YEAR.fullmatch(text)
    return bool(match) and (int(match[1]) + 1) % 100 == int(match[2])


def _roles(file: str, node: Node, problems: list[Problem]) -> dict[str, str]:
    if node.value != "" and not isinstance(node.value, dict):
        problems.append(
            problem(
                file, node.line, "roles", "wrong-type", "A name for each role is wanted.", "Or {}."
            )
        )
    unknown_keys(file, node, codes.ROLES, problems)
    for role, name in node.items():
        if not isinstance(name.value, str):
            problems.append(
                problem(file, name.line, f"roles.{role}", "wrong-type", "One name is wanted here.")
            )
    return {role: str(name.value) for role, name in node.items()}


def _impact_level(file: str, node: Node, problems: list[Problem]) -> int | None:
    if node.value == "":
        return None
    if node.number() not in codes.IMPACT_LEVEL:
        problems.append(
            problem(
                file,
                node.line,
                "impact_level",
                "not-allowed",
                "This is not an impact level.",
                "Allowed: 1, 2, 3, 4, or blank.",
            )
        )
        return None
    return int(node.number())
