"""``reports/index.html``: which authorities have findings, their headlines, and the way to every page.

In: the record of a run (``reports/run.json``) and each authority's ``findings.json``. Out: one self-contained
page in the same dress as the others. A unit that failed is listed with its reason; one without pages has no link.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larcnb.codes import MARKING, PRESET, notice_of
from larcnb.errors import LarcError
from larcnb.publish.page import day, label
from larcnb.publish.script import Script
from larcnb.publish.templates import render
from larcnb.root import Root, check_slug

STATUS = {
    "refused": "Return rejected",
    "failed": "Failed",
    "interrupted": "Interrupted",
    "not run": "Not run",
    "running": "Running",
}
NOTHING = "Sent no cases"
EVIDENCE = "Sent evidence"
UNPRICED = "Return read, not costed yet"
OLD = "Costed before scenarios: run it again"
GOOD = ("done", "unchanged")
EVIDENCE_PAGE = "11_evidence.html"
REFERENCE, CONVENTION = "public_purse", "larc"
"""The scenarios a front page shows: the reference case, and what the published study did."""
MINUS, NONE = "\N{MINUS SIGN}", "\N{EN DASH}"


@dataclass(frozen=True)
class Entry:
    """One line of the index: an authority, or the consortium. ``status`` is blank where all is done.

    ``kind`` is what it counts as: ``cases``, ``evidence``, ``none``, ``unpriced``, ``refused`` or ``wrong``.
    """

    unit: str
    name: str
    status: str
    kind: str
    figures: tuple[str, ...] = ()
    headline: str = ""
    reason: str = ""
    todo: str = ""
    pages: tuple[tuple[str, str], ...] = ()
    lead: str = ""

    @property
    def good(self) -> bool:
        """Whether its return was read and nothing failed."""
        return self.kind not in ("refused", "wrong")

    @property
    def first(self) -> str:
        """The page an authority's name leads to: its findings, or its last page."""
        found = [address for address, _ in self.pages if "findings" in address]
        return (
            found
            or [address for address, _ in self.pages if address.endswith(".html")][-1:]
            or [""]
        )[0]


def write_index(root: Root, run: Mapping[str, Any]) -> Path:
    """Write ``reports/index.html``, the front page of the run's round, whole or not at all.

    Where the record knows several rounds, each also has a front page of its own, ``index-<round>.html``, which the
    others lead to; a front page lists and counts the authorities of its round only.

    Parameters
    ----------
    root : Root
        Its ``reports/`` and ``data/processed/`` are read.
    run : dict
        The content of ``reports/run.json``: ``units`` (slug or ``consortium/<round>`` to ``name``, ``status``,
        ``round``, ``reason``, ``todo`` and ``notebooks``), ``round``, ``larcnb``, ``python``, ``commit``.

    Returns
    -------
    Path
    """
    rounds: dict[str, dict[str, Any]] = {}
    for unit, entry in run.get("units", {}).items():
        name = unit.partition("/")[2] or _text(entry.get("round")) or _text(run.get("round"))
        rounds.setdefault(name, {})[unit] = entry
    front = _text(run.get("round"))
    if front not in rounds and rounds:
        front = min(rounds)
    for name in rounds if len(rounds) > 1 else ():
        others = [(f"index-{other}.html", other) for other in sorted(rounds) if other != name]
        _write(root, f"index-{name}.html", _front_page(root, run, name, rounds[name], others))
    others = [(f"index-{other}.html", other) for other in sorted(rounds) if other != front]
    return _write(root, "index.html", _front_page(root, run, front, rounds.get(front, {}), others))


def _front_page(
    root: Root,
    run: Mapping[str, Any],
    name: str,
    units: Mapping[str, Any],
    others: list[tuple[str, str]],
) -> str:
    """The front page of one round as HTML; ``others`` are the addresses and names of the other rounds'."""
    found = {unit: _findings(root, unit) for unit in units}
    entries = [_entry(root, unit, units[unit], found[unit], name) for unit in sorted(units)]
    authorities = [entry for entry in entries if not entry.unit.startswith("consortium")]
    notices = [
        _text(found[unit]["notice"]) if "notice" in found[unit] else root.notice(unit)
        for unit in sorted(units)
        if not unit.startswith("consortium")
    ]
    made = _text(run.get("started"))[:10]
    return render(
        "index.html.j2",
        script=Script.of("search.js") if authorities else None,
        public=[
            (address, edition)
            for address, edition in _public(root)
            if edition == name or not others
        ],
        others=others,
        authorities=authorities,
        consortium=[entry for entry in entries if entry.unit.startswith("consortium")],
        wrong=[entry for entry in entries if not entry.good],
        columns=[header for header, _ in COLUMNS] if any(found.values()) else [],
        tiles=_tiles(authorities, found),
        notice=notice_of(notices),
        round=name,
        made=made,
        made_in_words=day(made),
        marking=_marking(run, units),
        reference=PRESET[REFERENCE],
        convention=PRESET[CONVENTION],
        made_with={
            name: _text(run.get(key))
            for name, key in (("larcnb", "larcnb"), ("Python", "python"), ("commit", "commit"))
            if run.get(key)
        },
    )


def _marking(run: Mapping[str, Any], units: Mapping[str, Any]) -> str:
    """The highest marking of the authorities listed, as the record has their params."""
    marked = [_text((run.get("params") or {}).get(unit, {}).get("marking")) for unit in units]
    return MARKING.get(max(filter(MARKING.get, marked), key=list(MARKING).index, default=""), "")


def _write(root: Root, name: str, html: str) -> Path:
    path = root.reports / name
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{name}.{os.getpid()}")
    scratch.write_bytes(html.encode("utf-8"))
    scratch.replace(path)
    return path


def _public(root: Root) -> list[tuple[str, str]]:
    """The rounds with public pages: address and name."""
    found = sorted((root.reports / "public").glob("[a-z0-9]*/index.html"))
    return [(path.relative_to(root.reports).as_posix(), path.parent.name) for path in found]


def _entry(
    root: Root, unit: str, entry: Mapping[str, Any], findings: Mapping[str, Any], round_name: str
) -> Entry:
    status, folder = str(entry.get("status", "")), root.pages(unit).name
    names = list(entry.get("notebooks", {}))
    pages = [
        (f"{folder}/{name}.html", label(name))
        for name in names
        if (root.reports / folder / f"{name}.html").is_file()
    ]
    if (root.reports / folder / "results.xlsx").is_file():
        pages.append((f"{folder}/results.xlsx", "Results workbook"))
    if (root.reports / folder / "results.docx").is_file():
        pages.append((f"{folder}/results.docx", "Committee paper"))
    kind, said, lead, cases = "cases", "", "", findings.get("cases")
    if status not in GOOD:
        kind, said = (
            "refused" if status == "refused" else "wrong",
            STATUS.get(status, status.capitalize()),
        )
        said += "; the pages are of an earlier run" * bool(pages)
    elif not unit.startswith("consortium") and not cases:
        kind, said = ("none", NOTHING) if findings else ("unpriced", UNPRICED)
        if _sent_evidence(root, unit):
            kind, said = "evidence", EVIDENCE
            address = f"{root.pages(f'consortium/{round_name}').name}/{EVIDENCE_PAGE}"
            lead = address if (root.reports / address).is_file() else ""
    elif cases and not _scenarios(findings):
        said = OLD
    return Entry(
        unit,
        _text(entry.get("name")) or unit,
        said,
        kind,
        figures=tuple(write(findings) if cases else NONE for _, write in COLUMNS),
        headline=_text(findings.get("headline")),
        reason=_text(entry.get("reason")),
        todo=_text(entry.get("todo")),
        pages=tuple(pages),
        lead=lead,
    )


def _sent_evidence(root: Root, unit: str) -> bool:
    """Whether the authority's clean table of evidence has a row."""
    from pyarrow import ArrowException
    from pyarrow.parquet import read_metadata

    try:
        return read_metadata(root.processed(check_slug(unit)) / "evidence.parquet").num_rows > 0
    except (OSError, ValueError, ArrowException, LarcError):
        return False


def _findings(root: Root, unit: str) -> Mapping[str, Any]:
    if unit.startswith("consortium"):
        return {}
    try:
        path = root.processed(check_slug(unit)) / "findings.json"
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, LarcError):
        return {}
    return found if isinstance(found, dict) else {}


def _tiles(
    authorities: list[Entry], found: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, str]]:
    kinds = [entry.kind for entry in authorities]
    total = {
        key: sum(_number(found[entry.unit].get(key)) or 0 for entry in authorities)
        for key in ("cases", "costed")
    }
    tiles = [
        (kinds.count(kind), one if kinds.count(kind) == 1 else many) for kind, one, many in TILES
    ]
    tiles += [
        (int(total["cases"]), "family" if total["cases"] == 1 else "families"),
        (int(total["costed"]), "costed"),
    ]
    return [(f"{figure:,}", words) for figure, words in tiles if figure]


TILES = (
    ("cases", "authority sent cases", "authorities sent cases"),
    ("evidence", "authority sent evidence", "authorities sent evidence"),
    ("unpriced", "return read, not costed yet", "returns read, not costed yet"),
    ("none", "authority sent no cases", "authorities sent no cases"),
    ("refused", "return rejected", "returns rejected"),
    ("wrong", "authority not run", "authorities not run"),
)
"""What the authorities of a round count as, each with the words of its tile; none where nobody is."""


def _scenarios(findings: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The scenarios of findings by name; none where the authority has not run since they were written down."""
    rows = findings.get("scenarios")
    rows = rows if isinstance(rows, list) else []
    return {row["set"]: row for row in rows if isinstance(row, Mapping) and "set" in row}


def _number(value: Any) -> float | None:
    value = value.get("value") if isinstance(value, Mapping) else value
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _count(findings: Mapping[str, Any], key: str) -> str:
    number = _number(findings.get(key))
    return NONE if number is None else f"{number:,.0f}"


def _pounds(number: float | None) -> str:
    if number is None:
        return NONE
    whole = int(abs(number) + 0.5)
    return f"{MINUS if number < 0 and whole else ''}{whole:,}"


def _break_even(findings: Mapping[str, Any]) -> str:
    said = findings.get("break_even")
    share = _number(
        said.get("share") if isinstance(said, Mapping) else findings.get("break_even_share")
    )
    if share is None:
        return NONE
    return ">100" if share > 1 else "<1" if 0 < share < 0.01 else f"{share:.0%}".removesuffix("%")


def _reference(findings: Mapping[str, Any]) -> str:
    """The net saving of the reference case; none where it would lie outside the interval in the next column."""
    found = _scenarios(findings).get(REFERENCE, {})
    low, saving, high = (_number(found.get(key)) for key in ("low95", "saving_long", "high95"))
    return NONE if None in (low, saving, high) or not low <= saving <= high else _pounds(saving)


def _interval(findings: Mapping[str, Any]) -> str:
    found = _scenarios(findings).get(REFERENCE, {})
    low, high = (_number(found.get(key)) for key in ("low95", "high95"))
    return NONE if low is None or high is None else f"{_pounds(low)} to {_pounds(high)}"


def _convention(findings: Mapping[str, Any]) -> str:
    return _pounds(_number(_scenarios(findings).get(CONVENTION, {}).get("saving_long")))


COLUMNS = (
    ("Families", lambda findings: _count(findings, "cases")),
    ("Costed", lambda findings: _count(findings, "costed")),
    (
        "Spent (£)",
        lambda findings: _pounds(_number(findings.get("inputs", findings.get("inputs_appraised")))),
    ),
    ("Break-even share (%)", _break_even),
    (f"{PRESET[REFERENCE]}, net saving (£)", _reference),
    ("95% uncertainty interval (£)", _interval),
    (f"{PRESET[CONVENTION]}, net saving (£)", _convention),
)
"""The header of each column, and how findings.json is written in it."""


def _text(value: Any) -> str:
    return "" if value is None else str(value)
