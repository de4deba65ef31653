"""Write the pages of docs/ that are made from the code and the params: ``python docs/generate.py``.

In: the field list, the vocabularies, the presets, and the committed findings of the example. Out:
``data_dictionary.md``, ``assumptions.md``, ``finding.svg`` and the finding in the README. A test makes them anew and
compares.
"""

import json
import re
from html import escape
from pathlib import Path

from larcnb import codes
from larcnb.params import ASSUMPTIONS, list_presets, load_preset
from larcnb.root import WORKBOOK, Root
from larcnb.schema import LOCAL, NATIONAL, RETURN, Field, Table

HERE = Path(__file__).parent
MADE = "*Made by `python docs/generate.py`; change {source}, not this page.*\n"


def data_dictionary() -> str:
    """Every table and column of a return and of the national tables, and the words of the vocabularies."""
    lines = [
        "# Data dictionary\n",
        MADE.format(source="`larcnb/schema.csv` or `larcnb/codes.toml`"),
        "A return is one workbook `return.xlsx` with a sheet a table, or a CSV a table. *Private* columns are free "
        "text: no message or log repeats them, and of all pages only the internal one on evidence shows quotations.\n",
        "## A return\n",
    ]
    for table in RETURN.values():
        lines += _table(table)
    lines += [
        "## National tables\n",
        "An authority's own `unit_costs.csv` has the columns of `unit_costs`.\n",
    ]
    for table in (*NATIONAL.values(), *LOCAL.values()):
        lines += _table(table)
    lines.append("## What the codes mean\n")
    for name, words in vocabularies().items():
        lines += [
            f"**{name}**: "
            + "; ".join(f"`{code}` {label}" for code, label in words.items())
            + ".\n"
        ]
    return "\n".join(lines)


def vocabularies() -> dict[str, dict[str, str]]:
    """The labelled vocabularies that columns use, by the column's name, those with parts told apart."""
    found = {
        name.lower().replace("_", " "): words
        for name, words in vars(codes).items()
        if name.isupper()
        and isinstance(words, dict)
        and all(isinstance(label, str) for label in words.values())
    }
    found |= {f"need of a {subject}": words for subject, words in codes.NEED.items()}
    return found | {f"theme of {strand}": words for strand, words in codes.THEME.items()}


def assumptions() -> str:
    """Every assumption of every preset with its range, source, reliability, reason and review date."""
    root = Root(WORKBOOK)
    presets = [load_preset(root, name) for name in list_presets(root)]
    lines = [
        "# Assumptions log\n",
        MADE.format(source="the files in `params/presets/`"),
        "For each assumption: what it is, what each set takes, how good the evidence is (quality), how far the "
        "findings move if it is wrong (impact), why, and when somebody should look again. A convention defines the set "
        "and is never drawn; an estimate is drawn, and its value is the mean of what is drawn. What a set does not use "
        "is not listed for it. An authority's own log, "
        "with its overrides, stands on its findings page.\n",
        *(f"- **{preset.label}** (`{preset.name}`): {preset.about}" for preset in presets),
        "",
    ]
    for name in ASSUMPTIONS:
        using = [preset for preset in presets if name in preset.assumptions.used]
        lines += [
            f"## {name}\n",
            f"{using[0].log[name]['unit'].capitalize()}.\n",
            "| set | value | role | range | quality | impact | confidence | source | why | review by |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for preset in using:
            log, source = preset.log[name], preset.log[name]["source"]
            cells = (
                preset.name,
                _written(getattr(preset.assumptions, name)),
                log["role"],
                _written(log["range"]),
                log["quality"],
                log["impact"],
                log["confidence"],
                f"{source['title']}, {source['where']}",
                log["because"],
                log["review_by"],
            )
            lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def finding(notebook: Path = WORKBOOK / "notebooks/04_findings.ipynb") -> tuple[bytes, str]:
    """The picture of the scenarios on the example authority's findings, and its alt text, from the notebook's words.

    The chart of a page is HTML, which a host of repositories does not show: its figures are drawn here anew.
    """
    alt = _said(notebook, "show.intervals(")[1]
    rows = [row.rpartition(": ") for row in alt.rpartition(". ")[2].rstrip(".").split("; ")]
    drawn = [
        (name, figures, [_pounds(one) for one in re.findall(r"−?£[\d,]+", figures)])
        for name, _, figures in rows
    ]
    every = [0, *(value for *_, values in drawn for value in values)]
    low, high = min(every), max(every)

    def at(value: float) -> float:
        return round(230 + 260 * (value - low) / (high - low), 1)

    foot = 40 * len(drawn) + 18
    marks = [f'<path d="M{at(0)} 8V{foot}" stroke="#767676"/>']
    marks.append(f'<text x="{at(0)}" y="{foot + 18}" text-anchor="middle">£0</text>')
    for n, (name, figures, values) in enumerate(drawn):
        y = 40 * n + 30
        marks.append(f'<text x="216" y="{y + 5}" text-anchor="end">{escape(name)}</text>')
        if len(values) == 3:
            a, b = at(values[1]), at(values[2])
            marks.append(
                f'<path d="M{a} {y}H{b}M{a} {y - 7}v14M{b} {y - 7}v14" stroke="#2f7fc1" stroke-width="3"/>'
            )
        marks.append(f'<circle cx="{at(values[0])}" cy="{y}" r="5.5"/>')
        marks.append(f'<text x="752" y="{y + 5}" text-anchor="end">{escape(figures)}</text>')
    height = foot + 30
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" viewBox="0 0 760 {height}" '
        f'font-family="sans-serif" font-size="14"><rect width="760" height="{height}" fill="#fff"/>'
        + "\n".join(marks)
        + "</svg>\n"
    )
    return svg.encode(), alt


def readme(notebook: Path = WORKBOOK / "notebooks/04_findings.ipynb") -> str:
    """The README with the example's finding: break-even, reference case, LARC's convention, and the picture's words."""
    verdict = _said(notebook, "findings.VERDICT")
    quoted = "\n>\n".join(f"> {verdict[n]}" for n in (0, 2, 3))
    block = f"{quoted}\n\n![{finding(notebook)[1]}](docs/finding.svg)\n"
    text = (WORKBOOK / "README.md").read_text("utf-8")
    return re.sub(
        r"^> .*?^!\[[^\n]*\n", lambda _: block, text, count=1, flags=re.MULTILINE | re.DOTALL
    )


def _said(notebook: Path, call: str) -> list[str]:
    """The lines that the cell with this call shows as plain text."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    cell = next(cell for cell in cells if call in "".join(cell["source"]))
    return "".join(cell["outputs"][0]["data"]["text/plain"]).splitlines()


def _pounds(text: str) -> float:
    return float(re.sub("[£,]", "", text.replace("\N{MINUS SIGN}", "-")))


def _table(table: Table) -> list[str]:
    def marks(field: Field) -> str:
        return " (private)" * field.private + " (optional column)" * field.optional

    rows = [
        f"| `{field.name}`{marks(field)} | {field.about} | {field.rule} |" for field in table.fields
    ]
    unique = f" Unique: {', '.join(f'`{name}`' for name in table.unique)}." if table.unique else ""
    return [
        f"### {table.name}\n",
        f"{table.about}.{unique}\n",
        "| column | what it says | what may stand there |",
        "|---|---|---|",
        *rows,
        "",
    ]


def _written(value: object) -> str:
    if hasattr(value, "items"):
        return ", ".join(f"{key}: {_written(one)}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        words = [_written(one) for one in value]
        return " to ".join(words) if len(words) == 2 else ", ".join(words)
    return f"{value:g}" if isinstance(value, float) else str(value)


PAGES = {"data_dictionary.md": data_dictionary, "assumptions.md": assumptions}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
    (HERE / "finding.svg").write_bytes(finding()[0])
    (WORKBOOK / "README.md").write_text(readme(), encoding="utf-8")
