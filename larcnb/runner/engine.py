"""A papermill engine that runs cells in an IPython shell of this process: no kernel, no sockets.

In: a notebook that papermill has parameterised. Out: the same notebook executed. The shell is ipykernel's own;
what it would send to its client (displays, results, errors, states of widgets) is handed to nbclient's client
at once, which puts it into the notebook as it always does. Registered with papermill under :data:`NAME`; folder,
environment and the like are put back afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import comm
from comm.base_comm import BaseComm
from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.pylabtools import select_figure_formats
from jupyter_client.session import Session
from nbclient.exceptions import CellExecutionError
from nbclient.util import run_hook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from larcnb.runner.pool import SETTINGS

NAME = "larcnb"


class KernelEnded(Exception):
    """A cell called exit() or quit()."""


class _Session(Session):
    """Gives messages to ``receive`` where a kernel's session would send them."""

    receive: Callable[[dict], None]

    def send(self, stream, message, content=None, parent=None, buffers=None, **more):
        """Give a message, or one that is made of its type and parts."""
        if isinstance(message, str):
            message = self.msg(message, content, parent, metadata=more.get("metadata"))
        content = self.unpack(self.pack(message["content"]))  # as it would arrive
        self.receive({**message, "content": content, "buffers": buffers or []})


class _Compiler(XCachingCompiler):
    """Names a cell's code as a kernel does, for warnings, but the same in every process."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        name = super().get_code_name(raw_code, transformed_code, number)
        return name.replace(f"ipykernel_{os.getpid()}", "ipykernel_0")


class Shell(ZMQInteractiveShell):
    """ipykernel's shell, in no kernel."""

    compiler_class = _Compiler

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window to wait for."""


Shell.__name__ = "ZMQInteractiveShell"  # how rich and others know that they are in a notebook


class _Stream(io.TextIOBase):
    """Standard output or error of a cell; text that follows text is one output."""

    encoding, errors = "UTF-8", None

    def __init__(self, name: str, run: _Run) -> None:
        self.name, self.run = name, run

    def write(self, text: str) -> int:
        with self.run.lock:
            if self.run.stream != self.name:
                self.run.flush()  # the other stream's words came first
            self.run.stream = self.name
            return self.run.printed.write(text)

    def writable(self) -> bool:
        return True


class InProcess(Engine):
    """Runs a notebook's cells here. Takes nbclient's options and hooks; time limits are the caller's."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, log_output=False, **more) -> None:
        """Papermill's extension point: run the cells of ``nb_man`` here, whatever the kernel's name.

        Raises
        ------
        KernelEnded, CellExecutionError
        """
        traits = PapermillNotebookClient.class_trait_names()
        options = {name: value for name, value in more.items() if name in traits}
        client = PapermillNotebookClient(nb_man, log_output=log_output, **options)
        client.reset_execution_trackers()
        with _as_found(), TemporaryDirectory(prefix="larcnb-") as profile:
            _begin()
            run = _Run(client, profile)
            with asyncio.Runner() as loop, run.installed():
                client.execute_cell = lambda cell, index: loop.run(run.execute(cell, index))
                client.papermill_execute_cells()
        nb_man.nb.metadata["language_info"] = dict(IPythonKernel.language_info)
        client.set_widgets_metadata()


class _Run:
    """One notebook's run: the shell, the client that keeps the outputs, and the cell that is running."""

    def __init__(self, client: PapermillNotebookClient, profile: str) -> None:
        self.client, self.lock = client, threading.RLock()
        self.stream, self.printed = "", io.StringIO()
        self.cell, self.index, self.parent = None, 0, {}
        self.session = _Session()
        self.session.receive = self.receive
        config = Config({"HistoryManager": {"hist_file": ":memory:"}})
        self.shell = Shell.instance(ipython_dir=profile, config=config)
        told = {"session": self.session, "iopub_socket": None, "get_parent": lambda: self.parent}
        self.shell.kernel = SimpleNamespace(eventloop=None, **told)
        self.shell.displayhook.session = self.shell.display_pub.session = self.session
        channel = SimpleNamespace(send=lambda message: None)  # what widgets tell their front end
        client.kc = SimpleNamespace(session=self.session, shell_channel=channel)

    async def execute(self, cell: Any, index: int) -> None:
        """Run a cell, and put into it what it shows.

        Raises
        ------
        KernelEnded, CellExecutionError
        """
        client, shell, at = self.client, self.shell, {"cell": cell, "cell_index": index}
        tags = cell.metadata.get("tags", [])
        await run_hook(client.on_cell_start, **at)
        is_skipped = client.skip_cells_with_tag in tags or not cell.source.strip()
        if cell.cell_type != "code" or is_skipped:
            return
        cell.outputs, self.cell, self.index = [], cell, index
        client.clear_before_next_output = False
        self.parent = {"header": {"msg_id": f"cell-{index}"}}
        shell.set_parent(self.parent)
        shell._last_traceback_during_displayhook = False
        result = await self._run_source(cell.source)
        self.flush()
        cell.execution_count = result.execution_count
        if shell.exit_now:
            raise KernelEnded
        await asyncio.sleep(0)  # tasks that the cell began go on
        error = result.error_before_exec or result.error_in_exec
        if error is None and not shell._last_traceback_during_displayhook:
            return
        said = {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
        reply = {"status": "error", **said}
        await run_hook(client.on_cell_error, **at, execute_reply={"content": reply})
        if "raises-exception" not in tags:
            raise CellExecutionError.from_cell_and_msg(cell, reply)

    async def _run_source(self, source: str) -> Any:
        """Run a cell as a shell's own ``run_cell`` does, but on this loop, for one that awaits."""
        shell, failed = self.shell, None
        try:
            code = shell.transform_cell(source)
        except Exception:
            code, failed = source, sys.exc_info()
        given = {"transformed_cell": code, "preprocessing_exc_tuple": failed}
        result = await shell.run_cell_async(source, store_history=True, **given)
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
        return result

    def receive(self, message: dict) -> None:
        """Put into the cell what a kernel's message says."""
        with self.lock:
            self.flush()
            if self.cell is not None:
                self.client.process_message(message, self.cell, self.index)

    def flush(self) -> None:
        """Put into the cell what was printed."""
        with self.lock:
            if text := self.printed.getvalue():
                self.printed = io.StringIO()
                content = {"name": self.stream, "text": text}
                self.session.send(None, "stream", content, parent=self.parent)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """This process's streams and widgets are the notebook's meanwhile."""
        run = self

        class Comm(BaseComm):
            def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
                content = {"data": data or {}, "comm_id": self.comm_id, **keys}
                given = {"metadata": metadata, "buffers": buffers, "parent": run.parent}
                run.session.send(None, msg_type, content, **given)

        before = sys.stdout, sys.stderr, comm.create_comm
        sys.stdout, sys.stderr = _Stream("stdout", self), _Stream("stderr", self)
        comm.create_comm = Comm
        if inline := sys.modules.get("matplotlib_inline.backend_inline"):
            inline.InlineBackend.clear_instance()
            inline.configure_inline_support(self.shell, os.environ["MPLBACKEND"])
            chosen = inline.InlineBackend.instance()
            select_figure_formats(self.shell, chosen.figure_formats, **chosen.print_figure_kwargs)
        try:
            yield
        finally:
            self.cell = None
            self.shell.reset(new_session=False)
            Shell.clear_instance()
            sys.stdout, sys.stderr, comm.create_comm = before


def _begin() -> None:
    """Bring the process into the state in which a kernel begins."""
    os.environ.update(SETTINGS)
    sys.path.insert(0, "")
    sys.argv = [""]
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if pandas := sys.modules.get("pandas"):
        with warnings.catch_warnings(action="ignore"):  # of options that pandas will give up
            pandas.reset_option("all")
        pandas.set_option("display.max_columns", 20)  # as where it is imported in a kernel
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rc_file_defaults()
        matplotlib.rcParams["backend"] = SETTINGS["MPLBACKEND"]
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@contextlib.contextmanager
def _as_found() -> Iterator[None]:
    """Put back what a notebook changed in the process: folder, environment, paths, main module, warnings, logging.

    What it changed inside a library stays until the process ends.
    """
    environment, path, argv = dict(os.environ), list(sys.path), sys.argv
    handlers, level = list(logging.root.handlers), logging.root.level
    main = sys.modules["__main__"]  # a shell puts its own in its place
    with warnings.catch_warnings(), contextlib.chdir(os.curdir):
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(environment)
            sys.path[:], sys.argv, sys.modules["__main__"] = path, argv, main
            logging.root.handlers[:] = handlers
            logging.root.setLevel(level)


papermill_engines.register(NAME, InProcess)
