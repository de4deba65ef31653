"""The pages on a round's evidence and on the published figures, read as their readers see them."""

import html
import re
import warnings

import pandas as pd
import pytest
import sparse

from larcnb import schema
from larcnb.publish import render_page

WORDS = "I got to say what went in the plan."
TOLD = [
    f"outcome learning child evidenced {WORDS}",
    "outcome learning parent evidenced ",
    "challenge workload practitioner mentioned Two days <b>I</b> do not have.",
]


def authority(slug, name, rows=()):
    """An authority with rows of evidence: strand, theme, perspective, strength and quote."""
    of = sparse.plain(slug, 2, int(slug[-1]), name=name, preset="larc")
    given = ["engagement", "early_years", "multi_agency: one room"]
    made = [(parts := row.split(" ", 4))[:2] + given + parts[2:] for row in rows]
    columns = list(schema.RETURN["evidence"].columns)
    of.tables["evidence"] = pd.DataFrame(made, columns=columns, dtype=str)
    return of


def page(folder, name, *authorities, steps=("01_clean",)):
    """The page of a round of these authorities as HTML, what it says in one line, and its root."""
    root = sparse.World(list(authorities)).write(folder)
    with sparse.at(root), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in authorities:
            for step in steps:
                sparse.run_here(root.notebooks / f"{step}.ipynb", authority=one.slug)
        nb = sparse.run_here(root.notebooks / f"{name}.ipynb", round_name=sparse.ROUND)
    made = render_page(nb, "A page")
    said = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", made)
    return made, html.unescape(" ".join(said.split())), root


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Two of three authorities sent evidence; a child spoke in one of them."""
    sent = [
        authority("la-01", "Alderwick", TOLD),
        authority("la-02", "Brindlesea", ["outcome learning practitioner evidenced "]),
        authority("la-03", "Carrowmere"),
    ]
    return page(tmp_path_factory.mktemp("told"), "11_evidence", *sent)


def test_evidence_is_counted_by_authority_with_its_denominator(told):
    for words in (
        "2 of 3 authorities sent evidence, from at least 4 people",
        "children or young people themselves were heard in 1 of them",
        "Most often reported: learning (2 of 2, 95% confidence interval 34% to 100%)",
        "Propositions: 1 of 1 are supported",
        "The challenge reported most often is workload (1 of 2",
    ):
        assert words in told[1]


def test_a_childs_words_are_shown_without_the_name_of_the_authority_and_not_written_down(told):
    made, said, root = told
    assert WORDS in said and not re.search("Alderwick|Brindlesea|Carrowmere", made)
    assert "<b>I</b>" not in made and "&lt;b&gt;I&lt;/b&gt;" in made
    files = root.processed(f"consortium/{sparse.ROUND}").glob("*.parquet")
    written = {path.stem: pd.read_parquet(path).to_string() for path in files}
    assert "Learning" in written["outcome"] and WORDS not in "".join(written.values())


def test_a_round_without_evidence_has_a_page_of_a_few_sentences(tmp_path):
    made, said, _ = page(tmp_path, "11_evidence", authority("la-01", "Alderwick"))
    assert "No evidence was submitted, so nothing can be concluded." in said
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", made) == ["What the evidence says"]
    assert "<figure" not in made and "<caption" not in made  # frames are the analyst's


def test_published_figures_not_met_say_so_and_that_meeting_them_is_calibration(tmp_path):
    only, steps = authority("la-01", "Alderwick"), ("01_clean", "02_price")
    _, said, _ = page(tmp_path, "12_reproduce_larc4", only, steps=steps)
    for words in (
        "of 78 published figures are met",
        "3.1 Costs and savings: ",
        "Preparation cost, least",
        "Preparation cost, most",
        "✗ NOT MET",
        "is calibration",
    ):
        assert words in said
    assert said.count("There was no comparison group") == 1
    assert not re.search(r"-£|£-|GBP|nought", said)
