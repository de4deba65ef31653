"""The checks a batch makes before any kernel starts; run in worker processes, which alone import pandas.

In: a root folder, a slug. Out: problems, or a :class:`LarcError` that refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from larcnb.errors import Problem
from larcnb.root import Root


def check_national(root: Path, note: Callable[[Any], None] = lambda word: None) -> None:
    """Read the national tables.

    Raises
    ------
    LarcError
        One breaks a rule; exit code 2.
    """
    from larcnb.library import load_library

    load_library(Root(root))


def check_authority(root: Path, slug: str, note: Callable[[Any], None] = lambda word: None) -> list[Problem]:
    """Read an authority's return under its params and the prices it uses.

    Returns
    -------
    list of Problem
        Errors and warnings, in the order of file, sheet and row.

    Raises
    ------
    LarcError
        Its params or the national tables break a rule (exit code 2), or its own unit costs do (3).
    """
    from larcnb.library import load_library
    from larcnb.params import load_authority
    from larcnb.returns import read_return

    where = Root(root)
    authority = load_authority(where, slug)
    library = load_library(where, authority)
    base = library.check_price_base(authority)
    return [*base, *read_return(where.raw(slug), slug, library, authority.vintage).problems]


def hand_back(root: Root, slug: str, problems: list[Problem]) -> bool:
    """Write the return with its issues marked, where there are any and the return can be read at all.

    Returns
    -------
    bool
        Whether ``data/processed/<authority>/return.checked.xlsx`` was written; an older one is removed first.
    """
    from larcnb.library import load_library
    from larcnb.params import load_authority
    from larcnb.returns.checked import write_checked

    path = root.processed(slug) / "return.checked.xlsx"
    path.unlink(missing_ok=True)
    if not problems or not root.raw(slug).is_dir():
        return False
    authority = load_authority(root, slug)
    write_checked(path, root.raw(slug), slug, problems, load_library(root), authority.vintage)
    return True
