"""Case cards in the form of LARC4's boxes (section 3.2), and the trace of every pound to its return and unit cost.

In: the clean tables, cases and ledger of DATA.md. Out: :class:`Cards` and :class:`Trace`. An outcome without a unit
cost stands in its box with the same weight as one with a unit cost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from larcnb import codes
from larcnb.show.context import measured, scenario, styled
from larcnb.show.sentences import phrase
from larcnb.show.table import Table, table
from larcnb.show.words import blank, escaped, gbp, linked, listed, lowered, plural, sentence

MOST_CARDS, MOST_LINES = 40, 1_500
"""More would make a page too heavy to send."""
PSEUDONYMS = ("Toby", "Sam", "Jamie")
"""Of the three families that LARC4 tells of; a made-up authority has them."""
LINE_FORMATS = {"unit_cost": "pence", "amount": "pence", "share_counted": "factor", "year": "count"}
LINE_FORMATS |= {"quantity": "number"}
STAGES = {"process": "Process", "intervention": "Support", "future": "Avoided costs"}


@dataclass(frozen=True)
class Card:
    """One family's box: what it is, four lists, the result, and what is not counted."""

    case_id: str
    about: str
    boxes: Mapping[str, Sequence[str]]
    result: tuple[str, ...]
    loss: bool
    notes: tuple[str, ...]

    def html(self) -> str:
        """A section with a heading of level 3; everything escaped."""
        boxes = "".join(
            f'<div class="box"><h4>{escape(title)}</h4><ul>{_tagged("li", of)}</ul></div>'
            for title, of in self.boxes.items()
        )
        lead = linked(f"See how this figure is made up ({self.case_id})", f"#pounds-{self.case_id}")
        first, *more = map(escaped, self.result)
        return (
            f'<section class="card"><h3>Case {escape(self.case_id)}</h3>'
            f'<p class="quiet">{escaped(self.about)}</p><div class="boxes">{boxes}</div>'
            f'<p class="verdict{" loss" * self.loss}"><strong>{first}</strong> '
            f"<span>{'; '.join(more)}</span></p>"
            f'{_tagged("p", self.notes, "note")}<p class="note">{lead}</p></section>'
        )

    def __str__(self) -> str:
        boxes = [f"{title}: {'; '.join(items)}" for title, items in self.boxes.items()]
        lead = f"Case {self.case_id}. {self.about}"
        return "\n".join([lead, *boxes, "; ".join(self.result), *self.notes])


def _tagged(tag: str, texts: Iterable[str], look: str = "") -> str:
    """Each text in a tag, escaped."""
    look = f' class="{look}"' if look else ""
    return "".join(f"<{tag}{look}>{escaped(text)}</{tag}>" for text in texts)


@dataclass(frozen=True)
class Cards:
    """Case cards, one below the other."""

    cards: tuple[Card, ...]
    notes: tuple[str, ...] = ()
    folded: bool = False

    def _repr_html_(self) -> str:
        if not self.cards:
            return f"<p>{self}</p>"
        each = [card.html() for card in self.cards]
        if self.folded:
            leads = (f"Case {card.case_id}: {'; '.join(card.result)}" for card in self.cards)
            pairs = zip(map(escaped, leads), each, strict=True)
            each = [f"<details><summary>{lead}</summary>{html}</details>" for lead, html in pairs]
        notes = _tagged("p", self.notes, "note")
        return styled(f'<div class="larc">{notes}{"".join(each)}</div>')

    def __repr__(self) -> str:
        return "\n\n".join([*self.notes, *map(str, self.cards)]) or "No case was costed."


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
    wanted, notes = [case for case in only or costed.index if case in costed.index], []
    if only is None and len(wanted) > most:
        ranked = costed.sort_values("saving_long", ascending=False, kind="stable").index
        wanted = [ranked[round(n * (len(ranked) - 1) / max(1, most - 1))] for n in range(most)]
        notes = [phrase("cards_most", most=most, of=len(ranked))]
    if run.context.notice and only is None and {*wanted} & {*PSEUDONYMS}:
        notes.append(phrase("pseudonyms"))
    parts = ("children", "needs", "interventions", "outcomes")
    frames = {name: tables[name] for name in parts} | {"ledger": ledger}
    made = (
        _card(case, costed.loc[case], {k: f[f["case_id"] == case] for k, f in frames.items()}, run)
        for case in wanted
    )
    return Cards(tuple(made), tuple(notes), folded)


def _card(case_id: str, case: pd.Series, own: Mapping[str, pd.DataFrame], run: Any) -> Card:
    context, items = run.context, run.prices["label"].to_dict()
    labels = run.library.futures.set_index("future")["label"].to_dict()
    counted, left_out = _avoided(own["ledger"], labels | items)
    process = sentence(codes.WORDING[context.wording]["process"])
    given = own["interventions"].query("status == 'delivered'")
    what = given["item"].map(lambda item: lowered(items.get(item, sentence(item))))
    by_kind = what.groupby(given["support"].map(codes.SUPPORT), sort=False, observed=True).unique()
    more = case["inputs_appraised"] - case["inputs"]
    weak = f"Added for weak evidence of costs {gbp(more)}, counted in the result"
    issues = [
        f"{codes.SUBJECT[row.subject]}: "
        + ("another need" if row.need == "other" else lowered(codes.NEED[row.subject][row.need]))
        for row in own["needs"].itertuples()
    ]
    ages, bands = own["children"]["age_band"].value_counts(), codes.AGE_BAND
    special = {"unborn": "unborn", "unknown": "of unknown age", "over-16": "over 16"}
    children = [
        f"{plural(ages[band], 'child', 'children')} {special.get(band, f'aged {bands[band]}')}"
        for band in bands
        if ages.get(band)
    ]
    flows = own["ledger"].query(
        "stage == 'future' and note == '' and amount.notna() and amount != 0"
    )
    years = plural(int(flows["year"].max()) + 1, "year") if len(flows) else ""
    over = f"over {years}" if years else context.over("long")
    prices = f"£ at {context.price_base} prices, {scenario(context)}"
    status = "closed" if case["status"] == "closed" else "still open"
    return Card(
        case_id,
        f"{'; '.join(children) or 'No children recorded'}. Episode {status}. {prices}.",
        {
            "Presenting issues": issues or ["None recorded"],
            f"Costs ({gbp(case['inputs'])})": [
                f"{process} {gbp(case['process'])}",
                f"Support {gbp(case['interventions'])}",
                *[weak] * bool(more >= 0.5),
                *(f"{kind}: {', '.join(who)}" for kind, who in by_kind.items()),
            ],
            "Outcomes": _outcomes(own["outcomes"]),
            f"Avoided costs ({gbp(case['avoided_long'])})": counted or ["None counted"],
        },
        (
            f"{_result(case['saving_long'])} {over}",
            f"{_result(case['saving_short'])} {context.over('short')}",
        ),
        bool(case["saving_long"] < 0),
        tuple(_card_notes(case, own["children"], left_out, context.preset)),
    )


def _card_notes(case: pd.Series, children: pd.DataFrame, left_out: list[str], preset: str):
    """What a card does not count, and what leans the other way."""
    unpriced, others = int(case["unpriced_futures"]), int((children["in_futures"] == "no").sum())
    missing = [f"{plural(unpriced, 'outcome')} without a unit cost"] * bool(unpriced)
    missing += [f"the futures of {plural(others, 'child', 'children')}"] * bool(others)
    if left_out:
        yield f"Reported but not counted: {'; '.join(left_out)}."
    if missing:
        yield phrase(
            "card_leaves_out",
            missing=listed(missing),
            taken="deadweight, discounting or " * (preset == "larc"),
        )


def _result(amount: float) -> str:
    return f"{gbp(-amount)} net cost" if amount < 0 else f"{gbp(amount)} saving"


def _outcomes(outcomes: pd.DataFrame) -> list[str]:
    """Each outcome with its changes, the best first, and who reported them."""
    lines = []
    for outcome, rows in outcomes.groupby("outcome", sort=False, observed=True):
        who = rows["perspective"].map(codes.PERSPECTIVE).map(lowered).groupby(rows["change"])
        by_change = who.unique()
        changes = [
            f"{lowered(words)} ({', '.join(by_change[change])})"
            for change, words in reversed(codes.CHANGE.items())
            if change in by_change
        ]
        lines.append(f"{codes.OUTCOME[outcome][0]}: {', '.join(changes)}")
    return lines or ["None recorded"]


def _avoided(ledger: pd.DataFrame, labels: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The outcomes counted, the dearest first, each with what of it is left out; and those not counted, with why."""
    counted, left_out = [], []
    flows = ledger.query("stage == 'future'")
    for future, rows in flows.groupby("element", sort=False, observed=True):
        label, amount = labels.get(future, sentence(future)), round(float(rows["amount"].sum()), 2)
        notes = [explained(note, labels) for note in rows["note"] if not blank(note)]
        why = f" ({'; '.join(dict.fromkeys(notes))})" if notes else ""
        if amount:
            text = f"{label}: {gbp(amount)}" + f"; part not counted{why}" * bool(why)
            counted.append((-amount, text))
        elif rows["amount"].isna().any():
            counted.append((0.0, f"{label}: no unit cost"))
        else:
            left_out.append(f"{lowered(label)}{why}")
    return [text for _, text in sorted(counted, key=lambda line: line[0])], left_out


def explained(note: str, labels: Mapping[str, str]) -> str:
    """A ledger line's note with codes put into words.

    Examples
    --------
    >>> explained("already in the cost of permanent_exclusion", {"permanent_exclusion": "Permanent exclusion"})
    'already in the cost of permanent exclusion'
    """
    known = codes.SUPPORT_STATUS | labels

    def words(code: re.Match) -> str:
        return lowered(known.get(code[0], code[0].replace("_", " ")))

    return re.sub(r"[a-z]+(?:_[a-z0-9]+)+", words, str(note))


@dataclass(frozen=True)
class Trace:
    """Every line of a ledger, case by case, folded; sums above lines."""

    caption: str
    cases: tuple[tuple[str, str, tuple[Table, ...]], ...]
    notes: tuple[str, ...]

    def _repr_html_(self) -> str:
        if not self.cases:
            return f"<p>{self}</p>"
        folds = ""
        for case, summary, tables in self.cases:
            anchor, lead = f'id="pounds-{escape(case)}"', escaped(summary)
            lines = "".join(one.html() for one in tables)
            fold = f"<details><summary>{lead}</summary><div {anchor}>{lines}</div></details>"
            folds += fold if tables else f"<p {anchor}>{lead}</p>"
        head = f"<p><strong>{escaped(self.caption)}</strong></p>"
        return styled(
            f'<div class="larc trace">{head}{folds}{_tagged("p", self.notes, "note")}</div>'
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
    words, cases, shown = _in_words(lines, run), [], 0
    for case, of in words.groupby("case", sort=False, observed=True):
        by_stage = dict(iter(of.groupby("stage", observed=True)))
        sums = {stage: rows["amount"].sum() for stage, rows in by_stage.items()}
        spent = sums.get("process", 0) + sums.get("intervention", 0)
        shown += len(of)
        summary = (
            f"Case {case}: {gbp(spent)} spent, {gbp(sums.get('future', 0))} avoided, "
            f"{plural(len(of), 'line')}"
        )
        stages = [stage for stage in STAGES if stage in by_stage] * (not cases or shown <= most)
        parts = (
            _stage(by_stage[of], f"Case {case}. {STAGES[of]}: {gbp(sums[of])}") for of in stages
        )
        cases.append((str(case), summary, tuple(parts)))
    notes = [phrase("trace")] + [phrase("trace_more")] * (shown > most and len(cases) > 1)
    caption = f"Every line of the ledger, case by case: {plural(len(lines), 'line')}."
    return Trace(f"{caption} {measured('', 'GBP', run)}", tuple(cases), tuple(notes))


def _in_words(lines: pd.DataFrame, run: Any) -> pd.DataFrame:
    """Ledger lines as a reader has them: labels for codes, the share counted, and each unit cost's source."""
    prices = run.prices.reindex(columns=["label", "source", "confidence", "beware"])
    beware = ". Beware: " + prices["beware"].replace("", None)
    prices["source"] = prices["source"] + beware.fillna("")
    items, futures = prices["label"].dropna(), run.library.futures.set_index("future")["label"]
    names, costs = items.to_dict(), codes.ELEMENT | codes.SUPPORT | futures.to_dict()
    gross, future = lines["quantity"] * lines["unit_value"], lines["stage"] == "future"
    labels = futures.to_dict() | names
    return pd.DataFrame(
        {
            "case": lines["case_id"],
            "stage": lines["stage"],
            "for_what": [costs.get(code, sentence(code)) for code in lines["element"]],
            "item": [
                "" if blank(item) else names.get(item, sentence(item)) for item in lines["item"]
            ],
            "year": (lines["year"] + 1).where(future),
            "quantity": lines["quantity"].astype(float),
            "unit": lines["unit"],
            "unit_cost": lines["unit_value"],
            "share_counted": (lines["amount"] / gross).where((gross != 0) & future),
            "amount": lines["amount"],
            "row_of_the_return": lines["source_row"],
            "source": lines["item"].map(prices["source"]),
            "confidence": lines["item"].map(prices["confidence"]).map(codes.CONFIDENCE),
            "note": ["" if blank(note) else explained(note, labels) for note in lines["note"]],
            "address": ["" if blank(item) else f"#cost-{item}" for item in lines["item"]],
        }
    )


def _stage(lines: pd.DataFrame, caption: str) -> Table:
    """One stage of one case: a row a ledger line, and their sum; columns that are empty are left out."""
    may_go = ("year", "share_counted", "note", "source")
    dropped = [name for name in may_go if lines[name].map(blank).all()]
    total = pd.DataFrame([{"for_what": "Sum", "amount": lines["amount"].sum()}])
    shown = lines.drop(columns=["case", "stage", "address", *dropped])
    return table(
        pd.concat([shown, total], ignore_index=True),
        caption,
        totals=1,
        most=MOST_LINES,
        formats={name: kind for name, kind in LINE_FORMATS.items() if name in shown},
        links={"item": list(lines["address"])},
        labels={"for_what": "For what", "confidence": "Unit cost is"},
    )
