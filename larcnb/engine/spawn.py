"""Starting and ending the zygote.

In: the modules to import. Out: the path of its socket. The process that starts it owns it: when that ends,
however it ends, so does the zygote with all its kernels.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from larcnb.engine.preload import READY, modules_of
from larcnb.root import WORKBOOK

BEGIN = "import sys; sys.path[0] or sys.path.pop(0); from larcnb.engine.zygote import main; main(sys.argv[1])"
"""Lets go of the current folder first: files there may be called like modules. Kernels would inherit -P."""
_own: list[Process] = []


class Process:
    """A running zygote.

    Parameters
    ----------
    modules : iterable of str
        To import before the first fork; ``module:function`` is called.
    environment : dict of str
        What it and its kernels run under.
    log : file descriptor or None
        Where it writes errors; this process's own where None.
    """

    def __init__(
        self, modules: Iterable[str], environment: dict[str, str], log: int | None = None
    ) -> None:
        self.folder = tempfile.mkdtemp(prefix="larcnb-z")
        self.path = str(Path(self.folder) / "z")
        self.process = subprocess.Popen(
            [sys.executable, "-c", BEGIN, self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
        self.process.stdin.write(json.dumps(list(modules)).encode() + b"\n")
        self.process.stdin.flush()
        while not Path(self.path).exists() and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.01)

    def close(self) -> None:
        """End it and all its kernels."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def own_zygote(environment: dict[str, str]) -> str:
    """The socket of this process's own zygote, started when first asked for.

    Raises
    ------
    BlockingIOError
        It is still importing: whoever waits for a kernel has one sooner in the usual way.
    """
    if _own and _own[0].process.poll() is not None:
        _own.pop().close()
    if not _own:
        _own.append(
            Process(modules_of(sorted((WORKBOOK / "notebooks").glob("*.ipynb"))), environment)
        )
        atexit.register(_own[0].close)
    if not Path(f"{_own[0].path}{READY}").exists():
        raise BlockingIOError("The zygote is still importing.")
    return _own[0].path


def can_fork() -> bool:
    """Whether kernels may be forked here: on Linux, where its traps are known."""
    return sys.platform == "linux" and hasattr(os, "fork")
