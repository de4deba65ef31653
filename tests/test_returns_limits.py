"""The edges of what a reader takes: the largest file, the odd one and the damaged one, each in its own words."""

from pathlib import Path

import pytest

from larcnb.returns import grid as grids
from larcnb.returns.tables import read_table
from larcnb.schema import RETURN

HEADER = "case_id,subject,need\n"
ROW = "A,child,behaviour\n"


def table_of(tmp_path: Path, text: str | bytes):
    path = tmp_path / "needs.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, RETURN["needs"], "la-99/needs.csv")


def told(problems) -> list[tuple]:
    return [(p.row, p.code) for p in problems]


def test_a_table_has_at_most_so_many_bytes_and_rows(tmp_path):
    path = tmp_path / "needs.csv"

    def kept(text):
        path.write_text(text, newline="")
        grid = grids.read_csv(path, RETURN["needs"], "la-99/needs.csv", most=2)
        return [row for row, _ in grid.rows], told(grid.problems)

    assert kept(HEADER + ROW + "\n" + ROW) == ([1, 2, 4], [])
    assert kept(HEADER + ROW * 3) == ([], [(4, "too-many-rows")])
    assert kept(HEADER + "\n" * 1000) == ([], [(0, "too-large")])


def test_only_columns_that_hold_values_are_counted(tmp_path):
    assert told(table_of(tmp_path, HEADER + ROW.strip() + "," * 100 + "\n")[1]) == []
    wide = ",".join(f"x{at}" for at in range(61))
    frame, (found,) = table_of(tmp_path, f"{HEADER}{ROW}{wide}\n")
    assert frame.empty and (found.row, found.code) == (3, "too-many-columns")
    assert "(see BI3)" in found.message
    sixty = table_of(tmp_path, HEADER + wide.removeprefix("x0,"))[1]
    assert "too-many-columns" not in {p.code for p in sixty}


@pytest.mark.parametrize(
    ("raw", "codes", "rows"),
    [
        (HEADER.encode("utf-16-be"), ["encoding"], 0),
        (b"\xd0\xcf\x11\xe0" + b"x" * 8, ["not-csv"], 0),
        *(((HEADER + ROW).replace(",", m).encode(), ["delimiter"], 1) for m in "|:"),
    ],
)
def test_a_csv_in_another_form_is_named_once_and_read_where_it_can_be(raw, codes, rows, tmp_path):
    frame, problems = table_of(tmp_path, raw)
    assert ([p.code for p in problems], len(frame)) == (codes, rows)
