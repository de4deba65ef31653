"""The notebooks as files, and one of them run: what a batch may run, and when a run is believed.

In: ``notebooks/*.ipynb`` and a value for its parameter. Out: problems found before anything starts, the
executed notebook cleaned for keeping, or :class:`~larcnb.runner.failure.NotebookFailed`. papermill is
imported where a notebook is run: a command that runs none starts without it.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from larcnb.errors import LarcError, Problem, nearest
from larcnb.files import COMPLETE
from larcnb.runner.failure import Incomplete, NotebookFailed, explain, write_private

NAME = re.compile(r"(\d\d)_[a-z0-9_]+")
FIRST_CONSORTIUM = 10
BACK = "or: git checkout -- {file}"
READS_ROUND = "reads-round"
"""The tag, on the parameters cell, of an authority's notebook that reads the cases of its round's other authorities."""
FORMAT = 4
"""The notebook format, its first number: the second only adds what may be left out."""
FORBIDDEN_TAGS = {"raises-exception", "skip-execution", "injected-parameters"}
KEPT_METADATA = ("kernelspec", "language_info", "title", "widgets")
KEPT_CELL_METADATA = ("tags", "jupyter")
UNNEEDED = [
    "rfc3987_syntax",
    "isoduration",
    "webcolors",
    "uri_template",
    "pyarrow.fs",
    "boto3",
    "gcsfs",
]


@dataclass(frozen=True)
class Notebook:
    """One notebook of the workbook.

    Parameters
    ----------
    name : str
        File name without its ending, such as ``01_clean``.
    path : Path
    parameter : str
        The name in its parameters cell that a batch gives a value: ``authority`` or ``round_name``.
    title : str
        Its level-one heading.
    reads_round : bool
        Whether, being an authority's, it also reads the cases of the others of the round.
    """

    name: str
    path: Path
    parameter: str
    title: str
    reads_round: bool = False

    @property
    def consortium(self) -> bool:
        """Whether it covers all authorities (10 and up), not one."""
        return int(self.name[:2]) >= FIRST_CONSORTIUM


@dataclass(frozen=True)
class Place:
    """Where a run is: the notebook, the cell's number from 1 (0 for none yet), and the heading above it."""

    notebook: str
    cell: int = 0
    heading: str = ""


def find_notebooks(folder: Path) -> list[Notebook]:
    """List the notebooks of a folder in the order they run, each fit for a batch.

    Raises
    ------
    LarcError
        There is none, or one cannot be run safely: it has no cell or several tagged ``parameters``, a
        wrong parameter in it, or a tag that hides errors. All problems at once; exit code 2.
    """
    found, problems = [], []
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        notebook, wrong = _inspect(path)
        found.append(notebook)
        problems += wrong
    if not found:
        raise LarcError("There are no notebooks to run: the workbook's notebooks/ folder is empty.")
    if problems:
        raise LarcError("The notebooks cannot be run as they stand.", problems)
    return found


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
    value: str,
    unit: str,
    private: Path,
    engine: str = "",
    more: Mapping[str, Any] | None = None,
    note: Callable[[Place], None] = lambda place: None,
) -> Any:
    """Execute a notebook in this process for one authority or round, and check that it did all it should have.

    Parameters
    ----------
    notebook : Notebook
    value : str
        What its parameter is set to: a slug or a round.
    unit : str
        What its completion record must name.
    private : Path
        Folder for what only the owner may read, should it fail.
    engine : str
        ``kernel`` for papermill's own, in a process that it starts.
    more : dict of parameter to value, optional
        Parameters beside the one that names the authority or round.
    note : function of a place
        Told each cell as it begins.

    Returns
    -------
    NotebookNode
        With nothing in it that differs from run to run.

    Raises
    ------
    NotebookFailed
        A cell failed or was not run, or the completion record is missing or wrong.
    """
    skip_imports()
    import papermill

    from larcnb.runner.engine import NAME as OURS

    place, said = Place(notebook.name), {}
    headings = _headings(notebook.path)

    def start(cell: Any, cell_index: int) -> None:
        nonlocal place
        place = Place(notebook.name, cell_index + 1, headings[cell_index])
        note(place)

    def fail(cell: Any, cell_index: int, execute_reply: Any) -> None:
        said.update(execute_reply["content"])

    note(place)
    try:
        nb = papermill.execute_notebook(
            str(notebook.path),
            None,
            {notebook.parameter: value, **(more or {})},
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
        if wrong := unfinished(nb, notebook.name, unit):
            raise Incomplete(wrong)
    except Exception as raised:
        failure = explain(place, said, raised)
        log = write_private(private, f"{unit.replace('/', '+')}-{notebook.name}", raised)
        raise NotebookFailed(replace(failure, log=log)) from None
    return clean(nb)


def skip_imports() -> None:
    """Have papermill do without what it imports for other people's files.

    jsonschema compiles a grammar for web addresses, and papermill looks for file systems in the cloud: one and a half
    seconds a process, for formats that no notebook of ours has. Both take what cannot be imported as absent.
    """
    absent = [name for name in UNNEEDED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        import papermill  # noqa: F401
    finally:
        for name in absent:
            sys.modules.pop(name, None)


def unfinished(nb: Any, name: str, unit: str) -> str:
    """Say in what way a notebook did not do all it should have; nothing where it did.

    Papermill's own word is not taken for it: after a kernel's death the file it saves calls every cell
    completed, and ``sys.exit(0)`` is no failure to it.
    """
    record: Any = {}
    for number, cell in enumerate(nb["cells"], 1):
        if cell["cell_type"] != "code" or not cell["source"].strip():
            continue
        outputs = cell.get("outputs", [])
        if any(output["output_type"] == "error" for output in outputs):
            return f"Cell {number} ended in an error."
        if cell.get("execution_count") is None:
            return f"Cell {number} and those after it were not run."
        record = next((o["data"][COMPLETE] for o in outputs if COMPLETE in o.get("data", {})), {})
    if not record:
        return "Its last cell wrote no completion record."
    if record.get("unit") != unit:
        return f"It ran for another authority or round than {unit}."
    if record.get("notebook") != name:
        return "Its completion record is that of another notebook."
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


def heading_of(nb: Any, index: int) -> str:
    """The last heading above a cell: what a reader would call the place."""
    for cell in reversed(nb["cells"][: index + 1]):
        lines = "".join(cell["source"]).splitlines() if cell["cell_type"] == "markdown" else []
        if headings := [line for line in lines if line.startswith("#")]:
            return headings[-1].lstrip("#").strip()
    return ""


def _headings(path: Path) -> list[str]:
    """The heading above each cell as papermill runs them, with a cell put in after the parameters."""
    nb = json.loads(path.read_text(encoding="utf-8"))
    found = []
    for index, cell in enumerate(nb["cells"]):
        found += [heading_of(nb, index)] * (2 if "parameters" in _tags(cell) else 1)
    return found


def _inspect(path: Path) -> tuple[Notebook, list[Problem]]:
    """A notebook, and what stands against running it."""
    name = path.stem
    wanted = "round_name" if int(name[:2]) >= FIRST_CONSORTIUM else "authority"
    try:
        nb = json.loads(path.read_text(encoding="utf-8"))
        cells = [{**cell, "source": "".join(cell["source"])} for cell in nb["cells"]]
        form = nb.get("nbformat")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        cells, form = [], None
    parameters = next((cell for cell in cells if "parameters" in _tags(cell)), {})
    reads_round = wanted == "authority" and READS_ROUND in _tags(parameters)
    title = heading_of({"cells": cells[:1]}, 0) or name
    file = f"notebooks/{path.name}"
    problems = [
        Problem(file, "", row, "", code, words, todo.format(file=file))
        for code, words, todo, row in _wrong(name, form, cells, wanted)
    ]
    return Notebook(name, path, wanted, title, reads_round), problems


def _wrong(
    name: str, form: int | None, cells: list[dict], wanted: str
) -> Iterator[tuple[str, str, str, int]]:
    """What stands against running a notebook: code, what is wrong, what to do, the cell."""
    if form is None:
        yield "notebook", "This is not a notebook.", f"Take it from the download again, {BACK}", 0
        return
    if form != FORMAT:
        words = f"It is a notebook of format {form}; format {FORMAT} can be run."
        todo = f"Save it in format {FORMAT} with the program that wrote it, {BACK}"
        yield "notebook-format", words, todo, 0
        return
    if not NAME.fullmatch(name):
        words = "The name is not two digits and lower-case words."
        yield "notebook-name", words, "Rename it.", 0
    tagged = [number for number, cell in enumerate(cells, 1) if "parameters" in _tags(cell)]
    if len(tagged) != 1:
        words = f"{len(tagged) or 'No'} cells are tagged 'parameters'."
        yield "parameters", words, "Tag exactly one.", 0
    elif wanted not in _names(cells[tagged[0] - 1]["source"]):
        words = f"The parameters cell does not give a plain value to {wanted}."
        yield "parameters", words, f'Write {wanted} = "..."; literals only.', tagged[0]
    for number, cell in enumerate(cells, 1):
        if tags := _tags(cell) & FORBIDDEN_TAGS:
            yield "tag", f"The tag '{min(tags)}' would hide errors.", "Remove it.", number


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
