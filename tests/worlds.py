"""Made-up worlds for the tests: small national libraries and returns, by hand or from a seed.

In: what a test wants to be different, or a seed. Out: a *world* as ``oracle.py`` reads it, and the same world as
the package reads it (:func:`as_package`, :func:`priced`). Every figure here is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import oracle
import pandas as pd

from larcnb import costing, schema
from larcnb.library import Library
from larcnb.params import Assumptions

YEARS = [
    "2008-09",
    "2009-10",
    "2010-11",
    "2011-12",
    "2012-13",
    "2013-14",
    "2022-23",
    "2023-24",
    "2024-25",
]
CORRECTIONS = {1: 0, 2: 0.05, 3: 0.10, 4: 0.15, 5: 0.25, 6: 0.40}
WORDS = ["very_unlikely", "unlikely", "possible", "likely", "highly_likely"]


def by_word(*shares):
    """A probability for each likelihood, the least likely first."""
    return dict(zip(WORDS, shares, strict=True))


LARC = {
    "weighting": "accepted",
    "accept_at": "likely",
    "probability": {},
    "prevented": "all",
    "default_prevented": None,
    "discount_rate": 0,
    "deadweight": 0,
    "attribution": 1,
    "drop_off": 0,
    "benefit_correction": dict.fromkeys(range(1, 7), 0),
    "cost_correction": dict.fromkeys(range(1, 7), 0),
    "short_years": 1,
    "long_years": 15,
    "follow_up": "ignore",
}
PUBLIC_PURSE = LARC | {
    "weighting": "expected",
    "probability": by_word(0.05, 0.20, 0.50, 0.70, 0.90),
    "prevented": "evidence",
    "default_prevented": 0.25,
    "discount_rate": 0.035,
    "drop_off": 0.05,
    "benefit_correction": CORRECTIONS,
    "cost_correction": CORRECTIONS,
}
CAUTIOUS = PUBLIC_PURSE | {
    "accept_at": "highly_likely",
    "probability": by_word(0.05, 0.15, 0.35, 0.55, 0.75),
    "prevented": "low",
    "default_prevented": 0.10,
    "drop_off": 0.20,
    "long_years": 5,
}
OBSERVED = PUBLIC_PURSE | {"weighting": "observed", "probability": {}, "default_prevented": None}
PRESETS = {"larc": LARC, "public_purse": PUBLIC_PURSE, "cautious": CAUTIOUS, "observed": OBSERVED}
"""The table of METHOD part 3, typed in by hand from the page."""


def cost(
    item,
    value,
    category="future",
    *,
    vintage="larc4",
    price_year="2010-11",
    contains="",
    grade=1,
    **more,
):
    """One row of unit_costs."""
    return {
        "item": item,
        "vintage": vintage,
        "label": item.title(),
        "category": category,
        "unit": "hour" if category == "role" else "episode",
        "value": value,
        "low": None,
        "high": None,
        "price_year": price_year,
        "payer": "local_authority",
        "fund": "other",
        "cashable": 0.5,
        "block": None,
        "contains": contains,
        "grade": grade,
        "source": "invented",
        "url": None,
        "confidence": "assumed",
        "fit": "national",
        "licence": "none",
        "review_by": "2030-01-01",
        **more,
    }


def study(code, comparison_share=None, risk_ratio=None, low=None, high=None, use="yes", **more):
    """One row of base_rates."""
    return {
        "future": code,
        "population": "invented",
        "person": "child",
        "months": 24,
        "comparison_share": comparison_share,
        "programme_share": None,
        "risk_ratio": risk_ratio,
        "low": low,
        "high": high,
        "use": use,
        "source": "invented",
        "url": None,
        "confidence": "assumed",
        "fit": "national",
        **more,
    }


def future(code, item="", quantity=1, start=0, years=1, *, group="", grade=1, **more):
    """One row of the national futures; without an item the numbers are blank."""
    return {
        "future": code,
        "label": code.title(),
        "theme": "other",
        "item": item,
        "quantity": quantity if item else None,
        "start": start if item else None,
        "years": years if item else None,
        "overlap_group": group,
        "grade": grade,
        "rationale": "invented",
        **more,
    }


def case(case_id="c1", costed="yes", **more):
    """One row of cases."""
    return {
        "case_id": case_id,
        "status": "open",
        "started": "2011-03-01",
        "closed": None,
        "initiator": "worker",
        "costed": costed,
        "not_costed_reason": None if costed == "yes" else "not asked",
        "family_asked": "no",
        "prior_social_care": "no",
        "borderline_child_protection": "no",
        "closure_meeting": "no",
        "publish_card": "no",
        **more,
    }


def child(case_id="c1", child_id="1", in_futures="yes"):
    """One row of children."""
    return {
        "case_id": case_id,
        "child_id": child_id,
        "age_band": "5-11",
        "focus": "yes",
        "in_futures": in_futures,
    }


def spent(hours=1, *, people=1, role="worker", element="assessment", case_id="c1"):
    """One row of process."""
    meeting = 1 if element in ("tac_meeting", "review") else None
    return {
        "case_id": case_id,
        "element": element,
        "meeting_no": meeting,
        "role": role,
        "people": people,
        "hours": hours,
    }


def support(quantity=1, *, item="course", status="delivered", case_id="c1"):
    """One row of interventions."""
    return {
        "case_id": case_id,
        "support": "parenting",
        "item": item,
        "quantity": quantity,
        "recipient": "parent",
        "status": status,
    }


def witness(code, *, perspective="parent", likelihood="likely", case_id="c1"):
    """One row of futures in a return."""
    return {
        "case_id": case_id,
        "future": code,
        "perspective": perspective,
        "likelihood": likelihood,
    }


def ruling(code, *, likelihood="likely", accepted="yes", people=1, case_id="c1"):
    """One row of moderation."""
    return {
        "case_id": case_id,
        "future": code,
        "likelihood": likelihood,
        "accepted": accepted,
        "people": people,
        "note": None,
    }


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
                {**row, "source_row": f"{name}.csv:{at}"}
                for at, row in enumerate(tables.get(name, ()), 2)
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
    """METHOD part 3: overrides replace the preset's; of a mapping, keys left out keep the preset's value."""
    return {
        name: {**value, **changes.get(name, {})}
        if isinstance(value, dict)
        else changes.get(name, value)
        for name, value in assumptions.items()
    }


def frame(rows: list[dict], table: schema.Table) -> pd.DataFrame:
    """A table typed as the reader types it, with its source rows."""
    columns = {}
    for field in table.fields:
        cells = [None if oracle.blank(row.get(field.name)) else row.get(field.name) for row in rows]
        if field.kind == "number":
            columns[field.name] = np.array(
                [np.nan if cell is None else cell for cell in cells], dtype="float64"
            )
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
    deflators = [
        {"year": year, "index": index, "source": "invented"}
        for year, index in world["deflators"].items()
    ]
    rows = {
        "unit_costs": world["unit_costs"],
        "futures": world["futures"],
        "base_rates": world["base_rates"],
        "deflators": deflators,
        "authorities": [],
    }
    return Library(**{name: frame(found, schema.NATIONAL[name]) for name, found in rows.items()})


def priced(world: dict) -> Priced:
    """Have the package price and appraise a world."""
    tables = {name: frame(rows, schema.RETURN[name]) for name, rows in world["tables"].items()}
    library = library_of(world)
    prices = library.prices(world["vintage"], world["price_base"])
    assumptions = Assumptions(preset=world["preset"], **world["assumptions"])
    ledger = costing.price_return(tables, library, prices, assumptions)
    anyway = costing.told_anyway(tables, library, prices, assumptions)
    clean = tables["cases"], tables["children"]
    cases = costing.appraise(*clean, ledger, prices, assumptions, anyway)
    return Priced(tables, library, prices, assumptions, ledger, cases)


def random_world(seed: int, families: int = 12) -> dict:
    """A world from a seed, full of ties, half pennies, gaps, chains and spells cut by the horizon.

    It holds three small national libraries that have no item in common, and each family tells of one of them.
    """
    r = Random(seed)
    people = [
        ("worker", "role"),
        ("nurse", "role"),
        ("course", "intervention"),
        ("club", "intervention"),
    ]
    blocks = [
        ([f"item_{n}{x}" for x in "abcde"], [f"future_{n}{x}" for x in "abcdef"]) for n in (1, 2, 3)
    ]
    unit_costs = [
        random_cost(r, item, category, vintage)
        for item, category in people
        for vintage in ("larc4", "current")
    ]
    library: list[dict] = []
    for items, codes in blocks:
        for at, item in enumerate(items):
            inner = " ".join(other for other in items[at + 1 :] if r.random() < 0.25)
            for vintage in r.choice([["larc4", "current"]] * 4 + [["larc4"], ["current"]]):
                unit_costs.append(random_cost(r, item, "future", vintage, inner))
        for code in codes:
            library += random_spells(r, code, items, library)
    cases = [case(f"c{n}", "no" if r.random() < 0.1 else "yes") for n in range(families)]
    tables: dict[str, list] = {
        name: [] for name in ("children", "process", "interventions", "futures", "moderation")
    }
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
        ends = {"low": round(ratio * 0.7, 4), "high": round(ratio * 1.4, 4)}
        by_shares = {"programme_share": min(1, round(share * ratio * 0.9, 3)), "low": 0, "high": 2}
        found.append(
            r.choice(
                [
                    study(code, share, ratio, **ends),
                    study(code, None, ratio, **ends),
                    study(code, 0, ratio, **ends),
                    study(code, share, **by_shares),
                ]
            )
        )
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
    return [
        future(
            code,
            r.choice([*items, ""]),
            r.choice([1, 1, 2, 12, 0.5, 1.25]),
            r.choice([0, 0, 0, 0.25, 1, 2.75, 9.5, 16, 45]),
            r.choice([0.1, 0.25, 1, 1, 1.5, 3, 5.75, 20, 60]),
            group=group,
            grade=r.randint(1, 6),
        )
        for _ in range(r.choice([1, 1, 2, 3]))
    ]


def random_family(r: Random, family: str, codes: list[str], tables: dict[str, list]) -> None:
    """Add a family's rows to the tables of a return."""
    for n in range(r.randint(0, 2)):
        tables["children"].append(child(family, str(n), r.choice(["yes", "yes", "yes", "no"])))
    for _ in range(r.randint(0, 4)):
        tables["process"].append(
            spent(
                r.choice([0.5, 0.25, 1, 1.5, 7.35, 0.01, 0.1]),
                people=r.randint(1, 4),
                role=r.choice(["worker", "nurse"]),
                element=r.choice(["preparation", "assessment", *oracle.MEETINGS]),
                case_id=family,
            )
        )
    for _ in range(r.randint(0, 2)):
        status = r.choice(
            ["delivered", "delivered", "declined", "unavailable", "threshold_not_met"]
        )
        quantity = r.choice([1, 2.5, 0.125, 12]) if status == "delivered" else 0
        item = r.choice(["worker", "course", "club"])
        tables["interventions"].append(support(quantity, item=item, status=status, case_id=family))
    for code in r.sample(codes, r.randint(0, 5)):
        for perspective in r.sample(
            ["parent", "child", "lead_professional", "practitioner"], r.randint(1, 2)
        ):
            tables["futures"].append(
                witness(code, perspective=perspective, likelihood=r.choice(WORDS), case_id=family)
            )
        if r.random() < 0.9:
            tables["moderation"].append(
                ruling(
                    code,
                    likelihood=r.choice(WORDS + ["likely", "highly_likely"] * 3),
                    people=r.randint(1, 3),
                    accepted=r.choice(["yes"] * 6 + ["no"]),
                    case_id=family,
                )
            )


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
    if len(made["probability"]) < len(
        WORDS
    ):  # under larc and observed there is none to fall back on
        chosen["probability"] = by_word(0.1, 0.123, 0.35, 0.6, 1)
    if made["default_prevented"] is None:
        chosen["default_prevented"] = every["default_prevented"]
    return chosen
