"""The appraisal as a fast function of its assumptions: many sets of values at once, to the penny.

In: a return's clean tables, library, prices and the input lines of its ledger. Out: :class:`Model`, and
:func:`evaluate`, which gives what :mod:`larcnb.costing` gives for each of n sets of values, in floats rounded
line by line as the ledger is (METHOD.md parts 1, 2 and 4). The ledger itself stays exact and is made elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from larcnb.costing import judge, price_interventions, price_process
from larcnb.library import Library, settled
from larcnb.params import Assumptions
from larcnb.sensitivity.selection import Selection, select
from larcnb.sensitivity.worth import Table, decays, rows, stack, weight, worth

TIE = 1e-6
"""Pence within which a float is taken for the half penny that the exact ledger rounds up."""
HELD = 1 << 17
"""Numbers held at one time of kinds x years x n."""


@dataclass(frozen=True, repr=False)
class Model:
    """A return ready to be appraised under many assumptions.

    Parameters
    ----------
    name : str
        Whose cases: with the case id it names the streams of a case's own draws.
    tables : dict of DataFrame
        The clean tables ``cases``, ``futures`` and ``moderation``.
    library : Library
    prices : DataFrame indexed by ``item``
    inputs : DataFrame
        Input lines that carry money: ``case_id``, ``stage``, ``item``, ``quantity``, ``grade``, ``amount`` (GBP).
    cases : tuple of str
        The costed cases, in alphabetical order.
    rates : dict of future to share
        What the base rates saw in comparison families.
    """

    name: str
    tables: Mapping[str, pd.DataFrame]
    library: Library
    prices: pd.DataFrame
    inputs: pd.DataFrame
    cases: tuple[str, ...]
    rates: Mapping[str, float]
    _selections: dict = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Model of {len(self.cases)} costed cases"

    def selection(self, accept_at: str, long_years: int) -> Selection:
        """The library rows that count, found once for each ``accept_at`` and outcome of its contests."""
        known = self._selections.setdefault(accept_at, {})
        if long_years not in known:
            alike = (one for years, one in known.items() if one.winners(long_years) == one.winners(years))
            known[long_years] = next(alike, None) or self._select(accept_at, long_years)
        return known[long_years]

    def _select(self, accept_at: str, long_years: int) -> Selection:
        judged = judge(*(self.tables[name] for name in ("futures", "moderation", "cases")), accept_at)
        return select(judged, self.tables, self.library, self.prices, long_years, self.cases)

    @cached_property
    def units(self) -> dict[str, float]:
        """Each item's GBP a unit at the price base."""
        return settled(self.prices)["unit_value"].to_dict()

    @cached_property
    def lines(self) -> Lines:
        """The input lines as arrays."""
        groups = self.inputs.groupby(["stage", "item", "grade"], sort=True)
        place = {case: n for n, case in enumerate(self.cases)}
        case, amount = self.inputs["case_id"].map(place).to_numpy(dtype=int), self.inputs["amount"].to_numpy()
        return Lines(tuple(groups.groups), groups.ngroup().to_numpy(), case, amount)


@dataclass(frozen=True)
class Lines:
    """Input lines: the different stage, item and grade; of each line its kind, its case's place and GBP."""

    kinds: tuple[tuple[str, str, int], ...]
    kind: np.ndarray
    case: np.ndarray
    amount: np.ndarray

    def by_case(self) -> Iterator[tuple[int, tuple[str, str, int], float]]:
        """Each case's sum of each kind, kind by kind: the case's place, the kind, GBP."""
        number = len(self.kinds)
        sums = np.bincount(self.case * number + self.kind, self.amount)
        for place in sorted(set(self.case * number + self.kind), key=lambda place: (place % number, place)):
            yield place // number, self.kinds[place % number], sums[place]


@dataclass(frozen=True)
class Evaluated:
    """What n sets of values give: GBP at the price base, case by case (cases x n) and by year (years x n)."""

    inputs: np.ndarray
    short: np.ndarray
    long: np.ndarray
    by_year: np.ndarray

    def saving(self, horizon: str = "long") -> np.ndarray:
        """Avoided less inputs over all cases, n values; ``horizon`` is ``short`` or ``long``."""
        return np.round(getattr(self, horizon).sum(0) - self.inputs.sum(0), 2)


def build_model(
    tables: Mapping[str, pd.DataFrame], library: Library, prices: pd.DataFrame, ledger: pd.DataFrame | None = None,
    name: str = "",
) -> Model:  # fmt: skip
    """Make a return ready for :func:`evaluate`.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean tables of a return.
    library : Library
    prices : DataFrame indexed by ``item``
        :meth:`larcnb.library.Library.prices`.
    ledger : DataFrame, optional
        Where it is priced already; its input lines are used as they stand.
    name : str
        The authority's slug.

    Returns
    -------
    Model
        The same whatever the order of rows.
    """
    if ledger is None:
        ledger = pd.concat([
            price_process(tables["process"], tables["cases"], prices),
            price_interventions(tables["interventions"], tables["cases"], prices),
        ])  # fmt: skip
    lines = ledger[ledger["stage"].isin(["process", "intervention"]) & (ledger["amount"] > 0)]
    columns = ["case_id", "stage", "item", "quantity", "grade", "amount"]
    lines = lines[columns].sort_values(columns, ignore_index=True).astype({"grade": int})
    cases = tables["cases"]
    costed = tuple(sorted(cases.loc[cases["costed"] == "yes", "case_id"]))
    rates = dict(zip(library.base_rates["future"], library.base_rates["comparison_share"], strict=True))
    return Model(name, tables, library, prices, lines, costed, rates)


def central(model: Model, a: Assumptions) -> dict[str, np.ndarray]:
    """The values of a set of assumptions under the names that tables use.

    Returns
    -------
    dict of name to array of one
        ``deadweight``, ``attribution``, ``drop_off``, ``discount_rate``, ``probability.<likelihood>``,
        ``rate.<future>``, ``benefit_correction.<grade>``, ``cost_correction.<grade>``. Factors of 1 unless a table
        says otherwise: ``unit.<item>``, ``years.<future>``, ``hours``, ``quantity``, ``real`` (the share of the futures
        counted that was real).
    """
    values = {name: getattr(a, name) for name in ("deadweight", "attribution", "drop_off", "discount_rate")}
    for name in ("probability", "benefit_correction", "cost_correction"):
        values |= {f"{name}.{key}": value for key, value in getattr(a, name).items()}
    values |= {f"rate.{future}": rate for future, rate in model.rates.items()}
    return {name: np.array([float(value)]) for name, value in values.items()}


def evaluate(model: Model, a: Assumptions, table: Table | None = None) -> Evaluated:
    """Appraise a return under n sets of values at once, each line rounded to the penny as the ledger's is.

    Parameters
    ----------
    model : Model
    a : Assumptions
        Its words and years hold for all n; its numbers where ``table`` has none.
    table : dict of name to array of n, optional
        Values in place of the assumptions': the names of :func:`central`.

    Returns
    -------
    Evaluated

    Source
    ------
    METHOD.md parts 1 and 2.
    """
    values = central(model, a) | dict(table or {})
    n = max((len(v) for v in values.values()), default=1)
    chosen, decay = model.selection(a.accept_at, a.long_years), decays(a, values)
    numbers, at_once = chosen.numbers, max(1, HELD // (a.long_years * n))
    by_year = np.zeros((a.long_years, n))
    terms = np.zeros((2, len(chosen.of_kind), n))
    for start in range(0, len(chosen.of_kind), at_once):
        these = slice(start, start + at_once)
        of = [spell for spell, _ in chosen.of_kind[these]]
        weights = [weight(a, values, spell.future, agreed) for spell, agreed in chosen.of_kind[these]]
        held = numbers["people"][these, None] * rows(weights)
        first, one = worth(of, [model.units[spell.item] for spell in of], a, values, decay)
        amounts = _penny(held[:, None] * one)
        terms[:, these] = amounts[:, : max(0, a.short_years - first)].sum(1), amounts.sum(1)
        by_year[first : first + one.shape[1]] += (numbers["lines"][these, None, None] * amounts).sum(0)
    sums = np.zeros((2, len(model.cases), n))
    for out, amounts in zip(sums, terms, strict=True):
        np.add.at(out, numbers["case"], amounts[numbers["kind"]])
    return Evaluated(_inputs(model, values, n), *np.round(sums, 2), np.round(by_year, 2))


def _inputs(model: Model, values: Table, n: int) -> np.ndarray:
    """Inputs with their corrections, line by line to the penny: cases x n."""
    lines = model.lines
    factor = (
        (1 + stack(values, [f"cost_correction.{grade}" for _, _, grade in lines.kinds]))
        * stack(values, [f"unit.{item}" for _, item, _ in lines.kinds])
        * stack(values, ["hours" if stage == "process" else "quantity" for stage, *_ in lines.kinds])
    )
    out = np.zeros((len(model.cases), factor.shape[1]))
    np.add.at(out, lines.case, _penny(lines.amount[:, None] * factor[lines.kind]))
    return np.round(np.broadcast_to(out, (len(out), n)), 2)


def _penny(amount: np.ndarray) -> np.ndarray:
    return np.floor(amount * 100 + (0.5 + TIE)) / 100
