"""The consortium page on a large round: 153 authorities of 1,000 cases, made up from a seed.

    python -m benchmarks.consortium [authorities] [cases]

Makes a root with processed results in a temporary folder, then runs the page's own cells in this process. Reading is
timed by itself, by reading every table once; the target is under 60 seconds beyond it at the full size. The measures'
lines read ``measure: value, goal value, met`` or ``short``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd

from larcnb import basis, consortium, costing, library, params, returns, synth, workbook
from larcnb.root import WORKBOOK, Root

NOTEBOOK = WORKBOOK / "notebooks" / "10_consortium.ipynb"
DIFFERENT = 4
"""Returns made and priced; the other authorities have theirs, at prices of their own."""
TARGET = 60.0


def make_root(folder: Path, authorities: int, cases: int, seed: int) -> Path:
    """A root of processed results as 01_clean and 02_price would have written them."""
    root = Root(folder)
    slugs = synth.write_root(folder, min(DIFFERENT, authorities), cases, seed)
    made = [_priced(root, slug) for slug in slugs]
    rng = np.random.default_rng(seed)
    text = (root.params / f"{slugs[0]}.yaml").read_text("utf-8")
    for number in range(1, authorities + 1):
        slug = f"synth-{number:03d}"
        (root.params / f"{slug}.yaml").write_text(text.replace(slugs[0], slug), "utf-8")
        tables = made[number % len(made)]
        root.processed(slug).mkdir(parents=True)
        made_from = _basis(root, slug)
        dearer = float(np.exp(0.1 * rng.normal()))
        for name, frame in tables.items():
            money = [c for c in frame if c in costing.MONEY or c == "amount"]
            frame = frame.assign(**(frame[money] * dearer).round(2))
            workbook.write_results(root.processed(slug), {name: frame}, metadata=made_from)
    return folder


def _basis(root: Root, slug: str) -> dict[bytes, bytes]:
    found = params.load_authority(root, slug)
    known = library.load_library(root, found)
    prices = basis.prices_of(known.prices(found.vintage, found.price_base), known)
    return basis.written(
        basis.basis_of(root, found, params.assumptions_for(root, found), prices), "02_price"
    )


def _priced(root: Root, slug: str) -> dict[str, pd.DataFrame]:
    found = params.load_authority(root, slug)
    known, used = library.load_library(root, found), params.assumptions_for(root, found)
    tables = returns.read_return(root.raw(slug), slug, known, found.vintage).tables
    prices = known.prices(found.vintage, found.price_base)
    ledger = costing.price_return(tables, known, prices, used)
    cases = costing.appraise(tables, known, ledger, prices, used)
    return dict(tables) | {"cases": cases, "ledger": ledger}


def read_all() -> int:
    """Read the tables of the round once, as the page does; the number of ledger lines."""
    opened = consortium.open_round("10_consortium", "synth")
    for name in ("cases", "children", "needs", "process", "interventions", "futures", "moderation"):
        opened.pooled(name)
    sizes = opened.by_authority(
        lambda ledger, prices, assumptions: pd.DataFrame({"lines": [len(ledger)]})
    )
    return int(sizes["lines"].sum())


def run_page() -> dict[str, float]:
    """The page's code cells, shown as a page would show them; seconds by cell."""
    cells = [
        cell
        for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    names: dict = {"display": lambda *shown: [one._repr_html_() for one in shown]}
    seconds = {}
    for number, cell in enumerate(cells):
        source = "".join(cell["source"]).replace('round_name = "larc4"', 'round_name = "synth"')
        *body, last = compile_cell(source)
        begun = perf_counter()
        for part in body:
            exec(part, names)
        shown = eval(last, names) if last else None
        if hasattr(shown, "_repr_html_"):
            shown._repr_html_()
        seconds[f"{number + 1:02d} {source.splitlines()[-1][:60]}"] = perf_counter() - begun
    return seconds


def compile_cell(source: str) -> list:
    """The statements of a cell, and its last expression or None."""
    import ast

    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    body = compile(tree, "cell", "exec")
    return [body, compile(ast.Expression(last.value), "cell", "eval") if last else None]


def main(authorities: int = 153, cases: int = 1000) -> int:
    """Make the root, time reading and page, write what was found; 1 where the target is missed."""
    say = sys.stdout.write
    folder = Path(tempfile.mkdtemp()) / "root"
    try:
        os.environ["LARCNB_ROOT"] = str(make_root(folder, authorities, cases, seed=1))
        before = np.array([perf_counter(), process_time()])
        lines = read_all()
        between = np.array([perf_counter(), process_time()])
        seconds = run_page()
        after = np.array([perf_counter(), process_time()])
    finally:
        shutil.rmtree(folder.parent)
    say(f"{authorities} authorities, {authorities * cases:,} cases, {lines:,} ledger lines\n")
    for name, took in sorted(seconds.items(), key=lambda pair: -pair[1])[:8]:
        say(f"  {took:6.1f} s  {name}\n")
    reading, page = between - before, after - between
    say(f"page {page[0]:.1f} s on the clock, of it reading {reading[0]:.1f} s\n")
    beyond, what = page - reading, f"consortium page, {authorities} authorities x {cases:,} cases"
    for kind, took in zip(("seconds", "CPU seconds"), beyond, strict=True):
        verdict = "met" if took < TARGET else "short"
        say(f"{what}, {kind} beyond reading: {took:.1f}, goal {TARGET:.0f}, {verdict}\n")
    return int(beyond[0] > TARGET)


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
