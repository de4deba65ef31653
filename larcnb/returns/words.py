"""Everyday words for the codes of a return: what a message may suggest for a word that is no code.

In: ``words.csv``, each code with the words people write for it; a word, and the codes that may
stand there. Out: a suggestion, or nothing. A word that could stand for two codes suggests neither,
so that no suggestion turns a meaning round; a slip of the keys is found by spelling.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection
from functools import cache
from pathlib import Path

from larcnb.errors import nearest


def data_rows(name: str) -> list[dict[str, str]]:
    """The rows of a data file that lies beside this module."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def suggest(word: str, known: Collection[str], sure: bool = False) -> str:
    """Return ``"Did you mean 'x'?"`` for the code an everyday or mistyped word stands for, or
    nothing.

    With ``sure`` a slip is a letter left out or doubled, or letters exchanged: another letter makes
    another word, such as *decided* for *declined*.

    Examples
    --------
    >>> suggest("Very likely", ["very_unlikely", "highly_likely"])
    "Did you mean 'highly_likely'?"
    >>> suggest("quite likely", ["unlikely", "likely"])
    ''
    """
    meant = [code for code in _meant().get(_key(word), ()) if code in known]
    if meant:
        return f"Did you mean '{meant[0]}'?" if len(meant) == 1 else ""
    near = nearest(word, known)
    if not near or not sure:
        return near
    there, wanted = Counter(_key(word)), Counter(_key(near.split("'")[1]))
    missing, doubled = (wanted - there).total(), (there - wanted).total()
    return near if there.keys() <= wanted.keys() and max(missing, doubled) <= 1 else ""


@cache
def _meant() -> dict[str, list[str]]:
    """Each everyday word with the codes it may stand for."""
    meant: dict[str, list[str]] = {}
    for row in data_rows("words.csv"):
        for word in row["said"].split():
            meant.setdefault(_key(word), []).append(row["code"])
    return meant


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower()) + "+" * text.endswith("+")
