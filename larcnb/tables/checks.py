"""Tables about the return itself: what came in, what to look at again, where each of its lines went.

In: clean tables, problems and the ledger. Out: :class:`~larcnb.tables.table.Table`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from larcnb.tables.table import Context, Table, plural, show


def problems_noted(quality: Iterable[Mapping], context: Context) -> Table:
    """Warnings from ``quality.json``: the data notes of a findings page."""
    rows = [
        (p["file"], p["sheet"], p["row"] or "", p["column"], f"{p['message']} {p['what_to_do']}".strip())
        for p in quality
    ]
    caption = f"Data notes. {plural(len(rows), 'warning')} in the return of {context.name}."
    return _problems(rows, caption, f"Data notes: none. The check found no fault in the return of {context.name}.")


def _problems(rows: list[tuple], caption: str, empty: str) -> Table:
    frame = pd.DataFrame(rows, columns=["file", "sheet", "row", "column", "what"]).astype(str)
    frame = frame.drop(columns="sheet") if frame["sheet"].eq("").all() else frame
    return show(frame, caption, labels={"what": "What to look at"}, missing={"row": "", "column": ""},
                empty=empty)  # fmt: skip
