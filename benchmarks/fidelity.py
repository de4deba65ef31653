"""Are two executions of a notebook the same? The normaliser, what differs after it, and other projects' notebooks.

In: executed notebooks. Out: the same with what differs between *any* two ordinary executions put aside, and the
list of what is left. The rules, all of them:

1. papermill's and nbclient's records of times, durations and file paths are removed;
2. the random ids of the cells papermill puts in are made the same;
3. memory addresses, the kernel's process id in the name it gives a cell's source, and random ids of widgets
   are replaced by their order of appearance;
4. outputs to streams that follow each other in a cell are joined, all of one stream and then all of the other (how
   they are cut and which stream is first depends on timing: ipykernel sends each when its own clock says so);
5. the states of widgets, which stand in the order of their random ids, are put in the order of what they say.

``python -m benchmarks.fidelity FOLDER...`` runs folders of notebooks, such as the tests of papermill, nbclient and
nbval, through our engine and through papermill's own, and tells how many come out the same and where others differ. A
notebook that differs between two runs through kernels (it prints the time, say) cannot tell anything and is counted
apart, and one that neither runs (it does not end in two minutes, say) is never counted as the same.
"""

import copy
import itertools
import json
import re
import sys
import tempfile
from operator import itemgetter
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.iorw import load_notebook_node

from larcnb.root import Root
from larcnb.runner.engine import NAME
from larcnb.runner.pool import Call, alone

VOLATILE = re.compile(
    r"0x[0-9a-f]{6,16}|ipykernel_\d+/\d+\.py|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
OURS = {"injected-parameters", "papermill-error-cell-tag"}
PAPERMILL = (
    "start_time",
    "end_time",
    "duration",
    "input_path",
    "output_path",
    "environment_variables",
    "version",
)


def normal(nb: Any) -> Any:
    """A copy of an executed notebook without what differs between any two executions.

    Examples
    --------
    >>> text = {"output_type": "stream", "name": "stdout", "text": "<object at 0x7f00deadbeef>"}
    >>> cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "", "outputs": [text]}
    >>> normal({"cells": [cell], "metadata": {}})["cells"][0]["outputs"][0]["text"]
    '<object at #0>'
    """
    nb, seen = copy.deepcopy(nb), {}
    _forget(nb["metadata"].get("papermill", {}))
    for state in nb["metadata"].get("widgets", {}).values():
        said = (
            VOLATILE.sub("#", json.dumps(one, sort_keys=True)) for one in state["state"].values()
        )
        state["state"] = sorted(said)
    for cell in nb["cells"]:
        metadata = cell["metadata"]
        metadata.pop("execution", None)
        _forget(metadata.get("papermill", {}))
        if OURS & set(metadata.get("tags", [])):
            cell["id"] = "X"
        if "outputs" in cell:
            cell["outputs"] = _joined(cell["outputs"])
    return _renamed(nb, seen)


def differences(one: Any, other: Any) -> list[str]:
    """Say where two executed notebooks differ after :func:`normal`; nothing where they don't."""
    one, other = normal(one), normal(other)
    found = [] if one["metadata"] == other["metadata"] else ["metadata"]
    if len(one["cells"]) != len(other["cells"]):
        found.append(f"{len(one['cells'])} cells and {len(other['cells'])}")
    for number, (first, second) in enumerate(zip(one["cells"], other["cells"], strict=False), 1):
        found += [
            f"cell {number}, {key}: {str(first.get(key))[:2000]} / {str(second.get(key))[:2000]}"
            for key in sorted({*first, *second})
            if first.get(key) != second.get(key)
        ]
    return found


def _forget(record: dict[str, Any]) -> None:
    for name in PAPERMILL:
        record.pop(name, None)


def _joined(outputs: list[Any]) -> list[Any]:
    joined: list[Any] = []
    for streams, group in itertools.groupby(
        outputs, lambda output: output["output_type"] == "stream"
    ):
        outputs = [_as_text(output) for output in group]
        if streams:
            named = itertools.groupby(sorted(outputs, key=itemgetter("name")), itemgetter("name"))
            same = [list(parts) for _, parts in named]
            outputs = [
                {**parts[0], "text": "".join(part["text"] for part in parts)} for parts in same
            ]
        joined += outputs
    return joined


def _as_text(output: Any) -> Any:
    """A file keeps text as a list of lines, a notebook in memory as one text."""
    for holder, names in (
        (output, ("text",)),
        (output.get("data", {}), tuple(output.get("data", {}))),
    ):
        for name in names:
            value = holder.get(name)
            if isinstance(value, list) and all(isinstance(line, str) for line in value):
                holder[name] = "".join(value)
    return output


def _renamed(value: Any, seen: dict[str, str]) -> Any:
    if isinstance(value, str):
        return VOLATILE.sub(lambda match: seen.setdefault(match[0], f"#{len(seen)}"), value)
    if isinstance(value, dict):
        return {_renamed(key, seen): _renamed(item, seen) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, seen) for item in value]
    return value


SECONDS = 120.0


def execute(path, engine, note):
    """The executed notebook, also one where a cell failed; the kind of error where it could not be executed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.ipynb"
        options = {"kernel_name": "python3", "progress_bar": False, "cwd": str(path.parent)}
        try:
            papermill.execute_notebook(str(path), str(out), engine_name=engine, **options)
        except papermill.PapermillExecutionError:
            pass  # papermill has saved what ran up to the cell that failed
        except Exception as error:  # and before it began a file that looks like one that ran
            return type(error).__name__
        nb = nbformat.read(out, 4)
        for number, cell in enumerate(nb.cells):
            cell["id"] = f"cell-{number}"  # those of before 2020 are given others by each reader
        return nb


def is_python(path):
    """Whether a notebook can be read, asks for Python and has something to run."""
    try:
        nb = load_notebook_node(str(path))
    except Exception:
        return False
    has_code = any(cell.cell_type == "code" and cell.source.strip() for cell in nb.cells)
    return has_code and nb.metadata.get("kernelspec", {}).get("language", "python") in (
        "python",
        "",
    )


def ran(nb):
    """Whether this is a notebook of which at least one cell was run, and not what came in its place."""
    return hasattr(nb, "cells") and any(cell.get("execution_count") for cell in nb.cells)


def compared(one, other):
    """Where two differ; where either did not run, what came in its place."""
    if ran(one) and ran(other):
        return differences(one, other)
    return [" / ".join("a notebook" if ran(each) else str(each)[:200] for each in (one, other))]


SAME, DIFFERENT, NEITHER = "the same", "differ", "run through neither"
UNSTEADY = "differ between two runs through kernels too"


def verdict(path, run):
    """How a notebook comes out, and what there is to say of it."""
    ours, theirs = run(path, NAME), run(path, None)
    found = compared(ours, theirs)
    if not found:
        return SAME, [f"{sum(bool(cell.get('execution_count')) for cell in ours.cells)} cells run"]
    if not ran(ours) and not ran(theirs):
        return NEITHER, found
    return UNSTEADY if compared(theirs, run(path, None)) else DIFFERENT, found


def main(folders):
    """Run the campaign; 1 where a notebook differs."""
    counts = dict.fromkeys((SAME, DIFFERENT, UNSTEADY, NEITHER), 0)
    with tempfile.TemporaryDirectory() as logs:

        def run(path, engine):
            call = Call("x", execute, (path, engine), SECONDS)
            outcome = alone(Root(Path(logs)), Path(logs), call)
            return outcome.value or str(outcome.failure)

        paths = sorted(path for folder in folders for path in Path(folder).rglob("*.ipynb"))
        for path in filter(is_python, paths):
            ending, found = verdict(path.resolve(), run)
            counts[ending] += 1
            sys.stdout.write(f"{path.name}: {ending}: {[line[:500] for line in found]}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{', '.join(f'{number} {what}' for what, number in counts.items())}.\n")
    return int(counts[DIFFERENT] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
