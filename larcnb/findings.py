"""The verdict, of an authority or of a round, and the findings of an authority: checked sentences, and findings.json.

In: the figures of a verdict; or a run, the same return in the reference case, and the headlines of 03_sensitivity. Out:
:class:`Verdict` and :class:`Findings`. Each sentence takes its numbers from these; sums are GBP at the price base,
whole thousands from GBP 10,000 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from larcnb import codes, costing, follow_up, sensitivity, show
from larcnb.costing import total
from larcnb.params import ASSUMPTIONS, load_preset
from larcnb.sensitivity import LABELS, OWN, REFERENCE
from larcnb.sensitivity.scenarios import in_words
from larcnb.show import gbp, listed, percent, plural
from larcnb.show.words import MINUS, lowered

CONVENTION = "larc"
SHARES = {"inputs_share": "share_of_inputs", "avoided_share": "share_of_avoided"}
CORRECTED = "corrected for weak evidence of costs"
SHARED = ("break_even", "studies", "reference_case", "convention")
VERDICT = (*SHARED, "own_scenario", "whose_money")
"""The sentences of a verdict, in their order; :class:`Verdict` says those that a round has too."""
MOST_STUDIES = 4
CARE = "looked_after_year"
"""So many studied futures are named in the verdict; the item whose price says what was spent in years of care."""


@dataclass(frozen=True)
class Verdict:
    """The figures of a verdict, and the sentences and tiles that an authority's page and a round's both have.

    Parameters
    ----------
    sums : mapping
        Of the reference case, named as :func:`larcnb.costing.summarise` has them: ``costed`` (cases), ``inputs``,
        ``inputs_appraised``, ``told_long``, ``avoided_long``, ``saving_long`` (GBP), ``break_even_share`` (None where
        no future told has a price), ``horizon`` (years).
    scenarios : DataFrame indexed by set
        ``saving_long``, ``low95``, ``high95`` (GBP), ``chance`` (0 to 1; blank where no chance is stated).
    studied : DataFrame indexed by a future in words
        Shares that help prevents, 0 to 1: ``prevented``, ``low``, ``high``; ``told``, whether it was told here.
    others : int
        Kinds of future told that nobody has studied.
    assumed : tuple of three shares, optional
        What the reference case takes of these, and its range.
    share_studied : float, optional
        The share of the costs avoided that is in futures with a study.
    today : tuple of str and float
        :func:`today`.
    reference, own : str
        The set of the reference case; the name of the set ``own``.
    of : str
        Said after the number of cases, such as " of 11 authorities".
    """

    sums: Mapping[str, Any]
    scenarios: pd.DataFrame
    studied: pd.DataFrame
    others: int = 0
    assumed: tuple[float, float, float] | None = None
    share_studied: float | None = None
    today: tuple[str, float] = ("", 1.0)
    reference: str = REFERENCE
    own: str = OWN
    of: str = ""

    def label(self, name: str) -> str:
        """A scenario as readers know it."""
        return self.own if name == OWN else codes.PRESET.get(name, name)

    def break_even(self) -> str:
        """What help must have prevented to pay for itself, beside what the reference case credits it with."""
        s, many = self.sums, plural(self.sums["costed"], "costed case")
        spent, told = rounded(s["inputs_appraised"]), rounded(s["told_long"])
        if not s["inputs_appraised"]:
            return (
                f"No cost of the {{process}} or its support was recorded in the {many}, so whether help pays cannot be "
                f"said. By their likelihood the futures told would have cost {told}."
            )
        if not s["told_long"]:
            return (
                f"No future avoided in the {many} has a price: the {spent} spent shows as a cost, which says nothing "
                "of what was gained."
            )
        is_more = s["inputs_appraised"] - s["inputs"] >= 0.5
        corrected = f", {CORRECTED}" * is_more
        against = f"{spent} was spent{corrected}, and by their likelihood those futures would have cost {told}."
        why = (
            f" Weak evidence tends to put costs too low, so the {gbp(s['inputs'])} recorded counts as "
            f"{gbp(s['inputs_appraised'])}."
        ) * is_more
        if s["break_even_share"] > 1:
            return f"Even if help had prevented every future told, it would not have paid for itself: {against}{why}"
        needed, credited = in_hundred(s["break_even_share"]), s["avoided_long"] / s["told_long"]
        beside = "more than that" if credited >= s["break_even_share"] else "less than that"
        return (
            f"To pay for itself, help must have prevented {needed} of the futures told, by cost: {against} The "
            f"reference case credits it with {in_hundred(credited)}: {beside}.{why}"
        )

    def studies(self) -> str:
        """What comparison studies found that help prevents, null results too, and what is taken where there is none."""
        if not self.sums["told_long"]:
            return ""
        each = [
            (
                row.prevented > 0,
                f"{codes.literal(lowered(row.Index))} {_shares(row.prevented, row.low, row.high)}",
            )
            for row in self.studied.itertuples()
        ]
        found, nothing = ([words for good, words in each if good is of] for of in (True, False))
        cut = [f"and {len(found) - MOST_STUDIES} more"] * (len(found) > MOST_STUDIES)
        lines = ["No comparison study is known of any of the futures told."] * (
            not self.studied["told"].any()
        )
        if found:
            found = "; ".join([*found[:MOST_STUDIES], *cut])
            lines = [f"Of 100 such futures, comparison studies found that help prevents: {found}."]
        lines += [f"Not every study found a benefit: {'; '.join(nothing)}."] * bool(nothing)
        lines += ["Where a study gives no range, the range is this project's."] * bool(each)
        if self.others and self.assumed:
            many = (
                plural(self.others, "other kind of future", "other kinds of future")
                if found
                else "them"
            )
            lines.append(f"For {many} the reference case assumes {_shares(*self.assumed)}.")
            if found and self.share_studied is not None:
                lines.append(
                    f"{percent(self.share_studied)} of the costs avoided is in futures with a study."
                )
        return " ".join(lines)

    def reference_case(self) -> str:
        """The saving of the reference case, how sure it is, and over how many years."""
        s = self.sums
        if not s["told_long"] or not s["inputs_appraised"]:
            return ""
        row, sure = self.scenarios.loc[self.reference], ""
        if row["chance"] == row["chance"]:
            sure = (
                f" (95% uncertainty interval {rounded(row['low95'])} to {rounded(row['high95'])}); "
                f"{show.simulated(row['chance'])} of simulations show a saving"
            )
        return f"In the reference case help {result(s['saving_long'])} over {plural(s['horizon'], 'year')}{sure}."

    def convention(self) -> str:
        """What LARC's own convention gives, named as such."""
        if CONVENTION not in self.scenarios.index or not self.sums["inputs_appraised"]:
            return ""
        return (
            "LARC's own convention counts every accepted future in full and takes all of them as prevented: so counted "
            f"help {result(self.scenarios.loc[CONVENTION, 'saving_long'])}. That is an upper bound, not an estimate."
        )

    def tiles(self) -> dict[str, tuple[str, str]]:
        """The four key figures for :func:`larcnb.show.tiles`; fewer where there is nothing to say."""
        s, found, share = self.sums, {}, self.sums["break_even_share"]
        if not s["inputs_appraised"]:
            return found
        more = f"{gbp(s['inputs_appraised'])} {CORRECTED}" * (
            s["inputs_appraised"] - s["inputs"] >= 0.5
        )
        notes = [plural(s["costed"], "costed case") + self.of, self.in_today(s["inputs"]), more]
        found["Spent"] = gbp(s["inputs"]), "; ".join(filter(None, notes))
        if share is not None:
            prevented = "of the futures told, by cost, help must have prevented to pay for itself"
            found["Break-even"] = in_hundred(share) if share <= 1 else "over 100 in 100", prevented
        if s["told_long"]:
            name, saving = self.reference, s["saving_long"]
            row = self.scenarios.loc[name]
            low, high = gbp(row["low95"]), gbp(row["high95"])
            ends = f"95% uncertainty interval {low} to {high}" if row.notna()["low95"] else ""
            notes = filter(
                None, ["net saving" if saving >= 0 else "net cost", ends, self.in_today(saving)]
            )
            found[self.label(name)] = gbp(saving), "; ".join(notes)
            least, most = (
                getattr(self.scenarios["saving_long"], end)() for end in ("idxmin", "idxmax")
            )
            ends = " to ".join(
                show.short(self.scenarios.loc[name, "saving_long"]) for name in (least, most)
            )
            found["Over all scenarios"] = (
                ends,
                f"net saving, from {self.label(least)} to {self.label(most)}",
            )
        return found

    def in_today(self, amount: float) -> str:
        """A sum in the prices of the latest year; "" where that is the price base."""
        year, factor = self.today
        return f"{rounded(amount * factor)} at {year} prices" if factor != 1 else ""


@dataclass(frozen=True, repr=False)
class Findings:
    """An authority's findings; open them with :func:`find`.

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

    def __repr__(self) -> str:
        return f"Findings for {self.run.authority.slug}: {len(self.run.cases)} cases"

    @cached_property
    def summary(self) -> dict:
        """:func:`larcnb.costing.summarise` of the reference case."""
        return costing.summarise(
            self.reference.cases, self.reference.ledger, self.reference.assumptions
        )

    @cached_property
    def payers(self) -> pd.DataFrame:
        """:func:`larcnb.costing.by_payer` of the reference case."""
        return costing.by_payer(
            self.reference.ledger, self.reference.prices, self.reference.assumptions
        )

    @cached_property
    def by_set(self) -> pd.DataFrame:
        """The scenarios by their set, the largest saving first; without an interval where no chance is stated."""
        frame = pd.DataFrame(self.headlines["scenarios"]).set_index("set").astype(float)
        frame.loc[frame["chance"].isna(), ["low80", "high80", "low95", "high95"]] = float("nan")
        return frame.sort_values("saving_long", ascending=False, kind="stable")

    @property
    def scenarios(self) -> pd.DataFrame:
        """:attr:`by_set` by the name readers know."""
        return self.by_set.rename(index=self.label).rename_axis("scenario")

    def label(self, name: str) -> str:
        """A scenario as readers know it."""
        return self.verdict.label(name)

    @property
    def across(self) -> show.Context:
        """What captions over all scenarios name."""
        return replace(self.run.context, preset="", overrides={})

    @cached_property
    def verdict(self) -> Verdict:
        """The figures of the verdict, for its sentences and tiles."""
        of, effects = self.reference, self.reference.library.effects
        names = of.library.futures.drop_duplicates("future").set_index("future")["label"]
        rated = pd.DataFrame(
            self.headlines["studies"], columns=["future", "told", "prevented", "low", "high"]
        )
        rated = rated.sort_values("told", ascending=False, kind="stable").set_index("future")
        ends = 1 - effects[["risk_ratio", "high", "low"]].astype(float).set_axis(
            ["prevented", "low", "high"], axis=1
        )
        null = ends[effects["risk_ratio"].ge(1) & ~ends.index.isin(rated.index)].assign(told=0)
        flows = of.ledger.query("stage == 'future' and note == '' and amount.notna()")
        gross = flows["amount"].abs()
        studied = (
            gross[flows["element"].isin(effects.index)].sum() / gross.sum() if gross.sum() else None
        )
        return Verdict(
            self.summary,
            self.by_set,
            pd.concat([rated, null]).rename(index=names),
            len({*flows["element"]} - {*effects.index}),
            assumed(of.preset),
            studied,
            today(of.library.deflators, self.run.authority.price_base),
            of.preset.name,
            f"{self.run.authority.name}'s own",
        )

    def tiles(self) -> dict[str, tuple[str, str]]:
        """:meth:`Verdict.tiles`."""
        return self.verdict.tiles()

    @property
    def message(self) -> str | None:
        """The title of the chart of scenarios; None where nothing can be said."""
        s = self.summary
        if not s["inputs_appraised"] or not s["told_long"]:
            return None
        low, high = (rounded(self.by_set["saving_long"].agg(end)) for end in ("min", "max"))
        return f"In the reference case help {result(s['saving_long'])}; over all scenarios {low} to {high}"

    def say(self, *names: str) -> show.sentences.Said:
        """Sentences of the findings: those of :data:`VERDICT`, and ``value``, ``concentration``, ``advice``,
        ``followed``, ``inputs``, ``own_balance``, ``cashable``, ``net_costs``, ``left_out``, ``confidence``.

        Where nothing can be said of money the first of the verdict says so, and the others are left out.
        """
        s, name, lines = self.summary, codes.literal(self.run.authority.name), []
        if not len(self.run.cases):
            nothing = f"{name} took part and sent no cases, so there is nothing to price."
        elif nothing := nothing_priced(
            f"{name} sent", s["cases"], s["costed"], s["inputs_appraised"], s["told_long"]
        ):
            nothing = f"{nothing} {self._left_out(s) if s['costed'] else ''}".strip()
        else:
            lines = [
                getattr(self.verdict, one)() if one in SHARED else getattr(self, f"_{one}")(s)
                for one in names
            ]
        lines = [nothing] if nothing and VERDICT[0] in names else lines
        return show.say(
            *(codes.words(self.run.context.wording, line) for line in lines),
            finding=VERDICT[0] in names,
        )

    def assumptions(self) -> pd.DataFrame:
        """The assumptions of each scenario in words, a row each; "not used" where a scenario has none of it."""
        root, names = self.run.root, [name for name in self.by_set.index if name != OWN]
        sets = {self.label(name): load_preset(root, name).assumptions for name in names}
        if OWN in self.by_set.index:
            sets[self.label(OWN)] = self.run.assumptions
        used = [
            name
            for name in LABELS
            if name in ASSUMPTIONS and any(name in a.used for a in sets.values())
        ]
        known = {
            of: {
                LABELS[name]: _value(name, getattr(a, name)) if name in a.used else "not used"
                for name in used
            }
            for of, a in sets.items()
        }
        return pd.DataFrame(known).rename_axis("assumption")

    def own_values(self) -> pd.DataFrame:
        """The authority's own values, each with its range, source and reason."""
        rows = [
            {
                "assumption": LABELS.get(name, name),
                "value": _value(name, getattr(self.run.assumptions, name)),
                "source": said.get("source") or "none given",
                "reason": said.get("because") or "none given",
            }
            for name in self.run.authority.overrides
            for said in [self.run.authority.reasons.get(name, {})]
        ]
        return pd.DataFrame(rows, columns=["assumption", "value", "source", "reason"])

    def _own_scenario(self, s: dict) -> str:
        own = OWN if OWN in self.by_set.index else self.run.preset.name
        if own in (CONVENTION, self.reference.preset.name) or not s["inputs_appraised"]:
            return ""
        return (
            f"In the scenario {self.label(own)} help {result(self.by_set.loc[own, 'saving_long'])}."
        )

    def _whose_money(self, s: dict) -> str:
        return whose_money(s["transfers"], s["avoided_long"])

    def _value(self, s: dict) -> str:
        """Benefit-cost ratio and payback, where an economist looks for them."""
        if s["benefit_cost_ratio"] is None or not s["told_long"]:
            return ""
        back = s["payback_year"]
        when = "not paid back" if back is None else f"paid back within {plural(back + 1, 'year')}"
        return (
            f"In the reference case the net present value is {gbp(s['saving_long'])}, the benefit-cost ratio "
            f"{_ratio(s['benefit_cost_ratio'])}, and what was spent is {when}."
        )

    def _inputs(self, s: dict) -> str:
        each = self.run.cases.query("costed == 'yes'")["process"]
        if not s["process"] and not s["interventions"]:
            return "No cost of the {process} or its support was recorded."
        spread = f", {gbp(each.min())} to {gbp(each.max())} a case" if len(each) > 1 else ""
        time = f"The {{process}} took {gbp(s['process'])} of people's time{spread}"
        return (
            f"{time if s['process'] else 'No time on the {process} was recorded'}; "
            f"{'support cost ' + gbp(s['interventions']) if s['interventions'] else 'no cost of support was recorded'}."
        )

    def _concentration(self, s: dict) -> str:
        """How much hangs on one family."""
        costed = self.reference.cases.query("costed == 'yes'").set_index("case_id")
        return one_family(costed) if s["inputs_appraised"] else ""

    def _advice(self, s: dict) -> str:
        """The worth of a later pound at which helping pays, what to measure, and the years of care that break even."""
        if not s["told_long"] or not s["inputs_appraised"]:
            return ""
        known, price = (
            self.headlines["reference_information"],
            self.reference.prices["unit_value"].get(CARE),
        )
        lines = [
            "What to do: these figures alone do not support going on: in the reference case the help does not pay for "
            "itself, however much a pound saved later is worth."
            if known["pays_from"] is None
            else "What to do: go on, if a pound that public services save later is worth at least "
            f"{_pence(known['pays_from'])} to you today; below that the help does not pay for itself in the reference "
            "case."
        ]
        lines.append(
            "Nothing needs measuring first: knowing every estimate exactly would be worth "
            f"{gbp(known['evpi_at_one'])}, under 1% of what was spent."
            if known["nothing"] or not known["measure"]
            else f"Measure next, since it could change the answer: {lowered(known['measure'])}. Where a later pound is "
            f"worth {_pence(known['worth'])}, knowing every estimate exactly would be worth {gbp(known['evpi'])}."
        )
        if price:
            lines.append(
                f"What was spent is the price of {_time(s['inputs_appraised'] / price)} of one child in care."
            )
        return " ".join(lines)

    def _own_balance(self, s: dict) -> str:
        """What of the result is the local authority's own; what several agencies share is not split."""
        own, others = "local_authority", self.payers["net"].drop("local_authority", errors="ignore")
        paid, avoided = (self.payers[name].get(own, 0.0) for name in ("paid", "avoided_long"))
        if not paid and not avoided:
            text = "The local authority itself pays nothing and avoids nothing that has a price."
        else:
            net = total([avoided, -paid])
            verdict = (
                f"a net {'saving' if net > 0 else 'cost'} of {gbp(abs(net))}"
                if net
                else "no more and no less"
            )
            over = f" over {plural(s['horizon'], 'year')}" * bool(s["horizon"])
            text = f"The local authority itself pays {gbp(paid)} and avoids {gbp(avoided)}{over}: {verdict}."
        rest = total(others)
        if not rest:
            return text
        shared = "several" in others.index and bool(
            self.payers.loc["several", ["paid", "avoided_long"]].any()
        )
        mixed = (
            "; what several agencies share is counted with them, some of it may be the authority's"
            * shared
        )
        return f"{text} All other payers together {'gain' if rest > 0 else 'lose'} {gbp(abs(rest))} net{mixed}."

    def _cashable(self, s: dict) -> str:
        taken = total(self.payers["cashable"])
        if not s["avoided_long"]:
            return ""
        return (
            f"Of the costs avoided {gbp(taken)} is assumed cashable, in whole blocks only (such as a placement for a "
            "year); the rest is capacity freed, which others will use."
            if taken > 0
            else "None of it is cashable, for no whole block (such as a placement for a year) is freed: it is capacity "
            "freed, which others will use."
        )

    def _net_costs(self, s: dict) -> str:
        short, long, n = s["losses_short"], s["losses_long"], s["costed"]
        if not s["inputs_appraised"]:
            return ""
        over = plural(s["horizon"] or self.reference.assumptions.long_years, "year")
        first = plural(self.reference.assumptions.short_years, "year")
        if n == 1:
            return f"The one costed case makes a net {'cost' if long else 'saving'} over {over}."
        lead = f"{long or 'None'} of {n} costed cases {'makes' if long <= 1 else 'make'} a net cost over {over}"
        return f"{lead}; over {first}, {short or 'none'}."

    def _left_out(self, _: dict) -> str:
        unpriced = int(self.reference.cases["unpriced_futures"].sum())
        absent = int(self.reference.tables["children"]["in_futures"].eq("no").sum())
        parts = [
            f"{plural(unpriced, 'future')} that count{'s' * (unpriced == 1)} could not be costed"
        ] * bool(unpriced)
        parts += [f"the futures of {plural(absent, 'child', 'children')} were not costed"] * bool(
            absent
        )
        return f"This leaves something out: {listed(parts)}." if parts else ""

    def _followed(self, s: dict) -> str:
        """What came all the same, and by how much the reference case moves if that is not counted as avoided."""
        came = follow_up.came_anyway(self.run.tables)
        if not came:
            return ""
        moved = follow_up.moves(self.reference)
        if not moved:
            return f"{came} No pound of the reference case rests on them."
        return (
            f"{came} If they are not counted as avoided, the net saving of the reference case is "
            f"{rounded(abs(moved))} {'lower' if moved < 0 else 'higher'}."
        )

    def _confidence(self, s: dict) -> str:
        """What rests on which figures: inputs by their prices, the costs avoided by their weakest link."""
        resting = costing.rests_on(
            self.reference.ledger,
            self.reference.prices,
            self.reference.library.effects,
            self.reference.assumptions,
        )
        lines = []
        of = {
            "what was spent": "inputs_share",
            "the costs avoided, by the weakest link,": "avoided_share",
        }
        for what, column in of.items():
            parts = [
                f"{'all' if share > 0.995 else percent(share)} rests on {kind}"
                for kind, share in resting[column].items()
                if share >= 0.005
            ]
            lines += [f"Of {what} {listed(parts)} figures."] * bool(parts)
        lines += [
            f"Quantities, durations and chances are judgement; the prices alone are verified for "
            f"{percent(resting['price']['verified'])} of it."
        ] * bool(resting["price"].any())
        meaning = "Recalled: quoted from memory, not checked against the source. Assumed: this project's judgement."
        return " ".join([*lines, *[meaning] * bool(lines)])

    def to_json(self) -> dict:
        """The content of findings.json: figures in GBP at the price base, shares 0 to 1.

        The authority's own scenario at the top; ``reference``, ``break_even`` and ``headline`` of the reference case.
        """
        run, a, s = self.run, self.run.authority, self.summary
        resting = costing.rests_on(run.ledger, run.prices, run.library.effects, run.assumptions)
        costed = self.reference.cases.query("costed == 'yes'")
        row = self.by_set.loc[self.reference.preset.name, ["low95", "high95", "chance"]]
        return {
            "authority": a.slug,
            "name": a.name,
            "round": a.round,
            "notice": run.context.notice,
            "vintage": a.vintage,
            "price_base": a.price_base,
            "preset": a.preset,
            "overrides": dict(a.overrides),
            "headline": " ".join(str(self.say("break_even", "reference_case")).splitlines()),
            **costing.summarise(run.cases, run.ledger, run.assumptions),
            "payers": costing.by_payer(run.ledger, run.prices, run.assumptions)
            .reset_index()
            .to_dict("records"),
            "rests_on": resting.rename(columns=SHARES)[
                ["inputs", "avoided_long", *SHARES.values()]
            ].to_dict("index"),
            **{key: value for key, value in self.headlines.items() if key != "cases"},
            "reference": {
                "set": self.reference.preset.name,
                **s,
                **{name: None if value != value else value for name, value in row.items()},
                "largest_case_share": largest_share(costed),
            },
            "break_even": {
                "set": self.reference.preset.name,
                "share": s["break_even_share"],
                "inputs": s["inputs_appraised"],
                "told": s["told_long"],
            },
        }


def find(run: Any) -> Findings:
    """Gather a run's findings from what 02_price and 03_sensitivity wrote.

    Parameters
    ----------
    run : larcnb.workbook.Run

    Raises
    ------
    LarcError
        One of those notebooks has not run.
    """
    headlines = sensitivity.headlines(run.sensitivity)
    names = {row["set"] for row in headlines["scenarios"]}
    other = REFERENCE in names and (run.preset.name != REFERENCE or run.authority.overrides)
    return Findings(run, _under(run, REFERENCE) if other else run, headlines)


def _under(run: Any, preset: str) -> Any:
    """The same return under a preset, priced; no what-if in its captions, where the run is none."""
    other = run.what_if(preset=preset)
    of = replace(other, is_what_if=run.is_what_if)
    of.__dict__.update(
        {name: getattr(other, name) for name in ("tables", "prices", "ledger", "cases")}
    )
    return of


def largest_share(costed: pd.DataFrame) -> float | None:
    """The share of the costs avoided, without their signs, that is the largest case's; None where there are none."""
    gross = costed["avoided_long"].abs()
    return float(gross.max() / gross.sum()) if gross.sum() else None


def one_family(results: pd.DataFrame, named: bool = True) -> str:
    """How much of the reference case hangs on one family; "" where nothing is avoided.

    Parameters
    ----------
    results : DataFrame, one row a costed case
        ``avoided_long``, ``saving_long`` (GBP); ``named``: its index is the families' names, and the largest's is said.
    """
    share = largest_share(results)
    if share is None:
        return ""
    if len(results) == 1:
        return "All of this is one family."
    largest = results["avoided_long"].abs().idxmax()
    others = plural(len(results) - 1, "family") if len(results) > 2 else "family"
    return (
        f"{percent(share)} of the costs avoided is one family's{f' ({largest})' * named}. Without it, help for the "
        f"other {others} {result(total(results['saving_long'].drop(largest)))}."
    )


def nothing_priced(who_sent: str, cases: int, costed: int, *sums: float) -> str:
    """Why nothing can be said of money, of cases that came; "" where something can."""
    if not costed:
        return f"{who_sent} {plural(cases, 'case')}, none of them costed."
    them = "it" if costed == 1 else "them"
    return (
        ""
        if any(sums)
        else (
            f"{who_sent} {plural(costed, 'costed case')}, and no line of {them} has a price, so nothing can be said of "
            "what was spent or saved."
        )
    )


def whose_money(transfers: float, avoided: float, where: str = "") -> str:
    """Whose money it is; of sums in GBP that are avoided ``where``."""
    benefits = (
        f"; {rounded(transfers)} of the {rounded(avoided)} avoided{where} is benefit payments, which are transfers and "
        "save no resource"
    ) * bool(transfers)
    return (
        f"This is an account of the public purse: no private gain and no wellbeing is valued{benefits}. There was no "
        "comparison group: these cases cannot show that the help caused the change."
    )


def assumed(preset: Any) -> tuple[float, float, float] | None:
    """What a preset takes of a future that nobody has studied, and its range: shares of them prevented, 0 to 1."""
    share = preset.assumptions.default_prevented
    return None if share is None else (share, *preset.log["default_prevented"]["range"])


def today(deflators: pd.DataFrame, price_base: str) -> tuple[str, float]:
    """The latest year with a deflator, and what a pound at the price base is in its prices."""
    index = deflators.set_index("year")["index"].astype(float)
    return index.index.max(), index[index.index.max()] / index[price_base]


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
    if share < 0:
        return "less than none"
    return (
        "none" if not share else "under 1 in 100" if share < 0.01 else f"{100 * share:.0f} in 100"
    )


def _shares(value: float, low: float, high: float) -> str:
    value, low, high = (
        f"{round(100 * share):d}".replace("-", MINUS) for share in (value, low, high)
    )
    return f"{value} (range {low} to {high})"


def result(saving: float) -> str:
    """A net saving in words, after "help".

    Examples
    --------
    >>> result(37498.2), result(-3004.8), result(0.0)
    ('saves £37,000 net', 'costs £3,000 more than it saves', 'saves what it costs')
    """
    if not round(saving):
        return "saves what it costs"
    return (
        f"saves {rounded(saving)} net"
        if saving > 0
        else f"costs {rounded(-saving)} more than it saves"
    )


def _ratio(ratio: float) -> str:
    return f"{ratio:.{1 if abs(ratio) >= 1 else 2}f}".replace("-", MINUS)


def _value(name: str, value: Any) -> str:
    """An assumption's value in words; a mapping's alike keys once."""
    if not isinstance(value, Mapping):
        return in_words(name, value)
    keys, shares = list(value), [f"{100 * share:g}" for share in value.values()]
    if len(set(shares)) == 1:
        return f"{shares[0]}% throughout"
    first, last = (codes.LIKELIHOOD.get(key, f"grade {key}").lower() for key in (keys[0], keys[-1]))
    return f"{', '.join(shares)}% ({first} to {last})"


def _pence(worth: float) -> str:
    return "£1" if worth >= 0.995 else f"{max(1, round(100 * worth))}p"


def _time(years: float) -> str:
    if years < 1 / 6:
        return plural(max(1, round(years * 365.25)), "day")
    return plural(round(years * 12), "month") if years < 2 else f"{years:.1f} years"
