"""Agreement between perspectives: R's psych, vcd, irr and irrCAC repeated, and what must hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

from larcnb.inference import by_pair, by_theme
from larcnb.inference.agreement import several_raters, weighted_kappa

HERE = Path(__file__).parent / "reference"
R = json.loads((HERE / "reference.json").read_text("utf-8"))
GIVEN = json.loads((HERE / "inputs.json").read_text("utf-8"))
FIRST, SECOND = (np.array(GIVEN["two_raters"][name]) - 1 for name in ("first", "second"))
SEVERAL = np.array([[np.nan if x is None else x - 1 for x in row] for row in GIVEN["several_raters"]], dtype=float)


@pytest.mark.parametrize(("kind", "value", "se"), [
    ("identity", "psych_kappa", "vcd_kappa_ase"),
    ("linear", "irr_linear", "vcd_linear_ase"),
    ("quadratic", "psych_quadratic", "vcd_quadratic_ase"),
])  # fmt: skip
def test_weighted_kappa_is_rs(kind, value, se):
    found, n = weighted_kappa(FIRST, SECOND, kind), len(FIRST)
    assert found.value == pytest.approx(R["two"][value], abs=1e-6)
    assert found.se * np.sqrt((n - 1) / n) == pytest.approx(R["two"][se], abs=1e-6)  # R divides by n, we by n - 1


@pytest.mark.parametrize(("kind", "wt"), [("identity", None), ("linear", "linear"), ("quadratic", "quadratic")])
def test_weighted_kappa_is_statsmodels_where_every_rating_stands_alone(kind, wt):
    table = np.zeros((5, 5))
    np.add.at(table, (FIRST, SECOND), 1)
    found, n, theirs = weighted_kappa(FIRST, SECOND, kind), len(FIRST), cohens_kappa(table, wt=wt)
    assert [found.value, found.se * np.sqrt((n - 1) / n)] == pytest.approx([theirs.kappa, theirs.std_kappa], abs=1e-9)


FULL = SEVERAL[~np.isnan(SEVERAL).any(axis=1)]


@pytest.mark.parametrize("kind", ["identity", "linear", "quadratic"])
@pytest.mark.parametrize(("rated", "data"), [(SEVERAL, "gaps"), (FULL, "complete")])
def test_several_raters_are_irrcacs(rated, data, kind):
    found = several_raters(rated, kind)
    for name, r in R["several"][data][kind].items():
        exact = (r["pa"] - r["pe"]) / (1 - r["pe"])  # irrCAC rounds its coefficient and error to five digits
        assert found[name].value == pytest.approx(exact, abs=1e-6)
        if data == "complete":
            assert found[name].se == pytest.approx(r["se"], abs=1e-5)


def test_fleiss_without_gaps_is_irrs():
    found = several_raters(FULL, "identity")["fleiss"].value
    assert found == pytest.approx(R["several"]["irr_fleiss_complete"], abs=1e-6)
    assert found == pytest.approx(fleiss_kappa(aggregate_raters(FULL)[0]), abs=1e-9)


@pytest.mark.parametrize("name", ["share", "gwet", "fleiss"])
def test_with_gaps_the_error_is_that_of_a_bootstrap(name):
    rng = np.random.default_rng(11)
    rated = np.clip(rng.integers(2, 5, 200)[:, None] + rng.integers(-1, 1, (200, 3)), 0, 4).astype(float)
    rated[rng.random(rated.shape) < 0.4] = np.nan
    rated = rated[np.isfinite(rated).any(axis=1)]
    again = [several_raters(rated[rng.integers(0, len(rated), len(rated))])[name].value for _ in range(200)]
    assert several_raters(rated)[name].se == pytest.approx(np.std(again), rel=0.15)


def test_each_item_a_cluster_of_its_own_changes_nothing_and_doubled_items_add_no_certainty():
    alone = weighted_kappa(FIRST, SECOND)
    assert weighted_kappa(FIRST, SECOND, clusters=np.arange(len(FIRST))).se == pytest.approx(alone.se)
    twice = weighted_kappa(np.tile(FIRST, 2), np.tile(SECOND, 2), clusters=np.tile(np.arange(len(FIRST)), 2))
    assert twice.value == pytest.approx(alone.value)
    assert twice.se == pytest.approx(alone.se)


def test_kappa_falls_where_nearly_all_say_the_same_and_gwets_does_not():
    rated = np.full((40, 2), 4.0)
    rated[:2, 0] = 3
    found = several_raters(rated, "identity")
    assert found["share"].value == 0.95
    assert found["fleiss"].value < 0 < 0.9 < found["gwet"].value


def test_the_order_of_witnesses_and_of_futures_changes_nothing():
    shuffled = np.random.default_rng(3).permutation(SEVERAL)[:, [2, 0, 3, 1]]
    for name, one in several_raters(SEVERAL).items():
        other = several_raters(shuffled)[name]
        assert [one.value, one.se] == pytest.approx([other.value, other.se])


def told(*rows):
    return pd.DataFrame(rows, columns=["authority", "case_id", "future", "perspective", "likelihood"])


LIBRARY = pd.DataFrame({"future": ["care", "care", "theft"], "theme": ["social_care", "social_care", "police"]})


def round_of(families):
    rows = []
    for n in range(families):
        rows += [("a", f"c{n}", "care", "parent", "likely"), ("a", f"c{n}", "care", "child", "likely"),
                 ("a", f"c{n}", "theft", "parent", "possible")]  # fmt: skip
    return told(*rows)


def test_futures_are_counted_once_by_theme_and_silence_is_not_disagreement():
    found = by_theme(round_of(12), LIBRARY).set_index("theme")
    assert found["futures"].to_dict() == {"social_care": 12, "police": 12, "all": 24}
    assert found["several"].to_dict() == {"social_care": 12, "police": 0, "all": 12}
    assert found.loc["social_care", "share"] == 1
    assert found.loc["police", "why_not"] == "too few: no futures told by two, 10 needed"


def test_two_authorities_with_a_case_of_the_same_name_are_two_families():
    both = pd.concat([round_of(10), round_of(10).assign(authority="b")])
    assert by_theme(both, LIBRARY).set_index("theme").loc["all", "futures"] == 40


def test_pairs_say_who_held_it_likelier_and_where_there_are_too_few():
    futures = told(*[("a", f"c{n}", "care", who, how) for n in range(4)
                     for who, how in (("parent", "highly_likely"), ("practitioner", "likely"))])  # fmt: skip
    row = by_pair(futures).iloc[0]
    assert (row["first"], row["second"], row["futures"]) == ("parent", "practitioner", 4)
    assert [row["share"], row["higher"], row["lower"]] == [0, 1, 0]
    assert row["why_not"] == "too few: 4 futures told by both, 10 needed" and np.isnan(row["kappa"])


def test_a_round_without_futures_has_no_pairs():
    assert by_pair(told()).empty
    assert by_theme(told(), LIBRARY)["why_not"].tolist() == ["too few: no futures told by two, 10 needed"]
