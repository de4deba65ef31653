"""Whose money, in which year: by payer and fund, cashable or not, in cash by budget year; and what of it rests on
prices to treat with caution.

In: ledger, prices, assumptions and deflators. Out: frames of GBP, every pound a sum of ledger lines (METHOD.md part 2,
"Whose money" and "Capacity and cash").
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.costing.appraisal import appraised_inputs, future_flows
from larcnb.costing.ledger import total, totals
from larcnb.costing.valuation import flow, pence, present_value
from larcnb.library import Library, exact
from larcnb.params import Assumptions

WHOLE = 1e-9
"""Blocks within which a float is taken for the whole number above it."""


def cashable(ledger: pd.DataFrame, prices: pd.DataFrame, a: Assumptions) -> pd.DataFrame:
    """What could be taken out of a budget: whole blocks only, the rest of the cost avoided is capacity freed.

    ``cashable x floor(expected units freed / block) x block x unit value``. Where help did harm the floor is the next
    block below 0: the budget must find a whole place for a twentieth of one.

    Parameters
    ----------
    ledger : DataFrame
        Of one authority.
    prices : DataFrame indexed by ``item``
        ``cashable`` (share), ``block`` (units; blank: never).
    a : Assumptions

    Returns
    -------
    DataFrame indexed by ``item``
        ``payer``, ``units`` (expected, freed over the long term: :func:`larcnb.costing.valuation.flow` of units, which
        have no price to correct and are not discounted), ``blocks`` (whole ones; below 0 where help did harm),
        ``cashable`` (GBP at the price base).
    """
    lines = future_flows(ledger)
    left = present_value(a.drop_off, 0, lines["year"])
    chances = lines["chance"], lines["prevented"], a.attribution, a.deadweight
    units = flow(lines["quantity"], 1, *chances, 0, left).groupby(lines["item"]).sum()
    of = prices.loc[units.index]
    blocks = np.floor(units / of["block"] + WHOLE)
    each = zip(of["cashable"], blocks, of["block"], of["exact"], strict=True)
    taken = [
        0.0 if pd.isna(n) else pence(exact(share) * int(n) * exact(size) * value) / 100
        for share, n, size, value in each
    ]
    blocks = blocks.fillna(0).astype(int)
    return pd.DataFrame({"payer": of["payer"], "units": units, "blocks": blocks, "cashable": taken})


def by_payer(ledger: pd.DataFrame, prices: pd.DataFrame, a: Assumptions) -> pd.DataFrame:
    """Who pays and who saves: inputs and futures avoided by payer, with the cashable part.

    Parameters
    ----------
    ledger : DataFrame
        Of one authority.
    prices : DataFrame indexed by ``item``
    a : Assumptions

    Returns
    -------
    DataFrame indexed by ``payer``, in the order of the vocabulary
        ``paid`` (inputs with the cost correction), ``avoided_short``, ``avoided_long``, ``net`` (avoided_long -
        paid), ``cashable`` (:func:`cashable`): GBP at the price base.

    Source
    ------
    METHOD.md part 2; cashable and non-cashable as in the GMCA cost benefit guidance.
    """
    return _paid_and_avoided(ledger, prices, a, ["payer"])


def by_fund(ledger: pd.DataFrame, prices: pd.DataFrame, a: Assumptions) -> pd.DataFrame:
    """:func:`by_payer` by payer and the payer's fund, long term only."""
    funds = _paid_and_avoided(ledger, prices, a, ["payer", "fund"])
    return funds.drop(columns="avoided_short")


def _paid_and_avoided(
    ledger: pd.DataFrame, prices: pd.DataFrame, a: Assumptions, by: list[str]
) -> pd.DataFrame:
    future = ledger["stage"].eq("future")
    lines = ledger.assign(
        fund=_fund(ledger["item"], prices),
        paid=appraised_inputs(ledger, a),
        avoided_short=ledger["amount"].where(future & ledger["year"].lt(a.short_years)),
        avoided_long=ledger["amount"].where(future),
    )
    sums = totals(lines, by, ["paid", "avoided_short", "avoided_long"])
    taken = cashable(ledger, prices, a)
    taken = taken.assign(fund=_fund(taken.index.to_series(), prices)).groupby(by)["cashable"]
    return _in_order(
        sums.assign(
            net=(sums["avoided_long"] - sums["paid"]).round(2),
            cashable=taken.agg(total).reindex(sums.index, fill_value=0.0),
        )
    )


def _fund(items: pd.Series, prices: pd.DataFrame) -> pd.Series:
    return items.map(prices["fund"]).fillna("other")


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Payers and funds in the order of their vocabularies."""
    order = {"payer": list(codes.PAYER), "fund": list(codes.FUND)}
    return frame.sort_index(key=lambda index: index.map(order[index.name].index))


def budget_years(
    ledger: pd.DataFrame, prices: pd.DataFrame, library: Library, price_base: str, a: Assumptions
) -> pd.DataFrame:
    """What is avoided in each coming budget year, in the cash of that year, by payer and fund.

    Year t after the episode is taken as the t-th budget year to come: ``amount x (1 + discount_rate)^t x
    deflator[year] / deflator[price_base]``. Budgets are not discounted.

    Parameters
    ----------
    ledger : DataFrame
    prices : DataFrame indexed by ``item``
    library : Library
        Its ``forecasts`` say which budget years there are.
    price_base : str
    a : Assumptions

    Returns
    -------
    DataFrame indexed by ``payer`` and ``fund``, one column a budget year
        GBP, cash. Years for which there is no forecast are not in it.
    """
    forecasts = library.forecasts
    to_come = {} if forecasts is None else dict(enumerate(forecasts["year"]))
    flows = ledger[ledger["stage"].eq("future") & ledger["amount"].notna()]
    flows = flows[flows["year"].isin(to_come)]
    flows = flows.assign(fund=_fund(flows["item"], prices))
    index = pd.concat([library.deflators, forecasts]).set_index("year")["index"].astype(float)
    year = flows["year"].map(to_come)
    cash = flows["amount"] * (1 + a.discount_rate) ** flows["year"]
    cash = cash * year.map(index).astype(float) / index[price_base]
    table = flows.assign(budget=year, cash=cash).pivot_table(
        "cash", ["payer", "fund"], "budget", "sum", fill_value=0.0
    )
    return _in_order(table.reindex(columns=list(to_come.values()), fill_value=0.0)).round(2)


def with_caution(ledger: pd.DataFrame, prices: pd.DataFrame) -> tuple[float, pd.DataFrame]:
    """The share of the cost avoided that rests on prices to treat with caution, and those prices.

    Parameters
    ----------
    ledger : DataFrame
    prices : DataFrame indexed by ``item``
        :meth:`larcnb.library.Library.prices`.

    Returns
    -------
    float, DataFrame indexed by ``item``
        Of the gross, 0 to 1; ``label``, ``beware``, ``amount`` (GBP avoided), the largest first.
    """
    flows = ledger[ledger["stage"].eq("future") & ledger["amount"].notna()]
    flows = flows.assign(gross=flows["amount"].abs())
    sums = flows.groupby("item")[["gross", "amount"]].sum().join(prices[["label", "beware"]])
    cautioned = sums[sums["beware"].ne("")]
    share = cautioned["gross"].sum() / (sums["gross"].sum() or 1)
    cautioned = cautioned.sort_values("amount", ascending=False, kind="stable")
    return float(share), cautioned.loc[cautioned["amount"] != 0, ["label", "beware", "amount"]]


def money_json(run: Any, price_base: str) -> dict[str, Any]:
    """Funds, budget years and the share on prices to treat with caution, as findings.json has them, of a run."""
    of = run.ledger, run.prices
    funds = by_fund(*of, run.assumptions)
    years = budget_years(*of, run.library, price_base, run.assumptions)
    return {
        "funds": funds.reset_index().to_dict("records"),
        "budget_years": years.reset_index().to_dict("records"),
        "avoided_on_prices_with_caution": with_caution(*of)[0],
    }
