"""The audit beside a peer: Tau-Argus, the tool of the statistical offices, on 20 tables with hidden cells.

Tau-Argus decides which counts are small, hides more until its own rule is met, and works out what each hidden cell can
still be. The audit's programmes must find the same small counts and the same ranges. Needs ``pip install pytauargus``,
which is no dependency of the workbook; then ``python -m benchmarks.disclosure_peer``.
"""

import contextlib
import random
import sys
import tempfile
from math import ceil, floor

import pytauargus as tauargus

from larcnb.disclosure.audit import NEAR, System, Target, exposed
from larcnb.disclosure.rules import load_rules
from larcnb.root import WORKBOOK, Root

SMALL = load_rules(Root(WORKBOOK)).small_count
TOTAL, PROTECT = "Total", 0.3


def table_of(seed):
    """Counts of families by authority and category: small, middling and large ones."""
    draw = random.Random(seed)
    places, kinds = (range(draw.randint(3, 7)) for _ in "ab")
    some = [*range(1, 15), 20, 25, 40]
    return {(f"p{p}", f"k{k}"): draw.choice(some) for p in places for k in kinds}


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
        safety_rules=f"FREQ({SMALL + 1},{PROTECT * 100:.0f})",
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
    system, most = System(), sum(counts.values())
    at = {cell: system.unknown(cell, count, most) for cell, count in counts.items()}
    least = min(counts.values())
    for cell, count in counts.items():
        lowest = min(least, round(count - max(1, PROTECT * count)))
        system.know({at[cell]: 1}, lowest if status[cell] == "U" else least, most)
    for (place, kind), shown in status.items():
        terms = {at[c]: 1 for c in counts if place in (c[0], TOTAL) and kind in (c[1], TOTAL)}
        if shown == "S":
            system.know(terms, system.value(terms), system.value(terms))
    return system, at


def compare(seed):
    """Assert that the audit finds in a table what the peer finds."""
    counts = table_of(seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
    ):  # where the peer leaves its files
        status, ranges = protected(counts, folder)
    small = {cell for cell in counts if status[cell] == "U"}
    assert small == {cell for cell, count in counts.items() if 1 <= count <= SMALL}
    system, at = system_of(counts, status)
    hidden = [cell for cell in counts if status[cell] in "UM"]
    assert set(hidden) == {cell for cell in ranges if TOTAL not in cell}
    possible = {
        cell: floor(ranges[cell]["max"] + NEAR) - ceil(ranges[cell]["min"] - NEAR) + 1
        for cell in hidden
    }

    def too_narrow(more):
        targets = [Target((c,), {at[c]: 1}, possible[c] + more) for c in hidden]
        return {found.target.name[0] for found in exposed(system, targets)}

    assert too_narrow(0) == set()
    assert too_narrow(1) == set(hidden)


if __name__ == "__main__":
    for number in range(1, 21):
        compare(number)
    sys.stdout.write("tables on which audit and peer agree: 20, goal 20, met\n")
