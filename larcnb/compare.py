"""What moved between two runs of an authority, and why: a reconciliation of the old saving and the new.

In: two roots. Out: for each authority in both the saving then and now, and
between them one step for each cause: the return, unit costs, the futures library, price base and vintage,
assumptions, code. The inputs of the old run are changed into those of the new one cause at a time, in this
order, and priced again each time; what an old run's own results differ from that by is the code's part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pandas as pd

from larcnb import costing, params
from larcnb.errors import LarcError
from larcnb.library import Library, load_library
from larcnb.params import Assumptions, Authority
from larcnb.returns import read_return
from larcnb.root import Root

OLD, COSTS, CODE, NEW = "old", "unit costs", "code", "new"
POUNDS = ["saving_short", "saving_long", "avoided_long"]
PENNY = 0.005


@dataclass(frozen=True)
class Inputs:
    """Everything a saving follows from, the code apart."""

    authority: Authority
    assumptions: Assumptions
    library: Library
    tables: Mapping[str, pd.DataFrame]


class Step(NamedTuple):
    """One line of the reconciliation.

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
    """The costed cases that a run wrote down, as :func:`appraise` gives them; None without any."""
    path = root.processed(slug) / "cases.parquet"
    cases = pd.read_parquet(path) if path.is_file() else pd.DataFrame()
    return _costed(cases) if "saving_long" in cases else None


def appraise(inputs: Inputs) -> pd.DataFrame:
    """Price inputs with this code.

    Returns
    -------
    DataFrame indexed by ``case_id``
        ``saving_short``, ``saving_long``, ``avoided_long`` of the costed cases, GBP at the authority's price base.

    Raises
    ------
    LarcError
        The library prices something of the return not at all, or not at that price base.
    """
    authority, library, tables = inputs.authority, inputs.library, inputs.tables
    if any(p.severity == "error" for p in library.check_price_base(authority)):
        raise LarcError("The price base has no deflator.")
    given = library.prices(authority.vintage, authority.price_base), inputs.assumptions
    ledger = costing.price_return(tables, library, *given)
    return _costed(costing.appraise(tables, library, ledger, *given))


def _costed(cases: pd.DataFrame) -> pd.DataFrame:
    return cases[cases["saving_long"].notna()].set_index("case_id")[POUNDS].astype("float64")


def reconcile(
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
    A sequential reconciliation, as in a statement of change: the order of causes is fixed, and said.
    """
    state = first = appraise(old)
    start = first if old_results is None else old_results
    base = {name: getattr(new.authority, name) for name in ("vintage", "price_base")}
    kept = {name: getattr(old.library, name) for name in ("futures", "base_rates")}
    parts = {
        "the return": {"tables": new.tables},
        COSTS: {"library": replace(new.library, **kept)},
        "futures library": {"library": new.library},
        "price base and vintage": {"authority": replace(old.authority, **base)},
        "assumptions": {"assumptions": new.assumptions},
    }
    before, after, inputs = _causes(old), _causes(new), old
    steps, waiting = [], []
    for cause, part in parts.items():
        if all(map(_same, before[cause], after[cause])):
            continue
        inputs = replace(inputs, **part)
        waiting.append(cause)
        try:
            changed = appraise(inputs)
        except (LarcError, KeyError):
            continue
        steps.append(_step(" and ".join(waiting), state, changed))
        state, waiting = changed, []
    end = state if new_results is None else new_results
    then, now = _step(CODE, start, first), _step(CODE, state, end)
    code = Step(CODE, then.short + now.short, then.long + now.long, max(then.cases, now.cases))
    moved = [step for step in (*steps, code) if step.cases]
    return [_step(OLD, start.iloc[:0], start), *moved, _step(NEW, end.iloc[:0], end)]


def _causes(of: Inputs) -> dict[str, list[Any]]:
    """What each cause rests on."""
    return {
        "the return": list(of.tables.values()),
        COSTS: [of.library.unit_costs, of.library.deflators],
        "futures library": [of.library.futures, of.library.base_rates],
        "price base and vintage": [of.authority.vintage, of.authority.price_base],
        "assumptions": [of.assumptions],
    }


def _same(one: Any, other: Any) -> bool:
    return one.equals(other) if isinstance(one, pd.DataFrame) else one == other


def _step(cause: str, before: pd.DataFrame, after: pd.DataFrame) -> Step:
    old, new = before[POUNDS[:2]].align(after[POUNDS[:2]], join="outer")
    by = new.fillna(0.0) - old.fillna(0.0)
    moved = (by.abs() > PENNY).any(axis="columns") | (old.isna() != new.isna()).any(axis="columns")
    short, long = (float(round(by[column].sum(), 2)) for column in POUNDS[:2])
    return Step(cause, short, long, int(moved.sum()))


def beside_england(root: Root, slug: str) -> list[str]:
    """Split an authority's difference from England into price and families, to the penny, as lines of text.

    Of the cost avoided a family: at England's prices, over the other authorities of its round; then this authority's
    own families at the same prices; then at its own prices.

    Raises
    ------
    LarcError
        An authority's params or return are refused, or it has no costed case.
    """
    own, others = read_inputs(root, slug), []
    of, at_england = own.authority, replace(own, library=load_library(root))
    for other in params.list_authorities(root):
        found = params.load_authority(root, other)
        if other != slug and (found.round, found.vintage) == (of.round, of.vintage):
            tables = read_inputs(root, other).tables
            others += avoided_by_case(replace(at_england, tables=tables))
    families, price = avoided_by_case(at_england), avoided_by_case(own)
    if not price:
        raise LarcError(f"{slug} has no costed case, so there is nothing to compare.")
    lines = [f"{slug}: cost avoided a family over the long term, prices of {of.price_base}"]
    if not others:
        lines.append("  Its round has no other authority: the families cannot be compared.")
    means = [others or families, families, price]
    first, second, last = (round(sum(cases) * 100 / len(cases)) for cases in means)
    steps = {
        f"England's prices, {len(means[0])} families of {'others' if others else slug}": first,
        "families": second - first,
        "price": last - second,
        f"{slug}: own prices, own families": last,
    }
    return [*lines, *(f"  {name:<46}{value / 100:>16,.2f}" for name, value in steps.items())]


def avoided_by_case(inputs: Inputs) -> list[float]:
    """The long-term cost avoided of each costed case, GBP at the authority's price base."""
    return appraise(inputs)["avoided_long"].tolist()
