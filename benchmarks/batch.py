"""How fast a batch is beside papermill as people use it. Linux, two workers.

Run as ``python -m benchmarks.batch [ratios|whole]``. ``ratios``: six made-up authorities and all their notebooks,
paired and interleaved runs, medians; ``LARCNB_ROUNDS`` says how many (3). ``whole``: 153 authorities of 40 cases.
The goals speak of time on the clock; where other work shares the machine the processor's time says more, so both
are given.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.baselines import notebooks
from larcnb.params import list_authorities
from larcnb.root import WORKBOOK, Root
from larcnb.runner.pool import SETTINGS
from larcnb.synth import write_root

AUTHORITIES, CASES, SEED = 6, 40, 1
ROUNDS = int(os.environ.get("LARCNB_ROUNDS", "3"))
ENGLAND = 153


@dataclass(frozen=True)
class Took:
    """Seconds of a command and all it started: on the clock, and of the processor."""

    wall: float
    cpu: float


def timed(*commands: list[str], root: Path, cwd: Path = WORKBOOK / "notebooks") -> Took:
    """Run commands one after the other and time them."""
    environment = {**os.environ, **SETTINGS, "LARCNB_ROOT": str(root)}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        subprocess.run(command, env=environment, cwd=cwd, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(time.perf_counter() - begun, cpu)


def ours(root: Path, *options: str, jobs: int = 2) -> Took:
    """A batch of everything, from nothing."""
    shutil.rmtree(root / "reports", ignore_errors=True)
    shutil.rmtree(root / "data" / "processed", ignore_errors=True)
    words = [
        "--root",
        str(root),
        "--jobs",
        str(jobs),
        *(f"--only={nb.name}" for nb in notebooks()),
        *options,
    ]
    return timed([sys.executable, "-m", "larcnb.cli", "batch", *words], root=root)


def papermill_loop(root: Path, out: Path) -> Took:
    """A shell loop of the papermill command."""
    base = [sys.executable, "-m", "papermill", "--no-progress-bar", "-k", "python3"]
    return timed(
        *(
            [*base, str(nb.path), str(out / f"{slug}-{nb.name}.ipynb"), "-p", "authority", slug]
            for slug in list_authorities(Root(root))
            for nb in notebooks()
        ),
        root=root,
    )


def papermill_pool(root: Path, out: Path) -> Took:
    """A pool of two papermill processes."""
    return timed(
        [sys.executable, "-m", "benchmarks.baselines", "pool", str(root), str(out)],
        root=root,
        cwd=WORKBOOK,
    )


def bare(root: Path) -> float:
    """Processor seconds of a notebook's code alone."""
    environment = {**os.environ, **SETTINGS, "LARCNB_ROOT": str(root), "MPLBACKEND": "agg"}
    command = [sys.executable, "-m", "benchmarks.baselines", "bare", str(root)]
    said = subprocess.run(command, env=environment, cwd=WORKBOOK, check=True, capture_output=True)
    return float(said.stdout)


def say(
    measure: str, value: float, goal: float, aim: float, unit: str = "x", extra: str = ""
) -> None:
    """Write one measure; more is better where the aim is above the goal."""
    met = value >= goal if aim > goal else value <= goal
    verdict = "met" if met else "short"
    sys.stdout.write(
        f"{measure}: {value:.2f}{unit}{extra}, goal {goal:g}{unit} (aim {aim:g}{unit}), {verdict}\n"
    )
    sys.stdout.flush()


def ratio(name: str, slow: list[Took], fast: list[Took], goal: float, aim: float) -> None:
    """Write how many times faster one is than the other, by paired runs."""
    walls = median(one.wall / other.wall for one, other in zip(slow, fast, strict=True))
    cpus = median(one.cpu / other.cpu for one, other in zip(slow, fast, strict=True))
    times = f"{median(t.wall for t in slow):.0f} s and {median(t.wall for t in fast):.0f} s"
    say(name, walls, goal, aim, extra=f" ({cpus:.2f}x of processor time; {times})")


def ratios(folder: Path) -> None:
    """Six authorities, paired and interleaved."""
    root, small, out = folder / "six", folder / "two", folder / "out"
    write_root(root, AUTHORITIES, CASES, SEED)
    write_root(small, 2, CASES, SEED)
    out.mkdir()
    count = (AUTHORITIES - 2) * len(notebooks())
    loop, pool, default, spawn, marginal, alone = ([] for _ in range(6))
    for _ in range(ROUNDS):
        loop.append(papermill_loop(root, out))
        default.append(ours(root))
        pool.append(papermill_pool(root, out))
        spawn.append(ours(root, "--engine", "spawn"))
        more, less = ours(root, jobs=1), ours(small, jobs=1)
        # by the clock: the processor's time of a forked process is not told to us
        marginal.append((more.wall - less.wall) / count)
        alone.append(bare(root))
    ratio("batch against a shell loop of the papermill command", loop, default, 10, 15)
    ratio("batch against a pool of two papermill processes", pool, default, 3.8, 5)
    beyond = median(one / other for one, other in zip(marginal, alone, strict=True))
    extra = f" ({median(marginal):.2f} s and {median(alone):.2f} s; page and checks included)"
    say(
        "cost of a notebook beyond start-up beside the bare functions",
        beyond,
        1.5,
        1.2,
        extra=extra,
    )
    cpus = median(one.cpu / other.cpu for one, other in zip(pool, spawn, strict=True))
    say("the path without forkserver against that pool (processor time)", cpus, 2.4, 2.7)


def whole(folder: Path) -> None:
    """England: 153 authorities of 40 cases, everything; then again with nothing changed."""
    root = folder / "england"
    write_root(root, ENGLAND, CASES, SEED)
    command = [sys.executable, "-m", "larcnb.cli", "batch", "--root", str(root), "--jobs", "2"]
    first = timed(command, root=root)
    name = f"{ENGLAND} authorities x {CASES} cases with everything on 2 workers"
    say(name, first.wall / 60, 6.6, 5, " min", f" ({first.cpu / 60:.2f} min of processor time)")
    again = timed(command, root=root)
    extra = f" ({again.cpu:.1f} s of processor time)"
    say(f"nothing changed for {ENGLAND} authorities", again.wall, 3, 2, " s", extra)


def main(wanted: list[str]) -> int:
    """Run the measures asked for."""
    with tempfile.TemporaryDirectory() as name:
        for measure in (ratios, whole):
            if not wanted or measure.__name__ in wanted:
                measure(Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
