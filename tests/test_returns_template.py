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
from larcnb.returns import crossing, read_return
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
    assert {(p.column, p.code) for p in filled.errors} == {("hours", "not-a-number"), ("started", "not-a-date")}


def test_the_template_is_the_same_bytes_each_time(tmp_path):
    first = template(tmp_path).read_bytes()
    assert template(tmp_path).read_bytes() == first


def test_each_column_is_typed_and_has_its_list(tmp_path):
    book = openpyxl.load_workbook(template(tmp_path))
    assert book.sheetnames == ["READ ME", "Guidance", *RETURN, "Lists"]
    for name, table in RETURN.items():
        sheet = book[name]
        assert [cell.value for cell in sheet[1]] == list(table.columns)
        assert sheet.protection.sheet and sheet["A1"].protection.locked and not sheet["A2"].protection.locked
        ruled = {next(iter(rule.sqref.ranges)).min_col: rule for rule in sheet.data_validations.dataValidation}
        for at, field in enumerate(table.fields, start=1):
            kind = ruled[at].type if at in ruled else None
            wanted = {"date": "date", "whole": "whole", "number": "decimal", "id": None, "text": None}
            assert kind == wanted.get(field.kind, "list"), (name, field.name)
            if kind == "list" and field.allowed:
                assert list_of(book, ruled[at].formula1) == list(field.allowed), (name, field.name)


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
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["return.xlsx"]


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_template_and_copy_and_saves_them_whole(tmp_path):
    tables = tables_from_csv(drafts.made(2).write(tmp_path / "csv"), "la-99")
    path = template(tmp_path, tables=tables)
    (tmp_path / "saved").mkdir()
    office = [OFFICE, f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*office, "--outdir", str(tmp_path / "saved"), str(path)], check=True, capture_output=True)
    saved = read(tmp_path / "saved")
    assert saved.problems == [] and differing(saved, read(tmp_path / "csv")) == []
    book = openpyxl.load_workbook(tmp_path / "saved" / "return.xlsx")
    assert len(book["process"].data_validations.dataValidation) >= 5 and book["process"].protection.sheet


CELL_FAULTS = ["unit in a number", "near_code", "month before day", "unknown case", "need_of_the_other", "ids_alike"]


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
    assert [(p.cell, p.code) for p in again.problems if p.cell] == [(p.cell, p.code) for p in found.problems if p.cell]
    book = openpyxl.load_workbook(path)
    assert book["Issues"].max_row == 3 + len(found.problems)
    for problem in found.errors:
        name = problem.sheet or problem.file.split("/")[1].removesuffix(".csv")
        cell = book[name][problem.cell]
        assert problem.message in cell.comment.text and cell.fill.fgColor.rgb == "FFF8CBAD"
    links = {cell.hyperlink.location for row in book["Issues"]["B4:B60"] for cell in row if cell.hyperlink}
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
    assert read(tmp_path / "back").problems == [] and differing(read(tmp_path / "back"), sound) == []


def test_a_return_that_cannot_be_opened_still_gets_its_issues(tmp_path):
    (tmp_path / "la-99").mkdir()
    (tmp_path / "la-99" / "return.xlsx").write_bytes(b"<html>")
    found = read(tmp_path / "la-99")
    path = write_checked(
        tmp_path / "c.xlsx", tmp_path / "la-99", "la-99", found.problems, drafts.LIBRARY, drafts.VINTAGE
    )
    assert "web page" in str([[c.value for c in row] for row in openpyxl.load_workbook(path)["Issues"].iter_rows()])


def test_nothing_typed_becomes_a_formula_in_the_copy(tmp_path):
    draft = drafts.made(3)
    draft.tables["moderation"][1][5] = "=HYPERLINK(A1)"
    found = draft.read(tmp_path / "la-99")
    path = write_checked(
        tmp_path / "c.xlsx", tmp_path / "la-99", "la-99", found.problems, drafts.LIBRARY, drafts.VINTAGE
    )
    parts = []
    rezipped(path.read_bytes(), lambda name, part: parts.append(part) if "worksheets/sheet" in name else part)
    assert parts and not any(b"<f>" in part for part in parts if part)


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
        tmp_path, SSD, "91,12345,2011-01-10 00:00:00.000,2011-07-22T00:00:00,Mum ill", "92,777,03/02/2011,NULL,x"
    )
    found = import_episodes(path)
    assert found.form == "ssd_early_help_episodes" and repr(found) == "Imported(ssd_early_help_episodes: 2 episodes)"
    assert found.tables["cases"].values.tolist() == [
        ["E0001", "closed", dt.date(2011, 1, 10), dt.date(2011, 7, 22)], ["E0002", "open", dt.date(2011, 2, 3), None],
    ]  # fmt: skip
    assert found.key.values.tolist() == [["E0001", 2], ["E0002", 3]]
    assert not {"12345", "Mum ill", "91"} & {str(v) for t in found.tables.values() for v in t.to_numpy().ravel()}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_annex_a_gives_age_bands_and_no_birth_date(form, tmp_path):
    rows = [
        ["1001", "f", "x", "11/01/2000", 11, "10/01/2011", "22/07/2011"],  # a day before the eleventh birthday
        ["1002", "m", "x", "10/01/2000", 11, "10/01/2011", ""], ["1003", "m", "x", "01/03/2011", 0, "10/01/2011", ""],
        ["1004", "m", "x", "10/01/1995", 16, "10/01/2011", ""], ["1005", "m", "x", "", "", "10/01/2011", ""],
    ]  # fmt: skip
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
    assert found.tables["children"]["age_band"].tolist() == ["5-11", "11-16", "unborn", "over-16", ""]
    filled = read(template(tmp_path, tables=found.tables).parent)
    assert filled.tables["cases"]["started"].notna().all() and {p.code for p in filled.errors} == {"missing"}


@pytest.mark.parametrize(("line", "row", "code"), [
    ("91,1,2011-13-10,,x", 2, "not-a-date"), ("91,1,,,x", 2, "missing"),
    ("91,1,2011-05-01,2011-04-01,x", 2, "out-of-order"), ("91,1,01/02/11,,x", 2, "not-a-date"),
])  # fmt: skip
def test_a_list_with_faults_is_refused_by_row_without_values(line, row, code, tmp_path):
    with pytest.raises(LarcError, match="list.csv cannot be imported") as raised:
        import_episodes(listed(tmp_path, SSD, line))
    assert [(p.row, p.code) for p in raised.value.problems] == [(row, code)] and "91" not in str(raised.value)


def test_an_episode_listed_twice_is_refused(tmp_path):
    with pytest.raises(LarcError, match="The same episode as in row 2"):
        import_episodes(listed(tmp_path, SSD, "91,1,2011-01-10,,x", "91,2,2011-01-10,,x"))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "<html>"])
def test_another_list_is_refused_with_the_columns_wanted(text, tmp_path):
    with pytest.raises(LarcError, match="neither a list of early help episodes nor Annex A's list 2"):
        import_episodes(listed(tmp_path, text))
