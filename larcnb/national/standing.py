"""Where one authority stands among the others of its round, for its own page.

In: an authority's run (:class:`larcnb.workbook.Run`). Out: figures in which the others have no name. Only authorities
priced alike stand beside it; where none has results, the figure says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from larcnb import codes, consortium
from larcnb.consortium.pooling import across
from larcnb.errors import LarcError
from larcnb.figures.authorities import standing
from larcnb.figures.figure import Figure
from larcnb.params import Authority
from larcnb.tables import plural
from larcnb.workbook import Run, is_priced


@dataclass(frozen=True, repr=False)
class Neighbours:
    """The cases of an authority and of the others of its round that are here and priced alike.

    Parameters
    ----------
    run : Run
        The authority's own.
    cases : DataFrame
        :meth:`larcnb.consortium.Round.money`, the authority's own among them: GBP at its price base.
    alike, taking_part : int
        Authorities with results that are priced alike, and those of the round; the authority itself is one of each.
    """

    run: Run
    cases: pd.DataFrame
    alike: int
    taking_part: int

    def standing(self, column: str = "saving_long") -> Figure:
        """Draw where the authority's mean case stands among those of the others.

        Parameters
        ----------
        column : str
            A money column of ``cases``, such as ``process``, ``interventions`` or ``saving_short``.
        """
        run = self.run
        return standing(across(self.cases, column), run.unit, run.authority.name, run.context, self.taking_part)

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>"

    def __repr__(self) -> str:
        others, here = self.taking_part - 1, self.alike - 1
        if not others:
            return "No other authority takes part in the round yet, so there is none to set beside this one."
        some = plural(others, "other authority", "other authorities")
        if not here:
            return f"The round has {some}; no results priced alike are here to set beside this one's."
        return f"The round has {some}; {here} of them {'is' if here == 1 else 'are'} here with results priced alike."


def neighbours(run: Run) -> Neighbours:
    """Find the others of an authority's round.

    Parameters
    ----------
    run : Run
        Opened in the authority's own notebook, after 02_price.

    Raises
    ------
    LarcError
        The authority has not been priced since its return was cleaned, or since its params, prices or return changed.
    """
    if not is_priced(run.root, run.unit):
        raise LarcError(f"{run.authority.name} has no costs to set beside others yet. Run 02_price first.")
    opened = consortium.find_round(run.root, run.notebook, run.authority.round or codes.DEFAULT_ROUND)
    opened.check(run.unit, "cases")
    alike = [
        slug for slug in opened.received
        if priced(opened.authorities[slug]) == priced(run.authority) and opened.is_current(slug)
    ]  # fmt: skip
    return Neighbours(run, opened.money(alike), len(alike), len(opened.authorities))


def priced(authority: Authority) -> tuple:
    """How an authority's cases are priced: pounds of two that differ in this are not set side by side."""
    overrides = tuple(sorted((name, str(value)) for name, value in authority.overrides.items()))
    return authority.vintage, authority.price_base, authority.preset, overrides
