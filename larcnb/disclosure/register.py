"""The register: every release ever made of a root, the families in each of its cells, and what was shown.

In: a root. Out: :class:`Edition`, every cell with what becomes of it, in the making or as the register keeps it, so
that the audit reads old and new alike; :class:`Register`; and a new edition's conflicts with old ones, each as an
equation (docs/disclosure.md). One file a release under ``private/register/``, each naming the hash of the one
before, so that none can be lost or changed unnoticed. A family is a keyed hash; the key lies beside them and leaves the
folder with them or not at all.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Any

from larcnb.disclosure.families import Linker, Microdata
from larcnb.disclosure.rules import MEASURES, Place, Rules, count_interval, to_base
from larcnb.errors import withheld
from larcnb.files import hash_file, read_json, write_private
from larcnb.root import Root

FORMAT = 2
LOST = "Restore private/register from a copy, or go back to the version of larcnb that wrote it. "
LOST += "Without it nobody can say what a new figure would give away."


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
    data : Microdata
        Of a release of the past only the memberships, the money and the marks.
    rules : Rules
        As they were then.
    places : dict of id to Place
    groups : list of tuple of str
        Authorities without a page that a wider place holds together.
    number : int
        Of the release; 0 while it is in the making.
    status : dict of Key to str
    digest : str
        SHA-256 of all that is shown, of the rules and of what it was made from.
    approvers : tuple of str
        Who released it; empty where nobody has.
    reasons : dict of (place, table) to dict of str to None
        For the verdict report, each once.
    no_page : dict of place to reason
    """

    data: Microdata
    rules: Rules
    places: Mapping[str, Place]
    groups: list[tuple[str, ...]]
    number: int = 0
    status: dict[Key, str] = field(default_factory=dict)
    digest: str = ""
    approvers: tuple[str, ...] = ()
    reasons: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)
    no_page: dict[str, str] = field(default_factory=dict)

    @property
    def authorities(self) -> list[str]:
        """Every authority that some place rests on."""
        return sorted({slug for place in self.places.values() for slug in place.base})

    def bases(self) -> list[Place]:
        """Every place, and every authority without a page that some place rests on."""
        alone = [Place(s, "authority", s, (s,)) for s in self.authorities if s not in self.places]
        return [*self.places.values(), *alone]

    def families(
        self, base: Iterable[str], table: str = "families", category: str = "all"
    ) -> frozenset[str]:
        """The families of some authorities' cell."""
        return frozenset().union(*(self.data.of(slug, table, category) for slug in base))

    def count(self, key: Key) -> int:
        """The families of a cell: its true value, or of money those it is of."""
        key = (key[0], "families", "costed") if key[1] == "costs" else key
        return sum(len(self.data.of(slug, *key[1:])) for slug in self.places[key[0]].base)

    def rounded(self, key: Key) -> int:
        """A count as it would be shown."""
        return to_base(self.count(key), self.rules.base(self.places[key[0]].kind))

    def possible(self, key: Key) -> tuple[float, float]:
        """What a cell's status alone tells of its count: the least and the most."""
        status, small = self.status[key], self.rules.small_count
        if status == Status.SHOWN:
            low, high = count_interval(self.rounded(key), self.rules.base(self.places[key[0]].kind))
            return max(low, small + 1), high
        ranges = {Status.ZERO: (0, 0), Status.SMALL: (1, small), Status.WITHHELD: (0, inf)}
        return ranges.get(status, (1, inf))

    def amounts(self, base: Iterable[str], measure: str) -> dict[str, list[int]]:
        """The pence of each costed family of some authorities."""
        return {slug: list(self.data.money.get((slug, measure), {}).values()) for slug in base}

    def paid(self, base: Iterable[str], measure: str) -> set[tuple[str, int]]:
        """Each costed family of some authorities with its pence."""
        return {pair for slug in base for pair in self.data.money.get((slug, measure), {}).items()}

    def categories(self) -> dict[str, list[str]]:
        """The tables of counts, each with its categories."""
        tables: dict[str, dict[str, None]] = {}
        for _, table, category in self.status:
            if category != "all" and table != "costs":
                tables.setdefault(table, {})[category] = None
        return {table: list(categories) for table, categories in tables.items()}

    def keys(self, place: str, table: str) -> list[Key]:
        """The cells of a place's table."""
        names = MEASURES if table == "costs" else self.rules.tables()[table].labels
        return [(place, table, name) for name in names]

    def withhold(self, place: str, table: str, reason: str) -> None:
        """Take a place's whole table out, noughts included."""
        self.status |= dict.fromkeys(self.keys(place, table), Status.WITHHELD)
        self.explain(place, table, reason)

    def is_shown(self, place: str, table: str) -> bool:
        """Whether a place's page has the table."""
        statuses = {self.status.get(key, Status.WITHHELD) for key in self.keys(place, table)}
        return Status.SHOWN in statuses if table == "costs" else statuses != {Status.WITHHELD}

    def explain(self, place: str, table: str, reason: str) -> None:
        """Note a reason for the verdict report."""
        self.reasons.setdefault((place, table), {})[reason] = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the register."""
        slugs, data = set(self.authorities), self.data
        members, money = sorted(data.members.items()), sorted(data.money.items())
        return {
            "number": self.number,
            "round": data.round,
            "rules": vars(self.rules),
            "places": [[p.id, p.kind, p.name, list(p.base)] for p in self.places.values()],
            "groups": [list(group) for group in self.groups],
            "members": [[*key, sorted(some)] for key, some in members if key[0] in slugs],
            "money": [[*key, dict(sorted(some.items()))] for key, some in money if key[0] in slugs],
            "marks": {slug: sorted(told) for slug, told in data.marks.items() if slug in slugs},
            "cells": [[*key, status] for key, status in sorted(self.status.items())],
        }


def from_json(entry: Mapping[str, Any]) -> Edition:
    """Read a release back.

    Raises
    ------
    ValueError, KeyError, TypeError
        Something in it is not as it should be.
    """
    plain = entry["edition"]
    members = {(s, t, c): frozenset(families) for s, t, c, families in plain["members"]}
    money = {(s, m): amounts for s, m, amounts in plain["money"]}
    rules = plain["rules"] | {"saving_bands": tuple(plain["rules"]["saving_bands"])}
    data = Microdata(plain["round"], {}, {}, members, money, plain["marks"])
    places = {i: Place(i, kind, name, tuple(base)) for i, kind, name, base in plain["places"]}
    groups = [tuple(group) for group in plain["groups"]]
    status = {(p, t, c): Status(status) for p, t, c, status in plain["cells"]}
    made = Edition(data, Rules(**rules), places, groups, plain["number"], status)
    return replace(made, digest=entry["digest"], approvers=tuple(entry["approvers"]))


class Register:
    """The register of a root."""

    def __init__(self, root: Root) -> None:
        self.folder = root.path / "private" / "register"
        self._salt = self.folder / "salt"
        self._public = root.processed("public")

    def salt(self) -> bytes:
        """The key of the families' hashes; made the first time.

        Raises
        ------
        LarcError
            There are releases and no key; exit code 4.
        """
        if not self._salt.is_file():
            if self._files() or self._published():
                raise withheld(f"The register's key is not there, and releases were made. {LOST}")
            write_private(self._salt, secrets.token_hex(32) + "\n")
        return self._salt.read_bytes().strip()

    def entries(self) -> list[Edition]:
        """Every release, the first one first.

        Raises
        ------
        LarcError
            One is missing, changed or cannot be read, or a page names a release the register lacks; exit code 4.
        """
        editions: list[Edition] = []
        before, mark = "", self._mark()
        for number, path in enumerate(self._files(), 1):
            try:
                plain = json.loads(path.read_bytes())
                head = [plain["format"], plain["previous"], plain["salt"]]
                editions.append(from_json(plain))
                is_whole = head == [FORMAT, before, mark] and editions[-1].number == number
            except (ValueError, KeyError, TypeError, AttributeError):
                is_whole = False
            if not is_whole or path.name != f"{number:04}.json":
                raise withheld(f"The register is not whole at release {number}. {LOST}")
            before = hash_file(path)
        if self._published() > len(editions):
            raise withheld(f"A release was made that the register does not hold. {LOST}")
        return editions

    def add(self, edition: Edition) -> None:
        """Enter a release; never twice under one number.

        Raises
        ------
        LarcError
            Another release was entered meanwhile; exit code 4.
        """
        paths = self._files()
        if edition.number != len(paths) + 1:
            raise withheld("Another release was made meanwhile. Prepare this one again.")
        plain = {"format": FORMAT, "previous": hash_file(paths[-1]) if paths else ""}
        plain |= {"salt": self._mark(), "digest": edition.digest}
        plain |= {"approvers": list(edition.approvers), "edition": edition.to_dict()}
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n"
        write_private(self.folder / f"{edition.number:04}.json", text)

    def _mark(self) -> str:
        """What tells one salt from another."""
        return hashlib.sha256(self.salt()).hexdigest()

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9][0-9][0-9][0-9].json"))

    def _published(self) -> int:
        """The highest number of a release whose pages are there."""
        manifests = map(read_json, self._public.glob("*/manifest.json"))
        return max((manifest.get("number", 1) for manifest in manifests), default=0)


def met_before(releases: Iterable[Edition]) -> Linker:
    """Every family of every release, to be known again."""
    return Linker(told for release in releases for told in release.data.marks.values())


def conflicts(edition: Edition, past: Sequence[Edition]) -> list[tuple]:
    """Find the cells of a new edition that differ by a few families from the same cell released before.

    Looked at is a cell that both editions show, of places that are :func:`counterparts`. ``1 <= families in one and
    not in the other < differing_cases`` is a conflict: the difference of the two figures is a figure of these few.

    Returns
    -------
    list of (Key, str, bool)
        The cell, the equation, and whether it is rounded to twice the base of before, which allows a count (and no
        money).
    """
    cells, few = [], edition.rules.differing_cases
    for old in related(edition, past):
        for place, before in counterparts(edition, old):
            lifted = edition.rules.base(place.kind) >= 2 * old.rules.base(before.kind)
            for key in [key for key in edition.status if key[0] == place.id]:
                earlier = (before.id, *key[1:])
                both = {edition.status[key], old.status.get(earlier)}
                if both <= {*OPEN} and 1 <= _change(edition, key, old, earlier) < few:
                    cells.append((key, _equation(edition, key, old, earlier), lifted))
    return cells


def _change(edition: Edition, key: Key, old: Edition, earlier: Key) -> int:
    """How many families are in one cell and not in the other; of money, without any, how many have another amount.

    At other prices all have another amount: then too the families who came or went could be told by subtraction.
    """
    _, table, category = key
    base, before = edition.places[key[0]].base, old.places[earlier[0]].base
    cell = ("families", "costed") if table == "costs" else (table, category)
    changed = edition.families(base, *cell) ^ old.families(before, *cell)
    if table == "costs" and not changed:
        paid = edition.paid(base, category) ^ old.paid(before, category)
        changed = frozenset(family for family, _ in paid)
    return len(changed)


def _equation(edition: Edition, key: Key, old: Edition, earlier: Key) -> str:
    place, table, category = key
    named = category.replace(".", ", ").replace("_", " ")
    cell = "families" if category == "all" else f"{table}, {named}"
    now, then = "an amount", "an amount"
    if table != "costs":
        now, then = edition.rounded(key), old.rounded(earlier)
    before = f"(release {old.number}, round {old.data.round})"
    few = f"1 to {edition.rules.differing_cases - 1} families who came, went or changed"
    return f"{place}, {cell}: {now} (this release) - {then} {before} = {few}"


def related(made: Edition, past: Sequence[Edition]) -> list[Edition]:
    """The editions of the past that have a family in common with this one, or with one that has, and so on."""
    told, kin = made.families(made.authorities), set[int]()
    of = {n: old.families(old.authorities) for n, old in enumerate(past)}
    while more := {n for n in of.keys() - kin if told & of[n]}:
        kin |= more
        told = told.union(*(of[n] for n in more))
    return [past[n] for n in sorted(kin)]


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
