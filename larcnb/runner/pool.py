"""Calls, each in a process of its own: one that ends, hangs or has to be killed is the failure of that call alone.

In: calls, each a function that can be pickled with its arguments and the seconds it may take. Out: an
outcome for each. On Linux processes are forked from one that has imported what they need
(:mod:`larcnb.runner.preload`, by the standard library's ``forkserver``); elsewhere they are started afresh
(``spawn``), which is dear: there a process stays for the next call of its key, the same authority's. A process leads
a group of its own, so that Ctrl-C reaches the batch alone, and ends with all it started when its batch is gone.
"""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from larcnb.files import private_folder
from larcnb.root import Root
from larcnb.runner.failure import DIED, Failure, Place, explain

SINGLE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SETTINGS = dict.fromkeys((*SINGLE, "PYDEVD_DISABLE_FILE_VALIDATION"), "1")
SETTINGS |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
SETTINGS |= {"PYTHONHASHSEED": "0", "TZ": "UTC"}
"""The environment in which every notebook runs: the same figures whatever the user's settings."""
PRELOAD = ["larcnb.runner.preload"]
"""What the process that others are forked from imports."""
TICK, MOST_SIGNS, MOST_KEPT = 0.2, 60, 6
"""Seconds between two looks at all processes, at the latest; what Windows can wait for at once (63); processes that
stay for another call: some 300 MB each, below 2 GB in all."""


@dataclass(frozen=True)
class Call:
    """One piece of work: ``function(*arguments, note)``.

    ``note`` is a function of a :class:`~larcnb.runner.failure.Place` that tells what is being done; the
    ``seconds`` it may take, 0 for no limit, count anew from each change of its ``notebook``.
    """

    key: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    seconds: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of a call: the value it gave, or the failure that ended it."""

    key: str
    value: Any = None
    failure: Failure | None = None


@dataclass
class _Running:
    call: Call
    process: Any
    answers: Connection
    since: float = field(default_factory=time.monotonic)
    place: Place = Place()

    def heard(self, note: Callable[[str, str], None]) -> Outcome | None:
        """Read what the process has said: notes, and its outcome if that is among them."""
        # Asked first: what it said before it ended is read below.
        ended = not self.process.is_alive()
        try:
            while self.answers.poll():
                said = self.answers.recv()
                if isinstance(said, Outcome):
                    return said
                if said.notebook != self.place.notebook:
                    self.since = time.monotonic()
                    note(self.call.key, said.notebook)
                self.place = said
        except (EOFError, OSError):
            ended = True
        failure, limit = DIED, self.call.seconds
        if not ended:
            if not limit or time.monotonic() - self.since < limit:
                return None
            todo = "Give it longer with --timeout, or look into the cell."
            failure = Failure(f"It was stopped after {limit:.0f} seconds.", todo)
        return Outcome(self.call.key, failure=replace(failure, place=self.place))

    def end(self) -> None:
        """End the process and all it started; one that has given its answer may end by itself."""
        kill_tree(self.process.pid)
        self.process.kill()
        self.process.join()
        self.process.close()
        self.answers.close()


class Pool:
    """Runs calls, so many at a time; once ``stopping`` is set, by a signal handler say, none is begun or waited for.

    Parameters
    ----------
    jobs : int
    logs : Path
        Folder for what processes print and for tracebacks; readable by its owner only.
    root : Root
        Its folder is told to each process.
    method : str
        ``spawn``, or whatever is best here.
    """

    def __init__(self, jobs: int, logs: Path, root: Root, method: str) -> None:
        method = "spawn" if method == "spawn" or sys.platform != "linux" else "forkserver"
        self.context = multiprocessing.get_context(method)
        self.jobs, self.logs, self.environment = jobs, logs, environment(root)
        self.running: list[_Running] = []
        self.kept: dict[str, _Running] = {}
        self.stopping = False
        self.most_kept = MOST_KEPT if method == "spawn" else 0
        if method == "forkserver":
            self.context.set_forkserver_preload(PRELOAD)

    def run(self, calls: Iterable[Call], tick: Callable, note: Callable) -> Iterator[Outcome]:
        """Run the calls and yield outcomes as they come.

        ``tick`` is called several times a second, ``note`` with a call's key and each notebook as it begins.
        """
        waiting = deque(calls)
        for key in self.kept.keys() - {call.key for call in waiting}:
            self.kept.pop(key).end()
        while not self.stopping:
            while waiting and len(self.running) < self.jobs:
                self.running.append(self._start(waiting.popleft()))
            if not self.running:
                return
            tick()
            signs = [sign for one in self.running for sign in (one.answers, one.process.sentinel)]
            wait(signs[:MOST_SIGNS], TICK)
            for one in list(self.running):
                if outcome := one.heard(note):
                    self.running.remove(one)
                    if outcome.failure or len(self.kept) >= self.most_kept:
                        one.end()
                    else:
                        self.kept[outcome.key] = one
                    yield outcome

    def close(self) -> None:
        """End every process and whatever it started."""
        for one in (*self.running, *self.kept.values()):
            one.end()
        self.running, self.kept = [], {}

    def _start(self, call: Call) -> _Running:
        if kept := self.kept.pop(call.key, None):
            with contextlib.suppress(OSError):  # it may have ended meanwhile
                if kept.process.is_alive():
                    kept.answers.send(call)
                    return _Running(call, kept.process, kept.answers)
            kept.end()
        private_folder(self.logs)
        ours, theirs = self.context.Pipe()
        given = (theirs, call, self.logs, self.environment)
        process = self.context.Process(target=_serve, args=given)
        # An IPython shell leaves a __main__ without one, where multiprocessing looks for it.
        vars(sys.modules["__main__"]).setdefault("__spec__", None)
        # Some of the environment is read when an interpreter starts; SAFEPATH: not the user's own random.py.
        before = dict(os.environ)
        os.environ.update(self.environment, PYTHONSAFEPATH="1")
        try:
            process.start()
        finally:
            os.environ.clear()
            os.environ.update(before)
        theirs.close()
        return _Running(call, process, ours)


def alone(
    root: Root, logs: Path, call: Call, note: Callable = lambda notebook: None, method: str = "auto"
) -> Outcome:
    """Make one call in a process of its own; ``note`` is told each notebook as it begins."""
    with contextlib.closing(Pool(1, logs, root, method)) as pool:
        return next(pool.run([call], lambda: None, lambda _, notebook: note(notebook)))


def environment(root: Root) -> dict[str, str]:
    """What every process runs under."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    own = {"LARCNB_ROOT": str(root.path), "PYTHONUTF8": "1"}
    own["PYTHONPATH"] = os.pathsep.join(filter(None, paths))  # a blank one is the user's own folder
    return {**os.environ, **SETTINGS, **own}


def kill_tree(pid: int) -> None:
    """Kill a process that leads its group, and everything it started."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def _serve(answers: Connection, call: Call, logs: Path, environment: dict[str, str]) -> None:
    """In the new process: do the call and give the answer, then the next, until there is nobody to ask."""
    if os.name == "posix":
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sentinel = multiprocessing.parent_process().sentinel
    threading.Thread(target=_end_with, args=(sentinel,), daemon=True).start()
    os.environ.clear()
    os.environ.update(environment)
    with contextlib.suppress(EOFError, OSError):
        while True:
            answers.send(_outcome(call, logs, answers.send))
            call = answers.recv()
    os._exit(0)  # whatever threads a notebook left


def _outcome(call: Call, logs: Path, note: Callable) -> Outcome:
    try:
        _print_to(logs / "processes.log")
        return Outcome(call.key, call.function(*call.arguments, note))
    except Exception as error:
        failure = explain(error, logs / f"process-{os.getpid()}.log", {}, Place())
        return Outcome(call.key, failure=failure)


@cache
def _print_to(log: Path) -> None:
    """Have what this process prints added to a log: once for all of its calls."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(handle, number)


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    kill_tree(os.getpid())
