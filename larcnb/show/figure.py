"""What every chart shows: caption, picture, alt text with figures, notes and the table of the numbers drawn.

In: words, a picture as HTML, a table. Out: :class:`Figure`. Everything from data is escaped before it is in a picture.

A picture is inline SVG in HTML: its text takes the page's own colour, so that it can be read in dark and in light, and
rows put their label above the bar where there is no room beside it. Marks have 3 to 1 contrast on white and on black.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

import pandas as pd

from larcnb.show.context import styled
from larcnb.show.table import Table
from larcnb.show.words import escaped

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
        HTML with inline SVG; "" where there is nothing to draw.
    notes : tuple of str
        Sentences below the picture.
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
        return styled(
            f'<figure class="larc"><figcaption>{head}</figcaption>'
            f'<div class="chart" role="img" aria-label="{escape(self.alt)}">{self.picture}</div>{notes}'
            f"<details><summary>The numbers drawn</summary>{self.numbers.html()}</details></figure>"
        )

    def __repr__(self) -> str:
        return "\n".join([self.caption, self.alt, *self.notes] if self.picture else [self.caption])


def figure(
    message: str | None,
    measure: str,
    kind: str,
    said: Sequence[tuple[str, str]],
    numbers: Table,
    picture: str,
    notes: Sequence[str] = (),
    summary: str = "",
) -> Figure:
    """Put a chart together; its alt text says each row where they are few, and ``summary`` where they are many."""
    rows = "; ".join(f"{label}: {value}" if label else value for label, value in said)
    if len(said) > FEW:
        rows = summary or "; ".join(f"{label}: {value}" for label, value in said[:FEW])
    alt = f"{kind}. {message.rstrip('.')}. {rows}.".replace("..", ".")
    return Figure(message, measure, alt, numbers, picture, tuple(notes))


def nothing(message: str | None, measure: str, why: str) -> Figure:
    """A chart without anything to draw: one plain sentence."""
    return Figure(why, measure)


def spread(values: pd.Series, write: Callable) -> str:
    """Extremes and median of many values, in words, with how many lie below zero."""
    low, high, below = values.idxmin(), values.idxmax(), int((values < 0).sum())
    return (
        f"lowest {low} {write(values[low])}, median {write(values.median())}, highest {high} {write(values[high])}"
        + (f"; {below} of {len(values)} below zero" if below else "")
    )
