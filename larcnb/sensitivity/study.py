"""A sensitivity study of one run: everything METHOD.md part 4 asks, each worked out once, when asked for.

In: a run (its tables, library, prices, ledger, assumptions, preset and authority), a number of draws and a seed. Out:
:class:`Study`, whose parts are the frames that notebook, figures and findings show; :func:`long_table`
(sensitivity.parquet), :func:`headlines` read back from it, and the three files of SAVI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from larcnb import parameters
from larcnb.params import Assumptions, Preset, list_presets, load_preset
from larcnb.sensitivity import monte_carlo, scenarios, sobol, value_of_information
from larcnb.sensitivity.monte_carlo import GROUPS, Simulation, Uncertain
from larcnb.sensitivity.scenarios import LABELS, OWN, REFERENCE, WHERE, Appraiser, Lever
from larcnb.sensitivity.spread import Spread, load_spread

WORTHS = 21
SOBOL = 4096
"""Points along what a pound saved later is worth; most draws of the Sobol indices."""
MOST_DRAWS = 1_000_000
LONG_COLUMNS = {"result": "str", "of": "str", "at": "str", "number": "float64", "measure": "str", "value": "float64",
                "unit": "str"}  # fmt: skip
NUMBERS = ("told", "number", "given", "place", "losses", "years", "benefit_cost_ratio")
SHARES = ("chance", "share", "believed", "prevented", "first", "total", "halved", "break_even")
FEWEST = 64
"""Draws: with fewer there is nothing to show how the indices settle."""


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
        cases = len(self.exposure.cases)
        return f"Sensitivity of {cases} costed cases, preset {self.a.preset}: {self.draws:,} draws, seed {self.seed}"

    @property
    def a(self) -> Assumptions:
        """The assumptions of the run."""
        return self.run.assumptions

    @cached_property
    def empty(self) -> bool:
        """No case is costed: there is nothing to vary."""
        return not self.exposure.cases

    @cached_property
    def appraiser(self) -> Appraiser:
        """The return, ready to be appraised under any assumptions."""
        run = self.run
        return Appraiser(run.tables, run.library, run.prices, run.ledger, run.authority.slug)

    @cached_property
    def exposure(self):
        """What counts under the run's assumptions."""
        return self.appraiser.exposure(self.a)

    @cached_property
    def spread(self) -> Spread:
        """Spreads of unit costs, hours and durations."""
        return load_spread(self.run.root)

    @cached_property
    def levers(self) -> dict[str, Lever]:
        """What can be varied one at a time."""
        found = scenarios.ranges(self.a, self.run.preset.log, self.run.authority.reasons)
        return scenarios.levers(self.appraiser, self.a, found)

    @cached_property
    def _presets(self) -> dict[str, Preset]:
        names = list_presets(self.run.root)
        return {n: self.run.preset if n == self.run.preset.name else load_preset(self.run.root, n) for n in names}

    @cached_property
    def sets(self) -> dict[str, Assumptions]:
        """The presets as they stand, and the authority's own set where it has overrides."""
        presets = {name: preset.assumptions for name, preset in self._presets.items()}
        return presets if self.a in presets.values() else presets | {OWN: self.a}

    @cached_property
    def tornado(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.scenarios.tornado`, long term."""
        joint = monte_carlo.joint_ends(self.uncertain, self.appraiser, self.a, self.spread, self.draws, self.seed)
        return scenarios.tornado(self.appraiser, self.a, self.levers, joint)

    @cached_property
    def switching(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.scenarios.switching`, long term."""
        return scenarios.switching(self.appraiser, self.a, self.levers)

    @cached_property
    def surface(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.scenarios.surface`."""
        return scenarios.surface(self.appraiser, self.a)

    @cached_property
    def averages(self) -> tuple[float, float]:
        """:func:`larcnb.sensitivity.scenarios.averages`: where this set stands on the surface."""
        return scenarios.averages(self.appraiser, self.a)

    @cached_property
    def _by_set(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return scenarios.by_set(self.appraiser, self.sets)

    @cached_property
    def scenarios(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.scenarios.by_set`, with the interval within each set of its long-term saving."""
        frame, _ = self._by_set
        drawn = [self.simulations[name] for name in frame["set"]]
        intervals = [monte_carlo.interval(one.drawn.saving(), one.chance_stated) for one in drawn]
        return pd.concat([frame, pd.DataFrame(intervals)], axis=1)

    @cached_property
    def by_case(self) -> pd.DataFrame:
        """Each case under each set."""
        return self._by_set[1]

    @cached_property
    def break_even(self) -> pd.DataFrame:
        """Of this set: each case's inputs, what its futures told would have cost, and the share that must be prevented.

        ``case_id`` (blank: all cases together, the last row), ``inputs``, ``told_long`` (GBP), ``break_even_share``.
        """
        used = next(name for name, a in self.sets.items() if a == self.a)
        whole, cases = (frame[frame["set"] == used] for frame in self._by_set)
        columns = ["case_id", "inputs", "told_long", "break_even_share"]
        return pd.concat([cases, whole.assign(case_id="")])[columns].reset_index(drop=True)

    @cached_property
    def studies(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.scenarios.studies`."""
        return scenarios.studies(self.appraiser, self.a)

    @cached_property
    def strength(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.scenarios.strength`."""
        return scenarios.strength(self.appraiser, self.a, self.run.ledger)

    @cached_property
    def uncertain(self) -> list[Uncertain]:
        """What is drawn under the run's assumptions."""
        authority = self.run.authority
        return self._uncertain(self.a, self.run.preset, authority.overrides, authority.reasons)

    def _uncertain(self, a: Assumptions, preset: Preset, overrides: dict, notes: dict) -> list[Uncertain]:
        found = scenarios.ranges(a, preset.log, notes)
        return monte_carlo.uncertain(self.appraiser, a, found, preset.log, self.spread, overrides, notes)

    @cached_property
    def simulation(self) -> Simulation:
        """The run's own set, drawn."""
        return self._simulate(self.a, self.uncertain)

    def _simulate(self, a: Assumptions, known: list[Uncertain]) -> Simulation:
        return monte_carlo.simulate(self.appraiser, a, known, self.spread, self.draws, self.seed)

    @cached_property
    def simulations(self) -> dict[str, Simulation]:
        """Every set, drawn with the same draws."""
        others = {name: self._uncertain(a, self._presets[name], {}, {}) for name, a in self.sets.items() if a != self.a}
        return {name: self._simulate(a, others[name]) if name in others else self.simulation
                for name, a in self.sets.items()}  # fmt: skip

    @cached_property
    def savings(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.monte_carlo.savings`."""
        return monte_carlo.savings(self.simulation)

    @cached_property
    def fan(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.monte_carlo.fan`."""
        return monte_carlo.fan(self.simulation)

    @cached_property
    def payers(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.monte_carlo.payers`."""
        return monte_carlo.payers(self.simulation)

    @cached_property
    def cases(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.monte_carlo.cases`."""
        return monte_carlo.cases(self.simulation, self.seed)

    @cached_property
    def sobol(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.sobol.sobol`."""
        n = min(self.draws, SOBOL)
        other = monte_carlo.draw_table(self.uncertain, self.exposure, self.spread, n, self.seed + 1)
        return sobol.sobol(self.simulation, other, n, self.seed)

    @cached_property
    def evpi(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.value_of_information.evpi`."""
        return value_of_information.evpi(*self._parts, self._worths)

    @cached_property
    def evppi(self) -> pd.DataFrame:
        """:func:`larcnb.sensitivity.value_of_information.evppi` of each kind of estimate, with ``label``."""
        found = value_of_information.evppi(*self._parts, value_of_information.alone(self.simulation), self._worths)
        return found.assign(label=found["group"].map(GROUPS))

    @cached_property
    def advice(self) -> dict:
        """:func:`larcnb.sensitivity.value_of_information.advice`."""
        return value_of_information.advice(self.evpi, self.evppi, float(self.simulation.exact.inputs.sum()))

    @cached_property
    def reference_advice(self) -> dict:
        """:attr:`advice` of the reference case, in which chance and prevention are drawn."""
        one = self.simulations.get(REFERENCE, self.simulation)
        if one is self.simulation:
            return self.advice
        parts = one.drawn.long.sum(0), one.drawn.inputs.sum(0)
        whole = value_of_information.evpi(*parts, self._worths)
        here = [whole.loc[whole["evpi"].idxmax(), "worth"]]
        known = value_of_information.evppi(*parts, value_of_information.alone(one), here)
        return value_of_information.advice(whole, known, float(one.exact.inputs.sum()))

    @cached_property
    def _worths(self) -> np.ndarray:
        return np.round(np.linspace(*self.spread.pound_later, WORTHS), 6)

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray]:
        return self.simulation.drawn.long.sum(0), self.simulation.drawn.inputs.sum(0)


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
        One of them is not a whole number within its limits.
    """
    return Study(run, parameters.whole("draws", draws, FEWEST, MOST_DRAWS), parameters.whole("seed", seed, 0))


def long_table(study: Study) -> pd.DataFrame:
    """Every number of the study in one long table: ``sensitivity.parquet``.

    Returns
    -------
    DataFrame
        ``result`` (study, break_even, studies, tornado, switching, surface, scenarios, case, savings, fan, payers,
        cases, sobol, evpi, evppi, advice, reference_advice, strength, uncertain), ``of`` (assumption, group, set, case,
        payer, future),
        ``at`` (a value in words, a set), ``number`` (year, worth, or a second coordinate), ``measure``, ``value``,
        ``unit`` (``GBP``, ``share``, ``number``).
    """
    told = {"draws": study.draws, "seed": study.seed, "cases": len(study.exposure.cases),
            "chance_stated": int(study.simulation.chance_stated)}  # fmt: skip
    parts = [_melt("study", pd.DataFrame({"of": list(told), "given": list(told.values())}), "of"),
             _melt("scenarios", study.scenarios, "set")]  # fmt: skip
    if study.empty:
        return _joined(parts)
    ends = [study.tornado[["assumption", f"{end}_value", f"{end}_saving"]].set_axis(["of", "at", "saving"], axis=1)
            for end in ("low", "high")]  # fmt: skip
    parts += [
        _melt("break_even", study.break_even, "case_id"),
        _melt("studies", study.studies.drop(columns=["months"]), "future"),
        *(_melt("tornado", end, "of", "at") for end in ends),
        _melt("tornado", study.tornado[["assumption", "label", "swing"]], "assumption", "label"),
        _melt("switching", study.switching.assign(place=study.switching["where"].map(WHERE.index)), "assumption",
              "switch"),
        _melt("surface", study.surface.assign(of="chance x prevented", at=study.surface["prevented"].map("{:g}".format))
              .drop(columns="prevented"), "of", "at", "chance"),
        _melt("case", study.by_case, "case_id", "set"),
        _melt("savings", study.savings, "horizon"),
        _melt("fan", study.fan.assign(of="all cases"), "of", number="year"),
        _melt("payers", study.payers, "payer"),
        _melt("cases", study.cases, "case_id"),
        _melt("sobol", study.sobol, "group"),
        _melt("evpi", study.evpi.assign(of="everything"), "of", number="worth"),
        _melt("evppi", study.evppi, "group", number="worth"),
        *(_melt(name, _advised(advice), "of") for name, advice in
          (("advice", study.advice), ("reference_advice", study.reference_advice))),
        _melt("strength", study.strength, "what", "kind"),
        _melt("uncertain", study.simulation.catalogue, "name", "distribution"),
    ]  # fmt: skip
    labels = study.switching.set_index("assumption")["label"]
    parts.append(_melt("label", pd.DataFrame({"of": labels.index, "at": labels.to_numpy(), "given": 1.0}), "of", "at"))
    return _joined(parts)


def _advised(advice: Mapping[str, Any]) -> pd.DataFrame:
    """Advice as a frame of numbers, of the group to measure."""
    numbers = {key: float(np.nan if value is None else value) for key, value in advice.items() if key != "measure"}
    return pd.DataFrame([{"of": advice["measure"] or ""} | numbers])


def _information(rows: pd.DataFrame) -> dict[str, Any]:
    """Advice read back, what to measure as a label."""
    found, measure = rows.set_index("measure")["value"].to_dict(), str(rows["of"].iloc[0])
    return {"measure": GROUPS[measure] if measure else None, "nothing": bool(found.pop("nothing"))} | {
        name: _blank(value) for name, value in found.items()
    }


def _melt(result: str, frame: pd.DataFrame, of: str, at: str = "", number: str = "") -> pd.DataFrame:
    """One row a number: which result, of what, at which value."""
    measures = [name for name in frame.select_dtypes("number") if name != number]
    long = frame.melt(id_vars=list(dict.fromkeys(name for name in (of, at, number) if name)), value_vars=measures,
                      var_name="measure", value_name="value")  # fmt: skip
    return pd.DataFrame({
        "result": result, "of": long[of], "at": long[at] if at else "", "number": long[number] if number else np.nan,
        "measure": long["measure"], "value": long["value"].astype(float), "unit": long["measure"].map(_unit),
    })  # fmt: skip


def _unit(measure: str) -> str:
    if measure in NUMBERS:
        return "number"
    return "share" if any(part in measure for part in SHARES) else "GBP"


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part.astype(LONG_COLUMNS) for part in parts if len(part)], ignore_index=True)


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
    avoided, inputs = (part[:most] for part in study._parts)
    table = study.simulation.table
    shared = {one.name: table[one.name] for one in study.uncertain if one.name in table}
    own = value_of_information.alone(study.simulation).get("hours")
    shared |= {"hours": own[:, -1]} if own is not None else {}
    nothing = np.zeros(len(inputs))
    return {
        "savi_parameters": pd.DataFrame({name: np.round(drawn[:most], 6) for name, drawn in shared.items()
                                         if np.ptp(drawn) > 0}),
        "savi_costs": pd.DataFrame({"without": nothing, "with": np.round(inputs, 2)}),
        "savi_effects": pd.DataFrame({"without": nothing, "with": np.round(avoided, 2)}),
    }  # fmt: skip


def headlines(frame: pd.DataFrame) -> dict[str, Any]:
    """The headlines for the findings page and findings.json, read back from the long table.

    Parameters
    ----------
    frame : DataFrame
        ``sensitivity.parquet``.

    Returns
    -------
    dict
        GBP at the price base, shares 0 to 1, None where blank: ``seed``, ``draws``, ``cases`` (costed),
        ``chance_stated`` (whether chance and prevented are drawn); ``scenarios``: list of dicts with the columns of
        :attr:`Study.scenarios`; and, None or empty where no case is costed, ``break_even``: ``share``, ``inputs``,
        ``told``; ``studies``: list of ``future``, ``told``, ``prevented``, ``low``, ``high``; ``intervals``: dict of
        ``long`` and ``short``, each the columns of :attr:`Study.savings`; ``matters_most``: ``assumption``, ``label``,
        ``ends`` (two dicts of ``value`` in words and ``saving``); ``decides``: the label of the largest total Sobol
        index; ``information``, ``reference_information`` (of the reference case):
        :func:`larcnb.sensitivity.value_of_information.advice`, ``measure`` as a label;
        ``switching``: list of ``assumption``, ``label``, ``switch``, ``where``.
    """
    of = dict(list(frame.groupby("result", sort=False)))
    told = of["study"].set_index("of")["value"].astype(int).to_dict()
    out: dict[str, Any] = {name: told[name] for name in ("seed", "draws", "cases")}
    out |= {"chance_stated": bool(told["chance_stated"]), "scenarios": _records(_wide(of["scenarios"]), "set")}
    if not told["cases"]:
        blank = dict.fromkeys(("break_even", "intervals", "matters_most", "decides", "information",
                               "reference_information"))  # fmt: skip
        return out | blank | {"studies": [], "switching": []}
    whole = _wide(of["break_even"]).loc[""]
    studies = _wide(of["studies"]) if "studies" in of else pd.DataFrame()
    swings = of["tornado"].query("measure == 'swing'")
    most = swings.loc[swings["value"].idxmax()]
    ends = of["tornado"].query("measure == 'saving'")
    ends = ends[ends["of"] == most["of"]]
    indices = _wide(of["sobol"])["total"] if "sobol" in of else pd.Series(dtype=float)
    labels = of["label"].set_index("of")["at"] if "label" in of else {}
    switching = of.get("switching", pd.DataFrame(columns=["of", "at", "value"]))
    return out | {
        "break_even": {"share": _blank(whole["break_even_share"]), "inputs": float(whole["inputs"]),
                       "told": float(whole["told_long"])},
        "studies": _records(studies[["told", "prevented", "low", "high"]], "future") if len(studies) else [],
        "intervals": {row.pop("horizon"): row for row in _records(_wide(of["savings"]), "horizon")},
        "matters_most": {"assumption": str(most["of"]), "label": str(most["at"]),
                         "ends": [{"value": str(row.at), "saving": float(row.value)} for row in ends.itertuples()]},
        "decides": GROUPS[str(indices.idxmax())] if len(indices) else None,
        "information": _information(of["advice"]), "reference_information": _information(of["reference_advice"]),
        "switching": [{"assumption": row.of, "label": labels[row.of], "switch": row.at, "where": WHERE[int(row.value)]}
                      for row in switching.itertuples()],
    }  # fmt: skip


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.pivot(index="of", columns="measure", values="value").loc[list(dict.fromkeys(rows["of"]))]


def _blank(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _records(frame: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    def plain(measure: str, value: float) -> float | int | None:
        if pd.isna(value):
            return None
        if measure in ("losses", "years", "told"):
            return int(value)
        return round(float(value), 2 if _unit(measure) == "GBP" else 6)

    return [{name: key} | {measure: plain(measure, value) for measure, value in row.items()}
            for key, row in frame.iterrows()]  # fmt: skip


__all__ = ["LABELS", "Study", "headlines", "long_table", "open_study", "savi_tables"]
