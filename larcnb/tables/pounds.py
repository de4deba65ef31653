"""Follow the pound: from a case's saving to its ledger lines, and from a line to the return and the unit cost.

In: the ledger of DATA.md, prices of :meth:`larcnb.library.Library.prices`. Out: :class:`Trace`, a drill-down of
plain HTML that needs no server and no script. Quantity x unit x share counted is the amount of each line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd

from larcnb import codes
from larcnb.costing import total
from larcnb.tables.cards import explained
from larcnb.tables.table import Context, Table, show
from larcnb.tables.words import NOTHING, gbp, plural, sentence, written

MOST_LINES = 1_500
"""More would make a page too heavy to send."""
COLUMNS = (
    ("what", "For what", "text"), ("item", "Who or what", "text"), ("year", "Year", "text"),
    ("quantity", "Quantity", "number"), ("unit_value", "Unit cost (£)", "pence"), ("share", "Share counted", "factor"),
    ("amount", "Amount (£)", "pence"), ("confidence", "Unit cost is", "text"),
    ("source_row", "Row of the return", "text"), ("note", "Note", "text"),
)  # fmt: skip
STAGES = {"process": "Process", "intervention": "Support", "future": "Futures avoided"}


@dataclass(frozen=True)
class Trace:
    """Every line of a ledger, case by case, folded; sums above lines."""

    caption: str
    cases: tuple[tuple[str, str, tuple[Table, ...]], ...]
    notes: tuple[str, ...]
    others: Table | None = None

    def _repr_html_(self) -> str:
        folded = "".join(
            f"<details><summary>{escape(summary)}</summary>"
            f'<div id="pounds-{escape(case_id)}">{"".join(table.html() for table in tables)}</div></details>'
            for case_id, summary, tables in self.cases
        )
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        others = self.others.html() if self.others else ""
        return f'<div class="trace"><p><strong>{escape(self.caption)}</strong></p>{folded}{others}{notes}</div>'

    def __repr__(self) -> str:
        lines = [self.caption]
        for _, summary, tables in self.cases:
            lines += [summary, *(f"  {table.caption}: {plural(len(table.rows) - 1, 'line')}" for table in tables)]
        return "\n".join([*lines, *([str(self.others)] if self.others else []), *self.notes])


def trace(
    ledger: pd.DataFrame, prices: pd.DataFrame, futures: pd.DataFrame, context: Context, case_id: str | None = None
) -> Trace:
    """Follow each pound: every ledger line with the row of the return it came from, its unit cost and how sure it is.

    ``amount = quantity x unit value x share counted``, to the penny; the share is 1 for inputs, and for a future its
    weight times the assumptions' factors of the year.

    Parameters
    ----------
    ledger : DataFrame
        ``case_id``, ``stage``, ``element``, ``item``, ``year``, ``quantity``, ``unit``, ``unit_value``, ``amount``
        (GBP at the price base), ``source_row``, ``note``.
    prices : DataFrame indexed by item
        ``label``, ``confidence``.
    futures : DataFrame
        The national futures: ``future``, ``label``.
    case_id : str, optional
        One case only.

    Returns
    -------
    Trace
        For each case and stage one table: a row a ledger line, in the ledger's order, and their sum. After
        :data:`MOST_LINES` lines the other cases have their sums only, and the note says where their lines are.
    """
    labels = dict(zip(futures["future"], futures["label"], strict=True))
    lines = ledger if case_id is None else ledger[ledger["case_id"] == case_id]
    by_case: dict[str, list[dict]] = {}
    for line in _lines(lines, prices, labels, codes.WORDING[context.wording]["tac_short"]):
        by_case.setdefault(line["case"], []).append(line)
    cases, others, shown = [], [], 0
    for case, of in by_case.items():
        sums = {stage: total(line["pounds"] for line in of if line["stage"] == stage) for stage in STAGES}
        spent = total([sums["process"], sums["intervention"]])
        shown += len(of)
        if cases and shown > MOST_LINES:
            others.append((case, len(of), spent, sums["future"]))
            continue
        summary = f"Case {case}: {gbp(spent)} put in, {gbp(sums['future'])} avoided, {plural(len(of), 'line')}"
        parts = {stage: [line for line in of if line["stage"] == stage] for stage in STAGES}
        tables = tuple(
            _stage(part, f"Case {case}. {STAGES[stage]}: {gbp(sums[stage])}", stage == "future")
            for stage, part in parts.items() if part
        )  # fmt: skip
        cases.append((case, summary, tables))
    return Trace(
        context.measure(f"Every line of the ledger, case by case: {plural(len(lines), 'line')}"),
        tuple(cases),
        ("Each line's amount is quantity times unit cost times the share counted, to the penny. The unit cost leads to "
         "its source. Inputs stand here before any correction for weak evidence of their cost.",),
        _others(others) if others else None,
    )  # fmt: skip


def _lines(lines: pd.DataFrame, prices: pd.DataFrame, labels: Mapping[str, str], tac: str) -> Iterator[dict]:
    """Each ledger line as its table writes it, with its case, stage and pounds."""
    items, sure = prices["label"].to_dict(), prices["confidence"].to_dict()
    inputs = {code: label.replace("TAC", tac) for code, label in (codes.ELEMENT | codes.SUPPORT).items()}
    for row in lines.itertuples():
        known = labels if row.stage == "future" else inputs
        item, unit = ("" if _blank(value) else str(value) for value in (row.item, row.unit))
        gross = 0.0 if _blank(row.quantity) or _blank(row.unit_value) else row.quantity * row.unit_value
        yield {
            "case": str(row.case_id), "stage": row.stage, "pounds": row.amount,
            "what": known.get(row.element, sentence(row.element)),
            "item": (items.get(item, sentence(item)) + (f" ({unit})" if unit else "")) or NOTHING,
            "address": f"#cost-{item}" if item in items else "",
            "year": str(row.year + 1),
            "quantity": written(row.quantity, "number", NOTHING),
            "unit_value": written(row.unit_value, "pence", NOTHING),
            "share": written(row.amount / gross if gross else None, "factor", NOTHING),
            "amount": written(row.amount, "pence", "no price"),
            "confidence": codes.CONFIDENCE.get(sure.get(item, ""), NOTHING),
            "source_row": str(row.source_row),
            "note": NOTHING if _blank(row.note) or not row.note else explained(str(row.note), labels, items),
        }  # fmt: skip


def _stage(part: list[dict], caption: str, future: bool) -> Table:
    noted = any(line["note"] != NOTHING for line in part)
    columns = [
        (key, header, kind) for key, header, kind in COLUMNS
        if (future or key not in ("year", "share")) and (noted or key != "note")
    ]  # fmt: skip
    headers = [{"what": "Future", "item": "What it would have used"}.get(k, h) if future else h for k, h, _ in columns]
    rows = [tuple(line[key] for key, *_ in columns) for line in part]
    whole = {"what": "Sum", "amount": written(total(line["pounds"] for line in part), "pence")}
    rows.append(tuple(whole.get(key, NOTHING) for key, *_ in columns))
    return Table(
        caption, tuple(headers), tuple(kind for *_, kind in columns), tuple(rows), totals=1,
        links={1: tuple(line["address"] for line in part)},
    )  # fmt: skip


def _others(rows: list[tuple]) -> Table:
    return show(
        pd.DataFrame(rows, columns=["case", "lines", "inputs", "avoided"]), f"The other {len(rows)} cases",
        formats={"inputs": "pence", "avoided": "pence"}, folded=True, ids=[f"pounds-{case}" for case, *_ in rows],
        notes=["Their lines are too many for a page: they stand in results.xlsx and in ledger.parquet."],
    )  # fmt: skip


def _blank(value: object) -> bool:
    return value is None or value is pd.NA or value != value  # noqa: PLR0124  the missing are not equal to themselves
