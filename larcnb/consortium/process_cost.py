"""What goes with a dearer process: meetings held and professionals taking part.

In: the pooled table ``process`` and cases. Out: a Gamma regression with log link, its standard errors clustered by
authority (METHOD.md part 5). Cost is made of people and hours, so that some of this is arithmetic; the question is how
much a meeting or a person more goes with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from larcnb.consortium.intervals import CASE, TAILS, too_few
from larcnb.consortium.pooling import FEWEST_AUTHORITIES

FEWEST_PER_TERM = 10
"""Cases for each coefficient of a regression."""

TERMS = ["meetings", "professionals"]


@dataclass(frozen=True)
class Drivers:
    """The regression.

    Parameters
    ----------
    terms : DataFrame, one row a term (``meetings``, ``professionals``)
        ``term``, ``coefficient``, ``se`` (log scale), ``more``, ``low``, ``high`` (0.12: 12% dearer).
    cases : int
        Used: those with a process cost, for a Gamma can hold no other.
    why_not : str
        Why there is no regression; blank where there is one.
    """

    terms: pd.DataFrame
    cases: int
    why_not: str = ""


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


def drivers(counts: pd.DataFrame) -> Drivers:
    """Regress process cost on meetings and professionals.

    ``log E(cost) = a + b meetings + c professionals``, Gamma; ``more = exp(b) - 1``; interval on authorities - 1
    degrees of freedom.

    Parameters
    ----------
    counts : DataFrame
        :func:`people_and_meetings`. Cases without any process cost, which a Gamma cannot hold, are left out.

    Source
    ------
    Easton et al (2012), LARC4, section 3.1: greater costs with more professionals and more TAC meetings. Cluster-robust
    variance with the small-sample factor of R's ``vcovCL(type = "HC1")``, whose figures the tests repeat.
    """
    from scipy.special import stdtrit

    used = counts[counts["process"] > 0]
    authorities = used["authority"].nunique()
    same = [name for name in TERMS if used[name].nunique() < 2]
    why_not = (
        too_few(len(used), FEWEST_PER_TERM * len(TERMS), "case")
        or too_few(authorities, FEWEST_AUTHORITIES, "authority", "authorities")
        or "".join(f"every case has the same number of {name}" for name in same[:1])
    )
    terms = pd.DataFrame(columns=["term", "coefficient", "se", "more", "low", "high"])
    if not why_not:
        of = used["process"], used[TERMS].astype("float64"), used["authority"]
        coefficient, se = (found[1:] for found in clustered_gamma(*(x.to_numpy() for x in of)))
        reach = stdtrit(authorities - 1, TAILS[1]) * se
        terms = terms.assign(term=TERMS, coefficient=coefficient, se=se)
        for end, by in (("more", 0), ("low", -reach), ("high", reach)):
            terms[end] = np.expm1(coefficient + by)
    return Drivers(terms, len(used), why_not)


def clustered_gamma(
    cost: np.ndarray, terms: np.ndarray, clusters: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
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
