"""The findings of a round in words: does it pay, how sure that is, what it hangs on.

In: the frames of 10_consortium. Out: sentences, each with its numbers from the frame. A convenience sample is described
and never scaled up to a population.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from larcnb import codes, costing
from larcnb.consortium.beside import grouped
from larcnb.consortium.pooling import Across
from larcnb.consortium.process_cost import Drivers
from larcnb.consortium.rounds import Round
from larcnb.costing import total
from larcnb.costing.appraisal import TRANSFERS
from larcnb.findings import in_hundred, rounded
from larcnb.params import load_preset
from larcnb.show import gbp, labelled, listed, percent, plural, say, short, simulated
from larcnb.show import tiles as show_tiles
from larcnb.show.context import scenario as in_scenario
from larcnb.show.sentences import Said, Tiles
from larcnb.show.words import MINUS, lowered

REFERENCE, CONVENTION = "public_purse", "larc"
PARTS = {"preparation": "Preparation", "assessment": "Assessment", "meetings": "Meetings and contact",
         "process": "Process", "interventions": "Support", "inputs": "Process and support"}  # fmt: skip
LABELS = {
    "inputs": "Spent", "process": "Process", "interventions": "Support", "saving_short": "Net saving, short term",
    "told_long": "Futures told", "avoided_long": "Avoided", "saving_long": "Net saving, long term",
    "quarter": "A quarter below", "three_quarters": "A quarter above", "low": "From",
    "high": "To", "larc4": "LARC4 says", "larc3": "LARC3, as LARC4 quotes it", "several": "By two or more",
    "share": "The same answer", "kappa": "Weighted kappa", "first": "One", "second": "Other",
    "higher": "First held it likelier", "lower": "Second held it likelier", "label": "Future", "person": "Of whom",
    "told": "Counted of", "persons": "Of all here", "here": "Here, of 1,000", "elsewhere": "Comparison group, of 1,000",
    "cap": "At most, by the counts", "own": "Own mean", "estimate": "Shrunken estimate", "without": "Mean without it",
    "without_low": "Without, from", "without_high": "Without, to", "wording": "On impact its report says",
    "costed": "Costed here", "use": "Used here", "break_even_share": "Break-even share",
    "benefit_cost_ratio": "Benefit-cost ratio",
}  # fmt: skip
"""Headers of the page's tables, by column."""
NOT_STUDIED = "no study of every authority is here yet (03_sensitivity writes it)"


def of_hundred(share: float) -> str:
    """A share of futures prevented as so many of 100; below 0 where help did harm."""
    return f"{share * 100:z.0f}".replace("-", MINUS)


def nothing(run: Round, costed: pd.DataFrame) -> str:
    """Why nothing can be said of money; blank where something can."""
    if not len(run.tables["cases"]):
        return "This round collected no cases."
    if costed.empty:
        sent = plural(len(run.tables["cases"]), "case")
        return f"{sent} came in, none of them costed, so there is nothing to price."
    if not costed[["inputs_appraised", "avoided_long", "told_long"]].to_numpy().any():
        return (
            f"{plural(len(costed), 'costed case')} came in, and no line of them has a price, so nothing can be said of "
            "what was spent or saved."
        )
    return ""


def verdict(
    run: Round, costed: pd.DataFrame, scenarios: pd.DataFrame, studies: pd.DataFrame, ledger: pd.DataFrame
) -> list[str]:
    """Does it pay: break-even, what studies found, the reference case, LARC's own convention, whose money.

    Parameters
    ----------
    run : Round
    costed : DataFrame
        Its costed cases.
    scenarios : DataFrame indexed by preset
        The round's sums in GBP (``inputs``, ``told_long``, ``avoided_long``, ``saving_long``), ``years``,
        ``break_even_share``, ``benefit_cost_ratio``; ``low95``, ``high95``, ``chance`` of the sum draw by draw.
    studies : DataFrame indexed by future
        ``prevented``, ``least``, ``most`` (share of such futures help prevented, 0 to 1).
    ledger : DataFrame
        The round's.
    """
    if said := nothing(run, costed):
        return [said, *_sample(run)]
    if REFERENCE not in scenarios.index:
        lines = [f"Neither break-even nor the reference case is known: {NOT_STUDIED}."]
    else:
        r = scenarios.loc[REFERENCE]
        horizon = plural(int(min(costing.horizon(ledger) or r["years"], r["years"])), "year")
        lines = [_break_even(costed, r, horizon), _studies(run, r, studies), *_reference(r, horizon)]
    if CONVENTION in scenarios.index:
        lines.append(
            f"LARC4's own convention counts every accepted future in full and takes it as prevented. It gives "
            f"{_net(scenarios.loc[CONVENTION, 'saving_long'])}: an upper bound, not an estimate."
        )
    hangs = codes.literal(concentration(run.case_results(REFERENCE), run.names))
    lines += [_whose(run, ledger), *[hangs] * bool(hangs), *_sample(run)]
    return [codes.words(run.context.wording, line) for line in lines]


def _net(saving: float) -> str:
    return f"{'a net saving' if saving >= 0 else 'a net cost'} of {rounded(abs(saving))}"


def _break_even(costed: pd.DataFrame, r: pd.Series, horizon: str) -> str:
    more = r["inputs"] - total(costed["inputs"])
    added = f", of which {rounded(more)} is added for weak evidence of costs" if more > 0 else ""
    lead = (
        f"Break-even: {plural(len(costed), '{episode}')} in {plural(costed['authority'].nunique(), 'authority')} cost "
        f"{rounded(r['inputs'])} in people's time and support{added}."
    )
    share = r["break_even_share"]
    if not r["inputs"]:
        return "Break-even: no cost of the {process} or its support was recorded, so there is none."
    if pd.isna(share):
        return f"{lead} No future told has a price, so nothing can be set against that."
    if share > 1:
        return f"{lead} Even if help had prevented every future told, that would not come back within {horizon}."
    return (
        f"{lead} To pay for itself within {horizon}, help must have prevented {in_hundred(share)} of the "
        "futures told, by cost, allowing for how likely each was held to be."
    )


def _studies(run: Round, r: pd.Series, studies: pd.DataFrame) -> str:
    if studies.empty:
        return "What studies found: the library holds no comparison study of what help prevents."
    names = [codes.literal(lowered(labelled(future, "future", run))) for future in studies.index]
    each = [
        f"{name} {of_hundred(row.prevented)} ({of_hundred(row.least)} to {of_hundred(row.most)})"
        for name, row in zip(names, studies.itertuples(), strict=True)
    ]
    harm = int((studies["least"] < 0).sum())
    enough = int((studies["prevented"] >= r["break_even_share"]).sum())
    met = f" {enough} of {len(studies)} reach the break-even share." if r["break_even_share"] <= 1 else ""
    return (
        f"What comparison studies found help prevents, of 100 such futures (range): {listed(each)}. {harm} of these "
        f"{plural(len(studies), 'range')} {'includes' if harm == 1 else 'include'} harm.{met} Where a study gives no "
        f"range, the range is this project's. No other future told has been studied: {_assumed(run)}."
    )


def _assumed(run: Round) -> str:
    """What the reference case takes where there is no study."""
    preset = load_preset(run.root, REFERENCE)
    low, high = map(of_hundred, preset.log["default_prevented"]["range"])
    return f"the reference case assumes {of_hundred(preset.assumptions.default_prevented)} ({low} to {high})"


def _reference(r: pd.Series, horizon: str) -> list[str]:
    known = pd.notna(r["low95"])
    interval = f" (95% uncertainty interval {rounded(r['low95'])} to {rounded(r['high95'])})" if known else ""
    chance = f"; {simulated(r['chance'])} of simulations save" if known and pd.notna(r["chance"]) else ""
    ratio = f" Benefit-cost ratio {r['benefit_cost_ratio']:z.1f}." if pd.notna(r["benefit_cost_ratio"]) else ""
    return [
        "The reference case (public purse) weighs each future by how likely it was held to be and by what "
        f"studies found help prevents: {_net(r['saving_long'])} over {horizon}{interval}{chance}.{ratio}"
    ]


def _whose(run: Round, ledger: pd.DataFrame) -> str:
    """Whose money it is; the transfers are of the ledger's own scenario, which need not be the reference case."""
    avoided = ledger[ledger["stage"] == "future"]
    transfers = total(avoided.loc[avoided["payer"].isin(TRANSFERS), "amount"])
    return (
        "Whose money: the public purse. No private, wellbeing or distributional value is in it. Benefit payments are "
        f"transfers: {rounded(transfers)} of the {rounded(total(avoided['amount']))} avoided "
        f"({codes.literal(in_scenario(run.context))}). There was no comparison group."
    )


def tiles(run: Round, scenarios: pd.DataFrame) -> Tiles | Said:
    """The key figures side by side; nothing where there is no study yet or nothing has a price."""
    if REFERENCE not in scenarios.index or not scenarios.loc[REFERENCE, "told_long"]:
        return say()
    r, c = scenarios.loc[REFERENCE], scenarios["saving_long"]
    interval = f"95% interval {short(r['low95'])} to {short(r['high95'])}" if pd.notna(r["low95"]) else ""
    share = "over 100 in 100" if r["break_even_share"] > 1 else in_hundred(r["break_even_share"])
    return show_tiles({
        "Spent": (rounded(r["inputs"]), "people's time and support"),
        "Break-even": (share, "of the futures told, by cost, prevented"),
        "Reference case, net": (rounded(r["saving_long"]), interval),
        "Over the scenarios": (f"{short(c.min())} to {short(c.max())}", "alternatives, not one range"),
    })  # fmt: skip


def _sample(run: Round) -> list[str]:
    cases = run.tables["cases"]
    kinds = {(a.preset, *map(str, a.overrides.items())) for a in run.authorities.values()}
    return [" ".join([
        f"Whom it stands for: {plural(len(cases), 'family')} chosen by {cases['authority'].nunique()} of "
        f"{plural(len(run.authorities), 'authority')}. They are no sample of a population, and nothing here is "
        "scaled up to one.",
        *[f"{plural(len(run.missing), 'authority')} of the round sent no results yet."] * bool(run.missing),
        *[f"Take care: authorities priced their cases under {len(kinds)} different scenarios."] * (len(kinds) > 1),
    ])]  # fmt: skip


def concentration(results: pd.DataFrame, names: Mapping[str, str]) -> str:
    """How much of the reference case hangs on one family, and on which authorities; blank where nothing is known.

    Parameters
    ----------
    results : DataFrame, one row a case
        :meth:`~larcnb.consortium.rounds.Round.case_results` of the reference case.
    names : dict of slug to name
    """
    avoided = results["avoided_long"].sort_values(ascending=False)
    if avoided.empty or avoided.iloc[0] <= 0 or len(avoided) == 1:
        return ""
    rest = total(results["saving_long"]) - results.loc[avoided.index[0], "saving_long"]
    half = int((avoided.cumsum() < avoided.sum() / 2).sum()) + 1
    groups = results.groupby(grouped(results, names))["avoided_long"].agg(total).sort_values(ascending=False)
    few = groups.index[: int((groups.cumsum() < groups.sum() / 2).sum()) + 1]
    return (
        f"How much hangs on one family: in the reference case one accounts for "
        f"{percent(avoided.iloc[0] / avoided.sum())} of all that is avoided; without it the round comes to "
        f"{_net(rest)}. {half} of {plural(len(avoided), 'family')} {'accounts' if half == 1 else 'account'} for half, "
        f"and by authority {listed(few)} {'does' if len(few) == 1 else 'do'}."
    )


def beliefs(frame: pd.DataFrame) -> str:
    """What was told of persons beside what is known, and how far counts alone cap it; the future most often told.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.consortium.comparison.counts_cap_beliefs`.
    """
    told = frame[(frame["told"] > 0) & frame["persons"].notna()]
    if told.empty:
        return "No future with a known rate was counted."
    one = told.iloc[0]
    kind = {"child": ("child", "children"), "family": ("family", "families")}.get(one["person"], (one["person"],) * 2)
    cap = ""
    if one["bound"] < 1:
        cap = f" If that rate held here too, at most {percent(one['bound'])} of those told can have been right."
    return (
        f"'{one['label']}' was counted of {one['told']} of {plural(int(one['persons']), *kind)} "
        f"({one['believed']:.1%}). Of comparison {kind[1]} {one['comparison_share']:.1%} met it.{cap}"
    )


def agreement(row: pd.Series) -> str:
    """How far respondents agreed, beside what chance gives: the row ``all`` of :func:`~.agreement.by_theme`."""
    lead = f"{plural(int(row['futures']), 'future')} reported, {int(row['several'])} by two respondents or more."
    if row["why_not"]:
        return f"{lead} That is too little to say how far they agreed ({row['why_not']})."
    kappa = "" if pd.isna(row["kappa"]) else (
        f" Weighted kappa, which takes chance into account and counts a step apart as near, is {row['kappa']:z.2f} "
        f"({row['kappa_low']:z.2f} to {row['kappa_high']:z.2f}; shuffled {row['kappa_shuffled']:z.2f})."
    ).replace("-", MINUS)  # fmt: skip
    return (
        f"{lead} Two respondents gave one future the same likelihood {percent(row['share'])} of the time "
        f"({percent(row['share_low'])} to {percent(row['share_high'])}); answers shuffled among futures would agree "
        f"{percent(row['share_shuffled'])} of the time.{kappa} Agreement says that people saw the same danger, not "
        "that it would have come about."
    )


def cost_drivers(found: Drivers) -> str:
    """What goes with a higher process cost: meetings, professionals, or neither beyond chance."""
    if found.why_not:
        return f"Whether cost rises with meetings and professionals cannot be told here ({found.why_not})."
    parts = [
        f"each additional {row.term.rstrip('s')} is associated with a {percent(abs(row.more))} "
        f"{'higher' if row.more >= 0 else 'lower'} process cost (95% confidence interval {percent(row.low)} to "
        f"{percent(row.high)})"
        for row in found.terms.itertuples()
    ]
    sure = [row.term for row in found.terms.itertuples() if row.low > 0]
    borne = f"bears out LARC4's finding for {listed(sure)}" if sure else "cannot be told from chance"
    said = " and ".join(parts)
    return f"{said[:1].upper()}{said[1:]}. That {borne}."


def differences(found: Across) -> str:
    """How far authorities differ, and where a further one would lie."""
    p = found.pooled
    if p.why_not:
        return f"How far authorities differ cannot be told ({p.why_not})."
    further = (
        f"Prediction interval: {plural(p.sent, 'case')} of a further authority like these would average "
        f"{gbp(p.next_low)} to {gbp(p.next_high)} an episode (95%)."
    )
    mean = (
        f"The mean over authorities is {gbp(p.mean)} an episode; the spread of these families puts it between "
        f"{gbp(p.low)} and {gbp(p.high)}."
    )
    if not p.tau2:
        return (
            f"{mean} How far authorities differ cannot be estimated: their means lie no further apart than so few "
            f"families in each would put them, which does not make them alike. {further}"
        )
    return (
        f"{mean} {percent(p.i2)} of the spread between authorities' means is more than chance explains: they differ by "
        f"about {gbp(p.tau)} either way ({gbp(p.tau_low)} to {gbp(p.tau_high)}). {further}"
    )


def results(run: Round, cases: pd.DataFrame, lines: list[str], seed: int, **tables: pd.DataFrame) -> dict[str, Any]:
    """What the notebook writes: each table, and ``findings`` with verdict, counts and the tables as plain records."""
    flat = {name: frame.reset_index() if any(frame.index.names) else frame for name, frame in tables.items()}
    plain = {name: json.loads(frame.to_json(orient="records")) for name, frame in flat.items() if len(frame) < 200}
    findings = {
        "round": run.name, "notice": run.context.notice, "price_base": run.context.price_base,
        "preset": run.context.preset, "seed": seed, "authorities": len(run.authorities), "received": run.received,
        "missing": run.missing, "cases": len(cases), "costed": int(cases["costed"].eq("yes").sum()), "verdict": lines,
    }  # fmt: skip
    return {"findings": findings | plain, **flat}
