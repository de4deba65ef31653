"""Every notebook is written for a reader and for an analyst (STYLE 4): prose, the step's own pandas, the frame shown."""

import ast
import json
import re

import pytest

from larcnb.root import WORKBOOK
from larcnb.runner.fingerprints import CHECKSUMS, notebook_checksums

NOTEBOOKS = sorted((WORKBOOK / "notebooks").glob("**/[0-9]*.ipynb"))
PENDING = set()
"""Not rewritten yet."""
LOGIC = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try)
LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Load, ast.UnaryOp, ast.USub)
PARAMETERS = {
    **dict.fromkeys(("01", "02", "04", "05"), {"authority", "preset", "overrides"}),
    "03": {"authority", "preset", "overrides", "draws", "seed"},
    "10": {"round_name", "preset", "overrides", "seed"},
    "11": {"round_name"},
    "12": {"round_name"},
    "20": {"round_name", "place"},
}
TRIED = ("02", "03", "04", "10")
"""Notebooks with cells to change and run again."""
PANDAS = {
    "agg",
    "aggregate",
    "apply",
    "assign",
    "astype",
    "between",
    "clip",
    "concat",
    "corr",
    "count",
    "crosstab",
    "cumsum",
    "cut",
    "describe",
    "diff",
    "drop",
    "drop_duplicates",
    "dropna",
    "eval",
    "explode",
    "fillna",
    "filter",
    "groupby",
    "head",
    "idxmax",
    "idxmin",
    "isin",
    "isna",
    "join",
    "map",
    "melt",
    "merge",
    "nlargest",
    "notna",
    "nsmallest",
    "nunique",
    "pipe",
    "pivot",
    "pivot_table",
    "qcut",
    "quantile",
    "query",
    "rank",
    "reindex",
    "rename",
    "rename_axis",
    "replace",
    "reset_index",
    "rolling",
    "sample",
    "set_index",
    "shift",
    "size",
    "sort_index",
    "sort_values",
    "stack",
    "sum",
    "mean",
    "median",
    "tail",
    "to_frame",
    "transform",
    "unstack",
    "value_counts",
    "where",
}
SHAPING = PANDAS - {
    "count",
    "size",
    "sum",
    "mean",
    "median",
    "map",
    "join",
    "head",
    "drop",
    "replace",
    "filter",
    "astype",
}
"""Operations that are pandas' alone: text and NumPy have none of these names."""
COMPLETE = "application/vnd.larcnb.complete+json"
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|/home/|/Users/|[A-Z]:\\\\|site-packages|Warning:")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request):
    if ".ipynb_checkpoints" in request.param.parts:
        pytest.skip("JupyterLab's own copy")
    return json.loads(request.param.read_text("utf-8"))["cells"]


@pytest.fixture
def name(request, cells):
    return request.node.callspec.params["cells"].stem


@pytest.fixture
def written(name, cells):
    """The cells of a notebook that is written as STYLE 4 has it."""
    if name in PENDING:
        pytest.skip("not rewritten yet")
    return cells


def of(cells, kind):
    return [text(cell) for cell in cells if cell["cell_type"] == kind]


def text(cell):
    return "".join(cell["source"])


def operations(cells, names):
    """The calls by attribute in code cells whose name is one of ``names``: ``frame.groupby(...)``."""
    calls = [
        node
        for source in of(cells, "code")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
    ]
    return [
        call.func.attr
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in names
    ]


def shows_a_frame(source):
    """Whether a cell ends by showing a frame, or a table, the ledger's lines or the cases of one."""
    last = ast.parse(source).body[-1]
    if not isinstance(last, ast.Expr):
        return False
    root = node = last.value
    while isinstance(root, ast.Call | ast.Attribute | ast.Subscript):
        node, root = root, root.func if isinstance(root, ast.Call) else root.value
    if isinstance(root, ast.Name) and root.id == "show":
        return isinstance(node, ast.Attribute) and node.attr in ("table", "trace", "cards")
    return (
        isinstance(root, ast.Name)
        and root.id not in ("run", "workbook")
        or isinstance(root, ast.BinOp)
    )


def test_there_are_notebooks():
    assert {path.stem[:2] for path in NOTEBOOKS} >= {"01", "02", "03", "04", "10", "11", "12", "20"}
    assert {path.stem for path in NOTEBOOKS} >= PENDING


def test_its_cells_are_short_and_it_has_prose(written):
    code = [source.strip().splitlines() for source in of(written, "code")]
    assert max(map(len, code)) <= 12 and sum(map(len, code)) <= 120
    assert sum(len(prose.split()) for prose in of(written, "markdown")) >= 250


def test_it_defines_nothing_and_has_no_loop(cells):
    found = [
        node
        for source in of(cells, "code")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, LOGIC)
    ]
    assert found == []


def test_its_own_pandas_is_in_the_open(written):
    assert len(operations(written, SHAPING)) >= 4


def test_all_of_them_have_sixty_pandas_operations():
    found = [
        json.loads(path.read_text("utf-8"))["cells"]
        for path in NOTEBOOKS
        if path.stem not in PENDING
    ]
    assert sum(len(operations(cells, PANDAS)) for cells in found) >= 60


def test_each_step_shows_its_frame(written):
    steps, heading = {}, ""
    for cell in written[3:-1]:
        if cell["cell_type"] == "markdown":
            heading = (re.findall("(?m)^## (.*)$", text(cell)) or [heading])[-1]
        else:
            steps[heading] = steps.get(heading, False) or shows_a_frame(text(cell))
    assert steps and [heading for heading, shown in steps.items() if not shown] == []


def test_what_shows_a_frame():
    for source in (
        "show.table(frame, 'x')",
        "frame.head()",
        "frame",
        "a = 1\nframe[['x']]",
        "show.trace(ledger, run)",
    ):
        assert shows_a_frame(source), source
    for source in ("show.bars(frame)", "run", "frame = 1", "show.say('x')", "run.finish(a=1)"):
        assert not shows_a_frame(source), source


def test_some_cells_are_there_to_be_changed(name, written):
    if name[:2] not in TRIED:
        pytest.skip("nothing to try")
    at = [
        n
        for n, cell in enumerate(written)
        if cell["cell_type"] == "markdown" and "**Try it.**" in text(cell)
    ]
    assert at
    for n in at:
        assert (
            written[n + 1]["cell_type"] == "code"
            and len(text(written[n + 1]).strip().splitlines()) <= 6
        )


def test_it_begins_with_its_title_its_parameters_and_its_run(cells):
    titles = [
        line
        for prose in of(cells, "markdown")
        for line in prose.splitlines()
        if line.startswith("# ")
    ]
    assert text(cells[0]).startswith("# ") and len(titles) == 1
    assert [
        n for n, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", [])
    ] == [1]
    assert "import" in text(cells[2]) and re.search(r"\.open_(run|round|page)\(", text(cells[2]))


def test_its_parameters_have_the_right_names_and_reach_the_run(name, written):
    given = {line.targets[0].id for line in ast.parse(text(written[1])).body}
    assert given >= PARAMETERS[name[:2]]
    if "preset" in given:
        assert "preset, overrides" in text(written[2])


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
    assert not ADDRESS.search(
        json.dumps([out for cell in code for out in cell["outputs"] if "image" not in str(out)])
    )


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
        if any(
            value != EXAMPLE.get(name[:-6], EXAMPLE[key])
            for key, value in given.items()
            if key in EXAMPLE
        ):
            found.append(f"notebooks/{name}: its parameters are not those of the example.")
        records = [
            data[COMPLETE] for output in outputs if COMPLETE in (data := output.get("data", {}))
        ]
        units = {record["unit"] for record in records} or {"nobody"}
        example = {"la-01", "consortium/larc4", "consortium/larc2", "public/larc4/national"}
        if not units <= example or any(
            "injected-parameters" in c["metadata"].get("tags", []) for c in cells
        ):
            found.append(f"notebooks/{name}: its outputs are of {', '.join(sorted(units))}.")
    return found


def test_no_notebook_is_committed_with_outputs_of_any_but_the_example():
    listed = json.loads((WORKBOOK / "notebooks" / CHECKSUMS).read_text("utf-8"))
    assert wrong_outputs(WORKBOOK / "notebooks", listed) == [], HOW


def test_the_list_of_what_notebooks_say_is_that_of_the_notebooks():
    listed = json.loads((WORKBOOK / "notebooks" / CHECKSUMS).read_text("utf-8"))
    now = notebook_checksums(WORKBOOK / "notebooks")
    said = [{name: entry["source"] for name, entry in one.items()} for one in (listed, now)]
    assert said[0] == said[1], (
        "Run make notebooks, or python tests/refresh.py --checksums while outputs are to stay."
    )


@pytest.mark.parametrize(
    "name", [path.relative_to(WORKBOOK / "notebooks").as_posix() for path in NOTEBOOKS]
)
def test_a_notebook_run_for_a_council_in_jupyterlab_is_not_committed(tmp_path, name):
    listed = notebook_checksums(WORKBOOK / "notebooks")
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    nb = json.loads((WORKBOOK / "notebooks" / name).read_text("utf-8"))
    code = [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
    code[5]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "the ledger of mereford"}
    ]
    path.write_text(json.dumps(nb), "utf-8")
    assert wrong_outputs(tmp_path, listed)[0].endswith("make notebooks has not made these outputs.")
    code[-1]["outputs"] = [
        {"output_type": "display_data", "data": {COMPLETE: {"unit": "mereford"}}, "metadata": {}}
    ]
    path.write_text(json.dumps(nb), "utf-8")
    assert (
        "its outputs are of mereford." in wrong_outputs(tmp_path, notebook_checksums(tmp_path))[0]
    )
