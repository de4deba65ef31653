"""The verdict, of an authority or of a round, and the findings of an authority: checked sentences, and findings.json.

In: the figures of a verdict; or a run, the same return in the reference case, and the headlines of 03_sensitivity. Out:
:class:`Verdict` and :class:`Findings`. Each sentence (``show/sentences.yaml``) takes its numbers from these; sums are
GBP at the price base, whole thousands from GBP 10,000 on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from larcnb import codes, costing, follow_up, sensitivity, show
from larcnb.costing import total
from larcnb.params import ASSUMPTIONS, load_preset
from larcnb.sensitivity.scenarios import LABELS, OWN, REFERENCE, in_words
from larcnb.show import gbp, listed, percent, plural
from larcnb.show.cards import PSEUDONYMS
from larcnb.show.sentences import Shown, phrase
from larcnb.show.words import MINUS, lowered

CONVENTION = "larc"
SHARES = {"inputs_share": "share_of_inputs", "avoided_share": "share_of_avoided"}
SHARED = ("break_even", "studies", "reference_case", "convention", "net_cost_scenarios")
VERDICT = (*SHARED, "own_scenario", "whose_money")
"""The sentences of a verdict, in their order; :class:`Verdict` says those that a round has too."""
MOST_STUDIES = 4
"""So many studied futures are named in the verdict."""
CARE = "looked_after_year"
"""The item whose price says what was spent in years of care."""


@dataclass(frozen=True)
class Verdict:
    """The sentences and tiles on a ledger that an authority's page and a round's both have, and their figures.

    Parameters
    ----------
    run : Run or Round
    ledger : DataFrame
        In the reference case, or the round's.
    known : DataFrame indexed by future
        ``prevented``, ``low``, ``high``: shares of such futures that studies found help prevents, 0 to 1. Said are
        those of futures told here, and those that found no benefit.
    sums : mapping
        Of the reference case, named as :func:`larcnb.costing.summarise` has them: ``costed`` (cases), ``inputs``,
        ``inputs_appraised``, ``told_long``, ``avoided_long``, ``saving_long`` (GBP), ``break_even_share`` (None where
        no future told has a price), ``horizon`` (years).
    scenarios : DataFrame indexed by set
        ``saving_long``, ``low95``, ``high95`` (GBP), ``chance`` (0 to 1; blank where no chance is stated).
    own : str
        The name of the set ``own``.
    of : str
        Said after the number of cases, such as " of 11 authorities".
    share_studied : float, optional
        The share of the costs avoided that is in futures with a study.
    """

    run: Any
    ledger: pd.DataFrame
    known: pd.DataFrame
    sums: Mapping[str, Any]
    scenarios: pd.DataFrame
    own: str = OWN
    of: str = ""
    share_studied: float | None = None

    def label(self, name: str) -> str:
        """A scenario as readers know it."""
        return self.own if name == OWN else codes.PRESET.get(name, name)

    @property
    def is_known(self) -> bool:
        """Whether something was spent and some future told has a price."""
        return bool(self.sums["inputs_appraised"] and self.sums["told_long"])

    def break_even(self) -> str:
        """What help must have prevented to pay for itself, beside what the reference case credits it with."""
        s, share, weak = self.sums, self.sums["break_even_share"], self.corrected
        recorded, appraised = gbp(s["inputs"]), gbp(s["inputs_appraised"])
        figures = {
            "costed": plural(s["costed"], "costed case"),
            "spent": rounded(s["inputs_appraised"]),
            "told": rounded(s["told_long"]),
            "corrected": weak and f", {weak}",
            "weak": weak and phrase("weak", recorded=recorded, appraised=appraised),
        }
        if not self.is_known:
            name = "nothing_told" if s["inputs_appraised"] else "nothing_spent"
            return phrase(name, self.run.context.wording, **figures)
        if share > 1:
            return phrase("break_even_never", **figures)
        credited = s["avoided_long"] / s["told_long"]
        figures |= {"needed": in_hundred(share), "credited": in_hundred(credited)}
        just = "just " * (figures["needed"] == figures["credited"])
        beside = f"{just}{'more' if credited >= share else 'less'}"
        return phrase("break_even", beside=beside, **figures)

    @property
    def corrected(self) -> str:
        """Said where weak evidence of costs adds to what was spent; else blank."""
        added = self.sums["inputs_appraised"] - self.sums["inputs"]
        return phrase("corrected") if added >= 0.5 else ""

    def studies(self) -> str:
        """What comparison studies found that help prevents, null results too, and what is taken where there is none."""
        if not self.sums["told_long"]:
            return ""
        library = self.run.library
        names = library.futures.drop_duplicates("future").set_index("future")["label"]
        told = set(costing.future_flows(self.ledger)["element"])
        benefit, nothing = [], []
        for row in self.known.itertuples():
            if row.Index in told or row.prevented <= 0:
                shares = _shares(row.prevented, row.low, row.high)
                kind = benefit if row.prevented > 0 else nothing
                kind.append(f"{lowered(names[row.Index])} {shares}")
        more = [f"and {len(benefit) - MOST_STUDIES} more"] * (len(benefit) > MOST_STUDIES)
        lines = [] if told & {*self.known.index} else [phrase("studies_none")]
        if benefit:
            lines = [phrase("studies", found="; ".join([*benefit[:MOST_STUDIES], *more]))]
        if nothing:
            lines.append(phrase("studies_null", found="; ".join(nothing)))
        if benefit or nothing:
            lines.append(phrase("studies_range"))
        if others := len(told - {*library.effects.index}):
            default = load_preset(self.run.root, REFERENCE)
            ends = default.log["default_prevented"]["range"]
            assumed = _shares(default.assumptions.default_prevented, *ends)
            others = plural(others, "other kind of future", "other kinds of future")
            lines.append(phrase("studies_others", others=others, assumed=assumed))
        if benefit and self.share_studied is not None and self.share_studied < 1:
            lines.append(phrase("studies_share", share=percent(self.share_studied)))
        return " ".join(lines)

    def reference_case(self) -> str:
        """The saving of the reference case, how sure it is, and over how many years."""
        if not self.is_known:
            return ""
        row, sure = self.scenarios.loc[REFERENCE], ""
        if pd.notna(row["chance"]):
            ends = {"low": rounded(row["low95"]), "high": rounded(row["high95"])}
            sure = phrase("reference_sure", chance=show.simulated(row["chance"]), **ends)
        saving, years = result(self.sums["saving_long"]), plural(self.sums["horizon"], "year")
        return phrase("reference_case", result=saving, years=years, sure=sure)

    def convention(self) -> str:
        """What LARC's own convention gives, named as such."""
        if CONVENTION not in self.scenarios.index or not self.sums["inputs_appraised"]:
            return ""
        return phrase("convention", result=result(self.scenarios.loc[CONVENTION, "saving_long"]))

    def net_cost_scenarios(self) -> str:
        """In which of the scenarios help costs more than it saves, and by how much, or that it does so in none."""
        savings = self.scenarios["saving_long"]
        if not self.is_known or len(savings) < 2:
            return ""
        losing = savings[savings.round() < 0].items()
        which = [f"{self.label(name)} by {rounded(-saving)}" for name, saving in losing]
        name = "scenarios_lose" if which else "scenarios_pay"
        return phrase(name, n=len(savings), losing=len(which), which=listed(which))

    def tiles(self) -> dict[str, tuple[str, str]]:
        """The four key figures for :func:`larcnb.show.tiles`; fewer where there is nothing to say."""
        s, share = self.sums, self.sums["break_even_share"]
        if not s["inputs_appraised"]:
            return {}
        more = self.corrected and f"{gbp(s['inputs_appraised'])} {self.corrected}"
        notes = [plural(s["costed"], "costed case") + self.of, self.in_today(s["inputs"]), more]
        tiles = {"Spent": (gbp(s["inputs"]), "; ".join(filter(None, notes)))}
        if share is not None:
            needed = in_hundred(share) if share <= 1 else "over 100 in 100"
            tiles["Break-even"] = needed, phrase("tile_break_even")
        if not s["told_long"]:
            return tiles
        saving, row = s["saving_long"], self.scenarios.loc[REFERENCE]
        notes = ["net saving" if saving >= 0 else "net cost", "", self.in_today(saving)]
        if pd.notna(row["low95"]):
            notes[1] = phrase("tile_interval", low=gbp(row["low95"]), high=gbp(row["high95"]))
        tiles[self.label(REFERENCE)] = gbp(saving), "; ".join(filter(None, notes))
        savings = self.scenarios["saving_long"]
        least, most = savings.idxmin(), savings.idxmax()
        ends = phrase("tile_range", least=self.label(least), most=self.label(most))
        said = f"{show.short(savings[least])} to {show.short(savings[most])}"
        return tiles | {"Over all scenarios": (said, ends)}

    def in_today(self, amount: float) -> str:
        """A sum in the prices of the latest year; "" where that is the price base."""
        index = self.run.library.deflators.set_index("year")["index"].astype(float)
        year, base = index.index.max(), self.run.context.price_base
        today = f"{rounded(amount * index[year] / index[base])} at {year} prices"
        return today if year != base else ""


@dataclass(frozen=True, repr=False)
class Findings:
    """An authority's findings; open them with :func:`open_findings`.

    Parameters
    ----------
    run : larcnb.workbook.Run
        Under the authority's own scenario.
    reference : larcnb.workbook.Run
        The same return in the reference case.
    headlines : dict
        :func:`larcnb.sensitivity.headlines`.
    """

    run: Any
    reference: Any
    headlines: Mapping[str, Any]

    @cached_property
    def summary(self) -> dict:
        """:func:`larcnb.costing.summarise` of the reference case."""
        of = self.reference
        return costing.summarise(of.cases, of.ledger, of.assumptions)

    @cached_property
    def payers(self) -> pd.DataFrame:
        """:func:`larcnb.costing.by_payer` of the reference case."""
        of = self.reference
        return costing.by_payer(of.ledger, of.prices, of.assumptions)

    @cached_property
    def by_set(self) -> pd.DataFrame:
        """The scenarios indexed by ``set``, the largest saving first: the columns of
        :attr:`larcnb.sensitivity.Study.scenarios`; without an interval where no chance is stated."""
        frame = pd.DataFrame(self.headlines["scenarios"]).set_index("set").astype(float)
        frame.loc[frame["chance"].isna(), ["low80", "high80", "low95", "high95"]] = float("nan")
        return frame.sort_values("saving_long", ascending=False, kind="stable")

    @property
    def scenarios(self) -> pd.DataFrame:
        """:attr:`by_set` indexed by ``scenario``, the name readers know."""
        return self.by_set.rename(index=self.verdict.label).rename_axis("scenario")

    @cached_property
    def verdict(self) -> Verdict:
        """The figures of the verdict, for its sentences and tiles."""
        of, name = self.reference, self.run.authority.name
        flows = costing.future_flows(of.ledger)
        told = pd.Series({row["future"]: row["told"] for row in self.headlines["studies"]})
        effects = of.library.effects.assign(told=told).sort_values("told", ascending=False)
        ends = 1 - effects[["risk_ratio", "high", "low"]].astype(float)
        ends = ends.set_axis(["prevented", "low", "high"], axis=1)
        gross, is_studied = flows["amount"].abs(), flows["element"].isin(effects.index)
        share = gross[is_studied].sum() / gross.sum() if gross.sum() else None
        given = of, of.ledger, ends, self.summary, self.by_set
        return Verdict(*given, own=f"{name}'s own", share_studied=share)

    @cached_property
    def moved(self) -> float:
        """:func:`larcnb.follow_up.moves` of the reference case, GBP."""
        return follow_up.moves(self.reference)

    @property
    def message(self) -> str | None:
        """The title of the chart of scenarios; None where nothing can be said."""
        if not self.verdict.is_known:
            return None
        low, high = (rounded(self.by_set["saving_long"].agg(end)) for end in ("min", "max"))
        return phrase("message", result=result(self.summary["saving_long"]), low=low, high=high)

    def say(self, *names: str) -> Shown:
        """Sentences of the findings: those of :data:`VERDICT`, and ``value``, ``concentration``, ``advice``,
        ``followed``, ``inputs``, ``own_balance``, ``cashable``, ``net_costs``, ``left_out``, ``confidence``.

        Where nothing can be said of money the first of the verdict says so, and the others are left out.
        """
        s, name, leads = self.summary, self.run.authority.name, VERDICT[0] in names
        sums = s["inputs_appraised"], s["told_long"]
        if not len(self.run.cases):
            nothing = phrase("no_cases", name=name)
        elif nothing := nothing_priced(f"{name} sent", s["cases"], s["costed"], *sums):
            nothing += f" {self.left_out()}".rstrip() * bool(s["costed"])
        if nothing:
            return show.say(nothing * leads, finding=leads)
        lines = (getattr(self.verdict if one in SHARED else self, one)() for one in names)
        return show.say(*lines, finding=leads)

    def assumptions(self) -> pd.DataFrame:
        """The assumptions in words: a row each under its label, a column a scenario; "not used" where it has none."""
        own, root, words = self.run.assumptions, self.run.root, {}
        for chosen in self.by_set.index:
            a = own if chosen == OWN else load_preset(root, chosen).assumptions
            used = {LABELS[n]: _value(n, getattr(a, n)) for n in a.used if n in LABELS}
            words[self.verdict.label(chosen)] = used
        frame = pd.DataFrame(words).reindex(LABELS[n] for n in LABELS if n in ASSUMPTIONS)
        return frame.dropna(how="all").fillna("not used").rename_axis("assumption")

    def own_values(self) -> pd.DataFrame:
        """The authority's own values in words: ``assumption``, ``value``, ``source``, ``reason`` ("none given")."""
        a, rows = self.run.authority, []
        for name in a.overrides:
            said = a.reasons.get(name, {})
            why = (said.get(key) or "none given" for key in ("source", "because"))
            value = _value(name, getattr(self.run.assumptions, name))
            rows.append((LABELS.get(name, name), value, *why))
        return pd.DataFrame(rows, columns=["assumption", "value", "source", "reason"])

    def own_scenario(self) -> str:
        """The saving of the authority's own scenario, where that is neither the convention nor the reference case."""
        own = OWN if OWN in self.by_set.index else self.run.preset.name
        if own in (CONVENTION, REFERENCE) or not self.summary["inputs_appraised"]:
            return ""
        saving = result(self.by_set.loc[own, "saving_long"])
        return phrase("own_scenario", scenario=self.verdict.label(own), result=saving)

    def whose_money(self) -> str:
        """:func:`whose_money` of the reference case."""
        return whose_money(self.summary["transfers"], self.summary["avoided_long"])

    def value(self) -> str:
        """Benefit-cost ratio and payback, where an economist looks for them."""
        s = self.summary
        if s["benefit_cost_ratio"] is None or not s["told_long"]:
            return ""
        ratio, year = f"{s['benefit_cost_ratio']:.2f}".replace("-", MINUS), s["payback_year"]
        back = "not paid back" if year is None else f"paid back within {plural(year + 1, 'year')}"
        return phrase("value", saving=gbp(s["saving_long"]), ratio=ratio, back=back)

    def inputs(self) -> str:
        """What the process and the support cost, and the range of the first over the cases."""
        s, wording = self.summary, self.run.context.wording
        each = self.run.cases.query("costed == 'yes'")["process"]
        spread = f", {gbp(each.min())} to {gbp(each.max())} a case" if len(each) > 1 else ""
        process = "process_cost" if s["process"] else "process_none"
        process = phrase(process, wording, cost=gbp(s["process"]), spread=spread)
        support = "support_cost" if s["interventions"] else "support_none"
        return f"{process}; {phrase(support, cost=gbp(s['interventions']))}."

    def concentration(self) -> str:
        """How much hangs on one family."""
        costed = self.reference.cases.query("costed == 'yes'").set_index("case_id")
        if self.run.context.notice:  # a made-up authority: its names are the published report's
            known = {name: phrase("pseudonym", name=name) for name in PSEUDONYMS}
            costed = costed.rename(index=known)
        return one_family(costed) if self.summary["inputs_appraised"] else ""

    def advice(self) -> str:
        """The worth of a later pound at which helping pays, what to measure, and the years of care that break even."""
        if not self.verdict.is_known:
            return ""
        known = self.headlines["reference_information"]
        pays, what = known["pays_from"], known["measure"]
        lines = [phrase("turned") if self.is_turned else what_to_do(pays)]
        if known["nothing"] or not what:
            lines.append(phrase("measure_nothing", evpi=gbp(known["evpi_at_one"])))
        else:
            worth = {"worth": _pence(known["threshold"]), "evpi": gbp(known["evpi"])}
            lines.append(phrase("measure", what=lowered(what), **worth))
        if price := self.reference.prices["unit_value"].get(CARE):
            months = f"{12 * self.summary['inputs_appraised'] / price:.1f}"
            lines.append(phrase("care", months=months))
        return " ".join(lines)

    def own_balance(self) -> str:
        """What of the result is the local authority's own; what several agencies share is not split."""
        own = self.payers.reindex(["local_authority"], fill_value=0.0).iloc[0].map(gbp)
        others = self.payers["net"].drop("local_authority", errors="ignore")
        sums = {"paid": own["paid"], "avoided": own["avoided_long"], "net": own["net"]}
        years = self.summary["horizon"]
        over = f" over {plural(years, 'year')}" if years else ""
        text = phrase("own_balance", over=over, others=gbp(total(others)), **sums)
        return text + phrase("own_shared") * ("several" in others)

    def cashable(self) -> str:
        """What of the costs avoided can be taken out of a budget."""
        taken = total(self.payers["cashable"])
        if not self.summary["avoided_long"]:
            return ""
        return phrase("cashable" if taken > 0 else "cashable_none", cashable=gbp(taken))

    def net_costs(self) -> str:
        """How many costed cases cost more than they save."""
        s, a = self.summary, self.reference.assumptions
        if not s["inputs_appraised"]:
            return ""
        years, first = plural(s["horizon"] or a.long_years, "year"), plural(a.short_years, "year")
        counts = {"n": s["costed"], "long": s["losses_long"], "short": s["losses_short"]}
        return phrase("net_costs", years=years, first=first, **counts)

    def left_out(self) -> str:
        """How many futures count without a unit cost, and of how many children of costed cases none was costed."""
        costed = self.reference.cases.query("costed == 'yes'")
        children = self.reference.tables["children"].query("in_futures == 'no'")
        unpriced = int(costed["unpriced_futures"].sum())
        absent = int(children["case_id"].isin(costed["case_id"]).sum())
        parts = [f"{plural(unpriced, 'future')} that could not be costed"] * bool(unpriced)
        parts += [f"the futures of {plural(absent, 'child', 'children')}"] * bool(absent)
        return phrase("left_out", parts=", and ".join(parts)) if parts else ""

    def followed(self) -> str:
        """What came all the same, and by how much the reference case moves if that is not counted as avoided."""
        came, saving = follow_up.came_anyway(self.run.tables), self.summary["saving_long"]
        if not came:
            return ""
        name = "followed_moved" if self.moved else "followed_same"
        said = phrase(name, result=result(saving + self.moved))
        return f"{came} {said}{phrase('followed_turned') * self.is_turned}"

    @property
    def is_turned(self) -> bool:
        """Whether help pays in the reference case, but not when what came all the same is not counted as avoided."""
        return self.summary["saving_long"] > 0 >= self.summary["saving_long"] + self.moved

    def confidence(self) -> str:
        """What rests on which figures: inputs by their prices, the costs avoided by their weakest link."""
        of = self.reference
        known = costing.by_confidence(of.ledger, of.prices, of.library.effects, of.assumptions)
        spent = "what was spent" + f", {self.verdict.corrected}," * bool(self.verdict.corrected)
        whats, lines = (spent, "the costs avoided, by the weakest link,"), []
        for what, column in zip(whats, SHARES, strict=True):
            shares = known[column][known[column] >= 0.005]
            parts = [f"{percent(share)} rests on {kind}" for kind, share in shares.items()]
            lines += [phrase("rests", what=what, parts=listed(parts))] if parts else []
        if lines and known["price"].any():
            lines.append(phrase("rests_price", share=percent(known["price"]["verified"])))
        return " ".join(lines)

    def to_dict(self) -> dict:
        """The content of findings.json: figures in GBP at the price base, shares 0 to 1.

        The authority's own scenario at the top; ``reference`` and ``headline`` of the reference case.
        """
        run, a, of = self.run, self.run.authority, self.reference
        funds = costing.by_fund(of.ledger, of.prices, of.assumptions)
        years = costing.budget_years(of.ledger, of.prices, of.library, a.price_base, of.assumptions)
        given = run.ledger, run.prices, run.library.effects, run.assumptions
        by_confidence = costing.by_confidence(*given).rename(columns=SHARES)
        by_confidence = by_confidence[["inputs", "avoided_long", *SHARES.values()]]
        own = costing.by_payer(run.ledger, run.prices, run.assumptions)
        drawn = self.by_set.loc[REFERENCE, ["low95", "high95", "chance"]].astype(object)
        known = ("name", "round", "vintage", "price_base", "preset")
        return {
            "authority": a.slug,
            **{key: getattr(a, key) for key in known},
            "notice": run.context.notice,
            "overrides": dict(a.overrides),
            "headline": " ".join(str(self.say("break_even", "reference_case")).splitlines()),
            **costing.summarise(run.cases, run.ledger, run.assumptions),
            "payers": own.reset_index().to_dict("records"),
            "funds": funds.reset_index().to_dict("records"),
            "budget_years": years.reset_index().to_dict("records"),
            "avoided_on_prices_with_caution": costing.with_caution(of.ledger, of.prices)[0],
            "rests_on": by_confidence.to_dict("index"),
            **self.headlines,
            "reference": {
                "set": REFERENCE,
                **self.summary,
                **drawn.where(drawn.notna(), None).to_dict(),
                "follow_up_moves": self.moved,
                "payers": self.payers.reset_index().to_dict("records"),
            },
        }


def open_findings(run: Any) -> Findings:
    """Gather a run's findings from what 02_price and 03_sensitivity wrote.

    Parameters
    ----------
    run : larcnb.workbook.Run

    Returns
    -------
    Findings

    Raises
    ------
    LarcError
        One of those notebooks has not run, or ran on another return, other params or other prices.
    """
    reference = run
    if run.preset.name != REFERENCE or run.authority.overrides:
        other = run.what_if(preset=REFERENCE)
        reference = replace(other, is_what_if=run.is_what_if)  # none in its captions if run is none
        done = ("tables", "prices", "ledger", "cases")
        reference.__dict__.update({name: getattr(other, name) for name in done})
    return Findings(run, reference, sensitivity.headlines(run.sensitivity))


def one_family(results: pd.DataFrame, named: bool = True) -> str:
    """How much of the reference case, signs apart, hangs on one family; "" where nothing is avoided.

    Parameters
    ----------
    results : DataFrame, one row a costed case
        ``avoided_long``, ``saving_long`` (GBP).
    named : bool
        The index is the families' names, and the largest's is said. Else it may be another authority's, and what is
        left without it is told without pounds: the difference from the whole would be that family's own saving.
    """
    gross = results["avoided_long"].abs()
    if not gross.sum() or len(results) == 1:
        return phrase("one_family_all") if gross.sum() else ""
    largest, share = gross.idxmax(), percent(gross.max() / gross.sum())
    which, others = f" ({largest})" * named, plural(len(results) - 1, "family")
    rest = total(results["saving_long"].drop(largest))
    left = result(rest) if named else f"saves {'more' if rest > 0 else 'no more'} than it costs"
    return phrase("one_family", share=share, which=which, others=others, result=left)


def nothing_priced(who: str, cases: int, costed: int, *sums: float) -> str:
    """Why nothing can be said of money, of cases that came; "" where something can.

    ``who`` did what ("Alderwick sent"); ``cases``, ``costed`` are counts; ``sums`` GBP, any of which is something.
    """
    if not costed:
        return phrase("none_costed", who=who, cases=plural(cases, "case"))
    return "" if any(sums) else phrase("none_priced", who=who, costed=plural(costed, "costed case"))


def whose_money(transfers: float, avoided: float, where: str = "") -> str:
    """Whose money it is, and what of the GBP avoided (``where``) is benefit payments."""
    sums = {"transfers": rounded(transfers), "avoided": f"{rounded(avoided)} avoided{where}"}
    return phrase("whose_money", benefits=phrase("whose_benefits", **sums) * bool(transfers))


def rounded(amount: float) -> str:
    """A sum in a verdict: whole thousands from £10,000 on, hundreds from £1,000, whole pounds below.

    Examples
    --------
    >>> rounded(37498.2), rounded(-3004.8), rounded(712.4)
    ('£37,000', '−£3,000', '£712')
    """
    return gbp(round(amount, -3 if abs(amount) >= 10_000 else -2 if abs(amount) >= 1_000 else 0))


def in_hundred(share: float) -> str:
    """A share (0 to 1) as so many in 100.

    Examples
    --------
    >>> in_hundred(0.1105), in_hundred(0.004), in_hundred(0.0), in_hundred(-0.3)
    ('11 in 100', 'under 1 in 100', 'none', 'less than none')
    """
    if share <= 0:
        return "less than none" if share else "none"
    return "under 1 in 100" if share < 0.01 else f"{100 * share:.0f} in 100"


def _shares(value: float, low: float, high: float) -> str:
    text = "{:d} (range {:d} to {:d})".format(*(round(100 * x) for x in (value, low, high)))
    return text.replace("-", MINUS)


def result(saving: float) -> str:
    """A net saving in words, after "help".

    Examples
    --------
    >>> result(37498.2), result(-3004.8), result(0.0)
    ('saves £37,000 net', 'costs £3,000 more than it saves', 'saves what it costs')
    """
    if not round(saving):
        return "saves what it costs"
    net = f"costs {rounded(-saving)} more than it saves"
    return net if saving < 0 else f"saves {rounded(saving)} net"


def _value(name: str, value: Any) -> str:
    """An assumption's value in words; a mapping's alike keys once."""
    if not isinstance(value, Mapping):
        return in_words(name, value)
    keys, shares = list(value), [f"{100 * share:g}" for share in value.values()]
    if len(set(shares)) == 1:
        return f"{shares[0]}% throughout"
    first, last = (codes.LIKELIHOOD.get(key, f"grade {key}").lower() for key in (keys[0], keys[-1]))
    return f"{', '.join(shares)}% ({first} to {last})"


def what_to_do(pays: float | None) -> str:
    """Whether to go on: from which worth of a later pound (GBP) the help pays; None is from none."""
    return phrase("stop") if pays is None else phrase("go_on", worth=_pence(pays))


def _pence(worth: float) -> str:
    return "£1" if worth >= 0.995 else f"{max(1, round(100 * worth))}p"
