"""The appraisal, worked by hand (docs/method.md part 2, the data dictionary cases). All figures are invented."""

import pandas as pd
import pytest
import worlds
from cases import each, table
from worlds import avoided, cost, future, spent, support, world

from larcnb import costing
from larcnb.costing import MONEY, ledger_frame


def result(made):
    return worlds.priced(made).case()


def paying(inputs, years=3, a_year=100, assumptions=None):
    """A case whose inputs are ``inputs`` hours at 1 GBP and that avoids ``a_year`` in each of ``years``."""
    library, process = [future("care", "home", years=years)], [spent(inputs)] if inputs else []
    of = {"assumptions": assumptions, "process": process, **avoided("care")}
    made = world([cost("home", a_year)], library, **of)
    made["unit_costs"][0] = cost("worker", 1, "role", grade=3)
    return made


def test_a_case_by_hand():
    hours = {"preparation": 1, "tac_meeting": 1, "tac_contact": 0.5, "review": 0.25}
    process = [spent(of, element=element) for element, of in (hours | {"closure": 0.125}).items()]
    library = [future("care", "home", years=2), future("excluded", "school", start=1, years=0.5)]
    made = world(
        [cost("home", 300), cost("school", 60)],
        library,
        process=[*process, spent(2), spent(3)],
        interventions=[support(1), support(0.5), support(0, status="declined")],
        **avoided("care", "excluded"),
    )
    found = result(made)
    assert found[list(MONEY)].to_dict() == {
        "preparation": 40.0,  # 1 x 40
        "assessment": 200.0,  # 2 x 40 + 3 x 40
        "meetings": 75.0,  # (1 + 0.5 + 0.25 + 0.125) x 40
        "process": 315.0,  # 40 + 200 + 75
        "interventions": 150.0,  # 1 x 100 + 0.5 x 100
        "inputs": 465.0,  # 315 + 150
        "inputs_appraised": 465.0,  # larc corrects nothing
        "avoided_short": 300.0,  # year 0
        "avoided_long": 630.0,  # 300 + 300 + half of 60
        "told_long": 630.0,  # larc: all that was told was prevented
        "saving_short": -165.0,  # 300 - 465: a loss
        "saving_long": 165.0,  # 630 - 465
    }
    assert found["break_even_share"] == pytest.approx(465 / 630, rel=1e-12)
    assert found["benefit_cost_ratio"] == pytest.approx(630 / 465, rel=1e-12)
    assert found["payback_year"] == 1  # 300 in year 0, 630 by the end of year 1
    assert (found["unpriced_futures"], found["conservative"]) == (0, "no")


def test_the_cost_correction_is_added_line_by_line_to_the_penny():
    made = world(preset="public_purse", process=[spent(1), spent(1), spent(1, role="nurse")])
    made["unit_costs"] = [cost("worker", 0.10, "role", grade=2), cost("nurse", 10, "role", grade=6)]
    # 0.10 x 1.05 = 0.105, up to 0.11, twice; 10 x 1.40 = 14: 14.22 where the sum in one go would be 14.21
    assert result(made)["inputs_appraised"] == 14.22
    assert result(made)["inputs"] == 10.20


@each("inputs year", "costing", "payback")
def test_payback_is_the_first_year_in_which_as_much_has_been_avoided_as_was_put_in(inputs, year):
    found = result(paying(inputs))["payback_year"]
    assert (None if pd.isna(found) else found) == year


def several_payers():
    home = cost("home", 100, payer="nhs", cashable=0.25, block=1)
    made = world(
        [home, cost("cell", 10.01, payer="police", cashable=0.5)],
        [future("care", "home", years=2), future("arrest", "cell"), future("grief")],
        assumptions={"cost_correction": {2: 0.05}},
        process=[spent(1)],
        interventions=[support(0.1)],
        **avoided("care", "arrest", "grief"),
    )
    made["unit_costs"][0] = cost("worker", 40, "role", grade=2, payer="education")
    made["unit_costs"][1] = cost("course", 100, "intervention", payer="nhs")
    return worlds.priced(made)


def test_who_pays_and_who_saves_in_the_order_of_the_contract():
    priced = several_payers()
    found = costing.by_payer(priced.ledger, priced.prices, priced.assumptions)
    # cashable: 2 x 100 x 0.25, in whole homes; a cell never frees a block; paid: 40 x 1.05
    wanted = table(
        "payer, paid, avoided_short, avoided_long, net, cashable\n"
        "nhs, 10, 100, 200, 190, 50\npolice, 0, 10.01, 10.01, 10.01, 0\neducation, 42, 0, 0, -42, 0"
    ).set_index("payer")
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False, check_index_type=False)


@each("block units blocks gbp", "costing", "blocks")
def test_only_whole_blocks_can_be_taken_out_of_a_budget(block, units, blocks, gbp):
    costs = [cost("home", 50, cashable=0.5, block=block)]
    priced = worlds.priced(world(costs, [future("care", "home", units)], **avoided("care")))
    of = priced.ledger, priced.prices, priced.assumptions
    found = costing.cashable(*of).loc["home", ["units", "blocks", "cashable"]]
    assert found.tolist() == [units, blocks, gbp]
    assert costing.by_payer(*of)["cashable"].sum() == gbp
    dearer = priced.prices.assign(unit_value=100.0)
    assert costing.cashable(priced.ledger, dearer, priced.assumptions)["cashable"].item() == 2 * gbp


def test_the_units_freed_fade_and_are_neither_discounted_nor_corrected():
    made = paying(1, years=2) | {"preset": "public_purse"}
    changed = {"drop_off": 0.5, "discount_rate": 0.2, "benefit_correction": {1: 0.5}}
    made["assumptions"] = worlds.merge(worlds.PUBLIC_PURSE, changed)
    priced = worlds.priced(made)
    units = costing.cashable(priced.ledger, priced.prices, priced.assumptions)["units"]
    assert units.tolist() == pytest.approx([0.70 * 0.25 * (1 + 0.5)])


def test_the_cost_avoided_rests_on_its_weakest_link_and_that_is_judgement():
    priced = several_payers()
    # of worker, course, home and cell
    prices = priced.prices.assign(confidence=["assumed", "verified", "verified", "recalled"])
    found = costing.by_confidence(priced.ledger, prices, priced.library.effects, priced.assumptions)
    assert found.index.tolist() == ["verified", "recalled", "assumed"]
    assert found["inputs"].tolist() == [10, 0, 42]
    assert found["inputs_share"].tolist() == pytest.approx([10 / 52, 0, 42 / 52])
    assert found["avoided_long"].tolist() == [0, 0, 210.01]
    assert found["price"].tolist() == pytest.approx([200 / 210.01, 10.01 / 210.01, 0])
    judged = found[["avoided_share", "quantity", "duration", "chance", "prevented"]]
    assert (judged.T == [0, 0, 1]).all(axis=None)


@each("years long_years horizon", "costing", "horizon")
def test_the_horizon_in_words_is_the_last_year_with_a_flow(years, long_years, horizon):
    priced = worlds.priced(paying(1, years=years, assumptions={"long_years": long_years}))
    assert costing.summarise(priced.cases, priced.ledger, priced.assumptions)["horizon"] == horizon
    assert costing.horizon(priced.ledger.iloc[:0]) == 0


def test_benefit_payments_are_a_subtotal_of_their_own():
    costs = [cost("home", 100), cost("benefit", 30, payer="dwp")]
    library = [future("care", "home"), future("out_of_work", "benefit", years=2)]
    priced = worlds.priced(world(costs, library, **avoided("care", "out_of_work")))
    found = costing.summarise(priced.cases, priced.ledger, priced.assumptions)
    assert (found["avoided_long"], found["transfers"]) == (160.0, 60.0)


LINES = """stage, row, quantity, unit_value, amount, note
future, 2, 1, 5.005, 5,
future, 2, 1, 3, 0, already in the cost of home
future, 3, 1, , , no national cost
future, 4, 1, 7, 0, stands for the same future as care
future, 5, 1, 4, 0, already in the cost of home
future, 5, 1, , ,
process, 2, 2, 10, 20,
process, 3, 1, 10, 0, case not costed
process, 4, 0.5, 10, 5,
intervention, 2, 3, 0.1, 0, support not delivered: declined"""


def test_each_row_of_the_return_has_one_fate_and_the_fates_add_up_to_what_came_in():
    lines = table(LINES).assign(year=0).fillna({"note": ""})
    source = lines["stage"] + ".csv:" + lines.pop("row").astype(str)
    ledger = ledger_frame(lines.assign(source_row=source))
    assert costing.reconcile_rows(ledger).values.tolist() == [
        ["process", "case not costed", 1, 10.0],
        ["process", "priced", 2, 25.0],  # 2 x 10 + 0.5 x 10
        ["intervention", "support not delivered", 1, 0.3],
        ["future", "no price", 2, 4.0],  # one row that has a price for another of its items
        ["future", "priced", 1, 8.01],  # 5.005 up, and 3 that another future holds
        ["future", "stands for a costlier future", 1, 7.0],
    ]
    assert [*costing.reconcile_rows(ledger.iloc[:0])] == ["stage", "treatment", "rows", "value"]
