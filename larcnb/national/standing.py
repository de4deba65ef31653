"""Where one authority stands among the others of its round, for its own page.

In: an authority's run (:class:`larcnb.workbook.Run`). Out: a figure in which the others have no name. Only authorities
priced alike stand beside it; where none has results, the figure says so.
"""

from __future__ import annotations

from larcnb import consortium
from larcnb.figures.authorities import standing as draw_standing
from larcnb.figures.figure import Figure
from larcnb.inference import across
from larcnb.params import Authority
from larcnb.workbook import Run


def standing(run: Run, column: str = "saving_long") -> Figure:
    """Draw where an authority's mean case stands among those of the others in its round.

    Parameters
    ----------
    run : Run
        Opened in the authority's own notebook, after 02_price.
    column : str
        A money column of ``cases``: ``process``, ``interventions``, ``inputs``, ``saving_short`` or ``saving_long``.
    """
    opened = consortium.open_round(run.notebook, run.authority.round)
    alike = [slug for slug, found in opened.authorities.items() if priced(found) == priced(run.authority)]
    cases = opened.pooled("cases")
    found = across(cases[cases["authority"].isin(alike)], column)
    return draw_standing(found, run.unit, run.authority.name, run.context, len(opened.authorities))


def priced(authority: Authority) -> tuple:
    """How an authority's cases are priced: pounds of two that differ in this are not set side by side."""
    overrides = tuple(sorted((name, str(value)) for name, value in authority.overrides.items()))
    return authority.vintage, authority.price_base, authority.preset, overrides
