"""Totals of very many cases: authorities' savings over the draw table, without a loop over cases.

In: input lines and counted library rows of any number of cases, each with the group it belongs to. Out: draws of
each group's inputs and cost avoided. What is linear is added up first (METHOD.md part 4), so that time depends on the
number of items and library rows, not of cases.

The shared draws enter exactly. What is a case's own (hours, quantities, beliefs, whether a future happens) enters a
group's sum as one normal draw with the sum's own variance at the central unit values: right in mean and variance, and
for hundreds of cases in shape. For a few dozen cases use :mod:`larcnb.sensitivity.simulate`, which draws each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from larcnb.params import Assumptions
from larcnb.sensitivity.draws import Draws, stream
from larcnb.sensitivity.model import Model
from larcnb.sensitivity.selection import Spell
from larcnb.sensitivity.simulate import input_factor
from larcnb.sensitivity.spread import Spread
from larcnb.sensitivity.worth import decays, worth_in_all


@dataclass(frozen=True)
class Lines:
    """Input lines of many cases, an array each.

    Parameters
    ----------
    case, item : array of int
        Places in the cases and in ``items``.
    amount : array of float
        GBP at the price base.
    process : array of bool
        Time on the process, else support.
    items : sequence of (str, int)
        Each item's code and the grade of its cost.
    """

    case: np.ndarray
    item: np.ndarray
    amount: np.ndarray
    process: np.ndarray
    items: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Counted:
    """Counted library rows of many cases, an array each.

    Parameters
    ----------
    belief : array of int
        Place of the case's future: rows of one future of one case share it.
    case : array of int
        Place of the case, one a row.
    spell, source : array of int
        Places in ``spells`` and in ``sources``.
    people, families : array of float
        Family members affected; the Beta concentration of the belief.
    spells : sequence of (Spell, float)
        Each with its GBP a unit.
    sources : sequence of str
        Where a weight comes from: ``probability.<likelihood>`` or ``rate.<future>``; "" is certain.
    """

    belief: np.ndarray
    case: np.ndarray
    spell: np.ndarray
    source: np.ndarray
    people: np.ndarray
    families: np.ndarray
    spells: Sequence[tuple[Spell, float]]
    sources: Sequence[str]


def group_totals(
    lines: Lines, counted: Counted, group: np.ndarray, names: Sequence[str], a: Assumptions,
    values: dict[str, np.ndarray], draws: Draws, luck: bool = False,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The draws of each group's inputs and long-term cost avoided.

    Parameters
    ----------
    lines : Lines
    counted : Counted
    group : array of int, one a case
        Place in ``names``.
    names : sequence of str
        The groups' names: each has streams of its own.
    a : Assumptions
    values : dict of name to array
        Central values with the draws in their place (:attr:`larcnb.sensitivity.simulate.Simulation.values`).
    draws : Draws
    luck : bool
        Futures happen or not; else they stand at their chance.

    Returns
    -------
    array, array
        Groups x n, GBP at the price base.
    """
    inputs = _inputs(lines, group, len(names), values, draws)
    avoided = _avoided(counted, group, len(names), a, values, draws, luck)
    for place, name in enumerate(names):
        for part, (total, variation) in (("inputs", inputs), ("avoided", avoided)):
            if variation[place]:
                noise = stream(draws.seed, f"own.{part}.{name}").standard_normal(draws.n)
                total[place] *= 1 + draws.scale * variation[place] * noise
    return inputs[0], avoided[0]


def pool(models: Sequence[Model], a: Assumptions, spread: Spread) -> tuple[Lines, Counted, np.ndarray, list[str]]:
    """Put several authorities' models side by side for :func:`group_totals`.

    Returns
    -------
    Lines, Counted, array of int (each case's group), list of str (the groups' names)
    """
    inputs, rows, group, names = [], [], [], [model.name for model in models]
    start = 0
    for place, model in enumerate(models):
        at = {case: start + n for n, case in enumerate(model.cases)}
        inputs.append(model.inputs.assign(case=model.inputs["case_id"].map(at)))
        chosen = model.selection(a.accept_at, a.long_years)
        spells = [(spell, model.units[spell.item]) for spell in chosen.spells]
        sources = [_source(a, model, row.future, row.likelihood) for row in chosen.rows.itertuples()]
        rows.append(chosen.rows.assign(
            case=chosen.rows["case"] + start, spell=[spells[n] for n in chosen.rows["spell"]], source=sources,
            families=spread.belief + spread.witness * chosen.rows["agree"],
        ))  # fmt: skip
        group += [place] * len(model.cases)
        start += len(model.cases)
    lines, told = pd.concat(inputs, ignore_index=True), pd.concat(rows, ignore_index=True)
    item, items = pd.MultiIndex.from_frame(lines[["item", "grade"]]).factorize()
    spell, spells = pd.factorize(pd.Series(list(told["spell"]), dtype=object))
    source, sources = pd.factorize(told["source"])
    return (
        Lines(lines["case"].to_numpy(int), item, lines["amount"].to_numpy(), (lines["stage"] == "process").to_numpy(),
              list(items)),
        Counted(told.groupby(["case", "future"], sort=False).ngroup().to_numpy(), told["case"].to_numpy(int), spell,
                source, told["people"].to_numpy(float), told["families"].to_numpy(float), list(spells), list(sources)),
        np.array(group), names,
    )  # fmt: skip


def _source(a: Assumptions, model: Model, future: str, likelihood: str) -> str:
    if a.weighting == "accepted":
        return ""
    return f"rate.{future}" if a.weighting == "observed" and future in model.rates else f"probability.{likelihood}"


def _inputs(lines: Lines, group: np.ndarray, number: int, values, draws: Draws) -> tuple[np.ndarray, np.ndarray]:
    wide, of = len(lines.items), group[lines.case]
    summed = np.bincount(of * wide + lines.item, lines.amount, number * wide).reshape(number, wide)
    unit = np.stack([np.broadcast_to(input_factor(values, item, grade), draws.n) for item, grade in lines.items])
    centre = unit.mean(1)
    spread = {True: draws.spread.hours, False: draws.spread.quantity}
    variance = np.zeros(len(group))
    for process, variation in spread.items():
        these = lines.process == process
        each = np.bincount(lines.case[these], (lines.amount * centre[lines.item])[these], len(group))
        variance += (variation * each) ** 2
    return summed @ unit, _variation(np.bincount(group, variance, number), summed @ centre)


def _avoided(counted: Counted, group, number: int, a, values, draws: Draws, luck: bool):
    if not counted.spells:
        return np.zeros((number, draws.n)), np.zeros(number)
    decay, wide = decays(a, values), len(counted.sources)
    chance = [values[name] if name else np.ones(1) for name in counted.sources]
    kinds = wide * len(counted.spells)
    place = counted.spell * wide + counted.source
    held = np.bincount(group[counted.case] * kinds + place, counted.people, number * kinds)
    spells, units = zip(*counted.spells, strict=True)
    one = worth_in_all(spells, units, values, decay, a.long_years)
    each = np.stack([np.broadcast_to(amount * share, draws.n) for amount in one for share in chance])
    mean = np.array([float(np.mean(share)) for share in chance])
    value = np.bincount(counted.belief, counted.people * np.array([np.mean(amount) for amount in one])[counted.spell])
    first = np.zeros(len(value), dtype=int)
    first[counted.belief] = np.arange(len(counted.belief))  # any one row of a belief: they agree on all but the spell
    share, rated = mean[counted.source[first]], np.array([name.startswith("rate.") for name in counted.sources])
    own = np.where(rated[counted.source[first]], np.inf, counted.families[first]) + 1
    spread = share * (1 - share) * (1.0 if luck else 1 / own) * value**2
    variance = np.bincount(group[counted.case[first]], spread, number)
    summed = held.reshape(number, kinds) @ each
    return summed, _variation(variance, summed.mean(1))


def _variation(variance: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return np.divide(np.sqrt(variance), mean, out=np.zeros_like(mean), where=mean > 0)
