"""Make Markdown and HTML safe to put on a page: only what ``allowed.yaml`` lists comes through.

In: text of notebooks and of their outputs. Out: HTML made anew from its parts: known tags and attributes, all
text escaped, every tag closed. Scripts, styles, handlers, frames, forms and addresses that would load something
do not come through, whoever wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path

import nh3
import yaml


def clean_html(html: str) -> str:
    """Keep of a piece of HTML what is allowed, and close what it left open.

    Examples
    --------
    >>> clean_html('<p onclick="x()">A <b>b</b><script>alert(1)</script><img src="//x/y.png" alt="z">')
    '<p>A <b>b</b><img alt="z"></p>'
    """
    return _cleaner().clean(html).replace("<h1", "<h2").replace("</h1>", "</h2>")


@cache
def _cleaner() -> nh3.Cleaner:
    allowed = yaml.safe_load(Path(__file__).with_name("allowed.yaml").read_text("utf-8"))
    patterns = {
        tag: {name: re.compile(pattern) for pattern, names in of.items() for name in names.split()}
        for tags, of in allowed["attributes"].items()
        for tag in tags.split()
    }

    def kept(tag: str, name: str, value: str) -> str | None:
        pattern = patterns.get(tag, {}).get(name) or patterns["*"].get(name)
        return value if pattern and pattern.fullmatch(value) else None

    return nh3.Cleaner(
        tags=set(allowed["tags"].split()),
        clean_content_tags=set(allowed["dropped"].split()),
        url_schemes={"http", "https", "data"},
        link_rel=None,
        attributes={tag: set(names) for tag, names in patterns.items()},
        attribute_filter=kept,
    )


def markdown(text: str, heading: Callable[[int, str], str] | None = None) -> str:
    """Turn Markdown into clean HTML; HTML in it shows as the text it is.

    Parameters
    ----------
    text : str
    heading : callable, optional
        ``heading(level, html)`` returns what a heading becomes, cleaned like the rest; left out, an ``h2`` to ``h6``.

    Examples
    --------
    >>> markdown("A *b* <script>alert(1)</script>")
    '<p>A <em>b</em> &lt;script&gt;alert(1)&lt;/script&gt;</p>\\n'
    """
    import mistune  # takes a while, and a batch with nothing to do needs none of it

    class Renderer(mistune.HTMLRenderer):
        def heading(self, text: str, level: int, **_: object) -> str:
            if heading:
                return heading(level, text)
            return f"<h{max(2, level)}>{text}</h{max(2, level)}>\n"

        def image(self, text: str, url: str, title: str | None = None) -> str:
            picture = clean_html(f'<img src="{escape(url)}" alt="{escape(text)}">')
            return picture if ' src="' in picture else escape(text)

    render = mistune.create_markdown(
        renderer=Renderer(escape=True), plugins=["table", "strikethrough", "def_list"]
    )
    return clean_html(str(render(text)))
