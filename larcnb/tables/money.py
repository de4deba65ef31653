"""Tables of money: each case's balance, the unit costs used, and the trace of every pound.

In: ledger and cases of DATA.md, prices of :meth:`larcnb.library.Library.prices`. Out:
:class:`~larcnb.tables.table.Table`. Every amount is a sum of ledger rows.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from larcnb import codes
from larcnb.pricing import total
from larcnb.tables.table import Context, Table, gbp, plural, sentence, show

CASE_MONEY = ("process", "interventions", "inputs", "avoided_short", "avoided_long", "saving_short", "saving_long")


def savings(cases: pd.DataFrame, context: Context) -> Table:
    """Show what each costed case cost, avoided and saved, with the total.

    Parameters
    ----------
    cases : DataFrame, one row a case
        ``cases.parquet`` of DATA.md.

    Returns
    -------
    Table
        GBP at the price base; a loss has a minus sign.
    """
    costed = cases[cases["costed"] == "yes"].sort_values(["saving_long", "case_id"], ascending=[False, True])
    frame = costed[["case_id", *CASE_MONEY]].copy()
    whole = pd.DataFrame([["All cases", *(total(costed[name]) for name in CASE_MONEY)]], columns=list(frame))
    frame = pd.concat([frame.astype({"case_id": object}), whole], ignore_index=True)
    labels = {"case_id": "Case", "process": "Process", "interventions": "Support", "inputs": "Inputs"}
    for term in ("short", "long"):
        labels[f"avoided_{term}"] = f"Avoided {context.over(term)}"
        labels[f"saving_{term}"] = f"Saving {context.over(term)}"
    return show(
        frame, context.measure("What each case cost, avoided and saved", len(costed)),
        formats=dict.fromkeys(CASE_MONEY, "gbp"), labels=labels, totals=1,
        notes=["Inputs are process and support. Whole pounds, rounded for showing only; a minus sign is a loss."],
    )  # fmt: skip


def unit_costs_used(ledger: pd.DataFrame, prices: pd.DataFrame, context: Context) -> Table:
    """Show each unit cost that carries money, with its source and how sure we are of it.

    Parameters
    ----------
    ledger : DataFrame
    prices : DataFrame indexed by item
        ``label``, ``unit``, ``unit_value`` (GBP at the price base), ``value``, ``price_year``, ``grade``,
        ``confidence``, ``source``, and ``own`` where the authority put its own.
    """
    carried = ledger[ledger["amount"].fillna(0) != 0].groupby("item", observed=True)["amount"].agg(total)
    used = prices.loc[[item for item in carried.index if item in prices.index]]
    own = used["own"] if "own" in used else pd.Series(False, index=used.index)
    frame = pd.DataFrame({
        "item": used["label"],
        "unit": used["unit"],
        "unit_value": used["unit_value"],
        "amount": carried.reindex(used.index),
        "as_published": [f"{_money(v)} at {y}" for v, y in zip(used["value"], used["price_year"], strict=True)],
        "confidence": [codes.CONFIDENCE[c] + (", authority's own" if o else "")
                       for c, o in zip(used["confidence"], own, strict=True)],
        "grade": used["grade"],
        "source": used["source"],
    }).reset_index(drop=True).sort_values(["amount", "item"], ascending=[False, True])  # fmt: skip
    sure = carried.reindex(used.index).groupby(used["confidence"]).agg(total)
    parts = [f"{codes.CONFIDENCE[c].lower()} {gbp(sure[c])}" for c in codes.CONFIDENCE if c in sure.index]
    return show(
        frame, context.measure(f"The {plural(len(frame), 'unit cost')} used, with the money each carries"),
        formats={"unit_value": "pence", "amount": "gbp"},
        labels={"unit_value": "A unit", "amount": "Carries", "as_published": "As published"}, folded=True,
        notes=[f"Money carried by figures that are {'; '.join(parts)}.",
               "Verified: read in the source named. Recalled: known from memory of the source, to be checked. "
               "Assumed: set by this project. Grade 1 is the best evidence, 6 the weakest."],
    )  # fmt: skip


def trace(
    ledger: pd.DataFrame, prices: pd.DataFrame, futures: pd.DataFrame, context: Context, case_id: str | None = None
) -> Table:
    """Follow each pound: every ledger line with the row of the return it came from, its unit cost and source.

    Parameters
    ----------
    ledger : DataFrame
    prices : DataFrame indexed by item
    futures : DataFrame
        The national futures: ``future``, ``label``.
    case_id : str, optional
        One case only.

    Returns
    -------
    Table
        One row a ledger line, in the ledger's order; the last two are the sums of inputs and of costs avoided.
    """
    lines = ledger if case_id is None else ledger[ledger["case_id"] == case_id]
    names = {**codes.ELEMENT, **codes.SUPPORT, **dict(zip(futures["future"], futures["label"], strict=True))}
    note = lines["note"].astype(object).where(lines["note"].notna(), "")
    frame = pd.DataFrame({
        "case": lines["case_id"].astype(object),
        "stage": lines["stage"].map(codes.STAGE),
        "what": [names.get(e, sentence(e)) for e in lines["element"]],
        "item": [_label(prices, item) for item in lines["item"]],
        "year": lines["year"].astype("Int64"),
        "quantity": lines["quantity"],
        "unit_value": lines["unit_value"],
        "weight": lines["weight"],
        "amount": lines["amount"],
        "source_row": lines["source_row"],
        "confidence": [_confidence(prices, item) for item in lines["item"]],
        "note": note,
    })  # fmt: skip
    avoided = lines["stage"] == "future"
    whole = pd.DataFrame([{"case": "Inputs, sum", "amount": total(lines.loc[~avoided, "amount"])},
                          {"case": "Avoided, sum", "amount": total(lines.loc[avoided, "amount"])}])  # fmt: skip
    frame = pd.concat([frame, whole], ignore_index=True).astype({"year": "Int64"})
    blank = dict.fromkeys(["stage", "what", "item", "year", "quantity", "unit_value", "weight", "source_row",
                           "confidence", "note"], "")  # fmt: skip
    scope = "" if case_id is None else f" of case {case_id}"
    return show(
        frame, context.measure(f"Every line of the ledger{scope}, {plural(len(lines), 'line')}"),
        formats={"quantity": "number", "unit_value": "pence", "amount": "pence", "weight": "number"},
        labels={"what": "For what", "unit_value": "A unit", "source_row": "Row of the return"},
        missing={**blank, "amount": "no price"}, totals=2, folded=True,
        notes=["Process and support: quantity times unit cost. Futures: that times weight and the assumptions' "
               "factors, year by year."],
    )  # fmt: skip


def _label(prices: pd.DataFrame, item: object) -> str:
    return "" if item is None or item != item else str(prices["label"].get(item, sentence(str(item))))


def _confidence(prices: pd.DataFrame, item: object) -> str:
    known: Mapping[str, str] = prices["confidence"]
    return "" if item is None or item != item else codes.CONFIDENCE.get(known.get(item, ""), "")


def _money(value: float) -> str:
    return f"£{value:,.2f}"
