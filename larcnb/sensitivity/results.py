"""What a study hands on: every number in one long table (sensitivity.parquet), and SAVI's three files.

In: :class:`~larcnb.sensitivity.study.Study`. Out: frames; no file is touched here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from larcnb.sensitivity import matters
from larcnb.sensitivity.study import Study

PLACES = ["in range", "beyond range", "none"]
"""Where a switching value lies; ``place`` of the long table counts from 0."""
LONG_COLUMNS = ["result", "of", "at", "number", "measure", "value", "unit", "basis"]


def long_table(study: Study) -> pd.DataFrame:
    """Every number of the study in one long table: ``sensitivity.parquet``.

    Returns
    -------
    DataFrame
        ``result`` (study, tornado, sweep, surface, switching, presets, case, savings, fan, payers, cases, sobol,
        convergence, evpi, evppi, evppi_single, base_rates, three_answers, rests, spread), ``of`` (assumption, group,
        set, case, payer, future), ``at`` (a value in words), ``number`` (the same or a second coordinate as a number),
        ``measure``, ``value``, ``unit`` (``GBP``, ``share``, ``number``), ``basis`` (deterministic, expectation, luck).
    """
    certain = int(study.a.weighting == "accepted")
    told = {"draws": study.draws, "seed": study.seed, "cases": len(study.model.cases), "certain": certain}
    told = pd.DataFrame({"of": list(told), "given": list(told.values())})
    if study.empty:
        return _joined([_melt("study", told, "of"), _melt("presets", study.presets, "set", basis="expectation")])
    parts = [
        _melt("study", told, "of"),
        _melt("tornado", study.tornado, "assumption", at=("low_value", "low_saving"), drop=("label", "central")),
        _melt("tornado", study.tornado, "assumption", at=("high_value", "high_saving"), drop=("label", "central")),
        _melt("tornado", study.tornado[["assumption", "least", "most", "swing"]], "assumption"),
        _melt("sweep", study.sweeps[["assumption", "value", "position", "saving"]], "assumption", "value", "position"),
        _melt("surface", study.surface.assign(of="deadweight x real", at=study.surface["real"].map("{:g}".format)),
              "of", "at", "deadweight", drop=("real",)),
        _melt("switching", study.switching.assign(place=study.switching["where"].map(PLACES.index)),
              "assumption", "switch", drop=("label", "central", "low_value", "high_value", "where")),
        _melt("presets", study.presets, "set", basis="expectation"),
        _melt("case", study.by_case, "case_id", "set"),
        _melt("savings", study.savings, "horizon", basis="basis"),
        _melt("fan", study.fan.assign(of="all cases"), "of", number="year", basis="basis"),
        _melt("payers", study.payers, "payer", basis="basis"),
        _melt("cases", study.cases, "case_id", "horizon", basis="basis"),
        _melt("sobol", study.sobol.drop(columns="label"), "group", basis="expectation"),
        _melt("convergence", study.convergence, "group", number="draws", basis="expectation"),
        _melt("evpi", study.evpi.assign(of="everything"), "of", number="worth", basis="expectation"),
        _melt("evppi", study.evppi.drop(columns="label"), "group", number="worth", basis="expectation"),
        _melt("evppi_single", study.evppi_single, "group", number="worth", basis="expectation"),
        _melt("base_rates", study.base_rates[["future", "told", "believed", "comparison_share", "programme_share",
                                              "difference"]], "future"),
        _melt("three_answers", study.three_answers.drop(columns=["is", "tells"]), "answer"),
        _melt("rests", study.rests, "what", "kind"),
        _melt("spread", study.draw_table.catalogue.drop(columns=["group", "because"]), "name", "kind"),
    ]  # fmt: skip
    return _joined(parts)


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
        ``savi_parameters`` (draws x what is uncertain and shared; for hours and beliefs, which are a case's own, what
        the group alone does to the result), ``savi_costs`` and ``savi_effects`` (draws x the two options, GBP: inputs,
        and cost avoided; SAVI's threshold is then what a pound saved later is worth). No case can be told from them.
    """
    simulation = study.simulation.head(most)
    avoided, inputs = simulation.avoided(), simulation.inputs
    known = matters.summaries(simulation, matters.at_means(simulation))
    shared = {name: drawn for name, drawn in simulation.draws.values.items() if np.ptp(drawn) > 0}
    own = {f"{group}.{n}": column for group in matters.LOADS if group in known
           for n, column in enumerate(known[group].T)}  # fmt: skip
    nothing = np.zeros(simulation.draws.n)
    return {
        "savi_parameters": pd.DataFrame({k: np.round(v, 6) for k, v in (shared | own).items()}),
        "savi_costs": pd.DataFrame({"without": nothing, "with": np.round(inputs, 2)}),
        "savi_effects": pd.DataFrame({"without": nothing, "with": np.round(avoided, 2)}),
    }


def _melt(result: str, frame: pd.DataFrame, of: str, at: str | tuple[str, str] = "", number: str = "",
          basis: str = "deterministic", drop: tuple[str, ...] = ()) -> dict[str, list]:  # fmt: skip
    """One row a number: which result, of what, at which value; a list a column."""
    frame = frame.drop(columns=list(drop), errors="ignore")
    if isinstance(at, tuple):
        at, measure = at
        frame = frame[[of, at, measure]].rename(columns={measure: "saving"})
    kept = [name for name in frame.select_dtypes(["number"]) if name != number]
    size = len(frame) * len(kept)

    def repeated(name: str, otherwise) -> list:
        return list(frame[name]) * len(kept) if name in frame else [otherwise] * size

    return {
        "result": [result] * size, "of": repeated(of, ""), "at": repeated(at, ""), "number": repeated(number, np.nan),
        "measure": [name for name in kept for _ in range(len(frame))],
        "value": frame[kept].to_numpy(float).T.ravel().tolist(),
        "unit": [_unit(name) for name in kept for _ in range(len(frame))], "basis": repeated(basis, basis),
    }  # fmt: skip


def _unit(measure: str) -> str:
    if measure in ("told", "number", "given", "place", "losses", "years", "benefit_cost_ratio"):
        return "number"
    shares = ("chance", "share", "believed", "difference", "first", "total", "mean_", "break_even")
    return "share" if any(part in measure for part in shares) else "GBP"


def _joined(parts: list[dict[str, list]]) -> pd.DataFrame:
    types = {"result": "str", "of": "str", "at": "str", "number": "float64", "measure": "str", "value": "float64",
             "unit": "str", "basis": "str"}  # fmt: skip
    columns = {name: [value for part in parts for value in part[name]] for name in LONG_COLUMNS}
    return pd.DataFrame(columns).astype(types)
