"""Figures of sets of assumptions side by side: the scenarios, and what was believed beside what was seen.

In: frames of :class:`larcnb.sensitivity.Study`. Out: :class:`~larcnb.figures.figure.Figure`. Holds the way intervals
are drawn: a thick line, a thin one, the median across and the central case as a diamond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from larcnb import codes
from larcnb.figures import bars
from larcnb.figures.figure import DARK, INK, Figure, draw
from larcnb.figures.inputs import _listed
from larcnb.figures.sensitivity import LINES, NO_CASE
from larcnb.tables import Context, gbp, plural, show
from larcnb.tables.sensitivity import in_hundred

PRESETS = codes.PRESET | {"own": "The authority's own"}
KEY = "Thick line: 80% interval. Thin line: 95%. Diamond: the central case. Bar across: the median."
APART = (
    "Scenarios are alternatives, not draws from one range: no interval is drawn over them. Each interval "
    "is within its set. "
    "A chance of saving is given only where the chance of a future and what help prevented are both "
    "uncertain in the set."
)
CREDITED = (
    "Cautious credits a future that nobody studied with a small share prevented, while a studied one may "
    "be charged where "
    "the range of its studies includes harm."
)


def presets(frame: pd.DataFrame, context: Context, chosen: str = "") -> Figure:
    """Draw what each set of assumptions makes of the same families, each with its interval.

    Parameters
    ----------
    frame : DataFrame
        :attr:`larcnb.sensitivity.Study.scenarios`.
    chosen : str
        The preset of the authority, which the findings use unless it has a set of its own.
    """
    chosen = "own" if "own" in set(frame["set"]) else chosen
    order = frame.sort_values("saving_long", ascending=False, kind="stable").reset_index(drop=True)
    names = [PRESETS.get(name, name) + " (used here)" * (name == chosen) for name in order["set"]]
    measure = context.measure("Saving in the long term in each scenario, central case and interval within it")
    measure = measure.replace(f"preset {context.preset}", "all presets")
    some = bool(order[["inputs", "avoided_long"]].to_numpy().any())
    pays = list(order.loc[order["saving_long"] >= 0, "set"])
    low, high = order["saving_long"].min(), order["saving_long"].max()
    message = (
        f"From {gbp(low)} to {gbp(high)}: {len(pays)} of {plural(len(order), 'scenario')} "
        f"{'finds' if len(pays) == 1 else 'find'} that it pays." if some else NO_CASE
    )  # fmt: skip

    def paint(axes):
        interval_rows(axes, order, order["saving_long"])
        bars.rows(axes, names)
        bars.money_axis(axes)

    said = [f"{gbp(row.saving_long)}, 95% interval {gbp(row.low95)} to {gbp(row.high95)}" + of_saving(row.chance)
            for row in order.itertuples()]  # fmt: skip
    columns = ["set", "inputs", "told_long", "avoided_long", "saving_short", "saving_long", "break_even_share",
               "benefit_cost_ratio", "losses", "median", "low95", "high95"]  # fmt: skip
    money = ["inputs", "told_long", "avoided_long", "saving_short", "saving_long", "median", "low95", "high95"]
    return draw(
        message, measure, alt=f"Interval chart, one row a scenario. {_listed(names, said)}.",
        numbers=show(
            order.assign(set=names)[columns].assign(chance=[in_hundred(chance) for chance in order["chance"]]), measure,
            formats=dict.fromkeys(money, "gbp") | {"break_even_share": "share", "benefit_cost_ratio": "number"},
            labels={"set": "Scenario", "told_long": "Futures told", "avoided_long": "Avoided",
                    "saving_short": "Saving, short", "saving_long": "Saving, long",
                    "break_even_share": "Break-even share", "benefit_cost_ratio": "Benefit-cost ratio",
                    "losses": "Cases with a net cost", "low95": "95% from", "high95": "95% to",
                    "chance": "Draws that save"},
        ),
        paint=paint, labels=names * some, each=0.46,
        notes=[KEY, APART] + [CREDITED] * ("cautious" in set(order["set"])),
    )  # fmt: skip


def of_saving(chance: float | None) -> str:
    """The chance of saving for the end of an alternative text; nothing where it is not stated."""
    return "" if pd.isna(chance) else f", {in_hundred(chance)} draws save"


def rates(frame: pd.DataFrame, labels: Mapping[str, str], context: Context) -> Figure:
    """Draw the chance that was believed beside the share of comparison groups to whom it happened.

    Parameters
    ----------
    frame : DataFrame
        :attr:`larcnb.sensitivity.Study.studies`; a future without a comparison share is in the table alone.
    labels : dict of future to words
    """
    known = frame[frame["comparison_share"].notna() & frame["believed"].notna()].reset_index(drop=True)
    names = [labels.get(future, future) for future in known["future"]]
    marks = {"believed": ("Believed of these families", LINES[0]),
             "comparison_share": ("Happened in comparison groups", LINES[1])}  # fmt: skip
    measure = f"Chance of a future without help, and share of comparison groups to whom it happened. {context.name}."
    if known.empty:
        message = "None of the futures that count has a rate to set beside it."
    else:
        row = known.loc[(known["believed"] / known["comparison_share"]).idxmax()]
        message = (f"{labels.get(row['future'], row['future'])}: believed {row['believed']:.0%} likely of "
                   "those told; it "
                   f"happened to {row['comparison_share']:.1%} of a comparison group.")  # fmt: skip

    def paint(axes):
        for column, (label, style) in marks.items():
            axes.plot(known[column], range(len(known)), linestyle="none", label=label, markersize=8,
                      color=style["color"], marker=style["marker"])  # fmt: skip
        axes.set_xlim(-0.02, 1.12)
        bars.rows(axes, names)
        axes.set_xlim(-0.02, 1.12)
        bars.share_axis(axes)

    said = [f"believed {row.believed:.0%}, comparison {row.comparison_share:.1%}" for row in known.itertuples()]
    table = frame.assign(future=[labels.get(future, future) for future in frame["future"]])
    table = table[["future", "told", "believed", "comparison_share", "person", "population", "months", "source"]]
    for name in ("believed", "comparison_share"):
        table[name] = [f"{value:.1%}" if value == value else "[x]" for value in table[name]]  # noqa: PLR0124
    return draw(
        message, measure, alt=f"Dot chart of believed and observed shares. {_listed(names, said)}.",
        numbers=show(table, measure, labels={"told": "Cases told", "comparison_share": "Comparison group",
                                             "person": "Of whom", "months": "Followed for (months)"}),
        paint=paint, labels=names, each=0.5, legend=[label for label, _ in marks.values()],
        notes=["Of whom: persons of that kind. A belief is of a family's own future; the rate is of a broader group."],
    )  # fmt: skip


def interval_rows(axes, frame: pd.DataFrame, central: Sequence[float] | None) -> None:
    """Draw each row's intervals, median and central value, the first at the top."""
    places = range(len(frame))
    axes.hlines(places, frame["low95"], frame["high95"], color=DARK, linewidth=1.4, zorder=2)
    axes.hlines(places, frame["low80"], frame["high80"], color=DARK, linewidth=6, zorder=2)
    median = {"marker": "|", "linestyle": "none"}
    axes.plot(frame["median"], places, **median, markersize=15, markeredgewidth=2.4, color=INK)
    axes.plot(frame["median"], places, **median, markersize=13, markeredgewidth=0.8, color="white")
    if central is not None:
        axes.plot(list(central), range(len(frame)), linestyle="none", marker="D", markersize=7, color="white",
                  markeredgecolor=INK, zorder=5)  # fmt: skip
