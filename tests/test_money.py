"""Costs that are today's, local and know their age: the tables as they stand, then what is made of them.

Values and sources are those of the national tables' own sources; figures worked by hand are invented.
"""

import csv
import itertools
import shutil
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import worlds
from openpyxl import Workbook
from roots import write_root
from typer.testing import CliRunner
from worlds import cost, future, ruling, witness, world

from larcnb import costing, follow_up, local, params
from larcnb.cli import compare
from larcnb.cli.app import app
from larcnb.errors import LarcError
from larcnb.library import caution, load_library
from larcnb.publish.results import paper
from larcnb.root import WORKBOOK, Root

ROOT = Root(WORKBOOK)
CASES = tomllib.loads(Path(__file__).with_name("money.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def library():
    return load_library(ROOT)


@pytest.fixture(scope="module")
def costs(library):
    return library.unit_costs


@pytest.fixture(scope="module")
def today(costs):
    return costs.query("vintage == 'current'").set_index("item")


@pytest.fixture(scope="module")
def section_251():
    return local.read_local(ROOT, "local_costs"), local.read_local(ROOT, "neighbours")


def larcnb(*words):
    return CliRunner().invoke(app, list(map(str, words)))


# the tables


def test_every_unit_cost_says_where_it_is_from_and_how_far_it_fits(costs):
    said = costs[["source", "fit", "licence", "review_by", "fund"]]
    assert said.notna().all(axis=None) and said.astype(str).ne("").all(axis=None)


def test_a_figure_not_seen_has_a_range(costs):
    recalled = costs.query("confidence == 'recalled'")
    assert (recalled["low"] < recalled["high"]).all()


@pytest.mark.parametrize(("item", "value", "year", "source"), CASES["figures"])
def test_a_figure_that_matters_is_its_source_s(today, item, value, year, source):
    row = today.loc[item]
    assert (row["value"], row["price_year"]) == (value, year)
    assert source in row["source"]


def test_the_prices_of_larc4_are_as_they_were(costs):
    old = costs.query("vintage == 'larc4'")
    assert (len(old), round(old["value"].sum(), 2)) == (115, 202_998.08)


@pytest.mark.parametrize(("item", "payer", "fund"), CASES["payers"])
def test_who_pays_is_who_pays_now(today, item, payer, fund):
    assert today.loc[item, ["payer", "fund"]].tolist() == [payer, fund]


def test_no_future_of_today_is_paid_by_several_or_uses_what_has_ended(library, today):
    items = set(library.futures.query("vintage != 'larc4' and item.notna()")["item"])
    assert items <= set(today.index) and today.loc[list(items), "payer"].ne("several").all()
    ended = {"csc_initial_assessment", "csc_core_assessment", "lone_parent_benefit_year"}
    assert not ended & set(today.index)


def test_the_same_item_in_overlapping_years_shares_a_group_or_says_why(library):
    rows = library.futures.dropna(subset=["item"])
    for _, of in rows.groupby("item"):
        for one, other in itertools.combinations(of.itertuples(), 2):
            apart = one.start + one.years <= other.start or other.start + other.years <= one.start
            together = one.overlap_group == other.overlap_group
            why = "at once" in one.rationale + other.rationale
            vintages = {one.vintage, other.vintage} == {"larc4", "current"}
            assert one.future == other.future or apart or together or why or vintages, (one, other)


# freshness


@pytest.mark.parametrize(("changed", "said"), CASES["beware"])
def test_a_price_says_what_to_beware_of(changed, said):
    row = cost("home", 1, vintage="current", price_year="2022-23") | changed
    frame = pd.DataFrame([row]).assign(review_by=lambda f: pd.to_datetime(f["review_by"]))
    assert caution(frame, "2024-25", date(2026, 11, 30)) == [said]


def small(**more):
    """One family: a quarter of what is avoided rests on one place's price; two funds, two years."""
    return world(
        [
            cost("home", 300, fund="general_fund", cashable=1, block=1),
            cost("place", 100, fund="dedicated_schools_grant", fit="one_place"),
        ],
        [future("care", "home", years=2), future("school", "place", years=2)],
        futures=[witness("care"), witness("school")],
        moderation=[ruling("care"), ruling("school")],
        **more,
    )


def test_no_page_changes_with_the_day_it_is_made(library):
    said = library.prices("current", "2024-25")["caution"]
    assert "a review due by 31/12/2026" in said["family_help_lead"]
    assert said["foster_week"] == ""


def test_the_share_of_the_cost_avoided_that_rests_on_prices_to_treat_with_caution():
    priced = worlds.priced(small())
    share, found = costing.with_caution(priced.ledger, priced.prices)
    assert share == 0.25
    assert found[["caution", "amount"]].values.tolist() == [["one place's figure", 200.0]]


def test_the_check_of_the_national_tables_lists_what_wants_looking_at():
    done = larcnb("check", "--national")
    assert done.exit_code == 0
    assert "alternative_provision: one place's figure" in done.stdout
    assert "foster_week" not in done.stdout


# funds and budget years


def test_funds_add_up_to_payers():
    priced = worlds.priced(small())
    of = priced.ledger, priced.prices, priced.assumptions
    funds, payers = costing.by_fund(*of), costing.by_payer(*of)
    assert funds["avoided_long"].to_dict() == {
        ("local_authority", "general_fund"): 600.0,
        ("local_authority", "dedicated_schools_grant"): 200.0,
    }
    names = ["paid", "avoided_long", "net", "cashable"]
    assert funds[names].groupby("payer").sum().equals(payers[names])


def test_a_budget_year_is_in_its_own_cash_and_not_discounted():
    made = worlds.priced(small(preset="larc", assumptions={"discount_rate": 0.035}))
    forecasts = pd.DataFrame({"year": ["2026-27", "2027-28"], "index": [200.0, 210.0]})
    library = replace(made.library, forecasts=forecasts)
    index = dict(zip(library.deflators["year"], library.deflators["index"], strict=True))
    of = made.ledger, made.prices, library, "2010-11", made.assumptions
    cash = costing.budget_years(*of).loc[("local_authority", "general_fund")]
    year_1 = round(300 / 1.035, 2)  # as the ledger has it, to the penny
    each = [300 * 200 / index["2010-11"], year_1 * 1.035 * 210 / index["2010-11"]]
    assert cash.tolist() == pytest.approx(each, abs=0.005)


# an authority's own money


def test_all_153_authorities_join_their_costs_rates_and_ten_neighbours(library, section_251):
    known = set(library.authorities["gss_code"])
    assert len(known) == 153
    without = known - set(section_251[0]["gss_code"])
    assert without == {"E06000053"}  # Isles of Scilly: none published
    assert known <= set(local.read_local(ROOT, "local_rates")["gss_code"])
    near = section_251[1].groupby("gss_code")["neighbour_gss_code"].nunique()
    assert set(near.index) == known and near.eq(10).all()


@pytest.mark.parametrize(("words", "name"), CASES["named"])
def test_an_authority_is_found_by_any_name_or_code_it_goes_by(library, words, name):
    assert local.find_authority(library.authorities, words).name == name


@pytest.mark.parametrize(("words", "said"), CASES["unnamed"])
def test_an_authority_not_found_is_offered_the_nearest(library, words, said):
    with pytest.raises(LarcError, match=said):
        local.find_authority(library.authorities, words)


@pytest.mark.parametrize(("code", "rate"), CASES["published"])
def test_published_re_referral_is_the_authority_s_own_under_a_former_code_too(code, rate):
    own = {"This authority, 2025": rate} if rate else {}
    assert follow_up.published(ROOT, code).to_dict() == own | {"England, 2025": 22.6}


def test_an_authority_that_was_merged_says_so(library):
    found = local.find_authority(library.authorities, "Cumberland")
    assert "since 01/04/2023, in place of E10000006" in local.history(found)


def test_new_fills_the_params_of_a_real_authority_at_the_newest_prices(tmp_path, costs):
    root = write_root(tmp_path)
    done = larcnb("new", "mereford", "--authority", "E08000019", "--root", root.path)
    assert done.exit_code == 0, done.stderr
    made = params.load_authority(root, "mereford")
    assert (made.name, made.gss_code) == ("Sheffield", "E08000039")
    assert made.region == "Yorkshire and The Humber"
    assert (made.local_costs, made.wording, made.vintage) == ("yes", "family_help", "current")
    assert made.price_base == costs.query("vintage == 'current'")["price_year"].max() == "2024-25"
    old = ("new", "old", "--authority", "Leeds", "--vintage", "larc4", "--root", root.path)
    assert larcnb(*old).exit_code == 0
    assert params.load_authority(root, "old").local_costs == "no"


def authority(**more):
    words = {"slug": "mereford", "name": "Mereford", "vintage": "current", "preset": "larc"}
    return params.Authority(**words | {"price_base": "2024-25", "local_costs": "yes"} | more)


def test_local_costs_take_the_place_of_the_national_ones_and_say_both(section_251):
    own = local.shrink(*section_251).loc[("foster_week", "E08000035")]
    library = load_library(ROOT, authority(gss_code="E08000035"))
    row = library.prices("current", "2024-25").loc["foster_week"]
    assert row["value"] == round(own["as_used"], 2) and own["as_published"] == 270
    assert "£270 a unit as published" in row["source"] and "England £765" in row["source"]


@pytest.mark.parametrize(("more", "said"), CASES["no_local_costs"])
def test_params_that_local_costs_cannot_be_had_for_are_refused(library, more, said):
    problems = library.check_price_base(authority(**more))
    assert any(said in str(p) and p.severity == "error" for p in problems)


def test_local_costs_that_cannot_be_used_are_refused_by_file(tmp_path):
    path, places = tmp_path / "data/raw/national/local_costs.csv", (local.ENGLAND, "E08000035")
    rows = [f"{gss},foster_week,{y},700,x" for gss in places for y in ("2025-26", "2026-27")]
    path.parent.mkdir(parents=True)
    table = "\n".join(["gss_code,item,year,value,source", *rows]).encode()
    wrong = {", column 'year': '2026-27' has no deflator": table, " is no table": b"a,b\n\xff"}
    for said, content in wrong.items():
        path.write_bytes(content)
        with pytest.raises(LarcError, match="national/local_costs.csv" + said):
            load_library(Root(tmp_path), authority(gss_code="E08000035"))


def test_the_steady_keep_their_own_cost_and_the_unsteady_are_drawn_to_their_neighbours():
    years, near = ["2022-23", "2023-24", "2024-25"], [("a", "b"), ("a", "c"), ("b", "c")]
    values = {local.ENGLAND: [100] * 3, "a": [100, 400, 100], "b": [200] * 3, "c": [210, 200, 210]}
    wide = pd.DataFrame(values, pd.Index(years, name="year")).reset_index()
    frame = wide.melt("year", var_name="gss_code").assign(item="home")
    found = local.shrink(frame, pd.DataFrame(near, columns=["gss_code", "neighbour_gss_code"]))
    found = found.loc["home"]
    assert found.loc["b", ["share_of_neighbours", "as_used"]].tolist() == pytest.approx([0, 200])
    assert found.loc["c", ["share_of_neighbours", "as_used"]].tolist() == pytest.approx([0, 210])
    assert 0.29 < found.loc["a", "share_of_neighbours"] < 0.30
    middle, w = (200 * 210) ** 0.5, found.loc["a", "share_of_neighbours"]
    assert found.loc["a", "as_used"] == pytest.approx(100 ** (1 - w) * middle**w)


def test_the_shrunken_cost_predicts_the_next_year_best(section_251):
    rates, near = section_251
    years = sorted(rates["year"].unique())
    errors = []
    for now, then in zip(years[1:-1], years[2:], strict=True):
        found = local.shrink(rates[rates["year"] <= now], near).query("year == @now")
        wide = rates.pivot(index=["item", "gss_code"], columns="year", values="value")
        england = wide.xs(local.ENGLAND, level="gss_code").reindex(found.index, level="item")
        grown = england[then] / england[now]
        guesses = {"raw": found["as_published"] * grown, "shrunken": found["as_used"] * grown}
        guesses["england"] = england[then]
        truth = wide[then].reindex(found.index)
        known = found.index.get_level_values("gss_code").str.match("E0|E1000")
        errors.append(pd.DataFrame({k: np.log(v / truth) ** 2 for k, v in guesses.items()})[known])
    error = pd.concat(errors).groupby("item").mean() ** 0.5
    text = Path(WORKBOOK, "docs", "method.md").read_text("utf-8")
    for item, row in error.iterrows():
        assert row["shrunken"] < row["raw"] < row["england"], item
        assert f"{row['shrunken']:.1%}, {row['raw']:.1%}, {row['england']:.1%}" in text, item


def test_rates_stand_beside_england_the_region_and_the_neighbours(library):
    leeds = local.find_authority(library.authorities, "Leeds")
    found = local.compare_rates(ROOT, leeds, ["re_referral_pct"])
    assert found.iloc[0, 0] == "2025"
    assert found.iloc[0, 1:].tolist() == pytest.approx([24.2, 22.6, 21.7, 21.45, 16.5, 26.8])
    assert local.compare_rates(ROOT, authority()).empty


def test_price_and_families_add_up_to_the_difference_from_england_to_the_penny(tmp_path):
    root = write_root(tmp_path)
    for slug in ("la-01", "la-02"):
        shutil.copytree(WORKBOOK / "data" / "raw" / slug, root.raw(slug))
        text = (WORKBOOK / "params" / f"{slug}.yaml").read_text("utf-8")
        text = text.replace("larc4\n", "current\n").replace('"2010-11"', '"2024-25"')
        own = 'gss_code: "E08000035"\nlocal_costs: yes' if slug == "la-01" else 'gss_code: ""'
        name = "larc4" if slug == "la-01" else ""  # which is the default
        text = text.replace('gss_code: ""', own).replace("round: current", f"round: {name}")
        (root.params / f"{slug}.yaml").write_text(text, "utf-8")
    lines = compare.compare_england(root, "la-01")
    numbers = [round(float(line.split()[-1].replace(",", "")) * 100) for line in lines[1:]]
    others, families, price, own = numbers
    assert others + families + price == own and price < 0 and families
    again = larcnb("compare", "la-01", "--england", "--root", root.path)
    assert again.stdout.splitlines() == lines


@pytest.mark.parametrize("name", ["Leeds", "North Northamptonshire", "City of London"])
def test_a_real_authority_s_page_has_its_published_figures_and_no_made_up_one(tmp_path, name):
    root = write_root(tmp_path)
    done = larcnb("profile", "--authority", name, "--root", root.path)
    assert done.exit_code == 0, done.stderr
    (page,) = (root.reports / "profiles").glob("*.html")
    text = page.read_text("utf-8")
    assert f"<h1>{name}: published costs and rates</h1>" in text
    assert "Open Government Licence v3.0" in text and "<caption" in text
    assert not any(word in text for word in ("Alderwick", "Toby", "Monte Carlo", "net saving"))


def test_no_made_up_finding_carries_a_real_council_s_name(library):
    names = library.authorities["name"].str.casefold().tolist()
    for slug in params.list_authorities(ROOT):
        made = params.load_authority(ROOT, slug)
        assert made.gss_code == "" and made.name.casefold() not in names


# importers


def rows_of(kind):
    """A publisher's file as rows of cells; in a workbook the first names the licence."""
    if kind == "ucd":
        entry = [None, None, "SS18.5", "detail", "Per hour", "LA", "Children", 70.0, "2023/24"]
        return [["GMCA Unit Cost Database v3.0", "Licence: CC BY 4.0"], [None] * 10, entry]
    if kind == "measures":
        frame = local.read_local(ROOT, "local_rates").query("year == '2025'").head(50)
        frame.insert(1, "name", "")
        return [list(frame), *frame.astype(object).values.tolist()]
    known = load_library(ROOT)
    frame = pd.concat([known.deflators, known.forecasts])[["year", "index"]]
    index = frame["index"] * 100 / 102.9431
    frame = frame.assign(index=index, growth=100 * index.pct_change()).astype(object)
    rows = frame.where(frame.notna(), None).values.tolist()
    return [["GDP deflators at market prices", "Crown copyright, Open Government Licence"], *rows]


def publish(path, kind, put=(), twice=(), shift=0, without=0, later=False, shares=False):
    """Write a publisher's file with a fault of ``money.toml``; without one it is sound."""
    rows = rows_of(kind)
    if shares:  # the next year's figures, a hundredth of those known
        rows += [[*row[:3], "2026", row[4] / 100] for row in rows[1:]]
    if later:  # each figure beside the year after its own
        for row, year in zip(rows[1:], [row[0] for row in rows[2:]] + ["2031-32"], strict=True):
            row[0] = year
    for row, column, value in put:
        rows[row][column] = value
    rows += [rows[at] for at in twice]
    if without:
        del rows[without]
    kept = 0 if kind == "measures" else 1  # where the licence stands
    rows[kept:] = [[None] * shift + row[max(-shift, 0) :] for row in rows[kept:]]
    if kind == "measures":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    return path


def file_of(folder, kind):
    return folder / ("file.csv" if kind == "measures" else "file.xlsx")


KINDS = ("ucd", "deflators", "measures")
FAULTS = [(kind, fault) for kind in KINDS for fault in [*CASES[kind], "an empty file"]]


@pytest.mark.parametrize(("kind", "fault"), FAULTS)
def test_no_faulty_file_of_a_publisher_is_taken(tmp_path, kind, fault):
    path = file_of(tmp_path, kind)
    if fault in CASES[kind]:
        publish(path, kind, **CASES[kind][fault])
    else:
        path.write_bytes(b"")
    root = write_root(tmp_path / "root")
    done = larcnb("import", kind, path, "--take", "--root", root.path)
    assert done.exit_code == 2 and path.name in done.stderr, done.output
    assert not list(root.path.glob("data/raw/national/*"))


SAID = {
    "ucd": "senior_social_worker: £71.66 to £74.74 at 2025-26 prices (+4.3%)",
    "deflators": "All authorities: cost avoided",
    "measures": "local_rates: 0 figures new or moved",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_file_shows_what_would_move_and_is_written_only_when_told(tmp_path, kind):
    path, folder = publish(file_of(tmp_path, kind), kind), tmp_path / "root"
    (folder / "data").mkdir(parents=True)
    (folder / "params").mkdir()
    shown = larcnb("import", kind, path, "--root", folder)
    assert shown.exit_code == 0, shown.stderr
    assert SAID[kind] in shown.stdout and "Nothing was written" in shown.stdout
    assert not (folder / "data/raw/national").exists()
    assert larcnb("import", kind, path, "--take", "--root", folder).exit_code == 0
    for table in (folder / "data/raw/national").iterdir():
        kept = ROOT.national(table.name).read_text("utf-8").splitlines()
        assert len(table.read_text("utf-8").splitlines()) == len(kept)
    assert load_library(Root(folder)).deflators["year"].max() == "2025-26"


# words and papers


def test_the_committee_paper_has_headings_alt_text_and_no_family(tmp_path):
    import docx

    cases = tmp_path / "cases.parquet"
    pd.DataFrame({"case_id": ["Toby", "Jamie", "Sam", "Kirsty", "4"]}).to_parquet(cases)
    page = WORKBOOK / "notebooks" / "04_findings.ipynb"
    made = paper(page, cases)
    assert made == paper(page, cases)
    (tmp_path / "p.docx").write_bytes(made)
    found = docx.Document(tmp_path / "p.docx")
    heads = [p.text for p in found.paragraphs if p.style.name.startswith("Heading")]
    assert heads[0] == "Does it pay to help early?" and "Family by family" not in heads
    text = "\n".join(p.text for p in found.paragraphs)
    assert "To pay for itself, help must have prevented" in text and "4 costed cases" in text
    shown = text + "".join(cell.text for table in found.tables for cell in table._cells)
    assert not any(name in shown for name in ("Toby", "Jamie"))
    assert found.core_properties.author == "larcnb" and not found.core_properties.comments
    alt = [shape._inline.docPr.get("descr") for shape in found.inline_shapes]
    assert alt and all("chart of" in words for words in alt)
    assert all("tblHeader" in table.rows[0]._tr.xml for table in found.tables)
