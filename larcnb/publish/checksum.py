"""A page's checksum, and what the page says: its inputs, its numbers, and its lines with their places.

In: a page as HTML. Out: whether it is as it was written; its lines, to be set beside those of the same page made anew
(``larcnb verify``); and the numbers on it that are in no checked table, which keep a public page from being placed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import zip_longest
from os.path import commonprefix
from typing import Any

CHECKSUM = re.compile(r'(<meta name="larcnb-(?:checksum|seal)" content=")([0-9a-f]*)(">)')
"""``seal`` is what it was called until November 2026."""
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
SPOKEN = ("alt", "title", "aria-label", "aria-valuetext", "value")
CARRIED = ("data-facts", "data-avoided")
"""Attributes whose words a screen reader says, and those in which the panel keeps its figures."""
SILENT = ("style", "script")
INLINE = re.compile("a|abbr|b|br|code|em|i|q|s|small|span|strong|sub|sup|u")
NOT_SHOWN = {"verdict", "provenance", "value"}
"""Keys of a checked table whose words no page writes as they stand: figures are taken from ``value`` itself."""


def add_checksum(html: str) -> str:
    """Write into a page, where it is to stand, the SHA-256 of all the rest.

    Examples
    --------
    >>> page = add_checksum('<meta name="larcnb-checksum" content=""><p>12</p>')
    >>> PageText(page).is_unaltered, PageText(page.replace("12", "13")).is_unaltered
    (True, False)
    """
    bare = CHECKSUM.sub(r"\1\3", html, count=1)
    digest = hashlib.sha256(bare.encode("utf-8")).hexdigest()
    return CHECKSUM.sub(rf"\g<1>{digest}\g<3>", bare, count=1)


class PageText(HTMLParser):
    """What a page says.

    Attributes
    ----------
    unit, notebook : str
        Such as ``la-01`` and ``04_findings``; blank where it does not say.
    is_unaltered : bool
        Whether its checksum is that of the page.
    made_from : dict of input to SHA-256
    lines : dict of place to list of str
        The main part's text by heading and row; each cell of a table is a line.
    words : list of str
        All that is seen or spoken anywhere on the page.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.unit = self.notebook = ""
        self.is_unaltered = bool(CHECKSUM.search(html)) and add_checksum(html) == html
        self.made_from: dict[str, str] = {}
        self.lines: dict[str, list[str]] = {}
        self.words: list[str] = []
        self._part = self._silent = self._tag = self._text = self._heading = self._row = ""
        self.feed(html)
        self.close()

    @property
    def figures(self) -> int:
        """How many figures the main part shows."""
        return sum(len(NUMBER.findall(line)) for lines in self.lines.values() for line in lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [value or "" for name, value in attrs if name in SPOKEN]
        given = dict(attrs)
        if tag == "meta" and given.get("name") == "larcnb-page":
            self.unit, _, self.notebook = (given.get("content") or "").rpartition(" ")
        if tag in SILENT:
            self._silent = tag
        if tag in ("main", "footer"):
            self._part = tag
        if not INLINE.fullmatch(tag):
            self._end_line(tag)
        if tag == "tr":
            self._row = ""
        for name, value in attrs if self._part == "main" else ():
            if value and name in (*SPOKEN, *CARRIED):
                self.lines.setdefault(self._heading, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if not INLINE.fullmatch(tag):
            self._end_line("")
        if tag == self._silent:
            self._silent = ""
        if tag in ("main", "footer"):
            self._part = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)
            self._text += data

    def _end_line(self, tag: str) -> None:
        """Keep the text since the last tag that ends a line; ``tag`` is the one that the next line stands in."""
        text, was = " ".join(self._text.split()), self._tag
        self._text, self._tag = "", tag or was
        if not text:
            return
        if self._part == "main":
            place = ", ".join(filter(None, (self._heading, self._row)))
            self.lines.setdefault(place, []).append(text)
            if was in ("h1", "h2", "h3"):
                self._heading = text
            elif was == "th":
                self._row = text
        elif self._part == "footer" and was == "th":
            self._row = text
        elif self._part == "footer" and was == "td":
            self.made_from[self._row] = text


def differences(page: PageText, anew: PageText) -> Iterator[str]:
    """Each line of the page that the page made anew does not have, in words; and each that only the new one has."""
    for place in dict.fromkeys([*page.lines, *anew.lines]):
        old, new = page.lines.get(place, []), anew.lines.get(place, [])
        # Matching takes the square of the lines: those that begin and end both are left out.
        for _ in "ab":
            same = len(commonprefix([old, new]))
            old, new = old[same:][::-1], new[same:][::-1]
        for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            for pair in zip_longest(old[a:b], new[c:d]) if kind != "equal" else ():
                before, after = _apart(*pair)
                yield f"{place}: the page says {before}; made anew it says {after}"


def _apart(*pair: str | None) -> list[str]:
    """Two lines in words: the numbers that differ, where only some do; else the lines, shortened."""
    old, new = (_numbers(line or "") for line in pair)
    if len(old) == len(new) and old != new:
        apart = [both for both in zip(old, new, strict=True) if both[0] != both[1]]
        return [", ".join(side) for side in zip(*apart, strict=True)]
    short = [line if not line or len(line) <= 120 else f"{line[:120]}..." for line in pair]
    return [f"'{line}'" if line is not None else "nothing" for line in short]


def stray_numbers(page: str, written: str, tables: Mapping[str, Any]) -> set[str]:
    """The numbers of a page that are in no checked table.

    Parameters
    ----------
    page : str
        The page.
    written : str
        The same page without outputs: what was written before there was any data.
    tables : dict
        A place's file of the public edition.

    Examples
    --------
    >>> table = {"tables": [{"rows": [{"label": "0-5", "cells": {"families": {"value": 25, "text": "25"}}}]}]}
    >>> sorted(stray_numbers('<p>Step 2: 25 of 0-5, 4 hidden</p><img alt="7 bars">', "<p>Step 2</p>", table))
    ['4', '7']
    """
    shown, before = (set(_numbers(" ".join(PageText(html).words))) for html in (page, written))
    return shown - before - _checked(tables)


def _numbers(text: str) -> list[str]:
    """The numbers in a text, as they are written."""
    return [number.rstrip(",") for number in NUMBER.findall(text)]


def _checked(plain: Any) -> set[str]:
    """Figures as a page writes them, and the numbers in labels, titles and notes."""
    if isinstance(plain, list):
        return set().union(*map(_checked, plain))
    if not isinstance(plain, Mapping):
        return set(_numbers(str(plain)))
    cell = plain.get("value")
    figure = {f"{abs(cell):,}", f"{abs(cell)}"} if cell is not None else set()
    return figure.union(*(_checked(of) for key, of in plain.items() if key not in NOT_SHOWN))
