"""What every chart shows: caption, picture, alt text with figures, notes and the table of the numbers drawn.

In: what a cell says of its chart (:class:`Asked`), a picture as HTML, a table. Out: :class:`Figure`. Everything from
data is escaped before it is in a picture. A picture is inline SVG in HTML: its text takes the page's own colour, so
that it can be read in dark and in light, and rows put their label above the bar where there is no room beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from larcnb.show.context import measured, styled
from larcnb.show.table import Table, format_of, table
from larcnb.show.words import escaped, kind_of, lowered, short, written

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
        head = f"<strong>{escaped(self.message)}</strong> {escaped(self.measure)}"
        if not self.picture:
            return f"<p>{head}</p>"
        notes = "".join(f'<p class="note">{escaped(note)}</p>' for note in self.notes)
        drawn = (
            f'<div class="chart" role="img" aria-label="{escape(self.alt)}">{self.picture}</div>'
        )
        numbers = f"<details><summary>The numbers drawn</summary>{self.numbers.html()}</details>"
        caption = f"<figcaption>{head}</figcaption>"
        return styled(f'<figure class="larc">{caption}{drawn}{notes}{numbers}</figure>')

    def __repr__(self) -> str:
        return "\n".join([self.caption, self.alt, *self.notes] if self.picture else [self.caption])


@dataclass(frozen=True)
class Asked:
    """What a cell says of the chart it asks for, alike for every kind.

    Parameters
    ----------
    message : str, optional
        What the chart says, its title; left out, it is made from the data.
    unit : str
        ``GBP``, ``GBP a case``, ``share of ...`` (0 to 1), ``simulated share ...`` (never 0% or 100%), or any words.
    what : str, optional
        What is measured; left out, the columns' names.
    run : Run or Context, optional
        Whose figures: adds price base, authority, scenario and cases to the caption.
    cases : int, optional
        Costed cases, for the caption.
    notes : sequence of str
        Sentences below the chart.
    """

    message: str | None = None
    unit: str = ""
    what: str | None = None
    run: Any = None
    cases: int | None = None
    notes: Sequence[str] = ()

    def write(self, value: object) -> str:
        """A value in full, with its unit."""
        return written(value, kind_of(self.unit))

    def brief(self, value: float) -> str:
        """A value on an axis."""
        return short(value, kind_of(self.unit))

    def named(self, what: str) -> str:
        """What is measured, as the cell says it; else by the data's own names."""
        return what if self.what is None else self.what

    def measure(self, what: str) -> str:
        """The measure of the caption: :func:`~larcnb.show.context.measured`."""
        return measured(what, self.unit, self.run, self.cases)

    def nothing(self, what: str, why: str) -> Figure:
        """A chart without anything to draw: one plain sentence."""
        return Figure(f"There is nothing to draw: {why}.", self.measure(what))

    def numbers(self, what: str, frame: pd.DataFrame, **of: Any) -> Table:
        """What is drawn, as a table; its columns in the chart's unit unless ``formats`` say otherwise."""
        numbers = [column for column in frame if format_of(str(column), frame[column]) != "text"]
        formats = dict.fromkeys(map(str, numbers), kind_of(self.unit)) | of.pop("formats", {})
        return table(frame, self.measure(what), formats=formats, **of)

    def figure(
        self,
        kind: str,
        what: str,
        shape: str,
        message: str,
        said: Sequence[tuple[str, str]],
        numbers: Table,
        picture: str,
        notes: Sequence[str] = (),
        summary: str = "",
        captioned: str = "",
    ) -> Figure:
        """Put a chart together.

        Parameters
        ----------
        kind, what, shape : str
            "Bar chart", what is measured, and such as ": 3 bars".
        message : str
            Made from the data; the cell's own goes before it.
        said : sequence of (label, figures)
            For the alt text, which says each row where they are few, and ``summary`` where they are many.
        captioned : str
            What is measured, as the caption says it where that is more than ``what``.
        """
        message = self.message or message
        unit = measured("", self.unit).rstrip(".")
        of = ", ".join(filter(None, [lowered(what), lowered(unit)])) or "values"
        rows = "; ".join(f"{label}: {value}" if label else value for label, value in said[:FEW])
        rows = summary if len(said) > FEW and summary else rows
        alt = f"{kind} of {of}{shape}. {message.rstrip('.')}. {rows}.".replace("..", ".")
        measure = self.measure(captioned or what)
        return Figure(message, measure, alt, numbers, picture, (*self.notes, *notes))

    def spread(self, values: pd.Series) -> str:
        """Extremes and median of many values, in words, with how many lie below zero."""
        values = values.dropna()
        low, high, below = values.idxmin(), values.idxmax(), int((values < 0).sum())
        ends = (
            f"lowest {low} {self.write(values[low])}, median {self.write(values.median())}, "
            f"highest {high} {self.write(values[high])}"
        )
        return ends + f"; {below} of {len(values)} below zero" * bool(below)

    def top(self, values: pd.Series) -> str:
        """A message from the data: the greatest and the least."""
        values = values.dropna()
        high, low = values.idxmax(), values.idxmin()
        if len(values) == 1:
            return f"{high}: {self.write(values[high])}"
        if values[high] == values[low]:
            return f"All {len(values)} are the same, at {self.write(values[high])}"
        least = f"{low} is lowest, at {self.write(values[low])}"
        return f"{high} is highest, at {self.write(values[high])}; {least}"
