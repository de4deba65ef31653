"""The pages: an executed notebook as one self-contained page, and the index of a root's reports.

In: executed notebooks, ``reports/run.json``, ``findings.json``. Out: HTML. Knows nothing of the analysis.
"""

from larcnb.publish.index import write_index
from larcnb.publish.page import render_page

__all__ = ["render_page", "write_index"]
