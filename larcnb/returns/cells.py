"""One cell: from what stands in the file to a typed value, or to what is wrong with it.

In: a raw cell (:data:`Raw`) and its :class:`larcnb.schema.Field`. Out: a text, whole number, number
or date; or a :class:`Bad`. Nothing is guessed: the only missing value is an empty cell, dates are
English or ISO, numbers are plain digits (the data dictionary). Whether a column of dates has the
day first is judged of the column.
"""

import csv
import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from larcnb.errors import did_you_mean
from larcnb.params import is_financial_year
from larcnb.schema import Field

BLANKS = " \t\u00a0\u2007\u202f"
"""What is forgiven around a value: spaces, tabs and no-break spaces."""
EMPTY = BLANKS + "\r\n"
"""What a cell that holds nothing may be made of."""
SHOWN, LISTED = 40, 20
LONGEST_ID, LARGEST = 1e15, 1e12
MOST_WRITTEN = 32_767  # characters a cell of a workbook can hold
FIRST_DAY, LAST_DAY = dt.date(1990, 1, 1), dt.date(2100, 12, 31)
EPOCH = dt.datetime(1899, 12, 30)  # the day from which a workbook counts
WORD = re.compile(r"[^\W\d_]+(?:[_'-][^\W\d_]+)*")
PLAIN_NUMBER = re.compile(r"(-(?=.*[1-9]))?(\d+(\.\d*)?|\.\d+)", re.ASCII)
PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9_-]{0,60}", re.ASCII)
ERROR = re.compile(r"#[A-Z0-9/!?#]{1,15}", re.ASCII)
LINE_BREAK = re.compile("[\r\n\x0b\x0c\x85\u2028\u2029]")
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
ENGLISH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](?:\d{4}|\d{2})(?:[ T].*)?", re.ASCII)
YEAR_FIRST = re.compile(r"\d{4}[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T].*)?", re.ASCII)
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
MANGLED = re.compile(rf"\d{{1,2}}-({MONTHS})|({MONTHS})-(\d{{1,2}})", re.ASCII | re.IGNORECASE)
HARMLESS = "\r\n\t\u00ad\u200b\u200c\u200d\u2060\ufeff" + "".join(map(chr, range(0xE0020, 0xE0080)))
"""What free text may hold though nobody sees it: line breaks, tabs, parts of emoji, marks of word
processors."""


def data_rows(name: str) -> list[dict[str, str]]:
    """The rows of a data file that lies beside this module."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PERSONAL = data_rows("personal.csv")
"""What in a text looks as if it could tell who a family is. A pattern cannot know a name, so the
guidance of the template asks people to write none. Warnings name the cell and the kind of thing,
never the thing itself."""


@dataclass(frozen=True)
class Broken:
    """A cell of a workbook that holds no usable value: an error, or a formula never worked out."""

    code: str
    shown: str = ""


class Masked(float):
    """A number whose format shows something else, such as 1 shown as C00001; unlike any plain
    number."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Masked) and float(self) == float(other)

    def __hash__(self) -> int:
        return hash((Masked, float(self)))


Raw = str | float | dt.datetime | Broken


def looks_personal(text: str, private: bool = True) -> list[str]:
    """Return what a text looks as if it held, such as ``["a postcode"]``; texts that are not
    ``private`` may hold dates and numbers.

    Examples
    --------
    >>> looks_personal("moved to LS1 4AP"), looks_personal("moved within 2 weeks, 3 children")
    (['a postcode'], [])
    """
    kinds = [row for row in PERSONAL if private or row["texts"] == "any"]
    return [row["kind"] for row in kinds if re.search(row["pattern"], text, re.IGNORECASE)]


class Bad:
    """What is wrong with a cell.

    Parameters
    ----------
    key : str
        The problem's key in ``problems.csv``.
    value : str
        The value, where a message may repeat it; what reads like a sentence or looks personal never
        is (it may be a note that slipped into the wrong column).
    choices : collection of str
        The codes that may stand there; what is near is looked for only when the words are wanted.
    more
        Further words of the message.
    """

    def __init__(self, key: str, value="", choices: Collection[str] = (), **more: str) -> None:
        self.key, self.value, self.choices, self.more = key, value, choices, more

    def words(self, moved: bool = False) -> dict[str, str]:
        """The words of its problem; no value where the row's cells may have moved to other
        columns."""
        sentence = len(WORD.findall(self.value[: SHOWN + 1])) > 1
        tells = moved or sentence or {*looks_personal(self.value[:100])} - {"a birth date"}
        said = {"value": "This" if tells or not self.value else shown(self.value), **self.more}
        if not self.choices:
            return said
        few = len(self.choices) <= LISTED
        near = suggest(self.value[:SHOWN], self.choices, sure=few)
        lists = "The sheet Lists of the return workbook holds all that may stand here."
        allowed = f"Allowed: {', '.join(self.choices)}." if few else "" if near else lists
        return said | {"advice": f"{near} {allowed}".strip()}


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
    near = did_you_mean(word, known)
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
    if isinstance(raw, Broken):
        return raw.shown
    if raw.date() < dt.date(1900, 1, 2):
        return f"{raw:%H:%M:%S}"
    return f"{raw:%Y-%m-%d}" if raw.time() == dt.time() else f"{raw:%Y-%m-%d %H:%M:%S}"


def unseen(text: str, forgiven: str = "") -> str:
    """Name the first character of a text that nobody can see, or that no file can hold; empty where
    there is none.

    Examples
    --------
    >>> unseen("A\\u200b1"), unseen("A1"), unseen("a\\tb", forgiven="\\t")
    ('U+200B (zero width space)', '', '')
    """
    if text.isascii() and text.isprintable():
        return ""
    for c in text:
        kind = unicodedata.category(c)
        if c not in forgiven and kind in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            unnamed = "half a character" if kind == "Cs" else "a control character"
            return f"U+{ord(c):04X} ({unicodedata.name(c, unnamed).lower()})"
    return ""


def shown(text: str) -> str:
    """Return a value as a message may repeat it: cut to 40 characters, control characters written
    out.

    Examples
    --------
    >>> shown("1.5 hrs"), shown("a\\nb")
    ("'1.5 hrs'", "'a\\\\nb'")
    """
    cut = text[:SHOWN] + ("…" if len(text) > SHOWN else "")
    return "'" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut) + "'"


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
    >>> bad = parse("1.5 hrs", RETURN["process"]["hours"])
    >>> bad.key, bad.words()["value"]
    ('not-a-number', "'1.5 hrs'")
    """
    if isinstance(raw, Broken):
        return Bad(raw.code, error=raw.shown if ERROR.fullmatch(raw.shown) else "an error")
    text, is_text = plain(raw), field.kind == "text"
    if isinstance(raw, str):
        if len(raw) > MOST_WRITTEN:
            return Bad("too-long")
        if not is_text and LINE_BREAK.search(raw):
            return Bad("line-break")
        if name := unseen(text.strip(EMPTY), HARMLESS if is_text else ""):
            return Bad("control-character", character=name)
    if is_text:
        return text.strip(EMPTY)
    if read := READERS.get("number" if field.numeric else field.kind):
        return read(raw, text, field)
    choices, word = field.allowed or known, text.lower()
    if choices is None:
        return _name(raw, text)
    if text.isascii() and word in choices and not isinstance(raw, dt.datetime):
        return word
    if isinstance(raw, Masked):
        return Bad("number-format", held=text)
    what = "one of the allowed codes"
    if field.kind in ("item", "future"):
        what = "a known role" if field.name in ("initiator", "role") else f"a known {field.kind}"
    key = "not-allowed/date" if MANGLED.fullmatch(text) or ISO_DATE.match(text) else "not-allowed"
    return Bad(key, text, choices, what=what, advice="")


def _name(raw: Raw, text: str):
    word = text.lower()
    if text.isascii() and NAME.fullmatch(word) and not isinstance(raw, dt.datetime):
        return word
    return Bad("not-a-code", text)


def _names(raw: Raw, text: str, field: Field):
    words = [_name(word, word) for word in text.split()]
    bad = [word for word in words if isinstance(word, Bad)]
    return bad[0] if bad else " ".join(words)


def _id(raw: Raw, text: str, field: Field):
    changed = isinstance(raw, float) and not 0 <= raw < LONGEST_ID
    if changed or isinstance(raw, dt.datetime):
        return Bad("bad-id/changed")
    if isinstance(raw, Masked):
        return Bad("number-format", held=text)
    if field.name in ("case_id", "family_id") and not PSEUDONYM.fullmatch(text):
        return Bad("bad-id")
    return text.strip(EMPTY)


def _number(raw: Raw, text: str, field: Field):
    if isinstance(raw, dt.datetime):
        held = round((raw - EPOCH) / dt.timedelta(days=1), 6)
        return Bad("not-a-number/date", held=f"{held:g}")
    if isinstance(raw, str) and not PLAIN_NUMBER.fullmatch(text):
        return Bad("not-a-number", text, rule=field.rule)
    value = float(text) if isinstance(raw, str) else raw
    low, high = field.low, field.high
    too_low = low is not None and (value < low or (field.above and value == low))
    if too_low or not abs(value) < LARGEST or (high is not None and value > high):
        return Bad("out-of-range", text, rule=field.rule)
    if field.kind == "number":
        return value + 0.0  # 0 for a workbook's -0
    near = abs(value - round(value)) <= 1e-9
    return round(value) if near else Bad("not-whole", text, rule=field.rule)


def _date(raw: Raw, text: str, field: Field):
    if isinstance(raw, dt.datetime):
        if raw.time() != dt.time():
            return Bad("time-of-day")
        day = raw.date()
    else:
        iso, english = ISO_DATE.fullmatch(text), ENGLISH_DATE.fullmatch(text)
        if not (iso or english):
            return Bad("not-a-date", text)
        try:
            day = dt.date(*map(int, iso.groups() if iso else english.groups()[::-1]))
        except ValueError:
            return Bad("not-a-date/calendar", text)
    return day if FIRST_DAY <= day <= LAST_DAY else Bad("out-of-range/date", text)


def _year(raw: Raw, text: str, field: Field):
    if isinstance(raw, str) and is_financial_year(text) and text.isascii():
        return text
    date = MANGLED.fullmatch(text) or ENGLISH_DATE.fullmatch(text) or ISO_DATE.match(text)
    return Bad("not-a-year/date" if date else "not-a-year", text)


READERS = {"number": _number, "date": _date, "id": _id, "year": _year, "codes": _names}


def doubtful_days(columns: dict[str, list[Raw | None]]) -> dict[str, tuple[str, set[Raw]]]:
    """Judge the columns of dates of one table: is the day before the month, as it should be?

    Parameters
    ----------
    columns : dict of column name to raw cells

    Returns
    -------
    dict of column name to a verdict and the cells in doubt
        ``month-first``: some dates have their month first and none its day, in this column or,
        where it shows neither, in another of the table; every date that could be either is in
        doubt, and so is a workbook's own date where none can only have the day first (Excel turns
        those it can of a month-first list, and leaves the others as text). ``day-second``: the same
        of dates that begin with the year. ``both-orders``: some have the one, some the other.
        ``two-hands``: those that can only have the day first are written with leading zeros and
        those that could be either without, or the other way round, as after mending a month-first
        column in part. Columns in order are left out.
    """
    orders = {name: _orders(SLASHED, raws) for name, raws in columns.items()}
    first = any(month and not day for day, month, _ in orders.values())
    sure, open_ = (_zeros([order[at] for order in orders.values()]) for at in (0, 2))
    verdicts = {}
    for name, (day, month, either) in orders.items():
        true = [raw for raw in columns[name] if isinstance(raw, dt.datetime)]
        turned = {raw for raw in true if raw.day <= 12 and raw.day != raw.month}
        of_day, of_month, of_year = _orders(YEAR_FIRST, columns[name])
        if day and month:
            verdicts[name] = "both-orders", set()
        elif month and turned and any(raw.day > 12 for raw in true):
            verdicts[name] = ("month-first", {*either}) if either else ("both-orders", set())
        elif (either or (month and turned)) and (month or (first and not day)):
            verdicts[name] = "month-first", {*either, *(turned if month else ())}
        elif of_day and of_year and not of_month:
            verdicts[name] = "day-second", {*of_year}
        elif either and sure and open_ and not sure & open_:
            verdicts[name] = "two-hands", set()
    return verdicts


def _orders(shape: re.Pattern, raws: list[Raw | None]) -> list[dict[Raw, tuple[str, str]]]:
    """The dates of a shape whose first part can only be the day, only the month, or either; with
    their parts."""
    orders: list[dict[Raw, tuple[str, str]]] = [{}, {}, {}]
    for raw in {raw for raw in raws if isinstance(raw, str)}:
        match = shape.fullmatch(plain(raw))
        a, b = (int(part) for part in match.groups()) if match else (0, 0)
        if a != b and min(a, b) <= 12:
            orders[0 if a > 12 else 1 if b > 12 else 2][raw] = match.groups()
    return orders


def _zeros(orders: list[dict[Raw, tuple[str, str]]]) -> set[bool]:
    """Whether dates that could have a leading zero are written with it; both where some are."""
    dates = (parts for order in orders for parts in order.values())
    shorts = ([part for part in parts if int(part) < 10] for parts in dates)
    return {all(len(part) == 2 for part in short) for short in shorts if short}
