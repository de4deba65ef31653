"""Kinds of fault a return may have, made at random from a seed; ``variants`` holds what is odd or harmless.

Each kind changes a sound :class:`drafts.Draft` and says what must be said of it: :class:`Expected` names the
severity, the file and, for the fault of one cell, its row and column. Kinds marked with a form apply to it only.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import openpyxl
from drafts import GIVEN, Draft

from larcnb.schema import RETURN

CASED = [name for name in RETURN if name not in ("cases", "evidence")]
NUMBERS = [
    ("process", "hours"),
    ("process", "people"),
    ("interventions", "quantity"),
    ("moderation", "people"),
]
WHOLES = [("process", "people"), ("moderation", "people")]
CODED = [
    (name, column)
    for name, table in RETURN.items()
    for column in table.columns
    if table[column].kind in ("code", "item", "future")
]
DATED = [("cases", "started"), ("cases", "closed")]
TEXTS = [("moderation", "note"), ("evidence", "mechanism"), ("evidence", "quote")]


@dataclass(frozen=True)
class Expected:
    """What must be said: of a file, and where it is about a cell, of its row and column."""

    file: str
    row: int = 0
    column: str = ""
    severity: str = "error"


Kind = Callable[[Draft, random.Random], Expected]
FAULTS: dict[str, tuple[Kind, str]] = {}


def kind(register: dict, form: str = "", name: str = ""):
    def keep(function: Kind) -> Kind:
        register[name or function.__name__] = (function, form)
        return function

    return keep


def column(draft: Draft, table: str, name: str) -> int:
    return draft.tables[table][0].index(name)


def pick(
    draft: Draft, rng: random.Random, table: str, where: Callable[[dict], bool] = lambda row: True
) -> int:
    """The index of a row of a table for which ``where`` holds (the header is 0)."""
    rows = draft.tables[table]
    fit = [at for at in range(1, len(rows)) if where(dict(zip(rows[0], rows[at], strict=False)))]
    return rng.choice(fit)


def put(draft: Draft, table: str, name: str, at: int, value, severity: str = "error") -> Expected:
    draft.tables[table][at][column(draft, table, name)] = value
    return Expected(draft.file(table), at + 1, name, severity)


def value_fault(name: str, places: list[tuple[str, str]], *values, form: str = "") -> None:
    """A kind that puts one of ``values`` into a filled cell of one of the columns."""

    def fault(draft: Draft, rng: random.Random) -> Expected:
        table, column_name = rng.choice(places)
        at = pick(draft, rng, table, lambda row: row[column_name] != "")
        return put(draft, table, column_name, at, rng.choice(values))

    FAULTS[name] = (fault, form)


for name_, values_ in {
    "unit in a number": ["1.5 hrs", "2h", "90 mins", "3 people"],
    "time for hours": ["1:30", "01:30:00"],
    "pounds": ["£12", "12 GBP", "$5"],
    "thousands comma": ["1,200", "1,200.50"],
    "decimal comma": ["1,5"],
    "exponent": ["1e3", "1E-1", "2e0"],
    "plus sign": ["+2"],
    "underscore digits": ["1_0"],
    "not finite": ["inf", "nan", "NaN", "-inf", "Infinity"],
    "foreign digits": ["１２", "٣", "²"],
    "words for a number": ["two", "several", "half"],
    "two points": ["1.5.2", ".", "1..5"],
    "fraction": ["1/2", "1½"],
    "inner space in a number": ["1 5", "1\u00a05"],
    "approximate": ["~3", "3?", "c.2", "2-3", "<1"],
    "negative": ["-1", "-0.5"],
    "missing word for a number": ["None", "N/A", "null", "nan", "-", "tbc"],
    "huge": ["1e400", "9" * 40],
}.items():
    value_fault(name_, NUMBERS, *values_)
value_fault("hours above 200", [("process", "hours")], "201", "200.01", "1000")
value_fault("no hours", [("process", "hours")], "0", "0.0")
value_fault("no people", WHOLES, "0")
value_fault("too many people", WHOLES, "1001", "99999")
value_fault("part of a person", WHOLES, "1.5", "0.5")
value_fault("meeting number 0", [("process", "meeting_no")], "0", "1.5", "first")
value_fault("month before day", DATED, "12/31/2010", "06/13/2011")
value_fault("two-digit year", DATED, "01/02/11", "1/2/11", "11-02-01")
value_fault("serial date", DATED, "40575", "40575.0")
value_fault("no such day", DATED, "31/11/2010", "2011-02-30", "00/01/2011", "2010-13-01")
value_fault("month in words", DATED, "1 Jan 2011", "01-Feb-2011", "February 2011")
value_fault("time of day", DATED, "2011-01-01 09:30", "2011-01-01T00:00:00", "01/02/2011 00:00")
value_fault("year too early", DATED, "1989-12-31", "31/12/1909", "0001-01-01")
value_fault("year too late", DATED, "2101-01-01", "01/01/2999")
value_fault("dots in a date", DATED, "01.02.2011", "2011.02.01", "2011/02/01", "1-2-2011")
value_fault("year only", DATED, "2011", "2010-11")
value_fault("missing word for a date", DATED, "None", "N/A", "unknown")
value_fault("missing word for a code", CODED, "None", "N/A", "null", "nan", "-", "?")
value_fault("invented code", CODED, "zzz_unknown", "xyzzy", "1", "£")
value_fault("inner space in a code", CODED, "very likely", "t a c", "social worker x", "ye s")
value_fault("punctuated code", CODED, "yes.", "likely;", "'open'", "yes!")
value_fault("foreign letters in a code", [("cases", "costed")], "уes", "ｙｅｓ", "yеs")
value_fault(
    "truth value", [("cases", "family_asked"), ("children", "focus")], "TRUE", "1", "Y", "true", "y"
)
value_fault("age band as a date", [("children", "age_band")], "05-Nov", "Nov-16", "2011-11-05")
value_fault("role of another vintage", [("process", "role")], "seal_keeper")
value_fault("support as a role", [("process", "role"), ("cases", "initiator")], *GIVEN)
value_fault("future cost as an item", [("interventions", "item")], "cost_of_care")
value_fault("control character", TEXTS, "seen\x07once", "a\x1fb", "x\x7fy", form="csv")
value_fault("direction character", TEXTS, "abc\u202edef", "a\u200fb", "\u2066x\u2069")
value_fault("line break", [("cases", "initiator")], "first\nsecond", "one\r\ntwo")
NO_PSEUDONYMS = ["Smith, J", "A 01", "F/12", "-A1", "A" * 32, "Jos\u00e9", "A+1"]
value_fault("id not a pseudonym", [("cases", "case_id")], *NO_PSEUDONYMS)
value_fault("id in other form", [(name, "case_id") for name in CASED], "A 01", "case 1", "#12")
value_fault("unknown case", [(name, "case_id") for name in CASED], "ZZ-999", "F00", "null")


@kind(FAULTS)
def empty_cell(draft, rng):
    table = rng.choice(list(RETURN))
    name = rng.choice([f.name for f in RETURN[table].fields if not f.blank])
    return put(draft, table, name, pick(draft, rng, table), rng.choice(["", " ", "\u00a0"]))


@kind(FAULTS)
def near_code(draft, rng):
    table, name = rng.choice(CODED)
    at = pick(draft, rng, table)
    word = draft.tables[table][at][column(draft, table, name)]
    return put(
        draft,
        table,
        name,
        at,
        rng.choice([word + "x", word[:-1] + "_", word.replace("_", "-") + "s"]),
    )


@kind(FAULTS)
def hyphen_for_underscore(draft, rng):
    at = pick(draft, rng, "futures", lambda row: "_" in row["likelihood"] or "_" in row["future"])
    row = dict(zip(*(draft.tables["futures"][i] for i in (0, at)), strict=True))
    name = "likelihood" if "_" in row["likelihood"] else "future"
    return put(draft, "futures", name, at, row[name].replace("_", rng.choice("- ")))


@kind(FAULTS)
def closed_before_started(draft, rng):
    return put(
        draft,
        "cases",
        "closed",
        pick(draft, rng, "cases", lambda row: row["closed"] != ""),
        "2000-01-01",
    )


@kind(FAULTS)
def closed_without_date(draft, rng):
    return put(
        draft, "cases", "closed", pick(draft, rng, "cases", lambda row: row["closed"] != ""), ""
    )


@kind(FAULTS)
def open_with_date(draft, rng):
    return put(
        draft,
        "cases",
        "closed",
        pick(draft, rng, "cases", lambda row: row["status"] == "open"),
        "2011-12-01",
    )


@kind(FAULTS)
def reason_without_need(draft, rng):
    at = pick(draft, rng, "cases", lambda row: row["costed"] == "yes")
    return put(
        draft, "cases", "not_costed_reason", at, rng.choice(["None", "n/a", "the family moved"])
    )


@kind(FAULTS)
def no_reason(draft, rng):
    return put(
        draft,
        "cases",
        "not_costed_reason",
        pick(draft, rng, "cases", lambda row: row["costed"] == "no"),
        "",
    )


@kind(FAULTS)
def need_of_the_other(draft, rng):
    at = pick(draft, rng, "needs", lambda row: row["subject"] == "child")
    return put(draft, "needs", "need", at, rng.choice(["coping", "housing", "ill_health"]))


@kind(FAULTS)
def theme_of_another_strand(draft, rng):
    at = pick(draft, rng, "evidence")
    draft.tables["evidence"][at][0] = "impact"
    return put(draft, "evidence", "theme", at, rng.choice(["workload", "capacity", "housing"]))


@kind(FAULTS)
def meeting_without_number(draft, rng):
    return put(
        draft,
        "process",
        "meeting_no",
        pick(draft, rng, "process", lambda row: row["meeting_no"] != ""),
        "",
    )


@kind(FAULTS)
def number_without_meeting(draft, rng):
    return put(
        draft,
        "process",
        "meeting_no",
        pick(draft, rng, "process", lambda row: row["meeting_no"] == ""),
        "1",
    )


@kind(FAULTS)
def delivered_nothing(draft, rng):
    at = pick(draft, rng, "interventions", lambda row: row["status"] == "delivered")
    return put(draft, "interventions", "quantity", at, "0")


@kind(FAULTS)
def declined_something(draft, rng):
    at = pick(draft, rng, "interventions")
    put(
        draft,
        "interventions",
        "status",
        at,
        rng.choice(["declined", "unavailable", "threshold_not_met"]),
    )
    return put(draft, "interventions", "quantity", at, "3")


def again(
    draft: Draft, rng: random.Random, table: str, changed: dict[str, str], column_name: str
) -> Expected:
    """Enter a row once more, with other values outside its key."""
    rows = draft.tables[table]
    row = list(rows[pick(draft, rng, table)])
    for name, value in changed.items():
        row[column(draft, table, name)] = value
    rows.append(row)
    return Expected(draft.file(table), len(rows), column_name)


for table_, changed_ in {
    "cases": {"family_asked": "no"},
    "children": {"age_band": "unknown"},
    "needs": {},
    "futures": {"likelihood": "possible"},
    "moderation": {"people": "1"},
}.items():
    FAULTS[f"{table_} entered twice"] = (
        lambda draft, rng, table=table_, changed=changed_: again(
            draft, rng, table, changed, RETURN[table].unique[-1]
        ),
        "",
    )


@kind(FAULTS)
def ids_alike(draft, rng):
    row = list(draft.tables["cases"][1])
    row[0] = row[0].lower()
    draft.tables["cases"].append(row)
    return Expected(draft.file("cases"), len(draft.tables["cases"]), "case_id")


@kind(FAULTS)
def case_id_in_other_letters(draft, rng):
    table = rng.choice(CASED)
    at = pick(draft, rng, table)
    return put(draft, table, "case_id", at, draft.tables[table][at][0].lower())


@kind(FAULTS)
def children_alike(draft, rng):
    rows = draft.tables["children"]
    rows[1][1] = "Child 1"
    rows.append([rows[1][0], rng.choice(["child 1", "Child1", "CHILD  1"]), *rows[1][2:]])
    return Expected(draft.file("children"), len(rows), "child_id")


@kind(FAULTS)
def moderated_and_not_told(draft, rng):
    rows = draft.tables["moderation"]
    told = {row[1] for row in draft.tables["futures"][1:] if row[0] == rows[1][0]}
    rows.append(
        [
            rows[1][0],
            next(f for f in ("care", "burglary", "neet") if f not in told),
            "likely",
            "yes",
            "1",
            "",
        ]
    )
    return Expected(draft.file("moderation"), len(rows), "future")


@kind(FAULTS)
def misspelt_column(draft, rng):
    table = rng.choice(list(RETURN))
    at = rng.randrange(len(RETURN[table].columns))
    header = draft.tables[table][0]
    header[at] = header[at] + rng.choice(["s", "x", " "]).strip() + "z"
    return Expected(draft.file(table), 1, header[at])


@kind(FAULTS)
def column_left_out(draft, rng):
    table = rng.choice(list(RETURN))
    at = rng.randrange(len(RETURN[table].columns))
    gone = draft.tables[table][0][at]
    for row in draft.tables[table]:
        del row[at]
    return Expected(draft.file(table), 1, gone)


@kind(FAULTS)
def column_twice(draft, rng):
    table = rng.choice(list(RETURN))
    for row in draft.tables[table]:
        row.append(row[1])
    return Expected(draft.file(table), 1, draft.tables[table][0][1])


def added_column(names: list[str], value: str) -> Kind:
    def fault(draft: Draft, rng: random.Random) -> Expected:
        table, name = rng.choice(list(RETURN)), rng.choice(names)
        for at, row in enumerate(draft.tables[table]):
            row.append(value if at else name)
        return Expected(draft.file(table), 1, name)

    return fault


FAULTS["identifying column"] = (
    added_column(["name", "nhs_number", "surname", "dob", "postcode", "upn"], "x"),
    "",
)
FAULTS["other column"] = (
    added_column(["comments", "cost", "worker", "month", "total_hours"], "3"),
    "",
)


@kind(FAULTS)
def value_beside_the_table(draft, rng):
    table = rng.choice(list(RETURN))
    at = pick(draft, rng, table)
    for row in draft.tables[table]:
        row.append("")
    draft.tables[table][at] += ["", "see me"]
    return Expected(draft.file(table), at + 1)


@kind(FAULTS)
def no_header(draft, rng):
    table = rng.choice(list(RETURN))
    del draft.tables[table][0]
    return Expected(draft.file(table), 1)


@kind(FAULTS)
def totals_row(draft, rng):
    table = rng.choice(["process", "interventions", "moderation"])
    width = len(RETURN[table].columns)
    word = rng.choice(["Total", "TOTAL", "Sum", "Grand total", "Average"])
    draft.tables[table].append([word, *[""] * (width - 2), "36"])
    return Expected(draft.file(table), len(draft.tables[table]))


@kind(FAULTS)
def pasted_twice(draft, rng):
    table = rng.choice(list(RETURN))
    rows = draft.tables[table]
    first = len(rows)
    rows.extend(list(row) for row in rows[1:])
    return Expected(draft.file(table), first + 1)


@kind(FAULTS)
def pasted_twice_with_header(draft, rng):
    table = rng.choice(list(RETURN))
    rows = draft.tables[table]
    rows.extend([list(row) for row in rows])
    return Expected(draft.file(table), len(rows) // 2 + 1)


@kind(FAULTS)
def example_changed(draft, rng):
    rows = draft.tables["needs"]
    rows.insert(1, ["e.g. A01", "child", "education"])
    return Expected(draft.file("needs"), 2, "case_id")


@kind(FAULTS, "csv")
def short_line(draft, rng):
    table = rng.choice(list(RETURN))
    at = pick(draft, rng, table)
    del draft.tables[table][at][-rng.randrange(1, 3) :]
    return Expected(draft.file(table), at + 1)


@kind(FAULTS, "csv")
def stray_comma(draft, rng):
    table = rng.choice(list(RETURN))
    at = pick(draft, rng, table)
    draft.tables[table][at].insert(rng.randrange(1, 3), rng.choice(["x", "5"]))
    return Expected(draft.file(table), at + 1)


def spoilt(change: Callable[[bytes], bytes], row: int = 0) -> Kind:
    """A CSV whose bytes are changed."""

    def fault(draft: Draft, rng: random.Random) -> Expected:
        table = rng.choice(list(RETURN))

        def spoil(folder):
            path = folder / f"{table}.csv"
            path.write_bytes(change(path.read_bytes()))

        draft.after.append(spoil)
        return Expected(draft.file(table), row)

    return fault


for name_, change_ in {
    "semicolons": lambda raw: raw.replace(b",", b";"),
    "tabs": lambda raw: raw.replace(b",", b"\t"),
    "utf-16": lambda raw: raw.decode().encode("utf-16"),
    "utf-16 without mark": lambda raw: raw.decode().encode("utf-16-le"),
    "null characters": lambda raw: raw.replace(b"\n", b"\n\0", 2),
    "neither encoding": lambda raw: raw + b"\x81\x8d\x9d\n",
    "empty file": lambda raw: b"",
    "mark only": lambda raw: b"\xef\xbb\xbf",
    "a web page": lambda raw: b"<html><body><table><tr><td>case_id</td></tr></table></body></html>",
    "a workbook as csv": lambda raw: b"PK\x03\x04" + raw,
    "sep line": lambda raw: b"sep=,\n" + raw,
    "quote left open": lambda raw: raw + b'"x,y\nz,1\n',
}.items():
    FAULTS[name_] = (spoilt(change_), "csv")


@kind(FAULTS, "csv")
def quote_closed_lines_later(draft, rng):
    table = rng.choice(["moderation", "process", "futures"])
    at = rng.randrange(1, len(draft.tables[table]) - 2)

    def spoil(folder):
        path = folder / f"{table}.csv"
        lines = path.read_bytes().split(b"\n")
        last = lines[at].rindex(b",") + 1
        lines[at] = lines[at][:last] + b'"' + lines[at][last:]
        lines[at + 1] += b'"'
        path.write_bytes(b"\n".join(lines))

    draft.after.append(spoil)
    return Expected(draft.file(table), at + 1)


@kind(FAULTS, "csv")
def no_cases_file(draft, rng):
    draft.after.append(lambda folder: (folder / "cases.csv").unlink())
    return Expected("la-99")


@kind(FAULTS, "csv")
def file_of_no_table(draft, rng):
    name = rng.choice(
        ["proces.csv", "notes.csv", "cases (2).csv", "Copy of needs.csv", "outcome.CSV"]
    )
    draft.after.append(lambda folder: (folder / name).write_text("a,b\n1,2\n"))
    return Expected(f"la-99/{name}")


@kind(FAULTS, "csv")
def two_files_of_a_table(draft, rng):
    draft.after.append(
        lambda folder: (folder / "CASES.csv").write_bytes((folder / "cases.csv").read_bytes())
    )
    return Expected("la-99")


@kind(FAULTS)
def both_forms(draft, rng):
    def spoil(folder):
        draft.book().save(folder / "return.xlsx")
        (folder / "needs.csv").write_text("case_id,subject,need\n")

    draft.after.append(spoil)
    return Expected("la-99")


@kind(FAULTS)
def a_link(draft, rng):
    def spoil(folder):
        path = folder / ("return.xlsx" if draft.form == "xlsx" else "process.csv")
        path.rename(folder / "aside.bin")
        path.symlink_to(folder / "aside.bin")

    draft.after.append(spoil)
    return Expected(draft.file("process"))


@kind(FAULTS)
def a_folder_for_a_file(draft, rng):
    def spoil(folder):
        path = folder / ("return.xlsx" if draft.form == "xlsx" else "process.csv")
        path.unlink()
        path.mkdir()

    draft.after.append(spoil)
    return Expected(draft.file("process"))


@kind(FAULTS, "xlsx")
def two_sheets_of_a_table(draft, rng):
    draft.in_book.append(
        lambda book: setattr(book.copy_worksheet(book["needs"]), "title", " Needs")
    )
    return Expected(draft.file("needs"))


@kind(FAULTS, "xlsx")
def two_workbooks(draft, rng):
    draft.after.append(
        lambda folder: (folder / "RETURN.xlsx").write_bytes((folder / "return.xlsx").read_bytes())
    )
    return Expected("la-99/return.xlsx")


@kind(FAULTS, "xlsx")
def another_kind_of_workbook(draft, rng):
    name = rng.choice(
        ["return.xls", "return.xlsm", "return.ods", "returns.xlsx", "return (1).xlsx"]
    )
    draft.after.append(lambda folder: (folder / "return.xlsx").rename(folder / name))
    return Expected("la-99")


@kind(FAULTS)
def nothing_sent(draft, rng):
    draft.after.append(lambda folder: [path.unlink() for path in list(folder.iterdir())])
    return Expected("la-99")


@kind(FAULTS)
def folder_is_a_link(draft, rng):
    def spoil(folder):
        folder.rename(folder.parent / "elsewhere")
        folder.symlink_to(folder.parent / "elsewhere")

    draft.after.append(spoil)
    return Expected("la-99")


@kind(FAULTS)
def own_costs_are_a_link(draft, rng):
    draft.after.append(lambda folder: (folder / "unit_costs.csv").symlink_to(folder / "cases.csv"))
    return Expected("la-99/unit_costs.csv")


def in_sheet(
    change: Callable[
        [openpyxl.worksheet.worksheet.Worksheet, random.Random, str], tuple[int, str] | None
    ],
):
    def fault(draft: Draft, rng: random.Random) -> Expected:
        table = rng.choice(["process", "moderation", "needs", "futures"])
        rows = len(draft.tables[table])
        at = rng.randrange(2, rows)
        name = rng.choice([f.name for f in RETURN[table].fields if not f.blank])
        draft.in_book.append(lambda book: change(book[table], at, column(draft, table, name) + 1))
        return Expected("la-99/return.xlsx", at, name)

    return fault


for name_, change_ in {
    "error cell": lambda sheet, row, at: sheet.cell(row, at, "#N/A"),
    "reference error": lambda sheet, row, at: sheet.cell(row, at, "#REF!"),
    "formula never saved": lambda sheet, row, at: sheet.cell(row, at, "=1+1"),
    "lookup never saved": lambda sheet, row, at: sheet.cell(row, at, "=VLOOKUP(A2,Z:Z,1,0)"),
    "truth cell": lambda sheet, row, at: sheet.cell(row, at, True),
}.items():
    FAULTS[name_] = (in_sheet(change_), "xlsx")


@kind(FAULTS, "xlsx")
def merged_cells(draft, rng):
    table = rng.choice(["process", "needs", "futures"])
    at = rng.randrange(2, len(draft.tables[table]) - 1)
    draft.in_book.append(lambda book: book[table].merge_cells(f"A{at}:A{at + 1}"))
    return Expected(draft.file(table), at)


@kind(FAULTS, "xlsx")
def dates_for_numbers(draft, rng):
    table, name = rng.choice(NUMBERS)
    at = pick(draft, rng, table)
    cell = (at + 1, column(draft, table, name) + 1)

    def spoil(book):
        book[table].cell(*cell, 1.5).number_format = rng.choice(["h:mm", "dd/mm/yyyy", "[h]:mm:ss"])

    draft.in_book.append(spoil)
    return Expected(draft.file(table), at + 1, name)


@kind(FAULTS, "xlsx")
def date_with_time(draft, rng):
    at = pick(draft, rng, "cases")

    def spoil(book):
        book["cases"].cell(at + 1, 3, 40575.4).number_format = "dd/mm/yyyy hh:mm"

    draft.in_book.append(spoil)
    return Expected(draft.file("cases"), at + 1, "started")


@kind(FAULTS, "xlsx")
def unformatted_date(draft, rng):
    at = pick(draft, rng, "cases")
    draft.in_book.append(
        lambda book: setattr(book["cases"].cell(at + 1, 3, 40575), "number_format", "General")
    )
    return Expected(draft.file("cases"), at + 1, "started")


@kind(FAULTS, "xlsx")
def id_as_a_date(draft, rng):
    at = pick(draft, rng, "needs")
    draft.in_book.append(
        lambda book: setattr(book["needs"].cell(at + 1, 1, 40575), "number_format", "d-mmm")
    )
    return Expected(draft.file("needs"), at + 1, "case_id")


@kind(FAULTS, "xlsx")
def sheet_of_no_table(draft, rng):
    name = rng.choice(["Sheet1", "names", "Proces", "Issues", "unit_costs", "cases (2)"])
    state = rng.choice(["visible", "hidden", "veryHidden"])
    draft.in_book.append(lambda book: setattr(book.create_sheet(name), "sheet_state", state))
    return Expected(draft.file("cases"))


@kind(FAULTS, "xlsx")
def no_cases_sheet(draft, rng):
    draft.in_book.append(lambda book: book.remove(book["cases"]))
    return Expected(draft.file("cases"))


@kind(FAULTS, "xlsx")
def far_cell(draft, rng):
    draft.in_book.append(lambda book: book["process"].cell(1_048_576, 16_384, "x"))
    return Expected(draft.file("process"), 1_048_576)


@kind(FAULTS, "xlsx")
def many_columns(draft, rng):
    draft.in_book.append(lambda book: [book["needs"].cell(2, at, "x") for at in range(4, 80)])
    return Expected(draft.file("needs"))


def spoilt_book(change: Callable[[bytes], bytes]) -> Kind:
    def fault(draft: Draft, rng: random.Random) -> Expected:
        def spoil(folder):
            path = folder / "return.xlsx"
            path.write_bytes(change(path.read_bytes()))

        draft.after.append(spoil)
        return Expected("la-99/return.xlsx")

    return fault


def rezipped(
    raw: bytes, change: Callable[[str, bytes], bytes | None], add: dict[str, bytes] | None = None
) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
        for name, part in (add or {}).items():
            new.writestr(name, part)
    return out.getvalue()


def with_entities(name: str, part: bytes) -> bytes:
    declared = b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><work'
    return part.replace(b"<work", declared, 1) if "sheet2" in name else part


def changed(raw: bytes) -> bytes:
    """Turn some bytes of the first sheet."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        part = book.getinfo("xl/worksheets/sheet1.xml")
    at = part.header_offset + 60 + part.compress_size // 2
    return raw[:at] + bytes(255 - byte for byte in raw[at : at + 40]) + raw[at + 40 :]


for name_, change_ in {
    "empty workbook": lambda raw: b"",
    "cut short": lambda raw: raw[: len(raw) // 2],
    "web page as workbook": lambda raw: b"<html><table><tr><td>1</td></tr></table></html>",
    "csv as workbook": lambda raw: b"case_id,status\nA,open\n",
    "old or protected": lambda raw: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "other archive": lambda raw: rezipped(raw, lambda name, part: None, {"a.txt": b"hello"}),
    "sheet not XML": lambda raw: rezipped(
        raw, lambda n, p: b"<worksheet><sheetData><row>" if "sheet4" in n else p
    ),
    "sheet gone": lambda raw: rezipped(raw, lambda n, p: None if "sheet4" in n else p),
    "entities": lambda raw: rezipped(raw, with_entities),
    "bytes changed": changed,
    "list of parts too long": lambda raw: (
        raw[:-22] + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 2**31, 0, 0)
    ),
}.items():
    FAULTS[name_] = (spoilt_book(change_), "xlsx")
