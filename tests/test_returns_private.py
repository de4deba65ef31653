"""What a family's return says in words stays in the return: no message, record or representation repeats it.

That no fault makes a message repeat it is in ``test_returns_faults.py``.
"""

import csv
import io
import shutil
import zipfile

import drafts
import openpyxl
import pytest
from drafts import LEA
from test_returns_faults import CANARY, said_of, with_canaries
from typer.testing import CliRunner

from larcnb.cli.app import app
from larcnb.returns.template import write_checked
from larcnb.root import WORKBOOK, Root
from larcnb.schema import RETURN


@pytest.mark.parametrize("shift", [-1, 1])
@pytest.mark.parametrize(("table", "at"), [("cases", 4), ("evidence", 2), ("moderation", 3)])
def test_free_text_moved_to_another_column_never_shows(table, at, shift, tmp_path):
    """In a workbook somebody deletes or inserts one cell, and the rest of the row moves."""
    draft = with_canaries(drafts.made(3, form="xlsx"))
    text = next(i for i, name in enumerate(RETURN[table].columns) if RETURN[table][name].private)
    for row in draft.tables[table][1:]:
        row[text] = f"{CANARY} was seen with {CANARY} again"
        if shift > 0:
            row.insert(at, "")
        else:
            del row[at]
    assert CANARY not in said_of(draft.read(tmp_path / "la-99"))


@pytest.mark.parametrize("value", ["Smith Jade", "jade@example.org", "943 476 5919", "J" * 40])
def test_an_id_that_is_no_pseudonym_never_shows(value, tmp_path):
    draft = drafts.made(2)
    for name in (name for name in RETURN if name != "evidence"):
        for row in draft.tables[name][1:]:
            row[0] = value
    said = said_of(draft.read(tmp_path / "la-99"))
    assert "bad-id" in said and value not in said


def test_ids_and_children_are_never_repeated(tmp_path):
    draft = drafts.made(4)
    draft.tables["children"][1][:2] = ["Jadecase", "Jadechild"]
    draft.tables["cases"].append(list(draft.tables["cases"][1]))
    said = said_of(draft.read(tmp_path / "la-99"))
    assert "unknown-case" in said and "Jade" not in said and draft.tables["cases"][1][0] not in said


def test_the_issues_of_a_checked_copy_repeat_no_text(tmp_path):
    draft = with_canaries(drafts.made(5, form="xlsx"))
    draft.tables["moderation"][1][5] = f"{CANARY} ring 0113 496 0123"
    found = draft.read(tmp_path / "la-99")
    path, here = tmp_path / "c.xlsx", (drafts.LIBRARY, LEA)
    book = openpyxl.load_workbook(write_checked(path, tmp_path / "la-99", found.problems, *here))
    issues = [str(cell.value) for row in book["Issues"].iter_rows() for cell in row]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    comments = [cell.comment.text for cell in cells if cell.comment]
    assert comments and CANARY not in "".join(issues + comments)
    assert {book.properties.creator, book.properties.lastModifiedBy} == {"larcnb"}


def test_no_page_notebook_workbook_or_record_of_an_authority_repeats_free_text(tmp_path):
    """The workbook's own notebooks on a return full of canaries; only the clean tables keep it."""
    root = Root(tmp_path)
    shutil.copytree(WORKBOOK / "data/raw/la-01", root.raw("la-01"))
    shutil.copy(WORKBOOK / "data/raw/l2-01/evidence.csv", root.raw("la-01"))
    root.params.mkdir()
    shutil.copy(WORKBOOK / "params/la-01.yaml", root.params)
    put = 0
    for path in root.raw("la-01").glob("*.csv"):
        private = [f.name for f in RETURN[path.stem].fields if f.private]
        head, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
        for row in rows:
            for at in (at for at, column in enumerate(head) if column in private):
                row[at] = f"{row[at]}; {CANARY}" if row[at] else ""
                put += bool(row[at])
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
    assert put > 20
    done = CliRunner().invoke(app, ["run", "la-01", "--root", str(root.path)])
    assert (done.exit_code, CANARY in done.output) == (0, False), done.output
    files = [path for path in root.path.rglob("*") if path.is_file()]
    holding = {path.name for path in files if CANARY.encode() in _bytes(path)}
    assert holding == {"moderation.csv", "evidence.csv", "moderation.parquet", "evidence.parquet"}


def _bytes(path) -> bytes:
    """What a file holds, unpacked where it is packed."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        return b"".join(packed.read(name) for name in packed.namelist())
