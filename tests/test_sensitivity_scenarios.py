"""Break-even, one and two assumptions at a time, switching values and sets side by side, worked by hand."""

from functools import cache

import numpy as np
import pytest
import worlds
from scipy.stats import gamma, norm, triang
from studies import ROOT, plain, preset, study_of, three_cases

from larcnb.errors import LarcError
from larcnb.params.spread import FILE, NAMES, load_spread
from larcnb.root import Root
from larcnb.sensitivity import scenarios


def row(frame, name, by="assumption"):
    return frame.set_index(by).loc[name]


@cache
def larc():
    """One case: 2,000 avoided against 500 spent, under preset larc."""
    return study_of(plain())


@cache
def three():
    return study_of(three_cases())


def test_break_even_leads_case_by_case_and_in_all_and_needs_no_belief_about_prevention():
    # 500 spent on what would have cost 2,000: help must prevent a quarter, whatever is believed of prevention.
    found = larc().break_even[["case_id", "inputs", "told_long", "break_even_share"]]
    assert found.to_numpy().tolist() == [["c1", 500, 2000, 0.25], ["", 500, 2000, 0.25]]
    harmful = worlds.merge(worlds.PUBLIC_PURSE, {"default_prevented": -0.2})
    assert three().break_even.equals(study_of({**three_cases(), "assumptions": harmful}).break_even)


def test_the_ends_of_the_tornado_by_hand():
    # 2,000 avoided against 500 spent; larc lets deadweight go to 60%, attribution down to 50%, discounting to 3.5%.
    frame = larc().tornado
    bar = row(frame, "deadweight")[["low_value", "low_saving", "high_value", "high_saving"]]
    assert bar.tolist() == ["0%", 1500.0, "60%", 300.0]
    assert row(frame, "attribution")["low_saving"] == 500.0
    assert row(frame, "discount_rate")["high_saving"] == round(1000 + 1000 / 1.035 - 500, 2)
    assert row(frame, "cost_correction")["high_saving"] == 1475.0  # all grade 1: up to 5% on 500
    assert (frame["base"] == 1500.0).all() and frame["swing"].is_monotonic_decreasing


def test_a_joint_end_is_the_95_per_cent_end_of_what_is_shared():
    # Grade 1: cv 0.05. Each value at Phi(sqrt(0.5) x 1.96) of its own distribution, nothing of its own beside.
    frame, at = larc().tornado, norm.cdf(np.sqrt(0.5) * norm.ppf(0.975))
    for end, share in (("low", 1 - at), ("high", at)):
        factor, years = gamma.ppf(share, 400, scale=1 / 400), triang.ppf(share, 0.5, 0.5, 1.0)
        assert row(frame, "unit")[f"{end}_saving"] == pytest.approx(1500 * factor, abs=0.5)
        assert row(frame, "unit")[f"{end}_value"] == f"{factor:.2f} times"
        assert row(frame, "years")[f"{end}_saving"] == pytest.approx(2000 * years - 500, abs=2)


ENDS = {"drop_off": 0.12, "attribution": 0.5, "default_prevented": 0.5, "long_years": 5}
ENDS |= {"prevented": "low", "weighting": "accepted", "accept_at": "possible"}


@pytest.mark.parametrize(("name", "end"), ENDS.items())
def test_each_end_of_the_tornado_is_what_the_exact_appraisal_gives(name, end):
    made = three_cases()
    made["assumptions"] = worlds.merge(made["assumptions"], {name: end})
    exact = round(worlds.priced(made).cases["saving_long"].sum(), 2)
    assert exact in row(three().tornado, name)[["low_saving", "high_saving"]].tolist()


def test_a_rated_future_has_a_bar_of_its_own_from_the_range_of_its_studies():
    bar = row(three().tornado, "risk_ratio.care")
    assert (bar["low_value"], bar["central"], bar["high_value"]) == ("10%", "40%", "60%")
    assert bar["low_saving"] < bar["base"] < bar["high_saving"]


def test_what_the_set_does_not_use_or_cannot_vary_has_no_bar_and_every_bar_is_of_its_log():
    unused = {"weighting", "prevented", "probability", "default_prevented", "follow_up"}
    assert unused.isdisjoint(larc().tornado["assumption"])
    assert "deadweight" not in set(three().tornado["assumption"])
    for name in worlds.PRESETS:
        sweeps = study_of(three_cases(name), 64).switching["assumption"]
        assert {of for of in sweeps if not of.startswith("risk_ratio.")} <= set(preset(name).log)


def test_what_came_all_the_same_has_a_bar_where_something_came():
    came = {"case_id": "c1", "future": "care", "happened": "yes", "month": 8}
    came |= {"followed_months": 24, "source": "record"}
    bar = row(study_of(plain(follow_up=[came])).tornado, "follow_up")
    assert bar[["central", "low_saving", "high_saving"]].tolist() == [
        "counted as avoided",
        1500,
        -500,
    ]


def test_a_range_that_does_not_hold_the_authoritys_value_is_widened_and_its_own_range_goes_first():
    made, own = plain(assumptions={"drop_off": 0.3}), {"drop_off": 0.3}
    assert row(study_of(made, overrides=own).tornado, "drop_off")["high_value"] == "30%"
    notes = {"drop_off": {"range": (0.25, 0.35)}}
    bar = row(study_of(made, overrides=own, notes=notes).tornado, "drop_off")
    assert (bar["low_value"], bar["central"], bar["high_value"]) == ("25%", "30%", "35%")


def switch(frame, name):
    return row(frame, name)[["switch", "where"]].tolist()


def test_switching_values_by_hand():
    # Nil where attribution is 25% and deadweight 75%: both beyond their ranges (50 to 100%, 0 to 60%).
    frame = larc().switching
    assert switch(frame, "attribution") == ["25%", "beyond range"]
    assert switch(frame, "deadweight") == ["75%", "beyond range"]
    assert switch(frame, "discount_rate") == ["", "none"]
    twice = study_of(plain(process=[worlds.spent(30)])).switching  # 1,300 spent: nil at 65%
    assert switch(twice, "attribution") == ["65%", "in range"]
    # among words the nearest that changes the answer
    assert switch(frame, "accept_at") == ["highly likely", "in range"]


def test_the_surface_and_its_break_even_line_by_hand():
    frame = larc().surface
    assert len(frame) == scenarios.GRID**2
    half = frame.query("prevented == 0.5")
    assert row(half, 0.5, "chance")["saving"] == 0.0  # 2,000 x 0.5 x 0.5 - 500
    line = frame.drop_duplicates("chance").set_index("chance")["break_even"]
    assert (line[1.0], line[0.5]) == (0.25, 0.5) and np.isnan(line[0.0])


def test_the_sets_stand_side_by_side_as_their_own_ledgers_give_them():
    frame = three().scenarios.set_index("set")
    assert set(frame.index) == set(worlds.PRESETS)
    for name, assumptions in worlds.PRESETS.items():
        cases = worlds.priced({**three_cases(name), "assumptions": dict(assumptions)}).cases
        for column in ("told_long", "avoided_short", "avoided_long", "saving_long"):
            assert frame.loc[name, column] == round(cases[column].sum(), 2), (name, column)
        assert frame.loc[name, "inputs"] == round(cases["inputs_appraised"].sum(), 2)
        ratio = frame.loc[name, "avoided_long"] / frame.loc[name, "inputs"]
        assert frame.loc[name, "benefit_cost_ratio"] == pytest.approx(ratio)
        each = three().by_case.query("set == @name").set_index("case_id")["break_even_share"]
        own = cases.set_index("case_id")["break_even_share"][each.index].to_numpy(float)
        assert each.to_numpy() == pytest.approx(own, nan_ok=True)


def test_an_authoritys_own_set_stands_beside_the_presets():
    own = {"attribution": 0.8}
    frame = study_of(plain(assumptions=own), overrides=own).scenarios.set_index("set")
    assert frame.loc[["own", "larc"], "saving_long"].tolist() == [1100.0, 1500.0]


def test_studies_say_what_was_prevented_with_its_range_good_and_bad():
    found = three().studies.set_index("future").loc["care"]
    assert found[["told", "believed", "comparison_share"]].tolist() == [2, pytest.approx(0.7), 0.1]
    assert found[["prevented", "low", "high"]].tolist() == pytest.approx([0.4, 0.1, 0.6])


def test_a_bad_spreads_file_is_refused_with_every_problem_at_once(tmp_path):
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    lines = ["hours: {value: 9}", "huors: {value: 0.2}", "years: {value: abc}"]
    lines += ["unit_value: {value: {1: 0.1}}", "pound_later: {value: [2, 3]}"]
    path.write_text("spreads:\n  " + "\n  ".join(lines), "utf-8")
    with pytest.raises(LarcError, match="line 2, key 'hours': 9 is out of range") as caught:
        load_spread(Root(tmp_path))
    wrong = {"hours": "out-of-range", "huors": "unknown-key", "years": "wrong-type"}
    wrong |= {"unit_value": "missing", "pound_later": "wrong-type"}
    wrong |= dict.fromkeys(("dependence", "interval", "quantity"), "missing")
    assert {p.column: p.code for p in caught.value.problems} == wrong
    needed = {"unit", "source", "confidence", "quality", "impact", "because", "review_by"}
    assert set(load_spread(ROOT).log) == set(NAMES)
    assert all(needed <= set(entry) for entry in load_spread(ROOT).log.values())
