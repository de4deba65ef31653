"""Workbooks: how their XML is read agrees with other readers and with CSV."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
from pathlib import Path

import drafts
import openpyxl
import pytest
import python_calamine
from faults import rezipped
from test_returns_faults import differing
from variants import commented, prefixed

from larcnb.returns import read_return, workbook
from larcnb.returns.package import CHUNK, open_package
from larcnb.returns.raw import Broken, plain
from larcnb.returns.workbook import read_sheet
from larcnb.schema import RETURN

OFFICE = shutil.which("soffice")


def grids(path: Path) -> dict:
    package = open_package(path)
    return {sheet.name: read_sheet(package, sheet, sheet.name, "x")[0] for sheet in package.sheets}


def written(tmp_path: Path, seed: int, engine: str) -> Path:
    path = tmp_path / f"{engine}.xlsx"
    if engine == "openpyxl":
        drafts.made(seed, form="xlsx").book().save(path)
        return path
    import xlsxwriter

    draft = drafts.made(seed, form="xlsx")
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
        for name, rows in draft.tables.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(
                    at, 0, [drafts.typed(v, name, rows[0][i], at) for i, v in enumerate(row)]
                )
    return path


def test_other_readers_see_the_same_values(tmp_path):
    path = written(tmp_path, 5, "xlsxwriter")
    other = python_calamine.CalamineWorkbook.from_path(str(path))
    for name, grid in grids(path).items():
        theirs = other.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for (row, cells), their in zip(grid.rows, theirs, strict=True):
            ours = [plain(cells.get(at)) for at in range(len(their))]
            assert ours == [str(v) if isinstance(v, dt.date) else plain(v) for v in their], (
                name,
                row,
            )


CELLS = {
    "a number": ("<v>1.5</v>", "", 1.5),
    "many digits": ("<v>1.1000000000000001</v>", "", 1.1),
    "exponent": ("<v>1E-3</v>", "", 0.001),
    "truth": ("<v>1</v>", ' t="b"', "TRUE"),
    "an error": ("<v>#DIV/0!</v>", ' t="e"', Broken("error-cell", "#DIV/0!")),
    "a formula never saved": ("<f>1+1</f>", "", Broken("formula-unsaved")),
    "a formula with an empty value": ("<f>1+1</f><v></v>", "", Broken("formula-unsaved")),
    "a formula with a bare value": ("<f>1+1</f><v/>", "", Broken("formula-unsaved")),
    "a formula giving no text": ('<f>IF(1,"","")</f><v></v>', ' t="str"', None),
    "a formula saved": ("<f>1+1</f><v>2</v>", "", 2.0),
    "a shared formula saved": ('<f t="shared" si="0"/><v>2</v>', "", 2.0),
    "text of a formula": ("<f>A1</f><v>a &amp; b</v>", ' t="str"', "a & b"),
    "rich text": (
        "<is><r><t>one </t></r><r><rPr><b/></rPr><t>two</t></r></is>",
        ' t="inlineStr"',
        "one two",
    ),
    "reading aid": (
        "<is><t>word</t><rPh sb='0' eb='1'><t>aid</t></rPh></is>",
        ' t="inlineStr"',
        "word",
    ),
    "an escaped tab": ("<is><t>a_x0009_b</t></is>", ' t="inlineStr"', "a\tb"),
    "an ISO date": ("<v>2011-02-03</v>", ' t="d"', dt.datetime(2011, 2, 3)),
    "kept spaces": ('<is><t xml:space="preserve"> a </t></is>', ' t="inlineStr"', " a "),
    "nothing": ("", "", None),
    "blank text": ("<is><t> \u00a0</t></is>", ' t="inlineStr"', None),
    "character by number": ("<is><t>&#65;&#x42;</t></is>", ' t="inlineStr"', "AB"),
    "unparsed text": ("<v><![CDATA[7]]></v>", "", 7.0),
}


@pytest.mark.parametrize("way", ["plain", "prefixed", "commented"])
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_read_as_what_it_is(name, way, tmp_path):
    inside, attributes, value = CELLS[name]
    cell = f'<c r="B2"{attributes}>{inside}</c>' if inside else '<c r="B2"/>'
    sheet = f'<row r="2"><c r="A2"><v>1</v></c>{cell}<c r="C2"><v>3</v></c></row>'.encode()
    out = io.BytesIO()
    openpyxl.Workbook().save(out)

    def change(part_name: str, part: bytes) -> bytes:
        if "sheet1" not in part_name:
            return part
        whole = b"<sheetData>" + sheet + b"</sheetData>"
        part = re.sub(rb"<sheetData ?/>|<sheetData></sheetData>", lambda _: whole, part)
        changes = {"prefixed": prefixed, "commented": commented}
        return changes[way](part_name, part) if way in changes else part

    path = tmp_path / "b.xlsx"
    path.write_bytes(rezipped(out.getvalue(), change))
    ((row, cells),) = grids(path)["Sheet"].rows
    assert (row, cells.get(0), cells.get(1), cells.get(2)) == (2, 1.0, value, 3.0)


def sheet_of(tmp_path: Path, body: str, before: str = ""):
    """A sheet with these rows, and its problems."""
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    rows = f"{before}<sheetData>{body}</sheetData>".encode("latin-1")
    sheet = re.compile(rb"<sheetData ?/>|<sheetData></sheetData>")
    path = tmp_path / "b.xlsx"
    path.write_bytes(
        rezipped(
            out.getvalue(),
            lambda name, part: sheet.sub(lambda _: rows, part) if "sheet1" in name else part,
        )
    )
    package = open_package(path)
    return read_sheet(package, package.sheets[0], "needs", "la-99/return.xlsx")


A1, A2 = '<c r="A1"><v>1</v></c>', '<c r="A2"><v>2</v></c>'
DAMAGED = {
    "a cell outside a row": A1,
    "a row that ends twice": f'<row r="1">{A1}</row></row>',
    "a row that never ends": f'<row r="1">{A1}<row r="2">{A2}</row>',
    "a cell of another row": f'<row r="1">{A1}{A2}</row>',
    "cells out of order": '<row r="1"><c r="B1"><v>2</v></c><c r="A1"><v>1</v></c></row>',
    "a cell said twice": f'<row r="1">{A1}{A1}</row>',
    "a cell beyond the last column": '<row r="1"><c r="XFE1"><v>1</v></c></row>',
    "rows out of order": f'<row r="2">{A2}</row><row r="1">{A1}</row>',
    "a row said twice": f'<row r="1">{A1}</row><row r="1">{A1}</row>',
    "a row beyond the last": '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
    "a place that is none": '<row r="1"><c r="1A"><v>1</v></c></row>',
    "a number that is none": '<row r="1"><c r="A1"><v>one</v></c></row>',
    "a text by a number that is none": '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
    "a text beyond the list": '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
    "not UTF-8": '<row r="1"><c r="A1" t="str"><v>\xff</v></c></row>',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_sheet_is_refused_as_damaged(name, tmp_path):
    grid, problems = sheet_of(tmp_path, DAMAGED[name])
    assert grid is None and [(p.code, p.message) for p in problems] == [
        ("not-a-workbook", "The sheet is damaged.")
    ]


EDGES = {
    "the last row and column": (
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        [(1_048_576, {16_383: 1.0})],
    ),
    "rows and cells without a place": (
        "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>",
        [(1, {0: 1.0, 1: 2.0}), (2, {0: 3.0})],
    ),
    "an empty row between": (
        f'<row r="1">{A1}</row><row r="2"/><row r="4"><c r="A4"><v>4</v></c></row>',
        [(1, {0: 1.0}), (4, {0: 4.0})],
    ),
    "text in a cell of numbers": (
        '<row r="1"><c r="A1"><is><t>1</t></is></c></row>',
        [(1, {0: 1.0})],
    ),
    "an error without a name": (
        '<row r="1"><c r="A1" t="e"/></row>',
        [(1, {0: Broken("error-cell", "#N/A")})],
    ),
    "truth and falsehood": (
        '<row r="1"><c r="A1" t="b"><v>true</v></c><c r="B1" t="b"><v>0</v></c></row>',
        [(1, {0: "TRUE", 1: "FALSE"})],
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_an_odd_sheet_is_read_as_it_stands(name, tmp_path):
    body, rows = EDGES[name]
    grid, problems = sheet_of(tmp_path, body)
    assert (grid.rows, grid.source, problems) == (rows, "return.xlsx/needs", [])


def test_a_sheet_longer_than_a_piece_is_read_whole(tmp_path):
    rows = [(at, {0: float(at), 1: "é" * 40}) for at in range(1, 1500)]
    text = "\xc3\xa9" * 40
    body = "".join(
        f'<row r="{at}"><c r="A{at}"><v>{at}</v></c><c r="B{at}" t="str"><v>{text}</v></c></row>'
        for at, _ in rows
    )
    assert len(body) > 2 * CHUNK
    assert sheet_of(tmp_path, body)[0].rows == rows


def test_values_beyond_those_remembered_are_read_all_the_same(tmp_path, monkeypatch):
    body = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>2</v></c></row>'
    monkeypatch.setattr(workbook, "MOST_SEEN", 1)
    assert sheet_of(tmp_path, body)[0].rows == [(1, {0: 1.0, 1: 2.0, 2: 2.0})]


def test_a_sheet_holds_at_most_so_many_rows_and_columns(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    monkeypatch.setattr(workbook, "MOST_COLUMNS", 2)
    row = "<row><c><v>1</v></c><c><v>2</v></c></row>"
    grid, problems = sheet_of(tmp_path, row * 3)  # a header and two rows
    assert len(grid.rows) == 3 and problems == []
    grid, (problem,) = sheet_of(tmp_path, row * 4)
    assert (grid, problem.code, problem.message) == (
        None,
        "too-many-rows",
        "More than 2 rows hold values.",
    )
    wide = '<row r="7"><c r="A7"><v>1</v></c><c r="C7"/><c r="D7"><v>1</v></c>{}</row>'
    assert sheet_of(tmp_path, wide.format(""))[0].rows == [
        (7, {0: 1.0, 3: 1.0})
    ]  # an empty cell is no column
    grid, (problem,) = sheet_of(tmp_path, wide.format('<c r="E7"><v>1</v></c>'))
    assert (grid, problem.code) == (
        None,
        "too-many-columns",
    ) and "columns hold values (see E7)" in problem.message


def test_what_is_hidden_is_counted_only_where_it_holds_something(tmp_path):
    columns = '<cols><col min="2" max="3" hidden="1"/><col min="5" max="6" hidden="true"/></cols>'
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"/></row>'
        '<row r="3" hidden="true"><c r="A3"><v>1</v></c></row><row r="4" ht="0"><c r="A4"><v>1</v></c></row>'
    )
    _, problems = sheet_of(tmp_path, rows, columns)
    assert [(p.row, p.code, p.message, p.severity) for p in problems] == [
        (3, "hidden-rows", "2 hidden row(s) were read, the first here.", "warning"),
        (0, "hidden-columns", "Column C is hidden; it was read.", "warning"),
    ]


def test_reading_aids_and_blanks_around_texts_are_no_part_of_them(tmp_path):
    path = written(tmp_path, 6, "xlsxwriter")
    before = {name: grid.rows for name, grid in grids(path).items()}
    aid = b"</t>\n<rPh sb='0' eb='1'><t>aid</t></rPh>\n</si>"
    aided = rezipped(
        path.read_bytes(),
        lambda name, part: part.replace(b"</t></si>", aid) if "sharedStrings" in name else part,
    )
    assert b"sharedStrings" in aided and path.write_bytes(aided)
    assert {name: grid.rows for name, grid in grids(path).items()} == before


@pytest.mark.parametrize(
    ("serial", "value"),
    [
        ("0", dt.datetime(1899, 12, 30)),
        ("40575.5", dt.datetime(2011, 2, 1, 12)),
        ("40574.999999", dt.datetime(2011, 2, 1)),  # within half a second of the day
        ("2958465", dt.datetime(9999, 12, 31)),
        ("2958466", Broken("error-cell", "#####")),
        ("-1", Broken("error-cell", "#####")),
    ],
)
def test_a_date_is_read_as_excel_shows_it(serial, value, tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = dt.datetime(2011, 2, 1)
    book.save(tmp_path / "b.xlsx")
    raw = (tmp_path / "b.xlsx").read_bytes()
    (tmp_path / "b.xlsx").write_bytes(
        rezipped(raw, lambda name, part: part.replace(b"<v>40575</v>", f"<v>{serial}</v>".encode()))
    )
    assert grids(tmp_path / "b.xlsx")["Sheet"].rows == [(1, {0: value})]


@pytest.mark.parametrize(
    ("shown", "is_date"),
    [
        ("dd/mm/yyyy", True),
        ("[$-809]d mmmm yyyy;@", True),
        ("h:mm", True),
        ("[h]:mm:ss", True),
        ("General", False),
        ("0.00", False),
        ('0.0 "days"', False),
        ("#,##0.00\\d", False),
        ("[Red]0.00", False),
        ("0.00E+00", False),
        ("@", False),
        ("yyyy", True),
        ("_-* #,##0_-", False),
    ],
)
def test_a_number_shown_as_a_date_is_a_date(shown, is_date, tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = 40575
    book.active["A1"].number_format = shown
    book.save(tmp_path / "b.xlsx")
    value = grids(tmp_path / "b.xlsx")["Sheet"].rows[0][1][0]
    assert isinstance(value, dt.datetime) == is_date
    assert (value if is_date else float(value)) == (dt.datetime(2011, 2, 1) if is_date else 40575.0)


def test_books_that_count_from_1904_keep_their_dates(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active["A1"] = dt.datetime(2011, 2, 1)
    book.save(tmp_path / "b.xlsx")
    assert grids(tmp_path / "b.xlsx")["Sheet"].rows[0][1][0] == dt.datetime(2011, 2, 1)


@pytest.mark.parametrize("seed", range(4))
def test_a_return_reads_the_same_as_csv_and_as_workbook(seed, tmp_path):
    plain_form = drafts.made(seed).read(tmp_path / "csv")
    workbook = drafts.made(seed, form="xlsx").read(tmp_path / "xlsx")
    assert differing(plain_form, workbook) == [] and plain_form.problems == workbook.problems == []


@pytest.mark.parametrize("name", RETURN)
def test_a_row_names_where_it_stands_in_either_form(name, tmp_path):
    draft = drafts.made(7)
    draft.tables[name].insert(2, [""] * len(draft.tables[name][0]))
    assert draft.read(tmp_path / "a").tables[name]["source_row"].tolist()[:2] == [
        f"{name}.csv:2",
        f"{name}.csv:4",
    ]
    draft.form = "xlsx"
    rows = draft.read(tmp_path / "b").tables[name]["source_row"].tolist()[:2]
    assert rows == [f"return.xlsx/{name}:2", f"return.xlsx/{name}:4"]


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_a_return_saved_by_libreoffice_reads_the_same(tmp_path):
    drafts.made(9, form="xlsx").write(tmp_path / "la-99")
    (tmp_path / "saved").mkdir()
    office = [
        OFFICE,
        f"-env:UserInstallation=file://{tmp_path}/office",
        "--headless",
        "--convert-to",
        "xlsx",
    ]
    subprocess.run(
        [*office, "--outdir", str(tmp_path / "saved"), str(tmp_path / "la-99" / "return.xlsx")],
        check=True,
        capture_output=True,
    )
    saved = read_return(tmp_path / "saved", "la-99", drafts.LIBRARY, drafts.VINTAGE, drafts.TODAY)
    assert saved.problems == [] and differing(saved, drafts.made(9).read(tmp_path / "csv")) == []
