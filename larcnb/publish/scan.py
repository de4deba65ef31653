"""The last look at a public page: every number on it is one of its checked tables, or of words written beforehand.

In: a page as HTML, and the plain values of the place's checked tables. Out: the numbers that nobody checked, which
keep the page from being placed. Text, table cells and the words that only a screen reader says are all looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
SPOKEN = ("alt", "title", "aria-label", "aria-valuetext", "value")
SILENT = {"style", "script"}
NOT_SHOWN = {"verdict", "provenance", "value"}
"""Keys of a checked table whose words no page writes as they stand: figures are taken from ``value`` itself."""


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
    return numbers_shown(page) - numbers_shown(written) - _checked(tables)


def numbers_shown(html: str) -> set[str]:
    """Every number that a page's text, tables, alt text and other spoken words hold."""
    seen = _Seen()
    seen.feed(html)
    seen.close()
    return numbers_of(" ".join(seen.words))


def numbers_of(text: str) -> set[str]:
    """Every number in a text, as it is written.

    Examples
    --------
    >>> sorted(numbers_of("£1,250, 10% of 30."))
    ['1,250', '10', '30']
    """
    return {found.rstrip(",") for found in NUMBER.findall(text)}


def _checked(plain: Any) -> set[str]:
    """Figures as a page writes them, and the numbers in labels, titles and notes."""
    if isinstance(plain, Mapping):
        cell = plain.get("value")
        figure = {f"{abs(cell):,}", f"{abs(cell)}"} if isinstance(cell, int | float) else set()
        return figure.union(
            *(_checked(part) for key, part in plain.items() if key not in NOT_SHOWN)
        )
    if isinstance(plain, list):
        return set().union(*map(_checked, plain))
    if isinstance(plain, bool) or plain is None:
        return set()
    return numbers_of(str(plain))


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag if tag in SILENT else self.silent
        self.words += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        self.silent = "" if tag == self.silent else self.silent

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)
