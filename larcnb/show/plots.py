"""Charts with two axes or many points: lines with a fan, contour, dots, boxes; drawn by seaborn and Matplotlib.

In: a frame or Series. Out: :class:`~larcnb.show.figure.Figure`. Each is drawn twice, for a column and for a phone, and
the page shows the one that fits. What Matplotlib writes is rewritten as plain inline SVG without styles, links or ids:
ink takes the page's own colour, and the same numbers give the same bytes.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Sequence
from html import escape
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from larcnb.show.context import measured
from larcnb.show.figure import Figure, figure, nothing, spread
from larcnb.show.rows import BLUE, GREY, PLUM, TEAL, labels_of, of_what
from larcnb.show.table import table
from larcnb.show.words import listed, lowered, plural, sentence, writer, written

INK = "#010203"
"""Stands for the page's own text colour."""
WIDE, NARROW = 760, 340
LINES = (
    (BLUE, "", "o"),
    (PLUM, (5, 2), "s"),
    (TEAL, (1.5, 1.5), "^"),
    (GREY, (6, 2, 1, 2), "D"),
    (BLUE, (3, 3), "v"),
)
STYLE = {
    **dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK
    ),
    **dict.fromkeys(("axes.facecolor", "figure.facecolor"), "none"),
    **dict.fromkeys(
        ("axes.spines.top", "axes.spines.right", "text.parse_math", "path.snap"), False
    ),
    **{
        "font.family": "DejaVu Sans",
        "font.size": 13,
        "lines.linewidth": 2.2,
        "lines.markersize": 6,
    },
    **{
        "svg.fonttype": "none",
        "svg.hashsalt": "larcnb",
        "xtick.major.pad": 7,
        "axes.unicode_minus": True,
    },
}
KEPT = re.compile(
    r"(fill|stroke)(-opacity)?|stroke-(width|dasharray|linecap|linejoin)|opacity|text-anchor|font-(size|weight)"
)
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"


def lines(
    frame: pd.DataFrame | pd.Series,
    message: str | None = None,
    *,
    unit: str = "",
    what: str | None = None,
    x: str | None = None,
    bands: Sequence[tuple[str, str, str]] = (),
    run: Any = None,
    cases: int | None = None,
    notes: Sequence[str] = (),
) -> Figure:
    """Draw a line a column over the index, and bands around it (a fan).

    Parameters
    ----------
    frame : DataFrame or Series
        The index is the x axis, in order: numbers, or words evenly spaced. At most five columns that are not bands.
    x : str, optional
        The name of the x axis; left out, the index's name.
    bands : sequence of (low column, high column, name)
        Drawn as shades, the widest first: ``[("low95", "high95", "95% interval")]``.

    Other parameters as :func:`larcnb.show.bars`.
    """
    frame = (frame.to_frame() if isinstance(frame, pd.Series) else frame).astype(float)
    inside = {column for band in bands for column in band[:2]}
    drawn = frame[[column for column in frame if column not in inside]]
    names = [sentence(column) for column in drawn]
    if len(names) > len(LINES):
        raise ValueError(
            f"At most {len(LINES)} lines can be told apart; this frame has {len(names)}."
        )
    across = x or sentence(frame.index.name or "")
    what = (
        what
        if what is not None
        else ""
        if names == ["0"]
        else sentence(listed(map(lowered, names)))
    )
    measure = measured(what, unit, run, cases)
    if not drawn.notna().any(axis=None) or len(drawn) < 2:
        return nothing(
            message, measure, "There is nothing to draw: fewer than two points have a value."
        )
    _, write, brief = writer(unit)
    ends = drawn.ffill().iloc[-1]
    numeric = pd.api.types.is_numeric_dtype(frame.index)
    at = frame.index.to_numpy(float) if numeric else np.arange(len(frame), dtype=float)
    place = _share(at) if numeric else written
    first, last = place(frame.index[0]), place(frame.index[-1])
    message = message or (
        f"{names[0]} goes from {write(drawn.iloc[0, 0])} at {lowered(across)} {first} to "
        f"{write(ends.iloc[0])} at {last}"
    ).replace("at  ", "at ")

    def paint(axes, narrow: bool) -> None:
        import seaborn

        for low, high, _ in bands:
            axes.fill_between(at, frame[low], frame[high], facecolor=BLUE, alpha=0.25, linewidth=0)
            for edge in (low, high):
                axes.plot(at, frame[edge], color=BLUE, linewidth=1)
        for column, (colour, dash, mark) in zip(drawn, LINES, strict=False):
            seaborn.lineplot(
                x=at,
                y=drawn[column].to_numpy(),
                ax=axes,
                color=colour,
                marker=mark if len(at) <= 20 else None,
                markeredgecolor=colour,
                legend=False,
                errorbar=None,
                linestyle=(0, dash) if dash else "-",
            )
        axes.axhline(0, color=INK, linewidth=1)
        _ticks(axes.yaxis, brief, 5)
        if numeric:
            _ticks(
                axes.xaxis, place, 4 if narrow else 8, pd.api.types.is_integer_dtype(frame.index)
            )
        else:
            axes.set_xticks(at, [textwrap.fill(written(v), 10) for v in frame.index])
        axes.set_xlabel(across)
        axes.margins(x=0.02)
        _end_labels(axes, at[-1], ends, brief)

    said = [
        (
            name,
            f"{write(drawn[column].iloc[0])} at {first}, {write(ends[column])} at {last}"
            + (
                f", lowest {write(drawn[column].min())}, highest {write(drawn[column].max())}"
                if len(drawn) > 2
                else ""
            ),
        )
        for name, column in zip(names, drawn, strict=True)
    ]
    said += [
        (name, f"{write(frame[low].iloc[-1])} to {write(frame[high].iloc[-1])} at {last}")
        for low, high, name in bands
    ]
    keys = (
        [(name, _swatch(style)) for name, style in zip(names, LINES, strict=False)]
        if len(names) > 1 or bands
        else []
    )
    keys += [
        (
            name,
            f'<rect x="0" y="2" width="30" height="10" fill="{BLUE}" fill-opacity="{0.22 + 0.2 * n:.2f}"/>',
        )
        for n, (_, _, name) in enumerate(bands)
    ]
    formats = dict.fromkeys(frame, writer(unit)[0])
    return figure(
        message,
        measure,
        f"Line chart of {of_what(what, unit)}, by {lowered(across) or 'position'}, {first} to {last}",
        said,
        table(
            frame.rename_axis(frame.index.name or "x"),
            measure,
            formats=formats,
            labels={"x": across},
        ),
        _legend(keys) + _both(paint, 330),
        notes,
    )


def contour(
    frame: pd.DataFrame,
    message: str | None = None,
    *,
    unit: str = "GBP",
    what: str = "Saving",
    x: str | None = None,
    y: str | None = None,
    run: Any = None,
    cases: int | None = None,
    notes: Sequence[str] = (),
) -> Figure:
    """Draw a result over two assumptions as lines of equal value, the break-even line (0) thick.

    Parameters
    ----------
    frame : DataFrame
        The index is the y axis, the columns the x axis, both numbers in order (shares of 0 to 1 are written in per
        cent); the cells are the result.
    x, y : str, optional
        Names of the axes; left out, those of columns and index.

    Other parameters as :func:`larcnb.show.bars`.
    """
    from matplotlib.ticker import MaxNLocator

    across, up, cells = (
        frame.columns.to_numpy(float),
        frame.index.to_numpy(float),
        frame.to_numpy(float),
    )
    x, y = x or sentence(frame.columns.name or "Across"), y or sentence(frame.index.name or "Up")
    measure = measured(f"{what} by {lowered(x)} and {lowered(y)}", unit, run, cases)
    if cells.size < 4 or not np.ptp(cells[np.isfinite(cells)]) > 0:
        return nothing(
            message, measure, "There is nothing to draw: the result is the same everywhere."
        )
    kind, write, brief = writer(unit)
    low, high = np.nanmin(cells), np.nanmax(cells)
    crosses = bool(low < 0 < high)
    even = [
        (a, float(np.interp(0, column, up)))
        for a, column in zip(across, cells.T, strict=True)
        if column.min() < 0 < column.max() and (np.diff(column) > 0).all()
    ]
    px, py = _share(across), _share(up)
    if message is None and even:
        (a, at_a), (b, at_b) = even[0], even[-1]
        message = (
            f"Break-even {lowered(y)}: {py(at_a)} at {px(a)} {lowered(x)}, {py(at_b)} at {px(b)}"
        )
    message = message or f"The result goes from {write(low)} to {write(high)}"
    levels = MaxNLocator(6).tick_values(low, high)
    levels = levels[(levels != 0) & (levels > low) & (levels < high)]

    def paint(axes, narrow: bool) -> None:
        if crosses:
            axes.contour(across, up, cells, levels=[0], colors=INK, linewidths=4)
        if len(levels):
            dashes = ["dashed" if level < 0 else "solid" for level in levels]
            drawn = axes.contour(
                across, up, cells, levels=levels, colors=BLUE, linewidths=1.6, linestyles=dashes
            )
            axes.clabel(drawn, fmt=brief, fontsize=12, colors=INK, inline_spacing=6)
        _ticks(axes.xaxis, px, 4)
        _ticks(axes.yaxis, py, 5)
        axes.set_xlabel(x)
        axes.set_title(y, loc="left", fontsize=13, pad=10)

    corners = [
        (f"{lowered(x)} {px(across[a])}, {lowered(y)} {py(up[b])}", write(cells[b, a]))
        for b in (0, -1)
        for a in (0, -1)
    ]
    said = corners + [
        (f"break-even at {px(a)} {lowered(x)}", py(b)) for a, b in even[:: max(1, len(even) // 4)]
    ]
    steps = [axis[:: max(1, -(-len(axis) // 6))] for axis in (frame.index, frame.columns)]
    part = (
        frame.loc[steps[0], steps[1]]
        .rename(index=py, columns=lambda v: f"{px(v)} {lowered(x)}")
        .rename_axis(y)
    )
    keys = [
        (
            "Break-even",
            '<line x1="0" x2="30" y1="7" y2="7" stroke="currentColor" stroke-width="4"/>',
        )
    ] * crosses
    keys += [("Saving" if what == "Saving" else "Above 0", _swatch((BLUE, "", "")))] * bool(
        (levels > 0).any()
    )
    keys += [("Net cost" if what == "Saving" else "Below 0", _swatch((BLUE, (5, 3), "")))] * bool(
        (levels < 0).any()
    )
    return figure(
        message,
        measure,
        f"Contour chart of {of_what(what, unit)}, over {lowered(x)} ({px(across[0])} to {px(across[-1])}) and "
        f"{lowered(y)} ({py(up[0])} to {py(up[-1])})",
        said,
        table(part, measure, formats=dict.fromkeys(part, kind)),
        _legend(keys) + _both(paint, 380),
        notes,
    )


def dots(
    data: pd.Series,
    message: str | None = None,
    *,
    unit: str = "",
    what: str | None = None,
    mark: pd.Series | Sequence[bool] | None = None,
    marked: str = "This authority",
    run: Any = None,
    cases: int | None = None,
    notes: Sequence[str] = (),
) -> Figure:
    """Draw every value as a dot, one row a group.

    Parameters
    ----------
    data : Series
        The index names each value's group: the same label on many values puts them in one row.
    mark : sequence of bool, optional
        Which dots stand out, as diamonds with their figure; ``marked`` says what they are.

    Other parameters as :func:`larcnb.show.bars`.
    """
    known = data.astype(float).notna().to_numpy()
    flags = np.asarray(mark if mark is not None else np.zeros(len(data), bool), bool)[known]

    def draw(seaborn, axes, values, groups, narrow, brief) -> None:
        plain = {"ax": axes, "order": order, "orient": "h", "legend": False, "warn_thresh": 1}
        if not flags.all():
            seaborn.swarmplot(
                x=values[~flags], y=groups[~flags], color=BLUE, size=7 if narrow else 8, **plain
            )
        for value, group in zip(values[flags], groups[flags], strict=True):
            axes.plot(
                [value],
                [order.index(group)],
                marker="D",
                markersize=10,
                color=INK,
                linestyle="none",
            )
            axes.annotate(
                brief(value),
                (value, order.index(group)),
                (0, 12),
                textcoords="offset points",
                ha="center",
            )

    order = list(labels_of(data[known].index.unique(), run))
    keys = [
        (marked, '<path d="M15 1 L21 7 L15 13 L9 7 Z" fill="currentColor"/>'),
        ("Others", f'<circle cx="15" cy="7" r="5" fill="{BLUE}"/>'),
    ] * bool(flags.any())
    return _grouped(data, message, unit, what, run, cases, notes, "Dot chart", draw, keys)


def box(
    data: pd.Series,
    message: str | None = None,
    *,
    unit: str = "",
    what: str | None = None,
    run: Any = None,
    cases: int | None = None,
    notes: Sequence[str] = (),
) -> Figure:
    """Draw the spread of each group: box for the middle half, line for the median, whiskers and single dots beyond.

    Parameters
    ----------
    data : Series
        The index names each value's group, as for :func:`dots`.

    Other parameters as :func:`larcnb.show.bars`.
    """

    def draw(seaborn, axes, values, groups, narrow, brief) -> None:
        line, median = {"color": INK, "linewidth": 1.5}, {"color": INK, "linewidth": 4}
        beyond = {
            "marker": "o",
            "markerfacecolor": "none",
            "markeredgecolor": BLUE,
            "markersize": 6,
        }
        axes.boxplot(
            [values[groups == name] for name in order],
            positions=range(len(order)),
            orientation="horizontal",
            widths=0.45,
            boxprops={"color": BLUE, "linewidth": 2.5},
            whiskerprops=line,
            capprops=line,
            medianprops=median,
            flierprops=beyond,
        )

    order = list(labels_of(data[data.astype(float).notna()].index.unique(), run))
    key = [
        "Box: the middle half of the values. Thick line: the median. Whiskers: the furthest value within one and a "
        "half boxes; circles lie beyond."
    ]
    return _grouped(data, message, unit, what, run, cases, [*notes, *key], "Box chart", draw, [])


def _grouped(data, message, unit, what, run, cases, notes, chart, draw, keys) -> Figure:
    """A chart with a row a group of values: what dots and boxes share."""
    what = sentence(data.name or "") if what is None else what
    measure = measured(what, unit, run, cases)
    data = data.astype(float).dropna()
    if data.empty:
        return nothing(message, measure, "There is nothing to draw: no group has a value.")
    kind, write, brief = writer(unit)
    names = dict(zip(data.index.unique(), labels_of(data.index.unique(), run), strict=True))
    groups, values = np.array([names[label] for label in data.index]), data.to_numpy()
    by = pd.Series(values, index=groups).groupby(level=0, sort=False)
    stats = by.agg(
        ["count", "min", lambda v: v.quantile(0.25), "median", lambda v: v.quantile(0.75), "max"]
    )
    stats.columns = ["number", "least", "lower quartile", "median", "upper quartile", "greatest"]
    medians = stats["median"]
    if message is None and len(stats) > 1:
        top, least = medians.idxmax(), medians.idxmin()
        message = f"{top} has the highest median, {write(medians[top])}; {least} the lowest, {write(medians[least])}"
    message = (
        message
        or f"Half lie below {write(medians.iloc[0])}, from {write(values.min())} to {write(values.max())}"
    )

    def paint(axes, narrow: bool) -> None:
        import seaborn

        low, high = min(0, values.min()), max(0, values.max())
        if low < 0:
            axes.axvline(0, color=INK, linewidth=1)
        axes.set_ylim(len(stats) - 0.5, -0.5)
        axes.set_xlim(low - 0.05 * (high - low or 1), high + 0.05 * (high - low or 1))
        draw(seaborn, axes, values, groups, narrow, brief)
        axes.set_ylim(len(stats) - 0.5, -0.7 if narrow else -0.5)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.set(xlabel="", ylabel="")
        axes.set_yticks(
            range(len(stats)), [] if narrow else [textwrap.fill(name, 22) for name in stats.index]
        )
        for n, name in enumerate(stats.index if narrow else ()):
            above = textwrap.shorten(name, 44, placeholder="...")
            axes.text(0, n - 0.4, above, transform=axes.get_yaxis_transform(), va="center")
        _ticks(axes.xaxis, brief, 4 if narrow else 6)

    values_of = "{}, {} to {}, median {}".format
    said = [
        (
            row.Index,
            values_of(
                plural(row.number, "value"), *map(write, (row.least, row.greatest, row.median))
            ),
        )
        for row in stats.itertuples()
    ]
    formats = dict.fromkeys(stats.columns[1:], kind) | {"number": "count"}
    return figure(
        message,
        measure,
        f"{chart} of {of_what(what, unit)}: {plural(len(data), 'value')} in {plural(len(stats), 'group')}",
        said,
        table(stats.rename_axis("group"), measure, formats=formats),
        _legend(keys) + _both(paint, 60 + 68 * len(stats)),
        notes,
        spread(medians, write),
    )


def _share(axis: np.ndarray) -> Callable[[float], str]:
    """How an axis's values are written: fractions from 0 to 1 in per cent."""
    share = axis.min() >= 0 and axis.max() <= 1 and not np.array_equal(axis, axis.round())
    return lambda value: written(value, "percent") if share else f"{value:g}"


def _ticks(axis, write: Callable, most: int, integer: bool = False) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(most, integer=integer, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(round(value, 9))))


def _end_labels(axes, x: float, ends: pd.Series, brief: Callable) -> None:
    """Each line's last figure beside its end, moved apart where they would touch."""
    low, high = axes.get_ylim()
    gap, last = 0.075 * (high - low), -np.inf
    for value in sorted(set(ends.dropna())):
        last = max(value, last + gap)
        axes.annotate(
            brief(value),
            (x, last),
            (8, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
        )


def _swatch(style: tuple) -> str:
    colour, dash, mark = style
    dashed = f' stroke-dasharray="{" ".join(f"{2 * d:g}" for d in dash)}"' if dash else ""
    shapes = {
        "o": "M15 3 A4 4 0 1 0 15 11 A4 4 0 1 0 15 3",
        "s": "M11 3 H19 V11 H11 Z",
        "^": "M15 2 L20 11 H10 Z",
        "D": "M15 2 L20 7 L15 12 L10 7 Z",
        "v": "M15 12 L20 3 H10 Z",
    }
    shape = f'<path d="{shapes[mark]}" fill="{colour}"/>' if mark else ""
    return f'<line x1="0" x2="30" y1="7" y2="7" stroke="{colour}" stroke-width="2"{dashed}/>{shape}'


def _legend(keys: Sequence[tuple[str, str]]) -> str:
    parts = "".join(
        f'<span><svg width="30" height="14" aria-hidden="true">{svg}</svg> {escape(name)}</span>'
        for name, svg in keys
    )
    return f'<p class="key">{parts}</p>' if parts else ""


def _both(paint: Callable, height: int) -> str:
    """The drawing for a column and the one for a phone; the style sheet shows one."""
    return (
        f'<div class="wide">{_draw(paint, WIDE, height, False)}</div>'
        f'<div class="narrow">{_draw(paint, NARROW, height, True)}</div>'
    )


def _draw(paint: Callable, width: int, height: int, narrow: bool) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Drawing

    with matplotlib.rc_context(STYLE):
        drawing = Drawing(figsize=(width / 72, height / 72), dpi=72, layout="constrained")
        paint(drawing.add_subplot(), narrow)
        out = io.StringIO()
        FigureCanvasSVG(drawing).print_svg(
            out, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    svg = out.getvalue()
    return plain_svg(svg[svg.index("<svg") :])


def plain_svg(svg: str) -> str:
    """Rewrite Matplotlib's SVG without styles, ids, links and clips, its ink in the page's own colour."""
    root = ElementTree.fromstring(svg)
    shapes = {f"#{path.get('id')}": path for path in root.iter(f"{SVG}path") if path.get("id")}
    inner = "".join(_part(part, shapes) for part in root)
    return f'<svg viewBox="{root.get("viewBox")}" width="100%" aria-hidden="true">{inner}</svg>'


def _part(part: ElementTree.Element, shapes: dict) -> str:
    tag = part.tag.removeprefix(SVG)
    if tag not in ("g", "path", "use", "text", "tspan"):
        return ""  # what is left out: definitions, clips, metadata, the style sheet
    style = _style_of(part)
    if tag == "use":
        shape = shapes[part.get(LINK)]
        style = _style_of(shape) | style
        attributes = {
            "d": _rounded(shape.get("d")),
            "transform": f"translate({_rounded(part.get('x'))} {_rounded(part.get('y'))})",
        }
        tag = "path"
    else:
        attributes = {
            name: _rounded(part.get(name))
            for name in ("d", "x", "y", "transform")
            if part.get(name)
        }
    font = re.match(r"([\d.]+)px", style.pop("font", ""))
    style |= {"font-size": font[1]} if font else {}
    attributes |= {
        name: value.removesuffix("px") for name, value in style.items() if KEPT.fullmatch(name)
    }
    if tag == "text" or (tag == "path" and "stroke" not in attributes):
        attributes.setdefault("fill", "currentColor")
    ink = {name: escape(value.replace(INK, "currentColor")) for name, value in attributes.items()}
    written = "".join(f' {name}="{value}"' for name, value in ink.items())
    inside = escape(part.text or "").strip() + "".join(_part(child, shapes) for child in part)
    if tag == "g" and not inside:
        return ""
    return inside if tag == "g" and not written else f"<{tag}{written}>{inside}</{tag}>"


def _style_of(part: ElementTree.Element) -> dict[str, str]:
    return dict(
        item.strip().split(": ", 1) for item in part.get("style", "").split(";") if ": " in item
    )


def _rounded(text: str) -> str:
    """Coordinates to a tenth of a pixel: light, and the same on every machine."""

    def near(found: re.Match) -> str:
        return f"{round(float(found[0]), 1) + 0:g}"  # + 0: no minus before 0

    return re.sub(r"-?\d+\.\d+", near, text.replace("\n", " ")).strip()
