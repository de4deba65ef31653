"""Whose money, in which year: by payer and fund, and in cash by budget year; and what of it rests on prices to treat
with caution.

In: ledger, prices, assumptions and deflators. Out: frames of GBP, every pound a sum of ledger lines (METHOD.md part 2,
"Whose money").
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.costing.appraisal import appraised_inputs, cashable
from larcnb.costing.ledger import totals
from larcnb.library import Library
from larcnb.params import Assumptions


def _with_fund(lines: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    funds = prices["fund"] if "fund" in prices else pd.Series("other", index=prices.index)
    return lines.assign(fund=lines["item"].map(funds).fillna("other"))


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    payers, funds = list(codes.PAYER), list(codes.FUND)
    return frame.sort_index(
        key=lambda index: index.map((payers if index.name == "payer" else funds).index)
    )


def by_fund(ledger: pd.DataFrame, prices: pd.DataFrame, a: Assumptions) -> pd.DataFrame:
    """Who pays and who saves, by payer and the payer's fund.

    Parameters
    ----------
    ledger : DataFrame
        Of one authority.
    prices : DataFrame indexed by ``item``
    a : Assumptions

    Returns
    -------
    DataFrame indexed by ``payer`` and ``fund``
        ``paid`` (inputs with the cost correction), ``avoided_long``, ``net`` (avoided_long - paid), ``cashable``: GBP
        at the price base. Added over funds they are :func:`~larcnb.costing.appraisal.by_payer`'s.
    """
    lines = _with_fund(ledger[ledger["payer"].notna()], prices)
    avoided = lines["amount"].where(lines["stage"].eq("future"))
    lines = lines.assign(paid=appraised_inputs(lines, a), avoided_long=avoided)
    keys = pd.MultiIndex.from_frame(lines[["payer", "fund"]])
    found = totals(lines.assign(key=keys.to_flat_index()), "key", ["paid", "avoided_long"])
    found.index = pd.MultiIndex.from_tuples(found.index, names=["payer", "fund"])
    taken = _with_fund(cashable(ledger, prices, a).rename_axis("item").reset_index(), prices)
    taken = taken.groupby(["payer", "fund"])["cashable"].sum()
    return _in_order(
        found.assign(
            net=(found["avoided_long"] - found["paid"]).round(2),
            cashable=taken.reindex(found.index, fill_value=0.0).round(2),
        )
    )


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
    forecasts = getattr(library, "forecasts", None)
    to_come = {} if forecasts is None else dict(enumerate(forecasts["year"]))
    flows = ledger[ledger["stage"].eq("future") & ledger["amount"].notna()]
    flows = _with_fund(flows[flows["payer"].notna() & flows["year"].isin(to_come)], prices)
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
    gross = flows["amount"].abs().groupby(flows["item"]).sum()
    beware = prices["beware"] if "beware" in prices else pd.Series("", index=prices.index)
    beware = beware.reindex(gross.index).fillna("")
    found = prices.reindex(columns=["label"]).assign(beware=beware).loc[gross.index[beware.ne("")]]
    amounts = flows.groupby("item")["amount"].sum().reindex(found.index)
    found = found.assign(amount=amounts).sort_values("amount", ascending=False, kind="stable")
    share = gross[beware.ne("")].sum() / (gross.sum() or np.nan)
    return (0.0 if np.isnan(share) else float(share)), found[found["amount"] != 0]


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
