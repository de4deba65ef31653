"""A what-if: other assumptions move the figures by hand-worked amounts, every caption says so, and nothing is written."""

import json
import re
import subprocess
import sys

import pytest
from cases import each
from priced import NOTEBOOKS, exec_notebook, write_priced

from larcnb import sensitivity, show, workbook
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK


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
    contact, referral = run.prices.loc[["csc_contact", "csc_referral"], "unit_value"]
    a_year = [2 * contact, referral]
    return sum(round(cost * share, 2) for cost in a_year for share in (1, 0.9, 0.81, 0.729, 0.6561))


def avoided(cases, case):
    return cases.set_index("case_id").loc[case, "avoided_long"]


FADING = {"drop_off": 0.1}


@pytest.mark.parametrize(("name", "more"), [("03_sensitivity", {"draws": 64}), ("04_findings", {})])
def test_fading_moves_03_and_04_by_hand_worked_amounts_and_writes_nothing(name, more, untouched):
    run = exec_notebook(name, overrides=FADING, **more)["run"]
    assert run.is_what_if and avoided(run.cases, "Jamie") == pytest.approx(by_hand(run), abs=0.001)
    assert avoided(workbook.open_run("90_mine", "la-01").cases, "Jamie") > by_hand(run)


def test_a_year_in_care_at_another_price_moves_six_years_of_it_to_the_penny():
    own = workbook.open_run("90_mine", "la-01")
    dearer = own.what_if(unit_value={"looked_after_year": 60_000})
    before, after = (
        run.ledger.query("item == 'looked_after_year'")["amount"].sum() for run in (own, dearer)
    )
    assert before < 300_000 and after == 360_000.00


def test_papermill_runs_a_what_if_from_any_folder_and_every_caption_says_so(tmp_path, untouched):
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", str(NOTEBOOKS / "02_price.ipynb"), str(out)]
    command += ["-k", "python3", "-p", "authority", "la-01", "-y", "overrides: {drop_off: 0.1}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    cells = json.loads(out.read_text("utf-8"))["cells"]
    shown = [part["data"] for cell in cells for part in cell.get("outputs", []) if "data" in part]
    said = ["".join(data.get("text/plain", "")) for data in shown]
    whole = show.scenario(workbook.open_run("02_price", "la-01", overrides=FADING).context)
    name = re.fullmatch("what-if: (.+) with drop off 10%", whole)[1]
    captions = [text for text in said if name in text]
    assert len(captions) > 10
    assert all(text.count(name) == text.lower().count(whole.lower()) for text in captions)
    assert said[-1] == "02_price is complete for la-01: wrote nothing: a what-if."


def test_a_scenario_by_name_is_taken_as_it_stands_and_overrides_alone_come_on_top(folder):
    path = folder / "params" / "la-01.yaml"
    text = path.read_text("utf-8")
    own = "overrides: {drop_off: 0.2, benefit_correction: {1: 0.1}}"
    path.write_text(text.replace("overrides: {}", own), "utf-8")
    try:
        larc = workbook.open_run("02_price", "la-01", preset="larc").assumptions
        on_top = {"attribution": 0.5, "benefit_correction": {"2": 0.3}}
        both = workbook.open_run("02_price", "la-01", overrides=on_top).assumptions
    finally:
        path.write_text(text, "utf-8")
    assert (larc.drop_off, larc.attribution) == (0, 1)
    assert (both.drop_off, both.attribution) == (0.2, 0.5)
    assert (both.benefit_correction[1], both.benefit_correction[2]) == (0.1, 0.3)


def test_an_override_may_say_its_range_and_reason(untouched):
    given = {"drop_off": {"value": 0.1, "low": 0.05, "high": 0.15, "because": "a local study"}}
    run = workbook.open_run("03_sensitivity", "la-01", "public_purse", given)
    said = {"range": (0.05, 0.15), "because": "a local study"}
    assert run.authority.reasons == {"drop_off": said} and run.assumptions.drop_off == 0.1
    run.write_csv("savi", {"costs": run.ledger})
    assert str(run.finish(ledger=run.ledger)).endswith("wrote nothing: a what-if.")


@each("preset overrides words", "params", "what_if")
def test_what_the_params_refuse_is_refused_at_the_door(preset, overrides, words, untouched):
    with pytest.raises(LarcError, match=re.escape(words)):
        workbook.open_run("02_price", "la-01", preset, overrides)


def test_in_code_too_and_an_unknown_item_or_no_amount_is_refused():
    run = workbook.open_run("90_mine", "la-01")
    with pytest.raises(LarcError, match=r"Did you mean 'looked_after_year'\?"):
        run.what_if(unit_value={"looked_aftr_year": 1})
    for wrong in (-1, True, False):
        with pytest.raises(LarcError, match=f"{wrong} is no amount in GBP"):
            run.what_if(unit_value={"looked_after_year": wrong})
    with pytest.raises(LarcError, match="3 is out of range"):
        run.what_if({"attribution": 3})


def test_a_what_if_of_a_what_if_keeps_what_was_set_before_and_says_it_all():
    run = workbook.open_run("90_mine", "la-01").what_if(FADING)
    run = run.what_if(unit_value={"looked_after_year": 1})
    chart = show.bars(run.cases.set_index("case_id")["saving_long"], unit="GBP", run=run)
    assert re.search("what-if: .* with drop off 10% and child looked after", chart.caption)
    assert "£1, 4 costed cases." in chart.caption


def test_without_overrides_or_a_root_the_run_is_the_authoritys_own_of_the_workbook(
    tmp_path, monkeypatch
):
    for given in ({}, {"overrides": {}}, {"preset": None, "overrides": None}):
        assert not workbook.open_run("02_price", "la-01", **given).is_what_if
    monkeypatch.delenv("LARCNB_ROOT")
    monkeypatch.chdir(tmp_path)
    assert workbook.open_run("90_mine", "la-01").root.path == WORKBOOK


def panel_of(preset=None):
    study = sensitivity.open_study(workbook.open_run("03_sensitivity", "la-01", preset), 64, 1)
    return sensitivity.panel(study)


@pytest.mark.parametrize("preset", ["larc", "public_purse", "observed"])
@each("moved", "params", "sliders")
def test_the_sliders_open_a_what_if_that_gives_what_they_say(moved, preset, untouched):
    panel = panel_of(preset)
    if set(moved) == {"chance"} and preset == "public_purse":
        # else each future keeps what studies found of it
        moved = moved | {"prevented": panel.axes["prevented"][30]}
    run, places = panel.run(**moved), {}
    for name, value in moved.items():
        off = [abs(stop - value) for stop in panel.axes[name]]
        places[name] = off.index(min(off))
    said = panel.verdict(places)
    sums = run.cases[["avoided_long", "inputs_appraised", "told_long"]].sum()
    assert run.is_what_if and "what-if" in show.scenario(run.context)
    # the sliders take a mean chance where the run has each future's own
    near = 1e-4 if preset == "larc" else 0.03
    assert sums["avoided_long"] == pytest.approx(said.avoided, rel=near)
    share = sums["inputs_appraised"] / sums["told_long"]
    assert share == pytest.approx(said.break_even, rel=near)


def test_sliders_that_nobody_moved_leave_the_run_as_it_is_and_an_unknown_one_is_named():
    panel = panel_of()
    assert panel.run() is panel.study.run
    with pytest.raises(TypeError, match="No slider is called 'dropoff'"):
        panel.run(dropoff=0.1)
    with pytest.raises(LarcError, match="3 is out of range"):
        panel.run(attribution=3)


def test_a_moved_slider_is_the_run_of_every_cell_below():
    pytest.importorskip("ipywidgets")
    panel = panel_of()
    assert panel.box
    panel.sliders["attribution"].value = panel.axes["attribution"].index(0.5)
    assert panel.run().authority.overrides == {"attribution": 0.5}
    panel.box.children[-2].click()
    assert panel.run() is panel.study.run
