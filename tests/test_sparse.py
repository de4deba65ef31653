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


@pytest.mark.parametrize(
    ("root", "page", "said", "untrue"),
    [
        (
            "nothing_priced",
            "la-01/04_findings.html",
            "with no line that has a price, so nothing can be said of what was spent or saved.",
            ("help saves", "paid back", "must have prevented", "in 100", "What to do", "£0 to £0"),
        ),
        (
            "halves",
            "la-01/04_findings.html",
            "No cost of the early help process or its support was recorded in the 1 costed case",
            ("paid back", "What to do", "help saves"),
        ),
        (
            "halves",
            "la-02/04_findings.html",
            "No future avoided in the 1 costed case has a price",
            ("paid back",),
        ),
        ("unpriced", "la-01/05_standing.html", "No other authority takes part in the round", ()),
        (
            "nothing_priced",
            "consortium-sparse/10_consortium.html",
            "No future with a known rate was counted.",
            (),
        ),
        ("nothing_priced", "la-01/02_price.html", "The ledger has no lines.", ()),
    ],
)
def test_what_is_not_there_is_said_once_and_nothing_untrue_in_its_place(
    looked, root, page, said, untrue
):
    found = text(looked(root)[0], page)
    assert found.count(said) >= 1 and not [words for words in untrue if words in found]


def test_what_is_not_there_is_a_sentence_in_the_place_of_its_table(looked):
    folder, _ = looked("nothing_priced")
    for page, titles in {
        "01_clean": ("Warnings to check", "Where every line goes"),
        "02_price": ("Unmet need",),
        "04_findings": ("Unmet need for support", "Futures that count", "Reported but not counted"),
    }.items():
        found = text(folder, f"la-01/{page}.html")
        for title in titles:
            assert re.search(rf"{title}[^|]*: nothing to show", found), title


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
