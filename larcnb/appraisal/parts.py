"""Parts: the same ledger by payer, by confidence, by what became of each line, and beside base rates.

In: ledger, prices and assumptions. Out: frames for the findings (METHOD.md part 2). Every pound is a sum of
ledger lines in whole pence.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from larcnb import codes
from larcnb.appraisal.cases import appraised_inputs
from larcnb.library import exact
from larcnb.params import Assumptions
from larcnb.pricing import multiplied, to_penny, total, totals


def fates(ledger: pd.DataFrame) -> pd.DataFrame:
    """Where each row of the return went: priced, without a price, or left out by a rule that is named.

    A moderation row is several ledger lines; it is priced where any of them is.

    Parameters
    ----------
    ledger : DataFrame

    Returns
    -------
    DataFrame, one row a stage and fate
        ``stage``, ``fate`` (``priced``, ``no price`` or the rule), ``rows`` (of the return), ``value`` (GBP at the
        price base: quantity x unit value before weights, discounts and rules; the fates add up to what came in).
    """
    priced = ledger["note"].eq("")
    fate = ledger["note"].where(~priced, "priced").where(ledger["amount"].notna(), "no price")
    rank = fate.map({"priced": 0, "no price": 1}).fillna(2)
    lines = ledger.assign(
        fate=[_rule(note) for note in fate],
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


def _rule(note: str) -> str:
    """A note without the item, future or status that it names, so that lines under one rule stand together."""
    rules = {"already in the cost of": "already in another cost", "stands for the same": "stands for a costlier future"}
    return next((rule for start, rule in rules.items() if note.startswith(start)), note.partition(":")[0])


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
    counted = ledger[future]
    cashable = multiplied(counted["amount"], counted["item"], share)
    lines = ledger.assign(
        paid=appraised_inputs(ledger, assumptions),
        avoided_long=ledger["amount"].where(future),
        avoided_short=ledger["amount"].where(future & ledger["year"].lt(assumptions.short_years)),
        cashable=cashable.reindex(ledger.index),
    )
    sums = totals(lines, "payer", ["paid", "avoided_short", "avoided_long", "cashable"])
    sums = sums.reindex([payer for payer in codes.PAYER if payer in sums.index])
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
    sums = totals(lines, "confidence", ["inputs", "avoided_long"])
    sums = sums.reindex(list(codes.CONFIDENCE), fill_value=0.0)
    whole = {name: total(sums[name]) for name in sums}
    return sums.assign(
        saving=[total([row.avoided_long, -row.inputs]) for row in sums.itertuples()],
        inputs_share=sums["inputs"] / whole["inputs"] if whole["inputs"] else 0.0,
        avoided_share=sums["avoided_long"] / whole["avoided_long"] if whole["avoided_long"] else 0.0,
    )


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
