"""What went wrong when others tried the notebooks, and what is true instead: at a notebook's door, in JupyterLab, in git."""

import json
import os
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
import smallbatch as small
import yaml
from IPython.core.interactiveshell import InteractiveShell
from refresh import notebook_checksums

from larcnb import costing, workbook
from larcnb.cli import lab
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root
from larcnb.runner import fingerprints
from larcnb.synth import write_root

NOTEBOOKS = WORKBOOK / "notebooks"


class Session:
    """Cells run one after the other as in JupyterLab, by IPython itself; ``said`` is what the last one showed."""

    def __init__(self, capsys):
        self.shell, self.capsys, self.said = InteractiveShell.instance(), capsys, ""
        self.shell.colors = "nocolor"
        self.shell.history_manager.enabled = False
        self.shell.history_manager.reset(new_session=False)

    def run(self, *cells):
        """Run cells until one fails; the error of that one, or None."""
        for cell in cells:
            self.capsys.readouterr()
            done = self.shell.run_cell(cell, store_history=True)
            out = self.capsys.readouterr()
            self.said = out.out + out.err
            if not done.success:
                return done.error_in_exec or done.error_before_exec
        return None

    def notebook(self, name, given="", until=None, **parameters):
        """Run a shipped notebook as papermill does: what is given goes into a cell after the parameters cell."""
        cells = code(NOTEBOOKS / f"{name}.ipynb")
        given = given or "".join(f"{key} = {value!r}\n" for key, value in parameters.items())
        return self.run(cells[0], *([f"# Parameters\n{given}"] if given else []), *cells[1:until])


def code(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture
def session(capsys, monkeypatch):
    # IPython puts a module of its own there, and empties it: no process could be begun any more
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    found = Session(capsys)
    yield found
    found.shell.reset()
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two authorities of a round, cleaned and priced by the notebooks themselves."""
    folder = tmp_path_factory.mktemp("made") / "root"
    slugs = write_root(folder, 2, 4, 3)
    patch = pytest.MonkeyPatch()
    patch.setenv("LARCNB_ROOT", str(folder))
    for slug in slugs:
        path = folder / "params" / f"{slug}.yaml"
        text = re.sub("(?m)^preset: .*$", "preset: larc", path.read_text("utf-8"))
        path.write_text(re.sub("(?m)^price_base: .*$", 'price_base: "2010-11"', text), "utf-8")
        exec_notebook("01_clean", authority=slug)
        exec_notebook("02_price", authority=slug)
        exec_notebook("03_sensitivity", authority=slug, draws=64)
    patch.undo()
    return folder


def exec_notebook(name, folder=NOTEBOOKS, **parameters):
    """Run a notebook's cells without a kernel; what they show is not drawn."""
    first, *rest = code(folder / f"{name}.ipynb")
    names = {"display": lambda *shown: None}
    exec(first, names)
    names.update(parameters)
    for cell in rest:
        exec(cell, names)
    return names


@pytest.fixture
def root(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path / "root")
    monkeypatch.setenv("LARCNB_ROOT", str(tmp_path / "root"))
    monkeypatch.delenv("LARCNB_UNIT", raising=False)
    return Root(tmp_path / "root")


def contents(root):
    paths = (root.path / "data" / "processed").rglob("*")
    return {path: path.read_bytes() for path in paths if path.is_file()}


# A slip is the analyst's, and Python says so


SLIPS = yaml.safe_load(Path(__file__).with_name("slips.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("cell", "words"), SLIPS["cells"].items())
def test_a_slip_in_a_cell_is_answered_by_python_itself(session, root, cell, words):
    assert session.notebook("02_price", authority="synth-001", until=2) is None
    assert session.run(cell) is not None and words in session.said
    assert "mistake" not in session.said and "reference" not in session.said


def test_an_error_of_the_workbooks_own_is_in_its_own_words_everywhere(session, root, monkeypatch):
    for unit in ("", "synth-001"):
        monkeypatch.setenv("LARCNB_UNIT", unit)
        assert session.notebook("02_price", authority="synth-00", until=2) is not None
        assert "no-params  params/synth-00.yaml" in session.said and "Traceback" not in session.said


def test_in_a_batch_an_unexpected_error_keeps_its_words_private_and_names_its_log(
    session, root, monkeypatch
):
    monkeypatch.setenv("LARCNB_UNIT", "synth-001")
    log = root.path / "private" / "logs" / "x" / "synth-001-02_price.log"
    monkeypatch.setenv("LARCNB_PRIVATE_LOG", str(log))
    opened = "from larcnb import workbook; run = workbook.open_run('02_price', 'synth-001')"
    assert session.run(opened) is None
    session.run("raise ValueError('the note says Zachary')")
    where = "The details are in private/logs/x/synth-001-02_price.log."
    assert session.said.strip() == f"An unexpected error (ValueError). {where}"
    assert "the note says Zachary" in log.read_text()


# A parameter lost or of the wrong kind is refused at the door


LOST = yaml.safe_load(Path(__file__).with_name("lost_parameters.yaml").read_text("utf-8"))
LOST = [(name, given, words) for name, rows in LOST.items() for given, words in rows.items()]


@pytest.mark.parametrize(("name", "given", "words"), LOST)
def test_a_parameter_lost_or_of_the_wrong_kind_is_refused_before_anything_is_read_or_written(
    session, root, name, given, words
):
    before = contents(root)
    assert session.notebook(name, given.replace("; ", "\n")) is not None
    assert words in session.said and "Traceback" not in session.said
    assert contents(root) == before


def test_a_value_that_papermill_put_in_and_a_later_cell_takes_back_is_refused(session, root):
    opened = "from larcnb import workbook; workbook.open_run('x', authority)"
    put_in = "# Parameters\nauthority = 'synth-002'"
    assert session.run(put_in, "authority = 'synth-001'", opened) is not None
    assert "The authority given is 'synth-002', but the notebook opens 'synth-001'" in session.said


def test_papermill_itself_fails_on_a_misspelt_parameter_and_nothing_is_overwritten(root, tmp_path):
    before, out = contents(root), str(tmp_path / "out.ipynb")
    command = [sys.executable, "-m", "papermill", str(NOTEBOOKS / "02_price.ipynb"), out]
    command += ["-k", "python3", "-p", "autority", "synth-002"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root.path)
    assert done.returncode != 0 and "Did you mean 'authority'?" in done.stderr
    assert contents(root) == before


# A notebook reads only what was made from what is there now


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def in_params(old, new):
    return lambda root: change(root.params / "synth-001.yaml", old, new)


other_prices = in_params("2010-11", "2012-13")
other_preset = in_params("preset: larc", "preset: public_purse")
own_value = in_params("overrides: {}", "overrides:\n  deadweight: 0.15")


def own_costs(root):
    costs = pd.read_csv(root.national("unit_costs.csv"), dtype="str", keep_default_na=False)
    own = costs[(costs["item"] == "social_worker") & (costs["vintage"] == "larc4")]
    own = own.assign(value="99", low="90", high="120")
    own.to_csv(root.raw("synth-001") / "unit_costs.csv", index=False)


def another_return(root):
    path = next(root.raw("synth-001").glob("process.csv"))
    path.write_text("\n".join(path.read_text("utf-8").splitlines()[:-1]) + "\n", "utf-8")


STALE = {
    other_prices: "was made with price_base 2010-11 (now 2012-13)",
    other_preset: "was made with preset larc (now public_purse)",
    own_value: "was made with deadweight 0.0 (now 0.15).",
    own_costs: "was made with other unit costs or deflators than are there now",
    another_return: "was made from another return than is in its folder now.",
}
READERS = [(edit, "04_findings") for edit in STALE]
READERS += [
    (other_prices, "05_standing"),
    (own_value, "10_consortium"),
    (another_return, "02_price"),
]


@pytest.mark.parametrize(("edit", "name"), READERS)
def test_a_notebook_refuses_results_that_were_made_from_something_else(root, edit, name):
    edit(root)
    own = {"authority": "synth-001"} if name < "10" else {"round_name": "synth"}
    before = contents(root)
    with pytest.raises(Exception, match="Run 0[12]_") as refused:
        exec_notebook(name, **own)
    assert STALE[edit] in str(refused.value) and "of synth-001 again" in str(refused.value)
    assert contents(root) == before


def test_what_is_run_again_is_taken_and_what_comes_after_is_named(root):
    other_prices(root)
    exec_notebook("02_price", authority="synth-001")
    stale = "sensitivity.parquet of synth-001 was made with price_base 2010-11.* Run 03_sensitivity"
    with pytest.raises(LarcError, match=stale):
        exec_notebook("04_findings", authority="synth-001")
    exec_notebook("03_sensitivity", authority="synth-001", draws=64)
    exec_notebook("04_findings", authority="synth-001")


# What a batch says of a notebook that cannot run, and what stands beside its user


def test_a_batch_beside_files_called_like_modules_names_the_cell_that_leaves_and_what_was_changed(
    tmp_path, monkeypatch
):
    root = small.build(tmp_path / "root", {"aa": "good", "bb": "leave"})
    beside = tmp_path / "beside"
    beside.mkdir()
    for module in ("random", "csv", "json", "larcnb", "pandas", "ast"):
        (beside / f"{module}.py").write_text("raise ImportError('the file beside')\n", "utf-8")
    notebooks = shutil.copytree(root.notebooks, tmp_path / "book" / "notebooks")
    shipped = json.dumps(notebook_checksums(notebooks))
    (notebooks / fingerprints.CHECKSUMS).write_text(shipped, "utf-8")
    nb = json.loads((notebooks / "02_price.ipynb").read_text("utf-8"))
    nb["cells"].append(small.cell("code", "scratch = 1"))
    (notebooks / "02_price.ipynb").write_text(json.dumps(nb), "utf-8")
    monkeypatch.chdir(beside)
    monkeypatch.setenv("PYTHONPATH", f"{os.pathsep}{Path(small.__file__).parent}")
    monkeypatch.setattr(fingerprints, "WORKBOOK", notebooks.parent)
    _, said = small.run(root)
    assert small.status(root)["aa"] == "done", said.text
    leaves = "bb, 02_price, cell 7 (Step 2): This cell ends the notebook, by exit(), quit()"
    assert leaves in said.text
    assert "memory" not in said.text.lower()
    differs = "Differs from the workbook as it was shipped: notebooks/02_price.ipynb. It was run as"
    assert differs in said.text and "take it from the download again" in said.text


def test_a_notebook_of_a_newer_format_is_refused_as_that_before_anything_runs(tmp_path):
    root = small.build(tmp_path, {"aa": "good"})
    path = root.notebooks / "02_price.ipynb"
    path.write_text(path.read_text("utf-8").replace('"nbformat": 4', '"nbformat": 5'), "utf-8")
    with pytest.raises(LarcError, match="02_price.ipynb: It is not a notebook of format 4"):
        small.run(root)


def test_the_package_is_found_from_the_folder_above_a_clone_of_its_name(tmp_path):
    (tmp_path / "larcnb" / "params").mkdir(parents=True)
    words = "from larcnb import workbook, params; print(workbook.__file__)"
    command = [sys.executable, "-c", words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0 and not done.stdout.startswith(str(tmp_path)), done.stderr


def test_a_working_copy_finds_its_root_and_runs_for_another_authority(root, monkeypatch):
    lab.working_copies(root)
    monkeypatch.delenv("LARCNB_ROOT")
    monkeypatch.chdir(root.path / "work")
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    names = exec_notebook("02_price", root.path / "work", authority="synth-002")
    assert names["run"].slug == "synth-002" and names["run"].root.path == root.path.resolve()
    assert before == {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}


# A what-if of one's own counts or is refused


@pytest.fixture
def opened(root):
    return workbook.open_run("02_price", "synth-001")


def priced(run, prices):
    ledger = costing.price_return(run.tables, run.library, prices, run.assumptions)
    return ledger.groupby("item")["amount"].sum()


def test_a_unit_value_that_an_analyst_sets_counts_everywhere(opened):
    before, prices = priced(opened, opened.prices), opened.prices.copy()
    item = before.drop(prices.index[prices["category"].eq("future")], errors="ignore").idxmax()
    prices.loc[item, "unit_value"] = 2 * prices.loc[item, "unit_value"]
    after = priced(opened, prices)
    assert after[item] == pytest.approx(2 * before[item], abs=0.5)
    assert after.drop(item).equals(before.drop(item))
    with pytest.raises(LarcError, match="unit_value is 60000. Write items with their GBP"):
        opened.what_if(unit_value=60000)


UNLIKE = [
    (["value"], 60000, "value 60,000.00 makes"),
    (["value", "unit_value"], 60000, "value 60,000.00 makes"),
    (["exact"], Fraction(60000), "exact is 60,000.00"),
    (["unit_value"], float("nan"), "nan is no amount in GBP"),
    (["unit_value"], -5, "-5.0 is no amount in GBP"),
]


@pytest.mark.parametrize(("columns", "amount", "words"), UNLIKE)
def test_prices_whose_columns_disagree_are_refused_in_words(opened, columns, amount, words):
    item = opened.ledger.query("stage == 'process'")["item"].iloc[0]
    prices = opened.prices.copy()
    prices.loc[item, columns] = amount
    with pytest.raises(LarcError, match="Set unit_value alone") as refused:
        priced(opened, prices)
    assert words in str(refused.value) and item in str(refused.value)


@pytest.mark.parametrize(("overrides", "words"), SLIPS["overrides"].items())
def test_an_assumption_in_a_cell_is_refused_in_the_words_of_the_params(
    root, opened, overrides, words
):
    with pytest.raises(LarcError, match=re.escape(words)):
        opened.what_if(yaml.safe_load(overrides))
    change(root.params / "synth-001.yaml", "overrides: {}", f"overrides: {overrides}")
    with pytest.raises(LarcError, match=re.escape(words)):
        workbook.open_run("02_price", "synth-001")


def test_the_questions_of_the_analysts_guide_are_answered_by_the_cells_it_shows(root, session):
    guide = (WORKBOOK / "docs" / "analyst.md").read_text("utf-8")
    (cell,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert session.run(cell.replace("mereford", "synth-001")) is None and "nan" not in session.said


def test_another_authority_that_is_out_of_date_is_not_set_beside_ones_own(root):
    for slug in ("synth-001", "synth-002"):
        change(root.params / f"{slug}.yaml", "overrides: {}", "overrides:\n  deadweight: 0.5")
    exec_notebook("02_price", authority="synth-001")
    others = exec_notebook("05_standing", authority="synth-001")["others"]
    assert "1 other authority; none is here with results priced alike" in repr(others)
