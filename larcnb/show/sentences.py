"""Tiles and sentences: the key figures of a page, and paragraphs that hold figures.

In: words, with figures written by :mod:`larcnb.show.words`; the pages' sentences are in ``sentences.yaml``. Out:
objects that show themselves, and as plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from larcnb import codes
from larcnb.show.context import measured, styled
from larcnb.show.html import HTML


@dataclass(frozen=True)
class Shown:
    """What a cell shows: plain text that can be compared, and HTML."""

    text: str
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


Paragraphs = Shown
"""What :func:`say` gives."""


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
    Break-even: 5%. of avoided costs must be real
    """
    if not figures:
        return Shown("", "")
    parts = [(label, *([of, ""] if isinstance(of, str) else of)) for label, of in figures.items()]
    measure = "" if run is None else measured("", "GBP", run)
    lines = [f"{label}: {figure}" + (f". {note}" if note else "") for label, figure, note in parts]
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
        ``caf`` or ``early_help`` (:data:`larcnb.codes.WORDING`).
    **figures
        What stands for each name in braces, as text; names and words from data stay as they are.

    Examples
    --------
    >>> phrase("support_cost", cost="£5,310"), phrase("process_none", "early_help")
    ('support cost £5,310', 'No time on the early help process was recorded')
    """
    return codes.words(wording, _sentences()[key]).format(**figures)


@cache
def _sentences() -> dict[str, str]:
    return yaml.safe_load(Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))
