"""Sparse and odd returns: every page is made, and says in plain words what is not there. ``sparse.py`` has many more."""

import re
import shutil

import pytest
import sparse
from test_publish_edition import larcnb

BY_COMMAND = {
    "nothing_priced": ("batch", "--round", sparse.ROUND, "--jobs", "1"),
    "nothing_sent": ("run", "la-01"),
}


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """The handful of roots, each made once when it is asked for: its folder, and what the command said."""
    made = {}

    def of(name):
        if name not in made:
            folder, world, said = tmp_path_factory.mktemp("sparse") / name, sparse.FEW[name](), ""
            if name in BY_COMMAND:
                world.write(folder)
                code, said = larcnb(*BY_COMMAND[name], "--root", folder)
                assert code == 0, said
            else:
                sparse.make(world, folder)
            made[name] = folder, said
        return made[name]

    return of


def text(folder, page):
    """All that a page says, in one line."""
    return " ".join(sparse.said_on_page((folder / "reports" / page).read_text("utf-8")))


@pytest.mark.parametrize("name", list(sparse.FEW))
def test_every_page_of_a_sparse_root_is_made_and_says_nothing_a_program_would(looked, name):
    assert sparse.look(looked(name)[0]) == []


def test_costed_cases_without_a_line_with_a_price_are_told_once_and_save_nothing(looked):
    page = text(looked("nothing_priced")[0], "la-01/04_findings.html")
    assert (
        "with no line that has a price, so nothing can be said of what was spent or saved." in page
    )
    assert page.count("nothing can be said") == 1
    for untrue in (
        "help saves",
        "paid back within",
        "must have prevented",
        "in 100",
        "What to do",
        "£0 to £0",
    ):
        assert untrue not in page, untrue


def test_futures_without_a_cost_beside_them_are_no_proof_that_help_pays(looked):
    page = text(looked("halves")[0], "la-01/04_findings.html")
    assert (
        "No cost of the early help process or its support was recorded in the 1 costed case" in page
    )
    assert "so whether help pays cannot be said." in page
    assert "paid back" not in page and "What to do" not in page and "help saves" not in page


def test_a_cost_without_futures_is_told_as_a_cost(looked):
    page = text(looked("halves")[0], "la-02/04_findings.html")
    assert "No future avoided in the 1 costed case has a price" in page
    assert "which says nothing of what was gained." in page
    assert "make a net cost: 1 of 1 over" in page and "paid back" not in page


def test_what_is_not_there_is_a_sentence_in_the_place_of_its_table(looked):
    folder, _ = looked("nothing_priced")
    clean, price = (text(folder, f"la-01/{name}.html") for name in ("01_clean", "02_price"))
    for said in (
        "Warnings to check",
        "Each future as reported and moderated",
        "Where every line goes",
    ):
        assert re.search(f"{said}\\.[^|]*: nothing to show\\.", clean), said
    assert (
        re.search("Unmet need[^|]*: nothing to show\\.", price)
        and "The ledger has no lines." in price
    )
    found = text(folder, "la-01/04_findings.html")
    for empty in ("Unmet need for support", "Futures that count", "Reported but not counted"):
        assert re.search(rf"{empty}[^.]*\.[^:]*: nothing to show", found), empty


def test_an_authority_alone_in_its_round_has_no_chart_of_the_others(looked):
    page = (looked("unpriced")[0] / "reports/la-01/05_standing.html").read_text("utf-8")
    assert "No other authority takes part in the round yet" in page and "<img" not in page


def test_without_any_rate_the_round_says_so_in_place_of_beliefs_beside_rates(looked):
    assert "No future with a known rate was counted." in text(
        looked("nothing_priced")[0], "consortium-sparse/10_consortium.html"
    )


def test_a_sparse_root_is_verified_compared_and_published_by_the_command(looked, tmp_path):
    folder, _ = looked("nothing_priced")
    pages = {path.name for path in (folder / "reports/la-01").iterdir()}
    assert {"04_findings.html", "05_standing.html", "results.xlsx"} <= pages
    assert larcnb("verify", folder / "reports/la-01/02_price.html", "--root", folder)[0] == 0
    code, said = larcnb("publish", "--round", sparse.ROUND, "--root", folder)
    assert code in (0, 4) and "not your mistake" not in said
    shutil.copytree(folder, tmp_path / "old")
    code, said = larcnb("compare", tmp_path / "old", folder)
    assert code == 0 and not sparse.amiss(said.splitlines())


def test_an_authority_alone_in_its_round_is_not_told_of_others(looked):
    said = looked("nothing_sent")[1]
    assert "Alone in its round so far" in said and "others" not in said, said
