"""Crashing a batch on purpose, and looking at what a reader would find.

In: a root in state A (a good run before the returns changed) and what a batch would make of it (state B). Out: what
is readable after a crash, and after the batch has been run again. Run as ``python crashes.py ROOT``, it is one
batch on a small root; ``python -m benchmarks.crashes campaign FOLDER KILLS STEP`` is the long form of
``tests/test_batch_crash.py``.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from larcnb.files import read_json
from larcnb.root import WORKBOOK
from larcnb.runner import outputs

TESTS = WORKBOOK / "tests"
sys.path.append(str(TESTS))

import smallbatch as small  # noqa: E402

HERE = Path(__file__).parent
SLUGS = ("aa", "bb", "cc")
CONSORTIUM = "consortium/larc4"
STATES = ("none, pages before", "after, pages before", "after, pages none")
JOBS = (*SLUGS, CONSORTIUM)
BETWEEN = {f"{job}: results {states}" for job in JOBS for states in STATES}
"""What is readable between the renames that put an authority or the round in place."""


@dataclass
class World:
    """A root in state A, its readable files in A and B, where trials are made, and an undisturbed run's seconds."""

    start: Path
    before: dict[str, bytes]
    after: dict[str, bytes]
    work: Path
    span: float = 0.0

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
    world, begun = World(root.path, before, {}, folder), time.monotonic()
    reference = world.copy()
    assert finish(reference)[0] == 0
    world.after, world.span = small.contents(reference), time.monotonic() - begun
    return world


def start(root: small.SmallRoot, fault: str = "") -> subprocess.Popen:
    """Begin a batch in a process of its own, with a fault if one is named."""
    count, paths = root.path.parent / "count", [WORKBOOK, TESTS, HERE / "sabotage"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    environment.pop("LARCNB_FAULT_PID", None)
    if fault:
        count.unlink(missing_ok=True)
        told = {"": fault, "_ROOT": str(root.path), "_COUNT": str(count)}
        environment |= {f"LARCNB_FAULT{name}": value for name, value in told.items()}
    command = [sys.executable, str(HERE / "crashes.py"), str(root.path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, env=environment, start_new_session=True, **pipes)


def finish(root: small.SmallRoot) -> tuple[int, str]:
    """Run a batch to its end, without a fault."""
    process = start(root)
    said = process.communicate(timeout=300)[0]
    return process.returncode, said


def readable(root: small.SmallRoot, world: World) -> list[str]:
    """What is wrong with what a reader finds: a folder that is neither as before nor as after."""
    now, wrong = small.contents(root), []
    for job in JOBS:
        states = []
        for folder in outputs.places(root, job).values():
            name = f"{folder.relative_to(root.path).as_posix()}/"
            found, old, new = (
                {file: value for file, value in files.items() if file.startswith(name)}
                for files in (now, world.before, world.after)
            )
            known = {"none": {}, "before": old, "after": new}
            states.append(next((word for word in known if found == known[word]), "mixed"))
        # Where an authority failed, the round is of the others' new results and that one's old.
        record = outputs.written_by(outputs.record_of(root, job).values())
        of_others = job == CONSORTIUM and outputs.hashes(root, job) == record
        if set(states) not in ({"before"}, {"after"}) and not of_others:
            wrong.append(f"{job}: results {states[0]}, pages {states[1]}")
    if not now.get("reports/index.html", b"").rstrip().endswith(b"</html>"):
        wrong.append("the index is not whole")
    if not read_json(root.reports / "run.json"):
        wrong.append("run.json is not whole")
    return wrong


def is_of(process: psutil.Process, root: small.SmallRoot) -> bool:
    """Whether a process was begun for a root and has not ended."""
    try:
        mine = process.environ().get("LARCNB_ROOT") == str(root.path)
        return mine and process.status() != "zombie"
    except psutil.Error:
        return False


def left_running(root: small.SmallRoot, patience: float = 20.0) -> list[psutil.Process]:
    """Processes of the root that are still there after a while."""
    end = time.monotonic() + patience
    while (found := [one for one in psutil.process_iter() if is_of(one, root)]) and (
        time.monotonic() < end
    ):
        time.sleep(0.1)
    return found


def kill_at(world: World, share: float) -> tuple[list[str], bool]:
    """Kill a batch after a share of its time; what was wrong then and after the next run, and whether it had ended."""
    root = world.copy()
    process = start(root)
    time.sleep(share * world.span)
    over = process.poll() is not None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wrong = [f"{left} is still running" for left in left_running(root)]
    return wrong + readable(root, world) + _again(root, world), over


def fault_at(world: World, kind: str, number: int) -> tuple[list[str], bool, int]:
    """Let the k-th write fail, or kill the batch there; also whether there was a k-th write, and the exit code."""
    root = world.copy()
    process = start(root, f"{kind}:{number}")
    said = process.communicate(timeout=300)[0]
    wrong = [f"{left} is still running" for left in left_running(root)]
    reached = (root.path.parent / "count").stat().st_size >= number
    found = readable(root, world)
    if kind == "kill":  # between two renames nobody is left to put right what the next start will
        found = [one for one in found if one not in BETWEEN]
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
    names = sorted({*now, *world.after})
    different = [name for name in names if now.get(name) != world.after.get(name)]
    return wrong + [f"not as undisturbed: {', '.join(different)}"] * bool(different)


def campaign(folder: Path, kills: int, step: int) -> None:
    """Kill at random moments, then fail and kill at every ``step``-th write."""
    world, dice, bad, ended = make_world(folder), random.Random(1), 0, 0

    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    say(f"an undisturbed run takes {world.span:.1f} s")
    for number in range(kills):
        wrong, over = kill_at(world, dice.random())
        bad, ended = bad + bool(wrong), ended + over
        if wrong:
            say(f"kill {number + 1}: {wrong}")
    say(f"{kills} kills at random moments ({ended} after its end): {bad} bad")
    for kind in ("fail", "kill"):
        bad, number, codes = 0, 1, []
        while True:
            wrong, reached, code = fault_at(world, kind, number)
            if not reached:
                break
            bad += bool(wrong)
            codes.append(code)
            if wrong:
                say(f"{kind} {number}: {wrong}")
            number += step
        say(
            f"{kind} at each {step}th of {number} writes: {len(codes)}, {bad} bad, codes {set(codes)}"
        )


def one() -> int:
    """One batch on the root named on the command line."""
    from larcnb.runner.batch import run_batch
    from larcnb.runner.plan import Request
    from larcnb.runner.screen import Lines

    request = Request(small.SmallRoot(Path(sys.argv[1])), jobs=2, timeout=60.0)
    return run_batch(request, small.CHECKS, Lines(sys.stdout))


if __name__ == "__main__":
    if sys.argv[1] == "campaign":
        campaign(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        import typer

        from larcnb.cli.app import safely

        try:
            safely(one)()
        except typer.Exit as end:
            sys.exit(end.exit_code)
