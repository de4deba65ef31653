"""From request to exit code: check everything first, run what needs running, put good outputs in place.

In: a request, the checks of returns and national tables (which belong to the analysis and are handed in), a
display. Out: ``data/processed`` and ``reports`` with each job's outputs replaced whole, ``reports/run.json``,
``reports/index.html`` and an exit code of DATA.md. Only this process moves outputs into place and writes
``run.json``; the processes of the pool fill stages.

``run.json`` holds ``state`` (``running``, ``done``, ``interrupted``), ``started`` (UTC), ``seconds``, ``edition``,
``round``, ``engine``, ``jobs``, the facts of
:func:`~larcnb.runner.fingerprints.describe_run`, and ``units``: slug or ``consortium/<round>`` to ``name``, ``round``,
``status``, ``reason``, ``todo``, ``log``, ``earlier`` (its page is of an earlier run), ``seconds``, ``fingerprint``
and ``notebooks``: name to ``title``, ``status``, ``seconds``, ``fingerprint``. Status is ``done``, ``unchanged``,
``refused``, ``failed``, ``interrupted`` or ``not run``. No text in it repeats anything of a return beyond what the
readers' messages do.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from larcnb.errors import REFUSED, USAGE, LarcError, Problem, not_permitted
from larcnb.files import to_json, write_whole
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.cluster import Cluster
from larcnb.runner.failure import FULL, Failure, full_disk
from larcnb.runner.fingerprints import describe_run
from larcnb.runner.job import Job, Made, Unit, make_job
from larcnb.runner.plan import Request, consortium_unit, last_run, make_plan, to_run, with_round
from larcnb.runner.pool import Call, Outcome, Pool
from larcnb.runner.screen import Lines, summary

FAILED, LOCKED, INTERRUPTED = 1, 75, 130
GOOD = ("done", "unchanged")
TOLD = ("reason", "todo", "place", "heading", "log", "exit_code")
"""What the record says of a failure."""
MOST_LISTED = 20
ROOM_BYTES, ROOM_BYTES_UNIT = 20_000_000, 3_000_000
CHECK_SECONDS = 300.0
IN_USE = Failure(
    "place",
    "Its outputs could not be replaced.",
    "Close its files (results.xlsx above all) in other programs and run the same command again.",
)
NATIONAL = "the national tables"
"""What the call that checks them is known by, beside those of authorities."""


@dataclass(frozen=True)
class Checks:
    """What the analysis checks: functions that a process of the pool can import.

    Parameters
    ----------
    national : function of (root folder, note)
        Raises :class:`LarcError` where a national table breaks a rule.
    authority : function of (root folder, slug, note)
        The problems of an authority's return, warnings among them.
    """

    national: Callable[[Path, Any], None]
    authority: Callable[[Path, str, Any], list[Problem]]


def run_batch(request: Request, checks: Checks, display: Lines) -> int:
    """Run a batch.

    Returns
    -------
    int
        0 all done · 1 some failed or were refused · 130 interrupted.

    Raises
    ------
    LarcError
        Nothing was begun: usage, params or a national table (2), returns under ``strict`` (3), or another
        batch holds the root (75). Or the batch itself could not write (1 or 2); what is in place is whole.
    """
    with hold(request.root):
        try:
            return _Batch(request, checks, display).run()
        except OSError as error:
            raise _unwritable(error) from None


@contextlib.contextmanager
def hold(root: Root) -> Iterator[None]:
    """Hold the root while the body runs; the system lets go of the lock when its holder ends, however it ends.

    Raises
    ------
    LarcError
        Another batch holds it (exit code 75), or ``reports/`` cannot be written to (1 or 2).
    """
    folder = outputs.control(root)
    lock, holder = FileLock(folder / "lock"), folder / "holder"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
        holder.write_text(f" (process {os.getpid()})", encoding="utf-8")
    except Timeout:
        who = holder.read_text(encoding="utf-8") if holder.is_file() else ""
        said = f"Another batch{who} is using this folder. Wait for it, or stop it."
        raise LarcError(said, exit_code=LOCKED) from None
    except OSError as error:
        lock.release()
        raise _unwritable(error) from None
    try:
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _unwritable(error: OSError) -> LarcError:
    """What to say where the batch itself cannot write: 1 for a full disk, 2 for a folder that is not ours.

    Raises
    ------
    OSError
        The error itself, where it is neither.
    """
    if full_disk(error):
        return LarcError(str(FULL), exit_code=FAILED)
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return not_permitted(error)
    raise error


class _Batch:
    """One batch: what it has made so far, and its record."""

    def __init__(self, request: Request, checks: Checks, display: Lines) -> None:
        self.request, self.checks, self.display = request, checks, display
        self.root = request.root
        self.name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:6]}"
        self.private = self.root.path / "private" / "logs" / self.name
        self.interrupted = False
        self.made: dict[str, Made] = {}
        self.begun = time.monotonic()

    def run(self) -> int:
        outputs.recover(self.root)
        self.plan = make_plan(self.request)
        self.present = self.plan.present
        _check_room(self.root, len(self.plan.authorities))
        self.before = last_run(self.root)
        self.record = self._record()
        if self.request.strict and (changed := ", ".join(self.record["modified"])):
            raise LarcError(f"Nothing was run: these differ from {self._than()}: {changed}.")
        self.pool = Pool(self.request.jobs, self.private, self.root, self.request.engine)
        self.pools = [self.pool]
        if self.request.scheduler:
            self.display.say("Asking the scheduler for its workers.")
            self.pools.append(Cluster(self.request.scheduler))
        try:
            with self._signals():
                self._run()
        finally:
            for pool in self.pools:
                pool.close()
            self.display.close()
            outputs.remove(outputs.control(self.root) / "stage")
            _tidy(self.private)
        return self._finish()

    def _record(self) -> dict[str, Any]:
        """The record of a run that begins; jobs of earlier runs stay in it as they were."""
        stamp = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
        params = {slug: dataclasses.asdict(a) for slug, a in self.plan.params.items()}
        return {
            "state": "running",
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stamp)),
            "seconds": 0.0,
            "edition": self.request.edition,
            "round": self.plan.round,
            "engine": self.request.engine,
            "jobs": self.request.jobs,
            **describe_run(params),
            "units": dict(self.before.get("units", {})),
        }

    def _run(self) -> None:
        plan = self.plan
        work = {unit.name: (unit, *self._to_run(unit)) for unit in plan.authorities}
        stale = {name: entry for name, entry in work.items() if entry[1]}
        unchanged = len(work) - len(stale)
        said = f"{unchanged} unchanged, " if unchanged else ""
        self.display.begin(len(stale), f"{said}{len(stale)} to run." if work else "")
        stale = self._check(stale)
        self._write()
        self._make(stale.values(), self.pools[-1])
        ended = {name: entry["status"] for name, entry in self.record["units"].items()}
        good = {unit.name for unit in plan.authorities if ended.get(unit.name) in GOOD}
        alone = len(plan.rounds.get(plan.round, ())) == 1
        among = "Alone in its round so far" if alone else "Comparing authorities"
        readers = (unit for unit in with_round(self.root, plan) if unit.name in good)
        self._make_here(f"{among} (total seconds):", readers)
        if plan.consortium and (good or not plan.authorities):
            self._make_here("The round:", [consortium_unit(self.request, plan)])

    def _make_here(self, what: str, units: Iterable[Unit]) -> None:
        """Make units that read what others' units left in this root, once those are all in place."""
        if self.pool.stopping:
            return
        work = [(unit, *self._to_run(unit)) for unit in units]
        if work := [entry for entry in work if entry[1]]:
            self.display.begin(len(work), what)
            self._make(work, self.pool)

    def _to_run(self, unit: Unit) -> tuple[list[Any], dict[str, Any]]:
        """What to run and to keep; says before the work which pages will be taken away by it."""
        todo, keep, known = to_run(self.request, unit, self.present)
        if not todo:
            self._note(unit, "unchanged")
            return todo, keep
        stay = {*unit.prints, *(notebook.name for notebook in self.plan.readers)}
        gone = [name for name in known.get("notebooks", {}) if name not in stay]
        if gone and (self.root.pages(unit.name) / "results.xlsx").is_file():
            gone.append("results.xlsx")
        if gone:
            self.display.say(
                f"{unit.name}: {', '.join(gone)} will be taken away: out of date then, not asked for. "
                "The same command without --only makes them too."
            )
        return todo, keep

    def _check(self, stale: dict[str, Any]) -> dict[str, Any]:
        """Read all that will be run from, before any notebook starts; refused returns are left out."""
        function, path = self.checks.authority, self.root.path
        calls = [Call(NATIONAL, self.checks.national, (path,))] if stale else []
        calls += [Call(slug, function, (path, slug), CHECK_SECONDS) for slug in stale]
        refused: dict[str, Failure] = {}
        for outcome in self.pool.run(calls, self.display.tick):
            if failure := _refusal(outcome):
                if outcome.key == NATIONAL:
                    raise LarcError(failure.reason, exit_code=failure.exit_code)
                refused[outcome.key] = failure
        if refused and self.request.strict and not self.pool.stopping:
            said = [f"Nothing was run: {len(refused)} refused."]
            for slug, failure in sorted(refused.items()):
                said.append(f"{slug}: {failure.reason} {self.root.typed(failure.todo)}")
            raise LarcError("\n".join(said), exit_code=REFUSED)
        for slug, failure in refused.items():
            self._note(stale[slug][0], "refused", Made(failure=failure))
        return {slug: entry for slug, entry in stale.items() if slug not in refused}

    def _make(self, work: Iterable[tuple[Unit, list[Any], dict[str, Any]]], pool: Any) -> None:
        work = list(work)
        left = {unit.name: unit for unit, _, _ in work}
        calls = [self._call(*entry) for entry in work]
        for outcome in pool.run(calls, self.display.tick, self.display.note):
            unit = left.pop(outcome.key)
            made = outcome.value or Made(failure=outcome.failure)
            made.failure = made.failure or self._put_in_place(unit)
            refused = made.failure and made.failure.kind == "refused"
            self._note(unit, "refused" if refused else "failed" if made.failure else "done", made)
            self._write()
            if made.failure and self.request.strict:
                self._stop()
        if calls:
            self.present.cache_clear()
        for unit in left.values():
            self._note(unit, "interrupted" if self.interrupted else "not run")

    def _call(self, unit: Unit, todo: list[Any], keep: dict[str, Any]) -> Call:
        stage = outputs.stage_of(self.root, self.name, unit.name)
        given = (unit, self.root.path, stage, self.private, tuple(todo), keep, self.request.engine)
        job = Job(*given, made=self.record["started"][:10])
        return Call(unit.name, make_job, (job,), self.request.timeout or None)

    def _put_in_place(self, unit: Unit) -> Failure | None:
        stage = outputs.stage_of(self.root, self.name, unit.name)
        try:
            outputs.commit(self.root, unit.name, stage)
        except OSError as error:
            outputs.remove(stage)
            return FULL if full_disk(error) else IN_USE
        return None

    def _stop(self) -> None:
        for pool in self.pools:
            pool.stop()

    def _note(self, unit: Unit, status: str, made: Made | None = None) -> None:
        made = made or Made()
        if made.failure and made.failure.log:
            log = (self.private / made.failure.log).relative_to(self.root.path).as_posix()
            made.failure = dataclasses.replace(made.failure, log=log)
        if earlier := self.made.get(unit.name):
            made.seconds, made.wall = {**earlier.seconds, **made.seconds}, made.wall + earlier.wall
        self.made[unit.name] = made
        self.record["units"][unit.name] = entry = self._entry(unit, status, made)
        self.display.end(unit.name, entry)

    def _entry(self, unit: Unit, status: str, made: Made) -> dict[str, Any]:
        """What the record says of a job; seconds of what was kept are those of the run that made it."""
        before = self.before.get("units", {}).get(unit.name, {}) if status in GOOD else {}
        notebooks = {}
        for notebook in unit.notebooks:
            name, kept = notebook.name, "unchanged" if status in GOOD else "not run"
            old = before.get("notebooks", {}).get(name, {})
            failed = made.failure and made.failure.notebook == name
            notebooks[name] = {
                "title": notebook.title,
                "status": status if failed else "done" if name in made.seconds else kept,
                "seconds": made.seconds.get(name, old.get("seconds", 0.0)),
                "fingerprint": unit.prints[name],
            }
        entry = {
            "name": unit.title,
            "round": unit.round,
            "status": status,
            "seconds": round(made.wall, 2) or before.get("seconds", 0.0),
            "fingerprint": unit.fingerprint,
            "notebooks": notebooks,
        }
        if made.failure:
            entry |= {name: getattr(made.failure, name) for name in TOLD}
        if status not in GOOD:
            entry["earlier"] = bool(outputs.record_of(self.root, unit.name))
        return entry

    def _write(self) -> None:
        self.record["seconds"] = round(time.monotonic() - self.begun, 1)
        self.record["units"] = dict(sorted(self.record["units"].items()))
        write_whole(self.root.reports / "run.json", to_json(self.record))

    def _finish(self) -> int:
        from larcnb.publish import write_index

        self.record["state"] = "interrupted" if self.interrupted else "done"
        self._write()
        write_index(self.root, self.record)
        names = [unit.name for unit in self.plan.authorities]
        names += [f"consortium/{self.plan.round}"] if self.plan.consortium else []
        entries = {n: self.record["units"][n] for n in names if n in self.record["units"]}
        lines = summary(entries, self.record["seconds"], self.root)
        lines += [line for line in (self.plan.note, self._way_back()) if line]
        for line in (*lines, f"The pages: {self.root.said('reports/index.html')}"):
            self.display.say(line)
        if self.interrupted:
            self.display.say("Interrupted. Run the same command to resume.")
            return INTERRUPTED
        return int(any(entry["status"] not in GOOD for entry in entries.values()))

    def _than(self) -> str:
        return "the last commit" if self.record["commit"] else "the workbook as it was shipped"

    def _way_back(self) -> str:
        """Say which notebooks are not the workbook's own, and how to have those again."""
        changed = [name for name in self.record["modified"] if name.startswith("notebooks/")]
        if not changed:
            return ""
        back = f": git checkout -- {' '.join(changed)}"
        if not self.record["commit"]:
            back = ", take it from the download again."
        said = f"Differs from {self._than()}: {', '.join(changed)}."
        return f"{said} It was run as it is now. To have the other back{back}"

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and a request to end stop the batch between two steps, never inside one."""

        def stop(number: int, frame: Any) -> None:
            self.interrupted = True
            self._stop()

        names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
        wanted = [getattr(signal, name) for name in names if hasattr(signal, name)]
        before = {number: signal.signal(number, stop) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _check_room(root: Root, units: int) -> None:
    """See that the disk has room for the outputs of so many units.

    Raises
    ------
    LarcError
        It has not; exit code 2.
    """
    free = shutil.disk_usage(root.reports).free
    need = ROOM_BYTES + ROOM_BYTES_UNIT * units
    if free < need:
        raise LarcError(
            f"There are {free // 1_000_000} MB free on the disk and {need // 1_000_000} MB may be needed. "
            "Make room, or run fewer authorities at a time.",
            exit_code=USAGE,
        )


def _refusal(outcome: Outcome) -> Failure | None:
    """The failure a check of a return amounts to, if it does."""
    failure, problems = outcome.failure, outcome.value or []
    if errors := [problem for problem in problems if problem.severity == "error"]:
        listed = [f"its return has {len(errors)} error(s).", *map(str, errors[:MOST_LISTED])]
        if len(errors) > MOST_LISTED:
            listed.append(f"and {len(errors) - MOST_LISTED} more.")
        failure = Failure("refused", "\n  ".join(listed), exit_code=REFUSED)
    return failure and dataclasses.replace(failure, todo=f"larcnb check {outcome.key}")


def _tidy(folder: Path) -> None:
    """Remove the run's private logs if nothing is in them."""
    if folder.is_dir():
        for path in folder.iterdir():
            if not path.stat().st_size:
                path.unlink()
        with contextlib.suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106
