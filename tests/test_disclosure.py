"""The disclosure rules one by one: thresholds as data, rounding, percentages, money, places, the checked table."""

import shutil
from dataclasses import replace

import pytest
from disclosure_worlds import RULES, facts_of, families_of

from larcnb.disclosure import Cell, Checked, Verdict, load_rules, read_checked
from larcnb.disclosure.build import build
from larcnb.disclosure.checked import Row
from larcnb.disclosure.draft import make_draft, unsafe_money
from larcnb.disclosure.facts import Facts
from larcnb.disclosure.linear import exposed
from larcnb.disclosure.places import lay_out
from larcnb.disclosure.protect import protect
from larcnb.disclosure.rules import FILE, NAMES
from larcnb.disclosure.system import System, Target
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root


def facts(sizes, regions=None, **cells):
    """Facts of authorities of some sizes, all families costed and alike, with the cells given (table__category)."""
    members, money = {}, {}
    for slug, size in sizes.items():
        keys = [f"{slug}/{n}" for n in range(size)]
        members[slug, "families", "costed"] = frozenset(keys)
        members[slug, "savings", "below"] = frozenset(keys[: size // 2])
        members[slug, "savings", "from_0"] = frozenset(keys[size // 2 :])
        for measure in ("process", "support"):
            money[slug, measure] = {key: 150_000 + n for n, key in enumerate(keys)}
    for (slug, table, category), count in cells.get("counts", {}).items():
        members[slug, table, category] = frozenset(f"{slug}/{n}" for n in range(count))
    return Facts("r", {s: s for s in sizes}, regions or dict.fromkeys(sizes, ""), members, money)


def drawn(found, rules=RULES):
    draft = make_draft(found, rules, lay_out(found, rules))
    protect(draft)
    return build(draft)[0]


def test_every_rule_says_unit_source_confidence_and_why():
    for name in NAMES:
        entry = RULES.log[name]
        assert entry["unit"] and entry["because"] and entry["source"]["title"] and entry["tighten"]
        assert entry["confidence"] in ("verified", "recalled", "assumed")


@pytest.fixture
def own(tmp_path):
    """A root's own rules file, from rules and values."""
    for name in ("data", "params/disclosure"):
        (tmp_path / name).mkdir(parents=True)

    def write(**values):
        lines = [
            f"  {name}: {{value: {value}, because: The owner asks.}}"
            for name, value in values.items()
        ]
        (tmp_path / FILE).write_text("rules:\n" + "\n".join(lines) + "\n", "utf-8")
        return Root(tmp_path)

    return write


def test_a_root_may_tighten_a_rule(own):
    rules = load_rules(own(small_count=9, base_nation=20, top_two_share=0.8, saving_bands=[0]))
    assert (rules.small_count, rules.base_nation, rules.top_two_share, rules.saving_bands) == (
        9,
        20,
        0.8,
        (0,),
    )
    assert rules.authority_cases == 10


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authority_cases", 9),
        ("small_count", 4),
        ("base_authority", 1),
        ("p_percent", 0.05),
        ("top_two_share", 0.9),
        ("possible_values", 4),
        ("approvers", 1),
        ("figures_authority", 3),
        ("saving_bands", [0, 10000]),
    ],
)
def test_loosening_a_rule_is_refused_by_line_and_name(own, name, value):
    with pytest.raises(
        LarcError, match=rf"looser  params/disclosure/default.yaml, line 2, key '{name}'"
    ) as caught:
        load_rules(own(**{name: value}))
    assert caught.value.exit_code == 2


def test_an_unknown_rule_and_a_rule_without_reason_are_refused_together(own):
    root = own(small_cuont=9)
    with (root.path / FILE).open("a", encoding="utf-8") as file:
        file.write("  base_nation: {value: 20}\n")
    with pytest.raises(LarcError, match="Did you mean 'small_count'") as caught:
        load_rules(root)
    assert {problem.code for problem in caught.value.problems} == {"unknown-rule", "no-reason"}


def test_a_copy_of_the_workbooks_own_file_changes_nothing(own):
    root = own(small_count=7)
    shutil.copy(WORKBOOK / FILE, root.path / FILE)
    assert load_rules(root).tightened == ()


def test_an_authority_below_ten_families_has_no_page_and_is_in_no_reason_counted():
    layout = lay_out(facts({"a": 9, "b": 10, "c": 12}), RULES)
    assert list(layout.places) == ["b", "c", "national"]
    assert layout.left_out == ("a",)
    assert layout.places["national"].base == ("b", "c")
    assert "9" not in layout.reasons["a"]


@pytest.mark.parametrize(
    ("sizes", "counted"),
    [
        ({"a": 3, "b": 3, "c": 4, "z": 20, "y": 20}, True),  # three authorities, ten families
        ({"a": 3, "b": 3, "c": 3, "z": 20, "y": 20}, False),  # three authorities, nine families
        ({"a": 9, "b": 9, "z": 20, "y": 20}, False),  # two authorities
        ({"a": 9, "z": 20, "y": 20}, False),  # the missing authority
    ],
)
def test_authorities_without_a_page_count_in_the_nation_only_among_enough_others(sizes, counted):
    layout = lay_out(facts(sizes), RULES)
    assert ("a" in layout.places["national"].base) is counted
    assert bool(layout.left_out) is not counted


def test_what_a_region_leaves_out_counts_in_the_nation_only_with_enough_others():
    sizes = {"a": 4, "b": 4, "c": 4, "n1": 20, "n2": 20, "s1": 20, "s2": 20}
    north = dict.fromkeys(["a", "b", "n1", "n2"], "North") | dict.fromkeys(
        ["c", "s1", "s2"], "South"
    )
    layout = lay_out(facts(sizes, north), RULES)
    assert layout.places["region.north"].base == ("n1", "n2")
    assert layout.places["national"].base == ("a", "b", "c", "n1", "n2", "s1", "s2")
    assert layout.groups == (("a", "b", "c"),)


def test_counts_are_hidden_from_one_to_seven_and_rounded_above():
    counts = {
        ("a", "needs", f"child.{need}"): n
        for need, n in zip(
            ["behaviour", "education", "emotional_health", "physical_health", "other"],
            [7, 8, 12, 13, 1],
            strict=True,
        )
    }
    table = drawn(facts({"a": 40, "b": 40}, counts=counts))["a"]["needs"]
    shown = {row.code: row.cells["families"].text for row in table.rows}
    assert [
        shown[f"child.{need}"]
        for need in ("behaviour", "education", "emotional_health", "physical_health")
    ] == [
        "[c]",
        "10",
        "10",
        "15",
    ]
    assert shown["child.other"] == "[c]"
    assert shown["parent.coping"] == "0"


def test_the_nation_is_rounded_to_ten_on_its_own_not_as_the_sum_of_rounded_cells():
    counts = {(slug, "support", "respite"): 13 for slug in ("a", "b", "c")}
    tables = drawn(facts({"a": 40, "b": 40, "c": 40}, counts=counts))
    assert tables["a"]["support"]["respite"].cells["families"].value == 15
    assert tables["national"]["support"]["respite"].cells["families"].value == 40


def test_a_category_of_nearly_the_whole_group_is_hidden():
    counts = {("a", "needs", "child.behaviour"): 29, ("b", "needs", "child.behaviour"): 22}
    tables = drawn(facts({"a": 30, "b": 30}, counts=counts))
    assert tables["a"]["needs"]["child.behaviour"].cells["families"].text == "[c]"
    assert tables["b"]["needs"]["child.behaviour"].cells["families"].text == "20"


def test_bands_that_hold_nearly_all_families_go_as_a_whole_table_noughts_included():
    found = facts({"a": 30, "b": 30})
    members = dict(found.members)
    members["a", "savings", "below"] = members["a", "families", "costed"]
    members["a", "savings", "from_0"] = frozenset()
    tables = drawn(replace(found, members=members))
    assert "savings" not in tables["a"]
    assert "savings" in tables["b"]


@pytest.mark.parametrize(
    ("amounts", "kind", "safe"),
    [
        ([100] * 10, "authority", True),
        ([100] * 9, "authority", False),  # fewer than ten
        ([600] + [100] * 9, "authority", True),  # the largest 40%
        ([1000] + [100] * 9, "authority", False),  # the largest over half
        ([-1000] + [100] * 9, "authority", False),  # a loss is as telling as a saving
        ([2000, 2000] + [10] * 8, "authority", False),  # two over 85%
        ([0] * 12, "authority", False),  # nought for everybody
    ],
)
def test_money_that_few_families_dominate_is_hidden(amounts, kind, safe):
    assert (unsafe_money({"a": amounts}, RULES, kind) == "") is safe


def test_money_of_the_nation_comes_from_three_authorities_none_of_which_dominates():
    assert unsafe_money({"a": [100] * 20, "b": [100] * 20}, RULES, "nation")
    assert unsafe_money({"a": [100] * 200, "b": [100] * 10, "c": [100] * 10}, RULES, "nation")
    assert not unsafe_money({"a": [100] * 20, "b": [100] * 20, "c": [100] * 20}, RULES, "nation")


def test_the_bands_of_a_small_authority_hide_a_second_cell_when_the_total_gives_the_first_away():
    found = facts({"a": 23, "b": 40, "c": 40})
    members = dict(found.members)
    keys = sorted(members["a", "families", "costed"])
    for band, part in (("below", keys[:7]), ("from_0", keys[7:17]), ("from_60000", keys[17:])):
        members["a", "savings", band] = frozenset(part)
    table = drawn(replace(found, members=members))["a"]["savings"]
    assert [row.cells["families"].text for row in table.rows] == ["[c]", "[c]", "[c]"]


def test_a_range_is_found_by_programmes_and_says_what_binds_it():
    system = System()
    one, two = system.unknown("one", 3), system.unknown("two", 9)
    system.know({one: 1}, 1, 7, "small")
    system.know({two: 1}, 8, 12, "shown")
    system.know({one: 1, two: 1}, 8, 12, "total")
    found = exposed(system, [Target("one", {one: 1}, 5)])
    assert [(e.low, e.high) for e in found] == [(1, 4)]
    assert set(found[0].binding) == {"small", "shown", "total"}
    assert exposed(system, [Target("one", {one: 1}, 4)]) == []


def test_an_audit_whose_knowledge_lacks_the_truth_stops():
    system = System()
    with pytest.raises(RuntimeError, match="does not hold the truth"):
        system.know({system.unknown("one", 3): 1}, 4, 7, None)


def checked(**more):
    row = Row("x", "X", {"families": Cell(10), "share": Cell(25)})
    parts = {
        "place": "a",
        "place_kind": "authority",
        "place_name": "A",
        "table": "t",
        "title": "T",
        "unit": "families",
        "columns": {"families": "Families", "share": "Share"},
        "rows": (row,),
        "group": Cell(40),
        "group_label": "Families",
        "base": 5,
        "small": 7,
        "digits": 2,
        "notes": (),
        "verdict": Verdict("a", "t", "pass"),
    }
    return Checked(**parts | more)


@pytest.mark.parametrize(
    "cells",
    [
        {"families": Cell(12), "share": Cell(30)},
        {"families": Cell(5), "share": Cell(13)},
        {"families": Cell(10), "share": Cell(26)},
        {"families": Cell(40), "share": Cell(100)},
        {"families": Cell(None, "[c]"), "share": Cell(5)},
        {"families": Cell(10)},
    ],
)
def test_a_checked_table_refuses_what_no_rule_lets_through(cells):
    with pytest.raises(ValueError, match=r"rounded|percentage|cell for each"):
        checked(rows=(Row("x", "X", cells),))


def test_a_checked_table_refuses_pounds_and_pence_and_failed_verdicts():
    with pytest.raises(ValueError, match="significant"):
        checked(unit="gbp", columns={"mean": "Mean"}, rows=(Row("x", "X", {"mean": Cell(2345)}),))
    with pytest.raises(ValueError, match="failed"):
        checked(verdict=Verdict("a", "t", "fail"))
    for wrong in ((None, ""), (5, "[c]"), (None, "*"), (2.5, "")):
        with pytest.raises(ValueError, match="whole number"):
            Cell(*wrong)


def test_a_checked_table_reads_back_as_it_was_and_not_otherwise():
    plain = checked().to_json()
    assert read_checked(plain) == checked()
    plain["rows"][0]["cells"]["families"]["value"] = 11
    with pytest.raises(ValueError, match="rounded"):
        read_checked(plain)
    with pytest.raises(ValueError, match="not a checked table"):
        read_checked({})


def test_drafts_and_facts_show_no_figure_of_their_own():
    import numpy as np

    found = facts_of(families_of(np.random.default_rng(1), "la-1", 12, {}), {"la-1": ""})
    draft = make_draft(found, RULES, lay_out(found, RULES))
    assert "la-1/" not in repr(found) + repr(draft)
