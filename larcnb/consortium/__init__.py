"""The consortium: a round's results together, pooled, agreed on and compared (METHOD.md part 5).

:mod:`~larcnb.consortium.rounds` opens a round; the others take its frames and hand back frames or sentences:
:mod:`~larcnb.consortium.pooling` over authorities, :mod:`~larcnb.consortium.agreement` between perspectives,
:mod:`~larcnb.consortium.intervals` of counts and means, :mod:`~larcnb.consortium.process_cost` and
:mod:`~larcnb.consortium.comparison` with what others published, :mod:`~larcnb.consortium.beside` one authority beside
the others, and :mod:`~larcnb.consortium.verdict`, the findings in words.
"""

from importlib import import_module

PLACES = dict.fromkeys(("MONEY", "Round", "side_by_side", "open_round", "find_round"), "rounds")
PLACES |= dict.fromkeys(("FEWEST_SHOWN", "grouped", "neighbours"), "beside")


def __getattr__(name: str):
    """What opens a round, imported when asked for: it needs the tables, and the tables need the modules above."""
    if name in PLACES:
        return getattr(import_module(f"larcnb.consortium.{PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
