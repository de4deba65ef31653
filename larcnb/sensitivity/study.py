"""A sensitivity study of one run: everything METHOD.md part 4 asks, each worked out once, when asked for.

In: a run (its tables, library, prices, ledger, assumptions and preset), a number of draws and a seed. Out:
:class:`Study`, whose parts are the frames that notebook, figures and findings show.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from larcnb import parameters
from larcnb.params import Assumptions, Preset, list_presets, load_preset
from larcnb.sensitivity import information, intervals, matters, oneway, sets, single
from larcnb.sensitivity.draws import Draws, draw_table
from larcnb.sensitivity.model import Model, build_model
from larcnb.sensitivity.ranges import Range, ranges
from larcnb.sensitivity.simulate import Simulation, simulate
from larcnb.sensitivity.spread import Spread, load_spread

FEWEST = 64
"""Draws: with fewer there is nothing to show how the indices settle."""
WORTHS = 21
SOBOL = 4096
"""Points along what a pound saved later is worth; most base draws of the Sobol indices."""


@dataclass(frozen=True, repr=False)
class Study:
    """One authority's sensitivity study; open it with :func:`open_study`.

    Parameters
    ----------
    run
        A :class:`larcnb.workbook.Run`, or anything with its ``tables``, ``library``, ``prices``, ``ledger``,
        ``assumptions``, ``preset``, ``authority`` and ``root``.
    draws, seed : int
    """

    run: Any
    draws: int
    seed: int

    def __repr__(self) -> str:
        return f"Sensitivity of {self.model!r}, preset {self.a.preset}: {self.draws:,} draws, seed {self.seed}"

    @property
    def a(self) -> Assumptions:
        """The assumptions of the run."""
        return self.run.assumptions

    @cached_property
    def empty(self) -> bool:
        """No case is costed: there is nothing to vary."""
        return not self.model.cases

    @cached_property
    def model(self) -> Model:
        """The return, ready to be appraised under many assumptions."""
        run = self.run
        return build_model(run.tables, run.library, run.prices, run.ledger, run.authority.slug)

    @cached_property
    def ranges(self) -> dict[str, Range]:
        """Each assumption's range, from the log of the run's preset."""
        return ranges(self.a, self.run.preset.log)

    @cached_property
    def spread(self) -> Spread:
        """Spreads of unit costs, hours, durations and beliefs."""
        return load_spread(self.run.root)

    @cached_property
    def _presets(self) -> dict[str, Preset]:
        names = list_presets(self.run.root)
        return {n: self.run.preset if n == self.run.preset.name else load_preset(self.run.root, n) for n in names}

    @cached_property
    def sets(self) -> dict[str, Assumptions]:
        """The presets as they stand, and the authority's own set where it has overrides."""
        own = {sets.OWN: self.a} if self.run.authority.overrides else {}
        return {name: preset.assumptions for name, preset in self._presets.items()} | own

    @cached_property
    def tornado(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.oneway.tornado`, long term."""
        return oneway.tornado(self.model, self.a, self.ranges, self.spread, swept=self.sweeps)

    @cached_property
    def sweeps(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.oneway.sweep` of every assumption, long term."""
        return pd.concat([oneway.sweep(self.model, self.a, one) for one in self.ranges.values()], ignore_index=True)

    @cached_property
    def switching(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.oneway.switching`, long term."""
        return oneway.switching(self.model, self.a, self.ranges)

    @cached_property
    def surface(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.sets.surface`."""
        return sets.surface(self.model, self.a, self.ranges["deadweight"])

    @cached_property
    def presets(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.sets.by_set` with the interval of each set's long-term saving (expectation)."""
        frame = sets.by_set(self.model, self.sets)
        drawn = [self._interval(name) for name in frame["set"]]
        return pd.concat([frame, pd.DataFrame(drawn)], axis=1)

    @cached_property
    def by_case(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.sets.by_set_and_case`."""
        return sets.by_set_and_case(self.model, self.sets)

    @cached_property
    def base_rates(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.sets.base_rates`."""
        return sets.base_rates(self.model, self.a)

    @cached_property
    def three_answers(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.sets.three_answers`."""
        return sets.three_answers(self.model, self.a)

    @cached_property
    def rests(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.sets.rests`."""
        return sets.rests(self.model, self.a, self.run.tables["children"], self.run.ledger)

    @cached_property
    def draw_table(self) -> Draws:
        """The draws that everything shares."""
        return draw_table(self.model, self.a, self.ranges, self.spread, self.draws, self.seed)

    @cached_property
    def simulation(self) -> Simulation:
        """The return over the draw table."""
        return simulate(self.model, self.a, self.draw_table)

    @cached_property
    def savings(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.intervals.savings`."""
        return intervals.savings(self.simulation)

    @cached_property
    def fan(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.intervals.fan`, expectation."""
        return intervals.fan(self.simulation)

    @cached_property
    def payers(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.intervals.payers`, expectation."""
        return intervals.payers(self.simulation)

    @cached_property
    def cases(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.single.cases`."""
        return single.cases(self.simulation)

    @cached_property
    def _sobol(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        n = min(self.draws, SOBOL)
        other = draw_table(self.model, self.a, self.ranges, self.spread, n, self.seed + 1)
        return matters.sobol(self.simulation, simulate(self.model, self.a, other))

    @property
    def sobol(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.matters.sobol` of the long-term saving, expectation."""
        return self._sobol[0]

    @property
    def convergence(self) -> pd.DataFrame:
        """The same with fewer draws."""
        return self._sobol[1]

    @cached_property
    def worths(self) -> np.ndarray:
        """What a pound saved later may be worth, GBP."""
        return np.round(np.linspace(*self.spread.pound_later, WORTHS), 6)

    @cached_property
    def evpi(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.information.evpi` with the expected loss of each option."""
        return information.evpi(*self._parts, self.worths)

    @cached_property
    def evppi(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.information.evppi` of each group, with ``label``."""
        known = matters.summaries(self.simulation, matters.at_means(self.simulation))
        found = information.evppi(*self._parts, known, self.worths)
        return found.assign(label=found["group"].map(matters.GROUPS))

    @cached_property
    def evppi_single(self) -> pd.DataFrame:
        """EVPPI of each shared uncertain value by itself, at the worth where knowing everything is worth most."""
        at = float(self.evpi.loc[self.evpi["evpi"].idxmax(), "worth"])
        known = {name: drawn for name, drawn in self.draw_table.values.items() if np.ptp(drawn) > 0}
        found = information.evppi(*self._parts, known, [at])
        return found.sort_values(["evppi", "group"], ascending=[False, True], ignore_index=True)

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray]:
        return self.simulation.avoided(), self.simulation.inputs

    def _interval(self, name: str) -> dict[str, float]:
        if name == sets.OWN or (self.sets[name] == self.a):
            simulation = self.simulation
        else:
            a, found = self.sets[name], ranges(self.sets[name], self._presets[name].log)
            drawn = draw_table(self.model, a, found, self.spread, self.draws, self.seed, like=self.draw_table)
            simulation = simulate(self.model, a, drawn, like=self.simulation)
        return intervals.interval(simulation.saving())


def open_study(run: Any, draws: int, seed: int) -> Study:
    """Open the sensitivity study of a run.

    Parameters
    ----------
    run : larcnb.workbook.Run
    draws : int
        Number of Monte Carlo draws, such as 10000.
    seed : int
        The same seed gives the same draws for every authority, so that their results can be added draw by draw.

    Raises
    ------
    LarcError
        ``draws`` is no whole number of 64 or more, or ``seed`` none of 0 or more.
    """
    return Study(run, parameters.whole("draws", draws, FEWEST), parameters.whole("seed", seed, 0))
