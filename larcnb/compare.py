"""What moved between two runs of an authority, and why: a bridge from the old saving to the new.

In: two roots, or a commit of the workbook and a root. Out: for each authority in both the saving then and now, and
between them one step for each cause: the return, unit costs, the futures library, price base and vintage,
assumptions, code. The inputs of the old run are changed into those of the new one cause at a time, in this
order, and priced again each time; what an old run's own results differ from that by is the code's part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from larcnb import costing, params
from larcnb.errors import LarcError
from larcnb.library import Library, load_library
from larcnb.params import Assumptions, Authority
from larcnb.returns import read_return
from larcnb.root import Root

OLD, DATA, COSTS, FUTURES, PRICES, ASSUMPTIONS, CODE, NEW = (
    "old",
    "the return",
    "unit costs",
    "futures library",
    "price base and vintage",
    "assumptions",
    "code",
    "new",
)
PENNY = 0.005


@dataclass(frozen=True)
class Inputs:
    """Everything a saving follows from, the code apart."""

    authority: Authority
    assumptions: Assumptions
    library: Library
    tables: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Step:
    """One pier or span of the bridge.

    Parameters
    ----------
    cause : str
        ``old`` and ``new`` for the two ends; else what changed.
    short, long : float
        GBP: at the ends the saving of all costed cases; else what the cause moved it by.
    cases : int
        At the ends the costed cases; else those whose saving the cause moved, came or went with it.
    """

    cause: str
    short: float
    long: float
    cases: int


def read_inputs(root: Root, slug: str) -> Inputs:
    """Read an authority's params, library and return.

    Raises
    ------
    LarcError
        One of them breaks a rule.
    """
    authority = params.load_authority(root, slug)
    library = load_library(root, authority)
    wrong = [p for p in library.check_price_base(authority) if p.severity == "error"]
    if wrong:
        raise LarcError("The params cannot be used.", wrong)
    tables = read_return(root.raw(slug), slug, library, authority.vintage).check().tables
    return Inputs(authority, params.assumptions_for(root, authority), library, tables)


def read_results(root: Root, slug: str) -> pd.DataFrame | None:
    """The savings that a run wrote down; None where there are none.

    Returns
    -------
    DataFrame indexed by ``case_id``
        ``saving_short``, ``saving_long`` of the costed cases.
    """
    path = root.processed(slug) / "cases.parquet"
    if not path.is_file():
        return None
    cases = pd.read_parquet(path)
    return _savings(cases) if "saving_long" in cases else None


def appraise(inputs: Inputs) -> pd.DataFrame:
    """Price inputs with this code.

    Returns
    -------
    DataFrame indexed by ``case_id``
        ``saving_short``, ``saving_long`` of the costed cases, GBP at the authority's price base.

    Raises
    ------
    LarcError
        The library prices something of the return not at all, or not at that price base.
    """
    authority, library = inputs.authority, inputs.library
    if any(p.severity == "error" for p in library.check_price_base(authority)):
        raise LarcError("The price base has no deflator.")
    prices = library.prices(authority.vintage, authority.price_base)
    ledger = costing.price_return(inputs.tables, library, prices, inputs.assumptions)
    return _savings(
        costing.appraise(
            inputs.tables["cases"], inputs.tables["children"], ledger, prices, inputs.assumptions
        )
    )


def bridge(
    old: Inputs,
    new: Inputs,
    old_results: pd.DataFrame | None = None,
    new_results: pd.DataFrame | None = None,
) -> list[Step]:
    """Lead from the old saving to the new, one cause at a time.

    Parameters
    ----------
    old, new : Inputs
    old_results, new_results : DataFrame, optional
        What the runs themselves wrote (:func:`read_results`); where given, what this code does not repeat of
        them is the step ``code``.

    Returns
    -------
    list of Step
        ``old``, a step for each cause that changed, ``new``; the steps add up to the difference. Two causes
        stand in one step, their names joined, where the first alone cannot be priced (a new role without its
        unit cost, say).

    Raises
    ------
    LarcError
        The old inputs cannot be priced by this code.

    Source
    ------
    A sequential bridge, as in a statement of change: the order of causes is fixed, and said.
    """
    first = appraise(old)
    start = first if old_results is None else old_results
    steps, state, waiting, inputs = [_end(OLD, start)], first, [], old
    for cause, change in _changes(old, new):
        inputs = change(inputs)
        waiting.append(cause)
        try:
            after = appraise(inputs)
        except (LarcError, KeyError):
            continue
        steps.append(_step(" and ".join(waiting), state, after))
        state, waiting = after, []
    end = state if new_results is None else new_results
    then, now = _step(CODE, start, first), _step(CODE, state, end)
    code = Step(CODE, then.short + now.short, then.long + now.long, max(then.cases, now.cases))
    return [*(step for step in (*steps, code) if step.cause == OLD or step.cases), _end(NEW, end)]


def _changes(old: Inputs, new: Inputs):
    """Each cause that differs, with what it changes."""

    def library(*names: str):
        parts = {name: getattr(new.library, name) for name in names}
        same = all(_same(getattr(old.library, name), part) for name, part in parts.items())
        return same, lambda inputs: replace(inputs, library=replace(inputs.library, **parts))

    base = {name: getattr(new.authority, name) for name in ("vintage", "price_base")}
    same_base = all(getattr(old.authority, name) == value for name, value in base.items())
    same_tables = all(_same(table, new.tables[name]) for name, table in old.tables.items())
    causes = [
        (DATA, same_tables, lambda inputs: replace(inputs, tables=new.tables)),
        (COSTS, *library("unit_costs", "deflators", "own_items")),
        (FUTURES, *library("futures", "base_rates")),
        (
            PRICES,
            same_base,
            lambda inputs: replace(inputs, authority=replace(inputs.authority, **base)),
        ),
        (
            ASSUMPTIONS,
            old.assumptions == new.assumptions,
            lambda inputs: replace(inputs, assumptions=new.assumptions),
        ),
    ]
    return [(cause, change) for cause, same, change in causes if not same]


def _same(one: object, other: object) -> bool:
    return one.equals(other) if isinstance(one, pd.DataFrame) else one == other


def _savings(cases: pd.DataFrame) -> pd.DataFrame:
    costed = cases[cases["saving_long"].notna()]
    return costed.set_index("case_id")[["saving_short", "saving_long"]].astype("float64")


def _end(cause: str, savings: pd.DataFrame) -> Step:
    return Step(
        cause, _total(savings["saving_short"]), _total(savings["saving_long"]), len(savings)
    )


def _step(cause: str, before: pd.DataFrame, after: pd.DataFrame) -> Step:
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer")
    there = both["saving_long_before"].notna() == both["saving_long_after"].notna()
    both = both.fillna(0.0)
    short = both["saving_short_after"] - both["saving_short_before"]
    long = both["saving_long_after"] - both["saving_long_before"]
    moved = (short.abs() > PENNY) | (long.abs() > PENNY) | ~there
    return Step(cause, _total(short), _total(long), int(moved.sum()))


def _total(amounts: pd.Series) -> float:
    return float(round(amounts.sum(), 2))


def beside_england(root: Root, slug: str) -> list[str]:
    """Split an authority's difference from England into price and families, to the penny, as lines of text.

    Of the cost avoided a family: at England's prices, over the other authorities of its round; then this authority's
    own families at the same prices; then at its own prices.

    Raises
    ------
    LarcError
        An authority's params or return are refused, or it has no costed case.
    """
    own, england = read_inputs(root, slug), load_library(root)
    of = own.authority
    means = {name: [] for name in ("others", "families", "price")}
    for other in params.list_authorities(root):
        found = params.load_authority(root, other)
        if other != slug and (found.round, found.vintage) == (of.round, of.vintage):
            inputs = read_inputs(root, other)
            at = replace(own, library=england, tables=inputs.tables)
            means["others"] += avoided_by_case(at)
    means["families"] = avoided_by_case(replace(own, library=england))
    means["price"] = avoided_by_case(own)
    if not means["price"]:
        raise LarcError(f"{slug} has no costed case, so there is nothing to compare.")
    pence = {name: round(sum(of) * 100 / max(len(of), 1)) for name, of in means.items()}
    first = "others" if means["others"] else "families"
    lines = [f"{slug}: cost avoided a family over the long term, prices of {of.price_base}"]
    if first == "families":
        lines.append("  Its round has no other authority: the families cannot be compared.")
    at_england = f"England's prices, {len(means[first])} families of {'others' * (first == 'others') or slug}"
    steps = {
        at_england: pence[first],
        "families": pence["families"] - pence[first],
        "price": pence["price"] - pence["families"],
        f"{slug}: own prices, own families": pence["price"],
    }
    return [*lines, *(f"  {name:<46}{value / 100:>16,.2f}" for name, value in steps.items())]


def avoided_by_case(inputs: Inputs) -> list[float]:
    """The long-term cost avoided of each costed case, GBP at the authority's price base."""
    of = inputs.authority
    prices = inputs.library.prices(of.vintage, of.price_base)
    ledger = costing.price_return(inputs.tables, inputs.library, prices, inputs.assumptions)
    clean = inputs.tables["cases"], inputs.tables["children"]
    cases = costing.appraise(*clean, ledger, prices, inputs.assumptions)
    return cases["avoided_long"].dropna().tolist()
