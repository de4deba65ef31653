"""``larcnb verify PAGE``: whether a page is as it was written, and whether it would be written so again.

In: a page, anywhere, and the root it is of. Out: lines of text and an exit code: 0 all agrees, 1 something does not, 2
this is no page of the workbook. The page is made anew beside everything; nothing of the root is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from larcnb.cli.output import saying
from larcnb.errors import LarcError
from larcnb.publish.seal import Known, differences, read_page
from larcnb.root import Root, check_slug

MOST_SAID = 50
DISAGREES = FAILED = 1


def verify_page(root: Root, path: Path, say: Callable[[str], None]) -> int:
    """Verify a page.

    Parameters
    ----------
    root : Root
        Its returns, params and released tables are what the page is made anew from.
    path : Path
    say : function of a line

    Returns
    -------
    int
        0, or 1 where the page was altered, an input has changed, or a figure no longer agrees.

    Raises
    ------
    LarcError
        There is no such page, or it is not the workbook's (exit code 2); it can no longer be made (1, 3 or 4).
    """
    try:
        page = read_page(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError):
        raise LarcError("There is no page of that name that can be read.") from None
    if not page.notebook:
        raise LarcError("This is not a page of a notebook: it does not say which.")
    whose = f"{page.notebook} of {page.unit}"
    say(
        f"Unaltered: the page is as it was written ({whose})."
        if page.is_unaltered
        else f"ALTERED: the page is not as it was written ({whose})."
    )
    with saying() as at:
        made = (
            _public(root, page, at)
            if page.unit.startswith("public/")
            else _internal(root, page, at)
        )
    anew = read_page(made)
    changed = list(_changed(page.made_from, anew.made_from))
    for line in changed or ["Inputs: all of them are those the page was made from."]:
        say(line)
    found = list(differences(page, anew))
    for line in islice(found, MOST_SAID):
        say(f"No longer agrees: {line}.")
    if len(found) > MOST_SAID:
        say(f"and {len(found) - MOST_SAID:,} more.")
    say(
        f"Figures: {len(found):,} line(s) of the page no longer agree."
        if found
        else f"All {page.figures:,} figures were reproduced."
    )
    return 0 if page.is_unaltered and not changed and not found else DISAGREES


def _changed(before: Mapping[str, str], now: Mapping[str, str]):
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            word = (
                "changed" if name in before and name in now else "gone" if name in before else "new"
            )
            yield f"Input {word} since: {name}."


def _internal(root: Root, page: Known, at: Callable[[str], None]) -> str:
    """The page made anew by its notebook and those before it, in a folder that goes again."""
    at("Starting to make the page anew")
    from larcnb.params import load_authority
    from larcnb.runner.job import Job, Unit, make_job
    from larcnb.runner.notebooks import find_notebooks
    from larcnb.runner.pool import Call, alone

    consortium, _, round_name = page.unit.partition("/")
    title = (
        f"round {round_name}" if round_name else load_authority(root, check_slug(consortium)).name
    )
    # A round's notebooks do not read each other's results; an authority's do.
    run = tuple(
        nb
        for nb in find_notebooks(root.notebooks)
        if nb.consortium == bool(round_name) and nb.name <= page.notebook
    )[-1 if round_name else 0 :]
    if not run or run[-1].name != page.notebook or (round_name and consortium != "consortium"):
        raise LarcError(f"The workbook has no notebook {page.notebook} for {page.unit}.")
    with TemporaryDirectory(prefix="larcnb-verify-") as folder:
        stage = Path(folder) / "stage"
        unit = Unit(page.unit, round_name or page.unit, title, round_name, run)
        job = Job(unit, root.path, stage, Path(folder), run, pages=(page.notebook,))
        call = Call(page.unit, make_job, (job,))
        outcome = alone(root, Path(folder), call, lambda name: at(f"Running {name} anew"))
        if outcome.kind != "done":
            raise LarcError("The page cannot be made anew: its process ended.", exit_code=FAILED)
        if failure := outcome.value.failure:
            words = f"The page cannot be made anew: {failure.reason} {failure.todo}".strip()
            raise LarcError(words, exit_code=failure.exit_code)
        return (stage / "reports" / f"{page.notebook}.html").read_text(encoding="utf-8")


def _public(root: Root, page: Known, at: Callable[[str], None]) -> str:
    """The page of the place as the last release of its round has it, if the data still say the same."""
    from larcnb.disclosure import work_out
    from larcnb.errors import WITHHELD
    from larcnb.publish.edition import opened

    round_name, _, place = page.unit.removeprefix("public/").partition("/")
    at("Working out the release anew")
    if not work_out(root, round_name).is_known:
        words = f"The figures of round {round_name} are no longer those that were released: make a new release."
        raise LarcError(words, exit_code=WITHHELD)
    at("Making the page anew")
    with opened(root, round_name) as page_of:
        return page_of(place)
