"""One figure: picture, caption, alt text and the numbers drawn, which shows itself accessibly.

In: a drawing function and the words. Out: :class:`Figure`. Pictures are SVG with their words as text, measured by
the font Matplotlib carries, so that the same numbers give the same bytes.
"""

from __future__ import annotations

import base64
import functools
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from larcnb.tables import Table, gbp
from larcnb.tables.words import MINUS

WIDTH = 5.4
"""In inches. A page stretches it to its column, where its type is as large as the text's, and on a telephone does not
shrink it below what can be read."""
TALLEST, LINE = 11.0, 0.21
INK, MUTED = "#0B0C0C", "#3D3D3D"
DARK, MID, PLUM, GREY = "#12436D", "#28A197", "#801650", "#6B7276"
"""Government Analysis Function colours; each has 3 to 1 or more against white, and DARK against MID."""
STYLE = {
    "font.family": "DejaVu Sans", "font.size": 9.5, "text.color": INK, "axes.labelcolor": INK,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK, "hatch.linewidth": 1.4, "figure.facecolor": "white",
    "axes.spines.bottom": False, "axes.spines.left": False, "axes.grid": False,
    "xtick.major.size": 0, "ytick.major.size": 0, "svg.fonttype": "none", "svg.hashsalt": "larcnb",
    "text.parse_math": False,
}  # fmt: skip
ALIKE = "'DejaVu Sans', Verdana, Geneva, sans-serif"
"""Fonts about as wide as the one that was measured, for readers who do not have it."""


@dataclass(frozen=True)
class Figure:
    """A figure that shows itself as ``<figure><img alt><figcaption>``; where there is nothing to draw, as a sentence.

    Parameters
    ----------
    message : str
        What the figure says, in one sentence.
    measure : str
        What is drawn, at which prices, of how many.
    alt : str
        Type, axes and message, with the figures.
    numbers : Table
        What is drawn, as a table.
    picture : str
        The SVG; empty where there is nothing to draw.
    notes : tuple of str
        Sentences below the picture.
    """

    message: str
    measure: str
    alt: str
    numbers: Table
    picture: str = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def caption(self) -> str:
        """Message, then measure."""
        return f"{self.message} {self.measure}"

    def _repr_html_(self) -> str:
        if not self.picture:
            return f"<p><strong>{escape(self.message)}</strong> {escape(self.measure)}</p>"
        width, height = _size(self.picture)
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        return (
            f"<figure><figcaption><strong>{escape(self.message)}</strong> {escape(self.measure)}</figcaption>"
            f'<img alt="{escape(self.alt)}" width="{width}" height="{height}" src="{_data(self.picture)}">'
            f"{notes}<details><summary>The numbers drawn</summary>{self.numbers.html()}</details></figure>"
        )

    def __repr__(self) -> str:
        return "\n".join([self.caption, self.alt, *self.notes] if self.picture else [self.caption])


def draw(
    message: str,
    measure: str,
    alt: str,
    numbers: Table,
    paint: Callable,
    labels: Sequence[str],
    each: float = 0.34,
    legend: Sequence[str] = (),
    notes: Sequence[str] = (),
    foot: float = 0.3,
) -> Figure:
    """Draw a figure.

    Parameters
    ----------
    message, measure, alt, numbers, notes
        As :class:`Figure`.
    paint : callable
        ``paint(axes)``: draws on Matplotlib axes.
    labels : sequence of str
        What stands left of the axes, one a row; the rows give the height. None, and nothing is drawn.
    each : float
        Inches a row.
    legend : sequence of str
        The names of the parts, if the axes have any.
    foot : float
        Inches below the axes.
    """
    picture = _picture(paint, [wrap(label) for label in labels], each, legend, foot) if len(labels) else ""
    return Figure(message, measure, alt, numbers, picture, tuple(notes))


def wrap(label: str) -> str:
    """Break a label into lines that leave room for the bars."""
    import textwrap

    return "\n".join(textwrap.wrap(label, 24))


def pounds(amount: float, _=None) -> str:
    """Write an amount on an axis or at a bar, in few letters.

    Examples
    --------
    >>> [pounds(amount) for amount in (950, 1515, 12500, -3000, 299123, 999999, 1234567)]
    ['£950', '£1.5k', '£12.5k', '−£3k', '£299k', '£1m', '£1.2m']
    """
    size = abs(amount)
    if size < 999.5:
        return gbp(amount)
    scale, unit = (1e6, "m") if size >= 999_500 else (1e3, "k")
    text = f"{size / scale:,.{1 if round(size / scale, 1) < 100 else 0}f}".removesuffix(".0")
    return f"{MINUS if amount < 0 else ''}£{text}{unit}"


def bars_across(axes, at: Sequence[float], lengths: Sequence[float], height: float,
                left: Sequence[float] | None = None, **style) -> None:  # fmt: skip
    """Draw horizontal bars as one artist; Matplotlib's own are an artist each, and take longer to draw."""
    from matplotlib.collections import PolyCollection

    starts, half = [0.0] * len(at) if left is None else left, height / 2
    drawn = PolyCollection([
        [(start, y - half), (start + long, y - half), (start + long, y + half), (start, y + half)]
        for y, start, long in zip(at, starts, lengths, strict=True)
    ], **style)  # fmt: skip
    drawn.sticky_edges.x.append(0)
    axes.add_collection(drawn)
    axes.autoscale_view()


def at_ends(axes, at: Sequence[float], values: Sequence[float], texts: Sequence[str], size: float = 9) -> None:
    """Write a text at the end of each bar, beyond it."""
    from matplotlib.transforms import offset_copy

    left, right = (offset_copy(axes.transData, axes.figure, x=points, units="points") for points in (-4, 4))
    for below, ha, where in ((True, "right", left), (False, "left", right)):
        lines = ((x, y, text) for y, x, text in zip(at, values, texts, strict=True) if (x < 0) == below)
        write(axes, lines, ha=ha, fontsize=size, transform=where)


def write(axes, lines: Iterable[tuple], **style) -> None:
    """Put lines of text on axes as one artist: :class:`larcnb.figures.lettering.Lines`."""
    from larcnb.figures.lettering import Lines

    axes.add_artist(Lines(lines, **style))


def _picture(paint: Callable, labels: list[str], each: float, legend: Sequence[str], foot: float) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Drawing

    with matplotlib.rc_context({**_afcharts_style(), **STYLE}):
        left = _widest({line for label in labels for line in label.split("\n")}, STYLE["font.size"]) + 0.16
        names = [inches(name, 9) + 0.55 for name in legend]
        fits = int((WIDTH - 0.1) // max([*names, 1]))
        columns = max(1, len(legend) if sum(names) < WIDTH - 0.1 else min(fits, len(legend)))
        top = 0.08 + LINE * -(-len(legend) // columns)
        rows = len(labels) * each * max(1, max(0.5 * (label.count("\n") + 1) for label in labels) * 0.34 / each)
        height = min(TALLEST, max(0.7, rows) + top + foot)
        drawing = Drawing(figsize=(WIDTH, height))

        def room(more: float = 0.0) -> tuple[float, float, float, float]:
            tall = height + more
            return left / WIDTH, foot / tall, 1 - left / WIDTH - 0.012, 1 - (top + more + foot) / tall

        axes = drawing.add_axes(room())
        paint(axes)
        if axes.get_title("left"):  # a line of its own, below the legend
            drawing.set_figheight(height + LINE)
            axes.set_position(room(LINE))
        if not axes.get_xlabel():
            axes.xaxis.set_label_coords(0.5, 0)  # else room is sought for a label that is not there
        if not axes.get_ylabel():
            axes.yaxis.set_label_coords(0, 0.5)
        if legend:
            handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
            drawing.legend([handles[name] for name in legend if name in handles],
                           [name for name in legend if name in handles], loc="upper left", ncols=columns,
                           bbox_to_anchor=(0, 1), borderaxespad=0.1, handlelength=1.7, columnspacing=1.2,
                           fontsize=9, frameon=False)  # fmt: skip
        out = io.StringIO()
        FigureCanvasSVG(drawing).print_svg(out, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
        svg = out.getvalue()
        return svg[svg.index("<svg") :].replace("'DejaVu Sans'", ALIKE)


def _widest(lines: set[str], size: float) -> float:
    """Width of the widest line; only lines whose letters by themselves come near it are set in type, which is slow."""
    letters = {line: sum(map(_letter, line)) for line in lines}
    near = 0.85 * max(letters.values(), default=0)  # kerning and rounding change a line by less than a tenth
    return max((inches(line, size) for line, width in letters.items() if width >= near), default=0)


@functools.cache
def _letter(letter: str) -> int:
    """Width of one letter, in the font's own units."""
    from matplotlib.ft2font import LoadFlags

    return _font().load_char(ord(letter), LoadFlags.NO_SCALE).horiAdvance


@functools.cache
def inches(text: str, size: float) -> float:
    """Width of a line of text."""
    font = _font()
    font.set_size(size, 720)  # at 72 dots an inch, hinting makes words up to 8% too narrow
    font.set_text(text)
    return font.get_width_height()[0] / 64 / 720


def _font():
    from matplotlib.font_manager import findfont, get_font

    return get_font(findfont("DejaVu Sans"))


@functools.cache
def _afcharts_style() -> dict:
    import matplotlib.style

    with matplotlib.rc_context():
        matplotlib.style.use("afcharts.afcharts")
        return {k: v for k, v in matplotlib.rcParams.items() if k.startswith(("axes.", "grid.", "legend.", "lines."))}


def _data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _size(svg: str) -> tuple[int, int]:
    """Width and height in CSS pixels, from the picture's own points."""
    width, height = re.findall(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"', svg)[0]
    return round(float(width) * 96 / 72), round(float(height) * 96 / 72)
