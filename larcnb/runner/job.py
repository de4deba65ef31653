"""One job, in a process of its own: an authority's notebooks, or the consortium's of a round, and their pages.

In: a :class:`Job`. Out: a filled stage folder, checked and safely on the disk. Nothing outside the stage and the
private logs is written here; moving the stage into place is the batch's part.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from larcnb.files import hash_file, hash_folder, to_json
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.failure import Place
from larcnb.runner.notebooks import Notebook, heading_of, run_notebook


@dataclass(frozen=True)
class Job:
    """An authority, or the consortium of a round, with the notebooks to stand in its folder in the end.

    Parameters
    ----------
    name : str
        A slug, or ``consortium/<round>``.
    title : str
        The authority's name, or words for the round; for the pages' titles.
    round : str
    notebooks : tuple of Notebook
    prints : dict of notebook to fingerprint
        Of everything each of them rests on, in their order.
    todo : tuple of Notebook
        To run, in order.
    kept : dict of notebook to its entry in the record
        Still good; its files are copied, not made again.
    root, stage, logs : Path
        The root, the job's own staging folder, the run's folder for private logs.
    engine : str
        See :data:`larcnb.runner.pool.ENGINES`.
    made : str
        The day of the run, as 2026-11-30, which pages say; blank for none.
    """

    name: str
    title: str
    round: str
    notebooks: tuple[Notebook, ...]
    prints: Mapping[str, str] = field(default_factory=dict)
    todo: tuple[Notebook, ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)
    root: Path = Path()
    stage: Path = Path()
    logs: Path = Path()
    engine: str = ""
    made: str = ""

    @property
    def is_consortium(self) -> bool:
        """Whether it is the round's; its notebooks do not read each other's results, an authority's do."""
        return "/" in self.name


def make_job(job: Job, note: Callable[[Place], None]) -> dict[str, float]:
    """Run a job's notebooks into its stage.

    Parameters
    ----------
    job : Job
    note : function of a place
        Told each cell as it begins.

    Returns
    -------
    dict of notebook to seconds
        Of those that ran; the stage is whole, checked and on the disk.

    Raises
    ------
    Failure
    """
    from larcnb.publish.page import link_pages

    os.environ.update(LARCNB_STAGE=str(job.stage), LARCNB_UNIT=job.name)
    for part in outputs.PARTS:
        (job.stage / part).mkdir(parents=True)
    _copy_kept(job)
    notebooks, before, seconds = dict(job.kept), hash_folder(job.stage), {}
    for notebook in job.todo:
        begun, name = time.monotonic(), notebook.name
        given = {notebook.parameter: job.round if job.is_consortium else job.name}
        ran = run_notebook(notebook, job.name, given, job.logs, job.engine, note)
        _write_pages(job, notebook, ran)
        _write_workbook(job, notebook)
        after = hash_folder(job.stage)
        wrote = dict(sorted(after.items() - before.items()))
        notebooks[name] = {"fingerprint": job.prints.get(name, ""), "wrote": wrote}
        before = after
        seconds[name] = round(time.monotonic() - begun, 2)
    for name in link_pages(job.stage / "reports"):
        page = f"reports/{name}.html"
        notebooks[name]["wrote"][page] = hash_file(job.stage / page)
    record = to_json({"notebooks": notebooks})
    (job.stage / "reports" / outputs.RECORD).write_bytes(record.encode("utf-8"))
    outputs.sync_tree(job.stage)
    return seconds


def _copy_kept(job: Job) -> None:
    """Copy what the notebooks that are kept wrote last time from its place into the stage."""
    for file in outputs.written_by(job.kept.values()):
        (job.stage / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(outputs.place_of(Root(job.root), job.name, file), job.stage / file)


def _write_pages(job: Job, notebook: Notebook, ran: Any) -> None:
    """Write the executed notebook and its page."""
    import nbformat

    from larcnb.publish import render_page
    from larcnb.publish.page import audit_trail

    file = job.stage / "reports" / notebook.name
    file.with_suffix(".ipynb").write_bytes((nbformat.writes(ran) + "\n").encode("utf-8"))
    rests_on = audit_trail(Root(job.root), job.name, notebook.path)
    title = heading_of(ran["cells"][0]) or notebook.name
    page = render_page(ran, title, name=job.title, made=job.made, **rests_on)
    file.with_suffix(".html").write_bytes(page.encode("utf-8"))


def _write_workbook(job: Job, notebook: Notebook) -> None:
    """Write the results workbook and the paper beside the pages, once an authority's findings are there."""
    findings = job.stage / "processed" / "findings.json"
    if job.is_consortium or notebook.reads_round or not findings.is_file():
        return
    from larcnb.publish.results import paper, results_workbook

    reports = job.stage / "reports"
    book = results_workbook(Root(job.root), job.name)
    (reports / "results.xlsx").write_bytes(book)
    if (ran := reports / "04_findings.ipynb").is_file():
        document = paper(ran, job.stage / "processed" / "cases.parquet")
        (reports / "results.docx").write_bytes(document)
