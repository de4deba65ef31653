"""The audit beside a peer: Tau-Argus, the tool of the statistical offices, on 20 tables with hidden cells.

Tau-Argus decides which counts are small, hides more until its own rule is met, and works out what each hidden cell can
still be. The audit's programmes must find the same small counts and the same ranges. Runs where pytauargus is installed
(``pip install pytauargus``); it is no dependency of the workbook.
"""

import random
from math import ceil, floor

import pytest

from larcnb.disclosure.linear import exposed
from larcnb.disclosure.rules import load_rules
from larcnb.disclosure.system import NEAR, System, Target
from larcnb.root import WORKBOOK, Root

tauargus = pytest.importorskip(
    "pytauargus", reason="pytauargus is not installed", exc_type=ImportError
)
RULES = load_rules(Root(WORKBOOK))
TOTAL, PROTECT = "Total", 0.3


def table_of(seed):
    """Counts of families by authority and category: small, middling and large ones."""
    draw = random.Random(seed)
    places, kinds = (range(draw.randint(3, 7)) for _ in "ab")
    return {
        (f"p{p}", f"k{k}"): draw.choice([*range(1, 15), 20, 25, 40]) for p in places for k in kinds
    }


def protected(counts, folder):
    """What Tau-Argus makes of a table: each cell's status, and the range of each hidden one."""
    rows = [
        {"place": p, "kind": k, "family": 1.0}
        for (p, k), count in counts.items()
        for _ in range(count)
    ]
    found = tauargus.protect(
        rows,
        ["place", "kind"],
        response="family",
        safety_rules=f"FREQ({RULES.small_count + 1},{PROTECT * 100:.0f})",
        suppress="OPT(1)",
        workdir=str(folder),
    )
    cells = [((row["place"], row["kind"]), row["status"]) for row in found.tables[0].rows]
    return dict(cells), {cells[audited["cell"]][0]: audited for audited in found.engine.audit(0)}


def system_of(counts, status):
    """The same table as the audit sees it: totals and cells shown are known, hidden ones are not.

    The peer lets everybody know the least figure of the table, and that no small one is further below it than its own
    rule wants it protected; so here.
    """
    system = System()
    at = {cell: system.unknown(cell, count, first=True) for cell, count in counts.items()}
    least = min(counts.values())
    for cell, count in counts.items():
        lowest = (
            min(least, round(count - max(1, PROTECT * count))) if status[cell] == "U" else least
        )
        system.know({at[cell]: 1}, lowest, sum(counts.values()), "told")
    for (place, kind), shown in status.items():
        terms = {
            at[cell]: 1 for cell in counts if place in (cell[0], TOTAL) and kind in (cell[1], TOTAL)
        }
        if shown == "S":
            value = system.value(terms)
            system.know(terms, value, value, (place, kind))
    return system, at


@pytest.mark.parametrize("seed", range(1, 21))
def test_the_audit_finds_what_the_peer_finds(seed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the peer leaves files where it runs
    counts = table_of(seed)
    status, ranges = protected(counts, tmp_path)
    small = {cell for cell in counts if status[cell] == "U"}
    assert small == {cell for cell, count in counts.items() if 1 <= count <= RULES.small_count}
    system, at = system_of(counts, status)
    hidden = [cell for cell in counts if status[cell] in "UM"]
    assert set(hidden) == {cell for cell in ranges if TOTAL not in cell}
    possible = {
        cell: floor(ranges[cell]["max"] + NEAR) - ceil(ranges[cell]["min"] - NEAR) + 1
        for cell in hidden
    }

    def too_narrow(wanted):
        return {
            found.target.name
            for found in exposed(system, [Target(c, {at[c]: 1}, wanted[c]) for c in hidden])
        }

    assert too_narrow(possible) == set()
    assert too_narrow({cell: values + 1 for cell, values in possible.items()}) == set(hidden)
