"""What a public edition shows: its tables, their categories, and how the categories add up.

In: the vocabularies, and the bands of the rules. Out: :data:`COUNTS` and :data:`MONEY`. Nothing that is not listed
here can be published.
"""

from __future__ import annotations

from dataclasses import dataclass

from larcnb import codes
from larcnb.disclosure.rules import Rules

ALL = "all"
"""The category that stands for the whole group: the families of a place."""


@dataclass(frozen=True)
class CountTable:
    """One table of counts of families.

    Parameters
    ----------
    name, title : str
    labels : dict of category to label
    of : str
        The group counted: ``cases`` or ``costed``.
    adds_up : bool
        Each family of the group is in exactly one category; else in any number of them.
    sensitive : bool
        All of a group in one category would say something of each of its families (rule 7).
    note : str
    """

    name: str
    title: str
    labels: dict[str, str]
    of: str = "cases"
    adds_up: bool = False
    sensitive: bool = True
    note: str = ""


@dataclass(frozen=True)
class Measure:
    """An amount of money a costed family has: its column of ``cases.parquet`` and its label."""

    name: str
    column: str
    label: str


def count_tables(rules: Rules) -> dict[str, CountTable]:
    """The tables of counts, by name; the saving bands are those of the rules.

    Examples
    --------
    >>> from larcnb.disclosure.rules import load_rules
    >>> from larcnb.root import Root, WORKBOOK
    >>> list(count_tables(load_rules(Root(WORKBOOK)))["savings"].labels.values())
    ['A net cost', '£0 to under £60,000', '£60,000 or more']
    """
    needs = {
        f"{subject}.{need}": f"{codes.SUBJECT[subject]}: {label[:1].lower()}{label[1:]}"
        for subject, labels in codes.NEED.items()
        for need, label in labels.items()
    }
    several = "A family may be counted in several rows."
    return {
        table.name: table
        for table in (
            CountTable(
                "families",
                "Families",
                {"costed": "Families whose costs were collected"},
                sensitive=False,
            ),
            CountTable("needs", "Families by need", needs, note=several),
            CountTable(
                "support", "Families by support delivered", dict(codes.SUPPORT), note=several
            ),
            CountTable(
                "futures",
                "Families by theme of the outcomes avoided",
                dict(codes.FUTURE_THEME),
                note=several,
            ),
            CountTable(
                "savings",
                "Costed families by long-term saving",
                band_labels(rules.saving_bands),
                of="costed",
                adds_up=True,
            ),
        )
    }


MONEY = (
    Measure("process", "process", "Process"),
    Measure("support", "interventions", "Support"),
)
"""The measures of the table ``costs``, over costed families."""
COSTS = "costs"
STATISTICS = {
    "mean": "Mean",
    "lower": "Lower quartile",
    "median": "Median",
    "upper": "Upper quartile",
}


def band_labels(edges: tuple[int, ...]) -> dict[str, str]:
    """Codes and labels of the bands that ``edges`` (GBP, rising) make, the lowest first."""
    labels = {"below": "A net cost" if edges[0] == 0 else f"Under {_gbp(edges[0])}"}
    for low, high in zip(edges, edges[1:], strict=False):
        labels[f"from_{low}"] = f"{_gbp(low)} to under {_gbp(high)}"
    return labels | {f"from_{edges[-1]}": f"{_gbp(edges[-1])} or more"}


def band_of(amount: float, edges: tuple[int, ...]) -> str:
    """The code of the band an amount is in.

    Examples
    --------
    >>> [band_of(amount, (0, 60000)) for amount in (-0.01, 0, 59999.99, 60000)]
    ['below', 'from_0', 'from_0', 'from_60000']
    """
    reached = [edge for edge in edges if round(amount * 100) >= edge * 100]
    return f"from_{reached[-1]}" if reached else "below"


def _gbp(amount: int) -> str:
    return f"−£{-amount:,}" if amount < 0 else f"£{amount:,}"
