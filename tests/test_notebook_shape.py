"""Every notebook is written for a reader and for an analyst: prose, the step's own pandas, the frame shown."""

import ast
import json
import re

import numpy as np
import pandas as pd
import pytest
from refresh import notebook_checksums

from larcnb.root import WORKBOOK
from larcnb.runner.fingerprints import CHECKSUMS

FOLDER = WORKBOOK / "notebooks"
NOTEBOOKS = sorted([*FOLDER.glob("[0-9]*.ipynb"), *FOLDER.glob("public/[0-9]*.ipynb")])
LOGIC = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try)
LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Load, ast.UnaryOp, ast.USub)
OWN = {"authority", "preset", "overrides"}
PARAMETERS = {
    **dict.fromkeys(("01", "02", "04", "05", "06"), OWN),
    "03": OWN | {"draws", "seed"},
    "10": {"round_name", "preset", "overrides", "seed"},
    **dict.fromkeys(("11", "12"), {"round_name"}),
    "20": {"round_name", "place"},
}
TRIED = ("02", "03", "04", "10")
"""Notebooks with cells to change and run again."""
PANDAS = {*dir(pd), *dir(pd.DataFrame), *dir(pd.Series)} - {*dir(str), *dir(np.ndarray)}
"""Operations that are pandas' alone: text and NumPy have none of these names."""
COMPLETE = "application/vnd.larcnb.complete+json"
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|/home/|/Users/|[A-Z]:\\\\|site-packages|Warning:")
NAMES = re.compile(r"(?i:larc)[1-4]\b|\b\d\d_[a-z][a-z0-9_]*")
"""What of prose over several authorities may hold a digit: a round's name and a notebook's."""


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request):
    return json.loads(request.param.read_text("utf-8"))["cells"]


@pytest.fixture
def name(request, cells):
    return request.node.callspec.params["cells"].stem


def of(cells, kind):
    return [text(cell) for cell in cells if cell["cell_type"] == kind]


def text(cell):
    return "".join(cell["source"])


def nodes(cells, kind):
    """Every node of a kind in the code cells."""
    trees = map(ast.parse, of(cells, "code"))
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, kind)]


def operations(cells):
    """The attributes in code cells that are pandas' own: ``frame.groupby``."""
    return [one.attr for one in nodes(cells, ast.Attribute) if one.attr in PANDAS]


def shows_a_frame(source):
    """Whether a cell ends by showing a frame, or a table, the ledger's lines or the cases of one."""
    last = ast.parse(source).body[-1]
    other = r"show\.(?!table|trace|cards)|(run|workbook)\b"
    return isinstance(last, ast.Expr) and not re.match(other, ast.unparse(last))


def test_its_cells_are_short_it_has_prose_and_pandas_and_no_logic(name, cells):
    assert name[:2] in PARAMETERS
    code = [source.strip().splitlines() for source in of(cells, "code")]
    assert max(map(len, code)) <= 12 and sum(map(len, code)) <= 120
    assert sum(len(prose.split()) for prose in of(cells, "markdown")) >= 250
    assert nodes(cells, LOGIC) == [] and len(operations(cells)) >= 4


def test_each_step_shows_its_frame(cells):
    steps, heading = {}, ""
    for cell in cells[3:-1]:
        if cell["cell_type"] == "markdown":
            heading = (re.findall("(?m)^## (.*)$", text(cell)) or [heading])[-1]
        else:
            steps[heading] = steps.get(heading, False) or shows_a_frame(text(cell))
    assert steps and all(steps.values()), steps


def test_some_cells_are_there_to_be_changed(name, cells):
    tried = [n for n, cell in enumerate(cells) if "**Try it.**" in text(cell)]
    assert bool(tried) >= (name[:2] in TRIED)
    for n in tried:
        assert cells[n]["cell_type"] == "markdown" and cells[n + 1]["cell_type"] == "code"
        assert len(text(cells[n + 1]).strip().splitlines()) <= 6


def test_it_begins_with_its_title_its_parameters_and_its_run(name, cells):
    assert text(cells[0]).startswith("# ")
    assert len(re.findall("(?m)^# ", "\n".join(of(cells, "markdown")))) == 1
    tagged = ["parameters" in cell["metadata"].get("tags", []) for cell in cells]
    assert tagged.index(True) == 1 and sum(tagged) == 1
    assert "import" in text(cells[2]) and re.search(r"\.open_(run|round|page)\(", text(cells[2]))
    lines = [ast.parse(line).body for line in text(cells[1]).splitlines()]
    for (assigned,), line in zip(lines, text(cells[1]).splitlines(), strict=True):
        assert "  # " in line and all(isinstance(n, LITERALS) for n in ast.walk(assigned.value))
    given = {assigned.targets[0].id for (assigned,) in lines}
    assert given >= PARAMETERS[name[:2]]
    assert "preset" not in given or "preset, overrides" in text(cells[2])


def test_it_ends_with_the_completion_record(cells):
    assert ".finish(" in text(cells[-1])
    assert sum(".finish(" in source for source in of(cells, "code")) == 1
    assert any("imits" in prose or "cannot tell" in prose for prose in of(cells, "markdown")[-2:])


@pytest.mark.parametrize("of_round", ["05_standing", "10_consortium", "11_evidence"])
def test_no_number_is_typed_in_prose_over_several_authorities(of_round):
    cells = json.loads((FOLDER / f"{of_round}.ipynb").read_text("utf-8"))["cells"]
    prose = of(cells, "markdown")
    assert len(prose) > 3
    assert [words for words in prose if re.search(r"[\d£%]", NAMES.sub("", words))] == []


def test_it_is_committed_as_run_from_top_to_bottom_with_nothing_of_a_machine_in_it(cells):
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    if not any(cell["outputs"] for cell in code):
        pytest.skip("its outputs are of a release, which is not committed")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [out for cell in code for out in cell["outputs"] if "image" not in str(out)]
    assert not ADDRESS.search(json.dumps(outputs))


EXAMPLE = {"authority": "la-01", "round_name": "larc4", "place": "national"}
OTHERWISE = {"11_evidence": {"round_name": "larc2"}}
EXAMPLES = {"la-01", "consortium/larc4", "consortium/larc2", "public/larc4/national"}
HOW = "Put it back: git checkout -- notebooks. Or, having changed a notebook on purpose: make notebooks."


def wrong_outputs(folder, listed):
    """What must not be committed: outputs that ``make notebooks`` did not put there, or that are not the example's."""
    for name, now in notebook_checksums(folder).items():
        cells = json.loads((folder / name).read_text("utf-8"))["cells"]
        cells = [cell for cell in cells if cell["cell_type"] == "code"]
        outputs = [output.get("data", {}) for cell in cells for output in cell["outputs"]]
        if not any(cell["outputs"] for cell in cells):
            continue
        if now["outputs"] != listed.get(name, {}).get("outputs"):
            yield f"notebooks/{name}: make notebooks has not made these outputs."
        given, wanted = {}, EXAMPLE | OTHERWISE.get(name.removesuffix(".ipynb"), {})
        exec(text(cells[0]), {}, given)
        units = {data[COMPLETE]["unit"] for data in outputs if COMPLETE in data} or {"nobody"}
        injected = any("injected-parameters" in c["metadata"].get("tags", []) for c in cells)
        other = any(given.get(key, value) != value for key, value in wanted.items())
        if injected or other or not units <= EXAMPLES:
            yield f"notebooks/{name}: its outputs are of {', '.join(sorted(units))}."


def test_what_is_committed_is_the_example_as_make_notebooks_made_it():
    listed, now = json.loads((FOLDER / CHECKSUMS).read_text("utf-8")), notebook_checksums(FOLDER)
    assert [*wrong_outputs(FOLDER, listed)] == [], HOW
    said = [{name: entry["source"] for name, entry in one.items()} for one in (listed, now)]
    why = "Run make notebooks, or python tests/refresh.py --checksums while outputs are to stay."
    assert said[0] == said[1], why


def test_a_notebook_run_for_a_council_in_jupyterlab_is_not_committed(tmp_path):
    listed, name = notebook_checksums(FOLDER), "02_price.ipynb"
    nb = json.loads((FOLDER / name).read_text("utf-8"))
    record = {"output_type": "display_data", "data": {COMPLETE: {"unit": "mereford"}}}
    nb["cells"][-1]["outputs"] = [record | {"metadata": {}}]
    (tmp_path / name).write_text(json.dumps(nb), "utf-8")
    not_made, of_whom = wrong_outputs(tmp_path, listed)
    assert not_made.endswith("has not made these outputs.") and "mereford." in of_whom
