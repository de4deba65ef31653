"""``larcnb publish`` and ``larcnb batch --edition public``: from results to public pages, by way of two people.

In: a root, a round, the names of those who approve. Out: lines of text and an exit code: 0 done, 2 a mistake in the
command, 4 disclosure control says no, 75 a batch holds the root.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from larcnb import codes
from larcnb.errors import WITHHELD, LarcError
from larcnb.root import Root
from larcnb.runner.plan import Request, rounds_of, the_round
from larcnb.show.words import plural

if TYPE_CHECKING:
    from larcnb.disclosure import Release

PRICED = "02_price"
"""The last notebook whose results a public edition is made of."""
Say = Callable[[str], None]


def publish_round(root: Root, round_name: str, approvers: Sequence[str], say: Say) -> int:
    """Write the verdict report of a round; with approvers, release it and make its pages.

    Raises
    ------
    LarcError
        As :func:`larcnb.disclosure.release`; results are missing or older than what they rest on (exit code 4); a batch
        holds the root (75).
    """
    from larcnb.cli.output import saying
    from larcnb.runner.batch import hold

    round_name = round_name or the_round(root)
    with hold(root), saying() as at:
        at(f"Looking whether the results of round {round_name} are up to date")
        _check_results(root, round_name)
        at("Checking what may be published")
        from larcnb.disclosure import prepare, release

        if approvers:
            made = release(root, round_name, approvers)
            return _make(root, made, say, at)
        made = prepare(root, round_name)
    for line in _summary(root, made):
        say(line)
    return WITHHELD if made.refused else 0


def public_batch(request: Request, run: Callable[[Request], int], say: Say) -> int:
    """Bring a round's own pages up to date, then its public ones, if two people have approved these very figures.

    Parameters
    ----------
    request : Request
        Of a whole round.
    run : function of a request
        Runs it and gives its exit code.
    say : function of a line

    Raises
    ------
    LarcError
        The request is of a part of a round (exit code 2); otherwise as :func:`publish_round`.
    """
    from larcnb.cli.output import saying
    from larcnb.disclosure import prepare, release, work_out
    from larcnb.runner.batch import hold

    if request.authorities or request.only or request.limit:
        raise LarcError(
            "A public edition is of a whole round: leave out AUTHORITY, --only and --limit."
        )
    default = codes.DEFAULT_ROUND if codes.DEFAULT_ROUND in rounds_of(request.root) else ""
    round_name = request.round or default or the_round(request.root)
    request = replace(request, round=round_name)
    if code := run(request):
        say("No public page was made: not everything of the round is done.")
        return code
    with hold(request.root), saying() as at:
        at("Checking what may be published")
        _check_results(request.root, round_name)
        if work_out(request.root, round_name).is_known:
            made = release(request.root, round_name)
            return _make(request.root, made, say, at)
        for line in _summary(request.root, prepare(request.root, round_name)):
            say(line)
    say("No public page was made: nobody has approved these figures yet.")
    return WITHHELD


def _make(root: Root, made: Release, say: Say, at: Say) -> int:
    from larcnb.publish.edition import make_pages, pages_folder

    names: list[str] = []
    make_pages(
        root, made.round, lambda name: (names.append(name), at(f"Making the page of {name}"))
    )
    place = root.said(pages_folder(root, made.round).relative_to(root.path).as_posix())
    say(
        f"Round {made.round} is released: {plural(len(names), 'public page')}, listed in {place}/index.html."
    )
    if failed := sum(verdict.verdict == "fail" for verdict in made.verdicts):
        say(
            f"{plural(failed, 'failed table')} left out; the pages say so where they would have stood."
        )
    return 0


def _check_results(root: Root, round_name: str) -> None:
    """Refuse results that are not those of the present returns, params and code."""
    from larcnb.runner.plan import make_plan, states

    request = Request(root, round=round_name, only=(PRICED,), consortium=False)
    there = {
        unit: state
        for unit, state, _ in states(request, make_plan(request))
        if (root.processed(unit) / "cases.parquet").is_file()
    }
    stale = sorted(unit for unit, state in there.items() if state != "up to date")
    if stale:
        raise LarcError(
            f"These results are not those of the present returns, params and code: {', '.join(stale)}. Run larcnb "
            f"batch --round {round_name}{root.option} first; what it refuses or fails, mend.",
            exit_code=WITHHELD,
        )


def _summary(root: Root, made: Release) -> list[str]:
    """The verdict report in a few lines, and where it lies."""
    from larcnb.disclosure.checked import VERDICTS

    found = Counter(verdict.verdict for verdict in made.verdicts)
    folder = root.said(f"private/disclosure/{made.round}")
    lines = made.lines()
    with_page = any(place["kind"] == "authority" for place in made.places.values())
    said = (
        [] if with_page or not made.withheld else ["No authority has enough families for a page."]
    )
    said += [lines[0], *(line for line in lines if line.startswith("REFUSED"))]
    if made.withheld:
        said.append(f"No page for {len(made.withheld)}: {', '.join(sorted(made.withheld))}.")
    said.append(
        "Tables: " + ", ".join(f"{found[word]} {word}" for word in ("pass", "review", "fail")) + "."
    )
    if not made.refused:
        said += [f"  {word}: {VERDICTS[word]}" for word in VERDICTS if found[word]]
    said += [lines[-1], f"The verdict report: {folder}/report.txt"]
    if made.refused:
        return [*said, "Nothing can be released."]
    ask = f'larcnb publish --round {made.round}{root.option} --approve "First Last" --approve "First Last"'
    return [*said, f"Nothing is released yet. When two people have read the report: {ask}"]
