"""The vocabularies of DATA.md with their labels, in CAF words and in early help words.

In: nothing. Out: dictionaries of code to label, and :func:`label`. New outcome codes and evidence
themes are added here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

STATUS = {"open": "Open", "closed": "Closed"}
END_REASON = {
    "outcomes_met": "Outcomes met",
    "step_up": "Stepped up",
    "disengaged": "Family disengaged",
    "moved": "Moved away",
    "other": "Other reason",
}
YES_NO = {"yes": "Yes", "no": "No"}
AGE_BAND = {
    "unborn": "Unborn",
    "0-5": "0 to 5",
    "5-11": "5 to 11",
    "11-16": "11 to 16",
    "over-16": "Over 16",
    "unknown": "Not known",
}
SUBJECT = {"child": "Child", "parent": "Parent"}
NEED = {
    "child": {
        "behaviour": "Behaviour",
        "education": "Attainment or attendance",
        "emotional_health": "Emotional health",
        "learning_or_autism": "Learning difficulty or autism (suspected)",
        "physical_health": "Physical health",
        "other": "Other need of the child",
    },
    "parent": {
        "coping": "Struggling to cope",
        "emotional_health": "Emotional health",
        "housing": "Inadequate housing",
        "ill_health": "Ill health",
        "other": "Other need of a parent",
    },
}
ELEMENT = {
    "preparation": "Preparation",
    "assessment": "Assessment",
    "tac_meeting": "TAC meetings",
    "tac_contact": "Contact between meetings",
    "review": "Reviews",
    "closure": "Closure",
}
MEETING_ELEMENTS = ("tac_meeting", "tac_contact", "review", "closure")
NUMBERED_ELEMENTS = ("tac_meeting", "review")
SUPPORT = {
    "parenting": "Parenting strategies",
    "emotional_health": "Emotional health and resilience",
    "education": "Engagement in education",
    "positive_activities": "Positive activities",
    "physical_health": "Physical health",
    "housing": "Housing",
    "financial": "Money and benefits",
    "respite": "Respite",
    "other": "Other support",
}
RECIPIENT = {"child": "Child", "parent": "Parent", "family": "Family"}
SUPPORT_STATUS = {
    "delivered": "Delivered",
    "declined": "Declined by the family",
    "unavailable": "Not available",
    "threshold_not_met": "Threshold not met",
}
PERSPECTIVE = {
    "parent": "Parent",
    "child": "Child or young person",
    "lead_professional": "Lead professional",
    "practitioner": "Practitioner",
}
LIKELIHOOD = {
    "very_unlikely": "Very unlikely",
    "unlikely": "Unlikely",
    "possible": "Possible",
    "likely": "Likely",
    "highly_likely": "Highly likely",
}
CHANGE = {"worse": "Worse", "same": "The same", "better": "Better", "much_better": "Much better"}

ECM_DOMAIN = {
    "be_healthy": "Be healthy",
    "stay_safe": "Stay safe",
    "enjoy_and_achieve": "Enjoy and achieve",
    "positive_contribution": "Make a positive contribution",
    "economic_wellbeing": "Achieve economic well-being",
    "family": "Family",
}
SUPPORTING_FAMILIES_ENDED = "2025-03-31"
"""The programme's last day: its outcomes are kept as a mapping, beside the Local Outcomes Framework's."""
LOCAL_OUTCOMES = {
    "best_start": "Best start in life",
    "every_child": "Every child achieving and thriving",
    "family_security": "Keeping children safe and family security",
    "health": "Health and wellbeing",
    "safety": "Neighbourhoods and safety",
    "homes": "Homelessness and rough sleeping",
}
"""Local Outcomes Framework (MHCLG, metrics of 9 February 2026): priority outcomes in this project's short words."""
LOCAL_OUTCOME_OF = {
    "education": "every_child",
    "early_years": "best_start",
    "health": "health",
    "substance_use": "health",
    "family_relationships": "family_security",
    "safe_from_abuse": "family_security",
    "crime": "safety",
    "domestic_abuse": "safety",
    "housing": "homes",
    "financial_stability": "family_security",
}
"""Each Supporting Families outcome with the priority outcome beside it; this project's mapping."""
SUPPORTING_FAMILIES = {
    "education": "Getting a good education",
    "early_years": "Good early years development",
    "health": "Improved mental and physical health",
    "substance_use": "Promoting recovery and reducing harm from substance use",
    "family_relationships": "Improved family relationships",
    "safe_from_abuse": "Children safe from abuse and exploitation",
    "crime": "Crime prevention and tackling crime",
    "domestic_abuse": "Safe from domestic abuse",
    "housing": "Secure housing",
    "financial_stability": "Financial stability",
}
OUTCOME = {  # code: (label, ECM domain, Supporting Families outcome)
    "emotional_health": ("Emotional health", "be_healthy", "health"),
    "behaviour": ("Behaviour", "be_healthy", "health"),
    "self_esteem": ("Self-esteem", "be_healthy", "health"),
    "physical_health": ("Physical health", "be_healthy", "health"),
    "risky_behaviour": ("Less risky behaviour", "stay_safe", "safe_from_abuse"),
    "feeling_safe": ("Feeling safe", "stay_safe", "safe_from_abuse"),
    "attendance": ("Attendance", "enjoy_and_achieve", "education"),
    "learning": ("Learning", "enjoy_and_achieve", "education"),
    "peer_relations": ("Relations with peers", "enjoy_and_achieve", "education"),
    "empowered": ("Family empowered", "positive_contribution", "family_relationships"),
    "positive_activities": ("Positive activities", "positive_contribution", "crime"),
    "housing": ("Housing", "economic_wellbeing", "housing"),
    "finances": ("Money", "economic_wellbeing", "financial_stability"),
    "aspirations": ("Aspirations and prospects", "economic_wellbeing", "financial_stability"),
    "parenting": ("Parenting", "family", "family_relationships"),
    "family_relationships": ("Relationships in the family", "family", "family_relationships"),
    "family_school_relations": ("Family and school", "family", "education"),
    "transition": ("Moves between settings", "family", "education"),
}

STRAND = {
    "outcome": "Outcome",
    "factor": "Key factor",
    "challenge": "Challenge",
    "school": "Schools",
    "unique": "Unique benefit",
    "impact": "Impact level",
}
THEME = {
    "outcome": {code: parts[0] for code, parts in OUTCOME.items()},
    "factor": {
        "engaging_families": "Engaging children and families as partners",
        "early_understanding": "Understanding needs early",
        "lead_professional": "Consistent lead professional",
        "multi_agency": "Multi-agency working and information sharing",
        "all_elements": "All elements of the process together",
    },
    "challenge": {
        "accountability": "Accountability",
        "lead_professional_capacity": "Capacity for the lead professional role",
        "process_confusion": "Confusion about the process",
        "workload": "Workload",
        "engaging_parents": "Engaging parents",
        "information_sharing": "Sharing information",
        "monitoring": "Monitoring",
    },
    "school": {
        "early_identification": "Needs identified early",
        "awareness_of_home": "Awareness of life at home",
        "lead_professional_role": "Schools as lead professional",
        "engaging_parents": "Engaging parents",
        "add_on": "Seen as an add-on",
        "capacity": "Capacity in schools",
    },
    "unique": {
        "neutral_system": "A neutral system",
        "speed": "Speed",
        "supportive_role": "A supportive role",
        "pre_caf": "Work before the assessment",
    },
    "impact": {
        "level_1": "Inputs and process",
        "level_2": "Routines and attitudes",
        "level_3": "Outcomes",
        "level_4": "Embedded in the system",
    },
}
CONTEXT = {
    "engagement": "Engagement",
    "lead_professional": "Lead professional",
    "childrens_trust": "Children's trust",
}
OUTCOME_GROUP = {
    "early_years": "Early years",
    "ks3_non_attenders": "Non-attenders at key stage 3",
    "negative_outcomes": "At risk of negative outcomes",
}
STRENGTH = {"mentioned": "Mentioned", "evidenced": "Evidenced"}

VINTAGE = {"larc4": ("2008-09", "2013-14"), "current": ("2022-23", "2099-00")}
"""Vintage to the first and last financial year its prices may stand in."""
CATEGORY = {"role": "Role", "intervention": "Intervention", "future": "Future"}
PAYER = {
    "local_authority": "Local authority",
    "nhs": "NHS",
    "police": "Police",
    "criminal_justice": "Criminal justice",
    "education": "Schools and education",
    "dwp": "Work and pensions (DWP)",
    "hmrc": "Tax and customs (HMRC)",
    "housing": "Housing",
    "several": "Several agencies",
}
PRESET = {
    "larc": "LARC4 convention",
    "public_purse": "Public purse (reference case)",
    "cautious": "Cautious",
    "observed": "Observed rates only",
}
"""A name for each set; another preset goes by its file's name."""
FUND = {
    "general_fund": "General fund",
    "dedicated_schools_grant": "Dedicated schools grant",
    "public_health_grant": "Public health grant",
    "housing_revenue": "Housing revenue",
    "other": "Other",
}
FIT = {
    "national": "The figure wanted, national",
    "one_place": "One place's figure",
    "proxy": "A figure that stands for it",
    "other_definition": "A figure of another definition",
}
PERSON = {"child": "Child", "adult": "Adult", "family": "Family"}
CONFIDENCE = {"verified": "Verified", "recalled": "Recalled", "assumed": "Assumed"}
FUTURE_THEME = {
    "social_care": "Social care intervention",
    "education": "Poor educational outcomes",
    "police": "Police involvement or prosecution",
    "hurt": "Someone physically hurt",
    "exclusion": "School exclusion",
    "mental_health": "Decline of mental health",
    "other": "Other",
}
WEIGHTING = {
    "accepted": "Every accepted future in full",
    "expected": "Each future by the probability of its agreed likelihood",
    "observed": "Each future by the share seen in comparison families; one without a share is set aside",
}
PREVENTED = {
    "all": "Every future that counts in full",
    "evidence": "The share that comparison studies found, else a default",
    "low": "The least that comparison studies leave open, else a default",
}
FOLLOW_UP = {
    "ignore": "What happened later moves no figure",
    "apply": "A future that happened anyway is not avoided",
}
ASSUMPTION_ROLE = {"convention": "Convention", "estimate": "Estimate"}
IMPACT_LEVEL = {1: "inputs and process", 2: "routines and attitudes", 3: "outcomes", 4: "embedded"}
STAGE = {"process": "CAF process", "intervention": "Support", "future": "Futures avoided"}

ROLES = {
    "commissioner": "Commissioner",
    "analyst": "Analyst",
    "assurer": "Assurer",
    "approver": "Approver",
}
"""Who answers for an analysis (HM Treasury, the Aqua Book)."""
MARKING = {"official": "OFFICIAL", "official-sensitive": "OFFICIAL-SENSITIVE"}
"""What internal pages may be marked as (Cabinet Office, Government Security Classifications), least first."""

WORDING = {
    "caf": {
        "process": "CAF process",
        "assessment": "common assessment",
        "episode": "CAF episode",
        "tac": "Team Around the Child (TAC)",
        "tac_short": "TAC",
        "lead_professional": "lead professional",
        "domain": "Every Child Matters domain",
    },
    "early_help": {
        "process": "early help process",
        "assessment": "Early Help Assessment",
        "episode": "early help episode",
        "tac": "Team Around the Family (TAF)",
        "tac_short": "TAF",
        "lead_professional": "lead practitioner",
        "domain": "Supporting Families outcome",
    },
    "family_help": {
        "process": "Family Help process",
        "assessment": "Family Help assessment",
        "episode": "Family Help episode",
        "tac": "Team Around the Family (TAF)",
        "tac_short": "TAF",
        "lead_professional": "lead practitioner",
        "domain": "Supporting Families outcome",
    },
}
DEFAULT_ROUND = "larc4"
"""The round the workbook ships and runs unless told otherwise."""


def round_label(name: str) -> str:
    """A round as pages write it: one of LARC's own in capitals.

    Examples
    --------
    >>> round_label("larc4"), round_label("pilot-2026")
    ('LARC4', 'pilot-2026')
    """
    return name.upper() if name.startswith("larc") else name


def notice_of(notices: Sequence[str]) -> str:
    """The notice of a page over several authorities, each with its own or none: said of those it holds for.

    Examples
    --------
    >>> notice_of(["Made up.", "Made up."]), notice_of(["", "Made up."]), notice_of([""])
    ('Made up.', 'Of 1 of the 2 authorities here: Made up.', '')
    """
    said = [notice for notice in notices if notice]
    if not said or len(said) == len(notices):
        return said[0] if said else ""
    return f"Of {len(said)} of the {len(notices)} authorities here: {said[0]}"


BRACES = re.compile(r"\{\{|\}\}|\{(\w+)\}")


def words(wording: str, text: str) -> str:
    """Put the round's words into a sentence: ``{process}``, ``{tac}`` and so on become CAF or early help words.

    Braces that stand for themselves, as in an authority's name, go through :func:`literal`; others stay.

    Examples
    --------
    >>> words("early_help", "the cost of the {process} and {tac_short} meetings")
    'the cost of the early help process and TAF meetings'
    >>> words("caf", literal("{process} {0}") + " {process}")
    '{process} {0} CAF process'
    """
    known = WORDING[wording]
    return BRACES.sub(lambda m: known.get(m[1], m[0]) if m[1] else m[0][0], text)


def literal(text: str) -> str:
    """Text from the data as it stands in a sentence that :func:`words` will go over."""
    return text.replace("{", "{{").replace("}", "}}")
