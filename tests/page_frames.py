"""A small made-up authority for the tests of figures, tables and pages, priced by the package itself.

Five families (``tests/example/*.csv``), four of them costed: one that saves much, one that loses, one whose futures have
no price, one with hostile text in every free field.
"""

import functools
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from larcnb import costing, show
from larcnb.library import load_library
from larcnb.params import load_preset
from larcnb.root import WORKBOOK, Root
from larcnb.show import Context

HOSTILE = '<script>alert("LARCXSS")</script><img src=x onerror=alert(1)>'
CONTEXT = Context(
    "Exampleshire", "2010-11", "larc", "A made-up authority.", short_years=1, long_years=15
)


def read(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype={"child_id": "str"})
    return frame.assign(source_row=[f"t.csv:{n + 2}" for n in range(len(frame))])


@functools.cache
def example() -> dict:
    """Tables, prices, library, ledger, cases and payers of the made-up authority."""
    folder, root = Path(__file__).with_name("example"), Root(WORKBOOK)
    tables = {path.stem: read(path) for path in sorted(folder.glob("*.csv"))}
    library = load_library(root)
    prices = library.prices("larc4", "2010-11")
    assumptions = load_preset(root, "larc").assumptions
    ledger = costing.price_return(tables, library, prices, assumptions)
    cases = costing.appraise(tables, library, ledger, prices, assumptions)
    run = SimpleNamespace(context=CONTEXT, prices=prices, library=library)
    of = {"tables": tables, "prices": prices, "library": library, "ledger": ledger, "cases": cases}
    return of | {"payers": costing.by_payer(ledger, prices, assumptions), "run": run}


def shown_of_all() -> dict:
    """One of each thing that a page may hold: a chart, a table, the cards, the ledger's lines and the unit costs."""
    data = example()
    cases, run = data["cases"].set_index("case_id"), data["run"]
    costs = data["prices"].loc[sorted(set(data["ledger"]["item"].dropna()))]
    costs, ids = costs[["label", "unit_value", "source"]], [f"cost-{item}" for item in costs.index]
    money = cases[["inputs", "avoided_long", "saving_long"]].dropna()
    return {
        "chart": show.bars(cases["saving_long"].dropna(), unit="GBP a case", run=run),
        "table": show.table(money, "Savings", run=run),
        "cards": show.cards(data["cases"], data["tables"], data["ledger"], run),
        "trace": show.trace(data["ledger"], run),
        "costs": show.table(costs, "Unit costs used", run=run, ids=ids),
    }
