"""The notebooks as files, and one of them run: what a batch may run, and when a run is believed.

In: ``notebooks/*.ipynb`` and values for its parameters. Out: problems found before anything starts, the
executed notebook cleaned for keeping, or :class:`~larcnb.runner.failure.Failure`. papermill is
imported where a notebook is run: a command that runs none starts without it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larcnb.errors import LarcError, Problem, nearest
from larcnb.files import COMPLETE, private_file
from larcnb.runner.failure import Failure, Place, explain
from larcnb.runner.fingerprints import notebook_source

NAME = re.compile(r"\d\d_[a-z0-9_]+")
FIRST_CONSORTIUM = 10
READS_ROUND = "reads-round"
"""The tag, on the parameters cell, of an authority's notebook that reads the cases of its round's other authorities."""
FORMAT = 4
"""The notebook format, its first number: the second only adds what may be left out."""
FORBIDDEN_TAGS = {"raises-exception", "skip-execution", "injected-parameters"}
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
        return int(self.name[:2]) >= FIRST_CONSORTIUM

    @property
    def parameter(self) -> str:
        """The name in its parameters cell that a batch gives a value."""
        return "round_name" if self.consortium else "authority"


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
        notebook = Notebook(path.stem, path)
        if wrong := list(_problems(notebook)):
            problems += wrong
            continue
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tags = set().union(*map(_tags, cells))
        reads_round = READS_ROUND in tags and not notebook.consortium
        notebooks.append(Notebook(path.stem, path, notebook_source(path), reads_round))
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
        No notebook is called that; names the nearest.
    """
    word = wanted.removesuffix(".ipynb")
    word = f"{word:0>2}" if word.isdigit() else word
    picked = [nb for nb in notebooks if word in (nb.name, nb.name[:2], nb.name[3:])]
    if not picked:
        known = [nb.name for nb in notebooks]
        said = f"There is no notebook '{wanted}'. {nearest(wanted, known)}".rstrip()
        raise LarcError(f"{said} Known: {', '.join(known)}.")
    return picked


def run_notebook(
    notebook: Notebook,
    job: str,
    parameters: Mapping[str, Any],
    logs: Path,
    engine: str,
    note: Callable[[Place], None],
) -> Any:
    """Execute a notebook in this process, and check that it did all it should have.

    Parameters
    ----------
    notebook : Notebook
    job : str
        What its completion record must name.
    parameters : dict of parameter to value
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
    # What a cell's error says is added to it; made here so that only its owner can ever read it.
    log = logs / f"{job.replace('/', '+')}-{notebook.name}.log"
    private_file(log, "")
    os.environ["LARCNB_PRIVATE_LOG"] = str(log)

    def start(cell: Any, cell_index: int) -> None:
        nonlocal place
        heading = heading_of(cell) or place.heading
        place = Place(notebook.name, cell_index + 1, heading)
        note(place)

    def fail(cell: Any, cell_index: int, execute_reply: Any) -> None:
        said.update(execute_reply["content"])

    note(place)
    try:
        nb = papermill.execute_notebook(
            str(notebook.path),
            None,
            dict(parameters),
            engine_name=None if engine == "kernel" else OURS,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            cwd=str(notebook.path.parent),
            on_cell_start=start,
            on_cell_error=fail,
            record_timing=False,
        )
        if wrong := unfinished(nb, notebook.name, job):
            raise Failure(wrong, place=Place(notebook.name))
    except Exception as error:
        raise explain(error, log, said, place) from None
    finally:
        if not log.stat().st_size:
            log.unlink()
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
    said = [o["data"] for o in cells[-1]["outputs"] if COMPLETE in o.get("data", {})]
    if not said:
        return "Its last cell wrote no completion record."
    record = said[0][COMPLETE]
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
        if "injected-parameters" in _tags(cell):
            cell.id = "injected-parameters"
    return nb


def heading_of(cell: Any) -> str:
    """The last heading in a cell; blank for none."""
    lines = "".join(cell["source"]).splitlines() if cell["cell_type"] == "markdown" else []
    headings = [line for line in lines if line.startswith("#")]
    return headings[-1].lstrip("#").strip() if headings else ""


def _problems(notebook: Notebook) -> Iterator[Problem]:
    """What stands against running a notebook."""
    file = f"notebooks/{notebook.path.name}"

    def problem(code: str, words: str, todo: str, cell: int = 0) -> Problem:
        return Problem(file, "", cell, "", code, words, todo)

    try:
        nb = json.loads(notebook.path.read_text(encoding="utf-8"))
        cells = [(_tags(cell), "".join(cell["source"])) for cell in nb["cells"]]
        if nb["nbformat"] != FORMAT:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        todo = f"Take it from the download again, or: git checkout -- {file}"
        yield problem("notebook", f"It is not a notebook of format {FORMAT}.", todo)
        return
    if not NAME.fullmatch(notebook.name):
        words = "The name is not two digits and lower-case words."
        yield problem("notebook-name", words, "Rename it.")
    given = [_names(source) for tags, source in cells if "parameters" in tags]
    if len(given) != 1:
        yield problem("parameters", f"{len(given)} cells are tagged 'parameters'.", "Tag one.")
    elif notebook.parameter not in given[0]:
        words = f"The parameters cell does not give a plain value to {notebook.parameter}."
        todo = f'Write {notebook.parameter} = "..."; literals only.'
        yield problem("parameters", words, todo)
    for number, (tags, _) in enumerate(cells, 1):
        if wrong := tags & FORBIDDEN_TAGS:
            words = f"The tag '{min(wrong)}' would hide errors."
            yield problem("tag", words, "Remove it.", number)


def _tags(cell: dict[str, Any]) -> set[str]:
    return set(cell.get("metadata", {}).get("tags", []))


def _names(source: str) -> list[str]:
    """The names a cell of ``name = literal`` lines gives values to; nothing for any other cell."""
    names = []
    try:
        for line in ast.parse(source).body:
            ast.literal_eval(line.value)
            names += [target.id for target in line.targets]
    except (SyntaxError, ValueError, AttributeError):
        return []
    return names
