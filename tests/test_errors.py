"""What a user can put right: problems and the one exception that carries them."""

import pickle

import pytest

from larcnb.errors import REFUSED, USAGE, WITHHELD, LarcError, Problem, nearest

PROCESS = Problem(
    "la-03/return.xlsx",
    "process",
    14,
    "hours",
    "not-a-number",
    "'x' is not a number.",
    "Write 1.5.",
    cell="F14",
)


def test_a_problem_says_where_what_and_what_to_do():
    assert str(PROCESS) == (
        "ERROR not-a-number  la-03/return.xlsx, sheet 'process', row 14, column 'hours' (F14): "
        "'x' is not a number. Write 1.5."
    )


def test_a_problem_of_params_names_line_and_key():
    problem = Problem("params/la-01.yaml", "", 3, "vintage", "not-allowed", "No.")
    assert str(problem) == "ERROR not-allowed  params/la-01.yaml, line 3, key 'vintage': No."


def test_a_problem_says_no_more_than_is_known():
    problem = Problem(
        "la-03", "", 0, "", "missing-table", "There is no cases.csv.", severity="warning"
    )
    assert str(problem) == "WARNING missing-table  la-03: There is no cases.csv."


def test_an_error_tells_every_problem_in_the_order_of_file_sheet_and_row():
    problems = [
        Problem(file, "", row, "", "c", "m")
        for file, row in (("b", 2), ("a", 11), ("b", 1), ("a", 2))
    ]
    error = LarcError("Refused.", problems, REFUSED)
    assert [(p.file, p.row) for p in error.problems] == [("a", 2), ("a", 11), ("b", 1), ("b", 2)]
    assert str(error).splitlines()[0] == "Refused."
    assert len(str(error).splitlines()) == 5


def test_exit_codes_are_the_contract_s():
    assert (USAGE, REFUSED, WITHHELD) == (2, 3, 4)
    assert LarcError("No.").exit_code == 2


def test_an_error_survives_a_process_pool():
    error = pickle.loads(pickle.dumps(LarcError("Refused.", [PROCESS], REFUSED)))
    assert (error.message, error.problems, error.exit_code) == ("Refused.", [PROCESS], 3)
    assert "row 14" in str(error)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("discont_rate", "Did you mean 'discount_rate'?"),
        ("DEADWEIGHT", "Did you mean 'deadweight'?"),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_the_nearest_known_word_is_offered_where_one_is_near(word, said):
    assert nearest(word, ["discount_rate", "deadweight"]) == said
