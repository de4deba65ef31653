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
from IPython.core.interactiveshell import InteractiveShell

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
def session(capsys):
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
    return {
        path: path.read_bytes()
        for path in (root.path / "data" / "processed").rglob("*")
        if path.is_file()
    }


# A slip is the analyst's, and Python says so


SLIPS = {
    "run.cases['savng_long']": "KeyError: 'savng_long'",
    "ledgr.head()": "NameError: name 'ledgr' is not defined",
    "run.ledger.grupby('payer')": "has no attribute 'grupby'",
    "1 / 0": "ZeroDivisionError: division by zero",
    "x = [1, 2 3]": "SyntaxError: invalid syntax. Perhaps you forgot a comma?",
}


@pytest.mark.parametrize("cell", SLIPS)
def test_a_slip_in_a_cell_is_answered_by_python_itself(session, root, cell):
    assert session.notebook("02_price", authority="synth-001", until=2) is None
    assert session.run(cell) is not None
    assert (
        SLIPS[cell] in session.said
        and "mistake" not in session.said
        and "reference" not in session.said
    )


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
    assert (
        session.run(
            "from larcnb import workbook", "run = workbook.open_run('02_price', 'synth-001')"
        )
        is None
    )
    session.run("raise ValueError('the note says Zachary')")
    assert session.said.strip() == (
        "An unexpected error (ValueError). The details are in private/logs/x/synth-001-02_price.log."
    )
    assert "the note says Zachary" in log.read_text()


# A parameter lost or of the wrong kind is refused at the door


LOST = {
    ("02_price", "autority = 'synth-002'"): "'autority' is none of them. Did you mean 'authority'?",
    (
        "02_price",
        "authority = 'synth-002'\ndraws = 5",
    ): "The parameters of this notebook are authority, overrides, preset. 'draws' is none",
    (
        "03_sensitivity",
        "draws = 2000",
    ): "This notebook was given draws, but not authority: it would open 'la-01'",
    (
        "02_price",
        "authority = 3",
    ): 'authority is 3, a number. Write a name in quotes, such as "la-01"',
    ("02_price", "authority = None"): "authority is nothing.",
    ("02_price", "authority = False"): "authority is False, yes or no.",
    ("02_price", "authority = ''"): "authority is blank.",
    ("01_clean", "authority = ['synth-002']"): "authority is ['synth-002'], a list.",
    ("05_standing", "authority = 2.5"): "authority is 2.5, a number.",
    (
        "03_sensitivity",
        "authority = 'synth-002'\ndraws = 1000.0",
    ): "draws is 1000.0, a number. Write a whole number",
    ("03_sensitivity", "authority = 'synth-002'\ndraws = True"): "draws is True, yes or no.",
    (
        "03_sensitivity",
        "authority = 'synth-002'\ndraws = -5",
    ): "draws is -5. Write a whole number of 64 or more.",
    (
        "03_sensitivity",
        "authority = 'synth-002'\ndraws = 10**12",
    ): "Write a whole number of 1,000,000 at most.",
    (
        "03_sensitivity",
        "authority = 'synth-002'\nseed = 'x'",
    ): "seed is 'x', text. Write a whole number",
    ("10_consortium", "round_name = 4"): "round_name is 4, a number.",
    ("10_consortium", "round_name = 'synth'\nseed = None"): "seed is nothing.",
    ("10_consortium", "round = 'synth'"): "'round' is none of them.",
    ("11_evidence", "round_name = None"): "round_name is nothing.",
    ("12_reproduce_larc4", "name = 'synth'"): "'name' is none of them.",
    ("public/20_public", "place = 3\nround_name = 'synth'"): "place is 3, a number.",
    ("public/20_public", "place = 'national'\nround_name = None"): "round_name is nothing.",
    ("public/20_public", "place = 'synth-001'"): "was given place, but not round_name",
}


@pytest.mark.parametrize("name, given", LOST, ids=[f"{name}: {given}" for name, given in LOST])
def test_a_parameter_lost_or_of_the_wrong_kind_is_refused_before_anything_is_read_or_written(
    session, root, name, given
):
    before = contents(root)
    assert session.notebook(name, given) is not None
    assert LOST[name, given] in session.said and "Traceback" not in session.said
    assert contents(root) == before


def test_a_value_that_papermill_put_in_and_a_later_cell_takes_back_is_refused(session, root):
    put_in, opened = (
        "# Parameters\nauthority = 'synth-002'",
        "from larcnb import workbook; workbook.open_run('x', authority)",
    )
    assert session.run(put_in, "authority = 'synth-001'", opened) is not None
    assert "The authority given is 'synth-002', but the notebook opens 'synth-001'" in session.said


def test_papermill_itself_fails_on_a_misspelt_parameter_and_nothing_is_overwritten(root, tmp_path):
    before = contents(root)
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(NOTEBOOKS / "02_price.ipynb"),
        str(tmp_path / "out.ipynb"),
        "-k",
        "python3",
        "-p",
        "autority",
        "synth-002",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root.path)
    assert done.returncode != 0 and "Did you mean 'authority'?" in done.stderr
    assert contents(root) == before


# A notebook reads only what was made from what is there now


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def other_prices(root):
    change(root.params / "synth-001.yaml", "2010-11", "2012-13")


def other_preset(root):
    change(root.params / "synth-001.yaml", "preset: larc", "preset: public_purse")


def own_value(root):
    change(root.params / "synth-001.yaml", "overrides: {}", "overrides:\n  deadweight: 0.15")


def own_costs(root):
    costs = pd.read_csv(root.national("unit_costs.csv"), dtype="str", keep_default_na=False)
    own = costs[(costs["item"] == "social_worker") & (costs["vintage"] == "larc4")]
    own.assign(value="99", low="90", high="120").to_csv(
        root.raw("synth-001") / "unit_costs.csv", index=False
    )


def another_return(root):
    path = next(root.raw("synth-001").glob("process.csv"))
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n", "utf-8")


STALE = {
    other_prices: "was priced at 2010-11 prices, vintage larc4, with preset larc; params/synth-001.yaml now asks for figures at 2012-13",
    other_preset: "with preset larc; params/synth-001.yaml now asks for figures at 2010-11 prices, vintage larc4, with preset public_purse",
    own_value: "was priced with deadweight 0.0 (now 0.15).",
    own_costs: "was priced with other unit costs or deflators than are there now",
    another_return: "was made from another return than is in its folder now.",
}


READERS = [
    *((edit, "04_findings") for edit in STALE),
    *((other_prices, name) for name in ("03_sensitivity", "05_standing")),
    (own_value, "10_consortium"),
    (other_preset, "10_consortium"),
    (another_return, "02_price"),
]


@pytest.mark.parametrize(
    "edit, name", READERS, ids=[f"{name}, {edit.__name__}" for edit, name in READERS]
)
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
    with pytest.raises(
        LarcError,
        match="sensitivity.parquet of synth-001 was priced at 2010-11.* Run 03_sensitivity",
    ):
        exec_notebook("04_findings", authority="synth-001")
    exec_notebook("03_sensitivity", authority="synth-001", draws=64)
    exec_notebook("04_findings", authority="synth-001")


# What a batch says of a notebook that cannot run, and what stands beside its user


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """A batch begun in a folder with files called like modules of Python; one authority's notebook calls exit()."""
    folder = tmp_path_factory.mktemp("small")
    root, beside = small.build(folder / "root", {"aa": "good", "bb": "leave"}), folder / "beside"
    beside.mkdir()
    for module in ("random", "csv", "json", "larcnb", "pandas", "ast"):
        (beside / f"{module}.py").write_text(
            "raise ImportError('this is the file beside the user')\n", "utf-8"
        )
    book = folder / "book"
    shutil.copytree(root.notebooks, book / "notebooks")
    shipped = json.dumps(fingerprints.notebook_checksums(book / "notebooks"))
    (book / "notebooks" / fingerprints.CHECKSUMS).write_text(shipped, "utf-8")
    nb = json.loads((book / "notebooks" / "02_price.ipynb").read_text("utf-8"))
    nb["cells"].append(small.cell("code", "scratch = 1"))
    (book / "notebooks" / "02_price.ipynb").write_text(json.dumps(nb), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(beside)
        patch.setenv("PYTHONPATH", f"{os.pathsep}{Path(small.__file__).parent}")
        patch.setattr(fingerprints, "WORKBOOK", book)
        fingerprints.workbook_state.cache_clear()
        code, said = small.run(root)
    fingerprints.workbook_state.cache_clear()
    return root, code, said.text


def test_files_called_like_modules_beside_the_user_break_no_worker_and_no_kernel(small_run):
    assert small.status(small_run[0])["aa"] == "done", small_run[2]


def test_a_cell_that_calls_exit_is_named_itself_and_nothing_is_guessed(small_run):
    assert (
        "bb, 02_price, cell 7 (Step 2): This cell ends the kernel, by exit() or quit()"
        in small_run[2]
    )
    assert "memory" not in small_run[2].lower() and "usual cause" not in small_run[2]


def test_a_changed_notebook_is_named_with_the_way_back_where_there_is_no_git_too(small_run):
    assert (
        "Differs from the workbook as it was shipped: notebooks/02_price.ipynb. It was run as it is now. "
        "To have the other back, take it from the download again."
    ) in small_run[2]


def test_a_notebook_of_a_newer_format_is_refused_as_that_before_anything_runs(tmp_path):
    root = small.build(tmp_path, {"aa": "good"})
    path = root.notebooks / "02_price.ipynb"
    path.write_text(path.read_text("utf-8").replace('"nbformat": 4', '"nbformat": 5'), "utf-8")
    with pytest.raises(
        LarcError,
        match="notebooks/02_price.ipynb: It is a notebook of format 5; format 4 can be run",
    ):
        small.run(root)


def test_the_package_is_found_from_the_folder_above_a_clone_of_its_name(tmp_path):
    (tmp_path / "larcnb" / "params").mkdir(parents=True)
    words = (
        "from larcnb import workbook; from larcnb.params import Authority; print(workbook.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0 and not done.stdout.startswith(str(tmp_path)), done.stderr


def test_a_working_copy_finds_its_root_and_runs_for_another_authority(root, monkeypatch):
    lab.working_copies(root)
    monkeypatch.delenv("LARCNB_ROOT")
    monkeypatch.chdir(root.path / "work")
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    names = exec_notebook("02_price", root.path / "work", authority="synth-002")
    assert names["run"].unit == "synth-002" and names["run"].root.path == root.path.resolve()
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


@pytest.mark.parametrize(
    "columns, amount, words",
    [
        (["value"], 60000, "value 60,000.00 makes"),
        (["value", "unit_value"], 60000, "value 60,000.00 makes"),
        (["exact"], Fraction(60000), "exact is 60,000.00"),
        (["exact", "unit_value"], 60000, "exact is 60,000.00"),
        (["unit_value"], float("nan"), "nan is no amount in GBP"),
        (["unit_value"], -5, "-5.0 is no amount in GBP"),
    ],
)
def test_prices_whose_columns_disagree_are_refused_in_words(opened, columns, amount, words):
    item = opened.ledger.query("stage == 'process'")["item"].iloc[0]
    prices = opened.prices.copy()
    prices.loc[item, columns] = amount
    with pytest.raises(LarcError, match="Set unit_value alone") as refused:
        priced(opened, prices)
    assert words in str(refused.value) and item in str(refused.value)


@pytest.mark.parametrize(
    "overrides, words",
    [
        ({"deadweight": 30}, "30 is out of range. Allowed: 0 to 1."),
        ({"dead_weight": 0.3}, "'dead_weight' is not an assumption. Did you mean 'deadweight'?"),
        (
            {"probability": {"likely": "half"}},
            "This is not a number. Write a number from 0 to 1, without quotes.",
        ),
        ({"weighting": "hoped"}, "Allowed: accepted, expected, observed."),
        ({"short_years": 5, "long_years": 2}, "2 is below short_years."),
    ],
)
def test_an_assumption_in_a_cell_is_refused_in_the_words_of_the_params(
    root, opened, overrides, words
):
    with pytest.raises(LarcError) as refused:
        opened.assumptions.with_overrides(overrides)
    assert words in str(refused.value)
    change(
        root.params / "synth-001.yaml",
        "overrides: {}",
        f"overrides: {json.dumps(overrides)}".replace('"', ""),
    )
    with pytest.raises(LarcError) as in_params:
        workbook.open_run("02_price", "synth-001")
    assert words in str(in_params.value)


def test_what_may_stand_in_the_params_may_stand_in_a_cell(opened):
    changed = opened.assumptions.with_overrides(
        {"deadweight": 0.3, "cost_correction": {"6": 1}, "long_years": 20}
    )
    assert (changed.deadweight, changed.cost_correction[6], changed.long_years) == (0.3, 1, 20)
    assert changed.cost_correction[5] == opened.assumptions.cost_correction[5]


def test_the_questions_of_the_analysts_guide_are_answered_by_the_cells_it_shows(root, session):
    guide = (WORKBOOK / "docs" / "analyst.md").read_text("utf-8")
    (cell,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert session.run(cell.replace("mereford", "synth-001")) is None and "nan" not in session.said


def test_another_authority_that_is_out_of_date_is_not_set_beside_ones_own(root):
    for slug in ("synth-001", "synth-002"):
        change(root.params / f"{slug}.yaml", "overrides: {}", "overrides:\n  deadweight: 0.5")
    exec_notebook("02_price", authority="synth-001")
    others = exec_notebook("05_standing", authority="synth-001")["others"]
    assert (
        repr(others)
        == "The round has 1 other authority; none is here with results priced alike, so there is no comparison yet."
    )
