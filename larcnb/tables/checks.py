"""Tables about the return itself: what came in, what to look at again, where each of its lines went.

In: clean tables, problems and the ledger. Out: :class:`~larcnb.tables.table.Table`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from larcnb import codes, costing, schema
from larcnb.errors import Problem
from larcnb.tables.table import Context, Table, plural, sentence, show


def rows_received(tables: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """What came in: the rows of each table of the return."""
    frame = pd.DataFrame(
        [(sentence(name), schema.RETURN[name].about, len(rows)) for name, rows in tables.items()],
        columns=["table", "about", "rows"],
    )
    return show(
        frame, f"What came in. Rows of each table, {context.name}.",
        formats={"rows": "count"}, labels={"about": "What a row is"},
    )  # fmt: skip


def problems(found: Iterable[Problem], context: Context) -> Table:
    """What is worth a second look: warnings, by the row and column where they stand."""
    rows = [(p.file, p.sheet, p.row or "", p.column, f"{p.message} {p.todo}".strip()) for p in found]
    return _problems(rows, f"Worth a second look. {plural(len(rows), 'warning')} in the return of {context.name}.")


def problems_noted(quality: Iterable[Mapping], context: Context) -> Table:
    """The same from ``quality.json``: the data notes of a findings page."""
    rows = [
        (p["file"], p["sheet"], p["row"] or "", p["column"], f"{p['message']} {p['what_to_do']}".strip())
        for p in quality
    ]
    return _problems(rows, f"Data notes. {plural(len(rows), 'warning')} in the return of {context.name}.")


def _problems(rows: list[tuple], caption: str) -> Table:
    frame = pd.DataFrame(rows, columns=["file", "sheet", "row", "column", "what"]).astype(str)
    frame = frame.drop(columns="sheet") if frame["sheet"].eq("").all() else frame
    return show(frame, caption, labels={"what": "What to look at"}, missing={"row": "", "column": ""})


def where_lines_go(ledger: pd.DataFrame, context: Context) -> Table:
    """Where each row of the return goes: priced, without a price, or left out by a rule; none is lost."""
    gone = costing.fates(ledger)
    total = pd.DataFrame([{
        "stage": "All", "fate": "", "rows": gone["rows"].sum(), "value": costing.total(gone["value"]),
    }])  # fmt: skip
    frame = pd.concat([gone.assign(stage=gone["stage"].map(codes.STAGE)), total], ignore_index=True)
    return show(
        frame.assign(fate=[sentence(fate) if fate else "" for fate in frame["fate"]]),
        f"Every line of the return ends in one place. {plural(int(gone['rows'].sum()), 'line')}, "
        f"£ at {context.price_base} prices. {context.name}.",
        formats={"rows": "count", "value": "pence"},
        labels={"stage": "Part of the return", "fate": "Where it goes", "rows": "Lines",
                "value": "Quantity x unit value"},
        notes=["The value is what the line would come to before any weight, discount or rule. "
               "Lines without a price add nothing to it."],
        row_headers=2, totals=1,
    )  # fmt: skip


def futures_judged(judged: pd.DataFrame, library: pd.DataFrame, context: Context) -> Table:
    """Which futures count, and why the others do not: cases by future and what became of it.

    Parameters
    ----------
    judged : DataFrame
        :func:`larcnb.costing.judge`.
    library : DataFrame
        The national futures library: ``future``, ``label``.
    """
    labels = library.drop_duplicates("future").set_index("future")["label"]
    rows = judged.assign(
        counts=judged["why_not"].eq(""), why=judged["why_not"].where(judged["why_not"].ne(""), None)
    )
    frame = (
        rows.groupby("future", sort=False)
        .agg(
            told=("case_id", "size"), counts=("counts", "sum"), witnesses=("witnesses", "sum"),
            why=("why", lambda reasons: "; ".join(sorted(set(reasons.dropna())))),
        )
        .reset_index()
    )  # fmt: skip
    frame["future"] = frame["future"].map(labels)
    counted, told = int(frame["counts"].sum()), int(frame["told"].sum())
    return show(
        frame.sort_values(["told", "future"], ascending=[False, True]),
        f"{counted} of {plural(told, 'future')} told of count. Cases by future. {context.name}, "
        f"preset {context.preset}.",
        formats={"told": "count", "counts": "count", "witnesses": "count"},
        labels={"told": "Told of in", "counts": "Counts in", "why": "Why not, where it does not"},
        units={"told": "cases", "counts": "cases"},
    )  # fmt: skip
