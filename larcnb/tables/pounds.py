"""Follow the pound: from a case's saving to its ledger lines, and from a line to the return and the unit cost.

In: the ledger of DATA.md, prices of :meth:`larcnb.library.Library.prices`. Out: :class:`Trace`, a drill-down of
plain HTML that needs no server and no script. Quantity x unit x share counted is the amount of each line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd

from larcnb import codes
from larcnb.pricing import total
from larcnb.tables.cards import explained
from larcnb.tables.table import Context, Table, show
from larcnb.tables.words import gbp, plural, sentence

STAGES = {"process": "Process", "intervention": "Support", "future": "Futures avoided"}


@dataclass(frozen=True)
class Trace:
    """Every line of a ledger, case by case, folded; sums above lines."""

    caption: str
    cases: tuple[tuple[str, str, tuple[Table, ...]], ...]
    notes: tuple[str, ...]

    def _repr_html_(self) -> str:
        folded = "".join(
            f"<details><summary>{escape(summary)}</summary>"
            f'<div id="pounds-{escape(case_id)}">{"".join(table.html() for table in tables)}</div></details>'
            for case_id, summary, tables in self.cases
        )
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        return f'<div class="trace"><p><strong>{escape(self.caption)}</strong></p>{folded}{notes}</div>'

    def __repr__(self) -> str:
        lines = [self.caption]
        for _, summary, tables in self.cases:
            lines += [summary, *(f"  {table.caption}: {plural(len(table.rows) - 1, 'line')}" for table in tables)]
        return "\n".join([*lines, *self.notes])


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
        For each case and stage one table: a row a ledger line, in the ledger's order, and their sum.
    """
    labels = dict(zip(futures["future"], futures["label"], strict=True))
    lines = ledger if case_id is None else ledger[ledger["case_id"] == case_id]
    cases = []
    for case, of in lines.groupby("case_id", sort=False, observed=True):
        sums = {stage: total(of.loc[of["stage"] == stage, "amount"]) for stage in STAGES}
        spent = total([sums["process"], sums["intervention"]])
        summary = f"Case {case}: {gbp(spent)} put in, {gbp(sums['future'])} avoided, {plural(len(of), 'line')}"
        tables = tuple(
            _stage(of[of["stage"] == stage], f"Case {case}. {name}: {gbp(sums[stage])}", prices, labels, stage)
            for stage, name in STAGES.items() if (of["stage"] == stage).any()
        )  # fmt: skip
        cases.append((str(case), summary, tables))
    return Trace(
        context.measure(f"Every line of the ledger, case by case: {plural(len(lines), 'line')}"),
        tuple(cases),
        ("Each line's amount is quantity times unit cost times the share counted, to the penny. The unit cost leads to "
         "its source. Inputs stand here before any correction for weak evidence of their cost.",),
    )  # fmt: skip


def _stage(
    lines: pd.DataFrame, caption: str, prices: pd.DataFrame, labels: Mapping[str, str], stage: str
) -> Table:
    items = prices["label"].to_dict()
    known = codes.ELEMENT | codes.SUPPORT if stage != "future" else labels
    units = lines["unit"].astype(object).where(lines["unit"].notna(), "")
    frame = pd.DataFrame({
        "what": [known.get(element, sentence(element)) for element in lines["element"]],
        "item": [_item(item, unit, items) for item, unit in zip(lines["item"], units, strict=True)],
        "year": [str(year + 1) for year in lines["year"]],
        "quantity": lines["quantity"].astype("float64"),
        "unit_value": lines["unit_value"].astype("float64"),
        "share": [_share(row) for row in lines.itertuples()],
        "amount": lines["amount"],
        "confidence": [codes.CONFIDENCE.get(prices["confidence"].get(item, ""), "") for item in lines["item"]],
        "source_row": lines["source_row"],
        "note": ["" if _blank(note) else explained(str(note), labels, items) for note in lines["note"]],
    })  # fmt: skip
    frame = frame.drop(columns=["year", "share"] if stage != "future" else [])
    if not any(frame["note"]):
        frame = frame.drop(columns="note")
    whole = pd.DataFrame([{"what": "Sum", "amount": total(lines["amount"])}])
    formats = {"quantity": "number", "unit_value": "pence", "amount": "pence", "share": "factor"}
    return show(
        pd.concat([frame, whole], ignore_index=True), caption,
        formats={column: kind for column, kind in formats.items() if column in frame},
        labels={"what": "Future" if stage == "future" else "For what",
                "item": "What it would have used" if stage == "future" else "Who or what",
                "confidence": "Unit cost is", "year": "Year", "unit_value": "Unit cost", "share": "Share counted",
                "source_row": "Row of the return"},
        missing=dict.fromkeys(frame.columns, "") | {"amount": "no price"}, totals=1,
        links={"item": [f"#cost-{item}" if item in prices.index else "" for item in lines["item"]]},
    )  # fmt: skip


def _item(item: object, unit: str, items: Mapping[str, str]) -> str:
    if _blank(item):
        return ""
    return f"{items.get(item, sentence(str(item)))}" + (f" ({unit})" if unit else "")


def _share(row) -> float | None:
    """The share of quantity x unit value that counts; none where there is nothing to share."""
    gross = 0.0 if _blank(row.quantity) or _blank(row.unit_value) else row.quantity * row.unit_value
    return row.amount / gross if gross and not _blank(row.amount) else None


def _blank(value: object) -> bool:
    return value is None or value is pd.NA or value != value  # noqa: PLR0124  the missing are not equal to themselves
