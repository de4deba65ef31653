"""One edition: every cell with what becomes of it, in the making or as the register keeps it.

In: facts and rules, or plain values. Out: :class:`Edition`, the same for both, so that the audit reads old and new
alike. :func:`draft` looks at each table of each place for itself (METHOD part 7, rules 1, 2, 5, 6 and 7); what cells
give away together is for :mod:`larcnb.disclosure.audit`. Never shown to anybody: it holds true values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any

from larcnb.disclosure import tables
from larcnb.disclosure.families import Facts
from larcnb.disclosure.rules import Rules, behind_count, to_base, unsafe_money
from larcnb.disclosure.tables import ALL, COSTED, COSTS, FAMILIES, MONEY, SAVINGS, Place


class Status(StrEnum):
    """What becomes of a cell."""

    SHOWN = "shown"  # as rounded
    ZERO = "zero"  # shown as a true nought
    SMALL = "small"
    NEARLY_ALL = "nearly all"  # of its group
    FURTHER = "further"  # hidden to protect another
    WITHHELD = "withheld"  # not a word on its size: it would tell, or the whole table is out
    UNSAFE = "unsafe"  # money that few dominate


OPEN = (Status.SHOWN, Status.ZERO)
Key = tuple[str, str, str]
"""Place, table and category."""


@dataclass(repr=False)
class Edition:
    """Cells and their statuses, and the families behind them; its representation shows neither.

    Parameters
    ----------
    facts : Facts
        Of a release of the past only the memberships, the money and the marks.
    rules : Rules
        As they were then.
    places : dict of id to Place
    groups : list of tuple of str
        Authorities without a page that a wider place holds together.
    number : int
        Of the release; 0 while it is in the making.
    status : dict of Key to str
    reasons : dict of (place, table) to dict of str to None
        For the verdict report, each once.
    """

    facts: Facts
    rules: Rules
    places: Mapping[str, Place]
    groups: list[tuple[str, ...]]
    number: int = 0
    status: dict[Key, str] = field(default_factory=dict)
    reasons: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, tables.CountTable]:
        """The tables of counts that there are under its rules."""
        return tables.count_tables(self.rules)

    @property
    def atoms(self) -> list[str]:
        """Every authority that some place rests on."""
        return sorted({slug for place in self.places.values() for slug in place.base})

    def bases(self) -> Iterator[Place]:
        """Every place, and every authority without a page that some place rests on."""
        yield from self.places.values()
        for slug in self.atoms:
            if slug not in self.places:
                yield Place(slug, "authority", slug, (slug,))

    def families(
        self, base: Iterable[str], table: str = FAMILIES, category: str = ALL
    ) -> frozenset[str]:
        """The families of some authorities' cell."""
        return frozenset().union(*(self.facts.of(slug, table, category) for slug in base))

    def count(self, key: Key) -> int:
        """The families of a cell: its true value, or of money those it is of."""
        key = (key[0], FAMILIES, COSTED) if key[1] == COSTS else key
        return sum(len(self.facts.of(slug, *key[1:])) for slug in self.places[key[0]].base)

    def rounded(self, key: Key) -> int:
        """A count as it would be shown."""
        return to_base(self.count(key), self.rules.base(self.places[key[0]].kind))

    def possible(self, key: Key) -> tuple[float, float]:
        """What a cell's status alone tells of its count: the least and the most."""
        status, small = self.status[key], self.rules.small_count
        if status == Status.SHOWN:
            low, high = behind_count(self.rounded(key), self.rules.base(self.places[key[0]].kind))
            return max(low, small + 1), high
        ranges = {Status.ZERO: (0, 0), Status.SMALL: (1, small), Status.WITHHELD: (0, inf)}
        return ranges.get(status, (1, inf))

    def amounts(self, base: Iterable[str], measure: str) -> dict[str, list[int]]:
        """The pence of each costed family of some authorities."""
        return {slug: list(self.facts.money.get((slug, measure), {}).values()) for slug in base}

    def paid(self, base: Iterable[str], measure: str) -> dict[str, int]:
        """The pence of each costed family of some authorities, by family."""
        money = (self.facts.money.get((slug, measure), {}) for slug in base)
        return {family: pence for each in money for family, pence in each.items()}

    def categories(self) -> dict[str, list[str]]:
        """The tables of counts, each with its categories."""
        found: dict[str, dict[str, None]] = {}
        for _, table, category in self.status:
            if category != ALL and table != COSTS:
                found.setdefault(table, {})[category] = None
        return {table: list(categories) for table, categories in found.items()}

    def keys(self, place: str, table: str) -> list[Key]:
        """The cells of a place's table."""
        names = MONEY if table == COSTS else self.tables[table].labels
        return [(place, table, name) for name in names]

    def withhold(self, place: str, table: str, reason: str) -> None:
        """Take a place's whole table out, noughts included."""
        self.status |= dict.fromkeys(self.keys(place, table), Status.WITHHELD)
        self.explain(place, table, reason)

    def is_shown(self, place: str, table: str) -> bool:
        """Whether a place's page has the table."""
        statuses = {self.status.get(key, Status.WITHHELD) for key in self.keys(place, table)}
        return Status.SHOWN in statuses if table == COSTS else statuses != {Status.WITHHELD}

    def explain(self, place: str, table: str, reason: str) -> None:
        """Note a reason for the verdict report."""
        self.reasons.setdefault((place, table), {})[reason] = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for the register."""
        atoms, facts = set(self.atoms), self.facts
        members, money = sorted(facts.members.items()), sorted(facts.money.items())
        return {
            "number": self.number,
            "round": facts.round,
            "rules": vars(self.rules),
            "places": [[p.id, p.kind, p.name, list(p.base)] for p in self.places.values()],
            "groups": [list(group) for group in self.groups],
            "members": [[*key, sorted(some)] for key, some in members if key[0] in atoms],
            "money": [[*key, dict(sorted(some.items()))] for key, some in money if key[0] in atoms],
            "marks": {slug: sorted(told) for slug, told in facts.marks.items() if slug in atoms},
            "cells": [[*key, status] for key, status in sorted(self.status.items())],
        }


def from_json(plain: Mapping[str, Any]) -> Edition:
    """Read an edition back.

    Raises
    ------
    ValueError, KeyError, TypeError
        Something in it is not as it should be.
    """
    members = {(s, t, c): frozenset(families) for s, t, c, families in plain["members"]}
    money = {(s, m): amounts for s, m, amounts in plain["money"]}
    rules = plain["rules"] | {"saving_bands": tuple(plain["rules"]["saving_bands"])}
    return Edition(
        Facts(plain["round"], {}, {}, members, money, plain["marks"]),
        Rules(**rules),
        {i: Place(i, kind, name, tuple(base)) for i, kind, name, base in plain["places"]},
        [tuple(group) for group in plain["groups"]],
        plain["number"],
        {(p, t, c): Status(status) for p, t, c, status in plain["cells"]},
    )


def draft(facts: Facts, rules: Rules) -> tuple[Edition, tables.Layout]:
    """An edition in the making: each cell with its status by the rules that look at one table of one place."""
    size = {slug: len(facts.of(slug)) for slug in facts.names}
    layout = tables.lay_out(size, facts.names, facts.regions, rules)
    made = Edition(facts, rules, layout.places, layout.groups)
    for place in layout.places.values():
        made.status[place.id, FAMILIES, ALL] = Status.SHOWN
        for table in made.tables.values():
            _counts(made, place, table)
        _money(made, place)
    return made, layout


def _counts(made: Edition, place: Place, table: tables.CountTable) -> None:
    gate, keys = made.rules.authority_cases, made.keys(place.id, table.name)
    for key in keys:
        count = made.count(key)
        made.status[key] = Status.SHOWN if count else Status.ZERO
        if 1 <= count <= made.rules.small_count:
            made.status[key] = Status.SMALL
        elif count and not made.rounded(key):
            made.status[key] = Status.WITHHELD
            words = "A count above the small ones rounds to zero, and is left out."
            made.explain(place.id, table.name, words)
    group = (place.id, *table.group)
    if table.name in made.facts.refused:
        made.withhold(place.id, table.name, made.facts.refused[table.name])
    elif made.count(group) < gate:
        who = tables.GROUPS[table.group[1]].lower()
        made.withhold(place.id, table.name, f"Fewer than {gate} {who}.")
    elif table.name != FAMILIES:
        whole = made.rounded(group)
        shown = [k for k in keys if k != group and made.status[k] == Status.SHOWN]
        full = [key for key in shown if made.rounded(key) == whole]
        if full and table.name == SAVINGS:
            words = "All or nearly all families are in one category."
            made.withhold(place.id, table.name, words)
        elif full:
            made.status |= dict.fromkeys(full, Status.NEARLY_ALL)
            words = "A category of all or nearly all families is hidden."
            made.explain(place.id, table.name, words)


def _money(made: Edition, place: Place) -> None:
    for measure, (_, label) in MONEY.items():
        reason = unsafe_money(made.amounts(place.base, measure), made.rules, place.kind)
        made.status[place.id, COSTS, measure] = Status.UNSAFE if reason else Status.SHOWN
        if reason and COSTS not in made.facts.refused:
            made.explain(place.id, COSTS, f"{label}: {reason}")
    if COSTS in made.facts.refused:
        made.withhold(place.id, COSTS, made.facts.refused[COSTS])


def related(made: Edition, past: Iterable[Edition]) -> list[Edition]:
    """The editions of the past that have a family in common with this one."""
    mine = made.families(made.atoms)
    return [old for old in past if mine & old.families(old.atoms)]


def counterparts(made: Edition, old: Edition) -> list[tuple[Place, Place]]:
    """Pairs of places, new and old, that a reader takes for the same or might set beside each other.

    They have families in common, and one id, or more than half of the smaller's families and one kind, or all but a
    few.
    """
    mine = {place: made.families(place.base) for place in made.bases()}
    theirs = {place: old.families(place.base) for place in old.bases()}
    pairs = []
    for place, families in mine.items():
        for before, others in theirs.items():
            common = len(families & others)
            most = place.kind == before.kind and 2 * common > min(len(families), len(others))
            few = len(families ^ others) < made.rules.differing_cases
            if common and (place.id == before.id or most or few):
                pairs.append((place, before))
    return pairs
