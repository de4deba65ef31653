"""The appraisal, worked by hand (METHOD part 2, DATA.md cases). All figures are invented."""

import pandas as pd
import pytest
import worlds
from worlds import avoided, cost, future, spent, support, world

from larcnb import costing
from larcnb.costing import MONEY, ledger_frame


def result(made, case_id="c1"):
    return worlds.priced(made).case(case_id)


def paying(inputs, years=3, a_year=100, assumptions=None, **tables):
    """A case whose inputs are ``inputs`` hours at 1 GBP and that avoids ``a_year`` in each of ``years``."""
    made = world(
        [cost("home", a_year)],
        [future("care", "home", years=years)],
        assumptions=assumptions,
        process=[spent(inputs)] if inputs else [],
        **avoided("care"),
        **tables,
    )
    made["unit_costs"][0] = cost("worker", 1, "role", grade=3)
    return made


def test_a_case_by_hand():
    made = world(
        [cost("home", 300), cost("school", 60)],
        [future("care", "home", years=2), future("excluded", "school", start=1, years=0.5)],
        process=[
            spent(1, element="preparation"),
            spent(2),
            spent(3),
            spent(1, element="tac_meeting"),
            spent(0.5, element="tac_contact"),
            spent(0.25, element="review"),
            spent(0.125, element="closure"),
        ],
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


def test_a_loss_is_a_result_and_is_never_clipped():
    found = result(paying(500, years=1))
    assert (found["saving_short"], found["saving_long"]) == (-400, -400)
    found = result(world(process=[spent(1)]))
    assert (found["saving_short"], found["saving_long"]) == (-40, -40)


@pytest.mark.parametrize(
    ("inputs", "year"),
    [
        (99.99, 0),
        (100, 0),
        (100.01, 1),
        (200, 1),
        (300, 2),
        (300.01, None),
        (0, 0),
    ],
)
def test_payback_is_the_first_year_in_which_as_much_has_been_avoided_as_was_put_in(inputs, year):
    found = result(paying(inputs))["payback_year"]
    assert (None if pd.isna(found) else found) == year


def test_break_even_is_the_share_of_the_futures_told_that_help_must_have_prevented():
    assert result(paying(75))["break_even_share"] == 0.25  # 75 / 300
    assert result(paying(600))["break_even_share"] == 2.0  # more than all of them
    assert result(paying(75, assumptions={"cost_correction": {3: 0.20}}))["break_even_share"] == 0.3
    assert pd.isna(result(world(process=[spent(1)]))["break_even_share"])


def test_an_unpriced_future_is_counted_once_and_makes_the_case_conservative():
    made = world(
        [cost("home", 100)],
        [future("grief"), future("grief"), future("shame"), future("care", "home")],
        **avoided("grief", "shame", "care"),
    )
    found = result(made)
    assert (found["unpriced_futures"], found["conservative"], found["avoided_long"]) == (
        2,
        "yes",
        100,
    )


def several_payers():
    made = world(
        [
            cost("home", 100, payer="nhs", cashable=0.25, block=1),
            cost("cell", 10.01, payer="police", cashable=0.5),
        ],
        [future("care", "home", years=2), future("arrest", "cell"), future("grief")],
        preset="larc",
        assumptions={"cost_correction": {2: 0.05}},
        process=[spent(1)],
        interventions=[support(0.1)],
        **avoided("care", "arrest", "grief"),
    )
    made["unit_costs"][:2] = [
        cost("worker", 40, "role", grade=2, payer="education"),
        cost("course", 100, "intervention", payer="nhs"),
    ]
    return worlds.priced(made)


def test_who_pays_and_who_saves():
    priced = several_payers()
    found = costing.by_payer(priced.ledger, priced.prices, priced.assumptions)
    assert found.to_dict("index") == {
        "nhs": {
            "paid": 10.0,
            "avoided_short": 100.0,
            "avoided_long": 200.0,
            "net": 190.0,
            "cashable": 50.0,
        },
        "police": {
            "paid": 0.0,
            "avoided_short": 10.01,
            "avoided_long": 10.01,
            "net": 10.01,
            "cashable": 0.0,
        },
        "education": {
            "paid": 42.0,
            "avoided_short": 0.0,
            "avoided_long": 0.0,
            "net": -42.0,
            "cashable": 0.0,
        },
    }  # cashable: 2 x 100 x 0.25, in whole homes; a cell never frees a block; paid: 40 x 1.05
    assert list(found.index) == ["nhs", "police", "education"]  # the order of DATA.md


@pytest.mark.parametrize(
    ("block", "units", "blocks", "gbp"),
    [
        (2, 5, 2, 100.0),  # 2 blocks of 2 at 50, half of it
        (2, 3.99, 1, 50.0),
        (2, 4, 2, 100.0),
        (5, 3, 0, 0.0),
        (0.5, 0.75, 1, 12.5),
        (None, 100, 0, 0.0),
    ],
)
def test_only_whole_blocks_can_be_taken_out_of_a_budget(block, units, blocks, gbp):
    made = world(
        [cost("home", 50, cashable=0.5, block=block)],
        [future("care", "home", units)],
        **avoided("care"),
    )
    priced = worlds.priced(made)
    found = costing.cashable(priced.ledger, priced.prices, priced.assumptions).loc["home"]
    assert (found["units"], found["blocks"], found["cashable"]) == (units, blocks, gbp)
    assert (
        costing.by_payer(priced.ledger, priced.prices, priced.assumptions)["cashable"].sum() == gbp
    )


def test_the_cost_avoided_rests_on_its_weakest_link_and_that_is_judgement():
    priced = several_payers()
    prices = priced.prices.assign(
        confidence=["assumed", "verified", "verified", "recalled"]
    )  # worker course home cell
    found = costing.rests_on(priced.ledger, prices, priced.library.effects, priced.assumptions)
    assert found["inputs"].to_dict() == {"verified": 10.0, "recalled": 0.0, "assumed": 42.0}
    assert found["inputs_share"].tolist() == pytest.approx([10 / 52, 0, 42 / 52])
    assert found["avoided_long"].to_dict() == {"verified": 0.0, "recalled": 0.0, "assumed": 210.01}
    assert found["avoided_share"].tolist() == [0, 0, 1]
    assert found["price"].tolist() == pytest.approx([200 / 210.01, 10.01 / 210.01, 0])
    assert (
        found["quantity"].tolist()
        == found["chance"].tolist()
        == found["prevented"].tolist()
        == [0, 0, 1]
    )


@pytest.mark.parametrize(
    ("years", "long_years", "horizon"), [(3, 15, 3), (2.5, 15, 3), (20, 15, 15), (20, 7, 7)]
)
def test_the_horizon_in_words_is_the_last_year_with_a_flow(years, long_years, horizon):
    priced = worlds.priced(paying(1, years=years, assumptions={"long_years": long_years}))
    assert costing.horizon(priced.ledger) == horizon
    assert costing.summarise(priced.cases, priced.ledger, priced.assumptions)["horizon"] == horizon
    assert costing.horizon(worlds.priced(world()).ledger) == 0


def test_benefit_payments_are_a_subtotal_of_their_own():
    made = world(
        [cost("home", 100), cost("benefit", 30, payer="dwp")],
        [future("care", "home"), future("out_of_work", "benefit", years=2)],
        **avoided("care", "out_of_work"),
    )
    priced = worlds.priced(made)
    found = costing.summarise(priced.cases, priced.ledger, priced.assumptions)
    assert (found["avoided_long"], found["transfers"]) == (160.0, 60.0)


def test_each_row_of_the_return_has_one_fate_and_the_fates_add_up_to_what_came_in():
    def line(stage, row, quantity, unit_value, amount, note=""):
        return {
            "stage": stage,
            "source_row": f"{stage}.csv:{row}",
            "quantity": quantity,
            "unit_value": unit_value,
            "amount": amount,
            "note": note,
            "case_id": "c1",
            "element": "e",
            "item": "i",
            "payer": "nhs",
            "year": 0,
            "unit": "hour",
            "price_year": "2010-11",
        }

    blank = float("nan")
    ledger = ledger_frame(
        [
            line("future", 2, 1, 5.005, 5.0),
            line("future", 2, 1, 3, 0, "already in the cost of home"),
            line("future", 3, 1, blank, blank, "no national cost"),
            line("future", 4, 1, 7, 0, "stands for the same future as care"),
            line("future", 5, 1, 4, 0, "already in the cost of home"),
            line("future", 5, 1, blank, blank),
            line("process", 2, 2, 10, 20.0),
            line("process", 3, 1, 10, 0, "case not costed"),
            line("process", 4, 0.5, 10, 5.0),
            line("intervention", 2, 3, 0.1, 0, "support not delivered: declined"),
        ]
    )
    assert costing.fates(ledger).values.tolist() == [
        ["process", "case not costed", 1, 10.0],
        ["process", "priced", 2, 25.0],  # 2 x 10 + 0.5 x 10
        ["intervention", "support not delivered", 1, 0.3],
        ["future", "no price", 2, 4.0],  # one row that has a price for another of its items
        ["future", "priced", 1, 8.01],  # 5.005 up, and 3 that another future holds
        ["future", "stands for a costlier future", 1, 7.0],
    ]
    assert costing.fates(ledger.iloc[:0]).columns.tolist() == ["stage", "fate", "rows", "value"]
