"""Figures of which doubt matters: what explains the spread, and what knowing it would be worth.

In: frames of :class:`larcnb.sensitivity.Study`. Out: :class:`~larcnb.figures.figure.Figure`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from larcnb.figures import bars
from larcnb.figures.figure import INK, MUTED, Figure, at_ends, bars_across, draw, pounds
from larcnb.figures.inputs import _listed
from larcnb.figures.sensitivity import LINES, NO_CASE
from larcnb.figures.uncertainty import BASIS
from larcnb.tables import Context, gbp, show
from larcnb.tables.sensitivity import named

LEGEND = ("Alone (first order)", "In all (total)")


def sobol(frame: pd.DataFrame, convergence: pd.DataFrame, context: Context) -> Figure:
    """Draw how much of the spread of the result each kind of assumption explains, alone and in all.

    Parameters
    ----------
    frame : DataFrame
        :attr:`larcnb.sensitivity.Study.sobol`.
    convergence : DataFrame
        :attr:`larcnb.sensitivity.Study.convergence`.
    """
    measure = f"Share of the variance of the long-term saving, with intervals. {context.name}, preset {context.preset}."
    names = list(frame["label"])
    message = (
        "The saving does not vary."
        if frame.empty
        else f"{names[0]} is the largest part of the doubt: {max(frame['total'][0], 0):.0%} of the spread."
    )

    def paint(axes):
        for part, label, style, shift in zip(("first", "total"), LEGEND, bars.PAIR, (-0.2, 0.2), strict=True):
            at, size, end = (
                [place + shift for place in range(len(names))],
                frame[part].clip(lower=0),
                frame[f"{part}_high"],
            )
            bars_across(axes, at, size, 0.36, label=label, edgecolor=INK, linewidth=0.6, **style)
            axes.hlines(at, frame[f"{part}_low"].clip(lower=0), end, color=INK, linewidth=1.6, zorder=4)
            at_ends(axes, at, list(np.maximum(size, end)), [f"{share:.0%}" for share in size], 8.5)
        bars.rows(axes, names)
        bars.share_axis(axes)

    said = [f"{row.first:.0%} alone, {row.total:.0%} in all" for row in frame.itertuples()]
    table = frame[["label", "first", "first_low", "first_high", "total", "total_low", "total_high"]]
    return draw(
        message,
        measure,
        alt=f"Bar chart of Sobol indices, alone and in all. {_listed(names, said)}.",
        numbers=show(
            table,
            measure,
            formats=dict.fromkeys(table.columns[1:], "share"),
            labels={
                "label": "Assumption",
                "first": "Alone",
                "first_low": "from",
                "first_high": "to",
                "total": "In all",
                "total_low": "in all from",
                "total_high": "in all to",
            },
        ),
        paint=paint,
        labels=names,
        each=0.46,
        legend=LEGEND,
        notes=[
            "Alone: what would go if only this were known. In all: with what it does together with others. "
            "Estimates: a small one may come out a little below nil.",
            *_converged(convergence),
        ],
    )


def _converged(convergence: pd.DataFrame) -> list[str]:
    """How far the shares moved from the fewest draws to all."""
    if convergence.empty:
        return []
    wide = convergence.pivot(index="group", columns="draws", values="total")
    moved = (wide.iloc[:, -1] - wide.iloc[:, 0]).abs().max() * 100
    return [
        f"Checked for convergence: from {wide.columns[0]:,} to {wide.columns[-1]:,} base draws no share in all moved "
        f"by more than {np.ceil(moved):.0f} points."
    ]


def information(
    evpi: pd.DataFrame,
    evppi: pd.DataFrame,
    single: pd.DataFrame,
    items: Mapping[str, str],
    futures: Mapping[str, str],
    context: Context,
    most: int = 4,
) -> Figure:
    """Draw what it would be worth to know everything, and each kind of assumption, before deciding.

    Parameters
    ----------
    evpi, evppi : DataFrame
        :attr:`larcnb.sensitivity.Study.evpi`, ``evppi``.
    single : DataFrame
        :attr:`larcnb.sensitivity.Study.evppi_single`.
    items, futures : mapping of code to label
    most : int
        How many groups to draw beside the whole.
    """
    measure = context.measure("Worth of knowing before deciding, by what a pound saved later is worth today")
    at = evpi.loc[evpi["evpi"].idxmax()]
    here = evppi[evppi["worth"] == at["worth"]].sort_values("evppi", ascending=False)
    best = here[here["evppi"] > 0]["label"].head(most).tolist()
    message = (
        "Nothing that could be learnt would change the answer."
        if at["evpi"] <= 0
        else f"Doubt matters most where a pound saved later is worth about {at['worth'] * 100:.0f}p: there knowing all "
        f"is worth {gbp(at['evpi'])}{f', and {_small(best[0])} is what to measure first' if best else ''}."
    )

    some = bool(evpi[["loss_doing", "loss_not_doing"]].to_numpy().any())
    message = message if some else NO_CASE

    def paint(axes):
        axes.plot(evpi["worth"], evpi["evpi"], color=INK, linewidth=2.4, label="Everything")
        for label, style in zip(best, LINES, strict=False):
            line = evppi[evppi["label"] == label]
            axes.plot(line["worth"], line["evppi"], label=label, linewidth=1.8, markersize=4, **style)
        _worth_axis(axes)

    table = here.assign(worth=[f"{value * 100:.0f}p" for value in here["worth"]])[
        ["label", "worth", "evppi", "se", "share"]
    ]
    said = [f"{gbp(row.evppi)}" for row in here.itertuples()]
    return draw(
        message,
        measure,
        alt=f"Line chart of the value of information. Everything: {gbp(at['evpi'])} at most, where a pound later is "
        f"worth {at['worth'] * 100:.0f}p. There: {_listed(here['label'], said)}.",
        numbers=show(
            table,
            measure,
            formats={"evppi": "gbp", "se": "gbp", "share": "share"},
            row_headers=1,
            labels={
                "label": "Knowing",
                "worth": "A pound later worth",
                "evppi": "Is worth",
                "se": "Standard error",
                "share": "Of knowing all",
            },
        ),
        paint=paint,
        labels=[pounds(-888_000)] * 8 * bool(some and at["evpi"] > 0),
        legend=["Everything", *best],
        foot=0.5,
        notes=[
            *_singles(single, items, futures),
            "For these families' decision alone. A service for many families multiplies it.",
            BASIS["expectation"],
        ],
    )


def _singles(single: pd.DataFrame, items: Mapping[str, str], futures: Mapping[str, str]) -> list[str]:
    """The single values most worth knowing, where knowing all is worth most."""
    best = single[single["evppi"] > 2 * single["se"]].head(3)
    if best.empty:
        return []
    said = [f"{named(row.group, items, futures)} {gbp(row.evppi)}" for row in best.itertuples()]
    return [f"Single figures most worth knowing there: {'; '.join(said)}."]


def expected_loss(evpi: pd.DataFrame, context: Context) -> Figure:
    """Draw what each choice is expected to lose by being the wrong one.

    Parameters
    ----------
    evpi : DataFrame
        :attr:`larcnb.sensitivity.Study.evpi`.
    """
    measure = context.measure("Expected loss of each choice, by what a pound saved later is worth today")
    net, worth = evpi["net_benefit"], evpi["worth"]
    turn = float(np.interp(0, net, worth)) if net.iloc[0] < 0 <= net.iloc[-1] else None
    message = (
        "Not doing it is the smaller risk whatever a pound saved later is worth."
        if net.iloc[-1] < 0
        else "Doing it is the smaller risk whatever a pound saved later is worth."
        if turn is None
        else f"Doing it is the smaller risk once a pound saved later is worth more than {turn * 100:.0f}p."
    )
    names = {"loss_doing": "Doing it", "loss_not_doing": "Not doing it"}

    some = bool(evpi[["loss_doing", "loss_not_doing"]].to_numpy().any())
    message = message if some else NO_CASE

    def paint(axes):
        for (column, label), style in zip(names.items(), LINES, strict=False):
            axes.plot(evpi["worth"], evpi[column], label=label, linewidth=2, markersize=4, **style)
        _worth_axis(axes)

    picked = evpi.iloc[:: max(1, len(evpi) // 4)]
    said = [f"doing it {gbp(row.loss_doing)}, not doing it {gbp(row.loss_not_doing)}" for row in picked.itertuples()]
    table = evpi.assign(worth=[f"{value * 100:.0f}p" for value in evpi["worth"]])
    return draw(
        message,
        measure,
        alt=f"Line chart of expected loss. {_listed([f'{w * 100:.0f}p' for w in picked['worth']], said)}.",
        numbers=show(
            table,
            measure,
            formats=dict.fromkeys(["net_benefit", "loss_doing", "loss_not_doing", "evpi", "se"], "gbp")
            | {"chance": "share"},
            labels={
                "worth": "A pound later worth",
                "chance": "Chance it pays",
                "evpi": "Value of knowing all",
                "se": "Standard error",
            },
        ),
        paint=paint,
        labels=[pounds(-888_000)] * 8 * some,
        legend=list(names.values()),
        foot=0.5,
        notes=[BASIS["expectation"]],
    )


def _worth_axis(axes) -> None:
    bars.upright_money(axes, "What a pound saved later is worth today", 1)
    low, high = axes.dataLim.intervalx
    axes.set_xlim(low, high * 1.02)
    ticks = [low + (high - low) * part / 4 for part in range(5)]
    axes.set_xticks(ticks, [f"{tick * 100:.0f}p" for tick in ticks])
    axes.get_xticklabels()[-1].set_horizontalalignment("right")
    axes.axhline(0, color=MUTED, linewidth=1)


def _small(label: str) -> str:
    return label[:1].lower() + label[1:]
