"""What others published, beside rounds small enough to count by hand; rounds side by side."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from cases import each, read, table

from larcnb.consortium import published
from larcnb.consortium.rounds import side_by_side
from larcnb.errors import LarcError
from larcnb.library import read_published
from larcnb.params import Authority
from larcnb.root import WORKBOOK, Root

ROOT = Root(WORKBOOK)
STEPS = read_published(ROOT, "caf_steps")
SMALL = {name: table(text) for name, text in read("published")["tables"].items()}
CASES, BOOKS = SMALL["appraised"], SimpleNamespace(futures=SMALL["library"])
RUN = SimpleNamespace(authorities=("A", "B", "C"), tables=SMALL, library=BOOKS)


def compare(*figures):
    rows = [(key, "2", "all", "a", "count", "its words", *ends, "cases") for key, *ends in figures]
    return published.compare(pd.DataFrame(rows, columns=published.PRINTED), RUN, CASES)


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


# The independent cost


def beside(started, closed, meetings, price_base="2010-11"):
    key = {"authority": ["a"], "case_id": ["c1"]}
    counts = pd.DataFrame(key | {"process": 2000.0, "meetings": meetings})
    dated = pd.DataFrame(key | {"started": started, "closed": closed})
    deflators = table("year,index\n2010-11,100\n2011-12,110")
    books = SimpleNamespace(deflators=deflators)
    return published.compare_steps(counts, dated, STEPS, books, price_base)


def test_steps_by_hand():
    row = beside("2010-04-01", "2010-10-01", 3).iloc[0]
    months = 183 / (365.25 / 12)
    assert row["months"] == pytest.approx(months)
    assert row["steps"] == pytest.approx(22 + 204 + 223 + 2 * 197 + 165 * months + 84, abs=0.005)
    assert row["whole"] == 1515
    none, one = (beside("2010-04-01", "2010-04-01", n).iloc[0] for n in (0, 1))
    assert (none["steps"], one["steps"]) == (310, 533)
    later = beside("2010-04-01", "2010-04-01", 1, "2011-12").iloc[0]
    assert later["steps"] == pytest.approx(586.30) and later["whole"] == pytest.approx(1666.50)
    assert beside("2010-04-01", None, 2).empty  # an open case is not compared


# Beliefs beside known rates

RATES = table(
    """future,person,comparison_share,programme_share,months,population,source,confidence
    care,child,0.025,0.017,24,families,study,verified
    home,child,0.025,0.017,24,families,study,assumed
    jail,adult,0.016,0.012,24,adults,study,verified"""
)
LIBRARY = table("future,label,overlap_group\nhome,A home,in_care\ncare,Care,in_care\njail,Prison,")


def rated(rows, rates=RATES, library=LIBRARY, **persons):
    """Beliefs of futures that count: authority, case, code and, unless it is 1, of how many people."""
    columns = ["authority", "case_id", "future", "people"]
    judged = pd.DataFrame([(*row.split(), 1)[:4] for row in rows], columns=columns)
    judged = judged.astype({"people": int}).assign(chance=0.7)
    return published.compare_beliefs(judged, library, rates, persons).set_index("label")


def test_futures_that_stand_for_each_other_are_one_family_and_one_row():
    found = rated(["a c1 care", "a c1 home", "b c1 home", "b c2 jail"], child=20, adult=10)
    assert found["told"].to_dict() == {"Care": 2, "Prison": 1}
    assert found["believed"].tolist() == [0.1, 0.1]
    assert found["futures"].tolist() == ["care home", "jail"]


def test_children_are_compared_with_children_and_adults_nobody_counted_with_nobody():
    found = rated(["a c1 care 2", "a c1 home 1", "b c1 care 3", "b c2 jail 2"], child=50, family=20)
    assert found.loc["Care", ["told", "persons", "believed"]].tolist() == [5, 50, 0.1]
    assert found.loc["Prison", "told"] == 2
    assert found.loc["Prison", ["persons", "believed", "low"]].isna().all()


# Counts cap beliefs


def test_the_counts_cap_what_was_believed_by_hand():
    blank = np.nan
    of = {"told": [8, 1, 8, 0, 2], "persons": [93.0] * 4 + [blank]}
    some = pd.DataFrame(of | {"chance": [0.7, 0.5, 0.2, blank, 0.9], "comparison_share": 0.025})
    found = published.counts_cap_beliefs(some)
    bound = [0.290625, 2.325, 0.290625]  # 0.025 x 93 / 8
    assert found["bound"].tolist()[:3] == pytest.approx(bound)
    assert found["cap"].tolist()[:3] == pytest.approx([0.290625, 0.5, 0.2])  # never above belief
    assert found[["bound", "cap"]].iloc[3:].isna().all(axis=None)


# Rounds side by side


def test_rounds_keep_what_was_published_and_what_is_here_apart():
    printed = table(
        """round,year,authorities,cases,wording,source
        larc2,2009,24,,level two,a
        larc3,2010,21,78,no level,b
        larc4,2011,12,39,embedded,c"""
    )
    members = [("a1", "larc4", 3), ("a2", "larc4", None), ("a3", "larc9", 4), ("a4", "", 1)]
    everyone = {
        slug: Authority(slug, slug, "larc4", "2010-11", "larc", round=name, impact_level=level)
        for slug, name, level in members
    }
    some = table("authority,costed\na1,yes\na1,no\na2,yes")
    found = side_by_side(everyone, printed, some).set_index("round")
    assert found.index.tolist() == ["larc2", "larc3", "larc4", "larc9"]
    known = ["authorities", "cases", "here", "sent", "costed"]
    assert found.loc["larc4", known].tolist() == [12, 39, 3, 3, 2]  # no round is the workbook's own
    levels = ["level_1", "level_2", "level_3", "level_4", "none"]
    assert found.loc["larc4", levels].tolist() == [1, 0, 1, 0, 1]
    assert found.loc["larc3", [*known[2:], *levels]].eq(0).all()  # only published: none is invented
    assert found.loc["larc9", [*known, "level_4"]].tolist() == [1, 0, 1, 0, 0, 1]
