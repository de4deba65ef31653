"""The findings of a round in words: does it pay, how sure that is, what it hangs on.

In: the frames of 10_consortium. Out: sentences, each with its numbers from the frame. A convenience sample is described
and never scaled up to a population.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from larcnb import costing
from larcnb.consortium.other_authorities import grouped
from larcnb.consortium.pooling import Across
from larcnb.consortium.process_cost import Drivers
from larcnb.consortium.rounds import Round
from larcnb.costing import total
from larcnb.costing.appraisal import TRANSFERS
from larcnb.findings import (
    SHARED,
    Verdict,
    assumed,
    nothing_priced,
    one_family,
    today,
    what_to_do,
    whose_money,
)
from larcnb.params import load_preset
from larcnb.sensitivity import REFERENCE
from larcnb.show import Context, gbp, labelled, listed, percent, plural, scenario
from larcnb.show.sentences import phrase
from larcnb.show.words import HEADERS, MINUS, sentence

PARTS = {
    "preparation": "Preparation",
    "assessment": "Assessment",
    "meetings": "Meetings and contact",
    "process": "Process",
    "interventions": "Support",
    "inputs": "Process and support",
}
LABELS = HEADERS["round"]
"""Headers of the page's tables, by column."""


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
    studies = studies.assign(told=studies.index.isin(flows["element"]))
    studies = studies.query("told or prevented <= 0")
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
        wording=run.context.wording,
    )


def reference_payers(run: Round, scenarios: pd.DataFrame) -> tuple[pd.DataFrame, Context]:
    """Who pays and who saves in the reference case, as each authority's 04_findings found it.

    In a what-if, and while what 04_findings wrote does not add up to ``scenarios`` (:func:`gather`), it is worked out
    in the round's own scenario.

    Returns
    -------
    DataFrame indexed by payer, Context
        ``paid``, ``avoided_long``, ``net``, ``cashable`` (GBP); and the scenario whose figures they are.
    """
    columns, context = ["paid", "avoided_long", "net", "cashable"], run.context
    paths = [run.root.processed(slug) / "findings.json" for slug in run.received]
    found = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
    rows = [row for one in found for row in one.get("reference", {}).get("payers", ())]
    rows = pd.DataFrame(rows, columns=["payer", *columns])
    wanted = scenarios.reindex([REFERENCE])[["inputs", "avoided_long"]].to_numpy(float)
    if not run.is_what_if and np.allclose(rows[["paid", "avoided_long"]].sum(), wanted, atol=0.01):
        context = Context(context.name, context.price_base, REFERENCE)
    else:
        rows = run.by_authority(costing.by_payer)
    sums = rows.groupby("payer")[columns].agg(total) if len(rows) else pd.DataFrame(columns=columns)
    return sums.sort_values("net", ascending=False), context


def verdict(
    run: Round, costed: pd.DataFrame, found: Verdict | None, payers: tuple[pd.DataFrame, Context]
) -> list[str]:
    """Does it pay: break-even, what studies found, the reference case, LARC's own convention, whose money; what to do.

    Parameters
    ----------
    run : Round
    costed : DataFrame
        Its costed cases.
    found : Verdict, optional
        :func:`gather`.
    payers : tuple
        :func:`reference_payers`.
    """
    cases = len(run.tables["cases"])
    priced = costed[["inputs_appraised", "avoided_long", "told_long"]].to_numpy().any()
    nothing = nothing_priced("This round collected", cases, len(costed), priced)
    if not cases or nothing:
        return [nothing if cases else phrase("round_none"), _sample(run)]
    lines = [getattr(found, name)() for name in SHARED] if found else [phrase("not_studied")]
    avoided, context = payers[0]["avoided_long"], payers[1]
    below = f" in the tables below ({scenario(context)})" * (context.preset != REFERENCE)
    money = whose_money(total(avoided[avoided.index.isin(TRANSFERS)]), total(avoided), below)
    hangs = concentration(run.case_results(REFERENCE), run.names)
    do = ""
    if found and found.is_known:
        spent, saved = found.sums["inputs_appraised"], found.sums["avoided_long"]
        do = f"{what_to_do(spent / saved if saved > spent else None)} {phrase('commission')}"
    return [line for line in (*lines, money, hangs, _sample(run), do) if line]


def _sample(run: Round) -> str:
    cases = run.tables["cases"]
    kinds = {(a.preset, *map(str, a.overrides.items())) for a in run.authorities.values()}
    sent, authorities = cases["authority"].nunique(), plural(len(run.authorities), "authority")
    families, missing = plural(len(cases), "family"), plural(len(run.missing), "authority")
    lines = [phrase("sample", families=families, sent=sent, authorities=authorities)]
    lines += [phrase("sample_missing", missing=missing)] * bool(run.missing)
    lines += [phrase("sample_mixed", kinds=len(kinds))] * (len(kinds) > 1)
    return " ".join(lines)


def concentration(results: pd.DataFrame, names: Mapping[str, str]) -> str:
    """How much of the reference case hangs on one family, and on which authorities; "" where nothing is known.

    Parameters
    ----------
    results : DataFrame, one row a case
        :meth:`~larcnb.consortium.rounds.Round.case_results` of the reference case.
    names : dict of slug to name
    """
    said, avoided = one_family(results, named=False), results["avoided_long"]
    if avoided.sum() <= 0 or len(avoided) == 1:
        return said
    by_group = results.groupby(grouped(results, names))["avoided_long"].agg(total)
    half, few = _half(avoided), list(_half(by_group).index)
    words = phrase(
        "hangs_half",
        half=len(half),
        families=plural(len(avoided), "family"),
        account="accounts" if len(half) == 1 else "account",
        few=listed(few),
        do="does" if len(few) == 1 else "do",
    )
    return phrase("hangs", said=said + words)


def _half(values: pd.Series) -> pd.Series:
    """The greatest values that make up half of the sum."""
    ranked = values.sort_values(ascending=False)
    return ranked.iloc[: int((ranked.cumsum() < ranked.sum() / 2).sum()) + 1]


def beliefs(frame: pd.DataFrame) -> str:
    """What was told of persons beside what is known, and how far counts alone cap it; the future most often told.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.consortium.comparison.counts_cap_beliefs`.
    """
    known = frame[(frame["told"] > 0) & frame["persons"].notna()]
    if known.empty:
        return phrase("belief_none")
    one = known.iloc[0]
    kinds = {"child": ("child", "children"), "family": ("family", "families")}
    kind = kinds.get(one["person"], (one["person"],) * 2)
    return phrase(
        "belief",
        label=one["label"],
        told=one["told"],
        persons=plural(int(one["persons"]), *kind),
        believed=f"{one['believed']:.1%}",
        kind=kind[1],
        comparison=f"{one['comparison_share']:.1%}",
        cap=phrase("belief_cap", bound=percent(one["bound"])) * bool(one["bound"] < 1),
    )


def agreement(row: pd.Series) -> str:
    """How far respondents agreed, beside what chance gives: the row ``all`` of :func:`~.agreement.by_theme`."""
    futures = plural(int(row["futures"]), "future")
    lead = phrase("agreement_lead", futures=futures, several=int(row["several"]))
    if row["why_not"]:
        return phrase("agreement_little", lead=lead, why=row["why_not"])
    ends = ("", "_low", "_high", "_shuffled")
    names = ("kappa", "low", "high", "shuffled")
    kappa = {
        name: f"{row[f'kappa{end}']:z.2f}".replace("-", MINUS)
        for name, end in zip(names, ends, strict=True)
    }
    shares = {end[1:] or "share": percent(row[f"share{end}"]) for end in ends}
    words = "" if pd.isna(row["kappa"]) else phrase("agreement_kappa", **kappa)
    return phrase("agreement", lead=lead, kappa=words, **shares)


def cost_drivers(found: Drivers) -> str:
    """What goes with a higher process cost: meetings, professionals, or neither beyond chance."""
    if found.why_not:
        return phrase("drivers_none", why=found.why_not)
    parts = [
        phrase(
            "drivers",
            term=f"each additional {row.term.rstrip('s')}",
            more=percent(abs(row.more)),
            way="higher" if row.more >= 0 else "lower",
            low=percent(row.low),
            high=percent(row.high),
        )
        for row in found.terms.itertuples()
    ]
    sure = [row.term for row in found.terms.itertuples() if row.low > 0]
    said = sentence(" and ".join(parts))
    return phrase("drivers_sure" if sure else "drivers_chance", said=said, sure=listed(sure))


def differences(found: Across) -> str:
    """How far authorities differ, and where a further one would lie."""
    p = found.pooled
    if p.why_not:
        return phrase("differ_none", why=p.why_not)
    ends = f"{gbp(p.next_low)} to {gbp(p.next_high)}"
    ways = {"tau": gbp(p.tau), "low": gbp(p.tau_low), "high": gbp(p.tau_high)}
    lines = [
        phrase("differ_mean", mean=gbp(p.mean), low=gbp(p.low), high=gbp(p.high)),
        phrase("differ", share=percent(p.i2), **ways) if p.tau2 else phrase("differ_alike"),
        phrase("further", cases=plural(p.sent, "case"), range=ends),
    ]
    return " ".join(lines)


def results(
    run: Round, cases: pd.DataFrame, lines: list[str], seed: int, **tables: pd.DataFrame
) -> dict[str, Any]:
    """What the notebook writes: each table, and ``findings`` with verdict, counts and the tables as plain records."""
    flat = {
        name: frame.reset_index() if any(frame.index.names) else frame
        for name, frame in tables.items()
    }
    few = {name: frame for name, frame in flat.items() if len(frame) < 200}
    plain = {name: json.loads(frame.to_json(orient="records")) for name, frame in few.items()}
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
