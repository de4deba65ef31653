"""Tables of the sensitivity study: break-even, switching values, what is uncertain, strength of evidence.

In: frames of :class:`larcnb.sensitivity.Study`. Out: :class:`~larcnb.tables.table.Table`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from larcnb import codes
from larcnb.tables.table import Context, Table, show
from larcnb.tables.words import plural

WHERE = {"in range": "in range", "beyond range": "none in range; beyond it, where allowed", "none": "none in range"}
KINDS = {"confidence": "Weakest link", "conservative": "Cases", "unpriced": "Futures without a price"}
INTO = {
    "leaves_out": "in which a future has no price or a child is not counted",
    "whole": "in which all is counted",
}
LEADS = {"unit": "Unit cost", "years": "How long it lasts", "probability": "Chance", "risk_ratio": "Risk ratio"}


def switching(frame: pd.DataFrame, context: Context) -> Table:
    """Show, for each assumption, the value at which the saving is nil.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.scenarios.switching`.
    """
    rows = frame.assign(
        range=[f"{row.low_value} to {row.high_value}" for row in frame.itertuples()], where=frame["where"].map(WHERE)
    )
    inside = int((frame["where"] == "in range").sum())
    return show(
        rows[["label", "central", "range", "switch", "where"]],
        context.measure(f"Switching values: where the saving {context.over('long')} is nil"),
        missing={"switch": "none"},
        labels={"label": "Assumption", "central": "As it stands", "switch": "Switching value"},
        notes=["The others as they stand. Within its range "
               + (f"{plural(inside, 'assumption')} alone would change the answer." if inside
                  else "no assumption alone would change the answer.")],
    )  # fmt: skip


def break_even(frame: pd.DataFrame, presets: Mapping[str, str], context: Context) -> Table:
    """Show the share of each case's futures that help must prevent, in each scenario.

    Parameters
    ----------
    frame : DataFrame
        :attr:`larcnb.sensitivity.Study.by_case`.
    presets : dict of set to words
    """
    wide = frame.pivot(index="case_id", columns="set", values="break_even_share")
    wide = wide[list(dict.fromkeys(frame["set"]))].map(_share)
    rows = wide.rename(columns=lambda name: presets.get(name, name)).reset_index()
    return show(
        rows,
        f"Break-even share of each case: share of the futures told, by cost, that help must prevent. {context.name}, "
        f"{plural(len(rows), 'costed case')}.",
        labels={"case_id": "Case"},
        formats=dict.fromkeys(rows.columns, "text"),
        notes=["More than 100%: preventing all of its futures would not cover its cost. None: no future "
               "of it has a price."],
    )


def strength(frame: pd.DataFrame, futures: Mapping[str, str], context: Context) -> Table:
    """Show how much rests on which evidence and on cases that leave something out, and the futures without a price.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.scenarios.strength`.
    futures : dict of future to words
    """
    labels = dict(futures) | codes.CONFIDENCE | INTO
    rows = frame.assign(
        kind=frame["kind"].map(KINDS), what=[labels.get(what, what) for what in frame["what"]],
        number=frame["number"].astype("Int64"),
    )  # fmt: skip
    money = ["inputs", "avoided_long"]
    return show(
        rows[["kind", "what", "number", *money, "avoided_share"]],
        context.measure(f"Strength of evidence: what the result {context.over('long')} rests on"),
        row_headers=2,
        formats=dict.fromkeys(money, "gbp") | {"avoided_share": "share"},
        labels={"kind": "Of", "what": "Those", "number": "Number", "avoided_long": "Avoided",
                "avoided_share": "Share of the avoided cost"},
        missing=dict.fromkeys([*money, "avoided_share"], "not priced") | {"number": ""},
        notes=["Weakest link of price, quantity, duration, chance and share prevented. Recalled: quoted "
               "from memory. Assumed: "
               "judgement.", "A future without a price adds nothing to any figure on this page."],
    )  # fmt: skip


def uncertain(
    catalogue: pd.DataFrame, items: Mapping[str, str], futures: Mapping[str, str], context: Context
) -> Table:
    """Show what is drawn, from which distribution, how widely, and on what ground; and what is held.

    Parameters
    ----------
    catalogue : DataFrame
        :attr:`larcnb.sensitivity.monte_carlo.Simulation.catalogue`.
    items, futures : mapping of code to label
    """
    rows = catalogue.assign(what=[named(name, items, futures) for name in catalogue["name"]])
    held = [row.what for row in rows.itertuples() if row.distribution == "held"]
    return show(
        rows[["what", "distribution", "central", "mean", "low", "high", "because"]],
        f"What is uncertain, shared by all cases: {plural(len(rows), 'value')}, as drawn. {context.name}.",
        formats=dict.fromkeys(["central", "mean", "low", "high"], "number"),
        folded=True,
        labels={"what": "What", "central": "Value", "mean": "Mean drawn", "low": "95% from", "high": "95% to",
                "because": "Width from"},
        notes=["Unit costs and durations as a factor of their value, each kind with a factor in common; "
               "shares as they are. A "
               "case's own hours and support are lognormal."]
        + ["Held, not drawn, because the authority's own value came without low and high: "
           f"{'; '.join(held)}."] * bool(held),
    )  # fmt: skip


def spreads(log: Mapping[str, Mapping], values: Mapping[str, object], context: Context) -> Table:
    """Show the spreads with their reasons, for the assumptions log.

    Parameters
    ----------
    log : dict of name to its entry
        :attr:`larcnb.sensitivity.spread.Spread.log`.
    values : dict of name to value
        ``vars`` of the spreads.
    """
    rows = pd.DataFrame([
        {"what": entry["unit"], "value": _value(values[name]), "confidence": codes.CONFIDENCE[entry["confidence"]],
         "quality": entry["quality"], "impact": entry["impact"], "because": entry["because"],
         "review_by": entry["review_by"]}
        for name, entry in log.items()
    ])  # fmt: skip
    return show(
        rows, f"The spreads: how far what is not an assumption of a preset may lie from its value. {context.name}.",
        labels={"what": "What", "review_by": "Review by"}, folded=True,
        notes=["Quality of the evidence and impact on the findings: green, amber or red."],
    )  # fmt: skip


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {one:g}" for key, one in value.items())
    return " to ".join(f"{one:g}" for one in value) if isinstance(value, tuple) else f"{value:g}"


def named(name: str, items: Mapping[str, str], futures: Mapping[str, str]) -> str:
    """Name an uncertain value in words.

    Examples
    --------
    >>> named("unit.foster_week", {"foster_week": "Foster care, a week"}, {}), named("drop_off", {}, {})
    ('Unit cost: Foster care, a week', 'Drop-off of the effect a year')
    """
    from larcnb.sensitivity import LABELS

    kind, _, code = name.partition(".")
    if not code:
        return LABELS.get(name, name)
    labels = {"unit": items, "probability": codes.LIKELIHOOD}.get(kind, futures)
    return f"{LEADS[kind]}: {labels.get(code, code)}"


def in_hundred(share: float | None) -> str:
    """Write a simulated share in words, never as certain or impossible; blank where there is none.

    Examples
    --------
    >>> in_hundred(0.972), in_hundred(0.9998), in_hundred(0.0), in_hundred(float("nan"))
    ('97 in 100', 'over 99 in 100', 'under 1 in 100', '')
    """
    if pd.isna(share):
        return ""
    if share > 0.99:
        return "over 99 in 100"
    return f"{share * 100:.0f} in 100" if share >= 0.01 else "under 1 in 100"


def _share(value: float) -> str:
    if value != value:  # noqa: PLR0124
        return "none"
    return f"{value:.0%}" if value <= 1 else f"more than 100% ({value:.0%})"
