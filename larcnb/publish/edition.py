"""The pages of a public edition: one for each place that was released, and the list of them.

In: the checked tables of a round's last release. Out: ``reports/public/<round>/``, replaced whole or not at all. The
notebook that makes a page can open nothing but those tables, and each page is looked through for a number that is in
none of them before any is put in place.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from larcnb.disclosure import public_folder, read_checked
from larcnb.disclosure.checked import CONFIDENTIAL
from larcnb.errors import WITHHELD, LarcError
from larcnb.publish.page import render_page
from larcnb.publish.scan import stray_numbers
from larcnb.publish.templates import render
from larcnb.root import Root

NOTEBOOK = "20_public"
TIMEOUT = 300.0
KINDS = {"nation": "All authorities together", "region": "Regions", "authority": "Authorities"}
FAILED = 1


def pages_folder(root: Root, round_name: str) -> Path:
    """Where the public pages of a round lie."""
    return root.reports / "public" / round_name


def make_pages(root: Root, round_name: str, tell: Callable[[str], None] = lambda place: None) -> Path:
    """Make the pages of a round's last release; all of them are put in place together, or none.

    Parameters
    ----------
    root : Root
    round_name : str
    tell : function of a place's name, optional
        Called as each page begins.

    Returns
    -------
    Path
        The list of the edition's pages.

    Raises
    ------
    LarcError
        A page could not be made (exit code 1), or would show a number that is in no checked table (4). The pages that
        were there stay.
    """
    released = public_folder(root, round_name)
    manifest = _read(released / "manifest.json")
    folder = pages_folder(root, round_name)
    scratch = folder.with_name(f".{round_name}.{os.getpid()}")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        with _kernel(root) as run:
            for place in manifest["places"]:
                tell(place["name"])
                plain = _read(released / f"{place['id']}.json")
                page = _page(run(place["id"], round_name), place, plain, manifest)
                (scratch / f"{place['id']}.html").write_bytes(page.encode("utf-8"))
        (scratch / "index.html").write_bytes(_index(released, manifest).encode("utf-8"))
        _replace(folder, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder / "index.html"


def _page(nb: Any, place: Mapping[str, str], plain: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    title = f"{nb['metadata']['title']}: {place['name']}"
    bare = copy.deepcopy(nb)
    for cell in bare["cells"]:
        if "outputs" in cell:
            cell["outputs"] = []
    page = render_page(nb, title, edition="public")
    # The sentence on rounding begins to count at 1.
    known = {**plain, "said": [1, manifest["number"], len(manifest["approved_by"])]}
    if strays := stray_numbers(page, render_page(bare, title, edition="public"), known):
        raise LarcError(
            f"The page of {place['name']} would show {len(strays)} number(s) that are in no checked table. No page was "
            "put in place.", exit_code=WITHHELD,
        )  # fmt: skip
    return page


@contextlib.contextmanager
def _kernel(root: Root) -> Iterator[Callable[[str, str], Any]]:
    """One kernel for all places of a round: what it may open is the same for each."""
    from larcnb.engine.notebook import heading_of
    from larcnb.engine.run import Held, Notebook, NotebookFailed, run_notebook

    path = root.notebooks / "public" / f"{NOTEBOOK}.ipynb"
    notebook = Notebook(NOTEBOOK, path, "place", "")
    private, held = root.path / "private" / "logs", Held()
    before = os.environ.get("LARCNB_ROOT")
    os.environ["LARCNB_ROOT"] = str(root.path)

    def run(place: str, round_name: str) -> Any:
        unit, more = f"public/{round_name}/{place}", {"round_name": round_name}
        try:
            nb = run_notebook(notebook, place, unit, private, TIMEOUT, "warm", held, more)
        except NotebookFailed as failed:
            words = f"The page of {place} could not be made, and no page was put in place. {failed.failure}"
            raise LarcError(words, exit_code=FAILED) from None
        nb["metadata"]["title"] = heading_of(nb, 0)
        return nb

    try:
        yield run
    finally:
        held.close()
        if before is None:
            del os.environ["LARCNB_ROOT"]
        else:
            os.environ["LARCNB_ROOT"] = before


def _index(released: Path, manifest: Mapping[str, Any]) -> str:
    kinds = [
        (words, [_line(released, place) for place in manifest["places"] if place["kind"] == kind])
        for kind, words in KINDS.items()
    ]
    about = manifest["about"]
    return render(
        "public.html.j2", round=manifest["round"], number=manifest["number"], notice=about["notice"],
        coverage=about["coverage"], kinds=[(words, lines) for words, lines in kinds if lines],
        approvers=manifest["approved_by"], release=manifest["release"], script=None,
    )  # fmt: skip


def _line(released: Path, place: Mapping[str, str]) -> tuple[str, str, str]:
    """A place's address, its name, and how many families its tables are of, as they say it."""
    tables = [read_checked(table) for table in _read(released / f"{place['id']}.json")["tables"]]
    groups = [table.group.text for table in tables if table.table == "families"]
    return f"{place['id']}.html", place["name"], next(iter(groups), CONFIDENTIAL)


def _replace(folder: Path, scratch: Path) -> None:
    """Put the new pages where the old ones were; a page that is no longer released goes with them."""
    old = scratch.with_name(f"{scratch.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    scratch.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise LarcError("The public edition is not whole. Release it again.", exit_code=WITHHELD) from None
