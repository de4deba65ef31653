"""Inference: agreement, intervals, pooling over authorities, comparison (METHOD.md part 5).

In: pooled clean tables and cases of a round. Out: frames and small records for figures, tables and sentences. A number
that would rest on too little is not given; its place says why.
"""

from larcnb.inference.agreement import by_pair, by_theme
from larcnb.inference.authorities import Across, across
from larcnb.inference.comparison import avoided_by_future, banded, beliefs_beside_rates, beside_steps, rounds
from larcnb.inference.coverage import coverage
from larcnb.inference.intervals import bca_mean, counted, means, wilson
from larcnb.inference.process_cost import Drivers, drivers, people_and_meetings
from larcnb.inference.random_effects import Pooled, leave_one_out, pool, shrink

__all__ = [
    "Across", "Drivers", "Pooled", "across", "avoided_by_future", "banded", "bca_mean", "beliefs_beside_rates",
    "beside_steps", "by_pair", "by_theme", "counted", "coverage", "drivers", "leave_one_out", "means",
    "people_and_meetings", "pool", "rounds", "shrink", "wilson",
]  # fmt: skip
