"""Everyday words for the codes of a return: what a message may suggest for a word that is no code.

In: a word, and the codes that may stand there. Out: a suggestion, or nothing. A word that could stand for two codes
is left out, so that no suggestion turns a meaning round; a slip of the keys is found by spelling.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from larcnb.errors import nearest

WORDS = {
    # yes and no, statuses, likelihoods, changes
    "yes": "y true",
    "no": "n false",
    "open": "opened active live ongoing current in_progress still_open",
    "closed": "close ended complete completed finished shut",
    "very_unlikely": "highly_unlikely extremely_unlikely",
    "unlikely": "not_likely improbable",
    "possible": "possibly maybe perhaps",
    "likely": "probable probably",
    "highly_likely": "very_likely extremely_likely very_probable",
    "worse": "deteriorated worsened",
    "same": "no_change unchanged the_same",
    "better": "improved improvement",
    "much_better": "much_improved a_lot_better greatly_improved significantly_better",
    "delivered": "received provided",
    "declined": "refused declined_by_family family_declined",
    "unavailable": "not_available",
    "threshold_not_met": "below_threshold did_not_meet_threshold",
    "mentioned": "mention",
    "evidenced": "evidence",
    # who, and for whom
    "child": "children young_person child_or_young_person yp pupil",
    "parent": "mother father mum dad parents carer",
    "family": "whole_family",
    "lead_professional": "lp lead_practitioner",
    "practitioner": "professional worker",
    "unborn": "unborn_baby",
    "unknown": "not_known",
    "over-16": "16+ over_16s",
    # the process and the support
    "preparation": "prep",
    "assessment": "caf caf_assessment early_help_assessment eha initial_assessment",
    "tac_meeting": "tac taf tac_meetings taf_meeting team_around_the_child team_around_the_family",
    "tac_contact": "contact contacts phone_call telephone_call between_meetings",
    "review": "review_meeting reviews",
    "closure": "closing closure_meeting closing_meeting",
    "parenting": "parenting_support",
    "emotional_health": "mental_health emotional_wellbeing wellbeing",
    "education": "school schooling schools dfe",
    "positive_activities": "activities clubs leisure",
    "physical_health": "health medical",
    "financial": "money benefits debt finance",
    "respite": "short_breaks",
    "learning_or_autism": "autism asd send learning_difficulty learning_difficulties",
    "behaviour": "behavior",
    "coping": "struggling_to_cope",
    "ill_health": "illness health",
    "finances": "money finance",
    "attendance": "school_attendance",
    "learning": "attainment",
    "self_esteem": "confidence",
    "peer_relations": "friends friendships",
    # roles
    "health_visitor": "hv health_visiting",
    "school_nurse": "sn school_nursing",
    "midwife": "midwifery",
    "gp": "general_practitioner",
    "social_worker": "sw social_work",
    "teacher": "class_teacher form_tutor",
    "senior_social_worker": "ssw senior_sw",
    "social_work_assistant": "swa social_worker_assistant",
    "family_support_worker": "fsw support_worker family_worker family_support",
    "educational_psychologist": "ep ed_psych education_psychologist",
    "senco": "sendco inco",
    "education_welfare_officer": "ewo eswo educational_welfare_officer education_social_worker",
    "head_teacher": "head headteacher",
    "teaching_assistant": "ta lsa",
    "learning_mentor": "mentor",
    "camhs_worker": "camhs",
    "clinical_psychologist": "clinical_psych",
    "speech_therapist": "salt slt speech_and_language_therapist",
    "occupational_therapist": "ot",
    "mental_health_nurse": "cpn",
    "paediatrician": "community_paediatrician",
    "police_officer": "police pc",
    "pcso": "police_community_support_officer",
    "yot_worker": "yot yos yos_worker youth_offending_worker",
    "housing_officer": "housing_worker",
    "administrator": "admin administration minute_taker",
    "caf_coordinator": "coordinator early_help_coordinator eh_coordinator",
    "counsellor": "counselor counselling",
    "drug_alcohol_worker": "drug_and_alcohol_worker substance_misuse_worker",
    "connexions_adviser": "connexions",
    "childrens_centre_worker": "childrens_centre children's_centre_worker",
    "youth_worker": "youth_service",
    "voluntary_sector_worker": "voluntary_sector charity_worker",
    # items of support
    "cbt_session": "cbt cognitive_behaviour_therapy cognitive_behavioural_therapy",
    "multisystemic_therapy_session": "mst",
    "family_group_conference": "fgc",
    "home_start": "homestart home-start",
    "parenting_group": "parenting_course parenting_programme triple_p",
    "incredible_years": "webster_stratton",
    "parenting_individual": "one_to_one_parenting",
    "debt_benefit_advice": "debt_advice benefit_advice benefits_advice",
    "breakfast_club_session": "breakfast_club after_school_club",
    "youth_club_session": "youth_club",
    "short_break_night": "short_break",
    "young_carers_session": "young_carers",
    "rent_deposit": "deposit",
    "nursery_place_week": "nursery nursery_place",
    "speech_therapy_session": "speech_therapy",
    "occupational_therapy_session": "occupational_therapy",
    "autism_parent_course": "early_bird earlybird",
    "gp_appointment": "gp_visit",
    "behaviour_contract": "abc acceptable_behaviour_contract",
    # futures
    "looked_after": "lac care in_care cla",
    "foster_placement": "foster foster_care fostering",
    "residential_placement": "residential childrens_home",
    "child_protection_plan": "cp_plan cpp child_protection",
    "child_in_need": "cin",
    "permanent_exclusion": "permanently_excluded pex",
    "persistent_truancy": "truancy",
    "domestic_violence": "dv domestic_abuse da",
    "neet": "not_in_education",
    "youth_custody": "yoi",
    "homelessness": "homeless",
    "suicide": "suicidal",
    # payers, confidence, columns
    "local_authority": "la council lea",
    "nhs": "health ccg icb pct",
    "criminal_justice": "courts moj prison probation",
    "dwp": "work_and_pensions jobcentre",
    "several": "multiple",
    "started": "start start_date date_started date_opened opened",
    "case_id": "id caseid case case_number",
    "child_id": "child child_number",
    "age_band": "age",
    "likelihood": "likelyhood",
}


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower()) + "+" * text.endswith("+")


MEANT: dict[str, list[str]] = {}
for _code, _said in WORDS.items():
    for _word in _said.split():
        MEANT.setdefault(_key(_word), []).append(_code)


def suggest(word: str, known: Collection[str], sure: bool = False) -> str:
    """Return ``"Did you mean 'x'?"`` for the code an everyday or mistyped word stands for, or nothing.

    With ``sure`` a slip is a letter left out or doubled, or letters exchanged: another letter makes another word, such
    as *decided* for *declined*.

    Examples
    --------
    >>> suggest("Very likely", ["very_unlikely", "highly_likely"]), suggest("HV", ["health_visitor", "gp"])
    ("Did you mean 'highly_likely'?", "Did you mean 'health_visitor'?")
    >>> suggest("quite likely", ["unlikely", "likely"])
    ''
    """
    meant = [code for code in MEANT.get(_key(word), ()) if code in known]
    if meant:
        return f"Did you mean '{meant[0]}'?" if len(meant) == 1 else ""
    near = nearest(word, known)
    return (
        near if near and (not sure or _same_letters(_key(word), _key(near.split("'")[1]))) else ""
    )


def _same_letters(word: str, code: str) -> bool:
    there, meant = Counter(word), Counter(code)
    return (
        there.keys() <= meant.keys()
        and (there - meant).total() <= 1
        and (meant - there).total() <= 1
    )
