"""Sensitivity of the result to what was assumed (METHOD.md part 4).

In: a run. Out: :class:`Study`, opened with :func:`open_study`, and what it hands on: :func:`long_table`
(sensitivity.parquet), :func:`headlines` read back from it, :func:`by_draw` (draws.parquet), from which
:func:`round_draws` sums a round, and :func:`savi_tables`.
"""

from larcnb.sensitivity.monte_carlo import GROUPS, by_draw, round_draws
from larcnb.sensitivity.scenarios import LABELS, OWN, REFERENCE
from larcnb.sensitivity.study import Study, headlines, long_table, open_study, savi_tables
from larcnb.sensitivity.what_if import Panel
from larcnb.sensitivity.what_if import Panel as panel

__all__ = ["GROUPS", "LABELS", "OWN", "REFERENCE", "Panel", "Study", "by_draw", "headlines"]
__all__ += ["long_table", "open_study", "panel", "round_draws", "savi_tables"]
