"""Sparse and odd returns: every page is made, and says in plain words what is not there. ``sparse.py`` has many more."""

import re
import shutil

import pytest
import sparse
from test_cli import larcnb


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """The handful of roots, each made once when it is asked for."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = sparse.make(sparse.FEW[name](), tmp_path_factory.mktemp("sparse") / name)
        return made[name]

    return of


def text(folder, page):
    """All that a page says, in one line."""
    return " ".join(sparse.said_on_page((folder / "reports" / page).read_text("utf-8")))


@pytest.mark.parametrize("name", list(sparse.FEW))
def test_every_page_of_a_sparse_root_is_made_and_says_nothing_a_program_would(looked, name):
    assert sparse.look(looked(name)) == []


NOTHING_PRICED = "with no line that has a price, so nothing can be said of what was spent or saved."
NO_COST = "No cost of the early help process or its support was recorded in the 1 costed case"


@pytest.mark.parametrize(
    ("root", "page", "said", "untrue"),
    [
        ("nothing_priced", "la-01/04_findings", NOTHING_PRICED, "paid back|What to do|£0 to £0"),
        ("halves", "la-01/04_findings", NO_COST, "paid back|What to do|help saves"),
        ("halves", "la-02/04_findings", "No future avoided in the 1 costed case", "paid back"),
        ("unpriced", "la-01/05_standing", "No other authority takes part in the round", "£0 to £0"),
    ],
)
def test_what_is_not_there_is_said_and_nothing_untrue_in_its_place(
    looked, root, page, said, untrue
):
    found = text(looked(root), f"{page}.html")
    assert said in found and not re.search(untrue, found)


def test_a_sparse_root_is_verified_and_compared_by_the_command(looked, tmp_path):
    folder = looked("nothing_priced")
    pages = {path.name for path in (folder / "reports/la-01").iterdir()}
    assert {"04_findings.html", "05_standing.html", "results.xlsx"} <= pages
    assert larcnb("verify", folder / "reports/la-01/02_price.html", "--root", folder)[0] == 0
    shutil.copytree(folder, tmp_path / "old")
    code, said = larcnb("compare", tmp_path / "old", folder)
    assert code == 0 and not sparse.amiss(said.splitlines())
