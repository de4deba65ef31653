"""Figures for the pages: one function for each question, each with caption, alt text and the numbers drawn.

In: frames of DATA.md and a :class:`larcnb.tables.Context`. Out: :class:`Figure` objects that show themselves.
"""

from larcnb.figures import consortium
from larcnb.figures.avoided import cumulative, futures_by_theme, futures_told
from larcnb.figures.figure import Figure
from larcnb.figures.inputs import inputs_by_case, inputs_by_element, needs, support
from larcnb.figures.savings import break_even, saving_by_case, who_pays_who_saves

__all__ = [
    "Figure", "break_even", "consortium", "cumulative", "futures_by_theme", "futures_told",
    "inputs_by_case", "inputs_by_element", "needs", "saving_by_case", "support", "who_pays_who_saves",
]  # fmt: skip
