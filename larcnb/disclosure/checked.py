"""The checked table: the only thing a public edition may show.

In: figures that passed every rule. Out: :class:`Checked`, which holds rounded figures and symbols, refuses anything
else when it is made or read, and keeps its verdict and where it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from larcnb.disclosure.rounding import percent, to_base, to_figures

CONFIDENTIAL, NOT_APPLICABLE, NOT_AVAILABLE, LOW = "[c]", "[z]", "[x]", "[low]"
SYMBOLS = {
    CONFIDENTIAL: "confidential: few families, nearly all of them, or a figure that would give another away",
    NOT_APPLICABLE: "not applicable: zero has no share",
    NOT_AVAILABLE: "not available: the group is too small for it, or it is left out so that others stay confidential",
    LOW: "rounds to zero, but is not zero",
}
"""Every symbol in words; each page explains those it uses."""
PASS, REVIEW, FAIL = "pass", "review", "fail"
VERDICTS = {
    PASS: "the table is released as the rules leave it.",
    REVIEW: "it is released too, with much of it hidden or cells hidden to protect others: look at what still shows.",
    FAIL: "the table is left out of the edition; approving releases the others and never a failed one.",
}
"""What each verdict means for what is released."""
FAMILIES, SHARE = "families", "share"


@dataclass(frozen=True)
class Cell:
    """A figure, or a symbol where there is none; never empty.

    Examples
    --------
    >>> Cell(25).text, Cell(None, "[c]").text
    ('25', '[c]')
    """

    value: int | None
    symbol: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != (self.symbol in SYMBOLS) or (
            self.value is not None and self.symbol
        ):
            raise ValueError("A cell holds a whole number or a symbol.")
        if self.value is not None and type(self.value) is not int:
            raise ValueError("A cell's figure is a whole number.")

    @property
    def text(self) -> str:
        """What a page writes."""
        return self.symbol if self.value is None else f"{self.value:,}".replace("-", "−")


@dataclass(frozen=True)
class Verdict:
    """What the rules said of one table of one place.

    Parameters
    ----------
    place, table : str
    verdict : str
        ``pass``, ``review`` (passes; a person should look) or ``fail`` (is not shown).
    reasons : tuple of str
        In words; no count of families that is not shown.
    shown, hidden : int
        Cells shown, a nought included, and cells hidden.
    """

    place: str
    table: str
    verdict: str
    reasons: tuple[str, ...] = ()
    shown: int = 0
    hidden: int = 0

    def __str__(self) -> str:
        cells = (
            f" ({self.shown} cells shown, {self.hidden} hidden)"
            if self.shown or self.hidden
            else ""
        )
        return (
            f"{self.verdict:6} {self.place}, {self.table}{cells}. {' '.join(self.reasons)}".rstrip()
        )


@dataclass(frozen=True)
class Row:
    """One line: its category, label, and a cell for each column."""

    code: str
    label: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Checked:
    """One table of one place, each of whose figures passed.

    Parameters
    ----------
    place, place_kind, place_name : str
        ``place_kind`` is ``authority``, ``region`` or ``nation``.
    table, title : str
    unit : str
        ``families`` for counts, ``gbp`` for money, ``authorities`` for counts of organisations, which are exempt.
    columns : dict of column to label
        ``families`` and ``share`` (per cent of ``group``), or statistics.
    rows : tuple of Row
    group : Cell
        The families the table is of, rounded; ``group_label`` says which.
    base, small, digits : int
        Counts are multiples of ``base`` above ``small``; money has ``digits`` significant figures.
    notes : tuple of str
    verdict : Verdict
        ``pass`` or ``review``.
    provenance : dict
        ``round``, ``release`` (fingerprint), ``inputs``, ``rules``.

    Raises
    ------
    ValueError
        A figure is not of the form the rules allow, so that it cannot have been checked.
    """

    place: str
    place_kind: str
    place_name: str
    table: str
    title: str
    unit: str
    columns: Mapping[str, str]
    rows: tuple[Row, ...]
    group: Cell
    group_label: str
    base: int
    small: int
    digits: int
    notes: tuple[str, ...]
    verdict: Verdict
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.verdict.verdict not in (PASS, REVIEW):
            raise ValueError("A table that failed cannot be shown.")
        self._check_count(self.group)
        for row in self.rows:
            if set(row.cells) != set(self.columns):
                raise ValueError("Each row has a cell for each column.")
            for column, cell in row.cells.items():
                if self.unit == "families" and column == FAMILIES:
                    self._check_count(cell)
                elif self.unit == "families":
                    self._check_share(row.cells[FAMILIES], cell)
                elif self.unit == "gbp":
                    self._check_amount(cell)

    def __getitem__(self, code: str) -> Row:
        return next(row for row in self.rows if row.code == code)

    def numbers(self) -> set[str]:
        """Every figure of the table as a page writes it, signs and symbols apart."""
        cells = [self.group, *(cell for row in self.rows for cell in row.cells.values())]
        return {f"{abs(cell.value):,}" for cell in cells if cell.value is not None}

    def symbols(self) -> dict[str, str]:
        """The symbols the table uses, in words."""
        used = {cell.symbol for row in self.rows for cell in row.cells.values()} | {
            self.group.symbol
        }
        return {symbol: words for symbol, words in SYMBOLS.items() if symbol in used}

    def to_json(self) -> dict[str, Any]:
        """The table as plain values; :func:`read_checked` reads it back."""
        return asdict(self)

    def _check_count(self, cell: Cell) -> None:
        count, least = cell.value, max(self.base, to_base(self.small + 1, self.base))
        if count and (count < least or to_base(count, self.base) != count):
            raise ValueError("A count is not rounded as the rules want.")

    def _check_amount(self, cell: Cell) -> None:
        if cell.value is not None and to_figures(float(cell.value), self.digits) != cell.value:
            raise ValueError("An amount has more significant figures than the rules allow.")

    def _check_share(self, part: Cell, share: Cell) -> None:
        if share.value is None:
            return
        if (
            not part.value
            or not self.group.value
            or share.value != percent(part.value, self.group.value)
        ):
            raise ValueError("A percentage is not that of the rounded figures.")
        if not 0 < share.value < 100:
            raise ValueError("None or all of a group has no percentage.")


def read_checked(plain: Mapping[str, Any]) -> Checked:
    """Make a checked table of plain values, looking at every figure again.

    Raises
    ------
    ValueError
        Something in it is not as :class:`Checked` wants it.
    """
    try:
        rows = tuple(
            Row(
                row["code"],
                row["label"],
                {name: Cell(**cell) for name, cell in row["cells"].items()},
            )
            for row in plain["rows"]
        )
        verdict = Verdict(**{**plain["verdict"], "reasons": tuple(plain["verdict"]["reasons"])})
        rest = {
            key: value
            for key, value in plain.items()
            if key not in ("rows", "group", "verdict", "notes")
        }
        return Checked(
            **rest,
            rows=rows,
            group=Cell(**plain["group"]),
            verdict=verdict,
            notes=tuple(plain["notes"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("This is not a checked table.") from error
