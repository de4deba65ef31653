"""The sentences of the findings page and findings.json, from made-up authorities with figures worked out by hand."""

import json
from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
import pytest

from larcnb.findings import VERDICT, Findings, in_hundred, rounded
from larcnb.params import Authority, load_preset
from larcnb.root import WORKBOOK, Root
from larcnb.show import Context

ROOT = Root(WORKBOOK)
NAME = "Example{shire}"
MONEY = (
    "preparation",
    "assessment",
    "meetings",
    "process",
    "interventions",
    "inputs",
    "inputs_appraised",
    "avoided_short",
    "avoided_long",
    "told_long",
    "saving_short",
    "saving_long",
)
LEDGER = [
    "case_id",
    "stage",
    "element",
    "item",
    "payer",
    "year",
    "quantity",
    "amount",
    "note",
    "grade",
    "weight",
]


def case(name, inputs, added, avoided, told, unpriced=0, costed="yes"):
    money = dict.fromkeys(MONEY, 0.0) | {
        "process": inputs,
        "inputs": inputs,
        "inputs_appraised": inputs + added,
        "avoided_long": avoided,
        "told_long": told,
        "saving_short": -inputs,
        "saving_long": avoided - inputs - added,
    }
    return {
        "case_id": name,
        "costed": costed,
        **money,
        "unpriced_futures": unpriced,
        "conservative": "no",
    }


def scenario(name, saving, low=None, high=None, chance=None):
    return {
        "set": name,
        "saving_long": saving,
        "low80": low,
        "high80": high,
        "low95": low,
        "high95": high,
        "chance": chance,
        "inputs": 12_000.0,
        "told_long": 60_000.0,
    }


ADVICE = {
    "measure": "Drop-off of the effect",
    "nothing": False,
    "evpi_at_one": 500.0,
    "evpi": 900.0,
    "worth": 0.4,
    "pays_from": 0.39,
}
LARGE = [
    case("oak", 9_000.0, 1_000.0, 24_000.0, 50_000.0),
    case("elm", 1_500.0, 500.0, 6_000.0, 10_000.0),
]
SCENARIOS = [
    scenario("larc", 95_000.0, 40_000.0, 150_000.0),
    scenario("public_purse", 18_000.0, -1_000.0, 40_400.0, 0.93),
    scenario("cautious", -9_000.0, -12_000.0, -6_000.0, 0.0),
    scenario("observed", -11_500.0),
]


def findings(
    cases=LARGE, ledger=None, rated=(("care", 1, 0.4, 0.1, 0.6),), scenarios=SCENARIOS, **changed
):
    """Two families: 12,000 spent with 1,500 added, 30,000 avoided of 60,000 told, 5,000 of it benefit payments."""
    columns = list(case("none", 0, 0, 0, 0))
    lines = (
        [
            ("oak", "future", "care", "care", "local_authority", 4, 1.0, 25_000.0, "", 4, 0.3),
            ("elm", "future", "work", "benefit", "dwp", 1, 1.0, 5_000.0, "", 4, 0.3),
        ]
        if ledger is None
        else ledger
    )
    preset = load_preset(ROOT, "public_purse")
    a = Authority("la-01", NAME, "larc4", "2010-11", changed.pop("preset", "larc"))
    effects = pd.DataFrame(
        {
            "risk_ratio": [Fraction(6, 10), Fraction(1)],
            "low": [Fraction(4, 10), Fraction(7, 10)],
            "high": [Fraction(9, 10), Fraction(13, 10)],
            "confidence": ["verified"] * 2,
        },
        index=["care", "plan"],
    )
    names = {"care": "Child in care", "plan": "Child protection plan", "work": "Parent leaves work"}
    library = SimpleNamespace(
        effects=effects,
        futures=pd.DataFrame({"future": list(names), "label": list(names.values())}),
        deflators=pd.DataFrame({"year": ["2010-11", "2025-26"], "index": [50, 75]}),
    )
    prices = pd.DataFrame(
        {
            "unit_value": [48_000.0, 5_000.0],
            "exact": [Fraction(48_000), Fraction(5_000)],
            "cashable": [0.7, 0],
            "block": [1.0, None],
            "payer": ["local_authority", "dwp"],
            "confidence": ["verified", "recalled"],
            "grade": [4, 4],
        },
        index=["looked_after_year", "benefit"],
    )
    prices.loc["care"] = prices.loc["looked_after_year"]
    reference = SimpleNamespace(
        root=ROOT,
        authority=a,
        preset=preset,
        assumptions=preset.assumptions,
        library=library,
        prices=prices,
        cases=pd.DataFrame(cases, columns=columns),
        ledger=pd.DataFrame(lines, columns=LEDGER),
        tables={"children": pd.DataFrame({"in_futures": ["yes", "no"]})},
        context=Context(NAME, "2010-11", "public_purse", cases=len(cases)),
    )
    own = load_preset(ROOT, a.preset)
    run = SimpleNamespace(**vars(reference) | {"preset": own, "assumptions": own.assumptions})
    keys = ("future", "told", "prevented", "low", "high")
    headlines = {
        "cases": len(cases),
        "seed": 2012,
        "draws": 10_000,
        "scenarios": scenarios,
        "studies": [dict(zip(keys, row, strict=True)) for row in rated],
        "reference_information": ADVICE | changed,
    }
    return Findings(run, reference, headlines)


def said(*names, **changed):
    return str(findings(**changed).say(*names))


def test_the_verdict_leads_with_break_even_then_studies_reference_case_convention_and_whose_money_it_is():
    assert said(*VERDICT).splitlines() == [
        "To pay for itself, help must have prevented 20 in 100 of the futures told, by cost: £12,000 was spent, "
        "corrected for weak evidence of costs, and by their likelihood those futures would have cost £60,000. The reference "
        "case credits it with 50 in 100: more than that. Weak evidence tends to put costs too low, so the £10,500 recorded "
        "counts as £12,000.",
        "Of 100 such futures, comparison studies found that help prevents: child in care 40 (range 10 to 60). Not every "
        "study found a benefit: child protection plan 0 (range −30 to 30). Where a study gives no range, the range is this "
        "project's. For 1 other kind of future the reference case assumes 25 (range 0 to 50). 83% of the costs avoided is in "
        "futures with a study.",
        "In the reference case help saves £18,000 net over 5 years (95% uncertainty interval −£1,000 to £40,000); 93% of "
        "simulations show a saving.",
        "LARC's own convention counts every accepted future in full and takes all of them as prevented: so counted help "
        "saves £95,000 net. That is an upper bound, not an estimate.",
        "This is an account of the public purse: no private gain and no wellbeing is valued; £5,000 of the £30,000 avoided "
        "is benefit payments, which are transfers and save no resource. There was no comparison group: these cases cannot "
        "show that the help caused the change.",
    ]


@pytest.mark.parametrize(
    ("chance", "words"), [(0.99996, "more than 99%"), (1.0, "more than 99%"), (0.0, "less than 1%")]
)
def test_a_simulated_share_never_reads_none_or_all(chance, words):
    rows = [scenario("public_purse", 18_000.0, -1_000.0, 40_000.0, chance)]
    assert f"; {words} of simulations show a saving." in said("reference_case", scenarios=rows)


def test_where_chance_and_prevention_are_not_drawn_no_interval_and_no_chance_stand_beside_the_saving():
    found = findings()
    assert found.by_set.loc["larc", ["low95", "high95", "low80", "high80"]].isna().all()
    assert found.by_set.loc["cautious", "low95"] == -12_000.0
    assert "interval" not in said("convention") and "simulations" not in said("convention")


def test_no_scenario_is_drawn_with_a_point_outside_its_interval():
    drawn = findings().by_set.dropna(subset="low95")
    assert drawn["saving_long"].between(drawn["low95"], drawn["high95"]).all()


def test_a_scenario_of_the_authoritys_own_is_told_apart_from_the_reference_case():
    assert said("own_scenario") == ""
    assert (
        said("own_scenario", preset="cautious")
        == "In the scenario Cautious help costs £9,000 more than it saves."
    )
    own = [*SCENARIOS, scenario("own", 2_345.0, 0.0, 3.0, 0.9)]
    assert (
        said("own_scenario", scenarios=own)
        == f"In the scenario {NAME}'s own help saves £2,300 net."
    )


def test_even_all_of_the_futures_may_not_be_enough():
    small = [case("oak", 9_000.0, 0.0, 2_000.0, 8_000.0)]
    assert said("break_even", cases=small) == (
        "Even if help had prevented every future told, it would not have paid for itself: £9,000 was spent, and by their "
        "likelihood those futures would have cost £8,000."
    )


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ([], f"{NAME} took part and sent no cases, so there is nothing to price."),
        (
            [case("fir", 0.0, 0.0, 0.0, 0.0, costed="no")],
            f"{NAME} sent 1 case, none of them costed.",
        ),
        (
            [case("fir", 0.0, 0.0, 0.0, 0.0, 2)],
            f"{NAME} sent 1 costed case, and no line of it has a price, so nothing can be said "
            "of what was spent or saved. This leaves something out: 2 futures that count could not be costed and the futures of 1 "
            "child were not costed.",
        ),
        (
            [case("fir", 0.0, 0.0, 500.0, 900.0)],
            "No cost of the CAF process or its support was recorded in the 1 costed case, so "
            "whether help pays cannot be said. By their likelihood the futures told would have cost £900.",
        ),
        (
            [case("fir", 700.0, 0.0, 0.0, 0.0)],
            "No future avoided in the 1 costed case has a price: the £700 spent shows as a cost, "
            "which says nothing of what was gained.",
        ),
    ],
)
def test_where_there_is_nothing_to_compare_the_verdict_says_so_once(cases, words):
    found = findings(cases=cases, ledger=[], rated=(), scenarios=[scenario("public_purse", 0.0)])
    lines = str(found.say(*VERDICT)).splitlines()
    assert lines[0] == words
    assert not any("reference case help" in line or "LARC's own" in line for line in lines)
    assert found.message is None and set(found.tiles()) <= {"Spent"}
    assert str(found.say("value", "concentration", "advice", "net_costs")).count("saves") == 0


def test_how_much_hangs_on_one_family_is_its_share_and_the_result_without_it():
    assert said("concentration") == (
        "80% of the costs avoided is one family's (oak). Without it, help for the other family saves £4,000 net."
    )
    assert said("concentration", cases=LARGE[:1]) == "All of this is one family."
    harm = [
        LARGE[1],
        case("oak", 100.0, 0.0, -18_000.0, 20_000.0),
        case("ash", 1_000.0, 0.0, 0.0, 0.0),
    ]
    assert said("concentration", cases=harm).startswith(
        "75% of the costs avoided is one family's (oak). Without it, help for "
        "the other 2 families saves £3,000 net."
    )


def test_what_to_do_names_what_to_measure_the_worth_at_which_helping_pays_and_the_placement_that_breaks_even():
    assert said("advice") == (
        "What to do: go on, if a pound that public services save later is worth at least 39p to you today; below that the "
        "help does not pay for itself in the reference case. Measure next, since it could change the answer: drop-off of the "
        "effect. Where a later pound is worth 40p, knowing every estimate exactly would be worth £900. What was spent is the "
        "price of 3 months of one child in care."
    )
    assert (
        "Nothing needs measuring first: knowing every estimate exactly would be worth £500, under 1% of what was spent."
        in said("advice", nothing=True)
    )
    assert "these figures alone do not support going on" in said("advice", pays_from=None)


def test_the_authoritys_own_balance_is_told_apart_from_that_of_all_payers():
    found = findings()
    frame = pd.DataFrame.from_dict(
        {"local_authority": (7700, 6057), "nhs": (100, 500), "several": (0, 29000)},
        "index",
        columns=["paid", "avoided_long"],
        dtype=float,
    )
    found.__dict__["payers"] = frame.assign(net=frame["avoided_long"] - frame["paid"], cashable=0.0)
    assert str(found.say("own_balance")) == (
        "The local authority itself pays £7,700 and avoids £6,057 over 5 years: a net cost of £1,643. All other payers "
        "together gain £29,400 net; what several agencies share is counted with them, some of it may be the authority's."
    )
    assert str(found.say("cashable")).startswith("None of it is cashable")
    found.__dict__["payers"] = found.payers.loc[["nhs"]]
    assert str(found.say("own_balance")) == (
        "The local authority itself pays nothing and avoids nothing that has a price. All other payers together gain £400 net."
    )


def test_only_whole_blocks_are_cashable_and_the_rest_is_capacity_freed():
    whole = [("oak", "future", "care", "care", "local_authority", 0, 4.0, 50_000.0, "", 4, 0.3)]
    assert said("cashable", ledger=whole).startswith(
        "Of the costs avoided £33,600 is assumed cashable, in whole blocks only"
    )
    part = [("oak", "future", "care", "care", "local_authority", 0, 3.0, 40_000.0, "", 4, 0.3)]
    assert said("cashable", ledger=part).startswith("None of it is cashable, for no whole block")


def test_an_economist_finds_present_value_ratio_and_payback():
    assert said("value") == (
        "In the reference case the net present value is £18,000, the benefit-cost ratio 2.5, and what was spent is paid back "
        "within 5 years."
    )
    assert (
        said("net_costs") == "None of 2 costed cases makes a net cost over 5 years; over 1 year, 2."
    )


def test_costs_avoided_rest_on_their_weakest_link():
    words = said("confidence")
    assert "Of the costs avoided, by the weakest link, all rests on assumed figures." in words
    assert "the prices alone are verified for 83% of it." in words


def test_the_tiles_give_spent_break_even_reference_case_and_range_with_todays_money():
    tiles = findings().tiles()
    assert tiles["Spent"] == (
        "£10,500",
        "2 costed cases; £16,000 at 2025-26 prices; £12,000 corrected for weak evidence of costs",
    )
    assert tiles["Break-even"][0] == "20 in 100"
    assert tiles["Public purse (reference case)"] == (
        "£18,000",
        "net saving; 95% uncertainty interval −£1,000 to £40,400; £27,000 at 2025-26 prices",
    )
    assert tiles["Over all scenarios"] == (
        "−£11.5k to £95k",
        "net saving, from Observed rates only to LARC4 convention",
    )


def test_findings_json_has_the_reference_case_and_the_break_even_beside_the_studies():
    out = json.loads(json.dumps(findings().to_json(), allow_nan=False))
    assert out["break_even"] == {
        "set": "public_purse",
        "share": 0.2,
        "inputs": 12_000.0,
        "told": 60_000.0,
    }
    assert out["studies"] == [
        {"future": "care", "told": 1, "prevented": 0.4, "low": 0.1, "high": 0.6}
    ]
    reference = out["reference"]
    assert (
        reference["low95"] <= reference["saving_long"] <= reference["high95"]
        and reference["chance"] == 0.93
    )
    assert (
        reference["largest_case_share"] == 0.8 and out["preset"] == "larc" and out["seed"] == 2012
    )
    assert out["rests_on"]["assumed"]["share_of_avoided"] == 1.0
    assert out["headline"].startswith("To pay for itself, help must have prevented 20 in 100")
    assert "oak" not in json.dumps(out)


def test_sums_are_whole_thousands_and_shares_so_many_in_a_hundred():
    assert [rounded(sum_) for sum_ in (-37_498.2, 9_951.0, 950.4)] == [
        "−£37,000",
        "£10,000",
        "£950",
    ]
    assert [in_hundred(share) for share in (0.1105, 0.009, 0, -0.2)] == [
        "11 in 100",
        "under 1 in 100",
        "none",
        "less than none",
    ]
