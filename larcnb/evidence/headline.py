"""What the evidence says, in sentences whose every number is counted here.

In: :class:`~larcnb.evidence.gather.Evidence`. Out: sentences. Where no authority sent evidence, one sentence says so.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from larcnb import codes
from larcnb.evidence.counting import participants, themes
from larcnb.evidence.gather import Evidence
from larcnb.evidence.levels import band, claims

NOT_A_SAMPLE = (
    "The authorities chose to take part and chose whom to ask. The intervals say how far such counts move by chance; "
    "they do not say how common this is anywhere else."
)


def headline(found: Evidence) -> list[str]:
    """Say who was heard, what changed, what made the difference, what stands in the way, and how far it has come.

    Parameters
    ----------
    found : Evidence

    Returns
    -------
    list of str
        Each sentence names its denominator, and is true of this round only.
    """
    took_part, sent = len(found.authorities), len(found.sent)
    if not sent:
        return [
            f"None of the {took_part} authorities of {found.name.lower()} sent evidence of how the "
            f"{codes.WORDING[found.wording]['process']} works, so nothing is counted here. That is a silence of the "
            "data, not a finding."
        ]
    return [*_heard(found, took_part, sent), *_outcomes(found), *_factors(found), *_challenges(found), *_levels(found),
            NOT_A_SAMPLE]  # fmt: skip


def _heard(found: Evidence, took_part: int, sent: int) -> list[str]:
    people = participants(found)
    children = int((people["child"] > 0).sum())
    heard = int(people.to_numpy().sum())
    silent = f"; the other {took_part - sent} are in no count" if sent < took_part else ""
    return [
        f"{sent} of {took_part} authorities sent evidence{silent}. They heard at least {heard:,} people; children or "
        f"young people themselves were heard in {children} of them."
    ]


def _outcomes(found: Evidence) -> list[str]:
    counted, of = themes(found, "outcome"), found.of("outcome")
    if not of:
        return ["No authority gave any detail on outcomes."]
    reported, evidenced = int(counted["reported"].sum()), int(counted["evidenced"].sum())
    return [
        f"The change reported most often, by the {of} that gave detail on outcomes, is {most_reported(counted)}. "
        f"They named {reported} changes in all and could show {evidenced} of them ({evidenced / reported:.0%}); the "
        "rest were mentioned and not shown."
    ]


def _factors(found: Evidence) -> list[str]:
    rows, needed = found.strand("factor"), len(codes.THEME["factor"])
    every = int((rows.groupby("authority")["theme"].nunique() == needed).sum())
    shown = rows[rows["strength"] == "evidenced"].groupby("authority")["theme"].nunique()
    return [
        f"All five key factors were reported by {every} of {found.of('factor')} authorities; "
        f"{int((shown == needed).sum())} could show every one of them at work."
    ]


def _challenges(found: Evidence) -> list[str]:
    counted = themes(found, "challenge")
    if not counted["reported"].any():
        return ["No authority named a challenge."]
    over = int((counted["share"] > 0.5).sum())
    spread = f"{over} are named by more than half of the authorities." if over else (
        "None is named by more than half of the authorities.")  # fmt: skip
    return [f"The challenge named most often is {most_reported(counted)}. {spread}"]


def _levels(found: Evidence) -> list[str]:
    placed = claims(found)
    low, high, most = band(placed["claimed"])
    if not most:
        return ["No authority placed itself on the impact model."]
    given, beyond = int(placed["claimed"].notna().sum()), int((placed["beyond"] == "yes").sum())
    return [
        f"{most} of {given} authorities place themselves at impact level {low} or {high} of {len(codes.IMPACT_LEVEL)}. "
        f"Claims that go beyond what the evidence shows: {beyond or 'none'}."
    ]


def most_reported(counted: pd.DataFrame) -> str:
    """Name the theme most authorities report, or those that tie, with its count and the interval of its share.

    Parameters
    ----------
    counted : DataFrame
        :func:`larcnb.evidence.counting.themes`, in which somebody reported something.
    """
    top = counted[counted["reported"] == counted["reported"].max()]
    first, each = top.iloc[0], " each" if len(top) > 1 else ""
    return f"{listed(top['label'])} ({first['reported']} of {first['of']}{each}, 95% interval {interval(first)})"


def listed(labels: Iterable[str]) -> str:
    """Labels within a sentence.

    Examples
    --------
    >>> listed(["Speed", "A neutral system", "Work before"])
    'speed, a neutral system and work before'
    """
    words = [label[:1].lower() + label[1:] for label in labels]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def interval(row: pd.Series) -> str:
    """``53% to 89%``; nothing where there is no interval.

    Examples
    --------
    >>> interval(pd.Series({"low": 0.531, "high": 0.888}))
    '53% to 89%'
    """
    return "" if pd.isna(row["low"]) else f"{row['low']:.0%} to {row['high']:.0%}"
