"""From request to exit code: check everything first, run what needs running, put good outputs in place.

In: a request, the checks, a display. Out: an exit code; files as :mod:`larcnb.batch` says. Only this
process moves outputs into place and writes ``run.json``; workers fill stages.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from larcnb.batch import lock, record, store
from larcnb.batch.plan import Plan, Request, Unit, consortium_unit, make_plan, to_run
from larcnb.batch.pool import Call, Outcome, Pool
from larcnb.batch.show import Lines, summary
from larcnb.batch.unit import Job, Made, make_unit
from larcnb.engine.failure import Failure, full_disk
from larcnb.errors import REFUSED, USAGE, LarcError, Problem
from larcnb.provenance import digest, national_files

INTERRUPTED = 130
ROOM_BYTES, ROOM_BYTES_UNIT = 20_000_000, 3_000_000


@dataclass(frozen=True)
class Checks:
    """What the floors above check: functions that a worker process can import.

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
        batch holds the root (75).
    """
    with lock.hold(request.root):
        return _Batch(request, checks, display).run()


class _Batch:
    def __init__(self, request: Request, checks: Checks, display: Lines) -> None:
        self.request, self.checks, self.display = request, checks, display
        self.root = request.root
        self.name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:6]}"
        self.private = self.root.path / "private" / "logs" / self.name
        self.interrupted = False
        self.begun = time.monotonic()

    def run(self) -> int:
        store.recover(self.root)
        plan = make_plan(self.request)
        self._check_room(len(plan.authorities))
        self.run_record = record.begin(self.request, plan)
        self.before = dict(self.run_record["units"])
        self.pool = Pool(self.request.jobs, self.private, self._environment())
        try:
            with self._signals():
                self._run(plan)
        finally:
            self.pool.close()
            self.display.close()
            _tidy(self.private)
        return self._finish(plan)

    def _run(self, plan: Plan) -> None:
        work = {unit.name: (unit, *to_run(self.request, unit)) for unit in plan.authorities}
        stale = {name: entry for name, entry in work.items() if entry[1]}
        for name, (unit, *_rest) in work.items():
            if name not in stale:
                self._note(unit, "unchanged")
        self.display.begin(len(stale), len(work) - len(stale))
        national = digest([plan.shared, national_files(self.root)])
        if stale and record.last(self.root).get("national") != national:
            self._check_national(plan)
        self.run_record["national"] = national
        stale = self._check_returns(stale)
        self._write()
        self._make([(unit, todo, keep) for unit, todo, keep, _ in stale.values()])
        entries = [self.run_record["units"].get(unit.name, {}) for unit in plan.authorities]
        good = any(entry.get("status") in record.GOOD for entry in entries) or not plan.authorities
        if plan.consortium and good and not self.pool.stopping:
            unit = consortium_unit(self.request, plan)
            todo, keep, _ = to_run(self.request, unit)
            if todo:
                self._make([(unit, todo, keep)])
            else:
                self._note(unit, "unchanged")

    def _check_national(self, plan: Plan) -> None:
        for outcome in self.pool.run([Call("national", self.checks.national, (self.root.path,))]):
            if outcome.kind == "refused":
                raise outcome.value
            if outcome.kind != "done":
                raise RuntimeError("The check of the national tables ended without an answer.")

    def _check_returns(self, stale: dict[str, Any]) -> dict[str, Any]:
        """Read every return that will be run, before any kernel starts; refused ones are left out."""
        self.pool.start(len(stale))
        calls = [Call(slug, self.checks.authority, (self.root.path, slug), 300.0) for slug in stale]
        refused: dict[str, Failure] = {}
        for outcome in self.pool.run(calls, self.display.tick):
            if failure := _refusal(outcome):
                refused[outcome.key] = failure
        if refused and self.request.strict and not self.pool.stopping:
            listed = "\n".join(f"{slug}: {failure.reason} {failure.todo}" for slug, failure in sorted(refused.items()))
            raise LarcError(f"Nothing was run: {len(refused)} refused.\n{listed}", exit_code=REFUSED)
        for slug, failure in refused.items():
            self._note(stale[slug][0], "refused", Made(slug, failure=failure))
        return {slug: entry for slug, entry in stale.items() if slug not in refused}

    def _make(self, work: list[tuple[Unit, list[Any], dict[str, Any]]]) -> None:
        units = {unit.name: unit for unit, _, _ in work}
        ended = set()
        for outcome in self.pool.run((self._call(*entry) for entry in work), self.display.tick, self.display.note):
            unit = units[outcome.key]
            made = outcome.value if outcome.kind == "done" else Made(unit.name, failure=self._lost(outcome))
            if made.failure is None:
                made.failure = self._put_in_place(unit)
            status = "done" if made.failure is None else "refused" if made.failure.kind == "refused" else "failed"
            self._note(unit, status, made)
            self._write()
            ended.add(unit.name)
            if made.failure and self.request.strict:
                self.pool.stop()
        for name in units.keys() - ended:
            self._note(units[name], "interrupted" if self.interrupted else "not run")

    def _call(self, unit: Unit, todo: list[Any], keep: dict[str, Any]) -> Call:
        stage = store.stage_for(self.root, self.name, unit.name)
        timeout = self.request.timeout or None
        job = Job(
            unit.name, unit.value, unit.title, self.root.path, stage.path, self.private, tuple(todo), keep,
            dict(unit.prints), unit.fingerprint, self.request.engine, timeout,
        )  # fmt: skip
        return Call(unit.name, make_unit, (job,), timeout * len(todo) + 120 if timeout else None)

    def _put_in_place(self, unit: Unit) -> Failure | None:
        stage = store.stage_for(self.root, self.name, unit.name)
        try:
            store.commit(self.root, unit.name, stage)
        except OSError as error:
            stage.discard()
            if full_disk(error):
                return Failure("", 0, "", "disk", "The disk is full.", "Make room and run the same command again.")
            return Failure(
                "", 0, "", "place", "Its outputs could not be replaced.",
                "Close its files (results.xlsx above all) in other programs and run the same command again.",
            )
        return None

    def _lost(self, outcome: Outcome) -> Failure:
        if outcome.kind == "timeout":
            reason, todo = f"It was stopped after {outcome.value:.0f} seconds.", "Give it longer with --timeout."
            return Failure("", 0, "", "timeout", reason, todo)
        if outcome.kind == "died":
            return Failure("", 0, "", "killed", "Its worker process was killed.", "Run the same command again.")
        if outcome.kind == "refused":
            return Failure("", 0, "", "refused", str(outcome.value), exit_code=outcome.value.exit_code)
        name, _, log = outcome.value
        return Failure("", 0, "", "error", f"An unexpected {name}.", "The private log has the details.", log, 70)

    def _note(self, unit: Unit, status: str, made: Made | None = None) -> None:
        if made and made.failure and made.failure.log:
            log = (self.private / made.failure.log).relative_to(self.root.path).as_posix()
            made.failure = Failure(**{**vars(made.failure), "log": log})
        entry = record.unit_entry(self.root, unit, status, made, self.before.get(unit.name, {}))
        self.run_record["units"][unit.name] = entry
        self.display.end(unit.name, entry)

    def _write(self) -> None:
        self.run_record["seconds"] = round(time.monotonic() - self.begun, 1)
        record.write(self.root, self.run_record)

    def _finish(self, plan: Plan) -> int:
        self.run_record["state"] = "interrupted" if self.interrupted else "done"
        covered = [unit.name for unit in plan.authorities]
        covered += [f"consortium/{plan.round}"] if plan.consortium else []
        entries = [self.run_record["units"][unit] for unit in covered if unit in self.run_record["units"]]
        self._write()
        from larcnb.publish import write_index

        write_index(self.root, self.run_record)
        for line in [*summary(self.run_record, covered), *([plan.note] if plan.note else [])]:
            self.display.say(line)
        if self.interrupted:
            self.display.say("Interrupted. The same command goes on where it stopped.")
            return INTERRUPTED
        return int(any(entry["status"] not in record.GOOD for entry in entries))

    def _environment(self) -> dict[str, str]:
        return {
            "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
            "LARCNB_ROOT": str(self.root.path), "PYTHONUTF8": "1",
        }  # fmt: skip

    def _check_room(self, units: int) -> None:
        free = shutil.disk_usage(self.root.reports).free
        need = ROOM_BYTES + ROOM_BYTES_UNIT * units
        if free < need:
            raise LarcError(
                f"There are {free // 1_000_000} MB free on the disk and {need // 1_000_000} MB may be needed. "
                "Make room, or run fewer authorities at a time.", exit_code=USAGE,
            )  # fmt: skip

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and a request to end stop the batch between two steps, never inside one."""

        def stop(number: int, frame: Any) -> None:
            self.interrupted = True
            self.pool.stop()

        names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
        wanted = [getattr(signal, name) for name in names if hasattr(signal, name)]
        try:
            before = {number: signal.signal(number, stop) for number in wanted}
        except ValueError:  # not the main thread: whoever runs us handles signals
            before = {}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _refusal(outcome: Outcome) -> Failure | None:
    """The failure a check of a return amounts to, if it does."""
    if outcome.kind == "done":
        errors = [problem for problem in outcome.value if problem.severity == "error"]
        if not errors:
            return None
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        return Failure("", 0, "", "refused", f"{errors[0]}{more}.", f"larcnb check {outcome.key}", exit_code=REFUSED)
    if outcome.kind == "refused":
        return Failure("", 0, "", "refused", str(outcome.value), f"larcnb check {outcome.key}", exit_code=REFUSED)
    reason = {"died": "Reading its return ended the worker.", "timeout": "Reading its return took too long."}
    log = outcome.value[2] if outcome.kind == "crashed" else ""
    return Failure(
        "", 0, "", "error", reason.get(outcome.kind, "Reading its return failed unexpectedly."),
        "The private log has the details.", log, 70,
    )  # fmt: skip


def _tidy(folder: Path) -> None:
    """Remove the run's private logs if nothing is in them."""
    if folder.is_dir():
        for path in folder.iterdir():
            if not path.stat().st_size:
                path.unlink()
        with contextlib.suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106
