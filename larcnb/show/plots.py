"""Charts with two axes: lines with a fan, and contour; drawn by seaborn and Matplotlib.

In: a frame or Series. Out: :class:`~larcnb.show.charts.Figure`. Each is drawn twice, for a column and for a phone, and
the page shows the one that fits. What Matplotlib writes is rewritten as plain inline SVG without styles, links or ids:
ink takes the page's own colour, and the same numbers give the same bytes.
"""

import io
import re
import textwrap
from collections.abc import Callable, Sequence
from html import escape
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from larcnb.show.charts import BLUE, GREY, PLUM, TEAL, Figure, chart_spec
from larcnb.show.html import HTML
from larcnb.show.words import lowered, sentence, written

INK = "#010203"
"""Stands for the page's own text colour."""
WIDE, NARROW = 760, 340
LINES = (
    (BLUE, "", "o", "M15 3 A4 4 0 1 0 15 11 A4 4 0 1 0 15 3"),
    (PLUM, (5, 2), "s", "M11 3 H19 V11 H11 Z"),
    (TEAL, (1.5, 1.5), "^", "M15 2 L20 11 H10 Z"),
    (GREY, (6, 2, 1, 2), "D", "M15 2 L20 7 L15 12 L10 7 Z"),
    (BLUE, (3, 3), "v", "M15 12 L20 3 H10 Z"),
)
"""How lines differ: colour, dashes, marker, and the marker's shape in a key."""
STYLE = Path(__file__).with_name("charts.mplstyle")
KEPT = {"fill", "stroke", "fill-opacity", "stroke-opacity", "stroke-width", "stroke-dasharray"}
KEPT |= {"stroke-linecap", "stroke-linejoin", "opacity", "text-anchor", "font-size", "font-weight"}
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"


def lines(
    frame: pd.DataFrame | pd.Series, message: str | None = None, *, x="", bands=(), **words: Any
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

    Raises
    ------
    ValueError
        More than five columns that are not bands.
    """
    frame = (frame.to_frame() if isinstance(frame, pd.Series) else frame).astype(float)
    drawn = frame.drop(columns=[column for band in bands for column in band[:2]])
    names = [sentence(column) for column in drawn]
    if len(names) > len(LINES):
        raise ValueError(f"At most 5 lines can be told apart; this frame has {len(names)}.")
    spec, across = chart_spec(message, words, *names), x or sentence(frame.index.name or "")
    if not drawn.notna().any(axis=None) or len(drawn) < 2:
        return spec.nothing("fewer than two points have a value")
    ends = drawn.ffill().iloc[-1]
    numeric = pd.api.types.is_numeric_dtype(frame.index)
    at = frame.index.to_numpy(float) if numeric else np.arange(len(frame), dtype=float)
    place = _share(at) if numeric else written
    first, last, is_marked = place(frame.index[0]), place(frame.index[-1]), len(frame) <= 20
    start = f"{names[0]} goes from {spec.write(drawn.iloc[0, 0])} at {lowered(across)} {first}"

    def paint(axes, narrow: bool) -> None:
        import seaborn

        for low, high, _ in bands:
            axes.fill_between(at, frame[low], frame[high], facecolor=BLUE, alpha=0.25, linewidth=0)
            axes.plot(at, frame[[low, high]], color=BLUE, linewidth=1)
        for column, (colour, dash, mark, _) in zip(drawn, LINES, strict=False):
            look = {"color": colour, "markeredgecolor": colour}
            look["linestyle"] = (0, dash) if dash else "-"
            look["marker"] = mark if is_marked else ""
            seaborn.lineplot(x=at, y=drawn[column].to_numpy(), ax=axes, errorbar=None, **look)
        axes.axhline(0, color=INK, linewidth=1)
        axes.set_xlabel(across)
        _ticks(axes.yaxis, spec.brief, 5)
        if numeric:
            whole = pd.api.types.is_integer_dtype(frame.index)
            _ticks(axes.xaxis, place, 4 if narrow else 8, whole)
        else:
            axes.set_xticks(at, [textwrap.fill(written(v), 10) for v in frame.index])
        axes.margins(x=0.02)
        _end_labels(axes, at[-1], ends, spec.brief)

    said = []
    for name, column in zip(names, drawn, strict=True):
        values, end = drawn[column], spec.write(ends[column])
        text = f"{spec.write(values.iloc[0])} at {first}, {end} at {last}"
        if len(drawn) > 2:
            text += f", lowest {spec.write(values.min())}, highest {spec.write(values.max())}"
        said.append((name, text))
    for low, high, name in bands:
        least, most = (spec.write(frame[end].iloc[-1]) for end in (low, high))
        said.append((name, f"{least} to {most} at {last}"))
    keys = [
        (name, HTML.swatch(colour, _dashes(dash), mark if is_marked else ""))
        for name, (colour, dash, _, mark) in zip(names, LINES, strict=False)
    ]
    shades = ("0.22", "0.42", "0.62")  # as bands lie over each other
    keys += [(band[2], HTML.shade(BLUE, of)) for band, of in zip(bands, shades, strict=False)]
    kind = "Line chart", f", by {lowered(across) or 'position'}, {first} to {last}"
    goes = f"{start} to {spec.write(ends.iloc[0])} at {last}".replace("at  ", "at ")
    picture, numbers = _picture(paint, 330, keys), frame.rename_axis(frame.index.name or "x")
    return spec.figure(kind, goes, said, picture, numbers, labels={"x": across})


def contour(frame: pd.DataFrame, message: str | None = None, **words: Any) -> Figure:
    """Draw a result over two assumptions as lines of equal value, the break-even line (0) thick.

    Parameters
    ----------
    frame : DataFrame
        The index is the y axis, the columns the x axis, both numbers in order under the assumption's name (shares of 0
        to 1 are written in per cent); the cells are the result.

    Other parameters as :func:`larcnb.show.bars`.
    """
    from matplotlib.ticker import MaxNLocator

    spec = chart_spec(message, {"unit": "GBP", "what": "Saving"} | words)
    cells = frame.to_numpy(float)
    across, up = (axis.to_numpy(float) for axis in (frame.columns, frame.index))
    x, y = (sentence(axis.name or "value") for axis in (frame.columns, frame.index))
    by_x, by_y = lowered(x), lowered(y)
    captioned = f"{spec.what} by {by_x} and {by_y}"
    if min(cells.shape) < 2 or not np.ptp(cells[np.isfinite(cells)]) > 0:
        return spec.nothing("the result is the same everywhere", captioned)
    low, high = np.nanmin(cells), np.nanmax(cells)
    px, py = _share(across), _share(up)
    even = [  # where the result turns, on each upright line on which it only grows
        (px(a), py(np.interp(0, column, up)))
        for a, column in zip(across, cells.T, strict=True)
        if column.min() < 0 < column.max() and (np.diff(column) > 0).all()
    ]
    message = f"The result goes from {spec.write(low)} to {spec.write(high)}"
    if even:
        (a, at_a), (b, at_b) = even[0], even[-1]
        message = f"Break-even {by_y}: {at_a} at {a} {by_x}, {at_b} at {b}"
    levels = MaxNLocator(6).tick_values(low, high)
    levels = levels[(levels != 0) & (levels > low) & (levels < high)]

    def paint(axes, narrow: bool) -> None:
        if low < 0 < high:
            axes.contour(across, up, cells, levels=[0], colors=INK, linewidths=4)
        drawn = axes.contour(across, up, cells, levels=levels, colors=BLUE, linewidths=1.6)
        axes.clabel(drawn, fmt=spec.brief, fontsize=12, colors=INK, inline_spacing=6)
        _ticks(axes.xaxis, px, 4)
        _ticks(axes.yaxis, py, 5)
        axes.set_xlabel(x)
        axes.set_title(y, loc="left", fontsize=13, pad=10)

    said = []
    for b, a in product((0, -1), repeat=2):
        said.append((f"{by_x} {px(across[a])}, {by_y} {py(up[b])}", spec.write(cells[b, a])))
    said += [(f"break-even at {a} {by_x}", b) for a, b in even[:: max(1, len(even) // 4)]]
    keys = [("Break-even", HTML.swatch("currentColor", width=4))] if low < 0 < high else []
    keys += [("Above 0", HTML.swatch(BLUE))] if (levels > 0).any() else []
    keys += [("Below 0", HTML.swatch(BLUE, _dashes((5, 3))))] if (levels < 0).any() else []
    x_ends, y_ends = (f"{write(a[0])} to {write(a[-1])}" for write, a in ((px, across), (py, up)))
    kind = "Contour chart", f", over {by_x} ({x_ends}) and {by_y} ({y_ends})"
    numbers = frame.rename(index=py, columns=lambda value: f"{px(value)} {by_x}").rename_axis(y)
    picture = _picture(paint, 380, keys)
    return spec.figure(kind, message, said, picture, numbers, captioned=captioned)


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
        place = {"xytext": (8, 0), "textcoords": "offset points", "annotation_clip": False}
        axes.annotate(brief(value), (x, last), va="center", **place)


def _dashes(dash: Sequence[float]) -> str:
    return " ".join(f"{2 * length:g}" for length in dash)


def _picture(paint: Callable, height: int, keys: Sequence[tuple[str, str]]) -> str:
    """The key, the drawing for a column and the one for a phone; the style sheet shows one of them."""
    wide, narrow = (_draw(paint, width, height) for width in (WIDE, NARROW))
    return HTML.two_axes(keys if len(keys) > 1 else [], wide, narrow)


def _draw(paint: Callable, width: int, height: int) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Drawing

    with matplotlib.rc_context(fname=STYLE):
        drawing = Drawing(figsize=(width / 72, height / 72), dpi=72, layout="constrained")
        paint(drawing.add_subplot(), width == NARROW)
        out, nothing = io.StringIO(), dict.fromkeys(("Creator", "Date", "Format", "Type"))
        FigureCanvasSVG(drawing).print_svg(out, metadata=nothing)
    return plain_svg(out.getvalue().partition("<svg")[2])


def plain_svg(svg: str) -> str:
    """Rewrite Matplotlib's SVG without styles, ids, links and clips, its ink in the page's own colour."""
    root = ElementTree.fromstring(f"<svg{svg}")
    shapes = {f"#{path.get('id')}": path for path in root.iter(f"{SVG}path") if path.get("id")}
    inner = "".join(_part(part, shapes) for part in root)
    return f'<svg viewBox="{root.get("viewBox")}" width="100%" aria-hidden="true">{inner}</svg>'


def _part(part: ElementTree.Element, shapes: dict) -> str:
    tag = part.tag.removeprefix(SVG)
    if tag not in ("g", "path", "use", "text", "tspan"):
        return ""  # what is left out: definitions, clips, metadata, the style sheet
    places = {name: part.get(name) for name in ("d", "x", "y", "transform") if part.get(name)}
    style = _style_of(part)
    if tag == "use":
        shape, tag = shapes[part.get(LINK)], "path"
        style = _style_of(shape) | style
        places = {"d": shape.get("d"), "transform": f"translate({places['x']} {places['y']})"}
    font = re.match(r"([\d.]+)px", style.pop("font", ""))
    style |= {"font-size": font[1]} if font else {}
    attributes = {name: _rounded(value) for name, value in places.items()}
    attributes |= {name: v.removesuffix("px") for name, v in style.items() if name in KEPT}
    if tag == "text" or (tag == "path" and "stroke" not in attributes):
        attributes.setdefault("fill", "currentColor")
    ink = {name: escape(value.replace(INK, "currentColor")) for name, value in attributes.items()}
    said = "".join(f' {name}="{value}"' for name, value in ink.items())
    inside = escape(part.text or "").strip() + "".join(_part(child, shapes) for child in part)
    if tag == "g" and not (inside and said):
        return inside
    return f"<{tag}{said}>{inside}</{tag}>"


def _style_of(part: ElementTree.Element) -> dict[str, str]:
    styles = part.get("style", "").split(";")
    return dict(item.strip().split(": ", 1) for item in styles if ": " in item)


def _rounded(text: str) -> str:
    """Coordinates to a tenth of a pixel: light, and the same on every machine. No minus stands before a 0."""
    short = re.sub(r"-?\d+\.\d+", lambda match: f"{round(float(match[0]), 1) + 0:g}", text)
    return short.replace("\n", " ").strip()
