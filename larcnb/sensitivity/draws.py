"""The draw table: one seeded table of draws shared by every case, authority and result (METHOD.md part 4).

In: unit costs, ranges and spreads. Out: :class:`Draws`. Each uncertain thing has a stream of its own, found by its
name (``unit.social_worker``, ``hours.<case>``) and the seed, never by its place: the order of cases, the size of a
chunk and the number of workers change nothing, and an item has the same draws for every authority.
"""

from __future__ import annotations

import hashlib
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log, log1p, sqrt

import numpy as np
import pandas as pd

from larcnb.params import Assumptions
from larcnb.sensitivity.model import Model
from larcnb.sensitivity.ranges import Range
from larcnb.sensitivity.spread import Spread

SHARES = ("deadweight", "attribution", "drop_off")
FINE, SHIFT = 1 << 16, 4
COARSE = FINE >> SHIFT
"""Steps of a Bernoulli draw's uniform; equally likely values by which a case's own lognormal is drawn."""
EDGE = 1e-9


@dataclass(frozen=True, repr=False)
class Draws:
    """One table of draws.

    Parameters
    ----------
    seed, n : int
    spread : Spread
    scale : float
        1 as drawn; 0 holds everything at its central value; between, draws are pulled in towards it.
    values : dict of name to array of n
        The shared draws, under the names of :func:`larcnb.sensitivity.model.central`.
    known : tuple of (dict, array)
        What is known of each shared uncertain thing, and its draws before ``scale``.
    """

    seed: int
    n: int
    spread: Spread
    scale: float
    values: Mapping[str, np.ndarray]
    known: tuple[tuple[dict, np.ndarray], ...]

    def __repr__(self) -> str:
        return f"{self.n:,} draws of {len(self.known)} shared uncertain values, seed {self.seed}"

    @cached_property
    def catalogue(self) -> pd.DataFrame:
        """One row a shared uncertain thing.

        ``name``, ``group``, ``kind`` (distribution), ``central``, ``mean``, ``sd``, ``low``, ``high`` (ends of the
        interval; factors for unit costs and durations) and ``because``.
        """
        tail = (1 - self.spread.interval) / 2
        ends = [np.quantile(drawn, [tail, 1 - tail]) for _, drawn in self.known]
        rows = [{**known, "mean": drawn.mean(), "sd": drawn.std(), "low": low, "high": high}
                for (known, drawn), (low, high) in zip(self.known, ends, strict=True)]  # fmt: skip
        columns = ["name", "group", "kind", "central", "mean", "sd", "low", "high", "because"]
        return pd.DataFrame(rows, columns=columns)

    def own_factors(self, case: str, out: np.ndarray | None = None) -> np.ndarray:
        """A case's own factors of hours and of quantities, lognormal with mean 1: 2 x n, into ``out`` where given."""
        out = np.empty((2, self.n)) if out is None else out
        single = out.dtype == np.float32
        luck = sixteenths(self.seed, f"own.{case}", 2 * self.n)
        luck >>= SHIFT
        for part, variation in enumerate((self.spread.hours, self.spread.quantity)):
            _lognormal(variation, single).take(luck[part * self.n : (part + 1) * self.n], out=out[part], mode="clip")
        if self.scale != 1:
            out -= 1
            out *= self.scale
            out += 1
        return out

    def happens(self, future_of_case: str, limit: np.ndarray | None) -> np.ndarray:
        """Whether a future of a case happens, yes or no, with the chance whose :func:`odds` are given."""
        if limit is None:
            return np.ones(self.n, dtype=bool)
        return sixteenths(self.seed, f"happens.{future_of_case}", self.n) < limit

    def belief(self, name: str, mean: np.ndarray, concentration: float, centre: np.ndarray) -> np.ndarray:
        """Beta draws around ``mean`` as if seen in ``concentration`` families."""
        if not self.scale:
            return np.broadcast_to(centre, self.n).astype(float)
        held = np.clip(np.broadcast_to(mean, self.n), EDGE, 1 - EDGE)
        drawn = stream(self.seed, name).beta(held * concentration, (1 - held) * concentration)
        return drawn if self.scale == 1 else centre + self.scale * (drawn - centre)


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one name: PCG64, its seed sequence spawned by the name's SHA-256."""
    key = struct.unpack("<4I", hashlib.sha256(name.encode("utf-8")).digest()[:16])
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def sixteenths(seed: int, name: str, n: int) -> np.ndarray:
    """16 bits a draw, 0 to 65,535 equally likely, for what is drawn once a case: fast, and as fixed by its name.

    All come from the one sequence of the seed, each from its own place, which is the name's SHA-256: among 2^128
    places the chance that any two of a million names share a draw is below one in 10^22.
    """
    place, steps = int.from_bytes(hashlib.sha256(name.encode("utf-8")).digest()[:16], "little"), -(-n // 4)
    try:
        standing = _LOCAL.standing  # a thread's own: the seed's sequence, and where in it that stands
    except AttributeError:
        standing = _LOCAL.standing = [None, None, 0]
    if standing[0] != seed:
        standing[:] = [seed, np.random.PCG64(np.random.SeedSequence(seed)), 0]
    standing[1].advance((place - standing[2]) % PERIOD)
    standing[2] = place + steps
    return standing[1].random_raw(steps).astype("<u8", copy=False).view("<u2")[:n]


_LOCAL = threading.local()
PERIOD = 1 << 128
"""Steps of a PCG64 sequence."""


def odds(chance: np.ndarray) -> np.ndarray | None:
    """A chance, 0 to 1, as the number of 65,536 equally likely draws that fall below it; None where it is certain."""
    if chance.min() >= 1:
        return None
    return np.minimum(np.round(chance * FINE), FINE - 1).astype(np.uint16)


def draw_table(
    model: Model, a: Assumptions, found: Mapping[str, Range], spread: Spread, n: int, seed: int, scale: float = 1.0,
    like: Draws | None = None,
) -> Draws:  # fmt: skip
    """Draw the table of everything that cases share.

    Parameters
    ----------
    model : Model
        Says which items and futures are used.
    a : Assumptions
        The central values.
    found : dict of assumption to Range
        :func:`larcnb.sensitivity.ranges.ranges`.
    spread : Spread
    n, seed : int
        Number of draws, seed.
    scale : float
        See :class:`Draws`.
    like : Draws, optional
        Of the same spread, draws and seed, under other assumptions: spares drawing what is the same in both.

    Returns
    -------
    Draws

    Source
    ------
    METHOD.md part 4: unit values Gamma; deadweight, attribution, drop-off Beta; durations triangular. What the words
    for a likelihood stand for is drawn together: who reads too much into one reads too much into all.
    """
    chosen = model.selection(a.accept_at, a.long_years)
    known = like.values if like is not None and like.scale == scale == 1 else {}
    rows: list[tuple[dict, np.ndarray]] = []
    values: dict[str, np.ndarray] = {}

    def add(name: str, group: str, kind: str, centre: float, drawn: np.ndarray, because: str) -> None:
        values[name] = centre + scale * (drawn - centre) if scale != 1 else drawn
        rows.append(({"name": name, "group": group, "kind": kind, "central": centre, "because": because}, drawn))

    spreads = quantile_factors(model.prices, spread)
    items = {**dict.fromkeys(model.inputs["item"], "unit_inputs"), **dict.fromkeys(
        (spell.item for spell in chosen.spells), "unit_futures")}  # fmt: skip
    for item in sorted(items):
        name = f"unit.{item}"
        shape = spreads.at[item, "variation"] ** -2
        drawn = known.get(name)
        if drawn is None:
            drawn = stream(seed, name).standard_gamma(shape, n) / shape
        add(name, items[item], "Gamma", 1.0, drawn, spreads.at[item, "because"])
    for name in SHARES:
        if name in found:
            one = found[name]
            kind, drawn = _share(stream(seed, name), n, one.central, one.low, one.high, spread.interval)
            add(name, name, kind, float(found[name].central), drawn, "range of the preset")
    if a.weighting != "accepted" and "probability" in found:
        rank, one = stream(seed, "probability").permutation(n), found["probability"]
        low, high = one.low, one.high
        for word in sorted(set(chosen.rows["likelihood"])):
            name = f"probability.{word}"
            kind, drawn = _share(stream(seed, name), n, one.central[word], low[word], high[word], spread.interval)
            add(name, "likelihoods", kind, float(one.central[word]), np.sort(drawn)[rank], "range of the preset")
    if a.weighting == "observed":
        for future in sorted(set(chosen.rows["future"]) & set(model.rates)):
            rate, name = model.rates[future], f"rate.{future}"
            drawn = np.full(n, rate)
            if 0 < rate < 1:
                drawn = stream(seed, name).beta(rate * spread.base_rate, (1 - rate) * spread.base_rate, n)
            add(name, "likelihoods", "Beta", rate, drawn, f"as if seen in {spread.base_rate:g} families")
    for future in sorted({spell.future for spell in chosen.spells}) if spread.years else ():
        name = f"years.{future}"
        drawn = known.get(name)
        if drawn is None:
            drawn = stream(seed, name).triangular(1 - spread.years, 1, 1 + spread.years, n)
        add(name, "years", "triangular", 1.0, drawn, "half width of the spreads")
    return Draws(seed, n, spread, scale, values, tuple(rows))


def quantile_factors(prices: pd.DataFrame, spread: Spread, hours: bool = False) -> pd.DataFrame:
    """How far each unit cost may lie from its value: the Gamma's coefficient of variation and interval.

    The sd is ``(high - low) / 2z`` where a low and a high are published, else the value times the coefficient of
    variation of its grade; z is the normal quantile of the interval.

    Parameters
    ----------
    prices : DataFrame indexed by ``item``
        ``value``, ``low``, ``high`` (same prices), ``grade``.
    spread : Spread
    hours : bool
        Instead the lognormal of hours and quantities.

    Returns
    -------
    DataFrame indexed by ``item``
        ``variation``, ``low``, ``high`` (factors of the value), ``because``.
    """
    from scipy.special import gammaincinv, ndtri

    tail = np.array([(1 - spread.interval) / 2, (1 + spread.interval) / 2])
    if hours:
        cv = pd.Series({"hours": spread.hours, "quantity": spread.quantity})
        ends = [np.quantile(_lognormal(value), tail) if value else (1.0, 1.0) for value in cv]
        return pd.DataFrame(ends, index=cv.index, columns=["low", "high"]).assign(variation=cv)
    published = prices["low"].notna() & prices["high"].notna() & (prices["high"] > prices["low"])
    by_range = (prices["high"] - prices["low"]) / (2 * ndtri(tail[1])) / prices["value"]
    by_grade = prices["grade"].astype(int).map(dict(spread.unit_value)).astype(float)
    variation = by_range.where(published, by_grade).astype(float).clip(lower=EDGE)
    shape = variation.to_numpy() ** -2
    because = np.where(published, "published low and high", "grade " + prices["grade"].astype(str))
    return pd.DataFrame({
        "variation": variation, "low": gammaincinv(shape, tail[0]) / shape,
        "high": gammaincinv(shape, tail[1]) / shape, "because": because,
    }, index=prices.index)  # fmt: skip


def _share(
    generator: np.random.Generator, n: int, value: float, low: float, high: float, interval: float
) -> tuple[str, np.ndarray]:
    """Beta draws of a share: mean at the value where there is room on both sides, else falling away from it.

    Between 0 and 1 the mean is the value and low to high is read as the interval. At 0 or 1 there is no room on one
    side: the density is highest at the value and the share of chance within the range is the interval.
    """
    from scipy.special import ndtri

    if high <= low:
        return "fixed", np.full(n, float(value))
    if value <= 0 or value >= 1:
        far = high if value <= 0 else 1 - low
        away = generator.beta(1, log(1 - interval) / log1p(-min(far, 1 - EDGE)), n)
        return "Beta, one-sided", away if value <= 0 else 1 - away
    sd = min((high - low) / (2 * ndtri((1 + interval) / 2)), sqrt(value * (1 - value) / 2))
    families = value * (1 - value) / sd**2 - 1
    return "Beta", generator.beta(value * families, (1 - value) * families, n)


@lru_cache(maxsize=8)
def _lognormal(variation: float, single: bool = False) -> np.ndarray:
    """Equally likely values of a lognormal of mean 1."""
    from scipy.special import ndtri

    spread = sqrt(log1p(variation**2))
    values = np.exp(spread * ndtri((np.arange(COARSE) + 0.5) / COARSE))
    return (values / values.mean()).astype(np.float32 if single else float)
