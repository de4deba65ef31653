"""The back-test of LARC2: the reconstruction, read and counted by the workbook, meets every count it published."""

import datetime as dt
import importlib

import pandas as pd
import pytest

from larcnb import codes, library, params, returns
from larcnb.consortium import evidence
from larcnb.consortium.evidence import FIGURES
from larcnb.root import WORKBOOK, Root

ROOT = Root(WORKBOOK)
RAW = WORKBOOK / "data" / "raw"
PUBLISHED = library.read_published(ROOT, "larc2")
SLUGS = [slug for slug in params.list_authorities(ROOT) if slug.startswith("l2-")]
AUTHORITIES = params.load_authorities(ROOT, SLUGS)


@pytest.fixture(scope="module")
def read():
    """Each authority's return as the workbook reads it."""
    books = library.load_library(ROOT)
    return {
        slug: returns.read_return(ROOT.raw(slug), slug, books, "larc4", dt.date(2010, 4, 1))
        for slug in SLUGS
    }


@pytest.fixture(scope="module")
def found(read):
    rows = [one.tables["evidence"].assign(authority=slug) for slug, one in read.items()]
    return evidence.gather(pd.concat(rows, ignore_index=True), AUTHORITIES, "Round larc2")


@pytest.fixture(scope="module")
def beside(found):
    return evidence.compare(PUBLISHED, found, "larc2").set_index("id")


def counted(found, strand):
    return evidence.themes(found, strand).set_index("theme")["reported"]


def test_there_are_21_published_figures_and_each_has_one_definition():
    assert len(PUBLISHED) == 21
    assert sorted(PUBLISHED["id"]) == sorted(FIGURES)


@pytest.mark.parametrize("figure", PUBLISHED["id"])
def test_the_published_figure_is_met(beside, figure):
    row = beside.loc[figure]
    assert row["met"], (
        f"{row['wording']}: {row['computed']} is not within {row['low']} to {row['high']}"
    )


def test_the_denominators_are_the_report_s(found):
    assert found.of("outcome") == 20
    assert {found.of(strand) for strand in codes.STRAND if strand != "outcome"} == {24}


@pytest.mark.parametrize("challenge", codes.THEME["challenge"])
def test_each_challenge_is_reported_by_a_minority(found, challenge):
    assert (
        0 < counted(found, "challenge")[challenge] < 12
    )  # "each individual challenge was reported by a minority"


def test_most_authorities_tell_of_schools(found):
    assert (
        found.strand("school")["authority"].nunique() > 12
    )  # "across most of the 24 authority reports"


def test_one_authority_in_four_of_those_with_detail_tells_of_safety(found):
    safe = evidence.domains(found).set_index("domain").loc["stay_safe"]
    assert (safe["reported"], safe["of"]) == (5, 20)


def test_level_four_is_claimed_by_few_and_shown_by_none(found):
    placed = evidence.claims(found)
    assert 0 < (placed["claimed"] == 4).sum() <= 3
    assert placed["shown"].max() == 3  # "None of the reporting LAs demonstrated complete embedding"


def test_every_context_group_and_perspective_is_there(found):
    assert set(found.rows["context"]) == set(codes.CONTEXT)
    assert set(found.rows["outcome_group"]) == set(codes.OUTCOME_GROUP)
    assert set(found.rows["perspective"]) == set(codes.PERSPECTIVE)


def test_some_propositions_are_supported_and_some_are_not(found):
    assert set(evidence.propositions(found)["status"]) == set(evidence.STATUS)


def test_each_study_has_one_context_and_one_group(found):
    assert (
        found.rows.groupby("authority")[["context", "outcome_group"]].nunique().eq(1).all(axis=None)
    )


def test_the_authorities_are_24_of_every_scale_with_places_of_their_own():
    assert [f"l2-{number:02d}" for number in range(1, 25)] == SLUGS
    names = [
        found.name
        for found in params.load_authorities(ROOT, params.list_authorities(ROOT)).values()
    ]
    assert len(set(names)) == len(names)
    kinds = {"unitary authority", "metropolitan district", "London borough", "county council"}
    assert {found.type for found in AUTHORITIES.values()} == kinds
    assert {found.gss_code for found in AUTHORITIES.values()} == {""}


def test_no_return_has_a_problem_of_any_kind_or_a_case(read):
    assert {slug: one.problems for slug, one in read.items() if one.problems} == {}
    assert {len(one.tables["cases"]) for one in read.values()} == {0}


def test_each_folder_opens_with_the_notice():
    firsts = {(ROOT.raw(slug) / "NOTICE.md").read_text("utf-8").splitlines()[0] for slug in SLUGS}
    assert len(firsts) == 1
    assert "synthetic reconstruction of LARC2" in firsts.pop()


def test_the_program_makes_the_same_bytes_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(RAW)
    importlib.import_module("reconstruct_larc2").main(tmp_path)
    made = {
        path.relative_to(tmp_path): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    kept = {path.relative_to(RAW): path.read_bytes() for path in RAW.glob("l2-*/*")}
    assert sorted(made) == sorted(kept)
    assert [str(name) for name in made if made[name] != kept[name]] == []


def test_nobody_has_two_rows_for_one_theme_beyond_those_who_took_part(found):
    """Everybody was asked about engagement, so no theme has more rows than that one, in any study and perspective."""
    rows = (
        found.rows.groupby(["authority", "perspective", "strand", "theme"], observed=True)
        .size()
        .unstack("theme")
    )
    asked = rows.xs("factor", level="strand")["engaging_families"]
    most = rows.groupby(level=["authority", "perspective"], observed=True).max().max(axis=1)
    assert (most <= asked).all()
    assert evidence.participants(found).to_numpy().sum() == asked.sum()
