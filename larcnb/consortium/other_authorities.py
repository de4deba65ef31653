"""Comparison with other authorities: one authority's cases beside those of the others of its round, without names.

In: an authority's run, or pooled cases. Out: :class:`Neighbours` and its sentences; :func:`grouped`, under whose names
no single family's cost shows. An authority's mean of one case is that family's cost, so nobody else is shown it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd

from larcnb import codes
from larcnb.consortium.pooling import across
from larcnb.consortium.rounds import find_round
from larcnb.errors import LarcError
from larcnb.params import Authority
from larcnb.show import gbp, listed, plural
from larcnb.show.sentences import phrase
from larcnb.workbook import Run, is_priced

FEWEST_SHOWN = 3
"""Costed cases of an authority whose mean others may see."""


def grouped(cases: pd.DataFrame, names: Mapping[str, str], fewest: int = FEWEST_SHOWN) -> pd.Series:
    """A name for each case's authority under which no single family's cost shows.

    An authority with fewer costed cases joins the next smallest, so that subtraction from the round's total does not
    show them either. A round of fewer cases in all is one group.

    Parameters
    ----------
    cases : DataFrame
        Costed: ``authority``.
    names : dict of slug to name
    fewest : int

    Examples
    --------
    >>> cases = pd.DataFrame({"authority": list("aaaabbbc")})
    >>> grouped(cases, {"a": "Ashby", "b": "Birchley", "c": "Cedarham"}).unique().tolist()
    ['Ashby', 'Birchley and Cedarham']
    """
    counts = cases["authority"].value_counts().sort_index()
    groups = [([slug], int(n)) for slug, n in counts.items()]
    groups.sort(key=lambda group: group[1])
    while len(groups) > 1 and groups[0][1] < fewest:
        (few, n), (next_few, m), *rest = groups
        groups = sorted([(sorted(few + next_few), n + m), *rest], key=lambda group: group[1])
    name = {slug: listed(names[one] for one in slugs) for slugs, _ in groups for slug in slugs}
    return cases["authority"].map(name)


@dataclass(frozen=True, repr=False)
class Neighbours:
    """The costed cases of an authority and of the others of its round that are priced alike and may be shown.

    Parameters
    ----------
    run : Run
        The authority's own.
    cases : DataFrame, one row a costed case
        ``authority`` and money, GBP; others only where they costed :data:`FEWEST_SHOWN` cases or more.
    taking_part, alike, few : int
        Other authorities of the round; of them here with results priced alike; of these left out for too few cases.
    """

    run: Run
    cases: pd.DataFrame
    taking_part: int
    alike: int
    few: int

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def __repr__(self) -> str:
        if not self.taking_part:
            return phrase("beside_alone")
        others = plural(self.taking_part, "other authority", "other authorities")
        if not self.alike:
            return phrase("beside_none", others=others)
        few = phrase("beside_few", few=self.few, fewest=FEWEST_SHOWN) if self.few else ""
        return phrase("beside", others=others, alike=self.alike, few=few)

    def compared(self, column: str) -> str:
        """Say how the authority's mean compares with the others', and what chance explains.

        Parameters
        ----------
        column : str
            A money column of ``cases``. The interval of a cost begins at £0 or more.
        """
        found, name = across(self.cases.assign(costed="yes"), column), self.run.authority.name
        own = found.means[found.means["authority"] == self.run.slug]
        if own.empty:
            return phrase("compare_none", name=name)
        one, p = own.iloc[0], found.pooled
        cases = plural(int(one["cases"]), "case")
        lead = phrase("compare_lead", mean=gbp(one["own"]), name=name, cases=cases)
        if len(found.means) == 1:
            return phrase("compare_alone", lead=lead)
        if found.why_not:
            return phrase("compare_little", lead=lead, why=found.why_not)
        authorities = plural(len(found.means), "authority")
        alike = one["own_low"] <= p.mean <= one["own_high"]
        low = p.next_low if column.startswith("saving") else max(0.0, p.next_low)
        said = {
            "name": name,
            "average": phrase("compare_average", authorities=authorities, mean=gbp(p.mean)),
            "way": "above" if one["own"] > p.mean else "below",
            "estimate": gbp(one["estimate"]),
            "cases": plural(p.sent, "case"),
            "range": f"between {gbp(low)} and {gbp(p.next_high)}",
        }
        verdict = phrase("compare_same" if alike else "compare_differs", **said)
        shrunk = phrase("shrunk" if p.tau2 else "shrunk_alike", **said)
        return phrase("compare", lead=lead, verdict=verdict, shrunk=shrunk, **said)


def neighbours(run: Run) -> Neighbours:
    """Find the cases of an authority's round that its own are compared with.

    Parameters
    ----------
    run : Run
        Opened in the authority's own notebook, after 02_price. In a what-if all are priced under its assumptions.

    Raises
    ------
    LarcError
        The authority has not been priced since its return was cleaned, or since its params, prices or return changed.
    """
    if not is_priced(run.root, run.slug):
        raise LarcError(
            f"{run.authority.name} has no costs to set beside others yet. Run 02_price first."
        )
    what_if = (run.authority.preset, run.authority.overrides) if run.is_what_if else (None, None)
    name = run.authority.round or codes.DEFAULT_ROUND
    opened = find_round(run.root, run.notebook, name, False, what_if)
    opened.check(run.slug, "cases")
    alike = [
        slug
        for slug in opened.received
        if priced(opened.authorities[slug]) == priced(run.authority)
        and (run.is_what_if or opened.is_current(slug))
    ]
    cases = opened.money(alike).query("costed == 'yes'")
    enough = cases.groupby("authority")["costed"].transform("size") >= FEWEST_SHOWN
    shown = cases[enough | cases["authority"].eq(run.slug)].reset_index(drop=True)
    others = [slug for slug in alike if slug != run.slug]
    few = len(others) - shown.loc[shown["authority"] != run.slug, "authority"].nunique()
    return Neighbours(run, shown, len(opened.authorities) - 1, len(others), few)


def priced(authority: Authority) -> tuple:
    """How an authority's cases are priced: pounds of two that differ in this are not set side by side."""
    overrides = tuple(sorted((name, str(value)) for name, value in authority.overrides.items()))
    return authority.vintage, authority.price_base, authority.preset, overrides
