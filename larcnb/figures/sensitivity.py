"""Figures of the sensitivity to assumptions: break-even, one at a time, and two at a time.

In: frames of :class:`larcnb.sensitivity.Study`. Out: :class:`~larcnb.figures.figure.Figure`. Lines differ by dash
and mark as well as by colour; the side with a net cost is hatched.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from larcnb.figures import bars
from larcnb.figures.figure import DARK, GREY, INK, MID, PLUM, Figure, bars_across, draw, pounds
from larcnb.figures.inputs import _listed
from larcnb.tables import Context, gbp, plural, show
from larcnb.tables.words import lowered

NO_CASE = "No case was costed."
SMALL = 8.2
CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
LINES = (
    {"color": DARK, "linestyle": "-", "marker": "o"},
    {"color": PLUM, "linestyle": (0, (5, 2)), "marker": "s"},
    {"color": MID, "linestyle": (0, (1, 1.2)), "marker": "^"},
    {"color": GREY, "linestyle": (0, (6, 2, 1, 2)), "marker": "D"},
    {"color": INK, "linestyle": (0, (3, 1, 1, 1, 1, 1)), "marker": "v"},
)


def break_even(cases: pd.DataFrame, studies: pd.DataFrame, labels: Mapping[str, str], context: Context) -> Figure:
    """Draw the share of the futures told that help must prevent, beside what comparison studies found.

    Parameters
    ----------
    cases : DataFrame
        :attr:`larcnb.sensitivity.Study.break_even`; the last row is all cases together.
    studies : DataFrame
        :attr:`larcnb.sensitivity.Study.studies`.
    labels : dict of future to words
    """
    share = float(cases["break_even_share"].iloc[-1]) if len(cases) > 1 else np.nan
    measure = f"Share of the futures told, by cost, that help prevented. {context.name}, preset {context.preset}."
    names = [labels.get(future, future) for future in studies["future"]]
    if len(cases) < 2:
        message = NO_CASE
    elif np.isnan(share):
        message = "No future told that counts has a price, so no share of them would make it pay."
    elif share > 1:
        message = "Even if help had prevented every future told, its cost would not be covered."
    else:
        message = f"It pays if help prevents at least {hundred(share)} of the futures told, by cost; {found(studies)}."

    def paint(axes):
        at = range(len(studies))
        axes.hlines(at, studies["low"], studies["high"], color=DARK, linewidth=3)
        axes.plot(studies["prevented"], at, linestyle="none", marker="o", markersize=8, color=DARK)
        axes.set_xlim(min(-0.05, float(studies["low"].min()) - 0.05), 1.05)
        if share <= 1:
            axes.axvline(share, color=INK, linewidth=2.2, linestyle=(0, (4, 2)))
            axes.annotate(f"break-even {percent(share)}", (share, -0.5), (4, -8), textcoords="offset points",
                          fontsize=SMALL, bbox=CLEAR)  # fmt: skip
        bars.rows(axes, names)
        bars.share_axis(axes)

    said = [f"{percent(row.prevented)}, range {percent(row.low)} to {percent(row.high)}"
            for row in studies.itertuples()]  # fmt: skip
    columns = ["future", "told", "prevented", "low", "high", "person", "population", "months"]
    table = studies.assign(future=names)[columns]
    return draw(
        message, measure,
        alt=f"Interval chart of the share prevented by future, with a line at the break-even share of "
        f"{percent(share) if share == share else 'none'}. {_listed(names, said)}.",  # noqa: PLR0124
        numbers=show(
            table, measure, formats=dict.fromkeys(["prevented", "low", "high"], "share"),
            labels={"told": "Cases told", "prevented": "Prevented", "low": "95% from", "high": "95% to",
                    "person": "Of whom", "population": "Who was compared", "months": "Followed for (months)"},
        ),
        paint=paint, labels=names, each=0.5,
        notes=["The break-even share is what was spent over what the futures told would have cost, by "
               "their chance: no belief "
               "about prevention is in it. Below nil: the programme did harm."],
    )  # fmt: skip


def found(studies: pd.DataFrame) -> str:
    """What comparison studies found help prevents, in words for the middle of a sentence."""
    if studies.empty:
        return "no comparison study is known of any of them"
    low, high = studies["prevented"].min(), studies["prevented"].max()
    said = percent(low) if low == high else f"{percent(low)} to {percent(high)}"
    return (f"comparison studies of {plural(len(studies), 'kind')} of them found {said} prevented (95% "
            f"range {percent(studies['low'].min())} to "
            f"{percent(studies['high'].max())})")  # fmt: skip


def hundred(share: float) -> str:
    """A break-even share as so many in 100, never rounded to nothing."""
    return "under 1 in 100" if share < 0.01 else f"{share * 100:.0f} in 100"


def percent(share: float) -> str:
    """A share in whole per cent, never rounded to nothing.

    Examples
    --------
    >>> percent(0.32), percent(-0.3), percent(0.004)
    ('32%', '−30%', 'under 1%')
    """
    if 0 < share < 0.01:
        return "under 1%"
    return f"{share:.0%}".replace("-", "\N{MINUS SIGN}")


def tornado(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw which assumption moves the saving most: each bar from one end of its range to the other.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.scenarios.tornado`.
    """
    moved = frame[frame["swing"] > 0].reset_index(drop=True)
    measure = context.measure(f"Saving {context.over('long')} with one assumption at a time at each end of its range")
    ends = moved[["low_saving", "high_saving", "base"]]
    least, most = ends.min(axis=1), ends.max(axis=1)
    if moved.empty:
        message = NO_CASE if frame.empty or not frame["base"].any() else "No assumption moves the saving."
    else:
        base, top = moved["base"].iloc[0], moved["label"].iloc[0]
        turning = int(((least < 0) if base >= 0 else (most >= 0)).sum())
        into = "a net cost" if base >= 0 else "a saving"
        turns = f"{plural(turning, 'assumption')} alone can turn it into {into}." if turning else (
            f"no assumption alone turns it into {into}.")  # fmt: skip
        message = f"Largest effect: {lowered(top)}, from {gbp(least[0])} to {gbp(most[0])}; {turns}"
    lines = [_ends(row) for row in moved.itertuples()]

    def paint(axes):
        at = [n - 0.2 for n in range(len(moved))]
        bars_across(axes, at, most - least, 0.34, least, color=DARK)
        axes.axvline(float(moved["base"].iloc[0]), color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=4)
        axes.margins(x=0.04)
        bars.rows(axes, list(moved["label"]))
        bars.money_axis(axes)
        words = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": SMALL, "bbox": CLEAR, "zorder": 5}
        for place, (left, right) in enumerate(lines):
            axes.text(0.005, place + 0.16, left, **words)
            axes.text(0.995, place + 0.4, right, ha="right", **words)

    still = list(frame.loc[frame["swing"] == 0, "label"]) if not moved.empty else []
    notes = ["Ends are 95% ranges. The dashed line is the saving as it stands; the words below a bar give "
             "the assumption's "
             "value at each end. Unit costs and durations move by what they share."]  # fmt: skip
    notes += [f"No difference here: {'; '.join(still)}."] * bool(still)
    table = frame[["label", "central", "low_value", "low_saving", "high_value", "high_saving"]]
    return draw(
        message, measure,
        alt="Tornado chart, one bar an assumption, widest first. "
        f"{_listed(moved['label'], [' to '.join(pair) for pair in lines])}.",
        numbers=show(
            table, measure, formats=dict.fromkeys(["low_saving", "high_saving"], "gbp"),
            labels={"label": "Assumption", "central": "As it stands", "low_value": "Low end",
                    "low_saving": "Saving at low end", "high_value": "High end", "high_saving": "Saving at high end"},
        ),
        paint=paint, labels=list(moved["label"]), each=0.56, notes=notes,
    )  # fmt: skip


def _ends(row) -> tuple[str, str]:
    pairs = [(row.low_saving, row.low_value), (row.high_saving, row.high_value)]
    return tuple(f"{value}: {pounds(saving)}" for saving, value in sorted(pairs, key=lambda pair: pair[0]))


def surface(frame: pd.DataFrame, stands: tuple[float, float], context: Context) -> Figure:
    """Draw the saving over the chance told and the share prevented, with the break-even line.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.scenarios.surface`.
    stands : (float, float)
        :attr:`larcnb.sensitivity.Study.averages`: the chance and the share prevented of this set.
    """
    side = np.unique(frame["chance"])
    savings = frame["saving"].to_numpy().reshape(len(side), len(side))
    line = frame["break_even"].to_numpy()[: len(side)]
    measure = context.measure(f"Saving {context.over('long')}, by the chance told and the share prevented")
    if not savings.any():
        message = NO_CASE
    elif np.isnan(line).all():
        message = "No future told that counts has a price, so nothing breaks even."
    elif line[-1] > 1:
        message = "Even if every future told was certain and prevented, what was spent is not covered."
    else:
        half = float(np.interp(0.5, side[1:], line[1:]))
        message = (f"If every future told was certain, help must prevent {percent(float(line[-1]))} of them to pay; if "
                   f"half would have come, {percent(half) if half <= 1 else 'more than all'}.")  # fmt: skip

    def paint(axes):
        edge = np.minimum(np.nan_to_num(line, nan=1), 1)
        axes.fill_between(side, 0, edge, facecolor="#E8E8E8", edgecolor=GREY, hatch="////", linewidth=0)
        if np.ptp(savings) > 0:
            drawn = axes.contour(side, side, savings, levels=_levels(savings), colors=DARK, linewidths=1.0,
                                 linestyles="solid")  # fmt: skip
            axes.clabel(drawn, fmt=lambda amount: pounds(amount), fontsize=SMALL)
        axes.plot(side, line, color=INK, linewidth=2.6)
        if not np.isnan(stands).any():
            here = {"marker": "D", "markersize": 8, "color": "white", "markeredgecolor": INK, "zorder": 6}
            axes.plot(*([value] for value in stands), **here)
        axes.annotate("net cost", (0.5, 0), (0, 5), textcoords="offset points", ha="center", fontsize=SMALL, bbox=CLEAR)
        axes.set_xlim(0, 1)
        axes.set_ylim(min(0, stands[1] if stands[1] == stands[1] else 0), 1)  # noqa: PLR0124
        ticks = [0, 0.25, 0.5, 0.75, 1]
        axes.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks])
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
        axes.set_yticks(ticks, [f"{tick:.0%}" for tick in ticks])
        axes.set_xlabel("Chance that a future told would have come without help")
        axes.set_title("Share of such futures that help prevented", loc="left", fontsize=SMALL)

    picked = side[:: max(1, len(side) // 4)]
    grid = frame[frame["chance"].isin(picked) & frame["prevented"].isin(picked)]
    table = grid.pivot(index="prevented", columns="chance", values="saving").sort_index(ascending=False)
    table.columns = [f"Chance {column:.0%}" for column in table.columns]
    table = table.reset_index()
    return draw(
        message, measure,
        alt=f"Contour map of saving over chance and share prevented, with a break-even line. {message}",
        numbers=show(table, measure, formats={"prevented": "share"} | dict.fromkeys(table.columns[1:], "gbp"),
                     labels={"prevented": "Share prevented"}),
        paint=paint, labels=["100%    "] * 9 * bool(np.ptp(savings)), foot=0.5,
        notes=["Hatched below the thick line: a net cost. Thin lines join equal savings. Diamond: this "
               "set of assumptions, its "
               "chance and share prevented averaged by cost."],
    )  # fmt: skip


def _levels(savings: np.ndarray) -> np.ndarray:
    from matplotlib.ticker import MaxNLocator

    levels = MaxNLocator(6).tick_values(savings.min(), savings.max())
    return levels[levels != 0]
