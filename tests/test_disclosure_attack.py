"""A small run of the attack: nothing small recovered, nothing hidden with fewer than five possible values."""

import attacker
import pytest
from attack_campaign import campaign, score
from disclosure_worlds import World, draw_releases


@pytest.fixture(scope="module")
def sums():
    return campaign([1, 2, 6, 7, 9, 13, 14, 16], 12, ["told"])


def test_no_small_count_is_recovered_from_what_is_published(sums):
    assert sums["hidden"] > 300
    assert (sums["recovered"], sums["narrow"]) == (0, 0)


def test_no_sum_of_money_that_one_family_dominates_is_told_closely(sums):
    assert sums["sums"] > 0
    assert sums["money"] == 0


def test_four_in_five_safe_cells_and_more_are_shown(sums):
    assert sums["shown"] / sums["safe"] >= 0.8
    assert sums["plain_shown"] / sums["plain_safe"] >= 0.8


def test_an_edition_without_the_audit_is_broken_by_the_same_attacker(monkeypatch):
    import sys

    from larcnb.disclosure.protect import Course

    monkeypatch.setattr(
        sys.modules["larcnb.disclosure.release"], "protect", lambda draft, past: Course()
    )
    found = [score(draw_releases(seed, 12)[0], "told") for seed in (1, 7, 8, 14, 15, 21, 22)]
    assert sum(narrow for _, narrow, _ in found) > 0


def test_the_attacker_sees_through_what_it_should():
    mind = attacker.Attacker()
    one, two = mind.figure("one", 1, 7), mind.figure("two", 8, 12)
    mind.total([(one, 1), (two, 1)], 8, 9)
    assert mind.possible([[(one, 1)]], 5) == [(1, 1)]


def test_nothing_is_published_of_nothing():
    assert World().releases == []
