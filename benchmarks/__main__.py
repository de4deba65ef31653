"""All benchmarks, one line a measure: ``measure: value, goal value, met`` (or ``short``).

Run as ``python -m benchmarks [name ...]``. Each module beside this one is a benchmark and may be run alone, for
instance ``python -m benchmarks.batch``; those of :data:`PARTS` are helpers, or print a table.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PARTS = {"__init__", "__main__", "attack_campaign", "attacker", "baselines", "coverage"}
PARTS |= {"crashes", "determinism", "disclosure_peer", "fidelity", "look_at_pages", "sparse_roots"}
MEASURE = re.compile(r"[^:]+: [^,]+.*, goal .+, (met|short)( .*)?$")


def main(wanted: list[str]) -> int:
    """Run the benchmarks named, or all; 1 where one could not be run."""
    known = sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in PARTS
    )
    broken = 0
    for name in wanted or known:
        with subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.{name}"],
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        ) as process:
            for line in process.stdout:
                if MEASURE.match(line.rstrip()):
                    sys.stdout.write(line)
                    sys.stdout.flush()
        if process.returncode not in (0, 1):
            broken = 1
            sys.stdout.write(f"{name} could not be run: it ended with {process.returncode}.\n")
    return broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
