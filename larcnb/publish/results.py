"""An authority's results to take away: ``results.xlsx`` for people and machines, ``results.docx`` for a committee.

In: what the notebooks wrote to ``data/processed/<authority>/``, its params and its preset; ``results.toml`` says what
stands above each table, ``results.csv`` how a column is headed and written on which sheet. Out: the bytes of a workbook
in the layout the Government Analysis Function asks for: a contents sheet, then one table a sheet (summary, cases,
payers, scenarios, the ledger, the clean tables, assumptions, data notes) with its title and notes above it. No free
text about families; every text is stored as text, so that nothing runs as a formula.

In: 04_findings as it was run. Out: a paper to edit, of its sentences, tables and figures: a Word document with headings
and pictures with alt text, whose tables repeat their header rows. What names a single family is left out; nothing is
worked out here.
"""

import io
import json
import re
import tomllib
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from textwrap import wrap
from typing import Any

import pandas as pd

from larcnb import codes, params, schema
from larcnb.publish.page import WORDS
from larcnb.root import Root

HERE = Path(__file__).resolve().parent
SHEETS = tomllib.loads((HERE / "results.toml").read_text("utf-8"))
COLUMNS = {
    sheet: dict(zip(of["column"], zip(of["header"], of["kind"], strict=True), strict=True))
    for sheet, of in pd.read_csv(HERE / "results.csv").groupby("sheet")
}
"""The columns of a sheet (``*``: of any): name to header and kind."""
IN_WORDS = {"payer": codes.PAYER, "fund": codes.FUND, "stage": codes.STAGE}
IN_WORDS["set"] = codes.PRESET | {"own": "The authority's own values"}
MADE = datetime(2000, 1, 1)
"""Excel and Word want a date of making; the true one would change the bytes with every run."""
SIGNS = "[x]: not available or no unit cost. [z]: not applicable. A net cost is negative."
MOST_ROWS = 40


def results_workbook(root: Root, authority: str) -> bytes:
    """Make an authority's results workbook.

    Parameters
    ----------
    root : Root
        Its ``data/processed/<authority>/`` (the batch's staging folder while one runs) and its params are read.
    authority : str
        The authority's slug.

    Returns
    -------
    bytes
        An .xlsx file; the same for the same results.

    Raises
    ------
    LarcError
        The authority's params break a rule; exit code 2.
    FileNotFoundError
        02_price or 04_findings has not run.
    """
    from xlsxwriter import Workbook

    folder, found = root.processed(authority), params.load_authority(root, authority)
    findings = json.loads((folder / "findings.json").read_text("utf-8"))
    at_prices = f"Money is in pounds at the prices of the financial year {found.price_base}"
    scenario = codes.PRESET.get(found.preset, found.preset)
    if found.overrides:
        scenario += " with the authority's own values, listed under Assumptions"
    said = {"name": found.name, "at_prices": at_prices, **codes.PRESET}
    said["priced"] = f"{at_prices}. Scenario: {scenario}."
    title, frames = f"Results of {found.name}", _frames(root, found, folder, findings)

    out = io.BytesIO()
    as_text = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
    book = Workbook(out, {"in_memory": True, **dict.fromkeys(as_text, False)})
    book.set_properties({"title": title, "created": MADE})
    style = {name: book.add_format(given) for name, given in SHEETS["styles"].items()}
    contents = book.add_worksheet("Contents")
    contents.set_column(0, 0, 24)
    contents.set_column(1, 1, 90)
    notes = [findings.get("notice"), WORDS["editions"]["internal"], SIGNS]
    top = _head(contents, title, list(filter(None, notes)), style)
    contents.write_row(top, 0, ("Sheet", "What it holds"), style["head"])
    for row, (name, frame) in enumerate(frames.items(), start=top + 1):
        title = _write(book.add_worksheet(name), name, frame, said, style)
        contents.write_url(row, 0, f"internal:'{name}'!A1", style["link"], name)
        contents.write_string(row, 1, f"{title}. Rows: {len(frame):,}.", style["text"])
    book.close()
    return out.getvalue()


def _head(page: Any, title: str, notes: list[str], style: Mapping[str, Any]) -> int:
    """Write a title and the notes below it; the row where the table begins."""
    page.write_string(0, 0, title, style["title"])
    page.write_column(1, 0, notes)
    return len(notes) + 2


def _write(page: Any, name: str, frame: pd.DataFrame, said: dict, style: dict) -> str:
    """Write a sheet, its columns headed and written as results.csv says, else by their names; return its title."""
    above, known = SHEETS.get(name, {}), COLUMNS["*"] | COLUMNS.get(name, {})
    kinds, missing = dict.fromkeys(frame, above.get("kind", "text")), above.get("missing", {})
    title = above.get("title", "").format_map(said)
    if table := schema.RETURN.get(name.lower()):
        private = [f.name for f in table.fields if f.private and f.name in frame]
        frame = frame.drop(columns=private)
        kinds |= {f.name: "number" for f in table.fields if f.numeric}
        title = title or table.about + (" (free text left out)" if private else "")
    top = _head(page, title, [note.format_map(said) for note in above.get("notes", ())], style)
    columns, data, tallest = [], [], 1
    for place, (column, values) in enumerate(frame.astype(object).replace(IN_WORDS).items()):
        words = column.replace("_", " ").capitalize()
        header, kind = known.get(column, (words, kinds[column]))
        absent = missing.get(column, "[z]")
        values = [absent if pd.isna(value) or value == "" else value for value in values]
        width = 12
        if kind in ("text", "any"):
            width = min(max([12, *(len(str(value)) + 2 for value in values[:500])]), 60)
        if kind == "text":
            values = list(map(str, values))
            runs = any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in values)
            kind = "quoted" if runs else "text"
        page.set_column(place, place, width)
        tallest = max(tallest, len(wrap(header, width - 1)))
        columns.append({"header": header, "header_format": style["head"], "format": style[kind]})
        data.append(values)
    page.write_row(top, 0, [column["header"] for column in columns], style["head"])
    if len(frame):
        look = {"name": name.replace(" ", "_"), "style": None, "autofilter": False}
        look |= {"columns": columns, "data": list(zip(*data, strict=True))}
        page.add_table(top, 0, top + len(frame), len(columns) - 1, look)
    # LibreOffice does not make room for wrapped headers by itself.
    page.set_row(top, 15 * tallest)
    page.freeze_panes(top + 1, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)
    return title


def _frames(root: Root, authority: params.Authority, folder: Path, findings: dict) -> dict:
    """The table of each sheet, in the sheets' order."""
    frames = {
        "Summary": _summary(findings),
        "Cases": pd.read_parquet(folder / "cases.parquet"),
        "Payers": _frame("Payers", findings["payers"]),
        "Funds": pd.DataFrame(findings["funds"]),
        "Budget years": pd.DataFrame(findings["budget_years"]),
        "Scenarios": _frame("Scenarios", findings["scenarios"]).dropna(axis="columns", how="all"),
        "Ledger": pd.read_parquet(folder / "ledger.parquet"),
    }
    others = [name for name in schema.RETURN if name != "cases"]
    frames |= {name.capitalize(): pd.read_parquet(folder / f"{name}.parquet") for name in others}
    frames["Assumptions"] = _assumptions(root, authority)
    problems = (folder / "quality.json").read_text("utf-8")
    frames["Data notes"] = _frame("Data notes", json.loads(problems))
    return {name: frame for name, frame in frames.items() if len(frame.columns)}


def _summary(findings: Mapping[str, Any]) -> pd.DataFrame:
    costs = {name: known for name, known in COLUMNS["*"].items() if known[1] == "money"}
    found, first = dict(findings), findings.get("payback_year")
    found["payback_year"] = None if first is None else first + 1  # year 0 is the first, as on pages
    rows = [(header, found.get(of)) for of, (header, _) in (costs | COLUMNS["Summary"]).items()]
    rows.insert(0, ("In words, of the reference case", found["headline"]))
    return pd.DataFrame(rows, columns=["figure", "value"], dtype=object)


def _assumptions(root: Root, authority: params.Authority) -> pd.DataFrame:
    preset = params.load_preset(root, authority.preset)
    used, rows = params.assumptions_for(root, authority), []
    for name in used.used:
        entry = {**preset.log.get(name, {}), "set_by": f"scenario {preset.label}"}
        if name in authority.overrides:  # the preset's source and reason are of its own value
            said = authority.reasons.get(name, {})
            entry |= {"because": said.get("because"), "set_by": "the authority"}
            entry["source"] = {"title": said.get("source")}
        source = entry.get("source") or {}
        where = ", ".join(str(source[key]) for key in ("title", "where") if source.get(key))
        rows.append({**entry, "name": name, "value": getattr(used, name), "source": where})
    return _frame("Assumptions", rows).map(_in_words)


def _frame(name: str, rows: Any) -> pd.DataFrame:
    """Rows as the table of a sheet, with its columns in their order."""
    return pd.DataFrame(rows, columns=list(COLUMNS[name]), dtype=object)


def _in_words(value: Any) -> Any:
    """A value as one cell holds it: numbers as they are, mappings and lists in words."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {part}" for key, part in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value


def paper(notebook: Path, cases: Path) -> bytes:
    """Make the committee paper of an authority's findings, ``results.docx``.

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
                document.add_paragraph(WORDS["paper"]["guide"])
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
                _table(document, fromstring(html).xpath("(//table)[1]//tr"), lines, families)
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
            skip = text in WORDS["paper"]["left_out"]
            if not skip:
                document.add_heading(text, int(part.tag[1]))
        elif not skip and not text.startswith("Reads "):
            document.add_paragraph(text, style="List Bullet" if part.tag == "li" else None)
    return skip


def _words(element: Any) -> str:
    return " ".join(element.text_content().split())


def _table(document: Any, elements: list, lines: list[str], families: set[str]) -> None:
    """Add a table with its caption, and above it its chart where it is one's; none that has a line a family."""
    rows = [list(map(_words, row.xpath("./th|./td"))) for row in elements[: MOST_ROWS + 1]]
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
