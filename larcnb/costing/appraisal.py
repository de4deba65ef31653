"""The appraisal: the ledger by case and authority, by payer, fund and budget year, and what it rests on.

In: ledger, clean tables, prices and assumptions. Out: ``cases.parquet``, the headline figures and the tables of whose
money it is (docs/method.md parts 2 and 8). Every pound is a sum of ledger lines in whole pence.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.costing.ledger import INPUT_STAGES, Tables, price_futures, total, totals, whole_pence
from larcnb.costing.valuation import all_prevented, flow, pence, present_value
from larcnb.library import Library, consistent, exact
from larcnb.params import Assumptions

COSTS = ("preparation", "assessment", "meetings", "process", "interventions", "inputs")
SAVED = ("avoided_short", "avoided_long", "told_long", "saving_short", "saving_long")
MONEY = (*COSTS, "inputs_appraised", *SAVED)
RATIOS = dict.fromkeys(("benefit_cost_ratio", "break_even_share"), "float64")
RATIOS |= dict.fromkeys(("payback_year", "unpriced_futures"), "Int64") | {"conservative": "str"}
TRANSFERS = ("dwp",)
"""Payers whose payments are transfers: no resource is saved."""
WHOLE = 1e-9
"""Blocks within which a float is taken for the whole number above it."""


def future_flows(ledger: pd.DataFrame) -> pd.DataFrame:
    """The ledger's flows: its lines of futures that count, have a price and fall within the long term."""
    return ledger[ledger["stage"].eq("future") & ledger["note"].eq("") & ledger["amount"].notna()]


def appraised_inputs(ledger: pd.DataFrame, a: Assumptions) -> pd.Series:
    """The amount of each input line with the cost correction of its grade, to the penny; 0 for futures.

    ``amount x (1 + cost_correction[grade])``

    Returns
    -------
    Series, one value a ledger line
        GBP at the price base.
    """
    more = {grade: 1 + exact(share) for grade, share in a.cost_correction.items()}
    inputs = ledger[ledger["stage"].isin(INPUT_STAGES)]
    lines = zip(inputs["amount"], inputs["grade"], strict=True)
    appraised = [pence(exact(paid) * more[grade]) / 100 for paid, grade in lines]
    return pd.Series(appraised, inputs.index, dtype="float64").reindex(ledger.index, fill_value=0)


def appraise(
    tables: Tables, library: Library, ledger: pd.DataFrame, prices: pd.DataFrame, a: Assumptions
) -> pd.DataFrame:
    """Add up the ledger by case: inputs, futures avoided, savings, break-even and payback.

    ``saving = avoided - inputs_appraised``; losses are results and are never clipped.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean tables of the return.
    library : Library
    ledger : DataFrame
        Priced under ``a``.
    prices : DataFrame indexed by ``item``
    a : Assumptions

    Returns
    -------
    DataFrame, n rows in the order of ``cases``
        The cases columns and the priced ones: money in GBP at the price base; ``told_long`` (avoided_long with
        prevented = 1, what came anyway included); ``benefit_cost_ratio`` (avoided_long over inputs_appraised, blank
        where inputs are 0); ``break_even_share`` (inputs_appraised over told_long: the share of the futures told that
        help must have prevented to pay for itself, blank where nothing is told); ``payback_year`` (first t with
        cumulative avoided at or above inputs_appraised, blank where never); ``unpriced_futures`` (count);
        ``conservative`` (yes where a counted future has no price or a child is not in the futures). All blank for
        cases not costed.

    Source
    ------
    docs/method.md part 2; Easton et al (2012), LARC4, section 3.1 ("conservative estimates").
    """
    cases, children = tables["cases"], tables["children"]
    costed = cases.loc[cases["costed"] == "yes", "case_id"]
    lines = ledger[ledger["case_id"].isin(costed)]
    sums = _sums(lines, a).reindex(costed, fill_value=0)
    told = price_futures(tables, library, prices, all_prevented(a))
    told = told.assign(amount=whole_pence(told["amount"])).groupby("case_id")["amount"].sum()
    told = told.reindex(costed, fill_value=0)
    spent, short, long = sums["inputs_appraised"], sums["avoided_short"], sums["avoided_long"]
    unpriced = lines[lines["amount"].isna()].groupby("case_id")["element"].nunique()
    unpriced = unpriced.reindex(costed, fill_value=0)
    left_out = costed.isin(children.loc[children["in_futures"] == "no", "case_id"]).to_numpy()
    results = (sums / 100).assign(
        told_long=told / 100,
        saving_short=(short - spent) / 100,
        saving_long=(long - spent) / 100,
        benefit_cost_ratio=long / spent.where(spent > 0),
        break_even_share=spent / told.where(told > 0),
        payback_year=payback(_by_year(lines, a.long_years).reindex(costed, fill_value=0), spent),
        unpriced_futures=unpriced,
        conservative=np.where(unpriced.gt(0) | left_out, "yes", "no"),
    )
    types = dict.fromkeys(MONEY, "float64") | RATIOS
    added = results.reindex(cases["case_id"])[list(types)].astype(types)
    return pd.concat([cases, added.set_axis(cases.index)], axis=1)


def _sums(lines: pd.DataFrame, a: Assumptions) -> pd.DataFrame:
    """Each case's sums in whole pence."""
    amount, element = whole_pence(lines["amount"]), lines["element"]
    process, support, avoided = (lines["stage"].eq(stage) for stage in codes.STAGE)
    of = {
        "preparation": process & element.eq("preparation"),
        "assessment": process & element.eq("assessment"),
        "meetings": process & element.isin(codes.MEETING_ELEMENTS),
        "process": process,
        "interventions": support,
        "inputs": process | support,
        "avoided_short": avoided & lines["year"].lt(a.short_years),
        "avoided_long": avoided & lines["year"].lt(a.long_years),
    }
    parts = {name: amount * those for name, those in of.items()}
    parts["inputs_appraised"] = whole_pence(appraised_inputs(lines, a))
    return pd.DataFrame(parts, index=lines.index).groupby(lines["case_id"]).sum()


def _by_year(lines: pd.DataFrame, years: int) -> pd.DataFrame:
    """Each case's cost avoided in each year of the long term, in whole pence."""
    flows = lines[lines["stage"] == "future"]
    flows = flows.assign(amount=whole_pence(flows["amount"]))
    by_year = flows.pivot_table("amount", "case_id", "year", "sum", fill_value=0)
    return by_year.reindex(columns=range(years), fill_value=0)


def payback(avoided: pd.DataFrame, inputs: pd.Series) -> pd.Series:
    """The first year t with cumulative avoided at or above the inputs, blank where never: of each row.

    Examples
    --------
    >>> payback(pd.DataFrame([[100, 100, 100], [100, 0, 0]]), pd.Series([200, 200])).tolist()
    [1, <NA>]
    """
    reached = avoided.cumsum(axis=1).ge(inputs, axis=0)
    return reached.idxmax(axis=1).astype("Int64").where(reached.any(axis=1))


def summarise(cases: pd.DataFrame, ledger: pd.DataFrame, a: Assumptions) -> dict:
    """The headline figures of an authority, or of several together.

    Parameters
    ----------
    cases : DataFrame
        :func:`appraise`.
    ledger : DataFrame
    a : Assumptions

    Returns
    -------
    dict
        Each money column's total (GBP), ``cases``, ``costed``, ``conservative``, ``losses_short``, ``losses_long``
        (counts), ``break_even_share``, ``benefit_cost_ratio``, ``payback_year`` as :func:`appraise`, None where blank;
        ``transfers`` (GBP of avoided_long that is benefit payments), ``horizon`` (:func:`horizon`).
    """
    costed = cases[cases["costed"] == "yes"]
    sums = {name: total(costed[name]) for name in MONEY}
    avoided = ledger[ledger["stage"] == "future"]
    inputs, told_long = sums["inputs_appraised"], sums["told_long"]
    years = _by_year(avoided, a.long_years).sum().to_frame().T
    year = payback(years, pd.Series([round(inputs * 100)])).item() if len(costed) else None
    return sums | {
        "losses_short": int((costed["saving_short"] < 0).sum()),
        "losses_long": int((costed["saving_long"] < 0).sum()),
        "cases": len(cases),
        "costed": len(costed),
        "conservative": int((costed["conservative"] == "yes").sum()),
        "break_even_share": inputs / told_long if told_long else None,
        "benefit_cost_ratio": sums["avoided_long"] / inputs if inputs else None,
        "payback_year": None if pd.isna(year) else int(year),
        "transfers": total(avoided.loc[avoided["payer"].isin(TRANSFERS), "amount"]),
        "horizon": horizon(ledger),
    }


def horizon(ledger: pd.DataFrame) -> int:
    """The horizon in words: years after the episode up to the end of the last year with a flow; 0 without one."""
    flowing = future_flows(ledger)
    flowing = flowing[flowing["amount"] != 0]
    return 0 if flowing.empty else int(flowing["year"].max()) + 1


def reconcile_rows(ledger: pd.DataFrame) -> pd.DataFrame:
    """Where each row of the return went: priced, without a price, or left out by a rule that is named.

    A moderation row is several ledger lines; it is priced where any of them is.

    Parameters
    ----------
    ledger : DataFrame

    Returns
    -------
    DataFrame, one row a stage and treatment
        ``stage``, ``treatment`` (``priced``, ``no price`` or the rule), ``rows`` (of the return), ``value`` (GBP at the
        price base: quantity x unit value before weights, discounts and rules; the treatments add up to all).
    """
    priced = ledger["note"].eq("")
    treatment = ledger["note"].where(~priced, "priced").where(ledger["amount"].notna(), "no price")
    rank = treatment.map({"priced": 0, "no price": 1}).fillna(2)
    each = zip(ledger["quantity"].fillna(0), ledger["unit_value"].fillna(0), strict=True)
    value = [pence(exact(quantity) * exact(price)) for quantity, price in each]
    lines = ledger.assign(treatment=[_rule(note) for note in treatment], rank=rank, value=value)
    row = ["stage", "source_row"]
    lines["value"] = lines.groupby(row)["value"].transform("sum")
    best = lines.sort_values("rank", kind="stable").drop_duplicates(row)
    best["stage"] = pd.Categorical(best["stage"], list(codes.STAGE))
    each = best.groupby(["stage", "treatment"], observed=True)["value"]
    out = each.agg(rows="size", value="sum").reset_index().astype({"stage": "str"})
    return out.assign(value=out["value"] / 100)


def _rule(note: str) -> str:
    """A note without the item, future or status that it names, so that lines under one rule stand together."""
    if note.startswith("already in the cost of"):
        return "already in another cost"
    if note.startswith("stands for the same"):
        return "stands for a costlier future"
    return note.partition(":")[0]


def by_confidence(
    ledger: pd.DataFrame, prices: pd.DataFrame, effects: pd.DataFrame, a: Assumptions
) -> pd.DataFrame:
    """How far inputs, and the cost avoided by its weakest link, rest on verified, recalled and assumed figures.

    The links are the price, the quantity, the duration, the chance and what was prevented. Quantities and durations
    of the futures library are judgement, and so are the meanings of words and what a set of assumptions takes as
    given: only figures of studies and prices can be verified.

    Parameters
    ----------
    ledger : DataFrame
    prices : DataFrame indexed by ``item``
    effects : DataFrame indexed by future
        :attr:`larcnb.library.Library.effects`.
    a : Assumptions

    Returns
    -------
    DataFrame indexed by ``confidence`` (verified, recalled, assumed)
        ``inputs`` (with the cost correction, by their prices), ``avoided_long`` (by its weakest link): GBP at the
        price base; ``inputs_share``, ``avoided_share`` (of the gross, losses counted without their sign), and the
        same share by each link alone: ``price``, ``quantity``, ``duration``, ``chance``, ``prevented``; 0 to 1, 0
        where there is nothing to share.

    Source
    ------
    docs/method.md part 8.
    """
    order, flowing = list(codes.CONFIDENCE), future_flows(ledger)
    study = effects["confidence"].reindex(flowing["element"], fill_value="assumed").to_numpy()
    links = {
        "price": flowing["item"].map(prices["confidence"]),
        "quantity": "assumed",
        "duration": "assumed",
        "chance": study if a.weighting == "observed" else "assumed",
        "prevented": "assumed" if a.prevented == "all" else study,
    }
    links = pd.DataFrame(links, index=flowing.index)
    weakest = links.map(order.index).max(axis=1).map(dict(enumerate(order)))
    spent = ledger.assign(by=ledger["item"].map(prices["confidence"]))
    spent = totals(spent.assign(inputs=appraised_inputs(ledger, a)), ["by"], ["inputs"])
    avoided = flowing.assign(by=weakest, avoided_long=flowing["amount"])
    avoided = totals(avoided, ["by"], ["avoided_long"])
    sums = spent.join(avoided, how="outer").reindex(order).fillna(0.0).rename_axis("confidence")
    gross = pd.Series(np.abs(whole_pence(flowing["amount"])), flowing.index)
    links.insert(0, "avoided_share", weakest)
    shares = {name: gross.groupby(of).sum() / max(gross.sum(), 1) for name, of in links.items()}
    shares["inputs_share"] = sums["inputs"] / (total(sums["inputs"]) or 1.0)
    return sums.join(pd.DataFrame(shares).reindex(order).fillna(0.0))


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

    Source
    ------
    docs/method.md part 2: capacity freed, and what is cashable.
    """
    lines = future_flows(ledger)
    left = present_value(a.drop_off, 0, lines["year"])
    chances = lines["chance"], lines["prevented"], a.attribution, a.deadweight
    units = flow(lines["quantity"], 1, *chances, 0, left).groupby(lines["item"]).sum()
    of = consistent(prices).loc[units.index]
    blocks = np.floor(units / of["block"] + WHOLE)
    each = zip(of["cashable"], blocks, of["block"], of["exact"], strict=True)
    taken = [
        0.0 if pd.isna(n) else pence(exact(share) * int(n) * exact(size) * value) / 100
        for share, n, size, value in each
    ]
    blocks = blocks.fillna(0).astype(int)
    return pd.DataFrame({"payer": of["payer"], "units": units, "blocks": blocks, "cashable": taken})


def by_payer(
    ledger: pd.DataFrame, prices: pd.DataFrame, a: Assumptions, by: Sequence[str] = ("payer",)
) -> pd.DataFrame:
    """Who pays and who saves: inputs and futures avoided by payer, with the cashable part.

    Parameters
    ----------
    ledger : DataFrame
        Of one authority.
    prices : DataFrame indexed by ``item``
    a : Assumptions
    by : sequence of str
        ``payer``, or ``payer`` and ``fund``.

    Returns
    -------
    DataFrame indexed by ``by``, in the order of the vocabularies
        ``paid`` (inputs with the cost correction), ``avoided_short``, ``avoided_long``, ``net`` (avoided_long -
        paid), ``cashable`` (:func:`cashable`): GBP at the price base.

    Source
    ------
    docs/method.md part 2; cashable and non-cashable as in the GMCA cost benefit guidance.
    """
    avoided = ledger["amount"].where(ledger["stage"].eq("future"))
    lines = ledger.assign(
        fund=_fund(ledger["item"], prices),
        paid=appraised_inputs(ledger, a),
        avoided_short=avoided.where(ledger["year"].lt(a.short_years)),
        avoided_long=avoided,
    )
    sums = totals(lines, [*by], ["paid", "avoided_short", "avoided_long"])
    taken = cashable(ledger, prices, a)
    taken = taken.assign(fund=_fund(taken.index.to_series(), prices))
    taken = taken.groupby([*by])["cashable"].agg(total).reindex(sums.index, fill_value=0.0)
    net = (sums["avoided_long"] - sums["paid"]).round(2)
    return _in_order(sums.assign(net=net, cashable=taken))


def by_fund(ledger: pd.DataFrame, prices: pd.DataFrame, a: Assumptions) -> pd.DataFrame:
    """:func:`by_payer` by payer and the payer's fund, without ``avoided_short``."""
    return by_payer(ledger, prices, a, ["payer", "fund"]).drop(columns="avoided_short")


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

    Source
    ------
    docs/method.md part 1: funds and budget years; HM Treasury's forecast of the GDP deflator.
    """
    forecasts = library.forecasts
    to_come = {} if forecasts is None else dict(enumerate(forecasts["year"]))
    flows = ledger[ledger["stage"].eq("future") & ledger["amount"].notna()]
    flows = flows[flows["year"].isin(to_come)]
    index = pd.concat([library.deflators, forecasts]).set_index("year")["index"].astype(float)
    year = flows["year"].map(to_come)
    cash = flows["amount"] * (1 + a.discount_rate) ** flows["year"]
    cash = cash * year.map(index).astype(float) / index[price_base]
    flows = flows.assign(fund=_fund(flows["item"], prices), budget=year, cash=cash)
    table = flows.pivot_table("cash", ["payer", "fund"], "budget", "sum", fill_value=0.0)
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
        Of the gross, 0 to 1; ``label``, ``caution``, ``amount`` (GBP avoided at the price base), the largest first.

    Source
    ------
    docs/method.md part 1: prices to treat with caution.
    """
    flows = ledger[ledger["stage"].eq("future") & ledger["amount"].notna()]
    flows = flows.assign(gross=flows["amount"].abs())
    sums = flows.groupby("item")[["gross", "amount"]].sum().join(prices[["label", "caution"]])
    cautioned = sums[sums["caution"].ne("")]
    share = cautioned["gross"].sum() / (sums["gross"].sum() or 1)
    cautioned = cautioned.sort_values("amount", ascending=False, kind="stable")
    return float(share), cautioned.loc[cautioned["amount"] != 0, ["label", "caution", "amount"]]
