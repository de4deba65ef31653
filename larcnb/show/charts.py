"""What every chart shows, and the charts in rows: bars, stacked and paired bars, intervals, tornado, dots, boxes.

In: a Series or frame whose index names the rows, and what a cell says of its chart (:class:`ChartSpec`). Out:
:class:`Figure`: caption, picture, alt text with figures, notes and the table of the numbers drawn. Each row is HTML
with a strip of SVG whose marks are placed in per cent, so that a chart fills any column; on a phone the label stands
above. Text takes the page's own colour, to be read in dark and in light. Never colour alone: parts are solid, hollow or
striped, and every mark says its figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from larcnb.show.html import HTML, styled
from larcnb.show.sentences import measured
from larcnb.show.table import Table, format_of, table
from larcnb.show.words import kind_of, labelled, listed, lowered, plural, sentence, short, written

BLUE, PLUM, TEAL, GREY = "#2f7fc1", "#c2478f", "#16908a", "#7d858b"
"""Each has 3 to 1 or more on white and on a dark page."""
PARTS = ((BLUE, ""), (BLUE, "hollow"), (PLUM, "3 3"), (TEAL, "9 3"), (GREY, "1.5 4"))
"""How parts differ: solid, hollow, and stripes of three widths."""
INTERVAL = ["point", "low", "high"]
FEW = 12
"""Up to so many rows, the alt text says each; of more it says the ends and the median."""


@dataclass(frozen=True)
class Figure:
    """A chart that shows itself as ``<figure>``; where there is nothing to draw, as one sentence.

    Parameters
    ----------
    message : str
        What the chart says, in one sentence: its title.
    measure : str
        What is drawn, its unit and price base, whose, under which scenario, of how many cases.
    alt : str
        Type, axes and message, with the figures.
    numbers : Table, optional
        What is drawn, as a table.
    picture : str
        HTML with SVG; empty where there is nothing to draw.
    notes : tuple of str
        Sentences below it.
    """

    message: str
    measure: str
    alt: str = ""
    numbers: Table | None = None
    picture: str = field(default="", repr=False)
    notes: tuple[str, ...] = ()

    @property
    def caption(self) -> str:
        """Message, then measure."""
        return f"{self.message.rstrip('.')}. {self.measure}".strip()

    def _repr_html_(self) -> str:
        return styled(HTML.figure(self)) if self.picture else f"<p>{HTML.head(self)}</p>"

    def __repr__(self) -> str:
        return "\n".join([self.caption, self.alt, *self.notes] if self.picture else [self.caption])


@dataclass(frozen=True)
class ChartSpec:
    """What a cell says of the chart it asks for, alike for every kind: the parameters of :func:`bars`."""

    message: str | None = None
    unit: str = ""
    what: str = ""
    run: Any = None
    notes: Sequence[str] = ()
    most: int = 30

    def write(self, value: object) -> str:
        """A value in full, with its unit."""
        return written(value, kind_of(self.unit))

    def brief(self, value: float) -> str:
        """A value on an axis."""
        return short(value, kind_of(self.unit))

    def nothing(self, why: str, captioned: str = "") -> Figure:
        """A chart without anything to draw: one plain sentence."""
        measure = measured(captioned or self.what, self.unit, self.run)
        return Figure(f"There is nothing to draw: {why}.", measure)

    def figure(self, kind, message, said, picture, frame, notes=(), summary="", captioned="", **of):
        """Put a chart together.

        Parameters
        ----------
        kind : (str, str)
            Such as "Bar chart" and ": 3 bars".
        message : str
            Made from the data; the cell's own goes before it.
        said : sequence of (label, figures)
            For the alt text, which says each row where they are few, and ``summary`` where they are many.
        picture : str
        frame : DataFrame
            The numbers drawn; in the chart's unit unless ``formats`` say otherwise.
        notes, summary
        captioned : str
            What is measured, as the caption says it where that is more than ``what``.
        **of
            ``formats`` and ``labels`` of the table of numbers.
        """
        message = self.message or message
        unit = measured("", self.unit).rstrip(".")
        drawn = ", ".join(filter(None, [lowered(self.what), lowered(unit)])) or "values"
        rows = "; ".join(f"{label}: {value}" for label, value in said[:FEW])
        rows = summary if len(said) > FEW and summary else rows
        alt = f"{kind[0]} of {drawn}{kind[1]}. {message.rstrip('.')}. {rows}.".replace("..", ".")
        measure = measured(captioned or self.what, self.unit, self.run)
        numbers = [column for column in frame if format_of(str(column), frame[column]) != "text"]
        formats = dict.fromkeys(map(str, numbers), kind_of(self.unit)) | of.pop("formats", {})
        shown = table(frame, measure, formats=formats, **of)
        return Figure(message, measure, alt, shown, picture, (*self.notes, *notes))

    def spread(self, values: pd.Series) -> str:
        """Extremes and median of many values, in words, with how many lie below zero."""
        values = values.dropna()
        low, high, below = values.idxmin(), values.idxmax(), int((values < 0).sum())
        ends = f"lowest {low} {self.write(values[low])}, median {self.write(values.median())}, "
        ends += f"highest {high} {self.write(values[high])}"
        return f"{ends}; {below} of {len(values)} below zero" if below else ends

    def top(self, values: pd.Series) -> str:
        """A message from the data: the greatest and the least, with all that tie."""
        values = values.dropna()
        if len(values) == 1:
            return f"{values.index[0]}: {self.write(values.iloc[0])}"
        if values.nunique() == 1:
            return f"All {len(values)} are the same, at {self.write(values.iloc[0])}"
        said = []
        for word, end in (("Highest", values.max()), ("lowest", values.min())):
            names = values.index[values == end]
            which = listed(names) if len(names) <= 3 else f"{len(names)} of {len(values)}"
            said.append(f"{word}, at {self.write(end)}: {which}")
        return "; ".join(said)


def chart_spec(message: str | None, words: dict[str, Any], *names: str) -> ChartSpec:
    """What a cell says; what is measured by the columns' names, unless it says so ("0" is a Series without one)."""
    what = "" if names == ("0",) else sentence(listed(map(lowered, names)))
    return ChartSpec(message, **{"what": what} | words)


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

    def zero(self) -> str:
        """A line where 0 lies."""
        return HTML.line(self.at(0), self.at(0))

    def axis(self, write: Callable[[float], str]) -> list[str]:
        """The marks of a last row with a few round values."""
        from matplotlib.ticker import MaxNLocator

        marks = [HTML.line(0, 100, "0%", "0%")]
        for value in MaxNLocator(3, steps=[1, 2, 5, 10]).tick_values(self.low, self.high):
            if self.low <= value <= self.high:
                at = self.at(value)
                marks += [HTML.line(at, at, "0%", ".35em"), HTML.text(at, write(value), "1.25em")]
        return marks


def bars(data: pd.Series | pd.DataFrame, message: str | None = None, **words: Any) -> Figure:
    """Draw one bar a row, its figure at its end; of several columns a bar each, as :func:`paired`.

    Parameters
    ----------
    data : Series or DataFrame, of five columns at most
        The index names the rows, in the order drawn. Text, such as ``[c]`` for a value withheld, is written and has
        no bar; a missing value is an en dash.
    message : str, optional
        What the chart says, its title; left out, it is made from the data.
    unit : str
        ``GBP``, ``GBP a case``, ``share of ...`` (0 to 1), ``simulated share ...`` (never 0% or 100%), or any words.
    what : str, optional
        What is measured; left out, the columns' names.
    run : Run or Context, optional
        Whose figures: adds price base, authority, scenario and cases to the caption.
    notes : sequence of str
        Sentences below the chart.
    most : int
        More rows than these (30) are not drawn; the table has all.

    Returns
    -------
    Figure
        Shows itself: caption, picture, alt text with figures, notes, and the numbers drawn as a table.

    Raises
    ------
    ValueError
        More than five columns.

    Examples
    --------
    >>> cost = pd.Series({"Contact": 1106.5, "Review": 300.0}, name="cost")
    >>> print(bars(cost, "Contact costs most", unit="GBP a case"))
    Contact costs most. Cost, £ a case.
    Bar chart of cost, £ a case: 2 bars. Contact costs most. Contact: £1,107; Review: £300.
    """
    frame = data.to_frame() if isinstance(data, pd.Series) else data
    chart = "Bar chart" if frame.shape[1] == 1 else "Paired bar chart"
    return _bars(frame, message, words, chart)


def paired(frame: pd.DataFrame, message: str | None = None, **words: Any) -> Figure:
    """Draw a bar for each column, one below the other in each row; as :func:`bars`."""
    return bars(frame, message, **words)


def stacked(frame: pd.DataFrame, message: str | None = None, **words: Any) -> Figure:
    """Draw each row's columns end to end, with their sum at the end; otherwise as :func:`bars`.

    Raises
    ------
    ValueError
        A part is below 0: such parts cannot be put end to end (:func:`paired` can show them).
    """
    if (frame.apply(pd.to_numeric, errors="coerce") < 0).any(axis=None):
        raise ValueError("A part below 0 cannot be stacked. Use show.paired.")
    return _bars(frame, message, words, "Stacked bar chart")


def _bars(frame: pd.DataFrame, message: str | None, words: dict[str, Any], chart: str) -> Figure:
    names = [sentence(column) for column in frame]
    if len(names) > len(PARTS):
        raise ValueError(f"At most 5 columns can be told apart; this frame has {len(names)}.")
    spec = chart_spec(message, words, *names)
    frame = frame.set_axis(labels_of(frame.index, spec.run))
    values = frame.apply(pd.to_numeric, errors="coerce").astype(float)
    stack, one = chart.startswith("Stacked"), frame.shape[1] == 1
    ends = values.sum(axis=1, min_count=1) if stack else values.max(axis=1)
    if not ends.notna().any():
        return spec.nothing("no row holds a number")
    drawn = ends.to_frame() if stack else values
    scale, rows, said = Scale.of(drawn), [], []
    for label, own, end in zip(frame.index, values.to_numpy(), ends, strict=True):
        texts = [spec.write(value) for value in frame.iloc[len(rows)]]
        each = ", ".join(f"{lowered(name)} {text}" for name, text in zip(names, texts, strict=True))
        if stack:
            parts = zip(np.nancumsum(own), np.nan_to_num(own), strict=True)
            marks = [_bar(scale, to - long, to, n) for n, (to, long) in enumerate(parts) if long]
            strips = [[*marks, _end(scale, end, spec.write(end))]]
            each = f"{spec.write(end)}: {each}"
        else:
            pairs = enumerate(zip(own, texts, strict=True))
            strips = [[_bar(scale, 0, v, n), _end(scale, v, text)] for n, (v, text) in pairs]
        said.append((label, texts[0] if one else each))
        rows.append(HTML.row(label, [[*strip, scale.zero()] for strip in strips]))
    cells = values.stack()
    cells.index = [f"{label} ({lowered(sentence(column))})" for label, column in cells.index]
    numbers = frame.rename(columns=sentence).rename(columns={"0": "Value"})
    keys = [(name, HTML.bar(0, 100, *look)) for name, look in zip(names, PARTS, strict=False)]
    picture = HTML.rows(rows[: spec.most], *_pads(drawn, spec.write))
    picture = picture if one else HTML.key(keys) + picture
    kind = chart, f": {plural(len(frame), 'bar' if one else 'row')}"
    top = spec.top(ends if one or stack else cells)
    numbers = numbers.assign(Total=ends) if stack else numbers
    last = _cut(frame, spec), spec.spread(ends)
    return spec.figure(kind, top, said, picture, numbers, *last)


def intervals(
    frame: pd.DataFrame,
    message: str | None = None,
    *,
    point: str = "point",
    low: str = "low",
    high: str = "high",
    inner: tuple[str, str] | None = None,
    interval: str = "uncertainty interval",
    **words: Any,
) -> Figure:
    """Draw a point and its 95% interval in each row, with the figures at the right.

    Parameters
    ----------
    frame : DataFrame
        The index names the rows; ``point``, ``low`` and ``high`` name the columns. A blank interval is left out.
    inner : pair of str, optional
        Columns of the 80% interval, drawn as a thick line.
    interval : str
        What the interval is, such as "confidence interval".

    Other parameters as :func:`bars`.

    Examples
    --------
    >>> rows = pd.DataFrame({"point": [121.0], "low": [21.0], "high": [196.0]}, index=["Central"])
    >>> print(intervals(rows, "It probably pays", unit="GBP", what="Saving").alt)
    Interval chart of saving, £: 1 row, 95% uncertainty interval. It probably pays. Central: £121 (£21 to £196).
    """
    spec, level = chart_spec(message, words, "0"), f"95% {interval}"
    frame = frame.set_axis(labels_of(frame.index, spec.run))
    frame = frame.rename(columns=dict(zip((point, low, high), INTERVAL, strict=True)))
    of, captioned = frame[INTERVAL].astype(float), f"{spec.what}, {level}".removeprefix(", ")
    if not of["point"].notna().any():
        return spec.nothing("no row holds a number", captioned)
    narrow = frame[list(inner or INTERVAL[1:])].astype(float)
    scale, rows, said = Scale.of(of, narrow), [], []
    for row, inside in zip(of.itertuples(), narrow.to_numpy(), strict=True):
        text, marks = spec.write(row.point), [scale.zero()]
        if not np.isnan(row.low):
            ends = f"{spec.write(row.low)} to {spec.write(row.high)}"
            text = ends if np.isnan(row.point) else f"{text} ({ends})"
            a, b = scale.at(row.low), scale.at(row.high)
            marks.append(HTML.line(a, b, "50%", "50%", BLUE, 3))
            marks += [HTML.line(end, end, "28%", "72%", BLUE, 3) for end in (a, b)]
        if inner and not np.isnan(inside).any():
            marks.append(HTML.line(*map(scale.at, inside), "50%", "50%", BLUE, 9))
        if not np.isnan(row.point):
            marks.append(HTML.circle(scale.at(row.point)))
        rows.append(HTML.row(row.Index, [marks], figures=text))
        said.append((row.Index, text))
    notes = ["Thick line: the 80% interval."] if inner else []
    kind = "Interval chart", f": {plural(len(of), 'row')}, {level}"
    picture = _with_figures(rows[: spec.most], scale, spec)
    numbers, points = of.set_axis(["Point", "From", "To"], axis=1), of["point"]
    numbers = numbers.join(narrow.set_axis(["80% from", "80% to"], axis=1)) if inner else numbers
    last = [*notes, *_cut(frame, spec)], spec.spread(points), captioned
    return spec.figure(kind, spec.top(points), said, picture, numbers, *last)


def tornado(frame: pd.DataFrame, message=None, *, low="low", high="high", **words: Any) -> Figure:
    """Draw which assumption moves the result most: each bar from one end of its range to the other, widest first.

    Parameters
    ----------
    frame : DataFrame
        The index names the assumptions; columns ``low`` and ``high`` are the results at the two ends, ``base`` the
        result with none moved, ``central``, ``low_value`` and ``high_value`` the assumption in words, now and there.

    Other parameters as :func:`bars`; of the widest six are drawn unless ``most`` says otherwise.
    """
    spec = ChartSpec(message, **{"unit": "GBP", "what": "Saving", "most": 6} | words)
    captioned = f"{spec.what} with one assumption at a time at each end of its range"
    frame = frame.set_axis(labels_of(frame.index, spec.run))
    frame = frame.rename(columns={low: "low", high: "high"}).dropna(subset=["low", "high"])
    frame = frame.assign(width=(frame["high"] - frame["low"]).abs())
    frame = frame.sort_values("width", ascending=False, kind="stable")
    moved = frame.query("width > 0")
    if moved.empty:
        return spec.nothing("no assumption moves the result", captioned)
    drawn, base, said = moved.head(spec.most), float(moved["base"].iloc[0]), []
    scale = Scale.of(drawn[["low", "high"]], [base])
    rows = [HTML.row("", [[HTML.text(scale.at(base), f"{spec.brief(base)} now", "1.1em")]])]
    for row in drawn.itertuples():
        ends = f"{spec.write(row.low)} at {row.low_value} to {spec.write(row.high)} at {row.high_value}"
        small = f"{row.low_value} to {row.high_value}, now {row.central}"
        said.append((row.Index, ends))
        rows.append(HTML.row(row.Index, [_swing(scale, base, row.low, row.high, spec)], small))
    rows.append(HTML.row("", [scale.axis(spec.brief)]))
    least, greatest = map(spec.write, sorted(drawn[["low", "high"]].iloc[0]))
    still, others = frame.query("width == 0").index, len(moved) - len(drawn)
    notes = [f"Dashed line: no assumption moved, {spec.write(base)}."]
    if others:
        rest = plural(others, "more assumption")
        notes.append(f"{rest}, with less effect, in the table of numbers.")
    if len(still):
        notes.append(f"No effect: {listed(map(lowered, still))}.")
    labels = {"central": "Value now", "low_value": "Low end", "high_value": "High end"}
    labels |= {end: f"{spec.what} at {end} end" for end in INTERVAL[1:]}
    pad = max(len(spec.brief(value)) for value in np.ravel(drawn[["low", "high"]]))
    ends = zip(("At its low end", "At its high end"), PARTS, strict=False)
    key = HTML.key([(name, HTML.bar(0, 100, *look)) for name, look in ends])
    shape = f": {plural(len(drawn), 'assumption')}, widest first, around {spec.write(base)}"
    most = f"{drawn.index[0]} moves the result most, from {least} to {greatest}"
    picture = key + HTML.rows(rows, *_even(pad, pad))
    numbers = frame[["central", "low_value", "low", "high_value", "high"]].rename_axis("assumption")
    more = {"notes": notes, "captioned": captioned, "labels": labels}
    return spec.figure(("Tornado chart", shape), most, said, picture, numbers, **more)


def _swing(scale: Scale, base: float, low: float, high: float, spec: ChartSpec) -> list[str]:
    """A tornado's marks: a bar to each end, the longer behind, their figures beyond, and where 0 lies."""
    ends = sorted([(low, 0), (high, 1)], key=lambda end: -abs(end[0] - base))
    least, most, zero = scale.at(min(low, high)), scale.at(max(low, high)), scale.at(0)
    marks = [_bar(scale, base, value, n) for value, n in ends if value != base]
    marks.append(HTML.beside(least, spec.brief(min(low, high)), left=True))
    marks.append(HTML.beside(most, spec.brief(max(low, high)), left=False))
    marks.append(HTML.line(scale.at(base), scale.at(base), dash="4 3"))
    if 0 < least - zero < 30:  # the figure stands where the line would be
        return [*marks, HTML.line(zero, zero, "0%", "20%"), HTML.line(zero, zero, "82%", "100%")]
    return [*marks, scale.zero()]


def dots(data: pd.Series, message: str | None = None, *, mark=None, **words: Any) -> Figure:
    """Draw every value as a dot, one row a group.

    Parameters
    ----------
    data : Series
        The index names each value's group: the same label on many values puts them in one row.
    mark : sequence of bool, optional
        Which dots are this authority's: they stand out, as diamonds with their figure at the right.

    Other parameters as :func:`bars`.
    """
    marked = np.zeros(len(data), bool) if mark is None else np.asarray(mark, bool)

    def draw(scale: Scale, values: np.ndarray, flagged: np.ndarray) -> list[str]:
        others = map(scale.at, sorted(values[~flagged]))
        heights = ("26%", "50%", "74%")  # neighbours apart
        marks = [HTML.circle(at, heights[n % 3], hollow=True) for n, at in enumerate(others)]
        return marks + [HTML.diamond(scale.at(value)) for value in values[flagged]]

    key = "Diamond: this authority, with its figure. Circles: the others."
    notes = [key] if marked.any() else []
    spec = chart_spec(message, words, sentence(data.name or ""))
    return _grouped(data, spec, "Dot chart", draw, marked, notes)


def box(data: pd.Series, message: str | None = None, **words: Any) -> Figure:
    """Draw the spread of each group: box for the middle half, line for the median, whiskers and single dots beyond.

    Parameters
    ----------
    data : Series
        The index names each value's group, as for :func:`dots`.

    Other parameters as :func:`bars`.
    """

    def draw(scale: Scale, values: np.ndarray, _: np.ndarray) -> list[str]:
        low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
        reach = 1.5 * (high - low)
        inside = (values >= low - reach) & (values <= high + reach)
        ends, middle = (values[inside].min(), values[inside].max()), scale.at(median)
        return [
            HTML.line(*map(scale.at, ends), "50%", "50%"),
            HTML.bar(scale.at(low), scale.at(high), BLUE),
            HTML.line(middle, middle, "8%", "92%", width=4),
            *(HTML.circle(scale.at(value), hollow=True) for value in values[~inside]),
        ]

    key = "Box: the middle half of the values. Thick line: the median. Whiskers: the furthest value within one and a "
    key += "half boxes; circles lie beyond."
    spec = chart_spec(message, words, sentence(data.name or ""))
    return _grouped(data, spec, "Box chart", draw, np.zeros(len(data), bool), [key])


def _grouped(data: pd.Series, spec: ChartSpec, chart: str, draw: Callable, flags, notes) -> Figure:
    """A chart with a row a group of values, ``draw`` their marks, this authority's flagged: dots and boxes."""
    flags, data = flags[data.notna()], data.astype(float).dropna()
    if data.empty:
        return spec.nothing("no group has a value")
    groups = data.index.unique()
    names = dict(zip(groups, labels_of(groups, spec.run), strict=True))
    values = pd.Series(data.to_numpy(), index=data.index.map(names))
    stats = values.groupby(level=0, sort=False).describe()
    stats = stats[["count", "min", "25%", "50%", "75%", "max"]]
    stats.columns = ["number", "least", "lower quartile", "median", "upper quartile", "greatest"]
    scale, rows, said = Scale.of(values), [], []
    for name, row in stats.iterrows():
        here = values.index == name
        marks = [scale.zero(), *draw(scale, values[here].to_numpy(), flags[here])]
        own, median = values[here][flags[here]].map(spec.write), spec.write(row["median"])
        figures = listed(own) if len(own) else f"median {median}"
        rows.append(HTML.row(name, [marks], figures=figures))
        ends = f"{spec.write(row['least'])} to {spec.write(row['greatest'])}, median {median}"
        ends += f", this authority {listed(own)}" * bool(len(own))
        said.append((name, f"{plural(int(row['number']), 'value')}, {ends}"))
    medians = stats["median"]
    message = f"By median, {lowered(spec.top(medians))}"
    kind = chart, f": {plural(len(values), 'value')} in {plural(len(stats), 'group')}"
    picture, numbers = _with_figures(rows, scale, spec), stats.rename_axis("group")
    more = {"summary": spec.spread(medians), "formats": {"number": "count"}}
    return spec.figure(kind, message, said, picture, numbers, notes, **more)


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


def _cut(frame: pd.DataFrame, spec: ChartSpec) -> list[str]:
    if len(frame) <= spec.most:
        return []
    return [f"The first {spec.most} of {len(frame)} rows are drawn; the table of numbers has all."]


def _bar(scale: Scale, start: float, end: float, part: int) -> str:
    if np.isnan(end):
        return ""
    return HTML.bar(*sorted((scale.at(start), scale.at(end))), *PARTS[part])


def _end(scale: Scale, value: float, text: str) -> str:
    """A figure beyond the end of its bar; of a missing value, at 0."""
    return HTML.beside(scale.at(0 if np.isnan(value) else value), text, left=value < 0)


def _pads(values: pd.DataFrame, write: Callable[[float], str]) -> list[int]:
    """Room for the figures left and right of the bars, in characters."""
    flat = np.ravel(values)
    left, right = [0], [0 if np.isfinite(flat).all() else 3]
    for value in flat[np.isfinite(flat)]:
        (left if value < 0 else right).append(len(write(value)))
    return _even(max(left), max(right))


def _even(*pads: int) -> list[int]:
    """The style sheet has room for even numbers of characters, 16 at most."""
    return [min(16, pad + pad % 2) for pad in pads]


def _with_figures(rows: list[str], scale: Scale, spec: ChartSpec) -> str:
    """Rows with their figures at the right, above an axis."""
    axis = HTML.row("", [scale.axis(spec.brief)], figures=" ")
    return HTML.rows([*rows, axis], 2, 2, "wide-figures")
