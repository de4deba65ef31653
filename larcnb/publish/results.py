"""``results.xlsx``: an authority's results as a workbook for people and for machines.

In: what the notebooks wrote to ``data/processed/<authority>/``, its params and its preset; ``results.csv`` says how a
column is headed and written on which sheet. Out: the bytes of a workbook (:mod:`larcnb.publish.sheets`): summary,
cases, payers, scenarios, the ledger, the clean tables, assumptions and data notes. No free text about families.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from larcnb import codes, params, schema
from larcnb.publish.page import EDITIONS
from larcnb.publish.sheets import NOT_AVAILABLE, Sheet, write_workbook
from larcnb.root import Root

PRIVATE = {f.name for table in schema.RETURN.values() for f in table.fields if f.private}
UPPER_BOUND = "everything told counted in full and taken as prevented: an upper bound, no estimate."

CASH = (
    "Reference case, in pounds of each year (GDP deflator as forecast), not discounted; the first year after the "
    "episode is taken as the first budget year. Capacity freed, not cash to take out: see the sheet Funds."
)


def results_workbook(root: Root, authority: str) -> bytes:
    """Make an authority's results workbook.

    Parameters
    ----------
    root : Root
        Its ``data/processed/<authority>/`` (the batch's staging folder while one runs) and its params are read.
    authority : str
        The authority's slug.

    Returns
    -------
    bytes
        An .xlsx file; the same for the same results.

    Raises
    ------
    LarcError
        The authority's params break a rule.
    FileNotFoundError
        02_price or 04_findings has not run.
    """
    folder, found = root.processed(authority), params.load_authority(root, authority)
    findings = json.loads((folder / "findings.json").read_text("utf-8"))
    sheets = list(_sheets(root, found, folder, findings))
    notes = [str(findings.get("notice") or ""), EDITIONS["internal"]]
    return write_workbook(f"Results of {found.name}", notes, sheets)


def _sheets(root: Root, found: params.Authority, folder: Path, findings: dict) -> Iterator[Sheet]:
    paths = {name: folder / f"{name}.parquet" for name in (*schema.RETURN, "ledger", "unit_costs")}
    tables = {name: pd.read_parquet(path) for name, path in paths.items() if path.is_file()}
    own = " with the authority's own values, listed under Assumptions" if found.overrides else ""
    at_prices = f"Money is in pounds at the prices of the financial year {found.price_base}"
    priced = f"{at_prices}. Scenario: {codes.PRESET.get(found.preset, found.preset)}{own}."
    year_0 = "Year 0 is the first year after the episode."

    summary, absent = _summary(findings), {"value": NOT_AVAILABLE}
    title = f"Headline figures of {found.name}"
    yield _sheet("Summary", title, summary, priced, year_0, kinds={"value": "any"}, missing=absent)
    title = "Each case with its costs and savings"
    yield _sheet("Cases", title, tables["cases"].drop(columns=PRIVATE, errors="ignore"), priced)
    in_words = {"payer": codes.PAYER, "fund": codes.FUND}
    payers = _frame("Payers", findings.get("payers")).replace({"payer": codes.PAYER})
    yield _sheet("Payers", "Who pays and who saves", payers, priced)
    for name, title, note in (
        ("Funds", "Who pays and who saves, by fund", f"Reference case. {priced}"),
        ("Budget years", "Costs avoided by budget year, in cash", CASH),
    ):
        if rows := findings.get(name.lower().replace(" ", "_")):
            frame = pd.DataFrame(rows).replace(in_words)
            yield _sheet(name, title, frame, note, kinds=dict.fromkeys(frame.columns[2:], "money"))
    if findings.get("scenarios"):  # else 03_sensitivity has not run since they were written down
        names = {"set": codes.PRESET | {"own": "The authority's own values"}}
        scenarios = _frame("Scenarios", findings["scenarios"]).replace(names)
        scenarios = scenarios.dropna(axis="columns", how="all")
        notes = (
            f"{at_prices}; each scenario has its own assumptions.",
            f"{codes.PRESET['larc']}: {UPPER_BOUND}",
            "A share of simulations is given only where both chances are simulated.",
        )
        yield _sheet("Scenarios", "The same families under each scenario", scenarios, *notes)
    ledger = tables["ledger"].astype({"stage": object, "payer": object})
    ledger = ledger.replace({"stage": codes.STAGE, "payer": codes.PAYER})
    title = "Every line: a row of the return, costed, left out with a note, or no unit cost"
    sums, absent = "Each total shown anywhere is a sum of these lines.", {"amount": NOT_AVAILABLE}
    yield _sheet("Ledger", title, ledger, priced, sums, missing=absent)
    if "unit_costs" in tables:
        title = "The unit costs used, each with its source"
        yield _sheet("Unit costs", title, tables["unit_costs"], priced)
    for name, table in schema.RETURN.items():
        if name in tables and name != "cases":
            shown = tables[name].drop(columns=PRIVATE, errors="ignore")
            less = " (free text left out)" if len(shown.columns) < len(tables[name].columns) else ""
            kinds = {f.name: "number" for f in table.fields if f.numeric}
            yield _sheet(name.capitalize(), table.about + less, shown, kinds=kinds)
    title = "The assumptions in force, each with its source"
    yield _sheet("Assumptions", title, _assumptions(root, found))
    quality = folder / "quality.json"
    problems = json.loads(quality.read_text("utf-8")) if quality.is_file() else []
    title = "Warnings to check in the return"
    yield _sheet("Data notes", title, _frame("Data notes", problems))


def _summary(findings: Mapping[str, Any]) -> pd.DataFrame:
    costs = {name: known for name, known in _columns("*").items() if known[1] == "money"}
    found = dict(findings)
    if isinstance(found.get("payback_year"), int | float):  # year 0 is the first: as the pages say
        found["payback_year"] += 1
    rows = [("In words", found.get("headline"))]
    for name, (header, _) in (costs | _columns("Summary")).items():
        rows.append((header, _plain(found.get(name))))
    return pd.DataFrame(rows, columns=["figure", "value"], dtype=object)


def _assumptions(root: Root, found: params.Authority) -> pd.DataFrame:
    preset, used = params.load_preset(root, found.preset), params.assumptions_for(root, found)
    rows = []
    for name in used.used:
        entry = {**preset.log.get(name, {}), "set_by": f"scenario {preset.label}"}
        source = entry.get("source") or {}
        if name in found.overrides:  # the preset's source and reason are of its own value
            said, source = found.reasons.get(name, {}), {}
            entry |= {"because": said.get("because"), "set_by": "the authority"}
            source = {"title": said.get("source")}
        where = ", ".join(str(source[key]) for key in ("title", "where") if source.get(key))
        rows.append({**entry, "name": name, "value": getattr(used, name), "source": where})
    return _frame("Assumptions", rows).map(_plain)


def _sheet(
    name: str,
    title: str,
    frame: pd.DataFrame,
    *notes: str,
    kinds: Mapping[str, str] | None = None,
    missing: Mapping[str, str] | None = None,
) -> Sheet:
    """A sheet whose headers and kinds are those of results.csv, or the columns' names in words."""
    known = _columns("*") | _columns(name)
    headers = {column: column.replace("_", " ").capitalize() for column in frame}
    headers |= {column: header for column, (header, _) in known.items()}
    kinds = {column: kind for column, (_, kind) in known.items()} | dict(kinds or {})
    return Sheet(name, title, frame, headers, kinds, notes, missing)


def _frame(name: str, rows: Any) -> pd.DataFrame:
    """Rows as the table of a sheet, with its columns in their order."""
    return pd.DataFrame(rows or [], columns=list(_columns(name)), dtype=object)


@cache
def _columns(sheet: str) -> dict[str, tuple[str, str]]:
    """The columns of a sheet (``*``: of any): name to header and kind."""
    listed = pd.read_csv(Path(__file__).with_name("results.csv"), encoding="utf-8")
    rows = listed.query("sheet == @sheet").itertuples()
    return {row.column: (row.header, row.kind) for row in rows}


def _plain(value: Any) -> Any:
    """A value as one cell holds it: numbers as they are, mappings and lists in words."""
    if isinstance(value, Mapping):
        parts = [f"{key} {part}" for key, part in value.items()]
        return value["value"] if "value" in value else "; ".join(parts)
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value
