"""Sensitivity of the result to what was assumed (METHOD.md part 4).

In: a run, or a return with library, prices and assumptions. Out: :class:`Study`, opened with :func:`open_study`, and
what it hands on: :func:`long_table` (sensitivity.parquet), :func:`headlines` read back from it, :func:`savi_tables`.
"""

from larcnb.sensitivity.headlines import headlines
from larcnb.sensitivity.panel import Panel, panel
from larcnb.sensitivity.ranges import LABELS
from larcnb.sensitivity.results import long_table, savi_tables
from larcnb.sensitivity.study import Study, open_study

__all__ = ["LABELS", "Panel", "Study", "headlines", "long_table", "open_study", "panel", "savi_tables"]
