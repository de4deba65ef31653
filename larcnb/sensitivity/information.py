"""The worth of knowing more: EVPI, EVPPI and expected loss of the decision "does it pay?" (METHOD.md part 4).

In: draws of inputs, of cost avoided and of what is uncertain. Out: frames in GBP at the price base, over a range of
what a pound saved later is worth today. Two options: do it, with net benefit ``worth x avoided - inputs``, or do not,
with net benefit 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

KNOTS = 4
"""Inner knots of a cubic spline, at equal quantiles."""
DEGREE = 3
PAIRED = 4
"""Up to so many parameters of a group have products beside their splines."""
SAME = 1e-10
"""Share of the largest eigenvalue below which a direction counts as a copy of others."""


@dataclass(frozen=True)
class Fit:
    """A regression of the two parts of the net benefit on what might be learnt.

    Parameters
    ----------
    avoided, inputs : array of n
        Fitted values: what would be expected, knowing these parameters.
    basis : array, n x p
        The columns of the regression.
    inverse : array, p x p
        Of their cross products.
    left : array, n x 2
        Residuals of ``avoided`` and ``inputs``.
    """

    avoided: np.ndarray
    inputs: np.ndarray
    basis: np.ndarray
    inverse: np.ndarray
    left: np.ndarray


def evpi(avoided: np.ndarray, inputs: np.ndarray, worth: Sequence[float]) -> pd.DataFrame:
    """The expected value of perfect information, the expected loss of each option and the chance that it pays.

    ``EVPI = E[max(net benefit, 0)] - max(E[net benefit], 0)``

    Parameters
    ----------
    avoided, inputs : array of n
        Draws, GBP.
    worth : sequence of float
        What a pound saved later is worth today, GBP.

    Returns
    -------
    DataFrame, one row a worth
        ``worth``, ``net_benefit`` (mean), ``chance`` (that it pays), ``loss_doing``, ``loss_not_doing`` (expected
        loss of each option; EVPI is the smaller), ``evpi``, ``se`` (its standard error):
        GBP.

    Source
    ------
    Alarid-Escudero et al (2019), expected loss curves; Claxton (1999), the irrelevance of inference.

    Examples
    --------
    >>> evpi(np.array([0.0, 4.0]), np.array([1.0, 1.0]), [1.0])["evpi"].item()
    0.5
    """
    rows = []
    for value in worth:
        net = value * avoided - inputs
        doing, not_doing = np.maximum(-net, 0), np.maximum(net, 0)
        loss = doing if net.mean() >= 0 else not_doing
        rows.append({
            "worth": float(value), "net_benefit": net.mean(), "chance": (net >= 0).mean(), "loss_doing": doing.mean(),
            "loss_not_doing": not_doing.mean(), "evpi": loss.mean(), "se": loss.std(ddof=1) / np.sqrt(len(net)),
        })  # fmt: skip
    return pd.DataFrame(rows)


def evppi(
    avoided: np.ndarray, inputs: np.ndarray, groups: Mapping[str, np.ndarray], worth: Sequence[float]
) -> pd.DataFrame:
    """The expected value of learning some parameters only, by spline regression, with standard errors.

    The net benefit is regressed on a cubic B-spline of each parameter; EVPPI is the mean of the better option's
    fitted net benefit less the fitted benefit of the option best on average.

    Parameters
    ----------
    avoided, inputs : array of n
        Draws, GBP.
    groups : dict of name to array, n or n x m
        What might be learnt together: the draws of one parameter, or of m.
    worth : sequence of float
        What a pound saved later is worth today, GBP.

    Returns
    -------
    DataFrame, one row a group and worth
        ``group``, ``worth``, ``evppi``, ``se`` (of the draws and of the regression together): GBP; ``share`` of the
        EVPI (0 where there is none).

    Source
    ------
    Strong, Oakley and Brennan (2014), estimating multiparameter partial EVPI by regression.
    """
    whole = evpi(avoided, inputs, worth).set_index("worth")["evpi"]
    rows = []
    for group, parameters in groups.items():
        found = fit(avoided, inputs, parameters)
        for value in worth:
            amount, error = partial(found, float(value))
            rows.append({"group": group, "worth": float(value), "evppi": amount, "se": error,
                         "share": min(amount / whole[value], 1.0) if whole[value] > 0 else 0.0})  # fmt: skip
    return pd.DataFrame(rows, columns=["group", "worth", "evppi", "se", "share"])


def fit(avoided: np.ndarray, inputs: np.ndarray, parameters: np.ndarray) -> Fit:
    """Regress both parts of the net benefit on the parameters; see :func:`evppi`.

    Raises
    ------
    ValueError
        Draws of different length (a bug: everything comes from one table).
    """
    if not len(avoided) == len(inputs) == len(parameters):
        raise ValueError(f"{len(avoided)} draws of the result and {len(parameters)} of what might be learnt.")
    basis = spline_basis(parameters)
    both = np.column_stack([avoided, inputs])
    inverse = np.linalg.pinv(basis.T @ basis, rcond=SAME, hermitian=True)
    fitted = basis @ (inverse @ (basis.T @ both))
    return Fit(fitted[:, 0], fitted[:, 1], basis, inverse, both - fitted)


def partial(found: Fit, worth: float) -> tuple[float, float]:
    """EVPPI at one worth and its standard error, from a :class:`Fit`.

    The standard error joins the draws' (of the mean gain) and the regression's (of the fitted values where they
    decide); both by the delta method.
    """
    net = worth * found.avoided - found.inputs
    gain = np.maximum(net, 0) - (net if net.mean() >= 0 else 0)
    n = len(net)
    slope = found.basis.T @ (np.where(net >= 0, 1.0, 0.0) - (1.0 if net.mean() >= 0 else 0.0)) / n
    left = worth * found.left[:, 0] - found.left[:, 1]
    noise = left @ left / max(n - found.basis.shape[1], 1)
    return float(gain.mean()), float(np.sqrt(gain.var(ddof=1) / n + noise * (slope @ found.inverse @ slope)))


def spline_basis(parameters: np.ndarray) -> np.ndarray:
    """Cubic B-splines of each parameter side by side, a constant, and products of the first few.

    Parameters
    ----------
    parameters : array, n or n x m

    Returns
    -------
    array, n x p
        Full rank: a parameter that does not vary adds nothing.
    """
    columns = parameters.reshape(len(parameters), -1)
    columns = columns[:, np.ptp(columns, axis=0) > 0]
    scaled = (columns - columns.mean(0)) / columns.std(0) if columns.size else columns
    parts = [np.ones((len(columns), 1)), *(_splines(column) for column in scaled.T)]
    if 1 < scaled.shape[1] <= PAIRED:
        parts += [np.column_stack([scaled[:, i] * scaled[:, j], scaled[:, i] ** 2 * scaled[:, j],
                                   scaled[:, i] * scaled[:, j] ** 2])
                  for i in range(scaled.shape[1]) for j in range(i)]  # fmt: skip
    return np.column_stack(parts)


def _splines(column: np.ndarray) -> np.ndarray:
    from scipy.interpolate import BSpline

    inner = np.unique(np.quantile(column, np.linspace(0, 1, KNOTS + 2)))
    if len(inner) < 3:
        return column[:, None]
    knots = np.concatenate([[inner[0]] * DEGREE, inner, [inner[-1]] * DEGREE])
    return BSpline(knots, np.eye(len(knots) - DEGREE - 1)[:, 1:], DEGREE)(column)
