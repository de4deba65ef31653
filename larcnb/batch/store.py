"""The store: outputs are staged beside their place and replace it whole, or not at all.

In: a stage folder holding a unit's ``processed/`` and ``reports/``. Out: ``data/processed/<unit>`` and its
folder under ``reports/`` replaced by them. Each move is written down first (a journal under
``reports/.batch``), so that :func:`recover` can finish what a crash cut short before anything else is done.

A unit is an authority's slug or ``consortium/<round>``.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larcnb.batch import files
from larcnb.provenance import hash_folder
from larcnb.root import Root

PARTS = ("processed", "reports")
RECORD = ".record.json"
"""In each unit's reports folder: what it was made from, and the hash of each file; moved with it."""


def control(root: Root) -> Path:
    """The batch's own folder: lock, stage and journal."""
    return root.reports / ".batch"


def places(root: Root, unit: str) -> dict[str, Path]:
    """The two folders a unit replaces: its results, and its notebooks and pages."""
    return {
        "processed": root.path / "data" / "processed" / unit,
        "reports": root.pages(unit),
    }


@dataclass(frozen=True)
class Stage:
    """A unit's staging folder; on the disk of the reports, so that moving is renaming."""

    path: Path

    @property
    def processed(self) -> Path:
        """Where the notebooks write their results."""
        return self.path / "processed"

    @property
    def reports(self) -> Path:
        """Where the executed notebooks and pages are put."""
        return self.path / "reports"

    def create(self) -> None:
        """Make the folder and its two parts, empty."""
        for part in PARTS:
            (self.path / part).mkdir(parents=True)

    def hashes(self) -> dict[str, dict[str, str]]:
        """Hash every file of both parts."""
        return {part: hash_folder(self.path / part) for part in PARTS}

    def discard(self) -> None:
        """Remove the folder with all that is in it."""
        files.remove(self.path)


def stage_for(root: Root, run: str, unit: str) -> Stage:
    """The staging folder of a unit in a run."""
    return Stage(control(root) / "stage" / run / _flat(unit))


def record_of(root: Root, unit: str) -> dict[str, Any]:
    """What a unit's present outputs were made from; empty where there are none or they are not whole."""
    record = files.read_json(places(root, unit)["reports"] / RECORD)
    return record if record.get("unit") == unit else {}


def is_whole(root: Root, unit: str, record: dict[str, Any]) -> bool:
    """Whether the unit's two folders hold exactly the files of its record, byte for byte."""
    return bool(record) and all(
        hash_folder(place) == record.get("files", {}).get(part)
        for part, place in places(root, unit).items()
    )


def commit(root: Root, unit: str, stage: Stage) -> None:
    """Put a unit's staged folders in place: both, or, where one cannot be moved, neither.

    Results that are the same as those in place stay there: other notebooks may be reading them.

    Raises
    ------
    OSError
        A folder could not be moved, for instance because a file in it is open on Windows. What stood
        there before stands there again.
    """
    target = places(root, unit)
    if target["processed"].is_dir() and hash_folder(stage.processed) == hash_folder(
        target["processed"]
    ):
        del target["processed"]
    for place in target.values():
        place.parent.mkdir(parents=True, exist_ok=True)
    journal = control(root) / "journal" / f"{_flat(unit)}.json"
    journal.parent.mkdir(parents=True, exist_ok=True)
    folders = {part: _identity(stage.path / part) for part in target}
    where = stage.path.relative_to(control(root)).as_posix()
    files.write_whole(journal, files.to_json({"unit": unit, "stage": where, "folders": folders}))
    moved: list[str] = []
    try:
        for part, place in target.items():
            files.swap(stage.path / part, place)
            moved.append(part)
    except OSError:
        for part in reversed(moved):
            files.swap_back(stage.path / part, target[part])
        journal.unlink()
        raise
    with contextlib.suppress(OSError):  # the move is made; what follows is tidying
        for place in target.values():
            files.sync_folder(place.parent)
        journal.unlink()
    stage.discard()


def recover(root: Root) -> list[str]:
    """Finish the moves a crash cut short and clear away what was staged; needs the lock.

    Returns
    -------
    list of str
        The units whose move was finished.
    """
    finished = []
    for journal in sorted((control(root) / "journal").glob("*.json")):
        entry = files.read_json(journal)
        if entry:
            stage = control(root) / entry["stage"]
            for part, place in places(root, entry["unit"]).items():
                if _identity(stage / part) == entry["folders"].get(part):
                    files.swap(stage / part, place)
            finished.append(entry["unit"])
        journal.unlink()
    files.remove(control(root) / "stage")
    return finished


def _flat(unit: str) -> str:
    return unit.replace("/", "+")


def _identity(folder: Path) -> str:
    """What names a folder wherever it is moved, until it is removed."""
    try:
        facts = folder.stat()
    except OSError:
        return "none"
    return f"{facts.st_dev}:{facts.st_ino}"
