"""Scenarios: break-even, one and two assumptions at a time, switching values, and the sets side by side.

In: a return's clean tables, library, prices and ledger, assumptions and their ranges. Out: frames in GBP at the
price base, every result to the penny what the ledger would give (docs/method.md part 4).
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from larcnb import codes, costing
from larcnb.library import Library, consistent
from larcnb.params import Assumptions
from larcnb.params.assumptions import KEYS, LIMITS, WHOLE

SAID = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
LABELS = SAID["labels"]
WORDS = SAID["choices"] | {"accept_at": codes.LIKELIHOOD}
"""The values of an assumption that has words, in their order."""
OWN, REFERENCE = "own", "public_purse"
"""The name of the authority's own set, beside the presets'; the preset that is the reference case of every verdict."""
PLACES = (-1, 0, 1, 2)
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
        Its input lines are used as they stand.
    name : str
        The authority's slug.
    """

    tables: Mapping[str, pd.DataFrame]
    library: Library
    prices: pd.DataFrame
    ledger: pd.DataFrame
    name: str
    _exposures: dict = field(default_factory=dict)
    _priced: dict = field(default_factory=dict)

    def exposure(self, a: Assumptions) -> costing.Exposure:
        """What counts under a set of assumptions; settled once for each set of what decides it."""
        key = (a.accept_at, a.weighting, a.long_years, a.follow_up)
        if key not in self._exposures:
            of = self.inputs, self._rows(a.accept_at), self.library.effects
            self._exposures[key] = costing.expose(*of, a)
        return self._exposures[key]

    @cached_property
    def inputs(self) -> tuple:
        """:func:`larcnb.costing.input_lines`."""
        return costing.input_lines(self.tables, self.ledger)

    def _rows(self, accept_at: str) -> list[dict]:
        if accept_at not in self._priced:
            moderated = costing.apply_moderation(self.tables, accept_at)
            counted = moderated[moderated["why_not"] == ""]
            prices = consistent(self.prices)
            self._priced[accept_at] = costing.priced_rows(counted, self.library, prices)
        return self._priced[accept_at]

    def evaluate(
        self, a: Assumptions, table: costing.Values | None = None, by_case: bool = False
    ) -> costing.Evaluated:
        """:func:`larcnb.costing.evaluate` of what counts under ``a``."""
        return costing.evaluate(self.exposure(a), a, table, by_case)

    def saving(self, a: Assumptions, table: costing.Values | None = None) -> np.ndarray:
        """The long-term saving of all cases, n values, GBP."""
        return self.evaluate(a, table).saving()


@dataclass(frozen=True)
class Sweep:
    """One thing that can be varied: a number along its range, or words and whole years in their order.

    Parameters
    ----------
    name, label : str
    value
        As it stands.
    choices : tuple
        Words or years in order: a place is one of them.
    stops : dict of key to four numbers
        Of a number under "", of a mapping under its keys, which go together: the values at the places -1 (the lowest
        allowed), 0 and 1 (the ends of the range) and 2 (the highest allowed); between them along straight lines.
    """

    name: str
    label: str
    value: Any
    choices: tuple = ()
    stops: Mapping[Any, tuple[float, ...]] = field(default_factory=dict)

    @property
    def varies(self) -> bool:
        """Its ends differ."""
        return len(self.choices) > 1 or any(low < high for _, low, high, _ in self.stops.values())

    @property
    def ends(self) -> tuple:
        """The places of the ends of the range."""
        return (self.choices[0], self.choices[-1]) if self.choices else (0.0, 1.0)

    @property
    def own(self) -> float:
        """Where the value as it stands lies; of choices its number among them, of a mapping the middle."""
        if self.choices:
            return self.choices.index(self.value)
        if self.name in KEYS:
            return 0.5
        _, low, high, _ = self.stops[""]
        return (self.value - low) / (high - low)

    def at(self, place: Any) -> dict[Any, np.ndarray]:
        """The numbers at a place, or at several, by key."""
        return {key: np.interp(place, PLACES, stops) for key, stops in self.stops.items()}

    def words(self, place: Any) -> str:
        """The value at a place, as a reader knows it."""
        if self.choices:
            return in_words(self.name, place)
        return in_words(self.name, self.at(place) if self.name in KEYS else self.at(place)[""])

    def savings(self, appraiser: Appraiser, a: Assumptions, places: Sequence) -> np.ndarray:
        """The saving at some places."""
        if self.choices:
            sets = [replace(a, **{self.name: choice}) for choice in places]
            return np.array([appraiser.saving(one)[0] for one in sets])
        numbers = {f"{self.name}.{key}".rstrip("."): of for key, of in self.at(places).items()}
        if self.name.startswith("risk_ratio."):
            numbers = {self.name: 1 - numbers[self.name]}
        return appraiser.saving(a, numbers)


def ranges(a: Assumptions, log: Mapping[str, Any], reasons: Mapping[str, Any]) -> dict[str, Any]:
    """The range of each assumption that the set uses: its preset's, or the one that came with an override.

    Parameters
    ----------
    a : Assumptions
    log : dict of assumption to its entry
        :attr:`larcnb.params.Preset.log`.
    reasons : dict of assumption to dict
        :attr:`larcnb.params.Authority.reasons`: its ``range``.

    Returns
    -------
    dict of assumption to (low, high), to a dict of such pairs, or for words to a tuple of them
        A range that does not hold the value is widened to it.
    """
    out: dict[str, Any] = {}
    for name in a.used:
        value = getattr(a, name)
        logged, own = (of.get(name, {}).get("range") for of in (log, reasons))
        if name in KEYS:
            pairs = {**(logged or {}), **(own or {})}
            known = [key for key in value if str(key) in pairs]
            out[name] = {key: _widened(pairs[str(key)], value[key]) for key in known}
        elif name in WORDS:
            out[name] = tuple(logged or ())
        elif name in LIMITS and (own or logged):
            out[name] = _widened(own or logged, value)
    return {name: pair for name, pair in out.items() if pair}


def _widened(pair: Iterable[float], value: float) -> tuple[float, float]:
    low, high = map(float, pair)
    return min(low, value), max(high, value)


def sweeps(
    appraiser: Appraiser, a: Assumptions, log: Mapping[str, Any], reasons: Mapping[str, Any]
) -> dict[str, Sweep]:
    """Each assumption the set uses that has a range, and the study of each rated future that counts.

    Follow-up only where a future told of is known to have come.

    Parameters
    ----------
    log, reasons : dict
        As :func:`ranges`.

    Returns
    -------
    dict of name to Sweep
        Those whose ends differ; a study is called ``risk_ratio.<future>`` and varies the share prevented.
    """
    moved, known, followed = [], ranges(a, log, reasons), appraiser.tables["follow_up"]
    if not (followed["happened"].eq("yes") & followed["future"].ne(codes.RE_REFERRAL)).any():
        known.pop("follow_up", None)  # it moves nothing
    for name, ends in known.items():
        sweep = Sweep(name, LABELS[name], getattr(a, name))
        if name in WORDS or name in WHOLE:
            moved.append(replace(sweep, choices=_choices(a, name, ends)))
        else:
            least, most = LIMITS[name]
            pairs = ends if name in KEYS else {"": ends}
            stops = {key: (least, *pair, most) for key, pair in pairs.items()}
            moved.append(replace(sweep, stops=stops))
    if a.prevented == "evidence":
        exposure = appraiser.exposure(a)
        labels = appraiser.library.futures.set_index("future")["label"].to_dict()
        prevented = 1 - exposure.effects[["risk_ratio", "high", "low"]].astype(float)
        for future in sorted({row.future for row in exposure.cases_of} & {*prevented.index}):
            value, low, high = map(float, prevented.loc[future])
            name, label = f"risk_ratio.{future}", f"Share prevented, by studies: {labels[future]}"
            moved.append(Sweep(name, label, value, stops={"": (low - 1, low, high, 1.0)}))
    return {sweep.name: sweep for sweep in moved if sweep.varies}


def _choices(a: Assumptions, name: str, ends: tuple) -> tuple:
    """Years from end to end within what is allowed; the words of the range and the value, in order."""
    if name in WHOLE:
        low, high = (1, a.long_years) if name == "short_years" else (a.short_years, LIMITS[name][1])
        return tuple(range(max(low, int(min(ends))), min(high, int(max(ends))) + 1))
    known = tuple(WORDS[name])
    order = tuple(word for word in known if word in {*ends, getattr(a, name)})
    if name == "accept_at":  # every word between is a threshold too
        order = known[known.index(order[0]) : known.index(order[-1]) + 1]
    return order


def in_words(name: str, value: Any) -> str:
    """A value as a reader knows it; of a mapping only its last two keys.

    Examples
    --------
    >>> in_words("drop_off", 0.05), in_words("long_years", 15), in_words("follow_up", "apply")
    ('5%', '15 years', 'not counted')
    """
    if name in WORDS:
        return WORDS[name][value].lower()
    if name in WHOLE:
        return f"{value:g} years" if value != 1 else "1 year"
    if name in KEYS:
        last = {codes.LIKELIHOOD.get(key, f"grade {key}"): value[key] for key in list(value)[-2:]}
        return ", ".join(f"{of.lower()} {percent(float(share))}" for of, share in last.items())
    return percent(value)


def percent(share: float) -> str:
    """A share in per cent, to a tenth at most."""
    return f"{round(share * 100, 1):g}%".replace("-", "\N{MINUS SIGN}")


def tornado(
    appraiser: Appraiser, a: Assumptions, moved: Mapping[str, Sweep], joint: Mapping[str, tuple]
) -> pd.DataFrame:
    """The saving with one assumption at a time at each end of its 95% range.

    Parameters
    ----------
    moved : dict of name to Sweep
        :func:`sweeps`.
    joint : dict of name to (table of two values, low in words, high in words)
        :func:`larcnb.sensitivity.monte_carlo.joint_ends`: unit costs, durations, hours.

    Returns
    -------
    DataFrame, the widest swing first
        ``assumption``, ``label``, ``central``, ``low_value``, ``high_value`` (in words), ``low_saving``,
        ``high_saving``, ``base`` (the saving as it stands), ``swing``: GBP.
    """
    rows = [
        (*_named(name, sweep), *sweep.savings(appraiser, a, sweep.ends))
        for name, sweep in moved.items()
    ]
    for name, (table, *words) in joint.items():
        central = "as recorded" if name == "hours" else "as in the national tables"
        rows.append((name, LABELS[name], central, *words, *appraiser.saving(a, table)))
    frame = pd.DataFrame(rows, columns=[*NAMED, "low_saving", "high_saving"])
    frame = frame.assign(base=appraiser.saving(a)[0])
    savings = frame[["low_saving", "high_saving", "base"]].astype(float)
    frame = frame.assign(swing=savings.max(axis=1) - savings.min(axis=1))
    return frame.sort_values(["swing", "assumption"], ascending=[False, True], ignore_index=True)


NAMED = ["assumption", "label", "central", "low_value", "high_value"]


def _named(name: str, sweep: Sweep) -> tuple[str, ...]:
    central = in_words(name, sweep.value)
    return (name, sweep.label, central, *map(sweep.words, sweep.ends))


def switching(appraiser: Appraiser, a: Assumptions, moved: Mapping[str, Sweep]) -> pd.DataFrame:
    """For each assumption the value at which the saving is nil, the others as they stand.

    Returns
    -------
    DataFrame, one row an assumption
        ``assumption``, ``label``, ``central``, ``low_value``, ``high_value``, ``switch`` (in words; blank where no
        value does), ``where`` (``in range``, ``beyond range``, ``none``).
    """
    rows = []
    for name, sweep in moved.items():
        saving, where = partial(sweep.savings, appraiser, a), "in range"
        if sweep.choices:
            saves = saving(sweep.choices) >= 0
            other = np.flatnonzero(saves != saves[sweep.own])
            nearest = other[np.abs(other - sweep.own).argmin()] if len(other) else None
            switch = None if nearest is None else sweep.choices[nearest]
        else:
            switch = _nil(saving, 0.0, 1.0, sweep.own)
            if switch is None:
                switch, where = _nil(saving, -1.0, 2.0, sweep.own), "beyond range"
        turns = ("", "none") if switch is None else (sweep.words(switch), where)
        rows.append((*_named(name, sweep), *turns))
    return pd.DataFrame(rows, columns=[*NAMED, "switch", "where"])


def _nil(saving: Callable, low: float, high: float, start: float) -> float | None:
    """The place nearest to ``start`` where the saving changes sign, or None."""
    for _ in range(ROUNDS):
        at = np.linspace(low, high, POINTS)
        values = saving(at)
        positive = values >= 0
        turns = np.flatnonzero(positive[1:] != positive[:-1])
        if not len(turns):
            return None
        turn = min(turns, key=lambda place: abs((at[place] + at[place + 1]) / 2 - start))
        low, high = at[turn], at[turn + 1]
    below, above = values[turn], values[turn + 1]
    return float(low + (high - low) * below / (below - above))


def surface(appraiser: Appraiser, a: Assumptions) -> pd.DataFrame:
    """The saving over the chance told and the share prevented, alike for every future that counts.

    Returns
    -------
    DataFrame, :data:`GRID` squared rows
        ``chance``, ``prevented`` (0 to 1), ``saving`` (GBP, long term), ``break_even`` (the share prevented at which
        the saving is nil at this chance; above 1 where even all would not do, blank where nothing is told).
    """
    alike, side = certain(a), np.linspace(0, 1, GRID)
    points = dict(zip(("chance", "prevented"), map(np.ravel, np.meshgrid(side, side)), strict=True))
    whole = appraiser.evaluate(alike)
    told = side * whole.long.sum()
    line = np.divide(whole.inputs.sum(), told, out=np.full(GRID, np.nan), where=told > 0)
    saving = appraiser.saving(alike, points)
    return pd.DataFrame({**points, "saving": saving, "break_even": np.tile(line, GRID)})


def certain(a: Assumptions) -> Assumptions:
    """The set, but with every future told that counts certain without help, and wholly prevented."""
    return replace(costing.all_prevented(a), weighting="accepted")


def averages(appraiser: Appraiser, a: Assumptions) -> tuple[float, float]:
    """The chance told and the share prevented of a set, 0 to 1, each a mean by cost; blank where nothing is told.

    ``chance = told / told at chance 1; prevented = avoided / told``
    """
    sets = certain(a), costing.all_prevented(a), a
    whole, told, avoided = (float(appraiser.evaluate(one).long.sum()) for one in sets)
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
    for a in sets.values():
        e, told = (appraiser.evaluate(of, by_case=True) for of in (a, costing.all_prevented(a)))
        parts = {"inputs": e.inputs, "told_long": told.long}
        parts |= {"avoided_short": e.short, "avoided_long": e.long}
        frame = pd.DataFrame({part: amounts[:, 0] for part, amounts in parts.items()})
        each, whole = _ratios(frame), _ratios(frame.sum().to_frame().T)
        each.insert(0, "case_id", list(appraiser.exposure(a).cases))
        losses = int((each["saving_long"] < 0).sum())
        cases.append(each)
        wholes.append(whole.assign(losses=losses, years=a.long_years))
    both = (pd.concat(frames, keys=list(sets), names=["set"]) for frames in (wholes, cases))
    return tuple(frame.reset_index("set").reset_index(drop=True) for frame in both)


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
    effects = appraiser.library.effects
    moderated = costing.apply_moderation(appraiser.tables, a.accept_at)
    counted = moderated[moderated["why_not"].eq("") & moderated["future"].isin(effects.index)]
    counted = counted.assign(believed=costing.chances(counted, effects, a))
    told = counted.groupby("future").agg(told=("case_id", "size"), believed=("believed", "mean"))
    numbers = ["comparison_share", "risk_ratio", "high", "low"]
    beside = told.join(effects).astype(dict.fromkeys(numbers, float)).reset_index()
    prevented = 1 - beside[["risk_ratio", "high", "low"]]
    beside[["prevented", "low", "high"]] = prevented.to_numpy()
    shares = ["future", "told", "believed", "comparison_share", "prevented", "low", "high"]
    return beside[[*shares, "person", "population", "months", "source"]]
