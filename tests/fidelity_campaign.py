"""Other projects' notebooks through our engine and through kernels: ``python tests/fidelity_campaign.py FOLDER...``.

In: folders of notebooks, such as the tests of papermill, nbclient and nbval. Out: how many come out the same after
:func:`fidelity.normal` as through papermill's own engine, and where the others differ. A notebook that differs between
two runs through kernels (it prints the time, say) cannot tell anything and is counted apart.
"""

import sys
import tempfile
from pathlib import Path

import nbformat
import papermill
from fidelity import differences
from papermill.iorw import load_notebook_node

from larcnb.root import Root
from larcnb.runner.engine import NAME
from larcnb.runner.pool import Call, alone

SECONDS = 60.0


def execute(path, engine, note):
    """The executed notebook, also one where a cell failed, or the kind of error where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.ipynb"
        options = {"kernel_name": "python3", "progress_bar": False, "cwd": str(path.parent)}
        try:
            papermill.execute_notebook(str(path), str(out), engine_name=engine, **options)
        except Exception as error:
            if not out.exists():
                return type(error).__name__
        nb = nbformat.read(out, 4) if out.exists() else None
        for number, cell in enumerate(nb.cells if nb else ()):
            cell["id"] = f"cell-{number}"  # those of before 2020 are given others by each reader
        return nb


def is_python(path):
    """Whether a notebook can be read and asks for Python."""
    try:
        nb = load_notebook_node(str(path))
    except Exception:
        return False
    return nb.metadata.get("kernelspec", {}).get("language", "python") in ("python", "")


def compared(one, other):
    """Where two differ; those without a notebook by what came in its place."""
    notebooks = all(hasattr(each, "cells") for each in (one, other))
    return differences(one, other) if notebooks else [] if one == other else [f"{one} / {other}"]


def main(folders):
    """Run the campaign; 1 where a notebook differs."""
    counts, wrong = {"the same": 0, "differ between two runs through kernels too": 0}, 0
    with tempfile.TemporaryDirectory() as logs:

        def run(path, engine):
            outcome = alone(
                Root(Path(logs)), Path(logs), Call("x", execute, (path, engine), SECONDS)
            )
            return outcome.value or outcome.failure.kind

        paths = sorted(path for folder in folders for path in Path(folder).rglob("*.ipynb"))
        for path in filter(is_python, paths):
            ours, theirs = run(path.resolve(), NAME), run(path.resolve(), None)
            found = compared(ours, theirs)
            if found and compared(theirs, run(path.resolve(), None)):
                counts["differ between two runs through kernels too"] += 1
            elif found:
                wrong += 1
                sys.stdout.write(f"{path.name}: {[line[:500] for line in found]}\n")
            else:
                counts["the same"] += 1
            sys.stdout.flush()
    said = [f"{number} {what}" for what, number in {**counts, "differ": wrong}.items()]
    sys.stdout.write(f"{', '.join(said)}.\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
