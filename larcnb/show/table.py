"""One kind of table: a frame as accessible HTML, and as plain text that can be compared.

In: a frame. Out: :class:`Table`. Units stand in the header, numbers to the right, a blank is an en dash, and a value
withheld keeps its ``[c]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from larcnb.show.context import measured, styled
from larcnb.show.words import (
    CODED,
    DASH,
    KINDS,
    blank,
    kind_of,
    labelled,
    linked,
    plural,
    sentence,
    written,
)

IN_HEADER = {"gbp": "£", "pence": "£", "percent": "%", "share": "%"}
PLAIN_ROWS, LONG = 40, 60
MONEY = re.compile(
    r"(^|_)(amount|saving|savings|avoided|inputs|inputs_appraised|cost|costs|gbp|spent|told|process|"
    r"interventions|preparation|assessment|meetings|cashable|median|unit_value)(_|$)"
)
SHARE = re.compile(
    r"(^|_)(share|chance|probability|deadweight|attribution|drop_off|prevented)(_|$)"
)


@dataclass(frozen=True)
class Table:
    """A table that shows itself; make one with :func:`table`."""

    caption: str
    headers: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    row_headers: int = 1
    totals: int = 0
    most: int = 30
    folded: bool = False
    links: Mapping[int, tuple[str, ...]] = field(default_factory=dict, repr=False)
    ids: tuple[str, ...] = field(default=(), repr=False)

    def _repr_html_(self) -> str:
        return styled(f'<div class="larc">{self.html()}</div>')

    def html(self) -> str:
        """The table without its style sheet; everything escaped. Rows after ``most`` are folded, and counted."""
        lead, end, last = self.caption.rstrip("."), len(self.rows) - self.totals, self.most
        if end <= 0:
            return f"<p>{escape(lead)}: nothing to show.</p>"
        shown = self._table(range(end), self.caption)
        if not self.folded and end > last + 5:  # a fold for a few rows is not worth a click
            rest = self._table(range(last, end), f"{lead}. The other rows.", foot=False)
            more = plural(end - last, "more row").capitalize()
            shown = self._table(range(last), f"{lead}. The first {last} of {end} rows.")
            shown += f"<details><summary>{more}</summary>{rest}</details>"
        shown += "".join(f'<p class="note">{linked(note)}</p>' for note in self.notes)
        if self.folded:
            summary = f"<summary>{linked(self.caption)}</summary>"
            return f'<details class="folded">{summary}{shown}</details>'
        return shown

    def _table(self, body: range, caption: str, foot: bool = True) -> str:
        head = "".join(
            f'<th scope="col"{_align(kind)}>{escape(header)}</th>'
            for header, kind in zip(self.headers, self.kinds, strict=True)
        )
        lines, totals = (
            "".join(map(self._row, of))
            for of in (body, range(len(self.rows) - self.totals, len(self.rows)))
        )
        sums = f"<tfoot>{totals}</tfoot>" * (foot and bool(totals))
        region = f'role="group" tabindex="0" aria-label="{escape(caption)}"'  # it may scroll
        return (
            f'<div class="table" {region}><table><caption>{linked(caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody>{sums}</table></div>"
        )

    @cached_property
    def _long(self) -> set[int]:
        """Columns whose words need room."""
        texts = (n for n, kind in enumerate(self.kinds) if kind == "text")
        return {n for n in texts if any(len(row[n]) > LONG for row in self.rows)}

    def _row(self, at: int) -> str:
        cells, is_total = [], at >= len(self.rows) - self.totals
        for n, (cell, kind) in enumerate(zip(self.rows[at], self.kinds, strict=True)):
            cell = "" if cell == DASH and is_total else cell
            tag, scope = ("th", ' scope="row"') if n < self.row_headers and cell else ("td", "")
            addresses = self.links.get(n, ())
            look = ' class="long"' if n in self._long else _align(kind)
            text = linked(cell, addresses[at] if at < len(addresses) else "")
            cells.append(f"<{tag}{scope}{look}>{text}</{tag}>")
        mark = f' id="{escape(self.ids[at])}"' if at < len(self.ids) else ""
        return f"<tr{mark}>{''.join(cells)}</tr>"

    def __str__(self) -> str:
        if len(self.rows) <= self.totals:
            return f"{self.caption.rstrip('.')}: nothing to show."
        more = len(self.rows) - PLAIN_ROWS
        lines = [self.caption, *map(" | ".join, (self.headers, *self.rows[:PLAIN_ROWS]))]
        lines += [f"... and {plural(more, 'more row')}"] * (more > 0)
        return "\n".join([*lines, *self.notes])

    __repr__ = __str__


def table(
    frame: pd.DataFrame | pd.Series,
    caption: str,
    *,
    unit: str = "",
    run: Any = None,
    formats: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    totals: int = 0,
    most: int = 30,
    folded: bool = False,
    row_headers: int | None = None,
    links: Mapping[str, Iterable[str]] | None = None,
    ids: Iterable[str] = (),
    cases: int | None = None,
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
    labels, units : dict of column to words, optional
        Header and unit where the column's name and its format do not say them.
    notes : sequence of str
        Sentences below.
    totals : int
        How many rows, from the bottom, are totals.
    most : int
        More rows than these are folded away, and their number said.
    folded : bool
        The whole table is folded under its caption.
    row_headers : int, optional
        How many columns, from the left, head the row.
    links : dict of column to addresses, optional
        Where each cell leads; "" for nowhere.
    ids : iterable of str
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
        depth, flat = flat.index.nlevels, flat.reset_index(names=_index_names(flat))
    names = [column if isinstance(column, tuple) else (column,) for column in flat]
    flat = flat.set_axis([" ".join(map(str, name)).strip() for name in names], axis=1)
    formats, labels, units = dict(formats or {}), labels or {}, units or {}
    wrong = [f"{of}: {kind}" for of, kind in formats.items() if kind not in KINDS or of not in flat]
    if wrong:
        known = f"Columns: {', '.join(flat)}. Formats: {', '.join(KINDS)}."
        raise ValueError(f"No such column or format: {', '.join(wrong)}. {known}")
    headers, kinds, columns = [], [], []
    for column, values in flat.items():
        kind = formats.get(column) or format_of(column, values)
        kind = kind_of(unit) if unit and kind == "number" and column not in formats else kind
        in_header = units.get(column, IN_HEADER.get(kind, ""))
        in_header = f" ({in_header})" if in_header else ""
        headers.append(labels.get(column, sentence(column)) + in_header)
        coded = column in CODED and kind == "text"
        columns.append(
            [labelled(v, column, run) if coded and not blank(v) else _cell(v, kind) for v in values]
        )
        kinds.append(kind)
    if run is not None:
        money = "GBP" if {"gbp", "pence"} & {*kinds} else ""
        caption = f"{caption.rstrip('.')}. {measured('', money, run, cases)}"
    return Table(
        caption,
        tuple(headers),
        tuple(kinds),
        tuple(zip(*columns, strict=True)),
        tuple(notes),
        depth if row_headers is None else row_headers,
        totals,
        most,
        folded,
        {list(flat).index(column): tuple(to) for column, to in (links or {}).items()},
        tuple(ids),
    )


def _cell(value: object, kind: str) -> str:
    """A value as a cell has it: its unit is in the header, but a simulated share near an end needs its words."""
    text = written(value, kind)
    if kind in ("gbp", "pence") and not isinstance(value, str):
        return text.replace("£", "")
    return text.removesuffix("%") if kind in ("percent", "share") else text


def _index_names(frame: pd.DataFrame) -> list[str]:
    """Names for the levels of an index that no column has."""
    names = [str(name) if name is not None else "" for name in frame.index.names]
    return [
        name if name and name not in frame else f"{name or 'row'}{' ' * (name in frame)}"
        for name in names
    ]


def format_of(column: str, values: pd.Series) -> str:
    """The format of a column, by its type and its name; numbers among which some are withheld are numbers."""
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        filled = [value for value in values if not blank(value) and value != "[c]"]
        if not filled or any(
            isinstance(v, bool) or not isinstance(v, (int, float)) for v in filled
        ):
            return "text"
        values = pd.Series(filled)
    if SHARE.search(column) and pd.api.types.is_float_dtype(values):
        return "percent"
    if MONEY.search(column):
        return "gbp"
    return "count" if pd.api.types.is_integer_dtype(values) else "number"


def _align(kind: str) -> str:
    return "" if kind == "text" else ' class="number"'
