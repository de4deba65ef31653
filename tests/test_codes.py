"""The vocabularies against the data dictionary's words."""

from cases import each

from larcnb import codes


@each("name words", "codes", "vocabularies")
def test_a_vocabulary_is_the_contract_s_in_its_order(name, words):
    name, *part = name.split()
    vocabulary = getattr(codes, name)
    assert list(vocabulary[part[0]] if part else vocabulary) == words.split()


@each("domain words", "codes", "domains")
def test_each_outcome_lies_in_one_domain(domain, words):
    assert [code for code, (_, of, _) in codes.OUTCOME.items() if of == domain] == words.split()


def test_each_outcome_is_mapped_to_one_of_ten_supporting_families_outcomes():
    assert len(codes.SUPPORTING_FAMILIES) == 10
    assert {to for _, _, to in codes.OUTCOME.values()} <= set(codes.SUPPORTING_FAMILIES)
    assert {domain for _, domain, _ in codes.OUTCOME.values()} == set(codes.ECM_DOMAIN)


def test_every_word_of_one_wording_has_its_match_in_the_other():
    assert all(words.keys() == codes.WORDING["caf"].keys() for words in codes.WORDING.values())
    said = "{process} {assessment} {episode} {tac} {tac_short} {lead_professional} {domain}"
    caf, early = (codes.words(wording, said) for wording in ("caf", "early_help"))
    assert "CAF" in caf and "TAC" in caf and "CAF" not in early and "TAC" not in early
