"""The headlines of a study, read back from its long table: what 04_findings shows and findings.json holds.

In: the long table of :func:`larcnb.sensitivity.results.long_table`, as 03_sensitivity wrote it. Out: a dictionary that
JSON can hold. Nothing is worked out anew, so the findings cannot differ from the study.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from larcnb.sensitivity.matters import GROUPS
from larcnb.sensitivity.oneway import LIBRARY
from larcnb.sensitivity.ranges import LABELS
from larcnb.sensitivity.results import PLACES

NAMES = LABELS | LIBRARY | GROUPS


def headlines(frame: pd.DataFrame) -> dict[str, Any]:
    """The headlines for the findings page and findings.json: GBP at the price base, shares 0 to 1, None where blank.

    Parameters
    ----------
    frame : DataFrame
        ``sensitivity.parquet``.

    Returns
    -------
    dict
        ``seed``, ``draws``, ``cases`` (costed), ``certain`` (every accepted future is taken as certain); of the rest
        all but ``presets`` None or empty where no case is costed:
        ``intervals``: dict of ``long`` and ``short``, each a dict of ``central``, ``mean``, ``median``, ``low80``,
        ``high80``, ``low95``, ``high95``, ``chance`` (of saving, at expectation) and ``chance_with_luck``;
        ``matters_most``: dict of ``assumption``, ``label`` and ``ends``, two dicts of ``value`` (in words) and
        ``saving``;
        ``decides``, ``measure_next``: the label of the group with the largest total Sobol index, and of that with the
        largest EVPPI where knowing all is worth most (None where nothing would change the answer);
        ``switching``: list of dicts of ``assumption``, ``label``, ``switch`` (in words), ``number``, ``where``;
        ``presets``: list of dicts with the columns of :attr:`larcnb.sensitivity.Study.presets`.
    """
    told = _of(frame, "study").set_index("of")["value"].astype(int).to_dict()
    out: dict[str, Any] = {name: told[name] for name in ("seed", "draws", "cases")} | {"certain": bool(told["certain"])}
    presets = _records(_wide(_of(frame, "presets")).rename_axis("set").reset_index())
    if not told["cases"]:
        blank = dict.fromkeys(("intervals", "matters_most", "decides", "measure_next"))
        return out | blank | {"switching": [], "presets": presets}
    return out | {
        "intervals": {horizon: _interval(_of(frame, "savings", horizon)) for horizon in ("long", "short")},
        "matters_most": _matters_most(_of(frame, "tornado")),
        "decides": _largest(_of(frame, "sobol"), "total"),
        "measure_next": _measure_next(_of(frame, "evpi"), _of(frame, "evppi")),
        "switching": _switching(_of(frame, "switching")),
        "presets": presets,
    }


def _of(frame: pd.DataFrame, result: str, of: str | None = None) -> pd.DataFrame:
    rows = frame[frame["result"] == result]
    return rows if of is None else rows[rows["of"] == of]


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.pivot(index="of", columns="measure", values="value").loc[list(dict.fromkeys(rows["of"]))]


def _interval(rows: pd.DataFrame) -> dict[str, float]:
    by = {basis: part.set_index("measure")["value"] for basis, part in rows.groupby("basis")}
    found = {name: round(float(value), 4 if name == "chance" else 2) for name, value in by["expectation"].items()}
    return found | {"chance_with_luck": round(float(by["luck"]["chance"]), 4)}


def _matters_most(rows: pd.DataFrame) -> dict[str, Any]:
    swing = rows[rows["measure"] == "swing"]
    name = str(swing.loc[swing["value"].idxmax(), "of"])
    ends = rows[(rows["of"] == name) & (rows["measure"] == "saving")]
    both = [{"value": str(row.at), "saving": float(row.value)} for row in ends.itertuples(index=False)]
    return {"assumption": name, "label": NAMES[name], "ends": both}


def _largest(rows: pd.DataFrame, measure: str) -> str | None:
    rows = rows[rows["measure"] == measure]
    return None if rows.empty or rows["value"].max() <= 0 else NAMES[str(rows.loc[rows["value"].idxmax(), "of"])]


def _measure_next(evpi: pd.DataFrame, evppi: pd.DataFrame) -> str | None:
    whole = evpi[evpi["measure"] == "evpi"]
    return _largest(evppi[evppi["number"] == whole.loc[whole["value"].idxmax(), "number"]], "evppi")


def _switching(rows: pd.DataFrame) -> list[dict[str, Any]]:
    wide, words = _wide(rows), rows.drop_duplicates("of").set_index("of")["at"]
    return _records(pd.DataFrame({
        "assumption": list(wide.index), "label": [NAMES[name] for name in wide.index],
        "switch": list(words.reindex(wide.index)), "number": list(wide["number"]),
        "where": [PLACES[int(place)] for place in wide["place"]],
    }))  # fmt: skip


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {name: None if value is None or value != value else value for name, value in row.items()}  # noqa: PLR0124
        for row in frame.astype(object).to_dict("records")
    ]
