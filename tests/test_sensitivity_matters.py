"""Which assumption matters, and what knowing it is worth: against published and analytic answers."""

import numpy as np
import pytest
from SALib.analyze import sobol
from scipy.stats import norm
from studies import simulated, study_of, three_cases

from larcnb.sensitivity import information, matters

A, B = 7, 0.1
FIRST, TOTAL = [0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437]
"""Ishigami and Homma (1990); the indices as published by Sobol and Levitan (1999)."""


def ishigami(x: np.ndarray) -> np.ndarray:
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def two_samples(n: int, seed: int):
    drawn = np.random.default_rng(seed).uniform(-np.pi, np.pi, (2, n, 3))
    mixed = {}
    for column in range(3):
        both = drawn[0].copy()
        both[:, column] = drawn[1][:, column]
        mixed[f"x{column + 1}"] = ishigami(both)
    return ishigami(drawn[0]), ishigami(drawn[1]), mixed


@pytest.mark.parametrize("seed", range(3))
def test_sobol_indices_of_ishigami_are_the_published_ones(seed):
    frame = matters.indices(*two_samples(16_384, seed), 0.99, seed)
    for part, truth in (("first", FIRST), ("total", TOTAL)):
        assert frame[part].tolist() == pytest.approx(truth, abs=0.03)
        assert (frame[f"{part}_low"] <= np.array(truth) + 0.005).all()
        assert (frame[f"{part}_high"] >= np.array(truth) - 0.005).all()


def test_indices_and_their_intervals_are_those_of_salib():
    first, second, mixed = two_samples(1000, 4)
    problem = {"num_vars": 3, "names": list(mixed), "bounds": [[0, 1]] * 3}
    told = sobol.analyze(problem, np.column_stack([first, *mixed.values(), second]).ravel(), calc_second_order=False,
                         num_resamples=matters.RESAMPLES, conf_level=0.9, seed=8)  # fmt: skip
    frame = matters.indices(first, second, mixed, 0.9, seed=7)
    for part, name in (("first", "S1"), ("total", "ST")):
        assert frame[part].tolist() == pytest.approx(told[name].tolist(), rel=1e-9)
        half = (frame[f"{part}_high"] - frame[f"{part}_low"]) / 2
        assert half.tolist() == pytest.approx(told[f"{name}_conf"].tolist(), rel=1e-9)


def test_resamples_that_do_not_vary_count_as_nil():
    one = np.zeros(64)
    one[7] = 1.0
    frame = matters.indices(one, np.zeros(64), {"x": np.zeros(64)}, 0.95, seed=0)
    assert (frame[["first_low", "first_high", "total_low", "total_high"]].abs() < 5).all(axis=None)


def test_indices_tighten_as_draws_grow():
    small, large = (matters.indices(*two_samples(n, 1), 0.95, 1) for n in (512, 8192))
    width = lambda frame: (frame["total_high"] - frame["total_low"]).mean()  # noqa: E731
    assert width(large) < width(small) / 2


def test_groups_of_a_study_explain_all_of_the_spread():
    study = study_of(three_cases(), draws=4096)
    frame = study.sobol
    assert set(frame["group"]) == set(matters.GROUPS)
    assert 0.85 < frame["first"].sum() < 1.1
    assert frame["total"].is_monotonic_decreasing
    assert sorted(study.convergence["draws"].unique()) == [1024, 2048, 4096]


def test_a_study_without_doubt_has_no_indices():
    still = simulated(three_cases(), n=128, scale=0.0)
    assert matters.sobol(still, still)[0].empty


def unit_loss(mean: float, sd: float) -> float:
    """EVPPI of a normal net benefit: ``sd x phi(mean/sd) - |mean| x Phi(-|mean|/sd)``."""
    return sd * norm.pdf(mean / sd) - abs(mean) * norm.cdf(-abs(mean) / sd)


@pytest.mark.parametrize(("mean", "first", "second"), [(0, 300, 400), (100, 300, 500), (-80, 250, 100)])
def test_evppi_is_within_3_per_cent_of_an_analytic_case(mean, first, second):
    # Net benefit = mean + X + Y, both normal: known exactly for X, for Y and for both together.
    draws = np.random.default_rng(5)
    x, y = first * draws.standard_normal(60_000), second * draws.standard_normal(60_000)
    avoided, inputs = 1000 + mean + x + y, np.full(60_000, 1000.0)
    groups = {"x": x, "y": y, "both": np.column_stack([x, y])}
    frame = information.evppi(avoided, inputs, groups, [1.0]).set_index("group")
    truth = {"x": first, "y": second, "both": np.hypot(first, second)}
    for name, sd in truth.items():
        assert frame.loc[name, "evppi"] == pytest.approx(unit_loss(mean, sd), rel=0.03)
        assert abs(frame.loc[name, "evppi"] - unit_loss(mean, sd)) < 4 * frame.loc[name, "se"]
    whole = information.evpi(avoided, inputs, [1.0])["evpi"].item()
    assert whole == pytest.approx(unit_loss(mean, np.hypot(first, second)), rel=0.03)
    assert frame.loc["both", "evppi"] <= whole * 1.001


def test_evppi_of_a_curved_and_crossed_case():
    # Net benefit = X^2 - 1 + Z: what X alone is worth is E[max(X^2 - 1, 0)] = 2 phi(1) for a standard normal X.
    draws = np.random.default_rng(6)
    x, z = draws.standard_normal((2, 60_000))
    found = information.evppi(x**2 + 4, np.full(60_000, 5.0) - z, {"x": x}, [1.0])
    assert found["evppi"].item() == pytest.approx(2 * norm.pdf(1), rel=0.03)


def test_standard_errors_are_about_what_they_say():
    found, said = [], []
    for seed in range(60):
        draws = np.random.default_rng(seed)
        x, y = 300 * draws.standard_normal(2000), 400 * draws.standard_normal(2000)
        row = information.evppi(1050 + x + y, np.full(2000, 1000.0), {"x": x}, [1.0]).iloc[0]
        found.append(row["evppi"])
        said.append(row["se"])
    assert np.mean(said) == pytest.approx(np.std(found), rel=0.35)


def test_evpi_and_expected_loss_by_hand():
    # Four draws of avoided 0, 100, 200, 700 against 200 spent. At a pound for a pound: nets -200, -100, 0, 500.
    frame = information.evpi(np.array([0.0, 100, 200, 700]), np.full(4, 200.0), [0.0, 1.0]).set_index("worth")
    assert frame.loc[1.0, ["net_benefit", "chance", "loss_doing", "loss_not_doing", "evpi"]].tolist() == [
        50.0, 0.5, 75.0, 125.0, 75.0]  # fmt: skip
    assert frame.loc[0.0, ["net_benefit", "evpi"]].tolist() == [-200.0, 0.0]


def test_evpi_is_the_smaller_expected_loss_and_no_part_is_worth_more_than_the_whole():
    study = study_of(three_cases(), draws=2000)
    assert study.evpi["evpi"].to_numpy() == pytest.approx(study.evpi[["loss_doing", "loss_not_doing"]].min(axis=1))
    whole = study.evpi.set_index("worth")["evpi"]
    for row in study.evppi.itertuples():
        assert row.evppi <= whole[row.worth] + 3 * row.se + 1e-9


def test_a_parameter_that_does_not_vary_is_worth_nothing():
    draws = np.random.default_rng(7)
    avoided = 1000 + draws.standard_normal(500)
    found = information.evppi(avoided, np.full(500, 1000.0), {"still": np.ones(500)}, [1.0])
    assert found["evppi"].item() == 0.0


def test_draws_of_different_length_are_refused():
    with pytest.raises(ValueError, match="2 draws .* 3"):
        information.evppi(np.ones(2), np.ones(2), {"x": np.ones(3)}, [1.0])
