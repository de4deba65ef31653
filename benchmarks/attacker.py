"""Somebody who wants to know what public editions hide, armed with what they publish and a programme solver.

In: the JSON of one release or several, as anybody can download it. Out: for each hidden figure, the whole numbers it
can still be. Written from the published rules alone; shares no code with the package. It is told more than the public:
which authorities a wider figure rests on, which families were in another release too (as parts of authorities that
nothing tells apart) and how many came or went, and which hidden figures are hidden for being small.
"""

from dataclasses import dataclass, field, replace
from math import ceil, floor

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

MANY, GATE, SMALL, NEAR = 1_000_000, 10, 7, 1e-6


@dataclass
class Release:
    """One release: its pages as JSON by place, and what the attacker is told beyond them.

    ``base`` of each place: its authorities. ``parts`` of each authority: for each part its name, its size where that
    is told, and for each (table, category) a name of the families in it. ``small``: cells hidden for being small.
    """

    pages: dict
    base: dict
    parts: dict
    small: set = field(default_factory=set)

    def table(self, place, name):
        """A place's table, if its page has it."""
        return next((t for t in self.pages[place]["tables"] if t["table"] == name), None)

    def cell(self, place, table, category):
        """A cell of counts: its value, or a symbol; ``all`` is the number of families."""
        if category == "all":
            tables = [t for t in self.pages[place]["tables"] if t["group_label"] == "Families"]
            return tables[0]["group"] if tables else {"value": None, "symbol": "[x]"}
        if category == "followed":
            return (self.table(place, table) or {"group": {"value": None, "symbol": "[x]"}})[
                "group"
            ]
        rows = (self.table(place, table) or {"rows": []})["rows"]
        cells = [row["cells"]["families"] for row in rows if row["code"] == category]
        return cells[0] if cells else {"value": None, "symbol": "[x]"}

    def between(self, place, table, category):
        """What a cell says of the number behind it."""
        cell, page = self.cell(place, table, category), self.pages[place]["tables"]
        if cell["value"] is None:
            known = (place, table, category) in self.small
            return int(cell["symbol"] == "[c]"), SMALL if known else MANY
        if cell["value"] == 0:
            return 0, 0
        base = next(t["base"] for t in page if t["unit"] == "families")
        low = cell["value"] - base // 2
        return max(low, GATE if category == "all" else SMALL + 1), low + base - 1

    def everybody(self):
        """Every authority some figure rests on, as places of one."""
        return self.base | {slug: [slug] for slug in self.parts}


class Mind:
    """Unknown whole numbers, and what is believed of them and their sums."""

    def __init__(self):
        self.at, self.low, self.high, self.rows, self.size = {}, [], [], [], {}

    def unknown(self, name):
        if name not in self.at:
            self.at[name] = len(self.low)
            self.low.append(0)
            self.high.append(MANY)
        return self.at[name]

    def believe(self, parts, low, high):
        """The sum of some unknowns, each with its factor, is from ``low`` to ``high``."""
        if low == high == 0 and all(factor > 0 for factor in parts.values()):
            for at in parts:
                self.high[at] = 0
        elif len(parts) == 1 and 1 in parts.values():
            (at,) = parts
            self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)
        elif parts:
            self.rows += [(parts, high)] if high < MANY else []
            if low > -MANY:
                self.rows.append(({at: -factor for at, factor in parts.items()}, -low))

    def ranges(self, goals):
        """For each goal (a sum, and how many values are enough) the least and the most it can be.

        Or a range already wide enough; None where what is believed contradicts itself.
        """
        bounds = np.column_stack([self.low, self.high])
        matrix, limits = self._matrix([row[0] for row in self.rows]), [row[1] for row in self.rows]
        weights, enough = self._matrix([goal for goal, _ in goals]), [n for _, n in goals]
        least, most = np.full(len(goals), np.inf), np.full(len(goals), -np.inf)

        def solve(objective):
            found = linprog(objective, matrix, limits, bounds=bounds, method="highs")
            assert found.status == 0, found.message
            if np.abs(found.x - np.round(found.x)).max() < NEAR:
                np.minimum(least, weights @ found.x, out=least)
                np.maximum(most, weights @ found.x, out=most)
            return found.fun

        def narrow():
            return [n for n in range(len(goals)) if not most[n] - least[n] + 1 + NEAR >= enough[n]]

        random = np.random.default_rng(len(goals))
        while len(left := narrow()) > 3:
            tilt = np.zeros(len(goals))
            tilt[left] = random.normal(size=len(left))
            for sign in (1, -1):
                solve(sign * (weights.T @ tilt))
            if len(left) - len(narrow()) < 2:
                break
        for n in narrow():
            goal = weights[[n]].toarray().ravel()
            least[n], most[n] = ceil(solve(goal) - NEAR), floor(NEAR - solve(-goal))
        return list(zip(least, most, strict=True))

    def _matrix(self, sums):
        entries = [(n, at, f) for n, parts in enumerate(sums) for at, f in parts.items()]
        where = np.array(entries, dtype=float).reshape(-1, 3)
        places = where[:, 0].astype(int), where[:, 1].astype(int)
        return csr_array((where[:, 2], places), shape=(len(sums), len(self.low)))


def attack(releases, enough=5):
    """Attack every column of one release or several: a category, or all bands, with the numbers of families.

    Returns
    -------
    dict of (release, place, table, category) to (least, most, how many are enough)
        And of (release, authority, table, category, release before, authority before), a difference.
    """
    columns = [("families", ("costed", "not_costed", "all"))]
    for release in releases:
        for page in release.pages.values():
            for table in page["tables"]:
                names = tuple(row["code"] for row in table["rows"])
                if table["table"] == "follow_up":
                    columns.append(("follow_up", ("came", "stayed_away", "followed")))
                elif table["unit"] == "families" and table["table"] != "families":
                    whole = table["table"] == "savings"
                    columns += [(table["table"], c) for c in ([names] if whole else zip(names))]
    found = {}
    for table, categories in dict.fromkeys(columns):
        mind, goals, shown = Mind(), {}, set()
        for n, release in enumerate(releases):
            _believe(mind, release, table, categories)
            for place, base in release.everybody().items():
                for name in categories:
                    cells = _cells(mind, release, base, table, name)
                    if (
                        place in release.pages
                        and release.cell(place, table, name)["value"] is not None
                    ):
                        shown.add(frozenset(cells.items()))
                    else:
                        goals[n, place, table, name] = cells
            for m, earlier in enumerate(releases[:n]):
                goals |= _differences(mind, (n, release), (m, earlier), table, categories)
        goals = {
            name: (cells, min(enough, 1 + _left(mind, cells)))
            for name, cells in goals.items()
            if frozenset(cells.items()) not in shown and any(mind.high[at] for at in cells)
        }
        ends = mind.ranges(list(goals.values()))
        found |= {name: (*end, goals[name][1]) for name, end in zip(goals, ends, strict=True)}
    return found


def attack_before(releases, n):
    """Attack release ``n`` (of those from 0) and those before it, without one table of its own.

    What is too narrow even so earlier releases tell, with who came and went; the release could not have hidden it.
    """
    pages = {place: page | {"tables": []} for place, page in releases[n].pages.items()}
    return attack([*releases[:n], replace(releases[n], pages=pages)])


def _left(mind, cells):
    """How many families a sum can be of at most, each counted once."""
    return sum(
        size for _, (_, size) in {(cells[at] > 0, mind.size[at]) for at in cells if mind.high[at]}
    )


def _sum(signed):
    total = {}
    for sign, cells in signed:
        for at, factor in cells.items():
            total[at] = total.get(at, 0) + sign * factor
    return {at: factor for at, factor in total.items() if factor}


def _cells(mind, release, base, table, category, only=None):
    """A cell as a sum of unknowns: of some authorities, or of one part of one."""
    parts = {"all": ("costed", "not_costed"), "followed": ("came", "stayed_away")}
    names = parts.get(category, (category,))
    table = "families" if category == "all" else table
    cells = []
    for part, size, called in (part for slug in base for part in release.parts[slug]):
        for name in names if only in (None, part) else ():
            at = mind.unknown((part, table, name, called.get((table, name))))
            mind.size[at] = part, MANY if size is None else size
            cells.append((1, {at: 1}))
    return _sum(cells)


def _believe(mind, release, table, categories):
    for slug, parts in release.parts.items():
        alone = _cells(mind, release, [slug], "families", "all")
        mind.believe(alone, *((GATE, MANY) if slug in release.pages else (0, GATE - 1)))
        for part, size, _ in parts:
            group = _cells(mind, release, [slug], "families", "all", part)
            mind.believe(group, *((0, MANY) if size is None else (size, size)))
            cells = [(1, _cells(mind, release, [slug], table, name, part)) for name in categories]
            if table == "savings":
                costed = _cells(mind, release, [slug], "families", "costed", part)
                mind.believe(_sum([*cells, (-1, costed)]), 0, 0)
            for _, cell in cells if table != "families" else ():
                mind.believe(_sum([(1, cell), (-1, group)]), -MANY, 0)
    for place, base in release.base.items():
        for name in ("all", "costed"):
            cells = _cells(mind, release, base, "families", name)
            mind.believe(cells, *release.between(place, "families", name))
        if release.table(place, "savings") or release.table(place, "costs"):
            mind.believe(cells, GATE, MANY)
        if table == "follow_up" and release.table(place, table):
            mind.believe(_cells(mind, release, base, table, "followed"), GATE, MANY)
        if table == "savings" and release.cell(place, "families", "costed")["value"] == 0:
            for name in categories:
                mind.believe(_cells(mind, release, base, table, name), 0, 0)
        for name in categories if table != "families" else ():
            cells = _cells(mind, release, base, table, name)
            mind.believe(cells, *release.between(place, table, name))


def _differences(mind, newer, older, table, categories):
    """How many more there are in an authority than in one released before that had most of its families."""
    (n, release), (m, earlier) = newer, older
    goals = {}
    for slug, parts in release.parts.items():
        for before, others in earlier.parts.items():
            if {part for part, *_ in parts} & {part for part, *_ in others}:
                for name in {*categories} - {"all"}:
                    now = _cells(mind, release, [slug], table, name)
                    then = _cells(mind, earlier, [before], table, name)
                    goals[n, slug, table, name, m, before] = _sum([(1, now), (-1, then)])
    return {name: goal for name, goal in goals.items() if goal}


def attack_money(release, numbers, measure):
    """Ranges (pounds) of every authority's hidden sum of money; ``numbers`` of costed families are told exactly."""
    slugs = sorted(slug for slug in numbers if numbers[slug])
    rows, limits, hidden = [], [], set(slugs)
    for place, base in release.base.items():
        costs = release.table(place, "costs")
        rows_of = (
            {row["code"]: row["cells"]["mean"]["value"] for row in costs["rows"]} if costs else {}
        )
        if (mean := rows_of.get(measure)) is not None:
            hidden -= {place}
            half = max(1, 10 ** (len(str(mean)) - costs["digits"])) / 2
            families = sum(numbers[slug] for slug in base if slug in slugs)
            line = np.array([float(slug in base) for slug in slugs])
            rows += [line, -line]
            limits += [(mean + half) * families, -(mean - half) * families]
    ranges = {}
    for slug in sorted(hidden):
        goal = np.array([float(slug == other) for other in slugs])
        ends = []
        for sign in (1, -1):
            bounds = [(0, 1e9)] * len(slugs)
            matrix = np.array(rows) if rows else None
            found = linprog(sign * goal, matrix, limits or None, bounds=bounds, method="highs")
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        ranges[slug] = tuple(ends)
    return ranges
