"""Intervals for counts and means: Wilson for a share of families, BCa bootstrap for the mean of a case.

In: pooled clean tables and cases. Out: frames with an interval beside each figure (METHOD.md part 5), or the
reason there is none. Both take cases one by one; :mod:`larcnb.consortium.pooling` lets those of one authority go
together. Families were chosen, not drawn: an interval is the spread of these families, and is scaled up to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

CASE = ["authority", "case_id"]
LEVEL = 0.95
"""Of every interval."""
TAILS = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
FEWEST_CASES = 5
"""Cases for the interval of a mean."""
RESAMPLES = 10_000
MOST_RESAMPLED = 2_000
"""Cases above which a mean is as good as normal, and the bootstrap's jackknife, n squared, is slow."""


def too_few(found: int, needed: int, thing: str, things: str = "") -> str:
    """Say that there are too few, and how many there would have to be; blank where there are enough.

    Examples
    --------
    >>> too_few(3, 5, "authority", "authorities"), too_few(5, 5, "case")
    ('too few: 3 authorities, 5 needed', '')
    """
    if found >= needed:
        return ""
    return f"too few: {found or 'no'} {thing if found == 1 else things or thing + 's'}, {needed} needed"


def wilson(count: np.ndarray | int, n: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    """The Wilson score interval of a share, at 95%.

    ``(p + z^2/2n +- z sqrt(p (1 - p) / n + z^2/4n^2)) / (1 + z^2/n)``

    Parameters
    ----------
    count, n : int or array
        How many of how many.

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
        low, high = proportion_confint(count, n, alpha=1 - LEVEL, method="wilson")
    # rounding can carry an end past nil or all
    return np.minimum(low, share), np.maximum(high, share)


def bca_mean(values: Iterable[float], seed: int) -> tuple[float, float]:
    """Bias-corrected and accelerated bootstrap interval of a mean; the order of the values does not matter.

    Parameters
    ----------
    values : iterable of float
        At least two different ones. Over 2,000 of them the normal interval is given instead.
    seed : int
        The same seed gives the same interval.

    Returns
    -------
    low, high : float
        In the unit of the values; blank where they do not differ.

    Source
    ------
    Efron (1987); scipy; R's ``boot.ci(type = "bca")``.

    Examples
    --------
    >>> [round(end, 2) for end in bca_mean([1.0, 2.0, 3.0, 4.0, 10.0], seed=1)]
    [2.0, 8.4]
    """
    x = np.sort(np.asarray(list(values), dtype="float64"))
    if x.size < 2 or x[0] == x[-1]:
        return np.nan, np.nan
    if x.size > MOST_RESAMPLED:
        from scipy.special import ndtri

        reach = ndtri(TAILS[1]) * x.std(ddof=1) / np.sqrt(x.size)
        return float(x.mean() - reach), float(x.mean() + reach)
    from scipy.stats import bootstrap

    how = {"confidence_level": LEVEL, "method": "BCa", "batch": max(1, 2_000_000 // x.size)}
    rng = np.random.default_rng(seed)
    found = bootstrap((x,), np.mean, n_resamples=RESAMPLES, rng=rng, **how)
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def means(cases: pd.DataFrame, columns: Mapping[str, str], seed: int) -> pd.DataFrame:
    """What a costed case comes to: least, middle, mean with its BCa interval, most.

    Parameters
    ----------
    cases : DataFrame
        Pooled: ``costed`` and the columns asked for, GBP at the price base.
    columns : dict of column to label
    seed : int

    Returns
    -------
    DataFrame, one row a column
        ``measure``, ``label``, ``cases``, ``least``, ``median``, ``mean``, ``low``, ``high``, ``most`` (GBP), and
        ``why_not`` (why there is no interval; blank where there is one).
    """
    costed = cases.loc[cases["costed"] == "yes", list(columns)].astype("float64")
    why_not = too_few(len(costed), FEWEST_CASES, "case")
    frame = costed.agg(["min", "median", "mean", "max"]).T
    frame = frame.set_axis(["least", "median", "mean", "most"], axis=1)
    ends = [(np.nan, np.nan) if why_not else bca_mean(costed[of], seed) for of in columns]
    frame[["low", "high"]] = np.array(ends)
    frame = frame.assign(label=list(columns.values()), cases=len(costed), why_not=why_not)
    order = ["label", "cases", "least", "median", "mean", "low", "high", "most", "why_not"]
    return frame[order].rename_axis("measure").reset_index()
