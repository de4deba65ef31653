"""What a user can put right: problems and the one exception that carries them."""

import pickle

from larcnb.errors import REFUSED, USAGE, WITHHELD, LarcError, Problem

WHERE = ("la-03/return.xlsx", "process", 14, "hours", "not-a-number", "'x' is not a number.")
PROCESS = Problem(*WHERE, "Write 1.5.", cell="F14")


def test_a_problem_says_where_what_and_what_to_do_and_no_more_than_is_known():
    assert str(PROCESS) == (
        "ERROR not-a-number  la-03/return.xlsx, sheet 'process', row 14, column 'hours' (F14): "
        "'x' is not a number. Write 1.5."
    )
    problem = Problem("params/la-01.yaml", "", 3, "vintage", "not-allowed", "No.")
    assert str(problem) == "ERROR not-allowed  params/la-01.yaml, line 3, key 'vintage': No."
    problem = Problem("la-03", "", 0, "", "missing-table", "It is not there.", severity="warning")
    assert str(problem) == "WARNING missing-table  la-03: It is not there."


def test_an_error_tells_every_problem_in_the_order_of_file_sheet_and_row():
    rows = [("b", 2), ("a", 11), ("b", 1), ("a", 2)]
    error = LarcError("Refused.", [Problem(file, "", row, "", "c", "m") for file, row in rows])
    assert [(p.file, p.row) for p in error.problems] == [("a", 2), ("a", 11), ("b", 1), ("b", 2)]
    assert str(error).startswith("Refused.\n") and len(str(error).splitlines()) == 5


def test_exit_codes_are_the_contract_s_and_an_error_survives_a_process_pool():
    assert (USAGE, REFUSED, WITHHELD) == (2, 3, 4) and LarcError("No.").exit_code == 2
    error = pickle.loads(pickle.dumps(LarcError("Refused.", [PROCESS], REFUSED)))
    assert (error.message, error.problems, error.exit_code) == ("Refused.", [PROCESS], 3)
