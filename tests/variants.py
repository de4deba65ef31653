"""What is odd in a return and to be warned of, and what is harmless: kinds in the manner of :mod:`faults`.

``ODDITIES`` are read and warned of; ``HARMLESS`` variants give the very tables of the sound return.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import openpyxl
from drafts import Draft
from faults import Expected, Kind, again, kind, pick, put, rezipped

from larcnb.schema import RETURN

ODDITIES: dict[str, tuple[Kind, str]] = {}
HARMLESS: dict[str, tuple[Kind, str]] = {}


@kind(ODDITIES, "csv")
def windows_text(draft, rng):
    at = pick(draft, rng, "moderation")
    put(draft, "moderation", "note", at, "caf\u00e9 visit")
    draft.after.append(
        lambda folder: (folder / "moderation.csv").write_bytes(
            (folder / "moderation.csv").read_bytes().decode().encode("cp1252")
        )
    )
    return Expected(draft.file("moderation"), severity="warning")


@kind(ODDITIES, "xlsx")
def hidden_rows(draft, rng):
    at = pick(draft, rng, "process")
    draft.in_book.append(
        lambda book: setattr(book["process"].row_dimensions[at + 1], "hidden", True)
    )
    return Expected(draft.file("process"), at + 1, severity="warning")


@kind(ODDITIES, "xlsx")
def hidden_column(draft, rng):
    draft.in_book.append(
        lambda book: setattr(book["process"].column_dimensions["D"], "hidden", True)
    )
    return Expected(draft.file("process"), severity="warning")


@kind(ODDITIES, "xlsx")
def hidden_sheet(draft, rng):
    draft.in_book.append(lambda book: setattr(book["needs"], "sheet_state", "hidden"))
    return Expected(draft.file("needs"), severity="warning")


def odd_value(
    name: str, table: str, column_name: str, *values: str, where=lambda row: True
) -> None:
    def oddity(draft: Draft, rng: random.Random) -> Expected:
        return put(
            draft, table, column_name, pick(draft, rng, table, where), rng.choice(values), "warning"
        )

    ODDITIES[name] = (oddity, "")


odd_value("long line", "process", "hours", "80", "41", "199.5")
odd_value("crowd", "process", "people", "21", "999")
odd_value("many affected", "moderation", "people", "11", "400")
odd_value("late meeting", "process", "meeting_no", "31", where=lambda row: row["meeting_no"] != "")
odd_value(
    "closes in future",
    "cases",
    "closed",
    "2030-01-01",
    "31/12/2099",
    where=lambda row: row["closed"],
)
odd_value("telephone", "moderation", "note", "ring 0113 496 0123", "07700900123", "+44 7700 900123")
odd_value("postcode", "evidence", "quote", "moved to LS1 4AP", "near sw1a1aa")
odd_value("nhs number", "moderation", "note", "943 476 5919", "ref 9434765919 seen")
odd_value("e-mail", "evidence", "mechanism", "write to a.b@example.org")
odd_value("birth date", "evidence", "quote", "born 3/4/1999", "dob 2001-05-06", "3rd April 2009")


@kind(ODDITIES, "csv")
def id_like_a_date(draft, rng):
    case, new = draft.tables["cases"][2][0], rng.choice(["02-Jan", "5-nov", "Mar-11"])
    each_cell(draft, lambda table, name, value: new if value == case else value)
    return Expected(draft.file("cases"), 3, "case_id", "warning")


@kind(ODDITIES)
def no_children(draft, rng):
    case = draft.tables["cases"][1][0]
    draft.tables["children"] = [row for row in draft.tables["children"] if row[0] != case]
    return Expected(draft.file("cases"), 2, "case_id", "warning")


@kind(ODDITIES)
def no_process(draft, rng):
    case = draft.tables["cases"][1][0]
    draft.tables["process"] = [row for row in draft.tables["process"] if row[0] != case]
    return Expected(draft.file("cases"), 2, "case_id", "warning")


@kind(ODDITIES)
def row_repeated(draft, rng):
    table = rng.choice(["process", "interventions", "outcomes"])
    return Expected(
        again(draft, rng, table, {}, "").file, len(draft.tables[table]), "case_id", "warning"
    )


@kind(ODDITIES)
def told_and_not_moderated(draft, rng):
    case, future, *_ = draft.tables["moderation"].pop()
    told = [row[:2] for row in draft.tables["futures"]]
    return Expected(draft.file("futures"), told.index([case, future]) + 1, "future", "warning")


@kind(ODDITIES)
def witnesses_differ(draft, rng):
    rows = draft.tables["futures"]
    rows[1][3], rows[2][3] = "very_unlikely", "highly_likely"
    return Expected(draft.file("futures"), 3, "likelihood", "warning")


@kind(ODDITIES)
def far_from_the_median(draft, rng):
    case = draft.tables["cases"][1][0]
    rows = draft.tables["interventions"]
    rows += [
        [case, "respite", "bed", str(q), "child", "delivered"] for q in (1, 1.1, 1.2, 1.3, 400)
    ]
    return Expected(draft.file("interventions"), len(rows), "quantity", "warning")


def harmless(name: str, change: Callable[[Draft, random.Random], None], form: str = "") -> None:
    def variant(draft: Draft, rng: random.Random) -> Expected:
        change(draft, rng)
        return Expected(draft.file("cases"), severity="none")

    HARMLESS[name] = (variant, form)


def each_cell(draft: Draft, change: Callable[[str, str, str], str], header: bool = True) -> None:
    """Change every cell of text, given table, column and value."""
    for table, rows in draft.tables.items():
        names = list(rows[0])
        for at, row in enumerate(rows):
            if at or header:
                row[:] = [
                    change(table, name, v) if isinstance(v, str) else v
                    for name, v in zip(names, row, strict=False)
                ]


def kind_of(table: str, name: str) -> str:
    return RETURN[table][name].kind


def shout(table: str, name: str, value: str) -> str:
    return value.upper() if kind_of(table, name) in ("code", "item", "future") else value


def loud_header(draft: Draft, rng: random.Random) -> None:
    for rows in draft.tables.values():
        rows[0] = [name.upper() for name in rows[0]]


def reorder(draft: Draft, rng: random.Random) -> None:
    for table, rows in draft.tables.items():
        order = rng.sample(range(len(rows[0])), len(rows[0]))
        draft.tables[table] = [[row[at] for at in order] for row in rows]


def english(short: bool) -> Callable[[str, str, str], str]:
    def change(table: str, name: str, value: str) -> str:
        if kind_of(table, name) != "date" or not value[:1].isdigit():
            return value
        year, month, day = value.split("-")
        return f"{int(day)}/{int(month)}/{year}" if short else f"{day}/{month}/{year}"

    return change


def pad_number(table: str, name: str, value: str) -> str:
    if kind_of(table, name) not in ("whole", "number") or not value[:1].isdigit():
        return value
    return f"{float(value):.2f}"


def leading_zero(table: str, name: str, value: str) -> str:
    numeric = kind_of(table, name) in ("whole", "number") and value[:1].isdigit()
    return f"0{value}" if numeric else value


def blank_rows(at: str) -> Callable[[Draft, random.Random], None]:
    def change(draft: Draft, rng: random.Random) -> None:
        for rows in draft.tables.values():
            empty = ["" if rng.random() < 0.5 else " "] * len(rows[0])
            rows.insert(
                len(rows) if at == "end" else 0 if at == "top" else rng.randrange(1, len(rows)),
                empty,
            )

    return change


def rewrite(change: Callable[[bytes], bytes]) -> Callable[[Draft, random.Random], None]:
    def variant(draft: Draft, rng: random.Random) -> None:
        def spoil(folder):
            for path in folder.glob("*.csv"):
                path.write_bytes(change(path.read_bytes()))

        draft.after.append(spoil)

    return variant


def rename(draft: Draft, rng: random.Random) -> None:
    draft.after.append(
        lambda folder: [p.rename(folder / p.name.upper()) for p in list(folder.glob("*.csv"))]
    )


def drop_empty_tables(draft: Draft, rng: random.Random) -> None:
    draft.tables["evidence"] = draft.tables["evidence"][:1]


def beside(name: str, content: bytes = b"hello") -> Callable[[Draft, random.Random], None]:
    return lambda draft, rng: draft.after.append(
        lambda folder: (folder / name).write_bytes(content)
    )


def to_text(draft: Draft, rng: random.Random) -> None:
    """Numbers and dates of a workbook stored as text."""

    def spoil(book):
        for sheet in book:
            for row in sheet.iter_rows(min_row=2):
                for cell in row:
                    if cell.value is not None and not isinstance(cell.value, str):
                        text = str(cell.value)
                        cell.value = text.removesuffix(" 00:00:00")
                        cell.data_type = "s"

    draft.in_book.append(spoil)


def extra_sheets(*names: str) -> Callable[[Draft, random.Random], None]:
    def variant(draft: Draft, rng: random.Random) -> None:
        draft.in_book.append(
            lambda book: [book.create_sheet(name).append(["any", "thing"]) for name in names]
        )

    return variant


def looks(draft: Draft, rng: random.Random) -> None:
    """Fonts, frozen panes, widths, a filter and comments."""

    def spoil(book):
        for sheet in book:
            sheet.freeze_panes = "B2"
            sheet.auto_filter.ref = sheet.dimensions
            sheet.column_dimensions["A"].width = 30
            sheet["A1"].comment = openpyxl.comments.Comment("a note", "a person")
            sheet["A1"].font = openpyxl.styles.Font(bold=True)
            for at in range(sheet.max_row + 1, sheet.max_row + 40):
                sheet.cell(at, 2).number_format = "0.00"

    draft.in_book.append(spoil)


def example_row(draft: Draft, rng: random.Random) -> None:
    draft.tables["needs"].insert(1, ["e.g. A01", "child", "behaviour"])


def numbered_ids(draft: Draft, rng: random.Random) -> None:
    """Child ids as numbers of a workbook: 1.0 is 1."""

    def spoil(book):
        for _, child in book["children"]["A2:B99"]:
            child.value = float(child.value) if child.value else None

    draft.in_book.append(spoil)


def saved_formula(draft: Draft, rng: random.Random) -> None:
    def saved(name: str, part: bytes) -> bytes:
        return part.replace(b"<v>", b"<f>1+0</f><v>") if "sheet4" in name else part

    draft.after.append(lambda folder: rewrite_book(folder / "return.xlsx", saved))


def rewrite_book(path, change: Callable[[str, bytes], bytes | None]) -> None:
    path.write_bytes(rezipped(path.read_bytes(), change))


def prefixed(name: str, part: bytes) -> bytes:
    """The same XML with every tag under a namespace prefix, as some writers do."""
    if "worksheets/sheet" not in name:
        return part
    part = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", part)
    return part.replace(b"xmlns=", b"xmlns:x=", 1)


def commented(name: str, part: bytes) -> bytes:
    return (
        part.replace(b"<sheetData>", b"<!-- a remark --><sheetData>")
        if "worksheets/sheet" in name
        else part
    )


def strict(name: str, part: bytes) -> bytes:
    """The same workbook under the names of the strict form of the standard."""
    old, new = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    part = part.replace(old + b"officeDocument/2006/", new + b"officeDocument/")
    return part.replace(old + b"spreadsheetml/2006/", new + b"spreadsheetml/")


def without_references(name: str, part: bytes) -> bytes:
    """Rows and cells that do not say where they stand, as some writers leave them; empty cells are written."""
    if "worksheets/sheet" not in name:
        return part

    def whole(row: re.Match) -> bytes:
        cells = {at[1]: at[0] for at in re.finditer(rb'<c r="([A-Z]+)\d+".*?(?:/>|</c>)', row[0])}
        last = max(cells, default=b"A")
        names = [bytes([letter]) for letter in range(65, last[0] + 1)]
        return (
            b"<row>"
            + b"".join(re.sub(rb' r="\w+"', b"", cells.get(n, b"<c/>")) for n in names)
            + b"</row>"
        )

    return re.sub(rb"<row .*?</row>", whole, part, flags=re.DOTALL)


def bare(draft: Draft, rng: random.Random) -> None:
    draft.after.append(lambda folder: rewrite_book(folder / "return.xlsx", without_references))


def other_letters(draft: Draft, rng: random.Random) -> None:
    """Parts of the archive in other letters than their list has them."""

    def spoil(folder):
        path = folder / "return.xlsx"
        raw = path.read_bytes()
        path.write_bytes(raw.replace(b"xl/worksheets/sheet2.xml", b"xl/worksheets/Sheet2.xml"))

    draft.after.append(spoil)


for name_, change_, form_ in [
    ("nothing changed", lambda draft, rng: None, ""),
    ("spaces around", lambda d, r: each_cell(d, lambda t, n, v: f"  {v} "), "csv"),
    ("tabs around", lambda d, r: each_cell(d, lambda t, n, v: f"\t{v}\t"), "csv"),
    ("no-break spaces around", lambda d, r: each_cell(d, lambda t, n, v: f"\u00a0{v}\u00a0"), ""),
    ("codes in capitals", lambda d, r: each_cell(d, shout, header=False), ""),
    ("header in capitals", loud_header, "csv"),
    ("columns in another order", reorder, "csv"),
    ("English dates", lambda d, r: each_cell(d, english(False), header=False), ""),
    ("short English dates", lambda d, r: each_cell(d, english(True), header=False), ""),
    ("2.00 for 2", lambda d, r: each_cell(d, pad_number, header=False), ""),
    ("02 for 2", lambda d, r: each_cell(d, leading_zero, header=False), "csv"),
    ("blank rows at the end", blank_rows("end"), ""),
    ("blank rows between", blank_rows("between"), ""),
    ("blank row on top", blank_rows("top"), "csv"),
    (
        "columns without a name",
        lambda d, r: [row.extend(["", " "]) for rows in d.tables.values() for row in rows],
        "",
    ),
    ("an example row", example_row, ""),
    ("byte order mark", rewrite(lambda raw: b"\xef\xbb\xbf" + raw), "csv"),
    ("Windows line ends", rewrite(lambda raw: raw.replace(b"\n", b"\r\n")), "csv"),
    ("old Mac line ends", rewrite(lambda raw: raw.replace(b"\n", b"\r")), "csv"),
    ("no last line end", rewrite(lambda raw: raw.rstrip(b"\n")), "csv"),
    ("many last line ends", rewrite(lambda raw: raw + b"\n\n\r\n ,,\n"), "csv"),
    ("everything quoted", lambda d, r: d.dialect.update(quoting=1), "csv"),
    ("file names in capitals", rename, "csv"),
    ("a notice beside", beside("NOTICE.md"), ""),
    ("other files beside", beside("minutes.docx"), ""),
    ("a lock file beside", beside("~$return.xlsx"), ""),
    ("hidden files beside", beside("._cases.csv", b"\0\5\x16"), ""),
    ("own costs beside", beside("unit_costs.csv"), ""),
    ("the checked copy beside", beside("return.checked.xlsx"), ""),
    ("numbers as text", to_text, "xlsx"),
    ("guidance sheets", extra_sheets("READ ME", "Guidance", "Lists"), "xlsx"),
    ("guidance in small letters", extra_sheets("read me ", " LISTS"), "xlsx"),
    ("looks", looks, "xlsx"),
    ("ids as numbers", numbered_ids, "xlsx"),
    ("formulas with saved values", saved_formula, "xlsx"),
    (
        "prefixed XML",
        lambda d, r: d.after.append(lambda f: rewrite_book(f / "return.xlsx", prefixed)),
        "xlsx",
    ),
    (
        "strict form",
        lambda d, r: d.after.append(lambda f: rewrite_book(f / "return.xlsx", strict)),
        "xlsx",
    ),
    ("cells without references", bare, "xlsx"),
    ("parts in other letters", other_letters, "xlsx"),
    (
        "remarks in the XML",
        lambda d, r: d.after.append(lambda f: rewrite_book(f / "return.xlsx", commented)),
        "xlsx",
    ),
]:
    harmless(name_, change_, form_)
