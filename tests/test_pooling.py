"""Pooling over authorities: R's metafor and bayesmeta repeated, what must hold, and what is not said of too few."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from coverage_study import coverage, skewed
from statsmodels.regression.mixed_linear_model import MixedLM

from larcnb.consortium.pooling import across, posterior, reml_mean

HERE = Path(__file__).parent / "reference"
R = json.loads((HERE / "reference.json").read_text("utf-8"))
GIVEN = json.loads((HERE / "inputs.json").read_text("utf-8"))
STUDIES = list(R["meta"])


def six(value):
    """To six digits, as the workbook promises; nil to a millionth."""
    return pytest.approx(value, rel=5e-7, abs=1e-7)


@pytest.mark.parametrize("test", ["knha", "adhoc"])
@pytest.mark.parametrize("study", STUDIES)
def test_the_mean_its_interval_and_the_spread_are_metafors_to_six_digits(study, test):
    r = R["meta"][study]
    expected = [r[test][name] for name in ("mean", "se", "low", "high", "tau2")]
    assert [*reml_mean(r["yi"], r["vi"], adhoc=test == "adhoc")] == six(expected)


def test_the_figures_the_research_noted():
    r = R["meta"]["research"]  # the research note has REML's figures to metafor's own tolerance
    mean, se, low, high, _ = reml_mean(r["yi"], r["vi"])
    assert [mean, se, low, high] == pytest.approx(
        [0.346337, 0.0903330, 0.114128, 0.578545], abs=3e-5
    )


B = R["bayesmeta"]
ENDS = [0.025, 0.975]


def bayesmetas_example():
    return posterior(B["yi"], B["vi"], B["scale"])


@pytest.mark.parametrize(("grid", "digits"), [("fine", 1e-5), ("default", 3e-3)])
def test_the_half_normal_spread_is_bayesmetas_on_its_published_example(grid, digits):
    """Crins and others (2014). Its default grid is itself some 0.002 from its own finer one."""
    r, found = B[grid], bayesmetas_example()
    assert found.between([0.5, *ENDS]) == pytest.approx([r["tau"][i] for i in (0, 2, 3)], rel=1e-3)
    assert found.further([0.5, *ENDS]) == pytest.approx(
        [r["further"][i] for i in (0, 2, 3)], abs=digits
    )
    assert float(found.weight @ found.mean) == pytest.approx(r["mean"][1], abs=digits)
    shrunken = np.array(r["shrunken"])[:, 1:]
    assert found.shrunken(B["yi"], B["vi"], ENDS) == pytest.approx(shrunken, abs=digits)


def test_a_finer_grid_changes_no_third_digit():
    fine = posterior(B["yi"], B["vi"], B["scale"], points=20_000)
    assert bayesmetas_example().further(ENDS) == pytest.approx(fine.further(ENDS), rel=1e-4)


@pytest.mark.parametrize("apart", [1e-3, 1.0, 1e3])
def test_the_grid_reaches_wherever_the_spread_is(apart):
    y, v = apart * np.array([-1.0, -0.5, 0.0, 0.4, 1.1]), np.full(5, 0.01)
    found = posterior(y, v, scale=0.2)
    assert found.weight[-1] < 1e-6 and found.weight.max() < 0.05
    assert found.between(ENDS) == pytest.approx(
        posterior(y, v, 0.2, points=20_000).between(ENDS), rel=1e-3
    )


@pytest.mark.parametrize("tau", [0.0, 0.3, 3.0])
def test_very_many_authorities_leave_a_narrow_spread_that_the_grid_still_resolves(tau):
    y, v = tau * np.random.default_rng(1).standard_normal(2000), np.full(2000, 1e-4)
    found, fine = posterior(y, v, 1.0), posterior(y, v, 1.0, points=20_000)
    assert found.between([0.5, *ENDS]) == pytest.approx(fine.between([0.5, *ENDS]), rel=2e-3)
    assert (
        found.between(ENDS)[0] <= np.sqrt(max(y.var(ddof=1) - 1e-4, 0)) <= found.between(ENDS)[1]
        or tau == 0
    )


def test_an_estimate_is_less_sure_than_the_mean_it_estimates():
    found = bayesmetas_example()
    (low, high), (lower, higher) = found.further(ENDS), found.further(ENDS, variance=0.3)
    assert lower < low < high < higher


def test_pounds_or_pence_make_no_difference():
    r = R["meta"]["money"]
    y, v = np.array(r["yi"]), np.array(r["vi"])
    pounds, pence = (
        posterior(y, v, 900.0).further(ENDS),
        posterior(y * 100, v * 1e4, 9e4).further(ENDS),
    )
    assert np.array(pence) / 100 == six(np.array(pounds))


# Cases to authorities


def cases(*authorities, costed="yes"):
    rows = [(f"a{n}", float(x)) for n, values in enumerate(authorities) for x in values]
    return pd.DataFrame(rows, columns=["authority", "inputs"]).assign(costed=costed)


SOME = ([1, 5, 3], [2, 8, 5], [4, 9, 7], [3, 1, 6], [20, 3])


def test_spread_within_authorities_is_pooled_by_hand():
    found = across(cases([1, 3], [2, 4], [5, 9], [3, 3], [6]), "inputs")
    # squares within: 2 + 2 + 8 + 0 = 12 on 9 - 5 = 4 degrees of freedom
    assert found.why_not == "too few: 9 cases, 10 needed"  # five degrees of freedom are needed
    found = across(cases([1, 3], [2, 4], [5, 9], [3, 3], [6, 8]), "inputs")
    assert found.within_sd**2 == pytest.approx(14 / 5)
    assert found.means["own"].tolist() == [2, 3, 7, 3, 7]
    assert (found.means["own_high"] - found.means["own"]).tolist() == pytest.approx(
        [2.570582 * 1.4**0.5] * 5
    )


def test_an_authority_with_one_case_counts_for_less():
    found = across(cases([1, 5, 3], [2, 8, 5], [4, 9, 7], [3, 1, 6], [20]), "inputs")
    assert found.means["weight"].iloc[-1] == found.means["weight"].min()
    assert found.means["weight"].sum() == pytest.approx(1)


def test_with_as_many_cases_each_shrunken_means_lie_between_own_and_all_in_the_same_order():
    found = across(cases([10, 14], [30, 34], [11, 15], [22, 26], [5, 9]), "inputs")
    m, mean = found.means, found.pooled.mean
    assert ((m["estimate"] - mean) * (m["own"] - mean) >= 0).all()
    assert ((m["estimate"] - mean).abs() < (m["own"] - mean).abs()).all()
    assert m["estimate"].rank().tolist() == m["own"].rank().tolist()


def test_the_more_cases_the_less_a_mean_is_drawn_towards_all():
    few, many = [28, 36], [28, 36] * 8
    m = across(cases(few, many, [11, 15, 12], [22, 25], [5, 8, 6]), "inputs").means
    assert (
        m["own"].iloc[0] == m["own"].iloc[1]
        and m["estimate"].iloc[0] < m["estimate"].iloc[1] < m["own"].iloc[1]
    )


def test_where_reml_gives_no_spread_there_still_are_different_estimates_and_a_wider_interval_for_a_further_one():
    found = across(cases([1, 50, 3], [2, 80, 5], [4, 9, 70], [30, 1, 6], [20, 3]), "inputs")
    p = found.pooled
    assert p.tau2 == 0 and p.i2 == 0 and 0 < p.tau_low < p.tau < p.tau_high
    assert p.next_low < p.low < p.high < p.next_high
    assert found.means["estimate"].nunique() == 5


def test_cases_not_costed_the_order_of_cases_and_the_names_of_authorities_change_nothing():
    some = cases(*SOME)
    more = pd.concat([some.sample(frac=1, random_state=3), cases([1e9], costed="no")])
    pd.testing.assert_frame_equal(across(some, "inputs").means, across(more, "inputs").means)
    other = across(cases(*SOME[::-1]), "inputs")
    assert [*vars(other.pooled).values()][:-1] == pytest.approx(
        [*vars(across(some, "inputs").pooled).values()][:-1]
    )
    assert other.means["estimate"].tolist()[::-1] == pytest.approx(
        across(some, "inputs").means["estimate"].tolist()
    )


def test_each_authority_is_left_out_in_turn():
    six_of = (*SOME, [4, 4, 7])
    found = across(cases(*six_of), "inputs").means
    y, v = (
        np.delete(x, 2)
        for x in (found["own"], (across(cases(*six_of), "inputs").within_sd ** 2) / found["cases"])
    )
    mean, _, low, high, _ = reml_mean(y, v, adhoc=True)
    assert found.loc[2, ["without", "without_low", "without_high"]].tolist() == pytest.approx(
        [mean, low, high]
    )
    assert across(cases(*SOME), "inputs").means["without"].isna().all()  # four are left: too few


@pytest.mark.parametrize(
    ("authorities", "why"),
    [
        (([1, 2, 5], [3, 4, 1], [9, 4, 2]), "too few: 3 authorities, 5 needed"),
        (([1, 2, 5], [3, 4, 1], [9, 4, 2], [1, 2]), "too few: 4 authorities, 5 needed"),
        (([1], [2], [3], [4], [5], [6]), "too few: 6 cases, 11 needed"),
        (([2, 2], [2, 2], [2, 2], [2, 2], [2, 2]), "no spread: every case is the same"),
        ((), "too few: no cases, 5 needed"),
    ],
)
def test_too_little_is_said_so(authorities, why):
    found = across(cases(*authorities), "inputs")
    assert (
        found.why_not == why
        and found.means["estimate"].isna().all()
        and np.isnan(found.pooled.mean)
    )


def test_one_stage_in_statsmodels_is_lme4s_to_five_digits():
    given, r = GIVEN["one_way"], R["lmer"]
    cost = np.array(given["cost"])
    found = MixedLM(cost, np.ones((cost.size, 1)), groups=np.array(given["authority"])).fit(
        reml=True
    )
    assert found.converged
    values = [found.params[0], float(np.squeeze(found.cov_re)), found.scale]
    assert values == pytest.approx([r["mean"], r["tau2"], r["sigma2"]], rel=1e-5)


def test_two_stages_come_close_to_lme4s_one():
    given = GIVEN["one_way"]
    frame = pd.DataFrame(
        {"authority": given["authority"], "inputs": given["cost"], "costed": "yes"}
    )
    found, r = across(frame, "inputs"), R["lmer"]
    assert [found.pooled.mean, found.within_sd] == pytest.approx(
        [r["mean"], r["sigma2"] ** 0.5], rel=0.03
    )
    assert found.pooled.tau2 == pytest.approx(r["tau2"], rel=0.2)


# Do the intervals keep their word? The study itself: python tests/coverage_study.py


@pytest.mark.parametrize("tau", [0.0, 0.4])
def test_intervals_over_eleven_authorities_of_one_to_four_skewed_cases_keep_their_word(tau):
    found = coverage(tau, skewness=2.4, rounds=300, seed=7)
    assert 0.92 <= found["mean"] <= 0.98
    assert 0.93 <= found["sent"] <= 0.98  # what a further authority would send
    assert (
        found["further"] >= 0.93
    )  # its true mean: too wide, not too narrow, where authorities hardly differ
    assert found["nil"] > 0.2  # which is why REML's spread makes no prediction


@pytest.mark.parametrize("skewness", [0.0, 3.0])
def test_made_up_cases_have_the_moments_asked_for(skewness):
    x = skewed(np.random.default_rng(2), 400_000, skewness)
    assert [x.mean(), x.var(), (x**3).mean()] == pytest.approx([0, 1, skewness], abs=0.35)
