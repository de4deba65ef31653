"""Made-up returns for tests: a :class:`Draft` holds nine tables as text and writes itself in either form.

Everything here is invented. The library is a small one of its own, so that changes to the national figures
move no test: ``seal_keeper`` is a role without a price in the vintage larc4.
"""

import csv
import datetime as dt
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd

from larcnb import codes
from larcnb.params import Authority
from larcnb.returns import read_return
from larcnb.schema import RETURN

VINTAGE, TODAY = "larc4", dt.date(2026, 11, 21)
TEAM = ["health_visitor", "school_nurse"]
ROLES = ["social_worker", "family_support_worker", "class_teacher", *TEAM]
GIVEN = ["parenting_course", "bed", "holiday_club"]
FUTURES = ["permanent_exclusion", "care", "burglary", "suicide", "neet"]


def library() -> SimpleNamespace:
    """A library with a role of another vintage only (``seal_keeper``) and a future without a price."""
    items = [(role, "role", "larc4") for role in ROLES]
    items += [(item, "intervention", "larc4") for item in GIVEN]
    items += [(f"cost_of_{future}", "future", "larc4") for future in FUTURES[:4]]
    items.append(("seal_keeper", "role", "current"))
    costs = pd.DataFrame(items, columns=["item", "category", "vintage"])
    costs["value"] = [20.0 + 3 * at for at in range(len(costs))]
    futures = pd.DataFrame({"future": FUTURES, "quantity": 1.0, "start": 0.0, "years": 2.0})
    futures["item"] = [f"cost_of_{future}" for future in FUTURES[:4]] + [None]
    costs["label"], costs["unit"], futures["label"] = costs["item"], "hour", futures["future"]
    return SimpleNamespace(unit_costs=costs, futures=futures)


LIBRARY = library()
LEA = Authority("la-99", "Lea", VINTAGE, "2010-11", "larc")


@dataclass
class Draft:
    """Nine tables, each a list of rows of text, the header first; ``after`` spoils what was written."""

    tables: dict[str, list[list]]
    form: str = "csv"
    after: list[Callable[[Path], None]] = field(default_factory=list)
    in_book: list[Callable[[openpyxl.Workbook], None]] = field(default_factory=list)
    dialect: dict = field(default_factory=dict)

    def file(self, table: str) -> str:
        """How messages name a table's file."""
        return "la-99/return.xlsx" if self.form == "xlsx" else f"la-99/{table}.csv"

    def write(self, folder: Path) -> Path:
        """Write the return into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.form == "xlsx":
            self.book().save(folder / "return.xlsx")
        else:
            for name, rows in self.tables.items():
                text = io.StringIO()
                csv.writer(text, **{"lineterminator": "\n", **self.dialect}).writerows(rows)
                written = text.getvalue().encode("utf-8", "surrogateescape")
                (folder / f"{name}.csv").write_bytes(written)
        for spoil in self.after:
            spoil(folder)
        return folder

    def book(self) -> openpyxl.Workbook:
        """The return as a workbook: numbers are numbers, dates are dates."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in self.tables.items():
            sheet = book.create_sheet(name)
            for at, row in enumerate(rows):
                heads = rows[0] + [""] * len(row)
                sheet.append([typed(v, name, heads[i], at) for i, v in enumerate(row)])
        for spoil in self.in_book:
            spoil(book)
        return book

    def read(self, folder: Path):
        """Write, then read with the small library."""
        return read_return(self.write(folder), "la-99", LIBRARY, VINTAGE, TODAY)


def typed(value, table: str, column: str, at: int):
    """What a person would have in a workbook's cell for a text of a draft."""
    known = RETURN[table].field(column) if table in RETURN else None
    kind = known.kind if known else "text"
    if not isinstance(value, str) or at == 0:
        return value
    if kind in ("whole", "number") and value.replace(".", "", 1).isdigit() and value.isascii():
        return float(value) if "." in value else int(value)
    if kind == "date" and len(value) == 10 and value[4] == value[7] == "-" and value.isascii():
        try:
            return dt.datetime.fromisoformat(value)
        except ValueError:
            return value
    return value or None


def made(seed: int, cases: int = 4, form: str = "csv") -> Draft:
    """A sound return of so many cases: every table has rows, nothing in it is warned of."""
    rng = random.Random(seed)
    one, some = rng.choice, rng.sample
    tables = {name: [list(table.columns)] for name, table in RETURN.items()}
    for at in range(cases):
        case = f"F{seed % 97:02}-{at + 1:04}"
        rows = _rows_of(case, at, one, some)
        for name, line in rows:
            if line not in tables[name]:
                tables[name].append(line)
    return Draft(tables, form)


def _rows_of(case: str, at: int, one: Callable, some: Callable):
    """The rows of one case, each with its table."""
    yes_no = ["yes", "no"]
    started = dt.date(2010, 1, 4) + dt.timedelta(days=one(range(500)))
    closed = f"{started + dt.timedelta(days=one(range(30, 400)))}" if at % 3 else ""
    costed, reason = ("no", "the family moved") if at % 4 == 3 else ("yes", "")
    status = "closed" if closed else "open"
    answers = [one(yes_no) for _ in range(5)]
    yield "cases", [case, status, f"{started}", closed, one(ROLES), costed, reason, *answers]
    for child in range(one((1, 2, 3))):
        band = one(list(codes.AGE_BAND))
        yield "children", [case, str(child + 1), band, "no" if child else "yes", "yes"]
    for subject, needs in codes.NEED.items():
        for need in some(list(needs), 2):
            yield "needs", [case, subject, need]
    for element in codes.ELEMENT:
        for meeting in range(1, one((2, 3))):
            number = str(meeting) if element in codes.NUMBERED_ELEMENTS else ""
            for role in some(ROLES, 2) if meeting == 1 or number else ():
                hours = one(["0.5", "1.25", "2", "3.75"])
                yield "process", [case, element, number, role, one(["1", "2", "3"]), hours]
    items = [*some(GIVEN, 2), ROLES[0]]
    for support, item in zip(some(list(codes.SUPPORT), 3), items, strict=True):
        state = one(["delivered", "delivered", "declined"])
        quantity = one(["1", "2.5", "6"]) if state == "delivered" else "0"
        whom = one(list(codes.RECIPIENT))
        yield "interventions", [case, support, item, quantity, whom, state]
    for future in some(FUTURES, 2):
        for witness in some(list(codes.PERSPECTIVE), 2):
            yield "futures", [case, future, witness, one(["likely", "highly_likely"])]
        people = one(["1", "2", "3"])
        yield "moderation", [case, future, "likely", one(yes_no), people, "agreed by two"]
        yield "follow_up", [case, future, *one([["yes", "8"], ["no", ""]]), "24", "record"]
    for outcome in some(list(codes.OUTCOME), 3):
        yield "outcomes", [case, outcome, "parent", one(list(codes.CHANGE))]
    strand = one(list(codes.STRAND))
    theme, strength = one(list(codes.THEME[strand])), one(list(codes.STRENGTH))
    told = ["one plan, one person", "practitioner", strength, "it helped us"]
    yield "evidence", [strand, theme, "engagement", "early_years", *told]
