"""What captions name: whose figures, at whose prices, under which scenario; and the style sheet of all that is shown.

In: a run, or the words themselves. Out: :class:`Context` and the measure of a caption.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from larcnb import codes
from larcnb.show.html import HTML
from larcnb.show.words import listed, plural, written


@dataclass(frozen=True)
class Context:
    """What every caption must say.

    Parameters
    ----------
    name : str
        The authority or the round, in words.
    price_base : str
        The financial year in whose prices money is given; "" where there is no money.
    preset : str
        The scenario's file name; "" for none.
    overrides : mapping of assumption to value
        What is not the preset's; every caption says so.
    cases : int, optional
        How many costed cases the run has.
    what_if : bool
        Whether it is a what-if beside the authority's own results; every caption says so.
    notice : str
        Shown at the top of every page, such as that the cases are made up.
    wording : str
        ``caf`` or ``early_help`` (:data:`larcnb.codes.WORDING`).
    short_years, long_years : int, optional
        The horizons of the scenario, in years.
    """

    name: str
    price_base: str = ""
    preset: str = ""
    notice: str = ""
    wording: str = "caf"
    short_years: int | None = None
    long_years: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    cases: int | None = None
    what_if: bool = False

    def over(self, term: str) -> str:
        """``over 15 years`` for ``long``, ``over 1 year`` for ``short``."""
        years = self.short_years if term == "short" else self.long_years
        return f"in the {term} term" if years is None else f"over {plural(years, 'year')}"

    def _repr_html_(self) -> str:
        return str(HTML.context(self, self._line))

    @property
    def _line(self) -> str:
        words, year = scenario(self), self.price_base
        in_words = f"{year} (April {year[:4]} to March 20{year[5:]})" if len(year) == 7 else year
        prices = f"Money is in pounds at the prices of {in_words}" if year else ""
        return " ".join(f"{part}." for part in (prices, words[:1].upper() + words[1:]) if part)

    def __str__(self) -> str:
        return f"{self.notice}\n{self.name}. {self._line}".strip()


def scenario(context: Any) -> str:
    """The scenario of a context by its name on pages, with every value that is not the preset's."""
    words = f"scenario {codes.PRESET.get(context.preset, context.preset)}" if context.preset else ""
    if context.overrides:
        own = [f"{_worded(name)} {_value(value)}" for name, value in context.overrides.items()]
        words = f"{words} with {listed(own)}".strip()
    return f"what-if: {words}" if context.what_if else words


def _worded(code: object) -> str:
    return str(code).replace("_", " ")


def _value(value: Any) -> str:
    """An assumption's value: shares in per cent, as many decimals as it has; a mapping by its keys."""
    if isinstance(value, Mapping):
        return " / ".join(f"{_worded(key)} {_value(part)}" for key, part in value.items())
    share = isinstance(value, float) and 0 <= value <= 1
    return f"{100 * value:g}%" if share else written(value)


def measured(what: str, unit: str, run: Any = None, cases: int | None = None) -> str:
    """The measure of a caption: what is drawn, its unit, price base, whose, scenario, how many cases.

    Parameters
    ----------
    what, unit : str
        Such as "Cost" and "GBP a case".
    run : Run or Context, optional
        A run's ``context`` is taken; left out, only what and unit are said.
    cases : int, optional
        Costed cases; left out, the context's own number.

    Examples
    --------
    >>> measured("Cost", "GBP a case", Context("Exampleshire", "2010-11", "larc"), 4)
    'Cost, £ a case at 2010-11 prices. Exampleshire, scenario LARC4 convention, 4 costed cases.'
    >>> measured("Saving", "GBP", Context("Exampleshire", "2010-11", "cautious", overrides={"drop_off": 0.1}))
    'Saving, £ at 2010-11 prices. Exampleshire, scenario Cautious with drop off 10%.'
    """
    context = getattr(run, "context", run)
    words = re.sub("^simulated share|^share", "%", unit).replace("GBP", "£")
    first = ", ".join(filter(None, [what, words if words.lower() != what.lower() else ""]))
    if context is not None and context.price_base and words.startswith("£"):
        first += f" at {context.price_base} prices"
    first = f"{first[:1].upper()}{first[1:]}." if first else ""
    if context is None:
        return first
    cases = context.cases if cases is None else cases
    own = [context.name, scenario(context), "" if cases is None else plural(cases, "costed case")]
    return f"{first} {', '.join(filter(None, own))}.".strip()


@cache
def style() -> str:
    """The style sheet of charts, tables, tiles and cards; pages have it in their own, JupyterLab with each output."""
    return Path(__file__).with_name("show.css").read_text(encoding="utf-8")


def styled(html: str) -> str:
    """HTML with its style sheet, for JupyterLab; a page takes the sheet out again and has its own."""
    return f"<style>{style()}</style>{html}"
