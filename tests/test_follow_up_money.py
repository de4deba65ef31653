"""A future that came anyway is not avoided (docs/method.md part 9). Worked by hand; all figures are invented."""

import pytest
import worlds
from worlds import cost, future, spent, world

from larcnb import costing
from larcnb.sensitivity.scenarios import Appraiser


def followed(code="care", happened="yes"):
    """One row of follow_up."""
    month = 8 if happened == "yes" else None
    row = {"case_id": "c1", "future": code, "happened": happened, "month": month}
    return row | {"followed_months": 24, "source": "record"}


CAME = followed()


def came(follow_up="apply", preset="larc", rows=(CAME,), told=("care",), costs=(), **more):
    """Care of 1,000 GBP a year for six years from half a year on, told of, and what followed; inputs of 40 GBP."""
    care = future("care", "home", start=0.5, years=6, group=more.get("group", ""))
    return worlds.priced(
        world(
            [cost("home", 1000, contains=more.get("contains", "")), *costs],
            [care, *more.get("library", ())],
            preset=preset,
            assumptions={"follow_up": follow_up},
            process=[spent(1)],
            follow_up=rows,
            **worlds.avoided(*told),
        )
    )


def test_a_future_that_came_in_month_8_of_a_six_year_flow_is_told_and_not_avoided():
    lines = came().lines()[["item", "year", "quantity", "amount", "note"]]
    assert lines.values.tolist() == [["home", 0, 6.0, 0.0, "happened anyway"]]
    case = came().case()
    # inputs 1 hour x 40; told 6 years x 1,000 whatever the month; nothing avoided: 0 - 40
    assert case[["told_long", "avoided_long", "saving_long"]].tolist() == [6000.0, 0.0, -40.0]
    assert case["break_even_share"] == pytest.approx(40 / 6000)
    ignored = came("ignore").case()
    assert ignored[["told_long", "avoided_long", "saving_long"]].tolist() == [6000, 6000, 5960]


def test_told_keeps_each_discounted_line_to_the_penny():
    # 1,000 x share of year x 0.7 x (0.95 / 1.035)^t, t = 0 .. 6: half of years 0 and 6
    by_hand = [350.00, 642.51, 589.75, 541.31, 496.86, 456.05, 209.30]
    assert came(preset="public_purse").case()["told_long"] == pytest.approx(sum(by_hand), abs=1e-9)
    assert came(preset="public_purse").case()["avoided_long"] == 0


NOTHING = {"none": (), "no": (followed(happened="no"),), "again": (followed("re_referral"),)}


@pytest.mark.parametrize("rows", NOTHING.values(), ids=list(NOTHING))
def test_without_a_future_that_came_every_figure_is_as_before(rows):
    assert came(rows=rows).ledger.equals(came("ignore", rows=()).ledger)
    assert came(rows=rows).cases.equals(came("ignore", rows=()).cases)


def test_it_takes_its_part_against_counting_twice_as_any_other():
    # of one group the costlier stays, though it came and nothing of it is avoided
    rival = {"library": [future("stay", "bed", group="away")], "costs": [cost("bed", 10)]}
    made = came(told=("care", "stay"), group="away", **rival)
    assert made.lines("stay")["note"].tolist() == ["stands for the same as care, which costs more"]
    assert made.case()[["avoided_long", "told_long"]].tolist() == [0.0, 6000.0]
    # and what its item contains is left out too
    inner = came(told=("care", "stay"), contains="bed", **rival)
    assert inner.lines("stay")["note"].tolist() == ["already in the cost of home"]


def test_an_unpriced_future_that_came_leaves_nothing_out_of_the_saving():
    unpriced = [future("hurt")]
    left = came(rows=(), library=unpriced, told=("hurt",)).case()
    came_too = came(rows=(followed("hurt"),), library=unpriced, told=("hurt",)).case()
    assert (left["unpriced_futures"], came_too["unpriced_futures"]) == (1, 0)


def test_every_draw_leaves_it_out_as_the_ledger_does():
    made = came(
        told=("care", "stay"), library=[future("stay", "bed", years=2)], costs=[cost("bed", 50)]
    )
    appraiser = Appraiser(made.tables, made.library, made.prices, made.ledger, "")
    for a, avoided in ((made.assumptions, 100), (costing.all_prevented(made.assumptions), 6100)):
        assert appraiser.evaluate(a).long.sum() == avoided
    assert made.case()[["avoided_long", "told_long"]].tolist() == [100.0, 6100.0]
