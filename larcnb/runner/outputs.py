"""The outputs: staged beside their place, and replacing what is there whole or not at all.

In: a stage folder holding a job's ``processed/`` and ``reports/``. Out: ``data/processed/<job>`` and its
folder under ``reports/`` replaced by them. Each move is written down first (a journal under
``reports/.batch``), so that :func:`recover` can finish what a crash cut short before anything else is done.

A job is an authority's slug or ``consortium/<round>``.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from larcnb.files import hash_folder, read_json, replace, sync_folder, to_json, write_whole
from larcnb.root import Root

PARTS = ("processed", "reports")
RECORD = ".record.json"
"""In each job's reports folder: what it was made from, and the hash of each file; moved with it."""
HANDED_BACK = ("return.checked.xlsx",)
"""What ``larcnb check`` writes among the results."""
CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM)


def control(root: Root) -> Path:
    """The batch's own folder: lock, stage and journal."""
    return root.reports / ".batch"


def places(root: Root, job: str) -> dict[str, Path]:
    """The two folders a job replaces: its results, and its notebooks and pages."""
    return {"processed": root.path / "data" / "processed" / job, "reports": root.pages(job)}


def stage_of(root: Root, run: str, job: str) -> Path:
    """The staging folder of a job in a run; on the disk of the reports, so that moving is renaming."""
    return control(root) / "stage" / run / job.replace("/", "+")


def create(stage: Path) -> None:
    """Make a stage and its two parts, empty."""
    for part in PARTS:
        (stage / part).mkdir(parents=True)


def hashes(stage: Path) -> dict[str, dict[str, str]]:
    """Hash every file of both parts."""
    return {part: hash_folder(stage / part) for part in PARTS}


def remove(folder: Path) -> None:
    """Remove a folder and all in it; what another program holds open stays until the next start."""
    shutil.rmtree(folder, ignore_errors=True)


def record_of(root: Root, job: str) -> dict[str, Any]:
    """What a job's present outputs were made from; empty where there are none or they are not whole."""
    record = read_json(places(root, job)["reports"] / RECORD)
    return record if record.get("unit") == job else {}


def written_by(entries: Iterable[dict[str, Any]], part: str) -> dict[str, str]:
    """The files that notebooks leave behind, one after the other, with the hash the last of them gave each."""
    return {file: sha for entry in entries for file, sha in entry["wrote"][part].items()}


def kept_notebooks(
    record: dict[str, Any],
    prints: Mapping[str, str],
    present: dict[str, dict[str, str]],
    chained: bool = True,
) -> list[str]:
    """Which notebooks need not run again: where each reads what those before it wrote, those from the first on.

    Parameters
    ----------
    record : dict
        The job's record; empty for none.
    prints : dict of notebook to fingerprint
        As they would be now, in order.
    present : dict of part to dict of file to hash
        What lies in the job's folders now.
    chained : bool
        Whether each notebook reads what those before it wrote.

    Returns
    -------
    list of str
        Those whose fingerprint is the same: where chained, up to the last for which each file lies there as it and
        those before it left it (so that no later notebook wrote it again); else each whose own files lie there.
    """
    known = record.get("notebooks", {})

    def intact(names: list[str]) -> bool:
        entries = [known[name] for name in names]
        return all(written_by(entries, part).items() <= present[part].items() for part in PARTS)

    same = [
        name for name, value in prints.items() if known.get(name, {}).get("fingerprint") == value
    ]
    if not chained:
        return [name for name in same if intact([name])]
    while not intact(same):
        same.pop()
    return same


def present(root: Root) -> Any:
    """A function of a job that gives the hash of each file in its two folders, by part.

    Each job is read once, until ``cache_clear()`` is called; what was handed back is left aside.
    """

    @cache
    def found(job: str) -> dict[str, dict[str, str]]:
        hashes = {part: hash_folder(place) for part, place in places(root, job).items()}
        for name in HANDED_BACK:
            hashes["processed"].pop(name, None)
        return hashes

    return found


def sync_tree(folder: Path) -> None:
    """Ask the disk to hold every file and folder below ``folder`` before we rely on it."""
    for path in (*sorted(folder.rglob("*")), folder):
        if path.is_file():
            with path.open("rb+" if os.name == "nt" else "rb") as stream:
                os.fsync(stream.fileno())
        else:
            sync_folder(path)


def commit(root: Root, job: str, stage: Path) -> None:
    """Put a job's staged folders in place: both, or, where one cannot be moved, neither.

    Results that are the same as those in place stay there: other notebooks may be reading them.

    Raises
    ------
    OSError
        A folder could not be moved, for instance because a file in it is open on Windows. What stood
        there before stands there again.
    """
    target = places(root, job)
    results = target["processed"]
    if results.is_dir() and hash_folder(stage / "processed") == hash_folder(results):
        del target["processed"]
    for place in target.values():
        place.parent.mkdir(parents=True, exist_ok=True)
    journal = control(root) / "journal" / f"{stage.name}.json"
    journal.parent.mkdir(parents=True, exist_ok=True)
    folders = {part: _identity(stage / part) for part in target}
    where = stage.relative_to(control(root)).as_posix()
    write_whole(journal, to_json({"unit": job, "stage": where, "folders": folders}))
    moved: list[str] = []
    try:
        for part, place in target.items():
            swap(stage / part, place)
            moved.append(part)
    except OSError:
        for part in reversed(moved):
            swap_back(stage / part, target[part])
        journal.unlink()
        raise
    with contextlib.suppress(OSError):  # the move is made; what follows is tidying
        for place in target.values():
            sync_folder(place.parent)
        journal.unlink()
    remove(stage)


def recover(root: Root) -> list[str]:
    """Finish the moves a crash cut short and clear away what was staged; needs the lock.

    Returns
    -------
    list of str
        The jobs whose move was finished.
    """
    finished = []
    for journal in sorted((control(root) / "journal").glob("*.json")):
        if entry := read_json(journal):
            stage = control(root) / entry["stage"]
            for part, place in places(root, entry["unit"]).items():
                if _identity(stage / part) == entry["folders"].get(part):
                    swap(stage / part, place)
            finished.append(entry["unit"])
        journal.unlink()
    remove(control(root) / "stage")
    return finished


def swap(new: Path, place: Path) -> None:
    """Put folder ``new`` at ``place``; what was there, if anything, ends where ``new`` was.

    On Linux and macOS the two change places in one step. Elsewhere the old folder steps aside first, so for
    a moment there is none.
    """
    if not place.exists():
        replace(new, place)
    elif not _exchange(new, place):
        aside = new.with_name(f"{new.name}.old")
        remove(aside)
        replace(place, aside)
        try:
            replace(new, place)
        except OSError:
            replace(aside, place)
            raise
        replace(aside, new)


def swap_back(old: Path, place: Path) -> None:
    """Undo :func:`swap`."""
    if old.exists():
        swap(old, place)
    else:
        replace(place, old)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot.

    Raises
    ------
    OSError
        The system can, but not with these two.
    """
    # The name of the call; this folder (AT_FDCWD) and the flag to exchange as each system numbers them.
    calls = {"linux": ("renameat2", -100), "darwin": ("renameatx_np", -2)}
    name, here = calls.get(sys.platform, ("", 0))
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None) if name else None
    if function is None:
        return False
    names = [ctypes.c_char_p(os.fsencode(path)) for path in (one, other)]
    if function(here, names[0], here, names[1], ctypes.c_uint(2)) == 0:
        return True
    if (number := ctypes.get_errno()) in CANNOT:
        return False
    raise OSError(number, os.strerror(number))


def _identity(folder: Path) -> str:
    """What names a folder wherever it is moved, until it is removed."""
    try:
        facts = folder.stat()
    except OSError:
        return "none"
    return f"{facts.st_dev}:{facts.st_ino}"
