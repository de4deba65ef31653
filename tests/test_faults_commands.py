"""What commands say and do, held from outside: words, files and exit codes that a new analyst meets."""

import io
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import smallbatch as small
import typer
from disclosure_roots import write_root as write_disclosure_root
from test_cli import larcnb, process

from larcnb import disclosure, public
from larcnb.cli import checks, output
from larcnb.errors import LarcError
from larcnb.params import load_authority
from larcnb.root import WORKBOOK, Root
from larcnb.runner.batch import run_batch
from larcnb.runner.plan import Request, make_plan, states
from larcnb.runner.screen import Lines
from larcnb.synth import write_root

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")


@pytest.fixture
def root(tmp_path):
    """A root with one authority of two cases, and one that sent nothing."""
    write_root(tmp_path, 1, 2, 1, "larc4")
    shutil.copytree(WORKBOOK / "data/raw/la-12", tmp_path / "data/raw/la-12")
    shutil.copy(WORKBOOK / "params/la-12.yaml", tmp_path / "params")
    return Root(tmp_path)


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def spoil_hours(root, hours):
    path = root.raw("synth-001") / "process.csv"
    change(path, path.read_text("utf-8").splitlines()[1].rsplit(",", 1)[1], hours)


# What a command says is so


def test_a_check_with_an_error_in_params_never_says_in_order(root):
    change(root.params / "synth-001.yaml", "overrides: {}", "overrides: {deadweight: 30%}")
    code, said = larcnb("check", "synth-001", "la-12", "--root", root.path)
    assert code == 2 and "synth-001: refused; 1 error, " in said
    assert "30% is 0.3." in said and "is valid" not in said and "no errors" not in said


def test_an_own_value_outside_the_logged_range_is_a_warning(root):
    own = "{discount_rate: 0.06, attribution: 0.9, prevented: low, default_prevented: 0.2}"
    change(root.params / "synth-001.yaml", "overrides: {}", f"overrides: {own}")
    change(root.params / "synth-001.yaml", "preset: public_purse", "preset: larc")
    code, said = larcnb("check", "synth-001", "--root", root.path)
    warned = re.findall(r"outside-range  params/synth-001\.yaml, .*key '(\w+)'", said)
    assert (code, warned) == (0, ["discount_rate"])
    assert (root.processed("synth-001") / "quality.json").read_text("utf-8") == "[]\n"


def test_what_is_nearly_a_slug_or_a_params_file_is_answered_with_what_to_call_it(root):
    for typed in ("LA-12", "la_12", "params/la-12.yaml"):
        with pytest.raises(LarcError, match="Did you mean 'la-12'"):
            load_authority(root, typed)
    (root.params / "la-12.yaml").rename(root.params / "la-12.yml")
    code, said = larcnb("check", "la-12", "--root", root.path)
    assert (code, "There is la-12.yml: rename it to la-12.yaml." in said) == (2, True), said
    assert "Not read, not ending in .yaml: params/la-12.yml." in make_plan(Request(root)).note
    (root.params / "My_Council.yaml").write_text("slug: x\n", "utf-8")
    code, said = larcnb("list", "--root", root.path)
    assert (code, "params/My_Council.yaml" in said) == (2, True)


def test_a_public_page_names_own_values_beside_the_preset(tmp_path, monkeypatch):
    root = write_disclosure_root(tmp_path, {"la-01": 25, "la-02": 30})
    for slug in ("la-01", "la-02"):
        change(root.params / f"{slug}.yaml", "overrides: {}", "overrides: {deadweight: 0.25}")
    disclosure.prepare(root, "r1")
    disclosure.release(root, "r1", ["Ann Reader", "Bob Checker"])
    monkeypatch.setenv("LARCNB_ROOT", str(root.path))
    named = "LARC4 convention with own values (deadweight 0.25)"
    assert named in repr(public.open_page("20_public", "r1", "la-01"))
    change(root.params / "la-02.yaml", "overrides: {deadweight: 0.25}", "overrides: {}")
    some = "LARC4 convention with own values of some authorities (deadweight 0.25)"
    assert disclosure.prepare(root, "r1").about["preset"] == some


# A command is never silent for long, and its display is no condition of its work


def test_what_takes_long_is_said_again(monkeypatch, capsys):
    monkeypatch.setattr(output, "SILENCE", 0.05)
    monkeypatch.setattr("larcnb.runner.screen.SILENCE", 0.05)
    with pytest.raises(typer.Exit):
        output.safely(lambda: output.at("Reading") or time.sleep(0.3))()
    assert len(re.findall(r"(?m)^Reading \.\.\. \(\d+ s\)$", capsys.readouterr().err)) > 1
    lines = Lines(said := io.StringIO())
    lines.begin(9, "9 to run.")
    lines.note("la-01", "02_price")
    time.sleep(0.1)
    lines.tick()
    assert said.getvalue().splitlines()[-1] == "still at it: la-01 at 02_price ..."


def test_redirected_output_is_utf_8_whatever_the_code_page(root):
    spoil_hours(root, "1→2")
    words = ("check", "synth-001", "--root", root.path)
    code, said = process(*words, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert (code, "1→2" in said) == (3, True)


@ON_LINUX
def test_a_full_or_closed_output_changes_neither_work_nor_exit_code(root):
    spoil_hours(root, "much")
    words = f"'{sys.executable}' -m larcnb.cli check synth-001 --root '{root.path}'"
    for how in ("> /dev/full", "2>&- >&-", "| true; exit ${PIPESTATUS[0]}"):
        shutil.rmtree(root.processed("synth-001"), ignore_errors=True)
        done = subprocess.run(["bash", "-c", f"{words} {how}"], check=False, cwd=WORKBOOK)
        assert done.returncode == 3, how
        assert (root.processed("synth-001") / "quality.json").is_file()


# One round, one front page


def test_each_round_is_named_and_the_one_there_is_is_taken(tmp_path):
    root = small.build(tmp_path / "root", {"aa": "good", "bb": "good", "mereford": "good"})
    small.add_params(root, "mereford", "2026")
    code, said = small.run(root)
    assert (code, small.run(root, "mereford", consortium=False)[0]) == (0, 0)
    assert "--round 2026" in said.text
    said = larcnb("list", "--root", root.path)[1]
    assert re.search(r"Round 2026:\nmereford .*\n.*Round larc4:\naa ", said, re.DOTALL)
    code, said = larcnb("publish", "--root", root.path)
    assert (code, "--round 2026 or --round larc4" in said) == (2, True)
    # Params of another round leave this one's pages up to date.
    change(root.params / "mereford.yaml", "preset: larc", "preset: cautious")
    assert {state for _, state, _ in states(make_plan(Request(root)))} == {"up to date"}
    for slug in ("aa", "bb"):
        (root.params / f"{slug}.yaml").unlink()
    assert "another round" not in small.run(root)[1].text
    assert set(small.status(root)) == {"mereford", "consortium/2026"}
    assert "round 2026" in larcnb("publish", "--root", root.path)[1].lower()


# What is taken away, and what cannot be read


@pytest.fixture
def known(monkeypatch):
    """Workers find the modules of the tests."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def test_one_authority_is_told_notebook_by_notebook_and_what_is_taken_away_before(tmp_path, known):
    root, said = small.build(tmp_path, {"aa": "good"}), io.StringIO()
    assert run_batch(Request(root, jobs=1), small.CHECKS, Lines(said)) == 0
    told = re.findall(r"(?m)^(?!still)(\S+) +(\S+) \.\.\.$", said.getvalue())
    names = [("aa", "01_clean"), ("aa", "02_price"), ("consortium/larc4", "10_consortium")]
    assert told == names and "taken away" not in said.getvalue()
    said = small.run(root, only=("01",), force=True)[1].text
    assert said.startswith("aa: 02_price will be taken away")
    assert not (root.reports / "aa/02_price.html").exists()


def locked(root, slug, note=None):
    """A check that meets a file another program holds."""
    if slug in ("aa", "synth-001"):
        raise PermissionError(13, "Permission denied", str(root / "data/raw" / slug / "cases.csv"))
    return []


def test_a_locked_file_is_named_for_what_it_is_and_the_others_go_on(
    root, tmp_path, known, monkeypatch
):
    small_root = small.build(tmp_path / "small", {"aa": "good", "bb": "good"})
    said = small.Record()
    checked = SimpleNamespace(check_national=small.check_national, check_authority=locked)
    code = run_batch(Request(small_root), checked, said)
    assert code == 1 and "written" not in said.text and small.status(small_root)["bb"] == "done"
    assert "aa/cases.csv: It cannot be read. Close it in other programs" in said.text
    monkeypatch.setattr(checks, "read_authority", lambda *given: (locked(*given), False))
    code, said = larcnb("check", "synth-001", "la-12", "--root", root.path)
    assert (code, "synth-001/cases.csv: It cannot be read." in said) == (3, True)
    assert "la-12: the return is valid but contains no cases" in said


# The CI brings its browser or fails


def test_where_a_browser_is_required_its_absence_is_no_skip():
    required = {"LARCNB_BROWSER": "required", "LARCNB_NODE_MODULES": "nowhere"}
    required["PYTHONPATH"] = f"{WORKBOOK}{os.pathsep}{WORKBOOK / 'tests'}"
    words = [sys.executable, "-c", "import test_publish_browser"]
    done = subprocess.run(words, check=False, capture_output=True, env={**os.environ, **required})
    assert (done.returncode, b"a browser is required here" in done.stderr) == (1, True)
