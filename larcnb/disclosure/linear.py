"""What linear knowledge gives away: how narrow the range of a hidden figure becomes.

In: :class:`System`, unknowns with everything known of them and of their sums. Out: :func:`exposed`, the targets whose
range is too narrow, each with the pieces of knowledge that make it so. Linear programmes by HiGHS, sparse, one for each
independent part of the system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from larcnb.disclosure.system import NEAR, Exposure, Infeasible, Row, System, Tag, Target

PAIRS = 20
"""Most pairs of programmes with random signs that look for wide ranges before any target is looked at alone."""
NODES, OUT_OF_NODES = 200, 1
"""Branches a search over whole numbers may take, and scipy's word that they were not enough. The least found by then
is possible, so the range is taken for too narrow rather than for too wide."""


def exposed(system: System, targets: Sequence[Target]) -> list[Exposure]:
    """Find the targets whose range, given all that is known, is too narrow.

    A feasible point found for many targets at once proves its values possible; only targets it does not clear get
    a programme of their own, least and most. Rows that tie unknowns of the first kind to others are first left out,
    which only widens ranges: what is too narrow even so is exposed. What they could narrow is then looked at with
    all rows together.

    Returns
    -------
    list of Exposure
        In the order of ``targets``.
    """
    if not targets:
        return []
    rows = [row for row in system.rows if system.can_bind(row)]
    tying = [row for row in rows if len({w in system.first for w in row[0]}) == 2]
    plain = [row for row in rows if len({w in system.first for w in row[0]}) == 1]
    found: dict[int, Exposure] = {}
    tied = _touched(system, plain, tying)
    doubtful: list[int] = []
    for members, part in _parts(system, plain, targets):
        results = part.check()
        found |= {n: result for n, result in zip(members, results, strict=True) if result}
        if tied & set(part.used):
            doubtful += [n for n in members if n not in found]
    for members, part in _parts(system, rows, [targets[n] for n in doubtful]):
        results = part.check()
        found |= {doubtful[n]: result for n, result in zip(members, results, strict=True) if result}
    return [found[n] for n in sorted(found)]


def _touched(system: System, plain: list[Row], tying: list[Row]) -> set[int]:
    """The unknowns whose range the tying rows could narrow: those in them, and all tied to these."""
    label = _label(system, [list(row[0]) for row in plain])
    parts = {label[w] for row in tying for w in row[0]}
    return {w for w in range(len(system.truth)) if label[w] in parts}


def _label(system: System, links: list[list[int]]) -> np.ndarray:
    one = np.array([terms[0] for terms in links for _ in terms], dtype=int)
    other = np.array([where for terms in links for where in terms], dtype=int)
    size = len(system.truth)
    return connected_components(
        coo_array((np.ones(len(one)), (one, other)), shape=(size, size)), directed=False
    )[1]


def _parts(
    system: System, rows: list[Row], targets: Sequence[Target]
) -> list[tuple[list[int], _Part]]:
    """The independent parts of a system that hold targets, with the targets' numbers."""
    label = _label(
        system, [list(row[0]) for row in rows] + [list(target.terms) for target in targets]
    )
    members: dict[int, list[int]] = {}
    for n, target in enumerate(targets):
        members.setdefault(label[next(iter(target.terms))], []).append(n)
    inside: dict[int, list[Row]] = {}
    for row in rows:
        inside.setdefault(label[next(iter(row[0]))], []).append(row)
    return [
        (which, _Part(system, inside.get(part, []), [targets[n] for n in which]))
        for part, which in members.items()
    ]


class _Part:
    """One independent part of a system, with its targets."""

    def __init__(self, system: System, rows: list[Row], targets: list[Target]) -> None:
        self.system, self.targets, self.rows = system, targets, rows
        used = sorted(
            {w for row in self.rows for w in row[0]} | {w for t in targets for w in t.terms}
        )
        self.place = {where: n for n, where in enumerate(used)}
        self.used = used
        self.low = np.array([system.low[w] for w in used])
        self.high = np.array([system.high[w] for w in used])
        self.matrix = self._sparse([row[0] for row in self.rows])
        self.bottom = np.array([row[1] for row in self.rows])
        self.top = np.array([row[2] for row in self.rows])
        self.whole = bool(targets[0].values)

    def _sparse(self, sums: list[Mapping[int, float]]) -> csr_array:
        entries = [(n, self.place[w], f) for n, terms in enumerate(sums) for w, f in terms.items()]
        at = np.array(entries, dtype=float).reshape(-1, 3)
        shape = (len(sums), len(self.used))
        return csr_array((at[:, 2], (at[:, 0].astype(int), at[:, 1].astype(int))), shape=shape)

    def check(self) -> list[Exposure | None]:
        """For each target, its exposure or None."""
        goals = self._sparse([t.terms for t in self.targets])
        truth = np.array([self.system.value(t.terms) for t in self.targets])
        least, most = truth.copy(), truth.copy()

        def open_targets() -> list[int]:
            return [
                n for n, t in enumerate(self.targets) if not t.is_safe(least[n], most[n], truth[n])
            ]

        if not self.rows:
            least, most = _extent(goals, self.low, self.high)
        else:
            random = np.random.default_rng(len(self.targets))
            for _ in range(PAIRS):
                left = open_targets()
                if len(left) < 3:
                    break
                signs = np.zeros(len(self.targets))
                signs[left] = random.choice([-1.0, 1.0], len(left)) * random.exponential(
                    1.0, len(left)
                )
                for direction in (1.0, -1.0):
                    point = self.point(goals.T @ (direction * signs))
                    if point is not None:
                        values = goals @ point
                        least, most = np.minimum(least, values), np.maximum(most, values)
                if len(left) - len(open_targets()) < 2:
                    break
        results: list[Exposure | None] = [None] * len(self.targets)
        for n in open_targets():
            results[n] = self._alone(self.targets[n], goals[[n]].toarray().ravel(), truth[n])
        return results

    def point(self, objective: np.ndarray) -> np.ndarray | None:
        """A feasible point, whole where it must be, that makes an objective small; None where there is none."""
        try:
            point = self._solve(objective)[0]
        except Infeasible:
            return None
        if self.whole and np.abs(point - np.round(point)).max(initial=0) > NEAR:
            return self._whole(objective)
        return point

    def _alone(self, target: Target, goal: np.ndarray, truth: float) -> Exposure | None:
        """Least and most of one target; what binds them where the range is too narrow."""
        if not self.rows:
            low, high = (
                float(end[0]) for end in _extent(csr_array(goal[None, :]), self.low, self.high)
            )
            binding = self._bounds_of(goal)
            return (
                None if target.is_safe(low, high, truth) else Exposure(target, low, high, binding)
            )
        ends, tags = [], []
        for sign in (1.0, -1.0):
            point, bound = self._solve(sign * goal)
            value = float(goal @ point)
            if self.whole and np.abs(point - np.round(point)).max() > NEAR:
                value = self._whole_end(sign * goal, sign * truth) * sign
            ends.append(value)
            enough = (0.0, value) if sign < 0 else (value, inf)
            if self.whole or not target.is_safe(*enough, truth):
                tags += [tag for tag in bound if tag is not None and tag not in tags]
        return None if target.is_safe(*ends, truth) else Exposure(target, *ends, tuple(tags))

    def _solve(self, objective: np.ndarray) -> tuple[np.ndarray, list[Tag]]:
        """Solve one programme; the tags of what binds its optimum."""
        self.system.solved += 1
        equal = self.bottom == self.top
        over, under = ~equal & np.isfinite(self.top), ~equal & np.isfinite(self.bottom)
        less = np.concatenate([np.flatnonzero(over), np.flatnonzero(under)])
        sign = np.concatenate([np.ones(over.sum()), -np.ones(under.sum())])
        matrix = self.matrix[less] * sign[:, None] if len(less) else None
        limit = np.concatenate([self.top[over], -self.bottom[under]]) if len(less) else None
        found = linprog(
            objective,
            A_ub=matrix,
            b_ub=limit,
            A_eq=self.matrix[np.flatnonzero(equal)] if equal.any() else None,
            b_eq=self.top[equal] if equal.any() else None,
            bounds=np.column_stack([self.low, self.high]),
            method="highs",
        )
        if found.status == 2:
            raise Infeasible
        if found.status != 0:
            raise RuntimeError(f"A programme of the audit was not solved (status {found.status}).")
        tags = [
            self.system.low_tag[self.used[n]]
            for n in np.flatnonzero(np.abs(found.lower.marginals) > NEAR)
        ]
        tags += [
            self.system.high_tag[self.used[n]]
            for n in np.flatnonzero(np.abs(found.upper.marginals) > NEAR)
        ]
        if len(less):
            tags += [
                self.rows[less[n]][3]
                for n in np.flatnonzero(np.abs(found.ineqlin.marginals) > NEAR)
            ]
        if equal.any():
            which = np.flatnonzero(equal)
            tags += [
                self.rows[which[n]][3] for n in np.flatnonzero(np.abs(found.eqlin.marginals) > NEAR)
            ]
        return found.x, tags

    def _whole_end(self, objective: np.ndarray, truth: float) -> float:
        """The least of an objective over whole solutions; of a search too long, the least found possible."""
        point = self._whole(objective)
        return truth if point is None else min(truth, float(objective @ point))

    def _whole(self, objective: np.ndarray) -> np.ndarray | None:
        """The whole solution that makes an objective least, or of a search too long the best found, if any."""
        self.system.solved += 1
        constraint = LinearConstraint(self.matrix, self.bottom, self.top)
        found = milp(
            objective,
            constraints=constraint,
            bounds=Bounds(self.low, self.high),
            integrality=np.ones(len(self.used)),
            options={"node_limit": NODES},
        )
        if found.status not in (0, OUT_OF_NODES):
            raise RuntimeError(f"A programme of the audit was not solved (status {found.status}).")
        return None if found.x is None else np.round(found.x)

    def _bounds_of(self, goal: np.ndarray) -> tuple[Tag, ...]:
        where = [self.used[n] for n in np.flatnonzero(goal)]
        tags = [self.system.low_tag[w] for w in where] + [self.system.high_tag[w] for w in where]
        return tuple(dict.fromkeys(tag for tag in tags if tag is not None))


def _extent(goals: csr_array, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and most of sums whose unknowns nothing ties together."""
    up, down = goals.maximum(0), goals.minimum(0)
    return up @ low + down @ high, up @ high + down @ low
