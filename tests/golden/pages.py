"""A page as lines of what its reader is told: headings, sentences, captions, alt texts, table rows.

In: HTML that the workbook published. Out: lines ``kind: text``, in the order of the page. Code, scripts, drawings and the
foot with its checksums are left aside.
"""

import re
from html.parser import HTMLParser

BLOCKS = {
    "h1": "heading",
    "h2": "heading",
    "h3": "heading",
    "h4": "heading",
    "p": "says",
    "li": "says",
    "dt": "says",
    "dd": "says",
    "figcaption": "figure",
    "caption": "table",
    "summary": "opens",
    "pre": "says",
    "label": "control",
    "legend": "control",
}
LEFT_OUT = ("script", "style", "svg", "footer", "nav")
SENTENCE = re.compile(r"(?<=[.!?:])\s+(?=[A-Z£“\"'])")
BETWEEN = " | "


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.kind, self.words = "says", []
        self.cells: list[str] | None = None
        self.head = False
        self.hidden: list[str] = []

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if self.hidden or tag in LEFT_OUT or (tag == "details" and said.get("class") == "code"):
            if tag not in ("img", "br", "input", "meta", "link", "hr"):
                self.hidden.append(tag)
            return
        if tag == "tr":
            self.close()
            self.cells, self.head = [], True
        elif tag in ("td", "th"):
            self.words = []
            self.head &= said.get("scope") == "col"
        elif tag == "img":
            self.lines.append(f"alt: {clean(said.get('alt', ''))}")
        elif self.cells is None and (
            tag in BLOCKS or tag in ("div", "table", "figure", "section", "ul", "ol")
        ):
            self.close()
            self.kind = BLOCKS.get(tag, "says")

    def handle_endtag(self, tag):
        if self.hidden:
            if tag == self.hidden[-1]:
                self.hidden.pop()
            return
        if tag in ("td", "th") and self.cells is not None:
            self.cells.append(clean("".join(self.words)))
            self.words = []
        elif tag == "tr" and self.cells is not None:
            self.lines.append(f"{'columns' if self.head else 'row'}: {BETWEEN.join(self.cells)}")
            self.cells = None
        elif self.cells is None and (tag in BLOCKS or tag in ("div", "figure")):
            self.close()

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)

    def close(self):
        text = clean("".join(self.words))
        if text:
            parts = SENTENCE.split(text) if self.kind == "says" else [text]
            self.lines += [f"{self.kind}: {part}" for part in parts]
        self.kind, self.words = "says", []


def clean(text: str) -> str:
    """One line of text, its spaces single."""
    return " ".join(text.split())


def read_page(html: str) -> list[str]:
    """The lines of a page's body."""
    page = _Page()
    page.feed(html[html.find("<body") :])
    page.close()
    return page.lines
