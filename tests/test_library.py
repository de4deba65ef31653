"""The national tables: prices by hand, an authority's own costs, and each rule of DATA.md. All figures are invented."""

import dataclasses
from fractions import Fraction

import pytest
import worlds
from roots import PARAMS, write_root, write_table
from worlds import cost, future, world

from larcnb import schema
from larcnb.errors import REFUSED, USAGE, LarcError
from larcnb.library import contained_items, exact, load_library
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


def test_the_workbook_s_own_tables_keep_the_rules():
    library = load_library(Root(WORKBOOK))
    assert library.problems == ()
    for vintage, base in (("larc4", "2010-11"), ("current", "2023-24")):
        prices = library.prices(vintage, base)
        assert len(prices) and (prices["unit_value"] > 0).all()


def test_suicide_is_never_priced_by_default():
    futures = load_library(Root(WORKBOOK)).futures
    told = futures[
        futures["future"].str.contains("suicid") | futures["label"].str.contains("uicid")
    ]
    assert len(told) and told["item"].isna().all()


def test_permanent_exclusion_contains_what_the_method_says():
    prices = load_library(Root(WORKBOOK)).prices("larc4", "2010-11")
    assert len(contained_items(prices)["permanent_exclusion"]) >= 4
    assert "alternative_provision" in contained_items(prices)["permanent_exclusion"]


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


def test_prices_hold_one_vintage_with_the_source_of_each_figure(national):
    library = national(
        unit_costs=[
            HOME,
            SCHOOL,
            cost("home", 150, vintage="current", price_year="2023-24", grade=5),
        ]
    )
    assert library.prices("larc4", "2010-11")["value"].to_dict() == {"home": 100, "school": 60}
    later = library.prices("current", "2023-24")
    assert later["value"].to_dict() == {"home": 150}
    assert later.loc["home", ["grade", "source_row"]].tolist() == [5, "national/unit_costs.csv:4"]


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (0.1, Fraction(1, 10)),
        (2.675, Fraction(2675, 1000)),
        (1e-7, Fraction(1, 10**7)),
        (3, Fraction(3)),
        (123456.789, Fraction(123456789, 1000)),
    ],
)
def test_a_number_is_what_was_written_not_its_binary_neighbour(number, value):
    assert exact(number) == value


def test_a_price_base_needs_a_deflator():
    library = worlds.library_of(world())
    wrong = library.check_price_base(Authority(**PARAMS | {"price_base": "1999-00"}))
    assert [(p.severity, p.file, p.column, p.todo) for p in wrong] == [
        ("error", "params/la-01.yaml", "price_base", "Allowed: 2008-09 to 2024-25."),
    ]


@pytest.mark.parametrize(
    ("vintage", "base", "warned"),
    [
        ("larc4", "2008-09", 0),
        ("larc4", "2013-14", 0),
        ("larc4", "2022-23", 1),
        ("current", "2022-23", 0),
        ("current", "2013-14", 1),
    ],
)
def test_a_price_base_outside_its_vintage_is_a_warning(vintage, base, warned):
    library = worlds.library_of(world())
    found = library.check_price_base(Authority(**PARAMS | {"price_base": base, "vintage": vintage}))
    assert [p.severity for p in found] == ["warning"] * warned


def test_an_authority_s_own_row_replaces_the_national_one_entire(national):
    own = [cost("home", 120, payer="nhs", contains="school", grade=2), cost("mentor", 15, "role")]
    library = national(LA, own)
    prices = library.prices("larc4", "2010-11")
    assert prices["value"].to_dict() == {"school": 60, "home": 120, "mentor": 15}
    assert prices.loc["home", ["payer", "grade"]].tolist() == ["nhs", 2]
    assert prices["own"].to_dict() == {"school": False, "home": True, "mentor": True}
    assert library.own_items == {"home", "mentor"}
    assert prices.loc["home", "source_row"] == "la-01/unit_costs.csv:2"


def test_an_authority_s_own_row_leaves_the_other_vintage_alone(national):
    later = cost("home", 150, vintage="current", price_year="2023-24")
    library = national(LA, [cost("home", 120)], unit_costs=[HOME, SCHOOL, later])
    assert library.prices("current", "2023-24")["value"].to_dict() == {"home": 150}


def test_without_its_own_file_an_authority_has_the_national_costs(national):
    assert not national(LA).prices("larc4", "2010-11")["own"].any()


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


def test_an_own_row_that_closes_a_circle_with_national_ones_is_refused(national):
    held = [cost("home", 100, contains="school"), SCHOOL]
    with pytest.raises(LarcError, match="circle"):
        national(LA, [cost("school", 60, contains="home")], unit_costs=held)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (cost("home", 0), "value"),
        (cost("home", -1), "value"),
        (cost("home", 100, low=101), "low"),
        (cost("home", 100, high=99.99), "high"),
        (cost("home", 100, price_year="2022-23"), "price_year"),
        (cost("home", 100, price_year="2007-08"), "price_year"),
        (cost("home", 100, price_year="2010-12"), "price_year"),
        (cost("home", 100, vintage="larc3"), "vintage"),
        (cost("home", 100, "thing"), "category"),
        (cost("home", 100, payer="council"), "payer"),
        (cost("home", 100, cashable=1.01), "cashable"),
        (cost("home", 100, grade=0), "grade"),
        (cost("home", 100, grade=7), "grade"),
        (cost("home", 100, grade=1.5), "grade"),
        (cost("home", 100, confidence="sure"), "confidence"),
        (cost("home", 100, source=None), "source"),
        (cost("home", 100, label=None), "label"),
        (cost("home", None), "value"),
        (cost("home", 100, unit=None), "unit"),
        (cost("home", "1e3"), "value"),
        (cost("home", "£100"), "value"),
        (cost("home", "1,000"), "value"),
        (cost("home", 100, contains="school elf"), "contains"),
        (cost("home", 100, contains="home"), "contains"),
    ],
)
def test_a_unit_cost_that_breaks_a_rule_is_refused_by_row_and_column(national, row, column):
    with pytest.raises(
        LarcError, match=rf"national/unit_costs\.csv, row 3, column '{column}'"
    ) as caught:
        national(unit_costs=[SCHOOL, row])
    assert caught.value.exit_code == USAGE


@pytest.mark.parametrize(
    "more", [{"low": 100, "high": 100}, {"low": 50}, {"high": 200}, {"url": None}, {"cashable": 0}]
)
def test_a_unit_cost_may_lack_what_is_not_published(national, more):
    assert (
        national(unit_costs=[cost("home", 100, **more)]).prices("larc4", "2010-11")["value"].item()
        == 100
    )


def test_an_item_stands_once_in_a_vintage(national):
    with pytest.raises(
        LarcError, match=r"unit_costs\.csv, row 3, .*same item and vintage as in row 2"
    ):
        national(unit_costs=[HOME, HOME])


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


def test_a_circle_is_a_circle_only_within_one_vintage(national):
    later = {"vintage": "current", "price_year": "2023-24"}
    held = [
        cost("home", 100, contains="school"),
        cost("home", 100, **later),
        SCHOOL,
        cost("school", 60, contains="home", **later),
    ]
    assert len(national(unit_costs=held).unit_costs) == 4


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (future("b", "hom"), "item"),
        (future("b", "worker"), "item"),
        (future("b", "home", 0), "quantity"),
        (future("b", "home", 1, -1), "start"),
        (future("b", "home", 1, 0, 0), "years"),
        (future("b", "home", None), "quantity"),
        (future("b", "home", 1, None), "start"),
        (future("b", "home", 1, 0, None), "years"),
        (future("b") | {"quantity": 1}, "quantity"),
        (future("b") | {"start": 0}, "start"),
        (future("b") | {"years": 1}, "years"),
        (future("b", "home", theme="sport"), "theme"),
        (future("b", "home", grade=7), "grade"),
        (future("b", "home", rationale=None), "rationale"),
        (future("care", "home", group="g"), "overlap_group"),
    ],
)
def test_a_future_that_breaks_a_rule_is_refused_by_row_and_column(national, row, column):
    with pytest.raises(
        LarcError, match=rf"national/futures\.csv, row 3, column '{column}'"
    ) as caught:
        national(unit_costs=[HOME, cost("worker", 40, "role")], futures=[CARE, row])
    assert caught.value.exit_code == USAGE


def test_a_future_may_have_several_rows_some_of_them_without_a_price(national):
    rows = [CARE, future("care", "school"), future("care"), future("grief", group="g")]
    rows.append(future("grief", group="g", grade=2))
    assert len(national(futures=rows).futures) == 5


def test_a_future_s_item_may_lack_a_row_in_one_vintage(national):
    library = national(unit_costs=[cost("home", 100, vintage="current", price_year="2023-24")])
    assert len(library.prices("larc4", "2010-11")) == 0


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


def test_a_ratio_is_the_row_s_or_that_of_its_shares(national):
    shares = rate(share=0.025, ratio=None, low=0.68, high=0.68, programme_share=0.017)
    assert national(base_rates=[shares]).effects.loc["care", "risk_ratio"] == Fraction(17, 25)
    assert national(base_rates=[shares | {"risk_ratio": 0.7, "high": 0.9}]).effects.loc[
        "care", "risk_ratio"
    ] == Fraction(7, 10)


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


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"fund": "petty_cash"}, "fund"),
        ({"block": 0}, "block"),
        ({"fit": "close"}, "fit"),
        ({"review_by": "soon"}, "review_by"),
        ({"licence": None}, "licence"),
    ],
)
def test_the_newer_columns_of_the_unit_costs_are_checked_where_they_are(national, more, column):
    with pytest.raises(LarcError, match=rf"national/unit_costs\.csv, row 2, column '{column}'"):
        national(unit_costs=[HOME | more, SCHOOL])


def test_the_workbook_s_studies_keep_bad_news():
    library = load_library(Root(WORKBOOK))
    plans = library.base_rates[library.base_rates["future"] == "child_protection_plan"]
    assert len(plans) == 2 and plans["source"].str.contains("more plans").any()
    assert library.effects.loc["child_protection_plan", "risk_ratio"] == 1
    assert library.base_rates["source"].str.contains("family group conference").any()


@pytest.mark.parametrize(
    "row",
    [
        {"year": "2010-11", "index": 1, "source": "x"},
        {"year": "2030", "index": 1, "source": "x"},
        {"year": "2030-31", "index": 0, "source": "x"},
        {"year": "2030-31", "index": 1, "source": None},
    ],
)
def test_a_deflator_that_breaks_a_rule_is_refused(national, row):
    with pytest.raises(LarcError, match=r"national/deflators\.csv, row 11"):
        national(deflators=[*DEFLATORS, row])


def test_a_price_year_needs_a_deflator(national):
    with pytest.raises(LarcError, match=r"unit_costs\.csv, row 2, column 'price_year'"):
        national(deflators=[row for row in DEFLATORS if row["year"] != "2010-11"])


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
