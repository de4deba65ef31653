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
from larcnb.costing import total
from larcnb.figures.sets import PRESETS
from larcnb.params import Assumptions, Authority
from larcnb.tables import Context, does, gbp, plural
from larcnb.tables.sensitivity import in_hundred
from larcnb.tables.words import capital

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
            ``how_to_read`` those of the verdict · ``interval`` how wide the doubt is ·
            ``sets`` what other sets of assumptions say · ``decides`` which
            assumption matters and what to measure next · ``inputs`` what was spent · ``losses`` how many cases lose ·
            ``unpriced`` what is left out · ``own_balance`` what of it is the local authority's · ``payers`` who pays
            and who saves · ``confidence`` what rests on remembered or judged figures.
        """
        s = self.summary
        if s["costed"] and {s.get("inputs_appraised"), s.get("avoided_long")} == {0}:
            lines = [self._nothing_priced(s)] * ("headline" in names)  # said once, at the verdict
        elif s["costed"]:
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
        return codes.literal(self.authority.name)

    def _nothing_priced(self, s: dict) -> str:
        unpriced = int(self.cases["unpriced_futures"].sum())
        verb, them = "has" if unpriced == 1 else "have", "it" if s["costed"] == 1 else "them"
        told = f" {capital(plural(unpriced, 'future'))} avoided {verb} no price." if unpriced else ""
        return (
            f"{self._name} sent {plural(s['costed'], 'costed case')}, and no line of {them} "
            f"has a price, so nothing can be said of what was spent or saved.{told} {NO_COMPARISON}"
        )

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
        if not s["inputs_appraised"]:
            return (
                f"No cost of the {{process}} or its support was recorded in the {costed} of {self._name}, so whether "
                f"help pays cannot be said; {gbp(s['avoided_long'])} of futures would have been avoided over {years}, "
                f"{BELIEF}. {NO_COMPARISON}"
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
        if not s["inputs_appraised"]:
            return "No cost was recorded, so there is no share at which the cases would break even."
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

    def _how_to_read(self, _: dict) -> str:
        """Of the sentences of the verdict, which says what."""
        return (
            "Read them together. The first says what follows if people were right about the future, for all public "
            "services; the second, what of that is the authority's own. The third says how wrong people could have "
            "been before the answer changes, the fourth how far it moves when prices, hours and shares are drawn from "
            "their ranges, the last what other people's assumptions make of the same futures."
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
        if len({end["saving"] for end in most["ends"]}) < 2:
            return "One at a time, no assumption moves the saving."
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
        if not s["process"] and not s["interventions"]:
            return "No cost of the {process} or its support was recorded."
        spread = f", {gbp(each.min())} to {gbp(each.max())} a case" if len(each) > 1 else ""
        time = f"The {{process}} took {gbp(s['process'])} of people's time{spread}"
        support = f"the support put in place cost {gbp(s['interventions'])}"
        return (
            f"{time if s['process'] else 'No time on the {process} was recorded'}; "
            f"{support if s['interventions'] else 'no support with a cost was put in place'}."
        )

    def _losses(self, s: dict) -> str:
        short, long = (plural(n, "year") for n in (self.assumptions.short_years, self.assumptions.long_years))
        if s["costed"] == 1:
            early = "cost more than it saved" if s["losses_short"] else "did not cost more than it saved"
            late = "did" if s["losses_long"] else "did not"
            return f"Within {short} the one costed case {early}; over {long} it {late}."
        return (
            f"Within {short}, {s['losses_short'] or 'none'} of {s['costed']} costed cases cost more than they saved; "
            f"over {long}, {s['losses_long'] or 'none'}."
        )

    def _unpriced(self, s: dict) -> str:
        futures, kept = int(self.cases["unpriced_futures"].sum()), s["conservative"]
        if futures:
            lead = f"{capital(plural(futures, 'future'))} avoided {'has' if futures == 1 else 'have'} no price."
        elif s["avoided_long"]:
            lead = "Every future avoided has a price."
        else:
            lead = "No future counts towards the saving."
        if not kept:
            return lead
        cases = "the one costed case" if s["costed"] == 1 else f"{kept} of {s['costed']} costed cases"
        return (
            f"{lead} In {cases} a future without a price or a child not in the futures leaves the saving understated."
        )

    def _own_balance(self, _: dict) -> str:
        """What of the saving is the local authority's own; what several agencies share is not split."""
        own, others = "local_authority", self.payers["net"].drop("local_authority", errors="ignore")
        paid, spared = (self.payers[name].get(own, 0.0) for name in ("paid", "avoided_long"))
        over = self.context.over("long")
        rest = total(others)
        if not paid and not spared:
            text = "The local authority itself pays nothing and is spared nothing that has a price."
        else:
            net = total([spared, -paid])
            verdict = f"a net {'saving' if net > 0 else 'loss'} of {gbp(abs(net))}" if net else "no more and no less"
            text = f"The local authority itself pays {gbp(paid)} and is spared {gbp(spared)} {over}: {verdict}."
        if rest:
            text += f" All other payers together {'gain' if rest > 0 else 'lose'} {gbp(abs(rest))} net"
            shared = "several" in others.index and bool(self.payers.loc["several", ["paid", "avoided_long"]].any())
            text += "; what several agencies share is counted with them, some of it may be the authority's." * shared
            text += "" if shared else "."
        return text

    def _payers(self, s: dict) -> str:
        paid, net = self.payers["paid"], self.payers["net"]
        spent, avoided = s["inputs_appraised"], s["avoided_long"]
        parts = []
        if spent:
            most = codes.PAYER[paid.idxmax()]
            parts.append(f"{does(most, 'pays', 'pay')} most, {gbp(paid.max())} of {gbp(spent)}")
        if not avoided:
            return f"{parts[0]}; no future avoided has a price." if parts else (
                "Nobody pays anything and nobody is spared anything that has a price."
            )  # fmt: skip
        gains = codes.PAYER[net.idxmax()]
        if net.max() <= 0:
            parts.append("no payer is spared more than it pays")
        elif spent and gains == most:
            parts.append(f"the same payer gains most, {gbp(net.max())} net")
        else:
            parts.append(f"{does(gains, 'gains', 'gain')} most, {gbp(net.max())} net")
        cashable = total(self.payers["cashable"])
        left = (
            f"Of the futures avoided {gbp(cashable)} could be taken out of a budget; the rest frees capacity that "
            "others will use."
            if cashable
            else "None of it could be taken out of a budget: it frees capacity that others will use."
        )
        return f"{'; '.join(parts)}. {left}"

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
    doubt = sensitivity.headlines(run.sensitivity)
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
