"""The consortium: a round's results together, pooled, agreed on and compared (METHOD.md part 5).

:mod:`~larcnb.consortium.rounds` opens a round; the others take its frames and hand back frames:
:mod:`~larcnb.consortium.pooling` over authorities, :mod:`~larcnb.consortium.agreement` between perspectives,
:mod:`~larcnb.consortium.intervals` of counts and means, :mod:`~larcnb.consortium.process_cost` and
:mod:`~larcnb.consortium.comparison` with what others published.
"""


def __getattr__(name: str):
    """What opens a round, imported when asked for: it needs the tables, and the tables need the modules above."""
    if name in ("MONEY", "Round", "find_round", "open_round"):
        from larcnb.consortium import rounds

        return getattr(rounds, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
