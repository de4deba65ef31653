"""A small run of the attack: nothing small recovered, nothing hidden with fewer values than it must have."""

import sys

import pytest

from benchmarks.attack_campaign import KINDS, campaign


@pytest.fixture(scope="module")
def sums():
    return campaign([1, 2, 4, 6, 12, 13], 8) + campaign([36], 60)


def test_no_small_count_is_recovered_from_what_is_published(sums):
    assert sums["hidden"] > 300 and sums["releases"] > sums["sets"] == 7
    assert (sums["recovered"], sums["narrow"], sums["told before"]) == (0, 0, 2)


def test_no_sum_of_money_that_one_family_dominates_is_told_closely(sums):
    assert sums["sums"] > 0 == sums["told"]


def test_four_in_five_safe_cells_and_more_are_shown(sums):
    assert sums["safe shown"] / sums["safe"] >= 0.8


@pytest.mark.parametrize("without", ["suppress_secondary", "met_before"])
def test_an_edition_without_its_guards_is_broken_by_the_same_attacker(without, monkeypatch):
    stand_in = {
        "suppress_secondary": lambda made, past: 0,
        "met_before": lambda entries: sys.modules["larcnb.disclosure.families"].Linker(),
    }
    monkeypatch.setattr(sys.modules["larcnb.disclosure.release"], without, stand_in[without])
    assert campaign([KINDS.index("fewer"), KINDS.index("more")], 8)["narrow"] > 0
