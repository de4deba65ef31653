"""Agreement between perspectives on how likely a future was, beside what chance would give.

In: the pooled table ``futures``. Out: the share of pairs of witnesses who gave the same answer and weighted kappa,
each with its interval and its value where answers are shuffled among futures (docs/method.md part 5). A witness who
did not tell of a future is missing for it; silence is not read as disagreement.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from larcnb import codes
from larcnb.consortium.pooling import TAILS, too_few

FUTURE = ["authority", "case_id", "future"]
PERSPECTIVES = list(codes.PERSPECTIVE)
STEPS = {likelihood: step for step, likelihood in enumerate(codes.LIKELIHOOD)}
APART = np.subtract.outer(np.arange(len(STEPS)), np.arange(len(STEPS))) / (len(STEPS) - 1)
WEIGHTS = 1 - APART**2
"""Quadratic: a step apart is nearly agreement."""
FEWEST_RATED, FEWEST_FAMILIES = 10, 5
"""Futures told of by two witnesses, and families they are told of, for a coefficient."""
REPEATS = 1_000
"""Of shuffling and of the bootstrap; of the first fewer where there are many futures, which chance moves little."""
MOST_SHUFFLED = 5_000_000
NAMES = ("share", "kappa")
ENDS = ("", "_low", "_high", "_shuffled")
COEFFICIENTS = [name + end for name in NAMES for end in ENDS]


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


def same_answer(tables: np.ndarray) -> np.ndarray:
    """The share of pairs in full agreement: tables (..., 5, 5) of how many gave answer i and answer j."""
    return np.trace(tables, axis1=-2, axis2=-1) / tables.sum((-2, -1))


def weighted_kappa(tables: np.ndarray) -> np.ndarray:
    """Cohen's weighted kappa, quadratic weights: ``(po - pe) / (1 - pe)``, blank where all gave the same answer.

    Parameters
    ----------
    tables : array (..., 5, 5)
        How many gave answer i and answer j.

    Source
    ------
    Cohen (1968). The figures are those of statsmodels' ``cohens_kappa(wt="quadratic")``, which takes one table at a
    time and has no place for families; a thousand shuffles of every theme would take it minutes.

    Examples
    --------
    >>> float(weighted_kappa(np.eye(5)))
    1.0
    """
    share = tables / tables.sum((-2, -1), keepdims=True)
    po = (WEIGHTS * share).sum((-2, -1))
    pe = np.einsum("...i,ij,...j", share.sum(-1), WEIGHTS, share.sum(-2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isclose(pe, 1), np.nan, (po - pe) / (1 - pe))


def _pair_tables(rated: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Tables (groups, 5, 5) of the answers of all pairs of witnesses; of three or more the pair has no order."""
    size = len(STEPS)
    cells = np.zeros(groups * size**2, dtype="int64")
    for a, b in combinations(rated.T, 2):
        both = (a >= 0) & (b >= 0)
        cells += np.bincount((group[both] * size + a[both]) * size + b[both], minlength=cells.size)
    tables = cells.reshape(groups, size, size)
    return tables if rated.shape[1] == 2 else tables + tables.swapaxes(1, 2)


def _agreement(wide: pd.DataFrame, seed: int, told: str) -> dict[str, float]:
    """Both coefficients with interval (families drawn again) and mean where each perspective's answers are shuffled."""
    family = wide.index.droplevel("future").factorize()[0]
    families = int(family.max(initial=-1)) + 1
    few = too_few(len(wide), FEWEST_RATED, f"future {told}", f"futures {told}")
    if why_not := few or too_few(families, FEWEST_FAMILIES, "family", "families"):
        return dict.fromkeys(COEFFICIENTS, np.nan) | {"why_not": why_not}
    rng, rated = np.random.default_rng(seed), wide.fillna(-1).to_numpy(dtype="int8")
    of_family = _pair_tables(rated, family, families)
    drawn = rng.multinomial(families, np.full(families, 1 / families), REPEATS)
    again = np.tensordot(drawn, of_family, axes=1)
    repeats = max(100, min(REPEATS, MOST_SHUFFLED // len(wide)))
    shuffled = np.full((repeats, *rated.shape), -1, dtype="int8")
    for of, answers in enumerate(rated.T):
        there = np.flatnonzero(answers >= 0)
        shuffled[:, there, of] = rng.permuted(np.tile(answers[there], (repeats, 1)), axis=1)
    repeat = np.repeat(np.arange(repeats), len(wide))
    by_chance = _pair_tables(shuffled.reshape(-1, rated.shape[1]), repeat, repeats)
    coefficients: list[float] = []
    for coefficient in (same_answer, weighted_kappa):
        with np.errstate(invalid="ignore", divide="ignore"):
            value, drawn_again, null = map(coefficient, (of_family.sum(axis=0), again, by_chance))
        ends = [np.nan] * 2 if np.isnan(value) else np.nanquantile(drawn_again, TAILS)
        mean = np.nanmean(null) if np.isfinite(null).any() else np.nan
        coefficients += map(float, (value, *ends, mean))
    return {"why_not": "", **dict(zip(COEFFICIENTS, coefficients, strict=True))}


def by_theme(futures: pd.DataFrame, library: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Agreement of all perspectives, theme by theme and over all.

    Parameters
    ----------
    futures : DataFrame
        Pooled: ``authority``, ``case_id``, ``future``, ``perspective``, ``likelihood``.
    library : DataFrame
        The national futures: ``future``, ``theme``.
    seed : int
        Of shuffling and bootstrap.

    Returns
    -------
    DataFrame, one row a theme told of, then ``all``
        ``theme``, ``futures`` (told), ``several`` (told by two or more); ``share`` of pairs of witnesses with the same
        answer, ``kappa`` (quadratic weights), each with ``_low``, ``_high`` (families drawn again) and ``_shuffled``
        (mean where each perspective's answers are shuffled among the futures it told of); ``why_not`` where too few.
    """
    wide, rows = ratings(futures), []
    themes = pd.Series(dict(zip(library["future"], library["theme"], strict=True)))
    theme = themes.reindex(wide.index.get_level_values("future")).to_numpy()
    for code in [*(code for code in codes.FUTURE_THEME if (theme == code).any()), "all"]:
        of = wide if code == "all" else wide[theme == code]
        several = of[of.notna().sum(axis=1) >= 2]
        counts = {"theme": code, "futures": len(of), "several": len(several)}
        rows.append(counts | _agreement(several, seed, "told by two"))
    return pd.DataFrame(rows)


def by_pair(futures: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Agreement of each two perspectives on the futures both told of.

    Returns
    -------
    DataFrame, one row a pair that told of a future together
        ``first``, ``second`` (codes), ``futures``, ``higher`` (share in which the first held it likelier), ``lower``,
        and the columns of :func:`by_theme` from ``share`` on.
    """
    wide, rows = ratings(futures), []
    for first, second in combinations(PERSPECTIVES, 2):
        both = wide[[first, second]].dropna()
        if both.empty:
            continue
        told = {"first": first, "second": second, "futures": len(both)}
        told["higher"] = (both[first] > both[second]).mean()
        told["lower"] = (both[first] < both[second]).mean()
        rows.append(told | _agreement(both, seed, "told by both"))
    names = ["first", "second", "futures", "higher", "lower", *COEFFICIENTS, "why_not"]
    return pd.DataFrame(rows, columns=names)


def cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Both coefficients as text, each with its interval and its value by chance in the same cell.

    Parameters
    ----------
    frame : DataFrame
        :func:`by_theme` or :func:`by_pair`.

    Returns
    -------
    DataFrame, the same rows
        ``share`` and ``kappa`` such as "68% (60% to 75%); shuffled 51%".
    """
    said = {name: [_cell(row, name) for row in frame.to_dict("records")] for name in NAMES}
    return pd.DataFrame(said, index=frame.index)


def _cell(row: dict, name: str) -> str:
    values = [row[f"{name}{end}"] for end in ENDS]
    if pd.isna(values[0]):
        return "too few" if row["why_not"] else "all alike"
    value, low, high, shuffled = (f"{x:.0%}" if name == "share" else f"{x:z.2f}" for x in values)
    return f"{value} ({low} to {high}); shuffled {shuffled}".replace("-", "\N{MINUS SIGN}")
