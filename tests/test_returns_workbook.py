"""Workbooks: how their XML is read agrees with other readers and with CSV."""

import copy
import datetime as dt
import io
import re
from pathlib import Path

import cases
import drafts
import openpyxl
import pytest
import python_calamine
from spoilt import commented, prefixed, rezipped

from larcnb.returns.cells import Broken, plain
from larcnb.returns.xlsx import open_package, read_sheet

EMPTY_ROWS = re.compile(rb"<sheetData ?/>|<sheetData></sheetData>")


def grids(path: Path) -> dict:
    package = open_package(path)
    return {sheet.name: read_sheet(package, sheet, sheet.name, "x") for sheet in package.sheets}


def test_other_readers_see_the_same_values(tmp_path):
    path = drafts.made(5, form="xlsx").write(tmp_path) / "return.xlsx"
    other = python_calamine.CalamineWorkbook.from_path(str(path))
    for name, grid in grids(path).items():
        theirs = other.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for (row, cells), their in zip(grid.rows, theirs, strict=True):
            said = [str(v) if isinstance(v, dt.date) else plain(v) for v in their]
            assert [plain(cells.get(at)) for at in range(len(their))] == said, (name, row)


def sheet_of(tmp_path: Path, body: str, before: str = "", change=lambda name, part: part):
    """A sheet with these rows."""
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    rows = f"{before}<sheetData>{body}</sheetData>".encode("latin-1")

    def with_rows(name: str, part: bytes) -> bytes:
        return change(name, EMPTY_ROWS.sub(lambda _: rows, part) if "sheet1" in name else part)

    path = tmp_path / "b.xlsx"
    path.write_bytes(rezipped(out.getvalue(), with_rows))
    package = open_package(path)
    return read_sheet(package, package.sheets[0], "needs", "la-99/return.xlsx")


CELLS = cases.read("returns")["xml"]


@pytest.mark.parametrize("way", [lambda name, part: part, prefixed, commented])
def test_a_cell_is_read_as_what_it_is(way, tmp_path):
    rows = "".join(
        f'<row r="{at}"><c r="A{at}"><v>1</v></c><c r="B{at}"{more}>{inside}</c>'
        f'<c r="C{at}"><v>3</v></c></row>'
        for at, (inside, more, _) in enumerate(CELLS, 1)
    )
    grid = sheet_of(tmp_path, rows, change=way)
    wanted = [Broken(*v.popitem()) if isinstance(v, dict) else v for *_, v in copy.deepcopy(CELLS)]
    assert [cells.get(1) for _, cells in grid.rows] == wanted
    assert {(cells[0], cells[2]) for _, cells in grid.rows} == {(1.0, 3.0)}


@cases.each("name body", "returns", "damaged")
def test_a_damaged_sheet_is_refused_as_damaged(name, body, tmp_path):
    grid = sheet_of(tmp_path, body)
    assert not grid.readable and grid.rows == []
    assert [p.message for p in grid.problems] == ["The sheet is damaged."]


def held(tmp_path: Path, value, shown: str = "", serial: str = "", epoch=None):
    """What is read of one cell: its value, its number format, another serial number, another epoch."""
    book = openpyxl.Workbook()
    book.epoch = epoch or book.epoch
    book.active["A1"] = value
    book.active["A1"].number_format = shown or book.active["A1"].number_format
    book.save(path := tmp_path / "b.xlsx")
    new = f"<v>{serial or 40575}</v>".encode()
    path.write_bytes(rezipped(path.read_bytes(), lambda n, p: p.replace(b"<v>40575</v>", new)))
    return grids(path)["Sheet"].rows[0][1][0]


@cases.each("serial value", "returns", "serials")
def test_a_date_is_read_as_excel_shows_it(serial, value, tmp_path):
    wanted = Broken("error-cell", value) if isinstance(value, str) else value
    assert held(tmp_path, dt.datetime(2011, 2, 1), serial=serial) == wanted


def test_a_number_shown_as_a_date_is_a_date(tmp_path):
    day = dt.datetime(2011, 2, 1)
    for shown in ("dd/mm/yyyy", "[$-809]d mmmm yyyy;@", "h:mm", "[h]:mm:ss", "yyyy"):
        assert held(tmp_path, 40575, shown) == day, shown
    plain_formats = ["General", "0.00", '0.0 "days"', "#,##0.00\\d", "[Red]0.00", "0.00E+00", "@"]
    for shown in [*plain_formats, "_-* #,##0_-"]:
        assert float(held(tmp_path, 40575, shown)) == 40575.0, shown
    assert held(tmp_path, day, epoch=openpyxl.utils.datetime.CALENDAR_MAC_1904) == day


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_row_names_where_it_stands_in_either_form(form, tmp_path):
    draft = drafts.made(7, form=form)
    for rows in draft.tables.values():
        rows.insert(2, [""] * len(rows[0]))
    for name, frame in draft.read(tmp_path / "a").tables.items():
        source = f"{name}.csv" if form == "csv" else f"return.xlsx/{name}"
        assert frame["source_row"].tolist()[:2] == [f"{source}:2", f"{source}:4"]
