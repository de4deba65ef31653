"""Pages in a real browser: axe-core at two widths, light and dark; no request, no overflow, keyboard first.

Runs where chromium, node and the packages axe-core and playwright-core are found (in ``node_modules`` here, or in
the folder named by ``LARCNB_NODE_MODULES``); skipped with the reason elsewhere, but where ``LARCNB_BROWSER`` is set, as
in the CI, what is missing fails the run.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from nbformat import v4
from page_frames import example
from test_publish import code, notebook, run_record, shown
from test_publish import full as full

from larcnb import show
from larcnb.publish import render_page, write_index
from larcnb.root import WORKBOOK, Root

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
MODULES = Path(os.environ.get("LARCNB_NODE_MODULES", WORKBOOK / "node_modules"))
THERE = {"chromium": CHROMIUM, "node": shutil.which("node")}
THERE |= {name: (MODULES / name).is_dir() for name in ("axe-core", "playwright-core")}
MISSING = [name for name, there in THERE.items() if not there]
assert not (MISSING and os.environ.get("LARCNB_BROWSER")), (
    f"a browser is required here; missing: {', '.join(MISSING)}"
)
needs_browser = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
pytestmark = needs_browser


def node(script: str, *words: object, **environment: str):
    """What a script of this folder found with the browser."""
    done = subprocess.run(
        ["node", str(Path(__file__).with_name(script)), CHROMIUM, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "NODE_PATH": str(MODULES), **environment},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def assert_clean(*pages: Path, **environment: str) -> list[dict]:
    """Nothing is amiss with pages in the browser, at any width and in any colour scheme."""
    seen, found = (
        node("axe.cjs", *pages, **environment),
        ("violations", "requests", "complaints", "cut"),
    )
    assert [
        (one["page"][-20:], one["width"], w) for one in seen for of in found for w in one[of]
    ] == []
    assert max(one["overflow"] for one in seen) <= 0
    assert {one["first"] for one in seen} == {"Skip to the findings"}
    return seen


def test_every_kind_is_accessible_and_fits_a_phone_with_no_word_cut_or_covered(tmp_path):
    from test_show import RUN, kinds

    data = example()
    spent = {"Spent": "£18,890", "Net saving over 15 years": ("£121,000", "£21,000 to £196,000")}
    parts = {
        **kinds(),
        "cards": show.cards(data["cases"], data["tables"], data["ledger"], RUN),
        "trace": show.trace(data["ledger"], RUN),
        "ledger": show.table(data["ledger"], "The ledger"),
        "tiles": show.tiles(spent),
    }
    heads = {name: v4.new_markdown_cell(f"## {name}") for name in parts}
    cells = [cell for name, one in parts.items() for cell in (heads[name], code("x", shown(one)))]
    (tmp_path / "page.html").write_text(render_page(notebook(*cells), "Every kind"), "utf-8")
    assert_clean(tmp_path / "page.html", LARCNB_WIDTHS="320,390,1280")


def test_a_page_and_an_index_are_accessible_in_both_schemes_by_keyboard_and_on_paper(
    tmp_path, full
):
    (tmp_path / "page.html").write_text(full, "utf-8")
    index = write_index(Root(tmp_path), run_record())
    seen = assert_clean(tmp_path / "page.html", index, LARCNB_BOTH="1")
    looks = {(one["width"], one["colorScheme"]) for one in seen}
    assert looks == {(width, scheme) for width in (320, 1280) for scheme in ("light", "dark")}
    switch = [one["code"] for one in seen if one["page"].endswith("page.html")]
    assert switch and all(off == 0 and on >= 6 for off, on in switch)
    sheets = {one["page"].rpartition("/")[2]: one["sheets"] for one in seen if one["sheets"]}
    assert 1 <= sheets["page.html"] <= 4 and sheets["index.html"] == 1
