"""``results.xlsx``: an authority's results as a workbook for people and for machines.

In: what the notebooks wrote to ``data/processed/<authority>/``, its params and its preset. Out: the bytes of a workbook
(:mod:`larcnb.publish.sheets`): summary, cases, payers, the whole ledger, the clean tables, assumptions and data
notes. Free text about families stays out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from larcnb import codes, params, schema
from larcnb.publish.sheets import NOT_AVAILABLE, Sheet, write_workbook
from larcnb.root import Root

INTERNAL = "Internal edition: for the authority's own staff, not for publication."
PRIVATE = {f.name for table in schema.RETURN.values() for f in table.fields if f.private}
COSTS = {
    "preparation": "Preparation (£)", "assessment": "Assessment (£)",
    "meetings": "Meetings and contact between them (£)", "process": "Process (£)", "interventions": "Support (£)",
    "inputs": "Inputs (£)", "inputs_appraised": "Inputs, corrected for weak evidence of cost (£)",
    "avoided_short": "Avoided, short term (£)", "avoided_long": "Avoided, long term (£)",
    "told_long": "What the futures told would have cost, long term (£)",
    "saving_short": "Saving, short term (£)", "saving_long": "Saving, long term (£)",
}  # fmt: skip
FIGURES = {
    "cases": "Cases", "costed": "Costed cases", "losses_short": "Cases that lose, short term",
    "losses_long": "Cases that lose, long term", "conservative": "Cases whose saving is an underestimate",
    "break_even_share": "Share of the futures told that help must have prevented (0 to 1)",
    "benefit_cost_ratio": "Avoided for each pound put in (£)", "payback_year": "Year in which it is paid back",
}  # fmt: skip
CASES = {
    "benefit_cost_ratio": "Avoided for each pound put in (£)",
    "break_even_share": "Share of the futures told that help must have prevented",
    "payback_year": "Year in which it is paid back",
    "unpriced_futures": "Futures without a price", "conservative": "Saving is an underestimate",
}  # fmt: skip
PAYERS = {
    "payer": "Payer", "paid": "Pays (£)", "avoided_short": "Is spared, short term (£)",
    "avoided_long": "Is spared, long term (£)", "net": "Balance, long term (£)", "cashable": "Of it cashable (£)",
}  # fmt: skip
LEDGER = {
    "case_id": "Case", "stage": "Stage", "element": "Element, support or future", "item": "Item", "payer": "Payer",
    "year": "Year after the episode", "quantity": "Quantity", "unit": "Unit", "unit_value": "Unit cost (£)",
    "price_year": "Unit cost published at prices of", "grade": "Grade of the evidence (1 best to 6)",
    "chance": "Chance without the help", "prevented": "Share help prevented", "weight": "Weight",
    "amount": "Amount (£)", "note": "Note", "source_row": "File and row of the return",
}  # fmt: skip
ASSUMPTIONS = {
    "name": "Assumption", "value": "Value", "unit": "Unit", "set_by": "Set by", "source": "Source",
    "confidence": "Source is", "quality": "Quality of the evidence", "impact": "Impact on the findings",
    "because": "Why", "review_by": "Review by",
}  # fmt: skip
NOTES = ("file", "sheet", "row", "column", "severity", "code", "message", "what_to_do")


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
    folder = root.processed(authority)
    found = params.load_authority(root, authority)
    findings = _json(folder / "findings.json")
    paths = {name: folder / f"{name}.parquet" for name in (*schema.RETURN, "ledger", "unit_costs")}
    tables = {name: pd.read_parquet(path) for name, path in paths.items() if path.is_file()}
    priced = f"Money is in pounds at {found.price_base} prices, under the preset {found.preset}."
    sheets = [
        _summary(findings, found.name, priced), _cases(tables["cases"], priced), _payers(findings, priced),
        _ledger(tables["ledger"], priced), *_unit_costs(tables.get("unit_costs"), priced),
        *(_clean(table, tables[name]) for name, table in schema.RETURN.items() if name in tables and name != "cases"),
        _assumptions(root, found), _notes(folder / "quality.json"),
    ]  # fmt: skip
    return write_workbook(f"Results of {found.name}", [str(findings.get("notice") or ""), INTERNAL], sheets)


def _summary(findings: Mapping[str, Any], name: str, priced: str) -> Sheet:
    rows = [("In words", findings.get("headline"))]
    rows += [(words, findings.get(key)) for key, words in (COSTS | FIGURES).items()]
    frame = pd.DataFrame([(words, _plain(value)) for words, value in rows], columns=["figure", "value"], dtype=object)
    return Sheet(
        "Summary", f"Headline figures of {name}", frame, {"figure": "Figure", "value": "Value"}, {"value": "any"},
        (priced, "Year 0 is the first year after the episode."), {"value": NOT_AVAILABLE},
    )  # fmt: skip


def _cases(cases: pd.DataFrame, priced: str) -> Sheet:
    kinds = dict.fromkeys(COSTS, "money") | {"started": "date", "closed": "date", "break_even_share": "share"}
    return Sheet(
        "Cases", "Each case with its costs and savings", cases.drop(columns=PRIVATE & set(cases)),
        _headers("cases") | COSTS | CASES, kinds | {"payback_year": "count", "unpriced_futures": "count"}, (priced,),
    )  # fmt: skip


def _payers(findings: Mapping[str, Any], priced: str) -> Sheet:
    frame = pd.DataFrame(findings.get("payers") or [], columns=list(PAYERS))
    frame["payer"] = frame["payer"].map(lambda code: codes.PAYER.get(code, code))
    return Sheet("Payers", "Who pays and who saves", frame, PAYERS, dict.fromkeys(list(PAYERS)[1:], "money"), (priced,))


def _ledger(ledger: pd.DataFrame, priced: str) -> Sheet:
    frame = ledger.assign(stage=ledger["stage"].map(codes.STAGE), payer=ledger["payer"].map(codes.PAYER))
    kinds = {"year": "count", "quantity": "number", "unit_value": "money", "amount": "money"} | dict.fromkeys(
        ("chance", "prevented", "weight"), "number"
    )
    return Sheet(
        "Ledger", "Every line: a row of the return, priced, left out with a note, or without a price", frame, LEDGER,
        kinds | {"grade": "count"}, (priced, "Each total shown anywhere is a sum of these lines."),
        {"amount": NOT_AVAILABLE},
    )  # fmt: skip


def _unit_costs(frame: pd.DataFrame | None, priced: str) -> list[Sheet]:
    if frame is None:
        return []
    kinds = dict.fromkeys(["value", "low", "high", "unit_value"], "money") | {"cashable": "share", "grade": "count"}
    headers = {column: column.replace("_", " ").capitalize() for column in frame}
    headers |= {"value": "Value as published (£)", "low": "Low (£)", "high": "High (£)", "unit_value": "Unit cost (£)"}
    return [Sheet("Unit costs", "The unit costs used, each with its source", frame, headers, kinds, (priced,))]


def _clean(table: schema.Table, frame: pd.DataFrame) -> Sheet:
    shown = frame.drop(columns=PRIVATE & set(frame))
    numeric = {f.name: "number" for f in table.fields if f.numeric}
    title = table.about + (" (free text left out)" if len(shown.columns) < len(frame.columns) else "")
    return Sheet(table.name.capitalize(), title, shown, _headers(table.name), numeric)


def _assumptions(root: Root, found: params.Authority) -> Sheet:
    preset, used = params.load_preset(root, found.preset), params.assumptions_for(root, found)
    rows = []
    for name in used.used:
        entry = preset.log.get(name, {})
        source = entry.get("source") or {}
        own = name in found.overrides
        rows.append({
            "name": name, "value": _plain(getattr(used, name)), "unit": entry.get("unit"),
            "set_by": "the authority" if own else f"preset {preset.name}",
            "source": ", ".join(filter(None, (str(source.get("title", "")), str(source.get("where", ""))))),
            **{key: _plain(entry.get(key)) for key in ("confidence", "quality", "impact", "because", "review_by")},
        })  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(ASSUMPTIONS), dtype=object)
    return Sheet("Assumptions", "The assumptions in force, each with its source", frame, ASSUMPTIONS, {"value": "any"})


def _notes(path: Path) -> Sheet:
    frame = pd.DataFrame(_json(path) if path.is_file() else [], columns=list(NOTES), dtype=object)
    return Sheet(
        "Data notes", "What is worth a second look in the return", frame,
        {name: name.replace("_", " ").capitalize() for name in NOTES}, {"row": "any"},
    )  # fmt: skip


def _headers(name: str) -> dict[str, str]:
    names = [*schema.RETURN[name].columns, "source_row"]
    return {column: column.replace("_", " ").capitalize() for column in names} | {"source_row": LEDGER["source_row"]}


def _plain(value: Any) -> Any:
    """A value as one cell holds it: numbers as they are, mappings and lists in words."""
    if isinstance(value, Mapping):
        if "value" in value:
            return value["value"]
        return "; ".join(f"{key} {part}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return value


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
