"""The appraisal: the ledger by case and authority, by payer, and what it rests on.

In: ledger, clean tables, prices and assumptions. Out: ``cases.parquet`` and the headline figures (METHOD.md parts 2
and 8). Every pound is a sum of ledger lines in whole pence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.costing.ledger import INPUT_STAGES, total, totals, whole_pence
from larcnb.costing.valuation import central, chance, flow, pence, present_value
from larcnb.library import exact
from larcnb.params import Assumptions

MONEY = (
    "preparation",
    "assessment",
    "meetings",
    "process",
    "interventions",
    "inputs",
    "inputs_appraised",
    "avoided_short",
    "avoided_long",
    "told_long",
    "saving_short",
    "saving_long",
)
RATIOS = {
    "benefit_cost_ratio": "float64",
    "break_even_share": "float64",
    "payback_year": "Int64",
    "unpriced_futures": "Int64",
    "conservative": "str",
}
TRANSFERS = ("dwp",)
"""Payers whose payments are transfers: no resource is saved."""
WHOLE = 1e-9
"""Blocks within which a float is taken for the whole number above it."""


def _flows(ledger: pd.DataFrame) -> pd.DataFrame:
    """The ledger's flows: futures that count, have a price and fall within the long term."""
    return ledger[ledger["stage"].eq("future") & ledger["note"].eq("") & ledger["amount"].notna()]


def _alike(lines: pd.DataFrame, columns: list[str], amount: Callable[..., Fraction]) -> pd.Series:
    """GBP to the penny of each line, worked out exactly and once for lines that are alike in some columns."""
    keys = list(zip(*(lines[name].tolist() for name in columns), strict=True))
    found = {key: pence(amount(*key)) / 100 for key in set(keys)}
    return pd.Series([found[key] for key in keys], index=lines.index, dtype="float64")


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
    appraised = _alike(inputs, ["amount", "grade"], lambda paid, grade: exact(paid) * more[grade])
    return appraised.reindex(ledger.index, fill_value=0.0)


def told(ledger: pd.DataFrame, prices: pd.DataFrame, a: Assumptions) -> pd.Series:
    """What the futures told would have cost, by their chance: each flow with prevented = 1, to the penny; else 0.

    Parameters
    ----------
    ledger : DataFrame
        Priced under ``a``.
    prices : DataFrame indexed by ``item``
        Its ``exact`` and ``grade``.
    a : Assumptions

    Returns
    -------
    Series, one value a ledger line
        GBP at the price base.
    """
    price = prices[["exact", "grade"]].to_dict("index")
    fixed, fading = (
        (exact(a.attribution), exact(a.deadweight)),
        (exact(a.drop_off), exact(a.discount_rate)),
    )

    def one(item: str, year: int, quantity: float, p0: float) -> Fraction:
        correction = exact(a.benefit_correction[int(price[item]["grade"])])
        # a line's quantity has the share of the year in it
        base = exact(quantity) * price[item]["exact"]
        return flow(base, 1, exact(p0), 1, *fixed, correction, present_value(*fading, year))

    amounts = _alike(_flows(ledger), ["item", "year", "quantity", "chance"], one)
    return amounts.reindex(ledger.index, fill_value=0.0)


def appraise(
    cases: pd.DataFrame,
    children: pd.DataFrame,
    ledger: pd.DataFrame,
    prices: pd.DataFrame,
    a: Assumptions,
    anyway: pd.Series | None = None,
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
        Priced under ``a``.
    prices : DataFrame indexed by ``item``
    a : Assumptions
    anyway : Series indexed by ``case_id``, optional
        :func:`larcnb.costing.told_anyway`, GBP: added to ``told_long``.

    Returns
    -------
    DataFrame, n rows in the order of ``cases``
        The cases columns and DATA.md's: money in GBP at the price base; ``told_long`` (avoided_long with
        prevented = 1); ``benefit_cost_ratio`` (avoided_long over inputs_appraised, blank where inputs are 0);
        ``break_even_share`` (inputs_appraised over told_long: the share of the futures told that help must have
        prevented to pay for itself, blank where nothing is told); ``payback_year`` (first t with cumulative
        avoided at or above inputs_appraised, blank where never); ``unpriced_futures`` (count); ``conservative``
        (yes where a counted future has no price or a child is not in the futures). All blank for cases not costed.

    Source
    ------
    METHOD.md part 2; Easton et al (2012), LARC4, section 3.1 ("conservative estimates").
    """
    costed = cases.loc[cases["costed"] == "yes", "case_id"]
    lines = ledger[ledger["case_id"].isin(costed)]
    sums = _sums(lines, prices, a).reindex(costed, fill_value=0)
    if anyway is not None:
        came = pd.Series(whole_pence(anyway), anyway.index)
        sums["told_long"] += came.reindex(costed, fill_value=0)
    reached = _by_year(lines, a.long_years).reindex(costed, fill_value=0).cumsum(axis=1)
    reached = reached.ge(sums["inputs_appraised"], axis=0)
    unpriced = (
        lines[lines["amount"].isna()].groupby("case_id")["element"].nunique()
    )  # inputs have a price
    unpriced = unpriced.reindex(costed, fill_value=0)
    left_out = set(children.loc[children["in_futures"] == "no", "case_id"])
    spent, short, long = sums["inputs_appraised"], sums["avoided_short"], sums["avoided_long"]
    results = (sums / 100).assign(
        saving_short=(short - spent) / 100,
        saving_long=(long - spent) / 100,
        benefit_cost_ratio=long / spent.where(spent > 0),
        break_even_share=spent / sums["told_long"].where(sums["told_long"] > 0),
        payback_year=reached.idxmax(axis=1).astype("Int64").where(reached.any(axis=1)),
        unpriced_futures=unpriced,
        conservative=["yes" if n or case in left_out else "no" for case, n in unpriced.items()],
    )
    added = results.reindex(cases["case_id"])[[*MONEY, *RATIOS]].astype(
        dict.fromkeys(MONEY, "float64") | RATIOS
    )
    return pd.concat([cases, added.set_axis(cases.index)], axis=1)


def _sums(lines: pd.DataFrame, prices: pd.DataFrame, a: Assumptions) -> pd.DataFrame:
    """Each case's sums in whole pence."""
    amount, element = whole_pence(lines["amount"]), lines["element"]
    process, support, avoided = (
        lines["stage"].eq(stage) for stage in ("process", "intervention", "future")
    )
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
    parts["told_long"] = whole_pence(told(lines, prices, a))
    return pd.DataFrame(parts, index=lines.index).groupby(lines["case_id"]).sum()


def _by_year(lines: pd.DataFrame, years: int) -> pd.DataFrame:
    """Each case's cost avoided in each year of the long term, in whole pence."""
    flows = lines[lines["stage"] == "future"]
    flows = flows.assign(amount=whole_pence(flows["amount"]))
    by_year = flows.pivot_table("amount", "case_id", "year", "sum", fill_value=0)
    return by_year.reindex(columns=range(years), fill_value=0)


def payback_year(avoided: Iterable[float], inputs: float) -> int | None:
    """The first year t with cumulative avoided at or above ``inputs``, or None.

    Examples
    --------
    >>> payback_year([100.0, 100.0, 100.0], 200.0), payback_year([100.0], 200.0)
    (1, None)
    """
    so_far = np.cumsum([round(amount * 100) for amount in avoided])
    reached = np.flatnonzero(so_far >= round(inputs * 100))
    return int(reached[0]) if len(reached) else None


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
    years = _by_year(avoided, a.long_years).sum()
    losses = {f"losses_{of}": int((costed[f"saving_{of}"] < 0).sum()) for of in ("short", "long")}
    return (
        sums
        | losses
        | {
            "cases": len(cases),
            "costed": len(costed),
            "conservative": int((costed["conservative"] == "yes").sum()),
            "break_even_share": inputs / told_long if told_long else None,
            "benefit_cost_ratio": sums["avoided_long"] / inputs if inputs else None,
            "payback_year": payback_year(years / 100, inputs) if len(costed) else None,
            "transfers": total(avoided.loc[avoided["payer"].isin(TRANSFERS), "amount"]),
            "horizon": horizon(ledger),
        }
    )


def horizon(ledger: pd.DataFrame) -> int:
    """The horizon in words: years after the episode up to the end of the last year with a flow; 0 without one."""
    flowing = _flows(ledger)
    flowing = flowing[flowing["amount"] != 0]
    return 0 if flowing.empty else int(flowing["year"].max()) + 1


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
    known, each = ledger.fillna({"unit_value": 0.0, "quantity": 0.0}), ["quantity", "unit_value"]
    value = _alike(known, each, lambda quantity, value: exact(quantity) * exact(value))
    lines = ledger.assign(fate=[_rule(note) for note in fate], rank=rank, value=value)
    values = lines.groupby(["stage", "source_row"], sort=False)["value"].agg(total)
    best = lines.sort_values("rank", kind="stable").drop_duplicates(["stage", "source_row"])
    best = best.set_index(["stage", "source_row"]).assign(value=values).reset_index()
    best["stage"] = pd.Categorical(best["stage"], list(codes.STAGE))
    counted = best.groupby(["stage", "fate"], observed=True).agg(
        rows=("value", "size"), value=("value", total)
    )
    return counted.reset_index().astype({"stage": "str"})


def _rule(note: str) -> str:
    """A note without the item, future or status that it names, so that lines under one rule stand together."""
    rules = {
        "already in the cost of": "already in another cost",
        "stands for the same": "stands for a costlier future",
    }
    return next(
        (rule for start, rule in rules.items() if note.startswith(start)), note.partition(":")[0]
    )


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
        ``payer``, ``units`` (expected, freed over the long term: quantity x weight, with attribution, deadweight and
        drop-off), ``blocks`` (whole ones; below 0 where help did harm), ``cashable`` (GBP at the price base).
    """
    lines = _flows(ledger)
    freed = (
        lines["quantity"]
        * lines["weight"]
        * a.attribution
        * (1 - a.deadweight)
        * (1 - a.drop_off) ** lines["year"]
    )
    units = freed.groupby(lines["item"]).sum()
    of = prices.loc[units.index]
    # an optional column
    block = of["block"] if "block" in of else pd.Series(np.nan, index=of.index)
    blocks = np.floor(units / block + WHOLE)
    taken = [
        0.0 if pd.isna(number) else pence(exact(share) * int(number) * exact(size) * value) / 100
        for share, number, size, value in zip(
            of["cashable"], blocks, block, of["exact"], strict=True
        )
    ]
    found = {
        "payer": of["payer"],
        "units": units,
        "blocks": blocks.fillna(0).astype(int),
        "cashable": taken,
    }
    return pd.DataFrame(found)


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
    future = ledger["stage"].eq("future")
    lines = ledger.assign(
        paid=appraised_inputs(ledger, a),
        avoided_long=ledger["amount"].where(future),
        avoided_short=ledger["amount"].where(future & ledger["year"].lt(a.short_years)),
    )
    sums = totals(lines, "payer", ["paid", "avoided_short", "avoided_long"])
    sums = sums.reindex([payer for payer in codes.PAYER if payer in sums.index])
    taken = cashable(ledger, prices, a)
    return sums.assign(
        net=[total([row.avoided_long, -row.paid]) for row in sums.itertuples()],
        cashable=taken.groupby("payer")["cashable"].agg(total).reindex(sums.index, fill_value=0.0),
    )


def rests_on(
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
    METHOD.md part 8.
    """
    order = list(codes.CONFIDENCE)
    of_price, of_study = prices["confidence"].to_dict(), effects["confidence"].to_dict()
    inputs = appraised_inputs(ledger, a)
    spent = totals(ledger.assign(by=ledger["item"].map(of_price), inputs=inputs), "by", ["inputs"])
    flowing = _flows(ledger)
    judged = pd.Series("assumed", index=flowing.index, dtype="str")
    study = judged.where(~flowing["element"].isin(of_study), flowing["element"].map(of_study))
    links = {
        "price": flowing["item"].map(of_price),
        "quantity": judged,
        "duration": judged,
        "chance": study if a.weighting == "observed" else judged,
        "prevented": judged if a.prevented == "all" else study,
    }
    weakest = pd.DataFrame({name: of.map(order.index) for name, of in links.items()}).max(axis=1)
    weakest = weakest.map(dict(enumerate(order)))
    gross = pd.Series(np.abs(whole_pence(flowing["amount"])), index=flowing.index)
    avoided = totals(
        flowing.assign(by=weakest, avoided_long=flowing["amount"]), "by", ["avoided_long"]
    )
    found = spent.join(avoided, how="outer").reindex(order).fillna(0.0).rename_axis("confidence")
    alone = {"avoided_share": weakest, **links}.items()
    shares = {name: gross.groupby(of).sum() / max(int(gross.sum()), 1) for name, of in alone}
    shares["inputs_share"] = found["inputs"] / (total(found["inputs"]) or 1.0)
    return found.join(pd.DataFrame(shares).reindex(order).fillna(0.0))


def beside_base_rates(judged: pd.DataFrame, effects: pd.DataFrame, a: Assumptions) -> pd.DataFrame:
    """Set the chances told beside what happened to comparison groups.

    Parameters
    ----------
    judged : DataFrame
        :func:`larcnb.costing.ledger.judge`; the futures that count are taken.
    effects : DataFrame indexed by future
        :attr:`larcnb.library.Library.effects`.
    a : Assumptions

    Returns
    -------
    DataFrame, one row a future with a study that somebody told of
        ``future``, ``told`` (cases), ``believed`` (mean chance, 0 to 1) and the columns of ``effects``.
    """
    values = central(effects, a)
    counted = judged[judged["why_not"].eq("") & judged["future"].isin(effects.index)]
    found = [chance(a, values, row.future, row.likelihood) for row in counted.itertuples()]
    believed = counted.assign(believed=[np.nan if p0 is None else float(p0[0]) for p0 in found])
    beside = believed.groupby("future").agg(told=("case_id", "size"), believed=("believed", "mean"))
    return beside.reset_index().merge(effects.reset_index(), on="future")
