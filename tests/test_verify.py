"""``larcnb verify``: a page as it was written passes; what was changed, on it or behind it, is named."""

import re
import time

import pytest
from test_cli import larcnb, process

from larcnb.publish.verify import PageText, add_checksum, differences
from larcnb.root import Root
from larcnb.synth import write_root


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A root with one priced authority, and its page of costs."""
    root = Root(tmp_path_factory.mktemp("made"))
    write_root(root.path, 1, 5, 1, "larc4")
    assert process("batch", "--only", "02", "--root", root.path)[0] == 0
    return root, root.reports / "synth-001" / "02_price.html"


def verify(root, path):
    return larcnb("verify", path, "--root", root.path)


def test_a_page_as_it_was_written_passes_wherever_it_lies_and_leads_to_the_pages_there_are(
    made, tmp_path
):
    root, path = made
    html = path.read_text("utf-8")
    (tmp_path / "sent.html").write_bytes(path.read_bytes())
    code, said = verify(root, tmp_path / "sent.html")
    assert code == 0, said
    first, inputs, figures = [line for line in said.splitlines() if not line.endswith(" ...")][:3]
    assert first == "Unaltered: the page is as it was written (02_price of synth-001)."
    assert inputs == "Inputs: all of them are those the page was made from."
    assert re.fullmatch(r"All [\d,]+ figures were reproduced.", figures)
    assert path.read_text("utf-8") == html and not (root.reports / ".batch" / "stage").exists()
    links = set(re.findall(r'href="(\d\d_\w+\.html)', html))
    assert links == {"01_clean.html"} and all((path.parent / link).is_file() for link in links)


def test_one_changed_digit_is_found_and_named_though_the_checksum_is_forged(made, tmp_path):
    root, path = made
    html = path.read_text("utf-8")
    cell = re.search(r'<td class="number">(\d[\d,]*)</td>', html)
    after = cell[1][:-1] + str((int(cell[1][-1]) + 1) % 10)
    changed = html.replace(cell[0], f'<td class="number">{after}</td>', 1)
    for page, word in ((changed, "ALTERED"), (add_checksum(changed), "Unaltered")):
        (tmp_path / "page.html").write_bytes(page.encode("utf-8"))
        code, said = verify(root, tmp_path / "page.html")
        assert (code, said.startswith(word)) == (1, True)
        assert f"the page says {after}; made anew it says {cell[1]}." in said


def test_a_changed_return_and_params_are_named_with_the_figures_that_no_longer_follow(made):
    root, path = made
    hours, params = root.raw("synth-001") / "process.csv", root.params / "synth-001.yaml"
    before = hours.read_text("utf-8"), params.read_text("utf-8")
    first = before[0].splitlines()[1]
    hours.write_text(before[0].replace(first, first.rsplit(",", 1)[0] + ",11.25", 1), "utf-8")
    params.write_text(before[1].replace("overrides: {}", "overrides: {drop_off: 0.25}"), "utf-8")
    code, said = verify(root, path)
    hours.write_text(before[0], "utf-8")
    params.write_text(before[1], "utf-8")
    assert code == 1 and "Unaltered" in said and "No longer agrees" in said
    changed = re.findall(r"Input changed since: (\S+)\.", said)
    assert changed == ["data/raw/synth-001/process.csv", "params/synth-001.yaml"]


NAMED = '<meta name="larcnb-page" content="%s">'
UNITS = ["../la-01 02_price", "synth-001 99_none", "consortium/r1 02_price", "public/x 20_public"]
NO_PAGES = ["", "<p>a page</p>", *map(NAMED.__mod__, [" ", *UNITS])]


@pytest.mark.parametrize("text", NO_PAGES)
def test_what_is_no_page_of_the_workbook_or_of_what_is_there_is_refused_in_words(
    made, tmp_path, text
):
    (tmp_path / "page.html").write_text(text, "utf-8")
    code, said = verify(made[0], tmp_path / "page.html")
    assert code in (2, 4) and "Traceback" not in said
    assert verify(made[0], tmp_path / "none.html")[0] == 2


def test_lines_that_came_or_went_are_said_with_their_place_in_a_long_page_too():
    rows = "".join(f"<tr><th>{n % 40}</th><td>{n % 7}</td></tr>" for n in range(5_000))
    old, new = (
        PageText(f"<main><h2>Costs</h2><table>{rows}<tr><td>{text}</td></tr>{rows}</table></main>")
        for text in ("12 of 30", "none")
    )
    begun = time.process_time()
    said = "Costs: the page says '12 of 30'; made anew it says 'none'"
    assert list(differences(old, new)) == [said] and list(differences(new, new)) == []
    assert time.process_time() - begun < 5
    slider = '<main><input data-texts="5%|10%"></main>'  # what its stops are called
    assert len([*differences(PageText(slider), PageText(slider.replace("10", "19")))]) == 1
