"""Tables for the pages: the accessible table itself, and one function for each question a table answers.

In: frames of DATA.md and a :class:`Context`. Out: objects that show themselves as HTML and as plain text.
"""

from larcnb.tables import consortium
from larcnb.tables.cards import Card, Cards, case_card, case_cards
from larcnb.tables.checks import problems_noted
from larcnb.tables.families import families, futures_told, gaps, outcomes
from larcnb.tables.money import savings, unit_costs_used
from larcnb.tables.pounds import Trace, trace
from larcnb.tables.study import assumptions_log, authorities_received, published_figures
from larcnb.tables.table import Context, Table, show
from larcnb.tables.words import does, gbp, plural

__all__ = [
    "Card", "Cards", "Context", "Table", "Trace", "assumptions_log", "authorities_received", "case_card", "case_cards",
    "consortium", "does", "families", "futures_told", "gaps", "gbp", "outcomes", "plural", "problems_noted",
    "published_figures", "savings", "show", "trace", "unit_costs_used",
]  # fmt: skip
