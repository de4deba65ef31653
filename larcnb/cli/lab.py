"""JupyterLab on working copies of the notebooks.

In: a root, and what else JupyterLab is to be told. Out: its exit code. JupyterLab saves by itself whatever is done to a
notebook; ``run``, ``batch`` and ``list`` use ``notebooks/``, so it is given copies in the root's ``work/``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from larcnb.errors import LarcError
from larcnb.files import read_json, write_whole
from larcnb.root import WORKBOOK, Root
from larcnb.runner.fingerprints import notebook_source

WORK = "work"
MADE = ".made.json"
"""In the folder of the copies: for each, the checksum of the cells it was copied with."""
QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
"""JupyterLab asks for no news, looks for no newer version of itself and lists no extensions from a package index."""


def run_lab(root: Root, words: Sequence[str] = ()) -> int:
    """Start JupyterLab on the working copies and wait until it ends.

    Parameters
    ----------
    root : Root
        Whose returns and params the notebooks read; the copies are in its ``work/``.
    words : sequence of str
        Options of JupyterLab's own, such as ``--no-browser``.

    Raises
    ------
    LarcError
        JupyterLab is not installed, or ``work/`` cannot be written to.
    """
    from larcnb.runner.settings import SETTINGS

    if importlib.util.find_spec("jupyterlab") is None:
        how = "It comes with: pip install 'larcnb[lab]'."
        raise LarcError(f"JupyterLab is not installed here. {how}")
    sys.stdout.write("\n".join([*working_copies(root), ""]))
    sys.stdout.flush()
    environment = {**os.environ, **SETTINGS, "LARCNB_ROOT": str(root.path)}
    for name in ("LARCNB_UNIT", "LARCNB_STAGE", "LARCNB_PRIVATE_LOG"):
        environment.pop(name, None)
    command = [sys.executable, "-P", "-m", "jupyterlab", *QUIET, *words]
    # It takes this process's place where it can, so that whoever ends the one ends the other.
    if os.name == "posix":
        os.chdir(root.path / WORK)
        os.execve(sys.executable, command, environment)
    return subprocess.run(command, cwd=root.path / WORK, env=environment, check=False).returncode


def working_copies(root: Root) -> list[str]:
    """Copy the notebooks to the root's ``work/`` where they are not there yet, or are there unchanged and outdated.

    A copy whose cells are not those it was made with is the analyst's and stays. Outputs do not count.

    Returns
    -------
    list of str
        What to tell the analyst: where the copies are, how to start over, how to bring a change back; and which copies
        stayed though there is a newer notebook.

    Raises
    ------
    LarcError
        The folder cannot be written to.
    """
    try:
        kept = _copy(root.path / WORK)
    except OSError as error:
        raise LarcError(f"{root.said(WORK)}/ cannot be written to ({error.strerror}).") from None
    own = "" if root.path == WORKBOOK else "the workbook's "
    lines = [
        f"Working copies of the notebooks: {root.said(WORK)}/. Nothing done to them changes what larcnb run, batch and "
        f"list use. To start over, delete a copy, or all of {root.said(WORK)}/, and run larcnb lab again. To bring a "
        f"change back, copy the notebook over the one in {own}notebooks/."
    ]
    todo = "To take the new one, rename or delete yours."
    newer = f"Kept with your changes, though there are newer ones: {', '.join(kept)}. {todo}"
    return [*lines, *[newer] * bool(kept)]


def _copy(folder: Path) -> list[str]:
    """Bring the copies up to date; the names of those left behind because they were changed."""
    folder.mkdir(exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    made, kept, shipped = read_json(folder / MADE), [], WORKBOOK / "notebooks"
    found = {path.relative_to(shipped): path for path in shipped.glob("**/[0-9]*.ipynb")}
    sources = {n.as_posix(): p for n, p in found.items() if ".ipynb_checkpoints" not in n.parts}
    for name in sorted({*sources, *made}):
        copy, was = folder / name, made.get(name, "")
        now = notebook_source(sources[name]) if name in sources else ""
        there = _cells(copy) if copy.exists() else was
        if not now:  # no longer part of the workbook
            del made[name]
            if there == was:
                copy.unlink(missing_ok=True)
        elif copy.exists() and there == now:
            made[name] = now
        elif there != was:
            kept += [name] * (was != now)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            write_whole(copy, sources[name].read_bytes())
            made[name] = now
    write_whole(folder / MADE, json.dumps(made, indent=1, sort_keys=True) + "\n")
    return kept


def _cells(path: Path) -> str:
    """The checksum of a copy's cells; "none" for what is no notebook (any more)."""
    try:
        return notebook_source(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "none"
