"""The panel of a page: sliders over a surface that the notebook worked out.

In: the surface as plain values. Out: HTML, which ``what_if.js`` brings to life; without a script the verdict stands and
the sliders are not shown. Nothing but numbers and escaped words comes through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from math import isfinite, prod
from typing import Any

SHARES = 2
NAMES = ("saves", "costs", "unpriced", "never", "at_least")


def what_if(plain: Any) -> str:
    """The panel of a surface; empty where it is not one.

    Parameters
    ----------
    plain : dict
        ``axes`` (each ``label``, ``stops``, ``texts``, ``start``; the first two are shares that scale the cost avoided,
        the others the axes of ``avoided``), ``words``, ``years``, ``inputs``, ``avoided``, and ``verdict``, what the
        values in force give.
    """
    try:
        axes = [
            {
                "label": str(axis["label"]),
                "texts": [str(text) for text in axis["texts"]],
                "start": int(axis["start"]),
                "stops": [float(stop) for stop in axis["stops"]],
            }
            for axis in plain["axes"]
        ]
        avoided = [int(amount) for amount in str(plain["avoided"]).split(",")]
        facts = {
            "shares": [axis["stops"] for axis in axes[:SHARES]],
            "sizes": [len(axis["texts"]) for axis in axes[SHARES:]],
            "years": int(plain["years"]),
            "inputs": int(plain["inputs"]),
            "words": {name: str(plain["words"][name]) for name in NAMES},
        }
        verdict = str(plain["verdict"])
        whole = (
            len(axes) > SHARES
            and len(avoided) == prod(facts["sizes"])
            and all(len(axis["stops"]) == len(axis["texts"]) > axis["start"] >= 0 for axis in axes)
            and all(isfinite(stop) for axis in axes for stop in axis["stops"])
        )
    except (KeyError, TypeError, ValueError):
        return ""
    if not whole:
        return ""
    sliders = "".join(_slider(number, axis) for number, axis in enumerate(axes))
    return (
        f'<div class="what-if" data-facts="{escape(json.dumps(facts))}" data-avoided="{",".join(map(str, avoided))}">'
        f'<p class="finding" role="status">{escape(verdict)}</p>'
        f"<fieldset hidden><legend>Change an assumption</legend>{sliders}"
        '<button type="button">Reset</button></fieldset>'
        '<p class="note">The chance and the share prevented are alike for every future told. Each stop of the others '
        "was worked out beforehand, line by line to the penny. The sliders need JavaScript.</p></div>"
    )


def _slider(number: int, axis: Mapping[str, Any]) -> str:
    name, start, texts = f"what-if-{number}", axis["start"], axis["texts"]
    return (
        f'<p><label for="{name}">{escape(axis["label"])}</label>'
        f'<input type="range" id="{name}" min="0" max="{len(texts) - 1}" step="1" value="{start}" '
        f'aria-valuetext="{escape(texts[start])}" data-texts="{escape("|".join(texts))}">'
        f'<span aria-hidden="true">{escape(texts[start])}</span></p>'
    )
