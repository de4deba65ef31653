"""What a study hands on, shows and lets be moved: every number once, and no family in SAVI's files."""

import json

import pandas as pd
import pytest
import worlds
from studies import study_of, three_cases

from larcnb import sensitivity


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
    assert found["break_even"]["share"] == pytest.approx(
        cases["inputs_appraised"].sum() / cases["told_long"].sum()
    )
    assert found["studies"] == [
        {"future": "care", "told": 2, "prevented": 0.4, "low": 0.1, "high": 0.6}
    ]
    widest = study.tornado.iloc[0]
    assert found["matters_most"]["label"] == widest["label"]
    for end, given in zip(("low", "high"), found["matters_most"]["ends"], strict=True):
        assert given == {"value": widest[f"{end}_value"], "saving": widest[f"{end}_saving"]}
    assert found["decides"] == study.sobol["label"].iloc[0]
    assert [row["set"] for row in found["scenarios"]] == list(study.scenarios["set"])
    assert [row["where"] for row in found["switching"]] == list(study.switching["where"])
    assert [row["label"] for row in found["switching"]] == list(study.switching["label"])
    assert found["information"]["evpi"] == study.advice["evpi"] and isinstance(
        found["information"]["nothing"], bool
    )


def test_no_chance_of_saving_is_handed_on_where_none_may_be_stated():
    found = sensitivity.headlines(sensitivity.long_table(study_of(three_cases("larc"), draws=64)))
    assert not found["chance_stated"] and found["intervals"]["long"]["chance"] is None
    assert {row["set"]: row["chance"] is None for row in found["scenarios"]} == {
        "larc": True,
        "observed": True,
        "public_purse": False,
        "cautious": False,
    }


def test_headlines_can_be_written_as_json(study, empty):
    for one in (study, empty):
        found = json.loads(
            json.dumps(sensitivity.headlines(sensitivity.long_table(one)), allow_nan=False)
        )
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
        "headlines",
        "break_even",
        "studies",
        "tornado",
        "surface",
        "scenarios",
        "by_case",
        "savings",
        "fan",
        "payers",
        "cases",
        "sobol",
        "evpi",
        "evppi",
        "strength",
        "uncertain",
    }
    assert set(frame["unit"]) == {"GBP", "share", "number", ""}
    row = frame.query("result == 'savings' and of == 'long' and measure == 'median'")[
        "value"
    ].item()
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
    assert set(found["result"]) == {"headlines", "scenarios"}
    assert not found.loc[found["measure"] == "saving_long", "value"].any()
    assert len(sensitivity.by_draw(empty.simulations)) == 64
