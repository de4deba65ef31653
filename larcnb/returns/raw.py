"""Raw cells and what may be said of them.

In: what the readers of files find. Out: :class:`Broken` cells, :class:`Bad` ones with their words, and the two
ways a cell is turned into text: as it is compared (:func:`plain`) and as a message may repeat it (:func:`shown`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

BLANKS = " \t\u00a0\u2007\u202f"
"""What is forgiven around a value: spaces, tabs and no-break spaces."""
EMPTY = BLANKS + "\r\n"
"""What a cell that holds nothing may be made of."""
SHOWN = 40
LONGEST_ID = 1e15
WORDS = re.compile(r"[^\W\d_]+(?:[_'-][^\W\d_]+)*")


@dataclass(frozen=True)
class Broken:
    """A cell of a workbook that holds no usable value: an error, or a formula never worked out."""

    code: str
    shown: str = ""


class Masked(float):
    """A number whose format shows something else, such as 1 shown as C00001; unlike any plain number."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Masked) and float(self) == float(other)

    def __hash__(self) -> int:
        return hash((Masked, float(self)))


Raw = str | float | dt.datetime | Broken


@dataclass(frozen=True)
class Bad:
    """What is wrong with a cell; what to do may be worked out only when it is wanted.

    Parameters
    ----------
    code : str
        The problem's code.
    pattern : str
        The message; ``{}`` stands where it repeats the value.
    advice : str or function giving one
        What to do about it.
    value : str
        The value, where a message may repeat it; what reads like a sentence never is (it may be a note that
        slipped into the wrong column).
    """

    code: str
    pattern: str
    advice: str | Callable[[], str] = ""
    value: str = ""

    def message(self, moved: bool = False) -> str:
        """The message; without the value where the row's cells may have moved to other columns."""
        repeats = self.value and not moved and len(WORDS.findall(self.value[: SHOWN + 1])) <= 1
        return self.pattern.replace("{}", shown(self.value) if repeats else "This", 1)

    @property
    def todo(self) -> str:
        """What to do about it."""
        return self.advice if isinstance(self.advice, str) else self.advice()


def plain(raw: Raw | None) -> str:
    """Return a raw cell as text without its outer blanks; a workbook's 12.0 is 12, a date is ISO.

    Examples
    --------
    >>> plain(" a01\\u00a0"), plain(12.0), plain(1.5), plain(None)
    ('a01', '12', '1.5', '')
    """
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw.strip(BLANKS)
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < LONGEST_ID else repr(raw)
    if isinstance(raw, dt.datetime):
        if raw.date() < dt.date(1900, 1, 2):
            return f"{raw:%H:%M:%S}"
        return f"{raw:%Y-%m-%d}" if raw.time() == dt.time() else f"{raw:%Y-%m-%d %H:%M:%S}"
    return raw.shown


def unseen(text: str, forgiven: str = "") -> str:
    """Name the first character of a text that nobody can see, or that no file can hold; empty where there is none.

    Examples
    --------
    >>> unseen("A\\u200b1"), unseen("A1"), unseen("a\\tb", forgiven="\\t")
    ('U+200B (zero width space)', '', '')
    """
    if text.isascii() and text.isprintable():
        return ""
    for c in text:
        if c not in forgiven and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            unnamed = (
                "half a character" if unicodedata.category(c) == "Cs" else "a control character"
            )
            return f"U+{ord(c):04X} ({unicodedata.name(c, unnamed).lower()})"
    return ""


def shown(text: str) -> str:
    """Return a value as a message may repeat it: cut to 40 characters, control characters written out.

    Examples
    --------
    >>> shown("1.5 hrs"), shown("a\\nb")
    ("'1.5 hrs'", "'a\\\\nb'")
    """
    cut = text[:SHOWN] + ("…" if len(text) > SHOWN else "")
    safe = (
        c
        if c.isprintable() and unicodedata.category(c) != "Cf"
        else c.encode("unicode_escape").decode()
        for c in cut.encode("utf-8", "backslashreplace").decode()
    )
    return "'" + "".join(safe) + "'"
