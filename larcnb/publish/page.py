"""One page a notebook: self-contained, no script but ours, no network request.

In: an executed notebook; what it rests on. Out: one HTML file as text, the same for the same notebook. Everything that
came from data or from a notebook is made anew from its parts: only the tags and attributes that ``allowed.yaml`` lists,
all text escaped, every tag closed. Scripts, styles, handlers, frames, forms and addresses that would load something do
not come through, whoever wrote them. The templates write the rest with escaping on; their one style and at most one
script are ours, whole, let in by their hash.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any

import jinja2
import nh3
import yaml

import larcnb
from larcnb import codes, params
from larcnb.files import COMPLETE, hash_files
from larcnb.publish.verify import add_checksum
from larcnb.root import Root
from larcnb.runner.fingerprints import code_fingerprint, inputs, notebook_hash

HERE = Path(__file__).resolve().parent
STYLES = (HERE / "style.css", HERE.parent / "show" / "show.css")
"""Of the pages, and of what the notebooks' own outputs look like."""
WORDS = tomllib.loads((HERE / "words.toml").read_text("utf-8"))
SURFACE = "application/vnd.larcnb.surface+json"
"""The kind of output that the sliders of a page are: what the notebook worked out at each of their stops."""
HOISTED = re.compile(r'<p class="(notice|context)">(.*?)</p>', re.DOTALL)
ANCHOR, INNER = re.compile(r' id="([^"]*)"'), re.compile(r'<a href="#([^"]*)">(.*?)</a>', re.DOTALL)
LAST = re.compile(r'<p class="(finding )?last">')
"""What :func:`larcnb.show.say` marks as the end of a page without data: what follows in the notebook is left out."""
POUNDS = "02_price"
"""The notebook whose page holds what a link to a pound looks for when its own page does not."""
READS = re.compile(r"\*?(Reads|Writes|Takes)\b")
"""How a paragraph begins that says what a notebook reads and writes: of no use to a page's readers."""
TRY_IT = re.compile(r"(?:\A|\n\n)(?=\*+Try it\b)")
"""Where a paragraph begins that asks to change a step and run it again; it and that step are for analysts."""
FRAME = re.compile(r'<table[^>]* class="(?:[^"]* )?dataframe\b')
NAV = re.compile(r'<nav aria-label="Pages">.*?</nav>', re.DOTALL)
NAMED = re.compile(r'<meta name="larcnb-page" content="(\S+) (\S+)">')


class Page:
    """What the template writes: filled cell by cell from a notebook.

    A page is for readers: code, frames as pandas shows them and *Try it* steps are the analyst's. Internal pages hold
    them, unseen until the one switch at the foot asks for them; public pages do not hold them.
    """

    def __init__(self, public: bool) -> None:
        self.public, self.trying = public, False
        self.heading = self.notebook = self.job = self.script = ""
        self.top: dict[str, str] = {}
        self.blocks: list[str] = []
        self.contents: dict[str, str] = {}
        self.made_by: list[str] = []
        self.ids: set[str] = set()
        self.code: list[str] = []

    def read(self, nb: Mapping[str, Any]) -> Page:
        """Add a notebook's cells to its end, and lead each link within the page to where its anchor is."""
        ended = False
        for cell in nb["cells"]:
            shown = [output.get("data", {}) for output in cell.get("outputs", [])]
            if not ended or any(COMPLETE in data for data in shown):
                if cell["cell_type"] == "markdown":
                    self._prose(cell["source"])
                elif cell["cell_type"] == "code":
                    self._step(cell)
            ended = ended or any(LAST.search(data.get("text/html", "")) for data in shown)
        self._end_step()
        ids = {anchor for block in self.blocks for anchor in ANCHOR.findall(block)}
        elsewhere = self.notebook not in ("", POUNDS) and "/" not in self.job

        def lead(link: re.Match) -> str:
            if link[1] in ids:
                return link[0]
            return f'<a href="{POUNDS}.html#{link[1]}">{link[2]}</a>' if elsewhere else link[2]

        self.blocks = [INNER.sub(lead, block) for block in self.blocks]
        return self

    def _prose(self, source: str) -> None:
        """Add a cell of prose, and what its last paragraphs ask to try."""
        self._end_step()
        self.trying = False
        if not self.heading:  # what the notebook reads and writes goes to the foot
            parts = re.split(r"\n\s*\n", source)
            reads = [part for part in parts if READS.match(part)]
            self.made_by += map(markdown, [] if self.public else reads)
            source = "\n\n".join(part for part in parts if part not in reads)
        readers, *analysts = TRY_IT.split(source, maxsplit=1)
        if readers.strip():
            self._add(markdown(readers, self._heading))
        for part in analysts:
            self.trying = True
            self._add(markdown(part))

    def _step(self, cell: Mapping[str, Any]) -> None:
        """Add a step: what it shows, and above that its code and that of the silent cells before it."""
        if cell["source"].strip():
            self.code.append(cell["source"].strip("\n"))
        if shown := "".join(map(self._output, cell["outputs"])):
            self._end_step(shown)

    def _end_step(self, shown: str = "") -> None:
        """Close a step with its code and what it showed, if anything."""
        code = _code(self.code) if self.code and not self.public else ""
        self.code = []
        if code or shown:
            look = "step" if shown else "step analyst"
            self._add(f'<div class="{look}">{code}{shown}</div>')

    def _add(self, html: str) -> None:
        shown = self._analyst(html) if self.trying else html
        self.blocks += [shown] if shown else []

    def _analyst(self, html: str) -> str:
        return "" if self.public else f'<div class="analyst">{html}</div>'

    def _heading(self, level: int, html: str) -> str:
        if level == 1 and not self.heading:
            self.heading = clean_html(html)
            return ""
        level, words = max(2, level), unescape(re.sub(r"<[^>]*>", "", html))
        name = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "part"
        while name in self.ids:
            name += "-2"
        self.ids.add(name)
        if level == 2:
            self.contents[name] = words
        return f'<h{level} id="{name}">{html}</h{level}>\n'

    def _output(self, output: Mapping[str, Any]) -> str:
        data = output.get("data", {})
        plain = data.get("text/plain", output.get("text", ""))
        if record := data.get(COMPLETE):
            self.notebook, self.job = record["notebook"], record["unit"]
            self.made_by += [] if self.public else [f"<p>{escape(plain)}</p>"]
            return ""
        if SURFACE in data and not (self.public or self.script):
            self.script = script("what_if.js")
            return fill("what_if.html.j2", **data[SURFACE])
        if "text/html" in data:
            shown = HOISTED.sub(self._hoist, clean_html(data["text/html"]))
            return self._analyst(_frame(shown)) if FRAME.search(shown) else shown
        if "text/markdown" in data:
            return markdown(data["text/markdown"])
        if "image/png" in data:
            described = output.get("metadata", {}).get("alt") or plain
            alt = escape(described or "A picture without a description")
            picture = re.sub(r"[^A-Za-z0-9+/=]", "", data["image/png"])
            return f'<figure><img alt="{alt}" src="data:image/png;base64,{picture}"></figure>'
        return self._analyst(f'<pre class="output">{escape(plain)}</pre>') if plain else ""

    def _hoist(self, match: re.Match) -> str:
        """Keep the first notice and the first context for the top of the page."""
        self.top.setdefault(match[1], match[2])
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
        The classification that internal pages bear; :func:`audit_trail`.
    made_from : dict of input to SHA-256, optional
        Said at the foot of the page.
    roles : dict of role to name, optional
        Who answers for it.

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
    if page.job.startswith("consortium") and not page.public:
        edition = "consortium"
    foot = ", ".join(filter(None, [marked, title, f"made {day(made)}" if made else ""]))
    nav = _nav(page.job, page.notebook, filter(None, [page.notebook]), page.public)
    given = {"page": page, "title": title, "whose": whose, "nav": nav, "marking": marked}
    given |= {"edition": WORDS["editions"][edition], "made": made, "made_from": made_from}
    return add_checksum(render("page.html.j2", foot, **given, roles=roles))


def link_pages(folder: Path) -> list[str]:
    """Have the top bars of a folder's pages lead to the pages that are there, and to no other.

    The folder is one that nobody reads yet: a stage, which is put in place whole.

    Returns
    -------
    list of str
        The notebooks whose page was written anew.
    """
    pages = {path: path.read_bytes().decode("utf-8") for path in folder.glob("[0-9]*.html")}
    names, changed = sorted(path.stem for path in pages), []
    for path, html in sorted(pages.items()):
        if named := NAMED.search(html):
            nav = _nav(*named.groups(), names, public=False)
            linked = add_checksum(NAV.sub(lambda _, nav=nav: nav, html, count=1))
            if linked != html:
                path.write_bytes(linked.encode("utf-8"))
                changed.append(path.stem)
    return changed


def _nav(job: str, notebook: str, names: Iterable[str], public: bool) -> str:
    """The links of the top bar: pages of the folder, and above them the index where readers may see all of it."""
    home = "index.html" if public else "../index.html" if job.startswith("consortium") else ""
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

    lines = highlight("\n\n".join(sources), PythonLexer(), HtmlFormatter(nowrap=True)).rstrip("\n")
    return f'<pre class="code analyst"><code>{lines}</code></pre>'


def audit_trail(root: Root, job: str, notebook: Path) -> dict[str, Any]:
    """What stands at the head and foot of an internal page besides its findings.

    Parameters
    ----------
    root : Root
    job : str
        An authority's slug, or ``consortium/<round>``: that rests on the returns and params of its round and of
        published ones.
    notebook : Path

    Returns
    -------
    dict
        ``made_from``: path below the root, or ``code`` (package, lock and versions), to SHA-256. ``marking``: of an
        authority's params, or the highest of a round's. ``roles``: each role of the Aqua Book with a name, blank where
        nobody is named or the page is of a round.
    """
    if round_name := job.partition("/")[2]:
        rounds = {round_name, *params.published_rounds(root)}
        everyone = params.load_authorities(root, params.list_authorities(root)).values()
        shown = [a for a in everyone if a.round_name in rounds]
    else:
        shown = [params.load_authority(root, job)]
    files: dict[str, Path] = {}
    for authority in shown:
        files |= inputs(root, authority.slug)
    marked = {authority.marking for authority in shown} - {""}
    named = {} if round_name else shown[0].roles
    return {
        "made_from": dict(sorted(hash_files(files).items())) | code_of(notebook),
        "marking": max(marked, key=list(codes.MARKING).index, default=""),
        "roles": {label: named.get(role, "") for role, label in codes.ROLES.items()},
    }


def code_of(notebook: Path) -> dict[str, str]:
    """The code of a page with its hashes: the notebook's source, and the package with its lock and versions."""
    return {f"notebooks/{notebook.name}": notebook_hash(notebook), "code": code_fingerprint()}


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
    allowed = yaml.safe_load((HERE / "allowed.yaml").read_text("utf-8"))
    patterns = {
        tag: {name: re.compile(pattern) for pattern, names in of.items() for name in names.split()}
        for tags, of in allowed["attributes"].items()
        for tag in tags.split()
    }

    def kept(tag: str, name: str, value: str) -> str | None:
        pattern = patterns.get(tag, {}).get(name) or patterns["*"].get(name)
        return value if pattern and pattern.fullmatch(value) else None

    tags, dropped = (set(allowed[which].split()) for which in ("tags", "dropped"))
    attributes = {tag: set(names) for tag, names in patterns.items()}
    what = {"tags": tags, "clean_content_tags": dropped, "attributes": attributes}
    how = {"attribute_filter": kept, "url_schemes": {"http", "https", "data"}, "link_rel": None}
    return nh3.Cleaner(**what, **how)


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
            return heading(level, text) if heading else f"<h{level}>{text}</h{level}>\n"

        def image(self, text: str, url: str, title: str | None = None) -> str:
            picture = clean_html(f'<img src="{escape(url)}" alt="{escape(text)}">')
            return picture if ' src="' in picture else escape(text)

    plugins = ["table", "strikethrough", "def_list"]
    to_html = mistune.create_markdown(renderer=Renderer(escape=True), plugins=plugins)
    return clean_html(str(to_html(text)))


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
    return TEMPLATES.get_template(template).render(**values)


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
    parsed = datetime.date.fromisoformat(date)
    return f"{parsed.day} {parsed:%B %Y}"


def sha256(text: str) -> str:
    """The hash by which the content security policy lets in a style or script.

    Examples
    --------
    >>> sha256("")
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


LOADER, STRICT = jinja2.FileSystemLoader(HERE), jinja2.StrictUndefined
TEMPLATES = jinja2.Environment(loader=LOADER, autoescape=True, undefined=STRICT)
TEMPLATES.filters |= {"day": day, "sha256": sha256, "round_label": codes.round_label}
TEMPLATES.filters["worded"] = lambda text, wording: codes.words(wording, text)
TEMPLATES.policies["json.dumps_kwargs"] = {}
