"""The outputs: staged beside their place, and replacing what is there whole or not at all.

In: a stage folder holding a job's ``processed/`` and ``reports/``. Out: ``data/processed/<job>`` and its
folder under ``reports/`` replaced by them. A stage that is whole is moved to ``reports/.batch/ready`` first, so that
:func:`recover` can finish what a crash cut short before anything else is done.

A job is an authority's slug or ``consortium/<round>``.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from larcnb.files import hash_folder, read_json, replace, sync_folder
from larcnb.root import Root

PARTS = ("processed", "reports")
RECORD = ".record.json"
"""In each job's reports folder: by notebook its ``fingerprint`` and the hash of each file it wrote; moved with it."""
HANDED_BACK = "processed/return.checked.xlsx"
"""What ``larcnb check`` writes among the results."""


def control(root: Root) -> Path:
    """The batch's own folder: lock, stages, and stages that are whole."""
    return root.reports / ".batch"


def places(root: Root, job: str) -> dict[str, Path]:
    """The two folders a job replaces: its results, and its notebooks and pages."""
    return {"processed": root.path / "data" / "processed" / job, "reports": root.pages(job)}


def place_of(root: Root, job: str, file: str) -> Path:
    """Where a job's staged file, such as ``reports/01_clean.html``, has its place."""
    part, _, name = file.partition("/")
    return places(root, job)[part] / name


def stage_of(root: Root, job: str) -> Path:
    """The staging folder of a job; on the disk of the reports, so that moving is renaming."""
    return control(root) / "stage" / job.replace("/", "+")


def remove(folder: Path) -> None:
    """Remove a folder and all in it; what another program holds open stays until the next start."""
    shutil.rmtree(folder, ignore_errors=True)


def record_of(root: Root, job: str) -> dict[str, Any]:
    """What a job's present outputs were made from, by notebook; empty where there are none."""
    return read_json(places(root, job)["reports"] / RECORD).get("notebooks", {})


def written_by(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The files that notebooks leave behind, one after the other, with the hash the last of them gave each."""
    return {file: sha for entry in entries for file, sha in entry["wrote"].items()}


def kept_notebooks(
    record: Mapping[str, Any], now: Mapping[str, str], there: Mapping[str, str], chained: bool
) -> list[str]:
    """Which notebooks need not run again.

    Parameters
    ----------
    record : dict
        The job's record; empty for none.
    now : dict of notebook to fingerprint
        As they would be now, in order.
    there : dict of file to hash
        What lies in the job's folders now.
    chained : bool
        Whether each notebook reads what those before it wrote.

    Returns
    -------
    list of str
        Those whose fingerprint is the same and whose files lie there as they wrote them; where chained, up to the last
        for which that holds of all before it too, and none where anything lies there that no notebook left so.
    """

    def is_kept(names: list[str]) -> bool:
        return written_by(record[name] for name in names).items() <= there.items()

    same = [name for name in now if record.get(name, {}).get("fingerprint") == now[name]]
    if not chained:
        return [name for name in same if is_kept([name])]
    if there != written_by(record.values()):
        return []
    while not is_kept(same):
        same.pop()
    return same


def hashes(root: Root, job: str) -> dict[str, str]:
    """The hash of each file in a job's two folders, what was handed back apart."""
    files: dict[str, str] = {}
    for part, place in places(root, job).items():
        files |= {f"{part}/{name}": sha for name, sha in hash_folder(place).items()}
    files.pop(HANDED_BACK, None)
    return files


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
    results = places(root, job)["processed"]
    if results.is_dir() and hash_folder(stage / "processed") == hash_folder(results):
        remove(stage / "processed")
    ready, moved = control(root) / "ready" / stage.name, []
    ready.parent.mkdir(parents=True, exist_ok=True)
    replace(stage, ready)
    try:
        sync_folder(ready.parent)
        _move(root, job, ready, moved)
    except OSError:
        for new, place in moved:
            replace(place, new)
            if _aside(new).exists():
                replace(_aside(new), place)
        _discard(ready, stage)
        raise
    _discard(ready, stage)


def recover(root: Root) -> None:
    """Finish the moves a crash cut short and clear away what was staged; needs the lock."""
    for ready in sorted((control(root) / "ready").glob("*")):
        _move(root, ready.name.replace("+", "/"), ready, [])
        remove(ready)
    remove(control(root) / "stage")


def _move(root: Root, job: str, ready: Path, moved: list[tuple[Path, Path]]) -> None:
    """Put in place the parts that are still in a ready stage; ``moved`` gets each as it is done."""
    for part, place in places(root, job).items():
        if (ready / part).exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            swap(ready / part, place)
            moved.append((ready / part, place))
            sync_folder(place.parent)


def _discard(ready: Path, stage: Path) -> None:
    """Remove a ready stage; where that cannot be, the next start does it."""
    with contextlib.suppress(OSError):
        replace(ready, stage)
        remove(stage)


def swap(new: Path, place: Path) -> None:
    """Put folder ``new`` at ``place``; what was there, if anything, steps aside: to where ``new`` was, named ``.old``.

    Raises
    ------
    OSError
        One of them could not be moved; what was there stands there again.
    """
    if place.exists():
        remove(_aside(new))
        replace(place, _aside(new))
    try:
        replace(new, place)
    except OSError:
        if _aside(new).exists():
            replace(_aside(new), place)
        raise


def _aside(new: Path) -> Path:
    return new.with_name(f"{new.name}.old")
