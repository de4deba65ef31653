"""The template, and the checked copy handed back."""

import random
import shutil
import subprocess
from pathlib import Path

import drafts
import openpyxl
import pytest
from drafts import LEA
from spoilt import FAULTS, rezipped
from test_returns_faults import differing

from larcnb import codes
from larcnb.errors import LarcError
from larcnb.library import load_library
from larcnb.params import Authority
from larcnb.returns import read_return, rules
from larcnb.returns import template as templates
from larcnb.returns.tables import EXAMPLES
from larcnb.returns.template import tables_from_csv, write_template
from larcnb.root import WORKBOOK, Root
from larcnb.schema import RETURN

RED = "FFF8CBAD"
OFFICE = shutil.which("soffice")


def saved_by_office(path: Path, folder: Path) -> Path:
    """The folder with a workbook opened and saved again by LibreOffice."""
    folder.mkdir()
    profile = f"-env:UserInstallation=file://{folder.parent}/office"
    command = [OFFICE, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder)]
    subprocess.run([*command, str(path)], check=True, capture_output=True)
    return folder


def template(tmp_path: Path, **more) -> Path:
    folder = tmp_path / "la-99"
    folder.mkdir(exist_ok=True)
    return write_template(folder / "return.xlsx", LEA, drafts.LIBRARY, **more)


def read(folder: Path):
    return read_return(folder, "la-99", drafts.LIBRARY, drafts.VINTAGE, drafts.TODAY)


def test_an_empty_template_is_a_return_without_cases_and_the_same_bytes_each_time(tmp_path):
    path = template(tmp_path)
    found, first = read(path.parent), path.read_bytes()
    assert found.problems == [] and all(frame.empty for frame in found.tables.values())
    assert template(tmp_path).read_bytes() == first
    parts = []
    rezipped(first, lambda name, part: parts.append(part))
    assert parts and not any(b":XFD" in part for part in parts)  # each row as far as it goes


@pytest.mark.parametrize("seed", range(2))
def test_a_template_filled_from_csv_reads_as_the_csv_does(seed, tmp_path):
    sound = drafts.made(seed).read(tmp_path / "csv")
    filled = read(template(tmp_path, tables=tables_from_csv(tmp_path / "csv", "la-99")).parent)
    assert differing(filled, sound) == [] and filled.problems == []


def test_tables_that_cannot_be_read_whole_fill_no_template(tmp_path):
    draft = drafts.made(1)
    folder = draft.write(tmp_path / "csv")
    (folder / "needs.csv").write_text("")
    assert "needs" not in tables_from_csv(folder, "la-99")
    (folder / "needs.csv").write_bytes(b"PK\3\4")
    (folder / "proces.csv").write_text("")
    with pytest.raises(LarcError, match=r"^The tables of la-99 cannot be read\.") as raised:
        tables_from_csv(folder, "la-99")
    codes_ = {p.code for p in raised.value.problems}
    assert codes_ == {"not-csv", "unknown-file"} and raised.value.exit_code == 3
    with pytest.raises(LarcError, match="CSV files fill a workbook"):
        tables_from_csv(template(tmp_path).parent, "la-99")
    for extra in ("extra", "need"):
        draft.tables["needs"][0][3:] = [extra]
        with pytest.raises(LarcError, match="columns that the table does not have, or one of them"):
            tables_from_csv(draft.write(tmp_path / extra), "la-99")


def list_of(book, formula: str) -> list[str]:
    if formula.startswith('"'):
        return formula.strip('"').split(",")
    sheet, _, area = formula.partition("!")
    return [row[0].value for row in book[sheet.strip("='")][area.replace("$", "")]]


def test_each_column_is_typed_and_has_its_list(tmp_path):
    book = openpyxl.load_workbook(template(tmp_path))
    assert book.sheetnames == ["READ ME", "Guidance", *RETURN, "Lists"]
    wanted = {"date": "date", "whole": "whole", "number": "decimal", "id": None, "text": None}
    for name, table in RETURN.items():
        sheet = book[name]
        assert [cell.value for cell in sheet[1]] == list(table.names)
        assert sheet.protection.sheet and sheet["A1"].protection.locked
        assert not sheet["A2"].protection.locked
        rules_ = sheet.data_validations.dataValidation
        ruled = {next(iter(rule.sqref.ranges)).min_col: rule for rule in rules_}
        for at, field in enumerate(table.fields, start=1):
            kind = ruled[at].type if at in ruled else None
            assert kind == wanted.get(field.kind, "list"), (name, field.name)
            if kind == "list" and field.allowed:
                assert list_of(book, ruled[at].formula1) == list(field.allowed), field.name
            if field.name == "role":
                assert list_of(book, ruled[at].formula1) == drafts.ROLES  # those of the vintage


def test_the_example_uses_items_of_the_national_library():
    for table, columns in rules.known_codes(load_library(Root(WORKBOOK))).items():
        for column, known in columns.items():
            assert EXAMPLES[table][column] in known


@pytest.mark.parametrize("wording", codes.WORDING)
def test_the_read_me_speaks_the_words_of_the_round(wording, tmp_path):
    lea = Authority("la-99", "Lea", drafts.VINTAGE, "2010-11", "larc", wording=wording)
    book = openpyxl.load_workbook(write_template(tmp_path / "return.xlsx", lea, drafts.LIBRARY))
    assert codes.WORDING[wording]["episode"] in book["READ ME"]["A1"].value


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_template_and_saves_it_whole(tmp_path):
    tables = tables_from_csv(drafts.made(2).write(tmp_path / "csv"), "la-99")
    folder = saved_by_office(template(tmp_path, tables=tables), tmp_path / "saved")
    saved = read(folder)
    assert saved.problems == [] and differing(saved, read(tmp_path / "csv")) == []
    sheet = openpyxl.load_workbook(folder / "return.xlsx")["process"]
    assert len(sheet.data_validations.dataValidation) >= 5 and sheet.protection.sheet


def handed_back(tmp_path: Path, draft: drafts.Draft):
    """The checked copy of a draft, opened, and what was found in it."""
    found = draft.read(tmp_path / "la-99")
    (tmp_path / "back").mkdir(exist_ok=True)
    path, here = tmp_path / "back" / "return.xlsx", (drafts.LIBRARY, LEA)
    templates.write_checked(path, tmp_path / "la-99", found.problems, *here)
    return openpyxl.load_workbook(path), found


CELL_FAULTS = "unit in a number|near_code|two-digit year|unknown case|need of the other|ids_alike"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_checked_copy_has_the_same_problems_in_the_same_cells(form, tmp_path):
    draft, rng = drafts.made(3, form=form), random.Random(5)
    for name in CELL_FAULTS.split("|"):
        FAULTS[name][0](draft, rng)
    draft.tables["cases"][2][2:4] = ["12/21/2010", "3/4/2011"]  # is it the 3rd of April?
    book, found = handed_back(tmp_path, draft)
    places = [(p.cell, p.code) for p in found.problems if p.cell]
    assert [(p.cell, p.code) for p in read(tmp_path / "back").problems if p.cell] == places
    assert len(found.errors) >= 6 and book["Issues"].max_row == 3 + len(found.problems)
    linked = [row[1].hyperlink for row in book["Issues"].iter_rows(min_row=4)]
    links = {link.location for link in linked if link}
    for problem in (p for p in found.errors if p.cell):
        name = problem.sheet or problem.file.split("/")[1].removesuffix(".csv")
        cell = book[name][problem.cell]
        assert problem.message in cell.comment.text and cell.fill.fgColor.rgb == RED
        assert f"'{name}'!{problem.cell}" in links


def test_wrong_headers_rows_and_empty_cells_are_marked_where_they_stand(tmp_path):
    draft = drafts.made(3)
    draft.tables["process"][2][5] = ""
    draft.tables["needs"][0][2], draft.tables["needs"][3] = "ned", ["", "", ""]
    draft.tables["process"] += draft.tables["process"][3:4]
    draft.tables["outcomes"].append(["F03-0001", "x"])
    book, found = handed_back(tmp_path, draft)
    header, empty = book["needs"]["C1"], book["process"]["F3"]
    assert header.value == "ned" and header.fill.fgColor.rgb == RED and header.font.b
    assert empty.value is None and empty.fill.fgColor.rgb == RED and not empty.protection.locked
    assert empty.border.left.style == "medium"
    assert empty.comment.text == "The cell is empty. Write a number above 0 to 200."
    short = book["outcomes"][f"A{len(draft.tables['outcomes'])}"]  # of the whole row: its first
    again = book["process"][f"A{len(draft.tables['process'])}"]  # a warning
    assert "The line has 2 cells" in short.comment.text
    assert again.fill.fgColor.rgb == "FFFFE699" and again.border.left.style == "thin"
    assert [c.value for c in book["needs"][4]] == [None] * 3 and book["needs"]["A5"].value


def test_a_cell_without_a_value_says_what_it_was_and_nothing_typed_becomes_a_formula(tmp_path):
    draft = drafts.made(3, form="xlsx")
    draft.tables["moderation"][1][5] = "'=HYPERLINK(A1)"
    for cell, value in (("F2", "=1+1"), ("F3", "#REF!")):
        draft.in_book.append(lambda b, c=cell, v=value: setattr(b["process"][c], "value", v))
    book, _ = handed_back(tmp_path, draft)
    shown = [book["process"][cell].value for cell in ("F2", "F3")]
    assert shown == ["(a formula without a saved result)", "#REF!"]
    sheets = []
    raw = (tmp_path / "back" / "return.xlsx").read_bytes()
    rezipped(raw, lambda n, p: sheets.append(p) if "worksheets/sheet" in n else p)
    assert sheets and not any(b"<f>" in part for part in sheets)


def test_a_return_that_cannot_be_opened_still_gets_its_issues_and_so_many_at_most(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(templates, "MOST_ISSUES", 2)
    draft = drafts.made(3)
    for row in draft.tables["process"][1:5]:
        row[5] = "x"
    book, _ = handed_back(tmp_path, draft)
    rows = [[cell.value for cell in row[:2]] for row in book["Issues"].iter_rows(min_row=4)]
    listed = [["error", f"la-99/process.csv F{at} hours"] for at in (2, 3)]
    assert rows == [*listed, [None, "and 2 more"]]
    (tmp_path / "la-98").mkdir()
    (tmp_path / "la-98" / "return.xlsx").write_bytes(b"<html>")
    found = read(tmp_path / "la-98").problems
    lea = Authority("la-98", "Lea", drafts.VINTAGE, "2010-11", "larc")
    path = templates.write_checked(
        tmp_path / "c.xlsx", tmp_path / "la-98", found, drafts.LIBRARY, lea
    )
    assert "web page" in openpyxl.load_workbook(path)["Issues"]["C4"].value
