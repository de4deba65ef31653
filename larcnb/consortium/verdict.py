"""The findings of a round in words: does it pay, how sure that is, what it hangs on.

In: the frames of 10_consortium. Out: sentences, each with its numbers from the frame. A convenience sample is described
and never scaled up to a population.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from larcnb import costing, findings, follow_up
from larcnb.codes import FEWEST_SHOWN
from larcnb.consortium.agreement import cells
from larcnb.consortium.pooling import Across
from larcnb.consortium.rounds import Round, combine_small
from larcnb.costing import total
from larcnb.costing.appraisal import TRANSFERS
from larcnb.files import read_json
from larcnb.findings import SHARED, Verdict, nothing_priced, one_family, result
from larcnb.sensitivity import REFERENCE
from larcnb.show import Context, gbp, listed, percent, plural, scenario
from larcnb.show.sentences import phrase
from larcnb.show.words import HEADERS, sentence

Frame, Payers = pd.DataFrame, tuple[pd.DataFrame, Context]
PARTS = HEADERS["parts"]
LABELS = HEADERS["round"]
"""Headers of the page's tables, by column."""


def gather(
    run: Round, costed: Frame, scenarios: Frame, studies: Frame, ledger: Frame
) -> Verdict | None:
    """The round's figures for :func:`verdict`, in the reference case; None while no study of every authority is here.

    Parameters
    ----------
    run : Round
    costed : DataFrame
        Its costed cases.
    scenarios : DataFrame indexed by preset
        The round's sums in GBP (``inputs``, ``told_long``, ``avoided_long``, ``saving_long``), ``years``,
        ``break_even_share``; ``low95``, ``high95``, ``chance`` of the sum draw by draw.
    studies, ledger : DataFrame
        As :class:`larcnb.findings.Verdict` has ``known`` and ``ledger``.
    """
    if REFERENCE not in scenarios.index:
        return None
    row = scenarios.loc[REFERENCE].astype(float).to_dict()
    sums = row | {
        "costed": len(costed),
        "inputs": total(costed["inputs"]),
        "inputs_appraised": row["inputs"],
        "break_even_share": None if pd.isna(row["break_even_share"]) else row["break_even_share"],
        "horizon": int(min(costing.horizon(ledger) or row["years"], row["years"])),
    }
    of = f" of {plural(costed['authority'].nunique(), 'authority')}"
    return Verdict(run, ledger, studies, sums, scenarios, of=of)


def _references(run: Round, scenarios: Frame) -> Frame:
    """What each authority's 04_findings found in the reference case; no rows while it does not add up to the round."""
    every = [read_json(run.root.processed(slug) / "findings.json") for slug in run.received]
    sums = ["inputs_appraised", "avoided_long"]
    rows = [of.get("reference", {}) for of in every if of]
    reference = pd.DataFrame(rows, columns=[*sums, "payers", "follow_up_moves"])
    wanted = scenarios.reindex([REFERENCE])[["inputs", "avoided_long"]].to_numpy(float)
    is_whole = np.allclose(reference[sums].astype(float).sum(), wanted, atol=0.01)
    return reference if is_whole else reference.head(0)


def reference_payers(run: Round, scenarios: Frame) -> Payers:
    """Who pays and who saves in the reference case, as each authority's 04_findings found it.

    In a what-if, and while what 04_findings wrote does not add up to ``scenarios`` (:func:`gather`), it is worked out
    in the round's own scenario.

    Returns
    -------
    DataFrame indexed by payer, Context
        ``paid``, ``avoided_long``, ``net``, ``cashable`` (GBP); and the scenario whose figures they are.
    """
    reference, context = _references(run, scenarios), run.context
    if run.is_what_if or reference.empty:
        runs = [run.run(slug) for slug in run.received]
        rows = [costing.by_payer(of.ledger, of.prices, of.assumptions) for of in runs]
        rows = pd.concat(rows).reset_index()
    else:
        rows = pd.DataFrame(reference["payers"].sum())
        context = Context(context.name, context.price_base, REFERENCE)
    columns = ["paid", "avoided_long", "net", "cashable"]
    rows = rows.reindex(columns=["payer", *columns])
    return rows.groupby("payer")[columns].agg(total).sort_values("net", ascending=False), context


def follow_up_moves(run: Round, scenarios: Frame) -> float:
    """By how much the round's reference case moves if what came all the same is not counted as avoided, GBP.

    The sum of what each authority's 04_findings says; blank while that is not known of all.
    """
    moves = _references(run, scenarios)["follow_up_moves"].astype(float)
    return moves.sum(skipna=False, min_count=1)


def followed(run: Round, scenarios: Frame) -> str:
    """What came all the same, and :func:`follow_up_moves`; no pounds of so few families that one's could be told."""
    came, told = follow_up.came_anyway(run.tables), follow_up.told_futures(run.tables)
    moved = follow_up_moves(run, scenarios)
    families = told.loc[told["status"].eq(follow_up.HAPPENED), "case_id"].nunique()
    if not families or pd.isna(moved):
        return came
    if families < FEWEST_SHOWN:
        return f"{came} {phrase('round_followed_few', fewest=FEWEST_SHOWN)}"
    left = result(scenarios.loc[REFERENCE, "saving_long"] + moved)
    return f"{came} {phrase('round_followed', moved=gbp(moved), result=left)}"


def verdict(run: Round, costed: Frame, pays: Verdict | None, payers: Payers) -> list[str]:
    """Does it pay: break-even, what studies found, the reference case, LARC's own convention, whose money; what to do.

    Parameters
    ----------
    run : Round
    costed : DataFrame
        Its costed cases.
    pays : Verdict, optional
        :func:`gather`.
    payers : tuple
        :func:`reference_payers`.
    """
    cases = len(run.tables["cases"])
    priced = costed[["inputs_appraised", "avoided_long", "told_long"]].to_numpy().any()
    nothing = nothing_priced("This round collected", cases, len(costed), priced)
    if not cases or nothing:
        return [nothing if cases else phrase("round_none"), _sample(run)]
    lines = [getattr(pays, name)() for name in SHARED] if pays else [phrase("not_studied")]
    avoided, context = payers[0]["avoided_long"], payers[1]
    below = f" in the tables below ({scenario(context)})" * (context.preset != REFERENCE)
    transfers = total(avoided[avoided.index.isin(TRANSFERS)])
    lines += [findings.whose_money(transfers, total(avoided), below)]
    lines += [concentration(run.case_results(REFERENCE), run.names), _sample(run)]
    if pays and pays.is_known:
        lines += [what_next(pays.sums, follow_up_moves(run, pays.scenarios))]
    return [line for line in lines if line]


def what_next(sums: Mapping[str, Any], moved: float) -> str:
    """Whether to go on; not to decide on it, where the result turns if what came all the same is not counted."""
    spent, saved = sums["inputs_appraised"], sums["avoided_long"]
    do = findings.what_to_do(spent / saved if saved > spent else None)
    do = phrase("turned") if saved > spent >= saved + moved else do
    return f"{do} {phrase('commission')}"


def _sample(run: Round) -> str:
    cases = run.tables["cases"]
    kinds = {(a.preset, str(a.overrides)) for a in run.authorities.values()}
    sent, authorities = cases["authority"].nunique(), plural(len(run.authorities), "authority")
    families = plural(len(cases), "family")
    lines = [phrase("sample", families=families, sent=sent, authorities=authorities)]
    if run.missing:
        lines.append(phrase("sample_missing", missing=plural(len(run.missing), "authority")))
    if len(kinds) > 1:
        lines.append(phrase("sample_mixed", kinds=len(kinds)))
    return " ".join(lines)


def concentration(results: Frame, names: Mapping[str, str]) -> str:
    """How much of the reference case hangs on one family, and on which authorities; "" where nothing is known.

    Parameters
    ----------
    results : DataFrame, one row a case
        :meth:`~larcnb.consortium.rounds.Round.case_results` of the reference case.
    names : dict of slug to name
    """
    said, avoided = one_family(results, named=False), results["avoided_long"]
    by_group = results.groupby(combine_small(results, names))["avoided_long"].agg(total)
    if avoided.sum() <= 0 or by_group.empty:
        return said
    half, few = len(_half(avoided)), listed(_half(by_group).index)
    words = phrase("hangs_half", half=half, families=plural(len(avoided), "family"), few=few)
    return phrase("hangs", said=said + words)


def _half(values: pd.Series) -> pd.Series:
    """The greatest values that make up half of the sum."""
    ranked = values.sort_values(ascending=False)
    return ranked.iloc[: int((ranked.cumsum() < ranked.sum() / 2).sum()) + 1]


def beliefs(frame: Frame) -> str:
    """What was told of persons beside what is known, and how far counts alone cap it; the future most often told.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.consortium.published.counts_cap_beliefs`.
    """
    known = frame[(frame["told"] > 0) & frame["persons"].notna()]
    if known.empty:
        return phrase("belief_none")
    one = known.iloc[0]
    kinds = {"child": "children", "family": "families"}.get(one["person"], one["person"])
    cap = phrase("belief_cap", bound=percent(one["bound"])) if one["bound"] < 1 else ""
    said = {name: f"{one[name]:.1%}" for name in ("believed", "comparison_share")}
    said |= {"label": one["label"], "told": one["told"], "kind": kinds, "cap": cap}
    return phrase("belief", persons=plural(int(one["persons"]), one["person"], kinds), **said)


def agreement(row: pd.Series) -> str:
    """How far informants agreed, beside what chance gives: the row ``all`` of :func:`~.agreement.by_theme`."""
    futures = plural(int(row["futures"]), "future")
    lead = phrase("agreement_lead", futures=futures, several=int(row["several"]))
    if row["why_not"]:
        return phrase("agreement_little", lead=lead, why=row["why_not"])
    return phrase("agreement", lead=lead, **cells(row.to_frame().T).iloc[0])


def cost_drivers(terms: Frame, why_not: str) -> str:
    """What goes with a higher process cost, of :func:`~.pooling.drivers`: meetings, people, or neither for sure."""
    if why_not:
        return phrase("drivers_none", why=why_not)
    parts = []
    for row in terms.itertuples():
        shares = {end: percent(getattr(row, end)) for end in ("more", "low", "high")}
        parts.append(phrase("drivers", term=row.term.rstrip("s"), **shares))
    sure = listed(terms.query("low > 0")["term"])
    said = sentence(" and ".join(parts))
    return phrase("drivers_sure" if sure else "drivers_chance", said=said, sure=sure)


def differences(measure: Across) -> str:
    """How far authorities differ, and where a further one would lie."""
    p = measure.pooled
    if measure.why_not:
        return phrase("differ_none", why=measure.why_not)
    ends = f"{gbp(p.next_low)} to {gbp(p.next_high)}"
    ways = {"tau": gbp(p.tau), "low": gbp(p.tau_low), "high": gbp(p.tau_high)}
    mean = phrase("differ_mean", mean=gbp(p.mean), low=gbp(p.low), high=gbp(p.high))
    spread = phrase("differ", share=percent(p.i2), **ways) if p.tau2 else phrase("differ_alike")
    return f"{mean} {spread} {phrase('further', cases=plural(p.sent, 'case'), range=ends)}"


def record(run: Round, cases: Frame, lines: list[str], seed: int) -> dict[str, Any]:
    """The content of findings.json of a round: the verdict, and whose it is; its tables are files of their own."""
    of = {name: getattr(run.context, name) for name in ("notice", "price_base", "preset")}
    counts = {"authorities": len(run.authorities), "cases": len(cases)}
    counts["costed"] = int(cases["costed"].eq("yes").sum())
    sent = {"received": run.received, "missing": run.missing}
    return {"round": run.name, **of, "seed": seed, **counts, **sent, "verdict": lines}
