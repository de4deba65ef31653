"""The findings of a round in words: whether it pays, how sure that is and why; and findings.json.

In: the frames of :class:`larcnb.national.frames.Frames`. Out: sentences whose every number is this round's. A
convenience sample is described and never scaled up to a population.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from larcnb import codes, costing
from larcnb.consortium.intervals import wilson
from larcnb.costing import total, whole_pence
from larcnb.figures.sets import PRESETS
from larcnb.findings import NO_COMPARISON
from larcnb.national.frames import Frames
from larcnb.show import percent
from larcnb.show.sentences import Said as Sentences
from larcnb.tables import does, gbp, plural
from larcnb.tables.words import capital, lowered

UNPRICED_TOO = ("sample", "agreement", "gaps")
"""The sentences that have something to say where nothing has a price."""
THEMES = {"other": "other futures"}


@dataclass(frozen=True, repr=False)
class National(Frames):
    """The findings of one round, in words."""

    @cached_property
    def sums(self) -> dict[str, float]:
        """Each money column's total over the costed cases, GBP."""
        return {name: int(whole_pence(self.costed[name]).sum()) / 100 for name in costing.MONEY}

    def sentence(self, *names: str) -> Sentences:
        """Sentences of the findings, their numbers taken from this round's data.

        Parameters
        ----------
        *names : str
            ``verdict`` does it pay · ``sure`` how sure that is · ``sets`` what other assumptions make of it ·
            ``rates`` what known rates would · ``why`` · ``sample`` whom it stands for · ``inputs`` · ``drivers`` ·
            ``agreement`` · ``differences`` between authorities · ``without`` any one of them · ``payers`` · ``gaps`` ·
            ``unpriced``.
        """
        if self.costed.empty:
            lines = [f"{plural(len(self.cases), 'case')} came in, none of them costed, so there is nothing to price."]
            lines[0] = lines[0][:1].upper() + lines[0][1:]
        elif not self.sums["inputs_appraised"] and not self.sums["avoided_long"]:
            lines = [
                f"{capital(plural(len(self.costed), 'costed case'))} came in, and no line of them has a price, so "
                f"nothing can be said of what was spent or saved. {NO_COMPARISON}"
            ] * ("verdict" in names)  # said once, at the verdict
            lines += [line for name in names if name in UNPRICED_TOO for line in getattr(self, f"_{name}")()]
        else:
            lines = [line for name in names for line in getattr(self, f"_{name}")()]
        return Sentences(tuple(codes.words(self.of.context.wording, line) for line in lines))

    @property
    def _long(self) -> str:
        return self.of.context.over("long")

    def _verdict(self) -> list[str]:
        s, n = self.sums, len(self.costed)
        gains, early = (int((self.costed[f"saving_{term}"] >= 0).sum()) for term in ("long", "short"))
        authorities = plural(self.costed["authority"].nunique(), "authority")
        if not s["inputs_appraised"]:
            return [
                f"Does it pay? That cannot be said: no cost of the {{process}} or its support was recorded in the "
                f"{plural(n, '{episode}')} of {authorities}. If what families and professionals feared was real, "
                f"{gbp(s['avoided_long'])} was avoided {self._long}."
            ]
        pay, do = "pays for itself" if gains == 1 else "pay for themselves", "does" if early == 1 else "do"
        saving, middle = s["saving_long"], float(self.costed["saving_long"].median())
        return [
            f"Does it pay? If what families and professionals feared was real, {'yes' if saving > 0 else 'no'}: "
            f"{plural(n, '{episode}')} in {authorities} cost {gbp(s['inputs_appraised'])} in people's time and support "
            f"and avoided {gbp(s['avoided_long'])} {self._long}, a net {'saving' if saving >= 0 else 'loss'} of "
            f"{gbp(abs(saving))}. {gains or 'None'} of {n} episodes {pay} in that time; "
            f"{self.of.context.over('short')} alone, {early or 'none'} {do}. The middle episode {_gains(middle)}."
        ]

    def _sure(self) -> list[str]:
        p, s = self.across["saving_long"].pooled, self.sums
        if p.why_not:
            lines = [f"How sure is that? No interval can be given ({p.why_not})."]
        else:
            room = ", which leaves room for a loss" if p.low < 0 < p.mean else ""
            lines = [
                f"How sure is that? With the futures as believed, the average episode {_gains(p.mean)}; the spread of "
                f"these families puts it between {gbp(p.low)} and {gbp(p.high)} (95% interval){room}."
            ]
        if s["avoided_long"]:
            share = s["inputs_appraised"] / s["avoided_long"]
            need = (
                ""
                if not share
                else f"The round breaks even if {percent(share)} of the cost avoided was real."
                if share <= 1
                else "And even if every future counted was real, the round does not break even."
            )
            lines.append(
                "The futures themselves are not sure at all: nobody knows what would have happened without the help. "
                f"{NO_COMPARISON} {need}"
            )
        return lines

    def _sets(self) -> list[str]:
        if self.sets.empty:
            return ["What other assumptions would make of the round is not known: an authority has no study of them."]
        savings = {PRESETS.get(row.set, row.set): row.saving_long for row in self.sets.itertuples()}
        pays = sum(saving >= 0 for saving in savings.values())
        each = listed([f"{label} {gbp(saving)}" for label, saving in savings.items()])
        return [
            f"And it turns on the assumptions. What the same episodes save under each set of them: {each}. {pays} of "
            f"{plural(len(savings), 'set')} find that the round pays."
        ]

    def _rates(self) -> list[str]:
        known = self.by_future[self.by_future["future"].isin(self.rates["future"])]
        believed, seen = total(known["amount"]), total(known["at_rates"])
        if not believed:
            return ["No future that counts has a rate known from elsewhere to set beside it."]
        left = total([self.sums["avoided_long"], -believed, seen])
        spent, label = self.sums["inputs_appraised"], codes.literal(self.beliefs["label"].iloc[0])
        still = "still more than" if left > spent else "less than"
        return [
            f"Beliefs against rates: {percent(believed / self.sums['avoided_long'])} of the cost avoided lies in "
            f"futures whose rate is known from families elsewhere, such as '{label}'. "
            f"Counted at those rates instead of as believed, they are worth {gbp(seen)} and not {gbp(believed)}. In "
            f"all {gbp(left)} is left, {still} the {gbp(spent)} spent; the other futures stand as believed."
        ]

    def _why(self) -> list[str]:
        if not self.sums["avoided_long"]:
            return ["No future that counts has a price, so nothing can be said to have been saved."]
        money = self.by_future.groupby("theme")["amount"].agg(total).sort_values(ascending=False)
        shares = [f"{THEMES.get(code, codes.FUTURE_THEME[code].lower())} {percent(amount / money.sum())}"
                  for code, amount in [*money.items()][:3] if amount]  # fmt: skip
        gains = self.costed["saving_long"].sort_values(ascending=False)
        half = int((gains.cumsum() < self.sums["saving_long"] / 2).sum()) + 1
        carry = "carries" if half == 1 else "carry"
        carried = f" {half} of {len(gains)} episodes {carry} half of the net saving." * (self.sums["saving_long"] > 0)
        spent, avoided = (self.costed[name].median() for name in ("inputs_appraised", "avoided_long"))
        cheap = "Help is cheap beside crisis: the" if 0 < spent < avoided else "The"
        return [
            f"Why? {cheap} middle episode takes {gbp(spent)}, and the middle sum avoided is "
            f"{gbp(avoided)}. Of all the cost avoided, {listed(shares)}.{carried}"
        ]

    def _sample(self) -> list[str]:
        of, sent = len(self.of.authorities), self.cases["authority"].nunique()
        lines = [
            f"Whom it stands for: {plural(len(self.cases), 'family', 'families')} that {sent} of "
            f"{plural(of, 'authority')} chose, {len(self.costed)} of them costed. They show what is possible with "
            "families like these. They are no sample of a population, and nothing here is scaled up to one."
        ]
        if self.of.missing:
            lines.append(f"Not here yet: {plural(len(self.of.missing), 'authority')} of the round, without results.")
        kinds = {(found.preset, *map(str, found.overrides.items())) for found in self.of.authorities.values()}
        if len(kinds) > 1:
            lines.append(f"Take care: authorities priced their cases under {len(kinds)} different sets of assumptions.")
        return lines

    def _inputs(self) -> list[str]:
        s, n = self.sums, len(self.costed)
        each = self.costed["process"]
        if not s["process"] and not s["interventions"]:
            return ["No cost of the {process} or its support was recorded."]
        if not s["process"]:
            support = gbp(s["interventions"])
            return [f"No time on the {{process}} was recorded; the support put in place cost {support}."]
        if not s["interventions"]:
            return [
                f"The {{process}} took {gbp(s['process'])} of people's time, {gbp(s['process'] / n)} an episode, from "
                f"{gbp(each.min())} to {gbp(each.max())}; no support with a cost was put in place."
            ]
        return [
            f"The {{process}} took {gbp(s['process'])} of people's time, {gbp(s['process'] / n)} an episode, from "
            f"{gbp(each.min())} to {gbp(each.max())}; the support put in place cost {gbp(s['interventions'])}, "
            f"{gbp(s['interventions'] / n)} an episode."
        ]

    def _drivers(self) -> list[str]:
        found = self.drivers
        if found.why_not:
            return [f"Whether meetings and professionals go with cost cannot be told here ({found.why_not})."]
        parts = [
            f"{row.label} goes with a {{process}} {percent(abs(row.more))} {'dearer' if row.more >= 0 else 'cheaper'} "
            f"(95% interval {_signed(row.low)} to {_signed(row.high)})"
            for row in found.terms.itertuples()
        ]
        known = {row.term: row.low > 0 for row in found.terms.itertuples()}
        borne = [name for name, sure in known.items() if sure]
        unsure = [name for name, sure in known.items() if not sure]
        verdict = f"LARC4's finding that cost rises with them is borne out for {' and '.join(borne)}" if borne else (
            "LARC4's finding that cost rises with both cannot be told from chance here"
        )  # fmt: skip
        rest = f"; for {' and '.join(unsure)} these cases cannot tell" if borne and unsure else ""
        return [f"{parts[0][:1].upper()}{parts[0][1:]}, and {parts[1]}. {verdict}{rest}."]

    def _agreement(self) -> list[str]:
        row = self.agreement.set_index("theme").loc["all"]
        lead = f"{plural(int(row['futures']), 'future')} were told of, {int(row['several'])} by two witnesses or more."
        if row["why_not"]:
            return [f"{lead} That is too little to say how far they agreed ({row['why_not']})."]
        kappa = "" if pd.isna(row["kappa"]) else (
            f" Weighted kappa, which takes that into account and counts a step apart as near, is {row['kappa']:z.2f} "
            f"({row['kappa_low']:z.2f} to {row['kappa_high']:z.2f}; shuffled {row['kappa_shuffled']:z.2f})."
        )  # fmt: skip
        return [
            f"{lead} Two witnesses of one future gave it the same likelihood {percent(row['share'])} of the time "
            f"({percent(row['share_low'])} to {percent(row['share_high'])}); answers shuffled among futures would "
            f"agree {percent(row['share_shuffled'])} of the time.{kappa} "
            "Agreement says that people saw the same danger, not that it would have come about."
        ]

    def _differences(self) -> list[str]:
        p = self.across["saving_long"].pooled
        if p.why_not:
            return [f"How far authorities differ cannot be told ({p.why_not})."]
        further = (
            f"a further authority like these could average anything from {gbp(p.next_low)} to {gbp(p.next_high)} an "
            "episode"
        )
        if not p.tau2:
            return [
                "How far authorities differ cannot be estimated: their means lie no further apart than so few families "
                "in each would put them, which does not make them alike. Allowing for what cannot be seen (a spread "
                f"between authorities of up to {gbp(p.tau_high)}), {further}. No league table can be made of this."
            ]
        return [
            f"Of the spread between authorities' means {percent(p.i2)} is more than chance explains: they differ by "
            f"about {gbp(p.tau)} either way ({gbp(p.tau_low)} to {gbp(p.tau_high)}), and {further}."
        ]

    def _without(self) -> list[str]:
        found = self.across["saving_long"]
        m = found.means.dropna(subset="without")
        if m.empty:
            return ["With so few authorities none can be left out."]
        low, high = m.loc[m["without"].idxmin()], m.loc[m["without"].idxmax()]
        above = (m["without_low"] > 0).all()
        ends = "stays above nil whoever is left out" if above else "does not always stay above nil"
        return [
            f"Without {codes.literal(self.names[low['authority']])} the mean saving is {gbp(low['without'])}, without "
            f"{codes.literal(self.names[high['authority']])} {gbp(high['without'])}: the two ends. The interval {ends}."
        ]

    def _payers(self) -> list[str]:
        net, cashable, avoided = self.payers["net"], total(self.payers["cashable"]), self.sums["avoided_long"]
        if not avoided and not self.sums["inputs_appraised"]:
            return ["Nobody pays anything and nobody is spared anything that has a price."]
        loses = [lowered(codes.PAYER[payer]) for payer, balance in net.items() if balance < 0]
        gains = (
            f"{does(codes.PAYER[net.idxmax()], 'gains', 'gain')} most, {gbp(net.max())} net"
            if net.max() > 0
            else "No payer is spared more than it pays"
        )
        lines = [
            f"{gains}; paying more than is spared: {listed(loses)}."
            if loses
            else f"{gains}; no payer pays more than it is spared."
        ]
        if avoided:
            lines.append(
                f"{gbp(cashable)} of the cost avoided ({percent(cashable / avoided)}) could be taken out of a budget, "
                "where a place is closed or a contract ended; the rest frees time that others will use."
            )
        return lines

    def _gaps(self) -> list[str]:
        rows = self.of.tables["interventions"]
        rows = rows[rows["status"] != "delivered"]
        missed = rows.drop_duplicates(["authority", "case_id"])
        n, found = len(self.cases), len(missed)
        low, high = wilson(found, n)
        declined = (rows["status"] == "declined").groupby([rows["authority"], rows["case_id"]]).all().sum()
        return [
            f"{found} of {plural(n, 'family', 'families')} ({percent(float(low))} to {percent(float(high))}), in "
            f"{plural(missed['authority'].nunique(), 'authority')}, needed some support that they did not have"
            + (f"; {declined} of them because they declined it." if declined else ".")
        ]  # fmt: skip

    def _unpriced(self) -> list[str]:
        futures = int(self.costed["unpriced_futures"].sum())
        kept = int((self.costed["conservative"] == "yes").sum())
        verb = "has" if futures == 1 else "have"
        counting = "counts" if futures == 1 else "count"
        if futures:
            adds = "adds" if futures == 1 else "add"
            lead = f"{capital(plural(futures, 'future'))} that {counting} {verb} no price and {adds} nothing."
        elif self.sums["avoided_long"]:
            lead = "Every future that counts has a price."
        else:
            lead = "No future counts towards the saving."
        left = (
            f" In {kept} of {plural(len(self.costed), 'episode')} a future without a price, or a child not in the "
            "futures, leaves the saving understated."
        )
        return [lead + (left if kept else "")]


def _gains(amount: float) -> str:
    return f"{'saves' if amount >= 0 else 'loses'} {gbp(abs(amount))}"


def _signed(share: float) -> str:
    return f"\N{MINUS SIGN}{percent(-share)}" if share < 0 else percent(share)


def listed(parts: list[str]) -> str:
    """Write parts as a list in words.

    Examples
    --------
    >>> listed(["care 43%", "exclusion 13%"])
    'care 43% and exclusion 13%'
    """
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1] if parts else ""]))
