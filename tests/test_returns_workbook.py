"""Workbooks: two ways of reading their XML agree with each other, with other readers and with CSV."""

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

from larcnb.returns import read_return, sheetxml
from larcnb.returns.package import open_package
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
                sheet.write_row(at, 0, [drafts.typed(v, name, rows[0][i], at) for i, v in enumerate(row)])
    return path


@pytest.mark.parametrize("engine", ["openpyxl", "xlsxwriter"])
def test_the_grammar_and_the_parser_read_the_same(engine, tmp_path, monkeypatch):
    path = written(tmp_path, 3, engine)
    quick = {name: grid.rows for name, grid in grids(path).items()}
    monkeypatch.setattr(sheetxml, "_by_grammar", lambda *_: None)
    assert {name: grid.rows for name, grid in grids(path).items()} == quick


@pytest.mark.parametrize("engine", ["openpyxl", "xlsxwriter"])
def test_what_these_libraries_write_fits_the_grammar(engine, tmp_path, monkeypatch):
    path = written(tmp_path, 4, engine)
    full = []
    parser = sheetxml._by_parser
    monkeypatch.setattr(sheetxml, "_by_parser", lambda *a: (full.append(len(a) == 3), parser(*a)))
    grids(path)
    assert not any(full)


def test_other_readers_see_the_same_values(tmp_path):
    path = written(tmp_path, 5, "xlsxwriter")
    other = python_calamine.CalamineWorkbook.from_path(str(path))
    for name, grid in grids(path).items():
        theirs = other.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for (row, cells), their in zip(grid.rows, theirs, strict=True):
            ours = [plain(cells.get(at)) for at in range(len(their))]
            assert ours == [str(v) if isinstance(v, dt.date) else plain(v) for v in their], (name, row)


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
    "rich text": ("<is><r><t>one </t></r><r><rPr><b/></rPr><t>two</t></r></is>", ' t="inlineStr"', "one two"),
    "reading aid": ("<is><t>word</t><rPh sb='0' eb='1'><t>aid</t></rPh></is>", ' t="inlineStr"', "word"),
    "an escaped tab": ("<is><t>a_x0009_b</t></is>", ' t="inlineStr"', "a\tb"),
    "an ISO date": ("<v>2011-02-03</v>", ' t="d"', dt.datetime(2011, 2, 3)),
    "kept spaces": ('<is><t xml:space="preserve"> a </t></is>', ' t="inlineStr"', " a "),
    "nothing": ("", "", None),
    "blank text": ("<is><t> \u00a0</t></is>", ' t="inlineStr"', None),
    "character by number": ("<is><t>&#65;&#x42;</t></is>", ' t="inlineStr"', "AB"),
    "unparsed text": ("<v><![CDATA[7]]></v>", "", 7.0),
}


@pytest.mark.parametrize("way", ["grammar", "parser", "prefixed", "commented"])
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_read_as_what_it_is(name, way, tmp_path, monkeypatch):
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
    if way == "parser":
        monkeypatch.setattr(sheetxml, "_by_grammar", lambda *_: None)
    ((row, cells),) = grids(path)["Sheet"].rows
    assert (row, cells.get(0), cells.get(1), cells.get(2)) == (2, 1.0, value, 3.0)


@pytest.mark.parametrize(("shown", "is_date"), [
    ("dd/mm/yyyy", True), ("[$-809]d mmmm yyyy;@", True), ("h:mm", True), ("[h]:mm:ss", True), ("General", False),
    ("0.00", False), ('0.0 "days"', False), ("#,##0.00\\d", False), ("[Red]0.00", False), ("0.00E+00", False),
    ("@", False), ("yyyy", True), ("_-* #,##0_-", False),
])  # fmt: skip
def test_a_number_shown_as_a_date_is_a_date(shown, is_date, tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = 40575
    book.active["A1"].number_format = shown
    book.save(tmp_path / "b.xlsx")
    value = grids(tmp_path / "b.xlsx")["Sheet"].rows[0][1][0]
    assert isinstance(value, dt.datetime) == is_date
    assert value == (dt.datetime(2011, 2, 1) if is_date else 40575.0)


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
    assert draft.read(tmp_path / "a").tables[name]["source_row"].tolist()[:2] == [f"{name}.csv:2", f"{name}.csv:4"]
    draft.form = "xlsx"
    rows = draft.read(tmp_path / "b").tables[name]["source_row"].tolist()[:2]
    assert rows == [f"return.xlsx/{name}:2", f"return.xlsx/{name}:4"]


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_a_return_saved_by_libreoffice_reads_the_same(tmp_path):
    drafts.made(9, form="xlsx").write(tmp_path / "la-99")
    (tmp_path / "saved").mkdir()
    office = [OFFICE, f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*office, "--outdir", str(tmp_path / "saved"), str(tmp_path / "la-99" / "return.xlsx")],
        check=True, capture_output=True,
    )  # fmt: skip
    saved = read_return(tmp_path / "saved", "la-99", drafts.LIBRARY, drafts.VINTAGE, drafts.TODAY)
    assert saved.problems == [] and differing(saved, drafts.made(9).read(tmp_path / "csv")) == []
