"""The package against a second reading of docs/method.md parts 1 to 3, in random worlds, line by line."""

import math

import oracle
import pandas as pd
import pytest
import worlds
from roots import write_root

from larcnb import costing
from larcnb.library import load_library
from larcnb.params import assumptions_for, load_authority
from larcnb.returns import read_return


def written(cell):
    """A frame's cell as Python has it, a blank as None."""
    return None if pd.isna(cell) else getattr(cell, "item", lambda: cell)()


KNOWN = ["case_id", "stage", "element", "item", "year", "grade"]
NUMBERS = ["amount", "chance", "prevented", "weight"]


def of_package(ledger: pd.DataFrame) -> list[tuple]:
    lines = []
    for row in ledger.to_dict("records"):
        plain = row["note"] == ""
        cells = (written(row[name]) for name in (*KNOWN, *NUMBERS))
        lines.append((*cells, plain, row["quantity"] if plain else None))
    return sorted(lines, key=str)


def of_oracle(lines: list[dict]) -> list[tuple]:
    def number(value):
        return None if value is None else float(value)

    found = []
    for one in lines:
        plain = not one["note"]
        numbers = (number(one[name]) for name in NUMBERS)
        quantity = number(one["quantity"]) if plain else None
        found.append((*(one[name] for name in KNOWN), *numbers, plain, quantity))
    return sorted(found, key=str)


@pytest.fixture(scope="module")
def pairs():
    """Each world with what the package makes of it: 30 returns of 12 families, three small libraries in each."""
    made = [worlds.random_world(seed) for seed in range(30)]
    return [(world, worlds.priced(world)) for world in made]


def test_every_line_of_the_ledger_is_what_the_method_says(pairs):
    for seed, (world, package) in enumerate(pairs):
        assert of_package(package.ledger) == of_oracle(oracle.ledger(world)), f"seed {seed}"


def test_every_case_is_what_the_method_says_to_the_penny(pairs):
    for seed, (world, package) in enumerate(pairs):
        expected = oracle.cases(world)
        assert package.cases["case_id"].tolist() == [row["case_id"] for row in expected]
        for row, wanted in zip(package.cases.to_dict("records"), expected, strict=True):
            for name, value in wanted.items():
                value = float(value) if isinstance(value, oracle.Fraction) else value
                if name in ("break_even_share", "benefit_cost_ratio") and value is not None:
                    assert math.isclose(row[name], value, rel_tol=1e-12), f"seed {seed}"
                else:
                    assert written(row[name]) == value, f"seed {seed}, {row['case_id']}, {name}"


NOTES = """case not costed, support not delivered, told and not moderated, not accepted by the moderators,
agreed likelihood below, no national cost, no unit cost for, begins after the long term, stands for the same as,
already in the cost of, no observed rate"""


def test_the_worlds_reach_every_rule_and_every_kind_of_result(pairs):
    notes = pd.concat([package.ledger["note"] for _, package in pairs])
    for note in NOTES.replace(",\n", ", ").split(", "):
        assert notes.str.startswith(note).sum() >= 10, note
    cases = pd.concat([package.cases for _, package in pairs]).query("costed == 'yes'")
    for column in ("saving_short", "saving_long"):
        assert (cases[column] < 0).sum() >= 10 and (cases[column] > 0).sum() >= 10
    assert cases["payback_year"].isna().sum() >= 10 and (cases["payback_year"] > 0).sum() >= 5
    assert cases["break_even_share"].isna().sum() >= 10
    assert cases.query("conservative == 'yes' and unpriced_futures == 0").shape[0] >= 10


@pytest.mark.parametrize("seed", [2001, 2002])
def test_a_world_read_from_files_is_priced_like_the_world(seed, tmp_path):
    world = worlds.random_world(seed)
    # a row that stands twice is refused
    world["futures"] = list({tuple(row.values()): row for row in world["futures"]}.values())
    root = write_root(tmp_path, world)
    authority = load_authority(root, "la-01")
    library = load_library(root, authority)
    tables = read_return(root.raw("la-01"), "la-01", library, authority.vintage).check().tables
    assumptions = assumptions_for(root, authority)
    prices = library.prices(authority.vintage, authority.price_base)
    ledger = costing.price_return(tables, library, prices, assumptions)
    assert of_package(ledger) == of_oracle(oracle.ledger(world))
    cases = costing.appraise(tables, library, ledger, prices, assumptions)
    costed = [row for row in oracle.cases(world) if row["inputs"] is not None]
    assert cases["saving_long"].dropna().tolist() == [float(row["saving_long"]) for row in costed]
