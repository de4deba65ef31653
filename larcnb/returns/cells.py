"""One cell: from what stands in the file to a typed value, or to what is wrong with it.

In: a raw cell (:mod:`larcnb.returns.raw`) and its :class:`larcnb.schema.Field`. Out: a text, whole number,
number or date; or a :class:`Bad`. Nothing is guessed: the only missing value is an empty
cell, dates are English or ISO, numbers are plain digits (DATA.md, Reading rules).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection

from larcnb.errors import nearest
from larcnb.params import is_financial_year
from larcnb.returns.raw import LONGEST_ID, SHOWN, Bad, Broken, Raw, plain
from larcnb.schema import Field

LARGEST = 1e12
MOST_WRITTEN = 32_767  # characters a cell of a workbook can hold
PLAIN_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)", re.ASCII)
PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9_-]{0,60}", re.ASCII)
ERROR = re.compile(r"#[A-Z0-9/!?#]{1,15}", re.ASCII)
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
ENGLISH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
FIRST_DAY, LAST_DAY = dt.date(1990, 1, 1), dt.date(2100, 12, 31)
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
LINE_BREAK = re.compile("[\r\n\x0b\x0c\x85\u2028\u2029]")
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
MANGLED = re.compile(rf"\d{{1,2}}-({MONTHS})|({MONTHS})-\d{{1,2}}", re.ASCII | re.IGNORECASE)


def parse(raw: Raw, field: Field, known: Collection[str] | None = None):
    """Read one cell that is not empty.

    Parameters
    ----------
    raw : text, number, datetime or Broken
    field : Field
        Its kind and limits decide.
    known : collection of str, optional
        The codes an ``item`` or ``future`` may be, where the caller knows them.

    Returns
    -------
    str, int, float, date or Bad
        Codes in lower case; ids and text without outer blanks.

    Examples
    --------
    >>> from larcnb.schema import RETURN
    >>> parse("3/4/2011", RETURN["cases"]["started"])
    datetime.date(2011, 4, 3)
    >>> parse("1.5 hrs", RETURN["process"]["hours"]).message()
    "'1.5 hrs' is not a number."
    """
    if isinstance(raw, Broken):
        return _broken(raw)
    if isinstance(raw, str) and len(raw) > MOST_WRITTEN:
        return Bad("too-long", "The cell holds more text than a workbook's cell can.", "Shorten it.")
    if isinstance(raw, str) and LINE_BREAK.search(raw):
        return Bad(
            "line-break",
            "The cell holds a line break, or a quotation mark opened here was closed lines later.",
            "Write it on one line.",
        )
    return READERS[field.kind](raw, field, known)


def _broken(raw: Broken) -> Bad:
    if raw.code == "formula-unsaved":
        return Bad(
            raw.code,
            "The cell holds a formula whose result was never saved.",
            "Open the file in Excel, let it calculate and save, or type the value itself.",
        )
    error = raw.shown if ERROR.fullmatch(raw.shown) else "an error"
    return Bad(raw.code, f"The cell shows {error}, not a value.", "Type the value itself.")


def _not_allowed(text: str, field: Field, choices: Collection[str]) -> Bad:
    what = {"item": "a known item that may stand here", "future": "a known future"}

    def advice() -> str:
        near = nearest(text[:SHOWN].replace(" ", "_"), choices)
        listed = f"Allowed: {', '.join(choices)}." if len(choices) <= 12 else ""
        look = "" if listed or near else "The look-up sheet of the return template lists what is known."
        dates = "Excel may have turned it into a date: format the column as text and type it again."
        mangled = dates if MANGLED.fullmatch(text) or ISO_DATE.match(text) else ""
        return " ".join(part for part in (near, listed, look, mangled) if part)

    return Bad("not-allowed", f"{{}} is not {what.get(field.kind, 'one of the allowed codes')}.", advice, text)


def _code(raw: Raw, field: Field, known: Collection[str] | None):
    text = plain(raw)
    word = text.lower()
    choices = field.allowed or known
    if choices is None:
        return _name(raw, field, known)
    if text.isascii() and word in choices and not isinstance(raw, dt.datetime):
        return word
    return _not_allowed(text, field, choices)


def _name(raw: Raw, field: Field, known: Collection[str] | None):
    text = plain(raw)
    if text.isascii() and NAME.fullmatch(text.lower()) and not isinstance(raw, dt.datetime):
        return text.lower()
    return Bad(
        "not-a-code",
        "{} is not a code.",
        "Write lower-case letters, digits and underscores, beginning with a letter.",
        text,
    )


def _codes(raw: Raw, field: Field, known: Collection[str] | None):
    words = [_name(word, field, None) for word in plain(raw).split()]
    return next((word for word in words if isinstance(word, Bad)), None) or " ".join(words)


def _id(raw: Raw, field: Field, known: Collection[str] | None):
    text = plain(raw)
    if isinstance(raw, dt.datetime):
        return Bad("bad-id", "Excel turned the id into a date.", "Format the column as text and type the id again.")
    if isinstance(raw, float) and not (0 <= raw < LONGEST_ID):
        return Bad("bad-id", "The id is a number too long for Excel.", "Format the column as text.")
    if field.name == "case_id" and not PSEUDONYM.fullmatch(text):
        return Bad(
            "bad-id",
            "This is not an id.",
            "Write a pseudonym of at most 31 letters, digits, points, hyphens and underscores, never a name.",
        )
    return _text(raw, field, known)


def _text(raw: Raw, field: Field, known: Collection[str] | None):
    text = plain(raw)
    if CONTROLS.search(text):
        return Bad(
            "control-character",
            "The cell holds a character that cannot be seen (a control or direction character).",
            "Type the text again rather than pasting it.",
        )
    return text


def _number(raw: Raw, field: Field, known: Collection[str] | None):
    whole = field.kind == "whole"
    kind, text = "a whole number" if whole else "a number", plain(raw)
    if isinstance(raw, float):
        value = raw
    elif isinstance(raw, str) and PLAIN_NUMBER.fullmatch(text):
        value = float(text)
    else:
        return Bad(
            "not-a-number",
            f"{{}} is not {kind}.",
            f"Write digits only, for example {'2' if whole else '1.5'}: no unit, comma, currency or time.",
            text,
        )
    too_low = field.low is not None and (value < field.low or (field.above and value == field.low))
    if value == 0 and text.startswith("-"):
        return Bad("not-a-number", f"{{}} is not {kind}.", "Write 0.", text)
    if too_low or not abs(value) < LARGEST or (field.high is not None and value > field.high):
        return Bad("out-of-range", "{} is out of range.", f"Write {field.rule}.", text)
    if whole and abs(value - round(value)) > 1e-9:
        return Bad("not-whole", "{} is not a whole number.", f"Write {field.rule}.", text)
    return round(value) if whole else value + 0.0


def _date(raw: Raw, field: Field, known: Collection[str] | None):
    todo = "Write the day as 31/12/2011 or 2011-12-31."
    if isinstance(raw, dt.datetime):
        if raw.time() != dt.time():
            return Bad("time-of-day", "The date has a time of day.", todo)
        day = raw.date()
    else:
        text = plain(raw)
        iso, english = ISO_DATE.fullmatch(text), ENGLISH_DATE.fullmatch(text)
        parts = [iso[1], iso[2], iso[3]] if iso else [english[3], english[2], english[1]] if english else []
        if not parts:
            serial = isinstance(raw, float) or (text.isdigit() and len(text) == 5)
            hint = " It may be a date Excel shows as a number: format the column as a date." if serial else ""
            return Bad("not-a-date", "{} is not a date.", todo + hint, text)
        try:
            day = dt.date(*map(int, parts))
        except ValueError:
            return Bad(
                "not-a-date", "{} is not a day of the calendar.", todo + " The day comes before the month.", text
            )
    if not FIRST_DAY <= day <= LAST_DAY:
        return Bad("out-of-range", "{} is not between 1990 and 2100.", todo, plain(raw))
    return day


def _year(raw: Raw, field: Field, known: Collection[str] | None):
    text = plain(raw)
    if isinstance(raw, str) and is_financial_year(text) and text.isascii():
        return text
    return Bad(
        "not-a-year",
        "{} is not a financial year.",
        "Write it as 2010-11, in a cell formatted as text.",
        text,
    )


READERS: dict[str, Callable] = {
    "id": _id,
    "code": _code,
    "codes": _codes,
    "name": _name,
    "item": _code,
    "future": _code,
    "date": _date,
    "whole": _number,
    "number": _number,
    "year": _year,
    "text": _text,
}
