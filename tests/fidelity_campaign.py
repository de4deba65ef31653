"""Other projects' notebooks through our kernels and through ordinary ones: ``python fidelity_campaign.py FOLDER...``.

In: folders of notebooks, such as the tests of papermill, nbclient and nbval. Out: for each engine, how many notebooks
come out the same after :func:`larcnb.engine.fidelity.normal` as through a plain kernel, and where the others differ.
A notebook that differs between two plain runs (it prints the time, say) cannot tell anything and is counted apart.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
import papermill
from papermill.iorw import load_notebook_node

from larcnb.engine import spawn
from larcnb.engine.fidelity import differences
from larcnb.engine.settings import SETTINGS

SECONDS = 60


def execute(path: Path, provisioner: str) -> dict | str:
    """The executed notebook, the one where it stopped, or the kind of error where there is none."""
    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = provisioner
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.ipynb"
        try:
            papermill.execute_notebook(
                str(path),
                str(out),
                kernel_name="python3",
                progress_bar=False,
                cwd=str(path.parent),
                execution_timeout=SECONDS,
                start_timeout=SECONDS,
            )
        except Exception as error:
            if not out.exists():
                return type(error).__name__
        if not out.exists():
            return "nothing"
        nb = nbformat.read(out, 4)
        for number, cell in enumerate(nb.cells):
            cell["id"] = (
                f"cell-{number}"  # notebooks of before 2020 have no ids, and are given others by each reader
            )
        return nb


def python(path: Path) -> bool:
    """Whether a notebook can be read and asks for Python."""
    try:
        nb = load_notebook_node(str(path))
    except Exception:
        return False
    return nb.metadata.get("kernelspec", {}).get("language", "python") in ("python", "") and bool(
        nb.cells
    )


def main(folders: list[str]) -> int:
    """Run the campaign; 1 where a notebook differs."""
    os.environ.update(SETTINGS, PYTHONUTF8="1")
    zygote = spawn.Process(["pandas", "numpy", "matplotlib.pyplot"], dict(os.environ))
    os.environ["LARCNB_ZYGOTE"] = zygote.path
    same, unsteady, wrong = 0, 0, []
    for path in sorted(p for folder in folders for p in Path(folder).rglob("*.ipynb") if python(p)):
        plain, forked = (execute(path, name) for name in ("local-provisioner", "larcnb-fork"))
        if plain == forked or (
            not isinstance(plain, str)
            and not isinstance(forked, str)
            and differences(plain, forked) == []
        ):
            same += 1
            continue
        again = execute(path, "local-provisioner")
        if isinstance(plain, str) or isinstance(again, str) or differences(plain, again):
            unsteady += 1
            continue
        wrong.append(path.name)
        sys.stdout.write(
            f"{path.name}: {forked if isinstance(forked, str) else differences(plain, forked)}\n"
        )
    zygote.close()
    sys.stdout.write(
        f"{same} the same, {unsteady} differ between two plain runs too, {len(wrong)} differ.\n"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
