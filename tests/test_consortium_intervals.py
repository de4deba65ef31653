"""Intervals of counts and means, and what goes with a dearer process: by hand, beside R, and with too little."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cases import table

from larcnb.consortium.pooling import (
    MOST_RESAMPLED,
    bca_mean,
    clustered_gamma,
    drivers,
    means,
    people_and_meetings,
    wilson,
)

HERE = Path(__file__).parent / "reference"
R = json.loads((HERE / "reference.json").read_text("utf-8"))
GIVEN = json.loads((HERE / "inputs.json").read_text("utf-8"))
COUNTS = ["authority", "process", "meetings", "professionals"]


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


def test_the_order_of_cases_does_not_matter_and_the_seed_does():
    x = GIVEN["skewed"]
    assert bca_mean(x, 1) == bca_mean(x[::-1], 1) != bca_mean(x, 2)


def test_of_very_many_cases_the_normal_interval_is_given():
    x = np.random.default_rng(1).lognormal(sigma=0.9, size=MOST_RESAMPLED + 1)
    reach = 1.96 * x.std() / len(x) ** 0.5
    assert bca_mean(x, 1) == pytest.approx((x.mean() - reach, x.mean() + reach), rel=0.002)


def cases(*amounts, costed="yes"):
    return pd.DataFrame({"costed": costed, "inputs": [float(x) for x in amounts]})


def test_what_a_case_comes_to_by_hand_and_no_interval_where_there_is_too_little():
    both = pd.concat([cases(1, 2, 3, 4, 90), cases(1e6, costed="no")])
    row = means(both, {"inputs": "Inputs"}, seed=1).iloc[0]
    assert row[["cases", "least", "median", "mean", "most"]].tolist() == [5, 1, 3, 20, 90]
    assert 1 <= row["low"] < 20 < row["high"] <= 90
    for amounts, why in (((1, 2, 3, 4), "too few: 4 cases, 5 needed"), ((2, 2, 2, 2, 2), "")):
        row = means(cases(*amounts), {"inputs": "Inputs"}, seed=1).iloc[0]
        assert row["why_not"] == why and np.isnan(row["low"])


# What goes with a dearer process


def test_the_regression_is_rs():
    given, r = GIVEN["glm"], R["glm"]
    terms = np.column_stack([given["meetings"], given["professionals"]])
    coefficient, se = clustered_gamma(np.array(given["cost"]), terms, np.array(given["authority"]))
    assert coefficient == pytest.approx(r["coef"], rel=1e-6)
    assert se == pytest.approx(r["se"], rel=1e-6)
    found, _ = drivers(pd.DataFrame(given).rename(columns={"cost": "process"}))
    for end in ("low", "high"):
        assert np.log1p(found[end]).tolist() == pytest.approx(r[end][1:], rel=1e-5)


def test_a_doubling_with_each_meeting_is_found_and_a_case_without_cost_is_left_out():
    each = [(a, m, p) for a in range(6) for m in range(3) for p in (2, 3)]
    rows = [(a, 100.0 * 2**m * (1 + 0.01 * ((a + m + p) % 3 - 1)), m, p) for a, m, p in each]
    found, _ = drivers(pd.DataFrame([*rows, (0, 0.0, 1, 2)], columns=COUNTS))
    more = found.set_index("term")["more"].to_dict()
    assert more == pytest.approx({"meetings": 1, "professionals": 0}, abs=0.02)


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
    found = people_and_meetings(process, some)
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
