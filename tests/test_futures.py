"""Futures avoided, worked by hand (METHOD part 2). All figures are invented."""

import pytest
import worlds
from worlds import avoided, case, cost, future, ruling, spent, study, witness, world

from larcnb import schema
from larcnb.costing import judge


def flows(made, element=None):
    """A world's flows as year: amount."""
    lines = worlds.priced(made).lines(element)
    return dict(zip(lines["year"], lines["amount"], strict=True))


def one(
    assumptions=None,
    preset="larc",
    people=1,
    likelihood="likely",
    value=100,
    rates=(),
    item_grade=1,
    **spell,
):
    """A world with one accepted future on one item."""
    return world(
        [cost("home", value, grade=item_grade)],
        [future("care", "home", **spell)],
        rates,
        preset=preset,
        assumptions=assumptions,
        futures=[witness("care")],
        moderation=[ruling("care", likelihood=likelihood, people=people)],
    )


def standing(made):
    """The futures' lines as {(future, item): note}, and the amounts in the same keys."""
    lines = worlds.priced(made).lines()
    keys = list(zip(lines["element"], lines["item"], strict=True))
    return dict(zip(keys, lines["note"], strict=True)), dict(
        zip(keys, lines["amount"], strict=True)
    )


def test_larc_takes_every_accepted_future_in_full():
    # 2 people x 3 a year x 100 = 600 a year; half of year 0, year 1, half of year 2
    assert flows(one(people=2, quantity=3, start=0.5, years=2)) == {0: 300.0, 1: 600.0, 2: 300.0}


def test_public_purse_takes_the_chance_the_share_prevented_discount_fading_and_the_grade_of_the_price():
    made = one(
        preset="public_purse", people=2, quantity=3, start=0.5, years=1, item_grade=3, grade=6
    )
    assert (
        flows(made)
        == {
            0: 47.25,  # 600 x 0.5 x 0.70 x 0.25 (nobody studied it) x (1 - 0.10 of grade 3; the belief's 6 corrects nothing)
            1: 43.37,  # 47.25 x 0.95 / 1.035 = 43.3695...
        }
    )


def test_cautious_counts_the_highly_likely_alone_and_credits_least():
    made = one(preset="cautious", likelihood="highly_likely", years=2, item_grade=6)
    # 100 x 0.75 x 0.10 x (1 - 0.40 of grade 6) = 4.50; x 0.80 / 1.035 = 3.4782...
    assert flows(made) == {0: 4.5, 1: 3.48}
    assert flows(one(preset="cautious", likelihood="likely")) == {0: 0.0}


EVIDENCE = [
    (study("care", None, 0.68, 0.5, 0.9), 22.4),  # 100 x 0.70 x (1 - 0.68)
    (study("care", 0.025, None, 0.5, 0.9, programme_share=0.017), 22.4),  # 0.017 / 0.025 = 0.68
    (
        study("care", 0.5, 0.68, 0.5, 0.9, programme_share=0.4),
        22.4,
    ),  # the ratio itself goes before the shares
    (study("care", None, 1, 0.7, 1.3), 0.0),  # no difference
    (study("care", None, 1.25, 0.9, 1.7), -17.5),  # help did harm: 100 x 0.70 x -0.25
    (
        study("care", 0.025, 0.2, use="no"),
        17.5,
    ),  # a study that is not used is as none: 100 x 0.70 x 0.25
    (study("court", None, 0.2, 0.1, 0.3), 17.5),  # of another future
]


@pytest.mark.parametrize(("row", "gbp"), EVIDENCE)
def test_evidence_prevents_what_the_study_in_use_found(row, gbp):
    assert flows(one(preset="public_purse", rates=[row])) == {0: gbp}


@pytest.mark.parametrize(("high", "gbp"), [(0.9, 7.5), (1, 0.0), (1.1, -7.5)])
def test_low_prevents_the_least_that_the_study_leaves_open(high, gbp):
    made = one(
        preset="cautious", likelihood="highly_likely", rates=[study("care", 0.5, 0.68, 0.5, high)]
    )
    assert flows(made) == {0: gbp}  # 100 x 0.75 x (1 - high)


def test_a_default_below_nought_is_harm_and_half_a_penny_goes_away_from_nought():
    harm = {"prevented": "evidence", "default_prevented": -0.05}
    assert flows(one(harm, value=0.10)) == {0: -0.01}  # 0.10 x -0.05 = -0.005
    assert flows(one(harm, value=0.08)) == {0: 0.0}  # -0.004
    case_ = worlds.priced(one(harm, value=1000)).case()
    assert (case_["avoided_long"], case_["told_long"], case_["saving_long"]) == (
        -50.0,
        1000.0,
        -50.0,
    )


def test_observed_counts_what_was_observed_and_nothing_else():
    made = one(preset="observed", rates=[study("care", 0.025, 0.6, 0.4, 0.9)], years=2)
    assert flows(made) == {0: 1.0, 1: 0.92}  # 100 x 0.025 x 0.4; x 0.95 / 1.035 = 0.9178...
    assert worlds.priced(made).case()["told_long"] == 4.79  # 2.50 + 2.29 (2.2946...)
    nobody = worlds.priced(one(preset="observed", rates=[study("care", 0, 0.6, 0.4, 0.9)])).lines()
    assert nobody[["chance", "amount", "note"]].values.tolist() == [
        [0.0, 0.0, ""]
    ]  # measured: it happened to nobody
    for rates in ((), [study("care", None, 0.6, 0.4, 0.9)], [study("care", 0.1, 0.6, use="no")]):
        unrated = worlds.priced(one(preset="observed", rates=rates, years=2))
        assert unrated.lines()[["year", "amount", "note"]].values.tolist() == [
            [0, 0.0, "no observed rate"]
        ]
        assert unrated.lines()[["chance", "prevented", "weight"]].isna().all(axis=None)
        assert (unrated.case()["told_long"], unrated.case()["unpriced_futures"]) == (0, 0)


def test_what_has_no_observed_rate_is_set_aside_before_anything_can_be_counted_twice():
    rates = [study("care", 0.5, 0.5, 0.2, 0.8), study("cell", 0.5, 0.5, 0.2, 0.8)]
    rivals = [
        future("care", "home", group="g"),
        future("court", "palace", group="g"),
        future("cell", "part"),
    ]
    costs = [cost("home", 100), cost("palace", 900, contains="part"), cost("part", 10)]
    made = world(costs, rivals, rates, preset="observed", **avoided("care", "court", "cell"))
    notes, amounts = standing(made)
    assert notes["court", "palace"] == "no observed rate"
    assert amounts == {("care", "home"): 25.0, ("court", "palace"): 0.0, ("cell", "part"): 2.5}


def test_what_was_told_is_the_flow_with_all_of_it_prevented_each_line_rounded_so():
    half = {"prevented": "evidence", "default_prevented": 0.25, "deadweight": 0.5}
    made = one(half, value=0.03, years=3) | {"assumptions": worlds.merge(worlds.LARC, half)}
    made["tables"]["process"] = [{**spent(1), "source_row": "process.csv:2"}]
    found = worlds.priced(made).case()
    assert (found["told_long"], found["avoided_long"]) == (
        0.06,
        0.0,
    )  # 3 x 0.015, up; 3 x 0.00375, down
    assert found["break_even_share"] == pytest.approx(40 / 0.06, rel=1e-12)


@pytest.mark.parametrize(
    ("changed", "gbp"),
    [
        ({"attribution": 0.4}, 40.0),
        ({"deadweight": 0.4}, 60.0),
        ({"benefit_correction": {1: 0.4}}, 60.0),
        ({"benefit_correction": {5: 0.4}}, 100.0),
        ({"drop_off": 0.4}, 100.0),
        ({"discount_rate": 0.2}, 100.0),
        ({"weighting": "expected", "probability": {"likely": 0.4}}, 40.0),
        ({"attribution": 0}, 0.0),
        ({"prevented": "evidence", "default_prevented": 0.4}, 40.0),
        ({"prevented": "low", "default_prevented": 0.4}, 40.0),
        ({"deadweight": 1}, 0.0),
        ({"drop_off": 1}, 100.0),
    ],
)
def test_each_assumption_has_its_place_in_year_0(changed, gbp):
    assert flows(one(changed, grade=5)) == {0: gbp}


@pytest.mark.parametrize(
    ("changed", "gbp"),
    [
        ({"drop_off": 0.2}, [100, 80, 64]),  # 0.8, then 0.8 x 0.8
        ({"discount_rate": 0.2}, [100, 83.33, 69.44]),  # 100 / 1.2, 100 / 1.44
        ({"drop_off": 0.2, "discount_rate": 0.2}, [100, 66.67, 44.44]),  # 100 x (0.8 / 1.2)^t
        ({"drop_off": 1}, [100, 0, 0]),  # gone after the first year; 0 to the power 0 is 1
    ],
)
def test_fading_and_discounting_begin_with_year_1(changed, gbp):
    assert list(flows(one(changed, years=3)).values()) == gbp


@pytest.mark.parametrize("start", [15, 16.5, 40])
def test_a_spell_beyond_the_horizon_keeps_one_line_at_nought(start):
    line = worlds.priced(one(start=start)).lines()
    assert (line["year"].item(), line["amount"].item(), line["quantity"].item()) == (0, 0.0, 0.0)
    assert line["note"].item() == "begins after the long term"


def test_a_flow_carries_what_it_is_made_of():
    made = one(
        preset="public_purse", people=2, quantity=3, start=0.5, years=1, item_grade=3, grade=2
    )
    line = worlds.priced(made).lines().iloc[1].to_dict()
    assert line == {
        "case_id": "c1",
        "stage": "future",
        "element": "care",
        "item": "home",
        "payer": "local_authority",
        "year": 1,
        "quantity": 3.0,
        "unit": "episode",
        "unit_value": 100.0,
        "price_year": "2010-11",
        "grade": 3,
        "chance": 0.7,
        "prevented": 0.25,
        "weight": 0.175,
        "amount": 43.37,
        "note": "",
        "source_row": "moderation.csv:2",
    }


def judged(rows, rulings, costed="yes", accept_at="likely"):
    made = {"futures": rows, "moderation": rulings, "cases": [case("c1", costed)]}
    tables = {name: worlds.frame(found, schema.RETURN[name]) for name, found in made.items()}
    return judge(tables, accept_at)


@pytest.mark.parametrize(
    ("accept_at", "counting"),
    [
        ("very_unlikely", 5),
        ("unlikely", 4),
        ("possible", 3),
        ("likely", 2),
        ("highly_likely", 1),
    ],
)
def test_a_future_counts_from_the_agreed_likelihood_that_accepts_it(accept_at, counting):
    found = [
        judged([witness("care")], [ruling("care", likelihood=word)], accept_at=accept_at)
        for word in worlds.WORDS
    ]
    assert [one["why_not"].item() == "" for one in found] == [False] * (5 - counting) + [
        True
    ] * counting
    assert found[0]["why_not"].item() in ("", f"agreed likelihood below {accept_at}")


@pytest.mark.parametrize(
    ("rulings", "costed", "why_not"),
    [
        ([ruling("care", accepted="no")], "yes", "not accepted by the moderators"),
        (
            [ruling("care", accepted="no", likelihood="highly_likely")],
            "yes",
            "not accepted by the moderators",
        ),
        ([], "yes", "told and not moderated"),
        ([ruling("care")], "no", "case not costed"),
    ],
)
def test_a_future_that_does_not_count_stands_at_nought_and_says_why(rulings, costed, why_not):
    made = one()
    made["tables"] |= {"moderation": rulings, "cases": [case("c1", costed)]}
    line = worlds.priced(made).lines()
    assert (line["amount"].item(), line["year"].item(), line["note"].item()) == (0.0, 0, why_not)


def test_of_an_overlap_group_the_costliest_alone_stays():
    made = world(
        [cost("home", 100), cost("unit", 150)],
        [
            future("care", "home", years=2, group="placed"),
            future("court", "unit", group="placed"),
            future("school", "unit"),
        ],
        **avoided("care", "court", "school"),
    )
    notes, amounts = standing(made)
    # care 100 x 2 years = 200; court 150; school is in no group
    assert notes["court", "unit"] == "stands for the same as care, which costs more"
    assert (amounts["care", "home"], amounts["court", "unit"], amounts["school", "unit"]) == (
        100,
        0,
        150,
    )


@pytest.mark.parametrize(
    "order", [["alarm", "bell", "chime"], ["chime", "bell", "alarm"], ["bell", "chime", "alarm"]]
)
def test_a_tie_goes_to_the_first_code_in_the_alphabet(order):
    spells = [future(code, "home", group="g") for code in order]
    _, amounts = standing(world([cost("home", 100)], spells, **avoided(*order)))
    assert amounts == {("alarm", "home"): 100, ("bell", "home"): 0, ("chime", "home"): 0}


def contained(spells, *chain, **tables):
    """A world whose items contain each other as ``chain`` says: outer, inner, outer, inner ..."""
    inner = dict.fromkeys(("whole", "part", "piece"), "")
    for outer, held in zip(chain[::2], chain[1::2], strict=True):
        inner[outer] = held
    items = [
        cost(name, value, contains=inner[name])
        for name, value in zip(inner, (100, 10, 1), strict=True)
    ]
    codes = dict.fromkeys(row["future"] for row in spells)
    return world(items, spells, **(tables or avoided(*codes)))


def test_a_row_whose_item_another_row_contains_is_left_out():
    spells = [future("a", "whole"), future("b", "part"), future("b", "piece")]
    notes, amounts = standing(contained(spells, "whole", "part"))
    assert notes["b", "part"] == "already in the cost of whole"
    assert amounts == {("a", "whole"): 100, ("b", "part"): 0, ("b", "piece"): 1}


def test_a_row_left_out_still_contains():
    spells = [future("a", "whole"), future("b", "part"), future("c", "piece")]
    _, amounts = standing(contained(spells, "whole", "part", "part", "piece"))
    assert amounts == {("a", "whole"): 100, ("b", "part"): 0, ("c", "piece"): 0}


def test_rows_that_share_an_item_all_count():
    made = contained([future("a", "part"), future("a", "part", start=2), future("b", "part")])
    assert worlds.priced(made).case()["avoided_long"] == 30


@pytest.mark.parametrize("vintage", ["larc4", "current"])
def test_a_counted_future_without_a_price_has_a_blank_amount(vintage):
    made = world(
        [cost("home", 100)],
        [future("grief"), future("care", "home")],
        vintage=vintage,
        **avoided("grief", "care"),
    )
    priced = worlds.priced(made)
    assert priced.lines("grief")["amount"].isna().tolist() == [True]
    assert priced.lines("grief")["note"].tolist() == ["no national cost"]
    assert priced.lines("care")["amount"].isna().tolist() == [vintage == "current"]
    assert priced.case()["unpriced_futures"] == (2 if vintage == "current" else 1)
