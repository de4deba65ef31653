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
from larcnb.files import private_folder
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.fingerprints import code_fingerprint, inputs
from larcnb.runner.job import Job, make_job
from larcnb.runner.pool import Call, Outcome, answer, environment, kill_tree

CONNECT_SECONDS, WORKER_SECONDS = 10, 60
EXTRA_SECONDS = 120
"""Beyond the time of its notebooks, for a job to be started and its pages made."""
WHY_NOT = {
    None: f"A worker of the cluster did not answer within {WORKER_SECONDS:g} seconds.",
    True: "A worker of the cluster has another version of larcnb, of Python or of a package.",
    False: "The cluster has no workers.",
}
"""Why its workers will not do, by whether some run other code."""
Files = dict[str, bytes]


class Cluster:
    """Runs calls of :func:`make_job` on a scheduler's workers; otherwise as :class:`~larcnb.runner.pool.Pool`.

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
            job: Job = call.arguments[0]
            seconds = call.seconds and call.seconds * len(job.run) + EXTRA_SECONDS
            key = f"{call.key}-{time.time_ns()}"
            future = self.client.submit(work, job, _gather(job), seconds, key=key, pure=False)
            futures[future] = job
        while futures and not self.stopping:
            tick()
            time.sleep(0.05)
            for future in [future for future in futures if future.done()]:
                job = futures.pop(future)
                if future.status != "finished":
                    yield Outcome(job.unit.name, "died")
                    continue
                outcome, stage, private = future.result()
                private_folder(job.private)
                _write(private, job.private, 0o600)
                _write(stage, job.stage)
                if stage:
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


def _gather(job: Job) -> Files:
    """Everything a job reads: file below the root to bytes."""
    root = Root(job.root)
    found = inputs(root, job.unit.value)
    found |= {f"notebooks/{notebook.path.name}": notebook.path for notebook in job.run}
    for part, place in outputs.places(root, job.unit.name).items():
        for name in outputs.written_by(job.keep.values(), part):
            found[(place / name).relative_to(root.path).as_posix()] = place / name
    return {name: path.read_bytes() for name, path in sorted(found.items())}


def _write(files: Files, folder: Path, mode: int = 0o666) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(data)


def _read(folder: Path) -> Files:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def work(job: Job, files: Files, seconds: float | None) -> tuple[Outcome, Files, Files]:
    """On a worker: do the job in a folder and a process of its own, and send back what it made.

    Returns
    -------
    Outcome, and the files of the stage and of the private logs
    """
    with TemporaryDirectory(prefix="larcnb-") as name:
        folder = Path(name).resolve()
        _write(files, folder)
        books = tuple(replace(nb, path=folder / "notebooks" / nb.path.name) for nb in job.run)
        places = {"root": folder, "stage": folder / "stage", "private": folder / "logs"}
        job = replace(job, run=books, **places)
        private_folder(job.private)
        outcome = _in_a_process(job, seconds)
        return outcome, _read(job.stage), _read(job.private)


def _in_a_process(job: Job, seconds: float | None) -> Outcome:
    """A dask worker may have no children of multiprocessing's: the job and its answer are handed over in files."""
    (job.root / "job").write_bytes(pickle.dumps(job))
    command = [sys.executable, "-P", "-m", "larcnb.runner.cluster", str(job.root)]
    own = {"env": environment(Root(job.root)), "start_new_session": True}
    with (job.private / "processes.log").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, **own)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return Outcome(job.unit.name, "timeout", seconds)
    finally:
        kill_tree(process.pid)
        process.kill()
        process.wait()
        process.stdin.close()
    if not (job.root / "answer").is_file():
        return Outcome(job.unit.name, "died")
    return Outcome(job.unit.name, *pickle.loads((job.root / "answer").read_bytes()))  # noqa: S301


def _serve(folder: Path) -> None:
    """The process of one job; its input stays open while the worker that started it is there."""

    def end_with_worker() -> None:
        sys.stdin.read()
        kill_tree(os.getpid())

    threading.Thread(target=end_with_worker, daemon=True).start()
    job: Job = pickle.loads((folder / "job").read_bytes())  # noqa: S301 - from the worker
    found = answer(make_job, (job,), job.private, lambda place: None)
    (folder / "answer").write_bytes(pickle.dumps(found))
    os._exit(0)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
