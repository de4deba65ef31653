"""JupyterLab on working copies of the notebooks.

In: a root, and what else JupyterLab is to be told. Out: its exit code. JupyterLab saves by itself whatever is done to a
notebook; ``run``, ``batch`` and ``list`` use ``notebooks/``, so it is given copies in the root's ``work/``.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence

from larcnb.cli.output import say
from larcnb.errors import LarcError
from larcnb.files import write_whole
from larcnb.root import WORKBOOK, Root
from larcnb.runner.fingerprints import notebook_hash, numbered_notebooks

WORK = "work"
QUIET = ("--LabApp.news_url=None", "--LabApp.extension_manager=readonly")
QUIET += ("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",)
"""JupyterLab asks for no news, looks for no newer version of itself and lists no extensions from a package index."""


def run_lab(root: Root, words: Sequence[str] = ()) -> int:
    """Start JupyterLab on the working copies and wait until it ends.

    Parameters
    ----------
    root : Root
        Whose returns and params the notebooks read; the copies are in its ``work/``.
    words : sequence of str
        Options of JupyterLab's own, such as ``--no-browser``.

    Returns
    -------
    int
        JupyterLab's exit code; on Linux and macOS it takes this process's place, and nothing is returned.

    Raises
    ------
    LarcError
        JupyterLab is not installed, or ``work/`` cannot be written to; exit code 2.
    """
    from larcnb.runner.pool import SETTINGS

    if importlib.util.find_spec("jupyterlab") is None:
        how = "It comes with: pip install 'larcnb[lab]'."
        raise LarcError(f"JupyterLab is not installed here. {how}")
    say(*working_copies(root))
    environment = {**os.environ, **SETTINGS, "LARCNB_ROOT": str(root.path)}
    command = [sys.executable, "-P", "-m", "jupyterlab", *QUIET, *words]
    # It takes this process's place where it can, so that whoever ends the one ends the other.
    if os.name == "posix":
        os.chdir(root.path / WORK)
        os.execve(sys.executable, command, environment)
    return subprocess.run(command, cwd=root.path / WORK, env=environment, check=False).returncode


def working_copies(root: Root) -> list[str]:
    """Copy the notebooks to the root's ``work/`` where they are not there yet; what is there stays as it is.

    Returns
    -------
    list of str
        What to tell the analyst: where the copies are, how to start over, how to bring a change back; and which copies
        are not the workbook's notebooks of today, changed or older. Outputs do not count.

    Raises
    ------
    LarcError
        The folder cannot be written to; exit code 2.
    """
    folder, place, apart = root.path / WORK, f"{root.said(WORK)}/", []
    try:
        write_whole(folder / ".gitignore", "*\n")
        for name, notebook in numbered_notebooks(WORKBOOK / "notebooks").items():
            copy = folder / name
            if not copy.exists():
                write_whole(copy, notebook.read_bytes())
            elif notebook_hash(copy) != notebook_hash(notebook):
                apart.append(name)
    except OSError as error:
        raise LarcError(f"{place} cannot be written to ({error.strerror}).") from None
    lines = [
        f"Working copies of the notebooks: {place}. Nothing done to them changes what larcnb run, "
        f"batch and list use. To start over, delete a copy, or all of {place}, and run larcnb lab "
        "again. To bring a change back, copy the notebook over the workbook's in notebooks/."
    ]
    if apart:
        kept = f"Kept as they are, changed by you or older than the workbook's: {', '.join(apart)}."
        lines.append(f"{kept} To take the workbook's, rename or delete yours.")
    return lines
