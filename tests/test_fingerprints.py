"""What ran on what: fingerprints follow content and nothing else."""

import json
import os

import smallbatch as small

from larcnb.files import hash_folder
from larcnb.runner import fingerprints


def now(root, slug="aa"):
    return fingerprints.authority_fingerprint(root, slug, fingerprints.shared_fingerprint(root))


def test_everything_an_authority_rests_on_is_in_its_fingerprint_and_no_time_of_a_file(tmp_path):
    root = small.build(tmp_path, {"aa": "good", "bb": "good"})
    prints = [now(root)]
    os.utime(root.raw("aa") / "cases.csv", (0, 0))
    assert now(root) == prints[0]
    for path in (
        root.params / "aa.yaml",
        root.raw("aa") / "cases.csv",
        root.raw("aa") / "unit_costs.csv",
        root.path / "data/raw/national/unit_costs.csv",
        root.params / "presets/larc.yaml",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("changed\n")
        prints.append(now(root))
    assert len(set(prints)) == len(prints)
    small.tell(root, "bb", "other")
    assert now(root) == prints[-1]


def test_hidden_files_lock_files_and_caches_do_not_count(tmp_path):
    for name in ("a.csv", ".b", "~$c.xlsx", "__pycache__/d.pyc", "e/.f/g"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert list(hash_folder(tmp_path)) == ["a.csv"]
    assert hash_folder(tmp_path / "none") == {}


def test_a_notebook_is_what_it_says_not_what_it_showed(tmp_path):
    path = small.write_notebook(tmp_path, "01_a", "authority", "1 + 1")
    before = fingerprints.notebook_hash(path)
    nb = json.loads(path.read_text())
    shown = {"output_type": "stream", "name": "stdout", "text": "x"}
    nb["cells"][1] |= {"execution_count": 5, "outputs": [shown]}
    path.write_text(json.dumps(nb))
    assert fingerprints.notebook_hash(path) == before
    nb["cells"][1]["metadata"] = {"tags": []}
    path.write_text(json.dumps(nb))
    assert fingerprints.notebook_hash(path) != before
    path.write_text("[]")
    assert fingerprints.notebook_hash(path) == ""
