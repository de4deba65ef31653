"""Small made-up studies for the sensitivity tests: a world of ``worlds.py`` with the ranges of a real preset.

Everything here is invented but the presets' ranges and the spreads, which are the workbook's own.
"""

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
    costs, futures = [cost("care", 1000)], [future("care", "care", years=2)]
    return_ = {"process": [spent(10)], "interventions": [support(1)], **avoided("care")}
    return world(costs, futures, **return_ | changes)


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
    # of whom, what, as the witness held it, as it was agreed
    said = [
        ("a", "care", "likely", "likely"),
        ("a", "school", "highly_likely", "highly_likely"),
        ("b", "school", "likely", "likely"),
        ("b", "distress", "likely", "likely"),
        ("c", "care", "possible", "likely"),
        ("c", "school", "highly_likely", "highly_likely"),
    ]
    told = [witness(of, case_id=who, likelihood=held) for who, of, held, _ in said]
    people = {("a", "school"): 2}
    agreed = [
        ruling(of, case_id=who, likelihood=word, people=people.get((who, of), 1))
        for who, of, _, word in said
    ]
    return world(
        costs,
        library,
        [worlds.study("care", 0.1, 0.6, 0.4, 0.9)],
        preset=name,
        cases=[case("c"), case("a"), case("b"), case("d", "no")],
        children=[worlds.child("a"), worlds.child("b"), worlds.child("c", in_futures="no")],
        process=[spent(12, case_id="a"), spent(30, people=2, case_id="b"), spent(7.5, case_id="c")]
        + [spent(9, case_id="d")],
        interventions=[support(3, case_id="a"), support(8, case_id="c")],
        futures=[*told, witness("care", case_id="a", perspective="child")],
        moderation=agreed,
    )


def study_of(
    made: dict, draws: int = 1000, seed: int = 1, overrides=None, notes=None, spreads=None
):
    """A world's study, as a notebook opens it; ``overrides`` are what the world's assumptions differ in from the preset."""
    of = SimpleNamespace(
        slug="la-99", name="Nowhere", overrides=overrides or {}, reasons=notes or {}
    )
    run = worlds.priced(made)
    run.__dict__.update(root=ROOT, authority=of, preset=preset(made["preset"]))
    study = open_study(run, draws, seed)
    if spreads is not None:
        study.__dict__["spread"] = spreads
    return study
