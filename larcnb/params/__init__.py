"""Params: an authority's file, the presets, and the :class:`Assumptions` made of the two.

In: ``params/<authority>.yaml`` and ``params/presets/*.yaml`` (docs/analyst.md; docs/method.md part 3). Out:
:class:`Authority` and :class:`Preset`, checked, every problem named by file, line and key. The only way
a number of the method enters the package.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from larcnb import codes
from larcnb.errors import LarcError, did_you_mean
from larcnb.params.assumptions import (
    ASSUMPTIONS,
    KEYS,
    OPTIONAL,
    Assumptions,
    as_node,
    by_key,
    check_complete,
    check_estimate,
    check_set,
    merged,
    read_assumption,
    read_entries,
    read_overrides,
)
from larcnb.params.assumptions import own_values as own_values
from larcnb.root import Root, check_slug
from larcnb.yamlfile import Node, Problems, read_mapping

ROUND = re.compile(r"(?!(?i:con|prn|aux|nul|(com|lpt)\d)$)[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
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
    def round_name(self) -> str:
        """Its round; a blank one is the default."""
        return self.round or codes.DEFAULT_ROUND


AUTHORITY_KEYS = tuple(f.name for f in fields(Authority) if f.name != "reasons")
PRESET_KEYS = ("label", "about", "assumptions")
REQUIRED_KEYS = ("slug", "name", "vintage", "price_base", "preset")


def list_authorities(root: Root) -> list[str]:
    """List the slugs that have params in the root, in alphabetical order."""
    return sorted(p.stem for p in root.params.glob("*.yaml"))


def unread_files(root: Root) -> list[str]:
    """The files of ``params/`` that are named nearly like params, such as ``la-03.yml``, and so not read."""
    files = root.params.iterdir() if root.params.is_dir() else ()
    names = (path.name for path in files if path.suffix != ".yaml")
    return sorted(name for name in names if re.search(r"(?i)\.ya?ml\b[^~#]*$", name))


def published_rounds(root: Root) -> set[str]:
    """The rounds that a study published (``national/published/rounds.csv``): a page may set them beside its own."""
    try:
        with root.national("published/rounds.csv").open(encoding="utf-8-sig", newline="") as stream:
            return {row.get("round", "") for row in csv.DictReader(stream)}
    except FileNotFoundError:
        return set()


def load_authorities(root: Root, slugs: Iterable[str]) -> dict[str, Authority]:
    """Read several authorities' params, and say everything that is wrong with any of them at once.

    Returns
    -------
    dict of slug to Authority

    Raises
    ------
    LarcError
        An authority has no params, or a file breaks a rule; exit code 2.
    """
    authorities, problems = {}, []
    for slug in slugs:
        path = root.params / f"{slug}.yaml"
        wrong = _misnamed(root, slug, path)
        if not wrong:
            authorities[slug], wrong = _read_authority(root, path, slug)
        problems += wrong
    if problems:
        raise LarcError("The params cannot be used.", problems)
    return authorities


def _misnamed(root: Root, slug: str, path: Path) -> Problems:
    """What is wrong with a slug, or with there being no file of its name."""
    problems = Problems(f"params/{path.name}" if path.name.isprintable() else "params")
    try:
        check_slug(slug)
    except LarcError as error:
        name = re.sub("[^a-z0-9]+", "-", Path(slug).name.lower().removesuffix(".yaml")).strip("-")
        known = (root.params / f"{name}.yaml").is_file()
        todo = f"Did you mean '{name}'?" if known else "Correct the authority's name."
        problems.add(0, "", "not-a-slug", error.message, todo)
        return problems
    if not path.is_file():
        todo = did_you_mean(slug, list_authorities(root))
        for other in unread_files(root):
            if other.lower().startswith(f"{slug}."):
                todo = f"There is {other}: rename it to {slug}.yaml."
        todo = todo or "Write it, or correct the authority's name."
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
        todo = did_you_mean(name, known) or f"Allowed: {', '.join(known)}."
        raise LarcError(f"There is no preset '{name}'. {todo}")
    node, problems = read_mapping(path, f"params/presets/{name}.yaml")
    if problems and not node.value:  # not YAML at all
        raise LarcError(f"The preset '{name}' cannot be used.", problems)
    problems.unknown(node, PRESET_KEYS)
    entries, log = read_entries(node.get("assumptions"), ASSUMPTIONS, problems, OPTIONAL)
    values = {}
    for key, entry in entries.items():
        values[key] = read_assumption(key, entry, problems)
        check_complete(key, entry, values[key], KEYS.get(key, ()), problems)
        _check_role(key, entry, values[key], log[key], problems)
    if not problems:
        assumptions = Assumptions(preset=name, **values)
        check_set(node.get("assumptions"), assumptions, problems)
    if problems:
        raise LarcError(f"The preset '{name}' cannot be used.", problems)
    text = {key: str(node.get(key).plain()) if node.get(key) else "" for key in ("label", "about")}
    return Preset(name, text["label"] or name, text["about"], assumptions, log)


def _check_role(name: str, node: Node, value: Any, said: Mapping, problems: Problems) -> None:
    """Add a problem where a value has no role, or an estimate is not its range's mean (docs/method.md part 3)."""
    if said.get("role") not in codes.ASSUMPTION_ROLE:
        allowed = f"Allowed: {', '.join(codes.ASSUMPTION_ROLE)}."
        problems.add(node, f"{name}.role", "not-allowed", "There is no such role.", allowed)
    if said.get("role") != "estimate":
        return
    for full, one, pair in by_key(name, value, said.get("range")):
        if isinstance(pair, list) and [type(end) for end in pair] == [float, float]:
            check_estimate(node, full, one, pair, problems)
        else:
            message, todo = "An estimate has a range of two numbers.", "Write it as [low, high]."
            problems.add(node, f"{full}.range", "wrong-type", message, todo)


def assumptions_for(root: Root, authority: Authority) -> Assumptions:
    """The authority's assumptions: its preset's, with its own values; raises as :func:`load_preset`."""
    return load_preset(root, authority.preset).assumptions.merged(authority.overrides)


def what_if(
    root: Root, of: Authority, preset: str | None, overrides: Mapping[str, Any] | None
) -> Authority:
    """The authority's params with other assumptions, for a what-if: nothing is written.

    Parameters
    ----------
    root : Root
    of : Authority
    preset : str, optional
        Taken as it stands, without the authority's own values; left out, its own preset with its own values.
    overrides : dict of assumption to value, optional
        On top of these, in the forms of an authority's params: a bare value or ``{"value": 0.1, "low": 0.05, ...}``;
        mappings keep the keys left out.

    Returns
    -------
    Authority

    Raises
    ------
    LarcError
        There is no such preset, or an override breaks a rule of the params; every problem at once, exit code 2.

    Examples
    --------
    ``what_if(root, authority, "public_purse", {"drop_off": 0.1})``
    """
    if preset is not None:
        of = replace(of, preset=preset, overrides={}, reasons={})
    chosen, node = load_preset(root, of.preset), as_node(overrides or {})
    problems = Problems("overrides")
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
        is_estimate = preset.log.get(name, {}).get("role", "estimate") == "estimate"
        for full, one, pair in by_key(name, of.overrides[name], said.get("range")):
            if is_estimate and pair:
                check_estimate(node.get(name) or node, full, one, pair, problems)


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
        elif key == "roles":
            values[key] = _roles(child, problems)
        elif isinstance(child.value, str):
            values[key] = child.value
        else:
            problems.add(child, key, "wrong-type", "One word or text is wanted here.")
    mistyped = {p.column for p in problems}
    for key in REQUIRED_KEYS:
        if not values.get(key) and key not in mistyped:
            problems.add(node.get(key) or 1, key, "missing", f"'{key}' is required.", "Add it.")
    _check_words(root, slug, node, values, problems)
    level = values.pop("impact_level", "")
    if not problems:
        authority = Authority(**values, impact_level=int(level) if level else None)
        if authority.overrides:
            preset = load_preset(root, authority.preset)
            _check_own(node.get("overrides"), authority, preset, problems)
    return (None if problems else authority), problems


def _check_words(
    root: Root, slug: str, node: Node, values: Mapping[str, Any], problems: Problems
) -> None:
    """Add a problem for each value of an authority's params that is none of those allowed."""
    allowed = {
        "slug": (slug,),
        "vintage": tuple(codes.VINTAGE),
        "preset": list_presets(root),
        "wording": tuple(codes.WORDING),
        "marking": ("", *codes.MARKING),
        "local_costs": tuple(codes.YES_NO),
        "impact_level": ("", *map(str, codes.IMPACT_LEVEL)),
    }
    for key, choices in allowed.items():
        value, required = values.get(key), key in REQUIRED_KEYS
        # where blank, a required one has been called missing
        if value is not None and value not in choices and (value or not required):
            known = f"Allowed: {', '.join(choice or 'blank' for choice in choices)}."
            todo = f"{known} {did_you_mean(value, choices)}".strip()
            problems.add(node.get(key), key, "not-allowed", f"'{value}' is not allowed.", todo)
    forms = {
        "price_base": (is_financial_year, "Write it as 2010-11."),
        "round": (ROUND.fullmatch, "At most 40 letters, digits, - and _, and not con or nul."),
    }
    for key, (fits, todo) in forms.items():
        value = values.get(key)
        if value and not fits(value):
            problems.add(node.get(key), key, "not-allowed", f"'{value}' is not allowed.", todo)


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
