"""Running: notebooks by papermill in processes of their own, safe to stop at any moment.

In: a :class:`~larcnb.runner.plan.Request` and the checks of returns and national tables (which belong to
the analysis and are handed in). Out: ``data/processed`` and ``reports`` with each job's outputs
replaced whole, ``reports/run.json``, ``reports/index.html`` and an exit code of docs/batch.md.
"""
