"""A process that has imported what notebooks import and forks one kernel for each that is asked for. Linux only.

Started by :mod:`larcnb.engine.spawn` with the path of its socket, the names of modules to import, and of functions to
call (``module:function``), as JSON on the first line of its standard input. It is started afresh, never forked, so it
inherits no thread, loop or zmq context; it listens before it has imported, so whoever connects waits. What takes
long and the first kernels do without it imports while they run. One connection a kernel: a line
``{argv, env, cwd}`` is answered with ``{"pid": n}``, or ``{"refused": why}``, and later with ``{"rc": n}``. A
connection closed from the other side ends its kernel; the end of standard input ends the process and every kernel.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import select
import selectors
import signal
import socket
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from larcnb.engine.launch import end, serve
from larcnb.engine.preload import READY, as_in_a_kernel, preload, settle, threads

SAME = (
    "PYTHON",
    "LD_",
    "MPL",
    "OMP_",
    "OPENBLAS_",
    "MKL_",
    "MATPLOTLIB",
    "TZ",
    "LC_",
    "LANG",
    "NUMEXPR",
)
"""Environment that is read when a process starts or imports: where it differs, a fork would not do."""
PR_SET_PDEATHSIG = 1
QUIET_SECONDS = 0.2
"""So long nothing must have been asked for before imports go on that the first kernels do without."""


def relevant(environment: dict[str, str]) -> dict[str, str]:
    """The part of an environment that a fork cannot change any more.

    Examples
    --------
    >>> relevant({"PYTHONHASHSEED": "0", "HOME": "here"})
    {'PYTHONHASHSEED': '0'}
    """
    return {name: value for name, value in sorted(environment.items()) if name.startswith(SAME)}


class Zygote:
    """Listens on a socket and forks kernels, one thread, one loop."""

    def __init__(self, path: str) -> None:
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        os.chmod(path, 0o600)  # noqa: PTH101
        self.server.listen(128)
        self.kernels: dict[int, socket.socket] = {}
        self.bell, self.ring = os.pipe()
        for handle in (self.bell, self.ring):
            os.set_blocking(handle, False)

    def serve(self, later: Iterable[str]) -> None:
        """Serve until standard input ends; in quiet moments import what was left for later."""
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self.ring, warn_on_full_buffer=False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(0, selectors.EVENT_READ, self._owner)
        self.selector.register(self.server, selectors.EVENT_READ, self._accept)
        self.selector.register(self.bell, selectors.EVENT_READ, self._reap)
        waiting = list(later)
        with contextlib.suppress(_OwnerGone):
            while True:
                asked = self.selector.select(QUIET_SECONDS if waiting else None)
                for key, _ in asked:
                    key.data(key.fileobj)
                if waiting and not asked:
                    as_in_a_kernel([waiting.pop(0)])
                    if not waiting:
                        settle()
        for pid in self.kernels:
            _kill_group(pid)

    def _owner(self, handle: Any) -> None:
        if not os.read(0, 4096):
            raise _OwnerGone

    def _accept(self, server: socket.socket) -> None:
        connection, _ = server.accept()
        self.selector.register(connection, selectors.EVENT_READ, self._request)

    def _request(self, connection: socket.socket) -> None:
        line = b""
        while not line.endswith(b"\n"):
            part = connection.recv(1 << 16)
            if not part:
                break
            line += part
        if not line.endswith(b"\n"):
            self._hung_up(connection)
            return
        request = json.loads(line)
        why = _unfit(request)
        if why:
            _tell(connection, {"refused": why})
            return
        pid = os.fork()
        if pid == 0:
            self._become_kernel(connection, request)
        self.kernels[pid] = connection
        _tell(connection, {"pid": pid})

    def _hung_up(self, connection: socket.socket) -> None:
        """The owner of a kernel is gone, or done with it."""
        for pid, owner in list(self.kernels.items()):
            if owner is connection:
                _kill_group(pid)
                del self.kernels[pid]
        self.selector.unregister(connection)
        connection.close()

    def _reap(self, bell: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(bell, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            connection = self.kernels.pop(pid, None)
            if connection is not None:
                _tell(connection, {"rc": os.waitstatus_to_exitcode(status)})
                self.selector.unregister(connection)
                connection.close()

    def _become_kernel(self, connection: socket.socket, request: dict[str, Any]) -> NoReturn:
        """In the forked process: let go of all that is the zygote's, and be a kernel until told to end."""
        try:
            signal.set_wakeup_fd(-1)
            self.selector.close()
            for held in (self.server, connection, *self.kernels.values()):
                held.close()
            os.close(self.bell)
            os.close(self.ring)
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, 0)
            os.close(nothing)
            _settle_in(request)
        except BaseException:
            import traceback

            traceback.print_exc()
            end(1)
        serve(request["argv"])


class _OwnerGone(Exception):
    """Standard input has ended."""


def _unfit(request: dict[str, Any]) -> str:
    """Why a fork of this process would not be the kernel that was asked for; nothing where it would."""
    if relevant(request["env"]) != relevant(dict(os.environ)):
        return "another environment"
    if others := threads():
        return f"threads: {', '.join(sorted(others))}"
    return ""


def _settle_in(request: dict[str, Any]) -> None:
    """Make the fork the process that was asked for: its parent, its signals, its environment, its folder."""
    import random
    import time

    parent = os.getppid()
    os.setsid()
    # If the zygote is killed, so is the kernel; nothing else would notice at once.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        end(1)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
        score.write("500")  # where memory runs out, a kernel goes before the batch
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["env"])
    os.environ["JPY_PARENT_PID"] = str(parent)
    time.tzset()
    os.chdir(request["cwd"])
    # All forks would draw the same numbers from generators nobody has seeded.
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _tell(connection: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(message).encode() + b"\n")


def _kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(pid, signal.SIGKILL)


def _first_line() -> list[str]:
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 1)
        if not part:
            sys.exit(0)
        line += part
    return json.loads(line)


def _wanted() -> bool:
    """Whether the process that asked for this one is there: after its first line only its end can be read."""
    return not select.select([0], [], [], 0)[0]


def main(path: str) -> None:
    """Listen, import, serve."""
    zygote = Zygote(path)
    names = _first_line()
    later = preload((name for name in names if ":" not in name), _wanted)
    for module, _, function in (name.partition(":") for name in names if ":" in name):
        with contextlib.suppress(Exception):  # a kernel will say so
            getattr(importlib.import_module(module), function)()
    open(f"{path}{READY}", "w").close()  # noqa: PTH123
    zygote.serve(later)
    end(0)
