"""Costing: a return becomes a ledger, and the ledger is appraised (docs/method.md parts 1, 2 and 8).

In: clean tables, library, prices and assumptions. Out: what :mod:`~larcnb.costing.valuation` (the formula),
:mod:`~larcnb.costing.ledger` (one treatment for each row) and :mod:`~larcnb.costing.appraisal` (cases, payback, payers,
funds, budget years and what the result rests on) make of them.
"""

from larcnb.costing.appraisal import *  # noqa: F403
from larcnb.costing.ledger import *  # noqa: F403
from larcnb.costing.valuation import *  # noqa: F403
