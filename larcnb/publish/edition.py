"""The pages of a public edition: one for each place that was released, and the list of them.

In: the checked tables of a round's last release. Out: ``reports/public/<round>/``, replaced whole or not at all. The
notebook that makes a page can open nothing but those tables, and each page is looked through for a number that is in
none of them before any is put in place.
"""

from __future__ import annotations

import copy
import datetime
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from larcnb import codes
from larcnb.disclosure import public_folder, read_checked
from larcnb.errors import WITHHELD, LarcError
from larcnb.files import read_json
from larcnb.publish.audit_trail import code_of
from larcnb.publish.checksum import stray_numbers
from larcnb.publish.page import EDITIONS, render_page
from larcnb.publish.templates import render
from larcnb.root import Root
from larcnb.runner import outputs

NOTEBOOK = "20_public"
TIMEOUT = 300.0
KINDS = {"nation": "All authorities together", "region": "Regions", "authority": "Authorities"}
FAILED = 1
COSTS = "An episode cost {} for the {{process}} and {} for support on average, a family."
SAVINGS = "Of about {} costed families, by what each would have saved if what was told would have happened: {}."
NO_COMPARISON = "There was no comparison group, so nobody can say how much of this the help itself brought about."


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
    released = public_folder(root, round_name)
    manifest = _read(released / "manifest.json")
    folder = pages_folder(root, round_name)
    scratch = folder.with_name(f".{round_name}.{os.getpid()}")
    outputs.remove(scratch)
    scratch.mkdir(parents=True)
    try:
        with page_maker(root, round_name) as page_of:
            for place in manifest["places"]:
                at(place["name"])
                (scratch / f"{place['id']}.html").write_bytes(page_of(place["id"]).encode("utf-8"))
        (scratch / "index.html").write_bytes(_index(released, manifest).encode("utf-8"))
        outputs.swap(scratch, folder)
    finally:
        outputs.remove(scratch)
    return folder / "index.html"


@contextmanager
def page_maker(root: Root, round_name: str) -> Iterator[Callable[[str], str]]:
    """What makes the page of a released place, as HTML.

    Raises
    ------
    LarcError
        Nothing was released; as :func:`make_pages`.
    """
    from larcnb.runner.notebooks import Notebook

    path = root.notebooks / "public" / f"{NOTEBOOK}.ipynb"
    notebook = Notebook(NOTEBOOK, path, "place", "")
    manifest = _read(public_folder(root, round_name) / "manifest.json")
    places = {place["id"]: place["name"] for place in manifest["places"]}

    def page_of(place: str) -> str:
        if place not in places:
            words = f"{place} has no page in the last release of round {round_name}."
            raise LarcError(words, exit_code=WITHHELD)
        nb = _run(root, notebook, place, round_name)
        return _page(root, nb, path, place, places[place], manifest)

    yield page_of


def _run(root: Root, notebook: Any, place: str, round_name: str) -> Any:
    from larcnb.runner.notebooks import run_notebook
    from larcnb.runner.pool import Call, alone

    private, unit = root.path / "private" / "logs", f"public/{round_name}/{place}"
    given = (notebook, place, unit, private, "", {"round_name": round_name})
    outcome = alone(root, private, Call(place, run_notebook, given, TIMEOUT))
    if failure := outcome.failure:
        raise LarcError(f"The page of {place} could not be made. {failure}", exit_code=FAILED)
    return outcome.value


def _page(
    root: Root, nb: Any, path: Path, place: str, name: str, manifest: Mapping[str, Any]
) -> str:
    from larcnb.runner.notebooks import heading_of

    title, bare = heading_of(nb, 0), copy.deepcopy(nb)
    for cell in bare["cells"]:
        cell.pop("outputs", None)
    page, written = (render_page(each, title, "public", name=name) for each in (nb, bare))
    # The sentence on rounding begins to count at 1; release, approvals and notebook are named on the page.
    plain = _read(public_folder(root, manifest["round"]) / f"{place}.json")
    said = [1, manifest["number"], manifest["approvals"], NOTEBOOK]
    if strays := stray_numbers(page, written, {**plain, "said": said}):
        raise LarcError(
            f"The page of {name} would show {len(strays)} number(s) that are in no checked table. No page was put in "
            "place.",
            exit_code=WITHHELD,
        )
    file = f"{place}.json"
    rests_on = {"release": manifest["release"], file: manifest["files"][file], **code_of(path)}
    return render_page(nb, title, "public", name=name, made=_today(), made_from=rests_on)


def _today() -> str:
    return datetime.date.today().isoformat()


def _index(released: Path, manifest: Mapping[str, Any]) -> str:
    places = {place["id"]: _read(released / f"{place['id']}.json") for place in manifest["places"]}
    lines: dict[str, list[tuple[str, str, str]]] = {words: [] for words in KINDS.values()}
    for place in manifest["places"]:
        tables = map(read_checked, places[place["id"]]["tables"])
        families = [table.group.text for table in tables if table.table == "families"]
        line = (f"{place['id']}.html", place["name"], families[0] if families else "[c]")
        lines[KINDS[place["kind"]]].append(line)
    return render(
        "public.html.j2",
        **{name: manifest[name] for name in ("round", "number", "approvals", "release")},
        **{name: manifest["about"][name] for name in ("notice", "coverage")},
        title=f"Round {codes.round_label(manifest['round'])}: Does it pay to help early? Public summary",
        marking="",
        made=_today(),
        made_words="Made on",
        script=None,
        edition=EDITIONS["public"],
        kinds=[(words, of_kind) for words, of_kind in lines.items() if of_kind],
        headlines=_headlines(places["national"]) if "national" in places else [],
    )


def _headlines(plain: Mapping[str, Any]) -> list[str]:
    """What the page of all authorities finds, in two sentences; of its checked tables alone, none where it has none."""
    tables = {table.table: table for table in map(read_checked, plain["tables"])}
    said, savings = [], tables.get("savings")
    if "costs" in tables:
        means = [tables["costs"][row].cells["mean"] for row in ("process", "support")]
        if all(cell.value is not None for cell in means):
            said.append(COSTS.format(*(f"about £{cell.text}" for cell in means)))
    if savings and savings.group.value is not None:
        rows = [(row.label, row.cells["families"]) for row in savings.rows]
        bands = [f"{label[:1].lower()}{label[1:]}, about {n.text}" for label, n in rows if n.value]
        said += [SAVINGS.format(savings.group.text, "; ".join(bands))] if bands else []
    wording = plain["about"]["wording"]
    return [codes.words(wording, line) for line in (*said, NO_COMPARISON)]


def _read(path: Path) -> Any:
    if not (found := read_json(path)):
        words = "The public edition is not whole. Release it again."
        raise LarcError(words, exit_code=WITHHELD)
    return found
