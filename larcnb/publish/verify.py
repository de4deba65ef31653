"""``larcnb verify PAGE``: whether a page is as it was written, and whether it would be written so again.

In: a page, anywhere, and the root it is of. Out: lines of text and an exit code: 0 all agrees, 1 something does not, 2
this is no page of the workbook. The page is made anew beside everything; nothing of the root is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from larcnb.errors import WITHHELD, LarcError
from larcnb.publish.checksum import PageText, differences, numbers
from larcnb.root import Root, check_slug

MOST_SAID = 50
DISAGREES = 1
Say = Callable[[str], None]


def verify_page(root: Root, path: Path, say: Say, at: Say) -> int:
    """Verify a page.

    Parameters
    ----------
    root : Root
        Its returns, params and released tables are what the page is made anew from.
    path : Path
    say, at : function of a line
        Told the findings, and what is being done.

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
        page = PageText(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError):
        raise LarcError("There is no page of that name that can be read.") from None
    if not page.notebook:
        raise LarcError("This is not a page of a notebook: it does not say which.")
    state = "Unaltered: the page is" if page.is_unaltered else "ALTERED: the page is not"
    say(f"{state} as it was written ({page.notebook} of {page.unit}).")
    make = _public if page.unit.startswith("public/") else _internal
    anew = PageText(make(root, page, at))
    before, now = page.made_from, anew.made_from
    changed = sorted(name for name in before | now if before.get(name) != now.get(name))
    for name in changed:
        word = "new" if name not in before else "changed" if name in now else "gone"
        say(f"Input {word} since: {name}.")
    if not changed:
        say("Inputs: all of them are those the page was made from.")
    apart = list(differences(page, anew))
    for line in apart[:MOST_SAID]:
        say(f"No longer agrees: {line}.")
    if apart:
        say(f"Figures: {len(apart):,} line(s) of the page no longer agree.")
    else:
        figures = sum(len(numbers(line)) for lines in page.lines.values() for line in lines)
        say(f"All {figures:,} figures were reproduced.")
    return 0 if page.is_unaltered and not changed and not apart else DISAGREES


def _internal(root: Root, page: PageText, at: Say) -> str:
    """The page made anew by its notebook and those before it, in a folder that goes again."""
    from larcnb.params import load_authority
    from larcnb.runner.notebooks import Job, find_notebooks, make_job
    from larcnb.runner.pool import Call, alone

    at("Starting to make the page anew")
    first, _, name = page.unit.partition("/")
    kind = [nb for nb in find_notebooks(root.notebooks) if nb.consortium == bool(name)]
    run = tuple(nb for nb in kind if nb.name <= page.notebook)
    if not run or run[-1].name != page.notebook or (name and first != "consortium"):
        raise LarcError(f"The workbook has no notebook {page.notebook} for {page.unit}.")
    if name:  # a round's notebooks do not read each other's results; an authority's do
        run, title = run[-1:], f"round {name}"
    else:
        title = load_authority(root, check_slug(first)).name
    with TemporaryDirectory(prefix="larcnb-verify-") as folder:
        own = Path(folder)
        here = {"root": root.path, "stage": own / "stage", "logs": own}
        job = Job(page.unit, title, name, run, todo=run, **here)
        call = Call(page.unit, make_job, (job,))
        outcome = alone(root, own, call, lambda name: at(f"Running {name} anew"))
        if failure := outcome.failure:
            words = f"The page cannot be made anew: {failure.reason} {failure.todo}".strip()
            raise LarcError(words, exit_code=failure.exit_code)
        return (job.stage / "reports" / f"{page.notebook}.html").read_text(encoding="utf-8")


def _public(root: Root, page: PageText, at: Say) -> str:
    """The page of the place as the last release of its round has it, if the data still say the same."""
    from larcnb.disclosure import work_out
    from larcnb.publish.edition import make_page

    round_name, _, place = page.unit.removeprefix("public/").partition("/")
    at("Working out the release anew")
    if not work_out(root, round_name).is_known:
        words = f"The figures of round {round_name} are no longer those that were released"
        raise LarcError(f"{words}: make a new release.", exit_code=WITHHELD)
    at("Making the page anew")
    return make_page(root, round_name, place)
