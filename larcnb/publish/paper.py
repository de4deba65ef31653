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
    from docx import Document

    families = set(pd.read_parquet(cases, columns=["case_id"])["case_id"])
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    document, said, skip = Document(), set(), False
    about = document.core_properties
    about.created = about.modified = MADE
    about.author, about.comments, about.language = "larcnb", "", "en-GB"
    for tag in document.styles.element.iter("{*}lang"):
        tag.set(tag.keys()[0], "en-GB")
    words_alone = [name for name in families if len(name) > 4 or not name.isdigit()]
    names = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in words_alone) or r"(?!)")
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            skip = _prose(document, text, skip)
            if not said:
                said.add(document.add_paragraph(GUIDE).text)
        for output in [] if skip else cell.get("outputs", []):
            data = {kind: "".join(of) for kind, of in output.get("data", {}).items()}
            html, words = data.get("text/html", ""), data.get("text/plain", "")
            lines, is_table = words.splitlines(), "<table" in html
            if not html or 'class="dataframe"' in html or is_table and names.search(words):
                continue
            if is_table:
                _table_or_chart(document, html, lines, families)
            elif "nothing to show" not in words:
                for line in lines:
                    if line != notebook.stem and not names.search(line):
                        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return _undated(out)


def _prose(document, text: str, skip: bool) -> bool:
    """Add a cell of prose; return whether what follows is left out."""
    if text.startswith("**Try it.**"):
        return True
    for block in re.split(r"\n\s*\n", text):
        if heading := re.match(r"(#+) (.*)", block):
            title = heading[2].strip()
            skip = title in LEFT_OUT
            if not skip:
                document.add_heading(title, len(heading[1]))
        elif not skip and not block.startswith("Reads "):
            plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", re.sub(r"[*`]", "", block))
            points = re.split(r"(?:^|\n)- ", plain)
            for number, part in enumerate(points):
                style = "List Bullet" if number else None
                if part.strip():
                    document.add_paragraph(" ".join(part.split()), style=style)
    return skip


def _table_or_chart(document, html: str, words: list[str], families: set[str]) -> None:
    from lxml.html import fromstring

    rows = [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")]
        for row in fromstring(html).xpath("(//table)[1]//tr")
    ][: MOST_ROWS + 1]
    if len(rows) < 2 or not rows[0] or {row[0] for row in rows[1:] if row} & families:
        return
    document.add_paragraph(words[0], style="Caption")
    if re.match(r"(\w+ )*chart", words[1] if len(words) > 1 else "", re.IGNORECASE):
        document.add_picture(_bars(rows))
        document.inline_shapes[-1]._inline.docPr.set("descr", words[1])
    table = document.add_table(0, len(rows[0]), style="Light Grid Accent 1")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=False):
            cell.text = text
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(f"{{{properties.nsmap['w']}}}tblHeader"))


def _bars(rows: list[list[str]]) -> io.BytesIO:
    """Draw a chart's own numbers anew: a bar each, and its interval where the chart has one."""
    from matplotlib.figure import Figure

    plain = [[text.replace(",", "").replace("−", "-") for text in row] for row in rows[1:]]
    labels, columns = [row[0] for row in rows[1:]], list(zip(*plain, strict=True))[1:]
    columns = [pd.to_numeric(pd.Series(of), errors="coerce") for of in columns]
    figure = Figure(figsize=(6, 0.4 * len(rows) + 0.6), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(labels, columns[0], color="#12436d")
    if rows[0][2:3] and rows[0][2].startswith("From"):
        axes.hlines(labels, columns[1], columns[2], color="#f46a25", linewidth=3)
    axes.axvline(0, color="#0b0c0c", linewidth=0.8)
    axes.set_xlabel(rows[0][1])
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
