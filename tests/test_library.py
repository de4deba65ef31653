"""The national tables: prices by hand, an authority's own costs, and each rule of the data dictionary. All figures are invented."""

import tomllib
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
import worlds
from roots import PARAMS, write_root, write_table
from worlds import cost, future, world

from larcnb import schema
from larcnb.errors import REFUSED, USAGE, LarcError
from larcnb.library import load_library
from larcnb.params import Authority
from larcnb.root import WORKBOOK, Root

LA = Authority(**PARAMS)
DEFLATORS = [
    {"year": year, "index": 100 + 2.5 * at, "source": "invented"}
    for at, year in enumerate(worlds.YEARS)
]
HOME, SCHOOL = cost("home", 100), cost("school", 60)
CARE, RATE = future("care", "home", 1, 0, 2), worlds.study("care", 0.1, 0.5, 0.3, 0.9)
CASES = tomllib.loads(Path(__file__).with_name("library.toml").read_text("utf-8"))


@pytest.fixture
def national(tmp_path):
    """Read a library of these tables; by default two items, one future and its rate."""

    def read(authority=None, own=None, **tables):
        usual = {"unit_costs": [HOME, SCHOOL], "futures": [CARE], "base_rates": [RATE]}
        root = write_root(tmp_path, **usual | {"deflators": DEFLATORS} | tables)
        if own is not None:
            write_table(root.raw("la-01") / "unit_costs.csv", schema.UNIT_COSTS, own)
        return load_library(root, authority)

    return read


def test_suicide_is_never_priced_by_default():
    futures = load_library(Root(WORKBOOK)).futures
    told = futures[(futures["future"] + futures["label"]).str.contains("uicid")]
    assert len(told) and told["item"].isna().all()


@pytest.mark.parametrize(("price_year", "price_base", "value"), CASES["uprated"])
def test_a_unit_value_is_brought_to_the_price_base_exactly(price_year, price_base, value):
    index = {"2010-11": 100, "2011-12": 102.5, "2013-14": 120}
    home = cost("home", 40, price_year=price_year)
    made = world([home], price_base=price_base, deflators=index)
    prices = worlds.priced(made).prices
    assert prices.loc["home", "exact"] == Fraction(value)
    assert prices.loc["home", "unit_value"] == float(Fraction(value))


def test_a_price_base_needs_a_deflator():
    library = worlds.library_of(world())
    wrong = library.check_price_base(Authority(**PARAMS | {"price_base": "1999-00"}))
    assert [(p.severity, p.file, p.column, p.todo) for p in wrong] == [
        ("error", "params/la-01.yaml", "price_base", "Allowed: 2008-09 to 2024-25."),
    ]


def test_a_price_of_a_year_that_is_only_forecast_is_refused(national):
    to_come = {"year": "2025-26", "index": 150, "source": "Forecast: invented"}
    now = Authority(**PARAMS | {"vintage": "current", "price_base": "2024-25"})
    own = [cost("mentor", 15, "role", vintage="current", price_year="2025-26")]
    said = r"la-01/unit_costs\.csv, row 2, column 'price_year': .*Allowed: 2008-09 to 2024-25"
    with pytest.raises(LarcError, match=said):
        national(now, own, deflators=[*DEFLATORS, to_come])


def test_an_authority_s_own_row_replaces_the_national_one_entire(national):
    own = [cost("home", 120, payer="nhs", contains="school", grade=2), cost("mentor", 15, "role")]
    prices = national(LA, own).prices("larc4", "2010-11")
    assert prices["value"].to_dict() == {"school": 60, "home": 120, "mentor": 15}
    assert prices.loc["home", ["payer", "grade"]].tolist() == ["nhs", 2]
    own = prices["source"].str.startswith("The authority's own figure: ")
    assert own.to_dict() == {"school": False, "home": True, "mentor": True}
    assert prices.loc["home", "source_row"] == "la-01/unit_costs.csv:2"


@pytest.mark.parametrize(("own", "message"), CASES["own"])
def test_own_unit_costs_that_break_a_rule_refuse_the_return(national, own, message):
    school = SCHOOL | {"contains": "home"}
    with pytest.raises(LarcError, match=r"la-01/unit_costs\.csv.*" + message) as caught:
        national(LA, [cost("home", 1) | row for row in own], unit_costs=[HOME, school])
    assert caught.value.exit_code == REFUSED


def test_contains_runs_in_no_circle_however_long(national):
    chain = [cost("home", 9, contains="school"), cost("school", 6, contains="unit")]
    with pytest.raises(LarcError, match="circle") as caught:
        national(unit_costs=[*chain, cost("unit", 1, contains="home")])
    assert [p.row for p in caught.value.problems] == [2, 3, 4]
    assert len(national(unit_costs=[*chain, cost("unit", 1)]).unit_costs) == 3


@pytest.mark.parametrize(("rates", "message"), CASES["rates"])
def test_a_base_rate_that_breaks_a_rule_is_refused(national, rates, message):
    with pytest.raises(LarcError, match=r"national/base_rates\.csv, " + message):
        national(base_rates=[RATE | row for row in rates])


def test_a_study_may_find_harm_or_nothing_and_may_give_no_figure(national):
    none = worlds.study("care", None, None, use="no")
    harm = worlds.study("care", None, 1.2, 0.9, 1.6)
    effects = national(
        base_rates=[harm, none, worlds.study("care", 0, 0.5, 0.3, 0.9, use="no")]
    ).effects
    found = effects[["risk_ratio", "low", "high"]].values.tolist()
    assert found == [[Fraction("1.2"), Fraction("0.9"), Fraction("1.6")]]
    assert effects["comparison_share"].tolist() == [None]


@pytest.mark.parametrize("absent", ["fund block fit licence review_by", "block"])
def test_the_newer_columns_of_the_unit_costs_may_be_absent(national, tmp_path, absent):
    national()
    path = tmp_path / "data/raw/national/unit_costs.csv"
    pd.read_csv(path).drop(columns=absent.split()).to_csv(path, index=False)
    assert len(load_library(Root(tmp_path)).unit_costs) == 2


def test_the_workbook_s_studies_keep_bad_news():
    library = load_library(Root(WORKBOOK))
    plans = library.base_rates[library.base_rates["future"] == "child_protection_plan"]
    assert len(plans) == 2 and plans["source"].str.contains("more plans").any()
    assert library.effects.loc["child_protection_plan", "risk_ratio"] == 1
    assert library.base_rates["source"].str.contains("family group conference").any()


def test_every_problem_of_every_table_is_told_at_once(national):
    spoilt = {"unit_costs": [cost("home", 0, grade=9)], "futures": [future("care", "home", 0)]}
    with pytest.raises(LarcError, match="The national tables cannot be used") as caught:
        national(**spoilt, base_rates=[RATE | {"comparison_share": 2}])
    assert [(p.file, p.column) for p in caught.value.problems] == [
        ("national/base_rates.csv", "comparison_share"),
        ("national/futures.csv", "quantity"),
        ("national/unit_costs.csv", "grade"),
        ("national/unit_costs.csv", "value"),
    ]


SOUND = {"unit_costs": HOME, "futures": future("b", "home", 1, 0, 1)}
SOUND |= {"deflators": DEFLATORS[-1] | {"year": "2030-31"}}
BEFORE = {
    "unit_costs": [SCHOOL, cost("worker", 40, "role")],
    "futures": [future("care", "school", 1, 0, 2)],
}
BEFORE |= {"deflators": DEFLATORS}
FAULTS = [
    (of, *fault.split(" ", 1)) for of, all_ in CASES["faults"].items() for fault in all_.split("|")
]


@pytest.mark.parametrize(("table", "column", "value"), FAULTS)
def test_a_row_that_breaks_a_rule_is_refused_by_row_and_column(national, table, column, value):
    tables = (
        BEFORE if table == "unit_costs" else BEFORE | {"unit_costs": [*BEFORE["unit_costs"], HOME]}
    )
    wrong = [*tables[table], SOUND[table] | {column: value or None}]
    where = rf"national/{table}\.csv, row {len(wrong) + 1}, column '{column}'"
    with pytest.raises(LarcError, match=where) as caught:
        national(**tables | {table: wrong}, base_rates=[])
    assert caught.value.exit_code == USAGE
