"""Monte Carlo within a set of assumptions: estimates and prices are drawn, conventions never are.

In: what counts, assumptions, ranges and spreads. Out: :class:`Simulation` and its intervals, GBP at the price base.
One seeded table of draws serves everything: each uncertain thing has a stream of its own, found by its name and the
seed, so that an item has the same draws in every case, set and authority, and a round can be summed draw by draw
(docs/method.md part 4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log as ln
from math import log1p, sqrt

import numpy as np
import pandas as pd

from larcnb import codes, costing
from larcnb.params import Assumptions
from larcnb.params.assumptions import LIMITS, by_key
from larcnb.params.spread import Spread
from larcnb.sensitivity.scenarios import SAID, Appraiser, certain, ranges

GROUPS, IN_SHORT = SAID["groups"], SAID["in_short"]
"""What is uncertain, by kind, and the same in a sentence; kinds are sampled independently of each other."""
SCORES = np.linspace(-6.0, 6.0, 1201)
"""Normal scores at which a distribution's quantiles are worked out; between them they are interpolated."""
SHOWN = {"low80": 0.1, "high80": 0.9, "low95": 0.025, "high95": 0.975}
INTERVAL = ["mean", "median", *SHOWN, "chance"]
HORIZONS = ("short", "long")


@dataclass(frozen=True)
class Uncertain:
    """One thing that is drawn, or an estimate that is held because its range is not known.

    Parameters
    ----------
    name : str
        As in a table of :func:`larcnb.costing.evaluate`.
    distribution : str
        In words; ``held`` where it is not drawn.
    value : float
        Its value and the mean of what is drawn; 1 for a factor.
    quantiles : array of len(SCORES)
        The values at :data:`SCORES`.
    because : str
        Where its width is from.
    """

    name: str
    distribution: str
    value: float
    quantiles: np.ndarray
    because: str

    def at(self, scores: np.ndarray) -> np.ndarray:
        """The values at normal scores."""
        return np.interp(scores, SCORES, self.quantiles)


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one name: PCG64, its seed sequence spawned by the name's SHA-256."""
    key = np.frombuffer(hashlib.sha256(name.encode("utf-8")).digest(), "<u4", count=4).tolist()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


@lru_cache(maxsize=4096)
def scores(seed: int, name: str, n: int) -> np.ndarray:
    """The n normal scores of one name: held once, whatever the number of sets that use them."""
    return stream(seed, name).standard_normal(n)


@lru_cache(maxsize=1024)
def _drawn(seed: int, n: int, name: str, shared: str, share: float, quantiles: bytes) -> np.ndarray:
    """The n values of one name: sets that hold it alike have one array of them."""
    normal = scores(seed, name, n)
    if shared:
        normal = sqrt(share) * scores(seed, shared, n) + sqrt(1 - share) * normal
    return np.interp(normal, SCORES, np.frombuffer(quantiles))


def gamma(variation: float, u: np.ndarray) -> np.ndarray:
    """Quantiles of a Gamma with mean 1 and this coefficient of variation."""
    from scipy.special import gammaincinv

    if variation <= 0:
        return np.ones_like(u)
    return gammaincinv(variation**-2, u) * variation**2


@lru_cache(maxsize=1024)
def _gamma_at_scores(variation: float) -> np.ndarray:
    from scipy.special import ndtr

    return gamma(variation, ndtr(SCORES))


def beta(
    value: float, low: float, high: float, limits: tuple[float, float], z: float, u: np.ndarray
) -> np.ndarray:
    """Quantiles of a Beta over what is allowed, its mean the value, its sd ``(high - low) / 2z``.

    An sd that would leave no single peak is narrowed to the widest that has one.
    """
    from scipy.special import betaincinv

    least, most = limits
    mean, sd = (value - least) / (most - least), (high - low) / (2 * z) / (most - least)
    room = mean * (1 - mean)
    sd = min(sd, sqrt(room * min(mean, 1 - mean) / (1 + min(mean, 1 - mean)))) if room > 0 else 0.0
    if sd <= 0:
        return np.full_like(u, value)
    size = room / sd**2 - 1
    return least + (most - least) * betaincinv(mean * size, (1 - mean) * size, u)


def lognormal(value: float, variation: float, at: np.ndarray) -> np.ndarray:
    """Quantiles of a lognormal with this mean and this sd of its logarithm, at normal scores."""
    return value * np.exp(variation * at - variation**2 / 2)


def triangular(half: float, u: np.ndarray) -> np.ndarray:
    """Quantiles of a symmetric triangle around 1."""
    return 1 + half * np.where(u < 0.5, np.sqrt(2 * u) - 1, 1 - np.sqrt(2 * (1 - u)))


def uncertain(simulation: Simulation) -> Iterator[Uncertain]:
    """Everything that is uncertain in a set and shared by cases: estimates, unit values, durations, risk ratios.

    Conventions (by their ``role``) define the set and are not drawn; an estimate overridden without low and high is
    held.

    Source
    ------
    docs/method.md part 4: unit values Gamma, durations triangular, risk ratios lognormal, shares Beta, each with its
    value as its mean.
    """
    from scipy.special import ndtr, ndtri

    a, spread, log = simulation.a, simulation.spread, simulation.log
    exposure, u = simulation.appraiser.exposure(a), ndtr(SCORES)
    z = float(ndtri((1 + spread.interval) / 2))
    items = {item for _, item, _ in exposure.input_types} | {row.item for row in exposure.cases_of}
    for row in simulation.appraiser.prices.loc[sorted(items)].itertuples():
        cv, because = float(spread.unit_value[int(row.grade)]), f"grade {int(row.grade)}"
        if row.high > row.low:  # not where either is blank
            cv, because = (row.high - row.low) / (2 * z) / row.value, "published low and high"
        yield Uncertain(f"unit.{row.Index}", "Gamma", 1.0, _gamma_at_scores(cv), because)
    futures, lasts = sorted({row.future for row in exposure.cases_of}), triangular(spread.years, u)
    for future in futures:
        because = "half width of the spreads"
        yield Uncertain(f"years.{future}", "triangular", 1.0, lasts, because)
    rated = exposure.effects if a.prevented == "evidence" else exposure.effects[:0]
    for future in (future for future in futures if future in rated.index):
        ratio, low, high = rated.loc[future, ["risk_ratio", "low", "high"]].astype(float)
        # a lognormal has no lower end at 0
        sd = ln(high / low) / (2 * z) if low else ln(high / ratio) / z if ratio else 0.0
        drawn = lognormal(ratio, sd, SCORES)
        yield Uncertain(f"risk_ratio.{future}", "lognormal", ratio, drawn, "range of the studies")
    words, ends = {row.likelihood for row in exposure.cases_of}, ranges(a, log, simulation.reasons)
    for name in (name for name in a.used if name in GROUPS):
        if log.get(name, {}).get("role", "estimate") != "estimate":
            continue
        whose = "authority's own value" if name in simulation.overrides else "preset"
        for full, value, pair in by_key(name, getattr(a, name), ends.get(name)):
            key = full.partition(".")[2]
            if key and key not in words:
                continue
            if pair and not _is_held(simulation, name, key):
                drawn = beta(value, *pair, LIMITS[name], z, u)
                yield Uncertain(full, "Beta", value, drawn, f"range of the {whose}")
            else:
                drawn, because = np.full_like(u, value), "overridden without low and high"
                yield Uncertain(full, "held", value, drawn, because)


def _is_held(simulation: Simulation, name: str, key: str) -> bool:
    """Whether an estimate was overridden without low and high."""
    overrides, own = simulation.overrides, simulation.reasons.get(name, {}).get("range")
    if name not in overrides or (key and key not in overrides[name]):
        return False
    return not own or bool(key and key not in own)


def group_of(name: str) -> str:
    """The kind of a name in a table of draws."""
    first = name.partition(".")[0]
    return "hours" if first == "quantity" else first


@dataclass(frozen=True, repr=False)
class Simulation:
    """A set of assumptions drawn n times, all cases together at their expected value.

    Parameters
    ----------
    appraiser : Appraiser
    a : Assumptions
    log : dict of assumption to its entry
        :attr:`larcnb.params.Preset.log`.
    overrides, reasons : dict
        The authority's overrides, and what came with each.
    spread : Spread
    n, seed : int
    """

    appraiser: Appraiser
    a: Assumptions
    log: Mapping[str, Mapping]
    overrides: Mapping
    reasons: Mapping[str, Mapping]
    spread: Spread
    n: int
    seed: int

    @cached_property
    def parameters(self) -> list[Uncertain]:
        """:func:`uncertain`."""
        return list(uncertain(self))

    @cached_property
    def table(self) -> dict[str, np.ndarray]:
        """The table of draws: a name to n values; each case has hours and quantities of its own."""
        out, share = {}, self.spread.dependence
        for one in (one for one in self.parameters if one.distribution != "held"):
            # one draw for the whole mapping of words
            group, shared, part = group_of(one.name), "", 0.0
            own = group if group == "probability" else one.name
            if group in ("unit", "years"):
                shared, part = f"shared.{group}", share
            out[one.name] = _drawn(self.seed, self.n, own, shared, part, one.quantiles.tobytes())
        return out | self.own_inputs

    @cached_property
    def own_inputs(self) -> dict[str, np.ndarray]:
        """Each case's draws of hours and quantities."""
        out = {}
        for case in self.appraiser.exposure(self.a).cases:
            for part in ("hours", "quantity"):
                sd = sqrt(log1p(getattr(self.spread, part) ** 2))
                drawn = scores(self.seed, f"{part}.{self.appraiser.name}.{case}", self.n)
                out[f"{part}.{case}"] = lognormal(1.0, sd, drawn)
        return out

    def evaluate(self, table: Mapping[str, np.ndarray], by_case: bool = False) -> costing.Evaluated:
        """The result of a table of draws, n values whatever is in it."""
        return self.appraiser.evaluate(self.a, {"draw": np.ones(self.n), **table}, by_case)

    @cached_property
    def deterministic(self) -> costing.Evaluated:
        """The result at central values, all cases together: one set of values, nothing drawn."""
        return self.appraiser.evaluate(self.a)

    @cached_property
    def drawn(self) -> costing.Evaluated:
        """The result of the draws, all cases together: n sets of values."""
        return self.evaluate(self.table)

    @cached_property
    def by_hours(self) -> np.ndarray:
        """Inputs of all cases with nothing but hours and quantities drawn, n values, GBP."""
        return self.evaluate(self.own_inputs).inputs[0]

    @property
    def groups(self) -> list[str]:
        """The kinds that are drawn, keys of :data:`GROUPS`."""
        present = {group_of(name) for name in self.table}
        return [group for group in GROUPS if group in present]

    @property
    def chance_stated(self) -> bool:
        """Whether a chance of saving may be stated: both the chance of a future and what was prevented are drawn."""
        prevented = {"risk_ratio", "default_prevented"} & set(self.groups)
        return "probability" in self.groups and bool(prevented)

    @property
    def totals(self) -> tuple[np.ndarray, np.ndarray]:
        """Cost avoided in the long term and inputs of all cases, n draws each."""
        return self.drawn.long.sum(0), self.drawn.inputs.sum(0)

    @cached_property
    def catalogue(self) -> pd.DataFrame:
        """One row a shared uncertain thing: ``name``, ``group``, ``distribution``, ``central``, ``mean``, ``low``,
        ``high`` (95% ends; factors for unit costs and durations) and ``because``."""  # noqa: D205
        from scipy.special import ndtri

        ends, rows = ndtri([SHOWN["low95"], SHOWN["high95"]]), []
        for one in self.parameters:
            what = one.name, group_of(one.name), one.distribution, one.value
            mean = float(np.mean(self.table.get(one.name, one.value)))
            rows.append((*what, mean, *map(float, one.at(ends)), one.because))
        columns = ["name", "group", "distribution", "central", "mean", "low", "high", "because"]
        return pd.DataFrame(rows, columns=columns)


def joint_ends(simulation: Simulation) -> dict[str, tuple]:
    """The ends of what moves together, for the tornado: a table of two values, and each end in words.

    Unit costs and durations at the 95% ends of the factor that each kind shares, with nothing of their own; hours and
    quantities, which share none, at the 95% ends of what they do to all inputs together.

    Returns
    -------
    dict of ``unit``, ``years``, ``hours`` to (table, low in words, high in words)
    """
    from scipy.special import ndtri

    spread, out = simulation.spread, {}
    ends = np.array([-1.0, 1.0]) * float(ndtri((1 + spread.interval) / 2)) * sqrt(spread.dependence)
    for group in ("unit", "years"):
        those = (one for one in simulation.parameters if group_of(one.name) == group)
        table = {one.name: one.at(ends) for one in those}
        if table:
            middle = np.median(np.array(list(table.values())), axis=0)
            out[group] = (table, *(f"{factor:.2f} times" for factor in middle))
    whole = simulation.deterministic.inputs.sum()
    if whole:
        both = np.quantile(simulation.by_hours / whole, [SHOWN["low95"], SHOWN["high95"]])
        words = (f"{factor:.2f} times" for factor in both)
        out["hours"] = ({"hours": both, "quantity": both}, *words)
    return out


def interval(drawn: np.ndarray, chance_stated: bool) -> dict[str, float]:
    """Mean, median, 80% and 95% interval, and the chance of being at or above nil (blank where not stated).

    Examples
    --------
    >>> interval(np.arange(-10.0, 11.0), False)["high80"]
    8.0
    """
    ends = np.quantile(drawn, [0.5, *SHOWN.values()])
    ends = dict(zip(["median", *SHOWN], map(float, ends), strict=True))
    chance = float((drawn >= 0).mean()) if chance_stated else np.nan
    return {"mean": float(drawn.mean()), **ends, "chance": chance}


def savings(simulation: Simulation) -> pd.DataFrame:
    """The saving of all cases together, GBP: ``horizon``, ``drawn`` (what is), ``central`` and :func:`interval`."""
    kinds = ", ".join(IN_SHORT[group] for group in simulation.groups)
    exact, drawn = (map(e.saving, HORIZONS) for e in (simulation.deterministic, simulation.drawn))
    return _intervals(simulation, {"horizon": HORIZONS, "drawn": kinds}, exact, drawn)


def _intervals(
    simulation: Simulation, named: dict, exact: Iterable[np.ndarray], drawn: Iterable[np.ndarray]
) -> pd.DataFrame:
    """One row a result: what it is, ``central`` and :func:`interval`."""
    rows = [interval(of, simulation.chance_stated) for of in drawn]
    central = [round(float(value[0]), 2) for value in exact]
    return pd.DataFrame(named | {"central": central}).join(pd.DataFrame(rows, columns=INTERVAL))


def fan(simulation: Simulation) -> pd.DataFrame:
    """The saving up to the end of each year, GBP: ``year`` (0: end of the episode), ``central``, :func:`interval`."""

    def cumulative(e: costing.Evaluated) -> np.ndarray:
        from_nil = np.vstack([np.zeros_like(e.by_year[:1]), e.by_year])
        return np.cumsum(from_nil, axis=0) - e.inputs.sum(0)

    exact, drawn = map(cumulative, (simulation.deterministic, simulation.drawn))
    return _intervals(simulation, {"year": range(len(drawn))}, exact, drawn)


def net_by_payer(e: costing.Evaluated) -> dict[str, np.ndarray]:
    """What each payer avoids in the long term less what it pays, in the order of the vocabulary."""
    none = np.zeros(e.short.shape[1])
    those = (payer for payer in codes.PAYER if payer in e.avoided or payer in e.paid)
    return {payer: e.avoided.get(payer, none) - e.paid.get(payer, none) for payer in those}


def payers(simulation: Simulation) -> pd.DataFrame:
    """What each payer gains or loses in the long term, GBP: ``payer``, ``central`` and :func:`interval` of the net."""
    exact, drawn = net_by_payer(simulation.deterministic), net_by_payer(simulation.drawn)
    central = (exact[payer] for payer in drawn)
    return _intervals(simulation, {"payer": list(drawn)}, central, drawn.values())


def cases(simulation: Simulation) -> pd.DataFrame:
    """Each case's long-term saving with chance variation: each of its futures comes or does not.

    Of a future with chance p0 and share prevented v, help avoids one with chance ``p0 |v|``, and brings one about
    where v is below 0.

    Returns
    -------
    DataFrame, one row a case
        ``case_id``, ``central`` (expected value) and :func:`interval`: GBP.
    """
    a, appraiser, table = simulation.a, simulation.appraiser, simulation.table
    exposure = appraiser.exposure(a)
    own, alike = (costing.central(exposure.effects, of) | table for of in (a, certain(a)))
    savings = -simulation.evaluate(table, by_case=True).inputs
    for row, _, _, pence in costing.yearly(exposure.cases_of, certain(a), alike):
        p0 = costing.chance(a, own, row.future, row.likelihood)
        net = p0 * costing.prevented(a, own, row.future)
        for case in exposure.cases_of[row]:
            name = f"comes.{appraiser.name}.{exposure.cases[case]}.{row.future}"
            rank = stream(simulation.seed, name).random(simulation.n)
            comes = np.sign(net) * np.floor(np.abs(net) + rank)  # 1 or 0; its mean is the chance
            savings[case] += comes * (pence.sum(0) / 100)
    exact = appraiser.evaluate(a, by_case=True)
    central = exact.long - exact.inputs
    return _intervals(simulation, {"case_id": list(exposure.cases)}, central, savings)


def by_draw(simulations: Mapping[str, Simulation]) -> pd.DataFrame:
    """The results of one authority by draw, ``draws.parquet``: a row a draw, so that authorities can be summed.

    Parameters
    ----------
    simulations : dict of set to Simulation

    Returns
    -------
    DataFrame, n rows
        For each set ``<set>.inputs``, ``<set>.avoided_short``, ``<set>.avoided_long`` and ``<set>.net.<payer>``:
        whole pence; ``<set>.chance_stated`` (bool, the same in every row).
    """
    columns = {}
    for name, one in simulations.items():
        drawn = one.drawn
        parts = {"inputs": drawn.inputs.sum(0), "avoided_short": drawn.short.sum(0)}
        parts["avoided_long"] = drawn.long.sum(0)
        parts |= {f"net.{payer}": net for payer, net in net_by_payer(drawn).items()}
        pence = {part: np.rint(amount * 100).astype(np.int64) for part, amount in parts.items()}
        columns |= {f"{name}.{part}": amount for part, amount in pence.items()}
        columns[f"{name}.chance_stated"] = np.full(drawn.short.shape[1], one.chance_stated)
    return pd.DataFrame(columns)


def round_draws(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The intervals of a round: its authorities' results summed draw by draw.

    Parameters
    ----------
    frames : dict of authority to DataFrame
        :func:`by_draw` of each, with the same seed and number of draws. A set that an authority lacks is left out.

    Returns
    -------
    DataFrame
        ``set``, ``horizon`` (``short``, ``long``, and for the long term ``net.<payer>``), the columns of
        :func:`interval` (GBP; chance blank where not stated) and ``chance_stated``.
    """
    frames = [of for of in frames.values() if len(of)]
    whole, rows = pd.DataFrame(), []
    for frame in frames:
        whole = whole.add(frame.select_dtypes("number"), fill_value=0)
    spent = [name for name in (frames or [whole])[0] if name.endswith(".inputs")]
    for inputs in (inputs for inputs in spent if all(inputs in frame for frame in frames)):
        name = inputs.removesuffix(".inputs")
        # who has no future told has nothing to draw
        told = [frame for frame in frames if frame[f"{name}.avoided_long"].any()]
        stated = bool(told) and all(bool(frame[f"{name}.chance_stated"].iloc[0]) for frame in told)
        results = {of: whole[f"{name}.avoided_{of}"] - whole[inputs] for of in HORIZONS}
        nets = {f"net.{payer}": whole.get(f"{name}.net.{payer}") for payer in codes.PAYER}
        results |= {part: net for part, net in nets.items() if net is not None}
        for horizon, drawn in results.items():
            row = {"set": name, "horizon": horizon, "chance_stated": stated}
            rows.append(row | interval(drawn / 100, stated))
    return pd.DataFrame(rows, columns=["set", "horizon", *INTERVAL, "chance_stated"])
