"""The consortium: a round's results together, pooled, agreed on and compared (docs/method.md part 5).

:mod:`~larcnb.consortium.rounds` opens a round, or sets one authority beside the others; the others take its frames and
hand back frames or sentences: :mod:`~larcnb.consortium.pooling` of cases and over authorities,
:mod:`~larcnb.consortium.agreement` between perspectives, :mod:`~larcnb.consortium.evidence` of how early help works
(part 6), :mod:`~larcnb.consortium.published`, compared with what others published, and
:mod:`~larcnb.consortium.verdict`, the findings in words.
"""

from larcnb.consortium.rounds import combine_small, open_round, peers, side_by_side

__all__ = ["combine_small", "open_round", "peers", "side_by_side"]
