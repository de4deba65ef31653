"""What a page can move without Python: the avoided cost worked out at every point of a grid of four assumptions.

In: a model and assumptions. Out: :class:`Surface`, whole pence at each point, and the words that any of its verdicts is
said in. Each point is the appraisal under these values, line by line to the penny; nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from larcnb.params import Assumptions
from larcnb.sensitivity.model import Model, evaluate

LABELS = {
    "deadweight": "Would have come right anyway",
    "attribution": "Owed to the process",
    "drop_off": "Fades each year",
    "discount_rate": "Discounted each year",
}
REAL = "Share of the futures that was real"
GRID = {
    "deadweight": tuple(n / 10 for n in range(11)),
    "attribution": tuple(n / 10 for n in range(1, 11)),
    "drop_off": (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5),
    "discount_rate": (0.0, 0.01, 0.015, 0.025, 0.035, 0.05, 0.07),
}
"""Where a slider stops, beside the value in force: shares 0 to 1."""
WORDS = {
    "saves": "Over {years} years it saves {saving}: {avoided} avoided against {spent} spent.",
    "costs": "Over {years} years it costs more than it saves by {saving}: {avoided} avoided against {spent} spent.",
    "unpriced": "Nothing with a price is avoided here, so no share of the futures would make it pay.",
    "never": "Even if every future counted was real it would not pay.",
    "at_least": "It pays if at least {share} of the futures counted was real.",
}
AT_ONCE = 1024


@dataclass(frozen=True, repr=False)
class Surface:
    """The avoided cost over a grid.

    Parameters
    ----------
    axes : dict of assumption to tuple of float
        Shares 0 to 1, rising; the value in force is one of them.
    start : tuple of int
        The place of the values in force on each axis.
    inputs : int
        What was spent, pence at the price base; the same at every point.
    avoided : array of int, one dimension an axis
        Long-term cost avoided, pence at the price base, if every future counted was real.
    years : int
        The long term.
    """

    axes: Mapping[str, tuple[float, ...]]
    start: tuple[int, ...]
    inputs: int
    avoided: np.ndarray
    years: int

    def __repr__(self) -> str:
        return f"Surface of {self.avoided.size:,} points over {', '.join(self.axes)}"

    def to_json(self) -> dict[str, Any]:
        """Plain values for a page: axes with their words, and pence as one text, the last axis moving first."""
        return {
            "axes": [
                {"label": LABELS[name], "texts": [_percent(value) for value in values], "start": start}
                for (name, values), start in zip(self.axes.items(), self.start, strict=True)
            ],
            "real": REAL, "words": WORDS, "years": self.years, "inputs": self.inputs,
            "avoided": ",".join(map(str, self.avoided.ravel())),
        }  # fmt: skip


def surface(model: Model, a: Assumptions) -> Surface:
    """Work out the avoided cost over the grid.

    Parameters
    ----------
    model : Model
    a : Assumptions
        In force for everything that is not on the grid; its own values are added to the grid.
    """
    axes = {name: tuple(sorted({*values, getattr(a, name)})) for name, values in GRID.items()}
    shape = tuple(map(len, axes.values()))
    values = np.meshgrid(*axes.values(), indexing="ij")
    table = {name: points.ravel() for name, points in zip(axes, values, strict=True)}
    parts = [
        evaluate(model, a, {name: points[first : first + AT_ONCE] for name, points in table.items()}).long.sum(0)
        for first in range(0, int(np.prod(shape)), AT_ONCE)
    ]
    avoided = np.rint(np.concatenate(parts) * 100).astype(np.int64).reshape(shape)
    spent = round(float(evaluate(model, a).inputs.sum()) * 100)
    start = tuple(values.index(getattr(a, name)) for name, values in axes.items())
    return Surface(axes, start, spent, avoided, a.long_years)


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"
