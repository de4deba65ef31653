"""Twenty runs of one small root: ``python -m benchmarks.determinism FOLDER [RUNS]``.

In: an empty folder. Out: on the screen, how many runs gave other bytes than the first, by 1 and by 8 workers in turn;
and, after the same runs with the rows of every return shuffled, in how many of them a figure of the findings moved.
"""

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

from larcnb.synth import write_root

AUTHORITIES, CASES = 2, 6
OF_A_RUN = ("run.json", ".record.json")
"""Seconds, and the fingerprint of a return whose rows stand in another order."""


def run(root, jobs):
    """One batch of everything from nothing."""
    words = ["batch", "--root", str(root), "--jobs", str(jobs), "--force"]
    subprocess.run([sys.executable, "-m", "larcnb.cli", *words], check=True, capture_output=True)


def contents(root):
    """What a reader finds: the hash of each processed file, workbook and page."""
    files = [
        path
        for part in ("data/processed", "reports")
        for path in sorted((root / part).rglob("*"))
        if path.is_file()
    ]
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name not in OF_A_RUN
    }


def figures(root):
    """The findings of each authority."""
    paths = sorted(root.glob("data/processed/*/findings.json"))
    return [json.loads(path.read_text("utf-8")) for path in paths]


def shuffle(root, dice):
    """Put the rows of every table of every return into another order."""
    for path in sorted(root.glob("data/raw/synth-*/*.csv")):
        head, *rows = path.read_text("utf-8").splitlines(keepends=True)
        dice.shuffle(rows)
        path.write_text(head + "".join(rows), "utf-8")


def main(folder, runs=20):
    """Run both campaigns and say what they found."""
    say, dice, root = sys.stdout.write, random.Random(1), Path(folder) / "root"
    write_root(root, AUTHORITIES, CASES, 1)
    run(root, 2)
    first, found = contents(root), figures(root)
    other = moved = 0
    for number in range(runs):
        run(root, (1, 8)[number % 2])
        now = contents(root)
        wrong = sorted(name for name in {*first, *now} if first.get(name) != now.get(name))
        other += bool(wrong)
        say(f"run {number + 1}: {wrong or 'the same bytes'}\n")
        sys.stdout.flush()
    for _ in range(runs // 4):
        shuffle(root, dice)
        run(root, 2)
        moved += figures(root) != found
    say(f"{other} of {runs} runs with other bytes than the first ({len(first)} files)\n")
    say(f"{moved} of {runs // 4} runs of shuffled rows with another figure\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
