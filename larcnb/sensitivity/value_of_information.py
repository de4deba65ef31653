"""The value of information of the decision "does it pay?": EVPI, EVPPI over estimates, and what to advise.

In: draws of inputs, of cost avoided and of what is uncertain. Out: frames in GBP at the price base, over a range of
thresholds: what a pound saved later is worth today to whoever decides. Two options: do it, with net benefit
``threshold x avoided - inputs``, or do not, with net benefit 0.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from larcnb.sensitivity.monte_carlo import GROUPS, Simulation, group_of

POINTS, KNOTS = 21, 4
"""Evenly spaced thresholds; inner knots of a cubic spline, at equal quantiles."""
SMALL = 0.01
"""Share of the inputs below which knowing everything is not worth the asking."""


def evpi(avoided: np.ndarray, inputs: np.ndarray, thresholds: Sequence[float]) -> pd.DataFrame:
    """The expected value of perfect information, and the expected loss of each option.

    ``EVPI = E[max(net benefit, 0)] - max(E[net benefit], 0)``

    Parameters
    ----------
    avoided, inputs : array of n
        Draws, GBP.
    thresholds : sequence of float
        What a pound saved later is worth today, GBP.

    Returns
    -------
    DataFrame, one row a threshold
        ``threshold``, ``net_benefit`` (mean), ``loss_doing``, ``loss_not_doing`` (expected loss of each option; EVPI is
        the smaller), ``evpi``, ``se`` (its standard error): GBP.

    Source
    ------
    Alarid-Escudero et al (2019), expected loss curves; Claxton (1999), the irrelevance of inference.

    Examples
    --------
    >>> evpi(np.array([0.0, 4.0]), np.array([1.0, 1.0]), [1.0])["evpi"].item()
    0.5
    """
    rows = []
    for value in thresholds:
        net = value * avoided - inputs
        doing, not_doing = np.maximum(-net, 0), np.maximum(net, 0)
        loss = doing if net.mean() >= 0 else not_doing
        se = loss.std(ddof=1) / np.sqrt(len(net))
        means = (of.mean() for of in (net, doing, not_doing, loss))
        rows.append((float(value), *means, se))
    columns = ["threshold", "net_benefit", "loss_doing", "loss_not_doing", "evpi", "se"]
    return pd.DataFrame(rows, columns=columns)


def evppi(
    avoided: np.ndarray,
    inputs: np.ndarray,
    known: Mapping[str, np.ndarray],
    thresholds: Sequence[float],
) -> pd.DataFrame:
    """The expected value of knowing one thing, or several at once, and nothing else.

    ``EVPPI = E[max(E[net benefit | known], 0)] - max(E[net benefit], 0)``, the inner expectation by regression on
    cubic splines.

    Parameters
    ----------
    avoided, inputs : array of n
    known : dict of name to array, n or n x m
        What might be learnt together: draws.
    thresholds : sequence of float

    Returns
    -------
    DataFrame, one row a name and threshold
        ``group``, ``threshold``, ``evppi``: GBP.

    Source
    ------
    Strong, Oakley and Brennan (2014).
    """
    rows, both = [], np.column_stack([avoided, inputs])
    for name, parameters in known.items():
        basis = spline_basis(parameters)
        inverse = np.linalg.pinv(basis.T @ basis, rcond=1e-10, hermitian=True)
        fitted = basis @ (inverse @ (basis.T @ both))
        for value in thresholds:
            net = value * fitted[:, 0] - fitted[:, 1]
            gain = np.maximum(net, 0) - (net if net.mean() >= 0 else 0)
            rows.append((name, float(value), float(gain.mean())))
    return pd.DataFrame(rows, columns=["group", "threshold", "evppi"])


def spline_basis(parameters: np.ndarray) -> np.ndarray:
    """A constant, cubic B-splines of each parameter, and the products of two: array of n x p, for n or n x m."""
    from patsy import bs

    columns = parameters.reshape(len(parameters), -1)
    columns = columns[:, np.ptp(columns, axis=0) > 0]
    columns = (columns - columns.mean(0)) / columns.std(0)
    parts = [np.ones((len(columns), 1))]
    for column in columns.T:
        inner = np.unique(np.quantile(column, np.linspace(0, 1, KNOTS + 2)))[1:-1]
        inner = inner[(inner > column.min()) & (inner < column.max())]
        spline = np.asarray(bs(column, knots=inner, degree=3)) if len(inner) else column[:, None]
        parts.append(spline)
    if columns.shape[1] == 2:
        one, two = columns.T
        parts.append(np.column_stack([one * two, one**2 * two, one * two**2]))
    return np.column_stack(parts)


def alone(simulation: Simulation) -> dict[str, np.ndarray]:
    """For each kind of estimate the long-term result with this kind alone drawn: what there is to learn of it.

    Inputs and cost avoided are products of independent kinds, so given one kind's draws they are expected in
    proportion to these two columns, however many items and cases there are.

    Returns
    -------
    dict of group to array, n x 1 or n x 2
        Avoided and inputs, of those that vary, GBP.
    """
    out = {}
    for group in simulation.groups:
        table = {name: of for name, of in simulation.table.items() if group_of(name) == group}
        e = simulation.evaluate(table)
        parts = [part for part in (e.long.sum(0), e.inputs.sum(0)) if np.ptp(part) > 0]
        if parts:
            out[group] = np.column_stack(parts)
    return out


def analyse(simulation: Simulation) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """The value of information of a set: :func:`evpi`, :func:`evppi` by kind with its ``label``, :func:`advice`."""
    thresholds = np.linspace(*simulation.spread.pound_later, POINTS).round(6)
    thresholds = np.union1d(thresholds, 1.0)
    whole = evpi(*simulation.totals, thresholds)
    parts = evppi(*simulation.totals, alone(simulation), thresholds)
    said = advice(whole, parts, float(simulation.deterministic.inputs.sum()))
    return whole, parts.assign(label=parts["group"].map(GROUPS)), said


def advice(whole: pd.DataFrame, parts: pd.DataFrame, inputs: float) -> dict:
    """What the value of information advises.

    Parameters
    ----------
    whole, parts : DataFrame
        :func:`evpi` and :func:`evppi` at the same thresholds, 1 among them.
    inputs : float
        GBP.

    Returns
    -------
    dict
        ``evpi_at_one`` (GBP, at a threshold of 1), ``nothing`` (bool: under 1% of inputs, so nothing needs
        measuring), ``threshold``, ``evpi`` (where knowing all is worth most), ``measure`` (the group worth most there;
        None where none is worth anything), ``pays_from`` (the threshold from which doing it is advised;
        None where it never is).
    """
    one, top = whole[whole["threshold"] == 1].iloc[0], whole.loc[whole["evpi"].idxmax()]
    here = parts[parts["threshold"].eq(top["threshold"]) & parts["evppi"].gt(0)]
    best = here.sort_values("evppi", ascending=False)["group"].head(1).tolist()
    pays, pays_from = np.flatnonzero(whole["net_benefit"] >= 0), None
    if len(pays):
        around = whole.iloc[max(pays[0] - 1, 0) : pays[0] + 1]
        pays_from = float(np.interp(0, around["net_benefit"], around["threshold"]))
    return {
        "evpi_at_one": round(float(one["evpi"]), 2),
        "nothing": bool(one["evpi"] < SMALL * inputs),
        "threshold": float(top["threshold"]),
        "evpi": round(float(top["evpi"]), 2),
        "measure": best[0] if best else None,
        "pays_from": pays_from,
    }
