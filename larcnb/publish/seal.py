"""The seal of a page, what it says it was made from, and its figures one by one: what ``larcnb verify`` looks at.

In: a page as HTML. Out: whether it is as it was written, its id, the hashes of its inputs, and its lines of text with
their places, to be set beside those of the same page made anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import takewhile, zip_longest

from larcnb.publish.scan import NUMBER, SPOKEN

SEAL = re.compile(r'<meta name="larcnb-seal" content="([0-9a-f]*)">')
EMPTY = '<meta name="larcnb-seal" content="">'
CARRIED = ("data-facts", "data-avoided")
"""Attributes in which the panel keeps its figures."""
INLINE = {
    "a",
    "abbr",
    "b",
    "br",
    "code",
    "em",
    "i",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "u",
}
NOTHING = "nothing"


@dataclass(frozen=True)
class Line:
    """One line of a page: the heading and row it stands under, and its text."""

    place: str
    text: str


@dataclass(frozen=True)
class Known:
    """What a page says of itself.

    Parameters
    ----------
    unit, notebook : str
        Such as ``la-01`` and ``04_findings``.
    is_unaltered : bool
        Whether the seal is that of the page.
    made_from : dict of input to SHA-256
    lines : tuple of Line
    """

    unit: str
    notebook: str
    is_unaltered: bool
    made_from: dict[str, str]
    lines: tuple[Line, ...]

    @property
    def figures(self) -> int:
        """How many figures the page shows."""
        return sum(len(NUMBER.findall(line.text)) for line in self.lines)


def seal(html: str) -> str:
    """Write into a page, where it is to stand, the SHA-256 of all the rest.

    Examples
    --------
    >>> sealed = seal('<meta name="larcnb-seal" content=""><p>12</p>')
    >>> read_page(sealed).is_unaltered, read_page(sealed.replace("12", "13")).is_unaltered
    (True, False)
    """
    bare = SEAL.sub(EMPTY, html, count=1)
    return bare.replace(
        EMPTY, EMPTY.replace('""', f'"{hashlib.sha256(bare.encode("utf-8")).hexdigest()}"'), 1
    )


def read_page(html: str) -> Known:
    """Read what a page says of itself; without a seal it is not unaltered."""
    seen = _Reader()
    seen.feed(html)
    seen.close()
    unit, _, notebook = seen.page.rpartition(" ")
    return Known(
        unit,
        notebook,
        bool(SEAL.search(html)) and seal(html) == html,
        seen.made_from,
        tuple(seen.lines),
    )


def differences(page: Known, anew: Known) -> Iterator[str]:
    """Each line of the page that the page made anew does not have, in words; and each that only the new one has."""
    old, new = page.lines, anew.lines
    # Matching takes the square of the lines: only those between the first and the last that differ are matched.
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    old, new = old[same:], new[same:]
    ends = zip(reversed(old), reversed(new), strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    old, new = old[: len(old) - same], new[: len(new) - same]
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (_said(one, other) for one, other in zip_longest(old[a:b], new[c:d]))


def _said(one: Line | None, other: Line | None) -> str:
    place = (one or other).place
    before, after = (_short(line.text) if line else NOTHING for line in (one, other))
    if one and other:
        numbers = [
            [found.rstrip(",") for found in NUMBER.findall(line.text)] for line in (one, other)
        ]
        if len(numbers[0]) == len(numbers[1]) and numbers[0] != numbers[1]:
            parts = [(a, b) for a, b in zip(*numbers, strict=True) if a != b]
            before, after = (", ".join(words) for words in list(zip(*parts, strict=True)))
    return f"{place}: the page says {before}; made anew it says {after}"


def _short(text: str) -> str:
    return f"'{text[:120]}...'" if len(text) > 120 else f"'{text}'"


class _Reader(HTMLParser):
    """Collects the lines of a page's main part; each cell of a table is a line, under its row's heading."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.made_from, self.lines = "", {}, []
        self._part, self._tag, self._text, self._heading, self._row, self._file = (
            "",
            "",
            "",
            "",
            "",
            "",
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "meta" and found.get("name") == "larcnb-page":
            self.page = found.get("content") or ""
        if tag in ("main", "footer", "style", "script"):
            self._part = tag
        if tag not in INLINE:
            self._flush()
            self._tag = tag
        if tag == "tr":
            self._row = ""
        if self._part == "main":
            spoken = [value for name, value in attrs if value and name in (*SPOKEN, *CARRIED)]
            self.lines += [Line(self._heading, value) for value in spoken]

    def handle_endtag(self, tag: str) -> None:
        if tag not in INLINE:
            self._flush()
        if tag in ("main", "footer"):
            self._part = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def _flush(self) -> None:
        text, self._text = " ".join(self._text.split()), ""
        if not text:
            return
        if self._part == "main":
            place = ", ".join(filter(None, (self._heading, self._row)))
            self.lines.append(Line(place, text))
            if self._tag in ("h1", "h2", "h3"):
                self._heading = text
            elif self._tag == "th":
                self._row = text
        elif self._part == "footer" and self._tag == "th":
            self._file = text
        elif self._part == "footer" and self._tag == "td":
            self.made_from[self._file] = text
