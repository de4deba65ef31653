"""The ledger: a return becomes lines of pounds, one treatment for each row of the return.

In: clean tables of a return, :meth:`larcnb.library.Library.prices`, the futures library and assumptions. Out: ledger
lines of the stages ``process``, ``intervention`` and ``future`` (docs/method.md parts 1 and 2), and :func:`expose`, the
same rows for values drawn many times.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.costing.valuation import Exposure, RowType, central, chance, pence, prevented, yearly
from larcnb.errors import REFUSED, LarcError
from larcnb.library import Library, consistent, exact, futures_of
from larcnb.params import Assumptions

Tables = Mapping[str, pd.DataFrame]
"""The clean tables of a return."""

NUMBERS = ("quantity", "unit_value", "chance", "prevented", "weight", "amount")
LEDGER = "case_id stage element item payer year quantity unit unit_value price_year grade chance "
LEDGER += "prevented weight amount note source_row"
LEDGER_TYPES = dict.fromkeys(LEDGER.split(), "str") | dict.fromkeys(NUMBERS, "float64")
LEDGER_TYPES |= {"year": "int64", "grade": "Int64"}
INPUT_STAGES = ("process", "intervention")
STEPS = {likelihood: step for step, likelihood in enumerate(codes.LIKELIHOOD)}
NOT_COSTED = "case not costed"
ROW = "case_id future likelihood people item row_type quantity grade overlap_group note counts "
ROW += "happened source_row"
"""Columns of :func:`library_rows` before those of the item."""


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


def totals(lines: pd.DataFrame, by: list[str], columns: Iterable[str]) -> pd.DataFrame:
    """Add columns of ledger amounts by group, in whole pence; blanks add nothing.

    Examples
    --------
    >>> totals(pd.DataFrame({"payer": ["nhs", "nhs"], "paid": [0.1, 0.2]}), ["payer"], ["paid"])["paid"].tolist()
    [0.3]
    """
    amounts = pd.DataFrame({name: whole_pence(lines[name]) for name in columns}, index=lines.index)
    return amounts.groupby([lines[name] for name in by]).sum() / 100


def ledger_frame(lines: list[dict] | pd.DataFrame) -> pd.DataFrame:
    """Make a ledger of lines: the data dictionary's columns and types, an index from 0."""
    frame = pd.DataFrame(lines, columns=list(LEDGER_TYPES)).reset_index(drop=True)
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
        A role has no unit cost; exit code 3. Lists every such role with the person-hours it carries.

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
    rows = process.rename(columns={"role": "item"}).assign(status="delivered")
    quantities = [int(row.people) * exact(row.hours) for row in rows.itertuples()]
    return _price_inputs("process", rows, quantities, cases, prices)


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
        An item has no unit cost; exit code 3. Lists every such item with its quantity.

    Source
    ------
    Easton et al (2012), LARC4, section 3.1: costs of the interventions put in place.
    """
    rows = interventions.rename(columns={"support": "element"})
    return _price_inputs("intervention", rows, rows["quantity"].map(exact), cases, prices)


def _price_inputs(stage, rows, quantities, cases, prices) -> pd.DataFrame:
    prices = consistent(prices)
    missing = pd.Series(list(quantities), rows["item"], dtype=object)
    missing = missing[~missing.index.isin(prices.index)].groupby(level=0).sum()
    if len(missing):
        listed = ", ".join(f"{item} ({float(of):g} in all)" for item, of in missing.items())
        todo = "Add each to unit_costs.csv with its source, or correct the item in the return."
        said = f"No unit cost for {len(missing)} item(s): {listed}. {todo}"
        raise LarcError(said, exit_code=REFUSED)
    price = prices.loc[rows["item"], ["payer", "unit", "price_year", "grade", "exact"]]
    price = price.set_index(rows.index)
    note = "support not delivered: " + rows["status"]
    note = note.where(rows["status"].ne("delivered"), "")
    costed = cases.loc[cases["costed"].eq("yes"), "case_id"]
    note = note.where(rows["case_id"].isin(costed), NOT_COSTED)
    values = price.pop("exact").tolist()
    each = zip(note, quantities, values, strict=True)
    amounts = [0.0 if said else pence(n * value) / 100 for said, n, value in each]
    numbers = {"quantity": list(map(float, quantities)), "unit_value": list(map(float, values))}
    lines = rows[["case_id", "element", "item", "source_row"]].assign(**numbers, amount=amounts)
    return ledger_frame(lines.assign(stage=stage, year=0, note=note).join(price))


def apply_moderation(tables: Tables, accept_at: str) -> pd.DataFrame:
    """Decide which futures count: several witnesses of one future are one future.

    A future counts where it was accepted, its agreed likelihood is at or above ``accept_at`` and the
    case is costed.

    Parameters
    ----------
    tables : dict of DataFrame
        ``futures`` (one row a witness), ``moderation`` (one row a future), ``cases`` and, where there is one,
        ``follow_up``.
    accept_at : str
        The lowest likelihood that counts.

    Returns
    -------
    DataFrame, one row a case and future
        ``case_id``, ``future``, ``likelihood`` (agreed; blank where not moderated), ``people``, ``why_not`` (blank
        where the future counts), ``happened`` (it came anyway), ``source_row``; in the order of moderation, then those
        told and not moderated.

    Source
    ------
    Easton et al (2012), LARC4, section 1.1: moderation accepted futures held likely or highly likely.
    """
    keys = ["case_id", "future"]
    futures, moderation, cases = (tables[name] for name in ("futures", "moderation", "cases"))
    costed = cases.loc[cases["costed"] == "yes", "case_id"]
    below = moderation["likelihood"].map(STEPS) < STEPS[accept_at]
    why_not = {
        NOT_COSTED: ~moderation["case_id"].isin(costed),
        "not accepted by the moderators": moderation["accepted"] != "yes",
        f"agreed likelihood below {accept_at}": below,
    }
    why_not = np.select(list(why_not.values()), list(why_not), "").tolist()
    agreed = moderation.assign(why_not=why_not).astype({"likelihood": object})
    told = futures.assign(likelihood=pd.NA, people=1, why_not="told and not moderated")
    moderated = pd.concat([agreed, told]).drop_duplicates(keys, ignore_index=True)
    moderated = moderated[[*keys, "likelihood", "people", "why_not", "source_row"]]
    followed = tables.get("follow_up", futures.assign(happened="no"))
    came = {*followed.loc[followed["happened"] == "yes", keys].itertuples(index=False, name=None)}
    pairs = zip(moderated["case_id"], moderated["future"], strict=True)
    return moderated.assign(happened=[pair in came for pair in pairs])


def chances(moderated: pd.DataFrame, effects: pd.DataFrame, a: Assumptions) -> pd.Series:
    """The chance that each future would have come without the help, 0 to 1; blank where the set has no rate for it."""
    values = central(effects, a)
    shares = [chance(a, values, *row) for row in moderated[["future", "likelihood"]].values]
    shares = [np.nan if p0 is None else float(p0[0]) for p0 in shares]
    return pd.Series(shares, moderated.index, dtype="float64")


def library_rows(
    moderated: pd.DataFrame, library: Library, prices: pd.DataFrame, a: Assumptions
) -> pd.DataFrame:
    """Set beside each future the library's rows for it, and leave out what would count twice or came anyway.

    Under ``observed`` a priced row of a future without a comparison share is set aside first. Of a case's counted
    futures that share an overlap group only the costliest stays (by base x overlap over its rows and the long term;
    ties: the first code). Then, over all of the case's remaining rows, a row whose item another remaining row's item
    contains is left out; a row left out still contains. Last, where follow-up applies, what came anyway is left out.

    Parameters
    ----------
    moderated : DataFrame
        :func:`apply_moderation`.
    library : Library
        Its ``futures`` and ``effects``.
    prices : DataFrame indexed by ``item``
        :meth:`larcnb.library.Library.prices`.
    a : Assumptions
        Its ``weighting``, ``long_years`` and ``follow_up``.

    Returns
    -------
    DataFrame, one row a case, future and library row
        ``case_id``, ``future``, ``likelihood``, ``people``, ``item``, ``row_type`` (:class:`RowType`, None where
        unpriced), ``quantity`` (units over the long term, exact; None without an item), ``grade`` (the worse of the
        row's and the item's), ``overlap_group``, ``note`` (blank where the row counts and has a price), ``counts``,
        ``happened`` (bool), ``source_row``; ``payer``, ``unit``, ``price_year``, ``unit_value`` (the item's, GBP at the
        price base; blank where unpriced).

    Source
    ------
    docs/method.md part 2, "Nothing counted twice".
    """
    prices = consistent(prices)
    frame = pd.DataFrame(exclude(priced_rows(moderated, library, prices), a), columns=ROW.split())
    return frame.join(prices[["payer", "unit", "price_year", "unit_value"]], on="item")


def priced_rows(moderated: pd.DataFrame, library: Library, prices: pd.DataFrame) -> list[dict]:
    """The library's rows for each future with their prices: what is the same under any set of assumptions.

    Each has the columns of :func:`library_rows` that no assumption bears on, and ``terms`` (exact: units a year of all
    people, start and years, in years), ``is_rated`` (the future has a comparison share) and ``contains`` (items).
    """
    contains = prices["contains"].fillna("").str.split().to_dict()
    futures = futures_of(library.futures, prices["vintage"])
    futures = futures[futures["future"].isin(moderated["future"])]
    by_future: dict[str, list] = {}
    for row in futures.itertuples():
        by_future.setdefault(row.future, []).append(row)
    known = prices[prices.index.isin(futures["item"])].to_dict("index")
    rated = set(library.effects["comparison_share"].dropna().index)
    return [
        _library_row(future, row, known.get(row.item))
        | {"is_rated": row.future in rated, "contains": contains.get(row.item, ())}
        for future in moderated.to_dict("records")
        for row in by_future[future["future"]]
    ]


def exclude(rows: Iterable[dict], a: Assumptions) -> list[dict]:
    """Decide which of :func:`priced_rows` count under a set of assumptions.

    Returns copies with the ``quantity`` (units over the long term, exact), ``counts`` and ``note`` of
    :func:`library_rows`.
    """
    rows, by_case = [dict(row) for row in rows], {}
    for row in rows:
        if row["item"]:
            a_year, start, years = row["terms"]
            row["quantity"] = a_year * max(Fraction(0), min(a.long_years - start, years))
        unrated = a.weighting == "observed" and not row["is_rated"]
        if unrated and row["row_type"] and not row["note"]:
            row["note"] = "no observed rate"
        row["counts"] = not row["note"]
        if row["counts"]:
            by_case.setdefault(row["case_id"], []).append(row)
    for of_case in by_case.values():
        _leave_out_rivals(of_case)
        _leave_out_contained([row for row in of_case if row["counts"]])
    for row in (row for row in rows if row["counts"]):
        if row["happened"] and a.follow_up == "apply":
            row.update(counts=False, note="happened anyway")
        elif not row["item"]:
            row["note"] = "no national cost"
        elif not row["row_type"]:
            row["note"] = f"no unit cost for {row['item']} in this vintage"
    return rows


def _library_row(future: dict, row, price: dict | None) -> dict:
    """One future of a case with one of its rows in the futures library, and the price of its item."""
    people, item = int(future["people"]), None if pd.isna(row.item) else row.item
    row_type = terms = None
    if item:
        terms = each, start, years = exact(row.quantity), exact(row.start), exact(row.years)
        if price:
            of_price = price["payer"], int(price["grade"])
            who = row.Index, row.future, future["likelihood"], people, item
            row_type = RowType(*who, *of_price, *terms, price["exact"])
        terms = people * each, start, years
    return future | {
        "item": item,
        "row_type": row_type,
        "terms": terms,
        "quantity": None,
        "grade": max(int(row.grade), row_type.grade if row_type else 0),
        "overlap_group": None if pd.isna(row.overlap_group) else row.overlap_group,
        "note": future["why_not"],
    }


def _leave_out_rivals(rows: list[dict]) -> None:
    """docs/method.md part 2 (a): of each overlap group of a case only the costliest future stays."""
    groups: dict[str, dict[str, Fraction]] = {}
    for row in rows:
        if row["overlap_group"] and row["row_type"]:
            costs = groups.setdefault(row["overlap_group"], {})
            cost = row["quantity"] * row["row_type"].unit_value
            costs[row["future"]] = costs.get(row["future"], 0) + cost
    for group, costs in groups.items():
        stays = min(costs, key=lambda code: (-costs[code], code))
        for row in rows:
            if row["overlap_group"] == group and row["future"] in costs and row["future"] != stays:
                row.update(counts=False, note=f"stands for the same as {stays}, which costs more")


def _leave_out_contained(rows: list[dict]) -> None:
    """docs/method.md part 2 (b): a row whose item is contained in another's is left out, and still contains."""
    holders = sorted(rows, key=lambda row: row["item"] or "", reverse=True)
    held_by = {inner: row["item"] for row in holders for inner in row["contains"]}
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
    values, lines = central(effects, a, exactly=True), []
    priced = rows.loc[rows["counts"].eq(True), "row_type"].dropna()
    valued = {row_type: of for row_type, *of in yearly(dict.fromkeys(priced), a, values)}
    for row in rows.itertuples():
        both, note = _chances(row, a, values) if row.counts else (None,) * 3, row.note
        if row.row_type is None or not row.counts:
            of_years = [(0, row.quantity, None if row.counts else 0.0)]
        else:
            first, shares, amounts = valued[row.row_type]
            a_year, each = row.people * row.row_type.quantity, zip(shares, amounts, strict=True)
            of_years = []
            for t, (share, amount) in enumerate(each, first):
                of_years.append((t, a_year * share.item(), amount.item() / 100))
            if not of_years:
                of_years, both, note = [(0, 0, 0.0)], (None,) * 3, "begins after the long term"
        lines += [(row.Index, *of_year, note, *both) for of_year in of_years]
    names = ["at", "year", "quantity", "amount", "note", "chance", "prevented", "weight"]
    made = pd.DataFrame(lines, columns=names)
    of = rows.rename(columns={"future": "element"}).drop(columns=["quantity", "note"])
    return ledger_frame(made.join(of.assign(stage="future"), on="at"))


def _chances(row, a: Assumptions, values: dict) -> list[float | None]:
    """A future's two chances and their product; None for what the set of assumptions cannot say."""
    p0, kept = chance(a, values, row.future, row.likelihood), prevented(a, values, row.future)
    weight = None if p0 is None or kept is None else p0 * kept
    return [None if share is None else float(share[0]) for share in (p0, kept, weight)]


def price_futures(
    tables: Tables, library: Library, prices: pd.DataFrame, a: Assumptions
) -> pd.DataFrame:
    """Price the futures avoided: :func:`apply_moderation`, :func:`library_rows` and :func:`flows` in one call.

    Returns
    -------
    DataFrame
        Ledger columns; ``amount`` in GBP at the price base.
    """
    rows = library_rows(apply_moderation(tables, a.accept_at), library, prices, a)
    return flows(rows, library.effects, a)


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
        Ledger columns of docs/explore.md; GBP at the price base.

    Raises
    ------
    LarcError
        As :func:`price_process` and :func:`price_interventions`.
    """
    process = price_process(tables["process"], tables["cases"], prices)
    support = price_interventions(tables["interventions"], tables["cases"], prices)
    futures = price_futures(tables, library, prices, a)
    return pd.concat([process, support, futures], ignore_index=True)


def input_lines(tables: Tables, ledger: pd.DataFrame) -> tuple[tuple, list, dict]:
    """The first three parts of an :class:`~larcnb.costing.valuation.Exposure`: no assumption bears on them."""
    cases = tuple(sorted(tables["cases"].loc[tables["cases"]["costed"] == "yes", "case_id"]))
    lines = ledger[ledger["stage"].isin(INPUT_STAGES) & (ledger["amount"] > 0)]
    types = lines.groupby(["stage", "item", "grade"])
    lines = lines.assign(
        type=types.ngroup(), at=lines["case_id"].map({c: n for n, c in enumerate(cases)})
    )
    parts = ["amount", "type", "at"]
    inputs = {
        payer: tuple(of[part].to_numpy() for part in parts) for payer, of in lines.groupby("payer")
    }
    return cases, list(types.groups), inputs


def expose(inputs: tuple, rows: Iterable[dict], effects: pd.DataFrame, a: Assumptions) -> Exposure:
    """Settle what counts, at central values, for :func:`larcnb.costing.valuation.evaluate`.

    Parameters
    ----------
    inputs : tuple
        :func:`input_lines`.
    rows : iterable of dict
        :func:`priced_rows` of the futures that count.
    effects : DataFrame indexed by future
        :attr:`larcnb.library.Library.effects`.
    a : Assumptions
        Its ``weighting``, ``long_years`` and ``follow_up`` decide which rows count.

    Returns
    -------
    Exposure
        The same whatever the order of rows.
    """
    cases, types, lines = inputs
    place = {case: n for n, case in enumerate(cases)}
    rows = [row for row in exclude(rows, a) if row["counts"] and row["row_type"]]
    cases_of: dict[RowType, list[int]] = {}
    for row_type, at in sorted((row["row_type"], place[row["case_id"]]) for row in rows):
        cases_of.setdefault(row_type, []).append(at)
    return Exposure(cases, types, lines, cases_of, effects)
