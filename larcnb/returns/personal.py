"""What in a text looks as if it could tell who a family is.

In: a typed frame with its :class:`Place`. Out: warnings that name the cell and the kind of thing, never the
thing itself. A pattern cannot know a name; the guidance of the template asks people to write none.
"""

from __future__ import annotations

import re

import pandas as pd

from larcnb.returns.cells import MONTHS, PSEUDONYM
from larcnb.returns.grid import Place
from larcnb.schema import Field, Table

SPACE = r"[ .\u00a0-]?"
KINDS = {
    "an e-mail address": re.compile(r"[^\s@]{1,64}@[^\s@.]{1,63}\.[a-z]", re.IGNORECASE),
    "a telephone number": re.compile(
        r"(?<!\d)(?:\+44[ .()\u00a0-]{0,2}0?|0)(?:[ .()\u00a0-]{0,2}\d){9,10}(?!\d)"
    ),
    "an NHS number": re.compile(rf"(?<!\d)\d{{3}}{SPACE}\d{{3}}{SPACE}\d{{4}}(?!\d)"),
    "a pupil or National Insurance number": re.compile(
        rf"\b[A-Z]\d{{12}}\b|\b[A-Z]{{2}}{SPACE}(?:\d\d{SPACE}){{3}}[A-D]\b", re.IGNORECASE
    ),
    "a postcode": re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?[ \u00a0]{0,2}\d[A-Z]{2}\b", re.IGNORECASE),
    "a birth date": re.compile(
        r"\b(?:dob|d\.o\.b|born|date of birth)\b|(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)(?!\d)"
        r"|\b(?:19|20)\d\d[/-]\d\d?[/-]\d\d?\b"
        rf"|\b\d{{1,2}}(?:st|nd|rd|th)?,? (?:of )?(?:{MONTHS})[a-z]*,? (?:19|20)?\d\d\b",
        re.IGNORECASE,
    ),
}
NHS_WEIGHTS = range(10, 1, -1)


def looks_personal(text: str) -> list[str]:
    """Return what a text looks as if it held, such as ``["a postcode"]``.

    Examples
    --------
    >>> looks_personal("moved to LS1 4AP"), looks_personal("moved within 2 weeks, 3 children")
    (['a postcode'], [])
    """
    return [kind for kind, pattern in KINDS.items() if pattern.search(text)]


def is_register_number(text: str) -> bool:
    """Tell whether an id is an NHS number (its check digit is right) or a pupil number.

    Examples
    --------
    >>> is_register_number("9434765919"), is_register_number("9434765918"), is_register_number("A01")
    (True, False, False)
    """
    if re.fullmatch(r"[A-Za-z]\d{12}", text, re.ASCII):
        return True
    digits = text.replace("-", "").replace(".", "")
    if not re.fullmatch(r"\d{10}", digits, re.ASCII):
        return False
    rest = (
        11
        - sum(weight * int(digit) for weight, digit in zip(NHS_WEIGHTS, digits, strict=False)) % 11
    )
    return int(digits[9]) == (0 if rest == 11 else rest)


def check_personal(frame: pd.DataFrame, table: Table, place: Place) -> None:
    """Warn of texts and ids that look as if they could identify a family; warnings are added to ``place``.

    Parameters
    ----------
    frame : DataFrame
        Typed; its free-text and id columns are looked at.
    table : Table
    place : Place
    """
    for field in table.fields:
        if field.private:
            _warn(frame, field, place, lambda text: " and ".join(looks_personal(text)))
        elif field.kind == "text" and field.name != "url":
            _warn(frame, field, place, _contact)
        elif field.kind == "id" and field.name in (*table.unique[-1:], "family_id"):
            _warn(frame, field, place, _id_kind)


def _contact(text: str) -> str:
    kinds = {"an e-mail address", "a telephone number", "a postcode"}
    return " and ".join(kind for kind in looks_personal(text) if kind in kinds)


def _id_kind(text: str) -> str:
    if is_register_number(text):
        return "a register number"
    return "" if PSEUDONYM.fullmatch(text) else "something other than a pseudonym"


def _warn(frame: pd.DataFrame, field: Field, place: Place, kind) -> None:
    if field.name not in place.columns:
        return
    for index, text in enumerate(frame[field.name].tolist()):
        found = kind(text) if isinstance(text, str) else ""
        if found:
            place.cell(
                index,
                field.name,
                "personal-data",
                f"The cell looks as if it held {found}.",
                "Remove it: a return names nobody and holds no register numbers.",
                "warning",
            )
