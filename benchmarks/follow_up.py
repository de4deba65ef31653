"""Does the interval of what came anyway hold what was planted? ``python benchmarks/follow_up.py [draws] [children]``.

Each draw is a whole made-up extract (``tests/ssd_world.py``): written, read, its families joined and followed.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from larcnb.follow_up import COMPETING, incidence
from larcnb.imports import ssd

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import ssd_world

AT = (12, 24, 36)


def main(draws: int = 200, children: int = 20_000) -> None:
    """Print the coverage of the 95% interval, the mean error, and that of an estimate without competing risks."""
    _, grows_up = ssd_world.frames(0, 400_000)
    planted = ssd_world.incidence(AT, grows_up)
    inside, error, naive, begun = [], [], [], time.perf_counter()
    for seed in range(1, draws + 1):
        tables, own = ssd_world.frames(seed, children)
        with tempfile.TemporaryDirectory() as folder:
            found = ssd.extract(ssd.read_folder(ssd_world.write(Path(folder), tables)), b"x" * 32)
        if len(found.cases) != len(own):
            raise SystemExit(f"seed {seed}: {len(own)} families, {len(found.cases)} cases")
        rows = found.happened.query("future == 'looked_after'")
        share = incidence(rows["months"], rows["status"], AT)
        inside.append(share["low"].le(planted) & share["high"].ge(planted))
        error.append(share["share"] - planted)
        alone = incidence(rows["months"], rows["status"].replace(COMPETING, 0), AT)
        naive.append(alone["share"] - planted)
    for words, values in (("coverage", inside), ("error", error), ("naive error", naive)):
        sys.stdout.write(f"{words} {np.mean(values, axis=0).round(4)} at {AT} months\n")
    seconds = time.perf_counter() - begun
    sys.stdout.write(f"{draws} draws of {children:,} children, {seconds:.0f} s\n")


def speed(children: int = 65_000) -> None:
    """Print how long reading and following an extract of over 200,000 rows takes."""
    tables, _ = ssd_world.frames(3, children)
    with tempfile.TemporaryDirectory() as name:
        folder = ssd_world.write(Path(name), tables)
        begun = time.process_time()
        ssd.extract(ssd.read_folder(folder), b"x" * 32)
        seconds = time.process_time() - begun
    sys.stdout.write(f"{sum(map(len, tables.values())):,} rows: {seconds:.1f} s, goal 10 s\n")


if __name__ == "__main__":
    speed()
    main(*map(int, sys.argv[1:]))
