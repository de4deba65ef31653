"""Pages in a real browser: axe-core at two widths, light and dark; no request, no overflow, keyboard first.

Runs where chromium, node and the packages axe-core and playwright-core are found (in ``node_modules`` here, or in
the folder named by ``LARCNB_NODE_MODULES``); skipped with the reason elsewhere, but where ``LARCNB_BROWSER`` is set, as
in the CI, what is missing fails the run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from test_publish import code, completed, notebook, run_record, shown

from larcnb.publish import render_page, write_index
from larcnb.root import WORKBOOK, Root

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
MODULES = Path(os.environ.get("LARCNB_NODE_MODULES", WORKBOOK / "node_modules"))
MISSING = [
    name
    for name, there in (
        ("chromium", CHROMIUM),
        ("node", shutil.which("node")),
        ("axe-core", (MODULES / "axe-core").is_dir()),
        ("playwright-core", (MODULES / "playwright-core").is_dir()),
    )
    if not there
]
assert not (MISSING and os.environ.get("LARCNB_BROWSER")), (
    f"a browser is required here; missing: {', '.join(MISSING)}"
)
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


def look(*pages: Path) -> list[dict]:
    """What the browser found on each page, width and colour scheme."""
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("axe.cjs")), CHROMIUM, *map(str, pages)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "NODE_PATH": str(MODULES)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def charts(tmp_path_factory) -> list[dict]:
    """A page with every kind of chart, a table, cards, tiles and a trace, on a phone and on a desk."""
    from page_frames import example
    from test_show import RUN, kinds

    from larcnb import show

    data, path = example(), tmp_path_factory.mktemp("charts") / "page.html"
    parts = {
        **kinds(),
        "cards": show.cards(data["cases"], data["tables"], data["ledger"], RUN),
        "trace": show.trace(data["ledger"], RUN),
        "ledger": show.table(data["ledger"], "The ledger"),
        "tiles": show.tiles(
            {"Spent": "£18,890", "Net saving over 15 years": ("£121,000", "£21,000 to £196,000")}
        ),
    }
    cells = (
        cell for name, one in parts.items() for cell in (_heading(name), code("x", shown(one)))
    )
    path.write_text(render_page(notebook(*cells), "Every kind"), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LARCNB_WIDTHS", "320,390,1280")
        return look(path)


def _heading(name):
    from nbformat import v4

    return v4.new_markdown_cell(f"## {name}")


def test_every_kind_is_accessible_and_fits_a_phone_with_no_word_cut_or_covered(charts):
    assert [one["violations"] for one in charts] == [[]] * 3
    assert [one["cut"] for one in charts] == [[]] * 3
    assert max(one["overflow"] for one in charts) <= 0
    assert [one["requests"] + one["complaints"] for one in charts] == [[]] * 3


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> list[dict]:
    from nbformat import v4
    from page_frames import CONTEXT, shown_of_all

    things, folder = shown_of_all(), tmp_path_factory.mktemp("pages")
    page = render_page(
        notebook(
            code("run  # a comment\nshow.x('text', 1)", shown(CONTEXT)),
            v4.new_markdown_cell(
                "## Savings\n\nText, `code`, [a link](https://example.org).\n\n* one\n* two"
            ),
            code("x", shown(things["chart"])),
            code("x", shown(things["table"])),
            v4.new_markdown_cell("## Families"),
            code("x", shown(things["cards"])),
            v4.new_markdown_cell("## Sources"),
            code("x", shown(things["trace"])),
            code("x", shown(things["costs"])),
            code("x", v4.new_output("stream", name="stdout", text="said"), completed()),
        ),
        "Does it pay to help early? Exampleshire",
    )
    (folder / "reports").mkdir()
    (folder / "page.html").write_text(page, "utf-8")
    return look(folder / "page.html", write_index(Root(folder), run_record()))


def test_axe_finds_nothing(seen):
    assert {
        f"{one['page'][-10:]} {one['width']} {one['colorScheme']}: {v}"
        for one in seen
        for v in one["violations"]
    } == set()


def test_nothing_is_asked_of_the_network_and_the_policy_blocks_nothing_of_ours(seen):
    assert [one["requests"] + one["complaints"] for one in seen] == [[]] * len(seen)


def test_no_page_is_wider_than_the_screen(seen):
    assert max(one["overflow"] for one in seen) <= 0


def test_code_is_out_of_sight_until_the_keyboard_puts_the_switch_on(seen):
    page = [one["code"] for one in seen if one["page"].endswith("page.html")]
    assert page and all(off == 0 and on >= 6 for off, on in page)


def test_a_printed_page_is_short_and_its_trace_and_code_stay_on_the_screen(seen):
    sheets = {one["page"].rpartition("/")[2]: one["sheets"] for one in seen if one["sheets"]}
    assert 1 <= sheets["page.html"] <= 4 and sheets["index.html"] == 1


def test_the_first_stop_of_the_keyboard_leads_past_the_header(seen):
    assert {one["first"] for one in seen} == {"Skip to the findings"}
