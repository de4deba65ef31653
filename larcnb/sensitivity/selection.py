"""Which rows of the national futures library count in a return, as floats for fast use.

In: clean tables, library and prices. Out: :class:`Selection`, for one ``accept_at`` and ``long_years``
(METHOD.md part 2), made of :func:`larcnb.futures.judge` and :func:`larcnb.futures.library_rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from larcnb import futures
from larcnb.library import Library


@dataclass(frozen=True)
class Spell:
    """One row of the national futures library: what one person with that future uses, from when, for how long."""

    future: str
    item: str
    quantity: float
    start: float
    years: float
    grade: int


@dataclass(frozen=True)
class Selection:
    """Which library rows count under one ``accept_at`` and ``long_years``.

    Parameters
    ----------
    rows : DataFrame
        ``case_id``, ``future``, ``likelihood``, ``people``, ``agree`` (witnesses whose likelihood is the agreed one),
        ``spell`` (place in ``spells``), ``kind`` (place in ``kinds``); in the order of case, future and spell.
    spells : tuple of Spell
    kinds : DataFrame
        The different ``spell``, ``likelihood``, ``people`` of ``rows``: lines of one kind have the same amount.
    unpriced : DataFrame
        ``case_id``, ``future``, ``likelihood`` of counted futures without a price.
    contested : bool
        Futures of one overlap group compete in a case, so that ``long_years`` may decide which stays.
    """

    rows: pd.DataFrame
    spells: tuple[Spell, ...]
    kinds: pd.DataFrame
    unpriced: pd.DataFrame
    contested: bool

    @cached_property
    def beliefs(self) -> pd.DataFrame:
        """Each counted and priced future of a case once, in the order of ``rows``."""
        return self.rows.drop_duplicates(["case_id", "future"]).reset_index(drop=True)


def select(
    tables: Mapping[str, pd.DataFrame], library: Library, prices: pd.DataFrame, accept_at: str, long_years: int
) -> Selection:
    """Find the library rows that count.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean tables ``cases``, ``futures`` and ``moderation``.
    library : Library
    prices : DataFrame indexed by ``item``
    accept_at : str
    long_years : int

    Source
    ------
    METHOD.md part 2, by :mod:`larcnb.futures`.
    """
    told, agreed = tables["futures"], tables["moderation"]
    judged = futures.judge(told, agreed, tables["cases"], accept_at)
    rows = futures.library_rows(judged[judged["why_not"] == ""], library, prices, long_years)
    unpriced = rows.loc[rows["counts"] & rows["base"].isna(), ["case_id", "future", "likelihood"]].drop_duplicates()
    priced = rows[rows["base"].notna() & rows["overlap_group"].notna()]
    contested = bool((priced.groupby(["case_id", "overlap_group"])["future"].nunique() > 1).any())
    rows = rows[rows["counts"] & rows["base"].notna()]
    spells = [
        Spell(row.future, row.item, float(row.quantity), float(row.start), float(row.years), int(row.grade))
        for row in rows.itertuples()
    ]
    known = tuple(sorted(set(spells), key=lambda s: (s.future, s.item, s.start, s.years, s.quantity, s.grade)))
    place = {spell: n for n, spell in enumerate(known)}
    keys = ["case_id", "future", "likelihood"]
    witnesses = told.merge(agreed[keys], on=keys).groupby(["case_id", "future"]).size().rename("agree")
    rows = rows[[*keys, "people"]].assign(spell=[place[spell] for spell in spells])
    rows = rows.join(witnesses, on=["case_id", "future"]).fillna({"agree": 0})
    rows = rows.sort_values(["case_id", "future", "spell"], ignore_index=True).astype({"people": int, "agree": int})
    alike = rows.groupby(["spell", "likelihood", "people"], sort=True)
    kinds = alike.size().rename("lines").reset_index()
    return Selection(rows.assign(kind=alike.ngroup()), known, kinds, unpriced.reset_index(drop=True), contested)
