"""Figures of which estimate matters: what explains the spread, and what knowing it would be worth.

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
from larcnb.figures.uncertainty import EXPECTED
from larcnb.tables import Context, gbp, show
from larcnb.tables.words import lowered

LEGEND = ("First-order effect", "Total effect")


def sobol(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw how much of the variance of the saving each kind of estimate explains, first order and in total.

    Parameters
    ----------
    frame : DataFrame
        :attr:`larcnb.sensitivity.Study.sobol`.
    """
    whose = f"{context.name}, preset {context.preset}."
    measure = f"Share of the variance of the long-term saving, with 95% intervals. {whose}"
    names = list(frame["label"])
    message = (
        "The saving does not vary." if frame.empty
        else f"{names[0]}: the largest part of the uncertainty, {max(frame['total'][0], 0):.0%} of the "
             "variance in total."
    )  # fmt: skip

    def paint(axes):
        for part, label, style, shift in zip(("first", "total"), LEGEND, bars.PAIR, (-0.2, 0.2), strict=True):
            at, size, end = [n + shift for n in range(len(names))], frame[part].clip(lower=0), frame[f"{part}_high"]
            bars_across(axes, at, size, 0.36, label=label, edgecolor=INK, linewidth=0.6, **style)
            axes.hlines(at, frame[f"{part}_low"].clip(lower=0), end, color=INK, linewidth=1.6, zorder=4)
            at_ends(axes, at, list(np.maximum(size, end)), [f"{share:.0%}" for share in size], 8.5)
        bars.rows(axes, names)
        bars.share_axis(axes)

    said = [f"first-order {row.first:.0%}, total {row.total:.0%}" for row in frame.itertuples()]
    table = frame[["label", "first", "first_low", "first_high", "total", "total_low", "total_high"]]
    moved = (frame["total"] - frame["halved"]).abs().max() * 100 if len(frame) else 0
    return draw(
        message, measure, alt=f"Bar chart of Sobol indices, first order and total. {_listed(names, said)}.",
        numbers=show(
            table, measure, formats=dict.fromkeys(table.columns[1:], "share"),
            labels={"label": "Estimate", "first": "First-order", "first_low": "from", "first_high": "to",
                    "total": "Total", "total_low": "total from", "total_high": "total to"},
        ),
        paint=paint, labels=names, each=0.46, legend=LEGEND,
        notes=["First-order: by itself. Total: with what it does together with others. Conventions are "
               "not drawn, so they are "
               "not here: the scenarios compare them.",
               f"Convergence: with half the draws no total index differs by more than {np.ceil(moved):.0f} points."],
    )  # fmt: skip


def information(evpi: pd.DataFrame, evppi: pd.DataFrame, advice: Mapping, context: Context, most: int = 4) -> Figure:
    """Draw the expected value of perfect information, of everything and of each kind of estimate.

    Parameters
    ----------
    evpi, evppi : DataFrame
        :attr:`larcnb.sensitivity.Study.evpi`, ``evppi``.
    advice : dict
        :attr:`larcnb.sensitivity.Study.advice`.
    most : int
        How many kinds to draw beside the whole.
    """
    measure = context.measure("Expected value of perfect information, by what a pound saved later is worth today")
    at = evpi.loc[evpi["evpi"].idxmax()]
    here = evppi[evppi["worth"] == at["worth"]].sort_values("evppi", ascending=False)
    best = here[here["evppi"] > 0]["label"].head(most).tolist()
    some = bool(evpi[["loss_doing", "loss_not_doing"]].to_numpy().any())
    one = gbp(advice["evpi_at_one"])
    if not some:
        message = NO_CASE
    elif advice["nothing"]:
        message = ("Where a pound saved later is worth a pound, nothing needs measuring: knowing "
                   f"everything is worth {one}, "
                   "under 1% of what was spent.")  # fmt: skip
    else:
        message = f"Where a pound saved later is worth a pound, knowing everything is worth {one} (EVPI)."
    if some and at["evpi"] > 0:
        message += f" EVPI is highest, {gbp(at['evpi'])}, where it is worth {_pence(at['worth'])}" + (
            f": there {lowered(best[0])} is worth most." if best else ".")  # fmt: skip

    def paint(axes):
        axes.plot(evpi["worth"], evpi["evpi"], color=INK, linewidth=2.4, label="Everything (EVPI)")
        for label, style in zip(best, LINES, strict=False):
            line = evppi[evppi["label"] == label]
            axes.plot(line["worth"], line["evppi"], label=label, linewidth=1.8, markersize=4, **style)
        _worth_axis(axes)

    ones = evppi[evppi["worth"] == evpi.loc[evpi["worth"] <= 1, "worth"].max()].set_index("label")["evppi"]
    table = here.assign(worth=[_pence(value) for value in here["worth"]], one=[ones[label] for label in here["label"]])
    return draw(
        message, measure,
        alt=f"Line chart of the value of information. Everything: {gbp(at['evpi'])} at most, where a "
            "pound later is worth "
        f"{_pence(at['worth'])}. There: {_listed(here['label'], [gbp(value) for value in here['evppi']])}.",
        numbers=show(
            table[["label", "worth", "evppi", "se", "one"]], measure,
            formats=dict.fromkeys(["evppi", "se", "one"], "gbp"),
            labels={"label": "Knowing", "worth": "A pound later worth", "evppi": "EVPPI", "se": "Standard error",
                    "one": "EVPPI at a pound"},
        ),
        paint=paint, labels=[pounds(-888_000)] * 8 * some, legend=["Everything (EVPI)", *best], foot=0.5,
        notes=["Of estimates alone: conventions cannot be measured. For these families' decision alone; a "
               "service for many "
               "multiplies it.", EXPECTED],
    )  # fmt: skip


def expected_loss(evpi: pd.DataFrame, pays_from: float | None, context: Context) -> Figure:
    """Draw what each choice is expected to lose by being the wrong one.

    Parameters
    ----------
    evpi : DataFrame
        :attr:`larcnb.sensitivity.Study.evpi`.
    pays_from : float or None
        Of :attr:`larcnb.sensitivity.Study.advice`.
    """
    measure = context.measure("Expected loss of each choice, by what a pound saved later is worth today")
    names = {"loss_doing": "Providing the help", "loss_not_doing": "Not providing it"}
    some = bool(evpi[list(names)].to_numpy().any())
    lower = "Providing the help is the lower-risk option"
    whatever = "whatever a pound saved later is worth."
    if not some:
        message = NO_CASE
    elif pays_from is None:
        message = f"Not {lower[0].lower()}{lower[1:]} {whatever}"
    elif pays_from <= evpi["worth"].min():
        message = f"{lower} {whatever}"
    else:
        message = f"{lower} where a pound saved later is worth more than {_pence(pays_from)}."

    def paint(axes):
        for (column, label), style in zip(names.items(), LINES, strict=False):
            axes.plot(evpi["worth"], evpi[column], label=label, linewidth=2, markersize=4, **style)
        _worth_axis(axes)

    picked = evpi.iloc[:: max(1, len(evpi) // 4)]
    said = [f"providing {gbp(row.loss_doing)}, not providing {gbp(row.loss_not_doing)}" for row in picked.itertuples()]
    table = evpi.assign(worth=[_pence(value) for value in evpi["worth"]])
    return draw(
        message, measure, alt=f"Line chart of expected loss. {_listed([_pence(w) for w in picked['worth']], said)}.",
        numbers=show(
            table, measure, formats=dict.fromkeys(["net_benefit", "loss_doing", "loss_not_doing", "evpi", "se"], "gbp"),
            labels={"worth": "A pound later worth", "net_benefit": "Expected net benefit",
                    "loss_doing": "Loss of providing", "loss_not_doing": "Loss of not providing", "evpi": "EVPI",
                    "se": "Standard error"},
        ),
        paint=paint, labels=[pounds(-888_000)] * 8 * some, legend=list(names.values()), foot=0.5, notes=[EXPECTED],
    )  # fmt: skip


def _pence(worth: float) -> str:
    return f"{worth * 100:.0f}p"


def _worth_axis(axes) -> None:
    bars.upright_money(axes, "What a pound saved later is worth today", 1)
    low, high = axes.dataLim.intervalx
    axes.set_xlim(low, high * 1.02)
    ticks = [low + (high - low) * part / 4 for part in range(5)]
    axes.set_xticks(ticks, [_pence(tick) for tick in ticks])
    axes.get_xticklabels()[-1].set_horizontalalignment("right")
    axes.axhline(0, color=MUTED, linewidth=1)
