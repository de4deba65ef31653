"""One assumption at a time: tornado, sweep and switching values (METHOD.md part 4).

In: a :class:`~larcnb.sensitivity.model.Model`, assumptions, their ranges and the spreads. Out: frames; GBP at the
price base, every result to the penny what the ledger would give.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from larcnb.params import Assumptions
from larcnb.params.assumptions import KEYS
from larcnb.sensitivity.draws import quantile_factors
from larcnb.sensitivity.model import Model, Table, evaluate
from larcnb.sensitivity.ranges import Range
from larcnb.sensitivity.spread import Spread

STEPS = 13
FINE, ROUNDS = 33, 4
"""Points of a sweep; points and rounds of the search for a switching value (a millionth of the range)."""
LIBRARY = {
    "unit_futures": "Unit costs of the futures, all together",
    "unit_inputs": "Unit costs of time and support, all together",
    "years": "How long the futures last",
    "hours": "Hours recorded",
}


def sweep(model: Model, a: Assumptions, found: Range, horizon: str = "long", steps: int = STEPS) -> pd.DataFrame:
    """The saving over an assumption's range, its own value among the points.

    Parameters
    ----------
    model : Model
    a : Assumptions
    found : Range
    horizon : str
        ``short`` or ``long``.
    steps : int
        Points of a continuous range.

    Returns
    -------
    DataFrame
        ``assumption``, ``position`` (0 low end to 1 high end; of words and years the place in their order; blank for a
        mapping's own values where they lie at different places of their ranges),
        ``value`` (in words), ``number`` (blank for words), ``saving`` (GBP), ``central`` (bool).
    """
    if found.choices:
        return _over_choices(model, a, found, horizon)
    own = _own_position(found)
    positions = np.unique(np.append(np.linspace(0, 1, steps), own if own is not None else []))
    savings = evaluate(model, a, found.table(positions)).saving(horizon)
    keys = used(model, a)
    rows = pd.DataFrame({
        "assumption": found.name, "position": positions,
        "value": [found.written(found.at(p), keys) for p in positions],
        "number": [np.nan if found.name in KEYS else found.at(p) for p in positions],
        "saving": savings, "central": positions == own,
    })  # fmt: skip
    if own is None:  # a mapping whose keys stand at different places of their ranges
        own_row = {"assumption": found.name, "position": np.nan, "value": found.written(found.central, keys),
                   "number": np.nan, "saving": evaluate(model, a).saving(horizon)[0], "central": True}  # fmt: skip
        rows = pd.concat([rows, pd.DataFrame([own_row])], ignore_index=True)
    return rows


def tornado(
    model: Model, a: Assumptions, found: Mapping[str, Range], spread: Spread, horizon: str = "long",
    swept: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The saving with one assumption at a time at each end of its range, both ends labelled.

    Parameters
    ----------
    model : Model
    a : Assumptions
    found : dict of assumption to Range
        :func:`larcnb.sensitivity.ranges.ranges`.
    spread : Spread
        For what is not an assumption of the preset: unit costs, durations and hours at the ends of their interval.
    horizon : str
        ``short`` or ``long``.
    swept : DataFrame, optional
        :func:`sweep` of each range at this horizon, where it is worked out already.

    Returns
    -------
    DataFrame, the widest swing first
        ``assumption``, ``label``, ``central`` (its value in words), ``low_value``, ``low_saving``, ``high_value``,
        ``high_saving`` (the ends of the range), ``base`` (the saving as it stands), ``least``, ``most`` (of the
        whole sweep, which an assumption that bends may reach between its ends), ``bends`` (bool), ``swing``
        (most - least), ``widened`` (bool).
    """
    rows = []
    for name, one in found.items():
        points = sweep(model, a, one, horizon) if swept is None else swept[swept["assumption"] == name]
        rows.append(_bar(name, one.label, points, one.widened))
    base = evaluate(model, a).saving(horizon)[0]
    for name, (table, low, high) in _library_tables(model, a, spread).items():
        savings = evaluate(model, a, table).saving(horizon)
        rows.append(_bar(name, LIBRARY[name], pd.DataFrame({
            "value": [low, "as recorded" if name == "hours" else "as in the national tables", high],
            "position": [0, 0.5, 1], "saving": [savings[0], base, savings[1]], "central": [False, True, False],
        }), False))  # fmt: skip
    return pd.DataFrame(rows).sort_values(["swing", "assumption"], ascending=[False, True], ignore_index=True)


def switching(model: Model, a: Assumptions, found: Mapping[str, Range], horizon: str = "long") -> pd.DataFrame:
    """For each assumption the value at which the saving is nil, the others as they stand.

    Returns
    -------
    DataFrame, one row an assumption
        ``assumption``, ``label``, ``central``, ``low_value``, ``high_value`` (in words), ``switch`` (the value in
        words, blank where there is none), ``number`` (blank for words and mappings), ``where``: ``in range``,
        ``beyond range`` (allowed, but past what the log holds likely), ``none`` (the sign of the saving never changes).
        Of several, the one nearest to the assumption's value.
    """
    rows = []
    keys = used(model, a)
    for name, one in found.items():
        switch, where = _choice_switch(model, a, one, horizon) if one.choices else _switch(model, a, one, horizon)
        number = np.nan if switch is None or name in KEYS or isinstance(switch, str) else float(switch)
        rows.append({
            "assumption": name, "label": one.label, "central": one.written(one.central, keys),
            "low_value": one.written(one.low, keys), "high_value": one.written(one.high, keys),
            "switch": None if switch is None else one.written(switch, keys), "number": number, "where": where,
        })  # fmt: skip
    return pd.DataFrame(rows)


def used(model: Model, a: Assumptions) -> tuple:
    """The likelihoods and grades that the return's counted futures and inputs bear: which keys to show."""
    chosen = model.selection(a.accept_at, a.long_years)
    grades = {chosen.spells[place].grade for place in chosen.rows["spell"]} | set(model.inputs["grade"])
    return (*sorted(set(chosen.rows["likelihood"])), *sorted(grades))


def _bar(name: str, label: str, points: pd.DataFrame, widened: bool) -> dict[str, Any]:
    placed = points[points["position"].notna()]
    low, high = placed.iloc[0], placed.iloc[-1]
    least, most = points["saving"].min(), points["saving"].max()
    between = sorted((low["saving"], high["saving"]))
    own = points[points["central"]].iloc[0]
    return {
        "assumption": name, "label": label, "central": own["value"],
        "low_value": low["value"], "low_saving": low["saving"], "high_value": high["value"],
        "high_saving": high["saving"], "base": own["saving"], "least": least, "most": most,
        "bends": bool(least < between[0] or most > between[1]), "swing": round(most - least, 2), "widened": widened,
    }  # fmt: skip


def _library_tables(model: Model, a: Assumptions, spread: Spread) -> dict[str, tuple[Table, str, str]]:
    chosen = model.selection(a.accept_at, a.long_years)
    futures_items = sorted({chosen.spells[place].item for place in chosen.rows["spell"]})
    ends = quantile_factors(model.prices, spread)
    tables: dict[str, tuple[Table, str, str]] = {}
    for name, items in (("unit_futures", futures_items), ("unit_inputs", sorted(set(model.inputs["item"])))):
        table = {f"unit.{item}": np.array([ends.at[item, "low"], ends.at[item, "high"]]) for item in items}
        tables[name] = (table, "each at its low", "each at its high")
    lasting = np.array([1 - spread.years, 1 + spread.years])
    names = sorted({spell.future for spell in chosen.spells})
    tables["years"] = ({f"years.{future}": lasting for future in names},
                       f"{lasting[0]:g} times as long", f"{lasting[1]:g} times as long")  # fmt: skip
    low, high = quantile_factors(model.prices, spread, hours=True).loc["hours", ["low", "high"]]
    tables = {name: table for name, table in tables.items() if table[0]}
    tables["hours"] = ({"hours": np.array([low, high])}, f"{low:.2f} times as many", f"{high:.2f} times as many")
    return tables


def _over_choices(model: Model, a: Assumptions, found: Range, horizon: str) -> pd.DataFrame:
    kept = [choice for choice in found.choices if _possible(a, found.name, choice)]
    return pd.DataFrame({
        "assumption": found.name, "position": np.arange(len(kept), dtype=float),
        "value": [found.written(choice) for choice in kept],
        "number": [np.nan if isinstance(choice, str) else float(choice) for choice in kept],
        "saving": [evaluate(model, a.with_overrides({found.name: c})).saving(horizon)[0] for c in kept],
        "central": [choice == getattr(a, found.name) for choice in kept],
    })  # fmt: skip


def _possible(a: Assumptions, name: str, choice: Any) -> bool:
    changed = a.with_overrides({name: choice})
    return changed.short_years <= changed.long_years


def _own_position(found: Range) -> float | None:
    """Where the assumption's own value stands in its range; None for a mapping with no one place."""
    pairs = (
        [(found.central[k], found.low[k], found.high[k]) for k in found.central]
        if found.name in KEYS
        else [(found.central, found.low, found.high)]
    )
    places = {round((value - low) / (high - low), 12) for value, low, high in pairs if high > low}
    return places.pop() if len(places) == 1 else None


def _switch(model: Model, a: Assumptions, found: Range, horizon: str) -> tuple[Any, str]:
    own = _own_position(found)
    for low, high, where in ((0.0, 1.0, "in range"), (-1.0, 2.0, "beyond range")):
        start = 0.5 if own is None else own
        position = _nil(lambda at: evaluate(model, a, found.table(at)).saving(horizon), low, high, start)
        if position is not None:
            return found.at(position), where
    return None, "none"


def _nil(saving, low: float, high: float, start: float) -> float | None:
    """The place nearest to ``start`` where ``saving`` changes sign, or None."""
    for _ in range(ROUNDS):
        at = np.linspace(low, high, FINE)
        positive = saving(at) >= 0
        turns = np.flatnonzero(positive[1:] != positive[:-1])
        if not len(turns):
            return None
        turn = min(turns, key=lambda place: abs((at[place] + at[place + 1]) / 2 - start))
        low, high = at[turn], at[turn + 1]
    return (low + high) / 2


def _choice_switch(model: Model, a: Assumptions, found: Range, horizon: str) -> tuple[Any, str]:
    points = _over_choices(model, a, found, horizon)
    own = points.index[points["central"]][0]
    other = points[(points["saving"] >= 0) != (points.loc[own, "saving"] >= 0)]
    if other.empty:
        return None, "none"
    nearest = min(other.index, key=lambda place: abs(place - own))
    kept = [choice for choice in found.choices if _possible(a, found.name, choice)]
    return kept[nearest], "in range"
