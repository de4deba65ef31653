"""Gaps and recommendations that follow from the data, each with its count and the figure that shows it.

In: :class:`~larcnb.evidence.gather.Evidence` and the clean table ``interventions``. Out: frames of ``text``
(what is missing, or what to do), ``because`` (the count) and ``anchor`` (the figure). A recommendation stands
only where at least one authority's data call for it; the wording of each is this project's, after LARC2's own.
"""

from __future__ import annotations

import pandas as pd

from larcnb import codes
from larcnb.evidence.counting import domains, participants, themes
from larcnb.evidence.gather import Evidence
from larcnb.evidence.headline import listed
from larcnb.evidence.levels import claims
from larcnb.evidence.propositions import propositions

COLUMNS = ["whose", "text", "because", "anchor", "count", "of"]
WHOSE = {
    "gaps": "What is missing", "partners": "For partners and commissioners", "round": "For the next round",
}  # fmt: skip
"""What is missing, and whom advice is for: those who run the process, or those who plan the next round."""
SEE = {
    "evidence-voices": "who was heard", "evidence-outcomes": "what changed", "evidence-factors": "the key factors",
    "evidence-propositions": "what works, and where", "evidence-challenges": "what stands in the way",
    "evidence-schools": "schools", "evidence-levels": "how far it has come", "evidence-gaps": "support not had",
    "evidence-today": "the ten outcomes of today",
}  # fmt: skip
"""Anchor of a figure or table to the words of a link that leads to it."""
ACTIONS = {
    "accountability": "Have the partners' board commit every agency to the {process}, and ask each what it has done.",
    "lead_professional_capacity":
        "Say how a {lead_professional} is chosen, trained and relieved of other work, and give the role clerical help.",
    "process_confusion":
        "Say on one page what the {assessment} is for, who should have one, and how it stands to other assessments.",
    "workload": "Ask families and staff to write each thing once only, and allow for the {process} in job plans.",
    "engaging_parents": "Tell families what the {process} is before asking their consent, and let them lead the plan.",
    "information_sharing": "Agree once, for all agencies, what may be shared, with whom and on what consent.",
    "monitoring":
        "Join the records of the {process} to planning: follow outcomes past closure and report them to commissioners.",
}  # fmt: skip
BARRIERS = ("add_on", "capacity")


def advice(found: Evidence, interventions: pd.DataFrame) -> pd.DataFrame:
    """Gaps, then recommendations; parameters and columns are those of :func:`recommendations`."""
    return pd.concat([gaps(found, interventions), recommendations(found, interventions)], ignore_index=True)


def recommendations(found: Evidence, interventions: pd.DataFrame) -> pd.DataFrame:
    """List what the data call for: of partners, most widely reported first, and of the next round.

    Parameters
    ----------
    found : Evidence
    interventions : DataFrame
        The clean table of all authorities, with ``authority``.

    Returns
    -------
    DataFrame
        ``whose`` (a key of :data:`WHOSE`), ``text``, ``because``, ``anchor`` (a key of :data:`SEE`), ``count`` and
        ``of`` (what the advice rests on).

    Source
    ------
    Easton, Morris and Gee (2010), LARC2, "Immediate action is needed" and section 7; Easton and others (2012), LARC4,
    section 5 ("record and analyse CAF data to identify gaps in service provision").
    """
    rows = [
        ("partners", ACTIONS[row.theme],
         f"{row.label} is named as a challenge by {row.reported} of {row.of} authorities.",
         "evidence-challenges", row.reported, row.of)
        for row in themes(found, "challenge").itertuples()
    ]  # fmt: skip
    rows += [_schools(found), _commission(interventions), _overclaimed(found), _unshown(found), _untested(found)]
    frame = pd.DataFrame(rows, columns=COLUMNS).query("count > 0")
    share = (frame["count"] / frame["of"]).where(frame["whose"] == "partners", 0)
    order = pd.DataFrame({"whose": frame["whose"].map(list(WHOSE).index), "share": -share})
    return frame.loc[order.sort_values(["whose", "share"], kind="stable").index].reset_index(drop=True)


def gaps(found: Evidence, interventions: pd.DataFrame) -> pd.DataFrame:
    """List what is missing: from the support families had, and from the evidence itself.

    Parameters and columns are those of :func:`recommendations`.
    """
    families, all_families = _families(interventions)
    rows = [(
        "gaps", "Support that families needed and went without.",
        f"{families} of {all_families} families with support on record lacked some of it.",
        "evidence-gaps", families, all_families,
    )]  # fmt: skip
    if found.sent:
        sent, ten = len(found.sent), domains(found, "early_help")
        unasked = ten[ten["codes"] == 0]["label"]
        without = sent - found.of("outcome")
        unheard = int((participants(found)["child"] == 0).sum())
        rows += [
            ("gaps", "Children's own accounts.", f"{unheard} of {sent} authorities heard no child or young person.",
             "evidence-voices", unheard, sent),
            ("gaps", "Detail on outcomes.", f"{without} of {sent} authorities gave none.",
             "evidence-outcomes", without, sent),
            ("gaps", f"Outcomes that count today and are not asked about: {'; '.join(unasked).lower()}.",
             f"{len(unasked)} of the {len(ten)} Supporting Families outcomes have no code in the form.",
             "evidence-today", len(unasked), len(ten)),
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).query("count > 0").reset_index(drop=True)


def provision_gaps(interventions: pd.DataFrame) -> pd.DataFrame:
    """Count the families that needed support and did not have it, by kind of support and reason.

    Returns
    -------
    DataFrame, most families first
        ``support``, ``why`` (both in words), ``families``, ``authorities``.

    Source
    ------
    METHOD.md part 6: gaps in provision from ``interventions.status``; LARC4, section 2.4.
    """
    missed = interventions[interventions["status"] != "delivered"]
    key = ["support", "status"]
    counted = pd.DataFrame({
        "families": missed.drop_duplicates([*key, "authority", "case_id"]).groupby(key, observed=True).size(),
        "authorities": missed.drop_duplicates([*key, "authority"]).groupby(key, observed=True).size(),
    }).reset_index()  # fmt: skip
    counted = counted.sort_values(["families", *key], ascending=[False, True, True], kind="stable")
    return pd.DataFrame({
        "support": counted["support"].map(codes.SUPPORT), "why": counted["status"].map(codes.SUPPORT_STATUS),
        "families": counted["families"], "authorities": counted["authorities"],
    }).reset_index(drop=True)  # fmt: skip


def _families(interventions: pd.DataFrame) -> tuple[int, int]:
    """Families with a gap, and families with any row of support."""
    case = ["authority", "case_id"]
    missed = interventions[interventions["status"] != "delivered"]
    return len(missed[case].drop_duplicates()), len(interventions[case].drop_duplicates())


def _schools(found: Evidence) -> tuple:
    rows = found.strand("school")
    at = rows[rows["theme"].isin(BARRIERS)]["authority"].nunique()
    return (
        "partners",
        "Give schools time and a named contact, and show them what the {process} does for attendance and behaviour.",
        f"In {at} of {found.of('school')} authorities schools lack capacity or see the {{process}} as an add-on.",
        "evidence-schools", at, found.of("school"),
    )  # fmt: skip


def _unshown(found: Evidence) -> tuple:
    counted = themes(found, "outcome")
    weak = counted[(counted["reported"] > 0) & (2 * counted["evidenced"] < counted["reported"])]
    return (
        "round",
        f"Measure before and after, first of all: {listed(weak['label'])}.",
        f"These changes were reported {int(weak['reported'].sum())} times and shown {int(weak['evidenced'].sum())} "
        "times: less than half of the authorities that report each could show it.",
        "evidence-outcomes", int(weak["mentioned"].sum()), int(counted["reported"].sum()),
    )  # fmt: skip


def _untested(found: Evidence) -> tuple:
    put = propositions(found)
    supported, told = int((put["status"] == "supported").sum()), int((put["status"] == "told").sum())
    return (
        "round",
        "Choose the next round's questions among the propositions that are told of and not yet shown.",
        f"Of {len(put)} propositions {supported} are supported by more than one authority and more than one "
        f"perspective; {told} are told of and not shown at all.",
        "evidence-propositions", told, len(put),
    )  # fmt: skip


def _overclaimed(found: Evidence) -> tuple:
    placed = claims(found)
    beyond, judged = int((placed["beyond"] == "yes").sum()), int(placed["beyond"].notna().sum())
    return (
        "round",
        "Ask for evidence with every impact level claimed, and have another authority read it.",
        f"In {beyond} of {judged} authorities the level claimed goes beyond the highest that the evidence shows.",
        "evidence-levels", beyond, judged,
    )  # fmt: skip


def _commission(interventions: pd.DataFrame) -> tuple:
    case = ["authority", "case_id"]
    missed = interventions[interventions["status"] != "delivered"].drop_duplicates([*case, "support"])
    lacking = missed["support"].value_counts()
    most = int(lacking.max()) if len(lacking) else 0
    first = listed(codes.SUPPORT[code] for code in codes.SUPPORT if lacking.get(code, 0) == most > 0)
    several = (lacking == most).sum() > 1
    families, of = _families(interventions)
    return (
        "partners", f"When commissioning, look first at what was lacking most often: {first}.",
        f"Of {families} families that went without something, {most} lacked {'each of these' if several else 'this'}.",
        "evidence-gaps", families, of,
    )  # fmt: skip
