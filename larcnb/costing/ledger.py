"""The ledger: a return becomes lines of pounds, one ending for each row of the return.

In: clean tables of a return, :meth:`larcnb.library.Library.prices`, the futures library and assumptions. Out: ledger
lines of the stages ``process``, ``intervention`` and ``future`` (METHOD.md parts 1 and 2), and :func:`expose`, the
same rows for values drawn many times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.costing.valuation import (
    Exposure,
    Kind,
    Values,
    central,
    chance,
    pence,
    present_value,
    prevented,
    yearly,
)
from larcnb.errors import REFUSED, LarcError
from larcnb.library import Library, contained_items, exact, settled
from larcnb.params import Assumptions

Tables = Mapping[str, pd.DataFrame]
"""The clean tables of a return."""

LEDGER_TYPES = {
    "case_id": "str",
    "stage": "str",
    "element": "str",
    "item": "str",
    "payer": "str",
    "year": "int64",
    "quantity": "float64",
    "unit": "str",
    "unit_value": "float64",
    "price_year": "str",
    "grade": "Int64",
    "chance": "float64",
    "prevented": "float64",
    "weight": "float64",
    "amount": "float64",
    "note": "str",
    "source_row": "str",
}
INPUT_STAGES = ("process", "intervention")
STEPS = {likelihood: step for step, likelihood in enumerate(codes.LIKELIHOOD)}
NOT_COSTED = "case not costed"
NOT_DELIVERED = "support not delivered"
NOT_MODERATED = "told and not moderated"
HAPPENED_ANYWAY = "happened anyway"
NOT_ACCEPTED = "not accepted by the moderators"
NO_NATIONAL_COST = "no national cost"
NO_OBSERVED_RATE = "no observed rate"
AFTER_HORIZON = "begins after the long term"


def total(amounts: Iterable[float]) -> float:
    """Add ledger amounts in whole pence, so that the order of lines cannot move a penny; blanks add nothing.

    Examples
    --------
    >>> total([0.1, 0.2, float("nan")])
    0.3
    """
    return sum(round(amount * 100) for amount in amounts if not pd.isna(amount)) / 100


def whole_pence(amounts: pd.Series) -> np.ndarray:
    """Ledger amounts in whole pence, a blank as 0; sums of these are exact and do not depend on order."""
    return np.rint(amounts.fillna(0.0).to_numpy() * 100).astype(np.int64)


def totals(lines: pd.DataFrame, by: str, columns: Iterable[str]) -> pd.DataFrame:
    """Add columns of ledger amounts by group, in whole pence; blanks add nothing.

    Examples
    --------
    >>> totals(pd.DataFrame({"payer": ["nhs", "nhs"], "paid": [0.1, 0.2]}), "payer", ["paid"])["paid"].tolist()
    [0.3]
    """
    amounts = pd.DataFrame({name: whole_pence(lines[name]) for name in columns}, index=lines.index)
    return amounts.groupby(lines[by]).sum() / 100


def ledger_frame(lines: list[dict] | pd.DataFrame) -> pd.DataFrame:
    """Make a ledger of lines: DATA.md's columns and types, an index from 0."""
    return (
        pd.DataFrame(lines, columns=list(LEDGER_TYPES)).reset_index(drop=True).astype(LEDGER_TYPES)
    )


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


def price_interventions(
    interventions: pd.DataFrame, cases: pd.DataFrame, prices: pd.DataFrame
) -> pd.DataFrame:
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
    return _price(
        interventions, interventions["support"], quantities, "intervention", cases, prices
    )


def _price(rows, elements, quantities, stage, cases, prices) -> pd.DataFrame:
    prices = settled(prices)
    missing: dict[str, Fraction] = {}
    for item, quantity in zip(rows["item"], quantities, strict=True):
        if item not in prices.index:
            missing[item] = missing.get(item, Fraction(0)) + quantity
    if missing:
        listed = ", ".join(
            f"{item} ({float(quantity):g} in all)" for item, quantity in sorted(missing.items())
        )
        message = f"No unit cost for {len(missing)} item(s): {listed}. Add each to unit_costs.csv with its source, "
        raise LarcError(message + "or correct the item in the return.", exit_code=REFUSED)
    price = prices.loc[rows["item"], ["payer", "unit", "price_year", "grade", "exact"]].set_index(
        rows.index
    )
    gone = rows["status"] if "status" in rows else pd.Series("delivered", index=rows.index)
    note = (f"{NOT_DELIVERED}: " + gone).where(gone.ne("delivered"), "")
    note = note.where(
        rows["case_id"].isin(cases.loc[cases["costed"].eq("yes"), "case_id"]), NOT_COSTED
    )
    exactly = zip(note, quantities, price.pop("exact"), strict=True)
    each = [
        (float(value), 0.0 if said else pence(quantity * value) / 100)
        for said, quantity, value in exactly
    ]
    lines = rows[["case_id", "item", "source_row"]].assign(
        stage=stage,
        element=elements,
        year=0,
        quantity=list(map(float, quantities)),
        note=note,
        unit_value=[value for value, _ in each],
        amount=[amount for _, amount in each],
    )
    return ledger_frame(lines.join(price))


def judge(
    futures: pd.DataFrame,
    moderation: pd.DataFrame,
    cases: pd.DataFrame,
    accept_at: str,
    follow_up: pd.DataFrame | None = None,
) -> pd.DataFrame:
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
    follow_up : DataFrame, optional
        ``case_id``, ``future``, ``happened``.

    Returns
    -------
    DataFrame, one row a case and future
        ``case_id``, ``future``, ``likelihood`` (agreed; blank where not moderated), ``people``, ``witnesses``,
        ``why_not`` (blank where the future counts), ``happened`` (it came anyway), ``source_row``; in the order
        of moderation, then those told and not moderated.

    Source
    ------
    Easton et al (2012), LARC4, section 1.1: moderation accepted futures held likely or highly likely.
    """
    keys = ["case_id", "future"]
    why_not = {
        NOT_COSTED: ~moderation["case_id"].isin(cases.loc[cases["costed"] == "yes", "case_id"]),
        NOT_ACCEPTED: moderation["accepted"] != "yes",
        f"agreed likelihood below {accept_at}": moderation["likelihood"].map(STEPS)
        < STEPS[accept_at],
    }
    agreed = moderation.assign(
        why_not=np.select(list(why_not.values()), list(why_not), "").tolist()
    )
    told = futures.assign(likelihood=pd.NA, people=1, why_not=NOT_MODERATED)
    judged = pd.concat([agreed.astype({"likelihood": object}), told]).drop_duplicates(
        keys, ignore_index=True
    )
    judged = judged[[*keys, "likelihood", "people", "why_not", "source_row"]]
    witnesses = (
        futures.groupby(keys).size().reindex(pd.MultiIndex.from_frame(judged[keys]), fill_value=0)
    )
    came = follow_up.query("happened == 'yes'") if follow_up is not None else futures[:0]
    happened = pd.MultiIndex.from_frame(judged[keys]).isin(came.set_index(keys).index)
    return judged.assign(witnesses=witnesses.to_numpy(dtype="int64"), happened=happened)


def judge_return(tables: Tables, a: Assumptions) -> pd.DataFrame:
    """:func:`judge` of a return's clean tables."""
    of = (tables[name] for name in ("futures", "moderation", "cases"))
    return judge(*of, a.accept_at, tables.get("follow_up"))


def library_rows(
    judged: pd.DataFrame, library: Library, prices: pd.DataFrame, a: Assumptions
) -> pd.DataFrame:
    """Set beside each future the library's rows for it, and leave out what would count twice.

    Under ``observed`` a priced row of a future without a comparison share is set aside first. Of a case's counted
    futures that share an overlap group only the costliest stays (by base x overlap over its rows and the long term;
    ties: the first code). Then, over all of the case's remaining rows, a row whose item another remaining row's item
    contains is left out; a row left out still contains.

    Parameters
    ----------
    judged : DataFrame
        :func:`judge`.
    library : Library
        Its ``futures`` and ``effects``.
    prices : DataFrame indexed by ``item``
        :meth:`larcnb.library.Library.prices`.
    a : Assumptions
        Its ``weighting`` and ``long_years``.

    Returns
    -------
    DataFrame, one row a case, future and library row
        ``case_id``, ``future``, ``likelihood``, ``people``, ``item``, ``kind`` (:class:`Kind`, None where unpriced),
        ``quantity`` (units over the long term, exact; None without an item), ``grade`` (the worse of the row's and
        the item's), ``price`` (the item's, None where unpriced), ``note`` (blank where the row counts and has a
        price), ``counts`` (bool), ``happened`` (it came anyway, and that is applied), ``source_row``.

    Source
    ------
    METHOD.md part 2, "Nothing counted twice"; unit cost database entries that nest (research, domain notes).
    """
    futures, prices = library.futures.reset_index(drop=True), settled(prices)
    by_future = {future: list(of.itertuples()) for future, of in futures.groupby("future")}
    known = prices.to_dict("index")
    observed = (
        set(library.effects["comparison_share"].dropna().index)
        if a.weighting == "observed"
        else None
    )
    rows = [
        _row(future, row, known.get(row.item), observed, a)
        for future in judged.itertuples()
        for row in by_future[future.future]
    ]
    by_case: dict[str, list[dict]] = {}
    for row in rows:
        if row["counts"]:
            by_case.setdefault(row["case_id"], []).append(row)
    contains = contained_items(prices)
    for of_case in by_case.values():
        _leave_out_rivals(of_case)
        _leave_out_contained([row for row in of_case if row["counts"]], contains)
    return pd.DataFrame(rows, columns=ROW_COLUMNS)


ROW_COLUMNS = [
    "case_id",
    "future",
    "likelihood",
    "people",
    "item",
    "kind",
    "quantity",
    "grade",
    "overlap_group",
    "price",
    "note",
    "counts",
    "happened",
    "source_row",
]


def _row(future, row, price: dict | None, observed: set[str] | None, a: Assumptions) -> dict:
    """One future of a case with one of its rows in the futures library."""
    happened = a.follow_up == "apply" and bool(getattr(future, "happened", False))
    item, people, kind, quantity = (
        None if pd.isna(row.item) else row.item,
        int(future.people),
        None,
        None,
    )
    if item:
        each, start, years = exact(row.quantity), exact(row.start), exact(row.years)
        quantity = (
            people * each * max(Fraction(0), min(Fraction(a.long_years), start + years) - start)
        )
        if price:
            kind = Kind(
                row.Index,
                row.future,
                future.likelihood,
                people,
                item,
                price["payer"],
                int(price["grade"]),
                each,
                start,
                years,
                price["exact"],
                happened,
            )
    note = future.why_not
    if not note and kind and observed is not None and row.future not in observed:
        note = NO_OBSERVED_RATE
    counts = not note
    if counts and not kind and not happened:
        note = f"no unit cost for {item} in this vintage" if item else NO_NATIONAL_COST
    return {
        "case_id": future.case_id,
        "future": future.future,
        "likelihood": future.likelihood,
        "people": people,
        "item": item,
        "kind": kind,
        "quantity": quantity,
        "grade": max(int(row.grade), int(price["grade"])) if price else int(row.grade),
        "overlap_group": None if pd.isna(row.overlap_group) else row.overlap_group,
        "price": price,
        "note": note,
        "counts": counts,
        "happened": happened,
        "source_row": future.source_row,
    }


def _leave_out_rivals(rows: list[dict]) -> None:
    """METHOD.md part 2 (a): of each overlap group of a case only the costliest future stays."""
    groups: dict[str, dict[str, Fraction]] = {}
    for row in rows:
        if row["overlap_group"] and row["kind"]:
            costs = groups.setdefault(row["overlap_group"], {})
            costs[row["future"]] = (
                costs.get(row["future"], Fraction(0)) + row["quantity"] * row["kind"].unit_value
            )
    for group, costs in groups.items():
        stays = min(costs, key=lambda code: (-costs[code], code))
        for row in rows:
            if row["overlap_group"] == group and row["future"] in costs and row["future"] != stays:
                row.update(counts=False, note=f"stands for the same as {stays}, which costs more")


def _leave_out_contained(rows: list[dict], contains: dict[str, frozenset[str]]) -> None:
    """METHOD.md part 2 (b): a row whose item is contained in another's is left out, and still contains."""
    held_by = {inner: row["item"] for row in rows for inner in contains.get(row["item"], ())}
    for row in rows:
        if row["item"] in held_by:
            row.update(counts=False, note=f"already in the cost of {held_by[row['item']]}")


def flows(rows: pd.DataFrame, effects: pd.DataFrame, a: Assumptions) -> pd.DataFrame:
    """Turn library rows into ledger lines: one for each year in which a counted row runs.

    :func:`larcnb.costing.valuation.flow`, exact, then rounded half up to the penny. A row that does not count stands
    at 0 in year 0 with a note; a counted row without a price has a blank amount.

    Parameters
    ----------
    rows : DataFrame
        :func:`library_rows`.
    effects : DataFrame indexed by future
        :attr:`larcnb.library.Library.effects`.
    a : Assumptions

    Returns
    -------
    DataFrame
        Ledger columns; ``amount`` in GBP at the price base; ``year`` t runs from t to t + 1 after the episode.
    """
    values = central(effects, a, exactly=True)
    left = present_value(
        values["drop_off"], values["discount_rate"], np.arange(a.long_years)[:, None]
    )
    lines, valued = [], {}
    for row in rows.itertuples():
        if row.counts and row.happened:
            lines.append(_line(row, 0, row.quantity, 0.0, HAPPENED_ANYWAY, {}))
            continue
        if not row.counts or row.kind is None:
            amount = None if row.counts else 0.0
            chances = _chances(row, values, a) if row.counts else {}
            lines.append(_line(row, 0, row.quantity, amount, row.note, chances))
            continue
        kind, key = row.kind, (row.kind.row, row.people, row.likelihood)
        if key not in valued:  # cases whose future is alike in all but the family
            valued[key] = *yearly(kind, a, values, left), _chances(row, values, a)
        first, shares, amounts, chances = valued[key]
        for t, (share, amount) in enumerate(zip(shares[:, 0], amounts[:, 0], strict=True), first):
            if share:
                lines.append(
                    _line(
                        row, t, row.people * kind.quantity * share, amount / 100, row.note, chances
                    )
                )
        if not len(shares):
            lines.append(_line(row, 0, 0, 0.0, AFTER_HORIZON, {}))
    return ledger_frame(lines)


def _chances(row, values: Values, a: Assumptions) -> dict[str, float]:
    """A future's two chances as the ledger shows them; nothing for what the set of assumptions cannot say."""
    p0, kept = chance(a, values, row.future, row.likelihood), prevented(a, values, row.future)
    found = {
        "chance": p0,
        "prevented": kept,
        "weight": None if p0 is None or kept is None else p0 * kept,
    }
    return {name: float(value[0]) for name, value in found.items() if value is not None}


def _line(row, t, quantity, amount, note, chances) -> dict:
    price = row.price or {}
    return {
        "case_id": row.case_id,
        "stage": "future",
        "element": row.future,
        "item": row.item,
        "year": t,
        "quantity": None if quantity is None else float(quantity),
        "unit_value": float(price["exact"]) if price else None,
        "grade": row.grade,
        **chances,
        **{name: price.get(name) for name in ("payer", "unit", "price_year")},
        "amount": amount,
        "note": note,
        "source_row": row.source_row,
    }


def price_futures(
    tables: Tables, library: Library, prices: pd.DataFrame, a: Assumptions
) -> pd.DataFrame:
    """Price the futures avoided: :func:`judge`, :func:`library_rows` and :func:`flows` in one call.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean ``cases``, ``futures`` and ``moderation``.
    library : Library
    prices : DataFrame indexed by ``item``
    a : Assumptions

    Returns
    -------
    DataFrame, ledger columns
    """
    judged = judge_return(tables, a)
    return flows(library_rows(judged, library, prices, a), library.effects, a)


def told_anyway(
    tables: Tables, library: Library, prices: pd.DataFrame, a: Assumptions
) -> pd.Series:
    """What the futures that came anyway would have cost, by their chance: they were told, though not avoided.

    Returns
    -------
    Series indexed by ``case_id``
        GBP at the price base, of the cases with such futures; empty under ``follow_up: ignore``.
    """
    judged = judge_return(tables, a)
    of_cases = judged["case_id"].isin(judged.loc[judged["happened"], "case_id"])
    rows = library_rows(judged[of_cases & (a.follow_up == "apply")], library, prices, a)
    values = central(library.effects, a, exactly=True)
    left = present_value(
        values["drop_off"], values["discount_rate"], np.arange(a.long_years)[:, None]
    )
    came = rows[rows["counts"].eq(True) & rows["happened"].eq(True) & rows["kind"].notna()]
    gbp = [yearly(kind, a, values, left, told=True)[2].sum() / 100 for kind in came["kind"]]
    return pd.Series(gbp, came.index, dtype="float64").groupby(came["case_id"]).agg(total)


def price_return(
    tables: Tables, library: Library, prices: pd.DataFrame, a: Assumptions
) -> pd.DataFrame:
    """Price a whole return: the ledger, inputs first, then futures.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean tables of a return.
    library : Library
    prices : DataFrame indexed by ``item``
        :meth:`larcnb.library.Library.prices`.
    a : Assumptions

    Returns
    -------
    DataFrame
        Ledger columns of DATA.md; GBP at the price base.
    """
    return join(*_inputs(tables, prices), price_futures(tables, library, prices, a))


def _inputs(tables: Tables, prices: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    process, support, cases = tables["process"], tables["interventions"], tables["cases"]
    return price_process(process, cases, prices), price_interventions(support, cases, prices)


def join(*parts: pd.DataFrame) -> pd.DataFrame:
    """Join ledger lines of several stages into one ledger, an index from 0."""
    return pd.concat(parts, ignore_index=True)


def expose(
    tables: Tables,
    library: Library,
    prices: pd.DataFrame,
    a: Assumptions,
    ledger: pd.DataFrame | None = None,
    name: str = "",
) -> Exposure:
    """Settle what counts, at central values, for :func:`larcnb.costing.valuation.evaluate`.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean tables of a return.
    library : Library
    prices : DataFrame indexed by ``item``
    a : Assumptions
        Their ``accept_at``, ``weighting`` and ``long_years`` decide which rows count.
    ledger : DataFrame, optional
        Where it is priced already; its input lines are used as they stand.
    name : str
        The authority's slug.

    Returns
    -------
    Exposure
        The same whatever the order of rows.
    """
    if ledger is None:
        ledger = join(*_inputs(tables, prices))
    cases = tuple(sorted(tables["cases"].loc[tables["cases"]["costed"] == "yes", "case_id"]))
    at = {case: place for place, case in enumerate(cases)}
    spent = ledger[ledger["stage"].isin(INPUT_STAGES) & (ledger["amount"] > 0)]
    spent = spent.assign(case=spent["case_id"].map(at), grade=spent["grade"].astype(int))
    columns = ["case", "stage", "item", "grade", "payer", "amount"]
    judged = judge_return(tables, a)
    found = library_rows(judged[judged["why_not"] == ""], library, prices, a)
    counted = [row for row in found.itertuples() if row.counts]
    kinds = sorted(
        {
            (kind.row, kind.likelihood, kind.people, kind.happened): kind
            for row in counted
            if (kind := row.kind)
        }.items()
    )
    place = {key: number for number, (key, _) in enumerate(kinds)}
    rows = sorted(
        (at[row.case_id], place[row.kind.row, row.likelihood, row.people, row.kind.happened])
        for row in counted
        if row.kind
    )
    told = ["case_id", "future", "likelihood", "people"]
    priced, unpriced = (
        found.loc[mask, told].drop_duplicates().sort_values(told[:2], ignore_index=True)
        for mask in (
            found["counts"] & found["kind"].notna(),
            found["counts"] & found["kind"].isna() & ~found["happened"].astype(bool),
        )
    )
    return Exposure(
        name,
        cases,
        spent[columns].sort_values(columns, ignore_index=True),
        tuple(kind for _, kind in kinds),
        pd.DataFrame(rows, columns=["case", "kind"]).astype(int),
        priced,
        unpriced,
        library.effects,
    )
