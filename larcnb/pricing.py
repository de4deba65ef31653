"""The price of an episode: the return's hours and support become the input lines of the ledger.

In: clean tables of a return and :meth:`larcnb.library.Library.prices`. Out: ledger lines of the stages
``process`` and ``intervention`` (METHOD.md part 1), one for each row of the return. Holds the one
rounding rule of the workbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from larcnb.errors import REFUSED, LarcError
from larcnb.library import exact, settled

LEDGER_TYPES = {
    "case_id": "str", "stage": "str", "element": "str", "item": "str", "payer": "str", "year": "int64",
    "quantity": "float64", "unit": "str", "unit_value": "float64", "price_year": "str", "grade": "Int64",
    "weight": "float64", "amount": "float64", "note": "str", "source_row": "str",
}  # fmt: skip
NOT_COSTED = "case not costed"
NOT_DELIVERED = "support not delivered"


def to_penny(amount: Fraction) -> float:
    """Round an exact amount half up to the penny: the workbook's one rounding.

    Examples
    --------
    >>> to_penny(Fraction("10.005")), to_penny(Fraction("-0.005"))
    (10.01, 0.0)
    """
    return floor(amount * 100 + Fraction(1, 2)) / 100


def total(amounts: Iterable[float]) -> float:
    """Add ledger amounts in whole pence, so that the order of lines cannot move a penny; blanks add nothing.

    Examples
    --------
    >>> total([0.1, 0.2, float("nan")])
    0.3
    """
    return sum(round(amount * 100) for amount in amounts if not pd.isna(amount)) / 100


def pence(amounts: pd.Series) -> np.ndarray:
    """Ledger amounts in whole pence, a blank as 0; sums of these are exact and do not depend on order."""
    return np.rint(amounts.fillna(0.0).to_numpy() * 100).astype(np.int64)


def multiplied(amounts: pd.Series, by: pd.Series, factor: Mapping[Any, Fraction]) -> pd.Series:
    """Multiply ledger amounts by exact factors, each product rounded half up to the penny, a column at a time.

    Parameters
    ----------
    amounts : Series, n values
        GBP in whole pence; none blank.
    by : Series, n values
        What decides each amount's factor, such as its grade; the index of ``amounts``.
    factor : dict of value of ``by`` to Fraction

    Returns
    -------
    Series, n values
        :func:`to_penny` of each exact product.

    Examples
    --------
    >>> dearer = {1: Fraction(1), 2: Fraction("1.05")}
    >>> multiplied(pd.Series([0.10, 0.10]), pd.Series([1, 2]), dearer).tolist()
    [0.1, 0.11]
    """
    code, kinds = pd.factorize(by)
    over = np.array([factor[kind].numerator for kind in kinds], dtype=object)
    under = np.array([factor[kind].denominator for kind in kinds], dtype=object)
    whole_pence = pence(amounts)
    largest = int(np.abs(whole_pence).max(initial=0)) * max(map(abs, over), default=0) * 2 + max(under, default=0)
    whole = np.int64 if largest < 2**62 else object  # Python's whole numbers where the machine's are too short
    over, under = over.astype(whole)[code], under.astype(whole)[code]
    product = (2 * whole_pence.astype(whole) * over + under) // (2 * under)
    return pd.Series(product.astype("float64") / 100, index=amounts.index)


def totals(lines: pd.DataFrame, by: str, columns: Iterable[str]) -> pd.DataFrame:
    """Add columns of ledger amounts by group, in whole pence; blanks add nothing.

    Examples
    --------
    >>> totals(pd.DataFrame({"payer": ["nhs", "nhs"], "paid": [0.1, 0.2]}), "payer", ["paid"])["paid"].tolist()
    [0.3]
    """
    amounts = pd.DataFrame({name: pence(lines[name]) for name in columns}, index=lines.index)
    return amounts.groupby(lines[by]).sum() / 100


def ledger_frame(lines: list[dict]) -> pd.DataFrame:
    """Make a ledger of lines: DATA.md's columns and types, an index from 0."""
    frame = pd.DataFrame(lines, columns=list(LEDGER_TYPES))
    return frame.astype(LEDGER_TYPES)


def price_process(process: pd.DataFrame, cases: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Price the time spent on the process: one ledger line for each row of the return.

    ``amount = people x hours x unit value of the role``, exact, then rounded half up to the penny.
    Lines of cases not costed stand at 0 with a note.

    Parameters
    ----------
    process : DataFrame, n rows
        ``case_id``, ``element``, ``role``, ``people`` (whole, 1 or more), ``hours`` (for each person, travel
        and preparation included), ``source_row``.
    cases : DataFrame
        ``case_id``, ``costed`` (yes or no).
    prices : DataFrame indexed by ``item``
        :meth:`larcnb.library.Library.prices`: ``exact`` GBP an hour at the price base, and its provenance.

    Returns
    -------
    DataFrame, n rows in the order of ``process``
        Ledger columns; ``amount`` in GBP at the price base; ``quantity`` in hours of all people together.

    Raises
    ------
    LarcError
        A role has no unit cost. Lists every such role with the person-hours it carries.

    Source
    ------
    Easton et al (2012), LARC4, section 3.1: hours by role, priced with national unit costs.

    Examples
    --------
    Two social workers for 1.5 hours each at an invented 41 GBP an hour:

    >>> process = pd.DataFrame([("c1", "tac_meeting", "social_worker", 2, 1.5, "process.csv:2")],
    ...     columns=["case_id", "element", "role", "people", "hours", "source_row"])
    >>> cases = pd.DataFrame({"case_id": ["c1"], "costed": ["yes"]})
    >>> prices = pd.DataFrame({"exact": [Fraction(41)], "unit": ["hour"], "price_year": ["2010-11"],
    ...     "payer": ["local_authority"], "grade": [2], "category": ["role"]}, index=["social_worker"])
    >>> price_process(process, cases, prices)["amount"].tolist()
    [123.0]
    """
    rows = process.rename(columns={"role": "item"})
    quantities = [int(row.people) * exact(row.hours) for row in rows.itertuples()]
    return _price(rows, rows["element"], quantities, "process", cases, prices)


def price_interventions(interventions: pd.DataFrame, cases: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Price the support arranged: one ledger line for each row of the return.

    ``amount = quantity x unit value of the item``; support that was not delivered, and cases not costed,
    stand at 0 with a note.

    Parameters
    ----------
    interventions : DataFrame, n rows
        ``case_id``, ``support``, ``item``, ``quantity`` (in the item's unit), ``status``, ``source_row``.
    cases, prices : DataFrame
        As :func:`price_process`.

    Returns
    -------
    DataFrame, n rows in the order of ``interventions``
        Ledger columns; ``amount`` in GBP at the price base.

    Raises
    ------
    LarcError
        An item has no unit cost. Lists every such item with its quantity.

    Source
    ------
    Easton et al (2012), LARC4, section 3.1: costs of the interventions put in place.
    """
    quantities = [exact(row.quantity) for row in interventions.itertuples()]
    return _price(interventions, interventions["support"], quantities, "intervention", cases, prices)


def _price(rows, elements, quantities, stage, cases, prices) -> pd.DataFrame:
    prices = settled(prices)
    _refuse_unpriced(rows["item"], quantities, prices)
    costed = set(cases.loc[cases["costed"] == "yes", "case_id"])
    known = prices.to_dict("index")
    lines = []
    for row, element, quantity in zip(rows.itertuples(), elements, quantities, strict=True):
        price = known[row.item]
        status = getattr(row, "status", "delivered")
        note = "" if status == "delivered" else f"{NOT_DELIVERED}: {status}"
        note = note if row.case_id in costed else NOT_COSTED
        lines.append({
            "case_id": row.case_id, "stage": stage, "element": element, "item": row.item,
            "payer": price["payer"], "year": 0, "quantity": float(quantity), "unit": price["unit"],
            "unit_value": float(price["exact"]), "price_year": price["price_year"], "grade": price["grade"],
            "weight": float("nan"), "amount": 0.0 if note else to_penny(quantity * price["exact"]),
            "note": note, "source_row": row.source_row,
        })  # fmt: skip
    return ledger_frame(lines)


def _refuse_unpriced(items: pd.Series, quantities: list[Fraction], prices: pd.DataFrame) -> None:
    missing: dict[str, Fraction] = {}
    for item, quantity in zip(items, quantities, strict=True):
        if item not in prices.index:
            missing[item] = missing.get(item, Fraction(0)) + quantity
    if missing:
        listed = ", ".join(f"{item} ({float(quantity):g} in all)" for item, quantity in sorted(missing.items()))
        raise LarcError(
            f"No unit cost for {len(missing)} item(s): {listed}. Add each to unit_costs.csv with its source, "
            "or correct the item in the return.",
            exit_code=REFUSED,
        )
