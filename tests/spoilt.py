"""Sound returns spoilt in every way that people spoil them, at random from a seed.

``FAULTS`` must be refused, ``ODDITIES`` warned of, ``HARMLESS`` read as if nothing were changed. Each
kind changes a :class:`drafts.Draft` and says what must be said of it: :class:`Expected` names the
severity, the file and, where it is about a cell, its row and column. Kinds that put something into
one cell stand in ``spoilt.csv``: ``where`` picks the row, by default one whose cell is filled.
"""

import csv
import io
import random
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from drafts import Draft

from larcnb.schema import RETURN

CASED = [name for name in RETURN if name not in ("cases", "evidence")]
PLACES = {
    "numbers": "process.hours process.people interventions.quantity moderation.people",
    "dates": "cases.started cases.closed",
    "texts": "moderation.note evidence.mechanism evidence.quote",
    "ids": " ".join(f"{name}.case_id" for name in CASED),
    "codes": " ".join(
        f"{name}.{column}"
        for name, table in RETURN.items()
        for column in table.columns
        if table[column].kind in ("code", "item", "future")
    ),
}


@dataclass(frozen=True)
class Expected:
    """What must be said: of a file, and where it is about a cell, of its row and column."""

    file: str
    row: int = 0
    column: str = ""
    severity: str = "error"


Kind = Callable[[Draft, random.Random], Expected]
FAULTS: dict[str, tuple[Kind, str]] = {}
ODDITIES: dict[str, tuple[Kind, str]] = {}
HARMLESS: dict[str, tuple[Kind, str]] = {}
IN_PLACE: list[str] = []
"""Faults of one cell: two of them may be in a return at once."""


def kind(form: str = "", register: dict = FAULTS):
    def keep(function: Kind) -> Kind:
        register[function.__name__] = (function, form)
        return function

    return keep


def pick(draft: Draft, rng: random.Random, table: str, where=lambda row: True) -> int:
    """The index of a row of a table for which ``where`` holds (the header is 0)."""
    head, *rows = draft.tables[table]
    fit = [at for at, row in enumerate(rows, 1) if where(dict(zip(head, row, strict=False)))]
    return rng.choice(fit)


def put(draft: Draft, table: str, name: str, at: int, value, severity: str = "error") -> Expected:
    draft.tables[table][at][draft.tables[table][0].index(name)] = value
    return Expected(draft.file(table), at + 1, name, severity)


def of_one_cell(row: dict[str, str]) -> Kind:
    by, _, wanted = row["where"].partition("=")
    places = [place.split(".") for place in PLACES.get(row["places"], row["places"]).split()]
    values = [re.sub(r"\\\w+", _escape, value) for value in row["values"].split("|")]
    severity = "error" if row["group"] == "fault" else "warning"

    def change(draft: Draft, rng: random.Random) -> Expected:
        table, name = rng.choice(places)
        fits = lambda cells: cells[by] == wanted if by else cells[name] != ""  # noqa: E731
        at = pick(draft, rng, table, fits)
        return put(draft, table, name, at, rng.choice(values), severity)

    return change


def _escape(match: re.Match) -> str:
    return match[0].encode().decode("unicode_escape")


with Path(__file__).with_name("spoilt.csv").open(encoding="utf-8", newline="") as file_:
    for row_ in csv.DictReader(file_):
        register_ = FAULTS if row_["group"] == "fault" else ODDITIES
        register_[row_["name"]] = (of_one_cell(row_), row_["form"])
        IN_PLACE += [row_["name"]] if register_ is FAULTS and not row_["where"] else []


# cells that depend on what else the return holds


@kind()
def empty_cell(draft, rng):
    table = rng.choice(list(RETURN))
    name = rng.choice([f.name for f in RETURN[table].fields if not f.blank])
    return put(draft, table, name, pick(draft, rng, table), rng.choice(["", " ", "\u00a0"]))


@kind()
def near_code(draft, rng):
    table, name = rng.choice(PLACES["codes"].split()).split(".")
    at = pick(draft, rng, table)
    word = draft.tables[table][at][draft.tables[table][0].index(name)]
    near = [word + "x", word[:-1] + "_", word.replace("_", "-") + "s"]
    return put(draft, table, name, at, rng.choice(near))


@kind()
def theme_of_another_strand(draft, rng):
    put(draft, "evidence", "strand", 1, "impact")
    return put(draft, "evidence", "theme", 1, rng.choice(["workload", "capacity", "housing"]))


@kind()
def declined_something(draft, rng):
    at = pick(draft, rng, "interventions")
    put(draft, "interventions", "status", at, rng.choice(["declined", "unavailable"]))
    return put(draft, "interventions", "quantity", at, "3")


def again(draft: Draft, rng: random.Random, table: str, column: str, severity="error", **changed):
    """Enter a row once more, with other values outside its key."""
    rows = draft.tables[table]
    rows.append(list(rows[pick(draft, rng, table)]))
    for name, value in changed.items():
        put(draft, table, name, len(rows) - 1, value)
    return Expected(draft.file(table), len(rows), column, severity)


@kind()
def entered_twice(draft, rng):
    table, changed = rng.choice(
        [
            ("cases", {"family_asked": "no"}),
            ("children", {"age_band": "unknown"}),
            ("needs", {}),
            ("futures", {"likelihood": "possible"}),
            ("moderation", {"people": "1"}),
        ]
    )
    return again(draft, rng, table, RETURN[table].unique[-1], **changed)


@kind()
def ids_alike(draft, rng):
    return again(draft, rng, "cases", "case_id", case_id=draft.tables["cases"][1][0].lower())


@kind()
def case_id_in_other_letters(draft, rng):
    table = rng.choice(CASED)
    at = pick(draft, rng, table)
    return put(draft, table, "case_id", at, draft.tables[table][at][0].lower())


@kind()
def children_alike(draft, rng):
    rows = draft.tables["children"]
    rows[1][1] = "Child 1"
    rows.append([rows[1][0], rng.choice(["child 1", "Child1", "CHILD  1"]), *rows[1][2:]])
    return Expected(draft.file("children"), len(rows), "child_id")


@kind()
def moderated_and_not_told(draft, rng):
    rows, case = draft.tables["moderation"], draft.tables["moderation"][1][0]
    told = {row[1] for row in draft.tables["futures"][1:] if row[0] == case}
    future = next(f for f in ("care", "burglary", "neet") if f not in told)
    rows.append([case, future, "likely", "yes", "1", ""])
    return Expected(draft.file("moderation"), len(rows), "future")


# headers and rows


def any_table(change, form: str = "") -> tuple[Kind, str]:
    """A kind that changes the rows of some table; ``change`` gives row and column of the problem."""

    def spoil(draft: Draft, rng: random.Random) -> Expected:
        table = rng.choice(list(RETURN))
        return Expected(draft.file(table), *change(draft.tables[table], rng))

    return spoil, form


def misspelt(rows, rng):
    at = rng.randrange(len(rows[0]))
    rows[0][at] += rng.choice(["sz", "xz", "z"])
    return 1, rows[0][at]


def column_left_out(rows, rng):
    at = rng.randrange(len(rows[0]))
    return 1, [row.pop(at) for row in rows][0]


def column_added(names, value=None):
    def change(rows, rng):
        name = rng.choice(names) if names else rows[0][1]
        for at, row in enumerate(rows):
            row.append(name if not at else row[1] if value is None else value)
        return 1, name

    return change


def value_beside(rows, rng):
    at = rng.randrange(1, len(rows))
    for row in rows:
        row.append("")
    rows[at] += ["", "see me"]
    return at + 1, ""


def pasted_twice(header):
    def change(rows, rng):
        first = len(rows)
        rows.extend(list(row) for row in rows[not header :])
        return first + 1, ""

    return change


def short_line(rows, rng):
    at = rng.randrange(1, len(rows))
    del rows[at][-rng.randrange(1, 3) :]
    return at + 1, ""


def stray_comma(rows, rng):
    at = rng.randrange(1, len(rows))
    rows[at].insert(rng.randrange(1, 3), rng.choice(["x", "5"]))
    return at + 1, ""


FAULTS |= {
    "misspelt column": any_table(misspelt),
    "column left out": any_table(column_left_out),
    "column twice": any_table(column_added([])),
    "identifying column": any_table(column_added(["name", "nhs_number", "dob", "upn"], "x")),
    "other column": any_table(column_added(["comments", "cost", "worker", "total_hours"], "3")),
    "value beside the table": any_table(value_beside),
    "no header": any_table(lambda rows, rng: (rows.pop(0) and 1, "")),
    "pasted twice": any_table(pasted_twice(False)),
    "pasted twice with header": any_table(pasted_twice(True)),
    "short line": any_table(short_line, "csv"),
    "stray comma": any_table(stray_comma, "csv"),
}


@kind()
def totals_row(draft, rng):
    rows = draft.tables[table := rng.choice(["process", "interventions", "moderation"])]
    word = rng.choice(["Total", "TOTAL", "Sum", "Grand total", "Average"])
    rows.append([word, *[""] * (len(rows[0]) - 2), "36"])
    return Expected(draft.file(table), len(rows))


@kind()
def example_changed(draft, rng):
    draft.tables["needs"].insert(1, ["e.g. A01", "child", "education"])
    return Expected(draft.file("needs"), 2, "case_id")


# the bytes of a file, the files of a folder


def rezipped(
    raw: bytes, change: Callable[[str, bytes], bytes | None], add: dict[str, bytes] | None = None
) -> bytes:
    out = io.BytesIO()
    old = zipfile.ZipFile(io.BytesIO(raw))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
        for name, part in (add or {}).items():
            new.writestr(name, part)
    return out.getvalue()


def rewritten(change: Callable[[bytes], bytes], pattern: str) -> Callable[[Path], None]:
    return lambda folder: [p.write_bytes(change(p.read_bytes())) for p in folder.glob(pattern)]


def after(spoil: Callable[[Path], object], file: str) -> Kind:
    """A kind that spoils what was written."""

    def change(draft: Draft, rng: random.Random) -> Expected:
        draft.after.append(spoil)
        return Expected(file)

    return change


for name_, change_ in {
    "semicolons": lambda raw: raw.replace(b",", b";"),
    "utf-16": lambda raw: raw.decode().encode("utf-16"),
    "utf-16 without mark": lambda raw: raw.decode().encode("utf-16-le"),
    "null characters": lambda raw: raw.replace(b"\n", b"\n\0", 2),
    "neither encoding": lambda raw: raw + b"\x81\x8d\x9d\n",
    "empty file": lambda raw: b"",
    "a web page": lambda raw: b"<html><body><table><tr><td>case_id</td></tr></table></body></html>",
    "a workbook as csv": lambda raw: b"PK\x03\x04" + raw,
    "sep line": lambda raw: b"sep=,\n" + raw,
    "quote left open": lambda raw: raw + b'"x,y\nz,1\n',
    "quote closed lines later": lambda raw: re.sub(
        rb"(\n[^\n]*,)([^\n]*\n[^\n]*)", rb'\1"\2"', raw, count=1
    ),
}.items():
    FAULTS[name_] = (after(rewritten(change_, "process.csv"), "la-99/process.csv"), "csv")


def with_entities(name: str, part: bytes) -> bytes:
    declared = b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><work'
    return part.replace(b"<work", declared, 1) if "sheet2" in name else part


def bytes_turned(raw: bytes) -> bytes:
    """Some bytes of the first sheet."""
    part = zipfile.ZipFile(io.BytesIO(raw)).getinfo("xl/worksheets/sheet1.xml")
    at = part.header_offset + 60 + part.compress_size // 2
    return raw[:at] + bytes(255 - byte for byte in raw[at : at + 40]) + raw[at + 40 :]


def parts(change: Callable[[str, bytes], bytes | None], add=None) -> Callable[[bytes], bytes]:
    return lambda raw: rezipped(raw, change, add)


for name_, change_ in {
    "empty workbook": lambda raw: b"",
    "cut short": lambda raw: raw[: len(raw) // 2],
    "web page as workbook": lambda raw: b"<html><table><tr><td>1</td></tr></table></html>",
    "csv as workbook": lambda raw: b"case_id,status\nA,open\n",
    "old or protected": lambda raw: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "other archive": parts(lambda name, part: None, {"a.txt": b"hello"}),
    "sheet not XML": parts(lambda n, p: b"<worksheet><sheetData><row>" if "sheet4" in n else p),
    "sheet gone": parts(lambda n, p: None if "sheet4" in n else p),
    "entities": parts(with_entities),
    "bytes turned": bytes_turned,
    "locked": lambda raw: raw.replace(b"PK\1\2\x14\3\x14\0\0", b"PK\1\2\x14\3\x14\0\1", 1),
    "part twice": parts(lambda name, part: part, {"XL/workbook.XML": b""}),
    "list of parts too long": lambda raw: (
        raw[:-22] + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 2**31, 0, 0)
    ),
}.items():
    FAULTS[name_] = (after(rewritten(change_, "return.xlsx"), "la-99/return.xlsx"), "xlsx")


def linked(folder: Path, name: str) -> None:
    (folder / name).rename(folder / "aside.bin")
    (folder / name).symlink_to(folder / "aside.bin")


def folder_for(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).mkdir()


def folder_linked(folder: Path) -> None:
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to(folder.parent / "elsewhere")


def copied(folder: Path, name: str, other: str) -> None:
    (folder / other).write_bytes((folder / name).read_bytes())


for name_, form_, file_, spoil_ in (
    ("no cases file", "csv", "", lambda f: (f / "cases.csv").unlink()),
    ("file of no table", "csv", "/proces.csv", lambda f: copied(f, "process.csv", "proces.csv")),
    ("copy of a file", "csv", "/cases (2).csv", lambda f: copied(f, "cases.csv", "cases (2).csv")),
    ("two files of a table", "csv", "", lambda f: copied(f, "cases.csv", "CASES.csv")),
    ("both forms", "csv", "", lambda f: (f / "return.xlsx").write_bytes(b"PK\3\4")),
    ("table a link", "csv", "/process.csv", lambda f: linked(f, "process.csv")),
    ("workbook a link", "xlsx", "/return.xlsx", lambda f: linked(f, "return.xlsx")),
    ("folder for a table", "csv", "/process.csv", lambda f: folder_for(f, "process.csv")),
    ("folder for a workbook", "xlsx", "/return.xlsx", lambda f: folder_for(f, "return.xlsx")),
    ("folder a link", "", "", folder_linked),
    ("two workbooks", "xlsx", "/", lambda f: copied(f, "return.xlsx", "RETURN.xlsx")),
    ("old workbook", "xlsx", "", lambda f: (f / "return.xlsx").rename(f / "return.xls")),
    ("workbook's name", "xlsx", "", lambda f: (f / "return.xlsx").rename(f / "return (1).xlsx")),
    ("nothing sent", "", "", lambda f: [path.unlink() for path in list(f.iterdir())]),
    (
        "own costs a link",
        "",
        "/unit_costs.csv",
        lambda f: (f / "unit_costs.csv").symlink_to(f / "x"),
    ),
):
    FAULTS[name_] = (after(spoil_, f"la-99{file_}"), form_)


# workbooks


def in_book(draft: Draft, spoil: Callable[[openpyxl.Workbook], object]) -> None:
    draft.in_book.append(spoil)


def in_sheet(value) -> Kind:
    def fault(draft: Draft, rng: random.Random) -> Expected:
        table = rng.choice(["process", "moderation", "needs", "futures"])
        row = rng.randrange(2, len(draft.tables[table]))
        name = rng.choice([f.name for f in RETURN[table].fields if not f.blank])
        at = RETURN[table].names.index(name) + 1
        in_book(draft, lambda book: book[table].cell(row, at, value))
        return Expected("la-99/return.xlsx", row, name)

    return fault


for value_ in ("#N/A", "#REF!", "=1+1", "=VLOOKUP(A2,Z:Z,1,0)", True):
    FAULTS[f"cell {value_}"] = (in_sheet(value_), "xlsx")


def formatted(table: str, name: str, value: float, *formats: str) -> tuple[Kind, str]:
    """A kind that writes a number under a number format that makes something else of it."""

    def fault(draft: Draft, rng: random.Random) -> Expected:
        row, at = pick(draft, rng, table) + 1, RETURN[table].names.index(name) + 1
        shown = rng.choice(formats)
        spoil = lambda book: setattr(book[table].cell(row, at, value), "number_format", shown)  # noqa: E731
        in_book(draft, spoil)
        return Expected(draft.file(table), row, name)

    return fault, "xlsx"


FAULTS |= {
    "date for a number": formatted("process", "hours", 1.5, "h:mm", "dd/mm/yyyy", "[h]:mm:ss"),
    "date with time": formatted("cases", "started", 40575.4, "dd/mm/yyyy hh:mm"),
    "unformatted date": formatted("cases", "started", 40575, "General"),
    "id as a date": formatted("needs", "case_id", 40575, "d-mmm"),
}
for name_, file_row_, spoil_ in (
    ("merged cells", 2, lambda book: book["needs"].merge_cells("A2:A3")),
    ("no cases sheet", 0, lambda book: book.remove(book["cases"])),
    ("far cell", 1_048_576, lambda book: book["process"].cell(1_048_576, 16_384, "x")),
    ("many columns", 0, lambda book: [book["needs"].cell(2, at, "x") for at in range(4, 80)]),
    ("two sheets of a table", 0, lambda book: twice(book, "needs", " Needs")),
    *(
        (f"sheet {name} {state}", 0, lambda book, n=name, s=state: hidden_sheet(book, n, s))
        for name, state in (("Sheet1", "visible"), ("Proces", "hidden"), ("Issues", "veryHidden"))
    ),
):

    def of_book_(draft, rng, row=file_row_, spoil=spoil_):
        in_book(draft, spoil)
        return Expected("la-99/return.xlsx", row)

    FAULTS[name_] = (of_book_, "xlsx")


def twice(book: openpyxl.Workbook, name: str, title: str) -> None:
    book.copy_worksheet(book[name]).title = title


def hidden_sheet(book: openpyxl.Workbook, name: str, state: str) -> None:
    (book[name] if name in book else book.create_sheet(name)).sheet_state = state


# what is odd


@kind("csv", ODDITIES)
def windows_text(draft, rng):
    put(draft, "moderation", "note", pick(draft, rng, "moderation"), "caf\u00e9 visit")
    draft.after.append(rewritten(lambda raw: raw.decode().encode("cp1252"), "moderation.csv"))
    return Expected(draft.file("moderation"), severity="warning")


@kind("xlsx", ODDITIES)
def hidden_things(draft, rng):
    row = pick(draft, rng, "process") + 1
    what = rng.choice(["row", "column", "sheet"])
    spoil = {
        "row": lambda book: setattr(book["process"].row_dimensions[row], "hidden", True),
        "column": lambda book: setattr(book["process"].column_dimensions["D"], "hidden", True),
        "sheet": lambda book: hidden_sheet(book, "process", "hidden"),
    }[what]
    in_book(draft, spoil)
    return Expected(draft.file("process"), row if what == "row" else 0, severity="warning")


@kind("csv", ODDITIES)
def id_like_a_date(draft, rng):
    case, new = draft.tables["cases"][2][0], rng.choice(["02-Jan", "5-nov", "Mar-11"])
    each_cell(lambda table, name, value: new if value == case else value)(draft, rng)
    return Expected(draft.file("cases"), 3, "case_id", "warning")


@kind("", ODDITIES)
def case_without_rows(draft, rng):
    case, table = draft.tables["cases"][1][0], rng.choice(["children", "process"])
    draft.tables[table] = [row for row in draft.tables[table] if row[0] != case]
    return Expected(draft.file("cases"), 2, "case_id", "warning")


@kind("", ODDITIES)
def row_repeated(draft, rng):
    table = rng.choice(["process", "interventions", "outcomes"])
    return again(draft, rng, table, "case_id", "warning")


@kind("", ODDITIES)
def told_and_not_moderated(draft, rng):
    case, future, *_ = draft.tables["moderation"].pop()
    told = [row[:2] for row in draft.tables["futures"]]
    return Expected(draft.file("futures"), told.index([case, future]) + 1, "future", "warning")


@kind("", ODDITIES)
def witnesses_differ(draft, rng):
    put(draft, "futures", "likelihood", 1, "very_unlikely")
    return put(draft, "futures", "likelihood", 2, "highly_likely", "warning")


@kind("", ODDITIES)
def far_from_the_median(draft, rng):
    case, rows = draft.tables["cases"][1][0], draft.tables["interventions"]
    for quantity in (1, 1.1, 1.2, 1.3, 400):
        rows.append([case, "respite", "bed", str(quantity), "child", "delivered"])
    return Expected(draft.file("interventions"), len(rows), "quantity", "warning")


# what is harmless


def each_cell(change: Callable[[str, str, str], str], header: bool = True):
    """Change every cell of text, given table, column and value."""

    def variant(draft: Draft, rng: random.Random) -> None:
        for table, rows in draft.tables.items():
            for row in rows if header else rows[1:]:
                pairs = list(zip(list(rows[0]), row, strict=False))
                row[:] = [change(table, name, v) if isinstance(v, str) else v for name, v in pairs]

    return variant


def of_kind(kinds: str, change: Callable[[str], str]):
    def of_cell(table: str, name: str, value: str) -> str:
        return change(value) if RETURN[table][name].kind in kinds.split() and value else value

    return each_cell(of_cell, header=False)


def english(short: bool) -> Callable[[str], str]:
    def change(value: str) -> str:
        year, month, day = value.split("-")
        return f"{int(day)}/{int(month)}/{year}" if short else f"{day}/{month}/{year}"

    return change


def loud_header(draft: Draft, rng: random.Random) -> None:
    for rows in draft.tables.values():
        rows[0] = [name.upper() for name in rows[0]]


def reorder(draft: Draft, rng: random.Random) -> None:
    for table, rows in draft.tables.items():
        order = rng.sample(range(len(rows[0])), len(rows[0]))
        draft.tables[table] = [[row[at] for at in order] for row in rows]


def blank_rows(draft: Draft, rng: random.Random) -> None:
    for rows in draft.tables.values():
        for at in (rng.randrange(1, len(rows)), len(rows) + 1):
            rows.insert(at, [rng.choice(["", " "])] * len(rows[0]))


def unnamed_columns(draft: Draft, rng: random.Random) -> None:
    for rows in draft.tables.values():
        for row in rows:
            row.extend(["", " "])


def to_text(book: openpyxl.Workbook) -> None:
    """Numbers and dates stored as text."""
    for cell in (cell for sheet in book for row in sheet.iter_rows(min_row=2) for cell in row):
        if cell.value is not None and not isinstance(cell.value, str):
            cell.value, cell.data_type = str(cell.value).removesuffix(" 00:00:00"), "s"


def looks(book: openpyxl.Workbook) -> None:
    """Fonts, frozen panes, widths, a filter and comments."""
    for sheet in book:
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = sheet.dimensions
        sheet.column_dimensions["A"].width = 30
        sheet["A1"].comment = openpyxl.comments.Comment("a note", "a person")
        sheet["A1"].font = openpyxl.styles.Font(bold=True)
        for at in range(sheet.max_row + 1, sheet.max_row + 40):
            sheet.cell(at, 2).number_format = "0.00"


def numbered_ids(book: openpyxl.Workbook) -> None:
    """Child ids as numbers of a workbook: 1.0 is 1."""
    for _, child in book["children"]["A2:B99"]:
        child.value = float(child.value) if child.value else None


def more_sheets(*names: str):
    return lambda book: [book.create_sheet(name).append(["any", "thing"]) for name in names]


def sheets_only(change: Callable[[bytes], bytes]) -> Callable[[str, bytes], bytes]:
    return lambda name, part: change(part) if "worksheets/sheet" in name else part


def prefix(part: bytes) -> bytes:
    """The same XML with every tag under a namespace prefix, as some writers do."""
    return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", part).replace(b"xmlns=", b"xmlns:x=", 1)


prefixed = sheets_only(prefix)
commented = sheets_only(lambda p: p.replace(b"<sheetData>", b"<!-- a remark --><sheetData>"))


def strict(name: str, part: bytes) -> bytes:
    """The same workbook under the names of the strict form of the standard."""
    old, new = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    part = part.replace(old + b"officeDocument/2006/", new + b"officeDocument/")
    return part.replace(old + b"spreadsheetml/2006/", new + b"spreadsheetml/")


def without_references(part: bytes) -> bytes:
    """Rows and cells that do not say where they stand, as some writers leave them."""

    def bare(row: re.Match) -> bytes:
        cells = {at[1]: at[0] for at in re.finditer(rb'<c r="([A-Z]+)\d+".*?(?:/>|</c>)', row[0])}
        names = [bytes([letter]) for letter in range(65, max(cells, default=b"A")[0] + 1)]
        whole = b"".join(cells.get(name, b"<c/>") for name in names)
        return b"<row>" + re.sub(rb' r="\w+"', b"", whole) + b"</row>"

    return re.sub(rb"<row .*?</row>", bare, part, flags=re.DOTALL)


def saved_formula(name: str, part: bytes) -> bytes:
    return part.replace(b"<v>", b"<f>1+0</f><v>") if "sheet4" in name else part


def renamed(folder: Path) -> None:
    for path in list(folder.glob("*.csv")):
        path.rename(folder / path.name.upper())


for name_, change_, form_ in [
    ("nothing changed", lambda draft, rng: None, ""),
    ("spaces around", each_cell(lambda t, n, v: f"  {v} "), "csv"),
    ("tabs around", each_cell(lambda t, n, v: f"\t{v}\t"), "csv"),
    ("no-break spaces around", each_cell(lambda t, n, v: f"\u00a0{v}\u00a0"), ""),
    ("codes in capitals", of_kind("code item future", str.upper), ""),
    ("header in capitals", loud_header, "csv"),
    ("columns in another order", reorder, "csv"),
    ("English dates", of_kind("date", english(False)), ""),
    ("short English dates", of_kind("date", english(True)), ""),
    ("2.00 for 2", of_kind("whole number", lambda v: f"{float(v):.2f}"), ""),
    ("02 for 2", of_kind("whole number", lambda v: f"0{v}"), "csv"),
    ("blank rows", blank_rows, ""),
    ("columns without a name", unnamed_columns, ""),
    ("an example row", lambda d, r: example_row(d), ""),
    ("everything quoted", lambda d, r: d.dialect.update(quoting=1), "csv"),
    *(
        (name, lambda d, r, c=change: d.after.append(rewritten(c, "*.csv")), "csv")
        for name, change in (
            ("byte order mark", lambda raw: b"\xef\xbb\xbf" + raw),
            ("blank row on top", lambda raw: b" ,\n" + raw),
            ("Windows line ends", lambda raw: raw.replace(b"\n", b"\r\n")),
            ("old Mac line ends", lambda raw: raw.replace(b"\n", b"\r")),
            ("no last line end", lambda raw: raw.rstrip(b"\n")),
            ("many last line ends", lambda raw: raw + b"\n\n\r\n ,,\n"),
        )
    ),
    ("file names in capitals", lambda d, r: d.after.append(renamed), "csv"),
    *(
        (f"{name} beside", lambda d, r, n=name: d.after.append(lambda f: beside(f, n)), "")
        for name in ("NOTICE.md", "~$return.xlsx", "._cases.csv", "unit_costs.csv")
    ),
    *(
        (name, lambda d, r, c=change: in_book(d, c), "xlsx")
        for name, change in (
            ("numbers as text", to_text),
            ("guidance sheets", more_sheets("READ ME", "Guidance", " LISTS")),
            ("looks", looks),
            ("ids as numbers", numbered_ids),
        )
    ),
    *(
        (name, lambda d, r, c=change: d.after.append(rewritten(c, "return.xlsx")), "xlsx")
        for name, change in (
            ("formulas with saved values", parts(saved_formula)),
            ("strict form", parts(strict)),
            ("cells without references", parts(sheets_only(without_references))),
            ("parts in other letters", lambda raw: raw.replace(b"/sheet2.xml", b"/Sheet2.xml")),
        )
    ),
]:

    def variant_(draft, rng, change=change_):
        change(draft, rng)
        return Expected(draft.file("cases"), severity="none")

    HARMLESS[name_] = (variant_, form_)


def beside(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"hello")


def example_row(draft: Draft) -> None:
    draft.tables["needs"].insert(1, ["e.g. A01", "child", "behaviour"])
