"""``larcnb publish`` and ``larcnb batch --edition public``: from results to public pages, by way of two people.

In: a root, a round, the names of those who approve. Out: lines of text and an exit code: 0 done, 2 a mistake in the
command, 4 disclosure control says no, 75 a batch holds the root.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from larcnb.cli.output import saying
from larcnb.codes import DEFAULT_ROUND
from larcnb.errors import WITHHELD, LarcError
from larcnb.root import Root
from larcnb.runner.plan import Request, make_plan, rounds_of, states, the_round

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
    return _publish(root, round_name or the_round(root), say, approvers)


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
    if request.authorities or request.only or request.limit:
        words = "A public edition is of a whole round: leave out AUTHORITY, --only and --limit."
        raise LarcError(words)
    root, name = request.root, request.round
    if not name:
        name = DEFAULT_ROUND if DEFAULT_ROUND in rounds_of(root) else the_round(root)
    if code := run(replace(request, round=name)):
        say("No public page was made: not everything of the round is done.")
        return code
    return _publish(root, name, say, again=True)


def _publish(root: Root, name: str, say: Say, approvers: Any = (), again: bool = False) -> int:
    """Release with approvers' names; ``again``, without where two people have approved these very figures."""
    from larcnb.disclosure import prepare, release, work_out
    from larcnb.runner.batch import hold

    with hold(root), saying() as at:
        at(f"Checking what of round {name} may be published")
        _check_results(root, name)
        if approvers or (again and work_out(root, name).is_known):
            return _make(root, release(root, name, approvers or None), say, at)
        code = _report(root, prepare(root, name), say)
    if again:
        say("No public page was made: nobody has approved these figures yet.")
    return WITHHELD if again else code


def _make(root: Root, made: Any, say: Say, at: Say) -> int:
    from larcnb.publish.edition import make_pages
    from larcnb.show.words import plural

    path = make_pages(root, made.round, lambda name: at(f"Making the page of {name}"))
    index, pages = path.relative_to(root.path).as_posix(), plural(len(made.tables), "public page")
    say(f"Round {made.round} is released: {pages}, listed in {root.said(index)}.")
    if failed := sum(verdict.verdict == "fail" for verdict in made.verdicts):
        tables = plural(failed, "failed table")
        say(f"{tables} left out; the pages say so where they would have stood.")
    return 0


def _check_results(root: Root, round_name: str) -> None:
    """Refuse results that are not those of the present returns, params and code."""
    request = Request(root, round=round_name, only=(PRICED,), consortium=False)
    stale = sorted(
        unit
        for unit, state, _ in states(request, make_plan(request))
        if state != "up to date" and (root.processed(unit) / "cases.parquet").is_file()
    )
    if stale:
        words = f"These results are not those of the present returns, params and code: {', '.join(stale)}."
        todo = f"Run larcnb batch --round {round_name}{root.option} first; what it refuses or fails, mend."
        raise LarcError(f"{words} {todo}", exit_code=WITHHELD)


def _report(root: Root, made: Any, say: Say) -> int:
    """The verdict report in a few lines, where it lies, and what to do next."""
    from larcnb.disclosure.checked import VERDICTS

    found, (first, *_, audit) = Counter(v.verdict for v in made.verdicts), made.lines()
    say(first)
    for reason in made.refused:
        say(f"REFUSED {reason}.")
    if made.edition.no_page:
        say(f"No page for {len(made.edition.no_page)}: {', '.join(sorted(made.edition.no_page))}.")
    say(f"Tables: {', '.join(f'{found[word]} {word}' for word in VERDICTS)}.")
    for word, meaning in VERDICTS.items():
        say(f"  {word}: {meaning}")
    say(audit)
    report = root.said(f"private/disclosure/{made.round}/report.txt")
    say(f"The verdict report: {report}")
    if made.refused:
        say("Nothing can be released.")
        return WITHHELD
    ask = f"larcnb publish --round {made.round}{root.option}"
    ask += ' --approve "First Last" --approve "First Last"'
    say(f"Nothing is released yet. When two people have read the report: {ask}")
    return 0
