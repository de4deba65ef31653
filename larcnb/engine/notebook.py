"""The notebooks as files: which there are, whether a batch may run them, and what of a run one is kept.

In: ``notebooks/*.ipynb``, executed notebooks. Out: the names in their order, problems found before any
kernel starts, the completion record of the last cell, and the notebook cleaned for keeping.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larcnb.errors import LarcError, Problem, nearest

NAME = re.compile(r"(\d\d)_[a-z0-9_]+")
COMPLETE = "application/vnd.larcnb.complete+json"
FIRST_CONSORTIUM = 10
READS_ROUND = "reads-round"
"""The tag, on the parameters cell, of an authority's notebook that reads the cases of its round's other authorities."""
FORMAT = 4
"""The notebook format, its first number: the second only adds what may be left out."""
FORBIDDEN_TAGS = {"raises-exception", "skip-execution", "injected-parameters"}
KEPT_METADATA = ("kernelspec", "language_info", "title", "widgets")
KEPT_CELL_METADATA = ("tags", "jupyter")


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
        raise LarcError(
            f"There is no notebook '{wanted}'. {nearest(wanted, known)}".rstrip()
            + f" Known: {', '.join(known)}."
        )
    return picked


def completion(nb: Any) -> dict[str, Any]:
    """The completion record of an executed notebook's last code cell; empty where there is none."""
    code = [cell for cell in nb["cells"] if cell["cell_type"] == "code" and cell["source"].strip()]
    for output in code[-1].get("outputs", []) if code else []:
        record = output.get("data", {}).get(COMPLETE)
        if isinstance(record, dict):
            return record
    return {}


def unfinished(nb: Any, name: str, unit: str) -> str:
    """Say in what way a notebook did not do all it should have; nothing where it did.

    Papermill's own word is not taken for it: after a kernel's death the file it saves calls every cell
    completed, and ``sys.exit(0)`` is no failure to it.
    """
    for number, cell in enumerate(nb["cells"], 1):
        if cell["cell_type"] != "code" or not cell["source"].strip():
            continue
        if any(output["output_type"] == "error" for output in cell.get("outputs", [])):
            return f"Cell {number} ended in an error."
        if cell.get("execution_count") is None:
            return f"Cell {number} and those after it were not run."
    record = completion(nb)
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
    parameters = nb["metadata"].get("papermill", {}).get("parameters", {})
    kept = {key: nb["metadata"][key] for key in KEPT_METADATA if key in nb["metadata"]}
    nb["metadata"].clear()
    nb["metadata"].update(kept)
    nb["metadata"]["papermill"] = {"parameters": dict(parameters)}
    for cell in nb["cells"]:
        metadata = {
            key: cell["metadata"][key] for key in KEPT_CELL_METADATA if cell["metadata"].get(key)
        }
        cell["metadata"].clear()
        cell["metadata"].update(metadata)
        if "injected-parameters" in metadata.get("tags", []):
            cell["id"] = "injected-parameters"
    return nb


def heading_of(nb: Any, index: int) -> str:
    """The last heading above a cell: what a reader would call the place."""
    for cell in reversed(nb["cells"][: index + 1]):
        if cell["cell_type"] == "markdown":
            lines = [line for line in cell["source"].splitlines() if line.startswith("#")]
            if lines:
                return lines[-1].lstrip("#").strip()
    return ""


def _inspect(path: Path) -> tuple[Notebook, list[Problem]]:
    file = f"notebooks/{path.name}"

    def problem(code: str, message: str, todo: str, row: int = 0) -> Problem:
        return Problem(file, "", row, "", code, message, todo)

    problems: list[Problem] = []
    name = path.stem
    if not NAME.fullmatch(name):
        problems.append(
            problem(
                "notebook-name", "The name is not two digits and lower-case words.", "Rename it."
            )
        )
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if (form := notebook.get("nbformat")) != FORMAT:
            todo = f"Save it in format {FORMAT} with the program that wrote it, or: git checkout -- {file}"
            words = f"It is a notebook of format {form}; format {FORMAT} can be run."
            return Notebook(name, path, "authority", name), [
                problem("notebook-format", words, todo)
            ]
        cells = notebook["cells"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        todo = f"Take it from the download again, or: git checkout -- {file}"
        return Notebook(name, path, "authority", name), [
            problem("notebook", "This is not a notebook.", todo)
        ]
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    tagged = [(n, cell) for n, cell in enumerate(cells, 1) if "parameters" in _tags(cell)]
    wanted = (
        "round_name" if NAME.fullmatch(name) and int(name[:2]) >= FIRST_CONSORTIUM else "authority"
    )
    if len(tagged) != 1:
        problems.append(
            problem(
                "parameters",
                f"{len(tagged) or 'No'} cells are tagged 'parameters'.",
                "Tag exactly one.",
            )
        )
    elif wanted not in _names(tagged[0][1]["source"]):
        problems.append(
            problem(
                "parameters",
                f"The parameters cell does not give a plain value to {wanted}.",
                f'Write {wanted} = "..."; literals only.',
                tagged[0][0],
            )
        )
    for number, cell in enumerate(cells, 1):
        if tags := _tags(cell) & FORBIDDEN_TAGS:
            problems.append(
                problem("tag", f"The tag '{min(tags)}' would hide errors.", "Remove it.", number)
            )
    reads_round = wanted == "authority" and any(READS_ROUND in _tags(cell) for _, cell in tagged)
    return Notebook(
        name, path, wanted, heading_of({"cells": cells[:1]}, 0) or name, reads_round
    ), problems


def _tags(cell: dict[str, Any]) -> set[str]:
    return set(cell.get("metadata", {}).get("tags", []))


def _names(source: str) -> list[str]:
    """The names a cell of ``name = literal`` lines gives values to; nothing for any other cell."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    names = []
    for line in body:
        if not isinstance(line, ast.Assign):
            return []
        try:
            ast.literal_eval(line.value)
        except ValueError:
            return []
        names += [target.id for target in line.targets if isinstance(target, ast.Name)]
    return names
