"""``larcnb verify``: a page as it was written passes; what was changed, on it or behind it, is named."""

import re

import pytest
from test_publish_edition import larcnb, process

from larcnb.publish.checksum import PageText, add_checksum, differences
from larcnb.root import Root
from larcnb.synth import write_root


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = Root(tmp_path_factory.mktemp("made"))
    write_root(root.path, 1, 5, 1, "larc4")
    assert process("batch", "--only", "02", "--root", root.path)[0] == 0
    return root, (root.reports / "synth-001" / "02_price.html").read_text("utf-8")


def verify(root, path):
    return larcnb("verify", path, "--root", root.path)


def altered(html):
    """The page with one digit of a table changed; the figure before and after."""
    cell = re.search(r'<td class="number">(\d[\d,]*)</td>', html)
    digit = str((int(cell[1][-1]) + 1) % 10)
    return (
        html.replace(cell[0], f'<td class="number">{cell[1][:-1]}{digit}</td>', 1),
        cell[1],
        cell[1][:-1] + digit,
    )


def test_a_page_as_it_was_written_passes_wherever_it_lies(made, tmp_path):
    root, html = made
    (tmp_path / "sent.html").write_bytes(html.encode("utf-8"))
    code, said = verify(root, tmp_path / "sent.html")
    assert code == 0, said
    assert said.splitlines()[:2] == [
        "Unaltered: the page is as it was written (02_price of synth-001).",
        "Inputs: all of them are those the page was made from.",
    ]
    assert re.fullmatch(r"All [\d,]+ figures were reproduced.", said.splitlines()[2])


def test_one_changed_digit_is_found_and_named(made, tmp_path):
    root, html = made
    changed, before, after = altered(html)
    (tmp_path / "page.html").write_bytes(changed.encode("utf-8"))
    code, said = verify(root, tmp_path / "page.html")
    assert code == 1
    assert "ALTERED" in said and f"the page says {after}; made anew it says {before}." in said


def test_a_forged_seal_does_not_help(made, tmp_path):
    root, html = made
    changed, before, after = altered(html)
    (tmp_path / "page.html").write_bytes(add_checksum(changed).encode("utf-8"))
    code, said = verify(root, tmp_path / "page.html")
    assert code == 1
    assert "Unaltered" in said and f"the page says {after}; made anew it says {before}." in said


def test_a_changed_return_is_named_with_the_figures_that_no_longer_follow(made):
    root, _ = made
    path = root.raw("synth-001") / "process.csv"
    text = path.read_text("utf-8")
    first = text.splitlines()[1]
    path.write_text(text.replace(first, first.rsplit(",", 1)[0] + ",11.25", 1), "utf-8")
    code, said = verify(root, root.reports / "synth-001" / "02_price.html")
    path.write_text(text, "utf-8")
    assert code == 1
    assert "Unaltered" in said
    assert (
        "Input changed since: data/raw/synth-001/process.csv." in said
        and "params" not in said.split("Figures")[0]
    )
    assert "No longer agrees" in said


def test_changed_params_are_named_with_the_figures_that_no_longer_follow(made):
    root, _ = made
    path = root.params / "synth-001.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("overrides: {}", "overrides: {drop_off: 0.25}"), "utf-8")
    code, said = verify(root, root.reports / "synth-001" / "02_price.html")
    path.write_text(text, "utf-8")
    assert code == 1
    assert "Input changed since: params/synth-001.yaml." in said and "No longer agrees" in said


def test_nothing_of_the_root_is_changed(made):
    root, html = made
    assert (root.reports / "synth-001" / "02_price.html").read_text("utf-8") == html
    assert not (root.reports / ".batch" / "stage").exists()


@pytest.mark.parametrize("text", ["", "<p>a page</p>", '<meta name="larcnb-page" content=" ">'])
def test_what_is_no_page_of_the_workbook_is_2(made, tmp_path, text):
    (tmp_path / "page.html").write_text(text, "utf-8")
    code, said = verify(made[0], tmp_path / "page.html")
    assert (code, "not a page" in said) == (2, True)
    assert verify(made[0], tmp_path / "none.html")[0] == 2


@pytest.mark.parametrize(
    "unit",
    ["../la-01 02_price", "synth-001 99_none", "consortium/r1 02_price", "public/x 20_public"],
)
def test_a_page_that_names_what_is_not_there_is_refused_in_words(made, tmp_path, unit):
    (tmp_path / "page.html").write_text(f'<meta name="larcnb-page" content="{unit}">', "utf-8")
    code, said = verify(made[0], tmp_path / "page.html")
    assert code in (2, 4) and "Traceback" not in said


def test_lines_that_came_or_went_are_said_with_their_heading():
    old, new = (
        PageText(f"<main><h2>Costs</h2><p>{text}</p></main>") for text in ("12 of 30", "none")
    )
    assert list(differences(old, new)) == [
        "Costs: the page says '12 of 30'; made anew it says 'none'"
    ]
    assert list(differences(new, new)) == []
