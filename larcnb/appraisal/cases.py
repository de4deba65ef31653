"""Cases: the ledger added up by case and for an authority, with break-even and payback.

In: ledger, clean tables and assumptions. Out: ``cases.parquet`` and the headline figures (METHOD.md part 2).
Every pound is a sum of ledger lines in whole pence.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.library import exact
from larcnb.params import Assumptions
from larcnb.pricing import multiplied, total

INPUT_STAGES = ("process", "intervention")
MONEY = (
    "preparation", "assessment", "meetings", "process", "interventions", "inputs", "inputs_appraised",
    "avoided_short", "avoided_long", "saving_short", "saving_long",
)  # fmt: skip


def appraised_inputs(ledger: pd.DataFrame, assumptions: Assumptions) -> pd.Series:
    """The amount of each input line with the cost correction of its grade, to the penny; 0 for futures.

    ``amount x (1 + cost_correction[grade])``

    Returns
    -------
    Series, one value a ledger line
        GBP at the price base.
    """
    factor = {grade: 1 + exact(share) for grade, share in assumptions.cost_correction.items()}
    inputs = ledger[ledger["stage"].isin(INPUT_STAGES)]
    appraised = multiplied(inputs["amount"], inputs["grade"], factor)
    return appraised.reindex(ledger.index, fill_value=0.0).astype("float64")


def appraise(
    cases: pd.DataFrame, children: pd.DataFrame, ledger: pd.DataFrame, assumptions: Assumptions
) -> pd.DataFrame:
    """Add up the ledger by case: inputs, futures avoided, savings, break-even and payback.

    ``saving = avoided - inputs_appraised``; losses are results and are never clipped.

    Parameters
    ----------
    cases : DataFrame, n rows
        The clean table.
    children : DataFrame
        ``case_id``, ``in_futures``.
    ledger : DataFrame
        Priced under ``assumptions``.
    assumptions : Assumptions

    Returns
    -------
    DataFrame, n rows in the order of ``cases``
        The cases columns and DATA.md's: money in GBP at the price base; ``break_even_share`` (inputs_appraised over
        avoided_long, blank where nothing is avoided); ``payback_year`` (first t with cumulative avoided at or above
        inputs_appraised, blank where never); ``unpriced_futures`` (count); ``conservative`` (yes where a counted
        future has no price or a child is not in the futures). All blank for cases not costed.

    Source
    ------
    METHOD.md part 2; Easton et al (2012), LARC4, section 3.1 ("conservative estimates").
    """
    lines = ledger.assign(appraised=appraised_inputs(ledger, assumptions))
    by_case = dict(iter(lines.groupby("case_id", sort=False)))
    left_out = set(children.loc[children["in_futures"] == "no", "case_id"])
    empty = lines.iloc[:0]
    results = [
        _appraise_case(by_case.get(row.case_id, empty), row.case_id in left_out, assumptions)
        if row.costed == "yes"
        else {}
        for row in cases.itertuples()
    ]
    columns = dict.fromkeys(MONEY, "float64") | {
        "break_even_share": "float64", "payback_year": "Int64", "unpriced_futures": "Int64", "conservative": "str",
    }  # fmt: skip
    added = pd.DataFrame(results, columns=list(columns), index=cases.index).astype(columns)
    return pd.concat([cases, added], axis=1)


def _appraise_case(lines: pd.DataFrame, child_left_out: bool, assumptions: Assumptions) -> dict:
    inputs, avoided = lines[lines["stage"].isin(INPUT_STAGES)], lines[lines["stage"] == "future"]
    process = inputs[inputs["stage"] == "process"]
    appraised, by_year = total(inputs["appraised"]), yearly(avoided, assumptions.long_years)
    short, long = total(by_year[: assumptions.short_years]), total(by_year)
    unpriced = avoided.loc[avoided["amount"].isna(), "element"].nunique()
    return {
        "preparation": total(process.loc[process["element"] == "preparation", "amount"]),
        "assessment": total(process.loc[process["element"] == "assessment", "amount"]),
        "meetings": total(process.loc[process["element"].isin(codes.MEETING_ELEMENTS), "amount"]),
        "process": total(process["amount"]),
        "interventions": total(inputs.loc[inputs["stage"] == "intervention", "amount"]),
        "inputs": total(inputs["amount"]),
        "inputs_appraised": appraised,
        "avoided_short": short,
        "avoided_long": long,
        "saving_short": total([short, -appraised]),
        "saving_long": total([long, -appraised]),
        "break_even_share": appraised / long if long else None,
        "payback_year": payback_year(by_year, appraised),
        "unpriced_futures": unpriced,
        "conservative": "yes" if unpriced or child_left_out else "no",
    }


def yearly(avoided: pd.DataFrame, years: int) -> list[float]:
    """Cost avoided in each year t = 0 to ``years`` - 1, GBP at the price base."""
    sums = avoided.groupby("year")["amount"].agg(total)
    return [float(sums.get(t, 0.0)) for t in range(years)]


def payback_year(by_year: list[float], inputs: float) -> int | None:
    """The first year t with cumulative avoided at or above ``inputs``, or None.

    Examples
    --------
    >>> payback_year([100.0, 100.0, 100.0], 200.0), payback_year([100.0], 200.0)
    (1, None)
    """
    so_far = np.cumsum([round(amount * 100) for amount in by_year])
    reached = np.flatnonzero(so_far >= round(inputs * 100))
    return int(reached[0]) if len(reached) else None


def summarise(cases: pd.DataFrame, ledger: pd.DataFrame, assumptions: Assumptions) -> dict:
    """The headline figures of an authority, or of several together.

    Parameters
    ----------
    cases : DataFrame
        :func:`appraise`.
    ledger : DataFrame
    assumptions : Assumptions

    Returns
    -------
    dict
        Each money column's total (GBP), ``cases``, ``costed``, ``conservative``, ``losses_short``, ``losses_long``
        (counts), ``break_even_share``, ``benefit_cost_ratio`` (avoided_long over inputs_appraised), ``payback_year``;
        None where a ratio has nothing to divide by.
    """
    costed = cases[cases["costed"] == "yes"]
    sums = {name: total(costed[name]) for name in MONEY}
    by_year = yearly(ledger[ledger["stage"] == "future"], assumptions.long_years)
    inputs, avoided = sums["inputs_appraised"], sums["avoided_long"]
    return sums | {
        "cases": len(cases),
        "costed": len(costed),
        "conservative": int((costed["conservative"] == "yes").sum()),
        "losses_short": int((costed["saving_short"] < 0).sum()),
        "losses_long": int((costed["saving_long"] < 0).sum()),
        "break_even_share": inputs / avoided if avoided else None,
        "benefit_cost_ratio": avoided / inputs if inputs else None,
        "payback_year": payback_year(by_year, inputs) if len(costed) else None,
    }
