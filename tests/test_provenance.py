"""What ran on what: fingerprints follow content and nothing else."""

import json
import os

import smallbatch as small

from larcnb import provenance


def test_the_time_of_a_file_does_not_matter_and_its_content_does(tmp_path):
    root = small.build(tmp_path, {"aa": "good"})
    shared = provenance.shared_fingerprint(root)
    before = provenance.authority_fingerprint(root, "aa", shared)
    path = root.raw("aa") / "cases.csv"
    os.utime(path, (0, 0))
    assert provenance.authority_fingerprint(root, "aa", shared) == before
    path.write_text("other\n")
    assert provenance.authority_fingerprint(root, "aa", shared) != before


def test_everything_an_authority_rests_on_is_in_its_fingerprint(tmp_path):
    root = small.build(tmp_path, {"aa": "good", "bb": "good"})
    prints = {"": provenance.authority_fingerprint(root, "aa", provenance.shared_fingerprint(root))}
    changes = {
        "params": root.params / "aa.yaml",
        "return": root.raw("aa") / "return.txt",
        "own unit costs": root.raw("aa") / "unit_costs.csv",
        "national": root.path / "data/raw/national/unit_costs.csv",
        "preset": root.params / "presets/larc.yaml",
    }
    for name, path in changes.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("changed\n")
        prints[name] = provenance.authority_fingerprint(
            root, "aa", provenance.shared_fingerprint(root)
        )
    small.tell(root, "bb", "other")
    same = provenance.authority_fingerprint(root, "aa", provenance.shared_fingerprint(root))
    assert len(set(prints.values())) == len(prints)
    assert same == prints["preset"]


def test_hidden_files_lock_files_and_caches_do_not_count(tmp_path):
    for name in ("a.csv", ".b", "~$c.xlsx", "__pycache__/d.pyc", "e/.f/g"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert list(provenance.hash_folder(tmp_path)) == ["a.csv"]
    assert provenance.hash_folder(tmp_path / "none") == {}


def test_a_notebook_is_what_it_says_not_what_it_showed(tmp_path):
    path = small.write_notebook(tmp_path, "01_a", "authority", "1 + 1")
    before = provenance.notebook_source(path)
    nb = json.loads(path.read_text())
    nb["cells"][1] |= {
        "execution_count": 5,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}],
    }
    path.write_text(json.dumps(nb))
    assert provenance.notebook_source(path) == before
    nb["cells"][1]["metadata"] = {"tags": []}
    path.write_text(json.dumps(nb))
    assert provenance.notebook_source(path) != before


def test_a_root_without_national_tables_uses_the_workbooks(tmp_path):
    root = small.build(tmp_path, {"aa": "good"})
    theirs = provenance.national_files(root)
    assert "unit_costs.csv" in theirs
    own = root.path / "data/raw/national/futures.csv"
    own.parent.mkdir(parents=True)
    own.write_text("x")
    changed = provenance.national_files(root)
    assert {name for name in theirs if theirs[name] != changed[name]} == {"futures.csv"}


def test_a_run_names_versions_commit_and_params():
    facts = provenance.describe_run({"aa": {"preset": "larc"}})
    assert {"papermill", "pandas", "larcnb"} <= set(facts["packages"])
    assert set(facts) == {"larcnb", "python", "system", "packages", "commit", "modified", "params"}
    assert all(not name.startswith("/") for name in facts["modified"])
