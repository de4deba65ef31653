"""Figures of sets of assumptions side by side: the presets, and what was believed beside what was seen.

In: frames of :class:`larcnb.sensitivity.Study`. Out: :class:`~larcnb.figures.figure.Figure`. Holds the way intervals
are drawn: a thick line, a thin one, the median across and the central case as a diamond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from larcnb.figures import bars
from larcnb.figures.figure import DARK, INK, Figure, draw
from larcnb.figures.inputs import _listed
from larcnb.figures.sensitivity import LINES, NO_CASE
from larcnb.sensitivity.sets import OWN
from larcnb.tables import Context, gbp, plural, show

PRESETS = {
    "larc": "As LARC4",
    "public_purse": "Public purse, after GMCA",
    "cautious": "Cautious",
    "observed": "Observed rates",
    "own": "The authority's own",
}
"""A name for each set; another preset goes by its file's name."""
KEY = "Thick line: 80% interval. Thin line: 95%. Diamond: the central case. Bar across: the median."
AWAY = (
    "Where the diamond lies off the middle, the central values themselves stand at an end of their ranges: as LARC4 "
    "takes nothing off, what is uncertain can only take away."
)


def presets(frame: pd.DataFrame, context: Context, chosen: str = "") -> Figure:
    """Draw what each set of assumptions makes of the same families, each with its interval.

    Parameters
    ----------
    frame : DataFrame
        :attr:`larcnb.sensitivity.Study.presets`.
    chosen : str
        The preset of the authority, which the findings use unless it has a set of its own.
    """
    chosen = OWN if OWN in set(frame["set"]) else chosen
    order = frame.sort_values("saving_long", ascending=False, kind="stable").reset_index(drop=True)
    names = [PRESETS.get(name, name) for name in order["set"]]
    names = [
        f"{label} (used here)" if name == chosen else label for name, label in zip(order["set"], names, strict=True)
    ]
    pays = order[order["saving_long"] >= 0]
    measure = context.measure(
        "Saving in the long term under each set of assumptions, central case and Monte Carlo interval"
    )
    measure = measure.replace(f"preset {context.preset}", "all presets")
    low, high = order["saving_long"].min(), order["saving_long"].max()
    message = (
        f"The same families save anything from {gbp(low)} to {gbp(high)}: {len(pays)} of "
        f"{plural(len(order), 'set')} of assumptions find that it pays."
    )

    some = bool(order[["inputs", "avoided_long"]].to_numpy().any())
    message = message if some else NO_CASE

    def paint(axes):
        interval_rows(axes, order, order["saving_long"])
        bars.rows(axes, names)
        bars.money_axis(axes)

    said = [
        f"{gbp(row.saving_long)}, 95% interval {gbp(row.low95)} to {gbp(row.high95)}, chance of saving {row.chance:.0%}"
        for row in order.itertuples()
    ]
    table = order.assign(set=names)[
        [
            "set",
            "inputs",
            "avoided_long",
            "saving_short",
            "saving_long",
            "break_even_share",
            "losses",
            "median",
            "low95",
            "high95",
            "chance",
        ]
    ]
    return draw(
        message,
        measure,
        alt=f"Interval chart, one row a set of assumptions. {_listed(names, said)}.",
        numbers=show(
            table,
            measure,
            formats=dict.fromkeys(
                ["inputs", "avoided_long", "saving_short", "saving_long", "median", "low95", "high95"], "gbp"
            )
            | {"break_even_share": "share", "chance": "share"},
            labels={
                "break_even_share": "Break-even share",
                "losses": "Cases that lose",
                "low95": "95% from",
                "high95": "95% to",
                "chance": "Chance of saving",
            },
        ),
        paint=paint,
        labels=names * some,
        each=0.46,
        notes=[KEY, AWAY],
    )


def base_rates(frame: pd.DataFrame, labels: Mapping[str, str], context: Context) -> Figure:
    """Draw what was believed beside what was seen in comparison families, and the difference a programme made.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.sets.base_rates`.
    labels : dict of future to words
    """
    names = [labels.get(future, future) for future in frame["future"]]
    marks = {
        "believed": ("Believed of these families", LINES[0]),
        "comparison_share": ("Seen in comparison families", LINES[1]),
        "difference": ("Fewer on another programme", LINES[2]),
    }
    measure = f"Share of families to whom the future would have happened or did. {context.name}."
    if frame.empty:
        message = "None of the futures counted has an observed rate to set beside it."
    else:
        row = frame.loc[(frame["believed"] / frame["comparison_share"]).idxmax()]
        message = (
            f"{labels.get(row['future'], row['future'])}: held to be {row['believed']:.0%} likely, seen in "
            f"{row['comparison_share']:.1%} of comparison families."
        )

    def paint(axes):
        for column, (label, style) in marks.items():
            axes.plot(
                frame[column],
                range(len(frame)),
                linestyle="none",
                label=label,
                markersize=8,
                color=style["color"],
                marker=style["marker"],
            )
        axes.set_xlim(-0.02, 1.12)
        bars.rows(axes, names)
        axes.set_xlim(-0.02, 1.12)
        bars.share_axis(axes)

    said = [
        f"believed {row.believed:.0%}, comparison {row.comparison_share:.1%}, difference {row.difference:.1%}"
        for row in frame.itertuples()
    ]
    table = frame.assign(future=names)[
        [
            "future",
            "told",
            "believed",
            "comparison_share",
            "programme_share",
            "difference",
            "population",
            "months",
            "source",
        ]
    ]
    for name in ("believed", "comparison_share", "programme_share", "difference"):
        table[name] = [f"{value:.1%}" if value == value else "[x]" for value in table[name]]  # noqa: PLR0124
    return draw(
        message,
        measure,
        alt=f"Dot chart of believed and observed shares. {_listed(names, said)}.",
        numbers=show(
            table,
            measure,
            labels={
                "told": "Cases told",
                "comparison_share": "Comparison families",
                "programme_share": "Families on the programme",
            },
        ),
        paint=paint,
        labels=names,
        each=0.5,
        legend=[label for label, _ in marks.values()],
    )


def interval_rows(axes, frame: pd.DataFrame, central: Sequence[float] | None) -> None:
    """Draw each row's intervals, median and central value, the first at the top."""
    places = range(len(frame))
    axes.hlines(places, frame["low95"], frame["high95"], color=DARK, linewidth=1.4, zorder=2)
    axes.hlines(places, frame["low80"], frame["high80"], color=DARK, linewidth=6, zorder=2)
    median = {"marker": "|", "linestyle": "none"}
    axes.plot(frame["median"], places, **median, markersize=15, markeredgewidth=2.4, color=INK)
    axes.plot(frame["median"], places, **median, markersize=13, markeredgewidth=0.8, color="white")
    if central is not None:
        axes.plot(
            list(central),
            range(len(frame)),
            linestyle="none",
            marker="D",
            markersize=7,
            color="white",
            markeredgecolor=INK,
            zorder=5,
        )
