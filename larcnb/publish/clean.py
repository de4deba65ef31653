"""Make Markdown and HTML safe to put on a page: only what is on the list below comes through.

In: text of notebooks and of their outputs. Out: HTML made anew from its parts: known tags and attributes, all
text escaped, every tag closed. Scripts, styles, handlers, frames, forms and addresses that would load something
do not come through, whoever wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape

import nh3

from larcnb.publish.drawing import SVG, harmless_drawing

TAGS = {
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "var",
    "svg",
    "g",
    "path",
    "rect",
    "line",
    "circle",
    "text",
    "tspan",
}
"""With the few parts a chart is drawn of: none of them loads, links, runs or styles anything."""
DROPPED = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "template",
    "noscript",
    "math",
    "form",
    "textarea",
    "select",
    "title",
    "head",
}
"""Elements that go with all they hold."""
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
LINK = re.compile(
    r"#[\w.-]+|https?://[^\s\"'<>]+|(\.\./)?[\w-][\w./-]*\.html(#[\w.-]+)?", re.IGNORECASE
)
WORD = re.compile(r"[A-Za-z][\w .:-]{0,200}")
NUMBER = re.compile(r"\d{1,5}")
PLACE = re.compile(r"-?(\d{1,5}(\.\d{1,4})?|\.\d{1,4})(em|%|px)?")
PAINT = re.compile(r"none|currentColor|#[0-9a-fA-F]{3,6}")
SHAPE = {
    "fill": PAINT,
    "stroke": PAINT,
    "d": re.compile(r"[MmLlHhVvCcQqAaZz\d\s.,e-]*"),
    "transform": re.compile(r"((translate|rotate|scale)\([-\d.,\s]+\)\s*)+"),
    "stroke-dasharray": re.compile(r"[\d.,\s]+"),
    "stroke-linecap": re.compile("butt|round|square"),
    "stroke-linejoin": re.compile("miter|round|bevel"),
    "text-anchor": re.compile("start|middle|end"),
    "font-weight": re.compile("bold|normal|[1-9]00"),
    **dict.fromkeys(
        (
            "x",
            "y",
            "dx",
            "dy",
            "x1",
            "x2",
            "y1",
            "y2",
            "cx",
            "cy",
            "r",
            "width",
            "height",
            "opacity",
            "stroke-width",
            "stroke-opacity",
            "fill-opacity",
            "font-size",
        ),
        PLACE,
    ),
}
"""What a part of a drawing may say of its place and look; no ``url()``, no style, no address."""
FREE = re.compile(r".*", re.DOTALL)
ATTRIBUTES: dict[str, dict[str, re.Pattern]] = {
    "*": {
        "class": WORD,
        "id": WORD,
        "lang": WORD,
        "title": FREE,
        "aria-label": FREE,
        "aria-labelledby": WORD,
        "aria-hidden": re.compile("true"),
        "role": re.compile("group|region|note|list|img|table"),
    },
    "svg": {
        "viewBox": re.compile(r"[\d.\s-]+"),
        "width": PLACE,
        "height": PLACE,
        "overflow": re.compile("visible"),
    },
    **dict.fromkeys(("g", "path", "rect", "line", "circle", "text", "tspan"), SHAPE),
    "a": {"href": LINK},
    "details": {"open": FREE},
    "div": {"tabindex": re.compile("0")},
    "img": {"alt": FREE, "src": PICTURE, "width": NUMBER, "height": NUMBER},
    "ol": {"start": NUMBER},
    "td": {"colspan": NUMBER, "rowspan": NUMBER},
    "th": {"colspan": NUMBER, "rowspan": NUMBER, "scope": re.compile("col|row|colgroup|rowgroup")},
}


def clean_html(html: str) -> str:
    """Keep of a piece of HTML what is on the list, and close what it left open.

    Examples
    --------
    >>> clean_html('<p onclick="x()">A <b>b</b><script>alert(1)</script><img src="//x/y.png" alt="z">')
    '<p>A <b>b</b><img alt="z"></p>'
    """
    return _cleaner().clean(html).replace("<h1", "<h2").replace("</h1>", "</h2>")


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    everywhere = set(ATTRIBUTES["*"])
    return nh3.Cleaner(
        tags=TAGS | {"h1"},
        clean_content_tags=DROPPED,
        url_schemes={"http", "https", "data"},
        link_rel=None,
        attributes={
            "*": everywhere,
            **{tag: set(ATTRIBUTES[tag]) for tag in ATTRIBUTES.keys() - {"*"}},
        },
        attribute_filter=_kept,
    )


def _kept(tag: str, name: str, value: str) -> str | None:
    """An attribute's value where it may stand."""
    allowed = ATTRIBUTES.get(tag, {}).get(name) or ATTRIBUTES["*"].get(name)
    if allowed is None or not allowed.fullmatch(value):
        return None
    return (
        None
        if allowed is PICTURE and value.startswith(SVG) and not harmless_drawing(value)
        else value
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
    import mistune

    class Renderer(mistune.HTMLRenderer):
        def heading(self, text: str, level: int, **_: object) -> str:
            return (
                heading(level, text)
                if heading
                else f"<h{max(2, level)}>{text}</h{max(2, level)}>\n"
            )

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return (
                f'<img src="{escape(url)}" alt="{escape(text)}">'
                if PICTURE.fullmatch(url)
                else escape(text)
            )

    render = mistune.create_markdown(
        renderer=Renderer(escape=True), plugins=["table", "strikethrough", "def_list"]
    )
    return clean_html(str(render(text)))
