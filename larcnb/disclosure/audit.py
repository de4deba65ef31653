"""The audit: everything published, of now and of the past, taken together against every hidden figure.

In: editions. Out: the hidden figures that could be told too closely (METHOD part 7, rule 8). One unknown for each
authority, category and set of families; the same families in two editions are one unknown. The reader is taken to know
which hidden counts are small ones, what every authority without a page may be at most, which pages rest on the same
families as before, and that families once counted stay counted: more than the rules tell anybody.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations
from math import inf

from larcnb.disclosure.draft import FURTHER, NEARLY_ALL, OPEN, SHOWN, SMALL, WITHHELD, ZERO, Key
from larcnb.disclosure.edition import Edition, fingerprint
from larcnb.disclosure.linear import exposed
from larcnb.disclosure.places import Place
from larcnb.disclosure.rounding import behind_amount, behind_count, to_base
from larcnb.disclosure.spec import ALL, COSTS, MONEY
from larcnb.disclosure.system import Exposure, System, Target

CELL, TABLE = "cell", "table"
CAP = 10
"""No unknown is beyond this multiple of all there is; only so that every programme has an end."""


def audit(editions: Sequence[Edition], cleared: set[Hashable]) -> tuple[list[Exposure], int]:
    """Find what the editions together expose.

    Parameters
    ----------
    editions : sequence of Edition
        The oldest first; the last is the one in the making.
    cleared : set
        Names of targets found safe before; more are added. Hiding takes knowledge away, so they stay safe.

    Returns
    -------
    list of Exposure
        ``target.name`` is (kind, edition number, place or authorities, table, category).
    int
        Linear programmes solved.
    """
    counts, money = _Counts(editions), _Money(editions)
    for edition in editions:
        counts.learn(edition)
        money.learn(edition)
    for older, newer in combinations(editions, 2):
        counts.grow(older, newer)
    found: list[Exposure] = []
    for side in (counts, money):
        targets = [target for target in side.targets() if target.name not in cleared]
        found += exposed(side.system, targets)
        cleared |= {target.name for target in targets} - {
            exposure.target.name for exposure in found
        }
    return found, counts.system.solved + money.system.solved


def related(edition: Edition, past: Iterable[Edition]) -> list[Edition]:
    """The editions of the past that have a family in common with this one."""
    mine = {slug: edition.of(slug, "families", ALL) for slug in edition.atoms}
    return [
        old
        for old in past
        if any(mine.get(slug, frozenset()) & old.of(slug, "families", ALL) for slug in old.atoms)
    ]


def possible(edition: Edition, key: Key, count: int) -> tuple[float, float]:
    """What a cell's status alone tells of its count: the least and the most."""
    status, kind = edition.status[key], edition.places[key[0]].kind
    if status == ZERO:
        return 0, 0
    if status == SHOWN:
        low, high = behind_count(to_base(count, edition.rules.base(kind)), edition.rules.base(kind))
        return max(low, edition.rules.small_count + 1), high
    return {SMALL: (1, edition.rules.small_count), WITHHELD: (0, inf)}.get(status, (1, inf))


class _Counts:
    """Knowledge of counts."""

    def __init__(self, editions: Sequence[Edition]) -> None:
        self.system = System()
        self.cap = CAP * (
            1 + max(sum(len(e.of(slug, "families", ALL)) for slug in e.atoms) for e in editions)
        )
        self.hidden: dict[tuple, Target] = {}
        self.noughts: set[int] = set()
        self.open: set[tuple[int, ...]] = set()

    def terms(
        self, edition: Edition, base: Iterable[str], table: str, category: str
    ) -> dict[int, float]:
        """A cell as a sum of unknowns."""
        names = ("costed", "not_costed") if category == ALL else (category,)
        return {self._unknown(edition, slug, table, name): 1.0 for slug in base for name in names}

    def _unknown(self, edition: Edition, slug: str, table: str, category: str) -> int:
        families = edition.of(slug, table, category)
        print_ = fingerprint(families, () if families else edition.of(slug, "families", ALL))
        first = table == "families" or edition.adds_up[table]
        where = self.system.unknown((slug, table, category, print_), len(families), first)
        self.system.know({where: 1.0}, 0, self.cap, None)
        return where

    def learn(self, edition: Edition) -> None:
        """Add what an edition shows, and its hidden figures as targets."""
        tables = [table for table in edition.adds_up if self._is_out(edition, table)]
        for slug in edition.atoms:
            self._authority(edition, slug, tables)
        for place in edition.places.values():
            self._place(edition, place, tables)
        for slug in edition.atoms:
            if slug not in edition.places:
                for table in tables:
                    for category in [
                        *edition.categories(table),
                        *([ALL] if table == "families" else []),
                    ]:
                        self._hide(edition, (slug,), table, category)
        for group in edition.groups:
            for table in tables:
                for category in edition.categories(table):
                    terms = self.terms(edition, group, table, category)
                    if 1 <= self.system.value(terms) <= edition.rules.small_count:
                        self._hide(edition, group, table, category)

    @staticmethod
    def _is_out(edition: Edition, table: str) -> bool:
        """Whether some place shows the table at all."""
        return any(
            t == table and status != WITHHELD for (_, t, _), status in edition.status.items()
        )

    def _authority(self, edition: Edition, slug: str, tables: list[str]) -> None:
        gate = edition.rules.authority_cases
        key = (slug, "families", ALL)
        if slug in edition.places:
            low, high = possible(edition, key, len(edition.of(slug, "families", ALL)))
            low, tag = max(low, gate), (CELL, edition.number, key)
        else:
            low, high, tag = 0, gate - 1, None
        group = self.terms(edition, (slug,), "families", ALL)
        self.system.know(group, low, high, tag)
        for table in tables:
            categories = edition.categories(table)
            cells = {c: self.terms(edition, (slug,), table, c) for c in categories}
            for category, terms in cells.items():
                self.system.know(terms, 0, min(high, self.cap), None)
                status = edition.status.get((slug, table, category), WITHHELD)
                if (
                    table != "families"
                    and not edition.adds_up[table]
                    and status in (NEARLY_ALL, FURTHER, WITHHELD)
                ):
                    self.system.know(terms | dict.fromkeys(group, -1.0), -inf, 0, None)
            if edition.adds_up[table]:
                costed = self.terms(edition, (slug,), "families", "costed")
                whole = {w: 1.0 for terms in cells.values() for w in terms}
                self.system.know(whole | dict.fromkeys(costed, -1.0), 0, 0, None)

    def _place(self, edition: Edition, place: Place, tables: list[str]) -> None:
        for table in tables:
            names = [*edition.categories(table), *([ALL] if table == "families" else [])]
            for category in names:
                if category == ALL and place.id in edition.atoms:
                    continue
                key = (place.id, table, category)
                terms = self.terms(edition, place.base, table, category)
                low, high = possible(edition, key, int(self.system.value(terms)))
                if category == ALL:
                    low = max(low, edition.rules.authority_cases)
                self.system.know(terms, low, high, (CELL, edition.number, key))
                if edition.status[key] == ZERO:
                    self.noughts |= set(terms)
                if edition.status[key] in OPEN:
                    self.open.add(tuple(sorted(terms)))
                else:
                    self._hide(edition, place.base, table, category, place.id)
            if edition.adds_up[table] and edition.status[place.id, "families", "costed"] == ZERO:
                for category in names:  # parts of a nought that is shown
                    self.noughts |= set(self.terms(edition, place.base, table, category))
            if edition.adds_up[table] and self._shows(edition, place.id, table):
                costed = self.terms(edition, place.base, "families", "costed")
                gate = edition.rules.authority_cases
                self.system.know(costed, gate, inf, (TABLE, edition.number, (place.id, table)))

    @staticmethod
    def _shows(edition: Edition, place: str, table: str) -> bool:
        return any(edition.status[place, table, c] != WITHHELD for c in edition.categories(table))

    def _hide(
        self, edition: Edition, base: tuple[str, ...], table: str, category: str, place: str = ""
    ) -> None:
        terms = self.terms(edition, base, table, category)
        name = (CELL, edition.number, place or base, table, category)
        self.hidden.setdefault(
            tuple(sorted(terms)), Target(name, terms, edition.rules.possible_values)
        )

    def grow(self, older: Edition, newer: Edition) -> None:
        """Add what two editions of the same families tell of each other, and their differences as targets."""
        small = newer.rules.small_count
        for slug in set(older.atoms) & set(newer.atoms):
            joined = self._change(older, newer, slug, "families", ALL)
            for table in newer.adds_up:
                for category in set(newer.categories(table)) & set(older.categories(table)):
                    before, after = older.of(slug, table, category), newer.of(slug, table, category)
                    change = self._change(older, newer, slug, table, category)
                    if not change:
                        continue
                    if before <= after:
                        self.system.know(change, 0, inf, None)
                        if (
                            not after
                            and set(self.terms(newer, (slug,), table, category)) <= self.noughts
                        ):
                            self.noughts |= set(self.terms(older, (slug,), table, category))
                        if (
                            older.of(slug, "families", ALL) <= newer.of(slug, "families", ALL)
                            and joined
                        ):
                            self.system.know(_less(joined, change), 0, inf, None)
                    self._differ(older, newer, slug, table, category, change, small)
        for place in set(older.places) & set(newer.places):
            for table in newer.adds_up:
                for category in set(newer.categories(table)) & set(older.categories(table)):
                    change = _less(
                        self.terms(newer, newer.places[place].base, table, category),
                        self.terms(older, older.places[place].base, table, category),
                    )
                    self._differ(older, newer, place, table, category, change, small)

    def _change(
        self, older: Edition, newer: Edition, slug: str, table: str, category: str
    ) -> dict[int, float]:
        return _less(
            self.terms(newer, (slug,), table, category), self.terms(older, (slug,), table, category)
        )

    def _differ(
        self, older, newer, place: str, table: str, category: str, change, small: int
    ) -> None:
        if change and 1 <= abs(self.system.value(change)) <= small:
            name = ("difference", newer.number, place, table, category, older.number)
            values = newer.rules.possible_values
            self.hidden.setdefault(tuple(sorted(change.items())), Target(name, change, values))

    def targets(self) -> list[Target]:
        """Hidden figures, but for those an edition shows of the same families, and noughts that a nought shows."""
        return [
            target
            for target in self.hidden.values()
            if tuple(sorted(target.terms)) not in self.open
            and not set(target.terms) <= self.noughts
        ]


class _Money:
    """Knowledge of money, in pounds; the reader is taken to know every number of costed families exactly."""

    def __init__(self, editions: Sequence[Edition]) -> None:
        self.system = System()
        self.hidden: dict[tuple, Target] = {}
        self.cap = CAP * (1 + sum(sum(edition.totals.values()) for edition in editions) / 100)

    def _terms(self, edition: Edition, base: Iterable[str], measure: str) -> dict[int, float]:
        terms = {}
        for slug in base:
            if pairs := edition.pairs.get((slug, measure)):
                truth = edition.totals[slug, measure] / 100
                where = self.system.unknown((slug, measure, fingerprint(pairs)), truth)
                self.system.know({where: 1.0}, 0, self.cap, None)
                terms[where] = 1.0
        return terms

    def learn(self, edition: Edition) -> None:
        """Add the means an edition shows, and the sums that may not be known closely as targets."""
        for measure in MONEY:
            for place in edition.places.values():
                key = (place.id, COSTS, measure.name)
                if edition.status[key] == SHOWN:
                    terms = self._terms(edition, place.base, measure.name)
                    number = sum(
                        len(edition.pairs.get((slug, measure.name), ())) for slug in place.base
                    )
                    mean = self.system.value(terms) / number
                    low, high = (
                        number * end
                        for end in behind_amount(mean, edition.rules.digits(place.kind))
                    )
                    self.system.know(terms, low, high, (CELL, edition.number, key))
        for (measure, base), room in edition.rooms.items():
            terms = self._terms(edition, base, measure)
            name = (CELL, edition.number, base, COSTS, measure)
            self.hidden.setdefault(tuple(sorted(terms)), Target(name, terms, room=room))

    def targets(self) -> list[Target]:
        """Sums that may not be known closely."""
        return list(self.hidden.values())


def _less(one: dict[int, float], other: dict[int, float]) -> dict[int, float]:
    """One sum of unknowns less another; what is in both falls away."""
    both = dict(one)
    for where, factor in other.items():
        both[where] = both.get(where, 0.0) - factor
    return {where: factor for where, factor in both.items() if factor}
