"""The places of a release: authorities, regions and the nation, and which authorities each rests on.

In: facts and rules. Out: :class:`Layout`. Holds rule 1 (no page below the gate) and rule 9 (an authority without a page
counts in a wider figure only among enough others).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from larcnb.disclosure.facts import Facts
from larcnb.disclosure.rules import Rules

NATION = "national"
AUTHORITY, REGION, WHOLE = "authority", "region", "nation"


@dataclass(frozen=True)
class Place:
    """Somewhere with a page: its id, kind, name, and the authorities whose families are in it."""

    id: str
    kind: str
    name: str
    base: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """All places of a release.

    Parameters
    ----------
    places : dict of id to Place
        With a page.
    withheld : tuple of str
        Authorities with families and without a page.
    silent : int
        Authorities that took part and sent no families.
    groups : tuple of tuple of str
        Authorities without a page that a wider place holds together: what subtraction could lay bare.
    left_out : tuple of str
        Authorities without a page in no figure at all.
    reasons : dict of str to str
        What has no page, or is left out, and why; no counts of families.
    """

    places: dict[str, Place]
    withheld: tuple[str, ...]
    silent: int
    groups: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...]
    reasons: dict[str, str]

    def of_kind(self, kind: str) -> list[Place]:
        """The places of a kind."""
        return [place for place in self.places.values() if place.kind == kind]

    @property
    def atoms(self) -> tuple[str, ...]:
        """Every authority that some place rests on, in alphabetical order."""
        return tuple(sorted({slug for place in self.places.values() for slug in place.base}))


def lay_out(facts: Facts, rules: Rules) -> Layout:
    """Decide which places have pages and what each rests on.

    A region holds its authorities without a page only if they are ``least_authorities`` or more with
    ``withheld_cases`` or more families together; the nation holds those no region holds, on the same terms. So
    whatever is subtracted from whatever, no fewer authorities and families are left over.

    Returns
    -------
    Layout
        Without places where nothing reaches the gate.
    """
    size = {slug: len(facts.families(slug)) for slug in sorted(facts.names)}
    sent = [slug for slug in size if size[slug]]
    pages = [slug for slug in sent if size[slug] >= rules.authority_cases]
    withheld = [slug for slug in sent if slug not in pages]
    reasons = {
        slug: f"Fewer than {rules.authority_cases} families." for slug in size if slug not in pages
    }
    places = {slug: Place(slug, AUTHORITY, facts.names[slug], (slug,)) for slug in pages}
    groups: list[tuple[str, ...]] = []

    def together(slugs: list[str]) -> bool:
        return not slugs or (
            len(slugs) >= rules.least_authorities
            and sum(size[slug] for slug in slugs) >= rules.withheld_cases
        )

    by_region: dict[str, list[str]] = {}
    for slug in sent:
        by_region.setdefault(facts.regions.get(slug, ""), []).append(slug)
    rest = list(withheld)
    for region, inside in sorted(by_region.items()):
        key = region_id(region)
        hidden = [slug for slug in inside if slug in withheld]
        base = inside if together(hidden) else [slug for slug in inside if slug in pages]
        if not region or len(by_region) == 1:
            continue
        if len(base) < 2 or sum(size[slug] for slug in base) < rules.authority_cases:
            reasons[key] = "It would rest on one authority, or on too few families."
            continue
        places[key] = Place(key, REGION, region, tuple(base))
        if hidden and base is inside:
            groups.append(tuple(hidden))
            rest = [slug for slug in rest if slug not in hidden]
        elif hidden:
            reasons[key] = (
                "Authorities without a page are left out: too few of them, or too few families."
            )
    base = [slug for slug in sent if together(rest) or slug not in rest]
    if rest and together(rest):
        groups.append(tuple(rest))
    elif rest:
        reasons[NATION] = (
            "Authorities without a page are left out: too few of them, or too few families."
        )
    if sum(size[slug] for slug in base) < rules.authority_cases:
        reasons[NATION] = f"Fewer than {rules.authority_cases} families."
    elif len(base) < 2:
        reasons[NATION] = "It would be the same families as an authority's page."
    else:
        for same in [
            place.id
            for place in places.values()
            if place.kind == REGION and set(place.base) == set(base)
        ]:
            del places[same]
            reasons[same] = "It would be the same families as the nation's page."
        places[NATION] = Place(NATION, WHOLE, "All authorities", tuple(base))
    held = {slug for place in places.values() for slug in place.base}
    left_out = tuple(slug for slug in withheld if slug not in held)
    return Layout(places, tuple(withheld), len(size) - len(sent), tuple(groups), left_out, reasons)


def region_id(region: str) -> str:
    """The id of a region's page, which no authority can have.

    Examples
    --------
    >>> region_id("Yorkshire and The Humber")
    'region.yorkshire-and-the-humber'
    """
    plain = unicodedata.normalize("NFKD", region).encode("ascii", "ignore").decode().lower()
    return "region." + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "unnamed")
