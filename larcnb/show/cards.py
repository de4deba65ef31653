"""Case cards in the form of LARC4's boxes (section 3.2), and the trace of every pound to its return and unit cost.

In: the clean tables, cases and ledger of DATA.md. Out: :class:`Cards` and :class:`Trace`. An outcome without a unit
cost stands in its box with the same weight as one with a unit cost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from larcnb import codes
from larcnb.show.context import measured, scenario, styled
from larcnb.show.table import Table, table
from larcnb.show.words import blank, escaped, gbp, linked, listed, lowered, plural, sentence

MOST_CARDS, MOST_LINES = 40, 1_500
"""More would make a page too heavy to send."""
LINE_FORMATS = {"unit_cost": "pence", "amount": "pence", "share_counted": "factor", "year": "count"}
LINE_FORMATS |= {"quantity": "number"}
STAGES = {"process": "Process", "intervention": "Support", "future": "Avoided costs"}


@dataclass(frozen=True)
class Card:
    """One family's box: what it is, four lists, the result, and what is not counted."""

    case_id: str
    about: str
    boxes: tuple[tuple[str, tuple[str, ...]], ...]
    result: tuple[str, ...]
    loss: bool
    notes: tuple[str, ...]

    def html(self) -> str:
        """A section with a heading of level 3; everything escaped."""
        boxes = "".join(
            f'<div class="box"><h4>{escape(title)}</h4><ul>{"".join(f"<li>{escaped(i)}</li>" for i in of)}</ul></div>'
            for title, of in self.boxes
        )
        look = "verdict loss" if self.loss else "verdict"
        notes = "".join(f'<p class="note">{escaped(note)}</p>' for note in self.notes)
        lead = linked(f"See how this figure is made up ({self.case_id})", f"#pounds-{self.case_id}")
        first, *more = map(escaped, self.result)
        return (
            f'<section class="card"><h3>Case {escape(self.case_id)}</h3><p class="quiet">{escape(self.about)}</p>'
            f'<div class="boxes">{boxes}</div><p class="{look}"><strong>{first}</strong> '
            f'<span>{"; ".join(more)}</span></p>{notes}<p class="note">{lead}</p></section>'
        )

    def __str__(self) -> str:
        boxes = [f"{title}: {'; '.join(items)}" for title, items in self.boxes]
        return "\n".join(
            [f"Case {self.case_id}. {self.about}", *boxes, "; ".join(self.result), *self.notes]
        )


@dataclass(frozen=True)
class Cards:
    """Case cards, one below the other."""

    cards: tuple[Card, ...]
    note: str = ""
    folded: bool = False

    def _repr_html_(self) -> str:
        if not self.cards:
            return f"<p>{self}</p>"
        note = f'<p class="note">{escaped(self.note)}</p>' if self.note else ""
        each = [card.html() for card in self.cards]
        if self.folded:
            leads = [
                escaped(f"Case {card.case_id}: {'; '.join(card.result)}") for card in self.cards
            ]
            pairs = zip(leads, each, strict=True)
            each = [f"<details><summary>{lead}</summary>{html}</details>" for lead, html in pairs]
        return styled(f'<div class="larc">{note}{"".join(each)}</div>')

    def __repr__(self) -> str:
        return (
            "\n\n".join([*filter(None, [self.note]), *map(str, self.cards)])
            or "No case was costed."
        )


def cards(
    cases: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    ledger: pd.DataFrame,
    run: Any,
    only: Iterable[str] | None = None,
    most: int = MOST_CARDS,
    folded: bool = False,
) -> Cards:
    """Show each costed case as LARC4 showed Toby, Sam and Jamie.

    Parameters
    ----------
    cases : DataFrame, one row a case
        ``cases.parquet`` of DATA.md.
    tables : mapping of name to DataFrame
        The clean tables ``children``, ``needs``, ``interventions``, ``outcomes``.
    ledger : DataFrame
        Every amount on a card is a sum of its rows.
    run : Run
        Its ``context``, ``prices`` (``label`` by item) and ``library.futures`` (``future``, ``label``).
    only : iterable of str, optional
        The cases to show, in this order; left out, every costed case.
    most : int
        Of more cases than these so many are shown, spread evenly from the greatest saving to the least.
    folded : bool
        A list: a line a case with its result, which opens its card.

    Source
    ------
    Easton et al (2012), LARC4, section 3.2.
    """
    costed = cases[cases["costed"] == "yes"].set_index("case_id")
    wanted, note = (
        list(costed.index) if only is None else [case for case in only if case in costed.index],
        "",
    )
    if only is None and len(wanted) > most:
        ranked = costed.sort_values("saving_long", ascending=False, kind="stable").index
        wanted = [ranked[round(n * (len(ranked) - 1) / max(1, most - 1))] for n in range(most)]
        note = f"{most} of {len(ranked)} costed cases, spread evenly from the greatest saving to the least."
    frames = {name: tables[name] for name in ("children", "needs", "interventions", "outcomes")} | {
        "ledger": ledger
    }
    own = {
        name: dict(iter(frame.groupby("case_id", observed=True))) for name, frame in frames.items()
    }
    made = (
        _card(
            case,
            costed.loc[case],
            {name: own[name].get(case, frames[name].iloc[:0]) for name in own},
            run,
        )
        for case in wanted
    )
    return Cards(tuple(made), note, folded)


def _card(case_id: str, case: pd.Series, own: Mapping[str, pd.DataFrame], run: Any) -> Card:
    context, items = run.context, run.prices["label"].to_dict()
    counted, left_out = _avoided(own["ledger"], _futures(run), items)
    process = sentence(codes.WORDING[context.wording]["process"])
    support: dict[str, dict[str, None]] = {}
    for row in own["interventions"].query("status == 'delivered'").itertuples():
        what = lowered(items.get(row.item, sentence(row.item)))
        support.setdefault(codes.SUPPORT[row.support], {})[what] = None
    given = [f"{kind}: {', '.join(who)}" for kind, who in support.items()]
    more = case["inputs_appraised"] - case["inputs"]
    weak = (
        [f"Added for weak evidence of costs {gbp(more)}, counted in the result"]
        if more >= 0.5
        else []
    )
    issues = [
        f"{codes.SUBJECT[row.subject]}: "
        + ("another need" if row.need == "other" else lowered(codes.NEED[row.subject][row.need]))
        for row in own["needs"].itertuples()
    ]
    ages = own["children"]["age_band"].value_counts()
    bands = {"unborn": "unborn", "unknown": "of unknown age", "over-16": "over 16"}
    children = [
        f"{plural(int(ages[band]), 'child', 'children')} {bands.get(band, f'aged {codes.AGE_BAND[band]}')}"
        for band in codes.AGE_BAND
        if ages.get(band)
    ]
    notes = [f"Reported but not counted: {'; '.join(left_out)}."] if left_out else []
    unpriced = int(case["unpriced_futures"])
    missing = [f"{plural(unpriced, 'outcome')} without a unit cost"] * bool(unpriced)
    others = int((own["children"]["in_futures"] == "no").sum())
    missing += [f"the futures of {plural(others, 'child', 'children')}"] * bool(others)
    if missing:
        notes.append(
            f"Leaves something out: {listed(missing)}. Nothing is taken off for "
            f"{'deadweight, discounting or ' if context.preset == 'larc' else ''}other help: that leans the other way."
        )
    status = "closed" if case["status"] == "closed" else "still open"
    flows = own["ledger"].query(
        "stage == 'future' and note == '' and amount.notna() and amount != 0"
    )["year"]
    over = f"over {plural(int(flows.max()) + 1, 'year')}" if len(flows) else context.over("long")
    return Card(
        case_id,
        f"{'; '.join(children) or 'No children recorded'}. Episode {status}. £ at {context.price_base} prices, "
        f"{scenario(context)}.",
        (
            ("Presenting issues", tuple(issues) or ("None recorded",)),
            (
                f"Costs ({gbp(case['inputs'])})",
                (
                    f"{process} {gbp(case['process'])}",
                    f"Support {gbp(case['interventions'])}",
                    *weak,
                    *given,
                ),
            ),
            ("Outcomes", _outcomes(own["outcomes"])),
            (f"Avoided costs ({gbp(case['avoided_long'])})", counted or ("None counted",)),
        ),
        (
            f"{_result(case['saving_long'])} {over}",
            f"{_result(case['saving_short'])} {context.over('short')}",
        ),
        bool(case["saving_long"] < 0),
        tuple(notes),
    )


def _result(amount: float) -> str:
    return f"{gbp(-amount)} net cost" if amount < 0 else f"{gbp(amount)} saving"


def _outcomes(outcomes: pd.DataFrame) -> tuple[str, ...]:
    """Each outcome with its changes, the best first, and who reported them."""
    order = list(codes.CHANGE)[::-1]
    lines = []
    for outcome, rows in outcomes.groupby("outcome", sort=False, observed=True):
        changes = [
            f"{lowered(codes.CHANGE[change])} "
            f"({', '.join(dict.fromkeys(lowered(codes.PERSPECTIVE[who]) for who in of['perspective']))})"
            for change in order
            if len(of := rows[rows["change"] == change])
        ]
        lines.append(f"{codes.OUTCOME[outcome][0]}: {', '.join(changes)}")
    return tuple(lines) or ("None recorded",)


def _futures(run: Any) -> dict[str, str]:
    futures = run.library.futures
    return dict(zip(futures["future"], futures["label"], strict=True))


def _avoided(
    ledger: pd.DataFrame, labels: Mapping, items: Mapping
) -> tuple[tuple[str, ...], list[str]]:
    """The outcomes counted, the dearest first, each with what of it is left out; and those not counted, with why."""
    counted, left_out = [], []
    for future, rows in ledger.query("stage == 'future'").groupby(
        "element", sort=False, observed=True
    ):
        label, amount = labels.get(future, sentence(future)), round(float(rows["amount"].sum()), 2)
        reasons = dict.fromkeys(
            explained(note, labels, items) for note in rows["note"] if not blank(note)
        )
        why = f" ({'; '.join(reasons)})" if reasons else ""
        if amount:
            counted.append(
                (-amount, f"{label}: {gbp(amount)}" + (f"; part not counted{why}" if why else ""))
            )
        elif rows["amount"].isna().any():
            counted.append((0.0, f"{label}: no unit cost"))
        else:
            left_out.append(f"{lowered(label)}{why}")
    return tuple(text for _, text in sorted(counted, key=lambda line: line[0])), left_out


def explained(note: str, *labels: Mapping[str, str]) -> str:
    """A ledger line's note with codes put into words.

    Examples
    --------
    >>> explained("already in the cost of permanent_exclusion", {"permanent_exclusion": "Permanent exclusion"})
    'already in the cost of permanent exclusion'
    """

    def words(code: re.Match) -> str:
        known = (names[code[0]] for names in (*labels, codes.SUPPORT_STATUS) if code[0] in names)
        return lowered(next(known, code[0].replace("_", " ")))

    return re.sub(r"[a-z]+(?:_[a-z0-9]+)+", words, str(note))


@dataclass(frozen=True)
class Trace:
    """Every line of a ledger, case by case, folded; sums above lines."""

    caption: str
    cases: tuple[tuple[str, str, tuple[Table, ...]], ...]
    notes: tuple[str, ...]

    def _repr_html_(self) -> str:
        if not self.cases:
            return f"<p>{escaped(str(self))}</p>"
        folds = "".join(
            f"<details><summary>{escaped(summary)}</summary>"
            f'<div id="pounds-{escape(case)}">{"".join(one.html() for one in tables)}</div></details>'
            if tables
            else f'<p id="pounds-{escape(case)}">{escaped(summary)}</p>'
            for case, summary, tables in self.cases
        )
        notes = "".join(f'<p class="note">{escaped(note)}</p>' for note in self.notes)
        return styled(
            f'<div class="larc trace"><p><strong>{escaped(self.caption)}</strong></p>{folds}{notes}</div>'
        )

    def __repr__(self) -> str:
        if not self.cases:
            return "The ledger has no lines."
        return "\n".join([self.caption, *(summary for _, summary, _ in self.cases), *self.notes])


def trace(
    ledger: pd.DataFrame, run: Any, case_id: str | None = None, most: int = MOST_LINES
) -> Trace:
    """Follow each pound: every ledger line with the row of the return it came from, its unit cost and source.

    ``amount = quantity x unit value x share counted``, to the penny; the share is 1 for costs, and for an avoided cost
    its weight times the scenario's factors of the year.

    Parameters
    ----------
    ledger : DataFrame
        ``case_id``, ``stage``, ``element``, ``item``, ``year``, ``quantity``, ``unit``, ``unit_value``, ``amount``
        (GBP at the price base), ``source_row``, ``note``.
    run : Run
        Its ``context``, ``prices`` (``label``, ``source``, ``confidence`` by item) and ``library.futures``.
    case_id : str, optional
        One case only.
    most : int
        After so many lines the other cases have their sums only; results.xlsx has their lines.
    """
    lines = ledger if case_id is None else ledger[ledger["case_id"] == case_id]
    prices, futures = run.prices, _futures(run)
    items = prices["label"].to_dict()
    inputs = codes.ELEMENT | codes.SUPPORT
    gross = lines["quantity"] * lines["unit_value"]
    future = lines["stage"] == "future"
    known = {
        name: lines["item"].map(prices[name]) for name in ("source", "confidence") if name in prices
    }
    if "beware" in prices:
        beware = lines["item"].map(prices["beware"]).fillna("")
        known["source"] = known["source"] + beware.where(beware.eq(""), ". Beware: " + beware)
    words = pd.DataFrame(
        {
            "case": lines["case_id"],
            "stage": lines["stage"],
            "for_what": [
                (futures if f else inputs).get(code, sentence(code))
                for code, f in zip(lines["element"], future, strict=True)
            ],
            "item": [
                "" if blank(item) else items.get(item, sentence(item)) for item in lines["item"]
            ],
            "year": (lines["year"] + 1).where(future),
            "quantity": lines["quantity"],
            "unit": lines["unit"],
            "unit_cost": lines["unit_value"],
            "share_counted": (lines["amount"] / gross).where(gross != 0),
            "amount": lines["amount"],
            "row_of_the_return": lines["source_row"],
            "source": known.get("source", ""),
            "confidence": known.get("confidence", pd.Series("", lines.index)).map(codes.CONFIDENCE),
            "note": [
                "" if blank(note) else explained(note, futures, items) for note in lines["note"]
            ],
            "address": ["" if blank(item) else f"#cost-{item}" for item in lines["item"]],
        }
    )
    cases, shown = [], 0
    for case, of in words.groupby("case", sort=False, observed=True):
        sums = (
            of.groupby("stage", observed=True)["amount"].sum().reindex(list(STAGES), fill_value=0.0)
        )
        shown += len(of)
        summary = (
            f"Case {case}: {gbp(sums['process'] + sums['intervention'])} spent, {gbp(sums['future'])} avoided, "
            f"{plural(len(of), 'line')}"
        )
        stages = (
            [stage for stage in STAGES if (of["stage"] == stage).any()]
            if not cases or shown <= most
            else []
        )
        parts = (
            _stage(of[of["stage"] == stage], f"Case {case}. {STAGES[stage]}: {gbp(sums[stage])}")
            for stage in stages
        )
        cases.append((str(case), summary, tuple(parts)))
    notes = [
        "Each line's amount is quantity times unit cost times the share counted, to the penny. Costs stand here "
        "before any correction for weak evidence."
    ]
    if shown > most and len(cases) > 1:
        notes.append("Where a case has no lines here, results.xlsx and ledger.parquet have them.")
    caption = f"Every line of the ledger, case by case: {plural(len(lines), 'line')}. {measured('', 'GBP', run)}"
    return Trace(caption, tuple(cases), tuple(notes))


def _stage(lines: pd.DataFrame, caption: str) -> Table:
    """One stage of one case: a row a ledger line, and their sum; columns that are empty are left out."""
    dropped = [name for name in ("year", "note", "source") if lines[name].map(blank).all()]
    dropped += ["share_counted"] * (lines["stage"].iloc[0] != "future")
    shown = lines.drop(columns=["case", "stage", "address", *dropped])
    total = pd.DataFrame([{"for_what": "Sum", "amount": lines["amount"].sum()}])
    return table(
        pd.concat([shown.astype({"quantity": float}), total], ignore_index=True),
        caption,
        totals=1,
        most=MOST_LINES,
        formats={name: kind for name, kind in LINE_FORMATS.items() if name in shown},
        links={"item": list(lines["address"])},
        labels={"for_what": "For what", "confidence": "Unit cost is"},
    )
