"""The price of an episode, worked by hand (METHOD part 1). All figures are invented."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import worlds
from worlds import case, cost, spent, support, world

from larcnb.costing import LEDGER_TYPES, pence, price_interventions, price_process, total
from larcnb.errors import REFUSED, LarcError


def inputs(stage="process", **tables):
    """The input lines of one stage."""
    return worlds.priced(world(**tables)).lines(stage=stage)


def amount_of(
    hours=1, people=1, value=40, price_year="2010-11", price_base="2010-11", deflators=None
):
    made = world(price_base=price_base, deflators=deflators, process=[spent(hours, people=people)])
    made["unit_costs"] = [cost("worker", value, "role", price_year=price_year)]
    return worlds.priced(made).lines(stage="process")["amount"].item()


@pytest.mark.parametrize(
    ("hours", "people", "value", "gbp"),
    [
        (2, 1, 40, 80.00),  # 2 x 40
        (1.5, 2, 40, 120.00),  # two people for an hour and a half: 2 x 1.5 x 40
        (0.25, 3, 33.33, 25.00),  # 0.75 x 33.33 = 24.9975
        (200, 1000, 99.99, 19998000.00),  # the largest line there can be
    ],
)
def test_a_process_line_is_people_by_hours_by_the_value_of_the_role(hours, people, value, gbp):
    assert amount_of(hours, people, value) == gbp


@pytest.mark.parametrize(
    ("hours", "value", "gbp"),
    [
        (0.25, 40.02, 10.01),  # 10.005 is half a penny over: up
        (0.5, 40.01, 20.01),  # 20.005: up, where half to even would say 20.00
        (1, 2.675, 2.68),  # 2.675 is 2.67499... as a binary fraction
        (1, 1.005, 1.01),  # and so is 1.005
        (0.1, 0.05, 0.01),  # 0.005
        (0.1, 0.04, 0.00),  # 0.004
        (0.7, 0.35, 0.25),  # 0.245, which floating point makes 0.24499...
    ],
)
def test_an_amount_is_the_exact_decimal_rounded_half_up_to_the_penny(hours, value, gbp):
    assert amount_of(hours, 1, value) == gbp


@pytest.mark.parametrize(
    ("price_year", "price_base", "gbp"),
    [
        ("2010-11", "2010-11", 40.00),
        ("2010-11", "2012-13", 42.00),  # 40 x 105 / 100
        ("2012-13", "2010-11", 38.10),  # back in time: 40 x 100 / 105 = 38.0952...
        (
            "2012-13",
            "2009-10",
            37.33,
        ),  # 40 x 98 / 105 = 37.333..., neither of them the base of the index
    ],
)
def test_a_value_is_brought_to_the_price_base_by_the_ratio_of_deflators(
    price_year, price_base, gbp
):
    deflators = {"2009-10": 98, "2010-11": 100, "2012-13": 105}
    assert amount_of(1, 1, 40, price_year, price_base, deflators) == gbp


def test_nothing_is_rounded_before_the_amount():
    deflators = {"2010-11": 100, "2011-12": 102.5}
    # 0.33 x 1.025 x 3 = 1.01475; with the unit value rounded first it would be 3 x 0.34 = 1.02
    assert amount_of(3, 1, 0.33, "2010-11", "2011-12", deflators) == 1.01
    # 0.125 x 0.25 x 160 = 5.00; with the hours rounded first it would be 160 x 0.13 x 0.25 = 5.20
    assert amount_of(0.125, 1, 40) == 5.00
    line = inputs(price_base="2011-12", deflators=deflators, process=[spent(1)])
    assert line["unit_value"].item() == 41.0


def test_support_costs_its_quantity_by_the_value_of_the_item():
    lines = inputs("intervention", interventions=[support(2.5), support(0.5, item="worker")])
    assert lines["amount"].tolist() == [250.00, 20.00]  # 2.5 x 100; half an hour x 40
    assert lines["unit"].tolist() == ["episode", "hour"]
    assert lines["element"].tolist() == ["parenting", "parenting"]


@pytest.mark.parametrize("status", ["declined", "unavailable", "threshold_not_met"])
def test_support_not_delivered_stands_at_nought_and_says_why(status):
    lines = inputs("intervention", interventions=[support(0, status=status), support(1)])
    assert lines["amount"].tolist() == [0.0, 100.0]
    assert lines["note"].tolist() == [f"support not delivered: {status}", ""]


def test_lines_of_a_case_not_costed_stand_at_nought_with_a_note():
    priced = worlds.priced(
        world(
            cases=[case("c1"), case("c2", "no")],
            process=[spent(1, case_id="c2"), spent(1)],
            interventions=[support(1, case_id="c2")],
        )
    )
    beside = priced.ledger.set_index(["case_id", "stage"])
    assert beside.loc[("c2", "process"), "amount"].item() == 0
    assert beside.loc[("c2", "intervention"), "amount"].item() == 0
    assert set(beside.loc["c2", "note"]) == {"case not costed"}
    assert beside.loc[("c1", "process"), "amount"].item() == 40
    assert (
        beside.loc[("c2", "process"), "quantity"].item() == 1
    )  # what was reported stays to be seen


def test_every_row_of_the_return_is_one_line_in_its_order():
    rows = [spent(1), spent(1), spent(2, element="closure"), spent(0.5, role="course")]
    lines = inputs(process=rows)
    assert lines["source_row"].tolist() == [
        "process.csv:2",
        "process.csv:3",
        "process.csv:4",
        "process.csv:5",
    ]
    assert lines["element"].tolist() == ["assessment", "assessment", "closure", "assessment"]
    assert lines["quantity"].tolist() == [1.0, 1.0, 2.0, 0.5]


def test_an_input_line_carries_what_it_is_made_of():
    made = world(process=[spent(1.5, people=2)])
    made["unit_costs"] = [cost("worker", 40, "role", price_year="2011-12", grade=4, payer="nhs")]
    line = worlds.priced(made).ledger.iloc[0].to_dict()
    assert all(pd.isna(line.pop(name)) for name in ("chance", "prevented", "weight"))
    assert line == {
        "case_id": "c1",
        "stage": "process",
        "element": "assessment",
        "item": "worker",
        "payer": "nhs",
        "year": 0,
        "quantity": 3.0,
        "unit": "hour",
        "unit_value": 40.0,
        "price_year": "2011-12",
        "grade": 4,
        "amount": 120.0,
        "note": "",
        "source_row": "process.csv:2",
    }


def test_the_ledger_has_the_contract_s_columns_and_types_even_when_empty():
    for made in (world(), world(process=[spent(1)])):
        ledger = worlds.priced(made).ledger
        assert ledger.dtypes.astype(str).to_dict() == LEDGER_TYPES
    assert list(LEDGER_TYPES) == [
        "case_id",
        "stage",
        "element",
        "item",
        "payer",
        "year",
        "quantity",
        "unit",
        "unit_value",
        "price_year",
        "grade",
        "chance",
        "prevented",
        "weight",
        "amount",
        "note",
        "source_row",
    ]


def test_the_other_vintage_s_row_of_an_item_is_not_used():
    made = world(process=[spent(1)])
    made["unit_costs"].append(cost("worker", 99, "role", vintage="current", price_year="2022-23"))
    assert worlds.priced(made).ledger["amount"].item() == 40


def test_roles_without_a_unit_cost_are_refused_by_name_with_their_hours():
    rows = [
        spent(4.5, people=2, role="wizard"),
        spent(1, role="wizard"),
        spent(1, role="elf"),
        spent(1),
    ]
    with pytest.raises(
        LarcError, match=r"2 item\(s\): elf \(1 in all\), wizard \(10 in all\)\. Add each"
    ) as caught:
        inputs(process=rows)
    assert caught.value.exit_code == REFUSED


def test_support_without_a_unit_cost_in_the_vintage_is_refused():
    made = world(
        [cost("mentor", 10, "intervention", vintage="current", price_year="2022-23")],
        interventions=[support(3, item="mentor")],
    )
    with pytest.raises(LarcError, match=r"mentor \(3 in all\)"):
        worlds.priced(made)


def test_pricing_changes_none_of_its_arguments():
    priced = worlds.priced(world(process=[spent(1)], interventions=[support(1)]))
    before = {name: frame.copy() for name, frame in priced.tables.items()}
    prices = priced.prices.copy()
    price_process(priced.tables["process"], priced.tables["cases"], priced.prices)
    price_interventions(priced.tables["interventions"], priced.tables["cases"], priced.prices)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(priced.tables[name], frame)
    pd.testing.assert_frame_equal(priced.prices, prices)


@pytest.mark.parametrize(
    ("amount", "gbp"),
    [
        ("0.005", 0.01),
        ("0.00499999999999999999", 0.0),
        ("0.015", 0.02),
        ("0.025", 0.03),
        ("1e9", 1e9),
        ("123456789.125", 123456789.13),
        ("-0.005", -0.01),
        ("-0.004", 0.0),
        ("-0.006", -0.01),
    ],
)
def test_half_a_penny_goes_up_in_the_amount_without_its_sign(amount, gbp):
    assert pence(Fraction(amount)) / 100 == gbp
    assert pence(np.array([Fraction(amount)])).tolist() == [pence(Fraction(amount))]
    if len(amount) < 20:  # more digits than a float has
        assert pence(np.array([float(amount)])).tolist() == [pence(Fraction(amount))]


def test_a_float_a_hair_below_the_half_penny_is_taken_for_it():
    assert pence(np.array([0.00499999999, -0.00499999999, 0.00499])).tolist() == [1, -1, 0]


def test_a_total_is_added_in_whole_pence():
    assert total([0.1] * 3) == 0.3  # not 0.30000000000000004
    assert total([0.29, 0.57, 1.1, float("nan")]) == 1.96
    assert total([-0.1, 0.3]) == 0.2
    assert total([]) == 0
