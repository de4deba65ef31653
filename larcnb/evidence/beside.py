"""LARC2's published counts beside the round's own, each row of the list met or not.

In: the published list and :class:`~larcnb.evidence.gather.Evidence`. Out: the list with the figure computed here.
Holds the definitions the report leaves to the reader, one entry of :data:`FIGURES` each.
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import pandas as pd

from larcnb import codes
from larcnb.errors import LarcError
from larcnb.evidence.counting import participants
from larcnb.evidence.gather import Evidence
from larcnb.evidence.levels import band, claims
from larcnb.published import COLUMNS

PUBLISHED = "larc2"
"""The round whose counts were printed, and the only one they are compared with."""

Statistic = Callable[[Evidence], float]


def reporting(strand: str, theme: str = "", domain: str = "") -> Statistic:
    """How many authorities report a theme, any outcome of an Every Child Matters domain, or the strand at all."""

    def statistic(found: Evidence) -> int:
        rows = found.strand(strand)
        if theme:
            rows = rows[rows["theme"] == theme]
        if domain:
            rows = rows[rows["theme"].map({code: parts[1] for code, parts in codes.OUTCOME.items()}) == domain]
        return rows["authority"].nunique()

    return statistic


def all_factors(found: Evidence) -> int:
    """How many authorities report every one of the five key factors."""
    told = found.strand("factor").groupby("authority")["theme"].nunique()
    return int((told == len(codes.THEME["factor"])).sum())


def most_levels(found: Evidence) -> float:
    """Midway between the two neighbouring levels at which most authorities place themselves: 2.5 for two and three.

    Blank unless more than half of those that took part lie there: "most" would not be true.
    """
    low, high, most = band(claims(found)["claimed"])
    return (low + high) / 2 if 2 * most > len(found.authorities) else nan


FIGURES: dict[str, Statistic] = {
    "n_authorities": lambda found: len(found.authorities),
    "n_participants": lambda found: int(participants(found).to_numpy().sum()),
    "n_outcome_detail": reporting("outcome"),
    "n_regions": lambda found: len({a.region for a in found.authorities.values() if a.region}),
    "be_healthy_emotional": reporting("outcome", "emotional_health"),
    "be_healthy_physical": reporting("outcome", "physical_health"),
    "be_healthy_behaviour": reporting("outcome", "behaviour"),
    "stay_safe_risk": reporting("outcome", "risky_behaviour"),
    "enjoy_attendance": reporting("outcome", "attendance"),
    "enjoy_learning": reporting("outcome", "learning"),
    "enjoy_peers": reporting("outcome", "peer_relations"),
    "contribution_empowered": reporting("outcome", "empowered"),
    "economic_wellbeing": reporting("outcome", domain="economic_wellbeing"),
    "other_parenting": reporting("outcome", "parenting"),
    "other_family_school": reporting("outcome", "family_school_relations"),
    "other_family_relations": reporting("outcome", "family_relationships"),
    "other_transition": reporting("outcome", "transition"),
    "factors_all": all_factors,
    "engagement_important": reporting("factor", "engaging_families"),
    "unique_benefits": reporting("unique"),
    "impact_level_mode": most_levels,
}


def compare(published: pd.DataFrame, found: Evidence, round_name: str) -> pd.DataFrame:
    """Set each published figure beside the one computed here; no rows for a round that was not the one printed.

    Parameters
    ----------
    published : DataFrame, n rows
        ``national/published/larc2.csv``: ``id`` (a key of :data:`FIGURES`), ``section``, ``quantity``, ``wording``,
        ``low``, ``high``, ``unit``.
    found : Evidence
    round_name : str
        The round of ``found``.

    Returns
    -------
    DataFrame, n rows or none
        :data:`larcnb.published.COLUMNS`; ``met`` where ``low <= computed <= high``.

    Raises
    ------
    LarcError
        A published figure has no definition here. Lists every such id.

    Source
    ------
    Easton, Morris and Gee (2010), LARC2 executive summary.
    """
    unknown = sorted(set(published["id"]) - set(FIGURES))
    if unknown:
        raise LarcError(
            f"No definition for {len(unknown)} published figure(s): {', '.join(unknown)}. "
            "Add each to larcnb/evidence/beside.py, or take it out of the list."
        )
    rows = published if round_name == PUBLISHED else published.head(0)
    computed = pd.Series([float(FIGURES[key](found)) for key in rows["id"]], index=rows.index, dtype="float64")
    return rows.assign(computed=computed, met=computed.between(rows["low"], rows["high"]))[COLUMNS]
