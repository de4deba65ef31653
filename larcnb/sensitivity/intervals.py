"""Intervals and chances: what the draws say of a saving, by horizon, year and payer.

In: a :class:`~larcnb.sensitivity.simulate.Simulation`. Out: frames of mean, median, intervals and chance of saving.
Every row says its ``basis``: ``expectation`` (each future at its chance) or ``luck`` (it happens or not).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.sensitivity.simulate import Simulation

BASIS = {
    False: "expectation",
    True: "luck",
}
HORIZONS = ("short", "long")
SHOWN = (0.80, 0.95)
"""Shares of chance of the intervals (METHOD.md part 4): columns ``low80``, ``high80``, ``low95``, ``high95``."""


def interval(draws: np.ndarray, shown: Iterable[float] = SHOWN) -> dict[str, float]:
    """Mean, median, intervals and the chance of being at or above nil.

    Parameters
    ----------
    draws : array of n
    shown : iterable of float
        Shares of chance, such as 0.8 and 0.95: the columns ``low80``, ``high80``, ``low95``, ``high95``.

    Examples
    --------
    >>> interval(np.arange(-1.0, 4.0), [0.5])
    {'mean': 1.0, 'median': 1.0, 'low50': 0.0, 'high50': 2.0, 'chance': 0.8}
    """
    shown = tuple(shown)
    return dict(zip(columns(shown), of_ordered(np.sort(draws), shown).tolist(), strict=True))


def of_ordered(ordered: np.ndarray, shown: tuple[float, ...] = SHOWN) -> np.ndarray:
    """The figures of :func:`interval` for draws in rising order, ... x n: ... x columns."""
    n = ordered.shape[-1]
    _, below, above, part = _quantile_places(n, shown)
    low = ordered[..., below].astype(float)
    ends = low + part * (ordered[..., above] - low)
    nil = ordered.dtype.type(0)
    below_nil = [row.searchsorted(nil) for row in ordered.reshape(-1, n)]
    chance = 1 - np.array(below_nil, dtype=float).reshape(ordered.shape[:-1]) / n
    return np.concatenate([np.add.reduce(ordered, axis=-1)[..., None] / n, ends, chance[..., None]], axis=-1)


def columns(shown: tuple[float, ...] = SHOWN) -> list[str]:
    """The names of the figures of :func:`interval`, in order."""
    return ["mean", *_quantile_places(1, shown)[0], "chance"]


def savings(simulation: Simulation) -> pd.DataFrame:
    """The saving of all cases together, by horizon and basis.

    Returns
    -------
    DataFrame, four rows
        ``horizon``, ``basis``, ``central`` (the deterministic saving, to the penny) and the columns of
        :func:`interval`; GBP at the price base.
    """
    rows = []
    for horizon in HORIZONS:
        for luck, basis in BASIS.items():
            drawn = interval(simulation.saving(horizon, luck))
            rows.append({"horizon": horizon, "basis": basis, "central": simulation.exact.saving(horizon)[0], **drawn})
    return pd.DataFrame(rows)


def fan(simulation: Simulation, luck: bool = False) -> pd.DataFrame:
    """The saving up to the end of each year: the fan's middle and edges, and the chance of being paid back by then.

    Returns
    -------
    DataFrame, one row a year
        ``year`` (0 is the end of the episode), ``basis``, ``central`` and the columns of :func:`interval`.
    """
    middle = np.concatenate([[0.0], np.cumsum(simulation.exact.by_year[:, 0])]) - simulation.exact.inputs.sum()
    rows = [
        {"year": year, "basis": BASIS[luck], "central": round(centre, 2)} | interval(drawn)
        for year, (centre, drawn) in enumerate(zip(middle, simulation.cumulative(luck), strict=True))
    ]
    return pd.DataFrame(rows)


def payers(simulation: Simulation, luck: bool = False) -> pd.DataFrame:
    """What each payer gains or loses in the long term: avoided less paid.

    Returns
    -------
    DataFrame, one row a payer in the order of the vocabulary
        ``payer``, ``basis``, ``paid``, ``avoided`` (means, GBP) and the columns of :func:`interval` of the net.
    """
    found = simulation.by_payer(luck)
    rows = []
    for payer in (code for code in codes.PAYER if code in found):
        paid, avoided = (np.broadcast_to(part, simulation.draws.n) for part in found[payer])
        rows.append({"payer": payer, "basis": BASIS[luck], "paid": paid.mean(), "avoided": avoided.mean(),
                     **interval(avoided - paid)})  # fmt: skip
    return pd.DataFrame(rows, columns=["payer", "basis", "paid", "avoided", *columns()])


@lru_cache(maxsize=64)
def _quantile_places(n: int, shown: tuple[float, ...]) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Where among n draws in order the median and the intervals' ends lie, by linear interpolation."""
    names, shares = ["median"], [0.5]
    for share in shown:
        names += [f"low{share * 100:g}", f"high{share * 100:g}"]
        shares += [(1 - share) / 2, (1 + share) / 2]
    at = np.array(shares) * (n - 1)
    below = at.astype(int)
    return names, below, np.minimum(below + 1, n - 1), at - below
