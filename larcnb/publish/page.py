"""One page a notebook: self-contained, without a script but ours, asking nothing of the network.

In: an executed notebook. Out: one HTML file as text, the same for the same notebook. Everything that came from
data or from a notebook passes :mod:`larcnb.publish.clean`; the template writes the rest with escaping on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape, unescape
from typing import Any

import larcnb
from larcnb.publish.clean import clean_html, markdown
from larcnb.publish.script import HERE, Script, hash_of
from larcnb.publish.seal import seal
from larcnb.publish.what_if import what_if
from larcnb.root import WORKBOOK

COMPLETE = "application/vnd.larcnb.complete+json"
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
    "public": "",
}
LABELS = {
    "01_clean": "The return", "02_price": "Costs", "03_sensitivity": "How sure", "04_findings": "Findings",
    "10_consortium": "Consortium", "11_evidence": "Evidence", "12_reproduce_larc4": "Published figures",
}  # fmt: skip


@dataclass
class Page:
    """What the template writes: filled cell by cell from a notebook."""

    title: str
    lang: str
    edition: str
    heading: str = ""
    notice: str = ""
    context: str = ""
    blocks: list[str] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    notebook: str = ""
    unit: str = ""
    used: set[str] = field(default_factory=set)
    code: list[tuple[int, str]] = field(default_factory=list)
    script: Script | None = None

    def add(self, number: int, cell: Mapping[str, Any]) -> None:
        """Add one cell: what it shows, and below that, folded, its code and that of the silent cells before it."""
        source = cell.get("source", "")
        if cell.get("cell_type") == "markdown":
            self.end_step()
            self.blocks.append(markdown(source, self._heading))
        elif cell.get("cell_type") == "code":
            shown = "".join(self._output(output) for output in cell.get("outputs", []))
            if source.strip():
                self.code.append((number + 1, source))
            if shown:
                self.end_step(shown)

    def end_step(self, shown: str = "") -> None:
        """Close a step with what it showed, if anything, and its code."""
        if shown or self.code:
            code = _code(self.code) if self.edition else ""  # a public page holds no code
            self.blocks.append(f'<div class="step">{shown}{code}</div>')
            self.code = []

    def finish(self) -> Page:
        """Close the last step, and lead each link within the page to where its anchor is."""
        self.end_step()
        self.heading = self.heading or escape(self.title)
        ids = {found for block in self.blocks for found in ANCHOR.findall(block)}
        elsewhere = POUNDS in notebooks() and self.notebook != POUNDS and "/" not in self.unit

        def lead(found: re.Match) -> str:
            if found[1] in ids:
                return found[0]
            return f'<a href="{POUNDS}.html#{found[1]}">{found[2]}</a>' if elsewhere and self.notebook else found[2]

        self.blocks = [INNER.sub(lead, block) for block in self.blocks]
        return self

    def _heading(self, level: int, html: str) -> str:
        if level == 1 and not self.heading:
            self.heading = clean_html(html)
            return ""
        level = max(2, level)
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
            return f'<pre class="output">{escape(_text(output.get("text", "")))}</pre>'
        if kind == "error":
            said = f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
            return f'<p class="problem"><strong>This step stopped.</strong> {escape(said)}</p>'
        data = output.get("data", {})
        if COMPLETE in data:
            self.notebook, self.unit = str(data[COMPLETE].get("notebook", "")), str(data[COMPLETE].get("unit", ""))
            said = _text(data.get("text/plain", "")) if self.edition else ""
            return f'<p class="note">{escape(said)}</p>' if said else ""
        if SURFACE in data and self.edition and not self.script and (panel := what_if(data[SURFACE])):
            self.script = Script.of("what_if.js")
            return panel
        if "text/html" in data:
            return HOISTED.sub(self._hoist, clean_html(_text(data["text/html"])))
        if "text/markdown" in data:
            return markdown(_text(data["text/markdown"]))
        if "image/png" in data:
            alt = output.get("metadata", {}).get("alt") or _text(data.get("text/plain", "")) or NO_ALT
            picture = re.sub(r"[^A-Za-z0-9+/=]", "", _text(data["image/png"]))
            return f'<figure><img alt="{escape(alt)}" src="data:image/png;base64,{picture}"></figure>'
        return f'<pre class="output">{escape(_text(data["text/plain"]))}</pre>' if "text/plain" in data else ""

    def _hoist(self, found: re.Match) -> str:
        setattr(self, found[1], getattr(self, found[1]) or found[2])
        return ""

    @property
    def home(self) -> str:
        """The index above this page; a public page knows none but that of its own edition."""
        return "../index.html" if self.edition else "index.html"

    @property
    def siblings(self) -> list[tuple[str, str, bool]]:
        """The other pages of the folder: address, label, whether it is this one."""
        if not self.notebook or not self.edition:
            return []
        consortium = self.unit.startswith("consortium")
        names = [name for name in notebooks() if (name[:2] >= "10") == consortium]
        return [(f"{name}.html", label(name), name == self.notebook) for name in names]


def render_page(
    nb: Mapping[str, Any], title: str, lang: str = "en", edition: str = "internal",
    made_from: Mapping[str, str] | None = None, roles: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Render an executed notebook as one self-contained page.

    Parameters
    ----------
    nb : notebook
        nbformat 4, executed.
    title : str
        The page's title in words, such as "Does it pay to help early? Exampleshire".
    lang : str
        The language of the page.
    edition : "internal" or "public"
        Internal pages are marked as such.
    made_from : dict of input to SHA-256, optional
        Said at the foot of the page; :func:`larcnb.publish.origin.made_from`.
    roles : dict of role to name, optional
        Who answers for it, with room to sign; :func:`larcnb.publish.origin.answers_for`.

    Returns
    -------
    str
        An HTML document: no script but the panel's own, no address that loads anything, one ``h1``, code folded
        away, and the notebook's notice at its top. The same notebook gives the same text.
    """
    html, _ = _exporter().from_notebook_node(
        nb, resources={
            "larcnb": {"title": title.replace("?: ", "? "), "lang": lang, "edition": edition},
            "made_from": dict(made_from or {}), "roles": dict(roles or {}),
        },
    )  # fmt: skip
    return seal(html)


def style() -> tuple[str, str]:
    """The pages' style sheet, and the hash by which the content security policy lets it in."""
    shown = HERE.parent / "show" / "show.css"  # what the notebooks' own outputs look like
    css = "\n" + (HERE / "style.css").read_text(encoding="utf-8") + shown.read_text(encoding="utf-8")
    return css, hash_of(css)


def template_values() -> dict[str, str]:
    """What every template writes: the style, its hash, the version."""
    css, css_hash = style()
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
            resources.update(template_values(), page=lambda nb: _page(nb, **resources["larcnb"]))
            return resources

    return PageExporter(template_name="base", template_file=str(HERE / "page.html.j2"))


def _page(nb: Mapping[str, Any], title: str, lang: str, edition: str) -> Page:
    page = Page(title, lang, EDITIONS[edition])
    ended = False
    for number, cell in enumerate(nb["cells"]):
        outputs = cell.get("outputs", [])
        if not ended or any(COMPLETE in output.get("data", {}) for output in outputs):
            page.add(number, cell)
        ended = ended or any(LAST.search(_text(output.get("data", {}).get("text/html", ""))) for output in outputs)
    if page.edition and page.unit.startswith("consortium"):
        page.edition = EDITIONS[f"{edition}, consortium"]
    return page.finish()


def _code(steps: list[tuple[int, str]]) -> str:
    from pygments import highlight

    if not steps:
        return ""
    source = "\n\n".join(source for _, source in steps)
    lines = highlight(source, *_highlighter()).rstrip("\n")
    return (
        f'<details class="code"><summary>Code <span class="quiet">of step {steps[-1][0]}</span></summary>'
        f"<pre><code>{lines}</code></pre></details>"
    )


@cache
def _highlighter() -> tuple[Any, Any]:
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
