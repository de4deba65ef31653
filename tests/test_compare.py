"""The bridge between two runs: each cause alone, all together, and what cannot be priced alone."""

import dataclasses
import shutil

import pandas as pd
import pytest

from larcnb import compare
from larcnb.cli.compare import lines
from larcnb.errors import REFUSED, LarcError
from larcnb.params import load_preset
from larcnb.root import WORKBOOK, Root

ROOT = Root(WORKBOOK)


@pytest.fixture(scope="module")
def old():
    return compare.read_inputs(ROOT, "la-03")


def with_hours(inputs, factor):
    process = inputs.tables["process"]
    changed = process.assign(hours=process["hours"] * factor)
    return dataclasses.replace(inputs, tables={**inputs.tables, "process": changed})


def with_library(inputs, **parts):
    return dataclasses.replace(inputs, library=dataclasses.replace(inputs.library, **parts))


def dearer(inputs, factor=2.0):
    costs = inputs.library.unit_costs
    return costs.assign(value=costs["value"] * factor)


def test_the_same_inputs_have_no_step_between_the_ends(old):
    start, end = compare.reconcile(old, old)
    assert (start.cause, end.cause, start.long) == ("old", "new", end.long)


@pytest.mark.parametrize(
    "cause",
    ["the return", "unit costs", "futures library", "price base and vintage", "assumptions"],
)
def test_each_cause_alone_is_named_and_adds_up(old, cause):
    new = {
        "the return": lambda: with_hours(old, 2),
        "unit costs": lambda: with_library(old, unit_costs=dearer(old)),
        "futures library": lambda: with_library(
            old, futures=old.library.futures.assign(years=old.library.futures["years"] / 2)
        ),
        "price base and vintage": lambda: dataclasses.replace(
            old, authority=dataclasses.replace(old.authority, price_base="2012-13")
        ),
        "assumptions": lambda: dataclasses.replace(
            old, assumptions=load_preset(ROOT, "cautious").assumptions
        ),
    }[cause]()
    start, step, end = compare.reconcile(old, new)
    assert step.cause == cause
    assert step.cases > 0
    assert start.long + step.long == pytest.approx(end.long, abs=0.01)
    assert start.short + step.short == pytest.approx(end.short, abs=0.01)


def test_doubling_every_unit_cost_moves_the_saving_by_itself(old):
    start, step, _ = compare.reconcile(old, with_library(old, unit_costs=dearer(old)))
    assert (step.short, step.long) == pytest.approx((start.short, start.long), abs=5)


def test_all_causes_together_add_up(old):
    new = with_library(with_hours(old, 3), unit_costs=dearer(old, 1.1))
    new = dataclasses.replace(new, assumptions=load_preset(ROOT, "public_purse").assumptions)
    steps = compare.reconcile(old, new, compare.appraise(old) * 1.5, compare.appraise(new))
    assert [step.cause for step in steps] == [
        "old",
        "the return",
        "unit costs",
        "assumptions",
        "code",
        "new",
    ]
    assert sum(step.long for step in steps[:-1]) == pytest.approx(steps[-1].long, abs=0.05)


def test_a_cause_that_cannot_be_priced_alone_joins_the_next(old):
    process = old.tables["process"].copy()
    process.loc[process.index[0], "role"] = "new_role"
    costs = old.library.unit_costs
    row = costs[
        (costs["item"] == old.tables["process"]["role"].iloc[0]) & (costs["vintage"] == "larc4")
    ]
    new = dataclasses.replace(old, tables={**old.tables, "process": process})
    new = with_library(
        new, unit_costs=pd.concat([costs, row.assign(item="new_role", value=row["value"] + 10)])
    )
    assert [step.cause for step in compare.reconcile(old, new)] == [
        "old",
        "the return and unit costs",
        "new",
    ]


def test_the_code_is_what_old_results_differ_by(old):
    results = compare.appraise(old)
    results.iloc[0] += 100
    steps = compare.reconcile(old, old, results)
    assert [(step.cause, step.long, step.cases) for step in steps[1:-1]] == [("code", -100.0, 1)]


def test_what_is_neither_folder_nor_commit_is_refused():
    with pytest.raises(LarcError, match="'no-such-thing' is neither a folder nor a commit"):
        list(lines("no-such-thing", str(WORKBOOK), [], print))
    with pytest.raises(LarcError, match="Not in both: la-99"):
        list(lines(str(WORKBOOK), str(WORKBOOK), ["la-99"], print))


def test_the_text_names_what_did_not_move():
    assert list(lines(str(WORKBOOK), str(WORKBOOK), ["la-12"], print)) == ["1 did not move: la-12."]


def test_a_refused_return_is_named_with_its_side_after_the_others_were_compared(tmp_path):
    shutil.copytree(WORKBOOK / "params", tmp_path / "params")
    shutil.copytree(WORKBOOK / "data" / "raw", tmp_path / "data" / "raw")
    process = tmp_path / "data" / "raw" / "la-03" / "process.csv"
    process.write_text(process.read_text("utf-8").replace("hours", "ours"), "utf-8", newline="\n")
    said = lines(str(WORKBOOK), str(tmp_path), ["la-03", "la-12", "la-12"], print)
    assert next(said) == "1 did not move: la-12."
    with pytest.raises(
        LarcError, match="la-03 cannot be compared: the new one does not pass its checks"
    ) as refused:
        next(said)
    assert refused.value.exit_code == REFUSED
    assert "ERROR unknown-column  la-03/process.csv, row 1, column 'ours'" in str(refused.value)
    with pytest.raises(
        LarcError, match=r"(?s)the old one does not pass.*the new one does not pass"
    ):
        list(lines(str(tmp_path), str(tmp_path), ["la-03"], print))
