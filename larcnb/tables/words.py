"""Words for pages: amounts, numbers of things, labels and links, each written in one way everywhere.

In: values. Out: text; only :func:`linked` gives HTML, escaped.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from html import escape

import pandas as pd

from larcnb import codes

MINUS, MISSING, NOTHING = "\N{MINUS SIGN}", "[x]", "\N{EN DASH}"
LINK = re.compile(r"https?://[^\s\"'<>]+|#[\w.-]+|(\.\./)?[\w-][\w./-]*\.html(#[\w.-]+)?")


def written(value: object, kind: str = "text", missing: str = MISSING) -> str:
    """Write one value as a table writes it, without its unit.

    Examples
    --------
    >>> [written(-1234.5, "gbp"), written(0.125, "share"), written(None), written(2.50, "number")]
    ['−1,235', '13', '[x]', '2.5']
    """
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  the missing are not equal to themselves
        return missing or NOTHING
    if kind == "text":
        return str(value) or NOTHING
    number = Decimal(repr(float(value)))
    places = {"gbp": "1", "count": "1", "pence": "0.01", "number": "0.01", "share": "1", "factor": "0.001"}[kind]
    number = (number * 100 if kind == "share" else number).quantize(Decimal(places), ROUND_HALF_UP)
    text = f"{abs(number):,}"
    if kind == "number" and "." in text:
        text = text.rstrip("0").rstrip(".")
    return (MINUS if number < 0 else "") + text


def linked(text: str, address: str = "") -> str:
    """Escape text, and make a link of it, up to the first bracket or semicolon, where a page may have the address.

    Examples
    --------
    >>> linked("a & b (hour)", "#case-1"), linked("c", "javascript:alert(1)")
    ('<a href="#case-1">a &amp; b</a> (hour)', 'c')
    """
    if not LINK.fullmatch(address):
        return escape(text)
    at = re.search(r" \(|;", text)
    words = text[: at.start()] if at else text
    return f'<a href="{escape(address)}">{escape(words)}</a>{escape(text[len(words):])}'


def gbp(amount: float, missing: str = "not priced") -> str:
    """Write an amount in whole pounds, rounded half up, with a true minus sign.

    Examples
    --------
    >>> gbp(299123.5), gbp(-3000), gbp(0.2)
    ('£299,124', '−£3,000', '£0')
    """
    text = written(amount, "gbp", missing)
    return text if text == missing else f"{MINUS}£{text[1:]}" if text.startswith(MINUS) else f"£{text}"


def plural(number: int, thing: str, things: str = "") -> str:
    """Write a number of things.

    Examples
    --------
    >>> plural(1, "case"), plural(2, "family", "families"), plural(0, "case")
    ('1 case', '2 families', 'no cases')
    """
    words = thing if number == 1 else things or (f"{thing[:-1]}ies" if re.search("[^aeiou]y$", thing) else f"{thing}s")
    return f"{number:,} {words}" if number else f"no {words}"


def sentence(code: str) -> str:
    """Turn a column's name or a code into words.

    Examples
    --------
    >>> sentence("saving_long")
    'Saving long'
    """
    words = str(code).replace("_", " ")
    return words[:1].upper() + words[1:]


def capital(text: str) -> str:
    """Raise the first letter, for the beginning of a sentence, and leave the rest alone.

    Examples
    --------
    >>> capital("no futures"), capital("GP")
    ('No futures', 'GP')
    """
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """Lower a label's first letter for the middle of a sentence, and leave acronyms alone.

    Examples
    --------
    >>> lowered("Behaviour"), lowered("CAMHS worker"), lowered("GP appointment")
    ('behaviour', 'CAMHS worker', 'GP appointment')
    """
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def does(payer: str, one: str, many: str) -> str:
    """A payer and its verb, for several agencies gain where one gains.

    Examples
    --------
    >>> does("NHS", "gains", "gain"), does("Several agencies", "gains", "gain")
    ('NHS gains', 'Several agencies gain')
    """
    return f"{payer} {many if payer == codes.PAYER['several'] else one}"
