"""One unit of work, in a worker process: an authority's notebooks, or the consortium's, and their pages.

In: a :class:`Job` naming what to run and what may be kept of the last run. Out: a filled stage folder,
checked and safely on the disk, and a :class:`Made` that tells the batch what happened. Nothing outside the
stage and the private logs is written here; moving the stage into place is the batch's part.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from larcnb.batch import files, store
from larcnb.engine.failure import Failure, full_disk, private_file
from larcnb.engine.notebook import Notebook
from larcnb.provenance import hash_folder
from larcnb.root import Root

HANDED_BACK = ("return.checked.xlsx",)


@dataclass(frozen=True)
class Job:
    """What a worker is asked to do for a unit.

    Parameters
    ----------
    unit : str
        A slug, or ``consortium/<round>``.
    value : str
        What the notebooks' parameter is set to.
    title : str
        The authority's name, or words for the round; for the pages' titles.
    root, stage, private : Path
        The root, the unit's own staging folder, the run's folder for private logs.
    run : tuple of Notebook
        To run, in order.
    keep : dict of notebook to its entry in the record
        Ran before ``run`` and is still good; its files are copied, not made again.
    prints : dict of notebook to fingerprint
        For each of ``keep`` and ``run``.
    fingerprint : str
        Of the unit.
    engine : str
    timeout : float or None
        Seconds a notebook may take.
    again : bool
        More of the unit comes later in this batch: ``warm`` keeps its kernel for that, if there is room.
    pages : tuple of str, optional
        Notebooks to make pages of, and nothing else; left out, of all, and the results workbook.
    made : str
        The day of the run, as 2026-11-30, which pages say; blank for none.
    """

    unit: str
    value: str
    title: str
    root: Path
    stage: Path
    private: Path
    run: tuple[Notebook, ...]
    keep: dict[str, Any]
    prints: dict[str, str]
    fingerprint: str
    engine: str
    timeout: float | None
    again: bool = False
    pages: tuple[str, ...] | None = None
    made: str = ""


@dataclass
class Made:
    """What became of a unit: seconds for each notebook that ran well, and the failure that ended it."""

    unit: str
    seconds: dict[str, float] = field(default_factory=dict)
    failure: Failure | None = None
    wall: float = 0.0


def make_unit(job: Job, note: Callable[[Any], None]) -> Made:
    """Run a unit's notebooks into its stage; on a failure the stage is removed.

    Parameters
    ----------
    job : Job
    note : function of one argument
        Called with each notebook's name as it begins.

    Returns
    -------
    Made
        Its ``failure`` is None where the stage is whole, checked and on the disk.
    """
    from larcnb.engine import warm
    from larcnb.engine.run import NotebookFailed

    made, start = Made(job.unit), time.monotonic()
    stage, held = store.Stage(job.stage), warm.kept(job.unit)
    try:
        stage.create()
        _make(job, stage, made, note, held)
        if job.again and held.client:
            warm.keep(job.unit, held)
            held = warm.Held()
    except NotebookFailed as failed:
        made.failure = failed.failure
    except OSError as error:
        if not full_disk(error):
            raise
        made.failure = Failure(
            "", 0, "", "disk", "The disk is full.", "Make room and run the same command again."
        )
    finally:
        held.close()
        for name in ("LARCNB_STAGE", "LARCNB_UNIT", "LARCNB_PRIVATE_LOG"):
            os.environ.pop(name, None)
        made.wall = time.monotonic() - start
    if made.failure:
        stage.discard()
    return made


def _make(job: Job, stage: store.Stage, made: Made, note: Callable[[Any], None], held: Any) -> None:
    from larcnb.engine.run import run_notebook
    from larcnb.publish.page import link_pages

    flat = job.unit.replace("/", "+")
    os.environ.update(LARCNB_ROOT=str(job.root), LARCNB_STAGE=str(stage.path), LARCNB_UNIT=job.unit)
    notebooks: dict[str, Any] = {}
    _copy_kept(job, stage)
    notebooks |= job.keep
    before = stage.hashes()
    for notebook in job.run:
        note(notebook.name)
        begun = time.monotonic()
        # What the kernel and this process say of an error; made here so that only its owner can ever read it.
        log = job.private / f"{flat}-{notebook.name}.log"
        private_file(log, "")
        os.environ["LARCNB_PRIVATE_LOG"] = str(log)
        nb = run_notebook(notebook, job.value, job.unit, job.private, job.timeout, job.engine, held)
        if job.pages is None or notebook.name in job.pages:
            _write_pages(job, stage.reports, notebook, nb)
        if job.pages is None:
            _write_workbook(job, stage, notebook)
        after = stage.hashes()
        wrote = {
            part: {
                name: value
                for name, value in after[part].items()
                if before[part].get(name) != value
            }
            for part in store.PARTS
        }
        before = after
        notebooks[notebook.name] = {"fingerprint": job.prints[notebook.name], "wrote": wrote}
        made.seconds[notebook.name] = round(time.monotonic() - begun, 2)
        if not log.stat().st_size:
            log.unlink()
    linked = link_pages(stage.reports)
    after = stage.hashes() if linked else before
    for name in linked:
        notebooks[name]["wrote"]["reports"][f"{name}.html"] = after["reports"][f"{name}.html"]
    record = {
        "unit": job.unit,
        "fingerprint": job.fingerprint,
        "notebooks": notebooks,
        "files": after,
    }
    (stage.reports / store.RECORD).write_bytes(files.to_json(record).encode("utf-8"))
    files.sync_tree(stage.path)


def _write_pages(job: Job, folder: Path, notebook: Notebook, nb: Any) -> None:
    """Write the executed notebook and its page."""
    import nbformat

    from larcnb.publish import render_page
    from larcnb.publish.audit_trail import audit_trail

    (folder / f"{notebook.name}.ipynb").write_bytes((nbformat.writes(nb) + "\n").encode("utf-8"))
    rests_on = audit_trail(Root(job.root), job.unit, notebook.path)
    page = render_page(nb, notebook.title, name=job.title, made=job.made, **rests_on)
    (folder / f"{notebook.name}.html").write_bytes(page.encode("utf-8"))


def _write_workbook(job: Job, stage: store.Stage, notebook: Notebook) -> None:
    """Write the results workbook beside the pages, once an authority's findings are there."""
    if (
        notebook.consortium
        or notebook.reads_round
        or not (stage.processed / "findings.json").is_file()
    ):
        return
    from larcnb.publish.results import results_workbook

    (stage.reports / "results.xlsx").write_bytes(results_workbook(Root(job.root), job.unit))
    ran = stage.reports / "04_findings.ipynb"
    if ran.is_file():
        from larcnb.publish.paper import paper

        document = paper(ran, stage.processed / "cases.parquet")
        (stage.reports / "results.docx").write_bytes(document)


def _copy_kept(job: Job, stage: store.Stage) -> None:
    """Copy what the notebooks that are kept wrote last time from its place into the stage."""
    for part, place in store.places(Root(job.root), job.unit).items():
        for name in _written_by(job.keep.values(), part):
            target = stage.path / part / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place / name, target)


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
        The unit's record; empty for none.
    prints : dict of notebook to fingerprint
        As they would be now, in order.
    present : dict of part to dict of file to hash
        What lies in the unit's folders now.
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
        return all(
            present[part].get(file) == sha
            for part in store.PARTS
            for file, sha in _written_by([known[name] for name in names], part).items()
        )

    same = [
        name for name, value in prints.items() if known.get(name, {}).get("fingerprint") == value
    ]
    if not chained:
        return [name for name in same if intact([name])]
    while not intact(same):
        same.pop()
    return same


def _written_by(entries: Iterable[dict[str, Any]], part: str) -> dict[str, str]:
    """The files that notebooks leave behind, one after the other, with the hash the last of them gave each."""
    return {file: sha for entry in entries for file, sha in entry["wrote"][part].items()}


class Present:
    """What lies in units' folders now, each read once until any is replaced.

    What ``larcnb check`` hands back is left aside.
    """

    def __init__(self, root: Root) -> None:
        self.root = root
        self.known: dict[tuple[str, str], dict[str, str]] = {}

    def of(self, unit: str) -> dict[str, dict[str, str]]:
        """The hash of each file of both parts of a unit."""
        return {part: self.part(unit, part) for part in store.PARTS}

    def part(self, unit: str, part: str) -> dict[str, str]:
        """The hash of each file of one part."""
        if (unit, part) not in self.known:
            found = hash_folder(store.places(self.root, unit)[part])
            self.known[unit, part] = {
                name: sha for name, sha in found.items() if name not in HANDED_BACK
            }
        return self.known[unit, part]

    def forget(self) -> None:
        """Time has passed, and other files may lie there now."""
        self.known.clear()
