"""Rounding, and what a rounded figure still leaves possible.

In: true numbers. Out: figures to the nearest base or to significant figures, half up, and the least and the largest
number behind a figure: one place, so that what is shown and what the audit believes of it cannot differ.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def to_base(count: int, base: int) -> int:
    """Round a count to the nearest multiple of ``base``, half up.

    Examples
    --------
    >>> [to_base(n, 5) for n in (7, 8, 12, 13)], to_base(15, 10)
    ([5, 10, 10, 15], 20)
    """
    return (2 * count + base) // (2 * base) * base


def behind_count(shown: int, base: int) -> tuple[int, int]:
    """The least and the largest count that is rounded to ``shown``.

    Examples
    --------
    >>> behind_count(10, 5), behind_count(20, 10)
    ((8, 12), (15, 24))
    """
    low = shown - base // 2
    return (low, low + base - 1)


def to_figures(amount: float, digits: int) -> int:
    """Round an amount to significant figures and whole pounds, half away from nought.

    Examples
    --------
    >>> to_figures(2345.0, 2), to_figures(2345.0, 3), to_figures(-12.5, 3), to_figures(0.4, 2)
    (2300, 2350, -13, 0)
    """
    return int(Decimal(repr(amount)).quantize(_unit(amount, digits), ROUND_HALF_UP))


def behind_amount(amount: float, digits: int) -> tuple[float, float]:
    """The least and the largest amount that may be behind :func:`to_figures` of ``amount``.

    Examples
    --------
    >>> behind_amount(2345.0, 2), behind_amount(97.0, 2), behind_amount(99.6, 2)
    ((2250.0, 2350.0), (96.5, 97.5), (99.5, 105.0))
    """
    shown = to_figures(amount, digits)
    size = abs(shown)
    above = max(1, 10 ** (len(str(size)) - digits))
    below = above if size != 10 ** (len(str(size)) - 1) else max(1, above // 10)
    inner, outer = size - below / 2, size + above / 2
    return (inner, outer) if shown >= 0 else (-outer, -inner)


def percent(part: int, whole: int) -> int:
    """A whole per cent of two rounded figures, half up.

    Examples
    --------
    >>> percent(25, 40), percent(5, 1000)
    (63, 1)
    """
    return (200 * part + whole) // (2 * whole)


def _unit(amount: float, digits: int) -> Decimal:
    size = Decimal(repr(abs(amount)))
    if size < 1:
        return Decimal(1)
    unit = Decimal(1).scaleb(size.adjusted() + 1 - digits)
    return unit if unit >= 1 else Decimal(1)
