"""The results workbook: typed, harmless, whole, and the same each time."""

import io
import json
import zipfile

import openpyxl
import pytest
from page_frames import HOSTILE, example
from test_publish import FORMULAS

from larcnb.costing import total
from larcnb.publish.results import results_workbook
from larcnb.root import Root
from larcnb.schema import RETURN

PARAMS = """slug: exampleshire
name: Exampleshire
vintage: larc4
price_base: '2010-11'
preset: larc
overrides: {deadweight: 0.1, drop_off: {value: 0.25, source: "Own survey", because: "More came right."}}
"""
SCENARIO = {"inputs": 9.0, "saving_long": -1.5, "low95": -3.0, "high95": 2.0, "losses": 2}
FOUND = {
    **{"headline": "=It saves.", "notice": "Made up.", "cases": 5, "payback_year": 0},
    **{"saving_long": 1.5, "funds": [], "budget_years": []},
    "scenarios": [
        {"set": "public_purse", **SCENARIO, "chance": 0.25},
        {"set": "own", **SCENARIO, "chance": None},
    ],
}
PROBLEM = {"file": "a.csv", "row": 2, "column": "hours", "message": "@look", "what_to_do": "-do"}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Root:
    data, root = example(), Root(tmp_path_factory.mktemp("root"))
    folder, tables = root.processed("exampleshire"), data["tables"]
    folder.mkdir(parents=True)
    root.params.mkdir()
    (root.params / "exampleshire.yaml").write_text(PARAMS, "utf-8")
    ledger = data["ledger"].copy()
    ledger.loc[ledger.index[: len(FORMULAS)], "note"] = FORMULAS
    for name in RETURN:
        frame = tables[name] if name in tables else tables["needs"].head(0)
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    cases = data["cases"].astype({"started": "datetime64[ms]", "closed": "datetime64[ms]"})
    for name, frame in {"cases": cases, "ledger": ledger}.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    found = FOUND | {"payers": data["payers"].reset_index().to_dict("records")}
    (folder / "findings.json").write_text(json.dumps(found), "utf-8")
    (folder / "quality.json").write_text(json.dumps([PROBLEM]), "utf-8")
    return root


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


def lines(sheet) -> dict:
    """The lines of a sheet by their first cell: header to value."""
    header, *rest = rows(sheet)
    return {line[0]: dict(zip(header, line, strict=True)) for line in rest}


def test_a_contents_sheet_leads_to_each_of_the_others_and_each_holds_one_titled_table(book):
    contents = book["Contents"]
    listed = [row[0] for row in rows(contents)[1:]]
    links = [row[0].hyperlink for row in contents.iter_rows() if row[0].hyperlink]
    assert listed == book.sheetnames[1:]
    assert [link.location.replace("'", "") for link in links] == [f"{name}!A1" for name in listed]
    assert contents["A2"].value == "Made up." and "Internal edition" in contents["A3"].value
    for sheet in book.worksheets[1:]:
        assert sheet["A1"].font.bold and sheet["A1"].value
        assert len(sheet.tables) == (len(rows(sheet)) > 1)
        assert all(value is not None for row in rows(sheet) for value in row), sheet.title


def test_the_ledger_is_whole_its_amounts_are_numbers_and_dates_are_dates(book):
    ledger = example()["ledger"]
    header, *rest = rows(book["Ledger"])
    amounts = [line[header.index("Amount (£)")] for line in rest]
    assert total(a for a in amounts if a != "[x]") == total(ledger["amount"])
    assert amounts.count("[x]") == int(ledger["amount"].isna().sum()) > 0
    assert len(rest) == len(ledger)
    started = book["Cases"].cell(row=5, column=3)
    assert started.is_date and started.number_format == "dd/mm/yyyy"


def test_assumptions_say_who_set_them_with_source_and_reason_and_no_other(book):
    by_name = lines(book["Assumptions"])
    assert by_name["deadweight"]["Value"] == 0.1
    assert by_name["accept_at"]["Set by"] == "scenario LARC4 convention"
    own = by_name["drop_off"]
    assert own["Set by"] == "the authority" and own["Why"] == "More came right."
    assert own["Source"] == "Own survey" and "Green Book" not in str(own)
    assert "with the authority's own values, listed under Assumptions" in book["Cases"]["A2"].value
    assert lines(book["Summary"])["Paid back within (years)"]["Value"] == 1  # as the pages say it


def test_scenarios_stand_side_by_side_and_no_chance_where_none_is_simulated(book):
    reference = lines(book["Scenarios"])["Public purse (reference case)"]
    assert reference["Net saving, long term, present value (£)"] == -1.5
    chance = "Share of simulations with a net saving (0 to 1)"
    own = lines(book["Scenarios"])["The authority's own values"]
    assert (reference[chance], own[chance]) == (0.25, "[z]")


def assert_inert(made: bytes) -> bytes:
    """No formula, macro or link to outside in a workbook; all its parts, to look further."""
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not [name for name in parts if "externalLink" in name or "vba" in name]
    whole = b"".join(parts.values())
    assert not [mark for mark in (b"<f>", b"<f ", b'TargetMode="External"') if mark in whole]
    return whole


def test_nothing_runs_leads_outside_or_is_free_text_and_the_same_results_give_the_same_bytes(
    root, made, book
):
    cells = [c for row in book["Ledger"].iter_rows() for c in row if c.value in FORMULAS]
    assert len(cells) >= len(FORMULAS) - 1 and {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells) and book["Summary"]["B6"].data_type == "s"
    assert b"LARCXSS" not in assert_inert(made)
    assert HOSTILE in example()["tables"]["moderation"]["note"].tolist()
    assert results_workbook(root, "exampleshire") == made
