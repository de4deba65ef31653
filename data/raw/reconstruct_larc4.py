"""Rebuild the LARC4 round: 39 made-up families whose totals are the published ones.

In: ``larc4_families.yaml`` (a sketch of each family) and the unit costs and deflators of ``national/``.
Out: a return for each of the authorities la-01 to la-12, in the form a council would send.

The sketch says who the family is, who met, what was given, what would have happened, and what each part of
the episode came to in pounds. The one calibration is in :func:`hours_for`: it turns those pounds into hours
of the people named, to the nearest quarter of an hour. Chance fills in what the sketch leaves open (days,
who came to a later meeting, who told of what), from a seed made of the family's pseudonym alone, so that a
change to one family moves no other. The same files come out on any machine.

    python data/raw/reconstruct_larc4.py [FOLDER]
"""

import csv
import io
import sys
import zipfile
from datetime import date, datetime, timedelta
from math import floor
from pathlib import Path
from random import Random

import xlsxwriter
import yaml

HERE = Path(__file__).resolve().parent
VINTAGE, PRICE_BASE = "larc4", "2010-11"
WORKBOOK_AUTHORITY = "la-07"  # this one sent return.xlsx, the others CSV
FOLLOWED = ("la-01", "la-03", "la-05", "la-07", "la-09")  # invented follow-up: LARC4 had none
SILENT_AUTHORITY = "la-12"  # took part and sent nothing
FIRST_START, START_DAYS = date(2010, 3, 1), 240
SHORTEST_DAYS, LENGTH_DAYS = 150, 180
MEETING_HOURS = (1.0, 1.25, 1.25, 1.5)
LIKELIHOOD = ("very_unlikely", "unlikely", "possible", "likely", "highly_likely")
FLAGS = (
    "family_asked",
    "prior_social_care",
    "borderline_child_protection",
    "closure_meeting",
    "publish_card",
)
COLUMNS = {
    "cases": "case_id status started closed initiator costed not_costed_reason " + " ".join(FLAGS),
    "children": "case_id child_id age_band focus in_futures",
    "needs": "case_id subject need",
    "process": "case_id element meeting_no role people hours",
    "interventions": "case_id support item quantity recipient status",
    "futures": "case_id future perspective likelihood chance_without chance_with",
    "moderation": "case_id future likelihood accepted people note",
    "outcomes": "case_id outcome perspective change",
    "follow_up": "case_id future happened month followed_months source",
}
NOTICE = """\
A synthetic reconstruction of LARC4's published aggregates: not any council's data, and no family here is real.

The authority, its families, their hours, their support and their futures are invented. Only totals over all
authorities agree with the published study (Easton and others, 2012); see `../README.md`.
"""


def main(target: Path = HERE) -> None:
    """Write every authority's return under ``target``."""
    values = unit_values()
    sketches = yaml.safe_load((HERE / "larc4_families.yaml").read_text(encoding="utf-8"))
    returns = {SILENT_AUTHORITY: {"cases": []}}
    for case_id, sketch in sketches.items():
        tables = returns.setdefault(sketch["authority"], {name: [] for name in COLUMNS})
        for name, rows in family(case_id, sketch, values).items():
            tables[name] += rows
    for authority, tables in sorted(returns.items()):
        write_return(target / authority, tables, as_workbook=authority == WORKBOOK_AUTHORITY)


def unit_values() -> dict[str, float]:
    """GBP a unit at 2010-11 prices of each national item; used only to choose hours, never to report money."""
    index = {row["year"]: float(row["index"]) for row in read_csv("deflators.csv")}
    return {
        row["item"]: float(row["value"]) * index[PRICE_BASE] / index[row["price_year"]]
        for row in read_csv("unit_costs.csv")
        if row["vintage"] == VINTAGE
    }


def read_csv(name: str) -> list[dict[str, str]]:
    """The rows of a national table."""
    with (HERE / "national" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def family(case_id: str, sketch: dict, values: dict[str, float]) -> dict[str, list[tuple]]:
    """All the rows of one family, by table."""
    rng = Random(f"LARC4 {case_id}")
    futures, moderation = told_and_moderated(sketch, rng)
    tables = {
        "cases": [case(sketch, rng)],
        "children": children(sketch["children"]),
        "needs": needs(sketch["needs"]),
        "process": process(sketch, values, rng),
        "interventions": interventions(sketch, values),
        "futures": futures,
        "moderation": moderation,
        "outcomes": outcomes(sketch, rng),
    }
    if sketch["authority"] in FOLLOWED:
        tables |= followed(case_id, futures, "open" not in sketch["flags"].split())
    return {name: [(case_id, *row) for row in rows] for name, rows in tables.items()}


def case(sketch: dict, rng: Random) -> tuple:
    """Status, days and flags."""
    flags = sketch["flags"].split()
    started = FIRST_START + timedelta(days=int(START_DAYS * rng.random()))
    closed = started + timedelta(days=SHORTEST_DAYS + int(LENGTH_DAYS * rng.random()))
    is_open, reason = "open" in flags, sketch.get("not_costed", "")
    return (
        "open" if is_open else "closed",
        working_day(started),
        None if is_open else working_day(closed),
        role(sketch["team"].split()[0])[0],
        yes_no(not reason),
        reason,
        *(yes_no(flag in flags) for flag in FLAGS),
    )


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def children(words: str) -> list[tuple]:
    """Such as ``5-11* unknown-``: the child of the assessment, and one whose futures were not costed."""
    return [
        (number, word.rstrip("*-"), yes_no("*" in word), yes_no(not word.endswith("-")))
        for number, word in enumerate(words.split(), start=1)
    ]


def needs(words: str) -> list[tuple]:
    """Such as ``behaviour | coping``: the child's, then the parents'."""
    of_child, of_parent = words.split("|")
    return [("child", need) for need in of_child.split()] + [
        ("parent", need) for need in of_parent.split()
    ]


def process(sketch: dict, values: dict[str, float], rng: Random) -> list[tuple]:
    """Time on the process: meetings as they were held, the rest calibrated to the sketch's pounds.

    A family that was not costed has the attendance of its meetings and nothing else.
    """
    team = [role(word) for word in sketch["team"].split()]
    first_two = [name for name, _ in team[:2]]
    rows = meetings(team, sketch["meetings"], rng)
    if "closure_meeting" in sketch["flags"].split():
        rows += [("closure", None, name, 1, 0.75) for name in first_two]
    if "pounds" not in sketch:
        return rows
    preparation, assessment, together, _ = map(int, sketch["pounds"].split())
    spent = sum(people * hours * values[name] for _, _, name, people, hours in rows)

    def spend(element: str, pounds: float) -> list[tuple]:
        return [
            (element, None, name, 1, hours) for name, hours in hours_for(pounds, first_two, values)
        ]

    return [
        *spend("preparation", preparation),
        *spend("assessment", assessment),
        *rows,
        *spend("tac_contact", together - spent),
    ]


def meetings(team: list[tuple[str, int]], number: int, rng: Random) -> list[tuple]:
    """Everyone comes to the first meeting, the first two to all, the others to seven later ones in ten.

    The one who leads has half an hour more, for the record. Three meetings or more end in a review.
    """
    rows = []
    for meeting in range(1, number + 1):
        hours = pick(rng, MEETING_HOURS)
        for place, (name, people) in enumerate(team):
            if meeting == 1 or place < 2 or rng.random() < 0.7:
                rows.append(
                    ("tac_meeting", meeting, name, people, hours + (0.5 if place == 0 else 0))
                )
    if number >= 3:
        rows += [("review", 1, name, 1, 1.0) for name, _ in team[:3]]
    return rows


def hours_for(pounds: float, roles: list[str], values: dict[str, float]) -> list[tuple[str, float]]:
    """The calibration: whole quarter hours of the roles that come closest to the pounds.

    From 150 GBP a second role has three tenths of the sum; the first has the rest, and so takes up what
    the quarter hours of the second leave over.
    """
    second = [
        (name, quarter_hours(0.3 * pounds / values[name])) for name in roles[1:2] if pounds >= 150
    ]
    spent = sum(hours * values[name] for name, hours in second)
    return [(roles[0], quarter_hours((pounds - spent) / values[roles[0]])), *second]


def quarter_hours(hours: float) -> float:
    """To the nearest quarter of an hour, at least one."""
    if hours <= 0:
        raise ValueError("A sketch's meetings or support already cost more than its pounds.")
    return max(1, floor(4 * hours + 0.5)) / 4


def interventions(sketch: dict, values: dict[str, float]) -> list[tuple]:
    """Support as sketched; the line with ``~`` takes the hours that bring it to the sketch's pounds."""
    lines = [line.split() for line in sketch["support"]]
    known = sum(
        values[item] * float(quantity) for _, item, quantity, *_ in lines if quantity != "~"
    )
    rows = []
    for support, item, quantity, recipient, *status in lines:
        if quantity == "~":
            left = int(sketch["pounds"].split()[3]) - known
            quantity = hours_for(left, [item], values)[0][1]
        rows.append((support, item, float(quantity), recipient, *(status or ["delivered"])))
    return rows


def told_and_moderated(sketch: dict, rng: Random) -> tuple[list[tuple], list[tuple]]:
    """What each witness told of, and what the moderators agreed.

    The first witness tells of every future, the others of four in five and at least of one. Three views in
    four are the one agreed; the others lie one step from it.
    """
    witnesses = sketch["witnesses"].split()
    told, moderation = [], []
    for number, word in enumerate(sketch["futures"].split()):
        code, _, people = word.rstrip("+?").partition("*")
        accepted = not word.endswith("?")
        agreed = LIKELIHOOD.index(
            "highly_likely" if word.endswith("+") else "likely" if accepted else "possible"
        )
        views = [
            (witness, view(agreed, rng))
            for place, witness in enumerate(witnesses)
            if place == 0 or rng.random() < 0.8 or number == 0
        ]
        told += [(code, witness, LIKELIHOOD[likelihood]) for witness, likelihood in views]
        note = ""
        if not accepted:
            note = "Thought possible, but the moderators did not hold it likely on the record."
        elif any(likelihood != agreed for _, likelihood in views):
            note = "Views differed by a step; agreed on the record of the case."
        moderation.append((code, LIKELIHOOD[agreed], yes_no(accepted), int(people or 1), note))
    return told, moderation


def followed(case_id: str, futures: list[tuple], is_closed: bool) -> dict[str, list[tuple]]:
    """Made up: the chances witnesses gave out of 100, and what came all the same within two or three years.

    Drawn from a seed of its own, so that nothing else of the family depends on it. Witnesses believe more than comes.
    """
    rng = Random(f"LARC4 follow-up {case_id}")
    told, came = [], []
    for code, witness, word in futures:
        without = 10 + 20 * LIKELIHOOD.index(word) + 5 * int(3 * rng.random())
        told.append(
            (code, witness, word, without, int(without * (0.2 + 0.4 * rng.random()) / 5) * 5)
        )
    length = pick(rng, (18, 24, 24, 30, 36))
    for code in dict.fromkeys(code for code, *_ in futures):
        month = 1 + int(rng.random() ** 2 * length / 0.06)
        happened = month <= length
        source = pick(rng, ("record", "record", "worker", "family"))
        came.append((code, yes_no(happened), month if happened else None, length, source))
    if is_closed:
        month = 12 + int(rng.random() * 60)
        happened = month <= length
        came.append(
            ("re_referral", yes_no(happened), month if happened else None, length, "record")
        )
    return {"futures": told, "follow_up": came}


def view(agreed: int, rng: Random) -> int:
    """A witness's likelihood: the one agreed, or one step from it."""
    steps = 0 if rng.random() < 0.75 else pick(rng, (-1, 1))
    return min(max(agreed + steps, 0), len(LIKELIHOOD) - 1)


def outcomes(sketch: dict, rng: Random) -> list[tuple]:
    """Changes seen: the first witness tells of every one, the others of four in five; the first is for the better."""
    rows = []
    for code in sketch["outcomes"].split():
        for place, witness in enumerate(sketch["witnesses"].split()):
            if place == 0 or rng.random() < 0.8:
                change = pick(
                    rng,
                    ("same", "better", "better", "better", "better", "much_better", "much_better"),
                )
                rows.append((code, witness, change if rows else "better"))
    return rows


def role(word: str) -> tuple[str, int]:
    """``teacher*2`` is two teachers."""
    name, _, people = word.partition("*")
    return name, int(people or 1)


def pick(rng: Random, choices: tuple):
    """One of the choices; only ``random()`` is promised to stay the same over versions of Python."""
    return choices[int(rng.random() * len(choices))]


def yes_no(is_so: bool) -> str:
    """The words of a return."""
    return "yes" if is_so else "no"


def write_return(folder: Path, tables: dict[str, list[tuple]], as_workbook: bool) -> None:
    """Write an authority's tables and its notice; a CSV each, or one workbook with a sheet each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "NOTICE.md").write_text(NOTICE, encoding="utf-8", newline="\n")
    if as_workbook:
        (folder / "return.xlsx").write_bytes(workbook_bytes(tables))
        return
    for name, rows in tables.items():
        if name == "follow_up" and not rows:
            continue
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header(name, rows))
            writer.writerows([as_text(cell) for cell in row] for row in rows)


def header(name: str, rows: list[tuple]) -> list[str]:
    """The columns of a table; the optional ones at its end only where its rows have them."""
    known = COLUMNS[name].split()
    return known[: max(map(len, rows), default=len(known))]


def as_text(cell: object) -> str:
    """A cell of a CSV file: ISO days, numbers without an idle ``.0``."""
    if cell is None:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def workbook_bytes(tables: dict[str, list[tuple]]) -> bytes:
    """The tables as an Excel workbook, the same bytes each time: a fixed day, and parts stored unpacked."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"title": "Synthetic return", "created": datetime(2012, 3, 1)})
    heading, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    book.add_worksheet("READ ME").write(0, 0, NOTICE.partition("\n")[0])
    for name, rows in tables.items():
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, header(name, rows), heading)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif cell not in (None, ""):
                    sheet.write(number, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(COLUMNS[name].split()) - 1, 18)
    book.close()
    unpacked = io.BytesIO()
    with (
        zipfile.ZipFile(made) as packed,
        zipfile.ZipFile(unpacked, "w", zipfile.ZIP_STORED) as plain,
    ):
        for part in packed.namelist():
            info = zipfile.ZipInfo(part)  # its own day, 1980-01-01
            info.create_system = 3
            plain.writestr(info, packed.read(part))
    return unpacked.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
