"""Figures of the sensitivity to assumptions: one at a time, and two at a time.

In: frames of :class:`larcnb.sensitivity.Study`. Out: :class:`~larcnb.figures.figure.Figure`. Lines differ by dash
and mark as well as by colour; the side that costs more than it saves is hatched.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from larcnb.figures import bars
from larcnb.figures.figure import DARK, GREY, INK, MID, MUTED, PLUM, Figure, bars_across, draw, inches, pounds
from larcnb.figures.inputs import _listed
from larcnb.tables import Context, gbp, plural, show

NO_CASE = "No costed case has a line with a price."
"""Said where there is no costed case, and where there are some and nothing in them has a price."""
SMALL = 8.2

CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}

LINES = (
    {"color": DARK, "linestyle": "-", "marker": "o"},
    {"color": PLUM, "linestyle": (0, (5, 2)), "marker": "s"},
    {"color": MID, "linestyle": (0, (1, 1.2)), "marker": "^"},
    {"color": GREY, "linestyle": (0, (6, 2, 1, 2)), "marker": "D"},
    {"color": INK, "linestyle": (0, (3, 1, 1, 1, 1, 1)), "marker": "v"},
)


def tornado(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw which assumption moves the saving most: each bar from one end of its range to the other.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.oneway.tornado`.
    """
    moved = frame[frame["swing"] > 0]
    measure = context.measure(f"Saving {context.over('long')} with one assumption at a time at each end of its range")
    if moved.empty:
        message = NO_CASE if frame.empty or not frame["base"].any() else "No assumption moves the saving."
    else:
        top = moved.iloc[0]
        loses = moved[moved["least"] < 0]
        message = f"{top['label']} moves the saving most, from {gbp(top['least'])} to {gbp(top['most'])}; " + (
            f"{plural(len(loses), 'assumption')} by itself can turn it into a loss."
            if len(loses)
            else "no assumption by itself turns it into a loss."
        )
        message = message.replace("by itself can", "by themselves can") if len(loses) > 1 else message
    lines = [_ends(row) for row in moved.itertuples()]

    def paint(axes):
        middle = _central(moved)
        at = [n - 0.2 for n in range(len(moved))]
        bars_across(axes, at, moved["most"] - moved["least"], 0.34, moved["least"], color=DARK)
        axes.axvline(middle, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=4)
        axes.margins(x=0.04)
        bars.rows(axes, list(moved["label"]))
        bars.money_axis(axes)
        words = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": SMALL, "bbox": CLEAR, "zorder": 5}
        for place, (row, (left, right)) in enumerate(zip(moved.itertuples(), lines, strict=True)):
            starts, ends = (_across(axes, x) for x in (row.least, row.most))
            axes.text(_within(axes, left, starts), place + 0.16, left, **words)
            axes.text(_within(axes, right, ends, from_end=True), place + 0.4, right, **words)

    still = [label.split(":")[0] for label in frame.loc[frame["swing"] == 0, "label"]]
    notes = [
        "The dashed line is the saving as it stands; the words below a bar give the assumption's value at each end."
    ]
    notes += [f"No difference under this set of assumptions: {'; '.join(still)}."] * bool(still)
    notes += [
        f"Beyond the preset's range because the authority's own value is: {'; '.join(wide)}."
        for wide in [list(moved.loc[moved["widened"], "label"])]
        if wide
    ]
    table = frame[["label", "central", "low_value", "low_saving", "high_value", "high_saving", "least", "most"]]
    return draw(
        message,
        measure,
        alt="Tornado chart, one bar an assumption, widest first. "
        f"{_listed(moved['label'], [' to '.join(ends) for ends in lines])}.",
        numbers=show(
            table,
            measure,
            formats=dict.fromkeys(["low_saving", "high_saving", "least", "most"], "gbp"),
            labels={
                "label": "Assumption",
                "central": "As it stands",
                "low_value": "Low end",
                "low_saving": "Saving there",
                "high_value": "High end",
                "high_saving": "Saving at high end",
                "least": "Least on the way",
                "most": "Most on the way",
            },
        ),
        paint=paint,
        labels=list(moved["label"]),
        each=0.56,
        notes=notes,
    )


def sweeps(frame: pd.DataFrame, labels: Mapping[str, str], context: Context, most: int = 4) -> Figure:
    """Draw how the saving bends along the range of the assumptions that bend most.

    Parameters
    ----------
    frame : DataFrame
        :attr:`larcnb.sensitivity.Study.sweeps`.
    labels : dict of assumption to words
    most : int
        How many lines.
    """
    frame = frame[frame["position"].notna()]
    bent = {name: _bend(points) for name, points in frame.groupby("assumption", sort=False) if len(points) > 2}
    picked = sorted((name for name in bent if bent[name] > 0), key=lambda name: -bent[name])[:most]
    measure = context.measure(f"Saving {context.over('long')} along the range of each assumption, from low to high end")
    chosen = frame[frame["assumption"].isin(picked)]
    names = [labels[name].split(":")[0] for name in picked]
    message = (
        NO_CASE
        if not frame["saving"].any()
        else "No assumption bends: half the change gives half the effect."
        if not picked
        else f"{names[0]} bends most: its two ends do not tell what lies between."
    )

    def paint(axes):
        for name, label, style in zip(picked, names, LINES, strict=False):
            points = chosen[chosen["assumption"] == name]
            spread = max(points["position"].max(), 1e-9)
            axes.plot(points["position"] / spread, points["saving"], label=label, linewidth=1.8, markersize=4, **style)
        axes.axhline(0, color=INK, linewidth=1)
        bars.upright_money(axes, "From the low end of its range to the high end", 1)
        axes.set_xlim(-0.02, 1.02)
        axes.set_xticks([0, 0.5, 1], ["low", "middle", "high "])
        axes.get_xticklabels()[-1].set_horizontalalignment("right")

    said = []
    for name in picked:
        points = chosen[chosen["assumption"] == name]
        said.append(
            ", ".join(f"{row.value} {gbp(row.saving)}" for row in points.iloc[[0, len(points) // 2, -1]].itertuples())
        )
    table = chosen.assign(assumption=chosen["assumption"].map(labels))[["assumption", "value", "saving"]]
    return draw(
        message,
        measure,
        alt=f"Line chart of saving along four ranges. {_listed(names, said)}.".replace(
            "four ranges", plural(len(picked), "range")
        ),
        numbers=show(table, measure, formats={"saving": "gbp"}, row_headers=2),
        paint=paint,
        labels=[pounds(-888_000)] * 8 * bool(picked),
        legend=names,
        foot=0.5,
    )


def surface(frame: pd.DataFrame, context: Context) -> Figure:
    """Draw the saving over deadweight and the share of the futures that was real, with the break-even line.

    Parameters
    ----------
    frame : DataFrame
        :func:`larcnb.sensitivity.sets.surface`.
    """
    across, up = np.unique(frame["deadweight"]), np.unique(frame["real"])
    savings = frame["saving"].to_numpy().reshape(len(up), len(across))
    line = frame["break_even"].to_numpy()[: len(across)]
    measure = context.measure(
        f"Saving {context.over('long')}, by deadweight and share of the futures counted that was real"
    )
    if not savings.any():
        message = NO_CASE
    elif np.isnan(line).all():
        message = "No future avoided has a price, so nothing breaks even."
    elif line[0] > 1:
        message = "Even if every future counted was real, what was spent is not covered."
    else:
        message = (
            f"With {across[0]:.0%} deadweight {line[0]:.0%} of the futures' cost must have been real to pay; "
            f"with {across[-1]:.0%}, {line[-1]:.0%}."
        )

    def paint(axes):
        axes.fill_between(
            across,
            0,
            np.minimum(np.nan_to_num(line, nan=1), 1),
            facecolor="#E8E8E8",
            edgecolor=GREY,
            hatch="////",
            linewidth=0,
        )
        if np.ptp(savings) > 0:
            levels = _levels(savings)
            axes.contour(across, up, savings, levels=levels, colors=DARK, linewidths=1.0, linestyles="solid")
            _name_levels(axes, across, up, savings, levels, line)
        axes.plot(across, line, color=INK, linewidth=2.6)
        at = len(across) // 3
        if 0.04 < line[at] < 0.92:
            axes.annotate(
                "break-even", (across[at], line[at]), (0, 6), textcoords="offset points", ha="center", fontsize=9,
                bbox=CLEAR,
            )  # fmt: skip
        if not line[at] < 0.16:
            axes.annotate(
                "costs more than it saves", (across[at], 0), (0, 6), textcoords="offset points", ha="center",
                fontsize=SMALL, bbox=CLEAR,
            )  # fmt: skip
        axes.set_xlim(across[0], across[-1])
        axes.set_ylim(0, 1)
        axes.set_xticks(across[:: max(1, len(across) // 4)], [f"{x:.0%}" for x in across[:: max(1, len(across) // 4)]])
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
        axes.set_xlabel("Deadweight")
        axes.set_title("Share of the futures real", loc="left", fontsize=9, color=MUTED)

    grid = frame[
        frame["deadweight"].isin(across[:: max(1, len(across) // 4)]) & frame["real"].isin(up[:: max(1, len(up) // 4)])
    ]
    table = grid.pivot(index="real", columns="deadweight", values="saving").sort_index(ascending=False)
    table.columns = [f"{column:.0%} deadweight" for column in table.columns]
    table = table.reset_index().rename(columns={"real": "share_real"})
    return draw(
        message,
        measure,
        alt=f"Contour map of saving over deadweight and share real, with a break-even line. {message}",
        numbers=show(table, measure, formats={"share_real": "share"} | dict.fromkeys(table.columns[1:], "gbp")),
        paint=paint,
        labels=["100%    "] * 9 * bool(np.ptp(savings)),
        foot=0.5,
        notes=["Hatched below the thick line: costs more than it saves. Thin lines join equal savings."],
    )


def _across(axes, x: float) -> float:
    """Where a value lies on the axes, 0 at their left end to 1."""
    low, high = axes.get_xlim()
    return (x - low) / (high - low)


def _within(axes, text: str, at: float, from_end: bool = False) -> float:
    """Where a text begins that starts at a place, or ends there, moved as far as the axes' ends ask."""
    room = axes.get_position().width * axes.figure.get_figwidth()
    width = inches(text, SMALL) / room
    return min(max(at - width if from_end else at, 0.005), max(0.995 - width, 0.005))


def _ends(row) -> tuple[str, str]:
    ends = sorted(
        [
            (row.low_saving, f"{row.low_value}: {pounds(row.low_saving)}"),
            (row.high_saving, f"{row.high_value}: {pounds(row.high_saving)}"),
        ],
        key=lambda end: end[0],
    )
    return ends[0][1], ends[1][1]


def _central(frame: pd.DataFrame) -> float:
    """The saving as it stands: every bar has it at one end or between."""
    return float(frame["base"].iloc[0])


def _bend(points: pd.DataFrame) -> float:
    """How far the saving departs from a straight line between the ends."""
    at = points["position"].to_numpy(float)
    saving = points["saving"].to_numpy(float)
    straight = np.interp(at, at[[0, -1]], saving[[0, -1]])
    return round(float(np.abs(saving - straight).max()), 2) if at[-1] > at[0] else 0.0


def _name_levels(axes, across, up, savings, levels, line) -> None:
    """Write each level on its line, as far right as it is free: clear of the other names and of the break-even line."""
    n = len(across)
    taken = [(n // 3, line[n // 3] + 0.06)]
    for level in levels:
        for at in (n * 5 // 6, n * 2 // 3, n // 2, n // 3, n // 6):
            height = float(np.interp(level, savings[:, at], up, left=np.nan, right=np.nan))
            clear = all(abs(at - x) > n / 8 or not abs(height - y) < 0.08 for x, y in taken)
            if 0.05 < height < 0.95 and clear and not abs(height - line[at]) < 0.07:
                taken.append((at, height))
                words = {"ha": "center", "va": "center", "fontsize": SMALL, "bbox": CLEAR, "zorder": 5}
                axes.text(across[at], height, pounds(level), **words)
                break


def _levels(savings: np.ndarray) -> np.ndarray:
    from matplotlib.ticker import MaxNLocator

    levels = MaxNLocator(6).tick_values(savings.min(), savings.max())
    return levels[levels != 0]
