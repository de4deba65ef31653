"""The panel: sliders over the main assumptions that redraw saving, break-even and verdict.

In: a model, assumptions and their ranges. Out: :class:`Panel`, which is interactive in JupyterLab, hands a page what
it needs to be so without a server, and elsewhere is a paragraph with the same figures.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import Any

from larcnb.codes import PRESET
from larcnb.params import Assumptions
from larcnb.sensitivity.model import Model, evaluate
from larcnb.sensitivity.ranges import Range
from larcnb.sensitivity.sets import OWN
from larcnb.sensitivity.study import Study
from larcnb.sensitivity.surface import LABELS, REAL, WORDS, surface

SURFACE = "application/vnd.larcnb.surface+json"
STEP = 0.01


@dataclass(frozen=True)
class Verdict:
    """What one setting of the panel gives: GBP at the price base, shares 0 to 1 (None where nothing divides)."""

    inputs: float
    avoided: float
    saving: float
    break_even: float | None
    real: float
    years: int

    @property
    def words(self) -> str:
        """The verdict in one sentence."""
        first = WORDS["saves" if self.saving >= 0 else "costs"].format(
            years=self.years, saving=_gbp(abs(self.saving)), avoided=_gbp(self.avoided), spent=_gbp(self.inputs)
        )
        if self.break_even is None:
            return f"{first} {WORDS['unpriced']}"
        if self.break_even > 1:
            return f"{first} {WORDS['never']}"
        return f"{first} {WORDS['at_least'].format(share=f'{self.break_even:.0%}')}"


def verdict(model: Model, a: Assumptions, settings: Mapping[str, float] | None = None, real: float = 1.0) -> Verdict:
    """Work out one setting of the panel.

    Parameters
    ----------
    model : Model
    a : Assumptions
    settings : dict of assumption to value, optional
        In place of the assumptions' own.
    real : float
        Share of the futures counted that was real, 0 to 1.

    Returns
    -------
    Verdict
        ``break_even`` is of all futures counted, whatever ``real`` is. What is held of them is rounded to the penny,
        half a penny to the even one.
    """
    changed = a.with_overrides(dict(settings or {}))
    whole = evaluate(model, changed)
    spent, avoided = (round(float(part.sum()) * 100) for part in (whole.inputs, whole.long))
    return verdict_of(spent, avoided, real, changed.long_years)


def verdict_of(spent: int, avoided: int, real: float, years: int) -> Verdict:
    """The verdict on whole pence: what was spent, and what was avoided if every future counted was real.

    Examples
    --------
    >>> verdict_of(10_000, 40_000, 0.5, 15).saving
    100.0
    """
    held = round(avoided * Fraction(str(real)))
    share = spent / avoided if avoided else None
    return Verdict(spent / 100, held / 100, (held - spent) / 100, share, real, years)


@dataclass(repr=False)
class Panel:
    """Sliders where a front end is there to move them, else the verdict as it stands.

    Parameters
    ----------
    model : Model
    a : Assumptions
        Where the sliders begin.
    found : dict of assumption to Range
    presets : dict of name to Assumptions
        Sets that can be chosen to begin from.
    live : bool, optional
        Show sliders; left out, where the notebook runs in JupyterLab and ipywidgets is installed.
    """

    model: Model
    a: Assumptions
    found: Mapping[str, Range]
    presets: Mapping[str, Assumptions] = field(default_factory=dict)
    live: bool | None = None

    @cached_property
    def sliders(self) -> dict[str, Any]:
        """The controls by name."""
        import ipywidgets as widgets

        wide = {"description_width": "17em"}
        layout = widgets.Layout(width="44em")
        names = list(self.presets) or [self.a.preset]
        start = next((name for name, a in self.presets.items() if a == self.a), names[0])
        out: dict[str, Any] = {"preset": widgets.Dropdown(
            options=[((PRESET | {OWN: "The authority's own"}).get(name, name), name) for name in names], value=start,
            description="Set of assumptions", style=wide, layout=layout)}  # fmt: skip
        for name, label in LABELS.items():
            high = 1.0 if name != "discount_rate" else max(self.found[name].high, 0.1)
            out[name] = widgets.FloatSlider(
                value=getattr(self.a, name), min=0, max=high, step=STEP if high == 1 else STEP / 20, description=label,
                style=wide, layout=layout, readout_format=".0%" if high == 1 else ".1%",
            )  # fmt: skip
        out["real"] = widgets.FloatSlider(
            value=1, min=0, max=1, step=STEP, description=REAL, style=wide, layout=layout, readout_format=".0%"
        )
        return out

    @cached_property
    def nothing(self) -> bool:
        """No case is costed, or no line of those that are has a price."""
        as_it_stands = verdict(self.model, self.a) if self.model.cases else None
        return as_it_stands is None or not (as_it_stands.inputs or as_it_stands.avoided)

    @cached_property
    def output(self) -> Any:
        """Where the verdict is written."""
        import ipywidgets as widgets

        return widgets.HTML(self.html())

    @cached_property
    def box(self) -> Any:
        """Controls and verdict, wired together."""
        import ipywidgets as widgets

        for a in self.presets.values():  # found once, so that no move of a control waits for them
            self.model.selection(a.accept_at, a.long_years)
        for name, control in self.sliders.items():
            control.observe(self._chosen if name == "preset" else self._moved, names="value")
        return widgets.VBox([*self.sliders.values(), self.output])

    def current(self) -> Verdict:
        """The verdict at the controls' places, or as it stands where there are none."""
        if "sliders" not in self.__dict__:
            return verdict(self.model, self.a)
        controls = self.sliders
        base = self.presets.get(controls["preset"].value, self.a)
        return verdict(self.model, base, {n: controls[n].value for n in LABELS}, controls["real"].value)

    def html(self) -> str:
        """The verdict with a bar of what was avoided against what was spent."""
        now = self.current()
        top = max(now.inputs, now.avoided, 1)
        bars = "".join(
            '<div style="display:flex;gap:.5em;align-items:center;margin:.15em 0">'
            f'<span style="width:5em">{word}</span>'
            f'<span style="background:{ink};width:{amount / top * 24:.2f}em;height:1em"></span>'
            f"<span>{_gbp(amount)}</span></div>"
            for word, amount, ink in (("Spent", now.inputs, "#801650"), ("Avoided", now.avoided, "#12436D"))
        )
        return f"<p><strong>{escape(now.words)}</strong></p>{bars}"

    def _moved(self, _: Any) -> None:
        self.output.value = self.html()

    def _chosen(self, change: Mapping[str, Any]) -> None:
        base = self.presets.get(change["new"], self.a)
        for name in LABELS:
            control = self.sliders[name]
            control.unobserve(self._moved, names="value")
            control.value = min(getattr(base, name), control.max)
            control.observe(self._moved, names="value")
        self._moved(change)

    def _repr_mimebundle_(self, **keywords: Any) -> dict[str, Any] | tuple[dict[str, Any], dict[str, Any]]:
        if self.nothing:
            return {"text/plain": NOTHING, "text/html": f"<p>{NOTHING}</p>"}
        if _is_live(self.live):
            return self.box._repr_mimebundle_(**keywords)
        return {
            "text/plain": repr(self), "text/html": f"{self.html()}<p>{CLOSED}</p>",
            SURFACE: surface(self.model, self.a).to_json() | {"verdict": self.current().words},
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"{self.current().words} {CLOSED}" if not self.nothing else NOTHING


def panel(study: Study, live: bool | None = None) -> Panel:
    """The panel of a study; see :class:`Panel`."""
    return Panel(study.model, study.a, study.ranges, study.sets, live)


NOTHING = "No costed case has a line with a price, so there is nothing to vary."
CLOSED = "On the page of this notebook, and in JupyterLab, the assumptions can be moved."


def _is_live(asked: bool | None) -> bool:
    """Sliders need ipywidgets, and a JupyterLab session: its server names one, papermill and the batch do not."""
    if asked is False or (asked is None and not os.environ.get("JPY_SESSION_NAME")):
        return False
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return True


def _gbp(amount: float) -> str:
    return f"{chr(0x2212) if amount < 0 else ''}\N{POUND SIGN}{abs(amount):,.0f}"
