"""Agreement between perspectives on how likely a future was, beyond what chance would give.

In: the pooled table ``futures``. Out: shares agreeing, weighted kappa for two perspectives, Fleiss's kappa and Gwet's
AC for several, each with an interval that lets the futures of one family go together (METHOD.md part 5). A
witness who did not tell of a future is missing for it; silence is not read as disagreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.inference.enough import FEWEST_RATED, LEVEL, too_few

FUTURE = ["authority", "case_id", "future"]
STEPS = {likelihood: step for step, likelihood in enumerate(codes.LIKELIHOOD)}
PERSPECTIVES = list(codes.PERSPECTIVE)


@dataclass(frozen=True)
class Coefficient:
    """A coefficient of agreement (1 full agreement, 0 no more than chance) with its interval."""

    value: float
    low: float
    high: float
    se: float


def weights(kind: str, categories: int = len(STEPS)) -> np.ndarray:
    """How far two answers agree, 0 to 1, by how many steps of the scale apart they are.

    Parameters
    ----------
    kind : str
        ``identity`` only the same answer counts · ``linear`` · ``quadratic`` a step apart is nearly agreement.

    Examples
    --------
    >>> weights("quadratic", 3).tolist()
    [[1.0, 0.75, 0.0], [0.75, 1.0, 0.75], [0.0, 0.75, 1.0]]
    """
    apart = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories))) / (categories - 1)
    return {"identity": (apart == 0).astype("float64"), "linear": 1 - apart, "quadratic": 1 - apart**2}[kind]


def ratings(futures: pd.DataFrame) -> pd.DataFrame:
    """Each future told with what each perspective held of it.

    Parameters
    ----------
    futures : DataFrame
        ``authority``, ``case_id``, ``future``, ``perspective``, ``likelihood``.

    Returns
    -------
    DataFrame indexed by ``authority``, ``case_id`` and ``future``
        One column a perspective: 0 (very unlikely) to 4 (highly likely), blank where it did not tell.
    """
    steps = futures.assign(step=futures["likelihood"].map(STEPS).astype("float64"))
    wide = steps.pivot(index=FUTURE, columns="perspective", values="step")
    return wide.reindex(columns=PERSPECTIVES)


def weighted_kappa(
    first: np.ndarray, second: np.ndarray, kind: str = "quadratic", clusters: np.ndarray | None = None,
    level: float = LEVEL, categories: int = len(STEPS),
) -> Coefficient:  # fmt: skip
    """Cohen's weighted kappa of two raters, with an interval.

    ``kappa = (po - pe) / (1 - pe)``, po and pe the mean weight of pairs as found and as expected by chance.

    Parameters
    ----------
    first, second : array, n values
        0 to ``categories`` - 1; none missing.
    kind : str
        Of the weights.
    clusters : array, n values, optional
        Ratings that go together, such as those of one family; left out, each stands alone.
    level : float
    categories : int

    Source
    ------
    Cohen (1968); Fleiss, Cohen and Everitt (1969) for the variance, here summed over clusters. Without clusters these
    are the figures of statsmodels' ``cohens_kappa``, which has no place for families.

    Examples
    --------
    >>> same = np.array([0, 1, 2, 3, 4] * 4)
    >>> weighted_kappa(same, same).value
    1.0
    """
    w, n = weights(kind, categories), len(first)
    a, b = np.asarray(first, dtype=int), np.asarray(second, dtype=int)
    rows, columns = (np.bincount(x, minlength=categories) / n for x in (a, b))
    by_row, by_column = w @ columns, rows @ w
    po, pe = w[a, b].mean(), rows @ w @ columns
    if pe == 1:
        return Coefficient(np.nan, np.nan, np.nan, np.nan)
    kappa = (po - pe) / (1 - pe)
    pull = (w[a, b] - (by_row[a] + by_column[b]) * (1 - kappa) - (kappa - pe * (1 - kappa))) / (1 - pe)
    return _with_interval(kappa, pull, clusters, level)


def several_raters(
    rated: np.ndarray, kind: str = "quadratic", clusters: np.ndarray | None = None, level: float = LEVEL,
    categories: int = len(STEPS),
) -> dict[str, Coefficient]:  # fmt: skip
    """Agreement of several raters, some of whom may be missing: share of pairs, Gwet's AC and Fleiss's kappa.

    ``(pa - pe) / (1 - pe)``: pa the mean weight of pairs of ratings within an item; pe for Fleiss ``sum w_kl p_k p_l``,
    for Gwet ``sum w / q (q - 1) x sum p_k (1 - p_k)``, p_k the mean share of category k.

    Parameters
    ----------
    rated : array, n items x r raters
        0 to ``categories`` - 1; blank where missing; at least one rating an item, and two in some.
    kind, clusters, level, categories
        As :func:`weighted_kappa`.

    Returns
    -------
    dict
        ``share``, ``gwet``, ``fleiss``: :class:`Coefficient`. Fleiss's is blank where all gave the same answer.

    Source
    ------
    Gwet (2008, 2014); irrCAC, whose figures the tests repeat. Where ratings are missing its errors are too large: it
    takes an item with one rating for one in full disagreement. Here such items have no say in pa, and the errors are
    those of a bootstrap. Kappa falls towards nil where nearly everybody gives the same answer, however well they
    agree; Gwet's AC does not.

    Examples
    --------
    >>> same = np.full((12, 3), 3.0)
    >>> found = several_raters(same)
    >>> found["gwet"].value, found["fleiss"].value
    (1.0, nan)
    """
    w, n = weights(kind, categories), len(rated)
    counts = np.stack([(rated == k).sum(axis=1) for k in range(categories)], axis=1).astype("float64")
    raters = counts.sum(axis=1)
    paired = raters >= 2
    pairs = np.where(paired, raters * (raters - 1), 1)
    agree = np.where(paired, (counts * (counts @ w - 1)).sum(axis=1) / pairs, 0.0)
    pa, more = agree[paired].mean(), n / paired.sum()
    held = (counts / raters[:, None]).mean(axis=0)
    by_item = {
        "gwet": (w.sum() / (categories * (categories - 1)) * (counts @ (1 - held)) / raters,
                 w.sum() / (categories * (categories - 1)) * (held * (1 - held)).sum()),
        "fleiss": (counts @ (w @ held) / raters, held @ w @ held),
    }  # fmt: skip
    away = more * np.where(paired, agree - pa, 0)
    found = {"share": _with_interval(pa, away, clusters, level)}
    for name, (chance, pe) in by_item.items():
        if np.isclose(pe, 1):
            found[name] = Coefficient(np.nan, np.nan, np.nan, np.nan)
            continue
        value = (pa - pe) / (1 - pe)
        pull = (away - 2 * (1 - value) * (chance - pe)) / (1 - pe)
        found[name] = _with_interval(value, pull, clusters, level)
    return found


def _with_interval(value: float, pull: np.ndarray, clusters: np.ndarray | None, level: float) -> Coefficient:
    """Interval from how far each item pulls the coefficient, items of a cluster together; t on clusters - 1."""
    from scipy.special import stdtrit

    sums = pull if clusters is None else pd.Series(pull).groupby(clusters, sort=False).sum().to_numpy()
    k = len(sums)
    if k < 2:
        return Coefficient(float(value), np.nan, np.nan, np.nan)
    se = float(np.sqrt(k / (k - 1) * (sums**2).sum()) / len(pull))
    reach = stdtrit(k - 1, (1 + level) / 2) * se
    return Coefficient(float(value), float(max(-1, value - reach)), float(min(1, value + reach)), se)


def by_theme(futures: pd.DataFrame, library: pd.DataFrame) -> pd.DataFrame:
    """Agreement of all perspectives, theme by theme and over all.

    Parameters
    ----------
    futures : DataFrame
        Pooled: ``authority``, ``case_id``, ``future``, ``perspective``, ``likelihood``.
    library : DataFrame
        The national futures: ``future``, ``theme``.

    Returns
    -------
    DataFrame, one row a theme told of, then ``all``
        ``theme``, ``futures`` (told), ``several`` (told by two or more), ``share`` of pairs in full agreement, ``gwet``
        and ``fleiss`` (quadratic weights), each with ``_low`` and ``_high``; ``why_not`` where there are too few.
    """
    wide = ratings(futures)
    themes = pd.Series(dict(zip(library["future"], library["theme"], strict=True)))
    theme = themes.reindex(wide.index.get_level_values("future")).to_numpy()
    told = [code for code in codes.FUTURE_THEME if (theme == code).any()]
    return pd.DataFrame([_row(code, wide[theme == code]) for code in told] + [_row("all", wide)])


def _row(theme: str, wide: pd.DataFrame) -> dict:
    rated = wide.to_numpy()
    several = int((np.isfinite(rated).sum(axis=1) >= 2).sum())
    row = {"theme": theme, "futures": len(wide), "several": several,
           "why_not": too_few(several, FEWEST_RATED, "future told by two", "futures told by two")}  # fmt: skip
    names = ("share", "gwet", "fleiss")
    if row["why_not"]:
        return row | {f"{name}{end}": np.nan for name in names for end in ("", "_low", "_high")}
    family = wide.index.droplevel("future").factorize()[0]
    found = several_raters(rated, "quadratic", family) | {"share": several_raters(rated, "identity", family)["share"]}
    for name in names:
        one = found[name]
        row |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    return row


def by_pair(futures: pd.DataFrame) -> pd.DataFrame:
    """Agreement of each two perspectives on the futures both told of.

    Returns
    -------
    DataFrame, one row a pair that told of a future together
        ``first``, ``second`` (codes), ``futures``, ``share`` in full agreement, ``higher`` (share in which the first
        held it likelier), ``lower``, ``kappa`` (quadratic weights), ``kappa_low``, ``kappa_high``, ``why_not``.
    """
    wide = ratings(futures)
    rows = []
    for first, second in combinations(PERSPECTIVES, 2):
        both = wide[[first, second]].dropna()
        if both.empty:
            continue
        a, b = both[first].to_numpy(), both[second].to_numpy()
        why_not = too_few(len(both), FEWEST_RATED, "future told by both", "futures told by both")
        family = both.index.droplevel("future").factorize()[0]
        kappa = Coefficient(*[np.nan] * 4) if why_not else weighted_kappa(a, b, clusters=family)
        rows.append((first, second, len(both), (a == b).mean(), (a > b).mean(), (a < b).mean(), kappa.value,
                     kappa.low, kappa.high, why_not))  # fmt: skip
    names = ["first", "second", "futures", "share", "higher", "lower", "kappa", "kappa_low", "kappa_high", "why_not"]
    return pd.DataFrame(rows, columns=names)
