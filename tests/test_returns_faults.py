"""Returns spoilt in every way the generator knows: refused and named, warned of, or read all the same.

``LARCNB_MUTANTS=5000 pytest tests/test_returns_faults.py -k many`` runs as many as asked for.
"""

import os
import random
import zlib
from pathlib import Path

import drafts
import pytest
from spoilt import FAULTS, HARMLESS, IN_PLACE, ODDITIES, Expected

from larcnb.errors import LarcError
from larcnb.returns import Return, quality
from larcnb.schema import RETURN

KINDS = {"fault": FAULTS, "oddity": ODDITIES, "harmless": HARMLESS}
MANY = int(os.environ.get("LARCNB_MUTANTS", "15"))
SEEDS = 20
CANARY = "Canaryjade7"
"""What no message, record or representation may repeat."""


def names(found: Return, expected: Expected) -> bool:
    """Some problem of the severity is about the file and, where they are given, the row and the column."""
    return any(
        problem.severity == expected.severity
        and problem.file.startswith(expected.file)
        and expected.row in (0, problem.row)
        and expected.column in ("", problem.column)
        for problem in found.problems
    )


def with_canaries(draft: drafts.Draft) -> drafts.Draft:
    """The draft, every free-text cell of it with the canary, a comma beside it."""
    for name, rows in draft.tables.items():
        for at, column in enumerate(rows[0]):
            for row in rows[1:] if RETURN[name][column].private else ():
                row[at] = f"{CANARY}, {row[at]}" if row[at] else row[at]
    return draft


def said_of(found: Return) -> str:
    """Everything that may leave the reader."""
    words = [repr(found), str(quality.records(found.problems))]
    try:
        found.check()
    except LarcError as error:
        words += [str(error), repr(error), str(error.args)]
    return "\n".join(words)


def differing(one: Return, other: Return) -> list[str]:
    """The tables in which two returns differ, rows' places aside."""
    pairs = {name: (one.tables[name], other.tables[name]) for name in one.tables}
    bare = {n: [frame.drop(columns="source_row") for frame in pair] for n, pair in pairs.items()}
    return [n for n, (a, b) in bare.items() if not (a.equals(b) and a.dtypes.equals(b.dtypes))]


def verdict(group: str, name: str, seed: int, form: str, folder: Path) -> str:
    """What is wrong with how a mutant was met; empty where nothing is."""
    change, only = KINDS[group][name]
    draft = drafts.made(seed, form=only or form)
    if group == "fault":
        with_canaries(draft)
    expected = change(draft, random.Random(seed))
    found = draft.read(folder / "la-99")
    if CANARY in said_of(found):
        return "free text is repeated"
    if group == "fault":
        met = found.errors and names(found, expected)
        return "" if met else f"errors {found.errors[:3]}, wanted {expected}"
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
