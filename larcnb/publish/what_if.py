"""The panel of a page: sliders over a surface that the notebook worked out.

In: the surface as plain values. Out: HTML, which ``what_if.js`` brings to life; without a script the verdict stands and
the sliders are not shown. Nothing but numbers and escaped words comes through.
"""

from __future__ import annotations

import json
from math import isfinite, prod
from typing import Any

from larcnb.publish.templates import fill

MINUS = "\N{MINUS SIGN}"
SHARES = 2
"""The first axes are shares that scale the cost avoided; the others are the axes of ``avoided``."""
WORDS = ("saves", "costs", "unpriced", "never", "at_least")


def what_if(plain: Any) -> str:
    """The panel of a surface; empty where it is not one.

    Parameters
    ----------
    plain : dict
        ``axes`` (each ``label``, ``stops``, ``texts``, ``start``), ``words``, ``years``, ``inputs``, ``avoided``, and
        ``verdict``, what the values in force give.
    """
    try:
        axes = [
            (str(of["label"]), list(map(str, of["texts"])), int(of["start"]))
            for of in plain["axes"]
        ]
        stops = [list(map(float, of["stops"])) for of in plain["axes"]]
        avoided = list(map(int, str(plain["avoided"]).split(",")))
        facts = {
            "shares": stops[:SHARES],
            "sizes": [len(of) for of in stops[SHARES:]],
            "years": int(plain["years"]),
            "inputs": int(plain["inputs"]),
            "words": {name: str(plain["words"][name]) for name in WORDS},
        }
        verdict = str(plain["verdict"]).replace(MINUS, f"{MINUS}\N{WORD JOINER}")
    except (KeyError, TypeError, ValueError):
        return ""
    both = zip(stops, axes, strict=True)
    fits = all(len(of) == len(texts) > start >= 0 for of, (_, texts, start) in both)
    fits = fits and len(axes) > SHARES and len(avoided) == prod(facts["sizes"])
    if not fits or not all(map(isfinite, sum(stops, []))):
        return ""
    values = {"axes": axes, "facts": json.dumps(facts), "avoided": ",".join(map(str, avoided))}
    return fill("what_if.html.j2", verdict=verdict, **values)
