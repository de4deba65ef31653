"""Scenarios: break-even, one and two assumptions at a time, switching values, and the sets side by side.

In: a return's clean tables, library, prices and ledger, assumptions and their ranges. Out: frames in GBP at the
price base, every result to the penny what the ledger would give (METHOD.md part 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
    "weighting": {"accepted": "certain", "expected": "by its likelihood", "observed": "as in comparison groups"},
    "accept_at": codes.LIKELIHOOD,
    "prevented": {"all": "all of them", "evidence": "what studies found", "low": "the low end of studies"},
}
OWN, REFERENCE = "own", "public_purse"
"""The name of the authority's own set, beside the presets'; the preset that is the reference case of every verdict."""
POINTS, ROUNDS, GRID = 33, 2, 21
"""Points and rounds of a search (to a thousandth of the range, then straight); points along a side of the surface."""
WHERE = ("in range", "beyond range", "none")


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
        Its input lines are used as they stand.
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
        """What counts under a set of assumptions; found once for each ``accept_at``, weighting and long term."""
        key = (a.accept_at, a.weighting, a.long_years)
        if key not in self._exposures:
            found = costing.expose(self.tables, self.library, self.prices, a, self.ledger, self.name)
            self._exposures[key] = found
        return self._exposures[key]

    def evaluate(self, a: Assumptions, table: costing.Values | None = None, by_case: bool = False,
                 told: bool = False) -> costing.Evaluated:  # fmt: skip
        """:func:`larcnb.costing.evaluate` of what counts under ``a``."""
        return costing.evaluate(self.exposure(a), a, table, by_case, told)

    def saving(self, a: Assumptions, table: costing.Values | None = None, horizon: str = "long") -> np.ndarray:
        """The saving of all cases, n values, GBP."""
        return self.evaluate(a, table).saving(horizon)


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
    reach : tuple of float
        The positions that are allowed.
    """

    name: str
    label: str
    central: str
    words: Callable[[Any], str]
    table: Callable[[np.ndarray], dict[str, np.ndarray]] | None = None
    choices: tuple = ()
    own: float = 0.5
    reach: tuple[float, float] = (-1.0, 2.0)


def ranges(a: Assumptions, log: Mapping[str, Mapping], notes: Mapping[str, Mapping] | None = None) -> dict[str, Any]:
    """The range of each assumption that the set uses: its preset's, or the one that came with an override.

    Parameters
    ----------
    a : Assumptions
    log : dict of assumption to its entry
        :attr:`larcnb.params.Preset.log`.
    notes : dict of assumption to dict, optional
        :attr:`larcnb.params.Authority.reasons`: ``low`` and ``high``, for a mapping mappings.

    Returns
    -------
    dict of assumption to (low, high), to a dict of such pairs, or for words to a tuple of them
        A range that does not hold the value is widened to it.
    """
    out: dict[str, Any] = {}
    for name in a.used:
        ends, said, value = log.get(name, {}).get("range"), (notes or {}).get(name, {}), getattr(a, name)
        own = said.get("low") is not None and said.get("high") is not None
        if name in KEYS:
            pairs = {key: (ends or {}).get(str(key)) for key in value}
            if own:
                pairs |= {key: (said["low"][key], said["high"][key]) for key in said["low"] if key in said["high"]}
            out[name] = {key: _widened(pair, value[key]) for key, pair in pairs.items() if pair}
        elif own:
            out[name] = _widened((said["low"], said["high"]), value)
        elif ends:
            out[name] = tuple(ends) if name in WORDS else _widened(ends, value) if name in LIMITS else ()
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
    out = {name: _choices(a, name, pair) if name in WORDS or name in WHOLE else _numbers(a, name, pair)
           for name, pair in found.items()}  # fmt: skip
    if a.prevented == "evidence":
        exposure, label = appraiser.exposure(a), appraiser.library.futures.set_index("future")["label"].to_dict()
        for future in sorted(set(exposure.futures["future"]) & set(exposure.effects.index)):
            row = exposure.effects.loc[future]
            value, low, high = (1 - float(row[of]) for of in ("risk_ratio", "high", "low"))
            out[f"risk_ratio.{future}"] = _between(
                f"risk_ratio.{future}", f"Share prevented, by studies: {label.get(future, future)}", value, low, high,
                (low - 1, 1.0), lambda share, key=f"risk_ratio.{future}": {key: 1 - share},
            )  # fmt: skip
    return {name: lever for name, lever in out.items() if lever}


def _choices(a: Assumptions, name: str, ends: tuple) -> Lever | None:
    value = getattr(a, name)
    if name in WHOLE:
        order = tuple(range(int(min(ends)), int(max(ends)) + 1))
        order = tuple(n for n in order if (n <= a.long_years if name == "short_years" else n >= a.short_years))
    elif name == "accept_at":
        known = list(WORDS[name])
        places = sorted(known.index(word) for word in {*ends, value})
        order = tuple(known[places[0] : places[-1] + 1])
    else:
        order = tuple(word for word in WORDS[name] if word in {*ends, value})
    say = lambda choice: in_words(name, choice)  # noqa: E731
    if len(order) < 2:
        return None
    return Lever(name, LABELS[name], say(value), say, choices=order, own=order.index(value))


def _numbers(a: Assumptions, name: str, ends: Any) -> Lever | None:
    value, (least, most) = getattr(a, name), LIMITS[name]
    if name not in KEYS:
        return _between(name, LABELS[name], value, *ends, (least, most), lambda at: {name: at})
    if all(low == high for low, high in ends.values()):
        return None

    def at(positions: np.ndarray) -> dict[str, np.ndarray]:
        return {f"{name}.{key}": _walk(positions, *pair, least, most) for key, pair in ends.items()}

    def words(position: float) -> str:
        return in_words(name, {key: _walk(np.array(position), *pair, least, most) for key, pair in ends.items()})

    return Lever(name, LABELS[name], in_words(name, value), words, at)


def _between(name: str, label: str, value: float, low: float, high: float, limits: tuple[float, float],
             table: Callable) -> Lever | None:  # fmt: skip
    if low == high:
        return None
    return Lever(
        name, label, _percent(value), lambda position: _percent(float(_walk(np.array(position), low, high, *limits))),
        lambda positions: table(_walk(positions, low, high, *limits)), own=(value - low) / (high - low),
    )  # fmt: skip


def _walk(position: np.ndarray, low: float, high: float, least: float, most: float) -> np.ndarray:
    """The value at a position: 0 low, 1 high, and on to what is allowed at -1 and 2."""
    return np.interp(position, [-1, 0, 1, 2], [least, low, high, most])


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
        return ", ".join(f"{codes.LIKELIHOOD.get(key, f'grade {key}').lower()} {_percent(float(value[key]))}"
                         for key in list(value)[-2:])  # fmt: skip
    return _percent(value)


def _percent(share: float) -> str:
    return f"{round(share * 100, 1):g}%".replace("-", "\N{MINUS SIGN}")


def tornado(appraiser: Appraiser, a: Assumptions, moved: Mapping[str, Lever], joint: Mapping[str, tuple],
            horizon: str = "long") -> pd.DataFrame:  # fmt: skip
    """The saving with one assumption at a time at each end of its 95% range.

    Parameters
    ----------
    moved : dict of name to Lever
        :func:`levers`.
    joint : dict of name to (table of two values, low in words, high in words)
        :func:`larcnb.sensitivity.monte_carlo.joint_ends`: unit costs, durations, hours.
    horizon : str
        ``short`` or ``long``.

    Returns
    -------
    DataFrame, the widest swing first
        ``assumption``, ``label``, ``central``, ``low_value``, ``high_value`` (in words), ``low_saving``,
        ``high_saving``, ``base`` (the saving as it stands), ``swing``: GBP.
    """
    base, rows = float(appraiser.saving(a, None, horizon)[0]), []

    def bar(name: str, label: str, central: str, words: Iterable[str], savings: Iterable[float]) -> None:
        ends = *map(float, savings), base
        rows.append((name, label, central, *words, *ends, max(ends) - min(ends)))

    for name, lever in moved.items():
        if lever.choices:
            ends = lever.choices[0], lever.choices[-1]
            savings = [appraiser.saving(a.with_overrides({name: end}), None, horizon)[0] for end in ends]
        else:
            ends = 0, 1
            savings = appraiser.saving(a, lever.table(np.array([0.0, 1.0])), horizon)
        bar(name, lever.label, lever.central, map(lever.words, ends), savings)
    for name, (table, *words) in joint.items():
        bar(name, LABELS[name], "as recorded" if name == "hours" else "as in the national tables", words,
            appraiser.saving(a, table, horizon))  # fmt: skip
    columns = ["assumption", "label", "central", "low_value", "high_value", "low_saving", "high_saving", "base"]
    frame = pd.DataFrame(rows, columns=[*columns, "swing"])
    return frame.sort_values(["swing", "assumption"], ascending=[False, True], ignore_index=True)


def switching(appraiser: Appraiser, a: Assumptions, moved: Mapping[str, Lever], horizon: str = "long") -> pd.DataFrame:
    """For each assumption the value at which the saving is nil, the others as they stand.

    Returns
    -------
    DataFrame, one row an assumption
        ``assumption``, ``label``, ``central``, ``low_value``, ``high_value``, ``switch`` (in words; blank where no
        value does), ``where``: :data:`WHERE`.
    """
    rows = []
    for name, lever in moved.items():
        if lever.choices:
            savings = [appraiser.saving(a.with_overrides({name: one}), None, horizon)[0] for one in lever.choices]
            other = [at for at, saving in enumerate(savings) if (saving >= 0) != (savings[int(lever.own)] >= 0)]
            at = min(other, key=lambda place, own=lever.own: abs(place - own)) if other else None
            ends, where = (lever.choices[0], lever.choices[-1]), "none" if at is None else "in range"
            switch = None if at is None else lever.choices[at]
        else:
            saving, ends, where = lambda at, of=lever: appraiser.saving(a, of.table(at), horizon), (0, 1), "in range"
            switch = _nil(saving, 0.0, 1.0, lever.own)
            if switch is None:
                switch, where = _nil(saving, *lever.reach, lever.own), "beyond range"
            where = "none" if switch is None else where
        low, high = map(lever.words, ends)
        rows.append({"assumption": name, "label": lever.label, "central": lever.central, "low_value": low,
                     "high_value": high, "switch": "" if switch is None else lever.words(switch),
                     "where": where})  # fmt: skip
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
    return pd.DataFrame({"chance": chance, "prevented": prevented, "saving": saving,
                         "break_even": np.tile(line, GRID)})  # fmt: skip


def averages(appraiser: Appraiser, a: Assumptions) -> tuple[float, float]:
    """The chance told and the share prevented of a set, each a mean by cost; blank where nothing is told.

    ``chance = told / told at chance 1; prevented = avoided / told``
    """
    e = appraiser.evaluate(a, told=True)
    whole = float(appraiser.evaluate(a.with_overrides({"weighting": "accepted", "prevented": "all"})).long.sum())
    told, avoided = float(e.told.sum()), float(e.long.sum())
    return told / whole if whole else np.nan, avoided / told if told else np.nan


def by_set(appraiser: Appraiser, sets: Mapping[str, Assumptions]) -> tuple[pd.DataFrame, pd.DataFrame]:
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
        frame = pd.DataFrame({"inputs": e.inputs[:, 0], "told_long": e.told[:, 0], "avoided_short": e.short[:, 0],
                              "avoided_long": e.long[:, 0]})  # fmt: skip
        each = _ratios(frame)
        cases.append(pd.concat([pd.DataFrame({"set": name, "case_id": list(exposure.cases)}), each], axis=1))
        whole = _ratios(frame.sum().to_frame().T)
        whole = whole.assign(losses=int((each["saving_long"] < 0).sum()), years=a.long_years)
        wholes.append(pd.concat([pd.DataFrame({"set": [name]}), whole], axis=1))
    return tuple(pd.concat(frames, ignore_index=True) for frames in (wholes, cases))


def _ratios(sums: pd.DataFrame) -> pd.DataFrame:
    sums = sums.round(2)
    inputs, told = sums["inputs"], sums["told_long"]
    return sums.assign(
        saving_short=(sums["avoided_short"] - inputs).round(2), saving_long=(sums["avoided_long"] - inputs).round(2),
        break_even_share=inputs / told.where(told > 0),
        benefit_cost_ratio=sums["avoided_long"] / inputs.where(inputs > 0),
    )  # fmt: skip


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
    beside = costing.beside_base_rates(costing.judge(*tables, a.accept_at), appraiser.library.effects, a)
    shares = {name: 1 - beside[of].astype(float) for name, of in
              (("prevented", "risk_ratio"), ("low", "high"), ("high", "low"))}  # fmt: skip
    beside = beside.assign(comparison_share=beside["comparison_share"].astype(float), **shares)
    said = ["person", "population", "months", "source"]
    return beside[["future", "told", "believed", "comparison_share", *shares, *said]]


def strength(appraiser: Appraiser, a: Assumptions, ledger: pd.DataFrame) -> pd.DataFrame:
    """How much of the long-term result rests on which evidence, on cases that leave something out, on unpriced futures.

    Parameters
    ----------
    ledger : DataFrame
        Priced under ``a``.

    Returns
    -------
    DataFrame
        ``kind`` (``confidence``, ``conservative``, ``unpriced``), ``what``, ``number`` (cases or futures; blank for
        confidence), ``inputs``, ``avoided_long`` (GBP; blank for unpriced futures), ``avoided_share`` (of the gross).
    """
    resting = costing.rests_on(ledger, appraiser.prices, appraiser.library.effects, a)
    links = resting.assign(kind="confidence", what=resting.index, number=np.nan)
    rows = links[["kind", "what", "number", "inputs", "avoided_long", "avoided_share"]].to_dict("records")
    exposure, e = appraiser.exposure(a), appraiser.evaluate(a, by_case=True)
    children = appraiser.tables["children"]
    short = {*exposure.unpriced["case_id"], *children.loc[children["in_futures"] == "no", "case_id"]}
    inside = np.array([case in short for case in exposure.cases], dtype=bool)
    for what, these in (("leaves_out", inside), ("whole", ~inside)):
        inputs, long, all_long = (float(part.sum()) for part in (e.inputs[these], e.long[these], e.long))
        share = long / all_long if all_long else 0.0
        rows.append({"kind": "conservative", "what": what, "number": int(these.sum()), "inputs": round(inputs, 2),
                     "avoided_long": round(long, 2), "avoided_share": share})  # fmt: skip
    for future, number in exposure.unpriced.groupby("future").size().items():
        rows.append({"kind": "unpriced", "what": future, "number": number})
    return pd.DataFrame(rows)
