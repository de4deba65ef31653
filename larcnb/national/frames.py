"""What a consortium page shows, each frame worked out once.

In: a round (:mod:`larcnb.consortium`). Out: :class:`Frames`, on which :mod:`larcnb.national.words` builds sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from larcnb import codes, costing, library, parameters
from larcnb.consortium import agreement, comparison, intervals, pooling, process_cost
from larcnb.consortium.rounds import Round, side_by_side
from larcnb.costing import total
from larcnb.errors import LarcError
from larcnb.figures.measures import measured
from larcnb.sensitivity.scenarios import OWN

POOLED = ("process", "inputs", "saving_short", "saving_long")
PARTS = ("preparation", "assessment", "meetings", "process", "interventions", "inputs", "avoided_long", "saving_short",
         "saving_long")  # fmt: skip
LABELS = {"preparation": "Preparation", "assessment": "Assessment", "meetings": "Meetings and contact",
          "avoided_long": "Futures avoided, long term"}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Frames:
    """The frames of one round.

    Parameters
    ----------
    of : Round
    seed : int
        Of bootstrap and shuffling.

    Raises
    ------
    LarcError
        ``seed`` is no whole number of 0 or more, or the authorities' pounds are of different years or vintages:
        they are not added.
    """

    of: Round
    seed: int

    def __post_init__(self) -> None:
        parameters.whole("seed", self.seed, 0)
        bases = sorted({(found.vintage, found.price_base) for found in self.of.authorities.values()})
        if len(bases) > 1:
            listed = ", ".join(f"{vintage} at {base} prices" for vintage, base in bases)
            raise LarcError(
                f"The authorities of round '{self.of.name}' are priced unlike: {listed}. Pounds of different years are "
                "not added. Give them one vintage and one price_base in params/."
            )

    def __repr__(self) -> str:
        return f"Findings of round {self.of.name}: {len(self.of.received)} authorities with results"

    @cached_property
    def cases(self) -> pd.DataFrame:
        """Every case sent, with its costs."""
        return self.of.pooled("cases")

    @cached_property
    def costed(self) -> pd.DataFrame:
        """The cases whose costs were collected."""
        return self.cases[self.cases["costed"] == "yes"]

    @cached_property
    def names(self) -> dict[str, str]:
        """Slug to name."""
        return {slug: found.name for slug, found in self.of.authorities.items()}

    @cached_property
    def labels(self) -> dict[str, str]:
        """Money column to its name in the round's words."""
        return {name: LABELS.get(name) or measured(name, self.of.context) for name in PARTS}

    @cached_property
    def means(self) -> pd.DataFrame:
        """:func:`larcnb.consortium.intervals.means`."""
        return intervals.means(self.cases, self.labels, self.seed)

    @cached_property
    def across(self) -> dict[str, pooling.Across]:
        """:func:`larcnb.consortium.pooling.across` of process, inputs and both savings."""
        return {column: pooling.across(self.cases, column) for column in POOLED}

    @cached_property
    def rates(self) -> pd.DataFrame:
        """The studies in use that give the share of a comparison group, one row a future."""
        studies = self.of.library.base_rates
        return studies[studies["use"].eq("yes") & studies["comparison_share"].notna()]

    @cached_property
    def _of_ledgers(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """By payer and by future, authority by authority: each ledger is read once."""
        rates = self.rates
        return self.of.by_authority(
            costing.by_payer, lambda ledger, prices, assumptions: comparison.avoided_by_future(ledger, rates)
        )

    @cached_property
    def payers(self) -> pd.DataFrame:
        """:func:`larcnb.costing.by_payer`, added over authorities."""
        parts = self._of_ledgers[0].groupby("payer")
        sums = parts[["paid", "avoided_short", "avoided_long", "net", "cashable"]].agg(total)
        return sums.reindex([payer for payer in codes.PAYER if payer in sums.index])

    @cached_property
    def by_future(self) -> pd.DataFrame:
        """:func:`larcnb.consortium.comparison.avoided_by_future`, added over authorities: ``theme`` beside."""
        parts = self._of_ledgers[1].groupby("future")
        sums = parts[["cases", "unpriced", "amount", "at_rates"]].sum().round(2).reset_index()
        known = self.of.library.futures.drop_duplicates("future").set_index("future")
        return sums.assign(theme=sums["future"].map(known["theme"])).sort_values("amount", ascending=False)

    @cached_property
    def judged(self) -> pd.DataFrame:
        """The futures that count in the families' stories, costed or not: accepted, and likely enough."""
        told, agreed = self.of.tables["futures"], self.of.tables["moderation"]
        cases, parts = self.cases.assign(costed="yes"), []
        for accept_at in sorted({self.of.assumptions[slug].accept_at for slug in self.of.received}):
            some = [slug for slug in self.of.received if self.of.assumptions[slug].accept_at == accept_at]
            of = [part[part["authority"].isin(some)] for part in (told, agreed, cases)]
            parts.append(costing.judge(*of, accept_at))
        judged = pd.concat(parts, ignore_index=True)
        judged = judged[judged["why_not"] == ""].merge(self.cases[["case_id", "authority"]], on="case_id")
        shares = self.rates.set_index("future")["comparison_share"]
        chance = [self._chance(*row, shares) for row in judged[["authority", "likelihood", "future"]].values]
        return judged.assign(chance=np.array(chance, dtype="float64"))

    def _chance(self, slug: str, likelihood: str, future: str, shares: pd.Series) -> float:
        """That a future would have come without help, as its authority's assumptions take it."""
        a = self.of.assumptions[slug]
        if a.weighting == "accepted":
            return 1.0
        return a.probability[likelihood] if a.weighting == "expected" else shares.get(future, np.nan)

    @cached_property
    def beliefs(self) -> pd.DataFrame:
        """:func:`larcnb.consortium.comparison.counts_cap_beliefs` of what is believed, over all families sent."""
        persons = {"child": len(self.of.tables["children"]), "family": len(self.cases)}  # a return counts no adults
        beside = comparison.beliefs_beside_rates(self.judged, self.of.library.futures, self.rates, persons)
        return comparison.counts_cap_beliefs(beside)

    @cached_property
    def themes(self) -> pd.DataFrame:
        """:func:`larcnb.consortium.intervals.counted` of the themes of futures that count."""
        known = self.of.library.futures.drop_duplicates("future").set_index("future")["theme"]
        rows = self.judged.assign(theme=self.judged["future"].map(known))
        return intervals.counted(rows, "theme", codes.FUTURE_THEME, len(self.cases))

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """:func:`larcnb.consortium.agreement.by_theme`."""
        return agreement.by_theme(self.of.tables["futures"], self.of.library.futures, self.seed)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """:func:`larcnb.consortium.agreement.by_pair`."""
        return agreement.by_pair(self.of.tables["futures"], self.seed)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """:func:`larcnb.consortium.process_cost.people_and_meetings`."""
        return process_cost.people_and_meetings(self.of.tables["process"], self.cases)

    @cached_property
    def drivers(self) -> process_cost.Drivers:
        """:func:`larcnb.consortium.process_cost.drivers`."""
        return process_cost.drivers(self.counts)

    @cached_property
    def sets(self) -> pd.DataFrame:
        """What each preset makes of the round, the largest saving first: the authorities' sensitivity studies, added.

        ``set``, ``inputs``, ``avoided_long``, ``saving_short``, ``saving_long`` (GBP), ``losses`` (cases), ``years``
        (of the long term); no rows where an authority has no study yet.
        """
        paths = [self.of.root.processed(slug) / "sensitivity.parquet" for slug in self.of.received]
        added = ["inputs", "avoided_long", "saving_short", "saving_long", "losses"]
        if not all(path.is_file() for path in paths):
            return pd.DataFrame(columns=["set", *added, "years"])
        for slug in self.of.received:
            self.of.check(slug, "sensitivity", "03_sensitivity")
        rows = pd.concat([pd.read_parquet(path, filters=[("result", "==", "scenarios")]) for path in paths])
        values = rows[rows["of"] != OWN].groupby(["of", "measure"])["value"]
        sums = values.agg(total).unstack()[added].assign(years=values.max().unstack()["years"])
        sums = sums.astype({"losses": "int64", "years": "int64"}).rename_axis("set").reset_index()
        return sums.sort_values("saving_long", ascending=False, ignore_index=True)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """:func:`larcnb.consortium.comparison.beside_steps`."""
        base = next(iter(self.of.authorities.values())).price_base
        rates = library.read_published(self.of.root, "caf_steps")
        return comparison.beside_steps(self.counts, self.cases, rates, self.of.library.deflators, base)

    @cached_property
    def rounds(self) -> pd.DataFrame:
        """:func:`larcnb.consortium.rounds.side_by_side`."""
        printed = library.read_published(self.of.root, "rounds")
        return side_by_side(self.of.everyone, self.of.cases_of_all_rounds, printed)

    def banded(self, column: str) -> pd.DataFrame:
        """:func:`larcnb.consortium.comparison.banded`."""
        return comparison.banded(self.cases, library.read_published(self.of.root, "bands"), column)
