"""Sensitivity of the result to what was assumed (METHOD.md part 4).

In: a run, or a return with library, prices and assumptions. Out: :class:`Study`, opened with :func:`open_study`, and
what it hands on: :func:`summary`, :func:`for_findings`, :func:`long_table`, :func:`savi_tables`.
"""

from larcnb.sensitivity.results import for_findings, long_table, savi_tables, summary
from larcnb.sensitivity.study import Study, open_study

__all__ = ["Study", "for_findings", "long_table", "open_study", "savi_tables", "summary"]
