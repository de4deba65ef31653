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
from larcnb.pricing import multiplied, pence, total

INPUT_STAGES = ("process", "intervention")
MONEY = (
    "preparation", "assessment", "meetings", "process", "interventions", "inputs", "inputs_appraised",
    "avoided_short", "avoided_long", "saving_short", "saving_long",
)  # fmt: skip
RATIOS = {"break_even_share": "float64", "payback_year": "Int64", "unpriced_futures": "Int64", "conservative": "str"}


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
    costed = cases.loc[cases["costed"] == "yes", "case_id"]
    lines = ledger[ledger["case_id"].isin(costed)]
    sums = _sums(lines, assumptions).reindex(costed, fill_value=0)
    reached = _by_year(lines, assumptions.long_years).reindex(costed, fill_value=0).cumsum(axis=1)
    reached = reached.ge(sums["inputs_appraised"], axis=0)
    unpriced = lines[lines["stage"].eq("future") & lines["amount"].isna()].groupby("case_id")["element"].nunique()
    unpriced = unpriced.reindex(costed, fill_value=0)
    left_out = set(children.loc[children["in_futures"] == "no", "case_id"])
    spent, short, long = sums["inputs_appraised"], sums["avoided_short"], sums["avoided_long"]
    results = (sums / 100).assign(
        saving_short=(short - spent) / 100,
        saving_long=(long - spent) / 100,
        break_even_share=spent / long.where(long > 0),
        payback_year=reached.idxmax(axis=1).astype("Int64").where(reached.any(axis=1)),
        unpriced_futures=unpriced,
        conservative=["yes" if number or case in left_out else "no" for case, number in unpriced.items()],
    )
    added = results.reindex(cases["case_id"])[[*MONEY, *RATIOS]].astype(dict.fromkeys(MONEY, "float64") | RATIOS)
    return pd.concat([cases, added.set_axis(cases.index)], axis=1)


def _sums(lines: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Each case's sums in whole pence."""
    amount, element = pence(lines["amount"]), lines["element"]
    process, support, avoided = (lines["stage"].eq(stage) for stage in ("process", "intervention", "future"))
    parts = {
        "preparation": amount * (process & element.eq("preparation")),
        "assessment": amount * (process & element.eq("assessment")),
        "meetings": amount * (process & element.isin(codes.MEETING_ELEMENTS)),
        "process": amount * process,
        "interventions": amount * support,
        "inputs": amount * (process | support),
        "inputs_appraised": pence(appraised_inputs(lines, assumptions)),
        "avoided_short": amount * (avoided & lines["year"].lt(assumptions.short_years)),
        "avoided_long": amount * (avoided & lines["year"].lt(assumptions.long_years)),
    }
    return pd.DataFrame(parts, index=lines.index).groupby(lines["case_id"]).sum()


def _by_year(lines: pd.DataFrame, years: int) -> pd.DataFrame:
    """Each case's cost avoided in each year of the long term, in whole pence."""
    flows = lines[lines["stage"] == "future"]
    flows = flows.assign(amount=pence(flows["amount"]))
    by_year = flows.pivot_table("amount", "case_id", "year", "sum", fill_value=0)
    return by_year.reindex(columns=range(years), fill_value=0)


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
