"""Futures avoided: what moderators agreed would have happened becomes yearly flows of the ledger.

In: the tables ``futures`` and ``moderation`` of a return, the national futures library, prices and
assumptions. Out: ledger lines of the stage ``future`` (METHOD.md part 2). Three steps, each usable alone:
:func:`judge` which futures count, :func:`library_rows` what they would have used with nothing counted
twice, :func:`flows` what that is worth in each year.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.library import Library, contained_items, exact, settled
from larcnb.params import Assumptions
from larcnb.pricing import NOT_COSTED, ledger_frame, to_penny

LIKELIHOODS = list(codes.LIKELIHOOD)
NOT_MODERATED = "told and not moderated"
NOT_ACCEPTED = "not accepted by the moderators"
NO_NATIONAL_COST = "no national cost"
AFTER_HORIZON = "begins after the long term"


def judge(futures: pd.DataFrame, moderation: pd.DataFrame, cases: pd.DataFrame, accept_at: str) -> pd.DataFrame:
    """Decide which futures count: several witnesses of one future are one future.

    A future counts where it was accepted, its agreed likelihood is at or above ``accept_at`` and the
    case is costed.

    Parameters
    ----------
    futures : DataFrame
        ``case_id``, ``future``, ``perspective``, ``likelihood``, ``source_row``: one row a witness.
    moderation : DataFrame
        ``case_id``, ``future``, ``likelihood``, ``accepted``, ``people``, ``source_row``: one row a future.
    cases : DataFrame
        ``case_id``, ``costed``.
    accept_at : str
        The lowest likelihood that counts.

    Returns
    -------
    DataFrame, one row a case and future
        ``case_id``, ``future``, ``likelihood`` (agreed; blank where not moderated), ``people``, ``witnesses``,
        ``why_not`` (blank where the future counts), ``source_row``; in the order of moderation, then those
        told and not moderated.

    Source
    ------
    Easton et al (2012), LARC4, section 1.1: moderation accepted futures held likely or highly likely.
    """
    costed = set(cases.loc[cases["costed"] == "yes", "case_id"])
    witnesses = futures.groupby(["case_id", "future"]).size()
    rulings = zip(*(moderation[name].tolist() for name in ("accepted", "likelihood", "case_id")), strict=True)
    why_not = [_why_not(accepted, likelihood, case in costed, accept_at) for accepted, likelihood, case in rulings]
    agreed = moderation.assign(why_not=why_not)
    moderated = set(zip(moderation["case_id"], moderation["future"], strict=True))
    told = futures.drop_duplicates(["case_id", "future"])
    untouched = [key not in moderated for key in zip(told["case_id"], told["future"], strict=True)]
    told = told.loc[np.array(untouched, dtype=bool)].assign(likelihood=pd.NA, people=1, why_not=NOT_MODERATED)
    columns = ["case_id", "future", "likelihood", "people", "why_not", "source_row"]
    judged = pd.concat([agreed[columns].astype({"likelihood": object}), told[columns]], ignore_index=True)
    keys = pd.MultiIndex.from_frame(judged[["case_id", "future"]])
    return judged.assign(witnesses=witnesses.reindex(keys, fill_value=0).to_numpy(dtype="int64"))


def _why_not(accepted: str, likelihood: str, costed: bool, accept_at: str) -> str:
    if not costed:
        return NOT_COSTED
    if accepted != "yes":
        return NOT_ACCEPTED
    if LIKELIHOODS.index(likelihood) < LIKELIHOODS.index(accept_at):
        return f"agreed likelihood below {accept_at}"
    return ""


def overlap(start: Fraction, years: Fraction, t: int) -> Fraction:
    """The share of year ``t`` (from t to t + 1) in which a spell of ``years`` from ``start`` runs.

    ``max(0, min(t + 1, start + years) - max(t, start))``

    Examples
    --------
    Half a year from a quarter into year 0:

    >>> [str(overlap(Fraction(1, 4), Fraction(1, 2), t)) for t in (0, 1)]
    ['1/2', '0']
    """
    return max(Fraction(0), min(Fraction(t + 1), start + years) - max(Fraction(t), start))


@lru_cache(maxsize=1 << 12)
def _running(start: Fraction, years: Fraction, long_years: int) -> tuple[tuple[int, Fraction], ...]:
    """The years of the long term in which a spell runs, with the share of each."""
    last = min(long_years, ceil(start + years))
    shares = ((t, overlap(start, years, t)) for t in range(last))
    return tuple((t, share) for t, share in shares if share)


def library_rows(judged: pd.DataFrame, library: Library, prices: pd.DataFrame, long_years: int) -> pd.DataFrame:
    """Set beside each future the library's rows for it, and leave out what would count twice.

    Of a case's counted futures that share an overlap group only the costliest stays (by base x overlap over
    its rows and the long term; ties: the first code). Then, over all of the case's remaining rows, a row
    whose item another remaining row's item contains is left out; a row left out still contains.

    Parameters
    ----------
    judged : DataFrame
        :func:`judge`.
    library : Library
        Its ``futures``.
    prices : DataFrame indexed by ``item``
        :meth:`larcnb.library.Library.prices`.
    long_years : int
        The long term, in years.

    Returns
    -------
    DataFrame, one row a case, future and library row
        ``case_id``, ``future``, ``likelihood``, ``people``, ``item``, ``quantity``, ``start``, ``years`` (exact),
        ``base`` (exact, GBP a year, blank where unpriced), ``grade`` (the worse of the row's and the item's),
        ``note`` (blank where the row counts and has a price), ``counts`` (bool), ``source_row``.

    Source
    ------
    METHOD.md part 2, "Nothing counted twice"; unit cost database entries that nest (research, domain notes).
    """
    by_future: dict[str, list] = {}
    for spell in library.futures.reset_index(drop=True).itertuples():
        by_future.setdefault(spell.future, []).append(spell)
    known = settled(prices).to_dict("index")
    rows = [
        _row(future, spell, known.get(spell.item))
        for future in judged.itertuples()
        for spell in by_future[future.future]
    ]
    by_case: dict[str, list[dict]] = {}
    for row in rows:
        if row["counts"]:
            by_case.setdefault(row["case_id"], []).append(row)
    contains = contained_items(prices)
    for of_case in by_case.values():
        _leave_out_rivals(of_case, long_years)
        _leave_out_contained([row for row in of_case if row["counts"]], contains)
    return pd.DataFrame(rows, columns=ROW_COLUMNS)


ROW_COLUMNS = [
    "case_id", "future", "likelihood", "people", "item", "quantity", "start", "years", "base", "grade",
    "overlap_group", "price", "note", "counts", "source_row", "spell",
]  # fmt: skip


def _row(future, spell, price: dict | None) -> dict:
    priced = not pd.isna(spell.item)
    grade = int(spell.grade) if price is None else max(int(spell.grade), int(price["grade"]))
    quantity, start, years = (exact(x) if priced else None for x in (spell.quantity, spell.start, spell.years))
    note = future.why_not
    if not note and price is None:
        note = f"no unit cost for {spell.item} in this vintage" if priced else NO_NATIONAL_COST
    return {
        "case_id": future.case_id, "future": future.future, "likelihood": future.likelihood,
        "people": int(future.people), "item": spell.item if priced else None, "quantity": quantity,
        "start": start, "years": years, "base": int(future.people) * quantity * price["exact"] if price else None,
        "grade": grade, "overlap_group": None if pd.isna(spell.overlap_group) else spell.overlap_group, "price": price,
        "note": note, "counts": not future.why_not, "source_row": future.source_row, "spell": spell.Index,
    }  # fmt: skip


def costliest(rows: list[dict], long_years: int) -> dict[str, tuple[str, frozenset[str]]]:
    """Of each overlap group of a case the future that costs most over the long term, and all that have a price."""
    groups: dict[str, dict[str, Fraction]] = {}
    for row in rows:
        if row["overlap_group"] and row["base"] is not None:
            costs = groups.setdefault(row["overlap_group"], {})
            run = sum((share for _, share in _running(row["start"], row["years"], long_years)), Fraction(0))
            costs[row["future"]] = costs.get(row["future"], Fraction(0)) + row["base"] * run
    return {group: (min(of, key=lambda code: (-of[code], code)), frozenset(of)) for group, of in groups.items()}


def _leave_out_rivals(rows: list[dict], long_years: int) -> None:
    for group, (stays, priced) in costliest(rows, long_years).items():
        for row in rows:
            if row["overlap_group"] == group and row["future"] in priced and row["future"] != stays:
                row.update(counts=False, note=f"stands for the same as {stays}, which costs more")


def _leave_out_contained(rows: list[dict], contains: dict[str, frozenset[str]]) -> None:
    held_by = {inner: row["item"] for row in rows for inner in contains.get(row["item"], ())}
    for row in rows:
        if row["item"] in held_by:
            row.update(counts=False, note=f"already in the cost of {held_by[row['item']]}")


def weights(rows: pd.DataFrame, assumptions: Assumptions, base_rates: pd.DataFrame) -> list[Fraction]:
    """The weight of each row's future, 0 to 1 (METHOD.md part 2).

    ``accepted`` 1 · ``expected`` the probability of the agreed likelihood · ``observed`` the share of comparison
    families where the base rates have one for the future, else as ``expected``.
    """
    observed = dict(zip(base_rates["future"], base_rates["comparison_share"], strict=True))

    def weight(future: str, likelihood: str) -> Fraction:
        if assumptions.weighting == "accepted":
            return Fraction(1)
        if assumptions.weighting == "observed" and future in observed:
            return exact(observed[future])
        return exact(assumptions.probability[likelihood])

    return [weight(row.future, row.likelihood) if row.counts else Fraction(0) for row in rows.itertuples()]


def year_factor(assumptions: Assumptions, grade: int, t: int) -> Fraction:
    """What a pound of base is worth in year ``t`` before its weight, exact.

    ``attribution x (1 - deadweight) x (1 - drop_off)^t x (1 - benefit_correction[grade]) / (1 + discount_rate)^t``

    Source
    ------
    METHOD.md part 2; Green Book discounting; optimism correction by grade as in the GMCA guidance.
    """
    a = assumptions
    kept = exact(a.attribution) * (1 - exact(a.deadweight)) * (1 - exact(a.benefit_correction[grade]))
    return kept * ((1 - exact(a.drop_off)) / (1 + exact(a.discount_rate))) ** t


def flows(rows: pd.DataFrame, assumptions: Assumptions, base_rates: pd.DataFrame) -> pd.DataFrame:
    """Turn library rows into ledger lines: one for each year in which a counted row runs.

    ``amount = base x overlap x weight x year factor``, exact, then rounded half up to the penny. A row that
    does not count stands at 0 in year 0 with a note; a counted row without a price has a blank amount.

    Parameters
    ----------
    rows : DataFrame
        :func:`library_rows`.
    assumptions : Assumptions
    base_rates : DataFrame
        ``future``, ``comparison_share``; used under ``observed`` weighting.

    Returns
    -------
    DataFrame
        Ledger columns; ``amount`` in GBP at the price base; ``year`` t runs from t to t + 1 after the episode.
    """
    lines, amounts = [], {}  # rows that differ in nothing but the case come to the same amount
    for row, weight in zip(rows.itertuples(), weights(rows, assumptions, base_rates), strict=True):
        running = () if row.quantity is None else _running(row.start, row.years, assumptions.long_years)
        if not row.counts or row.base is None:
            run = sum((share for _, share in running), Fraction(0))
            lines.append(_line(row, 0, run, weight, None if row.counts else 0.0, row.note))
            continue
        for t, share in running:
            key = (row.spell, row.people, weight, t)
            if key not in amounts:
                amounts[key] = to_penny(row.base * share * weight * year_factor(assumptions, row.grade, t))
            lines.append(_line(row, t, share, weight, amounts[key], row.note))
        if not running:
            lines.append(_line(row, 0, Fraction(0), weight, 0.0, AFTER_HORIZON))
    return ledger_frame(lines)


def _line(row, t: int, share: Fraction, weight: Fraction, amount: float | None, note: str) -> dict:
    price = row.price or {}
    return {
        "case_id": row.case_id, "stage": "future", "element": row.future, "item": row.item, "year": t,
        "quantity": None if row.quantity is None else float(row.people * row.quantity * share),
        "unit_value": float(price["exact"]) if price else None, "grade": row.grade, "weight": float(weight),
        **{name: price.get(name) for name in ("payer", "unit", "price_year")}, "amount": amount, "note": note,
        "source_row": row.source_row,
    }  # fmt: skip


def price_futures(
    tables: dict[str, pd.DataFrame], library: Library, prices: pd.DataFrame, assumptions: Assumptions
) -> pd.DataFrame:
    """Price the futures avoided: :func:`judge`, :func:`library_rows` and :func:`flows` in one call.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean ``cases``, ``futures`` and ``moderation``.
    library : Library
    prices : DataFrame indexed by ``item``
    assumptions : Assumptions

    Returns
    -------
    DataFrame, ledger columns
    """
    judged = judge(*(tables[name] for name in ("futures", "moderation", "cases")), assumptions.accept_at)
    rows = library_rows(judged, library, prices, assumptions.long_years)
    return flows(rows, assumptions, library.base_rates)
