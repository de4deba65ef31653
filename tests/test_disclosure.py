"""The disclosure rules one by one: thresholds as data, rounding, places, money, the checked table, the audit."""

import shutil

import numpy as np
import pytest
import yaml
from disclosure_roots import Family, write_families, write_root

from larcnb import disclosure
from larcnb.disclosure import Cell, CheckedTable, load_rules, read_checked
from larcnb.disclosure.checked import Row
from larcnb.disclosure.families import Microdata
from larcnb.disclosure.register import Edition, related
from larcnb.disclosure.rules import FILE, Rules, amount_interval, lay_out, to_figures, unsafe_money
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root

RULES = load_rules(Root(WORKBOOK))
LIKE = {"needs": "child.behaviour", "support": "respite", "futures": "police"}


@pytest.fixture
def own(tmp_path):
    """A root's own rules file, from rules and values."""
    (tmp_path / "data").mkdir()
    (tmp_path / "params/disclosure").mkdir(parents=True)

    def write(**values):
        line = "  {}: {{value: {}, because: The owner asks.}}\n"
        lines = [line.format(name, value) for name, value in values.items()]
        (tmp_path / FILE).write_text("rules:\n" + "".join(lines), "utf-8")
        return Root(tmp_path)

    return write


def test_every_rule_says_unit_source_confidence_and_why():
    rules = yaml.safe_load((WORKBOOK / FILE).read_text("utf-8"))["rules"]
    assert set(rules) == set(vars(RULES))
    for entry in rules.values():
        assert entry["unit"] and entry["because"] and entry["source"]["title"] and entry["tighten"]
        assert entry["confidence"] in ("verified", "recalled", "assumed")


def test_a_root_may_tighten_a_rule_and_write_an_equal_value(own):
    changed = {"small_count": 9, "base_nation": 20, "top_two_share": 0.8, "saving_bands": (0,)}
    root = own(**changed | {"saving_bands": [0]})
    assert load_rules(root) == Rules(**vars(RULES) | changed)
    assert load_rules(own(small_count=7, p_percent=0.1)) == RULES
    gates = {"authority_cases": 13, "mean_cases": 13}  # a page says how many families it is of
    assert vars(load_rules(own(small_count=12))).items() >= gates.items()
    shutil.copy(WORKBOOK / FILE, root.path / FILE)
    assert load_rules(root) == RULES


@pytest.mark.parametrize("text", ["rules:", "rules: [small_count]", "rulez: {small_count: 9}"])
def test_a_file_of_rules_in_which_no_rule_is_found_is_refused(own, text, tmp_path):
    (own().path / FILE).write_text(text, "utf-8")
    with pytest.raises(LarcError, match="no rules here|'rulez' is not a key"):
        load_rules(Root(tmp_path))


@pytest.mark.parametrize(
    ("name", "value", "code", "todo"),
    [
        ("authority_cases", 9, "out-of-range", "10 to 100000"),
        ("p_percent", 0.05, "out-of-range", "0.1 to 1"),
        ("top_two_share", 0.9, "out-of-range", "0 to 0.85"),
        ("figures_authority", 3, "out-of-range", "1 to 2"),
        ("saving_bands", "[0, 10000]", "out-of-range", "some of [0, 60000]"),
        ("saving_bands", "[60000, 0]", "out-of-range", "some of [0, 60000]"),
        ("saving_bands", 0, "out-of-range", "some of [0, 60000]"),
        ("small_count", 7.5, "wrong-type", "whole number"),
        ("small_count", "many", "wrong-type", "whole number"),
        ("small_cuont", 9, "unknown-rule", "Did you mean 'small_count'"),
    ],
)
def test_a_rule_that_loosens_or_cannot_be_read_is_refused_by_line_and_name(
    own, name, value, code, todo
):
    root = own(**{name: value})
    with (root.path / FILE).open("a", encoding="utf-8") as file:
        file.write("  withheld_cases: {value: 20}\n")
    with pytest.raises(LarcError, match="disclosure rules cannot be used") as caught:
        load_rules(root)
    found = {problem.code: problem for problem in caught.value.problems}
    assert caught.value.exit_code == 2 and set(found) == {code, "no-reason"}
    assert (found[code].row, found[code].column) == (2, name) and todo in found[code].todo


def places(sizes, regions=None):
    return lay_out(sizes, {slug: slug for slug in sizes}, regions or {}, RULES)


WITHOUT_A_PAGE = {(3, 3, 4): True, (3, 3, 3): False, (9, 9): False, (9,): False}
"""Three authorities with ten families; of nine families; two authorities; the missing authority."""


@pytest.mark.parametrize(("few", "counted"), WITHOUT_A_PAGE.items())
def test_authorities_without_a_page_count_in_the_nation_only_among_enough_others(few, counted):
    found, _, reasons = places(dict(zip("abcde", (*few, 20, 20), strict=False)))
    assert ("a" in found["national"].base) is counted and "9" not in reasons["a"]


def test_regions_have_a_page_where_they_differ_and_hold_their_small_ones_where_enough():
    sizes = {"a": 4, "b": 4, "c": 4, "n1": 20, "n2": 20, "s1": 20, "s2": 20}
    north = dict.fromkeys(["a", "b", "n1", "n2"], "North")
    found, groups, _ = places(sizes, north | dict.fromkeys(["c", "s1", "s2"], "South"))
    assert found["region.north"].base == ("n1", "n2")
    assert groups == [("a", "b", "c")]  # held by the nation alone
    found, _, reasons = places(sizes, north | dict.fromkeys(["c", "s1"], "North") | {"s2": "South"})
    assert found["region.north"].base == ("a", "b", "c", "n1", "n2", "s1")
    assert "one authority" in reasons["region.south"]
    reasons = places({"a": 20, "b": 20, "c": 3}, {"a": "North", "b": "North", "c": "South"})[2]
    assert "same families as the nation" in reasons["region.north"]
    assert places({"a": 4, "b": 3, "c": 2})[0] == {}
    assert "rest on one authority" in places({"a": 20, "b": 0})[2]["national"]


def test_money_that_few_families_dominate_is_hidden():
    """Over half is one's, a loss or a saving; over 85% is two's; nought for everybody."""
    unsafe = [1000] + [100] * 9, [-1000] + [100] * 9, [2000, 2000] + [10] * 8, [0] * 12
    assert all(unsafe_money({"a": amounts}, RULES, "authority") for amounts in unsafe)
    assert not unsafe_money({"a": [600] + [100] * 9}, RULES, "authority")


def test_money_of_the_nation_comes_from_three_authorities_none_of_which_dominates():
    assert unsafe_money({"a": [100] * 20, "b": [100] * 20}, RULES, "nation")
    assert unsafe_money({"a": [100] * 200, "b": [100] * 10, "c": [100] * 10}, RULES, "nation")
    assert not unsafe_money({"a": [100] * 20, "b": [100] * 20, "c": [100] * 20}, RULES, "nation")


def test_an_amount_lies_in_what_its_rounding_leaves_possible():
    for amount in map(float, np.random.default_rng(1).lognormal(6, 3, 300).round(2)):
        low, high = amount_interval(amount, 2)
        assert low <= amount <= high
        assert to_figures(low + 0.01, 2) == to_figures(high - 0.01, 2) == to_figures(amount, 2)


def test_releases_linked_by_way_of_another_are_audited_together():
    where = places({"a": 20})[0]
    told = ({("a", "families", "costed"): frozenset(who)} for who in ("ab", "bc", "xy", "cd"))
    *past, made = (Edition(Microdata("r", {}, {}, cells, {}), RULES, where, []) for cells in told)
    assert related(made, past) == past[:2]


def families(slug, size, likely=None, not_costed=0, bands=(0.4, 0.3, 0.3)):
    """Families of one authority; ``likely``: how many have the one need, support and future there are."""
    likely = dict.fromkeys(LIKE, size // 2) | (likely or {})
    ends = np.cumsum(bands) * size
    made = []
    for n in range(size):
        saving = [-1.0, 30_000.0, 90_000.0][int(np.searchsorted(ends, n, side="right").clip(0, 2))]
        cells = {(table, name) for table, name in LIKE.items() if n < likely[table]}
        money = (1500.0 + n, 900.0 + n)
        made.append(Family(f"{slug}-{n}", money, saving, n >= not_costed, cells))
    return made


def published(folder, **authorities):
    """The tables of a round made of these authorities' families."""
    root = write_root(folder, dict.fromkeys(authorities, 0))
    for slug, some in authorities.items():
        write_families(root, slug, some)
    made = disclosure.prepare(root, "r1")
    return {
        place: {t: {row.code: row for row in table.rows} for t, table in tables.items()}
        for place, tables in made.tables.items()
    }


def test_counts_are_hidden_from_one_to_seven_rounded_above_and_each_place_on_its_own(tmp_path):
    told = {"aa": (7, 8), "bb": (12, 13), "cc": (13, 29)}
    of = {s: {"needs": needs, "support": support} for s, (needs, support) in told.items()}
    tables = published(
        tmp_path, **{slug: families(slug, 30, likely) for slug, likely in of.items()}
    )
    # 29 of 30 are nearly all; 7 + 12 + 13 and 8 + 13 + 29 to the nearest ten, not 0 + 10 + 15
    wanted = {
        "aa": ("[c]", "10"),
        "bb": ("10", "15"),
        "cc": ("15", "[c]"),
        "national": ("30", "50"),
    }
    for place, shown in wanted.items():
        for table, text in zip(("needs", "support"), shown, strict=True):
            assert tables[place][table][LIKE[table]].cells["families"].text == text
    assert tables["aa"]["needs"]["parent.coping"].cells["families"].text == "0"
    assert tables["aa"]["support"]["respite"].cells["share"].text == "33"
    assert tables["aa"]["costs"]["process"].cells["mean"].text == "1,500"
    assert tables["national"]["costs"]["process"].cells["lower"].text == "1,500"
    assert tables["national"]["authorities"]["counted"].cells["number"].value == 3


def test_bands_hide_a_second_where_the_total_gives_the_first_away_and_go_where_all_are_in_one(
    tmp_path,
):
    one_hidden, all_in_one = (0.29, 0.46, 0.25), (0, 1, 0)
    some = {"aa": families("aa", 23, bands=one_hidden), "cc": families("cc", 40)}
    tables = published(tmp_path, **some, bb=families("bb", 30, bands=all_in_one))
    assert [row.cells["families"].text for row in tables["aa"]["savings"].values()] == ["[c]"] * 3
    assert "savings" not in tables["bb"] and "savings" in tables["cc"]


def checked(**more):
    row = Row("x", "X", {"families": Cell(10), "share": Cell(25)})
    parts = {"table": "t", "title": "T", "notes": (), "unit": "families", "rows": (row,)}
    parts |= {"columns": {"families": "Families", "share": "Share"}, "group_label": "Families"}
    return CheckedTable(**parts | {"group": Cell(40), "base": 5, "small": 7, "digits": 2} | more)


@pytest.mark.parametrize(("count", "share"), [(12, 30), (5, 13), (10, 26), (40, 100), (None, 5)])
def test_a_checked_table_refuses_what_no_rule_lets_through(count, share):
    cells = {"families": Cell(count, "" if count else "[c]"), "share": Cell(share)}
    with pytest.raises(ValueError, match="not rounded as the rules want"):
        checked(rows=(Row("x", "X", cells),))


def test_a_checked_table_reads_back_as_it_was_and_not_otherwise():
    plain = checked().to_dict()
    assert read_checked(plain) == checked()
    plain["rows"][0]["cells"]["families"]["value"] = 11
    with pytest.raises(ValueError, match="rounded"):
        read_checked(plain)
    for wrong in ({}, plain | {"group": {"value": 2.5}}, plain | {"group": {"symbol": "*"}}):
        with pytest.raises(ValueError, match="not a checked table|whole number"):
            read_checked(wrong)
