"""Single cases: each one's saving with its interval, a chunk of cases in memory at a time.

In: a :class:`~larcnb.sensitivity.simulate.Simulation`. Out: a frame, a row a case and horizon; futures happen or not
(basis ``luck``). Drawn in single precision, right to a penny in 100,000 pounds; totals are drawn in double.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import pandas as pd

from larcnb.sensitivity.draws import odds
from larcnb.sensitivity.intervals import BASIS, HORIZONS, columns, of_ordered
from larcnb.sensitivity.simulate import CHUNK, Simulation, input_factor
from larcnb.sensitivity.worth import weight

SINGLE = np.float32
ALIKE = 128
"""How many different futures, by spells and people, are held ready for the cases to come."""


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
    fill, room, n = _filler(simulation, horizons), threading.local(), simulation.draws.n
    blocks = [ids[start : start + chunk] for start in range(0, len(ids), chunk)]

    def of_block(block: list[str]) -> np.ndarray:
        if "out" not in room.__dict__:
            room.out = np.empty((chunk, len(horizons), n), SINGLE)
        for case, out in zip(block, room.out, strict=False):
            fill(case, out)
            out.sort(axis=1)
        return of_ordered(room.out[: len(block)])

    with ThreadPoolExecutor(max(1, workers)) as pool:
        found = list(pool.map(of_block, blocks) if workers > 1 else map(of_block, blocks))
    rows = np.concatenate(found).reshape(-1, len(columns())) if found else np.empty((0, len(columns())))
    head = pd.DataFrame({"case_id": np.repeat(ids, len(horizons)), "horizon": list(horizons) * len(ids),
                         "basis": BASIS[True]})  # fmt: skip
    return pd.concat([head, pd.DataFrame(rows, columns=columns())], axis=1)


def case_arrays(simulation: Simulation, horizon: str) -> Iterator[tuple[str, np.ndarray]]:
    """Each case with the draws of its saving, one after the other."""
    fill = _filler(simulation, (horizon,))
    for case in simulation.model.cases:
        out = np.empty((1, simulation.draws.n), SINGLE)
        fill(case, out)
        yield case, out[0]


def _filler(simulation: Simulation, horizons: tuple[str, ...]) -> Callable[[str, np.ndarray], None]:
    """A function of a case and of an array, horizons x n, that fills it with the draws of the case's saving."""
    from scipy.linalg.blas import saxpy

    model, a, draws, values = simulation.model, simulation.a, simulation.draws, simulation.values
    spells = [simulation.worths(horizon).astype(SINGLE) for horizon in horizons]
    units = {
        (item, grade): np.array(np.broadcast_to(input_factor(values, item, grade), draws.n), dtype=SINGLE)
        for _, item, grade in model.lines.kinds
    }
    told, lines, room = _told(simulation.chosen), _lines(model), threading.local()
    limits = {key: odds(weight(a, values, *key)) for key in {told_of[:2] for of in told.values() for told_of in of}}

    @lru_cache(maxsize=ALIKE)
    def wholes(of: tuple[tuple[int, int], ...]) -> list[np.ndarray]:
        return [sum(people * part[spell] for spell, people in of) for part in spells]

    def fill(case: str, out: np.ndarray) -> None:
        if "own" not in room.__dict__:
            room.own, room.part = (np.empty((2, draws.n), SINGLE) for _ in range(2))
        own, (part, whole) = room.own, room.part
        draws.own_factors(f"{model.name}.{case}", own)
        out.fill(0)
        for stage, factor in zip(("process", "intervention"), own, strict=True):
            part.fill(0)
            for key, amount in lines.get((case, stage), ()):
                saxpy(units[key], part, a=amount)
            part *= factor
            out -= part
        for future, likelihood, of in told.get(case, ()):
            held = None
            if a.weighting != "accepted":
                held = draws.happens(f"{model.name}.{case}.{future}", limits[future, likelihood])
            for saved, here in zip(out, wholes(of), strict=True):
                saved += here if held is None else np.multiply(here, held, out=whole)

    return fill


def _lines(model) -> dict[tuple[str, str], list[tuple[tuple[str, int], float]]]:
    out: dict[tuple[str, str], list[tuple[tuple[str, int], float]]] = {}
    for case, (stage, item, grade), amount in model.lines.by_case():
        out.setdefault((model.cases[case], stage), []).append(((item, grade), amount))
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
