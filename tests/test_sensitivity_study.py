"""What a study hands on, shows and lets be moved: every number once, and no family in SAVI's files."""

import json

import pandas as pd
import pytest
import worlds
from studies import study_of, three_cases

from larcnb import sensitivity
from larcnb.sensitivity import RESULTS


@pytest.fixture(scope="module")
def study():
    return study_of(three_cases(), draws=512)


@pytest.fixture(scope="module")
def frame(study):
    return sensitivity.long_table(study)


def test_the_headlines_are_read_back_from_the_long_table(study, frame):
    found, cases = sensitivity.headlines(frame), worlds.priced(three_cases()).cases
    long = found["intervals"]["long"]
    assert long["central"] == cases["saving_long"].sum().round(2)
    assert long["low95"] <= long["low80"] <= long["median"] <= long["high80"] <= long["high95"]
    assert found["chance_stated"] and 0 <= long["chance"] <= 1
    care = {"future": "care", "told": 2, "prevented": 0.4, "low": 0.1, "high": 0.6}
    assert found["studies"] == [care]
    assert [row["set"] for row in found["scenarios"]] == list(study.scenarios["set"])
    assert [row["where"] for row in found["switching"]] == list(study.switching["where"])
    assert found["reference_information"]["evpi"] == study.advice["evpi"]


def test_the_long_table_holds_every_result_typed_and_goes_through_parquet_unchanged(
    study, frame, tmp_path
):
    assert list(frame.columns) == ["result", "of", "at", "number", "measure", "value", "unit"]
    assert set(frame["result"]) == {"headlines", *RESULTS}
    assert set(frame["unit"]) == {"GBP", "share", "number", ""}
    row = frame.query("result == 'savings' and of == 'long' and measure == 'median'")["value"]
    assert row.item() == study.savings.set_index("horizon").loc["long", "median"]
    assert not frame.duplicated(["result", "of", "at", "number", "measure"]).any()
    frame.to_parquet(tmp_path / "sensitivity.parquet", index=False)
    assert pd.read_parquet(tmp_path / "sensitivity.parquet").equals(frame)


def test_savi_s_files_have_a_row_a_draw_and_name_no_case(study):
    files = sensitivity.savi_tables(study)
    assert {len(one) for one in files.values()} == {512}
    assert list(files["savi_costs"]) == list(files["savi_effects"]) == ["without", "with"]
    saving = files["savi_effects"]["with"] - files["savi_costs"]["with"]
    assert saving.to_numpy() == pytest.approx(study.simulation.drawn.saving(), abs=0.011)
    assert not [name for name in files["savi_parameters"] if name.endswith((".a", ".b", ".c"))]


def test_a_study_without_costed_cases_hands_on_its_draws_seed_and_scenarios_only():
    empty = study_of(worlds.world(cases=[worlds.case("x", "no")]), draws=64)
    long = sensitivity.long_table(empty)
    assert set(long["result"]) == {"headlines", "scenarios"}
    assert not long.loc[long["measure"] == "saving_long", "value"].any()
    found = json.loads(json.dumps(sensitivity.headlines(long), allow_nan=False))
    assert (found["draws"], found["seed"], found["intervals"]) == (64, 1, None)
    assert len(sensitivity.by_draw(empty.simulations)) == 64
