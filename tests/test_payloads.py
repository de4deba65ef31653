"""Forty scripts and formulas in every text a council can send, through the real notebooks: none is live anywhere."""

import json
import re
import shutil

import pandas as pd
import pytest
from test_cli import process
from test_publish import FORMULAS, PAYLOADS, assert_harmless
from test_publish_results import assert_inert

from larcnb.root import WORKBOOK, Root
from larcnb.schema import RETURN

LIVE = [text for text in [*FORMULAS, *PAYLOADS] if text.isprintable()][:40]
SCRIPTED = {"03_sensitivity.html": "what_if.js"}
FORMULA = re.compile(r"\s*[=+@]|\s*-(?![\d.])")


def fill(path, *columns):
    """Give each row of a table the next payload in some of its columns."""
    table = pd.read_csv(path, dtype=str).fillna("")
    live = [LIVE[number % len(LIVE)] for number in range(len(table))]
    table.assign(**dict.fromkeys(columns, live)).to_csv(path, index=False)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A root whose only authority has a payload in every text, and whose notebooks have all run."""
    root = Root(tmp_path_factory.mktemp("live"))
    raw = root.raw("la-01")
    shutil.copytree(WORKBOOK / "data/raw/la-01", raw)
    root.params.mkdir()
    params = (WORKBOOK / "params/la-01.yaml").read_text("utf-8")
    for key, text in (("name", LIVE[0]), ("type", LIVE[20]), ("region", LIVE[25])):
        line = f"{key}: {json.dumps(text)}"
        params = re.sub(rf"(?m)^{key}:.*$", lambda _, line=line: line, params)
    (root.params / "la-01.yaml").write_text(params, "utf-8")
    (raw / "NOTICE.md").write_text("".join(LIVE[12:20]), "utf-8")
    fill(raw / "moderation.csv", "note")
    given = ["outcome", "behaviour", "engagement", "negative_outcomes"]
    evidence = [[*given, text, "parent", "mentioned", text] for text in LIVE]
    evidence = pd.DataFrame(evidence, columns=RETURN["evidence"].columns)
    evidence.to_csv(raw / "evidence.csv", index=False)
    own = pd.read_csv(WORKBOOK / "data/raw/national/unit_costs.csv", dtype=str).fillna("")
    own.query("vintage == 'larc4'").to_csv(raw / "unit_costs.csv", index=False)
    fill(raw / "unit_costs.csv", "label", "unit", "source")
    code, said = process("run", "la-01", "--root", root.path)
    assert code == 0, said
    return root


def test_none_of_forty_is_live_on_a_page_or_in_the_workbook(root):
    assert len(set(LIVE)) == 40 and len(set(LIVE) & set(FORMULAS)) >= 10
    pages = sorted((root.reports / "la-01").glob("*.html"))
    assert len(pages) >= 4
    for path in pages:
        assert_harmless(path.read_text("utf-8"), SCRIPTED.get(path.name, ""))
    assert_harmless((root.reports / "index.html").read_text("utf-8"), "search.js")
    assert_inert((root.reports / "la-01/results.xlsx").read_bytes())


def test_none_is_live_in_a_csv_and_json_holds_them_as_text(root):
    folder = root.processed("la-01")
    for path in folder.rglob("*.csv"):
        cells = pd.read_csv(path, header=None, dtype=str, keep_default_na=False).stack()
        assert not [cell for cell in cells if FORMULA.match(cell)], path.name
    assert {path.name for path in folder.glob("*.json")} >= {"findings.json", "quality.json"}
    assert json.loads((folder / "findings.json").read_text("utf-8"))["name"] == LIVE[0]
