"""What a public edition shows: its tables and their categories, and the places that have a page.

In: rules and, for the places, how many families each authority has. Out: :func:`count_tables` and :data:`MONEY`
(nothing that is not listed here can be published), and :class:`Layout`. Holds rule 1 (no page below the gate) and rule
9 (an authority without a page counts in a wider figure only among enough others).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from larcnb import codes
from larcnb.disclosure.rules import AUTHORITY, NATION, REGION, Rules

FAMILIES, SAVINGS, FOLLOW_UP, COSTS = "families", "savings", "follow_up", "costs"
ALL, COSTED, NOT_COSTED = "all", "costed", "not_costed"
FOLLOWED, CAME, STAYED_AWAY = "followed", "came", "stayed_away"
PARTS = {ALL: (COSTED, NOT_COSTED), FOLLOWED: (CAME, STAYED_AWAY)}
"""The categories that are the sum of two others: all families, and those of whom a future told was looked for
afterwards. Each is shown beside its first part."""
REST = {FAMILIES: NOT_COSTED, FOLLOW_UP: STAYED_AWAY}
"""By table the part that is shown nowhere, and yet is a count: the sum less the first part."""
GROUPS = {ALL: "Families", COSTED: "Costed families", FOLLOWED: "Families followed up"}
MONEY = {"process": ("process", "Process"), "support": ("interventions", "Support")}
"""The measures of the table of costs: a column of ``cases.parquet`` and a label; over costed families."""
NATIONAL = "national"
LEFT_OUT = "Authorities without a page are left out: too few of them, or too few families."


@dataclass(frozen=True)
class CountTable:
    """One table of counts of families: its categories' labels, and the cell (table, category) of those it is of."""

    name: str
    title: str
    labels: dict[str, str]
    group: tuple[str, str] = (FAMILIES, ALL)
    note: str = ""


def count_tables(rules: Rules) -> dict[str, CountTable]:
    """The tables of counts, by name; the saving bands are those of the rules.

    Every costed family is in one band of the savings; in the other tables a family may be in any number of rows.

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
    several = {"note": "A family may be counted in several rows."}
    avoided, saved = (
        "Families by theme of the outcomes avoided",
        "Costed families by long-term saving",
    )
    bands, costed = band_labels(rules.saving_bands), {COSTED: "Families whose costs were collected"}
    came = {FOLLOWED: GROUPS[FOLLOWED], CAME: "Families to whom an outcome came all the same"}
    tables = (
        CountTable(FAMILIES, "Families", costed),
        CountTable("needs", "Families by need", needs, **several),
        CountTable("support", "Families by support delivered", dict(codes.SUPPORT), **several),
        CountTable("futures", avoided, dict(codes.FUTURE_THEME), **several),
        CountTable(SAVINGS, saved, bands, (FAMILIES, COSTED)),
        CountTable(FOLLOW_UP, "What happened next", came, (FOLLOW_UP, FOLLOWED)),
    )
    return {table.name: table for table in tables}


def band_labels(edges: tuple[int, ...]) -> dict[str, str]:
    """Codes and labels of the bands that ``edges`` (GBP, rising) make, the lowest first.

    Examples
    --------
    >>> list(band_labels((-5000, 20000)).values())
    ['Under −£5,000', '−£5,000 to under £20,000', '£20,000 or more']
    """
    pounds = [f"£{edge:,}".replace("£-", "−£") for edge in edges]
    labels = ["A net cost" if edges[0] == 0 else f"Under {pounds[0]}"]
    labels += [f"{low} to under {high}" for low, high in pairwise(pounds)]
    bands = ["below", *(f"from_{edge}" for edge in edges)]
    return dict(zip(bands, [*labels, f"{pounds[-1]} or more"], strict=True))


def band_of(amount: float, edges: tuple[int, ...]) -> str:
    """The code of the band an amount is in.

    Examples
    --------
    >>> [band_of(amount, (0, 60000)) for amount in (-0.01, 0, 59999.99, 60000)]
    ['below', 'from_0', 'from_0', 'from_60000']
    """
    return list(band_labels(edges))[sum(round(amount * 100) >= edge * 100 for edge in edges)]


@dataclass(frozen=True)
class Place:
    """Somewhere with a page: its id, kind, name, and the authorities whose families are in it."""

    id: str
    kind: str
    name: str
    base: tuple[str, ...]


@dataclass
class Layout:
    """All places of a release.

    Parameters
    ----------
    places : dict of id to Place
        With a page; none where nothing reaches the gate.
    withheld : list of str
        Authorities with families and without a page.
    groups : list of tuple of str
        Authorities without a page that a wider place holds together: what subtraction could lay bare.
    reasons : dict of str to str
        What has no page, or is left out, and why; no counts of families.
    """

    places: dict[str, Place] = field(default_factory=dict)
    withheld: list[str] = field(default_factory=list)
    groups: list[tuple[str, ...]] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def left_out(self) -> list[str]:
        """Authorities without a page in no figure at all."""
        held = {slug for place in self.places.values() for slug in place.base}
        return [slug for slug in self.withheld if slug not in held]


def lay_out(
    size: Mapping[str, int], names: Mapping[str, str], regions: Mapping[str, str], rules: Rules
) -> Layout:
    """Decide which places have pages and what each rests on.

    A region holds its authorities without a page only if they are ``least_authorities`` or more with
    ``withheld_cases`` or more families together; the nation holds those no region holds, on the same terms. So
    whatever is subtracted from whatever, no fewer authorities and families are left over.

    Parameters
    ----------
    size : dict of slug to number of families
    names, regions : dict of slug to str
    """
    gate, made = rules.authority_cases, Layout()
    sent = [slug for slug in sorted(size) if size[slug]]
    for slug in sorted(size):
        if size[slug] >= gate:
            made.places[slug] = Place(slug, AUTHORITY, names[slug], (slug,))
        else:
            made.reasons[slug] = f"Fewer than {gate} families."
    made.withheld = [slug for slug in sent if slug not in made.places]
    by_region: dict[str, list[str]] = {}
    for slug in sent:
        by_region.setdefault(regions.get(slug, ""), []).append(slug)
    wider = [(region_id(name), REGION, name, by_region[name]) for name in sorted(by_region) if name]
    nation = (NATIONAL, NATION, "All authorities", sent)
    held: set[str] = set()
    for key, kind, name, inside in [*(wider if len(by_region) > 1 else ()), nation]:
        hidden = [slug for slug in inside if slug in made.withheld and slug not in held]
        together = sum(size[slug] for slug in hidden)
        enough = len(hidden) >= rules.least_authorities and together >= rules.withheld_cases
        base = tuple(slug for slug in inside if enough or slug not in hidden)
        if len(base) < 2 or sum(size[slug] for slug in base) < gate:
            made.reasons[key] = "It would rest on one authority, or on too few families."
            continue
        if enough:
            made.groups.append(tuple(hidden))
        elif hidden:
            made.reasons[key] = LEFT_OUT
        for same in [place for place in made.places.values() if set(place.base) == set(base)]:
            del made.places[same.id]
            made.reasons[same.id] = "It would be the same families as the nation's page."
        made.places[key] = Place(key, kind, name, base)
        held |= set(base)
    return made


def region_id(region: str) -> str:
    """The id of a region's page, which no authority can have.

    Examples
    --------
    >>> region_id("Yorkshire and The Humber")
    'region.yorkshire-and-the-humber'
    """
    plain = unicodedata.normalize("NFKD", region).encode("ascii", "ignore").decode().lower()
    return "region." + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "unnamed")
