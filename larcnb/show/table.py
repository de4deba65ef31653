"""One kind of table: a frame as accessible HTML, and as plain text that can be compared.

In: a frame. Out: :class:`Table`. Units stand in the header, numbers to the right, a blank is an en dash, and a value
withheld keeps its ``[c]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    number,
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
        if len(self.rows) <= self.totals:
            return f"<p>{escape(self.caption.rstrip('.'))}: nothing to show.</p>"
        notes = "".join(f'<p class="note">{linked(note)}</p>' for note in self.notes)
        end, last = len(self.rows) - self.totals, self.most
        if self.folded or end <= last + 5:  # a fold for a few rows is not worth a click
            shown = self._table(range(end), self.caption)
        else:
            rest = plural(end - last, "more row")
            shown = (
                self._table(
                    range(last), f"{self.caption.rstrip('.')}. The first {last} of {end} rows."
                )
                + f"<details><summary>{rest[:1].upper()}{rest[1:]}</summary>"
                + self._table(
                    range(last, end), f"{self.caption.rstrip('.')}. The other rows.", foot=False
                )
                + "</details>"
            )
        if self.folded:
            return f'<details class="folded"><summary>{linked(self.caption)}</summary>{shown}{notes}</details>'
        return shown + notes

    def _table(self, body: range, caption: str, foot: bool = True) -> str:
        named = zip(self.headers, self.kinds, strict=True)
        head = "".join(
            f'<th scope="col"{_align(kind)}>{escape(header)}</th>' for header, kind in named
        )
        wide = {
            n
            for n, kind in enumerate(self.kinds)
            if kind == "text" and any(len(row[n]) > LONG for row in self.rows)
        }
        lines = "".join(self._row(n, wide) for n in body)
        totals = range(len(self.rows) - self.totals, len(self.rows)) if foot else ()
        sums = "".join(self._row(n, wide) for n in totals)
        region = (
            f' role="group" tabindex="0" aria-label="{escape(caption)}"'  # it may scroll on a phone
        )
        return (
            f'<div class="table"{region}><table>'
            f"<caption>{linked(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{lines}</tbody>"
            + (f"<tfoot>{sums}</tfoot>" if sums else "")
            + "</table></div>"
        )

    def _row(self, at: int, wide: set[int]) -> str:
        cells = []
        for n, (cell, kind) in enumerate(zip(self.rows[at], self.kinds, strict=True)):
            cell = "" if cell == DASH and at >= len(self.rows) - self.totals else cell
            tag, scope = ("th", ' scope="row"') if n < self.row_headers and cell else ("td", "")
            address = self.links[n][at] if n in self.links and at < len(self.links[n]) else ""
            look = ' class="long"' if n in wide else _align(kind)
            cells.append(f"<{tag}{scope}{look}>{linked(cell, address)}</{tag}>")
        mark = f' id="{escape(self.ids[at])}"' if at < len(self.ids) else ""
        return f"<tr{mark}>{''.join(cells)}</tr>"

    def __str__(self) -> str:
        if len(self.rows) <= self.totals:
            return f"{self.caption.rstrip('.')}: nothing to show."
        lines = [
            self.caption,
            " | ".join(self.headers),
            *(" | ".join(row) for row in self.rows[:PLAIN_ROWS]),
        ]
        if len(self.rows) > PLAIN_ROWS:
            lines.append(f"... and {plural(len(self.rows) - PLAIN_ROWS, 'more row')}")
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
    flat = frame.to_frame() if isinstance(frame, pd.Series) else frame
    depth = 1
    if not isinstance(flat.index, pd.RangeIndex) or flat.index.name:
        depth, flat = flat.index.nlevels, flat.reset_index(names=_index_names(flat))
    flat.columns = [
        " ".join(map(str, c)).strip() if isinstance(c, tuple) else str(c) for c in flat.columns
    ]
    formats, labels, units = dict(formats or {}), labels or {}, units or {}
    wrong = [
        f"{column}: {kind}"
        for column, kind in formats.items()
        if kind not in KINDS or column not in flat
    ]
    if wrong:
        raise ValueError(
            f"No such column or format: {', '.join(wrong)}. Columns: {', '.join(flat)}. Formats: {', '.join(KINDS)}."
        )
    kinds = [formats.get(column) or _kind(column, flat[column]) for column in flat]
    unsaid = [
        kind == "number" and column not in formats for column, kind in zip(flat, kinds, strict=True)
    ]
    kinds = [
        kind_of(unit) if unit and own else kind for kind, own in zip(kinds, unsaid, strict=True)
    ]
    headers = []
    for column, kind in zip(flat, kinds, strict=True):
        unit = units.get(column, IN_HEADER.get(kind, ""))
        headers.append(labels.get(column, sentence(column)) + (f" ({unit})" if unit else ""))
    columns = [
        [
            labelled(v, column, run)
            if column in CODED and kind == "text" and not blank(v)
            else _cell(v, kind)
            for v in flat[column]
        ]
        for column, kind in zip(flat, kinds, strict=True)
    ]
    if run is not None:
        money = "GBP" if {"gbp", "pence"} & set(kinds) else ""
        caption = f"{caption.rstrip('.')}. {measured('', money, run, cases)}"
    places = {
        list(flat).index(column): tuple(addresses) for column, addresses in (links or {}).items()
    }
    heads = depth if row_headers is None else row_headers
    return Table(
        caption,
        tuple(headers),
        tuple(kinds),
        tuple(zip(*columns, strict=True)),
        tuple(notes),
        heads,
        totals,
        most,
        folded,
        places,
        tuple(ids),
    )


def _cell(value: object, kind: str) -> str:
    """A value as a cell has it: its unit is in the header, but a simulated share near an end needs its words."""
    if (
        blank(value)
        or kind == "text"
        or isinstance(value, str)
        or value in (float("inf"), float("-inf"))
    ):
        return written(value, kind)
    return written(value, kind).removesuffix("%") if kind == "share" else number(value, kind)


def _index_names(frame: pd.DataFrame) -> list[str]:
    names = [str(name) if name is not None else "" for name in frame.index.names]
    return [
        name if name and name not in frame else f"{name or 'row'}{' ' * (name in frame)}"
        for name in names
    ]


def _kind(column: str, values: pd.Series) -> str:
    """The format of a column, by its type and its name."""
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        filled = [value for value in values if not blank(value)]
        numeric = [
            value
            for value in filled
            if isinstance(value, (int, float)) and not isinstance(value, bool)
        ]
        if not numeric or not all(value == "[c]" for value in filled if isinstance(value, str)):
            return "text"
        values = pd.Series(numeric)  # numbers among which some are withheld
    if SHARE.search(column) and pd.api.types.is_float_dtype(values):
        return "percent"
    if MONEY.search(column):
        return "gbp"
    return "count" if pd.api.types.is_integer_dtype(values) else "number"


def _align(kind: str) -> str:
    return "" if kind == "text" else ' class="number"'
