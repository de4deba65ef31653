"""One page a notebook: self-contained, no script but ours, no network request.

In: an executed notebook. Out: one HTML file as text, the same for the same notebook. Everything that came from
data or from a notebook passes :mod:`larcnb.publish.clean`; the template writes the rest with escaping on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Any

from larcnb import codes
from larcnb.files import COMPLETE
from larcnb.publish.checksum import add_checksum
from larcnb.publish.clean import clean_html, markdown
from larcnb.publish.templates import Inline, day, fill, render, script
from larcnb.publish.what_if import what_if

SURFACE = "application/vnd.larcnb.surface+json"
HOISTED = re.compile(r'<p class="(notice|context)">(.*?)</p>', re.DOTALL)
ANCHOR, INNER = re.compile(r' id="([^"]*)"'), re.compile(r'<a href="#([^"]*)">(.*?)</a>', re.DOTALL)
LAST = re.compile(r'<p class="(finding )?last">')
"""What :func:`larcnb.show.say` marks as the end of a page without data: what follows in the notebook is left out."""
POUNDS = "02_price"
"""The notebook whose page holds what a link to a pound looks for when its own page does not."""
NO_ALT = "A picture without a description"
EDITIONS = {
    "internal": "Internal edition: for the authority's own staff, not for publication.",
    "consortium": "Internal edition: for the authorities' own staff, not for publication.",
    "public": "Public edition: figures are rounded, and small ones are not shown.",
}
LABELS = {
    "01_clean": "Data quality",
    "02_price": "Costs",
    "03_sensitivity": "How sure",
    "04_findings": "Findings",
    "05_standing": "Comparison",
    "06_follow_up": "What happened next",
    "10_consortium": "Results",
    "11_evidence": "Evidence",
    "12_reproduce_larc4": "Published figures",
}
READS = re.compile(r"\*?(Reads|Writes|Takes)\b")
"""How a paragraph begins that says what a notebook reads and writes: of no use to a page's readers."""
TRY_IT = re.compile(r"(?:^|\n[ \t]*\n)(?=[^\S\n]*[#*_]*[^\S\n]*Try it\b)")
"""Where a paragraph begins that asks to change a step and run it again; it and that step are for analysts."""
TRY_IT_CODE = re.compile(r"#\s*Try it\b")
FRAME = re.compile(r'<table[^>]* class="(?:[^"]* )?dataframe\b')
NAV = re.compile(r'<nav aria-label="Pages">.*?</nav>', re.DOTALL)
NAMED = re.compile(r'<meta name="larcnb-page" content="(\S+) (\S+)">')


@dataclass
class Page:
    """What the template writes: filled cell by cell from a notebook.

    A page is for readers: code, frames as pandas shows them and *Try it* steps are the analyst's. Internal pages hold
    them, unseen until the one switch at the foot asks for them; public pages do not hold them.
    """

    public: bool
    heading: str = ""
    notice: str = ""
    context: str = ""
    blocks: list[str] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    made_by: list[str] = field(default_factory=list)
    notebook: str = ""
    unit: str = ""
    ids: set[str] = field(default_factory=set)
    code: list[str] = field(default_factory=list)
    script: Inline | None = None
    trying: bool = False
    has_code: bool = False

    def read(self, nb: Mapping[str, Any]) -> Page:
        """Add a notebook's cells to its end, and lead each link within the page to where its anchor is."""
        ended = False
        for cell in nb["cells"]:
            shown = [output.get("data", {}) for output in cell.get("outputs", [])]
            if not ended or any(COMPLETE in data for data in shown):
                add = {"markdown": self._prose, "code": self._step}.get(cell.get("cell_type"))
                if add:
                    add(cell)
            ended = ended or any(LAST.search(_text(data.get("text/html", ""))) for data in shown)
        self._end_step()
        ids = {anchor for block in self.blocks for anchor in ANCHOR.findall(block)}
        elsewhere = self.notebook not in ("", POUNDS) and "/" not in self.unit

        def lead(link: re.Match) -> str:
            if link[1] in ids:
                return link[0]
            return f'<a href="{POUNDS}.html#{link[1]}">{link[2]}</a>' if elsewhere else link[2]

        self.blocks = [INNER.sub(lead, block) for block in self.blocks]
        return self

    def _prose(self, cell: Mapping[str, Any]) -> None:
        """Add a cell of prose, and what its last paragraphs ask to try."""
        self._end_step()
        source, self.trying = cell.get("source", ""), False
        if not self.heading:  # what the notebook reads and writes goes to the foot
            parts = re.split(r"\n\s*\n", source)
            reads = [part for part in parts if READS.match(part)]
            self.made_by += map(markdown, [] if self.public else reads)
            source = "\n\n".join(part for part in parts if part not in reads)
        readers, *analysts = TRY_IT.split(source, maxsplit=1)
        for part in (readers, *analysts):
            if part.strip():
                self._block(markdown(part, self._heading))
            self.trying = bool(analysts)

    def _step(self, cell: Mapping[str, Any]) -> None:
        """Add a step: what it shows, and above that its code and that of the silent cells before it."""
        source, shown = cell.get("source", ""), "".join(map(self._output, cell.get("outputs", [])))
        if source.strip():
            self.code.append(source.strip("\n"))
        if shown:
            trying, self.trying = self.trying, self.trying or bool(TRY_IT_CODE.match(source))
            self._end_step(shown)
            self.trying = trying

    def _end_step(self, shown: str = "") -> None:
        """Close a step with its code and what it showed, if anything."""
        code = _code(self.code) if self.code and not self.public else ""
        self.code, self.has_code = [], self.has_code or bool(code)
        if shown:
            self._block(f'<div class="step">{code}{shown}</div>')
        elif code:
            self.blocks.append(f'<div class="step analyst">{code}</div>')

    def _block(self, html: str) -> None:
        if not self.trying:
            self.blocks.append(html)
        elif not self.public:
            self.blocks.append(f'<div class="analyst">{html}</div>')

    def _heading(self, level: int, html: str) -> str:
        if level == 1 and not self.heading:
            self.heading = clean_html(html)
            return ""
        level = max(2, level)
        if self.trying:
            return f"<h{level}>{html}</h{level}>\n"
        words = unescape(re.sub(r"<[^>]*>", "", html))
        name = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "part"
        while name in self.ids:
            name += "-2"
        self.ids.add(name)
        if level == 2:
            self.contents.append((name, words))
        return f'<h{level} id="{name}">{html}</h{level}>\n'

    def _output(self, output: Mapping[str, Any]) -> str:
        kind, data = output.get("output_type"), output.get("data", {})
        if kind == "stream":
            return self._analyst(_pre(output.get("text", "")))
        if kind == "error":
            said = f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
            return f'<p class="problem"><strong>This step stopped.</strong> {escape(said)}</p>'
        plain = _text(data.get("text/plain", ""))
        if record := data.get(COMPLETE):
            self.notebook, self.unit = (str(record.get(key, "")) for key in ("notebook", "unit"))
            self.made_by += [f"<p>{escape(plain)}</p>"] * (bool(plain) and not self.public)
            return ""
        panel = what_if(data[SURFACE]) if SURFACE in data and not self.public else ""
        if panel and not self.script:
            self.script = script("what_if.js")
            return panel
        if "text/html" in data:
            shown = HOISTED.sub(self._hoist, clean_html(_text(data["text/html"])))
            return self._analyst(_frame(shown)) if FRAME.search(shown) else shown
        if "text/markdown" in data:
            return markdown(_text(data["text/markdown"]))
        if "image/png" in data:
            alt = output.get("metadata", {}).get("alt") or plain or NO_ALT
            picture = re.sub(r"[^A-Za-z0-9+/=]", "", _text(data["image/png"]))
            image = f'<img alt="{escape(alt)}" src="data:image/png;base64,{picture}">'
            return f"<figure>{image}</figure>"
        return self._analyst(_pre(plain)) if "text/plain" in data else ""

    def _analyst(self, html: str) -> str:
        self.has_code = self.has_code or not self.public
        return "" if self.public else f'<div class="analyst">{html}</div>'

    def _hoist(self, found: re.Match) -> str:
        setattr(self, found[1], getattr(self, found[1]) or found[2])
        return ""


def render_page(
    nb: Mapping[str, Any],
    title: str,
    edition: str = "internal",
    *,
    name: str = "",
    made: str = "",
    marking: str = "",
    made_from: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
) -> str:
    """Render an executed notebook as one self-contained page.

    Parameters
    ----------
    nb : notebook
        nbformat 4, executed.
    title : str
        The page's title in words, such as "Does it pay to help early?".
    edition : "internal" or "public"
        Which banner stands at the top; a public page holds no code.
    name : str, optional
        Whose page it is: first in the title, at the head of the page and at the foot of each printed sheet.
    made : str, optional
        The day it was made, as 2026-11-30; no part of what verify compares.
    marking : key of :data:`larcnb.codes.MARKING`, optional
        The classification that internal pages bear; :func:`larcnb.publish.audit_trail.marking_of`.
    made_from : dict of input to SHA-256, optional
        Said at the foot of the page; :func:`larcnb.publish.audit_trail.made_from`.
    roles : dict of role to name, optional
        Who answers for it, with room to sign; :func:`larcnb.publish.audit_trail.answers_for`.

    Returns
    -------
    str
        An HTML document: no script but the panel's own, no address that loads anything, one ``h1``, code unseen
        until asked for, and the notebook's notice at its top. The same notebook gives the same text. Its top bar
        leads to no other page of its folder until :func:`link_pages` has seen which are there.
    """
    page = Page(edition == "public").read(nb)
    first, _, rest = name.partition(" ")
    whose = f"Round {codes.round_label(rest)}" if first == "round" else name[:1].upper() + name[1:]
    title = f"{whose}: {title}" if whose else title
    page.heading = page.heading or escape(title)
    marked = "" if page.public else codes.MARKING.get(marking, "")
    kind = "consortium" if page.unit.startswith("consortium") and not page.public else edition
    html = render(
        "page.html.j2",
        foot=", ".join(filter(None, (marked, title, f"made {day(made)}" if made else ""))),
        page=page,
        title=title,
        whose=whose,
        nav=_nav(page.unit, page.notebook, [page.notebook] * bool(page.notebook), page.public),
        marking=marked,
        edition=EDITIONS[kind],
        made=made,
        made_words="Made on",
        notice=page.notice,
        script=page.script,
        made_from=dict(made_from or {}),
        roles=dict(roles or {}),
    )
    return add_checksum(html)


def link_pages(folder: Path) -> list[str]:
    """Have the top bars of a folder's pages lead to the pages that are there, and to no other.

    The folder is one that nobody reads yet: a stage, which is put in place whole.

    Returns
    -------
    list of str
        The notebooks whose page was written anew.
    """
    found = {path: path.read_bytes().decode("utf-8") for path in folder.glob("[0-9]*.html")}
    names, changed = sorted(path.stem for path in found), []
    for path, html in sorted(found.items()):
        if named := NAMED.search(html):
            nav = _nav(*named.groups(), names, public=False)
            linked = add_checksum(NAV.sub(lambda _, nav=nav: nav, html, count=1))
            if linked != html:
                path.write_bytes(linked.encode("utf-8"))
                changed.append(path.stem)
    return changed


def label(notebook: str) -> str:
    """A notebook's name in a link.

    Examples
    --------
    >>> label("02_price"), label("05_something_new")
    ('Costs', 'Something new')
    """
    return LABELS.get(notebook) or re.sub(r"^\d+_", "", notebook).replace("_", " ").capitalize()


def _nav(unit: str, notebook: str, names: Iterable[str], public: bool) -> str:
    """The links of the top bar: pages of the folder, and above them the index where readers may see all of it."""
    home = "index.html" if public else "../index.html" if unit.startswith("consortium") else ""
    pages = [(f"{name}.html", label(name), name == notebook) for name in names if not public]
    return fill("nav.html.j2", home=home, pages=pages) if home or pages else ""


def _frame(html: str) -> str:
    """A frame as pandas shows it, in a box that scrolls; what stands over its index heads no column."""
    html = html.replace("<th></th>", "<td></td>")
    return f'<div class="table" role="group" tabindex="0" aria-label="Rows of a frame">{html}</div>'


def _code(sources: list[str]) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    form = PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)
    lines = highlight("\n\n".join(sources), *form).rstrip("\n")
    return f'<pre class="code analyst"><code>{lines}</code></pre>'


def _pre(text: Any) -> str:
    return f'<pre class="output">{escape(_text(text))}</pre>'


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
