"""What happened next: futures told of, followed up (docs/method.md part 9).

In: a return's clean tables, or those of several authorities. Out: frames of what came anyway, what families came
back, and how witnesses' chances compare with what happened. Families who were helped never show what would have
happened without the help: nothing here is an effect of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from larcnb import codes, local
from larcnb.library import load_library
from larcnb.params import load_preset
from larcnb.root import Root

Tables = Mapping[str, pd.DataFrame]
CENSORED, HAPPENED, COMPETING = 0, 1, 2
"""How following a family ended: no more is known, the event, or it can no longer happen here."""
MONTH, SPOKEN_OF = 365.25 / 12, 12
"""Days a month; months of which the witnesses spoke."""
LEVEL, GROUPS = 0.95, 100
"""Of every interval; groups of families at most, in the jackknife of the standard error."""
LABELS = {"told": "Reports", "believed": "Believed, without help"}
LABELS |= {"happened": "Happened, with help", "low": "95% from", "high": "to"}
LABELS |= {"with_help": "Gave a chance with help", "brier": "Brier score"}
LOOK = {"labels": LABELS, "formats": {"told": "count", "with_help": "count", "brier": "number"}}
"""How a page shows :func:`calibration`."""


def told_futures(tables: Tables) -> pd.DataFrame:
    """The futures told that were followed up.

    Parameters
    ----------
    tables : mapping of DataFrame
        The clean ``cases``, ``children``, ``moderation`` and ``follow_up`` of one authority, or of several pooled.

    Returns
    -------
    DataFrame, one row a case and future
        ``case_id``, ``future``; ``months`` after the case started until it happened or following ended; ``status``
        (0 no more is known, 1 happened, 2 moved away, or grew up: every child was over 16 at the start);
        ``likelihood`` (agreed), ``accepted``.
    """
    rows = tables["follow_up"].query("future != @codes.RE_REFERRAL")
    rows = _statuses(rows, tables)[["case_id", "future", "months", "status"]]
    agreed = tables["moderation"][["case_id", "future", "likelihood", "accepted"]]
    return rows.merge(agreed, on=["case_id", "future"], how="left")


def sustained(tables: Tables) -> pd.DataFrame:
    """Closed cases followed after closing: months until the family was referred again, or following ended.

    Parameters
    ----------
    tables : mapping of DataFrame
        The clean ``cases``, ``children`` and ``follow_up``.

    Returns
    -------
    DataFrame, one row a case
        ``case_id``, ``months`` after closing (0 or more), ``status`` (0 no more is known, 1 referred again).
    """
    rows = tables["follow_up"].query("future == @codes.RE_REFERRAL")
    closed = tables["cases"].query("status == 'closed'")[["case_id", "started", "closed"]]
    rows = _statuses(rows, tables).merge(closed, on="case_id")
    months = rows["months"] - (rows["closed"] - rows["started"]).dt.days / MONTH
    rows = rows.assign(months=months.clip(lower=0), status=rows["status"].eq(HAPPENED).astype(int))
    return rows[["case_id", "months", "status"]]


def _statuses(rows: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    children = tables["children"]
    grown = children["age_band"].eq("over-16").groupby(children["case_id"]).all()
    left = {*tables["cases"].query("end_reason == 'moved'")["case_id"], *grown.index[grown]}
    happened = rows["happened"].eq("yes")
    return rows.assign(
        months=rows["month"].where(happened, rows["followed_months"]).astype(float),
        status=np.select([happened, rows["case_id"].isin(left)], [HAPPENED, COMPETING], CENSORED),
    )


def incidence(
    months: Sequence, status: Sequence, at: Sequence = (12, 24), families: Sequence | None = None
) -> pd.DataFrame:
    """The share to whom it has happened by some months (Aalen-Johansen), with its interval.

    Where nobody leaves (status 2) it is 1 less Kaplan-Meier. The interval is on the scale of log(-log(1 - share));
    where it happened to none, or to all, it is the exact one of so many families.

    Parameters
    ----------
    months, status : n values
        As :func:`told_futures` has them; fractions of a month will do.
    at : numbers
        Months.
    families : n values, optional
        Whose row it is: rows of one family go together (jackknife over at most 100 groups of families; no
        interval of one, and of several none narrower than if each row were a family's).

    Returns
    -------
    DataFrame indexed by ``months``
        ``share``, ``low``, ``high`` (0 to 1; 95%), ``se``.

    Source
    ------
    Aalen and Johansen (1978); Kalbfleisch and Prentice (2002), section 8.2; estimates and errors by statsmodels.

    Examples
    --------
    Of four, one had it in month 3, one moved away in month 6, two were followed for a year:

    >>> incidence([3, 6, 12, 12], [1, 2, 0, 0], [12])["share"].tolist()
    [0.25]
    """
    months, status, at = np.array(months, float), np.array(status, int), np.array(at, float)
    share, se = _aalen_johansen(months, status, at)
    family, names = pd.factorize(np.array(range(len(status)) if families is None else families))
    n = len(names)
    if n == 1 < len(family):
        se = np.full(len(at), np.nan)  # one family says nothing of others
    elif n < len(family):
        groups = family % min(GROUPS, n)
        kept = [groups != group for group in np.unique(groups)]
        left_out = [_aalen_johansen(months[k], status[k], at)[0] for k in kept]
        spread = np.square(np.array(left_out) - np.mean(left_out, axis=0)).sum(0)
        se = np.maximum(se, np.sqrt(spread * (len(left_out) - 1) / len(left_out)))
    low, high = _interval(share, se, n)
    columns = {"share": share, "low": low, "high": high, "se": se}
    return pd.DataFrame(columns, index=pd.Index(at, name="months"))


def _aalen_johansen(months: np.ndarray, status: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Share and standard error at some months, two rows; blank without rows."""
    from statsmodels.duration.survfunc import CumIncidenceRight

    if not (status == HAPPENED).any():
        return np.full((2, len(at)), 0.0 if len(status) else np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):  # where the last of them all had it
        curve = CumIncidenceRight(months, status)
    place = np.searchsorted(curve.times, at, side="right")
    both = np.array([curve.cinc[0], np.nan_to_num(curve.cinc_se[0])])
    return np.column_stack([np.zeros(2), both])[:, place]


def _interval(share: np.ndarray, se: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import norm

    edge = ((1 - LEVEL) / 2) ** (1 / max(n, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.log1p(-share)
        width = norm.isf((1 - LEVEL) / 2) * se / np.abs((1 - share) * left)
        low, high = (-np.expm1(left * np.exp(side * width)) for side in (-1, 1))
    low, high = np.where(share >= 1, edge, low), np.where(share >= 1, 1.0, high)
    return np.where(share <= 0, 0.0, low), np.where(share <= 0, 1 - edge, high)


def censoring_weights(months: pd.Series, status: pd.Series) -> pd.Series:
    """How many families each one stands for, of those known up to a year: those lost before it are made up for.

    ``1 / (share not yet lost just before)``; 0 for whom nobody followed that far. ``months`` and ``status`` are as
    :func:`told_futures` has them; the answer has their index.

    Source
    ------
    Graf and others (1999): the Brier score of families whose following ended.
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    lost = SurvfuncRight(months.to_numpy(float), status.eq(CENSORED).to_numpy(int))
    until = np.minimum(months, SPOKEN_OF).to_numpy(float)
    kept = np.r_[1, lost.surv_prob][np.searchsorted(lost.surv_times, until, side="left")]
    known = months.ge(SPOKEN_OF) | status.ne(CENSORED)
    return (known / kept).where(known, 0.0)


def calibration(
    followed: pd.DataFrame, witnesses: pd.DataFrame, probability: Mapping[str, float], by: str
) -> pd.DataFrame:
    """What was believed would happen without the help, beside what happened with it.

    Parameters
    ----------
    followed : DataFrame
        :func:`told_futures`.
    witnesses : DataFrame
        The clean ``futures``.
    probability : mapping of likelihood to share
        What a word stands for where the witness gave no chance.
    by : str
        ``likelihood`` (the witness's word) or ``perspective`` (the kind of witness).

    Returns
    -------
    DataFrame indexed by ``by``, in the order of the vocabulary
        ``told`` (rows, one a witness and future), ``believed`` (mean chance without the help), ``happened`` (share
        with it), ``low``, ``high``, ``with_help`` (rows with a chance with the help), ``brier`` (of those chances;
        0 is perfect, 0.25 is a coin's). Shares 0 to 1; rows of one family go together.

    Source
    ------
    docs/method.md part 9; Brier (1950), weighted for families lost to following by :func:`censoring_weights`.
    """
    rows = witnesses.merge(followed.drop(columns="likelihood"), on=["case_id", "future"])
    rows = rows.assign(
        believed=(rows["chance_without"] / 100).fillna(rows["likelihood"].map(probability)),
        happened=(rows["status"].eq(HAPPENED) & rows["months"].le(SPOKEN_OF)).astype(float),
    )
    rows = rows.assign(weight=censoring_weights(rows["months"], rows["status"]))
    groups = {}
    for group, of in rows.groupby(by):
        came = incidence(of["months"], of["status"], [SPOKEN_OF], of["case_id"]).iloc[0]
        gave = of.dropna(subset="chance_with").query("weight > 0")
        wrong = (gave["happened"] - gave["chance_with"] / 100) ** 2
        brier = np.average(wrong, weights=gave["weight"]) if len(gave) else np.nan
        shares = of["believed"].mean(), came["share"], came["low"], came["high"]
        groups[group] = [len(of), *shares, len(gave), brier]
    order = codes.LIKELIHOOD if by == "likelihood" else codes.PERSPECTIVE
    frame = pd.DataFrame.from_dict(groups, "index", columns=[*LABELS]).rename_axis(by)
    return frame.reindex([word for word in order if word in groups])


def calibrated(run: Any, by: str) -> pd.DataFrame:
    """:func:`calibration` of an authority or a round, its rows in words.

    ``run`` is a Run or Round; where a witness gave no chance, the word stands for its share in the reference case.
    """
    reference = load_preset(run.root, "public_purse").assumptions
    told = told_futures(run.tables), run.tables["futures"], reference.probability
    words = codes.LIKELIHOOD if by == "likelihood" else codes.PERSPECTIVE
    return calibration(*told, by).rename(index=words)


def by_word(run: Any, of: Any) -> Any:
    """A table of :func:`calibrated` by the witness's word, under the context ``of``; nothing where nobody looked."""
    from larcnb import show

    words = calibrated(run, "likelihood")
    title = "Futures followed up, by how likely they were held"
    return show.table(words, title, unit="share", run=of, **LOOK) if len(words) else show.say()


def families_needed(share: float, other: float, power: float = 0.8) -> int | None:
    """Families in each of two groups to show that two shares differ (two-sided 5% test); None where they do not.

    Shares and ``power`` (the chance of showing it) are 0 to 1.

    Source
    ------
    Fleiss, Levin and Paik (2003), section 4.3, without the correction for continuity.

    Examples
    --------
    >>> families_needed(0.20, 0.10)
    199
    """
    from scipy.stats import norm

    if share == other:
        return None
    mean, z = (share + other) / 2, norm.isf([(1 - LEVEL) / 2, 1 - power])
    parts = mean * (1 - mean) * 2, share * (1 - share) + other * (1 - other)
    return int(np.ceil((z @ np.sqrt(parts)) ** 2 / (share - other) ** 2))


def published(root: Root, gss_code: str, measure: str = "re_referral_pct") -> pd.Series:
    """The latest published rate of an authority, by whichever of its codes, and of England.

    Returns
    -------
    Series indexed by "This authority, 2024" and the like
        In the measure's unit, per cent unless another ``measure`` of ``local_measures.csv`` is asked for; empty where
        nothing is published.
    """
    in_force = local.in_force(load_library(root).authorities)
    rates = local.read_local(root, "local_rates").query("measure == @measure")
    rates = rates.assign(gss_code=rates["gss_code"].replace(in_force)).sort_values("year")
    latest = rates.drop_duplicates("gss_code", keep="last").set_index("gss_code")
    own = in_force.get(gss_code, gss_code)
    latest = latest.reindex([own, local.ENGLAND]).dropna()
    whose = latest.index.map({own: "This authority", local.ENGLAND: "England"})
    return latest["value"].rename(None).set_axis(whose + ", " + latest["year"])


def came_anyway(tables: Tables) -> str:
    """How many of the futures told came all the same, in a sentence or two; blank where none was followed up."""
    from larcnb.show import listed, percent, plural
    from larcnb.show.sentences import phrase

    rows = told_futures(tables)
    if rows.empty:
        return ""
    happened = incidence(rows["months"], rows["status"], families=rows["case_id"]).map(percent)
    shares = [phrase("came_by", months=f"{by:.0f}", **of) for by, of in happened.iterrows()]
    said = {"told": plural(len(rows), "future"), "came": int(rows["status"].eq(HAPPENED).sum())}
    said |= {"families": plural(rows["case_id"].nunique(), "family"), "shares": listed(shares)}
    return phrase("came_anyway", were="was" if len(rows) == 1 else "were", **said)


def moves(run: Any) -> float:
    """By how much a run's net saving over the long term moves, GBP at its price base, if what came anyway is not
    counted as avoided; 0 where nothing was followed up."""
    if told_futures(run.tables).empty:
        return 0.0
    ignored, applied = (run.what_if({"follow_up": word}).cases for word in ("ignore", "apply"))
    return round(float(applied["saving_long"].sum() - ignored["saving_long"].sum()), 2)
