"""A round's page and an authority's beside others, from hand-made results: what they say, and what they never show."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sparse
from page_frames import example
from roots import say_made

from larcnb import consortium, schema, workbook
from larcnb.consortium import pooling, verdict
from larcnb.errors import LarcError
from larcnb.findings import rounded
from larcnb.publish import render_page
from larcnb.root import WORKBOOK, Root

PARAMS = 'slug: {0}\nname: {1}\nround: made\nvintage: larc4\nprice_base: "{2}"\npreset: larc\noverrides: {{}}\n'
NAMES = ["Ashby", "Birchley", "Cedarham", "Dellford", "Elmsea", "Fernhill"]
SETS = {"larc": (100.0, 1000.0, 1000.0), "public_purse": (120.0, 600.0, 240.0)}
SETS["cautious"] = (120.0, 300.0, 60.0)
"""Of each authority: inputs, told_long, avoided_long."""
DRAWS = 1_000
UNSUMMED = ["public_purse.chance_stated"]
NO_MONEY = ["meeting_no", "break_even_share"]


def write_round(folder, authorities=6, bases="2010-11", costed=True, study=True):
    """A root whose authorities all sent the same families under the same names, each at prices of its own.

    Of six, the last costed one family.
    """
    made = example()
    columns = {name: [*of.names, "source_row"] for name, of in schema.RETURN.items()}
    blank = {name: pd.DataFrame(columns=of) for name, of in columns.items()}
    results = blank | made["tables"] | {name: made[name] for name in ("cases", "ledger")}
    results["cases"] = results["cases"].assign(family_id=None, end_reason=None)
    results["futures"] = results["futures"].assign(chance_without=None, chance_with=None)
    (folder / "params").mkdir(parents=True)
    for n, name in enumerate(NAMES[:authorities]):
        slug, base = f"au-{n}", bases if isinstance(bases, str) else bases[n]
        text = PARAMS.format(slug, name, base)
        (folder / "params" / f"{slug}.yaml").write_text(text, encoding="utf-8")
        processed = folder / "data" / "processed" / slug
        processed.mkdir(parents=True)
        for table, frame in results.items():
            if len(frame):
                twin = frame.assign(case_id=frame["case_id"] + "x")
                frame = pd.concat([frame, twin], ignore_index=True)
            if table in ("cases", "ledger"):
                money = frame.select_dtypes("float64").columns.difference(NO_MONEY)
                frame[money] = (frame[money] * (1 + n / 10)).round(2)
            if n == 5 and len(frame):
                frame = frame[frame["case_id"] == "oak"]
            if table == "cases" and not costed:
                frame = frame.assign(costed="no")
            frame.to_parquet(processed / f"{table}.parquet")
        if study:
            write_study(processed, n)
        say_made(Root(folder), slug)
    return folder


def write_study(processed: Path, n: int) -> None:
    """What 03_sensitivity would have found: the same sums in every authority, and draws of its own."""
    rng, rows, drawn = np.random.default_rng(n), [], {}
    for name, (inputs, told, avoided) in SETS.items():
        values = {"inputs": inputs, "told_long": told, "avoided_long": avoided, "years": 15}
        values |= {"saving_short": -inputs, "saving_long": avoided - inputs, "avoided_short": 0}
        rows += [("scenarios", name, None, *value) for value in (values | {"losses": 1}).items()]
        for case, share in (("oak", 0.75), ("elm", 0.25)):
            of = {"inputs": inputs / 2, "avoided_long": avoided * share}
            of["saving_long"] = of["avoided_long"] - of["inputs"]
            rows += [("by_case", case, name, *value) for value in of.items()]
        drawn[f"{name}.inputs"] = np.full(DRAWS, round(inputs * 100))
        drawn[f"{name}.avoided_short"] = np.zeros(DRAWS, int)
        drawn[f"{name}.avoided_long"] = rng.integers(0, round(avoided * 200), DRAWS)
        drawn[f"{name}.chance_stated"] = np.full(DRAWS, name != "larc")
    frame = pd.DataFrame(rows, columns=["result", "of", "at", "measure", "value"])
    frame.astype({"value": float}).to_parquet(processed / "sensitivity.parquet")
    pd.DataFrame(drawn).to_parquet(processed / "draws.parquet")


def run(folder, name="10_consortium", **parameters):
    """A page's text in one line, with its notebook's own folder of notebooks."""
    with sparse.at(Root(folder)):
        nb = sparse.run_here(WORKBOOK / "notebooks" / f"{name}.ipynb", **parameters)
    return " ".join(sparse.said_on_page(render_page(nb, "A page")))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Six authorities: five of eight costed cases, the last of one."""
    return write_round(tmp_path_factory.mktemp("enough") / "root")


@pytest.fixture(scope="module")
def opened(root):
    with sparse.at(Root(root)):
        found = consortium.open_round("10_consortium", "made", same_prices=True)
        _ = found.tables, found.received
        yield found


@pytest.fixture(scope="module")
def page(root):
    return run(root, round_name="made")


@pytest.fixture(scope="module")
def written(root, page):
    folder = root / "data/processed/consortium/made"
    tables = {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}
    return tables | json.loads((folder / "findings.json").read_text("utf-8"))


def test_the_verdict_has_the_rounds_own_figures_in_the_order_of_the_method(page, opened):
    said = [
        "help must have prevented 20 in 100 of the futures told, by cost",  # 6 x 120 of 6 x 600
        "credits it with 40 in 100: more than that.",  # 240 of 600
        "child looked after by the local authority 32 (range 8 to 52)",
        "Not every study found a benefit: child protection plan 0 (range −30 to 30).",
        "In the reference case help saves £720 net over",  # 6 x (240 - 120)
        "all of them as prevented: so counted help saves £5,400 net. That is an upper bound, not an estimate.",  # 6 x 900
        "This is an account of the public purse:",
        "There was no comparison group:",
    ]
    places = [page.find(words) for words in said]
    assert -1 not in places and places == sorted(places), dict(zip(said, places, strict=True))
    assert page.count("no comparison group") == 1
    assert "They are no sample of a population" in page
    # every authority's oak is 180 of 240; 720 - (180 - 60) left would tell one's saving of 120
    left = "Without it, help for the 11 families left saves more than it costs."
    assert f"13% of the costs avoided is one family's. {left}" in page
    said = verdict.differences(pooling.across(opened.pooled("cases"), "saving_long"))
    assert "How far authorities differ cannot be estimated" in said  # REML gives no spread
    assert "of a further authority like these would average" in said and "league table" in page


def test_the_rounds_interval_is_that_of_the_sum_over_authorities_draw_by_draw(root, page, written):
    paths = [root / f"data/processed/au-{n}/draws.parquet" for n in range(6)]
    frames = [pd.read_parquet(path) for path in paths]
    drawn = sum(frame.filter(like="public_purse.").drop(columns=UNSUMMED) for frame in frames) / 100
    saving = drawn["public_purse.avoided_long"] - drawn["public_purse.inputs"]
    low, high = np.quantile(saving, [0.025, 0.975])
    by_set = written["scenarios"].set_index("set")
    row, larc = by_set.loc["public_purse"], by_set.loc["larc"]
    assert (row["low95"], row["high95"]) == pytest.approx((low, high))
    assert row["chance"] == pytest.approx((saving >= 0).mean())
    assert f"(95% uncertainty interval {rounded(low)} to {rounded(high)})" in page
    assert np.isnan(larc["chance"])  # whether futures were real is drawn in no such scenario
    assert "of simulations show a saving" in page and "100% of simulations" not in page


def test_no_authoritys_mean_is_one_familys_figure(opened, written, root):
    counts = opened.pooled("cases").query("costed == 'yes'")["authority"].value_counts()
    assert counts.min() == 1
    shown = written["by_authority"]
    # whoever knows the largest authority's cases is left with several families of the others
    assert shown.set_index("authority")["cases"]["Ashby, Birchley and Fernhill"] == 8 + 8 + 1
    assert shown["cases"].sum() == counts.sum()  # nothing is left to be had by subtraction
    alone = pd.read_parquet(root / "data/processed/au-5/cases.parquet")["saving_long"].item()
    tables = (of.to_csv() for of in written.values() if isinstance(of, pd.DataFrame))
    assert f",{alone}," not in "".join(tables)


def test_children_are_set_beside_children(opened, page):
    children = len(opened.tables["children"])
    assert f" of {children} children (" in page and "Of comparison children 2.5% met it" in page


def test_payers_add_up_to_all_ledgers_and_families_of_one_name_are_several(opened, written):
    costed = opened.pooled("cases").query("costed == 'yes'")
    payers = written["payers"][["avoided_long", "paid"]].sum().tolist()
    sums = costed[["avoided_long", "inputs_appraised"]].sum().tolist()
    assert payers == pytest.approx(sums, abs=0.6)
    assert opened.pooled("cases")["case_id"].nunique() == 51 and len(costed) == written["costed"]
    assert opened.tables["needs"]["case_id"].iloc[0] == "au-0/oak"


def test_a_what_if_prices_the_round_again_says_so_and_writes_nothing(root, page):
    folder = root / "data/processed"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with sparse.at(Root(root)):
        half = consortium.open_round("10_consortium", "made", None, {"attribution": 0.5})
        whole = consortium.open_round("10_consortium", "made", "larc")
        avoided = [of.pooled("cases")["avoided_long"].sum() for of in (half, whole)]
        assert avoided[0] == pytest.approx(avoided[1] / 2, abs=0.5) and avoided[0] > 0
        assert "What-if" in str(half.context) and "attribution 50%" in str(half.context)
        assert "wrote nothing: a what-if" in str(half.finish(x=pd.DataFrame()))
        with pytest.raises(LarcError, match="green"):
            consortium.open_round("10_consortium", "made", "green")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def follow_up(folder, *families, moves=(-10, -20, -30, -40, -50, 0)):
    """The round with what each 04 found: of 240 avoided and 120 spent, moved by so much; these families' futures came."""
    for n, moved in enumerate(moves):
        processed = folder / f"data/processed/au-{n}"
        found = {"inputs_appraised": 120, "avoided_long": 240, "payers": []}
        found |= {"follow_up_moves": moved}
        (processed / "findings.json").write_text(json.dumps({"reference": found}), "utf-8")
        told = pd.read_parquet(processed / "futures.parquet")
        futures = told.drop_duplicates(["case_id", "future"])
        came = futures[futures["case_id"].isin(families if n < 2 else [])]
        rows = came[["case_id", "future"]].assign(happened="yes", month=8, followed_months=24)
        rows = rows.assign(source="record", source_row="follow_up.csv:2")
        rows.to_parquet(processed / "follow_up.parquet")
        say_made(Root(folder), f"au-{n}")
    with sparse.at(Root(folder)):
        found = consortium.open_round("10_consortium", "made")
        by_set, sums = found.scenarios().groupby("set"), ["inputs", "avoided_long", "saving_long"]
        return verdict.followed(found, by_set[sums].sum().astype(float))


def test_what_came_all_the_same_moves_the_round_by_the_sum_of_what_each_04_says(root, tmp_path):
    folder = shutil.copytree(root, tmp_path / "root")
    assert follow_up(folder) == ""  # nobody looked
    said = follow_up(folder, "oak", "oakx")
    assert "told of 4 families were followed up" in said
    # 10 + 20 + 30 + 40 + 50; of 6 x (240 - 120) saved
    assert said.endswith("the reference case moves by −£150: help saves £570 net.")
    assert follow_up(folder, "oak").endswith("since they came in fewer than 3 families.")
    away = follow_up(folder, "oak", "oakx", moves=[-10, None, 0, 0, 0, 0])
    assert away.endswith("without the help.")  # pounds of a part of the round would mislead
    sums = {"inputs_appraised": 720, "avoided_long": 1440}
    go_on, stop, not_known = (verdict.what_next(sums, by) for by in (-719, -720, np.nan))
    assert go_on == not_known and "go on, if a pound" in go_on and "do not decide" in stop


def test_simulations_of_unlike_numbers_of_draws_are_not_added(root, tmp_path):
    folder = shutil.copytree(root, tmp_path / "root")
    path = folder / "data/processed/au-2/draws.parquet"
    pd.read_parquet(path).head(10).to_parquet(path)
    say_made(Root(folder), "au-2")
    said = "au-2 has 10 draws.* one number of draws"
    with sparse.at(Root(folder)), pytest.raises(LarcError, match=said):
        consortium.open_round("10_consortium", "made").draws()


def test_a_round_without_a_study_of_every_authority_knows_no_reference_case(root, tmp_path):
    folder = shutil.copytree(root, tmp_path / "root")
    (folder / "data/processed/au-2/sensitivity.parquet").unlink()
    with sparse.at(Root(folder)):
        found = consortium.open_round("10_consortium", "made")
        assert found.scenarios().empty and found.case_results("larc").empty
        costed, ledger = found.pooled("cases").query("costed == 'yes'"), found.pooled("ledger")
        none = pd.DataFrame(columns=["inputs"])
        assert verdict.gather(found, costed, none, none, ledger) is None
        payers = verdict.reference_payers(found, found.scenarios())
        lines = verdict.verdict(found, costed, None, payers)
    assert lines[0].startswith("Neither break-even nor the reference case is known")
    assert len(lines) == 3


def test_pounds_of_different_years_are_not_added(tmp_path):
    folder = write_round(tmp_path / "root", authorities=2, bases=("2010-11", "2012-13"))
    said = "priced unlike: larc4 at 2010-11 .* larc4 at 2012-13"
    with sparse.at(Root(folder)), pytest.raises(LarcError, match=said):
        consortium.open_round("10_consortium", "made", same_prices=True)


def test_a_round_without_costed_cases_or_with_too_few_authorities_says_so(tmp_path):
    text = run(write_round(tmp_path / "none", 2, costed=False, study=False), round_name="made")
    assert "This round collected 20 cases, none of them costed." in text
    assert "To pay for itself" not in text and not sparse.amiss([text])
    text = run(write_round(tmp_path / "two", authorities=2), round_name="made")
    assert "How far authorities differ cannot be told (too few: 2 authorities, 5 needed)." in text
    assert "Mean over authorities" not in text and "cannot be told here (too few" in text


# One authority beside the others


def test_an_authoritys_page_names_no_other_and_leaves_out_one_of_few_cases(root):
    text = run(root, "05_standing", authority="au-1")
    assert "Birchley" in text and not any(name in text for name in NAMES if name != "Birchley")
    few = "Of these not shown, for fewer than 3 costed cases: 1."
    assert f"here with results priced alike: 5. {few}" in text
    assert "the average of 5 authorities" in text and "Prediction interval" in text
    alone = pd.read_parquet(root / "data/processed/au-5/cases.parquet").iloc[0]
    hidden = alone[["process", "interventions", "saving_long"]]
    assert not any(f"{amount:,.0f}" in text for amount in hidden)


def test_others_are_set_beside_only_where_priced_alike(tmp_path):
    folder = write_round(tmp_path / "root", bases=["2010-11"] * 5 + ["2012-13"], study=False)
    with sparse.at(Root(folder)):
        others = consortium.peers(workbook.open_run("05_standing", "au-1"))
        assert (others.taking_part, others.alike, others.few) == (5, 4, 0)
        assert "of 5 authorities" in others.compared("inputs")
        alone = consortium.peers(workbook.open_run("05_standing", "au-5"))
    assert "no comparison yet" in repr(alone)
    assert "no other authorities to compare it with" in alone.compared("inputs")
