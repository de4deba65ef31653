"""Scenarios: break-even, one and two assumptions at a time, switching values, and the sets side by side.

In: a return's clean tables, library, prices and ledger, assumptions and their ranges. Out: frames in GBP at the
price base, every result to the penny what the ledger would give (METHOD.md part 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from larcnb import codes, costing
from larcnb.library import Library
from larcnb.params import Assumptions
from larcnb.params.assumptions import KEYS, LIMITS, WHOLE

LABELS = {
    "weighting": "How the chance of a future is set",
    "accept_at": "Acceptance threshold: from which likelihood a future counts",
    "probability": "What the agreed likelihoods stand for",
    "prevented": "What share of the futures help prevented",
    "default_prevented": "Share prevented where no study exists",
    "discount_rate": "Discount rate a year",
    "deadweight": "Deadweight (would have improved anyway)",
    "attribution": "Attribution (due to this help)",
    "drop_off": "Drop-off of the effect a year",
    "benefit_correction": "Optimism correction of the benefits",
    "cost_correction": "Optimism correction of the costs",
    "short_years": "Years of the short term",
    "long_years": "Years of the long term",
    "unit": "All unit costs",
    "years": "How long all the futures last",
    "hours": "Hours and quantities recorded",
}
WORDS = {
    "weighting": {
        "accepted": "certain",
        "expected": "by its likelihood",
        "observed": "as in comparison groups",
    },
    "accept_at": codes.LIKELIHOOD,
    "prevented": {
        "all": "all of them",
        "evidence": "what studies found",
        "low": "the low end of studies",
    },
}
OWN, REFERENCE = "own", "public_purse"
"""The name of the authority's own set, beside the presets'; the preset that is the reference case of every verdict."""
POINTS, ROUNDS, GRID = 33, 2, 21
"""Points and rounds of a search (to a thousandth of the range, then straight); points along a side of the surface."""


@dataclass(frozen=True, repr=False)
class Appraiser:
    """A return that can be appraised under any assumptions.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean tables of a return.
    library : Library
    prices : DataFrame indexed by ``item``
    ledger : DataFrame
        Its input lines are used as they stand; :func:`strength` takes it to be priced under the set asked about.
    name : str
        The authority's slug.
    """

    tables: Mapping[str, pd.DataFrame]
    library: Library
    prices: pd.DataFrame
    ledger: pd.DataFrame | None = None
    name: str = ""
    _exposures: dict = field(default_factory=dict)

    def exposure(self, a: Assumptions) -> costing.Exposure:
        """What counts under a set of assumptions; found once for each set of what decides it."""
        key = (a.accept_at, a.weighting, a.long_years, a.follow_up)
        if key not in self._exposures:
            of = self.tables, self.library, self.prices, a, self.ledger, self.name
            self._exposures[key] = costing.expose(*of)
        return self._exposures[key]

    def evaluate(
        self,
        a: Assumptions,
        table: costing.Values | None = None,
        by_case: bool = False,
        told: bool = False,
    ) -> costing.Evaluated:
        """:func:`larcnb.costing.evaluate` of what counts under ``a``."""
        return costing.evaluate(self.exposure(a), a, table, by_case, told)

    def saving(self, a: Assumptions, table: costing.Values | None = None) -> np.ndarray:
        """The long-term saving of all cases, n values, GBP."""
        return self.evaluate(a, table).saving()


@dataclass(frozen=True)
class Lever:
    """One thing that can be varied: a number along its range, or words and whole years in their order.

    Parameters
    ----------
    name, label : str
    central : str
        The value as it stands, in words.
    words : callable
        A position (0 low end, 1 high end; -1 and 2 the ends of what is allowed) or a choice, in words.
    table : callable, optional
        An array of positions as a table of :func:`larcnb.costing.evaluate`.
    choices : tuple
        In place of ``table``: the values in order.
    own : float
        The position of the value as it stands.
    """

    name: str
    label: str
    central: str
    words: Callable[[Any], str]
    table: Callable[[np.ndarray], dict[str, np.ndarray]] | None = None
    choices: tuple = ()
    own: float = 0.5

    @property
    def ends(self) -> tuple:
        """The ends of the range: places, or choices."""
        return (self.choices[0], self.choices[-1]) if self.choices else (0.0, 1.0)

    def savings(self, appraiser: Appraiser, a: Assumptions, at: Sequence) -> np.ndarray:
        """The saving at some places, or with some choices."""
        if self.choices:
            return np.array([appraiser.saving(a.with_overrides({self.name: one}))[0] for one in at])
        return appraiser.saving(a, self.table(np.array(at)))


def ranges(a: Assumptions, log: Mapping[str, Any], notes: Mapping[str, Any]) -> dict[str, Any]:
    """The range of each assumption that the set uses: its preset's, or the one that came with an override.

    Parameters
    ----------
    a : Assumptions
    log : dict of assumption to its entry
        :attr:`larcnb.params.Preset.log`.
    notes : dict of assumption to dict
        :attr:`larcnb.params.Authority.reasons`: ``low`` and ``high``, for a mapping mappings.

    Returns
    -------
    dict of assumption to (low, high), to a dict of such pairs, or for words to a tuple of them
        A range that does not hold the value is widened to it.
    """
    out: dict[str, Any] = {}
    for name in a.used:
        ends, said, value = log.get(name, {}).get("range"), notes.get(name, {}), getattr(a, name)
        own = None if None in (low := said.get("low"), high := said.get("high")) else (low, high)
        if name in KEYS:
            pairs = {key: (ends or {}).get(str(key)) for key in value}
            pairs |= {key: (low[key], high[key]) for key in low if key in high} if own else {}
            out[name] = {key: _widened(pair, value[key]) for key, pair in pairs.items() if pair}
        elif (own or ends) and (name in WORDS or name in LIMITS):
            out[name] = tuple(ends) if name in WORDS and not own else _widened(own or ends, value)
    return {name: pair for name, pair in out.items() if pair}


def _widened(pair: Iterable[float], value: float) -> tuple[float, float]:
    low, high = map(float, pair)
    return min(low, value), max(high, value)


def levers(appraiser: Appraiser, a: Assumptions, found: Mapping[str, Any]) -> dict[str, Lever]:
    """Each assumption the set uses that has a range, and what studies found of each rated future that counts.

    Parameters
    ----------
    found : dict
        :func:`ranges`.
    """
    out = {}
    for name, pair in found.items():
        if name in WORDS or name in WHOLE:
            out[name] = _choices(a, name, pair)
        else:
            out[name] = _numbers(name, LABELS[name], getattr(a, name), pair, LIMITS[name])
    if a.prevented == "evidence":
        exposure, known = (
            appraiser.exposure(a),
            appraiser.library.futures.set_index("future")["label"].to_dict(),
        )
        for future in sorted(set(exposure.futures["future"]) & set(exposure.effects.index)):
            value, low, high = (
                1 - float(exposure.effects.at[future, of]) for of in ("risk_ratio", "high", "low")
            )
            label = f"Share prevented, by studies: {known.get(future, future)}"
            name, limits = f"risk_ratio.{future}", (low - 1, 1.0)
            out[name] = _numbers(name, label, value, (low, high), limits, lambda share: 1 - share)
    return {name: lever for name, lever in out.items() if lever}


def _choices(a: Assumptions, name: str, ends: tuple) -> Lever | None:
    value = getattr(a, name)
    if name in WHOLE:
        low, high = (1, a.long_years) if name == "short_years" else (a.short_years, LIMITS[name][1])
        order = tuple(range(max(low, int(min(ends))), min(high, int(max(ends))) + 1))
    else:
        order = tuple(word for word in WORDS[name] if word in {*ends, value})
        if name == "accept_at":  # every word between is a threshold too
            known = tuple(WORDS[name])
            order = known[known.index(order[0]) : known.index(order[-1]) + 1]
    if len(order) < 2:
        return None
    say = partial(in_words, name)
    return Lever(name, LABELS[name], say(value), say, choices=order, own=order.index(value))


def _numbers(
    name: str,
    label: str,
    value: Any,
    ends: Any,
    limits: tuple[float, float],
    tabled: Callable = lambda along: along,
) -> Lever | None:
    """A number, or a mapping whose numbers go together, from low (0) to high (1) and on to the limits (-1 and 2)."""
    pairs = ends if name in KEYS else {"": ends}
    if all(low == high for low, high in pairs.values()):
        return None

    def along(at: Any) -> dict[Any, np.ndarray]:
        return {
            key: np.interp(at, [-1, 0, 1, 2], [limits[0], *pair, limits[1]])
            for key, pair in pairs.items()
        }

    def words(at: float) -> str:
        return in_words(name, along(at) if name in KEYS else along(at)[""])

    def table(at: np.ndarray) -> dict[str, np.ndarray]:
        return {f"{name}.{key}".rstrip("."): tabled(values) for key, values in along(at).items()}

    own = 0.5 if name in KEYS else (value - ends[0]) / (ends[1] - ends[0])
    return Lever(name, label, in_words(name, value), words, table, own=own)


def in_words(name: str, value: Any) -> str:
    """A value as a reader knows it; of a mapping only its last two keys.

    Examples
    --------
    >>> in_words("drop_off", 0.05), in_words("long_years", 15), in_words("prevented", "all")
    ('5%', '15 years', 'all of them')
    """
    if name in WORDS:
        return WORDS[name][value].lower()
    if name in WHOLE:
        return f"{value:g} years" if value != 1 else "1 year"
    if name in KEYS:
        return ", ".join(
            f"{codes.LIKELIHOOD.get(key, f'grade {key}').lower()} {_percent(float(value[key]))}"
            for key in list(value)[-2:]
        )
    return _percent(value)


def _percent(share: float) -> str:
    return f"{round(share * 100, 1):g}%".replace("-", "\N{MINUS SIGN}")


def tornado(
    appraiser: Appraiser, a: Assumptions, moved: Mapping[str, Lever], joint: Mapping[str, tuple]
) -> pd.DataFrame:
    """The saving with one assumption at a time at each end of its 95% range.

    Parameters
    ----------
    moved : dict of name to Lever
        :func:`levers`.
    joint : dict of name to (table of two values, low in words, high in words)
        :func:`larcnb.sensitivity.monte_carlo.joint_ends`: unit costs, durations, hours.

    Returns
    -------
    DataFrame, the widest swing first
        ``assumption``, ``label``, ``central``, ``low_value``, ``high_value`` (in words), ``low_saving``,
        ``high_saving``, ``base`` (the saving as it stands), ``swing``: GBP.
    """
    rows = [
        (
            name,
            lever.label,
            lever.central,
            *map(lever.words, lever.ends),
            *lever.savings(appraiser, a, lever.ends),
        )
        for name, lever in moved.items()
    ]
    for name, (table, *words) in joint.items():
        central = "as recorded" if name == "hours" else "as in the national tables"
        rows.append((name, LABELS[name], central, *words, *appraiser.saving(a, table)))
    columns = [
        "assumption",
        "label",
        "central",
        "low_value",
        "high_value",
        "low_saving",
        "high_saving",
    ]
    frame = pd.DataFrame(rows, columns=columns).assign(base=appraiser.saving(a)[0])
    savings = frame[["low_saving", "high_saving", "base"]].astype(float)
    frame = frame.assign(swing=savings.max(axis=1) - savings.min(axis=1))
    return frame.sort_values(["swing", "assumption"], ascending=[False, True], ignore_index=True)


def switching(appraiser: Appraiser, a: Assumptions, moved: Mapping[str, Lever]) -> pd.DataFrame:
    """For each assumption the value at which the saving is nil, the others as they stand.

    Returns
    -------
    DataFrame, one row an assumption
        ``assumption``, ``label``, ``central``, ``low_value``, ``high_value``, ``switch`` (in words; blank where no
        value does), ``where`` (``in range``, ``beyond range``, ``none``).
    """
    rows = []
    for name, lever in moved.items():
        saving, where = partial(lever.savings, appraiser, a), "in range"
        if lever.choices:
            saves = saving(lever.choices) >= 0
            other = np.flatnonzero(saves != saves[lever.own])
            switch = (
                lever.choices[other[np.abs(other - lever.own).argmin()]] if len(other) else None
            )
        else:
            switch = _nil(saving, 0.0, 1.0, lever.own)
            if switch is None:
                switch, where = _nil(saving, -1.0, 2.0, lever.own), "beyond range"
        turns = ("", "none") if switch is None else (lever.words(switch), where)
        rows.append((name, lever.label, lever.central, *map(lever.words, lever.ends), *turns))
    columns = ["assumption", "label", "central", "low_value", "high_value", "switch", "where"]
    return pd.DataFrame(rows, columns=columns)


def _nil(saving: Callable, low: float, high: float, start: float) -> float | None:
    """The place nearest to ``start`` where the saving changes sign, or None."""
    for _ in range(ROUNDS):
        at = np.linspace(low, high, POINTS)
        found = saving(at)
        positive = found >= 0
        turns = np.flatnonzero(positive[1:] != positive[:-1])
        if not len(turns):
            return None
        turn = min(turns, key=lambda place: abs((at[place] + at[place + 1]) / 2 - start))
        low, high = at[turn], at[turn + 1]
    below, above = found[turn], found[turn + 1]
    return float(low + (high - low) * below / (below - above))


def surface(appraiser: Appraiser, a: Assumptions) -> pd.DataFrame:
    """The saving over the chance told and the share prevented, alike for every future that counts.

    Returns
    -------
    DataFrame, :data:`GRID` squared rows
        ``chance``, ``prevented`` (0 to 1), ``saving`` (GBP, long term), ``break_even`` (the share prevented at which
        the saving is nil at this chance; above 1 where even all would not do, blank where nothing is told).
    """
    alike = a.with_overrides({"weighting": "accepted", "prevented": "all"})
    side = np.linspace(0, 1, GRID)
    chance, prevented = (axis.ravel() for axis in np.meshgrid(side, side))
    saving = appraiser.saving(alike, {"chance": chance, "prevented": prevented})
    whole = appraiser.evaluate(alike)
    told = side * whole.long.sum()
    line = np.divide(whole.inputs.sum(), told, out=np.full(GRID, np.nan), where=told > 0)
    return pd.DataFrame(
        {
            "chance": chance,
            "prevented": prevented,
            "saving": saving,
            "break_even": np.tile(line, GRID),
        }
    )


def averages(appraiser: Appraiser, a: Assumptions) -> tuple[float, float]:
    """The chance told and the share prevented of a set, each a mean by cost; blank where nothing is told.

    ``chance = told / told at chance 1; prevented = avoided / told``
    """
    e = appraiser.evaluate(a, told=True)
    whole = float(
        appraiser.evaluate(
            a.with_overrides({"weighting": "accepted", "prevented": "all"})
        ).long.sum()
    )
    told, avoided = float(e.told.sum()), float(e.long.sum())
    return told / whole if whole else np.nan, avoided / told if told else np.nan


def by_set(
    appraiser: Appraiser, sets: Mapping[str, Assumptions]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The result of each set of assumptions, side by side: all cases together, and case by case.

    Parameters
    ----------
    sets : dict of name to Assumptions
        The presets as they stand, and :data:`OWN` for the authority's own.

    Returns
    -------
    DataFrame, DataFrame
        One row a set, and one a set and case: ``set`` (``case_id``), ``inputs``, ``told_long``, ``avoided_short``,
        ``avoided_long``, ``saving_short``, ``saving_long`` (GBP), ``break_even_share`` (inputs over told_long),
        ``benefit_cost_ratio`` (blank where nothing divides); of a set also ``losses`` (cases with a net cost in the
        long term) and ``years`` (of the long term).
    """
    wholes, cases = [], []
    for name, a in sets.items():
        e, exposure = appraiser.evaluate(a, by_case=True, told=True), appraiser.exposure(a)
        parts = {
            "inputs": e.inputs,
            "told_long": e.told,
            "avoided_short": e.short,
            "avoided_long": e.long,
        }
        frame = pd.DataFrame({part: amounts[:, 0] for part, amounts in parts.items()})
        each = _ratios(frame)
        cases.append(each.assign(set=name, case_id=exposure.cases)[["set", "case_id", *each]])
        whole = _ratios(frame.sum().to_frame().T)
        losses = int((each["saving_long"] < 0).sum())
        wholes.append(
            whole.assign(set=name, losses=losses, years=a.long_years)[
                ["set", *whole, "losses", "years"]
            ]
        )
    return tuple(pd.concat(frames, ignore_index=True) for frames in (wholes, cases))


def _ratios(sums: pd.DataFrame) -> pd.DataFrame:
    sums = sums.round(2)
    inputs, told = sums["inputs"], sums["told_long"]
    return sums.assign(
        saving_short=(sums["avoided_short"] - inputs).round(2),
        saving_long=(sums["avoided_long"] - inputs).round(2),
        break_even_share=inputs / told.where(told > 0),
        benefit_cost_ratio=sums["avoided_long"] / inputs.where(inputs > 0),
    )


def studies(appraiser: Appraiser, a: Assumptions) -> pd.DataFrame:
    """What was believed of each rated future that counts, and what comparison studies found.

    Returns
    -------
    DataFrame, one row a future
        ``future``, ``told`` (cases), ``believed`` (mean chance), ``comparison_share`` (to whom it happened without
        the programme), ``prevented``, ``low``, ``high`` (share of such futures that the programme prevented, with its
        95% range; below 0 where it did harm): 0 to 1; ``person``, ``population``, ``months``, ``source``.
    """
    tables = (appraiser.tables[name] for name in ("futures", "moderation", "cases"))
    beside = costing.beside_base_rates(
        costing.judge(*tables, a.accept_at), appraiser.library.effects, a
    )
    shares = {
        name: 1 - beside[of].astype(float)
        for name, of in (("prevented", "risk_ratio"), ("low", "high"), ("high", "low"))
    }
    beside = beside.assign(comparison_share=beside["comparison_share"].astype(float), **shares)
    said = ["person", "population", "months", "source"]
    return beside[["future", "told", "believed", "comparison_share", *shares, *said]]


def strength(appraiser: Appraiser, a: Assumptions) -> pd.DataFrame:
    """How much of the long-term result rests on which evidence, on cases that leave something out, on unpriced futures.

    Returns
    -------
    DataFrame
        ``kind`` (``confidence``, ``conservative``, ``unpriced``), ``what``, ``number`` (cases or futures; blank for
        confidence), ``inputs``, ``avoided_long`` (GBP; blank for unpriced futures), ``avoided_share`` (of the gross).
    """
    resting = costing.rests_on(appraiser.ledger, appraiser.prices, appraiser.library.effects, a)
    links = resting.assign(kind="confidence", what=resting.index, number=np.nan)
    rows = links[["kind", "what", "number", "inputs", "avoided_long", "avoided_share"]].to_dict(
        "records"
    )
    exposure, e = appraiser.exposure(a), appraiser.evaluate(a, by_case=True)
    children = appraiser.tables["children"]
    short = {
        *exposure.unpriced["case_id"],
        *children.loc[children["in_futures"] == "no", "case_id"],
    }
    inside = np.array([case in short for case in exposure.cases], dtype=bool)
    for what, these in (("leaves_out", inside), ("whole", ~inside)):
        inputs, long, of = (float(part.sum()) for part in (e.inputs[these], e.long[these], e.long))
        share = long / of if of else 0.0
        rows.append(
            {
                "kind": "conservative",
                "what": what,
                "number": int(these.sum()),
                "inputs": round(inputs, 2),
                "avoided_long": round(long, 2),
                "avoided_share": share,
            }
        )
    for future, number in exposure.unpriced.groupby("future").size().items():
        rows.append({"kind": "unpriced", "what": future, "number": number})
    return pd.DataFrame(rows)
