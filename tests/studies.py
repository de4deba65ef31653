"""Small made-up studies for the sensitivity tests: a world of ``worlds.py`` with the ranges of a real preset.

Everything here is invented but the presets' ranges and the spreads, which are the workbook's own.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import worlds
from worlds import avoided, case, cost, future, ruling, spent, support, witness, world

from larcnb import params
from larcnb.params.spread import load_spread
from larcnb.root import WORKBOOK, Root
from larcnb.sensitivity import open_study

ROOT = Root(WORKBOOK)


@cache
def preset(name: str) -> params.Preset:
    return params.load_preset(ROOT, name)


@cache
def spread():
    return load_spread(ROOT)


def plain(**changes) -> dict:
    """One case: 10 hours at 40 and a course at 100 against one future of 1,000 a year for two years."""
    return world(
        [cost("care", 1000)],
        [future("care", "care", years=2)],
        **{"process": [spent(10)], "interventions": [support(1)], **avoided("care"), **changes},
    )


def three_cases(name: str = "public_purse") -> dict:
    """Three cases with several futures and witnesses; one future has no price, one an observed rate."""
    library = [
        future("care", "care", quantity=2, start=0.5, years=3, grade=5),
        future("school", "school", years=4, grade=6),
        future("school", "court", start=1, years=2, grade=6),
        future("distress"),
    ]
    costs = [
        cost("care", 3000, grade=3, payer="local_authority"),
        cost("school", 900, grade=4, payer="education"),
        cost("court", 700, grade=2, payer="criminal_justice", low=500, high=900),
    ]
    told = [
        witness("care", case_id="a"),
        witness("care", case_id="a", perspective="child"),
        witness("school", case_id="a", likelihood="highly_likely"),
        witness("school", case_id="b"),
        witness("distress", case_id="b"),
        witness("care", case_id="c", likelihood="possible"),
        witness("school", case_id="c", likelihood="highly_likely"),
    ]
    agreed = [
        ruling("care", case_id="a"),
        ruling("school", case_id="a", likelihood="highly_likely", people=2),
        ruling("school", case_id="b"),
        ruling("distress", case_id="b"),
        ruling("care", case_id="c"),
        ruling("school", case_id="c", likelihood="highly_likely"),
    ]
    return world(
        costs,
        library,
        [worlds.study("care", 0.1, 0.6, 0.4, 0.9)],
        preset=name,
        cases=[case("c"), case("a"), case("b"), case("d", "no")],
        children=[worlds.child("a"), worlds.child("b"), worlds.child("c", in_futures="no")],
        process=[
            spent(12, case_id="a"),
            spent(30, people=2, case_id="b"),
            spent(7.5, case_id="c"),
            spent(9, case_id="d"),
        ],
        interventions=[support(3, case_id="a"), support(8, case_id="c")],
        futures=told,
        moderation=agreed,
    )


def study_of(
    made: dict, draws: int = 1000, seed: int = 1, overrides=None, notes=None, spreads=None
):
    """A world's study, as a notebook opens it; ``overrides`` are what the world's assumptions differ in from the preset."""
    priced = worlds.priced(made)
    authority = SimpleNamespace(
        slug="la-99", name="Nowhere", overrides=overrides or {}, reasons=notes or {}
    )
    study = open_study(
        SimpleNamespace(
            root=ROOT,
            authority=authority,
            preset=preset(made["preset"]),
            assumptions=priced.assumptions,
            tables=priced.tables,
            library=priced.library,
            prices=priced.prices,
            ledger=priced.ledger,
        ),
        draws,
        seed,
    )
    if spreads is not None:
        study.__dict__["spread"] = spreads
    return study
