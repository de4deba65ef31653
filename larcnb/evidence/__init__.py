"""LARC2's question: how the process works, for whom, and how well that is shown (METHOD.md part 6).

In: the clean ``evidence`` tables and params of a round's authorities. Out: counts over authorities, each with its
denominator and interval; propositions; impact levels; gaps and recommendations. An authority counts once,
however many people told it the same.
"""

from larcnb.evidence.advice import SEE, WHOSE, advice, gaps, provision_gaps, recommendations
from larcnb.evidence.beside import compare
from larcnb.evidence.counting import changes_in_cases, domains, participants, themes, voices
from larcnb.evidence.gather import EDITIONS, Evidence, gather
from larcnb.evidence.headline import headline, interval, listed, most_reported
from larcnb.evidence.levels import band, claims, rounds
from larcnb.evidence.propositions import STATUS, propositions
from larcnb.evidence.record import results

__all__ = [
    "EDITIONS", "Evidence", "SEE", "STATUS", "WHOSE", "advice", "band", "changes_in_cases", "claims",
    "compare", "domains", "gaps", "gather", "headline", "interval", "listed", "most_reported", "participants",
    "propositions", "provision_gaps", "recommendations", "results", "rounds", "themes", "voices",
]  # fmt: skip
