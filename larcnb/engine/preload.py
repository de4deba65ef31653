"""Importing what the notebooks import, in a process that is not a kernel, as if it were one.

In: names of modules. Out: those modules imported, and nothing started: a process that may be forked. Each
odd line here stands for something that came out differently in a forked kernel until it was there.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

MACHINERY = (
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.display_functions",
    "IPython.core.historyapp",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "IPython.lib.pretty",
    "IPython.utils.wildcard",
    "comm.base_comm",
    "ipykernel.comm.comm",
    "ipykernel.datapub",
    "ipykernel.debugger",
    "ipykernel.iostream",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.parentpoller",
    "ipykernel.pylab.backend_inline",
    "ipykernel.subshell_manager",
    "ipykernel.zmqshell",
    "jupyter_client.session",
    "matplotlib_inline.config",
    "pdb",
    "psutil",
    "tornado.platform.asyncio",
    "zmq.eventloop.zmqstream",
)
"""What ipykernel imports while it starts and ends; names that some version lacks are passed over."""
INSIDE = {
    "pandas": ("encodings.utf_8_sig", "pandas.io.parquet", "pyarrow.dataset", "pyarrow.parquet"),
    "matplotlib": ("afcharts", "contourpy"),
}
"""What a library, where it is there, imports only once it is asked for something."""
OWN_SHELL = {"IPython", "ipywidgets", "larcnb"}
"""Not imported ahead for a function that may want them: the first two hook into the shell of their process."""
LATER = {"SALib", "scipy", "seaborn", "statsmodels"}
"""Slow to import, and not wanted by an authority's first notebooks, which may run meanwhile."""
READY = ".ready"
"""Ends the name of the file, beside its socket, that says that a zygote has imported."""
QUIET_THREADS = {"jemalloc_bg_thd"}
"""Threads of the allocator that know how to be forked."""


def modules_of(notebooks: Iterable[Path]) -> list[str]:
    """The modules that notebooks import, from the text of their cells.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "01_a.ipynb"
    ...     cell = {"cell_type": "code", "source": "from larcnb import show\\nimport pandas as pd"}
    ...     _ = path.write_text(json.dumps({"cells": [cell]}))
    ...     modules_of([path])
    ['larcnb', 'larcnb.show', 'pandas']
    """
    found: set[str] = set()
    for path in notebooks:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] != "code":
                continue
            with contextlib.suppress(SyntaxError):
                found |= _imports("".join(cell["source"]))
    return sorted(found)


def preload(modules: Iterable[str], wanted: Callable[[], bool] = lambda: True) -> list[str]:
    """Import modules as a kernel would see them, or end the process once nobody wants it any more.

    The environment must already hold :data:`larcnb.engine.settings.SETTINGS`: numpy starts its threads, and
    matplotlib picks its backend, when they are imported.

    Returns
    -------
    list of str
        What is left for :func:`as_in_a_kernel` to import when there is time.
    """
    gc.disable()  # what is imported is there to stay
    as_in_a_kernel((*MACHINERY, *modules), wanted)
    lazy = _lazily()
    as_in_a_kernel([name for name in lazy if name.split(".")[0] not in LATER], wanted)
    as_in_a_kernel(
        [name for library in INSIDE.keys() & sys.modules.keys() for name in INSIDE[library]], wanted
    )
    if "matplotlib" in sys.modules:
        _draw_once()
    settle()
    gc.enable()
    return [name for name in lazy if name.split(".")[0] in LATER]


def as_in_a_kernel(names: Iterable[str], wanted: Callable[[], bool] = lambda: True) -> None:
    """Import modules; pandas decides how wide a frame prints when it is imported, by whether it is in a kernel."""
    import builtins
    import types

    builtins.get_ipython = lambda: types.SimpleNamespace(kernel=None, config={})  # type: ignore[attr-defined]
    try:
        for name in names:
            if (
                not wanted()
            ):  # imports take seconds, and whoever asked for them may be killed meanwhile
                sys.exit(0)
            # A name may be a function of a module, or a module whose import fails: the cell will say so.
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]


def settle() -> None:
    """Leave nothing of this process's own to a kernel, and nothing for it to look through for garbage."""
    # It hooks into the shell of the process that imports it, so each kernel imports its own.
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib_inline"]:
        del sys.modules[name]
    gc.freeze()


def threads() -> set[str]:
    """The names of this process's other threads, as the system knows them; a fork would lose them."""
    folder, found = Path("/proc/self/task"), set()
    for task in folder.iterdir():
        if task.name != str(os.getpid()):
            found.add((task / "comm").read_text().strip())
    return found - QUIET_THREADS


def _lazily() -> list[str]:
    """What the modules of larcnb that are here import only once a function of theirs is called."""
    ours = [
        module for name, module in sorted(sys.modules.items()) if name.split(".")[0] == "larcnb"
    ]
    sources = [Path(module.__file__) for module in ours if getattr(module, "__file__", None)]
    names = set().union(*(_imports(path.read_text(encoding="utf-8")) for path in sources))
    return sorted(name for name in names if name.split(".")[0] not in OWN_SHELL)


def _imports(source: str) -> set[str]:
    """The names that Python source imports, at its top or in its functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _draw_once() -> None:
    """Draw a small figure in memory, so that fonts are found once and not in each kernel."""
    import io

    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1], label="x")
    axes.legend()
    axes.set_title("x", fontweight="bold")
    figure.savefig(io.BytesIO(), format="svg")
