"""The pages: an executed notebook as one self-contained page, the index of all pages, the results workbook.

In: executed notebooks, ``reports/run.json`` and what the notebooks wrote. Out: HTML, xlsx and docx. No figure is worked
out here. The workbook, :func:`larcnb.publish.results.results_workbook`, needs pandas, which a batch with nothing to
do does without.
"""

from larcnb.publish.index import write_index
from larcnb.publish.page import render_page

__all__ = ["render_page", "write_index"]
