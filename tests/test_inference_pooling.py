"""Pooling over authorities: R's metafor repeated, what must hold, and what is not said of too few."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.meta_analysis import combine_effects

from larcnb.inference import across, coverage, leave_one_out, pool, shrink
from larcnb.inference.coverage import skewed
from larcnb.inference.random_effects import METHODS, between

HERE = Path(__file__).parent / "reference"
R = json.loads((HERE / "reference.json").read_text("utf-8"))
GIVEN = json.loads((HERE / "inputs.json").read_text("utf-8"))
STUDIES = list(R["meta"])


def six(value):
    """To six digits, as the workbook promises; nil to a millionth."""
    return pytest.approx(value, rel=5e-7, abs=1e-7)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("study", STUDIES)
def test_every_figure_is_metafors_to_six_digits(study, method):
    r = R["meta"][study]
    found, expected = pool(r["yi"], r["vi"], method), r[method]
    assert [found.mean, found.se_normal, found.tau2, found.q, found.q_p] == six(
        [expected[name] for name in ("mean", "se", "tau2", "Q", "Q_p")]
    )
    assert [found.se, found.low, found.high, found.next_low, found.next_high, found.i2 * 100] == six(
        [expected[name] for name in ("hk_se", "hk_low", "hk_high", "pi_low", "pi_high", "I2")]
    )


@pytest.mark.parametrize("study", STUDIES)
def test_heterogeneity_interval_leave_one_out_and_shrinkage_are_metafors(study):
    r = R["meta"][study]
    found = pool(r["yi"], r["vi"])
    assert [found.i2_low * 100, found.i2_high * 100] == six([r["I2_low"], r["I2_high"]])
    drawn = shrink(r["yi"], r["vi"])
    blup = np.array([r["blup"][name] for name in ("mean", "low", "high")]).T
    assert drawn[["estimate", "low", "high"]].to_numpy() == six(blup)
    without = leave_one_out(r["yi"], r["vi"])
    if len(r["yi"]) > 5:
        names = ("mean", "low", "high", "tau2")
        assert without[list(names)].to_numpy() == six(np.array([r["without"][n] for n in names]).T)


def test_the_figures_the_research_noted():
    r = R["meta"]["research"]  # the research note has REML's figures to metafor's own tolerance
    found = pool(r["yi"], r["vi"])
    assert [found.mean, found.se_normal, found.se] == pytest.approx([0.346337, 0.101153, 0.0903330], abs=3e-6)
    assert [found.low, found.high, found.next_low, found.next_high] == pytest.approx(
        [0.114128, 0.578545, -0.176053, 0.868726], abs=3e-5
    )
    assert [found.q, found.i2 * 100] == pytest.approx([12.80563, 56.527], abs=3e-3)
    dl, pm = (pool(r["yi"], r["vi"], method) for method in ("DL", "PM"))
    found = [dl.mean, dl.se_normal, pm.mean, pm.se_normal]
    assert found == pytest.approx([0.34425, 0.106754, 0.351155, 0.091947], abs=1e-6)


@pytest.mark.parametrize("study", ["research", "money", "bcg"])
def test_the_moment_estimate_and_hartung_knapp_are_statsmodels(study):
    r = R["meta"][study]
    theirs = combine_effects(np.array(r["yi"]), np.array(r["vi"]), method_re="dl")
    found = pool(r["yi"], r["vi"], "DL")
    assert [found.tau2, found.mean, found.se] == six([theirs.tau2, theirs.mean_effect_re, theirs.sd_eff_w_re_hksj])


def test_many_rounds_at_once_are_each_round_alone():
    rng = np.random.default_rng(1)
    y, v = rng.normal(size=(20, 7)), rng.uniform(0.05, 2, size=(20, 7))
    for method in METHODS:
        alone = [float(between(*pair, method)) for pair in zip(y, v, strict=True)]
        assert between(y, v, method) == pytest.approx(alone)


def test_pounds_or_pence_make_no_difference():
    r = R["meta"]["money"]
    pounds, pence = pool(r["yi"], r["vi"]), pool(np.array(r["yi"]) * 100, np.array(r["vi"]) * 1e4)
    assert [pence.low / 100, pence.high / 100, pence.i2] == six([pounds.low, pounds.high, pounds.i2])


def test_the_interval_is_never_narrower_than_the_normal_one_where_asked():
    r = R["meta"]["alike"]
    plain, wide = pool(r["yi"], r["vi"]), pool(r["yi"], r["vi"], ad_hoc=True)
    assert plain.se < plain.se_normal
    assert wide.se == wide.se_normal and wide.mean == plain.mean


@pytest.mark.parametrize("k", [1, 4])
def test_too_few_authorities_are_not_pooled(k):
    found = pool(np.arange(k), np.ones(k))
    assert np.isnan(found.mean) and found.why_not == f"too few: {k} authorit{'y' if k == 1 else 'ies'}, 5 needed"


# One way of pooling: cases to authorities


def cases(*authorities, costed="yes"):
    rows = [(f"a{n}", float(x)) for n, values in enumerate(authorities) for x in values]
    return pd.DataFrame(rows, columns=["authority", "inputs"]).assign(costed=costed)


def test_spread_within_authorities_is_pooled_by_hand():
    found = across(cases([1, 3], [2, 4], [5, 9], [3, 3], [6]), "inputs")
    # squares within: 2 + 2 + 8 + 0 = 12 on 9 - 5 = 4 degrees of freedom
    assert found.why_not == "too few: 9 cases, 10 needed"  # five degrees of freedom are needed
    found = across(cases([1, 3], [2, 4], [5, 9], [3, 3], [6, 8]), "inputs")
    assert found.within_sd**2 == pytest.approx(14 / 5)
    assert found.means["variance"].tolist() == pytest.approx([1.4] * 5)
    assert found.means["own"].tolist() == [2, 3, 7, 3, 7]


def test_an_authority_with_one_case_counts_for_less():
    found = across(cases([1, 5, 3], [2, 8, 5], [4, 9, 7], [3, 1, 6], [20]), "inputs")
    assert found.means["weight"].iloc[-1] == found.means["weight"].min()
    assert found.means["weight"].sum() == pytest.approx(1)


def test_shrunken_means_lie_between_own_and_all_and_keep_more_with_more_cases():
    few, many = [10, 14], [30, 34] * 10
    found = across(cases(few, many, [11, 15, 12], [22, 25], [5, 8, 6]), "inputs")
    m = found.means
    low, high = np.minimum(m["own"], found.pooled.mean), np.maximum(m["own"], found.pooled.mean)
    assert ((m["estimate"] >= low - 1e-9) & (m["estimate"] <= high + 1e-9)).all()
    assert m["kept"].iloc[1] == m["kept"].max()


def test_cases_not_costed_and_the_order_of_cases_change_nothing():
    some = cases([1, 5, 3], [2, 8, 5], [4, 9, 7], [3, 1, 6], [20, 3])
    more = pd.concat([some.sample(frac=1, random_state=3), cases([1e9], costed="no")])
    pd.testing.assert_frame_equal(across(some, "inputs").means, across(more, "inputs").means)


@pytest.mark.parametrize(("authorities", "why"), [
    (([1, 2, 5], [3, 4, 1], [9, 4, 2]), "too few: 3 authorities, 5 needed"),
    (([1], [2], [3], [4], [5], [6]), "too few: 6 cases, 11 needed"),
    (([2, 2], [2, 2], [2, 2], [2, 2], [2, 2]), "no spread: every case is the same"),
    ((), "too few: no cases, 5 needed"),
])  # fmt: skip
def test_too_little_is_said_so(authorities, why):
    found = across(cases(*authorities), "inputs")
    assert found.why_not == why and found.means["estimate"].isna().all() and np.isnan(found.pooled.mean)


def test_one_stage_in_statsmodels_is_lme4s_to_five_digits():
    given, r = GIVEN["one_way"], R["lmer"]
    cost = np.array(given["cost"])
    found = MixedLM(cost, np.ones((cost.size, 1)), groups=np.array(given["authority"])).fit(reml=True)
    assert found.converged
    values = [found.params[0], float(np.squeeze(found.cov_re)), found.scale]
    assert values == pytest.approx([r["mean"], r["tau2"], r["sigma2"]], rel=1e-5)


def test_two_stages_come_close_to_lme4s_one():
    given = GIVEN["one_way"]
    frame = pd.DataFrame({"authority": given["authority"], "inputs": given["cost"], "costed": "yes"})
    found, r = across(frame, "inputs"), R["lmer"]
    assert [found.pooled.mean, found.within_sd] == pytest.approx([r["mean"], r["sigma2"] ** 0.5], rel=0.03)
    assert found.pooled.tau2 == pytest.approx(r["tau2"], rel=0.2)


# Do the intervals keep their word?

SIZES = [4, 4, 3, 4, 3, 3, 3, 4, 3, 4, 4]


@pytest.mark.parametrize(("skewness", "between_share"), [(2.4, 0.0), (2.9, 0.0), (2.4, 0.2)])
def test_the_interval_covers_93_to_97_per_cent_with_eleven_authorities_of_three_or_four_skewed_cases(
    skewness, between_share
):
    found = coverage(SIZES, skewness, between_share, seed=7, repetitions=2000).set_index("method")["covers"]
    assert 0.93 <= found["pooled"] <= 0.97
    assert found["own"] < 0.89  # which is why authorities' own spreads are not used
    assert found["cases"] < found["pooled"]


def test_with_little_skew_and_no_differences_the_interval_covers_more_than_it_says():
    found = coverage(SIZES, 0.5, 0.0, seed=7, repetitions=2000).set_index("method")["covers"]
    assert 0.95 <= found["pooled"] <= 0.985 and 0.93 <= found["plain"] <= 0.96


def test_the_same_seed_gives_the_same_coverage():
    pd.testing.assert_frame_equal(coverage(SIZES, 2, 0, 1, 200), coverage(SIZES, 2, 0, 1, 200))


@pytest.mark.parametrize("skewness", [-2.0, 0.0, 3.0])
def test_made_up_cases_have_the_moments_asked_for(skewness):
    x = skewed(np.random.default_rng(2), (400_000,), skewness)
    assert [x.mean(), x.var(), (x**3).mean()] == pytest.approx([0, 1, skewness], abs=0.35)
