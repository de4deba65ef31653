"""The definitions of the published figures, on a round small enough to count by hand."""

from types import SimpleNamespace

import pandas as pd
import pytest
from cases import each, read, table

from larcnb.consortium import published
from larcnb.errors import LarcError

SMALL = {name: table(text) for name, text in read("published")["tables"].items()}
CASES, BOOKS = SMALL["appraised"], SimpleNamespace(futures=SMALL["library"])
RUN = SimpleNamespace(authorities=("A", "B", "C"), tables=SMALL, library=BOOKS)


def compare(*figures):
    rows = [(key, "2", "all", "a", "count", "its words", *ends, "cases") for key, *ends in figures]
    printed = pd.DataFrame(rows, columns=published.PRINTED)
    return published.compare(printed, RUN, CASES)


@each("figure by_hand", "published", "figures")
def test_a_figure_by_hand(figure, by_hand):
    found = compare((figure, 0, 99))
    assert found["computed"].item() == pytest.approx(by_hand, nan_ok=True)
    assert found["met"].item() == (by_hand == by_hand)


@pytest.mark.parametrize(
    ("low", "high", "met"), [(3, 3, True), (2, 4, True), (3.5, 4, False), (1, 2.99, False)]
)
def test_a_figure_is_met_within_its_interval_ends_included(low, high, met):
    found = compare(("n_authorities_participating", low, high), ("n_costed", 32, 32))
    assert found["met"].tolist() == [met, False]
    assert found["id"].tolist() == ["n_authorities_participating", "n_costed"]
    assert found.columns.tolist() == published.COLUMNS


def test_a_published_figure_without_a_definition_is_refused_by_name():
    with pytest.raises(LarcError, match=r"1 published figure\(s\): n_wizards\. Add each"):
        compare(("n_wizards", 1, 1), ("n_costed", 32, 32))


def test_the_figures_stand_by_section_with_least_and_most_told_apart_and_a_tick():
    printed = pd.DataFrame(read("published")["printed"], columns=published.COLUMNS[1:])
    two, three, cases = map(str, published.by_section(printed.assign(id="x")))
    assert two.splitlines()[0] == "2.2 Meetings: 1 of 1 met."
    assert "Meetings, mean | three to four | 3 to 4 meetings | 3.82 | ✓\xa0met" in two
    firsts = [line.partition(" |")[0] for line in three.splitlines()[2:]]
    assert firsts == ["Preparation cost, least", "Preparation cost, most", "Saving, least"]
    assert "| −£14,049.99 to −£13,950.00 | −£15,000 | ✗ NOT MET" in three  # true minus signs
    assert "Saving, Toby | £299000 | £298,500 to £299,500 | – | ✗ NOT MET" in cases
