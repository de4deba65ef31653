"""The draws: zero spreads, means, coverage, and that nothing depends on order, chunks or workers."""

import numpy as np
import pytest
import worlds
from scipy import stats
from studies import model_of, plain, preset, simulated, spread, study_of, three_cases

from larcnb.sensitivity import intervals, many, single
from larcnb.sensitivity.draws import draw_table, quantile_factors, stream
from larcnb.sensitivity.model import evaluate
from larcnb.sensitivity.ranges import Range, ranges
from larcnb.sensitivity.simulate import simulate

PRESETS = ["larc", "public_purse", "cautious", "observed"]
NO_SHARES = ("deadweight", "attribution", "drop_off")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("luck", [False])
def test_zero_spreads_give_the_ledger_s_result_to_the_penny_in_every_draw(name, luck):
    made = three_cases(name)
    exact = worlds.priced(made).cases
    found = simulated(made, n=7, scale=0.0)
    for horizon in ("short", "long"):
        assert set(np.round(found.saving(horizon, luck), 2)) == {round(exact[f"saving_{horizon}"].sum(), 2)}


def test_with_luck_alone_drawn_the_mean_is_the_deterministic_result():
    found = simulated(three_cases(), n=4000, scale=0.0)
    saving = found.saving(luck=True)
    error = saving.std() / np.sqrt(len(saving))
    assert error > 0
    assert abs(saving.mean() - found.exact.saving()[0]) < 3 * error


def linear(made: dict, seed: int, n: int = 1000):
    """Everything drawn but deadweight, attribution, drop-off and durations: the result is linear in the rest."""
    model, a = model_of(made)
    found = {name: one for name, one in ranges(a, preset(made["preset"]).log).items() if name not in NO_SHARES}
    table = draw_table(model, a, found, spread().with_values(years=0), n, seed)
    return simulate(model, a, table)


@pytest.mark.parametrize("seed", range(20))
def test_the_mean_of_the_linear_part_is_the_deterministic_result(seed):
    found = linear(three_cases(), seed)
    saving = found.saving()
    assert abs(saving.mean() - found.exact.saving()[0]) < 3 * saving.std(ddof=1) / np.sqrt(len(saving))


def test_means_of_shares_inside_their_range_are_their_values():
    model, a = model_of(three_cases())
    table = draw_table(model, a, ranges(a, preset("public_purse").log), spread(), 50_000, 3).catalogue.set_index("name")
    for name in ("deadweight", "drop_off", "probability.likely", "unit.care", "unit.worker", "years.care"):
        row = table.loc[name]
        assert abs(row["mean"] - row["central"]) < 4 * row["sd"] / np.sqrt(50_000), name


def test_a_share_at_nought_or_one_can_only_move_one_way_and_stays_within_its_range_19_times_in_20():
    model, a = model_of(plain())
    values = draw_table(model, a, ranges(a, preset("larc").log), spread(), 20_000, 3).values
    assert values["deadweight"].min() >= 0
    assert np.mean(values["deadweight"] <= 0.6) == pytest.approx(0.95, abs=0.006)
    assert values["attribution"].max() <= 1
    assert np.mean(values["attribution"] >= 0.5) == pytest.approx(0.95, abs=0.006)


@pytest.mark.parametrize(("item", "variation"), [
    ("court", (900 - 500) / (2 * 1.959964) / 700),  # low and high published
    ("care", 0.15),                                  # grade 3
])  # fmt: skip
def test_the_width_of_a_unit_cost_by_hand(item, variation):
    model, _ = model_of(three_cases())
    row = quantile_factors(model.prices, spread()).loc[item]
    assert row["variation"] == pytest.approx(variation, rel=1e-6)
    assert stats.gamma(variation**-2, scale=variation**2).cdf(row["high"]) == pytest.approx(0.975, abs=1e-6)


def test_an_item_is_drawn_once_for_every_case_and_authority_that_uses_it():
    one, other = (simulated(three_cases(), n=50), simulated(plain(preset="public_purse"), n=50))
    assert np.array_equal(one.draws.values["unit.worker"], other.draws.values["unit.worker"])
    assert not np.array_equal(one.draws.values["unit.worker"], one.draws.values["unit.care"])
    again = simulated(three_cases(), n=50, seed=2)
    assert not np.array_equal(one.draws.values["unit.worker"], again.draws.values["unit.worker"])


def test_a_name_s_stream_is_fixed_for_ever():
    # Anyone can repeat it: PCG64 on SeedSequence(seed, spawn_key = SHA-256 of the name in four words).
    assert stream(2012, "unit.social_worker").integers(0, 1000, 4).tolist() == [869, 811, 160, 916]


@pytest.mark.parametrize(("workers", "chunk"), [(1, 1), (2, 2), (3, 1), (2, 64)])
def test_workers_and_chunks_change_nothing(workers, chunk):
    made = three_cases()
    plain_way, other = simulated(made, n=300), simulated(made, n=300, workers=workers, chunk=chunk)
    for luck in (False, True):
        assert np.array_equal(plain_way.saving(luck=luck), other.saving(luck=luck))
    assert single.cases(plain_way).equals(single.cases(other, workers=workers, chunk=chunk))


@pytest.mark.parametrize("name", ["larc", "cautious", "observed"])
def test_what_is_the_same_under_other_assumptions_may_be_taken_from_there(name):
    first, (_, a) = simulated(three_cases(), n=300), model_of(three_cases(name))
    found = ranges(a, preset(name).log)
    anew = simulate(first.model, a, draw_table(first.model, a, found, spread(), 300, 1))
    taken = simulate(first.model, a, draw_table(first.model, a, found, spread(), 300, 1, like=first.draws), like=first)
    for luck in (False, True):
        assert np.array_equal(anew.saving(luck=luck), taken.saving(luck=luck))
    assert not np.array_equal(anew.saving(), first.saving())


def test_the_order_of_cases_and_rows_changes_nothing():
    made = three_cases()
    turned = {**made, "tables": {name: rows[::-1] for name, rows in made["tables"].items()}}
    first, second = simulated(made, n=300), simulated(turned, n=300)
    assert np.array_equal(first.saving(luck=True), second.saving(luck=True))
    assert single.cases(first).equals(single.cases(second))


def test_a_case_more_leaves_the_draws_of_the_others_alone():
    made = three_cases()
    kept = {name: [row for row in rows if row["case_id"] != "b"] for name, rows in made["tables"].items()}
    both = (made, {**made, "tables": kept})
    first, second = (single.cases(simulated(one, n=300)).set_index(["case_id", "horizon"]) for one in both)
    assert first.loc["a"].equals(second.loc["a"])


def test_cases_add_up_to_the_whole_in_every_draw():
    found = simulated(three_cases(), n=300)
    together = sum(saving for _, saving in single.case_arrays(found, "long"))
    assert together == pytest.approx(found.saving(luck=True), abs=0.1)  # roundings of lines; single precision


def test_payers_add_up_to_the_whole_in_every_draw():
    found = simulated(three_cases(), n=300)
    paid, avoided = (sum(np.broadcast_to(pair[n], 300) for pair in found.by_payer().values()) for n in (0, 1))
    assert paid == pytest.approx(found.inputs, abs=0.05)
    assert avoided == pytest.approx(found.avoided(), abs=0.05)


def test_the_fan_begins_with_the_inputs_and_ends_with_the_saving():
    found = simulated(three_cases(), n=500)
    fan, whole = intervals.fan(found), intervals.savings(found).set_index(["horizon", "basis"])
    assert fan["central"].iloc[[0, 1, -1]].tolist() == [
        -round(found.exact.inputs.sum(), 2), found.exact.saving("short")[0], found.exact.saving()[0]]  # fmt: skip
    assert fan["median"].iloc[-1] == pytest.approx(whole.loc[("long", "expectation"), "median"])


def test_witnesses_who_agree_tighten_a_belief():
    alone = plain(preset="public_purse")
    four = [worlds.witness("care", perspective=p) for p in ("parent", "child", "lead_professional", "practitioner")]
    against = [{**row, "likelihood": "unlikely"} for row in four[1:]]
    spreads = {}
    for name, told in {"one": four[:1], "four": four, "three against": [four[0], *against]}.items():
        found = simulated({**alone, "tables": {**alone["tables"], "futures": rows(told)}}, n=4000)
        spreads[name] = (found.loads.held[0] - found.draws.values["probability.likely"]).std()
    assert spreads["four"] < 0.75 * spreads["one"]
    assert spreads["three against"] == pytest.approx(spreads["one"])


def rows(told):
    return [{**row, "source_row": f"futures.csv:{at}"} for at, row in enumerate(told, 2)]


def test_under_accepted_weighting_no_likelihood_is_drawn():
    found = simulated(three_cases("larc"), n=50)
    assert np.array_equal(found.saving(), found.saving(luck=True))
    assert "likelihoods" not in set(found.draws.catalogue["group"])


def test_what_likely_and_highly_likely_stand_for_move_together():
    values = simulated(three_cases(), n=2000).draws.values
    assert stats.spearmanr(values["probability.likely"], values["probability.highly_likely"])[0] == pytest.approx(1)


def test_chances_and_intervals_of_known_draws():
    found = intervals.interval(np.arange(1, 1001.0) - 250.5, (0.8, 0.95))
    assert found["chance"] == 0.75
    assert found["median"] == 250.0
    assert (found["low80"], found["high80"]) == (pytest.approx(-149.6), pytest.approx(649.6))


def test_totals_of_very_many_cases_have_the_mean_and_spread_of_the_case_by_case_way():
    models, values, slow = [], {}, {}
    for name in ("north", "south"):
        model, a = model_of(three_cases(), name)
        drawn = draw_table(model, a, ranges(a, preset("public_purse").log), spread(), 20_000, 1)
        slow[name], models = simulate(model, a, drawn), [*models, model]
        values |= slow[name].values
    lines, counted, group, names = many.pool(models, a, spread())
    for luck in (False, True):
        inputs, avoided = many.group_totals(lines, counted, group, names, a, values, drawn, luck)
        for place, name in enumerate(names):
            for fast, whole in ((inputs[place], slow[name].inputs), (avoided[place], slow[name].avoided(luck=luck))):
                assert fast.mean() == pytest.approx(whole.mean(), rel=0.012)
                assert fast.std() == pytest.approx(whole.std(), rel=0.03)


def test_95_in_100_intervals_hold_a_known_truth():
    """200 made-up returns, each with a truth drawn and worked out here, apart from the package, in plain loops."""
    held = {"expectation": 0, "luck": 0}
    for seed in range(200):
        truth = np.random.default_rng(10_000 + seed)
        made = coverage_world(truth)
        found = intervals.savings(simulated(made, n=600, seed=seed)).set_index(["horizon", "basis"]).loc["long"]
        real = true_saving(made, truth)
        for basis in held:
            held[basis] += found.loc[basis, "low95"] <= real[basis] <= found.loc[basis, "high95"]
    assert 184 <= held["expectation"] <= 196, held
    assert 184 <= held["luck"] <= 196, held


def coverage_world(truth) -> dict:
    """Two families under the Green Book's assumptions, their hours, prices and futures made up afresh."""
    costs = [worlds.cost("care", float(truth.integers(1000, 9000)), grade=int(truth.integers(1, 7))),
             worlds.cost("court", float(truth.integers(500, 2000)), grade=int(truth.integers(1, 7)))]  # fmt: skip
    library = [worlds.future("care", "care", start=0.5, years=float(truth.integers(1, 5)), grade=4),
               worlds.future("court", "court", years=2.0, grade=2)]  # fmt: skip
    tables: dict = {name: [] for name in ("process", "interventions", "futures", "moderation")}
    for case in ("a", "b"):
        tables["process"].append(worlds.spent(float(truth.integers(5, 60)), case_id=case))
        tables["interventions"].append(worlds.support(float(truth.integers(1, 5)), case_id=case))
        for code in ("care", "court"):
            word = ["likely", "highly_likely"][truth.integers(2)]
            told = ["parent", "child", "practitioner"][: truth.integers(1, 4)]
            tables["futures"] += [worlds.witness(code, perspective=p, likelihood=word, case_id=case) for p in told]
            tables["moderation"].append(worlds.ruling(code, likelihood=word, case_id=case))
    return worlds.world(costs, library, preset="public_purse", cases=[worlds.case("a"), worlds.case("b")], **tables)


def true_saving(made: dict, truth) -> dict[str, float]:
    """One truth: each value from its distribution, by scipy, and METHOD part 2 as written."""
    a, log, s = made["assumptions"], preset("public_purse").log, spread()

    def share(name, key=None):
        value = a[name][key] if key else a[name]
        low, high = log[name]["range"][key] if key else log[name]["range"]
        if value == 1:  # falls away from 1; 95% of it above the low end
            return 1 - stats.beta(1, np.log(0.05) / np.log(low)).rvs(random_state=truth)
        families = value * (1 - value) / ((high - low) / (2 * 1.959964)) ** 2 - 1
        return stats.beta(value * families, (1 - value) * families).rvs(random_state=truth)

    def lognormal(variation):
        sd = np.sqrt(np.log(1 + variation**2))
        return stats.lognorm(sd, scale=np.exp(-(sd**2) / 2)).rvs(random_state=truth)

    grade = {row["item"]: row["grade"] for row in made["unit_costs"]}
    unit = {
        row["item"]: row["value"] * stats.gamma(s.unit_value[row["grade"]] ** -2).rvs(random_state=truth)
        * s.unit_value[row["grade"]] ** 2 for row in made["unit_costs"]
    }  # fmt: skip
    dead, owed, off = share("deadweight"), share("attribution"), share("drop_off")
    optimism = truth.random()  # what both words stand for moves together: the same quantile of each
    words = {}
    for word in ("likely", "highly_likely"):
        value, (low, high) = a["probability"][word], log["probability"]["range"][word]
        families = value * (1 - value) / ((high - low) / (2 * 1.959964)) ** 2 - 1
        words[word] = stats.beta(value * families, (1 - value) * families).ppf(optimism)
    last = {row["future"]: row["years"] * stats.triang(0.5, 1 - s.years, 2 * s.years).rvs(random_state=truth)
            for row in made["futures"]}  # fmt: skip
    tables, totals = made["tables"], {"expectation": 0.0, "luck": 0.0}
    for case in ("a", "b"):
        spent = 0.0
        for name, item, factor in (("process", "worker", s.hours), ("interventions", "course", s.quantity)):
            own = lognormal(factor)
            for row in (row for row in tables[name] if row["case_id"] == case):
                amount = row["people"] * row["hours"] if name == "process" else row["quantity"]
                spent += amount * own * unit[item] * (1 + a["cost_correction"][grade[item]])
        for row in (row for row in tables["moderation"] if row["case_id"] == case):
            agree = sum(w["case_id"] == case and w["future"] == row["future"] for w in tables["futures"])
            m, families = words[row["likelihood"]], s.belief + s.witness * agree
            believed = stats.beta(m * families, (1 - m) * families).rvs(random_state=truth)
            held = {"expectation": believed, "luck": float(truth.random() < believed)}
            spell = next(f for f in made["futures"] if f["future"] == row["future"])
            kept = owed * (1 - dead) * (1 - a["benefit_correction"][max(spell["grade"], grade[spell["item"]])])
            begins, ends = spell["start"], spell["start"] + last[row["future"]]
            worth = sum(
                unit[spell["item"]] * max(0.0, min(t + 1, ends) - max(t, begins)) * kept
                * ((1 - off) / (1 + a["discount_rate"])) ** t for t in range(a["long_years"])
            )  # fmt: skip
            for basis in totals:
                totals[basis] += held[basis] * worth
        for basis in totals:
            totals[basis] -= spent
    return totals


def test_a_return_without_costed_cases_has_nothing_to_draw():
    study = study_of(worlds.world(cases=[worlds.case("x", "no")]))
    assert study.empty
    assert study.simulation.saving().tolist() == [0.0] * study.draws


def test_a_range_of_no_width_draws_its_value():
    model, a = model_of(plain(preset="public_purse"))
    found = {"deadweight": Range("deadweight", 0.15, 0.15, 0.15)}
    assert set(draw_table(model, a, found, spread(), 9, 1).values["deadweight"]) == {0.15}
    assert evaluate(model, a).saving().shape == (1,)
