"""Monte Carlo: what is drawn, from which distribution, how it moves together, and what the draws must agree with."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import worlds
from scipy import stats
from studies import ROOT, plain, spread, study_of, three_cases

from larcnb import costing, library, params, returns, sensitivity
from larcnb.sensitivity import monte_carlo as mc

U, Z = stats.norm.cdf(mc.SCORES), stats.norm.ppf(0.975)
N = 4000
STILL = replace(spread(), unit_value=dict.fromkeys(range(1, 7), 0.0), hours=0, quantity=0, years=0)


@cache
def three(draws=N, name="public_purse"):
    return study_of(three_cases(name), draws)


def drawn_names(study):
    return {name for name in study.simulation.table if not name.startswith(("hours.", "quantity."))}


def test_every_estimate_of_a_preset_is_of_a_kind_that_is_drawn():
    presets = [params.load_preset(ROOT, name) for name in params.list_presets(ROOT)]
    roles = {name: entry["role"] for preset in presets for name, entry in preset.log.items()}
    estimates = {name for name, role in roles.items() if role == "estimate"}
    assert {"probability", "drop_off"} <= estimates <= mc.GROUPS.keys() == mc.IN_SHORT.keys()


@pytest.mark.parametrize(
    ("quantiles", "same"),
    [
        (mc.gamma(0.3, U), stats.gamma(1 / 0.09, scale=0.09)),
        (mc.triangular(0.5, U), stats.triang(0.5, 0.5, 1.0)),
        (mc.lognormal(0.68, 0.2, mc.SCORES), stats.lognorm(0.2, scale=0.68 * np.exp(-0.02))),
        # 59.3251 = 0.0475 / (0.11 / 3.92)^2 - 1
        (mc.beta(0.05, 0.01, 0.12, (0, 1), Z, U), stats.beta(0.05 * 59.3251, 0.95 * 59.3251)),
        # below nil too: (0.25 + 0.5) / 1.5 = 0.5; 0.25 / (0.5 / 3.92 / 1.5)^2 - 1 = 33.5744
        (mc.beta(0.25, 0, 0.5, (-0.5, 1), Z, U), stats.beta(16.7872, 16.7872, -0.5, 1.5)),
        (mc.beta(0.05, 0, 0.9, (0, 1), Z, U), stats.beta(1, 19)),  # no wider than with one peak
    ],
)
def test_each_distribution_is_scipys_with_its_value_as_mean(quantiles, same):
    shares = np.array([0.025, 0.5, 0.975])
    found = np.interp(stats.norm.ppf(shares), mc.SCORES, quantiles)
    assert found == pytest.approx(same.ppf(shares), rel=2e-3, abs=1e-5)
    assert np.trapezoid(quantiles, U) == pytest.approx(same.mean(), rel=2e-4)


def test_published_low_and_high_are_read_as_a_95_per_cent_interval():
    known = {one.name: one for one in three().simulation.parameters}
    court = known["unit.court"]  # 700, 500 to 900
    assert court.because == "published low and high"
    cv = 400 / 700 / 2 / Z
    ends = stats.gamma.ppf([0.025, 0.975], cv**-2, scale=cv**2)
    assert court.at(np.array([-Z, Z])) == pytest.approx(ends, rel=2e-3)


def test_a_risk_ratio_is_as_wide_as_the_range_of_its_study_and_by_its_upper_end_from_0():
    for low, sd in ((0.4, np.log(1.2 / 0.4) / 2 / Z), (0, np.log(1.2 / 0.5) / Z)):
        made = three_cases() | {"base_rates": [worlds.study("care", 0.1, 0.5, low, 1.2)]}
        known = study_of(made, 64).simulation.catalogue.set_index("name")
        upper = 0.5 * np.exp(sd * Z - sd**2 / 2)
        assert known.loc["risk_ratio.care", "high"] == pytest.approx(upper, rel=1e-3)


ESTIMATES = {"larc": "", "observed": "drop_off risk_ratio.care"}
ESTIMATES["cautious"] = "drop_off default_prevented probability.highly_likely"
ESTIMATES["public_purse"] = ESTIMATES["cautious"] + " risk_ratio.care probability.likely"


@pytest.mark.parametrize(("name", "estimates"), ESTIMATES.items())
def test_conventions_are_never_drawn(name, estimates):
    found = {one for one in drawn_names(three(64, name)) if not one.startswith(("unit.", "years."))}
    assert found == set(estimates.split())


def test_unit_values_share_a_factor_durations_another_words_one_draw_and_nothing_else_does():
    table = three().simulation.table
    ranks = {name: stats.rankdata(drawn) / (N + 1) for name, drawn in table.items()}
    assert (ranks["probability.likely"] == ranks["probability.highly_likely"]).all()
    normal = pd.DataFrame({name: stats.norm.ppf(rank) for name, rank in ranks.items()}).corr()
    assert normal.loc["unit.care", "unit.worker"] == pytest.approx(0.5, abs=0.05)
    assert normal.loc["years.care", "years.school"] == pytest.approx(0.5, abs=0.05)
    apart = ["unit.care", "years.care", "risk_ratio.care", "hours.a", "hours.b"]
    apart = normal.loc[apart, apart].to_numpy()
    assert np.abs(apart - np.eye(5)).max() < 0.06
    assert abs(normal.loc["probability.likely", "default_prevented"]) < 0.06


def test_a_stream_is_found_by_its_name_so_that_order_and_company_change_nothing():
    turned = three_cases()
    for rows in turned["tables"].values():
        rows.reverse()
    other, alone = study_of(turned, N), study_of(plain(), N).simulation.table
    for name, drawn in three().simulation.table.items():
        assert (other.simulation.table[name] == drawn).all(), name
    assert (alone["unit.worker"] == three().simulation.table["unit.worker"]).all()
    assert other.savings.equals(three().savings)
    assert not study_of(three_cases(), N, seed=2).savings.equals(three().savings)


def test_hours_and_quantities_are_each_cases_own_with_mean_1():
    table = three(40_000).simulation.table
    for name, cv in (("hours.a", 0.20), ("quantity.c", 0.15)):
        assert (table[name].mean(), table[name].std()) == pytest.approx((1, cv), abs=0.005)


def test_hours_move_the_process_and_quantities_the_support_for_all_cases_or_for_one():
    one = study_of(plain(), 64)
    for case in ("", ".c1"):  # 2 x 400 + 3 x 100
        moved = {f"hours{case}": np.array([2.0]), f"quantity{case}": np.array([3.0])}
        assert one.appraiser.evaluate(one.a, moved).inputs.sum() == 1100


def test_an_estimate_overridden_without_low_and_high_is_held_and_named():
    made = three_cases()
    made["assumptions"]["drop_off"] = 0.1
    made["assumptions"]["probability"] = {**made["assumptions"]["probability"], "likely": 0.6}
    study = study_of(made, 64, overrides={"drop_off": 0.1, "probability": {"likely": 0.6}})
    held = study.simulation.catalogue.query("distribution == 'held'")["name"].tolist()
    assert held == ["probability.likely", "drop_off"]
    drawn = drawn_names(study)
    assert drawn.isdisjoint(held) and "probability.highly_likely" in drawn
    given = {"overrides": {"drop_off": 0.1}, "notes": {"drop_off": {"range": (0.05, 0.2)}}}
    known = study_of(made, 64, **given).simulation.catalogue.set_index("name")
    assert known.loc["drop_off", ["low", "high"]].tolist() == pytest.approx([0.05, 0.2], abs=0.02)


def test_a_chance_of_saving_is_stated_only_where_chance_and_prevented_are_drawn():
    stated = three().scenarios.set_index("set")["chance"].notna().to_dict()
    assert stated == {"larc": False, "observed": False, "public_purse": True, "cautious": True}
    assert three(64, "larc").savings["chance"].isna().all()


def test_a_case_with_chance_variation_avoids_its_future_with_chance_times_prevented():
    # One future of 2,000 at chance 0.9 of which help prevents half: avoided in 45 of 100 draws, else only the cost.
    assumed = {"weighting": "expected", "probability": worlds.by_word(0, 0, 0, 0.9, 1)}
    assumed |= {"prevented": "evidence", "default_prevented": 0.5}
    over = {"probability": {"likely": 0.9}, "default_prevented": 0.5}
    row = study_of(plain(assumptions=assumed), 20_000, overrides=over, spreads=STILL).cases.iloc[0]
    assert row["central"] == 400.0  # 2,000 x 0.9 x 0.5 - 500
    assert row["mean"] == pytest.approx(400, abs=3 * 2000 * 0.5 / 141)
    assert (row["low95"], row["high95"]) == (-500.0, 1500.0)


def test_a_future_that_help_brings_about_costs_the_case():
    made = three_cases() | {"base_rates": [worlds.study("care", 0.1, 2.0, 1.5, 2.8)]}
    row = study_of(made, N).cases.set_index("case_id").loc["a"]
    assert row["low95"] < -2000
    assert row["central"] == pytest.approx(row["mean"], abs=4 * 3000 / N**0.5)


def real_study(root, slug, name="larc", draws=2000):
    books, authority = library.load_library(root), params.load_authority(root, slug)
    tables = returns.read_return(root.raw(slug), slug, books, authority.vintage).tables
    prices = books.prices(authority.vintage, authority.price_base)
    preset = params.load_preset(root, name)
    a = preset.assumptions
    run = SimpleNamespace(root=root, preset=preset, assumptions=a, tables=tables, library=books)
    run.__dict__.update(prices=prices, ledger=costing.price_return(tables, books, prices, a))
    run.authority = SimpleNamespace(slug=slug, overrides={}, reasons={})
    return sensitivity.open_study(run, draws, 2012)


def agrees(study):
    """The three checks of docs/method.md part 4, for each preset of a study; the short term with durations held."""
    for name, one in study.simulations.items():
        middle = {known.name: np.full(one.n, known.value) for known in one.parameters}
        still = one.evaluate(middle)
        lasting = {key: drawn for key, drawn in one.table.items() if not key.startswith("years.")}
        short = one.evaluate(lasting)
        for horizon, drawn in (("long", one.drawn.saving()), ("short", short.saving("short"))):
            central = float(one.deterministic.saving(horizon)[0])
            assert (still.saving(horizon) == central).all(), (name, horizon)
            off = 3 * drawn.std() / study.draws**0.5 + 0.01 * abs(central)
            assert abs(drawn.mean() - central) <= off, (name, horizon, central, drawn.mean(), off)
            low, high = np.quantile(one.drawn.saving(horizon), [0.025, 0.975])
            assert low <= central <= high, (name, horizon)


@pytest.mark.parametrize("slug", ["la-01", "la-05", "la-09"])
def test_draws_agree_with_the_central_case_for_committed_authorities_and_every_preset(slug):
    agrees(real_study(ROOT, slug))


def test_a_round_is_its_authorities_summed_draw_by_draw_and_names_no_case():
    studies = [real_study(ROOT, slug, "public_purse", 1000) for slug in ("la-01", "la-05")]
    nobody = study_of(worlds.world(cases=[worlds.case("x", "no")]), 1000)  # sent nothing
    by_draw = [sensitivity.by_draw(one.simulations) for one in (*studies, nobody)]
    assert not [of for of in by_draw[0] if any(case in of for case in studies[0].cases["case_id"])]
    frame = mc.round_draws(dict(enumerate(by_draw))).set_index(["set", "horizon"])
    for name in ("larc", "public_purse"):
        added = sum(one.simulations[name].drawn.saving() for one in studies)
        row = frame.loc[(name, "long")]
        assert row["low95"] == pytest.approx(np.quantile(added, 0.025), abs=0.02)
        assert row["chance_stated"] == (name == "public_purse")
        assert pd.isna(row["chance"]) == (name == "larc")
    by_draw[0]["public_purse.chance_stated"] = False  # one of two is enough for none to be stated
    mixed = mc.round_draws(dict(enumerate(by_draw))).set_index(["set", "horizon"])
    assert not mixed.loc[("public_purse", "long"), "chance_stated"]
    larc = frame.loc["larc"]["mean"]
    nets = larc[larc.index.str.startswith("net.")]
    assert nets.sum() == pytest.approx(larc["long"], abs=0.5)
