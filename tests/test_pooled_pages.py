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
COLUMNS = list(schema.RETURN["evidence"].columns)


def evidence(*rows):
    """Rows of strand, theme, perspective, strength and quote."""
    made = [
        (strand, theme, "engagement", "early_years", "multi_agency: one room", who, strength, quote)
        for strand, theme, who, strength, quote in rows
    ]
    return pd.DataFrame(made, columns=COLUMNS, dtype=str)


def authority(slug, name, rows):
    of = sparse.plain(slug, 2, int(slug[-1]), name=name, preset="larc")
    of.tables["evidence"] = evidence(*rows)
    return of


def page(folder, name, *authorities, clean_only=False):
    """The page of a round of these authorities, as HTML."""
    root = sparse.World(list(authorities)).write(folder)
    with sparse.at(root), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in authorities:
            for step in ("01_clean", "02_price")[: 1 if clean_only else 2]:
                sparse.run_here(root.notebooks / f"{step}.ipynb", authority=one.slug)
        nb = sparse.run_here(root.notebooks / f"{name}.ipynb", round_name=sparse.ROUND)
    return render_page(nb, "A page"), root


def read(page):
    """What a page says, in one line."""
    return html.unescape(
        " ".join(
            re.sub(
                r"<(script|style|details class=\"code\").*?</\1>|<[^>]*>", " ", page, flags=re.S
            ).split()
        )
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Two of three authorities sent evidence; a child spoke in one of them."""
    return page(
        tmp_path_factory.mktemp("told"),
        "11_evidence",
        authority(
            "la-01",
            "Alderwick",
            [
                ("outcome", "learning", "child", "evidenced", WORDS),
                ("outcome", "learning", "parent", "evidenced", ""),
                (
                    "challenge",
                    "workload",
                    "practitioner",
                    "mentioned",
                    "Two days <b>I</b> do not have.",
                ),
            ],
        ),
        authority(
            "la-02", "Brindlesea", [("outcome", "learning", "practitioner", "evidenced", "")]
        ),
        authority("la-03", "Carrowmere", []),
        clean_only=True,
    )


def test_evidence_is_counted_by_authority_with_its_denominator(told):
    said = read(told[0])
    assert "2 of 3 authorities sent evidence, from at least 4 people" in said
    assert "children or young people themselves were heard in 1 of them" in said
    assert "Most often reported: learning (2 of 2, 95% confidence interval 34% to 100%)" in said
    assert "Propositions: 1 of 1 are supported" in said
    assert "The challenge reported most often is workload (1 of 2" in said
    assert "Allow" in said.title() and "1 of 2 authorities" in said


def test_a_child_s_words_are_shown_without_the_name_of_the_authority(told):
    assert WORDS in read(told[0])
    assert not re.search("Alderwick|Brindlesea|Carrowmere", told[0])
    assert "<b>I</b>" not in told[0] and "&lt;b&gt;I&lt;/b&gt;" in told[0]


def test_what_the_evidence_notebook_writes_down_holds_no_words(told):
    written = (told[1].processed(f"consortium/{sparse.ROUND}") / "evidence.json").read_text("utf-8")
    assert '"sent_evidence": 2' in written and WORDS not in written


def test_a_round_without_evidence_has_a_page_of_a_few_sentences(tmp_path):
    html_page, _ = page(
        tmp_path, "11_evidence", authority("la-01", "Alderwick", []), clean_only=True
    )
    said = read(html_page)
    assert "No evidence was submitted, so nothing can be concluded." in said
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", html_page) == ["What the evidence says"]
    assert (
        "<figure" not in html_page and "<caption" not in html_page
    )  # frames are the analyst's, out of sight


def test_published_figures_not_met_say_so_and_that_meeting_them_is_calibration(tmp_path):
    html_page, _ = page(tmp_path, "12_reproduce_larc4", authority("la-01", "Alderwick", []))
    said = read(html_page)
    assert "of 78 published figures are met" in said and "3.1 Costs and savings: " in said
    assert "Preparation cost, least" in said and "Preparation cost, most" in said
    assert (
        "✗ NOT MET" in said
        and "is calibration" in said
        and said.count("There was no comparison group") == 1
    )
    assert not re.search(r"-£|£-|GBP|nought", said)
