"""Which assumption matters: Sobol indices by kind of assumption, with intervals and a convergence check.

In: two independent simulations of the same return. Out: frames of first-order and total indices (SALib), and what
each group alone does to the result, which :mod:`larcnb.sensitivity.information` regresses on.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from larcnb.sensitivity.simulate import Simulation

GROUPS = {
    "unit_futures": "Unit costs of the futures",
    "unit_inputs": "Unit costs of time and support",
    "hours": "Hours and quantities recorded",
    "likelihoods": "How likely the futures were",
    "deadweight": "Deadweight",
    "attribution": "Attribution",
    "drop_off": "Drop-off of the effect",
    "years": "How long the futures last",
}
LOADS = {"hours": ("inputs",), "likelihoods": ("held", "real")}
"""Groups whose draws are a case's own and stand in the loads."""
RESAMPLES = 100
FEWEST, PARTS = 64, 3
"""Bootstrap resamples; fewest base draws; at how many sizes, each half the next, convergence is checked."""


def sobol(
    simulation: Simulation, other: Simulation, horizon: str = "long", luck: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """First-order and total Sobol indices of the saving by group, and their convergence.

    Parameters
    ----------
    simulation, other : Simulation
        Of the same return and assumptions, with different seeds; the draws that both have are used.
    horizon : str
        ``short`` or ``long``.
    luck : bool
        Futures happen or not; else their expectation.

    Returns
    -------
    DataFrame, DataFrame
        As :func:`indices`, the largest total first, with ``label``; and the same at a half and a quarter of the
        draws, with ``draws``. Empty where the saving does not vary.

    Source
    ------
    Saltelli et al (2010); Jansen's total index, as in SALib (Herman and Usher 2017).
    """
    simulation = simulation.head(other.draws.n)
    groups = [name for name in GROUPS if _names(simulation, name) or name in LOADS]
    first, second = simulation.saving(horizon, luck), other.saving(horizon, luck)
    mixed = {
        name: simulation.with_draws(_names(simulation, name), other, LOADS.get(name, ())).saving(horizon, luck)
        for name in groups
    }
    mixed = {name: result for name, result in mixed.items() if not np.array_equal(result, first)}
    columns = ["group", "first", "first_low", "first_high", "total", "total_low", "total_high"]
    if np.ptp(first) == 0 or not mixed:
        return pd.DataFrame(columns=[*columns, "label"]), pd.DataFrame(columns=[*columns, "draws"])
    steps = [n for n in (len(first) >> part for part in reversed(range(PARTS))) if n >= FEWEST]
    share, seed = simulation.draws.spread.interval, simulation.draws.seed
    frames = [indices(first[:n], second[:n], {k: v[:n] for k, v in mixed.items()}, share, seed) for n in steps]
    convergence = pd.concat([frame.assign(draws=n) for n, frame in zip(steps, frames, strict=True)], ignore_index=True)
    whole = frames[-1].sort_values(["total", "group"], ascending=[False, True], ignore_index=True)
    return whole.assign(label=whole["group"].map(GROUPS)), convergence


def indices(
    first: np.ndarray, second: np.ndarray, mixed: Mapping[str, np.ndarray], interval: float, seed: int
) -> pd.DataFrame:
    """Sobol indices from results of two samples and, for each group, of the first with the second's group.

    Parameters
    ----------
    first, second : array of n
    mixed : dict of group to array of n
    interval : float
        Share of chance of the intervals, by bootstrap.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame, one row a group
        ``group``, ``first``, ``total`` (shares of the variance) and the ends of their intervals; an estimate, so a
        first-order index of nil may come out a little below it.
    """
    from SALib.analyze.sobol import first_order, total_order
    from scipy.special import ndtri

    results = np.column_stack([first, second, *mixed.values()])
    one, other, *each = ((results - results.mean()) / results.std()).T
    alone = np.array([first_order(one, group, other) for group in each])
    in_all = np.array([total_order(one, group, other) for group in each])
    # As SALib resamples, but by how often each draw is taken: its own pass over every resample takes 20 times as long.
    taken = np.random.default_rng(seed + 1).integers(len(first), size=(len(first), RESAMPLES))
    share = np.stack([np.bincount(draws, minlength=len(first)) for draws in taken.T]) / len(first)
    variance = (share @ (one**2 + other**2) / 2 - (share @ (one + other) / 2) ** 2)[:, None]

    def half(parts: list[np.ndarray]) -> np.ndarray:
        means = share @ np.column_stack(parts)
        resampled = np.divide(means, variance, out=np.zeros_like(means), where=variance > np.finfo(float).eps)
        return ndtri(0.5 + interval / 2) * resampled.std(axis=0, ddof=1)

    first_off = half([other * (group - one) for group in each])
    total_off = half([(one - group) ** 2 / 2 for group in each])
    return pd.DataFrame({
        "group": list(mixed), "first": alone, "first_low": alone - first_off, "first_high": alone + first_off,
        "total": in_all, "total_low": in_all - total_off, "total_high": in_all + total_off,
    })  # fmt: skip


def summaries(simulation: Simulation, flat: Simulation) -> dict[str, np.ndarray]:
    """For each group the long-term result with this group alone drawn: what there is to learn of it, in pounds.

    Inputs and cost avoided are products of independent groups, so given a group's draws they are expected in
    proportion to these two columns, whatever the number of items and cases in the group.

    Parameters
    ----------
    simulation : Simulation
    flat : Simulation
        The same with every draw at its mean.

    Returns
    -------
    dict of group to array, n x 1 or n x 2
        Avoided and inputs, of those that vary, GBP.
    """
    out = {}
    for name in GROUPS:
        alone = flat.with_draws(_names(simulation, name), simulation, LOADS.get(name, ()))
        parts = [part for part in (alone.avoided(), alone.inputs) if np.ptp(part) > 0]
        if parts:
            out[name] = np.column_stack(parts)
    return out


def at_means(simulation: Simulation) -> Simulation:
    """The same simulation with every shared draw and every load at its mean: arrays of one, for all n."""
    loads = simulation.loads
    flat = type(loads)(
        {key: _mean(load) for key, load in loads.inputs.items()},
        *([_mean(load) for load in of] for of in (loads.held, loads.real)),
    )
    return simulation.with_parts({name: _mean(drawn) for name, drawn in simulation.draws.values.items()}, flat)


def _mean(drawn: np.ndarray) -> np.ndarray:
    return drawn.mean(keepdims=True)


def _names(simulation: Simulation, group: str) -> set[str]:
    return {known["name"] for known, _ in simulation.draws.known if known["group"] == group}
