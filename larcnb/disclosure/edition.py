"""One edition of what is released: the draft in the making, or a release of the past as the register keeps it.

In: a draft, or plain values. Out: :class:`Edition`, the same for both, so that the audit reads old and new alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from larcnb.disclosure.draft import Draft, Key, unsafe_money
from larcnb.disclosure.places import AUTHORITY, Place
from larcnb.disclosure.rules import NAMES, Rules
from larcnb.disclosure.spec import ALL, MONEY


@dataclass(frozen=True, repr=False)
class Edition:
    """What was shown, hidden and behind it. Its representation shows no figure.

    Parameters
    ----------
    number : int
        Of the release; 0 while it is in the making.
    round : str
    rules : Rules
        As they were then.
    places : dict of id to Place
    groups : tuple of tuple of str
        Authorities without a page held together by a wider place.
    adds_up : dict of table to bool
        The tables of counts.
    members : dict of (slug, table, category) to families
    pairs : dict of (slug, measure) to hashes of a family with its amount
    totals : dict of (slug, measure) to pence
    rooms : dict of (measure, base) to pounds
        How closely the money of some authorities together may not be known: where it is unsafe by itself.
    status : dict of Key to str
    shown : dict of Key to str
        What the page says.
    """

    number: int
    round: str
    rules: Rules
    places: Mapping[str, Place]
    groups: tuple[tuple[str, ...], ...]
    adds_up: Mapping[str, bool]
    members: Mapping[tuple[str, str, str], frozenset[str]]
    pairs: Mapping[tuple[str, str], frozenset[str]]
    totals: Mapping[tuple[str, str], int]
    rooms: Mapping[tuple[str, tuple[str, ...]], float]
    status: Mapping[Key, str]
    shown: Mapping[Key, str]

    def __repr__(self) -> str:
        return f"Edition {self.number} of round {self.round}: {len(self.places)} places"

    @property
    def atoms(self) -> tuple[str, ...]:
        """Every authority some place rests on."""
        return tuple(sorted({slug for place in self.places.values() for slug in place.base}))

    def of(self, slug: str, table: str, category: str) -> frozenset[str]:
        """The families of one authority's cell."""
        if category == ALL:
            return self.of(slug, "families", "costed") | self.of(slug, "families", "not_costed")
        return self.members.get((slug, table, category), frozenset())

    def families(self, place: str, table: str = "families", category: str = ALL) -> frozenset[str]:
        """The families of a place's cell."""
        return frozenset().union(
            *(self.of(slug, table, category) for slug in self.places[place].base)
        )

    def categories(self, table: str) -> list[str]:
        """A table's categories."""
        return self._categories.get(table, [])

    @cached_property
    def _categories(self) -> dict[str, list[str]]:
        found: dict[str, dict[str, None]] = {}
        for _, table, category in self.status:
            if category != ALL:
                found.setdefault(table, {})[category] = None
        return {table: list(categories) for table, categories in found.items()}

    def to_json(self) -> dict[str, Any]:
        """Plain values for the register."""
        return {
            "number": self.number,
            "round": self.round,
            "rules": {name: getattr(self.rules, name) for name in NAMES},
            "places": {
                place.id: [place.kind, place.name, list(place.base)]
                for place in self.places.values()
            },
            "groups": [list(group) for group in self.groups],
            "adds_up": dict(self.adds_up),
            "members": [[*key, sorted(families)] for key, families in sorted(self.members.items())],
            "money": [
                [*key, self.totals[key], sorted(pairs)] for key, pairs in sorted(self.pairs.items())
            ],
            "rooms": [
                [measure, list(base), room] for (measure, base), room in sorted(self.rooms.items())
            ],
            "cells": [
                [*key, self.status[key], self.shown.get(key, "")] for key in sorted(self.status)
            ],
        }


def from_json(plain: Mapping[str, Any]) -> Edition:
    """Read an edition back; ``ValueError`` where something in it is not as it should be."""
    try:
        values = {name: plain["rules"][name] for name in NAMES}
        values["saving_bands"] = tuple(values["saving_bands"])
        return Edition(
            plain["number"],
            plain["round"],
            Rules(**values),
            {
                key: Place(key, kind, name, tuple(base))
                for key, (kind, name, base) in plain["places"].items()
            },
            tuple(tuple(group) for group in plain["groups"]),
            plain["adds_up"],
            {(s, t, c): frozenset(families) for s, t, c, families in plain["members"]},
            {(s, m): frozenset(pairs) for s, m, _, pairs in plain["money"]},
            {(s, m): total for s, m, total, _ in plain["money"]},
            {(m, tuple(base)): room for m, base, room in plain["rooms"]},
            {(p, t, c): status for p, t, c, status, _ in plain["cells"]},
            {(p, t, c): shown for p, t, c, _, shown in plain["cells"]},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("This is not an edition.") from error


def in_the_making(draft: Draft, shown: Mapping[Key, str] | None = None, number: int = 0) -> Edition:
    """The edition a draft amounts to."""
    facts, layout = draft.facts, draft.layout
    atoms = set(layout.atoms)
    pairs, totals = {}, {}
    for (slug, measure), amounts in facts.money.items():
        if slug in atoms:
            pairs[slug, measure] = frozenset(
                _short(f"{family}:{pence}") for family, pence in amounts.items()
            )
            totals[slug, measure] = sum(amounts.values())
    return Edition(
        number,
        facts.round,
        draft.rules,
        layout.places,
        layout.groups,
        {table.name: table.adds_up for table in draft.tables.values()},
        {key: families for key, families in facts.members.items() if key[0] in atoms},
        pairs,
        totals,
        _rooms(draft),
        dict(draft.status),
        dict(shown or {}),
    )


def fingerprint(families: Iterable[str], group: Iterable[str] = ()) -> str:
    """Names a set of families; an empty one by the group it is empty in."""
    text = ",".join(sorted(families)) or "none of " + ",".join(sorted(group))
    return _short(text)


def _rooms(draft: Draft) -> dict[tuple[str, tuple[str, ...]], float]:
    """For money that single families make unsafe, the closest it may be known: a share of the largest's amount."""
    layout = draft.layout
    bases = (
        {(slug,) for slug in layout.atoms}
        | set(layout.groups)
        | {place.base for place in layout.places.values()}
    )
    rooms = {}
    for measure in MONEY:
        for base in bases:
            amounts = [
                a for slug in base for a in draft.facts.money.get((slug, measure.name), {}).values()
            ]
            largest = max(map(abs, amounts), default=0)
            if largest and unsafe_money({"all": amounts}, draft.rules, AUTHORITY):
                rooms[measure.name, base] = draft.rules.p_percent * largest / 100
    return rooms


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
