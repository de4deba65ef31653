"""The checks of params, national tables and returns: for ``larcnb check``, and before a batch starts any notebook.

In: a root, slugs. Out: problems; lines of text and an exit code. A batch runs them in worker processes, which alone
import pandas.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from larcnb.cli.output import at, say
from larcnb.errors import REFUSED, USAGE, LarcError, Problem, user_error
from larcnb.root import Root

LISTED = ("initiator", "role", "item", "future")
UNSURE = {(column, code) for column in LISTED for code in ("not-allowed", "no-unit-cost")}
"""Problems that rest on the lists of items and futures being whole."""


def check_national(root: Path, note: Any = None) -> None:
    """Read the national tables.

    Raises
    ------
    LarcError
        One breaks a rule; exit code 2.
    """
    from larcnb.library import load_library

    load_library(Root(root))


def check_authority(root: Path, slug: str, note: Any = None) -> list[Problem]:
    """Read an authority's return, and its own unit costs, under its params and the prices it uses.

    Returns
    -------
    list of Problem
        Errors and warnings, in the order of file, sheet and row; those of the national tables are left to
        :func:`check_national`.

    Raises
    ------
    LarcError
        Its params or its preset break a rule (exit code 2).
    """
    return read_authority(root, slug)[0]


def read_authority(root: Path, slug: str) -> tuple[list[Problem], bool]:
    """The problems of :func:`check_authority`, and whether the return has any cases; raises as that does."""
    from larcnb.params import assumptions_for, load_authority, load_preset
    from larcnb.params.assumptions import beyond_logged

    where = Root(root)
    authority = load_authority(where, slug)
    assumptions_for(where, authority)
    file, log = f"params/{slug}.yaml", load_preset(where, authority.preset).log
    problems, has_cases = _read(where, slug, authority)
    problems += beyond_logged(file, authority.overrides, log)
    if any(problem.file.startswith("params/") for problem in _errors(problems)):
        raise LarcError("The params cannot be used.", problems)
    return problems, has_cases


def check_returns(root: Root, slugs: Iterable[str]) -> int:
    """Read all that some authorities rest on, say everything that is wrong at once, and hand marked returns back.

    Parameters
    ----------
    root : Root
    slugs : iterable of str

    Returns
    -------
    int
        0; 2 where params or national tables cannot be used; 3 where a return is refused.
    """
    returns: dict[str, tuple[list[Problem], bool]] = {}
    at("Reading the national tables")
    _, shared = _tried(check_national, root.path)
    for slug in dict.fromkeys(slugs):
        at(f"Reading the return of {slug}")
        result, wrong = _tried(read_authority, root.path, slug)
        elsewhere = [p for p in wrong if p.file.startswith(("params/", "national/"))]
        shared += elsewhere
        if elsewhere and root.raw(slug).is_dir():  # then the return is checked without prices
            result, _ = _tried(_read, root, slug, None)
        elif not elsewhere:
            result = result or (wrong, False)
        if result:
            returns[slug] = result
    say(*sorted(set(shared)))
    for slug, (problems, has_cases) in returns.items():
        say(*sorted(problems, key=lambda p: (p.severity != "error", p)))
        say(f"{slug}: {_verdict(slug, shared, problems, has_cases)}")
        _hand_back(root, slug, problems, bool(shared))
    if shared:
        say("Params or national tables cannot be used: nothing is priced until they are mended.")
        return USAGE
    return REFUSED if any(_errors(problems) for problems, _ in returns.values()) else 0


def _tried(read: Callable[..., Any], *given: Any) -> tuple[Any, list[Problem]]:
    """What reading came to, and the problems that kept it from coming to anything."""
    try:
        return read(*given), []
    except (LarcError, OSError) as error:
        told = user_error(error)
        if not (told and told.problems):
            raise
        return None, told.problems


def _errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def _read(root: Root, slug: str, authority: Any) -> tuple[list[Problem], bool]:
    """The problems of a return, and whether it has cases; ``None``: of an authority whose params cannot be read."""
    from larcnb.library import read_library
    from larcnb.returns import read_return

    library = read_library(root, authority)
    wrong, vintage = _errors(library.problems), authority.vintage if authority else ""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50)  # a return is very many small objects without a cycle
    try:
        given = read_return(root.raw(slug), slug, library, vintage)
    finally:
        gc.set_threshold(*before)
    # What seems to have no price may be a row with an error, or priced in its vintage.
    is_sure = authority and not wrong
    problems = [p for p in given.problems if is_sure or (p.column, p.code) not in UNSURE]
    if authority and not any(problem.file == "national/deflators.csv" for problem in wrong):
        problems += library.check_price_base(authority)
    own = (problem for problem in library.problems if not problem.file.startswith("national/"))
    return sorted({*problems, *own}), not given.tables["cases"].empty


def _verdict(slug: str, shared: list[Problem], problems: list[Problem], has_cases: bool) -> str:
    """What the check of an authority comes to; ``shared`` is what is wrong with params and national tables."""
    from larcnb.show.words import plural

    own, errors = sum(p.file == f"params/{slug}.yaml" for p in shared), len(_errors(problems))
    warnings = plural(len(problems) - errors, "warning")
    if own or errors:
        return f"refused; {plural(own + errors, 'error')}, {warnings}."
    if shared:
        return f"no error in its return, {warnings}; no price until the errors above are mended."
    if not has_cases:
        return f"the return is valid but contains no cases; {warnings}. Its pages will say so."
    return f"the return is valid; no errors, {warnings}."


def _hand_back(root: Root, slug: str, problems: list, unusable: bool) -> None:
    """Write the return's problems as a run does, and all marked in it, where the lists that it carries can be made."""
    from larcnb.library import load_library
    from larcnb.notebook import write_results
    from larcnb.params import load_authority
    from larcnb.returns.quality import records
    from larcnb.returns.template import write_checked

    place = f"data/processed/{slug}/return.checked.xlsx"
    try:
        others = (f"params/{slug}.yaml", f"{slug}/unit_costs.csv")
        of_return = [problem for problem in problems if problem.file not in others]
        write_results(root.processed(slug), {"quality": records(of_return)})
        (root.path / place).unlink(missing_ok=True)
        if problems and not unusable and root.raw(slug).is_dir():
            at(f"Marking the issues of {slug}")
            authority, library = load_authority(root, slug), load_library(root)
            write_checked(root.path / place, root.raw(slug), problems, library, authority)
            say(f"The return with its issues marked: {root.said(place)}")
    except OSError as error:
        if not error.filename:  # the disk is full
            raise
        name = Path(str(error.filename2 or error.filename)).name
        where = root.said(f"data/processed/{slug}/{name}")
        say(f"{where} could not be written anew: close it in Excel and elsewhere; check again.")


def national_costs(root: Root) -> Iterator[str]:
    """Say which national unit costs of today want looking at, as lines of text."""
    from larcnb.library import load_library

    library = load_library(root)
    base = library.unit_costs["price_year"].max()
    prices = library.prices("current", base, date.today())
    cautioned = prices[prices["caution"] != ""]
    for row in cautioned.itertuples():
        yield f"{row.Index}: {row.caution} (review by {row.review_by:%d/%m/%Y})"
    yield f"{len(cautioned)} of {len(prices)} current unit costs want looking at, at {base} prices."
