"""Made-up worlds for the tests: small national libraries and returns, by hand or from a seed.

In: what a test wants to be different, or a seed. Out: a *world* as ``oracle.py`` reads it, and the same world as
the package reads it (:func:`as_package`, :func:`priced`). Every figure here is invented.
"""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import oracle
import pandas as pd
import yaml

from larcnb import costing, schema
from larcnb.library import Library
from larcnb.params import Assumptions

GIVEN = yaml.safe_load(Path(__file__).with_name("worlds.yaml").read_text("utf-8"))
YEARS, WORDS, ROWS = GIVEN["years"], GIVEN["likelihoods"], GIVEN["rows"]
LARC = GIVEN["larc"]
PUBLIC_PURSE = LARC | GIVEN["public_purse"]
CAUTIOUS = PUBLIC_PURSE | GIVEN["cautious"]
OBSERVED = PUBLIC_PURSE | GIVEN["observed"]
PRESETS = {"larc": LARC, "public_purse": PUBLIC_PURSE, "cautious": CAUTIOUS, "observed": OBSERVED}
"""The table of docs/method.md part 3, typed in by hand from the page."""


def by_word(*shares):
    """A probability for each likelihood, the least likely first."""
    return dict(zip(WORDS, shares, strict=True))


def cost(item, value, category="future", **more):
    """One row of unit_costs."""
    unit = "hour" if category == "role" else "episode"
    named = {"item": item, "label": item.title(), "value": value, "category": category}
    return ROWS["unit_costs"] | named | {"unit": unit, **more}


def study(code, comparison_share=None, risk_ratio=None, low=None, high=None, use="yes", **more):
    """One row of base_rates."""
    shares = {"comparison_share": comparison_share, "risk_ratio": risk_ratio}
    said = {"future": code, **shares, "low": low, "high": high, "use": use, **more}
    return ROWS["base_rates"] | said


def future(code, item="", quantity=1, start=0, years=1, *, group="", grade=1, **more):
    """One row of the national futures; without an item the numbers are blank."""
    numbers = {"quantity": quantity, "start": start, "years": years} if item else {}
    said = {"future": code, "label": code.title(), "item": item, "overlap_group": group}
    return ROWS["library"] | said | numbers | {"grade": grade, **more}


def case(case_id="c1", costed="yes", **more):
    """One row of cases."""
    reason = None if costed == "yes" else "not asked"
    said = {"case_id": case_id, "costed": costed, "not_costed_reason": reason}
    return ROWS["cases"] | said | more


def child(case_id="c1", child_id="1", in_futures="yes"):
    """One row of children."""
    said = {"case_id": case_id, "child_id": child_id, "in_futures": in_futures}
    return ROWS["children"] | said


def spent(hours=1, *, element="assessment", **more):
    """One row of process."""
    meeting = 1 if element in ("tac_meeting", "review") else None
    return ROWS["process"] | {"element": element, "meeting_no": meeting, "hours": hours, **more}


def support(quantity=1, **more):
    """One row of interventions."""
    return ROWS["interventions"] | {"quantity": quantity, **more}


def witness(code, **more):
    """One row of futures in a return."""
    return ROWS["futures"] | {"future": code, **more}


def ruling(code, **more):
    """One row of moderation."""
    return ROWS["moderation"] | {"future": code, **more}


def world(
    unit_costs=(),
    library=(),
    base_rates=(),
    *,
    vintage="larc4",
    price_base="2010-11",
    deflators=None,
    assumptions=None,
    preset="larc",
    **tables,
):
    """One costed case with one child unless told otherwise; prices of 2010-11 unless told otherwise."""
    tables = {"cases": [case()], "children": [child()], **tables}
    return {
        "vintage": vintage,
        "price_base": price_base,
        "preset": preset,
        "deflators": deflators or dict.fromkeys(YEARS, 100),
        "unit_costs": [
            cost("worker", 40, "role"),
            cost("course", 100, "intervention"),
            *unit_costs,
        ],
        "futures": list(library),
        "base_rates": list(base_rates),
        "assumptions": merge(PRESETS[preset], assumptions or {}),
        "tables": {
            name: [
                r | {"source_row": f"{name}.csv:{n}"} for n, r in enumerate(tables.get(name, ()), 2)
            ]
            for name in schema.RETURN
        },
    }


def avoided(*codes, people=1, **more):
    """A return's tables in which each future was told of by a parent and accepted as likely."""
    return {
        "futures": [witness(code) for code in codes],
        "moderation": [ruling(code, people=people) for code in codes],
        **more,
    }


def merge(assumptions: dict, changes: dict) -> dict:
    """docs/method.md part 3: overrides replace the preset's; of a mapping, keys left out keep the preset's value."""
    made = dict(assumptions)
    for name, value in changes.items():
        is_mapping = isinstance(assumptions[name], dict)
        made[name] = {**assumptions[name], **value} if is_mapping else value
    return made


def frame(rows: list[dict], table: schema.Table) -> pd.DataFrame:
    """A table typed as the reader types it, with its source rows."""
    columns = {}
    for field in table.fields:
        cells = [None if oracle.blank(row.get(field.name)) else row.get(field.name) for row in rows]
        if field.kind == "number":
            columns[field.name] = np.array(cells, dtype="float64")  # None is nan
        elif field.kind == "date":
            columns[field.name] = np.array(cells, dtype="datetime64[ms]")
        else:
            columns[field.name] = pd.array(cells, dtype="Int64" if field.kind == "whole" else "str")
    sources = [row.get("source_row", f"{table.name}.csv:{at}") for at, row in enumerate(rows, 2)]
    return pd.DataFrame(columns | {"source_row": pd.array(sources, dtype="str")})


@dataclass
class Priced:
    """A world as the package sees it, with what the package makes of it."""

    tables: dict[str, pd.DataFrame]
    library: Library
    prices: pd.DataFrame
    assumptions: Assumptions
    ledger: pd.DataFrame
    cases: pd.DataFrame

    def case(self, case_id="c1"):
        """One case's results by column name."""
        return self.cases.set_index("case_id").loc[case_id]

    def lines(self, element=None, stage="future"):
        """The ledger's lines of a stage, or of one element of it."""
        mine = self.ledger[self.ledger["stage"] == stage]
        return mine if element is None else mine[mine["element"] == element]


def library_of(world: dict) -> Library:
    """The world's national tables as the package holds them."""
    rows = {name: world[name] for name in ("unit_costs", "futures", "base_rates")}
    years = world["deflators"].items()
    rows["deflators"] = [{"year": y, "index": index, "source": "invented"} for y, index in years]
    rows["authorities"] = []
    return Library(**{name: frame(found, schema.NATIONAL[name]) for name, found in rows.items()})


def priced(world: dict) -> Priced:
    """Have the package price and appraise a world."""
    tables = {name: frame(rows, schema.RETURN[name]) for name, rows in world["tables"].items()}
    library = library_of(world)
    prices = library.prices(world["vintage"], world["price_base"])
    assumptions = Assumptions(preset=world["preset"], **world["assumptions"])
    ledger = costing.price_return(tables, library, prices, assumptions)
    cases = costing.appraise(tables, library, ledger, prices, assumptions)
    return Priced(tables, library, prices, assumptions, ledger, cases)


def random_world(seed: int, families: int = 12) -> dict:
    """A world from a seed, full of ties, half pennies, gaps, chains and spells cut by the horizon.

    It holds three small national libraries that have no item in common, and each family tells of one of them.
    """
    r = Random(seed)
    given = {"worker": "role", "nurse": "role", "course": "intervention", "club": "intervention"}
    blocks = [
        ([f"item_{n}{x}" for x in "abcde"], [f"future_{n}{x}" for x in "abcdef"]) for n in (1, 2, 3)
    ]
    both, library = ["larc4", "current"], []
    unit_costs = [random_cost(r, item, given[item], vintage) for item in given for vintage in both]
    for items, codes in blocks:
        for at, item in enumerate(items):
            inner = " ".join(other for other in items[at + 1 :] if r.random() < 0.25)
            for vintage in r.choice([both] * 4 + [["larc4"], ["current"]]):
                unit_costs.append(random_cost(r, item, "future", vintage, inner))
        for code in codes:
            library += random_spells(r, code, items, library)
    cases = [case(f"c{n}", "no" if r.random() < 0.1 else "yes") for n in range(families)]
    names = "children", "process", "interventions", "futures", "moderation"
    tables: dict[str, list] = {name: [] for name in names}
    for row in cases:
        random_family(r, row["case_id"], r.choice(blocks)[1], tables)
    for rows in (*tables.values(), library, unit_costs):
        r.shuffle(rows)
    rates = [row for _, codes in blocks for code in codes for row in random_studies(r, code)]
    made = world(
        unit_costs,
        library,
        rates,
        vintage=r.choice(["larc4", "current"]),
        price_base=r.choice(YEARS),
        deflators={year: r.choice([100, round(r.uniform(70, 130), 4)]) for year in YEARS},
        preset=(preset := r.choice(sorted(PRESETS))),
        assumptions=random_overrides(r, PRESETS[preset]),
        cases=cases,
        **tables,
    )
    return made | {"unit_costs": unit_costs}


def random_studies(r: Random, code: str) -> list[dict]:
    """The studies of one future: none, some that are not used, and at most one that is."""
    found = []
    if r.random() < 0.3:
        found.append(study(code, r.choice([None, 0, 0.4]), r.choice([None, 1.1]), use="no"))
    if r.random() < 0.5:
        share, ratio = r.choice([0.025, 0.333, 1]), r.choice([0, 0.32, 0.68, 1, 1.25])
        programme = min(1, round(share * ratio * 0.9, 3))
        ends = round(ratio * 0.7, 4), round(ratio * 1.4, 4)
        by_ratio = [study(code, of, ratio, *ends) for of in (share, None, 0)]
        by_shares = study(code, share, None, 0, 2, programme_share=programme)
        found.append(r.choice([*by_ratio, by_shares]))
    return found


def random_cost(r: Random, item: str, category: str, vintage: str, contains: str = "") -> dict:
    """A unit cost, often a round one."""
    value = r.choice([r.randint(1, 400) / 4, r.randint(100, 999999) / 100, 1000, 1000, 0.01, 40.01])
    return cost(
        item,
        value,
        category,
        vintage=vintage,
        contains=contains,
        grade=r.randint(1, 6),
        price_year=r.choice(YEARS[:6] if vintage == "larc4" else YEARS[6:]),
        payer=r.choice(["local_authority", "nhs", "police"]),
        cashable=r.choice([0, 0.25, 0.5, 1]),
    )


def random_spells(r: Random, code: str, items: list[str], library: list[dict]) -> list[dict]:
    """The library rows of one future: one to three, or the same as another future's, so that the two tie."""
    if library and r.random() < 0.25:
        twin = library[-1]["future"]
        return [{**row, "future": code} for row in library if row["future"] == twin]
    group = r.choice(["", "", "group_a", "group_b"])
    starts, years = [0, 0, 0, 0.25, 1, 2.75, 9.5, 16, 45], [0.1, 0.25, 1, 1, 1.5, 3, 5.75, 20, 60]
    found = []
    for _ in range(r.choice([1, 1, 2, 3])):
        item, quantity = r.choice([*items, ""]), r.choice([1, 1, 2, 12, 0.5, 1.25])
        spell = item, quantity, r.choice(starts), r.choice(years)
        found.append(future(code, *spell, group=group, grade=r.randint(1, 6)))
    return found


def random_family(r: Random, family: str, codes: list[str], tables: dict[str, list]) -> None:
    """Add a family's rows to the tables of a return."""
    mine = {"case_id": family}
    for n in range(r.randint(0, 2)):
        tables["children"].append(child(family, str(n), r.choice(["yes", "yes", "yes", "no"])))
    for _ in range(r.randint(0, 4)):
        hours, people = r.choice([0.5, 0.25, 1, 1.5, 7.35, 0.01, 0.1]), r.randint(1, 4)
        who = {"people": people, "role": r.choice(["worker", "nurse"])}
        element = r.choice(["preparation", "assessment", *oracle.MEETINGS])
        tables["process"].append(spent(hours, element=element, **who, **mine))
    for _ in range(r.randint(0, 2)):
        lacking = ["declined", "unavailable", "threshold_not_met"]
        status = r.choice(["delivered", "delivered", *lacking])
        quantity = r.choice([1, 2.5, 0.125, 12]) if status == "delivered" else 0
        item = r.choice(["worker", "course", "club"])
        tables["interventions"].append(support(quantity, item=item, status=status, **mine))
    witnesses = ["parent", "child", "lead_professional", "practitioner"]
    for code in r.sample(codes, r.randint(0, 5)):
        for who in r.sample(witnesses, r.randint(1, 2)):
            said = {"perspective": who, "likelihood": r.choice(WORDS)}
            tables["futures"].append(witness(code, **said, **mine))
        if r.random() < 0.9:
            said = {"likelihood": r.choice(WORDS + ["likely", "highly_likely"] * 3)}
            said |= {"people": r.randint(1, 3), "accepted": r.choice(["yes"] * 6 + ["no"])}
            tables["moderation"].append(ruling(code, **said, **mine))


def random_overrides(r: Random, preset: dict) -> dict:
    """Up to four overrides within their ranges, their ends more often than not."""
    short = r.randint(1, 5)
    share = [0, 1, 0.5, 0.123, 0.9]
    every = {
        "weighting": r.choice(["accepted", "expected", "observed"]),
        "accept_at": r.choice(WORDS),
        "probability": {r.choice(WORDS): r.choice(share)},
        "prevented": r.choice(["all", "evidence", "low"]),
        "default_prevented": r.choice([-0.5, -0.1, 0, 0.123, 1]),
        "discount_rate": r.choice([0, 0.2, 0.015, 0.03]),
        "deadweight": r.choice(share),
        "attribution": r.choice(share),
        "drop_off": r.choice(share),
        "benefit_correction": {r.randint(1, 6): r.choice(share)},
        "cost_correction": {r.randint(1, 6): r.choice(share)},
        "short_years": min(short, 5),
        "long_years": r.choice([max(short, 5), 7, 40]),
    }
    chosen = {name: every[name] for name in r.sample(sorted(every), r.randint(0, 4))}
    made = merge(preset, chosen)
    if made["weighting"] != "accepted" and "deadweight" in chosen:
        chosen["deadweight"] = 0
    if len(made["probability"]) < len(WORDS):  # under larc and observed there is none
        chosen["probability"] = by_word(0.1, 0.123, 0.35, 0.6, 1)
    if made["default_prevented"] is None:
        chosen["default_prevented"] = every["default_prevented"]
    return chosen
