"""Rules of a return that look from one table into another, or into the national library.

In: the typed tables with their places, and the library. Out: problems added to the places. DATA.md words
the rules: every case is known, every item has a price in the authority's vintage, every future moderated was
told, and what is odd but possible is said as a warning.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from larcnb import codes
from larcnb.returns.grid import Place
from larcnb.returns.rules import among, flag

Tables = dict[str, pd.DataFrame]
Places = dict[str, Place]


def known_codes(library) -> dict[str, dict[str, list[str]]]:
    """Return which codes each table's ``item`` and ``future`` columns may hold.

    Parameters
    ----------
    library
        ``unit_costs`` (``item``, ``category``) and ``futures`` (``future``), as DATA.md has them.

    Returns
    -------
    dict of table to dict of column to codes

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> costs = pd.DataFrame({"item": ["teacher", "bed"], "category": ["role", "intervention"]})
    >>> known_codes(SimpleNamespace(unit_costs=costs, futures=pd.DataFrame({"future": ["care"]})))["process"]
    {'role': ['teacher']}
    """
    costs = library.unit_costs
    roles = sorted(costs.loc[costs["category"].eq("role"), "item"].dropna().unique())
    given = sorted(
        costs.loc[costs["category"].isin(["role", "intervention"]), "item"].dropna().unique()
    )
    futures = sorted(library.futures["future"].dropna().unique())
    return {
        "cases": {"initiator": roles},
        "process": {"role": roles},
        "interventions": {"item": given},
        "futures": {"future": futures},
        "moderation": {"future": futures},
        "follow_up": {"future": [*futures, codes.RE_REFERRAL]},
    }


def check_return(tables: Tables, places: Places, library, vintage: str, today: dt.date) -> None:
    """Check the rules between tables; problems are added to ``places``.

    Parameters
    ----------
    tables : dict of DataFrame
        All of them, typed.
    places : dict of Place
        Those of the tables that are there.
    library
        As for :func:`known_codes`.
    vintage : str
        The authority's; items need a price in it.
    today : date
        A case closed after it is a warning.
    """
    if "cases" in places and places["cases"].read:
        for name in places.keys() - {"cases", "evidence"}:
            _known_cases(tables[name], places[name], tables["cases"])
        _dates(tables["cases"], places["cases"], today)
        _empty_cases(tables, places)
    _priced(tables, places, library, vintage)
    _moderation(tables, places)
    if "follow_up" in places:
        _followed(tables, places["follow_up"])


def _known_cases(frame: pd.DataFrame, place: Place, cases: pd.DataFrame) -> None:
    if not len(frame):
        return
    ids = frame["case_id"]
    known = set(cases["case_id"].dropna())
    unknown = ids.notna() & ~among(ids, known)
    like = among(ids.str.casefold(), {case.casefold() for case in known})
    flag(
        place,
        unknown & like,
        "case_id",
        "id-alike",
        "The id differs from one in cases only in letter case.",
        "Write it as cases does.",
    )
    flag(
        place,
        unknown & ~like,
        "case_id",
        "unknown-case",
        "No row of cases has this id.",
        "Correct the id, or add the case to cases.",
    )


def _dates(cases: pd.DataFrame, place: Place, today: dt.date) -> None:
    for name in ("started", "closed"):
        flag(
            place,
            cases[name] > pd.Timestamp(today),
            name,
            "in-future",
            "The date lies in the future.",
            "Check the year.",
            "warning",
        )


def _empty_cases(tables: Tables, places: Places) -> None:
    cases, place = tables["cases"], places["cases"]
    for name, who, what in (
        ("children", cases["case_id"].notna(), "children"),
        ("process", cases["costed"].eq("yes"), "process lines"),
    ):
        if name in places and not places[name].read:
            continue
        without = who & ~among(cases["case_id"], tables[name]["case_id"])
        flag(
            place,
            without,
            "case_id",
            f"no-{name}",
            f"The case has no {what}.",
            f"Add them to {name} if they are known.",
            "warning",
        )


def _priced(tables: Tables, places: Places, library, vintage: str) -> None:
    """Refuse roles and items without a price in the vintage, with the hours or quantity they carry."""
    costs = library.unit_costs
    priced = set(costs.loc[costs["vintage"].eq(vintage), "item"])
    process, support = tables["process"], tables["interventions"]
    for name, column, carried, unit in (
        ("process", "role", process["people"].astype("float64") * process["hours"], "person-hours"),
        ("interventions", "item", support["quantity"], "units"),
    ):
        if name not in places:
            continue
        frame = tables[name]
        missing = frame[column].notna() & ~frame[column].isin(priced)
        for item in sorted(frame.loc[missing, column].unique()):
            these = missing & frame[column].eq(item)
            flag(
                places[name],
                these,
                column,
                "no-unit-cost",
                f"'{item}' has no unit cost in the vintage {vintage} "
                f"({carried[these].sum():g} {unit} in {these.sum()} row(s)).",
                "Use an item of the vintage, or add the item with its source to the authority's own "
                "unit_costs.csv.",
            )


def _moderation(tables: Tables, places: Places) -> None:
    told = _pairs(tables["futures"])
    agreed = _pairs(tables["moderation"])
    if "moderation" in places and places.get("futures", Place("")).read:
        whole = tables["moderation"][["case_id", "future"]].notna().all(axis=1)
        flag(
            places["moderation"],
            whole & ~among(agreed, told),
            "future",
            "not-told",
            "Nobody in the case reported this future.",
            "Add the informant to futures or remove the row.",
        )
    if "futures" in places and places.get("moderation", Place("")).read:
        whole = tables["futures"][["case_id", "future"]].notna().all(axis=1)
        first = ~told.duplicated()
        flag(
            places["futures"],
            whole & first & ~among(told, agreed),
            "future",
            "not-moderated",
            "The future was reported and not moderated; it is not counted.",
            "Add it to moderation.",
            "warning",
        )
        _witnesses(tables["futures"], places["futures"])


def _followed(tables: Tables, place: Place) -> None:
    """What is followed up was told of the case; a case comes back only after it has closed."""
    followed, cases = tables["follow_up"], tables["cases"]
    again = followed["future"].eq(codes.RE_REFERRAL)
    told = among(_pairs(followed), _pairs(tables["futures"]))
    flag(
        place,
        followed["future"].notna() & ~again & ~told,
        "future",
        "not-told",
        "Nobody in the case reported this future.",
        f"Write {codes.RE_REFERRAL}, add the informant to futures, or remove the row.",
    )
    still_open = among(followed["case_id"], cases.loc[cases["status"].eq("open"), "case_id"])
    flag(
        place,
        again & still_open,
        "future",
        "open-re-referral",
        "The case is open: it cannot have been referred again.",
        "Remove the row, or write the day the case closed.",
        "warning",
    )


def _pairs(frame: pd.DataFrame) -> pd.Series:
    return frame["case_id"].fillna("") + " " + frame["future"].fillna("")


def _witnesses(futures: pd.DataFrame, place: Place) -> None:
    if not len(futures):
        return
    order = {likelihood: rank for rank, likelihood in enumerate(codes.LIKELIHOOD)}
    rank = futures["likelihood"].map(order)
    by = rank.groupby([futures["case_id"], futures["future"]])
    wide = (by.transform("max") - by.transform("min")) >= 3
    last = ~_pairs(futures).duplicated(keep="last")
    flag(
        place,
        wide & last,
        "likelihood",
        "witnesses-differ",
        "The informants differ by three steps or more.",
        "Check the entries; the moderators' likelihood is what counts.",
        "warning",
    )
