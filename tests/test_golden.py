"""What was frozen on 2026-11-29: ledger and cases of preset larc may not move, and the comparison tells what did."""

import json

import pytest
from golden import __main__ as golden
from golden import pages, results

from larcnb import costing, library, params, returns
from larcnb.root import WORKBOOK, Root

ROOT = Root(WORKBOOK)
EXACT = golden.frozen("exact")


@pytest.fixture(scope="module")
def priced():
    """Ledger and cases of every committed authority as the workbook makes them now, under preset larc."""
    books, out = library.load_library(ROOT), {}
    assumptions = params.load_preset(ROOT, "larc").assumptions
    for slug in params.list_authorities(ROOT):
        authority = params.load_authority(ROOT, slug)
        tables = returns.read_return(ROOT.raw(slug), slug, books, authority.vintage).tables
        prices = books.prices(authority.vintage, authority.price_base)
        ledger = costing.price_return(tables, books, prices, assumptions)
        out[f"{slug}/ledger"] = results.whole(ledger)
        cases = costing.appraise(tables["cases"], tables["children"], ledger, prices, assumptions)
        out[f"{slug}/cases"] = results.whole(cases)
    return out


def test_every_ledger_and_case_of_preset_larc_is_as_frozen_in_every_old_column(priced):
    assert priced.keys() >= EXACT.keys()
    # DATA.md: weight is blank on lines at 0 with a note, where it was 0.
    allowed = (
        "columns new: chance, prevented",
        "columns new: family_id, end_reason, told_long, benefit_cost_ratio",
        "weight: 0.0 -> blank",
    )
    moved = {
        name: [
            line
            for line in golden.compare(EXACT[name], priced[name])
            if not line.endswith(allowed)
            and not (name.startswith("l2-") and line.startswith("columns new"))
        ]
        for name in EXACT
    }
    assert {name: lines for name, lines in moved.items() if lines} == {}


def test_a_page_is_read_as_headings_sentences_captions_alt_texts_and_cells():
    html = """<body><nav><p>All pages</p></nav><h2>Savings</h2><p>It <b>saves</b>. Or not.</p><script>var x</script>
    <figure><figcaption>Most save.</figcaption><img alt="Bars. A 1."></figure><details class="code"><p>code</p></details>
    <table><caption>By case</caption><tr><th scope="col">Case</th><th scope="col">£</th></tr>
    <tr><th scope="row">A</th><td>1</td></tr></table></body>"""
    assert pages.read_page(html) == [
        "heading: Savings",
        "says: It saves.",
        "says: Or not.",
        "figure: Most save.",
        "alt: Bars. A 1.",
        "table: By case",
        "columns: Case | £",
        "row: A | 1",
    ]


def test_a_difference_names_the_table_the_row_the_column_and_both_values():
    old = [
        "heading: Savings",
        "table: By case",
        "columns: Case | £",
        "row: A | 1",
        "row: B | 2",
        "says: Good.",
    ]
    new = [
        "heading: Savings",
        "table: By case",
        "columns: Case | £",
        "row: A | 1",
        "row: B | 3",
        "says: Bad.",
        "says: So.",
    ]
    assert golden.compare(old, new) == [
        "[table: By case]",
        "row B, £: 2 -> 3",
        "- says: Good.",
        "+ says: Bad.",
        "+ says: So.",
    ]


def test_a_cell_that_moves_and_a_column_and_a_row_that_come_or_go_are_told():
    old = {
        "columns": ["case_id", "inputs", "weight"],
        "rows": [["A", "1.0", "1"], ["B", "2.0", "1"]],
    }
    new = {
        "columns": ["case_id", "inputs", "chance"],
        "rows": [["A", "1.5", "1"], ["C", "2.0", "1"]],
    }
    assert golden.compare(old, new) == [
        "columns gone: weight",
        "columns new: chance",
        "row 1 (A), inputs: 1.0 -> 1.5",
        "row 2 gone: B | 2.0",
        "row 2 new: C | 2.0",
    ]
    assert golden.compare(json.loads(json.dumps(old)), old) == []
