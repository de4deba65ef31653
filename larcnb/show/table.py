"""One kind of table: a frame as accessible HTML, and as plain text that can be compared.

In: a frame. Out: :class:`Table`. Units stand in the header, numbers to the right, a blank is an en dash, and a value
withheld keeps its ``[c]``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from larcnb.show import words
from larcnb.show.html import HTML, linked, styled
from larcnb.show.sentences import measured
from larcnb.show.words import blank, kind_of, labelled, plural, sentence, written

IN_HEADER = dict.fromkeys(words.MONEY, "£") | dict.fromkeys(words.SHARES, "%")
PLAIN_ROWS, LONG = 40, 60
NAMES = {kind: re.compile(rf"(^|_)({of})(_|$)") for kind, of in words.HEADERS["names"].items()}
"""What the name of a column of money, or of shares, has in it."""


@dataclass(frozen=True, repr=False)
class Table:
    """A table that shows itself; make one with :func:`table`."""

    caption: str
    headers: Sequence[str]
    kinds: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    row_headers: int = 1
    totals: int = 0
    most: int = 30
    folded: bool = False
    links: Mapping[int, Sequence[str]] = field(default_factory=dict)
    ids: Sequence[str] = ()

    def _repr_html_(self) -> str:
        return styled(f'<div class="larc">{self.html()}</div>')

    def html(self) -> str:
        """The table without its style sheet; everything escaped. Rows after ``most`` are folded, and counted."""
        lead, end, last = self.caption.rstrip("."), len(self.rows) - self.totals, self.most
        if end <= 0:
            return HTML.nothing(lead)
        sums = range(end, len(self.rows))
        if self.folded or end <= last + 5:  # a fold for a few rows is not worth a click
            shown = HTML.table(self, range(end), sums, self.caption)
        else:
            shown = HTML.table(self, range(last), sums, f"{lead}. The first {last} of {end} rows.")
            rest = HTML.table(self, range(last, end), (), f"{lead}. The other rows.")
            shown += HTML.folded(plural(end - last, "more row").capitalize(), rest)
        shown += HTML.notes(self.notes)
        return HTML.folded(self.caption, shown, "folded") if self.folded else shown

    @cached_property
    def _looks(self) -> list[str]:
        """What each column's cells say of their look: numbers stand to the right, and long words need room."""
        long = [max(map(len, column), default=0) > LONG for column in zip(*self.rows, strict=True)]
        looks = ["" if kind == "text" else ' class="number"' for kind in self.kinds]
        pairs = zip(looks, long, strict=True)
        return [look or (' class="long"' if wide else "") for look, wide in pairs]

    def row(self, at: int) -> Markup:
        """A row as HTML, not by template, for pages have thousands; a total has no dashes."""
        is_total, cells = at >= len(self.rows) - self.totals, []
        for n, (text, look) in enumerate(zip(self.rows[at], self._looks, strict=True)):
            text = "" if is_total and text == words.DASH else text
            tag, scope = ("th", ' scope="row"') if n < self.row_headers and text else ("td", "")
            address = "".join(self.links.get(n, ())[at : at + 1])
            cells.append(f"<{tag}{scope}{look}>{linked(text, address)}</{tag}>")
        mark = f' id="{escape(self.ids[at])}"' if at < len(self.ids) else ""
        return Markup(f"<tr{mark}>{''.join(cells)}</tr>")

    def __repr__(self) -> str:
        if len(self.rows) <= self.totals:
            return f"{self.caption.rstrip('.')}: nothing to show."
        more = len(self.rows) - PLAIN_ROWS
        lines = [self.caption, *map(" | ".join, (self.headers, *self.rows[:PLAIN_ROWS]))]
        if more > 0:
            lines.append(f"... and {plural(more, 'more row')}")
        return "\n".join([*lines, *self.notes])


def table(
    frame: pd.DataFrame | pd.Series,
    caption: str,
    *,
    unit: str = "",
    run: Any = None,
    formats: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    links: Mapping[str, Iterable[str]] | None = None,
    **look: Any,
) -> Table:
    """Show a frame as a table.

    Parameters
    ----------
    frame : DataFrame or Series, n rows
        An index with a name, or of words, heads the rows; else the first column does.
    caption : str
        What the table holds.
    unit : str
        ``GBP`` or ``share``: how columns of numbers are written where neither ``formats`` nor their name says.
    run : Run or Context, optional
        Adds price base (where there is money), whose, scenario and number of cases to the caption.
    formats : dict of column to format, optional
        ``gbp`` whole pounds · ``pence`` · ``count`` · ``number`` (at most two decimals) · ``percent`` (0 to 1) ·
        ``share`` (a simulated share, 0 to 1, never 0% or 100%) · ``factor`` (three decimals) · ``text``. Left out: by
        the column's name (``saving_long`` is money, ``chance`` per cent) and type.
    labels : dict of column to words, optional
        The header, where the column's name does not say it; a format's unit stands behind.
    links : dict of column to addresses, optional
        Where each cell leads; "" for nowhere.
    notes : sequence of str
        Sentences below.
    totals : int
        How many rows, from the bottom, are totals.
    most : int
        More rows than these (30) are folded away, and their number said.
    folded : bool
        The whole table is folded under its caption.
    row_headers : int, optional
        How many columns, from the left, head the row.
    ids : sequence of str
        An anchor for each row.

    Raises
    ------
    ValueError
        A format is unknown, or for a column the frame lacks.

    Examples
    --------
    >>> frame = pd.DataFrame({"case": ["c1", "c2", "c3"], "saving_long": [299123.6, -3000.0, None]})
    >>> table(frame, "Saving by case.")
    Saving by case.
    Case | Net saving, long term (£)
    c1 | 299,124
    c2 | −3,000
    c3 | –
    """
    flat, depth = frame.to_frame() if isinstance(frame, pd.Series) else frame, 1
    if not isinstance(flat.index, pd.RangeIndex) or flat.index.name:
        depth, names = flat.index.nlevels, [name or "row" for name in flat.index.names]
        flat = flat.reset_index(names=names, allow_duplicates=True)
    names = [column if isinstance(column, tuple) else (column,) for column in flat]
    flat = flat.set_axis([" ".join(map(str, name)).strip() for name in names], axis=1)
    formats, labels = formats or {}, labels or {}
    kinds = words.KINDS
    wrong = [f"{of}: {kind}" for of, kind in formats.items() if kind not in kinds or of not in flat]
    if wrong:
        known = f"Columns: {', '.join(flat)}. Formats: {', '.join(kinds)}."
        raise ValueError(f"No such column or format: {', '.join(wrong)}. {known}")
    headers, kinds, columns = [], [], []
    for column, values in flat.items():
        kind = formats.get(column) or format_of(column, values)
        if unit and kind == "number" and column not in formats:
            kind = kind_of(unit)
        header = labels.get(column, sentence(column))
        headers.append(f"{header} ({IN_HEADER[kind]})" if kind in IN_HEADER else header)
        kinds.append(kind)
        cell = partial(_cell, kind=kind, column=column, run=run)
        # a code stands in many rows, and finding its words takes time
        columns.append(list(map(cache(cell) if column in words.CODED else cell, values)))
    if run is not None:
        money = "GBP" if {*words.MONEY} & {*kinds} else ""
        caption = f"{caption.rstrip('.')}. {measured('', money, run)}"
    rows, names = zip(*columns, strict=True), list(flat)
    look["links"] = {names.index(column): tuple(to) for column, to in (links or {}).items()}
    return Table(caption, headers, kinds, tuple(rows), **{"row_headers": depth} | look)


def _cell(value: object, kind: str, column: str, run: Any) -> str:
    """A value as a cell has it: its unit is in the header, but a simulated share near an end needs its words."""
    if kind == "text" and column in words.CODED and not blank(value):
        return labelled(value, column, run)
    text = written(value, kind)
    if kind in words.MONEY and not isinstance(value, str):
        return text.replace("£", "")
    return text.removesuffix("%") if kind in words.SHARES else text


def format_of(column: str, values: pd.Series) -> str:
    """The format of a column, by its type and its name; numbers among which some are withheld are numbers."""
    types = pd.api.types
    if not types.is_numeric_dtype(values):
        values = pd.Series([value for value in values if not blank(value) and value != "[c]"])
    if types.is_bool_dtype(values) or not types.is_numeric_dtype(values):
        return "text"
    if NAMES["share"].search(column) and types.is_float_dtype(values):
        return "percent"
    if NAMES["money"].search(column):
        return "gbp"
    return "count" if types.is_integer_dtype(values) else "number"
