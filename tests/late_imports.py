"""How many modules of each package an authority's notebooks import in a process that was forked, as JSON.

Run as ``python late_imports.py FOLDER``: by itself, since other tests have less imported ahead.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from larcnb.root import WORKBOOK, Root
from larcnb.runner.notebooks import Job, find_notebooks, make_job
from larcnb.runner.pool import Call, alone


def imported_late(folder, note):
    """Make the pages of la-01 in a folder."""
    before, root = set(sys.modules), Root(WORKBOOK)
    those = [
        nb for nb in find_notebooks(root.notebooks) if not nb.consortium and not nb.reads_round
    ]
    (folder / "stage").mkdir()
    how = {"todo": tuple(those), "root": root.path, "stage": folder / "stage", "logs": folder}
    make_job(Job("la-01", "A", "larc4", tuple(those), **how), note)
    return Counter(name.partition(".")[0] for name in set(sys.modules) - before)


if __name__ == "__main__":
    work = Path(sys.argv[1])
    outcome = alone(Root(WORKBOOK), work, Call("la-01", imported_late, (work,)))
    sys.stdout.write(json.dumps(outcome.value))
