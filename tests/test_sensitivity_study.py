"""What a study hands on, shows and lets be moved: every number once, and no family in SAVI's files."""

import json
import time

import numpy as np
import pandas as pd
import pytest
import worlds
from studies import study_of, three_cases

from larcnb import sensitivity
from larcnb.figures import information, sets, uncertainty
from larcnb.figures import sensitivity as figures
from larcnb.sensitivity.panel import SURFACE, Panel, verdict
from larcnb.sensitivity.ranges import LABELS
from larcnb.tables import Context
from larcnb.tables import sensitivity as tables

CONTEXT = Context("Nowhere", "2010-11", "public_purse", "", "caf", 1, 15)


@pytest.fixture(scope="module")
def study():
    return study_of(three_cases(), draws=512)


@pytest.fixture(scope="module")
def empty():
    return study_of(worlds.world(cases=[worlds.case("x", "no")]), draws=64)


def test_the_headlines_are_read_back_from_the_long_table(study):
    found = sensitivity.headlines(sensitivity.long_table(study))
    long = found["intervals"]["long"]
    assert long["central"] == worlds.priced(three_cases()).cases["saving_long"].sum().round(2)
    assert long["low95"] <= long["low80"] <= long["median"] <= long["high80"] <= long["high95"]
    assert 0 <= long["chance"] <= 1
    widest = study.tornado.iloc[0]
    assert found["matters_most"]["label"] == widest["label"]
    for end, given in zip(("low", "high"), found["matters_most"]["ends"], strict=True):
        assert given == {"value": widest[f"{end}_value"], "saving": widest[f"{end}_saving"]}
    assert found["decides"] == study.sobol["label"].iloc[0]
    assert [row["set"] for row in found["presets"]] == list(study.presets["set"])
    assert [row["where"] for row in found["switching"]] == list(study.switching["where"])


def test_headlines_can_be_written_as_json(study, empty):
    for one in (study, empty):
        found = json.loads(json.dumps(sensitivity.headlines(sensitivity.long_table(one)), allow_nan=False))
        assert (found["draws"], found["seed"]) == (one.draws, 1)
    assert found["intervals"] is None


def test_how_sure_says_the_headlines_in_words(study, empty):
    lines = tables.how_sure(sensitivity.headlines(sensitivity.long_table(study)), CONTEXT)
    assert len(lines) in (3, 4)
    assert "in 95 of 100 draws" in lines[0]
    assert tables.how_sure(sensitivity.headlines(sensitivity.long_table(empty)), CONTEXT) == []


def test_the_same_seed_gives_the_same_study_and_another_seed_another(study):
    again, other = study_of(three_cases(), draws=512), study_of(three_cases(), draws=512, seed=2)
    assert again.savings.equals(study.savings)
    assert again.sobol.equals(study.sobol)
    assert not other.savings.equals(study.savings)


def test_the_long_table_holds_every_result_typed(study):
    frame = sensitivity.long_table(study)
    assert list(frame.columns) == ["result", "of", "at", "number", "measure", "value", "unit", "basis"]
    assert set(frame["result"]) == {
        "study", "tornado", "sweep", "surface", "switching", "presets", "case", "savings", "fan", "payers", "cases",
        "sobol", "convergence", "evpi", "evppi", "evppi_single", "rests", "three_answers", "base_rates", "spread",
    }  # fmt: skip
    assert set(frame["unit"]) <= {"GBP", "share", "number"}
    assert set(frame["basis"]) == {"deterministic", "expectation", "luck"}
    row = frame[(frame["result"] == "savings") & (frame["of"] == "long") & (frame["measure"] == "median")]
    assert row.set_index("basis")["value"].to_dict() == study.savings[study.savings["horizon"] == "long"].set_index(
        "basis")["median"].to_dict()  # fmt: skip
    assert not frame.duplicated(["result", "of", "at", "number", "measure", "basis"]).any()


def test_the_long_table_goes_through_parquet_unchanged(study, tmp_path):
    frame = sensitivity.long_table(study)
    frame.to_parquet(tmp_path / "sensitivity.parquet", index=False)
    assert pd.read_parquet(tmp_path / "sensitivity.parquet").equals(frame)


def test_savi_s_files_have_a_row_a_draw_and_name_no_case(study):
    files = sensitivity.savi_tables(study)
    assert {len(frame) for frame in files.values()} == {512}
    assert list(files["savi_costs"]) == list(files["savi_effects"]) == ["without", "with"]
    saving = files["savi_effects"]["with"] - files["savi_costs"]["with"]
    assert saving.to_numpy() == pytest.approx(study.simulation.saving(), abs=0.011)
    assert not [name for name in files["savi_parameters"] if "la-99" in name]


def test_a_study_without_costed_cases_hands_on_its_draws_seed_and_presets_only(empty):
    frame = sensitivity.long_table(empty)
    assert set(frame["result"]) == {"study", "presets"}
    assert not frame.loc[frame["measure"] == "saving_long", "value"].any()


def every_figure(study):
    labels = {"care": "Child in care"}
    return {
        "tornado": figures.tornado(study.tornado, CONTEXT),
        "sweeps": figures.sweeps(study.sweeps, LABELS, CONTEXT),
        "surface": figures.surface(study.surface, CONTEXT),
        "presets": sets.presets(study.presets, CONTEXT, "public_purse"),
        "base_rates": sets.base_rates(study.base_rates, labels, CONTEXT),
        "savings": uncertainty.savings(study.savings, CONTEXT, study.draws),
        "fan": uncertainty.fan(study.fan, CONTEXT),
        "cases": uncertainty.cases(study.cases, CONTEXT),
        "payers": uncertainty.payers(study.payers, CONTEXT),
        "sobol": information.sobol(study.sobol, study.convergence, CONTEXT),
        "information": information.information(
            study.evpi, study.evppi, study.evppi_single, {}, labels, CONTEXT
        ),
        "expected_loss": information.expected_loss(study.evpi, CONTEXT),
    }


def test_every_figure_says_its_message_measure_and_numbers(study):
    for name, figure in every_figure(study).items():
        assert figure.picture.count("<svg") == 1, name
        assert figure.message.endswith("."), name
        assert "Nowhere" in figure.measure, name
        assert any(letter.isdigit() for letter in figure.alt), name
        assert len(figure.numbers.rows) > 0, name
        assert "nan" not in repr(figure).lower().split(), name


def test_every_figure_of_a_study_without_cases_is_a_sentence(empty):
    for name, figure in every_figure(empty).items():
        assert figure.message.endswith("."), name
        assert not figure.picture, name


def test_figures_are_the_same_bytes_twice(study):
    assert figures.tornado(study.tornado, CONTEXT).picture == figures.tornado(study.tornado, CONTEXT).picture


def test_both_ends_of_every_bar_carry_value_and_result(study):
    figure = figures.tornado(study.tornado, CONTEXT)
    row = study.tornado[study.tornado["swing"] > 0].iloc[0]
    assert row["low_value"] in figure.alt and row["high_value"] in figure.alt


def test_the_tables_read_as_they_should(study):
    shown = [
        tables.switching(study.switching, CONTEXT),
        tables.break_even(study.by_case, sets.PRESETS, CONTEXT),
        tables.answers(study.three_answers, CONTEXT),
        tables.rests(study.rests, pd.DataFrame({"future": ["distress"], "label": ["Distress"]}), CONTEXT),
        tables.uncertain(study.draw_table.catalogue, {}, {}, CONTEXT),
        tables.spreads(study.spread.log, vars(study.spread), CONTEXT),
    ]
    for table in shown:
        assert "<caption>" in table.html() and "nan" not in str(table).lower().split()
    assert "Distress" in str(shown[3])


def test_the_panel_works_out_what_the_ledger_would(study):
    found = verdict(study.model, study.a, {"deadweight": 0.3})
    made = three_cases()
    made["assumptions"]["deadweight"] = 0.3
    assert found.saving == worlds.priced(made).cases["saving_long"].sum().round(2)
    half = verdict(study.model, study.a, {"deadweight": 0.3}, real=0.5)
    assert half.avoided == pytest.approx(found.avoided / 2, abs=0.01)
    assert half.break_even == found.break_even


def test_the_panel_says_in_words_what_it_finds(study):
    assert "saves" in verdict(study.model, study.a).words
    loss = verdict(study.model, study.a, real=0.0)
    assert "costs more than it saves by" in loss.words


def test_the_panel_redraws_within_three_tenths_of_a_second(study):
    pytest.importorskip("ipywidgets")
    panel = Panel(study.model, study.a, study.ranges, study.sets, live=True)
    assert panel.box.children
    before, taken = panel.output.value, []
    for value in np.linspace(0.2, 0.9, 8):
        start = time.process_time()
        panel.sliders["deadweight"].value = value
        taken.append(time.process_time() - start)
    assert panel.output.value != before
    assert min(taken) < 0.3
    panel.sliders["preset"].value = "larc"
    assert panel.current().saving == study.presets.set_index("set").loc["larc", "saving_long"]


def test_without_a_front_end_the_panel_is_a_paragraph_that_never_changes(study, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    panel = Panel(study.model, study.a, study.ranges, study.sets)
    first, second = panel._repr_mimebundle_(), panel._repr_mimebundle_()
    assert first == second
    assert set(first) == {"text/plain", "text/html", SURFACE}
    assert "JupyterLab" in first["text/plain"]


def test_in_jupyterlab_the_panel_shows_sliders(study, monkeypatch):
    pytest.importorskip("ipywidgets")
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/03_sensitivity.ipynb")
    bundle = Panel(study.model, study.a, study.ranges, study.sets)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_the_panel_of_a_return_without_cases_says_so(empty):
    assert "nothing to vary" in repr(Panel(empty.model, empty.a, empty.ranges))
