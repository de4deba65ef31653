"""Comparison: the report's bands, an independent cost of a CAF, rates seen elsewhere, and other rounds.

In: pooled cases and tables, and what others published (``national/published/``). Out: frames that set the round's
figures beside theirs (METHOD.md part 5). None of them is a comparison group.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from larcnb.costing import totals
from larcnb.inference.intervals import CASE, wilson
from larcnb.params import Authority

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
    low, high = wanted["low"].fillna(-np.inf), wanted["high"].fillna(np.inf)
    found = np.array([((amounts >= a) & (amounts < b)).sum() for a, b in zip(low, high, strict=True)], dtype="int64")
    share_low, share_high = wilson(found, len(amounts))
    share = found / len(amounts) if len(amounts) else np.nan
    said = wanted[["larc4", "larc3"]].fillna("")
    counts = wanted[["label"]].assign(cases=found, share=share, share_low=share_low, share_high=share_high)
    return pd.concat([counts, said], axis=1)


def beside_steps(
    counts: pd.DataFrame, cases: pd.DataFrame, steps: pd.DataFrame, deflators: pd.DataFrame, price_base: str
) -> pd.DataFrame:
    """Set each case's process cost beside what an independent study's steps would make it.

    ``steps = intention + assessment + first_tac [meetings >= 1] + later_tac (meetings - 1) + support x months +
    closing``, each uprated by ``deflator[price_base] / deflator[price_year]``; months from start to close.

    Parameters
    ----------
    counts : DataFrame
        :func:`larcnb.inference.process_cost.people_and_meetings`.
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
    uprated = steps["value"] * float(index[price_base]) / steps["price_year"].map(index).astype("float64")
    rate = dict(zip(steps["step"], uprated, strict=True))
    days = pd.to_datetime(cases["closed"]) - pd.to_datetime(cases["started"])
    dated = cases[CASE].assign(months=days.dt.days / MONTH)
    frame = counts.merge(dated, on=CASE).dropna(subset="months").reset_index(drop=True)
    later = (frame["meetings"] - 1).clip(lower=0)
    each = rate["intention"] + rate["assessment"] + rate["closing"] + rate["first_tac"] * (frame["meetings"] > 0)
    priced = each + rate["later_tac"] * later + rate["support"] * frame["months"]
    return frame[[*CASE, "process", "meetings", "months"]].assign(steps=priced.round(2), whole=round(rate["whole"], 2))


def avoided_by_future(ledger: pd.DataFrame, base_rates: pd.DataFrame) -> pd.DataFrame:
    """Add up the cost avoided by future, as counted and with known rates in place of beliefs.

    ``at_rates = amount x comparison_share / chance`` for a future with a base rate; else the amount as it is.

    Parameters
    ----------
    ledger : DataFrame
        Lines of the stage ``future`` count: ``case_id``, ``element``, ``amount``, ``chance``, ``note``.
    base_rates : DataFrame
        ``future``, ``comparison_share``.

    Returns
    -------
    DataFrame, one row a future that counts
        ``future``, ``cases`` (it counts in), ``unpriced`` (of them without a price), ``amount``, ``at_rates`` (GBP at
        the price base).
    """
    lines = ledger[ledger["stage"] == "future"]
    unpriced = lines["amount"].isna()
    lines = lines[unpriced | lines["note"].eq("")].assign(unpriced=unpriced)
    known = dict(zip(base_rates["future"], base_rates["comparison_share"], strict=True))
    rate = lines["element"].map(known).astype("float64")  # a text column whose every code is missing stays text
    lines = lines.assign(at_rates=(lines["amount"] * rate / lines["chance"]).where(rate.notna(), lines["amount"]))
    sums = totals(lines, "element", ["amount", "at_rates"])
    by_case = lines.groupby(["element", "case_id"])["unpriced"].max()
    counted = by_case.groupby(level="element").agg(cases="size", unpriced="sum")
    return counted.join(sums).rename_axis("future").reset_index()


def beliefs_beside_rates(
    judged: pd.DataFrame, library: pd.DataFrame, base_rates: pd.DataFrame, families: int
) -> pd.DataFrame:
    """Set the share of families for whom a future counts beside the share of comparison families who met it.

    Futures that stand for each other and borrow the same rate (a child looked after, in a home or fostered) are one.

    Parameters
    ----------
    judged : DataFrame
        Futures that count: ``authority``, ``case_id``, ``future``.
    library : DataFrame
        The national futures: ``future``, ``label``, ``overlap_group``.
    base_rates : DataFrame
        ``future``, ``comparison_share``, ``programme_share``, ``months``, ``population``, ``source``, ``confidence``.
    families : int
        Of the round whose futures could count.

    Returns
    -------
    DataFrame, one row a future (or group) with a base rate, the most often counted first
        ``label``, ``futures`` (codes), ``families``, ``believed``, ``low``, ``high`` (share of families, Wilson), then
        those of the rates.
    """
    known = base_rates.merge(library.drop_duplicates("future")[["future", "label", "overlap_group"]], on="future")
    known["group"] = known["overlap_group"].fillna(known["future"])
    rows = []
    for _, of in known.groupby(["group", "comparison_share"], sort=False):
        first = of.sort_values("confidence", key=lambda c: c != "verified", kind="stable").iloc[0]
        met = judged[judged["future"].isin(of["future"])].drop_duplicates(CASE)
        rates = first[["comparison_share", "programme_share", "months", "population", "source", "confidence"]]
        rows.append({"label": first["label"], "futures": " ".join(of["future"]), "families": len(met), **rates})
    frame = pd.DataFrame(rows).sort_values(["families", "comparison_share"], ascending=False, kind="stable")
    low, high = wilson(frame["families"].to_numpy(), families)
    believed = frame["families"] / families if families else np.nan
    frame = frame.assign(believed=believed, low=low, high=high).reset_index(drop=True)
    first = ["label", "futures", "families", "believed", "low", "high"]
    return frame[[*first, *(name for name in frame if name not in first)]]


def rounds(everyone: Mapping[str, Authority], cases: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Set the rounds side by side: who took part, how far they said they were, what an episode cost and saved.

    Parameters
    ----------
    everyone : dict of slug to Authority
        All authorities of the root.
    cases : DataFrame
        Pooled over all rounds: ``authority``, ``costed``, ``inputs``, ``saving_long``; GBP at each round's price base.
    printed : DataFrame
        ``national/published/rounds.csv``: ``round``, ``year``, ``authorities``, ``cases``, ``wording``.

    Returns
    -------
    DataFrame, one row a round, in order of year
        ``round``, ``year``, ``authorities``, ``cases`` (as published; those here where nothing was), ``wording`` (of
        the report on impact), ``costed`` (cases here), ``level`` (median impact level claimed here), ``price_base``,
        ``inputs``, ``saving_long`` (medians of the cases here, GBP); blank where there is none.
    """
    of = {slug: found.round for slug, found in everyone.items() if found.round}
    costed = cases[cases["costed"] == "yes"]
    published = printed.set_index("round").to_dict("index")
    rows = []
    for name in dict.fromkeys([*printed["round"], *sorted(set(of.values()))]):
        said = published.get(name, {})
        members = [found for found in everyone.values() if found.round == name]
        sent, priced = (part[part["authority"].map(of) == name] for part in (cases, costed))
        levels = [found.impact_level for found in members if found.impact_level]
        rows.append({
            "round": name, "year": said.get("year"), "authorities": said.get("authorities", len(members)),
            "cases": said.get("cases", len(sent)), "wording": said.get("wording", ""), "costed": len(priced),
            "level": float(np.median(levels)) if levels else np.nan,
            "price_base": " and ".join(sorted({found.price_base for found in members})) if len(priced) else "",
            "inputs": priced["inputs"].median(), "saving_long": priced["saving_long"].median(),
        })  # fmt: skip
    frame = pd.DataFrame(rows).astype(dict.fromkeys(["year", "authorities", "cases"], "Int64"))
    return frame.sort_values("year", na_position="last", kind="stable").reset_index(drop=True)
