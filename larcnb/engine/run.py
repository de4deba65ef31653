"""One notebook, run by papermill and checked.

In: a notebook and its parameter. Out: the executed notebook, cleaned; or :class:`NotebookFailed`. This
module imports papermill, which takes a second: only worker processes import it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import papermill
from papermill.engines import NBClientEngine, papermill_engines

from larcnb.engine.failure import Failure, Watch, explain, write_private
from larcnb.engine.kernel import ForkManager, Manager, WarmManager
from larcnb.engine.notebook import Notebook, clean, unfinished
from larcnb.engine.warm import Held

MANAGERS = {"fork": ForkManager, "warm": WarmManager}


class NotebookFailed(Exception):
    """A notebook did not end well; ``failure`` says why in safe words."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(str(failure))


class WatchedEngine(NBClientEngine):
    """Papermill's own engine, with a look at which cell runs and a kernel that is always this interpreter."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, watch: Watch | None = None, **more: Any
    ) -> Any:
        if watch is not None:
            watch.attach(nb_man)
        return super().execute_managed_notebook(nb_man, kernel_name, **more)


papermill_engines.register("larcnb", WatchedEngine)


def run_notebook(
    notebook: Notebook,
    value: str,
    unit: str,
    private: Path,
    timeout: float | None,
    engine: str = "plain",
    held: Held | None = None,
    more: Mapping[str, Any] | None = None,
) -> Any:
    """Execute a notebook for one authority or round, and check that it did all it should have.

    Parameters
    ----------
    notebook : Notebook
    value : str
        What its parameter is set to: a slug or a round.
    unit : str
        What its completion record must name.
    private : Path
        Folder for what only the owner may read, should it fail.
    timeout : float or None
        Seconds the whole notebook may take; none for no limit.
    engine : str
        ``plain``, ``fork`` or ``warm``.
    held : Held, optional
        For ``warm``: the unit's kernel, from its first notebook on, closed by whoever made it. Without, the
        kernel ends with the notebook.
    more : dict of parameter to value, optional
        Parameters beside the one that names the authority or round.

    Returns
    -------
    NotebookNode
        With nothing in it that differs from run to run.

    Raises
    ------
    NotebookFailed
        A cell failed, took too long, was not run, or the completion record is missing or wrong.
    """
    watch, own = Watch(), Held()
    deadline = time.monotonic() + timeout if timeout else None
    try:
        nb = papermill.execute_notebook(
            str(notebook.path),
            None,
            {notebook.parameter: value, **(more or {})},
            engine_name="larcnb-warm" if engine == "warm" else "larcnb",
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            watch=watch,
            on_cell_executed=watch.replied,
            kernel_manager_class=MANAGERS.get(engine, Manager),
            **({"held": held or own} if engine == "warm" else {}),
            resources={"metadata": {"path": str(notebook.path.parent)}},
            timeout_func=(lambda cell: max(deadline - time.monotonic(), 0.1)) if deadline else None,
            iopub_timeout=60,
            record_timing=False,
        )
        if wrong := unfinished(nb, notebook.name, unit) or (
            "A cell ended the kernel." if watch.left else ""
        ):
            raise Incomplete(wrong)
    except Exception as raised:
        failure = explain(notebook.name, watch, raised, timeout)
        if isinstance(raised, Incomplete) and not watch.left:
            failure = Failure(notebook.name, 0, "", "incomplete", str(raised), "")
        log = write_private(private, f"{unit.replace('/', '+')}-{notebook.name}", raised, watch)
        raise NotebookFailed(Failure(**{**vars(failure), "log": log})) from None
    finally:
        own.close()
    return clean(nb)


class Incomplete(Exception):
    """The notebook ran through without an error, and yet did not do all it should have."""
