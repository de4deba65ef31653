"""Intervals and chances: what the draws say of a saving, by horizon, year, payer and case.

In: a :class:`~larcnb.sensitivity.simulate.Simulation`. Out: frames of mean, median, intervals and chance of saving.
Every row says its ``basis``: ``expectation`` (each future at its chance) or ``luck`` (it happens or not).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.sensitivity.model import weight
from larcnb.sensitivity.simulate import CHUNK, Simulation, input_factor, own_factors

BASIS = {
    False: "expectation",
    True: "luck",
}
HORIZONS = ("short", "long")


def interval(draws: np.ndarray, shown: Iterable[float]) -> dict[str, float]:
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
    ordered = np.sort(draws)
    out = {"mean": float(ordered.mean()), "median": _quantile(ordered, 0.5)}
    for share in shown:
        name = f"{share * 100:g}"
        out[f"low{name}"] = _quantile(ordered, (1 - share) / 2)
        out[f"high{name}"] = _quantile(ordered, (1 + share) / 2)
    out["chance"] = float((ordered >= 0).mean())
    return out


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
            drawn = interval(simulation.saving(horizon, luck), simulation.draws.spread.shown)
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
        {"year": year, "basis": BASIS[luck], "central": round(centre, 2)}
        | interval(drawn, simulation.draws.spread.shown)
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
                     **interval(avoided - paid, simulation.draws.spread.shown)})  # fmt: skip
    return pd.DataFrame(rows, columns=["payer", "basis", "paid", "avoided", *_columns(simulation)])


def cases(
    simulation: Simulation, horizons: Iterable[str] = HORIZONS, workers: int = 1, chunk: int = CHUNK,
    only: Iterable[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The saving of each case, its futures happening or not (basis ``luck``), one case in memory at a time a thread.

    Parameters
    ----------
    simulation : Simulation
    horizons : iterable of str
        ``short``, ``long``.
    workers : int
        Threads; the result is the same whatever their number.
    chunk : int
        Cases a thread takes at a time; it changes nothing else.
    only : iterable of str, optional
        Some of the costed cases.

    Returns
    -------
    DataFrame, one row a case and horizon
        ``case_id``, ``horizon``, ``basis`` and the columns of :func:`interval`; GBP at the price base.
    """
    horizons, ids = tuple(horizons), list(simulation.model.cases if only is None else only)
    per_case = _case_maker(simulation, horizons)
    blocks = [ids[start : start + chunk] for start in range(0, len(ids), chunk)]
    with ThreadPoolExecutor(max(1, workers)) as pool:
        run = pool.map if workers > 1 else map
        rows = [row for block in run(lambda block: [row for case in block for row in per_case(case)], blocks)
                for row in block]  # fmt: skip
    return pd.DataFrame(rows, columns=["case_id", "horizon", "basis", *_columns(simulation)])


def case_arrays(simulation: Simulation, horizon: str) -> Iterator[tuple[str, np.ndarray]]:
    """Each case with the draws of its saving, one after the other."""
    maker = _savings_maker(simulation, (horizon,))
    for case in simulation.model.cases:
        yield case, maker(case)[0]


def _case_maker(simulation: Simulation, horizons: tuple[str, ...]):
    maker, shown = _savings_maker(simulation, horizons), simulation.draws.spread.shown

    def rows(case: str) -> list[dict]:
        return [
            {"case_id": case, "horizon": horizon, "basis": BASIS[True], **interval(drawn, shown)}
            for horizon, drawn in zip(horizons, maker(case), strict=True)
        ]

    return rows


def _savings_maker(simulation: Simulation, horizons: tuple[str, ...]):
    """A function of a case that gives the draws of its saving for each horizon."""
    model, a, draws, chosen = simulation.model, simulation.a, simulation.draws, simulation.chosen
    values = simulation.values
    last = {"short": a.short_years, "long": a.long_years}
    spells = {horizon: [np.zeros(draws.n) for _ in chosen.spells] for horizon in horizons}
    for place, t, one in simulation.spell_years():
        for horizon in horizons:
            if t < last[horizon]:
                spells[horizon][place] += one
    units = {(item, grade): input_factor(values, item, grade) for _, item, grade, *_ in model.input_groups}
    lines, told = _lines(model), _told(chosen)

    def savings_of(case: str) -> list[np.ndarray]:
        hours, quantity = own_factors(model, draws, case)
        spent = np.zeros(draws.n)
        for stage, factor in (("process", hours), ("intervention", quantity)):
            part = np.zeros(draws.n)
            for item, grade, amount in lines.get((case, stage), ()):
                part += amount * units[item, grade]
            part *= factor
            spent += part
        out = [np.negative(spent) for _ in horizons]
        for future, likelihood, of in told.get(case, ()):
            chance = weight(a, values, future, likelihood)
            held = (chance if a.weighting == "accepted"
                    else draws.happens(f"happens.{model.name}.{case}.{future}", chance))  # fmt: skip
            for saved, horizon in zip(out, horizons, strict=True):
                whole = sum(people * spells[horizon][spell] for spell, people in of)
                saved += held * whole
        return out

    return savings_of


def _lines(model) -> dict[tuple[str, str], list[tuple[str, int, float]]]:
    out: dict[tuple[str, str], list[tuple[str, int, float]]] = {}
    for stage, item, grade, amounts, _, places in model.input_groups:
        sums = np.bincount(places, amounts, len(model.cases))
        for place in np.unique(places):
            out.setdefault((model.cases[place], stage), []).append((item, grade, sums[place]))
    return out


def _told(chosen) -> dict[str, list[tuple[str, str, list[tuple[int, int]]]]]:
    out: dict[str, list[tuple[str, str, list[tuple[int, int]]]]] = {}
    for row in chosen.rows.itertuples(index=False):
        futures = out.setdefault(row.case_id, [])
        if not futures or futures[-1][0] != row.future:
            futures.append((row.future, row.likelihood, []))
        futures[-1][2].append((row.spell, row.people))
    return out


def _columns(simulation: Simulation) -> list[str]:
    return list(interval(np.zeros(1), simulation.draws.spread.shown))


def _quantile(ordered: np.ndarray, share: float) -> float:
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (at - below) * (ordered[above] - ordered[below]))
