"""What a person's future is worth: its weight, and its cost year by year, for many sets of values at once.

In: spells of the futures library, assumptions and a table of values under their names. Out: arrays of GBP at the price
base, floats before any rounding (METHOD.md part 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from larcnb.params import Assumptions
from larcnb.sensitivity.selection import Spell

Table = Mapping[str, np.ndarray]
"""Values under their names, each an array of n (or of one, for all n): see :func:`larcnb.sensitivity.model.central`."""
ONE = np.ones(1)


def weight(a: Assumptions, values: Table, future: str, likelihood: str) -> np.ndarray:
    """The weight of a counted future, 0 to 1 (METHOD.md part 2)."""
    if a.weighting == "accepted":
        return np.ones(1)
    if a.weighting == "observed" and f"rate.{future}" in values:
        return values[f"rate.{future}"]
    return values[f"probability.{likelihood}"]


def worth(
    spells: Sequence[Spell], units: Sequence[float], a: Assumptions, values: Table, decay: np.ndarray
) -> tuple[int, np.ndarray]:
    """What one person's spells would have cost in each year in which any of them runs, before their weights.

    ``quantity x unit value x overlap x attribution x (1 - deadweight) x (1 - benefit_correction) x decay``

    Parameters
    ----------
    spells : sequence of Spell
    units : sequence of float
        Each one's GBP a unit at the price base.
    a : Assumptions
        For ``long_years``.
    values : dict of name to array
        :func:`larcnb.sensitivity.model.central`, with whatever a table puts in place.
    decay : array, years x n
        :func:`decays`.

    Returns
    -------
    int, array
        The first year t, and GBP at the price base from it on, spells x years x n (none where all begin too late).
    """
    start, years = np.array([(spell.start, spell.years) for spell in spells]).T[:, :, None]
    end = start + years * stack(values, [f"years.{spell.future}" for spell in spells])
    first, share = _share_of_years(start[:, None], end[:, None], a.long_years)
    return first, _a_year(spells, units, values)[:, None] * share * decay[first : first + share.shape[1]]


def worth_in_all(
    spells: Sequence[Spell], units: Sequence[float], values: Table, decay: np.ndarray, years: int
) -> np.ndarray:
    """What one person's spells would have cost in the first so many years: :func:`worth` added up, spells x n."""
    if not spells:
        return np.zeros((0, 1))
    running: dict[tuple[str, float, float], np.ndarray] = {}
    for spell in spells:
        key = (spell.future, spell.start, spell.years)
        if key not in running:  # spells of one future often run side by side
            end = spell.start + spell.years * values.get(f"years.{spell.future}", ONE)
            first, share = _share_of_years(np.array([[spell.start]]), end[None], years)
            running[key] = (share * decay[first : first + len(share)]).sum(0)
    return _a_year(spells, units, values) * rows([running[spell.future, spell.start, spell.years] for spell in spells])


def _a_year(spells: Sequence[Spell], units: Sequence[float], values: Table) -> np.ndarray:
    """What a whole first year of one person's spells would cost, without decay: spells x n."""
    quantity, unit = np.array([(spell.quantity, unit) for spell, unit in zip(spells, units, strict=True)]).T[:, :, None]
    corrected = stack(values, [f"benefit_correction.{spell.grade}" for spell in spells])
    base = quantity * unit * (values["attribution"] * (1 - values["deadweight"]) * (1 - corrected))
    return base * stack(values, [f"unit.{spell.item}" for spell in spells]) * values.get("real", 1.0)


def _share_of_years(start: np.ndarray, end: np.ndarray, most: int) -> tuple[int, np.ndarray]:
    """The first year in which anything runs, and from it on, before year ``most``, the share of each that does."""
    first, last = int(start.min()), int(min(most, np.ceil(end.max())))
    t = np.arange(first, max(first, last))[:, None]
    return first, np.maximum(0.0, np.minimum(t + 1, end) - np.maximum(t, start))


def stack(values: Table, names: Sequence[str]) -> np.ndarray:
    """The values under some names, 1 where there is none: names x n."""
    return rows([values.get(name, ONE) for name in names])


def rows(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays of n, or of one for all n, below each other."""
    out = np.empty((len(arrays), max(map(len, arrays), default=1)))
    for row, array in zip(out, arrays, strict=True):
        row[:] = array
    return out


def decays(a: Assumptions, values: Table) -> np.ndarray:
    """``((1 - drop_off) / (1 + discount_rate))^t`` for t below ``long_years``: years x n."""
    each = (1 - values["drop_off"]) / (1 + values["discount_rate"])
    out = np.ones((a.long_years, *each.shape))
    out[1:] = each
    return np.cumprod(out, axis=0)
