"""``larcnb compare``: two roots or commits, or an authority and its last run, and the bridge as text."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from larcnb import compare
from larcnb.cli.kept import BEFORE, LAST, kept_folder, rests_on, same
from larcnb.errors import LarcError
from larcnb.library import load_library
from larcnb.params import list_authorities
from larcnb.root import WORKBOOK, Root, find_root

THEIR_OWN = """
import sys
from pathlib import Path
from larcnb import compare
from larcnb.root import Root
print(compare.appraise(compare.read_inputs(Root(Path(sys.argv[1])), sys.argv[2])).to_json(orient="split"))
"""


Say = Callable[[str], None]


def since_last(root: Root, slug: str, at: Say = lambda words: None) -> Iterator[str]:
    """The bridge from the last run that differs from how things are now, as lines of text.

    Raises
    ------
    LarcError
        No run of the authority is kept, or as :func:`lines`.
    """
    if slug not in list_authorities(root):
        raise LarcError(
            f"There is no authority '{slug}', and two folders or commits were not given."
        )
    folder, now = kept_folder(root, slug), rests_on(root, slug)
    found = [name for name in (LAST, BEFORE) if (folder / name).is_dir()]
    if not found:
        raise LarcError(
            f"No run of {slug} is kept yet. larcnb run {slug}{root.option} keeps its last two."
        )
    other = [name for name in found if not same(folder / name, now)]
    if not other:
        yield f"{slug} did not move: return, params and national tables are those of its last run."
        return
    is_run = other[0] == BEFORE
    yield (
        "Old: the run before the last."
        if is_run
        else "Old: the last run. New: as things are now, not run yet."
    )
    yield from lines(str(folder / other[0]), str(root.path), [slug], at, is_run)


def lines(
    old: str, new: str, slugs: list[str], at: Say = lambda words: None, is_run: bool = True
) -> Iterator[str]:
    """The bridge of each authority, as lines of text.

    Parameters
    ----------
    old, new : str
        Each a root's folder, or a commit of the workbook.
    slugs : list of str
        Empty for every authority that both have.
    at : function of words, optional
        Told what is being done.
    is_run : bool
        Whether the new results are those of the new inputs.

    Raises
    ------
    LarcError
        One of them is neither, its national tables are refused, or they share no authority; or, after all others'
        lines, an authority's return or params are refused on either side.
    """
    with _opened(old) as before, _opened(new) as after:
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
            inputs, wrong = _inputs({"old": before, "new": after}, slug)
            refused += wrong
            if not wrong:
                found = list(_one(before, after, slug, inputs, is_run))
                yield from found
                still += [] if found else [slug]
        if still:
            yield f"{len(still)} did not move: {', '.join(still)}."
    if refused:
        raise LarcError(
            "\n".join(map(str, refused)), exit_code=max(error.exit_code for error in refused)
        )


def _inputs(roots: dict[str, Root], slug: str) -> tuple[list[compare.Inputs], list[LarcError]]:
    """What a saving follows from on both sides, and why it cannot be had."""
    inputs, wrong = [], []
    for which, root in roots.items():
        try:
            inputs.append(compare.read_inputs(root, slug))
        except LarcError as error:
            message = f"{slug} cannot be compared: the {which} one does not pass its checks. {error.message}"
            wrong.append(LarcError(message, error.problems, error.exit_code))
    return inputs, wrong


def _one(
    before: Root, after: Root, slug: str, inputs: list[compare.Inputs], is_run: bool
) -> Iterator[str]:
    results = [_results(before, slug), _results(after, slug) if is_run else None]
    steps = compare.bridge(*inputs, *results)
    if len(steps) == 2:  # nothing stands between the two ends
        return
    bases = sorted({each.authority.price_base for each in inputs})
    yield f"{slug}: saving in GBP, prices of {' and '.join(bases)}"
    yield f"  {'':<34}{'short term':>14}{'long term':>16}{'cases':>8}"
    for step in steps:
        sign = "" if step.cause in (compare.OLD, compare.NEW) else "+"
        yield f"  {step.cause:<34}{step.short:>{sign}14,.0f}{step.long:>{sign}16,.0f}{step.cases:>8}"
    if any(compare.COSTS in step.cause for step in steps):
        yield "  A unit cost moves the saving by its value and by its grade: what is better known is corrected less."
    if results[0] is None:
        yield "  The old run left no results, so what the code moved is not known."
    yield ""


def _results(root: Root, slug: str) -> pd.DataFrame | None:
    """What a run wrote down; for a commit, what its own code says."""
    found = compare.read_results(root, slug)
    if (
        found is not None
        or not (root.path / "larcnb" / "compare.py").is_file()
        or root.path == WORKBOOK
    ):
        return found
    done = subprocess.run(
        [sys.executable, "-c", THEIR_OWN, str(root.path), slug],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root.path)},
        cwd=root.path,
    )
    if done.returncode:
        return None
    table = json.loads(done.stdout)
    return pd.DataFrame(
        table["data"], pd.Index(table["index"], name="case_id", dtype="str"), table["columns"]
    )


@contextmanager
def _opened(place: str) -> Iterator[Root]:
    """The root a word stands for; a commit's files are put into a folder of their own for as long as needed."""
    if Path(place).expanduser().is_dir():
        yield find_root(place)
        return
    git = ["git", "-C", str(WORKBOOK)]
    try:
        commit = subprocess.run(
            [*git, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{place}^{{commit}}"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
    except OSError:
        commit = ""
    if not commit:
        raise LarcError(f"'{place[:80]}' is neither a folder nor a commit of the workbook.")
    packed = subprocess.run([*git, "archive", commit], capture_output=True, check=True).stdout
    with TemporaryDirectory(prefix="larcnb-") as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        yield find_root(folder)
