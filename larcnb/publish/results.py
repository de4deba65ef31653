"""``results.xlsx``: an authority's results as a workbook for people and for machines.

In: what the notebooks wrote to ``data/processed/<authority>/``, its params and its preset. Out: the bytes of a workbook
(:mod:`larcnb.publish.sheets`): summary, cases, payers, scenarios, the ledger, the clean tables, assumptions and data
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
    "preparation": "Preparation (£)",
    "assessment": "Assessment (£)",
    "meetings": "Meetings and contact between them (£)",
    "process": "Process (£)",
    "interventions": "Support (£)",
    "inputs": "Spent (£)",
    "inputs_appraised": "Spent, with optimism bias added for weak evidence of cost (£)",
    "avoided_short": "Costs avoided, short term, present value (£)",
    "avoided_long": "Costs avoided, long term, present value (£)",
    "told_long": "Cost of every outcome told, had it happened, long term, present value (£)",
    "saving_short": "Net saving, short term, present value (£)",
    "saving_long": "Net saving, long term, present value (£)",
}
FIGURES = {
    "cases": "Families",
    "costed": "Costed cases",
    "losses_short": "Cases with a net cost, short term",
    "losses_long": "Cases with a net cost, long term",
    "conservative": "Cases that leave something out",
    "break_even_share": "Break-even share: of the outcomes told, by cost, what help must have prevented (0 to 1)",
    "benefit_cost_ratio": "Benefit-cost ratio: costs avoided for each pound spent",
    "payback_year": "Paid back within (years)",
    "horizon": "Last year with costs avoided (years)",
    "transfers": "Of the costs avoided: benefit payments, which are transfers (£)",
}
CASES = {
    "benefit_cost_ratio": "Benefit-cost ratio",
    "break_even_share": "Break-even share (of the outcomes told, by cost)",
    "payback_year": "Year in which it is paid back (0 is the first)",
    "unpriced_futures": "Outcomes without a unit cost",
    "conservative": "Leaves something out",
}
PAYERS = {
    "payer": "Payer",
    "paid": "Spent (£)",
    "avoided_short": "Costs avoided, short term (£)",
    "avoided_long": "Costs avoided, long term (£)",
    "net": "Net saving, long term (£)",
    "cashable": "Of the costs avoided: cashable, long term (£)",
}
SCENARIOS = {
    "set": "Scenario",
    "inputs": "Spent (£)",
    "told_long": COSTS["told_long"],
    "avoided_short": COSTS["avoided_short"],
    "avoided_long": COSTS["avoided_long"],
    "saving_short": COSTS["saving_short"],
    "saving_long": COSTS["saving_long"],
    "low95": "95% uncertainty interval of the net saving, from (£)",
    "high95": "95% uncertainty interval, to (£)",
    "low80": "80% uncertainty interval, from (£)",
    "high80": "80% uncertainty interval, to (£)",
    "mean": "Mean of the simulations (£)",
    "median": "Median of the simulations (£)",
    "chance": "Share of simulations with a net saving (0 to 1)",
    "benefit_cost_ratio": "Benefit-cost ratio",
    "break_even_share": "Break-even share (of the outcomes told, by cost)",
    "losses": "Cases with a net cost",
    "years": "Horizon (years)",
}
LEDGER = {
    "case_id": "Case",
    "stage": "Stage",
    "element": "Element, support or outcome",
    "item": "Item",
    "payer": "Payer",
    "year": "Year after the episode",
    "quantity": "Quantity",
    "unit": "Unit",
    "unit_value": "Unit cost (£)",
    "price_year": "Unit cost published at prices of",
    "grade": "Grade of the evidence (1 best to 6)",
    "chance": "Chance without the help (0 to 1)",
    "prevented": "Share help prevented (0 to 1)",
    "weight": "Weight (chance times share prevented)",
    "amount": "Amount (£)",
    "note": "Note",
    "source_row": "File and row of the return",
}
ASSUMPTIONS = {
    "name": "Assumption",
    "value": "Value",
    "unit": "Unit",
    "set_by": "Set by",
    "source": "Source",
    "confidence": "Source is",
    "quality": "Quality of the evidence",
    "impact": "Impact on the findings",
    "because": "Why",
    "review_by": "Review by",
}
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
    scenario = codes.PRESET.get(found.preset, found.preset)
    own = " with the authority's own values, listed under Assumptions" if found.overrides else ""
    priced = f"Money is in pounds at the prices of the financial year {found.price_base}. Scenario: {scenario}{own}."
    sheets = [
        _summary(findings, found.name, priced),
        _cases(tables["cases"], priced),
        _payers(findings, priced),
        *_funds(findings, priced),
        *_scenarios(findings, found.price_base),
        _ledger(tables["ledger"], priced),
        *_unit_costs(tables.get("unit_costs"), priced),
        *(
            _clean(table, tables[name])
            for name, table in schema.RETURN.items()
            if name in tables and name != "cases"
        ),
        _assumptions(root, found),
        _notes(folder / "quality.json"),
    ]
    return write_workbook(
        f"Results of {found.name}", [str(findings.get("notice") or ""), INTERNAL], sheets
    )


def _summary(findings: Mapping[str, Any], name: str, priced: str) -> Sheet:
    rows = [("In words", findings.get("headline"))]
    found = {key: findings.get(key) for key in COSTS | FIGURES}
    if isinstance(found["payback_year"], int | float):  # year 0 is the first: as the pages say it
        found["payback_year"] += 1
    rows += [(words, found[key]) for key, words in (COSTS | FIGURES).items()]
    frame = pd.DataFrame(
        [(words, _plain(value)) for words, value in rows], columns=["figure", "value"], dtype=object
    )
    return Sheet(
        "Summary",
        f"Headline figures of {name}",
        frame,
        {"figure": "Figure", "value": "Value"},
        {"value": "any"},
        (priced, "Year 0 is the first year after the episode."),
        {"value": NOT_AVAILABLE},
    )


def _cases(cases: pd.DataFrame, priced: str) -> Sheet:
    kinds = dict.fromkeys(COSTS, "money") | {
        "started": "date",
        "closed": "date",
        "break_even_share": "share",
    }
    return Sheet(
        "Cases",
        "Each case with its costs and savings",
        cases.drop(columns=PRIVATE & set(cases)),
        _headers("cases") | COSTS | CASES,
        kinds | {"payback_year": "count", "unpriced_futures": "count"},
        (priced,),
    )


def _payers(findings: Mapping[str, Any], priced: str) -> Sheet:
    frame = pd.DataFrame(findings.get("payers") or [], columns=list(PAYERS))
    frame["payer"] = frame["payer"].map(lambda code: codes.PAYER.get(code, code))
    return Sheet(
        "Payers",
        "Who pays and who saves",
        frame,
        PAYERS,
        dict.fromkeys(list(PAYERS)[1:], "money"),
        (priced,),
    )


def _funds(findings: Mapping[str, Any], priced: str) -> list[Sheet]:
    """By payer and fund, and in cash by budget year, of the reference case; no sheet where neither was written down."""
    sheets = []
    for key, name, title, note in (
        ("funds", "Funds", "Who pays and who saves, by fund", f"Reference case. {priced}"),
        ("budget_years", "Budget years", "Costs avoided by budget year, in cash", CASH),
    ):
        frame = pd.DataFrame(findings.get(key) or [])
        if not frame.empty:
            frame = frame.assign(
                payer=frame["payer"].map(codes.PAYER), fund=frame["fund"].map(codes.FUND)
            )
            kinds = dict.fromkeys(frame.columns[2:], "money")
            sheets.append(Sheet(name, title, frame, PAYERS | {"fund": "Fund"}, kinds, (note,)))
    return sheets


CASH = (
    "Reference case, in pounds of each year (GDP deflator as forecast), not discounted; the first year after the "
    "episode is taken as the first budget year. Capacity freed, not cash to take out: see the sheet Funds."
)


def _scenarios(findings: Mapping[str, Any], price_base: str) -> list[Sheet]:
    """The scenarios side by side; no sheet where 03_sensitivity has not run since they were written down."""
    frame = pd.DataFrame(findings.get("scenarios") or [])
    if frame.empty:
        return []
    frame = frame.reindex(columns=list(SCENARIOS)).dropna(axis="columns", how="all")
    frame["set"] = frame["set"].map(
        lambda name: (codes.PRESET | {"own": "The authority's own values"}).get(name, name)
    )
    kinds = dict.fromkeys(frame.columns[1:], "money") | {"losses": "count", "years": "count"}
    kinds |= dict.fromkeys(("chance", "break_even_share"), "share") | {
        "benefit_cost_ratio": "number"
    }
    notes = (
        f"Money is in pounds at the prices of the financial year {price_base}; each scenario has its own assumptions.",
        f"{codes.PRESET['larc']}: everything told counted in full and taken as prevented: an upper bound, no estimate.",
        "A share of simulations is given only where both chances are simulated.",
    )
    return [
        Sheet("Scenarios", "The same families under each scenario", frame, SCENARIOS, kinds, notes)
    ]


def _ledger(ledger: pd.DataFrame, priced: str) -> Sheet:
    frame = ledger.assign(
        stage=ledger["stage"].map(codes.STAGE), payer=ledger["payer"].map(codes.PAYER)
    )
    kinds = {
        "year": "count",
        "quantity": "number",
        "unit_value": "money",
        "amount": "money",
    } | dict.fromkeys(("chance", "prevented", "weight"), "number")
    return Sheet(
        "Ledger",
        "Every line: a row of the return, costed, left out with a note, or no unit cost",
        frame,
        LEDGER,
        kinds | {"grade": "count"},
        (priced, "Each total shown anywhere is a sum of these lines."),
        {"amount": NOT_AVAILABLE},
    )


def _unit_costs(frame: pd.DataFrame | None, priced: str) -> list[Sheet]:
    if frame is None:
        return []
    kinds = dict.fromkeys(["value", "low", "high", "unit_value"], "money") | {
        "cashable": "share",
        "grade": "count",
    }
    headers = {column: column.replace("_", " ").capitalize() for column in frame}
    headers |= {
        "value": "Value as published (£)",
        "low": "Low (£)",
        "high": "High (£)",
        "unit_value": "Unit cost (£)",
    }
    return [
        Sheet(
            "Unit costs",
            "The unit costs used, each with its source",
            frame,
            headers,
            kinds,
            (priced,),
        )
    ]


def _clean(table: schema.Table, frame: pd.DataFrame) -> Sheet:
    shown = frame.drop(columns=PRIVATE & set(frame))
    numeric = {f.name: "number" for f in table.fields if f.numeric}
    title = table.about + (
        " (free text left out)" if len(shown.columns) < len(frame.columns) else ""
    )
    return Sheet(table.name.capitalize(), title, shown, _headers(table.name), numeric)


def _assumptions(root: Root, found: params.Authority) -> Sheet:
    preset, used = params.load_preset(root, found.preset), params.assumptions_for(root, found)
    rows = []
    for name in used.used:
        entry = preset.log.get(name, {})
        source = entry.get("source") or {}
        own = name in found.overrides
        if own:  # the preset's source and reason are of its own value
            said = found.reasons.get(name, {})
            source = {"title": said.get("source", "")}
            entry = {"unit": entry.get("unit"), "because": said.get("because")}
        rows.append(
            {
                "name": name,
                "value": _plain(getattr(used, name)),
                "unit": entry.get("unit"),
                "set_by": "the authority" if own else f"scenario {preset.label}",
                "source": ", ".join(
                    filter(None, (str(source.get("title", "")), str(source.get("where", ""))))
                ),
                **{
                    key: _plain(entry.get(key))
                    for key in ("confidence", "quality", "impact", "because", "review_by")
                },
            }
        )
    frame = pd.DataFrame(rows, columns=list(ASSUMPTIONS), dtype=object)
    return Sheet(
        "Assumptions",
        "The assumptions in force, each with its source",
        frame,
        ASSUMPTIONS,
        {"value": "any"},
    )


def _notes(path: Path) -> Sheet:
    frame = pd.DataFrame(_json(path) if path.is_file() else [], columns=list(NOTES), dtype=object)
    return Sheet(
        "Data notes",
        "Warnings to check in the return",
        frame,
        {name: name.replace("_", " ").capitalize() for name in NOTES},
        {"row": "any"},
    )


def _headers(name: str) -> dict[str, str]:
    names = [*schema.RETURN[name].columns, "source_row"]
    return {column: column.replace("_", " ").capitalize() for column in names} | {
        "source_row": LEDGER["source_row"]
    }


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
