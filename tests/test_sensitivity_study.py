"""What a study hands on, shows and lets be moved: every number once, and no family in SAVI's files."""

import json

import pandas as pd
import pytest
import worlds
from studies import study_of, three_cases

from larcnb import sensitivity
from larcnb.figures import information, sets, uncertainty
from larcnb.figures import sensitivity as figures
from larcnb.tables import Context
from larcnb.tables import sensitivity as tables

CONTEXT = Context("Nowhere", "2010-11", "public_purse", "", "caf", 1, 15)


@pytest.fixture(scope="module")
def study():
    return study_of(three_cases(), draws=512)


@pytest.fixture(scope="module")
def empty():
    return study_of(worlds.world(cases=[worlds.case("x", "no")]), draws=64)


@pytest.fixture(scope="module")
def frame(study):
    return sensitivity.long_table(study)


def test_the_headlines_are_read_back_from_the_long_table(study, frame):
    found = sensitivity.headlines(frame)
    long = found["intervals"]["long"]
    assert long["central"] == worlds.priced(three_cases()).cases["saving_long"].sum().round(2)
    assert long["low95"] <= long["low80"] <= long["median"] <= long["high80"] <= long["high95"]
    assert found["chance_stated"] and 0 <= long["chance"] <= 1
    cases = worlds.priced(three_cases()).cases
    assert found["break_even"]["share"] == pytest.approx(cases["inputs_appraised"].sum() / cases["told_long"].sum())
    assert found["studies"] == [{"future": "care", "told": 2, "prevented": 0.4, "low": 0.1, "high": 0.6}]
    widest = study.tornado.iloc[0]
    assert found["matters_most"]["label"] == widest["label"]
    for end, given in zip(("low", "high"), found["matters_most"]["ends"], strict=True):
        assert given == {"value": widest[f"{end}_value"], "saving": widest[f"{end}_saving"]}
    assert found["decides"] == study.sobol["label"].iloc[0]
    assert [row["set"] for row in found["scenarios"]] == list(study.scenarios["set"])
    assert [row["where"] for row in found["switching"]] == list(study.switching["where"])
    assert [row["label"] for row in found["switching"]] == list(study.switching["label"])
    assert found["information"]["evpi"] == study.advice["evpi"] and isinstance(found["information"]["nothing"], bool)


def test_no_chance_of_saving_is_handed_on_where_none_may_be_stated():
    found = sensitivity.headlines(sensitivity.long_table(study_of(three_cases("larc"), draws=64)))
    assert not found["chance_stated"] and found["intervals"]["long"]["chance"] is None
    assert {row["set"]: row["chance"] is None for row in found["scenarios"]} == {
        "larc": True, "observed": True, "public_purse": False, "cautious": False}  # fmt: skip


def test_headlines_can_be_written_as_json(study, empty):
    for one in (study, empty):
        found = json.loads(json.dumps(sensitivity.headlines(sensitivity.long_table(one)), allow_nan=False))
        assert (found["draws"], found["seed"]) == (one.draws, 1)
    assert found["intervals"] is None and found["break_even"] is None


def test_the_same_seed_gives_the_same_study_and_another_seed_another(study):
    again, other = study_of(three_cases(), draws=512), study_of(three_cases(), draws=512, seed=2)
    assert again.savings.equals(study.savings)
    assert again.sobol.equals(study.sobol)
    assert not other.savings.equals(study.savings)


def test_the_long_table_holds_every_result_typed(study, frame):
    assert list(frame.columns) == ["result", "of", "at", "number", "measure", "value", "unit"]
    assert set(frame["result"]) == {
        "study", "break_even", "studies", "tornado", "surface", "switching", "scenarios", "case", "savings", "fan", "payers",
        "cases", "sobol", "evpi", "evppi", "advice", "strength", "uncertain", "label",
    }  # fmt: skip
    assert set(frame["unit"]) == {"GBP", "share", "number"}
    row = frame.query("result == 'savings' and of == 'long' and measure == 'median'")["value"].item()
    assert row == study.savings.set_index("horizon").loc["long", "median"]
    assert not frame.duplicated(["result", "of", "at", "number", "measure"]).any()


def test_the_long_table_goes_through_parquet_unchanged(frame, tmp_path):
    frame.to_parquet(tmp_path / "sensitivity.parquet", index=False)
    assert pd.read_parquet(tmp_path / "sensitivity.parquet").equals(frame)


def test_savi_s_files_have_a_row_a_draw_and_name_no_case(study):
    files = sensitivity.savi_tables(study)
    assert {len(one) for one in files.values()} == {512}
    assert list(files["savi_costs"]) == list(files["savi_effects"]) == ["without", "with"]
    saving = files["savi_effects"]["with"] - files["savi_costs"]["with"]
    assert saving.to_numpy() == pytest.approx(study.simulation.drawn.saving(), abs=0.011)
    assert not [name for name in files["savi_parameters"] if name.endswith((".a", ".b", ".c"))]


def test_a_study_without_costed_cases_hands_on_its_draws_seed_and_scenarios_only(empty):
    found = sensitivity.long_table(empty)
    assert set(found["result"]) == {"study", "scenarios"}
    assert not found.loc[found["measure"] == "saving_long", "value"].any()
    assert len(sensitivity.by_draw(empty.simulations)) == 64


def every_figure(study):
    labels = {"care": "Child in care"}
    return {
        "break_even": figures.break_even(study.break_even, study.studies, labels, CONTEXT),
        "tornado": figures.tornado(study.tornado, CONTEXT),
        "surface": figures.surface(study.surface, study.averages, CONTEXT),
        "scenarios": sets.presets(study.scenarios, CONTEXT, "public_purse"),
        "rates": sets.rates(study.studies, labels, CONTEXT),
        "savings": uncertainty.savings(study.savings, CONTEXT, study.draws),
        "fan": uncertainty.fan(study.fan, CONTEXT),
        "cases": uncertainty.cases(study.cases, CONTEXT),
        "payers": uncertainty.payers(study.payers, CONTEXT),
        "sobol": information.sobol(study.sobol, CONTEXT),
        "information": information.information(study.evpi, study.evppi, study.advice, CONTEXT),
        "expected_loss": information.expected_loss(study.evpi, study.advice["pays_from"], CONTEXT),
    }


def every_table(study):
    return [
        tables.switching(study.switching, CONTEXT),
        tables.break_even(study.by_case, sets.PRESETS, CONTEXT),
        tables.strength(study.strength, {"distress": "Distress"}, CONTEXT),
        tables.uncertain(study.simulation.catalogue, {}, {}, CONTEXT),
        tables.spreads(study.spread.log, vars(study.spread), CONTEXT),
    ]


def test_every_figure_says_its_message_measure_and_numbers(study):
    for name, figure in every_figure(study).items():
        assert figure.picture.count("<svg") == 1, name
        assert figure.message.endswith("."), name
        assert "Nowhere" in figure.measure, name
        assert any(letter.isdigit() for letter in figure.alt), name
        assert len(figure.numbers.rows) > 0, name
        assert "nan" not in repr(figure).lower().split(), name


def test_every_figure_and_table_of_a_study_without_cases_is_a_sentence(empty):
    for name, figure in every_figure(empty).items():
        assert figure.message.endswith("."), name
        assert not figure.picture, name
    assert all("<caption>" in table.html() for table in every_table(empty))


def test_break_even_leads_with_the_share_that_must_be_prevented_beside_what_studies_found(study):
    figure = every_figure(study)["break_even"]
    share = study.break_even["break_even_share"].iloc[-1]
    assert figure.message == (
        f"It pays if help prevents at least {share * 100:.0f} in 100 of the futures told, by cost; comparison studies of 1 kind "
        "of them found 40% prevented (95% range 10% to 60%)."
    )  # fmt: skip


def test_larc_states_no_chance_of_saving_and_says_what_is_in_no_interval():
    figure = uncertainty.savings(study_of(three_cases("larc"), draws=64).savings, CONTEXT, 64)
    assert figure.message.endswith(
        "prices, hours, durations only: whether the futures were real is in no interval here."
    )
    assert "draws save" not in figure.alt and "no chance of saving is stated" in " ".join(figure.notes)


def test_simulated_shares_never_read_as_none_or_all(study):
    for figure in (every_figure(study)[name] for name in ("scenarios", "savings", "cases", "payers")):
        column = figure.numbers.headers.index("Draws that save")
        for row in figure.numbers.rows:
            assert row[column] in ("–", "under 1 in 100", "over 99 in 100") or 1 <= int(row[column].split()[0]) <= 99


def test_both_ends_of_every_bar_carry_value_and_result(study):
    figure = figures.tornado(study.tornado, CONTEXT)
    row = study.tornado[study.tornado["swing"] > 0].iloc[0]
    assert row["low_value"] in figure.alt and row["high_value"] in figure.alt
    assert figure.picture == figures.tornado(study.tornado, CONTEXT).picture


def test_the_tables_read_as_they_should(study):
    for table in every_table(study):
        assert "<caption>" in table.html() and "nan" not in str(table).lower().split()
    assert "Distress" in str(every_table(study)[2])


def test_an_estimate_that_is_held_is_named_below_the_table_of_what_is_uncertain():
    made = three_cases()
    made["assumptions"]["drop_off"] = 0.1
    held = study_of(made, 64, overrides={"drop_off": 0.1}).simulation.catalogue
    assert "Held, not drawn" in str(tables.uncertain(held, {}, {}, CONTEXT).notes)
