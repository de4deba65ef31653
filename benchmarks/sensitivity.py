"""How fast a sensitivity study is: 10,000 draws of made-up authorities of 4, 40 and 400 cases.

Run as ``python -m benchmarks.sensitivity``. Each line reads ``measure: value, goal value, met`` or ``short``. Seconds
are of processor time on one thread, imports apart.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from larcnb import costing, library, params, returns, sensitivity, synth
from larcnb.root import Root

GOALS = {4: 4.0, 40: 7.0, 400: 40.0}
"""Cases, and the seconds that a study of so many may take."""


def seconds(cases: int) -> float:
    """Seconds that a whole study of so many cases takes, from the priced return to its long table and draws."""
    with tempfile.TemporaryDirectory() as folder:
        root = Root(Path(folder) / "root")
        slug = synth.write_root(root.path, 1, cases, 1, "larc4")[0]
        authority, books = params.load_authority(root, slug), library.load_library(root)
        tables = returns.read_return(root.raw(slug), slug, books, authority.vintage).tables
        prices = books.prices(authority.vintage, authority.price_base)
        preset = params.load_preset(root, authority.preset)
        assumptions = params.assumptions_for(root, authority)
        run = SimpleNamespace(
            root=root,
            authority=authority,
            preset=preset,
            assumptions=assumptions,
            tables=tables,
            library=books,
            prices=prices,
            ledger=costing.price_return(tables, books, prices, assumptions),
        )
        start = time.process_time()
        study = sensitivity.open_study(run, 10_000, 2012)
        sensitivity.long_table(study)
        sensitivity.by_draw(study.simulations)
        return time.process_time() - start


if __name__ == "__main__":
    seconds(4)  # the imports
    for cases, goal in GOALS.items():
        taken = seconds(cases)
        met = "met" if taken <= goal else "short"
        sys.stdout.write(f"study of {cases} cases: {taken:.1f} s, goal {goal:g} s, {met}\n")
