"""The pages: an executed notebook as one self-contained page, the index of all pages, the results workbook.

In: executed notebooks, ``reports/run.json`` and what the notebooks wrote. Out: HTML and xlsx. Knows nothing of the
analysis.
"""

from larcnb.publish.index import write_index
from larcnb.publish.page import render_page
from larcnb.publish.results import results_workbook

__all__ = ["render_page", "results_workbook", "write_index"]
