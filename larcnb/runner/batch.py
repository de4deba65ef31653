"""From request to exit code: check everything first, run what needs running, put good outputs in place.

In: a request, the checks of returns and national tables (which belong to the analysis and are handed in), a
display. Out: ``data/processed`` and ``reports`` with each job's outputs replaced whole, ``reports/run.json``,
``reports/index.html`` and an exit code of docs/batch.md. Only this process moves outputs into place and writes
``run.json``; the processes of the pool fill stages.

``run.json`` holds ``state`` (``running``, ``done``, ``interrupted``), ``started`` (UTC), ``seconds``, ``round``,
``params`` (of each authority), the facts of
:func:`~larcnb.runner.fingerprints.describe_run`, and ``jobs``: slug or ``consortium/<round>`` to ``name``, ``round``,
``status``, ``seconds``, ``notebooks`` (name to ``status``, ``seconds``, ``fingerprint``) and, where it went wrong,
``reason``, ``todo``, ``place``, ``log``, ``exit_code`` and ``earlier`` (its page is of an earlier run). Status is
``done``, ``unchanged``, ``refused``, ``failed`` or ``not run``; seconds are those of this run. No text
in it repeats anything of a return beyond what the readers' messages do.
"""

import contextlib
import os
import shutil
import signal
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from larcnb.errors import INTERRUPTED, LOCKED, NO_ROOM, REFUSED, USAGE, LarcError
from larcnb.files import to_json, write_whole
from larcnb.params import list_authorities
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.cluster import Cluster
from larcnb.runner.failure import FULL, Failure
from larcnb.runner.fingerprints import describe_run
from larcnb.runner.notebooks import Job, make_job
from larcnb.runner.plan import Request, consortium_job, last_run, make_plan, to_run, with_round
from larcnb.runner.pool import Call, Outcome, Pool
from larcnb.runner.screen import Lines, summary

GOOD = ("done", "unchanged")
ROOM, ROOM_AUTHORITY = 20, 3
"""MB that a run may need, and each of its authorities."""
CHECK_SECONDS = 300.0
IN_USE = Failure(
    "Its outputs could not be replaced.",
    "Close its files (results.xlsx above all) in other programs and run the same command again.",
)
DIFFERS = "Differs from the workbook as it was shipped: {}. It was run as it is now. "
DIFFERS += "To have the other back, take it from the download again, or: git checkout -- {}"
NATIONAL = "the national tables"
"""What the call that checks them is known by, beside those of authorities."""


def run_batch(request: Request, checks: Any, display: Lines) -> int:
    """Run a batch: check all, run what needs running, put good outputs in place, write the record and the front page.

    Parameters
    ----------
    request : Request
    checks : module, or the like
        ``check_national(root's folder, note)`` raises :class:`LarcError` where a national table breaks a rule;
        ``check_authority(root's folder, slug, note)`` gives the problems of a return, warnings among them. Functions
        that a process of the pool can import.
    display : Lines

    Returns
    -------
    int
        0 all done · 1 some failed or were refused · 130 interrupted.

    Raises
    ------
    LarcError
        Nothing was begun: usage, params or a national table (2), returns under ``strict`` (3), or another
        batch holds the root (75).
    OSError
        The batch itself could not write; what is in place is whole.
    """
    with hold(request.root):
        return _Batch(request, checks, display).run()


@contextlib.contextmanager
def hold(root: Root) -> Iterator[None]:
    """Hold the root while the body runs; the system lets go of the lock when its holder ends, however it ends.

    Raises
    ------
    LarcError
        Another batch holds it (exit code 75).
    """
    folder = outputs.control(root)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "lock", timeout=0):
            yield
    except Timeout:
        words = "Another batch is using this folder. Wait for it, or stop it."
        raise LarcError(words, exit_code=LOCKED) from None


class _Batch:
    """One batch: its plan, its pools and its record."""

    def __init__(self, request: Request, checks: Any, display: Lines) -> None:
        self.request, self.checks, self.display = request, checks, display
        self.root = request.root
        run = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:6]}"
        self.logs = self.root.path / "private" / "logs" / run
        self.interrupted = False
        self.seconds: dict[str, dict[str, float]] = {}
        self.ended: dict[str, dict[str, Any]] = {}
        self.begun = time.monotonic()

    def run(self) -> int:
        request = self.request
        outputs.recover(self.root)
        self.plan = make_plan(request)
        _check_room(self.root, len(self.plan.authorities))
        self.record = self._record()
        if request.strict and (changed := self.record["modified"]):
            names = ", ".join(changed)
            raise LarcError(f"Nothing was run: these differ from the workbook as shipped: {names}.")
        self.pools: list[Any] = [Pool(request.jobs, self.logs, self.root, request.engine)]
        if request.scheduler:
            self.display.say("Asking the scheduler for its workers.")
            self.pools.append(Cluster(request.scheduler))
        try:
            with self._signals():
                self._run()
        finally:
            for pool in self.pools:
                pool.close()
            self.display.close()
            outputs.remove(outputs.control(self.root) / "stage")
            _tidy(self.logs)
        return self._finish()

    def _record(self) -> dict[str, Any]:
        """The record of a run that begins; jobs of earlier runs stay in it as they were, if they still have params."""
        stamp = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
        before, there = last_run(self.root).get("jobs", {}), set(list_authorities(self.root))
        there |= {f"consortium/{before[slug]['round']}" for slug in there & before.keys()}
        return {
            "state": "running",
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stamp)),
            "seconds": 0.0,
            "round": self.plan.round,
            **describe_run(),
            "params": {slug: asdict(a) for slug, a in sorted(self.plan.params.items())},
            "jobs": {name: before[name] for name in there & before.keys()},
        }

    def _run(self) -> None:
        plan = self.plan
        work = self._to_run(plan.authorities, self.request.force)
        unchanged = len(plan.authorities) - len(work)
        words = f"{unchanged} unchanged, " if unchanged else ""
        self.display.begin(len(work), f"{words}{len(work)} to run." if plan.authorities else "")
        work = self._check(work)
        self._write()
        self._make(work, self.pools[-1])
        good = {name for name, entry in self.ended.items() if entry["status"] in GOOD}
        readers = [job for job in with_round(plan) if job.name in good]
        # What is forced has been made without them: these are to run by themselves.
        self._make_here("With the rest of the round (total seconds):", readers, force=False)
        if plan.consortium and (good or not plan.authorities):
            self._make_here("The round:", [consortium_job(plan)], self.request.force)

    def _make_here(self, words: str, jobs: Iterable[Job], force: bool) -> None:
        """Make jobs that read what others left in this root, once those are all in place."""
        if not self.pools[0].stopping and (work := self._to_run(jobs, force)):
            self.display.begin(len(work), words)
            self._make(work, self.pools[0])

    def _to_run(self, jobs: Iterable[Job], force: bool) -> list[Job]:
        """The jobs that have something to run; says before the work which pages will be taken away by it."""
        work = []
        for job in (to_run(self.plan, job, force) for job in jobs):
            if not job.todo:
                self._note(job, "unchanged")
                continue
            work.append(job)
            stay = {*job.fingerprints, *(notebook.name for notebook in self.plan.readers)}
            gone = [name for name in outputs.record_of(self.root, job.name) if name not in stay]
            if gone:
                words = "will be taken away, being out of date. Leave out --only to make them too."
                self.display.say(f"{job.name}: {', '.join(gone)} {words}")
        return work

    def _check(self, work: list[Job]) -> list[Job]:
        """Read all that will be run from, before any notebook starts; refused returns are left out."""
        function, path = self.checks.check_authority, self.root.path
        calls = [Call(job.name, function, (path, job.name), CHECK_SECONDS) for job in work]
        if work or not self.plan.authorities:  # a round's notebooks alone read them too
            calls.insert(0, Call(NATIONAL, self.checks.check_national, (path,), CHECK_SECONDS))
        refused: dict[str, Failure] = {}
        for outcome in self.pools[0].run(calls, self.display.tick, self.display.note):
            if failure := _refusal(outcome):
                refused[outcome.key] = failure
            if failure and outcome.key == NATIONAL:
                log = self._log(failure)
                details = f" Details: {self.root.said(log)}" if log else ""
                raise LarcError(failure.reason + details, exit_code=failure.exit_code)
        if refused and self.request.strict and not self.pools[0].stopping:
            said = [f"Nothing was run: {len(refused)} refused."]
            for slug, failure in sorted(refused.items()):
                said.append(f"{slug}: {failure.reason} {self.root.typed(failure.todo)}")
            raise LarcError("\n".join(said), exit_code=REFUSED)
        for job in work:
            if job.name in refused:
                self._note(job, refused[job.name])
        return [job for job in work if job.name not in refused]

    def _make(self, work: list[Job], pool: Any) -> None:
        how = {"root": self.root.path, "logs": self.logs, "engine": self.request.engine}
        how["made"] = self.record["started"][:10]
        left = {}
        for job in work:
            left[job.name] = replace(job, stage=outputs.stage_of(self.root, job.name), **how)
        calls = [Call(name, make_job, (job,), self.request.timeout) for name, job in left.items()]
        for outcome in pool.run(calls, self.display.tick, self.display.note):
            job, failure = left.pop(outcome.key), outcome.failure
            try:
                if not failure:
                    outputs.commit(self.root, job.name, job.stage)
                    self.seconds.setdefault(job.name, {}).update(outcome.value)
            except OSError as error:
                failure = FULL if error.errno in NO_ROOM else IN_USE
            if failure:
                outputs.remove(job.stage)
                if self.request.strict:
                    self._stop()
            self._note(job, failure or "done")
            self._write()
        if work:
            self.plan.there.cache_clear()
        for job in left.values():
            self._note(job, "not run")

    def _stop(self) -> None:
        for pool in self.pools:
            pool.stopping = True

    def _note(self, job: Job, ended: str | Failure) -> None:
        """Put into the record, and say, how a job ended: its status, or why it has none that is good."""
        failure = ended if isinstance(ended, Failure) else None
        if failure:
            ended = "refused" if failure.exit_code in (USAGE, REFUSED) else "failed"
        seconds, notebooks = self.seconds.get(job.name, {}), {}
        for name, fingerprint in job.fingerprints.items():
            status = "unchanged" if ended in GOOD else "not run"
            if failure and failure.place.notebook == name:
                status = ended
            elif name in seconds:
                status = "done"
            took = seconds.get(name, 0.0)
            notebooks[name] = {"status": status, "seconds": took, "fingerprint": fingerprint}
        took = round(sum(seconds.values()), 2)
        entry = {"name": job.title, "round": job.round, "status": ended, "seconds": took}
        entry["notebooks"] = notebooks
        if failure:
            entry |= {"reason": failure.reason, "todo": failure.todo, "place": str(failure.place)}
            entry |= {"log": self._log(failure), "exit_code": failure.exit_code}
        if ended not in GOOD:
            entry["earlier"] = bool(outputs.record_of(self.root, job.name))
        self.ended[job.name] = entry
        self.display.end(job.name, entry)

    def _log(self, failure: Failure) -> str:
        """The private log of a failure as a path below the root; blank for none."""
        return f"private/logs/{self.logs.name}/{failure.log}" if failure.log else ""

    def _write(self) -> None:
        self.record["seconds"] = round(time.monotonic() - self.begun, 1)
        self.record["jobs"] = dict(sorted((self.record["jobs"] | self.ended).items()))
        write_whole(self.root.reports / "run.json", to_json(self.record))

    def _finish(self) -> int:
        from larcnb.publish import write_index

        self.record["state"] = "interrupted" if self.interrupted else "done"
        self._write()
        write_index(self.root, self.record)
        lines = summary(self.ended, self.record["seconds"], self.root)
        lines += [self.plan.note] if self.plan.note else []
        changed = [name for name in self.record["modified"] if name.startswith("notebooks/")]
        if changed:
            lines.append(DIFFERS.format(", ".join(changed), " ".join(changed)))
        for line in (*lines, f"The pages: {self.root.said('reports/index.html')}"):
            self.display.say(line)
        if self.interrupted:
            self.display.say("Interrupted. Run the same command to resume.")
            return INTERRUPTED
        return int(any(entry["status"] not in GOOD for entry in self.ended.values()))

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and a request to end stop the batch between two steps, never inside one."""

        def stop(number: int, frame: Any) -> None:
            self.interrupted = True
            self._stop()

        names = ["SIGINT", "SIGTERM", "SIGBREAK"]
        # nohup has it pass over what says that the terminal is gone
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            names.append("SIGHUP")
        wanted = [getattr(signal, name) for name in names if hasattr(signal, name)]
        before = {number: signal.signal(number, stop) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _check_room(root: Root, authorities: int) -> None:
    """See that the disk has room for the outputs of so many authorities.

    Raises
    ------
    LarcError
        It has not; exit code 2.
    """
    free = shutil.disk_usage(root.reports).free // 1_000_000
    need = ROOM + ROOM_AUTHORITY * authorities
    if free < need:
        words = f"There are {free} MB free on the disk and {need} MB may be needed."
        raise LarcError(f"{words} Make room, or run fewer authorities at a time.")


def _refusal(outcome: Outcome) -> Failure | None:
    """The failure a check of a return amounts to, if it does."""
    failure = outcome.failure
    if errors := [problem for problem in outcome.value or () if problem.severity == "error"]:
        words = LarcError(f"its return has {len(errors)} error(s).", errors)
        failure = Failure(str(words), exit_code=REFUSED)
    return failure and replace(failure, todo=f"larcnb check {outcome.key}")


def _tidy(folder: Path) -> None:
    """Remove the run's private logs if nothing is in them."""
    with contextlib.suppress(OSError):  # on Windows, what a process that is ending still holds
        for path in folder.iterdir():
            if not path.stat().st_size:
                path.unlink()
        folder.rmdir()
