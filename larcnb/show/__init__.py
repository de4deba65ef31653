"""What readers see: nine kinds of chart, one kind of table, tiles, cards, the ledger's trace and sentences.

In: frames, the question's words, and the run whose figures they are. Out: objects that show themselves as accessible
HTML in JupyterLab and on a page, and as plain text that nbval compares.
"""

from larcnb.show.cards import cards, trace
from larcnb.show.charts import Figure, bars, box, dots, intervals, paired, stacked, tornado
from larcnb.show.plots import contour, lines
from larcnb.show.sentences import Context, measured, say, scenario, tiles
from larcnb.show.table import Table, table
from larcnb.show.words import gbp, labelled, listed, percent, plural, short, simulated

__all__ = ["Context", "Figure", "Table", "bars", "box", "cards", "contour", "dots", "gbp"]
__all__ += ["intervals", "labelled", "lines", "listed", "measured", "paired", "percent", "plural"]
__all__ += ["say", "scenario", "short", "simulated", "stacked", "table", "tiles", "tornado"]
__all__ += ["trace"]
