"""Figures of authorities side by side: a forest plot, and where one stands among the others.

In: :class:`larcnb.consortium.pooling.Across`. Out: :class:`~larcnb.figures.figure.Figure`. An authority's own mean
is a square, the mean of all a diamond or a broken line: shape as well as colour; the table below has each figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from larcnb.consortium.pooling import Across
from larcnb.figures import bars
from larcnb.figures.figure import DARK, GREY, INK, MUTED, PLUM, Figure, draw, pounds
from larcnb.figures.inputs import _listed
from larcnb.figures.measures import measured
from larcnb.tables import Context, gbp, plural, show

BAND = "#D9E2EC"


def forest(found: Across, names: Mapping[str, str], context: Context) -> Figure:
    """Draw each authority's mean with its interval, the mean of all, and where a further authority's would lie.

    Parameters
    ----------
    found : Across
    names : dict of slug to name
    """
    m, p = found.means.sort_values("own", ascending=False, kind="stable").reset_index(drop=True), found.pooled
    what, k = measured(found.column, context), len(found.means)
    measure = context.measure(f"{what}, mean of each authority's cases", int(m["cases"].sum()))
    labels = [f"{names[row.authority]} ({row.cases})" for row in m.itertuples()]
    rows = [*labels, "All authorities", "A further authority"] if not p.why_not else labels
    only = f" Of the one authority with costed cases it is {gbp(m['own'].iloc[0])}." if k == 1 else ""
    message = f"No mean over authorities is given ({p.why_not}).{only}" if p.why_not else (
        f"{what}: {gbp(p.mean)} a case on average over {k} authorities, {gbp(p.low)} to {gbp(p.high)}."
    )  # fmt: skip

    def paint(axes):
        at = np.arange(k)
        axes.hlines(at, m["own_low"], m["own_high"], color=INK, linewidth=1.1)
        size = m["weight"].fillna(1 / max(k, 1)) * k
        axes.scatter(m["own"], at, s=34 * size.clip(0.2, 3), marker="s", color=DARK, zorder=3)
        if not p.why_not:
            axes.axvspan(p.low, p.high, color=BAND, zorder=0)
            axes.hlines(k, p.low, p.high, color=PLUM, linewidth=2.4)
            axes.hlines(k + 1, p.next_low, p.next_high, color=GREY, linewidth=2.4, linestyle=(0, (4, 2)))
            axes.plot([p.mean], [k], "D", color=PLUM, markersize=8, zorder=4)
            axes.annotate(f"{pounds(p.mean)} ({pounds(p.low)} to {pounds(p.high)})", (p.high, k), (6, 0),
                          textcoords="offset points", va="center", fontsize=8.5)  # fmt: skip
        _few_or_many(axes, rows)
        bars.money_axis(axes)

    said = [f"{gbp(row.own)}" for row in m.itertuples()]
    end = "" if p.why_not else (
        f" All {gbp(p.mean)}, {gbp(p.low)} to {gbp(p.high)}; a further one {gbp(p.next_low)} to {gbp(p.next_high)}."
    )  # fmt: skip
    table = m.assign(authority=m["authority"].map(names))[["authority", "cases", "own", "own_low", "own_high", "weight",
                                                           "estimate", "low", "high"]]  # fmt: skip
    return draw(
        message, measure, alt=f"Forest plot of the means of {plural(k, 'authority')}. {_listed(labels, said)}.{end}",
        numbers=show(table, measure,
                     formats=dict.fromkeys(["own", "own_low", "own_high", "estimate", "low", "high"], "gbp")
                     | {"weight": "share"},
                     labels={"own": "Own mean", "own_low": "From", "own_high": "To", "estimate": "Drawn towards all",
                             "low": "From", "high": "To"}, missing=dict.fromkeys(table.columns[3:], "too few")),
        paint=paint, labels=rows if k > 1 and m["own"].any() else [], notes=_forest_notes(found),
    )  # fmt: skip


def _forest_notes(found: Across) -> list[str]:
    if found.why_not:
        return []
    return [
        "In brackets: costed cases. Lines: 95% intervals, from the spread of cases within all authorities. The "
        "larger the square, the more the authority counts. Band and diamond: the mean of these authorities, by the "
        "spread of these families. Broken line: where a further authority's true mean would lie."
    ]


def standing(found: Across, slug: str, name: str, context: Context, taking_part: int | None = None) -> Figure:
    """Draw where one authority stands among the others of its round, who are not named.

    Parameters
    ----------
    found : Across
        Over all authorities whose results are there.
    slug, name : str
        The authority.
    taking_part : int, optional
        How many authorities the round has; the figure says how many of them have results.

    Source
    ------
    Goldstein and Spiegelhalter (1996) on league tables: intervals, and estimates drawn towards the mean.
    """
    m, p = found.means.sort_values("own", ascending=False, kind="stable").reset_index(drop=True), found.pooled
    what = measured(found.column, context)
    own = m["authority"] == slug
    others = int((~own).sum())
    everyone = replace(context, name=f"{name} and {plural(others, 'other')}" if others else name)
    measure = everyone.measure(f"{what}, mean of each authority's costed cases", int(m["cases"].sum()))
    labels = [f"{name} ({row.cases})" if mine else f"another ({row.cases})" for row, mine in zip(m.itertuples(), own)]  # noqa: B905

    def paint(axes):
        at = np.arange(len(m))
        axes.hlines(at, m["own_low"], m["own_high"], color=np.where(own, INK, GREY), linewidth=np.where(own, 2.2, 1.1))
        axes.plot(m["own"][~own], at[~own], "o", color="white", mec=GREY, mew=1.6, markersize=6.5)
        axes.plot(m["own"][own], at[own], "s", color=DARK, markersize=9)
        if not p.why_not:
            axes.axvspan(p.low, p.high, color=BAND, zorder=0)
            axes.axvline(p.mean, color=PLUM, linewidth=1.8, linestyle=(0, (5, 2)))
            axes.plot(m["estimate"][own], at[own], "x", color=PLUM, markersize=9, markeredgewidth=2.2)
        _few_or_many(axes, labels)
        bars.money_axis(axes)

    missing = (taking_part or len(m)) - len(m)
    notes = [] if p.why_not else [
        "Not a league table: in brackets the costed cases on which each mean rests. The band is the mean of all, with "
        "its 95% interval, the cross this authority's mean drawn towards it. A further authority like these would "
        f"average {gbp(p.next_low)} to {gbp(p.next_high)} a case (95% prediction interval)."
        + ("" if p.tau2 else " How far authorities differ cannot be estimated from so few cases.")
    ]  # fmt: skip
    if missing > 0:
        left_out = plural(missing, "authority")
        notes.append(f"{left_out} of the round not shown: no costed case, priced otherwise, or not in yet.")
    drawn = ["own", "own_low", "own_high", "estimate", "low", "high"]
    table = m.assign(authority=labels)[["authority", "cases", *drawn]]
    return draw(
        _stands(found, m[own], name, what), measure,
        alt=f"Dot chart of authorities' means, in order, {name} marked. "
            f"{_listed(labels, map(gbp, m['own']))}.",
        numbers=show(table, measure, formats=dict.fromkeys(drawn, "gbp"),
                     labels={"own": "Own mean", "own_low": "From", "own_high": "To", "estimate": "Drawn towards all",
                             "low": "Drawn from", "high": "Drawn to"},
                     missing=dict.fromkeys(drawn[1:], "too few")),
        paint=paint, labels=[] if own.all() or not m["own"].any() else labels,
        notes=notes,
    )  # fmt: skip


def _stands(found: Across, own: pd.DataFrame, name: str, what: str) -> str:
    others = len(found.means) - len(own)
    if own.empty:
        return f"{name} costed no case, so it has no place among the others."
    one = own.iloc[0]
    lead = f"{what}: {gbp(one['own'])} a case in {name}, from {plural(int(one['cases']), 'case')}"
    if not others:
        return f"{lead}; no other authority's results are here."
    if found.why_not:
        return f"{lead}; there is too little to say where that stands ({found.why_not})."
    mean = found.pooled.mean
    if one["own_low"] <= mean <= one["own_high"]:
        return f"{lead}; chance alone could put so few that far from the {gbp(mean)} of all {others + 1} authorities."
    side = "above" if one["own"] > mean else "below"
    return f"{lead}; that is {side} the {gbp(mean)} of all {others + 1} authorities by more than chance would explain."


def _few_or_many(axes, labels: list[str]) -> None:
    """Name the rows, or where there are too many say how many there are."""
    bars.rows(axes, labels)
    if len(labels) > bars.NAMED:
        axes.set_title(f"{len(labels)} rows, one authority each, in order", loc="left", color=MUTED, fontsize=9)
