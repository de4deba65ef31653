"""The template, the checked copy handed back, and lists of episodes taken over into a return."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import drafts
import openpyxl
import pytest
from faults import FAULTS, rezipped
from test_returns_faults import differing

from larcnb import codes
from larcnb.errors import LarcError
from larcnb.library import load_library
from larcnb.params import Authority
from larcnb.returns import checked, crossing, read_return
from larcnb.returns.checked import write_checked
from larcnb.returns.example import EXAMPLE
from larcnb.returns.imports import import_episodes
from larcnb.returns.template import tables_from_csv, write_template
from larcnb.root import WORKBOOK, Root
from larcnb.schema import RETURN

OFFICE = shutil.which("soffice")
LEA = Authority("la-99", "Lea", drafts.VINTAGE, "2010-11", "larc")


def template(tmp_path: Path, **more) -> Path:
    folder = tmp_path / "la-99"
    folder.mkdir(exist_ok=True)
    return write_template(folder / "return.xlsx", LEA, drafts.LIBRARY, **more)


def read(folder: Path):
    return read_return(folder, "la-99", drafts.LIBRARY, drafts.VINTAGE, drafts.TODAY)


def test_an_empty_template_is_a_return_without_cases(tmp_path):
    found = read(template(tmp_path).parent)
    assert found.problems == [] and all(frame.empty for frame in found.tables.values())


@pytest.mark.parametrize("seed", range(3))
def test_a_template_filled_from_csv_reads_as_the_csv_does(seed, tmp_path):
    plain = drafts.made(seed).read(tmp_path / "csv")
    tables = tables_from_csv(tmp_path / "csv", "la-99")
    filled = read(template(tmp_path, tables=tables).parent)
    assert differing(filled, plain) == [] and filled.problems == []


def test_filling_leaves_no_column_out_unsaid(tmp_path):
    draft = drafts.made(1)
    draft.tables["needs"][0].append("extra")
    with pytest.raises(LarcError, match="has columns that the table does not have"):
        tables_from_csv(draft.write(tmp_path / "csv"), "la-99")


def test_what_is_wrong_in_the_csv_is_still_wrong_in_the_filled_template(tmp_path):
    draft = drafts.made(1)
    draft.tables["process"][2][5], draft.tables["cases"][1][2] = "1.5 hrs", "12/31/2010"
    draft.write(tmp_path / "csv")
    filled = read(template(tmp_path, tables=tables_from_csv(tmp_path / "csv", "la-99")).parent)
    assert {(p.column, p.code) for p in filled.errors} == {
        ("hours", "not-a-number"),
        ("started", "not-a-date"),
    }


def test_tables_that_cannot_be_read_fill_no_template(tmp_path):
    folder = drafts.made(1).write(tmp_path / "csv")
    (folder / "needs.csv").write_text("")
    assert "needs" not in tables_from_csv(folder, "la-99") and "process" in tables_from_csv(
        folder, "la-99"
    )
    (folder / "needs.csv").write_bytes(b"PK\3\4")
    (folder / "proces.csv").write_text("")
    with pytest.raises(LarcError, match="^The tables of la-99 cannot be read.") as raised:
        tables_from_csv(folder, "la-99")
    assert {(p.file, p.code) for p in raised.value.problems} == {
        ("la-99/needs.csv", "not-csv"),
        ("la-99/proces.csv", "unknown-file"),
    }
    assert raised.value.exit_code == 3


def test_the_template_is_the_same_bytes_each_time(tmp_path):
    first = template(tmp_path).read_bytes()
    assert template(tmp_path).read_bytes() == first


def test_each_column_is_typed_and_has_its_list(tmp_path):
    book = openpyxl.load_workbook(template(tmp_path))
    assert book.sheetnames == ["READ ME", "Guidance", *RETURN, "Lists"]
    for name, table in RETURN.items():
        sheet = book[name]
        assert [cell.value for cell in sheet[1]] == list(table.names)
        assert (
            sheet.protection.sheet
            and sheet["A1"].protection.locked
            and not sheet["A2"].protection.locked
        )
        ruled = {
            next(iter(rule.sqref.ranges)).min_col: rule
            for rule in sheet.data_validations.dataValidation
        }
        for at, field in enumerate(table.fields, start=1):
            kind = ruled[at].type if at in ruled else None
            wanted = {
                "date": "date",
                "whole": "whole",
                "number": "decimal",
                "id": None,
                "text": None,
            }
            assert kind == wanted.get(field.kind, "list"), (name, field.name)
            if kind == "list" and field.allowed:
                assert list_of(book, ruled[at].formula1) == list(field.allowed), (name, field.name)


def test_the_guidance_says_of_every_column_what_to_write(tmp_path):
    rows = [
        [cell.value for cell in row]
        for row in openpyxl.load_workbook(template(tmp_path))["Guidance"].iter_rows()
    ]
    wanted = [["sheet", "column", "what it says", "what to write"]]
    for table in RETURN.values():
        wanted.append([table.name, None, table.about, None])
        for field in table.fields:
            listed = field.kind in ("item", "future") or len(field.allowed) > 8
            rule = (
                "A code of the list (see the sheet Lists)"
                if listed
                else field.rule[0].upper() + field.rule[1:]
            )
            wanted.append([table.name, field.name, field.about, rule])
    assert [[cell or None for cell in row] for row in rows] == wanted


def list_of(book, formula: str) -> list[str]:
    if formula.startswith('"'):
        return formula.strip('"').split(",")
    sheet, _, area = formula.partition("!")
    return [row[0].value for row in book[sheet.strip("='")][area.replace("$", "")]]


def test_the_lists_hold_the_items_of_the_vintage(tmp_path):
    book = openpyxl.load_workbook(template(tmp_path))
    roles = [row[0].value for row in book["Lists"]["A2:A50"] if row[0].value]
    assert roles == drafts.ROLES
    rule = next(r for r in book["process"].data_validations.dataValidation if "D2" in r.sqref)
    assert list_of(book, rule.formula1) == drafts.ROLES


def test_the_example_uses_items_of_the_national_library():
    library = load_library(Root(WORKBOOK))
    for table, columns in crossing.known_codes(library).items():
        for column, known in columns.items():
            assert EXAMPLE[table][column] in known


@pytest.mark.parametrize("wording", codes.WORDING)
def test_the_read_me_speaks_the_words_of_the_round(wording, tmp_path):
    lea = Authority("la-99", "Lea", drafts.VINTAGE, "2010-11", "larc", wording=wording)
    book = openpyxl.load_workbook(write_template(tmp_path / "return.xlsx", lea, drafts.LIBRARY))
    assert codes.WORDING[wording]["episode"] in book["READ ME"]["A1"].value


def test_writing_fails_whole(tmp_path, monkeypatch):
    path = template(tmp_path)
    before = path.read_bytes()
    monkeypatch.setattr("larcnb.returns.template.guidance_sheet", lambda book: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        template(tmp_path)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == [
        "return.xlsx"
    ]


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_template_and_copy_and_saves_them_whole(tmp_path):
    tables = tables_from_csv(drafts.made(2).write(tmp_path / "csv"), "la-99")
    path = template(tmp_path, tables=tables)
    (tmp_path / "saved").mkdir()
    office = [
        OFFICE,
        f"-env:UserInstallation=file://{tmp_path}/office",
        "--headless",
        "--convert-to",
        "xlsx",
    ]
    subprocess.run(
        [*office, "--outdir", str(tmp_path / "saved"), str(path)], check=True, capture_output=True
    )
    saved = read(tmp_path / "saved")
    assert saved.problems == [] and differing(saved, read(tmp_path / "csv")) == []
    book = openpyxl.load_workbook(tmp_path / "saved" / "return.xlsx")
    assert (
        len(book["process"].data_validations.dataValidation) >= 5
        and book["process"].protection.sheet
    )


CELL_FAULTS = [
    "unit in a number",
    "near_code",
    "month before day",
    "unknown case",
    "need_of_the_other",
    "ids_alike",
]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_checked_copy_has_the_same_problems_in_the_same_cells(form, tmp_path):
    import random

    draft, rng = drafts.made(3, form=form), random.Random(5)
    for name in CELL_FAULTS:
        FAULTS[name][0](draft, rng)
    found = draft.read(tmp_path / "la-99")
    (tmp_path / "back").mkdir()
    path = tmp_path / "back" / "return.xlsx"
    write_checked(path, tmp_path / "la-99", "la-99", found.problems, drafts.LIBRARY, drafts.VINTAGE)
    again = read(tmp_path / "back")
    assert len(found.errors) >= len(CELL_FAULTS)
    assert [(p.cell, p.code) for p in again.problems if p.cell] == [
        (p.cell, p.code) for p in found.problems if p.cell
    ]
    book = openpyxl.load_workbook(path)
    assert book["Issues"].max_row == 3 + len(found.problems)
    for problem in found.errors:
        name = problem.sheet or problem.file.split("/")[1].removesuffix(".csv")
        cell = book[name][problem.cell]
        assert problem.message in cell.comment.text and cell.fill.fgColor.rgb == "FFF8CBAD"
    links = {
        cell.hyperlink.location
        for row in book["Issues"]["B4:B60"]
        for cell in row
        if cell.hyperlink
    }
    assert {f"'{p.sheet or p.file.split('/')[1][:-4]}'!{p.cell}" for p in found.errors} <= links


def test_a_corrected_copy_is_a_return(tmp_path):
    draft = drafts.made(3)
    draft.tables["process"][1][5] = "2 hrs"
    found = draft.read(tmp_path / "la-99")
    (tmp_path / "back").mkdir()
    path = tmp_path / "back" / "return.xlsx"
    write_checked(path, tmp_path / "la-99", "la-99", found.problems, drafts.LIBRARY, drafts.VINTAGE)
    book = openpyxl.load_workbook(path)
    book["process"]["F2"] = 2
    book.save(path)
    draft.tables["process"][1][5] = "2"
    sound = draft.read(tmp_path / "sound")
    assert (
        read(tmp_path / "back").problems == [] and differing(read(tmp_path / "back"), sound) == []
    )


def test_a_return_that_cannot_be_opened_still_gets_its_issues(tmp_path):
    (tmp_path / "la-99").mkdir()
    (tmp_path / "la-99" / "return.xlsx").write_bytes(b"<html>")
    found = read(tmp_path / "la-99")
    path = write_checked(
        tmp_path / "c.xlsx",
        tmp_path / "la-99",
        "la-99",
        found.problems,
        drafts.LIBRARY,
        drafts.VINTAGE,
    )
    assert "web page" in str(
        [[c.value for c in row] for row in openpyxl.load_workbook(path)["Issues"].iter_rows()]
    )


def test_nothing_typed_becomes_a_formula_in_the_copy(tmp_path):
    draft = drafts.made(3)
    draft.tables["moderation"][1][5] = "=HYPERLINK(A1)"
    found = draft.read(tmp_path / "la-99")
    path = write_checked(
        tmp_path / "c.xlsx",
        tmp_path / "la-99",
        "la-99",
        found.problems,
        drafts.LIBRARY,
        drafts.VINTAGE,
    )
    parts = []
    rezipped(
        path.read_bytes(),
        lambda name, part: parts.append(part) if "worksheets/sheet" in name else part,
    )
    assert parts and not any(b"<f>" in part for part in parts if part)


def copied(tmp_path: Path, draft: drafts.Draft, problems=None):
    """The checked copy of a draft, opened, and what was found in it."""
    found = draft.read(tmp_path / "la-99")
    path = tmp_path / "c.xlsx"
    told = found.problems if problems is None else problems
    write_checked(path, tmp_path / "la-99", "la-99", told, drafts.LIBRARY, drafts.VINTAGE)
    return openpyxl.load_workbook(path), found


def test_an_empty_cell_is_marked_where_its_value_should_stand(tmp_path):
    draft = drafts.made(3)
    draft.tables["process"][2][5] = ""
    book, found = copied(tmp_path, draft)
    cell = book["process"]["F3"]
    assert [p.cell for p in found.errors] == ["F3"] and cell.value is None
    assert (
        cell.fill.fgColor.rgb == "FFF8CBAD"
        and cell.border.left.style == "medium"
        and not cell.protection.locked
    )
    assert cell.comment.text == "The cell is empty. Write a number above 0 to 200."


def test_a_wrong_header_and_a_wrong_row_are_marked_at_their_cells(tmp_path):
    draft = drafts.made(3)
    draft.tables["needs"][0][2], draft.tables["needs"][3] = "ned", ["", "", ""]
    draft.tables["process"] += draft.tables["process"][1:2]
    draft.tables["outcomes"].append(["F03-0001", "x"])
    book, found = copied(tmp_path, draft)
    header = book["needs"]["C1"]
    assert header.value == "ned" and header.fill.fgColor.rgb == "FFF8CBAD" and header.font.b
    last = len(draft.tables["outcomes"])
    assert (
        "The line has 2 cells" in book["outcomes"][f"A{last}"].comment.text
    )  # of the whole row: at its first cell
    again = book["process"][f"A{len(draft.tables['process'])}"]
    assert again.fill.fgColor.rgb == "FFFFE699" and again.border.left.style == "thin"  # a warning
    assert [c.value for c in book["needs"][4]] == [None, None, None] and book["needs"]["A5"].value


def test_a_problem_of_a_whole_file_is_listed_and_marks_nothing(tmp_path):
    draft = drafts.made(3)
    draft.dialect = {"delimiter": ";"}
    book, found = copied(tmp_path, draft)
    assert {p.row for p in found.problems} == {0} and len(found.problems) == len(RETURN)
    assert not any(
        cell.comment for name in RETURN for row in book[name].iter_rows() for cell in row
    )
    assert [row[1].value for row in book["Issues"].iter_rows(min_row=4)] == [
        p.file for p in found.problems
    ]
    issues = book["Issues"]
    assert issues["A1"].value.endswith("10 error(s) to correct, 0 warning(s) to look at.")
    assert (
        "correct it in the CSV file" in issues["A2"].value
        and "take the CSV files" in issues["A2"].value
    )
    assert [cell.value for cell in issues[3]] == [
        "severity",
        "where",
        "what is wrong",
        "what to do",
        "code",
    ]
    assert [cell.value for cell in issues[4]][2:] == [
        found.problems[0].message,
        found.problems[0].todo,
        "delimiter",
    ]


def test_a_cell_without_a_value_says_what_it_was(tmp_path):
    draft = drafts.made(3, form="xlsx")
    draft.in_book.append(lambda book: setattr(book["process"]["F2"], "value", "=1+1"))
    draft.in_book.append(lambda book: setattr(book["process"]["F3"], "value", "#REF!"))
    book, _ = copied(tmp_path, draft)
    assert (
        book["process"]["F2"].value == "(a formula without a saved result)"
        and book["process"]["F3"].value == "#REF!"
    )


def test_the_issues_listed_are_so_many_at_most(tmp_path, monkeypatch):
    monkeypatch.setattr(checked, "MOST_ISSUES", 2)
    draft = drafts.made(3)
    for row in draft.tables["process"][1:5]:
        row[5] = "x"
    book, _ = copied(tmp_path, draft)
    rows = [[cell.value for cell in row[:2]] for row in book["Issues"].iter_rows(min_row=4)]
    assert rows == [
        ["error", "la-99/process.csv F2 hours"],
        ["error", "la-99/process.csv F3 hours"],
        [None, "and 2 more"],
    ]
    draft.tables["process"][3][5] = draft.tables["process"][4][5] = "1"
    assert copied(tmp_path, draft)[0]["Issues"].max_row == 5


SSD = "earl_episode_id,earl_person_id,earl_episode_start_date,earl_episode_end_date,earl_episode_reason"
ANNEX = (
    "Child Unique ID,Gender,Ethnicity,Date of Birth,Age of Child (Years),Assessment start date,"
    "Assessment completion date"
)


def listed(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines))
    return path


def test_ssd_episodes_become_cases_without_anybodys_number(tmp_path):
    path = listed(
        tmp_path,
        SSD,
        "91,12345,2011-01-10 00:00:00.000,2011-07-22T00:00:00,Mum ill",
        "92,777,03/02/2011,NULL,x",
    )
    found = import_episodes(path)
    assert (
        found.form == "ssd_early_help_episodes"
        and repr(found) == "Imported(ssd_early_help_episodes: 2 episodes)"
    )
    assert found.tables["cases"].values.tolist() == [
        ["E0001", "closed", dt.date(2011, 1, 10), dt.date(2011, 7, 22)],
        ["E0002", "open", dt.date(2011, 2, 3), None],
    ]
    assert found.key.values.tolist() == [["E0001", 2], ["E0002", 3]]
    assert not {"12345", "Mum ill", "91"} & {
        str(v) for t in found.tables.values() for v in t.to_numpy().ravel()
    }


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_annex_a_gives_age_bands_and_no_birth_date(form, tmp_path):
    rows = [
        [
            "1001",
            "f",
            "x",
            "11/01/2000",
            11,
            "10/01/2011",
            "22/07/2011",
        ],  # a day before the eleventh birthday
        ["1002", "m", "x", "10/01/2000", 11, "10/01/2011", ""],
        ["1003", "m", "x", "01/03/2011", 0, "10/01/2011", ""],
        ["1004", "m", "x", "10/01/1995", 16, "10/01/2011", ""],
        ["1005", "m", "x", "", "", "10/01/2011", ""],
    ]
    if form == "csv":
        path = listed(tmp_path, ANNEX, *(",".join(map(str, row)) for row in rows))
    else:
        book = openpyxl.Workbook()
        book.active.append(["Annex A, list 1"])
        sheet = book.create_sheet("List 2")
        sheet.append(["List 2: early help assessments"])
        for row in [ANNEX.split(","), *rows]:
            sheet.append(row)
        path = tmp_path / "annex.xlsx"
        book.save(path)
    found = import_episodes(path)
    assert found.tables["children"]["age_band"].tolist() == [
        "5-11",
        "11-16",
        "unborn",
        "over-16",
        "",
    ]
    filled = read(template(tmp_path, tables=found.tables).parent)
    assert filled.tables["cases"]["started"].notna().all() and {p.code for p in filled.errors} == {
        "missing"
    }


@pytest.mark.parametrize(
    ("line", "row", "code"),
    [
        ("91,1,2011-13-10,,x", 2, "not-a-date"),
        ("91,1,,,x", 2, "missing"),
        ("91,1,2011-05-01,2011-04-01,x", 2, "out-of-order"),
        ("91,1,01/02/11,,x", 2, "not-a-date"),
    ],
)
def test_a_list_with_faults_is_refused_by_row_without_values(line, row, code, tmp_path):
    with pytest.raises(LarcError, match="list.csv cannot be imported") as raised:
        import_episodes(listed(tmp_path, SSD, line))
    assert [(p.row, p.code) for p in raised.value.problems] == [(row, code)] and "91" not in str(
        raised.value
    )


def test_an_episode_listed_twice_is_refused(tmp_path):
    with pytest.raises(LarcError, match="The same episode as in row 2"):
        import_episodes(listed(tmp_path, SSD, "91,1,2011-01-10,,x", "91,2,2011-01-10,,x"))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "<html>"])
def test_another_list_is_refused_with_the_columns_wanted(text, tmp_path):
    with pytest.raises(
        LarcError, match="neither a list of early help episodes nor Annex A's list 2"
    ):
        import_episodes(listed(tmp_path, text))


def test_no_episode_is_lost_with_a_line_that_cannot_be_read(tmp_path):
    path = listed(
        tmp_path, SSD, "91,1,2011-01-10,,x", '92,2,2011-01-10,,"x" y', "93,3,2011-02-30,,x"
    )
    with pytest.raises(LarcError, match="list.csv cannot be imported: 2 problem") as raised:
        import_episodes(path)
    assert [(p.row, p.code) for p in raised.value.problems] == [(3, "quote"), (4, "not-a-date")]


def test_a_number_where_a_date_should_be_is_refused(tmp_path):
    book = openpyxl.Workbook()
    for line in (
        SSD.split(","),
        [91, 1, 20110110, None, "x"],
        [92, 2, dt.date(2011, 1, 10), None, "x"],
    ):
        book.active.append(line)
    book.save(tmp_path / "list.xlsx")
    with pytest.raises(LarcError, match="cannot be imported: 1 problem") as raised:
        import_episodes(tmp_path / "list.xlsx")
    assert [(p.row, p.code) for p in raised.value.problems] == [(2, "not-a-date")]


def test_a_list_in_windows_text_is_taken_over(tmp_path):
    (tmp_path / "list.csv").write_bytes(f"{SSD}\n91,1,2011-01-10,,Zo\xeb".encode("cp1252"))
    assert len(import_episodes(tmp_path / "list.csv").key) == 1


def test_a_list_that_cannot_be_opened_is_refused_as_what_it_is(tmp_path):
    (tmp_path / "list.xlsx").write_bytes(b"<html>")
    with pytest.raises(LarcError, match="a web page under the name of a workbook") as raised:
        import_episodes(tmp_path / "list.xlsx", "the list")
    assert [(p.file, p.code) for p in raised.value.problems] == [("the list", "not-a-workbook")]
    (tmp_path / "list.csv").write_bytes(b"PK\3\4")
    with pytest.raises(LarcError, match="neither a list") as raised:
        import_episodes(tmp_path / "list.csv")
    assert [(p.file, p.code) for p in raised.value.problems] == [("list.csv", "not-csv")]


def test_a_workbook_of_other_sheets_is_refused_and_a_damaged_sheet_passed_over(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.save(tmp_path / "list.xlsx")
    with pytest.raises(LarcError, match="neither a list"):
        import_episodes(tmp_path / "list.xlsx")
    sheet = book.create_sheet("episodes")
    for row in (
        SSD.split(","),
        [None],
        [91, 1, dt.datetime(2011, 1, 10, 9, 30), None, "x"],
        [None, None, None, None, "x"],
    ):
        sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    raw = rezipped(
        (tmp_path / "list.xlsx").read_bytes(), lambda n, p: b"<x" if "sheet1" in n else p
    )
    (tmp_path / "list.xlsx").write_bytes(raw)
    found = import_episodes(tmp_path / "list.xlsx")
    assert found.tables["cases"].values.tolist() == [["E0001", "open", dt.date(2011, 1, 10), None]]
    assert found.key.values.tolist() == [["E0001", 3]] and found.tables["children"][
        "focus"
    ].tolist() == ["yes"]
