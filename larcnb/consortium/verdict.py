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
from larcnb.findings import SHARED, Verdict, assumed, nothing_priced, one_family, today, whose_money
from larcnb.params import load_preset
from larcnb.sensitivity import REFERENCE
from larcnb.show import gbp, labelled, listed, percent, plural, scenario
from larcnb.show.words import MINUS

PARTS = {
    "preparation": "Preparation",
    "assessment": "Assessment",
    "meetings": "Meetings and contact",
    "process": "Process",
    "interventions": "Support",
    "inputs": "Process and support",
}
LABELS = {
    "inputs": "Spent",
    "process": "Process",
    "interventions": "Support",
    "saving_short": "Net saving, short term",
    "told_long": "Futures told",
    "avoided_long": "Avoided",
    "saving_long": "Net saving, long term",
    "quarter": "A quarter below",
    "three_quarters": "A quarter above",
    "low": "From",
    "high": "To",
    "larc4": "LARC4 says",
    "larc3": "LARC3, as LARC4 quotes it",
    "several": "By two or more",
    "share": "The same answer",
    "kappa": "Weighted kappa",
    "first": "One",
    "second": "Other",
    "higher": "First held it likelier",
    "lower": "Second held it likelier",
    "label": "Future",
    "person": "Of whom",
    "told": "Counted of",
    "persons": "Of all here",
    "here": "Here, of 1,000",
    "elsewhere": "Comparison group, of 1,000",
    "cap": "At most, by the counts",
    "own": "Own mean",
    "estimate": "Shrunken estimate",
    "without": "Mean without it",
    "without_low": "Without, from",
    "without_high": "Without, to",
    "wording": "On impact its report says",
    "costed": "Costed here",
    "use": "Used here",
    "break_even_share": "Break-even share",
    "benefit_cost_ratio": "Benefit-cost ratio",
}
"""Headers of the page's tables, by column."""
NOT_STUDIED = (
    "Neither break-even nor the reference case is known: no study of every authority is here yet (03_sensitivity "
    "writes it)."
)


def gather(
    run: Round,
    costed: pd.DataFrame,
    scenarios: pd.DataFrame,
    studies: pd.DataFrame,
    ledger: pd.DataFrame,
) -> Verdict | None:
    """The round's figures for :func:`verdict`; None while no study of every authority is here.

    Parameters
    ----------
    run : Round
    costed : DataFrame
        Its costed cases.
    scenarios : DataFrame indexed by preset
        The round's sums in GBP (``inputs``, ``told_long``, ``avoided_long``, ``saving_long``), ``years``,
        ``break_even_share``; ``low95``, ``high95``, ``chance`` of the sum draw by draw.
    studies : DataFrame indexed by future
        ``prevented``, ``low``, ``high`` (share of such futures help prevented, 0 to 1); of these the verdict has
        those of futures told here, and those that found no benefit.
    ledger : DataFrame
        The round's.
    """
    if REFERENCE not in scenarios.index:
        return None
    r, preset = scenarios.loc[REFERENCE].astype(float).to_dict(), load_preset(run.root, REFERENCE)
    flows = ledger.query("stage == 'future' and amount.notna() and note.fillna('') == ''")
    studies = studies.assign(told=studies.index.isin(flows["element"])).query(
        "told or prevented <= 0"
    )
    sums = r | {
        "costed": len(costed),
        "inputs": total(costed["inputs"]),
        "inputs_appraised": r["inputs"],
        "break_even_share": None if pd.isna(r["break_even_share"]) else r["break_even_share"],
        "horizon": int(min(costing.horizon(ledger) or r["years"], r["years"])),
    }
    return Verdict(
        sums,
        scenarios,
        studies.rename(index=lambda future: labelled(future, "future", run)),
        len({*flows["element"]} - {*run.library.effects.index}),
        assumed(preset),
        today=today(run.library.deflators, run.context.price_base),
        of=f" of {plural(costed['authority'].nunique(), 'authority')}",
    )


def verdict(
    run: Round, costed: pd.DataFrame, found: Verdict | None, ledger: pd.DataFrame
) -> list[str]:
    """Does it pay: break-even, what studies found, the reference case, LARC's own convention, whose money.

    Parameters
    ----------
    run : Round
    costed, ledger : DataFrame
        Its costed cases and its ledger.
    found : Verdict, optional
        :func:`gather`.
    """
    cases = len(run.tables["cases"])
    priced = costed[["inputs_appraised", "avoided_long", "told_long"]].to_numpy().any()
    nothing = nothing_priced("This round collected", cases, len(costed), priced)
    if not cases or nothing:
        return [nothing if cases else "This round collected no cases.", _sample(run)]
    lines = [getattr(found, name)() for name in SHARED] if found else [NOT_STUDIED]
    benefits = ledger.loc[(ledger["stage"] == "future") & ledger["payer"].isin(TRANSFERS), "amount"]
    below = f" in the tables below ({scenario(run.context)})"
    money = whose_money(total(benefits), total(costed["avoided_long"]), below)
    hangs = codes.literal(concentration(run.case_results(REFERENCE), run.names))
    return [
        codes.words(run.context.wording, line)
        for line in (*lines, money, hangs, _sample(run))
        if line
    ]


def _sample(run: Round) -> str:
    cases = run.tables["cases"]
    kinds = {(a.preset, *map(str, a.overrides.items())) for a in run.authorities.values()}
    return " ".join(
        [
            f"Whom it stands for: {plural(len(cases), 'family')} chosen by {cases['authority'].nunique()} of "
            f"{plural(len(run.authorities), 'authority')}. They are no sample of a population, and nothing here is "
            "scaled up to one.",
            *[f"{plural(len(run.missing), 'authority')} of the round sent no results yet."]
            * bool(run.missing),
            *[f"Take care: authorities priced their cases under {len(kinds)} different scenarios."]
            * (len(kinds) > 1),
        ]
    )


def concentration(results: pd.DataFrame, names: Mapping[str, str]) -> str:
    """How much of the reference case hangs on one family, and on which authorities; "" where nothing is known.

    Parameters
    ----------
    results : DataFrame, one row a case
        :meth:`~larcnb.consortium.rounds.Round.case_results` of the reference case.
    names : dict of slug to name
    """
    said, avoided = (
        one_family(results, named=False),
        results["avoided_long"].sort_values(ascending=False),
    )
    if avoided.sum() <= 0 or len(avoided) == 1:
        return said
    half = int((avoided.cumsum() < avoided.sum() / 2).sum()) + 1
    groups = (
        results.groupby(grouped(results, names))["avoided_long"]
        .agg(total)
        .sort_values(ascending=False)
    )
    few = groups.index[: int((groups.cumsum() < groups.sum() / 2).sum()) + 1]
    return (
        f"How much hangs on one family: {said} {half} of {plural(len(avoided), 'family')} "
        f"{'accounts' if half == 1 else 'account'} for half, and by authority {listed(few)} "
        f"{'does' if len(few) == 1 else 'do'}."
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
    kind = {"child": ("child", "children"), "family": ("family", "families")}.get(
        one["person"], (one["person"],) * 2
    )
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
    kappa = (
        ""
        if pd.isna(row["kappa"])
        else (
            f" Weighted kappa, which takes chance into account and counts a step apart as near, is {row['kappa']:z.2f} "
            f"({row['kappa_low']:z.2f} to {row['kappa_high']:z.2f}; shuffled {row['kappa_shuffled']:z.2f})."
        ).replace("-", MINUS)
    )
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
    borne = (
        f"bears out LARC4's finding for {listed(sure)}" if sure else "cannot be told from chance"
    )
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


def results(
    run: Round, cases: pd.DataFrame, lines: list[str], seed: int, **tables: pd.DataFrame
) -> dict[str, Any]:
    """What the notebook writes: each table, and ``findings`` with verdict, counts and the tables as plain records."""
    flat = {
        name: frame.reset_index() if any(frame.index.names) else frame
        for name, frame in tables.items()
    }
    plain = {
        name: json.loads(frame.to_json(orient="records"))
        for name, frame in flat.items()
        if len(frame) < 200
    }
    findings = {
        "round": run.name,
        "notice": run.context.notice,
        "price_base": run.context.price_base,
        "preset": run.context.preset,
        "seed": seed,
        "authorities": len(run.authorities),
        "received": run.received,
        "missing": run.missing,
        "cases": len(cases),
        "costed": int(cases["costed"].eq("yes").sum()),
        "verdict": lines,
    }
    return {"findings": findings | plain, **flat}
