"""Comparison: the report's bands, what goes with a dearer process, an independent cost of a CAF, rates seen elsewhere.

In: pooled cases and tables, and what others published (``national/published/``). Out: frames that set the round's
figures beside theirs (METHOD.md parts 4 and 5). None of them is a comparison group.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from larcnb.consortium.pooling import CASE, FEWEST_AUTHORITIES, TAILS, too_few, wilson
from larcnb.library import Library

Frame, Array, Counts = pd.DataFrame, np.ndarray, Mapping[str, int]
MONTH = 365.25 / 12
"""Days."""
FEWEST_PER_TERM = 10
"""Cases for each coefficient of a regression."""
TERMS = ["meetings", "professionals"]


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


def people_and_meetings(process: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Count, for each costed case, its meetings and the professionals who took part.

    Meetings are the distinct ``meeting_no`` of ``tac_meeting`` rows. Professionals are the people of each role at the
    fullest row of that role, added over roles: who they were is not in a return.

    Returns
    -------
    DataFrame, one row a costed case
        ``authority``, ``case_id``, ``process`` (GBP), ``meetings``, ``professionals`` (counts).
    """
    held = process[process["element"] == "tac_meeting"].drop_duplicates([*CASE, "meeting_no"])
    meetings = held.groupby(CASE).size().rename("meetings")
    fullest = process.groupby([*CASE, "role"])["people"].max()
    people = fullest.groupby(level=CASE).sum().rename("professionals")
    costed = cases.loc[cases["costed"] == "yes", [*CASE, "process"]]
    counts = costed.join(meetings, on=CASE).join(people, on=CASE)
    return counts.fillna(dict.fromkeys(TERMS, 0)).astype(dict.fromkeys(TERMS, "int64"))


def drivers(counts: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Regress process cost on meetings and professionals; cost is made of both, so that some of this is arithmetic.

    ``log E(cost) = a + b meetings + c professionals``, Gamma with log link, standard errors clustered by authority;
    ``more = exp(b) - 1``; interval on authorities - 1 degrees of freedom.

    Parameters
    ----------
    counts : DataFrame
        :func:`people_and_meetings`. Cases without any process cost, which a Gamma cannot hold, are left out.

    Returns
    -------
    DataFrame, one row a term (``meetings``, ``professionals``)
        ``term``, ``coefficient``, ``se`` (log scale), ``more``, ``low``, ``high`` (0.12: 12% dearer).
    str
        Why there is no regression; blank where there is one.

    Source
    ------
    Easton et al (2012), LARC4, section 3.1: greater costs with more professionals and more TAC meetings. Cluster-robust
    variance with the small-sample factor of R's ``vcovCL(type = "HC1")``, whose figures the tests repeat.
    """
    from scipy.special import stdtrit

    used = counts[counts["process"] > 0]
    authorities = used["authority"].nunique()
    same = [name for name in TERMS if used[name].nunique() < 2]
    few = too_few(len(used), FEWEST_PER_TERM * len(TERMS), "case")
    why_not = few or too_few(authorities, FEWEST_AUTHORITIES, "authority", "authorities")
    if same and not why_not:
        why_not = f"every case has the same number of {same[0]}"
    terms = pd.DataFrame(columns=["term", "coefficient", "se", "more", "low", "high"])
    if not why_not:
        of = used["process"], used[TERMS].astype("float64"), used["authority"]
        coefficient, se = (found[1:] for found in clustered_gamma(*(x.to_numpy() for x in of)))
        reach = stdtrit(authorities - 1, TAILS[1]) * se
        terms = terms.assign(term=TERMS, coefficient=coefficient, se=se)
        for end, by in (("more", 0), ("low", -reach), ("high", reach)):
            terms[end] = np.expm1(coefficient + by)
    return terms, why_not


def clustered_gamma(cost: Array, terms: Array, clusters: Array) -> tuple[Array, Array]:
    """Coefficients (intercept first) and cluster-robust standard errors of a Gamma-log regression.

    Parameters
    ----------
    cost : array, n values above 0
    terms : array, n x p
    clusters : array, n values

    Examples
    --------
    Means of 2 without and 8 with the term, four times as much:

    >>> term = np.array([0.0, 0, 1, 1])[:, None]
    >>> coefficient, _ = clustered_gamma(np.array([1.0, 3, 4, 12]), term, np.arange(4))
    >>> np.exp(coefficient).round(6).tolist()
    [2.0, 4.0]
    """
    from statsmodels.genmod.families import Gamma, links
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.stats.sandwich_covariance import cov_cluster

    x = np.column_stack([np.ones(len(cost)), terms])
    fit = GLM(cost, x, family=Gamma(links.Log())).fit(tol=1e-12, maxiter=200)
    # Not the fit's own cov_type="cluster", whose bread is the observed information: R's glm takes the expected one.
    covariance = cov_cluster((x * fit.resid_working[:, None], fit.normalized_cov_params), clusters)
    return fit.params, np.sqrt(np.diag(covariance))


def beside_steps(counts: Frame, cases: Frame, steps: Frame, books: Library, base: str) -> Frame:
    """Set each case's process cost beside what an independent study's steps would make it.

    ``steps = intention + assessment + first_tac [meetings >= 1] + later_tac (meetings - 1) + support x months +
    closing``, each uprated by ``deflator[base] / deflator[price_year]``; months from start to close.

    Parameters
    ----------
    counts : DataFrame
        :func:`people_and_meetings`.
    cases : DataFrame
        Pooled: ``authority``, ``case_id``, ``started``, ``closed``.
    steps : DataFrame
        ``national/published/caf_steps.csv``: ``step``, ``value`` (GBP), ``price_year``.
    books : Library
        Of its deflators.
    base : str
        The price base.

    Returns
    -------
    DataFrame, one row a costed case that is closed
        ``authority``, ``case_id``, ``process``, ``meetings``, ``months``, ``steps`` (its meetings and months at the
        study's rates), ``whole`` (the study's mean CAF of six months): GBP at the price base.

    Source
    ------
    Holmes and others (2012), DFE-RR210, as carried by the GMCA Unit Cost Database.
    """
    index = books.deflators.set_index("year")["index"]
    to_base = float(index[base]) / steps["price_year"].map(index).astype("float64")
    rate = dict(zip(steps["step"], steps["value"] * to_base, strict=True))
    days = pd.to_datetime(cases["closed"]) - pd.to_datetime(cases["started"])
    dated = cases[CASE].assign(months=days.dt.days / MONTH)
    frame = counts.merge(dated, on=CASE).dropna(subset="months").reset_index(drop=True)
    later = (frame["meetings"] - 1).clip(lower=0)
    once = rate["intention"] + rate["assessment"] + rate["closing"]
    each = once + rate["first_tac"] * (frame["meetings"] > 0)
    priced = each + rate["later_tac"] * later + rate["support"] * frame["months"]
    frame = frame[[*CASE, "process", "meetings", "months"]]
    return frame.assign(steps=priced.round(2), whole=round(rate["whole"], 2))


def beliefs_beside_rates(
    judged: Frame, library: Frame, base_rates: Frame, persons: Counts
) -> Frame:
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
