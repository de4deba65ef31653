"""The checks a batch makes before any notebook runs; made in processes of the pool, which alone import pandas.

In: a root folder, a slug. Out: problems, or a :class:`LarcError` that refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from larcnb.errors import REFUSED, LarcError, Problem, not_permitted
from larcnb.root import Root

if TYPE_CHECKING:
    from larcnb.params import Authority

LISTED = ("initiator", "role", "item", "future")
UNSURE = {(column, code) for column in LISTED for code in ("not-allowed", "no-unit-cost")}
"""Problems that rest on the lists of items and futures being whole."""


def check_national(root: Path, note: Callable[[Any], None] = lambda word: None) -> None:
    """Read the national tables.

    Raises
    ------
    LarcError
        One breaks a rule; exit code 2.
    """
    from larcnb.library import load_library

    load_library(Root(root))


def check_authority(
    root: Path, slug: str, note: Callable[[Any], None] = lambda word: None
) -> list[Problem]:
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
    from larcnb.params import assumptions_for, load_authority, load_preset
    from larcnb.params.overrides import beyond_logged

    authority = load_authority(Root(root), slug)
    assumptions_for(Root(root), authority)
    log = load_preset(Root(root), authority.preset).log
    found = _read(Root(root), slug, authority) + beyond_logged(
        f"params/{slug}.yaml", authority.overrides, log
    )
    if any(problem.file.startswith("params/") and problem.severity == "error" for problem in found):
        raise LarcError("The params cannot be used.", found)
    return found


def check_all(
    root: Root, slugs: Iterable[str], at: Callable[[str], None] = lambda words: None
) -> tuple[list[Problem], dict[str, list[Problem]]]:
    """Read all that some authorities rest on, and say everything that is wrong at once.

    Parameters
    ----------
    root : Root
    slugs : iterable of str
    at : function of words
        Told what is being read.

    Returns
    -------
    list of Problem, and dict of authority to list of Problem
        Of params and national tables; of each return that is there. Where its params cannot be read, a return is
        checked without prices.
    """
    shared: list[Problem] = []
    returns: dict[str, list[Problem]] = {}
    at("Reading the national tables")
    try:
        check_national(root.path)
    except LarcError as error:
        shared += error.problems
    except PermissionError as error:
        shared += not_permitted(error).problems
    for slug in dict.fromkeys(slugs):
        at(f"Reading the return of {slug}")
        try:
            returns[slug] = check_authority(root.path, slug)
        except PermissionError as error:
            refused = not_permitted(error)
            if refused.exit_code == REFUSED:
                returns[slug] = refused.problems
            else:
                shared += refused.problems
        except LarcError as error:
            if not error.problems:
                raise
            shared += [problem for problem in error.problems if problem.file.startswith("params/")]
            if root.raw(slug).is_dir():
                returns[slug] = _read(root, slug, None)
    return sorted(set(shared)), returns


def _read(root: Root, slug: str, authority: Authority | None) -> list[Problem]:
    from larcnb.library import read_library
    from larcnb.returns import read_return

    library = read_library(root, authority)
    wrong = [problem for problem in library.problems if problem.severity == "error"]
    found = read_return(
        root.raw(slug), slug, library, authority.vintage if authority else ""
    ).problems
    if (
        wrong or not authority
    ):  # what seems to have no price may be a row with an error, or priced in its vintage
        found = [problem for problem in found if (problem.column, problem.code) not in UNSURE]
    if authority and not any(problem.file == "national/deflators.csv" for problem in wrong):
        found += library.check_price_base(authority)
    return sorted(
        {
            *found,
            *(problem for problem in library.problems if not problem.file.startswith("national/")),
        }
    )


def verdict(root: Root, slug: str, shared: list[Problem], problems: list[Problem]) -> str:
    """What the check of an authority comes to; ``shared`` is what is wrong with params and national tables."""
    from larcnb.show.words import plural

    errors = sum(problem.severity == "error" for problem in problems)
    warnings = plural(len(problems) - errors, "warning")
    own = sum(problem.file == f"params/{slug}.yaml" for problem in shared)
    if own:
        rest = (
            f"{errors} more in its return"
            if errors
            else "none found in its return, which was checked without them"
        )
        return f"{slug}: refused; {plural(own, 'error')} in its params, {rest}; {warnings}."
    if errors:
        return f"{slug}: refused; {plural(errors, 'error')}, {warnings}."
    if shared:
        return f"{slug}: no error in its return, {warnings}; it cannot be priced until the errors above are mended."
    if sent_nothing(root, slug):
        return (
            f"{slug}: the return is valid but contains no cases; {warnings}. Its pages will say so."
        )
    return f"{slug}: the return is valid; no errors, {warnings}."


def sent_nothing(root: Root, slug: str) -> bool:
    """Whether a return that is in order has no case: valid (DATA.md, "Files"), but seldom what was meant."""
    from larcnb.library import load_library
    from larcnb.returns import read_return

    return read_return(root.raw(slug), slug, load_library(root), "").tables["cases"].empty


def hand_back(root: Root, slug: str, problems: list[Problem]) -> bool:
    """Write the return with its issues marked, where there are any and the return can be read at all.

    Returns
    -------
    bool
        Whether ``data/processed/<authority>/return.checked.xlsx`` was written; an older one is removed first.

    Raises
    ------
    PermissionError
        The older one is open in another program.
    """
    from larcnb.library import load_library
    from larcnb.params import load_authority
    from larcnb.returns.checked import write_checked

    path = root.processed(slug) / "return.checked.xlsx"
    path.unlink(missing_ok=True)
    if not problems or not root.raw(slug).is_dir():
        return False
    try:
        library, authority = load_library(root), load_authority(root, slug)
    except LarcError:  # the lists that the copy carries cannot be made
        return False
    write_checked(path, root.raw(slug), slug, problems, library, authority.vintage, authority)
    return True
