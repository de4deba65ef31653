"""Whose figures, and what is said of them: captions, tiles with the key figures of a page, and sentences.

In: a run, or the words themselves; figures written by :mod:`larcnb.show.words`. Out: :class:`Context`, the measure of a
caption, and what shows itself as HTML and as plain text. The pages' sentences are in ``sentences.yaml``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from larcnb import codes
from larcnb.show.html import HTML, styled
from larcnb.show.words import listed, plural, read_yaml, written

SENTENCES = read_yaml("sentences.yaml")


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
    sent : int, optional
        How many cases came, costed or not.
    notice : str
        Shown at the top of every page, such as that the cases are made up.
    wording : str
        A key of :data:`larcnb.codes.WORDING`, such as ``caf``.
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
    sent: int | None = field(default=None, repr=False)

    def over(self, term: str) -> str:
        """``over 15 years`` for ``long``, ``over 1 year`` for ``short``."""
        years = self.short_years if term == "short" else self.long_years
        return f"in the {term} term" if years is None else f"over {plural(years, 'year')}"

    @property
    def across(self) -> "Context":
        """What captions over all scenarios name."""
        return replace(self, preset="", overrides={})

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
    return f"what-if: {words}".removesuffix(": ") if context.what_if else words


def _worded(code: object) -> str:
    return str(code).replace("_", " ")


def _value(value: Any) -> str:
    """An assumption's value: shares in per cent, as many decimals as it has; a mapping by its keys."""
    if isinstance(value, Mapping):
        return " / ".join(f"{_worded(key)} {_value(part)}" for key, part in value.items())
    return f"{100 * value:g}%" if isinstance(value, float) and 0 <= value <= 1 else written(value)


def measured(what: str, unit: str, run: Any = None) -> str:
    """The measure of a caption: what is drawn, its unit, price base, whose, scenario, how many cases.

    Parameters
    ----------
    what, unit : str
        Such as "Cost" and "GBP a case".
    run : Run or Context, optional
        A run's ``context`` is taken; left out, only what and unit are said.

    Examples
    --------
    >>> measured("Cost", "GBP a case", Context("Exampleshire", "2010-11", "larc", cases=4, sent=5))
    'Cost, £ a case at 2010-11 prices. Exampleshire, scenario LARC4 convention, 4 of 5 cases costed.'
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
    costed = "" if context.cases is None else plural(context.cases, "costed case")
    if context.sent and context.cases < context.sent:
        costed = f"{context.cases or 'none'} of {plural(context.sent, 'case')} costed"
    own = [context.name, scenario(context), costed]
    return f"{first} {', '.join(filter(None, own))}.".strip()


@dataclass(frozen=True)
class Shown:
    """What a cell shows: plain text that can be compared, and HTML."""

    text: str
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def tiles(figures: Mapping[str, str | tuple[str, str]], run: Any = None) -> Shown:
    """Show three or four key figures side by side.

    Parameters
    ----------
    figures : mapping of label to figure, or to (figure, note)
        Figures as text: ``{"Spent": show.gbp(18890), "Break-even": ("5%", "of avoided costs must be real")}``.
    run : Run or Context, optional
        Says price base, whose, scenario and cases below.

    Examples
    --------
    >>> tiles({"Spent": "£18,890", "Break-even": ("5%", "of avoided costs must be real")})
    Spent: £18,890
    Break-even: 5% (of avoided costs must be real)
    """
    if not figures:
        return Shown("", "")
    parts = [(label, *([of, ""] if isinstance(of, str) else of)) for label, of in figures.items()]
    measure = "" if run is None else measured("", "GBP", run)
    lines = [f"{label}: {figure}" + (f" ({note})" if note else "") for label, figure, note in parts]
    return Shown("\n".join([*lines, measure]).strip(), styled(HTML.tiles(parts, measure)))


def say(*paragraphs: str, finding: bool = False, last: bool = False) -> Shown:
    """Show sentences whose figures come from the frames above: ``show.say(f"Spent: {show.gbp(spent)}.")``.

    Parameters
    ----------
    *paragraphs : str
        A paragraph each; a blank one is left out. HTML in them shows as the text it is.
    finding : bool
        Set larger: the answer of the page or of a step.
    last : bool
        There is no more to say, because there is no data: the page ends here, though the notebook runs on.
    """
    look = " ".join(name for name, is_so in (("finding", finding), ("last", last)) if is_so)
    said = [text for text in paragraphs if text]
    return Shown("\n".join(said), str(HTML.paragraphs(said, look)))


def phrase(key: str, wording: str = "caf", /, **figures: object) -> str:
    """A sentence of ``sentences.yaml`` with its figures and the round's words.

    Parameters
    ----------
    key : str
    wording : str
        A key of :data:`larcnb.codes.WORDING`, such as ``caf``.
    **figures
        What stands for each name in braces, as text; names and words from data stay as they are.

    Examples
    --------
    >>> phrase("support_cost", cost="£5,310"), phrase("process_none", "early_help")
    ('support cost £5,310', 'No time on the early help process was recorded')
    """
    return codes.words(wording, SENTENCES[key]).format(**figures)
