"""A papermill engine that runs cells in an IPython shell of this process: no kernel, no sockets.

In: a notebook that papermill has parameterised. Out: the same notebook executed. The shell is ipykernel's own;
what it would send to its client (displays, results, errors, states of widgets) is handed to nbclient's client
at once, which puts it into the notebook as it always does. Registered with papermill under :data:`NAME`; folder,
environment and the like are put back afterwards.
"""

from __future__ import annotations

import asyncio
import builtins
import codecs
import contextlib
import getpass
import io
import logging
import os
import random
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import comm
from comm.base_comm import BaseComm
from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from IPython.core.pylabtools import select_figure_formats
from jupyter_client.session import Session
from nbclient.exceptions import CellExecutionError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from larcnb.runner.settings import SETTINGS

NAME = "larcnb"
NO_INPUT = "raw_input was called, but this frontend does not support input requests."
MARK = b"\0end of cell\0"


class KernelEnded(Exception):
    """A cell called exit() or quit()."""


class _Session(Session):
    """Gives messages to ``receive`` where a kernel's session would send them."""

    receive: Callable[[dict], None]

    def send(
        self, stream, msg_or_type, content=None, parent=None, ident=None, buffers=None, **more
    ):
        """Give a message, or one that is made of its parts."""
        message = msg_or_type
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

    def __init__(self, name: str, number: int, run: _Run) -> None:
        self.name, self.number, self.run = name, number, run
        self.text: list[str] = []

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        with self.run.lock:
            if text and not self.text:
                self.run.flush()  # the other stream's words came first
            self.text += [text] if text else []
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.number


class InProcess(Engine):
    """Runs a notebook's cells here. Takes nbclient's options and hooks; time limits are the caller's."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, log_output: bool = False, **more: Any
    ) -> None:
        traits = PapermillNotebookClient.class_trait_names()
        options = {name: value for name, value in more.items() if name in traits}
        client = PapermillNotebookClient(nb_man, log_output=log_output, **options)
        client.reset_execution_trackers()
        with _as_found(), tempfile.TemporaryDirectory(prefix="larcnb-") as profile:
            _begin()
            asyncio.run(_Run(client, profile).cells())
        nb_man.nb.metadata["language_info"] = dict(IPythonKernel.language_info)
        client.set_widgets_metadata()


class _Run:
    """One notebook's run: the shell, the client that keeps the outputs, and the cell that is running."""

    def __init__(self, client: PapermillNotebookClient, profile: str) -> None:
        self.client, self.nb_man = client, client.nb_man
        self.lock = threading.RLock()
        self.streams = [_Stream("stdout", 1, self), _Stream("stderr", 2, self)]
        self.cell, self.index, self.parent = None, 0, {}
        self.session = _Session()
        self.session.receive = self.receive
        Shell.clear_instance()
        config = Config({"HistoryManager": {"hist_file": ":memory:"}})
        self.shell = Shell.instance(ipython_dir=profile, config=config)
        told = {"session": self.session, "iopub_socket": None, "get_parent": lambda: self.parent}
        self.shell.kernel = SimpleNamespace(eventloop=None, **told)
        self.shell.displayhook.session = self.shell.display_pub.session = self.session
        channel = SimpleNamespace(send=lambda message: None)  # what widgets tell their front end
        client.kc = SimpleNamespace(session=self.session, shell_channel=channel)

    async def cells(self) -> None:
        """Run the cells until one fails.

        Raises
        ------
        KernelEnded
        """
        with self._installed():
            for index, cell in enumerate(self.nb_man.nb.cells):
                try:
                    self.nb_man.cell_start(cell, index)
                    await self._cell(cell, index)
                except CellExecutionError as error:
                    self.nb_man.cell_exception(cell, cell_index=index, exception=error)
                    break
                finally:
                    self.nb_man.cell_complete(cell, cell_index=index)

    async def _cell(self, cell: Any, index: int) -> None:
        client, shell, tags = self.client, self.shell, cell.metadata.get("tags", [])
        self._tell(client.on_cell_start, cell, index)
        if cell.cell_type != "code" or not cell.source.strip():
            return
        if client.skip_cells_with_tag in tags:
            return
        cell.outputs, self.cell, self.index = [], cell, index
        client.clear_before_next_output = False
        self.parent = {"header": {"msg_id": f"cell-{index}"}}
        shell.set_parent(self.parent)
        self._tell(client.on_cell_execute, cell, index)
        with _printed_elsewhere(self.streams):
            result = await self._run(cell.source)
        self.flush()
        cell.execution_count = result.execution_count
        if shell.exit_now:
            raise KernelEnded
        await asyncio.sleep(0)  # tasks that the cell began go on
        error = result.error_before_exec or result.error_in_exec
        if error is None and not shell._last_traceback_during_displayhook:
            return
        said = {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
        reply = {"content": {"status": "error", **said}}
        self._tell(client.on_cell_error, cell, index, execute_reply=reply)
        allowed = client.allow_errors or said["ename"] in client.allow_error_names
        if client.force_raise_errors or not (allowed or "raises-exception" in tags):
            raise CellExecutionError.from_cell_and_msg(cell, reply["content"])

    async def _run(self, source: str) -> Any:
        """Run a cell as ipykernel does: one that awaits on this loop, any other at once."""
        shell, failed = self.shell, None
        try:
            code = shell.transform_cell(source)
        except Exception:
            code, failed = source, sys.exc_info()
        given = {"transformed_cell": code, "preprocessing_exc_tuple": failed}
        if not shell.should_run_async(source, **given):
            return shell.run_cell(source, store_history=True)
        result = None
        try:
            result = await shell.run_cell_async(source, store_history=True, **given)
        finally:
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
            for stream in self.streams:
                if stream.text:
                    said, stream.text = "".join(stream.text), []
                    content = {"name": stream.name, "text": said}
                    self.session.send(None, "stream", content, parent=self.parent)

    def _tell(self, hook: Any, cell: Any, index: int, **more: Any) -> None:
        if hook is not None:
            hook(cell=cell, cell_index=index, **more)

    @contextlib.contextmanager
    def _installed(self) -> Iterator[None]:
        """This process's streams, input and widgets are the notebook's meanwhile."""

        def refuse(*prompt: Any, **more: Any) -> None:
            raise StdinNotImplementedError(NO_INPUT)

        run = self

        class Comm(BaseComm):
            def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
                content = {"data": data or {}, "comm_id": self.comm_id, **keys}
                given = {"metadata": metadata, "buffers": buffers, "parent": run.parent}
                run.session.send(None, msg_type, content, **given)

        before = sys.stdout, sys.stderr, sys.modules["__main__"]
        asking = builtins.input, getpass.getpass, comm.create_comm
        sys.stdout, sys.stderr = self.streams
        sys.modules["__main__"] = self.shell.user_module
        builtins.input = getpass.getpass = refuse
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
            sys.stdout, sys.stderr, sys.modules["__main__"] = before
            builtins.input, getpass.getpass, comm.create_comm = asking


@contextlib.contextmanager
def _printed_elsewhere(streams: list[_Stream]) -> Iterator[None]:
    """Take in what C code and other programs write to this process's standard output and error."""
    kept, readers = [os.dup(stream.number) for stream in streams], []
    try:
        for stream in streams:
            source, target = os.pipe()
            os.dup2(target, stream.number)
            os.close(target)
            reader = threading.Thread(target=_copy, args=(source, stream), daemon=True)
            reader.start()
            readers.append(reader)
        yield
    finally:
        for stream, reader, number in zip(streams, readers, kept, strict=True):
            os.write(stream.number, MARK)  # a program left running may hold the other end open
            reader.join()
            os.dup2(number, stream.number)
            os.close(number)


def _copy(source: int, stream: _Stream) -> None:
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    with os.fdopen(source, "rb", buffering=0) as file:
        text = b""
        while MARK not in text and (part := file.read(1 << 16)):
            text += part
            if MARK[:1] not in text:
                stream.write(decode(text))
                text = b""
    stream.write(decode(text.partition(MARK)[0], final=True))


def _begin() -> None:
    """Bring the process into the state in which a kernel begins."""
    os.environ.update(SETTINGS)
    sys.path.insert(0, "")
    sys.argv = [""]
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "pandas" in sys.modules:
        pandas = sys.modules["pandas"]
        pandas.reset_option("all")
        pandas.set_option("display.max_columns", 20)  # as where it is imported in a kernel
    if "matplotlib" in sys.modules:
        matplotlib = sys.modules["matplotlib"]
        matplotlib.rc_file_defaults()
        matplotlib.rcParams["backend"] = SETTINGS["MPLBACKEND"]
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@contextlib.contextmanager
def _as_found() -> Iterator[None]:
    """Put back what a notebook changed in the process: folder, environment, paths, filters of warnings, logging.

    What it changed inside a library stays until the process ends.
    """
    folder, environment, path, argv = os.getcwd(), dict(os.environ), list(sys.path), sys.argv  # noqa: PTH109
    handlers, level = list(logging.root.handlers), logging.root.level
    with warnings.catch_warnings():
        try:
            yield
        finally:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            sys.path[:], sys.argv = path, argv
            logging.root.handlers[:] = handlers
            logging.root.setLevel(level)


papermill_engines.register(NAME, InProcess)
