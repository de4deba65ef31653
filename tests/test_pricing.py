"""The price of an episode, worked by hand (docs/method.md part 1). All figures are invented."""

import numpy as np
import pytest
import worlds
from cases import each
from worlds import case, cost, spent, support, world

from larcnb.costing import LEDGER_TYPES, pence
from larcnb.errors import REFUSED, LarcError


def inputs(stage="process", **tables):
    """The input lines of one stage."""
    return worlds.priced(world(**tables)).lines(stage=stage)


@each("hours people value gbp", "costing", "process")
def test_a_process_line_is_people_by_hours_by_the_value_of_the_role_half_a_penny_up(
    hours, people, value, gbp
):
    made = world(process=[spent(hours, people=people)])
    made["unit_costs"] = [cost("worker", value, "role")]
    assert worlds.priced(made).ledger["amount"].tolist() == [gbp]


def test_support_costs_its_quantity_by_the_value_of_the_item():
    lines = inputs("intervention", interventions=[support(2.5), support(0.5, item="worker")])
    assert lines["amount"].tolist() == [250.00, 20.00]  # 2.5 x 100; half an hour x 40
    assert lines["unit"].tolist() == ["episode", "hour"]
    assert lines["element"].tolist() == ["parenting", "parenting"]


def test_lines_of_a_case_not_costed_stand_at_nought_with_a_note():
    cases, process = [case("c1"), case("c2", "no")], [spent(1, case_id="c2"), spent(1)]
    made = world(cases=cases, process=process, interventions=[support(1, case_id="c2")])
    lines = worlds.priced(made).ledger[["case_id", "quantity", "amount", "note"]]
    assert lines.values.tolist() == [  # what was reported stays to be seen
        ["c2", 1.0, 0.0, "case not costed"],
        ["c1", 1.0, 40.0, ""],
        ["c2", 1.0, 0.0, "case not costed"],
    ]


def test_an_input_line_carries_what_it_is_made_of():
    made = world(process=[spent(1.5, people=2)])
    made["unit_costs"] = [cost("worker", 40, "role", price_year="2011-12", grade=4, payer="nhs")]
    line = worlds.priced(made).ledger.iloc[0]
    assert list(line[["case_id", "stage", "element", "item", "payer", "unit", "source_row"]]) == [
        *("c1", "process", "assessment", "worker", "nhs", "hour", "process.csv:2")
    ]
    numbers = line[["year", "quantity", "unit_value", "grade", "amount"]]
    assert numbers.tolist() == [0, 3.0, 40.0, 4, 120.0]
    assert (line["price_year"], line["note"]) == ("2011-12", "")
    assert line[["chance", "prevented", "weight"]].isna().all()


def test_the_ledger_has_the_contract_s_columns_and_types_even_when_empty():
    for made in (world(), world(process=[spent(1)])):
        assert worlds.priced(made).ledger.dtypes.astype(str).to_dict() == LEDGER_TYPES
    contract = "case_id stage element item payer year quantity unit unit_value price_year grade "
    contract += "chance prevented weight amount note source_row"
    assert list(LEDGER_TYPES) == contract.split()


def test_roles_without_a_unit_cost_are_refused_by_name_with_their_hours():
    roles = [spent(4.5, people=2, role="wizard"), spent(1, role="wizard"), spent(1, role="elf")]
    said = r"2 item\(s\): elf \(1 in all\), wizard \(10 in all\)\. Add each"
    with pytest.raises(LarcError, match=said) as caught:
        inputs(process=[*roles, spent(1)])
    assert caught.value.exit_code == REFUSED


def test_a_float_a_hair_below_the_half_penny_is_taken_for_it():
    assert pence(np.array([0.00499999999, -0.00499999999, 0.00499])).tolist() == [1, -1, 0]
