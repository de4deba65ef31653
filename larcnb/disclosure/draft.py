"""A draft of a release: every cell with its true value and what may be done with it.

In: facts, rules and layout. Out: :class:`Draft` after rules 1, 2, 5, 6 and 7, each cell for itself; what cells give
away together is for :mod:`larcnb.disclosure.protect`. Never shown to anybody: it holds true values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from larcnb.disclosure.facts import Facts
from larcnb.disclosure.places import AUTHORITY, Layout, Place
from larcnb.disclosure.rounding import to_base
from larcnb.disclosure.rules import Rules
from larcnb.disclosure.spec import ALL, COSTS, MONEY, CountTable, count_tables

SHOWN, ZERO, SMALL, NEARLY_ALL, FURTHER, WITHHELD, UNSAFE = (
    "shown",
    "zero",
    "small",
    "nearly all",
    "further",
    "withheld",
    "unsafe",
)
"""What becomes of a cell: as rounded; a true nought; hidden as small, as nearly the whole group, to protect another,
without a word on its size (a whole table, or where its being small would tell), or as money that few dominate."""
OPEN = (SHOWN, ZERO)
Key = tuple[str, str, str]


@dataclass(repr=False)
class Draft:
    """Cells by (place, table, category): true values and statuses. Its representation shows neither.

    Parameters
    ----------
    facts, rules, layout
    tables : dict of name to CountTable
    value : dict of Key to int
        True counts; of the table ``costs``, sums in pence.
    status : dict of Key to str
    reasons : dict of (place, table) to list of str
    """

    facts: Facts
    rules: Rules
    layout: Layout
    tables: dict[str, CountTable]
    value: dict[Key, int] = field(default_factory=dict)
    status: dict[Key, str] = field(default_factory=dict)
    reasons: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Draft of {len(self.layout.places)} places"

    def count(self, base: tuple[str, ...], table: str, category: str) -> int:
        """The families of some authorities in a category."""
        if category == ALL:
            return sum(len(self.facts.families(slug)) for slug in base)
        return sum(len(self.facts.of(slug, table, category)) for slug in base)

    def group_key(self, place: str, table: str) -> Key:
        """The cell that holds the size of a table's group."""
        costed = table == COSTS or self.tables[table].of == "costed"
        return (place, "families", "costed" if costed else ALL)

    def keys(self, place: str, table: str) -> list[Key]:
        """The cells of a place's table."""
        names = [measure.name for measure in MONEY] if table == COSTS else self.tables[table].labels
        return [(place, table, name) for name in names]

    def rounded(self, key: Key) -> int:
        """A count as it would be shown."""
        return to_base(self.value[key], self.rules.base(self.layout.places[key[0]].kind))

    def withhold(self, place: str, table: str, reason: str) -> None:
        """Take a place's whole table out, noughts included."""
        for key in self.keys(place, table):
            self.status[key] = WITHHELD
        self.explain(place, table, reason)

    def is_withheld(self, place: str, table: str) -> bool:
        """Whether a place's whole table is out."""
        return all(self.status[key] == WITHHELD for key in self.keys(place, table))

    def explain(self, place: str, table: str, reason: str) -> None:
        """Note a reason for the verdict report, once."""
        said = self.reasons.setdefault((place, table), [])
        if reason not in said:
            said.append(reason)


def make_draft(facts: Facts, rules: Rules, layout: Layout) -> Draft:
    """Give every cell its status by the rules that look at one table of one place."""
    draft = Draft(facts, rules, layout, count_tables(rules))
    for place in layout.places.values():
        draft.value[place.id, "families", ALL] = draft.count(place.base, "families", ALL)
        draft.status[place.id, "families", ALL] = SHOWN
        for table in draft.tables.values():
            _counts(draft, place, table)
        _money(draft, place)
    return draft


def _counts(draft: Draft, place: Place, table: CountTable) -> None:
    small = draft.rules.small_count
    for key in draft.keys(place.id, table.name):
        draft.value[key] = draft.count(place.base, *key[1:])
        draft.status[key] = (
            ZERO if not draft.value[key] else SMALL if draft.value[key] <= small else SHOWN
        )
        if draft.status[key] == SHOWN and not draft.rounded(key):
            draft.status[key] = WITHHELD
            draft.explain(
                place.id,
                table.name,
                "A count above the small ones rounds to zero, and is left out.",
            )
    group = draft.group_key(place.id, table.name)
    if table.name in draft.facts.refused:
        draft.withhold(place.id, table.name, draft.facts.refused[table.name])
        return
    if draft.value[group] < draft.rules.authority_cases:
        draft.withhold(
            place.id, table.name, f"Fewer than {draft.rules.authority_cases} {_words(table)}."
        )
        return
    whole = draft.rounded(group)
    full = [
        key
        for key in draft.keys(place.id, table.name)
        if draft.status[key] == SHOWN and draft.rounded(key) == whole
    ]
    if full and table.sensitive and table.adds_up:
        draft.withhold(place.id, table.name, "All or nearly all families are in one category.")
    elif full and table.sensitive:
        for key in full:
            draft.status[key] = NEARLY_ALL
        draft.explain(place.id, table.name, "A category of all or nearly all families is hidden.")


def _words(table: CountTable) -> str:
    return "families" if table.of == "cases" else "costed families"


def _money(draft: Draft, place: Place) -> None:
    if COSTS in draft.facts.refused:
        for measure in MONEY:
            draft.value[place.id, COSTS, measure.name] = 0
        draft.withhold(place.id, COSTS, draft.facts.refused[COSTS])
        return
    for measure in MONEY:
        parts = {
            slug: list(draft.facts.money.get((slug, measure.name), {}).values())
            for slug in place.base
        }
        key = (place.id, COSTS, measure.name)
        draft.value[key] = sum(sum(amounts) for amounts in parts.values())
        reason = unsafe_money(parts, draft.rules, place.kind)
        draft.status[key] = UNSAFE if reason else SHOWN
        if reason:
            draft.explain(place.id, COSTS, f"{measure.label}: {reason}")


def unsafe_money(parts: dict[str, list[int]], rules: Rules, kind: str) -> str:
    """Why a sum or mean of money may not be shown (rules 5 and 6); empty where it may.

    Parameters
    ----------
    parts : dict of authority to amounts
        One amount a family; a loss is negative, and its size counts.
    rules : Rules
    kind : str
        The kind of place.

    Examples
    --------
    >>> from larcnb.disclosure.rules import load_rules
    >>> from larcnb.root import Root, WORKBOOK
    >>> rules = load_rules(Root(WORKBOOK))
    >>> unsafe_money({"la-01": [100] * 9}, rules, "authority")
    'Fewer than 10 families.'
    >>> unsafe_money({"la-01": [100] * 9 + [2000]}, rules, "authority")
    'A few families dominate it.'
    >>> unsafe_money({"la-01": [100] * 10}, rules, "authority")
    ''
    """
    sizes = sorted((abs(amount) for amounts in parts.values() for amount in amounts), reverse=True)
    if len(sizes) < rules.mean_cases:
        return f"Fewer than {rules.mean_cases} families."
    if not sum(sizes):
        return "It is zero for every family."
    if dominated(sizes, rules) or (
        kind == AUTHORITY and sizes[0] > rules.top_one_share * sum(sizes)
    ):
        return "A few families dominate it."
    if kind != AUTHORITY:
        by_authority = sorted(
            (sum(map(abs, amounts)) for amounts in parts.values() if amounts), reverse=True
        )
        if len(by_authority) < rules.least_authorities:
            return f"It rests on fewer than {rules.least_authorities} authorities."
        if dominated(by_authority, rules):
            return "A few authorities dominate it."
    return ""


def dominated(sizes: list[int], rules: Rules) -> bool:
    """Whether the largest two of some sizes, in falling order, make up too much, or could know each other's."""
    first, second = sizes[0], sizes[1] if len(sizes) > 1 else 0
    whole = sum(sizes)
    return (
        first + second > rules.top_two_share * whole
        or whole - first - second < rules.p_percent * first
    )
