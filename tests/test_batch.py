"""The batch, from request to exit code, on small roots."""

import json
import os
import stat

import pytest
import smallbatch as small

from larcnb.errors import LarcError
from larcnb.runner import outputs, plan
from larcnb.runner.plan import Request, last_run

WORDS = {
    "aa": ("good", "done", ""),
    "bb": ("raise", "failed", "bb, 02_price, cell 7 (Step 2): An unexpected error (ValueError)."),
    "cc": (
        "exit",
        "failed",
        "cc, 02_price, cell 7 (Step 2): This cell ends the notebook, by exit(), quit() or sys.exit()",
    ),
    "dd": ("kill", "failed", "dd, 02_price, cell 7 (Step 2): The process ended in the middle"),
    "ee": ("wrong", "failed", "It ran for another authority, round or notebook than ee, 02_price."),
    "ff": ("refuse", "refused", "row 2, column 'status': This is not allowed. Write open."),
    "gg": ("memory", "failed", "There was not enough memory."),
    "hh": ("full", "failed", "The disk is full."),
    "ii": ("loop", "failed", "ii, 02_price, cell 7 (Step 2): It was stopped after 20 seconds."),
    "jj": ("good", "done", ""),
}
"""What each authority's notebooks are told to do, how that ends, and what the last screen says."""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A batch in which each authority goes wrong in its own way, and two are good."""
    told = {slug: word for slug, (word, _, _) in WORDS.items()}
    root = small.build(tmp_path_factory.mktemp("mixed"), told)
    code, said = small.run(root, timeout=20.0)
    return root, code, said


def test_each_authority_ends_as_it_should_and_the_last_screen_says_why(mixed):
    root, code, said = mixed
    wanted = {slug: status for slug, (_, status, _) in WORDS.items()}
    assert (code, small.status(root)) == (1, {**wanted, "consortium/larc4": "done"})
    assert [slug for slug, (_, _, words) in WORDS.items() if words not in said.text] == []
    assert (said.lines[0], said.lines[-1]) == ("10 to run.", "The pages: reports/index.html")


def test_nothing_of_a_family_is_shown_or_kept_but_in_logs_for_their_owner_alone(mixed):
    root, _, said = mixed
    assert small.CANARY not in said.text
    public = [path.read_bytes() for path in root.reports.rglob("*") if path.is_file()]
    assert not any(small.CANARY.encode() in content for content in public)
    (log,) = (root.path / "private" / "logs").rglob("bb-02_price.log")
    assert small.CANARY in log.read_text()
    for path in [log, *log.parents[:3]] if os.name != "nt" else []:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_failed_authority_has_no_outputs_and_the_good_ones_and_the_round_have_all(mixed):
    root = mixed[0]
    files = set(small.contents(root))
    have_results = {name.split("/")[-2] for name in files if name.startswith("data")}
    assert have_results == {"aa", "jj", "larc4"}
    pages = {f"reports/aa/{name}" for name in ("01_clean.ipynb", "01_clean.html", "02_price.html")}
    assert {*pages, "reports/consortium/10_consortium.html", "reports/index.html"} <= files
    pool = json.loads((root.path / "data/processed/consortium/larc4/pool.json").read_text())
    assert sorted(pool) == ["aa", "jj"]
    left = [path.name for path in outputs.control(root).rglob("*") if path.is_file()]
    assert left == ["lock"] and not list(root.path.rglob("*.new"))


def test_a_run_says_what_it_ran_with_and_keeps_no_path_user_or_time_in_notebooks(mixed):
    root, run = mixed[0], last_run(mixed[0])
    assert (run["state"], run["params"]["aa"]["preset"]) == ("done", "larc")
    assert run["packages"]["papermill"]
    entry = run["jobs"]["aa"]["notebooks"]["02_price"]
    assert list(entry) == ["status", "seconds", "fingerprint"]
    text = (root.reports / "aa" / "02_price.ipynb").read_text()
    nb = json.loads(text)
    assert str(root.path) not in text
    assert set(nb["metadata"]) == {"kernelspec", "language_info", "papermill"}
    assert nb["metadata"]["papermill"] == {"parameters": {"authority": "aa"}}
    assert {key for one in nb["cells"] for key in one["metadata"]} <= {"tags"}


def test_a_second_run_does_only_what_is_not_good_yet(mixed):
    root = mixed[0]
    before = small.contents(root)
    for slug in ("bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii"):
        small.tell(root, slug, "good")
    code, said = small.run(root)
    assert code == 0
    assert "2 unchanged, 8 to run." in said.text
    assert of_aa(small.contents(root)) == of_aa(before)


def of_aa(files):
    return {name: value for name, value in files.items() if "/aa/" in name}


def states(root) -> dict[str, str]:
    return {job: said for job, said, _ in plan.states(plan.make_plan(Request(root)))}


def test_only_what_a_change_reaches_is_run_and_the_last_good_output_stays(tmp_path):
    root = small.build(tmp_path, {"aa": "good"})
    assert small.run(root, jobs=1)[0] == 0
    whole = small.contents(root)
    cells = (small.OPEN, small.PRICE, "1 + 1", 'complete("02_price", authority)')
    small.write_notebook(root.notebooks, "02_price", "authority", *cells)
    assert states(root) == {"aa": "to be run from 02", "consortium/larc4": "up to date"}
    small.run(root, jobs=1)
    assert states(root) == {"aa": "up to date", "consortium/larc4": "up to date"}
    notebooks = last_run(root)["jobs"]["aa"]["notebooks"]
    assert [notebooks[name]["status"] for name in ("01_clean", "02_price")] == ["unchanged", "done"]
    partly = small.contents(root)
    assert partly["reports/aa/02_price.html"] != whole["reports/aa/02_price.html"]
    small.run(root, force=True, jobs=1)
    assert small.contents(root) == partly
    small.tell(root, "aa", "raise")
    code, said = small.run(root, jobs=1)
    assert code == 1
    assert "Its pages, and its figures in the round's, are of its last good" in said.text
    assert of_aa(small.contents(root)) == of_aa(partly)


def test_outputs_that_were_tampered_with_are_made_again(tmp_path):
    root = small.build(tmp_path, {"aa": "good", "bb": "good", "cc": "good", "dd": "good"})
    small.run(root, only=("02",))
    before = small.contents(root)
    folder = root.path / "data/processed"
    (folder / "aa/ledger.json").write_text("[]")
    (folder / "bb/cases.json").unlink()
    (folder / "cc/other.json").write_text("[]")
    _, said = small.run(root, consortium=False)
    assert "1 unchanged, 3 to run." in said.text
    assert small.contents(root) == before


def test_only_and_limit_pick_notebooks_and_authorities(tmp_path):
    root = small.build(tmp_path, {"cc": "good", "aa": "good", "bb": "good"})
    assert small.run(root, "aa", only=("01",), jobs=1)[0] == 0
    assert small.status(root) == {"aa": "done"}
    assert not (root.reports / "aa" / "02_price.html").exists()
    assert small.run(root, only=("10_consortium",), jobs=1)[0] == 0
    assert small.status(root) == {"aa": "done", "consortium/larc4": "done"}
    small.run(root, limit=2, only=("01",), jobs=1)
    assert [unit for unit in small.status(root) if "/" not in unit] == ["aa", "bb"]
    with pytest.raises(LarcError, match="There is no notebook '02_prise'. Did you mean '02_price'"):
        small.run(root, only=("02_prise",))


def test_strict_begins_nothing_when_a_return_is_refused(tmp_path):
    root = small.build(tmp_path, {"aa": "good", "bb": "refuse"})
    from larcnb.runner.fingerprints import describe_run

    if describe_run()["modified"]:
        with pytest.raises(LarcError, match="differ from the workbook as shipped"):
            small.run(root, strict=True)
        return
    with pytest.raises(LarcError, match="Nothing was run: 1 refused"):
        small.run(root, strict=True)
    assert not (root.reports / "aa").exists()


def test_bad_params_stop_everything_before_a_notebook_runs(tmp_path):
    root = small.build(tmp_path, {"aa": "good", "bb": "good"})
    (root.params / "bb.yaml").write_text("slug: bb\nnam: Bb\n")
    with pytest.raises(LarcError, match="params/bb.yaml") as caught:
        small.run(root)
    assert caught.value.exit_code == 2
    assert not (root.path / "private").exists()


@pytest.mark.parametrize(
    ("source", "tag", "words"),
    [
        ('authority = "x"', "", "0 cells are tagged 'parameters'"),
        ('authority = "x"\nother = len("x")', "parameters", "a plain value to authority"),
        ('authorty = "x"', "parameters", "does not give a plain value to authority"),
        ("authority = open('x').read()", "parameters", "does not give a plain value"),
        ('authority = "x"', "raises-exception", "would hide errors"),
    ],
)
def test_notebooks_unfit_for_a_batch_are_refused_by_name(tmp_path, source, tag, words):
    root = small.build(tmp_path, {"aa": "good"})
    path = root.notebooks / "02_price.ipynb"
    nb = json.loads(path.read_text())
    nb["cells"][1] = small.cell("code", source, *([tag] if tag else []))
    path.write_text(json.dumps(nb))
    with pytest.raises(LarcError, match=words):
        small.run(root)


def test_the_default_set_is_the_default_round_or_else_everybody(tmp_path):
    root = small.build(tmp_path, {"aa": "good", "bb": "good"}, "larc4")
    small.add_params(root, "bb", "larc5")

    def chosen(**more):
        found = plan.make_plan(Request(root, **more))
        return [unit.name for unit in found.authorities], found.round

    assert chosen() == (["aa"], "larc4")
    assert chosen(round="larc5") == (["bb"], "larc5")
    (root.params / "aa.yaml").unlink()
    assert chosen() == (["bb"], "larc5")
    with pytest.raises(LarcError, match="No authority is of round larc9. There are: --round"):
        plan.make_plan(Request(root, round="larc9"))
