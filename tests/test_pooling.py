"""Pooling over authorities: R's metafor and bayesmeta repeated, what must hold, and what is not said of too few."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from larcnb.consortium.pooling import across, posterior, reml_mean

HERE = Path(__file__).parent / "reference"
R = json.loads((HERE / "reference.json").read_text("utf-8"))
GIVEN = json.loads((HERE / "inputs.json").read_text("utf-8"))
B, ENDS = R["bayesmeta"], [0.025, 0.975]


@pytest.mark.parametrize("study", R["meta"])
def test_the_mean_its_interval_and_the_spread_are_metafors_to_six_digits(study):
    r = R["meta"][study]
    expected = [r["adhoc"][name] for name in ("mean", "se", "low", "high", "tau2")]
    assert [*reml_mean(r["yi"], r["vi"])] == pytest.approx(expected, rel=5e-7, abs=1e-7)


@pytest.mark.parametrize(("grid", "digits"), [("fine", 1e-5), ("default", 3e-3)])
def test_the_half_normal_spread_is_bayesmetas_on_its_published_example(grid, digits):
    """Crins and others (2014). Its default grid is itself some 0.002 from its own finer one."""
    r, found = B[grid], posterior(B["yi"], B["vi"], B["scale"])
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


def test_shrunken_means_lie_between_own_and_all_the_nearer_to_all_the_fewer_the_cases():
    found = pooled([10, 14], [30, 34], [11, 15], [22, 26], [5, 9])
    m, mean = found.means, found.pooled.mean
    assert ((m["estimate"] - mean) * (m["own"] - mean) >= 0).all()
    assert ((m["estimate"] - mean).abs() < (m["own"] - mean).abs()).all()
    few, many = [28, 36], [28, 36] * 8
    m = pooled(few, many, [11, 15, 12], [22, 25], [5, 8, 6]).means
    assert m["own"][0] == m["own"][1] and m["estimate"][0] < m["estimate"][1] < m["own"][1]


def test_where_reml_gives_no_spread_estimates_differ_and_a_further_one_is_less_sure():
    found = pooled([1, 50, 3], [2, 80, 5], [4, 9, 70], [30, 1, 6], [20, 3])
    p = found.pooled
    assert p.tau2 == 0 and p.i2 == 0 and 0 < p.tau_low < p.tau < p.tau_high
    assert p.next_low < p.low < p.high < p.next_high
    assert found.means["estimate"].nunique() == 5


def test_the_order_of_authorities_changes_nothing():
    some, turned = pooled(*SOME), pooled(*SOME[::-1])
    assert [*vars(turned.pooled).values()] == pytest.approx([*vars(some.pooled).values()])
    again = turned.means["estimate"].tolist()[::-1]
    assert again == pytest.approx(some.means["estimate"].tolist())


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


def test_two_stages_come_close_to_lme4s_one():
    given, r = GIVEN["one_way"], R["lmer"]
    frame = pd.DataFrame({"authority": given["authority"], "inputs": given["cost"]})
    found = across(frame.assign(costed="yes"), "inputs")
    assert found.pooled.mean == pytest.approx(r["mean"], rel=0.03)
    assert found.pooled.tau2 == pytest.approx(r["tau2"], rel=0.2)
