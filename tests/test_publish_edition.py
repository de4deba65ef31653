"""Public pages: from returns to pages everybody may see, by the command, and everything that keeps one back."""

import json
import re
import shutil
from html import unescape

import pytest
from test_cli import larcnb, process
from test_publish import Seen, assert_harmless
from test_publish_browser import assert_clean, needs_browser

from larcnb import disclosure
from larcnb.disclosure.register import Register
from larcnb.errors import LarcError
from larcnb.publish import edition
from larcnb.publish.edition import public_batch
from larcnb.publish.verify import add_checksum, stray_numbers
from larcnb.root import Root
from larcnb.runner.plan import Request
from larcnb.synth import write_root

ROUND = "synth"
NAMES = ("--approve", "Ann Reader", "--approve", "Bob Checker")
FAILING = "rules: {mean_cases: {value: 15, because: A.}, figures_nation: {value: 1, because: B.}}\n"


@pytest.fixture(scope="module")
def priced(tmp_path_factory):
    """A root of made-up authorities, checked and priced, whose own rule makes a table of each authority fail."""
    root = Root(tmp_path_factory.mktemp("priced"))
    write_root(root.path, 3, 14, 1, "larc4")
    (root.params / "disclosure").mkdir()
    (root.params / "disclosure/default.yaml").write_text(FAILING, "utf-8")
    only = ("--only", "01", "--only", "02")
    code, said = process("batch", *only, "--round", ROUND, "--root", root.path)
    assert code == 0, said
    return root


@pytest.fixture(scope="module")
def published(priced, tmp_path_factory):
    """The same, released by two people; and what the command said, report first."""
    root = Root(tmp_path_factory.mktemp("published") / "root")
    shutil.copytree(priced.path, root.path)
    words = ("publish", "--round", ROUND, "--root", root.path)
    return root, process(*words), process(*words, *NAMES)


@pytest.fixture
def root(priced, tmp_path):
    shutil.copytree(priced.path, tmp_path / "root")
    return Root(tmp_path / "root")


def publish(root, *words):
    return larcnb("publish", "--round", ROUND, "--root", root.path, *words)


def plain_of(root, place):
    return json.loads((disclosure.public_folder(root, ROUND) / f"{place}.json").read_text("utf-8"))


def places(root):
    return [place["id"] for place in plain_of(root, "manifest")["places"]]


def pages(root):
    return root.reports / "public" / ROUND


def page(root, place):
    return (pages(root) / f"{place}.html").read_text("utf-8")


# From returns to pages


def test_the_command_writes_a_report_and_with_two_names_the_pages(published):
    root, (code, report), (done, said) = published
    assert code == 0 and "Nothing is released yet" in report
    assert "  review: it is released too, with much of it hidden" in report
    listed = "listed in ROOT/reports/public/synth/index.html."
    first = f"Round synth is released: {len(places(root))} public pages, {listed}"
    assert (done, said.splitlines()[0]) == (0, first)
    assert {path.stem for path in pages(root).iterdir()} == {"index", *places(root)}
    assert Register(root).entries()[0].approvers == ("Ann Reader", "Bob Checker")


def test_a_table_that_fails_is_left_out_and_said_so_whoever_approves(published):
    root, (_, report), (_, said) = published
    authorities = [place for place in places(root) if place.startswith("synth-")]
    fails = int(re.search(r"Tables: \d+ pass, \d+ review, (\d+) fail\.", report)[1])
    assert fails >= len(authorities) > 0 and f"{fails} failed tables left out; the pages" in said
    assert "  fail: the table is left out of the edition; approving releases the others" in report
    for place in authorities:
        assert "costs" not in {table["table"] for table in plain_of(root, place)["tables"]}
        costs = re.search(r'(?s)<h2 id="[^"]*cost[^"]*">.*?(?=<h2)', page(root, place))[0]
        assert "ot shown" in costs and "<table" not in costs and "£" not in costs
    assert "costs" in {table["table"] for table in plain_of(root, "national")["tables"]}


def test_a_public_page_names_its_scenario_and_explains_what_is_suppressed(published):
    said = unescape(page(published[0], "national"))
    for words in (
        *("costed families, about", "over 15 years. Help costs money", "Prices of 2008-09."),
        *("Scenario: Public purse (reference case).", "It rests on what people expected"),
        *("There was no comparison group", "[c] means confidential: few families", "not zero"),
    ):
        assert words in said and "Ann Reader" not in said, words
    assert re.search(r"Child: [a-z ]+ \[c\]\. \[c\] means confidential", said)  # beside a chart


def test_a_public_page_is_harmless_unmarked_and_leads_only_to_public_pages(published):
    folder = pages(published[0])
    there = {path.name for path in folder.iterdir()}
    for path in folder.iterdir():
        html = path.read_text("utf-8")
        assert_harmless(html)
        links = {attrs["href"].partition("#")[0] for attrs in Seen(html).all("a")} - {""}
        assert {link for link in links if not link.startswith("https://")} <= there, path.name
        assert "Internal edition" not in html


@needs_browser
def test_axe_finds_nothing_on_public_pages(published):
    folder = pages(published[0])
    assert_clean(folder / "national.html", folder / "index.html")


def test_a_public_page_is_verified_against_the_register_and_the_data(published, tmp_path):
    root = published[0]
    path = pages(root) / "national.html"
    code, said = larcnb("verify", path, "--root", root.path)
    assert code == 0 and "Unaltered" in said and "figures were reproduced" in said
    html = page(root, "national")
    count = re.search(r'<td class="number">(\d+)</td>', html)
    forged = html.replace(count[0], count[0].replace(count[1], "90"), 1)
    (tmp_path / "page.html").write_text(add_checksum(forged), "utf-8")
    code, said = larcnb("verify", tmp_path / "page.html", "--root", root.path)
    assert code == 1 and f"the page says 90; made anew it says {count[1]}" in said


# What keeps a page back


@pytest.mark.parametrize("planted", ['<img alt="a bar of 13">', "<p>13</p>", '<p title="13">x</p>'])
def test_a_number_planted_anywhere_is_found(planted):
    html = f"<p>about 25</p>{planted}"
    assert stray_numbers(html, "", {"cells": {"families": {"value": 25}}}) == {"13"}


def test_a_page_with_a_number_nobody_checked_is_not_placed_and_the_others_neither(
    root, monkeypatch
):
    publish(root)
    monkeypatch.setattr(edition, "stray_numbers", lambda *pages: {"4713"})
    code, said = publish(root, *NAMES)
    assert code == 4
    assert "in no checked table" in said and "4713" not in said
    assert not pages(root).exists()


def test_too_few_names_no_report_no_such_round_and_old_results_are_refused(root):
    assert publish(root, *NAMES)[0] == 4  # nobody can have read a report
    publish(root)
    code, said = publish(root, *NAMES[:2])
    assert (code, "2 different people must approve" in said) == (2, True)
    code, said = larcnb("publish", "--round", "larc9", "--root", root.path)
    assert (code, "No authority is of round larc9" in said) == (2, True)
    path = root.raw("synth-001") / "cases.csv"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    code, said = publish(root)
    assert code == 4 and "synth-001. Run larcnb batch --round synth --root ROOT first" in said
    assert not pages(root).exists()
    assert not (root.path / "data/processed/public").exists()


def test_a_batch_makes_public_pages_only_of_a_whole_round_two_people_approved(root):
    request, said = Request(root, round=ROUND), []
    with pytest.raises(LarcError, match="of a whole round") as caught:
        public_batch(Request(root, limit=1), lambda request: 0, print, str)
    assert caught.value.exit_code == 2
    assert public_batch(request, lambda request: 1, said.append, str) == 1
    assert said == ["No public page was made: not everything of the round is done."]
    assert public_batch(request, lambda request: 0, said.append, str) == 4
    assert said[-1] == "No public page was made: nobody has approved these figures yet."
    assert publish(root, *NAMES)[0] == 0
    shutil.rmtree(pages(root))
    assert public_batch(request, lambda request: 0, said.append, str) == 0
    assert "in the scenario Public purse" in (pages(root) / "index.html").read_text("utf-8")
