"""Make Markdown and HTML safe to put on a page: only what is on the list below comes through.

In: text of notebooks and of their outputs. Out: HTML made anew from its parts: known tags and attributes, all
text escaped, every tag closed. Scripts, styles, handlers, frames, forms and addresses that would load something
do not come through, whoever wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

from larcnb.publish.drawing import SVG, harmless_drawing

VOID = {"br", "hr", "img", "col"}
TAGS = VOID | {
    "a", "abbr", "b", "blockquote", "caption", "code", "colgroup", "dd", "del", "details", "div", "dl", "dt", "em",
    "figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "i", "kbd", "li", "ol", "p", "pre", "q", "s",
    "samp", "section", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "u", "ul", "var",
}  # fmt: skip
DROPPED = {
    "script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "math", "form", "textarea",
    "select", "title", "head",
}  # fmt: skip
"""Elements that go with all they hold."""
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
LINK = re.compile(r"#[\w.-]+|https?://[^\s\"'<>]+|(\.\./)?[\w-][\w./-]*\.html(#[\w.-]+)?", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z][\w .:-]{0,200}")
NUMBER = re.compile(r"\d{1,5}")
FREE = re.compile(r".*", re.DOTALL)
ATTRIBUTES: dict[str, dict[str, re.Pattern]] = {
    "*": {
        "class": WORD, "id": WORD, "lang": WORD, "title": FREE, "aria-label": FREE, "aria-labelledby": WORD,
        "aria-hidden": re.compile("true"), "role": re.compile("group|region|note|list|img|table"),
    },
    "a": {"href": LINK},
    "details": {"open": FREE},
    "div": {"tabindex": re.compile("0")},
    "img": {"alt": FREE, "src": PICTURE, "width": NUMBER, "height": NUMBER},
    "ol": {"start": NUMBER},
    "td": {"colspan": NUMBER, "rowspan": NUMBER},
    "th": {"colspan": NUMBER, "rowspan": NUMBER, "scope": re.compile("col|row|colgroup|rowgroup")},
}  # fmt: skip


def clean_html(html: str) -> str:
    """Keep of a piece of HTML what is on the list, and close what it left open.

    Examples
    --------
    >>> clean_html('<p onclick="x()">A <b>b<script>alert(1)</script></p><img src="//x/y.png" alt="z">')
    '<p>A <b>b</b></p><img alt="z">'
    """
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return cleaner.result()


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self.dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.dropping or tag in DROPPED:
            if tag not in VOID and tag in DROPPED:
                self.dropping.append(tag)
            return
        if tag == "h1":
            tag = "h2"
        if tag in TAGS:
            self.parts.append(f"<{tag}{_attributes(tag, attrs)}>")
            if tag not in VOID:
                self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.dropping:
            if tag == self.dropping[-1]:
                self.dropping.pop()
            return
        tag = "h2" if tag == "h1" else tag
        if tag in self.open:
            while self.open:
                last = self.open.pop()
                self.parts.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self.dropping:
            self.parts.append(escape(data, quote=False))

    def result(self) -> str:
        return "".join(self.parts) + "".join(f"</{tag}>" for tag in reversed(self.open))


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, {})
    kept: dict[str, str] = {}
    for name, value in attrs:
        if name in allowed and name not in kept and allowed[name].fullmatch(value := value or ""):
            if allowed[name] is PICTURE and value.startswith(SVG) and not harmless_drawing(value):
                continue
            kept[name] = value
    text = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    outside = tag == "a" and kept.get("href", "").lower().startswith("http")
    return text + (' rel="noreferrer noopener"' if outside else "")


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
            return heading(level, text) if heading else f"<h{max(2, level)}>{text}</h{max(2, level)}>\n"

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return f'<img src="{escape(url)}" alt="{escape(text)}">' if PICTURE.fullmatch(url) else escape(text)

    render = mistune.create_markdown(renderer=Renderer(escape=True), plugins=["table", "strikethrough", "def_list"])
    return clean_html(str(render(text)))
