"""JupyterLab in the workbook's folder, with kernels that start fast where they can be forked.

In: a root, and what else JupyterLab is to be told. Out: its exit code.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence

from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root


def run_lab(root: Root, words: Sequence[str] = ()) -> int:
    """Start JupyterLab and wait until it ends.

    Parameters
    ----------
    root : Root
        Whose returns and params the notebooks read.
    words : sequence of str
        Options of JupyterLab's own, such as ``--no-browser``.

    Raises
    ------
    LarcError
        JupyterLab is not installed.
    """
    from larcnb.engine.settings import SETTINGS
    from larcnb.engine.spawn import can_fork

    if importlib.util.find_spec("jupyterlab") is None:
        raise LarcError("JupyterLab is not installed here. It comes with: pip install 'larcnb[lab]'.")
    environment = {**os.environ, **SETTINGS, "LARCNB_ROOT": str(root.path)}
    if can_fork():
        environment["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "larcnb-fork"
    command = [sys.executable, "-m", "jupyterlab", *words]
    if os.name == "posix":  # JupyterLab takes this process's place, so that whoever ends the one ends the other
        os.chdir(WORKBOOK / "notebooks")
        os.execve(sys.executable, command, environment)
    return subprocess.run(command, cwd=WORKBOOK / "notebooks", env=environment, check=False).returncode
