"""A system of unknowns: everything known of hidden figures and of their sums.

In: figures with their truth, and knowledge as ranges of sums. Out: :class:`System`, :class:`Target` and
:class:`Exposure`, which :mod:`larcnb.disclosure.linear` works on.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from math import ceil, floor, inf

NEAR = 1e-6
Tag = Hashable
Row = tuple[Mapping[int, float], float, float, Tag]


class Infeasible(RuntimeError):
    """What is known contradicts itself; for the true knowledge a bug."""


@dataclass(frozen=True)
class Target:
    """A hidden figure: a sum of unknowns that must keep a wide enough range.

    Parameters
    ----------
    name : hashable
    terms : dict of unknown's index to coefficient
    values : int
        How many whole numbers the range must hold; 0 where ``room`` counts.
    room : float
        How far the range must reach below and above the truth.
    """

    name: Hashable
    terms: Mapping[int, float]
    values: int = 0
    room: float = 0.0

    def is_safe(self, low: float, high: float, truth: float) -> bool:
        """Whether a range is wide enough."""
        if self.values:
            return floor(high + NEAR) - ceil(low - NEAR) + 1 >= self.values
        slack = NEAR * max(1.0, abs(truth))
        return low <= max(truth - self.room, 0.0) + slack and high >= truth + self.room - slack


@dataclass(frozen=True)
class Exposure:
    """A target that is not safe: its range, and the tags of the knowledge that bounds it."""

    target: Target
    low: float
    high: float
    binding: tuple[Tag, ...]


@dataclass
class System:
    """Unknowns, none below nought, and what is known of them."""

    index: dict[Hashable, int] = field(default_factory=dict)
    truth: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    low_tag: list[Tag] = field(default_factory=list)
    high_tag: list[Tag] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    first: set[int] = field(default_factory=set)
    solved: int = 0

    def unknown(self, name: Hashable, truth: float, first: bool = False) -> int:
        """The index of an unknown, made if it is new; ``first`` marks the kind that others are tied to."""
        if name not in self.index:
            self.index[name] = len(self.truth)
            self.truth.append(truth)
            self.low.append(0.0)
            self.high.append(inf)
            self.low_tag.append(None)
            self.high_tag.append(None)
            if first:
                self.first.add(self.index[name])
        return self.index[name]

    def know(self, terms: Mapping[int, float], low: float, high: float, tag: Tag) -> None:
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
        if len(terms) == 1 and next(iter(terms.values())) == 1:
            where = next(iter(terms))
            if low > self.low[where]:
                self.low[where], self.low_tag[where] = low, tag
            if high < self.high[where]:
                self.high[where], self.high_tag[where] = high, tag
        else:
            self.rows.append((terms, low, high, tag))

    def can_bind(self, row: Row) -> bool:
        """Whether a row tells anything that the unknowns' own limits do not."""
        terms, low, high, _ = row
        least = sum(f * (self.low[w] if f > 0 else self.high[w]) for w, f in terms.items())
        most = sum(f * (self.high[w] if f > 0 else self.low[w]) for w, f in terms.items())
        return least < low - NEAR or most > high + NEAR

    def value(self, terms: Mapping[int, float]) -> float:
        """The true value of a sum of unknowns."""
        return sum(factor * self.truth[where] for where, factor in terms.items())
