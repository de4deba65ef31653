"""One cell: from what stands in the file to a typed value, or to what is wrong with it.

In: a raw cell (:mod:`larcnb.returns.raw`) and its :class:`larcnb.schema.Field`. Out: a text, whole number,
number or date; or a :class:`Bad`. Nothing is guessed: the only missing value is an empty
cell, dates are English or ISO, numbers are plain digits (DATA.md, Reading rules).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection

from larcnb.params import is_financial_year
from larcnb.returns.raw import EMPTY, LONGEST_ID, SHOWN, Bad, Broken, Masked, Raw, plain, unseen
from larcnb.returns.synonyms import suggest
from larcnb.schema import Field

LARGEST = 1e12
MOST_WRITTEN = 32_767  # characters a cell of a workbook can hold
PLAIN_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)", re.ASCII)
PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9_-]{0,60}", re.ASCII)
ERROR = re.compile(r"#[A-Z0-9/!?#]{1,15}", re.ASCII)
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
ENGLISH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](?:\d{4}|\d{2})(?:[ T].*)?", re.ASCII)
YEAR_FIRST = re.compile(r"\d{4}[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T].*)?", re.ASCII)
FIRST_DAY, LAST_DAY = dt.date(1990, 1, 1), dt.date(2100, 12, 31)
HARMLESS = "\r\n\t\u00ad\u200b\u200c\u200d\u2060\ufeff" + "".join(map(chr, range(0xE0020, 0xE0080)))
"""What free text may hold though nobody sees it: line breaks, tabs, parts of emoji, marks of word processors."""
LINE_BREAK = re.compile("[\r\n\x0b\x0c\x85\u2028\u2029]")
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
MANGLED = re.compile(rf"\d{{1,2}}-({MONTHS})|({MONTHS})-(\d{{1,2}})", re.ASCII | re.IGNORECASE)
LISTED = 20
NO_DATES = {
    "1900-01-01",
    "1899-12-30",
    "1899-12-31",
    "1753-01-01",
    "0001-01-01",
    "9999-12-31",
    "1970-01-01",
}
"""What databases and spreadsheets write where there is no date."""
AS_TEXT = (
    "In a workbook, format the column as text and type it again. In a CSV file, type it again in a text editor: Excel "
    "changes it anew whenever it opens the file, unless the column is brought in as text (Data, From Text/CSV)."
)


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
        return Bad(
            "too-long", "The cell holds more text than a workbook's cell can.", "Shorten it."
        )
    if isinstance(raw, str) and field.kind != "text":
        if LINE_BREAK.search(raw):
            return Bad(
                "line-break",
                "The cell holds a line break, or a quotation mark opened here was closed lines later.",
                "Write it on one line.",
            )
        if name := unseen(plain(raw)):
            return _invisible(name)
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
    what = {"role": "role", "initiator": "role", "item": "item", "future": "future"}.get(
        field.name, ""
    )

    def advice() -> str:
        near = suggest(text[:SHOWN], choices, sure=len(choices) <= LISTED)
        listed = f"Allowed: {', '.join(choices)}." if len(choices) <= LISTED else ""
        look = (
            ""
            if listed or near
            else "The sheet Lists of the return workbook holds all that may stand here."
        )
        mangled = MANGLED.fullmatch(text) or ISO_DATE.match(text)
        dates = f"Excel may have turned it into a date. {AS_TEXT}" if mangled else ""
        return " ".join(part for part in (near, listed, look, dates) if part)

    known = f"a known {what}" if what else "one of the allowed codes"
    return Bad("not-allowed", f"{{}} is not {known}.", advice, text)


def _invisible(name: str) -> Bad:
    return Bad(
        "control-character",
        f"The cell holds a character that cannot be seen or kept: {name}.",
        "Type the cell again rather than pasting it.",
    )


def _masked(raw: Masked) -> Bad:
    return Bad(
        "number-format",
        f"The cell holds {plain(raw)}, and its number format shows something else.",
        "Format the column as text and type what should be read.",
    )


def _code(raw: Raw, field: Field, known: Collection[str] | None):
    text = plain(raw)
    word = text.lower()
    choices = field.allowed or known
    if choices is None:
        return _name(raw, field, known)
    if text.isascii() and word in choices and not isinstance(raw, dt.datetime):
        return word
    return _masked(raw) if isinstance(raw, Masked) else _not_allowed(text, field, choices)


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
        return Bad(
            "bad-id",
            "Excel turned the id into a date.",
            "Format the column as text and type the id again.",
        )
    if isinstance(raw, float) and not (0 <= raw < LONGEST_ID):
        return Bad("bad-id", "The id is a number too long for Excel.", "Format the column as text.")
    if isinstance(raw, Masked):
        return _masked(raw)
    if field.name in ("case_id", "family_id") and not PSEUDONYM.fullmatch(text):
        return Bad(
            "bad-id",
            "This is not an id.",
            "Write a pseudonym of at most 31 letters, digits, points, hyphens and underscores, never a name.",
        )
    return _text(raw, field, known)


def _text(raw: Raw, field: Field, known: Collection[str] | None):
    text = plain(raw).strip(EMPTY)
    name = unseen(text, HARMLESS)
    return _invisible(name) if name else text


def _number(raw: Raw, field: Field, known: Collection[str] | None):
    whole = field.kind == "whole"
    kind, text = "a whole number" if whole else "a number", plain(raw)
    if isinstance(raw, float):
        value = raw
    elif isinstance(raw, str) and PLAIN_NUMBER.fullmatch(text):
        value = float(text)
    elif isinstance(raw, dt.datetime):
        held = round((raw - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1), 6)
        return Bad(
            "not-a-number",
            f"The cell holds {held:g} and shows it as a date or a time.",
            f"Set its number format to General, then type the number itself, for example {'2' if whole else '1.5'}.",
        )
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
        parts = (
            [iso[1], iso[2], iso[3]]
            if iso
            else [english[3], english[2], english[1]]
            if english
            else []
        )
        if not parts:
            serial = isinstance(raw, float) or (text.isdigit() and len(text) == 5)
            hint = (
                " It may be a date Excel shows as a number: format the column as a date."
                if serial
                else ""
            )
            return Bad("not-a-date", "{} is not a date.", todo + hint, text)
        try:
            day = dt.date(*map(int, parts))
        except ValueError:
            order = (
                " After the year comes the month, then the day."
                if iso
                else " The day comes before the month."
            )
            return Bad("not-a-date", "{} is not a day of the calendar.", todo + order, text)
    if not FIRST_DAY <= day <= LAST_DAY:
        none = "It seems to stand for no date, as databases write it: leave the cell empty where there is none. "
        hint = none if day.isoformat() in NO_DATES else ""
        return Bad("out-of-range", "{} is not between 1990 and 2100.", hint + todo, plain(raw))
    return day


def doubtful_days(columns: dict[str, list[Raw | None]]) -> dict[str, tuple[str, set[Raw]]]:
    """Judge the columns of dates of one table: is the day before the month, as it should be?

    Parameters
    ----------
    columns : dict of column name to raw cells

    Returns
    -------
    dict of column name to a verdict and the cells in doubt
        ``month-first``: some dates have their month first and none its day, in this column or, where it shows
        neither, in another of the table; every date that could be either is in doubt, and so is a workbook's own date
        where none can only have the day first (Excel turns those it can of a month-first list, and leaves the others
        as text). ``day-second``: the same of dates that begin with the year. ``both-orders``: some have the one, some
        the other. ``two-hands``: those that can only have the day first are written with leading zeros and those that
        could be either without, or the other way round, as after mending a month-first column in part. Columns in
        order are left out.
    """
    found = {name: _orders(SLASHED, raws) for name, raws in columns.items()}
    years = {name: _orders(YEAR_FIRST, raws) for name, raws in columns.items()}
    first = any(month and not day for day, month, _ in found.values())
    styles = [
        {style for days in found.values() for m in days[at].values() if (style := _zeros(m))}
        for at in (0, 2)
    ]
    apart = all(styles) and not styles[0] & styles[1]
    verdicts = {}
    for name, (day, month, either) in found.items():
        true = [raw for raw in columns[name] if isinstance(raw, dt.datetime)]
        turned = {raw for raw in true if raw.day <= 12 and raw.day != raw.month}
        of_day, of_month, of_year = years[name]
        if day and month:
            verdicts[name] = "both-orders", set()
        elif month and turned and any(raw.day > 12 for raw in true):
            verdicts[name] = ("month-first", {*either}) if either else ("both-orders", set())
        elif (either or (month and turned)) and (month or (first and not day)):
            verdicts[name] = "month-first", {*either, *(turned if month else ())}
        elif of_day and of_year and not of_month:
            verdicts[name] = "day-second", {*of_year}
        elif apart and either:
            verdicts[name] = "two-hands", set()
    return verdicts


def _orders(shape: re.Pattern, raws: list[Raw | None]) -> list[dict[Raw, re.Match]]:
    """The dates of a shape whose first part can only be the day, only the month, or either."""
    dates = {
        raw: match
        for raw in raws
        if isinstance(raw, str) and (match := shape.fullmatch(plain(raw)))
    }
    parts = {raw: (int(match[1]), int(match[2])) for raw, match in dates.items()}
    kinds = (
        lambda a, b: a > 12 >= b,
        lambda a, b: b > 12 >= a,
        lambda a, b: max(a, b) <= 12 and a != b,
    )
    return [{raw: match for raw, match in dates.items() if kind(*parts[raw])} for kind in kinds]


def _zeros(date: re.Match) -> str:
    """How a date is written that could have a leading zero."""
    short = [part for part in date.groups()[:2] if int(part) < 10]
    return "" if not short else "with" if all(len(part) == 2 for part in short) else "without"


DAY_ORDER = {
    "month-first": "The dates of this column have the month before the day: each that could be read both ways must "
    "be checked.",
    "day-second": "The dates of this column have the day after the year and before the month: each that could be read "
    "both ways must be checked.",
    "both-orders": "Some dates of this column have the day first, some the month: those that could be either were read "
    "as day first.",
    "two-hands": "The dates of this column are written in two ways, some with leading zeros and some without: they may "
    "come from a list with the month first, mended in part. They were read as day first.",
}
WHOLE_COLUMN = (
    "Write the whole column anew as 2011-12-31, from where the dates come from; correcting single cells leaves the "
    "others turned round."
)


def _year(raw: Raw, field: Field, known: Collection[str] | None):
    text = plain(raw)
    if isinstance(raw, str) and is_financial_year(text) and text.isascii():
        return text
    month, day = (
        MANGLED.fullmatch(text),
        ENGLISH_DATE.fullmatch(text) or ISO_DATE.fullmatch(text[:10]),
    )
    end = MONTHS.split("|").index(month[2].lower()) + 1 if month and month[2] else 0
    meant = f"{1999 + end}-{end:02}" if end and int(month[3]) == end - 1 else "2010-11"
    dates = f" Excel turned it into a date. {AS_TEXT}" if month or day else ""
    return Bad("not-a-year", "{} is not a financial year.", f"Write it as {meant}.{dates}", text)


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
