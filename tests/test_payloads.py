"""Forty scripts and formulas in every text a council can send, through the real notebooks: none is live anywhere."""

import csv
import io
import json
import re
import shutil
import zipfile

import pytest
from test_publish import PAYLOADS, assert_harmless
from test_publish_edition import process
from test_publish_results import FORMULAS

from larcnb.root import WORKBOOK, Root
from larcnb.schema import RETURN

LIVE = [text for text in [*FORMULAS, *PAYLOADS] if text.isprintable()][:40]
SCRIPTED = {"03_sensitivity.html": "what_if.js"}
FORMULA = re.compile(r"\s*[=+@]|\s*-(?![\d.])")


def fill(path, column):
    """Give each row of a table the next payload in one of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    for number, row in enumerate(rows):
        row[header.index(column)] = LIVE[number % len(LIVE)]
    write(path, header, rows)


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A root whose only authority has a payload in every text, and whose notebooks have all run."""
    root = Root(tmp_path_factory.mktemp("live"))
    shutil.copytree(WORKBOOK / "data/raw/la-01", root.raw("la-01"))
    root.params.mkdir()
    params = (WORKBOOK / "params/la-01.yaml").read_text("utf-8")
    for key, text in (("name", LIVE[0]), ("type", LIVE[20]), ("region", LIVE[25])):
        params = re.sub(
            rf"(?m)^{key}:.*$", lambda _, k=key, t=text: f"{k}: {json.dumps(t)}", params
        )
    (root.params / "la-01.yaml").write_text(params, "utf-8")
    (root.raw("la-01") / "NOTICE.md").write_text("".join(LIVE[12:20]), "utf-8")
    fill(root.raw("la-01") / "moderation.csv", "note")
    given = ["outcome", "behaviour", "engagement", "negative_outcomes"]
    evidence = [[*given, text, "parent", "mentioned", text] for text in LIVE]
    write(root.raw("la-01") / "evidence.csv", RETURN["evidence"].columns, evidence)
    with (WORKBOOK / "data/raw/national/unit_costs.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    own = [row for row in rows if row[header.index("vintage")] == "larc4"]
    write(root.raw("la-01") / "unit_costs.csv", header, own)
    for column in ("label", "unit", "source"):
        fill(root.raw("la-01") / "unit_costs.csv", column)
    code, said = process("run", "la-01", "--root", root.path)
    assert code == 0, said
    return root


def test_there_are_forty():
    assert len(set(LIVE)) == 40 and len(set(LIVE) & set(FORMULAS)) >= 10


def test_none_is_live_on_a_page(root):
    pages = sorted((root.reports / "la-01").glob("*.html"))
    assert len(pages) >= 4
    for path in pages:
        assert_harmless(path.read_text("utf-8"), SCRIPTED.get(path.name, ""))
    assert_harmless((root.reports / "index.html").read_text("utf-8"), "search.js")


def test_none_is_live_in_the_workbook(root):
    with zipfile.ZipFile(io.BytesIO((root.reports / "la-01/results.xlsx").read_bytes())) as book:
        xml = b"".join(book.read(name) for name in book.namelist())
        assert not {name for name in book.namelist() if "externalLink" in name or "vba" in name}
    assert b"<f>" not in xml and b"<f " not in xml and b'TargetMode="External"' not in xml


def test_none_is_live_in_a_csv_and_json_holds_them_as_text(root):
    folder = root.processed("la-01")
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert not [cell for row in csv.reader(file) for cell in row if FORMULA.match(cell)], (
                path.name
            )
    names = [path.name for path in folder.glob("*.json")]
    assert {"findings.json", "quality.json"} <= set(names)
    assert json.loads((folder / "findings.json").read_text("utf-8"))["name"] == LIVE[0]
