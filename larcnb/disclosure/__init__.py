"""Disclosure control: what of a round may be shown to everybody (docs/disclosure.md).

In: a root and a round whose authorities have run. Out: :func:`prepare`, a release worked out with its verdict report;
:func:`release`, the same made public by named people; :class:`CheckedTable`, the only thing a public page may show.

``rules`` thresholds, rounding, dominance, the tables there are and the places that have a page · ``families`` who
stands in which cell, and who was met before · ``register`` cells and what becomes of each, now and in all that was ever
released · ``audit`` what all of them give away together · ``checked`` tables as they are shown · ``release`` from
results to files, by way of two people.
"""

from larcnb.disclosure.checked import Cell, CheckedTable, TableVerdict, read_checked
from larcnb.disclosure.release import prepare, public_folder, release, work_out
from larcnb.disclosure.rules import load_rules

__all__ = ["Cell", "CheckedTable", "TableVerdict", "load_rules", "prepare", "public_folder"]
__all__ += ["read_checked", "release", "work_out"]
