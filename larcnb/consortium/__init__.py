"""The consortium: a round's results together, pooled, agreed on and compared (METHOD.md part 5).

:mod:`~larcnb.consortium.rounds` opens a round; the others take its frames and hand back frames or sentences:
:mod:`~larcnb.consortium.pooling` over authorities, :mod:`~larcnb.consortium.agreement` between perspectives,
:mod:`~larcnb.consortium.intervals` of counts and means, :mod:`~larcnb.consortium.process_cost` and
:mod:`~larcnb.consortium.comparison` with what others published, :mod:`~larcnb.consortium.other_authorities` one
authority and the others of its round, and :mod:`~larcnb.consortium.verdict`, the findings in words.
"""

from importlib import import_module

MODULES = dict.fromkeys(("MONEY", "Round", "side_by_side", "open_round", "find_round"), "rounds")
MODULES |= dict.fromkeys(("FEWEST_SHOWN", "grouped", "neighbours"), "other_authorities")


def __getattr__(name: str):
    """What opens a round, imported when asked for: it needs the tables, and the tables need the modules above."""
    if name in MODULES:
        return getattr(import_module(f"larcnb.consortium.{MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
