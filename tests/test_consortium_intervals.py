"""Intervals of counts and means, and what goes with a dearer process: by hand, beside R, and with too little."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from larcnb.consortium.intervals import MOST_RESAMPLED, bca_mean, means, wilson
from larcnb.consortium.process_cost import clustered_gamma, drivers, people_and_meetings

HERE = Path(__file__).parent / "reference"
R = json.loads((HERE / "reference.json").read_text("utf-8"))
GIVEN = json.loads((HERE / "inputs.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (22, 39, 0.4098, 0.7070),  # z^2 = 3.8415: (.5641 + .0492 +- .1632) / 1.0985
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_wilson_by_hand(count, n, low, high):
    assert [float(end) for end in wilson(count, n)] == pytest.approx([low, high], abs=5e-5)


def test_wilson_of_nobody_is_blank_and_of_many_at_once_is_each():
    low, high = wilson(np.array([0, 3]), np.array([0, 9]))
    assert np.isnan(low[0]) and np.isnan(high[0])
    assert [low[1], high[1]] == pytest.approx([float(end) for end in wilson(3, 9)])


# The bootstrap


def test_bca_is_rs_within_the_error_of_resampling():
    low, high = bca_mean(GIVEN["skewed"], seed=3, resamples=20_000)
    width = R["boot"]["high"] - R["boot"]["low"]
    assert [low, high] == pytest.approx([R["boot"]["low"], R["boot"]["high"]], abs=0.04 * width)


def test_the_order_of_cases_does_not_matter_and_the_seed_does():
    x = GIVEN["skewed"]
    assert bca_mean(x, 1, 500) == bca_mean(x[::-1], 1, 500) != bca_mean(x, 2, 500)


def test_a_skewed_mean_has_more_room_above():
    low, high = bca_mean(GIVEN["skewed"], 1, 2000)
    assert high - R["boot"]["mean"] > R["boot"]["mean"] - low


def test_very_many_cases_do_not_take_for_ever_and_come_close_to_the_normal_interval():
    x = np.random.default_rng(1).exponential(size=40_000)
    reach = 1.96 * x.std() / 200
    assert bca_mean(x, 1) == pytest.approx((x.mean() - reach, x.mean() + reach), rel=0.002)


def test_where_the_bootstrap_ends_the_two_intervals_meet():
    x = np.random.default_rng(1).lognormal(sigma=0.9, size=MOST_RESAMPLED)
    last, next_one = bca_mean(x, 1, 2000), bca_mean([*x, x.mean()], 1)
    assert last == pytest.approx(next_one, abs=0.15 * (next_one[1] - next_one[0]))


def cases(*amounts, costed="yes"):
    return pd.DataFrame({"costed": costed, "inputs": [float(x) for x in amounts]})


def test_what_a_case_comes_to_by_hand():
    both = pd.concat([cases(1, 2, 3, 4, 90), cases(1e6, costed="no")])
    row = means(both, {"inputs": "Inputs"}, seed=1, resamples=500).iloc[0]
    assert row[["cases", "least", "median", "mean", "most"]].tolist() == [5, 1, 3, 20, 90]
    assert 1 <= row["low"] < 20 < row["high"] <= 90


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        ((1, 2, 3, 4), "too few: 4 cases, 5 needed"),
        ((), "too few: no cases, 5 needed"),
        ((2, 2, 2, 2, 2), ""),
    ],
)
def test_no_interval_where_there_is_too_little(amounts, why):
    row = means(cases(*amounts), {"inputs": "Inputs"}, seed=1).iloc[0]
    assert row["why_not"] == why and np.isnan(row["low"])


# What goes with a dearer process


def test_the_regression_is_rs():
    given, r = GIVEN["glm"], R["glm"]
    terms = np.column_stack([given["meetings"], given["professionals"]])
    coefficient, se = clustered_gamma(np.array(given["cost"]), terms, np.array(given["authority"]))
    assert coefficient == pytest.approx(r["coef"], rel=1e-6)
    assert se == pytest.approx(r["se"], rel=1e-6)
    counts = pd.DataFrame(given).rename(columns={"cost": "process"})
    found = drivers(counts).terms
    assert np.log1p(found["low"]).tolist() == pytest.approx(r["low"][1:], rel=1e-5)
    assert np.log1p(found["high"]).tolist() == pytest.approx(r["high"][1:], rel=1e-5)


def test_a_doubling_with_each_meeting_is_found():
    counts = pd.DataFrame(
        [
            (a, 100.0 * 2**m * (1 + 0.01 * ((a + m + p) % 3 - 1)), m, p)
            for a in range(6)
            for m in range(3)
            for p in (2, 3)
        ],
        columns=["authority", "process", "meetings", "professionals"],
    )
    found = drivers(counts)
    more = found.terms.set_index("term")["more"].to_dict()
    assert more == pytest.approx({"meetings": 1, "professionals": 0}, abs=0.02)
    assert (found.cases, found.authorities, found.left_out) == (36, 6, 0)


def process(*rows):
    return pd.DataFrame(
        rows, columns=["authority", "case_id", "element", "meeting_no", "role", "people"]
    )


def test_meetings_are_counted_once_and_each_role_at_its_fullest():
    rows = process(
        ("a", "c1", "tac_meeting", 1, "teacher", 1),
        ("a", "c1", "tac_meeting", 1, "social_worker", 2),
        ("a", "c1", "tac_meeting", 2, "social_worker", 1),
        ("a", "c1", "review", 1, "teacher", 1),
        ("b", "c1", "assessment", None, "teacher", 1),
    )
    some = pd.DataFrame(
        [
            ("a", "c1", "yes", 900.0),
            ("b", "c1", "yes", 50.0),
            ("b", "c2", "yes", 0.0),
            ("b", "c3", "no", np.nan),
        ],
        columns=["authority", "case_id", "costed", "process"],
    )
    found = people_and_meetings(rows, some)
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
    counts = pd.DataFrame(
        [(a, 100.0 + i, i % meetings, i % 3) for a in range(authorities) for i in range(each)],
        columns=["authority", "process", "meetings", "professionals"],
    )
    found = drivers(counts)
    assert found.why_not == why and found.terms.empty


def test_a_case_without_process_cost_is_left_out_and_counted():
    counts = pd.DataFrame(
        [(a, 100.0 * (i + 1) * (i > 0), i % 2, i % 3) for a in range(6) for i in range(5)],
        columns=["authority", "process", "meetings", "professionals"],
    )
    assert (drivers(counts).left_out, drivers(counts).cases) == (6, 24)
