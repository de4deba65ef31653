"""Params: docs/method.md part 3's table and ranges, and the data dictionary's rules, each refusal by file, line and key."""

import pytest
import worlds
from cases import each
from roots import params_of, write_root

from larcnb import codes
from larcnb.errors import USAGE, LarcError
from larcnb.params import (
    is_financial_year,
    list_authorities,
    list_presets,
    load_authorities,
    load_authority,
    load_preset,
)
from larcnb.params.assumptions import ASSUMPTIONS
from larcnb.root import WORKBOOK, Root

OURS = Root(WORKBOOK)


@pytest.fixture
def params(tmp_path):
    """Read the least params there can be with these lines after them (they begin at line 6), or this text alone."""

    def read(lines="", text=None, preset="larc"):
        text = params_of(preset=preset) + lines if text is None else text
        return load_authority(write_root(tmp_path, params=text), "la-01")

    return read


@pytest.fixture
def override(params):
    """The assumptions of larc under one line of overrides."""
    larc = load_preset(OURS, "larc").assumptions
    return lambda line: larc.merged(params(f"overrides:\n  {line}\n").overrides)


@pytest.fixture
def preset(tmp_path):
    """Read a preset file that differs from the workbook's in one place."""

    def read(old, new, name):
        root, text = write_root(tmp_path), (OURS.presets / f"{name}.yaml").read_text("utf-8")
        root.params.joinpath("presets").mkdir(exist_ok=True)
        assert old in text
        root.presets.joinpath(f"{name}.yaml").write_text(text.replace(old, new, 1), "utf-8")
        return load_preset(root, name)

    return read


# The presets


@pytest.mark.parametrize("name", worlds.PRESETS)
def test_each_preset_is_the_method_s_table_with_the_provenance_of_each_value(name):
    preset = load_preset(OURS, name)
    found = preset.assumptions
    assert {key: getattr(found, key) for key in ASSUMPTIONS} == worlds.PRESETS[name]
    assert list_presets(OURS) == sorted(worlds.PRESETS) and list(preset.log) == list(found.used)
    known = {"role": codes.ASSUMPTION_ROLE, "confidence": codes.CONFIDENCE}
    known |= dict.fromkeys(("quality", "impact"), ("red", "amber", "green"))
    for entry in preset.log.values():
        assert set(entry) == {"unit", "range", "source", "because", "review_by", *known}
        assert all(entry.values()) and {"title", "where", "read"} <= set(entry["source"])
        assert all(entry[key] in words for key, words in known.items())
    assert ("not part of the published" in preset.about.lower()) == (name != "larc")
    estimates = {key for key, entry in preset.log.items() if entry["role"] == "estimate"}
    judged = {"probability", "default_prevented", "drop_off"} & set(preset.log)
    assert estimates == (set() if name == "larc" else judged)


@each("name old new message", "params", "preset")
def test_a_preset_file_breaks_the_same_rules_with_the_same_words(preset, name, old, new, message):
    with pytest.raises(LarcError, match=rf"params/presets/{name}\.yaml, .*{message}") as caught:
        preset(old, new, name)
    assert caught.value.exit_code == USAGE


# An authority's own values

WORDS = "probability: {very_unlikely: 0, unlikely: 0, possible: 0.5, likely: 0.5, highly_likely: 1}"


def test_an_override_that_brings_in_an_assumption_must_bring_its_value_too(override):
    with pytest.raises(LarcError, match=r"\.very_unlikely': .*weighting: expected") as caught:
        override("weighting: expected")
    columns = {problem.column for problem in caught.value.problems}
    assert columns == {f"probability.{word}" for word in worlds.WORDS}
    with pytest.raises(LarcError, match=r"line 7, key 'probability\.likely'"):
        override(f"{WORDS.replace(' likely: 0.5,', '')}\n  weighting: expected")
    assert override(f"weighting: expected\n  {WORDS}").probability["likely"] == 0.5
    for word in ("evidence", "low"):
        with pytest.raises(LarcError, match=rf"key 'default_prevented': .*prevented: {word}"):
            override(f"prevented: {word}")
        assert override(f"prevented: {word}\n  default_prevented: 0.2").default_prevented == 0.2
    # uses no default
    assert override("weighting: observed\n  prevented: evidence").prevented == "evidence"


def test_a_deadweight_is_refused_where_the_chance_says_it_already(override):
    assert override("deadweight: 0.2").deadweight == 0.2
    for line in (f"weighting: expected\n  {WORDS}", "weighting: observed"):
        with pytest.raises(LarcError, match=r"line 7, key 'deadweight': A deadweight other than 0"):
            override(f"deadweight: 0.2\n  {line}")
        assert override(f"deadweight: 0\n  {line}").deadweight == 0


def test_an_override_may_say_its_range_its_source_and_why(params):
    read = params(
        "overrides:\n"
        "  discount_rate: {value: 0.1, low: 0.05, high: 0.2, source: our own, because: it is ours}\n"
        "  cost_correction: {value: {4: 0.1}, low: {4: 0.05}, high: {4: 0.2}}\n"
        "  weighting: {value: accepted, because: as published}\n"
    )
    own = {"discount_rate": 0.1, "cost_correction": {4: 0.1}, "weighting": "accepted"}
    assert read.overrides == own
    said = {"range": (0.05, 0.2), "source": "our own", "because": "it is ours"}
    assert read.reasons["discount_rate"] == said
    assert read.reasons["cost_correction"] == {"range": {"4": (0.05, 0.2)}}


@each("line message", "params", "override")
def test_an_override_that_is_none_is_refused_by_line_and_key_with_what_is_allowed(
    params, line, message
):
    with pytest.raises(LarcError, match=f"line 7, .*{message}"):
        params(f"overrides:\n  {line}\n")


@each("value low high taken", "params", "estimate")
def test_an_estimate_is_the_mean_of_what_is_drawn_of_it(params, value, low, high, taken):
    lines = f"overrides:\n  drop_off: {{value: {value}, low: {low}, high: {high}}}\n"
    if taken:
        assert params(lines, preset="public_purse").overrides == {"drop_off": value}
    else:
        with pytest.raises(LarcError, match="key 'drop_off': .*the mean of what is drawn"):
            params(lines, preset="public_purse")
    assert params(lines).overrides == {"drop_off": value}  # under larc a convention, never drawn


@each("name low high step", "params", "ends")
def test_an_override_may_take_either_end_of_its_range_and_nothing_beyond(
    override, name, low, high, step
):
    for end, beyond in ((low, round(low - step, 4)), (high, round(high + step, 4))):
        assert getattr(override(f"{name}: {end}"), name) == end
        allowed = rf"la-01\.yaml, line 7, key '{name}': .*Allowed: {low:g} to {high:g}\."
        with pytest.raises(LarcError, match=allowed):
            override(f"{name}: {beyond}")


@pytest.mark.parametrize("name", ["probability", "benefit_correction", "cost_correction"])
def test_an_override_within_a_mapping_keeps_the_keys_left_out(override, name):
    key, before = "possible" if name == "probability" else 4, worlds.LARC[name]
    for value in (0, 1):
        assert getattr(override(f"{name}: {{{key}: {value}}}"), name) == {**before, key: value}
    assert getattr(override(f"{name}: {{}}"), name) == before


# An authority's file


@each("lines message", "params", "lines")
def test_what_params_cannot_say_is_refused_by_line_and_key(params, lines, message):
    with pytest.raises(LarcError, match=message):
        params(lines)


@pytest.mark.parametrize("key", ["slug", "name", "vintage", "price_base", "preset"])
def test_five_keys_are_required(params, key):
    lines = params_of().splitlines(keepends=True)
    for instead in ("", f"{key}:\n"):
        text = "".join(instead if line.startswith(f"{key}:") else line for line in lines)
        with pytest.raises(LarcError, match=rf"key '{key}': '{key}' is required") as caught:
            params(text=text)
        assert len(caught.value.problems) == 1


@each("line allowed", "params", "required")
def test_a_required_value_that_is_not_allowed_is_refused(params, line, allowed):
    key = line.split(":")[0]
    text = "".join(f"{line if old.startswith(key) else old}\n" for old in params_of().splitlines())
    with pytest.raises(LarcError, match=rf"key '{key}': .*{allowed}"):
        params(text=text)


def test_the_rest_may_be_left_out_or_blank(params):
    read = params()
    assert {read.gss_code, read.type, read.region, read.round, read.marking} == {""}
    assert (read.wording, read.overrides, read.roles) == ("caf", {}, {})
    levels = [params(f"impact_level: {level}\n").impact_level for level in ("''", "4")]
    assert [read.impact_level, *levels] == [None, None, 4]
    assert params("roles: {}\n").roles == params("roles:\n").roles == {}
    roles = params("roles:\n  analyst: A. Baker\n  approver: 'No'\n").roles
    assert roles == {"analyst": "A. Baker", "approver": "No"}


def test_every_problem_of_every_authority_is_told_at_once(tmp_path):
    lines = "colour: red\nwording: kaf\noverrides: {deadweight: 2, drop: 1}\n"
    root = write_root(tmp_path, params=params_of() + lines)
    root.params.joinpath("la-02.yaml").write_text(params_of(slug="la-02", preset="lark"), "utf-8")
    assert list_authorities(root) == ["la-01", "la-02"]
    with pytest.raises(LarcError, match="The params cannot be used") as caught:
        load_authorities(root, ["la-01", "la-02", "la-03"])
    assert caught.value.exit_code == USAGE
    found = [f"{p.file[7:12]} {p.row} {p.column}" for p in caught.value.problems]
    assert found[:4] == ["la-01 6 colour", "la-01 7 wording", "la-01 8 deadweight", "la-01 8 drop"]
    assert found[4:] == ["la-02 5 preset", "la-03 0 "]


@each("text is_one", "params", "financial_year")
def test_a_financial_year_ends_in_the_next(text, is_one):
    assert is_financial_year(text) is is_one
