"""What holds in every world (docs/method.md parts 1 to 3), tried in random ones; ``test_oracle.py`` has every line and sum."""

import copy
from random import Random

import numpy as np
import pandas as pd
import pytest
import worlds
from worlds import priced, random_world

from larcnb.costing import MONEY, central, evaluate, price_futures, total
from larcnb.params import Assumptions
from larcnb.sensitivity.scenarios import Appraiser

SEEDS = [1001, 1002]
FAMILIES = 5
seeds = pytest.mark.parametrize("seed", SEEDS)


def amounts(ledger: pd.DataFrame) -> list:
    """The ledger's lines without their place in a file, in an order of their own."""
    columns = ["case_id", "stage", "element", "item", "year", "quantity", "amount", "note"]
    lines = ledger[columns].astype(object).where(ledger[columns].notna(), None)
    return sorted(lines.values.tolist(), key=repr)


def figures(cases: pd.DataFrame) -> dict:
    """Each case's results by case, blanks as None."""
    ratios = ["benefit_cost_ratio", "break_even_share", "payback_year"]
    columns = [*MONEY, *ratios, "unpriced_futures", "conservative"]
    by_case = cases.set_index("case_id")[columns].astype(object)
    return by_case.where(by_case.notna(), None).to_dict("index")


def unmoved(one: dict, other: dict) -> bool:
    """Whether two worlds give the same lines and the same figures."""
    before, after = priced(one), priced(other)
    same = amounts(before.ledger) == amounts(after.ledger)
    return same and figures(before.cases) == figures(after.cases)


def avoided(world: dict, changes: list[dict]) -> list[float]:
    """What all cases avoid in the long term under each set of changed assumptions."""
    found, a = priced(world), world["assumptions"]
    sets = [Assumptions(world["preset"], **worlds.merge(a, one)) for one in changes]
    ledgers = [price_futures(found.tables, found.library, found.prices, one) for one in sets]
    return [total(ledger["amount"]) for ledger in ledgers]


@seeds
def test_the_order_of_the_rows_of_any_table_moves_no_figure(seed):
    world = random_world(seed, FAMILIES)
    shuffled = copy.deepcopy(world)
    national = (shuffled[name] for name in ("unit_costs", "futures", "base_rates"))
    for rows in (*shuffled["tables"].values(), *national):
        Random(seed).shuffle(rows)
    assert unmoved(world, shuffled)


@seeds
@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("attribution", 0, 1), ("deadweight", 1, 0), ("drop_off", 1, 0), ("discount_rate", 0.2, 0)],
)
def test_what_is_avoided_never_falls_as_an_assumption_is_eased(seed, name, least, most):
    steps = [{name: least + (most - least) * share} for share in (0, 0.3, 0.9, 1)]
    found = avoided(random_world(seed, FAMILIES), steps)
    assert found == sorted(found)
    assert found[0] < found[-1]


@seeds
def test_more_prevented_never_saves_less_and_none_prevented_saves_nothing(seed):
    steps = [{"prevented": "evidence", "default_prevented": share} for share in (-0.5, 0, 0.3, 1)]
    unstudied = {**random_world(seed, FAMILIES), "base_rates": []}
    unstudied["assumptions"] = worlds.merge(unstudied["assumptions"], {"weighting": "accepted"})
    found = avoided(unstudied, steps)
    assert found[0] < found[1] == 0 < found[2] < found[3]
    assert found[3] == avoided(unstudied, [{"prevented": "all"}])[0]


@pytest.mark.parametrize("seed", range(1001, 1005))
def test_values_drawn_many_at_a_time_give_the_ledger_to_the_penny(seed):
    found = priced(random_world(seed, FAMILIES))
    a, costed = found.assumptions, found.cases.query("costed == 'yes'").sort_values("case_id")
    of = found.tables, found.library, found.prices, found.ledger
    exposure = Appraiser(*of, "").exposure(a)
    same = {name: value.repeat(3) for name, value in central(exposure.effects, a).items()}
    own = {f"hours.{case}": np.ones(3) for case in exposure.cases}
    for result in (evaluate(exposure, a), evaluate(exposure, a, same | own)):
        parts = {"inputs_appraised": result.inputs, "avoided_short": result.short}
        parts |= {"avoided_long": result.long}
        for column, values in parts.items():
            assert all(draw.tolist() == costed[column].tolist() for draw in values.T)
        long, spent = total(costed["avoided_long"]), total(costed["inputs_appraised"])
        assert round(sum(result.avoided.values(), np.zeros(1))[0], 2) == long
        assert round(sum(result.paid.values(), np.zeros(1))[0], 2) == spent
        assert round(result.by_year[:, 0].sum(), 2) == long
    together = evaluate(exposure, a, same, by_case=False)
    assert together.saving().tolist() == result.saving().tolist()


def test_each_draw_is_what_the_exact_ledger_gives_under_its_values():
    found = priced(random_world(1003, FAMILIES))
    wanted = {"weighting": "expected", "probability": worlds.PUBLIC_PURSE["probability"]}
    wanted |= {"prevented": "evidence", "default_prevented": 0.25, "deadweight": 0}
    a = found.assumptions.merged(wanted)
    of = found.tables, found.library, found.prices, found.ledger
    exposure = Appraiser(*of, "").exposure(a)
    drawn = {"drop_off": [0.01, 0.2], "default_prevented": [-0.1, 0.4]}
    likely = {"probability.likely": np.array([0.5, 0.8])}
    arrays = {name: np.array(values) for name, values in drawn.items()}
    result = evaluate(exposure, a, arrays | likely)
    for draw, share in enumerate([0.5, 0.8]):
        values = {name: values[draw] for name, values in drawn.items()}
        one = a.merged(values | {"probability": {"likely": share}})
        ledger = price_futures(found.tables, found.library, found.prices, one)
        assert round(result.long[:, draw].sum(), 2) == total(ledger["amount"])
