"""The fast appraisal gives what the exact ledger gives, to the penny, for every set of assumptions."""

import numpy as np
import pytest
import worlds
from studies import model_of, plain, three_cases

from larcnb import appraisal
from larcnb.sensitivity.model import build_model, evaluate

COLUMNS = ["inputs_appraised", "avoided_short", "avoided_long", "saving_long"]


@pytest.mark.parametrize("seed", range(8))
def test_a_random_world_comes_out_to_the_penny_of_the_exact_appraisal(seed):
    made = worlds.random_world(seed)
    exact, (model, a) = worlds.priced(made), model_of(made)
    cases = exact.cases[exact.cases["costed"] == "yes"].set_index("case_id").sort_index()
    found = evaluate(model, a)
    for column, part in zip(COLUMNS, (found.inputs, found.short, found.long, found.long - found.inputs), strict=True):
        assert np.round(part[:, 0], 2).tolist() == cases[column].tolist(), column
    if len(cases):
        assert found.saving()[0] == appraisal.summarise(exact.cases, exact.ledger, a)["saving_long"]


def test_many_sets_at_once_are_what_each_gives_alone():
    model, a = model_of(three_cases())
    values = {"deadweight": np.array([0.0, 0.3, 1.0]), "drop_off": np.array([0.0, 0.2, 0.1]),
              "probability.likely": np.array([0.5, 0.6, 0.7]),
              "discount_rate": np.array([0.0, 0.035, 0.1])}  # fmt: skip
    together = evaluate(model, a, values).saving()
    for n in range(3):
        words = {name: values[name][n] for name in ("deadweight", "drop_off", "discount_rate")}
        one = a.with_overrides({**words, "probability": {"likely": values["probability.likely"][n]}})
        priced = worlds.priced(three_cases())
        ledger = appraisal.price_return(priced.tables, priced.library, priced.prices, one)
        cases = appraisal.appraise(priced.tables["cases"], priced.tables["children"], ledger, one)
        assert together[n] == appraisal.summarise(cases, ledger, one)["saving_long"]


@pytest.mark.parametrize(("table", "saving"), [
    ({}, 1500.0),                                     # 2 x 1,000 - (10 x 40 + 100)
    ({"real": np.array([0.5])}, 500.0),               # half of it real
    ({"hours": np.array([2.0])}, 1100.0),             # 20 hours
    ({"quantity": np.array([3.0])}, 1300.0),          # three courses
    ({"unit.care": np.array([0.1])}, -300.0),         # 2 x 100 - 500
    ({"years.care": np.array([0.75])}, 1000.0),       # a year and a half
    ({"years.care": np.array([1.25])}, 2000.0),       # two years and a half
])  # fmt: skip
def test_what_a_table_changes_by_hand(table, saving):
    model, a = model_of(plain())
    assert evaluate(model, a, table).saving().tolist() == [saving]


def test_a_lower_threshold_lets_a_future_in_and_a_shorter_term_cuts_it():
    made = plain(moderation=[worlds.ruling("care", likelihood="possible")])
    model, a = model_of(made)
    assert evaluate(model, a).saving()[0] == -500.0
    low = a.with_overrides({"accept_at": "possible"})
    assert evaluate(model, low).saving()[0] == 1500.0
    assert evaluate(model, low.with_overrides({"long_years": 1})).saving()[0] == 500.0


def test_a_horizon_that_changes_which_rival_stays_is_followed():
    # Over one year the hostel costs more; over ten, care does.
    library = [worlds.future("care", "care", years=10, group="home"), worlds.future("hostel", "hostel", group="home")]
    costs = [worlds.cost("care", 1000), worlds.cost("hostel", 3000)]
    made = worlds.world(costs, library, **worlds.avoided("care", "hostel"))
    model, a = model_of(made)
    assert evaluate(model, a).long.sum() == 10_000.0
    assert evaluate(model, a.with_overrides({"long_years": 1})).long.sum() == 3000.0


def test_the_order_of_rows_changes_nothing():
    made = three_cases()
    model, a = model_of(made)
    turned = {**made, "tables": {name: rows[::-1] for name, rows in made["tables"].items()}}
    other, _ = model_of(turned)
    assert model.cases == other.cases == ("a", "b", "c")
    assert evaluate(model, a).long.tolist() == evaluate(other, a).long.tolist()


def test_a_model_prices_its_own_inputs_where_no_ledger_is_given():
    priced = worlds.priced(three_cases())
    with_ledger = build_model(priced.tables, priced.library, priced.prices, priced.ledger)
    without = build_model(priced.tables, priced.library, priced.prices)
    assert with_ledger.inputs.equals(without.inputs)


def test_a_return_with_no_costed_case_gives_nothing():
    model, a = model_of(worlds.world(cases=[worlds.case("x", "no")]))
    assert evaluate(model, a).saving().tolist() == [0.0]
