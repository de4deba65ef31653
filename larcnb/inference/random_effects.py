"""Random effects over authorities: mean, Hartung-Knapp and prediction intervals, heterogeneity, shrinkage.

In: one estimate and its variance for each authority. Out: :class:`Pooled` and frames (METHOD.md part 5). The
arithmetic works on arrays whose last axis is the authorities, so that a simulation is one call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from larcnb.inference.enough import FEWEST_AUTHORITIES, LEVEL, too_few

METHODS = ("REML", "DL", "PM")


@dataclass(frozen=True)
class Pooled:
    """A random-effects mean over k authorities.

    Parameters
    ----------
    k : int
        Authorities.
    mean, low, high : float
        The mean and its Hartung-Knapp interval, in the unit of the estimates; blank where too few.
    next_low, next_high : float
        Prediction interval: where the true mean of one more such authority would lie.
    se, se_normal : float
        Standard error with and without the Hartung-Knapp correction.
    tau2 : float
        Variance between authorities, squared unit.
    i2, i2_low, i2_high : float
        Share (0 to 1) of the spread of the estimates that is more than chance, with its Q-profile interval.
    q, q_p : float
        Cochran's Q and its p-value.
    weights : tuple of float
        Each authority's weight, adding to 1.
    why_not : str
        Why there is no number; blank where there is one.
    """

    k: int
    mean: float = np.nan
    low: float = np.nan
    high: float = np.nan
    next_low: float = np.nan
    next_high: float = np.nan
    se: float = np.nan
    se_normal: float = np.nan
    tau2: float = np.nan
    i2: float = np.nan
    i2_low: float = np.nan
    i2_high: float = np.nan
    q: float = np.nan
    q_p: float = np.nan
    weights: tuple[float, ...] = ()
    why_not: str = ""


def pool(
    estimates: np.ndarray, variances: np.ndarray, method: str = "REML", level: float = LEVEL, ad_hoc: bool = False
) -> Pooled:
    """Pool authorities' estimates, allowing for true differences between them.

    ``estimate_i ~ N(mean, variance_i + tau2)``; ``mean = sum w_i estimate_i / sum w_i`` with ``w_i = 1 / (variance_i +
    tau2)``; Hartung-Knapp ``se^2 = sum w_i (estimate_i - mean)^2 / ((k - 1) sum w_i)`` on k - 1 degrees of freedom;
    prediction interval ``mean +- t sqrt(tau2 + se^2)``.

    Parameters
    ----------
    estimates, variances : array, k values
        An estimate for each authority and its sampling variance (above 0).
    method : str
        How ``tau2`` is found: ``REML``, ``DL`` (DerSimonian and Laird) or ``PM`` (Paule and Mandel).
    level : float
        Of the intervals, 0 to 1.
    ad_hoc : bool
        Never let the Hartung-Knapp standard error fall below the normal one, as it does where estimates happen to be
        alike; simulation (:mod:`larcnb.inference.coverage`) shows that the interval then keeps its word.

    Returns
    -------
    Pooled
        Without numbers, and with the reason, where there are too few authorities.

    Source
    ------
    Hartung and Knapp (2001); Knapp and Hartung (2003) for ``ad_hoc``; Higgins, Thompson and Spiegelhalter (2009);
    Viechtbauer (2010), metafor, whose figures the tests repeat. statsmodels' ``combine_effects`` has DL and PM, with
    the same figures, but neither REML nor a prediction interval.

    Examples
    --------
    Estimates so alike that chance alone could make them:

    >>> alike = pool([4.9, 5.1, 5.0, 5.05, 4.98], [0.2, 0.3, 0.25, 0.2, 0.4])
    >>> round(alike.mean, 3), alike.tau2
    (5.002, 0.0)
    """
    from scipy.special import chdtrc, chdtri, stdtrit

    y, v = np.asarray(estimates, dtype="float64"), np.asarray(variances, dtype="float64")
    k = y.size
    if k < FEWEST_AUTHORITIES:
        return Pooled(k, why_not=too_few(k, FEWEST_AUTHORITIES, "authority", "authorities"))
    tau2 = between(y, v, method)
    mean, se, weights = weighted_mean(y, v, tau2)
    se_normal = normal_error(v, tau2)
    se = max(se, se_normal) if ad_hoc else se
    crit = stdtrit(k - 1, (1 + level) / 2)
    typical = (k - 1) / _trace(1 / v)
    q = float(_q(y, v, 0.0))
    spread = [_profile(y, v, chdtri(k - 1, p)) for p in ((1 - level) / 2, (1 + level) / 2)]
    reach = crit * np.sqrt(tau2 + se**2)
    return Pooled(
        k, mean=float(mean), low=float(mean - crit * se), high=float(mean + crit * se),
        next_low=float(mean - reach), next_high=float(mean + reach), se=float(se),
        se_normal=float(se_normal), tau2=float(tau2), i2=float(tau2 / (tau2 + typical)),
        i2_low=float(spread[0] / (spread[0] + typical)), i2_high=float(spread[1] / (spread[1] + typical)), q=q,
        q_p=float(chdtrc(k - 1, q)), weights=tuple(weights.tolist()),
    )  # fmt: skip


def weighted_mean(y: np.ndarray, v: np.ndarray, tau2: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weighted mean, its Hartung-Knapp standard error and the weights, along the last axis.

    Examples
    --------
    Equal variances give the plain mean and its usual standard error:

    >>> mean, se, _ = weighted_mean(np.array([1.0, 2.0, 3.0]), np.ones(3), 0.0)
    >>> float(mean), round(float(se) ** 2 * 3, 10)
    (2.0, 1.0)
    """
    w = 1 / (v + np.asarray(tau2)[..., None])
    w = w / w.sum(-1, keepdims=True)
    mean = (w * y).sum(-1)
    se = np.sqrt((w * (y - mean[..., None]) ** 2).sum(-1) / (y.shape[-1] - 1))
    return mean, se, w


def normal_error(v: np.ndarray, tau2: np.ndarray | float) -> np.ndarray:
    """The standard error of the weighted mean without the Hartung-Knapp correction, along the last axis."""
    return np.sqrt(1 / (1 / (v + np.asarray(tau2)[..., None])).sum(-1))


def between(y: np.ndarray, v: np.ndarray, method: str = "REML") -> np.ndarray:
    """The variance between authorities, never below 0, along the last axis.

    ``REML`` solves ``sum w^2 (y - mean)^2 = sum w - sum w^2 / sum w``; ``PM`` solves ``Q(tau2) = k - 1``; ``DL`` is the
    moment estimate in one step.

    Parameters
    ----------
    y, v : arrays of the same shape
        Estimates and sampling variances.
    method : str
        ``REML``, ``DL`` or ``PM``.

    Raises
    ------
    ValueError
        Another method (a bug in the caller).
    """
    if method not in METHODS:
        raise ValueError(f"No such method: {method}. Methods are {', '.join(METHODS)}.")
    k = y.shape[-1]
    if method == "DL":
        return np.maximum(0, (_q(y, v, 0.0) - (k - 1)) / _trace(1 / v))
    if method == "PM":
        return _profile(y, v, k - 1)
    scale = y.var(-1, ddof=1) + v.mean(-1)  # one unit of tau2, so that pounds and shares converge alike
    tau2 = np.maximum(0, y.var(-1, ddof=1) - v.mean(-1))
    for _ in range(500):
        w = 1 / (v + tau2[..., None])
        s1, s2, s3 = (np.sum(w**power, -1) for power in (1, 2, 3))
        mean = (w * y).sum(-1) / s1
        slope = (w**2 * (y - mean[..., None]) ** 2).sum(-1) - (s1 - s2 / s1)
        step = slope / (s2 - 2 * s3 / s1 + (s2 / s1) ** 2)  # Fisher scoring
        moved = np.maximum(0, tau2 + step) - tau2
        tau2 = tau2 + moved
        if np.all(np.abs(moved) <= 1e-13 * scale):
            break
    return tau2


def _trace(w: np.ndarray) -> np.ndarray:
    return w.sum(-1) - (w**2).sum(-1) / w.sum(-1)


def _q(y: np.ndarray, v: np.ndarray, tau2: np.ndarray | float) -> np.ndarray:
    w = 1 / (v + np.asarray(tau2)[..., None])
    mean = (w * y).sum(-1, keepdims=True) / w.sum(-1, keepdims=True)
    return (w * (y - mean) ** 2).sum(-1)


def _profile(y: np.ndarray, v: np.ndarray, target: float) -> np.ndarray:
    """The tau2 at which the generalised Q equals ``target``, by halving; Q falls as tau2 grows."""
    low = np.zeros(y.shape[:-1])
    high = np.full(y.shape[:-1], 1.0) * (((y - y.mean(-1, keepdims=True)) ** 2).sum(-1) / target + v.max(-1))
    inside = _q(y, v, low) > target
    for _ in range(200):
        middle = (low + high) / 2
        above = _q(y, v, middle) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(inside, (low + high) / 2, 0.0)


def leave_one_out(
    estimates: np.ndarray, variances: np.ndarray, level: float = LEVEL, ad_hoc: bool = False
) -> pd.DataFrame:
    """Pool again without each authority in turn.

    Returns
    -------
    DataFrame, k rows in the order given
        ``mean``, ``low``, ``high`` (REML, Hartung-Knapp), ``tau2``, ``why_not``.
    """
    from scipy.special import stdtrit

    k = np.size(estimates)
    why_not = too_few(k - 1, FEWEST_AUTHORITIES, "authority", "authorities")
    if why_not:
        blank = dict.fromkeys(("mean", "low", "high", "tau2"), np.nan)
        return pd.DataFrame({**blank, "why_not": why_not}, index=range(k))
    rest = ~np.eye(k, dtype=bool)
    y, v = (np.tile(np.asarray(x, dtype="float64"), (k, 1))[rest].reshape(k, k - 1) for x in (estimates, variances))
    tau2 = between(y, v)
    mean, se, _ = weighted_mean(y, v, tau2)
    reach = stdtrit(k - 2, (1 + level) / 2) * (np.maximum(se, normal_error(v, tau2)) if ad_hoc else se)
    return pd.DataFrame({"mean": mean, "low": mean - reach, "high": mean + reach, "tau2": tau2, "why_not": ""})


def shrink(
    estimates: np.ndarray, variances: np.ndarray, level: float = LEVEL, ad_hoc: bool = False
) -> pd.DataFrame:
    """Draw each authority's estimate towards the mean, the more the less it rests on.

    ``estimate = B x own + (1 - B) x mean`` with ``B = tau2 / (tau2 + variance)``: the best linear unbiased prediction.

    Returns
    -------
    DataFrame, k rows in the order given
        ``own``, ``estimate``, ``low``, ``high`` (unit of the estimates; blank where too few), ``kept`` (B, 0 to 1).

    Source
    ------
    Robinson (1991); metafor's ``blup``, whose figures the tests repeat.
    """
    from scipy.special import stdtrit

    y, v = np.asarray(estimates, dtype="float64"), np.asarray(variances, dtype="float64")
    whole = pool(y, v, level=level, ad_hoc=ad_hoc)
    kept = whole.tau2 / (whole.tau2 + v)
    estimate = kept * y + (1 - kept) * whole.mean
    se = np.sqrt(kept * v + (1 - kept) ** 2 * whole.se**2)
    crit = stdtrit(max(y.size - 1, 1), (1 + level) / 2)
    return pd.DataFrame(
        {"own": y, "estimate": estimate, "low": estimate - crit * se, "high": estimate + crit * se, "kept": kept}
    )
