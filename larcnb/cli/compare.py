"""``larcnb compare``: what moved between two runs of an authority, and why; and its difference from England.

In: two roots, or an authority and its last run. Out: lines of text: the saving then and now, and between them one step
for each cause: the return, unit costs, the futures library, price base and vintage, assumptions, code. The inputs of
the old run are changed into those of the new one cause at a time, in this order, and priced again each time; what an
old run's own results differ from that by is the code's part. The last two runs of an authority that differ are kept
below ``private/runs/``, each as a small root for its owner alone.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from larcnb import costing, params
from larcnb.errors import LarcError
from larcnb.files import hash_files, hash_folder, private_folder, write_whole
from larcnb.library import Library, load_library
from larcnb.params import Assumptions, Authority
from larcnb.returns import read_return
from larcnb.root import Root, find_root
from larcnb.runner import fingerprints
from larcnb.runner.plan import rounds_of

LAST, BEFORE = "last", "before"
OLD, COSTS, CODE, NEW = "old", "unit costs", "code", "new"
POUNDS = ["saving_short", "saving_long", "avoided_long"]
PENNY = 0.005
BY_GRADE = "  A unit cost moves the saving by its value and by its grade: what is better known is corrected less."
Say = Callable[[str], None]
Results = pd.DataFrame | None


def keep_run(root: Root, slug: str) -> None:
    """Keep what a run just made of an authority rests on, and its cases; the one before that stays beside it."""
    folder, now = _kept(root, slug), fingerprints.inputs(root, slug)
    if _same(folder / LAST, now):
        return
    new, results = folder / "new", root.processed(slug) / "cases.parquet"
    with contextlib.suppress(OSError):  # a full disk or a file held open: the run itself is done
        private_folder(folder)
        for stale in (new, folder / BEFORE):
            shutil.rmtree(stale, ignore_errors=True)
        for name, path in {**now, f"data/processed/{slug}/cases.parquet": results}.items():
            if path.is_file():
                write_whole(new / name, path.read_bytes(), durable=False)
        if (folder / LAST).is_dir():
            (folder / LAST).rename(folder / BEFORE)
        new.rename(folder / LAST)


def since_last(root: Root, slug: str, at: Say) -> Iterator[str]:
    """What moved between the last run that differs and how things are now, as lines of text.

    Raises
    ------
    LarcError
        There is no such authority, or no run of it is kept (exit code 2); or as :func:`lines`.
    """
    if slug not in params.list_authorities(root):
        raise LarcError(f"There is no authority '{slug}', and two folders were not given.")
    folder, now = _kept(root, slug), fingerprints.inputs(root, slug)
    kept = [name for name in (LAST, BEFORE) if (folder / name).is_dir()]
    if not kept:
        words = f"No run of {slug} is kept yet. larcnb run {slug}{root.option} keeps its last two."
        raise LarcError(words)
    other = next((name for name in kept if not _same(folder / name, now)), "")
    if not other:
        yield f"{slug} did not move: return, params and national tables are those of its last run."
        return
    is_run, now_said = other == BEFORE, "Old: the last run. New: as things are now, not run yet."
    yield "Old: the run before the last." if is_run else now_said
    yield from lines(str(folder / other), str(root.path), at, slug, is_run)


def lines(old: str, new: str, at: Say, only: str = "", is_run: bool = True) -> Iterator[str]:
    """What moved of each authority, as lines of text.

    Parameters
    ----------
    old, new : str
        Each a root's folder.
    at : function of words
        Told what is being done.
    only : str
        A slug; blank for every authority that both have.
    is_run : bool
        Whether the new results are those of the new inputs.

    Raises
    ------
    LarcError
        One of them is no root, its national tables are refused, or they share no authority (exit code 2); or, after all
        others' lines, an authority's params (2) or return (3) are refused on either side.
    """
    before, after = map(_opened, (old, new))
    both = sorted(set(params.list_authorities(before)) & set(params.list_authorities(after)))
    if not both:
        raise LarcError("The two share no authority.")
    at("Reading the national tables of both")
    for root in (before, after):
        load_library(root)
    still, refused = [], []
    for slug in [only] if only else both:
        at(f"Pricing {slug} on both sides")
        try:
            said = _moved(before, after, slug, is_run)
        except LarcError as error:
            refused.append(error)
            continue
        yield from said
        still += [] if said else [slug]
    if still:
        yield f"{len(still)} did not move: {', '.join(still)}."
    _refuse(refused)


def _refuse(errors: list[LarcError]) -> None:
    """Raise all that was refused as one error."""
    if errors:
        raise LarcError("\n".join(map(str, errors)), exit_code=max(e.exit_code for e in errors))


def _moved(before: Root, after: Root, slug: str, is_run: bool) -> list[str]:
    """The reconciliation of an authority, line by line; nothing where nothing moved."""
    inputs, wrong = [], []
    for side, root in (("old", before), ("new", after)):
        try:
            inputs.append(read_inputs(root, slug))
        except LarcError as error:
            words = f"{slug} cannot be compared: the {side} one does not pass its checks."
            wrong.append(LarcError(f"{words} {error.message}", error.problems, error.exit_code))
    _refuse(wrong)
    old = read_results(before, slug)
    steps = reconcile(*inputs, old, read_results(after, slug) if is_run else None)
    if len(steps) == 2:  # nothing stands between the two ends
        return []
    bases = sorted({each.authority.price_base for each in inputs})
    said = [f"{slug}: saving in GBP, prices of {' and '.join(bases)}"]
    said += [f"  {'':<34}{'short term':>14}{'long term':>16}{'cases':>8}"]
    for cause, short, long, cases in steps:
        sign = "" if cause in (OLD, NEW) else "+"
        said += [f"  {cause:<34}{short:>{sign}14,.0f}{long:>{sign}16,.0f}{cases:>8}"]
    if any(COSTS in step.cause for step in steps):
        said += [BY_GRADE]
    if old is None:
        said += ["  The old run left no results, so what the code moved is not known."]
    return [*said, ""]


def _opened(place: str) -> Root:
    try:
        return find_root(place)
    except LarcError as error:
        todo = "A commit of the workbook becomes one by git worktree add FOLDER COMMIT."
        raise LarcError(f"'{place[:80]}': {error.message} {todo}") from None


def _kept(root: Root, slug: str) -> Path:
    return root.path / "private" / "runs" / slug


def _same(kept: Path, now: dict[str, Path]) -> bool:
    """Whether a kept run rests on the very same files."""
    there = {n: sha for n, sha in hash_folder(kept).items() if not n.startswith("data/processed/")}
    return there == hash_files(now)


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
        The params or a national table break a rule (exit code 2), or the return or own unit costs (3).
    """
    authority = params.load_authority(root, slug)
    library = load_library(root, authority)
    wrong = [p for p in library.check_price_base(authority) if p.severity == "error"]
    if wrong:
        raise LarcError("The params cannot be used.", wrong)
    tables = read_return(root.raw(slug), slug, library, authority.vintage).check().tables
    return Inputs(authority, params.assumptions_for(root, authority), library, tables)


def read_results(root: Root, slug: str) -> Results:
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
    LarcError, KeyError
        The library has no price of something in the return (exit code 3), or none at that price base.
    """
    authority, library, tables = inputs.authority, inputs.library, inputs.tables
    given = library.prices(authority.vintage, authority.price_base), inputs.assumptions
    ledger = costing.price_return(tables, library, *given)
    return _costed(costing.appraise(tables, library, ledger, *given))


def _costed(cases: pd.DataFrame) -> pd.DataFrame:
    return cases[cases["saving_long"].notna()].set_index("case_id")[POUNDS].astype("float64")


def reconcile(old: Inputs, new: Inputs, old_results: Results, new_results: Results) -> list[Step]:
    """Lead from the old saving to the new, one cause at a time.

    Parameters
    ----------
    old, new : Inputs
    old_results, new_results : DataFrame or None
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
    LarcError, KeyError
        The old inputs cannot be priced by this code: as :func:`appraise`.

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
    inputs, steps, waiting = old, [], []
    for cause, part in parts.items():
        before, inputs = inputs, replace(inputs, **part)
        if all(map(_equal, _contents(before), _contents(inputs))):
            continue
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


def _contents(of: Inputs) -> list[Any]:
    """What the saving follows from, piece by piece."""
    names = ("unit_costs", "deflators", "futures", "base_rates")
    tables = *of.tables.values(), *(getattr(of.library, name) for name in names)
    return [*tables, of.authority.vintage, of.authority.price_base, of.assumptions]


def _equal(one: Any, other: Any) -> bool:
    return one.equals(other) if isinstance(one, pd.DataFrame) else one == other


def _step(cause: str, before: pd.DataFrame, after: pd.DataFrame) -> Step:
    old, new = before[POUNDS[:2]].align(after[POUNDS[:2]], join="outer")
    by = new.fillna(0.0) - old.fillna(0.0)
    moved = (by.abs() > PENNY).any(axis="columns") | (old.isna() != new.isna()).any(axis="columns")
    short, long = (float(round(by[column].sum(), 2)) for column in POUNDS[:2])
    return Step(cause, short, long, int(moved.sum()))


def compare_england(root: Root, slug: str) -> list[str]:
    """Split an authority's difference from England into price and families, to the penny, as lines of text.

    Of the cost avoided a family: at England's prices, over the other authorities of its round; then this authority's
    own families at the same prices; then at its own prices.

    Raises
    ------
    LarcError
        An authority's params are refused, or it has no costed case (exit code 2); a return is refused (3).
    """
    own, others = read_inputs(root, slug), []
    of, at_england = own.authority, replace(own, library=load_library(root))
    for other in next(slugs for slugs in rounds_of(root).values() if slug in slugs):
        if other != slug and params.load_authority(root, other).vintage == of.vintage:
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
