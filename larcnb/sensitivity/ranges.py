"""Ranges: what each assumption may become, as the preset's log says, and how to walk along it.

In: assumptions and the log of their preset. Out: :class:`Range`, whose positions run from 0 (low end) to 1 (high
end), and beyond to -1 and 2, the ends of what is allowed at all. No range stands in code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from larcnb import codes
from larcnb.params import Assumptions
from larcnb.params.assumptions import ASSUMPTIONS, KEYS, LIMITS, WHOLE

LABELS = {
    "weighting": "How a future is weighted",
    "accept_at": "From which likelihood a future counts",
    "probability": "What the agreed likelihoods stand for",
    "discount_rate": "Discount rate a year",
    "deadweight": "Deadweight: would have come right anyway",
    "attribution": "Attribution: owed to the process",
    "drop_off": "Drop-off of the effect a year",
    "benefit_correction": "Optimism taken off the futures",
    "cost_correction": "Optimism added to the inputs",
    "short_years": "Years of the short term",
    "long_years": "Years of the long term",
}
WORDS = {
    "weighting": {"accepted": "in full", "expected": "by its likelihood", "observed": "as in comparison families"},
    "accept_at": codes.LIKELIHOOD,
}


@dataclass(frozen=True)
class Range:
    """One assumption's range.

    Parameters
    ----------
    name : str
        The assumption.
    central : float, str or dict
        Its value.
    low, high : float or dict
        The ends of the range; for words the first and the last.
    choices : tuple
        Every value of an assumption in words or whole years, in order; empty for a continuous one.
    widened : bool
        The value lay outside the log's range, which was widened to hold it.
    """

    name: str
    central: Any
    low: Any
    high: Any
    choices: tuple = ()
    widened: bool = False

    @property
    def label(self) -> str:
        """The assumption in words."""
        return LABELS[self.name]

    def at(self, position: float) -> Any:
        """The value at a position of a continuous range: 0 low, 1 high, -1 and 2 the ends of what is allowed."""
        if self.name in KEYS:
            return {key: self._between(self.low[key], self.high[key], position) for key in self.central}
        return self._between(self.low, self.high, position)

    def _between(self, low: float, high: float, position: float) -> float:
        least, most = LIMITS[self.name]
        if position < 0:
            return low + (low - least) * position
        return low + (high - low) * position if position <= 1 else high + (most - high) * (position - 1)

    def table(self, positions: np.ndarray) -> dict[str, np.ndarray]:
        """A table of :mod:`larcnb.sensitivity.model` with the values at the positions."""
        values = [self.at(float(position)) for position in positions]
        if self.name in KEYS:
            return {f"{self.name}.{key}": np.array([value[key] for value in values]) for key in self.central}
        return {self.name: np.array(values)}

    def written(self, value: Any, keys: tuple = ()) -> str:
        """Write a value as a reader knows it; of a mapping only the last two of ``keys``, or its last.

        Examples
        --------
        >>> Range("deadweight", 0.0, 0.0, 0.6).written(0.15)
        '15%'
        """
        if self.name in WORDS:
            return WORDS[self.name][value].lower()
        if self.name in WHOLE:
            return f"{value:g} years" if value != 1 else "1 year"
        if self.name in KEYS:
            shown = [key for key in value if key in keys][-2:] or list(value)[-1:]
            names = [codes.LIKELIHOOD.get(key, f"grade {key}").lower() for key in shown]
            return ", ".join(f"{name} {_percent(value[key])}" for name, key in zip(names, shown, strict=True))
        return _percent(value)


def ranges(a: Assumptions, log: Mapping[str, Mapping[str, Any]]) -> dict[str, Range]:
    """The range of each assumption that has one, in the order of METHOD.md part 3.

    Parameters
    ----------
    a : Assumptions
    log : dict of assumption to its entry
        :attr:`larcnb.params.Preset.log` of the preset the assumptions come from.

    Returns
    -------
    dict of assumption to Range
        A value outside its range widens it.
    """
    ranged = [name for name in ASSUMPTIONS if log.get(name, {}).get("range")]
    return {name: _range(name, getattr(a, name), log[name]["range"]) for name in ranged}


def _range(name: str, value: Any, ends: Any) -> Range:
    if name in WORDS:
        order = list(WORDS[name])
        places = [order.index(word) for word in ends]
        within = range(min(places), max(places) + 1) if name == "accept_at" else sorted(places)
        choices = tuple(order[place] for place in sorted({*within, order.index(value)}))
        return Range(name, value, choices[0], choices[-1], choices, value not in ends and len(choices) > len(within))
    if name in KEYS:
        pairs = {key: _ends(ends[str(key)], value[key]) for key in value}
        low, high = ({key: pair[end] for key, pair in pairs.items()} for end in (0, 1))
        return Range(name, dict(value), low, high, (), any(pair[2] for pair in pairs.values()))
    low, high, widened = _ends(ends, value)
    choices = tuple(range(int(low), int(high) + 1)) if name in WHOLE else ()
    return Range(name, value, low, high, choices, widened)


def _ends(ends: list[float], value: float) -> tuple[float, float, bool]:
    low, high = float(ends[0]), float(ends[1])
    return min(low, value), max(high, value), not low <= value <= high


def _percent(share: float) -> str:
    return f"{round(share * 100, 1):g}%"
