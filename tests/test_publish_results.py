"""The results workbook: typed, harmless, whole, and the same each time."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pandas as pd
import pytest
from page_frames import HOSTILE, example

from larcnb.costing import total
from larcnb.publish.results import results_workbook
from larcnb.publish.sheets import Sheet, write_workbook
from larcnb.root import Root

FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    '=HYPERLINK("//evil.example")',
    "{=1+1}",
    "https://evil.example",
    "mailto:a@evil.example",
    "internal:Sheet1!A1",
]


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Root:
    data, path = example(), tmp_path_factory.mktemp("root")
    folder = path / "data" / "processed" / "exampleshire"
    folder.mkdir(parents=True)
    (path / "params").mkdir()
    (path / "params" / "exampleshire.yaml").write_text(
        "slug: exampleshire\nname: Exampleshire\nvintage: larc4\nprice_base: '2010-11'\npreset: larc\n"
        "overrides: {deadweight: 0.1}\n",
        "utf-8",
    )
    for name, frame in {**data["tables"], "cases": data["cases"], "ledger": data["ledger"]}.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    payers = data["payers"].reset_index().to_dict("records")
    found = {
        "headline": "=It saves.",
        "notice": "Made up.",
        "cases": 5,
        "saving_long": {"value": 1.5},
        "payers": payers,
        "scenarios": [
            {
                "set": "public_purse",
                "inputs": 9.0,
                "saving_long": -1.5,
                "low95": -3.0,
                "high95": 2.0,
                "chance": 0.25,
                "losses": 2,
            },
            {
                "set": "own",
                "inputs": 8.0,
                "saving_long": 2.5,
                "low95": 1.0,
                "high95": 3.0,
                "chance": None,
                "losses": 1,
            },
        ],
    }
    (folder / "findings.json").write_text(json.dumps(found), "utf-8")
    note = {
        "file": "a.csv",
        "sheet": "",
        "row": 2,
        "column": "hours",
        "severity": "warning",
        "code": "x",
        "message": "@look",
        "what_to_do": "-do",
    }
    (folder / "quality.json").write_text(json.dumps([note]), "utf-8")
    return Root(path)


@pytest.fixture(scope="module")
def made(root) -> bytes:
    return results_workbook(root, "exampleshire")


@pytest.fixture(scope="module")
def book(made):
    return openpyxl.load_workbook(io.BytesIO(made))


def rows(sheet) -> list[tuple]:
    """The table of a sheet, header first: what follows the blank row below the notes."""
    values = list(sheet.iter_rows(values_only=True))
    return values[next(n for n, row in enumerate(values) if not any(row)) + 1 :]


def test_a_contents_sheet_leads_to_each_of_the_others(book):
    contents = book["Contents"]
    listed = [row[0] for row in rows(contents)[1:]]
    assert listed == book.sheetnames[1:]
    links = [row[0].hyperlink for row in contents.iter_rows() if row[0].hyperlink]
    assert [link.location.replace("'", "") for link in links] == [f"{name}!A1" for name in listed]
    assert contents["A2"].value == "Made up." and "Internal edition" in contents["A3"].value


def test_each_sheet_has_a_title_and_one_named_table_with_units_in_its_headers(book):
    for sheet in book.worksheets[1:]:
        assert sheet["A1"].font.bold and sheet["A1"].value
        assert len(sheet.tables) == 1, sheet.title
    assert "Amount (£)" in rows(book["Ledger"])[0]


def test_the_ledger_is_whole_and_its_amounts_are_numbers(book):
    ledger = example()["ledger"]
    header, *lines = rows(book["Ledger"])
    amounts = [line[header.index("Amount (£)")] for line in lines]
    assert len(lines) == len(ledger)
    assert total(a for a in amounts if a != "[x]") == total(ledger["amount"])
    assert amounts.count("[x]") == int(ledger["amount"].isna().sum()) > 0


def test_dates_are_dates_and_no_cell_of_a_table_is_empty(book):
    cell = book["Cases"].cell(row=5, column=3)
    assert cell.is_date and cell.number_format == "dd/mm/yyyy"
    for sheet in book.worksheets[1:]:
        assert all(value is not None for row in rows(sheet) for value in row), sheet.title


def test_free_text_stays_out(made):
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert not any(b"LARCXSS" in archive.read(name) for name in archive.namelist())
    assert HOSTILE in example()["tables"]["moderation"]["note"].tolist()


def test_assumptions_say_who_set_them(book):
    header, *lines = rows(book["Assumptions"])
    by_name = {line[0]: dict(zip(header, line, strict=True)) for line in lines}
    assert (
        by_name["deadweight"]["Value"] == 0.1 and by_name["deadweight"]["Set by"] == "the authority"
    )
    assert by_name["accept_at"]["Set by"] == "scenario LARC4 convention"


def test_scenarios_stand_side_by_side_with_units_and_no_chance_where_none_is_simulated(book):
    header, *lines = rows(book["Scenarios"])
    reference, own = (dict(zip(header, line, strict=True)) for line in lines)
    assert (
        reference["Scenario"] == "Public purse (reference case)"
        and own["Scenario"] == "The authority's own values"
    )
    assert reference["Net saving, long term, present value (£)"] == -1.5
    chances = [line["Share of simulations with a net saving (0 to 1)"] for line in (reference, own)]
    assert chances == [0.25, "[z]"]


def test_nothing_runs_as_a_formula_or_leads_outside():
    frame = pd.DataFrame({"a": FORMULAS, "b": range(len(FORMULAS))})
    made = write_workbook(
        FORMULAS[0],
        FORMULAS,
        [Sheet("One", FORMULAS[1], frame, {"a": FORMULAS[0]}, {"b": "count"})],
    )
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        xml = b"".join(archive.read(name) for name in archive.namelist())
    assert b"<f>" not in xml and b"<f " not in xml and b'TargetMode="External"' not in xml
    book = openpyxl.load_workbook(io.BytesIO(made))
    cells = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value in FORMULAS
    ]
    assert len(cells) >= 2 * len(FORMULAS) and {cell.data_type for cell in cells} == {"s"}
    risky = [
        cell for cell in cells if cell.value[0] in "=+-@\t\r" and cell.column == 1 and cell.row > 3
    ]
    assert risky and all(cell.quotePrefix for cell in risky if cell.parent.title == "One")


def test_the_same_results_give_the_same_bytes(root, made):
    assert results_workbook(root, "exampleshire") == made


def test_long_text_is_cut_and_not_lost():
    sheet = Sheet("One", "t", pd.DataFrame({"a": ["x" * 40_000]}), {}, {})
    book = openpyxl.load_workbook(io.BytesIO(write_workbook("t", [], [sheet])))
    assert book["One"]["A4"].value.endswith("x ...")


def test_headers_that_differ_only_by_case_are_told_apart():
    sheet = Sheet("One", "t", pd.DataFrame({"a": [1], "A": [2]}), {}, {})
    book = openpyxl.load_workbook(io.BytesIO(write_workbook("t", [], [sheet])))
    assert [cell.value for cell in book["One"][3]] == ["a", "A (2)"]


def test_a_table_without_rows_is_a_sheet_with_its_header(root):
    sheet = Sheet("One", "t", pd.DataFrame({"a": []}), {}, {})
    book = openpyxl.load_workbook(io.BytesIO(write_workbook("t", [], [sheet])))
    assert book["One"]["A3"].value == "a"


def test_a_header_row_is_as_tall_as_its_wrapped_words(book):
    for sheet in book.worksheets[1:]:
        top = int(sheet.freeze_panes.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) - 1
        for cell in sheet[top]:
            width = sheet.column_dimensions[cell.column_letter].width
            lines = -(-len(str(cell.value or "")) // int(width))
            assert (sheet.row_dimensions[top].height or 15) >= 15 * lines, (sheet.title, cell.value)
