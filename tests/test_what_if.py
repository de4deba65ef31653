"""A what-if: other assumptions move the figures by hand-worked amounts, every caption says so, and nothing is written."""

import json
import re
import subprocess
import sys

import pytest
from priced import NOTEBOOKS, code, exec_notebook, write_priced

from larcnb import sensitivity, show, workbook
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK

OWN = "overrides: {}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_priced(tmp_path_factory.mktemp("what_if") / "root", "la-01").path


@pytest.fixture(autouse=True)
def at(folder, monkeypatch):
    monkeypatch.setenv("LARCNB_ROOT", str(folder))


@pytest.fixture
def untouched(folder):
    """Nothing of the authority's results has another byte afterwards."""

    def contents():
        return {path: path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file()}

    before = contents()
    yield
    assert contents() == before


def by_hand(run):
    """Jamie's costs avoided: five years of two contacts and a referral a year, of each year nine tenths of the year before."""
    a_year = [
        2 * run.prices.loc["csc_contact", "unit_value"],
        run.prices.loc["csc_referral", "unit_value"],
    ]
    return sum(round(cost * share, 2) for cost in a_year for share in (1, 0.9, 0.81, 0.729, 0.6561))


def avoided(cases, case):
    return cases.set_index("case_id").loc[case, "avoided_long"]


def test_fading_moves_02_by_hand_worked_amounts(untouched):
    names = exec_notebook("02_price", overrides={"drop_off": 0.1})
    own = workbook.open_run("90_mine", "la-01")
    assert (
        avoided(own.cases, "Jamie")
        > avoided(names["cases"], "Jamie")
        == pytest.approx(by_hand(own), abs=0.001)
    )


@pytest.mark.parametrize(("name", "more"), [("03_sensitivity", {"draws": 64}), ("04_findings", {})])
def test_fading_moves_03_and_04_by_the_same_and_writes_nothing(name, more, untouched):
    if not any("preset, overrides)" in cell for cell in code(name)):
        pytest.skip("takes no overrides yet")
    run = exec_notebook(name, overrides={"drop_off": 0.1}, **more)["run"]
    assert run.is_what_if and avoided(run.cases, "Jamie") == pytest.approx(by_hand(run), abs=0.001)


def test_a_year_in_care_at_another_price_moves_six_years_of_it_to_the_penny():
    own = workbook.open_run("90_mine", "la-01")
    care = own.what_if(unit_value={"looked_after_year": 60_000}).ledger.query(
        "item == 'looked_after_year'"
    )
    assert (
        care["amount"].sum() == 360_000.00
        and own.ledger.query("item == 'looked_after_year'")["amount"].sum() < 300_000
    )


def test_papermill_runs_a_what_if_from_any_folder_and_every_caption_says_so(tmp_path, untouched):
    out = tmp_path / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(NOTEBOOKS / "02_price.ipynb"),
        str(out),
        "-k",
        "python3",
        "-p",
        "authority",
        "la-01",
        "-y",
        "overrides: {drop_off: 0.1}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    outputs = [
        out
        for cell in json.loads(out.read_text("utf-8"))["cells"]
        for out in cell.get("outputs", [])
    ]
    said = ["".join(shown["data"].get("text/plain", "")) for shown in outputs if "data" in shown]
    whole = show.scenario(
        workbook.open_run("02_price", "la-01", overrides={"drop_off": 0.1}).context
    )
    name = whole.removeprefix("what-if: ").removesuffix(" with drop off 10%")
    assert whole == f"what-if: {name} with drop off 10%" and name
    captions = [text for text in said if name in text]
    assert len(captions) > 10 and all(
        text.count(name) == text.lower().count(whole.lower()) for text in captions
    )
    assert said[-1] == "02_price is complete for la-01: wrote nothing: a what-if."


def test_a_scenario_by_name_is_taken_as_it_stands_and_overrides_alone_come_on_top(folder):
    path = folder / "params" / "la-01.yaml"
    text = path.read_text("utf-8")
    assert OWN in text
    try:
        path.write_text(
            text.replace(OWN, "overrides:\n  drop_off: 0.2\n  benefit_correction:\n    1: 0.1"),
            "utf-8",
        )
        by_name = workbook.open_run("02_price", "la-01", preset="larc").assumptions
        run = workbook.open_run(
            "02_price", "la-01", overrides={"attribution": 0.5, "benefit_correction": {"2": 0.3}}
        )
    finally:
        path.write_text(text, "utf-8")
    assert (by_name.drop_off, by_name.attribution) == (0, 1)
    assert (run.assumptions.drop_off, run.assumptions.attribution) == (0.2, 0.5)
    assert (run.assumptions.benefit_correction[1], run.assumptions.benefit_correction[2]) == (
        0.1,
        0.3,
    )


def test_an_override_may_say_its_range_and_reason(untouched):
    given = {"drop_off": {"value": 0.1, "low": 0.05, "high": 0.15, "because": "a local study"}}
    run = workbook.open_run("03_sensitivity", "la-01", "public_purse", given)
    assert run.authority.reasons == {
        "drop_off": {"low": 0.05, "high": 0.15, "because": "a local study"}
    }
    assert run.assumptions.drop_off == 0.1
    run.write_csv("savi", {"costs": run.ledger})
    assert str(run.finish(ledger=run.ledger)).endswith("wrote nothing: a what-if.")


REFUSED = {
    "a name": (
        {"preset": "publicpurse"},
        "There is no preset 'publicpurse'. Did you mean 'public_purse'?",
    ),
    "no name": ({"preset": "x"}, "Allowed: cautious, larc, observed, public_purse."),
    "a kind": ({"preset": 3}, "preset is 3, a number."),
    "no mapping": ({"overrides": "drop_off 0.1"}, '-y "overrides: {drop_off: 0.1}"'),
    "a range": ({"overrides": {"drop_off": 30}}, "30 is out of range. Allowed: 0 to 1."),
    "an assumption": ({"overrides": {"dropoff": 0.1}}, "Did you mean 'drop_off'?"),
    "twice": (
        {"preset": "public_purse", "overrides": {"deadweight": 0.3}},
        "refused with weighting expected",
    ),
    "not the mean": (
        {"preset": "cautious", "overrides": {"drop_off": {"value": 0.1, "low": 0.1, "high": 0.9}}},
        "an estimate's value is the mean of what is drawn",
    ),
}


@pytest.mark.parametrize("given, words", REFUSED.values(), ids=REFUSED)
def test_what_the_params_refuse_is_refused_at_the_door_in_the_same_words(given, words, untouched):
    with pytest.raises(LarcError) as refused:
        workbook.open_run("02_price", "la-01", **given)
    assert words in str(refused.value)


def test_in_code_too_and_an_unknown_item_or_no_amount_is_refused():
    run = workbook.open_run("90_mine", "la-01")
    for given, words in (
        ({"looked_aftr_year": 1}, "Did you mean 'looked_after_year'?"),
        ({"looked_after_year": -1}, "-1 is no amount in GBP"),
    ):
        with pytest.raises(LarcError, match=re.escape(words)):
            run.what_if(unit_value=given)
    with pytest.raises(LarcError, match="3 is out of range"):
        run.what_if({"attribution": 3})


def test_a_what_if_of_a_what_if_keeps_what_was_set_before_and_says_it_all():
    run = (
        workbook.open_run("90_mine", "la-01")
        .what_if({"drop_off": 0.1})
        .what_if(unit_value={"looked_after_year": 1})
    )
    chart = show.bars(run.cases.set_index("case_id")["saving_long"], unit="GBP", run=run)
    assert re.search("what-if: .* with drop off 10% and child looked after", chart.caption)
    assert "£1, 4 costed cases." in chart.caption


def test_what_03_makes_for_04_is_worked_out_in_the_run(untouched):
    run = workbook.open_run("04_findings", "la-01", overrides={"drop_off": 0.1})
    headlines = sensitivity.headlines(run.sensitivity)
    assert headlines["break_even"]["inputs"] == pytest.approx(run.cases["inputs_appraised"].sum())
    assert headlines["break_even"]["told"] == pytest.approx(run.cases["told_long"].sum())


def test_from_a_folder_without_a_root_a_notebook_opens_the_workbooks_own(tmp_path, monkeypatch):
    monkeypatch.delenv("LARCNB_ROOT")
    monkeypatch.chdir(tmp_path)
    assert workbook.open_run("90_mine", "la-01").root.path == WORKBOOK


def test_without_overrides_the_run_is_the_authoritys_own():
    for given in ({}, {"overrides": {}}, {"preset": None, "overrides": None}):
        assert not workbook.open_run("02_price", "la-01", **given).is_what_if


MOVED = [
    {"attribution": 0.5},
    {"drop_off": 0.1, "discount_rate": 0.035},
    {"chance": 0.4},
    {"prevented": 0.3},
    {"chance": 0.4, "prevented": 0.3, "attribution": 0.8},
]


@pytest.mark.parametrize("preset", ["larc", "public_purse", "observed"])
@pytest.mark.parametrize("moved", MOVED, ids=str)
def test_the_sliders_open_a_what_if_that_gives_what_they_say(moved, preset, untouched):
    study = sensitivity.open_study(workbook.open_run("03_sensitivity", "la-01", preset), 64, 1)
    panel = sensitivity.panel(study)
    if set(moved) == {"chance"} and preset == "public_purse":
        moved = moved | {
            "prevented": panel.axes["prevented"][30]
        }  # else each future keeps what studies found of it
    run = panel.run(**moved)
    stop = {
        name: min(range(len(stops)), key=lambda n: abs(stops[n] - moved[name]))
        for name, stops in panel.axes.items()
        if name in moved
    }
    said, cases = panel.verdict(stop), run.cases.query("costed == 'yes'")
    assert run.is_what_if and "what-if" in show.scenario(run.context)
    near = (
        1e-4 if preset == "larc" else 0.03
    )  # the sliders take a mean chance where the run has each future's own
    assert cases["avoided_long"].sum() == pytest.approx(said.avoided, rel=near)
    assert cases["inputs_appraised"].sum() / cases["told_long"].sum() == pytest.approx(
        said.break_even, rel=near
    )


def test_sliders_that_nobody_moved_leave_the_run_as_it_is_and_an_unknown_one_is_named():
    study = sensitivity.open_study(workbook.open_run("03_sensitivity", "la-01"), 64, 1)
    assert sensitivity.panel(study).run() is study.run
    with pytest.raises(TypeError, match="No slider is called 'dropoff'"):
        sensitivity.panel(study).run(dropoff=0.1)
    with pytest.raises(LarcError, match="3 is out of range"):
        sensitivity.panel(study).run(attribution=3)


def test_a_moved_slider_is_the_run_of_every_cell_below(monkeypatch):
    pytest.importorskip("ipywidgets")
    study = sensitivity.open_study(workbook.open_run("03_sensitivity", "la-01"), 64, 1)
    panel = sensitivity.panel(study, live=True)
    assert panel.box
    panel.sliders["attribution"].value = panel.axes["attribution"].index(0.5)
    assert panel.run().authority.overrides == {"attribution": 0.5}
    panel.box.children[-2].click()
    assert panel.run() is study.run
