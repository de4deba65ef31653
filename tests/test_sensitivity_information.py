"""Sobol indices, EVPI and EVPPI against cases that are known exactly, and what is advised."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from studies import plain, spread, study_of, three_cases

from larcnb.sensitivity import value_of_information as voi
from larcnb.sensitivity.monte_carlo import GROUPS

STILL = replace(spread(), unit_value=dict.fromkeys(range(1, 7), 0.0), hours=0, quantity=0)


@pytest.fixture(scope="module")
def study():
    return study_of(three_cases(), draws=4096)


def test_kinds_of_estimate_explain_all_of_the_variance(study):
    frame = study.sobol
    assert set(frame["group"]) == set(GROUPS)
    assert 0.8 < frame["first"].sum() < 1.1 and frame["total"].is_monotonic_decreasing
    assert frame["total"].between(frame["total_low"], frame["total_high"]).all()


def test_where_one_kind_alone_is_drawn_it_explains_everything_and_where_none_is_nothing_does():
    frame = study_of(plain(), 1024, spreads=STILL).sobol
    assert frame["group"].tolist() == ["years"]
    assert frame.loc[0, ["first", "total"]].tolist() == pytest.approx([1, 1], abs=0.12)
    assert study_of(plain(), 128, spreads=replace(STILL, years=0)).sobol.empty


def unit_loss(mean: float, sd: float) -> float:
    """EVPPI of a normal net benefit: ``sd x phi(mean/sd) - |mean| x Phi(-|mean|/sd)``."""
    return sd * norm.pdf(mean / sd) - abs(mean) * norm.cdf(-abs(mean) / sd)


@pytest.mark.parametrize(
    ("mean", "first", "second"), [(0, 300, 400), (100, 300, 500), (-80, 250, 100)]
)
def test_evppi_is_within_3_per_cent_of_an_analytic_case(mean, first, second):
    # Net benefit = mean + X + Y, both normal: known exactly for X, for Y and for both together.
    draws = np.random.default_rng(5)
    x, y = first * draws.standard_normal(60_000), second * draws.standard_normal(60_000)
    avoided, inputs = 1000 + mean + x + y, np.full(60_000, 1000.0)
    learnt = {"x": x, "y": y, "both": np.column_stack([x, y])}
    frame = voi.evppi(avoided, inputs, learnt, [1.0]).set_index("group")
    for name, sd in {"x": first, "y": second, "both": np.hypot(first, second)}.items():
        assert frame.loc[name, "evppi"] == pytest.approx(unit_loss(mean, sd), rel=0.03)
    whole = voi.evpi(avoided, inputs, [1.0])["evpi"].item()
    assert whole == pytest.approx(unit_loss(mean, np.hypot(first, second)), rel=0.03)
    assert frame.loc["both", "evppi"] <= whole * 1.001


def test_evppi_of_a_curved_and_crossed_case():
    # Net benefit = X^2 - 1 + Z: what X alone is worth is E[max(X^2 - 1, 0)] = 2 phi(1) for a standard normal X.
    x, z = np.random.default_rng(6).standard_normal((2, 60_000))
    found = voi.evppi(x**2 + 4, np.full(60_000, 5.0) - z, {"x": x}, [1.0])
    assert found["evppi"].item() == pytest.approx(2 * norm.pdf(1), rel=0.03)


def test_evpi_and_expected_loss_by_hand():
    # Four draws of avoided 0, 100, 200, 700 against 200 spent. At a pound for a pound: nets -200, -100, 0, 500.
    frame = voi.evpi(np.array([0.0, 100, 200, 700]), np.full(4, 200.0), [0.0, 1.0])
    frame = frame.set_index("threshold")[["net_benefit", "loss_doing", "loss_not_doing", "evpi"]]
    assert frame.loc[1.0].tolist() == [50.0, 75.0, 125.0, 75.0]
    assert frame.loc[0.0, ["net_benefit", "evpi"]].tolist() == [-200.0, 0.0]


def test_evpi_is_the_smaller_expected_loss_and_no_part_is_worth_more_than_the_whole(study):
    smaller = study.evpi[["loss_doing", "loss_not_doing"]].min(axis=1)
    assert study.evpi["evpi"].to_numpy() == pytest.approx(smaller)
    whole = study.evppi["threshold"].map(study.evpi.set_index("threshold")["evpi"])
    assert (study.evppi["evppi"] <= 1.02 * whole + 1e-9).all()
    assert set(study.evppi["group"]) <= set(GROUPS)  # no convention has a value of information
    other = replace(STILL, pound_later=(0.3, 1.5))  # a pound for a pound is always looked at
    assert 1.0 in set(study_of(plain(), 64, spreads=other).evpi["threshold"])


def advised(net, evpi):
    thresholds = [0.0, 0.5, 1.0]
    whole = pd.DataFrame({"threshold": thresholds, "net_benefit": net, "evpi": evpi})
    parts = pd.DataFrame({"group": ["unit", "years"] * 3, "threshold": np.repeat(thresholds, 2)})
    return voi.advice(whole, parts.assign(evppi=[0, 0, 3.0, 7.0, 0, 0]), inputs=1000.0)


def test_nothing_needs_measuring_where_knowing_all_is_worth_under_1_per_cent_of_inputs_at_a_pound():
    found = advised([-1000.0, -200.0, 600.0], [0.0, 50.0, 9.99])
    assert found["nothing"] and found["evpi_at_one"] == 9.99
    assert (found["threshold"], found["evpi"], found["measure"]) == (0.5, 50.0, "years")
    assert found["pays_from"] == pytest.approx(0.625)  # nil between 50p (-200) and a pound (600)
    assert not advised([-1000.0, -200.0, 600.0], [0.0, 50.0, 10.0])["nothing"]
    assert advised([-3.0, -2.0, -1.0], [0.0, 1.0, 2.0])["pays_from"] is None
    assert advised([0.0, 2.0, 3.0], [0.0, 1.0, 2.0])["pays_from"] == 0.0
