"""Faults that people who do this job told of, in what they send: each test is named for what is true now.

Files in; exit code, words and figures out. A root of two made-up authorities is written once and copied.
"""

import csv
import datetime as dt
import errno
import io
import re
import shutil
from pathlib import Path
from unittest.mock import Mock

import cases
import openpyxl
import pandas as pd
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
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
SOUND = "no errors, no warnings"
OF_B = f"{B}: (the return is valid|no error in its return)"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A root, and each return's workbook form."""
    folder = tmp_path_factory.mktemp("world")
    write_root(folder / "root", 2, 6, 3, "larc4")
    root = Root(folder / "root")
    tables = tables_from_csv(root.raw(A), A)
    write_template(folder / "return.xlsx", load_authority(root, A), load_library(root), tables)
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


def cells(root, world, table, values, column="", **looks):
    """A workbook with values in some cells, all of the same looks, or each with its number format."""

    def change(book):
        for at, value in values.items():
            cell = book[table][at]
            if isinstance(value, tuple):
                cell.value, cell.number_format = value
            elif value is not None:
                cell.value = value
            for name, look in looks.items():
                setattr(cell, name, look)

    as_workbook(root, world, change)


def rows_of(root, table):
    with (root.raw(A) / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_rows(root, table, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    (root.raw(A) / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")


def put(root, table, column, value, at=1):
    rows = rows_of(root, table)
    rows[at][rows[0].index(column)] = value
    write_rows(root, table, rows)


# free text

NOTES = ["one\ntwo", "one\r\ntwo", "\none\ttwo\n", "one\u00a0two", "a, b\nc, d\n\n- e"]
EMOJI = "\u2022 one \U0001f468\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f"


def test_line_breaks_tabs_and_hard_spaces_in_notes_are_harmless_in_both_forms(root, world):
    for at, note in enumerate([*NOTES, "one\rtwo", EMOJI], start=1):
        put(root, "moderation", "note", note, at)
    header, *rows = rows_of(root, "cases")
    at = [row[header.index("costed")] for row in rows].index("yes")
    put(root, "cases", "not_costed_reason", "\n \n", at + 1)
    code, said = check(root)
    assert (code, SOUND in said) == (0, True), said
    assert read(root).tables["moderation"].loc[0, "note"] == "one\ntwo"
    assert pd.isna(read(root).tables["cases"].loc[at, "not_costed_reason"])
    halves = "well done _xD83D__xDE00_"
    notes = {f"F{at}": note for at, note in enumerate([*NOTES, EMOJI, halves], start=3)}
    cells(root, world, "moderation", notes)
    code, said = check(root)
    assert (code, SOUND in said) == (0, True), said
    kept = read(root).tables["moderation"]["note"].tolist()
    assert kept[4].split() == NOTES[4].split() and kept[5:7] == [EMOJI, "well done \U0001f600"]


@pytest.mark.parametrize(
    ("table", "column"),
    [("moderation", "note"), ("process", "hours"), ("cases", "not_costed_reason")],
)
def test_a_quotation_mark_left_open_is_found_by_the_rows_it_swallowed(root, table, column):
    path = root.raw(A) / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = lines[0].split(",").index(column)
    first = lines[1].split(",")
    first[at] = '"' + first[at]
    lines[1], lines[3] = ",".join(first), lines[3] + '"'
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, said = check(root)
    assert code == 3 and re.search(f"ERROR quote .*{table}.csv, row 2.*opened", said), said


def own_deflators(root, text):
    folder = root.path / "data/raw/national"
    folder.mkdir()
    (folder / "deflators.csv").write_text(text, encoding="utf-8")


def test_a_quotation_mark_left_open_in_a_national_table_is_found(root):
    lines = root.national("deflators.csv").read_text(encoding="utf-8").splitlines()
    lines[2] = ",".join([*lines[2].split(",")[:2], '"open'])
    lines[4] = ",".join([*lines[4].split(",")[:2], 'closed"'])
    own_deflators(root, "\n".join(lines) + "\n")
    code, said = check(root)
    assert code == 2 and "quote  national/deflators.csv, row 3" in said, said


# suggestions


@cases.each("place words", "returns", "suggested")
def test_a_suggestion_never_turns_a_meaning_round(root, place, words):
    table, column = place.split(".")
    rows = rows_of(root, table)
    width = len(rows)
    for number, word in enumerate(words):
        rows.append(list(rows[1 + number % (width - 1)]))
        rows[-1][rows[0].index(column)] = word
    write_rows(root, table, rows)
    found = {p.row: p for p in read(root).errors if p.column == column and p.code == "not-allowed"}
    for row, (word, meant) in enumerate(words.items(), start=width + 1):
        todo = found[row].todo
        assert re.findall("Did you mean '(.*?)'", todo) == ([meant] if meant else []), (word, todo)
        assert re.search("Did you mean|Allowed:|[Tt]he sheet Lists", todo)


# dates


def slashed(root, *pairs):
    """Write the started and closed of the first cases as given."""
    head, *rows = rows_of(root, "cases")
    for row, (started, closed) in zip(rows, pairs, strict=False):
        given = {"started": started, "closed": closed, "status": "closed" if closed else "open"}
        for name, value in given.items():
            row[head.index(name)] = value
    write_rows(root, "cases", [head, *rows])


def doubtful(root):
    return {p.cell for p in read(root).errors if p.cell and p.code == "month-first"}


@cases.each("pairs code words", "returns", "day_order")
def test_the_order_of_day_and_month_is_judged_of_the_column(root, pairs, code, words):
    slashed(root, *pairs)
    found = read(root)
    assert bool(found.errors) == (code == 3)
    assert words in "\n".join(map(str, found.problems)) if words else found.problems == []


def test_a_line_that_counts_rows_is_said_for_what_it_is(root):
    path = root.raw(A) / "cases.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n(6 rows affected)\n", encoding="utf-8")
    code, said = check(root)
    assert code == 3 and said.count("ERROR") == 1 and "row-count" in said
    assert "Delete the line" in said


def days(root, world, *held):
    """The started of the first cases of a workbook as given: a text, or a day."""
    values = {f"C{row}": (value, "dd/mm/yyyy") for row, value in enumerate(held, start=3)}
    cells(root, world, "cases", values)


def test_what_excel_made_days_of_in_a_month_first_list_is_in_doubt_with_what_it_left(root, world):
    day = dt.datetime
    days(root, world, day(2010, 5, 7), "12/21/2010", day(2010, 3, 4), *[day(2010, 6, 6)] * 3)
    code, said = check(root)
    assert code == 3 and "ERROR month-first" in said and doubtful(root) == {"C3", "C5"}
    assert "'2010-05-07' may have its month and day exchanged" in said
    days(root, world, day(2010, 5, 7), "12/21/2010", day(2010, 3, 24))  # can only be itself
    code, said = check(root)
    assert code == 3 and "WARNING both-orders" in said and "may have" not in said


# what a sheet shows, and what it holds

GREEN = {"font": Font(color="FF00FF00"), "fill": PatternFill("solid", fgColor="FF00FF00")}
WHITE_ON_DARK = {"font": Font(color="FFFFFFFF"), "fill": PatternFill("solid", fgColor="FF4B2E83")}


FAINT = [{"font": Font(color="FFFFFFFF")}, {"font": Font(size=1)}, GREEN, {"number_format": ";;;"}]


def test_rows_the_readers_eye_passes_over_are_warned_of(root, world):
    def change(book):
        looks = [{"font": Font(strike=True)}, *FAINT, WHITE_ON_DARK]
        for row, look in enumerate(looks, start=4):
            for cell in (book["process"][f"{column}{row}"] for column in "ACF"):
                for name, value in look.items():
                    setattr(cell, name, value)

    as_workbook(root, world, change)
    found = {p.code: (p.severity, p.row, p.message) for p in read(root).problems}
    assert found.keys() == {"struck-through", "unseen-text", "number-format"}  # of ;;;
    assert found["struck-through"][:2] == ("warning", 4) and "1 row" in found["struck-through"][2]
    assert found["unseen-text"][:2] == ("warning", 5) and "5, 6, 7, 8" in found["unseen-text"][2]


def test_words_struck_through_within_a_cell_and_whole_headings_are_warned_of(root, world):
    def change(book):
        book["moderation"]["F3"] = CellRichText(TextBlock(InlineFont(strike=True), "not agreed"))
        for row in range(1, 40):
            book["process"].cell(row, 6).font = Font(strike=True)

    as_workbook(root, world, change)
    code, said = check(root)
    assert "sheet 'moderation', row 3: 1 row(s) with cells struck through" in said
    assert code == 0 and "column 'hours': Column F has a heading struck" in said
    assert said.count("struck-through") == 2


def test_what_is_hidden_or_too_small_is_warned_of(root, world):
    def change(book):
        book["process"].auto_filter.ref = "A1:F9"
        book["process"].row_dimensions[5].height = 0.75
        book["needs"].row_dimensions.group(3, 4, hidden=True)
        book["needs"].column_dimensions["B"].width = 0.14
        book["process"].column_dimensions["F"].hidden = True

    as_workbook(root, world, change)
    code, said = check(root)
    assert code == 0 and "sheet 'process', row 5: 1 hidden row" in said
    assert "sheet 'needs', row 3: 2 hidden" in said
    assert "column 'subject': Column B is hidden" in said
    assert "sheet 'process', column 'hours': Column F is hidden" in said


def test_a_date_shown_as_another_day_or_as_a_month_is_warned_of(root, world):
    day = dt.datetime(2010, 5, 7)
    for shown in ("mm/dd/yyyy", "m/d/yy", "mmm-yy", "mmm yyyy"):
        cells(root, world, "cases", {"C3": (day, shown)})
        (found,) = read(root).problems
        assert (found.code, found.cell, found.severity) == ("date-format", "C3", "warning"), shown
    fine = ["dd/mm/yyyy", "d mmm yy", "mmm d, yyyy", "yyyy-mm-dd", "ddd dd/mm/yy", "mm-dd-yy"]
    for shown in fine:
        cells(root, world, "cases", {"C3": (day, shown)})
        assert read(root).problems == [], shown


def test_an_id_shown_otherwise_than_it_is_held_is_refused_with_what_is_held(root, world):
    shown = ['"C"00000', "00000", "0%", ";;;", '#,##0 "x"', "General"]
    cells(root, world, "cases", {f"A{at}": (at + 4, code) for at, code in enumerate(shown, 3)})
    code, said = check(root)
    for row in range(3, 8):
        held = f"(A{row}): The cell holds {row + 4}, and its number format shows something else"
        assert held in said
    assert code == 3 and "The cell holds 12" not in said


@cases.each("value shown warned", "returns", "shown")
def test_a_number_shown_otherwise_than_it_is_held_is_warned_of(root, world, value, shown, warned):
    cells(root, world, "process", {f"F{at}": (value, code) for at, code in enumerate(shown, 3)})
    found = read(root)
    said = [p.message for p in found.problems if p.code == "number-format"]
    words = f"{len(shown)} number(s) of this column are shown otherwise than they are held; the "
    assert said == [f"{words}first holds {value:g}."] * warned
    assert found.tables["process"]["hours"].tolist()[: len(shown)] == [value] * len(shown)


def test_a_character_nobody_sees_is_named_with_its_cell(root, world):
    for table, column, value, at in (
        ("children", "child_id", "1\u200b", 1),
        ("cases", "case_id", "\ufeffX1", 1),
        ("cases", "status", "open\u00ad", 2),
        ("process", "hours", "1\u200e", 1),
        ("moderation", "note", "a\u202eb", 1),
        ("moderation", "note", "a\x07b", 2),
    ):
        put(root, table, column, value, at)
    code, said = check(root)
    names = re.findall(r"\(\w+\d\): The cell holds a character .*?: (U\+\w{4})", said)
    assert code == 3 and set(names) == {
        *("U+200B", "U+FEFF", "U+00AD"),
        *("U+200E", "U+202E", "U+0007"),
    }
    cells(root, world, "moderation", {"F3": "a _x0000_ b", "F4": "a _xD83D_ b"})
    code, said = check(root)
    assert code == 3 and "(F3): The cell holds a character" in said and "U+0000" in said
    assert "U+D83D (half a character)" in said
    copy = openpyxl.load_workbook(root.processed(A) / "return.checked.xlsx")
    assert copy["moderation"]["F3"].comment and copy["moderation"]["F4"].comment


# files beside a return


def write_costs(root, name="unit_costs.csv", **changed):
    costs = load_library(root).unit_costs.query("item == 'health_visitor' and vintage == 'larc4'")
    own = costs.drop(columns=["source_row", "fund", "block", "fit", "licence", "review_by"])
    own = own.assign(low="", high="", **{"value": "61.5"} | changed)
    own.to_csv(root.raw(A) / name, index=False, lineterminator="\n")


@pytest.mark.parametrize("name", ["unit_costs .csv", " Unit_Costs.CSV", "UNIT_COSTS.csv"])
def test_own_unit_costs_are_read_whatever_blanks_and_capitals_their_name_has(root, name):
    write_costs(root, name)
    assert check(root)[0] == 0
    costs = load_library(root, load_authority(root, A)).unit_costs
    own = costs.query("item == 'health_visitor' and vintage == 'larc4'")
    assert own["value"].tolist() == [61.5]


def test_payers_are_not_guessed_and_price_years_turned_into_dates_get_a_cure_for_a_csv(root):
    write_costs(root, payer="health authority")
    code, said = check(root)
    assert code == 3 and "Did you mean" not in said and "Allowed: local_authority, nhs" in said
    for year in ("Nov-10", "01/11/2010"):
        write_costs(root, price_year=year)
        code, said = check(root)
        assert code == 3 and "Write it like 2010-11." in said
        assert "text editor" in said and "From Text/CSV" in said


def test_a_file_that_begins_like_one_of_ours_is_named_and_others_are_left_alone(root):
    ours = ["unit_costs.csv.txt", "unit_costs.xlsx", "unit costs.ods", "cases.txt", "return"]
    ours += ["process.csv.bak", "return.docx", "Needs.xlsx", "outcomes (1).tsv", "unit_costs"]
    others = ["notes.docx", "~$return.xlsx", ".DS_Store", "return.checked.xlsx", "minutes.pdf"]
    for name in ours + others:
        (root.raw(A) / name).write_text("x")
    code, said = check(root)
    warned = re.findall(f"WARNING file-not-read  {A}/(.*): This file is not read", said)
    assert code == 0 and set(warned) == set(ours)


@pytest.mark.parametrize("name", ["unit-costs.csv", "unit_costs (1).csv", "unit_cost.csv"])
def test_a_csv_file_nearly_called_unit_costs_is_refused(root, name):
    write_costs(root, name)
    code, said = check(root)
    assert code == 3 and f"unknown-file  {A}/{name}" in said
    assert "unit_costs" in said.partition("table.")[2]


# locks


def locked(monkeypatch, *names, of=("read_bytes",)):
    """Files of these names cannot be opened, replaced or removed, as on Windows while held open."""
    for method in of:
        true = getattr(Path, method)

        def refuse(self, *arguments, true=true, **options):
            paths = [self, *(a for a in arguments if isinstance(a, Path))]
            if any("/".join(path.parts[-2:]) in names for path in paths):
                raise PermissionError(13, "Permission denied", str(self))
            return true(self, *arguments, **options)

        monkeypatch.setattr(Path, method, refuse)


def test_an_open_checked_workbook_is_named_and_the_next_authority_is_checked(root, monkeypatch):
    put(root, "process", "hours", "2 hrs")
    assert check(root, A, B)[0] == 3
    locked(monkeypatch, f"{A}/return.checked.xlsx", of=("unlink", "replace"))
    code, said = check(root, A, B)
    assert code == 3 and "return.checked.xlsx could not be written anew: close it in Excel" in said
    assert re.search(OF_B, said) and "mistake" not in said


def test_a_full_disk_is_no_file_that_is_open_elsewhere(root, monkeypatch):
    full = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr("larcnb.notebook.write_whole", full)
    code, said = check(root)
    assert code == 1 and "The disk is full." in said


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (f"{A}/process.csv", 3),
        (f"{A}/unit_costs.csv", 3),
        (f"{A}/return.xlsx", 3),
        (f"params/{A}.yaml", 2),
        ("national/deflators.csv", 2),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_the_next_authority_is_checked(
    root, world, monkeypatch, name, code
):
    write_costs(root)
    if "xlsx" in name:
        as_workbook(root, world)
    locked(monkeypatch, name)
    exit_code, said = check(root, A, B)
    assert exit_code == code, said
    assert re.search(f"ERROR not-readable  {name}: The file cannot be read", said), said
    assert re.search(OF_B, said) and "mistake" not in said


def test_a_folder_that_cannot_be_read_is_named(root, monkeypatch):
    locked(monkeypatch, f"raw/{B}", of=("iterdir",))
    assert f"not-readable  {B}:" in check(root, B)[1]


# the workbook that is filled in, and the one that is handed back


def test_rows_of_the_template_can_be_deleted_and_each_column_says_what_it_is(world):
    """Excel lets a row of a protected sheet be deleted only where every cell of it is unlocked."""
    book = openpyxl.load_workbook(world / "return.xlsx")
    for name in ("cases", "process", "moderation"):
        sheet = book[name]
        assert sheet.protection.sheet and not sheet.protection.deleteRows
        free = [c for c in sheet.column_dimensions.values() if not c.protection.locked]
        assert sum(c.max - c.min + 1 for c in free) == 16_384
        below = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
        assert not any(cell.protection.locked for cell in below)
        assert all(cell.protection.locked for cell in sheet[1])
        said = {r.promptTitle: r.prompt for r in sheet.data_validations.dataValidation}
        assert {cell.value for cell in sheet[1]} <= said.keys() and all(said.values())


def test_a_checked_workbook_keeps_its_guides_and_own_sheets_and_says_where_to_save_it(root, world):
    def change(book):
        book.create_sheet("My list").append(["keep me", dt.time(9, 30)])
        book.create_sheet(" ").append(["a sheet that no workbook of ours can name"])
        book["process"]["F3"] = "2 hrs"

    as_workbook(root, world, change)
    assert check(root)[0] == 3
    book = openpyxl.load_workbook(root.processed(A) / "return.checked.xlsx")
    assert {"READ ME", "Guidance", "Lists"} <= {*book.sheetnames}
    assert [c.value for c in book["my list"][1]] == ["keep me", dt.timedelta(hours=9.5)]
    assert f"save this file as return.xlsx in data/raw/{A}/" in book["Issues"]["A2"].value
    del book["my list"]
    book["process"]["F3"] = 2
    book.save(root.raw(A) / "return.xlsx")
    assert SOUND in check(root)[1]


# lists of episodes, families, why an episode ended

SSD = "earl_episode_id,earl_person_id,earl_episode_start_date,earl_episode_end_date"


def begun(root, text):
    path = root.path / "list.csv"
    path.write_text(text, encoding="utf-8")
    code, said = larcnb("import", "ssd", path, "--authority", "new-one", "--root", root.path)
    if code == 0:
        filled = ("--from-csv", root.path / "private/new-one/tables", "--root", root.path)
        code = larcnb("new", "new-one", "--vintage", "larc4", *filled)[0]
    return code, said


def test_children_of_one_family_helped_at_one_time_are_one_case(root):
    rows = (
        "1,5,2024-01-10,2024-07-22,9|2,6,2024-01-10,,9|3,7,2023-05-01,2023-06-01,9|4,8,2024-01-10,,"
    )
    code, said = begun(root, f"{SSD},family_id\n" + rows.replace("|", "\n"))
    assert code == 0 and "4 rows of the list became 3 cases" in said
    key = pd.read_csv(root.path / "private/new-one/key.csv", dtype=str).set_index("rows")
    cases = read(root, "new-one").tables["cases"].set_index("case_id").loc[key["case_id"]]
    cases = cases.set_axis(key.index)
    assert cases["status"].to_dict() == {"2 3": "open", "4": "closed", "5": "open"}
    assert cases["family_id"]["2 3"] == cases["family_id"]["4"] != cases["family_id"]["5"]
    assert "missing-column" not in check(root, "new-one")[1]


def test_a_list_without_families_says_how_many_children_began_together(root):
    days = ["2024-01-10"] * 3 + ["2024-03-01"]
    code, said = begun(root, SSD + "".join(f"\n{at},5{at},{day}," for at, day in enumerate(days)))
    assert code == 0 and re.search(r"became 4 cases, and 3 of\s+them began on the same day", said)


def test_a_database_export_is_refused_line_by_line_for_what_each_is(root):
    rows = "1,5,2024-01-10 09:15:00.000,NULL\n2,6,2024-01-10,1900-01-01 00:00:00.000\n\n"
    code, said = begun(root, f"{SSD}\n{rows}(2 rows affected)\n")
    assert code == 3 and said.count("ERROR") == 2
    assert "row 3, column 'earl_episode_end_date' (D3)" in said
    assert "no date, as databases write it" in said
    assert re.search("row-count .*row 5: .*count of rows", said)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("family_id", "FAM-1", ""),
        ("family_id", "Smith, J", "bad-id"),
        ("end_reason", "bored", "not-allowed"),
        ("end_reasn", "moved", "unknown-column"),
        ("end_reason", "moved", "open-with-reason"),
    ],
)
def test_families_and_end_reasons_may_be_said_and_are_checked(root, column, value, code):
    assert read(root).tables["cases"][["family_id", "end_reason"]].isna().all(axis=None)
    rows = rows_of(root, "cases")
    rows[1][rows[0].index("status")], rows[1][rows[0].index("closed")] = "open", ""
    more = [column, value, *[""] * (len(rows) - 2)]
    write_rows(root, "cases", [[*row, cell] for row, cell in zip(rows, more, strict=True)])
    exit_code, said = check(root)
    assert exit_code == (0 if code in ("", "open-with-reason") else 3) and "Smith" not in said
    assert f" {code}  {A}/cases.csv" in said if code else SOUND in said
    assert set(codes.END_REASON) == {"outcomes_met", "step_up", "disengaged", "moved", "other"}


@pytest.mark.parametrize("text", ["", "year,index,source\n"])
def test_a_deflators_table_without_rows_is_named_once(root, text):
    own_deflators(root, text)
    code, said = check(root)
    assert code == 2 and said.count("ERROR") == 1 and "national/deflators.csv" in said
