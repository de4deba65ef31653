"""The command: exit codes of docs/batch.md, safe words, and quick to start."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pandas as pd
import pytest
import smallbatch as small
from typer.testing import CliRunner

from larcnb.cli.app import app
from larcnb.root import WORKBOOK, Root
from larcnb.runner import batch

HELD = ("la-01", "la-12")


def larcnb(*words):
    """Run a command in this process: exit code, and all it wrote."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def process(*words, stdout=subprocess.PIPE, **environment):
    """Run the command as a process: exit code, and all it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", "larcnb.cli", *map(str, words)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        cwd=WORKBOOK,
        env={**os.environ, "PYTHONPATH": str(WORKBOOK), **environment},
    )
    return done.returncode, ((done.stdout or b"") + done.stderr).decode("utf-8")


@pytest.fixture
def root(tmp_path):
    """A root with two authorities of the reconstruction; the second sent nothing."""
    (tmp_path / "params").mkdir()
    for slug in HELD:
        shutil.copytree(WORKBOOK / "data/raw" / slug, tmp_path / "data/raw" / slug)
        shutil.copy(WORKBOOK / "params" / f"{slug}.yaml", tmp_path / "params")
    return Root(tmp_path)


def spoil(root, slug="la-01"):
    path = root.raw(slug) / "process.csv"
    header, first, *rest = path.read_text(encoding="utf-8").splitlines()
    spoilt = first.rsplit(",", 1)[0] + ",1.5 hrs"
    path.write_text("\n".join([header, spoilt, *rest, ""]), encoding="utf-8")


WRONG = """
batch --bogus; bach; run; check; batch --jobs 0; batch --jobs two; batch --root nowhere; synth x --vintage 2024
batch --engine fast --root ROOT; batch --edition secret --root ROOT; batch --edition public --limit 1 --root ROOT
batch --round larc9 --root ROOT; batch --only 02_prise --root ROOT; batch la-99 --root ROOT; run ../la-01 --root ROOT
check la-99 --root ROOT; list --root ~nobody/x; list --round larc9 --root ROOT; new newtown --vintage 2024 --root ROOT
"""


@pytest.mark.parametrize("words", [w for line in WRONG.split("\n") for w in line.split("; ") if w])
def test_wrong_use_is_2_with_words_and_no_traceback(root, words):
    code, said = larcnb(*(root.path if word == "ROOT" else word for word in words.split()))
    assert code == 2 and said and "Traceback" not in said
    assert not (root.path / "private").exists()


def test_returns_in_order_are_checked_and_one_without_cases_is_said_to_be_empty(root):
    code, said = larcnb("check", *HELD, "--root", root.path)
    assert code == 0
    assert "la-01: the return is valid; no errors" in said
    assert "la-12: the return is valid but contains no cases" in said
    problems = root.processed("la-01") / "quality.json"
    assert isinstance(json.loads(problems.read_text("utf-8")), list)


def test_what_a_new_authority_is_told_to_type_can_be_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for part in ("data", "params"):
        (tmp_path / "my root" / part).mkdir(parents=True)
    code, said = larcnb("new", "newtown", "--root", "my root")
    assert (code, "Wrote my root/data/raw/newtown/return.xlsx." in said) == (0, True)
    _, *words = shlex.split(said.split("then: ")[1])
    assert words == ["check", "newtown", "--root", "my root"]
    assert larcnb(*words)[0] == 0


def test_a_refused_return_is_3_and_names_the_cell_and_in_a_batch_1(root):
    spoil(root)
    place = "la-01/process.csv, row 2, column 'hours'"
    code, said = larcnb("check", *HELD, "--root", root.path)
    assert (code, place in said) == (3, True)
    problems = json.loads((root.processed("la-01") / "quality.json").read_text("utf-8"))
    assert [p["row"] for p in problems if p["severity"] == "error"] == [2]
    code, said = larcnb("run", "la-01", "--root", root.path)
    assert (code, place in said) == (3, True)
    shutil.rmtree(root.raw("la-12"))
    code, said = larcnb("batch", "--root", root.path)
    assert (code, "2 REFUSED" in said) == (1, True)
    # A root named by its whole path is not said again.
    assert "  Next: larcnb check la-01 --root ROOT" in said and str(root.path) not in said
    assert said.splitlines()[-1] == "The pages: ROOT/reports/index.html"


def test_a_broken_national_table_is_2_and_a_held_root_75(root):
    with batch.hold(root):
        assert larcnb("batch", "--root", root.path)[0] == 75
    path = root.path / "data/raw/national/unit_costs.csv"
    path.parent.mkdir(parents=True)
    path.write_text("item,vintage\nx,larc4\n")
    for words in (("check", "la-01"), ("run", "la-01"), ("batch",), ("batch", "--only", "10")):
        code, said = larcnb(*words, "--root", root.path)
        assert (code, "national/unit_costs.csv" in said) == (2, True)


def test_an_unexpected_error_is_70_with_one_safe_line_and_ctrl_c_130(root, monkeypatch):
    def broken(*arguments):
        raise errors.pop()

    errors = [KeyboardInterrupt(), ValueError(small.CANARY)]
    monkeypatch.setattr("larcnb.runner.plan.make_plan", broken)
    code, said = larcnb("list", "--root", root.path)
    assert code == 70 and small.CANARY not in said and len(said.splitlines()) == 1
    (log,) = (root.path / "private/logs").glob("command.log")
    assert small.CANARY in log.read_text() and log.name in said
    assert larcnb("list", "--root", root.path) == (130, "Interrupted.\n")


def test_a_batch_of_the_workbooks_own_notebooks_is_0_and_then_unchanged(root):
    shutil.rmtree(root.raw("la-01"))
    (root.params / "la-01.yaml").unlink()
    words = ("batch", "--only", "04", "--only", "12", "--root", root.path)
    code, said = larcnb(*words)
    assert (code, "2 done in" in said) == (0, True), said
    assert (root.reports / "la-12/04_findings.html").is_file()
    assert (root.processed("la-12") / "findings.json").is_file()
    assert (root.reports / "consortium/12_reproduce_larc4.html").is_file()
    assert "la-12" in (root.reports / "index.html").read_text("utf-8")
    assert larcnb("check", "la-12", "--root", root.path)[0] == 0
    code, said = larcnb(*words)
    assert (code, "2 unchanged in" in said) == (0, True)
    assert "to be run from 05" in larcnb("list", "--root", root.path)[1]


def test_the_command_starts_without_the_heavy_packages():
    code = "import larcnb.cli.app, larcnb.runner.batch, sys"
    code += "; print(sorted({'pandas', 'papermill', 'rich.live'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_says_each_command_in_a_line_and_cuts_none_off():
    wide = {"COLUMNS": "80", "TERMINAL_WIDTH": "80"}
    said = CliRunner().invoke(app, ["--help"], env=wide).output
    assert not [line for line in said.splitlines()[2:] if line.endswith("...")]
    commands = set(re.findall(r"(?m)^  ([a-z]+) ", said))
    assert commands >= {"run", "batch", "publish", "compare", "verify", "new", "check", "synth"}


def test_everything_wrong_with_params_national_tables_and_return_is_said_at_once(root):
    spoil(root)
    shutil.copytree(WORKBOOK / "data/raw/national", root.path / "data/raw/national")
    costs = root.national("unit_costs.csv")
    table = pd.read_csv(costs, dtype="str", keep_default_na=False)
    own = table.head(1).assign(item="mentor", value="dear", vintage="larc4")
    own.to_csv(root.raw("la-01") / "unit_costs.csv", index=False)
    table.loc[0, "vintage"] = "larc9"
    table.to_csv(costs, index=False)
    params = root.params / "la-12.yaml"
    params.write_text(params.read_text("utf-8").replace("preset:", "presets:"), encoding="utf-8")
    code, said = larcnb("check", *HELD, "--root", root.path)
    assert code == 2 and "no-unit-cost" not in said and "not-allowed  la-01" not in said
    assert "la-01/process.csv, row 2, column 'hours'" in said
    assert "la-01/unit_costs.csv, row 2, column 'value'" in said
    assert "national/unit_costs.csv, row 2, column 'vintage'" in said
    assert "params/la-12.yaml" in said
