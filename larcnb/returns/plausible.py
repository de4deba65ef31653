"""Values that are possible and unlikely: worth a second look before a family's costs rest on them.

In: the typed tables with their places, and the library. Out: warnings; nothing is changed or left out. The
limits are about typing slips, not about the method: no figure of the workbook depends on them.
"""

from __future__ import annotations

import pandas as pd

from larcnb.returns.grid import Place
from larcnb.returns.rules import flag

LONG_HOURS, MANY_PEOPLE, MANY_AFFECTED, LATE_MEETING, LONG_YEARS = 40, 20, 10, 30, 6
TIMES_MEDIAN, LEAST_ROWS = 10, 5
CHECK = "Correct it if it was a slip; it is used as it stands."


def check_plausible(
    tables: dict[str, pd.DataFrame], places: dict[str, Place], library, vintage: str
) -> None:
    """Warn of values far from what returns hold; warnings are added to ``places``.

    Parameters
    ----------
    tables : dict of DataFrame
    places : dict of Place
    library
        ``unit_costs`` and ``futures``.
    vintage : str
        The authority's.
    """
    for name, column, limit, words in (
        ("process", "hours", LONG_HOURS, "hours for each person on one line"),
        ("process", "people", MANY_PEOPLE, "people on one line"),
        ("process", "meeting_no", LATE_MEETING, "as the number of a meeting"),
        ("moderation", "people", MANY_AFFECTED, "family members affected"),
    ):
        if name in places:
            flag(
                places[name],
                tables[name][column] > limit,
                column,
                "unlikely-value",
                f"More than {limit} {words} is unusual.",
                CHECK,
                "warning",
            )
    if "cases" in places:
        cases = tables["cases"]
        long = cases["closed"] - cases["started"] > pd.Timedelta(days=366 * LONG_YEARS)
        flag(
            places["cases"],
            long,
            "closed",
            "unlikely-value",
            f"The episode lasted more than {LONG_YEARS} years.",
            CHECK,
            "warning",
        )
    if "interventions" in places:
        support = tables["interventions"]
        given = support["quantity"].where(support["quantity"] > 0)
        _far(places["interventions"], given, support["item"], "quantity", "of the item")
    if "moderation" in places:
        _dear_futures(tables["moderation"], places["moderation"], library, vintage)


def _far(place: Place, values: pd.Series, groups: pd.Series, column: str, what: str) -> None:
    by = values.groupby(groups)
    far = (by.transform("count") >= LEAST_ROWS) & (values > TIMES_MEDIAN * by.transform("median"))
    flag(
        place,
        far,
        column,
        "far-from-others",
        f"More than {TIMES_MEDIAN} times the return's median {what}.",
        CHECK,
        "warning",
    )


def _dear_futures(moderation: pd.DataFrame, place: Place, library, vintage: str) -> None:
    """A future far dearer than the return's others by the number of people, at the vintage's own prices."""
    costs = library.unit_costs[library.unit_costs["vintage"].eq(vintage)].dropna(subset=["item"])
    costs = costs.drop_duplicates("item").set_index("item")["value"]
    spells = library.futures
    pounds = spells["item"].map(costs) * spells["quantity"] * spells["years"]
    each = pounds.groupby(spells["future"]).sum(min_count=1)
    priced = moderation["future"].map(each)
    value = moderation["people"].astype("float64") * priced.astype("float64")
    several = moderation["people"].gt(1) & moderation["accepted"].eq("yes")
    median = value[moderation["accepted"].eq("yes")].median()
    far = several & (value > TIMES_MEDIAN * median) & (value.count() >= LEAST_ROWS)
    flag(
        place,
        far,
        "people",
        "far-from-others",
        f"With this many people the future costs over {TIMES_MEDIAN} times the return's median.",
        CHECK,
        "warning",
    )
