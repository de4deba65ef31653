"""Do the intervals keep their word? Rounds made up with a known mean, as small and as skewed as the real one.

In: how many cases each authority costed, and how skewed they are. Out: how often each interval holds the truth
(METHOD.md part 5). The rounds are drawn when the page is made, from a seed, so that they fit the round on the page.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from larcnb.inference.enough import LEVEL
from larcnb.inference.intervals import bca_mean, wilson
from larcnb.inference.random_effects import between, normal_error, weighted_mean

METHODS = {
    "pooled": "This page: random effects, spread within authorities pooled",
    "plain": "The same, allowed to be narrower than the normal interval",
    "own": "Each authority weighted by its own cases' spread",
    "cases": "Bootstrap of cases, authorities ignored",
    "next": "Prediction interval, for the mean of a further authority",
}
LARGEST = 50
"""Cases drawn for an authority at most: with more, means are nearer to normal and intervals no worse."""
MOST_SKEWED = 6.0
DRAWS = 3_000_000
BOOTSTRAPPED, RESAMPLES = 300, 999


def coverage(
    sizes: Sequence[int], skewness: float, between_share: float, seed: int, repetitions: int = 2000,
    level: float = LEVEL,
) -> pd.DataFrame:  # fmt: skip
    """How often each interval holds the true mean.

    A case is ``sqrt(b) u_i + sqrt(1 - b) e_ij``: u normal; e lognormal, shifted and stretched to mean 0, variance 1 and
    the skewness given.

    Parameters
    ----------
    sizes : sequence of int
        Costed cases of each authority; at least five authorities, and one of them with two cases.
    skewness : float
        Of the cases, such as 2.4 for savings where a few are very large.
    between_share : float
        b, the share of the spread that lies between authorities, 0 to 1.
    seed, repetitions : int
        Fewer rounds are made where they are large.
    level : float
        What the intervals claim.

    Returns
    -------
    DataFrame, one row a method of :data:`METHODS`
        ``method``, ``label``, ``covers`` (0 to 1), ``low``, ``high`` (Wilson interval of ``covers``), ``too_low``
        (share of intervals wholly below the truth), ``rounds``.

    Source
    ------
    Roever, Knapp and Friede (2015) and IntHout, Ioannidis and Borm (2014) on Hartung-Knapp with few studies; the
    weights of own variances with skewed data, Bakbergenuly and others (2020).
    """
    from scipy.special import stdtrit

    n = np.minimum(np.asarray(sizes), LARGEST)
    k, place = n.size, np.repeat(np.arange(n.size), n)
    repetitions = max(200, min(repetitions, DRAWS // place.size))
    rng = np.random.default_rng(seed)
    true = np.sqrt(between_share) * rng.standard_normal((repetitions, k + 1))
    y = true[:, place] + np.sqrt(1 - between_share) * skewed(rng, (repetitions, place.size), skewness)
    starts = np.cumsum(n) - n
    means = np.add.reduceat(y, starts, axis=1) / n
    squares = np.add.reduceat((y - means[:, place]) ** 2, starts, axis=1)
    variance = squares.sum(axis=1, keepdims=True) / (place.size - k) / n
    crit = stdtrit(k - 1, (1 + level) / 2)

    tau2 = between(means, variance)
    mean, plain, _ = weighted_mean(means, variance, tau2)
    se = np.maximum(plain, normal_error(variance, tau2))
    reach = crit * np.sqrt(tau2 + se**2)
    ends = {
        "pooled": (mean - crit * se, mean + crit * se),
        "plain": (mean - crit * plain, mean + crit * plain),
        "next": (mean - reach - true[:, -1], mean + reach - true[:, -1]),
    }
    several = n >= 2
    if several.sum() >= 2:
        own = squares[:, several] / (n[several] - 1) / n[several]
        found, error, _ = weighted_mean(means[:, several], own, between(means[:, several], own))
        wide = stdtrit(several.sum() - 1, (1 + level) / 2) * error
        ends["own"] = (found - wide, found + wide)
    ends["cases"] = _alone(y, seed, level)
    return pd.DataFrame([_row(method, *ends[method]) for method in METHODS if method in ends])


def _alone(y: np.ndarray, seed: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Intervals that take each case alone: the bootstrap, or with many cases what it comes to."""
    n = y.shape[1]
    if n <= LARGEST * 4:
        return tuple(np.array([bca_mean(row, seed, RESAMPLES, level) for row in y[:BOOTSTRAPPED]]).T)
    from scipy.special import ndtri

    mean, reach = y.mean(axis=1), ndtri((1 + level) / 2) * y.std(axis=1, ddof=1) / np.sqrt(n)
    return mean - reach, mean + reach


def _row(method: str, low: np.ndarray, high: np.ndarray) -> dict:
    holds = (low <= 0) & (high >= 0)
    sure = wilson(int(holds.sum()), holds.size)
    return {"method": method, "label": METHODS[method], "covers": float(holds.mean()), "low": float(sure[0]),
            "high": float(sure[1]), "too_low": float((high < 0).mean()), "rounds": holds.size}  # fmt: skip


def skewed(rng: np.random.Generator, shape: tuple[int, ...], skewness: float) -> np.ndarray:
    """Draws of mean 0, variance 1 and the skewness given: a shifted lognormal, or its mirror image.

    Examples
    --------
    >>> drawn = skewed(np.random.default_rng(1), (200_000,), 2.0)
    >>> abs(round(float(drawn.mean()), 1)), round(float(drawn.std()), 1), round(float((drawn**3).mean()))
    (0.0, 1.0, 2)
    """
    size = min(abs(skewness), MOST_SKEWED)
    if size < 0.01 or size != size:
        return rng.standard_normal(shape)
    low, high = 1e-4, 3.0
    for _ in range(80):  # (exp(s^2) + 2) sqrt(exp(s^2) - 1) grows with s
        sigma = (low + high) / 2
        w = np.exp(sigma**2)
        low, high = (sigma, high) if (w + 2) * np.sqrt(w - 1) < size else (low, sigma)
    drawn = np.exp(sigma * rng.standard_normal(shape))
    return np.sign(skewness) * (drawn - np.sqrt(w)) / np.sqrt(w * (w - 1))
