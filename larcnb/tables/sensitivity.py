"""Tables of the sensitivity study: switching values, what is uncertain, break-even, three answers, what it rests on.

In: frames of :class:`larcnb.sensitivity.Study`. Out: :class:`~larcnb.tables.table.Table`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from larcnb import codes
from larcnb.tables.table import Context, Table, show
from larcnb.tables.words import gbp, plural

WHERE = {"in range": "within its range", "beyond range": "only beyond its range", "none": "no value turns it"}
KINDS = {"confidence": "Unit costs", "conservative": "Cases", "unpriced": "Futures without a price"}
INTO = {
    "underestimated": "in which a future has no price or a child is not counted",
    "whole": "in which all is counted",
}
LEADS = {"unit": "Unit cost", "years": "How long it lasts", "probability": "Chance", "rate": "Observed rate"}


def switching(frame: pd.DataFrame, context: Context) -> Table:
    """Show, for each assumption, the value at which the answer turns.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.oneway.switching`.
    """
    rows = frame.assign(
        range=[f"{row.low_value} to {row.high_value}" for row in frame.itertuples()],
        where=frame["where"].map(WHERE),
    )
    inside = int((frame["where"] == "in range").sum())
    caption = context.measure(f"The value of each assumption at which the saving {context.over('long')} is nil")
    if (frame["where"] == "none").all():
        rows = rows.iloc[:0]
    return show(
        rows[["label", "central", "range", "switch", "where"]],
        caption,
        empty=f"No value of any one assumption, the others as they stand, would turn the answer. {context.name}.",
        missing={"switch": "\N{EN DASH}"},
        labels={"label": "Assumption", "central": "As it stands", "switch": "The answer turns at"},
        notes=[
            f"The others as they stand. Within its range {plural(inside, 'assumption')} alone would turn the answer.",
            "Beyond a range: allowed, but past what the preset's log holds likely.",
        ],
    )


def break_even(frame: pd.DataFrame, presets: Mapping[str, str], context: Context) -> Table:
    """Show how much of each case's futures had to be real, under each set of assumptions.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.sets.by_set_and_case`.
    presets : dict of set to words
    """
    wide = frame.pivot(index="case_id", columns="set", values="break_even_share")
    wide = wide[list(dict.fromkeys(frame["set"]))].map(_share)
    wide = wide if frame["break_even_share"].notna().any() else wide.iloc[:0]
    rows = wide.rename(columns=lambda name: presets.get(name, name)).reset_index()
    return show(
        rows,
        f"Break-even share of each case: how much of its futures' cost had to be real for it to pay. {context.name}, "
        f"{plural(len(rows), 'costed case')}.",
        empty=f"No future of a costed case has a price, so there is no share at which one would pay. {context.name}.",
        labels={"case_id": "Case"},
        formats=dict.fromkeys(rows.columns, "text"),
        notes=["More than 100%: even all of its futures would not pay for it. None: no future of it has a price."],
    )


def answers(frame: pd.DataFrame, context: Context) -> Table:
    """Show the three answers to how likely the futures were, and what each can and cannot tell.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.sets.three_answers`.
    """
    rows = frame[["is", "saving_long", "avoided_rated", "avoided_long", "tells"]]
    rows = rows if frame["avoided_rated"].any() else rows.iloc[:0]
    return show(
        rows,
        context.measure(f"Saving {context.over('long')} by where the chance of a future comes from"),
        empty=f"No future that adds to the saving has an observed rate to count it by. {context.name}.",
        formats=dict.fromkeys(["saving_long", "avoided_rated", "avoided_long"], "gbp"),
        labels={
            "is": "The chance of a future is",
            "saving_long": "Saving",
            "tells": "What that can and cannot tell",
            "avoided_rated": "Avoided, futures with a rate",
            "avoided_long": "Avoided, all",
        },
        notes=["Futures without an observed rate keep the believed chance in all three."],
    )


def rests(frame: pd.DataFrame, futures: pd.DataFrame, context: Context) -> Table:
    """Show how much rests on remembered figures and on cases that leave something out, and the futures without a price.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.sets.rests`.
    futures : DataFrame
        The national futures: ``future``, ``label``.
    """
    labels = dict(zip(futures["future"], futures["label"], strict=True)) | codes.CONFIDENCE | INTO
    rows = frame.assign(
        kind=frame["kind"].map(KINDS),
        what=[labels.get(what, what) for what in frame["what"]],
        number=frame["number"].astype("Int64"),
    )
    money = ["inputs", "avoided_long", "saving_long"]
    columns = ["kind", "what", "number", *money, "avoided_share"]
    return show(
        rows[columns],
        context.measure(f"What the result {context.over('long')} rests on"),
        row_headers=2,
        formats=dict.fromkeys(money, "gbp") | {"avoided_share": "share"},
        labels={
            "kind": "Of",
            "what": "Those",
            "number": "Number",
            "avoided_long": "Avoided",
            "saving_long": "Saving",
            "avoided_share": "Share of what was avoided",
        },
        missing=dict.fromkeys([*money, "avoided_share"], "not priced") | {"number": ""},
        notes=["A future without a price adds nothing to any figure on this page, however much it was feared."],
    )


def uncertain(catalogue: pd.DataFrame, items: Mapping[str, str], futures: pd.DataFrame, context: Context) -> Table:
    """Show what is drawn, from which distribution, how widely, and on what ground.

    Parameters
    ----------
    catalogue : DataFrame
        :attr:`larcnb.sensitivity.draws.Draws.catalogue`.
    items, futures : mapping of code to label
    """
    rows = catalogue.assign(what=[named(name, items, futures) for name in catalogue["name"]])
    return show(
        rows[["what", "kind", "central", "mean", "low", "high", "because"]],
        f"What is uncertain, shared by all cases: {plural(len(rows), 'value')}, as drawn. {context.name}.",
        formats=dict.fromkeys(["central", "mean", "low", "high"], "number"),
        folded=True,
        labels={"what": "What", "kind": "Distribution", "low": "95% from", "high": "95% to", "because": "Width from"},
        notes=[
            "Unit costs and durations as a factor of their value; shares as they are.",
            "A case's own hours and support are lognormal; its futures' chances are Beta, tighter with each witness "
            "who agrees.",
        ],
    )


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
    ('Unit cost: Foster care, a week', 'Drop-off')
    """
    kind, _, code = name.partition(".")
    if not code:
        return name.replace("_", "-").capitalize()
    labels = {"unit": items, "probability": codes.LIKELIHOOD}.get(kind, futures)
    return f"{LEADS[kind]}: {labels.get(code, code)}"


def how_sure(found: Mapping, context: Context) -> list[str]:
    """Say how sure the saving is, in sentences for the findings.

    Parameters
    ----------
    found : dict
        :func:`larcnb.sensitivity.headlines`.

    Returns
    -------
    list of str
        The interval and the chance of saving; what matters most; what to measure next; the sets side by side. None
        where no case is costed.
    """
    if not found["cases"]:
        return []
    long, most = found["intervals"]["long"], found["matters_most"]
    low, high = sorted(most["ends"], key=lambda end: end["saving"])
    paying = [row for row in found["presets"] if row["saving_long"] >= 0]
    least, best = (pick(row["saving_long"] for row in found["presets"]) for pick in (min, max))
    ends = "; ".join(f"{end['value']}: {gbp(end['saving'])}" for end in (low, high))
    taken = " (taking every accepted future as certain)" if found["certain"] else ""
    lines = [
        f"Allowing for what is not known, the saving {context.over('long')} lies between {gbp(long['low95'])} and "
        f"{gbp(long['high95'])} in 95 of 100 draws, and {chance(long['chance'])} that it saves at all"
        f"{taken}.",
        f"What moves it most is: {most['label'][:1].lower() + most['label'][1:]} ({ends}).",
        f"Under the {len(found['presets'])} sets of assumptions the same families save from {gbp(least)} to "
        f"{gbp(best)}; {len(paying)} of them find that it pays.",
    ]
    if found["measure_next"]:
        lines.append(f"What would be most worth measuring in the next round: {found['measure_next'].lower()}.")
    return lines


def chance(share: float) -> str:
    """Write a chance in words a board uses, never rounded to certainty.

    Examples
    --------
    >>> chance(0.972), chance(0.9998), chance(0.001)
    ('the chance is 97 in 100', 'it is all but sure', 'there is hardly a chance')
    """
    of_hundred = round(share * 100)
    if of_hundred >= 100:
        return "it is all but sure"
    return f"the chance is {of_hundred} in 100" if of_hundred else "there is hardly a chance"


def _share(value: float) -> str:
    if value != value:  # noqa: PLR0124
        return "none"
    return f"{value:.0%}" if value <= 1 else f"more than 100% ({value:.0%})"
