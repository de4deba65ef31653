"""Returns spoilt in every way the generator knows: refused and named, warned of, or read all the same.

``LARCNB_MUTANTS=5000 pytest tests/test_returns_faults.py -k many`` runs as many as asked for.
"""

from __future__ import annotations

import os
import random
import zlib
from pathlib import Path

import drafts
import pytest
from spoilt import FAULTS, HARMLESS, IN_PLACE, ODDITIES, Expected

from larcnb.returns import Return

KINDS = {"fault": FAULTS, "oddity": ODDITIES, "harmless": HARMLESS}
MANY = int(os.environ.get("LARCNB_MUTANTS", "40"))
SEEDS = 20


def names(found: Return, expected: Expected) -> bool:
    """Some problem of the severity is about the file and, where they are given, the row and the column."""
    return any(
        problem.severity == expected.severity
        and problem.file.startswith(expected.file)
        and expected.row in (0, problem.row)
        and expected.column in ("", problem.column)
        for problem in found.problems
    )


def differing(one: Return, other: Return) -> list[str]:
    """The tables in which two returns differ, rows' places aside."""
    pairs = {
        name: [found.tables[name].drop(columns="source_row") for found in (one, other)]
        for name in one.tables
    }
    return [
        name for name, (a, b) in pairs.items() if not (a.equals(b) and a.dtypes.equals(b.dtypes))
    ]


def verdict(group: str, name: str, seed: int, form: str, folder: Path) -> str:
    """What is wrong with how a mutant was met; empty where nothing is."""
    change, only = KINDS[group][name]
    draft = drafts.made(seed, form=only or form)
    expected = change(draft, random.Random(seed))
    found = draft.read(folder / "la-99")
    if group == "fault":
        return (
            ""
            if found.errors and names(found, expected)
            else f"errors {found.errors[:3]}, wanted {expected}"
        )
    if found.errors:
        return f"refused: {found.errors[:3]}"
    if group == "oddity":
        return "" if names(found, expected) else f"warnings {found.problems[:3]}, wanted {expected}"
    sound = drafts.made(seed).read(folder / "sound")
    return ", ".join(differing(found, sound)) or ("warned of" if found.problems else "")


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group, kinds in KINDS.items() for name in kinds]
)
def test_each_kind_is_met_as_it_should_be(group, name, tmp_path):
    seed = zlib.crc32(name.encode()) % SEEDS
    assert verdict(group, name, seed, ("csv", "xlsx")[seed % 2], tmp_path) == ""


def test_many_mutants_are_met_as_they_should_be(tmp_path):
    rng = random.Random(2026)
    kinds = [(group, name) for group, kinds in KINDS.items() for name in kinds]
    wrong = []
    for at in range(MANY):
        group, name = rng.choice(kinds)
        seed, form = rng.randrange(10_000), rng.choice(["csv", "xlsx"])
        said = verdict(group, name, seed, form, tmp_path / str(at))
        wrong += [f"{group} {name} {form} seed {seed}: {said}"] if said else []
    assert wrong == []


@pytest.mark.parametrize("seed", range(10))
def test_two_faults_at_once_are_both_named(seed, tmp_path):
    rng = random.Random(seed)
    draft = drafts.made(seed, form=rng.choice(["csv", "xlsx"]))
    fit = [name for name in IN_PLACE if FAULTS[name][1] in ("", draft.form)]
    expected = [FAULTS[name][0](draft, rng) for name in rng.sample(fit, 2)]
    found = draft.read(tmp_path / "la-99")
    assert [one for one in expected if not names(found, one)] == []
