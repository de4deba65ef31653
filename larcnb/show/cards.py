"""Case cards in the form of LARC4's boxes (section 3.2), and the trace of every pound to its return and unit cost.

In: the clean tables, cases and ledger of the data dictionary. Out: :class:`~larcnb.show.sentences.Shown`. An outcome
without a unit cost stands in its box with the same weight as one with a unit cost.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from larcnb import codes
from larcnb.show.html import HTML, styled
from larcnb.show.sentences import Context, Shown, measured, phrase, say, scenario
from larcnb.show.table import Table, table
from larcnb.show.words import DASH, blank, gbp, labelled, listed, lowered, plural, sentence, written

MOST_LINES = 1_500
"""More would make a page too heavy to send."""
PSEUDONYMS = ("Toby", "Sam", "Jamie")
"""Of the three families that LARC4 tells of; a made-up authority has them."""
LINE_FORMATS = {"unit_cost": "pence", "amount": "pence", "share_counted": "factor", "year": "count"}
LINE_FORMATS |= {"quantity": "number"}
STAGES = {"process": "Process", "intervention": "Support", "future": "Avoided costs"}
LINE_LABELS = {"for_what": "For what", "confidence": "Unit cost is"}
LINE = "for_what item year quantity unit unit_cost share_counted amount row_of_the_return source "
LINE = f"{LINE}confidence note".split()
MAY_GO = ("year", "share_counted", "note", "source")
PARTS = ("children", "needs", "interventions", "outcomes")


def cards(
    cases: pd.DataFrame, tables: Mapping, ledger: pd.DataFrame, run: Any, only=(), folded=False
) -> Shown:
    """Show each costed case as LARC4 showed Toby, Sam and Jamie.

    Parameters
    ----------
    cases : DataFrame, one row a case
        ``cases.parquet`` of docs/explore.md; with a column ``authority`` each card leads to that authority's page of
        costs.
    tables : mapping of name to DataFrame
        The clean tables ``children``, ``needs``, ``interventions``, ``outcomes``.
    ledger : DataFrame
        Every amount on a card is a sum of its rows.
    run : Run
        Its ``context``, ``prices`` (``label`` by item) and ``library.futures`` (``future``, ``label``).
    only : list of str, optional
        The cases to show, in this order; left out, every costed case.
    folded : bool
        A list: a line a case with its result, which opens its card.

    Source
    ------
    Easton et al (2012), LARC4, section 3.2.
    """
    costed = cases[cases["costed"] == "yes"].set_index("case_id")
    wanted, notes = [case for case in only or costed.index if case in costed.index], []
    if not wanted:
        return say("No case was costed.")
    if run.context.notice and not only and {*wanted} & {*PSEUDONYMS}:
        notes.append(phrase("pseudonyms"))
    frames = {name: tables[name] for name in PARTS}
    frames["futures"] = ledger[ledger["stage"] == "future"]
    # rows by case: a hundred small frames would take most of a page's time
    of_cases: dict[str, dict[str, list]] = {case: {name: [] for name in frames} for case in wanted}
    for name, frame in frames.items():
        for row in frame[frame["case_id"].isin(wanted)].itertuples():
            of_cases[row.case_id][name].append(row)
    labels = _labels(run), _futures(run)
    made = [
        _card(case, costed.loc[case], own, run.context, *labels) for case, own in of_cases.items()
    ]
    text = "\n\n".join([*notes, *map(_in_text, made)])
    return Shown(text, styled(HTML.cards(made, notes, folded)))


def _in_text(card: Mapping[str, Any]) -> str:
    boxes = [f"{title}: {'; '.join(lines)}" for title, lines in card["boxes"].items()]
    lead = f"Case {card['case_id']}. {card['about']}"
    return "\n".join([lead, *boxes, "; ".join(card["result"]), *card["notes"]])


def _card(
    case_id: str,
    case: pd.Series,
    own: Mapping[str, list],
    context: Context,
    labels: Mapping[str, str],
    futures: Mapping[str, str],
) -> dict:
    """What a card says: about whom, its boxes (title to lines), results, notes, and where its pounds are."""
    page = f"../{case['authority']}/02_price.html" if "authority" in case else ""
    counted, left_out = _avoided(own["futures"], labels, futures)
    flows = (row for row in own["futures"] if row.note == "" and pd.notna(row.amount))
    last = max((flow.year + 1 for flow in flows if flow.amount), default=0)
    over = f"over {plural(last, 'year')}" if last else context.over("long")
    status = "closed" if case["status"] == "closed" else "still open"
    prices = f"£ at {context.price_base} prices, {scenario(context)}"
    needs = {of: named | {"other": "Another need"} for of, named in codes.NEED.items()}
    issues = [
        f"{codes.SUBJECT[row.subject]}: {lowered(needs[row.subject][row.need])}"
        for row in own["needs"]
    ]
    terms = (case["saving_long"], over), (case["saving_short"], context.over("short"))
    results = [f"{gbp(abs(a))} {'net cost' if a < 0 else 'saving'} {term}" for a, term in terms]
    return {
        "case_id": case_id,
        "about": f"{_children(own['children'])}. Episode {status}. {prices}.",
        "boxes": {
            "Presenting issues": issues or ["None recorded"],
            f"Costs ({gbp(case['inputs'])})": _costs(case, own["interventions"], context, labels),
            "Outcomes": _outcomes(own["outcomes"]),
            f"Avoided costs ({gbp(case['avoided_long'])})": counted or ["None counted"],
        },
        "result": results,
        "loss": case["saving_long"] < 0,
        "notes": _card_notes(case, own["children"], left_out, context.preset),
        "pounds": f"{page}#pounds-{case_id}",
    }


def _labels(run: Any) -> dict[str, str]:
    return _futures(run) | run.prices["label"].to_dict()


def _futures(run: Any) -> dict[str, str]:
    return run.library.futures.set_index("future")["label"].to_dict()


def _children(children: list) -> str:
    ages, bands = Counter(child.age_band for child in children), codes.AGE_BAND
    special = {"unborn": "unborn", "unknown": "of unknown age", "over-16": "over 16"}
    parts = [
        f"{plural(ages[band], 'child', 'children')} {special.get(band, f'aged {bands[band]}')}"
        for band in bands
        if ages[band]
    ]
    return "; ".join(parts) or "No children recorded"


def _costs(case: pd.Series, given: list, context: Context, labels: Mapping) -> list[str]:
    by_kind: dict[str, dict[str, None]] = {}
    for row in (row for row in given if row.status == "delivered"):
        what = lowered(labels.get(row.item, sentence(row.item)))
        by_kind.setdefault(codes.SUPPORT[row.support], {})[what] = None
    process = sentence(codes.WORDING[context.wording]["process"])
    lines = [f"{process} {gbp(case['process'])}", f"Support {gbp(case['interventions'])}"]
    more = case["inputs_appraised"] - case["inputs"]
    if more >= 0.5:
        lines.append(f"Added for weak evidence of costs {gbp(more)}, counted in the result")
    return lines + [f"{kind}: {', '.join(who)}" for kind, who in by_kind.items()]


def _card_notes(case: pd.Series, children: list, left_out: list, preset: str) -> list[str]:
    """What a card does not count, and what leans the other way."""
    unpriced = int(case["unpriced_futures"])
    others = sum(child.in_futures == "no" for child in children)
    missing, notes = [], []
    if unpriced:
        missing.append(f"{plural(unpriced, 'outcome')} without a unit cost")
    if others:
        missing.append(f"the futures of {plural(others, 'child', 'children')}")
    if left_out:
        notes.append(f"Reported but not counted: {'; '.join(left_out)}.")
    if missing:
        taken = "deadweight, discounting or " if preset == "larc" else ""
        notes.append(phrase("card_leaves_out", missing=listed(missing), taken=taken))
    return notes


def _outcomes(outcomes: list) -> list[str]:
    """Each outcome with its changes, the best first, and who reported them."""
    by_outcome: dict[str, dict[str, dict[str, None]]] = {}
    for row in outcomes:
        who = lowered(codes.PERSPECTIVE[row.perspective])
        by_outcome.setdefault(row.outcome, {}).setdefault(row.change, {})[who] = None
    lines = []
    for outcome, by_change in by_outcome.items():
        changes = [
            f"{lowered(words)} ({', '.join(by_change[change])})"
            for change, words in reversed(codes.CHANGE.items())
            if change in by_change
        ]
        lines.append(f"{codes.OUTCOME[outcome][0]}: {', '.join(changes)}")
    return lines or ["None recorded"]


def _avoided(
    lines: list, labels: Mapping[str, str], futures: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """The outcomes counted, the dearest first, each with what of it is left out; and those not counted, with why."""
    counted, left_out, by_future = [], [], {}
    for line in lines:
        by_future.setdefault(line.element, []).append(line)
    for future, rows in by_future.items():
        priced = [row.amount for row in rows if not pd.isna(row.amount)]
        label, amount = futures.get(future, sentence(future)), round(sum(priced), 2)
        notes = dict.fromkeys(row.note for row in rows if not blank(row.note))
        why = f" ({'; '.join(explained(note, labels) for note in notes)})" if notes else ""
        if amount:
            text = f"{label}: {gbp(amount)}" + (f"; part not counted{why}" if why else "")
            counted.append((-amount, text))
        elif len(priced) < len(rows):
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


def trace(ledger: pd.DataFrame, run: Any) -> Shown:
    """Follow each pound: every ledger line with the row of the return it came from, its unit cost and source.

    ``amount = quantity x unit value x share counted``, to the penny; the share is 1 for costs, and for an avoided cost
    its weight times the scenario's factors of the year. After 1,500 lines the other cases have their sums only.

    Parameters
    ----------
    ledger : DataFrame
        ``case_id``, ``stage``, ``element``, ``item``, ``year``, ``quantity``, ``unit``, ``unit_value``, ``amount``
        (GBP at the price base), ``source_row``, ``note``.
    run : Run
        Its ``context``, ``prices`` (``label``, ``source``, ``confidence`` by item) and ``library.futures``.
    """
    if ledger.empty:
        return say("The ledger has no lines.")
    in_words = _in_words(ledger, run)
    links = {"item": in_words.pop("address")}
    every = table(in_words, "", formats=LINE_FORMATS, labels=LINE_LABELS, links=links)
    amounts, cases, lines = ledger["amount"].fillna(0).tolist(), [], 0
    by_case: dict[str, dict[str, list[int]]] = {}
    for place, (case, stage) in enumerate(zip(ledger["case_id"], ledger["stage"], strict=True)):
        by_case.setdefault(case, {of: [] for of in STAGES})[stage].append(place)
    for case, by_stage in by_case.items():
        sums = {stage: round(sum(amounts[n] for n in of), 2) for stage, of in by_stage.items()}
        own = sum(map(len, by_stage.values()))
        lines += own
        spent = sums["process"] + sums["intervention"]
        summary = f"Case {case}: {gbp(spent)} spent, {gbp(sums['future'])} avoided, "
        has_room = not cases or lines <= MOST_LINES
        tables = [
            _stage(every, of, f"Case {case}. {STAGES[stage]}: {gbp(sums[stage])}", sums[stage])
            for stage, of in by_stage.items()
            if has_room and of
        ]
        cases.append((case, summary + plural(own, "line"), tables))
    notes = [phrase("trace")] + [phrase("trace_more")] * (lines > MOST_LINES and len(cases) > 1)
    caption = f"Every line of the ledger, case by case: {plural(lines, 'line')}. {measured('', 'GBP', run)}"
    text = "\n".join([caption, *(summary for _, summary, _ in cases), *notes])
    return Shown(text, styled(HTML.trace(caption, cases, notes)))


def _in_words(lines: pd.DataFrame, run: Any) -> pd.DataFrame:
    """Ledger lines as a reader has them: labels for codes, the share counted, and each unit cost's source."""
    prices = run.prices.reindex(columns=["source", "confidence", "caution"])
    caution = ". Beware: " + prices["caution"].replace("", None)
    prices["source"] = prices["source"] + caution.fillna("")
    labels, elements = _labels(run), codes.ELEMENT | codes.SUPPORT | _futures(run)
    gross, future = lines["quantity"] * lines["unit_value"], lines["stage"] == "future"
    items = lines["item"].astype(object)
    named = {item: labelled(item, "item", run) for item in items.dropna().unique()}
    shown = {
        "for_what": [elements.get(code, sentence(code)) for code in lines["element"]],
        "item": items.map(named),
        "year": (lines["year"] + 1).where(future),
        "quantity": lines["quantity"].astype(float),
        "unit": lines["unit"],
        "unit_cost": lines["unit_value"],
        "share_counted": (lines["amount"] / gross).where((gross != 0) & future),
        "amount": lines["amount"],
        "row_of_the_return": lines["source_row"],
        "source": items.map(prices["source"]),
        "confidence": items.map(prices["confidence"]).map(codes.CONFIDENCE),
        "note": ["" if blank(note) else explained(note, labels) for note in lines["note"]],
        "address": ("#cost-" + items).fillna(""),
    }
    return pd.DataFrame(shown)


def _stage(every: Table, places: Sequence[int], caption: str, amount: float) -> Table:
    """One stage of one case, of the table of every line, and its sum; columns that are empty are left out."""
    rows = [every.rows[place] for place in places]
    empty = [{row[n] for row in rows} == {DASH} for n in range(len(LINE))]
    kept = [n for n, name in enumerate(LINE) if not (empty[n] and name in MAY_GO)]
    total = {"for_what": "Sum", "amount": written(amount, "pence").replace("£", "")}
    rows.append([total.get(name, DASH) for name in LINE])
    headers, kinds, *shown = ([row[n] for n in kept] for row in (every.headers, every.kinds, *rows))
    links = {kept.index(n): [to[place] for place in places] for n, to in every.links.items()}
    look = {"totals": 1, "most": MOST_LINES, "links": links}
    return Table(caption, headers, kinds, shown, **look)
