"""Crashing a batch on purpose, and looking at what a reader would find.

In: a root in state A (a good run before the returns changed) and what a batch would make of it (state B). Out: what
is readable after a crash, and after the batch has been run again. Run as ``python crashes.py ROOT``, it is one
batch on a small root; ``python crashes.py campaign FOLDER KILLS`` is the long form of ``test_batch_crash.py``.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import smallbatch as small

from larcnb.files import hash_folder, read_json
from larcnb.runner import outputs

HERE = Path(__file__).parent
SLUGS = ("aa", "bb", "cc")
CONSORTIUM = "consortium/larc4"


@dataclass
class World:
    """A root in state A, what its readable files are in A and B, and where trials are made."""

    start: Path
    before: dict[str, bytes]
    after: dict[str, bytes]
    work: Path
    span: float = 0.0
    """Seconds that an undisturbed run takes."""

    def copy(self) -> small.SmallRoot:
        """A fresh copy of state A with the returns of state B."""
        shutil.rmtree(self.work / "trial", ignore_errors=True)
        shutil.copytree(self.start, self.work / "trial")
        return small.SmallRoot(self.work / "trial")


def make_world(folder: Path) -> World:
    """Make states A and B."""
    root = small.build(folder / "start", dict.fromkeys(SLUGS, "good"))
    code, said = small.run(root)
    assert code == 0, said.text
    before = small.contents(root)
    for slug in SLUGS:
        small.tell(root, slug, "fine")
    shutil.copytree(root.path, folder / "reference")
    reference = small.SmallRoot(folder / "reference")
    assert small.run(reference)[0] == 0
    world = World(root.path, before, small.contents(reference), folder)
    begun = time.monotonic()
    finish(world.copy())
    world.span = time.monotonic() - begun
    return world


def start(root: small.SmallRoot, fault: str = "") -> subprocess.Popen:
    """Begin a batch in a process of its own, with a fault if one is named."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE / "sabotage"), *_paths()]),
    }
    environment.pop("LARCNB_FAULT_PID", None)
    if fault:
        count = root.path.parent / "count"
        count.unlink(missing_ok=True)
        environment |= {
            "LARCNB_FAULT": fault,
            "LARCNB_FAULT_ROOT": str(root.path),
            "LARCNB_FAULT_COUNT": str(count),
        }
    return subprocess.Popen(
        [sys.executable, str(HERE / "crashes.py"), str(root.path)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(root: small.SmallRoot) -> tuple[int, str]:
    """Run a batch to its end, without a fault."""
    process = start(root)
    said = process.communicate(timeout=300)[0]
    return process.returncode, said


def readable(root: small.SmallRoot, world: World) -> list[str]:
    """What is wrong with what a reader finds: a folder that is neither as before nor as after."""
    now, wrong = small.contents(root), []
    for unit in (*SLUGS, CONSORTIUM):
        states = []
        for folder in outputs.places(root, unit).values():
            name = folder.relative_to(root.path).as_posix()
            found, old, new = (_part(files, name) for files in (now, world.before, world.after))
            states.append(
                "before" if found == old else "after" if found == new else "mixed or partial"
            )
        good = set(states) in ({"before"}, {"after"})
        if (
            unit == CONSORTIUM
        ):  # where an authority failed, it is of the others' new results and that one's old
            good = _is_whole(root, unit)
        if not good:
            wrong.append(f"{unit}: results {states[0]}, pages {states[1]}")
    if not now.get("reports/index.html", b"").rstrip().endswith(b"</html>"):
        wrong.append("the index is not whole")
    if not read_json(root.reports / "run.json"):
        wrong.append("run.json is not whole")
    return wrong


def left_running(root: small.SmallRoot, patience: float = 20.0) -> list[psutil.Process]:
    """Processes of the root that are still there after a while."""
    end = time.monotonic() + patience
    while True:
        found = []
        for process in psutil.process_iter():
            try:
                if (
                    process.environ().get("LARCNB_ROOT") == str(root.path)
                    and process.status() != "zombie"
                ):
                    found.append(process)
            except psutil.Error:
                continue
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.1)


def kill_at(world: World, share: float) -> tuple[list[str], bool]:
    """Kill a batch after a share of its time; what was wrong then and after the next run, and whether it had ended."""
    root = world.copy()
    process = start(root)
    time.sleep(share * world.span)
    over = process.poll() is not None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wrong = [f"{left} is still running" for left in left_running(root)]
    wrong += readable(root, world)
    return wrong + _again(root, world), over


def fault_at(world: World, kind: str, number: int) -> tuple[list[str], bool, int]:
    """Let the k-th write fail, or kill the batch there; also whether there was a k-th write, and the exit code."""
    root = world.copy()
    process = start(root, f"{kind}:{number}")
    said = process.communicate(timeout=300)[0]
    wrong = [f"{left} is still running" for left in left_running(root)]
    reached = (root.path.parent / "count").stat().st_size >= number
    found = readable(root, world)
    if kind == "kill":  # between two renames nobody is left to put right what the next start will
        found = [one for one in found if "results after, pages before" not in one]
    wrong += found
    if "Traceback" in said or "Errno" in said:
        wrong.append(f"it said: {said[-500:]}")
    if kind == "fail" and process.returncode not in (0, 1):
        wrong.append(f"exit code {process.returncode}: {said[-300:]}")
    return wrong + _again(root, world), reached, process.returncode


def _again(root: small.SmallRoot, world: World) -> list[str]:
    code, said = finish(root)
    wrong = [f"the next run ended with {code}: {said[-300:]}"] if code else []
    now = small.contents(root)
    different = sorted(
        name for name in {*now, *world.after} if now.get(name) != world.after.get(name)
    )
    return wrong + [f"not as undisturbed: {', '.join(different)}"] * bool(different)


def _is_whole(root: small.SmallRoot, unit: str) -> bool:
    record = outputs.record_of(root, unit)
    folders = outputs.places(root, unit).items()
    return bool(record) and all(
        hash_folder(place) == record["files"][part] for part, place in folders
    )


def _paths() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def _part(files: dict[str, bytes], folder: str) -> dict[str, bytes]:
    return {name: value for name, value in files.items() if _folder(name) == folder}


def _folder(name: str) -> str:
    return name.rsplit("/", 1)[0]


def campaign(folder: Path, kills: int, step: int) -> None:
    """Kill at random moments, then fail and kill at every ``step``-th write."""
    sys.stdout.reconfigure(line_buffering=True)
    world = make_world(folder)
    dice, say, bad, ended = random.Random(1), sys.stdout.write, 0, 0
    say(f"an undisturbed run takes {world.span:.1f} s\n")
    for number in range(kills):
        wrong, over = kill_at(world, dice.random())
        bad, ended = bad + bool(wrong), ended + over
        if wrong or number % 20 == 19:
            say(f"kill {number + 1}: {wrong or 'fine so far'}\n")
    say(f"{kills} kills at random moments ({ended} after its end): {bad} bad\n")
    for kind in ("fail", "kill"):
        bad, number, codes = 0, 1, {}
        while True:
            wrong, reached, code = fault_at(world, kind, number)
            if not reached:
                break
            bad, codes[code] = bad + bool(wrong), codes.get(code, 0) + 1
            if wrong:
                say(f"{kind} {number}: {wrong}\n")
            number += step
        tried = sum(codes.values())
        say(
            f"{kind} at every {step}th write up to {number}: {tried} tried, {bad} bad, exit codes {codes}\n"
        )


if __name__ == "__main__":
    if sys.argv[1] == "campaign":
        target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp())
        campaign(target, int(sys.argv[3]), int(sys.argv[4]))
    else:
        from larcnb.cli.app import safely
        from larcnb.runner.plan import Request

        def one() -> int:
            from larcnb.runner.batch import run_batch
            from larcnb.runner.screen import Lines

            request = Request(small.SmallRoot(Path(sys.argv[1])), jobs=2, timeout=60.0)
            return run_batch(request, small.CHECKS, Lines(sys.stdout))

        import typer

        try:
            safely(one)()
        except typer.Exit as end:
            sys.exit(end.exit_code)
