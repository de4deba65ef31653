"""Amounts, shares, counts and lists, each written in one way on every page.

In: values. Out: text. Only :func:`escaped` and :func:`linked` give HTML, escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from larcnb import codes

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
YEAR = re.compile(r"\b(\d{4})-(\d\d)\b")
LINK = re.compile(r"https?://[^\s\"'<>]+|#[\w.-]+|(\.\./)?[\w-][\w./-]*\.html(#[\w.-]+)?")
PLACES = {"gbp": "1", "count": "1", "percent": "1", "pence": "0.01", "number": "0.01"}
PLACES |= {"factor": "0.001"}
KINDS = ("text", *PLACES, "share")
"""How a value can be written; ``share`` is a simulated share, which is never 0% or 100%."""


def blank(value: object) -> bool:
    """Whether a value is missing: None, NA, NaN or empty text."""
    return value is None or value is pd.NA or value != value or value == ""  # noqa: PLR0124


def number(value: float, kind: str = "number") -> str:
    """Write a number without its unit, rounded half up, with a true minus sign.

    Examples
    --------
    >>> number(-1234.5, "gbp"), number(0.125, "percent"), number(2.50), number(1e9)
    ('−1,235', '13', '2.5', '1,000,000,000')
    """
    exact = Decimal(repr(float(value)))
    exact = (exact * 100 if kind in ("percent", "share") else exact).quantize(
        Decimal(PLACES.get(kind, "1")), ROUND_HALF_UP
    )
    text = f"{abs(exact):,}"
    if kind == "number" and "." in text:
        text = text.rstrip("0").rstrip(".")
    return (MINUS if exact < 0 else "") + text


def written(value: object, kind: str = "text") -> str:
    """Write one value with its unit, as a sentence or the end of a bar has it; a missing one is an en dash.

    Parameters
    ----------
    value : number, text or missing
        Text, such as ``[c]`` for a value withheld, stays as it is whatever the kind.
    kind : str
        One of :data:`KINDS`. ``percent`` and ``share`` take 0 to 1.

    Examples
    --------
    >>> [written(-1234.5, "gbp"), written(0.125, "percent"), written(None, "gbp"), written("[c]", "count")]
    ['−£1,235', '13%', '–', '[c]']
    >>> [written(share, "share") for share in (0, 0.0033, 0.51, 0.9998, 1)]
    ['less than 1%', 'less than 1%', '51%', 'more than 99%', 'more than 99%']
    """
    if blank(value):
        return DASH
    if hasattr(value, "date"):
        return value.date().isoformat()
    if kind == "text" or isinstance(value, str):
        return str(value)
    if value in (float("inf"), float("-inf")):
        return "no limit"
    if kind == "share" and not 0.01 <= value <= 0.99:
        return "less than 1%" if value < 0.5 else "more than 99%"
    text = number(value, kind)
    if kind in ("gbp", "pence"):
        return f"{MINUS}£{text[1:]}" if text.startswith(MINUS) else f"£{text}"
    return text + "%" * (kind in ("percent", "share"))


def gbp(amount: float) -> str:
    """Write an amount in whole pounds: ``£299,124``, ``−£3,000``; an en dash where there is none."""
    return written(amount, "gbp")


def percent(share: float) -> str:
    """Write a share (0 to 1) in whole per cent."""
    return written(share, "percent")


def simulated(share: float) -> str:
    """Write a share of simulations: never 0% or 100%."""
    return written(share, "share")


def short(amount: float, kind: str = "gbp") -> str:
    """Write a value on an axis, in few letters.

    Examples
    --------
    >>> [short(amount) for amount in (950, 1515, 12500, -3000, 299123, 999999, 1234567)]
    ['£950', '£1.5k', '£12.5k', '−£3k', '£299k', '£1m', '£1.2m']
    >>> short(0.25, "percent"), short(12500, "count")
    ('25%', '12.5k')
    """
    size, pound = abs(amount), "£" * (kind in ("gbp", "pence"))
    if kind not in ("gbp", "pence", "count", "number") or size < 999.5:
        return written(amount, {"count": "number", "share": "percent"}.get(kind, kind))
    scale, unit = (1e6, "m") if size >= 999_500 else (1e3, "k")
    text = f"{size / scale:,.{1 if round(size / scale, 1) < 100 else 0}f}".removesuffix(".0")
    return f"{MINUS if amount < 0 else ''}{pound}{text}{unit}"


def plural(count: int, thing: str, things: str = "") -> str:
    """Write a number of things.

    Examples
    --------
    >>> plural(1, "case"), plural(2, "family"), plural(0, "case")
    ('1 case', '2 families', 'no cases')
    """
    many = things or (f"{thing[:-1]}ies" if re.search("[^aeiou]y$", thing) else f"{thing}s")
    return f"{count:,} {thing if count == 1 else many}" if count else f"no {many}"


def listed(parts: Iterable[object]) -> str:
    """Join words: ``a, b and c``."""
    *most, last = [str(part) for part in parts] or [""]
    return f"{', '.join(most)} and {last}" if most else last


HEADERS = yaml.safe_load(Path(__file__).with_name("headers.yaml").read_text(encoding="utf-8"))
COLUMNS = HEADERS["columns"]
"""Columns of the contract that readers know by other words."""


def sentence(code: object) -> str:
    """Turn a column's name or a code into words: ``age_band`` is ``Age band``; see :data:`COLUMNS`.

    Examples
    --------
    >>> sentence("age_band"), sentence("saving_long")
    ('Age band', 'Net saving, long term')
    """
    words = COLUMNS.get(str(code), str(code)).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def lowered(text: str) -> str:
    """Lower a label's first letter for the middle of a sentence; acronyms stay as they are."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


ALIKE = ("element", "support", "stage", "payer", "age_band", "confidence", "likelihood", "subject")
ALIKE += ("perspective", "recipient", "change")
VOCABULARIES = {column: getattr(codes, column.upper()) for column in ALIKE}
VOCABULARIES |= {"theme": codes.FUTURE_THEME, "status": codes.SUPPORT_STATUS}
CODED = {*VOCABULARIES, "item", "role", "future"}
"""Columns whose codes have words; :func:`labelled` writes them."""


def labelled(code: object, column: object = "", run: Any = None) -> str:
    """A code in words, by the column or index it is in: elements, payers, roles and items, futures and so on.

    Examples
    --------
    >>> labelled("tac_contact", "element"), labelled("health_visitor"), labelled("la-01"), labelled("Toby")
    ('Contact between meetings', 'Health visitor', 'la-01', 'Toby')
    """
    text = written(code)
    if text in VOCABULARIES.get(str(column), ()):
        wording = getattr(getattr(run, "context", run), "wording", "caf")
        return VOCABULARIES[str(column)][text].replace("TAC", codes.WORDING[wording]["tac_short"])
    if column in ("item", "role") and hasattr(run, "prices") and text in run.prices.index:
        return str(run.prices.loc[text, "label"])
    if column in ("future", "element") and hasattr(run, "library"):
        futures = run.library.futures.drop_duplicates("future").set_index("future")["label"]
        text = futures.get(text, text)
    code_like = column not in ("case_id", "authority") and re.fullmatch("[a-z]+(_[a-z0-9]+)*", text)
    return sentence(text) if code_like else text


def escaped(text: object) -> str:
    """Escape text for a page, where no line ends between a minus sign and its pound, or within a year like 2025-26.

    Examples
    --------
    >>> escaped("under −£5 & more") == "under −\N{WORD JOINER}£5 &amp; more"
    True
    """
    joined = YEAR.sub("\\1\N{WORD JOINER}-\N{WORD JOINER}\\2", escape(str(text)))
    return joined.replace(f"{MINUS}£", f"{MINUS}\N{WORD JOINER}£")


def linked(text: str, address: str = "") -> str:
    """Escape text, and make a link of it where a page may have the address.

    Examples
    --------
    >>> linked("a & b", "#case-1"), linked("c", "javascript:alert(1)")
    ('<a href="#case-1">a &amp; b</a>', 'c')
    """
    return (
        f'<a href="{escape(address)}">{escaped(text)}</a>'
        if LINK.fullmatch(address)
        else escaped(text)
    )


def kind_of(unit: str) -> str:
    """The way a unit is written: ``GBP a case`` as money, ``share`` and ``%`` in per cent (0 to 1).

    Examples
    --------
    >>> kind_of("GBP a case"), kind_of("share of cases"), kind_of("hours")
    ('gbp', 'percent', 'number')
    """
    starts = {"GBP": "gbp", "£": "gbp", "simulated share": "share"}
    starts |= dict.fromkeys(("share", "%", "per cent"), "percent")
    return next((kind for start, kind in starts.items() if unit.startswith(start)), "number")
