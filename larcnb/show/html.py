"""What is shown as HTML: the macros of ``shown.html.j2``, which escape all they are given, and the style sheet.

In: text and numbers. Out: HTML that a page may have as it stands.
"""

import html
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from larcnb.show.words import MINUS

HERE = Path(__file__).parent
STYLE = (HERE / "show.css").read_text(encoding="utf-8")
"""The style sheet of charts, tables, tiles and cards."""
YEAR = re.compile(r"\b(\d{4})-(\d\d)\b")
LINK = re.compile(r"https?://[^\s\"'<>]+|#[\w.-]+|(\.\./)?[\w-][\w./-]*\.html(#[\w.-]+)?")


@lru_cache(1 << 13, typed=True)  # a page has thousands of cells, and most say what others say
def escaped(text: object) -> Markup:
    """Escape text for a page, where no line ends between a minus sign and its pound, or within a year like 2025-26.

    Examples
    --------
    >>> escaped("under −£5 & more") == "under −\N{WORD JOINER}£5 &amp; more"
    True
    """
    joined = YEAR.sub("\\1\N{WORD JOINER}-\N{WORD JOINER}\\2", html.escape(str(text)))
    return Markup(joined.replace(f"{MINUS}£", f"{MINUS}\N{WORD JOINER}£"))


def linked(text: str, address: str = "") -> Markup:
    """Escape text, and make a link of it where a page may have the address.

    Examples
    --------
    >>> str(linked("a & b", "#case-1")), str(linked("c", "javascript:alert(1)"))
    ('<a href="#case-1">a &amp; b</a>', 'c')
    """
    inside = escaped(text)
    if not LINK.fullmatch(address):
        return inside
    return Markup(f'<a href="{html.escape(address)}">{inside}</a>')


def _macros() -> Any:
    made = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    made.filters |= {"escaped": escaped, "linked": linked, "short": "{:.4g}".format}
    lines = (HERE / "shown.html.j2").read_text(encoding="utf-8").splitlines()
    return made.from_string("".join(map(str.strip, lines))).module


HTML = _macros()
"""The macros by name."""


def styled(html: str) -> str:
    """HTML with its style sheet, for JupyterLab; a page takes the sheet out again and has its own."""
    return f"<style>{STYLE}</style>{html}"
