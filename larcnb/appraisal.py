"""The appraisal: ledger and assumptions become cases, payers, payback and what the result rests on.

In: the ledger (:mod:`larcnb.pricing`, :mod:`larcnb.futures`), clean tables and assumptions. Out:
``cases.parquet`` and the figures of the findings (METHOD.md parts 1 to 3). Every pound here is a sum of
ledger lines in whole pence.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.futures import price_futures
from larcnb.library import Library, exact
from larcnb.params import Assumptions
from larcnb.pricing import price_interventions, price_process, to_penny, total

INPUT_STAGES = ("process", "intervention")
MONEY = (
    "preparation", "assessment", "meetings", "process", "interventions", "inputs", "inputs_appraised",
    "avoided_short", "avoided_long", "saving_short", "saving_long",
)  # fmt: skip


def price_return(
    tables: Mapping[str, pd.DataFrame], library: Library, prices: pd.DataFrame, assumptions: Assumptions
) -> pd.DataFrame:
    """Price a whole return: the ledger, inputs first, then futures.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean tables of a return.
    library : Library
    prices : DataFrame indexed by ``item``
        :meth:`larcnb.library.Library.prices`.
    assumptions : Assumptions

    Returns
    -------
    DataFrame
        Ledger columns of DATA.md; GBP at the price base.
    """
    return join(
        price_process(tables["process"], tables["cases"], prices),
        price_interventions(tables["interventions"], tables["cases"], prices),
        price_futures(tables, library, prices, assumptions),
    )


def join(*parts: pd.DataFrame) -> pd.DataFrame:
    """Join ledger lines of several stages into one ledger, an index from 0."""
    return pd.concat(parts, ignore_index=True)


def fates(ledger: pd.DataFrame) -> pd.DataFrame:
    """Where each row of the return went: priced, without a price, or left out by a rule that is named.

    A moderation row is several ledger lines; it is priced where any of them is.

    Parameters
    ----------
    ledger : DataFrame

    Returns
    -------
    DataFrame, one row a stage and fate
        ``stage``, ``fate`` (``priced``, ``no price`` or the rule), ``rows`` (of the return), ``value`` (GBP at the price
        base: quantity x unit value before weights, discounts and rules; the fates add up to what came in).
    """
    priced = ledger["note"].eq("")
    fate = ledger["note"].where(~priced, "priced").where(ledger["amount"].notna(), "no price")
    rank = fate.map({"priced": 0, "no price": 1}).fillna(2)
    lines = ledger.assign(
        fate=fate.str.partition(":")[0].str.replace(r" (as|of|below) .*", "", regex=True),
        rank=rank,
        value=[
            0.0 if pd.isna(row.unit_value) else to_penny(exact(row.quantity) * exact(row.unit_value))
            for row in ledger.itertuples()
        ],
    )
    values = lines.groupby(["stage", "source_row"], sort=False)["value"].agg(total)
    best = lines.sort_values("rank", kind="stable").drop_duplicates(["stage", "source_row"])
    best = best.set_index(["stage", "source_row"]).assign(value=values).reset_index()
    best["stage"] = pd.Categorical(best["stage"], list(codes.STAGE))
    counted = best.groupby(["stage", "fate"], observed=True).agg(rows=("value", "size"), value=("value", total))
    return counted.reset_index().astype({"stage": "str"})


def appraised_inputs(ledger: pd.DataFrame, assumptions: Assumptions) -> pd.Series:
    """The amount of each input line with the cost correction of its grade, to the penny; 0 for futures.

    ``amount x (1 + cost_correction[grade])``

    Returns
    -------
    Series, one value a ledger line
        GBP at the price base.
    """
    factor = {grade: 1 + exact(share) for grade, share in assumptions.cost_correction.items()}
    return pd.Series(
        [
            to_penny(exact(row.amount) * factor[int(row.grade)]) if row.stage in INPUT_STAGES else 0.0
            for row in ledger.itertuples()
        ],
        index=ledger.index,
        dtype="float64",
    )


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


def by_payer(ledger: pd.DataFrame, prices: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Who pays and who saves: inputs and futures avoided by payer, with the cashable part.

    Parameters
    ----------
    ledger : DataFrame
        Of one authority or several.
    prices : DataFrame indexed by ``item``
        ``cashable``: the share of the item that could be taken out of a budget.
    assumptions : Assumptions

    Returns
    -------
    DataFrame indexed by ``payer``, in the order of the vocabulary
        ``paid`` (inputs with the cost correction), ``avoided_short``, ``avoided_long``, ``net`` (avoided_long -
        paid), ``cashable`` (cashable part of avoided_long): GBP at the price base.

    Source
    ------
    METHOD.md part 2; cashable and non-cashable as in the GMCA cost benefit guidance.
    """
    share = {item: exact(value) for item, value in prices["cashable"].items()}
    future = ledger["stage"].eq("future") & ledger["amount"].gt(0)
    lines = ledger.assign(
        paid=appraised_inputs(ledger, assumptions),
        avoided_long=ledger["amount"].where(future),
        avoided_short=ledger["amount"].where(future & ledger["year"].lt(assumptions.short_years)),
        cashable=[
            to_penny(exact(row.amount) * share[row.item]) if counts else 0.0
            for row, counts in zip(ledger.itertuples(), future, strict=True)
        ],
    )
    columns = ["paid", "avoided_short", "avoided_long", "cashable"]
    sums = lines.groupby("payer")[columns].agg(total).reindex([p for p in codes.PAYER if p in set(lines["payer"])])
    net = [total([row.avoided_long, -row.paid]) for row in sums.itertuples()]
    return sums.assign(net=net)[["paid", "avoided_short", "avoided_long", "net", "cashable"]]


def rests_on(ledger: pd.DataFrame, prices: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """How far inputs and futures avoided rest on verified, recalled and assumed unit costs.

    Returns
    -------
    DataFrame indexed by ``confidence`` (verified, recalled, assumed)
        ``inputs`` (with the cost correction), ``avoided_long``, ``saving`` (avoided_long - inputs): GBP at the price
        base; ``inputs_share``, ``avoided_share``: 0 to 1, 0 where there is nothing to share.
    """
    confidence = prices["confidence"].to_dict()
    lines = ledger[ledger["item"].isin(confidence)]
    lines = lines.assign(
        confidence=lines["item"].map(confidence),
        inputs=appraised_inputs(lines, assumptions),
        avoided_long=lines["amount"].where(lines["stage"] == "future"),
    )
    sums = lines.groupby("confidence")[["inputs", "avoided_long"]].agg(total)
    sums = sums.reindex(list(codes.CONFIDENCE), fill_value=0.0)
    whole = {name: total(sums[name]) for name in sums}
    return sums.assign(
        saving=[total([row.avoided_long, -row.inputs]) for row in sums.itertuples()],
        inputs_share=sums["inputs"] / whole["inputs"] if whole["inputs"] else 0.0,
        avoided_share=sums["avoided_long"] / whole["avoided_long"] if whole["avoided_long"] else 0.0,
    )


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


def beside_base_rates(judged: pd.DataFrame, base_rates: pd.DataFrame, probability: Mapping) -> pd.DataFrame:
    """Set what people believed beside what happened to comparison families.

    Parameters
    ----------
    judged : DataFrame
        :func:`larcnb.futures.judge`; futures that count.
    base_rates : DataFrame
        ``future``, ``comparison_share``, ``programme_share``, ``population``, ``months``, ``source``, ``confidence``.
    probability : dict of likelihood to share

    Returns
    -------
    DataFrame, one row a future with a base rate that somebody told of
        ``future``, ``told`` (cases), ``believed`` (mean probability of the agreed likelihood, 0 to 1) and the base
        rates' columns.
    """
    counted = judged[judged["why_not"] == ""]
    believed = counted.assign(believed=counted["likelihood"].map(probability))
    beside = believed.groupby("future").agg(told=("case_id", "size"), believed=("believed", "mean"))
    return beside.reset_index().merge(base_rates.drop(columns="source_row", errors="ignore"), on="future")
