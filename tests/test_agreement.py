"""Agreement between perspectives: statsmodels, R's psych, vcd and irrCAC repeated, and what must hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from larcnb.consortium.agreement import by_pair, by_theme, weighted_kappa

HERE = Path(__file__).parent / "reference"
R = json.loads((HERE / "reference.json").read_text("utf-8"))
GIVEN = json.loads((HERE / "inputs.json").read_text("utf-8"))
FIRST, SECOND = (np.array(GIVEN["two_raters"][name]) - 1 for name in ("first", "second"))
TABLE = np.zeros((5, 5))
np.add.at(TABLE, (FIRST, SECOND), 1)
FULL = np.array([row for row in GIVEN["several_raters"] if None not in row]) - 1
WORDS = ["very_unlikely", "unlikely", "possible", "likely", "highly_likely"]
WHO = ["parent", "child", "lead_professional", "practitioner"]
LIBRARY = pd.DataFrame(
    {"future": ["care", "care", "theft"], "theme": ["social_care", "social_care", "police"]}
)


def told(*rows):
    return pd.DataFrame(
        rows, columns=["authority", "case_id", "future", "perspective", "likelihood"]
    )


def rated(answers, families=None):
    """Futures of which each column's perspective gave the answer 0 to 4 of its row; a family each unless told."""
    rows = [
        ("a", f"c{n if families is None else families[n]}", f"f{n}", who, WORDS[step])
        for n, row in enumerate(answers)
        for who, step in zip(WHO, row, strict=False)
    ]
    return told(*rows)


def none_like(futures):
    return pd.DataFrame({"future": futures["future"].unique(), "theme": "other"})


def everything(futures, seed=1):
    return by_theme(futures, none_like(futures), seed).set_index("theme").loc["all"]


def test_weighted_kappa_is_statsmodels_and_rs_with_quadratic_weights():
    assert weighted_kappa(TABLE) == pytest.approx(
        cohens_kappa(TABLE, wt="quadratic").kappa, abs=1e-12
    )
    assert weighted_kappa(TABLE) == pytest.approx(R["two"]["psych_quadratic"], abs=1e-6)
    assert weighted_kappa(np.stack([TABLE, TABLE.T]))[1] == pytest.approx(
        float(weighted_kappa(TABLE))
    )


def test_of_a_pair_the_columns_are_those_of_its_table_and_the_interval_is_near_statsmodels():
    row = by_pair(rated(np.column_stack([FIRST, SECOND])), seed=1).iloc[0]
    theirs = cohens_kappa(TABLE, wt="quadratic")
    assert row["kappa"] == pytest.approx(theirs.kappa) and row["share"] == (FIRST == SECOND).mean()
    width = theirs.kappa_upp - theirs.kappa_low
    assert [row["kappa_low"], row["kappa_high"]] == pytest.approx(
        [theirs.kappa_low, theirs.kappa_upp], abs=0.2 * width
    )


def test_of_several_witnesses_share_and_kappa_are_irrcacs():
    row, r = everything(rated(FULL)), R["several"]
    assert row["share"] == pytest.approx(r["share"], abs=1e-6)
    assert row["kappa"] == pytest.approx(
        (r["kappa_pa"] - r["kappa_pe"]) / (1 - r["kappa_pe"]), abs=1e-6
    )


def test_answers_without_any_agreement_have_a_kappa_around_nil_and_a_share_as_by_chance():
    answers = np.random.default_rng(5).choice(5, (400, 3), p=[0, 0, 0.2, 0.5, 0.3])
    row = everything(rated(answers))
    assert abs(row["kappa"]) < 0.07 and row["kappa_low"] < 0 < row["kappa_high"]
    assert abs(row["kappa_shuffled"]) < 0.01
    assert row["share_shuffled"] == pytest.approx(0.2**2 + 0.5**2 + 0.3**2, abs=0.02)
    assert row["share"] == pytest.approx(row["share_shuffled"], abs=0.06)


def test_a_share_that_is_high_because_nearly_all_say_the_same_is_no_higher_than_its_chance_value():
    answers = np.full((40, 2), 4)
    answers[:2, 0], answers[2:4, 1] = 3, 3
    row = everything(rated(answers))
    assert row["share"] == 0.9 and row["share_shuffled"] == pytest.approx(0.905, abs=0.003)
    assert row["kappa"] < 0


def test_full_agreement_is_one_and_shuffling_takes_it_away():
    row = everything(rated(np.repeat(np.arange(5), 8)[:, None].repeat(3, axis=1)))
    assert [row["share"], row["kappa"], row["kappa_low"], row["kappa_high"]] == pytest.approx(
        [1, 1, 1, 1]
    )
    assert (
        row["share_shuffled"] == pytest.approx(0.2, abs=0.02) and abs(row["kappa_shuffled"]) < 0.02
    )


def test_where_all_say_the_same_there_is_no_kappa():
    row = everything(rated(np.full((20, 2), 3)))
    assert (
        row["share"] == row["share_shuffled"] == 1
        and np.isnan(row["kappa"])
        and np.isnan(row["kappa_shuffled"])
    )


def test_futures_of_one_family_add_little_certainty():
    answers = np.random.default_rng(2).integers(0, 5, (30, 1)) + np.zeros((1, 2), dtype=int)
    answers[:12, 1] = 4 - answers[:12, 1]
    once = everything(rated(answers))
    tripled = everything(rated(np.repeat(answers, 3, axis=0), np.repeat(np.arange(30), 3)))
    alone = everything(rated(np.repeat(answers, 3, axis=0)))
    widths = [row["kappa_high"] - row["kappa_low"] for row in (once, tripled, alone)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1) and widths[2] < 0.75 * widths[0]


def test_the_order_of_witnesses_and_of_rows_changes_nothing_but_the_draws_of_shuffling():
    futures = rated(FULL)
    again = everything(futures.sample(frac=1, random_state=1))
    pd.testing.assert_series_equal(everything(futures), again)
    turned = everything(rated(FULL[:, ::-1]))
    names = ["share", "kappa", "share_low", "share_high", "kappa_low", "kappa_high"]
    assert turned[names].tolist() == pytest.approx(again[names].tolist())
    assert turned["share_shuffled"] == pytest.approx(again["share_shuffled"], abs=0.01)


def round_of(families):
    rows = []
    for n in range(families):
        rows += [
            ("a", f"c{n}", "care", "parent", "likely"),
            ("a", f"c{n}", "care", "child", "likely"),
            ("a", f"c{n}", "theft", "parent", "possible"),
        ]
    return told(*rows)


def test_futures_are_counted_once_by_theme_and_silence_is_not_disagreement():
    found = by_theme(round_of(12), LIBRARY, 1).set_index("theme")
    assert found["futures"].to_dict() == {"social_care": 12, "police": 12, "all": 24}
    assert found["several"].to_dict() == {"social_care": 12, "police": 0, "all": 12}
    assert found.loc["social_care", "share"] == 1
    assert found.loc["police", "why_not"] == "too few: no futures told by two, 10 needed"


def test_two_authorities_with_a_case_of_the_same_name_are_two_families():
    both = pd.concat([round_of(10), round_of(10).assign(authority="b")])
    assert by_theme(both, LIBRARY, 1).set_index("theme").loc["all", "futures"] == 40


def test_pairs_say_who_held_it_likelier_and_where_there_are_too_few():
    futures = told(
        *[
            ("a", f"c{n}", "care", who, how)
            for n in range(4)
            for who, how in (("parent", "highly_likely"), ("practitioner", "likely"))
        ]
    )
    row = by_pair(futures, 1).iloc[0]
    assert (row["first"], row["second"], row["futures"]) == ("parent", "practitioner", 4)
    assert [row["higher"], row["lower"]] == [1, 0]
    assert row["why_not"] == "too few: 4 futures told by both, 10 needed" and np.isnan(row["kappa"])


def test_many_futures_of_few_families_are_too_little():
    row = everything(rated(np.tile([[3, 3], [4, 4]], (10, 1)), np.repeat(np.arange(4), 5)))
    assert row["why_not"] == "too few: 4 families, 5 needed" and np.isnan(row["share"])


def test_a_round_without_futures_has_no_pairs():
    assert by_pair(told(), 1).empty
    assert by_theme(told(), LIBRARY, 1)["why_not"].tolist() == [
        "too few: no futures told by two, 10 needed"
    ]
