"""Intervals and means over authorities: by hand, beside R's figures, and what is not said of too few."""

import numpy as np
import pandas as pd
import pytest
from cases import GIVEN, R, table

from larcnb.consortium import pooling
from larcnb.consortium.pooling import (
    across,
    bca_mean,
    drivers,
    mean_intervals,
    posterior,
    reml_mean,
    wilson,
)

COUNTS = ["authority", "process", "meetings", "professionals"]
B, ENDS = R["bayesmeta"], [0.025, 0.975]


@pytest.mark.parametrize("study", R["meta"])
def test_the_mean_its_interval_and_the_spread_are_metafors_to_six_digits(study):
    r = R["meta"][study]
    expected = [r["adhoc"][name] for name in ("mean", "se", "low", "high", "tau2")]
    assert [*reml_mean(np.array(r["yi"]), np.array(r["vi"]))] == pytest.approx(
        expected, rel=5e-7, abs=1e-7
    )


@pytest.mark.parametrize(("grid", "digits"), [("fine", 1e-5), ("default", 3e-3)])
def test_the_half_normal_spread_is_bayesmetas_on_its_published_example(grid, digits):
    """Crins and others (2014). Its default grid is itself some 0.002 from its own finer one."""
    r, found = B[grid], posterior(np.array(B["yi"]), np.array(B["vi"]), B["scale"])
    tau, further = ([r[name][i] for i in (0, 2, 3)] for name in ("tau", "further"))
    assert found.between([0.5, *ENDS]) == pytest.approx(tau, rel=1e-3)
    assert found.further([0.5, *ENDS]) == pytest.approx(further, abs=digits)
    assert float(found.weight @ found.mean) == pytest.approx(r["mean"][1], abs=digits)
    shrunken = np.array(r["shrunken"])[:, 1:]
    assert found.shrunken(B["yi"], B["vi"], ENDS) == pytest.approx(shrunken, abs=digits)
    (low, high), (lower, higher) = found.further(ENDS), found.further(ENDS, variance=0.3)
    assert lower < low < high < higher  # an estimate is less sure than the mean it estimates


# Cases to authorities


def pooled(*authorities):
    rows = [(f"a{n}", float(x)) for n, values in enumerate(authorities) for x in values]
    cases = pd.DataFrame(rows, columns=["authority", "inputs"]).assign(costed="yes")
    return across(pd.concat([cases, cases.assign(costed="no", inputs=1e9)]), "inputs")


SOME = ([1, 5, 3], [2, 8, 5], [4, 9, 7], [3, 1, 6], [20, 3])


def test_spread_within_authorities_is_pooled_by_hand():
    # squares within: 2 + 2 + 8 + 0 + 2 = 14 on 10 - 5 = 5 degrees of freedom
    found = pooled([1, 3], [2, 4], [5, 9], [3, 3], [6, 8])
    assert found.means["own"].tolist() == [2, 3, 7, 3, 7]
    reach = (found.means["own_high"] - found.means["own"]).tolist()
    assert reach == pytest.approx([2.570582 * 1.4**0.5] * 5)  # each of two cases


def test_where_reml_gives_no_spread_estimates_differ_and_a_further_one_is_less_sure():
    found = pooled([1, 50, 3], [2, 80, 5], [4, 9, 70], [30, 1, 6], [20, 3])
    p = found.pooled
    assert p.tau2 == 0 and p.i2 == 0 and 0 < p.tau_low < p.tau < p.tau_high
    assert p.next_low < p.low < p.high < p.next_high
    assert found.means["estimate"].nunique() == 5


def test_each_authority_is_left_out_in_turn():
    means = pooled(*SOME, [4, 4, 7]).means
    # squares within 8 + 18 + 12.67 + 12.67 + 144.5 + 6 on 17 - 6 degrees of freedom
    variance = 201.8333333 / 11 / means["cases"]
    mean, _, low, high, _ = reml_mean(*(np.delete(x, 2) for x in (means["own"], variance)))
    without = means.loc[2, ["without", "without_low", "without_high"]].tolist()
    assert without == pytest.approx([mean, low, high])
    assert pooled(*SOME).means["without"].isna().all()  # four are left: too few


@pytest.mark.parametrize(
    ("authorities", "why"),
    [
        (([1, 2, 5], [3, 4, 1], [9, 4, 2], [1, 2]), "too few: 4 authorities, 5 needed"),
        (([1, 3], [2, 4], [5, 9], [3, 3], [6]), "too few: 9 cases, 10 needed"),
        (([2, 2], [2, 2], [2, 2], [2, 2], [2, 2]), "no spread: every case is the same"),
        ((), "too few: no cases, 5 needed"),
    ],
)
def test_too_little_is_said_so(authorities, why):
    found = pooled(*authorities)
    assert found.why_not == why and found.means["estimate"].isna().all()
    assert np.isnan(found.pooled.mean)


# Counts and means


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (22, 39, 0.4098, 0.7070),  # z^2 = 3.8415: (.5641 + .0492 +- .1632) / 1.0985
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (0, 0, np.nan, np.nan),
    ],
)
def test_wilson_by_hand(count, n, low, high):
    found = [float(end) for end in wilson(count, n)]
    assert found == pytest.approx([low, high], abs=5e-5, nan_ok=True)


def test_bca_is_rs_within_the_error_of_resampling_with_more_room_above_a_skewed_mean():
    low, high = bca_mean(GIVEN["skewed"], seed=3)
    ends, mean = [R["boot"]["low"], R["boot"]["high"]], R["boot"]["mean"]
    assert [low, high] == pytest.approx(ends, abs=0.04 * (ends[1] - ends[0]))
    assert high - mean > mean - low


def test_of_very_many_cases_the_normal_interval_is_given():
    x = np.random.default_rng(1).lognormal(sigma=0.9, size=pooling.MOST_RESAMPLED + 1)
    reach = 1.96 * x.std() / len(x) ** 0.5
    assert bca_mean(x, 1) == pytest.approx((x.mean() - reach, x.mean() + reach), rel=0.002)


def test_a_mean_has_an_interval_where_there_are_enough_cases_that_differ():
    amounts = pd.DataFrame({"inputs": [1, 2, 3, 4, 90.0], "same": 2.0})
    ends = mean_intervals(amounts, seed=1)
    assert 1 <= ends.loc["inputs", "low"] < 20 < ends.loc["inputs", "high"] <= 90
    assert ends.loc["same"].isna().all()
    assert mean_intervals(amounts.head(4), seed=1).isna().all(axis=None)


# What goes with a dearer process


def test_the_regression_is_rs():
    given, r = GIVEN["glm"], R["glm"]
    terms = np.column_stack([given["meetings"], given["professionals"]])
    coefficient, se = pooling.clustered_gamma(
        np.array(given["cost"]), terms, np.array(given["authority"])
    )
    assert coefficient == pytest.approx(r["coef"], rel=1e-6)
    assert se == pytest.approx(r["se"], rel=1e-6)
    found, _ = drivers(pd.DataFrame(given).rename(columns={"cost": "process"}))
    for end in ("low", "high"):
        assert np.log1p(found[end]).tolist() == pytest.approx(r[end][1:], rel=1e-5)


def test_meetings_are_counted_once_and_each_role_at_its_fullest():
    process = table(
        """authority,case_id,element,meeting_no,role,people
        a,c1,tac_meeting,1,teacher,1
        a,c1,tac_meeting,1,social_worker,2
        a,c1,tac_meeting,2,social_worker,1
        a,c1,review,1,teacher,1
        b,c1,assessment,,teacher,1"""
    )
    some = table(
        "authority,case_id,costed,process\na,c1,yes,900\nb,c1,yes,50\nb,c2,yes,0\nb,c3,no,"
    )
    found = pooling.people_and_meetings(process, some)
    assert found[["meetings", "professionals"]].values.tolist() == [[2, 3], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("authorities", "each", "meetings", "why"),
    [
        (6, 3, 2, "too few: 18 cases, 20 needed"),
        (4, 6, 2, "too few: 4 authorities, 5 needed"),
        (6, 6, 1, "every case has the same number of meetings"),
    ],
)
def test_no_regression_where_there_is_too_little(authorities, each, meetings, why):
    rows = [(a, 100.0 + i, i % meetings, i % 3) for a in range(authorities) for i in range(each)]
    found, why_not = drivers(pd.DataFrame(rows, columns=COUNTS))
    assert why_not == why and found.empty
