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

from larcnb import codes
from larcnb.disclosure import public_folder, read_checked
from larcnb.disclosure.checked import CONFIDENTIAL
from larcnb.errors import WITHHELD, LarcError
from larcnb.publish.origin import code_of
from larcnb.publish.page import EDITIONS, render_page
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


def make_pages(
    root: Root, round_name: str, tell: Callable[[str], None] = lambda place: None
) -> Path:
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
        with opened(root, round_name) as page_of:
            for place in manifest["places"]:
                tell(place["name"])
                (scratch / f"{place['id']}.html").write_bytes(page_of(place["id"]).encode("utf-8"))
        (scratch / "index.html").write_bytes(_index(released, manifest).encode("utf-8"))
        _replace(folder, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder / "index.html"


@contextlib.contextmanager
def opened(root: Root, round_name: str) -> Iterator[Callable[[str], str]]:
    """What makes the page of a released place, as HTML.

    Raises
    ------
    LarcError
        Nothing was released; as :func:`make_pages`.
    """
    from larcnb.runner.notebooks import Notebook

    notebook = Notebook(NOTEBOOK, root.notebooks / "public" / f"{NOTEBOOK}.ipynb", "place", "")
    manifest = _read(public_folder(root, round_name) / "manifest.json")
    places = {place["id"]: place["name"] for place in manifest["places"]}

    def page_of(place: str) -> str:
        if place not in places:
            raise LarcError(
                f"{place} has no page in the last release of round {round_name}.",
                exit_code=WITHHELD,
            )
        nb = _run(root, notebook, place, round_name)
        return _page(root, nb, places[place], place, manifest)

    yield page_of


def _run(root: Root, notebook: Any, place: str, round_name: str) -> Any:
    from larcnb.runner.notebooks import run_notebook
    from larcnb.runner.pool import Call, alone

    private, unit = root.path / "private" / "logs", f"public/{round_name}/{place}"
    given = (notebook, place, unit, private, "", {"round_name": round_name})
    outcome = alone(root, private, Call(place, run_notebook, given, TIMEOUT))
    if outcome.kind != "done":
        said = outcome.value if outcome.kind == "failed" else "Its process ended unasked."
        raise LarcError(f"The page of {place} could not be made. {said}", exit_code=FAILED)
    return outcome.value


def _page(root: Root, nb: Any, name: str, place: str, manifest: Mapping[str, Any]) -> str:
    from larcnb.runner.notebooks import heading_of

    title = heading_of(nb, 0)
    bare = copy.deepcopy(nb)
    for cell in bare["cells"]:
        if "outputs" in cell:
            cell["outputs"] = []
    # The sentence on rounding begins to count at 1.
    plain = _read(public_folder(root, manifest["round"]) / f"{place}.json")
    known = {**plain, "said": [1, manifest["number"], manifest["approvals"]]}
    known["notebook"] = NOTEBOOK  # named at the foot
    page, written = (render_page(each, title, edition="public", name=name) for each in (nb, bare))
    if strays := stray_numbers(page, written, known):
        raise LarcError(
            f"The page of {name} would show {len(strays)} number(s) that are in no checked table. No page was put in "
            "place.",
            exit_code=WITHHELD,
        )
    rests_on = {"release": manifest["release"], f"{place}.json": manifest["files"][f"{place}.json"]}
    rests_on |= code_of(root.notebooks / "public" / f"{NOTEBOOK}.ipynb")
    return render_page(nb, title, edition="public", name=name, made_from=rests_on)


def _index(released: Path, manifest: Mapping[str, Any]) -> str:
    kinds = [
        (words, [_line(released, place) for place in manifest["places"] if place["kind"] == kind])
        for kind, words in KINDS.items()
    ]
    about = manifest["about"]
    return render(
        "public.html.j2",
        round=manifest["round"],
        number=manifest["number"],
        notice=about["notice"],
        coverage=about["coverage"],
        kinds=[(words, lines) for words, lines in kinds if lines],
        approvals=manifest["approvals"],
        release=manifest["release"],
        script=None,
        edition=EDITIONS["public"],
        headlines=_headlines(released, manifest),
    )


def _headlines(released: Path, manifest: Mapping[str, Any]) -> list[str]:
    """What the page of all authorities finds, in two sentences; of its checked tables alone, none where it has none."""
    if not any(place["id"] == "national" for place in manifest["places"]):
        return []
    plain = _read(released / "national.json")
    tables = {table.table: table for table in map(read_checked, plain["tables"])}
    said = []
    costs = tables.get("costs")
    means = [costs[row].cells["mean"] for row in ("process", "support")] if costs else []
    if means and all(cell.value is not None for cell in means):
        process, support = (f"about £{cell.text}" for cell in means)
        said.append(
            f"An episode cost {process} for the {{process}} and {support} for support on average, a family."
        )
    if (savings := tables.get("savings")) and savings.group.value is not None:
        rows = [(row.label, row.cells["families"]) for row in savings.rows]
        found = [
            f"{label[:1].lower()}{label[1:]}, about {cell.text}"
            for label, cell in rows
            if cell.value
        ]
        told = "Of about {} costed families, by what each would have saved if what was told would have happened: {}."
        said += [told.format(savings.group.text, "; ".join(found))] if found else []
    said += [
        "There was no comparison group, so nobody can say how much of this the help itself brought about."
    ]
    return [codes.words(plain["about"]["wording"], line) for line in said]


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
        raise LarcError(
            "The public edition is not whole. Release it again.", exit_code=WITHHELD
        ) from None
