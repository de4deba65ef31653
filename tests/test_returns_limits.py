"""The edges of what a reader takes: the largest file, the odd one and the damaged one, each in its own words."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest
from faults import rezipped

from larcnb.returns import files, package, read_table
from larcnb.returns.files import find_return
from larcnb.returns.package import Unreadable, open_package
from larcnb.schema import RETURN

HEADER = "case_id,subject,need\n"


def table_of(tmp_path: Path, text: str | bytes):
    path = tmp_path / "needs.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, RETURN["needs"], "la-99/needs.csv")


def told(problems) -> list[tuple]:
    return [(p.row, p.code) for p in problems]


def test_a_folder_that_is_not_there_holds_no_return(tmp_path):
    found = find_return(tmp_path / "la-98", "la-98")
    assert [str(p) for p in found.problems] == [
        "ERROR no-return  la-98: There is no return. Put return.xlsx or the tables as CSV files there."
    ]


def test_a_table_that_is_a_link_or_a_folder_is_not_opened(tmp_path):
    (tmp_path / "aside").write_text(HEADER)
    (tmp_path / "needs.csv").symlink_to(tmp_path / "aside")
    (tmp_path / "folder.csv").mkdir()
    for name in ("needs.csv", "folder.csv"):
        frame, problems = read_table(tmp_path / name, RETURN["needs"], f"la-99/{name}")
        assert frame.empty and told(problems) == [(0, "link")]


def test_a_file_of_the_largest_size_is_read_and_no_larger_one(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_BYTES", len(HEADER))
    assert told(table_of(tmp_path, HEADER)[1]) == []
    assert told(table_of(tmp_path, HEADER + "\n")[1]) == [(0, "too-large")]


def test_a_table_holds_at_most_so_many_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_ROWS", 2)
    row = "A,child,behaviour\n"
    frame, problems = table_of(
        tmp_path, HEADER + row + "\n" + row.replace("behaviour", "education")
    )
    assert frame["source_row"].tolist() == ["needs.csv:2", "needs.csv:4"] and problems == []
    frame, problems = table_of(tmp_path, HEADER + row * 3)
    assert frame.empty and [(p.row, p.message) for p in problems] == [
        (4, "More than 2 rows hold values.")
    ]


def test_only_columns_that_hold_values_are_counted(tmp_path):
    assert told(table_of(tmp_path, HEADER + "A,child,behaviour" + "," * 100 + "\n")[1]) == []
    wide = ",".join(f"x{at}" for at in range(61))
    frame, (problem,) = table_of(tmp_path, f"{HEADER}A,child,behaviour\n{wide}\n")
    assert frame.empty and (problem.row, problem.cell, problem.code) == (
        3,
        "BI3",
        "too-many-columns",
    )
    assert "too-many-columns" not in {
        p.code for p in table_of(tmp_path, HEADER + wide.removeprefix("x0,"))[1]
    }


def test_a_cell_longer_than_the_csv_reader_takes_is_refused_by_row(tmp_path):
    _, problems = table_of(tmp_path, f"{HEADER}A,child,{'x' * 200_000}\nA,child,behaviour\n")
    assert told(problems) == [(2, "too-long")]


@pytest.mark.parametrize(
    ("raw", "codes", "rows"),
    [
        (HEADER.encode("utf-16"), ["encoding"], 0),
        (HEADER.encode("utf-16-le"), ["encoding"], 0),
        (HEADER.encode("utf-16-be"), ["encoding"], 0),
        (HEADER.encode("utf-16") + b"x", ["encoding"], 0),
        ("a\0b".encode("utf-16"), ["encoding"], 0),
        (b"\xef\xbb\xbf" + HEADER.encode(), [], 0),
        (HEADER.encode() + b"A,child,\x81\n", ["encoding"], 0),
        ((HEADER + "A,child,behaviour\n").encode("utf-16"), ["encoding"], 1),
        (b"\xd0\xcf\x11\xe0" + b"x" * 8, ["not-csv"], 0),
        (b"PK\3\4x", ["not-csv"], 0),
        (b"a,\0\n", ["nul"], 0),
    ],
)
def test_a_csv_in_another_form_is_named_and_read_where_it_can_be(raw, codes, rows, tmp_path):
    frame, problems = table_of(tmp_path, raw)
    assert ([p.code for p in problems], len(frame)) == (codes, rows)


@pytest.mark.parametrize("mark", [";", "\t", "|", ":"])
def test_another_delimiter_is_refused_once_and_the_rows_are_read(mark, tmp_path):
    frame, problems = table_of(tmp_path, (HEADER + "A,child,behaviour\n").replace(",", mark))
    assert told(problems) == [(0, "delimiter")] and frame["need"].tolist() == ["behaviour"]


def book(change=lambda name, part: part, add=None) -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return rezipped(out.getvalue(), change, add)


def refusal(tmp_path: Path, raw: bytes) -> tuple[str, str]:
    path = tmp_path / "return.xlsx"
    path.write_bytes(raw)
    with pytest.raises(Unreadable) as caught:
        open_package(path)
    return caught.value.code, caught.value.message


def locked(raw: bytes) -> bytes:
    """Say in the list of contents that the first part is encrypted."""
    at = raw.find(b"PK\1\2") + 8
    return raw[:at] + b"\1" + raw[at + 1 :]


def without_ids(name: str, part: bytes) -> bytes:
    return (
        part.replace(b"r:id=", b"r:it=").replace(b" id=", b" it=")
        if name == "xl/workbook.xml"
        else part
    )


def no_sheets(name: str, part: bytes) -> bytes:
    return part.replace(b"rId", b"x") if name == "xl/workbook.xml" else part


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        (lambda: b"", "not-a-workbook", "The file is empty."),
        (lambda: b" \n<html>", "not-a-workbook", "This is a web page under"),
        (lambda: b"hello", "not-a-workbook", "This is text or another kind of file under"),
        (lambda: b"\xd0\xcf\x11\xe0" + b"x", "protected", "or in the old Excel form"),
        (lambda: b"PK\3\4" + b"x" * 100, "not-a-workbook", "damaged or cut short"),
        (lambda: book()[:-1], "not-a-workbook", "damaged or cut short"),
        (
            lambda: (
                b"PK\3\4" + b"x" * 50 + b"PK\5\6" + b"\xff" * 8 + struct.pack("<LLH", 90, 10, 0)
            ),
            "not-a-workbook",
            "damaged or cut short",
        ),
        (lambda: book() + b"PK\6\7", "too-large", "packed in an unusual way or has too many parts"),
        (lambda: locked(book()), "protected", "with a password"),
        (lambda: book(add={"XL/workbook.XML": b""}), "not-a-workbook", "two parts of one name"),
        (lambda: book(without_ids), "not-a-workbook", "not an Excel workbook, or it is damaged"),
        (lambda: book(no_sheets), "not-a-workbook", "not an Excel workbook, or it is damaged"),
        (
            lambda: book(lambda name, part: None if name.endswith(".rels") else part),
            "not-a-workbook",
            "not an Excel workbook, or it is damaged",
        ),
    ],
)
def test_a_file_that_is_no_sound_workbook_is_refused_for_what_it_is(raw, code, words, tmp_path):
    said = refusal(tmp_path, raw())
    assert said[0] == code and words in said[1]


def test_a_workbook_is_of_a_size_a_return_can_have(tmp_path, monkeypatch):
    raw, zeros = book(), zipfile.ZipInfo("xl/zeros")
    unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(raw)).infolist())
    path = tmp_path / "return.xlsx"
    path.write_bytes(raw)
    monkeypatch.setattr(package, "LARGEST_BYTES", unpacked)
    assert len(open_package(path).sheets) == 1
    monkeypatch.setattr(package, "LARGEST_BYTES", unpacked - 1)
    assert refusal(tmp_path, raw)[1].startswith("The workbook is larger than 50 MB unpacked")
    monkeypatch.setattr(package, "LARGEST_BYTES", len(raw) - 1)
    assert refusal(tmp_path, raw) == ("too-large", "The file is larger than 50 MB.")
    monkeypatch.setattr(package, "LARGEST_BYTES", 50_000_000)
    packed = book(add={zeros.filename: b"\0" * 9_900_000})
    path.write_bytes(packed)
    assert open_package(path).sheets  # packed a hundredfold, but small
    monkeypatch.setattr(package, "RATIO_FROM", 1_000_000)
    assert refusal(tmp_path, packed)[0] == "too-large"
    monkeypatch.setattr(package, "MOST_RATIO", 2_000)
    assert open_package(path).sheets


def test_a_list_of_contents_has_a_size_too(tmp_path, monkeypatch):
    raw = book()
    size = struct.unpack_from("<L", raw, raw.rfind(b"PK\5\6") + 12)[0]
    monkeypatch.setattr(package, "MOST_PARTS_BYTES", size)
    (tmp_path / "return.xlsx").write_bytes(raw)
    assert open_package(tmp_path / "return.xlsx").sheets
    monkeypatch.setattr(package, "MOST_PARTS_BYTES", size - 1)
    assert refusal(tmp_path, raw)[0] == "too-large"
