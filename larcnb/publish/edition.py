"""The pages of a public edition: one for each place that was released, and the list of them.

In: the checked tables of a round's last release. Out: ``reports/public/<round>/``, replaced whole or not at all. The
notebook that makes a page can open nothing but those tables, and each page is looked through for a number that is in
none of them before any is put in place.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from larcnb.codes import round_label
from larcnb.disclosure import public_folder, read_checked
from larcnb.errors import WITHHELD, LarcError
from larcnb.files import read_json
from larcnb.publish.page import WORDS, code_of, render, render_page
from larcnb.publish.verify import stray_numbers
from larcnb.root import Root
from larcnb.runner import outputs

NOTEBOOK = "20_public"
TIMEOUT = 300.0
KINDS = {"nation": "All authorities together", "region": "Regions", "authority": "Authorities"}
FAILED = 1


def pages_folder(root: Root, round_name: str) -> Path:
    """Where the public pages of a round lie."""
    return root.reports / "public" / round_name


def make_pages(root: Root, round_name: str, at: Callable[[str], None]) -> Path:
    """Make the pages of a round's last release; all of them are put in place together, or none.

    Parameters
    ----------
    root : Root
    round_name : str
    at : function of a place's name
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
    folder = pages_folder(root, round_name)
    scratch = folder.with_name(f".{round_name}.{os.getpid()}")
    outputs.remove(scratch)
    pages = scratch / "pages"
    pages.mkdir(parents=True)
    try:
        for place in _released(root, round_name, "manifest")["places"]:
            at(place["name"])
            page = make_page(root, round_name, place["id"])
            (pages / f"{place['id']}.html").write_bytes(page.encode("utf-8"))
        (pages / "index.html").write_bytes(_index(root, round_name).encode("utf-8"))
        outputs.swap(pages, folder)
    finally:
        outputs.remove(scratch)
    return folder / "index.html"


def make_page(root: Root, round_name: str, place: str) -> str:
    """The page of a place of a round's last release, as HTML.

    Raises
    ------
    LarcError
        Nothing was released of it; as :func:`make_pages`.
    """
    from larcnb.runner.notebooks import Notebook, heading_of, run_notebook
    from larcnb.runner.pool import Call, alone

    manifest = _released(root, round_name, "manifest")
    names = {entry["id"]: entry["name"] for entry in manifest["places"]}
    if place not in names:
        words = f"{place} has no page in the last release of round {round_name}."
        raise LarcError(words, exit_code=WITHHELD)
    name, path = names[place], root.notebooks / "public" / f"{NOTEBOOK}.ipynb"
    logs, job = root.path / "private" / "logs", f"public/{round_name}/{place}"
    parameters = {"place": place, "round_name": round_name}
    given = (Notebook(NOTEBOOK, path), job, parameters, logs, "")
    outcome = alone(root, logs, Call(place, run_notebook, given, TIMEOUT))
    if failure := outcome.failure:
        raise LarcError(f"The page of {place} could not be made. {failure}", exit_code=FAILED)

    nb, title = outcome.value, heading_of(outcome.value["cells"][0])
    bare = nb | {"cells": [{**cell, "outputs": []} for cell in nb["cells"]]}
    page, written = (render_page(each, title, "public", name=name) for each in (nb, bare))
    # The sentence on rounding begins to count at 1; release, approvals and notebook are named on the page.
    said = [1, manifest["number"], manifest["approvals"], NOTEBOOK]
    if strays := stray_numbers(page, written, _released(root, round_name, place) | {"said": said}):
        raise LarcError(
            f"The page of {name} would show {len(strays)} number(s) that are in no checked table. No page was put in "
            "place.",
            exit_code=WITHHELD,
        )
    file = f"{place}.json"
    rests_on = {"release": manifest["release"], file: manifest["files"][file], **code_of(path)}
    made = datetime.date.today().isoformat()
    return render_page(nb, title, "public", name=name, made=made, made_from=rests_on)


def _index(root: Root, round_name: str) -> str:
    """The list of the edition's pages, and of its national tables what they find, in two sentences."""
    manifest = _released(root, round_name, "manifest")
    tables = {}
    for place in manifest["places"]:
        plain = _released(root, round_name, place["id"])["tables"]
        tables[place["id"]] = {table["table"]: read_checked(table) for table in plain}
    return render(
        "public.html.j2",
        title=f"Round {round_label(round_name)}: Does it pay to help early? Public summary",
        marking="",
        made=datetime.date.today().isoformat(),
        script=None,
        edition=WORDS["editions"]["public"],
        notice=manifest["about"]["notice"],
        manifest=manifest,
        kinds=KINDS,
        tables=tables,
    )


def _released(root: Root, round_name: str, name: str) -> dict[str, Any]:
    """A file of the last release: a place's tables, or the manifest."""
    if not (found := read_json(public_folder(root, round_name) / f"{name}.json")):
        words = "The public edition is not whole. Release it again."
        raise LarcError(words, exit_code=WITHHELD)
    return found
