"""The audit: everything published, of now and of the past, taken together against every hidden figure.

In: an edition in the making and those of the past. Out: the edition with further cells hidden, until no hidden figure
can be told too closely (docs/disclosure.md). It goes in three steps:

1. What a reader knows, as ranges of sums of unknowns. Families that were in the same authorities in
   every edition form a *block*; an unknown is how many families of a block are in a category. So families released
   again, under whatever name, are the same unknowns, and two editions with a family more or less differ by the block
   of that one family. The reader is taken to know more than the rules tell: which hidden counts are small, which
   authorities a figure rests on and that one without a page has fewer families than the gate, which families came or
   went and, if they are few, how many.
2. :func:`exposed`: for each hidden figure, by linear programming, the least and the most it can be given all that; the
   ones whose range is too narrow, with the pieces of knowledge that bind it.
3. :func:`suppress_secondary`: hide one of these pieces, and again. A nought is never hidden to protect something; what
   cannot be made safe is not shown.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import ceil, floor, inf

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from larcnb.disclosure.families import Microdata
from larcnb.disclosure.register import OPEN, Edition, Key, Status, counterparts, related
from larcnb.disclosure.rules import MEASURES, PARTS, Rules, amount_interval, lay_out, unsafe_money
from larcnb.errors import withheld

NEAR = 1e-6
CAP = 10
"""No unknown is beyond this multiple of all there is; only so that every programme has an end."""
PROBES = 20
"""Most pairs of programmes with random goals that look for wide ranges before any target is looked at alone."""
NODES, OUT_OF_NODES = 200, 1
"""Branches a search over whole numbers may take, and scipy's word that they were not enough."""
MOST_ROUNDS = 60
UNLISTED = {"families": ("all", "not_costed"), "follow_up": ("stayed_away",)}
"""By table the counts that it does not list: of all families, and the part that is the sum less the part shown."""

Terms = dict[int, float]
"""A sum of unknowns: index to coefficient."""
Tag = tuple[int, Key] | None
"""Where a piece of knowledge comes from: an edition's number and its cell, or its table (place, table, "")."""
Exposure = tuple[tuple, list[Tag]]
"""The name of a target that is not safe, and where the knowledge comes from that bounds it."""


# Each table of each place for itself


def suppress_primary(data: Microdata, rules: Rules) -> Edition:
    """Primary suppression: an edition in which each cell has its status by the rules on one table of one place."""
    size = {slug: len(data.of(slug)) for slug in data.names}
    places, groups, no_page = lay_out(size, data.names, data.regions, rules)
    no_page |= dict.fromkeys(data.missing, "Its results are not there.")
    made = Edition(data, rules, places, groups, no_page=no_page)
    for place in places:
        whole = place, "families", "all"
        made.status[whole] = Status.SHOWN if made.rounded(whole) else Status.WITHHELD
        for table in rules.tables():
            _counts(made, place, table)
        _money(made, place)
        for table in data.refused:
            made.withhold(place, table, data.refused[table])
    return made


def _counts(made: Edition, place: str, table: str) -> None:
    gate, keys = made.rules.authority_cases, made.keys(place, table)
    for key in keys:
        count = made.count(key)
        made.status[key] = Status.SHOWN if count else Status.ZERO
        if 1 <= count <= made.rules.small_count:
            made.status[key] = Status.SMALL
        elif count and not made.rounded(key):
            made.status[key] = Status.WITHHELD
            words = "A count above the small ones rounds to zero, and is left out."
            made.explain(place, table, words)
    group = (place, *made.rules.tables()[table].group)
    if made.count(group) < gate:
        made.withhold(place, table, f"It rests on fewer than {gate} families.")
    elif table != "families":
        whole = made.rounded(group)
        shown = [k for k in keys if k != group and made.status[k] == Status.SHOWN]
        full = [key for key in shown if made.rounded(key) == whole]
        if full and table == "savings":
            made.withhold(place, table, "All or nearly all families are in one category.")
        elif full:
            made.status |= dict.fromkeys(full, Status.NEARLY_ALL)
            made.explain(place, table, "A category of all or nearly all families is hidden.")


def _money(made: Edition, place: str) -> None:
    base, kind = made.places[place].base, made.places[place].kind
    for measure, (_, label) in MEASURES.items():
        reason = unsafe_money(made.amounts(base, measure), made.rules, kind)
        made.status[place, "costs", measure] = Status.UNSAFE if reason else Status.SHOWN
        if reason:
            made.explain(place, "costs", f"{label}: {reason}")


# 1. What a reader knows


@dataclass(frozen=True)
class Target:
    """A hidden figure: a sum of unknowns that must keep a wide enough range.

    Parameters
    ----------
    name : tuple
        Edition's number, place, table, category; for a difference of two editions, the older one's number and place.
    terms : Terms
    values : int
        How many whole numbers the range must hold; 0 for money.
    margin : float
        Of money, how far (pounds) the range must reach below and above the truth.
    """

    name: tuple
    terms: Terms
    values: int
    margin: float

    def is_safe(self, low: float, high: float, truth: float) -> bool:
        """Whether a range is wide enough."""
        if self.values:
            return floor(high + NEAR) - ceil(low - NEAR) + 1 >= self.values
        slack = NEAR * max(1.0, abs(truth))
        return low <= max(truth - self.margin, 0.0) + slack and high >= truth + self.margin - slack


class _Knowledge:
    """What a reader of some editions knows, the oldest first: of unknowns, none below nought, and of sums of them.

    Cells are sums over the blocks of some authorities: ``places`` are those of each block, an edition's index and an
    authority each; ``at`` the blocks of each place; ``told`` the unknowns of blocks whose size the reader knows.
    """

    def __init__(self, editions: Sequence[Edition]) -> None:
        self.index: dict[Hashable, int] = {}
        self.truth: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.tags: list[list[Tag]] = []
        self.rows: list[tuple[Terms, float, float, Tag]] = []
        self.targets: dict[frozenset, Target] = {}
        self.open: set[frozenset] = set()
        self.told: dict[int, frozenset[str]] = {}
        self.editions = editions
        where: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for n, edition in enumerate(editions):
            for slug in edition.authorities:
                for family in sorted(edition.data.of(slug)):  # the same order in every process
                    where[family].append((n, slug))
        together: dict[tuple, set[str]] = defaultdict(set)
        for family, places in where.items():
            together[tuple(places)].add(family)
        self.places = {frozenset(families): places for places, families in together.items()}
        self.at: dict[tuple[int, str], list[frozenset[str]]] = defaultdict(list)
        for block, places in self.places.items():
            for place in places:
                self.at[place].append(block)

    def unknown(self, name: Hashable, truth: float, most: float) -> int:
        """The index of an unknown, made if it is new."""
        if name not in self.index:
            self.index[name] = len(self.truth)
            self.truth.append(truth)
            self.low.append(0.0)
            self.high.append(most)
            self.tags.append([None, None])
        return self.index[name]

    def value(self, terms: Terms) -> float:
        """The true value of a sum of unknowns."""
        return sum(factor * self.truth[u] for u, factor in terms.items())

    def bound(self, terms: Terms, low: float, high: float, tag: Tag = None) -> None:
        """Add that a sum of unknowns is from ``low`` to ``high``.

        Raises
        ------
        RuntimeError
            The truth is outside: the audit would prove nothing. (A bug, never the user's mistake.)
        """
        value = self.value(terms)
        slack = NEAR * max(1.0, abs(value))
        if not low - slack <= value <= high + slack:
            raise RuntimeError("The audit's knowledge does not hold the truth.")
        if high == 0 and min(terms.values(), default=0) > 0:  # a nought has only noughts for parts
            for u in terms:
                self.high[u] = 0.0
        elif list(terms.values()) == [1]:
            (u,) = terms
            if low > self.low[u]:
                self.low[u], self.tags[u][0] = low, tag
            if high < self.high[u]:
                self.high[u], self.tags[u][1] = high, tag
        elif terms:
            self.rows.append((terms, low, high, tag))

    def binds(self, terms: Terms, low: float, high: float) -> bool:
        """Whether a range tells anything that the unknowns' own limits do not."""
        ends = [(f * self.low[u], f * self.high[u]) for u, f in terms.items()]
        return sum(map(min, ends)) < low - NEAR or sum(map(max, ends)) > high + NEAR

    def hide(self, name: tuple, terms: Terms, values: int = 0, margin: float = 0.0) -> None:
        """Add a figure that must stay hidden."""
        self.targets.setdefault(frozenset(terms.items()), Target(name, terms, values, margin))

    def hidden(self) -> list[Target]:
        """Every target but for figures that an edition shows of the same families, and noughts that a nought shows.

        A count of nobody but families that are told to have come or gone need not have more values than they leave.
        """
        targets = []
        for key, target in self.targets.items():
            unsure = [u for u in target.terms if self.high[u]]
            if unsure and key not in self.open:
                blocks = {(target.terms[u] > 0, self.told.get(u)) for u in unsure}
                most = sum(inf if block is None else len(block) for _, block in blocks)
                targets.append(replace(target, values=min(target.values, 1 + most)))
        return targets

    def terms(self, n: int, base: Iterable[str], *cell: str) -> Terms:
        """A cell as a sum of unknowns."""
        blocks = ((slug, block) for slug in base for block in self.at[n, slug])
        return _sum(self.part(n, slug, block, *cell) for slug, block in blocks)

    def part(self, n: int, slug: str, block: frozenset[str], *cell: str) -> Terms:
        """The part of an authority's cell that a block makes up."""
        raise NotImplementedError


class _Counts(_Knowledge):
    """Knowledge of counts."""

    def __init__(self, editions: Sequence[Edition]) -> None:
        super().__init__(editions)
        self.cap = CAP * (1 + max(len(each.families(each.authorities)) for each in editions))
        few = editions[-1].rules.differing_cases
        self.few = {b for b in self.places if len(b) < few and self._came_or_went(b)}
        for n in range(len(editions)):
            self._authorities(n)
            self._places(n)
            self._hidden(n)
        for block, places in self.places.items():  # as many families in every edition
            for one, other in pairwise(self.part(*at, block, "families", "all") for at in places):
                self.bound(_less(one, other), 0, 0)
        for older, newer in combinations(range(len(editions)), 2):
            self._differences(older, newer)

    def _came_or_went(self, block: frozenset[str]) -> bool:
        """Whether a block is a part of an authority, and not in every edition."""
        places = self.places[block]
        is_part = any(len(self.at[place]) > 1 for place in places)
        return is_part and len({n for n, _ in places}) < len(self.editions)

    def part(self, n: int, slug: str, block: frozenset[str], *cell: str) -> Terms:
        """Where nobody of the block is in the cell, an unknown for that."""
        table, category = cell
        terms = {}
        for name in PARTS.get(category, (category,)):
            who = self.editions[n].data.of(slug, table, name) & block
            unknown = self.unknown((table, name, who or (block,)), len(who), self.cap)
            terms[unknown] = 1.0
            if block in self.few:
                self.told[unknown] = block
        return terms

    def _tables(self, n: int) -> dict[str, list[str]]:
        """The tables that some place shows, each with its categories; the families' first."""
        edition = self.editions[n]
        out = {t for (_, t, _), word in edition.status.items() if word != Status.WITHHELD}
        return {t: names for t, names in edition.categories().items() if t in out}

    def _authorities(self, n: int) -> None:
        """What is known of each authority's families, and of each of its blocks."""
        edition = self.editions[n]
        gate = edition.rules.authority_cases
        for slug in edition.authorities:
            key, tag, low, high = (slug, "families", "all"), None, 0.0, gate - 1.0
            if slug in edition.places:
                tag, (low, high) = (edition.number, key), edition.possible(key)
                low = max(low, gate)
            self.bound(self.terms(n, (slug,), "families", "all"), low, high, tag)
            blocks = self.at[n, slug]
            told = sum(len(block) for block in blocks if block in self.few)
            is_one = sum(block not in self.few for block in blocks) == 1
            for block in blocks:
                least, most = low - told if is_one else 0, high - told
                if block in self.few:
                    least = most = len(block)
                    self.bound(self.part(n, slug, block, "families", "all"), least, most)
                self._block(n, slug, block, least, most)

    def _block(self, n: int, slug: str, block: frozenset[str], least: float, most: float) -> None:
        """No cell of a block, which has from ``least`` to ``most`` families, is larger than the block."""
        edition = self.editions[n]
        group = self.part(n, slug, block, "families", "all")
        for table, categories in self._tables(n).items():
            cells = {name: self.part(n, slug, block, table, name) for name in categories}
            for name, cell in cells.items():
                self.bound(cell, 0, min(most, self.cap))
                shown = edition.possible((slug, table, name))[1] if slug in edition.places else inf
                if table != "families" and min(most, shown) > least:
                    self.bound(_less(cell, group), -inf, 0)
            if table == "savings":
                costed = self.part(n, slug, block, "families", "costed")
                self.bound(_less(_sum(cells.values()), costed), 0, 0)

    def _places(self, n: int) -> None:
        """What every place shows."""
        edition, number = self.editions[n], self.editions[n].number
        gate = edition.rules.authority_cases
        for place in edition.places.values():
            for table, categories in self._tables(n).items():
                for name in [*categories, "all"] if table == "families" else categories:
                    key = (place.id, table, name)
                    terms = self.terms(n, place.base, table, name)
                    low, high = edition.possible(key)
                    low = max(low, gate) if name == "all" else low
                    self.bound(terms, low, high, (number, key))
                    if edition.status[key] in OPEN:
                        self.open.add(frozenset(terms.items()))
            costed = self.terms(n, place.base, "families", "costed")
            followed = self.terms(n, place.base, "follow_up", "followed")
            for table, group in (("savings", costed), ("costs", costed), ("follow_up", followed)):
                if edition.is_shown(place.id, table):
                    self.bound(group, gate, inf, (number, (place.id, table, "")))
            if edition.status[place.id, "families", "costed"] == Status.ZERO:
                for name in self._tables(n).get("savings", ()):
                    self.bound(self.terms(n, place.base, "savings", name), 0, 0)

    def _hidden(self, n: int) -> None:
        """Every hidden count of a place or an authority without a page; of those held together the small ones."""
        edition = self.editions[n]
        values, small = edition.rules.possible_values, edition.rules.small_count
        alone: list[tuple] = [(place.id, place.base) for place in edition.bases()]
        for table, categories in self._tables(n).items():
            for place, base in [*alone, *((group, group) for group in edition.groups)]:
                for name in [*categories, *UNLISTED.get(table, ())]:
                    terms = self.terms(n, base, table, name)
                    is_hidden = edition.status.get((place, table, name)) not in OPEN
                    is_small = 1 <= self.value(terms) <= small
                    if is_small if place == base else is_hidden:
                        self.hide((edition.number, place, table, name), terms, values)

    def _differences(self, older: int, newer: int) -> None:
        """The differences of two editions that are a few families."""
        new, old = self.editions[newer], self.editions[older]
        values = new.rules.possible_values
        for place, before in counterparts(new, old):
            for table, categories in self._tables(newer).items():
                for name in [c for c in categories if c in old.categories().get(table, ())]:
                    now = self.terms(newer, place.base, table, name)
                    change = _less(now, self.terms(older, before.base, table, name))
                    if 1 <= abs(self.value(change)) <= new.rules.small_count:
                        name = (new.number, place.id, table, name, old.number, before.id)
                        self.hide(name, change, values)


class _Money(_Knowledge):
    """Knowledge of money, in pounds; the reader is taken to know every number of costed families exactly."""

    def __init__(self, editions: Sequence[Edition]) -> None:
        super().__init__(editions)
        self.pairs: dict[int, frozenset[tuple[str, int]]] = {}
        money = [each for edition in editions for each in edition.data.money.values()]
        self.cap = CAP * (1 + sum(sum(each.values()) for each in money) / 100)
        for n in range(len(editions)):
            for measure in MEASURES:
                self._shown(n, measure)
                self._unsafe(n, measure)

    def part(self, n: int, slug: str, block: frozenset[str], *cell: str) -> Terms:
        """Named by each family and its amount: another amount makes it another unknown."""
        (measure,) = cell
        amounts = self.editions[n].data.money.get((slug, measure), {})
        pairs = frozenset((family, amounts[family]) for family in block & amounts.keys())
        if not pairs:
            return {}
        unknown = self.unknown((measure, pairs), sum(pence for _, pence in pairs) / 100, self.cap)
        self.pairs[unknown] = pairs
        return {unknown: 1.0}

    def _shown(self, n: int, measure: str) -> None:
        edition = self.editions[n]
        for place in edition.places.values():
            key = (place.id, "costs", measure)
            if edition.status[key] == Status.SHOWN:
                terms = self.terms(n, place.base, measure)
                number = sum(map(len, edition.amounts(place.base, measure).values()))
                mean = self.value(terms) / number
                low, high = amount_interval(mean, edition.rules.digits(place.kind))
                self.bound(terms, low * number, high * number, (edition.number, key))

    def _unsafe(self, n: int, measure: str) -> None:
        """Sums that single families make unsafe may not be known within a share of the largest family's."""
        edition = self.editions[n]
        bases = {place.base for place in edition.bases()} | set(edition.groups)
        parts: list[tuple] = [(base, self.terms(n, base, measure)) for base in sorted(bases)]
        for slug in edition.authorities:  # and those who came or went
            for i, block in enumerate(self.at[n, slug]):
                parts.append(((slug, i), self.part(n, slug, block, measure)))
        for base, terms in parts:
            amounts = [pence for u in terms for _, pence in self.pairs[u]]
            largest = max(map(abs, amounts), default=0)
            if largest and unsafe_money({"all": amounts}, edition.rules, "authority"):
                margin = edition.rules.p_percent * largest / 100
                self.hide((edition.number, base, "costs", measure), terms, margin=margin)


def _sum(parts: Iterable[Terms]) -> Terms:
    total: Terms = {}
    for part in parts:
        for u, factor in part.items():
            total[u] = total.get(u, 0.0) + factor
    return {u: factor for u, factor in total.items() if factor}


def _less(one: Terms, other: Terms) -> Terms:
    """One sum of unknowns less another; what is in both falls away."""
    return _sum([one, {u: -factor for u, factor in other.items()}])


# 2. What it gives away


def exposed(system: _Knowledge, targets: Sequence[Target]) -> list[Exposure]:
    """Find the targets whose range, given all that is known, is too narrow.

    The system falls into parts that have nothing to do with each other, and a row that tells nothing ties none. A
    feasible point found for many targets of a part at once proves its values possible; only targets that no such point
    clears get programmes of their own, one for the least and one for the most.

    Returns
    -------
    list of Exposure
        In the order of ``targets``.
    """
    rows = [row for row in system.rows if system.binds(*row[:3])]
    sums = _matrix([row[0] for row in rows], len(system.truth))
    goals = _matrix([target.terms for target in targets], len(system.truth))
    ties = abs(vstack([sums, goals], format="csr"))
    part_of = connected_components(ties.T @ ties, directed=False)[1]
    of_row, of_goal = (part_of[each.indices[each.indptr[:-1]]] for each in (sums, goals))
    exposures: dict[int, Exposure] = {}
    for part in np.unique(of_goal):
        columns, mine = np.flatnonzero(part_of == part), np.flatnonzero(of_row == part)
        which = np.flatnonzero(of_goal == part)
        matrices = sums[mine][:, columns], goals[which][:, columns]
        one = _Part(system, columns, [rows[n] for n in mine], [targets[n] for n in which], matrices)
        exposures |= {n: seen for n, seen in zip(which, one.check(), strict=True) if seen}
    return [exposures[n] for n in sorted(exposures)]


def _matrix(sums: Sequence[Terms], width: int) -> csr_array:
    """Sums of unknowns as rows."""
    entries = [(n, u, f) for n, terms in enumerate(sums) for u, f in terms.items()]
    at = np.array(entries, dtype=float).reshape(-1, 3)
    places = at[:, 0].astype(int), at[:, 1].astype(int)
    return csr_array((at[:, 2], places), shape=(len(sums), width))


class _Part:
    """One independent part of a system, with its targets, as matrices: ``matrix @ unknowns <= limit``."""

    def __init__(self, system: _Knowledge, columns, rows: list, targets: list, matrices) -> None:
        self.targets, self.whole = targets, bool(targets[0].values)
        sums, self.goals = matrices
        self.bounds = np.array([(system.low[u], system.high[u]) for u in columns])
        self.bound_tags = [system.tags[u] for u in columns]
        low, high = (np.array([row[side] for row in rows], dtype=float) for side in (1, 2))
        under, over = np.flatnonzero(np.isfinite(low)), np.flatnonzero(np.isfinite(high))
        self.matrix = vstack([sums[over], -sums[under]], format="csr")
        self.limit = np.concatenate([high[over], -low[under]])
        self.tags = [rows[n][3] for n in (*over, *under)]
        self.truth = np.array([system.value(target.terms) for target in targets])

    def check(self) -> list[Exposure | None]:
        """For each target, its exposure or None."""
        least, most = self.truth.copy(), self.truth.copy()
        if not len(self.limit):  # nothing ties the unknowns together
            (low, high), up, down = self.bounds.T, self.goals.maximum(0), self.goals.minimum(0)
            least, most = up @ low + down @ high, up @ high + down @ low
        random = np.random.default_rng(len(self.targets))
        left = self._open(least, most)
        for _ in range(PROBES):
            if len(left) < 3:
                break
            goal = np.zeros(len(self.targets))
            goal[left] = random.choice([-1.0, 1.0], len(left)) * random.exponential(1.0, len(left))
            for sign in (1.0, -1.0):
                point, _ = self._solve(sign * (self.goals.T @ goal))
                if not self.whole or self._is_whole(point):
                    values = self.goals @ point
                    least, most = np.minimum(least, values), np.maximum(most, values)
            before, left = left, self._open(least, most)
            if len(before) - len(left) < 2:
                break
        return [self._alone(n) if n in left else None for n in range(len(self.targets))]

    def _open(self, least: np.ndarray, most: np.ndarray) -> list[int]:
        ranges = enumerate(zip(self.targets, least, most, self.truth, strict=True))
        return [n for n, (target, *ends) in ranges if not target.is_safe(*ends)]

    def _alone(self, n: int) -> Exposure | None:
        """Least and most of one target; what binds them where the range is too narrow."""
        target, truth, goal = self.targets[n], self.truth[n], self.goals[[n]].toarray().ravel()
        ends, tags = [], {}
        for sign in (1.0, -1.0):
            point, binding = self._solve(sign * goal)
            if self.whole and not self._is_whole(point):
                point = self._search(sign * goal)
            # of a search too long the truth is possible at least: too narrow a range rather than too wide
            ends.append(truth if point is None else sign * min(sign * truth, sign * goal @ point))
            near = (0.0, ends[-1]) if sign < 0 else (ends[-1], inf)
            if self.whole or not target.is_safe(*near, truth):
                tags |= dict.fromkeys(binding)
        return None if target.is_safe(*ends, truth) else (target.name, list(tags))

    def _solve(self, goal: np.ndarray) -> tuple[np.ndarray, list[Tag]]:
        """The point that makes a goal least, and what binds it."""
        solved = linprog(goal, self.matrix, self.limit, bounds=self.bounds, method="highs")
        if solved.status != 0:
            raise RuntimeError(f"A programme of the audit was not solved (status {solved.status}).")
        tags = [self.tags[n] for n in np.flatnonzero(np.abs(solved.ineqlin.marginals) > NEAR)]
        for side, end in enumerate((solved.lower, solved.upper)):
            tags += [self.bound_tags[n][side] for n in np.flatnonzero(np.abs(end.marginals) > NEAR)]
        return solved.x, [tag for tag in tags if tag]

    def _search(self, goal: np.ndarray) -> np.ndarray | None:
        """The point of whole numbers that makes a goal least; of too long a search the best it found, or None."""
        how = {"integrality": np.ones(len(goal)), "options": {"node_limit": NODES}}
        limits = LinearConstraint(self.matrix, -inf, self.limit)
        solved = milp(goal, constraints=limits, bounds=Bounds(*self.bounds.T), **how)
        if solved.status not in (0, OUT_OF_NODES):
            raise RuntimeError(f"A programme of the audit was not solved (status {solved.status}).")
        return None if solved.x is None else np.round(solved.x)

    @staticmethod
    def _is_whole(point: np.ndarray) -> bool:
        return np.abs(point - np.round(point)).max(initial=0) < NEAR


# 3. Hiding more


def suppress_secondary(made: Edition, past: Sequence[Edition] = ()) -> None:
    """Secondary suppression: audit an edition and hide further cells until nothing is exposed; changes ``made``.

    Each exposed figure has pieces of published knowledge that bind it; of the cells among them the one with the fewest
    families is hidden. Where none is left the whole table goes: of that place, then of every place. An edition tells
    nothing of a table it has nowhere, so what earlier ones leave too narrow by themselves is not looked at further.

    Parameters
    ----------
    made : Edition
        Its number is 0.
    past : sequence of Edition
        The oldest first.

    Raises
    ------
    LarcError
        The audit does not come to an end, or the numbers of families themselves give a figure away; exit code 4.
    """
    editions = [*related(made, past), made]
    cleared: set[tuple] = set()  # hiding takes knowledge away, so what was safe once stays safe
    for _ in range(MOST_ROUNDS):
        unsafe: list[Exposure] = []
        for system in (_Counts(editions), _Money(editions)):
            targets = [target for target in system.hidden() if target.name not in cleared]
            exposures = exposed(system, targets) if targets else []
            cleared |= {t.name for t in targets} - {name for name, _ in exposures}
            unsafe += exposures
        if not unsafe:
            return
        before = dict(made.status)
        for exposure in unsafe:
            if all(made.status[key] == before[key] for key in _cells(made, exposure, before)):
                _hide_one(made, exposure)
        if made.status == before:
            break
    raise withheld("The audit did not come to an end, so nothing may be released.")


def _cells(made: Edition, exposure: Exposure, status: Mapping[Key, str]) -> list[Key]:
    """Cells of this edition that bind an exposed figure.

    Those that were shown, the fewest families first; without any, those of wider places known to be small.
    """
    keys = [key for number, key in exposure[1] if number == 0]
    shown = [key for key in keys if status.get(key) == Status.SHOWN]
    small = [key for key in keys if status.get(key) == Status.SMALL]
    small = sorted(key for key in small if made.places[key[0]].kind != "authority")
    return sorted(shown, key=lambda key: (key[2] == "all", made.count(key), key)) or small


def _hide_one(made: Edition, exposure: Exposure) -> None:
    """Hide what makes one figure exposed: a cell, a table of a place, or a table everywhere."""
    (_, place, table, category, *_), binding = exposure
    tables = [key[:2] for number, key in binding if number == 0 and not key[2]]
    tables = [at for at in tables if made.is_shown(*at)][:1]
    keys = _cells(made, exposure, made.status)
    if category == "not_costed" and tables and keys and keys[0][2] == "all":
        keys = []  # hidden, the number of all families would be known to be one of a few
    if keys:
        word, said = Status.FURTHER, "Further cells are hidden to protect others."
        if made.status[keys[0]] == Status.SMALL:
            word, said = Status.WITHHELD, "Not even that it is small is said: parts would show."
        made.status[keys[0]] = word
        made.explain(*keys[0][:2], said)
        return
    if not tables and table == "families":
        words = "The numbers of families alone would give a hidden figure away"
        raise withheld(f"{words}, so nothing may be released.")
    words = "It would give a hidden figure away."
    tables = [at for at in (*tables, (place, table)) if made.is_shown(*at)][:1]
    if not tables:
        tables = [(each, table) for each in made.places if made.is_shown(each, table)]
        words = "It could not be made safe with further cells hidden."
    for at in tables:
        made.withhold(*at, words)
