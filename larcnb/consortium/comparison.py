"""Comparison: the report's bands, an independent cost of a CAF, and rates seen elsewhere.

In: pooled cases and tables, and what others published (``national/published/``). Out: frames that set the round's
figures beside theirs (METHOD.md parts 4 and 5). None of them is a comparison group.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from larcnb.consortium.intervals import CASE, wilson

MONTH = 365.25 / 12
"""Days."""


def banded(cases: pd.DataFrame, bands: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Count costed cases in the bands a report uses.

    Parameters
    ----------
    cases : DataFrame
        Pooled: ``costed`` and the measure, GBP at the price base.
    bands : DataFrame
        ``national/published/bands.csv``: ``measure``, ``low`` (counts), ``high`` (does not count; blank for no end),
        ``label``, ``larc4`` and ``larc3`` (what the reports say of the band).
    measure : str
        A column of ``cases``.

    Returns
    -------
    DataFrame, one row a band
        ``label``, ``cases``, ``share``, ``share_low``, ``share_high`` (0 to 1, Wilson), ``larc4``, ``larc3``.
    """
    amounts = cases.loc[cases["costed"] == "yes", measure].to_numpy(dtype="float64")
    wanted = bands[bands["measure"] == measure].reset_index(drop=True)
    edges = zip(wanted["low"].fillna(-np.inf), wanted["high"].fillna(np.inf), strict=True)
    found = np.array([((amounts >= a) & (amounts < b)).sum() for a, b in edges], dtype="int64")
    low, high = wilson(found, len(amounts))
    share = found / len(amounts) if len(amounts) else np.nan
    counts = wanted[["label"]].assign(cases=found, share=share, share_low=low, share_high=high)
    return pd.concat([counts, wanted[["larc4", "larc3"]].fillna("")], axis=1)


def beside_steps(
    counts: pd.DataFrame,
    cases: pd.DataFrame,
    steps: pd.DataFrame,
    deflators: pd.DataFrame,
    price_base: str,
) -> pd.DataFrame:
    """Set each case's process cost beside what an independent study's steps would make it.

    ``steps = intention + assessment + first_tac [meetings >= 1] + later_tac (meetings - 1) + support x months +
    closing``, each uprated by ``deflator[price_base] / deflator[price_year]``; months from start to close.

    Parameters
    ----------
    counts : DataFrame
        :func:`larcnb.consortium.process_cost.people_and_meetings`.
    cases : DataFrame
        Pooled: ``authority``, ``case_id``, ``started``, ``closed``.
    steps : DataFrame
        ``national/published/caf_steps.csv``: ``step``, ``value`` (GBP), ``price_year``.
    deflators : DataFrame
        ``year``, ``index``.
    price_base : str

    Returns
    -------
    DataFrame, one row a costed case that is closed
        ``authority``, ``case_id``, ``process``, ``meetings``, ``months``, ``steps`` (its meetings and months at the
        study's rates), ``whole`` (the study's mean CAF of six months): GBP at the price base.

    Source
    ------
    Holmes and others (2012), DFE-RR210, as carried by the GMCA Unit Cost Database.
    """
    index = deflators.set_index("year")["index"]
    to_base = float(index[price_base]) / steps["price_year"].map(index).astype("float64")
    rate = dict(zip(steps["step"], steps["value"] * to_base, strict=True))
    days = pd.to_datetime(cases["closed"]) - pd.to_datetime(cases["started"])
    dated = cases[CASE].assign(months=days.dt.days / MONTH)
    frame = counts.merge(dated, on=CASE).dropna(subset="months").reset_index(drop=True)
    later = (frame["meetings"] - 1).clip(lower=0)
    once = rate["intention"] + rate["assessment"] + rate["closing"]
    each = once + rate["first_tac"] * (frame["meetings"] > 0)
    priced = each + rate["later_tac"] * later + rate["support"] * frame["months"]
    return frame[[*CASE, "process", "meetings", "months"]].assign(
        steps=priced.round(2), whole=round(rate["whole"], 2)
    )


def beliefs_beside_rates(
    judged: pd.DataFrame,
    library: pd.DataFrame,
    base_rates: pd.DataFrame,
    persons: Mapping[str, int],
) -> pd.DataFrame:
    """Set the share of persons of whom a future counts beside the share of comparison persons who met it.

    Children are compared with children, adults with adults, families with families. Futures that stand for each other
    and borrow the same rate (a child looked after, in a home or fostered) are one.

    Parameters
    ----------
    judged : DataFrame
        Futures that count: ``authority``, ``case_id``, ``future``, ``people`` (of the family, whom it would have met),
        ``chance`` (believed, without help, 0 to 1).
    library : DataFrame
        The national futures: ``future``, ``label``, ``overlap_group``.
    base_rates : DataFrame
        Those in use: ``future``, ``person`` (``child``, ``adult``, ``family``), ``comparison_share``,
        ``programme_share``, ``months``, ``population``, ``source``, ``confidence``.
    persons : dict of person to int
        How many of each kind the round has whose futures could count; a kind left out was not counted.

    Returns
    -------
    DataFrame, one row a future (or group) with a comparison share, the most often told first
        ``label``, ``futures`` (codes), ``person``, ``told`` (persons), ``persons`` (of how many; blank where not
        counted), ``believed``, ``low``, ``high`` (share of persons, Wilson), ``chance`` (mean), then of the rates.
    """
    named = library.drop_duplicates("future")[["future", "label", "overlap_group"]]
    known = base_rates.dropna(subset="comparison_share").merge(named, on="future")
    known["group"] = known["overlap_group"].fillna(known["future"])
    names = ["label", "futures", "person", "told", "persons", "believed", "low", "high", "chance"]
    rates = ["comparison_share", "programme_share", "months", "population", "source", "confidence"]
    rows = []
    for _, of in known.groupby(["group", "person", "comparison_share"], sort=False):
        first = of.sort_values("confidence", key=lambda c: c != "verified", kind="stable").iloc[0]
        met = judged[judged["future"].isin(of["future"])].groupby(CASE)[["people", "chance"]].max()
        people = met["people"].astype("float64")
        if first["person"] == "family":
            people[:] = 1.0
        row = first[["label", "person", *rates]].to_dict()
        row |= {"futures": " ".join(of["future"]), "told": int(people.sum())}
        row["persons"] = persons.get(first["person"], np.nan)
        row["chance"] = (people * met["chance"]).sum() / people.sum() if len(met) else np.nan
        rows.append(row)
    frame = pd.DataFrame(rows, columns=[*names, *rates])
    frame = frame.sort_values(["told", "comparison_share"], ascending=False, kind="stable")
    low, high = wilson(frame["told"], frame["persons"])
    believed = frame["told"] / frame["persons"]
    return frame.assign(believed=believed, low=low, high=high).reset_index(drop=True)


def counts_cap_beliefs(beliefs: pd.DataFrame, caught: float = 1.0) -> pd.DataFrame:
    """Say how likely a future told can have been at most, where a rate is known and so many were told of it.

    ``P(f | told) <= min(p0, s r N / n)``: if a share r of N persons meets the future, and telling catches the share s
    of those, then of the n persons told of it no more than s r N can have been right.

    Parameters
    ----------
    beliefs : DataFrame
        :func:`beliefs_beside_rates`: ``told`` (n), ``persons`` (N), ``comparison_share`` (r), ``chance`` (p0).
    caught : float
        s, 0 to 1; 1 gives beliefs the most room.

    Returns
    -------
    DataFrame, the same rows
        ``bound`` (s r N / n; may exceed 1) and ``cap`` (what is left of p0) beside; blank where nobody was told, or N
        is not known.

    Examples
    --------
    Of 93 children 8 were told of care, which 2.5 in 100 such children meet:

    >>> told = pd.DataFrame({"told": [8], "persons": [93], "comparison_share": [0.025], "chance": [0.7]})
    >>> counts_cap_beliefs(told)[["bound", "cap"]].round(2).values.tolist()
    [[0.29, 0.29]]
    """
    expected = caught * beliefs["comparison_share"] * beliefs["persons"]
    bound = expected / beliefs["told"].where(beliefs["told"] > 0)
    return beliefs.assign(bound=bound, cap=np.minimum(bound, beliefs["chance"]))
