"""The definitions of the published figures, on a round small enough to count by hand."""

from io import StringIO

import pandas as pd
import pytest

from larcnb.consortium import published
from larcnb.errors import LarcError


def table(text):
    return pd.read_csv(StringIO(text.replace(" ", "")))


# Two authorities with a case of the same name in each, and a third that sent nothing.
TABLES = {
    "cases": table("authority,case_id,costed\n A,c1,yes\n A,c2,no\n B,c1,yes"),
    "process": table(
        """authority,case_id,element,meeting_no,hours
        A,c1,tac_meeting,1,1\n A,c1,tac_meeting,1,1.5\n A,c1,tac_meeting,2,1.25
        B,c1,tac_meeting,1,2\n B,c1,review,1,9"""
    ),
    "interventions": table(
        """authority,case_id,support,item,status
        A,c1,parenting,home_start,delivered\n A,c1,parenting,counsellor,delivered
        A,c1,education,teacher,delivered\n B,c1,parenting,teacher,delivered
        B,c1,parenting,teacher,delivered\n B,c1,education,counsellor,delivered
        B,c1,respite,home_start,unavailable"""
    ),
    "futures": table(
        """authority,case_id,future,perspective
        A,c1,care,parent\n A,c1,theft,parent\n A,c1,care,child\n B,c1,care,parent"""
    ),
    "outcomes": table(
        """authority,case_id,perspective,change
        A,c1,parent,better\n A,c2,parent,same\n B,c1,practitioner,much_better"""
    ),
    "moderation": table(
        """authority,case_id,future,likelihood,accepted
        A,c1,care,likely,yes\n A,c1,theft,highly_likely,no
        A,c2,care,possible,yes\n B,c1,home,highly_likely,yes"""
    ),
    "needs": table("authority,case_id,subject,need\n A,c1,parent,housing\n B,c1,child,education"),
    "children": table("authority,case_id,age_band\n A,c1,0-5\n A,c1,0-5\n B,c1,unborn"),
}
CASES = table(
    """authority,case_id,costed,process,inputs,saving_short,conservative
    A,c1,yes,900,950,-0.01,yes\n A,c2,no,,,,\n B,c1,yes,1000,1000,0,no"""
)
FUTURES = table(
    """future,theme,overlap_group
    care,social_care,looked_after\n care,social_care,looked_after
    home,social_care,looked_after\n theft,police,"""
)


def compare(*figures):
    rows = [(key, "2", "all", "a", "count", "its words", *ends, "cases") for key, *ends in figures]
    printed = pd.DataFrame(rows, columns=published.PRINTED)
    return published.compare(printed, ("A", "B", "C"), TABLES, CASES, FUTURES)


@pytest.mark.parametrize(
    ("figure", "by_hand"),
    [
        ("n_authorities_participating", 3),  # the silent one took part
        ("n_authorities_reporting", 2),
        ("n_no_financial_data", 1),
        ("n_fam_age_0_5", 1),
        ("n_interviews", 5),  # parent, child; parent of c2; parent, practitioner
        ("need_parent_housing", 1),
        ("tac_meetings_mean", 1),  # 2, 0 and 1: a review is no meeting
        ("tac_meetings_min", 0),
        ("tac_meetings_max", 2),
        ("tac_duration_typical", 1.375),  # of 1, 1.25, 1.5, 2
        ("support_three_or_more_services", 1),  # twice is one service, one not had is none
        ("support_parenting", 2),  # c1 of one authority is not c1 of the other
        ("future_social_care", 2),  # not c2: agreed possible only
        ("future_looked_after", 2),
        ("future_police", 0),  # not accepted
        ("improved_all", 2),
        ("process_under_1000", 1),
        ("process_1000_to_5000", 1),  # both ends count
        ("short_losses", 1),  # a penny is a loss, nothing is none
        ("long_conservative", 1),
        ("toby_inputs", float("nan")),  # a case study that the round lacks
    ],
)
def test_a_figure_by_hand(figure, by_hand):
    found = compare((figure, 0, 99))
    assert found["computed"].item() == pytest.approx(by_hand, nan_ok=True)
    assert found["met"].item() == (by_hand == by_hand)


@pytest.mark.parametrize(
    ("low", "high", "met"), [(3, 3, True), (2, 4, True), (3.5, 4, False), (1, 2.99, False)]
)
def test_a_figure_is_met_within_its_interval_ends_included(low, high, met):
    found = compare(("n_authorities_participating", low, high), ("n_costed", 32, 32))
    assert found["met"].tolist() == [met, False]
    assert found["id"].tolist() == ["n_authorities_participating", "n_costed"]
    assert found.columns.tolist() == published.COLUMNS


def test_a_published_figure_without_a_definition_is_refused_by_name():
    with pytest.raises(LarcError, match=r"1 published figure\(s\): n_wizards\. Add each"):
        compare(("n_wizards", 1, 1), ("n_costed", 32, 32))


def test_the_figures_stand_by_section_with_least_and_most_told_apart_and_a_tick():
    printed = pd.DataFrame(
        [
            (
                "3.1",
                "all",
                "preparation cost",
                "max",
                "up to £2300",
                2250,
                2300,
                "GBP",
                2271.4,
                True,
            ),
            ("3.1", "all", "preparation cost", "min", "under £50", 0.01, 49.99, "GBP", 37.0, True),
            ("3.1", "all", "saving", "min", "a loss", -14049.99, -13950, "GBP", -15000.0, False),
            ("2.2", "all", "meetings", "mean", "three to four", 3, 4, "meetings", 3.82, True),
            (
                "3.2",
                "case study Toby",
                "saving",
                "value",
                "£299000",
                298500,
                299500,
                "GBP",
                None,
                False,
            ),
        ],
        columns=published.COLUMNS[1:],
    )
    two, three, cases = map(str, published.by_section(printed.assign(id="x")).tables)
    assert two.splitlines()[0] == "2.2 Meetings: 1 of 1 met."
    assert "Meetings, mean | three to four | 3 to 4 meetings | 3.82 | ✓\xa0met" in two
    firsts = [line.partition(" |")[0] for line in three.splitlines()[2:]]
    assert firsts == ["Preparation cost, least", "Preparation cost, most", "Saving, least"]
    assert "| −£14,049.99 to −£13,950.00 | −£15,000 | ✗ NOT MET" in three  # true minus signs
    assert "Saving, Toby | £299000 | £298,500 to £299,500 | – | ✗ NOT MET" in cases
