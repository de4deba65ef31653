"""The valuation: docs/method.md part 2 once, for one set of values exactly or for many at once.

In: values under their names, each an array. Out: pounds by year, case and payer, every ledger line rounded to the
penny. Arrays of ``Fraction`` (one set of values) make the ledger exactly; arrays of floats (n draws) make the
sensitivity of the result. Both go through :func:`flow` and :func:`pence`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import Any

import numpy as np
import pandas as pd

from larcnb.library import exact
from larcnb.params import Assumptions
from larcnb.params.assumptions import LIMITS, WHOLE, by_key

Values = Mapping[str, np.ndarray]
"""Values under their names, each an array of n, or of one for all n: see :func:`central`."""

TIE = 1e-6
"""Pence within which a float is taken for the half penny that an exact amount rounds away from 0."""
HELD = 1 << 17
"""Numbers held at one time of input lines x n: what a processor's cache holds."""


def pence(amount: Any) -> Any:
    """Round pounds half up to the penny, half up in the amount without its sign: the workbook's one rounding.

    Parameters
    ----------
    amount : Fraction, array of Fraction, float or array of float
        GBP. A float within a millionth of a penny of the half penny is taken for it.

    Returns
    -------
    float or array of float
        Whole pence.

    Examples
    --------
    >>> pence(Fraction("10.005")), pence(Fraction("-0.005")), float(pence(-0.005))
    (1001.0, -1.0, -1.0)
    """
    if isinstance(amount, Fraction | int):
        part, whole = abs(amount.numerator), amount.denominator
        whole = float((200 * part + whole) // (2 * whole))
        return -whole if amount < 0 else whole
    if isinstance(amount, np.ndarray) and amount.dtype.hasobject:
        return np.frompyfunc(pence, 1, 1)(amount).astype(float)
    return np.copysign(np.floor(np.abs(amount) * 100 + (0.5 + TIE)), amount) + 0.0


def overlap(start: Any, years: Any, t: Any) -> Any:
    """The share of year ``t`` (from t to t + 1) in which a row that begins at ``start`` and lasts ``years`` runs.

    ``max(0, min(t + 1, start + years) - max(t, start))``

    Examples
    --------
    Half a year from a quarter into year 0:

    >>> overlap(0.25, 0.5, np.array([0, 1])).tolist()
    [0.5, 0.0]
    """
    return np.maximum(0, np.minimum(t + 1, start + years) - np.maximum(t, start))


def present_value(drop_off: Any, discount_rate: Any, t: Any) -> Any:
    """What is left of a pound in year ``t``: ``(1 - drop_off)^t / (1 + discount_rate)^t``."""
    return ((1 - drop_off) / (1 + discount_rate)) ** t


def flow(base, share, chance, prevented, attribution, deadweight, correction, left) -> Any:
    """What help avoided of one row of the futures library in one year, before rounding, GBP at the price base.

    ``base x overlap x chance x prevented x attribution x (1 - deadweight) x (1 - drop_off)^t
    x (1 - benefit_correction[g]) / (1 + discount_rate)^t``

    Parameters
    ----------
    base : people x quantity x unit value, GBP a year
    share : :func:`overlap`, share of the year
    chance : that the future would have happened without the help, 0 to 1
    prevented : share of such futures that help prevented: 1 less the risk ratio, below 0 where help did harm
    attribution, deadweight : shares, 0 to 1
    correction : ``benefit_correction`` of the grade of the item's price, 0 to 1
    left : :func:`present_value`

    Source
    ------
    docs/method.md part 2; GMCA cost benefit guidance (impact, deadweight, optimism); Green Book 2026, chapter 6.

    Examples
    --------
    Care at 50,000 GBP a year, told as likely (0.7), of which help prevents a third:

    >>> flow(50_000, 1, Fraction(7, 10), Fraction(1, 3), 1, 0, 0, 1)
    Fraction(35000, 3)
    """
    counted = chance * prevented * attribution * (1 - deadweight) * (1 - correction)
    return base * counted * (share * left)


def chance(a: Assumptions, values: Values, future: str, likelihood: str) -> Any:
    """The chance that a counted future would have happened without the help (docs/method.md part 2).

    ``accepted`` 1 · ``expected`` the probability of the agreed likelihood · ``observed`` the comparison share;
    None where the set has no such value.
    """
    if a.weighting == "accepted":
        p0 = np.array([1])
    elif a.weighting == "expected":
        p0 = values.get(f"probability.{likelihood}")
    else:
        p0 = values.get(f"comparison_share.{future}")
    return p0 if p0 is None else p0 * values.get("chance", 1)


def prevented(a: Assumptions, values: Values, future: str) -> Any:
    """The share of such futures that help prevented: 1 less the risk ratio (docs/method.md part 2).

    ``all`` 1 · ``evidence`` 1 less the ratio studies found · ``low`` 1 less the upper end of its range; without a
    study ``default_prevented``. None where the set has no such value.
    """
    if a.prevented == "all":
        share = np.array([1])
    elif (ratio := values.get(f"risk_ratio.{future}")) is not None:
        share = 1 - ratio
    else:
        share = values.get("default_prevented")
    return share if share is None else share * values.get("prevented", 1)


def all_prevented(a: Assumptions) -> Assumptions:
    """The set under which what is avoided is what the futures told would have cost: all prevented, none came anyway."""
    return replace(a, prevented="all", follow_up="ignore")


@dataclass(frozen=True, order=True)
class RowType:
    """One row of the futures library as some people would have used it: cases that share it share its amounts.

    Parameters
    ----------
    row : int
        The row's place in the futures library.
    future, likelihood, item, payer : str
    people, grade : int
        Family members affected; grade of the item's price.
    quantity, start, years, unit_value : Fraction
        Units a year for each person; years after the episode; years; GBP a unit at the price base.
    """

    row: int
    future: str
    likelihood: str
    people: int
    item: str
    payer: str
    grade: int
    quantity: Fraction
    start: Fraction
    years: Fraction
    unit_value: Fraction

    @cached_property
    def terms(self) -> tuple[Fraction, Fraction, Fraction]:
        """GBP a year, start and years."""
        return self.people * self.quantity * self.unit_value, self.start, self.years


@dataclass(frozen=True, repr=False)
class Exposure:
    """What the cases of a return would have used: settled at central values, then valued as often as need be.

    Parameters
    ----------
    cases : tuple of str
        The costed cases, in alphabetical order.
    input_types : list of tuple
        Input lines that are alike: stage, item, grade.
    inputs : dict of payer to three arrays
        A payer's input lines: their amounts (GBP), and the places of their types and cases in ``input_types`` and
        ``cases``.
    cases_of : dict of RowType to list of int
        The cases of each counted and priced library row, by their places in ``cases``.
    effects : DataFrame indexed by future
        :attr:`larcnb.library.Library.effects`.
    """

    cases: tuple[str, ...]
    input_types: list[tuple]
    inputs: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    cases_of: Mapping[RowType, list[int]]
    effects: pd.DataFrame


@dataclass(frozen=True)
class Evaluated:
    """What n sets of values give, GBP at the price base, each line rounded to the penny.

    Parameters
    ----------
    inputs, short, long : array, cases x n
        Inputs with the cost correction; cost avoided up to the two horizons. One row of all cases together where
        asked for so.
    by_year : array, long_years x n
    paid, avoided : dict of payer to array of n
        Inputs, and cost avoided in the long term.
    """

    inputs: np.ndarray
    short: np.ndarray
    long: np.ndarray
    by_year: np.ndarray
    paid: Mapping[str, np.ndarray]
    avoided: Mapping[str, np.ndarray]

    def saving(self, horizon: str = "long") -> np.ndarray:
        """Avoided less inputs over all cases, n values; ``horizon`` is ``short`` or ``long``."""
        return np.round(getattr(self, horizon).sum(0) - self.inputs.sum(0), 2)


def central(effects: pd.DataFrame, a: Assumptions, exactly: bool = False) -> dict[str, np.ndarray]:
    """The values of a set of assumptions under the names that tables use: those the set uses, and no others.

    Parameters
    ----------
    effects : DataFrame indexed by future
        :attr:`larcnb.library.Library.effects`.
    a : Assumptions
    exactly : bool
        Fractions, for the ledger; else floats.

    Returns
    -------
    dict of name to array of one
        ``deadweight``, ``attribution``, ``drop_off``, ``discount_rate``, ``benefit_correction.<grade>``,
        ``cost_correction.<grade>``; ``probability.<likelihood>`` under ``expected``; ``comparison_share.<future>``
        under ``observed``; ``risk_ratio.<future>`` (its ``high`` under ``low``) and, unless ``observed``,
        ``default_prevented`` where not all is taken as prevented. Factors of 1 unless a table says otherwise:
        ``unit.<item>``, ``years.<future>``, ``hours``, ``quantity``, ``hours.<case_id>``, ``quantity.<case_id>``,
        ``chance``, ``prevented``.
    """
    numbers = (name for name in a.used if name in LIMITS and name not in WHOLE)
    named = (of for name in numbers for of in by_key(name, getattr(a, name), None))
    values: dict[str, Any] = {name: exact(value) for name, value, _ in named}
    if a.weighting == "observed":
        shares = effects["comparison_share"].dropna()
        values |= {f"comparison_share.{future}": share for future, share in shares.items()}
    if a.prevented != "all":
        ratios = effects["high" if a.prevented == "low" else "risk_ratio"]
        values |= {f"risk_ratio.{future}": ratio for future, ratio in ratios.items()}
    return {name: np.array([value if exactly else float(value)]) for name, value in values.items()}


def yearly(
    row_types: Iterable[RowType], a: Assumptions, values: Values
) -> Iterator[tuple[RowType, int, np.ndarray, np.ndarray]]:
    """What help avoided of some rows of the futures library, year by year.

    Parameters
    ----------
    row_types : iterable of RowType
    a : Assumptions
    values : dict of name to array
        :func:`central`, or drawn; Fractions make the amounts exact.

    Yields
    ------
    RowType, int, array, array
        The row, its first year, and from it on, years x n, the share of the year in which the row runs, and whole
        pence. No year where the row begins after the long term.
    """
    years = np.arange(a.long_years)[:, None]
    left = present_value(values["drop_off"], values["discount_rate"], years)
    for row in row_types:
        base, start, lasts = row.terms if left.dtype.hasobject else map(float, row.terms)
        lasts = lasts * values.get(f"years.{row.future}", np.array([1]))
        first, last = floor(start), min(a.long_years, ceil((start + lasts).max()))
        t = years[first:last]
        base, share = base * values.get(f"unit.{row.item}", 1), overlap(start, lasts, t)
        both = chance(a, values, row.future, row.likelihood), prevented(a, values, row.future)
        own = values["attribution"], values["deadweight"], values[f"benefit_correction.{row.grade}"]
        amount = flow(base, share, *both, *own, left[first:last])
        yield row, first, share, pence(amount)


def evaluate(
    exposure: Exposure, a: Assumptions, table: Values | None = None, by_case: bool = True
) -> Evaluated:
    """Appraise a return under n sets of values at once, each line rounded to the penny as the ledger's is.

    Parameters
    ----------
    exposure : Exposure
        :func:`larcnb.costing.ledger.expose`, for the same ``accept_at``, ``weighting``, ``long_years``, ``follow_up``.
    a : Assumptions
        Its words and years hold for all n; its numbers where ``table`` has none.
    table : dict of name to array of n, optional
        Values in place of the assumptions': the names of :func:`central`.
    by_case : bool
        Else all cases together, which needs no memory for cases x n.

    Returns
    -------
    Evaluated

    Source
    ------
    docs/method.md parts 1 and 2.
    """
    values = central(exposure.effects, a) | dict(table or {})
    n = max(map(len, values.values()))
    short, long = (np.zeros((len(exposure.cases) if by_case else 1, n)) for _ in range(2))
    by_year, avoided = np.zeros((a.long_years, n)), {}
    valued = yearly(exposure.cases_of, a, values)
    for cases, (row, first, _, amounts) in zip(exposure.cases_of.values(), valued, strict=True):
        whole = amounts.sum(0)
        by_year[first : first + len(amounts)] += len(cases) * amounts
        avoided[row.payer] = avoided.get(row.payer, 0) + len(cases) * whole
        if by_case:
            short[cases] += amounts[: max(0, a.short_years - first)].sum(0)
            long[cases] += whole
    if not by_case:
        short[0], long[0] = by_year[: a.short_years].sum(0), by_year.sum(0)
    inputs, paid = _value_inputs(exposure, values, by_case)
    inputs = np.broadcast_to(inputs / 100, short.shape)
    paid, avoided = (
        {payer: np.broadcast_to(pennies / 100, n) for payer, pennies in of.items()}
        for of in (paid, avoided)
    )
    return Evaluated(inputs, short / 100, long / 100, by_year / 100, paid, avoided)


def _value_inputs(
    exposure: Exposure, values: Values, by_case: bool
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Inputs with their corrections in whole pence, rounded line by line: by case or of all together, and by payer.

    As wide as the values that bear on inputs: one where none of these is drawn.
    """
    kinds = ["hours" if stage == "process" else "quantity" for stage, *_ in exposure.input_types]
    corrections = {
        grade: 1 + values[f"cost_correction.{grade}"] for *_, grade in exposure.input_types
    }
    factors = [
        corrections[grade] * values.get(f"unit.{item}", 1) * values.get(part, 1)
        for (_, item, grade), part in zip(exposure.input_types, kinds, strict=True)
    ]
    own = {name: of for name, of in values.items() if name.startswith(("hours.", "quantity."))}
    n = max(map(len, [*factors, *own.values()]), default=1)
    factors = np.array([np.broadcast_to(factor, n) for factor in factors])
    inputs, paid = np.zeros((len(exposure.cases) if by_case else 1, n)), {}
    step = max(1, HELD // n)
    for payer, lines in exposure.inputs.items():
        paid[payer] = np.zeros(n)
        for start in range(0, len(lines[0]), step):
            amounts, types, cases = (part[start : start + step] for part in lines)
            each = amounts[:, None] * factors[types]
            if own:
                named = (
                    f"{kinds[of]}.{exposure.cases[at]}" for of, at in zip(types, cases, strict=True)
                )
                each *= np.array([np.broadcast_to(own.get(name, 1.0), n) for name in named])
            each = pence(each)
            paid[payer] += each.sum(0)
            if by_case:
                np.add.at(inputs, cases, each)
            else:
                inputs += each.sum(0)
    return inputs, paid
