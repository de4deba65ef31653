"""The price of an episode, worked by hand (METHOD part 1). All figures are invented."""

import numpy as np
import pandas as pd
import pytest
import worlds
from worlds import case, cost, spent, support, world

from larcnb.costing import LEDGER_TYPES, pence
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


def test_a_float_a_hair_below_the_half_penny_is_taken_for_it():
    assert pence(np.array([0.00499999999, -0.00499999999, 0.00499])).tolist() == [1, -1, 0]
