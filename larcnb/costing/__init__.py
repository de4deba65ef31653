"""Costing: a return becomes a ledger, and the ledger is appraised (METHOD.md parts 1, 2 and 8).

In: clean tables, library, prices and assumptions. Out: what :mod:`~larcnb.costing.valuation` (the formula),
:mod:`~larcnb.costing.ledger` (one ending for each row), :mod:`~larcnb.costing.appraisal` (cases, payers, payback
and what the result rests on) and :mod:`~larcnb.costing.funds` (funds and budget years) make of them.
"""

from larcnb.costing.appraisal import *  # noqa: F403
from larcnb.costing.funds import *  # noqa: F403
from larcnb.costing.ledger import *  # noqa: F403
from larcnb.costing.valuation import *  # noqa: F403
