"""The national tables: unit costs, the futures library, base rates, deflators, authorities.

In: ``data/raw/national/*.csv`` and an authority's own ``unit_costs.csv`` (DATA.md). Out: :class:`Library`,
and :meth:`Library.prices`, each item's value at an authority's price base with the source of the figure.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from numbers import Real
from pathlib import Path

import pandas as pd

from larcnb import codes, schema
from larcnb.errors import REFUSED, LarcError, Problem, nearest
from larcnb.params import Authority
from larcnb.returns import rules
from larcnb.returns.files import own_costs
from larcnb.returns.tables import empty, read_table
from larcnb.root import Root

FORECAST = "Forecast"
"""Begins the source of a deflator of a year that was still to come."""


@dataclass(frozen=True)
class Library:
    """The national tables, an authority's own unit costs merged in.

    Parameters
    ----------
    unit_costs, futures, base_rates, deflators, authorities : DataFrame
        Columns of DATA.md, and ``source_row``.
    own_items : frozenset of str
        Items whose row is the authority's own; its findings say so.
    problems : tuple of Problem
        Of :func:`load_library` warnings only: errors have been raised.
    """

    unit_costs: pd.DataFrame
    futures: pd.DataFrame
    base_rates: pd.DataFrame
    deflators: pd.DataFrame
    authorities: pd.DataFrame
    own_items: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = field(default=())

    def prices(self, vintage: str, price_base: str) -> pd.DataFrame:
        """Bring a vintage's unit costs to one price base.

        ``unit value = value x deflator[price_base] / deflator[price_year]``

        Parameters
        ----------
        vintage : str
            ``larc4`` or ``current``.
        price_base : str
            A financial year of the deflators, such as "2010-11".

        Returns
        -------
        DataFrame indexed by ``item``
            The unit-cost columns and ``exact`` (Fraction, GBP a unit at ``price_base`` prices), ``unit_value``
            (the same as a float, unrounded: the one to change for a "what if"), ``uprating`` (Fraction, the factor
            from ``value`` to ``exact``), ``own`` (the authority's own figure). See :func:`settled`.

        Source
        ------
        METHOD.md part 1; the GDP deflator as the Green Book asks (HM Treasury, appraisal in real terms).
        """
        index = dict(zip(self.deflators["year"], map(exact, self.deflators["index"]), strict=True))
        rows = self.unit_costs[self.unit_costs["vintage"] == vintage].set_index("item")
        uprating = [index[price_base] / index[year] for year in rows["price_year"]]
        uprated = [
            exact(value) * factor for value, factor in zip(rows["value"], uprating, strict=True)
        ]
        return rows.assign(
            uprating=pd.Series(uprating, index=rows.index, dtype=object),
            exact=pd.Series(uprated, index=rows.index, dtype=object),
            unit_value=[float(value) for value in uprated],
            own=rows.index.isin(self.own_items),
        )

    @property
    def effects(self) -> pd.DataFrame:
        """What comparison studies found, of the rows of ``base_rates`` with ``use`` = yes.

        Returns
        -------
        DataFrame indexed by ``future``
            ``comparison_share`` (0 to 1, None where not published), ``risk_ratio`` (the row's, or programme_share /
            comparison_share), ``low``, ``high`` (its 95% range): exact; and the row's ``person``, ``population``,
            ``months``, ``source``, ``confidence``, ``fit``.

        Source
        ------
        METHOD.md part 2: two chances.
        """
        used = self.base_rates[self.base_rates["use"] == "yes"].set_index("future").sort_index()
        of = {
            name: [None if pd.isna(value) else exact(value) for value in used[name]]
            for name in ("comparison_share", "programme_share", "risk_ratio", "low", "high")
        }
        shares = zip(of["risk_ratio"], of["programme_share"], of["comparison_share"], strict=True)
        of["risk_ratio"] = [
            with_ / without if ratio is None else ratio for ratio, with_, without in shares
        ]
        more = used[["person", "population", "months", "source", "confidence", "fit"]]
        return more.assign(
            **{
                name: pd.Series(of[name], index=used.index, dtype=object)
                for name in ("comparison_share", "risk_ratio", "low", "high")
            }
        )

    def check_price_base(self, authority: Authority) -> list[Problem]:
        """Say what is wrong with a price base: no deflator (error), or outside its vintage's years (warning)."""
        file, base = f"params/{authority.slug}.yaml", authority.price_base
        years = set(self.deflators["year"].dropna())
        if not years:
            return [
                Problem(
                    "national/deflators.csv",
                    "",
                    0,
                    "",
                    "no-rows",
                    "The table has no year that can be read.",
                )
            ]
        if base not in years:
            return [
                Problem(
                    file,
                    "",
                    0,
                    "price_base",
                    "not-a-deflator-year",
                    f"'{base}' has no deflator.",
                    f"Allowed: {min(years)} to {max(years)}.",
                )
            ]
        first, last = codes.VINTAGE[authority.vintage]
        if not first <= base <= last:
            return [
                Problem(
                    file,
                    "",
                    0,
                    "price_base",
                    "outside-vintage",
                    f"'{base}' lies outside the years of vintage {authority.vintage}.",
                    f"Check that this is meant: its prices begin in {first}.",
                    "warning",
                )
            ]
        return []


@lru_cache(maxsize=1 << 16)
def exact(number: float) -> Fraction:
    """The number as it was written: 0.1 is one tenth, not the nearest binary fraction.

    Examples
    --------
    >>> exact(0.1) + exact(0.2) == exact(0.3)
    True
    """
    return Fraction(repr(float(number)))


def futures_of(futures: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """The rows of the futures library for the vintage of some prices, an index from 0."""
    if "vintage" in futures and "vintage" in prices:
        futures = futures[futures["vintage"].isna() | futures["vintage"].isin(prices["vintage"])]
    return futures.reset_index(drop=True)


def settled(prices: pd.DataFrame) -> pd.DataFrame:
    """Prices whose columns say the same, whatever an analyst set in them; every pricing function asks for these.

    Parameters
    ----------
    prices : DataFrame indexed by item
        :meth:`Library.prices`, perhaps with another ``unit_value`` (GBP a unit at the price base) for some items.

    Returns
    -------
    DataFrame
        The same, ``exact`` following each ``unit_value`` that was set.

    Raises
    ------
    LarcError
        A ``unit_value`` is no amount of 0 or more; or ``value``, which is at prices of ``price_year``, or ``exact``
        was changed.
    """
    if not {"value", "uprating", "exact", "unit_value"} <= set(prices.columns):
        return prices
    right, wrong = [], []
    rows = zip(
        *(prices[name] for name in ("value", "uprating", "exact", "unit_value")), strict=True
    )
    for item, (value, uprating, kept, unit) in zip(prices.index, rows, strict=True):
        if not all(
            isinstance(amount, Real) and isfinite(amount) and amount >= 0
            for amount in (value, unit)
        ):
            wrong.append(f"{item}: {value if value != value else unit} is no amount in GBP")
        elif (
            exact(value) * uprating != kept
        ):  # whether value, exact or both were set cannot be known
            made = float(exact(value) * uprating)
            wrong.append(
                f"{item}: value {value:,.2f} makes {made:,.2f}, exact is {float(kept):,.2f}"
            )
        else:
            right.append(kept if unit == float(kept) else exact(unit))
    if wrong:
        raise LarcError(
            f"These prices do not say one thing. {'; '.join(wrong)}. Set unit_value alone: GBP a unit at the "
            "authority's price base. (value is as published, at prices of its price_year.)"
        )
    amounts = pd.Series(right, index=prices.index, dtype=object)
    return prices.assign(exact=amounts, unit_value=[float(amount) for amount in right])


def load_library(root: Root, authority: Authority | None = None) -> Library:
    """Read the national tables and, where an authority has them, its own unit costs.

    Parameters
    ----------
    root : Root
    authority : Authority, optional
        Whose own ``unit_costs.csv`` replaces national rows of the same item and vintage.

    Raises
    ------
    LarcError
        A national table breaks a rule (exit code 2), or the authority's own unit costs do (exit code 3);
        every problem at once.
    """
    library = read_library(root, authority)
    wrong = [problem for problem in library.problems if problem.severity == "error"]
    if any(problem.file.startswith("national/") for problem in wrong):
        raise LarcError("The national tables cannot be used.", library.problems)
    if wrong:
        raise LarcError(
            f"The unit costs of {authority.slug} cannot be used.", library.problems, REFUSED
        )
    return library


def read_library(root: Root, authority: Authority | None = None) -> Library:
    """Read the same as far as it can be read, errors among its ``problems``: for saying all that is wrong at once."""
    paths = [root.national(f"{name}.csv") for name in schema.NATIONAL]
    contents = map(_checksum, paths)
    kept, said = _national(tuple(paths), tuple(contents))
    tables, problems = {name: frame.copy() for name, frame in kept.items()}, list(said)
    own_items: frozenset[str] = frozenset()
    if authority is not None:
        rows, vintage = tables["futures"], [authority.vintage]
        tables["futures"] = rows[rows["vintage"].isna() | rows["vintage"].isin(vintage)]
        tables["unit_costs"], own_items, wrong = _with_own_costs(root, authority, tables, problems)
        problems += wrong
    return Library(**tables, own_items=own_items, problems=tuple(problems))


def _checksum(path: Path) -> bytes:
    """Of a file's content; nothing where there is none, and never twice the same where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
    except OSError:
        return os.urandom(8)


@lru_cache(maxsize=2)
def _national(
    paths: tuple[Path, ...], contents: tuple[bytes, ...]
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The national tables, read once as long as their files hold the same."""
    tables, problems = {}, []
    for (name, table), path, content in zip(schema.NATIONAL.items(), paths, contents, strict=True):
        file = f"national/{name}.csv"
        if content:
            tables[name], wrong = _read(path, table, file)
        else:
            tables[name] = empty(table)
            wrong = [Problem(file, "", 0, "", "missing-file", "There is no such file.")]
        problems += wrong
    return tables, problems + _not_yet_said(_references(tables, problems), problems)


def _read(path: Path, table: schema.Table, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    frame, problems = read_table(path, table, file)
    numbers = frame["source_row"].str.rsplit(":", n=1).str[-1]
    return frame.assign(source_row=file + ":" + numbers), problems


def read_published(root: Root, study: str) -> pd.DataFrame:
    """The figures a study published, with the interval each leaves open.

    Parameters
    ----------
    root : Root
    study : str
        Such as "larc4", for ``national/published/larc4.csv``.

    Raises
    ------
    LarcError
        There is no such list.
    """
    path = root.national(f"published/{study}.csv")
    if not path.is_file():
        raise LarcError(f"There is no list of published figures national/published/{study}.csv.")
    return pd.read_csv(path)


def _with_own_costs(
    root: Root, authority: Authority, tables: dict[str, pd.DataFrame], national: list[Problem]
):
    costs = tables["unit_costs"]
    found = own_costs(root.raw(authority.slug))
    if not found:
        return costs, frozenset(), []
    file = f"{authority.slug}/unit_costs.csv"
    own, problems = _read(found[0], schema.UNIT_COSTS, file)
    replaced = pd.MultiIndex.from_frame(own[["item", "vintage"]])
    kept = costs[~pd.MultiIndex.from_frame(costs[["item", "vintage"]]).isin(replaced)]
    merged = pd.concat([kept, own], ignore_index=True)
    more = []
    for row in own[own["vintage"].notna() & (own["vintage"] != authority.vintage)].itertuples():
        more.append(
            _problem(
                file,
                row,
                "vintage",
                "other-vintage",
                f"'{row.vintage}' is not the authority's vintage.",
                f"Write {authority.vintage}, or change the vintage in its params.",
            )
        )
    used = own["item"].isin(tables["futures"]["item"].dropna())
    for row in own[used & own["category"].ne("future")].itertuples():
        more.append(
            _problem(
                file,
                row,
                "category",
                "not-a-future",
                f"'{row.item}' is what a future costs.",
                "Write future.",
            )
        )
    more += [
        _problem(
            file,
            row,
            "contains",
            "circle",
            "With the national items it contains itself.",
            "Break the circle.",
        )
        for row in merged[rules.circles(merged)].itertuples()
        if row.source_row.startswith(file)
    ]
    more += [
        p
        for p in _references(tables | {"unit_costs": merged}, national + problems)
        if p.file == file
    ]
    return merged, frozenset(own["item"].dropna()), problems + _not_yet_said(more, problems)


def _references(tables: dict[str, pd.DataFrame], found: list[Problem]) -> list[Problem]:
    """What a row names that stands in no other row; a list whose header or own key has an error is not asked."""
    costs, futures = tables["unit_costs"], tables["futures"]
    unsure = {(p.file, p.column if p.row > 1 else "") for p in found if p.severity == "error"}
    priced, items = costs.loc[costs["category"] == "future", "item"], costs["item"]
    problems: list[Problem] = []
    for frame, column, of, key, known, code, words in (
        (
            costs,
            "price_year",
            "deflators",
            "year",
            tables["deflators"]["year"],
            "no-deflator",
            "has no deflator",
        ),
        (costs, "contains", "unit_costs", "item", items, "unknown-item", "is not an item"),
        (futures, "item", "unit_costs", "item", priced, "unknown-item", "is not a future item"),
        (
            tables["base_rates"],
            "future",
            "futures",
            "future",
            futures["future"],
            "unknown-future",
            "is not in the library",
        ),
    ):
        file, known = f"national/{of}.csv", set(known.dropna())
        if unsure & {(file, key), (file, "")}:
            continue
        if not known and key in ("year", "item"):
            if frame[column].notna().any() and not any(
                problem.file == file for problem in problems
            ):
                problems.append(
                    Problem(
                        file, "", 0, "", "no-rows", "The table holds no row.", "Put its rows back."
                    )
                )
            continue
        for row in frame.dropna(subset=[column]).itertuples():
            problems += [
                _problem(
                    row.source_row.rsplit(":", 1)[0],
                    row,
                    column,
                    code,
                    f"'{word}' {words}.",
                    nearest(word, known),
                )
                for word in getattr(row, column).split()
                if word not in known
            ]
    return problems


def _not_yet_said(more: list[Problem], said: list[Problem]) -> list[Problem]:
    cells = {(p.file, p.row, p.column) for p in said if p.severity == "error"}
    return [p for p in more if (p.file, p.row, p.column) not in cells]


def _contained(cell: object) -> tuple[str, ...]:
    return () if pd.isna(cell) else tuple(str(cell).split())


def contained_items(prices: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Each item with the items its value already includes.

    Parameters
    ----------
    prices : DataFrame indexed by item
        :meth:`Library.prices`.
    """
    return {item: frozenset(_contained(cell)) for item, cell in prices["contains"].items()}


def _problem(file: str, row, column: str, code: str, message: str, todo: str = "") -> Problem:
    return Problem(file, "", int(row.source_row.rsplit(":", 1)[1]), column, code, message, todo)
