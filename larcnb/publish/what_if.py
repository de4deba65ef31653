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
            (str(of["label"]), [str(text) for text in of["texts"]], int(of["start"]))
            for of in plain["axes"]
        ]
        stops = [[float(stop) for stop in of["stops"]] for of in plain["axes"]]
        avoided = [int(amount) for amount in str(plain["avoided"]).split(",")]
        facts = {
            "shares": stops[:SHARES],
            "sizes": [len(texts) for _, texts, _ in axes[SHARES:]],
            "years": int(plain["years"]),
            "inputs": int(plain["inputs"]),
            "words": {name: str(plain["words"][name]) for name in WORDS},
        }
        verdict = str(plain["verdict"]).replace(MINUS, f"{MINUS}\N{WORD JOINER}")
    except (KeyError, TypeError, ValueError):
        return ""
    is_whole = (
        len(axes) > SHARES
        and len(avoided) == prod(facts["sizes"])
        and all(map(isfinite, sum(stops, [])))
        and all(
            len(of) == len(texts) > start >= 0
            for of, (_, texts, start) in zip(stops, axes, strict=True)
        )
    )
    values = {"axes": axes, "facts": json.dumps(facts), "avoided": ",".join(map(str, avoided))}
    return fill("what_if.html.j2", verdict=verdict, **values) if is_whole else ""
