"""The kinds of bars the figures share: plain, two parts on end, two side by side; each labelled at its end.

In: Matplotlib axes, labels and values. Out: drawn axes. Never colour alone: the second part is hatched, and
every bar says its figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from larcnb.figures.figure import DARK, INK, MID, MUTED, at_ends, bars_across, pounds, wrap, write
from larcnb.tables.words import lowered

NAMED = 36
"""How many bars can carry a name."""
PARTS = ({"color": DARK}, {"facecolor": "white", "edgecolor": DARK, "hatch": "////", "linewidth": 1.0})
PAIR = ({"facecolor": DARK}, {"facecolor": MID})


def case_names(cases: pd.DataFrame) -> list[str]:
    """Name each case by its pseudonym, and by its authority too where two share one."""
    twice = cases["case_id"].duplicated(keep=False)
    where = cases["authority"] if "authority" in cases else cases["case_id"]
    return [f"{case}, {at}" if both else case for case, at, both in zip(cases["case_id"], where, twice, strict=True)]


def leading(labels: Sequence[str], values: Sequence[float]) -> tuple[str, bool]:
    """Name the label with the greatest value, or all that share it (at most three); True where several do."""
    best = [label for label, value in zip(labels, values, strict=True) if value == max(values)]
    if len(best) > 3:
        best = [*best[:2], f"{len(best) - 2} others"]
    best = [best[0], *map(lowered, best[1:])] if best else [""]
    return " and ".join([", ".join(best[:-1]), best[-1]] if len(best) > 1 else best), len(best) > 1


def names(labels: Sequence[str]) -> list[str]:
    """The labels, or where there are too many to read, blanks that keep the height."""
    return list(labels) if len(labels) <= NAMED else [""] * NAMED


def one(axes, labels: Sequence[str], values: Sequence[float], text: Callable = pounds,
        texts: Sequence[str] | None = None) -> None:  # fmt: skip
    """Draw one bar a label, the first at the top; ``texts`` stand at the ends in place of the values."""
    bars_across(axes, range(len(values)), values, 0.62, **PARTS[0])
    _ends(axes, range(len(values)), values, texts or [text(value) for value in values])
    rows(axes, labels)


def stacked(axes, labels: Sequence[str], parts: Sequence[Sequence[float]], names: Sequence[str],
            ends: Sequence[str]) -> None:  # fmt: skip
    """Draw bars of two parts on end, neither below nil: the first solid, the second hatched."""
    first, second = parts
    bars_across(axes, range(len(first)), first, 0.62, label=names[0], **PARTS[0])
    bars_across(axes, range(len(first)), second, 0.62, first, label=names[1], **PARTS[1])
    _ends(axes, range(len(first)), [a + b for a, b in zip(first, second, strict=True)], ends)
    rows(axes, labels)


def pairs(axes, labels: Sequence[str], parts: Sequence[Sequence[float]], names: Sequence[str],
          text: Callable = pounds) -> None:  # fmt: skip
    """Draw two bars a label, one below the other: the first solid, the second lighter and dotted."""
    for values, name, style, shift in zip(parts, names, PAIR, (-0.2, 0.2), strict=True):
        at = [place + shift for place in range(len(values))]
        if len(values) > NAMED:
            axes.stairs(list(values), [n - 0.5 for n in range(len(values) + 1)], orientation="horizontal", fill=True,
                        label=name, alpha=1 if shift < 0 else 0.6, zorder=2 - shift, **style)  # fmt: skip
            continue
        bars_across(axes, at, values, 0.36, label=name, edgecolor=INK, linewidth=0.6, **style)
        _ends(axes, at, values, [text(value) for value in values], size=8.5)
    rows(axes, labels)


def money_axis(axes) -> None:
    """Write the x axis in pounds, with few ticks, and nil as a line of its own."""
    _ticks(axes, 5, pounds, steps=[1, 2, 2.5, 5, 10])


def count_axis(axes) -> None:
    """Write the x axis in whole numbers."""
    _ticks(axes, 5, "{:.0f}".format, integer=True)


def share_axis(axes) -> None:
    """Write the x axis in per cent."""
    _ticks(axes, 5, "{:.0%}".format)


def _ticks(axes, number: int, text: Callable, **locator) -> None:
    """Put ticks where their words have room: none at the very end of the axis."""
    from matplotlib import rcParams
    from matplotlib.collections import LineCollection
    from matplotlib.ticker import MaxNLocator
    from matplotlib.transforms import offset_copy

    low, high = axes.get_xlim()
    room = (high - low) * 0.07
    at = [tick for tick in MaxNLocator(number, **locator).tick_values(low, high) if low <= tick <= high - room]
    # The axis's own ticks would say the same, and take longer to draw.
    axes.xaxis.set_visible(False)
    upright = axes.get_xaxis_transform()
    grid = LineCollection([[(tick, 0), (tick, 1)] for tick in at], colors=rcParams["grid.color"],
                          linewidths=rcParams["grid.linewidth"], transform=upright, zorder=0.5)  # fmt: skip
    axes.add_collection(grid, autolim=False)
    below = offset_copy(upright, axes.figure, y=-3.5, units="points")
    write(axes, ((tick, 0, text(tick)) for tick in at), ha="center", va="top", transform=below)
    axes.set_xlim(low, high)
    axes.axvline(0, color=INK, linewidth=1.0, zorder=3)


def upright_money(axes, label: str, last: int) -> None:
    """Write the y axis in pounds and the x axis in years 0 to ``last``."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(pounds))
    axes.grid(visible=True, axis="y")
    axes.grid(visible=False, axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(min(last, 8), integer=True))
    axes.set_xlabel(label)
    axes.set_xlim(0, last + 0.2)


def _ends(axes, at: Sequence[float], values: Sequence[float], texts: Sequence[str], size: float = 9) -> None:
    if len(texts) <= NAMED:
        at_ends(axes, at, values, texts, size)


def beside(axes, labels: Sequence[str]) -> None:
    """Write a label left of each row, in place of the axis's ticks."""
    axes.yaxis.set_visible(False)
    gap = 3.5 / 72 / (axes.get_position().width * axes.figure.get_figwidth())
    lines = ((-gap, place, line, k - label.count("\n") / 2) for place, label in enumerate(labels)
             for k, line in enumerate(label.split("\n")))  # fmt: skip
    write(axes, lines, ha="right", va="center_baseline", transform=axes.get_yaxis_transform())


def rows(axes, labels: Sequence[str]) -> None:
    """Name the bars, the first at the top, and leave room for the figures at their ends."""
    if len(labels) <= NAMED:
        beside(axes, [wrap(label) for label in labels])
    else:
        axes.set_yticks([])
        axes.set_title(f"{len(labels)} cases, one bar each, in order", loc="left", color=MUTED, fontsize=9)
    axes.set_ylim(len(labels) - 0.45, -0.55)
    low, high = axes.get_xlim()
    room = (high - low) * 0.2
    axes.set_xlim(low - room if low < 0 else low, high + room if high > 0 else high)
