"""``reports/index.html``: which authorities have findings, their headlines, and the way to every page.

In: the record of a run (``reports/run.json``) and each authority's ``findings.json``. Out: one self-contained
page in the same dress as the others. A unit that failed is listed with its reason; one without pages has no link.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larcnb.codes import notice_of
from larcnb.errors import LarcError
from larcnb.publish.page import label
from larcnb.publish.script import Script
from larcnb.publish.templates import render
from larcnb.root import Root, check_slug

STATUS = {
    "done": "Up to date", "unchanged": "Up to date", "refused": "Return refused", "failed": "Failed",
    "interrupted": "Interrupted", "not run": "Not run", "running": "Running",
}  # fmt: skip
NOTHING = "Took part, sent no cases"
UNPRICED = "Return read, not priced yet"
GOOD = ("done", "unchanged")
MINUS, NONE = "\N{MINUS SIGN}", "\N{EN DASH}"


@dataclass(frozen=True)
class Entry:
    """One line of the index: an authority, or the consortium."""

    unit: str
    name: str
    status: str
    figures: tuple[str, ...] = ()
    headline: str = ""
    reason: str = ""
    todo: str = ""
    pages: tuple[tuple[str, str], ...] = ()
    good: bool = True
    sent: bool = False
    unpriced: bool = False

    @property
    def first(self) -> str:
        """The page an authority's name leads to: its findings, or its last page."""
        found = [address for address, _ in self.pages if "findings" in address]
        return (found or [address for address, _ in self.pages if address.endswith(".html")][-1:] or [""])[0]


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
    root: Root, run: Mapping[str, Any], name: str, units: Mapping[str, Any], others: list[tuple[str, str]]
) -> str:
    """The front page of one round as HTML; ``others`` are the addresses and names of the other rounds'."""
    found = {unit: _findings(root, unit) for unit in units}
    entries = [_entry(root, unit, units[unit], found[unit]) for unit in sorted(units)]
    authorities = [entry for entry in entries if not entry.unit.startswith("consortium")]
    notices = [_text(found[unit].get("notice")) for unit in sorted(units) if found[unit]]
    return render(
        "index.html.j2",
        script=Script.of("search.js") if authorities else None,
        public=[(address, edition) for address, edition in _public(root) if edition == name or not others],
        others=others,
        authorities=authorities,
        consortium=[entry for entry in entries if entry.unit.startswith("consortium")],
        wrong=[entry for entry in entries if not entry.good],
        columns=[header for _, header, _ in COLUMNS],
        tiles=_tiles(authorities, found),
        notice=notice_of(notices),
        round=name,
        edition=_text(run.get("edition")) or "internal",
        made_with={
            name: _text(run.get(key))
            for name, key in (("larcnb", "larcnb"), ("Python", "python"), ("commit", "commit")) if run.get(key)
        },
    )  # fmt: skip


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


def _entry(root: Root, unit: str, entry: Mapping[str, Any], findings: Mapping[str, Any]) -> Entry:
    status, folder = str(entry.get("status", "")), root.pages(unit).name
    names = list(entry.get("notebooks", {}))
    pages = [
        (f"{folder}/{name}.html", label(name)) for name in names if (root.reports / folder / f"{name}.html").is_file()
    ]
    if (root.reports / folder / "results.xlsx").is_file():
        pages.append((f"{folder}/results.xlsx", "Results workbook"))
    good, cases = status in GOOD, findings.get("cases")
    unpriced = good and not findings and not unit.startswith("consortium")
    said = NOTHING if good and cases == 0 else UNPRICED if unpriced else STATUS.get(status, status.capitalize())
    if not good and pages:
        said += "; the pages are of an earlier run"
    return Entry(
        unit, _text(entry.get("name")) or unit, said,
        figures=tuple(_figure(findings, key, write) if cases or key == "cases" else NONE for key, _, write in COLUMNS),
        headline=_text(findings.get("headline")), reason=_text(entry.get("reason")), todo=_text(entry.get("todo")),
        pages=tuple(pages), good=good, sent=bool(cases), unpriced=unpriced,
    )  # fmt: skip


def _findings(root: Root, unit: str) -> Mapping[str, Any]:
    if unit.startswith("consortium"):
        return {}
    try:
        path = root.processed(check_slug(unit)) / "findings.json"
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, LarcError):
        return {}
    return found if isinstance(found, dict) else {}


def _tiles(authorities: list[Entry], found: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    total = {key: sum(_number(found[entry.unit].get(key)) or 0 for entry in authorities) for key in ("cases", "costed")}
    sent, unpriced = (sum(getattr(entry, kind) for entry in authorities) for kind in ("sent", "unpriced"))
    return [
        (f"{sent:,}", "authority sent cases" if sent == 1 else "authorities sent cases"),
        *([(f"{unpriced:,}", "read, not priced yet")] if unpriced else []),
        (f"{len(authorities) - sent - unpriced:,}", "sent none, or could not be read"),
        (f"{total['cases']:,.0f}", "families"),
        (f"{total['costed']:,.0f}", "costed cases"),
    ]


def _number(value: Any) -> float | None:
    value = value.get("value") if isinstance(value, Mapping) else value
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _figure(findings: Mapping[str, Any], key: str, write: Callable[[Any], str]) -> str:
    value = findings.get(key)
    return write(value) if write is _range or _number(value) is not None else NONE


def _count(value: Any) -> str:
    return f"{_number(value) or 0:,.0f}"


def _pounds(value: Any) -> str:
    number = _number(value) or 0.0
    whole = int(abs(number) + 0.5)
    return f"{MINUS if number < 0 and whole else ''}{whole:,}"


def _range(value: Any) -> str:
    """From and to of an interval, money; what 95 of 100 draws lie between."""
    long = value.get("long") if isinstance(value, Mapping) else None
    ends = [_number(long.get(key)) for key in ("low95", "high95")] if isinstance(long, Mapping) else [None]
    return NONE if None in ends else f"{_pounds(ends[0])} to {_pounds(ends[1])}"


def _percent(value: Any) -> str:
    return f"{_number(value) or 0:.0%}".removesuffix("%")


COLUMNS = (
    ("cases", "Cases", _count), ("costed", "Costed", _count), ("inputs_appraised", "Spent (£)", _pounds),
    ("avoided_long", "Avoided (£)", _pounds), ("saving_long", "Saving (£)", _pounds),
    ("intervals", "In 95 of 100 draws (£)", _range),
    ("break_even_share", "Had to be real (%)", _percent), ("losses_long", "Cases that lose", _count),
)  # fmt: skip
"""Keys of ``findings.json``, the header of each, and how it is written."""


def _text(value: Any) -> str:
    return "" if value is None else str(value)
