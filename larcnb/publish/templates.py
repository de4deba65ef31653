"""The templates of this folder, with the style and the scripts that a page may have: ours, whole, let in by their hash.

In: plain values. Out: HTML with everything escaped, and one style and at most one script inside.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

import larcnb
from larcnb import codes

HERE = Path(__file__).resolve().parent
STYLES = (HERE / "style.css", HERE.parent / "show" / "show.css")
"""Of the pages, and of what the notebooks' own outputs look like."""
WORDS = tomllib.loads((HERE / "words.toml").read_text("utf-8"))


def script(name: str) -> str:
    """A script of this folder."""
    return "\n" + (HERE / name).read_text(encoding="utf-8")


def render(template: str, foot: str = "", **values: Any) -> str:
    """Render a page; ``foot`` is what stands at the foot of each printed sheet, beside its number."""
    css = "\n" + "".join(path.read_text(encoding="utf-8") for path in STYLES)
    if foot:
        plain = re.sub(r"[^A-Za-z0-9 ,.:-]", lambda sign: f"\\{ord(sign[0]):x} ", foot)
        css += f'@page {{ @bottom-left {{ content: "{plain}"; }} }}\n'
    return fill(template, style=css, version=larcnb.__version__, **values) + "\n"


def fill(template: str, **values: Any) -> str:
    """Fill a template of this folder; a value that it lacks is an error."""
    return _environment().get_template(template).render(**values)


def label(notebook: str) -> str:
    """A notebook's name in a link.

    Examples
    --------
    >>> label("02_price"), label("05_something_new")
    ('Costs', 'Something new')
    """
    own = re.sub(r"^\d+_", "", notebook).replace("_", " ").capitalize()
    return WORDS["labels"].get(notebook, own)


def day(date: str) -> str:
    """A date in words.

    Examples
    --------
    >>> day("2026-11-30")
    '30 November 2026'
    """
    found = datetime.date.fromisoformat(date)
    return f"{found.day} {found:%B %Y}"


def sha256(text: str) -> str:
    """The hash by which the content security policy lets in a style or script.

    Examples
    --------
    >>> sha256("")
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    made.filters |= {"day": day, "sha256": sha256, "round_label": codes.round_label}
    made.filters["worded"] = lambda text, wording: codes.words(wording, text)
    made.policies["json.dumps_kwargs"] = {}
    return made
