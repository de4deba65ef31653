"""``results.docx``: a committee paper to edit, of the sentences, tables and figures of the findings page.

In: 04_findings as it was run. Out: a Word document with headings, tables whose header rows repeat, and pictures with
their alt text. What names a single family is left out; nothing is worked out here.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

LEFT_OUT = (
    "The futures told",
    "The families and their needs",
    "Family by family",
    "Where every figure comes from",
    "Data notes",
)
"""Sections of the page on single families and single lines."""
MADE = datetime(2000, 1, 1)
"""Word wants a date of making; the true one would change the bytes with every run."""
MOST_ROWS = 40
GUIDE = (
    "Draft for a committee, to edit. Made by larcnb from the findings page; check each figure there before it goes "
    "further. For the authority's own staff until it is cleared."
)


def paper(notebook: Path, cases: Path) -> bytes:
    """Make the paper.

    Parameters
    ----------
    notebook : Path
        04_findings with its outputs.
    cases : Path
        ``cases.parquet``: what holds the pseudonym of one of them is left out.

    Returns
    -------
    bytes
        A .docx file; the same for the same notebook.
    """
    import mistune
    from docx import Document
    from lxml.html import fromstring

    families = set(pd.read_parquet(cases, columns=["case_id"])["case_id"])
    # A short number is a family's id in a table's first column alone: in a sentence it is a figure.
    telling = [re.escape(name) for name in families if len(name) > 4 or not name.isdigit()]
    names = re.compile("|".join(rf"\b{name}\b" for name in telling) or r"(?!)")
    document, skip = _blank(Document()), False
    for number, cell in enumerate(json.loads(notebook.read_text("utf-8"))["cells"]):
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            prose = fromstring(f"<div>{mistune.html(text)}</div>")
            skip = text.startswith("**Try it.**") or _prose(document, prose, skip)
            if number == 0:
                document.add_paragraph(GUIDE)
        for output in [] if skip else cell.get("outputs", []):
            data = {kind: "".join(of) for kind, of in output.get("data", {}).items()}
            html, words = data.get("text/html", ""), data.get("text/plain", "")
            if not html or 'class="dataframe"' in html or "nothing to show" in words:
                continue
            lines = words.splitlines()
            if "<table" not in html:
                for line in lines:
                    if line != notebook.stem and not names.search(line):
                        document.add_paragraph(line)
            elif not names.search(words):
                rows = _rows(fromstring(html).xpath("(//table)[1]")[0])
                _table(document, rows, lines, families)
    out = io.BytesIO()
    document.save(out)
    return _undated(out)


def _blank(document: Any) -> Any:
    """A document in British English that tells nothing of whose machine made it, or when."""
    about = document.core_properties
    about.created = about.modified = MADE
    about.author, about.comments, about.language = "larcnb", "", "en-GB"
    for tag in document.styles.element.iter("{*}lang"):
        tag.set(tag.keys()[0], "en-GB")
    return document


def _prose(document: Any, prose: Any, skip: bool) -> bool:
    """Add a cell of prose; return whether what follows is left out."""
    for part in prose.iter("h1", "h2", "h3", "p", "li"):
        text = _words(part)
        if part.tag.startswith("h"):
            skip = text in LEFT_OUT
            if not skip:
                document.add_heading(text, int(part.tag[1]))
        elif not skip and not text.startswith("Reads "):
            document.add_paragraph(text, style="List Bullet" if part.tag == "li" else None)
    return skip


def _words(element: Any) -> str:
    return " ".join(element.text_content().split())


def _rows(table: Any) -> list[list[str]]:
    rows = [list(map(_words, row.xpath("./th|./td"))) for row in table.xpath(".//tr")]
    return rows[: MOST_ROWS + 1]


def _table(document: Any, rows: list[list[str]], lines: list[str], families: set[str]) -> None:
    """Add a table with its caption, and above it its chart where it is one's; none that has a line a family."""
    if len(rows) < 2 or families & {row[0] for row in rows[1:]}:
        return
    document.add_paragraph(lines[0], style="Caption")
    if re.match(r"(\w+ )*chart", lines[1], re.IGNORECASE):
        document.add_picture(_bars(*rows))
        document.inline_shapes[-1]._inline.docPr.set("descr", lines[1])
    table = document.add_table(0, len(rows[0]), style="Light Grid Accent 1")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=False):
            cell.text = text
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(f"{{{properties.nsmap['w']}}}tblHeader"))


def _bars(header: list[str], *rows: list[str]) -> io.BytesIO:
    """Draw a chart's own numbers anew: a bar each, and its interval where the chart has one."""
    from matplotlib.figure import Figure

    numbers = pd.DataFrame(rows, columns=header).set_index(header[0])
    numbers = numbers.replace({",": "", "−": "-"}, regex=True).apply(pd.to_numeric, errors="coerce")
    figure = Figure(figsize=(6, 0.4 * len(rows) + 1), layout="constrained")
    axes = numbers[header[1]].plot.barh(ax=figure.subplots(), color="#12436d", width=0.8)
    if len(header) > 3 and header[2].startswith("From"):
        ends = numbers[header[2]], numbers[header[3]]
        axes.hlines(range(len(rows)), *ends, color="#f46a25", linewidth=3)
    axes.axvline(0, color="#0b0c0c", linewidth=0.8)
    axes.set(xlabel=header[1], ylabel="")
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=200, metadata={"Software": None})
    picture.seek(0)
    return picture


def _undated(document: io.BytesIO) -> bytes:
    """The same file with the times of its parts at one date, so that the same paper is the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(document) as parts, zipfile.ZipFile(out, "w") as written:
        for part in parts.infolist():
            fixed = zipfile.ZipInfo(part.filename, (2000, 1, 1, 0, 0, 0))
            written.writestr(fixed, parts.read(part), zipfile.ZIP_DEFLATED)
    return out.getvalue()
