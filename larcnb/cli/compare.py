"""``larcnb compare``: two roots, or an authority and its last run, and what moved as text.

In: folders, slugs. Out: lines of text. The last two runs of an authority that differ are kept below ``private/runs/``,
each as a small root for its owner alone.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from larcnb.errors import LarcError
from larcnb.files import hash_files, hash_folder, private_folder
from larcnb.root import Root, find_root
from larcnb.runner.fingerprints import inputs as rests_on

LAST, BEFORE = "last", "before"
BY_GRADE = "  A unit cost moves the saving by its value and by its grade: what is better known is corrected less."
Say = Callable[[str], None]


def keep_run(root: Root, slug: str) -> None:
    """Keep what a run just made of an authority rests on, and its cases; the one before that stays beside it."""
    folder, now = _kept(root, slug), rests_on(root, slug)
    if _same(folder / LAST, now):
        return
    new, results = folder / "new", root.processed(slug) / "cases.parquet"
    with contextlib.suppress(OSError):  # a full disk or a file held open: the run itself is done
        private_folder(folder)
        for stale in (new, folder / BEFORE):
            shutil.rmtree(stale, ignore_errors=True)
        for name, path in {**now, f"data/processed/{slug}/cases.parquet": results}.items():
            if path.is_file():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, new / name)
        if (folder / LAST).is_dir():
            (folder / LAST).rename(folder / BEFORE)
        new.rename(folder / LAST)


def since_last(root: Root, slug: str, at: Say) -> Iterator[str]:
    """What moved between the last run that differs and how things are now, as lines of text.

    Raises
    ------
    LarcError
        No run of the authority is kept, or as :func:`lines`.
    """
    from larcnb.params import list_authorities

    if slug not in list_authorities(root):
        words = f"There is no authority '{slug}', and two folders were not given."
        raise LarcError(words)
    folder, now = _kept(root, slug), rests_on(root, slug)
    kept = [name for name in (LAST, BEFORE) if (folder / name).is_dir()]
    if not kept:
        words = f"No run of {slug} is kept yet. larcnb run {slug}{root.option} keeps its last two."
        raise LarcError(words)
    other = next((name for name in kept if not _same(folder / name, now)), "")
    if not other:
        yield f"{slug} did not move: return, params and national tables are those of its last run."
        return
    is_run = other == BEFORE
    at_last = "Old: the last run. New: as things are now, not run yet."
    yield "Old: the run before the last." if is_run else at_last
    yield from lines(str(folder / other), str(root.path), [slug], at, is_run)


def lines(old: str, new: str, slugs: list[str], at: Say, is_run: bool = True) -> Iterator[str]:
    """What moved of each authority, as lines of text.

    Parameters
    ----------
    old, new : str
        Each a root's folder.
    slugs : list of str
        Empty for every authority that both have.
    at : function of words
        Told what is being done.
    is_run : bool
        Whether the new results are those of the new inputs.

    Raises
    ------
    LarcError
        One of them is no folder, its national tables are refused, or they share no authority; or, after all others'
        lines, an authority's return or params are refused on either side.
    """
    from larcnb.library import load_library
    from larcnb.params import list_authorities

    before, after = map(_opened, (old, new))
    both = sorted(set(list_authorities(before)) & set(list_authorities(after)))
    if missing := sorted(set(slugs) - set(both)):
        raise LarcError(f"Not in both: {', '.join(missing)}.")
    if not both:
        raise LarcError("The two share no authority.")
    at("Reading the national tables of both")
    for root in (before, after):
        load_library(root)
    still, refused = [], []
    for slug in dict.fromkeys(slugs or both):
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
    from larcnb import compare

    inputs, wrong = [], []
    for side, root in (("old", before), ("new", after)):
        try:
            inputs.append(compare.read_inputs(root, slug))
        except LarcError as error:
            words = f"{slug} cannot be compared: the {side} one does not pass its checks."
            wrong.append(LarcError(f"{words} {error.message}", error.problems, error.exit_code))
    _refuse(wrong)
    old = compare.read_results(before, slug)
    steps = compare.reconcile(*inputs, old, compare.read_results(after, slug) if is_run else None)
    if len(steps) == 2:  # nothing stands between the two ends
        return []
    bases = sorted({each.authority.price_base for each in inputs})
    said = [f"{slug}: saving in GBP, prices of {' and '.join(bases)}"]
    said += [f"  {'':<34}{'short term':>14}{'long term':>16}{'cases':>8}"]
    for cause, short, long, cases in steps:
        sign = "" if cause in (compare.OLD, compare.NEW) else "+"
        said += [f"  {cause:<34}{short:>{sign}14,.0f}{long:>{sign}16,.0f}{cases:>8}"]
    if any(compare.COSTS in step.cause for step in steps):
        said += [BY_GRADE]
    if old is None:
        said += ["  The old run left no results, so what the code moved is not known."]
    return [*said, ""]


def _opened(place: str) -> Root:
    if not Path(place).expanduser().is_dir():
        raise LarcError(
            f"'{place[:80]}' is not a folder. A commit of the workbook becomes one by "
            "git worktree add FOLDER COMMIT."
        )
    return find_root(place)


def _kept(root: Root, slug: str) -> Path:
    return root.path / "private" / "runs" / slug


def _same(kept: Path, now: dict[str, Path]) -> bool:
    """Whether a kept run rests on the very same files."""
    there = {n: sha for n, sha in hash_folder(kept).items() if not n.startswith("data/processed/")}
    return there == hash_files(now)
