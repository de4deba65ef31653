"""Futures avoided, worked by hand (docs/method.md part 2). All figures are invented."""

import pytest
import worlds
from cases import each
from worlds import avoided, case, cost, future, ruling, spent, study, witness, world


def flows(made):
    """A world's flows as year: amount."""
    lines = worlds.priced(made).lines()
    return dict(zip(lines["year"], lines["amount"], strict=True))


def one(assumptions=None, preset="larc", rates=(), value=100, item_grade=1, **more):
    """A world with one accepted future on one item; ``people`` and ``likelihood`` are the ruling's."""
    agreed = {name: more.pop(name) for name in ("people", "likelihood") if name in more}
    return world(
        [cost("home", value, grade=item_grade)],
        [future("care", "home", **more)],
        rates,
        preset=preset,
        assumptions=assumptions,
        futures=[witness("care")],
        moderation=[ruling("care", **agreed)],
    )


def standing(made):
    """The futures' notes and amounts by (future, item)."""
    lines = worlds.priced(made).lines().set_index(["element", "item"])
    return lines["note"], lines["amount"].to_dict()


def test_larc_takes_every_accepted_future_in_full():
    # 2 people x 3 a year x 100 = 600 a year; half of year 0, year 1, half of year 2
    assert flows(one(people=2, quantity=3, start=0.5, years=2)) == {0: 300.0, 1: 600.0, 2: 300.0}


def test_public_purse_takes_chance_share_prevented_discount_fading_and_the_grade_of_the_price():
    line = {"people": 2, "quantity": 3, "start": 0.5, "years": 1, "item_grade": 3, "grade": 6}
    # 600 x 0.5 x 0.70 x 0.25 (nobody studied it) x (1 - 0.10 of grade 3; the belief's 6 corrects nothing)
    # 47.25 x 0.95 / 1.035 = 43.3695...
    assert flows(one(preset="public_purse", **line)) == {0: 47.25, 1: 43.37}


def test_cautious_counts_the_highly_likely_alone_and_credits_least():
    made = one(preset="cautious", likelihood="highly_likely", years=2, item_grade=6)
    # 100 x 0.75 x 0.10 x (1 - 0.40 of grade 6) = 4.50; x 0.80 / 1.035 = 3.4782...
    assert flows(made) == {0: 4.5, 1: 3.48}
    assert flows(one(preset="cautious", likelihood="likely")) == {0: 0.0}


@each("share ratio programme of gbp", "costing", "evidence")
def test_evidence_prevents_what_the_study_in_use_found(share, ratio, programme, of, gbp):
    row = study(of, share, ratio, 0.5, 0.9, programme_share=programme)
    assert flows(one(preset="public_purse", rates=[row])) == {0: gbp}
    unused = [row | {"use": "no"}]
    assert flows(one(preset="public_purse", rates=unused)) == {0: 17.5}  # 100 x 0.70 x 0.25


@each("high gbp", "costing", "low")
def test_low_prevents_the_least_that_the_study_leaves_open(high, gbp):
    rates = [study("care", 0.5, 0.68, 0.5, high)]
    assert flows(one(preset="cautious", likelihood="highly_likely", rates=rates)) == {0: gbp}


def test_a_default_below_nought_is_harm_and_half_a_penny_goes_away_from_nought():
    harm = {"prevented": "evidence", "default_prevented": -0.05}
    assert flows(one(harm, value=0.10)) == {0: -0.01}  # 0.10 x -0.05 = -0.005
    assert flows(one(harm, value=0.08)) == {0: 0.0}  # -0.004
    found = worlds.priced(one(harm, value=1000)).case()
    assert found[["avoided_long", "told_long", "saving_long"]].tolist() == [-50, 1000, -50]


def test_observed_counts_what_was_observed_and_nothing_else():
    made = one(preset="observed", rates=[study("care", 0.025, 0.6, 0.4, 0.9)], years=2)
    assert flows(made) == {0: 1.0, 1: 0.92}  # 100 x 0.025 x 0.4; x 0.95 / 1.035 = 0.9178...
    assert worlds.priced(made).case()["told_long"] == 4.79  # 2.50 + 2.29 (2.2946...)
    nobody = worlds.priced(one(preset="observed", rates=[study("care", 0, 0.6, 0.4, 0.9)])).lines()
    # measured: it happened to nobody
    assert nobody[["chance", "amount", "note"]].values.tolist() == [[0.0, 0.0, ""]]
    for rates in ((), [study("care", None, 0.6, 0.4, 0.9)], [study("care", 0.1, 0.6, use="no")]):
        unrated = worlds.priced(one(preset="observed", rates=rates, years=2))
        shown = unrated.lines()[["year", "amount", "note"]]
        assert shown.values.tolist() == [[0, 0.0, "no observed rate"]]
        assert unrated.lines()[["chance", "prevented", "weight"]].isna().all(axis=None)
        assert (unrated.case()["told_long"], unrated.case()["unpriced_futures"]) == (0, 0)


def test_what_has_no_observed_rate_is_set_aside_before_anything_can_be_counted_twice():
    rates = [study("care", 0.5, 0.5, 0.2, 0.8), study("cell", 0.5, 0.5, 0.2, 0.8)]
    rivals = [future("care", "home", group="g"), future("court", "palace", group="g")]
    costs = [cost("home", 100), cost("palace", 900, contains="part"), cost("part", 10)]
    rivals.append(future("cell", "part"))
    made = world(costs, rivals, rates, preset="observed", **avoided("care", "court", "cell"))
    notes, amounts = standing(made)
    assert notes["court", "palace"] == "no observed rate"
    assert amounts == {("care", "home"): 25.0, ("court", "palace"): 0.0, ("cell", "part"): 2.5}


def test_what_was_told_is_the_flow_with_all_of_it_prevented_each_line_rounded_so():
    half = {"prevented": "evidence", "default_prevented": 0.25, "deadweight": 0.5}
    made = one(half, value=0.03, years=3)
    made["tables"]["process"] = [{**spent(1), "source_row": "process.csv:2"}]
    found = worlds.priced(made).case()
    # 3 x 0.015, up; 3 x 0.00375, down
    assert (found["told_long"], found["avoided_long"]) == (0.06, 0.0)
    assert found["break_even_share"] == pytest.approx(40 / 0.06, rel=1e-12)


@each("changed gbp", "costing", "years")
def test_each_assumption_has_its_place_year_by_year(changed, gbp):
    assert list(flows(one(changed, years=3, grade=5)).values()) == gbp


@pytest.mark.parametrize("start", [15, 16.5, 40])
def test_a_spell_beyond_the_horizon_keeps_one_line_at_nought(start):
    line = worlds.priced(one(start=start)).lines()[["year", "amount", "quantity", "note"]]
    assert line.values.tolist() == [[0, 0.0, 0.0, "begins after the long term"]]


def test_a_flow_carries_what_it_is_made_of():
    spell = {"people": 2, "quantity": 3, "start": 0.5, "years": 1, "item_grade": 3, "grade": 2}
    line = worlds.priced(one(preset="public_purse", **spell)).lines().iloc[1]
    assert list(line[["case_id", "stage", "element", "item", "payer", "unit", "source_row"]]) == [
        *("c1", "future", "care", "home", "local_authority", "episode", "moderation.csv:2")
    ]
    numbers = line[["year", "quantity", "unit_value", "grade", "chance", "prevented", "weight"]]
    assert numbers.tolist() == [1, 3.0, 100.0, 3, 0.7, 0.25, 0.175]
    assert (line["price_year"], line["amount"], line["note"]) == ("2010-11", 43.37, "")


@each("agreed costed why_not", "costing", "does_not_count")
def test_a_future_that_does_not_count_stands_at_nought_and_says_why(agreed, costed, why_not):
    made = one()
    rulings = [] if agreed is None else [ruling("care", **agreed)]
    made["tables"] |= {"moderation": rulings, "cases": [case("c1", costed)]}
    line = worlds.priced(made).lines()[["amount", "year", "note"]]
    assert line.values.tolist() == [[0.0, 0, why_not]]


def test_of_an_overlap_group_the_costliest_alone_stays_and_what_is_out_contains_nothing():
    spells = [future("care", "home", start=at, group="placed") for at in (0, 1)]
    spells += [future("court", "unit", group="placed"), future("school", "part")]
    costs = [cost("home", 100), cost("unit", 150, contains="part"), cost("part", 50)]
    notes, amounts = standing(world(costs, spells, **avoided("care", "court", "school")))
    # care 100 + 100 = 200; court 150
    assert notes["court", "unit"] == "stands for the same as care, which costs more"
    assert (amounts["court", "unit"], amounts["school", "part"]) == (0, 50)


def test_a_tie_goes_to_the_first_code_in_the_alphabet():
    for order in (["alarm", "bell", "chime"], ["chime", "bell", "alarm"]):
        spells = [future(code, "home", group="g") for code in order]
        _, amounts = standing(world([cost("home", 100)], spells, **avoided(*order)))
        assert amounts == {("alarm", "home"): 100, ("bell", "home"): 0, ("chime", "home"): 0}


def contained(spells, **contains):
    """A world whose items contain each other as said."""
    values = {"whole": 100, "part": 10, "piece": 1}
    items = [cost(name, of, contains=contains.get(name, "")) for name, of in values.items()]
    return world(items, spells, **avoided(*dict.fromkeys(row["future"] for row in spells)))


def test_a_row_whose_item_another_row_contains_is_left_out_and_still_contains():
    spells = [future("a", "whole"), future("b", "part"), future("c", "piece")]
    notes, amounts = standing(contained(spells, whole="part"))
    assert notes["b", "part"] == "already in the cost of whole"
    assert list(amounts.values()) == [100, 0, 1]
    assert list(standing(contained(spells, whole="part", part="piece"))[1].values()) == [100, 0, 0]


@pytest.mark.parametrize(("vintage", "unpriced"), [("larc4", 1), ("current", 2)])
def test_a_counted_future_without_a_price_has_a_blank_amount(vintage, unpriced):
    library, told = [future("grief"), future("care", "home")], avoided("grief", "care")
    priced = worlds.priced(world([cost("home", 100)], library, vintage=vintage, **told))
    assert priced.lines("grief")[["amount", "note"]].isna().values.tolist() == [[True, False]]
    assert priced.lines("grief")["note"].tolist() == ["no national cost"]
    assert priced.lines("care")["amount"].isna().tolist() == [vintage == "current"]
    assert priced.case()["unpriced_futures"] == unpriced
