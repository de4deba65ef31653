"""The vocabularies against DATA.md's words."""

import pytest

from larcnb import codes


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        (codes.ELEMENT, "preparation assessment tac_meeting tac_contact review closure"),
        (codes.MEETING_ELEMENTS, "tac_meeting tac_contact review closure"),
        (codes.NUMBERED_ELEMENTS, "tac_meeting review"),
        (
            codes.SUPPORT,
            "parenting emotional_health education positive_activities physical_health housing financial "
            "respite other",
        ),
        (codes.SUPPORT_STATUS, "delivered declined unavailable threshold_not_met"),
        (codes.RECIPIENT, "child parent family"),
        (codes.PERSPECTIVE, "parent child lead_professional practitioner"),
        (codes.LIKELIHOOD, "very_unlikely unlikely possible likely highly_likely"),
        (codes.CHANGE, "worse same better much_better"),
        (codes.AGE_BAND, "unborn 0-5 5-11 11-16 over-16 unknown"),
        (
            codes.NEED["child"],
            "behaviour education emotional_health learning_or_autism physical_health other",
        ),
        (codes.NEED["parent"], "coping emotional_health housing ill_health other"),
        (codes.STRAND, "outcome factor challenge school unique impact"),
        (codes.CONTEXT, "engagement lead_professional childrens_trust"),
        (codes.OUTCOME_GROUP, "early_years ks3_non_attenders negative_outcomes"),
        (codes.VINTAGE, "larc4 current"),
        (codes.CATEGORY, "role intervention future"),
        (codes.PAYER, "local_authority nhs police criminal_justice education dwp housing several"),
        (codes.CONFIDENCE, "verified recalled assumed"),
        (codes.FUTURE_THEME, "social_care education police hurt exclusion mental_health other"),
    ],
)
def test_a_vocabulary_is_the_contract_s_in_its_order(vocabulary, words):
    assert list(vocabulary) == words.split()


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("be_healthy", "emotional_health behaviour self_esteem physical_health"),
        ("stay_safe", "risky_behaviour feeling_safe"),
        ("enjoy_and_achieve", "attendance learning peer_relations"),
        ("positive_contribution", "empowered positive_activities"),
        ("economic_wellbeing", "housing finances aspirations"),
        ("family", "parenting family_relationships family_school_relations transition"),
    ],
)
def test_each_outcome_lies_in_one_domain(domain, words):
    assert [code for code, (_, of, _) in codes.OUTCOME.items() if of == domain] == words.split()


@pytest.mark.parametrize(
    ("strand", "words"),
    [
        ("outcome", " ".join(codes.OUTCOME)),
        (
            "factor",
            "engaging_families early_understanding lead_professional multi_agency all_elements",
        ),
        (
            "challenge",
            "accountability lead_professional_capacity process_confusion workload engaging_parents "
            "information_sharing monitoring",
        ),
        (
            "school",
            "early_identification awareness_of_home lead_professional_role engaging_parents add_on capacity",
        ),
        ("unique", "neutral_system speed supportive_role pre_caf"),
        ("impact", "level_1 level_2 level_3 level_4"),
    ],
)
def test_each_strand_has_the_contract_s_themes(strand, words):
    assert list(codes.THEME[strand]) == words.split()


def test_each_outcome_is_mapped_to_one_of_ten_supporting_families_outcomes():
    assert len(codes.SUPPORTING_FAMILIES) == 10
    assert {to for _, _, to in codes.OUTCOME.values()} <= set(codes.SUPPORTING_FAMILIES)
    assert {domain for _, domain, _ in codes.OUTCOME.values()} == set(codes.ECM_DOMAIN)


def test_every_word_of_one_wording_has_its_match_in_the_other():
    assert all(words.keys() == codes.WORDING["caf"].keys() for words in codes.WORDING.values())
    said = "{process} {assessment} {episode} {tac} {tac_short} {lead_professional} {domain}"
    assert "CAF" in codes.words("caf", said) and "TAC" in codes.words("caf", said)
    assert "CAF" not in codes.words("early_help", said) and "TAC" not in codes.words(
        "early_help", said
    )


def test_vintages_hold_the_contract_s_years():
    assert codes.VINTAGE["larc4"] == ("2008-09", "2013-14")
    assert codes.VINTAGE["current"][0] == "2022-23"
