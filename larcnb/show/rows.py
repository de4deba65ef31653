"""Charts in rows: bars, stacked and paired bars, intervals, tornado. A row a label, its figures at its mark's end.

In: a Series or frame whose index names the rows. Out: :class:`~larcnb.show.figure.Figure`. Each row is HTML with a
strip of SVG whose marks are placed in per cent, so that a chart fills any column; on a phone the label stands above.
Never colour alone: parts are solid, hollow or striped, and every mark says its figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from larcnb.show.context import measured
from larcnb.show.figure import Figure, figure, nothing, spread
from larcnb.show.table import Table, table
from larcnb.show.words import blank, escaped, labelled, listed, lowered, plural, sentence, writer

MOST = 30
"""So many rows are drawn; the table has them all."""
BLUE, PLUM, TEAL, GREY = "#2f7fc1", "#c2478f", "#16908a", "#7d858b"
"""Each has 3 to 1 or more on white and on a dark page."""
PARTS = ((BLUE, ""), (BLUE, "hollow"), (PLUM, "3 3"), (TEAL, "9 3"), (GREY, "1.5 4"))
"""How parts differ: solid, hollow, and stripes of three widths."""


@dataclass(frozen=True)
class Scale:
    """Where a value lies in a strip, in per cent, between the least and the greatest drawn."""

    low: float
    high: float

    @classmethod
    def of(cls, *values: Any) -> Scale:
        """The scale that holds values and 0."""
        flat = np.concatenate([np.ravel(np.asarray(value, float)) for value in values])
        flat = flat[np.isfinite(flat)]
        low, high = min(0.0, flat.min(initial=0)), max(0.0, flat.max(initial=0))
        return cls(low, high if high > low else low + 1)

    def at(self, value: float) -> float:
        """Per cent from the left; what lies beyond an end is at the end."""
        value = min(max(value, self.low), self.high)
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def axis(self, write) -> str:
        """A last row with a few round values."""
        from matplotlib.ticker import MaxNLocator

        ticks = [
            t
            for t in MaxNLocator(3, steps=[1, 2, 5, 10]).tick_values(self.low, self.high)
            if self.low <= t <= self.high
        ]
        marks = "".join(
            _line(self.at(t), self.at(t), "0%", ".35em") + _text(self.at(t), write(t), y="1.25em")
            for t in ticks
        )
        return _line(0, 100, "0%", "0%") + marks


def bars(
    data: pd.Series | pd.DataFrame,
    message: str | None = None,
    *,
    unit: str = "",
    what: str | None = None,
    run: Any = None,
    cases: int | None = None,
    notes: Sequence[str] = (),
    most: int = MOST,
) -> Figure:
    """Draw one bar a row, its figure at its end.

    Parameters
    ----------
    data : Series, or DataFrame with one column
        The index names the rows, in the order drawn. Text, such as ``[c]`` for a value withheld, is written and has
        no bar; a missing value is an en dash.
    message : str, optional
        What the chart says, its title; left out, the greatest and the least are named.
    unit : str
        ``GBP``, ``GBP a case``, ``share of ...`` (0 to 1), ``simulated share ...`` (never 0% or 100%), or any words.
    what : str, optional
        What is measured; left out, the Series' name.
    run : Run or Context, optional
        Whose figures: adds price base, authority, scenario and cases to the caption.
    cases : int, optional
        Costed cases, for the caption.
    notes : sequence of str
        Sentences below the chart.
    most : int
        More rows than these are not drawn; the table has all.

    Examples
    --------
    >>> cost = pd.Series({"Contact": 1106.5, "Review": 300.0}, name="cost")
    >>> print(bars(cost, "Contact costs most", unit="GBP a case"))
    Contact costs most. Cost, £ a case.
    Bar chart of cost, £ a case: 2 bars. Contact costs most. Contact: £1,107; Review: £300.
    """
    frame = data.to_frame() if isinstance(data, pd.Series) else data
    if frame.shape[1] != 1:
        raise ValueError(
            f"A bar chart has one column of values; this frame has {frame.shape[1]}. "
            "Take one, or use show.paired or show.stacked."
        )
    return _bars(frame, message, unit, what, run, cases, notes, most, "Bar chart")


def paired(
    frame: pd.DataFrame,
    message: str | None = None,
    *,
    unit: str = "",
    what: str | None = None,
    run: Any = None,
    cases: int | None = None,
    notes: Sequence[str] = (),
    most: int = MOST,
) -> Figure:
    """Draw a bar for each column, one below the other in each row. Parameters as :func:`bars`; two to five columns."""
    return _bars(frame, message, unit, what, run, cases, notes, most, "Paired bar chart")


def stacked(
    frame: pd.DataFrame,
    message: str | None = None,
    *,
    unit: str = "",
    what: str | None = None,
    run: Any = None,
    cases: int | None = None,
    notes: Sequence[str] = (),
    most: int = MOST,
) -> Figure:
    """Draw each row's columns end to end, with their sum at the end. Parameters as :func:`bars`.

    Raises
    ------
    ValueError
        A part is below 0: such parts cannot be put end to end (:func:`paired` can show them).
    """
    parts = frame.apply(pd.to_numeric, errors="coerce").fillna(0)
    if (parts < 0).any(axis=None):
        raise ValueError("A part below 0 cannot be stacked. Use show.paired.")
    return _bars(frame, message, unit, what, run, cases, notes, most, "Stacked bar chart")


def _bars(frame, message, unit, what, run, cases, notes, most, chart) -> Figure:
    frame = frame.set_axis(labels_of(frame.index, run))
    whole = all(map(pd.api.types.is_integer_dtype, frame.dtypes))
    values = frame.apply(pd.to_numeric, errors="coerce").astype(float)
    stack, one = chart.startswith("Stacked"), frame.shape[1] == 1
    names = [sentence(column) for column in frame]
    if len(names) > len(PARTS):
        raise ValueError(
            f"At most {len(PARTS)} columns can be told apart; this frame has {len(names)}."
        )
    if what is None:
        what = sentence(listed(map(lowered, names))) if names != ["0"] else ""
    measure = measured(what, unit, run, cases)
    ends = (
        values.sum(axis=1, min_count=1)
        if stack
        else values.iloc[:, 0]
        if one
        else values.max(axis=1)
    )
    if (
        not ends.notna().any()
        or not (values.fillna(0) != 0).any(axis=None)
        and frame.map(blank).all(axis=None)
    ):
        return nothing(message, measure, "There is nothing to draw: no row has a value.")
    kind, write, _ = writer(unit, [0] if whole else ())
    cells = values.stack()
    cells.index = [f"{label} ({lowered(sentence(column))})" for label, column in cells.index]
    message = message or _top(ends if one or stack else cells, write)
    scale, drawn = Scale.of(ends if stack else values), frame.iloc[:most]
    rows, said = [], []
    for at, (label, row) in enumerate(frame.iterrows()):
        own = values.iloc[at]
        texts = [
            write(value) if blank(value) or isinstance(value, str) else write(own.iloc[n])
            for n, value in enumerate(row)
        ]
        told = ", ".join(f"{lowered(name)} {text}" for name, text in zip(names, texts, strict=True))
        said.append(
            (label, texts[0] if one else f"{write(ends.iloc[at])}: {told}" if stack else told)
        )
        if at >= most:
            continue
        if stack:
            to = own.fillna(0).cumsum()
            strip = "".join(
                _bar(scale, end - long, end, n)
                for n, (end, long) in enumerate(zip(to, own.fillna(0), strict=True))
                if long
            )
            strips = [strip + _end(scale, ends.iloc[at], write(ends.iloc[at]))]
        else:
            strips = [
                (_bar(scale, 0, own.iloc[n], n) if own.iloc[n] == own.iloc[n] else "")
                + _end(scale, own.iloc[n], text)
                for n, text in enumerate(texts)
            ]
        zero = _line(scale.at(0), scale.at(0))
        rows.append(_row(label, [strip + zero for strip in strips]))
    pads = _pads(ends if stack else values, write)
    key = "" if one else _key(names, range(len(names)))
    notes = [*notes, *_cut(len(frame), len(drawn))]
    shape = plural(len(frame), "bar" if one else "row")
    return figure(
        message,
        measure,
        f"{chart} of {of_what(what, unit)}: {shape}",
        said,
        _numbers(frame, measure, unit, kind, stack),
        key + _chart(rows, pads),
        notes,
        spread(ends.dropna(), write),
    )


def intervals(
    frame: pd.DataFrame,
    message: str | None = None,
    *,
    unit: str = "",
    what: str = "",
    point: str = "point",
    low: str = "low",
    high: str = "high",
    inner: tuple[str, str] | None = None,
    run: Any = None,
    cases: int | None = None,
    level: str = "95%",
    interval: str = "uncertainty interval",
    notes: Sequence[str] = (),
    most: int = MOST,
) -> Figure:
    """Draw a point and its interval in each row, with the figures at the right.

    Parameters
    ----------
    frame : DataFrame
        The index names the rows; ``point``, ``low`` and ``high`` name the columns. A blank interval is left out.
    inner : pair of str, optional
        Columns of a narrower interval, drawn as a thick line.
    level, interval : str
        What the interval is, such as "95%" and "confidence interval".

    Other parameters as :func:`bars`. A point outside its interval is drawn hollow, and a note names its row.

    Examples
    --------
    >>> rows = pd.DataFrame({"point": [121.0], "low": [21.0], "high": [196.0]}, index=["Central"])
    >>> print(intervals(rows, "It probably pays", unit="GBP", what="Saving").alt)
    Interval chart of saving, £: 1 row, 95% uncertainty interval. It probably pays. Central: £121 (£21 to £196).
    """
    frame = frame.set_axis(labels_of(frame.index, run))
    of = frame.rename(columns={point: "point", low: "low", high: "high"})[
        ["point", "low", "high"]
    ].astype(float)
    measure = measured(f"{what}{', ' * bool(what)}{level} {interval}", unit, run, cases)
    if not of["point"].notna().any():
        return nothing(message, measure, "There is nothing to draw: no row has a value.")
    kind, write, ticks = writer(unit)
    narrow = frame[list(inner)].astype(float) if inner else None
    scale, rows, said = Scale.of(of, *([narrow] if inner else [])), [], []
    outside = of[(of["point"] < of["low"]) | (of["point"] > of["high"])].index
    for at, (label, own) in enumerate(of.iterrows()):
        whole = own["low"] == own["low"]
        text = write(own["point"]) + (
            f" ({write(own['low'])} to {write(own['high'])})" if whole else ""
        )
        said.append((label, text + ", the point outside its interval" * (label in outside)))
        if at >= most:
            continue
        strip = _line(scale.at(0), scale.at(0))
        if whole:
            a, b = scale.at(own["low"]), scale.at(own["high"])
            strip += _line(a, b, "50%", "50%", BLUE, 3)
            strip += "".join(_line(x, x, "28%", "72%", BLUE, 3) for x in (a, b))
        if inner and narrow.iloc[at].notna().all():
            strip += _line(*map(scale.at, narrow.iloc[at]), "50%", "50%", BLUE, 9)
        if own["point"] == own["point"]:
            fill, at_point = "none" if label in outside else "currentColor", scale.at(own["point"])
            strip += f'<circle cx="{at_point:g}%" cy="50%" r="5.5" fill="{fill}" '
            strip += 'stroke="currentColor" stroke-width="2"/>'
        rows.append(_row(label, [strip], figures=text))
    rows.append(_row("", [scale.axis(ticks)], figures=" ", axis=True))
    message = message or _top(of["point"].dropna(), write)
    notes = [*notes, *_cut(len(frame), min(len(frame), most))]
    if inner:
        notes.insert(0, "Thick line: the narrower interval.")
    if len(outside):
        why = f"{listed(outside)}), which was made under other assumptions than the point."
        notes.insert(0, f"Hollow: the point lies outside its {level} interval ({why}")
    return figure(
        message,
        measure,
        f"Interval chart of {of_what(what, unit)}: {plural(len(of), 'row')}, {level} {interval}",
        said,
        _numbers(of.set_axis(["Point", "From", "To"], axis=1), measure, unit, kind),
        _chart(rows, (1, 1), "wide-figures"),
        notes,
        spread(of["point"].dropna(), write),
    )


def tornado(
    frame: pd.DataFrame,
    message: str | None = None,
    *,
    base: float | None = None,
    unit: str = "GBP",
    what: str = "Saving",
    low: str = "low",
    high: str = "high",
    run: Any = None,
    cases: int | None = None,
    notes: Sequence[str] = (),
    most: int = 6,
) -> Figure:
    """Draw which assumption moves the result most: each bar from one end of its range to the other, widest first.

    Parameters
    ----------
    frame : DataFrame
        The index (or a column ``label``) names the assumptions; columns ``low`` and ``high`` are the results at the
        two ends, ``low_value`` and ``high_value`` the assumption there in words (optional), ``central`` its value now
        (optional).
    base : float, optional
        The result with no assumption moved; left out, the frame's column ``base``.
    most : int
        So many of the widest are drawn; the table has the rest.

    Other parameters as :func:`bars`.
    """
    frame = frame.set_index("label") if "label" in frame else frame
    frame = frame.set_axis(labels_of(frame.index, run)).rename(columns={low: "low", high: "high"})
    measure = measured(
        f"{what}{' ' * bool(what)}with one assumption at a time at each end of its range",
        unit,
        run,
        cases,
    )
    if base is None and "base" in frame and len(frame):
        base = float(frame["base"].iloc[0])
    width = (
        (frame["high"] - frame["low"]).abs().dropna().sort_values(ascending=False, kind="stable")
    )
    frame = frame.loc[width.index]
    moved = frame[width > 0]
    if moved.empty or base is None:
        return nothing(
            message, measure, "There is nothing to draw: no assumption moves the result."
        )
    kind, write, brief = writer(unit)
    drawn = moved.iloc[:most]
    scale = Scale.of(drawn[["low", "high"]], [base])
    rows, said = [_row("", [_text(scale.at(base), f"{brief(base)} now", y="1.1em")], axis=True)], []
    for label, own in drawn.iterrows():
        at_low, at_high = (
            str(own[c]) if c in own and not blank(own[c]) else ""
            for c in ("low_value", "high_value")
        )
        ends = sorted([(own["low"], 0), (own["high"], 1)], key=lambda end: -abs(end[0] - base))
        strip = "".join(_bar(scale, base, value, n) for value, n in ends if value != base)
        for value, beyond in (
            (min(own["low"], own["high"]), -1),
            (max(own["low"], own["high"]), 1),
        ):
            strip += _end(scale, value, brief(value), beyond)
        strip += _line(scale.at(base), scale.at(base), dash="4 3")
        zero, free = scale.at(0), not 0 < scale.at(own[["low", "high"]].min()) - scale.at(0) < 30
        strip += (
            _line(zero, zero)
            if free
            else _line(zero, zero, "0%", "20%") + _line(zero, zero, "82%", "100%")
        )
        now = f", now {own['central']}" if "central" in own and not blank(own["central"]) else ""
        rows.append(
            _row(label, [strip], f"{at_low} to {at_high}{now}" if at_low or at_high else "")
        )
        both = ((write(own["low"]), at_low), (write(own["high"]), at_high))
        said.append(
            (
                label,
                " to ".join(f"{figure} at {value}" if value else figure for figure, value in both),
            )
        )
    rows.append(_row("", [scale.axis(brief)], axis=True))
    least, greatest = sorted(drawn[["low", "high"]].iloc[0])
    message = (
        message
        or f"{drawn.index[0]} moves the result most, from {write(least)} to {write(greatest)}"
    )
    still, more = list(frame.index.difference(moved.index, sort=False)), len(moved) - len(drawn)
    notes = [f"Dashed line: no assumption moved, {write(base)}.", *notes]
    notes += [
        f"{plural(more, 'more assumption')}, with less effect, in the table of numbers."
    ] * bool(more)
    notes += [f"No effect: {listed(map(lowered, still))}."] * bool(still)
    columns = [c for c in ("central", "low_value", "low", "high_value", "high") if c in frame]
    numbers = table(
        frame[columns].rename_axis("assumption"),
        measure,
        formats=dict.fromkeys(("low", "high"), kind),
        labels={
            "central": "Value now",
            "low_value": "Low end",
            "low": f"{what} at low end",
            "high_value": "High end",
        }
        | {"high": f"{what} at high end"},
    )
    pads = tuple(
        max(len(brief(value)) for value in drawn[["low", "high"]].to_numpy().ravel()) for _ in "lr"
    )
    return figure(
        message,
        measure,
        f"Tornado chart of {of_what(what, unit)}: {plural(len(drawn), 'assumption')}, widest first, "
        f"around {write(base)}",
        said,
        numbers,
        _key(["At its low end", "At its high end"], (0, 1)) + _chart(rows, pads),
        notes,
    )


def labels_of(index: pd.Index, run: Any = None) -> pd.Index:
    """Row labels in words; the same label twice gets a number, for a screen reader meets them one by one."""
    names = list(index.names)
    texts = [
        ", ".join(labelled(code, name, run) for code, name in zip(row, names, strict=True))
        if isinstance(row, tuple)
        else labelled(row, names[0], run)
        for row in index
    ]
    seen: dict[str, int] = {}
    for n, text in enumerate(texts):
        seen[text] = seen.get(text, 0) + 1
        texts[n] = text if seen[text] == 1 else f"{text} ({seen[text]})"
    return pd.Index(
        texts,
        name=" and ".join(lowered(sentence(name)) for name in names if name) or "row",
        dtype=object,
    )


def _top(values: pd.Series, write: Callable) -> str:
    """A message from the data: the greatest and the least."""
    values = values.dropna()
    high, low = values.idxmax(), values.idxmin()
    if len(values) == 1:
        return f"{high}: {write(values[high])}"
    if values[high] == values[low]:
        return f"All {len(values)} are the same, at {write(values[high])}"
    return f"{high} is highest, at {write(values[high])}; {low} is lowest, at {write(values[low])}"


def of_what(what: str, unit: str) -> str:
    """What an alt text says is drawn: the measure and its unit."""
    return (
        ", ".join(filter(None, [lowered(what), lowered(measured("", unit).rstrip("."))]))
        or "values"
    )


def _cut(rows: int, drawn: int) -> list[str]:
    return (
        [f"The first {drawn} of {rows} rows are drawn; the table of numbers has all."]
        if drawn < rows
        else []
    )


def _numbers(frame: pd.DataFrame, measure: str, unit: str, kind: str, total: bool = False) -> Table:
    shown = frame.rename(columns=sentence)
    if total:
        shown = shown.assign(
            Total=frame.apply(pd.to_numeric, errors="coerce").sum(axis=1, min_count=1)
        )
    if list(shown) == ["0"]:
        shown = shown.set_axis(["Value"], axis=1)
    return table(shown, measure, formats=dict.fromkeys(shown, kind))


def _bar(scale: Scale, start: float, end: float, part: int) -> str:
    a, b = sorted((scale.at(start), scale.at(end)))
    colour, look = PARTS[part]
    if look in ("", "hollow"):
        paint = (
            f'fill="{colour}"' if not look else f'fill="none" stroke="{colour}" stroke-width="2"'
        )
        return f'<rect x="{a:g}%" y="18%" width="{b - a:.4g}%" height="64%" {paint}/>'
    return _line(a, b, "50%", "50%", colour, "1.15em", look)


def _line(
    x1: float,
    x2: float,
    y1: str = "0%",
    y2: str = "100%",
    colour: str = "currentColor",
    width: float | str = 1,
    dash: str = "",
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:g}%" x2="{x2:g}%" y1="{y1}" y2="{y2}" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _text(x: float, text: str, y: str) -> str:
    anchor = "start" if x < 12 else "end" if x > 88 else "middle"
    return (
        f'<text x="{x:g}%" y="{y}" text-anchor="{anchor}" fill="currentColor">{escape(text)}</text>'
    )


def _end(scale: Scale, value: float, text: str, beyond: int = 0) -> str:
    """A figure beyond the end of its bar."""
    value = 0.0 if value != value else value  # noqa: PLR0124
    left = beyond < 0 or (not beyond and value < 0)
    words = f'<text x="{scale.at(value):g}%" y="50%" dx="{-6 if left else 6}" dy=".35em" '
    anchor = "end" if left else "start"
    return words + f'text-anchor="{anchor}" fill="currentColor">{escape(text)}</text>'


def _row(
    label: str, strips: list[str], small: str = "", figures: str = "", axis: bool = False
) -> str:
    second = f"<small>{escaped(small)}</small>" if small else ""
    svgs = "".join(
        f'<svg width="100%" height="1.9em" overflow="visible" aria-hidden="true">{strip}</svg>'
        for strip in strips
    )
    right = f'<div class="figures">{escaped(figures)}</div>' if figures else ""
    look = "row axis" if axis else "row"
    return (
        f'<div class="{look}"><div class="label">{escaped(label)}{second}</div>'
        f'<div class="strip">{svgs}</div>{right}</div>'
    )


def _pads(values: pd.DataFrame | pd.Series, write) -> tuple[int, int]:
    """Room for the figures left and right of the bars, in characters."""
    flat = pd.Series(np.ravel(values.to_numpy())).dropna()
    left = [len(write(v)) for v in flat if v < 0]
    return max(left, default=0), max(
        [len(write(v)) for v in flat if v >= 0] + [3 if len(flat) < values.size else 0]
    )


def _chart(rows: list[str], pads: tuple[int, int], more: str = "") -> str:
    left, right = (min(16, pad + pad % 2) for pad in pads)
    body = "".join(rows)
    return f'<div class="rows l{left} r{right} {more}">{body}</div>'


def _key(names: Sequence[str], parts: Sequence[int]) -> str:
    whole = Scale(0, 1)
    swatches = "".join(
        f'<span><svg width="1.6em" height="1.2em" aria-hidden="true">{_bar(whole, 0, 1, n)}</svg> {escape(name)}</span>'
        for name, n in zip(names, parts, strict=False)
    )
    return f'<p class="key">{swatches}</p>'
