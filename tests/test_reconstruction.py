"""The back-test: the reconstruction, read and priced by the workbook, meets every figure LARC4 published."""

import datetime as dt
import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from larcnb import costing, library, params, returns
from larcnb.consortium import published
from larcnb.root import Root

ROOT = Root(Path(__file__).resolve().parent.parent)
RAW = ROOT.path / "data" / "raw"
PUBLISHED = library.read_published(ROOT, "larc4")
SLUGS = [slug for slug in params.list_authorities(ROOT) if slug.startswith("la-")]
TODAY = dt.date(2012, 3, 1)


@pytest.fixture(scope="module")
def books():
    return library.load_library(ROOT)


@pytest.fixture(scope="module")
def read(books):
    """Each authority's return as the workbook reads it."""
    return {
        slug: returns.read_return(ROOT.raw(slug), slug, books, "larc4", TODAY) for slug in SLUGS
    }


@pytest.fixture(scope="module")
def whole(books, read):
    """All authorities' tables and appraised cases under their own params, each with its authority."""
    tables, cases = {}, []
    for authority in params.load_authorities(ROOT, SLUGS).values():
        own = read[authority.slug].tables
        prices = books.prices(authority.vintage, authority.price_base)
        assumptions = params.assumptions_for(ROOT, authority)
        ledger = costing.price_return(own, books, prices, assumptions)
        appraised = costing.appraise(own["cases"], own["children"], ledger, prices, assumptions)
        cases.append(appraised.assign(authority=authority.slug))
        for name, frame in own.items():
            tables.setdefault(name, []).append(frame.assign(authority=authority.slug))
    joined = {name: pd.concat(frames, ignore_index=True) for name, frames in tables.items()}
    return joined, pd.concat(cases, ignore_index=True)


@pytest.fixture(scope="module")
def beside(books, whole):
    return published.compare(PUBLISHED, SLUGS, *whole, books.futures).set_index("id")


def test_there_are_78_published_figures_and_each_has_one_definition():
    assert len(PUBLISHED) == 78
    assert sorted(PUBLISHED["id"]) == sorted(published.FIGURES)


@pytest.mark.parametrize("figure", PUBLISHED["id"])
def test_the_published_figure_is_met(beside, figure):
    row = beside.loc[figure]
    assert row["met"], (
        f"{row['wording']}: {row['computed']} is not within {row['low']} to {row['high']}"
    )


def test_twelve_authorities_took_part_and_the_last_sent_nothing(read):
    assert [f"la-{number:02d}" for number in range(1, 13)] == SLUGS
    assert [slug for slug in SLUGS if read[slug].tables["cases"].empty] == ["la-12"]


def test_each_reporting_authority_has_three_or_four_cases(read):
    assert {len(read[slug].tables["cases"]) for slug in SLUGS[:-1]} == {3, 4}


def test_no_return_has_an_error_and_only_the_published_extremes_are_asked_about(read):
    told = {
        slug: sorted({problem.code for problem in one.problems})
        for slug, one in read.items()
        if one.problems
    }
    assert all(problem.severity == "warning" for one in read.values() for problem in one.problems)
    assert told == {
        "la-01": ["unlikely-value"],
        "la-02": ["far-from-others"],
        "la-08": ["unlikely-value"],
        "la-10": ["far-from-others", "unlikely-value"],
    }


def test_exactly_one_return_is_a_workbook_and_no_folder_has_both_forms():
    books = [path.parent for path in RAW.glob("la-*/return.xlsx")]
    assert len(books) == 1
    assert not list(books[0].glob("*.csv"))


def test_each_folder_opens_with_the_notice():
    firsts = {(ROOT.raw(slug) / "NOTICE.md").read_text("utf-8").splitlines()[0] for slug in SLUGS}
    assert len(firsts) == 1
    assert "synthetic reconstruction" in firsts.pop()


def test_the_program_makes_the_same_bytes_again(tmp_path):
    where = RAW / "reconstruct_larc4.py"
    spec = importlib.util.spec_from_file_location(where.stem, where)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    program.main(tmp_path)
    made = {
        path.relative_to(tmp_path): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    kept = {path.relative_to(RAW): path.read_bytes() for path in RAW.glob("la-*/*")}
    assert sorted(made) == sorted(kept)
    assert [str(name) for name in made if made[name] != kept[name]] == []


def test_the_example_authority_shows_what_the_pages_explain(read, whole):
    tables, (_, cases) = read["la-01"].tables, whole
    own = cases[(cases["authority"] == "la-01") & (cases["costed"] == "yes")]
    assert len(own) >= 4
    assert "Toby" in set(own["case_id"])
    assert (own["unpriced_futures"] > 0).any()
    assert (own["saving_long"] < 0).any()
    assert (tables["interventions"]["status"] != "delivered").any()
    assert (tables["moderation"]["accepted"] == "no").any()


@pytest.mark.parametrize(
    ("case_id", "futures"),
    [
        ("Toby", {"parent_breakdown": 1, "looked_after": 1}),
        (
            "Sam",
            {
                "parent_breakdown": 1,
                "behaviour_deteriorating": 2,
                "school_work_decline": 1,
                "residential_placement": 2,
            },
        ),
        (
            "Jamie",
            {
                "family_breakdown": 5,
                "emotional_distress": 5,
                "school_work_decline": 1,
                "social_care_contacts": 1,
            },
        ),
    ],
)
def test_a_case_study_has_the_futures_the_report_tells(whole, case_id, futures):
    agreed = whole[0]["moderation"]
    own = agreed[agreed["case_id"] == case_id]
    assert dict(zip(own["future"], own["people"], strict=True)) == futures
    assert set(own["accepted"]) == {"yes"}


def test_every_return_can_be_priced_in_the_current_vintage_too(books, read):
    assumptions = params.load_preset(ROOT, "larc").assumptions
    prices = books.prices("current", "2024-25")
    for one in read.values():
        ledger = costing.price_return(one.tables, books, prices, assumptions)
        assert not ledger.loc[ledger["stage"] != "future", "amount"].isna().any()
        unpriced = set(ledger.loc[ledger["amount"].isna(), "element"])
        assert unpriced <= {
            "school_work_decline",
            "family_breakdown",
            "emotional_distress",
            "suicide",
        }
