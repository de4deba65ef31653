"""One page a notebook: self-contained, no script but ours, no network request.

In: an executed notebook. Out: one HTML file as text, the same for the same notebook. Everything that came from
data or from a notebook passes :mod:`larcnb.publish.clean`; the template writes the rest with escaping on.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape, unescape
from typing import Any

import larcnb
from larcnb import codes
from larcnb.files import COMPLETE
from larcnb.publish.clean import clean_html, markdown
from larcnb.publish.script import HERE, Script, hash_of
from larcnb.publish.seal import seal
from larcnb.publish.what_if import what_if
from larcnb.root import WORKBOOK

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
    "internal, consortium": "Internal edition: for the authorities' own staff, not for publication.",
    "public": "Public edition: figures are rounded, and small ones are not shown.",
}
LABELS = {
    "01_clean": "Data quality",
    "02_price": "Costs",
    "03_sensitivity": "How sure",
    "04_findings": "Findings",
    "05_standing": "Comparison",
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


@dataclass
class Page:
    """What the template writes: filled cell by cell from a notebook.

    A page is for readers: code, frames as pandas shows them and *Try it* steps are the analyst's. Internal pages hold
    them, unseen until the one switch at the foot asks for them; public pages do not hold them.
    """

    title: str
    lang: str
    public: bool
    heading: str = ""
    notice: str = ""
    context: str = ""
    blocks: list[str] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    made_by: list[str] = field(default_factory=list)
    notebook: str = ""
    unit: str = ""
    used: set[str] = field(default_factory=set)
    code: list[str] = field(default_factory=list)
    script: Script | None = None
    trying: bool = False
    has_code: bool = False

    def add(self, cell: Mapping[str, Any]) -> None:
        """Add one cell: what it shows, and above that its code and that of the silent cells before it."""
        source = cell.get("source", "")
        if cell.get("cell_type") == "markdown":
            self.end_step()
            if not self.heading:
                source = self._without_what_it_reads(source)
            self.trying = False
            readers, *analysts = TRY_IT.split(source, maxsplit=1)
            for part in (readers, *analysts):
                if part.strip():
                    self._block(markdown(part, self._heading))
                self.trying = bool(analysts)
        elif cell.get("cell_type") == "code":
            shown = "".join(self._output(output) for output in cell.get("outputs", []))
            if source.strip():
                self.code.append(source.strip("\n"))
            if shown:
                trying, self.trying = self.trying, self.trying or bool(TRY_IT_CODE.match(source))
                self.end_step(shown)
                self.trying = trying

    def end_step(self, shown: str = "") -> None:
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

    def _without_what_it_reads(self, source: str) -> str:
        """The first cell without the paragraphs on what the notebook reads and writes; they go to the foot."""
        parts = re.split(r"\n\s*\n", source)
        self.made_by += [markdown(part) for part in parts if READS.match(part) and not self.public]
        return "\n\n".join(part for part in parts if not READS.match(part))

    def finish(self) -> Page:
        """Close the last step, and lead each link within the page to where its anchor is."""
        self.end_step()
        self.heading = self.heading or escape(self.title)
        ids = {found for block in self.blocks for found in ANCHOR.findall(block)}
        elsewhere = POUNDS in notebooks() and self.notebook != POUNDS and "/" not in self.unit

        def lead(found: re.Match) -> str:
            if found[1] in ids:
                return found[0]
            return (
                f'<a href="{POUNDS}.html#{found[1]}">{found[2]}</a>'
                if elsewhere and self.notebook
                else found[2]
            )

        self.blocks = [INNER.sub(lead, block) for block in self.blocks]
        return self

    def _heading(self, level: int, html: str) -> str:
        if level == 1 and not self.heading:
            self.heading = clean_html(html)
            return ""
        level = max(2, level)
        if self.trying:
            return f"<h{level}>{html}</h{level}>\n"
        words = unescape(re.sub(r"<[^>]*>", "", html))
        name = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "part"
        while name in self.used:
            name += "-2"
        self.used.add(name)
        if level == 2:
            self.contents.append((name, words))
        return f'<h{level} id="{name}">{html}</h{level}>\n'

    def _output(self, output: Mapping[str, Any]) -> str:
        kind = output.get("output_type")
        if kind == "stream":
            return self._analyst(
                f'<pre class="output">{escape(_text(output.get("text", "")))}</pre>'
            )
        if kind == "error":
            said = f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
            return f'<p class="problem"><strong>This step stopped.</strong> {escape(said)}</p>'
        data = output.get("data", {})
        if COMPLETE in data:
            self.notebook, self.unit = (
                str(data[COMPLETE].get("notebook", "")),
                str(data[COMPLETE].get("unit", "")),
            )
            said = "" if self.public else _text(data.get("text/plain", ""))
            self.made_by += [f"<p>{escape(said)}</p>"] * bool(said)
            return ""
        if (
            SURFACE in data
            and not self.public
            and not self.script
            and (panel := what_if(data[SURFACE]))
        ):
            self.script = Script.of("what_if.js")
            return panel
        if "text/html" in data:
            shown = HOISTED.sub(self._hoist, clean_html(_text(data["text/html"])))
            return self._analyst(_frame(shown)) if FRAME.search(shown) else shown
        if "text/markdown" in data:
            return markdown(_text(data["text/markdown"]))
        if "image/png" in data:
            alt = (
                output.get("metadata", {}).get("alt") or _text(data.get("text/plain", "")) or NO_ALT
            )
            picture = re.sub(r"[^A-Za-z0-9+/=]", "", _text(data["image/png"]))
            return (
                f'<figure><img alt="{escape(alt)}" src="data:image/png;base64,{picture}"></figure>'
            )
        plain = (
            f'<pre class="output">{escape(_text(data["text/plain"]))}</pre>'
            if "text/plain" in data
            else ""
        )
        return self._analyst(plain) if plain else ""

    def _analyst(self, html: str) -> str:
        self.has_code = self.has_code or not self.public
        return "" if self.public else f'<div class="analyst">{html}</div>'

    def _hoist(self, found: re.Match) -> str:
        setattr(self, found[1], getattr(self, found[1]) or found[2])
        return ""

    @property
    def edition(self) -> str:
        """What the banner says of who may read the page."""
        kind = "public" if self.public else "internal"
        return EDITIONS[f"{kind}, consortium" if self.of_round else kind]

    @property
    def of_round(self) -> bool:
        """Whether this is an internal page on the authorities of a round together."""
        return not self.public and self.unit.startswith("consortium")

    @property
    def home(self) -> str:
        """The index above this page: of its own edition, and of all authorities for the consortium only."""
        return "index.html" if self.public else "../index.html" if self.of_round else ""

    @property
    def siblings(self) -> list[tuple[str, str, bool]]:
        """The other pages of the folder: address, label, whether it is this one."""
        if not self.notebook or self.public:
            return []
        names = [name for name in notebooks() if (name[:2] >= "10") == self.of_round]
        return [(f"{name}.html", label(name), name == self.notebook) for name in names]


def render_page(
    nb: Mapping[str, Any],
    title: str,
    lang: str = "en",
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
    lang : str
        The language of the page.
    edition : "internal" or "public"
        Which banner stands at the top; a public page holds no code.
    name : str, optional
        Whose page it is: first in the title, at the head of the page and at the foot of each printed sheet.
    made : str, optional
        The day it was made, as 2026-11-30; :attr:`larcnb.runner.job.Job.made`. No part of what verify compares.
    marking : key of :data:`larcnb.codes.MARKING`, optional
        The classification that internal pages bear; :func:`larcnb.publish.origin.marking_of`.
    made_from : dict of input to SHA-256, optional
        Said at the foot of the page; :func:`larcnb.publish.origin.made_from`.
    roles : dict of role to name, optional
        Who answers for it, with room to sign; :func:`larcnb.publish.origin.answers_for`.

    Returns
    -------
    str
        An HTML document: no script but the panel's own, no address that loads anything, one ``h1``, code unseen
        until asked for, and the notebook's notice at its top. The same notebook gives the same text.
    """
    whose = name[:1].upper() + name[1:]
    html, _ = _exporter().from_notebook_node(
        nb,
        resources={
            "larcnb": {
                "title": f"{whose}: {title}" if whose else title,
                "lang": lang,
                "public": edition == "public",
            },
            "whose": whose,
            "made": made,
            "made_in_words": day(made),
            "made_from": dict(made_from or {}),
            "marking": "" if edition == "public" else codes.MARKING.get(marking, ""),
            "roles": dict(roles or {}),
        },
    )
    return seal(html)


def day(date: str) -> str:
    """A date in words.

    Examples
    --------
    >>> day("2026-11-30"), day("")
    ('30 November 2026', '')
    """
    return f"{(found := datetime.date.fromisoformat(date)).day} {found:%B %Y}" if date else ""


def style(foot: str = "") -> tuple[str, str]:
    """The pages' style sheet, and the hash by which the content security policy lets it in.

    Parameters
    ----------
    foot : str, optional
        Words at the foot of each printed sheet, beside its number.
    """
    shown = HERE.parent / "show" / "show.css"  # what the notebooks' own outputs look like
    css = (
        "\n" + (HERE / "style.css").read_text(encoding="utf-8") + shown.read_text(encoding="utf-8")
    )
    if foot:
        plain = re.sub(r"[^A-Za-z0-9 ,.:-]", lambda sign: f"\\{ord(sign[0]):x} ", foot)
        css += f'@page {{ @bottom-left {{ content: "{plain}"; }} }}\n'
    return css, hash_of(css)


def template_values(foot: str = "") -> dict[str, str]:
    """What every template writes: the style, its hash, the version."""
    css, css_hash = style(foot)
    return {"css": css, "css_hash": css_hash, "version": larcnb.__version__}


@cache
def notebooks() -> tuple[str, ...]:
    """The names of the workbook's notebooks, in order."""
    return tuple(sorted(path.stem for path in (WORKBOOK / "notebooks").glob("[0-9][0-9]_*.ipynb")))


def label(notebook: str) -> str:
    """A notebook's name in a link.

    Examples
    --------
    >>> label("02_price"), label("05_something_new")
    ('Costs', 'Something new')
    """
    return LABELS.get(notebook) or re.sub(r"^\d+_", "", notebook).replace("_", " ").capitalize()


@cache
def _exporter():
    from nbconvert.exporters import HTMLExporter, TemplateExporter
    from traitlets import List

    class PageExporter(HTMLExporter):
        """nbconvert's HTML exporter with our template, escaping on, and none of its own scripts or styles."""

        # All are off as they come, or change nothing that our template uses; each costs a check of the notebook.
        default_preprocessors = List([])

        def _create_environment(self):
            environment = super()._create_environment()
            environment.autoescape = True
            return environment

        def from_notebook_node(self, nb, resources=None, **kw):
            # HTMLExporter's own goes on to parse and change the whole page; ours is whole as it is.
            return TemplateExporter.from_notebook_node(self, nb, resources, **kw)

        def _init_resources(self, resources):
            resources = TemplateExporter._init_resources(self, resources)
            made = resources["made_in_words"]
            foot = [
                resources["marking"],
                resources["larcnb"]["title"],
                f"made {made}" if made else "",
            ]
            resources.update(template_values(", ".join(filter(None, foot))))
            resources.update(page=lambda nb: _page(nb, **resources["larcnb"]))
            return resources

    return PageExporter(template_name="base", template_file=str(HERE / "page.html.j2"))


def _page(nb: Mapping[str, Any], title: str, lang: str, public: bool) -> Page:
    page, ended = Page(title, lang, public), False
    for cell in nb["cells"]:
        outputs = cell.get("outputs", [])
        if not ended or any(COMPLETE in output.get("data", {}) for output in outputs):
            page.add(cell)
        ended = ended or any(
            LAST.search(_text(output.get("data", {}).get("text/html", ""))) for output in outputs
        )
    return page.finish()


def _frame(html: str) -> str:
    """A frame as pandas shows it, in a box that scrolls; what stands over its index heads no column."""
    html = html.replace("<th></th>", "<td></td>")
    return f'<div class="table" role="group" tabindex="0" aria-label="Rows of a frame">{html}</div>'


def _code(sources: list[str]) -> str:
    from pygments import highlight

    lines = highlight("\n\n".join(sources), *_highlighter()).rstrip("\n")
    return f'<pre class="code analyst"><code>{lines}</code></pre>'


@cache
def _highlighter() -> tuple[Any, Any]:
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
