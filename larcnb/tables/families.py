"""Tables about families: who they are, the support they could not have, the futures told, what changed.

In: the clean tables of DATA.md. Out: :class:`~larcnb.tables.table.Table`.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.tables.table import Context, Table, show
from larcnb.tables.words import plural

ENOUGH = 10
"""Fewer families than this have no percentages: they would only look exact."""


def families(cases: pd.DataFrame, children: pd.DataFrame, context: Context) -> Table:
    """Who took part: families, children by age, and what was known of them when the episode began.

    Parameters
    ----------
    cases : DataFrame, one row a case
    children : DataFrame, one row a child

    Returns
    -------
    Table
        ``Families`` counts families; a family with children of two ages stands in both rows.
    """
    n = len(cases)
    rows: list[tuple[str, int]] = [("Families", n), ("Families whose costs were collected", _yes(cases, "costed"))]
    for band, label in codes.AGE_BAND.items():
        families_with = children.loc[children["age_band"] == band, "case_id"].nunique()
        rows.append((f"With a child aged {label.lower()}" if band[0].isdigit() else
                     {"unborn": "With an unborn child", "over-16": "With a young person over 16"}.get(
                         band, "With a child of unknown age"), families_with))  # fmt: skip
    rows += [
        ("The family asked for the assessment itself", _yes(cases, "family_asked")),
        ("Social care had helped before", _yes(cases, "prior_social_care")),
        ("Borderline child protection concerns", _yes(cases, "borderline_child_protection")),
        ("Episode closed", int((cases["status"] == "closed").sum())),
        ("A closing meeting was held", _yes(cases, "closure_meeting")),
    ]
    frame = pd.DataFrame(rows, columns=["what", "families"])
    if n >= ENOUGH:
        frame["share"] = frame["families"] / n
    return show(
        frame, f"The families. {context.name}, {plural(n, 'family')}, {plural(len(children), 'child', 'children')}.",
        formats={"share": "share"} if n >= ENOUGH else {},
        labels={"what": "Families", "families": "Number", "share": "Of all families"},
        notes=["A family with children of several ages is counted at each age."],
    )  # fmt: skip


def gaps(interventions: pd.DataFrame, prices: pd.DataFrame, context: Context) -> Table:
    """Show the support families needed and did not have, and why: what LARC asked commissioners to look at.

    Parameters
    ----------
    interventions : DataFrame
        ``case_id``, ``support``, ``item``, ``status``.
    prices : DataFrame indexed by item
        ``label``.

    Source
    ------
    Easton et al (2012), LARC4, sections 2.4 and 5: gaps in provision.
    """
    missed = interventions[interventions["status"] != "delivered"]
    counted = missed.groupby(["support", "item", "status"], observed=True)["case_id"].nunique()
    counted = counted.reset_index(name="families")
    counted = counted.sort_values(["families", "support", "item", "status"], ascending=[False, True, True, True])
    frame = pd.DataFrame({
        "support": counted["support"].map(codes.SUPPORT),
        "item": [prices["label"].get(item, item) for item in counted["item"]],
        "why": counted["status"].map(codes.SUPPORT_STATUS),
        "families": counted["families"],
    })  # fmt: skip
    n = missed["case_id"].nunique()
    return show(
        frame, f"Support that was needed and not had. {context.name}, {plural(n, 'family')} with a gap.",
        labels={"support": "Support for", "item": "What was sought", "why": "Why it was not had"},
        notes=["A family may stand in several rows. Support not had costs nothing here."], row_headers=2,
        empty=f"No gap in support was recorded. {context.name}.",
    )  # fmt: skip


def futures_told(
    futures: pd.DataFrame, moderation: pd.DataFrame, library: pd.DataFrame, context: Context
) -> Table:
    """Show each future told, case by case: who told of it, what the moderators agreed.

    Parameters
    ----------
    futures : DataFrame, one row a witness and a future
    moderation : DataFrame, one row a future of a case
    library : DataFrame
        The national futures: ``future``, ``label``.
    """
    labels = dict(zip(library["future"], library["label"], strict=True))
    told = futures.groupby(["case_id", "future"], sort=False, observed=True).agg(
        witnesses=("perspective", lambda who: ", ".join(codes.PERSPECTIVE[p] for p in dict.fromkeys(who))),
        said=("likelihood", lambda said: ", ".join(codes.LIKELIHOOD[s] for s in dict.fromkeys(said))),
    )  # fmt: skip
    agreed = moderation.set_index(["case_id", "future"])[["likelihood", "accepted", "people"]]
    rows = told.join(agreed).reset_index()
    frame = pd.DataFrame({
        "case": rows["case_id"],
        "future": [labels.get(f, f) for f in rows["future"]],
        "witnesses": rows["witnesses"],
        "said": rows["said"],
        "agreed": rows["likelihood"].map(codes.LIKELIHOOD),
        "accepted": rows["accepted"].map(codes.YES_NO),
        "people": rows["people"].astype("Int64"),
    })  # fmt: skip
    return show(
        frame, f"Futures told and moderated, case by case. {context.name}, {plural(len(frame), 'future')}.",
        labels={"witnesses": "Told by", "said": "They held it", "agreed": "Agreed", "people": "People affected"},
        missing=dict.fromkeys(["agreed", "accepted", "people"], "not moderated"), row_headers=2, folded=True,
        empty=f"No future was told of. {context.name}.",
        notes=["Several witnesses to one future are one future."],
    )  # fmt: skip


def outcomes(frame: pd.DataFrame, cases: pd.DataFrame, context: Context) -> Table:
    """Show how many families saw each outcome change, by the best and the worst any witness told.

    Parameters
    ----------
    frame : DataFrame
        The clean table ``outcomes``: ``case_id``, ``outcome``, ``change``.
    cases : DataFrame, one row a case
    """
    rows = []
    for code, (label, *_) in codes.OUTCOME.items():
        of = frame[frame["outcome"] == code]
        if of.empty:
            continue
        counts = [of.loc[of["change"] == change, "case_id"].nunique() for change in codes.CHANGE]
        rows.append((label, of["case_id"].nunique(), *counts))
    table = pd.DataFrame(rows, columns=["outcome", "families", *codes.CHANGE])
    table = table.sort_values(["families", "outcome"], ascending=[False, True])
    return show(
        table, f"What changed. Families in which a witness told of each outcome. {context.name}, "
        f"{plural(len(cases), 'family')}.", labels=dict(codes.CHANGE),
        empty=f"No outcome was told of. {context.name}.",
        notes=["A family stands under every change a witness told of, so a row may add to more than its families."],
    )  # fmt: skip


def _yes(cases: pd.DataFrame, column: str) -> int:
    return int((cases[column] == "yes").sum())
