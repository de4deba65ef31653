"""Monte Carlo: a return's result over the draw table, without ever holding cases x draws.

In: :class:`~larcnb.sensitivity.model.Model`, assumptions and :class:`~larcnb.sensitivity.draws.Draws`. Out:
:class:`Simulation`, whose totals are sums of loads (what all cases together use of each item and each library row)
times shared draws (METHOD.md part 4). Totals are floats anchored on the exact ledger: with every spread at 0 they
are its amounts to the penny.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from larcnb.params import Assumptions
from larcnb.sensitivity.draws import Draws, odds
from larcnb.sensitivity.model import Evaluated, Model, Selection, central, evaluate
from larcnb.sensitivity.worth import ONE, decays, weight, worth, worth_in_all

CHUNK = 64
"""Cases whose own draws are held at one time."""


@dataclass(frozen=True)
class Loads:
    """What the cases together use, n draws each.

    Parameters
    ----------
    inputs : dict of (stage, item, grade) to array
        Ledger amounts times each case's own factor of hours or quantity, GBP.
    held : list of array, one a spell
        People times the weight of their future, added up: the expectation.
    real : list of array, one a spell
        The same with each future happening or not: Bernoulli draws.
    """

    inputs: Mapping[tuple[str, str, int], np.ndarray]
    held: list[np.ndarray]
    real: list[np.ndarray]


@dataclass(frozen=True, repr=False)
class Simulation:
    """A return simulated. ``luck`` chooses whether futures happen or not, or stand at their expectation.

    Parameters
    ----------
    model : Model
    a : Assumptions
    draws : Draws
    loads : Loads
    exact : Evaluated
        The deterministic result, to the penny.
    rounding : tuple of float and array
        What the ledger's rounding by line adds to the inputs and to each year, GBP.
    """

    model: Model
    a: Assumptions
    draws: Draws
    loads: Loads
    exact: Evaluated
    rounding: tuple[float, np.ndarray]

    def __repr__(self) -> str:
        return f"{self.model!r}, preset {self.a.preset}: {self.draws!r}"

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """The central values with the drawn ones in their place."""
        return central(self.model, self.a) | dict(self.draws.values)

    @cached_property
    def chosen(self) -> Selection:
        """The library rows that count."""
        return self.model.selection(self.a.accept_at, self.a.long_years)

    @cached_property
    def inputs_by_item(self) -> dict[str, np.ndarray]:
        """Inputs with the cost correction by item, GBP, n draws each."""
        out: dict[str, np.ndarray] = {}
        for (_, item, grade), load in self.loads.inputs.items():
            amount = load * input_factor(self.values, item, grade)
            out[item] = out[item] + amount if item in out else amount
        return out

    @cached_property
    def inputs(self) -> np.ndarray:
        """All inputs with the cost correction, GBP, n draws."""
        return _total(self.inputs_by_item.values(), self.draws.n) + self.rounding[0]

    def worths(self, horizon: str = "long") -> np.ndarray:
        """What one person's spells are worth up to a horizon, before their weights, GBP: spells x n (or x 1)."""
        if horizon not in self._worths:
            spells, years = self.chosen.spells, self._years(horizon)
            units = [self.model.units[spell.item] for spell in spells]
            self._worths[horizon] = worth_in_all(spells, units, self.values, decays(self.a, self.values), years)
        return self._worths[horizon]

    @cached_property
    def _worths(self) -> dict[str, np.ndarray]:
        return {}

    def _years(self, horizon: str) -> int:
        return self.a.short_years if horizon == "short" else self.a.long_years

    def avoided(self, horizon: str = "long", luck: bool = False) -> np.ndarray:
        """Cost avoided up to a horizon, GBP, n draws; ``horizon`` is ``short`` or ``long``."""
        out = np.full(self.draws.n, self.rounding[1][: self._years(horizon)].sum())
        for load, one in zip(self._held(luck), self.worths(horizon), strict=True):
            out += load * one
        return out

    def avoided_by_year(self, luck: bool = False) -> np.ndarray:
        """Cost avoided in each year, GBP, years x n draws."""
        out, decay = np.repeat(self.rounding[1][:, None], self.draws.n, axis=1), decays(self.a, self.values)
        for load, spell in zip(self._held(luck), self.chosen.spells, strict=True):
            first, one = worth([spell], [self.model.units[spell.item]], self.a, self.values, decay)
            out[first : first + one.shape[1]] += load * one[0]
        return out

    def _held(self, luck: bool) -> list[np.ndarray]:
        return self.loads.real if luck else self.loads.held

    def saving(self, horizon: str = "long", luck: bool = False) -> np.ndarray:
        """Avoided less inputs, GBP, n draws; ``horizon`` is ``short`` or ``long``."""
        return self.avoided(horizon, luck) - self.inputs

    def cumulative(self, luck: bool = False) -> np.ndarray:
        """Saving up to the end of each year, GBP, (years + 1) x n draws; the first row is the inputs alone."""
        start = np.zeros((1, self.draws.n))
        return np.cumsum(np.concatenate([start, self.avoided_by_year(luck)]), axis=0) - self.inputs

    def by_payer(self, luck: bool = False) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """What each payer pays and what it avoids in the long term, GBP, n draws each (roundings left aside)."""
        payer = self.model.prices["payer"].to_dict()
        zero = np.zeros(self.draws.n)
        out: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for item, amount in self.inputs_by_item.items():
            paid, saved = out.get(payer[item], (zero, zero))
            out[payer[item]] = (paid + amount, saved)
        for load, spell, one in zip(self._held(luck), self.chosen.spells, self.worths(), strict=True):
            paid, saved = out.get(payer[spell.item], (zero, zero))
            out[payer[spell.item]] = (paid, saved + load * one)
        return out

    def with_draws(self, names: set[str], other: Simulation, loads: tuple[str, ...] = ()) -> Simulation:
        """A copy with some shared draws, and some loads (``inputs``, ``held``, ``real``), taken from another."""
        values = {name: (other if name in names else self).draws.values[name] for name in self.draws.values}
        return self.with_parts(values, replace(self.loads, **{name: getattr(other.loads, name) for name in loads}))

    def with_parts(self, values: Mapping[str, np.ndarray], loads: Loads) -> Simulation:
        """A copy with other draws and loads."""
        return replace(self, draws=replace(self.draws, values=values), loads=loads)

    def head(self, n: int) -> Simulation:
        """The same with the first n draws only."""
        values = {name: drawn[:n] for name, drawn in self.draws.values.items()}
        inputs = {key: load[:n] for key, load in self.loads.inputs.items()}
        loads = Loads(inputs, [load[:n] for load in self.loads.held], [load[:n] for load in self.loads.real])
        return replace(self, draws=replace(self.draws, n=min(n, self.draws.n), values=values), loads=loads)


def simulate(
    model: Model, a: Assumptions, draws: Draws, workers: int = 1, chunk: int = CHUNK, like: Simulation | None = None
) -> Simulation:
    """Simulate a return: each case's own hours, quantities and beliefs are drawn, added to the loads and dropped.

    Parameters
    ----------
    model : Model
    a : Assumptions
    draws : Draws
        :func:`larcnb.sensitivity.draws.draw_table` of the same assumptions.
    workers : int
        Threads; the result is the same to the last bit, whatever their number.
    chunk : int
        Cases whose own draws are held at one time; it changes memory and nothing else.
    like : Simulation, optional
        Of the same model, spread, draws and seed, under other assumptions: spares adding up what is the same in both.

    Returns
    -------
    Simulation
    """
    chosen = model.selection(a.accept_at, a.long_years)
    values = central(model, a) | dict(draws.values)
    centre = central(model, a)
    lines = _lines_by_case(model) if like is None else {}
    told: dict[str, list] = {}
    for row in chosen.rows.itertuples(index=False):
        told.setdefault(row.case_id, []).append(row)
    inputs = {kind: np.zeros(draws.n) for kind in model.lines.kinds} if like is None else like.loads.inputs
    held, real = ([np.zeros(draws.n) for _ in chosen.spells] for _ in range(2))

    def own(case: str) -> tuple[np.ndarray, np.ndarray, list]:
        hours, quantity = draws.own_factors(f"{model.name}.{case}") if case in lines else (ONE, ONE)
        beliefs = []
        for row in told.get(case, ()):
            if not beliefs or beliefs[-1][0] != row.future:
                beliefs.append((row.future, *_belief(model, a, draws, values, centre, row)))
            beliefs[-1][3].append((row.spell, row.people))
        return hours, quantity, beliefs

    with ThreadPoolExecutor(max(1, workers)) as pool:
        run = pool.map if workers > 1 else map
        for start in range(0, len(model.cases), chunk):
            cases = model.cases[start : start + chunk]
            for case, (hours, quantity, beliefs) in zip(cases, run(own, cases), strict=True):
                for key, amount in lines.get(case, ()):
                    inputs[key] += amount * (hours if key[0] == "process" else quantity)
                for _, expected, happened, spells in beliefs:
                    for spell, people in spells:
                        held[spell] += people * expected
                        real[spell] += people * happened
    exact = evaluate(model, a)
    return Simulation(model, a, draws, Loads(inputs, held, real), exact, rounding(model, a, exact))


def input_factor(values: Mapping[str, np.ndarray], item: str, grade: int) -> np.ndarray:
    """What an input line is multiplied by: its item's draw and the cost correction of its grade."""
    return values.get(f"unit.{item}", np.ones(1)) * (1 + values[f"cost_correction.{grade}"])


def rounding(model: Model, a: Assumptions, exact: Evaluated) -> tuple[float, np.ndarray]:
    """What rounding by line adds to the sum of all inputs and of each year, GBP."""
    values, chosen = central(model, a), model.selection(a.accept_at, a.long_years)
    lines = model.lines
    corrected = np.array([1 + values[f"cost_correction.{grade}"][0] for _, _, grade in lines.kinds])
    plain = float(np.bincount(lines.kind, lines.amount, len(corrected)) @ corrected)
    years, of = np.zeros(a.long_years), [spell for spell, _ in chosen.of_kind]
    if of:
        weights = [weight(a, values, spell.future, agreed)[0] for spell, agreed in chosen.of_kind]
        held = chosen.numbers["lines"] * chosen.numbers["people"] * weights
        first, one = worth(of, [model.units[spell.item] for spell in of], a, values, decays(a, values))
        years[first : first + one.shape[1]] = held @ one[:, :, 0]
    return float(exact.inputs.sum()) - plain, exact.by_year[:, 0] - years


def _lines_by_case(model: Model) -> dict[str, list[tuple[tuple[str, str, int], float]]]:
    out: dict[str, list[tuple[tuple[str, str, int], float]]] = {}
    for case, key, amount in model.lines.by_case():
        out.setdefault(model.cases[case], []).append((key, amount))
    return out


def _belief(model, a, draws, values, centre, row) -> tuple[np.ndarray, np.ndarray, list]:
    """Expectation and Bernoulli draw of one future of one case, and an empty list for its spells."""
    chance = weight(a, values, row.future, row.likelihood)
    name = f"{model.name}.{row.case_id}.{row.future}"
    if a.weighting == "accepted":
        return chance, chance, []
    expected = chance
    if not (a.weighting == "observed" and f"rate.{row.future}" in values):
        families = draws.spread.belief + draws.spread.witness * row.agree
        middle = weight(a, centre, row.future, row.likelihood)
        expected = draws.belief(f"belief.{name}", chance, families, middle)
    return expected, draws.happens(name, odds(chance)).astype(float), []


def _total(amounts, n: int) -> np.ndarray:
    out = np.zeros(n)
    for amount in amounts:
        out = out + amount
    return out
