"""The same batch on other machines: units of work sent to a dask.distributed scheduler.

In: jobs as the local pool gets them. Out: their outcomes, and their stages filled on this machine, byte for byte as
if they had been made here. No shared folder is needed: a job takes its inputs with it and brings its outputs
back. A worker must run the same code and packages, which is checked; everything is moved into place here.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from larcnb.batch import store
from larcnb.batch.pool import Call, Outcome, Pool
from larcnb.batch.unit import Job, make_unit
from larcnb.engine.settings import SETTINGS
from larcnb.errors import LarcError
from larcnb.provenance import code_fingerprint, national_files, shared_params
from larcnb.root import WORKBOOK, Root

CONNECT_SECONDS, WORKER_SECONDS = 10, 60
_mine = threading.local()


@dataclass(frozen=True)
class Parcel:
    """A job with everything it reads: file below the root to bytes."""

    job: Job
    files: dict[str, bytes] = field(repr=False)
    seconds: float | None = None


@dataclass(frozen=True)
class Answer:
    """What a worker sends back: the outcome, the stage's files, and private logs where it failed."""

    outcome: Outcome
    stage: dict[str, bytes] = field(repr=False)
    private: dict[str, bytes] = field(repr=False)


class Cluster:
    """Runs calls of :func:`make_unit` on a scheduler's workers; otherwise as :class:`~larcnb.batch.pool.Pool`.

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
        try:
            self.client = within(
                CONNECT_SECONDS, Client, address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError):
            raise LarcError(
                f"No dask scheduler answers at that address within {CONNECT_SECONDS:g} seconds. Give the address that "
                "dask scheduler prints, such as tcp://host:8786; the dashboard has a port of its own (8787)."
            ) from None
        self.stopping = False
        try:
            theirs = set(within(WORKER_SECONDS, self.client.run, code_fingerprint).values())
        except OSError:
            self.close()
            raise LarcError(
                f"A worker of the cluster did not answer within {WORKER_SECONDS:g} seconds."
            ) from None
        if theirs != {code_fingerprint()}:
            self.close()
            has = (
                "A worker of the cluster has another version of larcnb, of Python or of a package."
            )
            raise LarcError(has if theirs else "The cluster has no workers.")

    def run(
        self,
        calls: Iterable[Call],
        tick: Callable[[], None] = lambda: None,
        note: Callable[[str, Any], None] = lambda key, word: None,
    ) -> Iterator[Outcome]:
        """Send every call to the scheduler, and yield outcomes as they come, stages filled."""
        jobs = {call.key: call.arguments[0] for call in calls}
        limits = {
            key: job.timeout * len(job.run) + 120 if job.timeout else None
            for key, job in jobs.items()
        }
        futures = {
            self.client.submit(
                work, pack(job, limits[key]), key=f"{key}-{time.time_ns()}", pure=False
            ): key
            for key, job in jobs.items()
        }
        while futures and not self.stopping:
            tick()
            done = [future for future in futures if future.done()]
            if not done:
                time.sleep(0.05)
            for future in done:
                key = futures.pop(future)
                yield self._received(future, jobs[key])
        for future in futures:
            future.cancel()

    def stop(self) -> None:
        """Wait for nothing more; safe to call from a signal handler."""
        self.stopping = True

    def close(self) -> None:
        """Let the scheduler go; its workers stay."""
        with contextlib.suppress(Exception):
            within(CONNECT_SECONDS, self.client.close)

    def _received(self, future: Any, job: Job) -> Outcome:
        if future.status != "finished":
            return Outcome(job.unit, "died")
        answer: Answer = future.result()
        unpack(answer.private, job.private)
        if answer.stage:
            unpack(answer.stage, job.stage)
        return answer.outcome


def within(seconds: float, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
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


def pack(job: Job, seconds: float | None) -> Parcel:
    """Gather everything a job reads."""
    root = Root(job.root)
    found = {f"data/raw/{job.value}/{path.name}": path for path in _files(root.raw(job.value))}
    found |= {f"data/raw/national/{name}": root.national(name) for name in national_files(root)}
    found |= {f"params/{name}": path for name, path in shared_params(root).items()}
    found[f"params/{job.value}.yaml"] = root.params / f"{job.value}.yaml"
    found |= {f"notebooks/{notebook.path.name}": notebook.path for notebook in job.run}
    for entry in job.keep.values():
        for part, place in store.places(root, job.unit).items():
            found |= {
                (place / name).relative_to(root.path).as_posix(): place / name
                for name in entry["wrote"][part]
            }
    return Parcel(job, {name: path.read_bytes() for name, path in sorted(found.items())}, seconds)


def unpack(contents: dict[str, bytes], folder: Path) -> None:
    """Write files below a folder, safely on the disk."""
    from larcnb.batch.files import sync_tree
    from larcnb.engine.failure import private_folder

    private = "private" in folder.parts
    for name, data in contents.items():
        path = folder / name
        if private:
            private_folder(path.parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if private:
            path.chmod(0o600)
    if contents:
        sync_tree(folder)


def work(parcel: Parcel) -> Answer:
    """On a worker: do the job in a folder of its own, in a process of its own, and send back what it made."""
    with TemporaryDirectory(prefix="larcnb-") as name:
        folder = Path(name).resolve()
        unpack(parcel.files, folder)
        job = replace(
            parcel.job,
            root=folder,
            stage=folder / "stage",
            private=folder / "logs",
            run=tuple(
                replace(nb, path=folder / "notebooks" / nb.path.name) for nb in parcel.job.run
            ),
        )
        outcome = next(_pool(job.engine).run([Call(job.unit, make_unit, (job,), parcel.seconds)]))
        return Answer(outcome, _contents(job.stage), _contents(job.private))


def _pool(engine: str) -> Pool:
    """This thread's own worker process, which outlives the job and dies with the dask worker."""
    if not hasattr(_mine, "pool"):
        from larcnb.engine import preload, spawn
        from larcnb.engine.notebook import find_notebooks

        _mine.folder = TemporaryDirectory(prefix="larcnb-")
        _mine.pool = Pool(1, Path(_mine.folder.name), {**SETTINGS, "PYTHONUTF8": "1"})
        if engine == "fork" and spawn.can_fork():
            import os

            modules = preload.modules_of(nb.path for nb in find_notebooks(WORKBOOK / "notebooks"))
            _mine.zygote = spawn.Process(modules, {**os.environ, **_mine.pool.environment})
            _mine.pool.environment["LARCNB_ZYGOTE"] = _mine.zygote.path
    return _mine.pool


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
