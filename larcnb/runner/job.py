"""One job, in a process of its own: an authority's notebooks, or the consortium's, and their pages.

In: a :class:`Job` naming what to run and what may be kept of the last run. Out: a filled stage folder,
checked and safely on the disk, and a :class:`Made` that tells the batch what happened. Nothing outside the
stage and the private logs is written here; moving the stage into place is the batch's part.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from larcnb.files import digest, private_file, to_json
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.failure import Failure, failure_of
from larcnb.runner.notebooks import Notebook, Place, run_notebook


@dataclass(frozen=True)
class Unit:
    """An authority, or the consortium of a round, with the notebooks to stand in its folder in the end.

    Parameters
    ----------
    name : str
        A slug, or ``consortium/<round>``.
    value : str
        What the notebooks' parameter is set to.
    title : str
        The authority's name, or words for the round; for the pages' titles.
    round : str
    notebooks : tuple of Notebook
    prints : dict of notebook to fingerprint
        Of everything each of them rests on, in their order.
    whole : bool
        Whether these are all its notebooks.
    chained : bool
        Whether each notebook reads what those before it wrote; the consortium's do not.
    settled : set of notebook
        Those that not even ``--force`` runs: they were seen to before, or were not asked for.
    """

    name: str
    value: str
    title: str
    round: str
    notebooks: tuple[Notebook, ...]
    prints: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    chained: bool = True
    settled: frozenset[str] = frozenset()

    @property
    def fingerprint(self) -> str:
        """Of everything the unit's outputs rest on."""
        return digest(list(self.prints.items()))


@dataclass(frozen=True)
class Job:
    """What is asked for.

    Parameters
    ----------
    unit : Unit
    root, stage, private : Path
        The root, the job's own staging folder, the run's folder for private logs.
    run : tuple of Notebook
        To run, in order.
    keep : dict of notebook to its entry in the record
        Ran before ``run`` and is still good; its files are copied, not made again.
    engine : str
        See :data:`larcnb.runner.pool.ENGINES`.
    pages : tuple of str, optional
        Notebooks to make pages of, and nothing else; left out, of all, and the results workbook.
    made : str
        The day of the run, as 2026-11-30, which pages say; blank for none.
    """

    unit: Unit
    root: Path
    stage: Path
    private: Path
    run: tuple[Notebook, ...]
    keep: dict[str, Any] = field(default_factory=dict)
    engine: str = ""
    pages: tuple[str, ...] | None = None
    made: str = ""


@dataclass
class Made:
    """What became of a job: seconds for each notebook that ran well, and the failure that ended it."""

    seconds: dict[str, float] = field(default_factory=dict)
    failure: Failure | None = None
    wall: float = 0.0


def make_job(job: Job, note: Callable[[Place], None]) -> Made:
    """Run a job's notebooks into its stage; on a failure the stage is removed.

    Parameters
    ----------
    job : Job
    note : function of a place
        Told each cell as it begins.

    Returns
    -------
    Made
        Its ``failure`` is None where the stage is whole, checked and on the disk.
    """
    made, start = Made(), time.monotonic()
    try:
        outputs.create(job.stage)
        _make(job, made, note)
    except Exception as error:
        made.failure = failure_of(error, job.private)
        outputs.remove(job.stage)
    made.wall = time.monotonic() - start
    return made


def _make(job: Job, made: Made, note: Callable[[Place], None]) -> None:
    from larcnb.publish.page import link_pages

    unit = job.unit
    os.environ.update(LARCNB_ROOT=str(job.root), LARCNB_STAGE=str(job.stage), LARCNB_UNIT=unit.name)
    _copy_kept(job)
    notebooks, before = dict(job.keep), outputs.hashes(job.stage)
    for notebook in job.run:
        begun, name = time.monotonic(), notebook.name
        # What a cell's error said; made here so that only its owner can ever read it.
        log = job.private / f"{unit.name.replace('/', '+')}-{name}.log"
        private_file(log, "")
        os.environ["LARCNB_PRIVATE_LOG"] = str(log)
        nb = run_notebook(notebook, unit.value, unit.name, job.private, job.engine, note=note)
        if job.pages is None or name in job.pages:
            _write_pages(job, notebook, nb)
        if job.pages is None:
            _write_workbook(job, notebook)
        after = outputs.hashes(job.stage)
        wrote = {
            part: dict(sorted(after[part].items() - before[part].items())) for part in outputs.PARTS
        }
        notebooks[name] = {"fingerprint": unit.prints.get(name, ""), "wrote": wrote}
        before = after
        made.seconds[name] = round(time.monotonic() - begun, 2)
        if not log.stat().st_size:
            log.unlink()
    if linked := link_pages(job.stage / "reports"):
        before = outputs.hashes(job.stage)
        for name in linked:
            page = f"{name}.html"
            notebooks[name]["wrote"]["reports"][page] = before["reports"][page]
    record = {"unit": unit.name, "notebooks": notebooks, "files": before}
    (job.stage / "reports" / outputs.RECORD).write_bytes(to_json(record).encode("utf-8"))
    outputs.sync_tree(job.stage)


def _write_pages(job: Job, notebook: Notebook, nb: Any) -> None:
    """Write the executed notebook and its page."""
    import nbformat

    from larcnb.publish import render_page
    from larcnb.publish.audit_trail import audit_trail

    folder = job.stage / "reports"
    (folder / f"{notebook.name}.ipynb").write_bytes((nbformat.writes(nb) + "\n").encode("utf-8"))
    rests_on = audit_trail(Root(job.root), job.unit.name, notebook.path)
    page = render_page(nb, notebook.title, name=job.unit.title, made=job.made, **rests_on)
    (folder / f"{notebook.name}.html").write_bytes(page.encode("utf-8"))


def _write_workbook(job: Job, notebook: Notebook) -> None:
    """Write the results workbook beside the pages, once an authority's findings are there."""
    findings = job.stage / "processed" / "findings.json"
    if notebook.consortium or notebook.reads_round or not findings.is_file():
        return
    from larcnb.publish.results import results_workbook

    book = results_workbook(Root(job.root), job.unit.name)
    (job.stage / "reports" / "results.xlsx").write_bytes(book)
    ran = job.stage / "reports" / "04_findings.ipynb"
    if ran.is_file():
        from larcnb.publish.paper import paper

        document = paper(ran, job.stage / "processed" / "cases.parquet")
        (job.stage / "reports" / "results.docx").write_bytes(document)


def _copy_kept(job: Job) -> None:
    """Copy what the notebooks that are kept wrote last time from its place into the stage."""
    for part, place in outputs.places(Root(job.root), job.unit.name).items():
        for name in outputs.written_by(job.keep.values(), part):
            target = job.stage / part / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place / name, target)
