"""What readers see: nine kinds of chart, one kind of table, tiles, cards, the ledger's trace and sentences.

In: frames, the question's words, and the run whose figures they are. Out: objects that show themselves as accessible
HTML in JupyterLab and on a page, and as plain text that nbval compares.
"""

from larcnb.show.context import Context, measured, scenario
from larcnb.show.figure import Figure
from larcnb.show.plots import box, contour, dots, lines
from larcnb.show.rows import bars, intervals, paired, stacked, tornado
from larcnb.show.table import Table, table

__all__ = [
    "Context",
    "Figure",
    "Table",
    "bars",
    "box",
    "contour",
    "dots",
    "intervals",
    "lines",
    "measured",
    "paired",
    "scenario",
    "stacked",
    "table",
    "tornado",
]
