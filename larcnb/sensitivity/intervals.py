"""Intervals and chances: what the draws say of a saving, by horizon, year, payer and case.

In: a :class:`~larcnb.sensitivity.simulate.Simulation`. Out: frames of mean, median, intervals and chance of saving.
Every row says its ``basis``: ``expectation`` (each future at its chance) or ``luck`` (it happens or not).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.sensitivity.draws import odds
from larcnb.sensitivity.model import weight
from larcnb.sensitivity.simulate import CHUNK, Simulation, input_factor

BASIS = {
    False: "expectation",
    True: "luck",
}
HORIZONS = ("short", "long")
SHOWN = (0.80, 0.95)
"""Shares of chance of the intervals (METHOD.md part 4): columns ``low80``, ``high80``, ``low95``, ``high95``."""
ALIKE = 128
"""How many different futures, by spells and people, are held ready for the cases to come."""


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
    return _of_ordered(np.sort(draws), tuple(shown))


def _of_ordered(ordered: np.ndarray, shown: tuple[float, ...]) -> dict[str, float]:
    n = len(ordered)
    names, below, above, part = _quantile_places(n, shown)
    ends = ordered[below] + part * (ordered[above] - ordered[below])
    chance = float((n - ordered.searchsorted(0.0)) / n)
    return {"mean": float(ordered.mean()), **dict(zip(names, ends.tolist(), strict=True)), "chance": chance}


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
    return pd.DataFrame(rows, columns=["payer", "basis", "paid", "avoided", *_columns()])


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
    return pd.DataFrame(rows, columns=["case_id", "horizon", "basis", *_columns()])


def case_arrays(simulation: Simulation, horizon: str) -> Iterator[tuple[str, np.ndarray]]:
    """Each case with the draws of its saving, one after the other."""
    maker = _savings_maker(simulation, (horizon,))
    for case in simulation.model.cases:
        yield case, maker(case)[0].copy()


def _case_maker(simulation: Simulation, horizons: tuple[str, ...]):
    maker = _savings_maker(simulation, horizons)

    def rows(case: str) -> list[dict]:
        found = maker(case)
        found.sort(axis=1)
        return [
            {"case_id": case, "horizon": horizon, "basis": BASIS[True], **_of_ordered(drawn, SHOWN)}
            for horizon, drawn in zip(horizons, found, strict=True)
        ]

    return rows


def _savings_maker(simulation: Simulation, horizons: tuple[str, ...]):
    """A function of a case that gives the draws of its saving, horizons x n, in memory that the next case takes."""
    from scipy.linalg.blas import daxpy

    model, a, draws, values = simulation.model, simulation.a, simulation.draws, simulation.values
    last = {"short": a.short_years, "long": a.long_years}
    spells: list[list[np.ndarray]] = [[] for _ in horizons]
    for _, first, one in simulation.spells():
        for part, horizon in zip(spells, horizons, strict=True):
            part.append(one[: max(0, last[horizon] - first)].sum(0))
    units = {
        (item, grade): np.array(np.broadcast_to(input_factor(values, item, grade), draws.n))
        for _, item, grade, *_ in model.input_groups
    }
    told, lines, room = _told(simulation.chosen), _lines(model), threading.local()
    limits = {key: odds(weight(a, values, *key)) for key in {told_of[:2] for of in told.values() for told_of in of}}

    @lru_cache(maxsize=ALIKE)
    def wholes(of: tuple[tuple[int, int], ...]) -> list[np.ndarray]:
        return [sum(people * part[spell] for spell, people in of) for part in spells]

    def savings_of(case: str) -> np.ndarray:
        if "out" not in room.__dict__:
            room.out, room.own, room.part = (np.empty((n, draws.n)) for n in (len(horizons), 2, 2))
        out, own, (part, whole) = room.out, room.own, room.part
        draws.own_factors(f"{model.name}.{case}", own)
        out.fill(0)
        for stage, factor in zip(("process", "intervention"), own, strict=True):
            part.fill(0)
            for key, amount in lines.get((case, stage), ()):
                daxpy(units[key], part, a=amount)
            part *= factor
            out -= part
        for future, likelihood, of in told.get(case, ()):
            held = None
            if a.weighting != "accepted":
                held = draws.happens(f"{model.name}.{case}.{future}", limits[future, likelihood])
            for saved, here in zip(out, wholes(of), strict=True):
                saved += here if held is None else np.multiply(here, held, out=whole)
        return out

    return savings_of


def _lines(model) -> dict[tuple[str, str], list[tuple[tuple[str, int], float]]]:
    out: dict[tuple[str, str], list[tuple[tuple[str, int], float]]] = {}
    for stage, item, grade, amounts, _, places in model.input_groups:
        sums = np.bincount(places, amounts, len(model.cases))
        for place in np.unique(places):
            out.setdefault((model.cases[place], stage), []).append(((item, grade), sums[place]))
    return out


def _told(chosen) -> dict[str, list[tuple[str, str, tuple[tuple[int, int], ...]]]]:
    """Each case's counted futures: code, likelihood, and its spells with the people of each."""
    held: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    columns = (chosen.rows[name].tolist() for name in ("case_id", "future", "likelihood", "spell", "people"))
    for case, future, likelihood, spell, people in zip(*columns, strict=True):
        held.setdefault((case, future, likelihood), []).append((spell, people))
    out: dict[str, list[tuple[str, str, tuple[tuple[int, int], ...]]]] = {}
    for (case, future, likelihood), of in held.items():
        out.setdefault(case, []).append((future, likelihood, tuple(of)))
    return out


def _columns() -> list[str]:
    return list(interval(np.zeros(1)))


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
