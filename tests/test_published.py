"""The statistics behind the published figures, on a round small enough to count by hand."""

import pandas as pd
import pytest

from larcnb.consortium import published
from larcnb.consortium.published import Study
from larcnb.errors import LarcError

A, B = "la-01", "la-02"


def frame(columns, *rows):
    return pd.DataFrame(rows, columns=["authority", "case_id", *columns.split()])


@pytest.fixture
def small():
    """Two authorities with a case of the same name in each, and a third that sent nothing."""
    tables = {
        "cases": frame("costed", (A, "c1", "yes"), (A, "c2", "no"), (B, "c1", "yes")),
        "process": frame(
            "element meeting_no hours",
            (A, "c1", "tac_meeting", 1, 1.0),
            (A, "c1", "tac_meeting", 1, 1.5),
            (A, "c1", "tac_meeting", 2, 1.25),
            (B, "c1", "tac_meeting", 1, 2.0),
            (B, "c1", "review", 1, 9.0),
        ),
        "interventions": frame(
            "support item status",
            (A, "c1", "parenting", "home_start", "delivered"),
            (A, "c1", "parenting", "counsellor", "delivered"),
            (A, "c1", "education", "teacher", "delivered"),
            (B, "c1", "parenting", "teacher", "delivered"),
            (B, "c1", "parenting", "teacher", "delivered"),
            (B, "c1", "education", "counsellor", "delivered"),
            (B, "c1", "respite", "home_start", "unavailable"),
        ),
        "futures": frame(
            "future perspective",
            (A, "c1", "care", "parent"),
            (A, "c1", "theft", "parent"),
            (A, "c1", "care", "child"),
            (B, "c1", "care", "parent"),
        ),
        "outcomes": frame(
            "perspective change",
            (A, "c1", "parent", "better"),
            (A, "c2", "parent", "same"),
            (B, "c1", "practitioner", "much_better"),
        ),
        "moderation": frame(
            "future likelihood accepted",
            (A, "c1", "care", "likely", "yes"),
            (A, "c1", "theft", "highly_likely", "no"),
            (A, "c2", "care", "possible", "yes"),
            (B, "c1", "home", "highly_likely", "yes"),
        ),
    }
    cases = frame(
        "costed process inputs saving_short conservative",
        (A, "c1", "yes", 900.0, 950.0, -0.01, "yes"),
        (A, "c2", "no", None, None, None, None),
        (B, "c1", "yes", 1000.0, 1000.0, 0.0, "no"),
    )
    library = pd.DataFrame(
        [
            ("care", "social_care", "in_care"),
            ("care", "social_care", "in_care"),
            ("home", "social_care", "in_care"),
            ("theft", "police", None),
        ],
        columns=["future", "theme", "overlap_group"],
    )
    return Study((A, B, "la-03"), tables, cases, library)


@pytest.mark.parametrize(
    ("statistic", "by_hand"),
    [
        (published.FIGURES["n_authorities_participating"], 3),  # the silent one took part
        (published.FIGURES["n_authorities_reporting"], 2),
        (published.rows("cases", costed="no"), 1),
        (
            published.families("cases", costed="yes"),
            2,
        ),  # c1 of one authority is not c1 of the other
        (published.interviews, 5),  # parent, child; parent of c2; parent, practitioner
        (published.meetings("mean"), 1),  # 2, 0 and 1: a review is no meeting
        (published.meetings("min"), 0),
        (published.meetings("max"), 2),
        (published.meeting_hours, 1.375),  # of 1, 1.25, 1.5, 2
        (published.three_services, 1),  # an item twice is one service, one not had is none
        (published.FIGURES["support_parenting"], 2),
        (published.families("avoided", theme="social_care"), 2),  # not c2: agreed possible only
        (published.families("avoided", overlap_group="in_care"), 2),
        (published.families("avoided", theme="police"), 0),  # not accepted
        (published.FIGURES["improved_all"], 2),
        (published.money("process", "min"), 900),
        (published.money("process", "mean"), 950),
        (published.FIGURES["process_under_1000"], 1),
        (published.FIGURES["process_1000_to_5000"], 1),  # both ends count
        (published.FIGURES["short_losses"], 1),  # a penny is a loss, nothing is none
        (published.FIGURES["long_conservative"], 1),
        (published.named("c1", "process"), 900),
    ],
)
def test_statistic_by_hand(small, statistic, by_hand):
    assert statistic(small) == by_hand


@pytest.mark.parametrize(
    ("low", "high", "met"),
    [(3, 3, True), (2, 4, True), (3.5, 4, False), (1, 2.99, False)],
)
def test_a_figure_is_met_within_its_interval_ends_included(small, low, high, met):
    beside = compare(small, ("n_authorities_participating", low, high))
    assert beside["computed"].tolist() == [3]
    assert beside["met"].tolist() == [met]


def test_a_case_study_the_round_lacks_is_blank_and_not_met(small):
    beside = compare(small, ("toby_inputs", 5450, 5549.99))
    assert beside["computed"].isna().all()
    assert not beside["met"].any()


def test_figures_keep_the_order_and_words_of_the_list(small):
    beside = compare(small, ("n_costed", 32, 32), ("n_case_studies", 39, 39))
    assert beside["id"].tolist() == ["n_costed", "n_case_studies"]
    assert beside.columns.tolist() == published.COLUMNS


def test_a_published_figure_without_a_definition_is_refused_by_name(small):
    with pytest.raises(LarcError, match=r"1 published figure\(s\): n_wizards\. Add each"):
        compare(small, ("n_wizards", 1, 1), ("n_costed", 32, 32))


def test_nothing_given_is_changed(small):
    before = {name: table.copy() for name, table in small.tables.items()}
    compare(small, ("future_social_care", 1, 1), ("n_interviews", 1, 1))
    assert all(before[name].equals(table) for name, table in small.tables.items())


def compare(of, *figures):
    printed = pd.DataFrame(
        [
            (key, "2", "39 families", "a quantity", "count", "its words", low, high, "cases")
            for key, low, high in figures
        ],
        columns=published.COLUMNS[:-2],
    )
    return published.compare(printed, of.authorities, of.tables, of.cases, of.futures)


PRINTED = [
    ("3.1", "32 costed", "preparation cost", "max", "up to £2300", 2250, 2300, "GBP", 2271.4, True),
    (
        "3.1",
        "32 costed",
        "preparation cost",
        "min",
        "less than £50",
        0.01,
        49.99,
        "GBP",
        37.0,
        True,
    ),
    (
        "3.1",
        "32 costed",
        "saving",
        "min",
        "a loss of £14000",
        -14049.99,
        -13950,
        "GBP",
        -15000.0,
        False,
    ),
    ("2.2", "39 families", "meetings", "mean", "three to four", 3, 4, "meetings", 3.82, True),
    ("3.2", "case study Toby", "saving", "value", "£299000", 298500, 299500, "GBP", None, False),
]


def test_the_figures_stand_by_section_with_least_and_most_told_apart_and_a_tick():
    compared = pd.DataFrame(PRINTED, columns=published.COLUMNS[1:]).assign(id="x")
    two, three, cases = map(str, published.by_section(compared).tables)
    assert two.splitlines()[0] == "2.2 Meetings: 1 of 1 met."
    assert "Meetings, mean | three to four | 3 to 4 meetings | 3.82 | ✓\xa0met" in two
    assert [line.partition(" |")[0] for line in three.splitlines()[2:]] == [
        "Preparation cost, least",
        "Preparation cost, most",
        "Saving, least",
    ]
    assert "| −£14,049.99 to −£13,950.00 | −£15,000 | ✗ NOT MET" in three  # true minus signs
    assert "Saving, Toby | £299000 | £298,500 to £299,500 | – | ✗ NOT MET" in cases
