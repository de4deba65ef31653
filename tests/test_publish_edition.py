"""Public pages: from returns to pages everybody may see, by the command, and everything that keeps one back."""

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape

import pytest
from test_publish import Seen, assert_harmless
from test_publish_browser import MISSING, look
from typer.testing import CliRunner

from larcnb import disclosure
from larcnb.cli.app import app
from larcnb.cli.edition import public_batch
from larcnb.disclosure.checked import Cell, Checked, Row, Verdict, read_checked
from larcnb.disclosure.register import Register
from larcnb.errors import LarcError
from larcnb.public import Page
from larcnb.publish import edition
from larcnb.publish.scan import stray_numbers
from larcnb.publish.seal import seal
from larcnb.root import WORKBOOK, Root
from larcnb.runner.plan import Request
from larcnb.synth import write_root

ROUND = "synth"
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
NOT_FIGURES = "release 1 by 2 people, counts from 1 to 7, by 20_public"
NAMES = ("--approve", "Ann Reader", "--approve", "Bob Checker")


def process(*words):
    """Run the command as a process: exit code, and all it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", "larcnb.cli", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=WORKBOOK,
        env={**os.environ, "PYTHONPATH": str(WORKBOOK)},
    )
    return done.returncode, done.stdout + done.stderr


def larcnb(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def priced(tmp_path_factory):
    """A root of made-up authorities, checked and priced."""
    root = Root(tmp_path_factory.mktemp("priced"))
    write_root(root.path, 3, 14, 1, "larc4")
    code, said = process(
        "batch", "--only", "01", "--only", "02", "--round", ROUND, "--root", root.path
    )
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


def test_the_command_writes_a_report_and_with_two_names_the_pages(published):
    root, report, pages = published
    assert report[0] == 0 and "Nothing is released yet" in report[1]
    assert "  review: it is released too, with much of it hidden" in report[1]
    words = (
        f"Round synth is released: {len(places(root))} public pages, listed in "
        "ROOT/reports/public/synth/index.html."
    )
    assert (pages[0], pages[1].splitlines()[0]) == (0, words)
    folder = edition.pages_folder(root, ROUND)
    assert {path.name for path in folder.iterdir()} == {
        "index.html",
        *(f"{place}.html" for place in places(root)),
    }
    assert Register(root).entries()[0].approvers == ("Ann Reader", "Bob Checker")


def places(root):
    path = disclosure.public_folder(root, ROUND) / "manifest.json"
    return [place["id"] for place in json.loads(path.read_text("utf-8"))["places"]]


def test_a_public_page_is_harmless_unmarked_and_leads_only_to_public_pages(published):
    folder = edition.pages_folder(published[0], ROUND)
    there = {path.name for path in folder.iterdir()}
    for path in folder.iterdir():
        html = path.read_text("utf-8")
        assert_harmless(html)
        assert "Internal edition" not in html
        links = {attrs["href"].partition("#")[0] for attrs in Seen(html).all("a")} - {""}
        assert {link for link in links if not link.startswith("https://")} <= there, path.name
        for picture in Seen(html).all("img"):
            assert re.search(r"\d", picture["alt"]), path.name


def test_every_number_of_a_public_page_is_of_its_checked_tables_or_was_written_beforehand(
    published,
):
    root = published[0]
    released = disclosure.public_folder(root, ROUND)
    notebook = json.loads((WORKBOOK / "notebooks/public/20_public.ipynb").read_text("utf-8"))
    prose = " ".join(
        "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    )
    for place in places(root):
        plain = json.loads((released / f"{place}.json").read_text("utf-8"))
        tables = [read_checked(table) for table in plain["tables"]]
        labels = [
            table.title + " ".join(table.notes) + " ".join(row.label for row in table.rows)
            for table in tables
        ]
        words = f"{prose} {' '.join(labels)} {plain['about']} {plain['place']} {NOT_FIGURES} {tables[0].base}"
        page = (edition.pages_folder(root, ROUND) / f"{place}.html").read_text("utf-8")
        body = re.sub(
            r'<details class="code">.*?</details>|<style>.*?</style>|<footer>.*',
            "",
            page,
            flags=re.DOTALL,
        )
        said = re.sub(
            r' (?!alt=|title=|aria-)[a-zA-Z0-9-]+="[^"]*"|</?h\d',
            "",
            unescape(body.partition("<main")[2]),
        )
        found = set(NUMBER.findall(said))
        assert len(found) > 5
        checked = set().union(*(table.numbers() for table in tables))
        plain = {number.replace(",", "") for number in checked}  # as a frame has them
        assert found <= checked | plain | set(NUMBER.findall(words)), place


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_axe_finds_nothing_on_public_pages(published):
    folder = edition.pages_folder(published[0], ROUND)
    for one in look(folder / "national.html", folder / "index.html"):
        assert (
            one["violations"] + one["requests"] + one["complaints"] == [] and one["overflow"] <= 0
        )


def test_a_public_page_is_verified_against_the_register_and_the_data(published, tmp_path):
    root = published[0]
    page = edition.pages_folder(root, ROUND) / "national.html"
    code, said = larcnb("verify", page, "--root", root.path)
    assert code == 0, said
    assert "Unaltered" in said and "figures were reproduced" in said
    html = page.read_text("utf-8")
    count = re.search(r'<td class="number">(\d+)</td>', html)
    (tmp_path / "page.html").write_text(
        seal(html.replace(count[0], count[0].replace(count[1], "90"), 1)), "utf-8"
    )
    code, said = larcnb("verify", tmp_path / "page.html", "--root", root.path)
    assert code == 1 and f"the page says 90; made anew it says {count[1]}" in said


@pytest.mark.parametrize(
    "planted",
    [
        "<p>of 13 families</p>",
        '<img alt="a bar of 13">',
        '<p aria-label="13">x</p>',
        '<p title="13">x</p>',
        "<table><tr><td>13</td></tr></table>",
        '<input value="13">',
        "<pre>13</pre>",
    ],
)
def test_a_number_planted_anywhere_is_found(planted):
    assert stray_numbers(
        f"<p>about 25</p>{planted}", "", {"cells": {"families": {"value": 25}}}
    ) == {"13"}


def test_a_page_with_a_number_nobody_checked_is_not_placed_and_the_others_neither(
    root, monkeypatch
):
    publish(root)
    monkeypatch.setattr(edition, "stray_numbers", lambda *pages: {"13"})
    code, said = publish(root, *NAMES)
    assert code == 4
    assert "in no checked table" in said and "13" not in said.replace("0013", "")
    assert not edition.pages_folder(root, ROUND).exists()


@pytest.mark.parametrize(
    "names", [("--approve", "Ann Reader"), ("--approve", "Ann", "--approve", "ann")]
)
def test_fewer_than_two_people_are_2(root, names):
    publish(root)
    code, said = publish(root, *names)
    assert (code, "2 different people must approve" in said) == (2, True)
    assert not edition.pages_folder(root, ROUND).exists()


def test_names_without_a_report_are_4(root):
    assert publish(root, *NAMES)[0] == 4
    assert not (root.path / "data/processed/public").exists()


def test_results_older_than_their_return_are_4(root):
    path = root.raw("synth-001") / "cases.csv"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    code, said = publish(root)
    assert (
        code,
        "synth-001" in said and "Run larcnb batch --round synth --root ROOT first" in said,
    ) == (4, True)


def test_a_round_that_nobody_has_is_2(root):
    code, said = larcnb("publish", "--round", "larc9", "--root", root.path)
    assert (code, "No authority is of round larc9" in said) == (2, True)


def test_a_batch_makes_public_pages_only_of_figures_two_people_approved(root):
    request, said = Request(root, round=ROUND), []
    assert public_batch(request, lambda request: 0, said.append) == 4
    assert said[-1] == "No public page was made: nobody has approved these figures yet."
    assert publish(root, *NAMES)[0] == 0
    shutil.rmtree(edition.pages_folder(root, ROUND))
    assert public_batch(request, lambda request: 0, said.append) == 0
    assert (edition.pages_folder(root, ROUND) / "index.html").is_file()


def test_a_batch_that_failed_makes_no_public_page(root):
    said = []
    assert public_batch(Request(root, round=ROUND), lambda request: 1, said.append) == 1
    assert said == ["No public page was made: not everything of the round is done."]
    assert not (root.path / "private/disclosure").exists()


def test_a_public_edition_of_a_part_of_a_round_is_refused(root):
    with pytest.raises(LarcError, match="of a whole round") as caught:
        public_batch(Request(root, limit=1), lambda request: 0, print)
    assert caught.value.exit_code == 2


def test_a_place_without_any_table_says_so():
    page = Page("20_public", "r", "la-01", "authority", "Alderwick", {"wording": "caf"}, {})
    assert str(page.sentence("rounding")).startswith(
        "Every table of this place would give a small figure away"
    )
    assert "not shown" in str(page.sentence("headline")) and "not shown" in str(
        page.sentence("costs")
    )
    assert page.frame("needs").empty and str(page.figure("needs", page.frame("needs"))).startswith(
        "Not shown for this"
    )


def checked(name, rows, group, unit="families", columns=("families",)):
    """A table that passed, made by hand: label to cell or cells."""
    made = tuple(
        Row(
            label,
            label,
            {
                column: Cell(*cell) if isinstance(cell, tuple) else Cell(cell)
                for column, cell in zip(
                    columns, cells if isinstance(cells, list) else [cells], strict=True
                )
            },
        )
        for label, cells in rows.items()
    )
    return Checked(
        "la-01",
        "authority",
        "Alderwick",
        name,
        name.capitalize(),
        unit,
        dict.fromkeys(columns, "x"),
        made,
        Cell(group),
        "Families",
        5,
        7,
        2,
        (),
        Verdict("la-01", name, "pass"),
    )


SAVINGS = checked(
    "savings", {"A net cost": 15, "£0 to under £60,000": 15, "£60,000 or more": (None, "[c]")}, 35
)
NEEDS = checked(
    "needs", {"Child: behaviour": (None, "[c]"), "Parent: coping": 20, "Parent: housing": 25}, 35
)


def page_of(preset="LARC4 convention", **tables):
    about = {
        "wording": "caf",
        "preset": preset,
        "long_years": "15",
        "price_base": "2010-11",
        "notice": "",
    }
    return Page(
        "20_public", "larc4", "la-01", "authority", "Alderwick", about, tables, {"number": 2}
    )


def test_the_headline_says_who_made_a_net_cost_under_which_scenario_and_that_larc_s_is_an_upper_bound():
    said = str(page_of(savings=SAVINGS).sentence("headline"))
    assert said.startswith(
        "Of about 35 costed families, about 15 would have made a net cost and about 15 would have saved £0 to under "
        "£60,000 over 15 years; how many would have saved £60,000 or more is not shown."
    )
    assert (
        "This is the scenario LARC4 convention. It counts every outcome people expected in full"
        in said
    )
    assert said.count("no comparison group") == 1 and "loss" not in said
    own = "Public purse (reference case) with own values (drop off 0.1)"
    other = str(page_of(own, savings=SAVINGS).sentence("headline"))
    assert (
        f"the scenario {own}. It rests on what people expected" in other
        and "upper bound" not in other
    )


def test_a_chart_explains_what_is_suppressed_beside_it_and_draws_no_bar_for_it():
    page = page_of(needs=NEEDS)
    figure = page.figure("needs", page.frame("needs").sort_index(ascending=False))
    assert (
        figure.message
        == "Parent: housing: about 25 of about 35 families, more than any other shown"
    )
    assert (
        figure.notes[0].startswith("[c] means confidential: few families")
        and "are not zero" in figure.notes[1]
    )
    assert "Parent: housing 25; Parent: coping 20; Child: behaviour [c]." in figure.alt
    assert page_of(savings=SAVINGS).figure("savings").message == (
        "Of about 35 costed families, about 15 would have made a net cost and about 15 would have saved £0 to under "
        "£60,000 over 15 years"
    )
    assert (
        stray_numbers(figure._repr_html_(), "round larc4, 2010-11", {"tables": [NEEDS.to_json()]})
        == set()
    )


def test_a_public_page_names_its_scenario_and_no_approver():
    assert (
        repr(page_of())
        == "Alderwick. Public edition, round LARC4. Prices of 2010-11. Scenario: LARC4 convention. Release 2."
    )
