"""How fast the sensitivity study is: totals of very many cases, single cases, and the panel.

Run as ``python -m benchmarks.sensitivity``. Each line reads ``measure: value, goal value, met`` or ``short``. All is
made up from the national tables and a seed; each measure runs in a process of its own, so that peaks are its own.
Seconds are of processor time on one thread, which the clock of a machine with nothing else to do does not exceed.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time

import numpy as np
import pandas as pd
from larcnb.sensitivity.draws import Draws, draw_table
from larcnb.sensitivity.model import Model, central
from larcnb.sensitivity.panel import verdict
from larcnb.sensitivity.ranges import Range, ranges
from larcnb.sensitivity.selection import Selection, Spell
from larcnb.sensitivity.simulate import Loads, Simulation

from larcnb import params
from larcnb.library import Library, load_library
from larcnb.root import WORKBOOK, Root
from larcnb.sensitivity import many, single
from larcnb.sensitivity.spread import load_spread

EPISODES, DRAWS, AUTHORITIES, LINES, FUTURES = 150_000, 10_000, 153, 12, 3
LIKELIHOODS = ("likely", "highly_likely")
LOOPED, CASES, REPEATS = 3, 1000, 5
"""Draws of the pandas loop and cases of the case-level measure that are timed (the first is scaled up); the best of so
many runs counts."""


def library_parts() -> tuple[Library, pd.DataFrame, tuple[Spell, ...]]:
    """The national library, its LARC4 prices, and a spell for each priced row of its futures."""
    library = load_library(Root(WORKBOOK))
    prices = library.prices("larc4", "2010-11")
    spells = tuple(
        Spell(row.future, row.item, row.start, row.years, row.quantity, max(row.grade, prices.loc[row.item, "grade"]))
        for row in library.futures.dropna(subset=["item"]).itertuples() if row.item in prices.index
    )  # fmt: skip
    return library, prices, spells


def episodes_made(number: int, prices: pd.DataFrame, spells: tuple[Spell, ...]) -> tuple[many.Lines, many.Counted]:
    """Episodes with twelve input lines and three futures each, as arrays."""
    rng = np.random.default_rng(1)
    bought = prices[prices["category"] != "future"]
    item = rng.integers(0, len(bought), number * LINES)
    amount = np.round(rng.gamma(2, 2, number * LINES) * bought["unit_value"].to_numpy()[item], 2)
    lines = many.Lines(np.repeat(np.arange(number), LINES), item, amount, np.tile([True] * 8 + [False] * 4, number),
                       list(zip(bought.index, bought["grade"].astype(int), strict=True)))  # fmt: skip
    codes = sorted({spell.future for spell in spells})
    of = [[place for place, spell in enumerate(spells) if spell.future == code] for code in codes]
    told = rng.integers(0, len(codes), number * FUTURES)
    counts = np.array([len(places) for places in of])[told]
    belief = np.repeat(np.arange(number * FUTURES), counts)
    within = np.arange(len(belief)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts, places = np.cumsum([0] + [len(p) for p in of[:-1]]), np.concatenate(of)
    source, families = rng.integers(0, 2, number * FUTURES), 4 + 4.0 * rng.integers(0, 4, number * FUTURES)
    units = prices["unit_value"]
    counted = many.Counted(
        belief, belief // FUTURES, places[starts[told[belief]] + within], source[belief], np.ones(len(belief)),
        families[belief], [(spell, units[spell.item]) for spell in spells],
        [f"probability.{word}" for word in LIKELIHOODS],
    )  # fmt: skip
    return lines, counted


def made(number: int) -> tuple[Model, params.Assumptions, dict[str, Range]]:
    """The same episodes as a model, under the Green Book's assumptions."""
    library, prices, spells = library_parts()
    preset = params.load_preset(Root(WORKBOOK), "public_purse")
    lines, counted = episodes_made(number, prices, spells)
    names = np.array([f"e{n:06}" for n in range(number)])
    items = pd.DataFrame(lines.items, columns=["item", "grade"]).iloc[lines.item].reset_index(drop=True)
    inputs = items.assign(case_id=names[lines.case], stage=np.where(lines.process, "process", "intervention"),
                          quantity=1.0, amount=lines.amount)  # fmt: skip
    rows = pd.DataFrame({
        "case_id": names[counted.case], "future": [spells[place].future for place in counted.spell],
        "likelihood": np.array(LIKELIHOODS)[counted.source], "people": 1,
        "agree": ((counted.families - 4) / 4).astype(int), "spell": counted.spell,
    }).drop_duplicates(["case_id", "future", "spell"])  # fmt: skip
    alike = rows.groupby(["spell", "likelihood", "people"])
    kinds = alike.size().rename("lines").reset_index()
    rows = rows.assign(kind=alike.ngroup(), case=rows["case_id"].str[1:].astype(int))
    chosen = Selection(rows, spells, kinds, pd.DataFrame(), ())
    a = preset.assumptions
    model = Model("made", {}, library, prices, inputs, tuple(names), {}, {a.accept_at: {a.long_years: chosen}})
    return model, a, ranges(a, preset.log)


def shared(model: Model, a: params.Assumptions, found: dict) -> tuple[Draws, dict[str, np.ndarray]]:
    """The draw table, and the central values with the drawn ones in their place."""
    draws = draw_table(model, a, found, load_spread(Root(WORKBOOK)), DRAWS, 1)
    return draws, central(model, a) | dict(draws.values)


def authority_totals() -> list[tuple[str, float, float, bool]]:
    """Every authority's saving over the draw table: the table drawn, totals, intervals; against a pandas loop."""
    few, a, found = made(200)
    lines, counted = episodes_made(EPISODES, *library_parts()[1:])
    group = np.random.default_rng(2).integers(0, AUTHORITIES, EPISODES)
    names = [f"authority {n}" for n in range(AUTHORITIES)]
    taken = []
    for _ in range(REPEATS):
        start = time.process_time()
        draws, values = shared(few, a, found)
        inputs, avoided = many.group_totals(lines, counted, group, names, a, values, draws, luck=True)
        np.quantile(avoided - inputs, [0.025, 0.5, 0.975], axis=1)
        taken.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    frame = pd.DataFrame({"authority": group[lines.case], "item": lines.item, "amount": lines.amount})
    units = np.stack([np.broadcast_to(values[f"unit.{item}"], DRAWS) for item, _ in lines.items])
    looped = []
    for n in range(LOOPED):
        start = time.process_time()
        cost = frame["amount"] * frame["item"].map(pd.Series(units[:, n]))
        cost.groupby(frame["authority"]).sum()
        looped.append(time.process_time() - start)
    ratio = float(np.median(looped)) * DRAWS / min(taken)
    return [("authority totals, 150,000 episodes x 10,000 draws, CPU seconds", min(taken), 1, min(taken) <= 1),
            ("authority totals, peak MiB with the episodes in memory", peak, 500, peak <= 500),
            ("authority totals, times a pandas loop over draws", ratio, 300, ratio >= 300)]  # fmt: skip


def single_cases() -> list[tuple[str, float, float, bool]]:
    """Mean, five quantiles and chance of each case's long-term saving, one case in memory at a time a thread."""
    model, a, found = made(CASES)
    draws, _ = shared(model, a, found)
    simulation = Simulation(model, a, draws, Loads({}, [], []), None, (0.0, np.zeros(a.long_years)))
    taken = []
    for _ in range(REPEATS):
        start = time.process_time()
        single.cases(simulation, ["long"])
        taken.append(time.process_time() - start)
    speed = CASES * DRAWS / min(taken)
    return [("single cases, mean and five quantiles, case-draws a CPU second", speed, 2e7, speed >= 2e7)]


def panel() -> list[tuple[str, float, float, bool]]:
    """One move of a slider: the verdict of an authority with forty cases worked out afresh."""
    model, a, _ = made(40)
    taken = []
    for value in np.linspace(0, 0.9, 10):
        start = time.process_time()
        verdict(model, a, {"deadweight": value})
        taken.append(time.process_time() - start)
    return [("panel, one move with 40 cases, CPU seconds", max(taken), 0.3, max(taken) < 0.3)]


def main() -> int:
    """Run every measure, print its line, and return 1 if any falls short."""
    short = 0
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")  # for the processes begun below
    for measure in (authority_totals, single_cases, panel):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            for what, value, goal, met in pool.apply(measure):
                sys.stdout.write(f"{what}: {value:.4g}, goal {goal:.4g}, {'met' if met else 'short'}\n")
                sys.stdout.flush()
                short += not met
    return int(short > 0)


if __name__ == "__main__":
    sys.exit(main())
