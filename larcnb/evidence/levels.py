"""NFER's impact model: how far an authority says it has come, and how far its evidence goes.

In: params of authorities (the level claimed) and the evidence strand ``impact`` (the levels told of and shown).
Out: frames by authority and by round. Rounds differ in who took part: they are set side by side, not joined
into a trend.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from larcnb import codes
from larcnb.evidence.gather import Evidence
from larcnb.params import Authority

LEVELS = tuple(codes.IMPACT_LEVEL)


def claims(found: Evidence) -> pd.DataFrame:
    """Set the level each authority places itself at beside the highest its evidence shows.

    Returns
    -------
    DataFrame, one row an authority of the round
        ``authority``, ``name``, ``claimed`` (1 to 4, blank where none is given), ``told`` and ``shown`` (the highest
        level anybody told of, and could show; blank without evidence), ``beyond`` (yes where more is claimed than
        shown, no where not, blank where either is missing).

    Source
    ------
    Stoney and others (2002); Easton, Morris and Gee (2010), LARC2, section 6: of levels three and four "the
    evidence for this was less secure".
    """
    rows = found.strand("impact")
    level = rows["theme"].str.removeprefix("level_").astype("int64")
    told = level.groupby(rows["authority"]).max()
    shown = level[rows["strength"] == "evidenced"].groupby(rows["authority"]).max()
    slugs = list(found.authorities)
    frame = pd.DataFrame({
        "authority": slugs,
        "name": [authority.name for authority in found.authorities.values()],
        "claimed": pd.array([authority.impact_level for authority in found.authorities.values()], dtype="Int64"),
        "told": told.reindex(slugs).astype("Int64").array,
        "shown": shown.reindex(slugs).astype("Int64").array,
    })  # fmt: skip
    beyond = frame["claimed"] > frame["shown"].where(frame["told"].isna(), frame["shown"].fillna(0))
    return frame.assign(beyond=beyond.map({True: "yes", False: "no"}))


def rounds(everyone: Mapping[str, Authority], printed: pd.DataFrame) -> pd.DataFrame:
    """Count the authorities at each impact level, round by round, with what the study printed.

    Parameters
    ----------
    everyone : dict of slug to Authority
        All authorities of the root, of any round.
    printed : DataFrame
        ``national/published/rounds.csv``: ``round``, ``year``, ``authorities``, ``wording``, ``source``.

    Returns
    -------
    DataFrame, one row a round, in order of year, then those no study printed
        ``round``, ``year``, ``printed_authorities``, ``authorities`` (in this root), ``level_1`` to ``level_4`` (their
        number at each), ``none`` (number without a level), ``wording``, ``source``. A round that was only published
        has no authorities here, and none is invented for it.
    """
    here = pd.DataFrame(
        [(authority.round or codes.DEFAULT_ROUND, authority.impact_level) for authority in everyone.values()],
        columns=["round", "level"],
    )
    counts = pd.DataFrame({f"level_{n}": here["level"].eq(n).groupby(here["round"]).sum() for n in LEVELS})
    counts["none"] = here["level"].isna().groupby(here["round"]).sum()
    counts.insert(0, "authorities", here.groupby("round").size())
    wanted = ["round", "year", "authorities", "wording", "source"]
    known = printed.sort_values("year", kind="stable")[wanted].rename(columns={"authorities": "printed_authorities"})
    whole = known.merge(counts.reset_index(), on="round", how="outer")
    others = sorted(set(counts.index) - set(known["round"]))
    whole = whole.set_index("round").loc[[*known["round"], *others]].reset_index()
    numbers = dict.fromkeys(("year", "printed_authorities"), "Int64")
    return whole.fillna(dict.fromkeys(counts.columns, 0)).astype(numbers | dict.fromkeys(counts.columns, "int64"))


def band(claimed: pd.Series) -> tuple[int, int, int]:
    """The two neighbouring levels that most authorities lie at: the lower, the higher, and how many.

    Parameters
    ----------
    claimed : Series
        Levels 1 to 4; blanks are left out. Ties go to the lower pair; nothing gives (0, 0, 0).

    Examples
    --------
    >>> band(pd.Series([1, 2, 2, 3, 3, 4]))
    (2, 3, 4)
    """
    given = claimed.dropna()
    pairs = [(int(given.isin([low, low + 1]).sum()), -low) for low in LEVELS[:-1]]
    most, low = max(pairs)
    return (-low, 1 - low, most) if most else (0, 0, 0)
