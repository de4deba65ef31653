"""Agreement between perspectives: statsmodels, R's psych and irrCAC repeated, and what must hold."""

import numpy as np
import pandas as pd
import pytest
from cases import GIVEN, R
from statsmodels.stats.inter_rater import cohens_kappa

from larcnb.consortium.agreement import by_pair, by_theme, cells, weighted_kappa

FIRST, SECOND = (np.array(GIVEN["two_raters"][name]) - 1 for name in ("first", "second"))
TABLE = np.zeros((5, 5))
np.add.at(TABLE, (FIRST, SECOND), 1)
FULL = np.array([row for row in GIVEN["several_raters"] if None not in row]) - 1
WORDS = ["very_unlikely", "unlikely", "possible", "likely", "highly_likely"]
WHO = ["parent", "child", "lead_professional", "practitioner"]
COLUMNS = ["authority", "case_id", "future", "perspective", "likelihood"]
LIBRARY = pd.DataFrame({"future": ["care", "theft"], "theme": ["social_care", "police"]})


def told(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def rated(answers, families=None):
    """Futures of which each column's perspective gave the answer 0 to 4 of its row; a family each unless told."""
    families = range(len(answers)) if families is None else families
    return told(
        *(
            ("a", f"c{family}", f"f{n}", who, WORDS[step])
            for n, (row, family) in enumerate(zip(answers, families, strict=True))
            for who, step in zip(WHO, row, strict=False)
            if step is not None
        )
    )


def everything(futures, seed=1):
    known = pd.DataFrame({"future": futures["future"].unique(), "theme": "other"})
    return by_theme(futures, known, seed).set_index("theme").loc["all"]


def test_kappa_is_statsmodels_and_rs_with_quadratic_weights_and_its_interval_is_near():
    theirs = cohens_kappa(TABLE, wt="quadratic")
    assert weighted_kappa(np.stack([TABLE, TABLE.T])) == pytest.approx([theirs.kappa] * 2)
    assert weighted_kappa(TABLE) == pytest.approx(R["two"]["psych_quadratic"], abs=1e-6)
    row = by_pair(rated(np.column_stack([FIRST, SECOND])), seed=1).iloc[0]
    assert row["kappa"] == pytest.approx(theirs.kappa) and row["share"] == (FIRST == SECOND).mean()
    ends = [theirs.kappa_low, theirs.kappa_upp]
    found = row[["kappa_low", "kappa_high"]].tolist()
    assert found == pytest.approx(ends, abs=0.2 * (ends[1] - ends[0]))


def test_of_several_witnesses_share_and_kappa_are_irrcacs():
    row, r = everything(rated(FULL)), R["several"]
    assert row["share"] == pytest.approx(r["share"], abs=1e-6)
    kappa = (r["kappa_pa"] - r["kappa_pe"]) / (1 - r["kappa_pe"])
    assert row["kappa"] == pytest.approx(kappa, abs=1e-6)


def test_full_agreement_is_one_shuffling_takes_it_away_and_where_all_say_the_same_none_is_known():
    row = everything(rated(np.repeat(np.arange(5), 8)[:, None].repeat(3, axis=1)))
    assert row[["share", "kappa", "kappa_low", "kappa_high"]].tolist() == pytest.approx([1] * 4)
    assert row["share_shuffled"] == pytest.approx(0.2, abs=0.02)
    assert abs(row["kappa_shuffled"]) < 0.02
    row = everything(rated(np.full((20, 2), 3)))
    assert row["share"] == row["share_shuffled"] == 1
    assert row[["kappa", "kappa_shuffled"]].isna().all()


def test_futures_of_one_family_add_little_certainty():
    answers = np.random.default_rng(2).integers(0, 5, (30, 1)) + np.zeros((1, 2), dtype=int)
    answers[:12, 1] = 4 - answers[:12, 1]
    thrice = np.repeat(answers, 3, axis=0)
    rounds = rated(answers), rated(thrice, np.repeat(np.arange(30), 3)), rated(thrice)
    once, tripled, alone = (row["kappa_high"] - row["kappa_low"] for row in map(everything, rounds))
    assert tripled == pytest.approx(once, rel=0.1) and alone < 0.75 * once


def test_futures_are_counted_once_by_theme_and_silence_is_not_disagreement():
    said = [
        ("care", "parent", "likely"),
        ("care", "child", "likely"),
        ("theft", "parent", "possible"),
    ]
    futures = told(*(("a", f"c{n}", *row) for n in range(12) for row in said))
    found = by_theme(futures, LIBRARY, 1).set_index("theme")
    assert found["futures"].to_dict() == {"social_care": 12, "police": 12, "all": 24}
    assert found["several"].to_dict() == {"social_care": 12, "police": 0, "all": 12}
    assert found.loc["social_care", "share"] == 1
    assert found.loc["police", "why_not"] == "too few: no futures told by two, 10 needed"
    # a case of the same name in another authority is another family
    both = pd.concat([futures, futures.assign(authority="b")])
    assert by_theme(both, LIBRARY, 1).set_index("theme").loc["all", "futures"] == 48


def test_pairs_say_who_held_it_likelier_and_where_there_are_too_few():
    row = by_pair(rated([[4, None, None, 3]] * 4), 1).iloc[0]
    assert (row["first"], row["second"], row["futures"]) == ("parent", "practitioner", 4)
    assert [row["higher"], row["lower"]] == [1, 0]
    assert row["why_not"] == "too few: 4 futures told by both, 10 needed" and np.isnan(row["kappa"])
    row = everything(rated(np.tile([[3, 3], [4, 4]], (10, 1)), np.repeat(np.arange(4), 5)))
    assert row["why_not"] == "too few: 4 families, 5 needed" and np.isnan(row["share"])
    assert by_pair(told(), 1).empty and len(by_theme(told(), LIBRARY, 1)) == 1


def test_no_coefficient_stands_without_its_value_by_chance():
    columns = ["why_not", "share", "share_low", "share_high", "share_shuffled"]
    columns += ["kappa", "kappa_low", "kappa_high", "kappa_shuffled"]
    row = ("", 0.68, 0.6, 0.75, 0.51, -0.001, -0.2, 0.2, -0.0004)
    few = ("too few: 3", *[np.nan] * 8)
    said = cells(pd.DataFrame([row, (*row[:5], *few[5:]), few], columns=columns))
    assert said["share"].tolist() == ["68% (60% to 75%); shuffled 51%"] * 2 + ["too few"]
    assert said["kappa"].tolist()[:2] == ["0.00 (−0.20 to 0.20); shuffled 0.00", "all alike"]
