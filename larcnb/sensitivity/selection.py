"""Which rows of the national futures library count in a return, as floats for fast use.

In: clean tables, library and prices. Out: :class:`Selection`, for one ``accept_at`` and ``long_years``
(METHOD.md part 2), made of :func:`larcnb.futures.judge` and :func:`larcnb.futures.library_rows`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from larcnb import costing as futures
from larcnb.library import Library

KEYS = ["case_id", "future", "likelihood"]


@dataclass(frozen=True, order=True)
class Spell:
    """One row of the national futures library: what one person with that future uses, from when, for how long."""

    future: str
    item: str
    start: float
    years: float
    quantity: float
    grade: int


@dataclass(frozen=True)
class Selection:
    """Which library rows count under one ``accept_at`` and ``long_years``.

    Parameters
    ----------
    rows : DataFrame
        ``case_id``, ``future``, ``likelihood``, ``people``, ``agree`` (witnesses whose likelihood is the agreed one),
        ``spell`` (place in ``spells``), ``kind`` (place in ``kinds``), ``case`` (place among the costed cases); in the
        order of case, future and spell.
    spells : tuple of Spell
    kinds : DataFrame
        The different ``spell``, ``likelihood``, ``people`` of ``rows``: lines of one kind have the same amount.
    unpriced : DataFrame
        ``case_id``, ``future``, ``likelihood`` of counted futures without a price.
    contests : tuple of list of dict
        The library rows of each case with several futures of one overlap group: ``long_years`` may decide which stays.
    """

    rows: pd.DataFrame
    spells: tuple[Spell, ...]
    kinds: pd.DataFrame
    unpriced: pd.DataFrame
    contests: tuple[list[dict], ...]

    def winners(self, long_years: int) -> tuple:
        """Which futures stay in each contest: nothing else in a selection hangs on ``long_years``."""
        return tuple(futures.costliest(rows, long_years) for rows in self.contests)

    @cached_property
    def of_kind(self) -> list[tuple[Spell, str]]:
        """Each kind's spell and likelihood."""
        return [(self.spells[place], likelihood) for place, likelihood in _columns(self.kinds, "spell", "likelihood")]

    @cached_property
    def numbers(self) -> dict[str, np.ndarray]:
        """The kinds' ``people`` and ``lines`` and the rows' ``case`` and ``kind``, as arrays."""
        parts = ((self.kinds, "people"), (self.kinds, "lines"), (self.rows, "case"), (self.rows, "kind"))
        return {name: frame[name].to_numpy() for frame, name in parts}

    @cached_property
    def beliefs(self) -> pd.DataFrame:
        """Each counted and priced future of a case once, in the order of ``rows``."""
        return self.rows.drop_duplicates(["case_id", "future"]).reset_index(drop=True)


def select(
    judged: pd.DataFrame, tables: Mapping[str, pd.DataFrame], library: Library, prices: pd.DataFrame, long_years: int,
    cases: Sequence[str],
) -> Selection:  # fmt: skip
    """Find the library rows that count.

    Parameters
    ----------
    judged : DataFrame
        :func:`larcnb.futures.judge`, for one ``accept_at``.
    tables : dict of DataFrame
        The clean tables ``futures`` and ``moderation``.
    library : Library
    prices : DataFrame indexed by ``item``
    long_years : int
    cases : sequence of str
        The costed cases.

    Source
    ------
    METHOD.md part 2, by :mod:`larcnb.futures`.
    """
    told, agreed = tables["futures"], tables["moderation"]
    found = futures.library_rows(judged[judged["why_not"] == ""], library, prices, long_years)
    keys = [found[name].tolist() for name in ("case_id", "future", "likelihood")]
    rows = list(zip(*keys, found["counts"].tolist(), found.itertuples(index=False), strict=True))
    unpriced = dict.fromkeys(row[:3] for row in rows if row[3] and row[4].base is None)
    rivals: dict[tuple[str, str], list[dict]] = {}
    for case, _, _, _, row in rows:
        if row.base is not None and row.overlap_group is not None:
            rivals.setdefault((case, row.overlap_group), []).append(row._asdict())
    counted = [
        (*key, int(row.people),
         Spell(row.future, row.item, float(row.start), float(row.years), float(row.quantity), int(row.grade)))
        for *key, counts, row in rows if counts and row.base is not None
    ]  # fmt: skip
    known = tuple(sorted({row[4] for row in counted}))
    place = {spell: n for n, spell in enumerate(known)}
    rulings = {(case, future): likelihood for case, future, likelihood in _columns(agreed, *KEYS)}
    agree = Counter((case, future) for case, future, likelihood in _columns(told, *KEYS)
                    if rulings.get((case, future)) == likelihood)  # fmt: skip
    lines = sorted((case, future, place[spell], likelihood, people)
                   for case, future, likelihood, people, spell in counted)  # fmt: skip
    alike = Counter((spell, likelihood, people) for _, _, spell, likelihood, people in lines)
    kinds = {kind: n for n, kind in enumerate(sorted(alike))}
    at = {case: n for n, case in enumerate(cases)}
    told_rows = [
        (case, future, likelihood, people, spell, agree[case, future], kinds[spell, likelihood, people], at[case])
        for case, future, spell, likelihood, people in lines
    ]
    return Selection(
        _frame(told_rows, *KEYS, "people", "spell", "agree", "kind", "case"),
        known,
        _frame([(*kind, alike[kind]) for kind in kinds], "spell", "likelihood", "people", "lines"),
        _frame(list(unpriced), *KEYS),
        tuple(of for of in rivals.values() if len({row["future"] for row in of}) > 1),
    )


def _frame(rows: list[tuple], *columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns).astype({name: int for name in columns if name not in KEYS})


def _columns(frame: pd.DataFrame, *names: str) -> Iterator[tuple]:
    return zip(*(frame[name].tolist() for name in names), strict=True)
