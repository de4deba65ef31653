"""Made-up returns for tests: a :class:`Draft` holds nine tables as text and writes itself in either form.

Everything here is invented. The library is a small one of its own, so that changes to the national figures
move no test: ``seal_keeper`` is a role without a price in the vintage larc4.
"""

from __future__ import annotations

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
from larcnb.returns import read_return
from larcnb.schema import RETURN

VINTAGE, TODAY = "larc4", dt.date(2026, 11, 21)
ROLES = [
    "social_worker",
    "family_support_worker",
    "class_teacher",
    "health_visitor",
    "school_nurse",
]
GIVEN = ["parenting_course", "bed", "holiday_club"]
FUTURES = ["permanent_exclusion", "care", "burglary", "suicide", "neet"]


def library() -> SimpleNamespace:
    """A library with a role of another vintage only (``seal_keeper``) and a future without a price."""
    items = [(role, "role", "larc4") for role in ROLES] + [
        (item, "intervention", "larc4") for item in GIVEN
    ]
    items += [(f"cost_of_{future}", "future", "larc4") for future in FUTURES[:4]] + [
        ("seal_keeper", "role", "current")
    ]
    costs = pd.DataFrame(items, columns=["item", "category", "vintage"])
    costs["value"] = [20.0 + 3 * at for at in range(len(costs))]
    futures = pd.DataFrame({"future": FUTURES, "quantity": 1.0, "start": 0.0, "years": 2.0})
    futures["item"] = [f"cost_of_{future}" for future in FUTURES[:4]] + [None]
    costs["label"], costs["unit"], futures["label"] = costs["item"], "hour", futures["future"]
    return SimpleNamespace(unit_costs=costs, futures=futures)


LIBRARY = library()


@dataclass
class Draft:
    """Nine tables, each a list of rows of text, the header first; ``after`` spoils what was written."""

    tables: dict[str, list[list]]
    form: str = "csv"
    after: list[Callable[[Path], None]] = field(default_factory=list)
    in_book: list[Callable[[openpyxl.Workbook], None]] = field(default_factory=list)
    dialect: dict = field(default_factory=dict)
    encoding: str = "utf-8"

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
                (folder / f"{name}.csv").write_bytes(
                    text.getvalue().encode(self.encoding, "surrogateescape")
                )
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
                sheet.append(
                    [
                        typed(value, name, rows[0][i] if i < len(rows[0]) else "", at)
                        for i, value in enumerate(row)
                    ]
                )
        for spoil in self.in_book:
            spoil(book)
        return book

    def read(self, folder: Path):
        """Write, then read with the small library."""
        return read_return(self.write(folder), "la-99", LIBRARY, VINTAGE, TODAY)


def typed(value, table: str, column: str, at: int):
    """What a person would have in a workbook's cell for a text of a draft."""
    kind = (
        RETURN[table][column].kind
        if table in RETURN and column in RETURN[table].columns
        else "text"
    )
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
    tables = {name: [list(table.columns)] for name, table in RETURN.items()}
    yes_no = lambda: rng.choice(["yes", "no"])  # noqa: E731
    for at in range(cases):
        case = f"F{seed % 97:02}-{at + 1:04}"
        started = dt.date(2010, 1, 4) + dt.timedelta(days=rng.randrange(500))
        closed = started + dt.timedelta(days=rng.randrange(30, 400))
        status = "closed" if at % 3 else "open"
        costed = "no" if at % 4 == 3 else "yes"
        tables["cases"].append(
            [
                case,
                status,
                f"{started}",
                f"{closed}" if status == "closed" else "",
                rng.choice(ROLES),
                costed,
                "the family moved" if costed == "no" else "",
                *(yes_no() for _ in range(5)),
            ]
        )
        for child in range(rng.randrange(1, 4)):
            band = rng.choice(list(codes.AGE_BAND))
            tables["children"].append(
                [case, str(child + 1), band, "yes" if not child else "no", "yes"]
            )
        for subject, needs in codes.NEED.items():
            tables["needs"] += [[case, subject, need] for need in rng.sample(list(needs), 2)]
        for element in codes.ELEMENT:
            for meeting in range(1, rng.randrange(2, 4)):
                number = str(meeting) if element in codes.NUMBERED_ELEMENTS else ""
                roles = rng.sample(ROLES, 2)
                tables["process"] += [
                    [
                        case,
                        element,
                        number,
                        role,
                        str(rng.randrange(1, 4)),
                        rng.choice(["0.5", "1.25", "2", "3.75"]),
                    ]
                    for role in roles[: 1 if meeting > 1 and not number else 2]
                    if [case, element, number, role]
                    not in (row[:4] for row in tables["process"][-4:])
                ]
        for support, item in zip(
            rng.sample(list(codes.SUPPORT), 3), [*rng.sample(GIVEN, 2), ROLES[0]], strict=True
        ):
            state = rng.choice(["delivered", "delivered", "declined"])
            quantity = rng.choice(["1", "2.5", "6"]) if state == "delivered" else "0"
            tables["interventions"].append(
                [case, support, item, quantity, rng.choice(list(codes.RECIPIENT)), state]
            )
        for future in rng.sample(FUTURES, 2):
            for witness in rng.sample(list(codes.PERSPECTIVE), 2):
                tables["futures"].append(
                    [case, future, witness, rng.choice(["likely", "highly_likely"])]
                )
            tables["moderation"].append(
                [case, future, "likely", yes_no(), str(rng.randrange(1, 4)), "agreed by two"]
            )
            happened = rng.choice([["yes", "8"], ["no", ""]])
            tables["follow_up"].append([case, future, *happened, "24", "record"])
        for outcome in rng.sample(list(codes.OUTCOME), 3):
            tables["outcomes"].append([case, outcome, "parent", rng.choice(list(codes.CHANGE))])
        strand = rng.choice(list(codes.STRAND))
        tables["evidence"].append(
            [
                strand,
                rng.choice(list(codes.THEME[strand])),
                "engagement",
                "early_years",
                "one plan, one person",
                "practitioner",
                rng.choice(list(codes.STRENGTH)),
                "it helped us",
            ]
        )
    return Draft(tables, form)
