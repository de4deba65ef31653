"""The checked table: the only thing a public edition may show.

In: an edition after the audit. Out: by :func:`build`, a :class:`CheckedTable` for each table of each place, and a
verdict on it, shown or not (docs/disclosure.md). A checked table holds rounded figures and symbols, refuses anything
else when it is made or read.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from larcnb import codes
from larcnb.disclosure.register import OPEN, Edition, Key, Status
from larcnb.disclosure.rules import GROUPS, MEASURES, CountTable, Place, Rules, to_base, to_figures

CONFIDENTIAL, NOT_APPLICABLE, NOT_AVAILABLE, LOW = "[c]", "[z]", "[x]", "[low]"
"""What stands where no figure is shown; each page explains those it uses (:data:`larcnb.codes.SYMBOL`)."""


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
        is_figure = type(self.value) is int and not self.symbol
        if not is_figure and not (self.value is None and self.symbol in codes.SYMBOL):
            raise ValueError("A cell holds a whole number or a symbol.")

    @property
    def text(self) -> str:
        """What a page writes."""
        return self.symbol if self.value is None else f"{self.value:,}".replace("-", "−")


@dataclass(frozen=True)
class TableVerdict:
    """What the rules said of one table of one place.

    ``verdict`` is ``pass``, ``review`` (passes; a person should look) or ``fail`` (is not shown). ``reasons`` are in
    words, with no count of families that is not shown; a nought is among the cells ``shown``.
    """

    place: str
    table: str
    verdict: str
    reasons: tuple[str, ...] = ()
    shown: int = 0
    hidden: int = 0

    def __str__(self) -> str:
        cells = f" ({self.shown} cells shown, {self.hidden} hidden)" * (self.verdict != "fail")
        words = " ".join(self.reasons)
        return f"{self.verdict:6} {self.place}, {self.table}{cells}. {words}".rstrip()


@dataclass(frozen=True)
class Row:
    """One line: its category, label, and a cell for each column."""

    code: str
    label: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class CheckedTable:
    """One table of one place, each of whose figures passed.

    Parameters
    ----------
    table, title : str
    unit : str
        ``families`` for counts, ``gbp`` for money, ``authorities`` for counts of organisations, which are exempt.
    columns : dict of column to label
        ``families`` and ``share`` (per cent of ``group``), or statistics.
    rows : tuple of Row
    group, group_label : Cell, str
        The families the table is of, rounded, and which they are.
    base, small, digits : int
        Counts are multiples of ``base`` above ``small``; money has ``digits`` significant figures.
    notes : tuple of str

    Raises
    ------
    ValueError
        A figure is not of the form the rules allow, so that it cannot have been checked.
    """

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

    def __post_init__(self) -> None:
        is_good = self._is_count(self.group)
        for row in self.rows:
            is_good &= set(row.cells) == set(self.columns)
            for column, cell in row.cells.items():
                if self.unit == "gbp" and cell.value is not None:
                    is_good &= to_figures(float(cell.value), self.digits) == cell.value
                elif self.unit == "families" and column == "families":
                    is_good &= self._is_count(cell)
                elif self.unit == "families":
                    is_good &= cell.value is None or self._is_share(row.cells["families"], cell)
        if not is_good:
            raise ValueError("A figure is not rounded as the rules want.")

    def __getitem__(self, code: str) -> Row:
        return next(row for row in self.rows if row.code == code)

    def symbols(self) -> tuple[str, ...]:
        """What each symbol that the table uses means, a sentence each."""
        cells = [self.group, *(cell for row in self.rows for cell in row.cells.values())]
        used = {cell.symbol for cell in cells}
        return tuple(f"{of} means {said}." for of, said in codes.SYMBOL.items() if of in used)

    def to_dict(self) -> dict[str, Any]:
        """The table as plain values; :func:`read_checked` reads it back."""
        return asdict(self)

    def _is_count(self, cell: Cell) -> bool:
        least = max(self.base, to_base(self.small + 1, self.base))
        return not cell.value or (cell.value >= least and cell.value % self.base == 0)

    def _is_share(self, part: Cell, share: Cell) -> bool:
        if not part.value or not self.group.value or not 0 < share.value < 100:
            return False  # none or all of a group has no percentage
        return share.value == percent(part.value, self.group.value)


def read_checked(plain: Mapping[str, Any]) -> CheckedTable:
    """Make a checked table of plain values, looking at every figure again.

    Raises
    ------
    ValueError
        Something in it is not as :class:`CheckedTable` wants it.
    """
    try:
        rows = tuple(
            Row(**row | {"cells": {name: Cell(**cell) for name, cell in row["cells"].items()}})
            for row in plain["rows"]
        )
        made = {"rows": rows, "group": Cell(**plain["group"]), "notes": tuple(plain["notes"])}
        return CheckedTable(**plain | made)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("This is not a checked table.") from error


STATISTICS = {"mean": ("Mean", None), "lower": ("Lower quartile", 0.25)}
STATISTICS |= {"median": ("Median", 0.5), "upper": ("Upper quartile", 0.75)}
TOO_MANY = "More than half of it is hidden: fewer categories, or a wider place, would say more."
Tables = dict[str, dict[str, CheckedTable]]


def percent(part: int, whole: int) -> int:
    """A whole per cent of two rounded figures, half up.

    Examples
    --------
    >>> percent(25, 40), percent(5, 1000)
    (63, 1)
    """
    return (200 * part + whole) // (2 * whole)


def build(edition: Edition) -> tuple[Tables, list[TableVerdict]]:
    """Make the checked tables of every place.

    Returns
    -------
    dict of place to table to CheckedTable
        Without the tables that failed.
    list of TableVerdict
        One for each table of families of each place.
    """
    tables: Tables = {}
    verdicts, counted = [], edition.rules.tables()
    for place in edition.places.values():
        made = tables[place.id] = {}
        for name in [*counted, "costs"]:
            verdicts.append(_verdict(edition, place, name))
            if verdicts[-1].verdict != "fail":
                one = (edition, place)
                made[name] = _costs(*one) if name == "costs" else _counts(*one, counted[name])
        if place.kind == "nation":
            made["authorities"] = _authorities(edition, place)
    return tables, verdicts


def count_cell(edition: Edition, key: Key) -> Cell:
    """A count as it is shown."""
    status = edition.status[key]
    if status in OPEN:
        return Cell(edition.rounded(key) if status == Status.SHOWN else 0)
    return Cell(None, NOT_AVAILABLE if status == Status.WITHHELD else CONFIDENTIAL)


def share_cell(part: Cell, group: Cell, rules: Rules) -> Cell:
    """The whole per cent one rounded figure is of another, where it may be shown.

    Examples
    --------
    >>> from larcnb.disclosure.rules import load_rules
    >>> from larcnb.root import Root, WORKBOOK
    >>> rules = load_rules(Root(WORKBOOK))
    >>> shares = [share_cell(Cell(n), Cell(of), rules).text for n, of in ((10, 40), (10, 15), (0, 40), (40, 40))]
    >>> shares, share_cell(Cell(None, "[c]"), Cell(40), rules).text, share_cell(Cell(10), Cell(3000), rules).text
    (['25', '[x]', '[z]', '[c]'], '[c]', '[low]')
    """
    if part.value is None:
        return part
    if group.value is None or group.value < rules.percent_cases:
        return Cell(None, NOT_AVAILABLE)
    if not part.value:
        return Cell(None, NOT_APPLICABLE)
    share = percent(part.value, group.value)
    return Cell(share) if 0 < share < 100 else Cell(None, CONFIDENTIAL if share else LOW)


def _verdict(edition: Edition, place: Place, table: str) -> TableVerdict:
    statuses = [edition.status[key] for key in edition.keys(place.id, table)]
    reasons = tuple(edition.reasons.get((place.id, table), ()))
    if not edition.is_shown(place.id, table):
        return TableVerdict(place.id, table, "fail", reasons)
    shown = sum(status in OPEN for status in statuses)
    hidden = len(statuses) - shown
    if hidden > shown:
        reasons += (TOO_MANY,)
    is_thinned = hidden > shown or {Status.FURTHER, Status.WITHHELD} & {*statuses}
    return TableVerdict(place.id, table, "review" if is_thinned else "pass", reasons, shown, hidden)


def _counts(edition: Edition, place: Place, table: CountTable) -> CheckedTable:
    group = count_cell(edition, (place.id, *table.group))
    rows = []
    for code, label in table.labels.items():
        cell = count_cell(edition, (place.id, table.name, code))
        cells = {"families": cell, "share": share_cell(cell, group, edition.rules)}
        if (table.name, code) != table.group:
            rows.append(Row(code, label, cells))
    words = table.name, table.title, "families", {"families": "Families", "share": "Share"}
    return _checked(edition, place, words, rows, table.group, table.notes)


def _costs(edition: Edition, place: Place) -> CheckedTable:
    statistics = STATISTICS if place.kind == "nation" else {"mean": STATISTICS["mean"]}
    rows = []
    for measure, (_, label) in MEASURES.items():
        amounts = [a for each in edition.amounts(place.base, measure).values() for a in each]
        cells = dict.fromkeys(statistics, Cell(None, CONFIDENTIAL))
        if edition.status[place.id, "costs", measure] == Status.SHOWN:
            for name, (_, quantile) in statistics.items():
                cells[name] = _amount(amounts, quantile, edition.rules, place.kind)
        rows.append(Row(measure, label, cells))
    columns = {name: label for name, (label, _) in statistics.items()}
    words, group = ("costs", "What a family's episode cost", "gbp", columns), ("families", "costed")
    return _checked(edition, place, words, rows, group, ("Each amount is rounded on its own.",))


def _authorities(edition: Edition, place: Place) -> CheckedTable:
    took_part = len(edition.data.names)
    pages = sum(p.kind == "authority" for p in edition.places.values())
    few = f"Have fewer than {edition.rules.authority_cases} families and no page"
    numbers = {
        "took_part": ("Took part", took_part),
        "with_page": ("Have a page of their own", pages),
        "without_page": (few, took_part - pages),
        "counted": ("Are counted here", len(place.base)),
        "missing": ("Results not received", len(edition.data.missing)),
    }
    rows = [Row(code, label, {"number": Cell(n)}) for code, (label, n) in numbers.items()]
    words = "authorities", "Authorities", "authorities", {"number": "Authorities"}
    notes = ("Numbers of authorities are not rounded.",)
    return _checked(edition, place, words, rows, ("families", "all"), notes)


def _checked(edition: Edition, place: Place, words, rows: list, group, notes) -> CheckedTable:
    """A checked table of a group (table and category) of a place; ``words`` are its first four fields."""
    rules, of = edition.rules, count_cell(edition, (place.id, *group))
    form = rules.base(place.kind), rules.small_count, rules.digits(place.kind)
    return CheckedTable(*words, tuple(rows), of, GROUPS[group[1]], *form, notes)


def _amount(pence: list[int], quantile: float | None, rules: Rules, kind: str) -> Cell:
    """The mean, or a quantile, of amounts that may be shown; quartiles rest on more families."""
    if len(pence) < (rules.quartile_cases if quantile in (0.25, 0.75) else rules.mean_cases):
        return Cell(None, NOT_AVAILABLE)
    if quantile is None:
        shown = to_figures(sum(pence) / 100 / len(pence), rules.digits(kind))
    else:
        value = float(np.quantile(np.array(pence) / 100, quantile))
        shown = to_figures(value, min(rules.figures_authority, rules.digits(kind)))
    return Cell(shown) if shown else Cell(None, LOW)
