"""What a consortium page writes down for other readers: findings.json and a Parquet file for each table.

In: :class:`larcnb.national.words.National`. Out: frames and plain records; no family's own words.
"""

from __future__ import annotations

import pandas as pd

from larcnb.national.words import National


def results(found: National) -> dict:
    """What the notebook writes: ``findings`` for findings.json, and each table."""
    bands = ("process", "interventions", "inputs", "saving_short", "saving_long")
    tables = {
        "means": found.means,
        "pooled": _pooled(found),
        "authorities": _below({name: one.means for name, one in found.across.items()}),
        "agreement": found.agreement,
        "agreement_pairs": found.pairs,
        "themes": found.themes,
        "avoided_by_future": found.by_future,
        "beliefs": found.beliefs,
        "payers": found.payers.reset_index(),
        "process_steps": found.steps,
        "process_drivers": found.drivers.terms,
        "rounds": found.rounds,
        "coverage": _below(found.coverage),
        "sets": found.sets,
        "bands": _below({name: found.banded(name) for name in bands}),
    }
    return {"findings": to_json(found)} | {name: frame.reset_index(drop=True) for name, frame in tables.items()}


def to_json(found: National) -> dict:
    """The content of findings.json: figures in GBP at the price base, shares 0 to 1, blanks null."""
    s, of = found.sums, found.of
    return {
        "round": of.name,
        "notice": of.context.notice,
        "price_base": of.context.price_base,
        "preset": of.context.preset,
        "seed": found.seed,
        "authorities": len(of.authorities),
        "received": of.received,
        "missing": of.missing,
        "cases": len(found.cases),
        "costed": len(found.costed),
        "verdict": str(found.sentence("verdict", "sure", "sets", "rates", "why", "sample")).split("\n"),
        **s,
        "losses_short": int((found.costed["saving_short"] < 0).sum()),
        "losses_long": int((found.costed["saving_long"] < 0).sum()),
        "break_even_share": s["inputs_appraised"] / s["told_long"] if s["told_long"] else None,
        "pooled": _plain(_pooled(found)),
        "payers": _plain(found.payers.reset_index()),
        "agreement": _plain(found.agreement),
        "process_drivers": _plain(found.drivers.terms),
        "beliefs": _plain(found.beliefs[["futures", "families", "believed", "low", "high", "comparison_share"]]),
        "coverage": {name: _plain(frame) for name, frame in found.coverage.items()},
    }


def _pooled(found: National) -> pd.DataFrame:
    rows = [{"measure": name} | vars(one.pooled) for name, one in found.across.items()]
    return pd.DataFrame(rows).drop(columns="weights")


def _below(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    named = [frame.assign(measure=name) for name, frame in frames.items()]
    return pd.concat(named, ignore_index=True) if named else pd.DataFrame(columns=["measure"])


def _plain(frame: pd.DataFrame) -> list[dict]:
    """Rows as JSON can hold them: a blank is null."""
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]
