"""Intervals for counts and means: Wilson for a share of families, BCa bootstrap for the mean of a case.

In: pooled clean tables and cases. Out: frames with an interval beside each figure (METHOD.md part 5), or the
reason there is none. Both treat cases as if each had been drawn alone; :mod:`larcnb.inference.random_effects`
does not, and :mod:`larcnb.inference.coverage` says how far they are out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from larcnb.inference.enough import FEWEST_CASES, LEVEL, too_few

CASE = ["authority", "case_id"]
RESAMPLES, FEWEST_RESAMPLES = 10_000, 399
DRAWS = 20_000_000
"""The most cases drawn in all: a mean of many thousands is nearly normal and needs fewer resamples."""


def wilson(count: np.ndarray | int, n: np.ndarray | int, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """The Wilson score interval of a share.

    ``(p + z^2/2n +- z sqrt(p (1 - p) / n + z^2/4n^2)) / (1 + z^2/n)``

    Parameters
    ----------
    count, n : int or array
        How many of how many.
    level : float
        Of the interval, 0 to 1.

    Returns
    -------
    two arrays
        Lower and upper end, 0 to 1; blank where n is 0.

    Source
    ------
    Wilson (1927); Brown, Cai and DasGupta (2001); statsmodels.

    Examples
    --------
    >>> [round(float(end), 4) for end in wilson(22, 39)]
    [0.4098, 0.707]
    """
    from statsmodels.stats.proportion import proportion_confint

    count, n = np.asarray(count, dtype="float64"), np.asarray(n, dtype="float64")
    with np.errstate(invalid="ignore", divide="ignore"):  # nobody of nobody is blank
        share = count / n
        low, high = proportion_confint(count, n, alpha=1 - level, method="wilson")
    return np.minimum(low, share), np.maximum(high, share)  # rounding can carry an end past nil or all


def counted(table: pd.DataFrame, by: str, labels: Mapping[str, str], families: int) -> pd.DataFrame:
    """How many families have a row of each code, with the share of all families and its interval.

    Parameters
    ----------
    table : DataFrame
        ``authority``, ``case_id`` and the column ``by``.
    by : str
        The column whose codes are counted.
    labels : dict of code to label
        The vocabulary; codes without a family are listed with nil.
    families : int
        How many families there are.

    Returns
    -------
    DataFrame, one row a code, the commonest first
        ``code``, ``label``, ``families``, ``share``, ``low``, ``high`` (0 to 1).
    """
    found = table.drop_duplicates([*CASE, by])[by].value_counts()
    frame = pd.DataFrame([(code, label, int(found.get(code, 0))) for code, label in labels.items()],
                         columns=["code", "label", "families"])  # fmt: skip
    low, high = wilson(frame["families"].to_numpy(), families)
    frame = frame.assign(share=frame["families"] / families if families else np.nan, low=low, high=high)
    return frame.sort_values("families", ascending=False, kind="stable").reset_index(drop=True)


def bca_mean(
    values: Iterable[float], seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> tuple[float, float]:
    """Bias-corrected and accelerated bootstrap interval of a mean; the order of the values does not matter.

    Percentiles of the resampled means at ``Phi(z0 + (z0 + z) / (1 - a (z0 + z)))``: ``z0`` from the share of means
    below the mean found, ``a = sum d^3 / 6 (sum d^2)^1.5`` with d the values' distances from it.

    Parameters
    ----------
    values : iterable of float
        At least two different ones.
    seed : int
        The same seed gives the same interval.
    resamples : int
        How often to draw again; fewer where there are very many values.
    level : float

    Returns
    -------
    low, high : float
        In the unit of the values; blank where they do not differ.

    Source
    ------
    Efron (1987); R's ``boot.ci(type = "bca")``.

    Examples
    --------
    >>> [round(end, 2) for end in bca_mean([1.0, 2.0, 3.0, 4.0, 10.0], seed=1)]
    [2.0, 8.4]
    """
    from scipy.special import ndtr, ndtri

    x = np.sort(np.asarray(list(values), dtype="float64"))
    if x.size < 2 or x[0] == x[-1]:
        return np.nan, np.nan
    means = resampled_means(x, seed, resamples)
    mean = x.mean()
    away = x - mean
    a = (away**3).sum() / (6 * (away**2).sum() ** 1.5)
    z0 = ndtri(((means < mean).sum() + (means == mean).sum() / 2) / means.size)
    z = ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    low, high = np.quantile(means, ndtr(z0 + (z0 + z) / (1 - a * (z0 + z))))
    return float(low), float(high)


def resampled_means(values: np.ndarray, seed: int, resamples: int) -> np.ndarray:
    """Means of samples drawn with replacement from ``values``, as many at a time as memory bears."""
    rng = np.random.default_rng(seed)
    resamples = min(resamples, max(FEWEST_RESAMPLES, DRAWS // values.size))
    at_once = max(1, 2_000_000 // values.size)
    return np.concatenate([
        values[rng.integers(0, values.size, (min(at_once, resamples - done), values.size), dtype=np.int32)].mean(axis=1)
        for done in range(0, resamples, at_once)
    ])  # fmt: skip


def means(cases: pd.DataFrame, columns: Mapping[str, str], seed: int, resamples: int = RESAMPLES) -> pd.DataFrame:
    """What a costed case comes to: least, middle, mean with its BCa interval, most.

    Parameters
    ----------
    cases : DataFrame
        Pooled: ``costed`` and the columns asked for, GBP at the price base.
    columns : dict of column to label
    seed, resamples : int

    Returns
    -------
    DataFrame, one row a column
        ``measure``, ``label``, ``cases``, ``least``, ``median``, ``mean``, ``low``, ``high``, ``most`` (GBP), and
        ``why_not`` (why there is no interval; blank where there is one).
    """
    costed = cases[cases["costed"] == "yes"]
    n = len(costed)
    why_not = too_few(n, FEWEST_CASES, "case")
    rows = []
    for column, label in columns.items():
        x = costed[column].to_numpy(dtype="float64")
        low, high = (np.nan, np.nan) if why_not else bca_mean(x, seed, resamples)
        least, median, mean, most = (x.min(), np.median(x), x.mean(), x.max()) if n else [np.nan] * 4
        rows.append((column, label, n, least, median, mean, low, high, most, why_not))
    names = ["measure", "label", "cases", "least", "median", "mean", "low", "high", "most", "why_not"]
    return pd.DataFrame(rows, columns=names)
