"""Every notebook is written for a reader who may take it apart: short cells, prose, its own pandas, literal parameters."""

import ast
import json
import re

import pytest

from larcnb.provenance import CHECKSUMS, notebook_checksums
from larcnb.root import WORKBOOK

NOTEBOOKS = sorted((WORKBOOK / "notebooks").glob("**/[0-9]*.ipynb"))
LOGIC = (ast.FunctionDef, ast.ClassDef, ast.While, ast.Try)
LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Load, ast.UnaryOp, ast.USub)
COMPLETE = "application/vnd.larcnb.complete+json"
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|/home/|/Users/|[A-Z]:\\\\|site-packages|Warning:")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request):
    if ".ipynb_checkpoints" in request.param.parts:
        pytest.skip("JupyterLab's own copy")
    return json.loads(request.param.read_text("utf-8"))["cells"]


def of(cells, kind):
    return [text(cell) for cell in cells if cell["cell_type"] == kind]


def text(cell):
    return "".join(cell["source"])


def test_there_are_notebooks():
    assert {path.stem[:2] for path in NOTEBOOKS} >= {"01", "02", "03", "04", "10", "11", "12", "20"}


def test_it_is_short_and_says_what_it_does(cells):
    code = [source.strip().splitlines() for source in of(cells, "code")]
    assert len(cells) >= 15
    assert max(map(len, code)) <= 12 and sum(map(len, code)) <= 120
    assert sum(len(prose.split()) for prose in of(cells, "markdown")) >= 250


def test_it_defines_and_catches_nothing(cells):
    found = [node for source in of(cells, "code") for node in ast.walk(ast.parse(source)) if isinstance(node, LOGIC)]
    assert found == []


def test_it_begins_with_its_title_its_parameters_and_its_run(cells):
    titles = [line for prose in of(cells, "markdown") for line in prose.splitlines() if line.startswith("# ")]
    assert text(cells[0]).startswith("# ") and len(titles) == 1
    assert [n for n, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", [])] == [1]
    assert "import" in text(cells[2]) and re.search(r"\.open_(run|round|page)\(", text(cells[2]))


def test_each_parameter_is_a_literal_with_a_comment(cells):
    lines = text(cells[1]).splitlines()
    for line in lines:
        (assigned,) = ast.parse(line).body
        assert isinstance(assigned, ast.Assign) and "  # " in line
        assert all(isinstance(node, LITERALS) for node in ast.walk(assigned.value))
    assert lines


def test_it_ends_with_the_completion_record(cells):
    assert ".finish(" in text(cells[-1])
    assert sum(".finish(" in source for source in of(cells, "code")) == 1
    assert any("imits" in prose or "cannot tell" in prose for prose in of(cells, "markdown")[-2:])


def test_it_is_committed_as_run_from_top_to_bottom_with_nothing_of_a_machine_in_it(cells):
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    if not any(cell["outputs"] for cell in code):
        pytest.skip("its outputs are of a release, which is not committed")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert not ADDRESS.search(json.dumps([out for cell in code for out in cell["outputs"] if "image" not in str(out)]))


EXAMPLE = {"authority": "la-01", "round_name": "larc4", "place": "national", "11_evidence": "larc2"}
HOW = "Put it back: git checkout -- notebooks. Or, having changed a notebook on purpose: make notebooks."


def wrong_outputs(folder, listed):
    """What must not be committed: outputs that ``make notebooks`` did not put there, or that are not the example's."""
    found = []
    for name, now in notebook_checksums(folder).items():
        nb = json.loads((folder / name).read_text("utf-8"))
        cells = [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
        outputs = [output for cell in cells for output in cell["outputs"]]
        if not outputs:
            continue
        if now["outputs"] != listed.get(name, {}).get("outputs"):
            found.append(f"notebooks/{name}: make notebooks has not made these outputs.")
        given = {}
        exec("".join(cells[0]["source"]), {}, given)
        if any(value != EXAMPLE.get(name[:-6], EXAMPLE[key]) for key, value in given.items() if key in EXAMPLE):
            found.append(f"notebooks/{name}: its parameters are not those of the example.")
        records = [data[COMPLETE] for output in outputs if COMPLETE in (data := output.get("data", {}))]
        units = {record["unit"] for record in records} or {"nobody"}
        example = {"la-01", "consortium/larc4", "consortium/larc2", "public/larc4/national"}
        if not units <= example or any("injected-parameters" in c["metadata"].get("tags", []) for c in cells):
            found.append(f"notebooks/{name}: its outputs are of {', '.join(sorted(units))}.")
    return found


def test_no_notebook_is_committed_with_outputs_of_any_but_the_example():
    listed = json.loads((WORKBOOK / "notebooks" / CHECKSUMS).read_text("utf-8"))
    assert wrong_outputs(WORKBOOK / "notebooks", listed) == [], HOW


def test_the_list_of_what_notebooks_say_is_that_of_the_notebooks():
    listed = json.loads((WORKBOOK / "notebooks" / CHECKSUMS).read_text("utf-8"))
    now = notebook_checksums(WORKBOOK / "notebooks")
    said = [{name: entry["source"] for name, entry in one.items()} for one in (listed, now)]
    assert said[0] == said[1], "Run make notebooks, or python tests/refresh.py --checksums while outputs are to stay."


@pytest.mark.parametrize("name", [path.relative_to(WORKBOOK / "notebooks").as_posix() for path in NOTEBOOKS])
def test_a_notebook_run_for_a_council_in_jupyterlab_is_not_committed(tmp_path, name):
    listed = notebook_checksums(WORKBOOK / "notebooks")
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    nb = json.loads((WORKBOOK / "notebooks" / name).read_text("utf-8"))
    code = [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
    code[5]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "the ledger of mereford"}]
    path.write_text(json.dumps(nb), "utf-8")
    assert wrong_outputs(tmp_path, listed)[0].endswith("make notebooks has not made these outputs.")
    code[-1]["outputs"] = [{"output_type": "display_data", "data": {COMPLETE: {"unit": "mereford"}}, "metadata": {}}]
    path.write_text(json.dumps(nb), "utf-8")
    assert "its outputs are of mereford." in wrong_outputs(tmp_path, notebook_checksums(tmp_path))[0]
