"""What a study hands on: a summary for the findings, findings.json, sensitivity.parquet and SAVI's three files.

In: :class:`~larcnb.sensitivity.study.Study`. Out: dictionaries and frames; no file is touched here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from larcnb.sensitivity import matters
from larcnb.sensitivity.study import Study

LONG_COLUMNS = ["result", "of", "at", "number", "measure", "value", "unit", "basis"]


def summary(study: Study) -> dict[str, Any]:
    """The headlines for the findings page.

    Parameters
    ----------
    study : Study

    Returns
    -------
    dict
        ``draws``, ``seed``, ``empty`` (no case is costed: everything below is None or empty);
        ``saving_long``, ``saving_short``: dict of ``central``, ``mean``, ``median``, ``low80``, ``high80``, ``low95``,
        ``high95`` (GBP), ``chance`` (of saving, 0 to 1) and ``chance_with_luck``;
        ``matters_most`` (label of the assumption with the widest swing), ``matters_low``, ``matters_high`` (dict of
        ``value`` in words and ``saving``); ``measure_next`` (label of the group with the largest EVPPI where EVPI is
        largest; None where nothing would change the answer), ``decides`` (the group with the largest total Sobol
        index);
        ``switching`` (frame), ``presets`` (frame), ``rests`` (frame).
    """
    out: dict[str, Any] = {"draws": study.draws, "seed": study.seed, "empty": study.empty}
    if study.empty:
        blank = ["saving_long", "saving_short", "matters_most", "matters_low", "matters_high", "measure_next"]
        return (
            out | dict.fromkeys([*blank, "decides"]) | dict.fromkeys(("switching", "presets", "rests"), pd.DataFrame())
        )
    for horizon in ("long", "short"):
        out[f"saving_{horizon}"] = _interval(study.savings, horizon)
    widest = study.tornado.iloc[0]
    out["matters_most"] = widest["label"]
    for end in ("low", "high"):
        out[f"matters_{end}"] = {"value": widest[f"{end}_value"], "saving": float(widest[f"{end}_saving"])}
    out["measure_next"] = _measure_next(study)
    out["decides"] = study.sobol["label"].iloc[0] if len(study.sobol) else None
    return out | {"switching": study.switching, "presets": study.presets, "rests": study.rests}


def for_findings(study: Study) -> dict[str, Any]:
    """The part of findings.json that comes from the study: GBP at the price base, shares 0 to 1, None where blank.

    Returns
    -------
    dict
        ``seed``, ``draws``, ``intervals`` (by horizon), ``matters_most``, ``measure_next``, ``decides``, ``switching``,
        ``presets``.
    """
    found = summary(study)
    plain = {name: found[name] for name in ("seed", "draws", "matters_most", "measure_next", "decides")}
    if study.empty:
        return plain | {"intervals": None, "switching": [], "presets": []}
    return plain | {
        "intervals": {"long": found["saving_long"], "short": found["saving_short"]},
        "switching": _records(found["switching"][["assumption", "switch", "number", "where"]]),
        "presets": _records(found["presets"]),
    }


def long_table(study: Study) -> pd.DataFrame:
    """Every number of the study in one long table: ``sensitivity.parquet``.

    Returns
    -------
    DataFrame
        ``result`` (tornado, sweep, surface, switching, presets, case, savings, fan, payers, cases, sobol, convergence,
        evpi, evppi, evppi_single, base_rates, three_answers, rests, spread), ``of`` (assumption, group, set, case,
        payer, future), ``at`` (a value in words), ``number`` (the same or a second coordinate as a number),
        ``measure``, ``value``, ``unit`` (``GBP``, ``share``, ``number``), ``basis`` (deterministic, expectation, luck).
    """
    if study.empty:
        return _typed(pd.DataFrame(columns=LONG_COLUMNS))
    frames = [
        _melt("tornado", study.tornado, "assumption", at=("low_value", "low_saving"), drop=("label", "central")),
        _melt("tornado", study.tornado, "assumption", at=("high_value", "high_saving"), drop=("label", "central")),
        _melt("tornado", study.tornado[["assumption", "least", "most", "swing"]], "assumption"),
        _melt("sweep", study.sweeps[["assumption", "value", "position", "saving"]], "assumption", "value", "position"),
        _melt("surface", study.surface.assign(of="deadweight x real", at=study.surface["real"].map("{:g}".format)),
              "of", "at", "deadweight", drop=("real",)),
        _melt("switching", study.switching[["assumption", "switch", "number"]], "assumption", "switch"),
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
    return _typed(pd.concat([frame for frame in frames if len(frame)], ignore_index=True))


def savi_tables(study: Study) -> dict[str, pd.DataFrame]:
    """The three files that SAVI (the Sheffield Accelerated Value of Information tool) reads.

    Returns
    -------
    dict of name to DataFrame
        ``savi_parameters`` (draws x what is uncertain and shared; for hours and beliefs, which are a case's own, what
        the group alone does to the result), ``savi_costs`` and ``savi_effects`` (draws x the two options, GBP: inputs,
        and cost avoided; SAVI's threshold is then what a pound saved later is worth). No case can be told from them.
    """
    simulation = study.simulation
    avoided, inputs = simulation.avoided().sum(0), simulation.inputs
    known = matters.summaries(simulation, matters.at_means(simulation))
    shared = {name: drawn for name, drawn in simulation.draws.values.items() if np.ptp(drawn) > 0}
    own = {f"{group}.{n}": column for group in matters.LOADS if group in known
           for n, column in enumerate(known[group].T)}  # fmt: skip
    nothing = np.zeros(study.draws)
    return {
        "savi_parameters": pd.DataFrame({k: np.round(v, 6) for k, v in (shared | own).items()}),
        "savi_costs": pd.DataFrame({"without": nothing, "with": np.round(inputs, 2)}),
        "savi_effects": pd.DataFrame({"without": nothing, "with": np.round(avoided, 2)}),
    }


def _interval(savings: pd.DataFrame, horizon: str) -> dict[str, float]:
    rows = savings[savings["horizon"] == horizon].set_index("basis")
    found = rows.loc["expectation"].drop("horizon").astype(float)
    out = {name: round(value, 2) for name, value in found.items()}
    return out | {"chance": float(found["chance"]), "chance_with_luck": float(rows.loc["luck", "chance"])}


def _measure_next(study: Study) -> str | None:
    at = study.evpi.loc[study.evpi["evpi"].idxmax(), "worth"]
    groups = study.evppi[(study.evppi["worth"] == at) & (study.evppi["evppi"] > 0)]
    return None if groups.empty else str(groups.loc[groups["evppi"].idxmax(), "label"])


def _melt(result: str, frame: pd.DataFrame, of: str, at: str | tuple[str, str] = "", number: str = "",
          basis: str = "deterministic", drop: tuple[str, ...] = ()) -> pd.DataFrame:  # fmt: skip
    """One row a number: which result, of what, at which value."""
    frame = frame.drop(columns=list(drop), errors="ignore")
    if isinstance(at, tuple):
        at, measure = at
        frame = frame[[of, at, measure]].rename(columns={measure: "saving"})
    kept = frame.select_dtypes(["number"]).columns.difference([number], sort=False)
    out = frame.melt(
        id_vars=[c for c in dict.fromkeys((of, at, number, basis)) if c in frame], value_vars=list(kept),
        var_name="_measure", value_name="_value",
    )  # fmt: skip
    return pd.DataFrame({
        "result": result, "of": out[of], "at": out[at] if at else "",
        "number": out[number].astype(float) if number else np.nan, "measure": out["_measure"],
        "value": out["_value"].astype(float), "unit": [_unit(measure) for measure in out["_measure"]],
        "basis": out.get(basis, basis),
    })  # fmt: skip


def _unit(measure: str) -> str:
    if measure in ("told", "number", "losses", "years", "benefit_cost_ratio", "number"):
        return "number"
    shares = ("chance", "share", "believed", "difference", "first", "total", "mean_", "break_even")
    return "share" if any(part in measure for part in shares) else "GBP"


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    types = {"result": "str", "of": "str", "at": "str", "number": "float64", "measure": "str", "value": "float64",
             "unit": "str", "basis": "str"}  # fmt: skip
    return frame[LONG_COLUMNS].astype(types)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries that JSON can hold: None for what is blank."""
    return [
        {name: None if value is None or value != value else value for name, value in row.items()}  # noqa: PLR0124
        for row in frame.astype(object).to_dict("records")
    ]
