"""One assumption at a time and in sets: ends, sweeps, switching values, surface, presets, worked by hand."""

import pandas as pd
import pytest
import worlds
from studies import ROOT, model_of, plain, preset, spread, study_of, three_cases

from larcnb.errors import LarcError
from larcnb.sensitivity import oneway, sets
from larcnb.sensitivity.model import evaluate
from larcnb.sensitivity.ranges import ranges
from larcnb.sensitivity.spread import NAMES, load_spread, read_spread

LOG = preset("larc").log


def plain_parts(**changes):
    model, a = model_of(plain(**changes))
    return model, a, ranges(a, LOG)


def bar(frame, name):
    return frame.set_index("assumption").loc[name]


def test_the_ends_of_the_tornado_by_hand():
    # 2,000 avoided against 500 spent; larc lets deadweight go to 60%, attribution down to 50%, discounting to 3.5%.
    model, a, found = plain_parts()
    frame = oneway.tornado(model, a, found, spread())
    assert bar(frame, "deadweight")[["low_value", "low_saving", "high_value", "high_saving"]].tolist() == [
        "0%", 1500.0, "60%", 300.0]  # fmt: skip
    assert bar(frame, "attribution")["low_saving"] == 500.0
    assert bar(frame, "discount_rate")["high_saving"] == round(1000 + 1000 / 1.035 - 500, 2)
    assert bar(frame, "cost_correction")["high_saving"] == 1475.0  # all grade 1: up to 5% on 500
    assert bar(frame, "years")[["low_saving", "high_saving"]].tolist() == [500.0, 2500.0]
    assert (frame["base"] == 1500.0).all()
    assert frame["swing"].is_monotonic_decreasing


def test_each_end_of_the_tornado_is_what_the_exact_appraisal_gives():
    model, a = model_of(three_cases())
    found = ranges(a, preset("public_purse").log)
    frame = oneway.tornado(model, a, found, spread())
    made = three_cases()
    for name in ("deadweight", "drop_off", "probability", "benefit_correction", "long_years", "weighting"):
        end = found[name].high if not found[name].choices else found[name].choices[-1]
        priced = worlds.priced({**made, "assumptions": worlds.merge(made["assumptions"], {name: end})})
        assert bar(frame, name)["high_saving"] == round(priced.cases["saving_long"].sum(), 2), name


def test_a_bar_that_bends_says_so():
    # Rivals: to 12 years care stays (3,000 against 500 to 1,000), so nothing bends over 10 to 20.
    library = [worlds.future("care", "care", years=3, group="home"),
               worlds.future("hostel", "hostel", start=11, years=4, group="home")]  # fmt: skip
    costs = [worlds.cost("care", 1000), worlds.cost("hostel", 500)]
    made = worlds.world(costs, library, **worlds.avoided("care", "hostel"))
    model, a = model_of(made)
    frame = oneway.tornado(model, a, ranges(a, LOG), spread())
    assert not bar(frame, "long_years")["bends"]
    assert not bar(frame, "deadweight")["bends"]


def test_a_value_outside_its_range_widens_it_and_says_so():
    model, a = model_of(plain(assumptions={"deadweight": 0.8}))
    found = ranges(a, LOG)
    assert (found["deadweight"].low, found["deadweight"].high, found["deadweight"].widened) == (0.0, 0.8, True)
    assert bar(oneway.tornado(model, a, found, spread()), "deadweight")["widened"]


def test_switching_values_by_hand():
    # 2,000 x (1 - d) = 500 at d = 75%: past the 60% of the log. Attribution 25%: below its 50%.
    model, a, found = plain_parts()
    frame = oneway.switching(model, a, found).set_index("assumption")
    assert frame.loc["deadweight", "number"] == pytest.approx(0.75, abs=1e-4)
    assert frame.loc["deadweight", ["switch", "where"]].tolist() == ["75%", "beyond range"]
    assert frame.loc["attribution", "number"] == pytest.approx(0.25, abs=1e-4)
    assert frame.loc["discount_rate", "where"] == "none"
    assert pd.isna(frame.loc["discount_rate", "switch"])


def test_a_switching_value_in_range_makes_the_saving_nil():
    model, a, found = plain_parts(process=[worlds.spent(37.5)])  # 1,500 and the course: nil at d = 20%
    row = oneway.switching(model, a, found).set_index("assumption").loc["deadweight"]
    assert row["where"] == "in range"
    assert row["number"] == pytest.approx(0.2, abs=1e-4)
    assert abs(evaluate(model, a.with_overrides({"deadweight": row["number"]})).saving()[0]) < 0.1


def test_a_switch_among_words_names_the_word():
    model, a, found = plain_parts(moderation=[worlds.ruling("care")])
    row = oneway.switching(model, a, found).set_index("assumption").loc["accept_at"]
    assert row[["switch", "where"]].tolist() == ["highly likely", "in range"]


def test_a_sweep_holds_the_assumption_s_own_value():
    model, a = model_of(three_cases())
    found = ranges(a, preset("public_purse").log)
    for name, one in found.items():
        points = oneway.sweep(model, a, one)
        own = points[points["central"]]
        assert len(own) == 1, name
        assert own["saving"].item() == evaluate(model, a).saving()[0], name


def test_the_surface_is_the_saving_at_each_point_and_its_line_is_where_it_is_nil():
    model, a, found = plain_parts()
    frame = sets.surface(model, a, found["deadweight"], steps=5)
    corner = frame[(frame["deadweight"] == 0.6) & (frame["real"] == 0.5)]
    assert corner["saving"].item() == -100.0  # 2,000 x 0.4 x 0.5 - 500
    assert corner["break_even"].item() == pytest.approx(500 / 800)
    assert (frame["saving"] >= 0).equals(frame["real"] >= frame["break_even"])


def test_the_presets_side_by_side_are_the_exact_appraisals():
    study = study_of(three_cases())
    frame = study.presets.set_index("set")
    for name in worlds.PRESETS:
        priced = worlds.priced({**three_cases(), "assumptions": worlds.PRESETS[name]})
        assert frame.loc[name, "saving_long"] == round(priced.cases["saving_long"].sum(), 2), name
        by_case = study.by_case[study.by_case["set"] == name].set_index("case_id")["break_even_share"]
        exact = priced.cases.dropna(subset="inputs").set_index("case_id")["break_even_share"]
        for case in "abc":
            assert by_case[case] == pytest.approx(exact[case], nan_ok=True)


def test_overrides_stand_beside_the_presets_as_the_authority_s_own_set():
    assert "own" not in set(study_of(three_cases()).presets["set"])
    assert "own" in set(study_of(three_cases(), overrides={"deadweight": 0.2}).presets["set"])


def test_three_answers_by_hand():
    # Believed 70%, seen in 10% of comparison families, 4 points fewer on the programme.
    made = plain(base_rates={"care": 0.10})
    model, a = model_of(made)
    rates = model.library.base_rates
    rates["programme_share"] = 0.06
    frame = sets.three_answers(model, a).set_index("answer")
    assert frame["avoided_long"].tolist() == [1400.0, 200.0, 80.0]
    assert frame["avoided_rated"].tolist() == [1400.0, 200.0, 80.0]
    assert sets.base_rates(model, a)["difference"].tolist() == [pytest.approx(0.04)]


def test_what_the_result_rests_on_adds_up():
    study = study_of(three_cases())
    frame = study.rests
    whole = evaluate(study.model, study.a)
    for kind in ("confidence", "conservative"):
        assert frame.loc[frame["kind"] == kind, "avoided_long"].sum() == pytest.approx(whole.long.sum())
    assert frame.loc[frame["kind"] == "unpriced", ["what", "number"]].to_numpy().tolist() == [["distress", 1]]
    assert frame.loc[frame["what"] == "underestimated", "number"].item() == 2  # b: distress; c: a child left out


def test_every_spread_has_its_provenance():
    found = load_spread(ROOT)
    needed = {"unit", "source", "confidence", "quality", "impact", "because", "review_by"}
    assert set(found.log) == set(NAMES)
    for name, entry in found.log.items():
        assert needed <= set(entry), name
        assert entry["confidence"] in ("verified", "recalled", "assumed")


def test_a_bad_spreads_file_is_refused_with_every_problem_at_once(tmp_path):
    path = tmp_path / "default.yaml"
    path.write_text("spreads:\n  hours: {value: 9}\n  huors: {value: 0.2}\n  years: {value: abc}\n", "utf-8")
    with pytest.raises(LarcError, match=r"line|row") as caught:
        read_spread(path)
    found = {(p.column, p.code) for p in caught.value.problems}
    assert {("hours", "out-of-range"), ("huors", "unknown-spread"), ("years", "wrong-type")} <= found
    assert ("belief", "missing-spread") in found
