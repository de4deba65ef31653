"""A batch whose authorities' notebooks read the others of the round, and consortium notebooks that read other rounds."""

import json

import pytest
import smallbatch as small

from larcnb.runner import plan
from larcnb.runner.plan import Request, last_run, states

CASES = '(out / "cases.parquet").write_text(word)\ncomplete("02_price", authority)'
STAND = """
mine = raw.parent / "processed"
others = {f.parent.name: f.read_text() for f in sorted(mine.glob("*/cases.parquet")) if f.parent.name != authority}
if (out / "cases.parquet").read_text() == "stand":
    raise ValueError("not here")
(out / "standing.json").write_text(json.dumps(others))
"""
ALONE = ("01_clean", "02_price")


def build(folder, words):
    """A small root with a third notebook for each authority, which reads the others."""
    root = small.build(folder, words)
    small.write_notebook(root.notebooks, "02_price", "authority", small.OPEN, small.PRICE, CASES)
    cells = (small.OPEN, STAND, 'complete("05_standing", authority)')
    path = small.write_notebook(root.notebooks, "05_standing", "authority", *cells)
    path.write_text(path.read_text().replace('["parameters"]', '["parameters", "reads-round"]'))
    for name in ("11_one", "12_two"):
        done = f'complete("{name}", "consortium/" + round_name)'
        write = f'(out / "{name}.json").write_text("{name}")'
        small.write_notebook(root.notebooks, name, "round_name", small.OPEN, write, done)
    return root


def notebooks(root, unit):
    return {
        name: entry["status"] for name, entry in last_run(root)["jobs"][unit]["notebooks"].items()
    }


def standing(root, slug):
    return json.loads((root.processed(slug) / "standing.json").read_text())


WORDS = {"aa": "good", "bb": "good", "cc": "good"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What one undisturbed batch gives."""
    root = build(tmp_path_factory.mktemp("whole"), WORDS)
    assert small.run(root)[0] == 0
    return root, small.contents(root)


def test_each_sees_all_the_others_and_is_listed_once(whole):
    root, _ = whole
    assert standing(root, "aa") == {"bb": "good", "cc": "good"}
    assert notebooks(root, "aa") == dict.fromkeys((*ALONE, "05_standing"), "done")
    assert [row[:2] for row in states(plan.make_plan(Request(root)))] == [
        (unit, "up to date") for unit in ("aa", "bb", "cc", "consortium/larc4")
    ]


def test_any_order_and_number_of_jobs_give_the_same_bytes(whole, tmp_path):
    root = build(tmp_path, WORDS)
    small.run(root, "cc", jobs=1, consortium=False)
    assert standing(root, "cc") == {}  # alone it takes what is there
    small.run(root, "aa", "bb", jobs=1, consortium=False)
    assert standing(root, "bb") == {"aa": "good", "cc": "good"}
    code, said = small.run(root, jobs=3)
    assert code == 0
    assert small.contents(root) == whole[1]
    assert notebooks(root, "aa") == dict.fromkeys((*ALONE, "05_standing"), "unchanged")
    assert notebooks(root, "cc") == dict.fromkeys(ALONE, "unchanged") | {"05_standing": "done"}
    assert "unchanged" in small.run(root)[1].text
    assert small.run(root, force=True)[0] == 0 and small.contents(root) == whole[1]
    assert notebooks(root, "cc") == dict.fromkeys((*ALONE, "05_standing"), "done")


def test_a_change_elsewhere_reaches_the_readers_alone(tmp_path):
    root = build(tmp_path, WORDS)
    small.run(root)
    small.tell(root, "bb", "fine")
    assert small.run(root)[0] == 0
    assert notebooks(root, "aa") == dict.fromkeys(ALONE, "unchanged") | {"05_standing": "done"}
    assert standing(root, "aa") == {"bb": "fine", "cc": "good"}
    small.tell(root, "bb", "stand")
    code, said = small.run(root)
    assert code == 1 and "bb, 05_standing, cell 7 (Step 2)" in said.text
    assert (root.reports / "bb/02_price.html").is_file() and not (
        root.reports / "bb/05_standing.html"
    ).exists()
    (root.processed("aa") / "other.json").write_text("[]")
    small.tell(root, "bb", "good")
    assert small.run(root)[0] == 0
    assert not (root.processed("aa") / "other.json").exists()


def test_consortium_notebooks_not_asked_for_stay_while_they_are_up_to_date(tmp_path):
    root = build(tmp_path, WORDS)
    small.run(root)
    before = small.contents(root)
    for words in ({"only": ("11",)}, {"only": ("11",), "force": True}):
        assert small.run(root, **words)[0] == 0
        assert small.contents(root) == before
    (root.processed("consortium/larc4") / "11_one.json").unlink()
    small.run(root, only=("11",))
    assert notebooks(root, "consortium/larc4") == {
        "10_consortium": "unchanged",
        "11_one": "done",
        "12_two": "unchanged",
    }
    assert small.contents(root) == before
    small.tell(root, "aa", "fine")
    small.run(root, only=("02", "11"))
    assert {path.stem for path in (root.reports / "consortium").glob("*.html")} == {
        "11_one"
    }  # the rest is out of date


def test_what_a_consortium_reads_of_other_rounds_and_of_returns_counts(whole, tmp_path):
    root = build(tmp_path, WORDS)
    small.add_params(root, "cc", "larc3")
    small.run(root, "aa", "bb")
    request = Request(root, only=("10",))

    def now():
        return plan.consortium_job(plan.make_plan(request)).fingerprints["10_consortium"]

    prints = [now()]
    root.processed("cc").mkdir(parents=True)
    for file, text in (
        ("data/processed/cc/cases.parquet", "a"),
        ("params/cc.yaml", None),
        ("data/raw/aa/NOTICE.md", "b"),
    ):
        path = root.path / file
        path.write_text(text or path.read_text() + "impact_level: 3\n")
        prints.append(now())
    assert len(set(prints)) == 4
    named = Request(root, authorities=("aa",), only=("10",))
    assert (
        plan.consortium_job(plan.make_plan(named)).fingerprints["10_consortium"] == now()
    )  # whoever is named
