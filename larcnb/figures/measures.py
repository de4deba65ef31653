"""The names of money columns in a round's words.

In: a column of ``cases``. Out: its name, such as ``Saving over 15 years``.
"""

from __future__ import annotations

from larcnb import codes
from larcnb.tables import Context

MEASURES = {
    "process": "Cost of the {process}",
    "interventions": "Cost of the support",
    "inputs": "Cost of {process} and support",
    "saving_short": "Saving {short}",
    "saving_long": "Saving {long}",
}


def measured(column: str, context: Context) -> str:
    """Name a money column in the round's words, such as ``Saving over 15 years``."""
    words = codes.WORDING[context.wording]
    return MEASURES[column].format(**words, short=context.over("short"), long=context.over("long"))
