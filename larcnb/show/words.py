"""Amounts, shares, counts and lists, each written in one way on every page.

In: values. Out: text.
"""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from larcnb import codes

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
PLACES = {"gbp": "1", "count": "1", "percent": "1", "share": "1"}
PLACES |= {"pence": "0.01", "number": "0.01", "factor": "0.001"}
KINDS = ("text", *PLACES)
"""How a value can be written; ``share`` is a simulated share, which is never 0% or 100%."""
MONEY, SHARES = ("gbp", "pence"), ("percent", "share")


def blank(value: object) -> bool:
    """Whether a value is missing: None, NA, NaN or empty text."""
    return value is None or value is pd.NA or value != value or value == ""  # noqa: PLR0124


def written(value: object, kind: str = "text") -> str:
    """Write one value with its unit, rounded half up, as a sentence has it; a missing one is an en dash.

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
    if abs(value) == float("inf"):
        return "no limit"
    if kind == "share" and not 0.01 <= value <= 0.99:
        return "less than 1%" if value < 0.5 else "more than 99%"
    exact = Decimal(repr(float(value))) * (100 if kind in SHARES else 1)
    exact = exact.quantize(Decimal(PLACES[kind]), ROUND_HALF_UP)
    text = f"{abs(exact):,}"
    if kind == "number" and "." in text:
        text = text.rstrip("0").rstrip(".")
    before = (MINUS if exact < 0 else "") + ("£" if kind in MONEY else "")
    return before + text + ("%" if kind in SHARES else "")


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
    size = abs(amount)
    if kind in SHARES:
        return percent(amount)
    if size < 999.5:
        return written(amount, "number" if kind == "count" else kind)
    scale, unit = (1e6, "m") if size >= 999_500 else (1e3, "k")
    places = 1 if round(size / scale, 1) < 100 else 0
    text = f"{size / scale:,.{places}f}".removesuffix(".0")
    return (MINUS if amount < 0 else "") + ("£" if kind in MONEY else "") + text + unit


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


def read_yaml(file: str) -> dict[str, Any]:
    """Words that stand in a file beside this module."""
    return yaml.safe_load(Path(__file__).with_name(file).read_text(encoding="utf-8"))


HEADERS = read_yaml("headers.yaml")
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
        futures = run.library.futures
        text = next(iter(futures.loc[futures["future"] == text, "label"]), text)
    code_like = column not in ("case_id", "authority") and re.fullmatch("[a-z]+(_[a-z0-9]+)*", text)
    return sentence(text) if code_like else text


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
