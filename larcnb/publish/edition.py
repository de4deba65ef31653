"""The public edition (``larcnb publish``): from results to public pages, by way of two people.

In: a root, a round, the names of those who approve; the checked tables of its last release. Out: a verdict report;
``reports/public/<round>/``, replaced whole or not at all; an exit code. The notebook that makes a page can open nothing
but those tables, and each page is looked through for a number that is in none of them before any is put in place.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from larcnb import codes
from larcnb.disclosure import prepare, public_folder, read_checked, release, work_out
from larcnb.errors import WITHHELD, LarcError, withheld
from larcnb.files import read_json
from larcnb.publish.page import WORDS, code_of, render, render_page
from larcnb.publish.verify import Say, stray_numbers
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.batch import hold
from larcnb.runner.notebooks import Notebook, heading_of, run_notebook
from larcnb.runner.plan import Request, make_plan, states, the_round
from larcnb.runner.pool import Call, alone
from larcnb.show.words import plural

PRICED, NOTEBOOK = "02_price", "20_public"
"""The last notebook whose results a public edition is made of; the one that makes its pages."""
TIMEOUT = 300.0


def public_batch(request: Request, run: Callable[[Request], int], say: Say, at: Say) -> int:
    """Bring a round's own pages up to date, then its public ones, if two people have approved these very figures.

    Parameters
    ----------
    request : Request
        Of a whole round.
    run : function of a request
        Runs it and gives its exit code.
    say, at : function of a line
        Told what was done, and what is being done.

    Raises
    ------
    LarcError
        The request is of a part of a round (exit code 2); otherwise as :func:`publish_round`.
    """
    if request.authorities or request.only or request.limit:
        raise LarcError("A public edition is of a whole round: without AUTHORITY, --only, --limit.")
    root, name = request.root, request.round or the_round(request.root)
    if code := run(replace(request, round=name)):
        say("No public page was made: not everything of the round is done.")
        return code
    return publish_round(root, name, say, at, again=True)


def publish_round(
    root: Root, name: str, say: Say, at: Say, approvers: Sequence[str] = (), again: bool = False
) -> int:
    """Write the verdict report of a round; with approvers, release it and make its pages.

    ``again``: also without approvers' names, where two people have approved these very figures.

    Returns
    -------
    int
        0, or 4 where nothing can be released or, ``again``, nobody has approved it.

    Raises
    ------
    LarcError
        As :func:`larcnb.disclosure.release`; results are missing or older than what they rest on (exit code 4); a batch
        holds the root (75).
    """
    with hold(root):
        at(f"Checking what of round {name} may be published")
        _check_results(root, name)
        if approvers or (again and work_out(root, name).is_known):
            made = release(root, name, approvers or None)
            index = make_pages(root, name, at).relative_to(root.path).as_posix()
            pages = plural(len(made.tables), "public page")
            say(f"Round {name} is released: {pages}, listed in {root.said(index)}.")
            if failed := sum(verdict.verdict == "fail" for verdict in made.verdicts):
                tables = plural(failed, "failed table")
                say(f"{tables} left out; the pages say so where they would have stood.")
            return 0
        code = _report(root, prepare(root, name), say)
    if again:
        say("No public page was made: nobody has approved these figures yet.")
    return WITHHELD if again else code


def _check_results(root: Root, round_name: str) -> None:
    """Refuse results that are not those of the present returns, params and code."""
    request = Request(root, round=round_name, only=(PRICED,), consortium=False)
    old = [job for job, state, _ in states(make_plan(request)) if state != "up to date"]
    if stale := sorted(s for s in old if (root.processed(s) / "cases.parquet").is_file()):
        words = f"Not results of the present returns, params and code: {', '.join(stale)}."
        todo = f"Run larcnb batch --round {round_name}{root.option} first; mend what it refuses."
        raise withheld(f"{words} {todo}")


def _report(root: Root, made: Any, say: Say) -> int:
    """The verdict report in a few lines, where it lies, and what to do next."""
    first, *_, audit = made.text.splitlines()
    counts = Counter(verdict.verdict for verdict in made.verdicts)
    say(first)
    for reason in made.refused:
        say(f"REFUSED {reason}.")
    if made.edition.no_page:
        say(f"No page for {len(made.edition.no_page)}: {', '.join(sorted(made.edition.no_page))}.")
    say(f"Tables: {', '.join(f'{counts[word]} {word}' for word in codes.VERDICT)}.")
    for word, meaning in codes.VERDICT.items():
        say(f"  {word}: {meaning}.")
    say(audit)
    say(f"The verdict report: {root.said(f'private/disclosure/{made.round}/report.txt')}")
    if made.refused:
        say("Nothing can be released.")
        return WITHHELD
    ask = f"larcnb publish --round {made.round}{root.option}" + ' --approve "First Last"' * 2
    say(f"Nothing is released yet. When two people have read the report: {ask}")
    return 0


def make_pages(root: Root, round_name: str, at: Say) -> Path:
    """Make the pages of a round's last release; all of them are put in place together, or none.

    Parameters
    ----------
    root : Root
    round_name : str
    at : function of a line
        Told what is being done, as each page begins.

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
    folder = root.reports / "public" / round_name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=folder.parent) as scratch:
        pages = Path(scratch) / "pages"
        pages.mkdir()
        for place in _released(root, round_name, "manifest")["places"]:
            at(f"Making the page of {place['name']}")
            page = make_page(root, round_name, place["id"])
            (pages / f"{place['id']}.html").write_bytes(page.encode("utf-8"))
        (pages / "index.html").write_bytes(_index(root, round_name).encode("utf-8"))
        outputs.swap(pages, folder)
    return folder / "index.html"


def make_page(root: Root, round_name: str, place: str) -> str:
    """The page of a place of a round's last release, as HTML.

    Raises
    ------
    LarcError
        Nothing was released of it (exit code 4); as :func:`make_pages`.
    """
    manifest = _released(root, round_name, "manifest")
    names = {entry["id"]: entry["name"] for entry in manifest["places"]}
    if place not in names:
        raise withheld("The last release has no page of that place.")
    name, path = names[place], root.notebooks / "public" / f"{NOTEBOOK}.ipynb"
    logs, job = root.path / "private" / "logs", f"public/{round_name}/{place}"
    given = Notebook(NOTEBOOK, path), job, {"place": place, "round_name": round_name}, logs, ""
    outcome = alone(root, logs, Call(place, run_notebook, given, TIMEOUT))
    if failure := outcome.failure:
        raise LarcError(f"The page of {place} could not be made. {failure}", exit_code=1)

    nb, title = outcome.value, heading_of(outcome.value["cells"][0])
    bare = nb | {"cells": [{**cell, "outputs": []} for cell in nb["cells"]]}
    page, written = (render_page(each, title, "public", name=name) for each in (nb, bare))
    # The sentence on rounding begins to count at 1, and the page names its release.
    said = {"said": [1, manifest["number"]]}
    if strays := stray_numbers(page, written, _released(root, round_name, place) | said):
        words = f"The page of {name} would show {len(strays)} number(s) in no checked table"
        raise withheld(f"{words}. No page was put in place.")
    file, made = f"{place}.json", datetime.date.today().isoformat()
    made_from = {"release": manifest["release"], file: manifest["files"][file], **code_of(path)}
    return render_page(nb, title, "public", name=name, made=made, made_from=made_from)


def _index(root: Root, round_name: str) -> str:
    """The list of the edition's pages, and of its national tables what they find, in two sentences."""
    manifest = _released(root, round_name, "manifest")
    tables = {}
    for place in manifest["places"]:
        plain = _released(root, round_name, place["id"])["tables"]
        tables[place["id"]] = {table["table"]: read_checked(table) for table in plain}
    edition, made = WORDS["editions"]["public"], datetime.date.today().isoformat()
    return render("public.html.j2", edition=edition, made=made, manifest=manifest, tables=tables)


def _released(root: Root, round_name: str, name: str) -> dict[str, Any]:
    """A file of the last release: a place's tables, or the manifest."""
    if not (content := read_json(public_folder(root, round_name) / f"{name}.json")):
        raise withheld("The public edition is not whole: release again.")
    return content
