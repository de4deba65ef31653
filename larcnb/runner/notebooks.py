"""The notebooks as files, and an authority's or a round's run in a process of its own, with their pages.

In: ``notebooks/*.ipynb``; a :class:`Job`. Out: problems found before anything starts; a filled stage folder, checked
and safely on the disk, or :class:`~larcnb.runner.failure.Failure`. Only the stage and private logs are written
here; moving the stage into place is the batch's part. papermill is imported where a notebook is run: a command that
runs none starts without it.
"""

import ast
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from larcnb.errors import LarcError, Problem, did_you_mean
from larcnb.files import COMPLETE, digest, hash_file, hash_folder, to_json, write_whole
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.failure import Failure, Place, explain
from larcnb.runner.fingerprints import FORMAT, read_cells

NAME = re.compile(r"\d\d_[a-z0-9_]+")
READS_ROUND = "reads-round"
"""The tag, on the parameters cell, of an authority's notebook that reads the cases of its round's other authorities."""
FORBIDDEN_TAGS = {"raises-exception", "skip-execution", "injected-parameters"}
FINDINGS = "processed/findings.json"
KEPT_METADATA = ("kernelspec", "language_info", "title", "widgets")
KEPT_CELL_METADATA = ("tags", "jupyter")
UNNEEDED = {"rfc3987_syntax", "isoduration", "webcolors", "uri_template", "pyarrow.fs"}
UNNEEDED |= {"boto3", "gcsfs"}


@dataclass(frozen=True)
class Notebook:
    """One notebook of the workbook.

    Parameters
    ----------
    name : str
        File name without its ending, such as ``01_clean``.
    path : Path
    source : str
        Fingerprint of what it says and does.
    reads_round : bool
        Whether, being an authority's, it also reads the cases of the others of the round.
    """

    name: str
    path: Path
    source: str = ""
    reads_round: bool = False

    @property
    def consortium(self) -> bool:
        """Whether it covers all authorities (10 and up), not one."""
        return int(self.name[:2]) >= 10

    @property
    def parameter(self) -> str:
        """The name in its parameters cell that a batch gives a value."""
        return "round_name" if self.consortium else "authority"


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
    fingerprints : dict of notebook to fingerprint
        Of everything each of them rests on, in their order.
    todo : tuple of Notebook
        To run, in order.
    kept : dict of notebook to its entry in the record
        Still good; its files are copied, not made again.
    root, stage, logs : Path
        The root, the job's own staging folder, the run's folder for private logs.
    engine : str
        As of :class:`~larcnb.runner.plan.Request`.
    made : str
        The day of the run, as 2026-11-30, which pages say; blank for none.
    """

    name: str
    title: str
    round: str
    notebooks: tuple[Notebook, ...]
    fingerprints: Mapping[str, str] = field(default_factory=dict)
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


def find_notebooks(folder: Path) -> list[Notebook]:
    """List the notebooks of a folder in the order they run, each fit for a batch.

    Raises
    ------
    LarcError
        There is none, or one cannot be run safely: it has no cell or several tagged ``parameters``, a
        wrong parameter in it, or a tag that hides errors. All problems at once; exit code 2.
    """
    notebooks, problems = [], []
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        cells = read_cells(path)
        reads_round = any(READS_ROUND in tags for *_, tags in cells)
        notebooks.append(Notebook(path.stem, path, digest(cells), reads_round))
        problems += _problems(notebooks[-1], cells)
    if problems:
        raise LarcError("The notebooks cannot be run as they stand.", problems)
    if not notebooks:
        raise LarcError("There are no notebooks to run: the workbook's notebooks/ folder is empty.")
    return notebooks


def select_notebooks(notebooks: list[Notebook], wanted: str) -> list[Notebook]:
    """Pick notebooks by number (``04``) or name (``04_findings``).

    Raises
    ------
    LarcError
        No notebook is called that; names the nearest, and all. Exit code 2.
    """
    word = wanted.removesuffix(".ipynb")
    word = f"{word:0>2}" if word.isdigit() else word
    picked = [nb for nb in notebooks if word in (nb.name, nb.name[:2], nb.name[3:])]
    if not picked:
        known = [nb.name for nb in notebooks]
        said = f"There is no notebook '{wanted}'. {did_you_mean(wanted, known)}".rstrip()
        raise LarcError(f"{said} Known: {', '.join(known)}.")
    return picked


def make_job(job: Job, note: Callable) -> dict[str, float]:
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
        A notebook failed (:func:`run_notebook`); what is in the stage is not to be used.
    """
    from larcnb.publish.page import link_pages

    os.environ.update(LARCNB_STAGE=str(job.stage), LARCNB_UNIT=job.name)
    for part in outputs.PARTS:
        (job.stage / part).mkdir(parents=True)
    for file in outputs.written_by(job.kept.values()):
        there = outputs.place_of(Root(job.root), job.name, file)
        write_whole(job.stage / file, there.read_bytes(), durable=False)
    notebooks, before, seconds = dict(job.kept), hash_folder(job.stage), {}
    for notebook in job.todo:
        begun, name = time.monotonic(), notebook.name
        given = {notebook.parameter: job.round if job.is_consortium else job.name}
        ran = run_notebook(notebook, job.name, given, job.logs, job.engine, note)
        _write_pages(job, notebook, ran)
        after = hash_folder(job.stage)
        if before.get(FINDINGS) != after.get(FINDINGS) and not job.is_consortium:
            _write_workbook(job)
            after = hash_folder(job.stage)
        wrote = dict(sorted(after.items() - before.items()))
        notebooks[name] = {"fingerprint": job.fingerprints.get(name, ""), "wrote": wrote}
        before = after
        seconds[name] = round(time.monotonic() - begun, 2)
    for name in link_pages(job.stage / "reports"):
        page = f"reports/{name}.html"
        notebooks[name]["wrote"][page] = hash_file(job.stage / page)
    record = job.stage / "reports" / outputs.RECORD
    write_whole(record, to_json({"notebooks": notebooks}), durable=False)
    outputs.sync_tree(job.stage)
    return seconds


def _write_pages(job: Job, notebook: Notebook, ran: Any) -> None:
    """Write the executed notebook and its page."""
    import nbformat

    from larcnb.publish import render_page
    from larcnb.publish.page import audit_trail

    file = job.stage / "reports" / notebook.name
    file.with_suffix(".ipynb").write_bytes((nbformat.writes(ran) + "\n").encode("utf-8"))
    trail = audit_trail(Root(job.root), job.name, notebook.path)
    title = heading_of(ran["cells"][0]) or notebook.name
    page = render_page(ran, title, name=job.title, made=job.made, **trail)
    file.with_suffix(".html").write_bytes(page.encode("utf-8"))


def _write_workbook(job: Job) -> None:
    """Write the results workbook and the paper of an authority's findings beside the pages."""
    from larcnb.publish.results import paper, results_workbook

    reports = job.stage / "reports"
    (reports / "results.xlsx").write_bytes(results_workbook(Root(job.root), job.name))
    if (ran := reports / "04_findings.ipynb").is_file():
        document = paper(ran, job.stage / "processed" / "cases.parquet")
        (reports / "results.docx").write_bytes(document)


def run_notebook(
    notebook: Notebook, job: str, given: Mapping[str, Any], logs: Path, engine: str, note: Callable
) -> Any:
    """Execute a notebook in this process, and check that it did all it should have.

    Parameters
    ----------
    notebook : Notebook
    job : str
        What its completion record must name.
    given : dict of parameter to value
    logs : Path
        Folder for what only the owner may read, should it fail.
    engine : str
        ``kernel`` for papermill's own, in a process that it starts.
    note : function of a place
        Told each cell as it begins.

    Returns
    -------
    NotebookNode
        With nothing in it that differs from run to run.

    Raises
    ------
    Failure
        A cell failed or was not run, or the completion record is missing or wrong.
    """
    skip_imports()
    import papermill

    from larcnb.runner.engine import NAME as OURS

    place, said = Place(notebook.name), {}
    log = logs / f"{job.replace('/', '+')}-{notebook.name}.log"  # for what a cell's error says
    os.environ["LARCNB_PRIVATE_LOG"] = str(log)

    def start(cell: Any, cell_index: int) -> None:
        nonlocal place
        place = Place(notebook.name, cell_index + 1, heading_of(cell) or place.heading)
        note(place)

    def fail(cell: Any, cell_index: int, execute_reply: Any) -> None:
        said.update(execute_reply["content"])

    note(place)
    how: dict[str, Any] = {"engine_name": None if engine == "kernel" else OURS}
    how |= {"kernel_name": "python3", "language": "python", "progress_bar": False}
    how |= {"cwd": str(notebook.path.parent), "on_cell_start": start, "on_cell_error": fail}
    try:
        nb = papermill.execute_notebook(str(notebook.path), None, dict(given), **how)
        if wrong := unfinished(nb, notebook.name, job):
            raise Failure(wrong, place=Place(notebook.name))
    except Exception as error:
        raise explain(error, log, said, place) from None
    return clean(nb)


def skip_imports() -> None:
    """Have papermill do without what it imports for other people's files.

    jsonschema compiles a grammar for web addresses, and papermill looks for file systems in the cloud: one and a half
    seconds a process, for formats that no notebook of ours has. Both take what cannot be imported as absent.
    """
    absent = UNNEEDED - sys.modules.keys()
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        import papermill  # noqa: F401
    finally:
        for name in absent:
            sys.modules.pop(name, None)


def unfinished(nb: Any, name: str, job: str) -> str:
    """Say in what way a notebook did not do all it should have; nothing where it did.

    Papermill's own word is not taken for it: after a kernel's death the file it saves calls every cell
    completed, and ``sys.exit(0)`` is no failure to it.
    """
    cells = [c for c in nb["cells"] if c["cell_type"] == "code" and c["source"].strip()]
    if any(cell["execution_count"] is None for cell in cells):
        return "Not all of its cells were run."
    shown = [output.get("data", {}) for output in cells[-1]["outputs"]]
    record = next((data[COMPLETE] for data in shown if COMPLETE in data), None)
    if record is None:
        return "Its last cell wrote no completion record."
    if (record.get("unit"), record.get("notebook")) != (job, name):
        return f"It ran for another authority, round or notebook than {job}, {name}."
    return ""


def clean(nb: Any) -> Any:
    """Keep of an executed notebook only what is safe and always the same: no path, user, time or duration.

    Only listed metadata are kept; the cell papermill puts in gets a fixed id. Changes ``nb`` and returns it.
    """
    said = nb.metadata
    parameters = dict(said.get("papermill", {}).get("parameters", {}))
    nb.metadata = {key: said[key] for key in KEPT_METADATA if key in said}
    nb.metadata["papermill"] = {"parameters": parameters}
    for cell in nb.cells:
        said = cell.metadata
        cell.metadata = {key: said[key] for key in KEPT_CELL_METADATA if said.get(key)}
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
    return nb


def heading_of(cell: Any) -> str:
    """The last heading in a cell; blank for none."""
    lines = "".join(cell["source"]).splitlines() if cell["cell_type"] == "markdown" else []
    headings = [line for line in lines if line.startswith("#")]
    return headings[-1].lstrip("#").strip() if headings else ""


def _problems(notebook: Notebook, cells: list[list[Any]]) -> Iterator[Problem]:
    """What stands against running a notebook of these cells (:func:`read_cells`)."""
    file, parameter = f"notebooks/{notebook.path.name}", notebook.parameter
    problem = partial(Problem, file, "", 0, "")
    given = [_given(source) for _, source, tags in cells if "parameters" in tags]
    if not NAME.fullmatch(notebook.name):
        words = "The name is not two digits and lower-case words."
        yield problem("notebook-name", words, "Rename it.")
    if not cells:
        todo = f"Take it from the download again, or: git checkout -- {file}"
        yield problem("notebook", f"It is not a notebook of format {FORMAT}.", todo)
    elif len(given) != 1:
        yield problem("parameters", f"{len(given)} cells are tagged 'parameters'.", "Tag one.")
    elif parameter not in given[0]:
        words = f"The parameters cell does not give a plain value to {parameter}."
        yield problem("parameters", words, f'Write {parameter} = "..."; literals only.')
    for number, (*_, tags) in enumerate(cells, 1):
        if wrong := FORBIDDEN_TAGS.intersection(tags):
            words = f"The tag '{min(wrong)}' of cell {number} would hide errors."
            yield problem("tag", words, "Remove it.")


def _given(source: str) -> dict[str, Any]:
    """What a cell of ``name = literal`` lines gives values to, with the values; nothing for any other cell."""
    try:
        lines = ast.parse(source).body
        return {name.id: ast.literal_eval(line.value) for line in lines for name in line.targets}
    except (SyntaxError, ValueError, AttributeError):
        return {}
