"""Params: METHOD part 3's table and ranges, and DATA.md's rules, each refusal by file, line and key."""

import pytest
import worlds
from roots import params_of, write_root

from larcnb import codes
from larcnb.errors import USAGE, LarcError
from larcnb.params import (
    assumptions_for,
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
PRESETS = ["cautious", "larc", "observed", "public_purse"]
LARC = (OURS.presets / "larc.yaml").read_text(encoding="utf-8")


@pytest.fixture
def params(tmp_path):
    """Read the least params there can be with these lines after them (they begin at line 6), or this text alone."""

    def read(lines="", text=None):
        root = write_root(tmp_path, params=params_of() + lines if text is None else text)
        return load_authority(root, "la-01")

    return read


@pytest.fixture
def override(params):
    """The assumptions of larc under one line of overrides."""
    larc = load_preset(OURS, "larc").assumptions

    def read(line):
        return larc.with_overrides(params(f"overrides:\n  {line}\n").overrides)

    return read


@pytest.fixture
def preset(tmp_path):
    """Read a preset file that differs from larc's in one place."""

    def read(old="", new="", text=None):
        root = write_root(tmp_path)
        root.params.joinpath("presets").mkdir(exist_ok=True)
        assert old in LARC
        root.presets.joinpath("larc.yaml").write_text(
            text or LARC.replace(old, new, 1), encoding="utf-8"
        )
        return load_preset(root, "larc")

    return read


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_the_method_s_table(name):
    found = load_preset(OURS, name).assumptions
    assert {key: getattr(found, key) for key in ASSUMPTIONS} == worlds.PRESETS[name]
    assert found.preset == name


def test_there_are_four_presets():
    assert list_presets(OURS) == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_each_value_of_a_preset_carries_its_provenance(name):
    preset = load_preset(OURS, name)
    log = preset.log
    assert list(log) == list(preset.assumptions.used)
    for entry in log.values():
        assert set(entry) == {
            "role",
            "unit",
            "range",
            "source",
            "confidence",
            "quality",
            "impact",
            "because",
            "review_by",
        }
        assert all(entry.values())
        assert entry["role"] in codes.ASSUMPTION_ROLE
        assert entry["confidence"] in codes.CONFIDENCE
        assert {entry["quality"], entry["impact"]} <= {"red", "amber", "green"}
        assert {"title", "where", "read"} <= set(entry["source"])


@pytest.mark.parametrize("name", PRESETS)
def test_only_larc_is_the_published_study(name):
    about = load_preset(OURS, name).about.lower()
    assert ("not part of the published" in about) == (name != "larc")


ESTIMATES = {"probability", "default_prevented", "drop_off"}


@pytest.mark.parametrize("name", PRESETS)
def test_what_defines_a_set_is_a_convention_and_what_is_judged_of_the_world_an_estimate(name):
    log = load_preset(OURS, name).log
    estimates = {key for key, entry in log.items() if entry["role"] == "estimate"}
    assert estimates == (set() if name == "larc" else ESTIMATES & set(log))


def test_the_reference_case_is_called_by_its_name_and_cites_the_edition_in_force():
    reference = load_preset(OURS, "public_purse")
    assert reference.label == "Public purse (reference case)"
    source = reference.log["discount_rate"]["source"]
    assert "Green Book 2026" in source["title"] and source["where"] == "chapter 6"
    assert "credited 0.10 while a studied one may be charged" in load_preset(OURS, "cautious").about


EXPECTED = (
    "probability: {very_unlikely: 0, unlikely: 0, possible: 0.5, likely: 0.5, highly_likely: 1}"
)


def test_an_override_that_brings_in_an_assumption_must_bring_its_value_too(override, params):
    with pytest.raises(
        LarcError, match=r"key 'probability\.very_unlikely': .*weighting: expected"
    ) as caught:
        override("weighting: expected")
    assert {p.column for p in caught.value.problems} == {
        f"probability.{word}" for word in worlds.WORDS
    }
    with pytest.raises(LarcError, match=r"line 7, key 'probability\.likely'"):
        override(
            "probability: {very_unlikely: 0, unlikely: 0, possible: 0.5, highly_likely: 1}\n  weighting: expected"
        )
    assert override(f"weighting: expected\n  {EXPECTED}").probability["likely"] == 0.5
    for word in ("evidence", "low"):
        with pytest.raises(LarcError, match=rf"key 'default_prevented': .*prevented: {word}"):
            override(f"prevented: {word}")
        assert override(f"prevented: {word}\n  default_prevented: 0.2").default_prevented == 0.2
    assert (
        override("weighting: observed\n  prevented: evidence").prevented == "evidence"
    )  # uses no default


def test_a_deadweight_is_refused_where_the_chance_says_it_already(override):
    assert override("deadweight: 0.2").deadweight == 0.2
    for line in (f"weighting: expected\n  {EXPECTED}", "weighting: observed"):
        with pytest.raises(
            LarcError, match=r"line 7, key 'deadweight': A deadweight other than 0 is refused with"
        ):
            override(f"deadweight: 0.2\n  {line}")
        assert override(f"deadweight: 0\n  {line}").deadweight == 0


def test_an_override_may_say_its_range_its_source_and_why(params):
    said = "{value: 0.1, low: 0.05, high: 0.2, source: our own study, because: it is ours}"
    read = params(f"overrides:\n  discount_rate: {said}\n")
    assert read.overrides == {"discount_rate": 0.1}
    assert read.reasons["discount_rate"] == {
        "low": 0.05,
        "high": 0.2,
        "source": "our own study",
        "because": "it is ours",
    }
    mapping = "cost_correction: {value: {4: 0.1}, low: {4: 0.05}, high: {4: 0.2}}"
    read = params(
        f"overrides:\n  {mapping}\n  weighting: {{value: accepted, because: as published}}\n"
    )
    assert read.overrides == {"cost_correction": {4: 0.1}, "weighting": "accepted"}
    assert read.reasons["cost_correction"] == {"low": {4: 0.05}, "high": {4: 0.2}}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("drop_off: {low: 0, high: 0.2}", "key 'drop_off': There is no value"),
        (
            "drop_off: {value: 0.3, low: 0.05, high: 0.2}",
            "The value lies outside its own low and high",
        ),
        ("drop_off: {value: 0.1, low: 0.05, high: 2}", "key 'drop_off': 2 is out of range"),
        ("drop_off: {value: 0.1, lwo: 0.05}", "key 'lwo': .*Allowed: value, low"),
        ("drop_off: {value: much}", "key 'drop_off': This is not a number"),
        ("weighting: {value: accepted, low: accepted, high: observed}", "A word has no range"),
        ("default_prevented: -0.51", "Allowed: -0.5 to 1"),
        ("default_prevented: 1.01", "Allowed: -0.5 to 1"),
        ("prevented: most", "Allowed: all, evidence, low"),
        ("follow_up: perhaps", "Allowed: ignore, apply"),
    ],
)
def test_an_override_in_many_words_keeps_the_rules(params, line, message):
    with pytest.raises(LarcError, match=f"line 7, .*{message}"):
        params(f"overrides:\n  {line}\n")


@pytest.mark.parametrize(
    ("value", "low", "high", "taken"),
    [
        (0.25, 0, 0.5, True),
        (0.05, 0.01, 0.12, True),
        (0.1, 0.05, 0.2, True),
        (0.2, 0.1, 0.32, True),
        (0, 0, 0.3, False),
        (1, 0.5, 1, False),
        (0.05, 0.01, 0.5, False),
        (0.25, 0.25, 0.9, False),
    ],
)
def test_an_estimate_is_the_mean_of_what_is_drawn_of_it(tmp_path, value, low, high, taken):
    lines = f"overrides:\n  drop_off: {{value: {value}, low: {low}, high: {high}}}\n"
    root = write_root(tmp_path, params=params_of(preset="public_purse") + lines)
    if taken:
        assert load_authority(root, "la-01").overrides == {"drop_off": value}
    else:
        with pytest.raises(
            LarcError, match="key 'drop_off': .*an estimate's value is the mean of what is drawn"
        ):
            load_authority(root, "la-01")
    root.params.joinpath("la-01.yaml").write_text(params_of() + lines, encoding="utf-8")
    assert load_authority(root, "la-01").overrides == {
        "drop_off": value
    }  # under larc a convention, never drawn


def test_an_estimate_has_both_ends_of_its_range_or_neither(tmp_path):
    lines = "overrides:\n  drop_off: {value: 0.1, low: 0.05}\n"
    with pytest.raises(
        LarcError, match="line 7, key 'drop_off': low and high of an estimate are wanted together"
    ):
        load_authority(
            write_root(tmp_path, params=params_of(preset="public_purse") + lines), "la-01"
        )


def test_a_preset_whose_estimate_is_not_the_mean_of_its_range_is_refused(tmp_path):
    root = write_root(tmp_path)
    root.params.joinpath("presets").mkdir(exist_ok=True)
    text = (OURS.presets / "public_purse.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("range: [0, 0.5]", "range: [0.25, 0.9]"),
        (" likely: [0.5, 0.85]", " likely: [0.7, 0.95]"),
    ):
        assert old in text
        root.presets.joinpath("public_purse.yaml").write_text(
            text.replace(old, new, 1), encoding="utf-8"
        )
        with pytest.raises(LarcError, match="mean of what is drawn"):
            load_preset(root, "public_purse")


def test_a_preset_may_not_take_a_doubt_twice(tmp_path):
    root = write_root(tmp_path)
    root.params.joinpath("presets").mkdir(exist_ok=True)
    text = (OURS.presets / "public_purse.yaml").read_text(encoding="utf-8")
    at = text.index("  deadweight:")
    text = text[:at] + text[at:].replace("value: 0", "value: 0.15", 1).replace(
        "[0, 0]", "[0, 0.4]", 1
    )
    root.presets.joinpath("public_purse.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(
        LarcError,
        match="key 'deadweight': A deadweight other than 0 is refused with weighting expected",
    ):
        load_preset(root, "public_purse")


SHARES = ["deadweight", "attribution", "drop_off"]
RANGES = [
    (name, low, high)
    for name, (low, high) in (
        dict.fromkeys(SHARES, (0, 1))
        | {"discount_rate": (0, 0.2), "short_years": (1, 5), "default_prevented": (-0.5, 1)}
    ).items()
]


@pytest.mark.parametrize(("name", "low", "high"), RANGES)
def test_an_override_may_take_either_end_of_its_range(override, name, low, high):
    for value in (low, high):
        assert getattr(override(f"{name}: {value}"), name) == value


@pytest.mark.parametrize(("name", "low", "high"), RANGES)
def test_an_override_beyond_its_range_is_refused_by_line_and_key_with_what_is_allowed(
    override, name, low, high
):
    step = 1 if name == "short_years" else 0.0001
    for value in (round(low - step, 4), round(high + step, 4)):
        with pytest.raises(
            LarcError, match=rf"la-01\.yaml, line 7, key '{name}': .*Allowed: {low:g} to {high:g}\."
        ):
            override(f"{name}: {value}")


@pytest.mark.parametrize("name", ["probability", "benefit_correction", "cost_correction"])
def test_an_override_within_a_mapping_keeps_the_keys_left_out(override, name):
    key = "possible" if name == "probability" else 4
    before = worlds.LARC[name]
    for value in (0, 1):
        assert getattr(override(f"{name}: {{{key}: {value}}}"), name) == {**before, key: value}
    assert getattr(override(f"{name}: {{}}"), name) == before
    with pytest.raises(
        LarcError, match=rf"line 7, key '{name}\.{key}': 1\.01 is out of range\. Allowed: 0 to 1"
    ):
        override(f"{name}: {{{key}: 1.01}}")
    with pytest.raises(LarcError, match=rf"line 7, key '{name}\.{key}'"):
        override(f"{name}: {{{key}: -0.01}}")


@pytest.mark.parametrize(("short", "long"), [(1, 1), (5, 5), (5, 40), (1, 40)])
def test_the_long_term_runs_from_the_short_to_40_years(params, short, long):
    read = assumptions_for(
        OURS, params(f"overrides: {{short_years: {short}, long_years: {long}}}\n")
    )
    assert (read.short_years, read.long_years) == (short, long)


def test_a_long_term_outside_its_range_is_refused_on_its_own_line(params):
    with pytest.raises(LarcError, match=r"line 8, key 'long_years': .* Allowed: 4 to 40\."):
        params("overrides:\n  short_years: 4\n  long_years: 3\n")
    with pytest.raises(
        LarcError, match=r"line 7, key 'long_years': 41 is out of range\. Allowed: 1 to 40\."
    ):
        params("overrides:\n  long_years: 41\n")


@pytest.mark.parametrize("word", ["accepted", "expected", "observed"])
def test_weighting_is_one_of_three_words(override, word):
    needs = "\n  probability: {very_unlikely: 0, unlikely: 0, possible: 0.5, likely: 0.5, highly_likely: 1}"
    assert override(f"weighting: {word}" + needs * (word == "expected")).weighting == word


@pytest.mark.parametrize("word", worlds.WORDS)
def test_any_likelihood_can_be_the_one_that_is_accepted(override, word):
    assert override(f"accept_at: {word}").accept_at == word


@pytest.mark.parametrize(
    "line", ["weighting: expcted", "accept_at: no", "weighting: [expected]", "accept_at: ''"]
)
def test_another_word_is_refused_with_the_words_allowed(override, line):
    with pytest.raises(
        LarcError, match=rf"line 7, key '{line.split(':')[0]}': .*Allowed: \w+, \w+, "
    ):
        override(line)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("deadweight: much", "a number"),
        ("deadweight: '0.1'", "a number"),
        ("deadweight: 0,1", "a number"),
        ("deadweight:", "a number"),
        ("deadweight: .nan", "a number"),
        ("deadweight: yes", "a number"),
        ("deadweight: [0.1]", "a number"),
        ("short_years: 1.5", "a whole number"),
        ("long_years: ten", "a whole number"),
        ("probability: {likely: high}", "a number"),
    ],
)
def test_what_is_no_number_is_refused(override, line, kind):
    with pytest.raises(
        LarcError, match=rf"line 7, key '[a-z_.]+': This is not {kind}\. Write {kind} from"
    ):
        override(line)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("0.30000000000000004", 0.30000000000000004),
        (".05", 0.05),
        ("1.", 1),
        ("0", 0),
        ("0.10", 0.1),
        ("0.9378123456789012345678", 0.9378123456789012345678),
    ],
)
def test_a_number_in_range_is_taken_however_many_digits_it_has(override, said, value):
    assert override(f"deadweight: {said}").deadweight == value


@pytest.mark.parametrize(
    "line", ["probability: 0.5", "benefit_correction: [0, 0, 0]", "cost_correction:"]
)
def test_a_mapping_is_wanted_where_a_value_goes_by_key(override, line):
    with pytest.raises(
        LarcError, match=r"line 7, key '[a-z_]+': A value for each of several keys is wanted"
    ):
        override(line)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("vintag: larc4\n", r"line 6, key 'vintag': .*Did you mean 'vintage'\?"),
        ("Preset: larc\n", r"line 6, key 'Preset': .*Did you mean 'preset'\?"),
        ("colour: red\n", r"line 6, key 'colour': .*Allowed: slug, name, vintage"),
        (
            "round: larc4\noverrides:\n  discont_rate: 0\n",
            r"line 8, key 'discont_rate': .*Did you mean 'discount_rate'\?",
        ),
        (
            "overrides:\n  probability: {likley: 0.1}\n",
            r"line 7, key 'probability.likley': .*Did you mean 'likely'\?",
        ),
        (
            "overrides:\n  cost_correction:\n    7: 0.1\n",
            r"line 8, key 'cost_correction.7': .*Allowed: 1, 2, 3, 4, 5, 6",
        ),
        ("overrides: {preset: larc}\n", r"line 6, key 'preset': 'preset' is not an assumption"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(params, lines, message):
    with pytest.raises(LarcError, match=message):
        params(lines)


@pytest.mark.parametrize(
    ("lines", "line", "key"),
    [
        ("preset: observed\n", 6, "preset"),
        ("preset: larc\n", 6, "preset"),
        ("overrides:\n  deadweight: 0\n  drop_off: 0\n  deadweight: 0\n", 9, "deadweight"),
        ("overrides:\n  probability:\n    likely: 0.1\n    likely: 0.1\n", 9, "likely"),
        ("overrides: {}\noverrides: {}\n", 7, "overrides"),
    ],
)
def test_a_key_that_stands_twice_is_refused_even_with_the_same_value(params, lines, line, key):
    with pytest.raises(LarcError, match=rf"line {line}, key '{key}': '{key}' stands twice"):
        params(lines)


@pytest.mark.parametrize("key", ["slug", "name", "vintage", "price_base", "preset"])
def test_five_keys_are_required(params, key):
    lines = params_of().splitlines(keepends=True)
    without = "".join(line for line in lines if not line.startswith(f"{key}:"))
    blank = "".join(f"{key}:\n" if line.startswith(f"{key}:") else line for line in lines)
    for text in (without, blank):
        with pytest.raises(LarcError, match=rf"key '{key}': '{key}' is required") as caught:
            params(text=text)
        assert len(caught.value.problems) == 1


def test_the_rest_may_be_left_out(params):
    read = params()
    assert (read.gss_code, read.type, read.region, read.round, read.wording) == (
        "",
        "",
        "",
        "",
        "caf",
    )
    assert (read.impact_level, read.overrides) == (None, {})


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("vintage: larc3", r"Allowed: larc4, current\. Did you mean 'larc4'\?"),
        (
            "preset: cautios",
            r"Allowed: cautious, larc, observed, public_purse\. Did you mean 'cautious'\?",
        ),
        (
            "preset: green_book",
            r"Allowed: cautious, larc, observed, public_purse\. It is now called public_purse",
        ),
        ("slug: la-02", r"Allowed: la-01"),
        ("price_base: 2010", r"Write it as 2010-11"),
        ("price_base: 2010-12", r"Write it as 2010-11"),
        ("price_base: 2010-11-01", r"Write it as 2010-11"),
    ],
)
def test_a_required_value_that_is_not_allowed_is_refused(params, line, allowed):
    key = line.split(":")[0]
    text = "".join(
        f"{line}\n" if old.startswith(key) else f"{old}\n" for old in params_of().splitlines()
    )
    with pytest.raises(LarcError, match=rf"key '{key}': .*{allowed}"):
        params(text=text)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("wording: caff", r"Allowed: caf, early_help, family_help\. Did you mean 'caf'\?"),
        ("wording:", r"Allowed: caf, early_help"),
        ("wording: [caf]", "One word or text is wanted"),
        ("region: {a: b}", "One word or text is wanted"),
        ("impact_level: 5", "Allowed: 1, 2, 3, 4, or blank"),
        ("impact_level: 0", "Allowed: 1, 2, 3, 4, or blank"),
        ("impact_level: high", "Allowed: 1, 2, 3, 4, or blank"),
        ("impact_level: 1.5", "Allowed: 1, 2, 3, 4, or blank"),
        ("round: ../../elsewhere", "cannot name a round"),
        ("round: my round", "cannot name a round"),
        ("overrides: none", r"Write \{\} where there are none"),
        ("overrides: [1]", r"Write \{\} where there are none"),
    ],
)
def test_an_optional_value_that_is_not_allowed_is_refused(params, line, message):
    with pytest.raises(LarcError, match=rf"line 6, key '{line.split(':')[0]}': .*{message}"):
        params(f"{line}\n")


@pytest.mark.parametrize(
    ("line", "level"), [("impact_level: 4", 4), ("impact_level:", None), ("impact_level: ''", None)]
)
def test_the_impact_level_is_1_to_4_or_blank(params, line, level):
    assert params(f"{line}\n").impact_level == level


@pytest.mark.parametrize(
    "said", ["no", "0301", "2010-11", "true", "null", "1e3", "1_000", "0x1F", "12:30:45"]
)
def test_a_word_stays_what_it_looks_like(params, said):
    assert params(f"region: {said}\n").region == said


def test_every_problem_of_every_authority_is_told_at_once(tmp_path):
    root = write_root(
        tmp_path,
        params=params_of() + "colour: red\nwording: kaf\noverrides: {deadweight: 2, drop: 1}\n",
    )
    root.params.joinpath("la-02.yaml").write_text(
        params_of(slug="la-02", preset="lark"), encoding="utf-8"
    )
    with pytest.raises(LarcError, match="The params cannot be used") as caught:
        load_authorities(root, ["la-01", "la-02", "la-03"])
    assert caught.value.exit_code == USAGE
    assert [(p.file, p.row, p.column) for p in caught.value.problems] == [
        ("params/la-01.yaml", 6, "colour"),
        ("params/la-01.yaml", 7, "wording"),
        ("params/la-01.yaml", 8, "deadweight"),
        ("params/la-01.yaml", 8, "drop"),
        ("params/la-02.yaml", 5, "preset"),
        ("params/la-03.yaml", 0, ""),
    ]


def test_an_unreadable_file_is_one_problem_not_a_list_of_missing_keys(params, preset):
    with pytest.raises(LarcError, match=r"la-01\.yaml, line 3: This is not YAML") as caught:
        params(text="slug: la-01\nname: [Exampleshire\nvintage: larc4\n")
    assert len(caught.value.problems) == 1
    with pytest.raises(LarcError, match=r"presets/larc\.yaml, line 2: This is not YAML") as caught:
        preset(text="label: 'As LARC4\n")
    assert len(caught.value.problems) == 1


def test_a_preset_by_name_is_taken_without_the_overrides(params):
    authority = params("overrides: {deadweight: 0.4, short_years: 2}\n")
    assert assumptions_for(OURS, authority).deadweight == 0.4
    assert assumptions_for(OURS, authority, "larc").deadweight == 0
    assert assumptions_for(OURS, authority, "cautious") == load_preset(OURS, "cautious").assumptions


def test_an_unknown_preset_is_refused_with_the_nearest(params):
    with pytest.raises(LarcError, match="no preset 'observd'. Did you mean 'observed'?"):
        assumptions_for(OURS, params(), "observd")


def test_authorities_are_the_files_of_params_without_the_presets(tmp_path):
    root = write_root(tmp_path)
    root.params.joinpath("bath.yaml").write_text("slug: bath\n", encoding="utf-8")
    root.params.joinpath("presets").mkdir()
    assert list_authorities(root) == ["bath", "la-01"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("label:", "labell:", r"line 1, key 'labell': .*Did you mean 'label'\?"),
        ("    because:", "    becuase:", r"line 13, key 'becuase': .*Did you mean 'because'\?"),
        ("    value: accepted", "    vlaue: accepted", r"key 'vlaue': .*Did you mean 'value'\?"),
        ("  deadweight:", "  deadwieght:", r"key 'deadwieght': .*Did you mean 'deadweight'\?"),
        ("  deadweight:", "  weighting:", r"key 'weighting': 'weighting' stands twice"),
        (
            "    role: convention",
            "    role: fact",
            r"key 'weighting\.role': .*Allowed: convention, estimate",
        ),
        ("    role: convention\n", "", r"key 'weighting\.role'"),
        ("value: {1: 0, 2: 0, ", "value: {1: 0, ", r"key 'benefit_correction': .*2"),
        (
            "    value: 15",
            "    value: 41",
            r"key 'long_years': 41 is out of range\. Allowed: 1 to 40",
        ),
        ("    value: 15", "    value: 0.5", r"key 'long_years': This is not a whole number"),
        ("    value: likely", "    value: likly", r"key 'accept_at': .*Allowed: very_unlikely"),
    ],
)
def test_a_preset_file_breaks_the_same_rules_with_the_same_words(preset, old, new, message):
    with pytest.raises(LarcError, match=r"params/presets/larc\.yaml, .*" + message) as caught:
        preset(old, new)
    assert caught.value.exit_code == USAGE


def test_a_preset_lacking_an_assumption_is_refused(preset):
    start, end = LARC.index("  drop_off:"), LARC.index("  benefit_correction:")
    with pytest.raises(
        LarcError, match=r"key 'drop_off': The preset lacks this assumption"
    ) as caught:
        preset(LARC[start:end], "")
    assert len(caught.value.problems) == 1


def test_a_preset_whose_long_term_is_below_its_short_is_refused(preset):
    unit = '\n    role: convention\n    unit: "years'
    text = LARC.replace(f"    value: 15{unit}", f"    value: 3{unit}").replace(
        f"    value: 1{unit}", f"    value: 5{unit}"
    )
    with pytest.raises(LarcError, match=r"key 'long_years': .*Allowed: 5 to 40"):
        preset(text=text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("2010-11", True),
        ("1999-00", True),
        ("2099-00", True),
        ("2010-12", False),
        ("2010-10", False),
        ("2010/11", False),
        ("10-11", False),
        ("2010-11 ", False),
        ("", False),
    ],
)
def test_a_financial_year_ends_in_the_next(text, is_one):
    assert is_financial_year(text) is is_one


def test_roles_name_who_answers_for_a_page(params):
    assert params("roles:\n  analyst: A. Baker\n  approver: 'No'\n").roles == {
        "analyst": "A. Baker",
        "approver": "No",
    }
    assert params().roles == params("roles: {}\n").roles == params("roles:\n").roles == {}


@pytest.mark.parametrize(
    ("lines", "line", "key", "code"),
    [
        ("roles: A. Baker\n", 6, "roles", "wrong-type"),
        ("roles:\n  analist: A. Baker\n", 7, "analist", "unknown-key"),
        ("roles:\n  analyst: [A, B]\n", 7, "roles.analyst", "wrong-type"),
    ],
)
def test_a_role_that_is_none_or_has_no_name_is_refused(params, lines, line, key, code):
    with pytest.raises(LarcError) as refused:
        params(lines)
    assert [(p.row, p.column, p.code) for p in refused.value.problems] == [(line, key, code)]
