"""From request to exit code: check everything first, run what needs running, put good outputs in place.

In: a request, the checks, a display. Out: an exit code; files as :mod:`larcnb.batch` says. Only this
process moves outputs into place and writes ``run.json``; workers fill stages.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from larcnb import codes
from larcnb.batch import files, lock, record, store
from larcnb.batch.checks import Checks, check_room, lost, refusal
from larcnb.batch.plan import Plan, Request, Unit, consortium_unit, make_plan, to_run, with_round
from larcnb.batch.pool import Call, Pool
from larcnb.batch.remote import Cluster
from larcnb.batch.show import Lines, summary
from larcnb.batch.unit import Job, Made, make_unit
from larcnb.engine import find_notebooks, preload, spawn
from larcnb.engine.failure import Failure, full_disk, private_folder
from larcnb.engine.settings import SETTINGS
from larcnb.errors import REFUSED, LarcError
from larcnb.provenance import digest, national_files
from larcnb.root import Root

INTERRUPTED = 130
READ_AHEAD = "larcnb.workbook:read_ahead"
"""Called in the process that kernels are forked from."""
NATIONAL = "the national tables"
"""What the call that checks them is known by, beside those of authorities."""


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
    with lock.hold(request.root):
        try:
            return _Batch(request, checks, display).run()
        except OSError as error:
            raise lock.unwritable(error) from None


class _Batch:
    def __init__(self, request: Request, checks: Checks, display: Lines) -> None:
        self.request, self.checks, self.display = request, checks, display
        self.root = request.root
        self.name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:6]}"
        self.private = self.root.path / "private" / "logs" / self.name
        self.interrupted = False
        self.made: dict[str, Made] = {}
        self.begun = time.monotonic()
        self.engine = request.engine
        if self.engine == "auto":
            self.engine = "fork" if spawn.can_fork() else "warm"

    def run(self) -> int:
        store.recover(self.root)
        self.plan = plan = make_plan(self.request)
        self.present = plan.present
        check_room(self.root, len(plan.authorities))
        self.run_record = record.begin(self.request, plan)
        self.before = dict(self.run_record["units"])
        self.zygote: spawn.Process | None = None
        if self.request.strict and self.run_record["modified"]:
            changed = ", ".join(self.run_record["modified"])
            than = (
                "the last commit" if self.run_record["commit"] else "the workbook as it was shipped"
            )
            raise LarcError(f"Nothing was run: these differ from {than}: {changed}.")
        if self.request.scheduler:
            self.display.say("Asking the scheduler for its workers.")
        self.cluster = Cluster(self.request.scheduler) if self.request.scheduler else None
        self.pool = Pool(self.request.jobs, self.private, _environment(self.root))
        try:
            with self._signals():
                self._run(plan)
        finally:
            if self.cluster:
                self.cluster.close()
            self.pool.close()
            if self.zygote:
                self.zygote.close()
            self.display.close()
            files.remove(store.control(self.root) / "stage")
            _tidy(self.private)
        return self._finish(plan)

    def _run(self, plan: Plan) -> None:
        work = {
            unit.name: (unit, *to_run(self.request, unit, self.present))
            for unit in plan.authorities
        }
        stale = {name: entry for name, entry in work.items() if entry[1]}
        for name, (unit, *_rest) in work.items():
            if name not in stale:
                self._note(unit, "unchanged")
        unchanged = f"{len(work) - len(stale)} unchanged, " if len(work) > len(stale) else ""
        self._say_gone((unit, known) for unit, _, _, known in stale.values())
        self.display.begin(len(stale), f"{unchanged}{len(stale)} to run." if work else "")
        if stale and not self.cluster:
            self._start_zygote()
        national = digest([plan.shared, national_files(self.root)])
        stale = self._check(stale, record.last(self.root).get("national") != national)
        self.run_record["national"] = national
        self._write()
        work = [(unit, todo, keep) for unit, todo, keep, _ in stale.values()]
        self._make(work, self.cluster, again=bool(plan.readers) and not self.cluster)
        units = self.run_record["units"]
        good = {
            unit.name
            for unit in plan.authorities
            if units.get(unit.name, {}).get("status") in record.GOOD
        }
        alone = bool(plan.round) and len(plan.members) == 1
        among = "Alone in its round so far" if alone else "Comparing authorities"
        among += " (total seconds):"
        self._make_local(among, (unit for unit in with_round(self.root, plan) if unit.name in good))
        if plan.consortium and (good or not plan.authorities):
            self._make_local("The round:", [consortium_unit(self.request, plan)])

    def _make_local(self, what: str, units: Iterable[Unit]) -> None:
        """Make units that read what others' units left in this root, once those are all in place."""
        if self.pool.stopping:
            return
        work = []
        for unit in units:
            todo, keep, known = to_run(self.request, unit, self.present)
            if todo:
                self._say_gone([(unit, known)])
                work.append((unit, todo, keep))
            else:
                self._note(unit, "unchanged")
        if work:
            self.display.begin(len(work), what)
            self._start_zygote()
            self._make(work)

    def _say_gone(self, entries: Iterable[tuple[Unit, dict[str, Any]]]) -> None:
        """Say before the work which pages will be taken away: not asked for, and out of date by what is run."""
        readers = {notebook.name for notebook in self.plan.readers}
        for unit, known in entries:
            gone = [
                name
                for name in known.get("notebooks", {})
                if name not in unit.prints and name not in readers
            ]
            if gone:
                book = (
                    ["results.xlsx"]
                    if (self.root.pages(unit.name) / "results.xlsx").is_file()
                    else []
                )
                self.display.say(
                    f"{unit.name}: {', '.join([*gone, *book])} will be taken away: out of date then, not asked for. "
                    "The same command without --only makes them too."
                )

    def _start_zygote(self) -> None:
        """Begin importing what the notebooks import, while returns are being checked."""
        if self.engine != "fork" or self.zygote:
            return
        private_folder(self.private)
        log = os.open(self.private / "kernels.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        modules = [
            *preload.modules_of(nb.path for nb in find_notebooks(self.root.notebooks)),
            READ_AHEAD,
        ]
        environment = {**os.environ, **self.pool.environment, "LARCNB_ROOT": str(self.root.path)}
        try:
            self.zygote = spawn.Process(modules, environment, log)
        finally:
            os.close(log)
        self.pool.environment["LARCNB_ZYGOTE"] = self.zygote.path

    def _check(self, stale: dict[str, Any], national: bool) -> dict[str, Any]:
        """Read all that will be run from, before any kernel starts; refused returns are left out."""
        calls = [Call(slug, self.checks.authority, (self.root.path, slug), 300.0) for slug in stale]
        if stale and national:
            calls.insert(0, Call(NATIONAL, self.checks.national, (self.root.path,)))
        self.pool.start(len(calls))
        refused: dict[str, Failure] = {}
        for outcome in self.pool.run(calls, self.display.tick):
            if outcome.key == NATIONAL:
                if outcome.kind == "refused":
                    raise outcome.value
                if outcome.kind != "done":
                    raise RuntimeError("The check of the national tables ended without an answer.")
            elif failure := refusal(outcome):
                refused[outcome.key] = failure
        if refused and self.request.strict and not self.pool.stopping:
            listed = "\n".join(
                f"{slug}: {failure.reason} {self.root.typed(failure.todo)}"
                for slug, failure in sorted(refused.items())
            )
            raise LarcError(
                f"Nothing was run: {len(refused)} refused.\n{listed}", exit_code=REFUSED
            )
        for slug, failure in refused.items():
            self._note(stale[slug][0], "refused", Made(slug, failure=failure))
        return {slug: entry for slug, entry in stale.items() if slug not in refused}

    def _make(
        self,
        work: list[tuple[Unit, list[Any], dict[str, Any]]],
        pool: Any = None,
        again: bool = False,
    ) -> None:
        units = {unit.name: unit for unit, _, _ in work}
        ended = set()
        calls = [self._call(*entry, again) for entry in work]
        for outcome in (pool or self.pool).run(calls, self.display.tick, self.display.note):
            unit = units[outcome.key]
            made = (
                outcome.value if outcome.kind == "done" else Made(unit.name, failure=lost(outcome))
            )
            if made.failure is None:
                made.failure = self._put_in_place(unit)
            status = (
                "done"
                if made.failure is None
                else "refused"
                if made.failure.kind == "refused"
                else "failed"
            )
            self._note(unit, status, made)
            self._write()
            ended.add(unit.name)
            if made.failure and self.request.strict:
                self._stop()
        if units:
            self.present.forget()
        for name in units.keys() - ended:
            self._note(units[name], "interrupted" if self.interrupted else "not run")

    def _stop(self) -> None:
        for pool in (self.pool, self.cluster):
            if pool:
                pool.stop()

    def _call(self, unit: Unit, todo: list[Any], keep: dict[str, Any], again: bool) -> Call:
        stage = store.stage_for(self.root, self.name, unit.name)
        timeout = self.request.timeout or None
        job = Job(
            unit.name,
            unit.value,
            unit.title,
            self.root.path,
            stage.path,
            self.private,
            tuple(todo),
            keep,
            dict(unit.prints),
            unit.fingerprint,
            self.engine,
            timeout,
            again,
            made=self.run_record["started"][:10],
        )
        seconds = timeout * len(todo) + 120 if timeout else None
        return Call(
            unit.name, make_unit, (job,), seconds, unit.name if self.engine == "warm" else ""
        )

    def _put_in_place(self, unit: Unit) -> Failure | None:
        stage = store.stage_for(self.root, self.name, unit.name)
        try:
            store.commit(self.root, unit.name, stage)
        except OSError as error:
            stage.discard()
            if full_disk(error):
                return Failure(
                    "",
                    0,
                    "",
                    "disk",
                    "The disk is full.",
                    "Make room and run the same command again.",
                )
            return Failure(
                "",
                0,
                "",
                "place",
                "Its outputs could not be replaced.",
                "Close its files (results.xlsx above all) in other programs and run the same command again.",
            )
        return None

    def _note(self, unit: Unit, status: str, made: Made | None = None) -> None:
        if made and made.failure and made.failure.log:
            log = (self.private / made.failure.log).relative_to(self.root.path).as_posix()
            made.failure = Failure(**{**vars(made.failure), "log": log})
        if made and (earlier := self.made.get(unit.name)):
            made.seconds, made.wall = {**earlier.seconds, **made.seconds}, made.wall + earlier.wall
        self.made[unit.name] = made or Made(unit.name)
        found = self.plan.params.get(unit.value)
        round_name = found.round or codes.DEFAULT_ROUND if found else unit.value
        entry = record.unit_entry(
            self.root, unit, status, made, self.before.get(unit.name, {}), round_name
        )
        self.run_record["units"][unit.name] = entry
        self.display.end(unit.name, entry)

    def _write(self) -> None:
        self.run_record["seconds"] = round(time.monotonic() - self.begun, 1)
        record.write(self.root, self.run_record)

    def _finish(self, plan: Plan) -> int:
        self.run_record["state"] = "interrupted" if self.interrupted else "done"
        covered = [unit.name for unit in plan.authorities]
        covered += [f"consortium/{plan.round}"] if plan.consortium else []
        entries = [
            self.run_record["units"][unit] for unit in covered if unit in self.run_record["units"]
        ]
        self._write()
        from larcnb.publish import write_index

        write_index(self.root, self.run_record)
        changed = [name for name in self.run_record["modified"] if name.startswith("notebooks/")]
        notes = _way_back(changed, self.run_record["commit"])
        notes.append(f"The pages: {self.root.said('reports/index.html')}")
        for line in [
            *summary(self.run_record, covered, self.root),
            *([plan.note] if plan.note else []),
            *notes,
        ]:
            self.display.say(line)
        if self.interrupted:
            self.display.say("Interrupted. Run the same command to resume.")
            return INTERRUPTED
        return int(any(entry["status"] not in record.GOOD for entry in entries))

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and a request to end stop the batch between two steps, never inside one."""

        def stop(number: int, frame: Any) -> None:
            self.interrupted = True
            self._stop()

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


def _environment(root: Root) -> dict[str, str]:
    """What every worker, and through it every kernel, runs under."""
    own = {**SETTINGS, "LARCNB_ROOT": str(root.path), "PYTHONUTF8": "1"}
    if paths := os.environ.get("PYTHONPATH"):  # in it, an empty part is the current folder
        own["PYTHONPATH"] = os.pathsep.join(
            part for part in paths.split(os.pathsep) if part not in ("", ".")
        )
    return own


def _way_back(changed: list[str], commit: str) -> list[str]:
    """Say which notebooks are not the workbook's own, and how to have those again."""
    if not changed:
        return []
    than = "the last commit" if commit else "the workbook as it was shipped"
    back = (
        f": git checkout -- {' '.join(changed)}" if commit else ", take it from the download again."
    )
    return [
        f"Differs from {than}: {', '.join(changed)}. It was run as it is now. To have the other back{back}"
    ]


def _tidy(folder: Path) -> None:
    """Remove the run's private logs if nothing is in them."""
    if folder.is_dir():
        for path in folder.iterdir():
            if not path.stat().st_size:
                path.unlink()
        with contextlib.suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106
