"""How few is too few: the numbers below which a figure would mislead, and what is said in its place.

In: a count. Out: words, or none. These are rules of showing, not of the method: no result changes with them, it
is shown or it is not.
"""

from __future__ import annotations

LEVEL = 0.95
"""Of every interval, unless told otherwise."""
FEWEST_AUTHORITIES = 5
"""For a spread between authorities: with fewer, tau2 is mostly guesswork (Bender and others, 2018)."""
FEWEST_WITHIN = 5
"""Degrees of freedom for the spread within authorities."""
FEWEST_RATED = 10
"""Futures told of by two witnesses, for a coefficient of agreement."""
FEWEST_CASES = 5
"""Cases for the interval of a mean."""
FEWEST_PER_TERM = 10
"""Cases for each coefficient of a regression."""


def too_few(found: int, needed: int, thing: str, things: str = "") -> str:
    """Say that there are too few, and how many there would have to be; blank where there are enough.

    Examples
    --------
    >>> too_few(3, 5, "authority", "authorities"), too_few(5, 5, "case")
    ('too few: 3 authorities, 5 needed', '')
    """
    if found >= needed:
        return ""
    return f"too few: {found or 'no'} {thing if found == 1 else things or thing + 's'}, {needed} needed"
