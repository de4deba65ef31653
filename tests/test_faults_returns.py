"""Faults that people who do this job told of, in what they send: each test is named for what is true now.

Files in; exit code, words and figures out. A root of two made-up authorities is written once and copied.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.styles import Font, PatternFill
from test_cli import larcnb

from larcnb import codes
from larcnb.library import load_library
from larcnb.params import load_authority
from larcnb.returns import read_return
from larcnb.returns.template import tables_from_csv, write_template
from larcnb.root import Root
from larcnb.synth import write_root

A, B = "synth-001", "synth-002"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A root, and each return's workbook form."""
    folder = tmp_path_factory.mktemp("world")
    write_root(folder / "root", 2, 6, 3, "larc4")
    root = Root(folder / "root")
    authority = load_authority(root, A)
    tables = tables_from_csv(root.raw(A), A)
    write_template(folder / "return.xlsx", authority, load_library(root), tables)
    return folder


@pytest.fixture
def root(world, tmp_path):
    shutil.copytree(world / "root", tmp_path / "root")
    return Root(tmp_path / "root")


def check(root, *slugs):
    return larcnb("check", *(slugs or (A,)), "--root", root.path)


def read(root, slug=A):
    authority = load_authority(root, slug)
    return read_return(root.raw(slug), slug, load_library(root, authority), authority.vintage)


def as_workbook(root, world, change=lambda book: None):
    """The return of A as a workbook, changed."""
    for path in root.raw(A).glob("*.csv"):
        path.unlink()
    book = openpyxl.load_workbook(world / "return.xlsx")
    change(book)
    book.save(root.raw(A) / "return.xlsx")


def rows_of(root, table, slug=A):
    with (root.raw(slug) / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_rows(root, table, rows, slug=A):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    (root.raw(slug) / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")


def put(root, table, column, value, at=1):
    rows = rows_of(root, table)
    rows[at][rows[0].index(column)] = value
    write_rows(root, table, rows)


# free text


@pytest.mark.parametrize(
    "note",
    ["one\ntwo", "one\r\ntwo", "one\rtwo", "\none\ttwo\n", "one\u00a0two", "a, b\nc, d\n\n- e"],
)
def test_line_breaks_tabs_and_hard_spaces_in_notes_are_harmless_in_a_csv_file(root, note):
    put(root, "moderation", "note", note)
    code, said = check(root)
    assert (code, "no errors, no warnings" in said) == (0, True), said
    assert read(root).tables["moderation"].loc[0, "note"] == note.strip()


@pytest.mark.parametrize(
    "note",
    [
        "one\ntwo",
        "one\r\ntwo",
        "one\ttwo",
        "one\u00a0two",
        "\u2022 one\n\u2022 two \U0001f468\u200d\U0001f467",
        "\U0001f3f4\U000e0067\U000e0062\U000e007f",
    ],
)
def test_line_breaks_tabs_and_hard_spaces_in_notes_are_harmless_in_a_workbook(root, world, note):
    as_workbook(root, world, lambda book: book["moderation"].cell(3, 6, note))
    code, said = check(root)
    assert (code, "no errors, no warnings" in said) == (0, True), said
    assert read(root).tables["moderation"].loc[0, "note"].split() == note.split()


def test_a_note_of_line_breaks_alone_is_an_empty_one(root):
    put(root, "cases", "not_costed_reason", "\n \n")
    assert check(root)[0] == 0 and pd.isna(read(root).tables["cases"].loc[0, "not_costed_reason"])


@pytest.mark.parametrize(
    ("table", "column"),
    [("moderation", "note"), ("process", "hours"), ("cases", "not_costed_reason")],
)
def test_a_quotation_mark_left_open_is_found_by_the_rows_it_swallowed(root, table, column):
    path = root.raw(A) / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = lines[0].split(",").index(column)
    first, last = lines[1].split(","), lines[3]
    first[at] = '"' + first[at]
    lines[1], lines[3] = ",".join(first), last + '"'
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, said = check(root)
    assert code == 3 and re.search(f"ERROR quote .*{table}.csv, row 2.*opened", said), said


def test_a_quotation_mark_left_open_in_a_national_table_is_found(root):
    (root.path / "data/raw/national").mkdir()
    source = Root(root.path).national("deflators.csv").read_text(encoding="utf-8").splitlines()
    shape = source[0].split(",")
    assert shape == ["year", "index", "source"]
    source[2] = ",".join([*source[2].split(",")[:2], '"open'])
    source[4] = ",".join([*source[4].split(",")[:2], 'closed"'])
    (root.path / "data/raw/national/deflators.csv").write_text(
        "\n".join(source) + "\n", encoding="utf-8"
    )
    code, said = check(root)
    assert code == 2 and "quote  national/deflators.csv, row 3" in said, said


# suggestions

TURNED = {
    ("moderation", "likelihood"): {
        "very unliekly": "very_unlikely",
        "most likely": "",
        "lively": "",
        "improbable": "unlikely",
        "Very likely": "highly_likely",
        "very  likely": "highly_likely",
        "highly unlikely": "very_unlikely",
        "extremely likely": "highly_likely",
        "quite likely": "",
        "fairly unlikely": "",
        "not unlikely": "",
        "nlikely": "",
        "impossible": "",
        "likley": "likely",
        "unlikly": "unlikely",
        "certain": "",
        "high": "",
        "more likely than not": "",
        "not very likely": "",
    },
    ("cases", "status"): {
        "ongoing": "open",
        "completed": "closed",
        "closd": "closed",
        "not open": "",
        "unclosed": "",
    },
    ("cases", "costed"): {
        "Y": "yes",
        "n": "no",
        "not costed": "",
        "unknown": "",
        "nes": "",
        "now": "",
        "none": "",
    },
    ("interventions", "status"): {
        "not delivered": "",
        "undelivered": "",
        "available": "",
        "threshold met": "",
        "refused": "declined",
        "not available": "unavailable",
        "not declined": "",
        "decided": "",
        "defined": "",
        "unavoidable": "",
    },
    ("process", "role"): {
        "HV": "health_visitor",
        "Social Worker": "social_worker",
        "socal worker": "social_worker",
        "SENDCO": "senco",
        "EWO": "education_welfare_officer",
        "headteacher": "head_teacher",
        "adult social worker": "",
        "xyzzy": "",
        "psychologist": "",
        "doctor": "",
        "deputy head": "",
        "tutor": "",
    },
    ("interventions", "item"): {
        "CBT": "cbt_session",
        "parenting course": "parenting_group",
        "not a course": "",
    },
    ("futures", "future"): {
        "in care": "looked_after",
        "permanent exclusions": "permanent_exclusion",
        "no exclusion": "",
        "exclusion": "",
    },
    ("outcomes", "change"): {
        "improved": "better",
        "not better": "",
        "beter": "better",
        "much worse": "",
    },
}


@pytest.mark.parametrize(("place", "words"), TURNED.items())
def test_a_suggestion_never_turns_a_meaning_round(root, place, words):
    table, column = place
    rows = rows_of(root, table)
    at, width = rows[0].index(column), len(rows)
    for number, word in enumerate(words):
        rows.append(list(rows[1 + number % (width - 1)]))
        rows[-1][at] = word
    write_rows(root, table, rows)
    found = {p.row: p for p in read(root).errors if p.column == column and p.code == "not-allowed"}
    for number, (word, meant) in enumerate(words.items()):
        todo = found[width + 1 + number].todo
        assert re.findall("Did you mean '(.*?)'", todo) == ([meant] if meant else []), (word, todo)
        assert (
            "Did you mean" in todo
            or "Allowed:" in todo
            or "the sheet Lists" in todo.replace("The sheet", "the sheet")
        )


def test_a_role_is_called_a_role_and_the_sheet_by_its_name(root):
    put(root, "process", "role", "xyzzy")
    code, said = check(root)
    assert (
        code == 3 and "'xyzzy' is not a known role. The sheet Lists of the return workbook" in said
    )


def test_a_column_is_never_taken_for_its_opposite(root):
    rows = rows_of(root, "cases")
    rows[0][rows[0].index("costed")] = "not_costed"
    write_rows(root, "cases", rows)
    assert "Did you mean" not in check(root)[1]


def test_payers_of_own_unit_costs_are_not_guessed(root):
    write_costs(root, payer="health authority")
    code, said = check(root)
    assert code == 3 and "Did you mean" not in said and "Allowed: local_authority, nhs" in said


# dates


def slashed(root, *pairs):
    """Write the started and closed of the first cases as given."""
    rows = rows_of(root, "cases")
    names = rows[0]
    for row, (started, closed) in zip(rows[1:], pairs, strict=False):
        row[names.index("started")], row[names.index("closed")] = started, closed
        row[names.index("status")] = "closed" if closed else "open"
    write_rows(root, "cases", rows)


def test_a_column_that_can_only_be_month_first_is_in_doubt_as_a_whole(root):
    slashed(
        root,
        ("12/21/2010", "3/9/2011"),
        ("7/5/2010", ""),
        ("11/8/2010", "8/19/2011"),
        ("5/5/2010", "6/7/2011"),
    )
    code, said = check(root)
    assert code == 3
    for column in ("started", "closed"):
        assert f"ERROR month-first  {A}/cases.csv, column '{column}'" in said
    doubtful = {p.cell for p in read(root).errors if p.cell and p.code == "month-first"}
    assert {len(doubtful), "'7/5/2010' may have its month and day exchanged" in said} == {
        4,
        True,
    }, doubtful


def test_a_column_of_dates_that_shows_no_order_follows_the_others_of_its_table(root):
    slashed(root, ("12/21/2010", "3/9/2011"), ("11/25/2010", "6/7/2011"))
    assert f"ERROR month-first  {A}/cases.csv, column 'closed'" in check(root)[1]


def test_a_month_first_column_mended_in_part_is_warned_of(root):
    slashed(
        root,
        ("21/12/2010", "3/9/2011"),
        ("7/5/2010", ""),
        ("11/8/2010", "19/08/2011"),
        ("19/04/2010", "23/08/2010"),
    )
    code, said = check(root)
    assert code == 0 and f"WARNING two-hands  {A}/cases.csv, column 'started'" in said


@pytest.mark.parametrize(
    "style", [lambda d, m, y: f"{d}/{m}/{y}", lambda d, m, y: f"{d:02}/{m:02}/{y}"]
)
def test_dates_in_english_order_are_neither_refused_nor_warned_of(root, style):
    slashed(
        root,
        (style(21, 2, 2010), style(3, 9, 2011)),
        (style(7, 5, 2010), ""),
        (style(1, 8, 2010), style(19, 9, 2010)),
    )
    assert "no errors, no warnings" in check(root)[1]


def test_both_orders_in_one_column_are_said(root):
    slashed(root, ("21/12/2010", ""), ("7/5/2010", ""), ("12/25/2010", ""))
    code, said = check(root)
    assert code == 3 and "WARNING both-orders" in said and "'12/25/2010' is not a day" in said


def test_a_database_s_word_for_no_date_is_said_for_what_it_is(root):
    slashed(root, ("2010-01-10", "1900-01-01"))
    code, said = check(root)
    assert code == 3 and "It seems to stand for no date, as databases write it" in said


def test_a_line_that_counts_rows_is_said_for_what_it_is(root):
    path = root.raw(A) / "cases.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n(6 rows affected)\n", encoding="utf-8")
    code, said = check(root)
    assert (
        code == 3 and said.count("ERROR") == 1 and "row-count" in said and "Delete the line" in said
    )


def days(root, world, *held):
    """The started of the first cases of a workbook as given: a text, or a day."""

    def change(book):
        at = [cell.value for cell in book["cases"][1]].index("started") + 1
        for row, value in enumerate(held, start=3):
            book["cases"].cell(row, at, value).number_format = "dd/mm/yyyy"

    as_workbook(root, world, change)


def test_what_excel_made_days_of_in_a_month_first_list_is_in_doubt_with_what_it_left_as_text(
    root, world
):
    days(
        root,
        world,
        dt.datetime(2010, 5, 7),
        "12/21/2010",
        dt.datetime(2010, 3, 4),
        *[dt.datetime(2010, 6, 6)] * 3,
    )
    code, said = check(root)
    assert code == 3 and "ERROR month-first" in said
    doubtful = {p.cell for p in read(root).errors if p.cell and p.code == "month-first"}
    assert doubtful == {"C3", "C5"} and "'2010-05-07' may have its month and day exchanged" in said


def test_a_day_that_can_only_be_itself_takes_the_doubt_off_the_others_but_the_two_orders_are_said(
    root, world
):
    days(root, world, dt.datetime(2010, 5, 7), "12/21/2010", dt.datetime(2010, 3, 24))
    code, said = check(root)
    assert code == 3 and "WARNING both-orders" in said and "may have" not in said


@pytest.mark.parametrize(
    "month_first", ["12/21/10", "12.21.2010", "12/21/2010 00:00", "12-21-2010"]
)
def test_dates_written_in_other_ways_show_the_order_of_their_column_too(root, month_first):
    slashed(root, (month_first, ""), ("7/5/2010", ""))
    code, said = check(root)
    assert code == 3 and "ERROR month-first" in said and "'7/5/2010' may have" in said


def test_a_column_with_the_day_after_the_year_is_in_doubt_as_a_whole(root):
    slashed(root, ("2010-21-02", "2011-03-09"), ("2010-05-07", ""), *[("2010-06-06", "")] * 4)
    code, said = check(root)
    assert code == 3 and "ERROR day-second" in said and "'2010-05-07' may have" in said
    assert (
        "'2010-21-02' is not a day of the calendar" in said and "The day comes before" not in said
    )
    assert "'2011-03-09'" not in said


# what a sheet shows, and what it holds


def styled(table, row, **looks):
    def change(book):
        for cell in book[table][row]:
            for name, value in looks.items():
                setattr(cell, name, value)

    return change


@pytest.mark.parametrize(
    ("looks", "code"),
    [
        ({"font": Font(strike=True)}, "struck-through"),
        ({"font": Font(color="FFFFFFFF")}, "unseen-text"),
        (
            {"font": Font(color="FF00FF00"), "fill": PatternFill("solid", fgColor="FF00FF00")},
            "unseen-text",
        ),
        ({"number_format": ";;;"}, "unseen-text"),
    ],
)
def test_rows_the_reader_s_eye_passes_over_are_warned_of(root, world, looks, code):
    as_workbook(root, world, styled("process", 4, **looks))
    exit_code, said = check(root)
    assert exit_code == 0 and re.search(f"WARNING {code} .*sheet 'process', row 4: 1 row", said), (
        said
    )


def test_words_struck_through_within_a_cell_are_warned_of(root, world):
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    note = CellRichText(TextBlock(InlineFont(strike=True), "not agreed"))
    as_workbook(root, world, lambda book: book["moderation"].cell(3, 6, note))
    assert "sheet 'moderation', row 3: 1 row(s) with cells struck through" in check(root)[1]


def test_a_heading_struck_through_is_told_of_its_column_and_is_no_row(root, world):
    def change(book):
        for row in range(1, 40):
            book["process"].cell(row, 6).font = Font(strike=True)

    as_workbook(root, world, change)
    code, said = check(root)
    assert (
        code == 0
        and "WARNING struck-through" in said
        and "column 'hours': Column F has a heading struck" in said
    )
    assert said.count("struck-through") == 1


def test_rows_and_letters_too_small_to_be_seen_are_warned_of(root, world):
    def change(book):
        book["process"].row_dimensions[5].height = 0.75
        book["needs"].column_dimensions["B"].width = 0.14
        book["process"]["F8"].font = Font(size=1)

    as_workbook(root, world, change)
    said = check(root)[1]
    assert (
        "sheet 'process', row 5: 1 hidden row" in said
        and "column 'subject': Column B is hidden" in said
    )
    assert "sheet 'process', row 8: 1 row(s) with cells that nobody sees" in said


@pytest.mark.parametrize(
    ("shown", "warned"),
    [
        ("mm/dd/yyyy", True),
        ("m/d/yy", True),
        ("mmm-yy", True),
        ("mmm yyyy", True),
        ("dd/mm/yyyy", False),
        ("d mmm yy", False),
        ("mmm d, yyyy", False),
        ("yyyy-mm-dd", False),
        ("mm-dd-yy", False),
        ("ddd dd/mm/yy", False),
    ],
)
def test_a_date_shown_as_another_day_or_as_a_month_is_warned_of(root, world, shown, warned):
    def change(book):
        at = [cell.value for cell in book["cases"][1]].index("started") + 1
        book["cases"].cell(3, at, dt.datetime(2010, 5, 7)).number_format = shown

    as_workbook(root, world, change)
    code, said = check(root)
    assert (code, "WARNING date-format" in said, "(C3): 1 date(s)" in said) == (
        0,
        warned,
        warned,
    ), said


def test_what_is_white_on_a_dark_ground_can_be_seen(root, world):
    looks = {"font": Font(color="FFFFFFFF"), "fill": PatternFill("solid", fgColor="FF4B2E83")}
    as_workbook(root, world, styled("process", 4, **looks))
    assert "no errors, no warnings" in check(root)[1]


def test_filtered_and_grouped_rows_are_warned_of(root, world):
    def change(book):
        book["process"].auto_filter.ref = "A1:F9"
        book["process"].row_dimensions[5].hidden = True
        book["needs"].row_dimensions.group(3, 4, hidden=True)

    as_workbook(root, world, change)
    code, said = check(root)
    assert (
        code == 0
        and "sheet 'process', row 5: 1 hidden row" in said
        and "sheet 'needs', row 3: 2 hidden" in said
    )


def test_a_hidden_column_is_named_by_its_table_s_column(root, world):
    as_workbook(
        root, world, lambda book: setattr(book["process"].column_dimensions["F"], "hidden", True)
    )
    code, said = check(root)
    assert code == 0 and "sheet 'process', column 'hours': Column F is hidden" in said


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_refused_as_hidden(root, world, state):
    as_workbook(root, world, lambda book: setattr(book.create_sheet("names"), "sheet_state", state))
    code, said = check(root)
    assert (
        code == 3
        and "The sheet 'names' (it is hidden) is named like no table" in said
        and "Unhide" in said
    )


def formatted(root, world, table, column, cells):
    """A workbook with values and their number formats down one column, from row 3 on."""

    def change(book):
        for row, (value, shown) in enumerate(cells, start=3):
            book[table][f"{column}{row}"] = value
            book[table][f"{column}{row}"].number_format = shown

    as_workbook(root, world, change)


def test_an_id_shown_otherwise_than_it_is_held_is_refused_with_what_is_held(root, world):
    shown = ['"C"00000', "00000", "0%", ";;;", '#,##0 "x"', "General"]
    formatted(root, world, "cases", "A", [(7 + at, code) for at, code in enumerate(shown)])
    code, said = check(root)
    for row in range(3, 8):
        assert (
            f"(A{row}): The cell holds {row + 4}, and its number format shows something else"
            in said
        )
    assert code == 3 and "The cell holds 12" not in said


@pytest.mark.parametrize(
    ("value", "shown", "warned"),
    [
        (1.5, ["0", "0%", ";;;", '"2"', "0,", "# ?/?", '0"0"'], True),
        (1.25, ["0.0"], True),
        (1.5, ["General", "0.00", "0.0", "[Red]0.0;-0.0", "_-* #,##0.00_-", "@"], False),
        (1.333, ["0.00"], False),
        (2, ["0", "#,##0.00", "#,##0"], False),
    ],
)
def test_a_number_shown_otherwise_than_it_is_held_is_warned_of(root, world, value, shown, warned):
    formatted(root, world, "process", "F", [(value, code) for code in shown])
    found = read(root)
    said = [p.message for p in found.problems if p.code == "number-format"]
    assert said == (
        [
            f"{len(shown)} number(s) of this column are shown otherwise than they are held; the first holds {value:g}."
        ]
        if warned
        else []
    )
    assert found.tables["process"]["hours"].tolist()[: len(shown)] == [value] * len(shown)


def test_hours_shown_as_a_date_or_time_are_refused_with_what_is_held(root, world):
    cells = [
        (1.5, "dd/mm/yyyy"),
        (0.0625, "[h]:mm"),
        (2, "d-mmm"),
        (0.5, "h:mm AM/PM"),
        (1.25, "[$-809]dd mmmm yyyy"),
    ]
    formatted(root, world, "process", "F", cells)
    code, said = check(root)
    for row, (value, _) in enumerate(cells, start=3):
        assert (
            f"(F{row}): The cell holds {value:g} and shows it as a date or a time. Set its number format"
            in said
        )
    assert code == 3


@pytest.mark.parametrize(
    ("table", "column", "value", "names"),
    [
        ("children", "child_id", "1\u200b", "U+200B (zero width space)"),
        ("cases", "case_id", "\ufeffX1", "U+FEFF"),
        ("cases", "status", "open\u00ad", "U+00AD (soft hyphen)"),
        ("process", "hours", "1\u200e", "U+200E"),
        ("moderation", "note", "a\u202eb", "U+202E"),
        ("moderation", "note", "a\x07b", "U+0007"),
    ],
)
def test_a_character_nobody_sees_is_named_with_its_cell(root, table, column, value, names):
    put(root, table, column, value)
    code, said = check(root)
    assert code == 3 and re.search(
        rf"{table}.csv, row 2, column '{column}' \(\w+2\): The cell holds a char.*{re.escape(names)}",
        said,
    ), said


@pytest.mark.parametrize(
    ("raw", "names"), [("_x0000_", "U+0000"), ("_xD83D_", "U+D83D (half a character)")]
)
def test_what_no_file_can_hold_is_named_and_the_copy_is_written_all_the_same(
    root, world, raw, names
):
    as_workbook(root, world, lambda book: book["moderation"].cell(3, 6, f"a {raw} b"))
    code, said = check(root)
    assert (
        code == 3
        and f"(F3): The cell holds a character that cannot be seen or kept: {names}" in said
    ), said
    assert openpyxl.load_workbook(root.processed(A) / "return.checked.xlsx")["moderation"][
        "F3"
    ].comment


def test_an_emoji_escaped_as_two_halves_is_an_emoji(root, world):
    as_workbook(root, world, lambda book: book["moderation"].cell(3, 6, "well done _xD83D__xDE00_"))
    assert (
        check(root)[0] == 0
        and read(root).tables["moderation"].loc[0, "note"] == "well done \U0001f600"
    )


def test_a_null_in_a_csv_file_is_named_with_its_cell(root):
    path = root.raw(A) / "process.csv"
    lines = path.read_bytes().splitlines()
    lines[2] = lines[2].replace(b",", b",\0", 1)
    path.write_bytes(b"\n".join(lines))
    code, said = check(root)
    assert code == 3 and "null characters (U+0000), the first in B3" in said


# files beside a return


def write_costs(root, name="unit_costs.csv", value="61.5", payer="nhs", year="2010-11"):
    library = load_library(root)
    rows = library.unit_costs[
        (library.unit_costs["item"] == "health_visitor")
        & (library.unit_costs["vintage"] == "larc4")
    ]
    rows = (
        rows.drop(columns="source_row")
        .drop(columns=["fund", "block", "fit", "licence", "review_by"])
        .assign(value=value, low="", high="", payer=payer, price_year=year)
    )
    rows.to_csv(root.raw(A) / name, index=False, lineterminator="\n")


@pytest.mark.parametrize("name", ["unit_costs .csv", " Unit_Costs.CSV", "UNIT_COSTS.csv"])
def test_own_unit_costs_are_read_whatever_blanks_and_capitals_their_name_has(root, name):
    write_costs(root, name)
    assert check(root)[0] == 0
    costs = load_library(root, load_authority(root, A)).unit_costs
    assert costs.loc[
        (costs["item"] == "health_visitor") & (costs["vintage"] == "larc4"), "value"
    ].tolist() == [61.5]


def test_a_file_that_begins_like_one_of_ours_is_named_where_it_is_not_read(root):
    names = [
        "unit_costs.csv.txt",
        "unit_costs.xlsx",
        "unit_costs",
        "unit costs.ods",
        "unit-costs 2011.xls",
        "unit_costs.tsv",
        "cases.txt",
        "process.csv.bak",
        "return.docx",
        "Needs.xlsx",
        "return",
        "outcomes (1).tsv",
    ]
    for name in names:
        (root.raw(A) / name).write_text("x")
    code, said = check(root)
    assert code == 0 and all(
        f"WARNING file-not-read  {A}/{name}: This file is not read." in said for name in names
    )


@pytest.mark.parametrize(
    "name", ["unit-costs.csv", "unit costs.csv", "unit_costs (1).csv", "unit_cost.csv"]
)
def test_a_csv_file_nearly_called_unit_costs_is_refused(root, name):
    write_costs(root, name)
    code, said = check(root)
    assert (
        code == 3
        and f"unknown-file  {A}/{name}" in said
        and "unit_costs" in said.partition("table.")[2]
    )


def test_files_of_other_names_are_left_alone(root):
    for name in ("notes.docx", "~$return.xlsx", ".DS_Store", "return.checked.xlsx", "minutes.pdf"):
        (root.raw(A) / name).write_text("x")
    assert "no errors, no warnings" in check(root)[1]


@pytest.mark.parametrize(
    ("year", "meant"), [("Nov-10", "2010-11"), ("Sep-08", "2008-09"), ("01/11/2010", "2010-11")]
)
def test_a_price_year_turned_into_a_date_gets_a_cure_that_works_in_a_csv_file(root, year, meant):
    write_costs(root, year=year)
    code, said = check(root)
    assert (
        code == 3
        and f"Write it as {meant}." in said
        and "text editor" in said
        and "From Text/CSV" in said
    )


# locks


def locked(monkeypatch, *names, of=("read_bytes",)):
    """Files of these names cannot be opened, replaced or removed, as on Windows while another program has them."""
    for method in of:
        true = getattr(Path, method)

        def refuse(self, *arguments, true=true, **options):
            if any(
                "/".join(path.parts[-2:]) in names
                for path in (self, *(a for a in arguments if isinstance(a, Path)))
            ):
                raise PermissionError(13, "Permission denied", str(self))
            return true(self, *arguments, **options)

        monkeypatch.setattr(Path, method, refuse)


def test_an_open_checked_workbook_is_named_and_the_next_authority_is_checked(root, monkeypatch):
    put(root, "process", "hours", "2 hrs")
    assert check(root, A, B)[0] == 3
    locked(monkeypatch, f"{A}/return.checked.xlsx", of=("unlink", "replace"))
    code, said = check(root, A, B)
    assert code == 3 and "return.checked.xlsx could not be written anew: close it in Excel" in said
    assert (
        re.search(f"{B}: (the return is valid|no error in its return)", said)
        and "mistake" not in said
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (f"{A}/process.csv", 3),
        (f"{A}/unit_costs.csv", 3),
        (f"params/{A}.yaml", 2),
        ("national/deflators.csv", 2),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_the_next_authority_is_checked(
    root, monkeypatch, name, code
):
    write_costs(root)
    locked(monkeypatch, name)
    exit_code, said = check(root, A, B)
    assert exit_code == code and re.search(
        f"ERROR not-readable  {name}: The file cannot be read", said
    ), said
    assert (
        re.search(f"{B}: (the return is valid|no error in its return)", said)
        and "mistake" not in said
    )


def test_a_workbook_or_folder_that_cannot_be_read_is_named(root, world, monkeypatch):
    as_workbook(root, world)
    locked(monkeypatch, f"{A}/return.xlsx")
    code, said = check(root, A, B)
    assert (
        code == 3
        and f"not-readable  {A}/return.xlsx" in said
        and re.search(f"{B}: (the return is valid|no error in its return)", said)
    )
    locked(monkeypatch, f"raw/{B}", of=("iterdir",))
    assert f"not-readable  {B}:" in check(root, B)[1]


# the workbook that is filled in, and the one that is handed back


def test_rows_of_the_template_can_be_deleted(world):
    """Excel lets a row of a protected sheet be deleted only where every cell of it is unlocked."""
    book = openpyxl.load_workbook(world / "return.xlsx")
    for name in ("cases", "process", "evidence"):
        sheet = book[name]
        assert sheet.protection.sheet and not sheet.protection.deleteRows
        columns = [
            (c.min, c.max) for c in sheet.column_dimensions.values() if not c.protection.locked
        ]
        assert sum(high - low + 1 for low, high in columns) == 16_384
        assert all(not cell.protection.locked for row in sheet.iter_rows(min_row=2) for cell in row)
        assert all(cell.protection.locked for cell in sheet[1])


def test_the_template_says_of_each_column_what_it_is_where_one_types(world):
    book = openpyxl.load_workbook(world / "return.xlsx")
    for name in ("cases", "process", "moderation"):
        said = {
            rule.promptTitle: rule.prompt for rule in book[name].data_validations.dataValidation
        }
        assert {cell.value for cell in book[name][1]} <= said.keys() and all(said.values())


def test_a_checked_workbook_keeps_its_guides_and_own_sheets_and_says_where_to_save_it(root, world):
    def change(book):
        book.create_sheet("My list")["B2"] = "keep me"
        book["process"]["F3"] = "2 hrs"

    as_workbook(root, world, change)
    assert check(root)[0] == 3
    book = openpyxl.load_workbook(root.processed(A) / "return.checked.xlsx")
    assert {"READ ME", "Guidance", "Lists"} <= {*book.sheetnames} and book["my list"][
        "B2"
    ].value == "keep me"
    assert f"save this file as return.xlsx in data/raw/{A}/" in book["Issues"]["A2"].value
    del book["my list"]
    book["process"]["F3"] = 2
    book.save(root.raw(A) / "return.xlsx")
    assert "no errors, no warnings" in check(root)[1]


# lists of episodes, families, why an episode ended

SSD = "earl_episode_id,earl_person_id,earl_episode_start_date,earl_episode_end_date"


def begun(root, text):
    path = root.path / "list.csv"
    path.write_text(text, encoding="utf-8")
    return larcnb("new", "new-one", "--vintage", "larc4", "--episodes", path, "--root", root.path)


def test_children_of_one_family_who_began_together_are_one_case(root):
    code, said = begun(
        root,
        SSD
        + ",family_id\n1,5,2024-01-10,2024-07-22,9\n2,6,2024-01-10,,9\n3,7,2024-05-01,,9\n4,8,2024-01-10,,\n",
    )
    assert code == 0 and "4 rows of the list are 3 cases" in said
    book = openpyxl.load_workbook(root.raw("new-one") / "return.xlsx")
    header = [cell.value for cell in book["cases"][1]]
    cases = [
        dict(zip(header, (cell.value for cell in row), strict=True))
        for row in book["cases"].iter_rows(min_row=3)
    ]
    assert [(case["case_id"], case["status"], case["family_id"]) for case in cases] == [
        ("E0001", "open", "F0001"),
        ("E0002", "open", "F0001"),
        ("E0003", "open", None),
    ]
    children = [(row[0].value, row[1].value) for row in book["children"].iter_rows(min_row=3)]
    assert children == [("E0001", "1"), ("E0001", "2"), ("E0002", "1"), ("E0003", "1")]
    key = pd.read_csv(root.path / "list.key.csv")
    assert key.to_records(index=False).tolist() == [
        ("E0001", 2),
        ("E0001", 3),
        ("E0002", 4),
        ("E0003", 5),
    ]
    assert "missing-column" not in check(root, "new-one")[1]


def test_a_list_without_families_says_how_many_children_began_together(root):
    code, said = begun(
        root, SSD + "\n1,5,2024-01-10,\n2,6,2024-01-10,\n3,7,2024-01-10,\n4,8,2024-03-01,\n"
    )
    assert (
        code == 0
        and "no column family_id: each of its 4 rows became a case" in said
        and "3 of" in said
    )


def test_a_database_export_is_refused_line_by_line_for_what_each_is(root):
    code, said = begun(
        root,
        SSD
        + "\n1,5,2024-01-10 09:15:00.000,NULL\n2,6,2024-01-10,1900-01-01 00:00:00.000\n\n(2 rows affected)\n",
    )
    assert code == 3 and said.count("ERROR") == 2
    assert "row 3, column 'closed' (D3)" in said and "no date, as databases write it" in said
    assert re.search("row-count .*row 5: .*count of rows", said)


def test_a_month_first_list_of_episodes_is_refused_as_a_whole(root):
    code, said = begun(root, SSD + "\n1,5,1/25/2024,\n2,6,3/4/2024,\n")
    assert code == 3 and "ERROR month-first" in said


def test_a_return_may_say_families_and_why_an_episode_ended(root):
    rows = rows_of(root, "cases")
    status = rows[0].index("status")
    ends = (
        ["family_id", "end_reason"],
        *(["FAM-1", "outcomes_met" if row[status] == "closed" else ""] for row in rows[1:]),
    )
    write_rows(root, "cases", [row + more for row, more in zip(rows, ends, strict=True)])
    assert "no errors, no warnings" in check(root)[1]
    assert set(read(root).tables["cases"]["family_id"]) == {"FAM-1"}


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("family_id", "Smith, J", "bad-id"),
        ("end_reason", "bored", "not-allowed"),
        ("end_reasn", "moved", "unknown-column"),
        ("end_reason", "moved", "open-with-reason"),
    ],
)
def test_families_and_end_reasons_are_checked(root, column, value, code):
    rows = rows_of(root, "cases")
    rows[1][rows[0].index("status")], rows[1][rows[0].index("closed")] = "open", ""
    write_rows(
        root,
        "cases",
        [row + [column if not at else value if at == 1 else ""] for at, row in enumerate(rows)],
    )
    exit_code, said = check(root)
    assert (
        exit_code == (0 if code == "open-with-reason" else 3) and f" {code}  {A}/cases.csv" in said
    )
    assert "Smith" not in said


def test_a_return_without_the_optional_columns_has_them_blank(root):
    assert read(root).tables["cases"][["family_id", "end_reason"]].isna().all(axis=None)
    assert set(codes.END_REASON) == {"outcomes_met", "step_up", "disengaged", "moved", "other"}


# params and national tables


@pytest.mark.parametrize(
    ("text", "said"),
    [(".5", ""), ("1.", ""), ("0.50", ""), ("30%", "not a number"), ("5e-1", "not a number")],
)
def test_decimals_in_params_are_read_as_the_data_page_says(root, text, said):
    path = root.params / f"{A}.yaml"
    path.write_text(
        path.read_text("utf-8").replace("overrides: {}", "")
        + f"\noverrides:\n  drop_off: {text}\n",
        "utf-8",
    )
    code, words = check(root)
    assert code == (2 if said else 0) and said in words


@pytest.mark.parametrize("text", ["", "year,index,source\n"])
def test_a_deflators_table_without_rows_is_named_once(root, text):
    (root.path / "data/raw/national").mkdir()
    (root.path / "data/raw/national/deflators.csv").write_text(text)
    code, said = check(root)
    assert code == 2 and said.count("ERROR") == 1 and "national/deflators.csv" in said
