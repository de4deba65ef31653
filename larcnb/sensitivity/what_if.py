"""What if: sliders over the chances and assumptions that matter, in JupyterLab and on a page without Python.

In: a study. Out: :class:`Panel`, which shows sliders in JupyterLab, hands a page the cost avoided at every stop of its
sliders, and elsewhere is a paragraph with the same figures. At each stop of attribution, drop-off and discount rate the
futures that count are appraised line by line to the penny, each certain and wholly prevented; the chance told and the
share prevented then scale the sum, alike for every future.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from importlib.util import find_spec
from typing import Any

import numpy as np

from larcnb.sensitivity.scenarios import SAID, certain, in_words, percent

PAYLOAD = "application/vnd.larcnb.surface+json"
LABELS, WORDS = SAID["sliders"], SAID["verdict"]
SHARES = ("chance", "prevented")
GRID = {
    "attribution": tuple(n / 10 for n in range(1, 11)),
    "drop_off": (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5),
    "discount_rate": (0.0, 0.01, 0.02, 0.03, 0.035, 0.05, 0.07),
}
"""Where a slider stops, beside the value in force; chance and prevented stop at each whole per cent."""
NOTHING = "No case was costed, so there is nothing to vary."
CLOSED = "On the page of this notebook, and in JupyterLab, the assumptions can be moved."


@dataclass(frozen=True)
class PanelResult:
    """What one setting gives: GBP at the price base, shares 0 to 1 (None where nothing divides)."""

    inputs: float
    avoided: float
    break_even: float | None
    years: int

    @property
    def saving(self) -> float:
        """Avoided less inputs, GBP."""
        return round(self.avoided - self.inputs, 2)

    @property
    def words(self) -> str:
        """The verdict in two sentences."""
        amounts = {"saving": abs(self.saving), "avoided": self.avoided, "spent": self.inputs}
        said = {name: _gbp(amount) for name, amount in amounts.items()}
        said["years"] = in_words("long_years", self.years)
        known = "saves" if self.saving >= 0 else "costs"
        return f"{WORDS[known].format_map(said)} {self.pays_if}"

    @property
    def pays_if(self) -> str:
        """What share must be prevented, in a sentence."""
        if self.break_even is None:
            return WORDS["unpriced"]
        known = "never" if self.break_even > 1 else "at_least"
        return WORDS[known].format(share=f"{self.break_even:.0%}")


@dataclass(repr=False)
class Panel:
    """Sliders in JupyterLab, where ipywidgets is installed; else the verdict as it stands.

    Parameters
    ----------
    study : larcnb.sensitivity.Study
    places : dict of name to int
        Which of its stops each slider is at; those left out are where they begin.
    """

    study: Any
    places: dict[str, int] = field(default_factory=dict)

    @cached_property
    def own(self) -> dict[str, float]:
        """Each slider's value in force: the set's own chance, share prevented (1 where nothing is told) and values."""
        shares = (1.0 if np.isnan(share) else share for share in self.study.averages)
        values = {name: getattr(self.study.a, name) for name in GRID}
        return dict(zip(SHARES, shares, strict=True)) | values

    @cached_property
    def axes(self) -> dict[str, tuple[float, ...]]:
        """Each slider's stops, the value in force among them."""
        stops = dict.fromkeys(SHARES, tuple(n / 100 for n in range(101))) | GRID
        return {name: tuple(sorted({*of, self.own[name]})) for name, of in stops.items()}

    @cached_property
    def start(self) -> dict[str, int]:
        """Where each slider begins."""
        return {name: stops.index(self.own[name]) for name, stops in self.axes.items()}

    @cached_property
    def whole(self) -> np.ndarray:
        """Cost avoided, whole pence, were every future that counts certain and prevented: an axis a key of GRID."""
        stops = [self.axes[name] for name in GRID]
        points = [axis.ravel() for axis in np.meshgrid(*stops, indexing="ij")]
        table = dict(zip(GRID, points, strict=True))
        told = self.study.appraiser.evaluate(certain(self.study.a), table).long.sum(0)
        return np.rint(told * 100).astype(np.int64).reshape([len(axis) for axis in stops])

    @cached_property
    def spent(self) -> int:
        """Inputs, whole pence."""
        return round(float(self.study.appraiser.evaluate(self.study.a).inputs.sum()) * 100)

    @cached_property
    def years(self) -> int:
        """The horizon in words: up to the last year in which a future that counts runs."""
        a = self.study.a
        running = np.flatnonzero(self.study.appraiser.evaluate(certain(a)).by_year)
        return int(running[-1]) + 1 if len(running) else a.long_years

    def verdict(self, places: Mapping[str, int] | None = None) -> PanelResult:
        """The verdict at the sliders' places, by name; those left out stand where they begin."""
        at = self.start | dict(places or {})
        values = {name: self.axes[name][place] for name, place in at.items()}
        told = int(self.whole[tuple(at[name] for name in GRID)]) * values["chance"]
        avoided = round(told * values["prevented"]) / 100
        break_even = self.spent / told if told else None
        return PanelResult(self.spent / 100, avoided, break_even, self.years)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a page: each slider's stops and words, and pence as one text, the last axis moving first."""
        axes = []
        for name, stops in self.axes.items():
            texts, start = list(map(percent, stops)), {"start": self.start[name]}
            axes.append({"label": LABELS[name], "stops": list(stops), "texts": texts} | start)
        avoided = ",".join(map(str, self.whole.ravel()))
        said = {"axes": axes, "words": WORDS, "years": in_words("long_years", self.years)}
        return said | {"inputs": self.spent, "avoided": avoided, "verdict": self.verdict().words}

    @cached_property
    def sliders(self) -> dict[str, Any]:
        """The controls by name."""
        import ipywidgets as widgets

        look = {"style": {"description_width": "26em"}, "layout": widgets.Layout(width="52em")}
        controls = {}
        for name, stops in self.axes.items():
            options = [(percent(value), place) for place, value in enumerate(stops)]
            at = {"value": self.start[name], "description": LABELS[name]}
            controls[name] = widgets.SelectionSlider(options=options, **at, **look)
        return controls

    @cached_property
    def box(self) -> Any:
        """The controls with the verdict below, updated whenever one is moved."""
        import ipywidgets as widgets

        shown = widgets.HTML(self.html())

        def moved(_: Any) -> None:
            self.places = {name: slider.value for name, slider in self.sliders.items()}
            shown.value = self.html(self.places)

        def back(_: Any) -> None:
            for name, slider in self.sliders.items():
                slider.value = self.start[name]

        for slider in self.sliders.values():
            slider.observe(moved, names="value")
        reset = widgets.Button(description="Reset")
        reset.on_click(back)
        return widgets.VBox([*self.sliders.values(), reset, shown])

    def run(self, **values: float) -> Any:
        """The run at the sliders' places, for everything below to be worked out anew: a what-if that writes nothing.

        Parameters
        ----------
        **values : float
            In place of a slider: ``chance``, ``prevented``, ``attribution``, ``drop_off``, ``discount_rate``, 0 to 1.

        Returns
        -------
        Run
            The study's own where nothing is moved. A chance that is moved is the same for every future (``deadweight``
            is the rest of it); a share prevented takes the place of what studies found (``default_prevented``).

        Raises
        ------
        LarcError
            A value is out of range.
        TypeError
            There is no slider of that name.
        """
        run, a, own = self.study.run, self.study.a, self.own
        if unknown := sorted(values.keys() - own.keys()):
            raise TypeError(f"No slider is called {unknown[0]!r}. There are: {', '.join(own)}.")
        at = {name: self.axes[name][place] for name, place in self.places.items()} | values
        moved = {name: value for name, value in at.items() if value != own[name]}
        if not moved:
            return run
        overrides = {name: value for name, value in moved.items() if name in GRID}
        # it knows of no other chance and share
        if a.weighting == "observed" and not moved.keys().isdisjoint(SHARES):
            moved = {name: at.get(name, own[name]) for name in SHARES}
        if "chance" in moved:
            deadweight = round(1 - (1 - a.deadweight) * moved["chance"], 6)
            overrides |= {"weighting": "accepted", "deadweight": deadweight}
        if "prevented" in moved:
            overrides |= {"prevented": "evidence", "default_prevented": moved["prevented"]}
            unused = run.library.base_rates.assign(use="no")
            alike = replace(run, library=replace(run.library, base_rates=unused))
            alike.__dict__.update(tables=run.tables, prices=run.prices)
            run = alike
        return run.what_if(overrides)

    def study_of(self, run: Any) -> Any:
        """The study of :meth:`run`, with the same draws: the panel's own where nothing is moved."""
        return self.study if run is self.study.run else replace(self.study, run=run)

    def html(self, places: Mapping[str, int] | None = None) -> str:
        """The verdict as a paragraph."""
        return f'<p class="finding">{escape(self.verdict(places).words)}</p>'

    def _repr_mimebundle_(self, **keywords: Any) -> Any:
        if self.study.empty:
            return {"text/plain": NOTHING, "text/html": f"<p>{NOTHING}</p>"}
        # a JupyterLab server names a session, papermill none
        if os.environ.get("JPY_SESSION_NAME") and find_spec("ipywidgets"):
            return self.box._repr_mimebundle_(**keywords)
        html = f"{self.html()}<p>{CLOSED}</p>"
        return {"text/plain": repr(self), "text/html": html, PAYLOAD: self.to_dict()}

    def __repr__(self) -> str:
        return NOTHING if self.study.empty else f"{self.verdict().words} {CLOSED}"


def _gbp(amount: float) -> str:
    return f"£{amount:,.0f}".replace("£-", "\N{MINUS SIGN}£")
