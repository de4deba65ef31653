"""What the result depends on most: Sobol first-order and total indices of the saving, with intervals (SALib).

In: two tables of draws of the same set, with different seeds. Out: a frame. Kinds of estimate are sampled independently
of each other; within unit costs and within durations values move together, so each of these is one kind.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from larcnb.sensitivity.monte_carlo import GROUPS, Simulation, group_of

MOST, RESAMPLES = 4096, 50
"""Draws of each table at most; bootstrap resamples of the intervals."""
SHARES = ("first", "total")
INDICES = [f"{share}{end}" for share in SHARES for end in ("", "_low", "_high")]
COLUMNS = ["group", "label", *INDICES]


def sobol(simulation: Simulation) -> pd.DataFrame:
    """First-order and total Sobol indices of the long-term saving by kind of estimate.

    Returns
    -------
    DataFrame, the largest total first
        ``group``, ``label``, ``first``, ``total`` (shares of the variance), and the ends of their 95% intervals. A
        first-order index of nil may come out a little below it. Empty where the saving does not vary.

    Source
    ------
    Saltelli et al (2010), Jansen's total index; SALib (Herman and Usher 2017).
    """
    from SALib.analyze import sobol as salib

    n, seed = min(simulation.n, MOST), simulation.seed
    first, second = (replace(simulation, n=n, seed=of) for of in (seed, seed + 1))
    base, results = first.drawn.saving(), {}
    for group in GROUPS:
        turned = {name: of for name, of in second.table.items() if group_of(name) == group}
        if turned:
            results[group] = first.evaluate(first.table | turned).saving()
    groups = [group for group in results if not np.array_equal(results[group], base)]
    if not groups:
        return pd.DataFrame(columns=COLUMNS)
    # SALib's order: of each draw the first sample, each kind in turn from the second, the second sample.
    results = [results[group] for group in groups]
    rows = np.column_stack([base, *results, second.drawn.saving()])
    problem = {"num_vars": len(groups), "names": groups, "bounds": [[0, 1]] * len(groups)}
    asked = {"calc_second_order": False, "num_resamples": RESAMPLES, "seed": seed}
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = salib.analyze(problem, rows.ravel(), **asked)
    frame = pd.DataFrame({"group": groups, "label": [GROUPS[group] for group in groups]})
    for name, index in zip(SHARES, ("S1", "ST"), strict=True):
        share, off = whole[index], whole[f"{index}_conf"]
        ends = [name, f"{name}_low", f"{name}_high"]
        frame[ends] = np.column_stack([share, share - off, share + off])
    by, up = ["total", "group"], [False, True]
    return frame[COLUMNS].sort_values(by, ascending=up, ignore_index=True)
