"""Tables of money: each case's balance, and the unit costs used with their sources.

In: ledger and cases of DATA.md, prices of :meth:`larcnb.library.Library.prices`. Out:
:class:`~larcnb.tables.table.Table`. Every amount is a sum of ledger rows.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.costing import total
from larcnb.tables.table import Context, Table, show
from larcnb.tables.words import gbp, plural

CASE_MONEY = (
    "process", "interventions", "inputs", "inputs_appraised", "avoided_short", "avoided_long", "saving_short",
    "saving_long",
)  # fmt: skip


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
    corrected = bool((costed["inputs_appraised"] != costed["inputs"]).any())
    money = [name for name in CASE_MONEY if corrected or name != "inputs_appraised"]
    frame = costed[["case_id", *money]].copy()
    whole = pd.DataFrame([["All cases", *(total(costed[name]) for name in money)]], columns=list(frame))
    frame = pd.concat([frame.astype({"case_id": object}), whole], ignore_index=True)
    labels = {"case_id": "Case", "process": "Process", "interventions": "Support", "inputs": "Inputs",
              "inputs_appraised": "Inputs, corrected"}  # fmt: skip
    for term in ("short", "long"):
        labels[f"avoided_{term}"] = f"Avoided {context.over(term)}"
        labels[f"saving_{term}"] = f"Saving {context.over(term)}"
    return show(
        frame, context.measure("What each case cost, avoided and saved", len(costed)),
        formats=dict.fromkeys(money, "gbp"), labels=labels, totals=1,
        links={"case_id": [f"#pounds-{case}" for case in costed["case_id"]]},
        notes=["Inputs are process and support" + (", corrected for weak evidence of their cost" if corrected else "")
               + ". Whole pounds, rounded for showing only; a minus sign is a loss."],
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
        "item": [f"{label} ({unit})" for label, unit in zip(used["label"], used["unit"], strict=True)],
        "unit_value": used["unit_value"],
        "amount": carried.reindex(used.index),
        "as_published": [f"{_money(v)} at {y}" for v, y in zip(used["value"], used["price_year"], strict=True)],
        "confidence": [codes.CONFIDENCE[c] + (", authority's own" if o else "")
                       for c, o in zip(used["confidence"], own, strict=True)],
        "grade": used["grade"],
        "source": used["source"],
        "code": used.index,
        "url": used["url"].fillna("") if "url" in used else "",
    }).reset_index(drop=True).sort_values(["amount", "item"], ascending=[False, True])  # fmt: skip
    sure = carried.reindex(used.index).groupby(used["confidence"]).agg(total)
    parts = [f"{codes.CONFIDENCE[c].lower()} {gbp(sure[c])}" for c in codes.CONFIDENCE if c in sure.index]
    ids, urls = [f"cost-{item}" for item in frame.pop("code")], list(frame.pop("url"))
    used = f"The {plural(len(frame), 'unit cost')} used, with the money each carries"
    return show(
        frame, context.measure(used if len(frame) else "No unit cost carries money"),
        formats={"unit_value": "pence", "amount": "gbp"},
        labels={"item": "Item (unit)", "unit_value": "A unit", "amount": "Carries", "as_published": "As published"},
        folded=True, ids=ids, links={"source": urls},
        notes=[*([f"Money carried by figures that are {'; '.join(parts)}."] if parts else []),
               "Verified: read in the source named. Recalled: known from memory of the source, to be checked. "
               "Assumed: set by this project. Grade 1 is the best evidence, 6 the weakest."],
    )  # fmt: skip


def _money(value: float) -> str:
    return f"£{value:,.2f}"
