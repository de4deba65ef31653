"""The evidence (docs/method.md part 6) on a round small enough to count by hand, and on rounds with little or none."""

import re
from functools import cache

import pandas as pd
import pytest
from cases import each, read

from larcnb import codes, schema
from larcnb.consortium import evidence
from larcnb.consortium.published import PRINTED
from larcnb.params import Authority

COLUMNS = ["authority", *schema.RETURN["evidence"].columns]
A, B, C, D = "l2-01", "l2-02", "l2-03", "l2-04"
EVIDENCED, CASES = "evidenced", read("evidence")


def row(
    where, strand, theme, who="parent", strength="mentioned", mechanism=None, context="engagement"
):
    return (where, strand, theme, context, "early_years", mechanism, who, strength, "Words")


def gather(*rows, wording="caf"):
    return evidence.Evidence(
        pd.DataFrame(list(rows), columns=COLUMNS), AUTHORITIES, "Round larc2", wording
    )


def authority(slug, level=None, name="larc2", region="London"):
    of = {"region": region, "round": name, "impact_level": level}
    return Authority(slug, slug.upper(), "larc4", "2009-10", "larc", **of)


ROWS = [row(*cells) for cells in CASES["rows"]]
ROWS += [row(C, "factor", factor) for factor in codes.THEME["factor"]]
AUTHORITIES = {
    A: authority(A, 3),
    B: authority(B, 1),
    C: authority(C, 2, region="South East"),
    D: authority(D),
}


@cache
def small(wording="caf"):
    """Three authorities sent evidence, two of them on outcomes; a fourth took part and sent none."""
    return gather(*ROWS, wording=wording)


def counted(found, strand, theme):
    return evidence.themes(found, strand).set_index("theme").loc[theme]


@each("strand theme by_hand", "evidence", "counted")
def test_authorities_are_counted_once_with_their_denominator(strand, theme, by_hand):
    said = counted(small(), strand, theme)
    assert tuple(said[["reported", "evidenced", "mentioned", "several", "of"]]) == tuple(by_hand)


def test_every_theme_has_a_row_and_its_interval_is_wilson_s():
    for strand, labels in codes.THEME.items():
        assert evidence.themes(small(), strand)["theme"].tolist() == list(labels)
    # statsmodels 0.14.5, proportion_confint(2, 3, method="wilson")
    ends = counted(small(), "challenge", "workload")[["low", "high"]].tolist()
    assert ends == pytest.approx([0.2076596008, 0.9385080553], abs=1e-9)


def test_a_domain_counts_an_authority_once_and_today_s_outcomes_say_which_no_code_falls_under():
    domains = evidence.domains(small()).set_index("domain")
    assert domains.loc["enjoy_and_achieve", ["reported", "evidenced"]].tolist() == [2, 2]
    assert domains.loc[["economic_wellbeing", "stay_safe"], "reported"].tolist() == [1, 0]
    ten = evidence.domains(small(), "early_help").set_index("domain")
    assert ten.index.tolist() == list(codes.SUPPORTING_FAMILIES)
    assert set(ten.index[ten["codes"] == 0]) == {"early_years", "substance_use", "domestic_abuse"}
    assert ten["codes"].sum() == len(codes.OUTCOME) and ten.loc["housing", "reported"] == 1


def test_people_are_counted_at_least():
    people = evidence.participants(small())
    by_hand = {"parent": 2, "child": 1, "lead_professional": 1, "practitioner": 1}
    assert people.loc[A].to_dict() == by_hand
    assert people.loc[B, "practitioner"] == 1  # four rows on four themes may be one person's
    assert people.index.tolist() == [A, B, C]


@each("mechanism factor", "evidence", "mechanisms")
def test_a_mechanism_names_a_factor_before_its_colon_or_none(mechanism, factor):
    named = evidence.factor_named(pd.Series([mechanism], dtype="str")).iloc[0]
    assert (named == factor) if factor else pd.isna(named)


def test_a_proposition_is_supported_by_two_authorities_and_two_perspectives():
    put = evidence.propositions(small())
    said = put.set_index("factor")[["domain", "put", "evidenced", "perspectives", "status"]]
    multi, lead = (codes.THEME["factor"][name] for name in ("multi_agency", "lead_professional"))
    assert said.loc[multi].tolist() == ["Enjoy and achieve", 2, 2, 2, "supported"]
    assert said.loc[lead].tolist() == ["Enjoy and achieve", 1, 0, 0, "told"]
    assert len(put) == 2  # luck is nobody's key factor


@pytest.mark.parametrize(
    ("where", "who", "strength"),
    [(B, "parent", EVIDENCED), (A, "child", EVIDENCED), (B, "child", "mentioned")],
)
def test_one_perspective_or_one_authority_supports_in_part(where, who, strength):
    because = "multi_agency: one room"
    first = row(A, "outcome", "learning", "parent", EVIDENCED, because)
    found = gather(first, row(where, "outcome", "learning", who, strength, because))
    assert evidence.propositions(found)["status"].tolist() == ["partly"]


def test_claims_beside_what_the_evidence_shows():
    placed = evidence.claims(small()).set_index("authority")
    assert placed.loc[A, ["claimed", "told", "shown", "beyond"]].tolist() == [3, 3, 2, "yes"]
    assert placed.loc[B, ["claimed", "told", "beyond"]].tolist() == [1, 2, "yes"]  # showed none
    assert pd.isna(placed.loc[B, "shown"])
    assert placed.loc[[C, D], "beyond"].isna().all()  # nothing said of impact


@each("levels pair", "evidence", "bands")
def test_the_band_is_the_two_neighbouring_levels_with_most(levels, pair):
    assert evidence.band(pd.Series(levels, dtype="Int64")) == tuple(pair)


def printed(figure):
    return pd.DataFrame(
        [(figure, "5", "all", "q", "count", "w", 0, 99, "authorities")], columns=PRINTED
    )


@each("figure by_hand", "evidence", "figures")
def test_a_published_figure_by_hand(figure, by_hand):
    beside = evidence.compare(printed(figure), small(), "larc2")
    assert beside["computed"].item() == pytest.approx(by_hand, nan_ok=True)
    assert evidence.compare(printed(figure), small(), "larc4").empty  # no other round was printed


def test_early_help_words_say_nothing_of_the_caf():
    found = small("early_help")
    put = evidence.propositions(found)[["context", "factor"]].to_string()
    said = " ".join([*evidence.headline(found), *evidence.themes(found, "factor")["label"], put])
    assert not re.search(r"CAF|[Ll]ead professional|common assessment", said)
    assert set(evidence.domains(found)["domain"]) == set(codes.SUPPORTING_FAMILIES)


def test_a_round_without_evidence_says_so_in_one_sentence():
    (said,) = evidence.headline(gather())
    assert said.startswith("None of the 4 authorities of round larc2 sent evidence on how the CAF")
    assert evidence.themes(gather(), "factor")[["share", "low", "high"]].isna().all(axis=None)
    assert evidence.propositions(gather()).empty


def test_sentences_name_their_denominators():
    said = " ".join(evidence.headline(small()))
    assert "3 of 4 authorities sent evidence" in said and "The other 1 are in no count." in said
    assert "workload and monitoring (2 of 3 each, 95% confidence interval 21% to 94%)" in said
    assert "2 claim more than the evidence shows" in said
