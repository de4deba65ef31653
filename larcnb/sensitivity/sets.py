"""Sets of assumptions side by side: the presets, two at a time, believed against observed, what the result rests on.

In: a :class:`~larcnb.sensitivity.model.Model` and assumptions. Out: frames; GBP at the price base, to the penny what
the ledger would give (METHOD.md part 4).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from larcnb import costing as appraisal
from larcnb import costing as futures
from larcnb.params import Assumptions
from larcnb.sensitivity.model import Model, evaluate
from larcnb.sensitivity.ranges import Range

OWN = "own"
GRID = 21
TELLS = {
    "believed": (
        "What families and workers held would have happened to this family, as moderated.",
        "Knows the family; cannot be checked, and people tend to overrate a crisis averted.",
    ),
    "comparison": (
        "The share of comparable families to whom it happened.",
        "Was counted; but of a broader group, over two years, and not these families.",
    ),
    "difference": (
        "How much less often it happened to families on the programme than to comparable ones.",
        "The only one of the three with a comparison of outcomes; of another programme, and not this process.",
    ),
}


def by_set(model: Model, sets: Mapping[str, Assumptions]) -> pd.DataFrame:
    """The result of each set of assumptions, all cases together.

    Parameters
    ----------
    model : Model
    sets : dict of name to Assumptions
        The presets as they stand, and :data:`OWN` for the authority's own.

    Returns
    -------
    DataFrame, one row a set
        ``set``, ``inputs``, ``avoided_short``, ``avoided_long``, ``saving_short``, ``saving_long`` (GBP),
        ``break_even_share``, ``benefit_cost_ratio`` (blank where nothing divides), ``losses`` (cases that lose in the
        long term), ``years`` (of the long term).
    """
    rows = []
    for name, a in sets.items():
        e = evaluate(model, a)
        inputs, short, long = (round(float(part.sum()), 2) for part in (e.inputs, e.short, e.long))
        rows.append({
            "set": name, "inputs": inputs, "avoided_short": short, "avoided_long": long,
            "saving_short": round(short - inputs, 2), "saving_long": round(long - inputs, 2),
            "break_even_share": inputs / long if long else np.nan,
            "benefit_cost_ratio": long / inputs if inputs else np.nan,
            "losses": int((np.round(e.long - e.inputs, 2) < 0).sum()), "years": a.long_years,
        })  # fmt: skip
    return pd.DataFrame(rows)


def by_set_and_case(model: Model, sets: Mapping[str, Assumptions]) -> pd.DataFrame:
    """The long-term saving and the break-even share of each case under each set.

    Returns
    -------
    DataFrame, one row a set and case
        ``set``, ``case_id``, ``inputs``, ``avoided_long``, ``saving_long`` (GBP), ``break_even_share`` (blank where
        nothing is avoided).
    """
    frames = []
    for name, a in sets.items():
        e = evaluate(model, a)
        inputs, long = e.inputs[:, 0], e.long[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(long > 0, inputs / long, np.nan)
        frames.append(pd.DataFrame({
            "set": name, "case_id": list(model.cases), "inputs": inputs, "avoided_long": long,
            "saving_long": np.round(long - inputs, 2), "break_even_share": share,
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def surface(model: Model, a: Assumptions, deadweight: Range, steps: int = GRID) -> pd.DataFrame:
    """The saving over deadweight and the share of the futures counted that was real.

    Parameters
    ----------
    model : Model
    a : Assumptions
    deadweight : Range
        Its range; the share real runs from nothing to all.
    steps : int
        Points along each side.

    Returns
    -------
    DataFrame, steps x steps rows
        ``deadweight``, ``real`` (0 to 1), ``saving`` (GBP, long term), ``break_even`` (the share real at which the
        saving is nil at this deadweight; above 1 where even all would not do, blank where nothing is avoided).
    """
    across, up = np.linspace(deadweight.low, deadweight.high, steps), np.linspace(0, 1, steps)
    grid = [side.ravel() for side in np.meshgrid(across, up)]
    savings = evaluate(model, a, {"deadweight": grid[0], "real": grid[1]}).saving()
    whole = evaluate(model, a, {"deadweight": across})
    with np.errstate(divide="ignore", invalid="ignore"):
        line = np.where(whole.long.sum(0) > 0, whole.inputs.sum(0) / whole.long.sum(0), np.nan)
    return pd.DataFrame({"deadweight": grid[0], "real": grid[1], "saving": savings, "break_even": np.tile(line, steps)})


def base_rates(model: Model, a: Assumptions) -> pd.DataFrame:
    """Each future with a base rate: what was believed, what was seen, what difference a programme made.

    Returns
    -------
    DataFrame, one row a future
        The columns of :func:`larcnb.appraisal.beside_base_rates` and ``difference`` (comparison less programme
        families, 0 to 1; blank where the programme's share is unknown).
    """
    tables = model.tables
    judged = futures.judge(tables["futures"], tables["moderation"], tables["cases"], a.accept_at)
    beside = appraisal.beside_base_rates(judged, model.library.base_rates, a.probability)
    return beside.assign(difference=beside["comparison_share"] - beside["programme_share"])


def three_answers(model: Model, a: Assumptions) -> pd.DataFrame:
    """The saving with the believed chance, the comparison families' share, and the observed difference.

    Futures without a base rate keep the believed chance in all three, so the answers differ only where something
    was observed.

    Returns
    -------
    DataFrame, three rows
        ``answer`` (believed, comparison, difference), ``is``, ``tells`` (what it can and cannot tell),
        ``avoided_rated`` (GBP, by futures with a base rate, long term), ``avoided_long``, ``saving_long`` (GBP).
    """
    rates = model.library.base_rates.set_index("future")
    gap = (rates["comparison_share"] - rates["programme_share"]).dropna().clip(lower=0)
    none = {f"rate.{future}": np.zeros(1) for future in model.rates}
    seen = a.with_overrides({"weighting": "observed"})
    answers = {
        "believed": (a.with_overrides({"weighting": "expected"}), {}),
        "comparison": (seen, {}),
        "difference": (seen, {f"rate.{future}": np.array([share]) for future, share in gap.items()}),
    }
    unrated = float(evaluate(model, seen, none).long.sum())
    rows = []
    for name, (assumed, table) in answers.items():
        e = evaluate(model, assumed, table)
        whole = float(e.long.sum())
        rows.append({
            "answer": name, "is": TELLS[name][0], "tells": TELLS[name][1], "avoided_rated": round(whole - unrated, 2),
            "avoided_long": round(whole, 2), "saving_long": float(e.saving()[0]),
        })  # fmt: skip
    return pd.DataFrame(rows)


def rests(model: Model, a: Assumptions, children: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """How much of the long-term result rests on remembered figures, on conservative cases, on unpriced futures.

    Parameters
    ----------
    model : Model
    a : Assumptions
    children : DataFrame
        ``case_id``, ``in_futures``.
    ledger : DataFrame
        Priced under ``a``.

    Returns
    -------
    DataFrame
        ``kind`` (``confidence``, ``conservative``, ``unpriced``), ``what``, ``number`` (cases or futures; blank for
        confidence), ``inputs``, ``avoided_long``, ``saving_long`` (GBP; blank for unpriced futures, which carry none),
        ``avoided_share`` (0 to 1).
    """
    rows = [
        {"kind": "confidence", "what": row.Index, "number": np.nan, "inputs": row.inputs,
         "avoided_long": row.avoided_long, "saving_long": row.saving}
        for row in appraisal.rests_on(ledger, model.prices, a).itertuples()
    ]  # fmt: skip
    chosen, e = model.selection(a.accept_at, a.long_years), evaluate(model, a)
    short = set(chosen.unpriced["case_id"]) | set(children.loc[children["in_futures"] == "no", "case_id"])
    inside = np.array([case in short for case in model.cases], dtype=bool)
    for what, these in (("underestimated", inside), ("whole", ~inside)):
        inputs, long = float(e.inputs[these].sum()), float(e.long[these].sum())
        rows.append({"kind": "conservative", "what": what, "number": int(these.sum()), "inputs": round(inputs, 2),
                     "avoided_long": round(long, 2), "saving_long": round(long - inputs, 2)})  # fmt: skip
    for future, of in chosen.unpriced.groupby("future", sort=True):
        rows.append({"kind": "unpriced", "what": future, "number": len(of), "inputs": np.nan, "avoided_long": np.nan,
                     "saving_long": np.nan})  # fmt: skip
    whole = float(e.long.sum())
    frame = pd.DataFrame(rows)
    return frame.assign(avoided_share=frame["avoided_long"] / (whole or 1.0))
