"""The same batch on other machines: jobs sent to a dask.distributed scheduler.

In: jobs as the local pool gets them. Out: their outcomes, and their stages filled on this machine, byte for byte as
if they had been made here. No shared folder is needed: a job takes its inputs with it and brings its outputs
back. A worker must run the same code and packages, which is checked; everything is moved into place here.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from larcnb.errors import LarcError
from larcnb.files import append_private, write_whole
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.failure import DIED, Failure
from larcnb.runner.fingerprints import code_fingerprint, inputs
from larcnb.runner.notebooks import Job
from larcnb.runner.pool import Call, Outcome, alone

CONNECT_SECONDS, WORKER_SECONDS = 10, 60
ADDRESS = "Give the one that dask scheduler prints: tcp://host:8786, not its dashboard's (8787)."
NO_WORKERS = "The cluster has no workers, or one of them is silent or has another version "
NO_WORKERS += "of larcnb, of Python or of a package."
GONE = Failure("The cluster has no workers left.", "Start some, and run the same command again.")
Files = dict[str, bytes]


class Cluster:
    """Runs calls of :func:`~larcnb.runner.notebooks.make_job` on a scheduler's workers, as a pool does on this machine.

    Parameters
    ----------
    address : str
        Of a dask scheduler, such as ``tcp://host:8786``.

    Raises
    ------
    LarcError
        ``distributed`` is not installed, no scheduler answers, it has no workers, or one of them has another
        version of this code, of Python or of a package; exit code 2.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise LarcError("--scheduler needs dask: install larcnb[cluster].") from None
        self.stopping = False
        options = {"timeout": CONNECT_SECONDS, "set_as_default": False}
        self.client = _within(CONNECT_SECONDS, lambda: Client(address, **options))
        if self.client is None:
            none = f"No dask scheduler answers at that address within {CONNECT_SECONDS} seconds."
            raise LarcError(f"{none} {ADDRESS}")
        theirs = _within(WORKER_SECONDS, lambda: self.client.run(code_fingerprint))
        if set((theirs or {}).values()) != {code_fingerprint()}:
            self.close()
            raise LarcError(NO_WORKERS)

    def run(self, calls: Iterable[Call], tick: Callable, note: Callable) -> Iterator[Outcome]:
        """Send every call to the scheduler, and yield outcomes as they come, stages filled."""
        submit = self.client.submit
        futures = {submit(work, c, _gather(c.arguments[0]), pure=False): c for c in calls}
        look, was_there = 0.0, True
        while futures and not self.stopping:
            tick()
            time.sleep(0.05)
            if time.monotonic() > look:
                is_there = _within(CONNECT_SECONDS, self.client.nthreads) != {}
                if not (was_there or is_there):
                    break
                look, was_there = time.monotonic() + CONNECT_SECONDS, is_there
            for future in [future for future in futures if future.done()]:
                call = futures.pop(future)
                if future.status != "finished":
                    yield Outcome(call.key, failure=DIED)
                    continue
                outcome, stage, logs = future.result()
                job: Job = call.arguments[0]
                for name, text in logs.items():
                    append_private(job.logs / name, text.decode("utf-8", "replace"))
                if not outcome.failure:
                    _write(stage, job.stage)
                    outputs.sync_tree(job.stage)
                yield outcome
        self.client.cancel(list(futures))
        for call in () if self.stopping else futures.values():
            yield Outcome(call.key, failure=GONE)

    def close(self) -> None:
        """Let the scheduler go; its workers stay."""
        _within(CONNECT_SECONDS, self.client.close)


def _within(seconds: float, function: Callable[[], Any]) -> Any:
    """What a function gives, or None where it fails or gives nothing in time; it is left to end with the process."""
    answers: list[Any] = []

    def call() -> None:
        with suppress(Exception):  # a web page's answer, say, is read as a size of memory
            answers.append(function())

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else None


def _gather(job: Job) -> Files:
    """Everything a job reads: file below the root to bytes."""
    root = Root(job.root)
    files = inputs(root, job.name)
    files |= {f"notebooks/{notebook.path.name}": notebook.path for notebook in job.todo}
    for file in outputs.written_by(job.kept.values()):
        path = outputs.place_of(root, job.name, file)
        files[path.relative_to(root.path).as_posix()] = path
    return {name: path.read_bytes() for name, path in files.items()}


def _write(files: Files, folder: Path) -> None:
    for name, data in files.items():
        write_whole(folder / name, data, durable=False)


def _read(folder: Path) -> Files:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def work(call: Call, files: Files) -> tuple[Outcome, Files, Files]:
    """On a worker: do the job in a folder of its own, and send back what it made.

    Returns
    -------
    Outcome, and the files of the stage and of the private logs
    """
    with TemporaryDirectory(prefix="larcnb-") as name:
        folder = Path(name).resolve()
        _write(files, folder)
        job: Job = call.arguments[0]
        todo = tuple(replace(nb, path=folder / "notebooks" / nb.path.name) for nb in job.todo)
        stage, logs = folder / "stage", folder / "private"
        job = replace(job, todo=todo, root=folder, stage=stage, logs=logs)
        multiprocessing.current_process().daemon = False  # else it may begin none
        outcome = alone(Root(folder), logs, replace(call, arguments=(job,)), method="spawn")
        return outcome, _read(stage), _read(logs)
