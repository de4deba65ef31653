"""What moved between two runs: each cause alone, all together, and what cannot be priced alone."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from larcnb.cli import compare
from larcnb.cli.compare import keep_run, lines, reconcile, since_last
from larcnb.errors import REFUSED, LarcError
from larcnb.params import load_preset
from larcnb.root import WORKBOOK, Root
from larcnb.synth import write_root

ROOT = Root(WORKBOOK)
HERE = str(WORKBOOK)


@pytest.fixture(scope="module")
def old():
    return compare.read_inputs(ROOT, "la-03")


def with_hours(of, factor):
    process = of.tables["process"]
    changed = process.assign(hours=process["hours"] * factor)
    return replace(of, tables={**of.tables, "process": changed})


def with_library(of, table, column, factor):
    frame = getattr(of.library, table)
    changed = {table: frame.assign(**{column: frame[column] * factor})}
    return replace(of, library=replace(of.library, **changed))


def at_prices_of(of, year):
    return replace(of, authority=replace(of.authority, price_base=year))


def with_preset(of, name):
    return replace(of, assumptions=load_preset(ROOT, name).assumptions)


CAUSES = {
    "the return": lambda of: with_hours(of, 2),
    "unit costs": lambda of: with_library(of, "unit_costs", "value", 2),
    "futures library": lambda of: with_library(of, "futures", "years", 0.5),
    "price base and vintage": lambda of: at_prices_of(of, "2012-13"),
    "assumptions": lambda of: with_preset(of, "cautious"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_alone_is_named_and_adds_up(old, cause):
    start, step, end = reconcile(old, CAUSES[cause](old), None, None)
    assert (start.cause, step.cause, end.cause) == ("old", cause, "new") and step.cases > 0
    assert start.long + step.long == pytest.approx(end.long, abs=0.01)
    assert start.short + step.short == pytest.approx(end.short, abs=0.01)
    if cause == "unit costs":  # doubling every one moves the saving by itself
        assert (step.short, step.long) == pytest.approx((start.short, start.long), abs=5)


def test_all_causes_together_add_up_and_the_code_is_what_old_results_differ_by(old):
    new = with_preset(with_library(with_hours(old, 3), "unit_costs", "value", 1.1), "public_purse")
    steps = reconcile(old, new, compare.appraise(old) * 1.5, compare.appraise(new))
    named = ["old", "the return", "unit costs", "assumptions", "code", "new"]
    assert [step.cause for step in steps] == named
    assert sum(step.long for step in steps[:-1]) == pytest.approx(steps[-1].long, abs=0.05)
    results = compare.appraise(old)
    results.iloc[0] += 100
    steps = reconcile(old, old, results, None)
    assert [(step.cause, step.long, step.cases) for step in steps[1:-1]] == [("code", -100.0, 1)]
    assert len(reconcile(old, old, None, None)) == 2


def test_a_cause_that_cannot_be_priced_alone_joins_the_next(old):
    process, costs = old.tables["process"].copy(), old.library.unit_costs
    role = process["role"].iloc[0]
    process.loc[process.index[0], "role"] = "new_role"
    row = costs[(costs["item"] == role) & (costs["vintage"] == "larc4")]
    own = row.assign(item="new_role", value=row["value"] + 10)
    library = replace(old.library, unit_costs=pd.concat([costs, own]))
    new = replace(old, tables={**old.tables, "process": process}, library=library)
    steps = reconcile(old, new, None, None)
    assert [step.cause for step in steps] == ["old", "the return and unit costs", "new"]


def test_what_is_no_folder_is_refused_and_what_did_not_move_is_named():
    with pytest.raises(LarcError, match="'no-such-thing': The folder given"):
        list(lines("no-such-thing", HERE, print))
    assert list(lines(HERE, HERE, print, "la-12")) == ["1 did not move: la-12."]


def test_a_refused_return_is_named_with_its_side_after_the_others_were_compared(tmp_path):
    shutil.copytree(WORKBOOK / "params/presets", tmp_path / "params/presets")
    for slug in ("la-03", "la-12"):
        shutil.copy(WORKBOOK / "params" / f"{slug}.yaml", tmp_path / "params")
        shutil.copytree(WORKBOOK / "data/raw" / slug, tmp_path / "data/raw" / slug)
    process = tmp_path / "data/raw/la-03/process.csv"
    process.write_text(process.read_text("utf-8").replace("hours", "ours"), "utf-8", newline="\n")
    said = lines(HERE, str(tmp_path), print)
    assert next(said) == "1 did not move: la-12."
    words = "la-03 cannot be compared: the new one does not pass its checks"
    with pytest.raises(LarcError, match=words) as refused:
        next(said)
    assert refused.value.exit_code == REFUSED
    assert "ERROR unknown-column  la-03/process.csv, row 1, column 'ours'" in str(refused.value)
    with pytest.raises(LarcError, match=r"(?s)the old one does not.*the new one does not"):
        list(lines(str(tmp_path), str(tmp_path), print, "la-03"))


def test_what_moved_since_the_last_run_is_told_without_a_copied_folder(tmp_path):
    write_root(tmp_path, 1, 2, 1, "larc4")
    root, params = Root(tmp_path), tmp_path / "params/synth-001.yaml"

    def said():
        return "\n".join(since_last(root, "synth-001", print))

    with pytest.raises(LarcError, match="No run of synth-001 is kept yet"):
        said()
    keep_run(root, "synth-001")
    assert said().startswith("synth-001 did not move")
    own = params.read_text("utf-8").replace("overrides: {}", "overrides: {drop_off: 0.4}")
    params.write_text(own, "utf-8")
    assert said().startswith("Old: the last run. New: as things are now, not run yet.")
    keep_run(root, "synth-001")
    assert said().startswith("Old: the run before the last.") and "assumptions" in said()
