"""The national tables: unit costs, the futures library, base rates, deflators, authorities.

In: ``data/raw/national/*.csv``, an authority's section 251 rates where its params ask for them, and its own
``unit_costs.csv`` (the data dictionary). Out: :class:`Library`, and :meth:`Library.prices`, each item's value at an
authority's price base with the source of the figure, and what to beware of.
"""

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from math import inf
from numbers import Real
from pathlib import Path

import pandas as pd

from larcnb import codes, local, schema
from larcnb.errors import REFUSED, USAGE, LarcError, Problem, did_you_mean
from larcnb.params import Authority
from larcnb.returns import rules
from larcnb.returns.files import own_costs
from larcnb.returns.tables import empty, read_table
from larcnb.root import Root

FORECAST = "Forecast"
"""Begins the source of a deflator of a year that was still to come."""
RESTATED = re.compile(r"at (\d{4}-\d\d) prices,? restated")
"""Where a source says from which year's prices its figure was brought forward."""
OLDEST = 10
"""Years over which a price may be restated without a word."""


@dataclass(frozen=True)
class Library:
    """The national tables, an authority's own unit costs merged in.

    Parameters
    ----------
    unit_costs, futures, base_rates, deflators, authorities : DataFrame
        Columns of the data dictionary, and ``source_row``.
    forecasts : DataFrame, optional
        Deflators of years that were still to come, which ``deflators`` is without.
    problems : tuple of Problem
        Of :func:`load_library` warnings only: errors have been raised; of :func:`read_library` all.
    """

    unit_costs: pd.DataFrame
    futures: pd.DataFrame
    base_rates: pd.DataFrame
    deflators: pd.DataFrame
    authorities: pd.DataFrame
    forecasts: pd.DataFrame | None = None
    problems: tuple[Problem, ...] = ()

    def prices(self, vintage: str, price_base: str, day: date | None = None) -> pd.DataFrame:
        """Bring a vintage's unit costs to one price base.

        ``unit value = value x deflator[price_base] / deflator[price_year]``

        Parameters
        ----------
        vintage : str
            ``larc4`` or ``current``.
        price_base : str
            A financial year of the deflators, such as "2010-11".
        day : date, optional
            A review before this day is said to be due; left out, the end of the first budget year after the
            deflators': no page changes with the day it is made.

        Returns
        -------
        DataFrame indexed by ``item``
            The unit-cost columns and ``exact`` (Fraction, GBP a unit at ``price_base`` prices), ``unit_value``
            (the same as a float, unrounded: the one to change for a "what if"), ``uprating`` (Fraction, the factor
            from ``value`` to ``exact``), ``caution`` (:func:`caution`). See :func:`consistent`.

        Raises
        ------
        KeyError
            The price base has no deflator; :meth:`check_price_base` says so first, as a problem.

        Source
        ------
        docs/method.md part 1; the GDP deflator as the Green Book asks (HM Treasury, appraisal in real terms).
        """
        index = dict(zip(self.deflators["year"], map(exact, self.deflators["index"]), strict=True))
        rows = self.unit_costs[self.unit_costs["vintage"] == vintage].set_index("item")
        uprating = [index[price_base] / index[year] for year in rows["price_year"]]
        uprated = [exact(value) * by for value, by in zip(rows["value"], uprating, strict=True)]
        unit_value = [float(value) for value in uprated]
        rows = rows.assign(uprating=uprating, exact=uprated, unit_value=unit_value)
        day = day or date(int(self.deflators["year"].max()[:4]) + 2, 3, 31)
        return rows.assign(caution=caution(rows, price_base, day))

    @cached_property
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
        docs/method.md part 2: two chances.
        """
        used = self.base_rates[self.base_rates["use"] == "yes"].set_index("future").sort_index()
        words = ["person", "population", "months", "source", "confidence", "fit"]
        names = ["comparison_share", "programme_share", "risk_ratio", "low", "high"]
        numbers = {
            name: [None if pd.isna(cell) else exact(cell) for cell in used[name]] for name in names
        }
        shares = numbers["risk_ratio"], numbers.pop("programme_share"), numbers["comparison_share"]
        numbers["risk_ratio"] = [
            helped / compared if ratio is None else ratio
            for ratio, helped, compared in zip(*shares, strict=True)
        ]
        return pd.DataFrame(numbers, used.index, dtype=object).join(used[words])

    def check_price_base(self, authority: Authority) -> list[Problem]:
        """Say what is wrong with an authority's price base and codes.

        Errors: no deflator; ``local_costs`` without a code of an authority in force or another vintage than current.
        A price base outside its vintage's years is a warning.
        """
        wrong, years = [], set(self.deflators["year"])
        base, gss, vintage = authority.price_base, authority.gss_code, authority.vintage
        first, last = codes.VINTAGE[vintage]
        if base not in years:
            todo = f"Allowed: {min(years)} to {max(years)}."
            wrong += [("price_base", "not-a-deflator-year", f"'{base}' has no deflator.", todo)]
        elif not first <= base <= last:
            said = f"'{base}' lies outside the years of vintage {vintage}."
            todo = f"Check that this is meant: its prices begin in {first}."
            wrong += [("price_base", "outside-vintage", said, todo, "warning")]
        if gss and gss not in set(self.authorities["gss_code"]):
            try:
                todo = f"Write {local.find_authority(self.authorities, gss).gss_code}."
            except LarcError as error:
                todo = error.message
            said = "No authority in force has this code."
            wrong += [("gss_code", "not-in-force", said, todo)]
        if authority.local_costs == "yes" and not (gss and vintage == "current"):
            said = "Local costs need a gss_code, and vintage current."
            wrong += [("local_costs", "no-local-costs", said, "Add them, or write no.")]
        return [Problem(f"params/{authority.slug}.yaml", "", 0, *each) for each in wrong]


@lru_cache(maxsize=1 << 16)
def exact(number: float) -> Fraction:
    """The number as it was written: 0.1 is one tenth, not the nearest binary fraction.

    Examples
    --------
    >>> exact(0.1) + exact(0.2) == exact(0.3)
    True
    """
    return Fraction(repr(float(number)))


def futures_of(futures: pd.DataFrame, vintages: Collection[str]) -> pd.DataFrame:
    """The rows of the futures library for some vintages (those without one are of all), an index from 0."""
    of_vintage = futures["vintage"].isna() | futures["vintage"].isin(vintages)
    return futures[of_vintage].reset_index(drop=True)


def consistent(prices: pd.DataFrame) -> pd.DataFrame:
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
        was changed. Names every such item.
    """
    columns = ["value", "uprating", "exact", "unit_value"]
    if not {*columns} <= {*prices.columns}:
        return prices
    right, wrong = [], []
    for item, value, uprating, kept, unit in prices[columns].itertuples(name=None):
        amounts = [amount for amount in (value, unit) if not _is_amount(amount)]
        if amounts:
            wrong.append(f"{item}: {amounts[0]} is no amount in GBP")
        elif (made := exact(value) * uprating) != kept:  # which of the two was set is not known
            said = f"value {value:,.2f} makes {float(made):,.2f}, exact is {float(kept):,.2f}"
            wrong.append(f"{item}: {said}")
        right.append(kept if amounts or unit == float(kept) else exact(unit))
    if wrong:
        todo = "Set unit_value alone: GBP a unit at the authority's price base."
        why = "(value is as published, at prices of its price_year.)"
        raise LarcError(f"These prices do not say one thing. {'; '.join(wrong)}. {todo} {why}")
    return prices.assign(exact=right, unit_value=[float(amount) for amount in right])


def _is_amount(value: object) -> bool:
    """A number of 0 or more; True and False, which Python takes for 1 and 0, are none."""
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= value < inf


def caution(rows: pd.DataFrame, price_base: str, day: date) -> list[str]:
    """What to beware of in unit costs: a review due, a price restated over many years, a figure of another kind.

    Parameters
    ----------
    rows : DataFrame
        Unit costs; the newer columns may be absent.
    price_base : str
    day : date
        By which a review is due.

    Returns
    -------
    list of str
        A sentence without its full stop a row; blank where there is nothing to say.

    Source
    ------
    docs/method.md part 1: prices to treat with caution.
    """
    said = []
    for row in rows.to_dict("records"):
        reviewed, fit = row.get("review_by"), row.get("fit")
        since = RESTATED.search(str(row["source"]))
        year = since[1] if since else row["price_year"]
        parts = []
        if not pd.isna(reviewed) and pd.Timestamp(reviewed).date() < day:
            parts.append(f"a review due by {reviewed:%d/%m/%Y}")
        if int(price_base[:4]) - int(year[:4]) > OLDEST:
            parts.append(f"a price of {year}, restated")
        if not pd.isna(fit) and fit != "national":
            parts.append(codes.FIT[fit].lower())
        said.append("; ".join(parts))
    return said


def load_library(root: Root, authority: Authority | None = None) -> Library:
    """Read the national tables and, where an authority has them, its own unit costs.

    Parameters
    ----------
    root : Root
    authority : Authority, optional
        Whose own ``unit_costs.csv`` replaces national rows of the same item and vintage, and whose vintage the futures
        are of; left out, the national tables as they stand.

    Returns
    -------
    Library

    Raises
    ------
    LarcError
        A national table breaks a rule (exit code 2), or the authority's own unit costs do (exit code 3);
        every problem at once.
    """
    library = read_library(root, authority)
    wrong = [problem.file for problem in library.problems if problem.severity == "error"]
    if any(file.startswith("national/") for file in wrong):
        raise LarcError("The national tables cannot be used.", library.problems, USAGE)
    if wrong:
        what = f"The unit costs of {authority.slug} cannot be used."
        raise LarcError(what, library.problems, REFUSED)
    return library


def read_library(root: Root, authority: Authority | None = None) -> Library:
    """Read the same as far as it can be read, errors among its ``problems``: for saying all that is wrong at once."""
    paths = tuple(root.national(f"{name}.csv") for name in schema.NATIONAL)
    kept, said = _national(paths, tuple(map(_content, paths)))
    tables, problems = {name: frame.copy() for name, frame in kept.items()}, list(said)
    if authority is not None:
        tables["futures"] = futures_of(tables["futures"], [authority.vintage])
        if authority.local_costs == "yes":
            costs, rates = tables["unit_costs"], local.costs_of(root, authority.gss_code)
            tables["unit_costs"] = local.with_local_costs(costs, rates)
            rates = rates.drop_duplicates("year").assign(source_row="national/local_costs.csv:0")
            problems += _undated(rates, "year", tables["deflators"])
        tables["unit_costs"], wrong = _with_own_costs(root, authority, tables)
        problems += wrong
    return Library(**tables, problems=tuple(problems))


def _content(path: Path) -> bytes:
    """What a file holds; nothing where there is none, and never twice the same where it cannot be read."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return os.urandom(8)


@lru_cache(maxsize=2)
def _national(paths: tuple[Path, ...], contents: tuple[bytes, ...]) -> tuple[dict, list[Problem]]:
    """The national tables, read once as long as their files hold the same."""
    tables, problems, known = {}, [], {}
    for (name, table), path, content in zip(schema.NATIONAL.items(), paths, contents, strict=True):
        file = f"national/{name}.csv"
        tables[name], wrong = _read(path, table, file, known) if content else (empty(table), [])
        needs_rows = not content or name in ("unit_costs", "deflators")
        if needs_rows and tables[name].empty and not wrong:
            said = "It is missing, or empty.", "Put it back."
            wrong = [Problem(file, "", 0, "", "no-rows", *said)]
        problems += wrong
        if name == "unit_costs":  # where nothing is known, nothing is unknown
            future = tables[name]["category"].eq("future")
            known["item"] = tables[name].loc[future, "item"].dropna().tolist() or None
        if name == "futures":
            known["future"] = tables[name]["future"].dropna().tolist() or None
    costs, deflators = tables["unit_costs"], tables["deflators"]
    to_come = deflators["source"].fillna("").str.startswith(FORECAST)
    tables |= {"deflators": deflators[~to_come], "forecasts": deflators[to_come]}
    return tables, problems + _unknown(costs, costs, tables["deflators"])


def _read(path: Path, table: schema.Table, file: str, known: dict) -> tuple[pd.DataFrame, list]:
    frame, problems = read_table(path, table, file, known)
    numbers = frame["source_row"].str.rsplit(":", n=1).str[-1]
    return frame.assign(source_row=file + ":" + numbers), problems


def read_published(root: Root, study: str) -> pd.DataFrame:
    """The figures a study published, with the interval each leaves open.

    Parameters
    ----------
    root : Root
    study : str
        Such as "larc4", for ``national/published/larc4.csv``.

    Returns
    -------
    DataFrame
        Of a study ``id``, ``section``, ``scope``, ``quantity``, ``statistic``, ``low``, ``high``, ``unit``,
        ``wording``; of ``rounds``, ``bands`` and ``caf_steps`` (GBP at their ``price_year``) columns of their own.
    """
    return pd.read_csv(root.national(f"published/{study}.csv"))


def _with_own_costs(root: Root, authority: Authority, tables: dict) -> tuple:
    """Unit costs with the authority's own in place, whose sources say so, and what is wrong with them."""
    costs, files = tables["unit_costs"], own_costs(root.raw(authority.slug))
    if not files:
        return costs, []
    own, problems = _read(files[0], schema.UNIT_COSTS, f"{authority.slug}/unit_costs.csv", {})
    own["source"] = "The authority's own figure: " + own["source"]
    replaced = pd.MultiIndex.from_frame(own[["item", "vintage"]])
    kept = costs[~pd.MultiIndex.from_frame(costs[["item", "vintage"]]).isin(replaced)]
    merged = pd.concat([kept, own], ignore_index=True)
    known = {f"{problem.file}:{problem.row}" for problem in problems if problem.code == "circle"}
    circle = {*merged.loc[rules.circles(merged), "source_row"]} - known
    other = own["vintage"].notna() & own["vintage"].ne(authority.vintage)
    of_future = own["item"].isin(tables["futures"]["item"].dropna())
    of_future &= own["category"].isin(["role", "intervention"])
    said = "'{}' is not the authority's vintage."
    todo = f"Write {authority.vintage}, or change the vintage in its params."
    problems += _problems(own, other, "vintage", "other-vintage", said, todo)
    said = "A future costs this item, so it is no {}."
    problems += _problems(own, of_future, "category", "not-a-future", said, "Write future.")
    said, in_circle = "With the national items it contains itself.", own["source_row"].isin(circle)
    problems += _problems(own, in_circle, "contains", "circle", said, "Break the circle.")
    problems += _unknown(own, merged, tables["deflators"])
    return merged, problems


def _unknown(rows: pd.DataFrame, costs: pd.DataFrame, deflators: pd.DataFrame) -> list[Problem]:
    """The price years without a deflator, and the items contained that are none, of some unit costs."""
    items = costs["item"].dropna()
    words = rows.assign(contains=rows["contains"].str.split()).explode("contains")
    unknown = words["contains"].notna() & ~words["contains"].isin(items)
    undated, said = _undated(rows, "price_year", deflators), "'{}' is not an item."
    return [*undated, *_problems(words, unknown, "contains", "unknown-item", said, near=items)]


def _undated(rows: pd.DataFrame, column: str, deflators: pd.DataFrame) -> list[Problem]:
    """The years without a deflator; a forecast is none."""
    years = deflators["year"].dropna()
    undated = rows[column].notna() & ~rows[column].isin(years) & (len(years) > 0)
    allowed = f"Allowed: {years.min()} to {years.max()}."
    return [*_problems(rows, undated, column, "no-deflator", "'{}' has no deflator.", allowed)]


def _problems(rows, wrong, column, code, said: str, todo="", near=()) -> Iterator[Problem]:
    """A problem for each row of unit costs where something is ``wrong``; what is ``near`` is offered."""
    for place, value in rows.loc[wrong, ["source_row", column]].itertuples(index=False, name=None):
        file, row = place.rsplit(":", 1)
        advice = todo or did_you_mean(value, near)
        yield Problem(file, "", int(row), column, code, said.format(value), advice)
