"""Charts in rows: bars, stacked and paired bars, intervals, tornado, dots, boxes. A row a label, figures at its marks.

In: a Series or frame whose index names the rows. Out: :class:`~larcnb.show.figure.Figure`. Each row is HTML with a
strip of SVG whose marks are placed in per cent, so that a chart fills any column; on a phone the label stands above.
Never colour alone: parts are solid, hollow or striped, and every mark says its figure. What every kind takes
(``message, unit, what, run, cases, notes``) is told at :class:`~larcnb.show.figure.Asked`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from larcnb.show.figure import Asked, Figure
from larcnb.show.words import blank, escaped, labelled, listed, lowered, plural, sentence

MOST = 30
"""So many rows are drawn; the table has them all."""
BLUE, PLUM, TEAL, GREY = "#2f7fc1", "#c2478f", "#16908a", "#7d858b"
"""Each has 3 to 1 or more on white and on a dark page."""
PARTS = ((BLUE, ""), (BLUE, "hollow"), (PLUM, "3 3"), (TEAL, "9 3"), (GREY, "1.5 4"))
"""How parts differ: solid, hollow, and stripes of three widths."""
INTERVAL = ["point", "low", "high"]


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
        low, high = flat.min(initial=0), flat.max(initial=0)
        return cls(low, high if high > low else low + 1)

    def at(self, value: float) -> float:
        """Per cent from the left; what lies beyond an end is at the end."""
        value = min(max(value, self.low), self.high)
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def axis(self, write) -> str:
        """A last row with a few round values."""
        from matplotlib.ticker import MaxNLocator

        marks, round_values = _line(0, 100, "0%", "0%"), MaxNLocator(3, steps=[1, 2, 5, 10])
        for t in round_values.tick_values(self.low, self.high):
            if self.low <= t <= self.high:
                marks += _line(self.at(t), self.at(t), "0%", ".35em")
                marks += _text(self.at(t), write(t), "1.25em")
        return marks


def bars(data: pd.Series | pd.DataFrame, message: str | None = None, *, most: int = MOST, **words):
    """Draw one bar a row, its figure at its end.

    Parameters
    ----------
    data : Series, or DataFrame with one column
        The index names the rows, in the order drawn. Text, such as ``[c]`` for a value withheld, is written and has
        no bar; a missing value is an en dash.
    most : int
        More rows than these are not drawn; the table has all.
    message, **words
        As for :class:`~larcnb.show.figure.Asked`.

    Examples
    --------
    >>> cost = pd.Series({"Contact": 1106.5, "Review": 300.0}, name="cost")
    >>> print(bars(cost, "Contact costs most", unit="GBP a case"))
    Contact costs most. Cost, £ a case.
    Bar chart of cost, £ a case: 2 bars. Contact costs most. Contact: £1,107; Review: £300.
    """
    frame = data.to_frame() if isinstance(data, pd.Series) else data
    if frame.shape[1] != 1:
        many = f"A bar chart has one column of values; this frame has {frame.shape[1]}."
        raise ValueError(f"{many} Take one, or use show.paired or show.stacked.")
    return _bars(frame, Asked(message, **words), most, "Bar chart")


def paired(frame: pd.DataFrame, message: str | None = None, *, most: int = MOST, **words) -> Figure:
    """Draw a bar for each column, one below the other in each row; as :func:`bars`, two to five columns."""
    return _bars(frame, Asked(message, **words), most, "Paired bar chart")


def stacked(frame: pd.DataFrame, message: str | None = None, *, most: int = MOST, **words):
    """Draw each row's columns end to end, with their sum at the end; otherwise as :func:`bars`.

    Raises
    ------
    ValueError
        A part is below 0: such parts cannot be put end to end (:func:`paired` can show them).
    """
    if (frame.apply(pd.to_numeric, errors="coerce") < 0).any(axis=None):
        raise ValueError("A part below 0 cannot be stacked. Use show.paired.")
    return _bars(frame, Asked(message, **words), most, "Stacked bar chart")


def _bars(frame: pd.DataFrame, asked: Asked, most: int, chart: str) -> Figure:
    frame = frame.set_axis(labels_of(frame.index, asked.run))
    values = frame.apply(pd.to_numeric, errors="coerce").astype(float)
    stack, one = chart.startswith("Stacked"), frame.shape[1] == 1
    names = [sentence(column) for column in frame]
    if len(names) > len(PARTS):
        most_parts = f"At most {len(PARTS)} columns can be told apart"
        raise ValueError(f"{most_parts}; this frame has {len(names)}.")
    what = asked.named(named(names))
    ends = values.sum(axis=1, min_count=1) if stack else values.max(axis=1)
    if not ends.notna().any():
        return asked.nothing(what, "no row has a value")
    cells = values.stack()
    cells.index = [f"{label} ({lowered(sentence(column))})" for label, column in cells.index]
    scale, rows, said = Scale.of(ends if stack else values), [], []
    zero = _line(scale.at(0), scale.at(0))
    for label, own, end in zip(frame.index, values.to_numpy(), ends, strict=True):
        texts = [asked.write(value) for value in frame.iloc[len(rows)]]
        each = ", ".join(f"{lowered(name)} {text}" for name, text in zip(names, texts, strict=True))
        if stack:
            parts = zip(np.nancumsum(own), np.nan_to_num(own), strict=True)
            marks = [_bar(scale, to - long, to, n) for n, (to, long) in enumerate(parts) if long]
            strips = ["".join(marks) + _end(scale, end, asked.write(end))]
            each = f"{asked.write(end)}: {each}"
        else:
            strips = [
                _bar(scale, 0, value, n) + _end(scale, value, text)
                for n, (value, text) in enumerate(zip(own, texts, strict=True))
            ]
        said.append((label, texts[0] if one else each))
        rows.append(_row(label, [strip + zero for strip in strips]))
    numbers = frame.rename(columns=sentence)
    numbers = numbers.assign(Total=ends) if stack else numbers
    numbers = numbers.set_axis(["Value"], axis=1) if names == ["0"] else numbers
    return asked.figure(
        chart,
        what,
        f": {plural(len(frame), 'bar' if one else 'row')}",
        asked.top(ends if one or stack else cells) if not asked.message else "",
        said,
        asked.numbers(what, numbers),
        _key(names) * (not one)
        + _chart(rows[:most], _pads(ends if stack else values, asked.write)),
        _cut(len(frame), most),
        asked.spread(ends),
    )


def intervals(
    frame: pd.DataFrame,
    message: str | None = None,
    *,
    point: str = "point",
    low: str = "low",
    high: str = "high",
    inner: tuple[str, str] | None = None,
    level: str = "95%",
    interval: str = "uncertainty interval",
    most: int = MOST,
    **words: Any,
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
    asked = Asked(message, **words)
    frame = frame.set_axis(labels_of(frame.index, asked.run))
    frame = frame.rename(columns=dict(zip((point, low, high), INTERVAL, strict=True)))
    of, level, what = frame[INTERVAL].astype(float), f"{level} {interval}", asked.named("")
    captioned = ", ".join(filter(None, [what, level]))
    if not of["point"].notna().any():
        return asked.nothing(captioned, "no row has a value")
    narrow = frame[list(inner or INTERVAL[1:])].astype(float)
    scale, rows, said = Scale.of(of, narrow), [], []
    outside = of.index[of["point"].lt(of["low"]) | of["point"].gt(of["high"])]
    for row, inside in zip(of.itertuples(), narrow.to_numpy(), strict=True):
        text, strip = asked.write(row.point), _line(scale.at(0), scale.at(0))
        if row.low == row.low:
            text += f" ({asked.write(row.low)} to {asked.write(row.high)})"
            a, b = scale.at(row.low), scale.at(row.high)
            strip += _line(a, b, "50%", "50%", BLUE, 3)
            strip += "".join(_line(x, x, "28%", "72%", BLUE, 3) for x in (a, b))
        if inner and not np.isnan(inside).any():
            strip += _line(*map(scale.at, inside), "50%", "50%", BLUE, 9)
        if row.point == row.point:
            strip += _circle(scale.at(row.point), hollow=row.Index in outside)
        rows.append(_row(row.Index, [strip], figures=text))
        is_outside = ", the point outside its interval" * (row.Index in outside)
        said.append((row.Index, text + is_outside))
    why = f"Hollow: the point lies outside its {level} ({listed(outside)}), which was made under"
    notes = [f"{why} other assumptions than the point."] * bool(len(outside))
    notes += ["Thick line: the narrower interval."] * bool(inner)
    return asked.figure(
        "Interval chart",
        what,
        f": {plural(len(of), 'row')}, {level}",
        asked.top(of["point"]) if not message else "",
        said,
        asked.numbers(captioned, of.set_axis(["Point", "From", "To"], axis=1)),
        _measured_rows(rows[:most], scale, asked),
        [*notes, *_cut(len(frame), most)],
        asked.spread(of["point"]),
        captioned,
    )


def tornado(
    frame: pd.DataFrame,
    message: str | None = None,
    *,
    base: float | None = None,
    low: str = "low",
    high: str = "high",
    most: int = 6,
    **words: Any,
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
    asked = Asked(message, **{"unit": "GBP", "what": "Saving"} | words)
    what = asked.named("")
    captioned = f"{what} with one assumption at a time at each end of its range".strip()
    frame = frame.set_index("label") if "label" in frame else frame
    frame = frame.set_axis(labels_of(frame.index, asked.run))
    frame = frame.rename(columns={low: "low", high: "high"})
    for column in ("central", "low_value", "high_value"):
        given = frame[column] if column in frame else pd.Series("", frame.index)
        frame = frame.assign(**{column: ["" if blank(value) else str(value) for value in given]})
    width = (frame["high"] - frame["low"]).abs().dropna()
    frame = frame.loc[width.sort_values(ascending=False, kind="stable").index]
    moved = frame[width[frame.index] > 0]
    base = frame["base"].iloc[0] if base is None and "base" in frame and len(frame) else base
    if moved.empty or base is None:
        return asked.nothing(captioned, "no assumption moves the result")
    drawn, said = moved.iloc[:most], []
    scale = Scale.of(drawn[["low", "high"]], [base])
    now = _text(scale.at(base), f"{asked.brief(base)} now", "1.1em")
    rows = [_row("", [now], axis=True)]
    for row in drawn.itertuples():
        ends = (row.low, row.low_value), (row.high, row.high_value)
        both = (asked.write(result) + f" at {value}" * bool(value) for result, value in ends)
        said.append((row.Index, " to ".join(both)))
        small = f"{row.low_value} to {row.high_value}" * bool(row.low_value or row.high_value)
        small += f", now {row.central}" * bool(small and row.central)
        rows.append(_row(row.Index, [_swing(scale, base, row.low, row.high, asked)], small))
    rows.append(_row("", [scale.axis(asked.brief)], axis=True))
    least, greatest = map(asked.write, sorted(drawn[["low", "high"]].iloc[0]))
    still, more = list(frame.index[width[frame.index] == 0]), len(moved) - len(drawn)
    notes = [f"Dashed line: no assumption moved, {asked.write(base)}."]
    rest = f"{plural(more, 'more assumption')}, with less effect, in the table of numbers."
    notes += [rest] * bool(more) + [f"No effect: {listed(map(lowered, still))}."] * bool(still)
    numbers = frame[["central", "low_value", "low", "high_value", "high"]].rename_axis("assumption")
    labels = {"central": "Value now", "low_value": "Low end", "high_value": "High end"}
    labels |= {end: f"{what} at {end} end" for end in INTERVAL[1:]}
    pad = max(len(asked.brief(value)) for value in np.ravel(drawn[["low", "high"]]))
    return asked.figure(
        "Tornado chart",
        what,
        f": {plural(len(drawn), 'assumption')}, widest first, around {asked.write(base)}",
        f"{drawn.index[0]} moves the result most, from {least} to {greatest}",
        said,
        asked.numbers(captioned, numbers.loc[:, numbers.ne("").any()], labels=labels),
        _key(["At its low end", "At its high end"]) + _chart(rows, (pad, pad)),
        notes,
        captioned=captioned,
    )


def _swing(scale: Scale, base: float, low: float, high: float, asked: Asked) -> str:
    """A tornado's strip: a bar to each end, the longer behind, their figures beyond, and where 0 lies."""
    ends = sorted([(low, 0), (high, 1)], key=lambda end: -abs(end[0] - base))
    strip = "".join(_bar(scale, base, value, n) for value, n in ends if value != base)
    strip += _end(scale, min(low, high), asked.brief(min(low, high)), -1)
    strip += _end(scale, max(low, high), asked.brief(max(low, high)), 1)
    strip += _line(scale.at(base), scale.at(base), dash="4 3")
    zero = scale.at(0)
    if 0 < scale.at(min(low, high)) - zero < 30:  # the figure stands where the line would be
        return strip + _line(zero, zero, "0%", "20%") + _line(zero, zero, "82%", "100%")
    return strip + _line(zero, zero)


def dots(
    data: pd.Series,
    message: str | None = None,
    *,
    mark: pd.Series | Sequence[bool] | None = None,
    marked: str = "This authority",
    **words: Any,
) -> Figure:
    """Draw every value as a dot, one row a group.

    Parameters
    ----------
    data : Series
        The index names each value's group: the same label on many values puts them in one row.
    mark : sequence of bool, optional
        Which dots stand out, as diamonds with their figure at the right; ``marked`` says what they are.

    Other parameters as :func:`bars`.
    """
    flags = np.zeros(len(data), bool) if mark is None else np.asarray(mark, bool)

    def draw(scale: Scale, values: np.ndarray, flagged: np.ndarray) -> str:
        others = sorted(values[~flagged])
        heights = [("26%", "50%", "74%")[n % 3] for n in range(len(others))]  # neighbours apart
        pairs = zip(map(scale.at, others), heights, strict=True)
        strip = "".join(_circle(at, y, hollow=True) for at, y in pairs)
        return strip + "".join(_diamond(scale.at(value)) for value in values[flagged])

    key = f"Diamond: {lowered(marked)}, with its figure. Circles: the others."
    return _grouped(
        data, Asked(message, **words), "Dot chart", draw, flags, [key] * bool(flags.any())
    )


def box(data: pd.Series, message: str | None = None, **words: Any) -> Figure:
    """Draw the spread of each group: box for the middle half, line for the median, whiskers and single dots beyond.

    Parameters
    ----------
    data : Series
        The index names each value's group, as for :func:`dots`.

    Other parameters as :func:`bars`.
    """

    def draw(scale: Scale, values: np.ndarray, _: np.ndarray) -> str:
        low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
        reach = 1.5 * (high - low)
        inside = (values >= low - reach) & (values <= high + reach)
        a, b = scale.at(low), scale.at(high)
        strip = _line(scale.at(values[inside].min()), scale.at(values[inside].max()), "50%", "50%")
        strip += f'<rect x="{a:g}%" y="18%" width="{b - a:.4g}%" height="64%" fill="{BLUE}"/>'
        strip += _line(scale.at(median), scale.at(median), "8%", "92%", width=4)
        return strip + "".join(_circle(scale.at(v), hollow=True) for v in values[~inside])

    key = "Box: the middle half of the values. Thick line: the median. Whiskers: the furthest value within one and a "
    key += "half boxes; circles lie beyond."
    return _grouped(
        data, Asked(message, **words), "Box chart", draw, np.zeros(len(data), bool), [key]
    )


def _grouped(data: pd.Series, asked: Asked, chart: str, draw, flags: np.ndarray, notes) -> Figure:
    """A chart with a row a group of values: what dots and boxes share."""
    what = asked.named(sentence(data.name or ""))
    flags, data = flags[data.notna()], data.astype(float).dropna()
    if data.empty:
        return asked.nothing(what, "no group has a value")
    names = dict(zip(data.index.unique(), labels_of(data.index.unique(), asked.run), strict=True))
    values = pd.Series(data.to_numpy(), index=data.index.map(names))
    stats = values.groupby(level=0, sort=False).describe()
    stats = stats[["count", "min", "25%", "50%", "75%", "max"]]
    stats.columns = ["number", "least", "lower quartile", "median", "upper quartile", "greatest"]
    scale, rows, said = Scale.of(values), [], []
    for name, row in stats.iterrows():
        here = values.index == name
        strip = _line(scale.at(0), scale.at(0)) + draw(scale, values[here].to_numpy(), flags[here])
        own, median = values[here][flags[here]].map(asked.write), asked.write(row["median"])
        rows.append(_row(name, [strip], figures=listed(own) if len(own) else f"median {median}"))
        ends = f"{asked.write(row['least'])} to {asked.write(row['greatest'])}"
        said.append((name, f"{plural(int(row['number']), 'value')}, {ends}, median {median}"))
    medians = stats["median"]
    message = f"Half lie below {asked.write(medians.iloc[0])}, {said[0][1].split(', ')[1]}"
    if len(stats) > 1:
        top, least = medians.idxmax(), medians.idxmin()
        message = f"{top} has the highest median, {asked.write(medians[top])}; "
        message += f"{least} the lowest, {asked.write(medians[least])}"
    return asked.figure(
        chart,
        what,
        f": {plural(len(values), 'value')} in {plural(len(stats), 'group')}",
        message,
        said,
        asked.numbers(what, stats.rename_axis("group"), formats={"number": "count"}),
        _measured_rows(rows, scale, asked, is_short=True),
        notes,
        asked.spread(medians),
    )


def labels_of(index: pd.Index, run: Any = None) -> pd.Index:
    """Row labels in words; the same label twice gets a number, for a screen reader meets them one by one."""
    names, seen, texts = list(index.names), {}, []
    for row in index:
        codes = zip(row if isinstance(row, tuple) else (row,), names, strict=True)
        text = ", ".join(labelled(code, name, run) for code, name in codes)
        seen[text] = seen.get(text, 0) + 1
        texts.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    named_by = " and ".join(lowered(sentence(name)) for name in names if name) or "row"
    return pd.Index(texts, name=named_by, dtype=object)


def named(names: Sequence[str]) -> str:
    """What is measured, by the columns' names; "" for a Series without one."""
    return "" if list(names) == ["0"] else sentence(listed(map(lowered, names)))


def _cut(rows: int, most: int) -> list[str]:
    drawn = f"The first {most} of {rows} rows are drawn; the table of numbers has all."
    return [drawn] * (rows > most)


def _bar(scale: Scale, start: float, end: float, part: int) -> str:
    if np.isnan(end):
        return ""
    a, b = sorted((scale.at(start), scale.at(end)))
    colour, look = PARTS[part]
    if look not in ("", "hollow"):
        return _line(a, b, "50%", "50%", colour, "1.15em", look)
    paint = f'fill="none" stroke="{colour}" stroke-width="2"' if look else f'fill="{colour}"'
    return f'<rect x="{a:g}%" y="18%" width="{b - a:.4g}%" height="64%" {paint}/>'


def _line(x1, x2, y1="0%", y2="100%", colour="currentColor", width=1, dash="") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{x1:g}%" x2="{x2:g}%" y1="{y1}" y2="{y2}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _circle(x: float, y: str = "50%", hollow: bool = False) -> str:
    fill = "none" if hollow else "currentColor"
    place = f'cx="{x:g}%" cy="{y}" r="5.5"'
    return f'<circle {place} fill="{fill}" stroke="currentColor" stroke-width="2"/>'


def _text(x: float, text: str, y: str, anchor: str = "", more: str = "") -> str:
    anchor = anchor or ("start" if x < 12 else "end" if x > 88 else "middle")
    place = f'x="{x:g}%" y="{y}" text-anchor="{anchor}"{more}'
    return f'<text {place} fill="currentColor">{escape(text)}</text>'


def _diamond(x: float) -> str:
    return _text(x, "\N{BLACK DIAMOND}", "50%", "middle", ' dy=".35em" font-size="1.6em"')


def _end(scale: Scale, value: float, text: str, beyond: int = 0) -> str:
    """A figure beyond the end of its bar."""
    value = 0.0 if np.isnan(value) else value
    left = beyond < 0 or (not beyond and value < 0)
    anchor, beside = ("end", -6) if left else ("start", 6)
    return _text(scale.at(value), text, "50%", anchor, f' dx="{beside}" dy=".35em"')


def _row(label: str, strips: list[str], small: str = "", figures: str = "", axis: bool = False):
    second = f"<small>{escaped(small)}</small>" if small else ""
    svg = '<svg width="100%" height="1.9em" overflow="visible" aria-hidden="true">{}</svg>'
    drawn = "".join(map(svg.format, strips))
    right = f'<div class="figures">{escaped(figures)}</div>' if figures else ""
    return (
        f'<div class="row{" axis" * axis}"><div class="label">{escaped(label)}{second}</div>'
        f'<div class="strip">{drawn}</div>{right}</div>'
    )


def _pads(values: pd.DataFrame | pd.Series, write) -> tuple[int, int]:
    """Room for the figures left and right of the bars, in characters."""
    flat = np.ravel(values.to_numpy())
    left, right = [0], [0 if np.isfinite(flat).all() else 3]
    for value in flat[np.isfinite(flat)]:
        (left if value < 0 else right).append(len(write(value)))
    return max(left), max(right)


def _chart(rows: list[str], pads: tuple[int, int] = (1, 1), more: str = "") -> str:
    left, right = (min(16, pad + pad % 2) for pad in pads)
    return f'<div class="rows l{left} r{right} {more}">{"".join(rows)}</div>'


def _measured_rows(rows: list[str], scale: Scale, asked: Asked, is_short: bool = False) -> str:
    """Rows with their figures at the right, above an axis."""
    axis = _row("", [scale.axis(asked.brief)], figures=" ", axis=True)
    return _chart([*rows, axis], more="wide-figures" + " short" * is_short)


def _key(names: Sequence[str]) -> str:
    svg = '<svg width="1.6em" height="1.2em" aria-hidden="true">{}</svg>'
    swatches = [svg.format(_bar(Scale(0, 1), 0, 1, n)) for n in range(len(names))]
    each = zip(swatches, map(escape, names), strict=True)
    return f'<p class="key">{"".join(f"<span>{mark} {name}</span>" for mark, name in each)}</p>'
