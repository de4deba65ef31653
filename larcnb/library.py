"""The national tables: unit costs, the futures library, base rates, deflators, authorities.

In: ``data/raw/national/*.csv`` and an authority's own ``unit_costs.csv`` (DATA.md). Out: :class:`Library`,
and :meth:`Library.prices`, each item's value at an authority's price base with the source of the figure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import pandas as pd

from larcnb import codes, schema
from larcnb.errors import REFUSED, LarcError, Problem, nearest
from larcnb.params import Authority
from larcnb.returns.tables import read_table
from larcnb.root import Root


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
        Warnings only; errors have been raised.
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
            (the same as a float, unrounded), ``own`` (the authority's own figure).

        Source
        ------
        METHOD.md part 1; the GDP deflator as the Green Book asks (HM Treasury, appraisal in real terms).
        """
        index = dict(zip(self.deflators["year"], map(exact, self.deflators["index"]), strict=True))
        rows = self.unit_costs[self.unit_costs["vintage"] == vintage].set_index("item")
        uprated = [
            exact(value) * index[price_base] / index[year]
            for value, year in zip(rows["value"], rows["price_year"], strict=True)
        ]
        return rows.assign(
            exact=pd.Series(uprated, index=rows.index, dtype=object),
            unit_value=[float(value) for value in uprated],
            own=rows.index.isin(self.own_items),
        )

    def check_price_base(self, authority: Authority) -> list[Problem]:
        """Say what is wrong with a price base: no deflator (error), or outside its vintage's years (warning)."""
        file, base = f"params/{authority.slug}.yaml", authority.price_base
        years = set(self.deflators["year"])
        if base not in years:
            return [
                Problem(file, "", 0, "price_base", "not-a-deflator-year", f"'{base}' has no deflator.",
                        f"Allowed: {min(years)} to {max(years)}.")
            ]  # fmt: skip
        first, last = codes.VINTAGE[authority.vintage]
        if not first <= base <= last:
            return [
                Problem(file, "", 0, "price_base", "outside-vintage",
                        f"'{base}' lies outside the years of vintage {authority.vintage}.",
                        f"Check that this is meant: its prices begin in {first}.", "warning")
            ]  # fmt: skip
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
    tables, problems = {}, []
    for name, table in schema.NATIONAL.items():
        path = root.national(f"{name}.csv")
        if not path.is_file():
            problems.append(Problem(f"national/{name}.csv", "", 0, "", "missing-file", "There is no such file."))
            continue
        tables[name], wrong = _read(path, table, f"national/{name}.csv")
        problems += wrong
    if not any(p.severity == "error" for p in problems):
        problems += _check_national(tables)
    if any(p.severity == "error" for p in problems):
        raise LarcError("The national tables cannot be used.", problems)
    own_items: frozenset[str] = frozenset()
    if authority is not None:
        tables["unit_costs"], own_items, wrong = _with_own_costs(root, authority, tables)
        if any(p.severity == "error" for p in wrong):
            raise LarcError(f"The unit costs of {authority.slug} cannot be used.", wrong, REFUSED)
        problems += wrong
    return Library(**tables, own_items=own_items, problems=tuple(problems))


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


def _with_own_costs(root: Root, authority: Authority, tables: dict[str, pd.DataFrame]):
    national = tables["unit_costs"]
    folder = root.raw(authority.slug)
    found = [path for path in sorted(folder.glob("*")) if path.name.strip().lower() == "unit_costs.csv"]
    if not found:
        return national, frozenset(), []
    file = f"{authority.slug}/unit_costs.csv"
    own, problems = _read(found[0], schema.UNIT_COSTS, file)
    if any(p.severity == "error" for p in problems):
        return national, frozenset(), problems
    for row in own[own["vintage"] != authority.vintage].itertuples():
        problems.append(
            _problem(file, row, "vintage", "other-vintage", f"'{row.vintage}' is not the authority's vintage.",
                     f"Write {authority.vintage}, or change the vintage in its params.")
        )  # fmt: skip
    used = own["item"].isin(tables["futures"]["item"].dropna())
    for row in own[used & own["category"].ne("future")].itertuples():
        problems.append(
            _problem(file, row, "category", "not-a-future", f"'{row.item}' is what a future costs.", "Write future.")
        )
    replaced = pd.MultiIndex.from_frame(own[["item", "vintage"]])
    kept = national[~pd.MultiIndex.from_frame(national[["item", "vintage"]]).isin(replaced)]
    merged = pd.concat([kept, own], ignore_index=True)
    wrong = _check_unit_costs(merged, set(tables["deflators"]["year"]))
    problems += [p for p in wrong if p.file == file]
    problems += [
        Problem(file, p.sheet, 0, p.column, p.code, p.message, p.todo) for p in wrong if p.file != file
    ]  # a national row that the authority's own rows have put wrong
    return merged, frozenset(own["item"]), problems


def _check_national(tables: dict[str, pd.DataFrame]) -> list[Problem]:
    costs, futures, rates = tables["unit_costs"], tables["futures"], tables["base_rates"]
    problems = _check_unit_costs(costs, set(tables["deflators"]["year"]))
    file = "national/futures.csv"
    future_items = set(costs.loc[costs["category"] == "future", "item"])
    for row in futures.itertuples():
        blank = {name: pd.isna(getattr(row, name)) for name in ("item", "quantity", "start", "years")}
        if not blank["item"] and row.item not in future_items:
            problems.append(_problem(file, row, "item", "unknown-item", f"'{row.item}' is not a future item.",
                                     nearest(row.item, future_items)))  # fmt: skip
        for name in ("quantity", "start", "years"):
            if blank[name] != blank["item"]:
                wanted = "blank, because item is" if blank["item"] else "filled in, because item is"
                problems.append(_problem(file, row, name, "not-with-item", f"This must be {wanted}."))
    groups = futures.groupby("future")["overlap_group"].nunique(dropna=False)
    for row in futures[futures["future"].isin(groups[groups > 1].index)].itertuples():
        problems.append(_problem(file, row, "overlap_group", "two-groups",
                                 "All rows of a future must name the same overlap group."))  # fmt: skip
    for row in futures[futures.duplicated([*schema.NATIONAL["futures"].columns])].itertuples():
        problems.append(_problem(file, row, "", "repeated-row", "This row stands twice.", "Keep one."))
    known = set(futures["future"])
    for row in rates[~rates["future"].isin(known)].itertuples():
        problems.append(_problem("national/base_rates.csv", row, "future", "unknown-future",
                                 f"'{row.future}' is not in the library.",
                                 nearest(row.future, known)))  # fmt: skip
    return problems


def _check_unit_costs(costs: pd.DataFrame, years: set[str]) -> list[Problem]:
    problems = []
    items = set(costs["item"])
    for row in costs.itertuples():
        file = row.source_row.rsplit(":", 1)[0]
        first, last = codes.VINTAGE[row.vintage]
        if not first <= row.price_year <= last or row.price_year not in years:
            problems.append(_problem(file, row, "price_year", "outside-vintage",
                                     f"'{row.price_year}' is not a price year of vintage {row.vintage}.",
                                     f"Allowed: years with a deflator from {first}."))  # fmt: skip
        if not (pd.isna(row.low) or row.low <= row.value) or not (pd.isna(row.high) or row.value <= row.high):
            problems.append(_problem(file, row, "value", "outside-range",
                                     f"{row.value:g} is not within low to high."))  # fmt: skip
        for item in _contained(row.contains):
            if item not in items:
                problems.append(_problem(file, row, "contains", "unknown-item", f"'{item}' is not an item.",
                                         nearest(item, items)))  # fmt: skip
    for _vintage, rows in costs.groupby("vintage", sort=True):
        problems += _circles(rows)
    return problems


def _circles(rows: pd.DataFrame) -> list[Problem]:
    holds = {row.item: _contained(row.contains) for row in rows.itertuples()}

    def reaches(start: str) -> bool:
        seen, ahead = set(), list(holds[start])
        while ahead:
            item = ahead.pop()
            if item == start:
                return True
            if item not in seen:
                seen.add(item)
                ahead += holds.get(item, ())
        return False

    return [
        _problem(row.source_row.rsplit(":", 1)[0], row, "contains", "circle",
                 "The items contain each other in a circle.", "Take one link out.")
        for row in rows.itertuples() if reaches(row.item)
    ]  # fmt: skip


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
