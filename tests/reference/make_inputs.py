"""Write inputs.json, the data that R and larcnb are both given: `python make_inputs.py`, then `Rscript reference.R`."""

import json
from pathlib import Path

import numpy as np

rng = np.random.default_rng(20120301)

cases = [4, 4, 3, 4, 3, 3, 3, 2, 1, 2, 3]
place = np.repeat(np.arange(len(cases)), cases)
cost = np.round(
    np.exp(7.6 + 0.25 * rng.normal(size=len(cases))[place] + 0.5 * rng.normal(size=place.size)), 2
)

group = np.repeat(np.arange(9), [5, 4, 6, 4, 5, 3, 6, 4, 5])
meetings, professionals = rng.integers(0, 9, group.size), rng.integers(2, 10, group.size)
log_cost = 6.1 + 0.15 * meetings + 0.09 * professionals + 0.15 * rng.normal(size=9)[group]

first = rng.integers(1, 6, 60)
second = np.clip(first + rng.choice([-2, -1, 0, 0, 0, 0, 1], 60), 1, 5)
several = np.clip(rng.integers(2, 6, 30)[:, None] + rng.choice([-1, 0, 0, 0, 1], (30, 4)), 1, 5)
holes = rng.random(several.shape) < 0.3
holes[:, 0] = False

inputs = {
    "meta": {
        "research": {
            "yi": [0.10, 0.30, 0.35, 0.65, 0.45, 0.15],
            "vi": [0.03, 0.03, 0.05, 0.01, 0.05, 0.02],
        },
        "money": {
            "yi": [round(float(cost[place == a].mean()), 2) for a in range(len(cases))],
            "vi": [round(900.0**2 / n, 4) for n in cases],
        },
        "alike": {"yi": [4.9, 5.1, 5.0, 5.05, 4.98], "vi": [0.2, 0.3, 0.25, 0.2, 0.4]},
    },
    "one_way": {"authority": place.tolist(), "cost": cost.tolist()},
    "glm": {
        "authority": group.tolist(),
        "meetings": meetings.tolist(),
        "professionals": professionals.tolist(),
        "cost": np.round(np.exp(log_cost) * rng.gamma(8, 1 / 8, group.size), 2).tolist(),
    },
    "two_raters": {"first": first.tolist(), "second": second.tolist()},
    "several_raters": [
        [None if hole else int(x) for x, hole in zip(*row, strict=True)]
        for row in zip(several, holes, strict=True)
    ],
    "skewed": np.round(np.exp(1.1 * rng.normal(size=32)) * 20000 - 8000, 2).tolist(),
}
Path(__file__).with_name("inputs.json").write_text(json.dumps(inputs) + "\n", encoding="utf-8")
