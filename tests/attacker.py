"""Somebody who wants to know what a public edition hides, armed with what it publishes and a programme solver.

In: the JSON of one release or several, as anybody can download it. Out: for each hidden figure, the whole numbers it
can still be. Written from the published rules alone; shares no code with the package. It is told more than the public:
which authorities a wider figure rests on, which authorities sent the same families again, that families once counted
stay counted, and (``told``) which hidden figures are hidden for being small.
"""

from math import ceil, floor

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

MANY = 1_000_000


class Attacker:
    """One attack on one column: a category of a table, together with the numbers of families."""

    def __init__(self):
        self.names, self.low, self.high, self.rows = {}, [], [], []

    def figure(self, name, low=0, high=MANY):
        """An unknown; what is known of it is added to what was."""
        if name not in self.names:
            self.names[name] = len(self.low)
            self.low.append(0)
            self.high.append(MANY)
        at = self.names[name]
        self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)
        return at

    def total(self, parts, low, high):
        """The sum of some unknowns, each with its sign, is from ``low`` to ``high``."""
        if len(parts) == 1 and parts[0][1] == 1:
            at = parts[0][0]
            self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)
        else:
            self.rows.append((parts, low, high))

    def possible(self, goals, enough):
        """For each goal (a sum of unknowns) the least and the most it can be, or a range already wide enough.

        None where what is believed contradicts itself.
        """
        upper, limit = [], []
        for parts, low, high in self.rows:
            if high < MANY:
                upper.append(parts)
                limit.append(high)
            if low > -MANY:
                upper.append([(at, -sign) for at, sign in parts])
                limit.append(-low)
        where = [(n, at, sign) for n, parts in enumerate(upper) for at, sign in parts]
        rows, columns, signs = (
            (np.array(x) for x in zip(*where, strict=True)) if where else ([], [], [])
        )
        matrix = (
            csr_array((signs, (rows, columns)), shape=(len(upper), len(self.low)))
            if where
            else None
        )
        bounds = np.column_stack([self.low, self.high])
        if (bounds[:, 0] > bounds[:, 1]).any():
            return None
        weights = np.zeros((len(goals), len(self.low)))
        for n, goal in enumerate(goals):
            for at, sign in goal:
                weights[n, at] += sign
        seen = np.column_stack([np.full(len(goals), np.inf), np.full(len(goals), -np.inf)])
        random = np.random.default_rng(len(goals))

        def solve(objective):
            found = linprog(
                objective, A_ub=matrix, b_ub=limit if where else None, bounds=bounds, method="highs"
            )
            if found.status == 2:
                return None
            assert found.status == 0, found.message
            values = weights @ found.x
            if np.abs(found.x - np.round(found.x)).max() < 1e-6:
                seen[:, 0], seen[:, 1] = (
                    np.minimum(seen[:, 0], values),
                    np.maximum(seen[:, 1], values),
                )
            return found.fun

        def wide(n):
            return (
                np.isfinite(seen[n, 0])
                and floor(seen[n, 1] + 1e-6) - ceil(seen[n, 0] - 1e-6) + 1 >= enough
            )

        for _ in range(12):
            tilt = random.normal(size=len(goals)) * [not wide(n) for n in range(len(goals))]
            if np.count_nonzero(tilt) < 4:
                break
            for sign in (1, -1):
                if solve(sign * (tilt @ weights)) is None:
                    return None
        ranges = []
        for n in range(len(goals)):
            if wide(n):
                ranges.append((ceil(seen[n, 0] - 1e-6), floor(seen[n, 1] + 1e-6)))
                continue
            least, most = solve(weights[n]), solve(-weights[n])
            if least is None or most is None:
                return None
            ranges.append((ceil(least - 1e-6), floor(-most + 1e-6)))
        return ranges


def between(cell, table, kind, small_is_known, belief):
    """What a cell of a page says of the number behind it."""
    if cell["value"] == 0:
        return 0, 0
    if cell["value"] is not None:
        base = table["base"]
        return max(cell["value"] - base // 2, table["small"] + 1), cell[
            "value"
        ] - base // 2 + base - 1
    if cell["symbol"] == "[c]":
        return 1, table["small"] if belief == "trusting" or (
            belief == "told" and small_is_known
        ) else MANY
    return 0, MANY


def attack(releases, extra, belief="told", enough=5):
    """Attack every column of one release or several.

    Parameters
    ----------
    releases : list of dict
        ``places``: id to the page's JSON. ``base``: id to the authorities it rests on.
    extra : dict
        ``small``: set of (release, place, table, category) hidden for being small. ``same``: (n, slug, table, category)
        to the earlier release with the same families in it, else n itself. ``grown``: set of (n, slug) all of whose
        families of the release before are still there.
    belief : str
        ``told`` · ``trusting``: every [c] is small (where that can be) · ``plain``: a [c] may be any number from 1.

    Returns
    -------
    dict of (release, place, table, category) to (least, most)
        And of (release, authority, table, category, "change"): how many more than in the release before.
    """
    columns = []
    for release in releases:
        for page in release["places"].values():
            for table in page["tables"]:
                if table["unit"] == "families":
                    column = (table["table"], table["table"] == "savings" or None)
                    names = [row["code"] for row in table["rows"]]
                    columns += (
                        [(column[0], tuple(names))]
                        if column[1]
                        else [(column[0], (name,)) for name in names]
                    )
    found = {}
    for table, categories in dict.fromkeys(columns):
        ranges = _column(releases, extra, table, categories, belief, enough)
        if ranges is None and belief == "trusting":
            ranges = _column(releases, extra, table, categories, "plain", enough)
        assert ranges is not None, (table, categories)
        found |= ranges
    return found


def _column(releases, extra, table, categories, belief, enough):
    mind, goals = Attacker(), {}
    for n, release in enumerate(releases):
        pages = {
            place: {t["table"]: t for t in page["tables"]}
            for place, page in release["places"].items()
        }
        everybody = sorted({slug for base in release["base"].values() for slug in base})

        def unknown(slug, of, name, n=n):
            return mind.figure((extra["same"].get((n, slug, of, name), n), slug, of, name))

        def families(slugs):
            return [
                (unknown(slug, "families", name), 1)
                for slug in slugs
                for name in ("costed", "not_costed")
            ]  # noqa: B023

        def cells(slugs, name):
            return [(unknown(slug, table, name), 1) for slug in slugs]  # noqa: B023

        gate = 10
        for slug in everybody:
            low, high = (gate, MANY) if slug in pages else (0, gate - 1)
            mind.total(families([slug]), low, high)
            for name in categories:
                if table != "families":
                    mind.total(
                        [*cells([slug], name), *[(at, -1) for at, _ in families([slug])]], -MANY, 0
                    )
            if table == "savings":
                costed = unknown(slug, "families", "costed")
                parts = [part for name in categories for part in cells([slug], name)]
                mind.total([*parts, (costed, -1)], 0, 0)
        for place, base in release["base"].items():
            kind = release["places"][place]["place"]["kind"]
            here = pages[place]
            mind.total(families(base), gate, MANY)
            of_all = next((t for t in here.values() if t["group_label"] == "Families"), None)
            if of_all:
                mind.total(families(base), *between(of_all["group"], of_all, kind, False, belief))
            if "families" in here:
                costed = here["families"]["rows"][0]["cells"]["families"]
                is_small = (n, place, "families", "costed") in extra["small"]
                low, high = between(costed, here["families"], kind, is_small, belief)
                mind.total([(unknown(slug, "families", "costed"), 1) for slug in base], low, high)
            if table == "savings" and table in here:
                mind.total([(unknown(slug, "families", "costed"), 1) for slug in base], gate, MANY)
            rows = {row["code"]: row for row in here[table]["rows"]} if table in here else {}
            for name in categories:
                cell = (
                    rows[name]["cells"]["families"] if rows else {"value": None, "symbol": "gone"}
                )
                is_small = (n, place, table, name) in extra["small"]
                low, high = between(cell, here.get(table), kind, is_small, belief)
                mind.total(cells(base, name), low, high)
                if cell["value"] is None:
                    goals[n, place, table, name] = cells(base, name)
        for slug in everybody:
            if slug not in pages:
                for name in categories:
                    goals[n, slug, table, name] = cells([slug], name)
                if table == "families":
                    goals[n, slug, "families", "all"] = families([slug])
        for slug in everybody:
            if n and (n, slug) in extra["grown"]:
                for name in categories:
                    now, then = unknown(slug, table, name), unknown(slug, table, name, n - 1)
                    if now != then:
                        mind.total([(now, 1), (then, -1)], 0, MANY)
        for slug in (
            {*everybody} & {slug for base in releases[n - 1]["base"].values() for slug in base}
            if n
            else ()
        ):
            for name in categories:
                now, then = unknown(slug, table, name), unknown(slug, table, name, n - 1)
                if now != then:
                    goals[n, slug, table, name, "change"] = [(now, 1), (then, -1)]
    answers = mind.possible(list(goals.values()), enough)
    if answers is None:
        return None
    return dict(zip(goals, answers, strict=True))


def attack_money(release, numbers, measure):
    """Ranges of every authority's hidden sum of money, all numbers of costed families told exactly.

    Parameters
    ----------
    numbers : dict of slug to costed families

    Returns
    -------
    dict of slug to (least, most) pounds
    """
    slugs = sorted(slug for slug in numbers if numbers[slug])
    at = {slug: n for n, slug in enumerate(slugs)}
    rows, limits = [], []
    hidden = set(slugs)
    for place, page in release["places"].items():
        costs = next((t for t in page["tables"] if t["table"] == "costs"), None)
        if not costs:
            continue
        cell = next(row for row in costs["rows"] if row["code"] == measure)["cells"]["mean"]
        base = [slug for slug in release["base"][place] if slug in at]
        if cell["value"] is None:
            continue
        hidden -= {place}
        half = max(1, 10 ** (len(str(cell["value"])) - costs["digits"])) / 2
        families = sum(numbers[slug] for slug in base)
        line = np.zeros(len(slugs))
        line[[at[slug] for slug in base]] = 1
        rows += [line, -line]
        limits += [(cell["value"] + half) * families, -(cell["value"] - half) * families]
    ranges = {}
    for slug in sorted(hidden):
        goal = np.zeros(len(slugs))
        goal[at[slug]] = 1
        ends = []
        for sign in (1, -1):
            found = linprog(
                sign * goal,
                A_ub=np.array(rows) if rows else None,
                b_ub=limits or None,
                method="highs",
                bounds=[(0, 1e9)] * len(slugs),
            )
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        ranges[slug] = tuple(ends)
    return ranges
