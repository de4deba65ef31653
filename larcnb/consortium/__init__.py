"""The consortium: a round's results together, pooled, agreed on and compared (METHOD.md part 5).

:mod:`~larcnb.consortium.rounds` opens a round; the others take its frames and hand back frames or sentences:
:mod:`~larcnb.consortium.pooling` of cases and over authorities, :mod:`~larcnb.consortium.agreement` between
perspectives, :mod:`~larcnb.consortium.comparison` with what others published,
:mod:`~larcnb.consortium.other_authorities` one authority and the others of its round, and
:mod:`~larcnb.consortium.verdict`, the findings in words.
"""

from larcnb.consortium.other_authorities import FEWEST_SHOWN, grouped, neighbours
from larcnb.consortium.rounds import MONEY, open_round, side_by_side

__all__ = ["FEWEST_SHOWN", "MONEY", "grouped", "neighbours", "open_round", "side_by_side"]
