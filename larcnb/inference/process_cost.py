"""What goes with a dearer process: meetings held and professionals taking part.

In: the pooled table ``process`` and cases. Out: a Gamma regression with log link, its standard errors clustered by
authority (METHOD.md part 5). Cost is made of people and hours, so that some of this is arithmetic; the question is how
much a meeting or a person more goes with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from larcnb.inference.enough import FEWEST_AUTHORITIES, FEWEST_PER_TERM, LEVEL, too_few
from larcnb.inference.intervals import CASE

TERMS = {"meetings": "a meeting more", "professionals": "a professional more"}


@dataclass(frozen=True)
class Drivers:
    """The regression.

    Parameters
    ----------
    terms : DataFrame, one row a term (``meetings``, ``professionals``)
        ``term``, ``label``, ``coefficient``, ``se`` (log scale), ``more``, ``low``, ``high`` (0.12: 12% dearer).
    cases, authorities : int
        Used.
    left_out : int
        Costed cases without any process cost, which a Gamma cannot hold.
    why_not : str
        Why there is no regression; blank where there is one.
    """

    terms: pd.DataFrame
    cases: int
    authorities: int
    left_out: int = 0
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
    people = process.groupby([*CASE, "role"])["people"].max().groupby(level=CASE).sum().rename("professionals")
    costed = cases.loc[cases["costed"] == "yes", [*CASE, "process"]]
    counts = costed.join(meetings, on=CASE).join(people, on=CASE)
    return counts.fillna({"meetings": 0, "professionals": 0}).astype({"meetings": "int64", "professionals": "int64"})


def drivers(counts: pd.DataFrame, level: float = LEVEL) -> Drivers:
    """Regress process cost on meetings and professionals.

    ``log E(cost) = a + b meetings + c professionals``, Gamma; ``more = exp(b) - 1``; interval on authorities - 1
    degrees of freedom.

    Parameters
    ----------
    counts : DataFrame
        :func:`people_and_meetings`.
    level : float

    Source
    ------
    Easton et al (2012), LARC4, section 3.1: greater costs with more professionals and more TAC meetings. Cluster-robust
    variance with the small-sample factor of R's ``vcovCL(type = "HC1")``, whose figures the tests repeat.
    """
    used = counts[counts["process"] > 0]
    authorities = used["authority"].nunique()
    why_not = (
        too_few(len(used), FEWEST_PER_TERM * len(TERMS), "case")
        or too_few(authorities, FEWEST_AUTHORITIES, "authority", "authorities")
        or next((f"every case has the same number of {name}" for name in TERMS if used[name].nunique() < 2), "")
    )
    blank = pd.DataFrame(columns=["term", "label", "coefficient", "se", "more", "low", "high"])
    if why_not:
        return Drivers(blank, len(used), authorities, len(counts) - len(used), why_not)
    coefficient, se = clustered_gamma(
        used["process"].to_numpy(), used[list(TERMS)].to_numpy(dtype="float64"), used["authority"].to_numpy()
    )
    from scipy import stats

    reach = stats.t.ppf((1 + level) / 2, authorities - 1) * se
    rows = [
        (term, label, coefficient[i], se[i], *np.expm1(coefficient[i] + np.array([0, -1, 1]) * reach[i]).tolist())
        for i, (term, label) in enumerate(TERMS.items(), start=1)
    ]
    return Drivers(pd.DataFrame(rows, columns=blank.columns), len(used), authorities, len(counts) - len(used))


def clustered_gamma(cost: np.ndarray, terms: np.ndarray, clusters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (intercept first) and cluster-robust standard errors of a Gamma-log regression.

    Parameters
    ----------
    cost : array, n values above 0
    terms : array, n x p
    clusters : array, n values

    Examples
    --------
    Costs that double with each step of the term:

    >>> coefficient, _ = clustered_gamma(np.array([1.0, 2, 4, 8]), np.arange(4.0)[:, None], np.arange(4))
    >>> np.exp(coefficient).round(6).tolist()
    [1.0, 2.0]
    """
    x = np.column_stack([np.ones(len(cost)), terms])
    bread = np.linalg.inv(x.T @ x)  # the weights of a Gamma with log link are all 1
    fit = bread @ x.T @ np.log(cost)
    for _ in range(200):
        step = bread @ x.T @ (cost / np.exp(x @ fit) - 1)
        fit = fit + step
        if np.abs(step).max() < 1e-12:
            break
    scores = pd.DataFrame(x * (cost / np.exp(x @ fit) - 1)[:, None]).groupby(clusters, sort=False).sum().to_numpy()
    n, k, g = *x.shape, len(scores)
    factor = g / (g - 1) * (n - 1) / (n - k)
    return fit, np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread) * factor)
