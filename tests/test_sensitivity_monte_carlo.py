"""Monte Carlo: what is drawn, from which distribution, how it moves together, and what the draws must agree with."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import worlds
from scipy import stats
from studies import ROOT, plain, preset, spread, study_of, three_cases

from larcnb import costing, library, params, returns, sensitivity, show, synth
from larcnb.root import Root
from larcnb.sensitivity import monte_carlo as mc

U, Z = stats.norm.cdf(mc.SCORES), stats.norm.ppf(0.975)
N = 4000


@cache
def three(draws=N, name="public_purse"):
    return study_of(three_cases(name), draws)


def drawn_names(study):
    return {name for name in study.simulation.table if not name.startswith(("hours.", "quantity."))}


@pytest.mark.parametrize(
    ("quantiles", "same"),
    [
        (mc.gamma(0.3, U), stats.gamma(1 / 0.09, scale=0.09)),
        (mc.triangular(0.5, U), stats.triang(0.5, 0.5, 1.0)),
        (mc.lognormal(0.68, 0.2, mc.SCORES), stats.lognorm(0.2, scale=0.68 * np.exp(-0.02))),
        (
            mc.beta(0.05, 0.01, 0.12, (0, 1), Z, U),
            stats.beta(0.05 * 59.3251, 0.95 * 59.3251),
        ),  # 0.0475 / (0.11/3.92)^2 - 1
    ],
)
def test_each_distribution_is_scipys_with_its_value_as_mean(quantiles, same):
    shares = np.array([0.025, 0.5, 0.975])
    assert np.interp(stats.norm.ppf(shares), mc.SCORES, quantiles) == pytest.approx(
        same.ppf(shares), rel=2e-3
    )
    mean = np.trapezoid(quantiles, U)
    assert mean == pytest.approx(same.mean(), rel=2e-4)


def test_an_estimate_that_may_be_below_nil_keeps_its_mean_and_its_range():
    drawn = mc.beta(0.25, 0.0, 0.5, (-0.5, 1.0), Z, U)
    assert np.trapezoid(drawn, U) == pytest.approx(0.25, abs=1e-4)
    assert np.interp([-Z, Z], mc.SCORES, drawn) == pytest.approx([0.0, 0.5], abs=0.01)


def test_published_low_and_high_are_read_as_a_95_per_cent_interval():
    court = next(
        one for one in three().uncertain if one.name == "unit.court"
    )  # 700, published 500 to 900
    assert court.because == "published low and high"
    assert court.at(np.array([-Z, Z])) == pytest.approx(
        stats.gamma.ppf([0.025, 0.975], (700 * 2 * Z / 400) ** 2, scale=(400 / 700 / 2 / Z) ** 2),
        rel=2e-3,
    )


@pytest.mark.parametrize("name", worlds.PRESETS)
def test_conventions_are_never_drawn(name):
    estimates = {
        "larc": set(),
        "observed": {"drop_off", "risk_ratio.care"},
        "public_purse": {
            "drop_off",
            "default_prevented",
            "risk_ratio.care",
            "probability.likely",
            "probability.highly_likely",
        },
        "cautious": {"drop_off", "default_prevented", "probability.highly_likely"},
    }[name]
    found = {one for one in drawn_names(three(64, name)) if not one.startswith(("unit.", "years."))}
    assert found == estimates


def test_one_draw_moves_the_whole_mapping_of_words():
    table = three().simulation.table
    ranks = [stats.rankdata(table[f"probability.{word}"]) for word in ("likely", "highly_likely")]
    assert (ranks[0] == ranks[1]).all()


def test_unit_values_share_a_factor_durations_another_and_nothing_else_does():
    table = three().simulation.table
    normal = pd.DataFrame(
        {name: stats.norm.ppf(stats.rankdata(drawn) / (N + 1)) for name, drawn in table.items()}
    ).corr()
    assert normal.loc["unit.care", "unit.worker"] == pytest.approx(0.5, abs=0.05)
    assert normal.loc["years.care", "years.school"] == pytest.approx(0.5, abs=0.05)
    for one, other in (
        ("unit.care", "years.care"),
        ("unit.care", "risk_ratio.care"),
        ("hours.a", "hours.b"),
        ("probability.likely", "default_prevented"),
        ("unit.care", "hours.a"),
    ):
        assert abs(normal.loc[one, other]) < 0.06, (one, other)


def test_more_dependence_makes_a_wider_interval():
    widths = []
    for share in (0.0, 0.5, 1.0):
        study = study_of(three_cases("larc"), N, spreads=replace(spread(), dependence=share))
        long = study.savings.set_index("horizon").loc["long"]
        widths.append(long["high95"] - long["low95"])
    assert widths == sorted(widths)


def test_a_stream_is_found_by_its_name_so_that_order_and_company_change_nothing():
    turned = three_cases()
    for rows in turned["tables"].values():
        rows.reverse()
    other = study_of(turned, N)
    alone = study_of(plain(), N).simulation.table
    for name, drawn in three().simulation.table.items():
        assert (other.simulation.table[name] == drawn).all(), name
    assert (alone["unit.worker"] == three().simulation.table["unit.worker"]).all()
    assert other.savings.equals(three().savings)
    assert not study_of(three_cases(), N, seed=2).savings.equals(three().savings)


def test_hours_and_quantities_are_each_cases_own_with_mean_1():
    table = three(40_000).simulation.table
    for name, cv in (("hours.a", 0.20), ("quantity.c", 0.15)):
        assert (table[name].mean(), table[name].std()) == pytest.approx((1, cv), abs=0.005)
    assert not (table["hours.a"] == table["hours.b"]).any()


def test_an_estimate_overridden_without_low_and_high_is_held_and_named():
    made = three_cases()
    made["assumptions"]["drop_off"] = 0.1
    made["assumptions"]["probability"] = {**made["assumptions"]["probability"], "likely": 0.6}
    study = study_of(made, 64, overrides={"drop_off": 0.1, "probability": {"likely": 0.6}})
    held = study.simulation.catalogue.query("distribution == 'held'")
    assert held["name"].tolist() == ["probability.likely", "drop_off"]
    assert drawn_names(study).isdisjoint(
        held["name"]
    ) and "probability.highly_likely" in drawn_names(study)
    own = {"drop_off": {"low": 0.05, "high": 0.2}}
    drawn = study_of(
        made, 64, overrides={"drop_off": 0.1}, notes=own
    ).simulation.catalogue.set_index("name")
    assert drawn.loc["drop_off", ["low", "high"]].tolist() == pytest.approx([0.05, 0.2], abs=0.02)


def test_a_chance_of_saving_is_stated_only_where_chance_and_prevented_are_drawn():
    stated = three().scenarios.set_index("set")["chance"].notna().to_dict()
    assert stated == {"larc": False, "observed": False, "public_purse": True, "cautious": True}
    assert three(64, "larc").savings["chance"].isna().all()


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "less than 1%"),
        (0.004, "less than 1%"),
        (0.5, "50%"),
        (0.989, "99%"),
        (0.9901, "more than 99%"),
        (1.0, "more than 99%"),
        (None, "\N{EN DASH}"),
    ],
)
def test_a_simulated_share_never_reads_as_certain_or_impossible(share, words):
    assert show.simulated(share) == words


def test_a_case_with_chance_variation_avoids_its_future_with_chance_times_prevented():
    # One future of 2,000 at chance 0.9 of which help prevents half: avoided in 45 of 100 draws, else only the cost.
    made = plain(
        assumptions={
            "weighting": "expected",
            "probability": worlds.by_word(0, 0, 0, 0.9, 1),
            "prevented": "evidence",
            "default_prevented": 0.5,
        }
    )
    still = replace(
        spread(), unit_value=dict.fromkeys(range(1, 7), 0.0), hours=0, quantity=0, years=0
    )
    over = {"probability": {"likely": 0.9}, "default_prevented": 0.5}
    study = study_of(made, 20_000, overrides=over, spreads=still)
    row = study.cases.iloc[0]
    assert row["central"] == 400.0  # 2,000 x 0.9 x 0.5 - 500
    assert row["mean"] == pytest.approx(400, abs=3 * 2000 * 0.5 / 141)
    assert (row["low95"], row["high95"]) == (-500.0, 1500.0)


def test_a_future_that_help_brings_about_costs_the_case():
    made = three_cases()
    made["base_rates"] = [worlds.study("care", 0.1, 2.0, 1.5, 2.8)]
    row = study_of(made, N).cases.set_index("case_id").loc["a"]
    assert row["low95"] < -2000 and row["central"] == pytest.approx(
        row["mean"], abs=4 * 3000 / N**0.5
    )


@cache
def books_of(root):
    return library.load_library(root)


def real_study(root, slug, preset_name, draws=2000):
    books, authority = books_of(root), params.load_authority(root, slug)
    tables = returns.read_return(root.raw(slug), slug, books, authority.vintage).tables
    prices = books.prices(authority.vintage, authority.price_base)
    found = params.load_preset(root, preset_name)
    ledger = costing.price_return(tables, books, prices, found.assumptions)
    run = SimpleNamespace(
        root=root,
        preset=found,
        assumptions=found.assumptions,
        tables=tables,
        library=books,
        prices=prices,
        ledger=ledger,
        authority=SimpleNamespace(slug=slug, overrides={}, reasons={}),
    )
    return sensitivity.open_study(run, draws, 2012)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synth") / "root"
    synth.write_root(folder, 3, 5, 7, "larc4")
    return Root(Path(folder))


def agrees(study):
    """The three checks of METHOD part 4, for each preset of a study; the short term with durations held."""
    for name, one in study.simulations.items():
        still = mc.simulate(one.appraiser, one.a, one.known, study.spread, 3, 1, scale=0.0)
        lasting = {key: drawn for key, drawn in one.table.items() if not key.startswith("years.")}
        short = mc.evaluate_draws(one.appraiser, one.a, lasting, study.draws)
        for horizon, drawn in (("long", one.drawn.saving()), ("short", short.saving("short"))):
            central = float(one.exact.saving(horizon)[0])
            assert (still.drawn.saving(horizon) == central).all(), (name, horizon)
            off = 3 * drawn.std() / study.draws**0.5 + 0.01 * abs(central)
            assert abs(drawn.mean() - central) <= off, (name, horizon, central, drawn.mean(), off)
            low, high = np.quantile(one.drawn.saving(horizon), [0.025, 0.975])
            assert low <= central <= high, (name, horizon)


@pytest.mark.parametrize(
    "slug", [slug for slug in params.list_authorities(ROOT) if slug.startswith("la-")]
)
def test_draws_agree_with_the_central_case_for_every_committed_authority_and_preset(slug):
    study = real_study(ROOT, slug, "larc")
    if not study.empty:
        agrees(study)


def test_draws_agree_with_the_central_case_for_made_up_authorities(made_up):
    for slug in params.list_authorities(made_up)[:2]:
        agrees(real_study(made_up, slug, "larc"))


def test_durations_cut_by_the_horizon_are_all_that_parts_the_short_term_from_its_centre():
    # A future of one year: half of its draws are shorter, and what the others last longer falls after the short term.
    one_year = plain()
    one_year["futures"][0]["years"] = 1
    study = study_of(one_year, 20_000)
    short = study.savings.set_index("horizon").loc["short"]
    assert short["central"] == 500.0 and short["mean"] == pytest.approx(
        1000 * (1 - 0.5 / 6) - 500, abs=15
    )


def test_a_round_is_its_authorities_summed_draw_by_draw(made_up):
    slugs = params.list_authorities(made_up)
    studies = [real_study(made_up, slug, "public_purse", 1000) for slug in slugs[:3]]
    nobody = study_of(
        worlds.world(cases=[worlds.case("x", "no")]), 1000
    )  # took part and sent nothing
    by_draw = [sensitivity.by_draw(one.simulations) for one in (*studies, nobody)]
    frame = mc.round_draws(by_draw).set_index(["set", "horizon"])
    for name in ("larc", "public_purse"):
        added = sum(one.simulations[name].drawn.saving() for one in studies)
        row = frame.loc[(name, "long")]
        assert row["low95"] == pytest.approx(np.quantile(added, 0.025), abs=0.02)
        assert row["chance_stated"] == (name == "public_purse") and pd.isna(row["chance"]) == (
            name == "larc"
        )
    nets = [
        row
        for (name, horizon), row in frame.iterrows()
        if name == "larc" and horizon.startswith("net.")
    ]
    assert sum(row["mean"] for row in nets) == pytest.approx(
        frame.loc[("larc", "long"), "mean"], abs=0.5
    )


def test_results_by_draw_name_no_case(made_up):
    study = real_study(made_up, params.list_authorities(made_up)[0], "larc", 100)
    frame = sensitivity.by_draw(study.simulations)
    assert len(frame) == 100 and not [
        name for name in frame if any(case in name for case in study.exposure.cases)
    ]


def test_a_range_of_the_log_is_read_for_every_estimate():
    for name in worlds.PRESETS:
        log = preset(name).log
        assert all(log[one]["role"] in ("convention", "estimate") for one in log)
