"""The back-test: the reconstructions, read and priced by the workbook, meet every figure LARC4 and LARC2 published."""

import datetime as dt
import importlib
from types import SimpleNamespace

import pandas as pd
import pytest

from larcnb import codes, costing, library, params, returns
from larcnb.consortium import evidence, published
from larcnb.root import WORKBOOK, Root

ROOT = Root(WORKBOOK)
RAW = WORKBOOK / "data" / "raw"
BOOKS = library.load_library(ROOT)
PRINTED = {study: library.read_published(ROOT, study) for study in ("larc4", "larc2")}
FIGURES = [(study, figure) for study, printed in PRINTED.items() for figure in printed["id"]]
PLACES = {"larc4": "la", "larc2": "l2"}
SENT = {"larc4": dt.date(2012, 3, 1), "larc2": dt.date(2010, 4, 1)}
STUDIES = pytest.mark.parametrize("study", PRINTED)
KNOWN = params.list_authorities(ROOT)
SLUGS = {study: [s for s in KNOWN if s.startswith(place)] for study, place in PLACES.items()}


@pytest.fixture(scope="module")
def read():
    """Each authority's return as the workbook reads it, by study."""

    def of(study, slug):
        return returns.read_return(ROOT.raw(slug), slug, BOOKS, "larc4", SENT[study])

    return {study: {slug: of(study, slug) for slug in slugs} for study, slugs in SLUGS.items()}


@pytest.fixture(scope="module")
def cases(read):
    """LARC4's appraised cases under each authority's own params."""
    found = []
    for slug, authority in params.load_authorities(ROOT, SLUGS["larc4"]).items():
        own, prices = read["larc4"][slug].tables, BOOKS.prices("larc4", authority.price_base)
        of = prices, params.assumptions_for(ROOT, authority)
        ledger = costing.price_return(own, BOOKS, *of)
        found.append(costing.appraise(own, BOOKS, ledger, *of).assign(authority=slug))
    return pd.concat(found, ignore_index=True)


def pooled(read, study, name):
    frames = [of.tables[name].assign(authority=slug) for slug, of in read[study].items()]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def told(read):
    authorities = params.load_authorities(ROOT, SLUGS["larc2"])
    return evidence.Evidence(pooled(read, "larc2", "evidence"), authorities, "Round larc2")


@pytest.fixture(scope="module")
def beside(read, cases, told):
    tables = {name: pooled(read, "larc4", name) for name in read["larc4"]["la-01"].tables}
    run = SimpleNamespace(authorities=SLUGS["larc4"], tables=tables, library=BOOKS)
    four = published.compare(PRINTED["larc4"], run, cases)
    two = evidence.compare(PRINTED["larc2"], told, "larc2")
    return {"larc4": four.set_index("id"), "larc2": two.set_index("id")}


def test_there_are_78_and_21_published_figures_and_each_has_one_definition():
    assert {study: len(printed) for study, printed in PRINTED.items()} == {"larc4": 78, "larc2": 21}
    for study, printed in PRINTED.items():
        assert sorted(printed["id"]) == sorted(published.definitions(study).index)


@pytest.mark.parametrize(("study", "figure"), FIGURES)
def test_the_published_figure_is_met(beside, study, figure):
    row = beside[study].loc[figure]
    said = f"{row['wording']}: {row['computed']} is not within {row['low']} to {row['high']}"
    assert row["met"], said


def test_who_took_part_and_what_they_sent(read):
    assert [f"la-{number:02d}" for number in range(1, 13)] == SLUGS["larc4"]
    assert [f"l2-{number:02d}" for number in range(1, 25)] == SLUGS["larc2"]
    cases = {slug: len(of.tables["cases"]) for slug, of in read["larc4"].items()}
    assert cases.pop("la-12") == 0 and set(cases.values()) == {3, 4}
    assert {len(of.tables["cases"]) for of in read["larc2"].values()} == {0}
    (book,) = RAW.glob("la-*/return.xlsx")  # one is a workbook, without a CSV beside
    assert not [*book.parent.glob("*.csv")]


def test_no_return_has_an_error_and_only_the_published_extremes_are_asked_about(read):
    problems = [problem for of in read["larc4"].values() for problem in of.problems]
    assert {problem.severity for problem in problems} == {"warning"}
    asked = {(problem.file.split("/")[0], problem.code) for problem in problems}
    far = {(slug, "far-from-others") for slug in ("la-02", "la-10")}
    assert asked == far | {(slug, "unlikely-value") for slug in ("la-01", "la-08", "la-10")}
    assert not any(of.problems for of in read["larc2"].values())


@STUDIES
def test_each_folder_opens_with_the_notice(study):
    notices = {ROOT.notice(slug) for slug in SLUGS[study]}
    assert len(notices) == 1 and "synthetic reconstruction" in notices.pop()


@STUDIES
def test_the_program_makes_the_same_bytes_again(tmp_path, monkeypatch, study):
    monkeypatch.syspath_prepend(RAW)
    importlib.import_module(f"reconstruct_{study}").main(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.glob("*/*")}
    kept = {path.relative_to(RAW): path.read_bytes() for path in RAW.glob(f"{PLACES[study]}-*/*")}
    assert made == kept


TOLD = {
    "Toby": "parent_breakdown 1, looked_after 1",
    "Sam": "parent_breakdown 1, behaviour_deteriorating 2, school_work_decline 1, residential_placement 2",
    "Jamie": "family_breakdown 5, emotional_distress 5, school_work_decline 1, social_care_contacts 1",
}


@pytest.mark.parametrize("case_id", TOLD)
def test_a_case_study_has_the_futures_the_report_tells(read, case_id):
    own = pooled(read, "larc4", "moderation").query("case_id == @case_id")
    said = {f"{row.future} {row.people}" for row in own.itertuples()}
    assert said == set(TOLD[case_id].split(", ")) and set(own["accepted"]) == {"yes"}


def test_larc2_s_evidence_is_what_its_report_says(told):
    assert told.of("outcome") == 20
    assert {told.of(strand) for strand in codes.STRAND if strand != "outcome"} == {24}
    # "each individual challenge was reported by a minority"
    assert evidence.themes(told, "challenge")["reported"].between(1, 11).all()
    # "across most of the 24 authority reports"
    assert told.strand("school")["authority"].nunique() > 12
    safe = evidence.domains(told).set_index("domain").loc["stay_safe"]
    assert (safe["reported"], safe["of"]) == (5, 20)
    placed = evidence.claims(told)
    assert 0 < (placed["claimed"] == 4).sum() <= 3
    assert placed["shown"].max() == 3  # "None of the reporting LAs demonstrated complete embedding"
    assert set(evidence.propositions(told)["status"]) == set(evidence.STATUS)
