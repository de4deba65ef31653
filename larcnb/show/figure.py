"""What every chart shows: caption, picture, alt text with figures, notes and the table of the numbers drawn.

In: what a cell says of its chart (:class:`Asked`), a picture as HTML, a frame. Out: :class:`Figure`. A picture is
inline SVG in HTML: its text takes the page's own colour, so that it can be read in dark and in light.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from larcnb.show.context import measured, styled
from larcnb.show.html import HTML
from larcnb.show.table import Table, format_of, table
from larcnb.show.words import kind_of, listed, lowered, sentence, short, written

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
        return styled(HTML.figure(self)) if self.picture else f"<p>{HTML.head(self)}</p>"

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
    notes : sequence of str
        Sentences below the chart.
    most : int
        More rows than these are not drawn; the table has all.
    """

    message: str | None = None
    unit: str = ""
    what: str | None = None
    run: Any = None
    notes: Sequence[str] = ()
    most: int = 30

    def write(self, value: object) -> str:
        """A value in full, with its unit."""
        return written(value, kind_of(self.unit))

    def brief(self, value: float) -> str:
        """A value on an axis."""
        return short(value, kind_of(self.unit))

    def named(self, *names: str) -> str:
        """What is measured, as the cell says it; else by the columns' names ("0" is a Series without one)."""
        if self.what is not None:
            return self.what
        return "" if names == ("0",) else sentence(listed(map(lowered, names)))

    def nothing(self, what: str, why: str) -> Figure:
        """A chart without anything to draw: one plain sentence."""
        return Figure(f"There is nothing to draw: {why}.", measured(what, self.unit, self.run))

    def figure(
        self,
        kind: str,
        what: str,
        shape: str,
        message: str,
        said: Sequence[tuple[str, str]],
        picture: str,
        frame: pd.DataFrame,
        notes: Sequence[str] = (),
        summary: str = "",
        captioned: str = "",
        **of: Mapping[str, str],
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
        frame : DataFrame
            The numbers drawn; in the chart's unit unless ``formats`` say otherwise.
        captioned : str
            What is measured, as the caption says it where that is more than ``what``.
        **of
            ``formats`` and ``labels`` of the table of numbers.
        """
        message = self.message or message
        unit = measured("", self.unit).rstrip(".")
        drawn = ", ".join(filter(None, [lowered(what), lowered(unit)])) or "values"
        rows = "; ".join(f"{label}: {value}" for label, value in said[:FEW])
        rows = summary if len(said) > FEW and summary else rows
        alt = f"{kind} of {drawn}{shape}. {message.rstrip('.')}. {rows}.".replace("..", ".")
        measure = measured(captioned or what, self.unit, self.run)
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
        """A message from the data: the greatest and the least."""
        values = values.dropna()
        high, low = values.idxmax(), values.idxmin()
        if len(values) == 1:
            return f"{high}: {self.write(values[high])}"
        if values[high] == values[low]:
            return f"All {len(values)} are the same, at {self.write(values[high])}"
        least = f"{low} is lowest, at {self.write(values[low])}"
        return f"{high} is highest, at {self.write(values[high])}; {least}"
