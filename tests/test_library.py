"""The national tables: prices by hand, an authority's own costs, and each rule of DATA.md. All figures are invented."""

import dataclasses
from fractions import Fraction

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
CARE = future("care", "home", 1, 0, 2)


def rate(code="care", share=0.1, ratio=0.5, low=0.3, high=0.9, **more):
    return worlds.study(code, share, ratio, low, high, **more)


@pytest.fixture
def national(tmp_path):
    """Read a library of these tables; by default two items, one future and its rate."""

    def read(authority=None, own=None, **tables):
        tables = {
            "unit_costs": [HOME, SCHOOL],
            "futures": [CARE],
            "base_rates": [rate()],
            "deflators": DEFLATORS,
        } | tables
        root = write_root(tmp_path, **tables)
        if own is not None:
            write_table(root.raw("la-01") / "unit_costs.csv", schema.UNIT_COSTS, own)
        return load_library(root, authority)

    return read


def test_suicide_is_never_priced_by_default():
    futures = load_library(Root(WORKBOOK)).futures
    told = futures[
        futures["future"].str.contains("suicid") | futures["label"].str.contains("uicid")
    ]
    assert len(told) and told["item"].isna().all()


@pytest.mark.parametrize(
    ("price_year", "price_base", "value"),
    [
        ("2010-11", "2010-11", Fraction(40)),
        ("2010-11", "2011-12", Fraction(41)),  # 40 x 102.5 / 100
        ("2011-12", "2010-11", Fraction(1600, 41)),  # 40 x 100 / 102.5, kept exact
        (
            "2011-12",
            "2013-14",
            Fraction(40 * 12, 10) / Fraction("1.025"),
        ),  # the base year of the index plays no part
    ],
)
def test_a_unit_value_is_brought_to_the_price_base_exactly(price_year, price_base, value):
    made = world(
        [cost("home", 40, price_year=price_year)],
        price_base=price_base,
        deflators={"2010-11": 100, "2011-12": 102.5, "2013-14": 120},
    )
    prices = worlds.priced(made).prices
    assert prices.loc["home", "exact"] == value
    assert prices.loc["home", "unit_value"] == float(value)


def test_a_price_base_needs_a_deflator():
    library = worlds.library_of(world())
    wrong = library.check_price_base(Authority(**PARAMS | {"price_base": "1999-00"}))
    assert [(p.severity, p.file, p.column, p.todo) for p in wrong] == [
        ("error", "params/la-01.yaml", "price_base", "Allowed: 2008-09 to 2024-25."),
    ]


def test_an_authority_s_own_row_replaces_the_national_one_entire(national):
    own = [cost("home", 120, payer="nhs", contains="school", grade=2), cost("mentor", 15, "role")]
    library = national(LA, own)
    prices = library.prices("larc4", "2010-11")
    assert prices["value"].to_dict() == {"school": 60, "home": 120, "mentor": 15}
    assert prices.loc["home", ["payer", "grade"]].tolist() == ["nhs", 2]
    assert prices["own"].to_dict() == {"school": False, "home": True, "mentor": True}
    assert library.own_items == {"home", "mentor"}
    assert prices.loc["home", "source_row"] == "la-01/unit_costs.csv:2"


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            [cost("home", 1, vintage="current", price_year="2023-24")],
            r"row 2, column 'vintage'.*: .*Write larc4",
        ),
        ([cost("home", 0)], r"row 2, column 'value'"),
        (
            [cost("home", 1), cost("home", 1)],
            r"row 3, column 'vintage'.*same item and vintage as in row 2",
        ),
        ([cost("mentor", 1, "wizard")], r"row 2, column 'category'"),
        ([cost("mentor", 1, contains="elf")], r"row 2, column 'contains': 'elf' is not an item"),
        (
            [cost("home", 1, "role")],
            r"row 2, column 'category': 'home' is what a future costs\. Write future",
        ),
        ([cost("home", 1, contains="home")], r"row 2, column 'contains'.*circle|itself"),
    ],
)
def test_own_unit_costs_that_break_a_rule_refuse_the_return(national, own, message):
    with pytest.raises(LarcError, match=r"la-01/unit_costs\.csv.*" + message) as caught:
        national(LA, own)
    assert caught.value.exit_code == REFUSED


def test_contains_runs_in_no_circle_however_long(national):
    circle = [
        cost("home", 100, contains="school"),
        cost("school", 60, contains="unit"),
        cost("unit", 1, contains="home"),
    ]
    with pytest.raises(LarcError, match="circle") as caught:
        national(unit_costs=circle)
    assert [p.row for p in caught.value.problems] == [2, 3, 4]
    straight = [
        cost("home", 100, contains="school unit"),
        cost("school", 60, contains="unit"),
        cost("unit", 1),
    ]
    assert len(national(unit_costs=straight).unit_costs) == 3


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ([rate("car")], r"row 2, column 'future'.*Did you mean 'care'\?"),
        ([rate(share=1.1)], "row 2, column 'comparison_share'"),
        ([rate(ratio=-0.1)], "row 2, column 'risk_ratio'"),
        (
            [rate(), rate(use="no"), rate()],
            "row 4, column 'use'.*Another row of the same future is used",
        ),
        ([rate(low=0.6)], "row 2, column 'low'.*does not lie between"),
        ([rate(high=0.4)], "row 2, column 'high'"),
        ([rate(low=None)], "row 2, column 'low'.*both ends"),
        ([rate(high=None)], "row 2, column 'high'.*both ends"),
        ([rate(low=None, use="no")], "row 2, column 'low'.*both ends"),
        ([rate(low=None, high=None)], "row 2, column 'low'.*has no range"),
        ([rate(ratio=None)], "row 2, column 'risk_ratio'.*The row is used and has no risk ratio"),
        (
            [rate(ratio=None, programme_share=0.05, share=0)],
            "row 2, column 'risk_ratio'.*comparison_share over 0",
        ),
        (
            [rate(ratio=None, programme_share=0.05, low=0.6)],
            "row 2, column 'low'.*does not lie between",
        ),  # 0.05 / 0.1
        ([rate(use="maybe")], "row 2, column 'use'"),
        ([rate(person="dog")], "row 2, column 'person'"),
        ([rate(fit="good")], "row 2, column 'fit'"),
    ],
)
def test_a_base_rate_that_breaks_a_rule_is_refused(national, rates, message):
    with pytest.raises(LarcError, match=r"national/base_rates\.csv, " + message):
        national(base_rates=rates)


def test_a_study_may_find_harm_or_nothing_and_may_give_no_figure(national):
    rates = [
        rate(share=None, ratio=1.2, low=0.9, high=1.6),
        rate(share=None, ratio=None, low=None, high=None, use="no"),
        rate(share=0, ratio=0.5, use="no"),
    ]
    effects = national(base_rates=rates).effects
    assert effects[["risk_ratio", "low", "high"]].values.tolist() == [
        [Fraction("1.2"), Fraction("0.9"), Fraction("1.6")]
    ]
    assert effects["comparison_share"].tolist() == [None]


@pytest.mark.parametrize(
    "absent", [(), ("fund", "block", "fit", "licence", "review_by"), ("block",)]
)
def test_the_newer_columns_of_the_unit_costs_may_be_absent(tmp_path, absent):
    columns = [field for field in schema.UNIT_COSTS.fields if field.name not in absent]
    older = dataclasses.replace(schema.UNIT_COSTS, fields=tuple(columns))
    root = write_root(tmp_path, futures=[CARE], base_rates=[rate()], deflators=DEFLATORS)
    write_table(
        tmp_path / "data" / "raw" / "national" / "unit_costs.csv",
        older,
        [HOME | {"block": 52}, SCHOOL],
    )
    costs = load_library(root).unit_costs
    assert costs["block"].fillna(0).tolist() == ([0, 0] if "block" in absent else [52, 0])


def test_the_workbook_s_studies_keep_bad_news():
    library = load_library(Root(WORKBOOK))
    plans = library.base_rates[library.base_rates["future"] == "child_protection_plan"]
    assert len(plans) == 2 and plans["source"].str.contains("more plans").any()
    assert library.effects.loc["child_protection_plan", "risk_ratio"] == 1
    assert library.base_rates["source"].str.contains("family group conference").any()


def test_every_problem_of_every_table_is_told_at_once(national):
    with pytest.raises(LarcError, match="The national tables cannot be used") as caught:
        national(
            unit_costs=[cost("home", 0, grade=9)],
            futures=[future("care", "home", 0)],
            base_rates=[rate(share=2)],
        )
    assert [(p.file, p.column) for p in caught.value.problems] == [
        ("national/base_rates.csv", "comparison_share"),
        ("national/futures.csv", "quantity"),
        ("national/unit_costs.csv", "grade"),
        ("national/unit_costs.csv", "value"),
    ]


SOUND = {
    "unit_costs": cost("home", 100),
    "futures": future("b", "home", 1, 0, 1),
    "deflators": DEFLATORS[-1] | {"year": "2030-31"},
}
FAULTS = {  # a column and what it must not say; the row stands last in its table
    "unit_costs": "value 0|value -1|value 1e3|value £100|value 1,000|value |low 101|high 99.99|"
    "price_year 2022-23|price_year 2007-08|price_year 2010-12|vintage larc3|category thing|"
    "payer council|cashable 1.01|grade 0|grade 7|grade 1.5|confidence sure|source |label |unit |"
    "contains school elf|contains home|fund petty_cash|block 0|fit close|review_by soon|licence ",
    "futures": "item hom|item worker|quantity 0|start -1|years 0|quantity |start |years |"
    "theme sport|grade 7|rationale |vintage larc9",
    "deflators": "year 2010-11|year 2030|index 0|source ",
}


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [(of, *fault.split(" ", 1)) for of, faults in FAULTS.items() for fault in faults.split("|")],
)
def test_a_row_that_breaks_a_rule_is_refused_by_row_and_column(national, table, column, value):
    before = {
        "unit_costs": [SCHOOL, cost("worker", 40, "role")],
        "futures": [CARE],
        "deflators": DEFLATORS,
    }
    if table != "unit_costs":
        before["unit_costs"].append(HOME)
    wrong = [*before[table], SOUND[table] | {column: value or None}]
    if table == "unit_costs":
        before["futures"] = [future("care", "school", 1, 0, 2)]
    with pytest.raises(
        LarcError, match=rf"national/{table}\.csv, row {len(wrong) + 1}, column '{column}'"
    ) as caught:
        national(**before | {table: wrong})
    assert caught.value.exit_code == USAGE
