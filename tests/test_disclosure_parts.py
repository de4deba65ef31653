"""The parts of disclosure control one at a time: facts, programmes, protection, the register, its files."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from disclosure_roots import write_root
from disclosure_worlds import RULES
from test_disclosure import facts, own  # noqa: F401

from larcnb.disclosure import files, linear, load_rules, protect, register
from larcnb.disclosure.audit import CELL, TABLE, _Counts, _Money, audit, possible, related
from larcnb.disclosure.build import build
from larcnb.disclosure.draft import (
    FURTHER,
    NEARLY_ALL,
    SHOWN,
    SMALL,
    UNSAFE,
    WITHHELD,
    ZERO,
    make_draft,
)
from larcnb.disclosure.edition import fingerprint, from_json, in_the_making
from larcnb.disclosure.facts import collect, family_hash
from larcnb.disclosure.linear import exposed
from larcnb.disclosure.places import lay_out, region_id
from larcnb.disclosure.protect import Course, _relieve
from larcnb.disclosure.register import Register, conflicts
from larcnb.disclosure.rounding import percent
from larcnb.disclosure.rules import FILE
from larcnb.disclosure.spec import ALL, band_labels
from larcnb.disclosure.system import Exposure, Infeasible, System, Target
from larcnb.errors import LarcError

SALT = b"salt"


def edition_of(found, number=0, rules=RULES, shown=None):
    return in_the_making(make_draft(found, rules, lay_out(found, rules)), shown, number)


@pytest.fixture
def by_hand(tmp_path):
    """A root of one authority whose frames are typed in; the frames may be changed."""
    root = write_root(tmp_path, {"la-01": 1})
    frames = {
        "cases": pd.DataFrame(
            {
                "case_id": ["a", "b", "c"],
                "started": pd.to_datetime(["2010-09-01"] * 3),
                "costed": ["yes", "yes", "no"],
                "process": [10.01, 20.0, np.nan],
                "interventions": [1.15, 0.0, np.nan],
                "saving_long": [-0.01, 60_000.0, np.nan],
            }
        ),
        "needs": pd.DataFrame(
            [("a", "child", "behaviour"), ("b", "child", "behaviour"), ("a", "parent", "coping")],
            columns=["case_id", "subject", "need"],
        ),
        "interventions": pd.DataFrame(
            [("a", "respite", "delivered"), ("b", "respite", "declined")],
            columns=["case_id", "support", "status"],
        ),
        "moderation": pd.DataFrame(
            [
                ("a", "looked_after", "likely", "yes"),
                ("b", "looked_after", "highly_likely", "yes"),
                ("c", "looked_after", "possible", "yes"),
                ("c", "neet", "likely", "no"),
            ],
            columns=["case_id", "future", "likelihood", "accepted"],
        ),
    }
    for name, frame in frames.items():
        frame.to_parquet(root.processed("la-01") / f"{name}.parquet", index=False)
    return root


def test_facts_are_who_is_in_which_cell(by_hand):
    found = collect(by_hand, "r1", RULES, SALT)
    a, b, c = (family_hash(SALT, "la-01", case, "2010-09-01") for case in "abc")
    assert found.members == {
        ("la-01", "families", "costed"): {a, b},
        ("la-01", "families", "not_costed"): {c},
        ("la-01", "savings", "below"): {a},
        ("la-01", "savings", "from_60000"): {b},
        ("la-01", "needs", "child.behaviour"): {a, b},
        ("la-01", "needs", "parent.coping"): {a},
        ("la-01", "support", "respite"): {a},  # delivered only
        ("la-01", "futures", "social_care"): {a, b},  # accepted, and likely or more
    }
    assert found.money == {
        ("la-01", "process"): {a: 1001, b: 2000},
        ("la-01", "support"): {a: 115, b: 0},
    }
    assert found.families("la-01") == {a, b, c} and found.missing == () and found.refused == {}
    assert repr(found) == "Facts of round r1: 1 authorities"


def test_a_family_is_the_same_however_it_is_written_and_another_under_another_key():
    same = family_hash(SALT, "la-01", "C-1", "2010-11-01")
    assert family_hash(SALT, "la-01", " \uff23-1 ", "2010-11-01") == same and len(same) == 16
    others = [
        (b"x", "la-01", "C-1", "2010-11-01"),
        (SALT, "la-02", "C-1", "2010-11-01"),
        (SALT, "la-01", "C-2", "2010-11-01"),
        (SALT, "la-01", "C-1", "2010-11-02"),
    ]
    assert len({same, *(family_hash(*one) for one in others)}) == 5


def test_a_round_of_nobody_and_one_without_results_are_told_apart(by_hand):
    with pytest.raises(LarcError, match="No authority's params name the round 'r2'") as caught:
        collect(by_hand, "r2", RULES, SALT)
    assert caught.value.exit_code == 2
    (by_hand.processed("la-01") / "needs.parquet").unlink()
    with pytest.raises(LarcError, match="No authority of the round 'r1' has results yet") as caught:
        collect(by_hand, "r1", RULES, SALT)
    assert caught.value.exit_code == 4


def change(root, slug, old, new):
    path = root.params / f"{slug}.yaml"
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_authorities_share_only_the_tables_their_params_let_them(tmp_path):
    root = write_root(tmp_path, {"la-01": 1, "la-02": 1})
    (root.raw("la-02")).mkdir()
    (root.raw("la-02") / "NOTICE.md").write_text("# Made up.\nNo family is real.\n")
    found = collect(root, "r1", RULES, SALT)
    assert found.about == {
        "price_base": "2010-11",
        "preset": "LARC4 convention",
        "wording": "caf",
        "long_years": "15",
        "notice": "Of 1 of the 2 authorities here: Made up.",
    }
    inputs = found.inputs
    change(root, "la-02", "wording: caf\npreset: larc", "wording: early_help\npreset: cautious")
    found = collect(root, "r1", RULES, SALT)
    assert found.refused == {"savings": "Authorities use unlike assumptions."}
    assert (found.about["preset"], found.about["wording"], found.about["long_years"]) == (
        "Cautious and LARC4 convention",
        "caf",
        "",
    )
    change(root, "la-02", "2010-11", "2011-12")
    found = collect(root, "r1", RULES, SALT)
    assert found.refused == dict.fromkeys(
        ("costs", "savings"), "Authorities give prices of 2010-11 and 2011-12."
    )
    assert found.inputs == inputs  # the processed files are the same
    frame = pd.read_parquet(root.processed("la-01") / "needs.parquet")
    frame.iloc[:-1].to_parquet(root.processed("la-01") / "needs.parquet")
    assert collect(root, "r1", RULES, SALT).inputs != inputs


def test_bands_are_worded_for_any_edges():
    assert band_labels((-5000, 0, 20000)) == {
        "below": "Under −£5,000",
        "from_-5000": "−£5,000 to under £0",
        "from_0": "£0 to under £20,000",
        "from_20000": "£20,000 or more",
    }


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("small_count", 7.5, "a whole number of 1 or more"),
        ("small_count", 0, "a whole number"),
        ("small_count", "many", "a whole number"),
        ("small_count", 1000001, "a whole number"),
        ("p_percent", 0, "a share between 0 and 1"),
        ("p_percent", 1, "a share"),
        ("p_percent", "x", "a share"),
        ("saving_bands", 0, "whole pounds, rising"),
        ("saving_bands", "[60000, 0]", "whole pounds, rising"),
        ("saving_bands", "[0, 0]", "whole pounds"),
        ("saving_bands", "[0.5]", "whole pounds"),
        ("saving_bands", "[x]", "whole pounds"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_with_what_it_may_be(own, name, value, words):  # noqa: F811
    with pytest.raises(LarcError, match="cannot be used") as caught:
        load_rules(own(**{name: value}))
    (problem,) = caught.value.problems
    assert (problem.row, problem.column, problem.code) == (
        2,
        name,
        "wrong-type",
    ) and words in problem.todo


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("small_count", "at least 7"),
        ("top_two_share", "at most 0.85"),
        ("saving_bands", r"only some of [0, 60000]"),
    ],
)
def test_a_looser_rule_is_told_what_is_allowed(own, name, allowed):  # noqa: F811
    with pytest.raises(LarcError) as caught:
        load_rules(
            own(**{name: {"small_count": 6, "top_two_share": 0.86, "saving_bands": []}[name]})
        )
    assert [p.code for p in caught.value.problems] in (["looser"], ["wrong-type"])
    if name != "saving_bands":
        assert allowed in caught.value.problems[0].todo


def test_the_workbooks_own_rules_lack_nothing_and_a_root_may_write_an_equal_value(own, monkeypatch):  # noqa: F811
    rules = load_rules(own(small_count=7, p_percent=0.1, top_two_share=0.85))
    assert rules.tightened == () and (rules.base("authority"), rules.base("region")) == (5, 10)
    assert (rules.digits("nation"), rules.digits("region"), rules.digits("authority")) == (3, 2, 2)
    assert load_rules(own(small_count=8)).tightened == ("small_count",)
    assert load_rules(own(small_count=8)).log["small_count"]["because"] == "The owner asks."
    root = own(small_count=8)
    monkeypatch.setattr("larcnb.disclosure.rules.WORKBOOK", root.path)
    with pytest.raises(LarcError, match="cannot be used") as caught:
        load_rules(root)
    assert {p.code for p in caught.value.problems} == {"missing-rule"} and FILE in str(caught.value)


@pytest.mark.parametrize(
    ("status", "least", "most"),
    [
        (ZERO, 0, 0),
        (SMALL, 1, 7),
        (SHOWN, 8, 12),
        (FURTHER, 1, np.inf),
        (NEARLY_ALL, 1, np.inf),
        (UNSAFE, 1, np.inf),
        (WITHHELD, 0, np.inf),
    ],
)
def test_what_a_cell_tells_of_its_count(status, least, most):
    edition = edition_of(facts({"a": 40, "b": 40}))
    key = ("a", "needs", "child.behaviour")
    edition.status[key] = status
    assert possible(edition, key, 10) == (least, most)


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (40, 40, 100),
        (1, 3, 33),
        (2, 3, 67),
        (1, 200, 1),
        (1, 201, 0),
        (99, 200, 50),
        (0, 40, 0),
        (995, 1000, 100),
    ],
)
def test_a_share_is_a_whole_per_cent_half_up(part, whole, share):
    assert percent(part, whole) == share


# programmes


def hidden(*knowledge, targets=({0: 1.0},), values=5, truth=(3, 4, 5)):
    """Exposures in a system whose unknowns have these truths."""
    system = System()
    for n, value in enumerate(truth):
        system.unknown(n, value)
    for terms, low, high, tag in knowledge:
        system.know(terms, low, high, tag)
    return exposed(system, [Target(n, terms, values) for n, terms in enumerate(targets)]), system


def test_a_figure_that_only_its_own_limits_bind_is_exposed_by_them():
    (found,), system = hidden(({0: 1.0}, 1, 4, "small"))
    assert (found.low, found.high, found.binding, system.solved) == (1, 4, ("small",), 0)
    assert hidden(({0: 1.0}, 1, 5, "small"))[0] == []
    (found,), _ = hidden(
        ({0: 1.0}, 1, 3, "one"), ({1: 1.0}, 3, 4, "two"), targets=({0: 1.0, 1: -1.0},)
    )
    assert (found.low, found.high, set(found.binding)) == (-3, 0, {"one", "two"})
    assert hidden(({0: 1.0}, 1, 4, None))[0][0].binding == ()
    assert hidden(targets=())[0] == []


def test_a_figure_that_a_sum_gives_away_is_exposed_by_the_sum():
    (found,), _ = hidden(({0: 1.0, 1: 1.0}, 7, 7, "sum"), ({1: 1.0}, 3, 6, "other"))
    assert (found.low, found.high, set(found.binding)) == (1, 4, {"sum", "other"})
    (found,), _ = hidden(({0: 1.0, 1: 1.0}, -np.inf, 4, "at most"), values=6, truth=(3, 1))
    assert (found.low, found.high, set(found.binding)) == (0, 4, {"at most"})
    assert hidden(({0: 1.0, 1: 1.0}, -np.inf, 5, "at most"), values=6, truth=(3, 1))[0] == []


def test_whole_numbers_leave_less_room_than_fractions_do():
    pairs = [
        ({one: 1.0, other: 1.0}, -np.inf, 1, f"{one}{other}")
        for one, other in ((0, 1), (1, 2), (0, 2))
    ]
    whole = {0: 1.0, 1: 1.0, 2: 1.0}
    assert hidden(*pairs, targets=(whole,), values=2, truth=(1, 0, 0))[0] == []
    (found,), _ = hidden(*pairs, targets=(whole,), values=3, truth=(1, 0, 0))
    assert (found.low, found.high) == (
        0,
        1,
    )  # 1.5 where halves were allowed, which would be 2 values all the same
    assert set(found.binding) == {"01", "12", "02"}


def many(seed):
    """A system of thirty figures, each pair with its sum told within limits, and its exposures."""
    random = np.random.default_rng(seed)
    truth = [int(n) for n in random.integers(1, 8, 30)]
    knowledge = [({n: 1.0}, 1, 7, f"small {n}") for n in range(30)]
    for n in range(29):
        value, room = truth[n] + truth[n + 1], int(random.integers(0, 8))
        knowledge.append(
            ({n: 1.0, n + 1: 1.0}, value - room // 2, value + room - room // 2, f"sum {n}")
        )
    return hidden(*knowledge, targets=[{n: 1.0} for n in range(30)], truth=truth)


@pytest.mark.parametrize("seed", range(4))
def test_looking_for_wide_ranges_first_changes_no_finding(seed, monkeypatch):
    told = {}
    for pairs in (0, 1, 20):
        monkeypatch.setattr(linear, "PAIRS", pairs)
        found, system = many(seed)
        told[pairs] = [(e.target.name, e.low, e.high) for e in found], system.solved
    assert told[0][0] == told[1][0] == told[20][0] != []
    assert told[20][1] < told[0][1]  # which is what it is for


def test_knowledge_that_contradicts_itself_stops_the_audit():
    for targets in (1, 3):
        system = System()
        for n in range(3):
            system.unknown(n, 3)
        system.rows += [
            ({0: 1.0, 1: 1.0, 2: 1.0}, 9, 9, "one"),
            ({0: 1.0, 1: 1.0, 2: 1.0}, 8, 8, "other"),
        ]
        with pytest.raises(Infeasible):
            exposed(system, [Target(n, {n: 1.0}, 5) for n in range(targets)])


def test_a_programme_without_an_answer_is_not_taken_for_one(monkeypatch):
    with pytest.raises(RuntimeError, match="was not solved"):
        hidden(({0: 1.0, 1: 1.0}, 2, np.inf, "at least"))  # no most
    monkeypatch.setattr(linear, "milp", lambda *_, **__: SimpleNamespace(status=4, x=None))
    with pytest.raises(RuntimeError, match="was not solved"):
        test_whole_numbers_leave_less_room_than_fractions_do()


@pytest.mark.parametrize(("best", "most"), [(None, 1), ([0.0, 0.0, 0.0], 1), ([1.0, 1.0, 0.0], 2)])
def test_a_search_broken_off_leaves_what_it_found_possible_and_no_more(monkeypatch, best, most):
    monkeypatch.setattr(linear, "milp", lambda *_, **__: SimpleNamespace(status=1, x=best))
    pairs = [
        ({one: 2.0, other: 2.0}, -np.inf, 5, "pair") for one, other in ((0, 1), (1, 2), (0, 2))
    ]
    (found,), _ = hidden(*pairs, targets=({0: 1.0, 1: 1.0, 2: 1.0},), truth=(1, 0, 0))
    assert (found.low, found.high) == (0, most)


@pytest.mark.parametrize(
    ("low", "high", "safe"),
    [
        (1, 5, True),
        (1, 4, False),
        (1.2, 5.9, False),
        (0.9999999, 5.0000001, True),
        (1.2, 6, True),
    ],
)
def test_a_count_is_safe_with_so_many_whole_values(low, high, safe):
    assert Target("t", {0: 1.0}, 5).is_safe(low, high, 3) is safe


@pytest.mark.parametrize(
    ("low", "high", "safe"),
    [
        (90, 110, True),
        (91, 110, False),
        (90, 109, False),
        (0, 110, True),
        (90.00001, 109.99999, True),
    ],
)
def test_money_is_safe_with_so_much_room_on_either_side(low, high, safe):
    target = Target("t", {0: 1.0}, room=10)
    assert target.is_safe(low, high, 100) is safe
    assert target.is_safe(0, 15, 5)  # below nought there is nothing to know


def test_a_row_that_the_limits_say_already_is_no_knowledge():
    system = System()
    one, two = system.unknown("one", 3, True), system.unknown("two", 4)
    assert (system.unknown("one", 99), system.first, system.truth) == (one, {one}, [3, 4])
    system.know({one: 1.0}, 1, 7, "a")
    system.know({one: 1.0}, 0, 9, "wider")
    system.know({two: 1.0}, 2, 6, "b")
    assert (system.low, system.high, system.low_tag, system.high_tag) == (
        [1, 2],
        [7, 6],
        ["a", "b"],
        ["a", "b"],
    )
    for terms, low, high, binds in (
        ({one: 1.0, two: 1.0}, 3, 13, False),
        ({one: 1.0, two: 1.0}, 4, 13, True),
        ({one: 1.0, two: 1.0}, 3, 12, True),
        ({one: 1.0, two: -1.0}, -5, 5, False),
        ({one: 1.0, two: -1.0}, -4, 5, True),
        ({one: 1.0, two: -1.0}, -5, 4, True),
    ):
        assert system.can_bind((terms, low, high, None)) is binds
    system.know({one: 1.0, two: 1.0}, 7, 7, "c")
    system.know({one: 2.0}, 6, 6, "d")
    assert [row[3] for row in system.rows] == ["c", "d"] and system.high[one] == 7


# protection


def draft_of(sizes=None, **cells):
    found = facts(sizes or {"a": 40, "b": 40}, **cells)
    return make_draft(found, RULES, lay_out(found, RULES))


def binding(*tags, place="a", table="needs", category="child.behaviour"):
    return Exposure(Target((CELL, 0, place, table, category), {0: 1.0}, 5), 1, 3, tags)


def test_the_cell_of_fewest_families_that_binds_is_hidden_first():
    counts = {("a", "needs", "child.behaviour"): 20, ("a", "needs", "child.education"): 12}
    draft, course = draft_of(counts=counts), Course()
    cells = [("a", "needs", "child.behaviour"), ("a", "needs", "child.education")]
    _relieve(draft, binding((CELL, 1, cells[0]), (CELL, 0, cells[0]), (CELL, 0, cells[1])), course)
    assert [draft.status[cell] for cell in cells] == [SHOWN, FURTHER]
    assert draft.reasons["a", "needs"] == [protect.TO_PROTECT] and (
        course.hidden,
        course.tables,
    ) == (1, 0)
    _relieve(draft, binding((CELL, 0, ("a", "families", ALL)), (CELL, 0, cells[0])), course)
    assert (
        draft.status[cells[0]] == FURTHER and draft.status["a", "families", ALL] == SHOWN
    )  # the whole comes last


def test_that_a_wider_places_count_is_small_is_left_unsaid_where_it_tells():
    counts = {("a", "needs", "child.behaviour"): 3, ("b", "needs", "child.behaviour"): 2}
    draft, course = draft_of(counts=counts), Course()
    small = ("national", "needs", "child.behaviour")
    assert draft.status[small] == SMALL
    _relieve(draft, binding((CELL, 0, ("a", "needs", "child.behaviour")), (CELL, 0, small)), course)
    assert (draft.status[small], draft.status["a", "needs", "child.behaviour"]) == (WITHHELD, SMALL)
    assert course.hidden == 1 and "not even that is said" in draft.reasons["national", "needs"][0]


def test_where_no_cell_is_left_the_table_goes_of_the_place_then_of_all():
    draft, course = draft_of(), Course()
    _relieve(draft, binding((TABLE, 1, ("b", "needs")), (TABLE, 0, ("b", "savings"))), course)
    assert draft.is_withheld("b", "savings") and not draft.is_withheld("a", "needs")
    _relieve(draft, binding(), course)
    assert (
        draft.is_withheld("a", "needs")
        and not draft.is_withheld("b", "needs")
        and course.tables == 2
    )
    _relieve(draft, binding(), course)
    assert (
        draft.is_withheld("b", "needs")
        and draft.is_withheld("national", "needs")
        and course.tables == 4
    )
    assert not draft.is_withheld("a", "savings")
    _relieve(draft, binding(place=("a", "b"), table="support"), course)  # a figure of no page
    assert draft.is_withheld("a", "support") and draft.is_withheld("b", "support")


def test_where_the_numbers_of_families_give_a_figure_away_nothing_is_released():
    with pytest.raises(LarcError, match="The numbers of families alone") as caught:
        _relieve(draft_of(), binding(table="families", category="costed"), Course())
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("most", [0, 60])
def test_an_audit_without_an_end_releases_nothing(most, monkeypatch):
    monkeypatch.setattr(protect, "MOST_ROUNDS", most)
    calls = []
    monkeypatch.setattr(protect, "audit", lambda *_: (calls.append(1), ([binding()], 2))[1])
    with pytest.raises(LarcError, match="did not come to an end") as caught:
        protect.protect(draft_of())
    assert caught.value.exit_code == 4
    assert len(calls) == (
        3 if most else 0
    )  # the table of the place, of all places, and then nothing is left to do


# editions and the audit over several of them


def test_an_edition_reads_back_as_it_was_and_nothing_else_does():
    edition = edition_of(facts({"a": 40, "b": 12, "c": 4}), 3, shown={("a", "families", ALL): "40"})
    plain = json.loads(json.dumps(edition.to_json()))
    again = from_json(plain)
    assert again.to_json() == edition.to_json() and again.rules == replace(RULES, log=None)
    assert (again.members, again.pairs, again.totals) == (
        edition.members,
        edition.pairs,
        edition.totals,
    )
    assert {k: v for k, v in again.shown.items() if v} == {("a", "families", ALL): "40"}
    assert repr(edition) == "Edition 3 of round r: 3 places" and edition.atoms == ("a", "b")
    for wrong in ({**plain, "cells": [[1]]}, {k: v for k, v in plain.items() if k != "rooms"}, []):
        with pytest.raises(ValueError, match="not an edition"):
            from_json(wrong)


def test_money_that_one_family_makes_unsafe_may_not_be_known_within_a_tenth_of_its_largest():
    found = facts({"a": 40, "b": 40})
    found.money["a", "process"]["a/0"] = 100_000_000
    rooms = edition_of(found).rooms
    assert rooms == {
        ("process", ("a",)): 100_000.0,
        ("process", ("a", "b")): 100_000.0,
    }  # GBP; 10% of 1,000,000


def test_a_set_of_families_has_one_name_in_any_order():
    assert fingerprint(["b", "a"]) == fingerprint(["a", "b"]) != fingerprint(["a"])
    assert fingerprint([], ["a"]) != fingerprint([], ["b"]) and fingerprint([]) == fingerprint(
        [], []
    )


def test_only_editions_with_a_family_in_common_are_looked_at_together():
    one, other = edition_of(facts({"a": 40, "b": 40}), 1), edition_of(facts({"c": 40, "d": 40}), 2)
    assert related(one, [other, one]) == [one]


def grown(before, after, sizes=(40, 40)):
    """Two editions in which a need of authority a is told of by other families."""
    editions = []
    for number, (size, who) in enumerate(zip(sizes, (before, after), strict=True), 1):
        found = facts({"a": size, "b": 40})
        members = {
            **found.members,
            ("a", "needs", "child.behaviour"): frozenset(f"a/{n}" for n in who),
        }
        editions.append(edition_of(replace(found, members=members), number))
    return editions


@pytest.mark.parametrize(
    ("before", "after", "sizes"),
    [
        (range(20), range(30), (40, 40)),
        (range(20), range(2, 22), (40, 40)),
        (range(20), range(10), (40, 40)),
        (range(20), range(22), (40, 30)),
        (range(20), range(0), (40, 40)),
    ],
)
def test_the_audit_of_two_editions_holds_the_truth_whoever_came_or_left(before, after, sizes):
    found, _ = audit(
        grown(before, after, sizes), set()
    )  # it stops where what it takes as known is not so
    assert not [e for e in found if e.target.name[3] == "needs"]


def test_a_difference_of_a_few_families_is_a_figure_to_protect():
    editions = grown(
        range(12), range(13)
    )  # 10, then 15 and in the nation 10: 8 to 12, then 13 to 14, so 1 to 6 came
    assert audit(editions, set())[0] == []
    counts, name = set(), ("difference", 2, "a", "needs", "child.behaviour", 1)
    audit(editions, counts)
    assert name in counts
    narrow = [replace(edition, rules=replace(RULES, possible_values=7)) for edition in editions]
    found = {e.target.name: (e.low, e.high) for e in audit(narrow, set())[0]}
    assert found[name] == (1, 6)
    assert name not in {e.target.name for e in audit(narrow, {name})[0]}


def test_an_authority_without_costed_families_costs_the_others_no_table():
    found = facts({"a": 40, "b": 40, "c": 40, "d": 40})
    members = {cell: who for cell, who in found.members.items() if cell[0] != "c"}
    members["c", "families", "not_costed"] = found.members["c", "families", "costed"]
    money = {cell: amounts for cell, amounts in found.money.items() if cell[0] != "c"}
    found = replace(found, members=members, money=money)
    draft = make_draft(found, RULES, lay_out(found, RULES))
    protect.protect(draft)
    assert draft.status["c", "families", "costed"] == ZERO and draft.is_withheld("c", "savings")
    assert draft.status["national", "costs", "process"] == SHOWN  # of the other three
    assert not draft.is_withheld("a", "savings") and not draft.is_withheld("national", "savings")


def small_among():
    """Two authorities with pages and three without, which the nation holds together; some have a need, few costed."""
    counts = {
        ("a", "needs", "child.behaviour"): 12,
        ("c", "needs", "child.behaviour"): 2,
        ("d", "needs", "child.behaviour"): 1,
        ("e", "needs", "child.behaviour"): 1,
    }
    found = facts({"a": 12, "b": 20, "c": 4, "d": 4, "e": 4}, counts=counts)
    members = dict(found.members)
    members["a", "families", "costed"] = frozenset(f"a/{n}" for n in range(10))
    members["a", "families", "not_costed"] = frozenset({"a/10", "a/11"})
    for band in ("below", "from_0"):
        members["a", "savings", band] &= members["a", "families", "costed"]
    return replace(found, members=members)


def test_every_hidden_count_is_a_target_also_of_authorities_without_a_page_alone_and_together():
    names = set()
    names |= {exposure.target.name for exposure in audit([edition_of(small_among())], names)[0]}
    for slug in "cde":
        for table, category in (
            ("families", ALL),
            ("families", "costed"),
            ("needs", "child.behaviour"),
        ):
            assert (CELL, 0, (slug,), table, category) in names
    assert (CELL, 0, ("c", "d", "e"), "needs", "child.behaviour") in names  # 4 families together
    assert (CELL, 0, ("c", "d", "e"), "families", "costed") not in names  # 12: no small count
    told = {name[2] for name in names if name[3:] == ("needs", "child.behaviour")}
    assert told == {
        ("c",),
        ("d",),
        ("e",),
        ("c", "d", "e"),
        "a",
    }  # b has none, and the nation's 16 are shown
    assert edition_of(small_among()).status["a", "needs", "child.behaviour"] == NEARLY_ALL


def test_the_reader_knows_what_pages_and_tables_tell():
    edition = edition_of(small_among())
    counts = _Counts([edition])
    counts.learn(edition)
    system = counts.system
    costed = counts._unknown(edition, "a", "families", "costed")
    assert (system.low[costed], system.low_tag[costed]) == (
        10,
        (TABLE, 0, ("a", "savings")),
    )  # a table has ten
    assert system.high[costed] == 12
    rows = {(tuple(sorted(terms.items())), low, high, tag) for terms, low, high, tag in system.rows}
    whole = counts.terms(edition, ("c",), "families", ALL)
    assert (
        tuple(sorted(whole.items())),
        0,
        9,
        None,
    ) in rows  # no page: at most nine, and perhaps none
    whole = counts.terms(edition, ("a",), "families", ALL)
    assert (tuple(sorted(whole.items())), 10, 12, (CELL, 0, ("a", "families", ALL))) in rows
    need = counts._unknown(edition, "a", "needs", "child.behaviour")
    assert (
        tuple(sorted((whole | {need: 1.0} | dict.fromkeys(whole, -1.0)).items())),
        -np.inf,
        0,
        None,
    ) in rows
    bands = {
        counts._unknown(edition, "a", "savings", band): 1.0
        for band in edition.categories("savings")
    }
    assert (tuple(sorted((bands | {costed: -1.0}).items())), 0, 0, None) in rows
    for key in [key for key in edition.status if key[:2] == ("a", "savings")]:
        edition.status[key] = WITHHELD
    without = _Counts([edition])
    without.learn(edition)
    assert without.system.low[without._unknown(edition, "a", "families", "costed")] == 8


def test_the_reader_knows_of_money_what_is_shown_of_it():
    found = facts({"a": 40, "b": 40, "c": 40})
    found.money["a", "process"]["a/0"] = 100_000_000
    edition = edition_of(found)
    money = _Money([edition])
    money.learn(edition)
    tags = {
        *money.system.low_tag,
        *money.system.high_tag,
        *(row[3] for row in money.system.rows),
    } - {None}
    assert tags == {(CELL, 0, (place, "costs", name)) for place, name in edition_shown(edition)}
    assert ("a", "process") not in edition_shown(edition) and ("a", "support") in edition_shown(
        edition
    )
    where = money.system.index["a", "support", fingerprint(edition.pairs["a", "support"])]
    # forty families at 1,500.20 on average, shown as 1,500: 40 x 1,450 to 40 x 1,550
    assert (money.system.low[where], money.system.high[where]) == (58_000, 62_000)
    assert money.system.truth[where] == pytest.approx(60_007.8)


def edition_shown(edition):
    return {
        (place, name)
        for (place, table, name), status in edition.status.items()
        if table == "costs" and status == SHOWN
    }


def test_the_tables_of_a_page_by_hand():
    found = facts(
        {"a": 40, "b": 40, "c": 40, "d": 3}, counts={("a", "needs", "child.behaviour"): 12}
    )
    found.money["a", "support"] = {f"a/{n}": 0 for n in range(40)}
    draft = make_draft(replace(found, missing=("e",)), RULES, lay_out(found, RULES))
    tables, verdicts = build(draft)
    page = tables["a"]
    assert {
        name: (table.group_label, table.group.value, table.base) for name, table in page.items()
    } == {
        "families": ("Families", 40, 5),
        "needs": ("Families", 40, 5),
        "support": ("Families", 40, 5),
        "futures": ("Families", 40, 5),
        "savings": ("Costed families", 40, 5),
        "costs": ("Costed families", 40, 5),
    }
    assert {name: cell.text for name, cell in page["needs"]["child.behaviour"].cells.items()} == {
        "families": "10",
        "share": "25",
    }
    assert [page["costs"][name].cells["mean"].text for name in ("process", "support")] == [
        "1,500",
        "[c]",
    ]
    assert page["needs"].notes == (
        "A family may be counted in several rows.",
        page["families"].notes[0],
    )
    nation = tables["national"]["costs"]["process"].cells
    assert {name: cell.text for name, cell in nation.items()} == dict.fromkeys(
        ("mean", "lower", "median", "upper"), "1,500"
    )
    numbers = {
        row.code: row.cells["number"].value for row in tables["national"]["authorities"].rows
    }
    assert numbers == {
        "took_part": 4,
        "with_page": 3,
        "without_page": 1,
        "counted": 3,
        "missing": 1,
    }
    told = {verdict.table: verdict for verdict in verdicts if verdict.place == "a"}
    assert (told["needs"].verdict, told["needs"].shown, told["needs"].hidden) == (
        "pass",
        len(page["needs"].rows),
        0,
    )
    assert (told["costs"].shown, told["costs"].hidden, told["costs"].reasons) == (
        1,
        1,
        ("Support: It is zero for every family.",),
    )


@pytest.mark.parametrize("value", [1, 1_000_000])
def test_a_rule_may_be_any_whole_number_that_can_be_meant(value, own):  # noqa: F811
    if value == 1:
        with pytest.raises(LarcError, match="looser"):
            load_rules(own(small_count=value))
    else:
        assert load_rules(own(small_count=value)).small_count == value


# places


def test_a_region_is_a_place_of_its_own_only_where_it_differs_from_others():
    sizes = {"a": 20, "b": 20, "c": 20, "d": 3}
    layout = lay_out(facts(sizes, {"a": "North", "b": "North", "c": "South", "d": "South"}), RULES)
    assert layout.places["region.north"].base == ("a", "b") and "region.south" not in layout.places
    assert (
        layout.reasons["region.south"] == "It would rest on one authority, or on too few families."
    )
    assert layout.reasons["national"].startswith("Authorities without a page are left out")
    assert [place.id for place in layout.of_kind("region")] == ["region.north"]
    assert layout.withheld == layout.left_out == ("d",) and layout.silent == 0
    same = lay_out(
        facts({"a": 20, "b": 20, "c": 3}, {"a": "North", "b": "North", "c": "South"}), RULES
    )
    assert "region.north" not in same.places  # the nation rests on the same families
    assert same.reasons["region.north"] == "It would be the same families as the nation's page."
    few = lay_out(facts({"a": 4, "b": 3, "c": 2}), RULES)
    assert few.places == {} and few.reasons["national"] == "Fewer than 10 families."
    assert lay_out(facts({"a": 20, "b": 0}), RULES).silent == 1
    assert (
        lay_out(facts({"a": 20, "b": 0}), RULES)
        .reasons["national"]
        .startswith("It would be the same families")
    )
    alone = lay_out(facts({"a": 20, "b": 20}, {"a": "North", "b": "North"}), RULES)
    assert list(alone.places) == ["a", "b", "national"]  # one region is the nation


def test_a_region_holds_its_small_authorities_where_there_are_enough_of_them():
    sizes = {"a": 20, "b": 4, "c": 3, "d": 3, "e": 20, "f": 20}
    north = dict.fromkeys("abcd", "North") | dict.fromkeys("ef", "South")
    layout = lay_out(facts(sizes, north), RULES)
    assert layout.places["region.north"].base == ("a", "b", "c", "d") and layout.groups == (
        ("b", "c", "d"),
    )
    assert layout.places["national"].base == tuple("abcdef") and layout.left_out == ()
    assert region_id("Île-de-Man!") == "region.ile-de-man" and region_id("?") == "region.unnamed"


# the register and its files


@pytest.fixture
def kept(tmp_path):
    return Register(write_root(tmp_path, {"la-01": 1}))


def test_the_register_keeps_a_chain_that_shows_every_change(kept):
    one, two = (edition_of(facts({"a": 40, "b": 40}), number) for number in (1, 2))
    assert kept.entries() == []
    kept.add(one, "d1", ["Ann", "Bob"], {"x.json": "h"})
    kept.add(two, "d2", ["Ann", "Bob"], {})
    first, second = kept.entries()
    assert (first.digest, first.approvers, first.files, first.edition.number) == (
        "d1",
        ("Ann", "Bob"),
        {"x.json": "h"},
        1,
    )
    assert second.edition.to_json() == two.to_json()
    with pytest.raises(LarcError, match="Another release was made meanwhile") as caught:
        kept.add(two, "d3", ["Ann"], {})
    assert caught.value.exit_code == 4 and len(kept.entries()) == 2
    path = kept.folder / "0001.json"
    raw = path.read_bytes()
    for wrong, number in (
        (raw.replace(b'"d1"', b'"d9"'), 2),
        (b"{}", 1),
        (b"{", 1),
        (raw.replace(b'"cells"', b'"c"'), 1),
    ):
        path.write_bytes(wrong)
        with pytest.raises(LarcError, match=f"not whole at release {number}") as caught:
            kept.entries()
        assert caught.value.exit_code == 4
    path.write_bytes(raw)
    (kept.folder / "salt").write_text("another\n")
    with pytest.raises(LarcError, match="not whole at release 1"):
        kept.entries()


def test_the_register_has_one_key_and_makes_no_new_one_once_there_are_releases(kept):
    salt = kept.salt()
    assert (
        kept.salt() == salt
        and len(salt) == 64
        and (kept.folder / "salt").read_bytes() == salt + b"\n"
    )
    assert os.name == "nt" or (kept.folder / "salt").stat().st_mode & 0o077 == 0
    kept.add(edition_of(facts({"a": 40, "b": 40}), 1), "d", ["Ann"], {})
    (kept.folder / "salt").unlink()
    with pytest.raises(LarcError, match="The register's key is not there") as caught:
        kept.salt()
    assert caught.value.exit_code == 4 and "Restore private/register" in str(caught.value)
    (kept.folder / "0001.json").unlink()
    page = kept._public / "r1" / "manifest.json"
    page.parent.mkdir(parents=True)
    for text in ('{"number": 1}', "{", "{}", "[]"):
        page.write_text(text)
        for read in (kept.salt, kept.entries):
            with pytest.raises(LarcError, match="is not there|does not hold"):
                read()


@pytest.mark.parametrize("links", [True, False])
def test_an_entry_is_written_whole_and_never_over_another(links, tmp_path, monkeypatch):
    if not links:
        monkeypatch.setattr(
            register.os, "link", lambda *_: (_ for _ in ()).throw(OSError("no links here"))
        )
    path = tmp_path / "0001.json"
    register._write_new(path, b"one")
    with pytest.raises(FileExistsError):
        register._write_new(path, b"two")
    assert path.read_bytes() == b"one" and [p.name for p in tmp_path.iterdir()] == ["0001.json"]
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600


def test_differences_of_one_to_nine_families_are_conflicts_and_no_others():
    def keys(old, new):
        told = conflicts(
            edition_of(facts({"a": new, "b": 40}), 2), [edition_of(facts({"a": old, "b": 40}), 1)]
        )
        return {conflict.key[0] for conflict in told if conflict.key[1] == "families"}

    assert keys(40, 40) == set()
    assert keys(40, 41) == keys(40, 49) == keys(49, 40) == {"a", "national"}
    assert keys(40, 50) == set()
    one, other = edition_of(facts({"a": 40, "b": 40}), 1), edition_of(facts({"a": 41, "b": 40}), 2)
    found = {conflict.key: conflict for conflict in conflicts(other, [one])}
    whole = found["a", "families", ALL]
    assert whole.equation == (
        "a, families: 40 (this release) - the figure (release 1, round r) = 1 to 9 families who came, went or changed"
    )
    assert (whole.is_money, whole.is_lifted, found["a", "costs", "process"].is_money) == (
        False,
        False,
        True,
    )
    hidden_now = replace(other, status={**other.status, ("a", "families", ALL): WITHHELD})
    assert ("a", "families", ALL) not in {c.key for c in conflicts(hidden_now, [one])}
    twice = replace(other, rules=replace(RULES, base_authority=10, base_nation=20))
    assert all(conflict.is_lifted for conflict in conflicts(twice, [one]))


def test_the_same_families_under_another_name_are_the_same_place():
    one = edition_of(facts({"a": 40, "b": 40}), 1)
    found = facts({"a": 42, "b": 40})
    moved = {
        ("z" if slug == "a" else slug, t, c): who for (slug, t, c), who in found.members.items()
    }
    money = {
        ("z" if slug == "a" else slug, m): amounts for (slug, m), amounts in found.money.items()
    }
    other = edition_of(
        replace(
            found,
            names={"z": "Z", "b": "b"},
            regions={"z": "", "b": ""},
            members=moved,
            money=money,
        ),
        2,
    )
    assert ("z", "families", ALL) in {conflict.key for conflict in conflicts(other, [one])}


def test_one_familys_other_amount_is_one_change_of_money():
    one, found = (
        edition_of(facts({"a": 40, "b": 40, "c": 40}), 1),
        facts({"a": 40, "b": 40, "c": 40}),
    )
    found.money["a", "process"]["a/0"] += 1
    assert {c.key for c in conflicts(edition_of(found, 2), [one])} == {
        ("a", "costs", "process"),
        ("national", "costs", "process"),
    }
    for n in range(10):
        found.money["a", "process"][f"a/{n}"] += 7
    assert conflicts(edition_of(found, 2), [one]) == []  # ten are enough not to be told apart


def test_an_edition_is_put_whole_or_not_at_all(tmp_path, monkeypatch):
    old = {"a.json": "1", "b.json": "2", files.MANIFEST: "old"}
    files.put(tmp_path, old)
    (tmp_path / "20_public.html").write_text("page")
    written = []

    def failing(path, text, mode=0o644):
        written.append(path.name)
        if path.name == "c.json":
            raise OSError("full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
        patch.setattr(files, "write", failing)
        files.put(tmp_path, {"a.json": "3", "c.json": "4", files.MANIFEST: "new"})
    assert written == ["a.json", "c.json"] and not (tmp_path / files.MANIFEST).exists()
    files.put(tmp_path, {"a.json": "3", "c.json": "4", files.MANIFEST: "new"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.json": "3",
        "c.json": "4",
        "manifest.json": "new",
        "20_public.html": "page",
    }


def test_a_report_is_for_its_owner_and_a_figure_is_never_not_a_number(tmp_path):
    files.write(tmp_path / "report.txt", "é", 0o600)
    assert (tmp_path / "report.txt").read_bytes() == b"\xc3\xa9"
    assert os.name == "nt" or (tmp_path / "report.txt").stat().st_mode & 0o777 == 0o600
    assert files.to_json({"é": [1]}) == '{\n "é": [\n  1\n ]\n}\n'
    with pytest.raises(ValueError, match="[Oo]ut of range"):
        files.to_json(float("nan"))
