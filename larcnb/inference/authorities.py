"""Cases to authorities: each authority's mean with its variance, pooled, left out in turn and shrunk.

In: pooled cases. Out: :class:`Across` (METHOD.md part 5). The spread within authorities is taken to be the same in
all and is pooled: from three or four skewed cases an authority's own spread is a guess, and weights made of such
guesses favour whoever happened to send cases that look alike (:mod:`larcnb.inference.coverage` shows how badly).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from larcnb.inference.enough import FEWEST_WITHIN, LEVEL, too_few
from larcnb.inference.random_effects import Pooled, leave_one_out, pool, shrink


@dataclass(frozen=True)
class Across:
    """One measure over authorities.

    Parameters
    ----------
    column : str
        The column of ``cases``.
    means : DataFrame, one row an authority that costed a case
        ``authority``, ``cases``, ``own`` (mean of its cases), ``variance``, ``own_low``, ``own_high``; ``estimate``,
        ``low``, ``high`` (drawn towards the mean of all), ``kept`` (0 to 1), ``weight``; ``without``,
        ``without_low``, ``without_high`` (the mean of all but this one). Unit of the column; blank where too few.
    pooled : Pooled
    within_sd : float
        Standard deviation of cases within authorities, pooled.
    """

    column: str
    means: pd.DataFrame
    pooled: Pooled
    within_sd: float = np.nan

    @property
    def why_not(self) -> str:
        """Why there is no pooled mean; blank where there is one."""
        return self.pooled.why_not


def across(cases: pd.DataFrame, column: str, level: float = LEVEL) -> Across:
    """Pool a measure of costed cases over authorities.

    ``variance_i = s^2 / n_i`` with ``s^2 = sum_i sum_j (x_ij - mean_i)^2 / (n - k)``; then random effects by REML with
    the Hartung-Knapp interval, never narrower than the normal one.

    Parameters
    ----------
    cases : DataFrame
        Pooled: ``authority``, ``costed`` and the column, GBP at the price base.
    column : str
    level : float
        Of every interval.

    Examples
    --------
    Six authorities that sent the same two cases each:

    >>> cases = pd.DataFrame({"authority": list("abcdef") * 2, "costed": "yes", "inputs": [1000.0] * 6 + [3000.0] * 6})
    >>> found = across(cases, "inputs")
    >>> round(found.pooled.mean), found.pooled.tau2, found.means["kept"].tolist()
    (2000, 0.0, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    """
    from scipy.special import stdtrit

    costed = cases[cases["costed"] == "yes"]
    grouped = costed.groupby("authority", sort=True)[column].agg(["size", "mean"]).reset_index()
    means = grouped.rename(columns={"size": "cases", "mean": "own"})
    df = len(costed) - len(means)
    away = costed[column] - costed.groupby("authority")[column].transform("mean")
    within = float((away**2).sum() / df) if df else np.nan
    why_not = too_few(df + len(means), FEWEST_WITHIN + len(means), "case")
    why_not = why_not or ("" if within > 0 else "no spread: every case is the same")
    if why_not:
        return Across(column, _blank(means), Pooled(len(means), why_not=why_not))
    variance = within / means["cases"].to_numpy(dtype="float64")
    reach = stdtrit(df, (1 + level) / 2) * np.sqrt(variance)
    means = means.assign(variance=variance, own_low=means["own"] - reach, own_high=means["own"] + reach)
    own = means["own"].to_numpy()
    pooled = pool(own, variance, level=level, ad_hoc=True)
    if pooled.why_not:
        return Across(column, _blank(means), pooled, within**0.5)
    drawn = shrink(own, variance, level, ad_hoc=True).drop(columns="own")
    without = leave_one_out(own, variance, level, ad_hoc=True)
    without = without[["mean", "low", "high"]].set_axis(["without", "without_low", "without_high"], axis=1)
    means = pd.concat([means, drawn, without], axis=1).assign(weight=pooled.weights)
    return Across(column, means, pooled, within**0.5)


def _blank(means: pd.DataFrame) -> pd.DataFrame:
    columns = ["variance", "own_low", "own_high", "estimate", "low", "high", "kept", "without", "without_low",
               "without_high", "weight"]  # fmt: skip
    return means.assign(**{name: np.nan for name in columns if name not in means})
