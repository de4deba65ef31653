"""Sensitivity of the result to what was assumed: everything docs/method.md part 4 asks, worked out once, when asked
for.

In: a run (its tables, library, prices, ledger, assumptions, preset and authority), a number of draws and a seed. Out:
:class:`Study`, opened with :func:`open_study`, whose parts are the frames that notebook, figures and findings show;
:func:`long_table` (sensitivity.parquet), :func:`headlines` read back from it, :func:`by_draw` (draws.parquet), from
which :func:`round_draws` sums a round, and the three files of SAVI.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from larcnb import costing
from larcnb.notebook import whole_number
from larcnb.params import Assumptions, Preset, list_presets, load_preset
from larcnb.params.spread import Spread, load_spread
from larcnb.sensitivity import monte_carlo, scenarios, sobol, value_of_information, what_if
from larcnb.sensitivity.monte_carlo import GROUPS, Simulation
from larcnb.sensitivity.scenarios import OWN, REFERENCE, SAID, Appraiser

by_draw, round_draws, panel = monte_carlo.by_draw, monte_carlo.round_draws, what_if.Panel
MOST_DRAWS = 1_000_000
LONG_COLUMNS = dict.fromkeys(("result", "of", "at"), "str") | {"number": "float64"}
LONG_COLUMNS |= {"measure": "str", "value": "float64", "unit": "str"}
RESULTS = SAID["results"]
"""Frames of the study in the long table: the columns that say of what, at what, and at which number."""
NUMBERS = ("told", "number", "months", "losses", "years", "benefit_cost_ratio")
SHARES = ("chance", "share", "believed", "prevented", "first", "total", "halved", "break_even")
FEWEST = 64
"""Draws: with fewer the indices say nothing."""


def _of(function: Callable) -> cached_property:
    """A function of what is appraised, under the run's assumptions."""
    return cached_property(lambda study: function(study.appraiser, study.a))


def _drawn(function: Callable) -> cached_property:
    """A function of the run's own set, drawn."""
    return cached_property(lambda study: function(study.simulation))


def _part(name: str, place: int) -> property:
    """One of the frames that are worked out together."""
    return property(lambda study: getattr(study, name)[place])


@dataclass(frozen=True, repr=False)
class Study:
    """One authority's sensitivity study; open it with :func:`open_study`.

    ``studies``, ``surface``, ``averages`` are the functions of these names in
    :mod:`~larcnb.sensitivity.scenarios`, under the run's assumptions; ``savings``, ``fan``, ``payers``, ``cases`` in
    :mod:`~larcnb.sensitivity.monte_carlo`; ``sobol`` in :mod:`~larcnb.sensitivity.sobol`; ``evpi``, ``evppi`` (with
    ``label``) and ``advice`` in :mod:`~larcnb.sensitivity.value_of_information`; ``by_case`` is the second frame of
    :func:`~larcnb.sensitivity.scenarios.by_set`. Money is GBP at the run's price base.

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

    studies, surface = _of(scenarios.studies), _of(scenarios.surface)
    averages = _of(scenarios.averages)
    savings, fan = _drawn(monte_carlo.savings), _drawn(monte_carlo.fan)
    payers, cases = _drawn(monte_carlo.payers), _drawn(monte_carlo.cases)
    sobol, _value_of_information = _drawn(sobol.sobol), _drawn(value_of_information.analyse)
    evpi, evppi, advice = (_part("_value_of_information", place) for place in range(3))
    by_case = _part("_by_set", 1)

    @property
    def a(self) -> Assumptions:
        """The assumptions of the run."""
        return self.run.assumptions

    @cached_property
    def appraiser(self) -> Appraiser:
        """The return, ready to be appraised under any assumptions."""
        run = self.run
        return Appraiser(run.tables, run.library, run.prices, run.ledger, run.authority.slug)

    @property
    def horizon(self) -> int:
        """Years up to the last with a flow; those of the long term where there is none."""
        return costing.horizon(self.run.ledger) or self.a.long_years

    @property
    def empty(self) -> bool:
        """No case is costed: there is nothing to vary."""
        return not self.appraiser.exposure(self.a).cases

    @cached_property
    def spread(self) -> Spread:
        """Spreads of unit costs, hours and durations."""
        return load_spread(self.run.root)

    @cached_property
    def _sweeps(self) -> tuple:
        log, reasons = self.run.preset.log, self.run.authority.reasons
        return self.appraiser, self.a, scenarios.sweeps(self.appraiser, self.a, log, reasons)

    @cached_property
    def _presets(self) -> dict[str, Preset]:
        return {name: load_preset(self.run.root, name) for name in list_presets(self.run.root)}

    @property
    def used(self) -> str:
        """The name of the run's set: a preset, or the authority's own where it has overrides."""
        presets = self._presets.items()
        return next((name for name, preset in presets if preset.assumptions == self.a), OWN)

    @cached_property
    def tornado(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.scenarios.tornado`, long term."""
        return scenarios.tornado(*self._sweeps, monte_carlo.joint_ends(self.simulation))

    @cached_property
    def switching(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.scenarios.switching`, long term."""
        return scenarios.switching(*self._sweeps)

    @cached_property
    def _by_set(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        sets = {name: one.a for name, one in self.simulations.items()}
        return scenarios.by_set(self.appraiser, sets)

    @cached_property
    def scenarios(self) -> pd.DataFrame:
        """The first frame of :func:`larcnb.sensitivity.scenarios.by_set`, with the columns of
        :func:`larcnb.sensitivity.monte_carlo.interval`: within each set, of its long-term saving, GBP."""
        drawn = self.simulations.values()
        intervals = [monte_carlo.interval(one.drawn.saving(), one.chance_stated) for one in drawn]
        return pd.concat([self._by_set[0], pd.DataFrame(intervals)], axis=1)

    @property
    def break_even(self) -> pd.DataFrame:
        """Of this set: each case's inputs, what its futures told would have cost, and the share that must be prevented.

        ``case_id`` (blank: all cases together, the last row), ``inputs``, ``told_long`` (GBP), ``break_even_share``.
        """
        whole, cases = (frame[frame["set"] == self.used] for frame in self._by_set)
        columns = ["case_id", "inputs", "told_long", "break_even_share"]
        return pd.concat([cases, whole.assign(case_id="")])[columns].reset_index(drop=True)

    def _simulate(self, a: Assumptions, *own: Mapping) -> Simulation:
        return Simulation(self.appraiser, a, *own, self.spread, self.draws, self.seed)

    @cached_property
    def simulation(self) -> Simulation:
        """The run's own set, drawn."""
        of = self.run.authority
        return self._simulate(self.a, self.run.preset.log, of.overrides, of.reasons)

    @cached_property
    def simulations(self) -> dict[str, Simulation]:
        """Every set, drawn with the same draws: the presets as they stand, and the authority's own."""
        presets = self._presets.items()
        drawn = {name: self._simulate(of.assumptions, of.log, {}, {}) for name, of in presets}
        return drawn | {self.used: self.simulation}


def open_study(run: Any, draws: int, seed: int) -> Study:
    """Open the sensitivity study of a run.

    Parameters
    ----------
    run : larcnb.workbook.Run
    draws : int
        Number of Monte Carlo draws, such as 10000.
    seed : int
        The same seed gives the same draws for every authority, so that their results can be added draw by draw.

    Returns
    -------
    Study

    Raises
    ------
    LarcError
        One of them is not a whole number within its limits (draws: 64 to a million).
    """
    draws = whole_number("draws", draws, FEWEST, MOST_DRAWS)
    return Study(run, draws, whole_number("seed", seed, 0))


def long_table(study: Study) -> pd.DataFrame:
    """Every number of the study in one long table: ``sensitivity.parquet``.

    Returns
    -------
    DataFrame
        ``result`` (:data:`RESULTS`, and ``headlines``: one row, their JSON in ``at``), ``of`` (assumption, group, set,
        case, payer, future), ``at`` (a value in words, a set), ``number`` (year, threshold, or a second coordinate),
        ``measure``, ``value``, ``unit`` (``GBP``, ``share``, ``number``). ``headlines`` and ``scenarios`` alone where
        no case is costed.
    """
    told = {"result": "headlines", "at": json.dumps(_headlines(study), allow_nan=False)}
    parts = [pd.DataFrame([told | dict.fromkeys(("of", "measure", "unit"), "")])]
    shown = {"scenarios": RESULTS["scenarios"]} if study.empty else RESULTS
    for result, (of, at, number) in shown.items():
        frame = study.simulation.catalogue if result == "uncertain" else getattr(study, result)
        ids = [name for name in (of, at, number) if name]
        measures = [name for name in frame.select_dtypes("number") if name not in ids]
        long = frame.melt(ids, measures, "measure")
        named = {"of": long[of] if of else result, "at": long[at] if at else ""}
        named["number"] = long[number] if number else np.nan
        long = long[["measure", "value"]].assign(result=result, **named)
        parts.append(long.assign(unit=long["measure"].map(_unit)))
    whole = [part.reindex(columns=list(LONG_COLUMNS)) for part in parts if len(part)]
    return pd.concat([part.astype(LONG_COLUMNS) for part in whole], ignore_index=True)


def _unit(measure: str) -> str:
    if measure in NUMBERS:
        return "number"
    return "share" if any(part in measure for part in SHARES) else "GBP"


def savi_tables(study: Study, most: int = 2500) -> dict[str, pd.DataFrame]:
    """The three files that SAVI (the Sheffield Accelerated Value of Information tool) reads.

    Parameters
    ----------
    study : Study
    most : int
        The first so many draws: SAVI's page asks for a thousand or more and slows with many.

    Returns
    -------
    dict of name to DataFrame
        ``savi_parameters`` (draws x what is uncertain and shared; for hours and quantities, which are a case's own,
        what they do to all inputs together), ``savi_costs`` and ``savi_effects`` (draws x the two options, GBP: inputs,
        and cost avoided; SAVI's threshold is then what a pound saved later is worth). No case can be told from them.
    """
    simulation = study.simulation
    avoided, inputs = (part[:most] for part in simulation.totals)
    nothing = np.zeros(len(inputs))
    shared = {one.name: simulation.table.get(one.name, nothing) for one in simulation.parameters}
    shared["hours"] = simulation.by_hours
    vary = {name: np.round(of[:most], 6) for name, of in shared.items() if np.ptp(of) > 0}
    return {
        "savi_parameters": pd.DataFrame(vary),
        "savi_costs": pd.DataFrame({"without": nothing, "with": np.round(inputs, 2)}),
        "savi_effects": pd.DataFrame({"without": nothing, "with": np.round(avoided, 2)}),
    }


def headlines(frame: pd.DataFrame) -> dict[str, Any]:
    """The headlines for the findings page and findings.json, read back from the long table.

    Parameters
    ----------
    frame : DataFrame
        ``sensitivity.parquet``.

    Returns
    -------
    dict
        GBP at the price base, shares 0 to 1, None where blank: ``seed``, ``draws``, ``chance_stated`` (whether chance
        and prevented are drawn); ``scenarios``: list of dicts with the columns of :attr:`Study.scenarios`; and, None or
        empty where no case is costed, ``studies``: list of ``future``, ``told``, ``prevented``, ``low``, ``high``;
        ``intervals``: dict of ``long`` and ``short``, each the columns of :attr:`Study.savings`;
        ``reference_information``: :func:`larcnb.sensitivity.value_of_information.advice` in the reference case,
        ``measure`` as a label; ``switching``: list of ``assumption``, ``label``, ``switch``, ``where``.
    """
    return json.loads(frame.loc[frame["result"] == "headlines", "at"].item())


def _headlines(study: Study) -> dict[str, Any]:
    out: dict[str, Any] = {
        "seed": study.seed,
        "draws": study.draws,
        "chance_stated": study.simulation.chance_stated,
        "scenarios": _records(study.scenarios),
    }
    if study.empty:
        blank = dict.fromkeys(("intervals", "reference_information"))
        return out | blank | {"studies": [], "switching": []}
    savings, advice = _records(study.savings.drop(columns="drawn")), study.advice
    if study.used != REFERENCE:
        advice = value_of_information.analyse(study.simulations[REFERENCE])[2]
    return out | {
        "studies": _records(study.studies[["future", "told", "prevented", "low", "high"]]),
        "intervals": {row.pop("horizon"): row for row in savings},
        "reference_information": advice | {"measure": GROUPS.get(advice["measure"])},
        "switching": _records(study.switching[["assumption", "label", "switch", "where"]]),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON can hold them: pounds to the penny, the rest to six digits, a blank null."""

    def plain(name: str, value: Any) -> Any:
        if pd.isna(value):
            return None
        return round(value, 2 if _unit(name) == "GBP" else 6) if isinstance(value, float) else value

    rows = frame.to_dict("records")
    return [{name: plain(name, value) for name, value in row.items()} for row in rows]
