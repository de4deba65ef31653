"""A pool of worker processes that outlives any one of them, and that none of them outlives.

In: calls, each a function that can be pickled with its arguments and the seconds it may take. Out: an
outcome for each, also where the worker was killed or had to be. Workers are started afresh (never forked),
in a session of their own, so that Ctrl-C reaches the batch alone; a worker whose batch is gone ends itself.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from larcnb.engine.failure import private_folder

LENGTH = struct.Struct("!Q")
TICK = 0.2


@dataclass(frozen=True)
class Call:
    """One piece of work: ``function(*arguments, note)``, where ``note`` is a function that shows a word.

    A worker takes first the calls of a ``thing`` it has had before: it may have kept something for them.
    """

    key: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    seconds: float | None = None
    thing: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a call: ``kind`` is done, refused (a LarcError), crashed, died or timeout."""

    key: str
    kind: str
    value: Any = None


@dataclass
class _Worker:
    process: subprocess.Popen
    call: Call | None = None
    things: set[str] = field(default_factory=set)
    since: float = field(default_factory=time.monotonic)


class Pool:
    """Worker processes, started when first needed and replaced when they die.

    Parameters
    ----------
    jobs : int
        How many calls run at a time.
    logs : Path
        Folder for what workers print and for tracebacks; readable by its owner only.
    environment : dict of str
        Set in every worker.
    """

    def __init__(self, jobs: int, logs: Path, environment: dict[str, str]) -> None:
        self.jobs, self.logs, self.environment = jobs, logs, environment
        self.workers: list[_Worker] = []
        self.inbox: queue.Queue[tuple[_Worker, Any]] = queue.Queue()
        self.stopping = False

    def start(self, number: int | None = None) -> None:
        """Start workers ahead of their first call."""
        while len(self.workers) < min(self.jobs if number is None else number, self.jobs):
            self.workers.append(self._start())

    def run(
        self,
        calls: Iterable[Call],
        tick: Callable[[], None] = lambda: None,
        note: Callable[[str, Any], None] = lambda key, word: None,
    ) -> Iterator[Outcome]:
        """Run the calls and yield outcomes as they come; ``tick`` is called several times a second.

        All calls are taken at once, and begun as workers fall free. After :meth:`stop` none is begun or waited for.
        """
        waiting = list(calls)
        while True:
            while waiting and not self.stopping:
                found = self._match(waiting)
                if found is None:
                    break
                waiting.remove(found[1])
                self._send(*found)
            busy = [worker for worker in self.workers if worker.call]
            if self.stopping or not busy:
                return
            tick()
            try:
                worker, message = self.inbox.get(timeout=TICK)
            except queue.Empty:
                yield from self._overdue(busy)
                continue
            if worker not in self.workers or (worker.call is None and message is not None):
                continue
            if message is not None and message[0] == "note":
                note(worker.call.key, message[1])
                continue
            outcome = self._outcome(worker, message)
            if outcome:
                yield outcome

    def stop(self) -> None:
        """Begin nothing more; safe to call from a signal handler."""
        self.stopping = True

    def close(self) -> None:
        """End every worker and whatever it started."""
        for worker in self.workers:
            if worker.call:
                kill_tree(worker.process)
            else:
                with contextlib.suppress(OSError):
                    worker.process.stdin.close()
        for worker in self.workers:
            try:
                worker.process.wait(5)
            except subprocess.TimeoutExpired:
                kill_tree(worker.process)
        self.workers = []

    def _match(self, waiting: list[Call]) -> tuple[_Worker, Call] | None:
        """A free worker and a call: of a thing it has had, else of one that nobody has had, else of a busy worker's."""
        # One that died with nothing to do is told of by its listener, but perhaps not yet.
        there = [worker for worker in self.workers if worker.call or worker.process.poll() is None]
        free = [worker for worker in there if worker.call is None]
        if again := [
            (worker, call) for worker in free for call in waiting if call.thing in worker.things
        ]:
            return again[0]
        if not free and len(there) == self.jobs:
            return None
        if not free:
            free = [self._start()]
            self.workers += free
        had = set().union(*(worker.things for worker in there))
        return free[0], min(waiting, key=lambda call: call.thing in had)

    def _start(self) -> _Worker:
        private_folder(self.logs)
        flags = {"start_new_session": True}
        if os.name == "nt":
            flags = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        log = os.open(self.logs / "workers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "larcnb.batch.worker",
                    str(self.logs),
                ],  # not the user's own random.py
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self.environment},
                **flags,
            )
        finally:
            os.close(log)
        worker = _Worker(process)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        try:
            while (message := receive(worker.process.stdout)) is not None:
                self.inbox.put((worker, message))
        except (OSError, ValueError, EOFError, pickle.UnpicklingError):
            pass
        self.inbox.put((worker, None))

    def _send(self, worker: _Worker, call: Call) -> None:
        worker.call, worker.since = call, time.monotonic()
        if call.thing:
            worker.things.add(call.thing)
        # A worker that is gone is told of by its listener.
        with contextlib.suppress(OSError):
            send(worker.process.stdin, (call.function, call.arguments))

    def _outcome(self, worker: _Worker, message: Any) -> Outcome | None:
        call, worker.call = worker.call, None
        if message is None:
            self.workers.remove(worker)
            kill_tree(worker.process)
            return Outcome(call.key, "died") if call else None
        kind, value = message
        return Outcome(call.key, kind, value)

    def _overdue(self, busy: list[_Worker]) -> Iterator[Outcome]:
        now = time.monotonic()
        for worker in busy:
            if worker.call and worker.call.seconds and now - worker.since > worker.call.seconds:
                call = worker.call
                self.workers.remove(worker)
                kill_tree(worker.process)
                yield Outcome(call.key, "timeout", call.seconds)


def kill_tree(process: subprocess.Popen) -> None:
    """Kill a process and everything it started."""
    kill_children(process.pid)
    with contextlib.suppress(OSError):
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)


def kill_children(pid: int) -> None:
    """Kill everything a process started, kernels above all."""
    import psutil

    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return
    for child in children:
        with contextlib.suppress(psutil.Error):
            child.kill()


def send(stream: Any, value: Any) -> None:
    """Write one pickled message."""
    data = pickle.dumps(value)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: Any) -> Any:
    """Read one pickled message; None where the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    data = stream.read(LENGTH.unpack(head)[0])
    return pickle.loads(data)  # noqa: S301 - from our own worker
