"""LARC's costing of early help (CAF) episodes, as a reproducible workbook.

One way through: a return comes in (:mod:`larcnb.returns`), is priced with national unit costs
(:mod:`larcnb.library`) into one ledger, the ledger is appraised under a set of assumptions
(:mod:`larcnb.params`, :mod:`larcnb.costing`), and the result is
shown. The notebooks are the product; this package keeps their cells short.
"""

__version__ = "0.1.0"
