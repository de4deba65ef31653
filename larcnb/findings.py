"""The findings in words: sentences whose every number is taken from this run's data, and findings.json.

In: ledger, cases, prices, assumptions and context of a run. Out: :class:`Findings`, with one method a
sentence, each of which says what the figure rests on, and :meth:`Findings.to_json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from larcnb import codes, costing, sensitivity
from larcnb.figures.sets import PRESETS
from larcnb.params import Assumptions, Authority
from larcnb.tables import Context, gbp, plural
from larcnb.tables.sensitivity import in_hundred

BELIEF = "if the futures people told of would have happened as agreed, which nobody can know"
NO_COMPARISON = "There was no comparison group."


@dataclass(frozen=True)
class Sentences:
    """Sentences that show themselves as paragraphs, and as plain text, a line each, that can be compared."""

    lines: tuple[str, ...]

    def _repr_html_(self) -> str:
        return "".join(f'<p class="finding">{escape(line)}</p>' for line in self.lines)

    def __repr__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, repr=False)
class Findings:
    """An authority's findings.

    Parameters
    ----------
    authority : Authority
    context : Context
    assumptions : Assumptions
    cases, ledger : DataFrame
        As in DATA.md, priced under ``assumptions``.
    prices : DataFrame indexed by ``item``
    doubt : dict
        :func:`larcnb.sensitivity.headlines` of what 03_sensitivity wrote.
    """

    authority: Authority
    context: Context
    assumptions: Assumptions
    cases: pd.DataFrame
    ledger: pd.DataFrame
    prices: pd.DataFrame
    effects: pd.DataFrame
    doubt: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Findings for {self.authority.slug}: {len(self.cases)} cases"

    @cached_property
    def summary(self) -> dict:
        """:func:`larcnb.costing.summarise`; GBP at the price base."""
        return costing.summarise(self.cases, self.ledger, self.assumptions)

    @property
    def presets(self) -> pd.DataFrame:
        """The sets of assumptions side by side, as 03_sensitivity found them."""
        return pd.DataFrame(self.doubt["scenarios"])

    @cached_property
    def rests_on(self) -> pd.DataFrame:
        """:func:`larcnb.costing.rests_on`."""
        return costing.rests_on(self.ledger, self.prices, self.effects, self.assumptions)

    @cached_property
    def payers(self) -> pd.DataFrame:
        """:func:`larcnb.costing.by_payer`."""
        return costing.by_payer(self.ledger, self.prices, self.assumptions)

    def sentence(self, *names: str) -> Sentences:
        """Sentences of the findings, their numbers taken from this run's data.

        Parameters
        ----------
        *names : str
            ``headline`` the verdict with its caveat · ``break_even`` how much of the futures had to be real ·
            ``interval`` how wide the doubt is · ``sets`` what other sets of assumptions say · ``decides`` which
            assumption matters and what to measure next · ``inputs`` what was spent · ``losses`` how many cases lose ·
            ``unpriced`` what is left out · ``payers`` who pays and who saves · ``confidence`` what rests on remembered
            or judged figures.
        """
        if self.summary["costed"]:
            lines = [getattr(self, f"_{name}")(self.summary) for name in names]
        elif "headline" not in names:
            lines = []  # said once, at the verdict
        elif len(self.cases):
            lines = [f"{self._name} sent {plural(len(self.cases), 'case')}, none of them costed."]
        else:
            lines = [f"{self._name} took part and sent no cases, so there is nothing to price."]
        return Sentences(tuple(codes.words(self.context.wording, line) for line in lines))

    @property
    def _name(self) -> str:
        return self.authority.name.replace("{", "{{").replace("}", "}}")

    def _headline(self, s: dict) -> str:
        costed, spent = plural(s["costed"], "costed case"), gbp(s["inputs_appraised"])
        more, added = s["inputs_appraised"] - s["inputs"], ""
        if more:
            added = f", of which {gbp(s['inputs'])} was recorded and {gbp(more)} is added for weak evidence of costs"
        years = plural(self.assumptions.long_years, "year")
        if not s["avoided_long"]:
            return (
                f"No future avoided in the {costed} has a price, so their {spent} of {{process}} and support show as a "
                f"cost; that says nothing of what was gained. {NO_COMPARISON}"
            )
        saving = gbp(abs(s["saving_long"]))
        verdict = (
            f"would have saved {saving} net over {years}"
            if s["saving_long"] >= 0
            else f"would have cost {saving} more than it saved over {years}"
        )
        return (
            f"In {self._name} the {{process}} and its support {verdict} across {costed}, {BELIEF}: "
            f"{gbp(s['avoided_long'])} of futures avoided against {spent} spent{added}. {NO_COMPARISON}"
        )

    def _break_even(self, s: dict) -> str:
        share = s["break_even_share"]
        if share is None:
            return "No future has a price, so there is no share at which the cases would break even."
        if share > 1:
            return (
                "Even if every future counted were real, the futures priced would not cover what was spent: "
                f"{gbp(s['avoided_long'])} against {gbp(s['inputs_appraised'])}."
            )
        return (
            f"The cases together pay for themselves if at least {percent(share)} of the cost of the futures "
            "counted was real."
        )

    def _interval(self, s: dict) -> str:
        found = self.doubt["intervals"]["long"]
        lead = (
            f"Within this set of assumptions the net saving lies between {gbp(found['low95'])} and "
            f"{gbp(found['high95'])} in 95 of 100 draws"
        )
        if not self.doubt["chance_stated"]:
            return f"{lead}. Whether the futures were real is in no interval here."
        fair = "if families, futures and ranges are a fair picture"
        return f"{lead}, and {in_hundred(found['chance'])} show a saving, {fair}."

    def _sets(self, _: dict) -> str:
        sets = self.presets.sort_values(["saving_long", "set"], ignore_index=True)
        ends = [(row["saving_long"], row["set"]) for _, row in sets.iloc[[0, -1]].iterrows()]
        least, most = (f"{gbp(saving)} ({PRESETS.get(name, name)})" for saving, name in ends)
        used = "own" if self.authority.overrides else self.assumptions.preset
        rank = {ends[0][1]: ", the least generous", ends[1][1]: ", the most generous"}.get(used, "")
        return (
            f"The figures above use the set of assumptions {PRESETS.get(used, used)}{rank}. Over all sets the same "
            f"futures come to between {least} and {most} net."
        )

    def _decides(self, _: dict) -> str:
        most, information = self.doubt["matters_most"], self.doubt["information"]
        measure = None if information["nothing"] else information["measure"]
        low, high = (f"{gbp(end['saving'])} at {end['value']}" for end in most["ends"])
        following = (
            "The most useful thing to measure next, where a pound saved later is worth "
            f"{information['worth'] * 100:.0f}p, is {measure[0].lower()}{measure[1:]}."
            if measure
            else "Where a pound saved later is worth a pound, nothing needs measuring."
        )
        return f"One at a time, the assumption that matters most is {most['label'].lower()}: {low}, {high}. {following}"

    def _inputs(self, s: dict) -> str:
        each = self.cases.loc[self.cases["costed"] == "yes", "process"]
        spread = f", {gbp(each.min())} to {gbp(each.max())} a case" if len(each) > 1 else ""
        return (
            f"The {{process}} took {gbp(s['process'])} of people's time{spread}; the support put in place cost "
            f"{gbp(s['interventions'])}."
        )

    def _losses(self, s: dict) -> str:
        short, long = (plural(n, "year") for n in (self.assumptions.short_years, self.assumptions.long_years))
        return (
            f"Within {short}, {s['losses_short']} of {plural(s['costed'], 'costed case')} cost more than they saved; "
            f"over {long}, {s['losses_long']}."
        )

    def _unpriced(self, s: dict) -> str:
        futures = int(self.cases["unpriced_futures"].sum())
        verb = "has" if futures == 1 else "have"
        lead = plural(futures, "future")
        return (
            f"{lead[0].upper()}{lead[1:]} avoided {verb} no price. In {s['conservative']} of "
            f"{plural(s['costed'], 'costed case')} a future without a price or a child not in the futures leaves the "
            "saving understated."
        )

    def _payers(self, s: dict) -> str:
        paid, net = self.payers["paid"], self.payers["net"]
        most = paid.idxmax()
        text = f"{codes.PAYER[most]} pays most, {gbp(paid[most])} of {gbp(s['inputs_appraised'])}"
        if not s["avoided_long"]:
            return f"{text}; no future avoided has a price."
        gains, cashable = net.idxmax(), gbp(costing.total(self.payers["cashable"]))
        who = "the same payer" if gains == most else codes.PAYER[gains]
        return (
            f"{text}; {who} gains most, {gbp(net[gains])} net. Of the futures avoided {cashable} could "
            "be taken out of a budget; the rest frees capacity that others will use."
        )

    def _confidence(self, _: dict) -> str:
        weak = [
            f"{percent(share)} of the {what} rests on {kind} unit costs"
            for what, column in (("inputs", "inputs_share"), ("futures avoided", "avoided_share"))
            for kind, share in self.rests_on[column].items()
            if kind != "verified" and share
        ]
        lead = "; ".join(weak) if weak else "Every unit cost used was seen at its source"
        return (
            f"{lead}. Recalled means remembered and not seen again; assumed means judged. How much of an item a future "
            "uses, and for how long, is a judgement throughout."
        )

    def to_json(self) -> dict:
        """The content of findings.json: figures in GBP at the price base, shares 0 to 1."""
        s, a = self.summary, self.authority
        return {
            "authority": a.slug, "name": a.name, "round": a.round, "notice": self.context.notice,
            "vintage": a.vintage, "price_base": a.price_base, "preset": a.preset, "overrides": dict(a.overrides),
            "headline": str(self.sentence("headline")),
            **s,
            "payers": self.payers.reset_index().to_dict("records"),
            "rests_on": {
                row.Index: {
                    "inputs": row.inputs, "avoided_long": row.avoided_long,
                    "share_of_inputs": row.inputs_share, "share_of_avoided": row.avoided_share,
                }
                for row in self.rests_on.itertuples()
            },
            **{key: value for key, value in self.doubt.items() if key != "cases"},
        }  # fmt: skip


def find(run) -> Findings:
    """Gather a run's findings from what 02_price and 03_sensitivity wrote.

    Parameters
    ----------
    run : larcnb.workbook.Run

    Raises
    ------
    LarcError
        One of those notebooks has not run.
    """
    doubt = sensitivity.headlines(run.read("sensitivity", "03_sensitivity"))
    known = run.prices, run.library.effects
    return Findings(run.authority, run.context, run.assumptions, run.cases, run.ledger, *known, doubt)


def percent(share: float) -> str:
    """Write a share as per cent, whole unless it is below one.

    Examples
    --------
    >>> percent(0.251), percent(0.0042), percent(0)
    ('25%', '0.4%', '0%')
    """
    value = share * 100
    return f"{value:.1f}%" if 0 < value < 1 else f"{value:.0f}%"
