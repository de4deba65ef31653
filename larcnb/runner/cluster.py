"""The same batch on other machines: jobs sent to a dask.distributed scheduler.

In: jobs as the local pool gets them. Out: their outcomes, and their stages filled on this machine, byte for byte as
if they had been made here. No shared folder is needed: a job takes its inputs with it and brings its outputs
back. A worker must run the same code and packages, which is checked; everything is moved into place here.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from larcnb.errors import LarcError
from larcnb.files import private_file, private_folder
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.failure import DIED
from larcnb.runner.fingerprints import code_fingerprint, inputs
from larcnb.runner.job import Job
from larcnb.runner.pool import Call, Outcome, alone

CONNECT_SECONDS, WORKER_SECONDS = 10, 60
WHY_NOT = {
    None: f"A worker of the cluster did not answer within {WORKER_SECONDS:g} seconds.",
    True: "A worker of the cluster has another version of larcnb, of Python or of a package.",
    False: "The cluster has no workers.",
}
"""Why its workers will not do, by whether some run other code."""
Files = dict[str, bytes]


class Cluster:
    """Runs calls of :func:`~larcnb.runner.job.make_job` on a scheduler's workers, as a pool does on this machine.

    Parameters
    ----------
    address : str
        Of a dask scheduler, such as ``tcp://host:8786``.

    Raises
    ------
    LarcError
        ``distributed`` is not installed, no scheduler answers, it has no workers, or one of them has another
        version of this code, of Python or of a package.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise LarcError("--scheduler needs dask: install larcnb[cluster].") from None
        limits = {"timeout": CONNECT_SECONDS, "set_as_default": False}
        try:
            self.client = _within(CONNECT_SECONDS, Client, address, **limits)
        except (OSError, ValueError):
            raise LarcError(
                f"No dask scheduler answers at that address within {CONNECT_SECONDS:g} seconds. Give the address that "
                "dask scheduler prints, such as tcp://host:8786; the dashboard has a port of its own (8787)."
            ) from None
        self.stopping, ours, theirs = False, {code_fingerprint()}, None
        with contextlib.suppress(OSError):
            theirs = set(_within(WORKER_SECONDS, self.client.run, code_fingerprint).values())
        if theirs != ours:
            self.close()
            raise LarcError(WHY_NOT[None if theirs is None else bool(theirs)])

    def run(
        self,
        calls: Iterable[Call],
        tick: Callable[[], None] = lambda: None,
        note: Callable[[str, Any], None] = lambda key, place: None,
    ) -> Iterator[Outcome]:
        """Send every call to the scheduler, and yield outcomes as they come, stages filled."""
        futures = {}
        for call in calls:
            key = f"{call.key}-{time.time_ns()}"
            future = self.client.submit(work, call, _gather(call), key=key, pure=False)
            futures[future] = call
        while futures and not self.stopping:
            tick()
            time.sleep(0.05)
            for future in [future for future in futures if future.done()]:
                call = futures.pop(future)
                if future.status != "finished":
                    yield Outcome(call.key, failure=DIED)
                    continue
                outcome, stage, private = future.result()
                job = call.arguments[0]
                for name, text in private.items():
                    private_file(job.private / name, text.decode("utf-8", "replace"))
                if stage:
                    _write(stage, job.stage)
                    outputs.sync_tree(job.stage)
                yield outcome
        for future in futures:
            future.cancel()

    def stop(self) -> None:
        """Wait for nothing more; safe to call from a signal handler."""
        self.stopping = True

    def close(self) -> None:
        """Let the scheduler go; its workers stay."""
        with contextlib.suppress(Exception):
            _within(CONNECT_SECONDS, self.client.close)


def _within(seconds: float, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call a function that has a deadline, whatever it waits for; a call that missed it ends with the process.

    Raises
    ------
    TimeoutError
        There is no answer in time.
    """
    answers: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue()

    def call() -> None:
        try:
            answers.put((function(*arguments, **options), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=call, daemon=True).start()
    try:
        found, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error:
        raise error
    return found


def _gather(call: Call) -> Files:
    """Everything a job reads: file below the root to bytes."""
    job: Job = call.arguments[0]
    root = Root(job.root)
    found = inputs(root, job.unit.value)
    found |= {f"notebooks/{notebook.path.name}": notebook.path for notebook in job.run}
    for part, place in outputs.places(root, job.unit.name).items():
        for name in outputs.written_by(job.keep.values(), part):
            found[(place / name).relative_to(root.path).as_posix()] = place / name
    return {name: path.read_bytes() for name, path in sorted(found.items())}


def _write(files: Files, folder: Path) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _read(folder: Path) -> Files:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def work(call: Call, files: Files) -> tuple[Outcome, Files, Files]:
    """On a worker: do the job in a folder of its own, and send back what it made.

    A dask worker may have no children of multiprocessing's, so the pool is in a process between the two, and the
    call and its outcome are handed over in files.

    Returns
    -------
    Outcome, and the files of the stage and of the private logs
    """
    with TemporaryDirectory(prefix="larcnb-") as name:
        folder = Path(name).resolve()
        _write(files, folder)
        job: Job = call.arguments[0]
        books = tuple(replace(nb, path=folder / "notebooks" / nb.path.name) for nb in job.run)
        places = {"root": folder, "stage": folder / "stage", "private": folder / "logs"}
        job = replace(job, run=books, **places)
        private_folder(job.private)
        given, answer = folder / "call", folder / "answer"
        given.write_bytes(pickle.dumps(replace(call, arguments=(job,))))
        command = [sys.executable, "-P", "-m", "larcnb.runner.cluster", name]
        with (
            (job.private / "processes.log").open("ab") as log,
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log) as process,
        ):
            process.wait()
        died = Outcome(call.key, failure=DIED)
        outcome = pickle.loads(answer.read_bytes()) if answer.is_file() else died  # noqa: S301
        return outcome, _read(job.stage), _read(job.private)


def _serve(folder: Path) -> None:
    """The process of one job; its input stays open while the worker that started it is there."""

    def end_with_worker() -> None:
        sys.stdin.read()
        os._exit(1)  # and what it started with it

    threading.Thread(target=end_with_worker, daemon=True).start()
    call: Call = pickle.loads((folder / "call").read_bytes())  # noqa: S301 - from the worker
    outcome = alone(Root(folder), folder / "logs", call, method="spawn")
    (folder / "answer").write_bytes(pickle.dumps(outcome))


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
