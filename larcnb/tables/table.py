"""One table: a frame shown as an accessible HTML table, and as plain text that can be compared.

In: frames of DATA.md. Out: :class:`Table`, and :class:`Context`, which every figure and table names: whose
figures, at whose prices, under which preset. Everything from the data is escaped here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

import pandas as pd

from larcnb.tables.words import MISSING, NOTHING, linked, plural, sentence, written

KINDS = ("text", "gbp", "pence", "count", "number", "share", "factor")
ALIGNED_RIGHT = set(KINDS) - {"text"}
IN_HEADER = {"gbp": "£", "pence": "£", "share": "%"}
PLAIN_ROWS = 40
SCROLLS_FROM = 4
LONG = 90


@dataclass(frozen=True)
class Context:
    """What every figure and table must say of itself.

    Parameters
    ----------
    name : str
        The authority or the round, in words.
    price_base : str
        The financial year in whose prices money is given.
    preset : str
        The set of assumptions.
    notice : str
        Shown at the top of every page, such as that the cases are made up; empty for none.
    wording : str
        ``caf`` or ``early_help``: which words to use (:data:`larcnb.codes.WORDING`).
    short_years, long_years : int, optional
        The horizons of the assumptions, in years; left out, captions say short and long term.
    """

    name: str
    price_base: str
    preset: str
    notice: str = ""
    wording: str = "caf"
    short_years: int | None = None
    long_years: int | None = None

    def measure(self, what: str, number: int | None = None, thing: str = "costed case") -> str:
        """End of a caption: what is measured, at which prices, whose, under which preset, of how many.

        Examples
        --------
        >>> Context("Exampleshire", "2010-11", "larc").measure("Inputs", 3)
        'Inputs, £ at 2010-11 prices. Exampleshire, preset larc, 3 costed cases.'
        """
        of = "" if number is None else f", {plural(number, thing)}"
        return f"{what}, £ at {self.price_base} prices. {self.name}, preset {self.preset}{of}."

    def over(self, term: str) -> str:
        """``over 15 years`` for ``long``, ``over 1 year`` for ``short``; the term itself where years are not given."""
        years = self.short_years if term == "short" else self.long_years
        return f"in the {term} term" if years is None else f"over {plural(years, 'year')}"

    def _repr_html_(self) -> str:
        notice = f'<p class="notice">{escape(self.notice)}</p>' if self.notice else ""
        return notice + (
            f'<p class="context"><strong>{escape(self.name)}</strong>. Prices of {escape(self.price_base)}, '
            f"preset {escape(self.preset)}.</p>"
        )

    def __str__(self) -> str:
        line = f"{self.name}. Prices of {self.price_base}, preset {self.preset}."
        return f"{self.notice}\n{line}" if self.notice else line


@dataclass(frozen=True)
class Table:
    """A table that shows itself; make one with :func:`show`."""

    caption: str
    headers: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    row_headers: int = 1
    totals: int = 0
    folded: bool = False
    ids: tuple[str, ...] = field(default=(), repr=False)
    links: Mapping[int, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def _repr_html_(self) -> str:
        return self.html()

    @property
    def empty(self) -> bool:
        """No row but totals: there is nothing to show but the caption."""
        return len(self.rows) <= self.totals

    def html(self) -> str:
        """The table in its scrolling frame, with its notes; a sentence where it has no rows. Everything escaped."""
        if self.empty:
            return f"<p>{escape(self.caption)}</p>"
        named = zip(self.headers, self.kinds, strict=True)
        head = "".join(f'<th scope="col"{_align(kind)}>{escape(header)}</th>' for header, kind in named)
        lines = [self._row(n, row) for n, row in enumerate(self.rows)]
        body, foot = lines[: len(lines) - self.totals], lines[len(lines) - self.totals :]
        foot = f"<tfoot>{''.join(foot)}</tfoot>" if foot else ""
        scrolls = len(self.headers) >= SCROLLS_FROM
        region = f' role="group" tabindex="0" aria-label="{escape(self.caption)}"' if scrolls else ""
        table = (
            f'<div class="table"{region}><table><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>{foot}</table></div>"
        )
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        if not self.folded:
            return table + notes
        return f'<details class="folded"><summary>{escape(self.caption)}</summary>{table}{notes}</details>'

    @cached_property
    def _long(self) -> set[int]:
        """The columns that hold long text and need room."""
        texts = [place for place, kind in enumerate(self.kinds) if kind == "text"]
        return {place for place in texts if any(len(row[place]) > LONG for row in self.rows)}

    def _row(self, number: int, row: Sequence[str]) -> str:
        cells = []
        for place, (cell, kind) in enumerate(zip(row, self.kinds, strict=True)):
            cell = "" if cell == NOTHING and number >= len(self.rows) - self.totals else cell
            tag, scope = ("th", ' scope="row"') if place < self.row_headers and cell else ("td", "")
            address = self.links[place][number] if place in self.links and number < len(self.links[place]) else ""
            style = ' class="long"' if place in self._long else _align(kind)
            cells.append(f"<{tag}{scope}{style}>{linked(cell, address)}</{tag}>")
        mark = f' id="{escape(self.ids[number])}"' if number < len(self.ids) else ""
        return f"<tr{mark}>{''.join(cells)}</tr>"

    def __str__(self) -> str:
        if self.empty:
            return self.caption
        lines = [self.caption, " | ".join(self.headers)]
        lines += [" | ".join(row) for row in self.rows[:PLAIN_ROWS]]
        if len(self.rows) > PLAIN_ROWS:
            lines.append(f"... and {plural(len(self.rows) - PLAIN_ROWS, 'more row')}")
        return "\n".join([*lines, *self.notes])

    __repr__ = __str__


def show(
    frame: pd.DataFrame,
    caption: str,
    units: Mapping[str, str] | None = None,
    notes: Iterable[str] = (),
    *,
    formats: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    missing: Mapping[str, str] | None = None,
    row_headers: int = 1,
    totals: int = 0,
    folded: bool = False,
    ids: Iterable[str] = (),
    links: Mapping[str, Iterable[str]] | None = None,
    empty: str = "",
) -> Table:
    """Show a frame as a table: caption, a header for each column and row, units in the headers, notes below.

    Parameters
    ----------
    frame : DataFrame, n rows
        The columns to show, in order; the first ``row_headers`` of them name the row. The index is not shown.
    caption : str
        What the table holds, at which prices, of how many.
    units : dict of column to unit, optional
        Put into the header in brackets; ``£`` and ``%`` come of themselves with the format.
    notes : iterable of str
        Sentences below the table.
    formats : dict of column to format, optional
        ``gbp`` whole pounds · ``pence`` pounds and pence · ``count`` · ``number`` (as many decimals as it has, at
        most two) · ``share`` (0 to 1, shown in per cent) · ``factor`` (three decimals) · ``text``.
        Left out: by the column's type.
    labels : dict of column to header, optional
        Left out: the column's name with its first letter raised.
    missing : dict of column to words, optional
        What a missing value says; left out ``[x]``, explained in a note. Blank text is shown as a dash.
    row_headers : int
        How many columns, from the left, head the row.
    totals : int
        How many rows, from the bottom, are totals.
    folded : bool
        Show the caption, and the table when asked.
    ids : iterable of str
        An anchor for each row, where links lead to it.
    links : dict of column to iterable of str, optional
        Where each cell of the column leads: an anchor, a page beside this one or a web address; blank for nowhere.
    empty : str
        The sentence that stands in the table's place where it has no rows but totals; left out, its caption.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        A format is none of those above, or is for a column the frame lacks (a bug in the notebook).

    Examples
    --------
    >>> frame = pd.DataFrame({"case": ["c1", "c2"], "saving_long": [299123.6, -3000.0]})
    >>> show(frame, "Saving by case", formats={"saving_long": "gbp"})
    Saving by case
    Case | Saving long (£)
    c1 | 299,124
    c2 | −3,000
    """
    formats, labels, units, missing = dict(formats or {}), labels or {}, units or {}, missing or {}
    unknown = [f"{column}: {kind}" for column, kind in formats.items() if kind not in KINDS or column not in frame]
    if unknown:
        raise ValueError(f"No such column or format: {', '.join(unknown)}. Formats are {', '.join(KINDS)}.")
    kinds = [formats.get(column) or _kind(frame[column]) for column in frame]
    headers = []
    for column, kind in zip(frame, kinds, strict=True):
        unit = units.get(column, IN_HEADER.get(kind, ""))
        headers.append(labels.get(column, sentence(column)) + (f" ({unit})" if unit else ""))
    columns = [
        [written(value, kind, missing.get(column, MISSING)) for value in frame[column]]
        for column, kind in zip(frame, kinds, strict=True)
    ]
    rows = tuple(zip(*columns, strict=True))
    notes = tuple(notes)
    if any(MISSING in row for row in rows):
        notes += (f"{MISSING} means not available.",)
    places = {list(frame).index(column): tuple(addresses) for column, addresses in (links or {}).items()}
    caption = empty if empty and len(frame) <= totals else caption
    return Table(caption, tuple(headers), tuple(kinds), rows, notes, row_headers, totals, folded, tuple(ids), places)


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return "text"
    return "count" if pd.api.types.is_integer_dtype(column) else "number"


def _align(kind: str) -> str:
    return ' class="number"' if kind in ALIGNED_RIGHT else ""
