"""The batch: every authority's notebooks on a pool of workers, safe to stop at any moment.

In: a :class:`~larcnb.batch.plan.Request` and the checks of returns and national tables (which belong to
the analysis and are handed in). Out: ``data/processed`` and ``reports`` with each unit's outputs
replaced whole, ``reports/run.json``, ``reports/index.html`` and an exit code of DATA.md.
"""

from larcnb.batch.checks import Checks
from larcnb.batch.plan import Request
from larcnb.batch.run import run_batch

__all__ = ["Checks", "Request", "run_batch"]
