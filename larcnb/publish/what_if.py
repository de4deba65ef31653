"""The panel of a page: sliders over a surface that the notebook worked out.

In: the surface as plain values. Out: HTML, which ``what_if.js`` brings to life; without a script the verdict stands and
the sliders are not shown. Nothing but whole numbers and escaped words comes through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from math import prod
from typing import Any

NAMES = ("saves", "costs", "unpriced", "never", "at_least")


def what_if(plain: Any) -> str:
    """The panel of a surface; empty where it is not one.

    Parameters
    ----------
    plain : dict
        ``axes`` (each ``label``, ``texts``, ``start``), ``real``, ``words``, ``years``, ``inputs``, ``avoided``, and
        ``verdict``, what the values in force give.
    """
    try:
        axes = [
            {"label": str(axis["label"]), "texts": [str(text) for text in axis["texts"]], "start": int(axis["start"])}
            for axis in plain["axes"]
        ]
        avoided = [int(amount) for amount in str(plain["avoided"]).split(",")]
        facts = {
            "sizes": [len(axis["texts"]) for axis in axes], "years": int(plain["years"]),
            "inputs": int(plain["inputs"]), "words": {name: str(plain["words"][name]) for name in NAMES},
        }  # fmt: skip
        verdict, share = str(plain["verdict"]), str(plain["real"])
        whole = len(avoided) == prod(facts["sizes"]) and all(0 <= a["start"] < len(a["texts"]) for a in axes)
    except (KeyError, TypeError, ValueError):
        return ""
    if not whole:
        return ""
    axes.append({"label": share, "texts": [f"{n}%" for n in range(101)], "start": 100})
    sliders = "".join(_slider(number, axis) for number, axis in enumerate(axes))
    return (
        f'<div class="what-if" data-facts="{escape(json.dumps(facts))}" data-avoided="{",".join(map(str, avoided))}">'
        f'<p class="finding" role="status">{escape(verdict)}</p>'
        f'<fieldset hidden><legend>Move the assumptions</legend>{sliders}'
        '<button type="button">Back to where they began</button></fieldset>'
        '<p class="note">Each stop of the sliders was worked out beforehand, line by line to the penny. Where these '
        "figures do not move, scripts are switched off.</p></div>"
    )


def _slider(number: int, axis: Mapping[str, Any]) -> str:
    name, start, texts = f"what-if-{number}", axis["start"], axis["texts"]
    return (
        f'<p><label for="{name}">{escape(axis["label"])}</label>'
        f'<input type="range" id="{name}" min="0" max="{len(texts) - 1}" step="1" value="{start}" '
        f'aria-valuetext="{escape(texts[start])}" data-texts="{escape("|".join(texts))}">'
        f'<span aria-hidden="true">{escape(texts[start])}</span></p>'
    )
